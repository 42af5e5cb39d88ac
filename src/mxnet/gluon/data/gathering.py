"""Rows of an array, many at once: the batches of datasets that are arrays, in memory or in a file."""

from __future__ import annotations

import mmap
import os
from typing import Any

import numpy as np
import torch

from ...base import message
from ...context import current_context
from ...dtype import tensor_over, to_torch
from ...ndarray import NDArray

__all__ = ["Mapped", "can_gather", "gather", "is_in_file", "is_rows"]


def can_gather(data: Any) -> bool:
    """Whether rows of ``data`` can be taken at once: exactly an `NDArray` or a NumPy array of a type we have."""
    if isinstance(data, NDArray):
        return type(data) is NDArray and data._tape is None
    if type(data) not in (np.ndarray, np.memmap) or not data.ndim:
        return False
    try:
        to_torch(data.dtype)
    except TypeError:
        return False
    return True


def is_in_file(data: Any) -> bool:
    """Whether the elements of ``data`` come from a file when they are used."""
    return isinstance(data, np.memmap)


def is_rows(data: Any) -> bool:
    """Whether the batch of ``data[i], data[j], ...`` is what `gather` gives: a single number of an `NDArray` has an
    axis of its own.
    """
    return can_gather(data) and (data.ndim > 1 or not isinstance(data, NDArray))


def gather(data: NDArray | np.ndarray, rows: np.ndarray) -> NDArray:
    """``data[rows]`` as a new `NDArray` of the same type; raises IndexError outside of -n ... n - 1.

    NumPy copies the rows of a batch as fast as torch with several threads, and on a busy machine it does not wait
    for those threads to get a core. Of an array in a file it reads these rows and no others.
    """
    if not isinstance(data, NDArray):
        context = current_context()
        return NDArray._wrap(tensor_over(_taken(data, rows)).to(context.torch_device), context)
    tensor = data._plain()
    if tensor.device.type == "cpu" and tensor.dtype is not torch.bfloat16:  # which NumPy does not have
        return NDArray._wrap(torch.from_numpy(np.take(tensor.numpy(), rows, axis=0)), data._ctx)
    index = torch.from_numpy(_from_the_end(rows, len(tensor)))
    return NDArray._wrap(tensor.index_select(0, index.to(tensor.device)), data._ctx)


def _taken(data: np.ndarray, rows: np.ndarray) -> np.ndarray:
    plain = data.view(np.ndarray)
    # np.take begins by making a copy, of everything, of an array that is not contiguous or not aligned.
    straight = plain.flags.c_contiguous and plain.flags.aligned
    return np.take(plain, rows, axis=0) if straight else plain[rows]


def _from_the_end(rows: np.ndarray, length: int) -> np.ndarray:
    counted = np.where(rows < 0, rows + length, rows)
    outside = (counted < 0) | (counted >= length)
    if outside.any():
        raise IndexError(message(f"index {rows[outside][0]} is out of bounds for axis 0 with size {length}"))
    return counted


class Mapped:
    """A NumPy array in a file on its way to another process: the file and where in it, instead of its content.

    >>> import pickle, tempfile
    >>> path = tempfile.mkdtemp() + "/rows.npy"
    >>> np.save(path, np.arange(6.0).reshape(3, 2))
    >>> pickle.loads(pickle.dumps(Mapped(np.load(path, mmap_mode="r")))).open()[1].tolist()
    [2.0, 3.0]
    """

    def __init__(self, array: np.memmap) -> None:
        self._path = os.path.abspath(str(array.filename))
        self._arguments: dict[str, Any] = {
            "dtype": array.dtype,
            "mode": "r" if array.mode == "r" else "r+",
            "offset": array.offset,
            "shape": array.shape,
            "order": "C" if array.flags.c_contiguous else "F",
        }

    @staticmethod
    def instead_of(data: Any) -> Any:
        """The map of an array that is the whole of one; anything else unchanged.

        A part of a map has another place in the file than it says, and what was written into a private copy of one
        (``mmap_mode='c'``) is in no file.
        """
        if type(data) is not np.memmap or data.filename is None or data.mode == "c":
            return data
        return Mapped(data) if isinstance(data.base, mmap.mmap) else data

    def open(self) -> np.memmap:
        """The array, over the same file."""
        return np.memmap(self._path, **self._arguments)
