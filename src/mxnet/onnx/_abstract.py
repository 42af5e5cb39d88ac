"""Shapes and types along a graph some of whose lengths are not known.

The operators' own functions run on arrays without elements, call by call, twice: with two lengths for each that is not
known. What comes out the same is known, and an unknown length is recognised wherever it appears again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from ..base import MXNetError
from ..context import ABSTRACT, cpu
from ..dtype import to_numpy, to_torch
from ..ops.registry import OperatorError
from ..symbol.graph import Entry, Node
from ..symbol.program import Program

__all__ = ["Abstract", "Guess", "Lengths"]

Guess = tuple[int, int]
"""The two lengths with which one that is not known is tried."""
Lengths = tuple["int | None", ...]
"""The lengths of an array's axes; None for those that are not known."""

_FEW = 1 << 22  # elements that are computed where an operator needs some
_MANY = 1 << 40  # elements that no array has
_FAILURES = (
    MXNetError,
    OperatorError,
    RuntimeError,
    ValueError,
    TypeError,
    IndexError,
    AttributeError,
    NotImplementedError,
    ZeroDivisionError,
    OverflowError,
)


class Abstract:
    """Shapes and types of what the calls of a graph return.

    >>> from mxnet import sym
    >>> x = sym.var("x")
    >>> y = sym.FullyConnected(x, sym.var("w"), no_bias=True, num_hidden=3)
    >>> graph = Abstract()
    >>> graph.variable(x._entries[0].node, ((2, 4), 5), "float32")
    >>> graph.variable(y._entries[0].node.inputs[1].node, (3, 5), "float32")
    >>> graph.call(y._entries[0].node)
    >>> graph.lengths(y._entries[0]), graph.guesses(y._entries[0])
    ((None, 3), ((2, 4), (3, 3)))
    """

    def __init__(self) -> None:
        self.errors: dict[int, Exception] = {}
        """Why a call cannot be computed, by the identity of its node."""
        self._found: dict[tuple[int, int], tuple[torch.Tensor, torch.Tensor]] = {}
        self._nodes: list[Node] = []  # kept alive, since they are known by their identity

    def variable(self, node: Node, shape: Sequence[int | Guess], dtype: Any) -> None:
        """Set the lengths of a variable: each a number, or two that are tried."""
        pairs = [each if isinstance(each, tuple) else (each, each) for each in shape]
        kind = to_torch(dtype)
        first, second = (
            torch.empty([pair[run] for pair in pairs], dtype=kind, device="meta") for run in (0, 1)
        )
        self._set(node, 0, (first, second))

    def same(self, node: Node, other: Entry) -> None:
        """Set the only output of a call to be as another array."""
        found = self._found.get((id(other.node), other.index))
        if found is not None:
            self._set(node, 0, found)

    def call(self, node: Node) -> None:
        """Compute what a call returns; nothing where it does not follow from shapes."""
        inputs = [self._found.get((id(source), index)) for source, index in node.inputs]
        if any(each is None for each in inputs):
            return
        runs = [[each[run] for each in inputs if each is not None] for run in (0, 1)]
        fixed = all(a.shape == b.shape for a, b in zip(*runs, strict=True))
        self.errors.pop(id(node), None)
        try:
            first = _results(node, runs[0])
            second = first if fixed else _results(node, runs[1])
        except _FAILURES as error:
            self._nodes.append(node)
            self.errors[id(node)] = error
            return
        if first is None or second is None or len(first) != len(second):
            return
        for index, (one, other) in enumerate(zip(first, second, strict=True)):
            if one.dim() == other.dim():
                self._set(node, index, (one, other))

    def _set(self, node: Node, index: int, found: tuple[torch.Tensor, torch.Tensor]) -> None:
        self._nodes.append(node)
        self._found[id(node), index] = found

    def guesses(self, entry: Entry) -> tuple[Guess, ...] | None:
        """Both lengths of each axis; None where nothing is known."""
        found = self._found.get((id(entry.node), entry.index))
        return None if found is None else tuple(zip(found[0].shape, found[1].shape, strict=True))

    def lengths(self, entry: Entry) -> Lengths | None:
        """The lengths of the axes, None for each that is not known; None where nothing is known."""
        guesses = self.guesses(entry)
        return None if guesses is None else tuple(a if a == b else None for a, b in guesses)

    def dtype(self, entry: Entry) -> np.dtype[Any] | None:
        """The type of the elements."""
        found = self._found.get((id(entry.node), entry.index))
        return None if found is None else np.dtype(to_numpy(found[0].dtype))


def _results(node: Node, inputs: list[torch.Tensor]) -> list[torch.Tensor] | None:
    """What a call returns, without elements; None where it follows from elements alone."""
    if node.special is not None:
        found: list[torch.Tensor] | None = node.special.abstract(inputs)
        return found
    places = [Node(None, f"input{i}") for i in range(len(inputs))]
    alone = Node(node.op, node.name, node.attrs, [Entry(each) for each in places])
    program = Program([Entry(alone, i) for i in range(node.visible)], places)
    with torch.no_grad():
        try:
            results = list(program(inputs, ABSTRACT, False))
        except _FAILURES:
            if sum(each.numel() for each in inputs) > _FEW:
                return None
        else:
            if any(each.numel() > _MANY for each in results):
                raise MXNetError(f"a result of shape {tuple(results[0].shape)} is too large")
            return results
        # some look at elements: zeros will do, or ones, or rows that rise (regions have an area then)
        makers: tuple[Any, ...] = (torch.zeros, torch.ones, _rising)
        for last, make in enumerate(makers):
            try:
                filled = [make(each.shape, dtype=each.dtype) for each in inputs]
                return [each.to("meta") for each in program(filled, cpu(), False)]
            except _FAILURES:
                if last == 2:
                    raise
    return None


def _rising(shape: torch.Size, dtype: torch.dtype) -> torch.Tensor:
    return torch.arange(shape[-1] if shape else 1).to(dtype).expand(shape).contiguous()
