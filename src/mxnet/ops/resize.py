"""Resizing of images, separably: along each axis an output pixel is a weighted sum of a few input pixels.

The positions and weights are OpenCV's, which the real MXNet calls: pixel centres at half integers, edges
repeated, no smoothing before shrinking (but for ``AREA``), and for ``uint8`` its fixed-point arithmetic.
Sums run over the taps in a fixed order, so one image gives the same bits alone and inside a batch.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch

__all__ = ["AREA", "CUBIC", "LANCZOS", "LINEAR", "NEAREST", "resize_images"]

NEAREST, LINEAR, CUBIC, AREA, LANCZOS = range(5)

_BITS = 11  # OpenCV's weights for uint8 are multiples of 2^-11
_CACHED = 1 << 18  # pixels worked on at a time


class _Taps(NamedTuple):
    """Which input pixels make each output pixel along one axis, and with which weights.

    A list over the taps, each ``(out,)``; ``units`` are the weights in fixed point. Down the columns the positions may
    count only those lines that are ``used``.
    """

    positions: list[torch.Tensor]
    weights: list[torch.Tensor]
    units: list[torch.Tensor]
    used: torch.Tensor | None = None

    @classmethod
    def of(cls, positions: np.ndarray, weights: np.ndarray, lines: int | None = None) -> _Taps:
        weights = weights.astype(np.float32)
        units = np.rint(weights * np.float32(1 << _BITS)).astype(np.int32)
        needed = None
        if lines is not None:
            used, places = np.unique(positions, return_inverse=True)
            if len(used) <= 0.8 * lines:
                positions, needed = places.reshape(positions.shape), torch.from_numpy(used)
        tables = [list(map(torch.from_numpy, each)) for each in (positions, weights, units)]
        return cls(tables[0], tables[1], tables[2], needed)


def resize_images(images: torch.Tensor, height: int, width: int, interp: int) -> torch.Tensor:
    """Resize ``images`` (N, H, W, C) to (N, height, width, C), keeping the dtype.

    ``interp`` is one of `NEAREST`, `LINEAR`, `CUBIC`, `AREA`, `LANCZOS`. Whole numbers are rounded and clipped
    to their range.

    >>> resize_images(torch.tensor([[[[0.0], [4.0]]]]), 1, 4, LINEAR).flatten().tolist()
    [0.0, 1.0, 3.0, 4.0]
    """
    rows, columns, channels = images.shape[1:]
    if (rows, columns) == (height, width):
        return images.clone()
    # A few images at a time: what is computed on the way to them should stay in the processor's cache.
    together = max(1, _CACHED // max(1, max(rows, height) * max(columns, width) * channels))
    if len(images) <= together:
        return _resize(images, height, width, interp)
    result = images.new_empty(len(images), height, width, channels)
    for first in range(0, len(images), together):
        part = slice(first, first + together)
        result[part] = _resize(images[part], height, width, interp)
    return result


def _resize(images: torch.Tensor, height: int, width: int, interp: int) -> torch.Tensor:
    rows, columns = images.shape[1], images.shape[2]
    if interp == NEAREST:
        images = images.index_select(1, _nearest(rows, height).to(images.device))
        return images.index_select(2, _nearest(columns, width).to(images.device))
    if interp == AREA and rows >= height and columns >= width:
        return _average(images, height, width)
    if interp == LINEAR and rows == 2 * height and columns == 2 * width:
        return _average(images, height, width)  # the same pixels; OpenCV rounds them as averages
    across, down = _taps(columns, width, interp, True), _taps(rows, height, interp, False)
    if down.used is not None:  # of lines that nothing is made of, nothing is computed
        images = images.index_select(1, down.used.to(images.device))
    if images.dtype == torch.uint8:
        return _fixed_point(images, across, down)
    kind = _working_dtype(images.dtype)
    work = _weighted(images, 2, across.positions, across.weights, kind)
    return _like(_weighted(work, 1, down.positions, down.weights, kind), images.dtype)


def _weighted(
    images: torch.Tensor,
    axis: int,
    positions: list[torch.Tensor],
    weights: list[torch.Tensor],
    kind: torch.dtype,
) -> torch.Tensor:
    """Sum the taps along ``axis``, first to last, as another type."""
    total: torch.Tensor | None = None
    for position, weight in zip(positions, weights, strict=True):
        term = images.index_select(axis, position.to(images.device))
        shape = term.shape
        # The columns with their channels as one axis: products along three numbers at a time are slow.
        term = term.flatten(2).to(kind).mul_(_along(axis, weight, images.shape[3], kind, images.device))
        total = term if total is None else total.add_(term)
    assert total is not None
    return total.reshape(shape)


def _along(
    axis: int, weight: torch.Tensor, channels: int, kind: torch.dtype, device: torch.device
) -> torch.Tensor:
    """Weights that multiply what has the columns and their channels as one axis."""
    weight = weight.to(device, kind).reshape(-1, 1)
    return weight if axis == 1 else weight.expand(-1, channels).reshape(-1)


def _fixed_point(images: torch.Tensor, across: _Taps, down: _Taps) -> torch.Tensor:
    sums = _weighted(images, 2, across.positions, across.units, torch.int32)
    if len(down.positions) == 2:  # two taps: each product is shortened before they are added
        sums.bitwise_right_shift_(4)
        total, other = (
            sums.index_select(1, position.to(sums.device))
            .mul_(unit.to(sums.device).reshape(-1, 1, 1))
            .bitwise_right_shift_(16)
            for position, unit in zip(down.positions, down.units, strict=True)
        )
        return total.add_(other).add_(2).bitwise_right_shift_(2).to(torch.uint8)
    bits, half = 2 * _BITS, 1 << (2 * _BITS - 1)
    exact = _weighted(sums, 1, down.positions, down.units, torch.int32)
    total = (exact + half) >> bits
    if len(down.positions) == 4:
        # Halves go up, but to the even number in what OpenCV computes eight values at a time: all of a line
        # but its last few.
        lines = total.flatten(2)
        vectors = lines[:, :, : lines.shape[2] // 8 * 8]
        ties = (exact.flatten(2)[:, :, : vectors.shape[2]] & (2 * half - 1)) == half
        vectors -= (ties & (vectors & 1 == 1)).to(vectors.dtype)
    return total.clamp_(0, 255).to(torch.uint8)


def _average(images: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Mean over the rectangle of input pixels that an output pixel covers, borders in proportion."""
    rows, columns = images.shape[1], images.shape[2]
    if images.dtype == torch.uint8 and rows == 2 * height and columns == 2 * width:
        work = images.to(torch.int32)
        quads = work[:, 0::2, 0::2] + work[:, 0::2, 1::2] + work[:, 1::2, 0::2] + work[:, 1::2, 1::2]
        return ((quads + 2) >> 2).to(torch.uint8)
    work = images.to(_working_dtype(images.dtype))
    down, across = rows // height, columns // width
    if rows == height * down and columns == width * across:  # whole pixels: add them all, then divide once
        total = torch.zeros(len(work), height, width, work.shape[3], dtype=work.dtype, device=work.device)
        for row in range(down):
            for column in range(across):
                total += work[:, row::down, column::across]
        return _like(total.mul_(float(np.float32(1 / (down * across)))), images.dtype)
    for axis, taps in ((2, _area_taps(columns, width)), (1, _area_taps(rows, height))):
        work = _weighted(work, axis, taps.positions, taps.weights, work.dtype)
    return _like(work, images.dtype)


def _working_dtype(dtype: torch.dtype) -> torch.dtype:
    if dtype in (torch.float32, torch.float64):
        return dtype
    return (
        torch.float32 if dtype in (torch.uint8, torch.int8, torch.float16, torch.bfloat16) else torch.float64
    )


def _like(result: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    if dtype.is_floating_point:
        return result.to(dtype)
    limits = torch.iinfo(dtype)
    return result.round_().clamp_(limits.min, limits.max).to(dtype)


@lru_cache(maxsize=64)
def _nearest(size: int, out: int) -> torch.Tensor:
    scale = 1.0 / (out / size)
    positions = np.floor(np.arange(out) * scale).astype(np.int64)
    return torch.from_numpy(np.minimum(positions, size - 1))


@lru_cache(maxsize=64)
def _taps(size: int, out: int, interp: int, across: bool) -> _Taps:
    """Positions and weights of an interpolation; 2, 4 or 8 taps an output pixel."""
    if interp == AREA:
        base, fraction = _area_enlarging(size, out)
    else:
        scale = 1.0 / (out / size)
        centre = ((np.arange(out) + 0.5) * scale - 0.5).astype(np.float32)
        base = np.floor(centre)
        fraction = centre - base
    base = base.astype(np.int64)
    if interp in (LINEAR, AREA):
        if across:  # along a line the fraction is dropped at the edges, down the columns lines are repeated
            fraction = np.where((base < 0) | (base >= size - 1), np.float32(0), fraction)
            base = base.clip(0, size - 1)
        weights = [1 - fraction, fraction]
    elif interp == CUBIC:
        weights = _cubic(fraction)
    else:
        weights = _lanczos(fraction)
    first = base - (len(weights) // 2 - 1)
    positions = np.stack([(first + tap).clip(0, size - 1) for tap in range(len(weights))])
    return _Taps.of(positions, np.stack(weights), None if across else size)


def _cubic(x: np.ndarray) -> list[np.ndarray]:
    """Keys's cubic convolution with a = -0.75."""
    a = np.float32(-0.75)
    outer = ((a * (x + 1) - 5 * a) * (x + 1) + 8 * a) * (x + 1) - 4 * a
    left = ((a + 2) * x - (a + 3)) * x * x + 1
    right = ((a + 2) * (1 - x) - (a + 3)) * (1 - x) * (1 - x) + 1
    return [outer, left, right, 1 - outer - left - right]


def _lanczos(x: np.ndarray) -> list[np.ndarray]:
    """Lanczos windowed sinc over 8 pixels, weights scaled to sum to 1."""
    distance = x.astype(np.float64)[None] + 3 - np.arange(8)[:, None]
    weights = np.sinc(distance) * np.sinc(distance / 4)
    return list(weights / weights.sum(axis=0))


def _area_enlarging(size: int, out: int) -> tuple[np.ndarray, np.ndarray]:
    """`AREA` where it enlarges: two taps, which blend only where an output pixel lies across a border."""
    ratio = out / size
    steps = np.arange(out)
    base = np.floor(steps * (1.0 / ratio))
    fraction = ((steps + 1) - (base + 1) * ratio).astype(np.float32)
    return base, np.where(fraction <= 0, np.float32(0), fraction - np.floor(fraction))


@lru_cache(maxsize=64)
def _area_taps(size: int, out: int) -> _Taps:
    scale = size / out
    start = np.arange(out) * scale
    end = np.minimum(start + scale, size)
    count = int(np.max(np.ceil(end - 1e-3) - np.floor(start + 1e-3)))
    positions = np.floor(start + 1e-3).astype(np.int64)[None] + np.arange(count)[:, None]
    covered = np.minimum(positions + 1, end) - np.maximum(positions, start)
    weights = covered.clip(0, None) / (end - start)
    return _Taps.of(positions.clip(0, size - 1), weights)
