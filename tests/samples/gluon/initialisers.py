"""The weights that each initialiser gives after a seed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .scenario import Scenario

_MAKERS: dict[str, tuple[tuple[int, ...], Callable[[Any], Any]]] = {
    "Zero": ((3, 4), lambda init: init.Zero()),
    "One": ((3, 4), lambda init: init.One()),
    "Constant 0.7": ((3, 4), lambda init: init.Constant(0.7)),
    "Uniform": ((3, 4), lambda init: init.Uniform()),
    "Uniform 0.5": ((20, 30), lambda init: init.Uniform(0.5)),
    "Normal": ((3, 4), lambda init: init.Normal()),
    "Normal 2": ((20, 30), lambda init: init.Normal(2)),
    "Orthogonal": ((4, 6), lambda init: init.Orthogonal()),
    "Orthogonal tall normal": ((6, 4), lambda init: init.Orthogonal(scale=2.0, rand_type="normal")),
    "Orthogonal of rank 3": ((4, 2, 3), lambda init: init.Orthogonal()),
    "Xavier": ((5, 7), lambda init: init.Xavier()),
    "Xavier of rank 4": ((4, 3, 2, 2), lambda init: init.Xavier()),
    "Xavier gaussian in 2": ((5, 7), lambda init: init.Xavier("gaussian", "in", 2)),
    "Xavier uniform out 2.34": ((5, 7), lambda init: init.Xavier("uniform", "out", 2.34)),
    "MSRAPrelu": ((5, 7), lambda init: init.MSRAPrelu()),
    "MSRAPrelu avg 0": ((5, 7), lambda init: init.MSRAPrelu("avg", 0.0)),
    "Bilinear": ((2, 1, 4, 4), lambda init: init.Bilinear()),
    "by name xavier": ((5, 7), lambda init: "xavier"),
    "by name zeros": ((5, 7), lambda init: "zeros"),
}


def _parameter(shape: tuple[int, ...], make: Callable[[Any], Any]) -> Callable[[Any], list[np.ndarray]]:
    def run(mx: Any) -> list[np.ndarray]:
        mx.random.seed(11)
        np.random.seed(11)
        parameter = mx.gluon.Parameter("some_weight", shape=shape)
        parameter.initialize(init=make(mx.init))
        data = parameter.data().asnumpy()
        # A singular vector and its negative are both right; LAPACKs differ in their choice.
        return [np.abs(data) if "Orthogonal" in type(make(mx.init)).__name__ else data]

    return run


def _net(make: Callable[[Any], Any]) -> Callable[[Any], list[np.ndarray]]:
    """A net whose first layer is deferred: the order in which parameters draw their numbers matters."""

    def run(mx: Any) -> list[np.ndarray]:
        nn = mx.gluon.nn
        net = nn.Sequential()
        net.add(nn.Dense(5, activation="relu"), nn.BatchNorm(), nn.Dense(3, in_units=5), nn.Embedding(4, 2))
        mx.random.seed(2)
        np.random.seed(2)
        net.initialize(make(mx.init))
        net[1](net[0](mx.nd.ones((2, 6))))
        return [parameter.data().asnumpy() for parameter in net.collect_params().values()]

    return run


def _own(mx: Any) -> list[np.ndarray]:
    class Own(mx.init.Initializer):
        def _init_weight(self, name: str, data: Any) -> None:
            data[:] = mx.nd.random.uniform(low=-10, high=10, shape=data.shape)
            data *= data.abs() >= 5

    layer = mx.gluon.nn.Dense(4, in_units=3)
    mx.random.seed(4)
    layer.initialize(Own())
    return [layer.weight.data().asnumpy(), layer.bias.data().asnumpy()]


def _mixed(mx: Any) -> list[np.ndarray]:
    """Called by hand: 1.9.1's parameters do not take it."""
    initialiser = mx.init.Mixed([".*bias", ".*"], [mx.init.Uniform(0.1), mx.init.Normal(2)])
    mx.random.seed(3)
    arrays = [mx.nd.zeros((2, 3)), mx.nd.zeros((2, 3))]
    for name, array in zip(("a_bias", "a_weight"), arrays):
        initialiser(mx.init.InitDesc(name), array)
    return [array.asnumpy() for array in arrays]


SCENARIOS = [
    *(
        Scenario(name, _parameter(shape, make), ("gluon.Parameter", "init.Xavier"), (1e-5, 1e-6))
        for name, (shape, make) in _MAKERS.items()
    ),
    Scenario("net default", _net(lambda init: init.Uniform()), ("gluon.nn.BatchNorm",), (1e-6, 0)),
    Scenario("net Xavier", _net(lambda init: init.Xavier()), ("gluon.nn.BatchNorm",), (1e-6, 0)),
    Scenario("Mixed", _mixed, ("init.Mixed", "init.InitDesc"), (1e-6, 0)),
    Scenario("net Normal 0.01", _net(lambda init: init.Normal(0.01)), ("gluon.nn.BatchNorm",), (1e-6, 0)),
    Scenario("own subclass", _own, ("gluon.nn.Dense",), (1e-6, 0)),
]
