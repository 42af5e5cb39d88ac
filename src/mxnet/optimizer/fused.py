"""The base of the built-in optimisers: many weights of a type, device and rate in a handful of multi-tensor calls."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, ClassVar

import torch

from .. import ndarray as nd
from ..base import MXNetError
from ..ndarray import NDArray
from .optimizer import HALF, Optimizer

__all__ = ["FusedOptimizer", "Tensors", "aggregation_size", "zeros_like"]

Tensors = list[torch.Tensor]


class FusedOptimizer(Optimizer):
    """Base of the built-in optimisers: all weights of a type, device and rate are updated together.

    A subclass writes `_apply` over lists of tensors. A class that is derived from a built-in one and overrides
    ``update`` gets its own ``update`` called, weight by weight.
    """

    _state_first: ClassVar[bool] = False
    """Order of ``create_state_multi_precision``: (state, float32 copy) where True."""

    _rates_differ: ClassVar[bool] = False
    """Weights are updated together whatever `_rate` gives for them, and `_apply` takes a list of rates."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = vars(cls)
        if "_apply" not in own and ("update" in own or "update_multi_precision" in own):
            cls._update_all = Optimizer._update_each  # type: ignore[assignment, method-assign]

    def create_state_multi_precision(self, index: Any, weight: NDArray) -> Any:
        """The state of a weight, with its float32 copy where ``multi_precision`` asks for one."""
        state = super().create_state_multi_precision(index, weight)
        if self._state_first and self.multi_precision and weight._t.dtype in HALF:
            return state[1], state[0]
        return state

    def update(self, index: Any, weight: Any, grad: Any, state: Any) -> None:
        """Update one weight, or many given as lists."""
        if isinstance(index, (list, tuple)):
            FusedOptimizer._update_all(self, index, weight, grad, state, False)
        else:
            FusedOptimizer._update_all(self, [index], [weight], [grad], [state], False)

    def update_multi_precision(self, index: Any, weight: Any, grad: Any, state: Any) -> None:
        """`update`, for half-precision weights with ``multi_precision`` on their float32 copy."""
        if type(self).update is not FusedOptimizer.update:  # written by a user
            if self._state_first and self.multi_precision and weight._t.dtype in HALF:
                state = state[1], state[0]
            super().update_multi_precision(index, weight, grad, state)
        elif isinstance(index, (list, tuple)):
            FusedOptimizer._update_all(self, index, weight, grad, state)
        else:
            FusedOptimizer._update_all(self, [index], [weight], [grad], [state])

    def _update_all(
        self,
        indices: Sequence[Any],
        weights: Sequence[NDArray],
        grads: Sequence[NDArray],
        states: Sequence[Any],
        masters: bool = True,
    ) -> None:
        for index, weight, grad in zip(indices, weights, grads, strict=True):
            if weight._t.shape != grad._t.shape or not weight._t.is_floating_point():
                raise _unfit(type(self).__name__, index, weight, grad)
        self._update_count(indices)
        groups: dict[Any, tuple[list[Any], list[Any], list[Any], list[Any]]] = {}
        copies: list[tuple[torch.Tensor, torch.Tensor]] = []
        masters = masters and self.multi_precision
        lrs, wds = self._get_lrs(indices), self._get_wds(indices)
        for index, weight, grad, state, lr, wd in zip(indices, weights, grads, states, lrs, wds, strict=True):
            w, g = weight._t.data, grad._t
            if g.requires_grad:
                g = g.detach()
            if masters and w.dtype in HALF:
                state, master = state if self._state_first else (state[1], state[0])
                copies.append((w, master._t.data))
                w = master._t.data
            if g.dtype is not w.dtype:
                g = g.to(w.dtype)
            rate = self._rate(index, lr)
            key = (None if self._rates_differ else rate, wd, w.dtype, w.device)
            group = groups.get(key)
            if group is None:
                group = groups[key] = ([], [], [], [])
            for part, value in zip(group, (w, g, state, rate), strict=True):
                part.append(value)
        for (rate, wd, _, _), (ws, gs, ss, rates) in groups.items():
            self._apply(ws, gs, _by_component(ss), rates if self._rates_differ else rate, wd)
        for half, master in copies:
            half.copy_(master)

    def _rate(self, index: Any, lr: float) -> Any:
        """The step size of this update (Adam corrects it by the number of updates), and what else sets it apart."""
        return lr

    def _apply(self, weights: Tensors, grads: Tensors, states: list[Tensors], rate: Any, wd: float) -> None:
        """Update tensors in place; ``states`` has a list over the weights for each component of their state."""
        raise NotImplementedError

    def _rescaled(self, grads: Tensors, *, clip: bool = True) -> Tensors:
        """New tensors ``rescale_grad * grad``, cut to the clipping range."""
        scaled = list(torch._foreach_mul(grads, float(self.rescale_grad)))
        if clip:
            self._clip_(scaled)
        return scaled

    def _decayed(self, weights: Tensors, grads: Tensors, wd: float) -> Tensors:
        """New tensors ``rescale_grad * grad + wd * weight``, cut to the clipping range."""
        decayed = self._rescaled(grads, clip=False)
        if wd:
            torch._foreach_add_(decayed, weights, alpha=wd)
        self._clip_(decayed)
        return decayed

    def _clip_(self, grads: Tensors) -> None:
        if self.clip_gradient is not None and self.clip_gradient > 0:
            torch._foreach_clamp_min_(grads, -self.clip_gradient)
            torch._foreach_clamp_max_(grads, self.clip_gradient)


def aggregation_size(otherwise: int) -> int:
    """How many weights 1.9.1 updates in one call, which ``MXNET_OPTIMIZER_AGGREGATION_SIZE`` sets."""
    return int(os.environ.get("MXNET_OPTIMIZER_AGGREGATION_SIZE", otherwise))


def zeros_like(weight: NDArray) -> NDArray:
    """A state of zeros for a weight."""
    return nd.zeros(weight.shape, weight._ctx, dtype=weight.dtype)


def _unfit(optimizer: str, index: Any, weight: NDArray, grad: NDArray) -> MXNetError:
    whole = not weight._t.is_floating_point()
    return MXNetError(
        f"{optimizer}: " + ("a weight of whole numbers" if whole else "a gradient does not fit its weight"),
        received=f"weight {index!r} {weight.shape} {weight.dtype.__name__}, gradient {grad.shape}",
        because="a step of gradient descent is no whole number" if whole else "both have one shape",
        hint="grad_req='null' for this parameter, or cast('float32')" if whole else None,
    )


def _by_component(states: list[Any]) -> list[Tensors]:
    first = states[0]
    if first is None:
        return []
    if isinstance(first, NDArray):
        return [[state._t.data for state in states]]
    parts = range(len(first))
    return [[] if first[k] is None else [state[k]._t.data for state in states] for k in parts]
