"""Transforms of colours; all of them come before `ToTensor`."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from .....ndarray import NDArray, array
from ....block import Block
from ....hybrid_block import HybridBlock
from .compose import check_probability

__all__ = [
    "RandomBrightness",
    "RandomColorJitter",
    "RandomContrast",
    "RandomGray",
    "RandomHue",
    "RandomLighting",
    "RandomSaturation",
]


_GREY = (0.21, 0.72, 0.07)


class _RandomFactor(HybridBlock):
    """One of the operators on colours, with a factor from ``max(0, 1 - amount)`` to ``1 + amount``."""

    works_on_batch = True
    batch_ndim = 4
    draws_random_numbers = True

    _operator: str

    def __init__(self, amount: float) -> None:
        super().__init__()
        self._args = (max(0, 1 - amount), 1 + amount)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        low, high = self._args
        return getattr(F.image, self._operator)(x, min_factor=low, max_factor=high)


class RandomBrightness(_RandomFactor):
    """Multiply an image by a factor drawn evenly from ``max(0, 1 - brightness)`` to ``1 + brightness``.

    Shapes: x and y ``(H, W, C)`` or ``(N, H, W, C)``, each image of a batch on its own; C is 1 or 3. Whole numbers
    stay in the range of their type. On a CPU the factors after ``mx.random.seed`` are those of the real MXNet.

    >>> RandomBrightness(0.5)(nd.full((8, 8, 3), 100, dtype="uint8")).dtype.__name__
    'uint8'
    """

    _operator = "random_brightness"

    def __init__(self, brightness: float) -> None:
        super().__init__(brightness)


class RandomContrast(_RandomFactor):
    """Move an image away from its mean grey, or towards it, by a factor from ``max(0, 1 - contrast)`` on.

    Shapes: x and y ``(H, W, C)`` or ``(N, H, W, C)``, each image of a batch on its own; C is 1 or 3.

    >>> RandomContrast(0.5)(nd.zeros((8, 8, 3), dtype="uint8")).shape
    (8, 8, 3)
    """

    _operator = "random_contrast"

    def __init__(self, contrast: float) -> None:
        super().__init__(contrast)


class RandomSaturation(_RandomFactor):
    """Move pixels away from their grey, or towards it, by a factor from ``max(0, 1 - saturation)`` on.

    Shapes: x and y ``(H, W, C)`` or ``(N, H, W, C)``, each image of a batch on its own; C is 1 or 3.

    As in 1.9.1 only blue counts for the grey, so that pixels grow brighter with the factor, too.

    >>> RandomSaturation(0.5)(nd.zeros((8, 8, 3), dtype="uint8")).shape
    (8, 8, 3)
    """

    _operator = "random_saturation"

    def __init__(self, saturation: float) -> None:
        super().__init__(saturation)


class RandomHue(_RandomFactor):
    """Turn the colours of an image around the colour circle, by up to ``hue`` of a whole turn either way.

    Shapes: x and y ``(H, W, C)`` or ``(N, H, W, C)``, values from 0 to 255; each image of a batch on its own.

    >>> RandomHue(0.1)(nd.zeros((8, 8, 3), dtype="uint8")).shape
    (8, 8, 3)
    """

    _operator = "random_hue"

    def __init__(self, hue: float) -> None:
        super().__init__(hue)


class RandomColorJitter(HybridBlock):
    """Change brightness, contrast, saturation and hue of an image in random order.

    Shapes: x and y ``(H, W, C)`` or ``(N, H, W, C)``, each image of a batch on its own; C is 1 or 3.

    Parameters
    ----------
    brightness, contrast, saturation, hue : how far each factor may be from 1; 0 leaves it out.

    >>> RandomColorJitter(0.4, 0.4, 0.4, 0.1)(nd.zeros((8, 8, 3), dtype="uint8")).shape
    (8, 8, 3)
    """

    works_on_batch = True
    batch_ndim = 4
    draws_random_numbers = True

    def __init__(
        self, brightness: float = 0, contrast: float = 0, saturation: float = 0, hue: float = 0
    ) -> None:
        super().__init__()
        self._args = (brightness, contrast, saturation, hue)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        brightness, contrast, saturation, hue = self._args
        return F.image.random_color_jitter(
            x, brightness=brightness, contrast=contrast, saturation=saturation, hue=hue
        )


class RandomLighting(HybridBlock):
    """Add a random colour, drawn along the principal components of ImageNet's colours, to all pixels.

    Shapes: x and y ``(H, W, C)`` or ``(N, H, W, C)``, each image of a batch on its own; C is 3, or 1, which stays.

    Parameters
    ----------
    alpha : standard deviation of the three normal numbers that weigh the components.

    Source: Krizhevsky, Sutskever, Hinton: ImageNet classification with deep convolutional neural networks,
    section 4.1.

    >>> RandomLighting(0.1)(nd.zeros((8, 8, 3))).shape
    (8, 8, 3)
    """

    works_on_batch = True
    batch_ndim = 4
    draws_random_numbers = True

    def __init__(self, alpha: float) -> None:
        super().__init__()
        self._alpha = alpha

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        return F.image.random_lighting(x, alpha_std=self._alpha)


class RandomGray(Block):
    """With probability ``p``, give each pixel's grey to all three of its channels; each image of a batch on its own.

    Shapes: x and y ``(H, W, 3)`` or ``(N, H, W, 3)`` of one type. Grey is 0.21 red + 0.72 green + 0.07 blue. Python's
    ``random`` decides.

    Differs from 1.9.1: only MXNet 2 has it.

    >>> RandomGray(p=1)(nd.array([[[100, 200, 0]]], dtype="uint8")).asnumpy().tolist()
    [[[165, 165, 165]]]
    """

    works_on_batch = True
    batch_ndim = 4
    draws_random_numbers = ("random",)

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        check_probability("RandomGray", p)
        self._p = p

    def forward(self, x: NDArray) -> NDArray:
        coins = [random.random() < self._p for _ in range(len(x) if x.ndim == 4 else 1)]
        if not any(coins):
            return x
        weights = array(_GREY, ctx=x.context)
        grey = (x.astype("float32") * weights).sum(axis=-1, keepdims=True)
        if np.dtype(x.dtype).kind in "iu":
            grey = grey.round()
        grey = grey.astype(x.dtype).broadcast_like(x)
        if all(coins):
            return grey
        result = x.copy()
        rows = np.flatnonzero(coins)
        result[rows] = grey[rows]
        return result
