"""Transforms of types and of ranges: `Cast`, `ToTensor`, `Normalize`."""

from __future__ import annotations

from typing import Any

from .....ndarray import NDArray
from .....ops.image import to_normalized_tensor
from ....hybrid_block import HybridBlock

__all__ = ["Cast", "Normalize", "ToTensor"]


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


class Scaling:
    """`ToTensor` and the `Normalize` behind it for whole batches, bit for bit, without an array in between."""

    batch_ndim = 4

    def __init__(self, to_tensor: ToTensor, normalize: Normalize) -> None:
        self._stages = (to_tensor, normalize)

    def __call__(self, x: NDArray) -> NDArray:
        to_tensor, normalize = self._stages
        if type(x) is NDArray and x._tape is None:
            made = to_normalized_tensor(x._plain(), normalize._mean, normalize._std)
            if made is not None:
                return NDArray._wrap(made, x._ctx)
        return normalize(to_tensor(x))


def _numbers(value: Any) -> tuple[float, ...]:
    return tuple(float(v) for v in value) if isinstance(value, (tuple, list)) else (float(value),)
