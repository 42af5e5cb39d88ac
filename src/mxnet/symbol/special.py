"""Calls that are no row of the operator table: `Custom` here, loops and branches in `control_flow`.

Each is described by an object with the same few methods, which `graph`, `infer` and `program` ask.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from .. import attribute, tape
from .. import name as naming
from ..base import MXNetError, message, nearest
from ..context import ABSTRACT, Context
from ..dtype import to_numpy, to_torch
from ..files.symbol_json import StoredNode
from ..ndarray import NDArray, custom
from ..ndarray.custom import REGISTERED
from .compose import as_entry, text_of
from .graph import Entry, Node, as_stored, reachable
from .symbol import Symbol

__all__ = [
    "READERS",
    "Custom",
    "Special",
    "special_from_file",
    "unwrapped",
    "with_own_operators",
    "wrapped",
]


Tensors = tuple[torch.Tensor, ...]
Types = list[torch.dtype | None]


class Special:
    """What a call does that is no operator of the table.

    Attributes
    ----------
    kind : its name in symbol files.
    outputs : how many arrays it returns.
    """

    kind: str = ""
    outputs: int = 1

    def auxiliary(self) -> Sequence[int]:
        """The places of inputs that it changes."""
        return ()

    def subgraphs(self) -> list[list[Entry]]:
        """The graphs inside, which symbol files hold in the node."""
        return []

    def solve(self, node: Node, tensors: dict[Any, torch.Tensor], set_variable: Callable[..., None]) -> None:
        """Give variables among the inputs their shapes, where they follow."""

    def solve_types(self, inputs: Types) -> tuple[Types, Types]:
        """The types of inputs and outputs that follow from those of some inputs; None for those that do not."""
        first = next((each for each in inputs if each is not None), None)
        return [each or first for each in inputs], [first] * self.outputs

    def abstract(self, inputs: list[torch.Tensor]) -> list[torch.Tensor] | None:
        """The outputs for inputs without elements; None where they do not follow."""
        with torch.no_grad():
            return list(self.on_tensors(tuple(inputs), False, ABSTRACT))

    def on_tensors(
        self, tensors: tuple[torch.Tensor, ...], training: bool, context: Context
    ) -> tuple[torch.Tensor, ...]:
        """Run it."""
        raise NotImplementedError


READERS: dict[str, Callable[[StoredNode], Special]] = {}
"""How each kind is made from a node of a symbol file."""


def special_from_file(stored: StoredNode) -> Special | None:
    """The call that a node of a symbol file describes; None if there is no such kind."""
    from . import control_flow  # noqa: F401  fills READERS

    reader = READERS.get(stored.op)
    return None if reader is None else reader(stored)


def wrapped(tensors: Sequence[torch.Tensor], context: Context) -> list[NDArray]:
    """Tensors inside a program as arrays, on the tape where they depend on a variable."""
    arrays = []
    for tensor in tensors:
        array = NDArray._wrap(tensor, context)
        array._tape = tape.state.record if tensor.requires_grad and tape.state.recording else None
        arrays.append(array)
    return arrays


def unwrapped(arrays: Sequence[NDArray]) -> tuple[torch.Tensor, ...]:
    """Arrays that were computed inside a program as tensors."""
    return tuple(array._enter() for array in arrays)


# ---------------------------------------------------------------------- operators of one's own


class _Custom(Special):
    kind = "Custom"

    def __init__(self, op_type: str, attributes: dict[str, str]) -> None:
        if op_type not in REGISTERED:
            raise MXNetError(
                f"Custom: no operator is registered as {op_type!r}",
                received=", ".join(REGISTERED) or "none at all",
                hint=f"@mx.operator.register({op_type!r}) before the class of its properties",
            )
        self.op_type, self.attributes = op_type, attributes
        self.prop = REGISTERED[op_type](**attributes)
        self.arguments = list(self.prop.list_arguments())
        self.states = list(self.prop.list_auxiliary_states())
        self.outputs = len(self.prop.list_outputs())
        self._kept: list[Any] | None = None  # the operator of the executor that this call belongs to

    def auxiliary(self) -> Sequence[int]:
        return range(len(self.arguments), len(self.arguments) + len(self.states))

    def solve(self, node: Node, tensors: dict[Any, torch.Tensor], set_variable: Callable[..., None]) -> None:
        known = [tensors.get((id(source), index)) for source, index in node.inputs]
        inputs = known[: len(self.arguments)]
        shapes = [list(each.shape) if each is not None else [] for each in inputs]
        if not inputs or inputs[0] is None:
            return
        solved = self.prop.infer_shape(shapes)
        found = [*solved[0], *(solved[2] if len(solved) > 2 else [])]
        for (source, _), have, shape in zip(node.inputs, known, found, strict=False):
            if have is None and source.is_variable:
                set_variable(source, tuple(shape))

    def solve_types(self, inputs: Types) -> tuple[Types, Types]:
        if inputs and inputs[0] is None:
            return inputs, [None] * self.outputs
        given = [None if each is None else to_numpy(each) for each in inputs[: len(self.arguments)]]
        arguments, outputs, states = (
            [None if each is None else to_torch(each) for each in kinds]
            for kinds in (*self.prop.infer_type(given), [])[:3]
        )
        return [*arguments, *states], outputs

    def abstract(self, inputs: list[torch.Tensor]) -> list[torch.Tensor] | None:
        solved = self.prop.infer_shape([list(each.shape) for each in inputs[: len(self.arguments)]])
        types = self.solve_types([each.dtype for each in inputs])[1]
        return [
            torch.empty(tuple(shape), dtype=dtype or torch.float32, device="meta")
            for shape, dtype in zip(solved[1], types, strict=True)
        ]

    def of_executor(self) -> _Custom:
        made = _Custom(self.op_type, self.attributes)
        made._kept = []
        return made

    def on_tensors(
        self, tensors: tuple[torch.Tensor, ...], training: bool, context: Context
    ) -> tuple[torch.Tensor, ...]:
        arrays = wrapped(tensors, context)
        called = f"Custom(op_type={self.op_type!r})"
        return unwrapped(custom.run(called, self.prop, arrays, self._kept))


def with_own_operators(entries: Sequence[Entry]) -> list[Entry]:
    """The graph for one executor: `Custom` operators there are made once, and may keep what they like between runs."""
    nodes = reachable(entries)
    if not any(isinstance(node.special, _Custom) for node in nodes):
        return list(entries)
    made: dict[int, Node] = {}
    for node in nodes:
        made[id(node)] = node
        if not node.is_variable:
            special = node.special.of_executor() if isinstance(node.special, _Custom) else node.special
            inputs = [Entry(made[id(source)], index) for source, index in node.inputs]
            made[id(node)] = Node(node.op, node.name, node.attrs, inputs, special)
    return [Entry(made[id(node)], index) for node, index in entries]


def Custom(
    *data: Symbol,
    op_type: str | None = None,
    name: str | None = None,
    attr: dict[str, str] | None = None,
    **kwargs: Any,
) -> Symbol:
    """A call of an operator that was registered with `mxnet.operator.register`.

    Arrays that are not given become variables, as for every operator.

    Differs from 1.9.1: attributes of users (``attr``, those of an `AttrScope`) stay with the call, and are not handed
    to the operator's properties.
    """
    if op_type is None:
        raise MXNetError("Custom: op_type is missing", hint="op_type='...', as it was registered")
    inputs = {key: kwargs.pop(key) for key in list(kwargs) if isinstance(kwargs[key], Symbol)}
    special = _Custom(op_type, {key: text_of(value) for key, value in kwargs.items()})
    name = naming.current().get(name, "custom")
    names = [*special.arguments, *special.states]
    if len(data) > len(names):
        raise TypeError(message(f"Custom: {op_type} takes {len(names)} arrays", received=str(len(data))))
    for each in inputs:
        if each not in names:
            close = nearest(each, names)
            raise MXNetError(
                f"Custom: {op_type} has no argument {each!r}",
                because="its arguments are " + ", ".join(names),
                hint=f"{close}=..." if close else None,
            )
        if each in names[: len(data)]:
            raise TypeError(message(f"Custom: got two values for {each}"))
    inputs.update(zip(names, data, strict=False))
    own = _of_users(attribute.current().get(attr))
    entries = [
        as_entry("Custom", each, inputs[each])
        if each in inputs
        else Entry(Node(None, f"{name}_{each}", dict(own)))
        for each in names
    ]
    attrs = {**own, **special.attributes, "op_type": op_type}
    node = Node(None, name, attrs, entries, special)
    return Symbol([Entry(node, index) for index in range(special.outputs)])


def _of_users(attrs: dict[str, str]) -> dict[str, str]:
    """Attributes of users as files have them; files tell them from those of the operator by their underscores."""
    stored = as_stored(attrs)
    for key in stored:
        if not (key.startswith("__") and key.endswith("__")):
            raise MXNetError(
                f"Custom: the attribute {key!r} would be taken for one of the operator",
                hint=f"{key}=... as an argument, or __{key}__ for an attribute of your own",
            )
    return stored


def _read_custom(stored: StoredNode) -> Special:
    attributes = {key: value for key, value in stored.attrs.items() if not key.startswith("__")}
    return _Custom(attributes.pop("op_type", ""), attributes)


READERS["Custom"] = _read_custom
