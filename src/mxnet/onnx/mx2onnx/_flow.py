"""The converters of loops and branches: ``foreach`` as a Scan, ``while_loop`` as a Loop, ``cond`` as an If.

Their graphs inside are converted like the one around them. What they take from outside they find there by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from ...symbol.control_flow import Cond, Flow, ForEach, WhileLoop
from ...symbol.graph import Entry, Node
from .._abstract import Abstract, Guess, Lengths
from ._builder import Builder, Described, Inexpressible, Value
from ._given import needed

__all__ = ["converted_flow"]

Convert = Callable[[Node, dict[tuple[int, int], Value], Abstract], list[Value]]
"""How a call inside is converted, from the values and the facts that are known there."""


class _Inside:
    """What converts the graphs inside of a call."""

    def __init__(
        self, node: Node, flow: Flow, inputs: Sequence[Value], facts: Abstract, convert: Convert
    ) -> None:
        self.node, self.flow, self.inputs, self.facts = node, flow, list(inputs), facts
        self.convert = convert

    def guesses(self, place: int) -> tuple[Guess, ...]:
        """Both lengths that each axis of an input of the call was tried with."""
        source = self.node.inputs[place]
        found = self.facts.guesses(source)
        if found is None:
            raise Inexpressible(f"the shape of {source.node.name} does not follow from the inputs'")
        return found

    def run(
        self, graph: int, values: dict[int, Value], shapes: dict[int, tuple[Guess, ...]]
    ) -> list[Described]:
        """Convert a graph inside, with values for inputs of the call in the place of those outside."""
        inner, places = self.flow.graphs[graph], self.flow.places[graph]
        facts = Abstract()
        known: dict[tuple[int, int], Value] = {}
        for node, place in zip(inner.variables, places, strict=True):
            value = values.get(place, self.inputs[place])
            facts.variable(node, shapes.get(place) or self.guesses(place), value.dtype)
            known[id(node), 0] = value
        for node in needed(inner.entries):
            if node.is_variable:
                continue
            facts.call(node)
            known |= {(id(node), index): each for index, each in enumerate(self.convert(node, known, facts))}
        return [(known[id(entry.node), entry.index], facts.lengths(entry)) for entry in inner.entries]


def converted_flow(
    b: Builder, node: Node, inputs: Sequence[Value], facts: Abstract, convert: Convert
) -> list[Value] | None:
    """The outputs of a loop or branch; None for other calls that are no operators."""
    flow = node.special
    if not isinstance(flow, Flow):
        return None
    inside = _Inside(node, flow, inputs, facts, convert)
    if isinstance(flow, ForEach):
        return _scan(b, inside, flow)
    if isinstance(flow, WhileLoop):
        return _loop(b, inside, flow)
    return _if(b, inside) if isinstance(flow, Cond) else None


def _lengths(guesses: Sequence[Guess]) -> Lengths:
    return tuple(a if a == b else None for a, b in guesses)


def _scan(b: Builder, inside: _Inside, flow: ForEach) -> list[Value]:
    rows = {place: inside.guesses(place)[1:] or ((1, 1),) for place in range(flow.data)}
    order = [*range(flow.data, flow.data + flow.states), *range(flow.data)]  # in ONNX states come first
    given = [_with_rows(inside, place) if place in rows else inside.inputs[place] for place in order]

    def body(values: list[Value]) -> list[Described]:
        results = inside.run(0, dict(zip(order, values, strict=True)), rows)
        return [*results[flow.out_data :], *results[: flow.out_data]]

    shapes = [_lengths(rows[place] if place in rows else inside.guesses(place)) for place in order]
    graph, types = b.graph("body", [(each.dtype, n) for each, n in zip(given, shapes, strict=True)], body)
    results = b.several("Scan", len(types), *given, types=types, body=graph, num_scan_inputs=flow.data)
    return [*results[flow.states :], *results[: flow.states]]


def _with_rows(inside: _Inside, place: int) -> Value:
    """An array that is gone through; the rows of one with a single axis are arrays of one element."""
    value = inside.inputs[place]
    return value.opened(1) if len(inside.guesses(place)) == 1 else value


def _loop(b: Builder, inside: _Inside, flow: WhileLoop) -> list[Value]:
    variables = {place: inside.inputs[place] for place in flow.loop}

    def holds(values: dict[int, Value]) -> Value:
        return inside.run(0, values, {})[0][0].reshaped().true()

    def body(values: list[Value]) -> list[Described]:
        own = dict(zip(flow.loop, values[2:], strict=True))
        results = inside.run(1, own, {})
        states = results[flow.out_data :]
        new = {place: each for place, (each, _) in zip(flow.loop, states, strict=True)}
        return [(holds({**own, **new}), ()), *states, *results[: flow.out_data]]

    own = [(each.dtype, _lengths(inside.guesses(place))) for place, each in variables.items()]
    graph, (_, *types) = b.graph("body", [(np.int64, ()), (bool, ()), *own], body)
    limit = b.constant(np.array(flow.max_iterations, dtype=np.int64))
    given = [limit, holds(variables), *variables.values()]
    results = b.several("Loop", len(types), *given, types=types, body=graph)
    states, outputs = results[: len(variables)], results[len(variables) :]
    return [*(_padded(b, inside, each, index) for index, each in enumerate(outputs)), *states]


def _padded(b: Builder, inside: _Inside, rows: Value, index: int) -> Value:
    """The outputs of all steps, with zeros for those that were not taken."""
    lengths = inside.facts.lengths(Entry(inside.node, index))
    known = [] if lengths is None else [each for each in lengths if each]
    if lengths is None or len(known) < len(lengths):
        raise Inexpressible(
            "the shape of its outputs does not follow from those of its inputs, or is dynamic"
        )
    limit, *row = known
    missing = b.integers([limit]) - rows.shape(0, 1)
    nothing = b.filled(b.joined([missing, b.integers(row)] if row else [missing]), 0, rows.dtype)
    return b.joined([rows, nothing])


def _if(b: Builder, inside: _Inside) -> list[Value]:
    condition = inside.run(0, {}, {})[0][0].reshaped().true()

    def branch(graph: int, _: list[Value]) -> list[Described]:
        return inside.run(graph, {}, {})

    then, types = b.graph("then", [], partial(branch, 1))
    other, others = b.graph("else", [], partial(branch, 2))
    if types != others:
        raise Inexpressible("its branches return arrays of different types")
    return b.several("If", len(types), condition, types=types, then_branch=then, else_branch=other)
