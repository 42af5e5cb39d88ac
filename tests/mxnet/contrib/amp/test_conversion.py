"""Trained networks in low precision: near what they were, in files, as modules and as blocks."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet.contrib import amp
from mxnet.gluon import nn

LOW = {"float16": np.float16, "bfloat16": "bfloat16"}
both = pytest.mark.parametrize("low", LOW)


def lenet(rng):
    net = nn.HybridSequential(prefix="lenet_")
    with net.name_scope():
        net.add(
            nn.Conv2D(6, 5, padding=2, activation="sigmoid"),
            nn.AvgPool2D(2, 2),
            nn.Conv2D(16, 5, activation="relu"),
            nn.BatchNorm(),
            nn.MaxPool2D(2, 2),
            nn.Dense(32, activation="tanh"),
            nn.Dense(10),
        )
    net.initialize(mx.init.Xavier())
    net.hybridize()
    x = nd.array(rng.standard_normal((3, 1, 28, 28)).astype("float32"))
    with autograd.train_mode():
        net(x)
    return net, x, net(x)


@both
@pytest.mark.parametrize("cast", [False, True], ids=["weights of float32", "weights of low precision"])
def test_a_network_in_low_precision_is_near_what_it_was(low, cast, rng):
    net, x, expected = lenet(rng)
    made = amp.convert_hybrid_block(net, target_dtype=low, cast_optional_params=cast, ctx=mx.cpu())
    y = made(x)
    assert isinstance(made, gluon.SymbolBlock)
    assert y.dtype is np.float32
    np.testing.assert_allclose(y.asnumpy(), expected.asnumpy(), atol=0.05)
    assert np.abs(y.asnumpy() - expected.asnumpy()).max() > 0
    parameters = made.collect_params()
    assert set(parameters) == set(net.collect_params())
    for name, parameter in parameters.items():
        is_low = cast and "batchnorm" not in name
        assert parameter.data().dtype == (LOW[low] if is_low else np.float32), name
        assert {each.data().dtype for each in net.collect_params().values()} == {np.float32}


@both
def test_the_network_that_is_converted_stays_what_it_was(low, rng):
    net, x, expected = lenet(rng)
    made = amp.convert_hybrid_block(net, target_dtype=low, cast_optional_params=True, ctx=mx.cpu())
    for parameter in made.collect_params().values():
        parameter.set_data(nd.zeros_like(parameter.data()))
    np.testing.assert_array_equal(net(x).asnumpy(), expected.asnumpy())


def test_a_converted_network_computes_inside_in_low_precision(rng):
    net, x, _ = lenet(rng)
    made = amp.convert_hybrid_block(net, target_dtype="bfloat16", ctx=mx.cpu())
    inner = made._graph.get_internals()["lenet_dense0_fwd_output"]
    block = gluon.SymbolBlock(inner, made._inputs)
    for name, parameter in block.collect_params().items():
        parameter._load_init(made.collect_params()[name].data(), [mx.cpu()])
    assert block(x).dtype == "bfloat16"


def test_a_converted_network_can_be_converted_trained_and_stored(rng, tmp_path):
    net, x, _ = lenet(rng)
    made = amp.convert_hybrid_block(net, target_dtype="bfloat16", ctx=mx.cpu())
    again = amp.convert_hybrid_block(made, target_dtype="bfloat16", ctx=mx.cpu())
    np.testing.assert_array_equal(again(x).asnumpy(), made(x).asnumpy())

    trainer = gluon.Trainer(made.collect_params(), "sgd", {"learning_rate": 0.1})
    with autograd.record():
        loss = (made(x) ** 2).sum()
    loss.backward()
    before = made.collect_params()["lenet_dense1_weight"].data().asnumpy()
    trainer.step(3)
    assert not np.array_equal(made.collect_params()["lenet_dense1_weight"].data().asnumpy(), before)

    again._graph.save(tmp_path / "net-symbol.json", remove_amp_cast=False)
    again.save_parameters(str(tmp_path / "net.params"))
    read = gluon.SymbolBlock.imports(tmp_path / "net-symbol.json", "data", str(tmp_path / "net.params"))
    np.testing.assert_array_equal(read(x).asnumpy(), again(x).asnumpy())


@both
def test_parameters_of_low_precision_are_read_again(low, rng, tmp_path):
    net, x, _ = lenet(rng)
    made = amp.convert_hybrid_block(net, target_dtype=low, cast_optional_params=True, ctx=mx.cpu())
    made._graph.save(tmp_path / "net-symbol.json", remove_amp_cast=False)
    made.save_parameters(str(tmp_path / "net.params"))
    read = gluon.SymbolBlock.imports(tmp_path / "net-symbol.json", "data", str(tmp_path / "net.params"))
    assert read.collect_params()["lenet_dense0_weight"].data().dtype == LOW[low]
    np.testing.assert_array_equal(read(x).asnumpy(), made(x).asnumpy())


@both
def test_unrolled_cells_are_converted_with_the_states_before_their_first_step(low, rng):
    class Unrolled(gluon.HybridBlock):
        def __init__(self):
            super().__init__(prefix="u_")
            with self.name_scope():
                self.cell = gluon.rnn.LSTMCell(4, input_size=3)

        def hybrid_forward(self, F, x):
            return self.cell.unroll(5, x, layout="NTC", merge_outputs=True)[0]

    net = Unrolled()
    net.initialize(mx.init.Xavier())
    net.hybridize()
    x = nd.array(rng.standard_normal((2, 5, 3)).astype("float32"))
    expected = net(x)
    made = amp.convert_hybrid_block(net, target_dtype=low, ctx=mx.cpu())
    np.testing.assert_allclose(made(x).asnumpy(), expected.asnumpy(), atol=0.02)
    np.testing.assert_array_equal(made(x[1:]).asnumpy(), made(x)[1:].asnumpy())


def test_what_a_graph_hands_through_is_a_copy():
    a = mx.sym.var("a")
    made = amp.convert_symbol(
        mx.sym.Group([a, mx.sym.FullyConnected(a, mx.sym.var("w"), no_bias=True, num_hidden=2)])
    )
    x = nd.ones((2, 2))
    handed, _ = made.bind(mx.cpu(), {"a": x, "w": x}).forward()
    handed[:] = 5
    assert x.asnumpy().tolist() == [[1, 1], [1, 1]]


def model(rng):
    x = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=8, name="f1")
    x = mx.sym.BatchNorm(mx.sym.Activation(x, act_type="relu", name="r1"), name="bn")
    symbol = mx.sym.SoftmaxOutput(mx.sym.FullyConnected(x, num_hidden=3, name="f2"), name="softmax")
    module = mx.mod.Module(symbol)
    module.bind([("data", (4, 5))], [("softmax_label", (4,))])
    module.init_params(mx.init.Xavier())
    data = nd.array(rng.standard_normal((4, 5)).astype("float32"))
    return symbol, module, data


def outputs(symbol, arg_params, aux_params, data):
    module = mx.mod.Module(symbol)
    module.bind([("data", data.shape)], [("softmax_label", data.shape[:1])], for_training=False)
    module.set_params(arg_params, aux_params)
    module.forward(mx.io.DataBatch([data], [nd.zeros(data.shape[:1])]), is_train=False)
    return module.get_outputs()[0]


@both
@pytest.mark.parametrize("cast", [False, True], ids=["weights of float32", "weights of low precision"])
def test_a_model_in_low_precision_is_near_what_it_was(low, cast, rng):
    symbol, module, data = model(rng)
    arg_params, aux_params = module.get_params()
    made, args, aux = amp.convert_model(
        symbol, arg_params, aux_params, target_dtype=low, cast_optional_params=cast
    )
    assert {name for name, each in args.items() if each.dtype == LOW[low]} == (
        {"f1_weight", "f1_bias", "f2_weight", "f2_bias"} if cast else set()
    )
    assert {each.dtype for each in [*aux.values(), *arg_params.values()]} == {np.float32}
    expected = outputs(symbol, arg_params, aux_params, data)
    result = outputs(made, args, aux, data)
    assert result.dtype is np.float32
    np.testing.assert_allclose(result.asnumpy(), expected.asnumpy(), atol=0.02)


def test_a_bucketing_module_is_converted_with_its_parameters(rng):
    symbol, _, data = model(rng)
    module = mx.mod.BucketingModule(lambda key: (symbol, ("data",), ("softmax_label",)), default_bucket_key=5)
    shapes = [("data", (4, 5))], [("softmax_label", (4,))]
    with pytest.raises(AssertionError, match="Bucketing Module should not be empty"):
        amp.amp.convert_bucketing_module(module)
    module.bind(*shapes)
    module.init_params(mx.init.Xavier())
    made = amp.amp.convert_bucketing_module(module, target_dtype="bfloat16", cast_optional_params=True)
    assert (made.binded, made.params_initialized) == (False, True)
    made.bind(*shapes, for_training=False)
    batch = mx.io.DataBatch(
        [data], [nd.zeros((4,))], bucket_key=5, provide_data=shapes[0], provide_label=shapes[1]
    )
    for each in (module, made):
        each.forward(batch, is_train=False)
    assert made.get_params()[0]["f1_weight"].dtype == "bfloat16"
    np.testing.assert_allclose(made.get_outputs()[0].asnumpy(), module.get_outputs()[0].asnumpy(), atol=0.02)


@pytest.mark.parametrize(
    ("name", "size", "low"),
    [
        ("resnet18_v1", 32, "float16"),
        ("resnet18_v1", 32, "bfloat16"),
        ("mobilenetv2_0.25", 32, "bfloat16"),
        ("squeezenet1.1", 224, "bfloat16"),
        ("densenet121", 224, "bfloat16"),
    ],
)
def test_networks_of_the_zoo_are_near_what_they_were(name, size, low, rng):
    net = gluon.model_zoo.vision.get_model(name, classes=4)
    net.initialize(mx.init.Xavier())
    net.hybridize()
    x = nd.array(rng.standard_normal((1, 3, size, size)).astype("float32"))
    expected = net(x).asnumpy()
    made = amp.convert_hybrid_block(net, target_dtype=low, ctx=mx.cpu())(x)
    np.testing.assert_allclose(made.asnumpy(), expected, atol=0.1 * np.abs(expected).max())
