"""``mx.image``: reading, cutting and changing single images, and iterators over files of them.

An image is an NDArray ``(height, width, channels)``, uint8 as it is read, red before green before blue.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from .._surface import module_getattr as _module_getattr
from .augment import (
    Augmenter,
    CastAug,
    CenterCropAug,
    ForceResizeAug,
    HorizontalFlipAug,
    RandomCropAug,
    RandomOrderAug,
    RandomSizedCropAug,
    ResizeAug,
    SequentialAug,
)
from .color_augment import (
    BrightnessJitterAug,
    ColorJitterAug,
    ColorNormalizeAug,
    ContrastJitterAug,
    HueJitterAug,
    LightingAug,
    RandomGrayAug,
    SaturationJitterAug,
)
from .create_augmenter import CreateAugmenter
from .crop import (
    center_crop,
    color_normalize,
    fixed_crop,
    random_crop,
    random_size_crop,
    resize_short,
    scale_down,
)
from .detection import (
    CreateDetAugmenter,
    CreateMultiRandCropAugmenter,
    DetAugmenter,
    DetBorrowAug,
    DetHorizontalFlipAug,
    DetRandomCropAug,
    DetRandomPadAug,
    DetRandomSelectAug,
)
from .io import copyMakeBorder, imdecode, imread, imresize
from .rotate import imrotate, random_rotate

if TYPE_CHECKING:
    from .det_iterator import ImageDetIter
    from .iterator import ImageIter

__all__ = [
    "Augmenter",
    "BrightnessJitterAug",
    "CastAug",
    "CenterCropAug",
    "ColorJitterAug",
    "ColorNormalizeAug",
    "ContrastJitterAug",
    "CreateAugmenter",
    "CreateDetAugmenter",
    "CreateMultiRandCropAugmenter",
    "DetAugmenter",
    "DetBorrowAug",
    "DetHorizontalFlipAug",
    "DetRandomCropAug",
    "DetRandomPadAug",
    "DetRandomSelectAug",
    "ForceResizeAug",
    "HorizontalFlipAug",
    "HueJitterAug",
    "ImageDetIter",
    "ImageIter",
    "LightingAug",
    "RandomCropAug",
    "RandomGrayAug",
    "RandomOrderAug",
    "RandomSizedCropAug",
    "ResizeAug",
    "SaturationJitterAug",
    "SequentialAug",
    "center_crop",
    "color_normalize",
    "copyMakeBorder",
    "fixed_crop",
    "imdecode",
    "imread",
    "imresize",
    "imrotate",
    "random_crop",
    "random_rotate",
    "random_size_crop",
    "resize_short",
    "scale_down",
]

# They stand on mx.io and mx.recordio, which the transforms of Gluon can do without.
_ITERATORS = {"ImageDetIter": "det_iterator", "ImageIter": "iterator"}
_absent = _module_getattr(__name__)


def __getattr__(name: str) -> Any:
    if name not in _ITERATORS:
        return _absent(name)
    found = globals()[name] = getattr(importlib.import_module(f"{__name__}.{_ITERATORS[name]}"), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_ITERATORS})
