"""Encoded images as arrays: what `mx.image` reads files with, and the old ``nd.imdecode``."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import torch

from .. import _codec
from ..base import ArgumentError, MXNetError, message
from ..context import current_context
from ..files.errors import cannot_open
from .ndarray import NDArray

__all__ = ["cvimdecode", "cvimread", "imdecode"]


def cvimdecode(
    buf: Any, flag: int = 1, to_rgb: bool = True, out: NDArray | None = None, name: str | None = None
) -> NDArray:
    """The pixels of an encoded image: ``(height, width, 3)`` uint8, or ``(height, width, 1)``.

    Parameters
    ----------
    buf : an NDArray with the bytes of a JPEG, PNG or other image file, uint8; or those bytes.
    flag : 1 for colour, 0 for grey.
    to_rgb : whether the channels are red, green, blue, or blue, green, red.
    out : the array to put the pixels into; one of another shape or type takes those of the image.

    Raises
    ------
    MXNetError : the content is no image, or is damaged.
    """
    if isinstance(buf, NDArray):
        if buf.dtype != np.uint8:
            raise MXNetError(
                "imdecode: Input needs to be uint8 buffer",
                received=f"{np.dtype(buf.dtype)} {buf.shape}",
                hint="nd.array(np.frombuffer(content, 'uint8'), dtype='uint8')",
            )
        buf = np.ascontiguousarray(buf.asnumpy())
    if not isinstance(flag, (int, np.integer)) or flag < 0:
        raise MXNetError(f"imdecode: flag={flag!r}", because="it is 1 (colour) or 0 (grey)")
    if not len(buf):
        raise MXNetError(
            "imdecode: Input cannot be an empty buffer", hint="look whether the file has a size of 0"
        )
    pixels = _codec.decode(buf, int(flag), to_rgb=bool(to_rgb))
    if pixels.dtype != np.uint8:
        raise MXNetError(f"imdecode: flag={flag} gives {pixels.dtype}", hint="flag=1 or flag=0")
    return _deliver(torch.from_numpy(pixels), out)


def cvimread(
    filename: str | os.PathLike[str],
    flag: int = 1,
    to_rgb: bool = True,
    out: NDArray | None = None,
    name: str | None = None,
) -> NDArray:
    """`cvimdecode` of a file's content.

    Raises
    ------
    MXNetError : the file cannot be read, or is no image.
    """
    try:
        with open(filename, "rb") as file:
            content = file.read()
    except OSError as error:
        raise cannot_open(filename, error) from error
    try:
        return cvimdecode(content, flag, to_rgb, out)
    except MXNetError as error:
        error.what = f"imread({os.fspath(filename)!r}): {error.what}"
        raise


def imdecode(
    str_img: bytes,
    clip_rect: tuple[int, int, int, int] = (0, 0, 0, 0),
    out: NDArray | None = None,
    index: int = 0,
    channels: int = 3,
    mean: NDArray | None = None,
) -> NDArray:
    """An encoded image with channels first: ``(channels, height, width)`` float32, red, green, blue.

    The old form of `mx.image.imdecode`.

    Parameters
    ----------
    str_img : the bytes of an image file.
    clip_rect : ``(x0, y0, x1, y1)``, the part to cut out; all of it unless x1 is above x0 and y1 above y0.
    out : an array to write into, of this shape or ``(n, channels, height, width)``.
    index : which of the n.
    channels : 3 for colour, 1 for grey.
    mean : an NDArray to subtract.

    Differs from 1.9.1: there it is broken and raises whatever it is given.

    Raises
    ------
    MXNetError : the content is no image; ``clip_rect`` leaves it; ``out`` or ``mean`` have another shape.
    """
    image = cvimdecode(str_img, flag=0 if channels == 1 else 1)._plain()
    left, upper, right, lower = (int(edge) for edge in clip_rect)
    if right > left and lower > upper:
        if left < 0 or upper < 0 or right > image.shape[1] or lower > image.shape[0]:
            raise MXNetError(
                f"imdecode: clip_rect={tuple(clip_rect)} leaves the image",
                because=f"the image has width {image.shape[1]} and height {image.shape[0]}",
            )
        image = image[upper:lower, left:right]
    result = NDArray._wrap(image.permute(2, 0, 1).to(torch.float32).contiguous(), current_context())
    if mean is not None:
        result = result - mean
    if out is None:
        return result
    if out.ndim == 4:
        out[index] = result
    else:
        out[:] = result
    return out


def _deliver(pixels: torch.Tensor, out: NDArray | None) -> NDArray:
    if out is None:
        context = current_context()
        return NDArray._wrap(pixels.to(context.torch_device), context)
    if not isinstance(out, NDArray):
        raise ArgumentError(message("imdecode: out= takes an NDArray", received=type(out).__name__))
    made = NDArray._wrap(pixels.to(out._t.device), out._ctx)
    if out.shape == made.shape and out.dtype == made.dtype:
        out[:] = made
    else:
        out._t = made._t
    return out
