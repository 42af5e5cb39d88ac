"""All data sets of images, under the name that MXNet 1.9.1 gives their module."""

from ...._surface import module_getattr as _module_getattr
from .cifar import CIFAR10, CIFAR100
from .folders import ImageFolderDataset
from .mnist import MNIST, FashionMNIST
from .records import ImageRecordDataset

__all__ = ["CIFAR10", "CIFAR100", "MNIST", "FashionMNIST", "ImageFolderDataset", "ImageRecordDataset"]

__getattr__ = _module_getattr(__name__)
