"""The perceptron 784-256-10 on Fashion-MNIST, batch 256: one training step, and the epoch as the user writes it."""

from pathlib import Path

import numpy as np
from _fashion_mnist import official_files, torch_batches, torch_samples
from harness import Row, Skip, Target, in_fresh_process

BATCH, RATE = 256, 0.1

# ------------------------------------------------------------------------------------------------------- one step


def _batch_and_weights():
    """One batch and the first weights, the same for everybody."""
    rng = np.random.RandomState(0)
    X = rng.uniform(size=(BATCH, 784)).astype("float32")
    y = rng.randint(0, 10, BATCH)
    hidden, output = (rng.normal(0, 0.05, shape).astype("float32") for shape in ((256, 784), (10, 256)))
    return X, y, hidden, output


def step_with_mxnet(hybridize=False):
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

    def step():
        with autograd.record():
            l = loss(net(X), y)
        l.backward()
        trainer.step(BATCH)
        return l.mean().asscalar()

    return step


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


# ---------------------------------------------------------------------------------------------------- peak memory


def peak_memory(row, framework):
    """The memory, at its highest, of a fresh process that sets one row's program up and runs it once, in MiB."""

    def program():
        try:
            import resource  # noqa: F401
        except ImportError:
            raise Skip("this system does not tell a process its peak memory") from None
        here = Path(__file__).resolve().parent
        code = (
            f"import sys, resource; sys.path.insert(0, {str(here.parent)!r})\n"
            f"from harness import load_rows\n"
            f"row = next(row for row in load_rows({str(here)!r}) if row.name == {row!r})\n"
            f"row.make({framework!r})()\n"
            f"peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
            f"print(peak / (1024 * 1024 if sys.platform == 'darwin' else 1024))"
        )
        return lambda: in_fresh_process(code)

    return program


ROWS = [
    Row(
        name="perceptron-step",
        measures="perceptron 784-256-10, batch 256: one training step",
        unit="µs",
        programs={"glueball": step_with_mxnet, "pytorch": step_with_pytorch, "mxnet": step_with_mxnet},
        agreement=1e-4,
    ),
    Row(
        name="perceptron-step-hybridized",
        measures="the same step after `hybridize()`; PyTorch eager",
        unit="µs",
        programs={
            "glueball": lambda: step_with_mxnet(hybridize=True),
            "pytorch": step_with_pytorch,
            "mxnet": lambda: step_with_mxnet(hybridize=True),
        },
        agreement=1e-4,
    ),
    Row(
        name="perceptron-epoch",
        measures="its epoch on Fashion-MNIST as the user writes it: loader, training, accuracy, evaluation",
        unit="s",
        programs={
            "glueball": epoch_with_mxnet,
            "pytorch": epoch_with_pytorch,
            "mxnet": official_files(epoch_with_mxnet),
        },
        target=Target("mxnet", faster=5),
        agreement=0.1,
        rounds=5,
        needs="fashion-mnist",
        peers={"pytorch": "a Dataset of single samples and torch's DataLoader"},
    ),
    Row(
        name="perceptron-epoch-by-the-batch",
        measures="the same epoch, PyTorch gathering whole batches by hand",
        unit="s",
        programs={"glueball": epoch_with_mxnet, "pytorch": epoch_with_pytorch_by_the_batch},
        agreement=0.1,
        rounds=5,
        needs="fashion-mnist",
        peers={"pytorch": "one tensor, `images[indices]`, no loader"},
    ),
    Row(
        name="perceptron-epoch-memory",
        measures="the same epoch, from start to end of a process: peak memory",
        unit="MiB",
        programs={name: peak_memory("perceptron-epoch", name) for name in ("glueball", "pytorch", "mxnet")},
        reports=True,
        rounds=2,
        needs="fashion-mnist",
    ),
]
