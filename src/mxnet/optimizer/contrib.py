"""``mx.optimizer.contrib``: GroupAdaGrad, and AdamW, which the real MXNet 1.9.1 has as operators alone."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import torch

from .._surface import module_getattr as _module_getattr
from ..base import message
from ..ndarray import NDArray, zeros
from ..ops.update import single
from .fused import FusedOptimizer, Tensors, zeros_like
from .optimizer import register

__all__ = ["AdamW", "GroupAdaGrad"]

__getattr__ = _module_getattr(__name__)


@register
class GroupAdaGrad(FusedOptimizer):
    """AdaGrad with one rate for each row: ``h += mean(g**2)`` over the row, ``w -= lr * g / sqrt(h + eps)``, where

    ``g = clip(rescale_grad * grad)``. For embeddings, whose rows are words.

    Shapes: weight ``(rows, columns)``, h ``(rows, 1)``.

    Parameters
    ----------
    eps : added under the root.

    Raises
    ------
    AssertionError : a weight that has not two axes; a weight decay.

    Source: Duchi et al., Adaptive subgradient methods (2011).
    """

    def __init__(self, eps: float = 1e-5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.float_stable_eps = eps

    def create_state(self, index: Any, weight: NDArray) -> NDArray:
        """The sum of the mean squares of each row."""
        if len(weight.shape) != 2:
            raise AssertionError(
                message(
                    "GroupAdaGrad: a weight has rows and columns",
                    received=f"shape {weight.shape}",
                    hint="another optimiser for this parameter, such as 'adagrad'",
                )
            )
        return zeros((weight.shape[0], 1), weight._ctx, dtype=weight.dtype)

    def _apply(self, weights: Tensors, grads: Tensors, states: list[Tensors], lr: float, wd: float) -> None:
        if wd:
            raise AssertionError(
                message(
                    "Weight decay is not supported for GroupAdaGrad",
                    received=f"wd={wd}",
                    hint="wd=0, or wd_mult=0 for this parameter",
                )
            )
        (history,) = states
        grads = self._rescaled(grads)
        torch._foreach_add_(history, [g.square().mean(1, keepdim=True) for g in grads])
        denominators = torch._foreach_add(history, self.float_stable_eps)
        torch._foreach_sqrt_(denominators)
        torch._foreach_div_(grads, denominators)
        torch._foreach_add_(weights, grads, alpha=-lr)


@register
class AdamW(FusedOptimizer):
    """Adam with a weight decay of its own: ``w -= lr * (m / (sqrt(v) + epsilon) + wd * w)``,

    where m and v are Adam's averages of ``g = clip(rescale_grad * grad)`` and of its square, with ``correct_bias``
    divided by ``1 - beta1**t`` and ``1 - beta2**t`` at the t-th update.

    Parameters
    ----------
    learning_rate : 0.001 by default.
    beta1, beta2 : how slowly the two averages move.
    epsilon : added to the root.
    correct_bias : divide m and v as above.

    Differs from 1.9.1, which has the step alone, as ``nd.contrib.adamw_update`` (there ``lr=1`` and ``eta`` the rate).
    An AdamW of one's own may be registered in its place.

    Source: Loshchilov and Hutter, arXiv:1711.05101.

    >>> from mxnet import gluon
    >>> net = gluon.nn.Dense(2, in_units=3)
    >>> trainer = gluon.Trainer(net.collect_params(), "adamw", {"learning_rate": 3e-4, "wd": 0.01})
    """

    _replaceable: ClassVar[bool] = True

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        correct_bias: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.correct_bias = correct_bias

    def create_state(self, index: Any, weight: NDArray) -> tuple[NDArray, NDArray]:
        """The averages of the gradient and of its square."""
        return zeros_like(weight), zeros_like(weight)

    def _rate(self, index: Any, lr: float) -> tuple[float, int]:
        return lr, self._index_update_count[index] if self.correct_bias else 0

    def _apply(
        self, weights: Tensors, grads: Tensors, states: list[Tensors], rate: tuple[float, int], wd: float
    ) -> None:
        (lr, t), (means, variances) = rate, states
        beta1, beta2 = single(self.beta1), single(self.beta2)
        grads = self._rescaled(grads)
        torch._foreach_mul_(means, beta1)
        torch._foreach_add_(means, grads, alpha=1.0 - beta1)
        torch._foreach_mul_(variances, beta2)
        torch._foreach_addcmul_(variances, grads, grads, value=1.0 - beta2)
        roots = torch._foreach_sqrt(variances)
        torch._foreach_div_(roots, math.sqrt(1.0 - beta2**t) if t else 1.0)
        torch._foreach_add_(roots, self.epsilon)
        if wd:
            torch._foreach_mul_(weights, 1.0 - lr * wd)
        torch._foreach_addcdiv_(weights, means, roots, value=-lr / (1.0 - beta1**t) if t else -lr)
