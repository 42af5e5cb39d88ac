"""Metrics that say how far labels and predictions go together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy
import torch

from .arrays import check_label_shapes, pairs
from .base import EvalMetric, floating
from .binary import averaged
from .classification import classes_of
from .registry import alias, register

__all__ = ["PCC", "PearsonCorrelation"]


@alias("pearsonr")
@register
class PearsonCorrelation(EvalMetric):
    """Pearson's correlation: ``cov(label, pred) / (std(label) * std(pred))``, between -1 and 1.

    Parameters
    ----------
    average : ``'macro'`` for the mean of the batches' correlations, ``'micro'`` for that of all batches together.
    name, output_names, label_names : see `EvalMetric`.

    Shapes: labels and preds of one shape.

    Raises
    ------
    ValueError : the shapes differ, or another ``average``.

    Differs from 1.9.1: `get_global` of ``'micro'`` is the correlation, too (there: 0), an unknown ``average`` is
    refused at once (there: at the first update), and `get_config` holds ``average``. As there, `reset_local` does not
    forget what ``'micro'`` has gathered.

    >>> from mxnet import metric, nd
    >>> pearson = metric.PearsonCorrelation()
    >>> pearson.update(nd.array([1, 2, 3]), nd.array([1, 3, 2]))
    >>> pearson.get()[1]
    0.5
    """

    # What micro has gathered: numbers at first, then numbers on the device of the batches.
    _MOMENTS = ("_mean_l", "_sse_l", "_mean_p", "_sse_p", "_conv")
    _label_nums: int
    _pred_nums: int
    _mean_l: Any
    _sse_l: Any
    _mean_p: Any
    _sse_p: Any
    _conv: Any

    def __init__(
        self,
        name: str = "pearsonr",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
        average: str = "macro",
    ) -> None:
        self.average = averaged(average)
        super().__init__(name, output_names, label_names, average=average, has_global_stats=True)

    def update(self, labels: Any, preds: Any) -> None:
        """Take in labels and predictions, each an array or a list of arrays."""
        for label, pred in pairs(labels, preds):
            check_label_shapes(label, pred, False, True)
            kind = floating(pred.device)
            label, pred = label.reshape(-1).to(kind), pred.reshape(-1).to(kind)
            if self.average == "micro":
                self._gather(label, pred)
                self._num_inst += 1
                self._global_num_inst += 1
            else:
                label, pred = label - label.mean(), pred - pred.mean()
                scale = label.square().sum() * pred.square().sum()
                self._add(((label * pred).sum() / scale.sqrt()).clamp(-1, 1), 1)

    def _gather(self, label: torch.Tensor, pred: torch.Tensor) -> None:
        for name in self._MOMENTS:
            value = getattr(self, name)
            if isinstance(value, torch.Tensor) and value.device != pred.device:
                setattr(self, name, value.to(pred.device))
        self._label_nums, self._mean_l, self._sse_l = self.update_variance(
            label, self._label_nums, self._mean_l, self._sse_l
        )
        self.update_cov(
            label, pred
        )  # between the two: around the new mean of one and the old mean of the other
        self._pred_nums, self._mean_p, self._sse_p = self.update_variance(
            pred, self._pred_nums, self._mean_p, self._sse_p
        )

    def update_variance(self, new_values: Any, *aggregate: Any) -> tuple[Any, Any, Any]:
        """Count, mean and sum of squares about the mean, given those without ``new_values``.

        Source: Welford, Note on a Method for Calculating Corrected Sums of Squares and Products (1962).

        >>> import numpy
        >>> from mxnet import metric
        >>> count, mean, squares = metric.PearsonCorrelation().update_variance(numpy.array([1.0, 2.0, 3.0]), 0, 0, 0)
        >>> print(count, mean, squares)
        3 2.0 2.0
        """
        count, mean, squares = aggregate
        count += len(new_values)
        ahead = new_values - mean
        mean = mean + ahead.sum() / max(count, 1)
        return count, mean, squares + (ahead * (new_values - mean)).sum()

    def update_cov(self, label: Any, pred: Any) -> None:
        """Add to the sum of products about the means."""
        self._conv = self._conv + ((label - self._mean_l) * (pred - self._mean_p)).sum()

    def reset_micro(self) -> None:
        """Forget what ``'micro'`` has gathered."""
        self._label_nums = self._pred_nums = 0
        for name in self._MOMENTS:
            setattr(self, name, 0)

    def reset(self) -> None:
        """Start again."""
        super().reset()
        self.reset_micro()

    def get(self) -> tuple[str, float]:
        """Name and value; nan before the first batch."""
        return (self.name, self._gathered()) if self.average == "micro" and self.num_inst else super().get()

    def get_global(self) -> tuple[str, float]:
        """Name and value since the last `reset`."""
        if self.average == "micro" and self.global_num_inst:
            return self.name, self._gathered()
        return super().get_global()

    def _gathered(self) -> float:
        scale = float(self._sse_l * self._sse_p) ** 0.5
        return float(self._conv) / scale if scale else float("nan")


@register
class PCC(EvalMetric):
    """Matthews' correlation of many classes: that of labels and predictions as vectors of zeros and a one.

    With ``C[i, j]`` how often class i was predicted for label j, p and t its sums over j and over i, n its sum:
    ``(n * trace(C) - sum(p * t)) / sqrt((n**2 - sum(p**2)) * (n**2 - sum(t**2)))``. It is `MCC` for two classes; nan
    as long as there is one class only.

    Parameters
    ----------
    has_global_stats : keep a global value beside the one that `reset_local` resets.
    name, output_names, label_names : see `EvalMetric`.

    Shapes: labels ``(batch,)`` and preds ``(batch, classes)``, or both of one shape: class numbers.

    Raises
    ------
    ValueError : another number of labels than predictions, or a negative class.

    On an accelerator, class numbers are looked at in each update, to find out how many classes there are; scores are
    not, and a label beyond them is an error there.

    Source: Gorodkin, Comparing two K-category assignments by a K-category correlation coefficient (2004).

    >>> from mxnet import metric, nd
    >>> pcc = metric.PCC()
    >>> pcc.update(nd.array([0, 1, 2]), nd.array([0, 1, 2]))
    >>> pcc.get()
    ('pcc', 1.0)
    """

    lcm: numpy.ndarray  # how often each class was predicted (row) for each label (column)
    gcm: numpy.ndarray

    def __init__(
        self,
        name: str = "pcc",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
        has_global_stats: bool = True,
    ) -> None:
        self.k = 2
        super().__init__(name, output_names, label_names, has_global_stats=has_global_stats)

    def update(self, labels: Any, preds: Any) -> None:
        """Take in labels and predictions, each an array or a list of arrays."""
        for truth, guess in pairs(labels, preds):
            classes = None
            if guess.shape != truth.shape:
                classes = guess.shape[1] if guess.dim() > 1 else None
                guess = classes_of(guess, 1)
            truth, guess = truth.to(torch.int64).reshape(-1), guess.to(torch.int64).reshape(-1)
            check_label_shapes(truth, guess)
            if truth.numel():
                self._count(truth, guess, classes)
        self._num_inst += 1
        self._global_num_inst += 1

    def _count(self, truth: torch.Tensor, guess: torch.Tensor, classes: int | None) -> None:
        """Add to how often each class was predicted for each label."""
        if classes is None or truth.device.type == "cpu":
            classes = max(int(torch.maximum(truth.max(), guess.max())) + 1, classes or 2, self.k)
            if classes > self.k:
                self._settle()  # a wider table: the narrow one need not wait any longer
                self.k = classes
        outside = (truth < 0) | (truth >= classes) | (guess < 0)
        self._refuse_if(
            outside.any(),
            ValueError,
            f"metric '{self.name}': a label is no class",
            f"classes are numbered from 0, and here there are {classes}",
        )
        table = self._place("table", (classes, classes), torch.int64, truth.device)
        places = (guess * classes + truth).clamp(0, classes * classes - 1)
        table.view(-1).index_add_(0, places, torch.ones_like(places))

    def _take(self, what: str, value: Any) -> None:
        table = numpy.array(value, dtype="float64")
        self.k = max(self.k, len(table))
        self.lcm, self.gcm = _sum(self.lcm, table), _sum(self.gcm, table)

    @property  # type: ignore[misc]
    def sum_metric(self) -> float:
        """The value times the number of updates since the last reset."""
        self._settle()
        return _correlation(self.lcm) * self._num_inst

    @property  # type: ignore[misc]
    def global_sum_metric(self) -> float:
        """The value times the number of updates since the last `reset`."""
        self._settle()
        return _correlation(self.gcm) * self._global_num_inst

    def reset(self) -> None:
        """Start again."""
        self._waiting, self._doubts = {}, {}
        self._num_inst = self._global_num_inst = 0
        self.lcm = self.gcm = numpy.zeros((self.k, self.k))

    def reset_local(self) -> None:
        """Start again, but for the global value."""
        self._settle()
        self._num_inst = 0
        self.lcm = numpy.zeros((self.k, self.k))


def _sum(one: numpy.ndarray, other: numpy.ndarray) -> numpy.ndarray:
    """The sum of two tables of counts, of which one may have more classes."""
    size = max(len(one), len(other))
    total = numpy.zeros((size, size))
    for table in (one, other):
        total[: len(table), : len(table)] += table
    return total


def _correlation(table: numpy.ndarray) -> float:
    number, guessed, true = table.sum(), table.sum(axis=1), table.sum(axis=0)
    scale = (number**2 - (guessed**2).sum()) * (number**2 - (true**2).sum())
    if scale == 0:
        return float("nan")
    return float((number * numpy.trace(table) - (guessed * true).sum()) / numpy.sqrt(scale))
