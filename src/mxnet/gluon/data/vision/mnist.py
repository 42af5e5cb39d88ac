"""MNIST and Fashion-MNIST, which are fetched when they are first used."""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .... import ndarray as nd
from ....base import MXNetError
from ....files import FormatError, read_idx
from ..._download import ContentError, DownloadError, RemoteFile, fetch, in_data_dir, mirrors
from ..dataset import _DownloadedDataset
from ..fetched import checks_content

__all__ = ["MNIST", "FashionMNIST"]


@dataclass(frozen=True)
class _IdxFile:
    """An IDX file, known by its content: the same content may be compressed in different ways."""

    name: str
    shape: tuple[int, ...]
    sha256: str | None = None
    """Of the unpacked file."""
    counts: tuple[int, ...] | None = None
    """How often each label occurs."""
    mean: float | None = None
    """Of all pixels, to four digits of the full range."""

    def verify(self, array: np.ndarray) -> None:
        """Raise `ContentError` unless this is the content."""
        if array.shape != self.shape or array.dtype != np.uint8:
            raise ContentError(f"it holds {array.dtype} {array.shape} instead of uint8 {self.shape}")
        if self.sha256 is not None:
            digest = hashlib.sha256(struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape))
            digest.update(np.ascontiguousarray(array).data)
            if digest.hexdigest() != self.sha256:
                raise ContentError("it is well-formed, but its content is not that of the original")
        if self.counts is not None:
            counts = tuple(np.bincount(array, minlength=len(self.counts)).tolist())
            if counts != self.counts:
                raise ContentError("its labels do not occur as often as in the original")
        if self.mean is not None and round(float(array.mean(dtype=np.float64)) / 255, 4) != self.mean:
            raise ContentError(f"the mean of its pixels is not {self.mean}, as in the original")

    def read(self, path: Path) -> np.ndarray:
        """The content of the file at ``path``; raises FormatError or ContentError if it is not the right one."""
        array = read_idx(path)
        if checks_content():
            self.verify(array)
        return array

    def load(
        self, folder: str, namespace: str, others: Sequence[str], siblings: Sequence[_IdxFile]
    ) -> np.ndarray:
        """The content, from ``folder`` or a mirror; a damaged file in the folder is replaced."""
        source = RemoteFile(
            self.name,
            mirrors(f"gluon/dataset/{namespace}", self.name, others),
            check=lambda path: _use(self.read(path)),
            siblings=tuple(each.name for each in siblings if each is not self),
        )
        path = fetch(source, folder)
        try:
            return self.read(path)
        except (FormatError, ContentError) as error:
            reason = error.because if isinstance(error, FormatError) else str(error)
            print(f"{path} is damaged ({reason}); it is fetched again")
            try:
                return self.read(fetch(source, folder, overwrite=True))
            except DownloadError as failed:
                raise MXNetError(
                    f"{namespace}: the file {path} is damaged, and cannot be fetched again",
                    received=str(failed).replace("\n", "\n  "),
                    because=reason,
                    hint=f"delete it and put a good copy of {self.name} there; MXNET_VERIFY_DATASETS=0 accepts "
                    "other data in the same format",
                ) from error


class MNIST(_DownloadedDataset):
    """Handwritten digits: 60,000 images to train on and 10,000 to test with, 10 classes.

    A sample is ``(image, label)``: an `NDArray` (28, 28, 1) of uint8, and a NumPy int32. The images are one array in
    memory; a sample shares it.

    Parameters
    ----------
    root : folder of the files, fetched if they are missing. The default follows ``MXNET_HOME``.
    train : the training images, or the test images.
    transform : ``transform(image, label)`` makes a sample; `Dataset.transform` is faster for most.

    Raises
    ------
    DownloadError : files are missing and cannot be fetched; says which to put where by hand.
    MXNetError : a file is damaged and cannot be fetched again.

    What must match is the content, however it is compressed. ``MXNET_VERIFY_DATASETS=0`` accepts any images in
    the format of IDX, ``MXNET_GLUON_REPO`` names another server to fetch from.

    Source: LeCun, Cortes, Burges, "The MNIST database of handwritten digits" (1998).
    """

    _namespace = "mnist"
    _mirrors: tuple[str, ...] = (
        "https://ossci-datasets.s3.amazonaws.com/mnist",
        "https://storage.googleapis.com/cvdf-datasets/mnist",
    )
    _train_data = _IdxFile("train-images-idx3-ubyte.gz", (60000, 28, 28), mean=0.1307)
    _train_label = _IdxFile(
        "train-labels-idx1-ubyte.gz",
        (60000,),
        counts=(5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949),
    )
    _test_data = _IdxFile("t10k-images-idx3-ubyte.gz", (10000, 28, 28))
    _test_label = _IdxFile(
        "t10k-labels-idx1-ubyte.gz", (10000,), counts=(980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)
    )

    def __init__(
        self,
        root: str = os.path.join("~", ".mxnet", "datasets", "mnist"),
        train: bool = True,
        transform: Callable[[Any, Any], Any] | None = None,
    ) -> None:
        self._train = train
        super().__init__(in_data_dir(root), transform)

    def _get_data(self) -> None:
        every = (self._train_data, self._train_label, self._test_data, self._test_label)
        images, labels = (
            file.load(self._root, self._namespace, self._mirrors, every)
            for file in (every[:2] if self._train else every[2:])
        )
        if len(images) != len(labels):
            raise MXNetError(
                f"{type(self).__name__}: images and labels do not belong together",
                received=f"{len(images)} images, {len(labels)} labels in {self._root}",
            )
        # The memory is handed over, not copied: 47 MB stay 47 MB.
        self._data = nd.from_numpy(images[..., np.newaxis], zero_copy=True)
        self._label = labels.astype(np.int32)


class FashionMNIST(MNIST):
    """Pictures of clothes: 60,000 to train on and 10,000 to test with, 10 classes, in the format of `MNIST`.

    The labels 0 to 9: t-shirt, trouser, pullover, dress, coat, sandal, shirt, sneaker, bag, ankle boot.

    Source: Xiao, Rasul, Vollgraf, "Fashion-MNIST", arXiv:1708.07747.
    """

    _namespace = "fashion-mnist"
    _mirrors = (
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
    )
    _train_data = _IdxFile(
        "train-images-idx3-ubyte.gz",
        (60000, 28, 28),
        sha256="c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    )
    _train_label = _IdxFile(
        "train-labels-idx1-ubyte.gz",
        (60000,),
        sha256="bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    )
    _test_data = _IdxFile(
        "t10k-images-idx3-ubyte.gz",
        (10000, 28, 28),
        sha256="5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    )
    _test_label = _IdxFile(
        "t10k-labels-idx1-ubyte.gz",
        (10000,),
        sha256="0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    )

    def __init__(
        self,
        root: str = os.path.join("~", ".mxnet", "datasets", "fashion-mnist"),
        train: bool = True,
        transform: Callable[[Any, Any], Any] | None = None,
    ) -> None:
        super().__init__(root, train, transform)


def _use(_: Any) -> None:
    """The type of a check that only raises."""
