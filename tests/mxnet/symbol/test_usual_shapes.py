"""Rules for the shapes of usual calls say what running the calls says, or nothing."""

import functools
import os
import subprocess
import sys
import types

import torch

import mxnet as mx
from mxnet import sym
from mxnet.base import MXNetError
from mxnet.symbol import infer
from mxnet.symbol.graph import in_order
from mxnet.symbol.usual_shapes import _RULES

from ...samples import FAMILIES, samples

X = sym.var("x")
WEIGHT, BIAS = sym.var("w"), sym.var("b")
ENOUGH = 8  # checks of an operator, from which on its samples are taken as they are
# Calls that the samples of the operators lack, with the shapes of their arrays.
MORE = [
    (sym.Convolution(X, WEIGHT, BIAS, kernel=(3,), num_filter=4, num_group=2), (2, 4, 9), (4, 2, 3), (4,)),
    (
        sym.Convolution(X, WEIGHT, kernel=(3, 3), num_filter=4, no_bias=True, dilate=(2, 2)),
        (1, 2, 9, 9),
        (4, 2, 3, 3),
    ),
    (
        sym.Deconvolution(X, WEIGHT, kernel=(3, 3), num_filter=4, adj=(1, 0), stride=(2, 2)),
        (1, 2, 5, 5),
        (2, 4, 3, 3),
    ),
    (sym.Pooling(X, kernel=(3, 3), stride=(2, 2), pool_type="max", pooling_convention="same"), (1, 2, 7, 8)),
    (sym.reshape(X, shape=(-3, 0, -4, 2, -1)), (2, 3, 5, 4)),
    (
        sym.RNN(X, WEIGHT, BIAS, state_size=3, num_layers=1, mode="gru", state_outputs=True),
        (4, 2, 5),
        (90,),
        (1, 2, 3),
    ),
    (
        sym.RNN(X, WEIGHT, BIAS, state_size=3, num_layers=1, mode="gru", state_outputs=True),
        (4, 2, 5),
        (90,),
        (1, 1, 3),
    ),
    (
        sym.RNN(X, WEIGHT, BIAS, sym.var("c"), state_size=3, num_layers=1, mode="lstm", bidirectional=True),
        (4, 2, 5),
        (240,),
        (2, 2, 3),
        (2, 2, 3),
    ),
]


@functools.cache
def calls():
    """Single calls of operators with rules, as nodes with the shapes of floating arrays."""
    shim = types.SimpleNamespace(nd=mx.sym, sym=mx.sym)
    found = [(symbol, shapes) for symbol, *shapes in MORE]
    for family in FAMILIES:
        for sample in samples(family):
            names = [f"input{place}" for place in range(len(sample.arrays()))]
            try:
                made = sample.call(shim, [mx.sym.var(name) for name in names])
            except Exception:  # what has no form as a symbol
                continue
            if isinstance(made, mx.sym.Symbol) and set(made.list_inputs()) == set(names):
                found.append((made, [array.shape for array in sample.arrays()]))
    nodes = []
    for symbol, shapes in found:
        made = [node for node in in_order(symbol._entries) if not node.is_variable]
        if len(made) == 1 and made[0].op is not None and made[0].op.name in _RULES:
            nodes.append((made[0], [tuple(shape) for shape in shapes]))
    return nodes


def described(arrays):
    return [(tuple(each.shape), each.dtype) for each in arrays]


def run(node, inputs):
    """What running the call gives; None where it refuses."""
    try:
        return infer._computed(node, inputs, False)
    except MXNetError:
        return None


def variations(shapes):
    """Shapes, and those in which one array has another length, an axis more or one less."""
    yield shapes
    for place, shape in enumerate(shapes):
        changed = [(*shape[:axis], n + 1, *shape[axis + 1 :]) for axis, n in enumerate(shape)]
        for each in (*changed, (*shape, 2), (2, *shape), shape[:-1], shape[1:]):
            yield [*shapes[:place], each, *shapes[place + 1 :]]


def test_a_rule_says_what_the_call_returns_or_nothing():
    checked = dict.fromkeys(_RULES, 0)
    for node, given in calls():
        if checked[node.op.name] > 3 * ENOUGH:
            continue
        few = checked[node.op.name] < ENOUGH
        for shapes in variations(given) if few else [given]:
            for dtype in (torch.float32, torch.float16) if shapes is given else (torch.float32,):
                inputs = [torch.empty(shape, dtype=dtype, device="meta") for shape in shapes]
                if len(inputs) != len(node.inputs):
                    continue
                found = infer._by_usual_rule(node, inputs)
                if found is not None:
                    expected = run(node, inputs)
                    assert expected is not None, (node, node.attrs, shapes, described(found))
                    assert described(found) == described(expected), (node, node.attrs, shapes)
                    checked[node.op.name] += 1
    assert not [name for name, count in checked.items() if not count]


def test_arrays_of_other_types_are_left_to_the_call():
    node = sym.FullyConnected(X, WEIGHT, no_bias=True, num_hidden=4)._entries[0].node
    shapes = (2, 3), (4, 3)
    for kinds in ((torch.int32, torch.int32), (torch.float32, torch.float64)):
        inputs = [torch.empty(s, dtype=d, device="meta") for s, d in zip(shapes, kinds, strict=True)]
        assert infer._by_usual_rule(node, inputs) is None


NETWORK = """
import sys
import mxnet as mx
from mxnet import nd, sym

x = sym.Convolution(sym.var("data"), kernel=(3, 3), num_filter=4, name="conv")
x = sym.Activation(sym.BatchNorm(x, name="norm"), act_type="relu")
x = sym.Pooling(x, kernel=(2, 2), stride=(2, 2), pool_type="max")
steps = sym.reshape(sym.transpose(x, axes=(2, 0, 1, 3)), shape=(0, 0, -1))
cell = mx.gluon.rnn.LSTM(5, input_size=12, prefix="lstm_")
x = sym.concat(sym.mean(cell(steps), axis=0), sym.Flatten(x), dim=1)
x = sym.SoftmaxOutput(sym.FullyConnected(sym.Dropout(x), num_hidden=3, name="scores"), name="softmax")
module = mx.mod.Module(x)
module.bind([("data", (2, 1, 8, 8))], [("softmax_label", (2,))])
module.init_params()
module.init_optimizer()
module.forward_backward(mx.io.DataBatch([nd.ones((2, 1, 8, 8))], [nd.zeros((2,))]))
module.update()
print(sorted({"sympy", "torch._dynamo"} & set(sys.modules)))
"""


def test_a_usual_network_is_trained_without_importing_torchs_compiler():
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    result = subprocess.run(
        [sys.executable, "-c", NETWORK], capture_output=True, text=True, env=environment, timeout=120
    )
    assert result.stdout.strip() == "[]", result.stderr[-2000:]
