"""Iterators over files of images, which decode and change each image as it is needed."""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from ..base import MXNetError, message, numeric_types
from ..io import DataBatch, DataIter
from ..ndarray import NDArray, array
from ..ndarray.invoke import function_of
from ..recordio import MXIndexedRecordIO, MXRecordIO, unpack
from .create_augmenter import CreateAugmenter
from .io import imdecode

__all__ = ["ImageIter"]

THREADS = "MXNET_CPU_WORKER_NTHREADS"

_LABEL_TYPES = ("int32", "float32", "int64", "float64")
_PAD, _DISCARD, _ROLL_OVER = _LAST_BATCH = ("pad", "discard", "roll_over")


class ImageIter(DataIter):
    """Batches of images from a RecordIO file, from a list of files, or from both.

    Shapes: data ``(batch_size, channels, height, width)`` float32; label ``(batch_size,)``, or
    ``(batch_size, label_width)``.

    Parameters
    ----------
    batch_size : images in a batch.
    data_shape : of an image behind its augmenters, ``(3, height, width)``.
    label_width : numbers in a label.
    path_imgrec : a RecordIO file of packed images.
    path_imglist : a text file with lines ``number <tab> label ... <tab> file name``; with ``path_imgrec``, the labels
        of its records by their numbers.
    path_root : the folder of the files in the list.
    path_imgidx : the index of ``path_imgrec``, with which it can be shuffled and divided.
    shuffle : bring the images into another order at each `reset`, drawn from Python's ``random``.
    part_index, num_parts : which of how many equal parts of the images to read; what is left over belongs to none.
    aug_list : augmenters, applied in order; by default those of `CreateAugmenter` with ``kwargs``.
    imglist : a list of ``[label, ..., file name]`` instead of ``path_imglist``.
    data_name, label_name : the names in ``provide_data`` and ``provide_label``.
    dtype : type of the labels of a list: int32, int64, float32 or float64.
    last_batch_handle : a last batch with too few images is filled from the beginning (``'pad'``, which ``batch.pad``
        tells), left out (``'discard'``), or kept for the next pass (``'roll_over'``).

    With ``MXNET_CPU_WORKER_NTHREADS`` in the environment so many threads decode the images of a batch.

    Raises
    ------
    AssertionError : no source of images; shuffling or dividing a RecordIO file without its index.
    ValueError : a ``data_shape`` that is not ``(3, height, width)``.
    MXNetError : an image is damaged; the iterator goes on behind it.

    Differs from 1.9.1: a batch of more images than there are is filled with them again and again, where that leaves
    parts of it uninitialised.
    """

    provide_data: Sequence[Any]
    provide_label: Sequence[Any]

    def __init__(
        self,
        batch_size: int,
        data_shape: Sequence[int],
        label_width: int = 1,
        path_imgrec: str | os.PathLike[str] | None = None,
        path_imglist: str | os.PathLike[str] | None = None,
        path_root: str | os.PathLike[str] | None = None,
        path_imgidx: str | os.PathLike[str] | None = None,
        shuffle: bool = False,
        part_index: int = 0,
        num_parts: int = 1,
        aug_list: Sequence[Callable[..., Any]] | None = None,
        imglist: list[Any] | None = None,
        data_name: str = "data",
        label_name: str = "softmax_label",
        dtype: str = "float32",
        last_batch_handle: str = "pad",
        **kwargs: Any,
    ) -> None:
        super().__init__(batch_size)
        if path_imgrec is None and path_imglist is None and not isinstance(imglist, list):
            raise AssertionError(
                message(
                    f"{type(self).__name__}: no images",
                    because="they come from path_imgrec, path_imglist or imglist, a list",
                )
            )
        _check_word(self, "dtype", dtype, _LABEL_TYPES, AssertionError, f"{dtype} label not supported")
        _check_word(self, "last_batch_handle", last_batch_handle, _LAST_BATCH, ValueError)
        self.check_data_shape(data_shape)
        self.auglist: Sequence[Callable[..., Any]] = (
            CreateAugmenter(data_shape, **kwargs) if aug_list is None else aug_list
        )
        self.path_root = path_root
        self._open(path_imgrec, path_imgidx, path_imglist, imglist, dtype)

        # Without a list of their numbers, records come one after the other.
        keys = self.imgidx if self.imgrec is not None else self.imglist
        self.seq = None if keys is None else _part(list(keys), part_index, num_parts)
        if self.seq is None and (shuffle or num_parts > 1):
            raise AssertionError(
                message(
                    f"{type(self).__name__}: a RecordIO file without its index cannot be shuffled or divided",
                    hint="path_imgidx=..., the file ending in .idx that was written with it",
                )
            )
        self.num_image = None if self.seq is None else len(self.seq)
        self.data_shape = tuple(data_shape)
        self.label_width = label_width
        self.shuffle = shuffle
        self.last_batch_handle = last_batch_handle
        self.provide_data = [(data_name, (batch_size, *self.data_shape))]
        self.provide_label = [(label_name, (batch_size, label_width) if label_width > 1 else (batch_size,))]
        self._kept: list[tuple[Any, NDArray]] = []  # samples of the last pass, too few for a batch
        self.reset()

    def _open(
        self, path_imgrec: Any, path_imgidx: Any, path_imglist: Any, imglist: list[Any] | None, dtype: str
    ) -> None:
        self.imgrec: MXRecordIO | None = None
        self.imgidx: list[Any] | None = None
        self.imglist: dict[Any, tuple[NDArray, str]] | None = None
        if path_imgrec is not None:
            logging.info("%s: loading recordio %s...", type(self).__name__, path_imgrec)
            if path_imgidx is None:
                self.imgrec = MXRecordIO(path_imgrec, "r")
            else:
                self.imgrec = indexed = MXIndexedRecordIO(path_imgidx, path_imgrec, "r")
                self.imgidx = list(indexed.keys)
        if path_imglist is not None:
            logging.info("%s: loading image list %s...", type(self).__name__, path_imglist)
            self.imglist = _read_list(path_imglist, dtype)
        elif isinstance(imglist, list):
            self.imglist = {str(i): _entry(line, dtype) for i, line in enumerate(imglist, 1)}

    # ------------------------------------------------------------------ passes and samples

    def reset(self) -> None:
        """Begin the next pass; images that were kept for it stay."""
        if self.seq is None:
            assert self.imgrec is not None
            self.imgrec.reset()
        elif self.shuffle:
            random.shuffle(self.seq)
        self.cur = 0
        self._allow_read = True

    def hard_reset(self) -> None:
        """Begin the next pass, and forget the images that were kept for it."""
        self._kept = []
        self.reset()

    def next_sample(self) -> tuple[Any, bytes]:
        """The label and the encoded image of the next sample; raises ``StopIteration`` behind the last one."""
        _, label, content = self._next_sample()
        return label, content

    def _next_sample(self) -> tuple[Any, Any, bytes]:
        """Number, label and encoded image of the next sample."""
        if not self._allow_read:
            raise StopIteration
        key = None
        if self.seq is None:
            assert self.imgrec is not None
            record = self.imgrec.read()
            if record is None:
                if self.last_batch_handle != _DISCARD:
                    self.imgrec.reset()
                raise StopIteration
        else:
            if self.cur >= len(self.seq):
                if self.last_batch_handle != _DISCARD:
                    self.cur = 0
                raise StopIteration
            key = self.seq[self.cur]
            self.cur += 1
            if not isinstance(self.imgrec, MXIndexedRecordIO):
                label, name = self._listed(key)
                return name, label, self.read_image(name)
            record = self.imgrec.read_idx(key)
        header, content = unpack(record)
        label = header.label if self.imglist is None or key is None else self._listed(key)[0]
        return key, label, content

    def _listed(self, key: Any) -> tuple[NDArray, str]:
        assert self.imglist is not None
        if key not in self.imglist:
            raise KeyError(message(f"{type(self).__name__}: the image list has no line for record {key}"))
        return self.imglist[key]

    # ------------------------------------------------------------------ batches

    def next(self) -> DataBatch:
        """The next batch; raises ``StopIteration`` behind the last one.

        Raises
        ------
        MXNetError : an image is damaged; the next call goes on behind it.
        ValueError : an image or a label has another shape than the batch.
        """
        samples, self._kept = self._kept, []
        pad = self.batch_size - len(samples) if samples else 0  # what this pass adds to what was kept
        self._read_into(samples)
        if not samples:
            raise StopIteration
        if len(samples) < self.batch_size:
            if self.last_batch_handle == _ROLL_OVER:
                self._kept = samples
            if self.last_batch_handle != _PAD:
                raise StopIteration
            pad = self.batch_size - len(samples)
            while len(samples) < self.batch_size:
                self._read_into(samples)
            self._allow_read = False
        labels, images = zip(*samples, strict=True)
        return DataBatch([function_of("stack")(*images)], [self._label_batch(labels)], pad=pad)

    def _read_into(self, samples: list[tuple[Any, NDArray]]) -> None:
        """Append samples until there are enough for a batch, or no more."""
        threads = int(os.environ.get(THREADS, "1"))
        if threads > 1:
            with ThreadPoolExecutor(threads) as pool:
                self._read_ahead(samples, lambda content: pool.submit(self.imdecode, content).result)
        else:
            self._read_ahead(samples, lambda content: lambda: self.imdecode(content), at_once=1)

    def _read_ahead(
        self,
        samples: list[tuple[Any, NDArray]],
        decoding: Callable[[bytes], Callable[[], NDArray]],
        at_once: int | None = None,
    ) -> None:
        ended = False
        while not ended and (wanted := self.batch_size - len(samples)):
            found = []
            for _ in range(at_once or wanted):
                try:
                    key, label, content = self._next_sample()
                except StopIteration:
                    ended = True
                    break
                found.append((key, label, decoding(content)))
            for key, label, decoded in found:
                try:
                    image = decoded()
                except MXNetError as error:
                    error.what = f"Broken image {self._place(key)}: {error.what}"
                    raise
                self.check_valid_image([image])
                sample = self._sample(label, image)
                if sample is not None:
                    samples.append(sample)

    def _sample(self, label: Any, image: NDArray) -> tuple[Any, NDArray] | None:
        """What a batch gets of an image and its label; None leaves them out."""
        return label, self._finished(self.augmentation_transform(image))

    def _finished(self, image: NDArray) -> NDArray:
        datum = self.postprocess_data(image)
        if datum.shape != self.data_shape:
            raise ValueError(
                message(
                    f"{type(self).__name__}: an image of {datum.shape}",
                    because=f"behind its augmenters each is {self.data_shape}, (channels, height, width)",
                    hint="mx.image.ForceResizeAug((width, height)) or mx.image.CenterCropAug in aug_list",
                )
            )
        return datum if datum.dtype == np.float32 else datum.astype("float32")

    def _label_batch(self, labels: Sequence[Any]) -> NDArray:
        rows = [np.ravel(label.asnumpy() if isinstance(label, NDArray) else label) for label in labels]
        for row in rows:
            if len(row) != self.label_width:
                raise ValueError(
                    message(
                        f"{type(self).__name__}: a label of {len(row)} numbers",
                        because=f"label_width is {self.label_width}",
                        hint=f"label_width={len(row)}",
                    )
                )
        return array(np.array(rows, np.float32).reshape(self.provide_label[0][1]))

    def _place(self, key: Any) -> str:
        if key is None:
            return "record"
        return f"index {key}" if self.imgrec is not None else f"filename {key}"

    # ------------------------------------------------------------------ for subclasses to override

    def check_data_shape(self, data_shape: Sequence[int]) -> None:
        """Raise ``ValueError`` for what is not ``(3, height, width)``."""
        if len(data_shape) != 3:
            raise ValueError(
                message("data_shape should have length 3, with dimensions CxHxW", received=repr(data_shape))
            )
        if data_shape[0] != 3:
            raise ValueError(
                message("This iterator expects inputs to have 3 channels.", received=repr(data_shape))
            )

    def check_valid_image(self, data: Sequence[NDArray]) -> None:
        """Raise ``RuntimeError`` if the decoded image, ``data[0]``, has no axes."""
        if len(data[0].shape) == 0:
            raise RuntimeError(message("Data shape is wrong", received="an array without axes"))

    def imdecode(self, s: bytes) -> NDArray:
        """Decode an image: `mx.image.imdecode`."""
        return imdecode(s)

    def read_image(self, fname: str) -> bytes:
        """The content of a file of the list."""
        with open(os.path.join(self.path_root or "", fname), "rb") as file:
            return file.read()

    def augmentation_transform(self, data: NDArray) -> NDArray:
        """Apply the augmenters."""
        for augmenter in self.auglist:
            data = augmenter(data)
        return data

    def postprocess_data(self, datum: NDArray) -> NDArray:
        """Bring the channels of an image to the front."""
        return datum.transpose((2, 0, 1))


def _check_word(
    iterator: ImageIter,
    name: str,
    given: Any,
    words: Sequence[str],
    kind: type[Exception],
    what: str | None = None,
) -> None:
    if given not in words:
        raise kind(
            message(
                what or f"{type(iterator).__name__}: {name}={given!r}",
                because=f"{name} is one of " + ", ".join(map(repr, words)),
            )
        )


def _part(keys: list[Any], part_index: int, num_parts: int) -> list[Any]:
    if not 0 <= part_index < num_parts:
        raise AssertionError(
            message(
                f"there is no part {part_index} of {num_parts}",
                because=f"part_index counts from 0 to {num_parts - 1}",
            )
        )
    length = len(keys) // num_parts
    return keys if num_parts == 1 else keys[part_index * length : (part_index + 1) * length]


def _read_list(path: str | os.PathLike[str], dtype: str) -> dict[Any, tuple[NDArray, str]]:
    """The labels and names of an image list by their numbers."""
    entries = {}
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            key, *label, name = line.strip().split("\t") if "\t" in line else ("", line)
            try:
                entries[int(key)] = array([float(each) for each in label], dtype=dtype), name
            except ValueError:
                raise ValueError(
                    message(
                        f"image list {os.fspath(path)!r}, line {number}: not a number, labels and a name",
                        received=repr(line[:80]),
                        because="they stand in this order, with tabs between them",
                    )
                ) from None
    return entries


def _entry(line: Sequence[Any], dtype: str) -> tuple[NDArray, str]:
    """Label and name of a line of ``imglist``."""
    *label, name = line
    values = label[0] if len(label) == 1 and not isinstance(label[0], numeric_types) else label
    return array(values, dtype=dtype), name
