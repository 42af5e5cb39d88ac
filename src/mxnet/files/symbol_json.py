"""Graphs in ``model-symbol.json``: text in, checked lists out, from every version of MXNet since 0.8.

Nothing in the file is trusted: every number is checked against what is there, and graphs that are none (an input
behind its user, a count that lies) are one `FormatError`.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from .errors import FormatError

__all__ = ["StoredGraph", "StoredNode", "parse", "written"]

# Attributes of users, which old versions wrote without underscores.
_USER = ("ctx_group", "lr_mult", "wd_mult", "force_mirroring", "mirror_stage", "profiler_scope")
# What old versions made without writing it down: the running statistics of a normalisation, and how they start.
_STATISTICS = {"moving_mean": '["zero", {}]', "moving_var": '["one", {}]'}
_IMPLIED = {"BatchNorm": (3, _STATISTICS), "BatchNorm_v1": (3, _STATISTICS)}


class StoredNode(NamedTuple):
    """One node of a file: ``op`` is ``'null'`` for a variable."""

    op: str
    name: str
    attrs: dict[str, str]
    inputs: list[tuple[int, int]]
    subgraphs: list[StoredGraph]


class StoredGraph(NamedTuple):
    """The nodes of a file, inputs before their users, and its outputs as (node, index)."""

    nodes: list[StoredNode]
    heads: list[tuple[int, int]]
    version: int


def parse(content: str | bytes) -> StoredGraph:
    """Read a graph.

    Raises
    ------
    FormatError : it is no JSON, or no graph.
    """
    try:
        return _graph(json.loads(content), 0)
    except FormatError:
        raise
    except (ValueError, RecursionError) as error:
        raise FormatError("a symbol file: not JSON", because=str(error)[:200]) from None


def _graph(whole: Any, depth: int) -> StoredGraph:
    if depth > 20:
        raise FormatError("a symbol file: graphs inside graphs", because="they are more than 20 deep")
    if not isinstance(whole, dict) or not isinstance(whole.get("nodes"), list):
        raise FormatError(
            "a symbol file: no graph",
            because="it has no list of nodes",
            hint="the file that ends in -symbol.json; parameters stand in the one that ends in .params",
        )
    version = _version(whole)
    nodes: list[StoredNode] = []
    places: list[int] = []  # where the file's nodes stand in the list, which may have more
    for number, stored in enumerate(whole["nodes"]):
        node = _node(stored, number, places, depth)
        extra_count, extra = _IMPLIED.get(node.op, (0, {}))
        if extra and len(node.inputs) == extra_count:
            for name, start in extra.items():
                attrs = {**node.attrs, "__init__": start}
                nodes.append(StoredNode("null", f"{node.name}_{name}", attrs, [], []))
                node.inputs.append((len(nodes) - 1, 0))
        _upgrade(node, nodes, version)
        places.append(len(nodes))
        nodes.append(node)
    heads = whole.get("heads")
    if heads is None:
        heads = [[len(places) - 1, 0]] if places else []
    if not isinstance(heads, list):
        raise FormatError("a symbol file: heads are a list", received=f"{heads!r}"[:80])
    return StoredGraph(nodes, [_entry(each, places, "heads") for each in heads], version)


def _version(whole: dict[str, Any]) -> int:
    """``mxnet_version`` as a number: 10901 for 1.9.1; 800 for files of before it was written."""
    attrs = whole.get("attrs")
    stored = attrs.get("mxnet_version") if isinstance(attrs, dict) else None
    if isinstance(stored, list) and len(stored) == 2 and isinstance(stored[1], int):
        return stored[1]
    return 800


def _node(stored: Any, number: int, places: list[int], depth: int) -> StoredNode:
    if not isinstance(stored, dict):
        raise FormatError(f"a symbol file: node {number} is no object", received=f"{stored!r}"[:80])
    op, name = stored.get("op"), stored.get("name")
    if not isinstance(op, str) or not isinstance(name, str) or not _is_text(name):
        raise FormatError(f"a symbol file: node {number} has no op or no name", received=f"{stored!r}"[:80])
    attrs: dict[str, str] = {}
    for key in ("param", "attr", "attrs"):  # 0.8, 0.9 to 0.12, and later
        found = stored.get(key, {})
        if not isinstance(found, dict):
            raise FormatError(
                f"a symbol file: {key} of node {number} is no object", received=f"{found!r}"[:80]
            )
        attrs.update((k, v if isinstance(v, str) else json.dumps(v)) for k, v in found.items())
        if not all(
            _is_text(key) and _is_text(value) for key, value in found.items() if isinstance(value, str)
        ):
            raise FormatError(f"a symbol file: {key} of node {number} is no text", received=f"{found!r}"[:80])
    inputs = stored.get("inputs", [])
    if not isinstance(inputs, list):
        raise FormatError(f"a symbol file: inputs of node {number} are no list", received=f"{inputs!r}"[:80])
    subgraphs = stored.get("subgraphs", [])
    if not isinstance(subgraphs, list):
        raise FormatError(
            f"a symbol file: subgraphs of node {number} are no list", received=f"{subgraphs!r}"[:80]
        )
    return StoredNode(
        op,
        name,
        attrs,
        [_entry(each, places, f"node {number} ({name})") for each in inputs],
        [_graph(each, depth + 1) for each in subgraphs],
    )


def _is_text(text: str) -> bool:
    """Whether it can be written again: halves of characters cannot."""
    return text.isascii() or not any("\ud800" <= each <= "\udfff" for each in text)


def _entry(stored: Any, places: list[int], where: str) -> tuple[int, int]:
    if isinstance(stored, int) and not isinstance(stored, bool):
        stored = [stored, 0]
    whole = isinstance(stored, list) and len(stored) in (2, 3)
    if not whole or any(not isinstance(each, int) or isinstance(each, bool) for each in stored):
        raise FormatError(
            f"a symbol file: an entry of {where} is no [node, output]", received=f"{stored!r}"[:80]
        )
    node, index = stored[0], stored[1]
    if not 0 <= node < len(places):
        raise FormatError(
            f"a symbol file: {where} uses node {node}",
            because=f"only nodes 0 to {len(places) - 1} stand before it"
            if places
            else "no node stands before it",
        )
    if not 0 <= index < 2**16:
        raise FormatError(
            f"a symbol file: {where} uses output {index} of node {node}", because="no call has so many"
        )
    return places[node], index


def _upgrade(node: StoredNode, nodes: list[StoredNode], version: int) -> None:
    """Write what an old version wrote as 1.9.1 does."""
    for key in [*node.attrs]:
        for user in _USER:
            if key == user:
                node.attrs[f"__{user}__"] = node.attrs.pop(key)
            elif key.endswith("_" + user) and not key.startswith("__"):
                argument = key.removesuffix("_" + user)  # weight_lr_mult belongs to the variable fc1_weight
                value = node.attrs.pop(key)
                for place, _ in node.inputs:
                    if nodes[place].op == "null" and nodes[place].name == f"{node.name}_{argument}":
                        nodes[place].attrs[f"__{user}__"] = value
    if version < 905 and node.op in ("argmax", "argmin") and node.attrs.get("axis") == "-1":
        del node.attrs["axis"]  # which then meant: all of it


def written(graph: dict[str, Any]) -> str:
    """A graph as MXNet 1.9.1 lays it out: two spaces, short lists on one line."""
    return _value(graph, 0, "")


def _value(value: Any, level: int, key: str) -> str:
    inner, outer = "  " * (level + 1), "  " * level
    if isinstance(value, dict):
        if key == "attrs" and len(value) < 2:
            return json.dumps(value, ensure_ascii=False)
        body = (f"{inner}{json.dumps(k)}: {_value(v, level + 1, k)}" for k, v in value.items())
        return "{\n" + ", \n".join(body) + f"\n{outer}}}"
    if isinstance(value, list):
        flat = all(not isinstance(each, (dict, list)) for each in value)
        rows = all(isinstance(each, list) for each in value)
        if not value or (flat and len(value) <= 10) or rows:
            return json.dumps(value, ensure_ascii=False)
        body = (inner + _value(each, level + 1, "") for each in value)
        return "[\n" + ", \n".join(body) + f"\n{outer}]"
    return json.dumps(value, ensure_ascii=False)
