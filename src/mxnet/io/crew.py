"""Threads that are there as long as there is work."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence

__all__ = ["Crew", "Job"]


class Job:
    """Some calls that belong together, and whether they are done.

    Parameters
    ----------
    calls : what is to be done, in any order and by several threads.
    """

    def __init__(self, calls: Sequence[Callable[[], None]]) -> None:
        self._left = len(calls)
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._error: BaseException | None = None
        self.calls: deque[Callable[[], None]] = deque(calls)
        if not calls:
            self._done.set()

    def work(self, call: Callable[[], None]) -> None:
        """Make one of the calls."""
        error: BaseException | None = None
        try:
            if self._error is None:  # what is left of a job that has failed is not worth the time
                call()
        except BaseException as caught:
            error = caught
        with self._lock:
            self._error = self._error or error
            self._left -= 1
            if not self._left:
                self._done.set()

    def result(self) -> None:
        """Wait until all calls are made; raises what the first of them raised."""
        self._done.wait()
        if self._error is not None:
            raise self._error


class Crew:
    """Up to ``size`` threads, which begin with the work and end with it: an idle crew has none.

    >>> crew, found = Crew(2), []
    >>> job = Job([lambda: found.append(1), lambda: found.append(2)])
    >>> crew.take(job)
    >>> job.result()
    >>> sorted(found)
    [1, 2]
    """

    def __init__(self, size: int) -> None:
        self.size = max(1, size)
        self._lock = threading.Lock()
        self._jobs: deque[Job] = deque()
        self._threads = 0

    def take(self, job: Job) -> None:
        """Do a job after those that were taken before."""
        with self._lock:
            self._jobs.append(job)
            missing = min(len(job.calls), self.size - self._threads)
            self._threads += missing
        for _ in range(missing):
            # No daemon: a thread that is in OpenCV or torch when the interpreter goes away takes the process with it.
            threading.Thread(target=self._run, name="mxnet-io").start()

    def drop(self) -> None:
        """Forget what is not begun; what is, ends soon."""
        with self._lock:
            self._jobs.clear()

    def _run(self) -> None:
        while (found := self._next()) is not None:
            job, call = found
            job.work(call)

    def _next(self) -> tuple[Job, Callable[[], None]] | None:
        with self._lock:
            while self._jobs:
                job = self._jobs[0]
                if job.calls:
                    return job, job.calls.popleft()
                self._jobs.popleft()
            self._threads -= 1
            return None
