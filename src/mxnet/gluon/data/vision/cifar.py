"""CIFAR-10 and CIFAR-100, which are fetched when they are first used.

Their binary files are rows of bytes: one label (CIFAR-100: the coarse one, then the fine one), then 1024 bytes each of
red, green and blue, row by row of the picture.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from .... import ndarray as nd
from ....base import MXNetError
from ..._download import in_data_dir
from ..dataset import _DownloadedDataset
from ..fetched import Archive, Member

__all__ = ["CIFAR10", "CIFAR100"]

_SERVER = "https://www.cs.toronto.edu/~kriz"
_PIXELS = 3 * 32 * 32

_CIFAR10_TRAIN = (
    Member("data_batch_1.bin", "aadd24acce27caa71bf4b10992e9e7b2d74c2540", 10000 * (1 + _PIXELS)),
    Member("data_batch_2.bin", "c0ba65cce70568cd57b4e03e9ac8d2a5367c1795", 10000 * (1 + _PIXELS)),
    Member("data_batch_3.bin", "1dd00a74ab1d17a6e7d73e185b69dbf31242f295", 10000 * (1 + _PIXELS)),
    Member("data_batch_4.bin", "aab85764eb3584312d3c7f65fd2fd016e36a258e", 10000 * (1 + _PIXELS)),
    Member("data_batch_5.bin", "26e2849e66a845b7f1e4614ae70f4889ae604628", 10000 * (1 + _PIXELS)),
)
_CIFAR10_TEST = (Member("test_batch.bin", "67eb016db431130d61cd03c7ad570b013799c88c", 10000 * (1 + _PIXELS)),)
_CIFAR100_TRAIN = (Member("train.bin", "e207cd2e05b73b1393c74c7f5e7bea451d63e08e", 50000 * (2 + _PIXELS)),)
_CIFAR100_TEST = (Member("test.bin", "8fb6623e830365ff53cf14adec797474f5478006", 10000 * (2 + _PIXELS)),)


class CIFAR10(_DownloadedDataset):
    """Small photographs: 50,000 to train on and 10,000 to test with, 10 classes.

    A sample is ``(image, label)``: an `NDArray` (32, 32, 3) of uint8, and a NumPy int32. The images are one array in
    memory; a sample shares it. The labels 0 to 9: airplane, automobile, bird, cat, deer, dog, frog, horse, ship,
    truck.

    Parameters
    ----------
    root : folder of the files, fetched if they are missing. The default follows ``MXNET_HOME``.
    train : the training images, or the test images.
    transform : ``transform(image, label)`` makes a sample; `Dataset.transform` is faster for most.

    Raises
    ------
    DownloadError : the files are missing and cannot be fetched; says which to put where by hand.
    MXNetError : they are damaged, and cannot be fetched again.

    ``MXNET_VERIFY_DATASETS=0`` accepts any images in the same format, ``MXNET_GLUON_REPO`` names another server to
    fetch from.

    Source: Krizhevsky, "Learning Multiple Layers of Features from Tiny Images" (2009).
    """

    _archive = Archive(
        "cifar10",
        "cifar-10-binary.tar.gz",
        (_SERVER,),
        "cifar-10-batches-bin",
        (*_CIFAR10_TRAIN, *_CIFAR10_TEST),
    )
    _parts = {True: _CIFAR10_TRAIN, False: _CIFAR10_TEST}
    _classes: tuple[int, ...] = (10,)  # of each label of an image
    _which = 0  # of its labels

    def __init__(
        self,
        root: str = os.path.join("~", ".mxnet", "datasets", "cifar10"),
        train: bool = True,
        transform: Callable[[Any, Any], Any] | None = None,
    ) -> None:
        self._train = train
        super().__init__(in_data_dir(root), transform)

    def _get_data(self) -> None:
        parts = self._parts[bool(self._train)]
        batches = [
            self._rows(part, content)
            for part, content in zip(parts, self._archive.load(parts, self._root), strict=True)
        ]
        labels = len(self._classes)
        images = np.empty((sum(map(len, batches)), 32, 32, 3), np.uint8)
        done = 0
        for rows in batches:
            channels_first = rows[:, labels:].reshape(-1, 3, 32, 32)
            images[done : done + len(rows)] = channels_first.transpose(0, 2, 3, 1)
            done += len(rows)
        self._data = nd.from_numpy(images, zero_copy=True)
        self._label = np.concatenate([rows[:, self._which] for rows in batches]).astype(np.int32)

    def _rows(self, part: Member, content: bytes) -> np.ndarray:
        """A row of bytes for each image."""
        width = len(self._classes) + _PIXELS
        if not content or len(content) % width:
            raise self._malformed(part, f"{len(content)} bytes are not rows of {width}")
        rows = np.frombuffer(content, np.uint8).reshape(-1, width)
        for column, classes in enumerate(self._classes):
            if rows[:, column].max() >= classes:
                raise self._malformed(
                    part, f"there are labels up to {rows[:, column].max()}, of {classes} classes"
                )
        return rows

    def _malformed(self, part: Member, because: str) -> MXNetError:
        return MXNetError(
            f"{type(self).__name__}: the file {part.name} is not in the binary format of CIFAR",
            received=f"{part.name} in {self._root}",
            because=because,
            hint=f"the files of {self._archive.name}; those for Python and Matlab are of other formats",
        )


class CIFAR100(CIFAR10):
    """Small photographs: 50,000 to train on and 10,000 to test with, 100 classes in 20 groups.

    A sample is ``(image, label)``, as that of `CIFAR10`.

    Parameters
    ----------
    root : folder of the files, fetched if they are missing. The default follows ``MXNET_HOME``.
    fine_label : whether the label is the class, 0 to 99, or its group, 0 to 19.
    train : the training images, or the test images.
    transform : ``transform(image, label)`` makes a sample; `Dataset.transform` is faster for most.

    Raises what `CIFAR10` raises.

    Source: Krizhevsky, "Learning Multiple Layers of Features from Tiny Images" (2009).
    """

    _archive = Archive(
        "cifar100",
        "cifar-100-binary.tar.gz",
        (_SERVER,),
        "cifar-100-binary",
        (*_CIFAR100_TRAIN, *_CIFAR100_TEST),
    )
    _parts = {True: _CIFAR100_TRAIN, False: _CIFAR100_TEST}
    _classes = (20, 100)

    def __init__(
        self,
        root: str = os.path.join("~", ".mxnet", "datasets", "cifar100"),
        fine_label: bool = False,
        train: bool = True,
        transform: Callable[[Any, Any], Any] | None = None,
    ) -> None:
        self._fine_label = fine_label
        self._which = int(fine_label)
        super().__init__(root, train, transform)
