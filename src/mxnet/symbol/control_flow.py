"""What runs loops and branches in graphs: `ForEach`, `WhileLoop` and `Cond`.

Each holds graphs (`subgraph`), which run as often as it takes, on the tape like everything else. `loops` makes them
from functions, and `READERS` from symbol files.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import torch

from ..base import MXNetError, ShapeError
from ..context import ABSTRACT, Context
from ..files.errors import FormatError
from ..files.symbol_json import StoredNode
from ..ops.literals import read_literal
from .graph import Entry, Node, reachable
from .special import READERS, Special, Tensors, Types
from .subgraph import Subgraph

__all__ = ["Cond", "Flow", "ForEach", "WhileLoop", "may_take_no_step", "no_step"]

Known = list[torch.Tensor | None]


class Flow(Special):
    """What the three have in common: graphs inside, and which input of the call each of their variables is.

    Attributes
    ----------
    graphs : the graphs inside.
    places : for each graph, the places of its variables among the inputs of the call.
    """

    def __init__(self, graphs: list[Subgraph], places: list[list[int]], outputs: int) -> None:
        self.graphs, self.places, self.outputs = graphs, places, outputs

    def auxiliary(self) -> Sequence[int]:
        return sorted(
            {
                places[place]
                for graph, places in zip(self.graphs, self.places, strict=True)
                for place in graph.changed
            }
        )

    def subgraphs(self) -> list[list[Entry]]:
        return [graph.entries for graph in self.graphs]

    def attributes(self) -> dict[str, str]:
        """What symbol files say about the call, as text."""
        raise NotImplementedError

    def solve(self, node: Node, tensors: dict[Any, torch.Tensor], set_variable: Callable[..., None]) -> None:
        known: Known = [tensors.get((id(source), index)) for source, index in node.inputs]
        if all(each is not None for each in known):
            return
        for graph, places in zip(self.graphs, self.places, strict=True):
            variables, outputs = graph.solved([self.taken(place, known[place]) for place in places])
            for place, shape in [*zip(places, variables, strict=True), *self.returned(graph, outputs)]:
                shape = None if shape is None else self.given(place, shape, known)
                source = node.inputs[place].node
                if known[place] is None and shape is not None and source.is_variable:
                    set_variable(source, shape)
                    known[place] = tensors[id(source), 0]

    def taken(self, place: int, tensor: torch.Tensor | None) -> torch.Tensor | None:
        """What a graph inside gets of an input."""
        return tensor

    def given(self, place: int, shape: tuple[int, ...], known: Known) -> tuple[int, ...] | None:
        """The shape of an input, from what a graph inside gets of it."""
        return shape

    def returned(self, graph: Subgraph, outputs: list[Any]) -> list[tuple[int, Any]]:
        """The inputs whose shapes are those of outputs of a graph inside."""
        return []

    def solve_types(self, inputs: Types) -> tuple[Types, Types]:
        inputs = list(inputs)
        outputs: Types = [None] * self.outputs
        for graph, places in zip(self.graphs, self.places, strict=True):
            variables, found = graph.types([inputs[place] for place in places])
            for place, dtype in zip(places, variables, strict=True):
                inputs[place] = inputs[place] or dtype
            if len(found) == self.outputs:
                outputs = [old or new for old, new in zip(outputs, found, strict=True)]
        return inputs, outputs

    def _values(self, graph: int, tensors: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        return [tensors[place] for place in self.places[graph]]

    def _on_abstract(self, tensors: Tensors) -> Tensors:
        found = self.abstract(list(tensors))
        if found is None:
            raise MXNetError(f"{self.kind}: the shapes of its results do not follow from those of its inputs")
        return tuple(found)


class ForEach(Flow):
    kind = "_foreach"

    def __init__(self, body: Subgraph, places: list[int], data: int, states: int, out_data: int) -> None:
        super().__init__([body], [places], len(body.entries))
        self.data, self.states, self.out_data = data, states, out_data

    def attributes(self) -> dict[str, str]:
        inner = {place: at for at, place in enumerate(self.places[0])}
        located = [inner[place] for place in range(len(inner))]
        behind = self.data + self.states
        return {
            "in_data_locs": str(located[: self.data]),
            "in_state_locs": str(located[self.data : behind]),
            "num_args": str(1 + len(located)),
            "num_out_data": str(self.out_data),
            "num_outputs": str(self.outputs),
            "remain_locs": str(located[behind:]),
        }

    def taken(self, place: int, tensor: torch.Tensor | None) -> torch.Tensor | None:
        if place >= self.data or tensor is None:
            return tensor
        return None if tensor.dim() == 0 else tensor.new_empty(_row_shape(tensor))

    def given(self, place: int, shape: tuple[int, ...], known: Known) -> tuple[int, ...] | None:
        if place >= self.data:
            return shape
        lengths = [each.shape[0] for each in known[: self.data] if each is not None and each.dim()]
        return (lengths[0], *shape) if lengths else None

    def returned(self, graph: Subgraph, outputs: list[Any]) -> list[tuple[int, Any]]:
        return [(self.data + at, shape) for at, shape in enumerate(outputs[self.out_data :])]

    def abstract(self, inputs: list[torch.Tensor]) -> list[torch.Tensor] | None:
        length = self._length(inputs)
        values = [
            each.new_empty(_row_shape(each)) if place < self.data else each
            for place, each in enumerate(inputs)
        ]
        results: Tensors = ()
        for _ in range(length):  # until the shapes of the states stay, which is at once for most
            results = self.graphs[0].abstract(self._values(0, values))
            before = [_kind(each) for each in values[self.data : self.data + self.states]]
            values[self.data : self.data + self.states] = results[self.out_data :]
            if before == [_kind(each) for each in results[self.out_data :]]:
                break
        stacked = [each.new_empty((length, *each.shape)) for each in results[: self.out_data]]
        return [*stacked, *results[self.out_data :]]

    def on_tensors(self, tensors: Tensors, training: bool, context: Context) -> Tensors:
        if context is ABSTRACT:
            return self._on_abstract(tensors)
        self._length(tensors)
        values = list(tensors)
        collected: list[Tensors] = []
        rows = (each.reshape(-1, *_row_shape(each)).unbind(0) for each in tensors[: self.data])
        for slices in zip(*rows, strict=True):
            values[: self.data] = slices
            results = self.graphs[0].run(self._values(0, values), training, context)
            values[self.data : self.data + self.states] = results[self.out_data :]
            collected.append(results[: self.out_data])
        return (*_stacked(self.kind, collected), *values[self.data : self.data + self.states])

    def _length(self, tensors: Sequence[torch.Tensor]) -> int:
        shapes = [tuple(each.shape) for each in tensors[: self.data]]
        lengths = {shape[0] if shape else 0 for shape in shapes}
        if len(lengths) != 1:
            raise ShapeError("foreach: the arrays differ in their first axis", received=f"{shapes}")
        if 0 in lengths:
            raise ShapeError("foreach: there is nothing to go through", received=f"{shapes}")
        return lengths.pop()


class WhileLoop(Flow):
    kind = "_while_loop"

    def __init__(
        self,
        graphs: list[Subgraph],
        places: list[list[int]],
        loop: list[int],
        out_data: int,
        max_iterations: int,
    ) -> None:
        super().__init__(graphs, places, len(graphs[1].entries))
        self.loop, self.out_data, self.max_iterations = loop, out_data, max_iterations

    def attributes(self) -> dict[str, str]:
        return {
            "cond_input_locs": str(self.places[0]),
            "func_input_locs": str(self.places[1]),
            "func_var_locs": str([self.places[1].index(place) for place in self.loop]),
            "max_iterations": str(self.max_iterations),
            "num_args": str(2 + len({*self.places[0], *self.places[1]})),
            "num_out_data": str(self.out_data),
            "num_outputs": str(self.outputs),
        }

    def returned(self, graph: Subgraph, outputs: list[Any]) -> list[tuple[int, Any]]:
        return list(zip(self.loop, outputs[self.out_data :], strict=True)) if graph is self.graphs[1] else []

    def abstract(self, inputs: list[torch.Tensor]) -> list[torch.Tensor] | None:
        results = self.graphs[1].abstract(self._values(1, inputs))
        last = [inputs[place] for place in self.loop]
        if [_kind(each) for each in last] != [_kind(each) for each in results[self.out_data :]]:
            return None  # how often it runs decides
        return [
            *(each.new_empty((self.max_iterations, *each.shape)) for each in results[: self.out_data]),
            *results[self.out_data :],
        ]

    def on_tensors(self, tensors: Tensors, training: bool, context: Context) -> Tensors:
        if context is ABSTRACT:
            return self._on_abstract(tensors)
        values = list(tensors)
        collected: list[Tensors] = []
        while len(collected) < self.max_iterations:
            if not _holds("while_loop", self.graphs[0].run(self._values(0, values), training, context)[0]):
                break
            results = self.graphs[1].run(self._values(1, values), training, context)
            for place, new in zip(self.loop, results[self.out_data :], strict=True):
                values[place] = new
            collected.append(results[: self.out_data])
        last = [values[place] for place in self.loop]
        if collected:
            return (*_stacked(self.kind, collected, self.max_iterations), *last)
        shapes = self.graphs[1].abstract(self._values(1, values))[: self.out_data]
        no_step.seen |= bool(shapes)
        return (
            *(
                torch.zeros((self.max_iterations, *each.shape), dtype=each.dtype, device=tensors[0].device)
                for each in shapes
            ),
            *last,
        )


class _NoStep(threading.local):
    """Whether loops with outputs took no step: single calls then return empty lists, which no graph can."""

    seen = False


no_step = _NoStep()


def may_take_no_step(entries: Sequence[Entry]) -> bool:
    """Whether there is a loop in a graph, or in one inside it, that may set `no_step`."""
    specials = [node.special for node in reachable(entries) if isinstance(node.special, Flow)]
    return any(
        (isinstance(each, WhileLoop) and each.out_data > 0)
        or any(may_take_no_step(graph.entries) for graph in each.graphs)
        for each in specials
    )


class Cond(Flow):
    kind = "_cond"

    def __init__(self, graphs: list[Subgraph], places: list[list[int]]) -> None:
        super().__init__(graphs, places, len(graphs[1].entries))

    def attributes(self) -> dict[str, str]:
        return {
            "cond_input_locs": str(self.places[0]),
            "else_input_locs": str(self.places[2]),
            "num_args": str(3 + len({place for places in self.places for place in places})),
            "num_outputs": str(self.outputs),
            "then_input_locs": str(self.places[1]),
        }

    def abstract(self, inputs: list[torch.Tensor]) -> list[torch.Tensor] | None:
        then, other = (self.graphs[branch].abstract(self._values(branch, inputs)) for branch in (1, 2))
        return list(then) if [_kind(each) for each in then] == [_kind(each) for each in other] else None

    def on_tensors(self, tensors: Tensors, training: bool, context: Context) -> Tensors:
        if context is ABSTRACT:
            return self._on_abstract(tensors)
        holds = _holds("cond", self.graphs[0].run(self._values(0, tensors), training, context)[0])
        branch = 1 if holds else 2
        return self.graphs[branch].run(self._values(branch, tensors), training, context)


# ---------------------------------------------------------------------- running


def _row_shape(tensor: torch.Tensor) -> tuple[int, ...]:
    """The shape of a slice along the first axis; a number is an array of one."""
    return tuple(tensor.shape[1:]) or (1,)


def _kind(tensor: torch.Tensor) -> tuple[Any, ...]:
    return tensor.shape, tensor.dtype


def _holds(caller: str, value: torch.Tensor) -> bool:
    if value.numel() != 1:
        raise ShapeError(f"{caller}: a condition is one value", received=f"shape {tuple(value.shape)}")
    return bool(value.item())


def _stacked(kind: str, collected: list[Tensors], length: int | None = None) -> list[torch.Tensor]:
    """The outputs of all steps, each stacked; zeros where there were fewer than ``length``."""
    stacked = []
    missing = 0 if length is None else length - len(collected)
    for rows in zip(*collected, strict=True):
        if any(each.shape != rows[0].shape for each in rows):
            raise ShapeError(
                f"{kind.removeprefix('_')}: the outputs of the steps differ in shape",
                received=f"{[tuple(each.shape) for each in rows]}"[:200],
            )
        stacked.append(torch.stack([*rows, *[torch.zeros_like(rows[0])] * missing]))
    return stacked


# ---------------------------------------------------------------------- files


def _read(stored: StoredNode, graphs: int, keys: Sequence[str]) -> tuple[list[Subgraph], dict[str, Any]]:
    """The graphs inside a node of a file, and what it says about them, as numbers and lists of numbers."""
    from .json import entries_of

    if len(stored.subgraphs) != graphs:
        raise _broken(stored, f"{len(stored.subgraphs)} graphs inside, not {graphs}")
    attributes: dict[str, Any] = {}
    for key in keys:
        text = stored.attrs.get(key, "")
        try:
            value = read_literal(text)
        except ValueError:
            value = None
        listed = key.endswith("_locs")
        numbers = list(value) if listed and isinstance(value, (list, tuple)) else [value]
        if any(type(each) is not int or each < 0 for each in numbers):
            raise _broken(stored, f"{key} is {text[:40]!r}")
        attributes[key] = numbers if listed else numbers[0]
    return [Subgraph(entries_of(each), stored.name) for each in stored.subgraphs], attributes


def _check(stored: StoredNode, graph: Subgraph, places: list[int]) -> None:
    """One variable of a graph inside for each place, and each place among the inputs."""
    if len(places) != len(graph.variables):
        raise _broken(stored, f"{len(places)} inputs for {len(graph.variables)} variables inside")
    if any(place >= len(stored.inputs) for place in places):
        raise _broken(stored, f"inputs {places}, of {len(stored.inputs)}"[:80])


def _broken(stored: StoredNode, because: str) -> FormatError:
    return FormatError(f"a symbol file: {stored.name} is no {stored.op.removeprefix('_')}", because=because)


def _read_foreach(stored: StoredNode) -> Special:
    keys = ("in_data_locs", "in_state_locs", "remain_locs", "num_out_data")
    (graph,), given = _read(stored, 1, keys)
    data, states, rest = (given[key] for key in keys[:3])
    located = [*data, *states, *rest]
    if sorted(located) != list(range(len(graph.variables))) or len(located) != len(stored.inputs):
        raise _broken(stored, f"{located} for {len(graph.variables)} variables inside"[:120])
    if given["num_out_data"] + len(states) != len(graph.entries) or not data:
        raise _broken(stored, f"{len(graph.entries)} outputs inside, {len(data)} arrays to go through")
    places = [located.index(at) for at in range(len(located))]
    return ForEach(graph, places, len(data), len(states), given["num_out_data"])


def _read_while_loop(stored: StoredNode) -> Special:
    keys = ("cond_input_locs", "func_input_locs", "func_var_locs", "num_out_data", "max_iterations")
    (condition, step), given = _read(stored, 2, keys)
    _check(stored, condition, given["cond_input_locs"])
    _check(stored, step, given["func_input_locs"])
    inner = given["func_var_locs"]
    if any(at >= len(step.variables) for at in inner) or len(condition.entries) != 1:
        raise _broken(stored, f"func_var_locs {inner}"[:80])
    if given["num_out_data"] + len(inner) != len(step.entries) or not inner:
        raise _broken(stored, f"{len(step.entries)} outputs inside for {len(inner)} variables")
    places = [given["cond_input_locs"], given["func_input_locs"]]
    loop = [places[1][at] for at in inner]
    return WhileLoop([condition, step], places, loop, given["num_out_data"], given["max_iterations"])


def _read_cond(stored: StoredNode) -> Special:
    keys = ("cond_input_locs", "then_input_locs", "else_input_locs")
    graphs, given = _read(stored, 3, keys)
    for graph, key in zip(graphs, keys, strict=True):
        _check(stored, graph, given[key])
    if len(graphs[0].entries) != 1 or len(graphs[1].entries) != len(graphs[2].entries):
        raise _broken(stored, "the branches differ in the number of outputs")
    return Cond(graphs, [given[key] for key in keys])


READERS["_foreach"] = _read_foreach
READERS["_while_loop"] = _read_while_loop
READERS["_cond"] = _read_cond
