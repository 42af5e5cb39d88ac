"""Metrics of predicted numbers, and of losses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from ..base import message
from .arrays import as_list, pairs, tensor_of
from .base import EvalMetric, floating
from .registry import register

__all__ = ["MAE", "MSE", "RMSE", "Caffe", "Loss", "Torch"]


class _Error(EvalMetric):
    """Base of the errors between predictions and labels of the same size: a mean for each batch."""

    def __init__(
        self, name: str, output_names: Sequence[str] | None = None, label_names: Sequence[str] | None = None
    ) -> None:
        super().__init__(name, output_names, label_names, has_global_stats=True)

    def update(self, labels: Any, preds: Any) -> None:
        """Take in labels and predictions, each an array or a list of arrays; every batch counts once."""
        for truth, guess in pairs(labels, preds):
            if truth.dim() == 1:
                truth = truth.unsqueeze(1)
            if guess.dim() == 1:
                guess = guess.unsqueeze(1)
            kind = torch.promote_types(truth.dtype, guess.dtype)
            if kind.itemsize < 4 or not kind.is_floating_point:
                kind = floating(
                    guess.device
                )  # in small or whole numbers differences and their means go wrong
            try:
                difference = truth.to(kind) - guess.to(kind)
            except RuntimeError:
                raise ValueError(_misfit(truth, guess)) from None
            self._add(self._of(difference), 1)

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
        for pred in as_list(preds):
            losses = tensor_of(pred)
            self._add(losses.sum(), losses.numel())


@register
class Torch(Loss):
    """`Loss` by another name."""

    def __init__(
        self,
        name: str = "torch",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(name, output_names, label_names)


@register
class Caffe(Loss):
    """`Loss` by another name."""

    def __init__(
        self,
        name: str = "caffe",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(name, output_names, label_names)


def _misfit(label: torch.Tensor, pred: torch.Tensor) -> str:
    return message(
        f"labels of shape {tuple(label.shape)} do not fit predictions of shape {tuple(pred.shape)}",
        because="operands could not be broadcast together",
        hint="a label for each prediction, labels of shape (batch,) for predictions of shape (batch, 1)",
    )
