"""Batches in parts, one for each device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import ndarray as nd
from ..base import message
from ..context import Context
from ..ndarray import NDArray

__all__ = ["contexts_of", "joined", "loads_of", "part", "portions"]


def portions(rows: int, loads: Sequence[float]) -> list[slice]:
    """The rows that each device gets, in proportion to its load.

    Raises ``ValueError`` where one would get none.

    >>> portions(8, [1, 3])
    [slice(0, 2, None), slice(2, 8, None)]
    """
    counts = [round(rows * load / sum(loads)) for load in loads]
    counts[-1] += max(0, rows - sum(counts))
    found, end = [], 0
    for count in counts:
        begin, end = min(end, rows), min(end + count, rows)
        if begin >= end:
            raise ValueError(
                message(
                    "Too many slices. Some splits are empty.",
                    received=f"{rows} rows for {len(loads)} devices of loads {list(loads)}",
                    hint="fewer devices, or a larger batch_size",
                )
            )
        found.append(slice(begin, end))
    return found


def part(array: NDArray, rows: slice, axis: int) -> NDArray:
    """Some rows along an axis; the array itself if it is all of them, or if there is no axis (-1)."""
    if axis < 0 or (rows.start == 0 and rows.stop == array.shape[axis]):
        return array
    if axis == 0:
        return array[rows]
    return nd.slice_axis(array, axis=axis, begin=rows.start, end=rows.stop)


def joined(parts: Sequence[NDArray], axis: int, context: Context) -> NDArray:
    """The parts of all devices as one array in a context."""
    if len(parts) == 1 or axis < 0:
        return parts[0]
    moved: list[Any] = [each.as_in_context(context) for each in parts]
    return nd.concat(*moved, dim=axis)


def contexts_of(context: Any) -> list[Context]:
    found = [context] if isinstance(context, Context) else context
    if isinstance(found, (list, tuple)) and found and all(isinstance(each, Context) for each in found):
        return list(found)
    raise TypeError(
        message(
            "Module: context is a context or a list of them", received=f"context={context!r}", hint="mx.cpu()"
        )
    )


def loads_of(loads: Any, contexts: list[Context]) -> list[float]:
    found = [1.0] * len(contexts) if loads is None else list(loads)
    if len(found) != len(contexts) or any(not each > 0 for each in found):
        raise AssertionError(
            message(
                "Module: work_load_list has a number above 0 for each context",
                received=f"{loads!r} for {contexts}",
            )
        )
    return found
