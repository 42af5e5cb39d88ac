"""A row of the table: one piece of work, written once per framework, and what it should reach."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

FRAMEWORKS = {"glueball": "Glueball", "pytorch": "PyTorch", "mxnet": "MXNet 1.9.1"}


class Skip(Exception):
    """A program cannot run here, and why."""


@dataclass(frozen=True)
class Target:
    """What Glueball should reach against one peer; exactly one of the three numbers is given.

    at_most : Glueball's value is at most so many times the peer's.
    faster : the peer's value is at least so many times Glueball's.
    over : Glueball's value is at most so much above the peer's, in the row's unit.
    """

    against: str
    at_most: float | None = None
    faster: float | None = None
    over: float | None = None


@dataclass(frozen=True)
class Row:
    """One line of the table.

    name : what ``--only`` calls it.
    measures : the line's text: what one measured thing is.
    unit : ``'µs'``, ``'ms'``, ``'s'``, ``'MiB'`` or ``'%'``.
    programs : for each framework a function that sets everything up and returns the work, a callable without
        arguments. A framework that is left out has an empty cell.
    per : how many of the measured things one call of the work does (steps in an epoch, calls in a loop).
    agreement : relative tolerance within which the programs' first answers must agree, if the work returns an
        answer (a loss, an accuracy), so that nobody is fast by doing something else.
    reports : the work returns its own measurement, in the row's unit, instead of being timed from outside.
    rounds : at most so many rounds, for work that takes seconds.
    needs : data that must be there: ``'fashion-mnist'``.
    peers : what the table should say of a peer, where its program is one of several that people write.
    """

    name: str
    measures: str
    unit: str
    programs: dict[str, Callable[[], Callable[[], Any]]]
    per: int = 1
    target: Target | None = None
    agreement: float | None = None
    reports: bool = False
    rounds: int | None = None
    needs: str | None = None
    peers: dict[str, str] = field(default_factory=dict)

    def make(self, framework: str) -> Callable[[], Any]:
        """The work of this row in one framework, ready to be called again and again."""
        return self.programs[framework]()

    def missing(self) -> str | None:
        """Why the row cannot run here, or None."""
        if self.needs == "fashion-mnist":
            folder = Path(os.environ.get("MXNET_HOME", ""), "datasets", "fashion-mnist")
            if not (folder / "train-images-idx3-ubyte.gz").is_file():
                return "Fashion-MNIST is not in MXNET_HOME"
        return None


def load_rows(folder: str) -> list[Row]:
    """All rows of a folder, in the order of its files' names; a file lists its own in ``ROWS``."""
    sys.path.insert(0, os.fspath(folder))  # files of rows may share a module
    rows: list[Row] = []
    for path in sorted(Path(folder).glob("*.py")):
        if path.stem.startswith("_"):
            continue
        spec = importlib.util.spec_from_file_location("rows_" + path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        rows.extend(module.ROWS)
    return rows


def repeat(statement: str, names: dict[str, Any], count: int, finish: str = "pass") -> Callable[[], None]:
    """Work that executes a statement ``count`` times without a function call around it, and then ``finish``."""
    source = f"def work():\n    for _ in range({count}):\n        {statement}\n    {finish}\n"
    namespace = dict(names)
    exec(compile(source, f"<benchmark: {statement}>", "exec"), namespace)
    work: Callable[[], None] = namespace["work"]
    return work


def in_fresh_process(code: str) -> float:
    """The number that the code prints last, in a new process of this Python."""
    run = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True)
    return float(run.stdout.splitlines()[-1])
