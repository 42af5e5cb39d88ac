"""Optimiser steps as programs write them: ``out=weight``, states in place, many weights in one call."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, nd, optimizer


def arrays(rng, *dtypes):
    return [nd.array(rng.uniform(0.5, 1.5, 4), dtype=dtype) for dtype in dtypes]


def copies(given):
    return [each.copy() for each in given]


def assert_equal(actual, expected):
    for a, e in zip(actual, expected, strict=True):
        assert a.dtype == e.dtype
        np.testing.assert_array_equal(a.asnumpy(), e.asnumpy())


def test_out_writes_the_new_weight_in_place(rng):
    weight, grad = arrays(rng, "float32", "float32")
    expected, alias = weight - 0.1 * grad, weight.reshape((2, 2))
    assert nd.sgd_update(weight, grad, lr=0.1, out=weight) is weight
    np.testing.assert_allclose(weight.asnumpy(), expected.asnumpy(), rtol=1e-6)
    np.testing.assert_array_equal(alias.asnumpy().ravel(), weight.asnumpy())


def test_without_out_the_weight_stays_and_the_states_move(rng):
    weight, grad, mom = arrays(rng, *["float32"] * 3)
    before = copies([weight, grad, mom])
    nd.sgd_mom_update(weight, grad, mom, lr=0.1, momentum=0.9)
    assert_equal([weight, grad], before[:2])
    assert (mom != before[2]).asnumpy().all()


def test_a_weight_with_a_gradient_is_updated_outside_record(rng):
    (weight,) = arrays(rng, "float32")
    weight.attach_grad()
    with autograd.record():
        loss = (weight * weight).sum()
    loss.backward()
    expected = weight.asnumpy() * 0.5
    nd.sgd_update(weight, weight.grad, lr=0.25, out=weight)
    np.testing.assert_allclose(weight.asnumpy(), expected, rtol=1e-6)


def test_a_weight_on_the_tape_is_not_written_inside_record(rng):
    weight, grad = arrays(rng, "float32", "float32")
    weight.attach_grad()
    with autograd.record(), pytest.raises(mx.MXNetError, match="on the tape"):
        nd.sgd_update(weight, grad, lr=0.1, out=weight)


MANY = {
    "multi_sgd_update": ("sgd_update", ["float32"] * 2, {}),
    "multi_sgd_mom_update": ("sgd_mom_update", ["float32"] * 3, {"momentum": 0.9}),
    "multi_mp_sgd_update": ("mp_sgd_update", ["float16", "float16", "float32"], {}),
    "multi_mp_sgd_mom_update": (
        "mp_sgd_mom_update",
        ["float16", "float16", "float32", "float32"],
        {"momentum": 0.9},
    ),
}


@pytest.mark.parametrize("preloaded", [False, True])
@pytest.mark.parametrize("name", MANY)
def test_many_weights_are_updated_as_one_after_the_other(name, preloaded, rng):
    one, dtypes, more = MANY[name]
    more = {**more, "rescale_grad": 0.5, "clip_gradient": 0.4}
    lrs, wds = [0.1, 0.2, 0.3], [0.0, 0.5, 0.25]
    groups = [arrays(rng, *dtypes) for _ in lrs]
    apart = [copies(group) for group in groups]
    for (weight, *rest), lr, wd in zip(apart, lrs, wds, strict=True):
        getattr(nd, one)(weight, *rest, lr=lr, wd=wd, out=weight, **more)
    data = [each for group in groups for each in group]
    weights = [group[0] for group in groups]
    if preloaded:
        data += [nd.array(lrs), nd.array(wds)]
    else:
        more.update(lrs=lrs, wds=wds)
    function = getattr(nd, f"preloaded_{name}" if preloaded else name)
    assert function(*data, num_weights=3, out=weights, **more) == weights
    for actual, expected in zip(groups, apart, strict=True):
        for a, e in zip(actual, expected, strict=True):
            assert a.dtype == e.dtype
            np.testing.assert_allclose(a.asnumpy(), e.asnumpy(), rtol=1e-6)


def test_the_operator_adam_makes_the_steps_of_the_optimiser(rng):
    weight, grad, mean, var = arrays(rng, *["float32"] * 4)
    other = weight.copy()
    mean[:], var[:] = 0, 0
    adam = optimizer.create("adam", learning_rate=0.01)
    state = adam.create_state(0, other)
    for t in range(1, 6):
        rate = 0.01 * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        nd.adam_update(weight, grad, mean, var, lr=rate, out=weight)
        adam.update(0, other, grad, state)
    np.testing.assert_allclose(weight.asnumpy(), other.asnumpy(), rtol=1e-5)


def test_reset_arrays_zeroes_views_too(rng):
    whole = nd.ones((3, 2))
    assert nd.reset_arrays(whole[1], num_arrays=1) == []
    assert whole.asnumpy().tolist() == [[1, 1], [0, 0], [1, 1]]


def test_state_on_the_tape_changes_past_its_graph(rng):
    weight, grad, mom = arrays(rng, *["float32"] * 3)
    mom.attach_grad()
    with autograd.record():
        y = (mom * mom).sum()
    nd.multi_sgd_mom_update(weight, grad, mom, lrs=[1.0], wds=[0.0], momentum=0.0)
    y.backward()
    np.testing.assert_allclose(mom.grad.asnumpy(), -2 * grad.asnumpy(), rtol=1e-6)
