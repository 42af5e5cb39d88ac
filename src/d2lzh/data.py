"""Batches: of arrays in memory, and of Fashion-MNIST."""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mxnet import nd
from mxnet.base import message

if TYPE_CHECKING:
    from mxnet.gluon.data import DataLoader
    from mxnet.ndarray import NDArray

__all__ = ["data_iter", "get_fashion_mnist_labels", "load_data_fashion_mnist", "mkdir_if_not_exist"]

_LABELS = (
    "t-shirt",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)


def data_iter(batch_size: int, features: NDArray, labels: NDArray) -> Iterator[tuple[NDArray, NDArray]]:
    """Yield the examples once, in random order, ``batch_size`` at a time; the last batch may be smaller.

    The order comes from Python's ``random``, as in the book: ``random.seed(0)`` makes it repeatable.

    Shapes: features ``(n, *)``, labels ``(n, *)``; of a batch ``(batch_size, *)`` both.

    Raises
    ------
    ValueError : ``batch_size`` is below 1, or there are not as many labels as examples.

    >>> batches = data_iter(4, nd.ones((10, 2)), nd.arange(10))
    >>> [(X.shape, y.shape) for X, y in batches]
    [((4, 2), (4,)), ((4, 2), (4,)), ((2, 2), (2,))]
    """
    count = len(features)
    if batch_size < 1:
        raise ValueError(message(f"data_iter: batch_size (={batch_size}) must be 1 or more"))
    if len(labels) != count:
        raise ValueError(
            message(
                "data_iter: examples and labels do not belong together",
                received=f"features {features.shape}, labels {labels.shape}",
                because=f"{count} examples need {count} labels",
            )
        )
    order = list(range(count))
    random.shuffle(order)
    for start in range(0, count, batch_size):
        chosen = nd.array(order[start : start + batch_size], dtype="int64")
        yield features.take(chosen), labels.take(chosen)


def get_fashion_mnist_labels(labels: Iterable[Any]) -> list[str]:
    """Return the names of the classes with these numbers.

    >>> get_fashion_mnist_labels(nd.array([0, 2]))
    ['t-shirt', 'pullover']
    """
    numbers: Any = labels if not hasattr(labels, "asnumpy") else labels.asnumpy()
    return [_LABELS[int(number)] for number in np.asarray(numbers).ravel()]


def load_data_fashion_mnist(
    batch_size: int,
    resize: int | tuple[int, int] | None = None,
    root: str = os.path.join("~", ".mxnet", "datasets", "fashion-mnist"),
) -> tuple[DataLoader, DataLoader]:
    """Return loaders of the training and the test images of Fashion-MNIST, fetching the files if need be.

    Shapes: a batch is X ``(batch_size, 1, 28, 28)``, float32 from 0 to 1, and y ``(batch_size,)``, int32. The training
    images come in another order on every pass, which follows ``np.random.seed``.

    Parameters
    ----------
    batch_size : images a batch.
    resize : edge of the images, or ``(width, height)``; 28 unless given.
    root : folder of the files; the default follows ``MXNET_HOME``.

    Raises
    ------
    DownloadError : files are missing and cannot be fetched; says which to put where by hand.

    Differs from the book's: no worker processes, because whole batches are fetched at once, which is faster.
    """
    from mxnet.gluon import data as gdata

    transforms = gdata.vision.transforms
    steps = [] if not resize else [transforms.Resize(resize)]
    transform = transforms.Compose([*steps, transforms.ToTensor()])
    train, test = (
        gdata.DataLoader(
            gdata.vision.FashionMNIST(root=root, train=is_train).transform_first(transform),
            batch_size,
            shuffle=is_train,
        )
        for is_train in (True, False)
    )
    return train, test


def mkdir_if_not_exist(path: str | os.PathLike[str] | Sequence[str]) -> None:
    """Make a folder, given as its parts or as a whole, and those above it, where they do not exist.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     mkdir_if_not_exist([folder, "data", "kaggle"])
    ...     os.listdir(folder)
    ['data']
    """
    whole = os.fspath(path) if isinstance(path, (str, os.PathLike)) else os.path.join(*path)
    os.makedirs(whole, exist_ok=True)
