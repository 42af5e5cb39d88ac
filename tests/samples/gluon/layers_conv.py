"""Forward and backward of layers that convolve, pool, normalise and shuffle, from fixed weights."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from .scenario import Scenario, fill, numbers

Maker = Callable[[Any, Any, Any], Any]

# name: (layer from nn, contrib.nn and contrib.cnn, shape of x)
_LAYERS: dict[str, tuple[Maker, tuple[int, ...]]] = {
    "Conv1D": (lambda nn, c, d: nn.Conv1D(3, 2), (2, 2, 5)),
    "Conv1D with everything": (
        lambda nn, c, d: nn.Conv1D(4, 3, 2, 2, 2, 2, activation="relu", use_bias=False, in_channels=2),
        (2, 2, 7),
    ),
    "Conv2D": (lambda nn, c, d: nn.Conv2D(3, 3), (2, 2, 5, 4)),
    "Conv2D with everything": (
        lambda nn, c, d: nn.Conv2D(
            4, (2, 3), (2, 1), (0, 2), (1, 2), 2, activation="tanh", use_bias=False, in_channels=4
        ),
        (2, 4, 5, 6),
    ),
    "Conv2D 1x1": (lambda nn, c, d: nn.Conv2D(5, 1, activation="sigmoid"), (2, 3, 3, 3)),
    "Conv2D depthwise": (lambda nn, c, d: nn.Conv2D(3, 3, padding=1, groups=3), (1, 3, 4, 4)),
    "Conv3D": (lambda nn, c, d: nn.Conv3D(2, (1, 2, 3), padding=(0, 1, 1)), (1, 2, 2, 3, 3)),
    "Conv1DTranspose": (lambda nn, c, d: nn.Conv1DTranspose(3, 4, 2, 1), (2, 2, 4)),
    "Conv1DTranspose with everything": (
        lambda nn, c, d: nn.Conv1DTranspose(
            4, 3, 3, 1, 2, 2, 2, activation="relu", use_bias=False, in_channels=2
        ),
        (2, 2, 4),
    ),
    "Conv2DTranspose": (lambda nn, c, d: nn.Conv2DTranspose(3, 4, 2, 1), (1, 2, 3, 4)),
    "Conv2DTranspose with everything": (
        lambda nn, c, d: nn.Conv2DTranspose(
            4, (2, 3), (3, 2), (1, 0), (2, 1), (1, 2), 2, activation="tanh", use_bias=False, in_channels=2
        ),
        (2, 2, 3, 3),
    ),
    **{
        f"{kind}Pool{rank}D": (
            lambda nn, c, d, layer=f"{kind}Pool{rank}D": getattr(nn, layer)(),
            (2, 2, *(4, 5, 3)[:rank]),
        )
        for rank in (1, 2, 3)
        for kind in ("Max", "Avg", "GlobalMax", "GlobalAvg")
    },
    "MaxPool2D padded": (lambda nn, c, d: nn.MaxPool2D((3, 2), (2, 1), (1, 0)), (2, 2, 6, 5)),
    "MaxPool2D ceil_mode": (lambda nn, c, d: nn.MaxPool2D(3, 2, ceil_mode=True), (2, 2, 6, 6)),
    "MaxPool2D NHWC": (lambda nn, c, d: nn.MaxPool2D(layout="NHWC"), (2, 4, 4, 3)),
    "AvgPool1D padded": (lambda nn, c, d: nn.AvgPool1D(3, 2, 1, ceil_mode=True), (2, 2, 6)),
    "AvgPool2D padded": (lambda nn, c, d: nn.AvgPool2D(3, 2, 1), (2, 2, 5, 6)),
    "AvgPool2D without its padding": (
        lambda nn, c, d: nn.AvgPool2D(3, 2, 1, count_include_pad=False),
        (2, 2, 5, 6),
    ),
    "AvgPool3D ceil_mode": (lambda nn, c, d: nn.AvgPool3D(2, 2, ceil_mode=True), (1, 2, 3, 4, 3)),
    "GlobalAvgPool2D NHWC": (lambda nn, c, d: nn.GlobalAvgPool2D(layout="NHWC"), (2, 4, 3, 3)),
    "ReflectionPad2D": (lambda nn, c, d: nn.ReflectionPad2D(2), (1, 2, 3, 4)),
    "ReflectionPad2D one side": (
        lambda nn, c, d: nn.ReflectionPad2D((0, 0, 0, 0, 0, 1, 2, 0)),
        (1, 2, 3, 4),
    ),
    "InstanceNorm": (lambda nn, c, d: nn.InstanceNorm(), (2, 3, 4)),
    "InstanceNorm learned": (lambda nn, c, d: nn.InstanceNorm(epsilon=0.1, scale=True), (2, 3, 2, 3)),
    "InstanceNorm axis 2": (
        lambda nn, c, d: nn.InstanceNorm(axis=2, scale=True, center=False),
        (2, 3, 4, 2),
    ),
    "InstanceNorm last axis": (lambda nn, c, d: nn.InstanceNorm(axis=-1), (2, 3, 4)),
    "GroupNorm": (lambda nn, c, d: nn.GroupNorm(), (2, 4, 3)),
    "GroupNorm of two": (lambda nn, c, d: nn.GroupNorm(2, epsilon=0.1), (2, 4, 3, 2)),
    "GroupNorm plain": (lambda nn, c, d: nn.GroupNorm(4, center=False, scale=False), (2, 4, 3)),
    "BatchNormReLU global": (lambda nn, c, d: nn.BatchNormReLU(use_global_stats=True), (4, 3, 2, 2)),
    "SyncBatchNorm": (lambda nn, c, d: c.SyncBatchNorm(), (4, 3, 2, 2)),
    "SyncBatchNorm plain": (
        lambda nn, c, d: c.SyncBatchNorm(3, 1, 0.5, 0.1, center=False, scale=False),
        (4, 3, 2, 2),
    ),
    "Identity": (lambda nn, c, d: c.Identity(), (2, 3)),
    "PixelShuffle1D": (lambda nn, c, d: c.PixelShuffle1D(3), (2, 6, 4)),
    "PixelShuffle2D": (lambda nn, c, d: c.PixelShuffle2D((2, 3)), (2, 12, 2, 3)),
    "PixelShuffle3D": (lambda nn, c, d: c.PixelShuffle3D((2, 1, 3)), (1, 12, 2, 3, 2)),
    "Concurrent": (lambda nn, c, d: _add(c.Concurrent(axis=1), nn.Dense(2), nn.Dense(3)), (2, 4)),
    "HybridConcurrent": (
        lambda nn, c, d: _add(c.HybridConcurrent(), nn.Dense(2, flatten=False), c.Identity()),
        (2, 3, 4),
    ),
    "DeformableConvolution": (lambda nn, c, d: d.DeformableConvolution(3, 3, padding=1), (1, 2, 4, 5)),
    "DeformableConvolution with everything": (
        lambda nn, c, d: d.DeformableConvolution(
            4,
            (2, 3),
            (1, 2),
            (1, 0),
            groups=2,
            num_deformable_group=2,
            use_bias=False,
            activation="tanh",
            offset_use_bias=False,
        ),
        (2, 4, 4, 5),
    ),
    "ModulatedDeformableConvolution": (
        lambda nn, c, d: d.ModulatedDeformableConvolution(3, 3, padding=1),
        (1, 2, 4, 5),
    ),
    "ModulatedDeformableConvolution with everything": (
        lambda nn, c, d: d.ModulatedDeformableConvolution(
            4, (2, 3), 2, 1, num_deformable_group=2, use_bias=False, activation="relu", offset_use_bias=False
        ),
        (2, 4, 4, 5),
    ),
}
# 1.9.1 differentiates modulated convolutions on GPUs alone, and windows that hang over an edge in three directions by
# their whole size, although their average is that of what lies inside.
_FORWARD_ONLY = ("ModulatedDeformableConvolution", "AvgPool3D ceil_mode")
_CONTRIB = ("SyncBatchNorm", "Identity", "PixelShuffle", "Concurrent", "HybridConcurrent", "SparseEmbedding")


def _add(net: Any, *layers: Any) -> Any:
    net.add(*layers)
    return net


def _made(mx: Any, make: Maker) -> Any:
    contrib = mx.gluon.contrib
    return make(mx.gluon.nn, contrib.nn, contrib.cnn)


def _layer(make: Maker, shape: tuple[int, ...], hybrid: bool) -> Callable[[Any], list[np.ndarray]]:
    def run(mx: Any) -> list[np.ndarray]:
        net = _made(mx, make)
        net.initialize()
        x = mx.nd.array(numbers(*shape))
        net(x)
        fill(net, mx)
        if hybrid:
            net.hybridize()
        x.attach_grad()
        with mx.autograd.record():
            y = net(x)
        y.backward(mx.nd.array(numbers(*y.shape, seed=11)))
        parameters = list(net.collect_params().values())
        return [
            y.asnumpy(),
            x.grad.asnumpy(),
            *(p.grad().asnumpy() for p in parameters if p.grad_req != "null"),
            *(p.data().asnumpy() for p in parameters if p.name.split("_")[-2] == "running"),
        ]

    return run


def _predicting(make: Maker, shape: tuple[int, ...]) -> Callable[[Any], list[np.ndarray]]:
    def run(mx: Any) -> list[np.ndarray]:
        net = _made(mx, make)
        net.initialize()
        x = mx.nd.array(numbers(*shape))
        net(x)
        return [fill(net, mx)(x).asnumpy()]

    return run


def _sparse_embedding(mx: Any) -> list[np.ndarray]:
    """Whose table 1.9.1 lets nobody see before a trainer knows it."""
    layer = mx.gluon.contrib.nn.SparseEmbedding(6, 3)
    layer.initialize(mx.init.Constant(0.5))
    trainer = mx.gluon.Trainer(layer.collect_params(), "sgd", {"learning_rate": 0.1})
    x = mx.nd.array([[0, 2], [2, 5]])
    for seed in (1, 2):
        with mx.autograd.record():
            y = layer(x)
        y.backward(mx.nd.array(numbers(2, 2, 3, seed=seed)))
        gradient = layer.weight.grad().asnumpy()
        trainer.step(2)
    return [y.asnumpy(), gradient, layer(mx.nd.arange(6)).asnumpy()]


def _lenet(mx: Any) -> list[np.ndarray]:
    """Weights that a seed gives where shapes show at the first forward, and a step of training."""
    nn = mx.gluon.nn
    net = nn.HybridSequential()
    net.add(
        nn.Conv2D(channels=3, kernel_size=5, activation="sigmoid"),
        nn.MaxPool2D(pool_size=2, strides=2),
        nn.Conv2D(channels=4, kernel_size=3),
        nn.InstanceNorm(),
        nn.Activation("relu"),
        nn.GlobalAvgPool2D(),
        nn.Dense(3),
    )
    mx.random.seed(7)
    net.initialize(mx.init.Xavier())
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.5})
    x, y = mx.nd.array(numbers(4, 1, 14, 14)), mx.nd.array([0, 1, 2, 1])
    loss = mx.gluon.loss.SoftmaxCrossEntropyLoss()
    for _ in range(2):
        with mx.autograd.record():
            value = loss(net(x), y)
        value.backward()
        trainer.step(4)
    return [value.asnumpy(), *(p.data().asnumpy() for p in net.collect_params().values())]


def _texts(mx: Any) -> str:
    """What layers print before and after the first forward, their names, parameters and settings."""
    lines = []
    for name, (make, shape) in _LAYERS.items():
        net = _made(mx, make)
        if "Deformable" in name and "with" in name:
            continue  # 1.9.1 forgets the channels that it was told
        for _ in range(2):
            parameters = [(p.name, tuple(p.shape), p.init, p.grad_req) for p in net.params.values()]
            lines.append(f"{net!r} {net.name} {parameters}")
            net.initialize()
            net(mx.nd.array(numbers(*shape)))
        settings = {key: value for key, value in vars(net).items() if key.startswith("_kwargs")}
        lines.append(str(settings))
    return re.sub(r"(?<=[a-z])\d+(?=[_ ])", "#", "\n".join(lines))


def _need(name: str) -> str:
    kind = name.split()[0]
    if "Deformable" in kind:
        return f"gluon.contrib.cnn.{kind}"
    return f"gluon.contrib.nn.{kind}" if kind.startswith(_CONTRIB) else f"gluon.nn.{kind}"


SCENARIOS = [
    *(
        Scenario(
            name,
            _predicting(*how) if name.startswith(_FORWARD_ONLY) else _layer(*how, hybrid=False),
            (_need(name),),
        )
        for name, how in _LAYERS.items()
    ),
    *(
        Scenario(f"{name} hybridized", _layer(*how, hybrid=True), (_need(name),))
        for name, how in _LAYERS.items()
        if name.endswith("everything") and "Deformable" not in name
    ),
    Scenario(
        "BatchNormReLU predicting",
        _predicting(lambda nn, c, d: nn.BatchNormReLU(epsilon=0.1), (4, 3, 2, 2)),
        ("gluon.nn.BatchNormReLU",),
    ),
    Scenario(
        "SyncBatchNorm of two predicting",
        _predicting(lambda nn, c, d: c.SyncBatchNorm(num_devices=2), (4, 3, 2, 2)),
        ("gluon.contrib.nn.SyncBatchNorm",),
    ),
    Scenario("SparseEmbedding", _sparse_embedding, ("gluon.contrib.nn.SparseEmbedding",)),
    Scenario("LeNet", _lenet, ("gluon.nn.Conv2D", "gluon.nn.InstanceNorm"), (1e-4, 1e-5)),
    Scenario("texts", _texts, ("gluon.nn.Conv2D", "gluon.contrib.cnn.DeformableConvolution")),
]
