"""Metrics of predicted numbers, and of losses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from ..ndarray import NDArray
from .base import EvalMetric, check_label_shapes, register, tensor_of

__all__ = ["MAE", "MSE", "RMSE", "Loss"]


class _Error(EvalMetric):
    """Base of the errors between predictions and labels of the same size: a mean for each batch."""

    def __init__(
        self, name: str, output_names: Sequence[str] | None = None, label_names: Sequence[str] | None = None
    ) -> None:
        super().__init__(name, output_names, label_names, has_global_stats=True)

    def update(self, labels: Any, preds: Any) -> None:
        """Take in labels and predictions, each an array or a list of arrays; every batch counts once."""
        labels, preds = check_label_shapes(labels, preds, True)
        for label, pred in zip(labels, preds, strict=True):
            guess = tensor_of(pred)
            truth = tensor_of(label).to(guess.device)
            if truth.dim() == 1:
                truth = truth.reshape(-1, 1)
            if guess.dim() == 1:
                guess = guess.reshape(-1, 1)
            self._add(self._of(truth - guess), 1)

    def _of(self, difference: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError


@register
class MAE(_Error):
    """The mean absolute error of the batches.

    >>> from mxnet import metric, nd
    >>> error = metric.MAE()
    >>> error.update(nd.array([1, 2]), nd.array([2, 4]))
    >>> error.get()[1]
    1.5
    """

    def __init__(
        self,
        name: str = "mae",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(name, output_names, label_names)

    def _of(self, difference: torch.Tensor) -> torch.Tensor:
        return difference.abs().mean()


@register
class MSE(_Error):
    """The mean squared error of the batches.

    >>> from mxnet import metric, nd
    >>> error = metric.MSE()
    >>> error.update(nd.array([1, 2]), nd.array([2, 4]))
    >>> error.get()[1]
    2.5
    """

    def __init__(
        self,
        name: str = "mse",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(name, output_names, label_names)

    def _of(self, difference: torch.Tensor) -> torch.Tensor:
        return difference.square().mean()


@register
class RMSE(_Error):
    """The root of the mean squared error, averaged over the batches."""

    def __init__(
        self,
        name: str = "rmse",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(name, output_names, label_names)

    def _of(self, difference: torch.Tensor) -> torch.Tensor:
        return difference.square().mean().sqrt()


@register
class Loss(EvalMetric):
    """The mean of what is given as predictions, for reporting a loss.

    >>> from mxnet import metric, nd
    >>> mean_loss = metric.Loss()
    >>> mean_loss.update(None, nd.array([1.0, 3.0]))
    >>> mean_loss.get()[1]
    2.0
    """

    def __init__(
        self,
        name: str = "loss",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(name, output_names, label_names, has_global_stats=True)

    def update(self, _: Any, preds: Any) -> None:
        """Take in losses, an array or a list of arrays; labels do not matter."""
        for pred in [preds] if isinstance(preds, NDArray) else preds:
            losses = tensor_of(pred)
            self._add(losses.sum(), losses.numel())
