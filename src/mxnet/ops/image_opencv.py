"""Operators under OpenCV's names, which `mx.image` calls: resizing, and borders around images."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from .image import check_image
from .registry import OperatorError, operator
from .resize import resize_images

__all__ = ["copy_make_border", "imresize"]


@operator("_cvimresize")
def imresize(src: torch.Tensor, *, w: int, h: int, interp: int = 1) -> torch.Tensor:
    """Resize images to ``w`` columns and ``h`` rows.

    Shapes: x ``(H, W, C)`` or ``(N, H, W, C)``; y the same with the new height and width, same dtype.

    Parameters
    ----------
    interp : 0 nearest, 1 bilinear, 2 bicubic, 3 area average, 4 Lanczos over 8 pixels; OpenCV's conventions.
    """
    check_image(src)
    for name, length in (("w", w), ("h", h)):
        if not isinstance(length, (int, np.integer)) or length < 1:
            raise OperatorError(f"{name}={length!r}", because="it is a whole number of pixels, 1 or more")
    if interp not in range(5):
        raise OperatorError(
            f"interp={interp!r}", because="it is one of 0, 1, 2, 3, 4", hint="interp=1, bilinear"
        )
    result = resize_images(src if src.ndim == 4 else src.unsqueeze(0), int(h), int(w), int(interp))
    return result if src.ndim == 4 else result.squeeze(0)


@operator("_cvcopyMakeBorder")
def copy_make_border(
    src: torch.Tensor,
    *,
    top: int,
    bot: int,
    left: int,
    right: int,
    type: int = 0,
    value: float = 0.0,
    values: tuple[float, ...] = (),
) -> torch.Tensor:
    """Put a border around images.

    Shapes: x ``(H, W, C)`` or ``(N, H, W, C)``; y ``(top + H + bot, left + W + right, C)`` likewise, same dtype.

    Parameters
    ----------
    top, bot, left, right : how wide it is on each side.
    type : what it shows, in OpenCV's numbers: 0 one colour, 1 the pixel at the edge (``aaa|abcd``), 2 the image
        mirrored at its edge (``cba|abcd``), 3 the image again (``bcd|abcd``), 4 mirrored at the pixel of the edge
        (``dcb|abcd``).
    value : of every channel of that colour.
    values : one for each channel instead.
    """
    check_image(src)
    if min(top, bot, left, right) < 0:
        raise OperatorError("a border has no negative width", hint="image.fixed_crop to cut something off")
    rows, columns, channels = src.shape[-3:]
    if type == 0:
        colour = src.new_tensor(_colour(value, values, channels, src.dtype))
        result = colour.expand(*src.shape[:-3], top + rows + bot, left + columns + right, channels).clone()
        result[..., top : top + rows, left : left + columns, :] = src
        return result
    if type not in _SOURCES:
        raise OperatorError(
            f"type={type!r}",
            because="it is 0 (a colour), 1 (the edge again), 2 or 4 (mirrored) or 3 (the image again)",
        )
    down = torch.from_numpy(_SOURCES[type](np.arange(-top, rows + bot), rows)).to(src.device)
    across = torch.from_numpy(_SOURCES[type](np.arange(-left, columns + right), columns)).to(src.device)
    return src.index_select(-3, down).index_select(-2, across)


def _colour(value: float, values: tuple[float, ...], channels: int, dtype: torch.dtype) -> list[float]:
    chosen = [float(v) for v in values] if values else [float(value)] * channels
    if len(chosen) < channels:
        raise OperatorError(
            f"{len(chosen)} values for {channels} channels",
            because="values has one for each channel, value is one for all of them",
        )
    if not dtype.is_floating_point:
        limits = torch.iinfo(dtype)
        chosen = [min(max(round(v), limits.min), limits.max) for v in chosen]
    return chosen[:channels]


# Where along an axis of so many pixels the border takes each of its pixels from: place, length -> place inside.
_SOURCES: dict[int, Callable[[np.ndarray, int], np.ndarray]] = {
    1: lambda place, length: place.clip(0, length - 1),
    2: lambda place, length: np.minimum(place % (2 * length), -(place + 1) % (2 * length)),
    3: lambda place, length: place % length,
    4: lambda place, length: np.minimum(place % max(1, 2 * length - 2), -place % max(1, 2 * length - 2)),
}
