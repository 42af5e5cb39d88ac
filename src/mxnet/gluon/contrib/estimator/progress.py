"""The handler that shows how far a training is: a bar where there is a screen, plain lines where there is a file."""

from __future__ import annotations

import contextlib
import importlib.util
import math
import sys
import time
from typing import TYPE_CHECKING, Any

from ....base import message, nearest
from ....metric import EvalMetric
from ....metric import Loss as LossMetric
from .events import BatchEnd, EpochBegin, EpochEnd, TrainBegin, TrainEnd
from .logs import values_of
from .utils import TRAINING, VALIDATION, metric_list

if TYPE_CHECKING:
    from .estimator import Estimator

__all__ = ["ProgressHandler"]

_MODES = ("auto", "bar", "notebook", "lines")
_BAR = "{desc}: {percentage:3.0f}%|{bar:12}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}]{postfix}"
_GLANCE = 0.2
"""Seconds between two looks at the metrics: each look waits for the accelerator."""


class ProgressHandler(TrainBegin, TrainEnd, EpochBegin, EpochEnd, BatchEnd):
    """Shows a progress bar with the metrics for each epoch, instead of the lines of `LoggingHandler`.

    In a terminal it is a bar of tqdm; in a notebook one of the notebook; in a file or a pipe, plain lines: one at the
    end of each epoch, and one from time to time in between.

    Parameters
    ----------
    metrics : what to show; by default all metrics of the estimator, those of validation at the end of an epoch.
    file : where to write; by default standard error for bars and standard output for lines, as they are then.
    mode : ``'bar'``, ``'notebook'`` or ``'lines'``; ``'auto'`` finds out.
    interval : seconds between two lines in the middle of an epoch.
    leave : whether the bar of a finished epoch stays.
    priority : infinity by default: after all others.

    Raises
    ------
    ValueError : ``mode`` is something else, or ``interval`` negative.

    >>> from mxnet import gluon
    >>> from mxnet.gluon.contrib.estimator import Estimator, ProgressHandler
    >>> data = gluon.data.DataLoader(gluon.data.ArrayDataset(nd.ones((8, 2)), nd.ones((8,))), batch_size=2)
    >>> net = gluon.nn.Dense(1)
    >>> net.initialize(init.Zero())
    >>> trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
    >>> estimator = Estimator(net, gluon.loss.L2Loss(), trainer=trainer)
    >>> estimator.fit(data, epochs=2, event_handlers=ProgressHandler(mode="lines"))
    epoch 1/2: 4 batches in ... s (... batches/s), loss 0.2310
    epoch 2/2: 4 batches in ... s (... batches/s), loss 0.0133
    """

    def __init__(
        self,
        metrics: Any = None,
        file: Any = None,
        mode: str = "auto",
        interval: float = 30.0,
        leave: bool = True,
        priority: float = math.inf,
    ) -> None:
        if mode not in _MODES:
            close = nearest(str(mode), _MODES)
            raise ValueError(
                message(
                    "ProgressHandler: unknown mode",
                    received=f"mode={mode!r}",
                    because="there are " + ", ".join(repr(each) for each in _MODES),
                    hint=f"mode={close!r}" if close else None,
                )
            )
        if not isinstance(interval, (int, float)) or not interval >= 0:
            raise ValueError(
                message(
                    "ProgressHandler: interval is a number of seconds",
                    received=f"interval={interval!r}",
                    hint="interval=30",
                )
            )
        self.metrics: list[EvalMetric] = metric_list(metrics)
        self.file = file
        self.mode = mode
        self.interval = interval
        self.leave = leave
        self.priority = priority
        self._bar: Any = None
        self._redirected: contextlib.ExitStack | None = None
        self._shown = ""

    # ------------------------------------------------------------------ events

    def train_begin(self, estimator: Estimator, *args: Any, **kwargs: Any) -> None:
        """Find out where things are shown."""
        self._shown = self._place()
        self._train_start = time.monotonic()
        if self._shown == "bar":
            from tqdm.contrib.logging import logging_redirect_tqdm

            # what other handlers log goes above the bar, not into it
            self._redirected = contextlib.ExitStack()
            self._redirected.enter_context(logging_redirect_tqdm([estimator.logger]))

    def epoch_begin(self, estimator: Estimator, *args: Any, **kwargs: Any) -> None:
        """Begin a bar."""
        self._shown = self._shown or self._place()
        position = estimator._position
        self._done = self._before = 0 if estimator._evaluating is not None else position.batch
        self._total = self._expected(estimator)
        self._title = (
            "validation" if estimator._evaluating is not None else _epoch(estimator, position.epoch + 1)
        )
        self._begin = self._looked = time.monotonic()
        if self._shown != "lines":
            self._bar = self._new_bar()

    def batch_end(self, estimator: Estimator, *args: Any, **kwargs: Any) -> None:
        """Show the batch, if it is time."""
        self._done += 1
        now = time.monotonic()
        if self._bar is not None:
            if now - self._looked >= _GLANCE:
                self._looked = now
                self._bar.set_postfix_str(self._values(estimator), refresh=False)
            self._bar.update(1)
        elif now - self._looked >= self.interval and self._done != self._total:
            self._looked = now
            speed = self._speed(now)
            of_all = f"/{self._total}" if self._total else ""
            left = f", {(self._total - self._done) / speed:.0f} s left" if self._total and speed else ""
            self._print(f"{self._title}: {self._done}{of_all} batches{left}, {self._values(estimator)}")

    def epoch_end(self, estimator: Estimator, *args: Any, **kwargs: Any) -> None:
        """Show the epoch as a whole."""
        values = self._values(estimator, epoch_is_over=True)
        if self._bar is not None:
            self._bar.set_postfix_str(values, refresh=True)
            self._bar.close()
            self._bar = None
            return
        now = time.monotonic()
        done = self._done - self._before
        line = (
            f"{self._title}: {done} batches in {now - self._begin:.1f} s ({self._speed(now):.1f} batches/s)"
        )
        self._print(f"{line}, {values}" if values else line)

    def train_end(self, estimator: Estimator, *args: Any, **kwargs: Any) -> None:
        """Leave things in order."""
        self.close()

    def close(self) -> None:
        """Take away what is still shown."""
        bar, self._bar = self._bar, None
        if bar is not None:
            bar.close()
        redirected, self._redirected = self._redirected, None
        if redirected is not None:
            redirected.close()
        self._shown = ""

    # ------------------------------------------------------------------ showing

    def _place(self) -> str:
        if self.mode != "auto":
            return self.mode
        if self.file is None and _in_notebook():
            return "notebook"
        stream = self.file or sys.stderr
        return "bar" if getattr(stream, "isatty", lambda: False)() else "lines"

    def _new_bar(self) -> Any:
        options: dict[str, Any] = {
            "total": self._total,
            "initial": self._done,
            "desc": self._title,
            "unit": "batch",
            "leave": self.leave,
            "dynamic_ncols": True,
            "bar_format": _BAR,
        }
        if self._shown == "notebook":
            from tqdm.notebook import tqdm as notebook_bar

            del options["bar_format"]  # its bar is no text
            return notebook_bar(**options)
        from tqdm import tqdm

        return tqdm(**options, file=self.file or sys.stderr)

    def _print(self, line: str) -> None:
        print(line.removesuffix(", "), file=self.file or sys.stdout, flush=True)

    def _speed(self, now: float) -> float:
        return (self._done - self._before) / max(now - self._begin, 1e-9)

    def _expected(self, estimator: Estimator) -> int | None:
        loader = estimator._position.loader if estimator._evaluating is None else estimator._evaluating
        try:
            total = len(loader)
        except (TypeError, NotImplementedError):
            return None
        if estimator._evaluating is None and estimator.max_batch:
            position = estimator._position
            return int(min(total, position.batch + estimator.max_batch - position.batches))
        return int(total)

    def _values(self, estimator: Estimator, epoch_is_over: bool = False) -> str:
        if self.metrics:
            metrics = self.metrics
        elif estimator._evaluating is not None:
            metrics = estimator.val_metrics
        else:
            # those of validation are from the epoch before until this one is over
            metrics = estimator.train_metrics + (estimator.val_metrics if epoch_is_over else [])
        only_loss = sum(isinstance(metric, LossMetric) for metric in estimator.train_metrics) <= 1
        return ", ".join(
            f"{_short(name, only_loss and isinstance(metric, LossMetric))} {value:.4f}"
            for metric in metrics
            for name, value in values_of(metric)
            if not (math.isnan(value) and metric.num_inst == 0)
        )


def _short(name: str, is_only_loss: bool) -> str:
    """``val loss`` for ``validation softmaxcrossentropyloss``: there is little room beside a bar."""
    start = "val " if name.startswith(VALIDATION) else ""
    return start + ("loss" if is_only_loss else name.removeprefix(VALIDATION).removeprefix(TRAINING))


def _epoch(estimator: Estimator, number: int) -> str:
    return f"epoch {number}/{estimator.max_epoch}" if estimator.max_epoch else f"epoch {number}"


def _in_notebook() -> bool:
    """Whether this runs in a notebook that can show bars."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return (
        type(shell).__name__ == "ZMQInteractiveShell" and importlib.util.find_spec("ipywidgets") is not None
    )
