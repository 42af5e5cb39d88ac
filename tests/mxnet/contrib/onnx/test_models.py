"""Whole networks: the same outputs in ONNX Runtime, and here again when their files are read."""

import numpy as np
import pytest

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

import mxnet as mx
from mxnet import gluon, init, nd, sym
from mxnet.gluon import nn, rnn
from mxnet.gluon.model_zoo import vision

from .runs import by_import, by_runtime, close


def lenet():
    net = nn.HybridSequential()
    net.add(
        nn.Conv2D(6, kernel_size=5, padding=2, activation="sigmoid"),
        nn.AvgPool2D(pool_size=2, strides=2),
        nn.Conv2D(16, kernel_size=5, activation="sigmoid"),
        nn.AvgPool2D(pool_size=2, strides=2),
        nn.Dense(120, activation="sigmoid"),
        nn.Dense(84, activation="sigmoid"),
        nn.Dense(10),
    )
    return net


def symbol_and_params(net, count=1):
    names = ["data"] if count == 1 else [f"data{place}" for place in range(count)]
    outputs = net(*map(sym.var, names))
    symbol = sym.Group(list(outputs)) if isinstance(outputs, (list, tuple)) else outputs
    return symbol, {name: value.data() for name, value in net.collect_params().items()}, names


def check(net, path, *inputs, bound=1e-5, **options):
    """Compare a network with its file, in ONNX Runtime and read again."""
    arrays = [nd.array(each) for each in inputs]
    outputs = net(*arrays)
    wanted = [each.asnumpy() for each in (outputs if isinstance(outputs, (list, tuple)) else [outputs])]
    symbol, params, names = symbol_and_params(net, len(inputs))
    mx.onnx.export_model(symbol, params, [each.shape for each in inputs], onnx_file_path=path, **options)
    given = dict(zip(names, inputs))
    close(by_runtime(path, given), wanted, bound)
    close(by_import(path, given), wanted, bound)


def shaken(net, x, rng):
    """Give normalisations statistics of their own, as they have after training."""
    net(x)
    for name, parameter in net.collect_params().items():
        if name.endswith("running_var"):
            parameter.set_data(nd.array(rng.uniform(0.5, 2, parameter.shape)))
        elif name.endswith(("running_mean", "beta")):
            parameter.set_data(nd.array(rng.standard_normal(parameter.shape) * 0.1))


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "net.onnx")


def images(rng, *shape):
    return rng.standard_normal(shape).astype("float32")


def test_lenet_goes_through_its_exported_files(rng, tmp_path, path):
    net = lenet()
    net.initialize(init.Xavier())
    net.hybridize()
    x = images(rng, 2, 1, 28, 28)
    wanted = net(nd.array(x)).asnumpy()
    net.export(str(tmp_path / "lenet"))
    mx.onnx.export_model(
        str(tmp_path / "lenet-symbol.json"),
        str(tmp_path / "lenet-0000.params"),
        [x.shape],
        onnx_file_path=path,
    )
    close(by_runtime(path, {"data": x}), [wanted])
    close(by_import(path, {"data": x}), [wanted])


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("resnet18_v1", 32),
        ("resnet18_v2", 32),
        ("resnet50_v2", 32),
        ("mobilenet0_25", 64),
        ("mobilenet_v2_0_25", 64),
        ("squeezenet1_1", 224),
        ("densenet121", 224),
    ],
)
def test_networks_of_the_model_zoo_give_the_same_everywhere(name, size, rng, path):
    net = getattr(vision, name)(classes=10)
    net.initialize(init.Xavier())
    x = images(rng, 1, 3, size, size)
    shaken(net, nd.array(x), rng)
    check(net, path, x)


@pytest.mark.parametrize("bidirectional", [False, True], ids=["one way", "both ways"])
@pytest.mark.parametrize("kind", [rnn.LSTM, rnn.GRU, rnn.RNN], ids=lambda kind: kind.__name__)
def test_recurrent_layers_give_the_same_everywhere(kind, bidirectional, rng, path):
    net = kind(5, num_layers=2, bidirectional=bidirectional, layout="NTC", input_size=3)
    net.initialize(init.Normal(0.5))
    check(net, path, images(rng, 2, 6, 3))


class Stateful(gluon.HybridBlock):
    """A layer that is given its states and returns them."""

    def __init__(self, layer):
        super().__init__()
        with self.name_scope():
            self.layer = layer

    def hybrid_forward(self, F, x, *states):
        output, states = self.layer(x, list(states))
        return [output, *states]


@pytest.mark.parametrize("kind", [rnn.LSTM, rnn.GRU], ids=lambda kind: kind.__name__)
def test_states_of_recurrent_layers_go_in_and_out(kind, rng, path):
    net = Stateful(kind(5, num_layers=2, input_size=3))
    net.initialize(init.Normal(0.5))
    states = [images(rng, 2, 2, 5) for _ in range(2 if kind is rnn.LSTM else 1)]
    check(net, path, images(rng, 6, 2, 3), *states)


class Unrolled(gluon.HybridBlock):
    """A cell over five steps."""

    def __init__(self, cell):
        super().__init__()
        with self.name_scope():
            self.cell = cell

    def hybrid_forward(self, F, x):
        return self.cell.unroll(5, x, layout="NTC", merge_outputs=True)[0]


def test_unrolled_cells_give_the_same_everywhere(rng, path):
    cell = rnn.HybridSequentialRNNCell()
    for each in (
        rnn.LSTMCell(4, input_size=3),
        rnn.ResidualCell(rnn.GRUCell(4, input_size=4)),
        rnn.DropoutCell(0.5),
    ):
        cell.add(each)
    net = Unrolled(cell)
    net.initialize(init.Normal(0.5))
    check(net, path, images(rng, 2, 5, 3))


class Language(gluon.HybridBlock):
    """Words in, scores for the next word out: an embedding, an LSTM, and a layer over every step."""

    def __init__(self):
        super().__init__()
        with self.name_scope():
            self.embedding = nn.Embedding(20, 6)
            self.layer = rnn.LSTM(8, input_size=6)
            self.output = nn.Dense(20, flatten=False, in_units=8)

    def hybrid_forward(self, F, words):
        return self.output(self.layer(self.embedding(F.transpose(words))))


def test_a_language_model_takes_batches_and_sequences_of_any_length(rng, path):
    net = Language()
    net.initialize(init.Normal(0.5))
    words = rng.integers(0, 20, (2, 7)).astype("float32")
    symbol, params, _ = symbol_and_params(net)
    mx.onnx.export_model(
        symbol,
        params,
        [words.shape],
        onnx_file_path=path,
        dynamic=True,
        dynamic_input_shapes=[("batch", "steps")],
    )
    for shape in ((2, 7), (5, 3)):
        words = rng.integers(0, 20, shape).astype("float32")
        wanted = [net(nd.array(words)).asnumpy()]
        close(by_runtime(path, {"data": words}), wanted)
        close(by_import(path, {"data": words}), wanted)


def test_a_convolutional_network_takes_images_of_any_size(rng, path):
    net = nn.HybridSequential()
    net.add(
        nn.Conv2D(4, 3, padding=1, in_channels=3),
        nn.BatchNorm(in_channels=4),
        nn.Activation("relu"),
        nn.MaxPool2D(3, 2, ceil_mode=True),
        nn.GroupNorm(2),
        nn.HybridLambda(lambda F, x: F.UpSampling(x, scale=2, sample_type="nearest")),
        nn.HybridLambda(
            lambda F, x: F.broadcast_add(x, F.ones_like(F.slice_axis(x, axis=1, begin=0, end=1)))
        ),
        nn.HybridLambda(lambda F, x: F.reshape(F.transpose(x, axes=(0, 2, 3, 1)), shape=(0, -3, -1))),
        nn.LayerNorm(in_channels=4),
    )
    net.initialize(init.Xavier())
    symbol, params, _ = symbol_and_params(net)
    mx.onnx.export_model(
        symbol,
        params,
        input_shape=[(1, 3, 9, 12)],
        onnx_file_path=path,
        dynamic=True,
        dynamic_input_shapes=[(None, 3, "height", "width")],
    )
    for shape in ((1, 3, 9, 12), (2, 3, 7, 20)):
        x = images(rng, *shape)
        wanted = [net(nd.array(x)).asnumpy()]
        close(by_runtime(path, {"data": x}), wanted)
        close(by_import(path, {"data": x}), wanted)


def test_attention_takes_batches_and_lengths_that_are_not_fixed(rng, path):
    heads, width = 2, 8
    x = sym.var("x")
    qkv = sym.FullyConnected(x, num_hidden=3 * width, flatten=False, name="qkv")
    scores = sym.contrib.interleaved_matmul_selfatt_qk(qkv, heads=heads)
    weights = sym.softmax(scores, axis=-1)
    y = sym.contrib.interleaved_matmul_selfatt_valatt(qkv, weights, heads=heads) + x
    params = {"qkv_weight": nd.random.normal(shape=(3 * width, width)), "qkv_bias": nd.zeros((3 * width,))}
    mx.onnx.export_model(
        y,
        params,
        [(5, 2, width)],
        onnx_file_path=path,
        dynamic=True,
        dynamic_input_shapes=[("steps", "batch", width)],
    )
    for shape in ((5, 2, width), (3, 4, width)):
        inputs = images(rng, *shape)
        wanted = [y.eval(x=nd.array(inputs), **params)[0].asnumpy()]
        close(by_runtime(path, {"x": inputs}), wanted)
        close(by_import(path, {"x": inputs}), wanted)


def test_a_network_in_half_precision_stays_in_half_precision(rng, path):
    net = nn.HybridSequential()
    net.add(nn.Dense(8, activation="relu", in_units=6), nn.Dense(3, in_units=8))
    net.initialize()
    net.cast("float16")
    x = images(rng, 2, 6).astype("float16")
    wanted = [net(nd.array(x, dtype="float16")).asnumpy()]
    symbol, params, _ = symbol_and_params(net)
    mx.onnx.export_model(symbol, params, [x.shape], "float16", path)
    close(by_runtime(path, {"data": x}), wanted, 2e-3)
    close(by_import(path, {"data": x}), wanted, 2e-3)
    assert wanted[0].dtype == np.float16
