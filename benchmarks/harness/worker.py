"""A process that holds one row's program of one framework and measures it when asked.

``python worker.py FOLDER ROW FRAMEWORK``; then one JSON request a line on standard input, one JSON answer a line:

- ``{"do": "set up", "point": null}`` sets up and runs once untimed;
- ``{"do": "warm up", "seconds": 0.1}`` runs until caches are warm, and finds how often to call for one sample;
- ``{"do": "sample"}`` measures once;
- ``{"do": "profile"}`` says which kernels ran for how long;
- ``{"do": "describe"}`` says what the process is: versions, threads, memory.

``python worker.py FOLDER ROW --files`` writes the files that the row's programs read.
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

from harness import Row, Skip, load_rows, peak_memory  # noqa: E402
from harness.profiling import profile  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS_IN = {"µs": 1e-6, "ms": 1e-3, "s": 1.0}
LIBRARIES = {
    "torch": "PyTorch",
    "numpy": "NumPy",
    "keras": "Keras",
    "jax": "JAX",
    "sklearn": "scikit-learn",
    "tinygrad": "tinygrad",
}


class Worker:
    """The work of one row, and how often to call it for a sample."""

    def __init__(self, row: Row, framework: str) -> None:
        self.row = row
        self.framework = framework
        self.calls = 1
        self.first = 0.0
        self.work: Callable[[], Any]

    def set_up(self, point: int | None) -> dict[str, Any]:
        """Make the work and, unless it reports its own measurement, run it once; returns its answer."""
        self.work = lambda: None  # what the last point holds may go before the next is made
        self.work = self.row.make(self.framework, point)
        self.calls = 1
        if self.row.reports:
            return {"answer": None}
        start = time.perf_counter()
        answer = _number(self.work())
        self.first = time.perf_counter() - start
        return {"answer": answer}

    def warm_up(self, seconds: float) -> dict[str, Any]:
        """Run untimed until caches are warm; ``seconds`` is how long a sample should take at least."""
        if self.row.reports:
            return {"calls": 1, "seconds": 0.0}
        elapsed = self.first if self.first > 20 * seconds else self._time(1)
        while elapsed < seconds / 2:
            self.calls *= 2
            elapsed = self._time(self.calls)
        return {"calls": self.calls, "seconds": elapsed}

    def sample(self) -> dict[str, Any]:
        """One measurement, in the row's unit."""
        gc.collect()
        if self.row.reports:
            return {"value": float(self.work())}
        if self.calls > 1:
            self.work()  # the other workers ran since: this one's code and data have left the processor's caches
        seconds = self._time(self.calls) / self.calls / self.row.per
        return {"value": seconds / SECONDS_IN[self.row.unit]}

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """What a request asks for."""
        if request["do"] == "set up":
            return self.set_up(request["point"])
        if request["do"] == "warm up":
            return self.warm_up(request["seconds"])
        if request["do"] == "describe":
            return _environment()
        if request["do"] == "profile":
            return profile(self.work, self._time(1))
        return self.sample()

    def _time(self, calls: int) -> float:
        work = self.work
        start = time.perf_counter()
        for _ in range(calls):
            work()
        return time.perf_counter() - start


def _number(answer: Any) -> float | None:
    """A number, or the sum of an array of whichever framework."""
    if answer is None:
        return None
    if hasattr(answer, "asnumpy"):
        answer = answer.asnumpy()
    elif hasattr(answer, "detach"):
        answer = answer.detach().numpy()
    return float(answer.sum() if hasattr(answer, "sum") else answer)


def _environment() -> dict[str, Any]:
    """Versions, threads and memory, of what the program has imported."""
    versions = {"Python": platform.python_version()}
    for module, name in LIBRARIES.items():
        if hasattr(sys.modules.get(module), "__version__"):
            versions[name] = sys.modules[module].__version__
    if "torch" in sys.modules:
        threads = f"torch.get_num_threads() = {sys.modules['torch'].get_num_threads()}"
    else:
        threads = "OMP_NUM_THREADS = " + os.environ.get("OMP_NUM_THREADS", "unset: one per core")
    for variable in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY"):
        if variable in os.environ:
            threads += f"; {variable} = {os.environ[variable]}"
    tasks = Path("/proc/self/task")
    if tasks.is_dir():
        threads += f"; threads of the process: {len(list(tasks.iterdir()))}"
    return {"versions": versions, "threads": threads, "memory": peak_memory()}


def _serve(worker: Worker, requests: IO[str], answers: IO[str]) -> None:
    for line in requests:
        try:
            answer = worker.answer(json.loads(line))
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
    if framework == "--files":
        assert row.files is not None
        row.files()
    else:
        _serve(Worker(row, framework), sys.stdin, channel)
