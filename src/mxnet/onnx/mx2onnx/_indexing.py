"""Converters of what looks elements up, by positions, masks and sequence lengths."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._builder import Builder, Call, Inexpressible, Value, converter
from ._layers import numbers_along
from ._shapes import reversed_along


def _within(b: Builder, index: Value, length: Value, mode: str) -> Value:
    """Positions as int64 that lie on an axis of this length."""
    index = index.cast(np.int64)
    if mode == "wrap":
        return b("Mod", index, length)
    return b("Max", b("Min", index, length - 1), b.value(0, np.int64))


def picked(b: Builder, call: Call, x: Value, index: Value, axis: int, mode: str = "clip") -> Value:
    """``x[index]`` along an axis, where index has length 1; x is as long there as the first input."""
    return b("GatherElements", x, _within(b, index, b.length(call, axis), mode), axis=axis)


@converter("take")
def _take(b: Builder, call: Call) -> Value:
    axis, index = call.axis(), call.inputs[1]
    mode = str(call["mode"])
    index = index.cast(np.int64) if mode == "raise" else _within(b, index, b.length(call, axis), mode)
    if call.rank(1) == 0:
        index = index.reshaped()  # arithmetic with a vector of one length made it a vector
    return b("Gather", call.x, index, axis=axis)


@converter("pick")
def _pick(b: Builder, call: Call) -> Value:
    if call["axis"] is None:
        raise Inexpressible("axis=None")
    axis, rank = call.axis(), call.rank()
    index = call.inputs[1]
    if call.rank(1) == rank - 1 and not (rank == 1 and call.rank(1) == 1):
        index = index.opened(axis)
    elif call.rank(1) != rank:
        raise Inexpressible("index has neither the axes of data nor all but one of them")
    found = picked(b, call, call.x, index, axis, str(call["mode"]))
    return found if call["keepdims"] or rank == 1 else found.closed(axis)


@converter("batch_take")
def _batch_take(b: Builder, call: Call) -> Value:
    return picked(b, call, call.x, call.inputs[1].reshaped(-1, 1), 1).reshaped(-1)


@converter("one_hot")
def _one_hot(b: Builder, call: Call) -> Value:
    numbers = b.constant(np.arange(int(call["depth"]), dtype=np.int64))
    hit = call.x.cast(np.int64).opened(call.rank()).equals(numbers)
    on, off = float(call["on_value"]), float(call["off_value"])
    if (on, off) == (1.0, 0.0):
        return hit.cast(call.dtype())
    return b.where(hit, b.value(on, call.dtype()), off)


def _rows_last(b: Builder, call: Call, place: int) -> Value:
    """Indices with the axis of the indexed axes last, as ONNX has it."""
    rank = call.rank(place)
    return call.inputs[place].cast(np.int64).transposed(*range(1, rank), 0)


@converter("gather_nd")
def _gather_nd(b: Builder, call: Call) -> Value:
    return b("GatherND", call.x, _rows_last(b, call, 1))


@converter("scatter_nd")
def _scatter_nd(b: Builder, call: Call) -> Value:
    shape = call["shape"]
    zeros = b.filled(b.integers(shape if isinstance(shape, (tuple, list)) else [shape]), 0, call.x.dtype)
    return b("ScatterND", zeros, _rows_last(b, call, 1), call.x)


@converter("_scatter_set_nd")
def _scatter_set_nd(b: Builder, call: Call) -> Value:
    return b("ScatterND", call.x, _rows_last(b, call, 2), call.inputs[1])


@converter("_contrib_index_copy")
def _index_copy(b: Builder, call: Call) -> Value:
    return b("ScatterND", call.x, call.inputs[1].cast(np.int64).opened(1), call.inputs[2])


@converter("fill_element_0index")
def _fill_element(b: Builder, call: Call) -> Value:
    places = _within(b, call.inputs[2].reshaped(-1, 1), b.length(call, 1), "clip")
    return b("ScatterElements", call.x, places, call.inputs[1].reshaped(-1, 1).cast(call.x.dtype), axis=1)


@converter("where")
def _where(b: Builder, call: Call) -> Value:
    condition = call.x.true()
    if call.rank() == 1 and call.rank(1) > 1:  # one value for each row
        condition = condition.opened(*range(1, call.rank(1)))
    return b.where(condition, call.inputs[1], call.inputs[2])


@converter("_contrib_boolean_mask")
def _boolean_mask(b: Builder, call: Call) -> Value:
    return b("Compress", call.x, call.inputs[1].true(), axis=call.axis())


@converter("_ravel_multi_index")
def _ravel(b: Builder, call: Call) -> Value:
    strides = np.cumprod([1, *reversed(call["shape"][1:])])[::-1]
    column = b.constant(strides.astype(np.int64)).reshaped(-1, *[1] * (call.rank() - 1))
    return b.reduced("ReduceSum", call.x.cast(np.int64) * column, [0]).cast(call.dtype())


@converter("_unravel_index")
def _unravel(b: Builder, call: Call) -> Value:
    flat, rows = call.x.cast(np.int64), []
    for length in reversed(call["shape"]):
        rows.append(b("Mod", flat, b.value(int(length), np.int64)).opened(0))
        flat = flat / int(length)
    return b.joined(rows[::-1], 0).cast(call.dtype())


# ---------------------------------------------------------------------- sequences


def _inside(b: Builder, call: Call, lengths: Value, time: int) -> Value:
    """Which steps of which sequence count, with length 1 along all axes but time and batch."""
    steps = numbers_along(b, call.x, time, call.rank())
    batch = 1 - time
    return steps < lengths.cast(np.int64).opened(*(a for a in range(call.rank()) if a != batch))


def _lengths(call: Call) -> Value | None:
    return call.array("sequence_length") if call["use_sequence_length"] else None


@converter("SequenceMask")
def _sequence_mask(b: Builder, call: Call) -> Value:
    lengths = _lengths(call)
    if lengths is None:
        return call.x
    return b.where(_inside(b, call, lengths, int(call["axis"])), call.x, call["value"])


@converter("SequenceLast")
def _sequence_last(b: Builder, call: Call) -> Value:
    lengths, time = _lengths(call), int(call["axis"])
    if lengths is None:
        return b("Gather", call.x, b.value(-1, np.int64), axis=time)
    rank = call.rank()
    last = (lengths.cast(np.int64) - 1).opened(*(a for a in range(rank) if a != 1 - time))
    ones = [b.integers([1])]
    size: list[Any] = [call.x.shape(a, a + 1) if a != time else ones[0] for a in range(rank)]
    return b("GatherElements", call.x, b("Expand", last, b.joined(size)), axis=time).closed(time)


@converter("SequenceReverse")
def _sequence_reverse(b: Builder, call: Call) -> Value:
    lengths, time = _lengths(call), int(call["axis"])
    if lengths is None:
        return reversed_along(b, call.x, [time])
    return b("ReverseSequence", call.x, lengths.cast(np.int64), time_axis=0, batch_axis=1)
