"""``summary`` with shapes instead of arrays: parameters that learn, and multiply-adds."""

import numpy as np
import pytest

from mxnet import gluon, nd
from mxnet.gluon import nn, rnn
from mxnet.gluon.summary import multiply_adds

LENET = """\
--------------------------------------------------------------------------------------------------------
Layer (type)                 Output shape                      Parameters     Trainable    Multiply-adds
========================================================================================================
Input                        (1, 1, 28, 28)
Conv2D-1                     (1, 6, 24, 24)                           156           156           86,400
BatchNorm-2                  (1, 6, 24, 24)                            24            12                0
MaxPool2D-3                  (1, 6, 12, 12)                             0             0                0
Dense-4                      (1, 10)                                8,650         8,650            8,640
========================================================================================================
Parameters: 8,830 (34.5 KiB)
   Trainable: 8,818
   Not trainable: 12
Multiply-adds for this input: 95,040
--------------------------------------------------------------------------------------------------------
"""


def test_a_shape_prints_the_larger_table(capsys):
    net = nn.HybridSequential()
    net.add(nn.Conv2D(6, kernel_size=5), nn.BatchNorm(), nn.MaxPool2D(), nn.Dense(10))
    net.initialize()
    net.summary((1, 1, 28, 28))
    assert capsys.readouterr().out == LENET


def test_arrays_and_shapes_can_be_mixed(capsys):
    cell = rnn.LSTMCell(4)
    cell.initialize()
    cell.summary((3, 2), [nd.zeros((3, 4)), nd.zeros((3, 4))])
    out = capsys.readouterr().out
    assert "Input                        (3, 2), [(3, 4), (3, 4)]" in out
    assert "Multiply-adds for this input: 288" in out


def test_shared_parameters_are_counted_once(capsys):
    class Twins(nn.Block):
        def __init__(self):
            super().__init__()
            self.first = nn.Dense(3, in_units=3)
            self.second = nn.Dense(3, in_units=3, params=self.first.params)

        def forward(self, x):
            return self.second(self.first(x))

    net = Twins()
    net.initialize()
    net.summary((2, 3))
    out = capsys.readouterr().out
    assert "Parameters: 12, and 12 of them used again (48 bytes)\n   Trainable: 12\n" in out
    assert "Multiply-adds for this input: 36" in out


def test_zeros_have_the_type_of_the_parameters(capsys):
    net = nn.Dense(4, in_units=3)
    net.initialize()
    net.cast("float16")
    net.summary((2, 3))
    assert "Parameters: 16 (32 bytes)" in capsys.readouterr().out


@pytest.mark.parametrize("shape", [(0, 3), (2, -1)])
def test_a_length_below_one_is_refused(shape):
    net = nn.Dense(4)
    net.initialize()
    with pytest.raises(ValueError, match="every length of an input is 1 or more"):
        net.summary(shape)


LAYERS = {
    "Dense": (lambda: nn.Dense(5), (4, 3)),
    "Dense not flat": (lambda: nn.Dense(5, flatten=False), (4, 2, 3)),
    "Conv1D": (lambda: nn.Conv1D(4, 3, strides=2), (2, 3, 9)),
    "Conv2D": (lambda: nn.Conv2D(4, (3, 2), padding=1, dilation=2), (2, 3, 9, 8)),
    "Conv2D of groups": (lambda: nn.Conv2D(6, 3, groups=3), (2, 9, 7, 7)),
    "Conv3D": (lambda: nn.Conv3D(2, 2), (1, 3, 4, 5, 4)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_multiply_adds_are_those_of_the_sum_written_out(name):
    """Ones in, ones as weights: each product adds 1 to the sum of the outputs."""
    make, shape = LAYERS[name]
    layer = make()
    layer.initialize("ones")
    x = nd.ones(shape)
    y = layer(x)
    for parameter in layer.collect_params(".*bias").values():
        parameter.set_data(nd.zeros(parameter.shape))
    counted = multiply_adds(layer, [x], y)
    products = layer(x).sum().asscalar().item()
    if layer.__class__ is nn.Conv2D and layer._kwargs["pad"] != (0, 0):
        assert counted > products  # products with what was padded are counted, too
    else:
        assert counted == products


@pytest.mark.parametrize("make", [nn.Conv1DTranspose, nn.Conv2DTranspose, nn.Conv3DTranspose])
def test_multiply_adds_of_transposed_convolutions(make):
    rank = int(make.__name__[4])
    layer = make(4, 3, strides=2, groups=2, use_bias=False)
    layer.initialize("ones")
    x = nd.ones((2, 6, *range(3, 3 + rank)))
    y = layer(x)
    assert multiply_adds(layer, [x], y) == y.sum().asscalar().item()


@pytest.mark.parametrize(
    ("layer", "gates"), [(rnn.RNN, 1), (rnn.LSTM, 4), (rnn.GRU, 3)], ids=["RNN", "LSTM", "GRU"]
)
def test_multiply_adds_of_recurrent_layers(layer, gates):
    net = layer(5, num_layers=2, bidirectional=True)
    net.initialize()
    x = nd.zeros((7, 2, 3))
    products = 7 * 2 * 2 * gates * 5 * ((3 + 5) + (10 + 5))  # steps, sequences, directions, rows, both layers
    assert multiply_adds(net, [x], net(x)) == products


def test_multiply_adds_of_cells_and_of_those_that_convolve():
    cell = rnn.GRUCell(5)
    cell.initialize()
    x = nd.zeros((2, 3))
    assert multiply_adds(cell, [x], cell(x, cell.begin_state(2))) == 2 * 3 * 5 * (3 + 5)
    conv = gluon.contrib.rnn.Conv2DLSTMCell((3, 6, 6), 4, i2h_kernel=3, h2h_kernel=3, i2h_pad=1)
    conv.initialize()
    x = nd.zeros((2, 3, 6, 6))
    assert multiply_adds(conv, [x], conv(x, conv.begin_state(2))) == 2 * 36 * 4 * 4 * 9 * (3 + 4)


def test_other_layers_count_nothing():
    layer = nn.Embedding(10, 4)
    layer.initialize()
    x = nd.array(np.arange(3))
    assert multiply_adds(layer, [x], layer(x)) == 0
