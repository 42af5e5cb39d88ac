"""The handler that writes checkpoints, and goes on from them as if nothing had happened."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ....base import MXNetError, integer_types, message
from ....metric import EvalMetric
from .events import BatchEnd, EpochEnd, EventHandler, TrainBegin
from .logs import LoggingHandler
from .progress import ProgressHandler
from .saved import Folder, Resumed, content_of
from .stopping import EarlyStoppingHandler, StoppingHandler
from .tensorboard import TensorBoardHandler
from .updates import MetricHandler, ValidationHandler
from .utils import better, check_monitor, check_period, monitored

if TYPE_CHECKING:
    from .estimator import Estimator

__all__ = ["CheckpointHandler"]

_HARMLESS = (
    EarlyStoppingHandler,
    LoggingHandler,
    MetricHandler,
    ProgressHandler,
    StoppingHandler,
    TensorBoardHandler,
    ValidationHandler,
)
"""Classes of which it is known that they change neither weights nor optimiser when a batch or an epoch ends."""


class CheckpointHandler(TrainBegin, BatchEnd, EpochEnd):
    """Writes checkpoints while a training runs; with ``resume_from_checkpoint``, goes on from the newest.

    A checkpoint after batch b of epoch e consists of ``<prefix>-epoch<e>batch<b>.params``, the weights, and
    ``.states``, the optimiser, which the real MXNet reads and writes as well (at the end of an epoch, b is the number
    of batches so far), and of ``.resume``. Files appear whole or not at all, so a process may be killed at any
    moment. The training that goes on is bit for bit the one that was not interrupted: the last file holds the
    position in the data, whose order is replayed; the random streams of ``mx.random``, NumPy, Python and PyTorch;
    metrics; gradients with ``grad_req='add'``; and what other handlers remember (see `EventHandler`). What is drawn
    in worker processes of a `DataLoader` is not replayed.

    A hybridized network is written as a graph, too, once: ``<prefix>-symbol.json``.

    Parameters
    ----------
    model_dir : the folder; it is made if it is not there.
    model_prefix : what the names of the files begin with.
    monitor : one of ``estimator.train_metrics`` or ``estimator.val_metrics``, by which the best model is known.
    verbose : 1 or more for a line in the log with each checkpoint.
    save_best : whether the best model is kept besides, as ``<prefix>-best.params`` and ``.states``.
    mode : ``'max'`` if larger values of ``monitor`` are better, ``'min'`` if smaller ones are, ``'auto'`` to go by its
        class.
    epoch_period, batch_period : after how many epochs, and batches, a checkpoint is written; None and 0 for never.
    max_checkpoints : how many are kept; older ones are deleted, the best model never.
    resume_from_checkpoint : whether to go on from the newest checkpoint in ``model_dir``, or begin if there is none.
        ``epochs`` and ``batches`` of ``fit`` count from the very beginning. A training that was at its end already
        ends at once.

    Raises
    ------
    ValueError : ``save_best`` without a simple metric as ``monitor``; a period is no whole number; the checkpoint has
        seen more epochs or batches than ``fit`` is to train for.
    AssertionError : a checkpoint lacks its ``.states``; weights that do not fit the network.
    MXNetError : a file cannot be written, or no checkpoint can be read.

    Differs from 1.9.1: there, resuming repeats the random numbers and the order of the data from the beginning, and
    goes on with the next whole epoch; handlers count from 0 again; a training at its end raises. One that writes
    checkpoints by both periods can be resumed here. Checkpoints of 1.9.1 are resumed as there.

    >>> import tempfile
    >>> from mxnet.gluon.contrib.estimator import CheckpointHandler
    >>> handler = CheckpointHandler(tempfile.mkdtemp(), "mlp", batch_period=100, resume_from_checkpoint=True)
    """

    state_names = ("best", "current_batch", "current_epoch", "saved_checkpoints")

    def __init__(
        self,
        model_dir: str | os.PathLike[str],
        model_prefix: str = "model",
        monitor: EvalMetric | None = None,
        verbose: int = 0,
        save_best: bool = False,
        mode: str = "auto",
        epoch_period: int | None = 1,
        batch_period: int | None = None,
        max_checkpoints: int = 5,
        resume_from_checkpoint: bool = False,
    ) -> None:
        if save_best:
            if monitor is None:
                raise ValueError(
                    message(
                        "To save best model only, please provide one of the metric objects from "
                        "estimator.train_metrics and estimator.val_metrics as monitor.",
                        received="CheckpointHandler(save_best=True, monitor=None)",
                        hint="monitor=estimator.val_metrics[0]",
                    )
                )
            check_monitor("CheckpointHandler", monitor)
            self.monitor_op = better("CheckpointHandler", monitor, mode)
            self.best = math.inf if self.monitor_op.__name__ == "less" else -math.inf
        check_period("CheckpointHandler", "epoch_period", epoch_period)
        check_period("CheckpointHandler", "batch_period", batch_period)
        if not isinstance(max_checkpoints, integer_types) or max_checkpoints < 0:
            raise ValueError(
                message(
                    "CheckpointHandler: max_checkpoints is a whole number",
                    received=f"max_checkpoints={max_checkpoints!r}",
                    hint="max_checkpoints=5",
                )
            )
        self.monitor = monitor
        self.verbose = verbose
        self.model_dir = model_dir
        self.model_prefix = model_prefix
        self.save_best = save_best
        self.epoch_period = epoch_period
        self.batch_period = batch_period
        self.current_batch = 0
        self.current_epoch = 0
        self.max_checkpoints = max_checkpoints
        self.resume_from_checkpoint = resume_from_checkpoint
        self.saved_checkpoints: list[str] = []
        self._folder = Folder(_made_folder(model_dir, model_prefix), model_prefix)
        self._written: tuple[str, dict[str, str]] | None = None
        self._tried_symbol = False

    # ------------------------------------------------------------------ events

    def train_begin(self, estimator: Estimator, *args: Any, **kwargs: Any) -> None:
        """Start counting, or find the checkpoint to go on from."""
        self.current_batch = self.current_epoch = 0
        self.saved_checkpoints = []
        self._written, self._tried_symbol = None, False
        if self.save_best:
            self.best = math.inf if self.monitor_op.__name__ == "less" else -math.inf
        estimator._position.tracked = True
        if self.resume_from_checkpoint and self._resume(estimator):
            return
        self._folder.write_list([])

    def batch_end(self, estimator: Estimator, *args: Any, **kwargs: Any) -> None:
        """Write a checkpoint if it is time."""
        if not self._tried_symbol:
            self._tried_symbol = True
            self._save_symbol(estimator)
        if self.batch_period and (self.current_batch + 1) % self.batch_period == 0:
            self._save(estimator, epoch_is_over=False)
        self.current_batch += 1

    def epoch_end(self, estimator: Estimator, *args: Any, **kwargs: Any) -> None:
        """Write a checkpoint if it is time."""
        if self.epoch_period and (self.current_epoch + 1) % self.epoch_period == 0:
            self._save(estimator, epoch_is_over=True)
        self.current_epoch += 1

    def _event_over(
        self, estimator: Estimator, handlers: Sequence[EventHandler], stops: Sequence[EventHandler]
    ) -> None:
        """Complete the checkpoint of this event, now that all handlers have done their part."""
        if self._written is None:
            return
        (name, digests), self._written = self._written, None
        later = handlers[next(i for i, each in enumerate(handlers) if each is self) + 1 :]
        if any(type(each) not in _HARMLESS for each in later) and self._folder.has_changed(
            digests, estimator
        ):
            digests = self._folder.write_model(name, estimator)
        kept = [each for each in self.saved_checkpoints if each != name] + [name]
        keep_from = len(kept) - self.max_checkpoints
        dropped = kept[:keep_from] if keep_from > 0 else []
        self.saved_checkpoints = kept[len(dropped) :]
        self._folder.write_record(name, {"files": digests, **content_of(estimator, handlers, stops)})
        self._folder.write_list(self.saved_checkpoints, dropped)
        self._folder.remove(dropped)

    # ------------------------------------------------------------------ writing

    def _save(self, estimator: Estimator, epoch_is_over: bool) -> None:
        name = f"{self.model_prefix}-epoch{self.current_epoch}batch{self.current_batch}"
        self._say(
            estimator,
            f"trained total {estimator._position.batches} batches, saving model at {self.model_dir} with prefix: "
            f"{name}",
        )
        self._written = name, self._folder.write_model(name, estimator)
        if not self.save_best:
            return
        assert self.monitor is not None
        # in the middle of the first epoch there may be no validation yet, and nothing wrong with that
        value = monitored("CheckpointHandler", self.monitor, warn=epoch_is_over)
        if value is None:
            return
        if self.monitor_op(value, self.best):
            best = f"{self.model_prefix}-best"
            self._say(
                estimator,
                f"{self.monitor.name} improved from {self.best:.5f} to {value:.5f}, updating best model at "
                f"{self.model_dir} with prefix: {best}",
            )
            self.best = value
            self._folder.write_model(best, estimator)
        else:
            self._say(
                estimator,
                f"{self.monitor.name} did not improve from {self.best:.5f}, skipping updating best model",
            )

    def _save_symbol(self, estimator: Estimator) -> None:
        path = self._folder.path / f"{self.model_prefix}-symbol.json"
        if not getattr(estimator.net, "_active", False):
            estimator.logger.info(
                "Model architecture(symbol file) is not saved, please use HybridBlock to construct your model, and "
                "call net.hybridize() before passing to Estimator in order to save model architecture as %s.",
                path,
            )
            return
        from ...exporting import graph_of

        try:
            graph_of(estimator.net).output.save(str(path))
        except RuntimeError as error:
            estimator.logger.info(
                "Model architecture(symbol file) is not saved: %s", str(error).splitlines()[0]
            )

    def _say(self, estimator: Estimator, line: str) -> None:
        if self.verbose > 0:
            estimator.logger.info("[Epoch %d] CheckpointHandler: %s", self.current_epoch, line)

    # ------------------------------------------------------------------ going on

    def _resume(self, estimator: Estimator) -> bool:
        """Load the newest checkpoint; False if there is none."""
        self.trained_epoch = self.trained_batch = -1
        self._folder.clean_up()
        name, record, problems = self._folder.newest()
        count, unit = (
            (estimator.max_epoch, "epochs") if estimator.max_epoch else (estimator.max_batch, "batches")
        )
        if name is None:
            estimator.logger.info(
                "CheckpointHandler: No checkpoint found, training from scratch for %d %s", count, unit
            )
            return False
        for problem in problems:
            estimator.logger.warning("CheckpointHandler: a newer checkpoint is left out: %s", problem)
        if record is None and not self._folder.file(name, ".states").exists():
            raise AssertionError(
                message(
                    f"Failed to load checkpoint, {self._folder.file(name, '.states')} does not exist",
                    because="the optimiser cannot go on without its state",
                    hint="resume_from_checkpoint=False, and net.load_parameters for the weights alone",
                )
            )
        resumed = Resumed(self._folder, name, record, counts_from_zero=self.batch_period is not None)
        self._check_limit(estimator, resumed)
        self.trained_epoch, self.trained_batch = self._folder.numbers(name)
        other = estimator._resumed
        if other is None or (resumed.epochs, resumed.batches) > (other.epochs, other.batches):
            resumed.load_model(estimator)
            estimator._resumed = resumed
        trained = resumed.epochs if estimator.max_epoch else resumed.batches
        estimator.logger.info(
            "CheckpointHandler: Checkpoint resumed from epoch %d batch %d, continue to train for %d %s",
            self.trained_epoch,
            self.trained_batch,
            (count or 0) - trained,
            unit,
        )
        return True

    def _check_limit(self, estimator: Estimator, resumed: Resumed) -> None:
        epochs, batches = estimator.max_epoch, estimator.max_batch
        if epochs and (resumed.epochs > epochs or (resumed.epochs == epochs and resumed.in_epoch)):
            trained, unit, plural, wanted = resumed.epochs, "epoch", "epochs", epochs
        elif batches and resumed.batches > batches:
            trained, unit, plural, wanted = resumed.batches, "batch", "batches", batches
        else:
            return
        raise ValueError(
            message(
                f"Found checkpoint with maximum number of {unit} {wanted} reached, please specify "
                "resume_from_checkpoint=False (default value) if you want to train from scratch.",
                received=f"{resumed.name}, which has seen {'more than ' * resumed.in_epoch}{trained} {plural}",
                because=f"fit is to train for {wanted}",
                hint="a larger number: it counts from the very beginning",
            )
        )


def _made_folder(model_dir: Any, model_prefix: Any) -> Path:
    if not isinstance(model_dir, (str, os.PathLike)):
        raise TypeError(
            message(
                "CheckpointHandler: model_dir is a path",
                received=repr(model_dir),
                hint="CheckpointHandler('checkpoints')",
            )
        )
    if not isinstance(model_prefix, str) or not model_prefix or set(model_prefix) & set("/\\"):
        raise ValueError(
            message(
                "CheckpointHandler: model_prefix is the beginning of a file's name",
                received=f"model_prefix={model_prefix!r}",
                hint="CheckpointHandler('checkpoints', model_prefix='mlp')",
            )
        )
    path = Path(model_dir)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MXNetError(
            f"CheckpointHandler: cannot make the folder {path}",
            received=f"model_dir={os.fspath(model_dir)!r}",
            because=error.strerror or str(error),
            hint="a folder that can be written to",
        ) from error
    return path
