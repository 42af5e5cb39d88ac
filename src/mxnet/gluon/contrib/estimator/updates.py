"""Handlers that do the work between the batches: update weights, clip gradients, keep metrics, validate."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch

from ....base import message, numeric_types
from ....metric import EvalMetric
from ....metric import Loss as LossMetric
from ....ndarray import NDArray
from ...utils import clip_global_norm
from .events import BatchEnd, EpochBegin, EpochEnd, TrainBegin, in_order
from .utils import check_period, metric_list

if TYPE_CHECKING:
    from .estimator import Estimator

__all__ = ["GradientClippingHandler", "GradientUpdateHandler", "MetricHandler", "ValidationHandler"]


class GradientUpdateHandler(BatchEnd):
    """Updates the weights after each batch: ``trainer.step(batch_size)``, the size being the number of losses.

    `Estimator.fit` adds one unless a handler of this class is given. One that does not always step makes large
    batches of small ones (with ``grad_req='add'``).

    Parameters
    ----------
    priority : -2000 by default: the weights change before metrics and validation look at them.

    >>> from mxnet.gluon.contrib.estimator import GradientUpdateHandler
    >>> class EveryFourth(GradientUpdateHandler):
    ...     state_names = ("batches", "samples")
    ...     batches = samples = 0
    ...     def batch_end(self, estimator, *args, **kwargs):
    ...         self.batches += 1
    ...         self.samples += sum(len(loss) for loss in kwargs["loss"])
    ...         if self.batches % 4 == 0:
    ...             estimator.trainer.step(self.samples)
    ...             estimator.net.collect_params().zero_grad()
    ...             self.samples = 0
    """

    def __init__(self, priority: float = -2000) -> None:
        self.priority = priority

    def batch_end(self, estimator: Estimator, *args: Any, **kwargs: Any) -> None:
        """Update the weights by the gradients of the batch."""
        estimator.trainer.step(batch_size_of(kwargs["loss"]))


class GradientClippingHandler(BatchEnd):
    """Keeps gradients small, before the weights are updated by them.

    With ``max_norm``, all gradients together are scaled by ``min(1, max_norm / norm)``, where ``norm`` is the square
    root of the sum of all their squares, as by `gluon.utils.clip_global_norm`. With ``max_value``, each element is
    limited to ``[-max_value, max_value]``.

    Parameters
    ----------
    max_norm, max_value : the limit; one of the two.
    of_mean : whether the limit is meant for the gradients divided by the batch size, which is what the optimiser
        uses, rather than for the gradients as they are after ``backward``: sums over the batch.
    priority : -2500 by default: before `GradientUpdateHandler`.

    Gradients of several contexts are limited as the sum that they will become.

    Attributes
    ----------
    norm : the norm before the last scaling, as an array of shape (1,) (an accelerator is not waited for); None
        with ``max_value``.

    Raises
    ------
    ValueError : both limits or none, or a limit that is not positive.

    Source: Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks" (2013).

    >>> from mxnet.gluon.contrib.estimator import GradientClippingHandler
    >>> GradientClippingHandler(max_norm=1.0).priority
    -2500
    """

    def __init__(
        self,
        max_norm: float | None = None,
        max_value: float | None = None,
        of_mean: bool = False,
        priority: float = -2500,
    ) -> None:
        if (max_norm is None) == (max_value is None):
            raise ValueError(
                message(
                    "GradientClippingHandler: takes one limit",
                    received=f"max_norm={max_norm!r}, max_value={max_value!r}",
                    because="gradients are clipped by their norm or by value",
                    hint="GradientClippingHandler(max_norm=1.0)",
                )
            )
        limit = max_value if max_norm is None else max_norm
        if not isinstance(limit, numeric_types) or isinstance(limit, bool) or not limit > 0:
            raise ValueError(
                message(
                    "GradientClippingHandler: the limit is a positive number",
                    received=repr(limit),
                    hint="GradientClippingHandler(max_norm=1.0)",
                )
            )
        self.max_norm = max_norm
        self.max_value = max_value
        self.of_mean = of_mean
        self.priority = priority
        self.norm: NDArray | None = None

    def batch_end(self, estimator: Estimator, *args: Any, **kwargs: Any) -> None:
        """Limit the gradients of all parameters of the trainer."""
        gradients = [p.list_grad() for p in estimator.trainer._params if p.grad_req != "null"]
        if not gradients:
            return
        factor = batch_size_of(kwargs["loss"]) if self.of_mean else 1
        if len(gradients[0]) > 1:
            _gather_in_first(gradients)
        first = [each[0] for each in gradients]
        if self.max_norm is not None:
            self.norm = clip_global_norm(first, self.max_norm * factor, check_isfinite=False)
            return
        limit = float(self.max_value) * factor  # type: ignore[arg-type]
        with torch.no_grad():
            for gradient in first:
                gradient._writable("GradientClippingHandler").clamp_(-limit, limit)


def batch_size_of(loss: Any) -> int:
    """The number of losses, over all contexts."""
    return sum(len(each) for each in loss) if isinstance(loss, (list, tuple)) else len(loss)


def _gather_in_first(gradients: list[list[NDArray]]) -> None:
    """Make the first context's gradients the sums over all contexts, and the others' 0: the sums stay the same."""
    for first, *others in gradients:
        for other in others:
            first += other.as_in_context(first.context)
            other[:] = 0


class MetricHandler(EpochBegin, BatchEnd):
    """Updates metrics after each batch and starts them anew with each epoch.

    `Estimator.fit` adds one for its training metrics unless a handler of this class is given.

    Parameters
    ----------
    metrics : a metric or several. A `metric.Loss` is updated with the losses, any other with labels and predictions.
    priority : -1000 by default.
    """

    def __init__(self, metrics: Any, priority: float = -1000) -> None:
        self.metrics: list[EvalMetric] = metric_list(metrics)
        self.priority = priority

    def epoch_begin(self, estimator: Estimator, *args: Any, **kwargs: Any) -> None:
        """Start the metrics anew."""
        for metric in self.metrics:
            metric.reset()

    def batch_end(self, estimator: Estimator, *args: Any, **kwargs: Any) -> None:
        """Update the metrics."""
        pred, label, loss = kwargs["pred"], kwargs["label"], kwargs["loss"]
        for metric in self.metrics:
            if isinstance(metric, LossMetric):
                metric.update(0, loss)
            else:
                metric.update(label, pred)


class ValidationHandler(TrainBegin, BatchEnd, EpochEnd):
    """Evaluates from time to time during a training.

    `Estimator.fit` adds one, for each epoch, if it is given ``val_data`` and no handler of this class.

    Parameters
    ----------
    val_data : what ``eval_fn`` is called with: a `DataLoader`.
    eval_fn : ``estimator.evaluate``, or a function with its arguments ``val_data``, ``batch_axis`` and
        ``event_handlers``.
    epoch_period, batch_period : after how many epochs, and batches, it evaluates; None and 0 for never.
    priority : -1000 by default, so that other handlers see the new values.
    event_handlers : handlers of the events of the evaluation.

    Raises
    ------
    ValueError : ``eval_fn`` cannot be called, or a period is no whole number.
    """

    state_names = ("current_batch", "current_epoch")

    def __init__(
        self,
        val_data: Any,
        eval_fn: Callable[..., Any],
        epoch_period: int | None = 1,
        batch_period: int | None = None,
        priority: float = -1000,
        event_handlers: Any = None,
    ) -> None:
        if not callable(eval_fn):
            raise ValueError(
                message(
                    "ValidationHandler: eval_fn is a function",
                    received=f"{type(eval_fn).__name__} {eval_fn!r:.60}",
                    hint="ValidationHandler(val_data, estimator.evaluate)",
                )
            )
        check_period("ValidationHandler", "epoch_period", epoch_period)
        check_period("ValidationHandler", "batch_period", batch_period)
        self.val_data = val_data
        self.eval_fn = eval_fn
        self.epoch_period = epoch_period
        self.batch_period = batch_period
        self.current_batch = 0
        self.current_epoch = 0
        self.priority = priority
        self.event_handlers = in_order(event_handlers) if event_handlers is not None else None

    def train_begin(self, estimator: Estimator, *args: Any, **kwargs: Any) -> None:
        """Start counting."""
        self.current_batch = self.current_epoch = 0

    def batch_end(self, estimator: Estimator, *args: Any, **kwargs: Any) -> None:
        """Evaluate if it is time."""
        self.current_batch += 1
        if self.batch_period and self.current_batch % self.batch_period == 0:
            self._evaluate(estimator)

    def epoch_end(self, estimator: Estimator, *args: Any, **kwargs: Any) -> None:
        """Evaluate if it is time."""
        self.current_epoch += 1
        if self.epoch_period and self.current_epoch % self.epoch_period == 0:
            self._evaluate(estimator)

    def _evaluate(self, estimator: Estimator) -> None:
        self.eval_fn(
            val_data=self.val_data, batch_axis=estimator.batch_axis, event_handlers=self.event_handlers
        )
