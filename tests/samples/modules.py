"""Networks of symbols, data and weights that depend on NumPy alone, and what is written down of results.

Run with Glueball by the tests and with the real MXNet by ``tests/golden/record_module.py``.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re

import numpy as np

SAMPLES = 22


def perceptron(mx):
    x = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=8, name="fc1")
    x = mx.sym.Activation(x, act_type="relu", name="relu1")
    return mx.sym.SoftmaxOutput(mx.sym.FullyConnected(x, num_hidden=3, name="fc2"), name="softmax")


def convolutions(mx):
    x = mx.sym.Convolution(mx.sym.var("data"), kernel=(3, 3), pad=(1, 1), num_filter=4, name="conv1")
    x = mx.sym.Activation(mx.sym.BatchNorm(x, fix_gamma=False, name="bn1"), act_type="relu", name="relu1")
    x = mx.sym.Pooling(x, kernel=(2, 2), stride=(2, 2), pool_type="max", name="pool1")
    y = mx.sym.Convolution(x, kernel=(1, 1), num_filter=4, num_group=2, no_bias=True, name="conv2")
    x = mx.sym.Flatten(mx.sym.concat(x, y, name="cat"), name="flat")
    return mx.sym.SoftmaxOutput(mx.sym.FullyConnected(x, num_hidden=3, name="fc"), name="softmax")


def words(mx):
    def network(key):
        x = mx.sym.Embedding(mx.sym.var("data"), input_dim=7, output_dim=4, name="emb")
        x = mx.sym.FullyConnected(mx.sym.mean(x, axis=1), num_hidden=3, name="fc")
        return mx.sym.SoftmaxOutput(x, name="softmax"), ("data",), ("softmax_label",)

    return network


def rows(*shape):
    return np.random.RandomState(3).randn(*shape).astype("float32")


def labels(count=SAMPLES):
    return np.random.RandomState(4).randint(0, 3, count).astype("float32")


def batches(mx, *shape, size=5, **options):
    shape = shape or (SAMPLES, 5)
    return mx.io.NDArrayIter(rows(*shape), labels(shape[0]), batch_size=size, **options)


def weights(mx, symbol, **shapes):
    """Weights that depend on nothing but the shapes."""
    found, _, _ = symbol.infer_shape(**shapes)
    state = np.random.RandomState(5)
    return {
        name: mx.nd.array(state.uniform(-0.5, 0.5, shape))
        for name, shape in zip(symbol.list_arguments(), found)
        if name not in shapes and name != "softmax_label"
    }


def states(mx, symbol, **shapes):
    _, _, found = symbol.infer_shape(**shapes)
    return {
        name: mx.nd.ones(shape) if name.endswith("var") else mx.nd.zeros(shape)
        for name, shape in zip(symbol.list_auxiliary_states(), found)
    }


def bound(mx, symbol=None, shape=(5, 5), context=None, **options):
    """A module with weights, ready for batches."""
    symbol = perceptron(mx) if symbol is None else symbol
    module = mx.mod.Module(symbol, context=context or mx.cpu(), **options.pop("module", {}))
    label_shapes = [("softmax_label", shape[:1])] if module.label_names else None
    module.bind([("data", shape)], label_shapes, **options)
    module.init_params(None, weights(mx, symbol, data=shape), states(mx, symbol, data=shape))
    return module


def numbers(arrays):
    """Arrays as numbers: all of small ones, a few and the sums of larger ones."""
    if isinstance(arrays, dict):
        return {name: numbers(array) for name, array in sorted(arrays.items())}
    if isinstance(arrays, (list, tuple)):
        return [numbers(each) for each in arrays]
    if arrays is None:
        return None
    values = np.asarray(arrays.asnumpy() if hasattr(arrays, "asnumpy") else arrays, np.float64)
    flat = values.ravel()
    shown = flat if flat.size <= 24 else [*flat[:: flat.size // 12], flat.sum(), (flat**2).sum()]
    return [list(values.shape), [round(float(value), 7) for value in shown]]


@contextlib.contextmanager
def logged():
    """What is logged meanwhile, with speeds and times blotted out."""
    found = []

    class Keep(logging.Handler):
        def emit(self, record):
            text = re.sub(r"(Speed: |Time cost=)(inf|[\d.]+)", r"\1#", record.getMessage())
            found.append([record.levelname, text.replace(os.getcwd(), ".")])

    root = logging.getLogger()
    before = root.handlers[:], root.level
    root.handlers[:] = [Keep()]
    root.setLevel(logging.INFO)
    try:
        yield found
    finally:
        root.handlers[:] = before[0]
        root.setLevel(before[1])


def error(function):
    try:
        function()
    except Exception as exception:
        known = (
            "MXNetError",
            "KeyError",
            "RuntimeError",
            "NotImplementedError",
            "TypeError",
            "AssertionError",
            "ValueError",
        )
        return next(each.__name__ for each in type(exception).__mro__ if each.__name__ in known)
    return None


class Drawing:
    """In the place of ``graphviz.Digraph``: keeps what it is told."""

    def __init__(self, name, format):
        self.told = [["graph", name, format]]

    def node(self, **attributes):
        self.told.append(["node", dict(sorted(attributes.items()))])

    def edge(self, tail_name, head_name, **attributes):
        self.told.append(["edge", tail_name, head_name, dict(sorted(attributes.items()))])
