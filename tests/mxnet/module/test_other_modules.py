"""Buckets, rows of modules and modules in Python: what they share, pass on, write and refuse."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import nd, sym
from tests.samples.modules import batches, labels, perceptron, rows, weights, words


def bucketed(**options):
    module = mx.mod.BucketingModule(words(mx), default_bucket_key=10, **options)
    module.bind([("data", (4, 10))], [("softmax_label", (4,))])
    module.init_params(None, weights(mx, words(mx)(10)[0], data=(4, 10)), {})
    return module


def sentence(length, provide=True, size=4):
    data = nd.array(np.arange(size * length).reshape(size, length) % 7)
    shapes = {"provide_data": [("data", (size, length))], "provide_label": [("softmax_label", (size,))]}
    return mx.io.DataBatch([data], [nd.array(labels(size))], bucket_key=length, **(shapes if provide else {}))


class Sentences(mx.io.DataIter):
    default_bucket_key = 10

    def __init__(self, lengths):
        super().__init__(4)
        self.lengths = lengths
        self.provide_data, self.provide_label = [("data", (4, 10))], [("softmax_label", (4,))]
        self.reset()

    def reset(self):
        self.left = list(self.lengths)

    def next(self):
        if not self.left:
            raise StopIteration
        return sentence(self.left.pop(0))


# ---------------------------------------------------------------------- buckets


def test_buckets_have_the_same_arrays_of_parameters_and_one_optimiser():
    module = bucketed()
    module.init_optimizer(optimizer="adam")
    for length in (5, 3):
        module.forward_backward(sentence(length))
        module.update()
    first, *others = module._buckets.values()
    for other in others:
        assert other._updater is first._updater
        for name in first._param_names:
            assert other._exec_group.execs[0].arg_dict[name] is first._exec_group.execs[0].arg_dict[name]
    assert first._updater.optimizer.num_update == 2


def test_buckets_made_before_the_optimiser_are_updated_by_it():
    module = bucketed()
    module.forward(sentence(5))
    module.init_optimizer(optimizer_params={"learning_rate": 0.5})
    before = module.get_params()[0]["fc_weight"].asnumpy()
    for length in (10, 5):
        module.forward_backward(sentence(length))
        module.update()
        after = module.get_params()[0]["fc_weight"].asnumpy()
        assert not np.array_equal(after, before)
        before = after


def test_preparing_for_a_batch_does_not_go_over_to_its_bucket():
    module = bucketed()
    module.forward(sentence(10))
    module.prepare(sentence(3))
    assert module.data_shapes[0].shape == (4, 10)
    assert list(module._buckets) == [10, 3]


def test_a_batch_that_gives_no_shapes_gets_those_of_its_arrays():
    module = bucketed()
    module.forward(sentence(6, provide=False))
    assert module.data_shapes[0].shape == (4, 6)
    module.forward(sentence(6, size=2))
    assert module.get_outputs()[0].shape == (2, 3)


def test_binding_buckets_anew_keeps_parameters_and_states_of_the_optimiser():
    module = bucketed()
    module.init_optimizer(optimizer_params={"learning_rate": 0.5, "momentum": 0.9})
    module.forward_backward(sentence(5))
    module.update()
    before = module.get_params()[0]["fc_weight"].asnumpy()
    module.bind([("data", (2, 10))], [("softmax_label", (2,))], force_rebind=True)
    assert np.array_equal(module.get_params()[0]["fc_weight"].asnumpy(), before)
    assert list(module._buckets) == [10]
    module.forward_backward(sentence(5))
    module.update()
    assert not np.array_equal(module.get_params()[0]["fc_weight"].asnumpy(), before)


def test_buckets_are_trained_scored_and_predicted():
    data = Sentences([10, 5, 10, 3])
    module = mx.mod.BucketingModule(words(mx), default_bucket_key=10)
    module.fit(data, data, num_epoch=3, optimizer_params={"learning_rate": 0.5})
    assert module.score(data, "acc")[0][1] > 0.2
    assert module.predict(data).shape == (16, 3)


def test_a_monitor_looks_into_buckets_to_come():
    module = bucketed()
    monitor = mx.mon.Monitor(1, pattern="fc_output")
    module.install_monitor(monitor)
    monitor.tic()
    module.forward(sentence(7))
    assert [name for _, name, _ in monitor.toc()] == ["fc_output"]


def test_loaded_buckets_predict_the_same(tmp_path):
    module = bucketed()
    module.forward(sentence(5))
    expected = module.get_outputs()[0].asnumpy()
    module.save_checkpoint(tmp_path / "words", 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "words-0001.params",
        "words-10-symbol.json",
        "words-5-symbol.json",
        "words.buckets",
    ]
    loaded = mx.mod.BucketingModule.load(tmp_path / "words", 1, words(mx), 10)
    assert loaded.params_initialized
    loaded.bind([("data", (4, 10))], [("softmax_label", (4,))], for_training=False)
    loaded.forward(sentence(5), is_train=False)
    assert np.array_equal(loaded.get_outputs()[0].asnumpy(), expected)


def test_keys_that_are_no_numbers_are_refused_before_anything_is_written(tmp_path):
    module = mx.mod.BucketingModule(words(mx), default_bucket_key="long")
    module.bind([("data", (4, 10))], [("softmax_label", (4,))])
    module.init_params()
    with pytest.raises(TypeError, match="keys of buckets are whole numbers"):
        module.save_checkpoint(tmp_path / "words", 1)
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------------- rows of modules


def in_a_row(**options):
    hidden = sym.FullyConnected(sym.var("data"), num_hidden=8, name="fc1")
    last = sym.FullyConnected(sym.var("data"), num_hidden=3, name="fc2")
    row = mx.mod.SequentialModule()
    row.add(mx.mod.Module(sym.relu(hidden), label_names=None))
    return row.add(mx.mod.Module(sym.SoftmaxOutput(last, name="softmax")), take_labels=True, auto_wiring=True)


def test_modules_in_a_row_are_one_network(data):
    row, whole = in_a_row(), mx.mod.Module(perceptron(mx))
    given = weights(mx, perceptron(mx), data=(5, 5))
    for module in (row, whole):
        module.bind(data.provide_data, data.provide_label, inputs_need_grad=True)
        module.init_params(None, given, {}, allow_missing=True)
        module.init_optimizer(optimizer_params={"learning_rate": 0.5, "momentum": 0.9})
        data.reset()
        for batch in data:
            module.forward_backward(batch)
            module.update()
    for name, array in whole.get_params()[0].items():
        assert np.allclose(row.get_params()[0][name].asnumpy(), array.asnumpy(), atol=1e-6)
    assert np.allclose(row.get_input_grads()[0].asnumpy(), whole.get_input_grads()[0].asnumpy(), atol=1e-7)


def test_a_row_takes_batches_of_other_sizes():
    row = in_a_row()
    row.bind([("data", (5, 5))], [("softmax_label", (5,))])
    row.init_params()
    row.forward(mx.io.DataBatch([nd.ones((2, 5))], [nd.ones((2,))]))
    assert row.get_outputs()[0].shape == (2, 3)


def test_parameters_of_a_row_are_saved_and_loaded_as_those_of_one_module(tmp_path):
    row = in_a_row()
    row.bind([("data", (5, 5))], [("softmax_label", (5,))])
    row.init_params(mx.init.Uniform(0.5))
    expected = {name: array.asnumpy() for name, array in row.get_params()[0].items()}
    row.save_params(tmp_path / "row.params")
    row.init_params(mx.init.Zero(), force_init=True)
    for module in row._modules:
        module.init_params(
            None, *mx.model.read_params(tmp_path / "row.params"), allow_missing=True, force_init=True
        )
    for name, array in row.get_params()[0].items():
        assert np.array_equal(array.asnumpy(), expected[name])


def test_a_module_that_is_added_must_be_bound_again():
    row = in_a_row()
    row.bind([("data", (5, 5))], [("softmax_label", (5,))])
    row.add(mx.mod.PythonLossModule(), take_labels=True, auto_wiring=True)
    with pytest.raises(AssertionError, match="call bind first"):
        row.forward(next(batches(mx)))


# ---------------------------------------------------------------------- modules in Python


def test_a_gradient_in_python_trains_as_the_operator_does(data):
    def gradient(scores, given):
        return (nd.softmax(scores) - nd.one_hot(given, 3)).asnumpy()

    scores = sym.FullyConnected(sym.var("data"), num_hidden=3, name="fc")
    row = mx.mod.SequentialModule().add(mx.mod.Module(scores, label_names=None))
    row.add(mx.mod.PythonLossModule(grad_func=gradient), take_labels=True, auto_wiring=True)
    whole = mx.mod.Module(sym.SoftmaxOutput(scores, name="softmax"))
    given = weights(mx, whole.symbol, data=(5, 5))
    for module in (row, whole):
        module.fit(
            data, num_epoch=2, arg_params=given, aux_params={}, optimizer_params={"learning_rate": 0.5}
        )
    for name, array in whole.get_params()[0].items():
        assert np.allclose(row.get_params()[0][name].asnumpy(), array.asnumpy(), atol=1e-6)


def test_a_module_in_python_is_scored_on_its_own(data):
    class Guess(mx.mod.PythonModule):
        def _compute_output_shapes(self):
            return [("guess_output", (5, 3))]

        def forward(self, data_batch, is_train=None):
            self.size = data_batch.data[0].shape[0]

        def get_outputs(self, merge_multi_context=True):
            return [nd.array([[0.1, 0.8, 0.1]] * self.size)]

    module = Guess(["data"], ["softmax_label"], ["guess_output"])
    module.bind(data.provide_data, data.provide_label, for_training=False)
    module.init_params()
    assert module.output_shapes == [("guess_output", (5, 3))]
    rights = [(batch.label[0].asnumpy() == 1).mean() for batch in data]
    assert module.score(data, "acc") == [("accuracy", pytest.approx(np.mean(rights)))]
    assert module.get_params() == ({}, {})


# ---------------------------------------------------------------------- wrong uses


def loss(**options):
    return mx.mod.PythonLossModule(**options)


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: mx.mod.BucketingModule(words(mx)), AssertionError, ["default_bucket_key is missing"]),
        (lambda: mx.mod.BucketingModule(3, 10), TypeError, ["a function of a bucket's key", "def sym_gen"]),
        (
            lambda: mx.mod.BucketingModule(lambda key: 3, 10),
            TypeError,
            ["int for the key 10", "return symbol"],
        ),
        (lambda: bucketed(fixed_param_names=["no"]), ValueError, ["fixed_param_names=['no']"]),
        (
            lambda: bucketed().forward(next(batches(mx))),
            ValueError,
            ["does not say its bucket", "bucket_key=key"],
        ),
        (lambda: bucketed().forward(nd.ones((2, 2))), TypeError, ["takes batches"]),
        (lambda: bucketed().update(), AssertionError, ["call init_optimizer first"]),
        (
            lambda: mx.mod.BucketingModule(words(mx), 10).switch_bucket(5, []),
            AssertionError,
            ["call bind before switching bucket"],
        ),
        (
            lambda: mx.mod.BucketingModule(words(mx), 10).bind([], shared_module=3),
            AssertionError,
            ["shared_module for BucketingModule is not supported"],
        ),
        (lambda: mx.mod.BucketingModule.load("x", 1), AssertionError, ["sym_gen is required"]),
        (lambda: mx.mod.SequentialModule().bind([]), AssertionError, ["empty SequentialModule"]),
        (lambda: in_a_row().add(loss(), take_label=True), AssertionError, ["a typo?", "take_labels=True"]),
        (lambda: mx.mod.SequentialModule().add(3), TypeError, ["takes a module"]),
        (lambda: in_a_row().bind([("data", (5, 5))], shared_module=3), AssertionError, ["not supported"]),
        (lambda: loss(data_names=("a", "b")), AssertionError, ["one name for scores", "['a', 'b']"]),
        (lambda: loss(grad_func=3), AssertionError, ["a function of scores and labels"]),
        (lambda: loss().bind([("x", (5, 5))]), AssertionError, ["don't match names specified by data_names"]),
        (lambda: loss().bind([("data", (5, 5))], grad_req="add"), AssertionError, ["only support write"]),
        (lambda: loss().backward([nd.ones(1)]), AssertionError, ["out_grads should be None"]),
        (lambda: loss().get_outputs(False), AssertionError, ["there is one context"]),
    ],
    ids=range(20),
)
def test_wrong_uses_are_explained(call, kind, words):
    with pytest.raises(kind) as caught:
        call()
    for word in words:
        assert word in str(caught.value)


def test_a_typo_in_add_adds_nothing():
    row = mx.mod.SequentialModule()
    with pytest.raises(AssertionError):
        row.add(loss(), take_label=True)
    assert row._modules == []


def test_two_modules_with_one_name_of_a_parameter_are_refused():
    row = mx.mod.SequentialModule()
    for _ in range(2):
        layer = sym.FullyConnected(sym.var("data"), num_hidden=5, name="fc")
        row.add(mx.mod.Module(layer, label_names=None), auto_wiring=True)
    row.bind([("data", rows(2, 5).shape)])
    with pytest.raises(AssertionError, match='"fc_weight" in layer 1'):
        row.init_params()
