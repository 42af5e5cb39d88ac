"""Gradients that are computed outside the graph, and so cannot be differentiated themselves.

torch's own ``once_differentiable`` lets a gradient of theirs pass for a constant where the incoming gradient is one:
with ``f`` of that kind, ``grad(f(x), x, create_graph=True) * x`` would silently lose a term.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import torch

from ..base import MXNetError

__all__ = ["differentiable_once", "refuse_again", "refuses_again"]


def differentiable_once(backward: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate the ``backward`` of a `torch.autograd.Function` that computes what torch does not see.

    What it returns can be used, and raises `MXNetError` where it is differentiated.
    """

    @wraps(backward)
    def once(ctx: Any, *gradients: Any) -> Any:
        with torch.no_grad():
            found = backward(ctx, *gradients)
        if not torch.is_grad_enabled():
            return found
        return refuse_again(backward.__qualname__.split(".")[0].lstrip("_"), found)

    return once


def refuse_again(name: str, gradients: Sequence[torch.Tensor | None]) -> tuple[torch.Tensor | None, ...]:
    """The gradients of ``name`` as a part of the graph that raises when they are differentiated."""
    global _refused
    _refused = True
    given = [each for each in gradients if each is not None]
    start = torch.zeros((), requires_grad=True, device="cpu")
    taped = iter(_Refusal.apply(name, start, *given))
    return tuple(None if each is None else next(taped) for each in gradients)


def refuses_again(tensors: Sequence[torch.Tensor]) -> str | None:
    """Whose gradients stand in the graph behind ``tensors`` that cannot be differentiated; None if nobody's.

    For `torch.autograd.grad`, which passes by what does not lead to the inputs that it is asked for.
    """
    if not _refused:
        return None
    waiting = [each.grad_fn for each in tensors if each.grad_fn is not None]
    seen = set(waiting)
    while waiting:
        node = waiting.pop()
        if isinstance(node, _Refusal._backward_cls):  # type: ignore[attr-defined]
            return node.name_of_function  # type: ignore[attr-defined]
        behind = [each for each, _ in node.next_functions if each is not None and each not in seen]
        seen.update(behind)
        waiting.extend(behind)
    return None


_refused = False


class _Refusal(torch.autograd.Function):
    """Passes gradients on; its own backward raises."""

    @staticmethod
    def forward(
        ctx: Any, name: str, start: torch.Tensor, *gradients: torch.Tensor
    ) -> tuple[torch.Tensor, ...]:
        ctx.name_of_function = name
        return tuple(each.view_as(each) for each in gradients)

    @staticmethod
    def backward(ctx: Any, *_: Any) -> Any:
        raise cannot_differentiate_again(ctx.name_of_function)


def cannot_differentiate_again(name: str) -> MXNetError:
    """The error for differentiating a gradient of ``name``."""
    return MXNetError(
        f"{name}: its gradient cannot be differentiated again",
        because="its backward is not on the tape",
        hint="the same formula in operators of nd, without a function of one's own",
    )
