"""Automatic mixed precision for calls on symbols: `amp_cast` and `amp_multicast` before the calls that need them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from ...ops.registry import Operator
from ...symbol import Symbol, compose
from ...symbol.graph import Entry
from .casting import AMP_CAST, AMP_MULTICAST, EXACT
from .policy import FULL, LOW, WIDEST, Policy

__all__ = ["install"]


def install(policy: Policy) -> None:
    """Put casts into the graphs of all calls that are composed from now on, hybridized blocks included."""
    compose.between = _between(policy)


def _between(policy: Policy) -> Callable[..., list[Entry]]:
    def between(
        op: Operator, options: dict[str, Any], inputs: Sequence[Entry], names: Sequence[str]
    ) -> list[Entry]:
        if op.name in policy.losses:
            logging.warning(
                "%s does not multiply its gradient by the scale of the loss in symbolic and hybridized execution.",
                op.name,
            )
        kind = policy.kind(op, options)
        if kind is LOW or kind is FULL:
            dtype = policy.target if kind is LOW else "float32"
            return [
                entry
                if name in op.mutates or name in EXACT
                else _called(AMP_CAST, "amp_cast", [entry], {"dtype": dtype})[0]
                for entry, name in zip(inputs, names, strict=True)
            ]
        if kind is WIDEST:
            return _called(AMP_MULTICAST, "amp_multicast", inputs, {"num_outputs": len(inputs)})
        return list(inputs)

    return between


def _called(op: Operator, name: str, inputs: Sequence[Entry], attributes: dict[str, Any]) -> list[Entry]:
    return compose.call(op, name, tuple(Symbol([entry]) for entry in inputs), attributes, None, None, {})
