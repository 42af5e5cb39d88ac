"""Functions of one array, element by element."""

from __future__ import annotations

import math

import numpy as np

from .sample import Sample, distinct, error, kinked, literal, normal, plain, sample, uniform

_SPECIAL = literal([0.0, math.inf, -math.inf, math.nan, 1.0, -1.0, 0.5, -2.5])

# Where each smooth function is defined, away from its poles.
_DOMAINS: dict[str, tuple[float, float]] = {
    "exp": (-2, 2),
    "expm1": (-2, 2),
    "log": (0.1, 4),
    "log2": (0.1, 4),
    "log10": (0.1, 4),
    "log1p": (-0.8, 4),
    "sqrt": (0.1, 4),
    "rsqrt": (0.1, 4),
    "cbrt": (0.2, 4),
    "rcbrt": (0.2, 4),
    "square": (-3, 3),
    "reciprocal": (0.3, 3),
    "negative": (-3, 3),
    "sin": (-6, 6),
    "cos": (-6, 6),
    "tan": (-1.2, 1.2),
    "arcsin": (-0.9, 0.9),
    "arccos": (-0.9, 0.9),
    "arctan": (-4, 4),
    "sinh": (-2, 2),
    "cosh": (-2, 2),
    "tanh": (-2, 2),
    "arcsinh": (-4, 4),
    "arccosh": (1.2, 4),
    "arctanh": (-0.9, 0.9),
    "degrees": (-4, 4),
    "radians": (-180, 180),
    "erf": (-2, 2),
    "erfinv": (-0.9, 0.9),
    "gamma": (0.5, 4),
    "gammaln": (0.5, 4),
    "sigmoid": (-4, 4),
    "softsign": (-4, 4),
    "identity": (-4, 4),
}

# Constant between their jumps: the gradient is zero almost everywhere, or not asked for.
_STEPS = ("sign", "round", "rint", "fix", "ceil", "floor", "trunc")

_HALVES = literal([-2.5, -1.7, -1.5, -0.5, -0.2, 0.0, 0.2, 0.5, 1.5, 1.7, 2.5])

# What MXNet 1.9.1 computes for whole numbers too.
_INTEGERS = (
    "abs",
    "sign",
    "square",
    "negative",
    "round",
    "rint",
    "fix",
    "ceil",
    "floor",
    "trunc",
    "relu",
    "identity",
)


# MXNet has constants of these in single precision, whatever the array's.
_IN_FLOAT = dict.fromkeys(("degrees", "radians", "erf", "erfinv", "gamma", "gammaln"), (1e-6, 1e-7))


def _smooth() -> list[Sample]:
    table = []
    for name, (low, high) in _DOMAINS.items():
        table += [
            sample(name, uniform(low, high, 2, 3)),
            sample(name, uniform(low, high, 7, dtype="float64")).near(*_IN_FLOAT.get(name, (1e-10, 1e-12))),
            sample(name, uniform(low, high, 3, 2, dtype="float16")).kinked(),
            kinked(name, _SPECIAL),
            plain(name, uniform(low, high, 1)),
            plain(name, uniform(low, high, 2, 1, 2, 1, 2)),
        ]
    return table


def _steps() -> list[Sample]:
    table = []
    for name in _STEPS:
        table += [
            kinked(name, _HALVES),
            sample(name, uniform(-3, 3, 2, 4)),
            kinked(name, _SPECIAL),
            plain(name, normal(3, 2, scale=3, dtype="float64")),
            plain(name, normal(3, 2, scale=3, dtype="float16")),
        ]
    return table


def _mish(x: np.ndarray) -> np.ndarray:
    return (x * np.tanh(np.log1p(np.exp(x.astype("float64"))))).astype(x.dtype)


def _whole_numbers() -> list[Sample]:
    return [
        plain(name, distinct(2, 4, dtype=dtype)) for name in _INTEGERS for dtype in ("int32", "int64", "int8")
    ] + [plain(name, literal([0, 1, 2, 100], "uint8")) for name in _INTEGERS]


SAMPLES = [
    *_smooth(),
    *_steps(),
    *_whole_numbers(),
    # round goes away from zero at a half, rint to the lower neighbour's even side as C's rint does.
    sample("abs", normal(3, 4)),
    sample("abs", normal(3, 4, dtype="float64")),
    kinked("abs", _SPECIAL),
    plain("abs", normal(2, 3, dtype="float16")),
    sample("relu", normal(3, 4)),
    kinked("relu", _SPECIAL),
    sample("relu", normal(5, dtype="float64")),
    sample("relu", normal(5, dtype="float16")).kinked(),
    plain("logical_not", literal([0.0, 1.0, -2.0, 0.5, math.nan, math.inf])),
    plain("logical_not", literal([0, 1, 2], "int32")),
    plain("logical_not", literal([0, 1, 2], "float64")),
    sample("hard_sigmoid", uniform(-4, 4, 3, 5)),
    sample("hard_sigmoid", uniform(-4, 4, 3, 5), alpha=0.5, beta=0.1),
    kinked("hard_sigmoid", _SPECIAL),
    kinked("hard_sigmoid", literal([-2.5, 2.5])),
    sample("mish", uniform(-4, 4, 3, 5)).added(_mish),
    sample("mish", uniform(-4, 4, 6, dtype="float64")).added(_mish),
    sample("mish", literal([0.0, 30.0, -30.0, 80.0], "float16")).kinked().added(_mish),
    kinked("gamma", literal([0.0, -0.5, -1.0, -1.5, 5.0, 36.0])),
    kinked("gammaln", literal([0.0, -0.5, -1.0, -1.5, 5.0, 100.0])),
    kinked("erfinv", literal([-1.0, 1.0, 0.0, 1.5, 0.999])),
    kinked("log", literal([0.0, -1.0, 1e-30])),
    kinked("sqrt", literal([0.0, 4.0, -1.0])),
    kinked("cbrt", literal([-8.0, 27.0, 0.0])),
    kinked("rcbrt", literal([-8.0, 27.0, 0.0])),
    kinked("sigmoid", literal([-100.0, 100.0, -20.0, 20.0])),
    kinked("tanh", literal([-100.0, 100.0, 1e-4])),
    kinked("exp", literal([-200.0, 88.0, 89.0])),
    kinked("expm1", literal([1e-6, -1e-6])),
    kinked("log1p", literal([1e-6, -1e-6, -1.0])),
    kinked("arcsin", literal([1.0, -1.0, 1.5])),
    kinked("arccosh", literal([1.0, 0.5])),
    kinked("arctanh", literal([1.0, -1.0, 2.0])),
    sample("smooth_l1", uniform(-3, 3, 3, 4)),
    sample("smooth_l1", uniform(-3, 3, 3, 4), scalar=2.0),
    sample("smooth_l1", uniform(-3, 3, 6, dtype="float64"), scalar=0.5),
    kinked("smooth_l1", literal([-1.0, 0.0, 1.0])),
    sample("clip", uniform(-3, 3, 3, 4), a_min=-1.0, a_max=1.5),
    sample("clip", uniform(-3, 3, 4, dtype="float64"), -1, 1),
    kinked("clip", literal([1.0, 2.0, 3.0]), 1, 2),
    plain("clip", _SPECIAL, -1, 1),
    plain("clip", distinct(2, 4, dtype="int32"), a_min=-1, a_max=3),
    plain("clip", literal([0, 3, 200], "uint8"), a_min=2, a_max=100),
    plain("clip", normal(4, dtype="float16"), a_min=-0.5, a_max=0.5),
    sample("add_n", normal(2, 3)),
    sample("add_n", normal(2, 3), normal(2, 3)),
    sample("add_n", normal(2, 3), normal(2, 3), normal(2, 3), normal(2, 3)),
    plain("add_n", distinct(3, dtype="int32"), distinct(3, dtype="int32")),
    sample("ElementWiseSum", normal(2, 3), normal(2, 3)),
    kinked("BlockGrad", normal(2, 3)),
    kinked("stop_gradient", normal(2, 3)),
    kinked("make_loss", normal(2, 3)),
    kinked("MakeLoss", normal(2, 3)),
    kinked("MakeLoss", normal(4, 3), grad_scale=2.0),
    kinked("MakeLoss", normal(4, 3), grad_scale=2.0, normalization="batch"),
    kinked("MakeLoss", normal(4, 3), normalization="valid", valid_thresh=0.2),
    kinked("identity", _SPECIAL),
    plain("all_finite", normal(2, 3)),
    plain("all_finite", _SPECIAL),
    plain("multi_all_finite", normal(2, 3), _SPECIAL, num_arrays=2),
    plain("multi_all_finite", normal(2, 3), normal(4), num_arrays=2),
    plain("multi_sum_sq", normal(2, 3), normal(4), num_arrays=2),
]

ERROR_SAMPLES = [
    error("AssertionError", "exp", 3),
    error("AssertionError", "exp", [1.0, 2.0]),
    error("MXNetError", "add_n", normal(2), normal(3)),
    error("MXNetError", "clip", normal(2)),
    error("MXNetError", "clip", normal(2), a_min="low", a_max=1),
    error("MXNetError", "MakeLoss", normal(2), normalization="mean"),
    error("MXNetError", "smooth_l1", normal(2), scalar="x"),
    error("MXNetError", "mish", distinct(2, dtype="int32")).because("1.9.1 does not have it"),
]
