"""Convolution by hand and residual networks, by the helper package."""

import numpy as np
import pytest

import d2lzh as d2l
import mxnet as mx
from mxnet import autograd, nd
from mxnet.test_utils import check_block


def test_an_edge_is_found_where_it_is():
    X = nd.ones((6, 8))
    X[:, 2:6] = 0
    Y = d2l.corr2d(X, nd.array([[1, -1]]))
    assert Y.shape == (6, 7)
    assert Y[0].asnumpy().tolist() == [0, 1, 0, 0, 0, -1, 0]


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (3, 2), (5, 4)])
def test_corr2d_is_the_convolution_of_networks(rng, shape):
    X, K = (nd.array(rng.normal(size=size)) for size in ((5, 4), shape))
    conv = mx.gluon.nn.Conv2D(1, kernel_size=shape, use_bias=False)
    conv.initialize()
    conv(X.reshape((1, 1, 5, 4)))
    conv.weight.set_data(K.reshape((1, 1, *shape)))
    expected = conv(X.reshape((1, 1, 5, 4)))[0, 0]
    np.testing.assert_allclose(d2l.corr2d(X, K).asnumpy(), expected.asnumpy(), rtol=1e-4, atol=1e-5)


def test_a_kernel_is_learned_through_corr2d():
    X = nd.ones((6, 8))
    X[:, 2:6] = 0
    Y = d2l.corr2d(X, nd.array([[1, -1]]))
    K = nd.random.normal(scale=0.1, shape=(1, 2))
    K.attach_grad()
    for _ in range(30):
        with autograd.record():
            loss = ((d2l.corr2d(X, K) - Y) ** 2).sum()
        loss.backward()
        K[:] -= 0.03 * K.grad
    np.testing.assert_allclose(K.asnumpy(), [[1, -1]], atol=0.05)


@pytest.mark.parametrize("dtype", ["float64", "float16", "int32"])
def test_corr2d_keeps_the_type(dtype):
    Y = d2l.corr2d(nd.ones((3, 3), dtype=dtype), nd.ones((2, 2), dtype=dtype))
    assert Y.dtype == np.dtype(dtype)
    assert (Y == 4).min().asscalar() == 1


@pytest.mark.parametrize(
    ("x", "k"), [((2, 2), (3, 1)), ((2, 2), (1, 3)), ((4,), (1, 1)), ((1, 4, 4), (2, 2))]
)
def test_corr2d_says_what_does_not_fit(x, k):
    with pytest.raises(ValueError, match=r"corr2d(?s:.)*received: X \("):
        d2l.corr2d(nd.ones(x), nd.ones(k))


@pytest.mark.parametrize(
    ("arguments", "shape"), [((3,), (4, 3, 6, 6)), ((6, True, 2), (4, 6, 3, 3))], ids=str
)
def test_a_residual_block_keeps_or_halves_the_size(arguments, shape):
    block = d2l.Residual(*arguments)
    block.initialize()
    assert block(nd.ones((4, 3, 6, 6))).shape == shape


def test_a_residual_block_is_like_any_layer():
    check_block(lambda: d2l.Residual(4, use_1x1conv=True, strides=2), (2, 3, 6, 6))


def test_a_residual_block_passes_its_input_on_when_its_weights_are_nothing():
    block = d2l.Residual(2)
    block.initialize(mx.init.Zero())
    X = nd.random.normal(shape=(1, 2, 4, 4))
    np.testing.assert_array_equal(block(X).asnumpy(), X.relu().asnumpy())


def test_resnet18_has_eighteen_layers_with_weights():
    net = d2l.resnet18(10)
    net.initialize()
    assert net(nd.zeros((1, 3, 32, 32))).shape == (1, 10)
    weights = [
        name for name, p in net.collect_params().items() if name.endswith("weight") and p.shape[2:] != (1, 1)
    ]
    assert len(weights) == 18
