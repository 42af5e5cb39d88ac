"""A small training that the tests of handlers share."""

import io
import logging

import numpy as np

from mxnet import gluon, nd
from mxnet.gluon import nn
from mxnet.gluon.contrib.estimator import Estimator

SOURCE = np.random.RandomState(0)
X = SOURCE.standard_normal((20, 3)).astype("float32")
Y = (X.sum(axis=1) > 0).astype("float32")


def loader(size=4, shuffle=False, x=X, y=Y, **options):
    return gluon.data.DataLoader(gluon.data.ArrayDataset(x, y), batch_size=size, shuffle=shuffle, **options)


def network(dropout=0.0):
    net = nn.HybridSequential(prefix="net_")
    with net.name_scope():
        net.add(nn.Dense(5, in_units=3, activation="relu"), nn.Dropout(dropout), nn.Dense(2, in_units=5))
    net.initialize()
    return net


def estimator(net=None, optimizer="sgd", loss=None, options=None, **arguments):
    """An estimator whose log lines lie in ``estimator.lines``."""
    net = network() if net is None else net
    options = {"learning_rate": 0.1, **(options or {})}
    trainer = gluon.Trainer(net.collect_params(), optimizer, options)
    made = Estimator(net, loss or gluon.loss.SoftmaxCrossEntropyLoss(), trainer=trainer, **arguments)
    made.lines = []

    class Keep(logging.Handler):
        def emit(self, record):
            made.lines.append(record.getMessage())

    made.logger.handlers[:] = [Keep()]
    return made


def weights(net):
    return {name: p.data().asnumpy() for name, p in net._collect_params_with_prefix().items()}


def same(first, second):
    return first.keys() == second.keys() and all((first[name] == second[name]).all() for name in first)


def fill(net, seed=3):
    """Give a network fixed weights."""
    source = np.random.RandomState(seed)
    for parameter in net.collect_params().values():
        parameter.set_data(nd.array(source.standard_normal(parameter.shape) * 0.3))
    return net


class Screen(io.StringIO):
    """A file that says it is a terminal."""

    def isatty(self):
        return True
