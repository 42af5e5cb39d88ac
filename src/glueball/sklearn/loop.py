"""The training loop: batches of one gather each, a row of history after each epoch, the best weights kept."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet.base import message
from mxnet.context import Context
from mxnet.ndarray import NDArray

__all__ = ["Examples", "Learner", "Report", "Training", "array", "context_of", "forward", "random_numbers"]

_ELEMENTS = 2**18
"""Predictions take as many rows at once as have this many elements, if that is more than a batch."""


class Examples(NamedTuple):
    """Features ``(n, *)`` in float32, targets ``(n, *)``, and weights ``(n,)`` or None for equal ones."""

    X: np.ndarray
    y: np.ndarray
    weight: np.ndarray | None

    def take(self, rows: np.ndarray) -> Examples:
        """The examples of these numbers."""
        return Examples(self.X[rows], self.y[rows], None if self.weight is None else self.weight[rows])

    def labelled(self, labels: np.ndarray) -> Examples:
        """With other targets."""
        return self._replace(y=labels)

    def balanced(self) -> Examples:
        """With the weights divided by their mean, so that steps are as large as without."""
        if self.weight is None:
            return self
        mean = self.weight.mean()
        if not mean > 0:
            raise ValueError("Sample weights must contain at least one non-zero number.")
        return self._replace(weight=(self.weight / mean).astype(np.float32))


@contextmanager
def random_numbers(seed: int | None) -> Iterator[None]:
    """Draw from MXNet's stream as after ``mx.random.seed(seed)``, and leave it as it was before; None: just draw."""
    if seed is None:
        yield
        return
    before = mx.random.get_state()
    mx.random.seed(seed)
    try:
        yield
    finally:
        mx.random.set_state(before)


def forward(net: gluon.Block, X: np.ndarray, batch_size: int) -> np.ndarray:
    """What the network makes of every row of ``X``, in prediction mode."""
    ctx = context_of(net)
    step = max(batch_size, _ELEMENTS // max(1, int(np.prod(X.shape[1:]))))
    with autograd.pause():
        outs = [net(array(X[i : i + step], ctx)).asnumpy() for i in range(0, len(X), step)]
    return np.concatenate(outs)


def context_of(net: gluon.Block) -> Context:
    """Where the network's parameters are."""
    return next(iter(net.collect_params().values())).list_ctx()[0]


class Learner:
    """What trains: network, loss and trainer, and how losses are added up.

    Parameters
    ----------
    net, loss, trainer : as they are, ready to run.
    batch_size : examples of one step; the last of an epoch may be smaller, and makes a smaller step.
    name : of the estimator, for errors.
    """

    def __init__(
        self, net: gluon.Block, loss: Callable[..., Any], trainer: gluon.Trainer, batch_size: int, name: str
    ) -> None:
        self.net, self.loss, self.trainer = net, loss, trainer
        self.batch_size, self.name = batch_size, name
        self.ctx = context_of(net)

    def train_epoch(self, data: Examples, order: np.ndarray) -> float:
        """Train on every example once, in this order; the mean loss meanwhile."""
        total = nd.zeros((1,), ctx=self.ctx)
        full = min(self.batch_size, len(order))
        for start in range(0, len(order), self.batch_size):
            rows = order[start : start + self.batch_size]
            X, y, weight = self._batch(data, rows)
            with autograd.record():
                loss = self._weighted(self.loss(self.net(X), y), weight, len(rows))
            loss.backward()
            self.trainer.step(full * loss.size / len(rows))
            total += loss.sum() * (len(rows) / loss.size)
        return total.asscalar().item() / len(order)

    def evaluate(self, data: Examples) -> tuple[float, np.ndarray]:
        """The mean loss of these examples, without learning from them, and the network's outputs."""
        outputs = forward(self.net, data.X, self.batch_size)
        y, weight = (None if part is None else array(part, self.ctx) for part in (data.y, data.weight))
        with autograd.pause():
            loss = self._weighted(self.loss(array(outputs, self.ctx), y), weight, len(outputs))
        return loss.mean().asscalar().item(), outputs

    def _batch(self, data: Examples, rows: np.ndarray) -> tuple[NDArray, NDArray, NDArray | None]:
        weight = None if data.weight is None else array(data.weight[rows], self.ctx)
        return array(data.X[rows], self.ctx), array(data.y[rows], self.ctx), weight

    def _weighted(self, loss: Any, weight: NDArray | None, rows: int) -> NDArray:
        """One loss for each example, weighed; or the one number that a loss gives for all of them."""
        if isinstance(loss, NDArray) and (loss.size == 1 or loss.shape[:1] == (rows,)):
            if loss.size != rows and loss.size > 1:  # more than one number for each example
                loss = loss.reshape((rows, -1)).mean(axis=1)
            if weight is None:
                return loss
            if loss.size == rows:
                return loss.reshape((rows,)) * weight
        given = str(loss.shape) if isinstance(loss, NDArray) else type(loss).__name__
        wanted = "" if weight is None else ", which weights need"
        raise ValueError(
            message(
                f"{self.name}: the loss gives a number for each example{wanted}",
                received=f"{given} for {rows} examples",
                hint="a loss without a mean over the examples; the losses of gluon.loss are such",
            )
        )


class Training:
    """Epoch after epoch, until there are enough or the validation loss no longer falls.

    Parameters
    ----------
    learner : what is trained.
    data, valid : examples to learn from, and those that are only looked at (or None).
    rate : the score of outputs for ``valid``.
    patience : epochs without a lower validation loss after which to stop; None never does.
    tol : what counts as lower.
    """

    def __init__(
        self,
        learner: Learner,
        data: Examples,
        valid: Examples | None,
        rate: Callable[[np.ndarray], float],
        patience: int | None,
        tol: float,
    ) -> None:
        self.learner, self.data, self.valid, self.rate = learner, data, valid, rate
        self.patience, self.tol = patience, tol
        self.best_loss = np.inf
        self.best_epoch: int | None = None
        self._best: dict[str, NDArray] = {}
        self._waited = 0

    def run(
        self,
        epochs: int,
        history: list[dict[str, float]],
        rng: np.random.RandomState,
        callbacks: Sequence[Callable[[dict[str, float]], Any]],
    ) -> None:
        """Train, adding to ``history``; the callbacks get each new row, and stop the training by returning True.

        With ``patience``, the weights are at the end those of the epoch with the lowest validation loss, also where
        Ctrl-C ended it.
        """
        try:
            for _ in range(epochs):
                row = self._epoch(len(history) + 1, rng)
                history.append(row)
                enough = self._keep_best(row)
                asked = [callback(row) is True for callback in callbacks]
                if enough or any(asked):
                    break
        except KeyboardInterrupt:
            warnings.warn("Training interrupted by user.", stacklevel=4)
        finally:
            parameters = self.learner.net.collect_params()
            for name, data in self._best.items():
                parameters[name].set_data(data)

    def _epoch(self, number: int, rng: np.random.RandomState) -> dict[str, float]:
        started = time.perf_counter()
        row: dict[str, float] = {"epoch": number}
        row["train_loss"] = self.learner.train_epoch(self.data, rng.permutation(len(self.data.X)))
        if self.valid is not None:
            row["valid_loss"], outputs = self.learner.evaluate(self.valid)
        if not np.isfinite(list(row.values())).all():
            raise ValueError(
                message(
                    f"{self.learner.name}: the loss is no finite number any more",
                    received=", ".join(f"{name} {value:g}" for name, value in row.items()),
                    because="weights grew without bound, or the features are very large",
                    hint="a smaller lr, features of mean 0 and deviation 1 (StandardScaler), "
                    "optimizer__clip_gradient=1",
                )
            )
        if self.valid is not None:
            row["valid_score"] = self.rate(outputs)
        row["seconds"] = time.perf_counter() - started
        return row

    def _keep_best(self, row: dict[str, float]) -> bool:
        """Keep the weights if they are the best so far; whether it is time to stop."""
        if self.patience is None or self.valid is None:
            return False
        loss = row["valid_loss"]
        better = loss < self.best_loss - self.tol
        self._waited = 0 if better else self._waited + 1
        if loss < self.best_loss:
            self.best_loss, self.best_epoch = loss, int(row["epoch"])
            self._best = {name: p.data().copy() for name, p in self.learner.net.collect_params().items()}
        return self._waited >= self.patience


class Report:
    """Prints a line for each epoch: a callback."""

    def __init__(self, epochs: int) -> None:
        self._epochs = epochs

    def __call__(self, estimator: Any, row: dict[str, float]) -> None:
        shown = [f"epoch {row['epoch']:{len(str(self._epochs))}}/{self._epochs}"]
        for name, value in row.items():
            if name not in ("epoch", "seconds"):
                shown.append(f"{name.replace('_', ' ')} {value:.4f}")
        print("  ".join([*shown, f"{row['seconds']:.2f} s"]), flush=True)


def array(part: np.ndarray, ctx: Context) -> NDArray:
    """An array over fresh memory, in its context."""
    if not (part.flags["C_CONTIGUOUS"] and part.flags["WRITEABLE"]):
        part = part.copy(order="C")
    return nd.from_numpy(part).as_in_context(ctx)
