"""Shapes and types of a graph from those of some of its variables.

The operators' own functions run on arrays without elements (torch's ``meta`` device), call by call; where a variable's
shape is not known, the rule of the operator that takes it says what it must be. A length that is not known (0) is
tried with two lengths: what comes out the same for both is known.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

import torch

from ..base import MXNetError, message
from ..context import ABSTRACT
from ..dtype import to_numpy, to_torch
from ..ops.registry import OperatorError
from .compose import wanted_inputs
from .graph import Entry, Node, arguments, auxiliaries, leaves, options_of, reachable
from .symbol import TYPE_NUMBERS, Symbol

__all__ = ["infer_shape", "infer_type", "shapes_of", "types_of"]

Shape = tuple[int, ...]
_GUESSES = (240, 480)  # for lengths that are not known: divisible by much, larger than most kernels
_TYPES = {number: name for name, number in TYPE_NUMBERS.items()}
_FAILURES = (
    RuntimeError,
    ValueError,
    TypeError,
    IndexError,
    AttributeError,
    NotImplementedError,
    OperatorError,
)


def infer_shape(
    symbol: Symbol, args: Sequence[Any], kwargs: dict[str, Any], partial: bool
) -> tuple[Any, Any, Any]:
    """The shapes of arguments, outputs and auxiliary states; None three times where some do not follow."""
    given = _by_name(symbol, "infer_shape", args, kwargs)
    known = {name: tuple(int(n) for n in shape) for name, shape in given.items() if shape is not None}
    outputs, variables = shapes_of(symbol._entries, known)
    found = (
        [variables.get(node.name, ()) for node in arguments(symbol._entries)],
        [outputs.get((id(node), index), ()) for node, index in symbol._entries],
        [variables.get(node.name, ()) for node in auxiliaries(symbol._entries)],
    )
    complete = all(
        (id(node), index) in outputs and (0 not in outputs[id(node), index] or not node.is_variable)
        for node, index in [*symbol._entries, *(Entry(node) for node in leaves(symbol._entries)[0])]
    )
    return found if partial or complete else (None, None, None)


def shapes_of(
    entries: Sequence[Entry], known: dict[str, Shape], dtypes: dict[str, torch.dtype] | None = None
) -> tuple[dict[tuple[int, int], Shape], dict[str, Shape]]:
    """The shapes of all outputs, and of the variables by name, that follow from ``known``; lengths of 0 are not known.

    Raises ``MXNetError`` where shapes contradict each other.
    """
    starts: dict[str, Shape] = {}
    nodes = reachable(entries)
    for node in nodes:
        if node.is_variable:
            shape = known.get(node.name)
            if shape is None and "__shape__" in node.attrs:
                shape = _read_shape(node.attrs["__shape__"])
            if shape:
                starts[node.name] = shape
            elif shape == () and node.name in known:
                starts[node.name] = ()
    open_lengths = any(0 in shape for shape in starts.values())
    runs = [
        _run(nodes, starts, guess, dtypes or {}) for guess in (_GUESSES if open_lengths else _GUESSES[:1])
    ]
    if not open_lengths:
        return runs[0]
    outputs = {key: _agreed(shape, runs[1][0].get(key)) for key, shape in runs[0][0].items()}
    variables = {name: _agreed(shape, runs[1][1].get(name)) for name, shape in runs[0][1].items()}
    return outputs, variables


def _agreed(first: Shape, second: Shape | None) -> Shape:
    if second is None or len(first) != len(second):
        return ()
    return tuple(a if a == b else 0 for a, b in zip(first, second, strict=True))


def _run(
    nodes: list[Node], starts: dict[str, Shape], guess: int, dtypes: dict[str, torch.dtype]
) -> tuple[dict[tuple[int, int], Shape], dict[str, Shape]]:
    tensors: dict[tuple[int, int], torch.Tensor] = {}
    by_name: dict[str, Shape] = {}
    open_names = {name for name, shape in starts.items() if 0 in shape}

    def set_variable(node: Node, shape: Shape) -> None:
        shape = tuple(n or guess for n in shape)
        by_name[node.name] = shape
        tensors[id(node), 0] = torch.empty(shape, dtype=_dtype_of(node, dtypes), device="meta")

    for node in nodes:
        if node.is_variable and node.name in starts:
            set_variable(node, starts[node.name])
    waiting = [node for node in nodes if not node.is_variable]
    progress = True
    while waiting and progress:
        progress = False
        remaining = []
        for node in waiting:
            before = len(tensors)
            _solve(node, tensors, set_variable, open_names)
            if all((id(source), index) in tensors for source, index in node.inputs):
                results = _results(node, [tensors[id(s), i] for s, i in node.inputs], bool(open_names))
                for index, result in enumerate(results or ()):
                    tensors[id(node), index] = result
                progress = progress or bool(results)
            else:
                remaining.append(node)
                progress = progress or len(tensors) > before
        waiting = remaining
    return {key: tuple(tensor.shape) for key, tensor in tensors.items()}, by_name


def _solve(
    node: Node, tensors: dict[tuple[int, int], torch.Tensor], set_variable: Any, open_names: set[str]
) -> None:
    """Give the variables that this call takes their shapes, where its rule determines them."""
    op = node.op
    if op is None:
        if node.special is not None:
            node.special.solve(node, tensors, set_variable)
        return
    unknown = [
        place for place, (source, index) in enumerate(node.inputs) if (id(source), index) not in tensors
    ]
    names = _input_names(node)
    if op.infer is None:
        known = [tuple(tensors[id(s), i].shape) for s, i in node.inputs if (id(s), i) in tensors]
        for place in unknown if op.name in _SAME_SHAPE and known else ():
            if node.inputs[place].node.is_variable:
                set_variable(node.inputs[place].node, known[0])
        return
    shapes = {
        name: tuple(tensors[id(s), i].shape) if (id(s), i) in tensors else None
        for name, (s, i) in zip(names, node.inputs, strict=False)
    }
    attributes = {key: p.default for key, p in op.attributes.items()} | options_of(node)
    solved = op.infer(shapes, attributes)
    for name, (source, index) in zip(names, node.inputs, strict=False):
        shape = solved.get(name)
        if shape is None or not source.is_variable:
            continue
        have = tensors.get((id(source), index))
        if have is None:
            set_variable(source, tuple(shape))
        elif tuple(have.shape) != tuple(shape) and name != names[0] and 0 not in shape:
            if open_names:  # what was guessed gives way to what follows
                set_variable(source, tuple(shape))
                continue
            raise MXNetError(
                f"infer_shape: {node.name} ({node.kind}): {name} does not fit the other inputs",
                received=", ".join(f"{n} {s}" for n, s in shapes.items() if s is not None),
                because=f"{name} should be {tuple(shape)}, {source.name} is {tuple(have.shape)}",
            )


_SAME_SHAPE = frozenset(
    {
        *(
            "elemwise_add",
            "elemwise_sub",
            "elemwise_mul",
            "elemwise_div",
            "add_n",
            "_mod",
            "_power",
            "_maximum",
        ),
        *(
            "_minimum",
            "_hypot",
            "_equal",
            "_not_equal",
            "_greater",
            "_greater_equal",
            "_lesser",
            "_lesser_equal",
        ),
        *("_logical_and", "_logical_or", "_logical_xor"),
    }
)


def _input_names(node: Node) -> list[str]:
    """The names of the arrays that the inputs of a call stand for."""
    assert node.op is not None
    if node.op.variadic:
        return [f"{node.op.variadic}{i}" for i in range(len(node.inputs))]
    wanted = wanted_inputs(node.op, options_of(node))
    names = [name for name, each in zip(node.op.arrays, wanted, strict=True) if each]
    return names if len(names) >= len(node.inputs) else list(node.op.arrays[: len(node.inputs)])


def _results(node: Node, inputs: list[torch.Tensor], lenient: bool) -> list[torch.Tensor] | None:
    """What a call returns for arrays without elements; None where it needs elements to tell."""
    from .program import Program

    def run() -> Any:
        if node.special is not None:
            return node.special.abstract(inputs)
        return list(program(inputs, ABSTRACT, False))

    if node.special is None:
        places = [Node(None, f"input{i}") for i in range(len(inputs))]
        alone = Node(node.op, node.name, node.attrs, [Entry(each) for each in places])
        program = Program([Entry(alone, i) for i in range(node.visible)], places)
    try:
        with torch.no_grad():
            results: list[torch.Tensor] | None = run()
            return results
    except MXNetError as error:
        if lenient or isinstance(error, NotImplementedError):
            return None
        raise
    except _FAILURES:
        return None


def _dtype_of(node: Node, dtypes: dict[str, torch.dtype]) -> torch.dtype:
    if node.name in dtypes:
        return dtypes[node.name]
    stored = node.attrs.get("__dtype__")
    if stored is not None and stored.lstrip("-").isdigit() and int(stored) in _TYPES:
        return to_torch(_TYPES[int(stored)])
    return torch.float32


def _read_shape(text: str) -> Shape | None:
    try:
        shape = ast.literal_eval(text)
        return tuple(max(int(n), 0) for n in shape) if shape is not None else None
    except (ValueError, SyntaxError, TypeError):
        raise MXNetError("a variable's shape cannot be read", received=repr(text)[:80]) from None


def _by_name(symbol: Symbol, caller: str, args: Sequence[Any], kwargs: dict[str, Any]) -> dict[str, Any]:
    """What is given for arguments, by order or by name."""
    if args and kwargs:
        raise ValueError(
            message("Can only specify known argument shapes either by positional or kwargs way.")
        )
    names = symbol.list_arguments()
    if len(args) > len(names):
        raise MXNetError(f"{caller}: {len(args)} are given for {len(names)} arguments")
    if args:
        return dict(zip(names, args, strict=False))
    known = symbol.list_inputs()
    for name in kwargs:
        if name not in known:
            raise MXNetError(
                f"{caller}: argument name {name} not found", because="they are " + ", ".join(known)
            )
    return kwargs


# ---------------------------------------------------------------------- types


def infer_type(
    symbol: Symbol, args: Sequence[Any], kwargs: dict[str, Any], partial: bool
) -> tuple[Any, Any, Any]:
    """The types of arguments, outputs and auxiliary states; None three times where some do not follow."""
    given = _by_name(symbol, "infer_type", args, kwargs)
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
        return None, None, None
    shown = tuple([None if each is None else to_numpy(each) for each in kinds] for kinds in found)
    return shown[0], shown[1], shown[2]


def types_of(entries: Sequence[Entry], known: dict[int, torch.dtype]) -> dict[tuple[int, int], torch.dtype]:
    """The types of all outputs that follow from those of some variables, by the identity of their nodes."""
    types: dict[tuple[int, int], torch.dtype] = {}
    nodes = reachable(entries)
    for node in nodes:
        if id(node) in known:
            types[id(node), 0] = known[id(node)]
        elif node.is_variable and "__dtype__" in node.attrs:
            types[id(node), 0] = _dtype_of(node, {})
    for _ in range(2):  # the second time with what the first found about variables
        for node in nodes:
            if node.special is not None:
                _type_of_special(node, types)
            elif not node.is_variable:
                _type_of_call(node, types)
    return types


def _type_of_special(node: Node, types: dict[tuple[int, int], torch.dtype]) -> None:
    inputs, outputs = node.special.solve_types(
        [types.get((id(source), index)) for source, index in node.inputs]
    )
    for (source, index), dtype in zip(node.inputs, inputs, strict=True):
        if dtype is not None and source.is_variable:
            types.setdefault((id(source), index), dtype)
    types |= {(id(node), index): dtype for index, dtype in enumerate(outputs) if dtype is not None}


# Calls whose result has a type of its own: None stands for "as its attribute dtype says, or float32".
_OWN_TYPE: dict[str, torch.dtype | None] = {
    "shape_array": torch.int64,
    "size_array": torch.int64,
    "_contrib_index_array": torch.int64,
    "one_hot": None,
    "argsort": None,
    "topk": None,
}


def _type_of_call(node: Node, types: dict[tuple[int, int], torch.dtype]) -> None:
    options = options_of(node)
    inputs = [types.get((id(source), index)) for source, index in node.inputs]
    first = next((each for each in inputs if each is not None), None)
    names = _input_names(node) if node.op is not None else []
    changed = node.auxiliary_inputs()
    floating = first is None or first.is_floating_point
    for place, (source, _) in enumerate(node.inputs):
        if source.is_variable and inputs[place] is None:
            name = names[place] if place < len(names) else ""
            if place in changed or (node.kind.startswith("BatchNorm") and name in ("gamma", "beta")):
                types[id(source), 0] = torch.float32  # statistics stay in single precision
            elif node.kind == "Embedding" and name == "weight":
                types[id(source), 0] = to_torch(options.get("dtype", "float32"))
            elif first is not None and floating:
                types[id(source), 0] = first
    dtype = options.get("dtype")
    made: torch.dtype | None
    if node.kind in _OWN_TYPE:
        made = _OWN_TYPE[node.kind] or to_torch(dtype or "float32")
    elif dtype not in (None, "None") and isinstance(dtype, str):
        made = to_torch(dtype)
    elif node.kind == "Embedding":
        made = types.get((id(node.inputs[1].node), node.inputs[1].index))
    else:
        made = first
    if made is not None:
        for index in range(node.visible):
            types[id(node), index] = made
