"""One training step of the networks of the later chapters: convolutional ones and recurrent language models.

Everybody starts from the same data and from weights of the same distribution; what is compared is time. Nets of the
original and of Glueball are hybridized, PyTorch runs as it is written.
"""

import numpy as np
from harness import Row, Target

VOCABULARY, STEPS, WIDTH = 1027, 35, 256


def _images(batch, size=28):
    rng = np.random.RandomState(0)
    return rng.uniform(size=(batch, 1, size, size)).astype("float32"), rng.randint(0, 10, batch)


def _mxnet_step(net, X, y, rate, outputs=10):
    from mxnet import autograd, gluon, init

    net.initialize(init.Xavier())
    net.hybridize()
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": rate})

    def step():
        with autograd.record():
            l = loss(net(X).reshape((-1, outputs)), y)
        l.backward()
        trainer.step(len(y))
        return l.mean().asscalar()

    return step


def _torch_step(net, X, y, rate, outputs=10):
    import torch

    loss = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=rate)

    def step():
        optimizer.zero_grad()
        l = loss(net(X).reshape(-1, outputs), y)
        l.backward()
        optimizer.step()
        return l.item()

    return step


# ---------------------------------------------------------------------------------------------------------- LeNet


def lenet_with_mxnet():
    from mxnet import nd
    from mxnet.gluon import nn

    net = nn.HybridSequential()
    net.add(
        nn.Conv2D(6, 5, activation="sigmoid"),
        nn.MaxPool2D(2, 2),
        nn.Conv2D(16, 5, activation="sigmoid"),
        nn.MaxPool2D(2, 2),
        nn.Dense(120, activation="sigmoid"),
        nn.Dense(84, activation="sigmoid"),
        nn.Dense(10),
    )
    X, y = (nd.array(each) for each in _images(256))
    return _mxnet_step(net, X, y, 0.9)


def lenet_with_pytorch():
    import torch
    from torch import nn

    net = nn.Sequential(
        *(nn.Conv2d(1, 6, 5), nn.Sigmoid(), nn.MaxPool2d(2, 2)),
        *(nn.Conv2d(6, 16, 5), nn.Sigmoid(), nn.MaxPool2d(2, 2), nn.Flatten()),
        *(nn.Linear(256, 120), nn.Sigmoid(), nn.Linear(120, 84), nn.Sigmoid(), nn.Linear(84, 10)),
    )
    X, y = (torch.from_numpy(each) for each in _images(256))
    return _torch_step(net, X, y, 0.9)


# ------------------------------------------------------------------------------------------------------ ResNet-18


def resnet_with_mxnet():
    from mxnet import nd
    from mxnet.gluon import nn

    class Residual(nn.HybridBlock):
        def __init__(self, channels, strides, **kwargs):
            super().__init__(**kwargs)
            self.conv1 = nn.Conv2D(channels, 3, strides, 1)
            self.conv2 = nn.Conv2D(channels, 3, 1, 1)
            self.conv3 = nn.Conv2D(channels, 1, strides) if strides > 1 else None
            self.bn1, self.bn2 = nn.BatchNorm(), nn.BatchNorm()

        def hybrid_forward(self, F, X):
            Y = F.relu(self.bn1(self.conv1(X)))
            Y = self.bn2(self.conv2(Y))
            return F.relu(Y + (X if self.conv3 is None else self.conv3(X)))

    net = nn.HybridSequential()
    net.add(nn.Conv2D(64, 3, 1, 1), nn.BatchNorm(), nn.Activation("relu"))
    for stage, channels in enumerate((64, 128, 256, 512)):
        net.add(Residual(channels, 2 if stage else 1), Residual(channels, 1))
    net.add(nn.GlobalAvgPool2D(), nn.Dense(10))
    X, y = (nd.array(each) for each in _images(16))
    return _mxnet_step(net, X, y, 0.05)


def resnet_with_pytorch():
    import torch
    from torch import nn

    class Residual(nn.Module):
        def __init__(self, before, channels, strides):
            super().__init__()
            self.conv1 = nn.Conv2d(before, channels, 3, strides, 1)
            self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1)
            self.conv3 = nn.Conv2d(before, channels, 1, strides) if strides > 1 else None
            self.bn1, self.bn2 = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)

        def forward(self, X):
            Y = torch.relu(self.bn1(self.conv1(X)))
            Y = self.bn2(self.conv2(Y))
            return torch.relu(Y + (X if self.conv3 is None else self.conv3(X)))

    layers = [nn.Conv2d(1, 64, 3, 1, 1), nn.BatchNorm2d(64), nn.ReLU()]
    before = 64
    for stage, channels in enumerate((64, 128, 256, 512)):
        layers += [Residual(before, channels, 2 if stage else 1), Residual(channels, channels, 1)]
        before = channels
    net = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))
    X, y = (torch.from_numpy(each) for each in _images(16))
    return _torch_step(net, X, y, 0.05)


# ---------------------------------------------------------------------------------------- recurrent language models


def _text(batch=32):
    rng = np.random.RandomState(0)
    return rng.randint(0, VOCABULARY, (STEPS, batch)), rng.randint(0, VOCABULARY, STEPS * batch)


def language_with_mxnet(kind):
    def program():
        from mxnet import nd
        from mxnet.gluon import nn, rnn

        class Model(nn.HybridBlock):
            def __init__(self, **kwargs):
                super().__init__(**kwargs)
                self.embedding = nn.Embedding(VOCABULARY, WIDTH)
                self.rnn = getattr(rnn, kind)(WIDTH)
                self.output = nn.Dense(VOCABULARY, flatten=False)

            def hybrid_forward(self, F, X):
                return self.output(self.rnn(self.embedding(X)))

        X, y = (nd.array(each) for each in _text())
        return _mxnet_step(Model(), X, y, 1.0, VOCABULARY)

    return program


def language_with_pytorch(kind):
    def program():
        import torch
        from torch import nn

        class Model(nn.Module):
            def __init__(self):
                super().__init__()
                self.embedding = nn.Embedding(VOCABULARY, WIDTH)
                self.rnn = getattr(nn, kind)(WIDTH, WIDTH)
                self.output = nn.Linear(WIDTH, VOCABULARY)

            def forward(self, X):
                return self.output(self.rnn(self.embedding(X))[0])

        X, y = (torch.from_numpy(each) for each in _text())
        return _torch_step(Model(), X, y, 1.0, VOCABULARY)

    return program


def _row(name, measures, ours, pytorch):
    return Row(
        name=name,
        measures=measures,
        unit="ms",
        programs={"glueball": ours, "pytorch": pytorch, "mxnet": ours},
        target=Target("pytorch", at_most=1.1),
        rounds=7,
    )


ROWS = [
    _row("lenet-step", "LeNet, batch 256: one training step", lenet_with_mxnet, lenet_with_pytorch),
    _row(
        "resnet18-step",
        "ResNet-18, batch 16 of 28x28: one training step",
        resnet_with_mxnet,
        resnet_with_pytorch,
    ),
    *(
        _row(
            f"{kind.lower()}-step",
            f"language model, {kind} of width {WIDTH}, {STEPS} steps, batch 32: one training step",
            language_with_mxnet(kind),
            language_with_pytorch(kind),
        )
        for kind in ("LSTM", "GRU")
    ),
]
