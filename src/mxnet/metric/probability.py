"""Metrics of predicted probabilities."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch

from ..base import message
from .arrays import pairs
from .base import EvalMetric
from .registry import alias, register

__all__ = ["CrossEntropy", "NegativeLogLikelihood", "Perplexity"]


@alias("ce")
@register
class CrossEntropy(EvalMetric):
    """The mean of ``-log(pred[label] + eps)`` over predicted probabilities.

    Parameters
    ----------
    eps : keeps the logarithm finite.
    name, output_names, label_names : see `EvalMetric`.

    Shapes: labels ``(batch,)``, preds ``(batch, classes)``.

    Raises
    ------
    AssertionError : another number of labels than rows of predictions.
    IndexError : a label that is no class (negative ones count from the last class).

    >>> from mxnet import metric, nd
    >>> entropy = metric.CrossEntropy()
    >>> entropy.update(nd.array([0, 1]), nd.array([[0.5, 0.5], [0.75, 0.25]]))
    >>> f"{entropy.get()[1]:.4f}"
    '1.0397'
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
        for label, probabilities in pairs(labels, preds):
            if probabilities.dim() != 2 or label.numel() != probabilities.shape[0]:
                raise AssertionError(_misfit(label, probabilities, "(batch,) and (batch, classes)"))
            classes = probabilities.shape[1]
            index = label.to(torch.int64).reshape(-1)
            self._refuse_if(
                ((index < -classes) | (index >= classes)).any(),
                IndexError,
                f"metric '{self.name}': index of a label is out of bounds",
                f"the predictions have {classes} classes, numbered from 0",
            )
            chosen = probabilities.gather(1, index.remainder(max(classes, 1)).unsqueeze(1))
            self._add(-torch.log(chosen + self.eps).sum(), index.numel())


@alias("nll_loss")
@register
class NegativeLogLikelihood(CrossEntropy):
    """The mean of ``-log(pred[label] + eps)`` over predicted probabilities: `CrossEntropy` by its other name."""

    def __init__(
        self,
        eps: float = 1e-12,
        name: str = "nll-loss",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(eps, name, output_names, label_names)


@register
class Perplexity(EvalMetric):
    """``exp`` of the mean of ``-log(pred[label])``: between how many classes the predictions hesitate.

    Probabilities count as 1e-10 at least, and labels beyond the classes as the nearest class.

    Parameters
    ----------
    ignore_label : a label that does not count, such as that of padding; None for none.
    axis : the axis of the classes.
    name, output_names, label_names : see `EvalMetric`.

    Shapes: preds ``(batch, classes)`` or with more axes; as many labels as preds have rows of classes.

    Raises
    ------
    AssertionError : another number of labels.

    >>> from mxnet import metric, nd
    >>> perplexity = metric.Perplexity(ignore_label=None)
    >>> perplexity.update(nd.array([0, 3]), nd.ones((2, 4)) / 4)
    >>> f"{perplexity.get()[1]:.2f}"
    '4.00'
    """

    def __init__(
        self,
        ignore_label: int | None,
        axis: int = -1,
        name: str = "perplexity",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        super().__init__(
            name, output_names, label_names, ignore_label=ignore_label, axis=axis, has_global_stats=True
        )
        self.ignore_label = ignore_label
        self.axis = axis

    def update(self, labels: Any, preds: Any) -> None:
        """Take in labels and probabilities, each an array or a list of arrays."""
        if len(labels) != len(preds):
            raise AssertionError(
                message(
                    f"Shape of labels {len(labels)} does not match shape of predictions {len(preds)}",
                    hint="as many labels as predictions, both as lists or both as arrays",
                )
            )
        for label, probabilities in pairs(labels, preds):
            shape = list(probabilities.shape)
            if not -len(shape) <= self.axis < len(shape):
                raise AssertionError(_misfit(label, probabilities, f"classes on axis {self.axis}"))
            classes = shape.pop(self.axis)
            if label.numel() != math.prod(shape):
                raise AssertionError(_misfit(label, probabilities, f"a label for each {classes} predictions"))
            label = label.reshape(shape)
            index = label.to(torch.int64).clamp(0, max(classes - 1, 0)).unsqueeze(self.axis)
            surprise = -torch.log(probabilities.gather(self.axis, index).clamp(min=1e-10)).squeeze(self.axis)
            if self.ignore_label is None:
                self._add(surprise.sum(), label.numel())
            else:
                counts = label != self.ignore_label
                self._add(torch.where(counts, surprise, 0).sum(), counts.sum())

    def _value(self, total: Any, count: int) -> Any:
        return math.exp(total / count) if count else float("nan")


def _misfit(label: torch.Tensor, preds: torch.Tensor, because: str) -> str:
    return message(
        f"shape mismatch: {tuple(label.shape)} vs. {tuple(preds.shape)}",
        received=f"labels {tuple(label.shape)}, predictions {tuple(preds.shape)}",
        because=because,
    )
