"""Losses of predicted numbers."""

from __future__ import annotations

import math
from typing import Any

from ... import ndarray as nd
from .base import Loss, _apply_weighting, _number, _reshape_like

__all__ = ["HuberLoss", "L1Loss", "L2Loss", "PoissonNLLLoss"]


class L2Loss(Loss):
    """``weight / 2 * (pred - label)**2``, the mean over each example.

    Shapes: pred ``(batch, *)``; label of as many elements; result ``(batch,)``.

    >>> from mxnet import gluon, nd
    >>> gluon.loss.L2Loss()(nd.array([[1.0], [2.0]]), nd.array([0.0, 0.0])).asnumpy().tolist()
    [0.5, 2.0]
    """

    def __init__(self, weight: float | None = 1.0, batch_axis: int = 0, **kwargs: Any) -> None:
        super().__init__(weight, batch_axis, **kwargs)

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:
        """Half the squared error."""
        factor = 0.5 if self._weight is None else _number(self._weight) / 2
        if F is nd and sample_weight is None:
            try:
                return F._l2_loss(pred, label, scale=factor, batch_axis=self._batch_axis)
            except ValueError:
                _reshape_like(F, label, pred)  # which says what does not fit
                raise
        loss = F.square(_reshape_like(F, label, pred) - pred)
        return self._mean(F, _apply_weighting(F, loss, factor, sample_weight))


class L1Loss(Loss):
    """``weight * abs(pred - label)``, the mean over each example. Shapes as in `L2Loss`."""

    def __init__(self, weight: float | None = None, batch_axis: int = 0, **kwargs: Any) -> None:
        super().__init__(weight, batch_axis, **kwargs)

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:
        """The absolute error."""
        loss = F.abs(_reshape_like(F, label, pred) - pred)
        return self._mean(F, _apply_weighting(F, loss, self._weight, sample_weight))


class HuberLoss(Loss):
    """``(pred - label)**2 / (2 * rho)`` for errors up to ``rho``, ``abs(pred - label) - rho / 2`` beyond.

    Shapes as in `L2Loss`.

    >>> from mxnet import gluon, nd
    >>> gluon.loss.HuberLoss(rho=1)(nd.array([[0.5], [3.0]]), nd.zeros((2, 1))).asnumpy().tolist()
    [0.125, 2.5]
    """

    def __init__(
        self, rho: float = 1, weight: float | None = None, batch_axis: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._rho = rho

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:
        """The smoothed absolute error."""
        error = F.abs(_reshape_like(F, label, pred) - pred)
        loss = F.where(error > self._rho, error - 0.5 * self._rho, (0.5 / self._rho) * F.square(error))
        return self._mean(F, _apply_weighting(F, loss, self._weight, sample_weight))


class PoissonNLLLoss(Loss):
    """Minus the logarithm of the Poisson probability of target events where pred were expected: one mean of all.

    ``exp(pred) - target * pred`` where pred is the logarithm of the expected number, ``pred - target * log(pred +
    epsilon)`` where it is the number itself.

    Shapes: pred ``(batch, *)``; target of as many elements; result ``(1,)``.

    Parameters
    ----------
    weight : factor on the loss; None for 1.
    from_logits : pred is a logarithm.
    batch_axis : has no effect.
    compute_full : add ``log(target!)`` by Stirling's formula, ``target * log(target) - target + log(2 * pi *
        target) / 2``, for targets above 1.

    ``loss(pred, target, sample_weight, epsilon)``; ``epsilon`` (1e-8) keeps the logarithm finite.

    Differs from 1.9.1: ``compute_full`` gives a number where a target is 0 (there: nan), and can be hybridized.

    >>> from mxnet import gluon, nd
    >>> loss = gluon.loss.PoissonNLLLoss(from_logits=False)
    >>> loss(nd.array([[1.0], [2.0]]), nd.array([[0], [0]])).asnumpy().tolist()
    [1.5]
    """

    def __init__(
        self,
        weight: float | None = None,
        from_logits: bool = True,
        batch_axis: int = 0,
        compute_full: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._from_logits = from_logits
        self._compute_full = compute_full

    def hybrid_forward(
        self, F: Any, pred: Any, target: Any, sample_weight: Any = None, epsilon: float = 1e-08
    ) -> Any:
        """The negative log-likelihood."""
        target = _reshape_like(F, target, pred)
        if self._from_logits:
            loss = F.exp(pred) - target * pred
        else:
            loss = pred - target * F.log(pred + epsilon)
        if self._compute_full:
            count = F.maximum(target, 1)  # where the formula holds: the logarithm of 0 would spoil all
            factorial = count * F.log(count) - count + 0.5 * F.log(2 * math.pi * count)
            loss = loss + factorial * (target > 1)
        return F.mean(_apply_weighting(F, loss, self._weight, sample_weight))
