"""Samplers: in which order the indices of a dataset come, and how they are grouped into batches."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import islice
from numbers import Real
from typing import Any

import numpy as np

from ..._surface import module_getattr as _module_getattr
from ...base import message, nearest

__all__ = ["BatchSampler", "FilterSampler", "RandomSampler", "Sampler", "SequentialSampler"]

__getattr__ = _module_getattr(__name__)

LAST_BATCH = ("keep", "discard", "rollover")


class Sampler:
    """Base of samplers: subclasses say how many indices there are and iterate over them."""

    def __len__(self) -> int:
        raise NotImplementedError(message(f"{type(self).__name__}: __len__ is not defined"))

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError(message(f"{type(self).__name__}: __iter__ is not defined"))


class SequentialSampler(Sampler):
    """The numbers ``start, start + 1, ..., start + length - 1``.

    >>> list(SequentialSampler(3, start=2))
    [2, 3, 4]
    """

    def __init__(self, length: int, start: int = 0) -> None:
        self._length = length
        self._start = start

    def __iter__(self) -> Iterator[int]:
        return iter(range(self._start, self._start + self._length))

    def _numbers(self) -> np.ndarray:
        return np.arange(self._start, self._start + self._length)

    def __len__(self) -> int:
        return self._length


class RandomSampler(Sampler):
    """The numbers ``0, ..., length - 1`` in random order, without repetition, anew for each pass.

    The order comes from NumPy's global generator, so ``np.random.seed`` fixes it.

    >>> np.random.seed(3)
    >>> [int(i) for i in RandomSampler(6)]
    [3, 5, 4, 1, 0, 2]
    """

    def __init__(self, length: int) -> None:
        self._length = length

    def __iter__(self) -> Iterator[np.int64]:
        return iter(self._numbers())

    def _numbers(self) -> np.ndarray:
        order = np.arange(self._length)
        np.random.shuffle(order)
        return order

    def __len__(self) -> int:
        return self._length


class FilterSampler(Sampler):
    """The indices of those samples for which ``fn(sample)`` is true; looks at every sample once, at once.

    >>> list(FilterSampler(lambda x: x > 3, [1, 5, 2, 8]))
    [1, 3]
    """

    def __init__(self, fn: Callable[[Any], Any], dataset: Any) -> None:
        self._fn = fn
        self._dataset = dataset
        self._indices = [index for index in range(len(dataset)) if fn(dataset[index])]

    def __iter__(self) -> Iterator[int]:
        return iter(self._indices)

    def __len__(self) -> int:
        return len(self._indices)


class BatchSampler(Sampler):
    """Lists of ``batch_size`` indices each, from another sampler.

    Parameters
    ----------
    sampler : where the indices come from.
    batch_size : how many make a batch.
    last_batch : what becomes of the rest that does not fill a batch: ``'keep'`` makes a smaller batch of it,
        ``'discard'`` drops it, ``'rollover'`` puts it in front of the next pass.

    Raises
    ------
    ValueError : ``batch_size`` is not a positive whole number, or ``last_batch`` is none of the three.

    >>> list(BatchSampler(SequentialSampler(5), 2))
    [[0, 1], [2, 3], [4]]
    >>> list(BatchSampler(SequentialSampler(5), 2, "discard"))
    [[0, 1], [2, 3]]
    >>> batches = BatchSampler(SequentialSampler(5), 2, "rollover")
    >>> list(batches), list(batches)
    ([[0, 1], [2, 3]], [[4, 0], [1, 2], [3, 4]])
    """

    def __init__(self, sampler: Any, batch_size: int, last_batch: str = "keep") -> None:
        size = whole_number(batch_size)
        if size is None or size < 1:
            raise ValueError(
                message(
                    f"BatchSampler: batch_size={batch_size!r}", because="a batch holds 1, 2, 3, ... samples"
                )
            )
        if last_batch not in LAST_BATCH:
            close = nearest(str(last_batch), LAST_BATCH)
            raise ValueError(
                message(
                    f"last_batch must be one of 'keep', 'discard', or 'rollover', but got {last_batch}",
                    hint=f"last_batch='{close}'" if close else None,
                )
            )
        self._sampler = sampler
        self._batch_size = size
        self._last_batch = last_batch
        self._prev: list[Any] = []

    def __iter__(self) -> Iterator[list[Any]]:
        size = self._batch_size
        indices = iter(self._sampler)
        batch, self._prev = self._prev, []
        batch = batch + list(islice(indices, size - len(batch)))
        while len(batch) == size:
            yield batch
            batch = list(islice(indices, size))
        if batch and self._last_batch == "keep":
            yield batch
        elif self._last_batch == "rollover":
            self._prev = batch

    def _arrays(self) -> Iterator[Any]:
        """The batches as arrays of numbers, where the sampler is one of those here; else as lists.

        256 numbers of NumPy, each an object of its own, take as long as the rows of a small image each.
        """
        if type(self) is not BatchSampler or type(self._sampler) not in (RandomSampler, SequentialSampler):
            yield from self
            return
        size, before = self._batch_size, self._prev
        self._prev = []
        numbers = self._sampler._numbers()
        if before:
            numbers = np.concatenate([np.asarray(before), numbers])
        whole = len(numbers) // size * size
        for start in range(0, whole, size):
            yield numbers[start : start + size]
        rest = numbers[whole:]
        if len(rest) and self._last_batch == "keep":
            yield rest
        elif self._last_batch == "rollover":
            self._prev = list(rest)

    def __len__(self) -> int:
        count, size = len(self._sampler), self._batch_size
        if self._last_batch == "keep":
            return (count + size - 1) // size
        if self._last_batch == "discard":
            return count // size
        return (count + len(self._prev)) // size


def whole_number(value: Any) -> int | None:
    """The whole number that a value is, or None.

    >>> whole_number(2.0), whole_number(2.5), whole_number("2")
    (2, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        return None
    number = math.floor(float(value))
    return number if number == value else None
