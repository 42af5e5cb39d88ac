"""What training reaches: the figures that books and users expect, means over several seeds."""

import random

import numpy as np
import pytest

import d2lzh as d2l
import mxnet as mx
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import nn
from tests.clothes import real_fashion_mnist

SEEDS = range(5)


def seeded(seed):
    mx.random.seed(seed)
    np.random.seed(seed)
    random.seed(seed)


@pytest.fixture(scope="module")
def batches():
    if not real_fashion_mnist():
        pytest.skip("the complete Fashion-MNIST is not in MXNET_HOME")
    return d2l.load_data_fashion_mnist(256)


def train(net, batches, epochs, lr):
    train_batches, test_batches = batches
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": lr})
    for _ in range(epochs):
        for X, y in train_batches:
            with autograd.record():
                batch_loss = loss(net(X), y)
            batch_loss.backward()
            trainer.step(256)  # the last batch, which is smaller, makes a smaller step
    return d2l.evaluate_accuracy(test_batches, net)


def perceptron():
    net = nn.Sequential()
    net.add(nn.Dense(256, activation="relu"), nn.Dense(10))
    net.initialize(init.Normal(sigma=0.01))
    return net


@pytest.mark.long
@pytest.mark.parametrize(("epochs", "lr", "least"), [(10, 0.1, 0.845), (5, 0.5, 0.85)])
def test_the_perceptron_learns_fashion(batches, epochs, lr, least):
    accuracies = []
    for seed in SEEDS:
        seeded(seed)
        accuracies.append(train(perceptron(), batches, epochs, lr))
    print(f"perceptron, {epochs} epochs at {lr}: {np.mean(accuracies):.4f} of {np.round(accuracies, 4)}")
    assert np.mean(accuracies) >= least


@pytest.mark.long
def test_softmax_regression_learns_fashion_concisely(batches):
    accuracies = []
    for seed in SEEDS:
        seeded(seed)
        net = nn.Sequential()
        net.add(nn.Dense(10))
        net.initialize(init.Normal(sigma=0.01))
        accuracies.append(train(net, batches, epochs=5, lr=0.1))
    print(f"softmax regression, concisely: {np.mean(accuracies):.4f} of {np.round(accuracies, 4)}")
    assert np.mean(accuracies) >= 0.82


@pytest.mark.long
def test_softmax_regression_learns_fashion_from_scratch(batches):
    accuracies = []
    for seed in SEEDS:
        seeded(seed)
        W = nd.random.normal(scale=0.01, shape=(784, 10))
        b = nd.zeros(10)
        for parameter in (W, b):
            parameter.attach_grad()

        def net(X, W=W, b=b):
            exp = nd.dot(X.reshape((-1, 784)), W) + b
            exp = exp.exp()
            return exp / exp.sum(axis=1, keepdims=True)

        train_batches, test_batches = batches
        for _ in range(5):
            for X, y in train_batches:
                with autograd.record():
                    loss = -nd.pick(net(X), y).log()
                loss.backward()
                d2l.sgd([W, b], 0.1, 256)
        accuracies.append(d2l.evaluate_accuracy(test_batches, net))
    print(f"softmax regression, from scratch: {np.mean(accuracies):.4f} of {np.round(accuracies, 4)}")
    assert np.mean(accuracies) >= 0.82


def houses():
    features = nd.random.normal(scale=1, shape=(1000, 2))
    labels = 2 * features[:, 0] - 3.4 * features[:, 1] + 4.2
    labels += nd.random.normal(scale=0.01, shape=labels.shape)
    return features, labels


@pytest.mark.parametrize("seed", SEEDS)
def test_linear_regression_from_scratch_finds_the_truth(seed):
    seeded(seed)
    features, labels = houses()
    w, b = nd.random.normal(scale=0.01, shape=(2, 1)), nd.zeros(shape=(1,))
    w.attach_grad()
    b.attach_grad()
    for _ in range(3):
        for X, y in d2l.data_iter(10, features, labels):
            with autograd.record():
                loss = d2l.squared_loss(d2l.linreg(X, w, b), y)
            loss.backward()
            d2l.sgd([w, b], 0.03, 10)
    mean_loss = d2l.squared_loss(d2l.linreg(features, w, b), labels).mean().asnumpy()
    assert float(mean_loss) == pytest.approx(5e-5, rel=0.2)
    np.testing.assert_allclose(w.asnumpy().ravel(), [2, -3.4], atol=2e-3)
    np.testing.assert_allclose(b.asnumpy(), [4.2], atol=2e-3)


@pytest.mark.parametrize("seed", SEEDS)
def test_linear_regression_concisely_finds_the_truth(seed):
    seeded(seed)
    features, labels = houses()
    net = nn.Sequential()
    net.add(nn.Dense(1))
    net.initialize(init.Normal(sigma=0.01))
    loss = gluon.loss.L2Loss()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.03})
    batches = gluon.data.DataLoader(gluon.data.ArrayDataset(features, labels), 10, shuffle=True)
    for _ in range(3):
        for X, y in batches:
            with autograd.record():
                batch_loss = loss(net(X), y)
            batch_loss.backward()
            trainer.step(10)
    assert float(loss(net(features), labels).mean().asnumpy()) == pytest.approx(5e-5, rel=0.2)
    np.testing.assert_allclose(net[0].weight.data().asnumpy().ravel(), [2, -3.4], atol=2e-3)
    np.testing.assert_allclose(net[0].bias.data().asnumpy(), [4.2], atol=2e-3)
