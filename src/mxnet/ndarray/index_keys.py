"""Questions about index keys that programs may ask: ``nd.get_indexing_dispatch_code`` and its neighbours.

`mxnet.ndarray.indexing` does the indexing itself and does not need them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from ..base import message
from .ndarray import NDArray

__all__ = [
    "get_indexing_dispatch_code",
    "get_oshape_of_gather_nd_op",
    "indexing_key_expand_implicit_axes",
]

BASIC, ADVANCED, EMPTY_TUPLE = 0, 1, 2


def get_indexing_dispatch_code(key: tuple[Any, ...]) -> int:
    """The kind of an index: 0 basic (integers, slices, None), 1 advanced (arrays, lists), 2 with an empty tuple.

    Raises
    ------
    AssertionError : ``key`` is no tuple.
    ValueError : an entry is no index, or is ``...``, which `indexing_key_expand_implicit_axes` takes out.

    >>> nd.get_indexing_dispatch_code((slice(None), 1)), nd.get_indexing_dispatch_code(([0, 2],))
    (0, 1)
    """
    assert isinstance(key, tuple), message("get_indexing_dispatch_code: key is a tuple", received=repr(key))
    code = BASIC
    for entry in key:
        if isinstance(entry, tuple) and not entry:
            return EMPTY_TUPLE
        if isinstance(entry, (list, tuple, range, np.ndarray, NDArray)):
            code = ADVANCED
        elif not (entry is None or isinstance(entry, (slice, int, np.integer))):
            raise ValueError(
                message(
                    f"NDArray does not support slicing with key {entry} of type {type(entry)}",
                    because="an index has integers, slices, None, lists and arrays",
                )
            )
    return code


def indexing_key_expand_implicit_axes(key: Any, shape: Sequence[int]) -> tuple[tuple[Any, ...], int]:
    """Write an index out for every axis: ``...`` and axes that it leaves out become ``slice(None)``.

    Boolean arrays become the arrays of the places where they are true.

    Returns
    -------
    key : a tuple with an entry for each axis (None for new ones).
    prepend : 1 or 0 where a plain ``True`` or ``False`` stood in the key, which stands for a new axis of that length;
        else -1.

    Raises
    ------
    IndexError : there are two ellipses, or a boolean array does not have the lengths of its axes.

    >>> nd.indexing_key_expand_implicit_axes((0, ...), (2, 3, 4))
    ((0, slice(None, None, None), slice(None, None, None)), -1)
    """
    entries = list(key) if isinstance(key, tuple) else [key]
    if sum(entry is Ellipsis for entry in entries) > 1:
        raise IndexError(
            message("Cannot use more than one ellipsis (`...`) for indexing", received=repr(key))
        )
    prepend = -1
    written: list[Any] = []
    used = 0
    ellipsis = None
    for entry in entries:
        if entry is Ellipsis:
            ellipsis = len(written)
        elif isinstance(entry, (bool, np.bool_)):
            prepend = int(entry)
        elif isinstance(entry, NDArray) and entry._t.dtype is torch.bool:
            axis = used if ellipsis is None else len(shape) - _axes_behind(entries, entry)
            written += _places(entry, shape, axis)
            used += entry.ndim
        else:
            written.append(entry)
            used += entry is not None
    rest = [slice(None)] * (len(shape) - used)
    place = len(written) if ellipsis is None else ellipsis
    return (*written[:place], *rest, *written[place:]), prepend


def get_oshape_of_gather_nd_op(dshape: Sequence[int], ishape: Sequence[int]) -> tuple[int, ...]:
    """The shape of ``gather_nd`` of data of shape ``dshape`` with indices of shape ``ishape``.

    >>> nd.get_oshape_of_gather_nd_op((2, 3, 4), (2, 5))
    (5, 4)
    """
    for shape in (dshape, ishape):
        assert len(shape) > 0, message(
            "get_oshape_of_gather_nd_op: both arrays have axes", received=f"{shape}"
        )
    return (*ishape[1:], *dshape[ishape[0] :])


def _axes_behind(entries: list[Any], start: Any) -> int:
    """How many axes the entries from ``start`` on stand for."""
    position = next(place for place, entry in enumerate(entries) if entry is start)
    return sum(0 if entry is None else entry.ndim if _is_mask(entry) else 1 for entry in entries[position:])


def _is_mask(entry: Any) -> bool:
    return isinstance(entry, NDArray) and entry._t.dtype is torch.bool


def _places(mask: NDArray, shape: Sequence[int], axis: int) -> list[NDArray]:
    """Where ``mask`` is true: an array of integers for each of its axes."""
    for place, length in enumerate(mask.shape):
        if length != shape[axis + place]:
            raise IndexError(
                message(
                    f"boolean index did not match indexed array along axis {axis + place}",
                    received=f"a mask of shape {mask.shape}",
                    because=f"size is {shape[axis + place]} but corresponding boolean size is {length}",
                )
            )
    return [NDArray._wrap(found, mask._ctx) for found in mask._plain().nonzero(as_tuple=True)]
