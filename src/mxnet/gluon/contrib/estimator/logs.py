"""The handler that writes lines to the log."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

from ....base import integer_types, message
from ....metric import EvalMetric
from ....ndarray import NDArray
from .events import BatchBegin, BatchEnd, EpochBegin, EpochEnd, TrainBegin, TrainEnd
from .utils import metric_list

if TYPE_CHECKING:
    from .estimator import Estimator

__all__ = ["LoggingHandler"]


class LoggingHandler(TrainBegin, TrainEnd, EpochBegin, EpochEnd, BatchBegin, BatchEnd):
    """Writes learning rate, times and metrics to ``estimator.logger``, which prints them.

    `Estimator.fit` adds one for its training metrics, and `Estimator.evaluate` one for its validation metrics,
    unless a handler of this class (or a `ProgressHandler`) is given.

    Parameters
    ----------
    log_interval : ``'epoch'`` for lines at the beginning and the end of each epoch, or a number of batches after
        which there are lines in between.
    metrics : the metrics to show.
    priority : infinity by default: after all others.

    Raises
    ------
    ValueError : ``log_interval`` is something else.
    """

    state_names = ("batch_index", "current_epoch", "processed_samples", "log_interval_time")

    def __init__(
        self, log_interval: int | str = "epoch", metrics: Any = None, priority: float = math.inf
    ) -> None:
        is_count = isinstance(log_interval, integer_types) and log_interval > 0
        if not is_count and log_interval != "epoch":
            raise ValueError(
                message(
                    "log_interval must be either an integer or string 'epoch'",
                    received=f"log_interval={log_interval!r}",
                    hint="LoggingHandler(log_interval=100): a line after each hundred batches",
                )
            )
        self.metrics: list[EvalMetric] = metric_list(metrics)
        self.batch_index = 0
        self.current_epoch = 0
        self.processed_samples = 0
        self.priority = priority
        self.log_interval = log_interval
        self.log_interval_time: float = 0

    def train_begin(self, estimator: Estimator, *args: Any, **kwargs: Any) -> None:
        """Say how long the training will be, and with which learning rate it begins."""
        self.train_start = time.time()
        self.batch_index = self.current_epoch = self.processed_samples = 0
        trainer = estimator.trainer
        estimator.logger.info(
            "Training begin: using optimizer %s with current learning rate %.4f ",
            type(trainer.optimizer).__name__,
            trainer.learning_rate,
        )
        if estimator.max_epoch:
            estimator.logger.info("Train for %d epochs.", estimator.max_epoch)
        else:
            estimator.logger.info("Train for %d batches.", estimator.max_batch)

    def train_end(self, estimator: Estimator, *args: Any, **kwargs: Any) -> None:
        """Say how long it took, and the last values."""
        self._log(
            estimator,
            f"Train finished using total {time.time() - self.train_start:.0f}s with {self.current_epoch} epochs. ",
        )

    def epoch_begin(self, estimator: Estimator, *args: Any, **kwargs: Any) -> None:
        """Say that an epoch begins."""
        if estimator._evaluating is not None:
            estimator.logger.info("Validation Begin")
        else:
            estimator.logger.info(
                "[Epoch %d] Begin, current learning rate: %.4f",
                self.current_epoch,
                estimator.trainer.learning_rate,
            )
        self.batch_index = 0
        self.log_interval_time = 0
        self.epoch_start = time.time()

    def batch_begin(self, estimator: Estimator, *args: Any, **kwargs: Any) -> None:
        """Start the clock."""
        self.batch_start = time.time()

    def batch_end(self, estimator: Estimator, *args: Any, **kwargs: Any) -> None:
        """Write a line if it is time."""
        if self.log_interval == "epoch":
            return
        self.log_interval_time += time.time() - self.batch_start
        self.processed_samples += _samples(kwargs["batch"])
        if self.batch_index % int(self.log_interval) == 0:
            self._log(
                estimator,
                f"[Epoch {self.current_epoch}][Batch {self.batch_index}][Samples {self.processed_samples}] "
                f"time/interval: {self.log_interval_time:.3f}s ",
            )
            self.log_interval_time = 0
        self.batch_index += 1

    def epoch_end(self, estimator: Estimator, *args: Any, **kwargs: Any) -> None:
        """Say how long the epoch took, and its values."""
        self._log(
            estimator, f"[Epoch {self.current_epoch}] Finished in {time.time() - self.epoch_start:.3f}s, "
        )
        self.current_epoch += 1
        self.batch_index = 0

    def _log(self, estimator: Estimator, line: str) -> None:
        values = ", ".join(
            f"{name}: {value:.4f}" for metric in self.metrics for name, value in values_of(metric)
        )
        estimator.logger.info("%s", (line + values).rstrip(", "))


def values_of(metric: EvalMetric) -> list[tuple[str, float]]:
    """Names and values of a metric; those of a composite one, or of one with several outputs, one by one."""
    return [(str(name), float(value)) for name, value in metric.get_name_value()]


def _samples(batch: Any) -> int:
    """How many samples a batch holds: the length of its first array."""
    while isinstance(batch, (list, tuple)) and batch:
        batch = batch[0]
    shape = batch.shape if isinstance(batch, NDArray) else getattr(batch, "shape", ())
    return int(shape[0]) if shape else 1
