"""Sorting, and the largest or smallest elements."""

from __future__ import annotations

import numpy as np

from .sample import ErrorSample, distinct, error, kinked, literal, normal, plain, sample

_TIES = literal([[2.0, 1.0, 2.0, 1.0], [3.0, 3.0, 3.0, 3.0]])


SAMPLES = [
    # gradients flow to the chosen elements for the kinds that return values
    *(
        plain("topk", distinct(3, 5), ret_typ=kind, **attributes)
        for kind in ("indices", "value", "both", "mask")
        for attributes in (
            {},
            {"k": 2},
            {"k": 3, "axis": 0},
            {"k": 2, "axis": 1, "is_ascend": True},
            {"k": 5, "axis": -1},
            {"k": 4, "axis": None},
            {"k": 0},
        )
    ),
    *(
        plain("topk", distinct(2, 4), k=2, ret_typ=kind, dtype=dtype)
        for kind in ("indices", "both")
        for dtype in ("float32", "int32", "float64", "float16", "uint8", "int64")
    ),
    *(
        plain("topk", distinct(3, 4, dtype=dtype), k=2, ret_typ="both")
        for dtype in ("float64", "float16", "int32", "int64", "int8", "uint8")
    ),
    sample("topk", distinct(3, 5), k=2, ret_typ="value"),
    sample("topk", distinct(3, 5), k=2, ret_typ="value", axis=0, is_ascend=True),
    plain("topk", distinct(2, 3, 4), k=2, axis=1),
    plain("topk", distinct(7), k=3),
    plain("topk", _TIES, k=1, ret_typ="value"),
    sample("sort", distinct(3, 4)).beyond(),
    sample("sort", distinct(3, 4), axis=1),
    sample("sort", distinct(3, 4), axis=0),
    sample("sort", distinct(3, 4), is_ascend=False).beyond(),
    sample("sort", distinct(2, 3, 4), axis=1, is_ascend=False),
    sample("sort", distinct(6, dtype="float64")).beyond(),
    plain("sort", distinct(2, 3), axis=None),
    plain("sort", _TIES),
    *(plain("sort", distinct(2, 4, dtype=dtype)) for dtype in ("int32", "int64", "int8", "uint8")),
    plain("sort", distinct(2, 4, dtype="float16")).better(np.sort, "half floats have an order too"),
    plain("argsort", distinct(3, 4)),
    plain("argsort", distinct(3, 4), axis=0),
    plain("argsort", distinct(3, 4), is_ascend=False),
    plain("argsort", distinct(2, 3, 4), axis=1),
    plain("argsort", distinct(2, 3), axis=None),
    *(
        plain("argsort", distinct(5), dtype=dtype)
        for dtype in ("int32", "float64", "float16", "uint8", "int64")
    ),
    *(plain("argsort", distinct(2, 4, dtype=dtype)) for dtype in ("float64", "int32", "int64", "uint8")),
    plain("argsort", distinct(2, 4, dtype="float16")).better(
        lambda x: np.argsort(x).astype("float32"), "half floats have an order too"
    ),
    kinked("sort", literal([[1.0, 1.0], [2.0, 1.0]])).plain(),
]

ERROR_SAMPLES: list[ErrorSample] = [
    error("MXNetError", "topk", normal(2, 3), ret_typ="values"),
    error("MXNetError", "topk", normal(2, 3), k=4),
    error("MXNetError", "topk", normal(2, 3), axis=2),
    error("TypeError", "topk", normal(2, 3), dtype="string"),
    error("MXNetError", "sort", normal(2, 3), axis=2),
    error("MXNetError", "argsort", normal(2, 3), axis=-3),
]
