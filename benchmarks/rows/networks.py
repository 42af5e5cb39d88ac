"""One training step of the networks of the later chapters: convolutional ones and recurrent language models.

Everybody starts from the same data and from weights of the same distribution; what is compared is time. Nets of the
original and of Glueball are hybridized, PyTorch runs as it is written.
"""

from pathlib import Path

import numpy as np
from _elsewhere import jax_lenet_step, keras_lenet_step, tinygrad_lenet_step
from _products import products
from harness import Floor, Row, Target, memory_of

VOCABULARY, STEPS, WIDTH = 1027, 35, 256


def _images(batch, size=28):
    rng = np.random.RandomState(0)
    return rng.uniform(size=(batch, 1, size, size)).astype("float32"), rng.randint(0, 10, batch)


def _mxnet_step(net, X, y, rate, outputs=10, fused=False):
    from mxnet import autograd, gluon, init

    net.initialize(init.Xavier())
    net.hybridize()
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": rate})
    if fused:
        train_step = gluon.TrainStep(net, loss, trainer)
        return lambda: train_step(X, y).mean().asscalar()

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


def lenet_with_mxnet(fused=False):
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
    return _mxnet_step(net, X, y, 0.9, fused=fused)


def lenet_in_whole_steps():
    return lenet_with_mxnet(fused=True)


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


# -------------------------------------------------------------------------------------------------------- floors


def lenet_by_hand():
    """Every kernel of a step of LeNet, forward, backward and update, called by hand without a tape."""
    import torch

    aten = torch.ops.aten
    torch.manual_seed(0)
    X, y = (torch.from_numpy(each) for each in _images(256))
    shapes = ((6, 1, 5, 5), (16, 6, 5, 5), (120, 256), (84, 120), (10, 84))
    weights = [torch.randn(shape) * 0.1 for shape in shapes]
    biases = [torch.zeros(shape[0]) for shape in shapes]
    ones, zeros, twos = [1, 1], [0, 0], [2, 2]

    def convolution_backward(gradient, before, weight, needed):
        return aten.convolution_backward(
            gradient, before, weight, [len(weight)], ones, zeros, ones, False, zeros, 1, [needed, True, True]
        )

    def step():
        with torch.no_grad():
            before, after, pooled = X, [], []
            for W, b in zip(weights[:2], biases[:2]):
                active = torch.conv2d(before, W, b).sigmoid_()
                after.append((before, active))
                before, places = aten.max_pool2d_with_indices(active, twos, twos)
                pooled.append(places)
            shape, before = before.shape, before.flatten(1)
            for W, b in zip(weights[2:4], biases[2:4]):
                after.append((before, torch.addmm(b, before, W.t()).sigmoid_()))
                before = after[-1][1]
            logits = torch.log_softmax(torch.addmm(biases[4], before, weights[4].t()), 1)
            gradient = logits.exp()
            gradient[rows, y] -= 1
            gradient /= len(X)
            gradients = [(torch.mm(gradient.t(), before), gradient.sum(0))]
            gradient = torch.mm(gradient, weights[4])
            for place in (3, 2):
                before, active = after[place]
                gradient = aten.sigmoid_backward(gradient, active)
                gradients.append((torch.mm(gradient.t(), before), gradient.sum(0)))
                gradient = torch.mm(gradient, weights[place])
            gradient = gradient.reshape(shape)
            for place in (1, 0):
                before, active = after[place]
                gradient = aten.max_pool2d_with_indices_backward(
                    gradient, active, twos, twos, zeros, ones, False, pooled[place]
                )
                gradient = aten.sigmoid_backward(gradient, active)
                gradient, *both = convolution_backward(gradient, before, weights[place], place > 0)
                gradients.append(both)
            for W, b, (dW, db) in zip(weights, biases, reversed(gradients)):
                W.sub_(dW, alpha=0.9)
                b.sub_(db, alpha=0.9)

    rows = torch.arange(len(X))
    return step


def resnet_convolutions():
    """The convolutions of ResNet-18 alone, forward and backward, on the arrays that they meet in a step."""
    import torch

    convolutions = [(1, 64, 3, 1, 28)]
    before, size = 64, 28
    for stage, channels in enumerate((64, 128, 256, 512)):
        if stage:
            convolutions += [(before, channels, 3, 2, size), (before, channels, 1, 2, size)]
            size = (size + 1) // 2
        convolutions += [(channels, channels, 3, 1, size)] * (3 if stage else 4)
        before = channels
    torch.manual_seed(0)
    ready = []
    for before, channels, kernel, stride, size in convolutions:
        X, W = torch.rand(16, before, size, size), torch.rand(channels, before, kernel, kernel)
        settings = [stride, stride], [kernel // 2] * 2, [1, 1], False, [0, 0], 1
        gradient = torch.rand_like(torch.ops.aten.convolution(X, W, None, *settings))
        ready.append((X, W, settings, gradient, [before > 1, True, True]))

    def step():
        for X, W, settings, gradient, needed in ready:
            torch.ops.aten.convolution(X, W, None, *settings)
            torch.ops.aten.convolution_backward(gradient, X, W, [len(W)], *settings, needed)

    return step


def language_products(gates):
    """The products of a step: those of all steps at once where that can be, one after the other where it cannot."""
    batch, rows = 32, STEPS * 32
    forward = [(rows, WIDTH, gates * WIDTH), (batch, WIDTH, gates * WIDTH, STEPS), (rows, WIDTH, VOCABULARY)]
    inputs = [(m, n, k, *times) for m, k, n, *times in forward]
    weights = [(n, rows, k) for _, k, n, *_ in forward]
    return products(*forward, *inputs, *weights)


# ---------------------------------------------------------------------------------------------------------- the rows


def _row(name, measures, ours, pytorch, floor, elsewhere=None, mxnet=None, **more):
    return Row(
        name=name,
        measures=measures,
        unit="ms",
        programs={"glueball": ours, "pytorch": pytorch, "mxnet": mxnet or ours, **(elsewhere or {})},
        targets=(Target("pytorch", at_most=1.0),),
        floor=floor,
        **more,
    )


def _lenet_batch():
    return _images(256)


LENET_FLOOR = Floor("every kernel of the step called by hand in torch, without a tape", lenet_by_hand)
RESNET = "resnet18-step"
ROWS = [
    _row(
        "lenet-step",
        "LeNet, batch 256: one training step",
        lenet_with_mxnet,
        lenet_with_pytorch,
        LENET_FLOOR,
        {
            "keras-torch": keras_lenet_step("torch", _lenet_batch, 0.9),
            "keras-jax": keras_lenet_step("jax", _lenet_batch, 0.9),
            "jax": jax_lenet_step(_lenet_batch, 0.9),
            "tinygrad": tinygrad_lenet_step(_lenet_batch, 0.9),
        },
    ),
    _row(
        "lenet-train-step",
        "the same step as one call of `gluon.TrainStep`",
        lenet_in_whole_steps,
        lenet_with_pytorch,
        LENET_FLOOR,
        mxnet=lenet_with_mxnet,
    ),
    _row(
        RESNET,
        "ResNet-18, batch 16 of 28x28: one training step",
        resnet_with_mxnet,
        resnet_with_pytorch,
        Floor("its convolutions alone, forward and backward, called by hand in torch", resnet_convolutions),
    ),
    Row(
        name="resnet18-memory",
        measures="three such steps, from start to end of a process: peak memory",
        unit="MiB",
        programs={
            name: memory_of(Path(__file__).resolve().parent, RESNET, name, calls=3)
            for name in ("glueball", "pytorch", "mxnet")
        },
        targets=(Target("pytorch", at_most=1.05),),
        floor=Floor(
            "a process that does nothing but the convolutions of the step",
            memory_of(Path(__file__).resolve().parent, RESNET, "floor", calls=3),
        ),
        reports=True,
        rounds=2,
    ),
    *(
        _row(
            f"{kind.lower()}-step",
            f"language model, {kind} of width {WIDTH}, {STEPS} steps, batch 32: one training step",
            language_with_mxnet(kind),
            language_with_pytorch(kind),
            Floor(
                "its matrix products in torch, those of the recurrence one after the other, into memory that is there "
                "beforehand",
                language_products(gates),
            ),
        )
        for kind, gates in (("LSTM", 4), ("GRU", 3))
    ),
]
