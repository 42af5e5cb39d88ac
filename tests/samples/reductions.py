"""Functions that take one or more axes away, and running sums."""

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

_AXES = (
    {},
    {"axis": 0},
    {"axis": 1},
    {"axis": -1},
    {"axis": (0, 2)},
    {"axis": (-1, 0)},
    {"axis": ()},
    {"axis": None},
    {"axis": 1, "keepdims": True},
    {"axis": (1, 2), "keepdims": True},
    {"keepdims": True},
    {"axis": 0, "exclude": True},
    {"axis": (0, 2), "exclude": True, "keepdims": True},
    {"axis": -1, "exclude": True},
)
_HOLES = literal([[1.0, math.nan, 3.0], [math.nan, math.nan, math.nan], [0.5, -2.0, 0.0]])
_INFINITE = literal([[1.0, math.inf], [-math.inf, math.inf], [math.nan, 2.0]])
_TIES = literal([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])


def _axes(name: str) -> list[Sample]:
    cube = distinct(2, 3, 4) if name in ("max", "min") else uniform(0.5, 1.5, 2, 3, 4)
    return [sample(name, cube, **attributes) for attributes in _AXES] + [
        sample(name, distinct(5) if name in ("max", "min") else uniform(0.5, 2, 5)),
        sample(name, uniform(0.5, 2, 3, 2, dtype="float64"), axis=0),
        kinked(name, uniform(0.5, 2, 3, 2, dtype="float16"), axis=1),
        plain(name, integers(-4, 5, 3, 4, dtype="int32"), axis=1),
        plain(name, integers(-4, 5, 3, 4, dtype="int64")),
        kinked(name, _INFINITE, axis=1),
        plain(name, uniform(0.5, 1.5, 1, 1), axis=0),
    ]


_ARG = [
    plain(name, data, **attributes)
    for name in ("argmax", "argmin")
    for data, attributes in [
        (normal(2, 3, 4), {}),
        (normal(2, 3, 4), {"axis": 0}),
        (normal(2, 3, 4), {"axis": 1}),
        (normal(2, 3, 4), {"axis": -1}),
        (normal(2, 3, 4), {"axis": 2, "keepdims": True}),
        (normal(2, 3, 4), {"keepdims": True}),
        (normal(2, 3, 4), {"axis": None}),
        (normal(5), {}),
        (normal(5), {"axis": 0}),
        (_TIES, {"axis": 1}),
        (_TIES, {}),
        (_TIES, {"axis": 0}),
        (normal(3, 4, dtype="float64"), {"axis": 1}),
        (normal(3, 4, dtype="float16"), {"axis": 1}),
        (distinct(3, 4, dtype="int32"), {"axis": 1}),
        (distinct(3, 4, dtype="int64"), {"axis": 0}),
        (integers(0, 200, 3, 4, dtype="uint8"), {"axis": 0}),
        (_INFINITE, {"axis": 1}),
    ]
]

_NORMS = [
    sample("norm", normal(2, 3, 4), **attributes)
    for attributes in (
        {},
        {"ord": 1},
        {"ord": 2},
        {"axis": 0},
        {"axis": 1, "ord": 1},
        {"axis": -1, "keepdims": True},
        {"axis": (0, 1)},
        {"axis": (1, 2), "ord": 1},
        {"axis": (1, 2), "keepdims": True},
        {"keepdims": True},
        {"ord": 1, "keepdims": True},
        {"axis": None},
    )
]

SAMPLES = [
    *(item for name in ("sum", "mean", "prod", "nansum", "nanprod", "max", "min") for item in _axes(name)),
    *_ARG,
    *_NORMS,
    kinked("norm", literal([0.0, 0.0])),
    sample("norm", normal(3, 4, dtype="float64"), axis=1),
    kinked("norm", normal(3, 4, dtype="float16"), axis=1),
    sample("norm", normal(3, 4, dtype="float16"), out_dtype="float32").better(
        lambda x: np.linalg.norm(x.astype("float32")).reshape(1), "the wider result is what out_dtype is for"
    ),
    sample("norm", normal(3, 4), out_dtype="float64", axis=1).better(
        lambda x: np.linalg.norm(x.astype("float64"), axis=1), "the wider result is what out_dtype is for"
    ),
    kinked("norm", literal([math.inf, 1.0])),
    kinked("nansum", _HOLES),
    kinked("nansum", _HOLES, axis=1),
    kinked("nansum", _HOLES, axis=0, keepdims=True),
    kinked("nanprod", _HOLES),
    kinked("nanprod", _HOLES, axis=1),
    kinked("sum", _HOLES, axis=1),
    kinked("max", _HOLES, axis=1),
    kinked("min", _HOLES, axis=0),
    kinked("max", _TIES),
    kinked("max", _TIES, axis=1),
    kinked("min", _TIES, axis=1),
    kinked("prod", literal([[0.0, 2.0, 3.0], [0.0, 0.0, 1.0]]), axis=1),
    sample("sum_axis", normal(2, 3), axis=1),
    sample("max_axis", distinct(2, 3), axis=1),
    sample("min_axis", distinct(2, 3), axis=1),
    plain("sum", integers(0, 256, 400, dtype="uint8")),
    plain("sum", integers(-128, 128, 400, dtype="int8")),
    plain("mean", integers(-9, 9, 7, dtype="int32")),
    plain("mean", integers(0, 9, 7, dtype="uint8")),
    plain("sum", uniform(0, 1, 4096, dtype="float16")).near(2e-3, 0),
    plain("mean", uniform(0, 1, 4096, dtype="float16")).near(2e-3, 0),
    plain("sum", uniform(0, 1, 100, 1000)).near(1e-5, 0),
    plain("argmax_channel", normal(3, 4)),
    plain("argmax_channel", normal(2, 3, 4)),
    plain("argmax_channel", _TIES),
    plain("argmax_channel", distinct(2, 3, dtype="int32")),
    sample("moments", normal(3, 4), axes=(0,)),
    sample("moments", normal(3, 4), axes=(0, 1)),
    sample("moments", normal(2, 3, 4), axes=(-1,), keepdims=True),
    sample("moments", normal(3, 4, dtype="float64"), axes=1),
    sample("cumsum", normal(2, 3)),
    sample("cumsum", normal(2, 3), axis=0),
    sample("cumsum", normal(2, 3), axis=-1).better(
        lambda x: np.cumsum(x, -1), "negative axes count from the end"
    ),
    sample("cumsum", normal(5, dtype="float64")),
    plain("cumsum", distinct(2, 3, dtype="int32"), axis=1),
    plain("cumsum", distinct(4, dtype="int32"), dtype="float32"),
    plain("cumsum", normal(4), dtype="float64"),
    plain("histogram", normal(20), bins=5),
    plain("histogram", normal(20), bins=4, range=(-1, 1)),
    plain("histogram", normal(20), bins=literal([-2.0, -1.0, 0.0, 1.5])),
    plain("size_array", normal(2, 3, 4)),
    plain("shape_array", normal(2, 3, 4)),
]

ERROR_SAMPLES: list[ErrorSample] = [
    error("MXNetError", "sum", normal(2, 3), axis=2),
    error("MXNetError", "sum", normal(2, 3), axis=-3),
    error("MXNetError", "sum", normal(2, 3), axis=(0, 0)),
    error("MXNetError", "sum", normal(2, 3), axs=0),
    error("MXNetError", "sum", normal(2, 3), axis="rows"),
    error("MXNetError", "max", normal(2, 3), axis=5),
    error("MXNetError", "norm", normal(2, 3), ord=3),
    error("MXNetError", "norm", normal(2, 3), axis=2),
    error("MXNetError", "argmax", normal(2, 3), axis=2),
    error("MXNetError", "argmin", normal(2, 3), axis=-3),
    error("MXNetError", "cumsum", normal(2, 3), axis=2),
    error("MXNetError", "mean", normal(2, 3), axis=2),
    error("AssertionError", "sum", 3.0),
]
