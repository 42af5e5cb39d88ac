"""What networks reach: the same program, seeds and data on Glueball and on the real MXNet."""

import itertools

from _fashion_mnist import official_files
from harness import Row

BATCH, RATE, EPOCHS = 256, 0.9, 5


def lenet():
    """LeNet with sigmoids as books train it; each call takes the next seed and returns the test accuracy in percent."""
    import numpy as np

    import mxnet as mx
    from mxnet import autograd, gluon, init
    from mxnet.gluon import data, nn

    to_tensor = data.vision.transforms.ToTensor()
    train, test = (
        data.DataLoader(data.vision.FashionMNIST(train=part).transform_first(to_tensor), BATCH, shuffle=part)
        for part in (True, False)
    )
    seeds = itertools.count()

    def trained():
        seed = next(seeds)
        mx.random.seed(seed)
        np.random.seed(seed)
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
        net.initialize(init.Xavier())
        net.hybridize()
        loss = gluon.loss.SoftmaxCrossEntropyLoss()
        trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": RATE})
        for _ in range(EPOCHS):
            for X, y in train:
                with autograd.record():
                    l = loss(net(X), y)
                l.backward()
                trainer.step(BATCH)
        correct = sum((net(X).argmax(axis=1) == y.astype("float32")).sum().asscalar() for X, y in test)
        return float(correct) / 100

    return trained


ROWS = [
    Row(
        name="lenet-accuracy",
        measures="LeNet with sigmoids on Fashion-MNIST, 5 epochs at 0.9, Xavier, 3 seeds: test accuracy",
        unit="%",
        programs={"glueball": lenet, "mxnet": official_files(lenet)},
        reports=True,
        rounds=3,
        needs="fashion-mnist",
    )
]
