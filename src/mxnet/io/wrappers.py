"""Iterators around iterators: passes of another length, and batches made ahead of time."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from ..base import ArgumentError, MXNetError, message
from ..ndarray import NDArray
from .base import DataBatch, DataDesc, DataIter

__all__ = ["PrefetchingIter", "ResizeIter"]


class _CurrentBatch(DataIter):
    """An iterator whose getters read ``current_batch``."""

    current_batch: Any = None

    def getdata(self) -> list[NDArray]:
        """The data arrays of the current batch."""
        return self._current().data

    def getlabel(self) -> list[NDArray]:
        """The label arrays of the current batch."""
        return self._current().label

    def getindex(self) -> Any:
        """Numbers of the samples of the current batch."""
        return self._current().index

    def getpad(self) -> Any:
        """How many samples at the end of the current batch only fill it up."""
        return self._current().pad

    def _current(self) -> Any:
        if self.current_batch is None:
            raise MXNetError(
                f"{type(self).__name__}: there is no current batch",
                because="the pass has not begun, or was reset",
                hint="iter_next()",
            )
        return self.current_batch


class ResizeIter(_CurrentBatch):
    """Passes of ``size`` batches, however long those of ``data_iter`` are.

    Where ``data_iter`` ends early, it is reset and read on.

    Parameters
    ----------
    data_iter : any `DataIter`.
    size : batches in a pass.
    reset_internal : whether `reset` resets ``data_iter``, too; else the next pass goes on where this one ended.

    Raises
    ------
    MXNetError : ``data_iter`` has no batch at all.

    >>> five = mx.io.ResizeIter(mx.io.NDArrayIter(np.arange(3)), 5)
    >>> [int(batch.data[0].asscalar()) for batch in five]
    [0, 1, 2, 0, 1]
    """

    def __init__(self, data_iter: DataIter, size: int, reset_internal: bool = True) -> None:
        super().__init__(data_iter.batch_size)
        self.data_iter = data_iter
        self.size = size
        self.reset_internal = reset_internal
        self.cur = 0
        self.provide_data = data_iter.provide_data
        self.provide_label = data_iter.provide_label
        if hasattr(data_iter, "default_bucket_key"):
            self.default_bucket_key = data_iter.default_bucket_key

    def reset(self) -> None:
        """Begin the next pass."""
        self.cur = 0
        self.current_batch = None
        if self.reset_internal:
            self.data_iter.reset()

    def iter_next(self) -> bool:
        """Move on to the next batch; False after ``size`` of them."""
        if self.cur == self.size:
            return False
        try:
            self.current_batch = self.data_iter.next()
        except StopIteration:
            self.data_iter.reset()
            try:
                self.current_batch = self.data_iter.next()
            except StopIteration:
                raise MXNetError(
                    f"ResizeIter: a pass of {type(self.data_iter).__name__} has no batch",
                    because=f"a pass here has {self.size}",
                    hint="more samples, or a smaller batch_size",
                ) from None
        self.cur += 1
        return True


class PrefetchingIter(_CurrentBatch):
    """The batches of one or more iterators, each made in a thread while the one before is in use.

    Shapes: those of all iterators, one behind the other. A thread lives as long as it takes to make one batch, so
    none is left once a pass has ended, was reset, or is forgotten.

    Parameters
    ----------
    iters : a `DataIter`, or a list of them.
    rename_data, rename_label : for each iterator, a dictionary from its names to those here.

    Raises
    ------
    AssertionError : ``iters`` is empty; or while iterating, one of them ends before the others or pads differently.
    KeyError : a dictionary leaves out a name.

    What an iterator raises in its thread is raised here, by the call that asks for that batch.

    >>> ahead = mx.io.PrefetchingIter(mx.io.NDArrayIter(np.arange(3)))
    >>> [int(batch.data[0].asscalar()) for batch in ahead]
    [0, 1, 2]
    """

    def __init__(
        self,
        iters: DataIter | Sequence[DataIter],
        rename_data: Sequence[dict[str, str]] | None = None,
        rename_label: Sequence[dict[str, str]] | None = None,
    ) -> None:
        self.iters: list[DataIter] = list(iters) if isinstance(iters, (list, tuple)) else [iters]  # type: ignore[list-item]
        self.n_iter = len(self.iters)
        if not self.iters:
            raise ArgumentError(message("PrefetchingIter: there is no iterator", received=repr(iters)))
        self.rename_data = _checked("rename_data", rename_data, self.n_iter)
        self.rename_label = _checked("rename_label", rename_label, self.n_iter)
        super().__init__(self.provide_data[0].shape[0])
        self._pending: list[_NextBatch] | None = None
        self._ended = False

    @property
    def provide_data(self) -> list[DataDesc]:  # type: ignore[override]
        """What batches hold as data."""
        return _renamed([each.provide_data for each in self.iters], self.rename_data)

    @property
    def provide_label(self) -> list[DataDesc]:  # type: ignore[override]
        """What batches hold as labels."""
        return _renamed([each.provide_label for each in self.iters], self.rename_label)

    def reset(self) -> None:
        """Begin the next pass, once the batches that are under way are there; they are dropped."""
        pending, self._pending = self._pending, None
        for each in pending or ():
            each.wait()
        for inner in self.iters:
            inner.reset()
        self.current_batch = None
        self._ended = False

    def next(self) -> DataBatch:
        """The next batch; raises ``StopIteration`` behind the last one."""
        if not self.iter_next():
            raise StopIteration
        return self.current_batch

    def iter_next(self) -> bool:
        """Move on to the next batch, and have the one after it made; False behind the last one."""
        if self._ended:
            return False
        pending = self._pending or [_NextBatch(each) for each in self.iters]
        # Until the batches are known to be good, the pass counts as ended: an error does not start it over.
        self._pending, self._ended = None, True
        for each in pending:
            each.wait()
        batches: list[Any] = [each.result() for each in pending]
        self._check(batches)
        if batches[0] is None:
            return False
        self._pending, self._ended = [_NextBatch(each) for each in self.iters], False
        self.current_batch = DataBatch(
            data=[array for batch in batches for array in batch.data],
            label=[array for batch in batches for array in batch.label or ()],
            pad=batches[0].pad,
            index=batches[0].index,
            provide_data=self.provide_data,
            provide_label=self.provide_label,
        )
        return True

    def _check(self, batches: list[Any]) -> None:
        pads = ["none is left" if batch is None else f"pad {batch.pad}" for batch in batches]
        if len(set(pads)) > 1:
            raise AssertionError(
                message(
                    "Number of entry mismatches between iterators",
                    received=", ".join(f"iters[{number}]: {each}" for number, each in enumerate(pads)),
                    because="the batches of all iterators are joined into one",
                    hint="iterators over equally many samples, with one batch_size",
                )
            )


class _NextBatch:
    """The next batch of an iterator, being made in a thread."""

    def __init__(self, data_iter: DataIter) -> None:
        self._data_iter = data_iter
        self._batch: DataBatch | None = None
        self._error: BaseException | None = None
        # No daemon: a thread that is in torch when the interpreter goes away takes the process with it.
        self._thread = threading.Thread(target=self._make, name="mxnet-prefetch")
        self._thread.start()

    def _make(self) -> None:
        try:
            self._batch = self._data_iter.next()
        except StopIteration:
            pass
        except BaseException as error:
            self._error = error

    def wait(self) -> None:
        self._thread.join()

    def result(self) -> DataBatch | None:
        """The batch, None behind the last one; raises what making it raised."""
        if self._error is not None:
            raise self._error
        return self._batch


def _checked(name: str, renames: Any, count: int) -> list[dict[str, str]] | None:
    if renames is None:
        return None
    is_list = isinstance(renames, (list, tuple)) and all(isinstance(each, dict) for each in renames)
    if not is_list or len(renames) != count:
        raise ArgumentError(
            message(
                f"PrefetchingIter: {name} is a list with a dictionary for each iterator",
                received=repr(renames),
                because=f"there {'is 1 iterator' if count == 1 else f'are {count} iterators'}",
                hint=f"{name}=[{{'data': 'left'}}, {{'data': 'right'}}]",
            )
        )
    return list(renames)


def _renamed(descriptions: list[Sequence[Any]], renames: list[dict[str, str]] | None) -> list[DataDesc]:
    """All descriptions in one list, under their new names."""
    found = []
    for number, of_one in enumerate(descriptions):
        for each in of_one:
            desc = each if isinstance(each, DataDesc) else DataDesc(*each)
            if renames is not None:
                name = renames[number][desc.name]
                desc = DataDesc(name, desc.shape, desc.dtype, desc.layout)
            found.append(desc)
    return found
