"""The loader: from a dataset to batches, at once where the dataset and its transforms allow it."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ..._surface import module_getattr as _module_getattr
from ...base import message
from ...context import cpu_pinned
from . import sampler as _sampler
from .batchify import default_batchify_fn, default_mp_batchify_fn
from .batching import BatchFetch, SampleBySample, batch_fetch
from .workers import ProcessedBatches, ProcessPool, ThreadedBatches, pinned, seed_of_now

__all__ = ["DataLoader", "default_batchify_fn", "default_mp_batchify_fn"]

_absent = _module_getattr(__name__)


def __getattr__(name: str) -> Any:
    if name in ("ForkingPickler", "_MultiWorkerIter", "_as_in_context"):  # 1.9.1 has them in this module
        from . import multiworker

        return getattr(multiworker, name)
    return _absent(name)


class DataLoader:
    """Iterates over a dataset in batches.

    A dataset that can give whole batches (an array, `ArrayDataset` over arrays, `MNIST`, `FashionMNIST`), through
    transforms that work on them (those of ``gluon.data.vision.transforms``), is asked for one batch at a time: a few
    array operations instead of a Python call per sample, with the same bits as result. Everything else is fetched
    sample by sample and put together by ``batchify_fn``.

    Parameters
    ----------
    dataset : anything with ``[]`` and ``len()``; `Dataset`, list, NumPy array.
    batch_size : samples a batch.
    shuffle : whether the order is random, anew for each pass; follows ``np.random.seed``.
    sampler : where the order comes from, instead of ``shuffle``.
    last_batch : ``'keep'`` (default), ``'discard'`` or ``'rollover'``, see `BatchSampler`.
    batch_sampler : gives lists of indices, instead of the four arguments before.
    batchify_fn : makes a batch of a list of samples; `default_batchify_fn` unless given.
    num_workers : so many workers prepare batches ahead of time; 0 prepares them here. Where batches are fetched whole,
        they are threads that read ahead if the data is in a file, and none otherwise: they would only slow that down.
    pin_memory : whether batches come in page-locked memory, for faster copies to an accelerator.
    pin_device_id : which ``cpu_pinned(id)`` that is.
    prefetch : batches under way at once; ``2 * num_workers`` unless given.
    thread_pool : workers are threads (for functions that release Python's lock) instead of processes.
    timeout : seconds to wait for one batch.
    auto_reload : workers begin the next pass as soon as one has ended, before it is asked for.

    Raises
    ------
    ValueError : arguments that exclude each other, or no batch size.
    AssertionError : ``timeout`` is not positive.
    MXNetError : a worker process died; names it, the signal, and the samples that it held.
    multiprocessing.TimeoutError : no batch within ``timeout``.

    An exception in a worker is raised here, with the worker's traceback as its cause.

    Differs from 1.9.1: arrays that come from worker processes are on ``cpu(0)``, not ``cpu_shared(0)``; workers
    draw random numbers from streams of their own.

    >>> from mxnet.gluon.data import ArrayDataset
    >>> loader = DataLoader(ArrayDataset(np.eye(5, dtype="float32"), np.arange(5)), batch_size=2)
    >>> [(features.shape, label.asnumpy().tolist()) for features, label in loader]
    [((2, 5), [0, 1]), ((2, 5), [2, 3]), ((1, 5), [4])]
    """

    _iter: ThreadedBatches | ProcessedBatches | None = None
    _pools_made = 0

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = None,
        shuffle: bool = False,
        sampler: Any = None,
        last_batch: str | None = None,
        batch_sampler: Any = None,
        batchify_fn: Callable[[Any], Any] | None = None,
        num_workers: int = 0,
        pin_memory: bool = False,
        pin_device_id: int = 0,
        prefetch: int | None = None,
        thread_pool: bool = False,
        timeout: float = 120,
        auto_reload: bool = False,
    ) -> None:
        if timeout <= 0:
            raise AssertionError(message(f"timeout must be positive, given {timeout}", hint="timeout=120"))
        self._dataset = dataset
        self._pin_memory = pin_memory
        self._pin_device_id = pin_device_id
        self._thread_pool = thread_pool
        self._timeout = timeout
        if batch_sampler is None:
            batch_sampler = _make_batch_sampler(dataset, batch_size, shuffle, sampler, last_batch)
        else:
            _check_alone(batch_size, shuffle, sampler, last_batch)
        self._batch_sampler = batch_sampler
        if batchify_fn is not None and not callable(batchify_fn):
            raise TypeError(
                message(
                    "DataLoader: batchify_fn makes a batch of a list of samples",
                    received=f"batchify_fn={batchify_fn!r}",
                    hint="gluon.data.batchify.Stack(), or a function of your own",
                )
            )
        if _sampler.whole_number(num_workers) is None:
            raise TypeError(
                message(
                    "DataLoader: num_workers is a whole number",
                    received=f"num_workers={num_workers!r}",
                    hint="num_workers=0, which loads in this process",
                )
            )
        self._num_workers = max(0, int(num_workers))
        self._prefetch = max(0, int(prefetch) if prefetch is not None else 2 * self._num_workers)
        self._batchify_fn = default_batchify_fn if batchify_fn is None else batchify_fn
        self._idle: list[ProcessPool] = []
        weakref.finalize(self, _stop_all, self._idle)
        self.auto_reload = auto_reload
        if auto_reload:
            self.refresh()

    def __iter__(self) -> Iterator[Any]:
        whole = self._whole_batches()
        if whole is None and self._num_workers:
            batches, self._iter = self._iter or self._start(), None
            return self._from_workers(batches)
        if whole is not None and whole.in_file and not whole.random and self._num_workers:
            return self._from_workers(self._threads(whole))
        return self._here(whole or self._sample_by_sample())

    def __len__(self) -> int:
        return len(self._batch_sampler)

    def refresh(self) -> None:
        """Let the workers begin the next pass now. Nothing without workers."""
        if self._num_workers and self._whole_batches() is None:
            self._drop_started()
            self._iter = self._start()

    def clean(self) -> None:
        """Drop what the workers have prepared and stop them; the next pass starts new ones."""
        self._drop_started()
        _stop_all(self._idle)

    # ------------------------------------------------------------------ ways to fetch a batch

    def _whole_batches(self) -> BatchFetch | None:
        """The function that fetches a batch at once, if dataset, transforms and batchify function allow it."""
        if self._batchify_fn is not default_batchify_fn:
            return None
        whole = batch_fetch(self._dataset)
        if whole is None:
            return None
        one_by_one = self._sample_by_sample()

        def fetch(indices: Sequence[int]) -> Any:
            rows = np.asarray(indices)
            if rows.dtype.kind in "iu" and rows.ndim == 1:  # else a sampler with indices of its own kind
                try:
                    batch = whole(rows)
                except SampleBySample:
                    return one_by_one(rows.tolist())
                return list(batch) if isinstance(batch, tuple) else batch
            return one_by_one(indices)

        return BatchFetch(fetch, whole.random, whole.in_file)

    def _sample_by_sample(self) -> Callable[[Sequence[Any]], Any]:
        dataset, batchify = self._dataset, self._batchify_fn
        return lambda indices: batchify([dataset[index] for index in indices])

    # ------------------------------------------------------------------ who fetches

    def _here(self, fetch: Callable[[Any], Any]) -> Iterator[Any]:
        pin = self._pin()
        sampler = self._batch_sampler
        is_whole = isinstance(fetch, BatchFetch) and isinstance(sampler, _sampler.BatchSampler)
        for indices in sampler._arrays() if is_whole else sampler:
            batch = fetch(indices)
            yield batch if pin is None else pin(batch)

    def _from_workers(self, batches: ThreadedBatches | ProcessedBatches) -> Iterator[Any]:
        pin = self._pin()
        try:
            for batch in batches:
                yield batch if pin is None else pin(batch)
        finally:
            batches.close()
        if self.auto_reload:
            self.refresh()

    def _start(self) -> ThreadedBatches | ProcessedBatches:
        if self._thread_pool:
            return self._threads(self._sample_by_sample())
        # A pass that is still going on has its workers; a second one beside it gets others.
        pool = self._idle.pop() if self._idle else self._new_pool()
        keep = weakref.WeakMethod(self._keep)

        def done(pool: ProcessPool) -> None:
            loader_keeps = keep()
            if loader_keeps is None:
                pool.stop()
            else:
                loader_keeps(pool)

        return ProcessedBatches(pool, done)

    def _threads(self, fetch: Callable[[Any], Any]) -> ThreadedBatches:
        return ThreadedBatches(fetch, self._batch_sampler, self._num_workers, self._prefetch, self._timeout)

    def _new_pool(self) -> ProcessPool:
        self._pools_made += 1
        return ProcessPool(
            self._dataset,
            self._batchify_fn,
            self._batch_sampler,
            self._num_workers,
            self._prefetch,
            self._timeout,
            seed=seed_of_now() + self._pools_made,
        )

    def _keep(self, pool: ProcessPool) -> None:
        """Take workers back after a pass, for the next one."""
        if self._idle:
            pool.stop()
        else:
            self._idle.append(pool)

    def _drop_started(self) -> None:
        started, self._iter = self._iter, None
        if started is not None:
            started.close()

    def _pin(self) -> Callable[[Any], Any] | None:
        if not self._pin_memory:
            return None
        context = cpu_pinned(self._pin_device_id)
        return lambda batch: pinned(batch, context)


def _stop_all(pools: list[ProcessPool]) -> None:
    while pools:
        pools.pop().stop()


def _make_batch_sampler(
    dataset: Any, batch_size: int | None, shuffle: bool, sampler: Any, last_batch: str | None
) -> _sampler.BatchSampler:
    if batch_size is None:
        raise ValueError(
            message(
                "batch_size must be specified unless batch_sampler is specified",
                hint="DataLoader(dataset, batch_size=256)",
            )
        )
    if sampler is None:
        sampler = (_sampler.RandomSampler if shuffle else _sampler.SequentialSampler)(_length(dataset))
    elif shuffle:
        raise ValueError(
            message(
                "shuffle must not be specified if sampler is specified",
                because="the sampler says in which order the samples come",
                hint="sampler=gluon.data.RandomSampler(len(dataset)), without shuffle",
            )
        )
    return _sampler.BatchSampler(sampler, batch_size, last_batch or "keep")


def _length(dataset: Any) -> int:
    try:
        return len(dataset)
    except TypeError:
        if hasattr(dataset, "__len__"):
            raise  # its own
        raise TypeError(
            message(
                "DataLoader: a dataset has a length, and samples by number",
                received=f"{type(dataset).__name__} {dataset!r:.60}",
                hint="a list, an array, or a class with __getitem__(index) and __len__(); list(...) of a generator",
            )
        ) from None


def _check_alone(batch_size: int | None, shuffle: bool, sampler: Any, last_batch: str | None) -> None:
    given = {"batch_size": batch_size, "shuffle": shuffle, "sampler": sampler, "last_batch": last_batch}
    if batch_size is not None or shuffle or sampler is not None or last_batch is not None:
        raise ValueError(
            message(
                "batch_size, shuffle, sampler and last_batch must not be specified if batch_sampler is specified.",
                received=", ".join(f"{k}={v!r}" for k, v in given.items() if v not in (None, False)),
                because="a batch_sampler decides all four",
            )
        )
