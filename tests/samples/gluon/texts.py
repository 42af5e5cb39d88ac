"""What blocks and parameters look like when printed, and how they are called."""

from __future__ import annotations

import contextlib
import io
import re
from typing import Any

from .scenario import Scenario


def _nets(mx: Any) -> dict[str, Any]:
    nn = mx.gluon.nn

    class Custom(nn.Block):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            with self.name_scope():
                self.body = nn.Sequential()
                self.body.add(nn.Dense(4, activation="relu"), nn.Dropout(0.2))
                self.head = nn.Dense(2)
                self.extra = self.params.get("scale", shape=(3, 4))
                self.fixed = self.params.get_constant("ones", mx.nd.ones((2, 2)))

        def forward(self, x: Any) -> Any:
            return self.head(self.body(x))

    with_scope = nn.HybridSequential(prefix="model_")
    with with_scope.name_scope():
        with_scope.add(nn.Dense(3, in_units=2), nn.BatchNorm(), nn.Dense(1))
    inner = nn.Sequential(prefix="inner_")
    with inner.name_scope():
        inner.add(nn.Dense(3), nn.LeakyReLU(0.1), nn.Embedding(5, 2))
    outer = nn.Sequential(prefix="outer_")
    with outer.name_scope():
        outer.add(inner, nn.Dense(2, prefix="last_"), nn.LayerNorm())
    return {"custom": Custom(prefix="custom_"), "scope": with_scope, "nested": outer}


def _representations(mx: Any) -> str:
    return "\n".join(f"{name}: {net!r}" for name, net in _nets(mx).items())


def _names(mx: Any) -> str:
    lines = []
    for name, net in _nets(mx).items():
        lines.append(f"{name} {net.name} {net.prefix} {list(net.collect_params())}")
        lines.append(f"  own: {list(net.params)}")
        lines.append(f"  weights: {list(net.collect_params('.*weight|.*gamma'))}")
        lines.append(f"  structure: {sorted(net._collect_params_with_prefix())}")
    return "\n".join(lines)


def _parameters(mx: Any) -> str:
    lines = []
    for net in _nets(mx).values():
        lines.append(repr(net.collect_params()))
        net.initialize()
        if "model" in net.prefix:
            net(mx.nd.ones((2, 2)))
        lines.append(repr(net.collect_params()))
    return "\n".join(lines)


def _layers(mx: Any) -> str:
    nn = mx.gluon.nn
    made = [
        nn.Dense(3), nn.Dense(3, in_units=2, activation="tanh"), nn.Dense(3, flatten=False, use_bias=False),
        nn.Activation("relu"), nn.Dropout(0.3), nn.Dropout(0.3, axes=(1,)), nn.Flatten(), nn.Embedding(3, 4),
        nn.BatchNorm(), nn.BatchNorm(axis=2, scale=False, center=False, in_channels=4), nn.LayerNorm(),
        nn.LayerNorm(in_channels=3), nn.LeakyReLU(0.2), nn.PReLU(), nn.ELU(0.5), nn.SELU(), nn.GELU(), nn.Swish(2.0),
        nn.Lambda("tanh"), nn.HybridLambda(lambda F, x: x), nn.Lambda(abs), nn.Sequential(), nn.HybridSequential(),
    ]  # fmt: skip
    text = "\n".join(map(repr, made))
    return re.sub(r" at 0x[0-9a-f]+", "", text)


def _losses(mx: Any) -> str:
    loss = mx.gluon.loss
    made = [
        loss.L2Loss(), loss.L1Loss(weight=2), loss.SoftmaxCrossEntropyLoss(), loss.SigmoidBinaryCrossEntropyLoss(),
        loss.LogisticLoss(), loss.HuberLoss(), loss.HingeLoss(), loss.KLDivLoss(batch_axis=1),
    ]  # fmt: skip
    return "\n".join(map(repr, made))


def _summary(mx: Any) -> str:
    nn = mx.gluon.nn
    net = nn.Sequential()
    net.add(nn.Dense(256, activation="relu"), nn.Dropout(0.5), nn.BatchNorm(), nn.Dense(10))
    net.initialize()
    net(mx.nd.ones((2, 784)))  # or 1.9.1 counts a layer twice while it infers the shapes
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        net.summary(mx.nd.ones((2, 784)))
    return shown.getvalue()


def _arrays(mx: Any) -> str:
    nd = mx.nd
    made = [
        nd.array([1.5, -2, float("nan"), float("inf")]),
        nd.array([1e-8, 1, 1e8]),
        nd.array([[0.1, 0.25], [1000, 2]]),
        nd.arange(24).reshape((2, 3, 4)),
        nd.arange(1, 1200).reshape((1, 1199)),
        nd.array([3], dtype="int32"),
        nd.array([[1, 2]], dtype="uint8"),
        nd.array([0.1], dtype="float64"),
        nd.ones((2, 1, 2)) / 3,
        nd.zeros((2, 2), ctx=mx.cpu(1)),
    ]
    return "\n".join(map(repr, made))


SCENARIOS = [
    Scenario("representations of nets", _representations, ("gluon.nn.Sequential", "gluon.nn.LayerNorm")),
    Scenario("names of parameters", _names, ("gluon.nn.Sequential", "gluon.nn.LayerNorm")),
    Scenario("parameters", _parameters, ("gluon.nn.Sequential", "gluon.nn.LayerNorm")),
    Scenario("layers", _layers, ("gluon.nn.Swish", "gluon.nn.LayerNorm")),
    Scenario("losses", _losses, ("gluon.loss.L2Loss",)),
    Scenario("summary", _summary, ("gluon.nn.Sequential", "gluon.nn.BatchNorm")),
    Scenario("arrays", _arrays),
]
