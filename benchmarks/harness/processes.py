"""The runner's end of other processes: workers, and those that only keep a core busy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

from .row import FLOOR

WORKER = Path(__file__).with_name("worker.py")

# Of the floor's time none is the system's, handing out the same pages in every call.
FREED_MEMORY_STAYS = {"MALLOC_TRIM_THRESHOLD_": str(256 << 20), "MALLOC_MMAP_THRESHOLD_": str(32 << 20)}


class WorkerError(RuntimeError):
    """A program failed; its traceback went to standard error."""

    def __init__(self, who: str, reason: str) -> None:
        super().__init__(f"{who}: {reason}")
        self.reason = reason


class WorkerSkipped(Exception):
    """A program said that it cannot run here."""


class WorkerProcess:
    """One row's program of one framework, alive in a process of its own."""

    def __init__(self, python: str, folder: str, row: str, framework: str) -> None:
        environment = dict(os.environ, PYTHONIOENCODING="utf-8")
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # nobody compiles a package anew at each import
        if framework == FLOOR:
            environment = {**FREED_MEMORY_STAYS, **environment}
        if python != sys.executable:  # another environment: paths of this one have no business there
            environment.pop("PYTHONPATH", None)
        self._name = f"{row}, {framework}"
        self._process = subprocess.Popen(
            [python, os.fspath(WORKER), folder, row, framework],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            encoding="utf-8",
        )

    def __enter__(self) -> WorkerProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.close()  # the end of its requests
            self._process.wait(timeout=10 if error is None else 0)
        except (subprocess.TimeoutExpired, OSError):
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def set_up(self, point: int | None = None) -> float | None:
        """Make the work and run it once; returns its first answer."""
        answer: float | None = self._ask({"do": "set up", "point": point})["answer"]
        return answer

    def warm_up(self, seconds: float) -> float:
        """Find how often to call for a sample of so many seconds; returns how many it takes."""
        return float(self._ask({"do": "warm up", "seconds": seconds})["seconds"])

    def sample(self) -> float:
        """One measurement, in the row's unit."""
        return float(self._ask({"do": "sample"})["value"])

    def profile(self) -> dict[str, Any]:
        """The kernels of the work and their times; empty for work that is not torch's."""
        return self._ask({"do": "profile"})

    def describe(self) -> dict[str, Any]:
        """Versions, threads and the peak memory so far."""
        return self._ask({"do": "describe"})

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # it is gone; what follows says so
        line = self._process.stdout.readline()
        if not line:
            raise WorkerError(self._name, f"the worker process ended with status {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        if "failed" in answer:
            raise WorkerError(self._name, answer["failed"])
        if "skipped" in answer:
            raise WorkerSkipped(answer["skipped"])
        return answer


class BusyProcess:
    """A process that computes and computes, until the end of the block or of whoever started it."""

    CODE = "import os\nparent = os.getppid()\nwhile os.getppid() == parent:\n    sum(range(100_000))\n"

    def __enter__(self) -> BusyProcess:
        self._process = subprocess.Popen([sys.executable, "-c", self.CODE])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()


def write_files(folder: str, row: str) -> None:
    """Let the row write what its programs read."""
    done = subprocess.run([sys.executable, os.fspath(WORKER), folder, row, "--files"])
    if done.returncode:
        raise WorkerError(row, "its files could not be written")
