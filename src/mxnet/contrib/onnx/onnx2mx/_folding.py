"""What is known before the network runs: constants, shapes, and arithmetic on them."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from ._reader import Array, Call, Reader, Unreadable, Value

__all__ = ["folded"]

_LEAST = 1 << 20  # elements that a known array may always have
_MORE = 4  # times the elements that it is made of

_BINARY: dict[str, Callable[..., Any]] = {
    "Add": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
    "Pow": np.power,
    "Max": np.maximum,
    "Min": np.minimum,
    "Equal": np.equal,
    "Less": np.less,
    "LessOrEqual": np.less_equal,
    "Greater": np.greater,
    "GreaterOrEqual": np.greater_equal,
    "And": np.logical_and,
    "Or": np.logical_or,
    "Xor": np.logical_xor,
}
_UNARY: dict[str, Callable[..., Any]] = {
    "Neg": np.negative,
    "Abs": np.abs,
    "Floor": np.floor,
    "Ceil": np.ceil,
    "Sqrt": np.sqrt,
    "Exp": np.exp,
    "Log": np.log,
    "Not": np.logical_not,
    "Reciprocal": lambda x: 1 / x,
    "Identity": lambda x: x,
}
_REDUCED: dict[str, Callable[..., Any]] = {
    "ReduceProd": np.prod,
    "ReduceSum": np.sum,
    "ReduceMax": np.max,
    "ReduceMin": np.min,
}


def folded(r: Reader, call: Call) -> list[Value] | None:
    """The outputs of a node that are known already; None where there is something to compute."""
    if call.op in ("Shape", "Size") and call.optional(0) is not None:
        return [_facts(r, call)]
    fold = _FOLDS.get(call.op)
    if fold is None or not call.inputs:
        return None
    if call.op in ("ConstantOfShape", "Expand") and _is_of_value(call.inputs[-1]):
        return None  # as large as that, whatever the lengths
    given = [None if each is None else each.arrays for each in call.inputs]
    if any(each is not None and pair is None for each, pair in zip(call.inputs, given, strict=True)):
        return None
    runs: list[list[Array]] = []
    same = all(pair is None or pair[0] is pair[1] for pair in given)
    for run in (0,) if same else (0, 1):
        arrays = [None if pair is None else pair[run] for pair in given]
        try:
            result = fold(call, arrays, _Limit(arrays))
        except Unreadable:
            raise
        except (ValueError, TypeError, IndexError, OverflowError, ZeroDivisionError, MemoryError) as error:
            raise Unreadable(str(error).split("\n")[0]) from None
        if result is None:
            return None
        runs.append([np.asarray(each) for each in (result if isinstance(result, list) else [result])])
    return [Value(arrays=each) for each in zip(runs[0], runs[-1], strict=True)]


def _is_of_value(shape: Value | None) -> bool:
    """Whether a shape is that of a value with lengths that are not fixed."""
    return shape is not None and shape.shape_of is not None and shape.constant is None


def _facts(r: Reader, call: Call) -> Value:
    """The lengths of a value, or their product."""
    guesses = r.guesses(call.x)
    lengths = [np.array([guess[run] for guess in guesses], dtype=np.int64) for run in (0, 1)]
    if call.op == "Size":
        products = [np.array(prod(each.tolist()), dtype=np.int64) for each in lengths]
        return Value(arrays=(products[0], products[1]))
    part = slice(call.get("start", 0), call.get("end"))
    result = Value(arrays=(lengths[0][part], lengths[1][part]))
    if part == slice(0, None):
        result.shape_of = call.x
    return result


class _Limit:
    """How large a known array may be: not much larger than what it is made of."""

    def __init__(self, arrays: list[Array | None]) -> None:
        self.most = max(_LEAST, _MORE * sum(each.size for each in arrays if each is not None))

    def check(self, shape: Any) -> tuple[int, ...]:
        lengths = tuple(int(n) for n in shape)
        if any(n < 0 for n in lengths):
            raise Unreadable(f"the shape {lengths} has a length below 0")
        if prod(lengths) > self.most:
            raise Unreadable(f"a constant of shape {lengths} is too large")
        return lengths


# ---------------------------------------------------------------------- one function for each operator

Fold = Callable[[Call, "list[Any]", _Limit], Any]
_FOLDS: dict[str, Fold] = {}


def _fold(*operators: str) -> Callable[[Fold], Fold]:
    def register(function: Fold) -> Fold:
        _FOLDS.update(dict.fromkeys(operators, function))
        return function

    return register


@_fold(*_BINARY, "Div", "Mod")
def _two(call: Call, arrays: list[Any], limit: _Limit) -> Any:
    if len(arrays) != 2 or any(each is None for each in arrays):
        return None
    x, y = arrays
    limit.check(np.broadcast_shapes(x.shape, y.shape))
    with np.errstate(all="ignore"):
        if call.op == "Div":
            if x.dtype.kind == "f":
                return (x / y).astype(x.dtype)
            return (np.sign(x) * np.sign(y) * (np.abs(x) // np.abs(y))).astype(x.dtype)
        if call.op == "Mod":
            return (np.fmod(x, y) if call.get("fmod", 0) else np.mod(x, y)).astype(x.dtype)
        if call.op == "Pow" and x.dtype.kind in "iu":
            return np.power(x.astype(np.float64), y).astype(x.dtype)
        return _BINARY[call.op](x, y)


@_fold(*_UNARY)
def _one(call: Call, arrays: list[Any], limit: _Limit) -> Any:
    with np.errstate(all="ignore"):
        result = _UNARY[call.op](arrays[0])
    return result.astype(arrays[0].dtype) if call.op != "Not" else result


@_fold("Cast")
def _cast(call: Call, arrays: list[Any], limit: _Limit) -> Any:
    from ._elementwise import type_of

    with np.errstate(all="ignore"):
        return arrays[0].astype(type_of(call["to"]))


@_fold("Gather")
def _gather(call: Call, arrays: list[Any], limit: _Limit) -> Any:
    x, index = arrays
    axis = call.get("axis", 0)
    limit.check([index.size, *np.delete(x.shape, axis)])
    return np.take(x, index.astype(np.int64), axis=axis)


@_fold("Concat")
def _concat(call: Call, arrays: list[Any], limit: _Limit) -> Any:
    return np.concatenate(arrays, axis=call["axis"])


@_fold("Unsqueeze")
def _unsqueeze(call: Call, arrays: list[Any], limit: _Limit) -> Any:
    axes = call.integers("axes", 1) or []
    return np.expand_dims(arrays[0], tuple(axes))


@_fold("Squeeze")
def _squeeze(call: Call, arrays: list[Any], limit: _Limit) -> Any:
    axes = call.integers("axes", 1)
    return np.squeeze(arrays[0], None if axes is None else tuple(axes))


@_fold("Slice")
def _slice(call: Call, arrays: list[Any], limit: _Limit) -> Any:
    if call.has("starts"):
        listed = [call.integers(key) for key in ("starts", "ends", "axes", "steps")]
    else:
        given = [*arrays[1:], None, None]
        listed = [None if each is None else each.reshape(-1).tolist() for each in given[:4]]
    starts, ends, axes, steps = listed
    x = arrays[0]
    index = [slice(None)] * x.ndim
    for place, (start, end) in enumerate(zip(starts or [], ends or [], strict=True)):
        step = 1 if steps is None else steps[place]
        axis = place if axes is None else axes[place]
        below = step < 0 and end < -x.shape[axis]
        index[axis] = slice(start, None if below else end, step)
    return x[tuple(index)]


@_fold("Split")
def _split(call: Call, arrays: list[Any], limit: _Limit) -> Any:
    sizes = call.integers("split", 1)
    axis = call.get("axis", 0)
    if sizes is None:
        return np.array_split(arrays[0], call.count, axis=axis)
    return np.split(arrays[0], np.cumsum(sizes)[:-1], axis=axis)


@_fold("Reshape")
def _reshape(call: Call, arrays: list[Any], limit: _Limit) -> Any:
    x = arrays[0]
    codes = (call.integers("shape") or []) if len(arrays) < 2 else arrays[1].reshape(-1).tolist()
    keep = call.get("allowzero", 0)
    return x.reshape([x.shape[i] if n == 0 and not keep else n for i, n in enumerate(codes)])


@_fold("Flatten")
def _flatten(call: Call, arrays: list[Any], limit: _Limit) -> Any:
    axis = call.get("axis", 1)
    return arrays[0].reshape(prod(arrays[0].shape[:axis]), -1)


@_fold("Transpose")
def _transpose(call: Call, arrays: list[Any], limit: _Limit) -> Any:
    return np.transpose(arrays[0], call.get("perm"))


@_fold("Expand")
def _expand(call: Call, arrays: list[Any], limit: _Limit) -> Any:
    x, wanted = arrays
    shape = limit.check(np.broadcast_shapes(x.shape, tuple(int(n) for n in wanted.reshape(-1))))
    return np.broadcast_to(x, shape).copy()


@_fold("Tile")
def _tile(call: Call, arrays: list[Any], limit: _Limit) -> Any:
    times = [int(n) for n in arrays[1].reshape(-1)]
    limit.check([n * m for n, m in zip(arrays[0].shape, times, strict=True)])
    return np.tile(arrays[0], times)


@_fold("ConstantOfShape")
def _constant_of_shape(call: Call, arrays: list[Any], limit: _Limit) -> Any:
    number = call.get("value", np.zeros(1, dtype=np.float32))
    return np.full(limit.check(arrays[0].reshape(-1)), number.reshape(-1)[0], dtype=number.dtype)


@_fold("Range")
def _range(call: Call, arrays: list[Any], limit: _Limit) -> Any:
    start, stop, step = (each.reshape(-1)[0] for each in arrays)
    limit.check([max(int(np.ceil((float(stop) - float(start)) / float(step))), 0)])
    return np.arange(start, stop, step, dtype=arrays[0].dtype)


@_fold("Where")
def _where(call: Call, arrays: list[Any], limit: _Limit) -> Any:
    limit.check(np.broadcast_shapes(*(each.shape for each in arrays)))
    return np.where(*arrays)


@_fold(*_REDUCED)
def _reduced(call: Call, arrays: list[Any], limit: _Limit) -> Any:
    axes = call.integers("axes", 1)
    chosen = None if axes is None else tuple(axes)
    result = _REDUCED[call.op](arrays[0], axis=chosen, keepdims=bool(call.get("keepdims", 1)))
    return result.astype(arrays[0].dtype)


@_fold("Pad")
def _pad(call: Call, arrays: list[Any], limit: _Limit) -> Any:
    if call.get("mode", "constant") != "constant" or call.optional(3) is not None or len(arrays) < 2:
        return None
    x, pads = arrays[0], arrays[1].reshape(2, -1).T.astype(int).tolist()
    limit.check([n + before + after for n, (before, after) in zip(x.shape, pads, strict=True)])
    number = 0 if len(arrays) < 3 or arrays[2] is None else arrays[2].reshape(-1)[0]
    return np.pad(x, pads, constant_values=number)


@_fold("GatherND")
def _gather_nd(call: Call, arrays: list[Any], limit: _Limit) -> Any:
    if call.get("batch_dims", 0):
        return None
    x, index = arrays
    limit.check((*index.shape[:-1], *x.shape[index.shape[-1] :]))
    return x[tuple(np.moveaxis(index, -1, 0))]


@_fold("ScatterND")
def _scatter_nd(call: Call, arrays: list[Any], limit: _Limit) -> Any:
    if call.get("reduction", "none") != "none":
        return None
    x, index, updates = arrays
    result = x.copy()
    result[tuple(np.moveaxis(index, -1, 0))] = updates
    return result


@_fold("NonZero")
def _non_zero(call: Call, arrays: list[Any], limit: _Limit) -> Any:
    return np.stack(np.nonzero(arrays[0])).astype(np.int64)


@_fold("CumSum")
def _cumsum(call: Call, arrays: list[Any], limit: _Limit) -> Any:
    if call.get("exclusive", 0) or call.get("reverse", 0):
        return None
    return np.cumsum(arrays[0], axis=int(arrays[1].reshape(-1)[0])).astype(arrays[0].dtype)
