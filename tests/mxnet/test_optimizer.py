"""Optimisers: options, names, rates and counts; what they compute is in ``test_optimizer_formulas.py``."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import nd, optimizer

# --------------------------------------------------------------------------------------------- options and registry


def test_defaults():
    assert (optimizer.create("sgd").lr, optimizer.create("adam").lr, optimizer.create("rmsprop").lr) == (
        0.01,
        0.001,
        0.001,
    )
    assert optimizer.create("SGD", momentum=0.9).momentum == 0.9
    assert optimizer.create("sgd").wd == 0.0


@pytest.mark.parametrize("name", ["sgd", "nag", "adam", "adagrad", "rmsprop", "adadelta"])
def test_an_unknown_option_names_the_nearest_one(name):
    with pytest.raises(TypeError) as caught:
        optimizer.create(name, learining_rate=0.1)
    text = str(caught.value)
    assert "unexpected option 'learining_rate'" in text
    assert "try:      learning_rate=0.1" in text
    assert "clip_gradient" in text


def test_an_unknown_optimiser_names_the_nearest_one():
    with pytest.raises(ValueError, match=r"(?s)Cannot find optimizer sdg.*'sgd'"):
        optimizer.create("sdg")
    with pytest.raises(TypeError, match="the name is text"):
        optimizer.create(3)


@pytest.mark.parametrize("name", ["sgd", "lamb", "lbsgd"])
@pytest.mark.parametrize("option", ["learning_rate", "wd", "clip_gradient", "rescale_grad"])
def test_a_number_given_as_text_is_refused_by_its_name(name, option):
    with pytest.raises(TypeError, match=rf"(?s){option} is a number.*'0\.1'.*float\('0\.1'\)"):
        optimizer.create(name, **{option: "0.1"})


def test_what_makes_no_sense_is_refused_in_words():
    weight = nd.ones((2,))
    with pytest.raises(TypeError, match=r"(?s)lr_scheduler gives.*'cosine'"):
        optimizer.create("adam", lr_scheduler="cosine")
    with pytest.raises(TypeError, match=r"(?s)not its name.*optimizer.create\('sgd'\)"):
        optimizer.get_updater("sgd")
    with pytest.raises(ValueError, match="2 indices, 1 gradients, 1 weights"):
        optimizer.get_updater(optimizer.create("sgd"))([0, 1], [weight], [weight])
    with pytest.raises(ValueError, match="one batch or more"):
        optimizer.create("lbsgd", batch_scale=0)
    made = optimizer.create("sgd")
    with pytest.raises(
        mx.MXNetError, match=r"(?s)SGD: a gradient does not fit.*weight 1 \(2,\).*gradient \(3,\)"
    ):
        made.update([0, 1], [weight, weight], [weight, nd.ones((3,))], [None, None])
    with pytest.raises(mx.MXNetError, match=r"(?s)whole numbers.*int32.*grad_req='null'"):
        made.update(0, nd.ones((2,), dtype="int32"), weight, None)
    assert weight.asnumpy().tolist() == [1, 1]
    assert made.num_update == 0


def test_a_function_may_give_the_rates():
    made = optimizer.create("sgd", lr_scheduler=lambda update: 1 / 2**update)
    weight = nd.zeros((1,))
    for _ in range(3):
        made.update(0, weight, nd.ones((1,)), None)
    assert weight.asscalar() == -0.875


def test_the_registry_has_every_optimiser_of_mxnet():
    known = set(
        "adadelta adagrad adam adamax ccsgd dcasgd ftml ftrl groupadagrad lamb lars lbsgd nadam nag rmsprop sgd sgld "
        "signum test".split()
    )
    assert known | {"adamw"} <= set(optimizer.Optimizer.opt_registry)
    assert optimizer.contrib.GroupAdaGrad is optimizer.Optimizer.opt_registry["groupadagrad"]
    assert optimizer.optimizer.LAMB is optimizer.LAMB


def test_an_adamw_of_ones_own_takes_the_place_of_ours_without_a_word():
    class AdamW(optimizer.Adam):
        pass

    try:
        optimizer.register(AdamW)
        assert type(optimizer.create("adamw")) is AdamW
    finally:
        optimizer.Optimizer.opt_registry["adamw"] = optimizer.contrib.AdamW


def test_a_class_of_ones_own_is_registered_and_made_by_name():
    @optimizer.register
    class Walk(optimizer.Optimizer):
        def update(self, index, weight, grad, state):
            self._update_count(index)
            weight += 1

    made = optimizer.create("walk")
    weight = nd.zeros((1,))
    optimizer.get_updater(made)(0, weight, weight)
    assert weight.asscalar() == 1
    assert made.num_update == 1
    with pytest.warns(UserWarning, match="overriding existing optimizer"):
        optimizer.register(type("Walk", (optimizer.Optimizer,), {}))
    del optimizer.Optimizer.opt_registry["walk"]


def test_a_class_that_aggregates_gets_its_weights_in_portions_of_one_type():
    seen = []

    class Together(optimizer.Optimizer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.aggregate_num = 3

        def update(self, index, weight, grad, state):
            seen.append((index, len(weight), len(grad), state))

    updater = optimizer.get_updater(Together())
    assert updater.aggregate_updates
    kinds = ["float32", "float64", "float32", "float32", "float64", "float32", "float32"]
    arrays = [nd.ones((1,), dtype=kind) for kind in kinds]
    updater(0, arrays[0], arrays[0])
    updater(list(range(7)), arrays, arrays)
    assert [index for index, *_ in seen] == [(0,), (0, 2, 3), (5, 6), (1, 4)]
    assert seen[1] == ((0, 2, 3), 3, 3, (None, None, None))


def test_a_class_derived_from_a_built_in_one_gets_its_weights_one_by_one():
    seen = []

    class Watched(optimizer.SGD):
        def update(self, index, weight, grad, state):
            seen.append((index, weight.dtype))
            super().update(index, weight, grad, state)

    made = Watched(learning_rate=0.5, momentum=0.9, multi_precision=True)
    assert made.aggregate_num == 4
    weights = [nd.ones((1,)), nd.ones((1,), dtype="float16")]
    optimizer.get_updater(made)([0, 1], [nd.ones((1,))] * 2, weights)
    assert seen == [(0, np.float32), (1, np.float32)]  # the second is the copy in single precision
    assert [weight.asscalar() for weight in weights] == [0.5, 0.5]


def test_how_many_weights_mxnet_aggregates_is_read_from_the_environment(monkeypatch):
    makers = optimizer.SGD, optimizer.LARS, optimizer.LAMB, optimizer.Adam
    monkeypatch.delenv("MXNET_OPTIMIZER_AGGREGATION_SIZE", raising=False)
    assert [make().aggregate_num for make in makers] == [4, 4, 45, 0]
    monkeypatch.setenv("MXNET_OPTIMIZER_AGGREGATION_SIZE", "9")
    assert [make().aggregate_num for make in makers] == [9, 9, 9, 0]


def test_update_has_to_be_written():
    with pytest.raises(NotImplementedError, match=r"Optimizer\.update"):
        optimizer.Optimizer().update(0, nd.ones((1,)), nd.ones((1,)), None)


def test_names_of_parameters_are_a_dictionary():
    with pytest.raises(AssertionError, match="param_idx2name"):
        optimizer.create("sgd", param_idx2name=["w"])


# ------------------------------------------------------------------------------------------------ rates and counts


def test_multipliers_go_by_parameter_then_index_then_name():
    class Learned:
        lr_mult, wd_mult = 0.25, 4.0

    made = optimizer.create(
        "sgd",
        learning_rate=1.0,
        wd=0.5,
        param_idx2name={0: "a_weight", 1: "b_bias", 2: "c_gamma", 3: "d"},
        param_dict={5: Learned},
    )
    made.set_lr_mult({"b_bias": 3})
    made.set_wd_mult({"a_weight": 2, 1: 4})
    assert made._get_lrs([0, 1, 2, 3, 4, 5]) == [1.0, 3.0, 1.0, 1.0, 1.0, 0.25]
    # names that end in neither weight nor gamma have no decay, unless they are given one
    assert made._get_wds([0, 1, 2, 3, 4, 5]) == [1.0, 2.0, 0.5, 0.0, 0.5, 2.0]


class Graph:
    """A symbol, as far as an optimiser looks at it."""

    def attr_dict(self):
        return {
            "a_weight": {"__lr_mult__": "2", "lr_mult": "2", "__wd_mult__": "3"},
            "b_bias": {"__wd_mult__": "0.5"},
            "fc": {"num_hidden": "2", "__lr_mult__": "9"},
        }

    def list_arguments(self):
        return ["x", "a_weight", "b_bias"]


def test_multipliers_of_the_variables_of_a_symbol_count():
    names = {0: "a_weight", 1: "b_bias", 2: "c_bias", 3: "d_weight"}
    made = optimizer.create("sgd", sym=Graph(), param_idx2name=names, learning_rate=1, wd=0.125)
    assert (made.lr_mult, made.wd_mult) == ({"a_weight": 2}, {"a_weight": 3, "b_bias": 0.5, "c_bias": 0})
    assert made._get_lrs([0, 1, 2, 3]) == [2, 1, 1, 1]
    assert made._get_wds([0, 1, 2, 3]) == [0.375, 0.0625, 0, 0.125]
    made.set_lr_mult({"a_weight": 7, "d_weight": 0.5})
    made.set_wd_mult({"b_bias": 9})
    assert made.lr_mult == {"a_weight": 7, "d_weight": 0.5}
    assert made.wd_mult == {"a_weight": 3, "b_bias": 9, "c_bias": 0}
    with pytest.raises(TypeError, match="sym is a symbol"):
        optimizer.create("sgd", sym=3)


def test_the_schedule_sees_the_number_of_the_update():
    made = optimizer.create("sgd", lr_scheduler=mx.lr_scheduler.FactorScheduler(2, 0.5, base_lr=0.3))
    rates, weight = [], nd.ones((1,))
    for _ in range(6):
        made.update(0, weight, nd.ones((1,)), None)
        rates.append(made.learning_rate)
    assert rates == [0.3, 0.3, 0.15, 0.15, 0.075, 0.075]
    assert weight.asscalar() == pytest.approx(1 - sum(rates), rel=1e-5)
    with pytest.raises(UserWarning, match="LRScheduler of the optimizer"):
        made.set_learning_rate(1)


def test_a_learning_rate_beside_a_schedule_sets_its_base():
    schedule = mx.lr_scheduler.FactorScheduler(2, 0.5)
    with pytest.warns(UserWarning, match="has been overwritten"):
        made = optimizer.create("sgd", learning_rate=0.1, lr_scheduler=schedule)
    assert schedule.base_lr == made.learning_rate == 0.1


def test_counts_start_where_they_are_told_and_are_kept_for_each_weight():
    made = optimizer.create("sgd", begin_num_update=5)
    made._update_count([0, 1])
    made._update_count(1)
    assert made.num_update == 7
    assert made._index_update_count == {0: 6, 1: 7}


def test_adam_corrects_each_weight_by_its_own_count():
    made = optimizer.create("adam", learning_rate=0.1)
    updater = optimizer.get_updater(made)
    first, second = nd.zeros((1,)), nd.zeros((1,))
    updater(0, nd.ones((1,)), first)
    updater([0, 1], [nd.ones((1,)), nd.ones((1,))], [first, second])
    np.testing.assert_allclose(second.asscalar(), -0.1, rtol=1e-4)
    np.testing.assert_allclose(first.asscalar(), -0.2, rtol=1e-4)


def test_a_rate_can_be_set():
    made = optimizer.create("sgd")
    made.set_learning_rate(3)
    assert made.learning_rate == 3
    with pytest.raises(DeprecationWarning, match="set_lr_mult"):
        made.set_lr_scale({})


@pytest.mark.parametrize(
    ("name", "given", "meant"),
    [("sgd", "lr", "learning_rate"), ("adam", "weight_decay", "wd"), ("adam", "eps", "epsilon")],
)
def test_options_as_pytorch_calls_them_are_translated(name, given, meant):
    with pytest.raises(TypeError, match=rf"unexpected option '{given}'(?s:.*)try:      {meant}=0.1"):
        mx.optimizer.create(name, **{given: 0.1})
