"""`mx.executor_manager` trains on several devices as one device alone would."""

import logging

import numpy as np
import pytest

import mxnet as mx
from mxnet import executor_manager as em
from mxnet import nd, sym

CONTEXTS = [mx.cpu(0), mx.cpu(1), mx.cpu(2)]


def network(units=3, name="softmax"):
    x = sym.FullyConnected(sym.var("data"), num_hidden=4, name="first")
    x = sym.BatchNorm(sym.Activation(x, act_type="tanh"), name="norm", fix_gamma=False)
    return sym.SoftmaxOutput(sym.FullyConnected(x, num_hidden=units, name="last"), name=name)


def learnt(symbol):
    return [name for name in symbol.list_arguments() if name not in ("data", "softmax_label")]


@pytest.fixture
def batches(rng):
    return mx.io.NDArrayIter(
        rng.normal(size=(24, 5)).astype("float32"), rng.integers(0, 3, 24), batch_size=12
    )


@pytest.fixture
def parameters(rng):
    symbol = network()
    shapes, _, states = symbol.infer_shape(data=(12, 5))
    arrays = {
        name: nd.array(rng.normal(size=shape))
        for name, shape in zip(symbol.list_arguments(), shapes, strict=True)
        if name in learnt(symbol)
    }
    aux = {
        name: nd.array(rng.uniform(1, 2, shape))
        for name, shape in zip(symbol.list_auxiliary_states(), states, strict=True)
    }
    return arrays, aux


def manager(batches, contexts, symbol=None, **options):
    symbol = symbol or network()
    names = symbol.list_arguments()
    return em.DataParallelExecutorManager(
        symbol, contexts, batches, names, learnt(symbol), symbol.list_auxiliary_states(), **options
    )


@pytest.mark.parametrize(
    ("rows", "loads", "wanted"),
    [
        (10, [1, 1], [5, 10]),
        (10, [1, 2], [3, 10]),
        (7, [1, 1, 1], [2, 4, 7]),
        (5, [0.5, 0.5], [2, 5]),
        (11, [1, 1, 1], [4, 8, 11]),
        (4, [1], [4]),
    ],
)
def test_rows_are_cut_as_in_the_original(rows, loads, wanted):
    parts = em._split_input_slice(rows, loads)
    assert [each.stop for each in parts] == wanted
    assert [each.start for each in parts] == [0, *wanted[:-1]]


@pytest.mark.parametrize(("rows", "loads"), [(2, [1, 1, 1]), (10, [1, 0])])
def test_a_device_without_rows_is_refused(rows, loads):
    with pytest.raises(ValueError, match="Too many slices"):
        em._split_input_slice(rows, loads)


@pytest.mark.parametrize("loads", [None, [2, 1, 1]], ids=["equal parts", "by load"])
def test_gradients_of_the_parts_add_up_to_those_of_the_whole(loads, batches, parameters):
    one, several = manager(batches, CONTEXTS[:1]), manager(batches, CONTEXTS, work_load_list=loads)
    assert several.slices[0] == slice(0, 4 if loads is None else 6)
    batch = next(batches)
    for each in (one, several):
        each.set_params(*parameters)
        each.load_data_batch(batch)
        each.forward(is_train=False)  # the statistics of a batch are those of its part
        outputs = [executor.outputs[0].asnumpy() for executor in each.curr_execgrp.train_execs]
        if each is one:
            wanted = outputs[0]
    np.testing.assert_allclose(np.concatenate(outputs), wanted, rtol=1e-5, atol=1e-6)
    several.forward(is_train=True)
    several.backward()
    for place, (executor, rows) in enumerate(zip(several.execgrp.train_execs, several.slices, strict=True)):
        alone = network().simple_bind(mx.cpu(), data=(rows.stop - rows.start, 5))
        alone.copy_params_from(*parameters)
        alone.forward(is_train=True, data=batch.data[0][rows], softmax_label=batch.label[0][rows])
        alone.backward()
        for name, gradients in zip(several.param_names, several.grad_arrays, strict=True):
            np.testing.assert_allclose(
                gradients[place].asnumpy(), alone.grad_dict[name].asnumpy(), rtol=1e-5, atol=1e-6
            )
        assert executor.arg_dict["data"].context == CONTEXTS[place]


def test_parameters_come_back_as_their_mean(batches, parameters):
    several = manager(batches, CONTEXTS)
    several.set_params(*parameters)
    several.param_arrays[0][1][:] = 7
    several.aux_arrays[1][2][:] = 4
    found = [{name: nd.zeros(array.shape) for name, array in each.items()} for each in parameters]
    several.copy_to(*found)
    name, state = several.param_names[0], several.aux_names[1]
    np.testing.assert_allclose(
        found[0][name].asnumpy(), (parameters[0][name].asnumpy() * 2 + 7) / 3, rtol=1e-6
    )
    np.testing.assert_allclose(
        found[1][state].asnumpy(), (parameters[1][state].asnumpy() * 2 + 4) / 3, rtol=1e-6
    )


def test_a_metric_sees_every_row_once(batches, parameters):
    several = manager(batches, CONTEXTS)
    several.set_params(*parameters)
    batch = next(batches)
    several.load_data_batch(batch)
    several.forward()
    cut = [[each[rows] for each in batch.label] for rows in several.slices]
    whole, parts = mx.metric.Accuracy(), mx.metric.Accuracy()
    several.update_metric(whole, batch.label)
    several.update_metric(parts, cut, pre_sliced=True)
    assert whole.num_inst == parts.num_inst == 12
    assert whole.get() == parts.get()


def test_buckets_share_parameters_and_memory(rng):
    class Batch:
        def __init__(self, key, rows=6):
            self.bucket_key = self.default_bucket_key = key
            self.batch_size = rows
            self.data = [nd.array(rng.normal(size=(rows, 5)))]
            self.label = [nd.array(rng.integers(0, 3, rows))]
            self.provide_data, self.provide_label = [("data", (rows, 5))], [("softmax_label", (rows,))]

    asked = []

    def made(key):
        asked.append(key)
        return network()

    several = manager(Batch(10), CONTEXTS[:2], sym_gen=made)
    for key in (10, 4, 10, 4):
        several.load_data_batch(Batch(key))
        several.forward(is_train=True)
        several.backward()
    assert asked == [4]
    first, second = several.execgrp_bucket[10], several.execgrp_bucket[4]
    assert several.curr_execgrp is second
    first.param_arrays[0][0][:] = 3
    assert second.param_arrays[0][0].asnumpy().max() == 3
    first.train_execs[1].arg_dict["data"][:] = 5
    assert second.train_execs[1].arg_dict["data"].asnumpy().min() == 5
    with pytest.raises(NotImplementedError, match="bucketing"):
        several.install_monitor(mx.monitor.Monitor(1))


def test_larger_batches_take_new_memory_and_say_so(caplog):
    memory = {}
    symbol = sym.FullyConnected(sym.var("data"), num_hidden=2, name="fc")
    names = ["fc_weight", "fc_bias"]
    small = em._bind_exec(symbol, mx.cpu(), {"data": (2, 3)}, names, True, shared_data_arrays=memory)
    with caplog.at_level(logging.WARNING):
        em._bind_exec(symbol, mx.cpu(), {"data": (1, 3)}, names, True, small, memory)
        assert not caplog.records
        large = em._bind_exec(symbol, mx.cpu(), {"data": (9, 3)}, names, True, small, memory)
    assert "larger than already allocated shape (2, 3)" in caplog.text
    assert memory["data"].shape == large.arg_dict["data"].shape == (9, 3)
    large.arg_dict["fc_weight"][:] = 2
    assert small.arg_dict["fc_weight"].asnumpy().min() == 2


@pytest.mark.parametrize(
    ("need_grad", "wanted"),
    [(False, []), (True, ["fc_bias", "fc_weight"]), ({"data", "fc_weight"}, ["fc_weight"]), (set(), [])],
    ids=["none", "all", "a set", "an empty set"],
)
def test_parameters_get_gradients_and_data_none(need_grad, wanted):
    symbol = sym.FullyConnected(sym.var("data"), num_hidden=2, name="fc")
    executor = em._bind_exec(symbol, mx.cpu(), {"data": (2, 3)}, ["fc_weight", "fc_bias"], need_grad)
    assert sorted(name for name, array in executor.grad_dict.items() if array is not None) == wanted


def test_types_of_inputs_count():
    symbol = sym.Embedding(sym.var("data"), input_dim=4, output_dim=2, name="words")
    executor = em._bind_exec(
        symbol, mx.cpu(), {"data": (2, 3)}, ["words_weight"], input_types={"data": "int32"}
    )
    assert executor.arg_dict["data"].dtype == np.int32


def test_batches_go_to_whole_arrays_and_to_parts():
    batch = mx.io.DataBatch([np.arange(8).reshape(4, 2)], [nd.arange(4)])
    whole, parts = nd.zeros((4, 2)), [nd.zeros((1,)), nd.zeros((3,))]
    em._load_data(batch, [whole])
    em._load_label(batch, [[(slice(0, 1), parts[0]), (slice(1, 4), parts[1])]])
    np.testing.assert_array_equal(whole.asnumpy(), batch.data[0])
    assert [each.asnumpy().tolist() for each in parts] == [[0], [1, 2, 3]]


def test_a_monitor_sees_all_devices(batches, parameters):
    several = manager(batches, CONTEXTS[:2])
    several.set_params(*parameters)
    monitor = mx.monitor.Monitor(1, pattern="last_output")
    several.install_monitor(monitor)
    monitor.tic()
    several.load_data_batch(next(batches))
    several.forward()
    assert len(monitor.toc()) == 2


TWICE = sym.FullyConnected(network(), num_hidden=2, weight=sym.var("first_weight"), name="more")
WRONG = {
    "a name twice": (ValueError, "duplicated argument", lambda it: em._check_arguments(TWICE)),
    "one context": (TypeError, "list of contexts", lambda it: manager(it, mx.cpu())),
    "no contexts": (TypeError, "list of contexts", lambda it: manager(it, None)),
    "a load too few": (AssertionError, "work load", lambda it: manager(it, CONTEXTS, work_load_list=[1])),
    "a load too much": (
        ValueError,
        "Too many slices",
        lambda it: manager(it, [mx.cpu(i) for i in range(13)]),
    ),
    "no batch": (mx.MXNetError, "load_data_batch", lambda it: manager(it, CONTEXTS).forward()),
    "rows": (
        AssertionError,
        "Batch size miss match. Expected 2, got 3",
        lambda it: em._load_general([nd.ones((3,))], [[(slice(0, 2), nd.ones((2,)))]]),
    ),
    "need_grad": (
        AssertionError,
        "boolean or set",
        lambda it: em._bind_exec(network(), mx.cpu(), {"data": (2, 3)}, [], ["data"]),
    ),
    "shapes missing": (
        AssertionError,
        "not known",
        lambda it: em._bind_exec(network(), mx.cpu(), {"softmax_label": (2,)}, []),
    ),
    "other names": (
        ValueError,
        "nothing",
        lambda it: manager(it, CONTEXTS).set_params({"nothing": nd.ones(1)}, {}),
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_uses_say_what_is_wrong(name, batches):
    kind, text, use = WRONG[name]
    with pytest.raises(kind, match=text):
        use(batches)
