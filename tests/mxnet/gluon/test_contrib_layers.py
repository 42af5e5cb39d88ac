"""The layers of ``gluon.contrib.nn`` and ``gluon.contrib.cnn``."""

import re

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet.base import MXNetError
from mxnet.gluon import contrib, nn


def use(make, x):
    layer = make()
    layer.initialize()
    return layer(x)


def test_the_modules_are_there_after_importing_mxnet():
    assert mx.gluon.contrib.nn.Identity is contrib.nn.Identity
    from mxnet.gluon.contrib.cnn.conv_layers import DeformableConvolution
    from mxnet.gluon.contrib.nn.basic_layers import HybridConcurrent

    assert HybridConcurrent is contrib.nn.HybridConcurrent
    assert DeformableConvolution is contrib.cnn.DeformableConvolution


@pytest.mark.parametrize("kind", ["Concurrent", "HybridConcurrent"])
def test_blocks_side_by_side_are_joined(kind, rng):
    block = getattr(contrib.nn, kind)(axis=1)
    block.add(nn.Dense(3), contrib.nn.Identity(), nn.Dense(2))
    block.initialize()
    x = nd.array(rng.standard_normal((2, 4)))
    expected = nd.concat(block[0](x), x, block[2](x), dim=1)
    np.testing.assert_array_equal(block(x).asnumpy(), expected.asnumpy())


@pytest.mark.parametrize("kind", ["Concurrent", "HybridConcurrent"])
def test_a_slice_joins_along_the_same_axis(kind):
    block = getattr(contrib.nn, kind)(axis=1)
    block.add(nn.Activation("relu"), nn.Activation("tanh"), nn.Activation("sigmoid"))
    part = block[1:]
    assert type(part) is type(block)
    assert part(nd.ones((2, 3, 4))).shape == (2, 6, 4)


def test_blocks_that_take_several_inputs_stand_side_by_side(rng):
    class Sum(nn.HybridBlock):
        def hybrid_forward(self, F, x, y):
            return x + y

    block = contrib.nn.HybridConcurrent()
    block.add(Sum(), Sum())
    assert block(nd.ones((2, 3)), nd.ones((2, 3))).shape == (2, 6)


def test_a_hybrid_concurrent_takes_hybrid_blocks_alone():
    with pytest.raises(ValueError, match="Children of HybridBlock must also be HybridBlock"):
        contrib.nn.HybridConcurrent().add(nn.Lambda("relu"))


def test_pixel_shuffle_is_that_of_torch(rng):
    x = rng.standard_normal((2, 18, 3, 4)).astype("float32")
    expected = torch.nn.functional.pixel_shuffle(torch.tensor(x), 3).numpy()
    np.testing.assert_array_equal(contrib.nn.PixelShuffle2D(3)(nd.array(x)).asnumpy(), expected)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_a_pixel_shuffle_moves_every_element_to_its_place(rank, rng):
    factors = (2, 3, 2)[:rank]
    size = (2, 1, 3)[:rank]
    x = rng.standard_normal((2, 2 * int(np.prod(factors)), *size)).astype("float32")
    layer = getattr(contrib.nn, f"PixelShuffle{rank}D")(factors[0] if rank == 1 else factors)
    y = layer(nd.array(x)).asnumpy()
    assert y.shape == (2, 2, *(f * n for f, n in zip(factors, size, strict=True)))
    for place in np.ndindex(*y.shape):
        batch, channel, *spots = place
        inside = [spot % f for spot, f in zip(spots, factors, strict=True)]
        outside = [spot // f for spot, f in zip(spots, factors, strict=True)]
        source = np.ravel_multi_index((channel, *inside), (2, *factors))
        assert y[place] == x[(batch, source, *outside)]


def test_a_sparse_embedding_trains_without_being_told_to_a_trainer_first(rng):
    layer = contrib.nn.SparseEmbedding(5, 2)
    layer.initialize()
    before = layer(nd.arange(5)).asnumpy()
    trainer = gluon.Trainer(layer.collect_params(), "sgd", {"learning_rate": 1.0})
    with autograd.record():
        total = layer(nd.array([1, 3, 3])).sum()
    total.backward()
    trainer.step(1)
    change = before - layer(nd.arange(5)).asnumpy()
    np.testing.assert_allclose(change, np.outer([0, 1, 0, 2, 0], [1, 1]), atol=1e-6)


def test_a_synchronised_normalisation_is_a_batch_norm():
    layer = contrib.nn.SyncBatchNorm(in_channels=3)
    assert isinstance(layer, nn.BatchNorm)
    assert layer._kwargs["ndev"] == 1
    assert layer._kwargs["key"] == layer.prefix


def test_a_network_of_many_devices_predicts_and_says_why_it_does_not_train():
    layer = contrib.nn.SyncBatchNorm(num_devices=4)
    layer.initialize()
    x = nd.ones((2, 3, 4))
    np.testing.assert_allclose(layer(x).asnumpy(), 1, rtol=1e-4)
    with pytest.raises(MXNetError, match="num_devices=1, or"), autograd.record():
        layer(x)
    fixed = contrib.nn.SyncBatchNorm(num_devices=4, use_global_stats=True)
    fixed.initialize()
    with autograd.record():
        assert fixed(x).shape == x.shape


@pytest.mark.parametrize("kind", ["DeformableConvolution", "ModulatedDeformableConvolution"])
def test_with_offsets_of_zero_it_is_a_convolution(kind, rng):
    """So it is in the beginning: offsets are 0 then, and factors 1."""
    layer = getattr(contrib.cnn, kind)(4, 3, 2, 1, groups=2, num_deformable_group=2)
    layer.initialize()
    x = nd.array(rng.standard_normal((2, 6, 5, 7)))
    y = layer(x).asnumpy()
    plain = nn.Conv2D(4, 3, 2, 1, groups=2, in_channels=6)
    plain.initialize()
    plain.weight.set_data(layer.deformable_conv_weight.data())
    np.testing.assert_allclose(y, plain(x).asnumpy(), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", ["DeformableConvolution", "ModulatedDeformableConvolution"])
def test_offsets_are_learned(kind, rng):
    layer = getattr(contrib.cnn, kind)(4, 3, padding=1, offset_bias_initializer=mx.init.Constant(0.3))
    layer.initialize(mx.init.Normal(0.5))
    x = nd.array(rng.standard_normal((2, 3, 5, 5)))
    with autograd.record():
        y = layer(x)
    y.backward()
    assert abs(layer.offset_weight.grad().asnumpy()).max() > 0


def test_known_channels_are_known_to_both_convolutions():
    """1.9.1 forgets them for the second one."""
    layer = contrib.cnn.DeformableConvolution(4, 3, in_channels=2)
    assert layer.deformable_conv_weight.shape == (4, 2, 3, 3)
    assert repr(layer) == "DeformableConvolution(2 -> 4, kernel_size=(3, 3), stride=(1, 1))"


# what is made, x, the error's type, what stands in it
WRONG = {
    "nothing to join": (lambda: contrib.nn.Concurrent(), (2, 3), MXNetError, "add(...) blocks first"),
    "no factor": (lambda: contrib.nn.PixelShuffle2D(0), None, MXNetError, "whole numbers from 1"),
    "factor as text": (lambda: contrib.nn.PixelShuffle2D("x"), None, MXNetError, "factor='x'"),
    "factors of another rank": (
        lambda: contrib.nn.PixelShuffle3D((1, 2)),
        None,
        AssertionError,
        "wrong length 2",
    ),
    "too few channels": (
        lambda: contrib.nn.PixelShuffle2D(2),
        (1, 6, 3, 3),
        MXNetError,
        "an x of shape (batch, channels, height, width), with a multiple of 4 channels",
    ),
    "layout": (
        lambda: contrib.cnn.DeformableConvolution(4, layout="NHWC"),
        None,
        AssertionError,
        "layout='NCHW'",
    ),
    "image without batch": (
        lambda: contrib.cnn.DeformableConvolution(4, 3),
        (3, 5, 5),
        ValueError,
        "an x of shape (batch, channels, height, width)",
    ),
    "groups of offsets": (
        lambda: contrib.cnn.ModulatedDeformableConvolution(4, 3, num_deformable_group=2, in_channels=3),
        None,
        MXNetError,
        "in_channels=3, groups=2",
    ),
    "list": (lambda: contrib.nn.SparseEmbedding(4, 3), None, Exception, "nd.array"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_layer_is_told_what_to_do(name):
    make, shape, kind, text = WRONG[name]
    with pytest.raises(kind, match=re.escape(text)):
        use(make, [1, 2] if shape is None else nd.ones(shape))
