"""In which type each operator runs under automatic mixed precision: `Policy`, made from lists of names.

An operator is of one of four kinds: it runs in the low precision (``LOW``), in float32 (``FULL``), in the widest type
of its inputs (``WIDEST``), or in whatever type they have (None).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import torch

from ...base import message, nearest
from ...ops import OPERATORS
from ...ops.registry import Operator
from .lists import symbol_bf16, symbol_fp16

__all__ = ["FULL", "LOW", "WIDEST", "Policy", "listed", "policy_of", "target_of"]

LOW, FULL, WIDEST = "low", "full", "widest"

_LISTS: dict[str, ModuleType] = {"float16": symbol_fp16, "bfloat16": symbol_bf16}
_NAMES = {
    "low": {"float16": "FP16_FUNCS", "bfloat16": "BF16_FUNCS"},
    "both": {"float16": "FP16_FP32_FUNCS", "bfloat16": "BF16_FP32_FUNCS"},
    "full": {"float16": "FP32_FUNCS", "bfloat16": "FP32_FUNCS"},
    "widest": {"float16": "WIDEST_TYPE_CASTS", "bfloat16": "WIDEST_TYPE_CASTS"},
    "conditional": {"float16": "CONDITIONAL_FP32_FUNCS", "bfloat16": "CONDITIONAL_FP32_FUNCS"},
    "losses": {"float16": "LOSS_OUTPUT_FUNCTIONS", "bfloat16": "LOSS_OUTPUT_FUNCTIONS"},
    "full_params": {"bfloat16": "BF16_USE_FP32_PARAMS"},
}

# Operators of Glueball's own, which losses use in the place of several that run in float32.
_OWN = ("_l2_loss", "_sparse_softmax_cross_entropy")

# MXNet's list for bfloat16 lets arrays of both types meet in these, where they are refused.
_JOINING = ("Concat",)

Conditions = Sequence[tuple[str, str, Sequence[str]]]


def target_of(dtype: Any, caller: str) -> str:
    """The name of a low precision: ``'float16'`` or ``'bfloat16'``; raises ``AssertionError`` for other types.

    >>> import torch
    >>> target_of("bfloat16", "amp.init"), target_of(np.float16, "amp.init"), target_of(torch.bfloat16, "amp.init")
    ('bfloat16', 'float16', 'bfloat16')
    """
    from ...dtype import name, to_torch

    fields = getattr(dtype, "names", None)  # 1.9.1's own bfloat16: np.dtype([("bfloat16", np.uint16)])
    try:
        found = fields[0] if fields else name(to_torch(dtype)) if dtype is not None else None
    except TypeError:
        found = None
    if found in _LISTS:
        return str(found)
    raise AssertionError(
        message(
            f"{caller}: AMP currently supports only float16 or bfloat16 as a target_dtype",
            received=repr(dtype),
            hint="target_dtype='bfloat16', which needs no scaling of the loss; 'float16' on a GPU without bfloat16",
        )
    )


def listed(kind: str, target: str) -> Any:
    """One of the lists for a target: a copy, or None where there is none."""
    names = _NAMES[kind].get(target)
    found = getattr(_LISTS[target], names) if names else None
    return None if found is None else dict(found) if isinstance(found, Mapping) else list(found)


@dataclass(frozen=True)
class Policy:
    """Which operator runs in which type.

    Attributes
    ----------
    target : the low precision.
    kinds : `LOW`, `FULL` or `WIDEST` by the operator's name in the table; others take what comes.
    conditional : attributes and the values of them with which an operator runs in float32.
    losses : operators that multiply their own gradient by the scale of the loss.
    """

    target: str
    kinds: Mapping[str, str]
    conditional: Mapping[str, tuple[tuple[str, frozenset[str]], ...]]
    losses: frozenset[str]

    @property
    def dtype(self) -> torch.dtype:
        """The low precision as a torch dtype."""
        return torch.float16 if self.target == "float16" else torch.bfloat16

    def kind(self, op: Operator, options: Mapping[str, Any]) -> str | None:
        """The kind of a call with these attributes."""
        for attribute, values in self.conditional.get(op.name, ()):
            value = options.get(attribute, op.attributes[attribute].default)
            if str(value) in values:
                return FULL
        return self.kinds.get(op.name)


def policy_of(
    target: str,
    low: Iterable[str] | None,
    full: Iterable[str] | None,
    conditional: Conditions | None,
    caller: str,
    low_name: str,
) -> Policy:
    """A policy from lists of names; those that are None are MXNet's own.

    A name that a program lists itself counts more than one in MXNet's lists. Raises ``AssertionError`` for what is no
    list or stands in several, and ``AttributeError`` from `init` for names that are no operators.
    """
    given: dict[str, list[str]] = {}
    for kind, argument, names in ((LOW, low_name, low), (FULL, "fp32_ops", full)):
        if names is not None:
            given[kind] = _operators(names, caller, argument)
    both = set(given.get(LOW, ())) & set(given.get(FULL, ()))
    if both:
        raise AssertionError(
            message(
                f"Ops cannot be in two or more lists. Common ops in {low_name} and fp32_ops {both}",
                received=f"{caller}(...)",
                because="an operator runs in one type",
            )
        )
    conditions = _conditions(listed("conditional", target) if conditional is None else conditional, caller)
    kinds: dict[str, str | None] = {}
    aliases: dict[str, str | None] = {}
    for kind in ("both", WIDEST, FULL, LOW):
        for name in () if kind in given else listed(kind, target):
            found = OPERATORS[name].name if name in OPERATORS else name
            # the name in the table counts more than the others of the same operator
            (kinds if found == name else aliases)[found] = None if kind == "both" else kind
    kinds = {**aliases, **kinds, **dict.fromkeys(_OWN, FULL), **dict.fromkeys(_JOINING, WIDEST)}
    for kind, names in given.items():
        kinds.update(dict.fromkeys(names, kind))
    return Policy(
        target,
        {name: kind for name, kind in kinds.items() if kind is not None},
        conditions,
        frozenset(listed("losses", target)),
    )


def _operators(names: Any, caller: str, argument: str) -> list[str]:
    """The operators that a program lists, by their names in the table."""
    if isinstance(names, str) or not all(isinstance(each, str) for each in names):
        raise AssertionError(
            message(
                f"{argument} should be a list of strs", received=repr(names)[:80], hint=f"{argument}=['RNN']"
            )
        )
    return [each if each == "Custom" else _operator(each, caller, argument).name for each in names]


def _operator(name: str, caller: str, argument: str) -> Operator:
    if name not in OPERATORS:
        close = nearest(name, OPERATORS)
        raise (AttributeError if caller == "amp.init" else AssertionError)(
            message(
                f"{caller}: there is no operator {name!r}",
                received=f"{argument}=[..., {name!r}, ...]",
                because="operators are listed by their names in symbol files",
                hint=repr(close) if close else None,
            )
        )
    return OPERATORS[name]


def _conditions(conditions: Any, caller: str) -> dict[str, tuple[tuple[str, frozenset[str]], ...]]:
    found: dict[str, tuple[tuple[str, frozenset[str]], ...]] = {}
    for each in conditions:
        if not (
            isinstance(each, (tuple, list))
            and len(each) == 3
            and isinstance(each[0], str)
            and isinstance(each[1], str)
            and not isinstance(each[2], str)
        ):
            raise AssertionError(
                message(
                    "conditional_fp32_ops should be a list of (str, str, list of str)",
                    received=repr(each)[:80],
                    hint="('Activation', 'act_type', ['softrelu'])",
                )
            )
        name, attribute, values = each
        op = _operator(name, caller, "conditional_fp32_ops")
        if attribute not in op.attributes:
            close = nearest(attribute, op.attributes)
            raise AttributeError(
                message(
                    f"{caller}: {name} has no attribute {attribute!r}",
                    because="its attributes are " + ", ".join(op.attributes),
                    hint=repr(close) if close else None,
                )
            )
        found[op.name] = (*found.get(op.name, ()), (attribute, frozenset(map(str, values))))
    return found
