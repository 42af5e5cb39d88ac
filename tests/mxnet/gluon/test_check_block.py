"""`mx.test_utils.check_block`: every layer passes it, and what is wrong with a block is said readably."""

import inspect
import re

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet.gluon import nn
from mxnet.test_utils import check_block
from mxnet.test_utils.block_checks import CHECKS
from mxnet.test_utils.blocks import sentence_of
from tests.mxnet.gluon.test_every_layer import LAYERS

ON_PURPOSE = {
    "SELU": ["gradients"]
}  # its gradient is the one that 1.9.1 computes, which is not quite the slope


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_passes(name, seed):
    make, shape = LAYERS[name]
    given = shape
    if "Embedding" in name:
        given = nd.array(np.random.RandomState(seed).randint(0, 7, shape))
    check_block(make, given, skip=ON_PURPOSE.get(name, ()), seed=seed % 1000)


class Small(nn.HybridBlock):
    """A correct block; those below do one thing wrong."""

    def __init__(self, **kwargs):
        super().__init__(prefix="small_", **kwargs)
        self.scale = self.params.get("scale", shape=(1,), init=mx.init.Uniform(1))

    def hybrid_forward(self, F, x, scale):
        return F.broadcast_mul(x, scale)


class BlocksInAList(nn.Block):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Dense(2), nn.Dense(2)]

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


class UnsavedParameter(nn.Block):
    def __init__(self):
        super().__init__(prefix="unsaved_")
        self.params.get("scale", shape=(1,))

    def forward(self, x):
        return x * self.params.get("scale").data(x.context)


class Unprintable(Small):
    def __repr__(self):
        return self.nothing


class UnknownShape(nn.HybridBlock):
    def __init__(self):
        super().__init__(prefix="unknown_")
        self.weight = self.params.get("weight", shape=(0, 3), allow_deferred_init=True)

    def hybrid_forward(self, F, x, weight):
        return F.sum(x * F.sum(weight))


class ChangesItsInput(nn.Block):
    def forward(self, x):
        x += 1
        return x


class Counts(Small):
    calls = 0

    def hybrid_forward(self, F, x, scale):
        self.calls += 1
        return F.broadcast_mul(x, scale) + self.calls


class GivesNumPy(nn.Block):
    def forward(self, x):
        return x.asnumpy()


class TakesRoots(nn.Block):
    def forward(self, x):
        return x.sqrt()


class DetachedGradient(Small):
    def hybrid_forward(self, F, x, scale):
        return F.broadcast_mul(x, F.BlockGrad(scale))


class UnusedParameter(Small):
    def hybrid_forward(self, F, x, scale):
        return F.tanh(x)


class InfiniteGradient(Small):
    def hybrid_forward(self, F, x, scale):
        return F.broadcast_add(x, F.sqrt(scale - scale))


class Halves(autograd.Function):
    def forward(self, x):
        return x / 2

    def backward(self, gradient):
        return gradient * 2


class WrongGradient(nn.Block):
    def forward(self, x):
        return Halves()(x)


class OnlyFloat32(Small):
    def hybrid_forward(self, F, x, scale):
        return F.broadcast_mul(x, scale) + F.ones((2, 3))


class OnlyOnTheFirstDevice(nn.Block):
    def forward(self, x):
        return nd.ones((2, 3), ctx=mx.cpu(0), dtype=x.dtype) + x


class KeepsItsWeightToItself(nn.Block):
    def __init__(self):
        super().__init__()
        self.weight = nd.random.normal(shape=(3,))

    def forward(self, x):
        return x * self.weight.astype(x.dtype).as_in_context(x.context)


class SharesItsCopies(Small):
    def __deepcopy__(self, memo):
        return self


class CannotBeCopied(nn.Block):
    def __init__(self):
        super().__init__()
        self.numbers = (i for i in range(3))

    def forward(self, x):
        return x * 2


class HybridizedItDiffers(Small):
    def hybrid_forward(self, F, x, scale):
        return F.broadcast_mul(x, scale) * (2 if self._active else 1)


FAULTY = {
    BlocksInAList: ("builds", "nn.Sequential"),
    UnsavedParameter: ("builds", "'unsaved_scale' is no attribute of its block"),
    Unprintable: ("prints", "has no attribute 'nothing'"),
    UnknownShape: ("infers", "Deferred initialization failed"),
    ChangesItsInput: ("runs", "input 0 has changed"),
    Counts: ("runs", "the second prediction from the same inputs gives another output 0: up to 1 off"),
    GivesNumPy: ("infers", "an output is a numpy.ndarray"),
    TakesRoots: ("runs", "infinite or no numbers"),
    DetachedGradient: ("gradients", "along a random direction of small_scale, backward gives 0"),
    UnusedParameter: ("differentiates", "no gradient reaches 'small_scale'"),
    InfiniteGradient: ("differentiates", "the gradient of 'small_scale' is infinite or no number"),
    WrongGradient: ("gradients", "of input 0"),
    OnlyFloat32: ("casts", "float64"),
    OnlyOnTheFirstDevice: ("moves", "cpu(1)"),
    KeepsItsWeightToItself: ("saves", "what was loaded gives another output"),
    SharesItsCopies: ("copies", "the copy's parameters changed"),
    CannotBeCopied: ("copies", "cannot pickle 'generator' object"),
    HybridizedItDiffers: ("hybridizes", "the hybridized block"),
}


@pytest.mark.parametrize("kind", FAULTY, ids=lambda kind: kind.__name__)
def test_a_faulty_block_fails_with_the_check_and_the_reason(kind):
    check, reason = FAULTY[kind]
    with pytest.raises(AssertionError) as raised:
        check_block(kind, (2, 3))
    title = str(raised.value).split("\n")[0]
    assert title.startswith(f"check_block: {kind.__name__} fails at '{check}'") or f", '{check}'" in title
    assert f"{check!r}: {sentence_of(check)}" in str(raised.value)
    assert reason in str(raised.value)


def test_a_check_can_be_left_out():
    check_block(WrongGradient, (2, 3), skip=["gradients"])
    with pytest.raises(ValueError, match=r"there is no check 'gradient'\n  try:      gradients"):
        check_block(WrongGradient, (2, 3), skip=["gradient"])


def test_all_failing_checks_are_named_at_once():
    with pytest.raises(AssertionError, match="fails at 'gradients', 'casts'"):
        check_block(OnlyFloat32, (2, 3))


def test_a_block_itself_can_be_given_and_stays_as_it_is():
    layer = nn.Dense(3)
    check_block(layer, (2, 5))
    assert layer.weight.shape == (3, 0)
    layer.initialize()
    layer(nd.ones((2, 5)))
    before = layer.weight.data().asnumpy()
    check_block(layer, (2, 5))
    np.testing.assert_array_equal(layer.weight.data().asnumpy(), before)
    layer.initialize(ctx=mx.cpu(2), force_reinit=True)
    check_block(layer, (2, 5))
    assert layer.weight.list_ctx() == [mx.cpu(2)]


class TwoInputs(nn.Block):
    """Several inputs, one of them a list, and several outputs, one of whole numbers."""

    def forward(self, x, pair, chosen):
        first, second = pair
        return x * first, [second + x.take(chosen), x.argmax(axis=1).astype("int32")]


def test_inputs_may_be_shapes_arrays_and_lists_of_them():
    check_block(TwoInputs, [(2, 3), [(2, 3), (4, 3)], nd.array([0, 1, 0, 0])])
    check_block(TwoInputs, [(2, 3), [(2, 3), (4, 3)], np.array([0, 1, 0, 0], dtype="int32")])
    with pytest.raises(TypeError, match="an input is a shape or an array, or a list of those"):
        check_block(TwoInputs, "2, 3")


def test_what_makes_the_block_must_make_a_block():
    with pytest.raises(AssertionError, match=r"fails at 'builds'[^$]*the function gave a int"):
        check_block(lambda: 3, (2, 3))
    with pytest.raises(AssertionError, match=r"'builds'[^$]*TypeError: "):
        check_block(nn.Dense, (2, 3))


def test_networks_pass():
    net = nn.HybridSequential()
    net.add(
        nn.Conv2D(4, 3, activation="tanh"),
        nn.BatchNorm(),
        nn.AvgPool2D(2),
        nn.Dropout(0.3),
        nn.Flatten(),
        nn.Dense(3),
    )
    check_block(net, (2, 1, 8, 8))


def test_losses_pass():
    check_block(gluon.loss.L2Loss, [(4, 3), (4, 3)])
    check_block(gluon.loss.SoftmaxCrossEntropyLoss, [(4, 3), nd.array([0, 2, 1, 1])])


def test_the_page_on_it_names_every_check():
    listed = re.findall(r"- ``'(\w+)'``: (.*)", inspect.getdoc(check_block))
    assert listed == [(name, sentence_of(name)) for name in CHECKS]
