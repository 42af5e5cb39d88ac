"""One table of array types: MXNet's name, NumPy's scalar class, torch's dtype."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from .base import message, nearest

__all__ = ["name", "tensor_over", "to_numpy", "to_torch"]

# NumPy has no bfloat16: an array of that type reports the name itself as its type, as in 1.9.1.
_ROWS: tuple[tuple[str, Any, torch.dtype], ...] = (
    ("float32", np.float32, torch.float32),
    ("float64", np.float64, torch.float64),
    ("float16", np.float16, torch.float16),
    ("bfloat16", "bfloat16", torch.bfloat16),
    ("uint8", np.uint8, torch.uint8),
    ("int8", np.int8, torch.int8),
    ("int16", np.int16, torch.int16),
    ("int32", np.int32, torch.int32),
    ("int64", np.int64, torch.int64),
    ("bool", np.bool_, torch.bool),
    ("uint16", np.uint16, torch.uint16),
    ("uint32", np.uint32, torch.uint32),
    ("uint64", np.uint64, torch.uint64),
)
NAMES: tuple[str, ...] = tuple(row[0] for row in _ROWS)
_TO_NUMPY: dict[torch.dtype, Any] = {row[2]: row[1] for row in _ROWS}
_TO_NAME: dict[torch.dtype, str] = {row[2]: row[0] for row in _ROWS}
_BY_NAME: dict[str, torch.dtype] = {row[0]: row[2] for row in _ROWS}
# Everything somebody writes for a type, seen so far: the lookup of a hit is one dictionary access.
_SEEN: dict[Any, torch.dtype] = {
    **_BY_NAME,
    **{row[1]: row[2] for row in _ROWS},
    **{row[2]: row[2] for row in _ROWS},
    None: torch.float32,
    float: torch.float64,
    int: torch.int64,
    bool: torch.bool,
    np.dtype([("bfloat16", np.uint16)]): torch.bfloat16,  # which programs for 1.x write for it
}


def to_torch(dtype: Any) -> torch.dtype:
    """The torch dtype that ``dtype`` (a name, a NumPy or a torch type, None for float32) stands for.

    Raises ``TypeError`` for what is no type, or for one that arrays cannot have.

    >>> to_torch("float32"), to_torch(np.int64)
    (torch.float32, torch.int64)
    """
    try:
        return _SEEN[dtype]
    except (KeyError, TypeError):
        pass
    try:
        found = _BY_NAME[np.dtype(dtype).name]
    except (KeyError, TypeError):
        close = nearest(str(dtype), NAMES)
        raise TypeError(
            message(
                f"data type {dtype!r} not understood",
                because="an array holds one of " + ", ".join(NAMES),
                hint=f"dtype={close!r}" if close else None,
            )
        ) from None
    _SEEN[dtype] = found
    return found


def to_numpy(dtype: torch.dtype) -> Any:
    """NumPy's scalar class for a torch dtype (the string ``'bfloat16'``, which NumPy lacks, for itself)."""
    return _TO_NUMPY[dtype]


def name(dtype: torch.dtype) -> str:
    """MXNet's name of a torch dtype.

    >>> name(torch.float16)
    'float16'
    """
    return _TO_NAME[dtype]


def tensor_over(array: np.ndarray) -> torch.Tensor:
    """A tensor over the memory of a NumPy array; of a copy where that has gaps, is read-only or in another byte order.

    torch refuses some of these, and warns of the others.

    >>> tensor_over(np.array([1, 2], dtype=">i2"))
    tensor([1, 2], dtype=torch.int16)
    """
    flags = array.flags
    if not (flags.c_contiguous and flags.writeable and array.dtype.isnative):
        array = np.array(array, array.dtype.newbyteorder("="), order="C")
    return torch.from_numpy(array)
