"""Checks of what an estimator and its handlers are given, and the metrics that go with a loss."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ....base import integer_types, message
from ....metric import Accuracy, CompositeEvalMetric, EvalMetric, Loss
from ...loss import SoftmaxCrossEntropyLoss

__all__ = [
    "better",
    "check_handler_metrics",
    "check_period",
    "default_metrics",
    "metric_list",
    "renamed_copies",
]

TRAINING, VALIDATION = "training ", "validation "
_SMALLER_IS_BETTER = (
    "Loss",
    "MSE",
    "MAE",
    "RMSE",
    "CrossEntropy",
    "NegativeLogLikelihood",
    "Perplexity",
    "Torch",
    "Caffe",
)
_LARGER_IS_BETTER = ("Accuracy", "TopKAccuracy", "F1", "MCC", "PCC", "PearsonCorrelation")


def metric_list(metrics: Any) -> list[EvalMetric]:
    """A metric, a composite metric, or several in a list or tuple, as a list of simple ones.

    Raises ``ValueError`` for anything else.
    """
    if metrics is None:
        return []
    if isinstance(metrics, CompositeEvalMetric):
        return [each for inner in metrics.metrics for each in metric_list(inner)]
    if isinstance(metrics, EvalMetric):
        return [metrics]
    if isinstance(metrics, (list, tuple)) and all(isinstance(each, EvalMetric) for each in metrics):
        return [each for metric in metrics for each in metric_list(metric)]
    raise ValueError(
        message(
            f"metrics must be a Metric or a list of Metric, refer to mxnet.metric.EvalMetric: {metrics!r:.200}",
            received=type(metrics).__name__,
            hint=f"mx.metric.create({metrics!r})" if isinstance(metrics, str) else "mx.metric.Accuracy()",
        )
    )


def default_metrics(loss: Any) -> list[EvalMetric]:
    """The metrics of a training that names none: the mean loss, and the accuracy where classes are told apart."""
    by_loss = Loss(type(loss).__name__.lower())
    return [Accuracy(), by_loss] if isinstance(loss, SoftmaxCrossEntropyLoss) else [by_loss]


def renamed_copies(metrics: Sequence[EvalMetric], before: str, after: str) -> list[EvalMetric]:
    """Copies of their own, named for another kind of data."""
    copies = copy.deepcopy(list(metrics))
    for each in copies:
        each.name = each.name.replace(before, after)
    return copies


def check_handler_metrics(handlers: Sequence[Any], known: Sequence[EvalMetric], where: str) -> None:
    """See that the metrics that handlers refer to (by attributes with ``metric`` in their names) are these.

    Raises ``ValueError`` for another one: nobody would ever update it.
    """
    ours = {id(metric) for metric in known}
    for handler in handlers:
        for name, value in vars(handler).items():
            if "metric" not in name:
                continue
            for each in value if isinstance(value, (list, tuple)) else [value]:
                if isinstance(each, EvalMetric) and id(each) not in ours:
                    raise ValueError(
                        message(
                            f"Event handler {type(handler).__name__} refers to a metric instance {each} outside of "
                            "the known training and validation metrics. Please use the metrics from "
                            "estimator.train_metrics and estimator.val_metrics instead.",
                            received=f"{name}={type(each).__name__}('{each.name}') in {where}",
                            because="the estimator updates its own metrics only: "
                            + ", ".join(f"'{metric.name}'" for metric in known),
                            hint=f"{type(handler).__name__}({name}=estimator."
                            f"{'val' if where.endswith('evaluate') else 'train'}_metrics)",
                        )
                    )


def check_period(owner: str, name: str, value: Any) -> None:
    """See that a period is None, 0 (never) or a positive whole number; raises ``ValueError``."""
    if value is None or (isinstance(value, integer_types) and not isinstance(value, bool) and value >= 0):
        return
    raise ValueError(
        message(
            f"{owner}: {name} is a whole number",
            received=f"{name}={value!r}",
            because="something is done each time so many have passed; None and 0 mean never",
            hint=f"{name}=1",
        )
    )


def better(owner: str, monitor: EvalMetric, mode: str) -> Callable[[Any, Any], Any]:
    """The comparison that says whether a metric has improved: ``np.greater`` or ``np.less``.

    ``mode`` is ``'max'``, ``'min'`` or ``'auto'``, which goes by the class of the metric. Of a metric of your own it
    takes larger values for better ones, and warns.
    """
    if mode not in ("auto", "min", "max"):
        warnings.warn(
            f"{owner} mode {mode} is unknown, fallback to auto mode ('min' and 'max' are the others).",
            RuntimeWarning,
            stacklevel=3,
        )
        mode = "auto"
    if mode == "auto":
        classes = [cls.__name__ for cls in type(monitor).__mro__ if cls.__module__.startswith("mxnet.metric")]
        if any(name in classes for name in _SMALLER_IS_BETTER):
            mode = "min"
        elif not any(name in classes for name in _LARGER_IS_BETTER):
            warnings.warn(
                f"`greater` operator will be used to determine if {monitor.name} has improved. Please specify "
                "`mode='min'` to use the `less` operator. Specify `mode='max' to disable this warning.`",
                stacklevel=3,
            )
    return np.less if mode == "min" else np.greater


def check_monitor(owner: str, monitor: Any) -> None:
    """See that what a handler watches is one simple metric; raises ``ValueError``."""
    if isinstance(monitor, CompositeEvalMetric):
        raise ValueError(
            message(
                f"CompositeEvalMetric is not supported for {owner}, please specify a simple metric instead.",
                received=f"a composite of {len(monitor.metrics)} metrics",
                because="only a single value gets better or worse",
                hint="monitor=composite.get_metric(0)",
            )
        )
    if not isinstance(monitor, EvalMetric):
        raise ValueError(
            message(
                "Please provide one of the metric objects from estimator.train_metrics and estimator.val_metrics "
                "as monitor.",
                received=f"{owner}(monitor={monitor!r:.80})",
                hint="monitor=estimator.val_metrics[0]",
            )
        )


def monitored(owner: str, monitor: EvalMetric, warn: bool = True) -> float | None:
    """The value of a metric, or None and a warning if it has none yet (or is not a number)."""
    name, value = monitor.get()
    if value is None or np.isnan(value):
        if not warn:
            return None
        warnings.warn(
            f"{owner}: {name} is not updated, make sure you pass one of the metric objects from "
            "estimator.train_metrics and estimator.val_metrics as monitor (and give fit val_data for the latter).",
            RuntimeWarning,
            stacklevel=4,
        )
        return None
    return float(value)
