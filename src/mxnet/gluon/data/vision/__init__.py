"""``gluon.data.vision``: data sets of images, and what to do with images before they are learnt from."""

from ...._surface import module_getattr as _module_getattr
from . import datasets, transforms
from .datasets import MNIST, FashionMNIST

__all__ = ["MNIST", "FashionMNIST", "transforms"]

__getattr__ = _module_getattr(__name__)
