"""Batches made ahead of time, by threads or by processes.

Both kinds are iterators over finished batches, in the order of the sampler. They keep ``prefetch`` batches under way,
give up after ``timeout`` seconds, and stop working when they are closed or forgotten.
"""

from __future__ import annotations

import multiprocessing
import pickle
import signal
import sys
import traceback
import warnings
import weakref
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.pool import AsyncResult, ThreadPool
from typing import Any

import numpy as np
import torch
from torch.utils.data._utils import signal_handling

from ...base import MXNetError, message
from ...context import Context
from ...ndarray import NDArray

__all__ = ["ProcessPool", "ProcessedBatches", "ThreadedBatches", "pinned", "seed_of_now"]

START_METHOD = "fork" if sys.platform == "linux" else None
"""Forked workers can have datasets that no pickle holds (lambdas, open files); elsewhere the system's way is taken."""


class ThreadedBatches:
    """Batches fetched by a pool of threads.

    Parameters
    ----------
    fetch : makes a batch of indices.
    batches : the indices of each batch.
    workers, prefetch : number of threads, and of batches that are under way at once.
    timeout : seconds to wait for one batch.
    """

    def __init__(
        self,
        fetch: Callable[[Any], Any],
        batches: Iterable[Any],
        workers: int,
        prefetch: int,
        timeout: float,
    ) -> None:
        self._fetch = fetch
        self._batches = iter(batches)
        self._timeout = timeout
        self._pool: ThreadPool | None = ThreadPool(workers)
        self._pending: deque[tuple[Any, AsyncResult[Any]]] = deque()
        for _ in range(prefetch):
            self._submit()

    def __iter__(self) -> ThreadedBatches:
        return self

    def __next__(self) -> Any:
        if self._pool is None:
            raise StopIteration
        self._submit()
        if not self._pending:
            self.close()
            raise StopIteration
        indices, result = self._pending.popleft()
        try:
            return result.get(self._timeout)
        except multiprocessing.TimeoutError:
            self.close()
            if result.ready():
                raise  # the dataset's own
            raise _timed_out("thread", indices, self._timeout) from None
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Drop what is under way. A call that is running in a thread is left to end by itself."""
        pool, self._pool = self._pool, None
        self._pending.clear()
        if pool is not None:
            pool.terminate()

    def __del__(self) -> None:
        if getattr(self, "_pool", None) is not None and not sys.is_finalizing():
            self.close()

    def _submit(self) -> None:
        assert self._pool is not None
        for indices in self._batches:
            self._pending.append((indices, self._pool.apply_async(self._fetch, (indices,))))
            return


class ProcessPool:
    """Worker processes of ``torch.utils.data`` that stay from pass to pass, each with its copy of the dataset.

    Parameters
    ----------
    dataset, batchify_fn : how a worker makes a batch of indices.
    batch_sampler : the indices of each batch; iterated over in this process.
    workers, prefetch : number of processes, and of batches that are under way at once.
    timeout : seconds to wait for one batch.
    seed : where the workers' random streams start.
    """

    def __init__(
        self,
        dataset: Any,
        batchify_fn: Callable[[Any], Any],
        batch_sampler: Iterable[Any],
        workers: int,
        prefetch: int,
        timeout: float,
        seed: int,
    ) -> None:
        self.timeout = timeout
        self.sent: list[Any] = []
        self._batch_sampler = batch_sampler
        with _without_torchs_advice():
            self._loader: Any = torch.utils.data.DataLoader(
                _BatchesInWorker(dataset, batchify_fn),
                batch_size=None,
                sampler=self,  # type: ignore[arg-type]  # any iterable will do
                num_workers=workers,
                collate_fn=_unchanged,
                timeout=timeout,
                worker_init_fn=_seed_worker,
                prefetch_factor=max(1, -(-prefetch // workers)),
                persistent_workers=True,
                multiprocessing_context=START_METHOD,
                # A generator of its own: torch would else draw from its global stream, which is not ours.
                generator=torch.Generator().manual_seed(seed),
            )
        self._iterator: Any = None

    def __iter__(self) -> Iterator[Any]:
        """The indices of the batches as torch asks for them; remembered to tell which ones a dead worker held."""
        self.sent = []
        for indices in self._batch_sampler:
            self.sent.append(indices)
            yield indices

    def start(self) -> Any:
        """Begin a pass. The workers start at the first, and again if one of them died since the last."""
        if not all(worker.is_alive() for worker in getattr(self._iterator, "_workers", ())):
            self.stop()
        try:
            with _without_torchs_advice():
                self._iterator = iter(self._loader)
                _DoneEvent.take_over(self._iterator)
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            if START_METHOD == "fork" or "pickle" not in str(error).lower():
                raise
            raise MXNetError(
                "DataLoader: the dataset cannot be sent to worker processes",
                because=str(error),
                hint="functions with a name instead of lambdas, or DataLoader(..., thread_pool=True)",
            ) from error
        return self._iterator

    def stop(self, at_once: bool = False) -> None:
        """End the workers; ``at_once`` without asking them, as also where one has died."""
        iterator, self._iterator = self._iterator, None
        self._loader._iterator = None
        if iterator is None or sys.is_finalizing():
            return
        if at_once or not all(worker.is_alive() for worker in iterator._workers):
            _end_at_once(iterator)
        else:
            iterator._shutdown_workers()

    def be_quiet(self) -> None:
        """Have torch no longer raise for a worker that dies: its handler of SIGCHLD does, wherever Python is then."""
        _unwatch(self._iterator)

    def explain(self, error: Exception) -> Exception:
        """The error to show for one of torch's: which worker died of what, holding which samples."""
        iterator = self._iterator
        if str(error).startswith("DataLoader timed out"):
            received = getattr(iterator, "_rcvd_idx", None)
            indices = self.sent[received] if received is not None and received < len(self.sent) else None
            return _timed_out("process", indices, self.timeout)
        for number, worker in enumerate(getattr(iterator, "_workers", ())):
            worker.join(0.2)  # its exit code is there only after this
            if worker.exitcode is None or worker.exitcode == 0:
                continue
            return MXNetError(
                f"DataLoader: worker {number} (process {worker.pid}) {_fate(worker.exitcode)}",
                received=_held(getattr(iterator, "_task_info", {}), number, self.sent),
                because=(str(error).splitlines() or [type(error).__name__])[0],
                hint=_remedy(worker.exitcode),
            )
        return error


class ProcessedBatches:
    """One pass over the batches of a `ProcessPool`, which goes back to its owner (``done``) at the end."""

    def __init__(self, pool: ProcessPool, done: Callable[[ProcessPool], None]) -> None:
        self._pool = pool
        self._iterator = pool.start()
        # A finalizer, not __del__: it runs while the pool is whole, even when all of this is garbage in a cycle.
        self._give_back = weakref.finalize(self, done, pool)

    def __iter__(self) -> ProcessedBatches:
        return self

    def __next__(self) -> Any:
        if not self._give_back.alive:
            raise StopIteration
        try:
            batch = next(self._iterator)
        except StopIteration:
            self.close()
            raise
        except (RuntimeError, ConnectionError, EOFError) as error:
            # The latter two where a batch was on its way from a worker that died: its memory went with it. That is
            # noticed before the signal of the death comes, which then interrupts at most once.
            try:
                self._pool.be_quiet()
            except RuntimeError:
                self._pool.be_quiet()
            explained = self._pool.explain(error)
            self.stop(at_once=True)
            raise explained from (None if explained is error else error)
        except BaseException:
            self.stop()
            raise
        if isinstance(batch, _Failure):
            self.stop()
            batch.reraise()
        return _unpack(batch)

    def close(self) -> None:
        """Give the workers back; what they still make is thrown away."""
        self._give_back()

    def stop(self, at_once: bool = False) -> None:
        """End the workers as well."""
        if self._give_back.detach() is not None:
            self._pool.stop(at_once)


# ---------------------------------------------------------------------- inside torch's iterator


class _DoneEvent:
    """The event by which torch tells workers to end, which only this process sets: read without the lock.

    A worker that dies while it looks takes the lock along, and torch, which looks as well before it says so, would wait
    for it forever.
    """

    def __init__(self, event: Any) -> None:
        self._event = event
        self._is_set = False

    @classmethod
    def take_over(cls, iterator: Any) -> None:
        if not isinstance(iterator._workers_done_event, cls):
            iterator._workers_done_event = cls(iterator._workers_done_event)

    def is_set(self) -> bool:
        return self._is_set

    def set(self) -> None:
        self._is_set = True
        self._event.set()


def _unwatch(iterator: Any) -> None:
    if getattr(iterator, "_worker_pids_set", False):
        with suppress(ValueError):  # done before, and interrupted before the next line
            signal_handling._remove_worker_pids(id(iterator))
        iterator._worker_pids_set = False


def _end_at_once(iterator: Any) -> None:
    """End workers of which one may have died with a lock in its hands, for which torch would wait forever."""
    iterator._shutdown = True  # torch has nothing left to do
    _unwatch(iterator)
    for worker in iterator._workers:
        worker.terminate()
    for worker in iterator._workers:
        worker.join(1)
        if worker.is_alive():  # it does not listen
            worker.kill()
            worker.join()
    for queue in iterator._index_queues:
        queue.cancel_join_thread()
        queue.close()


# ---------------------------------------------------------------------- in the worker


class _BatchesInWorker(torch.utils.data.Dataset[Any]):
    """What a worker does: indices in, a batch in sendable form out, or what went wrong."""

    def __init__(self, dataset: Any, batchify_fn: Callable[[Any], Any]) -> None:
        self._dataset = dataset
        self._batchify_fn = batchify_fn

    def __getitem__(self, indices: Any) -> Any:
        try:
            dataset = self._dataset
            return _pack(self._batchify_fn([dataset[index] for index in indices]))
        except Exception as error:  # raised again where the batch was asked for
            info = torch.utils.data.get_worker_info()
            return _Failure.of(error, info.id if info is not None else 0, indices)


def _seed_worker(number: int) -> None:
    from ... import random

    random.seed(torch.initial_seed() % 2**31)


@dataclass
class _Packed:
    """An `NDArray` on its way to another process: torch puts tensors into shared memory."""

    tensor: torch.Tensor
    ctx: Context


def _pack(value: Any) -> Any:
    if isinstance(value, NDArray):
        return _Packed(value._plain(), value._ctx)
    if type(value) in (list, tuple):
        return type(value)(_pack(each) for each in value)
    if type(value) is dict:
        return {key: _pack(each) for key, each in value.items()}
    return value


def _unpack(value: Any) -> Any:
    if isinstance(value, _Packed):
        return NDArray._wrap(value.tensor, value.ctx)
    if type(value) in (list, tuple):
        return type(value)(_unpack(each) for each in value)
    if type(value) is dict:
        return {key: _unpack(each) for key, each in value.items()}
    return value


class _WorkerTraceback(Exception):
    """Shown as the cause of an exception that happened in a worker: where it was raised, and on what."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


@dataclass
class _Failure:
    """An exception on its way to another process."""

    error: Exception
    trace: str

    @classmethod
    def of(cls, error: Exception, worker: int, indices: Any) -> _Failure:
        trace = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        trace = f"In worker {worker}, for the samples {_listed(indices)}:\n\n{trace}"
        try:
            if type(pickle.loads(pickle.dumps(error))) is not type(error):
                raise TypeError
        except Exception:  # whatever a stranger's class raises when it is pickled
            name = type(error).__name__
            error = MXNetError(f"DataLoader: {name} in worker {worker}", because=str(error))
        return cls(error, trace)

    def reraise(self) -> None:
        raise self.error from _WorkerTraceback(self.trace)


# ---------------------------------------------------------------------- texts and small things


@contextmanager
def _without_torchs_advice() -> Iterator[None]:
    """Keep back what torch warns of when it starts workers: how many, by fork, with what in a pickle."""
    with warnings.catch_warnings():
        for text in ("This DataLoader will create", "Got pickle error", ".*fork"):
            warnings.filterwarnings("ignore", message=text)
        yield


def _unchanged(batch: Any) -> Any:
    return batch


def pinned(batch: Any, context: Context) -> Any:
    """The same batch in page-locked memory, from which copies to an accelerator are faster."""
    if isinstance(batch, NDArray):
        tensor = batch._plain().cpu()
        return NDArray._wrap(tensor.pin_memory() if torch.cuda.is_available() else tensor, context)
    if isinstance(batch, (list, tuple)):
        return [pinned(each, context) for each in batch]
    return batch


def seed_of_now() -> int:
    """A seed that follows ``np.random.seed`` without using up any of its numbers."""
    return zlib.crc32(pickle.dumps(np.random.get_state(legacy=False)))


def _listed(indices: Any) -> str:
    numbers = [int(i) if isinstance(i, np.integer) else i for i in indices]
    return f"{numbers}" if len(numbers) <= 16 else f"{str(numbers[:16])[:-1]}, ... {len(numbers)} in all]"


def _timed_out(kind: str, indices: Any, timeout: float) -> Exception:
    return multiprocessing.TimeoutError(
        message(
            f"DataLoader: no batch within {timeout} seconds",
            received=f"samples {_listed(indices)}" if indices is not None else None,
            because=f"the worker {kind} is still busy with them, or stuck",
            hint="a larger timeout=, or num_workers=0 to see where it waits",
        )
    )


def _fate(exitcode: int) -> str:
    if exitcode > 0:
        return f"ended with exit code {exitcode}"
    try:
        name = signal.Signals(-exitcode).name
    except ValueError:
        name = f"signal {-exitcode}"
    return f"was killed by {name}"


def _held(tasks: dict[int, Any], worker: int, sent: list[Any]) -> str | None:
    """The samples of the batches that this worker was given and has not returned."""
    held = [
        sent[i] for i, info in sorted(tasks.items()) if len(info) == 1 and info[0] == worker and i < len(sent)
    ]
    if not held:
        return None
    return "it held the samples " + "; ".join(_listed(indices) for indices in held)


def _remedy(exitcode: int) -> str:
    if exitcode == -signal.SIGTERM or exitcode > 0:
        return "num_workers=0, which shows what happens in this process"
    if sys.platform != "win32" and exitcode == -signal.SIGBUS:
        return "more shared memory (docker run --shm-size), a smaller batch, or thread_pool=True"
    if sys.platform != "win32" and exitcode == -signal.SIGKILL:
        return "fewer workers or a smaller batch if memory ran out (the system kills processes then)"
    return "num_workers=0, or thread_pool=True; a crash like this comes from compiled code that the dataset calls"
