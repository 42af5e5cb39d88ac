"""Optimisers: formulas, options, counts. Ten steps against the real MXNet are in ``gluon/test_golden_gluon.py``."""

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet import nd, optimizer

# Each formula is written out in float64 over one weight w, its gradient g (rescaled by 0.1 and clipped or not), a
# dictionary of what is kept, and the number t of the update.


def sgd(w, g, kept, t, lr, wd, momentum=0.0):
    kept["m"] = momentum * kept.get("m", 0) - lr * (g + wd * w)
    return w + kept["m"]


def nag(w, g, kept, t, lr, wd, momentum=0.0):
    if momentum == 0:
        return w - lr * (g + wd * w)
    step = lr * (g + wd * w)
    new = w + momentum * (momentum * kept.get("m", 0) - step) - step
    kept["m"] = momentum * kept.get("m", 0) - lr * (g + wd * new)
    return new


def adagrad(w, g, kept, t, lr, wd, eps=1e-7):
    kept["h"] = kept.get("h", 0) + g * g
    return w - lr * (g / np.sqrt(kept["h"] + eps) + wd * w)


def adadelta(w, g, kept, t, lr, wd, rho=0.9, epsilon=1e-5):
    kept["a"] = rho * kept.get("a", 0) + (1 - rho) * g * g
    step = np.sqrt(kept.get("b", 0) + epsilon) / np.sqrt(kept["a"] + epsilon) * g
    kept["b"] = rho * kept.get("b", 0) + (1 - rho) * step * step
    return w - step - wd * w


def decayed(g, w, wd, clip):
    g = g + wd * w
    return g if clip is None else np.clip(g, -clip, clip)


def adam(w, g, kept, t, lr, wd, beta1=0.9, beta2=0.999, epsilon=1e-8, clip=None):
    g = decayed(g, w, wd, clip)
    kept["m"] = beta1 * kept.get("m", 0) + (1 - beta1) * g
    kept["v"] = beta2 * kept.get("v", 0) + (1 - beta2) * g * g
    return w - lr * np.sqrt(1 - beta2**t) / (1 - beta1**t) * kept["m"] / (np.sqrt(kept["v"]) + epsilon)


def rmsprop(
    w, g, kept, t, lr, wd, gamma1=0.9, gamma2=0.9, epsilon=1e-8, centered=False, clip_weights=None, clip=None
):
    g = decayed(g, w, wd, clip)
    kept["n"] = gamma1 * kept.get("n", 0) + (1 - gamma1) * g * g
    if centered:
        kept["a"] = gamma1 * kept.get("a", 0) + (1 - gamma1) * g
        kept["d"] = gamma2 * kept.get("d", 0) - lr * g / np.sqrt(kept["n"] - kept["a"] ** 2 + epsilon)
        w = w + kept["d"]
    else:
        w = w - lr * g / np.sqrt(kept["n"] + epsilon)
    return w if clip_weights is None else np.clip(w, -clip_weights, clip_weights)


FORMULAS = {
    "sgd": sgd,
    "nag": nag,
    "adagrad": adagrad,
    "adadelta": adadelta,
    "adam": adam,
    "rmsprop": rmsprop,
}
CASES = [
    ("sgd", {}),
    ("sgd", {"momentum": 0.9}),
    ("nag", {}),
    ("nag", {"momentum": 0.9}),
    ("adagrad", {}),
    ("adagrad", {"eps": 1e-3}),
    ("adadelta", {}),
    ("adadelta", {"rho": 0.8, "epsilon": 1e-3}),
    ("adam", {}),
    ("adam", {"beta1": 0.8, "beta2": 0.99, "epsilon": 1e-3}),
    ("rmsprop", {}),
    ("rmsprop", {"gamma1": 0.8, "clip_weights": 0.5}),
    ("rmsprop", {"centered": True, "gamma2": 0.7}),
]


def followed(name, options, seed, steps=5, wd=0.0, clip=None, lr=0.05, dtype="float64", shape=(7,)):
    """The optimiser's weights after some steps, and the formula's."""
    source = np.random.RandomState(seed)
    start = source.standard_normal(shape)
    made = optimizer.create(name, learning_rate=lr, wd=wd, clip_gradient=clip, rescale_grad=0.1, **options)
    weight = nd.array(start, dtype=dtype)
    state, expected, kept = made.create_state(0, weight), weight.asnumpy().astype("float64"), {}
    for t in range(1, steps + 1):
        gradient = nd.array(source.standard_normal(shape) * 5, dtype=dtype)
        made.update(0, weight, gradient, state)
        g = 0.1 * gradient.asnumpy().astype("float64")
        extra = {}
        if name in ("adam", "rmsprop"):
            extra["clip"] = clip
        elif clip is not None:
            g = np.clip(g, -clip, clip)
        expected = FORMULAS[name](expected, g, kept, t, lr, wd, **options, **extra)
    return weight.asnumpy(), expected


@pytest.mark.parametrize(("name", "options"), CASES)
@pytest.mark.parametrize("wd", [0.0, 0.1])
@pytest.mark.parametrize("clip", [None, 0.2])
def test_the_formula(name, options, wd, clip, seed):
    actual, expected = followed(name, options, seed, wd=wd, clip=clip)
    np.testing.assert_allclose(actual, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("name", "options"), CASES)
def test_the_formula_in_single_precision(name, options, seed):
    actual, expected = followed(name, options, seed, wd=0.1, dtype="float32")
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("name", "options"), CASES)
def test_many_weights_at_once_are_updated_like_one_by_one(name, options, seed):
    source = np.random.RandomState(seed)
    shapes = [(3, 2), (2,), (4,), (1,)]
    kinds = ["float32", "float32", "float64", "float32"]
    start = [source.standard_normal(s) for s in shapes]
    gradients = [[source.standard_normal(s) for s in shapes] for _ in range(3)]

    def trained(together):
        made = optimizer.create(name, learning_rate=0.1, wd=0.01, **options)
        made.set_lr_mult({1: 0.5})
        made.set_wd_mult({2: 0.0})
        updater = optimizer.get_updater(made)
        weights = [nd.array(v, dtype=k) for v, k in zip(start, kinds, strict=True)]
        for step in gradients:
            arrays = [nd.array(g, dtype=k) for g, k in zip(step, kinds, strict=True)]
            if together:
                updater(list(range(4)), arrays, weights)
            else:
                for index in range(4):
                    updater(index, arrays[index], weights[index])
        return [w.asnumpy() for w in weights]

    for one, all_ in zip(trained(False), trained(True), strict=True):
        np.testing.assert_array_equal(one, all_)


@pytest.mark.parametrize(("name", "options"), CASES)
def test_gradients_are_only_read(name, options, seed):
    made = optimizer.create(name, wd=0.1, clip_gradient=0.1, rescale_grad=0.5, **options)
    weight, gradient = nd.ones((3,)), nd.array([1, -2, 3])
    made.update(0, weight, gradient, made.create_state(0, weight))
    assert gradient.asnumpy().tolist() == [1.0, -2.0, 3.0]
    assert torch.is_grad_enabled()


# ------------------------------------------------------------------------------------------------------- precision


@pytest.mark.parametrize(("name", "options"), CASES)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_weights_follow_their_copy_in_single(name, options, dtype, seed):
    made = optimizer.create(name, learning_rate=1e-3, multi_precision=True, **options)
    plain = optimizer.create(name, learning_rate=1e-3, **options)
    source = np.random.RandomState(seed)
    half = nd.array(source.standard_normal((5,)), dtype=dtype)
    single = half.astype("float32")
    states = made.create_state_multi_precision(0, half), plain.create_state(0, single)
    for _ in range(4):
        gradient = nd.array(source.standard_normal((5,)), dtype=dtype)
        made.update_multi_precision(0, half, gradient, states[0])
        plain.update(0, single, gradient.astype("float32"), states[1])
    np.testing.assert_array_equal(
        half.astype("float32").asnumpy(), single.astype(dtype).astype("float32").asnumpy()
    )


def test_half_precision_without_a_copy_is_warned_about():
    with pytest.warns(UserWarning, match="multi_precision=True option of the SGD optimizer"):
        optimizer.create("sgd").create_state_multi_precision(0, nd.ones((2,), dtype="float16"))


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


@pytest.mark.parametrize("name", ["ftrl", "Adamax", "lamb"])
def test_an_optimiser_that_is_still_to_come_says_so(name):
    with pytest.raises(NotImplementedError, match="not in Glueball yet"):
        optimizer.create(name)


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


# --------------------------------------------------------------------------------------------------------- updater


def test_an_updater_keeps_states_by_index():
    updater = optimizer.get_updater(optimizer.create("sgd", momentum=0.9))
    weight = nd.ones((2,))
    updater(0, nd.ones((2,)), weight)
    updater("name", nd.ones((2,)), weight)
    updater([], [], [])
    assert list(updater.states) == [0, "name"]
    np.testing.assert_allclose(updater.states[0].asnumpy(), [-0.01, -0.01])


@pytest.mark.parametrize(("name", "options"), CASES)
def test_states_go_through_bytes(name, options):
    updater = optimizer.get_updater(optimizer.create(name, **options))
    weight = nd.ones((2,))
    updater(0, nd.ones((2,)), weight)
    updater("a", nd.ones((2,)), weight)
    other = optimizer.get_updater(optimizer.create(name, **options))
    other.set_states(updater.get_states())
    twins = [nd.ones((2,)), nd.ones((2,))]
    for each, twin in zip((updater, other), twins, strict=True):
        each.optimizer._update_count([0])
        each(0, nd.ones((2,)), twin)
    if name != "adam":  # its counts belong to the optimiser
        np.testing.assert_array_equal(twins[0].asnumpy(), twins[1].asnumpy())
    assert other.states.keys() == updater.states.keys()


def test_bytes_with_the_optimiser_bring_its_settings():
    updater = optimizer.get_updater(optimizer.create("adam", learning_rate=0.5))
    updater(0, nd.ones((2,)), nd.ones((2,)))
    other = optimizer.get_updater(optimizer.create("adam"))
    other.set_states(updater.get_states(dump_optimizer=True))
    assert other.optimizer.lr == 0.5
    assert other.optimizer._index_update_count == {0: 1}


def test_bytes_that_are_no_states_are_refused():
    updater = optimizer.get_updater(optimizer.create("sgd"))
    for content in (b"", b"rubbish", b"\x80\x04K\x01."):
        with pytest.raises(mx.MXNetError):
            updater.set_states(content)


def test_states_that_no_file_can_hold_are_refused():
    updater = optimizer.get_updater(optimizer.create("sgd"))
    updater.states[0] = object()
    with pytest.raises(TypeError, match="consists of arrays, numbers and tuples"):
        updater.get_states()
