"""Linear regression, the first training program of the book, made of small calls: from scratch, and with Gluon."""

import random

import numpy as np
from _elsewhere import jax_linear_epoch, keras_linear_epoch, tinygrad_linear_epoch
from harness import Floor, Row, Target

EXAMPLES, BATCH, RATE = 1000, 10, 0.03


def data():
    """The features, the labels and the first weights, the same for everybody."""
    rng = np.random.RandomState(0)
    features = rng.normal(size=(EXAMPLES, 2)).astype("float32")
    labels = features @ np.array([2, -3.4]) + 4.2 + rng.normal(0, 0.01, EXAMPLES)
    random.seed(0)
    return features, labels.astype("float32"), rng.normal(0, 0.01, (2, 1)).astype("float32")


# --------------------------------------------------------------------------------------------------- from scratch


def with_mxnet():
    from mxnet import autograd, nd

    features, labels, weight = (nd.array(array) for array in data())
    w, b = weight, nd.zeros(shape=(1,))
    w.attach_grad()
    b.attach_grad()

    def data_iter(batch_size, features, labels):
        indices = list(range(len(features)))
        random.shuffle(indices)
        for i in range(0, len(features), batch_size):
            j = nd.array(indices[i : min(i + batch_size, len(features))])
            yield features.take(j), labels.take(j)

    def linreg(X, w, b):
        return nd.dot(X, w) + b

    def squared_loss(y_hat, y):
        return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2

    def sgd(params, lr, batch_size):
        for param in params:
            param[:] = param - lr * param.grad / batch_size

    def epoch():
        for X, y in data_iter(BATCH, features, labels):
            with autograd.record():
                l = squared_loss(linreg(X, w, b), y)
            l.backward()
            sgd([w, b], RATE, BATCH)
        return l.mean().asscalar()

    return epoch


def with_pytorch():
    import torch

    features, labels, weight = (torch.tensor(array) for array in data())
    w, b = weight.requires_grad_(), torch.zeros(1, requires_grad=True)

    def data_iter(batch_size, features, labels):
        indices = list(range(len(features)))
        random.shuffle(indices)
        for i in range(0, len(features), batch_size):
            j = torch.tensor(indices[i : min(i + batch_size, len(features))])
            yield features[j], labels[j]

    def linreg(X, w, b):
        return torch.mm(X, w) + b

    def squared_loss(y_hat, y):
        return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2

    def sgd(params, lr, batch_size):
        with torch.no_grad():
            for param in params:
                param -= lr * param.grad / batch_size
                param.grad.zero_()

    def epoch():
        for X, y in data_iter(BATCH, features, labels):
            l = squared_loss(linreg(X, w, b), y)
            l.sum().backward()
            sgd([w, b], RATE, BATCH)
        return l.mean().item()

    return epoch


def by_hand():
    """The same in NumPy, with the derivatives worked out on paper."""
    features, labels, w = data()
    b = np.zeros(1, "float32")

    def epoch():
        indices = list(range(EXAMPLES))
        random.shuffle(indices)
        for i in range(0, EXAMPLES, BATCH):
            j = indices[i : i + BATCH]
            X, y = features[j], labels[j]
            error = X @ w
            error += b
            error[:, 0] -= y
            w[...] -= RATE / BATCH * (X.T @ error)
            b[...] -= RATE / BATCH * error.sum()
        return (error**2).mean() / 2

    return epoch


# ------------------------------------------------------------------------------------------------- with Gluon


def gluon_with_mxnet(fused):
    """The book's loader, layer, loss and trainer; the step in one call, or hybridized."""

    def program():
        from mxnet import autograd, gluon, init, nd
        from mxnet.gluon import data as gdata
        from mxnet.gluon import nn

        features, labels, _ = (nd.array(array) for array in data())
        batches = gdata.DataLoader(gdata.ArrayDataset(features, labels), BATCH, shuffle=True)
        net = nn.HybridSequential()
        net.add(nn.Dense(1))
        net.initialize(init.Normal(sigma=0.01))
        loss = gluon.loss.L2Loss()
        trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": RATE})

        def answer():
            return net[0].weight.data().sum().asscalar() + net[0].bias.data().asscalar()

        if fused:
            step = gluon.TrainStep(net, loss, trainer)

            def epoch():
                for X, y in batches:
                    step(X, y)
                return answer()

        else:
            net.hybridize()

            def epoch():
                for X, y in batches:
                    with autograd.record():
                        l = loss(net(X), y)
                    l.backward()
                    trainer.step(BATCH)
                return answer()

        return epoch

    return program


def gluon_with_pytorch():
    import torch
    from torch import nn

    features, labels, _ = (torch.from_numpy(array) for array in data())
    labels = labels.reshape(-1, 1)
    net, loss = nn.Linear(2, 1), nn.MSELoss()
    nn.init.normal_(net.weight, std=0.01)
    nn.init.zeros_(net.bias)
    optimizer = torch.optim.SGD(net.parameters(), lr=RATE / 2)  # Gluon's loss is half the squared error

    def epoch():
        for j in torch.randperm(EXAMPLES).split(BATCH):
            optimizer.zero_grad()
            loss(net(features[j]), labels[j]).backward()
            optimizer.step()
        return net.weight.sum().item() + net.bias.item()

    return epoch


def gluon_by_hand():
    """`by_hand`, but for what it returns: all parameters together, whatever the order of the examples was."""
    features, labels, w = data()
    b = np.zeros(1, "float32")

    def epoch():
        order = np.random.permutation(EXAMPLES)
        for i in range(0, EXAMPLES, BATCH):
            j = order[i : i + BATCH]
            X, y = features[j], labels[j]
            error = X @ w
            error += b
            error[:, 0] -= y
            w[...] -= RATE / BATCH * (X.T @ error)
            b[...] -= RATE / BATCH * error.sum()
        return w.sum() + b[0]

    return epoch


FLOOR = "NumPy with the gradients by hand: two small products, a few sums, and the gathering of the batch"
ROWS = [
    Row(
        name="linear-regression",
        measures="linear regression from scratch, batch 10: one step, its batch included",
        unit="µs",
        per=EXAMPLES // BATCH,
        programs={
            "glueball": with_mxnet,
            "pytorch": with_pytorch,
            "mxnet": with_mxnet,
            "keras-torch": keras_linear_epoch("torch", data, BATCH, RATE),
            "keras-jax": keras_linear_epoch("jax", data, BATCH, RATE),
            "jax": jax_linear_epoch(data, BATCH, RATE),
            "tinygrad": tinygrad_linear_epoch(data, BATCH, RATE),
        },
        targets=(Target("pytorch", at_most=1.0),),
        floor=Floor(FLOOR, by_hand),
        agreement=1e-3,
        peers={
            "keras-torch": "a Dense layer and `train_on_batch`",
            "keras-jax": "a Dense layer and `train_on_batch`",
        },
    ),
    Row(
        name="linear-regression-train-step",
        measures="linear regression with Gluon, `TrainStep`, batch 10: one step, its batch included",
        unit="µs",
        per=EXAMPLES // BATCH,
        programs={
            "glueball": gluon_with_mxnet(fused=True),
            "pytorch": gluon_with_pytorch,
            "mxnet": gluon_with_mxnet(fused=False),
        },
        targets=(Target("pytorch", at_most=0.4),),
        floor=Floor(FLOOR, gluon_by_hand),
        agreement=0.05,
        peers={
            "pytorch": "`nn.Linear`, `nn.MSELoss`, SGD; batches by `randperm` and `features[j]`, no loader",
            "mxnet": "hybridized, `DataLoader` as in the book",
        },
    ),
]
