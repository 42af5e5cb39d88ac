"""``mx.image``: reading, cutting and changing single images, and iterators over files of them.

An image is an NDArray ``(height, width, channels)``, uint8 as it is read, red before green before blue.
"""

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
from .det_iterator import ImageDetIter
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
from .iterator import ImageIter
from .rotate import imrotate, random_rotate

__getattr__ = _module_getattr(__name__)
