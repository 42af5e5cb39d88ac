"""What iterators do to images, as plain functions of pixels ``(height, width, channels)``, uint8."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from ..base import MXNetError
from ..ops.resize import resize_images

__all__ = [
    "between",
    "color_jitter",
    "cut",
    "enlarged",
    "framed",
    "lighting",
    "resized",
    "shifted_colors",
    "with_shorter_edge",
]

Pixels = np.ndarray[Any, Any]

_LINEAR, _CUBIC, _AREA, _LANCZOS = 1, 2, 3, 4
_BY_SIZE, _AT_RANDOM = 9, 10
_GREY = np.array([0.299, 0.587, 0.114], np.float32)
"""What red, green and blue add to the brightness."""
_EIGENVALUES = np.array([55.46, 4.794, 1.148])
_EIGENVECTORS = np.array([[-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203]])
"""Of the colours of ImageNet: Krizhevsky, Sutskever, Hinton (2012)."""


def resized(image: Pixels, height: int, width: int, method: int, rng: Any = None) -> Pixels:
    """Resize an image with an interpolation of MXNet's: 0 to 4, 9 by size, 10 at random.

    >>> resized(np.zeros((4, 6, 3), np.uint8), 2, 3, 1).shape
    (2, 3, 3)
    """
    rows, columns = image.shape[:2]
    if (rows, columns) == (height, width):
        return image
    if method == _BY_SIZE:
        enlarges, shrinks = height > rows and width > columns, height < rows and width < columns
        method = _CUBIC if enlarges else _AREA if shrinks else _LINEAR
    elif method == _AT_RANDOM:
        method = int(rng.integers(5))
    cv2 = _opencv()
    if cv2 is None or method in (_CUBIC, _LANCZOS):  # which OpenCV has rounded in other ways over the years
        return resize_images(torch.from_numpy(np.ascontiguousarray(image))[None], height, width, method)[
            0
        ].numpy()
    return cv2.resize(image, (width, height), interpolation=method).reshape(height, width, -1)


def cut(image: Pixels, top: int, left: int, height: int, width: int) -> Pixels:
    """A rectangle of an image, in its memory."""
    return image[top : top + height, left : left + width]


def framed(image: Pixels, top: int, left: int, height: int, width: int, value: int) -> Pixels:
    """An image of that size in one colour, with ``image`` in it."""
    frame = np.full((height, width, image.shape[2]), np.clip(value, 0, 255), np.uint8)
    frame[top : top + image.shape[0], left : left + image.shape[1]] = image
    return frame


def between(rng: Any, low: float, high: float) -> float:
    """A number from ``low`` to ``high``; without a draw where there is only one."""
    return low if low == high else float(rng.uniform(low, high))


def color_jitter(image: Pixels, brightness: float, contrast: float, saturation: float, rng: Any) -> Pixels:
    """Change brightness, contrast and saturation, in random order, each by a factor ``1 + U(-b, b)``."""
    names = [name for name, most in enumerate((brightness, contrast, saturation)) if most]
    if not names or image.shape[2] != 3:
        return image
    pixels = image.astype(np.float32)
    for name in rng.permutation(names):
        factor = np.float32(1 + between(rng, -1, 1) * (brightness, contrast, saturation)[name])
        if name:
            grey = pixels @ _GREY
            pixels = pixels * factor + (1 - factor) * (grey[..., np.newaxis] if name == 2 else grey.mean())
        else:
            pixels = pixels * factor
        pixels = pixels.clip(0, 255)
    return np.rint(pixels).astype(np.uint8)


def lighting(image: Pixels, strength: float, rng: Any) -> Pixels:
    """Shift the colours along the principal components of ImageNet's: ``x + V (a * l)``, ``a ~ N(0, strength)``."""
    if not strength or image.shape[2] != 3:
        return image
    shift = _EIGENVECTORS @ (rng.normal(0, strength, 3) * _EIGENVALUES)
    return np.rint((image + shift).clip(0, 255)).astype(np.uint8)


def shifted_colors(image: Pixels, hue: int, lightness: int, saturation: int) -> Pixels:
    """Shift hue (180 is a full turn), lightness and saturation (255 is all of it) by whole numbers.

    Raises
    ------
    MXNetError : OpenCV is not installed.
    """
    if image.shape[2] != 3 or not (hue or lightness or saturation):
        return image
    cv2 = _opencv()
    if cv2 is None:
        raise MXNetError(
            "shifts of hue, lightness and saturation need OpenCV",
            hint='pip install "glueball[image]", or brightness, contrast and saturation instead',
        )
    pixels = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2HLS).astype(np.int16)
    pixels += np.array([hue, lightness, saturation], np.int16)
    pixels[..., 0] %= 180
    return cv2.cvtColor(pixels.clip(0, 255).astype(np.uint8), cv2.COLOR_HLS2RGB)


def with_shorter_edge(image: Pixels, length: int, method: int, rng: Any = None) -> Pixels:
    """An image in its proportions with the shorter edge that long.

    >>> with_shorter_edge(np.zeros((10, 12, 3), np.uint8), 6, 1).shape
    (6, 7, 3)
    """
    rows, columns = image.shape[:2]
    method = _in_proportion(method, length > min(rows, columns))
    if rows > columns:
        return resized(image, max(1, length * rows // columns), length, method, rng)
    return resized(image, length, max(1, length * columns // rows), method, rng)


def enlarged(image: Pixels, height: int, width: int, method: int, rng: Any = None) -> Pixels:
    """An image that is at least so high and wide, in its proportions: first as high, then as wide.

    >>> enlarged(np.zeros((10, 12, 3), np.uint8), 12, 16, 1).shape
    (13, 16, 3)
    """
    method = _in_proportion(method, True)
    rows, columns = image.shape[:2]
    if rows < height:
        image = resized(image, height, columns * height // rows, method, rng)
    rows, columns = image.shape[:2]
    if columns < width:
        image = resized(image, rows * width // columns, width, method, rng)
    return image


def _in_proportion(method: int, enlarges: bool) -> int:
    """Both edges grow or shrink, even if one of them is rounded to the length that it has."""
    return method if method != _BY_SIZE else _CUBIC if enlarges else _AREA


def _opencv() -> Any:
    try:
        import cv2
    except ModuleNotFoundError:
        return None
    return cv2
