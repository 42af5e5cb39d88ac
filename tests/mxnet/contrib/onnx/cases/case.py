"""Small graphs of operators that are exported: what they are made of, and of what arrays."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mxnet import sym


@dataclass(frozen=True)
class Given:
    """An array: normal numbers, or numbers from ``low`` to ``high`` (whole ones, for a whole-number type)."""

    shape: tuple[int, ...]
    low: float | None = None
    high: float = 1.0
    dtype: str = "float32"
    values: Any = None
    learnt: bool = False

    def array(self, rng):
        if self.values is not None:
            return np.array(self.values, dtype=self.dtype)
        if self.low is None:
            return rng.standard_normal(self.shape).astype(self.dtype)
        if self.dtype.startswith(("int", "uint")):
            return rng.integers(self.low, self.high, self.shape).astype(self.dtype)
        return rng.uniform(self.low, self.high, self.shape).astype(self.dtype)


def data(*shape, low=None, high=1.0, dtype="float32"):
    return Given(shape, low, high, dtype)


def learnt(*shape, low=None, high=1.0, dtype="float32"):
    return Given(shape, low, high, dtype, learnt=True)


def values(numbers, dtype="float32", learnt=False):
    return Given(np.shape(numbers), dtype=dtype, values=numbers, learnt=learnt)


def ints(*shape, low=-5, high=6, dtype="int32"):
    return Given(shape, low, high, dtype)


@dataclass(frozen=True)
class Case:
    """A graph as a function of symbols, and its arrays. ``back``: the node that cannot be read again, if one is."""

    kind: str
    label: str
    build: Callable[..., Any]
    arrays: Sequence[Given]
    back: str | None = None

    @property
    def id(self):
        return f"{self.kind}-{self.label}" if self.label else self.kind


class Cases(list):
    """A list of cases, with two ways to make one."""

    def add(self, kind, label, build, *arrays, **facts):
        """One case."""
        self.append(Case(kind, label, build, arrays, **facts))

    def calls(self, kind, arrays, *, of=None, **variants):
        """One case for each set of attributes, of the operator ``of`` (default: its name in symbol files)."""
        function = of or getattr(sym, kind)
        for label, options in variants.items():
            self.add(kind, label.strip("_"), lambda *s, o=options: function(*s, **o), *arrays)
