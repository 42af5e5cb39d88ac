"""Calls of operators on symbols: names, attributes as text, and the variables that nobody gave."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from .. import attribute, tape
from .. import name as naming
from ..base import ArgumentError, MXNetError, _Null, message, nearest
from ..dtype import name as dtype_name
from ..dtype import to_torch
from ..ndarray import NDArray
from ..ops.registry import Operator
from .graph import MOST_OUTPUTS, USER_KEYS, Entry, Node, as_stored

__all__ = ["as_entry", "call", "checked", "text_of", "wanted_inputs"]

# What comes between a call and its inputs, from (operator, attributes, inputs, their names): `contrib.amp` sets it.
between: Callable[[Operator, dict[str, Any], list[Entry], list[str]], list[Entry]] | None = None

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

# What MXNet says about the start of variables in these places, whoever made them.
_STARTS = {
    (None, "moving_mean"): '["zero", {}]',
    (None, "moving_var"): '["one", {}]',
    ("LeakyReLU", "gamma"): '["Constant", {"value": 0.25}]',
    ("UpSampling", "weight"): '["bilinear", {}]',
}

# Operators over any number of arrays that say how many, in ``num_args``.
_COUNTED = frozenset({"Concat", "Crop", "UpSampling", "_rnn_param_concat", "add_n", "khatri_rao", "stack"})


def call(
    op: Operator,
    called: str,
    inputs: tuple[Any, ...],
    attributes: dict[str, Any],
    name: str | None,
    attr: dict[str, str] | None,
    extra: dict[str, Any],
    by_place: int = 0,
) -> list[Entry]:
    """Add a call to the graph; returns its visible outputs.

    Parameters
    ----------
    inputs : symbols by place; None for those that are not given.
    attributes : those of the operator; `_Null` for what is not given.
    extra : more keywords: user attributes (``__name__``), or an error.
    by_place : how many of the inputs were given by place and not by name: they are the arrays that take part.
    """
    if not isinstance(name, (str, type(None))) or not isinstance(attr, (dict, type(None))):
        raise TypeError(
            message(
                f"{called}: name is a text and attr a dictionary of texts",
                received=f"name={name!r}, attr={attr!r}"[:80],
            )
        )
    own, text = _texts(op, called, attributes, attr, extra)
    options = checked(op, called, text)
    name = naming.current().get(name, called.rpartition(".")[2].lower())
    if op.variadic:
        entries = _any_number(op, called, inputs, text)
    else:
        wanted = wanted_inputs(op, options)
        entries = _by_place(op, called, _in_their_places(inputs, wanted, by_place), wanted)
    attrs = {**own, **text}
    made: list[Entry] = []
    for array, entry in entries:
        node = Node(None, f"{name}_{array}", dict(attrs)) if entry is None else entry.node
        start = _STARTS.get((op.name, array), _STARTS.get((None, array)))
        if start is not None and node.is_variable:
            node.attrs.setdefault("__init__", start)
        made.append(Entry(node) if entry is None else entry)
    if between is not None:
        made = between(op, options, made, [array for array, _ in entries])
    node = Node(op, name, attrs, made)
    if not 0 < node.visible <= MOST_OUTPUTS:
        raise MXNetError(
            f"{called}: no number of outputs", received=str(text), because=f"it is {node.visible}"
        )
    return [Entry(node, index) for index in range(node.visible)]


def _texts(
    op: Operator, called: str, attributes: dict[str, Any], attr: dict[str, str] | None, extra: dict[str, Any]
) -> tuple[dict[str, str], dict[str, str]]:
    """The attributes of the user and those of the operator, as text."""
    text = {key: text_of(value) for key, value in attributes.items() if value is not _Null}
    if op.creates and extra.get("ctx") is not None:
        text["ctx"] = str(extra["ctx"])
    given = {key: value for key, value in extra.items() if key != "ctx"}
    own = {}
    for key, value in {**attribute.current().get(attr), **given}.items():
        if key in op.attributes:
            text.setdefault(key, text_of(value))
        elif (key.startswith("__") and key.endswith("__")) or key in USER_KEYS:
            own[key] = str(value)
        elif key in given or op.attributes:
            raise _unknown(op, called, key)
        else:
            own[key] = str(value)
    return as_stored(own), text


def _unknown(op: Operator, called: str, key: str) -> MXNetError:
    for user in USER_KEYS:
        if key.endswith("_" + user):
            argument = key.removesuffix("_" + user)
            return MXNetError(
                f"{called}: setting variable attributes with {key} is deprecated",
                hint=f"{argument}=sym.var('...', {user}=...)",
            )
    close = nearest(key, [*op.arrays, *op.attributes])
    return MXNetError(
        f"{called}: Cannot find argument '{key}'",
        because="its arguments are " + ", ".join([*op.arrays, *op.attributes]),
        hint=f"{close}=..." if close else f"__{key}__ for an attribute of your own",
    )


def _any_number(
    op: Operator, called: str, inputs: tuple[Any, ...], text: dict[str, str]
) -> list[tuple[str, Entry | None]]:
    """The inputs of an operator over any number of arrays, which says how many they are."""
    entries: list[tuple[str, Entry | None]] = [
        (f"arg{i}", as_entry(called, f"{op.variadic}[{i}]", each)) for i, each in enumerate(inputs)
    ]
    if op.name in _COUNTED:
        if not entries:
            raise MXNetError(f"{called}: no arrays are given", hint=f"sym.{called}(x, y)")
        text.setdefault("num_args", str(len(entries)))
    if (
        op.name == "UpSampling"
    ):  # the second is the weight of the bilinear kind, and named so whatever the kind
        if len(entries) == 1 and text.get("sample_type") == "bilinear":
            entries.append(("weight", None))
        elif len(entries) > 1:
            entries[1] = ("weight", entries[1][1])
    return entries


def _in_their_places(inputs: tuple[Any, ...], wanted: list[bool], by_place: int) -> tuple[Any, ...]:
    """Inputs that were given by place, where arrays before them do not take part under these attributes.

    The lengths of labels come third where there are no lengths of data. Differs from 1.9.1, where that holds for
    arrays and not for symbols.
    """
    given = list(inputs[:by_place])
    if by_place > len(wanted) or all(wanted[place] or each is None for place, each in enumerate(given)):
        return inputs
    places = [place for place, each in enumerate(wanted) if each][:by_place]
    if len(places) < by_place or any(inputs[place] is not None for place in places if place >= by_place):
        return inputs
    moved: list[Any] = [None] * len(inputs)
    moved[by_place:] = inputs[by_place:]
    for place, each in zip(places, given, strict=True):
        moved[place] = each
    return tuple(moved)


def _by_place(
    op: Operator, called: str, inputs: tuple[Any, ...], wanted: list[bool]
) -> list[tuple[str, Entry | None]]:
    """The inputs that take part; None for those that become variables."""
    entries: list[tuple[str, Entry | None]] = []
    left_out = None
    for place, array in enumerate(op.arrays):
        value = inputs[place] if place < len(inputs) else None
        conditional = (op.name, array) in _GIVEN_IF or (None, array) in _GIVEN_IF
        if value is not None:
            if conditional and not wanted[place]:
                taken = [name for name, each in zip(op.arrays, wanted, strict=True) if each]
                raise MXNetError(
                    f"{called}: argument name {array} not found",
                    because=f"under these attributes it takes {', '.join(taken)}",
                    hint=_WITHOUT.get(array),
                )
            if left_out is not None:
                raise MXNetError(
                    f"{called}: argument {left_out} is missing", because=f"it takes {', '.join(op.arrays)}"
                )
            entries.append((array, as_entry(called, array, value)))
        elif wanted[place]:
            entries.append((array, None))
        elif not conditional:
            left_out = array
    return entries


_WITHOUT = {
    "bias": "no_bias=False, or no bias",
    "gamma": "act_type='prelu'",
    "length": "use_length=True",
    "sequence_length": "use_sequence_length=True",
    "data_lengths": "label_lengths=... by name, or use_data_lengths=True",
    "label_lengths": "use_label_lengths=True",
}


def checked(op: Operator, called: str, text: dict[str, str]) -> dict[str, Any]:
    """Attributes as values.

    Raises ``MXNetError`` where one is missing or is no value of its kind.
    """
    for key, parameter in op.attributes.items():
        if parameter.default is parameter.empty and key not in text:
            raise MXNetError(f"{called}: Required parameter {key} is not given", hint=f"{key}=...")
    options = op.parse({key: value for key, value in text.items() if key in op.attributes})
    for key, value in options.items():
        parameter = op.attributes[key]
        wrong = value is not parameter.default and _is_none_of(str(parameter.annotation), value)
        if wrong:
            raise MXNetError(
                f"{called}: Invalid Parameter format for {key}",
                received=f"{key}={text[key]}"[:80],
                because=f"it is {wrong}",
            )
    return options


def _is_none_of(kind: str, value: Any) -> str | None:
    """What an attribute of this annotation should be, if the value is not."""
    if value is None:
        return None if "None" in kind or kind not in ("int", "float", "bool") else _KINDS[kind]
    plain = kind.removesuffix(" | None")
    if plain == "int":
        return None if type(value) is int else _KINDS[plain]
    if plain == "float":
        return None if type(value) in (int, float) else _KINDS[plain]
    if plain == "bool":
        return None if type(value) is bool else _KINDS[plain]
    if plain not in ("str", "Any") and not _is_numbers(value):
        return "a tuple of numbers"
    return None


def _is_numbers(value: Any) -> bool:
    if isinstance(value, (tuple, list)):
        return all(_is_numbers(each) for each in value)
    return value is None or isinstance(value, (bool, int, float))


_KINDS = {"int": "a whole number", "float": "a number", "bool": "True or False"}


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
                received=f"NDArray {tape.describe(value)}"
                if isinstance(value, NDArray)
                else f"{type(value).__name__} {value!r:.60}",
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
        return dtype_name(to_torch(value))
    if isinstance(value, (list, tuple)):
        inside = ", ".join(text_of(each) for each in value)
        if isinstance(value, list):
            return f"[{inside}]"
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if isinstance(value, np.generic):
        return str(value)
    return str(value)
