"""Readers of arithmetic, comparisons, functions of one number, and types."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ....onnx._package import onnx_package
from ._reader import Call, Reader, Unreadable, Value, reader


def type_of(number: int) -> np.dtype[Any]:
    """The NumPy type that a number stands for in ONNX files."""
    onnx = onnx_package("onnx.import_model")
    try:
        name = onnx.TensorProto.DataType.Name(number)
    except ValueError:
        raise Unreadable(f"there is no element type {number}") from None
    known = {"FLOAT": "float32", "DOUBLE": "float64", "FLOAT16": "float16", "BOOL": "bool"}
    dtype = known.get(name, name.lower())
    if dtype not in _TYPES:
        raise Unreadable(f"arrays of {name.lower()} are not read")
    return np.dtype(dtype)


_TYPES = frozenset("float32 float64 float16 uint8 int8 uint16 int16 int32 int64 uint32 uint64 bool".split())

# ---------------------------------------------------------------------- two operands

_TWO = {"Add": "add", "Sub": "subtract", "Mul": "multiply"}
_COMPARED = {
    "Equal": "equal",
    "Less": "lesser",
    "LessOrEqual": "lesser_equal",
    "Greater": "greater",
    "GreaterOrEqual": "greater_equal",
}
_LOGICAL = {"And": "logical_and", "Or": "logical_or", "Xor": "logical_xor"}
_MANY = {"Max": "maximum", "Min": "minimum", "Sum": "add", "Mean": "add"}


def aligned(r: Reader, call: Call, left: Value, right: Value) -> Value:
    """The second operand, placed as the attributes ``axis`` and ``broadcast`` of the first operator sets say."""
    if call.version >= 7 or not call.get("broadcast") or call.get("axis") is None:
        return right
    axis, rank = int(call["axis"]), r.rank(left)
    behind = rank - axis % rank - r.rank(right)
    return right if behind <= 0 else r("Reshape", right, shape=(*[0] * r.rank(right), *[1] * behind))


@reader(*_TWO)
def _two(r: Reader, call: Call) -> Value:
    return r.two(_TWO[call.op], call.x, aligned(r, call, call.x, call.input(1)))


@reader("Div")
def _divide(r: Reader, call: Call) -> Value:
    return r.divide(call.x, aligned(r, call, call.x, call.input(1)))


@reader("Pow")
def _power(r: Reader, call: Call) -> Value:
    x, y = call.x, aligned(r, call, call.x, call.input(1))
    if r.dtype(y) != r.dtype(x):
        y = _cast_to(r, y, r.dtype(x))
    return r.two("power", x, y)


@reader("Mod")
def _modulo(r: Reader, call: Call) -> Value:
    x, y = call.x, call.input(1)
    if not call.get("fmod", 0):
        return r.two("modulo", x, y)
    # the sign of the dividend, where MXNet has that of the divisor
    return r.multiply(r("sign", x), r.two("modulo", r("abs", x), r("abs", y)))


@reader(*_COMPARED)
def _compared(r: Reader, call: Call) -> Value:
    left, right = _same_type(r, call.x, aligned(r, call, call.x, call.input(1)))
    return r.two(_COMPARED[call.op], left, right, logical=True)


@reader(*_LOGICAL)
def _logical(r: Reader, call: Call) -> Value:
    left, right = _same_type(r, call.x, aligned(r, call, call.x, call.input(1)))
    return r.two(_LOGICAL[call.op], left, right, logical=True)


def _same_type(r: Reader, left: Value, right: Value) -> tuple[Value, Value]:
    """Both as one type: booleans are 0 and 1 of whatever type they came from."""
    if r.dtype(left) == r.dtype(right) != np.dtype(bool):
        return left, right
    return _cast_to(r, left, np.float32), _cast_to(r, right, np.float32)


def _cast_to(r: Reader, value: Value, dtype: Any) -> Value:
    if value.arrays is not None and value.constant is not None:
        return r.constant(value.constant.astype(dtype), name=value.name)
    return r("Cast", value, dtype=np.dtype(dtype).name, logical=value.logical)


@reader("Not")
def _not(r: Reader, call: Call) -> Value:
    return r("logical_not", call.x, logical=True)


@reader(*_MANY)
def _many(r: Reader, call: Call) -> Value:
    values = call.given()
    result = values[0]
    for each in values[1:]:
        result = r.two(_MANY[call.op], result, each)
    return r.divide(result, len(values)) if call.op == "Mean" and len(values) > 1 else result


# ---------------------------------------------------------------------- one operand

_ONE = {
    "Abs": "abs",
    "Neg": "negative",
    "Sqrt": "sqrt",
    "Exp": "exp",
    "Log": "log",
    "Reciprocal": "reciprocal",
    "Floor": "floor",
    "Ceil": "ceil",
    "Sign": "sign",
    "Sin": "sin",
    "Cos": "cos",
    "Tan": "tan",
    "Asin": "arcsin",
    "Acos": "arccos",
    "Atan": "arctan",
    "Sinh": "sinh",
    "Cosh": "cosh",
    "Tanh": "tanh",
    "Asinh": "arcsinh",
    "Acosh": "arccosh",
    "Atanh": "arctanh",
    "Erf": "erf",
    "Sigmoid": "sigmoid",
    "Relu": "relu",
    "Softsign": "softsign",
    "Mish": "mish",
    "Det": "_linalg_det",
}


@reader(*_ONE)
def _one(r: Reader, call: Call) -> Value:
    return r(_ONE[call.op], call.x)


@reader("Identity", "CastLike")
def _same(r: Reader, call: Call) -> Value:
    if call.op == "CastLike":
        return _cast_to(r, call.x, r.dtype(call.input(1)))
    return call.x


@reader("Round")
def _round(r: Reader, call: Call) -> Value:
    """To the nearest whole number, halves to the even one."""
    down = r("rint", call.x)  # halves downwards
    half = r.two("equal", r.subtract(call.x, down), r.value(0.5, call.x))
    return r.add(down, r.multiply(half, r.two("modulo", down, r.value(2, down))))


@reader("Softplus")
def _softplus(r: Reader, call: Call) -> Value:
    return r("Activation", call.x, act_type="softrelu")


@reader("LeakyRelu")
def _leaky_relu(r: Reader, call: Call) -> Value:
    return r("LeakyReLU", call.x, act_type="leaky", slope=float(call.get("alpha", 0.01)))


@reader("Elu")
def _elu(r: Reader, call: Call) -> Value:
    return r("LeakyReLU", call.x, act_type="elu", slope=float(call.get("alpha", 1.0)))


@reader("Celu")
def _celu(r: Reader, call: Call) -> Value:
    alpha = float(call.get("alpha", 1.0))
    elu = r("LeakyReLU", r.divide(call.x, alpha), act_type="elu", slope=1.0)
    return r.multiply(elu, alpha)


@reader("Selu")
def _selu(r: Reader, call: Call) -> Value:
    alpha, scale = float(call.get("alpha", 1.6732632)), float(call.get("gamma", 1.050701))
    if abs(alpha - 1.6732632) < 1e-4 and abs(scale - 1.050701) < 1e-4:
        return r("LeakyReLU", call.x, act_type="selu")
    return r.multiply(r("LeakyReLU", call.x, act_type="elu", slope=alpha), scale)


@reader("PRelu")
def _prelu(r: Reader, call: Call) -> Value:
    x, slope = call.x, call.input(1)
    lengths, rank = r.fixed(slope), r.rank(x)
    if call.version < 7 and len(lengths) == 1 and rank > 1:  # one for each channel
        return r("LeakyReLU", x, slope, act_type="prelu")
    lengths = [1] * (rank - len(lengths)) + lengths
    if math.prod(lengths) == 1:
        return r("LeakyReLU", x, r("Reshape", slope, shape=(1,)), act_type="prelu")
    if rank > 1 and math.prod(lengths) == lengths[1]:
        return r("LeakyReLU", x, r("Reshape", slope, shape=(-1,)), act_type="prelu")
    below = r.two("minimum", x, r.value(0, x))
    return r.add(r("relu", x), r.multiply(slope, below))


@reader("ThresholdedRelu")
def _thresholded(r: Reader, call: Call) -> Value:
    above = r.two("greater", call.x, r.value(float(call.get("alpha", 1.0)), call.x))
    return r.multiply(call.x, above)


@reader("HardSigmoid")
def _hard_sigmoid(r: Reader, call: Call) -> Value:
    return r("hard_sigmoid", call.x, alpha=float(call.get("alpha", 0.2)), beta=float(call.get("beta", 0.5)))


@reader("HardSwish")
def _hard_swish(r: Reader, call: Call) -> Value:
    return r.multiply(call.x, r("hard_sigmoid", call.x, alpha=1 / 6, beta=0.5))


@reader("Swish")
def _swish(r: Reader, call: Call) -> Value:
    scaled = r.multiply(call.x, float(call.get("alpha", 1.0)))
    return r.multiply(call.x, r("sigmoid", scaled))


@reader("Gelu")
def _gelu(r: Reader, call: Call) -> Value:
    if call.get("approximate", "none") == "none":
        return r("LeakyReLU", call.x, act_type="gelu")
    x = call.x
    inner = r.multiply(
        r.add(x, r.multiply(r.multiply(x, r.multiply(x, x)), 0.044715)), math.sqrt(2 / math.pi)
    )
    return r.multiply(r.multiply(x, 0.5), r.add(r("tanh", inner), 1))


@reader("Shrink")
def _shrink(r: Reader, call: Call) -> Value:
    x, limit, bias = call.x, float(call.get("lambd", 0.5)), float(call.get("bias", 0.0))
    above = r.multiply(r.two("greater", x, r.value(limit, x)), r.subtract(x, bias))
    below = r.multiply(r.two("lesser", x, r.value(-limit, x)), r.add(x, bias))
    return r.add(above, below)


@reader("Clip")
def _clip(r: Reader, call: Call) -> Value:
    low, high = call.number("min", 1), call.number("max", 2)
    if low is None and high is None:
        return call.x
    if low == 0 and high is None:
        return r("relu", call.x)
    low, high = -math.inf if low is None else low, math.inf if high is None else high
    return r("clip", call.x, a_min=min(low, high), a_max=high)


@reader("Cast")
def _cast(r: Reader, call: Call) -> Value:
    dtype = type_of(call["to"])
    if call.x.logical and dtype == np.dtype(bool):
        return call.x
    if dtype == np.dtype(bool):  # whatever is not 0
        return r.two("not_equal", call.x, r.value(0, call.x), logical=True)
    return r("Cast", call.x, dtype=dtype.name)


@reader("IsNaN")
def _is_nan(r: Reader, call: Call) -> Value:
    return r("broadcast_not_equal", call.x, call.x, logical=True)


@reader("IsInf")
def _is_infinite(r: Reader, call: Call) -> Value:
    size = call.x
    if call.get("detect_negative", 1) and call.get("detect_positive", 1):
        size = r("abs", call.x)
    elif call.get("detect_negative", 1):
        size = r("negative", call.x)
    return r.two("equal", size, r.value(math.inf, size), logical=True)


@reader("CumSum")
def _cumsum(r: Reader, call: Call) -> Value:
    axis = int(call.known(1, "axis").reshape(-1)[0])
    x = call.x
    if call.get("reverse", 0):
        x = r("reverse", x, axis=axis)
    result = r("cumsum", x, axis=axis)
    if call.get("exclusive", 0):
        result = r.subtract(result, x)
    return r("reverse", result, axis=axis) if call.get("reverse", 0) else result


@reader("Where")
def _where(r: Reader, call: Call) -> Value:
    condition, yes, no = call.given()
    if not condition.logical or r.dtype(condition) == np.dtype(bool):
        condition = _cast_to(r, condition, np.float32)
    values = [condition, yes, no]
    guesses = [r.guesses(each) for each in values]
    rank = max(map(len, guesses))
    padded = [((1, 1),) * (rank - len(each)) + each for each in guesses]
    whole = [next((g for g in axis if g != (1, 1)), (1, 1)) for axis in zip(*padded, strict=True)]
    spread = [
        each if len(own) == rank and list(own) == whole else _broadcast(r, each, whole)
        for each, own in zip(values, guesses, strict=True)
    ]
    return r("where", *spread, logical=yes.logical and no.logical)


def _broadcast(r: Reader, x: Value, guesses: Any) -> Value:
    """A value with axes repeated up to these lengths."""
    number = x.constant if x.entry is None else None
    if number is not None and number.size == 1:
        return r.filled(guesses, number.reshape(-1)[0].item(), number.dtype)
    return r("broadcast_add", x, r.filled(guesses, 0, r.dtype(x)))


def spread_to(r: Reader, x: Value, guesses: Any) -> Value:
    """``Expand``: axes of length 1 repeated; axes of the value that are longer stay."""
    own = r.guesses(x)
    rank = max(len(own), len(guesses))
    mine = ((1, 1),) * (rank - len(own)) + tuple(own)
    wanted = ((1, 1),) * (rank - len(guesses)) + tuple(guesses)
    whole = tuple(m if w == (1, 1) else w for m, w in zip(mine, wanted, strict=True))
    if whole == tuple(own):
        return x
    if all(a == b for a, b in whole) and len(own) == rank:
        return r("broadcast_to", x, shape=tuple(a for a, _ in whole), logical=x.logical)
    result = _broadcast(r, x, whole)
    result.logical = x.logical
    return result
