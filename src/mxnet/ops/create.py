"""Arrays from nothing, as symbol files and ``nd._internal`` name them: ``_zeros``, ``_full``, ``_arange``, ...

``nd.zeros``, ``nd.arange`` and their like, which most programs call, stand in `mxnet.ndarray.creation`.
"""

from __future__ import annotations

import math
from typing import Any

import torch

from ..dtype import to_torch
from .registry import OperatorError, operator

Tensor = torch.Tensor
Size = int | tuple[int, ...] | None


@operator("_zeros", aliases=("_zeros_without_dtype",), creates=True, differentiable=False)
def zeros(*, shape: Size = None, dtype: Any = "float32", device: torch.device) -> Tensor:
    """An array of zeros."""
    return torch.zeros(_size(shape), dtype=_kind(dtype), device=device)


@operator("_ones", creates=True, differentiable=False)
def ones(*, shape: Size = None, dtype: Any = "float32", device: torch.device) -> Tensor:
    """An array of ones."""
    return torch.ones(_size(shape), dtype=_kind(dtype), device=device)


@operator("_full", creates=True, differentiable=False)
def full(*, value: float, shape: Size = None, dtype: Any = "float32", device: torch.device) -> Tensor:
    """An array of one value; whole-number types cut its fraction off."""
    kind = _kind(dtype)
    number = value if kind.is_floating_point else bool(value) if kind is torch.bool else int(value)
    return torch.full(_size(shape), number, dtype=kind, device=device)


@operator("_eye", creates=True, differentiable=False)
def eye(*, N: int, M: int = 0, k: int = 0, dtype: Any = "float32", device: torch.device) -> Tensor:
    """Ones on the ``k``-th diagonal of an ``(N, M)`` array, zeros elsewhere; square if ``M`` is 0."""
    rows, columns = N, M or N
    if rows < 0 or columns < 0:
        raise OperatorError("a length is negative", because=f"the shape is ({rows}, {columns})")
    result = torch.zeros((rows, columns), dtype=_kind(dtype), device=device)
    if -rows < k < columns:
        result.diagonal(k).fill_(1)
    return result


@operator("_arange", creates=True, differentiable=False)
def arange(
    *,
    start: float,
    stop: float | None = None,
    step: float = 1.0,
    repeat: int = 1,
    infer_range: bool = False,
    dtype: Any = "float32",
    device: torch.device,
) -> Tensor:
    """The numbers from ``start`` up to, not including, ``stop``, each ``repeat`` times; from 0 without ``stop``.

    Whole-number types cut the fractions of ``start`` and ``step`` off, as in 1.9.1.

    Raises
    ------
    MXNetError : ``step`` is 0 or leads away from ``stop``, or ``infer_range`` is asked for.
    """
    if infer_range:
        raise OperatorError("infer_range is not in Glueball yet", hint="stop=...", kind=NotImplementedError)
    if stop is None:
        start, stop = 0, start
    if step == 0 or repeat < 1:
        raise OperatorError(
            "step is not 0 and repeat at least 1", because=f"they are step={step}, repeat={repeat}"
        )
    if (stop - start) / step <= 0:
        raise OperatorError("the range is empty", because=f"(start, stop, step) is ({start}, {stop}, {step})")
    kind = _kind(dtype)
    count = math.ceil((stop - start) / step)
    if kind.is_floating_point:
        values = (torch.arange(count, dtype=torch.float64, device="cpu") * step + start).to(kind)
    else:
        values = (torch.arange(count, device="cpu") * int(step) + int(start)).to(kind)
    return values.repeat_interleave(repeat).to(device)


@operator("_linspace", creates=True, differentiable=False)
def linspace(
    *,
    start: float,
    stop: float,
    num: int,
    endpoint: bool = True,
    dtype: Any = "float32",
    device: torch.device,
) -> Tensor:
    """``num`` numbers at equal distances from ``start`` to ``stop``, which ``endpoint=False`` leaves out."""
    if num < 0:
        raise OperatorError("the number of values is negative", because=f"it is {num}")
    count = num if endpoint else num + 1
    return (
        torch.linspace(start, stop, count, dtype=torch.float64, device="cpu")[:num]
        .to(_kind(dtype))
        .to(device)
    )


def _size(shape: Size) -> tuple[int, ...]:
    if shape is None:
        raise OperatorError("the shape is not given", hint="shape=(2, 3)")
    size = (shape,) if isinstance(shape, int) else tuple(int(length) for length in shape)
    if any(length < 0 for length in size):
        raise OperatorError("a length is negative", because=f"the shape is {size}")
    return size


def _kind(dtype: Any) -> torch.dtype:
    return to_torch(dtype if dtype != -1 else "float32")
