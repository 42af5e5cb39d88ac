"""Graphs with their parameters, as modules: what checkpoints and exported networks hold."""

import numpy as np
import pytest
import torch

import mxnet as mx
from glueball.torch import source, to_module
from mxnet import gluon, nd, sym
from mxnet.gluon import nn


def classifier():
    x = sym.FullyConnected(sym.var("data"), num_hidden=4, name="fc1")
    x = sym.BatchNorm(sym.Activation(x, act_type="relu"), name="bn", fix_gamma=False)
    x = sym.FullyConnected(x, num_hidden=3, name="fc2")
    return sym.SoftmaxOutput(x, name="softmax")


def values(symbol, rng, **shapes):
    arguments, _, states = symbol.infer_shape(**shapes)
    arg_params = {
        name: nd.array(rng.standard_normal(shape))
        for name, shape in zip(symbol.list_arguments(), arguments, strict=True)
        if name not in shapes and not name.endswith("label")
    }
    aux_params = {
        name: nd.array(rng.uniform(0.5, 1.5, shape))
        for name, shape in zip(symbol.list_auxiliary_states(), states, strict=True)
    }
    return arg_params, aux_params


def predicted(symbol, params, x):
    arguments = {**params[0], "data": x, "softmax_label": nd.zeros((x.shape[0],))}
    executor = symbol.bind(mx.cpu(), arguments, aux_states=dict(params[1]))
    return executor.forward(is_train=False)[0].asnumpy()


@pytest.mark.parametrize("form", ["pair", "dictionary", "file", "positional"])
def test_a_classifier_predicts_with_parameters_in_any_form(form, rng, tmp_path):
    symbol = classifier()
    x = nd.array(rng.standard_normal((5, 6)))
    arg_params, aux_params = values(symbol, rng, data=(5, 6))
    path = str(tmp_path / "net-0003.params")
    stored = {f"arg:{name}": each for name, each in arg_params.items()}
    nd.save(path, {**stored, **{f"aux:{name}": each for name, each in aux_params.items()}})
    if form == "positional":
        module = to_module(symbol, {**arg_params, **aux_params})
    else:
        params = {"pair": (arg_params, aux_params), "dictionary": {**arg_params, **aux_params}, "file": path}
        module = to_module(symbol, params=params[form])
    expected = predicted(symbol, (arg_params, aux_params), x)
    np.testing.assert_allclose(module(torch.from_numpy(x.asnumpy())).detach(), expected, rtol=1e-5)
    assert set(module.state_dict()) == {*arg_params, *aux_params}
    assert {name for name, _ in module.named_buffers()} == set(aux_params)


def test_its_text_names_parameters_as_the_file_does(rng):
    symbol = classifier()
    text = source(symbol, params=values(symbol, rng, data=(5, 6)), name="Classifier")
    assert "class Classifier(nn.Module)" in text
    assert "F.linear(data.flatten(1), self.fc1_weight, self.fc1_bias)" in text
    assert 'self.register_buffer("bn_moving_mean", torch.zeros(4))' in text


def test_a_label_among_the_inputs_brings_the_gradient_of_the_loss(rng):
    symbol = classifier()
    params = values(symbol, rng, data=(5, 6))
    module = to_module(symbol, params=params, input_names=["data", "softmax_label"])
    x = nd.array(rng.standard_normal((5, 6)))
    label = nd.array(rng.integers(0, 3, 5))
    gradients = {name: nd.zeros(each.shape) for name, each in params[0].items()}
    executor = symbol.bind(
        mx.cpu(),
        {**params[0], "data": x, "softmax_label": label},
        args_grad=gradients,
        aux_states=dict(params[1]),
    )
    executor.forward(is_train=True)
    executor.backward()
    module.train()
    module(*(torch.from_numpy(each.asnumpy()) for each in (x, label))).sum().backward()
    for name, parameter in module.named_parameters():
        np.testing.assert_allclose(parameter.grad, gradients[name].asnumpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("output", "function"),
    [
        (sym.LinearRegressionOutput, lambda x: x),
        (sym.MAERegressionOutput, lambda x: x),
        (sym.SVMOutput, lambda x: x),
        (sym.LogisticRegressionOutput, torch.sigmoid),
        (sym.SoftmaxOutput, lambda x: torch.softmax(x, 1)),
    ],
)
def test_outputs_without_labels_predict(output, function):
    module = to_module(output(sym.var("data"), name="out"))
    x = torch.rand(3, 4)
    torch.testing.assert_close(module(x), function(x))


def test_an_exported_network_is_read_back_as_a_module(tmp_path):
    net = gluon.model_zoo.vision.resnet18_v1(classes=3)
    net.initialize(mx.init.Xavier())
    net.hybridize()
    x = nd.random.normal(shape=(2, 3, 32, 32))
    expected = net(x).asnumpy()
    symbol_file, parameter_file = net.export(str(tmp_path / "net"))
    module = to_module(sym.load(symbol_file), params=parameter_file)
    np.testing.assert_allclose(module(torch.from_numpy(x.asnumpy())).detach(), expected, rtol=1e-5, atol=1e-5)
    block = gluon.SymbolBlock.imports(symbol_file, "data", parameter_file)
    again = to_module(block)
    assert set(again.state_dict()) == set(module.state_dict())


def test_a_part_of_a_graph_takes_a_part_of_the_parameters(rng):
    symbol = classifier()
    params = values(symbol, rng, data=(5, 6))
    module = to_module(symbol.get_internals()["fc1_output"], params=params)
    assert set(module.state_dict()) == {"fc1_weight", "fc1_bias"}


def test_several_outputs_are_a_tuple():
    x = sym.var("data")
    first, second = to_module(sym.Group([x + 1, x * 2]))(torch.ones(2))
    assert first.tolist() == [2, 2]
    assert second.tolist() == [2, 2]


def test_inputs_have_the_names_of_their_variables():
    module = to_module(sym.var("left") - sym.var("class") * sym.var("dropout"))
    assert module(torch.ones(1), _class=torch.ones(1), dropout_=torch.zeros(1)).tolist() == [1]


def test_with_share_the_arrays_and_the_module_have_one_memory():
    weight = nd.ones((2, 3))
    symbol = sym.FullyConnected(sym.var("data"), num_hidden=2, no_bias=True, name="fc")
    module = to_module(symbol, {"fc_weight": weight}, share=True)
    with torch.no_grad():
        module.fc_weight.mul_(3)
    assert weight.asnumpy().max() == 3


def test_a_recurrent_network_takes_all_weights_in_one_vector(rng):
    count = 4 * 4 * (3 + 4 + 2)
    symbol = sym.RNN(
        sym.var("data"),
        sym.var("parameters"),
        sym.var("state"),
        sym.var("cell"),
        state_size=4,
        num_layers=1,
        mode="lstm",
        state_outputs=True,
    )
    arrays = [rng.standard_normal(shape) for shape in ((5, 2, 3), (count,), (1, 2, 4), (1, 2, 4))]
    data, parameters, state, cell = (nd.array(each) for each in arrays)
    module = to_module(symbol, {"parameters": parameters}, input_names=["data", "state", "cell"])
    results = module(*(torch.from_numpy(each.asnumpy()) for each in (data, state, cell)))
    expected = nd.RNN(
        data, parameters, state, cell, state_size=4, num_layers=1, mode="lstm", state_outputs=True
    )
    for result, each in zip(results, expected, strict=True):
        np.testing.assert_allclose(result.detach(), each.asnumpy(), rtol=1e-5, atol=1e-6)


def test_a_hybrid_block_and_its_exported_graph_have_the_same_text_but_for_names(tmp_path):
    net = nn.HybridSequential()
    net.add(nn.Dense(2, in_units=3, activation="tanh"))
    net.initialize()
    net.hybridize()
    x = nd.ones((1, 3))
    net(x)
    symbol_file, parameter_file = net.export(str(tmp_path / "net"))
    block, graph = source(net, x), source(sym.load(symbol_file), x, params=parameter_file)
    assert "torch.tanh(x)" in block
    assert "torch.tanh(x)" in graph
