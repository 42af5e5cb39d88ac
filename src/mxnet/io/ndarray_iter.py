"""Batches of arrays in memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from ..base import MXNetError, OptionError, ShapeError, integer_types, message, nearest
from ..ndarray import NDArray, array
from .base import DataBatch, DataDesc, DataIter
from .utils import _init_data, is_in_file

__all__ = ["NDArrayIter"]

_LAST_BATCH = ("pad", "discard", "roll_over")
Rows = slice | np.ndarray
"""A stretch of rows, or their numbers."""


class NDArrayIter(DataIter):
    """Batches of consecutive rows: batch b holds rows ``b * batch_size`` to ``(b + 1) * batch_size - 1``.

    Shapes: data and label ``(rows, *)``; a batch ``(batch_size, *)`` of each. NumPy arrays become float32, an
    `NDArray` keeps its type and context.

    Parameters
    ----------
    data, label : an array, a list of arrays, or a dictionary from names to arrays (which go in alphabetical order).
        A map of a file (``np.load(path, mmap_mode='r')``, ``np.memmap``) or a dataset of h5py is read batch by batch.
    batch_size : rows in a batch.
    shuffle : whether every pass goes through the rows in a new order, drawn from NumPy's global stream.
    last_batch_handle : what becomes of the rows left over for the last batch. ``'pad'`` fills it with rows from the
        start, and `getpad` says how many; ``'discard'`` leaves it out; ``'roll_over'`` keeps it for the next pass.
    data_name, label_name : name of an only array; of several, the i-th is called ``_i_name``.
    layout : what the descriptions say about the axes.

    Raises
    ------
    ShapeError : the arrays do not have equally many rows.
    TypeError : ``data`` is nothing of the above.
    AssertionError : there is no data.

    >>> rows = mx.io.NDArrayIter(np.arange(5), batch_size=2)
    >>> [(batch.data[0].asnumpy().tolist(), batch.pad) for batch in rows]
    [([0.0, 1.0], 0), ([2.0, 3.0], 0), ([4.0, 0.0], 1)]

    Differs from 1.9.1: a batch of more than twice the rows works with ``'roll_over'``, too; a shuffle does not
    copy all of the data, and a map of a file is not loaded.
    """

    def __init__(
        self,
        data: Any,
        label: Any = None,
        batch_size: int = 1,
        shuffle: bool = False,
        last_batch_handle: str = "pad",
        data_name: str = "data",
        label_name: str = "softmax_label",
        layout: str = "NCHW",
    ) -> None:
        super().__init__(batch_size)
        _check(batch_size, last_batch_handle)
        self._data = _init_data(data, allow_empty=False, default_name=data_name)
        self._label = _init_data(label, allow_empty=True, default_name=label_name)
        self.num_data = _common_length(self._data + self._label)
        self.num_source = len(self._data) + len(self._label)
        self.idx = np.arange(self.num_data)
        self.shuffle = shuffle
        self.last_batch_handle = last_batch_handle
        self.layout = layout
        # Row numbers in the order of this pass; None for the order of the arrays.
        self._order: np.ndarray | None = None
        self._carried: np.ndarray | None = None
        self.cursor = -batch_size
        self.hard_reset()

    # ------------------------------------------------------------------ what there is

    @property
    def data(self) -> list[tuple[str, Any]]:
        """Names and arrays, in the order of this pass."""
        return self._ordered(self._data)

    @property
    def label(self) -> list[tuple[str, Any]]:
        """Names and label arrays, in the order of this pass."""
        return self._ordered(self._label)

    @property
    def data_list(self) -> list[Any]:
        """The arrays of `data` and `label`."""
        return [each for _, each in self.data + self.label]

    @property
    def provide_data(self) -> list[DataDesc]:  # type: ignore[override]
        """What batches hold as data."""
        return self._described(self._data)

    @property
    def provide_label(self) -> list[DataDesc]:  # type: ignore[override]
        """What batches hold as labels."""
        return self._described(self._label)

    def _described(self, named: list[tuple[str, Any]]) -> list[DataDesc]:
        return [
            DataDesc(
                name,
                (self.batch_size, *each.shape[1:]),
                each.dtype if isinstance(each, NDArray) else np.float32,
                self.layout,
            )
            for name, each in named
        ]

    def _ordered(self, named: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
        if self._order is None:
            return list(named)
        return [(name, each if is_in_file(each) else _take(each, self._order)) for name, each in named]

    # ------------------------------------------------------------------ passes

    def reset(self) -> None:
        """Begin the next pass: in a new order with ``shuffle``, with what is left over with ``'roll_over'``."""
        # A pass that was left before its end starts afresh, as one does whose rows filled its batches.
        left_over = max(0, self.num_data - self.batch_size + 1) <= self.cursor < self.num_data
        if self.last_batch_handle == "roll_over" and left_over:
            self._carried = self._numbers(np.arange(self.cursor, self.num_data))
            self.cursor -= self.num_data + self.batch_size
        else:
            self._carried = None
            self.cursor = -self.batch_size
        self._shuffle()

    def hard_reset(self) -> None:
        """Begin a new pass and forget what is left over."""
        self._carried = None
        self.cursor = -self.batch_size
        self._shuffle()

    def _shuffle(self) -> None:
        if self.shuffle:
            # As in 1.9.1 the numbers are shuffled again and again, and say where a row was in the pass before.
            np.random.shuffle(self.idx)
            self._order = self.idx.copy() if self._order is None else self._order[self.idx]

    def iter_next(self) -> bool:
        """Move on by a batch; False behind the last row."""
        self.cursor += self.batch_size
        return self.cursor < self.num_data

    def next(self) -> DataBatch:
        """The next batch; raises ``StopIteration`` at the end of the pass."""
        if not self.iter_next():
            raise StopIteration
        # Rows that were left over are filled up to a whole batch, however many it takes.
        is_short = self.cursor >= 0 and self.cursor + self.batch_size > self.num_data
        if is_short and self.last_batch_handle != "pad":
            raise StopIteration
        return DataBatch(self.getdata(), self.getlabel(), self.getpad(), self.getindex())

    # ------------------------------------------------------------------ the current batch

    def getdata(self) -> list[NDArray]:
        """The data of the current batch, copied."""
        return self._batch_of(self._data)

    def getlabel(self) -> list[NDArray]:
        """The labels of the current batch, copied."""
        return self._batch_of(self._label)

    def getpad(self) -> int:
        """With ``'pad'``, how many rows fill up the batch; with ``'roll_over'``, how many are of the last pass."""
        if self.last_batch_handle == "pad":
            return max(0, self.cursor + self.batch_size - self.num_data)
        if self.last_batch_handle == "roll_over" and -self.batch_size < self.cursor < 0:
            return -self.cursor
        return 0

    def _batch_of(self, named: list[tuple[str, Any]]) -> list[NDArray]:
        rows = self._rows()
        return [_take(each, rows) for _, each in named]

    def _rows(self) -> Rows:
        """Where the rows of the current batch are."""
        end = self.cursor + self.batch_size
        carried = self._carried if self.cursor < 0 else None
        if end <= 0 or (self.cursor < 0 and carried is None) or self.cursor >= self.num_data:
            raise MXNetError(
                "NDArrayIter: there is no current batch",
                because="the pass has not begun" if self.cursor < 0 else "the pass has ended",
                hint="iter_next()" if self.cursor < 0 else "reset()",
            )
        if carried is not None:
            return np.concatenate([carried, self._numbers(np.arange(end) % self.num_data)])
        if end > self.num_data and self.last_batch_handle == "pad":
            return self._numbers(np.arange(self.cursor, end) % self.num_data)
        stretch = slice(self.cursor, min(end, self.num_data))
        return stretch if self._order is None else self._order[stretch]

    def _numbers(self, places: np.ndarray) -> np.ndarray:
        """Numbers of the rows that are at these places of the pass."""
        return places if self._order is None else self._order[places]


def _take(rows_of: Any, rows: Rows) -> NDArray:
    """A copy of some rows."""
    if not isinstance(rows_of, NDArray):
        if isinstance(rows, slice):
            return array(rows_of[rows])
        numbers, places = np.unique(rows, return_inverse=True)  # h5py reads rows in ascending order only
        return array(rows_of[numbers][places])
    tensor = rows_of._plain()
    if isinstance(rows, slice):
        taken = tensor[rows].clone()
    else:
        taken = tensor.index_select(0, torch.from_numpy(rows).to(tensor.device))
    return NDArray._wrap(taken, rows_of._ctx)


def _check(batch_size: Any, last_batch_handle: Any) -> None:
    if not isinstance(batch_size, integer_types) or batch_size < 1:
        raise ValueError(
            message(
                "NDArrayIter: batch_size is a whole number of at least 1",
                received=f"batch_size={batch_size!r}",
                hint="batch_size=32",
            )
        )
    if last_batch_handle not in _LAST_BATCH:
        close = nearest(str(last_batch_handle), _LAST_BATCH)
        raise OptionError(
            "NDArrayIter: unknown last_batch_handle",
            received=repr(last_batch_handle),
            because=f"it is one of {', '.join(_LAST_BATCH)}",
            hint=f"last_batch_handle='{close}'" if close else None,
        )


def _common_length(named: list[tuple[str, Any]]) -> int:
    lengths = {name: each.shape[0] for name, each in named}
    if len(set(lengths.values())) > 1:
        raise ShapeError(
            "NDArrayIter: the arrays do not have equally many rows",
            received=", ".join(f"{name} {tuple(each.shape)}" for name, each in named),
            because="row i of each array belongs to sample i",
        )
    return named[0][1].shape[0]
