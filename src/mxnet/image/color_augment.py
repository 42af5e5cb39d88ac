"""Augmenters of colours.

They take images of floating-point numbers and write into them, as in 1.9.1: `CastAug` comes before them. They draw
from Python's ``random``; `LightingAug` draws from ``np.random``.
"""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np

from ..base import MXNetError
from ..ndarray import NDArray, array
from ..ndarray.invoke import function_of
from .augment import Augmenter, RandomOrderAug
from .crop import color_normalize

__all__ = [
    "BrightnessJitterAug",
    "ColorJitterAug",
    "ColorNormalizeAug",
    "ContrastJitterAug",
    "HueJitterAug",
    "LightingAug",
    "RandomGrayAug",
    "SaturationJitterAug",
]


class BrightnessJitterAug(Augmenter):
    """Multiply the image by a factor drawn evenly from ``1 - brightness`` to ``1 + brightness``."""

    def __init__(self, brightness: float) -> None:
        super().__init__(brightness=brightness)
        self.brightness = brightness

    def __call__(self, src: NDArray) -> NDArray:
        _check_floating(self, src)
        src *= 1.0 + random.uniform(-self.brightness, self.brightness)
        return src


# What red, green and blue count for in the grey of a pixel (ITU-R BT.601).
_GREY = [[[0.299, 0.587, 0.114]]]


class ContrastJitterAug(Augmenter):
    """Move the image away from its mean grey: ``a * x + (1 - a) * mean(grey(x))``, a from ``1 ± contrast``."""

    def __init__(self, contrast: float) -> None:
        super().__init__(contrast=contrast)
        self.contrast = contrast
        self.coef = array(_GREY)

    def __call__(self, src: NDArray) -> NDArray:
        _check_floating(self, src)
        factor = 1.0 + random.uniform(-self.contrast, self.contrast)
        grey = src * _like(self.coef, src)
        grey = (3.0 * (1.0 - factor) / grey.size) * grey.sum()
        src *= factor
        src += grey
        return src


class SaturationJitterAug(Augmenter):
    """Move pixels away from their grey: ``a * x + (1 - a) * grey(x)``, a drawn evenly from ``1 ± saturation``."""

    def __init__(self, saturation: float) -> None:
        super().__init__(saturation=saturation)
        self.saturation = saturation
        self.coef = array(_GREY)

    def __call__(self, src: NDArray) -> NDArray:
        _check_floating(self, src)
        factor = 1.0 + random.uniform(-self.saturation, self.saturation)
        grey = (src * _like(self.coef, src)).sum(axis=2, keepdims=True)
        grey *= 1.0 - factor
        src *= factor
        src += grey
        return src


class HueJitterAug(Augmenter):
    """Turn the colours by an angle drawn evenly up to ``180 * hue`` degrees, in the YIQ colours of NTSC television.

    Returns a new image.
    """

    def __init__(self, hue: float) -> None:
        super().__init__(hue=hue)
        self.hue = hue
        self.tyiq = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.321], [0.211, -0.523, 0.311]])
        self.ityiq = np.array([[1.0, 0.956, 0.621], [1.0, -0.272, -0.647], [1.0, -1.107, 1.705]])

    def __call__(self, src: NDArray) -> NDArray:
        _check_floating(self, src)
        angle = random.uniform(-self.hue, self.hue) * math.pi
        cos, sin = math.cos(angle), math.sin(angle)
        turn = np.array([[1.0, 0.0, 0.0], [0.0, cos, -sin], [0.0, sin, cos]])
        matrix = self.ityiq @ turn @ self.tyiq
        return function_of("dot")(src, array(matrix.T, ctx=src.context, dtype=src.dtype))


class ColorJitterAug(RandomOrderAug):
    """Change brightness, contrast and saturation in random order; amounts that are not above 0 are left out."""

    def __init__(self, brightness: float, contrast: float, saturation: float) -> None:
        kinds = (
            (BrightnessJitterAug, brightness),
            (ContrastJitterAug, contrast),
            (SaturationJitterAug, saturation),
        )
        super().__init__([kind(amount) for kind, amount in kinds if amount > 0])


class LightingAug(Augmenter):
    """Add a random colour to all pixels: ``eigvec @ (eigval * a)``, a three normal numbers drawn from ``np.random``.

    Parameters
    ----------
    alphastd : their standard deviation.
    eigval, eigvec : NumPy arrays ``(3,)`` and ``(3, 3)``: the principal components of the colours in a data set.

    Source: Krizhevsky, Sutskever, Hinton: ImageNet classification with deep convolutional neural networks,
    section 4.1.
    """

    def __init__(self, alphastd: float, eigval: Any, eigvec: Any) -> None:
        super().__init__(alphastd=alphastd, eigval=eigval, eigvec=eigvec)
        self.alphastd = alphastd
        self.eigval = eigval
        self.eigvec = eigvec

    def __call__(self, src: NDArray) -> NDArray:
        _check_floating(self, src)
        alpha = np.random.normal(0, self.alphastd, size=(3,))
        colour = np.dot(np.asarray(self.eigvec) * alpha, np.asarray(self.eigval))
        src += array(colour, ctx=src.context, dtype=src.dtype)
        return src


class ColorNormalizeAug(Augmenter):
    """`color_normalize` with arrays for each channel, or None; numbers, lists and NumPy arrays become NDArrays."""

    def __init__(self, mean: Any, std: Any) -> None:
        super().__init__(mean=mean, std=std)
        self.mean = mean if mean is None or isinstance(mean, NDArray) else array(mean)
        self.std = std if std is None or isinstance(std, NDArray) else array(std)

    def __call__(self, src: NDArray) -> NDArray:
        _check_floating(self, src)
        mean, std = (each if each is None else _like(each, src) for each in (self.mean, self.std))
        return color_normalize(src, mean, std)


class RandomGrayAug(Augmenter):
    """With probability ``p``, give each pixel's grey to all three of its channels; returns a new image then."""

    def __init__(self, p: float) -> None:
        super().__init__(p=p)
        self.p = p
        self.mat = array([[0.21, 0.21, 0.21], [0.72, 0.72, 0.72], [0.07, 0.07, 0.07]])

    def __call__(self, src: NDArray) -> NDArray:
        if random.random() < self.p:
            _check_floating(self, src)
            src = function_of("dot")(src, _like(self.mat, src))
        return src


def _check_floating(augmenter: Augmenter, src: NDArray) -> None:
    if not src._t.is_floating_point():
        raise MXNetError(
            f"{type(augmenter).__name__}: an image of {np.dtype(src.dtype)}",
            received=f"shape {src.shape}",
            because="its colours become fractions",
            hint="CastAug() before it",
        )


def _like(constant: NDArray, src: NDArray) -> NDArray:
    """The same numbers in the type and on the device of the image."""
    if constant.dtype == src.dtype and constant.context == src.context:
        return constant
    return constant.as_in_context(src.context).astype(src.dtype)
