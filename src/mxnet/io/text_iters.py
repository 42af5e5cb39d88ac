"""`CSVIter` and `LibSVMIter`: batches of the rows of text files."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
import torch

from ..base import MXNetError
from ..context import cpu
from ..dtype import to_numpy, to_torch
from ..ndarray import NDArray
from .native import BatchSource, RawBatch, Shape, data_iterator
from .rows import RowPlan, RowSource, positive_batch, stretch_of_part
from .text import SparseRows, read_csv, read_libsvm

__all__ = ["CSVIter", "DType", "LibSVMIter"]

DType = Literal["None", "float16", "float32", "float64", "int8", "int32", "int64", "uint8", "bfloat16"]
_NO_FILE = ("NULL", "")


@data_iterator
def CSVIter(
    *,
    data_csv: str,
    data_shape: Shape,
    label_csv: str = "NULL",
    label_shape: Shape = (1,),
    batch_size: int,
    round_batch: bool = True,
    prefetch_buffer: int = 4,
    ctx: Literal["cpu", "gpu"] = "gpu",
    dtype: DType = "float32",
) -> BatchSource:
    r"""Batches of the rows of CSV files, as an `MXDataIter`. Parameters are given by name.

    Shapes: data ``(batch_size, *data_shape)``; label ``(batch_size, *label_shape)``, ``(batch_size,)`` where that is a
    single number.

    Parameters
    ----------
    data_csv : path of the data: numbers with commas in between, a sample in a line. Several paths with semicolons in
        between, or a folder, are read one after the other.
    data_shape : shape of a sample.
    label_csv : path of the labels, line by line; without it labels are 0.
    label_shape : shape of a sample's label.
    batch_size : samples in a batch.
    round_batch : whether a last batch that is not full takes samples from the start of the next pass, which then begins
        behind them. Otherwise it repeats samples of the batch before. `getpad` says how many either way.
    dtype : type of data and labels.
    prefetch_buffer, ctx : accepted; all rows are in memory, nothing is read ahead.
    data_name, label_name : what the network calls the two.

    Raises
    ------
    FormatError : a line is not as many numbers as the shape takes; says which line.
    MXNetError : a file is missing, there are fewer labels than samples, or a parameter is not what it should be.

    >>> path = getfixture("tmp_path") / "data.csv"
    >>> _ = path.write_text("1,2\n3,4\n5,6\n")
    >>> rows = mx.io.CSVIter(data_csv=str(path), data_shape=(2,), batch_size=2)
    >>> [(batch.data[0].asnumpy().tolist(), batch.pad) for batch in rows]
    [([[1.0, 2.0], [3.0, 4.0]], 0), ([[5.0, 6.0], [1.0, 2.0]], 1)]

    Differs from 1.9.1: types other than float32, int32 and int64 work, a batch may be larger than the file, a word that
    is no number is an error instead of a 0, and all rows are read at the start; `RowPlan` says what is with passes that
    are left early.
    """
    positive_batch("CSVIter", batch_size)
    kind = to_torch("float32" if dtype == "None" else dtype)
    name = (
        "float32" if kind.is_floating_point and kind is not torch.float64 else str(np.dtype(to_numpy(kind)))
    )
    size = _shape_size("CSVIter", "data_shape", data_shape)
    data = torch.from_numpy(read_csv(data_csv, size, name)).to(kind).reshape(-1, *data_shape)
    if label_csv in _NO_FILE:
        label = torch.zeros(len(data), dtype=kind, device="cpu")
    else:
        size = _shape_size("CSVIter", "label_shape", label_shape)
        label = torch.from_numpy(read_csv(label_csv, size, name)).to(kind)
        label = label.reshape(-1, *label_shape) if size > 1 else label.reshape(-1)
        _enough_labels("CSVIter", label_csv, len(label), len(data))
    return RowSource(data, label, RowPlan(len(data), batch_size, round_batch), to_numpy(kind))


@data_iterator
def LibSVMIter(
    *,
    data_libsvm: str,
    data_shape: Shape,
    label_libsvm: str = "NULL",
    label_shape: Shape = (1,),
    num_parts: int = 1,
    part_index: int = 0,
    batch_size: int,
    round_batch: bool = True,
    prefetch_buffer: int = 4,
    ctx: Literal["cpu", "gpu"] = "gpu",
    dtype: DType = "float32",
) -> BatchSource:
    r"""Batches of the rows of LibSVM files, as an `MXDataIter`. Parameters are given by name.

    A line is ``label column:value column:value ...`` with columns counted from 0; all other elements are 0.

    Shapes: data ``(batch_size, *data_shape)``; label ``(batch_size,)``, or ``(batch_size, *label_shape)`` with labels
    from a file of their own.

    Parameters
    ----------
    data_libsvm : path of the data. Several paths with semicolons in between, or a folder, are read one after the other.
    data_shape : length of a sample, as ``(length,)``.
    label_libsvm : path of labels of more than one element, which are written like the data (the first number of a line
        counts for nothing); without it the labels are those in the data.
    label_shape : shape of a label of ``label_libsvm``.
    num_parts, part_index : read one of so many equal parts of the rows only.
    batch_size : samples in a batch.
    round_batch : as for `CSVIter`.
    dtype : type of data and labels.
    prefetch_buffer, ctx : accepted; all rows are in memory, nothing is read ahead.
    data_name, label_name : what the network calls the two.

    Raises
    ------
    FormatError : a line is written otherwise, or has a column that is not below the length; says which line.
    MXNetError : a file is missing, there are fewer labels than samples, or a parameter is not what it should be.

    >>> path = getfixture("tmp_path") / "data.libsvm"
    >>> _ = path.write_text("1 0:2 3:4\n0 1:5\n")
    >>> batch = mx.io.LibSVMIter(data_libsvm=str(path), data_shape=(4,), batch_size=2).next()
    >>> batch.data[0].asnumpy().tolist(), batch.label[0].asnumpy().tolist()
    ([[2.0, 0.0, 0.0, 4.0], [0.0, 5.0, 0.0, 0.0]], [1.0, 0.0])

    Differs from 1.9.1: batches are dense, because there are no sparse arrays yet; in memory the file stays sparse, and
    one batch at a time is filled in. What is no LibSVM file is an error; there, it ends the program. Parts are
    counted in rows.
    """
    name = "LibSVMIter"
    positive_batch(name, batch_size)
    if len(data_shape) != 1:
        raise MXNetError(
            f"{name}: dimension of data_shape is expected to be 1",
            received=f"data_shape={data_shape}",
            hint=f"data_shape=({math.prod(data_shape)},)",
        )
    has_labels = label_libsvm not in _NO_FILE
    size = _shape_size(name, "label_shape", label_shape)
    if has_labels != (size > 1):
        raise MXNetError(
            f"{name}: label_shape and label_libsvm do not go together",
            received=f"label_shape={label_shape}, label_libsvm={label_libsvm!r}",
            because="labels of one element stand in the data, labels of several in a file of their own",
        )
    kind = to_torch("float32" if dtype == "None" else dtype)
    data = read_libsvm(data_libsvm, _shape_size(name, "data_shape", data_shape))
    labels = None
    if has_labels:
        labels = read_libsvm(label_libsvm, size)
        _enough_labels(name, label_libsvm, len(labels.labels), len(data.labels))
    part = stretch_of_part(name, len(data.labels), num_parts, part_index)
    plan = RowPlan(part.stop - part.start, batch_size, round_batch)
    return _SparseSource(data, labels, part.start, plan, label_shape, kind)


class _SparseSource(BatchSource):
    """Batches of sparse rows, filled in."""

    def __init__(
        self,
        data: SparseRows,
        labels: SparseRows | None,
        first: int,
        plan: RowPlan,
        label_shape: Shape,
        kind: torch.dtype,
    ) -> None:
        self.batch_size = plan.batch_size
        self.data_shape = (data.width,)
        self.label_shape = () if labels is None else label_shape
        self.dtype = to_numpy(kind)
        self._data, self._labels, self._first, self._plan, self._kind = data, labels, first, plan, kind

    def restart(self) -> None:
        """Begin the next pass."""
        self._plan.restart()

    def advance(self) -> RawBatch | None:
        """The next rows."""
        planned = self._plan.advance()
        if planned is None:
            return None
        numbers, pad = planned
        rows = numbers + self._first
        label = self._data.labels[rows] if self._labels is None else self._labels.dense(rows)
        return RawBatch(
            self._array(self._data.dense(rows)),
            self._array(label.reshape(len(rows), *self.label_shape)),
            numbers.astype(np.uint64),
            pad,
        )

    def _array(self, values: np.ndarray) -> NDArray:
        return NDArray._wrap(torch.from_numpy(values).to(self._kind), cpu())


def _shape_size(name: str, key: str, shape: Shape) -> int:
    """Elements of a sample; raises ``MXNetError`` if there are none."""
    if not shape or min(shape) < 1:
        raise MXNetError(f"{name}: {key} has no elements", received=f"{key}={shape}", hint=f"{key}=(1,)")
    return math.prod(shape)


def _enough_labels(name: str, path: Any, labels: int, rows: int) -> None:
    if labels < rows:
        raise MXNetError(
            f"{name}: there are fewer labels than samples",
            received=f"{labels} labels in {path!r}, {rows} samples",
            because="line i of one belongs to line i of the other",
        )
