"""What GluonCV and GluonNLP take out of ``dataloader`` to make loaders of their own; `DataLoader` needs none of it."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable
from multiprocessing.reduction import ForkingPickler
from typing import Any

from ...context import Context, cpu_pinned
from ...ndarray import NDArray

__all__ = ["ForkingPickler"]


class _MultiWorkerIter:
    """Batches that a pool of workers makes ahead of time, in the order of the sampler.

    Parameters
    ----------
    worker_pool : of processes or threads, with ``apply_async``.
    batchify_fn, dataset : handed to ``worker_fn``.
    batch_sampler : gives the indices of each batch.
    pin_memory, pin_device_id : whether batches go to ``cpu_pinned(pin_device_id)``.
    worker_fn : called in the pool as ``worker_fn(indices, batchify_fn, dataset)``; without a dataset it returns a
        pickle of the batch, else the batch.
    prefetch : batches under way at once.
    timeout : seconds to wait for one batch.
    data_loader : kept alive as long as this.

    >>> from multiprocessing.pool import ThreadPool
    >>> with ThreadPool(2) as pool:
    ...     list(_MultiWorkerIter(pool, sum, [[0, 1], [2]], prefetch=2, dataset=[5, 6, 7]))
    [11, 7]
    """

    def __init__(
        self,
        worker_pool: Any,
        batchify_fn: Callable[[Any], Any],
        batch_sampler: Any,
        pin_memory: bool = False,
        pin_device_id: int = 0,
        worker_fn: Callable[..., Any] | None = None,
        prefetch: int = 0,
        dataset: Any = None,
        data_loader: Any = None,
        timeout: float = 120,
    ) -> None:
        self._worker_pool = worker_pool
        self._batchify_fn = batchify_fn
        self._batch_sampler = batch_sampler
        self._iter = iter(batch_sampler)
        self._worker_fn = _batch_of if worker_fn is None else worker_fn
        self._pin_memory = pin_memory
        self._pin_device_id = pin_device_id
        self._dataset = dataset
        self._data_loader = data_loader
        self._timeout = timeout
        self._data_buffer: dict[int, Any] = {}  # a subclass may override _push_next, which fills it
        self._sent_idx = 0
        self._rcvd_idx = 0
        for _ in range(prefetch):
            self._push_next()

    def __len__(self) -> int:
        return len(self._batch_sampler)

    def __iter__(self) -> _MultiWorkerIter:
        return self

    def __next__(self) -> Any:
        self._push_next()
        if self._rcvd_idx == self._sent_idx:
            raise StopIteration
        made = self._data_buffer.pop(self._rcvd_idx).get(self._timeout)
        self._rcvd_idx += 1
        batch = pickle.loads(made) if self._dataset is None else made
        return _as_in_context(batch, cpu_pinned(self._pin_device_id)) if self._pin_memory else batch

    next = __next__

    def _push_next(self) -> None:
        """Let a worker begin the next batch, if there is one."""
        indices = next(self._iter, None)
        if indices is not None:
            arguments = (indices, self._batchify_fn, self._dataset)
            self._data_buffer[self._sent_idx] = self._worker_pool.apply_async(self._worker_fn, arguments)
            self._sent_idx += 1


def _batch_of(indices: Iterable[Any], batchify_fn: Callable[[Any], Any], dataset: Any) -> Any:
    return batchify_fn([dataset[index] for index in indices])


def _as_in_context(data: Any, ctx: Context) -> Any:
    """A batch, which may be nested in lists and tuples, in another context."""
    if isinstance(data, NDArray):
        return data.as_in_context(ctx)
    if isinstance(data, (list, tuple)):
        return [_as_in_context(each, ctx) for each in data]
    return data
