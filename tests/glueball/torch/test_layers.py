"""Every layer, and networks of the zoo, as torch modules: outputs and gradients, predicting and training."""

import subprocess
import sys

import numpy as np
import pytest
import torch

import mxnet as mx
from glueball.torch import source, to_module
from mxnet import gluon, nd
from mxnet.gluon import contrib, loss, nn, rnn
from mxnet.gluon.model_zoo import vision

from ...mxnet.gluon.test_every_layer import LAYERS
from .compare import assert_equal

# blocks that are written against `nd` alone have no graph
GRAPHLESS = {"SparseEmbedding", "Concurrent", "Lambda"}
RANDOM = {"Dropout", "LSTM dropping"}
# what PyTorch has no function for
FOREIGN = {"DeformableConvolution", "ModulatedDeformableConvolution", "LSTM between bounds"}
CONVERTIBLE = [name for name in LAYERS if name not in GRAPHLESS]

NETWORKS = {
    "resnet18_v1": (vision.resnet18_v1, (4, 3, 32, 32)),
    "resnet18_v2": (vision.resnet18_v2, (4, 3, 32, 32)),
    "mobilenet0_25": (vision.mobilenet0_25, (4, 3, 32, 32)),
    "squeezenet1_1": (vision.squeezenet1_1, (2, 3, 224, 224)),
}

LOSSES = {
    "L2Loss": 2,
    "L1Loss": 2,
    "SigmoidBinaryCrossEntropyLoss": 2,
    "SoftmaxCrossEntropyLoss": "classes",
    "KLDivLoss": 2,
    "HuberLoss": 2,
    "HingeLoss": 2,
    "SquaredHingeLoss": 2,
    "LogisticLoss": 2,
    "TripletLoss": 3,
    "PoissonNLLLoss": 2,
    "CTCLoss": "sequences",
    "SDMLLoss": 2,
}


def made(name, seed):
    make, shape = LAYERS[name]
    layer = make()
    mx.random.seed(seed)
    layer.initialize(mx.init.Normal(0.5))
    random = np.random.RandomState(seed)
    values = random.randint(0, 7, shape) if name == "Embedding" else random.standard_normal(shape)
    return layer, nd.array(values)


def network(name, seed):
    make, shape = NETWORKS[name]
    mx.random.seed(seed)
    net = make(classes=5)
    net.initialize(mx.init.Xavier())
    x = nd.array(np.random.RandomState(seed).standard_normal(shape))
    net(x)
    return net, x


def executed(text):
    """The class that a text defines."""
    namespace = {"__name__": "written"}
    exec(compile(text, "<written>", "exec"), namespace)
    return next(
        value
        for value in reversed(namespace.values())
        if isinstance(value, type) and issubclass(value, torch.nn.Module)
    )


@pytest.mark.parametrize("training", [False, True], ids=["predicting", "training"])
@pytest.mark.parametrize("name", CONVERTIBLE)
def test_a_layer_computes_the_same_as_a_module(name, training, seed):
    if training and name in RANDOM:
        pytest.skip("it draws other numbers")
    layer, x = made(name, seed)
    module = to_module(layer, x)
    assert list(module.state_dict()) == list(layer._collect_params_with_prefix())
    assert_equal(layer, module, [x], training)


@pytest.mark.parametrize("name", sorted(set(CONVERTIBLE) - FOREIGN))
def test_the_text_of_a_layer_computes_the_same(name, seed):
    layer, x = made(name, seed)
    module = to_module(layer, x)
    again = executed(source(layer, x))()
    again.load_state_dict(module.state_dict())
    result = again.eval()(torch.from_numpy(x.asnumpy()))
    expected = layer(x)
    np.testing.assert_allclose(result.detach(), expected.asnumpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("training", [False, True], ids=["predicting", "training"])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_of_the_zoo_computes_the_same(name, training, seed):
    net, x = network(name, seed)
    if training and name == "squeezenet1_1":
        for block in net.features._children.values():
            if isinstance(block, nn.Dropout):
                block._rate = 0
    module = to_module(net, x)
    assert_equal(net, module, [x], training)
    again = executed(source(net, x))()
    again.load_state_dict(module.state_dict())
    tensor = torch.from_numpy(x.asnumpy())
    assert torch.equal(again.eval()(tensor), module.eval()(tensor))


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_computes_the_same(name, rng):
    kind = LOSSES[name]
    if kind == "classes":
        arrays = [nd.array(rng.standard_normal((4, 5))), nd.array(rng.integers(0, 5, 4))]
    elif kind == "sequences":
        arrays = [nd.array(rng.standard_normal((2, 7, 5))), nd.array(rng.integers(0, 4, (2, 3)))]
    else:
        arrays = [nd.array(rng.uniform(0.1, 0.9, (4, 5))) for _ in range(kind)]
    block = getattr(loss, name)()
    assert_equal(block, to_module(block, *arrays), arrays, training=True)


@pytest.mark.parametrize("kind", [rnn.RNNCell, rnn.LSTMCell, rnn.GRUCell])
def test_an_unrolled_cell_computes_the_same(kind, rng):
    class Unrolled(gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.cell = kind(4, input_size=3)

        def hybrid_forward(self, F, x):
            return self.cell.unroll(5, x, merge_outputs=True)[0]

    net = Unrolled()
    net.initialize(mx.init.Normal(0.5))
    x = nd.array(rng.standard_normal((2, 5, 3)))
    assert_equal(net, to_module(net, x), [x], training=True)


@pytest.mark.parametrize("layout", ["TNC", "NTC"])
@pytest.mark.parametrize("kind", [rnn.RNN, rnn.LSTM, rnn.GRU])
def test_a_recurrent_layer_takes_and_returns_states(kind, layout, rng):
    layer = kind(4, 2, layout=layout, bidirectional=True, input_size=3)
    layer.initialize(mx.init.Normal(0.5))
    x = nd.array(rng.standard_normal((2, 2, 3)))
    states = [nd.array(rng.standard_normal(each["shape"])) for each in layer.state_info(2)]
    module = to_module(layer, x, states)
    inputs = [torch.from_numpy(each.asnumpy()) for each in (x, *states)]
    output, ends = layer(x, states)
    result, last = module(*inputs)
    for actual, expected in zip([result, *last], [output, *ends], strict=True):
        np.testing.assert_allclose(actual.detach(), expected.asnumpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", [rnn.RNN, rnn.LSTM, rnn.GRU])
def test_a_recurrent_layer_that_was_run_without_states_takes_none(kind, rng):
    layer = kind(4, 2, bidirectional=True, input_size=3)
    layer.initialize(mx.init.Normal(0.5))
    layer.hybridize()
    x = nd.array(rng.standard_normal((2, 2, 3)))
    expected = layer(x).asnumpy()
    found = to_module(layer)(torch.from_numpy(x.asnumpy()))
    np.testing.assert_allclose(found.detach(), expected, rtol=1e-5, atol=1e-6)


def test_masks_of_states_differ_from_row_to_row():
    class Unrolls(nn.HybridBlock):
        def __init__(self):
            super().__init__()
            self.cell = contrib.rnn.VariationalDropoutCell(rnn.RNNCell(2, input_size=2), drop_states=0.5)

        def hybrid_forward(self, F, x):
            return self.cell.unroll(3, x, merge_outputs=True)[0]

    net = Unrolls()
    net.initialize(mx.init.Normal(1))
    rows = to_module(net, nd.zeros((64, 3, 2))).train()(torch.ones(64, 3, 2))
    assert 1 < len(rows.unique(dim=0)) <= 4


def test_dropout_drops_in_training_mode_alone():
    net = nn.HybridSequential()
    net.add(nn.Dropout(0.25), nn.Dropout(0.5, axes=(0,)))
    module, x = to_module(net), torch.ones(50, 200)
    assert torch.equal(module(x), x)
    module.train()
    y = module(x)
    assert all(value == 0 or value == pytest.approx(8 / 3) for value in y.unique().tolist())
    assert 0.3 < float((y > 0).float().mean()) < 0.45
    columns = (y > 0).any(0)
    assert 0.35 < float(columns.float().mean()) < 0.65


def test_the_texts_are_formatted_and_pass_ruff(tmp_path, seed):
    pytest.importorskip("ruff")
    for name in sorted(set(CONVERTIBLE) - FOREIGN):
        layer, x = made(name, seed)
        (tmp_path / f"{name.replace(' ', '_')}.py").write_text(source(layer, x), encoding="utf-8")
    for name in NETWORKS:
        if name != "squeezenet1_1":
            net, x = network(name, seed)
            (tmp_path / f"{name}.py").write_text(source(net, x), encoding="utf-8")
    for command in (["format", "--diff"], ["check", "--select", "E,F,I,W,B,UP"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", str(tmp_path)],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
