"""Functions that make arrays from nothing or from the shape of another."""

from __future__ import annotations

import numpy as np

from .sample import ErrorSample, distinct, error, normal, plain

_DTYPES = ("float32", "float64", "float16", "int32", "int64", "uint8", "int8")

SAMPLES = [
    *(plain(name, (2, 3)) for name in ("zeros", "ones")),
    *(plain(name, 3) for name in ("zeros", "ones")),
    *(plain(name, shape=(2,)) for name in ("zeros", "ones")),
    *(plain(name, (2, 2), dtype=dtype) for name in ("zeros", "ones") for dtype in _DTYPES),
    *(
        plain(name, (0, 3)).better(
            lambda name=name: getattr(np, name)((0, 3), "float32"), "an empty array is an array"
        )
        for name in ("zeros", "ones")
    ),
    plain("full", (2, 3), 2.5),
    plain("full", 3, 2),
    plain("full", (2,), 3, dtype="int32"),
    plain("full", (2,), 3.7, dtype="int32"),
    plain("full", (2,), 1, dtype="float64"),
    *(plain(name, distinct(2, 3, dtype=dtype)) for name in ("zeros_like", "ones_like") for dtype in _DTYPES),
    plain("arange", 5),
    plain("arange", 2, 7),
    plain("arange", 1, 2, 0.25),
    plain("arange", 5, 0, -2),
    plain("arange", 0, 1, 0.3),
    plain("arange", 3, repeat=2),
    plain("arange", 1, 7, 2, repeat=3),
    plain("arange", 4, dtype="int32"),
    plain("arange", 0, 5, 2, dtype="int64"),
    plain("arange", 3, dtype="float64"),
    plain("arange", 2.5),
    plain("linspace", 0, 1, 5),
    plain("linspace", 2, 3, 5, endpoint=False),
    plain("linspace", 0, 10, 4, dtype="float64"),
    plain("linspace", 1, 0, 3),
    plain("linspace", 0, 5, 1),
    plain("linspace", 0, 9, 4, dtype="int32"),
    plain("eye", 3),
    plain("eye", 3, 4),
    plain("eye", 3, 4, 1),
    plain("eye", 3, 4, -2),
    plain("eye", 2, dtype="int32"),
    plain("eye", N=2, M=3, k=1),
    plain("array", [[1, 2], [3, 4]]),
    plain("array", [1.5, 2.5]),
    plain("array", (1, 2)),
    plain("array", 5),
    plain("array", [1, 2], dtype="int32"),
    plain("array", [1.9, -1.9], dtype="int32"),
    plain("array", [[True, False]]),
    plain("array", distinct(2, 2, dtype="int32")),
    plain("array", distinct(2, 2, dtype="int32"), dtype="float64"),
    plain("NDArray.zeros_like", distinct(2, dtype="int32")),
    plain("NDArray.ones_like", normal(2, 3)),
]

ERROR_SAMPLES: list[ErrorSample] = [
    error("MXNetError", "zeros", (-1,)),
    error("MXNetError", "zeros", "a"),
    error("TypeError", "zeros", (2,), dtype="foo"),
    error("TypeError", "ones", (2,), dtype="foo"),
    error("TypeError", "zeros"),
    error("TypeError", "array", "text"),
    error("TypeError", "array", [[1, 2], [3]]),
    error("TypeError", "arange"),
    error("MXNetError", "arange", 0, 5, 0),
    error("MXNetError", "linspace", 0, 1, -1),
]
