"""The optimiser steps of ``nd.contrib``: lists of arrays, and ``rescale_grad`` as a number or an array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .creation import full
from .invoke import function_of
from .ndarray import NDArray

__all__ = [
    "adamw_update",
    "mp_adamw_update",
    "multi_adamw_update",
    "multi_lamb_update",
    "multi_mp_adamw_update",
    "multi_mp_lamb_update",
]

Arrays = Sequence[NDArray]
Rates = Sequence[float]


def adamw_update(
    weight: NDArray,
    grad: NDArray,
    mean: NDArray,
    var: NDArray,
    rescale_grad: float | NDArray,
    lr: float,
    eta: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    wd: float = 0,
    clip_gradient: float = -1,
    out: NDArray | None = None,
    name: str | None = None,
    **kwargs: Any,
) -> NDArray:
    """AdamW: ``weight - eta * (lr * mean / (sqrt(var) + epsilon) + wd * weight)``.

    ``mean`` and ``var`` are moved in place; ``out=weight`` writes the weight in place. Where ``rescale_grad`` is 0 or
    not finite, nothing changes.

    >>> weight, mean, var = nd.ones(2), nd.zeros(2), nd.zeros(2)
    >>> nd.contrib.adamw_update(weight, nd.ones(2), mean, var, 1.0, lr=0.5, eta=1, beta1=0.5, beta2=0.75)
    <BLANKLINE>
    [0.5 0.5]
    <NDArray 2 @cpu(0)>
    """
    return function_of("contrib.adamw_update")(
        weight,
        grad,
        mean,
        var,
        _as_array(rescale_grad, weight),
        lr=lr,
        eta=eta,
        beta1=beta1,
        beta2=beta2,
        epsilon=epsilon,
        wd=wd,
        clip_gradient=clip_gradient,
        out=out,
        **kwargs,
    )


def mp_adamw_update(
    weight: NDArray,
    grad: NDArray,
    mean: NDArray,
    var: NDArray,
    weight32: NDArray,
    rescale_grad: float | NDArray,
    lr: float,
    eta: float,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    wd: float = 0,
    clip_gradient: float = -1,
    out: NDArray | None = None,
    name: str | None = None,
    **kwargs: Any,
) -> NDArray:
    """`adamw_update` of a weight of low precision, whose copy ``weight32`` takes the step."""
    return function_of("contrib.mp_adamw_update")(
        weight,
        grad,
        mean,
        var,
        weight32,
        _as_array(rescale_grad, weight32),
        lr=lr,
        eta=eta,
        beta1=beta1,
        beta2=beta2,
        epsilon=epsilon,
        wd=wd,
        clip_gradient=clip_gradient,
        out=out,
        **kwargs,
    )


def multi_adamw_update(
    weights: Arrays,
    grads: Arrays,
    mean: Arrays,
    var: Arrays,
    rescale_grad: float | NDArray,
    lrs: Rates,
    wds: Rates,
    etas: Rates,
    out: Any = None,
    name: str | None = None,
    size: int = 0,
    **kwargs: Any,
) -> Any:
    """`adamw_update` of many weights, each with its rates; ``out=weights`` writes them in place.

    ``size`` is how many there are; 0: all.
    """
    count = size or len(weights)
    arrays = _in_turn(count, weights, grads, mean, var)
    return function_of("contrib.multi_adamw_update")(
        *arrays,
        _as_array(rescale_grad, weights[0]),
        lrs=tuple(lrs),
        wds=tuple(wds),
        etas=tuple(etas),
        num_weights=count,
        out=out,
        **kwargs,
    )


def multi_mp_adamw_update(
    weights: Arrays,
    grads: Arrays,
    mean: Arrays,
    var: Arrays,
    weights32: Arrays,
    rescale_grad: float | NDArray,
    lrs: Rates,
    wds: Rates,
    etas: Rates,
    out: Any = None,
    name: str | None = None,
    size: int = 0,
    **kwargs: Any,
) -> Any:
    """`mp_adamw_update` of many weights; see `multi_adamw_update`."""
    count = size or len(weights)
    arrays = _in_turn(count, weights, grads, mean, var, weights32)
    return function_of("contrib.multi_mp_adamw_update")(
        *arrays,
        _as_array(rescale_grad, weights32[0]),
        lrs=tuple(lrs),
        wds=tuple(wds),
        etas=tuple(etas),
        num_weights=count,
        out=out,
        **kwargs,
    )


def multi_lamb_update(
    weights: Arrays,
    grads: Arrays,
    mean: Arrays,
    var: Arrays,
    step_count: Sequence[int],
    lrs: Rates,
    wds: Rates,
    out: Any = None,
    num_tensors: int = 0,
    **kwargs: Any,
) -> Any:
    """LAMB for many weights, each with its rates and the number of its update; ``out=weights`` writes them in place."""
    count = num_tensors or len(weights)
    return function_of("contrib.multi_lamb_update")(
        *_in_turn(count, weights, grads, mean, var),
        learning_rates=tuple(lrs),
        wds=tuple(wds),
        step_count=tuple(step_count),
        num_tensors=count,
        out=out,
        **kwargs,
    )


def multi_mp_lamb_update(
    weights: Arrays,
    grads: Arrays,
    mean: Arrays,
    var: Arrays,
    weights32: Arrays,
    step_count: Sequence[int],
    lrs: Rates,
    wds: Rates,
    out: Any = None,
    num_tensors: int = 0,
    **kwargs: Any,
) -> Any:
    """`multi_lamb_update` of weights of low precision, whose copies ``weights32`` take the step."""
    count = num_tensors or len(weights)
    return function_of("contrib.multi_mp_lamb_update")(
        *_in_turn(count, weights, grads, mean, var, weights32),
        learning_rates=tuple(lrs),
        wds=tuple(wds),
        step_count=tuple(step_count),
        num_tensors=count,
        out=out,
        **kwargs,
    )


def _as_array(rescale_grad: float | NDArray, like: NDArray) -> NDArray:
    if isinstance(rescale_grad, NDArray):
        return rescale_grad.as_in_context(like._ctx)
    return full((1,), rescale_grad, ctx=like._ctx, dtype=like.dtype)


def _in_turn(count: int, *lists: Arrays) -> list[NDArray]:
    """``w0, g0, ..., w1, g1, ...`` of the first ``count`` weights."""
    return [array for group in zip(*(each[:count] for each in lists), strict=True) for array in group]
