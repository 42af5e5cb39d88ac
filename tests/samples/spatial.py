"""Images looked at through moved windows."""

from __future__ import annotations

from typing import Any

import numpy as np

from .sample import (
    ErrorSample,
    Sample,
    error,
    integers,
    kinked,
    literal,
    normal,
    plain,
    ramp,
    sample,
    uniform,
)

_AFFINE: dict[str, Any] = {"transform_type": "affine", "target_shape": (2, 3)}
_LOOK: dict[str, Any] = {"transform_type": "affine", "sampler_type": "bilinear"}
_IDENTITY = literal([[1.0, 0.0, 0.0, 0.0, 1.0, 0.0]])
_TURN = literal([[0.813, -0.617, 0.129, 0.551, 0.837, -0.223], [1.311, 0.207, 0.335, -0.113, 0.719, 0.157]])
_GRID = literal([[[[-1, 0, 1.2], [0.3, 2, -1.4]], [[-1, 0, 1], [0.2, 0.1, -0.3]]]])
_REGIONS = literal([[0.0, 0.0, 0.0, 3.0, 3.0], [1.0, 1.0, 1.0, 5.0, 3.0], [0.0, 2.0, 0.0, 4.0, 2.0]])
_ODD_REGIONS = literal(
    [
        [0.0, 7.0, 7.0, 9.0, 9.0],
        [0.0, -5.0, -5.0, -1.0, -1.0],
        [0.0, -2.0, -2.0, 2.0, 2.0],
        [-1.0, 0.0, 0.0, 2.0, 2.0],
        [0.0, 0.5, 1.5, 2.5, 2.4],
        [1.0, 4.0, 3.0, 9.0, 9.0],
        [1.0, 3.0, 3.0, 1.0, 1.0],
    ]
)


def _correlated(*shape: int, **attributes: Any) -> list[Sample]:
    return [
        sample(
            "Correlation",
            normal(*shape, dtype=dtype),
            normal(*shape, dtype=dtype),
            is_multiply=multiply,
            **attributes,
        )
        for dtype in ("float32", "float64")
        for multiply in (True, False)
    ]


SAMPLES: list[Sample] = [
    sample("GridGenerator", normal(2, 6), **_AFFINE),
    sample("GridGenerator", _IDENTITY, **_AFFINE),
    sample("GridGenerator", normal(1, 6), transform_type="affine", target_shape=(4, 5)),
    sample("GridGenerator", normal(2, 2, 2, 3), transform_type="warp"),
    sample("GridGenerator", normal(1, 2, 5, 2), transform_type="warp", target_shape=(5, 5)),
    plain("GridGenerator", literal(np.zeros((1, 2, 3, 4)).tolist()), transform_type="warp"),
    sample(
        "GridGenerator",
        literal([[1.0, 0.0, 0.0, 0.0, 1.0, 0.0]], "float64"),
        transform_type="affine",
        target_shape=(1, 3),
    ).added(lambda x: np.array([[[[-1.0, 0.0, 1.0]], [[-1.0, -1.0, -1.0]]]])),
    # The gradient of a sampled image has no gradient of its own, in MXNet and in PyTorch: training mode leaves it out.
    *(
        sample(
            "BilinearSampler", normal(2, 3, 4, 5, dtype=dtype), uniform(-1.3, 1.3, 2, 2, 3, 4, dtype=dtype)
        )
        .trained()
        .near(*near)
        for dtype, near in (("float32", (1e-4, 1e-5)), ("float64", (1e-10, 1e-12)))
    ),
    sample("BilinearSampler", normal(1, 2, 3, 3), uniform(-0.9, 0.9, 1, 2, 6, 1), cudnn_off=True)
    .trained()
    .near(1e-4, 1e-5),
    kinked("BilinearSampler", normal(1, 1, 2, 3), _GRID),
    kinked("BilinearSampler", ramp(1, 1, 1, 3), literal([[[[-1, 0, 1.2]], [[0.5, 0, -1]]]])),
    kinked(
        "BilinearSampler",
        normal(1, 2, 3, 3, dtype="float16"),
        uniform(-0.9, 0.9, 1, 2, 2, 2, dtype="float16"),
    ).near(2e-2, 1e-2),
    *(
        sample(
            "SpatialTransformer",
            normal(2, 2, 4, 5, dtype=dtype),
            literal(_TURN.make().tolist(), dtype),
            target_shape=shape,
            **_LOOK,
        )
        .trained()
        .near(*near)
        for dtype, near in (("float32", (1e-4, 1e-5)), ("float64", (1e-6, 1e-6)))
        for shape in ((4, 5), (3, 2), (6, 7))
    ),
    kinked("SpatialTransformer", normal(1, 2, 4, 5), _IDENTITY, target_shape=(4, 5), **_LOOK)
    .towards(0)
    .near(1e-4, 1e-5),
    sample("Crop", ramp(2, 1, 4, 6), h_w=(2, 3), num_args=1),
    sample("Crop", ramp(1, 2, 4, 6), h_w=(2, 3), offset=(1, 2)),
    sample("Crop", ramp(1, 2, 5, 6), h_w=(2, 3), center_crop=True, num_args=1),
    sample("Crop", normal(1, 1, 4, 6), h_w=(4, 6)),
    sample("Crop", normal(1, 1, 4, 6), normal(1, 5, 2, 2), num_args=2),
    sample("Crop", normal(1, 1, 4, 6), normal(2, 3, 3, 2), num_args=2, center_crop=True),
    sample("Crop", normal(1, 1, 4, 6), normal(1, 5, 2, 2), num_args=2, offset=(1, 3)),
    plain("Crop", ramp(1, 1, 2, 2, dtype="int32"), h_w=(1, 1)).better(
        lambda x: x[:, :, :1, :1], "a slice has any type"
    ),
    *(
        sample(
            "ROIPooling",
            normal(2, 2, 4, 6, dtype=dtype),
            literal(_REGIONS.make().tolist(), dtype),
            pooled_size=size,
            spatial_scale=scale,
        ).towards(0)
        for dtype in ("float32", "float64")
        for size, scale in (((2, 2), 1.0), ((2, 3), 0.5), ((3, 3), 1.0), ((1, 1), 0.25))
    ),
    kinked("ROIPooling", normal(2, 2, 4, 6), _ODD_REGIONS, pooled_size=(2, 2), spatial_scale=1.0),
    kinked("ROIPooling", normal(2, 1, 7, 9), _ODD_REGIONS, pooled_size=(3, 3), spatial_scale=0.7),
    kinked("ROIPooling", integers(0, 3, 2, 1, 4, 6), _REGIONS, pooled_size=(2, 2), spatial_scale=1.0),
    kinked(
        "ROIPooling",
        normal(2, 1, 4, 6, dtype="float16"),
        literal(_REGIONS.make().tolist(), "float16"),
        pooled_size=(2, 2),
        spatial_scale=1.0,
    ),
    *_correlated(1, 2, 4, 4),
    *_correlated(2, 1, 3, 4, pad_size=1),
    *_correlated(1, 2, 5, 4, kernel_size=3, max_displacement=2, pad_size=3),
    *_correlated(1, 2, 6, 5, max_displacement=3, stride1=2, stride2=2, pad_size=3),
    kinked(
        "Correlation", integers(0, 3, 1, 2, 4, 4), integers(0, 3, 1, 2, 4, 4), pad_size=1, is_multiply=False
    ),
]

ERROR_SAMPLES: list[ErrorSample] = [
    error("MXNetError", "GridGenerator", normal(1, 6)),
    error("MXNetError", "GridGenerator", normal(1, 6), transform_type="affine"),
    error("MXNetError", "GridGenerator", normal(2, 5), **_AFFINE),
    error("MXNetError", "GridGenerator", normal(1, 2, 3), **_AFFINE),
    error("MXNetError", "GridGenerator", normal(1, 3, 2, 3), transform_type="warp"),
    error("MXNetError", "GridGenerator", normal(1, 2, 2, 3), transform_type="flow"),
    error("MXNetError", "BilinearSampler", normal(2, 1, 2, 3), normal(1, 2, 2, 2)),
    error("MXNetError", "BilinearSampler", normal(1, 1, 2, 3), normal(1, 3, 2, 2)),
    error("MXNetError", "BilinearSampler", normal(1, 2, 3), normal(1, 2, 2, 2)),
    error("MXNetError", "SpatialTransformer", normal(1, 1, 2, 3), _IDENTITY, **_LOOK),
    error(
        "MXNetError",
        "SpatialTransformer",
        normal(1, 1, 2, 3),
        _IDENTITY,
        target_shape=(2, 3),
        transform_type="affine",
    ),
    error("MXNetError", "SpatialTransformer", normal(1, 1, 2, 3), normal(1, 5), target_shape=(2, 3), **_LOOK),
    error(
        "MXNetError",
        "SpatialTransformer",
        normal(1, 1, 2, 3),
        _IDENTITY,
        target_shape=(2, 3),
        transform_type="warp",
        sampler_type="bilinear",
    ),
    error("MXNetError", "Crop", ramp(1, 1, 4, 6), num_args=1),
    error("MXNetError", "Crop", ramp(1, 4, 6), h_w=(2, 3), num_args=1),
    error("MXNetError", "Crop", ramp(1, 1, 4, 6), h_w=(2, 3), offset=(3, 2), num_args=1),
    error("MXNetError", "Crop", ramp(1, 1, 4, 6), normal(1, 5, 5, 2), num_args=2),
    error(
        "MXNetError",
        "ROIPooling",
        ramp(1, 1, 4, 6),
        literal([[0.0, 0.0, 0.0, 3.0]]),
        pooled_size=(2, 2),
        spatial_scale=1.0,
    ),
    error("MXNetError", "ROIPooling", ramp(1, 1, 4, 6), _REGIONS, pooled_size=(2, 2)),
    error("MXNetError", "ROIPooling", ramp(1, 1, 4, 6), _REGIONS, spatial_scale=1.0),
    error("MXNetError", "ROIPooling", ramp(1, 1, 4, 6), _REGIONS, pooled_size=(2, 2), spatial_scale=1.5),
    error("MXNetError", "ROIPooling", ramp(1, 4, 6), _REGIONS, pooled_size=(2, 2), spatial_scale=1.0),
    error("MXNetError", "Correlation", normal(1, 2, 6, 5), normal(1, 2, 6, 5), kernel_size=2),
    error("MXNetError", "Correlation", normal(1, 2, 2, 2), normal(1, 2, 2, 2), max_displacement=3),
    error("MXNetError", "Correlation", normal(1, 3, 3), normal(1, 3, 3), pad_size=1),
    error("MXNetError", "Correlation", normal(1, 2, 6, 5), normal(1, 2, 6, 4)).because(
        "MXNet reads the wrong elements"
    ),
]
