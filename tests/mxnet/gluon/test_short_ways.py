"""A hybridized block that has settled goes into its program by a short way; what it answers stays the same."""

import copy
import pickle

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet.gluon import nn


def settled(net, x):
    """Answers of a network whose programs are made, in all four modes."""
    found = []
    for _ in range(3):
        found = []
        for scope in (autograd.predict_mode, autograd.train_mode, autograd.record):
            with scope():
                found.append(net(x))
        with autograd.record(train_mode=False):
            found.append(net(x))
    return [each.asnumpy() for each in found]


def scales(**kwargs):
    net = nn.HybridSequential(**kwargs)
    net.add(nn.Dense(4, activation="relu", in_units=3), nn.Dense(2, in_units=4))
    net.initialize(mx.init.Normal(1))
    return net


def test_short_ways_answer_as_the_long_one_does(rng):
    net, x = scales(), nd.array(rng.normal(size=(5, 3)))
    expected = settled(net, x)
    net.hybridize()
    assert net._ready is None
    for found, wanted in zip(settled(net, x), expected, strict=True):
        np.testing.assert_array_equal(found, wanted)
    assert all(net._ready)


@pytest.mark.parametrize("recording", [False, True], ids=["predicting", "recording"])
@pytest.mark.parametrize(
    "change",
    [
        lambda net: net[0].weight.set_data(nd.ones((4, 3))),
        lambda net: net[0].weight.data().__setitem__(slice(None), 2),
        lambda net: net.initialize(mx.init.One(), force_reinit=True),
        lambda net: net.collect_params().setattr("grad_req", "null"),
        lambda net: net.collect_params().setattr("grad_req", "add"),
        lambda net: net.add(nn.HybridLambda("tanh")),
        lambda net: net.hybridize(False),
        lambda net: net.hybridize(True, static_alloc=True),
        lambda net: setattr(net[1], "hybrid_forward", lambda F, x, weight, bias: x * 3),
        lambda net: net.__class__.forward,
    ],
    ids=[
        "set_data",
        "elements",
        "initialize",
        "null",
        "add",
        "a layer",
        "off",
        "again",
        "a method",
        "nothing",
    ],
)
def test_short_ways_see_what_changed(change, recording, rng):
    x = nd.array(rng.normal(size=(5, 3)))
    found = []
    for hybrid in (False, True):
        mx.random.seed(3)
        net = scales()
        net.hybridize(hybrid)
        settled(net, x)
        change(net)
        x.attach_grad()
        for _ in range(3):
            with autograd.record() if recording else autograd.pause():
                y = net(x)
            if recording:
                y.backward()
        found.append([y.asnumpy(), x.grad.asnumpy()])
    for plain, hybrid in zip(*found, strict=True):
        np.testing.assert_allclose(hybrid, plain, rtol=1e-6)


def test_hooks_see_calls_that_would_take_the_short_way(rng):
    net, x, seen = scales(), nd.array(rng.normal(size=(5, 3))), []
    net.hybridize()
    settled(net, x)
    for block in (net, net[1]):
        handles = [
            block.register_forward_hook(lambda *_: seen.append("behind")),
            block.register_forward_pre_hook(lambda *_: seen.append("before")),
        ]
        for _ in range(2):
            net(x)
        assert seen == ["before", "behind"] * 2
        seen.clear()
        for handle in handles:
            handle.detach()
        for _ in range(3):
            net(x)
        assert seen == []
        assert net._ready[0] is not None


def test_hooks_of_calls_see_every_call(rng):
    net, x, seen = scales(), nd.array(rng.normal(size=(5, 3))), []
    net.hybridize()
    settled(net, x)
    net.register_op_hook(lambda name, operator, array: seen.append(name))
    for count in (1, 2, 3):
        net(x)
        assert len([name for name in seen if "dense1" in name or name.endswith("_fwd_output")]) >= count
    assert len(seen) % 3 == 0


def test_errors_of_the_short_way_name_the_layer(rng):
    net, x = scales(prefix="net_"), nd.array(rng.normal(size=(5, 3)))
    net.hybridize()
    settled(net, x)
    for recording in (False, True):
        with autograd.record() if recording else autograd.pause(), pytest.raises(mx.MXNetError) as caught:
            net(nd.ones((2, 7)))
        assert "dense" in str(caught.value).splitlines()[0]
        assert "in_units=7" in str(caught.value) or "7 features" in str(caught.value)
        with autograd.record() if recording else autograd.pause(), pytest.raises(mx.MXNetError):
            net(nd.ones((2, 3), dtype="float64"))
    settled(net, x)


def test_arrays_of_other_contexts_and_kinds_go_the_long_way(rng):
    net, x = scales(), rng.normal(size=(5, 3)).astype("float32")
    net.hybridize()
    settled(net, nd.array(x))
    with pytest.raises(RuntimeError, match="not initialized on context"):
        net(nd.array(x, ctx=mx.cpu(1)))
    net.collect_params().reset_ctx([mx.cpu(0), mx.cpu(1)])
    for ctx in (mx.cpu(0), mx.cpu(1)):
        y = net(nd.array(x, ctx=ctx))
        assert y.context == ctx
    net.collect_params().reset_ctx(mx.cpu(1))
    for _ in range(2):
        assert net(nd.array(x, ctx=mx.cpu(1))).context == mx.cpu(1)
    net.cast("float64")
    for _ in range(2):
        assert net(nd.array(x, ctx=mx.cpu(1), dtype="float64")).dtype == np.float64


def test_gradients_flow_through_short_ways_in_a_row(rng):
    """Two networks one behind the other, and one twice: the tape sees what single calls would have it see."""
    x = nd.array(rng.normal(size=(5, 3)))
    found = []
    for hybrid in (False, True):
        mx.random.seed(4)
        first, second = scales(), nn.Dense(3, in_units=2)
        second.initialize(mx.init.Normal(1))
        for net in (first, second):
            net.hybridize(hybrid)
        for _ in range(3):
            with autograd.record():
                loss = (first(second(first(x))) ** 2).mean()
            loss.backward()
        nets = [*first.collect_params().values(), *second.collect_params().values()]
        found.append([each.grad().asnumpy() for each in nets])
    for plain, hybrid in zip(*found, strict=True):
        np.testing.assert_allclose(hybrid, plain, rtol=1e-5, atol=1e-6)


class Joins(nn.HybridBlock):
    """Takes several arrays, has parameters, and does not need all of them."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.layer, self.norm = nn.Dense(3, in_units=3), nn.BatchNorm(in_channels=3)

    def hybrid_forward(self, F, x, y, unused=None, last=None):
        result = self.norm(self.layer(x)) * y
        return result if last is None else result + last


@pytest.mark.parametrize("count", [2, 3, 4])
def test_short_ways_take_several_arrays(count, rng):
    values = [rng.normal(size=(4, 3)) for _ in range(count)]
    found = []
    for hybrid in (False, True):
        mx.random.seed(6)
        net = Joins()
        net.initialize(mx.init.Normal(1))
        net.hybridize(hybrid)
        answers = []
        for _ in range(3):
            inputs = [nd.array(value) for value in values]
            for each in inputs:
                each.attach_grad()
            with autograd.record():
                y = net(*inputs)
            y.backward()
            answers = [y, net(*inputs), *(each.grad for each in inputs), net.layer.weight.grad()]
        answers.append(net.norm.running_mean.data())
        found.append([each.asnumpy() for each in answers])
    assert sum(each is not None for each in net._ready) == 2
    for plain, hybrid in zip(*found, strict=True):
        np.testing.assert_allclose(hybrid, plain, rtol=1e-5, atol=1e-6)


def test_short_ways_notice_other_numbers_and_kinds_of_inputs(rng):
    net = Joins()
    net.initialize(mx.init.Normal(1))
    x, y, z = (nd.array(rng.normal(size=(4, 3))) for _ in range(3))
    calls = [(x, y), (x, y, None), (x, y, None, z), (x, y, z, z), (x, y), (x, y, z), (x, y)]
    expected = [net(*each).asnumpy() for each in calls]
    net.hybridize()
    for _ in range(3):
        for each, wanted in zip(calls, expected, strict=True):
            np.testing.assert_array_equal(net(*each).asnumpy(), wanted)
    with pytest.raises(TypeError):
        net()
    with pytest.raises(mx.MXNetError):
        net(x, nd.ones((7, 7)))


@pytest.mark.parametrize("name", ["SoftmaxCrossEntropyLoss", "L2Loss", "HuberLoss"])
def test_losses_take_the_short_way(name, rng):
    x, y = nd.array(rng.normal(size=(4, 3))), nd.array(rng.integers(0, 3, 4))
    y = y if name.startswith("Softmax") else nd.array(rng.normal(size=(4, 3)))
    found = []
    for hybrid in (False, True):
        loss = getattr(gluon.loss, name)()
        loss.hybridize(hybrid)
        x.attach_grad()
        for _ in range(3):
            with autograd.record():
                value = loss(x, y)
            value.backward()
        found.append([value.asnumpy(), x.grad.asnumpy()])
    assert loss._ready[3] is not None
    for plain, hybrid in zip(*found, strict=True):
        np.testing.assert_allclose(hybrid, plain, rtol=1e-6)


def test_copies_and_pickles_take_their_own_short_ways(rng):
    net, x = scales(), nd.array(rng.normal(size=(5, 3)))
    net.hybridize()
    expected = settled(net, x)
    for other in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert other._ready is None
        net[0].weight.set_data(nd.zeros((4, 3)))
        for found, wanted in zip(settled(other, x), expected, strict=True):
            np.testing.assert_array_equal(found, wanted)
        net[0].weight.set_data(other[0].weight.data())


def test_a_prediction_leaves_its_input_and_earlier_results_alone(rng):
    net = nn.HybridSequential()
    net.add(nn.HybridLambda("relu"), nn.Dense(4, activation="tanh", in_units=3), nn.Activation("sigmoid"))
    net.initialize()
    net.hybridize()
    x = nd.array(rng.normal(size=(5, 3)))
    before = x.asnumpy()
    first = [net(x) for _ in range(3)]
    kept = first[0].asnumpy()
    net(x * 2)
    np.testing.assert_array_equal(x.asnumpy(), before)
    for each in first:
        np.testing.assert_array_equal(each.asnumpy(), kept)
    assert "tanh_(" in net.program()
    with autograd.record():
        net(x)
    assert "tanh_(" not in net.program()
