"""Converters of products of matrices, and of attention, which is made of them."""

from __future__ import annotations

import math

from ._builder import Builder, Call, Inexpressible, Value, converter


def _swapped(x: Value, rank: int) -> Value:
    """The last two axes exchanged."""
    return x.transposed(*range(rank - 2), rank - 1, rank - 2)


@converter("dot")
def _dot(b: Builder, call: Call) -> Value:
    x, y = call.inputs
    left, right = call.rank(0), call.rank(1)
    if left == right == 1:
        return b("MatMul", x, y).reshaped(1)
    if call["transpose_a"] and left > 1:
        x = x.transposed(*range(1, left), 0)
    if call["transpose_b"] and right > 1:
        y = y.transposed(right - 1, *range(right - 1))
    if right <= 2:  # the product goes over the last axis of x whatever is in front of it
        return b("MatMul", x, y)
    inner = call.fixed(1, [right - 1 if call["transpose_b"] else 0])[0]
    rest = list(call.fixed(1, range(right - 1) if call["transpose_b"] else range(1, right)))
    product = b("MatMul", x, y.reshaped(inner, -1))
    return product.reshaped(*[0] * (left - 1), *rest)


@converter("batch_dot")
def _batch_dot(b: Builder, call: Call) -> Value:
    x, y = call.inputs[:2]
    if call["transpose_a"]:
        x = _swapped(x, call.rank(0))
    if call["transpose_b"]:
        y = _swapped(y, call.rank(1))
    return b("MatMul", x, y)


@converter("_linalg_gemm2", "_linalg_gemm")
def _gemm(b: Builder, call: Call) -> Value:
    if int(call["axis"]) != -2:
        raise Inexpressible(f"axis={call['axis']}")
    product = _batch_dot(b, call)
    if float(call["alpha"]) != 1.0:
        product = product * float(call["alpha"])
    if call.kind == "_linalg_gemm2":
        return product
    beta = float(call["beta"])
    return product + (call.inputs[2] if beta == 1.0 else call.inputs[2] * beta)


@converter("_linalg_syrk")
def _syrk(b: Builder, call: Call) -> Value:
    turned = _swapped(call.x, call.rank())
    product = b("MatMul", turned, call.x) if call["transpose"] else b("MatMul", call.x, turned)
    return product * float(call["alpha"])


@converter("_linalg_det")
def _det(b: Builder, call: Call) -> Value:
    return b("Det", call.x) if call.rank() > 2 else b("Det", call.x).reshaped(1)


@converter("khatri_rao")
def _khatri_rao(b: Builder, call: Call) -> Value:
    result = call.x
    for each in call.inputs[1:]:
        result = b("Reshape", result.opened(1) * each.opened(0), b.joined([b.integers([-1]), each.shape(1)]))
    return result


# ---------------------------------------------------------------------- attention


def _parts(b: Builder, call: Call, place: int, parts: int) -> list[Value]:
    """``(length, batch, heads * parts * d)`` as ``parts`` arrays ``(batch * heads, length, d)``."""
    heads, width = int(call["heads"]), call.fixed(place, [2])[0]
    d = width // (heads * parts)
    x = call.inputs[place]
    batch = x.shape(1, 2) * b.integers([heads])
    shape = b.joined([b.integers([0]), batch, b.integers([parts, d])])
    split = b("Reshape", x, shape).transposed(2, 1, 0, 3)
    return (
        [each.closed(0) for each in b.several("Split", parts, split, axis=0)]
        if parts > 1
        else [split.closed(0)]
    )


def _scores(b: Builder, call: Call, query: Value, key: Value, width: int) -> Value:
    return b("MatMul", query / math.sqrt(width), key.transposed(0, 2, 1))


def _weighted(b: Builder, call: Call, values: Value, place: int, parts: int) -> Value:
    """``attention V`` as ``(length, batch, heads * d)``."""
    attention = call.array("attention")
    heads = int(call["heads"])
    d = call.fixed(place, [2])[0] // (heads * parts)
    result = b("MatMul", attention, values).transposed(1, 0, 2)
    batch = call.inputs[place].shape(1, 2)
    return b("Reshape", result, b.joined([b.integers([0]), batch, b.integers([heads * d])]))


@converter("_contrib_interleaved_matmul_selfatt_qk")
def _selfatt_qk(b: Builder, call: Call) -> Value:
    query, key, _ = _parts(b, call, 0, 3)
    return _scores(b, call, query, key, call.fixed(0, [2])[0] // (3 * int(call["heads"])))


@converter("_contrib_interleaved_matmul_selfatt_valatt")
def _selfatt_valatt(b: Builder, call: Call) -> Value:
    return _weighted(b, call, _parts(b, call, 0, 3)[2], 0, 3)


@converter("_contrib_interleaved_matmul_encdec_qk")
def _encdec_qk(b: Builder, call: Call) -> Value:
    query, key = _parts(b, call, 0, 1)[0], _parts(b, call, 1, 2)[0]
    return _scores(b, call, query, key, call.fixed(0, [2])[0] // int(call["heads"]))


@converter("_contrib_interleaved_matmul_encdec_valatt")
def _encdec_valatt(b: Builder, call: Call) -> Value:
    return _weighted(b, call, _parts(b, call, 0, 2)[1], 0, 2)


@converter("_contrib_div_sqrt_dim")
def _div_sqrt_dim(b: Builder, call: Call) -> Value:
    last = call.lengths()[-1]
    if last is not None:
        return call.x / math.sqrt(last)
    return call.x / b("Sqrt", call.x.shape(call.rank() - 1).cast(call.x.dtype))
