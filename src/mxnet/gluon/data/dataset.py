"""Datasets: samples by number, and new datasets made of old ones."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ... import recordio
from ..._surface import module_getattr as _module_getattr
from ...base import message
from ...ndarray import NDArray
from . import sampler as _sampler
from .batching import (
    BatchFetch,
    SampleBySample,
    apply_stages,
    batch_fetch,
    draws_random_numbers,
    merged,
    own_batch_fetch,
    stages_of,
)
from .gathering import Mapped, can_gather, gather, is_in_file, is_rows

__all__ = ["ArrayDataset", "Dataset", "RecordFileDataset", "SimpleDataset"]

__getattr__ = _module_getattr(__name__)


class Dataset:
    """Base of datasets: subclasses define ``__getitem__(index)`` and ``__len__()``.

    A subclass may also define ``__getitems__(indices)``, which returns the batch of those samples at once, as
    `default_batchify_fn` would make it: `DataLoader` then asks for batches instead of samples.
    """

    def __getitem__(self, idx: Any) -> Any:
        raise NotImplementedError(message(f"{type(self).__name__}: __getitem__ is not defined"))

    def __len__(self) -> int:
        raise NotImplementedError(message(f"{type(self).__name__}: __len__ is not defined"))

    def filter(self, fn: Callable[[Any], Any]) -> Dataset:
        """Those samples for which ``fn(sample)`` is true. Looks at every sample now.

        >>> list(SimpleDataset([1, 2, 3, 4]).filter(lambda x: x % 2 == 0))
        [2, 4]
        """
        return _SampledDataset(self, _sampler.FilterSampler(fn, self))

    def shard(self, num_shards: int, index: int) -> Dataset:
        """The ``index``-th of ``num_shards`` consecutive parts, whose sizes differ by at most one.

        >>> [list(SimpleDataset([1, 2, 3, 4, 5]).shard(2, i)) for i in range(2)]
        [[1, 2, 3], [4, 5]]
        """
        if index < 0:
            raise AssertionError(message("Index must be non-negative", received=f"index={index}"))
        if index >= num_shards:
            raise AssertionError(
                message(
                    f"Shard index of out bound: {index} out of {num_shards}",
                    because=f"{num_shards} shards have the numbers 0 to {num_shards - 1}",
                )
            )
        size, larger = divmod(len(self), num_shards)
        start = size * index + min(index, larger)
        return _SampledDataset(self, _sampler.SequentialSampler(size + (index < larger), start))

    def take(self, count: int | None) -> Dataset:
        """The first ``count`` samples; all of them if there are fewer, or for None.

        >>> list(SimpleDataset([1, 2, 3]).take(2))
        [1, 2]
        """
        if count is None or count > len(self):
            count = len(self)
        return _SampledDataset(self, _sampler.SequentialSampler(count))

    def sample(self, sampler: _sampler.Sampler) -> Dataset:
        """The samples whose numbers ``sampler`` gives, in its order, which is drawn once and stays.

        >>> list(SimpleDataset("abcd").sample(_sampler.SequentialSampler(2, start=1)))
        ['b', 'c']
        """
        if not isinstance(sampler, _sampler.Sampler):
            raise TypeError(
                message(
                    f"Invalid sampler type: {type(sampler)}. Expected gluon.data.Sampler instead.",
                    hint="gluon.data.SequentialSampler(length, start), gluon.data.RandomSampler(length), ...",
                )
            )
        return _SampledDataset(self, sampler)

    def transform(self, fn: Callable[..., Any], lazy: bool = True) -> Dataset:
        """Samples as ``fn`` makes them; a sample that is a tuple is handed over as several arguments.

        Parameters
        ----------
        fn : any callable.
        lazy : True calls ``fn`` each time a sample is asked for, which random augmentation needs; False calls it
            for every sample now and keeps the results.

        >>> list(SimpleDataset([(1, 2), (3, 4)]).transform(lambda x, y: x * y))
        [2, 12]
        """
        if not callable(fn):
            raise _no_function(fn)
        transformed = _LazyTransformDataset(self, fn)
        return transformed if lazy else SimpleDataset([transformed[i] for i in range(len(transformed))])

    def transform_first(self, fn: Callable[[Any], Any], lazy: bool = True) -> Dataset:
        """Samples whose first element, usually the data, is as ``fn`` makes it; the rest, usually labels, stays.

        >>> list(SimpleDataset([(1, 2), (3, 4)]).transform_first(lambda x: -x))
        [(-1, 2), (-3, 4)]
        """
        if not callable(fn):
            raise _no_function(fn)
        return self.transform(_TransformFirst(fn), lazy)

    def _batch_fetch(self) -> BatchFetch | None:
        return own_batch_fetch(self)


class SimpleDataset(Dataset):
    """A dataset over a list, or anything else with ``[]`` and ``len()``.

    >>> SimpleDataset([5, 6, 7])[1]
    6
    """

    def __init__(self, data: Any) -> None:
        self._data = data

    def __len__(self) -> int:
        return len(self._data)

    def __getitem__(self, idx: Any) -> Any:
        return self._data[idx]

    def __getitems__(self, indices: Sequence[int]) -> NDArray:
        """The batch of these samples, if they are the rows of an array: one gather."""
        return gather(self._data, np.asarray(indices, dtype=np.int64))

    def _batch_fetch(self) -> BatchFetch | None:
        return own_batch_fetch(self, is_in_file(self._data)) if is_rows(self._data) else None


class ArrayDataset(Dataset):
    """Several arrays side by side: sample i is ``(a[i], b[i], ...)``, or ``a[i]`` for a single array.

    Parameters
    ----------
    args : one or more of NDArrays, NumPy arrays, lists, datasets; all of one length. An `NDArray` with one axis is
        kept as a NumPy array, so that its items are NumPy scalars. Arrays in files (``np.load(path, mmap_mode='r')``,
        ``np.memmap``, ``mxnet.files.read_idx(path, mmap_mode='r')``) stay there: of each batch its rows are read, and
        a worker process opens the file again.

    Raises
    ------
    AssertionError : no array, or arrays of different lengths.

    >>> from mxnet import nd
    >>> features, label = ArrayDataset(nd.ones((4, 2)), [0, 1, 0, 1])[3]
    >>> features.shape, label
    ((2,), 1)
    """

    def __init__(self, *args: Any) -> None:
        if not args:
            raise AssertionError(message("Needs at least 1 arrays", hint="ArrayDataset(features, labels)"))
        self._length = len(args[0])
        self._data: list[Any] = []
        for i, data in enumerate(args):
            if len(data) != self._length:
                raise AssertionError(
                    message(
                        "All arrays must have the same length; "
                        f"array[0] has length {self._length} while array[{i}] has {len(data)}."
                    )
                )
            if isinstance(data, NDArray) and data.ndim == 1:
                data = data.asnumpy().view(np.ndarray)
            self._data.append(data)

    def __getitem__(self, idx: Any) -> Any:
        if len(self._data) == 1:
            return self._data[0][idx]
        return tuple([data[idx] for data in self._data])

    def __len__(self) -> int:
        return self._length

    def __getitems__(self, indices: Sequence[int]) -> Any:
        """The batch of these samples: one gather an array."""
        rows = np.asarray(indices, dtype=np.int64)
        columns = [gather(data, rows) for data in self._data]
        return columns[0] if len(columns) == 1 else columns

    def _batch_fetch(self) -> BatchFetch | None:
        if all(can_gather(data) for data in self._data):
            return own_batch_fetch(self, any(is_in_file(data) for data in self._data))
        return None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_data": [Mapped.instead_of(data) for data in self._data]}

    def __setstate__(self, state: dict[str, Any]) -> None:
        data = [each.open() if isinstance(each, Mapped) else each for each in state["_data"]]
        self.__dict__.update({**state, "_data": data})


class RecordFileDataset(Dataset):
    """The records of a RecordIO file: sample i is the i-th record of its index, as bytes.

    Parameters
    ----------
    filename : path of the record file, ``*.rec``; its index is expected beside it, ``*.idx``.

    Raises
    ------
    MXNetError : the file cannot be opened.
    FileNotFoundError : there is no index; says how to make one.

    Threads may read at a time; a process that the dataset is sent to opens the file again.

    >>> import tempfile
    >>> from mxnet import recordio
    >>> path = tempfile.mkdtemp() + "/words.rec"
    >>> with recordio.MXIndexedRecordIO(path[:-4] + ".idx", path, "w") as record:
    ...     for key, word in enumerate([b"zero", b"one", b"two"]):
    ...         record.write_idx(key, word)
    >>> dataset = RecordFileDataset(path)
    >>> len(dataset), dataset[1]
    (3, b'one')
    """

    def __init__(self, filename: str | os.PathLike[str]) -> None:
        self.filename = os.fspath(filename)
        self.idx_file = os.path.splitext(self.filename)[0] + ".idx"
        self._record = recordio.MXIndexedRecordIO(self.idx_file, self.filename, "r")

    def __getitem__(self, idx: Any) -> Any:
        return self._record.read_idx(self._record.keys[idx])

    def __len__(self) -> int:
        return len(self._record.keys)


class _DownloadedDataset(Dataset):
    """Data and labels in memory, from files in a folder that they were fetched to: ``_get_data`` reads them."""

    _data: Any
    _label: Any

    def __init__(self, root: str, transform: Callable[[Any, Any], Any] | None) -> None:
        self._root = os.path.expanduser(root)
        self._transform = transform
        self._get_data()

    def _get_data(self) -> None:
        raise NotImplementedError

    def __getitem__(self, idx: Any) -> Any:
        if self._transform is not None:
            return self._transform(self._data[idx], self._label[idx])
        return self._data[idx], self._label[idx]

    def __len__(self) -> int:
        return len(self._label)

    def __getitems__(self, indices: Sequence[int]) -> list[NDArray]:
        """The data and labels of a batch, each gathered at once."""
        rows = np.asarray(indices, dtype=np.int64)
        return [gather(self._data, rows), gather(self._label, rows)]

    def _batch_fetch(self) -> BatchFetch | None:
        return own_batch_fetch(self) if self._transform is None else None


class _LazyTransformDataset(Dataset):
    def __init__(self, data: Any, fn: Callable[..., Any]) -> None:
        self._data = data
        self._fn = fn

    def __len__(self) -> int:
        return len(self._data)

    def __getitem__(self, idx: Any) -> Any:
        item = self._data[idx]
        if isinstance(item, tuple):
            return self._fn(*item)
        return self._fn(item)

    def _batch_fetch(self) -> BatchFetch | None:
        source = batch_fetch(self._data)
        if source is None:
            return None
        first_only = isinstance(self._fn, _TransformFirst)
        stages = stages_of(self._fn._fn if isinstance(self._fn, _TransformFirst) else self._fn)
        if stages is None:
            return None
        random = any(draws_random_numbers(stage) for stage in stages)
        if random and source.random:
            return None  # see `stages_of`
        is_chain = len(stages) != 1
        stages = merged(stages)

        def fetch(indices: Sequence[int]) -> Any:
            batch = source(indices)
            if not isinstance(batch, (list, tuple)):
                return apply_stages(stages, batch)
            if first_only:
                return [apply_stages(stages, batch[0]), *batch[1:]]
            if is_chain:
                raise SampleBySample  # a chain takes one argument: let it say so
            transformed = stages[0](*batch)
            return list(transformed) if isinstance(transformed, tuple) else transformed

        return BatchFetch(fetch, random or source.random, source.in_file)


class _TransformFirst:
    """Applies ``fn`` to the first of several values. A class, so that worker processes can receive it."""

    def __init__(self, fn: Callable[[Any], Any]) -> None:
        self._fn = fn

    def __call__(self, x: Any, *args: Any) -> Any:
        if args:
            return (self._fn(x), *args)
        return self._fn(x)


class _SampledDataset(Dataset):
    def __init__(self, dataset: Any, sampler: Any) -> None:
        self._dataset = dataset
        self._sampler = sampler
        self._indices = list(sampler)

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, idx: Any) -> Any:
        return self._dataset[self._indices[idx]]

    def _batch_fetch(self) -> BatchFetch | None:
        source = batch_fetch(self._dataset)
        if source is None:
            return None
        numbers = np.asarray(self._indices, dtype=np.int64)

        def fetch(indices: Sequence[int]) -> Any:
            return source(numbers[np.asarray(indices, dtype=np.int64)])

        return BatchFetch(fetch, source.random, source.in_file)


def _no_function(fn: Any) -> TypeError:
    several = isinstance(fn, (list, tuple))
    return TypeError(
        message(
            "transform: takes a function of a sample",
            received=repr(fn)[:80],
            hint="vision.transforms.Compose([...]), which makes one of several" if several else None,
        )
    )
