"""Training on several contexts: sums of gradients, copies of weights, stale gradients, two steps instead of one."""

import copy
import pickle
import warnings

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import nn
from tests.mxnet.gluon.contexts import (
    OUTSIDE,
    PAIR,
    TRIPLE,
    assert_identical,
    batches,
    copies,
    differentiate,
    network,
    trainer_of,
)

# ---------------------------------------------------------------------------------------------- one result everywhere

WAYS = {
    "device": {},
    "local": {"kvstore": "local"},
    "nccl": {"kvstore": "nccl"},
    "outside": OUTSIDE,
    "local, outside": {"kvstore": "local", **OUTSIDE},
    "test store": {"kvstore": "teststore"},
}
every_way = pytest.mark.parametrize("how", WAYS.values(), ids=WAYS)


@every_way
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "lamb", "signum"])
def test_several_contexts_train_as_one_does_and_stay_identical(how, optimizer, rng):
    data = batches(rng, 4, 12)
    one, several = network([mx.cpu()]), network(TRIPLE)
    options = {"learning_rate": 0.01, "wd": 0.01}
    trainers = trainer_of(one, optimizer, options), trainer_of(several, optimizer, options, **how)
    for batch in data:
        differentiate(one, [mx.cpu()], batch)
        differentiate(several, TRIPLE, batch)
        for trainer in trainers:
            trainer.step(12)
        assert_identical(several)
    np.testing.assert_allclose(copies(several)[0], copies(one)[0], rtol=1e-4, atol=1e-5)


def test_random_and_history_keeping_optimisers_stay_identical_in_the_store(rng):
    for optimizer in ("sgld", "nadam", "dcasgd"):
        net = network(PAIR)
        trainer = trainer_of(net, optimizer)
        for batch in batches(rng, 3, 4):
            differentiate(net, PAIR, batch)
            trainer.step(4)
        assert_identical(net)


def test_half_precision_weights_keep_one_copy_in_single(rng):
    net = nn.Dense(1, in_units=2, use_bias=False, dtype="float16")
    net.initialize(init.One(), ctx=PAIR)
    trainer = trainer_of(net, "sgd", {"learning_rate": 1e-4, "multi_precision": True})
    for _ in range(10):
        with autograd.record():
            outputs = [net(nd.ones((1, 2), ctx=c, dtype="float16")) for c in PAIR]
        for output in outputs:
            output.backward()
        trainer.step(1)
    assert_identical(net)
    assert copies(net)[0][0] == np.float16(1 - 10 * 2e-4)


def test_a_networks_own_type_for_each_layer_is_kept(rng):
    net = network(PAIR)
    net[1].cast("float64")
    trainer = trainer_of(net)
    with autograd.record():
        losses = [net[1](net[0](nd.ones((1, 2), ctx=c)).astype("float64")) for c in PAIR]
    for loss in losses:
        loss.backward()
    trainer.step(1)
    assert [p.data(PAIR[1]).dtype for p in net.collect_params().values()] == [np.float32] * 2 + [
        np.float64
    ] * 2
    assert net[1].bias.data(PAIR[1]).asscalar() == -0.2


def test_gradients_that_add_up_are_summed_over_contexts_too(rng):
    one, several = network([mx.cpu()]), network(PAIR)
    for net, contexts in ((one, [mx.cpu()]), (several, PAIR)):
        net.collect_params().setattr("grad_req", "add")
        trainer = trainer_of(net)
        for _ in range(2):
            differentiate(net, contexts, nd.ones((4, 2)))
        trainer.step(8)
    np.testing.assert_allclose(copies(several)[1], copies(one)[0], rtol=1e-6)


def test_a_step_leaves_the_gradients_of_each_context_alone():
    net = network(PAIR)
    trainer = trainer_of(net)
    differentiate(net, PAIR, nd.array([[1, 1], [2, 2]]))
    before = [gradient.asnumpy() for gradient in net[0].weight.list_grad()]
    assert not (before[0] == before[1]).all()
    trainer.step(2)
    for gradient, old in zip(net[0].weight.list_grad(), before, strict=True):
        np.testing.assert_array_equal(gradient.asnumpy(), old)


def test_arrays_of_weights_and_gradients_stay_the_same_objects():
    for how in ({}, OUTSIDE):
        net = network(PAIR)
        trainer = trainer_of(net, **how)
        differentiate(net, PAIR, nd.ones((2, 2)))
        weights, gradients = net[0].weight.list_data(), net[0].weight.list_grad()
        trainer.step(2)
        assert all(a is b for a, b in zip(weights, net[0].weight.list_data(), strict=True))
        assert all(a is b for a, b in zip(gradients, net[0].weight.list_grad(), strict=True))


def test_a_step_inside_a_record_works():
    net = network(PAIR)
    trainer = trainer_of(net)
    differentiate(net, PAIR, nd.ones((2, 2)))
    with autograd.record():
        trainer.step(2)
        assert autograd.is_recording()
    assert_identical(net)
    assert copies(net)[0].max() < 1


def test_a_frozen_parameter_is_left_alone(rng):
    net = network(PAIR)
    net[0].weight.grad_req = "null"
    trainer = trainer_of(net)
    differentiate(net, PAIR, nd.ones((2, 2)))
    trainer.step(2)
    assert net[0].weight.data(PAIR[1]).asnumpy().min() == 1
    assert net[1].weight.data(PAIR[1]).asnumpy().max() < 1


# ------------------------------------------------------------------------------------------------- what users write


@pytest.mark.parametrize("how", [{}, OUTSIDE], ids=["in the store", "outside"])
def test_what_is_written_into_all_copies_counts(how):
    net = network(PAIR)
    trainer = trainer_of(net, **how)
    for _ in range(2):
        differentiate(net, PAIR, nd.ones((2, 2)))
        trainer.step(2)
    expected = network(PAIR)
    other = trainer_of(expected, **how)
    differentiate(expected, PAIR, nd.ones((2, 2)))
    other.step(2)
    for parameter in net.collect_params().values():  # back to where it began
        for array in parameter.list_data():
            array[:] = 0 if parameter.name.endswith("bias") else 1
    differentiate(net, PAIR, nd.ones((2, 2)))
    trainer.step(2)
    np.testing.assert_array_equal(copies(net), copies(expected))


@pytest.mark.parametrize("how", [{}, OUTSIDE], ids=["in the store", "outside"])
@pytest.mark.parametrize("change", ["set_data", "initialize", "load_parameters", "reset_ctx"])
def test_weights_that_are_given_anew_are_the_ones_trained(how, change, tmp_path):
    """Also where only one parameter changes, and not the first one."""
    net = network(PAIR)
    trainer = trainer_of(net, **how)
    net.save_parameters(str(tmp_path / "net.params"))
    differentiate(net, PAIR, nd.ones((2, 2)))
    trainer.step(2)
    if change == "set_data":
        net[1].weight.set_data(nd.ones((1, 3)))
    elif change == "initialize":
        net[1].weight.initialize(init.One(), ctx=PAIR, force_reinit=True)
    elif change == "load_parameters":
        net.load_parameters(str(tmp_path / "net.params"), ctx=PAIR)
    else:
        net.collect_params().reset_ctx(PAIR[::-1])
    before = net[1].weight.data(PAIR[1]).asnumpy()
    differentiate(net, PAIR, nd.ones((2, 2)))
    gradient = sum(g.asnumpy() for g in net[1].weight.list_grad())
    trainer.step(2)
    assert_identical(net)
    np.testing.assert_allclose(net[1].weight.data(PAIR[1]).asnumpy(), before - 0.1 / 2 * gradient, rtol=1e-5)


def test_copies_that_differ_become_the_first_one_before_the_first_step():
    for how in ({}, OUTSIDE):
        net = network(PAIR)
        net[0].weight.data(PAIR[1])[:] = 7
        trainer = trainer_of(net, **how)
        differentiate(net, PAIR, nd.ones((2, 2)))
        trainer.step(2)
        assert_identical(net)


def test_more_contexts_or_fewer_take_the_states_along(rng):
    data = batches(rng, 6, 6)
    for how in ({}, OUTSIDE):
        stays, moves = network(PAIR), network(PAIR)
        for net in (stays, moves):
            trainer = trainer_of(net, "adam", **how)
            contexts = PAIR
            for step, batch in enumerate(data):
                if net is moves and step in (2, 4):
                    contexts = TRIPLE[2:] if step == 2 else TRIPLE
                    net.collect_params().reset_ctx(contexts)
                differentiate(net, contexts, batch)
                trainer.step(6)
        assert_identical(moves)
        np.testing.assert_allclose(copies(moves)[0], copies(stays)[0], rtol=1e-5)


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda both: pickle.loads(pickle.dumps(both))], ids=["copy", "pickle"]
)
@pytest.mark.parametrize("how", [{}, OUTSIDE], ids=["in the store", "outside"])
def test_a_copy_of_a_network_and_its_trainer_goes_on_by_itself(how, copied):
    net = network(PAIR)
    trainer = trainer_of(net, "adam", **how)
    differentiate(net, PAIR, nd.ones((2, 2)))
    trainer.step(2)
    other, its_trainer = copied((net, trainer))
    before = copies(net)[1]
    differentiate(other, PAIR, nd.ones((2, 2)))
    its_trainer.step(2)
    np.testing.assert_array_equal(copies(net)[1], before)
    differentiate(net, PAIR, nd.ones((2, 2)))
    trainer.step(2)
    np.testing.assert_array_equal(copies(other), copies(net))


# ------------------------------------------------------------------------------------------------- stale gradients


def half_differentiated(net, *layers):
    """Differentiate on the first context only, or only some layers on both."""
    with autograd.record():
        outputs = [net[0](nd.ones((1, 2), ctx=c)) if layers else net(nd.ones((1, 2), ctx=c)) for c in PAIR]
    for output in outputs if layers else outputs[:1]:
        output.backward()


@pytest.mark.parametrize(
    "how", [OUTSIDE, {"kvstore": None}, {"kvstore": "teststore"}], ids=["outside", "none", "test"]
)
def test_a_stale_copy_is_refused_before_anything_changes(how):
    net = network(PAIR)
    trainer = trainer_of(net, **how)
    half_differentiated(net)
    before = [g.asnumpy() for g in net[0].weight.list_grad()]
    with pytest.raises(UserWarning, match=r"`net_dense0_bias` on context cpu\(1\)"):
        trainer.step(1)
    np.testing.assert_array_equal(copies(net), copies(network(PAIR)))
    np.testing.assert_array_equal([g.asnumpy() for g in net[0].weight.list_grad()], before)


def test_in_the_store_an_old_gradient_counts_again_with_a_warning():
    """1.9.1 does the same, and says nothing."""
    net, twice = network(PAIR), network(PAIR)
    for each, again in ((net, False), (twice, True)):
        trainer = trainer_of(each)
        differentiate(each, PAIR, nd.ones((2, 2)))
        trainer.step(1)
        if again:
            for parameter in each.collect_params().values():
                for array in parameter.list_data():
                    array._tape.fresh = True
            trainer.step(1)
        else:
            with pytest.warns(UserWarning, match="has not been updated by backward"):
                trainer.step(1)
    np.testing.assert_array_equal(copies(net), copies(twice))


def test_a_warning_made_an_error_changes_nothing():
    net = network(PAIR)
    trainer = trainer_of(net)
    half_differentiated(net)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match=r"context cpu\(1\)"):
            trainer.step(1)
    np.testing.assert_array_equal(copies(net), copies(network(PAIR)))


@pytest.mark.parametrize("how", [{}, OUTSIDE], ids=["in the store", "outside"])
def test_ignoring_stale_gradients_uses_the_fresh_ones(how):
    """The context that had no data this time does not add its gradient of the last time."""
    net, one = network(PAIR), network([mx.cpu()])
    trainer, other = trainer_of(net, **how), trainer_of(one)
    differentiate(net, PAIR, nd.ones((2, 2)))
    differentiate(one, [mx.cpu()], nd.ones((2, 2)))
    trainer.step(2)
    other.step(2)
    for each, contexts in ((net, PAIR[:1]), (one, [mx.cpu()])):
        differentiate(each, contexts, nd.ones((1, 2)))
    trainer.step(1, ignore_stale_grad=True)
    other.step(1)
    assert_identical(net)
    np.testing.assert_allclose(copies(net)[0], copies(one)[0], rtol=1e-6)


@pytest.mark.parametrize("how", [{}, OUTSIDE, {"kvstore": None}], ids=["in the store", "outside", "none"])
def test_ignoring_stale_gradients_leaves_the_other_layers_alone(how):
    net = network(PAIR)
    trainer = trainer_of(net, "sgd", {"learning_rate": 0.1, "momentum": 0.9, "wd": 0.1}, **how)
    differentiate(net, PAIR, nd.ones((2, 2)))
    trainer.step(2)
    before = net[1].weight.data(PAIR[1]).asnumpy(), net[0].weight.data(PAIR[1]).asnumpy()
    half_differentiated(net, 0)
    trainer.step(2, ignore_stale_grad=True)
    np.testing.assert_array_equal(net[1].weight.data(PAIR[1]).asnumpy(), before[0])
    assert (net[0].weight.data(PAIR[1]).asnumpy() != before[1]).all()
    trainer.step(2, ignore_stale_grad=True)
    assert_identical(net)


# ------------------------------------------------------------------------------------------------------- two steps


def test_gradients_clipped_between_sum_and_update_are_clipped_by_their_sum():
    net = network(PAIR)
    trainer = trainer_of(net, **OUTSIDE)
    differentiate(net, PAIR, nd.ones((2, 2)))
    trainer.allreduce_grads()
    parameters = net.collect_params().values()
    sums = [[g.asnumpy() for g in p.list_grad()] for p in parameters]
    for on_first, on_second in sums:
        np.testing.assert_array_equal(on_first, on_second)
    for context in PAIR:
        gluon.utils.clip_global_norm([p.grad(context) for p in parameters], 1e-3)
    trainer.update(1)
    assert_identical(net)
    assert np.abs(copies(net)[0] - copies(network(PAIR))[0]).max() < 1e-4 + 1e-7


def test_an_update_that_ignores_stale_gradients_keeps_copies_identical():
    net = network(PAIR)
    trainer = trainer_of(net, **OUTSIDE)
    half_differentiated(net)
    trainer.allreduce_grads()
    trainer.update(1, ignore_stale_grad=True)
    assert_identical(net)
    assert copies(net)[1].max() < 1


def test_the_environment_sets_the_default(monkeypatch):
    monkeypatch.setenv("MXNET_UPDATE_ON_KVSTORE", "0")
    net = network(PAIR)
    differentiate(net, PAIR, nd.ones((2, 2)))
    trainer_of(net).allreduce_grads()
    with pytest.raises(AssertionError, match="allreduce_grads"):
        trainer_of(net, update_on_kvstore=True).allreduce_grads()
