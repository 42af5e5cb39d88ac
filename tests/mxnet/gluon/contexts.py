"""Networks on several contexts, which the tests of trainers share.

``cpu(0)``, ``cpu(1)``, ... stand for several devices. What the real MXNet does is in ``tests/samples/gluon/stores.py``.
"""

import numpy as np

import mxnet as mx
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import nn

PAIR = [mx.cpu(0), mx.cpu(1)]
TRIPLE = [mx.cpu(0), mx.cpu(1), mx.cpu(2)]
OUTSIDE = {"update_on_kvstore": False}


def network(contexts):
    net = nn.Sequential(prefix="net_")
    with net.name_scope():
        net.add(nn.Dense(3, in_units=2), nn.Dense(1, in_units=3))
    net.initialize(init.One(), ctx=contexts)
    return net


def trainer_of(net, optimizer="sgd", options=None, **how):
    return gluon.Trainer(net.collect_params(), optimizer, options or {"learning_rate": 0.1}, **how)


def differentiate(net, contexts, data):
    """Record and differentiate on each context with its part of the data."""
    parts = gluon.utils.split_and_load(data, contexts)
    with autograd.record():
        losses = [(net(part) ** 2).sum() for part in parts]
    for loss in losses:
        loss.backward()


def batches(rng, count, size):
    return [nd.array(rng.standard_normal((size, 2))) for _ in range(count)]


def copies(net):
    """The weights of every context as one vector each."""
    arrays = [[a.asnumpy().ravel() for a in p.list_data()] for p in net.collect_params().values()]
    return [np.concatenate(each) for each in zip(*arrays, strict=True)]


def assert_identical(net):
    first, *others = copies(net)
    for other in others:
        np.testing.assert_array_equal(other, first)
