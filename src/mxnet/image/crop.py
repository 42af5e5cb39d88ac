"""Cutting single images, and shifting and scaling their values."""

from __future__ import annotations

import math
import random
import warnings
from collections.abc import Sequence
from typing import Any

from ..base import MXNetError, message, numeric_types
from ..ndarray import NDArray
from ..ndarray.invoke import function_of
from .io import as_image, imresize, interpolation

__all__ = [
    "center_crop",
    "color_normalize",
    "fixed_crop",
    "random_crop",
    "random_size_crop",
    "resize_short",
    "scale_down",
]

Rectangle = tuple[int, int, int, int]

_ATTEMPTS = 10


def scale_down(src_size: Sequence[int], size: Sequence[int]) -> tuple[int, int]:
    """The largest ``(width, height)`` of the proportions of ``size`` that fits into ``src_size``, at most ``size``.

    >>> mx.image.scale_down((640, 480), (720, 120))
    (640, 106)
    """
    width, height = (float(length) for length in size)
    columns, rows = src_size
    if rows < height:
        width, height = width * rows / height, float(rows)
    if columns < width:
        width, height = float(columns), height * columns / width
    return int(width), int(height)


def resize_short(src: NDArray, size: int, interp: int = 2) -> NDArray:
    """Resize an image so that its shorter edge has ``size`` pixels and its proportions stay.

    Shapes: src ``(height, width, channels)``; result ``(size, size * width // height, channels)`` or the other way
    round.

    Parameters
    ----------
    size : of the shorter edge.
    interp : how, as for `imresize`.

    >>> mx.image.resize_short(nd.zeros((40, 60, 3), dtype="uint8"), 20).shape
    (20, 30, 3)
    """
    image = as_image("resize_short", src)
    rows, columns = image.shape[:2]
    if rows > columns:
        width, height = size, size * rows // columns
    else:
        width, height = size * columns // rows, size
    return imresize(image, width, height, interpolation(interp, (rows, columns, height, width)))


def fixed_crop(
    src: NDArray, x0: int, y0: int, w: int, h: int, size: Sequence[int] | None = None, interp: int = 2
) -> NDArray:
    """Cut out the rectangle of ``w`` columns and ``h`` rows from column ``x0`` and row ``y0`` on.

    Shapes: src ``(height, width, channels)``; result ``(h, w, channels)``, or ``(size[1], size[0], channels)``. A
    rectangle that leaves the image on the right or below is cut off there.

    Parameters
    ----------
    size : ``(width, height)`` to resize it to, or None.
    interp : how, as for `imresize`.

    Raises
    ------
    MXNetError : nothing of the rectangle is in the image, or it begins before the image does.

    >>> mx.image.fixed_crop(nd.zeros((5, 6, 3)), 1, 2, 4, 3, size=(8, 6)).shape
    (6, 8, 3)
    """
    image = as_image("fixed_crop", src)
    rows, columns = image.shape[:2]
    if not (0 <= x0 < columns and 0 <= y0 < rows and w > 0 and h > 0):
        raise MXNetError(
            f"fixed_crop: the rectangle x0={x0}, y0={y0}, w={w}, h={h} is not in the image",
            received=f"an image of width {columns} and height {rows}",
            hint="mx.image.center_crop(src, size) enlarges an image that is too small",
        )
    begin, end = (int(y0), int(x0), 0), (int(y0 + h), int(x0 + w), image.shape[2])
    cut = function_of("slice")(image, begin=begin, end=end)  # a copy: what comes next may write into it
    if size is None or (w, h) == tuple(size):
        return cut
    width, height = size
    return imresize(cut, width, height, interpolation(interp, (h, w, height, width)))


def random_crop(src: NDArray, size: int | Sequence[int], interp: int = 2) -> tuple[NDArray, Rectangle]:
    """Cut a rectangle out of an image, anywhere; one that is too small is cut to the same proportions and enlarged.

    Shapes: src ``(height, width, channels)``; result ``(size[1], size[0], channels)``, and where it was:
    ``(x0, y0, width, height)``. The place is drawn from Python's ``random``.

    Parameters
    ----------
    size : ``(width, height)``, or one number for both.
    interp : how to enlarge, as for `imresize`.

    >>> cut, rectangle = mx.image.random_crop(nd.zeros((5, 6, 3)), (3, 2))
    >>> cut.shape, rectangle[2:]
    ((2, 3, 3), (3, 2))
    """
    image = as_image("random_crop", src)
    rows, columns = image.shape[:2]
    size = as_pair(size)
    width, height = scale_down((columns, rows), size)
    x0, y0 = random.randint(0, columns - width), random.randint(0, rows - height)
    return fixed_crop(image, x0, y0, width, height, size, interp), (x0, y0, width, height)


def center_crop(src: NDArray, size: int | Sequence[int], interp: int = 2) -> tuple[NDArray, Rectangle]:
    """Cut the middle out of an image; one that is too small is cut to the same proportions and enlarged.

    Shapes: src ``(height, width, channels)``; result ``(size[1], size[0], channels)``, and where it was:
    ``(x0, y0, width, height)``.

    Parameters
    ----------
    size : ``(width, height)``, or one number for both.
    interp : how to enlarge, as for `imresize`.

    >>> cut, rectangle = mx.image.center_crop(nd.zeros((5, 6, 3)), (3, 2))
    >>> cut.shape, rectangle
    ((2, 3, 3), (1, 1, 3, 2))
    """
    image = as_image("center_crop", src)
    rows, columns = image.shape[:2]
    size = as_pair(size)
    width, height = scale_down((columns, rows), size)
    x0, y0 = (columns - width) // 2, (rows - height) // 2
    return fixed_crop(image, x0, y0, width, height, size, interp), (x0, y0, width, height)


def random_size_crop(
    src: NDArray,
    size: int | Sequence[int],
    area: float | Sequence[float],
    ratio: Sequence[float],
    interp: int = 2,
    **kwargs: Any,
) -> tuple[NDArray, Rectangle]:
    """Cut a rectangle of random area and proportions out of an image and resize it.

    Shapes: src ``(height, width, channels)``; result ``(size[1], size[0], channels)``, and where it was:
    ``(x0, y0, width, height)``. Python's ``random`` draws the area, uniform, the proportions, log-uniform, and the
    place. After ten rectangles that are larger than the image it is `center_crop`.

    Parameters
    ----------
    size : ``(width, height)``, or one number for both.
    area : least and largest part of the image's area; one number is the least, and 1 the largest.
    ratio : least and largest width divided by height.
    interp : how to resize, as for `imresize`.
    min_area : the old name of ``area``.

    Source: Szegedy et al.: Going deeper with convolutions, section 6.

    >>> cut, _ = mx.image.random_size_crop(nd.zeros((50, 60, 3)), (20, 10), (0.1, 1), (0.75, 1.33))
    >>> cut.shape
    (10, 20, 3)
    """
    image = as_image("random_size_crop", src)
    if "min_area" in kwargs:
        warnings.warn(
            "`min_area` is deprecated. Please use `area` instead.", DeprecationWarning, stacklevel=2
        )
        area = kwargs.pop("min_area")
    if kwargs:
        raise AssertionError(
            message(
                "unexpected keyword arguments for `random_size_crop`.", received=", ".join(map(repr, kwargs))
            )
        )
    size = as_pair(size)
    rows, columns = image.shape[:2]
    least, largest = (area, 1.0) if isinstance(area, numeric_types) else area
    for _ in range(_ATTEMPTS):
        wanted = random.uniform(least, largest) * (rows * columns)
        proportion = math.exp(random.uniform(math.log(ratio[0]), math.log(ratio[1])))
        width, height = round(math.sqrt(wanted * proportion)), round(math.sqrt(wanted / proportion))
        if width <= columns and height <= rows:
            x0, y0 = random.randint(0, columns - width), random.randint(0, rows - height)
            return fixed_crop(image, x0, y0, width, height, size, interp), (x0, y0, width, height)
    return center_crop(image, size, interp)


def color_normalize(src: NDArray, mean: Any, std: Any = None) -> NDArray:
    """Shift and scale the values of a floating-point image, in place: ``(src - mean) / std``; returns ``src``.

    Parameters
    ----------
    mean, std : a number, or an array that is broadcast over the image, such as one number for each channel; None
        leaves that part out.

    Raises
    ------
    MXNetError : the image and an array differ in type.

    >>> image = nd.full((2, 2, 3), 5)
    >>> mx.image.color_normalize(image, nd.array([1, 2, 3]), nd.array([2, 2, 2]))[0, 0].asnumpy().tolist()
    [2.0, 1.5, 1.0]
    """
    if mean is not None:
        src -= mean
    if std is not None:
        src /= std
    return src


def as_pair(size: int | Sequence[int]) -> tuple[int, int]:
    """``(width, height)`` of a size that may be one number for both.

    Differs from 1.9.1: that takes one number in some functions only.
    """
    if isinstance(size, numeric_types):
        return int(size), int(size)
    if isinstance(size, (tuple, list)) and len(size) == 2:
        return size[0], size[1]
    raise ValueError(
        message("the size of an image is (width, height)", received=repr(size), hint="size=(224, 224)")
    )
