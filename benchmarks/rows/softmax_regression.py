"""Softmax regression from scratch, as the book writes it: one step on one batch of 256 images."""

import numpy as np
from _products import dense_step, products
from harness import Floor, Row, Target

BATCH, INPUTS, OUTPUTS, RATE = 256, 784, 10, 0.1


def data():
    rng = np.random.RandomState(0)
    X = rng.uniform(size=(BATCH, 1, 28, 28)).astype("float32")
    return X, rng.randint(0, OUTPUTS, BATCH), rng.normal(0, 0.01, (INPUTS, OUTPUTS)).astype("float32")


def with_mxnet():
    from mxnet import autograd, nd

    X, y, W = (nd.array(array) for array in data())
    b = nd.zeros(OUTPUTS)
    W.attach_grad()
    b.attach_grad()

    def softmax(X):
        X_exp = X.exp()
        partition = X_exp.sum(axis=1, keepdims=True)
        return X_exp / partition

    def net(X):
        return softmax(nd.dot(X.reshape((-1, INPUTS)), W) + b)

    def cross_entropy(y_hat, y):
        return -nd.pick(y_hat, y).log()

    def sgd(params, lr, batch_size):
        for param in params:
            param[:] = param - lr * param.grad / batch_size

    def step():
        with autograd.record():
            l = cross_entropy(net(X), y).sum()
        l.backward()
        sgd([W, b], RATE, BATCH)
        return l.asscalar()

    return step


def with_pytorch():
    import torch

    X, y, W = (torch.from_numpy(array) for array in data())
    W.requires_grad_()
    b = torch.zeros(OUTPUTS, requires_grad=True)
    rows = torch.arange(BATCH)

    def softmax(X):
        X_exp = X.exp()
        partition = X_exp.sum(1, keepdim=True)
        return X_exp / partition

    def net(X):
        return softmax(torch.mm(X.reshape(-1, INPUTS), W) + b)

    def cross_entropy(y_hat, y):
        return -y_hat[rows, y].log()

    def sgd(params, lr, batch_size):
        with torch.no_grad():
            for param in params:
                param -= lr * param.grad / batch_size
                param.grad.zero_()

    def step():
        l = cross_entropy(net(X), y).sum()
        l.backward()
        sgd([W, b], RATE, BATCH)
        return l.item()

    return step


ROWS = [
    Row(
        name="softmax-regression",
        measures="softmax regression from scratch, 784-10, batch 256: one training step",
        unit="µs",
        programs={"glueball": with_mxnet, "pytorch": with_pytorch, "mxnet": with_mxnet},
        targets=(Target("pytorch", at_most=1.0),),
        floor=Floor(
            "its two matrix products in torch, into memory that is there beforehand",
            products(*dense_step(BATCH, INPUTS, OUTPUTS)),
        ),
        agreement=1e-3,
    )
]
