"""The table of ``summary``, letter for letter as MXNet 1.9.1 prints it for networks whose shapes are known."""

import pytest

from mxnet import nd
from mxnet.gluon import nn

MLP = """\
--------------------------------------------------------------------------------
        Layer (type)                                Output Shape         Param #
================================================================================
               Input                                    (2, 784)               0
        Activation-1                                    (2, 256)               0
             Dense-2                                    (2, 256)          200960
           Dropout-3                                    (2, 256)               0
             Dense-4                                     (2, 10)            2570
================================================================================
Parameters in forward computation graph, duplicate included
   Total params: 203530
   Trainable params: 203530
   Non-trainable params: 0
Shared params in forward computation graph: 0
Unique parameters in model: 203530
--------------------------------------------------------------------------------
"""
SHARED = """\
--------------------------------------------------------------------------------
        Layer (type)                                Output Shape         Param #
================================================================================
               Input                              (2, 3), (2, 1)               0
             Dense-1                                      (2, 3)              12
             Dense-2                                      (2, 3)              12
             Twins-3                              (2, 3), (2, 1)               0
================================================================================
Parameters in forward computation graph, duplicate included
   Total params: 24
   Trainable params: 24
   Non-trainable params: 0
Shared params in forward computation graph: 12
Unique parameters in model: 12
--------------------------------------------------------------------------------
"""


@pytest.mark.parametrize("in_units", [784, 0])
def test_a_perceptron(capsys, in_units):
    net = nn.Sequential()
    net.add(nn.Dense(256, activation="relu", in_units=in_units), nn.Dropout(0.5), nn.Dense(10))
    net.initialize()
    net.summary(nd.ones((2, 784)))
    assert capsys.readouterr().out == MLP


def test_several_inputs_and_shared_parameters(capsys):
    class Twins(nn.Block):
        def __init__(self):
            super().__init__()
            self.first = nn.Dense(3, in_units=3)
            self.second = nn.Dense(3, in_units=3, params=self.first.params)

        def forward(self, x, y):
            return self.second(self.first(x)), y

    net = Twins()
    net.initialize()
    net.summary(nd.ones((2, 3)), nd.ones((2, 1)))
    assert capsys.readouterr().out == SHARED


def test_frozen_parameters_and_statistics_are_not_trainable(capsys):
    net = nn.Sequential()
    net.add(nn.BatchNorm(in_channels=4), nn.Dense(2, in_units=4))
    net[1].bias.grad_req = "null"
    net.initialize()
    net.summary(nd.ones((2, 4)))
    out = capsys.readouterr().out
    assert "Total params: 26\n" in out
    assert "Trainable params: 16\n" in out
    assert "Non-trainable params: 10\n" in out


def test_it_leaves_no_hooks_behind():
    net = nn.Dense(2, in_units=2)
    net.initialize()
    net.summary(nd.ones((1, 2)))
    assert not net._forward_hooks


def test_it_needs_initialised_and_unhybridized_networks():
    net = nn.Dense(2, in_units=2)
    with pytest.raises(RuntimeError, match="has not been initialized"):
        net.summary(nd.ones((1, 2)))
    net.initialize()
    net.hybridize()
    with pytest.raises(AssertionError, match="must not be hybridized"):
        net.summary(nd.ones((1, 2)))
