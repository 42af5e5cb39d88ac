"""Pooling and upsampling."""

from __future__ import annotations

from typing import Any

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
    ramp,
    sample,
)

_TYPES: tuple[dict[str, Any], ...] = (
    {},
    {"pool_type": "avg"},
    {"pool_type": "avg", "count_include_pad": False},
    {"pool_type": "sum"},
    {"pool_type": "lp", "p_value": 1},
    {"pool_type": "lp", "p_value": 2},
    {"pool_type": "lp", "p_value": 3},
)
_SHAPES: tuple[tuple[tuple[int, ...], dict[str, Any]], ...] = (
    ((2, 2, 5, 4), {"kernel": (2, 2)}),
    ((1, 2, 7, 6), {"kernel": (3, 2), "stride": (2, 2), "pad": (1, 1)}),
    ((1, 2, 6, 7), {"kernel": (3, 3), "stride": (2, 2), "pad": (1, 0), "pooling_convention": "full"}),
    ((1, 1, 8, 7), {"kernel": (3, 3), "stride": (3, 2), "pad": (2, 2), "pooling_convention": "full"}),
    ((2, 2, 7), {"kernel": (3,), "stride": (2,), "pad": (1,)}),
    ((2, 2, 7), {"kernel": (2,), "stride": (3,), "pooling_convention": "full", "layout": "NCW"}),
    ((1, 2, 4, 3, 4), {"kernel": (2, 2, 3), "stride": (2, 1, 1), "pad": (1, 0, 1)}),
    ((1, 5, 4, 2), {"kernel": (2, 3), "stride": (1, 2), "layout": "NHWC"}),
    ((2, 6, 2), {"kernel": (2,), "stride": (2,), "layout": "NWC"}),
    ((1, 4, 3, 4, 2), {"kernel": (2, 2, 2), "layout": "NDHWC"}),
    ((2, 3, 4, 3), {"global_pool": True}),
    ((2, 3, 5), {"global_pool": True, "kernel": (2,), "stride": (2,), "pad": (1,)}),
    ((1, 2, 2, 3, 2), {"global_pool": True}),
    ((2, 3, 4, 2), {"global_pool": True, "layout": "NHWC"}),
)


def _old(*shape: int, **attributes: Any) -> list[Sample]:
    return [
        sample("Pooling_v1", normal(*shape, dtype=dtype), pool_type=kind, **attributes)
        .trained()
        .near(1e-6, 1e-7)
        for dtype in ("float32", "float64")
        for kind in ("max", "avg", "sum")
    ]


def _smeared(x: np.ndarray) -> np.ndarray:
    """Each element of 2 x 2 added to the 4 x 4 elements around its place, a quarter of it, cut to 4 x 4."""
    wide = np.zeros((6, 6), x.dtype)
    for row, column in np.ndindex(2, 2):
        wide[2 * row : 2 * row + 4, 2 * column : 2 * column + 4] += x[0, 0, row, column] / 4
    return wide[None, None, 1:5, 1:5]


SAMPLES: list[Sample] = [
    # In training mode: 1.9.1 has no gradient of float32 maxima without it.
    *(
        sample("Pooling", normal(*shape), **kind, **attributes).trained().near(1e-4, 1e-5)
        for shape, attributes in _SHAPES
        for kind in _TYPES[:3]
    ),
    *(
        sample("Pooling", normal(*shape, dtype="float64"), **kind, **attributes)
        for shape, attributes in _SHAPES
        for kind in _TYPES
    ),
    *(
        sample("Pooling", normal(1, 2, 4, 4, dtype="float16"), kernel=(2, 2), **kind).kinked()
        for kind in _TYPES[:2]
    ),
    # Ties: the first of equal maxima has the gradient.
    kinked("Pooling", integers(0, 3, 2, 1, 5, 5), kernel=(2, 2)).trained(),
    kinked("Pooling", integers(0, 3, 2, 1, 5, 5, dtype="float64"), kernel=(3, 3), stride=(2, 2), pad=(1, 1)),
    kinked("Pooling", integers(0, 3, 2, 1, 5, 5, dtype="float64"), global_pool=True),
    kinked("Pooling", literal([[[0.0, 0.0, 3.0, -3.0]]], "float64"), kernel=(2,), pool_type="lp", p_value=2),
    kinked("Pooling", literal([[[0.0, 0.0, 3.0, -3.0]]], "float64"), kernel=(2,), pool_type="lp", p_value=3),
    # Windows without elements, between padding and behind the end.
    plain("Pooling", normal(1, 1, 5, dtype="float64"), kernel=(2,), pad=(2,)),
    sample("Pooling", normal(1, 1, 5, dtype="float64"), kernel=(2,), pad=(2,), pool_type="avg"),
    sample(
        "Pooling",
        normal(1, 1, 5, dtype="float64"),
        kernel=(2,),
        pad=(2,),
        pool_type="avg",
        count_include_pad=False,
    ),
    sample(
        "Pooling",
        ramp(1, 1, 5, dtype="float64"),
        kernel=(1,),
        stride=(3,),
        pooling_convention="full",
        pool_type="avg",
    ),
    plain("Pooling", ramp(1, 1, 5), kernel=(1,), stride=(3,), pooling_convention="full"),
    *(
        sample(
            "Pooling",
            normal(2, 1, 7, dtype="float64"),
            kernel=(k,),
            stride=(2,),
            pad=(0, 0, 0),
            pooling_convention="same",
            **kind,
        )
        for k in (3, 4)
        for kind in _TYPES[:2]
    ),
    sample("Pooling", distinct(1, 1, 3, 3), kernel=(2, 2), stride=(2, 2), pooling_convention="same").added(
        lambda x: np.array(
            [[[[x[0, 0, :2, :2].max(), x[0, 0, :2, 2].max()], [x[0, 0, 2, :2].max(), x[0, 0, 2, 2]]]]]
        )
    ),
    plain("Pooling", ramp(0, 2, 4, 4), kernel=(2, 2)).better(
        lambda x: np.zeros((0, 2, 3, 3), "float32"), "a batch of nothing is a batch"
    ),
    *_old(2, 2, 5, 4, kernel=(2, 2)),
    *_old(1, 2, 5, 6, kernel=(3, 2), stride=(2, 2), pad=(1, 1)),
    *_old(1, 2, 5, 6, kernel=(3, 3), stride=(2, 2), pad=(1, 1), pooling_convention="full"),
    *_old(1, 2, 4, 3, global_pool=True, kernel=(2, 2), stride=(2, 2), pad=(1, 1)),
    kinked("Pooling_v1", integers(0, 3, 2, 1, 5, 5), kernel=(2, 2)),
    kinked("Pooling_v1", integers(0, 3, 2, 1, 5, 5), kernel=(3, 3), stride=(2, 2), pad=(2, 2)),
    sample("Pooling_v1", distinct(1, 2, 2, 2, 2), kernel=(2, 2, 2)).added(
        lambda x: x.max((2, 3, 4), keepdims=True)
    ),
    *(
        sample("UpSampling", normal(1, 2, 2, 3, dtype=dtype), scale=scale, sample_type="nearest")
        for dtype in ("float32", "float64")
        for scale in (1, 2, 3)
    ),
    kinked("UpSampling", normal(1, 2, 2, 3, dtype="float16"), scale=2, sample_type="nearest"),
    sample("UpSampling", normal(1, 2, 2, 2), normal(1, 3, 4, 4), scale=2, sample_type="nearest", num_args=2),
    sample(
        "UpSampling",
        normal(1, 2, 4, 4),
        normal(1, 1, 2, 2),
        normal(1, 1, 8, 8),
        scale=2,
        sample_type="nearest",
        num_args=3,
    ),
    sample(
        "UpSampling",
        normal(2, 2, 2, 2),
        normal(2, 2, 4, 4),
        scale=2,
        sample_type="nearest",
        num_args=2,
        multi_input_mode="sum",
    ),
    *(
        sample(
            "UpSampling",
            normal(1, 2, 2, 3, dtype=dtype),
            normal(2, 1, k, k, dtype=dtype),
            scale=scale,
            sample_type="bilinear",
            num_filter=2,
            num_args=2,
        ).near(*near)
        for dtype, near in (("float32", (1e-4, 1e-5)), ("float64", (1e-10, 1e-10)))
        for scale, k in ((1, 1), (2, 4), (3, 5), (4, 8))
    ),
    sample(
        "UpSampling",
        ramp(1, 1, 2, 2),
        literal(np.full((1, 1, 4, 4), 0.25).tolist()),
        scale=2,
        sample_type="bilinear",
    ).added(lambda x, w: _smeared(x)),
]


_SQUARE = {"kernel": (2, 2)}

ERROR_SAMPLES: list[ErrorSample] = [
    error("MXNetError", "Pooling", normal(1, 2, 4, 4)),
    error("MXNetError", "Pooling", normal(1, 2, 4, 4), kernel=2),
    error("MXNetError", "Pooling", normal(1, 2, 4, 4), kernel=(0, 2)),
    error("MXNetError", "Pooling", normal(1, 2, 4, 4), kernel=(5, 2)),
    error("MXNetError", "Pooling", normal(1, 2, 4, 4), kernel=(7, 2), pad=(1, 0), pooling_convention="full"),
    error("MXNetError", "Pooling", normal(1, 2, 4, 4), stride=(0, 1), **_SQUARE),
    error("MXNetError", "Pooling", normal(1, 2, 4, 4), stride=(2,), **_SQUARE),
    error("MXNetError", "Pooling", normal(1, 2, 4, 4), pad=(1,), **_SQUARE),
    error("MXNetError", "Pooling", normal(1, 2, 4, 4), pool_type="median", **_SQUARE),
    error("MXNetError", "Pooling", normal(1, 2, 4, 4), pool_type="lp", **_SQUARE),
    error("MXNetError", "Pooling", normal(1, 2, 4, 4), pool_type="lp", p_value=4, **_SQUARE),
    error("MXNetError", "Pooling", normal(1, 2, 4, 4), pooling_convention="half", **_SQUARE),
    error(
        "MXNetError",
        "Pooling",
        normal(1, 2, 7),
        kernel=(3,),
        stride=(2,),
        pad=(1,),
        pooling_convention="same",
    ),
    error("MXNetError", "Pooling", normal(1, 2, 4, 4), layout="NCW", **_SQUARE),
    error("MXNetError", "Pooling", normal(1, 2, 4, 4), layout="CHWN", **_SQUARE),
    error("MXNetError", "Pooling", normal(4, 4), **_SQUARE),
    error("MXNetError", "Pooling", normal(2, 3), global_pool=True),
    error("MXNetError", "Pooling", normal(2, 2, 2, 2, 2, 2), kernel=(2, 2, 2, 2)),
    error("MXNetError", "Pooling", ramp(1, 2, 4, 4, dtype="int32"), **_SQUARE),
    error("MXNetError", "Pooling_v1", normal(1, 2, 4, 4)),
    error("MXNetError", "Pooling_v1", normal(1, 2, 4), kernel=(2,)),
    error("MXNetError", "Pooling_v1", normal(1, 2, 4, 4), pool_type="lp", **_SQUARE),
    error("MXNetError", "Pooling_v1", normal(1, 2, 4, 4), pooling_convention="same", **_SQUARE),
    error("MXNetError", "Pooling_v1", normal(1, 2, 4, 4), kernel=(5, 2)),
    error("MXNetError", "UpSampling", normal(1, 2, 2, 2), scale=2),
    error("MXNetError", "UpSampling", normal(1, 2, 2, 2), sample_type="nearest"),
    error("MXNetError", "UpSampling", normal(1, 2, 2), scale=2, sample_type="nearest"),
    error("MXNetError", "UpSampling", normal(1, 2, 2, 2), scale=0, sample_type="nearest"),
    error("MXNetError", "UpSampling", normal(1, 2, 2, 2), scale=2, sample_type="cubic"),
    error(
        "MXNetError",
        "UpSampling",
        normal(1, 2, 2, 2),
        scale=2,
        sample_type="nearest",
        multi_input_mode="mean",
    ),
    error(
        "MXNetError",
        "UpSampling",
        normal(1, 2, 2, 2),
        normal(1, 2, 3, 3),
        scale=2,
        sample_type="nearest",
        num_args=2,
    ),
    error(
        "MXNetError",
        "UpSampling",
        normal(1, 2, 2, 2),
        normal(1, 3, 4, 4),
        scale=2,
        sample_type="nearest",
        num_args=2,
        multi_input_mode="sum",
    ),
    error("MXNetError", "UpSampling", normal(1, 2, 2, 2), scale=2, sample_type="bilinear", num_filter=2),
    error(
        "MXNetError",
        "UpSampling",
        normal(1, 2, 2, 2),
        normal(2, 1, 3, 3),
        scale=2,
        sample_type="bilinear",
        num_filter=2,
    ),
    error("MXNetError", "UpSampling", ramp(1, 2, 2, 2, dtype="int32"), scale=2, sample_type="nearest"),
]
