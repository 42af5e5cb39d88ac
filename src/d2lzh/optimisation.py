"""The chapter on optimisation: a function of two variables, and a regression to compare methods on."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from mxnet import autograd, nd
from mxnet.base import message

from .files import BOOK, datasets, find
from .plotting import pyplot, set_figsize
from .training import linreg, squared_loss

if TYPE_CHECKING:
    from mxnet.ndarray import NDArray

__all__ = ["get_data_ch7", "show_trace_2d", "train_2d", "train_ch7", "train_gluon_ch7"]

AIRFOIL = "airfoil_self_noise.dat"
_AIRFOIL_URL = f"https://archive.ics.uci.edu/ml/machine-learning-databases/00291/{AIRFOIL}"
_MOST_EXAMPLES = 1500


def train_2d(trainer: Callable[..., tuple[Any, Any, Any, Any]]) -> list[tuple[Any, Any]]:
    """Take 20 steps from (-5, -2) and return the 21 points; print the last.

    Parameters
    ----------
    trainer : ``trainer(x1, x2, s1, s2)`` returns the next four; s1 and s2, 0 at first, are what the method remembers.

    >>> points = train_2d(lambda x1, x2, s1, s2: (x1 / 2, x2 / 2, s1, s2))
    epoch 20, x1 -0.000005, x2 -0.000002
    >>> points[:2]
    [(-5, -2), (-2.5, -1.0)]
    """
    x1, x2, s1, s2 = -5, -2, 0, 0
    points = [(x1, x2)]
    for _ in range(20):
        x1, x2, s1, s2 = trainer(x1, x2, s1, s2)
        points.append((x1, x2))
    print(f"epoch {len(points) - 1}, x1 {float(x1):f}, x2 {float(x2):f}")
    return points


def show_trace_2d(f: Callable[[Any, Any], Any], res: Sequence[tuple[Any, Any]]) -> None:
    """Draw points of the plane, joined in their order, over the level lines of a function.

    Parameters
    ----------
    f : ``f(x1, x2)``, of NumPy arrays.
    res : the points, as `train_2d` returns them.

    Raises
    ------
    ValueError : these are no points of the plane.
    """
    if not len(res) or any(len(point) != 2 for point in res):
        raise ValueError(
            message(
                "show_trace_2d: these are no points of the plane",
                received=repr(res)[:80],
                hint="[(-5, -2), (-4, -1)], or what d2l.train_2d returns",
            )
        )
    plt = pyplot("show_trace_2d")
    set_figsize()
    plt.plot(*zip(*res, strict=True), "-o", color="#ff7f0e")
    x1, x2 = np.meshgrid(np.arange(-5.5, 1.0, 0.1), np.arange(-3.0, 1.0, 0.1))
    plt.contour(x1, x2, f(x1, x2), colors="#1f77b4")
    plt.xlabel("x1")
    plt.ylabel("x2")


def get_data_ch7() -> tuple[NDArray, NDArray]:
    """Return the regression of this chapter: features and labels, each column with mean 0 and standard deviation 1.

    That is the noise of airfoils where ``airfoil_self_noise.dat`` lies in ``../data`` or in ``datasets`` under
    ``MXNET_HOME``, 1500 examples of 5 features. Where it does not, it is scikit-learn's diabetes data, 442 examples of
    10 features, and a line says so.

    Shapes: features ``(n, d)``, labels ``(n,)``.

    Raises
    ------
    FileNotFoundError : neither the file is there nor scikit-learn.
    ValueError : the file is not what it should be.
    """
    path = find(AIRFOIL)
    table = _diabetes() if path is None else _read_airfoil(path)
    table = (table - table.mean(axis=0)) / table.std(axis=0)
    return nd.array(table[:_MOST_EXAMPLES, :-1]), nd.array(table[:_MOST_EXAMPLES, -1])


def train_ch7(
    trainer_fn: Callable[[list[NDArray], Any, Any], object],
    states: Any,
    hyperparams: Any,
    features: NDArray,
    labels: NDArray,
    batch_size: int = 10,
    num_epochs: int = 2,
) -> None:
    """Fit a linear regression with a method written by hand; print its loss and time, and draw the loss.

    Shapes: features ``(n, d)``, labels ``(n,)``.

    Parameters
    ----------
    trainer_fn : ``trainer_fn(params, states, hyperparams)`` updates the parameters, which have gradients, in place.
    states, hyperparams : what the method remembers and what it is told.
    batch_size : examples a step.
    num_epochs : passes over the data.
    """
    w = nd.random.normal(scale=0.01, shape=(features.shape[1], 1))
    b = nd.zeros(1)
    for param in (w, b):
        param.attach_grad()
    _train(
        lambda X: linreg(X, w, b),
        lambda y_hat, y: squared_loss(y_hat, y).mean(),
        lambda count: trainer_fn([w, b], states, hyperparams),
        features,
        labels,
        batch_size,
        num_epochs,
    )


def train_gluon_ch7(
    trainer_name: str,
    trainer_hyperparams: Mapping[str, Any],
    features: NDArray,
    labels: NDArray,
    batch_size: int = 10,
    num_epochs: int = 2,
) -> None:
    """Fit a linear regression with an optimiser of Gluon; print its loss and time, and draw the loss.

    Shapes: features ``(n, d)``, labels ``(n,)``.

    Parameters
    ----------
    trainer_name, trainer_hyperparams : the optimiser, as ``gluon.Trainer`` takes it: ``'sgd', {'learning_rate': 0.1}``.
    batch_size : examples a step.
    num_epochs : passes over the data.
    """
    from mxnet import gluon, init

    net = gluon.nn.Dense(1)
    net.initialize(init.Normal(sigma=0.01))
    trainer = gluon.Trainer(net.collect_params(), trainer_name, dict(trainer_hyperparams))
    _train(net, gluon.loss.L2Loss(), trainer.step, features, labels, batch_size, num_epochs)


def _train(
    net: Callable[[NDArray], NDArray],
    loss: Callable[[NDArray, NDArray], NDArray],
    step: Callable[[int], object],
    features: NDArray,
    labels: NDArray,
    batch_size: int,
    num_epochs: int,
) -> None:
    """Fit ``net`` with ``step(batch_size)``, looking at the loss of all examples after every 100 of them."""

    def loss_of_all() -> float:
        return float(loss(net(features), labels).mean().asscalar())

    from mxnet.gluon.data import ArrayDataset, DataLoader

    batches = DataLoader(ArrayDataset(features, labels), batch_size, shuffle=True)
    losses = [loss_of_all()]
    start = perf_counter()
    for _ in range(num_epochs):
        start = perf_counter()
        seen = 0
        for X, y in batches:
            with autograd.record():
                batch_loss = loss(net(X), y)
            batch_loss.backward()
            step(batch_size)
            hundreds = seen // 100
            seen += batch_size
            if seen // 100 > hundreds:  # also where batches do not divide a hundred
                losses.append(loss_of_all())
    print(f"loss: {losses[-1]:f}, {perf_counter() - start:f} sec per epoch")
    plt = pyplot("train_ch7")
    set_figsize()
    plt.plot(np.linspace(0, num_epochs, len(losses)), losses)
    plt.xlabel("epoch")
    plt.ylabel("loss")


def _read_airfoil(path: str) -> Any:
    try:
        table = np.genfromtxt(path, delimiter="\t")
    except ValueError as error:
        raise ValueError(
            message(f"get_data_ch7: {path} is no table of numbers", because=str(error))
        ) from None
    if table.ndim != 2 or table.shape[1] != 6 or not np.isfinite(table).all():
        raise ValueError(
            message(
                f"get_data_ch7: {path} is not the data of airfoils",
                received=f"a table of shape {table.shape}",
                because="it has six columns of numbers, with tabs between them",
                hint=f"the file from {_AIRFOIL_URL}",
            )
        )
    return table


def _diabetes() -> Any:
    places = f"{Path(BOOK, AIRFOIL)} or {Path(datasets(), AIRFOIL)}"
    try:
        data = importlib.import_module("sklearn.datasets")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "sklearn":
            raise
        raise FileNotFoundError(
            message(
                "get_data_ch7: there are no data",
                because="neither the data of airfoils are there nor scikit-learn, which brings others",
                hint=f'put {_AIRFOIL_URL} at {places}; or pip install "glueball[demo]"',
            )
        ) from None
    print(f"{AIRFOIL} is not here ({places}): these are the diabetes data of scikit-learn instead")
    X, y = data.load_diabetes(return_X_y=True)
    return np.column_stack([X, y])
