"""`BaseModule.fit`, `score` and `predict`: iterators, callbacks, what is told and what is refused."""

import logging

import numpy as np
import pytest

import mxnet as mx
from mxnet import nd, sym
from tests.samples.modules import batches, bound, labels, perceptron, rows

QUIET = {"optimizer_params": {"learning_rate": 0.1}, "initializer": mx.init.Uniform(0.5)}


class Batches(mx.io.DataIter):
    """Batches that one gives."""

    def __init__(self, *given):
        super().__init__(5)
        self.given = given
        self.place = 0
        self.resets = 0
        self.provide_data = [mx.io.DataDesc("data", (5, 5))]
        self.provide_label = [mx.io.DataDesc("softmax_label", (5,))]

    def reset(self):
        self.place = 0
        self.resets += 1

    def next(self):
        if self.place == len(self.given):
            raise StopIteration
        self.place += 1
        return self.given[self.place - 1]


def one(pad=0):
    return mx.io.DataBatch([nd.array(rows(5, 5))], [nd.array(labels(5))], pad=pad)


def test_an_iterator_at_its_end_is_reset_before_training(data):
    list(data)
    module = mx.mod.Module(perceptron(mx))
    told = []
    module.fit(data, num_epoch=2, batch_end_callback=lambda param: told.append(param.nbatch), **QUIET)
    assert told == [*range(5)] * 2


def test_an_iterator_is_reset_after_each_epoch_and_before_a_score():
    train, test = Batches(one(), one()), Batches(one())
    module = mx.mod.Module(perceptron(mx))
    module.fit(train, test, num_epoch=3, **QUIET)
    assert (train.resets, test.resets) == (3, 3)
    module.score(test, "acc", reset=False)
    assert test.resets == 3


def test_a_batch_is_fetched_after_the_one_before_it_was_used():
    """An iterator may write every batch into the same arrays."""

    class Reusing(Batches):
        def next(self):
            batch = super().next()
            self.label[0][:] = batch.label[0]
            return mx.io.DataBatch(batch.data, self.label, pad=0)

        label = [nd.zeros((5,))]

    right = nd.array(labels(5))
    wrong = mx.io.DataBatch([nd.array(rows(5, 5))], [nd.full((5,), -1)], pad=0)
    module = bound(mx)
    module.init_optimizer(optimizer_params={"learning_rate": 0.0})
    metric = mx.metric.CustomMetric(lambda label, pred: float((label == labels(5)).all()))
    given = mx.io.DataBatch([nd.array(rows(5, 5))], [right], pad=0)
    told = []
    with pytest.warns(UserWarning, match="already initialized"):
        module.fit(
            Reusing(given, wrong),
            num_epoch=1,
            eval_metric=metric,
            batch_end_callback=lambda param: told.append(metric.get()[1]),
        )
    assert told == [1, 0.5]


def test_callbacks_are_told_the_variables_of_the_loop():
    told = []
    module = mx.mod.Module(perceptron(mx))
    data = Batches(one())
    module.fit(
        data,
        data,
        num_epoch=1,
        batch_end_callback=told.append,
        eval_batch_end_callback=[told.append],
        eval_end_callback=told.append,
        **QUIET,
    )
    assert [type(param) for param in told] == [mx.model.BatchEndParam] * 3
    assert all(param.locals["self"] is module for param in told)
    assert told[0].locals["train_data"] is data
    assert told[1].locals["eval_data"] is data
    assert [(param.epoch, param.nbatch) for param in told] == [(0, 0), (0, 0), (0, 1)]


def test_a_callback_may_end_the_training():
    class Enough(Exception):
        pass

    def stop(epoch, symbol, arg_params, aux_params):
        if epoch == 1:
            raise Enough

    module = mx.mod.Module(perceptron(mx))
    with pytest.raises(Enough):
        module.fit(Batches(one()), num_epoch=5, epoch_end_callback=stop, **QUIET)
    assert module.predict(rows(2, 5)).shape == (2, 3)


def test_values_of_an_epoch_are_of_all_its_batches_though_a_callback_resets_the_metric(caplog, data):
    caplog.set_level(logging.INFO)
    plain, often = mx.mod.Module(perceptron(mx)), mx.mod.Module(perceptron(mx))
    options = {**QUIET, "num_epoch": 1, "initializer": mx.init.One()}
    plain.fit(data, data, **options)
    expected = [line for line in caplog.messages if "accuracy" in line]
    caplog.clear()
    speed = mx.callback.Speedometer(5, 1)
    often.fit(data, data, batch_end_callback=speed, eval_batch_end_callback=speed, **options)
    assert [line for line in caplog.messages if "-accuracy" in line] == expected


def test_a_logger_of_ones_own_is_logged_to(caplog, data):
    caplog.set_level(logging.INFO, "mine")
    module = mx.mod.Module(perceptron(mx), logger=logging.getLogger("mine"))
    module.fit(data, num_epoch=1, **QUIET)
    assert [record.name for record in caplog.records] == ["mine", "mine"]


def test_a_monitor_looks_at_training(caplog, data):
    caplog.set_level(logging.INFO)
    mx.mod.Module(perceptron(mx)).fit(
        data, num_epoch=1, monitor=mx.mon.Monitor(3, pattern="fc1_(output|weight)"), **QUIET
    )
    lines = [line.split() for line in caplog.messages if line.startswith("Batch:")]
    assert [line[1:3] for line in lines] == [
        [number, name] for number in ("1", "4") for name in ("fc1_output", "fc1_weight")
    ]


def test_training_in_buckets_and_with_cut_batches_goes_through_fit():
    cut = [mx.io.DataBatch([nd.array(rows(5, 5))], [nd.array(labels(5))])]
    module = mx.mod.Module(perceptron(mx))
    module.fit(Batches(cut, cut), num_epoch=1, eval_metric=["acc", "ce"], **QUIET)
    assert module.score(Batches(cut), "acc")[0][0] == "accuracy"


# ---------------------------------------------------------------------- score and predict


def test_a_score_of_some_batches_takes_no_more_from_the_iterator():
    data = Batches(*[one()] * 5)
    module = bound(mx)
    module.score(data, "acc", num_batch=2)
    assert data.place == 2
    assert len(list(module.iter_predict(data, num_batch=2, reset=False))) == 2
    assert data.place == 4


def test_predictions_leave_out_the_rows_that_fill_the_last_batch(module, data):
    whole = module.predict(data)
    assert whole.shape == (22, 3)
    for number, (outputs, nbatch, batch) in enumerate(module.iter_predict(data)):
        assert nbatch == number
        assert outputs[0].shape == (5 - batch.pad, 3)
        assert np.array_equal(outputs[0].asnumpy(), whole.asnumpy()[5 * number : 5 * number + 5])


def test_a_batch_that_does_not_say_its_padding_has_none(module):
    assert module.predict(Batches(one(pad=None), one(pad=2))).shape == (8, 3)


def test_predictions_of_several_outputs_are_a_list(data):
    network = perceptron(mx)
    module = bound(mx, sym.Group([network, sym.BlockGrad(network.get_internals()["fc1_output"])]))
    assert [each.shape for each in module.predict(data)] == [(22, 3), (22, 8)]
    parts = module.predict(data, merge_batches=False)
    assert [[each.shape for each in part] for part in parts][-1] == [(2, 3), (2, 8)]


def test_predictions_may_be_asked_for_in_a_list(module, data):
    assert isinstance(module.predict(data, always_output_list=True), list)
    assert isinstance(module.predict(data), nd.NDArray)
    assert module.predict(Batches()) == []


def test_an_array_is_predicted_at_once(module):
    assert module.predict(nd.array(rows(7, 5))).shape == (7, 3)
    assert module.predict(rows(7, 5).astype("float64")).dtype == np.float32


def test_batches_of_different_outputs_are_not_joined():
    class Changing(mx.mod.PythonLossModule):
        def get_outputs(self, merge_multi_context=True):
            outputs = super().get_outputs()
            return outputs * (2 if outputs[0].shape[0] == 3 else 1)

    module = Changing()
    module.bind([("data", (5, 5))], [("softmax_label", (5,))])
    module.init_params()
    data = Batches(one(), mx.io.DataBatch([nd.ones((3, 5))], [nd.ones((3,))], pad=0))
    assert len(module.predict(data, merge_batches=False)) == 2
    with pytest.raises(AssertionError, match="Cannot merge batches, as num of outputs is not the same"):
        module.predict(data)


# ---------------------------------------------------------------------- wrong uses


def fit(*args, **kwargs):
    return mx.mod.Module(perceptron(mx)).fit(*args, **kwargs)


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: fit(batches(mx)), AssertionError, ["please specify number of epochs", "num_epoch=10"]),
        (lambda: fit(rows(5, 5), num_epoch=1), TypeError, ["train_data=ndarray", "NDArrayIter(x, y"]),
        (lambda: fit([one()], num_epoch=1), TypeError, ["train_data=list", "an iterator of mx.io"]),
        (lambda: fit(Batches(), num_epoch=1, **QUIET), ValueError, ["no batches", "Batches"]),
        (lambda: fit(batches(mx), 3, num_epoch=1), TypeError, ["eval_data=int"]),
        (lambda: fit(batches(mx), num_epoch=1, batch_end_callback=3), TypeError, ["batch_end_callback=3"]),
        (
            lambda: fit(batches(mx), num_epoch=1, epoch_end_callback="x"),
            TypeError,
            ["epoch_end_callback='x'"],
        ),
        (
            lambda: fit(batches(mx), num_epoch=1, eval_metric="accu"),
            AssertionError,
            ["accu is not registered"],
        ),
        (lambda: fit(batches(mx), num_epoch=1, monitor=3), TypeError, ["takes a Monitor"]),
        (lambda: fit(batches(mx), num_epoch=1, arg_params={}), RuntimeError, ["fc1_weight is not presented"]),
        (lambda: bound(mx).score(rows(5, 5), "acc"), TypeError, ["eval_data=ndarray"]),
        (lambda: bound(mx).predict([1, 2]), ValueError, ["NDArray or DataIter", "list"]),
        (lambda: next(bound(mx).iter_predict(3)), TypeError, ["eval_data=int"]),
    ],
    ids=range(13),
)
def test_wrong_uses_are_explained(call, kind, words):
    with pytest.raises(kind) as caught:
        call()
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    "name",
    "bind init_params init_optimizer forward backward update get_outputs get_input_grads get_params update_metric "
    "install_monitor data_names output_names data_shapes label_shapes output_shapes".split(),
)
def test_what_a_module_of_ones_own_lacks_is_named(name):
    class Mine(mx.mod.BaseModule):
        pass

    arguments = {"bind": 1, "forward": 1, "update_metric": 2, "install_monitor": 1}.get(name, 0)
    with pytest.raises(NotImplementedError, match=rf"Mine.{name} is not written"):
        getattr(Mine(), name)(*[None] * arguments)
