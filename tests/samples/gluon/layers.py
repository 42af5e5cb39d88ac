"""Forward and backward of each layer, from fixed weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .scenario import Scenario, fill, numbers

_LAYERS: dict[str, tuple[Callable[[Any], Any], tuple[int, ...]]] = {
    "Dense": (lambda nn: nn.Dense(4), (3, 5)),
    "Dense of rank 3": (lambda nn: nn.Dense(4, activation="relu"), (3, 5, 2)),
    "Dense flatten=False": (lambda nn: nn.Dense(4, flatten=False, activation="tanh"), (3, 5, 2)),
    "Dense use_bias=False": (
        lambda nn: nn.Dense(4, use_bias=False, in_units=5, activation="sigmoid"),
        (3, 5),
    ),
    "Activation relu": (lambda nn: nn.Activation("relu"), (3, 5)),
    "Activation softrelu": (lambda nn: nn.Activation("softrelu"), (3, 5)),
    "Activation softsign": (lambda nn: nn.Activation("softsign"), (3, 5)),
    "LeakyReLU": (lambda nn: nn.LeakyReLU(0.3), (3, 5)),
    "PReLU": (lambda nn: nn.PReLU(), (3, 5)),
    "PReLU in_channels": (lambda nn: nn.PReLU(in_channels=5), (3, 5)),
    "ELU": (lambda nn: nn.ELU(0.7), (3, 5)),
    "SELU": (lambda nn: nn.SELU(), (3, 5)),
    "GELU": (lambda nn: nn.GELU(), (3, 5)),
    "Swish": (lambda nn: nn.Swish(1.5), (3, 5)),
    "Flatten": (lambda nn: nn.Flatten(), (3, 5, 2)),
    "Lambda": (lambda nn: nn.Lambda("tanh"), (3, 5)),
    "HybridLambda": (lambda nn: nn.HybridLambda(lambda F, x: F.relu(x) * 2), (3, 5)),
    "Dropout predicting": (lambda nn: nn.Dropout(0.5), (3, 5)),
    "BatchNorm": (lambda nn: nn.BatchNorm(), (6, 4)),
    "BatchNorm of rank 4": (lambda nn: nn.BatchNorm(), (2, 3, 4, 5)),
    "BatchNorm last axis": (lambda nn: nn.BatchNorm(axis=-1, momentum=0.5, epsilon=0.1), (2, 3, 4)),
    "BatchNorm no scale": (lambda nn: nn.BatchNorm(scale=False), (6, 4)),
    "BatchNorm no center": (lambda nn: nn.BatchNorm(center=False), (6, 4)),
    "BatchNorm global": (lambda nn: nn.BatchNorm(use_global_stats=True), (6, 4)),
    "LayerNorm": (lambda nn: nn.LayerNorm(), (4, 6)),
    "LayerNorm axis 1": (lambda nn: nn.LayerNorm(axis=1, epsilon=0.1), (4, 6, 2)),
    "LayerNorm plain": (lambda nn: nn.LayerNorm(center=False, scale=False), (4, 6)),
    "nested": (
        lambda nn: _sequence(nn, nn.Dense(6, activation="relu"), _sequence(nn, nn.BatchNorm(), nn.Dense(3))),
        (5, 4),
    ),
}


def _sequence(nn: Any, *layers: Any) -> Any:
    net = nn.HybridSequential()
    net.add(*layers)
    return net


def _layer(
    make: Callable[[Any], Any], shape: tuple[int, ...], training: bool, hybrid: bool
) -> Callable[..., Any]:
    def run(mx: Any) -> list[np.ndarray]:
        net = make(mx.gluon.nn)
        net.initialize()
        x = mx.nd.array(numbers(*shape))
        net(x)
        fill(net, mx)
        if hybrid:
            net.hybridize()
        x.attach_grad()
        # three batches: running statistics remember
        for seed in (1, 2, 3):
            x[:] = mx.nd.array(numbers(*shape, seed=seed))
            with mx.autograd.record(train_mode=training):
                y = net(x)
            y.backward(mx.nd.array(numbers(*y.shape, seed=seed + 10)), train_mode=training)
        parameters = list(net.collect_params().values())
        gradients = [p.grad().asnumpy() for p in parameters if p.grad_req != "null"]
        return [
            y.asnumpy(),
            x.grad.asnumpy(),
            *gradients,
            *(p.data().asnumpy() for p in parameters if p.grad_req == "null"),
            net(x).asnumpy(),
        ]

    return run


def _embedding(mx: Any) -> list[np.ndarray]:
    net = mx.gluon.nn.Embedding(6, 3)
    net.initialize()
    fill(net, mx)
    x = mx.nd.array([[0, 2], [2, 5]])
    with mx.autograd.record():
        y = net(x)
    y.backward(mx.nd.array(numbers(2, 2, 3)))
    return [y.asnumpy(), net.weight.grad().asnumpy()]


def _dropout(mx: Any) -> list[np.ndarray]:
    net = mx.gluon.nn.Dropout(0.4)
    mx.random.seed(0)
    x = mx.nd.array(numbers(6, 30))
    x.attach_grad()
    with mx.autograd.record():
        y = net(x)
    y.backward()
    return [y.asnumpy(), x.grad.asnumpy()]


def _kind(name: str) -> str:
    return name.split()[0].replace("nested", "HybridSequential")


SCENARIOS = [
    *(
        Scenario(name, _layer(*how, training=True, hybrid=False), (f"gluon.nn.{_kind(name)}",))
        for name, how in _LAYERS.items()
        if name != "Dropout predicting"
    ),
    *(
        Scenario(
            f"{name} predicting", _layer(*how, training=False, hybrid=False), (f"gluon.nn.{_kind(name)}",)
        )
        for name, how in _LAYERS.items()
        if _kind(name) in ("BatchNorm", "Dropout", "HybridSequential")
    ),
    *(
        Scenario(f"{name} hybridized", _layer(*how, training=True, hybrid=True), (f"gluon.nn.{_kind(name)}",))
        for name, how in _LAYERS.items()
        if _kind(name) in ("Dense", "BatchNorm", "HybridSequential")
    ),
    Scenario("Embedding", _embedding, ("gluon.nn.Embedding",)),
    Scenario("Dropout training", _dropout, ("gluon.nn.Dropout",)),
]
