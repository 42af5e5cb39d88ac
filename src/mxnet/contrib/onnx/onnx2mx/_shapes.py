"""Readers of what changes shapes, puts arrays together and apart, looks elements up, and makes arrays."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from ._elementwise import spread_to, type_of
from ._reader import Array, Call, Reader, Unreadable, Value, reader

# ---------------------------------------------------------------------- the same elements


@reader("Reshape")
def _reshape(r: Reader, call: Call) -> Value:
    x = call.x
    if call.has("shape"):
        codes = np.array(call.integers("shape"))
        pair = (codes, codes)
    else:
        found = call.input(1).arrays
        if found is None:
            raise Unreadable("the shape is computed from elements")
        pair = found
    if call.get("allowzero", 0) and 0 in pair[0]:
        raise Unreadable("allowzero with a length of 0")
    try:
        shape = tuple(r.codes(x, pair)) or (1,)  # an array without axes is one of one element here
    except Unreadable:
        like = call.optional(1) and call.input(1).shape_of
        if like is None:
            raise
        return r("reshape_like", x, like, logical=x.logical)
    return r("Reshape", x, shape=shape, logical=x.logical)


@reader("Transpose")
def _transpose(r: Reader, call: Call) -> Value:
    order = call.get("perm")
    return r("transpose", call.x, axes=None if order is None else tuple(order), logical=call.x.logical)


@reader("Squeeze")
def _squeeze(r: Reader, call: Call) -> Value:
    axes = call.integers("axes", 1)
    rank = r.rank(call.x)
    if axes is None:
        axes = [axis for axis, length in enumerate(r.fixed(call.x)) if length == 1]
    axes = sorted({axis % rank for axis in axes})
    if len(axes) == rank:
        return r("Reshape", call.x, shape=(1,), logical=call.x.logical)
    return r("squeeze", call.x, axis=tuple(axes), logical=call.x.logical) if axes else call.x


@reader("Unsqueeze")
def _unsqueeze(r: Reader, call: Call) -> Value:
    axes = call.integers("axes", 1) or []
    rank = r.rank(call.x) + len(axes)
    result = call.x
    for axis in sorted(axis % rank for axis in axes):
        result = r("expand_dims", result, axis=axis, logical=call.x.logical)
    return result


@reader("DepthToSpace")
def _depth_to_space(r: Reader, call: Call) -> Value:
    size = int(call["blocksize"])
    if call.get("mode", "DCR") == "DCR":
        return r("depth_to_space", call.x, block_size=size)
    split = r("Reshape", call.x, shape=(0, -4, -1, size * size, 0, 0))
    split = r("Reshape", split, shape=(0, 0, -4, size, size, 0, 0))
    mixed = r("transpose", split, axes=(0, 1, 4, 2, 5, 3))
    return r("Reshape", mixed, shape=(0, 0, -3, -3))


@reader("SpaceToDepth")
def _space_to_depth(r: Reader, call: Call) -> Value:
    if call.get("mode", "DCR") != "DCR":
        raise Unreadable(f"mode={call.get('mode')!r}")
    return r("space_to_depth", call.x, block_size=int(call["blocksize"]))


@reader("Expand")
def _expand(r: Reader, call: Call) -> Value:
    pair = call.input(1).arrays
    if pair is None:
        raise Unreadable("the shape is computed from elements")
    like = call.input(1).shape_of
    if (
        like is not None
        and like.entry is not None
        and r.rank(call.x) == r.rank(like)
        and None in r.lengths(like)
    ):
        return r("broadcast_like", call.x, like, logical=call.x.logical)
    return spread_to(r, call.x, tuple(zip(*(each.reshape(-1).tolist() for each in pair), strict=True)))


# ---------------------------------------------------------------------- together and apart


@reader("Concat")
def _concat(r: Reader, call: Call) -> Value:
    values = call.given()
    axis = int(call.get("axis", 1))
    if len(values) == 1:
        return values[0]
    return r("Concat", *values, dim=axis, logical=all(each.logical for each in values))


@reader("Split")
def _split(r: Reader, call: Call) -> list[Value]:
    x, axis = call.x, int(call.get("axis", 0))
    sizes = call.integers("split", 1)
    if call.count == 1:
        return [x]
    axis %= r.rank(x)
    if sizes is None:
        length = r.lengths(x)[axis]
        if length is None or length % call.count == 0:
            return r.several("SliceChannel", x, num_outputs=call.count, axis=axis)
        each = -(-length // call.count)
        sizes = [min(each, length - start) for start in range(0, length, each)]
    if len(sizes) != call.count or min(sizes) < 1:
        raise Unreadable(f"parts of {sizes} for {call.count} outputs")
    places = np.cumsum([0, *sizes]).tolist()
    return [r("slice_axis", x, axis=axis, begin=b, end=e) for b, e in pairwise(places)]


def _limits(call: Call) -> list[tuple[Array, Array] | None]:
    """Starts, ends, axes and steps, each for both lengths that are tried."""
    if call.has("starts"):
        listed = [call.integers(key) for key in ("starts", "ends", "axes")]
        arrays = [None if each is None else np.array(each) for each in listed]
        return [None if each is None else (each, each) for each in [*arrays, None]]
    found: list[tuple[Array, Array] | None] = []
    for place in range(1, 5):
        value = call.optional(place)
        if value is not None and value.arrays is None:
            raise Unreadable("where it begins or ends is computed from elements")
        found.append(None if value is None else value.arrays)
    return found


@reader("Slice")
def _slice(r: Reader, call: Call) -> Value:
    x, rank = call.x, r.rank(call.x)
    starts, ends, axes, steps = _limits(call)
    if starts is None or ends is None:
        raise Unreadable("where it begins or ends is missing")
    count = starts[0].size
    places = [a % rank for a in (range(count) if axes is None else axes[0].reshape(-1).tolist())]
    begin: list[int | None] = [None] * rank
    end: list[int | None] = [None] * rank
    step: list[int | None] = [None] * rank
    for i, axis in enumerate(places):
        stride = 1 if steps is None else int(steps[0].reshape(-1)[i])
        first = [int(each.reshape(-1)[i]) for each in starts]
        last = [int(each.reshape(-1)[i]) for each in ends]
        lengths = r.guesses(x)[axis]
        begin[axis] = _limit(first, lengths, stride, at_end=False)
        end[axis] = _limit(last, lengths, stride, at_end=True)
        step[axis] = stride if stride != 1 else None
    if begin == end == step:
        return x
    return r("slice", x, begin=tuple(begin), end=tuple(end), step=tuple(step), logical=x.logical)


def _limit(pair: list[int], lengths: tuple[int, int], stride: int, at_end: bool) -> int | None:
    """Where a slice begins or ends: None for the ends of the axis, from behind if its length is not fixed."""
    both = list(zip(pair, lengths, strict=True))
    if stride < 0:
        open_end = all(n < -m for n, m in both) if at_end else all(n >= m - 1 for n, m in both)
    elif at_end:
        open_end = all(n >= m for n, m in both)
    else:
        open_end = all(n <= -m or n == 0 for n, m in both)
    if open_end:
        return None
    if pair[0] == pair[1]:
        return pair[0]
    behind = {n - m for n, m in both}
    if len(behind) == 1 and max(behind) < 0:
        return behind.pop()
    raise Unreadable("where it begins or ends depends on a length that is not fixed")


@reader("Pad")
def _pad(r: Reader, call: Call) -> Value:
    x, rank = call.x, r.rank(call.x)
    pads = call.integers("pads", 1) or call.integers("paddings")
    if pads is None:
        raise Unreadable("how much is missing")
    axes = call.integers("axes", 3)
    if axes is not None:
        places = [axis % rank for axis in axes]
        whole = [0] * 2 * rank
        for i, axis in enumerate(places):
            whole[axis], whole[axis + rank] = pads[i], pads[i + len(places)]
        pads = whole
    if len(pads) != 2 * rank:
        raise Unreadable(f"{len(pads)} numbers for {rank} axes")
    mode = call.get("mode", "constant")
    if mode not in ("constant", "edge", "reflect"):
        raise Unreadable(f"mode={mode!r}")
    if min(pads) < 0:  # less around the array
        begin = tuple(-n if n < 0 else None for n in pads[:rank])
        end = tuple(n if n < 0 else None for n in pads[rank:])
        x = r("slice", x, begin=begin, end=end)
        pads = [max(n, 0) for n in pads]
    width = tuple(n for pair in zip(pads[:rank], pads[rank:], strict=True) for n in pair)
    number = call.number("value", 2)
    return r("Pad", x, mode=mode, pad_width=width, constant_value=0.0 if number is None else number)


@reader("Tile")
def _tile(r: Reader, call: Call) -> Value:
    return r("tile", call.x, reps=tuple(int(n) for n in call.known(1, "repeats").reshape(-1)))


# ---------------------------------------------------------------------- lookups


@reader("Gather")
def _gather(r: Reader, call: Call) -> Value:
    x, index = call.x, call.input(1)
    axis = int(call.get("axis", 0)) % max(r.rank(x), 1)
    known = index.constant if index.entry is None else None
    if known is not None and known.ndim == 0:
        place = int(known)
        picked = r("slice_axis", x, axis=axis, begin=place, end=None if place == -1 else place + 1)
        return r("Reshape", picked, shape=(1,)) if r.rank(x) == 1 else r("squeeze", picked, axis=axis)
    # positions count from behind where they are negative, which taking modulo the length does
    return r("take", x, index, axis=axis, mode="wrap", logical=x.logical)


@reader("GatherElements")
def _gather_elements(r: Reader, call: Call) -> Value:
    x, index = call.x, call.input(1)
    rank = r.rank(x)
    axis = int(call.get("axis", 0)) % rank
    own, other = r.guesses(x), r.guesses(index)
    for place in range(rank):  # the part of x that the indices look at
        if place != axis and own[place] != other[place]:
            x = r("slice_like", x, index, axes=(place,))
    if other[axis] == (1, 1):
        return r("pick", x, index, axis=axis, keepdims=True, mode="wrap")
    # one pick for each position of the indices, side by side
    count = r.fixed(index, [axis])[0]
    if count > 4096:
        raise Unreadable(f"{count} positions along one axis")
    picks = [
        r(
            "pick",
            x,
            r("slice_axis", index, axis=axis, begin=i, end=i + 1),
            axis=axis,
            keepdims=True,
            mode="wrap",
        )
        for i in range(count)
    ]
    return r("Concat", *picks, dim=axis)


@reader("GatherND")
def _gather_nd(r: Reader, call: Call) -> Value:
    if call.get("batch_dims", 0):
        raise Unreadable("batch_dims")
    return r("gather_nd", call.x, _rows_first(r, call.input(1)))


def _rows_first(r: Reader, index: Value) -> Value:
    """Indices with the axis of the indexed axes first, as MXNet has it."""
    rank = r.rank(index)
    return r("transpose", index, axes=(rank - 1, *range(rank - 1))) if rank > 1 else index


@reader("ScatterND")
def _scatter_nd(r: Reader, call: Call) -> Value:
    if call.get("reduction", "none") != "none":
        raise Unreadable(f"reduction={call.get('reduction')!r}")
    x, index, updates = call.given()
    shape = tuple(r.fixed(x))
    known = x.constant if x.entry is None else None
    if known is not None and not known.any():
        return r("scatter_nd", updates, _rows_first(r, index), shape=shape)
    return r("_scatter_set_nd", x, updates, _rows_first(r, index), shape=shape)


@reader("ScatterElements", "Scatter")
def _scatter_elements(r: Reader, call: Call) -> Value:
    """Each position of the indices becomes a whole index, by which ``ScatterND`` works."""
    if call.get("reduction", "none") != "none":
        raise Unreadable(f"reduction={call.get('reduction')!r}")
    x, index, updates = call.given()
    rank = r.rank(x)
    axis, shape, size = int(call.get("axis", 0)) % rank, r.fixed(x), r.fixed(index)
    rows = []
    for place, grid in enumerate(np.indices(size)):
        if place == axis:
            row = r("Cast", r("Reshape", index, shape=(1, -1)), dtype="int64")
            rows.append(r.two("modulo", row, r.constant(np.array(shape[axis]), np.int64)))
        else:
            rows.append(r.constant(grid.reshape(1, -1), np.int64, name=f"{call.name}_rows"))
    places = rows[0] if rank == 1 else r("Concat", *rows, dim=0)
    return r("_scatter_set_nd", x, r("Reshape", updates, shape=(-1,)), places, shape=tuple(shape))


@reader("OneHot")
def _one_hot(r: Reader, call: Call) -> Value:
    depth = int(call.known(1, "depth").reshape(-1)[0])
    values = call.known(2, "values").reshape(-1)
    off, on = values[0].item(), values[1].item()
    index = call.x
    rank = r.rank(index)
    # negative positions count from behind; what lies outside is nowhere
    below = r.two("lesser", index, r.value(0, index))
    index = r.add(index, r.multiply(below, depth))
    hot = r("one_hot", index, depth=depth, on_value=on, off_value=off, dtype=values.dtype.name)
    axis = int(call.get("axis", -1)) % (rank + 1)
    order = list(range(rank))
    order.insert(axis, rank)
    return hot if axis == rank else r("transpose", hot, axes=tuple(order))


@reader("Compress")
def _compress(r: Reader, call: Call) -> Value:
    x = call.x
    axis = call.get("axis")
    if axis is None:
        x, axis = r("Reshape", x, shape=(-1,)), 0
    count = r.lengths(call.input(1))[0]
    if count is not None and count != r.lengths(x)[axis]:  # what the condition does not speak of is left out
        x = r("slice_axis", x, axis=int(axis), begin=0, end=count)
    return r("contrib.boolean_mask", x, call.input(1), axis=int(axis))


@reader("ReverseSequence")
def _reverse_sequence(r: Reader, call: Call) -> Value:
    lengths = call.input(1)
    if int(call.get("time_axis", 0)) == 0 and int(call.get("batch_axis", 1)) == 1:
        return r("SequenceReverse", call.x, lengths, use_sequence_length=True)
    turned = r("SwapAxis", call.x, dim1=0, dim2=1)
    return r("SwapAxis", r("SequenceReverse", turned, lengths, use_sequence_length=True), dim1=0, dim2=1)


@reader("Trilu")
def _triangle(r: Reader, call: Call) -> Value:
    rows, columns = r.fixed(call.x, [-2, -1])
    k = int(call.known(1, "k").reshape(-1)[0]) if call.optional(1) is not None else 0
    ones = np.ones((rows, columns), dtype=r.dtype(call.x))
    kept = np.triu(ones, k) if call.get("upper", 1) else np.tril(ones, k)
    return r("broadcast_mul", call.x, r.constant(kept, name=f"{call.name}_triangle"))


# ---------------------------------------------------------------------- from nothing


@reader("ConstantOfShape")
def _constant_of_shape(r: Reader, call: Call) -> Value:
    like = call.x.shape_of
    if like is None:
        raise Unreadable("the shape is computed from elements")
    number = call.get("value", np.zeros(1, dtype=np.float32)).reshape(-1)[0]
    result = r("zeros_like", like)
    if r.dtype(result) != number.dtype:
        result = r("Cast", result, dtype=number.dtype.name)
    return r.add(result, number.item()) if number else result


@reader("EyeLike")
def _eye_like(r: Reader, call: Call) -> Value:
    rows, columns = r.fixed(call.x)
    dtype = type_of(call["dtype"]) if call.get("dtype") else r.dtype(call.x)
    return r("_eye", N=rows, M=columns, k=int(call.get("k", 0)), dtype=dtype.name)


_RANDOM: dict[str, dict[str, tuple[str, float]]] = {
    "RandomUniform": {"low": ("low", 0.0), "high": ("high", 1.0)},
    "RandomNormal": {"loc": ("mean", 0.0), "scale": ("scale", 1.0)},
}
_NAMES = {"RandomUniform": "_random_uniform", "RandomNormal": "_random_normal"}


@reader(*_RANDOM, *(f"{name}Like" for name in _RANDOM))
def _random(r: Reader, call: Call) -> Value:
    name = call.op.removesuffix("Like")
    limits: dict[str, Any] = {key: float(call.get(own, start)) for key, (own, start) in _RANDOM[name].items()}
    if call.op.endswith("Like"):
        return r(_NAMES[name] + "_like", call.x, **limits)
    dtype = type_of(call["dtype"]) if call.get("dtype") else np.dtype(np.float32)
    return r(_NAMES[name], shape=tuple(call.integers("shape") or (1,)), dtype=dtype.name, **limits)


@reader("Multinomial")
def _multinomial(r: Reader, call: Call) -> Value:
    dtype = type_of(call["dtype"]) if call.get("dtype") else np.dtype(np.int32)
    probabilities = r("softmax", call.x, axis=1)
    return r("_sample_multinomial", probabilities, shape=(int(call.get("sample_size", 1)),), dtype=dtype.name)
