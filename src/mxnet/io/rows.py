"""Which rows belong to which batch, and batches of rows that are in memory."""

from __future__ import annotations

import numpy as np
import torch

from ..base import MXNetError
from ..context import cpu
from ..ndarray import NDArray
from .native import BatchSource, RawBatch

__all__ = ["RowPlan", "RowSource", "Shuffler", "positive_batch", "stretch_of_part"]


class RowPlan:
    """Row numbers of each batch of a pass, and how many of them only fill it up.

    A last batch that is not full takes rows from the start of the next pass, which then begins behind them
    (``round_batch``), or repeats what the batch before has at its end.

    Parameters
    ----------
    rows : how many there are.
    batch_size : row numbers in a batch.
    round_batch : which of the two.

    >>> plan = RowPlan(5, 3)
    >>> [plan.advance() for _ in range(3)]
    [(array([0, 1, 2]), 0), (array([3, 4, 0]), 1), None]
    >>> plan.restart()
    >>> plan.advance()
    (array([1, 2, 3]), 0)

    Differs from 1.9.1: a pass that is left early begins at row 0 the next time; there it depends on how far its
    threads have read ahead. A first batch that is not full repeats its own rows; there it holds what was in memory.
    """

    def __init__(self, rows: int, batch_size: int, round_batch: bool = True) -> None:
        self.rows = rows
        self.batch_size = batch_size
        self.round_batch = round_batch
        self._next = 0
        self._overflow = 0
        self._before: np.ndarray | None = None

    def restart(self) -> None:
        """Begin the next pass."""
        self._next, self._overflow = self._overflow, 0

    def advance(self) -> tuple[np.ndarray, int] | None:
        """Row numbers, and how many at the end fill up; None at the end of the pass."""
        if self._next >= self.rows:
            return None
        end = self._next + self.batch_size
        pad = max(0, end - self.rows)
        numbers = np.arange(self._next, end) % self.rows
        if pad and self.round_batch:
            self._overflow = pad % self.rows
        elif pad and self._before is not None:
            numbers[-pad:] = self._before[-pad:]
        self._next, self._before = end, numbers
        return numbers, pad


class RowSource(BatchSource):
    """Batches of the rows of two tensors; the third, the index of a batch, are the row numbers."""

    def __init__(
        self,
        data: torch.Tensor,
        label: torch.Tensor,
        plan: RowPlan,
        dtype: type[np.generic],
    ) -> None:
        self.batch_size = plan.batch_size
        self.data_shape = tuple(data.shape[1:])
        self.label_shape = tuple(label.shape[1:])
        self.dtype = dtype
        self._data, self._label, self._plan = data, label, plan

    def restart(self) -> None:
        """Begin the next pass."""
        self._plan.restart()

    def advance(self) -> RawBatch | None:
        """The next rows, copied."""
        planned = self._plan.advance()
        if planned is None:
            return None
        numbers, pad = planned
        rows = torch.from_numpy(numbers)
        data, label = (NDArray._wrap(each.index_select(0, rows), cpu()) for each in (self._data, self._label))
        return RawBatch(data, label, numbers.astype(np.uint64), pad)


def stretch_of_part(name: str, rows: int, num_parts: int, part_index: int) -> slice:
    """The rows of one of ``num_parts`` equal parts; the last ones get what is left over.

    >>> [stretch_of_part("MNISTIter", 7, 3, part) for part in range(3)]
    [slice(0, 2, None), slice(2, 4, None), slice(4, 7, None)]
    """
    if not 0 <= part_index < num_parts:
        raise MXNetError(
            f"{name}: part_index does not exist",
            received=f"part_index={part_index}, num_parts={num_parts}",
            because="parts are numbered from 0",
        )
    return slice(rows * part_index // num_parts, rows * (part_index + 1) // num_parts)


def positive_batch(name: str, batch_size: int) -> None:
    """Raise ``MXNetError`` for a batch without samples."""
    if batch_size < 1:
        raise MXNetError(
            f"{name}: batch_size is at least 1", received=f"batch_size={batch_size}", hint="batch_size=32"
        )


class Shuffler:
    """The orders in which MXNet's C++ iterators go through their samples with a seed.

    Each place from the second on is swapped with one up to itself, drawn from a Mersenne Twister.

    >>> shuffler = Shuffler(seed=1)
    >>> shuffler.permutation(7)
    array([6, 0, 3, 2, 4, 1, 5])
    """

    def __init__(self, seed: int) -> None:
        self._raw = np.random.RandomState(seed % 2**32)

    def permutation(self, count: int) -> np.ndarray:
        """The numbers 0 to ``count - 1`` in the next order."""
        bounds = np.arange(2, count + 1, dtype=np.int64)
        width = (2**32 - 1) // bounds
        drawn = self._words(max(0, count - 1))
        # A number that would favour some places is passed over; what follows moves up.
        while len(uneven := np.flatnonzero(drawn >= bounds * width)):
            drawn = np.concatenate([np.delete(drawn, uneven[0]), self._words(1)])
        order = list(range(count))
        for place, partner in enumerate((drawn // width).tolist(), 1):
            order[place], order[partner] = order[partner], order[place]
        return np.array(order, np.int64)

    def _words(self, count: int) -> np.ndarray:
        return self._raw.randint(0, 2**32, count, dtype=np.uint32).astype(np.int64)
