"""Calls of operators on symbols: names, attributes as text, and the variables that nobody gave."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from .. import attribute
from .. import name as naming
from ..base import ArgumentError, MXNetError, _Null, message, nearest
from ..dtype import name as dtype_name
from ..ops.registry import Operator
from .graph import Entry, Node

__all__ = ["as_entry", "call", "text_of", "wanted_inputs"]

# Arrays that an operator takes under some attributes only: (operator or None for all, array): the condition.
_GIVEN_IF: dict[tuple[str | None, str], Any] = {
    (None, "bias"): lambda options: not options.get("no_bias"),
    (None, "sequence_length"): lambda options: options.get("use_sequence_length"),
    (None, "data_lengths"): lambda options: options.get("use_data_lengths"),
    (None, "label_lengths"): lambda options: options.get("use_label_lengths"),
    (None, "state_cell"): lambda options: options.get("mode") == "lstm",
    ("LeakyReLU", "gamma"): lambda options: options.get("act_type") == "prelu",
    ("softmax", "length"): lambda options: options.get("use_length"),
    ("contrib.DeformablePSROIPooling", "trans"): lambda options: not options.get("no_trans"),
    ("contrib.BilinearResize2D", "like"): lambda options: options.get("mode") == "like",
    ("contrib.box_decode", "anchors"): lambda options: True,
}

# What MXNet says about the start of variables that it makes itself.
_MADE = {
    "moving_mean": {"__init__": '["zero", {}]'},
    "moving_var": {"__init__": '["one", {}]'},
}


def call(
    op: Operator,
    called: str,
    inputs: tuple[Any, ...],
    attributes: dict[str, Any],
    name: str | None,
    attr: dict[str, str] | None,
    extra: dict[str, Any],
) -> list[Entry]:
    """Add a call to the graph; returns its visible outputs.

    Parameters
    ----------
    inputs : symbols by place; None for those that are not given.
    attributes : those of the operator; `_Null` for what is not given.
    extra : more keywords: user attributes (``__name__``), or an error.
    """
    given = {key: value for key, value in attributes.items() if value is not _Null}
    text = {key: text_of(value) for key, value in given.items()}
    for key, parameter in op.attributes.items():
        if parameter.default is parameter.empty and key not in given:
            raise MXNetError(f"{called}: Required parameter {key} is not given", hint=f"{key}=...")
    try:
        options = op.parse(text)
        wanted = wanted_inputs(op, options)
    except (ValueError, TypeError) as error:
        raise MXNetError(f"{called}: an attribute cannot be read", received=str(text)) from error
    _check_numbers(op, called, options)
    user = {key: value for key, value in extra.items() if key.startswith("__") and key.endswith("__")}
    unknown = [key for key in extra if key not in user and key != "ctx"]
    if unknown:
        close = nearest(unknown[0], [*op.arrays, *op.attributes])
        raise MXNetError(
            f"{called}: Cannot find argument '{unknown[0]}'",
            because="its arguments are " + ", ".join([*op.arrays, *op.attributes]),
            hint=f"{close}=..." if close else None,
        )
    name = naming.current().get(name, called.rpartition(".")[2].lower())
    own = {**attribute.current().get(attr), **{key: str(value) for key, value in user.items()}}
    attrs = {**own, **text}
    entries: list[Entry] = []
    if op.variadic:
        entries = [as_entry(called, f"{op.variadic}[{i}]", each) for i, each in enumerate(inputs)]
        if "num_args" not in attrs and not op.mutates and "update" not in op.name:
            attrs["num_args"] = str(len(entries))
    else:
        for place, array in enumerate(op.arrays):
            value = inputs[place] if place < len(inputs) else None
            if value is not None:
                entries.append(as_entry(called, array, value))
            elif wanted[place]:
                made = {**attrs, **_MADE.get(array, {})} if array not in _MADE else {**own, **_MADE[array]}
                entries.append(Entry(Node(None, f"{name}_{array}", made)))
            elif any(each is not None for each in inputs[place + 1 :]):
                raise MXNetError(
                    f"{called}: argument {array} is missing", because=f"it takes {', '.join(op.arrays)}"
                )
    node = Node(op, name, attrs, entries)
    return [Entry(node, index) for index in range(node.visible)]


def wanted_inputs(op: Operator, options: dict[str, Any]) -> list[bool]:
    """Which of an operator's arrays take part under these attributes."""
    options = {
        **{
            key: parameter.default
            for key, parameter in op.attributes.items()
            if parameter.default is not parameter.empty
        },
        **options,
    }
    wanted = []
    for array in op.arrays:
        condition = _GIVEN_IF.get((op.name, array), _GIVEN_IF.get((None, array)))
        wanted.append(array not in op.optional or (condition is not None and bool(condition(options))))
    return wanted


def as_entry(called: str, argument: str, value: Any) -> Entry:
    """The one output that an argument stands for."""
    entries = getattr(value, "_entries", None)
    if entries is None:
        raise ArgumentError(
            message(
                f"{called}: argument {argument} must be a Symbol",
                received=f"{type(value).__name__} {value!r:.60}",
                because="symbols and arrays do not mix in one call",
                hint="sym.var('name') stands for an array that is given later",
            )
        )
    if len(entries) != 1:
        raise MXNetError(
            f"{called}: argument {argument} is {len(entries)} outputs, one is wanted",
            received=", ".join(entry.node.output_name(entry.index) for entry in entries),
            hint="one of them: symbol[0]",
        )
    return entries[0]


def text_of(value: Any) -> str:
    """An attribute as symbol files have it.

    >>> text_of((3, 3)), text_of(True), text_of(np.float32), text_of(None)
    ('(3, 3)', 'True', 'float32', 'None')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, torch.dtype):
        return dtype_name(value)
    if isinstance(value, type):
        return np.dtype(value).name
    if isinstance(value, np.dtype):
        return value.name
    if isinstance(value, (list, tuple)):
        inside = [text_of(each) for each in value]
        return f"({inside[0]},)" if len(inside) == 1 else f"({', '.join(inside)})"
    if isinstance(value, np.generic):
        return str(value.item())
    return str(value)


def _check_numbers(op: Operator, called: str, options: dict[str, Any]) -> None:
    for key, value in options.items():
        if op.attributes[key].annotation in ("int", "float") and isinstance(value, str):
            raise MXNetError(
                f"{called}: Invalid Parameter format for {key}",
                received=f"{key}={value!r}",
                because=f"it is a{'n int' if op.attributes[key].annotation == 'int' else ' float'}",
            )
