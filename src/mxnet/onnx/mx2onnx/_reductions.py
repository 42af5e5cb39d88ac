"""Converters of sums, extremes, norms and positions, and of normalisations, which are made of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._builder import Builder, Call, Value, converter
from ._layers import channels_back, channels_first

_REDUCTIONS = {
    "sum": "ReduceSum",
    "nansum": "ReduceSum",
    "mean": "ReduceMean",
    "prod": "ReduceProd",
    "nanprod": "ReduceProd",
    "max": "ReduceMax",
    "min": "ReduceMin",
}


def _axes(call: Call, key: str = "axis") -> list[int]:
    """The axes to reduce, from 0."""
    rank, axis = call.rank(), call[key]
    if axis is None or axis in ((), []):
        return list(range(rank))
    given = {each % rank for each in (axis if isinstance(axis, (tuple, list)) else (axis,))}
    return [each for each in range(rank) if (each in given) is not bool(call.get("exclude"))]


def _shape_kept(call: Call, result: Value, axes: list[int], keep: bool) -> Value:
    """What is reduced over all axes has shape (1,)."""
    return result.reshaped(1) if len(axes) == call.rank() and not keep else result


@converter(*_REDUCTIONS)
def _reduction(b: Builder, call: Call) -> Value:
    x, axes, keep = call.x, _axes(call), bool(call["keepdims"])
    kind = x.dtype
    if call.kind.startswith("nan") and kind.kind == "f":
        x = b.where(b("IsNaN", x, of=bool), int(call.kind == "nanprod"), x)
    if not axes:
        return x
    if call.kind == "mean" and kind.kind in "iu":  # cut off behind the point
        x = x.cast(np.float64)
    elif kind.itemsize < 4 and kind.kind in "iu":
        x = x.cast(np.int32)
    return _shape_kept(call, b.reduced(_REDUCTIONS[call.kind], x, axes, keep).cast(kind), axes, keep)


@converter("norm")
def _norm(b: Builder, call: Call) -> Value:
    x, axes, keep = call.x, _axes(call), bool(call["keepdims"])
    if x.dtype.kind != "f":
        x = x.cast(np.float64)
    result = b.reduced("ReduceL1" if int(call["ord"]) == 1 else "ReduceL2", x, axes, keep)
    return _shape_kept(call, result.cast(call.dtype()), axes, keep)


@converter("moments")
def _moments(b: Builder, call: Call) -> list[Value]:
    axes, keep = _axes(call, "axes"), bool(call["keepdims"])
    mean = b.reduced("ReduceMean", call.x, axes, keep=True)
    difference = call.x - mean
    variance = b.reduced("ReduceMean", difference * difference, axes, keep)
    if not keep:
        mean = mean.reshaped(1) if len(axes) == call.rank() else mean.closed(*axes)
    return [mean, _shape_kept(call, variance, axes, keep)]


@converter("argmax", "argmin", "argmax_channel")
def _position(b: Builder, call: Call) -> Value:
    op = "ArgMin" if call.kind == "argmin" else "ArgMax"
    x = call.x.cast(np.uint8) if call.x.dtype.kind == "b" else call.x
    axis = 1 if call.kind == "argmax_channel" else call["axis"]
    if axis is None:
        found = b(op, x.reshaped(-1), axis=0, keepdims=1, of=np.int64)
        return (found.reshaped(*[1] * call.rank()) if call["keepdims"] else found).cast(call.dtype())
    keep = bool(call.get("keepdims"))
    found = b(op, x, axis=axis % call.rank(), keepdims=int(keep), of=np.int64).cast(call.dtype())
    return _shape_kept(call, found, [axis % call.rank()], keep)


# ---------------------------------------------------------------------- order


def _ordered(b: Builder, call: Call, count: int, ascending: bool) -> tuple[list[Value], int, Value]:
    """Values and positions (int64) of the first elements in order, their axis, and the array that they are from."""
    x, axis = call.x, call["axis"]
    if axis is None:
        x, axis = x.reshaped(-1), 0
    axis = axis % call.rank()
    k = b.integers([count]) if count >= 1 else x.shape(axis, axis + 1)
    if not ascending:
        return b.several("TopK", 2, x, k, axis=axis, largest=1, types=[None, np.int64]), axis, x
    return b.several("TopK", 2, x, k, axis=axis, largest=0, types=[None, np.int64]), axis, x


@converter("sort")
def _sort(b: Builder, call: Call) -> Value:
    return _ordered(b, call, 0, bool(call["is_ascend"]))[0][0]


@converter("argsort")
def _argsort(b: Builder, call: Call) -> Value:
    return _ordered(b, call, 0, bool(call["is_ascend"]))[0][1].cast(call.dtype())


@converter("topk")
def _topk(b: Builder, call: Call) -> Any:
    kind = call["ret_typ"]
    (values, places), axis, x = _ordered(b, call, int(call["k"]), bool(call["is_ascend"]))
    if kind == "mask":
        ones = b.filled(places.shape(), 1, call.x.dtype)
        mask = b("ScatterElements", b.filled(x.shape(), 0, x.dtype), places, ones, axis=axis)
        return b("Reshape", mask, call.x.shape()) if call["axis"] is None else mask
    if kind == "value":
        return values
    if kind == "indices":
        return places.cast(call.dtype())
    return [values, places.cast(call.dtype(1))]


# ---------------------------------------------------------------------- normalisations


@converter("BatchNorm", "_contrib_SyncBatchNorm", "_contrib_BatchNormWithReLU")
def _batch_norm(b: Builder, call: Call) -> Any:
    gamma, beta, mean, var = call.inputs[1:5]
    eps, rank = float(call["eps"]), call.rank()
    axis = int(call.get("axis", 1)) % rank if rank > 1 else 1
    if call["fix_gamma"]:
        gamma = b.constant(np.ones(call.fixed(1), dtype=gamma.dtype))
    x = call.x.opened(0) if rank == 1 else channels_first(call.x, rank, axis)
    result = b("BatchNormalization", x, gamma, beta, mean, var, epsilon=eps)
    result = result.closed(0) if rank == 1 else channels_back(result, rank, axis)
    if call.kind == "_contrib_BatchNormWithReLU":
        result = b("Relu", result)
    if not call["output_mean_var"]:
        return result
    return [result, mean, b("Reciprocal", b("Sqrt", var + eps))]


@converter("LayerNorm")
def _layer_norm(b: Builder, call: Call) -> Any:
    axis, rank = call.axis(), call.rank()
    gamma, beta = call.inputs[1:3]
    order = [a for a in range(rank) if a != axis] + [axis]
    x = call.x.transposed(*order)
    eps = float(call["eps"])
    result = b("LayerNormalization", x, gamma, beta, axis=-1, epsilon=eps)
    result = result.transposed(*np.argsort(order).tolist())
    if not call["output_mean_var"]:
        return result
    mean = b.reduced("ReduceMean", call.x, [axis], keep=True)
    difference = call.x - mean
    variance = b.reduced("ReduceMean", difference * difference, [axis], keep=True)
    return [
        result,
        *(b.shaped(call, each, 0, 1 + i) for i, each in enumerate((mean, b("Sqrt", variance + eps)))),
    ]


@converter("InstanceNorm")
def _instance_norm(b: Builder, call: Call) -> Value:
    return b("InstanceNormalization", *call.inputs, epsilon=float(call["eps"]))


@converter("GroupNorm")
def _group_norm(b: Builder, call: Call) -> Any:
    groups, eps = int(call["num_groups"]), float(call["eps"])
    grouped = call.x.reshaped(0, groups, -1)
    result = b("InstanceNormalization", grouped, *call.inputs[1:3], epsilon=eps)
    result = b("Reshape", result, call.x.shape())
    if not call["output_mean_var"]:
        return result
    mean = b.reduced("ReduceMean", grouped, [2], keep=True)
    difference = grouped - mean
    variance = b.reduced("ReduceMean", difference * difference, [2])
    return [result, mean.closed(2), b("Sqrt", variance + eps)]


@converter("L2Normalization")
def _l2_normalization(b: Builder, call: Call) -> Value:
    rank = call.rank()
    axes = {"instance": range(1, rank), "channel": (1,), "spatial": range(2, rank)}[call["mode"]]
    squares = call.x * call.x
    sums = b.reduced("ReduceSum", squares, list(axes), keep=True) if len(axes) else squares
    return call.x / b("Sqrt", sums + float(call["eps"]))


@converter("LRN")
def _lrn(b: Builder, call: Call) -> Value:
    size = int(call["nsize"])
    window = size - (size + 1) % 2
    alpha = float(call["alpha"]) * window / size
    return b("LRN", call.x, alpha=alpha, beta=float(call["beta"]), bias=float(call["knorm"]), size=window)
