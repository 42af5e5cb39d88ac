"""Operators on the colours of images, and those that go by OpenCV's names."""

from __future__ import annotations

import numpy as np

from .sample import Sample, error, integers, kinked, literal, plain, uniform


def _pixels(*shape: int, dtype: str = "uint8"):
    return integers(0, 256, *shape, dtype=dtype)


def _factors() -> list[Sample]:
    """Exact to the last bit, whole numbers and float32 alike; the gradient passes through."""
    table = []
    for name in ("brightness", "contrast", "saturation", "hue"):
        operator = f"image.random_{name}"
        for seed, (low, high) in enumerate(((0.4, 1.7), (1.0, 1.0), (0.0, 3.0), (1.5, 0.5))):
            table += [
                plain(operator, _pixels(5, 7, 3), min_factor=low, max_factor=high).seeded(seed).near(0, 0),
                plain(operator, uniform(0, 255, 5, 7, 3), min_factor=low, max_factor=high)
                .seeded(seed)
                .near(0, 0),
            ]
        table.append(
            kinked(operator, uniform(0, 255, 3, 2, 3), min_factor=0.5, max_factor=1.5).seeded(7).near(0, 0)
        )
        table.append(
            plain(operator, _pixels(3, 4, 3, dtype="int32"), min_factor=0.5, max_factor=1.5)
            .seeded(7)
            .near(0, 0)
        )
        table += [
            plain(operator, uniform(0, 255, 3, 4, 3, dtype="float64"), min_factor=0.5, max_factor=1.5)
            .seeded(7)
            .near(1e-6, 0),
            plain(operator, uniform(0, 1, 3, 4, 3, dtype="float16"), min_factor=0.5, max_factor=1.5)
            .seeded(7)
            .near(2e-3, 1e-3),
        ]
        if name != "hue":
            table.append(
                plain(operator, _pixels(4, 5, 1), min_factor=0.5, max_factor=1.5).seeded(7).near(0, 0)
            )
    return table


_JITTER = {"brightness": 0.4, "contrast": 0.5, "saturation": 0.6, "hue": 0.3}
_UNINITIALISED = "1.9.1 gives uninitialised memory for one channel"

SAMPLES: list[Sample] = [
    *_factors(),
    plain("image.random_hue", _pixels(3, 4, 1), min_factor=0.5, max_factor=1.5).better(
        lambda x: x, _UNINITIALISED
    ),
    plain("image.random_brightness", _pixels(2, 3, 4, 3), min_factor=1.0, max_factor=1.0).better(
        lambda x: x, "1.9.1 changes single images only"
    ),
    *(
        plain("image.random_color_jitter", picture, **_JITTER).seeded(seed).near(0, 0)
        for seed in range(6)
        for picture in (_pixels(5, 7, 3), uniform(0, 200, 5, 7, 3))
    ),
    *(
        plain("image.random_color_jitter", _pixels(4, 4, 3), **{**dict.fromkeys(_JITTER, 0), only: 0.5})
        .seeded(2)
        .near(0, 0)
        for only in _JITTER
    ),
    kinked("image.random_color_jitter", uniform(0, 200, 3, 2, 3), **_JITTER).seeded(3).near(0, 0),
    plain("image.random_color_jitter", _pixels(3, 4, 3), **dict.fromkeys(_JITTER, 0)).better(
        lambda x: x, "1.9.1 gives uninitialised memory where there is nothing to do"
    ),
    plain("image.adjust_lighting", _pixels(5, 7, 3), alpha=(0.1, -0.2, 0.3)).near(0, 0),
    plain("image.adjust_lighting", _pixels(3, 3, 3, dtype="int32"), alpha=(1.0, 2.0, 3.0)).near(0, 0),
    kinked("image.adjust_lighting", uniform(0, 255, 3, 2, 3), alpha=(0.5, 0.1, 0.2)).near(1e-6, 1e-5),
    plain("image.adjust_lighting", _pixels(3, 3, 1), alpha=(1.0, 2.0, 3.0)).better(
        lambda x: x, _UNINITIALISED
    ),
    *(
        plain("image.random_lighting", _pixels(5, 7, 3), alpha_std=0.4).seeded(seed).near(0, 0)
        for seed in range(4)
    ),
    plain("image.random_lighting", uniform(0, 255, 5, 7, 3)).seeded(0).near(1e-6, 1e-5),
    kinked("image.random_lighting", uniform(0, 255, 3, 2, 3), alpha_std=0.1).seeded(3).near(1e-6, 1e-5),
    # Under OpenCV's names. The resizing itself is sampled with image.resize.
    *(
        plain("_internal._cvimresize", _pixels(11, 13, 3), w=w, h=h, interp=interp).near(0, 0)
        for interp in range(5)
        for w, h in ((5, 6), (20, 17), (13, 11))
    ),
    plain("_internal._cvimresize", _pixels(6, 5, 1), w=4, h=3).near(0, 0),
    plain("_internal._cvimresize", uniform(0, 255, 6, 5, 3), w=4, h=7, interp=2).near(2e-5, 2e-4),
    *(
        plain("_internal._cvcopyMakeBorder", _pixels(*shape, 3), **widths, type=kind, value=17.6)
        for kind in range(5)
        for shape in ((3, 4), (1, 5), (6, 1))
        for widths in (
            {"top": 1, "bot": 2, "left": 3, "right": 4},
            {"top": 9, "bot": 7, "left": 8, "right": 10},
        )
    ),
    plain("_internal._cvcopyMakeBorder", _pixels(2, 3, 3), top=0, bot=0, left=0, right=0),
    *(
        plain("_internal._cvcopyMakeBorder", _pixels(2, 3, 3), top=1, bot=1, left=1, right=1, **colour)
        for colour in ({"values": (1.0, 2.0, 3.0)}, {"value": 300.0}, {"value": 2.5}, {"value": 3.5})
    ),
    *(
        plain("_internal._cvcopyMakeBorder", _pixels(2, 3, 1, dtype=d), top=1, bot=0, left=0, right=1, type=1)
        for d in ("float32", "float64", "int32")
    ),
    plain(
        "_internal._cvcopyMakeBorder",
        literal([[[[1]], [[2]]]], dtype="uint8"),
        top=0,
        bot=1,
        left=1,
        right=0,
        value=7,
    ).better(
        lambda x: np.array([[[[7], [1]], [[7], [2]], [[7], [7]]]], "uint8"),
        "1.9.1 frames single images only",
    ),
]

_WIDTHS = {"top": 1, "bot": 1, "left": 1, "right": 1}

ERROR_SAMPLES = [
    *(
        error("MXNetError", f"image.random_{name}", picture, min_factor=0.5, max_factor=1.5)
        for name in ("brightness", "contrast", "saturation", "hue")
        for picture in (_pixels(3, 4), _pixels(3, 4, 2), _pixels(3, 4, 4))
    ),
    error("MXNetError", "image.random_brightness", _pixels(3, 4, 3), min_factor=-0.5, max_factor=1.5),
    error("MXNetError", "image.random_brightness", _pixels(3, 4, 3), min_factor=0.5),
    error("MXNetError", "image.random_contrast", _pixels(3, 4, 3), max_factor=1.5),
    error("MXNetError", "image.random_color_jitter", _pixels(3, 4, 3), brightness=0.5),
    error("MXNetError", "image.random_color_jitter", _pixels(3, 4), **_JITTER),
    error("MXNetError", "image.adjust_lighting", _pixels(3, 4, 3)),
    error("MXNetError", "image.adjust_lighting", _pixels(3, 4, 3), alpha=(1.0, 2.0)),
    error("MXNetError", "image.adjust_lighting", _pixels(3, 4, 2), alpha=(1.0, 2.0, 3.0)),
    error("MXNetError", "image.random_lighting", _pixels(3, 4)),
    error("MXNetError", "_internal._cvimresize", _pixels(3, 4), w=2, h=2),
    error("MXNetError", "_internal._cvimresize", _pixels(3, 4, 3), w=0, h=2),
    error("MXNetError", "_internal._cvimresize", _pixels(3, 4, 3), w=2, h=-1),
    error("MXNetError", "_internal._cvimresize", _pixels(3, 4, 3), w=2.5, h=2),
    error("MXNetError", "_internal._cvimresize", _pixels(3, 4, 3), w=2),
    error("MXNetError", "_internal._cvimresize", _pixels(3, 4, 3), w=2, h=2, interp=8),
    error("MXNetError", "_internal._cvcopyMakeBorder", _pixels(3, 4), **_WIDTHS),
    error("MXNetError", "_internal._cvcopyMakeBorder", _pixels(3, 4, 3), **{**_WIDTHS, "top": -1}),
    error("MXNetError", "_internal._cvcopyMakeBorder", _pixels(3, 4, 3), **_WIDTHS, type=6),
    error("MXNetError", "_internal._cvcopyMakeBorder", _pixels(3, 4, 3), top=1, bot=1, left=1),
    error(
        "MXNetError", "_internal._cvcopyMakeBorder", _pixels(3, 4, 3), **_WIDTHS, values=(1.0, 2.0)
    ).because("1.9.1 takes what lies behind them in memory"),
]
