"""`CreateAugmenter`: the usual augmenters in the usual order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..base import message
from ..ndarray import NDArray, array
from .augment import (
    Augmenter,
    CastAug,
    CenterCropAug,
    HorizontalFlipAug,
    RandomCropAug,
    RandomSizedCropAug,
    ResizeAug,
)
from .color_augment import ColorJitterAug, ColorNormalizeAug, HueJitterAug, LightingAug, RandomGrayAug

__all__ = ["CreateAugmenter"]

# The colours of ImageNet's pictures, from 0 to 255.
IMAGENET_MEAN = (123.68, 116.28, 103.53)
IMAGENET_STD = (58.395, 57.12, 57.375)
_EIGENVALUES = (55.46, 4.794, 1.148)
_EIGENVECTORS = ((-0.5675, 0.7192, 0.4009), (-0.5808, -0.0045, -0.8140), (-0.5836, -0.6948, 0.4203))


def CreateAugmenter(
    data_shape: Sequence[int],
    resize: int = 0,
    rand_crop: bool = False,
    rand_resize: bool = False,
    rand_mirror: bool = False,
    mean: Any = None,
    std: Any = None,
    brightness: float = 0,
    contrast: float = 0,
    saturation: float = 0,
    hue: float = 0,
    pca_noise: float = 0,
    rand_gray: float = 0,
    inter_method: int = 2,
) -> list[Augmenter]:
    """List the augmenters that prepare images for a network.

    Parameters
    ----------
    data_shape : of the result, ``(channels, height, width)``.
    resize : above 0: resize the shorter edge to it first.
    rand_crop : cut anywhere instead of in the middle.
    rand_resize : with ``rand_crop``: cut a random area of random proportions, and resize it.
    rand_mirror : mirror every other image.
    mean, std : what to subtract and to divide by: arrays with one number or one for each channel; True for those of
        ImageNet.
    brightness, contrast, saturation, hue : how much they change at most.
    pca_noise : standard deviation of `LightingAug`.
    rand_gray : probability of losing the colours.
    inter_method : how to resize, as for `imresize`.

    Raises
    ------
    AssertionError : ``rand_resize`` without ``rand_crop``; ``mean`` or ``std`` are no arrays of one or three numbers.

    >>> for augmenter in mx.image.CreateAugmenter((3, 224, 224), resize=256, rand_mirror=True):
    ...     print(augmenter.dumps())
    ["resizeaug", {"size": 256, "interp": 2}]
    ["centercropaug", {"size": [224, 224], "interp": 2}]
    ["horizontalflipaug", {"p": 0.5}]
    ["castaug", {"type": "float32"}]
    """
    augmenters: list[Augmenter] = []
    if resize > 0:
        augmenters.append(ResizeAug(resize, inter_method))
    size = (data_shape[2], data_shape[1])
    if rand_resize:
        if not rand_crop:
            raise AssertionError(
                message(
                    "CreateAugmenter: rand_resize is a way to crop at random", hint="rand_crop=True with it"
                )
            )
        augmenters.append(RandomSizedCropAug(size, 0.08, (3.0 / 4.0, 4.0 / 3.0), inter_method))
    elif rand_crop:
        augmenters.append(RandomCropAug(size, inter_method))
    else:
        augmenters.append(CenterCropAug(size, inter_method))
    if rand_mirror:
        augmenters.append(HorizontalFlipAug(0.5))
    augmenters.append(CastAug())
    augmenters += colour_augmenters(brightness, contrast, saturation, hue, pca_noise, rand_gray)
    if mean is True:
        mean = array(IMAGENET_MEAN)
    if std is True:
        std = array(IMAGENET_STD)
    for name, given in (("mean", mean), ("std", std)):
        check_per_channel("CreateAugmenter", name, given)
    if mean is not None or std is not None:
        augmenters.append(ColorNormalizeAug(mean, std))
    return augmenters


# ---------------------------------------------------------------------- for the augmenters of detection, too


def colour_augmenters(
    brightness: float, contrast: float, saturation: float, hue: float, pca_noise: float, rand_gray: float
) -> list[Augmenter]:
    """The augmenters of colours that are asked for, in MXNet's order."""
    augmenters: list[Augmenter] = []
    if brightness or contrast or saturation:
        augmenters.append(ColorJitterAug(brightness, contrast, saturation))
    if hue:
        augmenters.append(HueJitterAug(hue))
    if pca_noise > 0:
        augmenters.append(LightingAug(pca_noise, np.array(_EIGENVALUES), np.array(_EIGENVECTORS)))
    if rand_gray > 0:
        augmenters.append(RandomGrayAug(rand_gray))
    return augmenters


def check_per_channel(caller: str, name: str, given: Any) -> None:
    """Refuse a mean or a deviation that is neither None nor an array of one or three numbers."""
    if given is None:
        return
    if not isinstance(given, (np.ndarray, NDArray)) or given.shape[:1] not in ((1,), (3,)):
        raise AssertionError(
            message(
                f"{caller}: {name} is an array of one number, or of one for each channel",
                received=repr(given),
                hint=f"{name}=np.array([123.68, 116.28, 103.53]), {name}=True for ImageNet's, or leave it out",
            )
        )
