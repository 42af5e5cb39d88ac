"""Types of a graph from those of some of its variables.

A call's result has the type of its first input and unknown inputs have it, too, unless a rule here says otherwise.
What is known of a result is known of the first input, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from ..base import MXNetError
from ..dtype import name as dtype_name
from ..dtype import to_numpy, to_torch
from .graph import Entry, Node, arguments, auxiliaries, leaves, options_of, reachable
from .infer import by_name, dtype_of, input_names, warn_of_unknown
from .symbol import Symbol

__all__ = ["infer_type", "of_call", "types_of"]

Found = dict[tuple[int, int], torch.dtype]
Types = list[torch.dtype | None]
Options = dict[str, Any]


def infer_type(
    symbol: Symbol, args: Sequence[Any], kwargs: dict[str, Any], partial: bool
) -> tuple[Any, Any, Any]:
    """The types of arguments, outputs and auxiliary states; None three times where some do not follow."""
    given = by_name(symbol, "infer_type", args, kwargs)
    known = {
        id(node): to_torch(given[node.name])
        for node in leaves(symbol._entries)[0]
        if given.get(node.name) is not None
    }
    types = types_of(symbol._entries, known)
    found = (
        [types.get((id(node), 0)) for node in arguments(symbol._entries)],
        [types.get((id(node), index)) for node, index in symbol._entries],
        [types.get((id(node), 0)) for node in auxiliaries(symbol._entries)],
    )
    if not partial and any(each is None for kinds in found for each in kinds):
        warn_of_unknown(
            "type", [node.name for node in leaves(symbol._entries)[0] if (id(node), 0) not in types]
        )
        return None, None, None
    shown = tuple([None if each is None else to_numpy(each) for each in kinds] for kinds in found)
    return shown[0], shown[1], shown[2]


def types_of(entries: Sequence[Entry], known: dict[int, torch.dtype]) -> Found:
    """The types of all outputs that follow from those of some variables, by the identity of their nodes."""
    types: Found = {}
    nodes = reachable(entries)
    for node in nodes:
        if id(node) in known:
            types[id(node), 0] = known[id(node)]
        elif node.is_variable and "__dtype__" in node.attrs:
            types[id(node), 0] = dtype_of(node, {})
    calls = [node for node in nodes if not node.is_variable]
    before = -1
    while len(types) > before:
        before = len(types)
        for node in [*calls, *reversed(calls)]:  # forwards, and backwards from what was found
            given: Types = [types.get((id(source), index)) for source, index in node.inputs]
            if None not in given and (id(node), 0) in types:
                continue
            if node.special is None:
                inputs, outputs = of_call(node, given, types.get((id(node), 0)))
            else:
                inputs, outputs = node.special.solve_types(given)
            for (source, index), dtype in zip(node.inputs, inputs, strict=True):
                if dtype is not None:
                    types.setdefault((id(source), index), dtype)
            for index, dtype in enumerate(outputs):
                if dtype is not None:
                    types.setdefault((id(node), index), dtype)
    for node in calls:
        _check_same(node, [types.get((id(source), index)) for source, index in node.inputs])
    return types


def _check_same(node: Node, inputs: Types) -> None:
    if node.op is None or not node.op.same_dtype:
        return
    known = [each for each in inputs if each is not None]
    if any(each is not known[0] for each in known):
        listed = zip(node.inputs, inputs, strict=True)
        raise MXNetError(
            f"infer_type: {node.name} ({node.kind}): arrays of different types",
            received=", ".join(f"{s.name} {dtype_name(each)}" for (s, _), each in listed if each is not None),
            because="types are never changed silently",
            hint=f"sym.cast(..., dtype='{dtype_name(known[0])}') between the two",
        )


def of_call(node: Node, inputs: Types, result: torch.dtype | None) -> tuple[Types, Types]:
    """The types of a call's inputs and outputs."""
    assert node.op is not None
    options = {key: p.default for key, p in node.op.attributes.items()} | options_of(node)
    if options.get("dtype") in ("None", None, ""):
        options["dtype"] = None
    first = next((each for each in inputs if each is not None), None)
    own = node.op.name in _RESULTS or "dtype" in node.op.attributes
    if first is None and result is not None and not own and result.is_floating_point:
        first = result
    names = input_names(node)
    changed = node.auxiliary_inputs()
    inputs = list(inputs)
    for place, known in enumerate(inputs):
        if known is not None or node.op.name in _CASTING:
            continue
        name = names[place] if place < len(names) else ""
        rule = _INPUTS.get((node.op.name, name))
        if rule is not None:
            inputs[place] = rule(options)
        elif place in changed or (node.kind in _NORMALISATIONS and name in ("gamma", "beta")):
            half = first is not None and first.itemsize < 4
            inputs[place] = torch.float32 if half else first  # statistics are never in half precision
        elif first is not None and (first.is_floating_point or node.op.same_dtype):
            inputs[place] = first
    return inputs, _results(node, inputs, first, options)


def _results(node: Node, inputs: Types, first: torch.dtype | None, options: Options) -> Types:
    assert node.op is not None
    rule = _RESULTS.get(node.op.name)
    if rule is not None:
        return rule(inputs, options)
    made = first
    if "dtype" in node.op.attributes and (options["dtype"] is not None or not inputs or node.op.random):
        try:
            made = to_torch(options["dtype"] or "float32")
        except TypeError:
            raise MXNetError(
                f"infer_type: {node.name} ({node.kind}) has no such type",
                received=f"dtype={options['dtype']!r}",
            ) from None
    return [made] * node.visible


_CASTING = frozenset({"amp_cast", "amp_multicast"})  # which take any type: nothing follows for their inputs
_NORMALISATIONS = frozenset({"BatchNorm", "BatchNorm_v1"})

# Inputs with a type of their own, whatever the first has.
_INPUTS: dict[tuple[str, str], Callable[[Options], torch.dtype]] = {
    ("Embedding", "weight"): lambda options: to_torch(options["dtype"] or "float32"),
    ("contrib.SparseEmbedding", "weight"): lambda options: to_torch(options["dtype"] or "float32"),
    ("batch_take", "indices"): lambda options: torch.int32,
}


def _wider(first: torch.dtype | None, second: torch.dtype | None) -> bool:
    return first is not None and (second is None or first.itemsize > second.itemsize)


def _multicast(inputs: Types, options: Options) -> Types:
    """Floating arrays get the widest type among them, or the narrowest."""
    chosen: torch.dtype | None = None
    for each in inputs:
        if each is not None and each.is_floating_point:
            better = _wider(chosen, each) if options["cast_narrow"] else _wider(each, chosen)
            chosen = each if chosen is None or better else chosen
    return [chosen if each is None or each.is_floating_point else each for each in inputs]


def _amp_cast(inputs: Types, options: Options) -> Types:
    whole = inputs[0] is not None and not inputs[0].is_floating_point
    return [inputs[0] if whole else to_torch(options["dtype"])]


def _top(inputs: Types, options: Options) -> Types:
    indices = to_torch(options["dtype"] or "float32")
    if options["ret_typ"] == "both":
        return [inputs[0], indices]
    return [indices if options["ret_typ"] == "indices" else inputs[0]]


def _multinomial(inputs: Types, options: Options) -> Types:
    drawn = to_torch(options["dtype"] or "int32")
    return [drawn, inputs[0]] if options["get_prob"] else [drawn]


def _norm(inputs: Types, options: Options) -> Types:
    return [to_torch(options["out_dtype"]) if options["out_dtype"] else inputs[0]]


_RESULTS: dict[str, Callable[[Types, Options], Types]] = {
    **{
        name: lambda inputs, options: [torch.int64]
        for name in ("shape_array", "size_array", "contrib.index_array")
    },
    "Embedding": lambda inputs, options: [inputs[1]],
    "_histogram": lambda inputs, options: [torch.int64, inputs[0]],
    "_image_to_tensor": lambda inputs, options: [torch.float32],
    "_random_randint": lambda inputs, options: [to_torch(options["dtype"] or "int32")],
    "_sample_multinomial": _multinomial,
    "amp_cast": _amp_cast,
    "amp_multicast": _multicast,
    "argsort": lambda inputs, options: [to_torch(options["dtype"] or "float32")],
    "contrib.SparseEmbedding": lambda inputs, options: [inputs[1]],
    "contrib.allclose": lambda inputs, options: [torch.uint8],
    "norm": _norm,
    "one_hot": lambda inputs, options: [to_torch(options["dtype"] or "float32")],
    "topk": _top,
    "where": lambda inputs, options: [inputs[1]],
}
