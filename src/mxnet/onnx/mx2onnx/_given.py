"""What `export_model` is given: the graph, its parameters, and the shapes and types of its inputs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ... import ndarray as nd
from ...base import MXNetError
from ...dtype import to_numpy, to_torch
from ...ndarray import NDArray
from ...ops.registry import OperatorError
from ...symbol import Symbol
from ...symbol import json as symbol_files
from ...symbol.graph import Entry, Node
from .._abstract import Abstract, Guess

__all__ = ["CALLER", "described_inputs", "inputs_of", "needed", "parameters", "symbol_of", "used_inputs"]

CALLER = "onnx.export_model"

_LABELS = {
    "SoftmaxOutput": 1,
    "LinearRegressionOutput": 1,
    "LogisticRegressionOutput": 1,
    "MAERegressionOutput": 1,
    "SVMOutput": 1,
    "IdentityAttachKLSparseReg": 1,
}
"""Calls that need no more than so many of their inputs where nothing is learnt."""


def symbol_of(sym: Any) -> Symbol:
    if isinstance(sym, Symbol):
        return sym
    if isinstance(sym, (str, os.PathLike)):
        return symbol_files.load(sym)
    raise MXNetError(
        f"{CALLER}: sym is a symbol or the name of a file",
        received=type(sym).__name__,
        hint="net.export('net'), then export_model('net-symbol.json', 'net-0000.params', ...)",
    )


def parameters(params: Any) -> dict[str, NDArray]:
    """Arrays by the names of the graph's variables."""
    if isinstance(params, (str, os.PathLike)):
        params = nd.load(params)
    parts = params if isinstance(params, (list, tuple)) else [params]
    arrays: dict[str, NDArray] = {}
    for part in parts:
        if not isinstance(part, Mapping):
            raise MXNetError(
                f"{CALLER}: params are arrays by name, or the name of a file",
                received=type(part).__name__,
                hint="{'fc_weight': nd.ones((3, 4)), ...}",
            )
        for name, array in part.items():
            if not isinstance(array, NDArray):
                raise MXNetError(
                    f"{CALLER}: the parameter {name} is no array",
                    received=type(array).__name__,
                    hint="nd.array(...)",
                )
            arrays[str(name).removeprefix("arg:").removeprefix("aux:")] = array
    return arrays


def needed(entries: Sequence[Entry]) -> list[Node]:
    """The nodes in the order in which they run, without labels."""
    found: dict[int, Node] = {}
    waiting = [entry.node for entry in entries]
    while waiting:
        node = waiting.pop()
        if id(node) not in found:
            found[id(node)] = node
            waiting += [source for source, _ in used_inputs(node)]
    return sorted(found.values(), key=lambda node: node.serial)


def used_inputs(node: Node) -> list[Entry]:
    """The inputs of a call without labels."""
    return node.inputs[: _LABELS.get(node.kind, len(node.inputs))]


def inputs_of(nodes: list[Node], arrays: dict[str, NDArray], symbol: Symbol) -> list[Node]:
    """The variables that are no parameters, in the order of the symbol's arguments."""
    names = {name: place for place, name in enumerate(symbol.list_inputs())}
    found = [node for node in nodes if node.is_variable and node.name not in arrays]
    return sorted(found, key=lambda node: names[node.name])


class Input(NamedTuple):
    """An input of the graph: its variable, its type, and its lengths as files have them (a number, a name or None)."""

    node: Node
    dtype: np.dtype[Any]
    lengths: list[Any]


def described_inputs(
    nodes: list[Node],
    inputs: list[Node],
    arrays: dict[str, NDArray],
    shapes: Any,
    types: Any,
    dynamic: bool,
    dynamic_shapes: Any,
) -> tuple[Abstract, list[Input]]:
    """Find the shapes and types of everything in the graph, and how the file describes the inputs."""
    names = [node.name for node in inputs]
    listed = _listed_shapes(shapes, names)
    dtypes = _listed_types(types, names)

    def run(lengths: list[list[str | None]], distinct: bool = True) -> Abstract:
        facts = Abstract()
        guesses = _guesses(listed, lengths, distinct)
        known = dict(zip(names, zip(guesses, dtypes, strict=True), strict=True))
        for node in nodes:
            _describe(facts, node, known, arrays)
        return facts

    def count(facts: Abstract) -> int:
        return sum(facts.lengths(Entry(node, i)) is not None for node in nodes for i in range(node.visible))

    fixed: list[list[str | None]] = [[None] * len(shape) for shape in listed]
    facts, lengths = run(fixed), fixed
    _raise_if_impossible(
        facts, nodes, ", ".join(f"{n} {s} {t}" for n, s, t in zip(names, listed, dtypes, strict=True))
    )
    if dynamic:
        most = count(facts)
        lengths = _open_lengths(listed, names, dynamic_shapes)
        if dynamic_shapes is None:  # those that may be others, as far as the parameters go
            lengths = [
                ["" if count(run(_with(fixed, place, axis))) == most else None for axis in range(len(shape))]
                for place, shape in enumerate(listed)
            ]
        facts = run(lengths)
        if count(facts) < most:  # the graph wants some of them to be the same
            facts = run(lengths, distinct=False)
    written = [
        [n if name is None else name or None for n, name in zip(shape, each, strict=True)]
        for shape, each in zip(listed, lengths, strict=True)
    ]
    return facts, [Input(*each) for each in zip(inputs, dtypes, written, strict=True)]


def _with(fixed: list[list[str | None]], place: int, axis: int) -> list[list[str | None]]:
    """The same with one length that is not fixed."""
    lengths = [list(each) for each in fixed]
    lengths[place][axis] = ""
    return lengths


def _raise_if_impossible(facts: Abstract, nodes: list[Node], received: str) -> None:
    for node in nodes:
        error = facts.errors.get(id(node))
        if error is not None:
            text = error.what if isinstance(error, (MXNetError, OperatorError)) else str(error).split("\n")[0]
            raise MXNetError(
                f"{CALLER}: the graph cannot be run on these shapes and types",
                received=received,
                because=f"{node.name} ({node.kind}): {text}",
            )


def _describe(facts: Abstract, node: Node, known: dict[str, Any], arrays: dict[str, NDArray]) -> None:
    if not node.is_variable:
        if node.kind in _LABELS:
            facts.same(node, node.inputs[0])
        else:
            facts.call(node)
    elif node.name in known:
        facts.variable(node, *known[node.name])
    else:
        facts.variable(node, arrays[node.name].shape, arrays[node.name].dtype)


def _listed_types(types: Any, names: list[str]) -> list[np.dtype[Any]]:
    kinds = list(types) if isinstance(types, (list, tuple)) else [types]
    if len(kinds) == 1:
        kinds = kinds * len(names)
    if len(kinds) != len(names):
        raise _wrong_number("in_types", len(kinds), names)
    try:
        return [np.dtype(to_numpy(to_torch(kind))) for kind in kinds]
    except TypeError as error:
        raise MXNetError(f"{CALLER}: in_types: {str(error).splitlines()[0]}") from None


def _listed_shapes(shapes: Any, names: list[str]) -> list[tuple[int, ...]]:
    if shapes is None:
        raise MXNetError(
            f"{CALLER}: in_shapes is missing",
            because="the graph has the inputs " + (", ".join(names) or "(none)"),
            hint=f"in_shapes=[{', '.join('(1, 3, 224, 224)' for _ in names)}]",
        )
    try:
        listed = [tuple(int(n) for n in shape) for shape in shapes]
    except TypeError:
        raise MXNetError(
            f"{CALLER}: in_shapes is a list of shapes",
            received=f"{shapes!r:.80}",
            hint=f"in_shapes=[{shapes!r:.60}]",
        ) from None
    if len(listed) != len(names):
        raise _wrong_number("in_shapes", len(listed), names)
    for name, shape in zip(names, listed, strict=True):
        if any(n < 1 for n in shape):
            raise MXNetError(
                f"{CALLER}: the shape of {name} has a length below 1",
                received=str(shape),
                hint="dynamic=True and dynamic_input_shapes, for lengths that are not fixed",
            )
    return listed


def _wrong_number(what: str, count: int, names: list[str]) -> MXNetError:
    return MXNetError(
        f"{CALLER}: {what} does not fit the graph's inputs",
        received=f"{count} for {len(names)} inputs",
        because="inputs are the variables that params does not hold: "
        + (", ".join(names[:12]) + (", ..." if len(names) > 12 else "") or "(none)"),
        hint="params with the arrays of all but the inputs",
    )


def _open_lengths(listed: list[tuple[int, ...]], names: list[str], given: Any) -> list[list[str | None]]:
    """For each length of each input its name if it is not fixed ("" for those without), else None."""
    if given is None:
        return [[""] * len(shape) for shape in listed]
    try:
        described = [tuple(shape) for shape in given]
    except TypeError:
        raise MXNetError(
            f"{CALLER}: dynamic_input_shapes is a list of shapes",
            received=f"{given!r:.80}",
            hint="[('batch', 3)]",
        ) from None
    if len(described) != len(listed):
        raise _wrong_number("dynamic_input_shapes", len(described), names)
    found = []
    for name, shape, lengths in zip(names, listed, described, strict=True):
        fits = len(shape) == len(lengths) and all(
            isinstance(n, str) or n is None or int(n) == m for n, m in zip(lengths, shape, strict=True)
        )
        if not fits:
            raise MXNetError(
                f"{CALLER}: dynamic_input_shapes does not fit in_shapes",
                received=f"{name} is {lengths} and {shape}",
                because="fixed lengths are the same in both",
            )
        found.append(["" if n is None else n if isinstance(n, str) else None for n in lengths])
    return found


def _guesses(
    listed: list[tuple[int, ...]], open_lengths: list[list[str | None]], distinct: bool
) -> list[list[int | Guess]]:
    """What stands for each length: itself, or the given one and a multiple of it for those that are not fixed."""
    factors: dict[Any, int] = {}
    made: list[list[int | Guess]] = []
    for place, (shape, names) in enumerate(zip(listed, open_lengths, strict=True)):
        lengths: list[int | Guess] = []
        for axis, (length, name) in enumerate(zip(shape, names, strict=True)):
            if name is None:
                lengths.append(length)
                continue
            key = name or ((place, axis) if distinct else length)
            factor = factors.setdefault(key, len(factors) + 2)
            lengths.append((length, length * factor))
        made.append(lengths)
    return made
