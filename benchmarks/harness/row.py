"""A row of the table: one piece of work, written once per framework, its floor, and what it should reach."""

from __future__ import annotations

import importlib.util
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Framework:
    """Who does the work: its title in tables, and the environment that has it.

    environment : ``'own'``, the one that runs the benchmarks; ``'oracle'``, the real MXNet's; ``'peers'``, that of the
        others.
    """

    title: str
    environment: str = "own"


FLOOR = "floor"
FRAMEWORKS = {
    "glueball": Framework("Glueball"),
    "pytorch": Framework("PyTorch"),
    "mxnet": Framework("MXNet 1.9.1", "oracle"),
    FLOOR: Framework("floor"),
    "keras-torch": Framework("Keras 3 on torch", "peers"),
    "keras-jax": Framework("Keras 3 on JAX", "peers"),
    "jax": Framework("JAX, jitted", "peers"),
    "sklearn": Framework("scikit-learn", "peers"),
    "tinygrad": Framework("tinygrad", "peers"),
}
ELSEWHERE = tuple(name for name, about in FRAMEWORKS.items() if about.environment == "peers")


class Skip(Exception):
    """A program cannot run here, and why."""


@dataclass(frozen=True)
class Target:
    """What Glueball should reach against a peer or the floor; exactly one of the three numbers is given.

    at_most : Glueball's value is at most so many times the peer's.
    faster : the peer's value is at least so many times Glueball's.
    over : Glueball's value is at most so much above the peer's, in the row's unit.
    """

    against: str
    at_most: float | None = None
    faster: float | None = None
    over: float | None = None


@dataclass(frozen=True)
class Floor:
    """What the work cannot cost less than: the part of it that nobody can leave out.

    how : how it was computed, for the notes below the table.
    program : does and measures that part alone, as a row's program does the whole.
    column : instead of a program, the peer whose own column is the floor.
    """

    how: str
    program: Callable[..., Callable[[], Any]] | None = None
    column: str | None = None


@dataclass(frozen=True)
class Row:
    """One line of the table.

    name : what ``--only`` calls it.
    measures : the line's text: what one measured thing is.
    unit : ``'µs'``, ``'ms'``, ``'s'``, ``'MiB'`` or ``'%'``.
    programs : for each framework a function that sets everything up and returns the work, a callable without
        arguments. A framework that is left out has an empty cell.
    per : how many of the measured things one call of the work does (steps in an epoch, calls in a loop).
    targets : what Glueball should reach.
    floor : what the work cannot cost less than.
    agreement : relative tolerance within which the programs' first answers must agree, if the work returns an
        answer (a loss, an accuracy, an array, of which the sum counts), so that nobody is fast by doing something else.
    reports : the work returns its own measurement, in the row's unit, instead of being timed from outside.
    rounds : at most so many rounds, for work that takes seconds.
    needs : data that must be there: ``'fashion-mnist'``.
    peers : what the table should say of a peer, where its program is one of several that people write.
    files : writes the files that the programs read, once a run, into `files_folder`.
    busy : so many other processes keep a core busy meanwhile.
    along : what ``points`` are, such as ``'hidden width'``: the row is a curve, drawn instead of listed, and its
        programs take a point.
    points : where the curve is measured, ascending.
    """

    name: str
    measures: str
    unit: str
    programs: dict[str, Callable[..., Callable[[], Any]]]
    per: int = 1
    targets: tuple[Target, ...] = ()
    floor: Floor | None = None
    agreement: float | None = None
    reports: bool = False
    rounds: int | None = None
    needs: str | None = None
    peers: dict[str, str] = field(default_factory=dict)
    files: Callable[[], None] | None = None
    busy: int = 0
    along: str | None = None
    points: tuple[int, ...] = ()

    def frameworks(self) -> list[str]:
        """Whoever has a program of this row, the floor included."""
        measured = self.floor is not None and self.floor.program is not None
        return [name for name in FRAMEWORKS if name in self.programs or (name == FLOOR and measured)]

    def make(self, framework: str, point: int | None = None) -> Callable[[], Any]:
        """The work of this row in one framework, ready to be called again and again."""
        if framework == FLOOR:
            assert self.floor is not None
            assert self.floor.program is not None
            program = self.floor.program
        else:
            program = self.programs[framework]
        return program() if point is None else program(point)

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
