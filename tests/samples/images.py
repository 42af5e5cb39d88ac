"""Operators on images: one, (H, W, C), or a batch, (N, H, W, C)."""

from __future__ import annotations

import numpy as np

from .sample import Sample, error, integers, literal, plain, sample, uniform

_NAMES = ("nearest", "bilinear", "bicubic", "area", "lanczos")

# From (height, width) to (height, width): larger, smaller by a whole factor, by a half, by neither, one axis each way.
_SIZES = (
    ((7, 6), (20, 24)),
    ((12, 12), (6, 6)),
    ((12, 8), (4, 4)),
    ((16, 14), (8, 7)),
    ((6, 10), (12, 20)),
    ((13, 11), (5, 4)),
    ((5, 9), (11, 3)),
    ((2, 3), (2, 3)),
    ((1, 1), (3, 2)),
)


def _pixels(*shape: int, dtype: str = "uint8"):
    return integers(0, 256, *shape, dtype=dtype)


def _resizes() -> list[Sample]:
    table = []
    for interp, _ in enumerate(_NAMES):
        for (rows, columns), (height, width) in _SIZES:
            size = (width, height)
            table += [
                # uint8 is computed in fixed point, to the last bit as OpenCV does it.
                plain("image.resize", _pixels(rows, columns, 3), size=size, interp=interp).near(0, 0),
                plain("image.resize", uniform(-1, 1, rows, columns, 1), size=size, interp=interp).near(
                    2e-5, 2e-6
                ),
            ]
        table.append(
            plain("image.resize", uniform(0, 1, 6, 5, 2, dtype="float64"), size=(4, 9), interp=interp).near(
                2e-5, 2e-6
            )
        )
        table.append(plain("image.resize", _pixels(2, 8, 6, 3), size=(3, 4), interp=interp).near(0, 0))
    for rows, columns in ((7, 3), (3, 7), (5, 5), (33, 100)):
        table.append(plain("image.resize", _pixels(rows, columns, 1), size=4, keep_ratio=True).near(0, 0))
    table.append(plain("image.resize", _pixels(7, 3, 1), size=(4, 5), keep_ratio=True).near(0, 0))
    table.append(plain("image.resize", _pixels(7, 3, 1), size=4).near(0, 0))
    return table


SAMPLES: list[Sample] = [
    plain("image.to_tensor", _pixels(3, 4, 3)).near(0, 0),
    plain("image.to_tensor", _pixels(2, 3, 4, 1)).near(0, 0),
    plain("image.to_tensor", literal(np.arange(256).reshape(16, 16, 1).tolist(), dtype="uint8")).near(0, 0),
    *(
        plain("image.to_tensor", uniform(0, 255, 3, 4, 2, dtype=d)).near(0, 0)
        for d in ("float32", "float64", "float16")
    ),
    plain("image.to_tensor", _pixels(3, 2, 1, dtype="int32")).near(0, 0),
    plain(
        "image.normalize", uniform(0, 1, 3, 4, 5), mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)
    ).near(0, 0),
    plain("image.normalize", uniform(0, 1, 2, 3, 4, 5), mean=(0.5, 0.4, 0.3), std=(0.25, 0.5, 0.75)).near(
        0, 0
    ),
    plain("image.normalize", uniform(0, 1, 1, 4, 5), mean=(0.1307,), std=(0.3081,)).near(0, 0),
    plain("image.normalize", uniform(0, 1, 3, 4, 5, dtype="float64"), mean=(0.1,), std=(0.2,)).near(0, 0),
    plain("image.normalize", uniform(0, 1, 3, 4, 5, dtype="float16"), mean=(0.1,), std=(0.3,)).near(0, 0),
    plain("image.normalize", _pixels(3, 4, 5), mean=(100.0, 50.0, 20.0), std=(2.0, 3.0, 4.0)).near(0, 0),
    sample("image.normalize", uniform(0, 1, 3, 2, 2), mean=(0.5, 0.4, 0.3), std=(0.25, 0.5, 0.75)),
    plain("image.normalize", uniform(0, 1, 2, 3, 3), mean=(0.5, 0.25), std=(0.5,)).better(
        lambda x: (x - np.array([0.5, 0.25], "float32").reshape(2, 1, 1)) / np.float32(0.5),
        "1.9.1 knows images of one or three channels only",
    ),
    *_resizes(),
    plain("image.crop", _pixels(5, 6, 3), x=1, y=2, width=4, height=3),
    plain("image.crop", uniform(0, 1, 2, 5, 6, 1), x=0, y=0, width=6, height=5),
    plain("image.flip_left_right", _pixels(4, 6, 3)),
    plain("image.flip_left_right", uniform(0, 1, 3, 2, 1)),
    plain("image.flip_left_right", _pixels(2, 2, 5, 3)).better(
        lambda x: x[:, :, ::-1], "1.9.1 flips single images only, for no visible reason"
    ),
    plain("image.flip_top_bottom", _pixels(4, 6, 3)),
    plain("image.flip_top_bottom", _pixels(2, 3, 2, 1)).better(
        lambda x: x[:, ::-1], "1.9.1 flips single images only, for no visible reason"
    ),
    *(plain("image.random_flip_left_right", _pixels(2, 4, 3)).seeded(seed) for seed in range(6)),
    *(plain("image.random_flip_top_bottom", _pixels(4, 2, 3)).seeded(seed) for seed in range(6)),
]

ERROR_SAMPLES = [
    error("MXNetError", "image.to_tensor", _pixels(3, 4)),
    error("MXNetError", "image.to_tensor", _pixels(1, 2, 3, 4, 1)),
    error("MXNetError", "image.normalize", uniform(0, 1, 3, 2), mean=(0.5,), std=(0.5,)),
    error("MXNetError", "image.normalize", uniform(0, 1, 3, 2, 2), mean=(0.5, 0.5), std=(0.5,)),
    error("MXNetError", "image.normalize", uniform(0, 1, 1, 2, 2), mean=(0.5, 0.5, 0.5), std=(0.5,)),
    error("MXNetError", "image.resize", _pixels(3, 4), size=(2, 2)),
    error("MXNetError", "image.resize", _pixels(3, 4, 1), size=0),
    error("MXNetError", "image.resize", _pixels(3, 4, 1), size=(0, 3)),
    error("MXNetError", "image.resize", _pixels(3, 4, 1), size=(2, -3)),
    error("MXNetError", "image.resize", _pixels(3, 4, 1), size=(2, 3, 4)),
    error("MXNetError", "image.crop", _pixels(5, 6, 3), x=3, y=0, width=4, height=3),
    error("MXNetError", "image.crop", _pixels(5, 6, 3), x=0, y=3, width=4, height=3),
    error("MXNetError", "image.crop", _pixels(5, 6, 3), x=0, y=0, width=0, height=3),
    error("MXNetError", "image.crop", _pixels(5, 6, 3), x=-1, y=0, width=2, height=3).because(
        "1.9.1 reads what lies in front of the image"
    ),
    error("MXNetError", "image.flip_left_right", _pixels(2, 3)),
    error("MXNetError", "image.flip_top_bottom", _pixels(2, 3)),
    error("MXNetError", "image.random_flip_left_right", _pixels(2, 3)),
]
