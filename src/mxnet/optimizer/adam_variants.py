"""Relatives of Adam: Adamax, whose second average is a maximum, and Nadam, with Nesterov's momentum."""

from __future__ import annotations

from typing import Any, ClassVar

import torch

from ..ndarray import NDArray
from .fused import FusedOptimizer, Tensors, zeros_like
from .optimizer import register

__all__ = ["Adamax", "Nadam"]


@register
class Adamax(FusedOptimizer):
    """``w -= lr / (1 - beta1**t) * m / u`` with ``m = beta1 * m + (1 - beta1) * g``, ``u = max(beta2 * u, abs(g))``,

    where ``g = clip(rescale_grad * grad + wd * w)``.

    Parameters
    ----------
    learning_rate : 0.002 by default.
    beta1, beta2 : how slowly the average moves and how slowly the maximum is forgotten.

    Differs from 1.9.1: an element whose gradient has always been 0 stays; there it becomes NaN.

    Source: Kingma and Ba, arXiv:1412.6980, section 7.
    """

    def __init__(
        self, learning_rate: float = 0.002, beta1: float = 0.9, beta2: float = 0.999, **kwargs: Any
    ) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta1 = beta1
        self.beta2 = beta2

    def create_state(self, index: Any, weight: NDArray) -> tuple[NDArray, NDArray]:
        """The average of the gradient and the maximum of its size."""
        return zeros_like(weight), zeros_like(weight)

    def _rate(self, index: Any, lr: float) -> float:
        return lr / (1.0 - self.beta1 ** self._index_update_count[index])

    def _apply(self, weights: Tensors, grads: Tensors, states: list[Tensors], lr: float, wd: float) -> None:
        means, largest = states
        grads = self._decayed(weights, grads, wd)
        torch._foreach_mul_(means, self.beta1)
        torch._foreach_add_(means, grads, alpha=1.0 - self.beta1)
        torch._foreach_abs_(grads)
        torch._foreach_mul_(largest, self.beta2)
        torch._foreach_maximum_(largest, grads)
        limits = torch.finfo(weights[0].dtype)
        denominators = torch._foreach_clamp_min(largest, limits.tiny * limits.eps)  # 0 / 0 shall be 0
        torch._foreach_addcdiv_(weights, means, denominators, value=-lr)


@register
class Nadam(FusedOptimizer):
    """``w -= lr * ((1 - p) * g / (1 - P) + p' * m / (1 - P * p')) / (sqrt(v / (1 - beta2**t)) + epsilon)``

    with m, v and g of Adam, ``p = beta1 * (1 - 0.96**(t * schedule_decay) / 2)`` at the t-th update, ``p'`` that of
    the next one, and P the product of all p until now.

    Parameters
    ----------
    learning_rate : 0.001 by default.
    beta1, beta2 : how slowly the two averages move.
    epsilon : added to the denominator.
    schedule_decay : how fast the momentum approaches ``beta1``.

    As in 1.9.1, all weights share one P (``m_schedule``), so that a step depends on how many weights there are.

    Source: Dozat, Incorporating Nesterov momentum into Adam (2016).
    """

    _rates_differ: ClassVar[bool] = True

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        schedule_decay: float = 0.004,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.schedule_decay = schedule_decay
        self.m_schedule = 1.0

    def create_state(self, index: Any, weight: NDArray) -> tuple[NDArray, NDArray]:
        """The averages of the gradient and of its square."""
        return zeros_like(weight), zeros_like(weight)

    def _rate(self, index: Any, lr: float) -> tuple[float, float, float]:
        """Factors of the gradient, of its average and of the average of its square."""
        t = self._index_update_count[index]
        now, then = (self.beta1 * (1.0 - 0.5 * 0.96 ** (each * self.schedule_decay)) for each in (t, t + 1))
        self.m_schedule *= now
        by_gradient = lr * (1.0 - now) / (1.0 - self.m_schedule)
        by_mean = lr * then / (1.0 - self.m_schedule * then)
        return by_gradient, by_mean, 1.0 / (1.0 - self.beta2**t)

    def _apply(
        self,
        weights: Tensors,
        grads: Tensors,
        states: list[Tensors],
        rates: list[tuple[float, float, float]],
        wd: float,
    ) -> None:
        means, variances = states
        by_gradient, by_mean, corrections = zip(*rates, strict=True)
        grads = self._decayed(weights, grads, wd)
        torch._foreach_mul_(means, self.beta1)
        torch._foreach_add_(means, grads, alpha=1.0 - self.beta1)
        torch._foreach_mul_(variances, self.beta2)
        torch._foreach_addcmul_(variances, grads, grads, value=1.0 - self.beta2)
        denominators = torch._foreach_mul(variances, corrections)
        torch._foreach_sqrt_(denominators)
        torch._foreach_add_(denominators, self.epsilon)
        torch._foreach_mul_(grads, by_gradient)
        torch._foreach_add_(grads, torch._foreach_mul(means, by_mean))
        torch._foreach_addcdiv_(weights, grads, denominators, value=-1.0)
