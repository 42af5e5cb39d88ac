"""Reading, decoding and resizing single images, and borders around them."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..base import ArgumentError, MXNetError, message
from ..ndarray import NDArray, array
from ..ndarray.image_files import cvimdecode, cvimread
from ..ndarray.invoke import invoke
from ..ops import OPERATORS

__all__ = ["copyMakeBorder", "imdecode", "imread", "imresize"]


def imread(
    filename: str | os.PathLike[str], flag: int = 1, to_rgb: bool = True, out: NDArray | None = None
) -> NDArray:
    """Read an image file: ``(height, width, 3)`` uint8, or ``(height, width, 1)`` for grey.

    Parameters
    ----------
    filename : a JPEG, PNG or other file that OpenCV (or, where that is not installed, Pillow) reads.
    flag : 1 for colour, 0 for grey.
    to_rgb : whether the channels are red, green, blue; OpenCV's own order is blue, green, red.
    out : an array to put the pixels into.

    Raises
    ------
    MXNetError : the file cannot be read, or is no image.
    ModuleNotFoundError : neither OpenCV nor Pillow is installed.

    >>> mx.image.imread("nothing.jpg")
    Traceback (most recent call last):
    mxnet.base.MXNetError: cannot open 'nothing.jpg'...
    """
    return cvimread(filename, flag, to_rgb, out)


def imdecode(
    buf: bytes | bytearray | np.ndarray | NDArray,
    flag: int = 1,
    to_rgb: bool = True,
    out: NDArray | None = None,
) -> NDArray:
    """Make an image of the bytes of its file: ``(height, width, 3)`` uint8, or ``(height, width, 1)`` for grey.

    Parameters
    ----------
    buf : the content of the file, as bytes or as an array of them.
    flag, to_rgb, out : as for `imread`.

    Raises
    ------
    ValueError : ``buf`` is neither bytes nor an array.
    MXNetError : the content is no image, or is damaged.
    ModuleNotFoundError : neither OpenCV nor Pillow is installed.

    >>> from mxnet._codec import encode
    >>> content = encode(np.full((2, 3, 3), [200, 100, 0], np.uint8), ".png")
    >>> mx.image.imdecode(content)[0, 0].asnumpy().tolist()
    [200, 100, 0]
    >>> mx.image.imdecode(content, to_rgb=False)[0, 0].asnumpy().tolist()
    [0, 100, 200]
    """
    if not isinstance(buf, (bytes, bytearray, memoryview, np.ndarray, NDArray)):
        raise ValueError(
            message(
                "imdecode: buf must be of type bytes, bytearray or numpy.ndarray",
                received=type(buf).__name__,
                hint="mx.image.imread(path) for a file" if isinstance(buf, str) else None,
            )
        )
    return cvimdecode(buf, flag, to_rgb, out)


def imresize(src: NDArray, w: int, h: int, interp: int = 1, out: NDArray | None = None) -> NDArray:
    """Resize an image to ``w`` columns and ``h`` rows, with the pixels that OpenCV gives.

    Shapes: src ``(height, width, channels)``; result ``(h, w, channels)``, same type.

    Parameters
    ----------
    interp : 0 nearest, 1 bilinear, 2 bicubic, 3 area average, 4 Lanczos over 8 pixels; 9 chooses among them: area to
        shrink, bicubic to enlarge, else bilinear; 10 draws one of 0 to 4.
    out : an array to write into.

    Raises
    ------
    MXNetError : a size below 1; an image that is not ``(height, width, channels)``.

    Differs from 1.9.1: that knows 9 and 10 in the functions that call this one, not here.

    >>> mx.image.imresize(nd.zeros((4, 6, 3), dtype="uint8"), w=3, h=2).shape
    (2, 3, 3)
    """
    image = as_image("imresize", src)
    if interp in (_BY_SIZE, _AT_RANDOM) and _is_size(w) and _is_size(h):
        interp = interpolation(interp, (*image.shape[:2], h, w))
    attributes = {"w": w, "h": h, "interp": interp}
    return invoke(OPERATORS["_cvimresize"], "imresize", (image,), attributes, out)


def copyMakeBorder(
    src: NDArray,
    top: int,
    bot: int,
    left: int,
    right: int,
    type: int = 0,
    value: float = 0.0,
    values: Sequence[float] = (),
    out: NDArray | None = None,
) -> NDArray:
    """Put a border around an image.

    Shapes: src ``(height, width, channels)``; result ``(top + height + bot, left + width + right, channels)``.

    Parameters
    ----------
    top, bot, left, right : how wide it is on each side.
    type : what it shows: 0 one colour, 1 the pixel at the edge (``aaa|abcd``), 2 the image mirrored at its edge
        (``cba|abcd``), 3 the image again (``bcd|abcd``), 4 mirrored at the pixel of the edge (``dcb|abcd``).
    value, values : the colour: one number for all channels, or one for each.
    out : an array to write into.

    >>> framed = mx.image.copyMakeBorder(nd.zeros((2, 2, 1)), 1, 1, 1, 1, value=9)
    >>> framed[:, :, 0].asnumpy().tolist()
    [[9.0, 9.0, 9.0, 9.0], [9.0, 0.0, 0.0, 9.0], [9.0, 0.0, 0.0, 9.0], [9.0, 9.0, 9.0, 9.0]]
    """
    image = as_image("copyMakeBorder", src)
    border = {"top": top, "bot": bot, "left": left, "right": right}
    attributes = {**border, "type": type, "value": value, "values": tuple(values)}
    return invoke(OPERATORS["_cvcopyMakeBorder"], "copyMakeBorder", (image,), attributes, out)


# ---------------------------------------------------------------------- for the other files of this package

_BY_SIZE, _AT_RANDOM = 9, 10
_BILINEAR, _BICUBIC, _AREA = 1, 2, 3


def interpolation(interp: int, sizes: Sequence[int] = ()) -> int:
    """The number of an interpolation from 0 to 4; 9 and 10 choose one.

    Parameters
    ----------
    sizes : old height and width, new height and width.

    Raises
    ------
    ValueError : there is no such interpolation.

    >>> interpolation(9, (100, 100, 50, 50)), interpolation(9, (100, 100, 200, 200))
    (3, 2)
    """
    if interp == _BY_SIZE:
        if not sizes:
            return _BICUBIC
        old_height, old_width, height, width = sizes
        if height > old_height and width > old_width:
            return _BICUBIC
        return _AREA if height < old_height and width < old_width else _BILINEAR
    if interp == _AT_RANDOM:
        return random.randint(0, 4)
    if interp not in range(5):
        raise ValueError(
            message(
                f"Unknown interp method {interp}",
                because="0 is nearest, 1 bilinear, 2 bicubic, 3 area, 4 Lanczos, 9 chooses by size, 10 at random",
            )
        )
    return interp


def as_image(caller: str, src: Any) -> NDArray:
    """An image as an `NDArray` of three axes; NumPy arrays are welcome."""
    if isinstance(src, np.ndarray):
        src = array(src, dtype=src.dtype)
    if not isinstance(src, NDArray):
        raise ArgumentError(
            message(
                f"{caller}: an image must be an NDArray",
                received=type(src).__name__,
                hint="mx.image.imread(path) reads one from a file",
            )
        )
    if src.ndim != 3:
        raise MXNetError(
            f"{caller}: an image of {src.ndim} axes",
            received=f"{np.dtype(src.dtype)} {src.shape}",
            because="it takes (height, width, channels)",
            hint="src.expand_dims(axis=2) for a grey image (height, width)" if src.ndim == 2 else None,
        )
    return src


def _is_size(length: Any) -> bool:
    return isinstance(length, (int, np.integer)) and bool(length > 0)
