"""Known surprises, each as a passing test with a sentence on why it is so."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet.base import MXNetError
from mxnet.gluon import nn


def test_everything_is_float32_unless_told_otherwise():
    """MXNet converts NumPy's float64 and integers: models are float32, and so is what they are fed."""
    assert nd.array(np.arange(3)).dtype == np.float32
    assert nd.array([True]).dtype == np.float32


def test_a_number_takes_the_type_of_the_array():
    """The array decides, so `int32 + 1.7` adds 1: no operation changes an array's type behind one's back."""
    assert (nd.array([1], dtype="int32") + 1.7).asnumpy().tolist() == [2]


def test_integers_divide_towards_zero():
    """C++ does, and MXNet is C++; Python's `//` rounds down."""
    assert (nd.array([-7], dtype="int32") / 2).asnumpy().tolist() == [-3]


def test_one_row_is_a_view_and_one_column_is_a_copy():
    """A view has to be contiguous, as all arrays are: a row is, a column is not."""
    x = nd.zeros((2, 2))
    x[0][:] = 1
    x[:, 1][:] = 9
    assert x.asnumpy().tolist() == [[1.0, 1.0], [0.0, 0.0]]


def test_the_method_reshape_shares_and_the_function_copies():
    """`x.reshape` is the same memory under another name; `nd.reshape` is an operator, and operators copy."""
    x = nd.zeros((2, 2))
    nd.reshape(x, shape=(4,))[:] = 9
    assert x.sum().asscalar() == 0
    x.reshape((4,))[:] = 9
    assert x.sum().asscalar() == 36


def test_a_sum_of_everything_has_shape_one():
    """1.x has no arrays without axes among its results; they came with mx.np."""
    assert nd.ones((2, 3)).sum().shape == (1,)


def test_concat_goes_along_axis_one():
    """Channels are axis 1, and concatenating channels is what `concat` was made for."""
    assert nd.concat(nd.ones((2, 3)), nd.ones((2, 3))).shape == (2, 6)


def test_out_of_range_indices_are_clipped():
    """`take`, `pick` and labels clip: a wrong label trains the last class instead of ending the program."""
    assert nd.take(nd.arange(3), nd.array([7])).asscalar() == 2
    assert nd.pick(nd.array([[1, 2]]), nd.array([7])).asscalar() == 2


def test_topk_and_argmax_return_floats():
    """Indices come in float32, which counts exactly up to 16,777,216 and no further."""
    assert nd.array([3, 1]).argmax().dtype == np.float32
    assert nd.topk(nd.array([3, 1])).dtype == np.float32


def test_step_divides_by_the_batch_size_but_a_mean_has_divided_already():
    """`trainer.step(n)` rescales by 1/n because losses come one per example; after `.mean()` it is `step(1)`."""
    weights = []
    for reduce, size in ((lambda x: x, 4), (lambda x: x.mean(), 1), (lambda x: x.mean(), 4)):
        net = nn.Dense(1, in_units=1, use_bias=False)
        net.initialize(mx.init.One())
        trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
        with autograd.record():
            loss = reduce(gluon.loss.L2Loss()(net(nd.ones((4, 1))), nd.zeros((4, 1))))
        loss.backward()
        trainer.step(size)
        weights.append(net.weight.data().asscalar())
    right, mean_with_one, mean_with_batch = weights
    assert right == pytest.approx(mean_with_one) == pytest.approx(0.9)
    assert mean_with_batch == pytest.approx(0.975)


def test_an_update_outside_record_changes_what_backward_sees():
    """The tape keeps arrays, not copies: MXNet differentiates with the value that is there at `backward`."""
    x = nd.array([1.0])
    x.attach_grad()
    with autograd.record():
        y = x * x
    x[:] = 3
    y.backward()
    assert x.grad.asscalar() == 6


def test_backward_leaves_nothing_to_differentiate_again():
    """The graph is gone after `backward`, unless `retain_graph=True` keeps it."""
    x = nd.array([1.0])
    x.attach_grad()
    with autograd.record():
        y = x * 2
    y.backward()
    with pytest.raises(MXNetError, match="not in a computational graph"):
        y.backward()


def test_gradients_are_overwritten_and_not_added():
    """`grad_req='write'` is the default; torch adds and wants `zero_grad()`. `'add'` does as torch."""
    x = nd.array([1.0])
    x.attach_grad()
    for _ in range(2):
        with autograd.record():
            y = x * 3
        y.backward()
    assert x.grad.asscalar() == 3


def test_an_array_in_a_plain_list_is_not_a_layer():
    """Blocks register children that are attributes; those in a Python list are found by nobody."""

    class Net(nn.Block):
        def __init__(self):
            super().__init__()
            self.layers = [nn.Dense(2, in_units=2)]

    with pytest.warns(UserWarning, match="unregistered container"):
        assert list(Net().collect_params()) == []


def test_params_is_not_collect_params():
    """`net.params` has the block's own parameters, `net.collect_params()` those of its children too."""
    net = nn.Sequential()
    net.add(nn.Dense(2, in_units=2))
    assert list(net.params) == []
    assert len(list(net.collect_params())) == 2


def test_the_first_random_numbers_are_always_the_same():
    """A process that never seeds behaves as if it had seeded with 0: what the book prints is what a reader sees."""
    mx.random.seed(0)
    assert nd.random.normal(shape=(1,)).asscalar() == pytest.approx(2.2122064)


def test_shuffling_follows_numpy_and_weights_follow_mxnet():
    """`mx.random.seed` decides weights and dropout, `np.random.seed` the order of examples: set both."""
    mx.random.seed(0)
    np.random.seed(1)
    first = list(gluon.data.RandomSampler(10))
    np.random.seed(1)
    assert list(gluon.data.RandomSampler(10)) == first


def test_batch_norm_moves_its_statistics_in_backward():
    """MXNet on a CPU updates them there: a forward pass that is never differentiated leaves them alone."""
    layer = nn.BatchNorm(in_channels=1)
    layer.initialize()
    with autograd.record():
        y = layer(nd.array([[1.0], [3.0]]))
    assert layer.running_mean.data().asscalar() == 0
    y.backward()
    assert layer.running_mean.data().asscalar() == pytest.approx(0.2)


def test_dropout_does_nothing_outside_record():
    """Training mode comes with `record()`; prediction mode is the default everywhere else."""
    layer = nn.Dropout(0.9)
    x = nd.ones((100,))
    assert (layer(x) == x).asnumpy().all()
    with autograd.record():
        assert (layer(x) == 0).sum().asscalar() > 50
