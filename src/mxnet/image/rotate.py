"""Turning images by any angle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..base import message, numeric_types
from ..ndarray import NDArray, array
from ..ndarray.invoke import function_of

__all__ = ["imrotate", "random_rotate"]


def imrotate(src: NDArray, rotation_degrees: Any, zoom_in: bool = False, zoom_out: bool = False) -> NDArray:
    """Turn images around their centre, against the clock; bilinear interpolation, and 0 for what comes from outside.

    Shapes: src and result ``(channels, height, width)`` or ``(N, channels, height, width)``, float32.

    Parameters
    ----------
    rotation_degrees : the angle; for a batch also an array of one for each image.
    zoom_in : enlarge the result until nothing from outside is in it, but for a trace in the corners.
    zoom_out : shrink the result until all of the image is in it.

    Raises
    ------
    ValueError : both zooms at once; another number of axes; not as many angles as images.
    TypeError : an image that is not float32; several angles for one image.

    >>> x = nd.array([[[1, 2], [3, 4]]])
    >>> mx.image.imrotate(x, 90).asnumpy().round(4).tolist()
    [[[2.0, 4.0], [1.0, 3.0]]]
    """
    if zoom_in and zoom_out:
        raise ValueError(message("`zoom_in` and `zoom_out` cannot be both True", hint="one of them, or none"))
    if not isinstance(src, NDArray) or src.dtype != np.float32:
        given = np.dtype(src.dtype) if hasattr(src, "dtype") else type(src).__name__
        raise TypeError(
            message(
                "Only `float32` images are supported by this function",
                received=str(given),
                hint="transforms.ToTensor()(image), which also puts the channels first",
            )
        )
    if src.ndim not in (3, 4):
        raise ValueError(
            message(
                "Only 3D and 4D are supported by this function",
                received=f"shape {src.shape}",
                because="it takes (channels, height, width) or (N, channels, height, width)",
            )
        )
    images = src if src.ndim == 4 else src.expand_dims(axis=0)
    grid = _grid(images.shape, np.deg2rad(_angles(src, rotation_degrees)), bool(zoom_in), bool(zoom_out))
    turned = function_of("BilinearSampler")(images, array(grid, ctx=src.context))
    return turned if src.ndim == 4 else turned.reshape(src.shape)


def random_rotate(
    src: NDArray, angle_limits: Sequence[float], zoom_in: bool = False, zoom_out: bool = False
) -> NDArray:
    """`imrotate` by angles drawn evenly from ``np.random`` between two limits; one for each image of a batch.

    Shapes: src and result ``(channels, height, width)`` or ``(N, channels, height, width)``, float32.

    >>> mx.image.random_rotate(nd.ones((3, 8, 8)), (-30, 30), zoom_in=True).shape
    (3, 8, 8)
    """
    low, high = angle_limits
    if src.ndim == 3:
        return imrotate(src, np.random.uniform(low, high), zoom_in, zoom_out)
    angles = array(np.random.uniform(low, high, size=len(src)))
    return imrotate(src, angles, zoom_in, zoom_out)


def _angles(src: NDArray, degrees: Any) -> np.ndarray:
    """One angle for each image, ``(N,)``."""
    if isinstance(degrees, numeric_types):
        return np.full(len(src) if src.ndim == 4 else 1, degrees, np.float64)
    if src.ndim == 3:
        raise TypeError(
            message(
                "When a single image is passed the rotation angle is required to be a scalar.",
                received=type(degrees).__name__,
            )
        )
    given = degrees.asnumpy() if isinstance(degrees, NDArray) else np.asarray(degrees)
    if given.shape != (len(src),):
        raise ValueError(
            message(
                "The number of images must be equal to the number of rotation angles",
                received=f"{len(src)} images, angles of shape {given.shape}",
            )
        )
    return given.astype(np.float64)


def _grid(shape: tuple[int, ...], radians: np.ndarray, zoom_in: bool, zoom_out: bool) -> np.ndarray:
    """Where each pixel of the results comes from, in the coordinates of `BilinearSampler`: (N, 2, H, W)."""
    height, width = shape[2:]
    cos, sin = (f(radians).reshape(-1, 1, 1) for f in (np.cos, np.sin))
    if zoom_in or zoom_out:
        # How much larger than the image the upright rectangle around the turned image is.
        wide = (width * abs(cos) + height * abs(sin)) / width
        high = (width * abs(sin) + height * abs(cos)) / height
        scale = np.maximum(wide, high)
        scale = 1 / scale if zoom_in else scale
        cos, sin = cos * scale, sin * scale
    y, x = np.mgrid[:height, :width] - np.array([height - 1, width - 1]).reshape(2, 1, 1) / 2
    from_x, from_y = cos * x - sin * y, sin * x + cos * y
    places = np.stack([2 * from_x / max(width - 1, 1), 2 * from_y / max(height - 1, 1)], axis=1)
    return places.astype(np.float32)
