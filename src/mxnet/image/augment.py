"""Augmenters: objects that change one image each time they are called; here those that leave its colours alone.

They draw from Python's ``random``.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..base import message
from ..ndarray import NDArray
from .crop import center_crop, random_crop, random_size_crop, resize_short
from .io import imresize, interpolation

__all__ = [
    "Augmenter",
    "CastAug",
    "CenterCropAug",
    "ForceResizeAug",
    "HorizontalFlipAug",
    "RandomCropAug",
    "RandomOrderAug",
    "RandomSizedCropAug",
    "ResizeAug",
    "SequentialAug",
]

Size = Sequence[int]


class Augmenter:
    """Base of augmenters: a subclass defines ``__call__(src)``, which returns the changed image.

    Parameters
    ----------
    kwargs : what `dumps` writes; arrays become lists.

    >>> class Double(mx.image.Augmenter):
    ...     def __call__(self, src):
    ...         return src * 2
    >>> Double(why="an example").dumps()
    '["double", {"why": "an example"}]'
    """

    def __init__(self, **kwargs: Any) -> None:
        self._kwargs = {key: plain(value) for key, value in kwargs.items()}

    def dumps(self) -> Any:
        """Name and arguments as JSON; of an augmenter made of others a list, ``[name, [their dumps, ...]]``."""
        return json.dumps([type(self).__name__.lower(), self._kwargs])

    def __call__(self, src: NDArray) -> NDArray:
        raise NotImplementedError(
            message("Must override implementation.", hint="def __call__(self, src): ...")
        )


class SequentialAug(Augmenter):
    """Apply augmenters one after the other."""

    def __init__(self, ts: Sequence[Any]) -> None:
        super().__init__()
        self.ts = ts

    def dumps(self) -> list[Any]:
        return [type(self).__name__.lower(), [each.dumps() for each in self.ts]]

    def __call__(self, src: NDArray) -> NDArray:
        for each in self.ts:
            src = each(src)
        return src


class RandomOrderAug(SequentialAug):
    """Apply augmenters in random order; the list ``ts`` stays in the order of the last call, as in 1.9.1."""

    ts: list[Any]

    def __init__(self, ts: Sequence[Any]) -> None:
        super().__init__(ts if isinstance(ts, list) else list(ts))

    def __call__(self, src: NDArray) -> NDArray:
        random.shuffle(self.ts)
        return super().__call__(src)


class ResizeAug(Augmenter):
    """`resize_short`: resize to a shorter edge of ``size`` pixels."""

    def __init__(self, size: int, interp: int = 2) -> None:
        super().__init__(size=size, interp=interp)
        self.size = size
        self.interp = interp

    def __call__(self, src: NDArray) -> NDArray:
        return resize_short(src, self.size, self.interp)


class ForceResizeAug(Augmenter):
    """`imresize`: resize to ``size``, which is ``(width, height)``, whatever the proportions are.

    >>> mx.image.ForceResizeAug((4, 2))(nd.zeros((8, 8, 3), dtype="uint8")).shape
    (2, 4, 3)
    """

    def __init__(self, size: Size, interp: int = 2) -> None:
        super().__init__(size=size, interp=interp)
        self.size = size
        self.interp = interp

    def __call__(self, src: NDArray) -> NDArray:
        width, height = self.size
        sizes = (src.shape[0], src.shape[1], height, width)
        return imresize(src, width, height, interpolation(self.interp, sizes))


class RandomCropAug(Augmenter):
    """`random_crop` to ``size``, which is ``(width, height)``."""

    def __init__(self, size: Size, interp: int = 2) -> None:
        super().__init__(size=size, interp=interp)
        self.size = size
        self.interp = interp

    def __call__(self, src: NDArray) -> NDArray:
        return random_crop(src, self.size, self.interp)[0]


class RandomSizedCropAug(Augmenter):
    """`random_size_crop`: a random part of the image, resized to ``size``, which is ``(width, height)``."""

    def __init__(self, size: Size, area: Any, ratio: Sequence[float], interp: int = 2, **kwargs: Any) -> None:
        area = kwargs.pop("min_area", area)
        if kwargs:
            raise AssertionError(
                message(
                    "unexpected keyword arguments for `RandomSizedCropAug`.",
                    received=", ".join(map(repr, kwargs)),
                )
            )
        super().__init__(size=size, area=area, ratio=ratio, interp=interp)
        self.size = size
        self.area = area
        self.ratio = ratio
        self.interp = interp

    def __call__(self, src: NDArray) -> NDArray:
        return random_size_crop(src, self.size, self.area, self.ratio, self.interp)[0]


class CenterCropAug(Augmenter):
    """`center_crop` to ``size``, which is ``(width, height)``."""

    def __init__(self, size: Size, interp: int = 2) -> None:
        super().__init__(size=size, interp=interp)
        self.size = size
        self.interp = interp

    def __call__(self, src: NDArray) -> NDArray:
        return center_crop(src, self.size, self.interp)[0]


class HorizontalFlipAug(Augmenter):
    """Mirror the image with probability ``p``, left to right."""

    def __init__(self, p: float) -> None:
        super().__init__(p=p)
        self.p = p

    def __call__(self, src: NDArray) -> NDArray:
        return src.flip(axis=1) if random.random() < self.p else src


class CastAug(Augmenter):
    """Change the type of the elements to ``typ``.

    >>> mx.image.CastAug()(nd.zeros((2, 2, 3), dtype="uint8")).dtype.__name__
    'float32'
    """

    def __init__(self, typ: str = "float32") -> None:
        super().__init__(type=typ)
        self.typ = typ

    def __call__(self, src: NDArray) -> NDArray:
        return src.astype(self.typ)


def plain(value: Any) -> Any:
    """An argument as JSON can write it."""
    if isinstance(value, NDArray):
        value = value.asnumpy()
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value
