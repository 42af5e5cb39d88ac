"""`Module` beyond the recordings: what is shared, what is kept, what is refused, and nothing half-done."""

import logging
import threading
import weakref
from collections import namedtuple

import numpy as np
import pytest

import mxnet as mx
from mxnet import nd, sym
from tests.samples.modules import batches, bound, labels, perceptron, rows, weights


def values(module):
    return {name: array.asnumpy() for name, array in module.get_params()[0].items()}


def same(one, other):
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


# ---------------------------------------------------------------------- parameters


def test_parameters_are_copies_that_the_next_call_fills_anew(module, batch):
    module.init_optimizer(optimizer_params={"learning_rate": 0.5})
    params, _ = module.get_params()
    before = params["fc1_weight"].asnumpy()
    module.forward_backward(batch)
    module.update()
    assert np.array_equal(params["fc1_weight"].asnumpy(), before)
    module.get_params()
    assert not np.array_equal(params["fc1_weight"].asnumpy(), before)


def test_what_a_caller_changes_in_parameters_counts_once_they_are_set(module, batch):
    params, states = module.get_params()
    params["fc2_bias"][:] = 100
    module.forward(batch)
    assert module.get_outputs()[0].asnumpy().max() < 1
    module.set_params({**params, "fc2_bias": nd.array([100, 0, 0])}, states)
    module.forward(batch)
    assert module.get_outputs()[0].asnumpy()[:, 0] == pytest.approx(1)


def test_parameters_that_do_not_fit_change_nothing(module):
    before = values(module)
    good = {name: array * 2 for name, array in module.get_params()[0].items()}
    for bad in (
        {**good, "fc2_bias": nd.ones((4,))},
        {**good, "fc2_bias": [1, 2, 3]},
        {name: array for name, array in good.items() if name != "fc2_bias"},
    ):
        with pytest.raises((RuntimeError, TypeError)):
            module.set_params(bad, {})
        with pytest.raises((RuntimeError, TypeError)):
            module.init_params(mx.init.One(), bad, {}, force_init=True)
    assert same(values(module), before)


def test_an_initialiser_that_raises_changes_nothing(module):
    class Fails(mx.init.Initializer):
        def _init_weight(self, name, array):
            array[:] = 7
            if "fc2" in name:
                raise ZeroDivisionError

    before = values(module)
    with pytest.raises(ZeroDivisionError):
        module.init_params(Fails(), force_init=True)
    assert same(values(module), before)


def test_parameters_survive_binding_anew(module, batch):
    module.init_optimizer(optimizer_params={"learning_rate": 0.5})
    module.forward_backward(batch)
    module.update()
    trained = values(module)
    module.bind([("data", (2, 5))], for_training=False, force_rebind=True)
    assert same(values(module), trained)
    assert module.predict(rows(2, 5)).shape == (2, 3)


def test_a_failed_bind_leaves_the_old_one(module, batch):
    with pytest.raises(mx.MXNetError):
        module.bind([("data", (2, 5, 1, 1))], [("softmax_label", (3,))], force_rebind=True)
    assert module.data_shapes[0].shape == (5, 5)
    module.forward(batch)


def test_binding_twice_is_ignored_with_a_warning_in_the_log(module, caplog):
    module.bind([("data", (9, 5))], [("softmax_label", (9,))])
    assert "Already bound, ignoring bind()" in caplog.text
    assert module.data_shapes[0].shape == (5, 5)


def test_initialising_twice_is_ignored_with_a_warning(module):
    before = values(module)
    with pytest.warns(UserWarning, match="already initialized and force_init=False"):
        module.init_params(mx.init.One())
    with pytest.warns(UserWarning, match="set_params call ignored"):
        module.set_params({}, {}, allow_missing=True, force_init=False)
    assert same(values(module), before)


def test_an_initialiser_may_be_a_name():
    module = mx.mod.Module(perceptron(mx))
    module.bind([("data", (5, 5))], [("softmax_label", (5,))])
    module.init_params("ones")
    assert values(module)["fc1_weight"].min() == 1


def test_the_types_of_data_are_those_of_their_descriptions():
    module = mx.mod.Module(perceptron(mx))
    desc = mx.io.DataDesc
    module.bind([desc("data", (5, 5), "float64")], [desc("softmax_label", (5,), "float64")])
    module.init_params()
    assert {array.dtype for array in module.get_params()[0].values()} == {np.float64}
    module.forward(mx.io.DataBatch([nd.ones((5, 5))], [nd.ones((5,))]))
    assert module.get_outputs()[0].dtype == np.float64


def test_saved_parameters_come_back(module, tmp_path):
    before = values(module)
    module.save_params(tmp_path / "net.params")
    module.init_params(mx.init.Zero(), force_init=True)
    module.load_params(tmp_path / "net.params")
    assert same(values(module), before)


def test_a_checkpoint_that_cannot_be_written_leaves_the_old_one(module, tmp_path, monkeypatch):
    prefix = tmp_path / "net"
    module.save_checkpoint(prefix, 1)
    before = (tmp_path / "net-0001.params").read_bytes()
    monkeypatch.setattr("mxnet.files.params.write", lambda *_: 1 / 0, raising=False)
    monkeypatch.setattr("mxnet.ndarray.serialize.files.save", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        module.save_checkpoint(prefix, 1)
    assert (tmp_path / "net-0001.params").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net-0001.params", "net-symbol.json"]


def test_a_loaded_module_is_saved_without_being_bound(module, tmp_path):
    module.save_checkpoint(tmp_path / "one", 1)
    loaded = mx.mod.Module.load(tmp_path / "one", 1)
    assert loaded.params_initialized
    assert not loaded.binded
    loaded.save_params(tmp_path / "two.params")
    assert (tmp_path / "two.params").read_bytes() == (tmp_path / "one-0001.params").read_bytes()


# ---------------------------------------------------------------------- batches


def test_predicting_needs_no_labels(module, data):
    expected = module.predict(data).asnumpy()
    other = mx.mod.Module(perceptron(mx))
    other.bind(data.provide_data, for_training=False)
    other.set_params(*module.get_params())
    assert np.array_equal(other.predict(data).asnumpy(), expected)
    for size in (3, 8):
        assert np.allclose(other.predict(rows(22, 5)[:size]).asnumpy(), expected[:size])


def test_a_batch_without_labels_may_have_another_size(module):
    module.forward(mx.io.DataBatch([nd.ones((3, 5))]), is_train=False)
    assert module.get_outputs()[0].shape == (3, 3)
    assert module.label_shapes[0].shape == (3,)
    module.forward(mx.io.DataBatch([nd.ones((6, 5))], [nd.ones((6,))]))
    assert module.get_outputs()[0].shape == (6, 3)


def test_a_batch_may_hold_numpy_arrays(module):
    module.forward(mx.io.DataBatch([rows(5, 5)], [labels(5)]))
    expected = module.get_outputs()[0].asnumpy()
    module.forward(mx.io.DataBatch([nd.array(rows(5, 5))], [nd.array(labels(5))]))
    assert np.array_equal(module.get_outputs()[0].asnumpy(), expected)


def test_anything_with_data_is_a_batch(module):
    Batch = namedtuple("Batch", ["data"])
    module.forward(Batch([nd.array(rows(2, 5))]), is_train=False)
    expected = module.get_outputs()[0].asnumpy()
    assert np.array_equal(module.predict(rows(2, 5)).asnumpy(), expected)


def test_gradients_of_two_batches_are_added_by_hand():
    """As programs with adversarial networks do it: gradients are copied, and added in place to the next ones."""
    data = batches(mx)
    one, two = next(data), next(data)
    module, other = bound(mx), bound(mx, grad_req="add")
    for each in (module, other):
        each.init_optimizer(optimizer_params={"learning_rate": 0.5})
    module.forward_backward(one)
    kept = [[array.copyto(array.context) for array in arrays] for arrays in module._exec_group.grad_arrays]
    module.forward_backward(two)
    for arrays, before in zip(module._exec_group.grad_arrays, kept):
        for array, each in zip(arrays, before):
            array += each
    module.update()
    other.forward_backward(one)
    other.forward_backward(two)
    other.update()
    for name, array in values(module).items():
        assert np.allclose(values(other)[name], array, atol=1e-6)


def test_several_inputs_come_in_the_order_of_their_shapes():
    users, items = (
        sym.Embedding(sym.var(name), input_dim=9, output_dim=4, name=f"{name}_e") for name in "ui"
    )
    score = sym.LinearRegressionOutput(sym.sum(users * items, axis=1), sym.var("score"), name="out")
    found = []
    for order in ("ui", "iu"):
        module = mx.mod.Module(score, data_names=["u", "i"], label_names=["score"])
        module.bind([(name, (3,)) for name in order], [("score", (3,))])
        module.init_params(None, weights(mx, score, u=(3,), i=(3,), score=(3,)), {})
        numbers = {"u": nd.array([1, 2, 3]), "i": nd.array([4, 5, 6])}
        module.forward(mx.io.DataBatch([numbers[name] for name in order], [nd.ones((3,))]))
        found.append(module.get_outputs()[0].asnumpy())
    assert np.array_equal(*found)


def test_a_batch_that_does_not_fit_changes_nothing(module, batch):
    for wrong in (
        mx.io.DataBatch([nd.ones((5, 6))], [nd.ones((5,))]),
        mx.io.DataBatch([nd.ones((5, 5))], [nd.ones((4,))]),
        mx.io.DataBatch([nd.ones((5, 5)), nd.ones((5, 5))]),
        mx.io.DataBatch([nd.ones((5,))], [nd.ones((5,))]),
        nd.ones((5, 5)),
        None,
    ):
        with pytest.raises((mx.MXNetError, ValueError, TypeError)):
            module.forward(wrong)
        assert module.data_shapes[0].shape == (5, 5)
        assert module.label_shapes[0].shape == (5,)
        assert module.output_shapes == [("softmax_output", (5, 3))]
    module.forward(batch)


def test_executors_of_other_sizes_are_made_once(module, batch):
    first = module._exec_group.execs
    for _ in range(2):
        module.forward(mx.io.DataBatch([nd.ones((2, 5))], [nd.ones((2,))]))
        small = module._exec_group.execs
        module.forward(batch)
        assert module._exec_group.execs is first
    module.forward(mx.io.DataBatch([nd.ones((2, 5))], [nd.ones((2,))]))
    assert module._exec_group.execs is small


def test_any_number_of_sizes_shares_the_parameters(module):
    module.init_optimizer(optimizer_params={"learning_rate": 0.5})
    before = values(module)
    for size in [*range(1, 15), 3, 5]:
        batch = mx.io.DataBatch([nd.array(rows(size, 5))], [nd.array(labels(size))])
        module.forward_backward(batch)
        module.update()
    assert not same(values(module), before)
    assert len(module._exec_group._kept) <= 8


def test_samples_may_be_stacked_along_another_axis():
    symbol = sym.SoftmaxOutput(sym.sum(sym.var("data"), axis=0), name="softmax")
    module = mx.mod.Module(symbol, context=[mx.cpu(0), mx.cpu(1)])
    module.bind(
        [mx.io.DataDesc("data", (7, 4, 3), layout="TNC")], [("softmax_label", (4,))], for_training=False
    )
    module.init_params()
    data = rows(7, 4, 3)
    module.forward(mx.io.DataBatch([nd.array(data)]))
    expected = np.exp(data.sum(0)) / np.exp(data.sum(0)).sum(1, keepdims=True)
    assert np.allclose(module.get_outputs()[0].asnumpy(), expected, atol=1e-6)
    assert [part.shape for part in module.get_outputs(False)[0]] == [(2, 3), (2, 3)]


def test_outputs_of_a_batch_are_not_overwritten_by_the_next(module, data):
    first = next(data)
    module.forward(first)
    kept = module.get_outputs()[0]
    before = kept.asnumpy()
    module.forward(next(data))
    assert np.array_equal(kept.asnumpy(), before)


def test_predictions_are_kept_batch_by_batch(module, data):
    predicted = [outputs[0] for outputs, _, _ in module.iter_predict(data)]
    values = [each.asnumpy() for each in predicted]
    module.predict(data)
    assert len(values) > 1
    assert all(np.array_equal(one.asnumpy(), other) for one, other in zip(predicted, values, strict=True))
    assert not np.array_equal(values[0], values[1])


def test_a_prediction_may_be_differentiated(module, batch):
    module.forward(batch, is_train=False)
    module.backward()
    found = [each[0].asnumpy() for each in module._exec_group.grad_arrays]
    module.forward_backward(batch)
    for one, (other,) in zip(found, module._exec_group.grad_arrays, strict=True):
        np.testing.assert_array_equal(one, other.asnumpy())


def test_a_network_may_compute_in_half_precision():
    data = sym.cast(sym.var("data"), dtype="float16")
    images = sym.Convolution(data, kernel=(3, 3), num_filter=2, name="conv")
    scores = sym.cast(sym.FullyConnected(images, num_hidden=3, name="fc"), dtype="float32")
    module = mx.mod.Module(sym.SoftmaxOutput(scores, name="softmax"))
    module.bind([("data", (2, 1, 4, 4))], [("softmax_label", (2,))])
    module.init_params(mx.init.Xavier())
    module.init_optimizer(optimizer_params={"learning_rate": 0.1, "multi_precision": True})
    module.forward_backward(mx.io.DataBatch([nd.ones((2, 1, 4, 4))], [nd.array([0, 1])]))
    module.update()
    assert module._exec_group.execs[0].arg_dict["conv_weight"].dtype == np.float16
    assert module.get_outputs()[0].dtype == np.float32


def test_gradients_can_be_computed_twice(module, batch):
    module.forward(batch, is_train=True)
    module.backward()
    first = module._exec_group.execs[0].grad_dict["fc1_weight"].asnumpy()
    module.backward()
    assert np.array_equal(module._exec_group.execs[0].grad_dict["fc1_weight"].asnumpy(), first)


def test_an_update_frees_what_another_backward_would_need(module, batch):
    module.init_optimizer()
    module.forward_backward(batch)
    inside = weakref.ref(module._exec_group.execs[0]._tensors[0].grad_fn)
    assert inside() is not None
    module.update()
    assert inside() is None
    with pytest.raises(mx.MXNetError, match="no forward in training mode"):
        module.backward()


def test_dropout_and_running_statistics_know_the_mode():
    symbol = sym.BatchNorm(sym.Dropout(sym.var("data"), p=0.5), fix_gamma=False, name="bn")
    module = mx.mod.Module(symbol, label_names=None)
    module.bind([("data", (100, 2))])
    module.init_params()
    batch = mx.io.DataBatch([nd.ones((100, 2))])
    module.forward(batch, is_train=False)
    assert module.get_outputs()[0].asnumpy().std() < 1e-6
    assert module.get_params()[1]["bn_moving_var"].asnumpy().tolist() == [1, 1]
    module.forward(batch, is_train=True)
    assert module.get_outputs()[0].asnumpy().std() > 0.1
    module.backward([nd.ones((100, 2))])
    assert module.get_params()[1]["bn_moving_mean"].asnumpy().min() > 0


# ---------------------------------------------------------------------- sharing and several contexts


def test_modules_that_share_see_each_others_updates(module, batch):
    module.init_optimizer(optimizer_params={"learning_rate": 0.5})
    other = mx.mod.Module(perceptron(mx))
    other.bind([("data", (2, 5))], [("softmax_label", (2,))], shared_module=module)
    module.forward_backward(batch)
    module.update()
    assert same(values(other), values(module))
    other.init_params(mx.init.One(), force_init=True)
    assert values(module)["fc1_weight"].min() == 1


def test_contexts_of_one_batch_are_one_network(batch):
    one = bound(mx)
    two = bound(mx, context=[mx.cpu(0), mx.cpu(1)])
    for module in (one, two):
        module.init_optimizer("device", optimizer_params={"learning_rate": 0.5, "momentum": 0.9})
        for _ in range(3):
            module.forward_backward(batch)
            module.update()
    for name, array in values(one).items():
        assert np.allclose(values(two)[name], array, atol=1e-6)


def test_parts_of_a_batch_may_come_cut():
    module = bound(mx, shape=(6, 5), context=[mx.cpu(0), mx.cpu(1)])
    whole = mx.io.DataBatch([nd.array(rows(6, 5))], [nd.array(labels(6))])
    module.forward(whole)
    expected = module.get_outputs()[0].asnumpy()
    parts = [
        mx.io.DataBatch([nd.array(rows(6, 5)[i : i + 3])], [nd.array(labels(6)[i : i + 3])]) for i in (0, 3)
    ]
    module.forward(parts)
    assert np.array_equal(module.get_outputs()[0].asnumpy(), expected)
    metric, other = mx.metric.Accuracy(), mx.metric.Accuracy()
    module.update_metric(metric, [part.label for part in parts], pre_sliced=True)
    module.update_metric(other, whole.label)
    assert metric.get() == other.get()
    with pytest.raises(AssertionError, match="same shape"):
        module.forward(parts[:1])


def test_groups_of_contexts_are_accepted(batch):
    with mx.AttrScope(ctx_group="first"):
        x = sym.FullyConnected(sym.var("data"), num_hidden=3, name="fc")
    symbol = sym.SoftmaxOutput(x, name="softmax")
    module = mx.mod.Module(symbol, group2ctxs={"first": mx.cpu(1)})
    module.bind([("data", (5, 5))], [("softmax_label", (5,))])
    module.init_params()
    module.forward(batch)
    assert module.get_outputs()[0].shape == (5, 3)


def test_a_store_of_ones_own_is_used(module, batch):
    class Store(mx.kv.KVStoreBase):
        type = "teststore"

        def __init__(self):
            self.calls = []

        def init(self, key, value):
            self.calls.append(f"init {key}")

        def pull(self, key, out, priority=0):
            self.calls.append(f"pull {key}")

        def push(self, key, value, priority=0):
            self.calls.append(f"push {key} {priority}")

        def set_optimizer(self, optimizer):
            self.calls.append(f"optimizer {optimizer.lr}")

    store = Store()
    module.init_optimizer(store, optimizer_params={"learning_rate": 0.25})
    module.forward_backward(batch)
    module.update()
    names = ["fc1_weight", "fc1_bias", "fc2_weight", "fc2_bias"]
    assert store.calls == [
        "optimizer 0.25",
        *(f"{what} {name}" for name in names for what in ("init", "pull")),
        *(call for place, name in enumerate(names) for call in (f"push {name} {-place}", f"pull {name}")),
    ]


def test_states_of_a_store_are_taken_over_by_an_updater(tmp_path, batch):
    options = {"optimizer": "adam", "optimizer_params": {"learning_rate": 0.1}}
    first = bound(mx, shape=(6, 5), context=[mx.cpu(0), mx.cpu(1)])
    first.init_optimizer("local", **options)
    step = mx.io.DataBatch([nd.array(rows(6, 5))], [nd.array(labels(6))])
    first.forward_backward(step)
    first.update()
    first.save_optimizer_states(tmp_path / "net.states")
    second = bound(mx, shape=(6, 5))
    second.init_optimizer(**options)
    second.load_optimizer_states(tmp_path / "net.states")
    assert sorted(second._updater.states) == [0, 1, 2, 3]


def test_an_optimizer_made_elsewhere_is_warned_of_where_it_does_not_average(module):
    with pytest.warns(UserWarning, match="rescale_grad is not normalized"):
        module.init_optimizer(optimizer=mx.optimizer.SGD())
    module.init_optimizer(optimizer=mx.optimizer.SGD(rescale_grad=0.2), force_init=True)
    assert module._optimizer.idx2name[0] == "fc1_weight"


def test_modules_in_threads_do_not_disturb_each_other():
    found = []

    def train(seed):
        module = mx.mod.Module(perceptron(mx))
        module.fit(
            batches(mx), num_epoch=2, arg_params=weights(mx, perceptron(mx), data=(5, 5)), aux_params={}
        )
        found.append(values(module))

    logging.disable(logging.INFO)
    try:
        threads = [threading.Thread(target=train, args=(seed,)) for seed in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        logging.disable(logging.NOTSET)
    assert len(found) == 3
    assert same(found[0], found[1])
    assert same(found[0], found[2])
