"""The runner's end of a worker process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

WORKER = Path(__file__).with_name("worker.py")


class WorkerError(RuntimeError):
    """A program failed; its traceback went to standard error."""


class WorkerSkipped(Exception):
    """A program said that it cannot run here."""


class WorkerProcess:
    """One row's program of one framework, alive in a process of its own."""

    def __init__(self, python: str, folder: str, row: str, framework: str) -> None:
        environment = dict(os.environ, PYTHONIOENCODING="utf-8")
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # nobody compiles a package anew at each import
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

    def prepare(self, seconds: float) -> dict[str, Any]:
        """Set up and warm up; returns the answer, the versions and the threads."""
        return self._ask({"do": "prepare", "seconds": seconds})

    def sample(self) -> float:
        """One measurement, in the row's unit."""
        return float(self._ask({"do": "sample"})["value"])

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
            raise WorkerError(f"{self._name}: the worker process ended with status {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        if "failed" in answer:
            raise WorkerError(f"{self._name}: {answer['failed']}")
        if "skipped" in answer:
            raise WorkerSkipped(answer["skipped"])
        return answer
