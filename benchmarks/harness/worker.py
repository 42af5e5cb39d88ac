"""A process that holds one row's program of one framework and measures it when asked.

``python worker.py FOLDER ROW FRAMEWORK``; then one JSON request a line on standard input, one JSON answer a line:

- ``{"do": "prepare", "seconds": 0.1}`` sets up, runs once untimed, and finds how often to call for one sample;
- ``{"do": "sample"}`` measures once.
"""

from __future__ import annotations

import gc
import json
import os
import platform
import sys
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

sys.path[0] = os.fspath(
    Path(__file__).resolve().parent.parent
)  # so that rows find `harness`, as this file does

from harness import Row, Skip, load_rows  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS_IN = {"µs": 1e-6, "ms": 1e-3, "s": 1.0}


class Worker:
    """The work of one row, and how often to call it for a sample."""

    def __init__(self, row: Row, framework: str) -> None:
        self.row = row
        self.framework = framework
        self.calls = 1
        self.work: Callable[[], Any]

    def prepare(self, seconds: float) -> dict[str, Any]:
        """Set up and run untimed until caches are warm; ``seconds`` is how long a sample should take at least."""
        self.work = self.row.make(self.framework)
        if self.row.reports:
            return {"calls": 1, **_environment()}
        answer = self.work()
        elapsed = self._time(1)
        while elapsed < seconds / 2:
            self.calls *= 2
            elapsed = self._time(self.calls)
        return {"calls": self.calls, "answer": _number(answer), **_environment()}

    def sample(self) -> dict[str, Any]:
        """One measurement, in the row's unit."""
        gc.collect()
        if self.row.reports:
            return {"value": float(self.work())}
        if self.calls > 1:
            self.work()  # the other workers ran since: this one's code and data have left the processor's caches
        seconds = self._time(self.calls) / self.calls / self.row.per
        return {"value": seconds / SECONDS_IN[self.row.unit]}

    def _time(self, calls: int) -> float:
        work = self.work
        start = time.perf_counter()
        for _ in range(calls):
            work()
        return time.perf_counter() - start


def _number(answer: Any) -> float | None:
    return None if answer is None else float(answer)


def _environment() -> dict[str, Any]:
    """Versions and threads, of what the program has imported."""
    versions = {"Python": platform.python_version()}
    for module, name in (("torch", "PyTorch"), ("numpy", "NumPy")):
        if module in sys.modules:
            versions[name] = sys.modules[module].__version__
    if "torch" in sys.modules:
        threads = f"torch.get_num_threads() = {sys.modules['torch'].get_num_threads()}"
    else:
        threads = "OMP_NUM_THREADS = " + os.environ.get("OMP_NUM_THREADS", "unset: one per core")
    tasks = Path("/proc/self/task")
    if tasks.is_dir():
        threads += f"; threads of the process: {len(list(tasks.iterdir()))}"
    return {"versions": versions, "threads": threads}


def _serve(worker: Worker, requests: IO[str], answers: IO[str]) -> None:
    for line in requests:
        request = json.loads(line)
        try:
            if request["do"] == "prepare":
                answer = worker.prepare(request["seconds"])
            else:
                answer = worker.sample()
        except Skip as reason:
            answer = {"skipped": str(reason)}
        except Exception as error:
            import traceback

            traceback.print_exc()
            answer = {"failed": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    # What programs print goes to standard error; standard output is for answers alone.
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    folder, name, framework = sys.argv[1:]
    row = next(row for row in load_rows(folder) if row.name == name)
    _serve(Worker(row, framework), sys.stdin, channel)
