"""The handler that writes curves for TensorBoard."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from ....base import integer_types, message
from ....metric import EvalMetric
from .events import BatchEnd, EpochEnd, TrainBegin, TrainEnd
from .logs import values_of
from .utils import TRAINING, VALIDATION, check_period, metric_list

if TYPE_CHECKING:
    from .estimator import Estimator

__all__ = ["TensorBoardHandler"]


class TensorBoardHandler(TrainBegin, TrainEnd, BatchEnd, EpochEnd):
    """Writes metrics, the learning rate and, if asked for, weights and gradients for TensorBoard.

    The curves are over the number of batches. Metrics have one tag for each, with a curve ``training`` or
    ``validation`` (``accuracy/training``), so that the two stand side by side. ``tensorboard --logdir <log_dir>``
    shows them.

    A training that goes on from a checkpoint continues its curves: what was written after the checkpoint is dropped.
    One that begins anew in the same folder replaces them.

    Parameters
    ----------
    log_dir : the folder of this run.
    metrics : what to write; by default all metrics of the estimator.
    log_interval : a number of batches after which training metrics and the learning rate are written, or ``'epoch'``.
    histogram_period : after how many epochs histograms of weights and gradients are written; None and 0 for never.
    priority : 1000 by default: after validation.

    Raises
    ------
    ImportError : tensorboard is not installed (at the beginning of the training).
    ValueError : ``log_interval`` or ``histogram_period`` is something else.

    >>> from mxnet.gluon.contrib.estimator import TensorBoardHandler
    >>> handler = TensorBoardHandler("runs/mlp", log_interval=100, histogram_period=1)
    """

    state_names = ("current_batch", "current_epoch")

    def __init__(
        self,
        log_dir: str | os.PathLike[str],
        metrics: Any = None,
        log_interval: int | str = "epoch",
        histogram_period: int | None = None,
        priority: float = 1000,
    ) -> None:
        is_count = isinstance(log_interval, integer_types) and log_interval > 0
        if not is_count and log_interval != "epoch":
            raise ValueError(
                message(
                    "TensorBoardHandler: log_interval is 'epoch' or a number of batches",
                    received=f"log_interval={log_interval!r}",
                    hint="log_interval=100",
                )
            )
        check_period("TensorBoardHandler", "histogram_period", histogram_period)
        if not isinstance(log_dir, (str, os.PathLike)):
            raise ValueError(
                message("TensorBoardHandler: log_dir is a path", received=repr(log_dir), hint="'runs/mlp'")
            )
        self.log_dir = log_dir
        self.metrics: list[EvalMetric] = metric_list(metrics)
        self.log_interval = log_interval
        self.histogram_period = histogram_period
        self.priority = priority
        self.current_batch = 0
        self.current_epoch = 0
        self._writer: Any = None

    def train_begin(self, estimator: Estimator, *args: Any, **kwargs: Any) -> None:
        """See that TensorBoard's library is there."""
        _writer_class()
        self.current_batch = self.current_epoch = 0

    def batch_end(self, estimator: Estimator, *args: Any, **kwargs: Any) -> None:
        """Write what there is, if it is time."""
        self.current_batch += 1
        if self.log_interval != "epoch" and self.current_batch % int(self.log_interval) == 0:
            self._write_scalars(estimator, TRAINING)

    def epoch_end(self, estimator: Estimator, *args: Any, **kwargs: Any) -> None:
        """Write what there is, and histograms if it is time."""
        self.current_epoch += 1
        self._write_scalars(estimator, VALIDATION if self.log_interval != "epoch" else "")
        if self.histogram_period and self.current_epoch % self.histogram_period == 0:
            self._write_histograms(estimator)
        self._open().flush()

    def train_end(self, estimator: Estimator, *args: Any, **kwargs: Any) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    def _open(self) -> Any:
        # Not at the beginning: only now it is known where a training that goes on has begun.
        if self._writer is None:
            # what an earlier run has written from here on is dropped
            self._writer = _writer_class()(log_dir=os.fspath(self.log_dir), purge_step=self.current_batch)
        return self._writer

    def _write_scalars(self, estimator: Estimator, which: str) -> None:
        writer = self._open()
        for metric in self.metrics or estimator.train_metrics + estimator.val_metrics:
            for name, value in values_of(metric):
                if metric.num_inst and (not which or name.startswith(which) or not _kind(name)):
                    kind = _kind(name)
                    tag = f"{name.removeprefix(kind)}/{kind.strip()}" if kind else name
                    writer.add_scalar(tag, value, self.current_batch)
        if which != VALIDATION:
            writer.add_scalar("learning rate", estimator.trainer.learning_rate, self.current_batch)

    def _write_histograms(self, estimator: Estimator) -> None:
        writer = self._open()
        for name, parameter in estimator.net._collect_params_with_prefix().items():
            writer.add_histogram(f"weights/{name}", parameter.list_data()[0].asnumpy(), self.current_batch)
            if parameter.grad_req != "null":
                gradient = parameter.list_grad()[0].asnumpy()
                writer.add_histogram(f"gradients/{name}", gradient, self.current_batch)


def _kind(name: str) -> str:
    return next((kind for kind in (TRAINING, VALIDATION) if name.startswith(kind)), "")


def _writer_class() -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise ImportError(
            message(
                "TensorBoardHandler: tensorboard is not installed",
                because=str(error).splitlines()[0],
                hint="pip install 'glueball[tensorboard]'",
            )
        ) from error
    return SummaryWriter
