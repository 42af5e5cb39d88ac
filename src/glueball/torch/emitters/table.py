"""The table of emitters: for each kind of call how it is written in PyTorch.

An emitter is a function of a `Call`. It returns an expression in which ``@0``, ``@1``, ... stand for the inputs of the
call, or a `Written` with more; it raises `Unwritten` where these attributes have no plain form. Names of
`glueball.torch.helpers` in the expression are found, and their text copied, by the writer.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch

from mxnet.dtype import to_torch
from mxnet.symbol.compose import wanted_inputs
from mxnet.symbol.graph import Node, options_of

__all__ = [
    "EMITTERS",
    "Call",
    "Emitter",
    "Layer",
    "Unwritten",
    "Written",
    "arguments",
    "dtype_text",
    "emits",
    "lengths",
    "literal",
]


class Unwritten(Exception):
    """This call has no plain form in PyTorch; the text says why."""


@dataclass(frozen=True)
class Layer:
    """A layer that holds the parameters of a call.

    Attributes
    ----------
    made : how it is made: ``nn.Linear(4, 2)``.
    own : its names of parameters and buffers, each with the place of the call's input that it stands for.
    code : what is called with it; ``{layer}`` stands for the layer.
    """

    made: str
    own: dict[str, int]
    code: str = "{layer}(@0)"


@dataclass(frozen=True)
class Written:
    """A call in PyTorch.

    Attributes
    ----------
    code : the expression, over all inputs of the call.
    layer : the same with a layer of its own, where the parameters' names allow one.
    results : how many values the expression gives (1: not in a tuple).
    """

    code: str
    layer: Layer | None = None
    results: int = 1


@dataclass(frozen=True)
class Value:
    """What is known of an array before anything runs; None for what is not."""

    shape: tuple[int, ...] | None = None
    rank: int | None = None
    dtype: torch.dtype | None = None


@dataclass
class Call:
    """One call in a graph, as an emitter sees it.

    Attributes
    ----------
    node : the call in the graph.
    values : what is known of each input.
    absent : the places of inputs that nobody gives (labels of a network that only predicts).
    wanted : which outputs somebody uses.
    like : a tensor of the network's type and device, as text; None if there is no parameter.
    nearby : a tensor on the network's device, as text.
    options : all attributes, parsed, with their defaults.
    places : the inputs by the names that the operator has for them.
    """

    node: Node
    values: list[Value]
    absent: frozenset[int] = frozenset()
    wanted: frozenset[int] = frozenset({0})
    like: str | None = None
    nearby: str | None = None
    options: dict[str, Any] = field(init=False)
    places: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        op = self.node.op
        assert op is not None
        defaults = {key: p.default for key, p in op.attributes.items() if p.default is not p.empty}
        self.options = defaults | options_of(self.node)
        count = len(self.node.inputs)
        if op.variadic:
            names = [f"{op.variadic}{i}" for i in range(count)]
        else:
            wanted = wanted_inputs(op, self.options)
            names = [name for name, each in zip(op.arrays, wanted, strict=True) if each]
            names = names if len(names) >= count else list(op.arrays[:count])
        self.places = {name: place for place, name in enumerate(names[:count])}

    @property
    def kind(self) -> str:
        """The operator's name in symbol files."""
        return self.node.kind

    def __getitem__(self, name: str) -> Any:
        """An attribute."""
        return self.options[name]

    def text(self, array: str) -> str:
        """What stands for an input in the expression."""
        return f"@{self.places[array]}"

    def has(self, array: str) -> bool:
        """Whether an optional input is given."""
        return array in self.places and self.places[array] not in self.absent

    def all(self) -> list[str]:
        """What stands for the inputs, in order."""
        return [f"@{place}" for place in range(len(self.node.inputs))]

    def shape(self, array: str) -> tuple[int, ...] | None:
        """The shape of an input that is a parameter; None for what only shows when it runs."""
        return self.values[self.places[array]].shape

    def rank(self, place: int = 0) -> int | None:
        """The number of axes of an input, where it is known."""
        return self.values[place].rank

    def known_rank(self, place: int = 0) -> int:
        """The number of axes of an input, which the expression needs."""
        rank = self.values[place].rank
        if rank is None:
            raise Unwritten("the number of axes of its input is not known; example inputs make it known")
        return rank

    def is_whole(self, place: int = 0) -> bool:
        """Whether an input is known to hold whole numbers."""
        dtype = self.values[place].dtype
        return dtype is not None and not dtype.is_floating_point

    def refuse_whole(self) -> None:
        """PyTorch's kernels do something else with whole numbers than MXNet's."""
        if any(self.is_whole(place) for place in range(len(self.values))):
            raise Unwritten("its inputs are whole numbers, which PyTorch treats differently")


Emitter = Callable[[Call], str | Written]
EMITTERS: dict[str, Emitter] = {}
"""Emitters by the kind of a call, as symbol files name it."""


def emits(*kinds: str) -> Callable[[Emitter], Emitter]:
    """Enter a function into the table."""

    def register(emitter: Emitter) -> Emitter:
        for kind in kinds:
            if kind in EMITTERS:
                raise ValueError(f"two emitters for {kind}")
            EMITTERS[kind] = emitter
        return emitter

    return register


# ---------------------------------------------------------------------- pieces of text


def literal(value: Any) -> str:
    """A number, a word or a tuple as Python text, with quotes as formatters have them.

    >>> literal(2.0), literal((1, None)), literal("mean"), literal(float("inf"))
    ('2', '(1, None)', '"mean"', 'float("inf")')
    """
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, (tuple, list)):
        inside = [literal(each) for each in value]
        return f"({inside[0]},)" if len(inside) == 1 else f"({', '.join(inside)})"
    if isinstance(value, bool) or value is None:
        return repr(value)
    if isinstance(value, torch.dtype):
        return str(value)
    number = float(value)
    if not math.isfinite(number):
        return f'float("{number}")'
    return repr(int(number)) if number == int(number) and abs(number) < 1e15 else repr(number)


def lengths(value: Any) -> str:
    """One number where all are equal, else the tuple: what windows take."""
    values = (value,) if isinstance(value, int) else tuple(value)
    return literal(values[0] if len(set(values)) == 1 else values)


def dtype_text(name: Any) -> str:
    """``torch.float16`` for ``'float16'``."""
    return str(to_torch(name))


def arguments(*positional: str, **named: str | None) -> str:
    """Arguments of a call as text; those that are None are left out."""
    return ", ".join([*positional, *(f"{key}={value}" for key, value in named.items() if value is not None)])
