"""Metrics of two classes, from how often each is predicted rightly and wrongly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from ..base import message
from .arrays import check_label_shapes, pairs
from .base import EvalMetric, floating
from .classification import classes_of
from .registry import register

__all__ = ["F1", "MCC"]


class _BinaryMetric(EvalMetric):
    """Base of scores of four numbers: true and false positives, false and true negatives."""

    _counts: torch.Tensor
    _global_counts: torch.Tensor

    def __init__(
        self,
        name: str,
        output_names: Sequence[str] | None,
        label_names: Sequence[str] | None,
        average: str,
    ) -> None:
        self.average = averaged(average)
        super().__init__(name, output_names, label_names, average=average, has_global_stats=True)

    def update(self, labels: Any, preds: Any) -> None:
        """Take in labels (0 and 1) and scores of two classes, each an array or a list of arrays."""
        counted: torch.Tensor | None = None
        number = 0
        for truth, scores in pairs(labels, preds):
            truth = truth.to(torch.int64).reshape(-1)
            guess = classes_of(scores, 1).reshape(-1)
            check_label_shapes(truth, guess)
            if truth.numel():
                self._refuse_if(
                    ((truth != truth.min()) & (truth != truth.max())).any(),
                    ValueError,
                    f"{type(self).__name__} currently only supports binary classification.",
                    "the labels of a batch hold more than two classes",
                    "metric.PCC(), for many classes",
                )
            right, positive = truth == 1, guess == 1
            hits = (right & positive).sum()
            wrong, missed = positive.sum() - hits, right.sum() - hits
            counts = torch.stack([hits, wrong, missed, truth.numel() - hits - wrong - missed])
            counted = counts if counted is None else counted + counts.to(counted.device)
            number += truth.numel()
        if counted is None:
            counted = torch.zeros(4, dtype=torch.int64)
        if self.average == "macro":
            self._add(self._score(counted.to(floating(counted.device))), 1)
        else:
            self._wait("counts", counted)
            self._num_inst += number
            self._global_num_inst += number

    def _take(self, what: str, value: Any) -> None:
        if what != "counts":
            super()._take(what, value)
            return
        counts = torch.tensor(value, dtype=torch.float64)
        self._counts, self._global_counts = self._counts + counts, self._global_counts + counts
        self._sum_metric = self._total(self._counts)
        self._global_sum_metric = self._total(self._global_counts)

    def _total(self, counts: torch.Tensor) -> float:
        return float(self._score(counts) * counts.sum())

    def reset(self) -> None:
        """Start again."""
        super().reset()
        self._counts = self._global_counts = torch.zeros(4, dtype=torch.float64)

    def reset_local(self) -> None:
        """Start again, but for the global value."""
        super().reset_local()
        self._counts = torch.zeros(4, dtype=torch.float64)

    def _score(self, counts: torch.Tensor) -> torch.Tensor:
        """The score of true positives, false positives, false negatives and true negatives."""
        raise NotImplementedError


@register
class F1(_BinaryMetric):
    """``2 * precision * recall / (precision + recall)`` of class 1, which is ``2 TP / (2 TP + FP + FN)``; 0 without TP.

    Parameters
    ----------
    average : ``'macro'`` for the mean of the batches' scores, ``'micro'`` for the score of all batches together.
    name, output_names, label_names : see `EvalMetric`.

    Shapes: labels ``(batch,)`` of 0 and 1; preds ``(batch, 2)``, a score for each class.

    Raises
    ------
    ValueError : labels of more than two classes, or another ``average``.

    Differs from 1.9.1: labels of shape ``(batch, 1)`` count once each (there: once with every prediction of the
    batch), an unknown ``average`` is refused (there: taken for micro), and `get_config` holds ``average``.

    >>> from mxnet import metric, nd
    >>> f1 = metric.F1()
    >>> f1.update(nd.array([0, 1, 1]), nd.array([[0.3, 0.7], [0.1, 0.9], [0.6, 0.4]]))
    >>> f1.get()
    ('f1', 0.5)
    """

    def __init__(
        self,
        name: str = "f1",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
        average: str = "macro",
    ) -> None:
        super().__init__(name, output_names, label_names, average)

    def _score(self, counts: torch.Tensor) -> torch.Tensor:
        hits, wrong, missed, _ = counts.unbind()
        return 2 * hits / (2 * hits + wrong + missed).clamp(min=1)


@register
class MCC(_BinaryMetric):
    """Matthews' correlation of labels and predictions: 1 if all are right, 0 as if by chance, -1 if all are wrong.

    ``(TP TN - FP FN) / sqrt((TP + FP) (TP + FN) (TN + FP) (TN + FN))``, without factors that are 0.

    Parameters, shapes, errors and differences as in `F1`.

    Source: Matthews, Comparison of the Predicted and Observed Secondary Structure of T4 Phage Lysozyme (1975).

    >>> from mxnet import metric, nd
    >>> mcc = metric.MCC()
    >>> mcc.update(nd.array([0, 1, 1, 0]), nd.array([[0.9, 0.1], [0.1, 0.9], [0.6, 0.4], [0.7, 0.3]]))
    >>> f"{mcc.get()[1]:.4f}"
    '0.5774'
    """

    def __init__(
        self,
        name: str = "mcc",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
        average: str = "macro",
    ) -> None:
        super().__init__(name, output_names, label_names, average)

    def _score(self, counts: torch.Tensor) -> torch.Tensor:
        hits, wrong, missed, rest = counts.unbind()
        factors = torch.stack([hits + wrong, hits + missed, rest + wrong, rest + missed]).clamp(min=1)
        return (hits * rest - wrong * missed) / factors.sqrt().prod()


def averaged(average: str) -> str:
    """``average``, if it is a known way to put batches together. Raises ``ValueError`` for another one."""
    if average not in ("macro", "micro"):
        raise ValueError(
            message(
                "unknown average",
                received=f"average={average!r}",
                because="it is 'macro', the mean of the batches' scores, or 'micro', the score of all together",
                hint="average='macro'",
            )
        )
    return average
