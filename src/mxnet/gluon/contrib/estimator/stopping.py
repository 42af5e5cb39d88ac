"""Handlers that end a training: after so many epochs or batches, or when it no longer gets better."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ....base import message, numeric_types
from ....metric import EvalMetric
from .events import BatchEnd, EpochEnd, TrainBegin, TrainEnd
from .utils import better, check_monitor, monitored

if TYPE_CHECKING:
    from .estimator import Estimator

__all__ = ["EarlyStoppingHandler", "StoppingHandler"]


class StoppingHandler(TrainBegin, BatchEnd, EpochEnd):
    """Ends a training after so many epochs or batches. `Estimator.fit` adds one by itself.

    Parameters
    ----------
    max_epoch, max_batch : the number of epochs, or of batches; the arguments of ``fit`` take their place.

    Differs from 1.9.1: an object can be used for a second ``fit``.

    >>> from mxnet.gluon.contrib.estimator import StoppingHandler
    >>> handler = StoppingHandler(max_batch=1)
    >>> handler.batch_end(None), handler.epoch_end(None)
    (True, True)
    """

    state_names = ("current_batch", "current_epoch")

    def __init__(self, max_epoch: int | None = None, max_batch: int | None = None) -> None:
        self.max_epoch = max_epoch
        self.max_batch = max_batch
        self.current_batch = 0
        self.current_epoch = 0
        self.stop_training = False

    def train_begin(self, estimator: Estimator, *args: Any, **kwargs: Any) -> None:
        """Take over the numbers of ``fit`` and start counting."""
        self.max_epoch = estimator.max_epoch
        self.max_batch = estimator.max_batch
        self.current_batch = self.current_epoch = 0
        self.stop_training = False

    def batch_end(self, estimator: Estimator, *args: Any, **kwargs: Any) -> bool:
        """Count the batch; True if it was the last one."""
        self.current_batch += 1
        self.stop_training |= self._is_done()
        return self.stop_training

    def epoch_end(self, estimator: Estimator, *args: Any, **kwargs: Any) -> bool:
        """Count the epoch; True if it was the last one."""
        self.current_epoch += 1
        self.stop_training |= self._is_done()
        return self.stop_training

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue counting, towards the numbers of this ``fit``."""
        super().load_state_dict(state)
        self.stop_training = self._is_done()

    def _is_done(self) -> bool:
        return bool(
            (self.max_epoch and self.current_epoch >= self.max_epoch)
            or (self.max_batch and self.current_batch >= self.max_batch)
        )


class EarlyStoppingHandler(TrainBegin, EpochEnd, TrainEnd):
    """Ends a training when a metric has not improved for a while.

    An epoch improves on the best so far if ``value - min_delta > best`` (``value + min_delta < best`` where smaller
    is better). After ``max(patience, 1)`` epochs in a row that do not, it is over.

    Parameters
    ----------
    monitor : one of ``estimator.train_metrics`` or ``estimator.val_metrics``.
    min_delta : the least change that counts as an improvement.
    patience : epochs without an improvement to wait for.
    mode : ``'max'`` if larger values are better, ``'min'`` if smaller ones are; ``'auto'`` goes by the class of the
        metric: ``'min'`` for losses and errors.
    baseline : a value that the first epoch has to improve on; None for no such value.
    restore_best_weights : whether the network gets the weights of its best epoch back when the training ends.

    Raises
    ------
    ValueError : ``monitor`` is no simple metric, or ``min_delta`` or ``patience`` no number.

    Differs from 1.9.1: ``'auto'`` took larger values for better ones whatever the metric was.

    >>> from mxnet.gluon.contrib.estimator import EarlyStoppingHandler
    >>> handler = EarlyStoppingHandler(mx.metric.Loss("validation loss"), patience=2)
    >>> handler.monitor_op.__name__
    'less'
    """

    state_names = (
        "wait",
        "best",
        "best_epoch",
        "stopped_epoch",
        "current_epoch",
        "_best_weights",
    )

    def __init__(
        self,
        monitor: EvalMetric,
        min_delta: float = 0,
        patience: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
    ) -> None:
        check_monitor("EarlyStoppingHandler", monitor)
        for name, value in (("min_delta", min_delta), ("patience", patience), ("baseline", baseline or 0)):
            if not isinstance(value, numeric_types) or math.isnan(value):
                raise ValueError(
                    message(
                        f"EarlyStoppingHandler: {name} is a number",
                        received=f"{name}={value!r}",
                        hint="EarlyStoppingHandler(monitor, min_delta=0.001, patience=3)",
                    )
                )
        self.monitor = monitor
        self.baseline = baseline
        self.patience = patience
        self.monitor_op = better("EarlyStopping", monitor, mode)
        self.min_delta = -min_delta if self._smaller_is_better else min_delta
        self.restore_best_weights = restore_best_weights
        self._begin()

    @property
    def _smaller_is_better(self) -> bool:
        return self.monitor_op.__name__ == "less"

    def _begin(self) -> None:
        self.wait = self.stopped_epoch = self.current_epoch = 0
        self.best_epoch: int | None = None
        self.stop_training = False
        worst = math.inf if self._smaller_is_better else -math.inf
        self.best: float = worst if self.baseline is None else self.baseline
        self._best_weights: dict[str, Any] | None = None

    def train_begin(self, estimator: Estimator, *args: Any, **kwargs: Any) -> None:
        """Forget what an earlier training has seen."""
        self._begin()

    def epoch_end(self, estimator: Estimator, *args: Any, **kwargs: Any) -> bool:
        """Compare with the best value so far; True if it is over."""
        value = monitored("EarlyStoppingHandler", self.monitor)
        if value is not None:
            if self.monitor_op(value - self.min_delta, self.best):
                self.best, self.best_epoch, self.wait = value, self.current_epoch, 0
                if self.restore_best_weights:
                    self._best_weights = _weights(estimator.net)
            else:
                self.wait += 1
                if self.wait >= self.patience:
                    self.stopped_epoch = self.current_epoch
                    self.stop_training = True
        self.current_epoch += 1
        return self.stop_training

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue to wait, as long as this handler's ``patience`` says."""
        super().load_state_dict(state)
        self.stop_training = 0 < self.wait >= self.patience

    def train_end(self, estimator: Estimator, *args: Any, **kwargs: Any) -> None:
        """Say why it ended, and put the best weights back."""
        if self.stop_training:
            estimator.logger.info(
                "[Epoch %d] EarlyStoppingHandler: early stopping due to %s not improving",
                self.stopped_epoch,
                self.monitor.name,
            )
        if self._best_weights is not None:
            if self.best_epoch != self.current_epoch - 1:
                estimator.logger.info(
                    "[Epoch %d] EarlyStoppingHandler: back to the weights of epoch %d, where %s was %.5f",
                    self.current_epoch - 1,
                    self.best_epoch,
                    self.monitor.name,
                    self.best,
                )
                _put_back(estimator.net, self._best_weights)
            self._best_weights = None


def _weights(net: Any) -> dict[str, Any]:
    """Copies of all parameters, by their places in the network; in several contexts, one for each."""
    return {
        name: [array.copy() for array in parameter.list_data()]
        for name, parameter in net._collect_params_with_prefix().items()
    }


def _put_back(net: Any, weights: Mapping[str, Any]) -> None:
    for name, parameter in net._collect_params_with_prefix().items():
        for array, kept in zip(parameter.list_data(), weights[name], strict=False):
            array[:] = kept
