"""The base of the built-in optimisers: many weights of a type, device and rate in a handful of multi-tensor calls."""

from __future__ import annotations

import operator
import os
from collections.abc import Sequence
from typing import Any, ClassVar

import torch

from .. import ndarray as nd
from ..base import MXNetError
from ..dtype import name as dtype_name
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

    _prepared: _Prepared | None = None
    """The tensors of the last update, which the next one mostly is about, too."""

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_prepared": None}

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
        masters = masters and self.multi_precision
        prepared = self._prepared
        if prepared is None or not prepared.are(weights, states, masters):
            prepared = self._prepared = _Prepared(weights, states, masters, self._state_first)
        gs = prepared.fitting(grads) or [
            _fitting(type(self).__name__, *each)
            for each in zip(indices, weights, prepared.tensors, grads, strict=True)
        ]
        self._update_count(indices)
        rates = [self._rate(i, lr) for i, lr in zip(indices, self._get_lrs(indices), strict=True)]
        wds = self._get_wds(indices)
        alike = self._rates_differ or rates.count(rates[0]) == len(rates)
        if prepared.uniform and alike and wds.count(wds[0]) == len(wds):
            rate = rates if self._rates_differ else rates[0]
            self._apply(prepared.tensors, gs, prepared.components, rate, wds[0])
        else:
            self._update_groups(prepared.tensors, gs, prepared.states, rates, wds)
        for half, master in prepared.copies:
            half.copy_(master)

    def _update_groups(
        self, weights: Tensors, grads: Tensors, states: Sequence[Any], rates: list[Any], wds: list[float]
    ) -> None:
        """Update the weights of each type, device, rate and decay together."""
        groups: dict[Any, tuple[list[Any], list[Any], list[Any], list[Any]]] = {}
        for w, g, state, rate, wd in zip(weights, grads, states, rates, wds, strict=True):
            key = (None if self._rates_differ else rate, wd, w.dtype, w.device)
            group = groups.get(key)
            if group is None:
                group = groups[key] = ([], [], [], [])
            for part, value in zip(group, (w, g, state, rate), strict=True):
                part.append(value)
        for (rate, wd, _, _), (ws, gs, ss, each) in groups.items():
            self._apply(ws, gs, _by_component(ss), each if self._rates_differ else rate, wd)

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


class _Prepared:
    """Weights and states as tensors.

    Attributes
    ----------
    tensors : what is updated: the weights, or the float32 copies of those in half precision.
    copies : such weights, and their float32 copies.
    states : without those copies; ``components`` has them by component, see `FusedOptimizer._apply`.
    uniform : whether the tensors have one type and device.
    """

    def __init__(
        self, weights: Sequence[NDArray], states: Sequence[Any], masters: bool, state_first: bool
    ) -> None:
        self._weights = list(weights)
        self._given = list(states)
        self._memory = [each._t for each in weights]
        self._masters = masters
        self._grads: list[torch.Tensor] = []
        self.tensors: Tensors = []
        self.copies: list[tuple[torch.Tensor, torch.Tensor]] = []
        self.states: list[Any] = []
        for weight, state in zip(weights, states, strict=True):
            tensor = weight._t.data
            if masters and tensor.dtype in HALF:
                state, master = state if state_first else (state[1], state[0])
                self.copies.append((tensor, master._t.data))
                tensor = master._t.data
            self.tensors.append(tensor)
            self.states.append(state)
        self.uniform = len({(each.dtype, each.device) for each in self.tensors}) == 1
        self.components = _by_component(self.states) if self.uniform else []

    def are(self, weights: Sequence[NDArray], states: Sequence[Any], masters: bool) -> bool:
        """Whether these are the ones, in the memory that they had."""
        return (
            len(weights) == len(self._weights)
            and masters is self._masters
            and all(map(operator.is_, weights, self._weights))
            and all(map(operator.is_, states, self._given))
            and all(map(operator.is_, [each._t for each in weights], self._memory))
        )

    def fitting(self, grads: Sequence[NDArray]) -> Tensors | None:
        """The gradients as tensors, if all are known to fit or can be seen to at a glance."""
        tensors = [each._t for each in grads]
        if len(tensors) == len(self._grads) and all(map(operator.is_, tensors, self._grads)):
            return tensors
        for tensor, weight in zip(tensors, self.tensors, strict=True):
            if (
                tensor.dtype is not weight.dtype
                or tensor.requires_grad
                or tensor.shape != weight.shape
                or not weight.is_floating_point()
            ):
                return None
        self._grads = tensors
        return tensors


def _fitting(
    optimizer: str, index: Any, weight: NDArray, tensor: torch.Tensor, grad: NDArray
) -> torch.Tensor:
    """A gradient as a tensor of its weight's type; raises if it is none of this weight."""
    if weight._t.shape != grad._t.shape or not weight._t.is_floating_point():
        raise _unfit(optimizer, index, weight, grad)
    return grad._t.detach().to(tensor.dtype)


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
        received=f"weight {index!r} {weight.shape} {dtype_name(weight._t.dtype)}, gradient {grad.shape}",
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
