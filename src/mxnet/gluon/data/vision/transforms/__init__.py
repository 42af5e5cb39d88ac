"""Transforms of images, each for one image (H, W, C) and for a batch of them (N, H, W, C).

All of them are blocks, so they nest in `Compose` and in ``nn.Sequential``, and all but the random ones give for a
batch exactly what they give for its images one by one, which lets `DataLoader` fetch whole batches. The random
ones decide for each image of a batch on its own, in order: what they draw from one stream is what they would draw for
the images one by one.
"""

from ....._surface import module_getattr as _module_getattr
from .color import (
    RandomBrightness,
    RandomColorJitter,
    RandomContrast,
    RandomGray,
    RandomHue,
    RandomLighting,
    RandomSaturation,
)
from .compose import Compose, HybridCompose, HybridRandomApply, PlainFunction, RandomApply
from .convert import Cast, Normalize, ToTensor
from .cut import CenterCrop, CropResize, RandomCrop, RandomResizedCrop, Resize
from .turn import RandomFlipLeftRight, RandomFlipTopBottom, RandomRotation, Rotate

__all__ = [
    "Cast",
    "CenterCrop",
    "Compose",
    "CropResize",
    "HybridCompose",
    "HybridRandomApply",
    "Normalize",
    "RandomApply",
    "RandomBrightness",
    "RandomColorJitter",
    "RandomContrast",
    "RandomCrop",
    "RandomFlipLeftRight",
    "RandomFlipTopBottom",
    "RandomGray",
    "RandomHue",
    "RandomLighting",
    "RandomResizedCrop",
    "RandomRotation",
    "RandomSaturation",
    "Resize",
    "Rotate",
    "ToTensor",
]

__getattr__ = _module_getattr(__name__)
