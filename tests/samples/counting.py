"""Histograms, and the change of storage."""

from __future__ import annotations

import math

import numpy as np

from .sample import ErrorSample, distinct, error, literal, normal, plain, sample

_BOUNDS = literal([-1.0, -0.25, 0.5, 2.0])

SAMPLES = [
    plain("histogram", normal(40), bins=7, range=(-2.1, 1.9)),
    plain("histogram", normal(3, 5), bins=3, range=(0, 1)),
    plain("histogram", normal(30, dtype="float64"), bins=4, range=(-1, 1)),
    plain("histogram", normal(30, dtype="float16"), bins=4, range=(-1, 1)),
    plain("histogram", distinct(9, dtype="int32"), bins=3, range=(0, 4)),
    plain("histogram", distinct(9, dtype="int64"), bins=2, range=(-2, 4)),
    plain("histogram", literal([1, 2, 3, 200], "uint8"), bins=3, range=(0, 4)),
    plain("histogram", literal([0.0, 1.0, 2.0, 2.0, 3.0]), bins=2, range=(0, 2)),
    plain("histogram", literal([math.nan, math.inf, -math.inf, 1.0]), bins=2, range=(0, 2)),
    plain("histogram", literal([0.4, 0.5, 1.2]), bins=2, range=(1, 1)),
    plain("histogram", normal(30), bins=_BOUNDS),
    plain("histogram", literal([-1.0, -0.25, 2.0, 2.5]), bins=_BOUNDS),
    plain("histogram", distinct(9, dtype="int32"), bins=literal([-2, 0, 5], "int32")),
    plain("histogram", normal(3, 5)),
    plain("histogram", normal(20, dtype="float64"), bins=3),
    plain("histogram", literal([1, 2, 2, 7], "int32"), bins=3),
    plain("histogram", literal([1.0, 1.0]), bins=2),
    plain("_internal._histogram", normal(9), _BOUNDS),
    plain("_internal._histogram", normal(9), bin_cnt=2, range=(-1, 1)),
    plain("_internal._histogram", normal(0), bin_cnt=2, range=(0, 1)).better(
        lambda x: [np.zeros(2, "int64"), np.array([0, 0.5, 1], "float32")], "1.9.1 has no empty arrays"
    ),
    sample("cast_storage", normal(2, 3), stype="default"),
    sample("cast_storage", normal(2, 3, dtype="float64"), stype="default"),
    plain("cast_storage", distinct(4, dtype="int32"), stype="default"),
]

ERROR_SAMPLES: list[ErrorSample] = [
    error("ValueError", "histogram", normal(3), bins=0),
    error("ValueError", "histogram", normal(3), bins=[0, 1]),
    error("ValueError", "histogram", normal(3), bins=2.5),
    error("MXNetError", "histogram", normal(3), bins=2, range=(3, 1)),
    error("MXNetError", "histogram", normal(3), bins=2, range=(1, 2, 3)),
    error("MXNetError", "histogram", normal(3), bins=literal([0.0])),
    error("MXNetError", "histogram", normal(3), bins=literal([[0.0, 1.0]])),
    error("MXNetError", "histogram", normal(3), bins=literal([0.0, 1.0], "float64")),
    error("MXNetError", "_internal._histogram", normal(3), bin_cnt=2),
    error("MXNetError", "_internal._histogram", normal(3)),
    error("MXNetError", "cast_storage", normal(3)),
    error("MXNetError", "cast_storage", normal(3), stype="dense"),
    error("NotImplementedError", "cast_storage", normal(3), stype="row_sparse").because(
        "arrays are dense here"
    ),
    error("NotImplementedError", "cast_storage", normal(2, 3), stype="csr").because("arrays are dense here"),
]
