"""Numbers between the elements of images: linear interpolation in both directions at given places."""

from __future__ import annotations

import torch

__all__ = ["bilinear"]

Tensor = torch.Tensor


def bilinear(images: Tensor, y: Tensor, x: Tensor) -> Tensor:
    """``images`` looked at in rows ``y`` and columns ``x``, which count elements; outside of them lie zeros.

    Shapes: images ``(n, channels, height, width)``, places ``(n, places)``, the result ``(n, channels, places)``.
    Images and places have gradients, of any order. At an element's own place the slope is that behind it.
    """
    n, channels, height, width = images.shape
    flat = images.reshape(n, channels, height * width)
    top, left = y.detach().floor(), x.detach().floor()
    down, right = y - top, x - left
    result = None
    for dy, weight_y in ((0, 1 - down), (1, down)):
        for dx, weight_x in ((0, 1 - right), (1, right)):
            row, column = top + dy, left + dx
            inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
            place = torch.where(inside, row * width + column, 0).to(torch.int64)
            found = flat.gather(2, place.unsqueeze(1).expand(-1, channels, -1))
            part = found * torch.where(inside, weight_y * weight_x, 0).unsqueeze(1)
            result = part if result is None else result + part
    assert result is not None
    return result
