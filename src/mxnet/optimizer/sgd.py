"""Stochastic gradient descent, with momentum and with Nesterov's."""

from __future__ import annotations

from typing import Any

import torch

from ..ndarray import NDArray
from .fused import FusedOptimizer, Tensors, aggregation_size, zeros_like
from .optimizer import register

__all__ = ["NAG", "SGD", "ccSGD"]


@register
class SGD(FusedOptimizer):
    """``w -= lr * (g + wd * w)``, where ``g = clip(rescale_grad * grad)``; with momentum

    ``m = momentum * m - lr * (g + wd * w)``, ``w += m``.

    Parameters
    ----------
    momentum : 0 keeps no state.
    lazy_update : accepted; gradients are dense.
    learning_rate, wd, clip_gradient, ... : see `Optimizer`.

    >>> from mxnet import nd, optimizer
    >>> weight = nd.array([1.0])
    >>> optimizer.SGD(learning_rate=0.5).update(0, weight, nd.array([1.0]), None)
    >>> weight.asscalar().item()
    0.5
    """

    _state_first = True

    def __init__(self, momentum: float = 0.0, lazy_update: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.momentum = momentum
        self.lazy_update = lazy_update
        self.aggregate_num = aggregation_size(4)

    def create_state(self, index: Any, weight: NDArray) -> NDArray | None:
        """The momentum, if there is one."""
        return zeros_like(weight) if self.momentum != 0.0 else None

    def _apply(self, weights: Tensors, grads: Tensors, states: list[Tensors], lr: float, wd: float) -> None:
        scale = float(self.rescale_grad)
        if self.clip_gradient is not None:
            grads, scale = self._rescaled(grads), 1.0
        if not states:
            if wd:
                torch._foreach_mul_(weights, 1.0 - lr * wd)
            torch._foreach_add_(weights, grads, alpha=-lr * scale)
            return
        (momenta,) = states
        torch._foreach_mul_(momenta, self.momentum)
        torch._foreach_add_(momenta, grads, alpha=-lr * scale)
        if wd:
            torch._foreach_add_(momenta, weights, alpha=-lr * wd)
        torch._foreach_add_(weights, momenta)


@register
class ccSGD(SGD):  # noqa: N801
    """An old name of `SGD`."""


@register
class NAG(FusedOptimizer):
    """Nesterov's momentum: ``w += momentum * (momentum * m - lr * h) - lr * h`` with ``h = g + wd * w``, then

    ``m = momentum * m - lr * (g + wd * w)``, where w is the new one (1.9.1 does it in this order, which only shows
    with a weight decay).

    Parameters
    ----------
    momentum : 0 makes it plain gradient descent.
    learning_rate, wd, clip_gradient, ... : see `Optimizer`.

    Source: Sutskever et al., On the importance of initialization and momentum in deep learning (2013).
    """

    _state_first = True

    def __init__(self, momentum: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.momentum = momentum

    def create_state(self, index: Any, weight: NDArray) -> NDArray | None:
        """The momentum, if there is one."""
        return zeros_like(weight) if self.momentum != 0.0 else None

    def _apply(self, weights: Tensors, grads: Tensors, states: list[Tensors], lr: float, wd: float) -> None:
        grads = self._rescaled(grads)
        decayed = torch._foreach_add(grads, weights, alpha=wd) if wd else grads
        if not states:
            torch._foreach_add_(weights, decayed, alpha=-lr)
            return
        (momenta,) = states
        torch._foreach_mul_(momenta, self.momentum)
        torch._foreach_add_(weights, momenta, alpha=self.momentum)
        torch._foreach_add_(weights, decayed, alpha=-lr * (1.0 + self.momentum))
        torch._foreach_add_(momenta, grads, alpha=-lr)
        if wd:
            torch._foreach_add_(momenta, weights, alpha=-lr * wd)
