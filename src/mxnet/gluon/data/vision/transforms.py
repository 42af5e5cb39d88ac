"""Transforms of images, each for one image (H, W, C) and for a batch of them (N, H, W, C).

All of them are blocks, so they nest in `Compose` and in ``nn.Sequential``, and all but the random ones give for a
batch exactly what they give for its images one by one, which lets `DataLoader` fetch whole batches. The random
ones decide for each image of a batch on its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...._surface import module_getattr as _module_getattr
from ....base import message, numeric_types
from ....ndarray import NDArray
from ....ndarray import image as _image
from ...block import Block
from ...hybrid_block import HybridBlock
from ...nn import HybridSequential, Sequential

__all__ = [
    "Cast",
    "CenterCrop",
    "Compose",
    "Normalize",
    "RandomFlipLeftRight",
    "RandomFlipTopBottom",
    "Resize",
    "ToTensor",
]

__getattr__ = _module_getattr(__name__)


class Compose(Sequential):
    """Apply transforms one after the other.

    Neighbours that are ``HybridBlock`` become one hybridized ``HybridSequential``; plain functions are welcome.

    >>> from mxnet import nd
    >>> transform = Compose([Resize(4), ToTensor(), Normalize(0.5, 0.5)])
    >>> transform(nd.zeros((8, 8, 3), dtype="uint8")).shape
    (3, 4, 4)
    """

    def __init__(self, transforms: Sequence[Any]) -> None:
        super().__init__()
        neighbours: list[HybridBlock] = []
        for transform in (*transforms, None):
            if isinstance(transform, HybridBlock):
                neighbours.append(transform)
                continue
            if len(neighbours) > 1:
                chain = HybridSequential()
                chain.add(*neighbours)
                chain.hybridize()
                self.add(chain)
            else:
                self.add(*neighbours)
            neighbours = []
            if transform is not None:
                self.add(transform if isinstance(transform, Block) else PlainFunction(transform))


class PlainFunction(Block):
    """A function, or anything else that can be called, in its place among the blocks of `Compose`."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *args: Any) -> Any:
        return self.function(*args)

    def __repr__(self) -> str:
        return repr(self.function)


class Cast(HybridBlock):
    """Change the type of the elements.

    >>> from mxnet import nd
    >>> Cast("float16")(nd.zeros((2, 2, 1), dtype="uint8")).dtype.__name__
    'float16'
    """

    works_on_batch = True

    def __init__(self, dtype: Any = "float32") -> None:
        super().__init__()
        self._dtype = dtype

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        return F.cast(x, self._dtype)


class ToTensor(HybridBlock):
    """Make a float32 tensor of an image, channels first, from 0 to 1: ``y[c, h, w] = x[h, w, c] / 255``.

    Shapes: x ``(H, W, C)`` or ``(N, H, W, C)``, usually uint8; y ``(C, H, W)`` or ``(N, C, H, W)``.

    >>> from mxnet import nd
    >>> y = ToTensor()(nd.full((28, 28, 1), 255, dtype="uint8"))
    >>> y.shape, float(y.max())
    ((1, 28, 28), 1.0)
    """

    works_on_batch = True
    batch_ndim = 4

    def __init__(self) -> None:
        super().__init__()

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        return F.image.to_tensor(x)


class Normalize(HybridBlock):
    """Shift and scale channels: ``y[c] = (x[c] - mean[c]) / std[c]``. Comes after `ToTensor`.

    Shapes: x and y ``(C, H, W)`` or ``(N, C, H, W)``; ``mean`` and ``std`` a number or one for each channel.

    >>> from mxnet import nd
    >>> Normalize(mean=0.5, std=0.25)(nd.ones((1, 2, 2))).asnumpy().max().item()
    2.0
    """

    works_on_batch = True
    batch_ndim = 4

    def __init__(self, mean: Any = 0.0, std: Any = 1.0) -> None:
        super().__init__()
        self._mean = _numbers(mean)
        self._std = _numbers(std)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        return F.image.normalize(x, mean=self._mean, std=self._std)


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
    interpolation : how to enlarge, as for `Resize`; 9 chooses bicubic.

    >>> from mxnet import nd
    >>> CenterCrop((4, 2))(nd.zeros((28, 28, 1))).shape
    (2, 4, 1)
    """

    works_on_batch = True
    batch_ndim = 4

    def __init__(self, size: int | Sequence[int], interpolation: int = 1) -> None:
        super().__init__()
        if isinstance(size, numeric_types):
            size = (size, size)
        self._size = size
        self._interpolation = interpolation

    def forward(self, x: NDArray) -> NDArray:
        if x.ndim not in (3, 4):
            raise ValueError(
                message(
                    f"CenterCrop: an image of {x.ndim} axes",
                    received=f"shape {x.shape}",
                    because="it takes (height, width, channels) or (N, height, width, channels)",
                )
            )
        width, height = self._size
        rows, columns = x.shape[-3], x.shape[-2]
        cut_width, cut_height = _fitting(columns, rows, width, height)
        left, top = (columns - cut_width) // 2, (rows - cut_height) // 2
        cut = _image.crop(x, x=left, y=top, width=cut_width, height=cut_height)
        if (cut_width, cut_height) == (width, height):
            return cut
        interpolation = self._interpolation
        if interpolation == 9:
            interpolation = 2 if cut_width < width and cut_height < height else 1
        return _image.resize(cut, size=(width, height), interp=interpolation)


class RandomFlipLeftRight(HybridBlock):
    """Mirror an image with probability 1/2; each image of a batch on its own.

    On a CPU the decisions after ``mx.random.seed`` are those of the real MXNet.

    >>> from mxnet import nd
    >>> RandomFlipLeftRight()(nd.zeros((28, 28, 1))).shape
    (28, 28, 1)
    """

    works_on_batch = True
    batch_ndim = 4
    draws_random_numbers = True

    def __init__(self) -> None:
        super().__init__()

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        return F.image.random_flip_left_right(x)


class RandomFlipTopBottom(HybridBlock):
    """Turn an image upside down with probability 1/2; each image of a batch on its own.

    >>> from mxnet import nd
    >>> RandomFlipTopBottom()(nd.zeros((28, 28, 1))).shape
    (28, 28, 1)
    """

    works_on_batch = True
    batch_ndim = 4
    draws_random_numbers = True

    def __init__(self) -> None:
        super().__init__()

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        return F.image.random_flip_top_bottom(x)


def _numbers(value: Any) -> tuple[float, ...]:
    return tuple(float(v) for v in value) if isinstance(value, (tuple, list)) else (float(value),)


def _fitting(columns: int, rows: int, width: int, height: int) -> tuple[int, int]:
    """The largest rectangle of the proportions ``width : height`` that fits, at most that large."""
    fit_width, fit_height = float(width), float(height)
    if rows < fit_height:
        fit_width, fit_height = fit_width * rows / fit_height, float(rows)
    if columns < fit_width:
        fit_width, fit_height = float(columns), fit_height * columns / fit_width
    return int(fit_width), int(fit_height)
