"""``hybridize`` is an optimisation: results, errors and training stay the same."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet.gluon import nn


def network():
    net = nn.HybridSequential()
    net.add(nn.Dense(8, activation="relu"), nn.BatchNorm(), nn.Dropout(0.3), nn.LayerNorm(), nn.Dense(3))
    return net


def outputs(hybrid, steps=3):
    mx.random.seed(11)
    net = network()
    net.initialize(mx.init.Xavier())
    if hybrid:
        net.hybridize(static_alloc=True, static_shape=True)
    trainer = gluon.Trainer(net.collect_params(), "adam")
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    x, y = nd.random.normal(shape=(6, 4)), nd.array([0, 1, 2, 0, 1, 2])
    for _ in range(steps):
        with autograd.record():
            error = loss(net(x), y)
        error.backward()
        trainer.step(6)
    return [net(x).asnumpy(), *(p.data().asnumpy() for p in net.collect_params().values())]


def test_training_gives_the_same_weights_bit_for_bit():
    for plain, hybrid in zip(outputs(False), outputs(True), strict=True):
        np.testing.assert_array_equal(plain, hybrid)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"active": False},
        {"static_alloc": True, "static_shape": True, "inline_limit": 3},
        {"backend": None, "clear": True, "forward_bulk_size": 4, "backward_bulk_size": 4},
        {"some_option_of_a_backend": 1},
    ],
)
def test_the_arguments_of_mxnet_are_accepted(arguments):
    net = network()
    net.hybridize(**arguments)
    net.initialize()
    assert net(nd.ones((2, 4))).shape == (2, 3)


def test_a_sequence_of_hybrid_blocks_suggests_the_hybrid_one():
    net = nn.Sequential()
    net.add(nn.Dense(2))
    with pytest.warns(UserWarning, match="Consider using HybridSequential"):
        net.hybridize()


def test_hybridize_reaches_the_children_of_plain_blocks():
    class Plain(nn.Block):
        def __init__(self):
            super().__init__()
            self.layer = nn.Dense(2)

    net = Plain()
    net.hybridize()
    assert net.layer._active
    net.hybridize(False)
    assert not net.layer._active


def test_python_control_flow_over_values_keeps_working():
    class Doubling(nn.HybridBlock):
        def hybrid_forward(self, F, x):
            while x.norm().asscalar() < 100:
                x = x * 2
            return x

    net = Doubling()
    net.hybridize()
    assert net(nd.ones((1,))).asscalar() == 128
    assert net(nd.ones((1,)) * 99).asscalar() == 198


def test_a_changed_child_counts_after_hybridize():
    net = nn.HybridSequential()
    net.add(nn.Dense(2, in_units=2))
    net.initialize()
    net.hybridize()
    net(nd.ones((1, 2)))
    net.add(nn.Dense(5, in_units=2))
    net[1].initialize()
    assert net(nd.ones((1, 2))).shape == (1, 5)


def test_errors_name_the_layer_all_the_same():
    net = nn.HybridSequential(prefix="net_")
    with net.name_scope():
        net.add(nn.Dense(2, in_units=3))
    net.initialize()
    net.hybridize()
    with pytest.raises(mx.MXNetError, match="layer 'net_dense0'"):
        net(nd.ones((1, 4)))
