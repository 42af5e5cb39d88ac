"""Functions of two operands: arrays of one shape, arrays that broadcast, an array and a number."""

from __future__ import annotations

import math

import numpy as np

from .sample import (
    ErrorSample,
    Sample,
    distinct,
    error,
    integers,
    kinked,
    literal,
    normal,
    plain,
    sample,
    uniform,
)

_LEFT = literal([0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 2.0, -3.5, 5.0])
_RIGHT = literal([0.0, 0.0, 0.0, 2.0, math.inf, 1.0, -2.0, 2.0, math.nan])

_SMOOTH = {"add": "add", "subtract": "sub", "multiply": "mul", "divide": "div"}
_KINKED = {"maximum": "maximum", "minimum": "minimum", "modulo": "mod"}
_COMPARISONS = ("equal", "not_equal", "greater", "greater_equal", "lesser", "lesser_equal")
_LOGICAL = ("logical_and", "logical_or", "logical_xor")
# Which operand the gradient of nan belongs to is anybody's guess.
_UNORDERED = ("maximum", "minimum", "mod", "modulo")
_SHAPES = [((2, 3), (2, 3)), ((2, 1), (1, 3)), ((4,), (1,)), ((2, 3, 4), (1, 3, 1)), ((1,), (5,))]


def _pairs(name: str) -> list[Sample]:
    """The samples that every function of two arrays has, whatever its name."""
    return [sample(name, normal(*left), uniform(0.5, 2, *right)) for left, right in _SHAPES] + [
        sample(name, normal(2, 3, dtype="float64"), uniform(0.5, 2, 2, 1, dtype="float64")),
        kinked(name, normal(3, dtype="float16"), uniform(0.5, 2, 3, dtype="float16")),
        plain(name, distinct(2, 3, dtype="int32"), integers(1, 5, 2, 1, dtype="int32")),
        plain(name, distinct(5, dtype="int64"), integers(1, 5, 5, dtype="int64")),
        plain(name, integers(0, 9, 5, dtype="uint8"), integers(1, 5, 5, dtype="uint8")),
        plain(name, distinct(5, dtype="int8"), integers(1, 5, 5, dtype="int8")),
        kinked(name, _LEFT, _RIGHT) if name.split("_")[-1] not in _UNORDERED else plain(name, _LEFT, _RIGHT),
    ]


def _numbers(name: str) -> list[Sample]:
    """An array with a number, on either side; a number takes the array's type."""
    return [
        sample(name, normal(2, 3), 1.5),
        sample(name, 1.5, uniform(0.5, 2, 2, 3)),
        sample(name, normal(4, dtype="float64"), 3),
        kinked(name, normal(3, dtype="float16"), 2),
        plain(name, distinct(5, dtype="int32"), 2),
        plain(name, distinct(5, dtype="int32"), 1.7),
        plain(name, 7, integers(1, 5, 4, dtype="int32")),
        plain(name, integers(0, 9, 4, dtype="uint8"), 3),
        kinked(name, _LEFT, 2.0),
        kinked(name, _LEFT, 0.0),
        plain(name, 5, 2),
    ]


def _comparisons(name: str) -> list[Sample]:
    left, right = integers(0, 3, 3, 4), integers(0, 3, 3, 4)
    return [
        plain(name, left, right),
        plain(name, integers(0, 3, 3, 1), integers(0, 3, 1, 4)),
        plain(name, _LEFT, _RIGHT),
        plain(name, integers(0, 3, 6, dtype="int32"), integers(0, 3, 6, dtype="int32")),
        plain(name, integers(0, 3, 6, dtype="float64"), integers(0, 3, 6, dtype="float64")),
        plain(name, integers(0, 3, 6, dtype="uint8"), integers(0, 3, 6, dtype="uint8")),
    ]


def _compared_numbers(name: str) -> list[Sample]:
    return [
        plain(name, integers(0, 3, 2, 4), 1),
        plain(name, 1, integers(0, 3, 2, 4)),
        plain(name, integers(0, 3, 6, dtype="int32"), 1),
        plain(name, integers(0, 3, 6, dtype="int32"), 1.5),
        plain(name, _LEFT, 0.0),
        plain(name, 2, 1),
    ]


def _all() -> list[Sample]:
    table: list[Sample] = []
    for function, suffix in {**_SMOOTH, **_KINKED, "power": "power"}.items():
        table += [_positive(item) if suffix == "power" else item for item in _pairs(f"broadcast_{suffix}")]
        table += [_positive(item) if suffix == "power" else item for item in _pairs(function)[:4]]
        table += [_positive(item) if suffix == "power" else item for item in _numbers(function)]
    for suffix in _SMOOTH.values():
        table += [
            sample(f"elemwise_{suffix}", normal(2, 3), uniform(0.5, 2, 2, 3)),
            sample(f"elemwise_{suffix}", normal(4, dtype="float64"), uniform(0.5, 2, 4, dtype="float64")),
            plain(f"elemwise_{suffix}", distinct(4, dtype="int32"), integers(1, 4, 4, dtype="int32")),
            kinked(f"elemwise_{suffix}", _LEFT, _RIGHT),
        ]
    for name in _COMPARISONS:
        table += [*_comparisons(f"broadcast_{name}"), *_comparisons(name), *_compared_numbers(name)]
    for name in _LOGICAL:
        table += [*_comparisons(f"broadcast_{name}"), *_comparisons(name), *_compared_numbers(name)]
    return table


def _positive(item: Sample) -> Sample:
    """Powers of negative numbers have no derivative in the exponent."""
    array = item.inputs[0]
    if item.gradient and item.differences and hasattr(array, "kind") and array.kind == "normal":
        return sample(item.operator, uniform(0.5, 2, *array.shape, dtype=array.dtype), *item.inputs[1:])
    return item


_PYTHON = [
    sample("__add__", normal(2, 3), normal(2, 1)),
    sample("__sub__", normal(2, 3), normal(2, 1)),
    sample("__mul__", normal(2, 3), normal(2, 1)),
    sample("__truediv__", normal(2, 3), uniform(0.5, 2, 2, 1)),
    sample("__mod__", normal(2, 3), uniform(0.5, 2, 2, 1)),
    sample("__pow__", uniform(0.5, 2, 2, 3), normal(2, 1)),
    sample("__add__", normal(3), 2),
    sample("__radd__", normal(3), 2),
    sample("__sub__", normal(3), 2),
    sample("__rsub__", normal(3), 2),
    sample("__mul__", normal(3), 2.5),
    sample("__rmul__", normal(3), 2.5),
    sample("__truediv__", normal(3), 4),
    sample("__rtruediv__", uniform(0.5, 2, 3), 4),
    sample("__pow__", normal(3), 2),
    sample("__pow__", uniform(0.5, 2, 3), -1.5),
    kinked("__pow__", literal([-2.0, 0.0, 3.0]), 0),
    kinked("__pow__", literal([-2.0, 0.0, 3.0]), 0.5),
    sample("__rpow__", normal(3), 2),
    sample("__mod__", literal([-3.5, 3.5, 7.2]), 2),
    kinked("__mod__", literal([-3.0, 3.0, 0.0, 5.0]), -2),
    plain("__mod__", literal([-3, 3, 0, 5], "int32"), 2),
    plain("__mod__", literal([-3, 3, 0, 5], "int32"), -2),
    plain("__rmod__", literal([-3.0, 3.0, 4.0]), 7),
    sample("__neg__", normal(2, 3)),
    sample("__abs__", normal(2, 3)),
    plain("__neg__", distinct(4, dtype="int32")),
    plain("__eq__", integers(0, 3, 6), 1),
    plain("__ne__", integers(0, 3, 6), 1),
    plain("__lt__", integers(0, 3, 6), 1),
    plain("__le__", integers(0, 3, 6), 1),
    plain("__gt__", integers(0, 3, 6), 1),
    plain("__ge__", integers(0, 3, 6), 1),
    plain("__eq__", integers(0, 3, 6), integers(0, 3, 6)),
    plain("__lt__", integers(0, 3, 2, 1), integers(0, 3, 1, 3)),
    plain("__iadd__", normal(2, 3), normal(2, 3)),
    plain("__iadd__", normal(2, 3), 2),
    plain("__isub__", normal(2, 3), normal(2, 1)),
    plain("__imul__", normal(2, 3), normal(1, 3)),
    plain("__itruediv__", normal(2, 3), 2),
    plain("__imod__", normal(2, 3), 2),
    plain("__iadd__", distinct(4, dtype="int32"), 1.7),
    plain("__itruediv__", distinct(4, dtype="int32"), 2),
    plain("__truediv__", literal([7, -7, 2147483647, 16777217], "int32"), 2),
    plain("__add__", literal([16777217, 2147483646], "int32"), 1),
    plain("__mul__", literal([200, 100, 3], "uint8"), 2),
    plain("__sub__", literal([0, 1, 3], "uint8"), 2),
]


def _by_symbol_names() -> list[Sample]:
    """The names that stand in a symbol's JSON for Python's operators and for numbers."""
    left, right = uniform(0.5, 2, 2, 3), uniform(0.5, 2, 2, 3)
    table = [
        plain(f"_internal._{name}", integers(0, 3, 2, 3), integers(0, 3, 2, 3))
        for name in ("equal", "not_equal", "greater", "greater_equal", "lesser", "lesser_equal")
    ]
    table += [
        plain(f"_internal._logical_{name}", integers(0, 2, 2, 3), integers(0, 2, 2, 3))
        for name in ("and", "or", "xor")
    ]
    table += [
        sample(f"_internal._{name}", left, right) for name in ("maximum", "minimum", "mod", "power", "hypot")
    ]
    for name in (
        "plus", "minus", "rminus", "mul", "div", "rdiv", "mod", "rmod", "power", "rpower",
        "maximum", "minimum", "hypot",
    ):  # fmt: skip
        table.append(sample(f"_internal._{name}_scalar", left, scalar=1.3))
    for name in (
        "equal", "not_equal", "greater", "greater_equal", "lesser", "lesser_equal",
        "logical_and", "logical_or", "logical_xor",
    ):  # fmt: skip
        table.append(plain(f"_internal._{name}_scalar", integers(0, 3, 2, 3), scalar=1.0))
    return table


SAMPLES = [
    *_by_symbol_names(),
    *_all(),
    *_PYTHON,
    plain("__eq__", normal(2), None).better(lambda x: np.array(False), "nothing is not an array"),
    sample("broadcast_hypot", normal(2, 3), normal(1, 3)),
    kinked("broadcast_hypot", literal([0.0, 3.0]), literal([0.0, 4.0])),
    sample("broadcast_plus", normal(2, 1), normal(1, 3)),
    sample("broadcast_minus", normal(2, 1), normal(1, 3)),
    sample("true_divide", normal(2, 3), uniform(0.5, 2, 3)),
    plain("true_divide", distinct(4, dtype="int32"), 2),
    kinked("broadcast_maximum", literal([1.0, 2.0]), literal([1.0, 1.0])),
    kinked("broadcast_minimum", literal([1.0, 2.0]), literal([1.0, 1.0])),
    kinked("maximum", literal([1.0, -1.0]), 1),
    kinked("minimum", literal([1.0, -1.0]), 1),
]

ERROR_SAMPLES: list[ErrorSample] = [
    error("MXNetError", "__add__", normal(2, 3), normal(3, 2)),
    error("MXNetError", "__add__", normal(2, dtype="float32"), distinct(2, dtype="int32")),
    error("MXNetError", "__mul__", normal(2, dtype="float32"), normal(2, dtype="float64")),
    error("MXNetError", "__eq__", normal(2), distinct(2, dtype="int32")),
    error("MXNetError", "__iadd__", normal(1, 2), normal(3, 2)),
    error("TypeError", "__add__", normal(2), "1"),
    error("TypeError", "__add__", normal(2), {"a": 1}),
    error("MXNetError", "broadcast_add", normal(2, 3), normal(2, 4)),
    error("MXNetError", "elemwise_add", normal(2, 3), normal(3, 2)),
    error("MXNetError", "elemwise_add", normal(2, 3), normal(1, 3)),
    error("MXNetError", "elemwise_mul", normal(2), normal(2, dtype="float64")),
    error("MXNetError", "broadcast_greater", normal(2, 3), normal(4)),
    error("AssertionError", "broadcast_add", normal(2), 1.0),
    error("TypeError", "maximum", normal(2), "x"),
]
