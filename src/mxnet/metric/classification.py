"""Metrics of predicted classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from ..base import message
from .base import EvalMetric, alias, check_label_shapes, register, tensor_of

__all__ = ["Accuracy", "CrossEntropy", "TopKAccuracy"]


@alias("acc")
@register
class Accuracy(EvalMetric):
    """The fraction of predictions that equal their labels.

    Parameters
    ----------
    axis : the axis of the classes, along which the largest prediction counts.
    name, output_names, label_names : see `EvalMetric`.

    Shapes: labels ``(batch,)`` and preds ``(batch, classes)``, or both of one shape: class numbers.

    >>> from mxnet import metric, nd
    >>> accuracy = metric.Accuracy()
    >>> accuracy.update(nd.array([0, 1]), nd.array([[0.9, 0.1], [0.6, 0.4]]))
    >>> name, value = accuracy.get()
    >>> f"{name} {value:.2f}"
    'accuracy 0.50'
    """

    def __init__(
        self,
        axis: int = 1,
        name: str = "accuracy",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(name, output_names, label_names, axis=axis, has_global_stats=True)
        self.axis = axis

    def update(self, labels: Any, preds: Any) -> None:
        """Take in labels and predictions, each an array or a list of arrays."""
        labels, preds = check_label_shapes(labels, preds, True)
        for label, pred in zip(labels, preds, strict=True):
            truth, guess = tensor_of(label), tensor_of(pred)
            if guess.shape != truth.shape:
                guess = guess.argmax(self.axis)
            truth = truth.to(device=guess.device, dtype=torch.int64).reshape(-1)
            guess = guess.to(torch.int64).reshape(-1)
            check_label_shapes(truth, guess)
            self._add((truth == guess).sum(), guess.numel())


@alias("top_k_accuracy", "top_k_acc")
@register
class TopKAccuracy(EvalMetric):
    """The fraction of labels that are among the ``top_k`` largest predictions.

    Shapes: labels ``(batch,)``, preds ``(batch, classes)``.

    >>> from mxnet import metric, nd
    >>> top = metric.TopKAccuracy(top_k=2)
    >>> top.update(nd.array([1]), nd.array([[0.2, 0.3, 0.5]]))
    >>> top.get()[1]
    1.0
    """

    def __init__(
        self,
        top_k: int = 1,
        name: str = "top_k_accuracy",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(name, output_names, label_names, top_k=top_k, has_global_stats=True)
        if top_k <= 1:
            raise AssertionError(
                message("Please use Accuracy if top_k is no more than 1", received=f"top_k={top_k}")
            )
        self.top_k = top_k
        self.name += f"_{top_k}"

    def update(self, labels: Any, preds: Any) -> None:
        """Take in labels and predictions, each an array or a list of arrays."""
        labels, preds = check_label_shapes(labels, preds, True)
        for label, pred in zip(labels, preds, strict=True):
            scores = tensor_of(pred)
            truth = tensor_of(label).to(device=scores.device, dtype=torch.int64).reshape(-1)
            if scores.dim() > 2:
                raise AssertionError(
                    message("Predictions should be no more than 2 dims", received=str(tuple(scores.shape)))
                )
            check_label_shapes(truth, scores)
            if scores.dim() == 1:  # 1.9.1 compares the order of the scores with the labels
                hits = scores.argsort() == truth
            else:
                best = scores.topk(min(self.top_k, scores.shape[1]), dim=1).indices
                hits = best == truth.unsqueeze(1)
            self._add(hits.sum(), scores.shape[0])


@alias("ce")
@register
class CrossEntropy(EvalMetric):
    """The mean of ``-log(pred[label] + eps)`` over predicted probabilities.

    Shapes: labels ``(batch,)``, preds ``(batch, classes)``.
    """

    def __init__(
        self,
        eps: float = 1e-12,
        name: str = "cross-entropy",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(name, output_names, label_names, eps=eps, has_global_stats=True)
        self.eps = eps

    def update(self, labels: Any, preds: Any) -> None:
        """Take in labels and probabilities, each an array or a list of arrays."""
        labels, preds = check_label_shapes(labels, preds, True)
        for label, pred in zip(labels, preds, strict=True):
            probabilities = tensor_of(pred)
            index = tensor_of(label).to(device=probabilities.device, dtype=torch.int64).reshape(-1)
            if index.numel() != probabilities.shape[0]:
                check_label_shapes(index, probabilities)
            chosen = probabilities.gather(1, index.unsqueeze(1))
            self._add((-torch.log(chosen + self.eps)).sum(), index.numel())
