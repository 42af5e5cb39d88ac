"""Checkpoints, and `FeedForward` beyond its recordings."""

import logging

import numpy as np
import pytest

import mxnet as mx
from mxnet import nd, sym
from mxnet.model import BatchEndParam, load_checkpoint, load_params, save_checkpoint
from tests.samples.modules import batches, labels, perceptron, rows, weights


@pytest.fixture
def network():
    return perceptron(mx)


def deprecated():
    return pytest.warns(DeprecationWarning, match=r"Please use mxnet\.mod\.Module instead")


def feed_forward(symbol=None, **options):
    with deprecated():
        return mx.model.FeedForward(perceptron(mx) if symbol is None else symbol, **options)


# ---------------------------------------------------------------------- checkpoints


def test_a_checkpoint_comes_back(network, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    args, aux = weights(mx, network, data=(1, 5)), {"mean": nd.array([3])}
    prefix = tmp_path / "net"
    save_checkpoint(prefix, 7, network, args, aux)
    assert caplog.messages == [f'Saved checkpoint to "{prefix}-0007.params"']
    symbol, found, states = load_checkpoint(tmp_path / "net", 7)
    assert symbol.tojson() == network.tojson()
    assert list(found) == list(args)
    assert all(np.array_equal(found[name].asnumpy(), args[name].asnumpy()) for name in args)
    assert states["mean"].asscalar() == 3
    assert list(load_params(tmp_path / "net", 7)[0]) == list(args)


def test_a_checkpoint_may_lack_the_graph(tmp_path):
    save_checkpoint(tmp_path / "net", 12345, None, {"w": nd.ones((1,))}, {})
    assert [path.name for path in tmp_path.iterdir()] == ["net-12345.params"]


def test_parameters_that_are_no_arrays_write_nothing(network, tmp_path):
    for args, aux in (({"w": 3}, {}), ({"w": nd.ones((1,))}, {"m": None}), (None, {}), ({}, [nd.ones((1,))])):
        with pytest.raises(TypeError, match=r"_params are arrays by name"):
            save_checkpoint(tmp_path / "net", 1, network, args, aux)
    assert list(tmp_path.iterdir()) == []


def test_names_of_neither_kind_are_left_out(tmp_path):
    nd.save(f"{tmp_path}/net-0001.params", {"arg:a:b": nd.ones((1,)), "other:c": nd.ones((1,))})
    assert [list(arrays) for arrays in load_params(tmp_path / "net", 1)] == [["a:b"], []]


def test_an_empty_file_is_warned_of_in_the_log(tmp_path, caplog):
    nd.save(f"{tmp_path}/net-0001.params", [])
    assert load_params(tmp_path / "net", 1) == ({}, {})
    assert "is empty" in caplog.text


@pytest.mark.parametrize("content", [{"weight": np.ones(1)}, [np.ones(1)]], ids=["names", "no names"])
def test_a_file_of_a_gluon_network_is_told_from_a_checkpoint(tmp_path, content):
    arrays = {k: nd.array(v) for k, v in content.items()} if isinstance(content, dict) else [nd.ones((1,))]
    nd.save(f"{tmp_path}/net-0001.params", arrays)
    with pytest.raises(ValueError, match=r"net\.load_parameters\(file\)"):
        load_params(tmp_path / "net", 1)


def test_a_missing_or_damaged_file_is_an_mxnet_error(tmp_path):
    with pytest.raises(mx.MXNetError):
        load_checkpoint(tmp_path / "net", 1)
    with pytest.raises(mx.MXNetError):
        load_params(tmp_path / "net", 1)
    (tmp_path / "net-0001.params").write_bytes(b"")
    with pytest.raises(mx.MXNetError):
        load_params(tmp_path / "net", 1)
    with pytest.raises(TypeError, match="epoch='last'"):
        load_params(tmp_path / "net", "last")


def test_what_a_callback_is_told_has_the_fields_of_mxnet():
    assert BatchEndParam._fields == ("epoch", "nbatch", "eval_metric", "locals")


# ---------------------------------------------------------------------- FeedForward


def test_a_network_learns_predicts_and_comes_back(tmp_path, rng):
    x = rng.normal(size=(200, 5)).astype("float32")
    y = x[:, :3].argmax(1).astype("float32")
    model = feed_forward(num_epoch=20, learning_rate=0.5, numpy_batch_size=20, initializer=mx.init.Xavier())
    model.fit(x, y, eval_data=(x, y))
    scores = model.predict(x)
    assert (scores.argmax(1) == y).mean() > 0.8
    assert model.score(mx.io.NDArrayIter(x, y, 20)) == pytest.approx((scores.argmax(1) == y).mean())
    model.save(tmp_path / "net")
    with deprecated():
        loaded = mx.model.FeedForward.load(tmp_path / "net", 20)
    assert np.array_equal(loaded.predict(x), scores)


def test_create_makes_and_trains():
    with deprecated():
        model = mx.model.FeedForward.create(
            perceptron(mx), nd.array(rows(22, 5)), nd.array(labels()), num_epoch=1, learning_rate=0.1
        )
    assert model.predict(nd.array(rows(22, 5))).shape == (22, 3)


def test_several_outputs_are_predicted_as_a_list():
    network = perceptron(mx)
    both = sym.Group([network, sym.BlockGrad(network.get_internals()["fc1_output"])])
    model = feed_forward(both, num_epoch=1, numpy_batch_size=5)
    model.fit(rows(22, 5), labels(), eval_metric=mx.metric.Accuracy(output_names=["softmax_output"]))
    assert [each.shape for each in model.predict(rows(22, 5))] == [(22, 3), (22, 8)]


def test_networks_of_several_lengths_are_trained():
    class Sentences(mx.io.NDArrayIter):
        default_bucket_key = 5

        def next(self):
            batch = super().next()
            batch.bucket_key, batch.provide_data = 5, self.provide_data
            batch.provide_label = self.provide_label
            return batch

    model = feed_forward(lambda key: perceptron(mx), num_epoch=1)
    model.fit(Sentences(rows(20, 5), labels(20), 5))
    assert sorted(model.arg_params) == ["fc1_bias", "fc1_weight", "fc2_bias", "fc2_weight"]


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda model: model.predict(rows(5, 5)), AttributeError, ["there are no parameters yet"]),
        (lambda model: model.fit(rows(5, 5)), ValueError, ["y must be specified when X is numpy.ndarray"]),
        (lambda model: model.fit(rows(5, 5), labels(4)), ValueError, ["labels not equal", "5 and 4"]),
        (lambda model: model.fit(rows(5, 5), rows(5, 2)), ValueError, ["Label must be 1D"]),
        (lambda model: model.fit(rows(5, 5), [1] * 5), TypeError, ["y must be ndarray", "list"]),
        (lambda model: model.fit([1], labels(1)), TypeError, ["X must be DataIter", "list"]),
        (
            lambda model: model.fit(batches(mx), eval_data=3),
            TypeError,
            ["Eval data must be", "eval_data=(X, y)"],
        ),
        (lambda model: model.score(rows(5, 5)), TypeError, ["an iterator with labels"]),
        (lambda model: model.save("x"), AssertionError, ["epoch is missing"]),
    ],
    ids=range(9),
)
def test_wrong_uses_are_explained(call, kind, words):
    model = feed_forward()
    model.num_epoch = None if "save" in call.__code__.co_names else 1
    with pytest.raises(kind) as caught:
        call(model)
    for word in words:
        assert word in str(caught.value)


def test_the_number_of_epochs_is_needed():
    with pytest.raises(TypeError, match="num_epoch is missing"):
        feed_forward().fit(batches(mx))


def test_only_symbols_are_taken():
    with deprecated(), pytest.raises(TypeError, match="takes a symbol"):
        mx.model.FeedForward(3)
