"""Transforms that cut and resize images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .....base import message
from .....image import copyMakeBorder, random_crop, random_size_crop, scale_down
from .....image.crop import as_pair
from .....image.io import interpolation as _chosen
from .....ndarray import NDArray
from .....ndarray import image as _image
from .....ndarray.invoke import function_of
from ....block import Block
from ....hybrid_block import HybridBlock

__all__ = ["CenterCrop", "CropResize", "RandomCrop", "RandomResizedCrop", "Resize"]

_AT_RANDOM = 10


class Resize(HybridBlock):
    """Resize an image, with the pixels that OpenCV gives.

    Shapes: x ``(H, W, C)`` or ``(N, H, W, C)``, uint8 or floating point; y the same with another H and W.

    Parameters
    ----------
    size : ``(width, height)``, or one number for both.
    keep_ratio : with one number: it becomes the shorter edge and the other follows.
    interpolation : 0 nearest, 1 bilinear, 2 bicubic, 3 area average, 4 Lanczos over 8 pixels.

    >>> from mxnet import nd
    >>> Resize((10, 6))(nd.zeros((28, 28, 1), dtype="uint8")).shape
    (6, 10, 1)
    """

    works_on_batch = True
    batch_ndim = 4

    def __init__(self, size: int | Sequence[int], keep_ratio: bool = False, interpolation: int = 1) -> None:
        super().__init__()
        self._size = size
        self._keep = keep_ratio
        self._interpolation = interpolation

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        return F.image.resize(x, size=self._size, keep_ratio=self._keep, interp=self._interpolation)


class CenterCrop(Block):
    """Cut the middle out of an image; one that is too small is cut to the same proportions and enlarged.

    Shapes: x ``(H, W, C)`` or ``(N, H, W, C)``; y ``(height, width, C)`` or ``(N, height, width, C)``.

    Parameters
    ----------
    size : ``(width, height)``, or one number for both.
    interpolation : how to enlarge, as for `Resize`; 9 chooses by the sizes, 10 at random.

    >>> from mxnet import nd
    >>> CenterCrop((4, 2))(nd.zeros((28, 28, 1))).shape
    (2, 4, 1)
    """

    works_on_batch = True
    batch_ndim = 4

    def __init__(self, size: int | Sequence[int], interpolation: int = 1) -> None:
        super().__init__()
        self._size = as_pair(size)
        self._interpolation = interpolation
        self.works_on_batch = interpolation != _AT_RANDOM  # else each image has its own

    def forward(self, x: NDArray) -> NDArray:
        if x.ndim not in (3, 4):
            raise ValueError(
                message(
                    f"CenterCrop: an image of {x.ndim} axes",
                    received=f"shape {x.shape}",
                    because="it takes (height, width, channels) or (N, height, width, channels)",
                )
            )
        rows, columns = x.shape[-3:-1]
        width, height = scale_down((columns, rows), self._size)
        left, top = (columns - width) // 2, (rows - height) // 2
        cut = _image.crop(x, x=left, y=top, width=width, height=height)
        if (width, height) == tuple(self._size):
            return cut
        way = _chosen(self._interpolation, (height, width, self._size[1], self._size[0]))
        return _image.resize(cut, size=self._size, interp=way)


class CropResize(HybridBlock):
    """Cut a given rectangle out of an image, and perhaps resize it.

    Shapes: x ``(H, W, C)`` or ``(N, H, W, C)``; y ``(height, width, C)``, or of the size asked for, likewise.

    Parameters
    ----------
    x, y : column and row of its upper left corner.
    width, height : of the rectangle.
    size : ``(width, height)`` to resize it to, or one number for both; None leaves it.
    interpolation : how to resize, as for `Resize`; bilinear for None.

    Raises
    ------
    MXNetError : the rectangle leaves the image.

    Differs from 1.9.1: that needs ``interpolation`` wherever there is a ``size``.

    >>> CropResize(x=1, y=2, width=5, height=6, size=(8, 9))(nd.zeros((12, 14, 3), dtype="uint8")).shape
    (9, 8, 3)
    """

    works_on_batch = True
    batch_ndim = 4

    def __init__(
        self,
        x: int,
        y: int,
        width: int,
        height: int,
        size: int | Sequence[int] | None = None,
        interpolation: int | None = None,
    ) -> None:
        super().__init__()
        self._rectangle = {"x": x, "y": y, "width": width, "height": height}
        self._size = size
        self._interpolation = 1 if interpolation is None else interpolation

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        cut = F.image.crop(x, **self._rectangle)
        if not self._size:
            return cut
        return F.image.resize(cut, size=self._size, keep_ratio=False, interp=self._interpolation)


class RandomResizedCrop(Block):
    """Cut a random part of random proportions out of an image and resize it; each image of a batch on its own.

    Shapes: x ``(H, W, C)`` or ``(N, H, W, C)``; y ``(height, width, C)`` or ``(N, height, width, C)``. Python's
    ``random`` draws area, proportions (log-uniform) and place.

    Parameters
    ----------
    size : ``(width, height)`` of the result, or one number for both.
    scale : least and largest part of the image's area; one number is the least, and 1 the largest.
    ratio : least and largest width divided by height.
    interpolation : how to resize: 0 nearest, 1 bilinear, 2 bicubic, 3 area average, 4 Lanczos; 9 chooses by the
        sizes, 10 at random.

    Source: Szegedy et al.: Going deeper with convolutions, section 6.

    >>> RandomResizedCrop(224)(nd.zeros((300, 400, 3), dtype="uint8")).shape
    (224, 224, 3)
    """

    works_on_batch = True
    batch_ndim = 4
    draws_random_numbers = ("random",)

    def __init__(
        self,
        size: int | Sequence[int],
        scale: float | Sequence[float] = (0.08, 1.0),
        ratio: Sequence[float] = (3.0 / 4.0, 4.0 / 3.0),
        interpolation: int = 1,
    ) -> None:
        super().__init__()
        self._args = (as_pair(size), scale, ratio, interpolation)

    def forward(self, x: NDArray) -> NDArray:
        return _each(lambda image: random_size_crop(image, *self._args)[0], x)


class RandomCrop(Block):
    """Cut a rectangle out of an image, anywhere; one that is too small is cut to the same proportions and enlarged.

    Shapes: x ``(H, W, C)`` or ``(N, H, W, C)``; y ``(height, width, C)`` or ``(N, height, width, C)``. Python's
    ``random`` draws the place.

    Parameters
    ----------
    size : ``(width, height)``, or one number for both.
    pad : put a border around the image first: so many pixels on each side, or ``((top, bottom), (left, right))``.
    pad_value : of the border.
    interpolation : how to enlarge, as for `RandomResizedCrop`.

    Differs from 1.9.1: only MXNet 2 has it.

    >>> RandomCrop(32, pad=4)(nd.zeros((32, 32, 3), dtype="uint8")).shape
    (32, 32, 3)
    """

    works_on_batch = True
    batch_ndim = 4
    draws_random_numbers = ("random",)

    def __init__(
        self,
        size: int | Sequence[int],
        pad: int | Sequence[Sequence[int]] | None = None,
        pad_value: float = 0,
        interpolation: int = 1,
    ) -> None:
        super().__init__()
        self._size = as_pair(size)
        self._pad = ((pad, pad), (pad, pad)) if isinstance(pad, int) else pad
        self._pad_value = pad_value
        self._interpolation = interpolation

    def forward(self, x: NDArray) -> NDArray:
        return _each(self._cut, x)

    def _cut(self, image: NDArray) -> NDArray:
        if self._pad is not None:
            (top, bottom), (left, right) = self._pad[0], self._pad[1]
            image = copyMakeBorder(image, top, bottom, left, right, value=self._pad_value)
        return random_crop(image, self._size, self._interpolation)[0]


def _each(change: Any, x: NDArray) -> NDArray:
    """``change`` of an image, or of each image of a batch, in order."""
    return function_of("stack")(*map(change, x)) if x.ndim == 4 else change(x)
