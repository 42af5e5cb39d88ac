"""What holds for every layer: construction, naming, saving, gradients, contexts, types, hybridize."""

import io

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet import autograd, nd
from mxnet.gluon import nn, rnn
from mxnet.gluon.contrib import cnn as contrib_cnn
from mxnet.gluon.contrib import nn as contrib_nn

# Offsets that lie between the elements: at an element a deformable convolution has no slope.
BENT = {"offset_weight_initializer": mx.init.Uniform(0.01), "offset_bias_initializer": mx.init.Constant(0.4)}

# name: (how to make it, shape of an input, whether the output is random in training mode)
LAYERS = {
    "Dense": (lambda: nn.Dense(3), (4, 5)),
    "Dense relu": (lambda: nn.Dense(3, activation="relu"), (4, 5)),
    "Dense without bias": (lambda: nn.Dense(3, use_bias=False), (4, 5)),
    "Dense on rows": (lambda: nn.Dense(3, flatten=False), (4, 2, 5)),
    "Dense flattening": (lambda: nn.Dense(3), (4, 2, 5)),
    "Dropout": (lambda: nn.Dropout(0.4), (4, 5)),
    "Dropout 0": (lambda: nn.Dropout(0.0), (4, 5)),
    "Flatten": (lambda: nn.Flatten(), (4, 2, 5)),
    "Activation sigmoid": (lambda: nn.Activation("sigmoid"), (4, 5)),
    "Activation tanh": (lambda: nn.Activation("tanh"), (4, 5)),
    "Activation softrelu": (lambda: nn.Activation("softrelu"), (4, 5)),
    "LeakyReLU": (lambda: nn.LeakyReLU(0.1), (4, 5)),
    "PReLU": (lambda: nn.PReLU(), (4, 5)),
    "PReLU per channel": (lambda: nn.PReLU(in_channels=5), (4, 5)),
    "ELU": (lambda: nn.ELU(0.7), (4, 5)),
    "SELU": (lambda: nn.SELU(), (4, 5)),
    "GELU": (lambda: nn.GELU(), (4, 5)),
    "Swish": (lambda: nn.Swish(1.5), (4, 5)),
    "HybridLambda": (lambda: nn.HybridLambda("tanh"), (4, 5)),
    "HybridLambda function": (lambda: nn.HybridLambda(lambda F, x: F.relu(x) * 2), (4, 5)),
    "Lambda": (lambda: nn.Lambda(lambda x: x**2), (4, 5)),
    "BatchNorm": (lambda: nn.BatchNorm(), (6, 3, 2)),
    "BatchNorm last axis": (lambda: nn.BatchNorm(axis=-1), (6, 3)),
    "BatchNorm plain": (lambda: nn.BatchNorm(center=False, scale=False), (6, 3)),
    "BatchNorm global": (lambda: nn.BatchNorm(use_global_stats=True), (6, 3)),
    "LayerNorm": (lambda: nn.LayerNorm(), (4, 5)),
    "LayerNorm axis 1": (lambda: nn.LayerNorm(axis=1), (4, 5, 2)),
    "BatchNormReLU": (lambda: nn.BatchNormReLU(), (6, 3, 2)),
    "InstanceNorm": (lambda: nn.InstanceNorm(), (2, 3, 4)),
    "InstanceNorm last axis": (lambda: nn.InstanceNorm(axis=-1, scale=True, epsilon=0.1), (2, 4, 3, 3)),
    "GroupNorm": (lambda: nn.GroupNorm(), (2, 4, 3)),
    "GroupNorm of two": (lambda: nn.GroupNorm(2, epsilon=0.1), (2, 4, 3, 2)),
    "SyncBatchNorm": (lambda: contrib_nn.SyncBatchNorm(), (6, 3, 2)),
    "Embedding": (lambda: nn.Embedding(7, 3), (4, 2)),
    "SparseEmbedding": (lambda: contrib_nn.SparseEmbedding(7, 3), (4, 2)),
    "Identity": (lambda: contrib_nn.Identity(), (4, 5)),
    "PixelShuffle1D": (lambda: contrib_nn.PixelShuffle1D(2), (2, 4, 3)),
    "PixelShuffle2D": (lambda: contrib_nn.PixelShuffle2D((2, 3)), (2, 12, 2, 3)),
    "PixelShuffle3D": (lambda: contrib_nn.PixelShuffle3D(2), (2, 8, 2, 1, 3)),
    "DeformableConvolution": (
        lambda: contrib_cnn.DeformableConvolution(4, 2, padding=1, groups=2, **BENT),
        (2, 4, 3, 4),
    ),
    "ModulatedDeformableConvolution": (
        lambda: contrib_cnn.ModulatedDeformableConvolution(
            4, 2, num_deformable_group=2, activation="tanh", **BENT
        ),
        (2, 4, 3, 4),
    ),
    **{
        f"Conv{rank}D{kind}": (
            lambda layer=f"Conv{rank}D{kind}": getattr(nn, layer)(3, 2),
            (2, 2, *(4,) * rank),
        )
        for rank in (1, 2, 3)
        for kind in ("", "Transpose")
    },
    "Conv2D with everything": (
        lambda: nn.Conv2D(4, (2, 3), (2, 1), 1, 2, 2, activation="tanh", use_bias=False),
        (2, 4, 5, 6),
    ),
    "Conv2D NHWC": (lambda: nn.Conv2D(3, 2, layout="NHWC"), (2, 4, 5, 2)),
    "Conv2DTranspose with everything": (
        lambda: nn.Conv2DTranspose(4, (2, 3), 2, 1, 1, (2, 1), 2, activation="sigmoid", use_bias=False),
        (2, 4, 4, 5),
    ),
    "Conv2DTranspose NHWC": (lambda: nn.Conv2DTranspose(3, 2, layout="NHWC"), (2, 4, 5, 2)),
    **{
        f"{kind}Pool{rank}D": (lambda layer=f"{kind}Pool{rank}D": getattr(nn, layer)(), (2, 2, *(5,) * rank))
        for rank in (1, 2, 3)
        for kind in ("Max", "Avg", "GlobalMax", "GlobalAvg")
    },
    "MaxPool2D with everything": (lambda: nn.MaxPool2D(3, 2, 1, "NHWC", ceil_mode=True), (2, 6, 5, 2)),
    "AvgPool2D with everything": (
        lambda: nn.AvgPool2D(3, 2, 1, layout="NHWC", ceil_mode=True, count_include_pad=False),
        (2, 6, 5, 2),
    ),
    "ReflectionPad2D": (lambda: nn.ReflectionPad2D(2), (2, 2, 3, 4)),
    "RNN": (lambda: rnn.RNN(3, activation="tanh", layout="NTC"), (4, 2, 5)),
    "LSTM": (lambda: rnn.LSTM(3, 2, "NTC"), (4, 2, 5)),
    "LSTM projected": (lambda: rnn.LSTM(3, 2, "NTC", 0.0, True, projection_size=2), (4, 2, 5)),
    "LSTM between bounds": (lambda: rnn.LSTM(3, 1, "NTC", state_clip_min=-9, state_clip_max=9), (4, 2, 5)),
    "LSTM dropping": (lambda: rnn.LSTM(3, 2, "NTC", 0.5), (4, 2, 5)),
    "GRU both ways": (lambda: rnn.GRU(3, layout="NTC", bidirectional=True), (4, 2, 5)),
    "Sequential": (lambda: chain(nn.Sequential), (4, 5)),
    "HybridSequential": (lambda: chain(nn.HybridSequential), (4, 5)),
    "Concurrent": (lambda: chain(contrib_nn.Concurrent), (4, 5)),
    "HybridConcurrent": (lambda: chain(contrib_nn.HybridConcurrent), (4, 5)),
}
every_layer = pytest.mark.parametrize("name", LAYERS)


def chain(kind):
    net = kind()
    net.add(nn.Dense(4, activation="tanh"), nn.Dense(2))
    return net


def made(name, seed, dtype="float32", ctx=None):
    make, shape = LAYERS[name]
    layer = make()
    mx.random.seed(seed)
    layer.initialize(mx.init.Normal(0.5), ctx=ctx)
    if dtype != "float32":
        layer.cast(dtype)
    source = np.random.RandomState(seed)
    values = source.randint(0, 7, shape) if name == "Embedding" else source.standard_normal(shape)
    return layer, nd.array(values, dtype=dtype, ctx=ctx)


@pytest.mark.parametrize("module", [nn, contrib_nn, contrib_cnn], ids=lambda module: module.__name__)
def test_no_layer_is_missing_here(module):
    shown = {type(make()) for make, _ in LAYERS.values()}
    public = {getattr(module, name) for name in module.__all__ if not name.endswith("Block")}
    assert public <= shown


@every_layer
def test_it_prints_and_has_names(name, seed):
    layer, x = made(name, seed)
    assert repr(layer).startswith(type(layer).__name__)
    layer(x)
    assert all(key.startswith(parameter.name) for key, parameter in layer.collect_params().items())
    assert len({p.name for p in layer.collect_params().values()}) == len(layer.collect_params())


@every_layer
def test_prediction_is_deterministic_and_leaves_the_input_alone(name, seed):
    layer, x = made(name, seed)
    before = x.asnumpy()
    first, second = layer(x).asnumpy(), layer(x).asnumpy()
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(x.asnumpy(), before)


@every_layer
def test_the_output_does_not_share_memory_with_the_input(name, seed):
    if name == "Identity":
        pytest.skip("its output is its input, as in 1.9.1")
    layer, x = made(name, seed)
    before = x.asnumpy()
    y = layer(x)
    y[:] = 77
    np.testing.assert_array_equal(x.asnumpy(), before)


@every_layer
def test_saved_and_loaded_it_computes_the_same(name, seed):
    layer, x = made(name, seed)
    expected = layer(x).asnumpy()
    file = io.BytesIO()
    layer.save_parameters(file)
    other = LAYERS[name][0]()
    other.load_parameters(io.BytesIO(file.getvalue()))
    np.testing.assert_array_equal(other(x).asnumpy(), expected)


@every_layer
def test_hybridized_it_computes_the_same(name, seed):
    layer, x = made(name, seed)
    layer(x)
    results = []
    for active in (False, True):
        if name not in ("Sequential", "Concurrent"):  # those say that they had better be hybrid
            layer.hybridize(active)
        x.attach_grad()
        mx.random.seed(seed)
        with autograd.record():
            y = layer(x)
        y.backward()
        results.append((y.asnumpy(), x.grad.asnumpy()))
    for plain, hybrid in zip(*results, strict=True):
        np.testing.assert_array_equal(plain, hybrid)


@every_layer
def test_gradients_agree_with_finite_differences(name, seed):
    if name == "SELU":
        pytest.skip("its gradient is the one that MXNet 1.9.1 computes, which is not quite the derivative")
    layer, x = made(name, seed, "float64")
    layer(x)
    weights = [p.data() for p in layer.collect_params().values() if p.grad_req != "null"]
    if name != "Embedding":
        x.attach_grad()
        weights.append(x)
    if not weights:
        pytest.skip("nothing to differentiate by")
    head = nd.array(np.random.RandomState(seed).standard_normal(layer(x).shape), dtype="float64")

    def value():
        mx.random.seed(seed)  # the same mask at every evaluation
        with autograd.record():
            return layer(x)

    value().backward(head)
    source = np.random.RandomState(seed + 1)
    for array in weights:
        direction = source.standard_normal(array.shape)
        gradient = float((array.grad.asnumpy() * direction).sum())
        step, base = 1e-6, array.asnumpy()
        values = []
        for sign in (1, -1):
            array[:] = nd.array(base + sign * step * direction, dtype="float64")
            values.append(float((value().asnumpy() * head.asnumpy()).sum()))
        array[:] = nd.array(base, dtype="float64")
        assert gradient == pytest.approx((values[0] - values[1]) / (2 * step), rel=1e-4, abs=1e-5)


@every_layer
def test_it_runs_where_its_parameters_are(name, seed):
    layer, x = made(name, seed, ctx=mx.cpu(1))
    assert layer(x).context == mx.cpu(1)


@every_layer
def test_the_output_has_the_type_of_the_parameters(name, seed):
    layer, x = made(name, seed, "float64")
    if name == "Embedding":
        layer = nn.Embedding(7, 3, dtype="float64")
        layer.initialize()
    assert layer(x).dtype == np.float64


@every_layer
def test_the_callers_grad_mode_does_not_matter(name, seed):
    layer, x = made(name, seed)
    expected = layer(x).asnumpy()
    with torch.no_grad():
        np.testing.assert_array_equal(layer(x).asnumpy(), expected)
        assert not torch.is_grad_enabled()
    assert torch.is_grad_enabled()


@every_layer
def test_an_empty_batch_passes(name, seed):
    layer, x = made(name, seed)
    full = layer(x)
    if "BatchNorm" in name and "global" not in name:
        assert layer(x[0:1]).shape[1:] == full.shape[1:]
        return
    assert layer(x[0:0]).shape == (0, *full.shape[1:])
