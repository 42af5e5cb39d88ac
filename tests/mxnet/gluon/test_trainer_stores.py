"""The stores and the states of trainers, on one context and several."""

import base64
import zlib

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, init, nd
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
