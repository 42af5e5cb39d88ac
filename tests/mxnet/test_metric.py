"""Metrics: values, accumulation, names."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import metric, nd

LABEL, PRED = [0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]]


def updated(made, *batches):
    for labels, preds in batches:
        made.update(nd.array(labels), nd.array(preds))
    return made


def test_accuracy_counts_the_largest_prediction():
    made = updated(metric.Accuracy(), (LABEL, PRED))
    assert made.get() == ("accuracy", 2 / 3)
    assert (made.sum_metric, made.num_inst) == (2.0, 3)
    assert str(made) == "EvalMetric: {'accuracy': 0.6666666666666666}"
    assert type(made.get()[1]) is float


@pytest.mark.parametrize(
    ("labels", "preds", "value", "arguments"),
    [
        ([0, 1], [0, 0], 0.5, {}),
        ([[0], [1]], [[0.9, 0.1], [0.9, 0.1]], 0.5, {}),
        ([0, 1], [0.3, 1.6], 1.0, {}),
        ([0.2, 1.7], [[0.9, 0.1], [0.1, 0.9]], 1.0, {}),
        ([[0, 1]], [[[0.9, 0.2], [0.1, 0.8]]], 1.0, {"axis": 1}),
        ([[0, 1]], [[[0.9, 0.1], [0.2, 0.8]]], 1.0, {"axis": 2}),
    ],
)
def test_accuracy_of_other_shapes(labels, preds, value, arguments):
    assert updated(metric.Accuracy(**arguments), (labels, preds)).get()[1] == value


def test_lists_of_arrays_and_numpy_arrays_do_as_well():
    made = metric.Accuracy()
    made.update([nd.array(LABEL)] * 2, [nd.array(PRED)] * 2)
    made.update([np.array(LABEL)], [np.array(PRED)])
    assert (made.get()[1], made.num_inst) == (2 / 3, 9)


def test_top_k_accuracy():
    preds = [[0.1, 0.2, 0.15], [0.9, 0.05, 0.6]]
    made = updated(metric.TopKAccuracy(top_k=2), ([2, 1], preds))
    assert made.get() == ("top_k_accuracy_2", 0.5)
    assert updated(metric.TopKAccuracy(top_k=5), ([2, 1], preds)).get()[1] == 1.0
    with pytest.raises(AssertionError, match="use Accuracy"):
        metric.TopKAccuracy()
    with pytest.raises(AssertionError, match="no more than 2 dims"):
        updated(metric.TopKAccuracy(top_k=2), ([1], [[[0.5]]]))


@pytest.mark.parametrize(
    ("name", "value"), [("mse", 2.5), ("mae", 1.5), ("rmse", pytest.approx(np.sqrt(2.5)))]
)
def test_errors_are_means_over_batches(name, value):
    made = updated(metric.create(name), ([1, 2], [2, 4]))
    assert made.get() == (name, value)
    updated(made, ([[1, 2]], [[1, 2]]))
    assert made.num_inst == 2
    assert updated(metric.create(name), ([1, 2], [[2], [4]])).get()[1] == value


def test_the_mean_of_losses():
    made = metric.Loss()
    made.update(None, [nd.array([1, 2, 3])])
    made.update(0, nd.array([[4, 5]]))
    assert made.get() == ("loss", 3.0)
    assert made.num_inst == 5


def test_cross_entropy_of_probabilities():
    made = updated(metric.CrossEntropy(), ([0, 1], [[0.3, 0.7], [0.4, 0.6]]))
    assert made.get()[1] == pytest.approx(-(np.log(0.3) + np.log(0.6)) / 2, rel=1e-6)
    with pytest.raises(AssertionError, match=r"shape mismatch: \(3,\) vs. \(2, 2\)"):
        metric.CrossEntropy().update([nd.array([0, 1, 0])], [nd.array([[0.3, 0.7], [0.4, 0.6]])])


@pytest.mark.parametrize("name", ["acc", "mse", "loss", "ce"])
def test_before_the_first_batch_there_is_no_value(name):
    assert np.isnan(metric.create(name).get()[1])
    made = metric.create(name)
    made.update([], [])
    assert np.isnan(made.get()[1])


def test_labels_and_predictions_go_together():
    for labels, preds in (([0, 1], [[0.9, 0.1]]), ([1, 2, 3], [1, 2])):
        with pytest.raises(ValueError, match="does not match shape of predictions"):
            updated(metric.Accuracy(), (labels, preds))
        with pytest.raises(ValueError, match="does not match shape of predictions"):
            updated(metric.MSE(), (labels, preds))
    with pytest.raises(ValueError, match=r"Shape of labels \(1,\) does not match"):
        metric.check_label_shapes(nd.ones((1,)), nd.ones((1, 2)), shape=True)


# ----------------------------------------------------------------------------------------------------- accumulating


def test_nothing_is_read_before_somebody_asks(monkeypatch):
    made = metric.Accuracy()
    reads = []
    original = metric.EvalMetric._settle
    monkeypatch.setattr(metric.EvalMetric, "_settle", lambda self: (reads.append(self), original(self))[1])
    updated(made, (LABEL, PRED))
    reads.clear()
    updated(made, (LABEL, PRED), (LABEL, PRED))
    assert not reads
    assert made.get()[1] == 2 / 3


def test_a_million_batches_are_summed_exactly():
    made = metric.Loss()
    made.update(None, nd.array([2.0**24]))
    for _ in range(1000):
        made.update(None, nd.array([1.0]))
    assert made.sum_metric == 2.0**24 + 1000


def test_resetting_the_local_value_keeps_the_global_one():
    made = updated(metric.Accuracy(), (LABEL, PRED))
    made.reset_local()
    assert np.isnan(made.get()[1])
    assert made.get_global() == ("accuracy", 2 / 3)
    updated(made, ([0], [[0.9, 0.1]]))
    assert made.get()[1] == 1.0
    assert made.get_global_name_value() == [("accuracy", 0.75)]
    made.reset()
    assert np.isnan(made.get_global()[1])


def test_the_arrays_may_change_after_an_update():
    labels, preds = nd.array([0]), nd.array([[0.9, 0.1]])
    made = metric.Accuracy()
    made.update(labels, preds)
    preds[:] = 0
    labels[:] = 1
    assert made.get()[1] == 1.0


def test_updates_inside_record_stay_off_the_tape():
    x = nd.array([[1.0, 2.0]])
    x.attach_grad()
    made = metric.Loss()
    with mx.autograd.record():
        y = x * 2
        made.update(None, y)
    y.backward()
    assert made.get()[1] == 3.0
    assert x.grad.asnumpy().tolist() == [[2.0, 2.0]]


# ----------------------------------------------------------------------------------------- composed, own, registry


def test_a_composite_reports_all_of_its_metrics():
    made = updated(metric.CompositeEvalMetric(["acc", "ce"]), (LABEL, PRED))
    made.add(metric.TopKAccuracy(top_k=2))
    updated(made, (LABEL, PRED))
    names, values = made.get()
    assert names == ["accuracy", "cross-entropy", "top_k_accuracy_2"]
    assert values[0] == 2 / 3
    assert made.get_name_value()[2] == ("top_k_accuracy_2", 1.0)
    assert made.get_metric(0) is made.metrics[0]
    with pytest.raises(ValueError, match="out of range 0 and 3"):
        made.get_metric(9)
    made.reset()
    assert all(np.isnan(value) for value in made.get()[1])
    assert [config["metric"] for config in made.get_config()["metrics"]] == [
        "Accuracy",
        "CrossEntropy",
        "TopKAccuracy",
    ]


def test_a_function_is_a_metric():
    made = metric.create(lambda label, pred: abs(label - pred).sum())
    assert made.name == "custom(<lambda>)"
    made.update([nd.array([1, 2])], [nd.array([2, 4])])
    assert made.get()[1] == 3.0
    with pytest.raises(NotImplementedError, match="cannot be serialized"):
        made.get_config()


def test_np_names_a_metric_as_custom_metric_does():
    assert metric.np(lambda label, pred: 1.0).name == "custom(<lambda>)"
    assert metric.np(max).name == "max"
    assert metric.np(max, name="largest").name == "largest"


def test_a_function_may_return_sum_and_count():
    def total(label, pred):
        return float(pred.sum()), pred.size

    made = metric.np(total)
    assert made.name == "total"
    made.update(nd.array([1, 2]), nd.array([2, 4]))
    made.update(nd.array([1]), nd.array([6]))
    assert made.get() == ("total", 4.0)


def test_a_class_of_ones_own_adds_to_the_sum():
    @metric.register
    class Twos(metric.EvalMetric):
        def __init__(self):
            super().__init__("twos")

        def update(self, labels, preds):
            self.sum_metric += 2
            self.num_inst += 1

    made = metric.create("twos")
    made.update(None, None)
    made.update(None, None)
    assert made.get() == made.get_global() == ("twos", 2.0)
    with pytest.raises(NotImplementedError, match=r"EvalMetric\.update"):
        metric.EvalMetric("nothing").update(None, None)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("acc", "Accuracy"),
        ("accuracy", "Accuracy"),
        ("ce", "CrossEntropy"),
        ("loss", "Loss"),
        ("composite", "CompositeEvalMetric"),
        ('["accuracy", {"axis": 2}]', "Accuracy"),
        ('{"metric": "mse"}', "MSE"),
    ],
)
def test_metrics_are_made_by_name(name, kind):
    assert type(metric.create(name)).__name__ == kind


@pytest.mark.parametrize("name", ["top_k_accuracy", "top_k_acc"])
def test_arguments_go_through_the_name(name):
    assert metric.create(name, top_k=3).name == "top_k_accuracy_3"


def test_an_unknown_name_is_refused_with_the_nearest_one():
    with pytest.raises(AssertionError, match=r"(?s)acuracy is not registered.*'accuracy'"):
        metric.create("acuracy")
    with pytest.raises(AssertionError, match="must be of string type"):
        metric.create(3)


def test_named_outputs_and_labels_are_picked():
    made = metric.Accuracy(output_names=["a"], label_names=["b"], name="picked")
    made.update_dict({"b": nd.array([0]), "c": nd.array([9])}, {"a": nd.array([[1, 0]]), "d": nd.array([9])})
    assert made.get() == ("picked", 1.0)
    assert made.get_config() == {
        "axis": 1,
        "metric": "Accuracy",
        "name": "picked",
        "output_names": ["a"],
        "label_names": ["b"],
    }
    both = metric.CompositeEvalMetric([made], output_names=["a"], label_names=["b"])
    both.update_dict({"b": nd.array([1]), "c": nd.array([9])}, {"a": nd.array([[1, 0]]), "d": nd.array([9])})
    assert both.get() == (["picked"], [0.5])


def test_a_name_that_is_not_there_is_refused_with_the_nearest_one():
    made = metric.Accuracy(output_names=["softmax"], label_names=["label"])
    arrays = {"label": nd.array([0])}, {"softmax_output": nd.array([[1, 0]])}
    with pytest.raises(KeyError, match=r"(?s)no array is called 'softmax'.*try: +softmax_output"):
        made.update_dict(*arrays)
    with pytest.raises(TypeError, match="update_dict"):
        made.update(*arrays)
    single = metric.Accuracy(output_names="softmax_output", label_names="label")
    single.update_dict(*arrays)
    assert single.get()[1] == 1.0


def test_empty_names_pick_nothing():
    made = metric.Loss(output_names=["out"], label_names=[])
    made.update_dict({"label": nd.array([0])}, {"out": nd.array([4]), "rest": nd.array([9])})
    assert made.get()[1] == 4.0


def test_labels_that_are_missing_are_named():
    with pytest.raises(TypeError, match="labels are neither an array nor a list"):
        metric.Accuracy().update(None, nd.ones((1, 2)))
    with pytest.raises(TypeError, match="predictions are neither an array nor a list"):
        metric.Accuracy().update(nd.ones((1,)), 3.0)


# ------------------------------------------------------------------------------------------------- registry, classes


def test_a_class_may_leave_out_the_constructor_of_its_base():
    class Count(metric.EvalMetric):
        def __init__(self):
            self.name = "count"
            self.sum_metric = 0
            self.num_inst = 0

        def update(self, labels, preds):
            self.sum_metric += 3
            self.num_inst += 1

    made = Count()
    made.update(None, None)
    assert made.get() == made.get_global() == ("count", 3.0)
    made.update_dict({"a": None}, {"b": None})
    assert made.num_inst == 2


def test_a_class_may_count_by_lists_and_reset_by_itself():
    class Both(metric.EvalMetric):
        def __init__(self):
            super().__init__("both")

        def reset(self):
            self.sum_metric, self.num_inst = [0.0, 0.0], [0, 0]

        def update(self, labels, preds):
            for k in range(2):
                self.sum_metric[k] += k
                self.num_inst[k] += 1

        def get(self):
            return ["first", "second"], [a / b for a, b in zip(self.sum_metric, self.num_inst, strict=True)]

    made = Both()
    made.update(None, None)
    assert made.get_name_value() == [("first", 0.0), ("second", 1.0)]


def test_a_class_may_add_to_what_its_base_counts():
    class Doubled(metric.Accuracy):
        def update(self, labels, preds):
            super().update(labels, preds)
            self.sum_metric += 1
            self.num_inst += 1

    made = Doubled()
    for _ in range(3):
        updated(made, (LABEL, PRED))
    assert (made.sum_metric, made.num_inst) == (9, 12)


@pytest.mark.filterwarnings("error")
def test_taking_the_name_of_another_metric_warns():
    class Mine(metric.EvalMetric):
        pass

    assert metric.register(Mine, "test_metric_mine") is Mine
    metric.register(Mine, "test_metric_mine")
    metric.alias("test_metric_mine_2")(Mine)
    assert type(metric.create("Test_Metric_Mine_2", "x")) is Mine

    class Other(metric.EvalMetric):
        pass

    with pytest.warns(UserWarning, match=r"Other registered with name test_metric_mine is overriding .*Mine"):
        metric.alias("test_metric_mine")(Other)
    assert type(metric.create("test_metric_mine", "x")) is Other


@pytest.mark.parametrize("thing", [int, len, "acc"], ids=["class", "function", "name"])
def test_only_metrics_are_registered(thing):
    with pytest.raises(AssertionError, match="Can only register subclass of EvalMetric"):
        metric.register(thing)
    with pytest.raises(AssertionError, match="is a string"):
        metric.alias(thing if thing != "acc" else 3)


def test_arguments_for_a_metric_that_is_made_already_are_refused():
    made = metric.MSE()
    assert metric.create(made) is made
    with pytest.raises(AssertionError, match=r"(?s)already an instance.*axis=0.*metric\.MSE"):
        metric.create(made, axis=0)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("[", "cannot be read"),
        ('["acc"]', "lacks its arguments"),
        ('{"axis": 0}', "lacks its name"),
        ({"axis": 0}, "lacks its name"),
    ],
    ids=["broken", "list", "object", "dictionary"],
)
def test_descriptions_that_lack_something_are_refused(given, text):
    with pytest.raises(ValueError, match=text):
        metric.create(given)


@pytest.mark.parametrize(
    "given",
    ["acc", metric.Accuracy(), ("acc",), {"metric": "acc"}],
    ids=["name", "metric", "tuple", "dictionary"],
)
def test_a_composite_of_one_needs_no_list(given):
    assert [type(each) for each in metric.CompositeEvalMetric(given).metrics] == [metric.Accuracy]


def test_a_composite_is_made_again_from_its_configuration():
    made = metric.CompositeEvalMetric(["acc", metric.Perplexity(3, axis=1)], name="both")
    again = metric.create(made.get_config())
    assert (again.name, again.get_config()) == ("both", made.get_config())


@pytest.mark.parametrize(
    "answer", [None, [1, 2], (1, 2, 3), (None, 1)], ids=["none", "list", "three", "no sum"]
)
def test_a_function_that_returns_no_value_is_refused(answer):
    def broken(label, pred):
        return answer

    made = metric.np(broken)
    with pytest.raises(TypeError, match="metric 'broken': the function returns no value"):
        made.update(nd.ones((1,)), nd.ones((1,)))
    assert np.isnan(made.get()[1])


def test_a_function_sees_arrays_of_numpy():
    kinds = []
    made = metric.np(lambda label, pred: float(kinds.append((type(label), type(pred))) is None))
    for given in (nd.ones((2,)), np.ones(2), [1, 1]):
        made.update(given, given)
    assert all(issubclass(kind, np.ndarray) for pair in kinds for kind in pair)
    assert made.get()[1] == 1.0


def test_more_predictions_than_labels_are_left_out_on_request():
    made = metric.CustomMetric(lambda label, pred: (pred.sum(), 1), allow_extra_outputs=True)
    made.update([nd.array([1])], [nd.array([5]), nd.array([7])])
    assert made.get()[1] == 5.0
    with pytest.raises(ValueError, match="does not match"):
        metric.np(lambda label, pred: 1.0).update([nd.array([1])], [nd.array([5]), nd.array([7])])
