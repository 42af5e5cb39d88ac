"""A range test for the learning rate."""

from __future__ import annotations

import contextlib
import io
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from .... import autograd
from ....base import MXNetError, integer_types, message, numeric_types
from .estimator import _check_loader, _four
from .state import (
    gradients_state,
    random_state,
    sampler_state,
    set_gradients,
    set_random_state,
    set_sampler_state,
)
from .updates import batch_size_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .estimator import Estimator

__all__ = ["LearningRateFinder"]

_FEWEST = 10
"""Iterations below which there is nothing to compare."""


class LearningRateFinder:
    """Tries learning rates from very small to very large, a batch each, and suggests one.

    ``lr_i = start_lr * (end_lr / start_lr) ** (i / (iterations - 1))``. The losses are smoothed by a moving average;
    where the smoothed loss falls most steeply over the logarithm of the learning rate, the training learns fastest:
    that is the suggestion. Weights, optimiser, gradients and random streams are afterwards as they were before.

    Parameters
    ----------
    estimator : whose network, loss, trainer and batch processor are used. Its handlers are not called.
    start_lr, end_lr : the range.
    iterations : how many batches; the data are gone through again if there are fewer.
    smoothing : weight of the past in the moving average, in [0, 1); it is corrected for its beginning at 0.
    diverge : the test ends when the smoothed loss exceeds its minimum so many times.

    Attributes
    ----------
    learning_rates, losses, smoothed : what was tried and what came of it, as lists.

    Raises
    ------
    ValueError : a number is out of range.

    Source: Smith, "Cyclical Learning Rates for Training Neural Networks" (2015), section 3.3.

    >>> from mxnet import gluon
    >>> from mxnet.gluon.contrib.estimator import Estimator, LearningRateFinder
    >>> x = nd.random.normal(shape=(64, 4))
    >>> data = gluon.data.DataLoader(gluon.data.ArrayDataset(x, x.sum(axis=1)), batch_size=8)
    >>> net = gluon.nn.Dense(1)
    >>> net.initialize(init.Zero())
    >>> trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 1.0})
    >>> finder = LearningRateFinder(Estimator(net, gluon.loss.L2Loss(), trainer=trainer)).run(data)
    >>> 0.001 < finder.suggestion < 1
    True
    >>> net.weight.data().sum().asscalar().item(), trainer.learning_rate
    (0.0, 1.0)
    """

    def __init__(
        self,
        estimator: Estimator,
        start_lr: float = 1e-7,
        end_lr: float = 10.0,
        iterations: int = 100,
        smoothing: float = 0.9,
        diverge: float = 4.0,
    ) -> None:
        rules = {
            "start_lr": (start_lr, lambda x: 0 < x < math.inf, "positive", 1e-7),
            "end_lr": (end_lr, lambda x: start_lr < x < math.inf, "larger than start_lr", 10.0),
            "smoothing": (smoothing, lambda x: 0 <= x < 1, "at least 0 and below 1", 0.9),
            "diverge": (diverge, lambda x: x > 1, "larger than 1", 4.0),
        }
        for name, (value, is_right, rule, usual) in rules.items():
            if not isinstance(value, numeric_types) or isinstance(value, bool) or not is_right(value):
                raise ValueError(
                    message(
                        f"LearningRateFinder: {name} is {rule}",
                        received=f"{name}={value!r}",
                        hint=f"{name}={usual}",
                    )
                )
        if not isinstance(iterations, integer_types) or iterations < _FEWEST:
            raise ValueError(
                message(
                    f"LearningRateFinder: iterations is a whole number of {_FEWEST} or more",
                    received=f"iterations={iterations!r}",
                    hint="iterations=100",
                )
            )
        if not hasattr(estimator, "fit_batch") or not hasattr(estimator, "trainer"):
            raise ValueError(
                message(
                    "LearningRateFinder: takes an estimator",
                    received=type(estimator).__name__,
                    hint="LearningRateFinder(Estimator(net, loss, trainer=trainer)).run(train_data)",
                )
            )
        self.estimator = estimator
        self.start_lr, self.end_lr = float(start_lr), float(end_lr)
        self.iterations = int(iterations)
        self.smoothing, self.diverge = float(smoothing), float(diverge)
        self.learning_rates: list[float] = []
        self.losses: list[float] = []
        self.smoothed: list[float] = []

    def run(self, train_data: Any, batch_axis: int = 0) -> LearningRateFinder:
        """Do the test on a `DataLoader`; returns this object.

        Raises ``ValueError`` if ``train_data`` is something else or empty.
        """
        _check_loader("train_data", train_data)
        self.learning_rates, self.losses, self.smoothed = [], [], []
        estimator = self.estimator
        streams, samplers = random_state(), sampler_state(train_data)
        try:
            self._make_parameters(train_data, batch_axis)
            before = _Snapshot(estimator)
            try:
                self._try_all(train_data, batch_axis)
            finally:
                before.bring_back()
        finally:
            set_sampler_state(train_data, samplers)
            set_random_state(streams)
        return self

    @property
    def suggestion(self) -> float:
        """The learning rate at which the smoothed loss falls most steeply.

        Raises `MXNetError` before `run`, and if the loss never fell.
        """
        if not self.learning_rates:
            raise MXNetError(
                "LearningRateFinder.suggestion: there was no test yet",
                hint="finder.run(train_data).suggestion",
            )
        logarithms, losses = np.log(self.learning_rates), np.array(self.smoothed)
        # The average of the first few losses is noise, and so is the difference of two neighbours.
        first, reach = self.iterations // 5, max(1, self.iterations // 20)
        middle = np.arange(first, max(first, int(np.isfinite(losses).sum()) - reach))
        slopes = (losses[middle + reach] - losses[middle - reach]) / (
            logarithms[middle + reach] - logarithms[middle - reach]
        )
        if not len(slopes) or slopes.min() >= 0:
            raise MXNetError(
                "LearningRateFinder.suggestion: the loss never fell",
                received=f"{len(losses)} losses for learning rates from {self.learning_rates[0]:.3g} to "
                f"{self.learning_rates[-1]:.3g}",
                because="every learning rate was too small or too large"
                if len(slopes)
                else "the test ended after a few batches: the loss exploded at once",
                hint="another range: start_lr=1e-9, end_lr=1.0; or look at finder.plot()",
            )
        return float(self.learning_rates[middle[slopes.argmin()]])

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the losses over the learning rates, and mark the suggestion.

        Parameters
        ----------
        ax : where to draw; a new figure by default.

        Returns
        -------
        The axes: ``finder.plot().figure.savefig("lr.png")``.

        Raises
        ------
        ImportError : matplotlib is not installed.
        MXNetError : there was no test yet.
        """
        if not self.learning_rates:
            raise MXNetError(
                "LearningRateFinder.plot: there was no test yet", hint="finder.run(train_data).plot()"
            )
        try:
            from matplotlib import pyplot
        except ImportError as error:
            raise ImportError(
                message(
                    "LearningRateFinder.plot: matplotlib is not installed",
                    hint="pip install 'glueball[plot]'; the numbers are finder.learning_rates and finder.losses",
                )
            ) from error
        if ax is None:
            ax = pyplot.subplots()[1]
        ax.plot(self.learning_rates, self.losses, alpha=0.3, label="loss")
        ax.plot(self.learning_rates, self.smoothed, label="smoothed loss")
        with contextlib.suppress(MXNetError):  # there may be none; the curve shows why
            best = self.suggestion
            ax.axvline(best, linestyle="--", color="gray", label=f"suggestion: {best:.2g}")
        ax.set_xscale("log")
        ax.set_xlabel("learning rate")
        ax.set_ylabel("loss")
        ax.legend()
        return ax

    # ------------------------------------------------------------------ the test

    def _make_parameters(self, train_data: Any, batch_axis: int) -> None:
        """Let parameters whose shapes data determine be made, so that there is something to come back to."""
        if any(p._data is None for p in self.estimator.net.collect_params().values()):
            with autograd.pause(train_mode=False):
                for batch in train_data:
                    self.estimator.evaluate_batch(batch, batch_axis)
                    break

    def _try_all(self, train_data: Any, batch_axis: int) -> None:
        estimator, trainer = self.estimator, self.estimator.trainer
        trainer.optimizer.lr_scheduler = None
        ratio = (self.end_lr / self.start_lr) ** (1 / (self.iterations - 1))
        average, best, warm = 0.0, math.inf, self.iterations // 5
        adding = [p for p in estimator.net.collect_params().values() if p.grad_req == "add"]
        for step, batch in enumerate(_repeated(train_data, self.iterations)):
            rate = self.start_lr * ratio**step
            for parameter in adding:
                parameter.zero_grad()
            _, _, _, losses = _four(estimator.fit_batch(batch, batch_axis), "fit_batch")
            losses = losses if isinstance(losses, (list, tuple)) else [losses]
            count = sum(each.size for each in losses)
            value = sum(float(each.sum().asscalar()) for each in losses) / max(count, 1)
            self.learning_rates.append(rate)
            self.losses.append(value)
            average = self.smoothing * average + (1 - self.smoothing) * value
            smoothed = average / (1 - self.smoothing ** (step + 1))
            self.smoothed.append(smoothed)
            if not math.isfinite(value) or (step > warm and smoothed > self.diverge * best > 0):
                return
            if step >= warm // 2:  # the average of the first few losses may be small by chance
                best = min(best, smoothed)
            trainer.set_learning_rate(rate)
            trainer.step(batch_size_of(losses))


class _Snapshot:
    """The weights, gradients and optimiser of an estimator, to come back to."""

    def __init__(self, estimator: Estimator) -> None:
        self._net, self._trainer = estimator.net, estimator.trainer
        self._weights = [
            (array, array.copy())
            for parameter in self._net.collect_params().values()
            for array in parameter.list_data()
        ]
        self._gradients = {
            what: {
                name: ([each.copy() for each in value[0]], value[1]) if what == "add" else []
                for name, value in values.items()
            }
            for what, values in gradients_state(self._net).items()
        }
        self._schedule = self._trainer.optimizer.lr_scheduler
        stream = io.BytesIO()
        self._trainer.save_states(stream)
        self._states = stream.getvalue()

    def bring_back(self) -> None:
        """Make everything as it was."""
        for array, before in self._weights:
            array[:] = before
        set_gradients(self._net, self._gradients)
        self._trainer.optimizer.lr_scheduler = self._schedule
        self._trainer.load_states(io.BytesIO(self._states))


def _repeated(loader: Any, count: int) -> Any:
    """So many batches, going through the data again and again."""
    given = 0
    while given < count:
        start = given
        for batch in loader:
            yield batch
            given += 1
            if given == count:
                return
        if given == start:
            raise ValueError(
                message(
                    "LearningRateFinder.run: train_data has no batches",
                    received="a loader of length 0",
                    hint="last_batch='keep' where there are fewer samples than batch_size",
                )
            )
