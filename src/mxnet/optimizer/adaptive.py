"""Optimisers with a step size for each element: Adam, AdaGrad, RMSProp, AdaDelta."""

from __future__ import annotations

import functools
import math
from typing import Any

import torch

from ..ndarray import NDArray
from ..ops.update import single
from .fused import FusedOptimizer, Tensors, zeros_like
from .optimizer import register

__all__ = ["AdaDelta", "AdaGrad", "Adam", "RMSProp"]


_ADAM = getattr(torch, "_fused_adam_", None)
_KINDS = (torch.float32, torch.float64)


@functools.cache
def _late(device: torch.device) -> torch.Tensor:
    """A number of updates at which torch's correction of the averages is none: the rate has it already."""
    return torch.tensor(1e9, device=device)


def one_pass(weights: Tensors, grads: Tensors) -> bool:
    """Whether torch has one kernel that goes over weights, gradients and averages once."""
    first = weights[0]
    return (
        _ADAM is not None
        and first.dtype in _KINDS
        and first.device.type in ("cpu", "cuda")
        and all(map(torch.Tensor.is_contiguous, weights))
        and all(map(torch.Tensor.is_contiguous, grads))
    )


def adam(
    weights: Tensors,
    grads: Tensors,
    means: Tensors,
    variances: Tensors,
    lr: float,
    beta1: float,
    beta2: float,
    epsilon: float,
    wd: float,
) -> None:
    """``g = grad + wd * w``, both averages and ``w -= lr * m / (sqrt(v) + epsilon)``."""
    assert _ADAM is not None
    steps = [_late(weights[0].device)] * len(weights)
    rates = {"lr": lr, "beta1": beta1, "beta2": beta2, "weight_decay": wd, "eps": epsilon}
    _ADAM(weights, grads, means, variances, [], steps, **rates, amsgrad=False, maximize=False)


@register
class Adam(FusedOptimizer):
    """``w -= lr_t * m / (sqrt(v) + epsilon)``, steps scaled by running averages of the gradient and its square:

    ``m = beta1 * m + (1 - beta1) * g``, ``v = beta2 * v + (1 - beta2) * g**2``, where
    ``g = clip(rescale_grad * grad + wd * w)`` and ``lr_t = lr * sqrt(1 - beta2**t) / (1 - beta1**t)`` at the
    t-th update.

    Parameters
    ----------
    learning_rate : 0.001 by default.
    beta1, beta2 : how slowly the two averages move.
    epsilon : added to the denominator.
    lazy_update : accepted; gradients are dense.

    Source: Kingma and Ba, arXiv:1412.6980.
    """

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        lazy_update: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.lazy_update = lazy_update

    def create_state(self, index: Any, weight: NDArray) -> tuple[NDArray, NDArray]:
        """The averages of the gradient and of its square."""
        return zeros_like(weight), zeros_like(weight)

    def _rate(self, index: Any, lr: float) -> float:
        t = self._index_update_count[index]
        return lr * math.sqrt(1.0 - self.beta2**t) / (1.0 - self.beta1**t)

    def _apply(self, weights: Tensors, grads: Tensors, states: list[Tensors], lr: float, wd: float) -> None:
        means, variances = states
        beta1, beta2 = single(self.beta1), single(self.beta2)
        if one_pass(weights, grads):
            if self.clip_gradient is not None:
                grads, wd = self._decayed(weights, grads, wd), 0.0
            elif self.rescale_grad != 1:
                grads = self._rescaled(grads)
            adam(weights, grads, means, variances, lr, beta1, beta2, self.epsilon, wd)
            return
        grads = self._decayed(weights, grads, wd)
        torch._foreach_mul_(means, beta1)
        torch._foreach_add_(means, grads, alpha=1.0 - beta1)
        torch._foreach_mul_(variances, beta2)
        torch._foreach_addcmul_(variances, grads, grads, value=1.0 - beta2)
        denominators = torch._foreach_sqrt(variances)
        torch._foreach_add_(denominators, self.epsilon)
        torch._foreach_addcdiv_(weights, means, denominators, value=-lr)


@register
class AdaGrad(FusedOptimizer):
    """``h += g**2``, ``w -= lr * (g / sqrt(h + eps) + wd * w)``, where ``g = clip(rescale_grad * grad)``.

    Source: Duchi et al., Adaptive subgradient methods (2011).
    """

    def __init__(self, eps: float = 1e-7, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.float_stable_eps = eps

    def create_state(self, index: Any, weight: NDArray) -> NDArray:
        """The sum of the squared gradients."""
        return zeros_like(weight)

    def _apply(self, weights: Tensors, grads: Tensors, states: list[Tensors], lr: float, wd: float) -> None:
        (history,) = states
        grads = self._rescaled(grads)
        torch._foreach_addcmul_(history, grads, grads)
        denominators = torch._foreach_add(history, self.float_stable_eps)
        torch._foreach_sqrt_(denominators)
        if wd:
            torch._foreach_mul_(weights, 1.0 - lr * wd)
        torch._foreach_addcdiv_(weights, grads, denominators, value=-lr)


@register
class RMSProp(FusedOptimizer):
    """``w -= lr * g / sqrt(n + epsilon)`` with ``n = gamma1 * n + (1 - gamma1) * g**2``.

    Here ``g = clip(rescale_grad * grad + wd * w)``. With ``centered``: also ``a = gamma1 * a + (1 - gamma1) * g`` and
    ``d = gamma2 * d - lr * g / sqrt(n - a**2 + epsilon)``, ``w += d``.

    Parameters
    ----------
    learning_rate : 0.001 by default.
    gamma1 : how slowly the averages move.
    gamma2 : momentum of the centered form.
    epsilon : added under the root.
    centered : divide by the standard deviation of the gradient (Graves) instead of its rms (Tieleman and Hinton).
    clip_weights : weights are cut to ``[-clip_weights, clip_weights]`` after the update.

    Source: Tieleman and Hinton, Lecture 6.5 (2012); Graves, arXiv:1308.0850.
    """

    def __init__(
        self,
        learning_rate: float = 0.001,
        gamma1: float = 0.9,
        gamma2: float = 0.9,
        epsilon: float = 1e-8,
        centered: bool = False,
        clip_weights: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.gamma1 = gamma1
        self.gamma2 = gamma2
        self.centered = centered
        self.epsilon = epsilon
        self.clip_weights = clip_weights

    def create_state(self, index: Any, weight: NDArray) -> tuple[NDArray, ...]:
        """The average of the squared gradient; centered, also that of the gradient, and the step."""
        return tuple(zeros_like(weight) for _ in range(3 if self.centered else 1))

    def _apply(self, weights: Tensors, grads: Tensors, states: list[Tensors], lr: float, wd: float) -> None:
        squares, gamma1 = states[0], single(self.gamma1)
        grads = self._decayed(weights, grads, wd)
        torch._foreach_mul_(squares, gamma1)
        torch._foreach_addcmul_(squares, grads, grads, value=1.0 - gamma1)
        denominators = list(torch._foreach_add(squares, self.epsilon))
        if self.centered:
            means, steps = states[1:]
            torch._foreach_mul_(means, gamma1)
            torch._foreach_add_(means, grads, alpha=1.0 - gamma1)
            torch._foreach_addcmul_(denominators, means, means, value=-1.0)
            torch._foreach_sqrt_(denominators)
            torch._foreach_mul_(steps, self.gamma2)
            torch._foreach_addcdiv_(steps, grads, denominators, value=-lr)
            torch._foreach_add_(weights, steps)
        else:
            torch._foreach_sqrt_(denominators)
            torch._foreach_addcdiv_(weights, grads, denominators, value=-lr)
        if self.clip_weights is not None and self.clip_weights >= 0:
            torch._foreach_clamp_min_(weights, -self.clip_weights)
            torch._foreach_clamp_max_(weights, self.clip_weights)


@register
class AdaDelta(FusedOptimizer):
    """``a = rho * a + (1 - rho) * g**2``, ``d = sqrt(b + epsilon) / sqrt(a + epsilon) * g``,

    ``b = rho * b + (1 - rho) * d**2``, ``w -= d + wd * w``, where ``g = clip(rescale_grad * grad)``. There is no
    learning rate.

    Source: Zeiler, arXiv:1212.5701.
    """

    def __init__(self, rho: float = 0.90, epsilon: float = 1e-5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rho = rho
        self.epsilon = epsilon

    def create_state(self, index: Any, weight: NDArray) -> tuple[NDArray, NDArray]:
        """The averages of the squared gradient and of the squared step."""
        return zeros_like(weight), zeros_like(weight)

    def _apply(self, weights: Tensors, grads: Tensors, states: list[Tensors], lr: float, wd: float) -> None:
        squares, steps = states
        grads = self._rescaled(grads)
        torch._foreach_mul_(squares, self.rho)
        torch._foreach_addcmul_(squares, grads, grads, value=1.0 - self.rho)
        deltas = list(torch._foreach_add(steps, self.epsilon))
        torch._foreach_sqrt_(deltas)
        denominators = list(torch._foreach_add(squares, self.epsilon))
        torch._foreach_sqrt_(denominators)
        torch._foreach_div_(deltas, denominators)
        torch._foreach_mul_(deltas, grads)
        torch._foreach_mul_(steps, self.rho)
        torch._foreach_addcmul_(steps, deltas, deltas, value=1.0 - self.rho)
        if wd:
            torch._foreach_mul_(weights, 1.0 - wd)
        torch._foreach_sub_(weights, deltas)
