"""What a prediction costs: the forward pass of small networks, hybridized; PyTorch eager under ``no_grad``."""

import numpy as np
from _products import products
from harness import Floor, Row, Target


def _perceptron_data(batch):
    rng = np.random.RandomState(0)
    shapes = ((256, 784), (10, 256))
    return rng.uniform(size=(batch, 784)).astype("float32"), [_weight(rng, shape) for shape in shapes]


def _lenet_data(batch):
    rng = np.random.RandomState(0)
    shapes = ((6, 1, 5, 5), (16, 6, 5, 5), (120, 256), (84, 120), (10, 84))
    return rng.uniform(size=(batch, 1, 28, 28)).astype("float32"), [_weight(rng, shape) for shape in shapes]


def _weight(rng, shape):
    return rng.normal(0, 0.1, shape).astype("float32")


def _mxnet_layers(kind):
    from mxnet.gluon import nn

    if kind == "perceptron":
        return [nn.Dense(256, activation="relu"), nn.Dense(10)]
    return [
        nn.Conv2D(6, 5, activation="sigmoid"),
        nn.MaxPool2D(2, 2),
        nn.Conv2D(16, 5, activation="sigmoid"),
        nn.MaxPool2D(2, 2),
        nn.Dense(120, activation="sigmoid"),
        nn.Dense(84, activation="sigmoid"),
        nn.Dense(10),
    ]


def _torch_layers(kind):
    from torch import nn

    if kind == "perceptron":
        return [nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10)]
    return [
        nn.Conv2d(1, 6, 5),
        nn.Sigmoid(),
        nn.MaxPool2d(2, 2),
        nn.Conv2d(6, 16, 5),
        nn.Sigmoid(),
        nn.MaxPool2d(2, 2),
        nn.Flatten(),
        nn.Linear(256, 120),
        nn.Sigmoid(),
        nn.Linear(120, 84),
        nn.Sigmoid(),
        nn.Linear(84, 10),
    ]


DATA = {"perceptron": _perceptron_data, "LeNet": _lenet_data}


def with_mxnet(kind, batch):
    def program():
        from mxnet import nd
        from mxnet.gluon import nn

        X, weights = DATA[kind](batch)
        X = nd.array(X)
        net = nn.HybridSequential()
        net.add(*_mxnet_layers(kind))
        net.initialize()
        net(X)
        for layer, weight in zip([layer for layer in net if hasattr(layer, "weight")], weights):
            layer.weight.set_data(nd.array(weight))
        net.hybridize()

        def forward():
            y = net(X)
            y.wait_to_read()
            return y

        return forward

    return program


def with_pytorch(kind, batch):
    def program():
        import torch
        from torch import nn

        X, weights = DATA[kind](batch)
        X = torch.from_numpy(X)
        net = nn.Sequential(*_torch_layers(kind))
        with torch.no_grad():
            for layer, weight in zip([layer for layer in net if hasattr(layer, "weight")], weights):
                layer.weight.copy_(torch.from_numpy(weight))
                layer.bias.zero_()

        def forward():
            with torch.no_grad():
                return net(X)

        return forward

    return program


def lenet_by_hand():
    """The two convolutions and the three products, without what stands between them."""
    import torch

    X, weights = _lenet_data(1)
    X, after = torch.from_numpy(X), torch.rand(1, 6, 12, 12)
    first, second, *dense = (torch.from_numpy(weight) for weight in weights)
    ready = [(torch.rand(1, W.shape[1]), W.t(), torch.empty(1, len(W))) for W in dense]

    def forward():
        with torch.no_grad():
            torch.conv2d(X, first)
            torch.conv2d(after, second)
            for a, b, out in ready:
                torch.mm(a, b, out=out)

    return forward


def _row(name, measures, kind, batch, floor):
    ours = with_mxnet(kind, batch)
    return Row(
        name=name,
        measures=measures,
        unit="µs",
        programs={"glueball": ours, "pytorch": with_pytorch(kind, batch), "mxnet": ours},
        targets=(Target("pytorch", at_most=1.0),),
        floor=floor,
        agreement=1e-4,
    )


PRODUCTS = "its two matrix products in torch, into memory that is there beforehand"
ROWS = [
    *(
        _row(
            f"forward-perceptron-{batch}",
            f"perceptron 784-256-10, batch {batch}: forward, hybridized",
            "perceptron",
            batch,
            Floor(PRODUCTS, products((batch, 784, 256), (batch, 256, 10))),
        )
        for batch in (1, 32)
    ),
    _row(
        "forward-lenet-1",
        "LeNet, batch 1: forward, hybridized",
        "LeNet",
        1,
        Floor("its two convolutions and three matrix products in torch", lenet_by_hand),
    ),
]
