"""Callbacks of `mod.Module.fit`: what happens after batches and epochs.

A callback of an epoch takes ``(epoch, symbol, arg_params, aux_params)``, one of a batch takes a `model.BatchEndParam`.
Any function of these arguments will do.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from typing import Any

from ._surface import module_getattr as _module_getattr
from .base import message
from .model import BatchEndParam, save_checkpoint

__all__ = [
    "LogValidationMetricsCallback",
    "ProgressBar",
    "Speedometer",
    "do_checkpoint",
    "log_train_metric",
    "module_checkpoint",
]

__getattr__ = _module_getattr(__name__)
EpochEnd = Callable[..., None]
BatchEnd = Callable[[BatchEndParam], None]


def do_checkpoint(prefix: Any, period: int = 1) -> EpochEnd:
    """A callback of an epoch: write ``<prefix>-symbol.json`` and ``<prefix>-<epoch>.params`` every ``period`` epochs.

    Epochs count from 1 in the names. See `model.save_checkpoint`.

    >>> import os, tempfile
    >>> save = do_checkpoint(os.path.join(tempfile.mkdtemp(), "net"), period=2)
    >>> for epoch in range(4):
    ...     save(epoch, mx.sym.var("x"), {"w": nd.ones((2,))}, {})
    """
    every = _period("do_checkpoint", period)

    def save(iter_no: int, sym: Any, arg: Any, aux: Any) -> None:
        if (iter_no + 1) % every == 0:
            save_checkpoint(prefix, iter_no + 1, sym, arg, aux)

    return save


def module_checkpoint(
    mod: Any, prefix: Any, period: int = 1, save_optimizer_states: bool = False
) -> EpochEnd:
    """A callback of an epoch: ``mod.save_checkpoint`` every ``period`` epochs, also the optimiser's states."""
    every = _period("module_checkpoint", period)

    def save(iter_no: int, sym: Any = None, arg: Any = None, aux: Any = None) -> None:
        if (iter_no + 1) % every == 0:
            mod.save_checkpoint(prefix, iter_no + 1, save_optimizer_states)

    return save


def _period(what: str, period: Any) -> int:
    try:
        return max(1, int(period))
    except (TypeError, ValueError):
        raise TypeError(
            message(f"{what}: period is a number of epochs", received=f"period={period!r}", hint="period=1")
        ) from None


def log_train_metric(period: int, auto_reset: bool = False) -> BatchEnd:
    """A callback of a batch: log the training metric every ``period`` batches.

    Parameters
    ----------
    period : number of batches.
    auto_reset : whether the metric starts again after each log; the value of the epoch is not touched.

    Raises
    ------
    ValueError : ``period`` is less than 1.

    >>> accuracy = mx.metric.Accuracy()
    >>> log = log_train_metric(100)
    >>> log(mx.model.BatchEndParam(0, 200, accuracy, {}))  # Iter[0] Batch[200] Train-accuracy=nan
    """
    _at_least_one("log_train_metric", "period", period)

    def log(param: BatchEndParam) -> None:
        if param.nbatch % period == 0 and param.eval_metric is not None:
            for name, value in param.eval_metric.get_name_value():
                logging.info("Iter[%d] Batch[%d] Train-%s=%f", param.epoch, param.nbatch, name, value)
            if auto_reset:
                param.eval_metric.reset_local()

    return log


class Speedometer:
    """A callback of a batch: log samples per second, and the training metric, every ``frequent`` batches.

    Parameters
    ----------
    batch_size : samples in a batch.
    frequent : how many batches lie between two logs.
    auto_reset : whether the metric is of these batches only, and not of the epoch so far.

    Raises
    ------
    ValueError : ``frequent`` is less than 1.

    >>> speed = Speedometer(batch_size=32, frequent=100)
    >>> for batch in range(201):  # Epoch[0] Batch [0-100] Speed: 1000.00 samples/sec accuracy=...
    ...     speed(mx.model.BatchEndParam(0, batch, mx.metric.Accuracy(), {}))
    """

    def __init__(self, batch_size: int, frequent: int = 50, auto_reset: bool = True) -> None:
        _at_least_one("Speedometer", "frequent", frequent)
        _at_least_one("Speedometer", "batch_size", batch_size)
        self.batch_size = batch_size
        self.frequent = frequent
        self.auto_reset = auto_reset
        self.init = False
        self.tic = 0.0
        self.last_count = 0

    def __call__(self, param: BatchEndParam) -> None:
        """Take note of a batch."""
        count = param.nbatch
        if count < self.last_count:  # the next epoch
            self.init = False
        self.last_count = count
        if not self.init:
            self.init = True
            self.tic = time.time()
        elif count % self.frequent == 0:
            passed = time.time() - self.tic
            speed = self.frequent * self.batch_size / passed if passed > 0 else math.inf
            self._log(param, count, speed)
            self.tic = time.time()

    def _log(self, param: BatchEndParam, count: int, speed: float) -> None:
        if param.eval_metric is None:
            logging.info("Iter[%d] Batch [%d]\tSpeed: %.2f samples/sec", param.epoch, count, speed)
            return
        values = param.eval_metric.get_name_value()
        first = count - self.frequent if self.auto_reset else 0
        if self.auto_reset:
            param.eval_metric.reset_local()
        logging.info(
            "Epoch[%d] Batch [%d-%d]\tSpeed: %.2f samples/sec" + "\t%s=%f" * len(values),
            param.epoch,
            first,
            count,
            speed,
            *(each for pair in values for each in pair),
        )


class ProgressBar:
    """A callback of a batch: log a bar of how many of ``total`` batches are done.

    Parameters
    ----------
    total : batches in an epoch.
    length : width of the bar, in characters.

    Raises
    ------
    ValueError : ``total`` is less than 1.

    >>> bar = ProgressBar(total=4, length=8)
    >>> bar(mx.model.BatchEndParam(0, 2, None, {}))  # [====----] 50%
    """

    def __init__(self, total: int, length: int = 80) -> None:
        _at_least_one("ProgressBar", "total", total)
        self.bar_len = length
        self.total = total

    def __call__(self, param: BatchEndParam) -> None:
        """Take note of a batch."""
        count = param.nbatch
        filled = round(self.bar_len * count / self.total)
        percents = math.ceil(100.0 * count / self.total)
        bar = "=" * filled + "-" * (self.bar_len - filled)
        logging.info("[%s] %s%s\r", bar, percents, "%")


class LogValidationMetricsCallback:
    """A callback of a validation: log the values of its metrics.

    >>> log = LogValidationMetricsCallback()
    >>> log(mx.model.BatchEndParam(0, 10, mx.metric.Accuracy(), {}))  # Epoch[0] Validation-accuracy=nan
    """

    def __call__(self, param: BatchEndParam) -> None:
        """Take note of the end of a validation."""
        if param.eval_metric is not None:
            for name, value in param.eval_metric.get_name_value():
                logging.info("Epoch[%d] Validation-%s=%f", param.epoch, name, value)


def _at_least_one(what: str, name: str, value: Any) -> None:
    try:
        fits = value >= 1
    except TypeError:
        raise TypeError(
            message(f"{what}: {name} is a number", received=f"{name}={value!r}", hint=f"{name}=50")
        ) from None
    if not fits:
        raise ValueError(
            message(f"{what}: {name} is at least 1", received=f"{name}={value!r}", hint=f"{name}=50")
        )
