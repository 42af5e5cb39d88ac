"""Sums over devices, for all keys at once."""

from __future__ import annotations

import torch

__all__ = ["summed", "write"]

_PORTION = 4


def summed(values: list[list[torch.Tensor]], in_order: bool) -> list[torch.Tensor]:
    """A new tensor for each list: its sum, on the device and in the type of its first tensor.

    ``((x0 + x1) + x2) + ...`` with ``in_order``, else ``(x0 + (x1 + x2 + x3 + x4)) + (x5 + ...)``.

    >>> import torch
    >>> summed([[torch.tensor(1.0), torch.tensor(2.0)], [torch.tensor(3.0)]], in_order=True)
    [tensor(3.), tensor(3.)]
    """
    by_count: dict[int, list[int]] = {}
    for place, tensors in enumerate(values):
        by_count.setdefault(len(tensors), []).append(place)
    results: list[torch.Tensor | None] = [None] * len(values)
    for count, places in by_count.items():
        firsts = [values[place][0] for place in places]
        others = [
            [_like(values[place][k], first) for place, first in zip(places, firsts)]  # noqa: B905
            for k in range(1, count)
        ]
        if not others:
            totals = [first.clone() for first in firsts]
        elif in_order:
            totals = _plus(firsts, *others)
        else:
            totals = firsts
            for start in range(0, len(others), _PORTION):
                first, *rest = others[start : start + _PORTION]
                totals = _plus(totals, _plus(first, *rest) if rest else first)
        for place, total in zip(places, totals):  # noqa: B905
            results[place] = total
    return results  # type: ignore[return-value]


def write(targets: list[torch.Tensor], sources: list[torch.Tensor]) -> None:
    """Copy tensors into others of their shapes, whatever their types and devices."""
    if targets:
        torch._foreach_copy_(targets, sources)


def _plus(first: list[torch.Tensor], *others: list[torch.Tensor]) -> list[torch.Tensor]:
    totals = list(torch._foreach_add(first, others[0]))
    for each in others[1:]:
        torch._foreach_add_(totals, each)
    return totals


def _like(tensor: torch.Tensor, first: torch.Tensor) -> torch.Tensor:
    if tensor.dtype is first.dtype and tensor.device == first.device:
        return tensor
    return tensor.to(first)
