"""Ten steps of the perceptron under each optimiser, from the same weights over the same batches.

Two sizes: a small one whose weights are all recorded, and the one of the book (784-256-10), of which the norm of each
array and some hundred of its elements are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .scenario import Scenario, fill

_OPTIMISERS: dict[str, tuple[str, dict[str, Any]]] = {
    "sgd": ("sgd", {"learning_rate": 0.1}),
    "sgd default": ("sgd", {}),
    "sgd momentum": ("sgd", {"learning_rate": 0.1, "momentum": 0.9}),
    "sgd wd": ("sgd", {"learning_rate": 0.1, "wd": 0.01}),
    "sgd momentum wd clip": (
        "sgd",
        {"learning_rate": 0.5, "momentum": 0.9, "wd": 0.01, "clip_gradient": 0.003},
    ),
    "nag": ("nag", {"learning_rate": 0.1, "momentum": 0.9}),
    "nag wd clip": ("nag", {"learning_rate": 0.5, "momentum": 0.5, "wd": 0.01, "clip_gradient": 0.003}),
    "adam": ("adam", {}),
    "adam lr betas": ("adam", {"learning_rate": 0.01, "beta1": 0.8, "beta2": 0.99, "epsilon": 1e-6}),
    "adam wd clip": ("adam", {"learning_rate": 0.01, "wd": 0.01, "clip_gradient": 0.003}),
    "adagrad": ("adagrad", {"learning_rate": 0.05}),
    "adagrad wd clip": ("adagrad", {"learning_rate": 0.05, "wd": 0.01, "clip_gradient": 0.003, "eps": 1e-5}),
    "rmsprop": ("rmsprop", {}),
    "rmsprop gamma1 wd clip": (
        "rmsprop",
        {"learning_rate": 0.01, "gamma1": 0.8, "wd": 0.01, "clip_gradient": 0.003},
    ),
    "rmsprop centered": ("rmsprop", {"learning_rate": 0.01, "centered": True}),
    "rmsprop clip_weights": ("rmsprop", {"learning_rate": 0.01, "clip_weights": 0.3}),
    "adadelta": ("adadelta", {}),
    "adadelta rho wd": ("adadelta", {"rho": 0.8, "epsilon": 1e-4, "wd": 0.01, "clip_gradient": 0.003}),
    "signum": ("signum", {"learning_rate": 0.01}),
    "signum wd_lh": ("signum", {"learning_rate": 0.01, "momentum": 0.5, "wd_lh": 0.01}),
    "ftrl": ("ftrl", {}),
    "adamax": ("adamax", {}),
    "nadam": ("nadam", {}),
    "ftml": ("ftml", {}),
    "lamb": ("lamb", {}),
    "lars": ("lars", {"learning_rate": 0.1, "momentum": 0.9}),
    "dcasgd": ("dcasgd", {"learning_rate": 0.1}),
    "sgd multi precision flag": ("sgd", {"learning_rate": 0.1, "multi_precision": True}),
    "adam begin_num_update": ("adam", {"learning_rate": 0.01, "begin_num_update": 5}),
}
_STEPS, _BATCH = 10, 32


def _trained(
    sizes: tuple[int, int, int], optimiser: str, options: dict[str, Any], mx: Any, prepare: Any = None
) -> Any:
    nn = mx.gluon.nn
    inputs, hidden, outputs = sizes
    net = nn.Sequential()
    net.add(nn.Dense(hidden, activation="relu", in_units=inputs), nn.Dense(outputs, in_units=hidden))
    net.initialize()
    fill(net, mx, scale=1 / np.sqrt(inputs))
    source = np.random.RandomState(0)
    data = source.standard_normal((_STEPS, _BATCH, inputs)).astype("float32")
    label = source.randint(0, outputs, (_STEPS, _BATCH)).astype("float32")
    if prepare:
        prepare(net)
    trainer = mx.gluon.Trainer(net.collect_params(), optimiser, dict(options))
    loss = mx.gluon.loss.SoftmaxCrossEntropyLoss()
    for x, y in zip(data, label):
        with mx.autograd.record():
            error = loss(net(mx.nd.array(x)), mx.nd.array(y))
        error.backward()
        trainer.step(_BATCH)
    return net


def _weights(net: Any) -> list[np.ndarray]:
    return [parameter.data().asnumpy() for parameter in net.collect_params().values()]


def _small(optimiser: str, options: dict[str, Any], prepare: Any = None) -> Callable[[Any], list[np.ndarray]]:
    return lambda mx: _weights(_trained((20, 16, 10), optimiser, options, mx, prepare))


def _large(optimiser: str, options: dict[str, Any]) -> Callable[[Any], list[np.ndarray]]:
    def run(mx: Any) -> list[np.ndarray]:
        weights = _weights(_trained((784, 256, 10), optimiser, options, mx))
        some = [np.random.RandomState(1).permutation(w.size)[:400] for w in weights]
        norms = np.array([np.linalg.norm(w.astype("float64")) for w in weights])
        return [norms, *(w.ravel()[places] for w, places in zip(weights, some))]

    return run


def _scheduled(mx: Any) -> list[np.ndarray]:
    schedule = mx.lr_scheduler.FactorScheduler(step=3, factor=0.5, base_lr=0.4)
    return _small("sgd", {"learning_rate": 0.4, "lr_scheduler": schedule, "momentum": 0.5})(mx)


def _multiplied(net: Any) -> None:
    net[0].weight.lr_mult = 0.1
    net[1].weight.wd_mult = 5.0
    net.collect_params(".*bias").setattr("lr_mult", 2.0)
    net[1].bias.wd_mult = 0.0


def _frozen(net: Any) -> None:
    net[0].collect_params().setattr("grad_req", "null")


_NEEDS = ("gluon.Trainer", "gluon.loss.SoftmaxCrossEntropyLoss")
SCENARIOS = [
    *(Scenario(name, _small(*how), (*_NEEDS, f"optimizer {how[0]}")) for name, how in _OPTIMISERS.items()),
    *(
        Scenario(f"784-256-10 {name}", _large(*how), (*_NEEDS, f"optimizer {how[0]}"))
        for name, how in _OPTIMISERS.items()
        if name
        in (
            "sgd",
            "sgd momentum wd clip",
            "nag",
            "adam",
            "adagrad",
            "rmsprop",
            "rmsprop centered",
            "adadelta",
        )
    ),
    Scenario("sgd schedule", _scheduled, (*_NEEDS, "lr_scheduler.FactorScheduler")),
    Scenario("sgd multipliers", _small("sgd", {"learning_rate": 0.1, "wd": 0.02}, _multiplied), _NEEDS),
    Scenario("adam multipliers", _small("adam", {"learning_rate": 0.01, "wd": 0.02}, _multiplied), _NEEDS),
    Scenario("adam frozen layer", _small("adam", {"learning_rate": 0.01}, _frozen), _NEEDS),
]
