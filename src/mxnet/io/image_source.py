"""Batches of images out of a record file, decoded and changed by threads while earlier batches are in use."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections import deque
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from .. import _codec
from ..base import MXNetError
from ..context import cpu
from ..dtype import to_numpy, to_torch
from ..files.errors import FormatError, cannot_open
from ..files.record_header import unpack
from ..files.recordio import RecordReader, read_index
from ..ndarray import NDArray, load, save
from ..ndarray import array as nd_array
from .crew import Crew, Job
from .image_options import RecordOptions
from .native import BatchSource, RawBatch
from .rows import RowPlan, Shuffler, stretch_of_part

__all__ = ["ImageSource", "Sample"]

_SHUFFLE_SEED = 111
"""What MXNet adds to the seed of a shuffle."""


class Sample(NamedTuple):
    """A record as it is in the file."""

    id: int
    label: np.ndarray
    content: bytes


class Records:
    """The records of a file that belong to a part, by number, with labels of their own or from a list.

    Parameters
    ----------
    name, options : of the iterator.
    """

    def __init__(self, name: str, options: RecordOptions) -> None:
        self.name = name
        self.path = options.path_imgrec
        self._reader = RecordReader(self.path)
        if options.path_imgidx:
            places = sorted(place for _, place in read_index(options.path_imgidx))
            length = -(-len(places) // max(1, options.num_parts))
            stretch_of_part(name, len(places), options.num_parts, options.part_index)
            places = places[length * options.part_index : length * (options.part_index + 1)]
        else:
            # A part is a stretch of bytes, as in MXNet; a record belongs to the one in which it begins.
            stretch_of_part(name, self._reader.size, options.num_parts, options.part_index)
            length = -(-self._reader.size // options.num_parts) + 3 & ~3
            part = range(length * options.part_index, length * (options.part_index + 1))
            places = [place for place in self._reader.starts() if place in part]
        if not places:
            raise FormatError(
                f"{name}: there are no records",
                received=f"{self.path!r}, part {options.part_index} of {options.num_parts}",
                hint="fewer parts" if options.num_parts > 1 else "check the path",
            )
        self._places = places
        self.labels = _labels_of(options.path_imglist) if options.path_imglist else None

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, number: int) -> Sample:
        """The record of a number; raises `FormatError` if it has no header, ``MXNetError`` if the list has no label."""
        record, _ = self._reader.read_at(self._places[number])
        header, content = unpack(record)
        label = np.atleast_1d(np.asarray(header.label, np.float32))
        if self.labels is not None:
            found = self.labels.get(header.id)
            if found is None:
                raise MXNetError(
                    f"{self.name}: the list has no label for a record",
                    received=f"the record with the id {header.id}",
                    because="path_imglist has a line for each record, which begins with its id",
                )
            label = found
        return Sample(header.id, label, content)

    def error(self, number: int, error: MXNetError) -> MXNetError:
        """Say which record an error is about."""
        return type(error)(
            f"{self.name}: {error.what}",
            received=f"the record at byte {self._places[number]} of {self.path!r}"
            + (f": {error.received}" if error.received else ""),
            because=error.because,
            hint=error.hint,
        )


class ImageSource(BatchSource):
    """Batches of images; what becomes of one is the matter of the subclasses.

    Shapes: data ``(batch_size, channels, height, width)``; label as the subclass has it.

    The order without a shuffle is that of the file, with one that of 1.9.1 for the same seed. Random numbers belong to
    the place of an image in the pass, so they do not depend on the number of threads.
    """

    def __init__(self, name: str, options: RecordOptions, dtype: str, label_shape: tuple[int, ...]) -> None:
        options.check(name)
        self.options = options
        self.records = Records(name, options)
        self.batch_size = options.batch_size
        self.data_shape = options.data_shape
        self.label_shape = label_shape
        # The numbers are worked out as float32, or put as they are where whole ones are wanted.
        kind = to_torch(dtype if options.dtype == "None" else options.dtype)
        self._target = kind
        self._store = np.dtype(np.float32) if kind.is_floating_point else np.dtype(to_numpy(kind))
        self.dtype, self.label_dtype = to_numpy(kind), np.float32
        self._plan = RowPlan(len(self.records), options.batch_size, options.round_batch)
        self._crew = Crew(options.preprocess_threads)
        self._pending: deque[tuple[Job, np.ndarray, np.ndarray, np.ndarray, int]] = deque()
        self._passes, self._batches = 0, 0
        self._shuffler = self._shuffler_of(options)
        self._order = self._new_order()
        self._next_order: np.ndarray | None = None
        channels = options.data_shape[0]
        self._mean: Any = np.array(options.mean()[:channels], np.float32).reshape(-1, 1, 1)
        self._factor = (options.scale / np.array(options.std()[:channels], np.float32)).reshape(-1, 1, 1)
        if options.mean_img and self._target.is_floating_point:
            self._mean = self._mean_image(options.mean_img)

    # ------------------------------------------------------------------ for subclasses

    @abstractmethod
    def change(self, image: np.ndarray, label: np.ndarray, rng: Any) -> tuple[np.ndarray, np.ndarray, Any]:
        """An image of the shape of the batch, its label, and further arguments of `finish`."""

    def finish(self, target: np.ndarray, extra: Any) -> None:
        """Shift and scale the pixels in place, ``(channels, height, width)`` float32."""
        target -= self._mean
        target *= self._factor

    def is_random(self) -> bool:
        """Whether `change` draws random numbers."""
        return True

    # ------------------------------------------------------------------ passes

    def restart(self) -> None:
        """Begin the next pass."""
        self.close()
        self._plan.restart()
        self._passes += 1
        self._batches = 0
        # A last batch that was filled has begun the order of this pass.
        self._order = self._new_order() if self._next_order is None else self._next_order
        self._next_order = None

    def advance(self) -> RawBatch | None:
        """The next batch, once its images are there; the ones after it are in the making."""
        # As many as are read ahead, and the one that is wanted.
        while len(self._pending) <= self.options.prefetch_buffer and self._begin_batch():
            pass
        if not self._pending:
            return None
        job, data, label, ids, pad = self._pending.popleft()
        try:
            job.result()
        except BaseException:
            self.close()
            raise
        tensor = torch.from_numpy(data).to(self._target)
        return RawBatch(
            NDArray._wrap(tensor, cpu()),
            NDArray._wrap(torch.from_numpy(label.reshape(len(ids), *self.label_shape)), cpu()),
            ids,
            pad,
        )

    def close(self) -> None:
        """Drop what is under way."""
        self._pending.clear()
        self._crew.drop()

    def _begin_batch(self) -> bool:
        planned = self._plan.advance()
        if planned is None:
            return False
        numbers, pad = planned
        rows = self._order[numbers]
        if pad and self.options.round_batch:
            if self._next_order is None:
                self._next_order = self._new_order()
            rows[-pad:] = self._next_order[numbers[-pad:]]
        count = len(rows)
        data = np.empty((count, *self.data_shape), self._store)
        label = np.empty((count, int(np.prod(self.label_shape))), np.float32)
        ids = np.zeros(count, np.uint64)
        seed = self.options.seed if self.options.seed_aug is None else self.options.seed_aug
        key = (seed % 2**64, self._passes, self._batches) if self.is_random() else None
        self._batches += 1
        parts = np.array_split(np.arange(count), min(count, self._crew.size))
        fill = partial(self._fill, data, label, ids, rows, key)
        job = Job([partial(fill, part) for part in parts])
        self._pending.append((job, data, label, ids, pad))
        self._crew.take(job)
        return True

    def _fill(
        self,
        data: np.ndarray,
        label: np.ndarray,
        ids: np.ndarray,
        rows: np.ndarray,
        key: tuple[int, ...] | None,
        places: np.ndarray,
    ) -> None:
        """Decode and change some images of a batch."""
        channels = self.data_shape[0]
        flag = {1: 0, 3: 1, 4: -1}[channels]
        for place in places.tolist():
            number = int(rows[place])
            rng = None if key is None else np.random.default_rng((*key, place))
            try:
                sample = self.records[number]
                image = _codec.decode(sample.content, flag)
                if image.shape[2] != channels or image.dtype != np.uint8:
                    raise MXNetError(
                        "an image has other channels than data_shape",
                        received=f"{image.dtype} {image.shape}",
                        because=f"data_shape={self.data_shape} takes {channels}",
                        hint=f"data_shape=(3, {self.data_shape[1]}, {self.data_shape[2]})",
                    )
                image, values, extra = self.change(image, sample.label, rng)
            except MXNetError as error:
                raise self.records.error(number, error) from error
            label[place] = values
            ids[place] = sample.id
            if self._store == np.int8:
                image = np.minimum(image, 127)
            data[place] = image.transpose(2, 0, 1)
            if self._target.is_floating_point:
                self.finish(data[place], extra)

    # ------------------------------------------------------------------ order, mean image

    def _shuffler_of(self, options: RecordOptions) -> Shuffler | None:
        if options.shuffle:
            return Shuffler(options.seed + _SHUFFLE_SEED)
        return Shuffler(options.shuffle_chunk_seed + _SHUFFLE_SEED) if options.shuffle_chunk_size else None

    def _new_order(self) -> np.ndarray:
        count = len(self.records)
        return np.arange(count) if self._shuffler is None else self._shuffler.permutation(count)

    def _mean_image(self, path: str) -> np.ndarray:
        """The mean of all images from a file; the file is made if it is not there."""
        if not os.path.exists(path):
            total = np.zeros(self.data_shape, np.float64)
            for number in range(len(self.records)):
                sample = self.records[number]
                image = _codec.decode(sample.content, {1: 0, 3: 1, 4: -1}[self.data_shape[0]])
                total += self.change(image, sample.label, np.random.default_rng(0))[0].transpose(2, 0, 1)
            save(path, {"mean_img": nd_array(total / len(self.records))})
        found = load(path)
        mean = found.get("mean_img") if isinstance(found, dict) else None
        if mean is None or mean.shape != self.data_shape:
            raise MXNetError(
                f"{self.records.name}: mean_img holds no mean image of this shape",
                received=f"{path!r} with {mean.shape if mean is not None else 'no mean_img'}",
                because=f"data_shape is {self.data_shape}",
                hint="delete it, and it is made anew",
            )
        return mean.asnumpy()


def _labels_of(path: str) -> dict[int, np.ndarray]:
    """The labels in a list of images: lines ``id <tab> label ... <tab> file name``."""
    labels: dict[int, np.ndarray] = {}
    try:
        with Path(path).open(encoding="utf-8", errors="replace") as stream:
            for number, line in enumerate(stream, 1):
                fields = line.split("\t")
                if not line.strip():
                    continue
                try:
                    labels[int(float(fields[0]))] = np.array(fields[1:-1], np.float32)
                except (ValueError, OverflowError):
                    fields = []
                if len(fields) < 3:
                    raise FormatError(
                        f"{path!r} is not a valid list of images",
                        received=f"line {number}: {line.strip()[:60]!r}",
                        because="a line is a number, a label of one or more, and a file name, with tabs in between",
                    )
    except OSError as error:
        raise cannot_open(path, error) from error
    return labels
