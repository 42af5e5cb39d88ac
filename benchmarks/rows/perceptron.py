"""The perceptron 784-256-10 on Fashion-MNIST, batch 256: one training step, and the epoch as the user writes it."""

from pathlib import Path

import numpy as np
from _elsewhere import (
    jax_perceptron_epoch,
    jax_perceptron_step,
    keras_perceptron_epoch,
    keras_perceptron_step,
    sklearn_perceptron_epoch,
    sklearn_perceptron_step,
    tinygrad_perceptron_step,
)
from _fashion_mnist import official_files, read, torch_batches, torch_samples
from _products import products
from harness import Floor, Row, Target, memory_of, time_of

HERE = Path(__file__).resolve().parent
BATCH, RATE = 256, 0.1

# ------------------------------------------------------------------------------------------------------- one step


def _batch_and_weights():
    """One batch and the first weights, the same for everybody."""
    rng = np.random.RandomState(0)
    X = rng.uniform(size=(BATCH, 784)).astype("float32")
    y = rng.randint(0, 10, BATCH)
    hidden, output = (rng.normal(0, 0.05, shape).astype("float32") for shape in ((256, 784), (10, 256)))
    return X, y, hidden, output


def step_with_mxnet(hybridize=False, fused=False):
    from mxnet import autograd, gluon, nd
    from mxnet.gluon import nn

    X, y, hidden, output = (nd.array(array) for array in _batch_and_weights())
    net = nn.HybridSequential()
    net.add(nn.Dense(256, activation="relu"), nn.Dense(10))
    net.initialize()
    net(X)
    net[0].weight.set_data(hidden)
    net[1].weight.set_data(output)
    if hybridize:
        net.hybridize()
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": RATE})
    if fused:
        train_step = gluon.TrainStep(net, loss, trainer)
        return lambda: train_step(X, y).mean().asscalar()

    def step():
        with autograd.record():
            l = loss(net(X), y)
        l.backward()
        trainer.step(BATCH)
        return l.mean().asscalar()

    return step


def hybridized():
    return step_with_mxnet(hybridize=True)


def step_with_pytorch():
    import torch
    from torch import nn

    X, y, hidden, output = (torch.from_numpy(array) for array in _batch_and_weights())
    net = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))
    with torch.no_grad():
        for layer, weight in ((net[0], hidden), (net[2], output)):
            layer.weight.copy_(weight)
            layer.bias.zero_()
    loss = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=RATE)

    def step():
        optimizer.zero_grad()
        l = loss(net(X), y)
        l.backward()
        optimizer.step()
        return l.item()

    return step


# ------------------------------------------------------------------------------------------- one step in bfloat16

WIDE = 2048


def _wide_weights():
    rng = np.random.RandomState(0)
    return [rng.normal(0, 0.02, shape).astype("float32") for shape in ((WIDE, 784), (10, WIDE))]


def bfloat16_step():
    from mxnet import gluon, nd
    from mxnet.contrib import amp
    from mxnet.gluon import nn

    amp.init("bfloat16")
    X, y = (nd.array(array) for array in _batch_and_weights()[:2])
    net = nn.HybridSequential()
    net.add(nn.Dense(WIDE, activation="relu"), nn.Dense(10))
    net.initialize()
    net(X)
    for layer, weight in zip(net, _wide_weights()):
        layer.weight.set_data(nd.array(weight))
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": RATE})
    train_step = gluon.TrainStep(net, gluon.loss.SoftmaxCrossEntropyLoss(), trainer)
    return lambda: train_step(X, y).mean().asscalar()


def bfloat16_step_with_pytorch():
    import torch
    from torch import nn

    X, y = (torch.from_numpy(array) for array in _batch_and_weights()[:2])
    net = nn.Sequential(nn.Linear(784, WIDE), nn.ReLU(), nn.Linear(WIDE, 10))
    with torch.no_grad():
        for layer, weight in zip((net[0], net[2]), _wide_weights()):
            layer.weight.copy_(torch.from_numpy(weight))
            layer.bias.zero_()
    loss = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=RATE)

    def step():
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            y_hat = net(X)
        l = loss(y_hat.float(), y)
        l.backward()
        optimizer.step()
        return l.item()

    return step


# ------------------------------------------------------------------------------------------------------- one epoch


def epoch_with_mxnet():
    from mxnet import autograd, gluon, init
    from mxnet.gluon import data, nn

    to_tensor = data.vision.transforms.ToTensor()
    train = data.DataLoader(
        data.vision.FashionMNIST(train=True).transform_first(to_tensor), BATCH, shuffle=True
    )
    test = data.DataLoader(
        data.vision.FashionMNIST(train=False).transform_first(to_tensor), BATCH, shuffle=False
    )
    net = nn.Sequential()
    net.add(nn.Dense(256, activation="relu"), nn.Dense(10))
    net.initialize(init.Normal(sigma=0.01))
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": RATE})

    def evaluate_accuracy(data_iter, net):
        correct, seen = 0.0, 0
        for X, y in data_iter:
            y = y.astype("float32")
            correct += (net(X).argmax(axis=1) == y).sum().asscalar()
            seen += y.size
        return correct / seen

    def epoch():
        train_loss, train_correct, seen = 0.0, 0.0, 0
        for X, y in train:
            with autograd.record():
                y_hat = net(X)
                l = loss(y_hat, y).sum()
            l.backward()
            trainer.step(BATCH)
            y = y.astype("float32")
            train_loss += l.asscalar()
            train_correct += (y_hat.argmax(axis=1) == y).sum().asscalar()
            seen += y.size
        return evaluate_accuracy(test, net)

    return epoch


def epoch_with_pytorch():
    from torch.utils.data import DataLoader

    return _torch_epoch(
        DataLoader(torch_samples("train"), BATCH, shuffle=True),
        DataLoader(torch_samples("t10k"), BATCH, shuffle=False),
    )


def epoch_with_pytorch_by_the_batch():
    return _torch_epoch(
        torch_batches("train", BATCH, shuffle=True), torch_batches("t10k", BATCH, shuffle=False)
    )


def _torch_epoch(train, test):
    import torch
    from torch import nn

    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))
    for layer in (net[1], net[3]):
        nn.init.normal_(layer.weight, std=0.01)
        nn.init.zeros_(layer.bias)
    loss = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=RATE)

    def evaluate_accuracy(data_iter, net):
        correct, seen = 0.0, 0
        with torch.no_grad():
            for X, y in data_iter:
                correct += (net(X).argmax(dim=1) == y).sum().item()
                seen += len(y)
        return correct / seen

    def epoch():
        train_loss, train_correct, seen = 0.0, 0.0, 0
        for X, y in train:
            optimizer.zero_grad()
            y_hat = net(X)
            l = loss(y_hat, y)
            l.backward()
            optimizer.step()
            train_loss += l.item() * len(y)
            train_correct += (y_hat.argmax(dim=1) == y).sum().item()
            seen += len(y)
        return evaluate_accuracy(test, net)

    return epoch


def epoch_floor():
    """What no epoch can leave out: to gather and scale each batch, the two large products of a step, one of a test."""
    import torch

    (images, _), (test_images, _) = (
        [torch.from_numpy(array) for array in read(part)] for part in ("train", "t10k")
    )
    images, test_images = images.reshape(-1, 784), test_images.reshape(-1, 784)
    X, weight, gradient = torch.empty(BATCH, 784), torch.rand(256, 784), torch.empty(256, 784)
    pixels, output = torch.empty(BATCH, 784, dtype=torch.uint8), torch.empty(BATCH, 256)

    def products_of(source, indices, train):
        n = len(indices)
        torch.index_select(source, 0, indices, out=pixels[:n])
        torch.mul(pixels[:n], 1 / 255, out=X[:n])
        torch.mm(X[:n], weight.t(), out=output[:n])
        if train:
            torch.mm(output[:n].t(), X[:n], out=gradient)

    def epoch():
        for indices in torch.randperm(len(images)).split(BATCH):
            products_of(images, indices, True)
        for indices in torch.arange(len(test_images)).split(BATCH):
            products_of(test_images, indices, False)

    return epoch


STEP_FLOOR = Floor(
    "its two large matrix products in torch (the hidden layer's output, its weight's gradient), into memory that is "
    "there beforehand",
    products((BATCH, 784, 256), (256, BATCH, 784)),
)
EPOCH_FLOOR = Floor(
    "in torch, for each batch of training one gather, one scaling and the two large products of a step, for each of "
    "the test the same with one product, into memory that is there beforehand",
    epoch_floor,
)
STEP = {"glueball": step_with_mxnet, "pytorch": step_with_pytorch, "mxnet": step_with_mxnet}
SAMPLES = {"pytorch": "a Dataset of single samples and torch's DataLoader"}

ROWS = [
    Row(
        name="perceptron-step",
        measures="perceptron 784-256-10, batch 256: one training step",
        unit="µs",
        programs={
            **STEP,
            "keras-torch": keras_perceptron_step("torch", _batch_and_weights, RATE),
            "keras-jax": keras_perceptron_step("jax", _batch_and_weights, RATE),
            "jax": jax_perceptron_step(_batch_and_weights, RATE),
            "sklearn": sklearn_perceptron_step(_batch_and_weights, BATCH, RATE),
            "tinygrad": tinygrad_perceptron_step(_batch_and_weights, RATE),
        },
        targets=(Target("pytorch", at_most=1.0),),
        floor=STEP_FLOOR,
        agreement=1e-4,
        peers={
            "keras-torch": "`train_on_batch`",
            "keras-jax": "`train_on_batch`",
            "sklearn": "`partial_fit` on the one batch",
            "tinygrad": "`TinyJit`",
        },
    ),
    Row(
        name="perceptron-step-hybridized",
        measures="the same step after `hybridize()`; PyTorch eager",
        unit="µs",
        programs={"glueball": hybridized, "pytorch": step_with_pytorch, "mxnet": hybridized},
        floor=STEP_FLOOR,
        agreement=1e-4,
    ),
    Row(
        name="perceptron-train-step",
        measures="the same step as one call of `gluon.TrainStep`; MXNet hybridized, PyTorch eager",
        unit="µs",
        programs={
            "glueball": lambda: step_with_mxnet(fused=True),
            "pytorch": step_with_pytorch,
            "mxnet": hybridized,
        },
        targets=(Target("pytorch", at_most=0.8), Target("floor", at_most=1.6)),
        floor=STEP_FLOOR,
        agreement=1e-4,
    ),
    Row(
        name="perceptron-bfloat16",
        measures="perceptron 784-2048-10, batch 256, mixed precision in bfloat16: one step as one call of `TrainStep`; "
        "PyTorch under `autocast`",
        unit="µs",
        programs={"glueball": bfloat16_step, "pytorch": bfloat16_step_with_pytorch},
        targets=(Target("pytorch", at_most=1.0),),
        floor=Floor(
            "its two large matrix products in torch, of bfloat16, into memory that is there beforehand",
            products((BATCH, 784, WIDE), (WIDE, BATCH, 784), dtype="bfloat16"),
        ),
        agreement=1e-2,
    ),
    Row(
        name="perceptron-step-busy",
        measures="the same step, imperative, while another process keeps one core busy",
        unit="µs",
        programs=STEP,
        floor=STEP_FLOOR,
        agreement=1e-4,
        busy=1,
    ),
    Row(
        name="perceptron-epoch",
        measures="its epoch on Fashion-MNIST as the user writes it: loader, training, accuracy, evaluation",
        unit="s",
        programs={
            "glueball": epoch_with_mxnet,
            "pytorch": epoch_with_pytorch,
            "mxnet": official_files(epoch_with_mxnet),
            "keras-torch": keras_perceptron_epoch("torch", BATCH, RATE),
            "keras-jax": keras_perceptron_epoch("jax", BATCH, RATE),
            "jax": jax_perceptron_epoch(BATCH, RATE),
            "sklearn": sklearn_perceptron_epoch(BATCH, RATE),
        },
        targets=(Target("mxnet", faster=8),),
        floor=EPOCH_FLOOR,
        agreement=0.25,  # accuracies after one epoch, each with random numbers of its own: 0.71 to 0.80 were seen
        rounds=5,
        needs="fashion-mnist",
        peers={
            **SAMPLES,
            "keras-torch": "`fit` and `evaluate` on arrays scaled beforehand",
            "keras-jax": "`fit` and `evaluate` on arrays scaled beforehand",
            "sklearn": "`partial_fit` and `score` on arrays scaled beforehand",
        },
    ),
    Row(
        name="perceptron-epoch-by-the-batch",
        measures="the same epoch, PyTorch gathering whole batches by hand",
        unit="s",
        programs={"glueball": epoch_with_mxnet, "pytorch": epoch_with_pytorch_by_the_batch},
        floor=EPOCH_FLOOR,
        agreement=0.25,
        rounds=5,
        needs="fashion-mnist",
        peers={"pytorch": "one tensor, `images[indices]`, no loader"},
    ),
    Row(
        name="perceptron-start",
        measures="from the start of a process to a trained model: imports, data, one such epoch",
        unit="s",
        programs={name: time_of(HERE, "perceptron-epoch", name) for name in STEP},
        floor=Floor(
            "the same process with `import torch`, the files, and the floor of the epoch",
            time_of(HERE, "perceptron-epoch", "floor"),
        ),
        reports=True,
        rounds=3,
        needs="fashion-mnist",
        peers=SAMPLES,
    ),
    Row(
        name="perceptron-epoch-memory",
        measures="the same, from start to end of a process: peak memory",
        unit="MiB",
        programs={name: memory_of(HERE, "perceptron-epoch", name) for name in STEP},
        targets=(Target("pytorch", at_most=1.05),),
        floor=Floor(
            "a process that imports torch, reads the files, and holds one batch, the weights and their gradients",
            memory_of(HERE, "perceptron-epoch", "floor"),
        ),
        reports=True,
        rounds=2,
        needs="fashion-mnist",
        peers=SAMPLES,
    ),
]
