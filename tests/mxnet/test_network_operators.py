"""What samples cannot say of the network operators: state that moves, randomness, errors that help."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, nd
from mxnet.gluon import HybridBlock


def test_sparseness_penalty_moves_the_averages_in_backward_and_adds_its_slope():
    data = nd.array([[0.2, 0.5], [0.3, 0.9]])
    average = nd.array([0.3, 0.4])
    data.attach_grad()
    with autograd.record():
        out = nd.IdentityAttachKLSparseReg(data, average, sparseness_target=0.3, penalty=0.1, momentum=0.5)
    np.testing.assert_allclose(average.asnumpy(), [0.3, 0.4], rtol=1e-6)
    out.backward(nd.full((2, 2), 2.0))
    moved = np.array([0.5 * 0.3 + 0.5 * 0.25, 0.5 * 0.4 + 0.5 * 0.7])
    np.testing.assert_allclose(average.asnumpy(), moved, rtol=1e-6)
    slope = 2 + 0.1 * (0.7 / (1 - moved) - 0.3 / moved)
    np.testing.assert_allclose(data.grad.asnumpy(), [slope, slope], rtol=1e-6)


RECURRENT = {"state_size": 8, "num_layers": 2, "mode": "gru"}


def recurrent_inputs():
    mx.random.seed(1)
    count = 3 * 8 * (4 + 8 + 2) + 3 * 8 * (8 + 8 + 2)
    return nd.random.normal(shape=(5, 3, 4)), nd.random.normal(shape=(count,)), nd.zeros((2, 3, 8))


def test_recurrent_dropout_acts_between_layers_in_training_mode_alone():
    inputs = recurrent_inputs()
    plain = nd.RNN(*inputs, **RECURRENT)
    predicted = nd.RNN(*inputs, p=0.5, **RECURRENT)
    np.testing.assert_array_equal(predicted.asnumpy(), plain.asnumpy())
    with autograd.train_mode():
        dropped = nd.RNN(*inputs, p=0.5, **RECURRENT)
        single = nd.RNN(
            inputs[0], inputs[1][: 3 * 8 * 14], inputs[2][:1], p=0.5, state_size=8, num_layers=1, mode="gru"
        )
    assert not np.allclose(dropped.asnumpy(), plain.asnumpy())
    expected = nd.RNN(
        inputs[0], inputs[1][: 3 * 8 * 14], inputs[2][:1], state_size=8, num_layers=1, mode="gru"
    )
    np.testing.assert_array_equal(single.asnumpy(), expected.asnumpy())


def test_recurrent_dropout_follows_the_seed():
    inputs = recurrent_inputs()

    def dropped():
        mx.random.seed(7)
        with autograd.train_mode():
            return nd.RNN(*inputs, p=0.5, **RECURRENT).asnumpy()

    np.testing.assert_array_equal(dropped(), dropped())


def test_recurrent_dropout_leaves_the_random_numbers_of_torch_alone():
    torch = pytest.importorskip("torch")
    inputs = recurrent_inputs()
    before = torch.random.get_rng_state()
    with autograd.train_mode():
        nd.RNN(*inputs, p=0.5, **RECURRENT)
    assert torch.equal(before, torch.random.get_rng_state())


class Convolved(HybridBlock):
    def __init__(self, **attributes):
        super().__init__()
        self.attributes = attributes
        with self.name_scope():
            self.weight = self.params.get("weight", shape=(0,) * 4, allow_deferred_init=True)
            self.bias = self.params.get("bias", shape=(0,), allow_deferred_init=True)

    def hybrid_forward(self, F, x, weight, bias):
        return F.Convolution(x, weight, bias, **self.attributes)


@pytest.mark.parametrize(("layout", "shape"), [("NCHW", (6, 2, 3, 5)), ("NHWC", (6, 3, 5, 2))])
def test_convolution_solves_the_shapes_of_its_parameters(layout, shape):
    net = Convolved(kernel=(3, 5), num_filter=6, num_group=2, layout=layout)
    net.initialize()
    images = nd.ones((2, 4, 8, 8) if layout == "NCHW" else (2, 8, 8, 4))
    assert net(images).shape == ((2, 6, 6, 4) if layout == "NCHW" else (2, 6, 4, 6))
    assert net.weight.shape == shape
    assert net.bias.shape == (6,)


def test_attributes_from_symbol_files_are_read():
    images, weight = nd.ones((1, 1, 4, 4)), nd.ones((1, 1, 2, 2))
    read = nd.Convolution(
        images, weight, kernel="(2, 2)", stride="(2, 2)", num_filter="1", no_bias="True", layout="None"
    )
    assert read.asnumpy().tolist() == [[[[4.0, 4.0], [4.0, 4.0]]]]
    pooled = nd.Pooling(images, kernel="(2, 2)", pool_type="avg", global_pool="True")
    assert pooled.asnumpy().tolist() == [[[[1.0]]]]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda x: nd.Convolution(x, nd.ones((2, 3, 3, 3)), kernel=(3, 3), num_filter=2, no_bias=True),
            "(2, 1, 3, 3)",
        ),
        (
            lambda x: nd.Convolution(x, nd.ones((2, 1, 9, 9)), kernel=(9, 9), num_filter=2, no_bias=True),
            "spans 9",
        ),
        (lambda x: nd.Pooling(x, kernel=(9, 9)), "global_pool=True"),
        (lambda x: nd.Pooling(x, kernel=2), "kernel=(2, 2)"),
        (lambda x: nd.CTCLoss(nd.ones((4, 1, 3)), nd.array([[0, 3]]), blank_label="last"), "between 0 and 1"),
    ],
)
def test_errors_say_what_would_fit(call, words):
    with pytest.raises(mx.MXNetError) as raised:
        call(nd.ones((1, 1, 4, 4)))
    assert words in str(raised.value)
