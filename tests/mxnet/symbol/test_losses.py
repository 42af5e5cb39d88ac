"""Losses of hybridized blocks are one call, as those of arrays are, unless somebody needs a part of them."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, gluon, nd, sym
from mxnet.gluon import loss, nn
from mxnet.symbol.program import Program

LOSSES = {
    "softmax": (lambda: loss.SoftmaxCrossEntropyLoss(), (4, 3), (4,), "softmax_loss("),
    "softmax of columns": (lambda: loss.SoftmaxCrossEntropyLoss(axis=1), (4, 3), (4, 1), "softmax_loss("),
    "softmax of sequences": (lambda: loss.SoftmaxCrossEntropyLoss(), (4, 5, 3), (4, 5), "softmax_loss("),
    "softmax of images": (
        lambda: loss.SoftmaxCrossEntropyLoss(axis=1),
        (4, 3, 2, 2),
        (4, 2, 2),
        "softmax_loss(",
    ),
    "softmax of probabilities": (
        lambda: loss.SoftmaxCrossEntropyLoss(sparse_label=False),
        (4, 3),
        (4, 3),
        None,
    ),
    "softmax of logits": (lambda: loss.SoftmaxCrossEntropyLoss(from_logits=True), (4, 3), (4,), None),
    "softmax of columns of examples": (
        lambda: loss.SoftmaxCrossEntropyLoss(batch_axis=1),
        (5, 4, 3),
        (5, 4),
        None,
    ),
    "half a softmax": (lambda: loss.SoftmaxCrossEntropyLoss(weight=0.5), (4, 3), (4,), None),
    "squares": (lambda: loss.L2Loss(), (4, 3), (4, 3), "l2_loss("),
    "squares of rows": (lambda: loss.L2Loss(), (4, 3), (12,), "l2_loss("),
    "three squares": (lambda: loss.L2Loss(weight=3), (4, 3), (4, 3), "l2_loss("),
    "squares of columns": (lambda: loss.L2Loss(batch_axis=1), (4, 3), (4, 3), "l2_loss("),
}


@pytest.mark.parametrize("name", LOSSES)
def test_a_hybridized_loss_computes_and_differentiates_the_same(name, rng):
    make, shape, labels, call = LOSSES[name]
    found = []
    values = rng.normal(size=shape)
    targets = (
        rng.integers(-1, 5, labels) if "softmax" in name and "prob" not in name else rng.uniform(size=labels)
    )
    for hybrid in (False, True):
        block = make()
        block.hybridize(hybrid)
        x, y = nd.array(values), nd.array(targets)
        x.attach_grad()
        for _ in range(2):
            with autograd.record():
                value = block(x, y)
            value.backward()
        found.append([value.asnumpy(), x.grad.asnumpy(), block(x, y).asnumpy()])
    for plain, hybrid in zip(*found, strict=True):
        assert plain.shape == hybrid.shape
        np.testing.assert_allclose(hybrid, plain, rtol=1e-6, atol=1e-7)
    assert (call in block.program()) if call else "_loss(" not in block.program()


@pytest.mark.parametrize("name", ["softmax", "squares"])
def test_weights_of_samples_count(name, rng):
    make, shape, labels, _ = LOSSES[name]
    x, y = nd.array(rng.normal(size=shape)), nd.array(rng.integers(0, 3, labels))
    weights = nd.array(rng.uniform(size=(4, 1)))
    plain, hybrid = make(), make()
    hybrid.hybridize()
    for _ in range(2):
        found = hybrid(x, y, weights).asnumpy()
    np.testing.assert_allclose(found, plain(x, y, weights).asnumpy(), rtol=1e-6)


def test_a_part_that_others_need_is_computed_for_them(rng):
    class Both(nn.HybridBlock):
        def hybrid_forward(self, F, x, label):
            logarithms = F.log_softmax(x)
            return F.mean(-F.pick(logarithms, label, keepdims=True), axis=0, exclude=True), logarithms

    x, label = nd.array(rng.normal(size=(4, 3))), nd.array(rng.integers(0, 3, 4))
    net = Both()
    wanted = net(x, label)
    net.hybridize()
    for found, each in zip(net(x, label), wanted, strict=True):
        np.testing.assert_allclose(found.asnumpy(), each.asnumpy(), rtol=1e-6)
    assert "softmax_loss(" not in net.program()


OTHERS = {
    "another axis": lambda x, y: sym.mean(
        -sym.pick(sym.log_softmax(x, axis=0), y, keepdims=True), axis=0, exclude=True
    ),
    "a temperature": lambda x, y: sym.mean(
        -sym.pick(sym.log_softmax(x, temperature=2.0), y, keepdims=True), axis=0, exclude=True
    ),
    "other labels": lambda x, y: sym.mean(
        -sym.pick(sym.log_softmax(x), y, keepdims=True, mode="wrap"), axis=0, exclude=True
    ),
    "not turned around": lambda x, y: sym.mean(
        sym.pick(sym.log_softmax(x), y, keepdims=True) * 2, axis=0, exclude=True
    ),
    "the mean of all": lambda x, y: sym.mean(-sym.pick(sym.log_softmax(x), y, keepdims=True)),
    "the mean of a column": lambda x, y: sym.mean(-sym.pick(sym.log_softmax(x), y, keepdims=True), axis=0),
    "a difference of others": lambda x, y: sym.mean(
        sym.square(sym.reshape_like(y, y) - x) * 0.5, axis=0, exclude=True
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_only_looks_like_a_loss_is_left_as_it_is(name, rng):
    variables = sym.var("x"), sym.var("y")
    graph = OTHERS[name](*variables)
    program = Program(graph._entries, [each._entries[0].node for each in variables])
    assert "_loss(" not in program.source


def test_errors_are_those_of_single_calls(rng):
    for make, shapes in ((LOSSES["softmax"][0], ((4, 3), (5,))), (LOSSES["squares"][0], ((4, 3), (5, 3)))):
        plain, hybrid = make(), make()
        hybrid.hybridize()
        arrays = [nd.ones(shape) for shape in shapes]
        errors = []
        for block in (plain, hybrid):
            with pytest.raises((mx.MXNetError, ValueError)) as caught:
                block(*arrays)
            errors.append((type(caught.value), str(caught.value).partition("because")[2]))
        assert errors[0] == errors[1]


def test_networks_with_their_loss_inside_train_the_same(rng):
    class Trains(nn.HybridBlock):
        def __init__(self):
            super().__init__()
            self.layer, self.loss = nn.Dense(3, in_units=5), loss.SoftmaxCrossEntropyLoss()

        def hybrid_forward(self, F, x, y):
            return self.loss(self.layer(x), y)

    x, y = nd.array(rng.normal(size=(6, 5))), nd.array(rng.integers(0, 3, 6))
    found = []
    for hybrid in (False, True):
        mx.random.seed(1)
        net = Trains()
        net.initialize(mx.init.Normal(1))
        net.hybridize(hybrid)
        trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.3})
        for _ in range(4):
            with autograd.record():
                value = net(x, y)
            value.backward()
            trainer.step(6)
        found.append(net.layer.weight.data().asnumpy())
    np.testing.assert_allclose(*found, rtol=1e-5, atol=1e-6)
