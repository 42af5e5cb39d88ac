"""Gradient descent by signs, with delayed gradients and with noise: Signum, DCASGD, SGLD; Test for tests."""

from __future__ import annotations

import math
from typing import Any

import torch

from .. import random
from ..ndarray import NDArray
from ..ops.update import single
from .fused import FusedOptimizer, Tensors, zeros_like
from .optimizer import Optimizer, register

__all__ = ["DCASGD", "SGLD", "Signum", "Test"]


@register
class Signum(FusedOptimizer):
    """Steps of one length: ``m = momentum * m - (1 - momentum) * (g + wd * w)``,

    ``w = (1 - lr * wd_lh) * w + lr * sign(m)``, where ``g = clip(rescale_grad * grad)``. Without momentum
    ``w = (1 - lr * (wd + wd_lh)) * w - lr * sign(grad)``.

    Parameters
    ----------
    learning_rate : 0.01 by default.
    momentum : 0 keeps no state.
    wd_lh : weight decay beside the gradient, as Loshchilov and Hutter have it.

    Differs from 1.9.1: ``wd_lh`` works without momentum, too.

    Source: Bernstein et al., arXiv:1802.04434.

    >>> from mxnet import nd, optimizer
    >>> weight, descent = nd.array([1.0, 1.0]), optimizer.Signum(learning_rate=0.25)
    >>> descent.update(0, weight, nd.array([0.1, -7.0]), descent.create_state(0, weight))
    >>> weight.asnumpy().tolist()
    [0.75, 1.25]
    """

    def __init__(
        self, learning_rate: float = 0.01, momentum: float = 0.9, wd_lh: float = 0.0, **kwargs: Any
    ) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.momentum = momentum
        self.wd_lh = wd_lh

    def create_state(self, index: Any, weight: NDArray) -> NDArray | None:
        """The average of the gradients, if there is momentum."""
        return zeros_like(weight) if self.momentum != 0.0 else None

    def _apply(self, weights: Tensors, grads: Tensors, states: list[Tensors], lr: float, wd: float) -> None:
        if not states:
            torch._foreach_mul_(weights, 1.0 - lr * (wd + self.wd_lh))
            torch._foreach_add_(weights, torch._foreach_sign(grads), alpha=-lr)
            return
        (momenta,) = states
        grads = self._rescaled(grads)
        if wd:
            torch._foreach_add_(grads, weights, alpha=wd)
        torch._foreach_mul_(momenta, self.momentum)
        torch._foreach_add_(momenta, grads, alpha=single(self.momentum) - 1.0)
        torch._foreach_mul_(weights, 1.0 - lr * self.wd_lh)
        torch._foreach_add_(weights, torch._foreach_sign(momenta), alpha=lr)


@register
class DCASGD(FusedOptimizer):
    """Gradient descent that makes up for the age of a gradient:

    ``m = momentum * m - lr * (g + wd * w + lamda * g**2 * (w - previous))``, ``previous = w``, ``w += m``, where
    ``g = clip(rescale_grad * grad)`` and ``previous`` is the weight that the last update started from.

    Parameters
    ----------
    momentum : 0 keeps the previous weight alone.
    lamda : strength of the correction.

    Differs from 1.9.1: momentum works; there it raises.

    Source: Zheng et al., arXiv:1609.08326.
    """

    def __init__(self, momentum: float = 0.0, lamda: float = 0.04, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.momentum = momentum
        self.lamda = lamda

    def create_state(self, index: Any, weight: NDArray) -> tuple[NDArray | None, NDArray]:
        """The momentum, if there is one, and the previous weight."""
        return (zeros_like(weight) if self.momentum != 0.0 else None), weight.copy()

    def _apply(self, weights: Tensors, grads: Tensors, states: list[Tensors], lr: float, wd: float) -> None:
        momenta, previous = states
        grads = self._rescaled(grads)
        drift = torch._foreach_sub(weights, previous)
        torch._foreach_mul_(drift, grads)
        torch._foreach_mul_(drift, grads)
        torch._foreach_add_(grads, drift, alpha=self.lamda)
        if wd:
            torch._foreach_add_(grads, weights, alpha=wd)
        torch._foreach_copy_(previous, weights)
        if momenta:
            torch._foreach_mul_(momenta, self.momentum)
            torch._foreach_add_(momenta, grads, alpha=-lr)
            torch._foreach_add_(weights, momenta)
        else:
            torch._foreach_add_(weights, grads, alpha=-lr)


@register
class SGLD(Optimizer):
    """Langevin dynamics: ``w += normal(0, sqrt(lr)) - lr / 2 * (g + wd * w)``, samples of a posterior distribution,

    where ``g = clip(rescale_grad * grad)``. The noise is that of ``nd.random.normal``, one weight after the other.

    Source: Welling and Teh, Bayesian learning via stochastic gradient Langevin dynamics (2011).
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def create_state(self, index: Any, weight: NDArray) -> None:
        """None: there is nothing to keep."""

    def update(self, index: Any, weight: NDArray, grad: NDArray, state: Any) -> None:
        """Change ``weight`` in place by its gradient and by noise."""
        self._update_count(index)
        lr, wd = self._get_lr(index), self._get_wd(index)
        w = weight._t.data
        drift = grad._t.detach().to(w.dtype) * float(self.rescale_grad)
        if self.clip_gradient is not None and self.clip_gradient > 0:
            drift.clamp_(-self.clip_gradient, self.clip_gradient)
        drift.add_(w, alpha=wd)
        noise = random.stream(weight._ctx).normal(weight.shape, 0.0, math.sqrt(lr), w.dtype)
        w.add_(drift, alpha=-lr / 2).add_(noise)


@register
class Test(Optimizer):
    """``w += rescale_grad * grad``, and the state is the new weight: for tests of what calls an optimiser."""

    __test__ = False  # no class of tests, whatever its name says

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def create_state(self, index: Any, weight: NDArray) -> NDArray:
        """Zeros."""
        return zeros_like(weight)

    def update(self, index: Any, weight: NDArray, grad: NDArray, state: NDArray) -> None:
        """Add the gradient to ``weight``, and copy that to ``state``."""
        w = weight._t.data
        w.add_(grad._t.detach().to(w.dtype), alpha=float(self.rescale_grad))
        state._t.data.copy_(w)
