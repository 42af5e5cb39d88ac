"""Converters of what changes shapes, puts arrays together and apart, and makes arrays from nothing."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from ...ops.create import arange, eye, linspace
from .._package import element_type
from ._builder import Builder, Call, Inexpressible, Value, converter
from ._layers import numbers_along

LAST = np.iinfo(np.int64).max
"""The end of an axis, whatever its length."""
FIRST = np.iinfo(np.int64).min
"""Before the beginning of an axis, for steps backwards."""


def _listed(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


# ---------------------------------------------------------------------- the same elements


@converter("Reshape", "reshape_like")
def _reshape(b: Builder, call: Call) -> Value:
    return b.shaped(call, call.x)


@converter("Flatten")
def _flatten(b: Builder, call: Call) -> Value:
    return b("Flatten", call.x, axis=1)


@converter("transpose")
def _transpose(b: Builder, call: Call) -> Value:
    rank = call.rank()
    axes = call["axes"]
    order = tuple(reversed(range(rank))) if axes in (None, (), []) else tuple(a % rank for a in _listed(axes))
    return b("Transpose", call.x, perm=list(order))


@converter("SwapAxis")
def _swap(b: Builder, call: Call) -> Value:
    order = list(range(call.rank()))
    first, second = call.axis("dim1"), call.axis("dim2")
    order[first], order[second] = order[second], order[first]
    return b("Transpose", call.x, perm=order)


@converter("expand_dims")
def _expand_dims(b: Builder, call: Call) -> Value:
    return call.x.opened(int(call["axis"]))


@converter("squeeze")
def _squeeze(b: Builder, call: Call) -> Value:
    rank = call.rank()
    if call["axis"] is None:
        gone = [axis for axis, length in enumerate(call.fixed()) if length == 1]
    else:
        gone = [axis % rank for axis in _listed(call["axis"])]
    if len(gone) == rank and rank:
        return call.x.reshaped(1)
    return call.x.closed(*gone) if gone else call.x


@converter("depth_to_space")
def _depth_to_space(b: Builder, call: Call) -> Value:
    return b("DepthToSpace", call.x, blocksize=int(call["block_size"]), mode="DCR")


@converter("space_to_depth")
def _space_to_depth(b: Builder, call: Call) -> Value:
    return b("SpaceToDepth", call.x, blocksize=int(call["block_size"]))


# ---------------------------------------------------------------------- together and apart


@converter("Concat", "_rnn_param_concat")
def _concat(b: Builder, call: Call) -> Value:
    return b("Concat", *call.inputs, axis=call.axis("dim"))


@converter("stack")
def _stack(b: Builder, call: Call) -> Value:
    axis = int(call["axis"]) % (call.rank() + 1)
    return b.joined([each.opened(axis) for each in call.inputs], axis)


@converter("SliceChannel")
def _split(b: Builder, call: Call) -> list[Value]:
    axis = call.axis()
    parts = b.several("Split", int(call["num_outputs"]), call.x, axis=axis)
    return [part.closed(axis) for part in parts] if call["squeeze_axis"] else parts


@converter("_split_v2")
def _split_v2(b: Builder, call: Call) -> list[Value]:
    axis = call.axis()
    if call["sections"]:
        parts = b.several("Split", int(call["sections"]), call.x, axis=axis)
    else:
        cuts = list(_listed(call["indices"]))
        if cuts[:1] != [0]:
            cuts = [0, *cuts]
        parts = [b.cut(call.x, axis, low, high) for low, high in zip(cuts, [*cuts[1:], LAST], strict=True)]
    return [part.closed(axis) for part in parts] if call["squeeze_axis"] else parts


@converter("slice")
def _slice(b: Builder, call: Call) -> Value:
    begin, end = _listed(call["begin"]), _listed(call["end"])
    steps = (
        [step or 1 for step in _listed(call["step"])]
        if call["step"] not in ((), None, [])
        else [1] * len(begin)
    )
    starts = [(0 if s > 0 else LAST) if n is None else int(n) for n, s in zip(begin, steps, strict=True)]
    ends = [(LAST if s > 0 else FIRST) if n is None else int(n) for n, s in zip(end, steps, strict=True)]
    axes = range(len(begin))
    return b("Slice", call.x, *(b.integers(each) for each in (starts, ends, axes, steps)))


@converter("slice_axis")
def _slice_axis(b: Builder, call: Call) -> Value:
    end = call["end"]
    return b.cut(call.x, call.axis(), int(call["begin"]), LAST if end is None else int(end))


@converter("slice_like")
def _slice_like(b: Builder, call: Call) -> Value:
    axes = call["axes"]
    if axes in ((), None, []):
        zeros = b.integers([0] * call.rank())
        return b("Slice", call.x, zeros, call.inputs[1].shape())
    chosen = [axis % call.rank() for axis in _listed(axes)]
    ends = [call.inputs[1].shape(axis % call.rank(1), axis % call.rank(1) + 1) for axis in _listed(axes)]
    return b("Slice", call.x, b.integers([0] * len(chosen)), b.joined(ends), b.integers(chosen))


@converter("Crop")
def _crop(b: Builder, call: Call) -> Value:
    if call["center_crop"] or len(call.inputs) < 2:
        size = call.fixed(1, [2, 3]) if len(call.inputs) > 1 else _listed(call["h_w"])
        offset = _listed(call["offset"])
        if call["center_crop"]:
            offset = tuple((n - wanted) // 2 for n, wanted in zip(call.fixed(0, [2, 3]), size, strict=True))
        ends = b.integers([first + length for first, length in zip(offset, size, strict=True)])
        begins = b.integers(offset)
    else:
        begins = b.integers(_listed(call["offset"]))
        ends = begins + call.inputs[1].shape(2)
    return b("Slice", call.x, begins, ends, b.integers([2, 3]))


@converter("reverse")
def _reverse(b: Builder, call: Call) -> Value:
    axes = [axis % call.rank() for axis in _listed(call["axis"])]
    return reversed_along(b, call.x, axes)


def reversed_along(b: Builder, x: Value, axes: list[int]) -> Value:
    """The elements in the other order along some axes."""
    count = len(axes)
    limits = ([LAST] * count, [FIRST] * count, axes, [-1] * count)
    return b("Slice", x, *(b.integers(each) for each in limits))


@converter("Pad")
def _pad(b: Builder, call: Call) -> Value:
    width = _listed(call["pad_width"])
    pads = b.integers([*width[::2], *width[1::2]])
    mode = str(call["mode"])
    number = b.value(call["constant_value"], call.x.dtype) if mode == "constant" else None
    return b("Pad", call.x, pads, number, mode=mode)


# ---------------------------------------------------------------------- repeated elements


@converter("repeat")
def _repeat(b: Builder, call: Call) -> Value:
    times = int(call["repeats"])
    if call["axis"] is None:
        return b("Tile", call.x.reshaped(-1, 1), b.integers([1, times])).reshaped(-1)
    axis, rank = call.axis(), call.rank()
    tiled = b(
        "Tile", call.x.opened(axis + 1), b.integers([times if a == axis + 1 else 1 for a in range(rank + 1)])
    )
    if axis == rank - 1:
        return tiled.reshaped(*[0] * axis, -1)
    shape = [b.integers([0] * axis)] if axis else []
    return b("Reshape", tiled, b.joined([*shape, b.integers([-1]), call.x.shape(axis + 1)]))


@converter("tile")
def _tile(b: Builder, call: Call) -> Value:
    times, rank = _listed(call["reps"]), call.rank()
    x = call.x.opened(*range(len(times) - rank)) if len(times) > rank else call.x
    return b("Tile", x, b.integers([*[1] * (rank - len(times)), *times]))


@converter("broadcast_to")
def _broadcast_to(b: Builder, call: Call) -> Value:
    return b("Expand", call.x, b.integers([n or 1 for n in _listed(call["shape"])]))


@converter("broadcast_axis")
def _broadcast_axis(b: Builder, call: Call) -> Value:
    lengths = [1] * call.rank()
    for axis, size in zip(_listed(call["axis"]), _listed(call["size"]), strict=True):
        lengths[axis] = size
    return b("Expand", call.x, b.integers(lengths))


@converter("broadcast_like")
def _broadcast_like(b: Builder, call: Call) -> Value:
    if call["lhs_axes"] is None:
        return b("Expand", call.x, call.inputs[1].shape())
    parts: list[Value] = [b.integers([1]) for _ in range(call.rank())]
    for mine, other in zip(_listed(call["lhs_axes"]), _listed(call["rhs_axes"]), strict=True):
        place = other % call.rank(1)
        parts[mine] = call.inputs[1].shape(place, place + 1)
    return b("Expand", call.x, b.joined(parts))


# ---------------------------------------------------------------------- from nothing


@converter("_zeros", "_ones", "_full")
def _filled(b: Builder, call: Call) -> Value:
    # lengths of 0 follow from the rest of the graph; arrays of length 1 broadcast to whatever they are
    shape = [int(n) or 1 for n in _listed(call["shape"])]
    number = call["value"] if call.kind == "_full" else int(call.kind == "_ones")
    return b.filled(b.integers(shape), number, call.dtype())


_FROM_NUMBERS = {"_arange": arange, "_linspace": linspace, "_eye": eye}


@converter(*_FROM_NUMBERS)
def _from_numbers(b: Builder, call: Call) -> Value:
    import torch

    made = _FROM_NUMBERS[call.kind](**call.options, device=torch.device("cpu"))
    return b.constant(made.numpy())


@converter("_contrib_arange_like")
def _arange_like(b: Builder, call: Call) -> Value:
    start, step, times = float(call["start"]), float(call["step"]), int(call["repeat"])
    axis = None if call["axis"] is None else call.axis()
    if axis is None:
        count = b("Size", call.x, of=np.int64)
    else:
        count = call.x.shape(axis, axis + 1).closed(0)
    numbers = b("Range", b.value(0, np.int64), count, b.value(1, np.int64))
    if times != 1:
        numbers = numbers / times
    numbers = (numbers.cast(np.float64) * step + start).cast(call.dtype())
    return b("Reshape", numbers, call.x.shape()) if axis is None else numbers


@converter("_contrib_index_array")
def _index_array(b: Builder, call: Call) -> Value:
    rank = call.rank()
    axes = range(rank) if call["axes"] is None else [axis % rank for axis in _listed(call["axes"])]
    grids = [b("Expand", numbers_along(b, call.x, axis, rank), call.x.shape()) for axis in axes]
    return b.joined([grid.opened(rank) for grid in grids], rank)


@converter("diag")
def _diag(b: Builder, call: Call) -> Value:
    k = int(call["k"])
    if call.rank() == 1:  # the matrix that has the vector on its diagonal
        length = call.fixed()[0]
        side = length + abs(k)
        numbers = np.arange(length)
        places = np.stack([numbers + max(-k, 0), numbers + max(k, 0)], axis=1)
        zeros = b.filled(b.integers([side, side]), 0, call.x.dtype)
        return b("ScatterND", zeros, b.constant(places, np.int64), call.x)
    first, second = call.axis("axis1"), call.axis("axis2")
    rows, columns = call.fixed(0, [first, second])
    numbers = np.arange(max(min(rows - max(-k, 0), columns - max(k, 0)), 0))
    if not numbers.size:
        raise Inexpressible(f"there is no {k}-th diagonal")
    rest = [axis for axis in range(call.rank()) if axis not in (first, second)]
    moved = call.x.transposed(first, second, *rest)
    places = np.stack([numbers + max(-k, 0), numbers + max(k, 0)], axis=1)
    found = b("GatherND", moved, b.constant(places, np.int64))
    return found.transposed(*range(1, len(rest) + 1), 0)


@converter("_random_uniform", "_random_normal")
def _random(b: Builder, call: Call) -> Value:
    from .._package import element_type

    shape = [int(n) for n in _listed(call["shape"])] if call["shape"] is not None else [1]
    op, limits = _DISTRIBUTIONS[call.kind]
    given = {name: float(call[key]) for name, key in limits.items()}
    return b(op, shape=shape, dtype=element_type(call.dtype()), of=call.dtype(), **given)


@converter("_random_uniform_like", "_random_normal_like")
def _random_like(b: Builder, call: Call) -> Value:
    op, limits = _DISTRIBUTIONS[call.kind.removesuffix("_like")]
    given = {name: float(call[key]) for name, key in limits.items()}
    return b(f"{op}Like", call.x, **given)


@converter("_sample_multinomial")
def _multinomial(b: Builder, call: Call) -> Value:
    if call["get_prob"]:
        raise Inexpressible("get_prob=True")
    if call.rank() > 2:
        raise Inexpressible("probabilities of more than two axes")
    count = prod(_listed(call["shape"] or ()))
    scores = b("Log", call.x if call.rank() == 2 else call.x.opened(0))
    drawn = b("Multinomial", scores, sample_size=count, dtype=element_type(np.int64), of=np.int64)
    return b.shaped(call, drawn.cast(call.dtype()))


_DISTRIBUTIONS = {
    "_random_uniform": ("RandomUniform", {"low": "low", "high": "high"}),
    "_random_normal": ("RandomNormal", {"mean": "loc", "scale": "scale"}),
}
