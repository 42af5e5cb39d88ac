"""``gluon.data.vision``: data sets of images, and what to do with images before they are learnt from."""

from ...._surface import module_getattr as _module_getattr
from . import datasets, transforms
from .cifar import CIFAR10, CIFAR100
from .folders import ImageFolderDataset
from .mnist import MNIST, FashionMNIST
from .records import ImageRecordDataset

__all__ = [
    "CIFAR10",
    "CIFAR100",
    "MNIST",
    "FashionMNIST",
    "ImageFolderDataset",
    "ImageRecordDataset",
    "transforms",
]

__getattr__ = _module_getattr(__name__)
