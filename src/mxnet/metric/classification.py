"""Metrics of predicted classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from ..base import message
from .arrays import check_label_shapes, pairs
from .base import EvalMetric
from .registry import alias, register

__all__ = ["Accuracy", "TopKAccuracy"]


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
        for truth, guess in pairs(labels, preds):
            if guess.shape != truth.shape:
                guess = classes_of(guess, self.axis)
            truth = truth.to(torch.int64).reshape(-1)
            guess = guess.to(torch.int64).reshape(-1)
            check_label_shapes(truth, guess)
            self._add((truth == guess).sum(), guess.numel())


@alias("top_k_accuracy", "top_k_acc")
@register
class TopKAccuracy(EvalMetric):
    """The fraction of labels that are among the ``top_k`` largest predictions.

    Of equal predictions those with the larger class numbers come first.

    Parameters
    ----------
    top_k : how many predictions of a row may hold the label; 2 at least.
    name, output_names, label_names : see `EvalMetric`; the name gets ``_{top_k}`` behind it.

    Shapes: labels ``(batch,)``, preds ``(batch, classes)``.

    Raises
    ------
    AssertionError : ``top_k`` of 1, or preds with more than 2 axes.

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
        for truth, scores in pairs(labels, preds):
            if scores.dim() > 2:
                raise AssertionError(
                    message("Predictions should be no more than 2 dims", received=str(tuple(scores.shape)))
                )
            truth = truth.to(torch.int64).reshape(-1)
            check_label_shapes(truth, scores)
            if scores.dim() == 1:  # 1.9.1 compares the order of the scores with the labels
                hits = scores.argsort() == truth
            else:
                hits = _rank(scores, truth) < self.top_k
            self._add(hits.sum(), scores.shape[0])


def _rank(scores: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """How many classes are predicted before the label of each row; all of them for a label that is no class."""
    classes = scores.shape[1]
    place = truth.clamp(0, max(classes - 1, 0)).unsqueeze(1)
    chosen = scores.gather(1, place)
    before = ~(scores <= chosen)  # nan, too
    later = torch.arange(classes, device=scores.device) > place
    rank = (before | ((scores == chosen) & later)).sum(1)
    return rank.masked_fill((truth < 0) | (truth >= classes), classes + 1)


def classes_of(scores: torch.Tensor, axis: int) -> torch.Tensor:
    """The class with the largest score. Raises ``ValueError`` for scores that lack the axis."""
    if not -scores.dim() <= axis < scores.dim():
        raise ValueError(
            message(
                f"predictions have no axis {axis} of classes",
                received=f"predictions of shape {tuple(scores.shape)}",
                because="predictions are a score for each class, or class numbers in the shape of the labels",
            )
        )
    return scores.argmax(axis)
