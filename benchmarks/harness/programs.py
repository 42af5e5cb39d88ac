"""What programs of rows are made with."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .row import Skip

if TYPE_CHECKING:
    from collections.abc import Callable

FILES = "GLUEBALL_BENCH_FILES"
HERE = Path(__file__).resolve().parent


def repeat(statement: str, names: dict[str, Any], count: int, finish: str = "pass") -> Callable[[], None]:
    """Work that executes a statement ``count`` times without a function call around it, and then ``finish``."""
    source = f"def work():\n    for _ in range({count}):\n        {statement}\n    {finish}\n"
    namespace = dict(names)
    exec(compile(source, f"<benchmark: {statement}>", "exec"), namespace)
    work: Callable[[], None] = namespace["work"]
    return work


def files_folder() -> Path:
    """Where `Row.files` writes and programs read; a new folder in each run, removed at its end."""
    return Path(os.environ[FILES])


def in_fresh_process(code: str) -> float:
    """The number that the code prints last, in a new process of this Python."""
    run = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True)
    return float(run.stdout.splitlines()[-1])


def peak_memory() -> float | None:
    """The most memory that this process ever held, in MiB; None where the system does not say."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        pass
    try:
        import resource
    except ImportError:
        return None
    # What a child of a large process says on Linux begins with its parent's, which is why /proc comes first.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1 << 20 if sys.platform == "darwin" else 1 << 10
    )


def memory_of(folder: Path, row: str, framework: str, calls: int = 1) -> Callable[[], Callable[[], float]]:
    """A program: the peak memory, in MiB, of a fresh process that sets one row's program up and calls it."""

    def program() -> Callable[[], float]:
        if peak_memory() is None:
            raise Skip("this system does not tell a process its peak memory")
        code = _fresh(folder, row, framework, calls) + "print(peak_memory())\n"
        return lambda: in_fresh_process(code)

    return program


def time_of(folder: Path, row: str, framework: str, calls: int = 1) -> Callable[[], Callable[[], float]]:
    """A program: the seconds from the start to the end of a fresh process that runs one row's program."""

    def program() -> Callable[[], float]:
        command = [sys.executable, "-c", _fresh(folder, row, framework, calls)]

        def measure() -> float:
            start = time.perf_counter()
            subprocess.run(command, check=True)
            return time.perf_counter() - start

        measure()  # once untimed, so that files are in the system's cache
        return measure

    return program


def _fresh(folder: Path, row: str, framework: str, calls: int) -> str:
    return (
        f"import sys; sys.path.insert(0, {os.fspath(HERE.parent)!r})\n"
        f"from harness import load_rows, peak_memory\n"
        f"row = next(row for row in load_rows({os.fspath(folder)!r}) if row.name == {row!r})\n"
        f"work = row.make({framework!r})\n"
        f"for _ in range({calls}):\n    work()\n"
    )
