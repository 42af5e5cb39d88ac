"""Normalisations: over the batch, over the features, over each instance."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F

from .registry import OperatorError, operator
from .shape import _axis

Tensor = torch.Tensor


def _channel_shapes(*names: str, default_axis: int) -> Any:
    def infer(shapes: dict[str, Any], attributes: dict[str, Any]) -> dict[str, tuple[int, ...]]:
        data, axis = shapes.get("data"), int(attributes.get("axis", default_axis))
        if data is None or not -len(data) <= axis < len(data):
            return {}
        return dict.fromkeys(names, (data[axis],))

    return infer


class _UpdateStatistics(torch.autograd.Function):
    """Passes its input on; its backward moves the running statistics, as MXNet does on a CPU.

    A forward pass under ``record()`` that is never differentiated leaves them alone.
    """

    @staticmethod
    def forward(
        ctx: Any,
        output: Tensor,
        mean: Tensor,
        var: Tensor,
        running_mean: Tensor,
        running_var: Tensor,
        momentum: float,
    ) -> Tensor:
        ctx.update = mean, var, running_mean, running_var, momentum
        return output.view_as(output)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:
        mean, var, running_mean, running_var, momentum = ctx.update
        with torch.no_grad():
            running_mean.mul_(momentum).add_(mean, alpha=1 - momentum)
            running_var.mul_(momentum).add_(var, alpha=1 - momentum)
        return gradient, None, None, None, None, None


@operator(
    "BatchNorm",
    aliases=("BatchNorm_v1",),
    training=True,
    mutates=("moving_mean", "moving_var"),
    outputs=lambda attributes: 3 if attributes.get("output_mean_var") else 1,
    infer=_channel_shapes("gamma", "beta", "moving_mean", "moving_var", default_axis=1),
)
def batch_norm(
    data: Tensor,
    gamma: Tensor,
    beta: Tensor,
    moving_mean: Tensor,
    moving_var: Tensor,
    *,
    eps: float = 1e-3,
    momentum: float = 0.9,
    fix_gamma: bool = True,
    use_global_stats: bool = False,
    output_mean_var: bool = False,
    axis: int = 1,
    cudnn_off: bool = False,
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
    training: bool,
) -> Any:
    """``(x - mean) / sqrt(var + eps) * gamma + beta`` for each channel.

    Shapes: data ``(..., channels, ...)`` with the channels at ``axis``; all others ``(channels,)``.
    In training mode mean and (biased) variance are those of the batch, otherwise, or with ``use_global_stats``,
    the moving ones. ``backward`` moves them: ``moving = momentum * moving + (1 - momentum) * batch``.
    ``fix_gamma`` sets gamma to 1. ``output_mean_var`` also returns the mean and ``1 / sqrt(var + eps)``.

    Source: Ioffe and Szegedy, arXiv:1502.03167.
    """
    axis = _axis(data, axis)
    channels = data.shape[axis]
    for name, each in (
        ("gamma", gamma),
        ("beta", beta),
        ("moving_mean", moving_mean),
        ("moving_var", moving_var),
    ):
        if tuple(each.shape) != (channels,):
            raise OperatorError(
                f"{name} does not fit data",
                because=f"axis {axis} has {channels} channels, {name} has shape {tuple(each.shape)}",
            )
    if fix_gamma:
        gamma.data.fill_(1)
        gamma = gamma * 0 + 1 if gamma.requires_grad else gamma
    moved = data.movedim(axis, 1) if axis != 1 and data.dim() > 1 else data
    if data.dim() == 1:
        moved = data.reshape(1, -1)
    if training and not use_global_stats:
        result, mean, var = _normalized_by_batch(moved, gamma, beta, eps)
        if result.requires_grad:
            result = _UpdateStatistics.apply(result, mean, var, moving_mean, moving_var, momentum)
    else:
        # the mean and variance of the moment, which a later update must not change under the graph
        mean, var = moving_mean.clone(), moving_var.clone()
        result = F.batch_norm(moved, mean, var, gamma, beta, False, 0.0, eps)
    if data.dim() == 1:
        result = result.reshape(-1)
    elif axis != 1:
        result = result.movedim(1, axis)
    result = result.contiguous()
    return [result, mean, torch.rsqrt(var + eps)] if output_mean_var else result


def _normalized_by_batch(
    data: Tensor, gamma: Tensor, beta: Tensor, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """The normalised data, and the mean and biased variance of each channel."""
    count = data.numel() // max(data.shape[1], 1)
    if count > 1:  # running statistics that take over all of the batch's are the batch's
        mean, var = torch.zeros_like(gamma, requires_grad=False), torch.zeros_like(gamma, requires_grad=False)
        result = F.batch_norm(data, mean, var, gamma, beta, True, 1.0, eps)
        return result, mean, var * ((count - 1) / count)
    # torch refuses a batch of one value for each channel; its normalised value is 0
    with torch.no_grad():
        others = [d for d in range(data.dim()) if d != 1]
        var, mean = torch.var_mean(data.detach(), others, correction=0)
    shape = (1, -1, *[1] * (data.dim() - 2))
    scale = torch.rsqrt(var + eps).reshape(shape)
    return (data - data) * scale * gamma.reshape(shape) + beta.reshape(shape), mean, var


@operator(
    "LayerNorm",
    outputs=lambda attributes: 3 if attributes.get("output_mean_var") else 1,
    infer=_channel_shapes("gamma", "beta", default_axis=-1),
)
def layer_norm(
    data: Tensor,
    gamma: Tensor,
    beta: Tensor,
    *,
    axis: int = -1,
    eps: float = 1e-5,
    output_mean_var: bool = False,
) -> Any:
    """``(x - mean) / sqrt(var + eps) * gamma + beta`` with mean and variance along ``axis``.

    Shapes: data ``(..., n, ...)`` with n at ``axis``; gamma and beta ``(n,)``.
    ``output_mean_var`` also returns the mean and ``sqrt(var + eps)``, with that axis of length 1.

    Source: Ba et al., arXiv:1607.06450.
    """
    axis = _axis(data, axis)
    if tuple(gamma.shape) != (data.shape[axis],) or gamma.shape != beta.shape:
        raise OperatorError(
            "gamma or beta does not fit data",
            because=f"axis {axis} has {data.shape[axis]} elements,"
            f" they have {tuple(gamma.shape)} and {tuple(beta.shape)}",
        )
    if axis == data.dim() - 1:
        result = F.layer_norm(data, (data.shape[axis],), gamma, beta, eps)
    else:
        moved = data.movedim(axis, -1)
        result = F.layer_norm(moved, (data.shape[axis],), gamma, beta, eps).movedim(-1, axis).contiguous()
    if not output_mean_var:
        return result
    var, mean = torch.var_mean(data, axis, correction=0, keepdim=True)
    return [result, mean, torch.sqrt(var + eps)]


@operator("InstanceNorm", infer=_channel_shapes("gamma", "beta", default_axis=1))
def instance_norm(data: Tensor, gamma: Tensor, beta: Tensor, *, eps: float = 1e-3) -> Tensor:
    """``(x - mean) / sqrt(var + eps) * gamma + beta`` for each instance and channel.

    Shapes: data ``(batch, channels, ...)``; gamma and beta ``(channels,)``.
    """
    if data.dim() < 3:
        raise OperatorError("data has a batch, a channel and at least one more axis")
    if tuple(gamma.shape) != (data.shape[1],) or gamma.shape != beta.shape:
        raise OperatorError(
            "gamma or beta does not fit data",
            because=f"data has {data.shape[1]} channels, they have {tuple(gamma.shape)} and {tuple(beta.shape)}",
        )
    axes = list(range(2, data.dim()))
    shape = (1, -1, *[1] * len(axes))
    if not data.numel():
        return data * gamma.reshape(shape) + beta.reshape(shape)
    var, mean = torch.var_mean(data, axes, correction=0, keepdim=True)
    return (data - mean) * torch.rsqrt(var + eps) * gamma.reshape(shape) + beta.reshape(shape)


@operator("L2Normalization")
def l2_normalization(data: Tensor, *, eps: float = 1e-10, mode: str = "instance") -> Tensor:
    """``x / sqrt(sum(x**2) + eps)``.

    ``mode``: the sum runs over each instance, over axis 1 (``channel``) or over the axes behind it (``spatial``).
    """
    axes = {"instance": range(1, data.dim()), "channel": (1,), "spatial": range(2, data.dim())}.get(mode)
    if axes is None:
        raise OperatorError(f"mode is 'instance', 'channel' or 'spatial', not {mode!r}")
    if mode != "instance" and data.dim() < 3:
        raise OperatorError(f"mode={mode!r} takes arrays of three axes or more")
    squares = data * data
    return data / torch.sqrt((squares.sum(tuple(axes), keepdim=True) if axes else squares) + eps)


@operator(
    "GroupNorm",
    outputs=lambda attributes: 3 if attributes.get("output_mean_var") else 1,
    infer=lambda shapes, attributes: dict.fromkeys(("gamma", "beta"), (int(attributes["num_groups"]),)),
    same_dtype=True,
)
def group_norm(
    data: Tensor,
    gamma: Tensor,
    beta: Tensor,
    *,
    num_groups: int = 1,
    eps: float = 1e-5,
    output_mean_var: bool = False,
) -> Any:
    """``(x - mean) / sqrt(var + eps) * gamma + beta`` for each instance and group of channels.

    Shapes: data ``(batch, channels, ...)``; gamma and beta ``(num_groups,)``, one for each group as in 1.9.1.
    ``output_mean_var`` also returns the mean and ``sqrt(var + eps)``, each ``(batch, num_groups)``.

    Source: Wu and He, arXiv:1803.08494.
    """
    if data.dim() < 3:
        raise OperatorError(
            f"data has {data.dim()} axes", because="it has a batch, channels and at least one more axis"
        )
    channels = data.shape[1]
    if num_groups < 1 or channels % num_groups:
        raise OperatorError(
            f"{channels} channels do not divide into {num_groups} groups",
            because="all groups have equally many",
        )
    if tuple(gamma.shape) != (num_groups,) or gamma.shape != beta.shape:
        raise OperatorError(
            "gamma or beta does not fit num_groups",
            because=f"there are {num_groups} groups, they have {tuple(gamma.shape)} and {tuple(beta.shape)}",
        )
    each = channels // num_groups
    result = F.group_norm(data, num_groups, gamma.repeat_interleave(each), beta.repeat_interleave(each), eps)
    if not output_mean_var:
        return result
    var, mean = torch.var_mean(data.reshape(data.shape[0], num_groups, -1), 2, correction=0)
    return [result, mean, torch.sqrt(var + eps)]


@operator("LRN")
def lrn(data: Tensor, *, alpha: float = 1e-4, beta: float = 0.75, knorm: float = 2.0, nsize: int) -> Tensor:
    """``x / (knorm + alpha / nsize * sum(x**2))**beta`` with the sum over ``nsize`` channels around each.

    Shapes: data ``(batch, channels, height, width)``. An even ``nsize`` sums over one channel less, as in 1.9.1.

    Source: Krizhevsky et al., ImageNet Classification with Deep Convolutional Neural Networks (2012).

    >>> from mxnet import nd
    >>> nd.LRN(nd.full((1, 1, 1, 1), 3), nsize=1, alpha=1, beta=0.5, knorm=0).asnumpy().tolist()
    [[[[1.0]]]]
    """
    if data.dim() != 4:
        raise OperatorError(
            f"data has {data.dim()} axes", because="images are (batch, channels, height, width)"
        )
    if nsize < 1:
        raise OperatorError(f"nsize={nsize}", because="the sum is over at least one channel")
    window = nsize - (nsize + 1) % 2
    return F.local_response_norm(data, window, alpha * window / nsize, beta, knorm)
