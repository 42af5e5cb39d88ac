"""Optimisers for large batches, whose steps are as long for a layer as its weights are: LARS, LAMB, LBSGD."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from typing import Any, ClassVar

import torch

from ..base import message
from ..ndarray import NDArray
from ..ops.update import single
from .fused import FusedOptimizer, Tensors, aggregation_size, zeros_like
from .optimizer import register

__all__ = ["LAMB", "LARS", "LBSGD"]


@register
class LARS(FusedOptimizer):
    """Gradient descent with a rate for each layer: ``m = momentum * m - lr * r * (g + wd * w)``, ``w += m``, where

    ``r = eta * norm(w) / (rescale_grad * norm(grad) + wd * norm(w) + eps)`` and ``g = clip(rescale_grad * grad)``.
    r is 1 for weights or gradients of zeros, and for parameters that ``param_idx2name`` calls gamma, beta or bias.

    Parameters
    ----------
    momentum : 0 keeps no state.
    lazy_update : accepted; gradients are dense.
    eta : the length of a step in lengths of the weights, before ``lr``.
    eps : added to the denominator.
    momentum_correction : when the learning rate changes, m changes in proportion for one step.

    Differs from 1.9.1: the correction reaches all weights, there those of one call (the first four of a network).

    Source: You et al., arXiv:1708.03888; the correction, Goyal et al., arXiv:1706.02677, section 2.1.
    """

    _state_first: ClassVar[bool] = True

    def __init__(
        self,
        momentum: float = 0.0,
        lazy_update: bool = True,
        eta: float = 0.001,
        eps: float = 0,
        momentum_correction: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.momentum = momentum
        self.lazy_update = lazy_update
        self.eta = eta
        self.eps = eps
        self.momentum_correction = momentum_correction
        self.last_lr: float | None = None
        self.cur_lr: float | None = None
        self._rate_of_update = -1
        self.aggregate_num = aggregation_size(4)

    def create_state(self, index: Any, weight: NDArray) -> NDArray | None:
        """The momentum, if there is one."""
        return zeros_like(weight) if self.momentum != 0.0 else None

    def set_wd_mult(self, args_wd_mult: Mapping[Any, float]) -> None:
        """Factors on the weight decay, by index or by name; 0 for names that do not end in weight."""
        super().set_wd_mult(args_wd_mult)
        for name in self.idx2name.values():
            if name.endswith("_gamma") and name not in {
                *args_wd_mult,
                *self._multipliers_of_symbol("wd_mult"),
            }:
                self.wd_mult[name] = 0.0

    def _rate(self, index: Any, lr: float) -> tuple[float, bool]:
        """The learning rate, and whether it adapts to the layer."""
        now = self.learning_rate
        if (self._rate_of_update, self.cur_lr) != (self.num_update, now):  # once for all weights of a step
            self._rate_of_update = self.num_update
            self.last_lr, self.cur_lr = now if self.cur_lr is None else self.cur_lr, now
        return lr, not self.idx2name.get(index, "").endswith(("gamma", "beta", "bias"))

    def _apply(
        self, weights: Tensors, grads: Tensors, states: list[Tensors], rate: tuple[float, bool], wd: float
    ) -> None:
        lr, adapts = rate
        scale = float(self.rescale_grad)
        factors = self._factors(weights, grads, scale, wd) if adapts else None
        grads = self._rescaled(grads)
        if wd:
            torch._foreach_add_(grads, weights, alpha=wd)
        if factors is not None:
            torch._foreach_mul_(grads, factors)
        if not states:
            torch._foreach_add_(weights, grads, alpha=-lr)
            return
        (momenta,) = states
        momentum = self.momentum
        if self.momentum_correction and self.last_lr:
            momentum *= self.cur_lr / self.last_lr  # type: ignore[operator]
        torch._foreach_mul_(momenta, momentum)
        torch._foreach_add_(momenta, grads, alpha=-lr)
        torch._foreach_add_(weights, momenta)

    def _factors(self, weights: Tensors, grads: Tensors, scale: float, wd: float) -> Tensors:
        sizes, slopes = _norms(weights), _norms(grads) * scale
        adapted = self.eta * sizes / (slopes + wd * sizes + self.eps)
        return list(torch.where((sizes > 0) & (slopes > 0), adapted, 1.0).to(weights[0].dtype).unbind())


@register
class LAMB(FusedOptimizer):
    """Adam with a rate for each layer: ``w -= lr * norm(w) / norm(d) * d``, ``d = m / (sqrt(v) + epsilon) + wd * w``.

    m and v are Adam's averages of ``g = clip(rescale_grad * grad)`` and of its square, divided by ``1 - beta1**t`` and
    ``1 - beta2**t`` at the t-th update. Where a norm is 0, the quotient is 1.

    Parameters
    ----------
    learning_rate : 0.001 by default.
    beta1, beta2 : how slowly the two averages move.
    epsilon : added to the root.
    lower_bound, upper_bound : limits of ``norm(w)``; None sets none.
    bias_correction : divide m and v as above.

    Source: You et al., arXiv:1904.00962.
    """

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-6,
        lower_bound: float | None = None,
        upper_bound: float | None = None,
        bias_correction: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.lower_bound = lower_bound
        self.upper_bound = upper_bound
        self.bias_correction = bias_correction
        self.aggregate_num = aggregation_size(45)

    def create_state(self, index: Any, weight: NDArray) -> tuple[NDArray, NDArray]:
        """The averages of the gradient and of its square."""
        return zeros_like(weight), zeros_like(weight)

    def _rate(self, index: Any, lr: float) -> tuple[float, int]:
        return lr, self._index_update_count[index] if self.bias_correction else 0

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
        directions = list(torch._foreach_div(means, 1.0 - beta1**t if t else 1.0))
        roots = torch._foreach_div(variances, 1.0 - beta2**t if t else 1.0)
        torch._foreach_sqrt_(roots)
        torch._foreach_add_(roots, self.epsilon)
        torch._foreach_div_(directions, roots)
        if wd:
            torch._foreach_add_(directions, weights, alpha=wd)
        torch._foreach_mul_(directions, self._factors(weights, directions))
        torch._foreach_add_(weights, directions, alpha=-lr)

    def _factors(self, weights: Tensors, directions: Tensors) -> Tensors:
        sizes, lengths = _norms(weights), _norms(directions)
        if self.lower_bound or self.upper_bound:
            sizes = sizes.clamp(self.lower_bound or None, self.upper_bound or None)
        both = (sizes != 0) & (lengths != 0)
        return list(torch.where(both, sizes / lengths, 1.0).to(weights[0].dtype).unbind())


@register
class LBSGD(FusedOptimizer):
    """Gradient descent over ``batch_scale`` batches at a time, with a learning rate that warms up to as many times.

    Every ``batch_scale``-th update is one of `SGD` by the mean of the gradients since the last, with ``lr * factor``;
    the others change nothing. The factor rises from 1 to ``batch_scale`` in the first ``warmup_epochs`` along

    - ``'linear'``: ``1 + (batch_scale - 1) * done``, done from 0 to 1;
    - ``'power2'`` and ``'sqrt'``: the same with ``done**2`` and ``sqrt(done)``;
    - ``'lars'``: ``sqrt(w2 / (g2 + wd * w2))`` instead, w2 and g2 the sums of squares of the weight and of its
      gradient, from 0.01 to 100, for all time;
    - anything else: 1 during the warm-up.

    Parameters
    ----------
    momentum : 0 keeps none.
    multi_precision : keep a float32 copy of half-precision weights.
    warmup_strategy : see above.
    warmup_epochs, updates_per_epoch : how long the warm-up takes.
    batch_scale : how many batches make one.
    begin_epoch : epochs that are over.
    num_epochs : accepted.

    Raises
    ------
    ValueError : ``batch_scale`` is below 1.

    Source: Goyal et al., arXiv:1706.02677; You et al., arXiv:1708.03888.
    """

    def __init__(
        self,
        momentum: float = 0.0,
        multi_precision: bool = False,
        warmup_strategy: str = "linear",
        warmup_epochs: int = 5,
        batch_scale: int = 1,
        updates_per_epoch: int = 32,
        begin_epoch: int = 0,
        num_epochs: int = 60,
        **kwargs: Any,
    ) -> None:
        super().__init__(multi_precision=multi_precision, **kwargs)
        if batch_scale < 1:
            raise ValueError(
                message("LBSGD: a step takes one batch or more", received=f"batch_scale={batch_scale}")
            )
        logging.info("Running Large-Batch SGD Algorithm")
        logging.info(
            "(Batch_scale=%f, warmup_epochs=%d, warmup_strategy=%s, updates_per_epoch=%d)",
            batch_scale,
            warmup_epochs,
            warmup_strategy,
            updates_per_epoch,
        )
        self.momentum = momentum
        self.warmup_strategy = warmup_strategy
        self.warmup_epochs = warmup_epochs
        self.batch_scale = batch_scale
        self.updates_per_epoch = updates_per_epoch
        self.init_updates = begin_epoch * updates_per_epoch
        self.num_epochs = num_epochs

    def create_state(self, index: Any, weight: NDArray) -> Any:
        """The momentum, if there is one; with ``batch_scale`` also the sum of the gradients since the last step."""
        momentum = zeros_like(weight) if self.momentum != 0.0 else None
        return momentum if self.batch_scale == 1 else (momentum, zeros_like(weight))

    def _rate(self, index: Any, lr: float) -> float | None:
        """The learning rate; None for an update that only adds a gradient to the sum."""
        batches = self.init_updates + self._index_update_count[index] - self.begin_num_update
        if batches % self.batch_scale:
            return None
        return lr if self.warmup_strategy == "lars" else lr * self._warmth(batches)

    def _warmth(self, batches: int) -> float:
        whole = self.warmup_epochs * self.updates_per_epoch
        if batches >= whole:
            return float(self.batch_scale)
        done = batches / whole
        rise = {"linear": done, "power2": done * done, "sqrt": math.sqrt(done)}
        return 1.0 + (self.batch_scale - 1) * rise.get(self.warmup_strategy, 0.0)

    def _apply(
        self, weights: Tensors, grads: Tensors, states: list[Tensors], rate: float | None, wd: float
    ) -> None:
        if self.batch_scale == 1:
            momenta = states[0] if states else []
        else:
            momenta, sums = states
            torch._foreach_add_(sums, grads)
            if rate is None:
                return
            grads = list(torch._foreach_div(sums, float(self.batch_scale)))
            torch._foreach_zero_(sums)
        factors = self._factors(weights, grads, wd) if self.warmup_strategy == "lars" else None
        grads = self._rescaled(grads)
        if wd:
            torch._foreach_add_(grads, weights, alpha=wd)
        if factors is not None:
            torch._foreach_mul_(grads, factors)
        if momenta:
            torch._foreach_mul_(momenta, self.momentum)
            torch._foreach_add_(momenta, grads, alpha=-rate)  # type: ignore[operator]
            torch._foreach_add_(weights, momenta)
        else:
            torch._foreach_add_(weights, grads, alpha=-rate)  # type: ignore[operator]

    def _factors(self, weights: Tensors, grads: Tensors, wd: float) -> Tensors:
        sizes, slopes = _norms(weights).square(), _norms(grads).square()
        factors = (sizes / (slopes + wd * sizes + 1e-18)).sqrt().clamp(0.01, 100.0)
        return list(factors.to(weights[0].dtype).unbind())


def _norms(tensors: Tensors) -> torch.Tensor:
    """The Euclidean norm of each, in one tensor; half precision in single."""
    norms = torch.stack(torch._foreach_norm(tensors))
    return norms if norms.dtype is torch.float64 else norms.float()
