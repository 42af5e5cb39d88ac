"""Symbols to and from JSON, and copies of graphs."""

from __future__ import annotations

import os
from typing import Any

from .. import files
from ..base import MXNetError, message, nearest
from ..files import symbol_json
from ..files.errors import FormatError
from ..files.symbol_json import StoredGraph, StoredNode
from ..ops.registry import OPERATORS, Operator
from .compose import checked
from .graph import MOST_OUTPUTS, Entry, Node, in_order, reachable, record_of
from .symbol import Symbol

__all__ = ["composed", "copied", "load", "load_json", "save", "to_json"]


def load(fname: Any) -> Symbol:
    """Read a symbol from a file, as any version of MXNet since 0.8 wrote it.

    Raises
    ------
    MXNetError : there is no such file, it is no graph, or it uses an operator that does not exist.
    """
    if not isinstance(fname, (str, os.PathLike)):
        raise TypeError(message("fname need to be string", received=type(fname).__name__))
    try:
        with open(fname, "rb") as stream:
            content = stream.read()
    except OSError as error:
        raise MXNetError(
            f"sym.load: {error.strerror or error}", received=str(fname), hint="the file <prefix>-symbol.json"
        ) from None
    return load_json(content)


def load_json(json_str: str | bytes) -> Symbol:
    """Read a symbol from JSON text.

    >>> from mxnet import sym
    >>> load_json((sym.var("x") + 1).tojson()).list_arguments()
    ['x']
    """
    if not isinstance(json_str, (str, bytes)):
        raise TypeError(message("json_str required to be string", received=type(json_str).__name__))
    return Symbol(entries_of(symbol_json.parse(json_str)))


def entries_of(stored: StoredGraph) -> list[Entry]:
    """The graph of a file as nodes."""
    nodes: list[Node] = []
    for each in stored.nodes:
        inputs = [_entry(nodes[place], index, each.name) for place, index in each.inputs]
        if each.op == "null":
            nodes.append(Node(None, each.name, dict(each.attrs)))
        elif each.op in OPERATORS:
            record = record_of(each.op)
            checked(record, f"a symbol file: {each.name}", each.attrs)
            _check_inputs(record, each)
            nodes.append(Node(record, each.name, dict(each.attrs), inputs))
            _check_outputs(nodes[-1])
        else:
            from .special import special_from_file

            special = special_from_file(each)
            if special is None:
                close = nearest(each.op, OPERATORS)
                raise MXNetError(
                    f"a symbol file: the operator {each.op!r:.60} of {each.name!r:.60} does not exist here",
                    because="it is none of MXNet 1.9.1, or one that Glueball does not have",
                    hint=f"if it is {close} by another name, replace it in the file" if close else None,
                )
            nodes.append(Node(None, each.name, dict(each.attrs), inputs, special))
    return [_entry(nodes[place], index, "the graph") for place, index in stored.heads]


def _entry(node: Node, index: int, user: str) -> Entry:
    if index >= node.visible:
        raise FormatError(
            f"a symbol file: {user} uses output {index} of {node.name}",
            because=f"{node.kind} has {node.visible}",
        )
    return Entry(node, index)


def _check_inputs(record: Operator, stored: StoredNode) -> None:
    """As many inputs as the operator can have."""
    if record.variadic:
        return
    least = sum(array not in record.optional for array in record.arrays)
    if not least <= len(stored.inputs) <= len(record.arrays):
        raise FormatError(
            f"a symbol file: {stored.name} has {len(stored.inputs)} inputs",
            because=f"{stored.op} takes {', '.join(record.arrays) or 'none'}",
        )


def _check_outputs(node: Node) -> None:
    """As many outputs as there can be."""
    try:
        count = node.visible and node.outputs
    except (TypeError, ValueError, IndexError, KeyError, OverflowError):
        count = 0
    if not 0 < count <= MOST_OUTPUTS:
        raise FormatError(
            f"a symbol file: {node.name} ({node.kind}) has no number of outputs",
            received=str(node.attrs)[:80],
        )


def to_json(symbol: Symbol, remove_amp_cast: bool = True) -> str:
    """The graph as MXNet 1.9.1 writes it."""
    return symbol_json.written(as_stored(symbol._entries, remove_amp_cast))


def as_stored(entries: list[Entry], remove_amp_cast: bool = True) -> dict[str, Any]:
    """The graph as the dictionary that the file holds."""
    if remove_amp_cast:
        entries = _without_casts(entries)
    nodes = in_order(entries)
    places = {id(node): place for place, node in enumerate(nodes)}
    versions = _versions(entries)
    starts, listed = [0], []
    for node in nodes:
        stored: dict[str, Any] = {"op": node.kind, "name": node.name}
        if node.attrs:
            stored["attrs"] = dict(sorted(node.attrs.items()))
        stored["inputs"] = [
            [places[id(source)], index, versions.get((id(node), place), 0)]
            for place, (source, index) in enumerate(node.inputs)
        ]
        if node.special is not None and node.special.subgraphs():
            stored["subgraphs"] = [as_stored(graph, remove_amp_cast) for graph in node.special.subgraphs()]
            for each in stored["subgraphs"]:
                del each["attrs"]  # only the whole says which version wrote it
        listed.append(stored)
        starts.append(starts[-1] + node.outputs)
    return {
        "nodes": listed,
        "arg_nodes": [place for place, node in enumerate(nodes) if node.is_variable],
        "node_row_ptr": starts,
        "heads": [[places[id(node)], index, 0] for node, index in entries],
        "attrs": {"mxnet_version": ["int", 10901]},
    }


def _versions(entries: list[Entry]) -> dict[tuple[int, int], int]:
    """How often each input of each call was changed before the call was made, this one's own change included."""
    found: dict[tuple[int, int], int] = {}
    count: dict[int, int] = {}
    for node in reachable(entries):
        for place in node.auxiliary_inputs():
            if place < len(node.inputs):
                source = id(node.inputs[place].node)
                count[source] = count.get(source, 0) + 1
        if count:
            for place, (each, _) in enumerate(node.inputs):
                found[id(node), place] = count.get(id(each), 0)
    return found


def save(symbol: Symbol, fname: Any, remove_amp_cast: bool = True) -> None:
    """Write the graph to a file, whole or not at all."""
    if not isinstance(fname, (str, os.PathLike)):
        raise TypeError(message("fname need to be string", received=type(fname).__name__))
    text = to_json(symbol, remove_amp_cast)
    with files.atomic_write(fname) as stream:
        stream.write(text.encode("utf-8"))


# ---------------------------------------------------------------------- copies


def copied(symbol: Symbol, replaced: dict[int, Entry] | None = None, name: str | None = None) -> Symbol:
    """The same graph of new nodes; variables may be replaced by other outputs, by their identity."""
    replaced = replaced or {}
    made: dict[int, Node] = {}

    def moved(entry: Entry) -> Entry:
        if id(entry.node) in replaced:
            return replaced[id(entry.node)]
        return Entry(made[id(entry.node)], entry.index)

    heads = {id(entry.node) for entry in symbol._entries}
    for node in reachable(symbol._entries):
        if id(node) not in replaced:
            new = name if name is not None and id(node) in heads else node.name
            made[id(node)] = Node(node.op, new, dict(node.attrs), map(moved, node.inputs), node.special)
    return Symbol([moved(entry) for entry in symbol._entries])


def composed(symbol: Symbol, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Symbol:
    """A copy with other symbols in the place of variables."""
    from .compose import as_entry
    from .graph import arguments

    name = kwargs.pop("name", None)
    if args and kwargs:
        raise TypeError(
            message("compose only accept input Symbols either as positional or keyword arguments, not both")
        )
    variables = arguments(symbol._entries)
    if len(args) > len(variables):
        raise MXNetError(f"a symbol of {len(variables)} arguments is composed with {len(args)}")
    replaced = {
        id(variable): as_entry("compose", variable.name, value)
        for variable, value in zip(variables, args, strict=False)
    }
    by_name = {variable.name: variable for variable in variables}
    for key, value in kwargs.items():
        if key not in by_name:
            close = nearest(key, by_name)
            raise MXNetError(
                f"Symbol.Compose: argument name {key} not found",
                because="its arguments are " + ", ".join(by_name),
                hint=f"{close}=..." if close else None,
            )
        replaced[id(by_name[key])] = as_entry("compose", key, value)
    return copied(symbol, replaced, name)


def _without_casts(entries: list[Entry]) -> list[Entry]:
    """The graph without the casts that automatic mixed precision puts between calls; those that it ends in stay."""
    if not any(node.kind in _CASTS for node in in_order(entries)):
        return entries
    made: dict[int, Node] = {}

    def moved(entry: Entry) -> Entry:
        while entry.node.kind in _CASTS:
            entry = entry.node.inputs[entry.index]
        return Entry(made[id(entry.node)], entry.index)

    for node in reachable(entries):
        made[id(node)] = Node(node.op, node.name, dict(node.attrs), map(moved, node.inputs), node.special)
    return [Entry(made[id(node)], index) for node, index in entries]


_CASTS = ("amp_cast", "amp_multicast")
