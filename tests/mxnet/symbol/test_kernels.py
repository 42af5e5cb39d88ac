"""Programs call kernels in the place of operators where attributes allow it, and nobody can tell."""

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet import autograd, nd, sym
from mxnet.gluon import nn
from mxnet.symbol.program import Program

X = ("x", (2, 4, 7, 6))
WEIGHT, BIAS = ("w", (6, 4, 3, 2)), ("b", (6,))
CONVOLUTION = {"kernel": (3, 2), "num_filter": 6}
CALLS = {
    "relu": ("Activation", [X], {"act_type": "relu"}, "relu("),
    "tanh": ("Activation", [X], {"act_type": "tanh"}, "tanh("),
    "softsign": ("Activation", [X], {"act_type": "softsign"}, None),
    "convolution": ("Convolution", [X, WEIGHT, BIAS], CONVOLUTION, "conv2d("),
    "strides": (
        "Convolution",
        [X, WEIGHT, BIAS],
        {**CONVOLUTION, "stride": (2, 1), "pad": (1, 2)},
        "conv2d(",
    ),
    "holes": ("Convolution", [X, WEIGHT, BIAS], {**CONVOLUTION, "dilate": (2, 3)}, "conv2d("),
    "no bias": ("Convolution", [X, WEIGHT], {**CONVOLUTION, "no_bias": True}, "conv2d("),
    "groups": ("Convolution", [X, ("w", (6, 2, 3, 2)), BIAS], {**CONVOLUTION, "num_group": 2}, "conv2d("),
    "channels last": (
        "Convolution",
        [("x", (2, 7, 6, 4)), ("w", (6, 3, 2, 4)), BIAS],
        {**CONVOLUTION, "layout": "NHWC"},
        None,
    ),
    "a sequence": (
        "Convolution",
        [("x", (2, 4, 7)), ("w", (6, 4, 3)), BIAS],
        {"kernel": (3,), "num_filter": 6},
        None,
    ),
    "max": ("Pooling", [X], {"kernel": (2, 3), "stride": (2, 2)}, "max_pool2d("),
    "max padded": ("Pooling", [X], {"kernel": (2, 3), "pad": (1, 1), "stride": (1, 2)}, "max_pool2d("),
    "max far padded": ("Pooling", [X], {"kernel": (3, 2), "pad": (2, 0)}, None),
    "max full": ("Pooling", [X], {"kernel": (2, 2), "stride": (2, 2), "pooling_convention": "full"}, None),
    "average": ("Pooling", [X], {"kernel": (2, 3), "pool_type": "avg"}, "avg_pool2d("),
    "average padded": ("Pooling", [X], {"kernel": (2, 2), "pool_type": "avg", "pad": (1, 1)}, None),
    "average of all": ("Pooling", [X], {"global_pool": True, "pool_type": "avg", "kernel": (1, 1)}, ".mean("),
    "max of all": ("Pooling", [X], {"global_pool": True, "kernel": (1, 1)}, None),
    "sum": ("Pooling", [X], {"kernel": (2, 2), "pool_type": "sum"}, None),
    "rows of images": (
        "FullyConnected",
        [X, ("w", (3, 168)), ("b", (3,))],
        {"num_hidden": 3},
        None,
    ),
    "plus": ("broadcast_add", [X, ("y", (4, 1, 6))], {}, "add("),
    "times": ("elemwise_mul", [X, ("y", X[1])], {}, "mul("),
    "minus": ("elemwise_sub", [X, ("y", X[1])], {}, "sub("),
}


def made(name):
    operator, arrays, options, kernel = CALLS[name]
    symbol = getattr(sym, operator)(*[sym.var(each) for each, _ in arrays], **options)
    variables = [entry.node for entry in symbol._entries[0].node.inputs]
    return Program(symbol._entries, variables), operator, arrays, options, kernel


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16"])
@pytest.mark.parametrize("name", CALLS)
def test_a_call_in_a_program_computes_what_the_function_does(name, dtype, rng):
    program, operator, arrays, options, kernel = made(name)
    assert kernel is None or kernel in program.source
    values = [nd.array(rng.normal(size=shape), dtype=dtype) for _, shape in arrays]
    wanted = getattr(nd, operator)(*values, **options)
    (found,) = program([each._t for each in values], mx.cpu(), False)
    assert found.is_contiguous()
    np.testing.assert_array_equal(found.double().numpy(), wanted.astype("float64").asnumpy())


@pytest.mark.parametrize("name", [name for name, call in CALLS.items() if call[3] is not None])
def test_a_kernel_stands_in_for_all_floating_types(name):
    assert "float32" not in made(name)[0].source


STATISTICS = [("gamma", (4,)), ("beta", (4,)), ("mean", (4,)), ("var", (4,))]


@pytest.mark.parametrize("shape", [(5, 4), (2, 4, 3), (2, 4, 3, 2)])
@pytest.mark.parametrize("training", [False, True], ids=["predicting", "training"])
@pytest.mark.parametrize(
    "options", [{"fix_gamma": False}, {"fix_gamma": True}, {"output_mean_var": True}, {"eps": 1e-5}]
)
def test_a_normalisation_computes_what_the_function_does(options, training, shape, rng):
    variables = [sym.var("x"), *(sym.var(name) for name, _ in STATISTICS)]
    options = {"fix_gamma": False, **options}
    symbol = sym.BatchNorm(*variables, **options)
    program = Program(symbol._entries, [each._entries[0].node for each in variables])
    values = [
        nd.array(rng.normal(size=shape)),
        *(nd.array(rng.uniform(1, 2, size)) for _, size in STATISTICS),
    ]
    with autograd.train_mode() if training else autograd.predict_mode():
        wanted = nd.BatchNorm(*[each.copy() for each in values], **options)
    with torch.no_grad():
        found = program([each._t.clone() for each in values], mx.cpu(), training)
    for mine, theirs in zip(found, wanted if isinstance(wanted, list) else [wanted], strict=True):
        np.testing.assert_array_equal(mine.numpy(), theirs.asnumpy())


def test_statistics_that_change_behind_a_prediction_do_not_change_its_gradient(rng):
    """On the tape a prediction keeps the statistics of the moment."""
    net = nn.BatchNorm(in_channels=3)
    net.initialize()
    gradients = []
    x = nd.array(rng.normal(size=(4, 3)))
    x.attach_grad()
    for hybrid in (False, True):
        net.hybridize(hybrid)
        net.running_var.set_data(nd.ones(3))
        for _ in range(2):
            with autograd.record(train_mode=False):
                y = (net(x) ** 2).sum()
        net.running_var.set_data(nd.ones(3) * 9)
        y.backward()
        gradients.append(x.grad.asnumpy())
    np.testing.assert_allclose(*gradients, rtol=1e-6)


def test_a_layer_behind_images_takes_them_as_rows(rng):
    net = nn.HybridSequential()
    net.add(nn.Conv2D(3, 3), nn.BatchNorm(), nn.Activation("relu"), nn.MaxPool2D(), nn.Dense(4))
    net.initialize(mx.init.Normal(1))
    x = nd.array(rng.normal(size=(2, 2, 8, 7)))
    wanted = net(x).asnumpy()
    net.hybridize()
    for _ in range(3):
        np.testing.assert_array_equal(net(x).asnumpy(), wanted)
    text = net.program()
    assert "as_rows(" in text
    assert "batch_norm(" in text
    with pytest.raises(mx.MXNetError, match="weight does not fit data"):
        net(nd.ones((2, 2, 8, 9)))


WRONG = {
    "the kernel exceeds data": ("convolution", {"x": (2, 4, 2, 6)}),
    "channels": ("convolution", {"x": (2, 5, 7, 6)}),
    "axes": ("convolution", {"x": (2, 4, 7)}),
    "filters": ("convolution", {"w": (5, 4, 3, 2)}),
    "another kernel": ("convolution", {"w": (6, 4, 2, 3)}),
    "a long bias": ("convolution", {"b": (7,)}),
    "groups": ("groups", {"x": (2, 3, 7, 6)}),
    "windows exceed data": ("max", {"x": (2, 4, 1, 6)}),
    "averages exceed data": ("average", {"x": (2, 4, 7, 2)}),
    "pooling of rows": ("max", {"x": (2, 4)}),
    "shapes": ("plus", {"y": (5, 6)}),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_call_in_a_program_says_what_the_function_says(name, rng):
    call, shapes = WRONG[name]
    program, operator, arrays, options, _ = made(call)
    values = [nd.array(rng.normal(size=shapes.get(each, shape))) for each, shape in arrays]
    with pytest.raises(mx.MXNetError) as wanted:
        getattr(nd, operator)(*values, **options)
    with pytest.raises(mx.MXNetError) as found:
        program([each._t for each in values], mx.cpu(), False)
    assert found.value.what == wanted.value.what
    assert found.value.because == wanted.value.because


@pytest.mark.parametrize("name", ["convolution", "plus", "times", "max", "average of all"])
def test_types_that_do_not_fit_are_refused_as_by_the_function(name, rng):
    program, operator, arrays, options, _ = made(name)
    for kinds in (["int32"] * 3, ["float32", "float64", "float32"], ["float64", "float32", "float64"]):
        values = [
            nd.array(rng.integers(0, 5, shape), dtype=kind)
            for (_, shape), kind in zip(arrays, kinds, strict=False)
        ]
        refused = None
        try:
            wanted = getattr(nd, operator)(*values, **options).asnumpy()
        except mx.MXNetError as error:
            refused = error
        if refused is not None:
            with pytest.raises(mx.MXNetError) as found:
                program([each._t for each in values], mx.cpu(), False)
            assert found.value.what == refused.what
        else:
            (result,) = program([each._t for each in values], mx.cpu(), False)
            np.testing.assert_array_equal(result.numpy(), wanted)


def test_nothing_is_overwritten_that_is_needed(rng):
    x, w = sym.var("x"), sym.var("w")
    shared = sym.FullyConnected(x, w, no_bias=True, num_hidden=4)
    graphs = {
        "used twice": sym.Group([sym.Activation(shared, act_type="tanh"), shared]),
        "used later": sym.Activation(shared, act_type="tanh") + shared,
        "an input": sym.Activation(x, act_type="tanh"),
        "a view": sym.Activation(sym.reshape(x, shape=(-1,)), act_type="tanh"),
        "an array for itself": sym.Activation(shared, act_type="tanh"),
    }
    values = [nd.array(rng.normal(size=shape)) for shape in ((3, 5), (4, 5))]
    for name, graph in graphs.items():
        nodes = [each._entries[0].node for each in ((x, w) if "w" in graph.list_arguments() else (x,))]
        tensors = [each._t.clone() for each in values[: len(nodes)]]
        program = Program(graph._entries, nodes, in_place=True)
        results = program(tensors, mx.cpu(), False)
        plain = Program(graph._entries, nodes)(tensors, mx.cpu(), False)
        for found, wanted in zip(results, plain, strict=True):
            np.testing.assert_array_equal(found.numpy(), wanted.numpy())
        for tensor, value in zip(tensors, values, strict=False):
            np.testing.assert_array_equal(tensor.numpy(), value.asnumpy())
        assert ("tanh_(" in program.source) is (name == "an array for itself")
