"""Graphs inside graphs: what a loop or a branch runs, cut out of the graph around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import torch

from ..attribute import AttrScope, current
from ..context import ABSTRACT, Context
from .graph import Entry, Node, leaves, reachable
from .program import Program

__all__ = ["Subgraph", "cut", "inside"]

MARK = "__subgraph_name__"  # the attribute of every call that is made inside
_counts: dict[str, int] = {}


@contextmanager
def inside(name: str) -> Iterator[str]:
    """Mark the calls that are made here as those of one subgraph; gives the mark.

    Names are counted for the whole process, and begin with those of the subgraphs around: ``foreach0$cond_then0``.
    """
    outer = current().get(None).get(MARK, "")
    whole = f"{outer}${name}" if outer else name
    count = _counts.get(whole, 0)
    _counts[whole] = count + 1
    with AttrScope(**{MARK: f"{whole}{count}"}):
        yield f"{whole}{count}"


class Subgraph:
    """A graph that a call runs, once or many times.

    Attributes
    ----------
    entries : its outputs.
    variables : what it takes, in the order of symbol files.
    changed : the places among them that calls write into.
    """

    def __init__(self, entries: Sequence[Entry], name: str) -> None:
        self.entries = list(entries)
        self.name = name
        self.variables, changed = leaves(self.entries)
        self.changed = {place for place, node in enumerate(self.variables) if id(node) in changed}

    @cached_property
    def program(self) -> Program:
        """The graph, ready to run on one tensor per variable."""
        return Program(self.entries, self.variables, self.name)

    def abstract(self, tensors: Sequence[torch.Tensor]) -> tuple[torch.Tensor, ...]:
        """The outputs without elements, for tensors of these shapes and types."""
        with torch.no_grad():
            return self.program([_without_elements(each) for each in tensors], ABSTRACT, False)

    def run(
        self, tensors: Sequence[torch.Tensor], training: bool, context: Context
    ) -> tuple[torch.Tensor, ...]:
        """The outputs for one tensor per variable."""
        return self.program(tensors, context, training)

    def solved(self, known: Sequence[torch.Tensor | None]) -> tuple[list[Any], list[Any]]:
        """The shapes of its variables and of its outputs that follow from those of some variables; else None."""
        from .infer import shapes_of

        given = {
            node.name: tensor
            for node, tensor in zip(self.variables, known, strict=True)
            if tensor is not None
        }
        shapes = {name: tuple(tensor.shape) for name, tensor in given.items()}
        dtypes = {name: tensor.dtype for name, tensor in given.items()}
        found, _ = shapes_of(self.entries, shapes, dtypes)
        return (
            [found.get((id(node), 0)) for node in self.variables],
            [found.get((id(node), index)) for node, index in self.entries],
        )

    def types(self, given: Sequence[torch.dtype | None]) -> tuple[list[Any], list[Any]]:
        """The types of its variables and of its outputs that follow from those of some variables; else None."""
        from .infer_types import types_of

        known = {
            id(node): dtype for node, dtype in zip(self.variables, given, strict=True) if dtype is not None
        }
        found = types_of(self.entries, known)
        return (
            [found.get((id(node), 0)) for node in self.variables],
            [found.get((id(node), index)) for node, index in self.entries],
        )


def cut(entries: Sequence[Entry], mark: str) -> tuple[list[Entry], dict[Node, Entry]]:
    """The graph of ``entries`` as far as its calls bear the mark; the rest is what it takes from outside.

    Returns
    -------
    Its outputs, and what each new variable stands for: the output of a call outside, or a variable of a subgraph
    around this one. Variables of the whole graph stay themselves.
    """
    made: dict[int, Node] = {}
    outside: dict[Entry, Node] = {}

    def moved(entry: Entry) -> Entry:
        if id(entry.node) in made:
            return Entry(made[id(entry.node)], entry.index)
        if entry not in outside:
            outside[entry] = Node(None, entry.node.output_name(entry.index))
        return Entry(outside[entry])

    for node in reachable(entries):
        found = node.attrs.get(MARK)
        if node.is_variable and found in (None, mark):
            made[id(node)] = node
        elif not node.is_variable and found == mark:
            made[id(node)] = Node(node.op, node.name, dict(node.attrs), map(moved, node.inputs), node.special)
    return [moved(entry) for entry in entries], {node: entry for entry, node in outside.items()}


def _without_elements(tensor: torch.Tensor) -> torch.Tensor:
    return torch.empty(tensor.shape, dtype=tensor.dtype, device="meta")
