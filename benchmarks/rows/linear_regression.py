"""Linear regression from scratch: the first training program of the book, made of small calls."""

import random

import numpy as np
from harness import Row, Target

EXAMPLES, BATCH, RATE = 1000, 10, 0.03


def _data():
    """The features, the labels and the first weights, the same for everybody."""
    rng = np.random.RandomState(0)
    features = rng.normal(size=(EXAMPLES, 2)).astype("float32")
    labels = features @ np.array([2, -3.4]) + 4.2 + rng.normal(0, 0.01, EXAMPLES)
    random.seed(0)
    return features, labels.astype("float32"), rng.normal(0, 0.01, (2, 1)).astype("float32")


def with_mxnet():
    from mxnet import autograd, nd

    features, labels, weight = (nd.array(array) for array in _data())
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

    features, labels, weight = (torch.tensor(array) for array in _data())
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


ROWS = [
    Row(
        name="linear-regression",
        measures="linear regression from scratch, batch 10: one step, its batch included",
        unit="µs",
        per=EXAMPLES // BATCH,
        programs={"glueball": with_mxnet, "pytorch": with_pytorch, "mxnet": with_mxnet},
        target=Target("pytorch", at_most=1.05),
        agreement=1e-3,
    )
]
