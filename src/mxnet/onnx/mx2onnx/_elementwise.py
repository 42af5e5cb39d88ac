"""Converters of arithmetic, comparisons, functions of one number, and types."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...dtype import to_numpy, to_torch
from ...ops.arithmetic import BINARY
from ._builder import Builder, Call, Inexpressible, Value, converter

# ---------------------------------------------------------------------- two operands


def _is_integer(x: Value) -> bool:
    return x.dtype.kind in "iu"


def _modulo(b: Builder, x: Value, y: Value) -> Value:
    """Remainder with the sign of the divisor; 0 where that is 0."""
    zero = y.equals(0)
    divisor = b.where(zero, 1, y)
    rest = b("Mod", x, divisor, fmod=0 if _is_integer(x) else 1)
    if not _is_integer(x):
        other_side = b("And", b("Not", rest.equals(0)), b("Xor", rest < 0, divisor < 0), of=bool)
        rest = b.where(other_side, rest + divisor, rest)
    return b.where(zero, 0, rest)


def _power(b: Builder, x: Value, y: Value) -> Value:
    if _is_integer(x):
        return (x.cast(np.float64) ** y.cast(np.float64)).cast(x.dtype)
    return x**y


def _hypot(b: Builder, x: Value, y: Value) -> Value:
    if _is_integer(x):
        return _hypot(b, x.cast(np.float64), y.cast(np.float64)).cast(x.dtype)
    return b("Sqrt", x * x + y * y)


def _compared(op: str, negated: bool = False) -> Callable[[Builder, Value, Value], Value]:
    def compare(b: Builder, x: Value, y: Value) -> Value:
        result = b(op, x, y, of=bool)
        return (b("Not", result) if negated else result).cast(x.dtype)

    return compare


def _logical(op: str) -> Callable[[Builder, Value, Value], Value]:
    return lambda b, x, y: b(op, x.true(), y.true(), of=bool).cast(x.dtype)


_TWO: dict[str, Callable[[Builder, Value, Value], Value]] = {
    "add": lambda b, x, y: x + y,
    "subtract": lambda b, x, y: x - y,
    "multiply": lambda b, x, y: x * y,
    "divide": lambda b, x, y: x / y,
    "modulo": _modulo,
    "power": _power,
    "maximum": lambda b, x, y: b("Max", x, y),
    "minimum": lambda b, x, y: b("Min", x, y),
    "hypot": _hypot,
    "equal": _compared("Equal"),
    "not_equal": _compared("Equal", negated=True),
    "greater": _compared("Greater"),
    "greater_equal": _compared("GreaterOrEqual"),
    "lesser": _compared("Less"),
    "lesser_equal": _compared("LessOrEqual"),
    "logical_and": _logical("And"),
    "logical_or": _logical("Or"),
    "logical_xor": _logical("Xor"),
}


def _number(call: Call) -> Any:
    """The number beside an array, in the array's type."""
    number = call["scalar"]
    if call.x.dtype.kind == "f":
        return number
    return bool(number) if call.x.dtype.kind == "b" else int(number)


def _register_binary() -> None:
    for name, function in _TWO.items():
        row = BINARY[name]

        def both(b: Builder, call: Call, function: Any = function) -> Value:
            return function(b, *call.inputs)

        def behind(b: Builder, call: Call, function: Any = function) -> Value:
            return function(b, call.x, b.value(_number(call), call.x.dtype))

        def before(b: Builder, call: Call, function: Any = function) -> Value:
            return function(b, b.value(_number(call), call.x.dtype), call.x)

        for names, made in (
            (row.broadcast, both),
            (row.elementwise, both),
            (row.scalar, behind),
            (row.reflected_scalar, before),
        ):
            if names:
                converter(names[0])(made)


_register_binary()

# ---------------------------------------------------------------------- one operand

# Functions that ONNX has, and of real numbers alone: integers go through them as float64, and are cut off.
_REAL = {
    "sqrt": "Sqrt",
    "exp": "Exp",
    "log": "Log",
    "reciprocal": "Reciprocal",
    "sin": "Sin",
    "cos": "Cos",
    "tan": "Tan",
    "arcsin": "Asin",
    "arccos": "Acos",
    "arctan": "Atan",
    "sinh": "Sinh",
    "cosh": "Cosh",
    "tanh": "Tanh",
    "arcsinh": "Asinh",
    "arccosh": "Acosh",
    "arctanh": "Atanh",
    "erf": "Erf",
    "sigmoid": "Sigmoid",
    "softsign": "Softsign",
}


def _log1p(b: Builder, x: Value) -> Value:
    """``log(u) * x / (u - 1)`` with u = 1 + x, which takes back what the addition lost."""
    u = x + 1
    lost = u.equals(1)
    return b.where(lost, x, b("Log", u) * x / b.where(lost, 1, u - 1))


def _expm1(b: Builder, x: Value) -> Value:
    """``tanh(x / 2) * (exp(x) + 1)``, which subtracts nothing."""
    return b("Tanh", x * 0.5) * (b("Exp", x) + 1)


def _cbrt(b: Builder, x: Value) -> Value:
    root = b("Abs", x) ** (1 / 3)
    # a step of Newton's, so that the root of 27 is 3
    square = b.where(root.equals(0), 1, root * root)
    return b("Sign", x) * (root - (root * root * root - b("Abs", x)) / (square * 3))


def _round(b: Builder, x: Value) -> Value:
    """To the nearest whole number, halves away from zero."""
    size = b("Abs", x)
    whole = b("Floor", size)
    return b("Sign", x) * (whole + (size - whole >= 0.5).cast(x.dtype))


def _rint(b: Builder, x: Value) -> Value:
    """To the nearest whole number, halves downwards."""
    whole = b("Floor", x)
    return whole + (x - whole > 0.5).cast(x.dtype)


_COMPOSED: dict[str, Callable[[Builder, Value], Value]] = {
    "rsqrt": lambda b, x: b("Reciprocal", b("Sqrt", x)),
    "cbrt": _cbrt,
    "rcbrt": lambda b, x: b("Reciprocal", _cbrt(b, x)),
    "log10": lambda b, x: b("Log", x) * (1 / math.log(10)),
    "log2": lambda b, x: b("Log", x) * (1 / math.log(2)),
    "log1p": _log1p,
    "expm1": _expm1,
    "degrees": lambda b, x: x * (180 / math.pi),
    "radians": lambda b, x: x * (math.pi / 180),
    **{name: lambda b, x, op=op: b(op, x) for name, op in _REAL.items()},  # type: ignore[misc]
}

# What leaves whole numbers as they are.
_WHOLE: dict[str, Callable[[Builder, Value], Value]] = {
    "ceil": lambda b, x: b("Ceil", x),
    "floor": lambda b, x: b("Floor", x),
    "trunc": lambda b, x: b("Sign", x) * b("Floor", b("Abs", x)),
    "fix": lambda b, x: b("Sign", x) * b("Floor", b("Abs", x)),
    "round": _round,
    "rint": _rint,
    "contrib.round_ste": _round,
}

_ANY: dict[str, Callable[[Builder, Value], Value]] = {
    "abs": lambda b, x: b("Abs", x),
    "sign": lambda b, x: b("Sign", x),
    "contrib.sign_ste": lambda b, x: b("Sign", x),
    "negative": lambda b, x: -x,
    "square": lambda b, x: x * x,
    "relu": lambda b, x: b("Relu", x),
    "logical_not": lambda b, x: x.equals(0).cast(x.dtype),
    "zeros_like": lambda b, x: b.filled(x.shape(), 0, x.dtype),
    "ones_like": lambda b, x: b.filled(x.shape(), 1, x.dtype),
    "size_array": lambda b, x: b("Size", x, of=np.int64).opened(0),
    "shape_array": lambda b, x: x.shape(),
}

# Networks that are trained no more pass these on as they are.
_PASSING = (
    *("_copy", "BlockGrad", "make_loss", "MakeLoss", "_copyto", "cast_storage", "contrib.gradientmultiplier"),
    *("IdentityAttachKLSparseReg", "_identity_with_attr_like_rhs"),
)


def _register_unary() -> None:
    def through_floats(function: Any) -> Any:
        def convert(b: Builder, call: Call) -> Value:
            if call.x.dtype.kind == "f":
                return function(b, call.x)
            return function(b, call.x.cast(np.float64)).cast(call.x.dtype)

        return convert

    def of_reals(function: Any) -> Any:
        return lambda b, call: function(b, call.x) if call.x.dtype.kind == "f" else call.x

    def of_all(function: Any) -> Any:
        return lambda b, call: function(b, call.x)

    for table, made in ((_COMPOSED, through_floats), (_WHOLE, of_reals), (_ANY, of_all)):
        for name, function in table.items():
            converter(_kind(name))(made(function))


def _kind(name: str) -> str:
    """The name of an operator in symbol files."""
    return "_contrib_" + name.removeprefix("contrib.") if name.startswith("contrib.") else name


_register_unary()


@converter(*(_kind(name) for name in _PASSING))
def _passed_on(b: Builder, call: Call) -> Value:
    return call.x


@converter("clip")
def _clip(b: Builder, call: Call) -> Value:
    low, high = call["a_min"], call["a_max"]
    if call.x.dtype.kind in "iu":
        limits = np.iinfo(call.x.dtype)
        low, high = (int(max(limits.min, min(limits.max, each))) for each in (low, high))
    return b("Clip", call.x, b.value(low, call.x.dtype), b.value(high, call.x.dtype))


@converter("hard_sigmoid")
def _hard_sigmoid(b: Builder, call: Call) -> Value:
    return b("HardSigmoid", call.x, alpha=float(call["alpha"]), beta=float(call["beta"]))


@converter("mish")
def _mish(b: Builder, call: Call) -> Value:
    return call.x * b("Tanh", b("Softplus", call.x))


@converter("smooth_l1")
def _smooth_l1(b: Builder, call: Call) -> Value:
    square = float(call["scalar"]) ** 2
    if not square:
        return b.filled(call.x.shape(), 0, call.x.dtype)
    size = b("Abs", call.x)
    return b.where(size > 1 / square, size - 0.5 / square, call.x * call.x * (0.5 * square))


@converter("_contrib_quadratic")
def _quadratic(b: Builder, call: Call) -> Value:
    return call.x * call.x * float(call["a"]) + call.x * float(call["b"]) + float(call["c"])


@converter("add_n")
def _add_n(b: Builder, call: Call) -> Value:
    if len(call.inputs) == 1:
        return call.x
    if call.x.dtype.kind == "f":
        return b("Sum", *call.inputs)
    total = call.x
    for each in call.inputs[1:]:
        total = total + each
    return total


@converter("_np_cumsum")
def _cumsum(b: Builder, call: Call) -> Value:
    x = call.x.cast(call.dtype())
    if call["axis"] is None:
        x = x.reshaped(-1)
    return b("CumSum", x, b.constant(np.array(call["axis"] or 0, dtype=np.int64)))


@converter("Cast")
def _cast(b: Builder, call: Call) -> Value:
    return _as_type(b, call.x, call["dtype"])


def _as_type(b: Builder, x: Value, dtype: Any) -> Value:
    dtype = to_numpy(to_torch(dtype))
    if isinstance(dtype, str):
        raise Inexpressible(f"arrays of {dtype} are not exported")
    dtype = np.dtype(dtype)
    if x.dtype.kind == "f" and dtype.kind in "iu" and dtype.itemsize < 4:
        x = x.cast(np.int32)  # they take the last bits of that
    return x.cast(dtype)


@converter("amp_cast")
def _amp_cast(b: Builder, call: Call) -> Value:
    return _as_type(b, call.x, call["dtype"]) if call.x.dtype.kind == "f" else call.x


@converter("amp_multicast")
def _amp_multicast(b: Builder, call: Call) -> list[Value]:
    return [each.cast(call.dtype(place)) for place, each in enumerate(call.inputs)]
