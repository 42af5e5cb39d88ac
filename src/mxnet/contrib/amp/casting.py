"""Operators that cast what they are given: the same kernels behind a change of type."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import torch

from ...ndarray.invoke import mixed_dtypes
from ...ops import OPERATORS
from ...ops.registry import Operator
from .policy import FULL, LOW, WIDEST, Policy

__all__ = ["AMP_CAST", "AMP_MULTICAST", "EXACT", "casting", "changes"]

Tensor = torch.Tensor
_FLOAT32 = torch.float32


def changes(policy: Policy, op: Operator) -> bool:
    """Whether an operator does anything else under the policy than without."""
    return op.name in policy.kinds or op.name in policy.conditional or op.name in policy.losses


EXACT = frozenset({"sequence_length"})
"""Arrays of counts, which the low precision would round."""


def casting(policy: Policy, op: Operator, scale: Callable[[], float] | None = None) -> Operator:
    """The operator as it runs on arrays under a policy: float32 and the low precision become what it takes.

    Arrays of other types stay what they are, and so do those that the operator changes in place.

    Parameters
    ----------
    scale : the factor of the loss, for operators that make their gradient themselves.
    """
    function = op.function
    kinds, low = policy.kind, policy.dtype
    kept = frozenset(place for place, name in enumerate(op.arrays) if name in op.mutates or name in EXACT)
    fixed = op.name not in policy.conditional
    fixed_kind = policy.kinds.get(op.name)
    same_dtype = op.same_dtype
    if op.name not in policy.losses or "grad_scale" not in op.attributes:
        scale = None

    @wraps(function)
    def cast_first(*arrays: Tensor | None, **options: Any) -> Any:
        kind = fixed_kind if fixed else kinds(op, options)
        if kind is LOW:
            arrays = _converted(arrays, _FLOAT32, low, kept)
        elif kind is FULL or (
            kind is WIDEST and any(each is not None and each.dtype is _FLOAT32 for each in arrays)
        ):
            arrays = _converted(arrays, low, _FLOAT32, kept)
        if same_dtype:
            _refuse_mixed(arrays)
        if scale is not None:
            options["grad_scale"] = options.get("grad_scale", 1.0) * scale()
        return function(*arrays, **options)

    return dataclasses.replace(op, function=cast_first, same_dtype=False, direct=None)


def _converted(
    arrays: Sequence[Tensor | None], old: torch.dtype, new: torch.dtype, kept: frozenset[int]
) -> tuple[Tensor | None, ...]:
    return tuple(
        each.to(new) if each is not None and each.dtype is old and place not in kept else each
        for place, each in enumerate(arrays)
    )


def _refuse_mixed(arrays: Sequence[Tensor | None]) -> None:
    kinds = [each.dtype for each in arrays if each is not None]
    for kind in kinds:
        if kind is not kinds[0]:
            raise mixed_dtypes(kinds[0], kind)


# ---------------------------------------------------------------------- what stands in graphs


def _amp_cast(data: Tensor, *, dtype: str) -> Tensor:
    """Floats as another floating type; what has it already, or is no float, as it is."""
    return data.to(_DTYPES[dtype]) if data.is_floating_point() else data


def _amp_multicast(*data: Tensor, num_outputs: int, cast_narrow: bool = False) -> list[Tensor]:
    """All arrays as the widest of their floating types."""
    first = data[0].dtype
    if all(each.dtype is first for each in data):
        return list(data)
    result: list[Tensor] = OPERATORS["amp_multicast"].function(
        *data, num_outputs=num_outputs, cast_narrow=cast_narrow
    )
    return result


_DTYPES = {"float16": torch.float16, "bfloat16": torch.bfloat16, "float32": _FLOAT32}

# `nd.amp_cast` copies, as every operator does. In front of another operator of a graph there is nothing to protect.
AMP_CAST = dataclasses.replace(OPERATORS["amp_cast"], function=_amp_cast)
AMP_MULTICAST = dataclasses.replace(OPERATORS["amp_multicast"], function=_amp_multicast)
