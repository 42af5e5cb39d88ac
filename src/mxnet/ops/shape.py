"""Operators that change the shape of an array, or put arrays together and apart. All of them copy.

Where torch would hand out a view, `_copied` makes the copy that MXNet makes: nothing that an operator returns
shares memory with what it was given.
"""

from __future__ import annotations

from math import prod
from typing import Any

import torch

from ..base import message
from .registry import OperatorError, operator

Tensor = torch.Tensor


def reshaped(shape: tuple[int, ...], codes: Any, reverse: bool = False) -> tuple[int, ...]:
    """Solve MXNet's reshape codes (0, -1, -2, -3, -4) for an array of ``shape``.

    >>> reshaped((2, 3, 4), (-4, 1, 2, -2))
    (1, 2, 3, 4)
    >>> reshaped((10, 5, 4), (-1, 0), reverse=True)
    (50, 4)
    """
    codes = tuple(int(c) for c in codes)
    if all(c > 0 for c in codes) and prod(codes) == prod(shape):
        return codes
    source = list(reversed(shape)) if reverse else list(shape)
    wanted = _reversed_codes(codes) if reverse else list(codes)
    result: list[int] = []
    unknown = None
    axis = position = 0
    try:
        while position < len(wanted):
            code = wanted[position]
            if code > 0:
                result.append(code)
                axis += 1
            elif code == 0:
                result.append(source[axis])
                axis += 1
            elif code == -1:
                if unknown is not None:
                    raise _no_fit(shape, codes, "-1 stands for one axis only")
                unknown = len(result)
                result.append(1)
                axis += 1
            elif code == -2:
                result.extend(source[axis:])
                axis = len(source)
            elif code == -3:
                result.append(source[axis] * source[axis + 1])
                axis += 2
            elif code == -4:
                first, second = wanted[position + 1], wanted[position + 2]
                length = source[axis]
                if first == -1 and second == -1:
                    raise _no_fit(shape, codes, "-1 stands for one axis only")
                first = length // second if first == -1 else first
                second = length // first if second == -1 else second
                if first * second != length:
                    raise _no_fit(shape, codes, f"{length} is not {first} x {second}")
                result += [first, second]
                axis += 1
                position += 2
            else:
                raise _no_fit(shape, codes, f"{code} has no meaning")
            position += 1
    except (IndexError, ZeroDivisionError):
        raise _no_fit(shape, codes, "it names more axes than the array has") from None
    if unknown is not None:
        rest = prod(result)
        if rest == 0 or prod(shape) % rest:
            raise _no_fit(shape, codes, f"{prod(shape)} elements do not divide by {rest}")
        result[unknown] = prod(shape) // rest
    if prod(result) != prod(shape):
        raise _no_fit(shape, codes, f"the array has {prod(shape)} elements, the shape {prod(result)}")
    return tuple(reversed(result)) if reverse else tuple(result)


def _reversed_codes(codes: tuple[int, ...]) -> list[int]:
    """The codes from last to first, with the two lengths after a -4 still behind it."""
    groups: list[list[int]] = []
    position = 0
    while position < len(codes):
        width = 3 if codes[position] == -4 else 1
        group = list(codes[position : position + width])
        groups.append([group[0], *reversed(group[1:])])
        position += width
    return [code for group in reversed(groups) for code in group]


def _no_fit(shape: tuple[int, ...], codes: Any, because: str) -> ValueError:
    return ValueError(
        message(
            f"Cannot reshape array of size {prod(shape)} into shape {tuple(codes)}",
            received=f"array of shape {tuple(shape)}",
            because=because,
            hint=".reshape((0, -1)) keeps the first axis and joins the others",
        )
    )


def _copied(view: Tensor) -> Tensor:
    """A contiguous tensor of its own."""
    return view.clone(memory_format=torch.contiguous_format)


@operator("Reshape", aliases=("reshape",))
def reshape(
    data: Tensor,
    *,
    shape: tuple[int, ...] = (),
    reverse: bool = False,
    target_shape: Any = (),
    keep_highest: bool = False,
) -> Tensor:
    """The same elements under another shape, copied; the codes are those of `NDArray.reshape`.

    >>> from mxnet import nd
    >>> nd.reshape(nd.arange(6), shape=(2, -1)).shape
    (2, 3)
    """
    codes = shape if isinstance(shape, (tuple, list)) else (shape,)
    if not codes:
        codes = target_shape
    try:
        lengths = reshaped(tuple(data.shape), codes, reverse)
    except ValueError as error:
        raise OperatorError("shapes do not fit", because=str(error).splitlines()[0]) from None
    return _copied(data.reshape(lengths))


@operator("Flatten", aliases=("flatten",), method="flatten")
def flatten(data: Tensor) -> Tensor:
    """``(batch, ...)`` as ``(batch, product of the rest)``, copied."""
    if data.dim() == 0:
        raise OperatorError("an array without axes cannot be flattened")
    return _copied(data.reshape(data.shape[0], -1 if data.numel() else prod(data.shape[1:])))


@operator("transpose", method=False)
def transpose(data: Tensor, *, axes: tuple[int, ...] | None = None) -> Tensor:
    """The axes in another order (reversed by default), copied."""
    if axes is None or axes == ():
        order = tuple(reversed(range(data.dim())))
    else:
        order = tuple(_axis(data, a) for a in ((axes,) if isinstance(axes, int) else axes))
        if sorted(order) != list(range(data.dim())):
            raise OperatorError(
                f"axes={tuple(axes)} is no order of {data.dim()} axes", because="each axis appears once"
            )
    return _copied(data.permute(order))


def _axis(data: Tensor, axis: Any) -> int:
    """A possibly negative axis as one from 0."""
    rank = data.dim()
    axis = int(axis)
    if not -rank <= axis < rank:
        raise OperatorError(
            f"axis {axis} is not there", because=f"an array of {rank} axes has {-rank} to {rank - 1}"
        )
    return axis % rank if rank else 0
