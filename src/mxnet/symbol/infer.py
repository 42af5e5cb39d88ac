"""Shapes of a graph from those of some of its variables.

The operators' own functions run on arrays without elements (torch's ``meta`` device), call by call, unless a rule of
`usual_shapes` knows what comes out; where a variable's shape is not known, the rule of the operator that takes it says
what it must be, or what its result is added to (`backwards`). A length that is not known (0) is tried with two lengths:
what comes out the same for both is known.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from .. import random
from ..base import MXNetError, message, nearest
from ..context import ABSTRACT
from ..dtype import to_torch
from ..ops.literals import read_literal
from ..ops.registry import OperatorError
from .backwards import variables_from_results
from .compose import wanted_inputs
from .graph import Entry, Node, arguments, auxiliaries, leaves, options_of, reachable
from .shape_rules import FILLS, RESULTS, SAME_SHAPE
from .symbol import TYPE_NUMBERS, Symbol
from .usual_shapes import usual_shapes

__all__ = ["by_name", "dtype_of", "infer_shape", "input_names", "lengths_of", "shapes_of"]

Shape = tuple[int, ...]
Tensors = dict[tuple[int, int], torch.Tensor]
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
    given = by_name(symbol, "infer_shape", args, kwargs)
    known = {
        name: lengths_of("infer_shape", name, shape) for name, shape in given.items() if shape is not None
    }
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
    if partial or complete:
        return found
    unknown = [
        f"{node.name}: {variables.get(node.name, ())}"
        for node in leaves(symbol._entries)[0]
        if node.name not in variables or 0 in variables[node.name]
    ]
    warn_of_unknown("shape", unknown)
    return None, None, None


def lengths_of(caller: str, name: str, shape: Any) -> Shape:
    """The lengths that a caller gives; those that are not known are 0.

    Raises ``TypeError`` for what is no shape.
    """
    if isinstance(shape, (tuple, list)) and all(isinstance(n, (int, np.integer)) for n in shape):
        return tuple(max(int(n), 0) for n in shape)
    raise TypeError(
        message(
            f"{caller}: Arguments need to be shapes (tuple), but '{name}' is {type(shape)}.",
            received=f"{name}={shape!r}"[:80],
            hint=f"{name}=(2, 3), with 0 for a length that is not known",
        )
    )


def warn_of_unknown(what: str, unknown: list[str]) -> None:
    """Say for which variables nothing follows, where the answer is None for all."""
    warnings.warn(
        f"Cannot decide {what} for the following arguments (0s in shape means unknown dimensions). "
        f"Consider providing them as input:\n\t{', '.join(unknown) or 'none, but for outputs'}",
        stacklevel=4,
    )


def shapes_of(
    entries: Sequence[Entry], known: dict[str, Shape], dtypes: dict[str, torch.dtype] | None = None
) -> tuple[dict[tuple[int, int], Shape], dict[str, Shape]]:
    """The shapes of all outputs, and of the variables by name, that follow from ``known``; lengths of 0 are not known.

    Raises ``MXNetError`` where shapes contradict each other.
    """
    starts: dict[str, Shape] = {}
    nodes = reachable(entries)
    if dtypes is None and any("dtype" in node.attrs or "__dtype__" in node.attrs for node in nodes):
        from .infer_types import types_of

        types = types_of(entries, {})
        dtypes = {
            node.name: types[id(node), 0] for node in nodes if node.is_variable and (id(node), 0) in types
        }
    for node in nodes:
        if node.is_variable:
            shape = known.get(node.name)
            if shape is None and "__shape__" in node.attrs:
                shape = _read_shape(node.attrs["__shape__"])
            if shape:
                starts[node.name] = shape
            elif shape == () and node.name in known:
                starts[node.name] = ()
    while True:
        outputs, variables = _forwards(nodes, starts, dtypes or {})
        if all(0 not in outputs.get((id(node), 0), (0,)) for node in nodes):
            return outputs, variables
        learnt = variables_from_results(nodes, outputs, starts)
        if not learnt:
            return outputs, variables
        starts |= learnt


def _forwards(
    nodes: list[Node], starts: dict[str, Shape], dtypes: dict[str, torch.dtype]
) -> tuple[dict[tuple[int, int], Shape], dict[str, Shape]]:
    """What follows from the shapes of some variables, call by call."""
    whole = {name: shape for name, shape in starts.items() if 0 not in shape}
    if len(whole) == len(starts):
        return _run(nodes, starts, _GUESSES[0], dtypes)
    if whole:  # most lengths of parameters that are left open follow from data, and nothing need be tried
        outputs, variables = _run(nodes, whole, _GUESSES[0], dtypes)
        if all((id(node), 0) in outputs for node in nodes) and all(
            _fits(variables[name], shape) for name, shape in starts.items()
        ):
            return outputs, variables
    runs = [_run(nodes, starts, guess, dtypes) for guess in _GUESSES]
    outputs = {key: _agreed(shape, runs[1][0].get(key)) for key, shape in runs[0][0].items()}
    variables = {name: _agreed(shape, runs[1][1].get(name)) for name, shape in runs[0][1].items()}
    return outputs, variables


def _fits(found: Shape, known: Shape) -> bool:
    return len(found) == len(known) and all(b in (0, a) for a, b in zip(found, known, strict=True))


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
        tensors[id(node), 0] = torch.empty(shape, dtype=dtype_of(node, dtypes), device="meta")

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


def _solve(node: Node, tensors: Tensors, set_variable: Any, open_names: set[str]) -> None:
    """Give the variables that this call takes their shapes, where its rule determines them."""
    op = node.op
    if op is None:
        if node.special is not None:
            node.special.solve(node, tensors, set_variable)
        return
    found = [tensors.get((id(source), index)) for source, index in node.inputs]
    if op.name in SAME_SHAPE:
        known = next((each for each in found if each is not None), None)
        for entry, each in zip(node.inputs, found, strict=True):
            source = _before_casts(entry)
            if known is not None and each is None and source.is_variable:
                set_variable(source, tuple(known.shape))
        return
    rule = FILLS.get(op.name, op.infer)
    if rule is None:
        return
    names = input_names(node)
    shapes = {
        name: None if each is None else tuple(each.shape) for name, each in zip(names, found, strict=False)
    }
    attributes = {key: p.default for key, p in op.attributes.items()} | options_of(node)
    solved = rule({**dict.fromkeys(op.arrays), **shapes}, attributes)
    if op.name in _OF_DATA and found and found[0] is not None and not open_names:
        unsolved = [
            name for name, each in zip(names, found, strict=False) if each is None and name not in solved
        ]
        if unsolved:
            raise MXNetError(
                f"infer_shape: {node.name} ({node.kind}): data does not fit",
                received=f"{names[0]} {shapes[names[0]]}"
                + "".join(f", {key}={attributes[key]}" for key in ("kernel", "axis") if key in attributes),
                because=f"the shape of {unsolved[0]} does not follow from it",
                hint=_OF_DATA[op.name],
            )
    for name, entry, have in zip(names, node.inputs, found, strict=False):
        shape, source = solved.get(name), _before_casts(entry)
        if shape is None or not source.is_variable:
            continue
        if have is None:
            set_variable(source, tuple(shape))
        elif rule is op.infer and tuple(have.shape) != tuple(shape) and name != names[0] and 0 not in shape:
            if open_names:  # what was guessed gives way to what follows
                set_variable(source, tuple(shape))
                continue
            raise MXNetError(
                f"infer_shape: {node.name} ({node.kind}): {name} does not fit the other inputs",
                received=", ".join(f"{n} {s}" for n, s in shapes.items() if s is not None),
                because=f"{name} should be {tuple(shape)}, {source.name} is {tuple(have.shape)}",
            )


def _before_casts(entry: Entry) -> Node:
    """The node behind the casts of automatic mixed precision, which keep shapes."""
    while entry.node.kind in ("amp_cast", "amp_multicast"):
        entry = entry.node.inputs[entry.index]
    return entry.node


# Layers whose parameters follow from data of the right number of axes.
_IMAGES = "data (batch, channels, *size), with as many lengths in size as in kernel"
_OF_DATA = {
    "BatchNorm": "an axis that data has",
    "Convolution": _IMAGES,
    "Convolution_v1": _IMAGES,
    "Deconvolution": _IMAGES,
    "LayerNorm": "an axis that data has",
}


def input_names(node: Node) -> list[str]:
    """The names of the arrays that the inputs of a call stand for."""
    assert node.op is not None
    if node.op.variadic:
        return [f"{node.op.variadic}{i}" for i in range(len(node.inputs))]
    wanted = wanted_inputs(node.op, options_of(node))
    names = [name for name, each in zip(node.op.arrays, wanted, strict=True) if each]
    return names if len(names) >= len(node.inputs) else list(node.op.arrays[: len(node.inputs)])


_remembered: dict[Any, list[tuple[Shape, torch.dtype]]] = {}
"""What calls returned, by operator, attributes and what they were given: networks repeat themselves."""
_MOST_REMEMBERED = 10_000


def _results(node: Node, inputs: list[torch.Tensor], lenient: bool) -> list[torch.Tensor] | None:
    """What a call returns for arrays without elements; None where it needs elements to tell."""
    if node.op is None:
        return _computed(node, inputs, lenient)
    own = tuple(sorted((key, value) for key, value in node.attrs.items() if key in node.op.attributes))
    key = (node.op.name, own, tuple((tuple(each.shape), each.dtype) for each in inputs))
    found = _remembered.get(key)
    if found is None:
        made = _by_usual_rule(node, inputs) or _computed(node, inputs, lenient)
        if made is None:
            return None
        if len(_remembered) >= _MOST_REMEMBERED:
            _remembered.clear()
        found = _remembered[key] = [(tuple(each.shape), each.dtype) for each in made]
    return [torch.empty(shape, dtype=dtype, device="meta") for shape, dtype in found]


def _by_usual_rule(node: Node, inputs: list[torch.Tensor]) -> list[torch.Tensor] | None:
    """What a call on floating arrays returns by a rule that needs no torch; None where there is none."""
    assert node.op is not None
    if not inputs:
        return None
    first, *others = inputs
    types = {each.dtype for each in others}
    own = {"Embedding": types, "BatchNorm": {first.dtype}}.get(node.op.name, {first.dtype, *types})
    kind = next(iter(own)) if len(own) == 1 else None
    if kind is None or not kind.is_floating_point or not all(each.is_floating_point for each in types):
        return None
    shapes = {name: tuple(each.shape) for name, each in zip(input_names(node), inputs, strict=True)}
    attributes = {key: p.default for key, p in node.op.attributes.items()} | options_of(node)
    found = usual_shapes(node.op.name, shapes, attributes)
    return None if found is None else [torch.empty(shape, dtype=kind, device="meta") for shape in found]


def _computed(node: Node, inputs: list[torch.Tensor], lenient: bool) -> list[torch.Tensor] | None:
    """As `_results`, by running the call."""
    from .program import Program

    program = None
    if node.op is not None:
        places = [Node(None, f"input{i}") for i in range(len(inputs))]
        alone = Node(node.op, node.name, node.attrs, [Entry(each) for each in places])
        program = Program([Entry(alone, i) for i in range(node.visible)], places)
    drawn = random.get_state() if program is not None and program.random else None
    try:
        with torch.no_grad():
            if program is not None:
                made = program(inputs, ABSTRACT, False)
                return [torch.empty(each.shape, dtype=each.dtype, device="meta") for each in made]
            found: list[torch.Tensor] | None = node.special.abstract(inputs)
            return found
    except MXNetError as error:
        by_rule = _by_rule(node, inputs)
        if by_rule is not None:
            return by_rule
        if lenient or isinstance(error, NotImplementedError) or "meta" in (error.because or ""):
            return None
        raise
    except _FAILURES:
        return None
    finally:
        if drawn is not None:  # a question about shapes draws no numbers
            random.set_state(drawn)


def _by_rule(node: Node, inputs: list[torch.Tensor]) -> list[torch.Tensor] | None:
    """What a call returns by the rule for its operator; None where there is none, or where it does not apply."""
    if node.op is None or node.op.name not in RESULTS:
        return None
    attributes = {key: p.default for key, p in node.op.attributes.items()} | options_of(node)
    try:
        shapes = RESULTS[node.op.name]([tuple(each.shape) for each in inputs], attributes)
    except _FAILURES:
        return None
    return None if shapes is None else [inputs[0].new_empty(shape) for shape in shapes]


def dtype_of(node: Node, dtypes: dict[str, torch.dtype]) -> torch.dtype:
    if node.name in dtypes:
        return dtypes[node.name]
    stored = node.attrs.get("__dtype__")
    if stored is not None and stored.lstrip("-").isdigit() and int(stored) in _TYPES:
        return to_torch(_TYPES[int(stored)])
    return torch.float32


def _read_shape(text: str) -> Shape | None:
    try:
        shape = read_literal(text)
        return tuple(max(int(n), 0) for n in shape) if shape is not None else None
    except (ValueError, TypeError, OverflowError):
        raise MXNetError("a variable's shape cannot be read", received=repr(text)[:80]) from None


def by_name(symbol: Symbol, caller: str, args: Sequence[Any], kwargs: dict[str, Any]) -> dict[str, Any]:
    """What is given for arguments, by order or by name."""
    if args and kwargs:
        raise ValueError(
            message(f"{caller}: Can only specify known argument shapes either by positional or kwargs way.")
        )
    names = symbol.list_arguments()
    if len(args) > len(names):
        raise MXNetError(f"{caller}: {len(args)} are given for {len(names)} arguments")
    if args:
        return dict(zip(names, args, strict=False))
    known = symbol.list_inputs()
    for name in kwargs:
        if name not in known:
            close = nearest(name, known)
            raise MXNetError(
                f"{caller}: argument name {name} not found",
                because="they are " + ", ".join(known),
                hint=f"{close}=..." if close else None,
            )
    return kwargs
