"""A default device that a program sets for torch is none of ours: arrays are where their context is."""

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet import autograd, gluon, nd

x = nd.arange(1, 7).reshape((2, 3))
ROW = nd.array([1, 2, 1])
MAPS = nd.arange(16).reshape((1, 1, 4, 4))
CALLS = {
    "list": lambda: nd.array([1, 2, 3]),
    "arange": lambda: nd.arange(3),
    "_arange": lambda: nd._internal._arange(start=0, stop=3),
    "linspace": lambda: nd.linspace(0, 1, 3),
    "number": lambda: x * 0.43210987,
    "function of numbers": lambda: nd.array([nd.maximum(2, 3)]),
    "mean": lambda: x.reshape((-1, 1)).mean(),
    "one_hot": lambda: nd.one_hot(ROW, 3, on_value=2, off_value=-1),
    "SequenceMask": lambda: nd.SequenceMask(x, ROW, use_sequence_length=True, value=7),
    "SoftmaxOutput": lambda: nd.SoftmaxOutput(x, nd.ones((2,))),
    "col2im": lambda: nd.col2im(nd.ones((1, 4, 9)), output_size=(4, 4), kernel=(2, 2)),
    "index": lambda: x[0, [0, 1]],
    "random": lambda: nd.random.uniform(shape=(3,)) + nd.random.normal(shape=(3,)),
    "Dropout": lambda: nd.Dropout(x, mode="always"),
    "pad": lambda: nd.Pooling(MAPS, kernel=(3, 3), pad=(1, 1), pool_type="avg", count_include_pad=False),
    "hue": lambda: nd.image.random_hue(nd.ones((2, 2, 3)), min_factor=0.5, max_factor=0.5),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_default_device_of_torch_changes_nothing(name):
    mx.random.seed(3)
    expected = CALLS[name]().asnumpy()
    mx.random.seed(3)
    with torch.device("meta"):
        got = CALLS[name]()
        assert got.context == mx.cpu(0)
        np.testing.assert_array_equal(got.asnumpy(), expected)


def test_numbers_that_are_written_are_converted_on_the_cpu():
    y = nd.zeros((2,), dtype="uint8")
    with torch.device("meta"):
        y[:] = 300
    assert y.asnumpy().tolist() == [44, 44]


def test_gradients_are_taken_beside_a_default_device():
    y = nd.ones((2, 3))
    y.attach_grad()
    with torch.device("meta"):
        with autograd.record():
            z = (y * 0.76543210).mean() + nd.maximum(y, 0.5).sum()
        z.backward()
    np.testing.assert_allclose(y.grad.asnumpy(), 1 + 0.7654321 / 6, rtol=1e-6)


def test_whole_steps_are_made_and_run_beside_a_default_device():
    found = []
    for device in ("cpu", "meta"):
        net = gluon.nn.Dense(1, in_units=3)
        net.initialize(mx.init.One())
        trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
        step = gluon.TrainStep(net, gluon.loss.L2Loss(), trainer)
        with torch.device(device):
            found.append([step(x, nd.ones((2, 1))).asnumpy() for _ in range(3)])
        assert step.program()
    np.testing.assert_array_equal(found[1], found[0])
