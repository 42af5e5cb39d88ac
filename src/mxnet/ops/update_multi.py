"""Steps of gradient descent for many weights in one call: ``nd.multi_sgd_update(w0, g0, w1, g1, lrs=..., wds=...)``.

The arrays of one weight stand together, those of the next behind them:

======================== ==================================
``multi_sgd``            weight, gradient
``multi_sgd_mom``        weight, gradient, momentum
``multi_mp_sgd``         weight, gradient, weight32
``multi_mp_sgd_mom``     weight, gradient, momentum, weight32
======================== ==================================

``preloaded_*`` take the learning rates and the weight decays as two more arrays at the end instead of attributes.
Each weight is updated as by the operator for one (`mxnet.ops.update`), states in place; the new weights are
returned, and ``out=[w0, w1]`` writes them in place. 1.9.1 takes these calls with ``out`` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from .registry import OperatorError, operator
from .update import mp_sgd_mom_update, mp_sgd_update, sgd_mom_update, sgd_update

Tensor = torch.Tensor
Rates = tuple[float, ...]


def _count(attributes: dict[str, Any]) -> int:
    return int(attributes.get("num_weights", 1))


@operator("multi_sgd_update", differentiable=False, outputs=_count)
def multi_sgd_update(
    *data: Tensor,
    lrs: Rates,
    wds: Rates,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    num_weights: int = 1,
) -> list[Tensor]:
    """`sgd_update` of many weights: data ``w0, g0, w1, g1, ...``.

    Parameters
    ----------
    lrs, wds : learning rate and weight decay of each weight.
    rescale_grad, clip_gradient : as for one weight.
    num_weights : how many weights there are.

    >>> weights, grads = [nd.ones(1), nd.ones(1)], [nd.ones(1), nd.ones(1)]
    >>> data = [weights[0], grads[0], weights[1], grads[1]]
    >>> new = nd.multi_sgd_update(*data, lrs=(0.5, 0.25), wds=(0, 0), num_weights=2, out=weights)
    >>> weights[1].asscalar().item()
    0.75
    """
    common = {"rescale_grad": rescale_grad, "clip_gradient": clip_gradient}
    return _each(sgd_update, data, 2, num_weights, lrs, wds, common)


@operator("multi_sgd_mom_update", differentiable=False, outputs=_count)
def multi_sgd_mom_update(
    *data: Tensor,
    lrs: Rates,
    wds: Rates,
    momentum: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    num_weights: int = 1,
) -> list[Tensor]:
    """`sgd_mom_update` of many weights: data ``w0, g0, mom0, w1, g1, mom1, ...``; see `multi_sgd_update`."""
    common = {"momentum": momentum, "rescale_grad": rescale_grad, "clip_gradient": clip_gradient}
    return _each(sgd_mom_update, data, 3, num_weights, lrs, wds, common)


@operator("multi_mp_sgd_update", differentiable=False, outputs=_count)
def multi_mp_sgd_update(
    *data: Tensor,
    lrs: Rates,
    wds: Rates,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    num_weights: int = 1,
) -> list[Tensor]:
    """`mp_sgd_update` of many weights: data ``w0, g0, weight32_0, w1, ...``; see `multi_sgd_update`."""
    common = {"rescale_grad": rescale_grad, "clip_gradient": clip_gradient}
    return _each(mp_sgd_update, data, 3, num_weights, lrs, wds, common)


@operator("multi_mp_sgd_mom_update", differentiable=False, outputs=_count)
def multi_mp_sgd_mom_update(
    *data: Tensor,
    lrs: Rates,
    wds: Rates,
    momentum: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    num_weights: int = 1,
) -> list[Tensor]:
    """`mp_sgd_mom_update` of many weights: data ``w0, g0, mom0, weight32_0, w1, ...``; see `multi_sgd_update`."""
    common = {"momentum": momentum, "rescale_grad": rescale_grad, "clip_gradient": clip_gradient}
    return _each(mp_sgd_mom_update, data, 4, num_weights, lrs, wds, common)


@operator("preloaded_multi_sgd_update", differentiable=False, outputs=_count)
def preloaded_multi_sgd_update(
    *data: Tensor, rescale_grad: float = 1.0, clip_gradient: float = -1.0, num_weights: int = 1
) -> list[Tensor]:
    """`multi_sgd_update` with data ``w0, g0, w1, g1, ..., lrs, wds``: both of shape ``(num_weights,)``."""
    data, lrs, wds = _preloaded(data, num_weights)
    common = {"rescale_grad": rescale_grad, "clip_gradient": clip_gradient}
    return _each(sgd_update, data, 2, num_weights, lrs, wds, common)


@operator("preloaded_multi_sgd_mom_update", differentiable=False, outputs=_count)
def preloaded_multi_sgd_mom_update(
    *data: Tensor,
    momentum: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    num_weights: int = 1,
) -> list[Tensor]:
    """`multi_sgd_mom_update` with data ``w0, g0, mom0, ..., lrs, wds``: both of shape ``(num_weights,)``."""
    data, lrs, wds = _preloaded(data, num_weights)
    common = {"momentum": momentum, "rescale_grad": rescale_grad, "clip_gradient": clip_gradient}
    return _each(sgd_mom_update, data, 3, num_weights, lrs, wds, common)


@operator("preloaded_multi_mp_sgd_update", differentiable=False, outputs=_count)
def preloaded_multi_mp_sgd_update(
    *data: Tensor, rescale_grad: float = 1.0, clip_gradient: float = -1.0, num_weights: int = 1
) -> list[Tensor]:
    """`multi_mp_sgd_update` with data ``w0, g0, weight32_0, ..., lrs, wds``: both of shape ``(num_weights,)``."""
    data, lrs, wds = _preloaded(data, num_weights)
    common = {"rescale_grad": rescale_grad, "clip_gradient": clip_gradient}
    return _each(mp_sgd_update, data, 3, num_weights, lrs, wds, common)


@operator("preloaded_multi_mp_sgd_mom_update", differentiable=False, outputs=_count)
def preloaded_multi_mp_sgd_mom_update(
    *data: Tensor,
    momentum: float = 0.0,
    rescale_grad: float = 1.0,
    clip_gradient: float = -1.0,
    num_weights: int = 1,
) -> list[Tensor]:
    """`multi_mp_sgd_mom_update` with data ``w0, g0, mom0, weight32_0, ..., lrs, wds``, both ``(num_weights,)``."""
    data, lrs, wds = _preloaded(data, num_weights)
    common = {"momentum": momentum, "rescale_grad": rescale_grad, "clip_gradient": clip_gradient}
    return _each(mp_sgd_mom_update, data, 4, num_weights, lrs, wds, common)


@operator("multi_lars", differentiable=False, same_dtype=True)
def multi_lars(
    lrs: Tensor,
    weights_sum_sq: Tensor,
    grads_sum_sq: Tensor,
    wds: Tensor,
    *,
    eta: float,
    eps: float,
    rescale_grad: float = 1.0,
) -> Tensor:
    """Learning rates by layer: ``lrs * eta * w / (rescale_grad * g + wds * w + eps)``.

    w and g are the norms of each weight and of its gradient, the roots of ``weights_sum_sq`` and ``grads_sum_sq``
    (which `multi_sum_sq` makes); where one of them is 0, the learning rate stays. All shapes are ``(weights,)``.

    Source: You et al., arXiv:1708.03888.

    >>> nd.multi_lars(nd.array([0.5]), nd.array([16]), nd.array([4]), nd.array([0]), eta=1, eps=0)
    <BLANKLINE>
    [1.]
    <NDArray 1 @cpu(0)>
    """
    if not lrs.shape == weights_sum_sq.shape == grads_sum_sq.shape == wds.shape:
        raise OperatorError("arrays of different shapes", because="each has one number for a weight")
    weights, grads = weights_sum_sq.sqrt(), grads_sum_sq.sqrt()
    scaled = lrs * eta * weights / (grads * rescale_grad + wds * weights + eps)
    return torch.where((weights > 0) & (grads > 0), scaled, lrs)


@operator("reset_arrays", differentiable=False, outputs=0)
def reset_arrays(*data: Tensor, num_arrays: int) -> list[Tensor]:
    """Fill all arrays with zeros, in place; returns no array.

    >>> grads = [nd.ones(2), nd.ones(3)]
    >>> nd.reset_arrays(*grads, num_arrays=2)
    []
    >>> grads[0].asnumpy().tolist()
    [0.0, 0.0]
    """
    if len(data) != num_arrays:
        raise OperatorError(f"{len(data)} arrays for num_arrays={num_arrays}", hint=f"num_arrays={len(data)}")
    for each in data:
        each.data.zero_()
    return []


def _each(
    update: Callable[..., Tensor],
    data: Sequence[Tensor],
    width: int,
    num_weights: int,
    lrs: Any,
    wds: Any,
    common: dict[str, float],
) -> list[Tensor]:
    """Call ``update`` on each group of ``width`` arrays.

    States change past torch's version counter, as those of operators with named arrays do.
    """
    if len(data) != width * num_weights:
        raise OperatorError(
            f"{len(data)} arrays for {num_weights} weights",
            because=f"it takes {width} arrays for each weight",
        )
    lrs, wds = _rates("lrs", lrs, num_weights), _rates("wds", wds, num_weights)
    new = []
    for place in range(num_weights):
        weight, grad, *states = data[width * place : width * (place + 1)]
        arrays = (weight, grad, *(state.data for state in states))
        new.append(update(*arrays, lr=lrs[place], wd=wds[place], **common))
    return new


def _rates(name: str, rates: Any, num_weights: int) -> Sequence[float]:
    listed = [rates] if isinstance(rates, (int, float)) else list(rates)
    if len(listed) != num_weights:
        raise OperatorError(f"{name} has {len(listed)} numbers for {num_weights} weights")
    return listed


def _preloaded(data: tuple[Tensor, ...], num_weights: int) -> tuple[tuple[Tensor, ...], Any, Any]:
    """Part the arrays of the weights from the learning rates and the weight decays at the end."""
    if len(data) < 2:
        raise OperatorError("lrs and wds are missing", because="they are the last two arrays")
    return data[:-2], data[-2].tolist(), data[-1].tolist()
