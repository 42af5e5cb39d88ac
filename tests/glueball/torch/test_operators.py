"""Every kind of call in the table of emitters, by the samples of the operators: outputs, types and gradients."""

import functools
import types
from collections import defaultdict

import numpy as np
import pytest
import torch

import mxnet as mx
from glueball.torch import call, source, to_module
from glueball.torch.emitters import EMITTERS
from mxnet.ops import OPERATORS
from mxnet.symbol.graph import in_order

from ...samples import FAMILIES, samples
from ...samples.run import head_gradients, run

# The samples of these have their labels as inputs; without them `test_symbols.py` has them.
PREDICTING = {
    "LinearRegressionOutput",
    "LogisticRegressionOutput",
    "MAERegressionOutput",
    "SVMOutput",
    "SoftmaxOutput",
}
UNNAMED = {"first_states"}  # of unrolled cells; files do not have them: see `test_layers.py`
# What is different on purpose, or cannot be told before it runs.
DIFFERENT = {
    "squeeze(normal(1x1))",  # MXNet leaves one axis where all have length 1
    "zeros((0 3))",  # a length of 0 in a graph is one that the rest of it tells
    "ones((0 3))",
    "NDArray.broadcast_to(normal(3), (2 3))",  # the method of arrays adds an axis, the operator of graphs does not
}


@functools.cache
def calls():
    """The samples that are one symbol, by the kinds of their calls."""
    shim = types.SimpleNamespace(nd=mx.sym, sym=mx.sym)
    found = defaultdict(list)
    for family in FAMILIES:
        for sample in samples(family):
            names = [f"input{place}" for place in range(len(sample.arrays()))]
            try:
                made = sample.call(shim, [mx.sym.var(name) for name in names])
            except Exception:  # what has no form as a symbol
                continue
            if isinstance(made, (list, tuple)):
                made = mx.sym.Group(list(made))
            if not isinstance(made, mx.sym.Symbol) or set(made.list_inputs()) != set(names):
                continue
            nodes = [node for node in in_order(made._entries) if node.op is not None]
            random = any(node.op.random for node in nodes) and (sample.training or sample.seed is not None)
            indexed = sample.operator == "__getitem__"  # of a symbol: one of its outputs
            if len({node.kind for node in nodes}) == 1 and not random and not indexed:
                found[nodes[0].kind].append((sample, made, names))
    return found


def text_of(sample, symbol, names):
    arrays = [mx.nd.array(array, dtype=array.dtype) for array in sample.arrays()]
    try:
        return source(symbol, *arrays, input_names=names)
    except NotImplementedError:
        return None


def test_every_kind_is_an_operators_name_in_symbol_files():
    known = {node.replace("contrib.", "_contrib_") for node in (op.name for op in OPERATORS.values())}
    assert EMITTERS.keys() - known == {"_np_cumsum", *UNNAMED}  # as files write cumsum


@pytest.mark.parametrize("kind", sorted(EMITTERS.keys() - PREDICTING - UNNAMED))
def test_it_computes_what_the_operator_computes(kind):
    checked = 0
    for sample, symbol, names in calls()[kind]:
        if sample.id in DIFFERENT:
            continue
        expected = run(mx, sample)
        if expected.error or text_of(sample, symbol, names) is None:
            continue
        arrays = sample.arrays()
        module = to_module(
            symbol, *[mx.nd.array(array, dtype=array.dtype) for array in arrays], input_names=names
        )
        module.train(sample.training)
        tensors = [torch.from_numpy(array.copy()) for array in arrays]
        differentiated = sample.gradient and sample.differences
        for place in sample.variables() if differentiated else ():
            tensors[place].requires_grad_()
        results = module(*tensors)
        results = list(results) if isinstance(results, tuple) else [results]
        for result, output in zip(results, expected.outputs, strict=True):
            check(result.detach().numpy(), np.asarray(output), sample)
        if not differentiated:
            checked += 1
            continue
        floating = [result for result in results if result.is_floating_point()]
        heads = [torch.from_numpy(np.asarray(head)) for head in head_gradients(expected.outputs)]
        pairs = [pair for pair in zip(floating, heads, strict=True) if pair[0].requires_grad]
        if pairs:
            torch.autograd.backward([pair[0] for pair in pairs], [pair[1] for pair in pairs])
        for place, gradient in zip(sample.variables(), expected.gradients, strict=True):
            mine = tensors[place].grad
            check(np.zeros_like(gradient) if mine is None else mine.numpy(), gradient, sample)
        checked += 1
    assert checked


def check(actual, expected, sample):
    assert actual.dtype == expected.dtype, sample.id
    assert actual.shape == expected.shape, sample.id
    rtol, atol = (1e-2, 1e-2) if expected.dtype == np.float16 else (2e-5, 2e-5)
    np.testing.assert_allclose(
        actual.astype("float64"), np.asarray(expected).astype("float64"), rtol, atol, err_msg=sample.id
    )


def test_calls_that_have_no_text_run_as_mxnets_operators(rng):
    data = rng.standard_normal((2, 2, 4, 4)).astype("float32")
    flow = rng.uniform(-1, 1, (2, 2, 4, 4)).astype("float32")
    symbol = mx.sym.GridGenerator(mx.sym.var("flow"), transform_type="warp") + mx.sym.var("data")
    module = to_module(symbol)
    expected = mx.nd.GridGenerator(mx.nd.array(flow), transform_type="warp") + mx.nd.array(data)
    result = module(torch.from_numpy(flow), torch.from_numpy(data))
    np.testing.assert_array_equal(result, expected.asnumpy())


def test_a_call_by_name_explains_what_does_not_fit():
    with pytest.raises(mx.MXNetError, match="there is no operator 'Nothing'"):
        call("Nothing", torch.zeros(1))
    with pytest.raises(mx.MXNetError, match=r"data \(2, 3\) float32"):
        call("Pooling", torch.zeros(2, 3), kernel=(2, 2))


def test_random_calls_draw_from_mxnets_streams():
    mx.random.seed(3)
    first = call("_random_uniform", shape=(4,))
    mx.random.seed(3)
    np.testing.assert_array_equal(first, mx.nd.random.uniform(shape=4).asnumpy())
