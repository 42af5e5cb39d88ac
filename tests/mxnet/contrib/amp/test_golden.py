"""Mixed precision gives the types, graphs and numbers that the real MXNet gives: ``tests/samples/amp.py``."""

import json
import logging

import numpy as np
import pytest

import mxnet as mx
from mxnet.contrib import amp
from tests.samples import amp as samples

from .conftest import GOLDEN, mixed_precision

both = pytest.mark.parametrize("target", ["float16", "bfloat16"])


@both
@pytest.mark.parametrize("name", [*samples.GRAPHS, *samples.OPTIONS])
def test_converted_graphs_are_those_of_mxnet(target, name):
    graph, options = samples.GRAPHS.get(name, samples.GRAPHS["a network"]), samples.OPTIONS.get(name, {})
    converted = amp.convert_symbol(graph(mx.sym), target_dtype=target, **options)
    assert as_json(samples.nodes_of(converted)) == GOLDEN[target]["converted"][name]


@pytest.mark.filterwarnings("ignore")
def test_composed_graphs_are_those_of_mxnet(target):
    assert as_json(samples.composed(mx)) == GOLDEN[target]["composed"]


def test_calls_on_arrays_return_the_types_of_mxnet(bfloat16):
    assert samples.types(mx) == GOLDEN["bfloat16"]["types"]


def test_with_float16_as_with_bfloat16_arrays_are_cast_in_both_directions(float16):
    """On a CPU the real MXNet casts arrays to float16, and not back; on a GPU it does, as is done here everywhere."""
    found = samples.types(mx)
    expected = {
        "float32": "nd.softmax(low); low.sum(); nd.square(low); low ** 2; nd.LeakyReLU(low, act_type='elu'); "
        "low + full; nd.stack(low, full); nd.where(full, low, full); low / full; nd.broadcast_add(low, full)",
        "float16": "low; low + 1; nd.relu(low); nd.Flatten(low); low * low; nd.concat(low, low); nd.stack(low, low)",
    }
    for kind, expressions in expected.items():
        for expression in expressions.split("; "):
            assert found[expression] == [kind], expression


def test_the_loss_scale_moves_as_that_of_mxnet(bfloat16):
    assert as_json(samples.scaling(mx)) == GOLDEN["bfloat16"]["scaling"]


def test_operators_that_make_their_gradient_scale_it_as_those_of_mxnet(bfloat16):
    found = samples.own_gradients(mx)
    for name, expected in GOLDEN["bfloat16"]["own_gradients"].items():
        np.testing.assert_allclose(found[name], expected, rtol=1e-5, err_msg=name)


@both
def test_lists_of_operators_are_those_of_mxnet(target):
    assert samples.lists(mx, target) == GOLDEN[target]["lists"]


def test_layers_and_losses_return_the_types_of_mxnet(bfloat16):
    assert samples.layers(mx) == GOLDEN["bfloat16"]["layers"]


def as_json(value):
    """Tuples as lists, as a recording has them."""
    return json.loads(json.dumps(value))


def test_a_symbol_that_makes_its_gradient_says_that_it_is_not_scaled(bfloat16, caplog):
    with caplog.at_level(logging.WARNING):
        mx.sym.SoftmaxOutput(mx.sym.var("x"), mx.sym.var("y"))
    assert "SoftmaxOutput does not multiply its gradient by the scale of the loss" in caplog.text


def test_lists_that_a_program_gives_take_the_place_of_mxnets():
    x = mx.nd.ones((2, 2))
    with mixed_precision("bfloat16", target_precision_ops=["dot", "softmax"], fp32_ops=["relu"]):
        assert [mx.nd.dot(x, x).dtype, mx.nd.softmax(x).dtype] == ["bfloat16", "bfloat16"]
        assert mx.nd.FullyConnected(x, x, no_bias=True, num_hidden=2).dtype is np.float32
        low = mx.nd.dot(x, x)
        assert [mx.nd.relu(low).dtype, mx.nd.exp(low).dtype] == [np.float32, "bfloat16"]
    with mixed_precision("float16", conditional_fp32_ops=[("Activation", "act_type", ["relu"])]):
        low = mx.nd.FullyConnected(x, x, no_bias=True, num_hidden=2)
        assert mx.nd.Activation(low, act_type="relu").dtype is np.float32
        assert mx.nd.Activation(low, act_type="softrelu").dtype is np.float16
