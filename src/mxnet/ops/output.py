"""Output operators: the forward value is the prediction, the gradient that of a loss behind it.

They take no head gradient into account (but `SoftmaxOutput` with ``out_grad``): the loss ends there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from .once import differentiable_once
from .registry import OperatorError, operator

Tensor = torch.Tensor


class _WithGradient(torch.autograd.Function):
    """``value(data)``, whose gradient by ``data`` is a function of (value, label, head gradient)."""

    @staticmethod
    def forward(
        ctx: Any,
        data: Tensor,
        label: Tensor,
        value: Callable[[Tensor], Tensor],
        gradient: Callable[..., Tensor],
    ) -> Tensor:
        output = value(data)
        ctx.save_for_backward(data, label, output)
        ctx.value, ctx.gradient = value, gradient
        return output.clone()

    @staticmethod
    def backward(ctx: Any, head: Tensor) -> Any:
        data, label, output = ctx.saved_tensors
        if torch.is_grad_enabled():  # for a second gradient the way from data to the output is on the tape
            output = ctx.value(data)
        by_label = torch.zeros_like(label) if ctx.needs_input_grad[1] else None
        return ctx.gradient(output, label.detach(), head).to(output.dtype), by_label, None, None


@operator(
    "SoftmaxOutput",
    aliases=("Softmax",),
    infer=lambda shapes, attributes: (
        {
            "label": (
                (shapes["data"][0], *shapes["data"][2:])
                if attributes.get("multi_output")
                else tuple(shapes["data"][:-1] if attributes.get("preserve_shape") else shapes["data"][:1])
            )
        }
        if shapes.get("data")
        else {}
    ),
)
def softmax_output(
    data: Tensor,
    label: Tensor,
    *,
    grad_scale: float = 1.0,
    ignore_label: float = -1.0,
    multi_output: bool = False,
    use_ignore: bool = False,
    preserve_shape: bool = False,
    normalization: str = "null",
    out_grad: bool = False,
    smooth_alpha: float = 0.0,
) -> Tensor:
    """`softmax`; its gradient is that of the cross-entropy with ``label``: ``softmax(x) - one_hot(label)``.

    Shapes: data ``(batch, classes)`` and label ``(batch,)``; with ``multi_output`` data ``(batch, classes, ...)`` and
    label ``(batch, ...)``; with ``preserve_shape`` classes last; or label of data's shape, as probabilities.

    Parameters
    ----------
    grad_scale : the gradient is multiplied by it.
    use_ignore, ignore_label : examples with that label have no gradient.
    normalization : divide the gradient by 1 (``'null'``), the batch size (``'batch'``) or the number of
        examples that are not ignored (``'valid'``); with ``multi_output`` the first two also by the positions.
    out_grad : multiply by the head gradient, which is otherwise taken as 1.
    smooth_alpha : label smoothing: that much of the label's probability is spread over the other classes.
    """
    if normalization not in ("null", "batch", "valid"):
        raise OperatorError(f"normalization is 'null', 'batch' or 'valid', not {normalization!r}")
    if multi_output:
        shape, axis = data.shape, 1
    elif preserve_shape:
        shape, axis = data.shape, -1
    else:
        shape, axis = torch.Size((data.shape[0], -1)), 1
    dense = label.shape == data.shape
    wanted = data.shape[0] if axis == 1 and not multi_output else data.numel() // data.shape[axis]
    if not dense and label.numel() != wanted:
        raise OperatorError(
            "label does not fit data",
            because=f"it has {label.numel()} values where {wanted} are wanted",
        )

    def value(scores: Tensor) -> Tensor:
        return torch.softmax(scores.reshape(shape), axis).reshape(scores.shape)

    def gradient(probabilities: Tensor, labels: Tensor, head: Tensor) -> Tensor:
        p = probabilities.reshape(shape)
        scale: Any = grad_scale
        if dense:
            found = p - labels.reshape(p.shape)
            valid: Any = p.shape[0]
        else:
            place = labels.reshape(
                p.shape[:axis] + p.shape[axis + 1 :] if axis != -1 else p.shape[:-1]
            ).unsqueeze(axis)
            classes = p.shape[axis]
            target = torch.full_like(p, smooth_alpha / (classes - 1) if classes > 1 else 0.0)
            target.scatter_(axis, place.to(torch.int64).clamp(0, classes - 1), 1.0 - smooth_alpha)
            found = p - target
            keep = place != ignore_label if use_ignore else torch.ones_like(place, dtype=torch.bool)
            found = found * keep
            valid = keep.sum().clamp(min=1)
        if normalization == "valid":
            scale = scale / valid
        else:
            positions = p.numel() // (p.shape[0] * p.shape[1]) if multi_output else 1
            examples = p.numel() // p.shape[-1] if axis == -1 else p.shape[0]
            scale = scale / (positions * (examples if normalization == "batch" else 1))
        found = (found * scale).reshape(probabilities.shape)
        return found * head if out_grad else found

    return _WithGradient.apply(data, label, value, gradient)


def _regression(
    forward: Callable[[Tensor], Tensor], difference: Callable[[Tensor, Tensor], Tensor]
) -> Callable[..., Tensor]:
    def regression_output(data: Tensor, label: Tensor, *, grad_scale: float = 1.0) -> Tensor:
        if label.numel() != data.numel():
            raise OperatorError("label does not fit data", because="there is one label for each value")
        outputs = max(data.numel() // data.shape[0], 1)

        def gradient(output: Tensor, labels: Tensor, head: Tensor) -> Tensor:
            return difference(output, labels.reshape(output.shape)) * (grad_scale / outputs)

        return _WithGradient.apply(data, label, forward, gradient)

    return regression_output


for _name, _forward, _difference, _doc in (
    ("LinearRegressionOutput", torch.clone, torch.sub, "The value itself; its gradient is ``x - label``"),
    (
        "LogisticRegressionOutput",
        torch.sigmoid,
        torch.sub,
        "``sigmoid(x)``; its gradient is ``sigmoid(x) - label``",
    ),
    (
        "MAERegressionOutput",
        torch.clone,
        lambda output, label: torch.where(output > label, 1.0, -1.0),
        "The value itself; its gradient is 1 where x > label and -1 elsewhere",
    ),
):
    _function = _regression(_forward, _difference)
    _function.__doc__ = f"{_doc}, times ``grad_scale`` over the number of outputs of an example."
    operator(
        _name, infer=lambda shapes, attributes: {"label": shapes["data"]} if shapes.get("data") else {}
    )(_function)  # fmt: skip


@operator(
    "SVMOutput",
    infer=lambda shapes, attributes: {"label": tuple(shapes["data"][:-1])} if shapes.get("data") else {},
    same_dtype=True,
)
def svm_output(
    data: Tensor,
    label: Tensor,
    *,
    margin: float = 1.0,
    regularization_coefficient: float = 1.0,
    use_linear: bool = False,
) -> Tensor:
    """The value itself; its gradient is that of a hinge loss, squared or, with ``use_linear``, as it is.

    The loss is the sum of ``max(0, margin - x)`` over the scores of the labelled classes and of
    ``max(0, margin + x)`` over all others, times ``regularization_coefficient``; each term is squared by default.

    Shapes: data ``(..., classes)``, label ``(...)``.
    """
    if data.dim() < 2 or label.shape != data.shape[:-1]:
        raise OperatorError(
            "label does not fit data",
            because="data is (..., classes) and label (...), the number of a class each",
        )

    def gradient(scores: Tensor, labels: Tensor, head: Tensor) -> Tensor:
        classes = torch.arange(scores.shape[-1], device=scores.device)
        sign = torch.where(labels.to(torch.int64).unsqueeze(-1) == classes, -1.0, 1.0).to(scores.dtype)
        short = margin + sign * scores
        size = (short > 0).to(scores.dtype) if use_linear else 2 * short.clamp(min=0)
        return sign * size * regularization_coefficient

    return _WithGradient.apply(data, label, torch.clone, gradient)


@operator(
    "IdentityAttachKLSparseReg",
    mutates=("moving_avg",),
    infer=lambda shapes, attributes: {"moving_avg": (shapes["data"][-1],)} if shapes.get("data") else {},
)
def identity_attach_kl_sparse_reg(
    data: Tensor,
    moving_avg: Tensor,
    *,
    sparseness_target: float = 0.1,
    penalty: float = 0.001,
    momentum: float = 0.9,
) -> Tensor:
    """The value itself; its gradient pulls the mean activity of each unit towards ``sparseness_target``.

    Shapes: data ``(..., units)``, activities between 0 and 1; moving_avg ``(units,)``, which ``backward`` moves:
    ``moving_avg = momentum * moving_avg + (1 - momentum) * mean``. The gradient of ``penalty`` times the
    Kullback-Leibler divergence, ``penalty * ((1 - target) / (1 - moving_avg) - target / moving_avg)``, is added to
    what comes from behind.

    Differs from 1.9.1, whose ``nd`` has no way to hand moving_avg over.
    """
    if data.dim() < 2 or tuple(moving_avg.shape) != (data.shape[-1],):
        raise OperatorError(
            "moving_avg does not fit data", because="data is (..., units) and moving_avg (units,)"
        )
    return _SparsenessPenalty.apply(data, moving_avg, sparseness_target, penalty, momentum)


class _SparsenessPenalty(torch.autograd.Function):
    """Passes its input on; its backward moves the mean activities and adds the slope of the penalty."""

    @staticmethod
    def forward(
        ctx: Any, data: Tensor, moving: Tensor, target: float, penalty: float, momentum: float
    ) -> Tensor:
        ctx.save_for_backward(data)
        ctx.state = moving, target, penalty, momentum
        return data.clone()

    @staticmethod
    @differentiable_once
    def backward(ctx: Any, head: Tensor) -> Any:
        (data,) = ctx.saved_tensors
        moving, target, penalty, momentum = ctx.state
        mean = data.reshape(-1, data.shape[-1]).mean(0)
        moving.mul_(momentum).add_(mean, alpha=1 - momentum)
        slope = penalty * ((1 - target) / (1 - moving) - target / moving)
        return head + slope, None, None, None, None
