"""Operators that take axes away: sums, products, extremes, norms, positions of the largest.

``axis`` is one axis, several, or None for all; with ``exclude`` it names the axes that stay. ``keepdims`` leaves the
reduced axes with length 1. What is reduced over all axes has shape ``(1,)``. The result has the type of the array:
integers wrap around, and divide towards zero.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from operator import index
from typing import Any

import torch

from .elementwise import converted, data_type
from .registry import Direct, OperatorError, operator

Tensor = torch.Tensor
Axes = int | tuple[int, ...] | None
Kernel = Callable[[Tensor, Any, bool], Tensor]


def _direct(kernel: Kernel, data: Tensor, axis: Axes, keepdims: bool, exclude: bool) -> Tensor | None:
    """The common case, one axis of several, by torch's own kernel; None in the others."""
    if exclude or not data.is_floating_point():
        return None
    rank = data.dim()
    if type(axis) is int and rank > 1 and -rank <= axis < rank:
        return kernel(data, axis, bool(keepdims))
    return None


def _reduce(kernel: Kernel, data: Tensor, axis: Axes, keepdims: bool, exclude: bool) -> Tensor:
    axes = _axes(data, axis, exclude)
    if kernel in (_max, _min) and any(data.shape[a] == 0 for a in axes):
        raise OperatorError("of no elements, none is the largest or smallest")
    if axes:
        result = kernel(data, axes, bool(keepdims))
    else:
        # over no axis: each element alone
        result = kernel(data.unsqueeze(-1), (data.dim(),), False)
    return result if result.dim() else result.reshape(1)


def _axes(data: Tensor, axis: Axes, exclude: bool = False) -> tuple[int, ...]:
    """The axes to reduce, from 0 and in order."""
    rank = data.dim()
    if axis is None or (isinstance(axis, (tuple, list)) and not axis):
        return tuple(range(rank))
    axes = set()
    for given in axis if isinstance(axis, (tuple, list)) else (axis,):
        try:
            each = index(given)
        except TypeError:
            raise OperatorError(f"axis={axis!r} is no axis", because="axes are whole numbers") from None
        if not -rank <= each < rank:
            raise _no_axis(data, each)
        if each % rank in axes:
            raise OperatorError(f"axis={axis!r} names axis {each % rank} twice")
        axes.add(each % rank)
    return tuple(a for a in range(rank) if (a in axes) is not bool(exclude))


def _no_axis(data: Tensor, axis: int) -> OperatorError:
    rank = data.dim()
    return OperatorError(
        f"axis {axis} is not there", because=f"an array of {rank} axes has {-rank} to {rank - 1}"
    )


# ---------------------------------------------------------------------- sums and products

# Over all axes, and with the shape (1,): reshaping a sum costs twice as much more.
_SUM = Direct(
    "axis is None and not keepdims and not exclude and data.dtype is float32",
    "data.sum_to_size(1)",
    float32=torch.float32,
)


@operator("sum", aliases=("sum_axis",), method=True, direct=_SUM)
def sum_(data: Tensor, *, axis: Axes = None, keepdims: bool = False, exclude: bool = False) -> Tensor:
    """The sum along ``axis`` (all axes by default, with shape ``(1,)``).

    >>> from mxnet import nd
    >>> nd.ones((2, 3)).sum().asnumpy().tolist()
    [6.0]
    >>> nd.ones((2, 3)).sum(axis=0, exclude=True).asnumpy().tolist()
    [3.0, 3.0]
    """
    result = _direct(torch.sum, data, axis, keepdims, exclude)
    return _reduce(_sum, data, axis, keepdims, exclude) if result is None else result


class _Counts(dict[int, Tensor]):
    """Numbers of elements as 0-d tensors, which divide in half the time that Python numbers take."""

    def __missing__(self, number: int) -> Tensor:
        if len(self) >= 256:
            self.clear()
        with torch.inference_mode(False):  # whoever asks first, later calls may be taped
            count = self[number] = torch.tensor(float(number), device="cpu")
        return count


_MEAN = Direct(_SUM.when, "data.sum_to_size(1) / counts[data.numel()]", **_SUM.names, counts=_Counts())


@operator("mean", method=True, direct=_MEAN)
def mean(data: Tensor, *, axis: Axes = None, keepdims: bool = False, exclude: bool = False) -> Tensor:
    """The mean along ``axis`` (all axes by default, with shape ``(1,)``); of integers, cut off behind the point.

    >>> from mxnet import nd
    >>> nd.array([1, 2, 6]).mean().asscalar().item()
    3.0
    """
    result = _direct(torch.mean, data, axis, keepdims, exclude)
    return _reduce(_mean, data, axis, keepdims, exclude) if result is None else result


@operator("prod", method=True)
def prod(data: Tensor, *, axis: Axes = None, keepdims: bool = False, exclude: bool = False) -> Tensor:
    """The product along ``axis`` (all axes by default, with shape ``(1,)``).

    Differs from 1.9.1: the gradient of a zero factor is the product of the others, not nan.
    """
    return _reduce(_prod, data, axis, keepdims, exclude)


@operator("nansum", method=True)
def nansum(data: Tensor, *, axis: Axes = None, keepdims: bool = False, exclude: bool = False) -> Tensor:
    """The sum along ``axis`` without what is nan.

    >>> from mxnet import nd
    >>> nd.nansum(nd.array([1, float("nan"), 2])).asscalar().item()
    3.0
    """
    return _reduce(_nansum, data, axis, keepdims, exclude)


@operator("nanprod", method=True)
def nanprod(data: Tensor, *, axis: Axes = None, keepdims: bool = False, exclude: bool = False) -> Tensor:
    """The product along ``axis`` without what is nan."""
    return _reduce(_nanprod, data, axis, keepdims, exclude)


def _sum(data: Tensor, axes: tuple[int, ...], keepdims: bool) -> Tensor:
    return torch.sum(data, axes, keepdims, dtype=data.dtype)


def _mean(data: Tensor, axes: tuple[int, ...], keepdims: bool) -> Tensor:
    if data.is_floating_point():
        return torch.mean(data, axes, keepdims)
    count = 1
    for axis in axes:
        count *= data.shape[axis]
    return torch.div(_sum(data, axes, keepdims), count, rounding_mode="trunc").to(data.dtype)


def _prod(data: Tensor, axes: tuple[int, ...], keepdims: bool) -> Tensor:
    if len(axes) == 1:
        return torch.prod(data, axes[0], keepdims, dtype=data.dtype)
    # torch multiplies along one axis: the others join it
    stay = tuple(a for a in range(data.dim()) if a not in axes)
    shape = [data.shape[a] for a in stay]
    joined = data.permute(*stay, *axes).flatten(len(stay))
    result = torch.prod(joined, -1, dtype=data.dtype)
    if keepdims:
        shape = [1 if a in axes else data.shape[a] for a in range(data.dim())]
    return result.reshape(shape)


def _nansum(data: Tensor, axes: tuple[int, ...], keepdims: bool) -> Tensor:
    if not data.is_floating_point():
        return _sum(data, axes, keepdims)
    return torch.nansum(data, axes, keepdims)


def _nanprod(data: Tensor, axes: tuple[int, ...], keepdims: bool) -> Tensor:
    if data.is_floating_point():
        data = data.masked_fill(torch.isnan(data), 1)
    return _prod(data, axes, keepdims)


# ---------------------------------------------------------------------- extremes


@operator("max", aliases=("max_axis",), method=True)
def max_(data: Tensor, *, axis: Axes = None, keepdims: bool = False, exclude: bool = False) -> Tensor:
    """The largest element along ``axis`` (all axes by default, with shape ``(1,)``); nan wins.

    The gradient goes to every element that is as large.

    >>> from mxnet import nd
    >>> nd.array([[1, 5], [7, 2]]).max(axis=1).asnumpy().tolist()
    [5.0, 7.0]
    """
    result = _direct(torch.amax, data, axis, keepdims, exclude) if _is_simple(data) else None
    return _reduce(_max, data, axis, keepdims, exclude) if result is None else result


@operator("min", aliases=("min_axis",), method=True)
def min_(data: Tensor, *, axis: Axes = None, keepdims: bool = False, exclude: bool = False) -> Tensor:
    """The smallest element along ``axis`` (all axes by default, with shape ``(1,)``); nan wins.

    The gradient goes to every element that is as small.
    """
    result = _direct(torch.amin, data, axis, keepdims, exclude) if _is_simple(data) else None
    return _reduce(_min, data, axis, keepdims, exclude) if result is None else result


def _is_simple(data: Tensor) -> bool:
    return not data.requires_grad and data.numel() > 0


def _max(data: Tensor, axes: tuple[int, ...], keepdims: bool) -> Tensor:
    if data.requires_grad:
        return _Extreme.apply(data, axes, keepdims, torch.amax)
    return torch.amax(data, axes, keepdims)


def _min(data: Tensor, axes: tuple[int, ...], keepdims: bool) -> Tensor:
    if data.requires_grad:
        return _Extreme.apply(data, axes, keepdims, torch.amin)
    return torch.amin(data, axes, keepdims)


class _Extreme(torch.autograd.Function):
    """``amax`` and ``amin`` whose whole gradient goes to each of several equal elements (torch shares it out)."""

    @staticmethod
    def forward(
        ctx: Any, data: Tensor, axes: tuple[int, ...], keepdims: bool, kernel: Callable[..., Tensor]
    ) -> Tensor:
        result = kernel(data, axes, keepdims)
        ctx.axes = () if keepdims else axes
        ctx.save_for_backward(data, result)
        return result

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None]:
        data, result = ctx.saved_tensors
        chosen = data == _opened(result, ctx.axes)
        return _opened(gradient, ctx.axes) * chosen, None, None, None


def _opened(reduced: Tensor, axes: tuple[int, ...]) -> Tensor:
    """A result with its reduced axes back, of length 1."""
    for axis in axes:
        reduced = reduced.unsqueeze(axis)
    return reduced


# ---------------------------------------------------------------------- norms and moments


@operator("norm", method=True)
def norm(
    data: Tensor,
    *,
    ord: int = 2,
    axis: Axes = None,
    out_dtype: str | None = None,
    keepdims: bool = False,
) -> Tensor:
    """``sqrt(sum(x**2))`` for ``ord=2``, ``sum(|x|)`` for ``ord=1``, along ``axis`` (all axes by default).

    The gradient of the former at 0 is nan. ``out_dtype`` is the type of the result (default: that of the array).

    Differs from 1.9.1: the norm of integers is the whole part of the true one, which 1.9.1 computes in integers.

    >>> from mxnet import nd
    >>> nd.array([3, 4]).norm().asscalar().item()
    5.0
    >>> nd.array([3, -4]).norm(ord=1).asscalar().item()
    7.0
    """
    if ord not in (1, 2):
        raise OperatorError(f"ord={ord!r} is not supported", because="it is 1 or 2")
    kind = data.dtype if out_dtype is None else data_type(out_dtype)
    kernel = partial(_norm1 if ord == 1 else _norm2, kind=kind)
    return _reduce(kernel, data, axis, keepdims, False)


def _norm1(data: Tensor, axes: tuple[int, ...], keepdims: bool, kind: torch.dtype) -> Tensor:
    if kind.is_floating_point or not data.is_floating_point():
        return torch.sum(torch.abs(data), axes, keepdims, dtype=kind)
    return converted(torch.sum(torch.abs(data), axes, keepdims), kind)


def _norm2(data: Tensor, axes: tuple[int, ...], keepdims: bool, kind: torch.dtype) -> Tensor:
    if data.requires_grad:
        return _Length.apply(data, axes, keepdims, kind)
    return _length(data, axes, keepdims, kind)


def _length(data: Tensor, axes: tuple[int, ...], keepdims: bool, kind: torch.dtype) -> Tensor:
    # in double precision the squares of all float32 numbers fit
    wide = torch.float32 if data.device.type == "mps" else torch.float64
    length = torch.linalg.vector_norm(data.to(wide), 2, axes, keepdims)
    return length if kind is wide else converted(length, kind)


class _Length(torch.autograd.Function):
    """The euclidean norm with the gradient ``x / norm``, which is nan at 0 (torch's is 0)."""

    @staticmethod
    def forward(ctx: Any, data: Tensor, axes: tuple[int, ...], keepdims: bool, kind: torch.dtype) -> Tensor:
        length = _length(data, axes, keepdims, kind)
        ctx.axes = () if keepdims else axes
        ctx.save_for_backward(data, length)
        return length

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None]:
        data, length = ctx.saved_tensors
        slope = data / _opened(length, ctx.axes)
        return (_opened(gradient, ctx.axes) * slope).to(data.dtype), None, None, None


@operator("moments", outputs=2)
def moments(data: Tensor, *, axes: Axes = None, keepdims: bool = False) -> list[Tensor]:
    """The mean and the variance (over ``n``, not ``n - 1``) along ``axes``.

    >>> from mxnet import nd
    >>> mean, variance = nd.moments(nd.array([1, 2, 3, 4]), axes=0)
    >>> mean.asscalar().item(), variance.asscalar().item()
    (2.5, 1.25)
    """
    average = _reduce(_mean, data, axes, True, False)
    variance = _reduce(_mean, torch.square(data - average), axes, keepdims, False)
    if not keepdims:
        average = average.reshape(variance.shape)
    return [average, variance]


# ---------------------------------------------------------------------- positions


@operator("argmax", method=True, differentiable=False)
def argmax(data: Tensor, *, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """The position of the (first) largest element along ``axis``; without axis, in reading order. nan wins.

    The positions have the type of the array: float32 for most, exact up to 16,777,216.

    >>> from mxnet import nd
    >>> nd.array([[1, 3, 2], [5, 4, 5]]).argmax(axis=1).asnumpy().tolist()
    [1.0, 0.0]
    """
    return _position(torch.argmax, data, axis, keepdims)


@operator("argmin", method=True, differentiable=False)
def argmin(data: Tensor, *, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """The position of the (first) smallest element along ``axis``; without axis, in reading order. nan wins."""
    return _position(torch.argmin, data, axis, keepdims)


@operator("argmax_channel", method=True, differentiable=False)
def argmax_channel(data: Tensor) -> Tensor:
    """The position of the (first) largest element along axis 1: ``(n, c, ...)`` gives ``(n, ...)``."""
    return _position(torch.argmax, data, 1, False)


def _position(kernel: Callable[..., Tensor], data: Tensor, axis: int | None, keepdims: bool) -> Tensor:
    if axis is not None:
        try:
            axis = index(axis)
        except TypeError:
            raise OperatorError(f"axis={axis!r} is no axis", because="it is one whole number") from None
        if not -data.dim() <= axis < data.dim():
            raise _no_axis(data, axis)
    if data.numel() == 0 and (axis is None or data.shape[axis] == 0):
        raise OperatorError("of no elements, none is the largest or smallest")
    kind = data.dtype
    if kind is torch.bool:
        data = data.to(torch.uint8)
    result = kernel(data, axis, bool(keepdims)).to(kind)
    return result if result.dim() else result.reshape(1)
