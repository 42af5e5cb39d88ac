"""Optimisers that follow the leader, the weight that would have been best until now: Ftrl and FTML."""

from __future__ import annotations

from typing import Any

import torch

from ..ndarray import NDArray
from ..ops.update import single
from .fused import FusedOptimizer, Tensors, zeros_like
from .optimizer import register

__all__ = ["FTML", "Ftrl"]


@register
class Ftrl(FusedOptimizer):
    """Follow the regularised leader: ``z += g - (sqrt(n + g**2) - sqrt(n)) / lr * w``, ``n += g**2``,

    ``w = (sign(z) * lamda1 - z) / ((beta + sqrt(n)) / lr + wd)`` where ``abs(z) > lamda1``, else 0; here
    ``g = clip(rescale_grad * grad)``. Weights that matter little become exactly 0.

    Parameters
    ----------
    lamda1 : strength of the L1 regularisation.
    learning_rate : 0.1 by default.
    beta : slows the first steps.
    wd : strength of the L2 regularisation.

    Differs from 1.9.1: a learning rate of 0 changes nothing; there it makes weights NaN.

    Source: McMahan et al., Ad click prediction: a view from the trenches (2013).
    """

    def __init__(
        self, lamda1: float = 0.01, learning_rate: float = 0.1, beta: float = 1, **kwargs: Any
    ) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.lamda1 = lamda1
        self.beta = beta

    def create_state(self, index: Any, weight: NDArray) -> tuple[NDArray, NDArray]:
        """Z and n."""
        return zeros_like(weight), zeros_like(weight)

    def _apply(self, weights: Tensors, grads: Tensors, states: list[Tensors], lr: float, wd: float) -> None:
        if lr == 0:
            return
        z, n = states
        grads = self._rescaled(grads)
        before = torch._foreach_sqrt(n)
        torch._foreach_addcmul_(n, grads, grads)
        roots = torch._foreach_sqrt(n)
        torch._foreach_add_(z, grads)
        torch._foreach_addcmul_(z, torch._foreach_sub(roots, before), weights, value=-1.0 / lr)
        torch._foreach_add_(roots, self.beta)
        torch._foreach_div_(roots, lr)
        torch._foreach_add_(roots, wd)
        within = torch._foreach_clamp_max(z, self.lamda1)
        torch._foreach_clamp_min_(within, -self.lamda1)
        torch._foreach_sub_(within, z)
        torch._foreach_copy_(weights, torch._foreach_div(within, roots))


@register
class FTML(FusedOptimizer):
    """Follow the moving leader, at the t-th update: ``v = beta2 * v + (1 - beta2) * g**2``,

    ``d' = (1 - beta1**t) / lr * (sqrt(v / (1 - beta2**t)) + epsilon)``,
    ``z = beta1 * z + (1 - beta1) * g - (d' - beta1 * d) * w``, ``d = d'``, ``w = -z / d``, where
    ``g = clip(rescale_grad * grad + wd * w)``.

    Parameters
    ----------
    beta1, beta2 : how slowly the averages move; 0 < beta1 < beta2 < 1.
    epsilon : added to the root.

    Differs from 1.9.1: a learning rate of 0 changes nothing; there it makes weights NaN.

    Source: Zheng and Kwok, Follow the moving leader in deep learning (2017).
    """

    def __init__(
        self, beta1: float = 0.6, beta2: float = 0.999, epsilon: float = 1e-8, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon

    def create_state(self, index: Any, weight: NDArray) -> tuple[NDArray, NDArray, NDArray]:
        """d, v and z."""
        return zeros_like(weight), zeros_like(weight), zeros_like(weight)

    def _rate(self, index: Any, lr: float) -> tuple[float, int]:
        return lr, self._index_update_count[index]

    def _apply(
        self, weights: Tensors, grads: Tensors, states: list[Tensors], rate: tuple[float, int], wd: float
    ) -> None:
        (lr, t), (d, v, z) = rate, states
        if lr == 0:
            return
        beta1, beta2 = single(self.beta1), single(self.beta2)
        grads = self._decayed(weights, grads, wd)
        torch._foreach_mul_(v, beta2)
        torch._foreach_addcmul_(v, grads, grads, value=1.0 - beta2)
        leaders = list(torch._foreach_div(v, 1.0 - beta2**t))
        torch._foreach_sqrt_(leaders)
        torch._foreach_add_(leaders, self.epsilon)
        torch._foreach_mul_(leaders, (1.0 - beta1**t) / lr)
        torch._foreach_mul_(z, beta1)
        torch._foreach_add_(z, grads, alpha=1.0 - beta1)
        torch._foreach_mul_(d, -beta1)
        torch._foreach_add_(d, leaders)
        torch._foreach_addcmul_(z, d, weights, value=-1.0)
        torch._foreach_copy_(d, leaders)
        torch._foreach_copy_(weights, torch._foreach_div(z, d))
        torch._foreach_neg_(weights)
