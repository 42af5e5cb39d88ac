"""`MNISTIter`: batches of a pair of IDX files."""

from __future__ import annotations

import logging
from typing import Any, Literal

import numpy as np
import torch

from ..base import MXNetError
from ..context import cpu
from ..files import FormatError, read_idx
from ..ndarray import NDArray
from .native import BatchSource, RawBatch, Shape, data_iterator
from .rows import Shuffler, positive_batch, stretch_of_part

__all__ = ["MNISTIter"]


@data_iterator
def MNISTIter(
    *,
    image: str = "./train-images-idx3-ubyte",
    label: str = "./train-labels-idx1-ubyte",
    batch_size: int = 128,
    shuffle: bool = True,
    flat: bool = False,
    seed: int = 0,
    silent: bool = False,
    num_parts: int = 1,
    part_index: int = 0,
    input_shape: Shape = (),
    prefetch_buffer: int = 4,
    ctx: Literal["cpu", "gpu"] = "gpu",
    dtype: Literal["None", "float32"] = "None",
) -> BatchSource:
    """Batches of images and labels in the format of MNIST, as an `MXDataIter`: ``data = pixels / 256``.

    Shapes: data ``(batch_size, 1, rows, columns)``, or ``(batch_size, rows * columns)`` with ``flat``; label
    ``(batch_size,)``; both float32. Samples left over at the end are left out, and indices are all 0. Parameters are
    given by name.

    Parameters
    ----------
    image, label : paths of the two IDX files, gzipped or not.
    batch_size : images in a batch.
    shuffle : whether the images are shuffled, once.
    flat : whether an image is a row of pixels.
    seed : where the order of ``shuffle`` comes from; the order is that of 1.9.1.
    silent : whether to leave out the line in the log (of the logger ``mxnet``).
    num_parts, part_index : read one of so many equal parts only.
    input_shape, prefetch_buffer, ctx : accepted; the files say what the shape is, and all images are in memory.
    dtype : float32.
    data_name, label_name : what the network calls the two.

    Raises
    ------
    FormatError : a file is not what its name says.
    MXNetError : a file is missing, the two do not belong together, or there are fewer images than a batch has.

    >>> from mxnet.files import write_idx
    >>> folder = getfixture("tmp_path")
    >>> write_idx(folder / "images", np.arange(24, dtype=np.uint8).reshape(4, 2, 3))
    >>> write_idx(folder / "labels", np.array([7, 2, 1, 0], np.uint8))
    >>> digits = mx.io.MNISTIter(
    ...     image=str(folder / "images"), label=str(folder / "labels"), batch_size=2, shuffle=False
    ... )
    >>> [(batch.data[0].shape, batch.label[0].asnumpy().tolist()) for batch in digits]
    [((2, 1, 2, 3), [7.0, 2.0]), ((2, 1, 2, 3), [1.0, 0.0])]

    Source: LeCun, Cortes, Burges, "The MNIST database of handwritten digits" (1998).
    """
    positive_batch("MNISTIter", batch_size)
    images, labels = _read(image, 3, "images"), _read(label, 1, "labels")
    if len(images) != len(labels):
        raise MXNetError(
            "MNISTIter: images and labels do not belong together",
            received=f"{len(images)} images in {image!r}, {len(labels)} labels in {label!r}",
        )
    part = stretch_of_part("MNISTIter", len(images), num_parts, part_index)
    images, labels = images[part], labels[part]
    if len(images) < batch_size:
        raise MXNetError(
            "MNISTIter: there are fewer images than a batch has",
            received=f"{len(images)} images, batch_size={batch_size}",
            because="a batch that is not full is left out",
            hint=f"batch_size={len(images)}" if len(images) else "fewer parts",
        )
    if shuffle:
        order = Shuffler(seed).permutation(len(images))
        images, labels = images[order], labels[order]
    images = images.reshape(len(images), -1) if flat else images[:, np.newaxis]
    source = _PixelSource(images, labels, batch_size)
    if not silent:
        shape = (batch_size, *source.data_shape)
        logging.getLogger("mxnet").info(
            "MNISTIter: load %d images, shuffle=%d, shape=%s", len(images), shuffle, shape
        )
    return source


def _read(path: Any, ndim: int, what: str) -> np.ndarray:
    array = read_idx(path)
    if array.dtype != np.uint8 or array.ndim != ndim or not array.size:
        raise FormatError(
            f"MNISTIter: {path!r} does not hold {what}",
            received=f"{array.dtype} {array.shape}",
            because=f"{what} are bytes with {ndim} axes" if ndim > 1 else f"{what} are bytes with 1 axis",
            hint="check that image= and label= are not the wrong way round",
        )
    return array


class _PixelSource(BatchSource):
    """Full batches of bytes, which become fractions of 256 on the way."""

    def __init__(self, images: np.ndarray, labels: np.ndarray, batch_size: int) -> None:
        self.batch_size = batch_size
        self.data_shape = images.shape[1:]
        self.label_shape = ()
        self._images = torch.from_numpy(np.ascontiguousarray(images))
        self._labels = torch.from_numpy(np.ascontiguousarray(labels))
        self._next = 0

    def restart(self) -> None:
        """Begin the next pass."""
        self._next = 0

    def advance(self) -> RawBatch | None:
        """The next full batch."""
        rows = slice(self._next, self._next + self.batch_size)
        if rows.stop > len(self._images):
            return None
        self._next = rows.stop
        data = self._images[rows].to(torch.float32).mul_(1 / 256)
        label = self._labels[rows].to(torch.float32)
        index = np.zeros(self.batch_size, np.uint64)
        return RawBatch(NDArray._wrap(data, cpu()), NDArray._wrap(label, cpu()), index, 0)
