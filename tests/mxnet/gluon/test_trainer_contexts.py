"""Training on several contexts: sums of gradients, copies of weights, stores, states.

``cpu(0)``, ``cpu(1)``, ... stand for several devices. What the real MXNet does is in ``tests/samples/gluon/stores.py``.
"""

import base64
import copy
import pickle
import warnings
import zlib

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import nn

PAIR = [mx.cpu(0), mx.cpu(1)]
TRIPLE = [mx.cpu(0), mx.cpu(1), mx.cpu(2)]
OUTSIDE = {"update_on_kvstore": False}


def network(contexts):
    net = nn.Sequential(prefix="net_")
    with net.name_scope():
        net.add(nn.Dense(3, in_units=2), nn.Dense(1, in_units=3))
    net.initialize(init.One(), ctx=contexts)
    return net


def trainer_of(net, optimizer="sgd", options=None, **how):
    return gluon.Trainer(net.collect_params(), optimizer, options or {"learning_rate": 0.1}, **how)


def differentiate(net, contexts, data):
    """Record and differentiate on each context with its part of the data."""
    parts = gluon.utils.split_and_load(data, contexts)
    with autograd.record():
        losses = [(net(part) ** 2).sum() for part in parts]
    for loss in losses:
        loss.backward()


def batches(rng, count, size):
    return [nd.array(rng.standard_normal((size, 2))) for _ in range(count)]


def copies(net):
    """The weights of every context as one vector each."""
    arrays = [[a.asnumpy().ravel() for a in p.list_data()] for p in net.collect_params().values()]
    return [np.concatenate(each) for each in zip(*arrays, strict=True)]


def assert_identical(net):
    first, *others = copies(net)
    for other in others:
        np.testing.assert_array_equal(other, first)


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


# ---------------------------------------------------------------------------------------------------------- stores


def test_a_store_object_has_the_weights():
    for contexts in (PAIR, PAIR[:1]):
        net, store = network(contexts), mx.kv.create("device")
        trainer = trainer_of(net, kvstore=store)
        differentiate(net, contexts, nd.ones((2, 2)))
        trainer.step(2)
        out = nd.zeros((3, 2))
        store.pull(1, out=out)
        np.testing.assert_array_equal(out.asnumpy(), net[0].weight.data(contexts[0]).asnumpy())
        with pytest.raises(AssertionError, match="kvstore is not supported"):
            trainer.allreduce_grads()


def test_two_trainers_do_not_share_a_store():
    net, store = network(PAIR), mx.kv.create("device")
    first, second = (trainer_of(net, kvstore=store) for _ in range(2))
    differentiate(net, PAIR, nd.ones((2, 2)))
    first.step(2)
    updater = store._updater
    with pytest.raises(mx.MXNetError, match="duplicate init of key 0"):
        second.step(2)
    assert store._updater is updater


def test_a_class_derived_from_the_store_is_called_key_by_key():
    calls = []

    class Loud(mx.kv.KVStore):
        def pushpull(self, key, value, out=None, priority=0):
            calls.append((key, len(value), priority))
            super().pushpull(key, value, out, priority)

    quiet, loud = network(PAIR), network(PAIR)
    for net, store in ((quiet, "device"), (loud, Loud(mx.kv.create("device").handle))):
        trainer = trainer_of(net, "adam", kvstore=store)
        for _ in range(2):
            differentiate(net, PAIR, nd.ones((2, 2)))
            trainer.step(2)
    assert calls == [(k, 2, -k) for k in range(4)] * 2
    np.testing.assert_array_equal(copies(loud), copies(quiet))


def test_compression_shows_and_nothing_is_lost():
    net = nn.Dense(1, in_units=1, use_bias=False)
    net.initialize(init.Zero(), ctx=PAIR)
    options = {"type": "2bit", "threshold": 2.0}
    trainer = trainer_of(net, "sgd", {"learning_rate": 1.0}, compression_params=options)
    seen = []
    for _ in range(4):
        with autograd.record():
            outputs = [net(nd.ones((1, 1), ctx=c)) for c in PAIR]
        for output in outputs:
            output.backward()
        trainer.step(1)
        seen.append(net.weight.data(PAIR[1]).asscalar())
    assert seen == [0, -4, -4, -8]


@pytest.mark.parametrize(
    ("how", "kind", "text"),
    [
        ({"kvstore": 3}, TypeError, "kvstore must be KVStore, str or None"),
        ({"kvstore": "devcie"}, ValueError, "unknown kvstore 'devcie'.*'device'"),
        (
            {"kvstore": "dist_device_sync"},
            NotImplementedError,
            "Trainer: a store 'dist_device_sync'.*one process",
        ),
        ({"kvstore": None, "update_on_kvstore": True}, ValueError, "takes a store.*kvstore='device'"),
    ],
)
def test_a_wrong_store_is_refused_at_once(how, kind, text):
    with pytest.raises(kind, match=f"(?s){text}"):
        trainer_of(network(PAIR[:1]), **how)


@pytest.mark.parametrize(
    ("how", "kind", "text"),
    [
        (
            {"kvstore": "teststore", "update_on_kvstore": True},
            ValueError,
            "Please set update_on_kvstore=False",
        ),
        (
            {"kvstore": "teststore", "compression_params": {"type": "2bit"}},
            ValueError,
            "cannot compress gradients",
        ),
        (
            {"kvstore": "local", "compression_params": {"type": "2bit"}},
            mx.MXNetError,
            "not supported for this type",
        ),
        (
            {"compression_params": {"type": "3bit"}},
            mx.MXNetError,
            "unknown type for gradient compression 3bit",
        ),
    ],
)
def test_what_a_store_cannot_do_is_refused_at_the_first_step(how, kind, text):
    net = network(PAIR)
    trainer = trainer_of(net, **how)
    differentiate(net, PAIR, nd.ones((2, 2)))
    for _ in range(2):  # the second time as the first
        with pytest.raises(kind, match=text):
            trainer.step(1)
    np.testing.assert_array_equal(copies(net), copies(network(PAIR)))


# ---------------------------------------------------------------------------------------------------------- states

STORES = {
    "in the store": {},
    "outside": OUTSIDE,
    "in a store object": {"kvstore": mx.kv.create},
    "none": {"kvstore": None},
}


def made(net, optimizer, how):
    how = {key: value() if callable(value) else value for key, value in how.items()}
    return trainer_of(net, optimizer, **how)


@pytest.mark.parametrize("optimizer", ["adam", "adamax", "ftml"])
@pytest.mark.parametrize("how", STORES.values(), ids=STORES)
def test_training_on_two_contexts_goes_on_from_a_file(how, optimizer, tmp_path, rng):
    data = batches(rng, 4, 4)
    straight, first, second = network(PAIR), network(PAIR), network(PAIR)
    trainers = [made(net, optimizer, how) for net in (straight, first)]
    for net, trainer, some in ((straight, trainers[0], data), (first, trainers[1], data[:2])):
        for batch in some:
            differentiate(net, PAIR, batch)
            trainer.step(4)
    trainers[1].save_states(tmp_path / "states")
    for there, here in zip(first.collect_params().values(), second.collect_params().values(), strict=True):
        for a, b in zip(there.list_data(), here.list_data(), strict=True):
            a.copyto(b)
    trainer = made(second, optimizer, how)
    trainer.load_states(tmp_path / "states")
    for batch in data[2:]:
        differentiate(second, PAIR, batch)
        trainer.step(4)
    np.testing.assert_array_equal(copies(second), copies(straight))


WAYS_THROUGH = {
    "one context, then two": ([mx.cpu()], {}, PAIR, {}),
    "one context, then two outside": ([mx.cpu(2)], {}, PAIR, OUTSIDE),
    "two, then one": (PAIR, {}, [mx.cpu(3)], {}),
    "two outside, then one": (PAIR, OUTSIDE, [mx.cpu(3)], {}),
    "in the store, then outside": (PAIR, {}, PAIR, OUTSIDE),
    "outside, then three in the store": (PAIR, OUTSIDE, TRIPLE, {}),
    "outside, then three outside": (PAIR, OUTSIDE, TRIPLE, OUTSIDE),
}


@pytest.mark.parametrize(("before", "how", "after", "then"), WAYS_THROUGH.values(), ids=WAYS_THROUGH)
def test_states_go_from_any_contexts_to_any_others(before, how, after, then, tmp_path, rng):
    data = batches(rng, 4, 6)
    straight, first, second = network(before), network(before), network(after)
    for net, some in ((straight, data), (first, data[:2])):
        trainer = trainer_of(net, "adam", **how)
        for batch in some:
            differentiate(net, before, batch)
            trainer.step(6)
    trainer.save_states(tmp_path / "states")
    for there, here in zip(first.collect_params().values(), second.collect_params().values(), strict=True):
        here.set_data(there.list_data()[0])
    trainer = trainer_of(second, "adam", **then)
    trainer.load_states(tmp_path / "states")
    for batch in data[2:]:
        differentiate(second, after, batch)
        trainer.step(6)
    assert_identical(second)
    np.testing.assert_allclose(copies(second)[0], copies(straight)[0], rtol=1e-5, atol=1e-6)


def test_states_that_do_not_fit_change_nothing(tmp_path):
    net = network(PAIR)
    trainer = trainer_of(net, "adam")
    differentiate(net, PAIR, nd.ones((2, 2)))
    trainer.step(2)
    trainer.save_states(tmp_path / "states")
    larger = nn.Dense(4, in_units=2)
    larger.initialize(ctx=PAIR)
    other = trainer_of(larger, "adam")
    with pytest.raises(mx.MXNetError, match="does not fit its parameter"):
        other.load_states(tmp_path / "states")
    assert other.optimizer.num_update == 0
    assert other._kvstore._updater.states == {}
    with pytest.raises(mx.MXNetError, match="another optimiser"):
        trainer_of(network(PAIR), "sgd").load_states(tmp_path / "states")


# Adam(learning_rate=0.02) on two contexts after two steps of `stores._train`; save_states()
RECORDED = zlib.decompress(
    base64.b85decode(
        "c-m`VncBy~00y;FG`tylL~|?hQcLvmQWA@b5-VZ!lpc0J7e_E_@)W<;DM3?er}VI8B<7{$q)zGKNGi?DDap($p3=jaR9TXm2vz88aPrsWpCGdtff"
        "#BH12Y2xXg2ZM={(`LTeaxOzB?)>Y^Q*XE>6l|&R_vqk-?t9Mc9y)8QoS(Yo}Z3m9pBj99FY}8qzk!n-RsJ2$(@kSPVio(4lODm3;GSn~ZZO_wLx"
        "Y-&SJEGHcE$hI{YJy6wB5p0;<jmz`b71(m%QB9`q54Su!<o2!YoEMhOW<!udDi!V!ftW+5otx|8yvi$%5jm3%#3+oUU1}hDPUsg{wH7ynGSS){Zt"
        "h7M*jtRv=4dh^A!eUW>{+xa3&$sQv=30W9eSfaDR`Gpljj){=#Q+av@4^hg7Fnl@s`kEGqQ37Mr|TZ6>sxF?f3@!07kF>a+px(tcmG-1VRIePh8O"
        "QRWND^x*h(z<t%XbCZ_5)^z1CZ04J>7)eJx(}aUon^+9L@`=lKOCnYo!&sYM9ZlpYqxl*C+M`qgX%x<I3crzo{JIWZ?SKD{V0Ws1A~)=)6$;mIkA"
        "FHX)#O)1R*>hkMh$|(ZMPN{n6zD}gNhp8N>7Ur-XcA(na(wq`dzF{v<fwKjYQqwc@;`2&#<4X%t5=&C20P`RhGMA}GB0e!ECq6STCA9)78lRkBnp"
        "aW`G{75@ZM~Vi8G#rCnZ21xi+hBzsGpMI*29~elUV@vNM<Tf#IJ`R<dV$zf}+&q%;L=ayeXYMyou@QMXBi^eL#nR9K?~CQel*rn41c6GDmS`F3|L"
        "}{3)6}d_b4wm&fN7#6$9YXAf&qYDuCYFdW{T0fDm+0VANm`|sy&inVL^u%{LjXXXHHa<_A>?0aO;W7Wf*lUP*=^KnNhFoN^|R}g|9"
    )
)


@pytest.mark.parametrize("how", [{}, OUTSIDE], ids=["in the store", "outside"])
def test_two_contexts_go_on_where_mxnet_stopped(how, tmp_path):
    from tests.samples.gluon import stores

    straight, net = stores._network(mx, 2), stores._network(mx, 2)
    stores._train(mx, straight, trainer_of(straight, "adam", {"learning_rate": 0.02}), 2, range(4))
    stores._train(mx, net, trainer_of(net, "adam", {"learning_rate": 0.02}), 2, range(2))
    (tmp_path / "states").write_bytes(RECORDED)
    trainer = trainer_of(net, "adam", {"learning_rate": 5.0}, **how)
    trainer.load_states(tmp_path / "states")
    stores._train(mx, net, trainer, 2, range(2, 4))
    assert_identical(net)
    np.testing.assert_allclose(copies(net)[0], copies(straight)[0], rtol=1e-4, atol=1e-6)
