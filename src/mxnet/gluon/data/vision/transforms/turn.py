"""Transforms that mirror and turn images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .....base import message
from .....image import imrotate
from .....ndarray import NDArray
from ....block import Block
from ....hybrid_block import HybridBlock

__all__ = ["RandomFlipLeftRight", "RandomFlipTopBottom", "RandomRotation", "Rotate"]


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


class Rotate(Block):
    """Turn an image around its centre, against the clock; comes after `ToTensor`.

    Shapes: x and y ``(C, H, W)`` or ``(N, C, H, W)``, float32.

    Parameters
    ----------
    rotation_degrees : the angle.
    zoom_in : enlarge the result until nothing from outside, which would be 0, is in it, but for a trace.
    zoom_out : shrink the result until all of the image is in it.

    Raises
    ------
    ValueError : both zooms at once.
    TypeError : an image that is not float32.

    >>> Rotate(90)(nd.array([[[1, 2], [3, 4]]])).asnumpy().round(4).tolist()
    [[[2.0, 4.0], [1.0, 3.0]]]
    """

    works_on_batch = True
    batch_ndim = 4

    def __init__(self, rotation_degrees: float, zoom_in: bool = False, zoom_out: bool = False) -> None:
        super().__init__()
        _check_zooms(zoom_in, zoom_out)
        self._args = (rotation_degrees, zoom_in, zoom_out)

    def forward(self, x: NDArray) -> NDArray:
        _check_float32("Rotate", x)
        return imrotate(x, *self._args)


class RandomRotation(Block):
    """Turn an image by a random angle; each image of a batch on its own. Comes after `ToTensor`.

    Shapes: x and y ``(C, H, W)`` or ``(N, C, H, W)``, float32. ``np.random`` draws the angle, evenly.

    Parameters
    ----------
    angle_limits : least and largest angle in degrees, positive ones against the clock.
    zoom_in, zoom_out : as for `Rotate`.
    rotate_with_proba : the probability of turning the image at all.

    Raises
    ------
    ValueError : limits in the wrong order, no probability, or both zooms at once.
    TypeError : an image that is not float32.

    Differs from 1.9.1: given a batch, that turns all of its images or none.

    >>> RandomRotation((-30, 30), zoom_in=True)(nd.ones((3, 8, 8))).shape
    (3, 8, 8)
    """

    works_on_batch = True
    batch_ndim = 4
    draws_random_numbers = ("np.random",)

    def __init__(
        self,
        angle_limits: Sequence[float],
        zoom_in: bool = False,
        zoom_out: bool = False,
        rotate_with_proba: float = 1.0,
    ) -> None:
        super().__init__()
        low, high = angle_limits
        if low >= high:
            raise ValueError(
                message(
                    "`angle_limits` must be an ordered tuple", received=repr(angle_limits), hint="(-30, 30)"
                )
            )
        if not 0 <= rotate_with_proba <= 1:
            raise ValueError(
                message(
                    "Probability of rotating the image should be between 0 and 1",
                    received=f"rotate_with_proba={rotate_with_proba!r}",
                )
            )
        _check_zooms(zoom_in, zoom_out)
        self._limits = (low, high)
        self._zooms = (zoom_in, zoom_out)
        self._rotate_with_proba = rotate_with_proba

    def forward(self, x: NDArray) -> NDArray:
        _check_float32("RandomRotation", x)
        if x.ndim != self.batch_ndim:
            angle = self._angle()
            return x if angle is None else imrotate(x, angle, *self._zooms)
        angles = [self._angle() for _ in range(len(x))]
        rows = np.array([row for row, angle in enumerate(angles) if angle is not None], np.int64)
        if not rows.size:
            return x
        turned = imrotate(x[rows], [angles[row] for row in rows], *self._zooms)
        if len(rows) == len(x):
            return turned
        result = x.copy()
        result[rows] = turned
        return result

    def _angle(self) -> float | None:
        """Draw the angle for an image; None leaves it as it is."""
        if np.random.random() > self._rotate_with_proba:
            return None
        return float(np.random.uniform(*self._limits))


def _check_zooms(zoom_in: bool, zoom_out: bool) -> None:
    if zoom_in and zoom_out:
        raise ValueError(message("`zoom_in` and `zoom_out` cannot be both True", hint="one of them, or none"))


def _check_float32(caller: str, x: NDArray) -> None:
    if x.dtype != np.float32:
        raise TypeError(
            message(
                "This transformation only supports float32. Consider calling it after ToTensor",
                received=f"{caller} of {np.dtype(x.dtype)} {x.shape}",
            )
        )
