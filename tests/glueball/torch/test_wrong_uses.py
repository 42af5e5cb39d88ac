"""Wrong uses of the bridge: the error says what was given, what is wrong and what to write instead."""

import numpy as np
import pytest
import torch

import mxnet as mx
from glueball.torch import from_module, source, to_module
from mxnet import autograd, gluon, nd, sym
from mxnet.gluon import nn


class Looking(gluon.HybridBlock):
    def hybrid_forward(self, F, x):
        return x if x.shape[0] > 1 else x * 2


def dense(contexts=None, **options):
    net = nn.Dense(2, **options)
    net.initialize(ctx=contexts)
    return net


FC = sym.FullyConnected(sym.var("data"), num_hidden=2, name="fc")

WRONG = {
    "a torch module to_module": (
        lambda: to_module(torch.nn.Linear(2, 2)),
        TypeError,
        ["a torch module", "from_module"],
    ),
    "a function to_module": (lambda: to_module(len), TypeError, ["a Gluon block or a symbol", "builtin"]),
    "a wrapped module to_module": (
        lambda: to_module(from_module(torch.nn.ReLU())),
        TypeError,
        ["block.module"],
    ),
    "a network that nobody initialised": (
        lambda: to_module(nn.Dense(2, in_units=3)),
        RuntimeError,
        ["not been initialized", "_weight", "net.initialize()"],
    ),
    "a network that waits for a batch": (
        lambda: to_module(dense()),
        RuntimeError,
        ["shapes of parameters are not known", "with a batch x"],
    ),
    "a network without a graph": (
        lambda: to_module(Looking()),
        mx.MXNetError,
        ["looking", "has no graph", "no shape or element"],
    ),
    "too few inputs": (
        lambda: to_module(gluon.loss.L2Loss()),
        mx.MXNetError,
        ["has no graph", "label", "to_module(net, x, y)"],
    ),
    "params for a block": (
        lambda: to_module(dense(in_units=3), params={}),
        TypeError,
        ["params go with a symbol", "load_parameters"],
    ),
    "no values for a symbol": (
        lambda: to_module(FC),
        ValueError,
        ["values of parameters are missing", "fc_weight, fc_bias"],
    ),
    "a value is missing": (
        lambda: to_module(FC, {"fc_weight": nd.ones((2, 3))}, input_names=["data"]),
        ValueError,
        ["missing", "fc_bias"],
    ),
    "params that are no arrays": (
        lambda: to_module(FC, params={"fc_weight": "ones"}),
        TypeError,
        ["params are arrays by name", "fc_weight: str"],
    ),
    "params that are no dictionary": (lambda: to_module(FC, params=3), TypeError, ["a dictionary", "int"]),
    "an input that the graph does not have": (
        lambda: to_module(FC, input_names=["date"], params={}),
        ValueError,
        ["no input 'date'", "input_names=['data']"],
    ),
    "more names than inputs": (
        lambda: to_module(dense(in_units=3), input_names=["x", "y"]),
        ValueError,
        ["2 names for 1 inputs"],
    ),
    "an input of another width than a block takes": (
        lambda: to_module(dense(in_units=3), nd.ones((4, 5))),
        ValueError,
        ["do not fit the inputs", "data (4, 5)", "weight"],
    ),
    "params of another network": (
        lambda: to_module(
            FC, nd.ones((4, 3)), params={"fc_weight": nd.ones((2, 3)), "fc_bias": nd.ones((3,))}
        ),
        ValueError,
        ["do not fit the inputs", "bias"],
    ),
    "a name that is no class's": (lambda: source(dense(in_units=3), name="my net"), ValueError, ["my net"]),
    "a text that PyTorch has no function for": (
        lambda: source(sym.GridGenerator(sym.var("data"), transform_type="warp")),
        NotImplementedError,
        ["GridGenerator", "standalone=False"],
    ),
    "a Gluon block from_module": (
        lambda: from_module(dense(in_units=3)),
        TypeError,
        ["a Gluon block already", "to_module"],
    ),
    "a class from_module": (lambda: from_module(torch.nn.ReLU), TypeError, ["type", "from_module(Model())"]),
    "a lazy module": (
        lambda: from_module(torch.nn.LazyLinear(3)),
        ValueError,
        ["no elements yet", "weight", "module(torch.zeros"],
    ),
    "a module on the meta device": (
        lambda: from_module(torch.nn.Linear(2, 2, device="meta")),
        ValueError,
        ["no elements yet"],
    ),
    "complex parameters": (
        lambda: from_module(torch.nn.Linear(2, 2, dtype=torch.complex64)),
        TypeError,
        ["weight torch.complex64", "an array holds one of"],
    ),
    "a tensor for a wrapped module": (
        lambda: from_module(torch.nn.Linear(2, 2))(torch.zeros(1, 2)),
        TypeError,
        ["nd.from_torch(tensor)"],
    ),
    "shapes that do not fit a wrapped module": (
        lambda: from_module(torch.nn.Linear(2, 2))(nd.zeros((1, 3))),
        mx.MXNetError,
        ["Linear (layer 'linear", "(1, 3) float32 cpu(0)", "cannot be multiplied"],
    ),
    "indices that are floats": (
        lambda: from_module(torch.nn.Embedding(5, 2))(nd.zeros((3,))),
        mx.MXNetError,
        ["Embedding", "x.astype('int64')"],
    ),
    "another type than the parameters'": (
        lambda: from_module(torch.nn.Linear(2, 2))(nd.zeros((1, 2), dtype="float64")),
        mx.MXNetError,
        ["float64", "net.cast"],
    ),
    "another context than the parameters'": (
        lambda: from_module(torch.nn.Linear(2, 2))(nd.zeros((1, 2), ctx=mx.cpu(3))),
        RuntimeError,
        ["not on context cpu(3)", "reset_ctx(cpu(3))"],
    ),
    "inputs in different contexts": (
        lambda: from_module(torch.nn.Bilinear(2, 2, 2))(nd.zeros((1, 2)), nd.zeros((1, 2), ctx=mx.cpu(1))),
        mx.MXNetError,
        ["different contexts", "cpu(1)"],
    ),
    "a graph of a wrapped module": (
        lambda: from_module(torch.nn.ReLU())(sym.var("x")),
        mx.MXNetError,
        ["has no graph"],
    ),
    "a share of arrays that are none": (
        lambda: to_module(FC, {"fc_weight": np.ones((2, 3)), "fc_bias": np.ones(2)}, share=True),
        ValueError,
        ["share=True", "fc_weight: ndarray"],
    ),
    "a share of several contexts": (
        lambda: to_module(dense(in_units=3, contexts=[mx.cpu(0), mx.cpu(1)]), share=True),
        ValueError,
        ["share=True", "cpu(1)", "reset_ctx(cpu(0))"],
    ),
    "whole numbers as weights": (
        lambda: from_module(torch.nn.Linear(2, 2)).cast("int32"),
        TypeError,
        ["floating types only", "int32"],
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_the_error_says_what_to_do(name):
    act, kind, words = WRONG[name]
    with pytest.raises(kind) as raised:
        act()
    text = str(raised.value)
    assert all(word in text for word in words), text


def test_a_network_with_a_wrapped_module_inside_has_no_graph():
    net = nn.HybridSequential()
    net.add(from_module(torch.nn.Linear(2, 2)))
    with pytest.raises(mx.MXNetError, match="Linear is a torch module, which has no graph"):
        to_module(net)


def test_parts_that_were_exchanged_after_wrapping_are_noticed():
    module = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2))
    block = from_module(module)
    module[1] = torch.nn.Linear(2, 3)
    assert block(nd.ones((1, 2))).shape == (1, 3)
    with autograd.record(), pytest.raises(mx.MXNetError, match="other parts than when it was wrapped"):
        block(nd.ones((1, 2)))


def test_after_an_error_nothing_has_changed():
    block = from_module(torch.nn.Linear(2, 2))
    before = block.module.weight.clone()
    with pytest.raises(AssertionError, match="shape expected"):
        block.load_parameters(_file({"weight": nd.ones((3, 3)), "bias": nd.ones((2,))}))
    assert torch.equal(block.module.weight, before)
    with autograd.record(), pytest.raises(mx.MXNetError, match="cannot be computed"):
        block(nd.ones((1, 5)))
    assert not autograd.is_recording()
    assert torch.is_grad_enabled()


def _file(arrays):
    import io

    file = io.BytesIO()
    nd.save(file, arrays)
    return file.getvalue()
