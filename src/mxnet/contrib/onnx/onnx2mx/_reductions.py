"""Readers of sums, extremes, norms, positions and order."""

from __future__ import annotations

import math
from typing import Any

from ._reader import Call, Reader, Unreadable, Value, reader

_REDUCED = {
    "ReduceSum": "sum",
    "ReduceMean": "mean",
    "ReduceProd": "prod",
    "ReduceMax": "max",
    "ReduceMin": "min",
}


def _axes(r: Reader, call: Call) -> tuple[int, ...] | None:
    """The axes to reduce; None for none at all."""
    axes, rank = call.integers("axes", 1), r.rank(call.x)
    if not axes:
        return None if call.get("noop_with_empty_axes", 0) else tuple(range(rank))
    return tuple(axis % rank for axis in axes)


@reader(*_REDUCED, "ReduceSumSquare", "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp")
def _reduced(r: Reader, call: Call) -> Value:
    axes, x = _axes(r, call), call.x
    if axes is None:
        return x
    options: dict[str, Any] = {"axis": axes, "keepdims": bool(call.get("keepdims", 1))}
    if call.op in _REDUCED:
        return r(_REDUCED[call.op], x, **options)
    if call.op in ("ReduceL1", "ReduceL2"):
        return r("norm", x, ord=1 if call.op == "ReduceL1" else 2, **options)
    if call.op == "ReduceSumSquare":
        return r("sum", r("square", x), **options)
    if call.op == "ReduceLogSum":
        return r("log", r("sum", x, **options))
    most = r("max", x, axis=axes, keepdims=True)
    result = r.add(r("log", r("sum", r("exp", r.subtract(x, most)), axis=axes, keepdims=True)), most)
    if options["keepdims"]:
        return result
    return r("Reshape", result, shape=(1,)) if len(axes) == r.rank(x) else r("squeeze", result, axis=axes)


@reader("ArgMax", "ArgMin")
def _position(r: Reader, call: Call) -> Value:
    name = "argmax" if call.op == "ArgMax" else "argmin"
    axis, keep = int(call.get("axis", 0)), bool(call.get("keepdims", 1))
    x = call.x
    if call.get("select_last_index", 0):  # the first one from behind
        length = r.fixed(x, [axis])[0]
        place = r(name, r("reverse", x, axis=axis), axis=axis, keepdims=keep)
        return r("Cast", r("_rminus_scalar", place, scalar=length - 1), dtype="int64")
    return r("Cast", r(name, x, axis=axis, keepdims=keep), dtype="int64")


@reader("TopK")
def _topk(r: Reader, call: Call) -> list[Value]:
    x, axis = call.x, int(call.get("axis", -1))
    if call.has("k"):
        k = int(call["k"])
    else:
        pair = call.input(1).arrays
        if pair is None:
            raise Unreadable("k is computed from elements")
        counts = tuple(int(each.reshape(-1)[0]) for each in pair)
        if counts[0] == counts[1]:
            k = counts[0]
        elif counts == r.guesses(x)[axis]:
            k = 0  # all of them
        else:
            raise Unreadable("k depends on a length that is not fixed")
    smallest = not call.get("largest", 1)
    values, places = r.several("topk", x, k=k, axis=axis, ret_typ="both", is_ascend=smallest, dtype="int64")
    return [values, places]


@reader("Einsum")
def _einsum(r: Reader, call: Call) -> Value:
    """Products of two arrays over one axis, which is what attention writes as a sum over indices."""
    text = str(call["equation"]).replace(" ", "")
    sides = text.split("->")
    terms = sides[0].split(",")
    if len(sides) != 2 or len(terms) != 2 or not all(each.isalpha() for each in [*terms, sides[1]]):
        raise Unreadable(f"equation={text!r}")
    left, right, out = terms[0], terms[1], sides[1]
    if any(len(set(each)) != len(each) for each in (left, right, out)):
        raise Unreadable(f"equation={text!r}")
    batch = [c for c in out if c in left and c in right]
    summed = [c for c in left if c in right and c not in out]
    rows, columns = ([c for c in own if c not in other] for own, other in ((left, right), (right, left)))
    if set(out) != {*batch, *rows, *columns} or not batch or not summed:
        raise Unreadable(f"equation={text!r}")
    sizes: dict[str, int | None] = {}
    for place, term in enumerate(terms):
        sizes.update(zip(term, r.lengths(call.input(place)), strict=True))
    x = _matrices(r, call.input(0), left, [batch, rows, summed], sizes)
    y = _matrices(r, call.input(1), right, [batch, summed, columns], sizes)
    product = r("batch_dot", x, y)
    order = [*batch, *rows, *columns]
    lengths = [sizes[c] for c in order]
    if lengths.count(None) > 1:
        raise Unreadable("more than one length of its result is not fixed")
    result = r("Reshape", product, shape=tuple(-1 if n is None else n for n in lengths))
    return r("transpose", result, axes=tuple(order.index(c) for c in out))


def _matrices(r: Reader, x: Value, term: str, groups: list[list[str]], sizes: dict[str, int | None]) -> Value:
    """An array as ``(batch, rows, columns)``, each of which joins a group of axes."""
    order = [c for group in groups for c in group]
    turned = r("transpose", x, axes=tuple(term.index(c) for c in order))
    codes = []
    for group in groups:
        lengths = [sizes[c] for c in group]
        codes.append(-1 if None in lengths else math.prod(n for n in lengths if n is not None))
    if codes.count(-1) > 1:
        raise Unreadable("more than one length is not fixed")
    return r("Reshape", turned, shape=tuple(codes))
