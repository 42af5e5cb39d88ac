"""Every optimiser against its formula. Ten steps against the real MXNet are in ``gluon/test_golden_gluon.py``."""

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet import nd, optimizer
from mxnet.ops.update import single

# Each formula is written out in float64 over one weight w, its gradient g (rescaled and clipped, after the weight
# decay where that comes first), a dictionary of what is kept, and the number t of the update.


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


def signum(w, g, kept, t, lr, wd, momentum=0.9, wd_lh=0.0):
    if momentum == 0:
        return (1 - lr * (wd + wd_lh)) * w - lr * np.sign(g)
    kept["m"] = momentum * kept.get("m", 0) - (1 - momentum) * (g + wd * w)
    return (1 - lr * wd_lh) * w + lr * np.sign(kept["m"])


def dcasgd(w, g, kept, t, lr, wd, momentum=0.0, lamda=0.04):
    step = g + wd * w + lamda * g * g * (w - kept.get("previous", w))
    kept["m"] = momentum * kept.get("m", 0) - lr * step
    kept["previous"] = w
    return w + kept["m"]


def adagrad(w, g, kept, t, lr, wd, eps=1e-7):
    kept["h"] = kept.get("h", 0) + g * g
    return w - lr * (g / np.sqrt(kept["h"] + eps) + wd * w)


def groupadagrad(w, g, kept, t, lr, wd, eps=1e-5):
    kept["h"] = kept.get("h", 0) + (g * g).mean(1, keepdims=True)
    return w - lr * g / np.sqrt(kept["h"] + eps)


def adadelta(w, g, kept, t, lr, wd, rho=0.9, epsilon=1e-5):
    kept["a"] = rho * kept.get("a", 0) + (1 - rho) * g * g
    step = np.sqrt(kept.get("b", 0) + epsilon) / np.sqrt(kept["a"] + epsilon) * g
    kept["b"] = rho * kept.get("b", 0) + (1 - rho) * step * step
    return w - step - wd * w


def averages(g, kept, beta1, beta2):
    kept["m"] = beta1 * kept.get("m", 0) + (1 - beta1) * g
    kept["v"] = beta2 * kept.get("v", 0) + (1 - beta2) * g * g
    return kept["m"], kept["v"]


def adam(w, g, kept, t, lr, wd, beta1=0.9, beta2=0.999, epsilon=1e-8, correcting=None):
    m, v = averages(g, kept, beta1, beta2)
    beta1, beta2 = correcting  # the correction is no part of the operator
    return w - lr * np.sqrt(1 - beta2**t) / (1 - beta1**t) * m / (np.sqrt(v) + epsilon)


def adamax(w, g, kept, t, lr, wd, beta1=0.9, beta2=0.999):
    kept["m"] = beta1 * kept.get("m", 0) + (1 - beta1) * g
    kept["u"] = np.maximum(beta2 * kept.get("u", 0), np.abs(g))
    return w - lr / (1 - beta1**t) * kept["m"] / kept["u"]


def nadam(w, g, kept, t, lr, wd, beta1=0.9, beta2=0.999, epsilon=1e-8, schedule_decay=0.004):
    now, then = (beta1 * (1 - 0.96 ** (each * schedule_decay) / 2) for each in (t, t + 1))
    kept["P"] = kept.get("P", 1) * now
    m, v = averages(g, kept, beta1, beta2)
    nesterov = (1 - now) * g / (1 - kept["P"]) + then * m / (1 - kept["P"] * then)
    return w - lr * nesterov / (np.sqrt(v / (1 - beta2**t)) + epsilon)


def adamw(w, g, kept, t, lr, wd, beta1=0.9, beta2=0.999, epsilon=1e-8, correct_bias=True):
    m, v = averages(g, kept, beta1, beta2)
    if correct_bias:
        m, v = m / (1 - beta1**t), v / (1 - beta2**t)
    return w - lr * (m / (np.sqrt(v) + epsilon) + wd * w)


def rmsprop(w, g, kept, t, lr, wd, gamma1=0.9, gamma2=0.9, epsilon=1e-8, centered=False, clip_weights=None):
    kept["n"] = gamma1 * kept.get("n", 0) + (1 - gamma1) * g * g
    if centered:
        kept["a"] = gamma1 * kept.get("a", 0) + (1 - gamma1) * g
        kept["d"] = gamma2 * kept.get("d", 0) - lr * g / np.sqrt(kept["n"] - kept["a"] ** 2 + epsilon)
        w = w + kept["d"]
    else:
        w = w - lr * g / np.sqrt(kept["n"] + epsilon)
    return w if clip_weights is None else np.clip(w, -clip_weights, clip_weights)


def ftrl(w, g, kept, t, lr, wd, lamda1=0.01, beta=1.0):
    n = kept.get("n", 0)
    kept["n"] = n + g * g
    z = kept["z"] = kept.get("z", 0) + g - (np.sqrt(kept["n"]) - np.sqrt(n)) / lr * w
    return np.where(
        np.abs(z) > lamda1, (np.sign(z) * lamda1 - z) / ((beta + np.sqrt(kept["n"])) / lr + wd), 0
    )


def ftml(w, g, kept, t, lr, wd, beta1=0.6, beta2=0.999, epsilon=1e-8):
    v = kept["v"] = beta2 * kept.get("v", 0) + (1 - beta2) * g * g
    d = (1 - beta1**t) / lr * (np.sqrt(v / (1 - beta2**t)) + epsilon)
    kept["z"] = beta1 * kept.get("z", 0) + (1 - beta1) * g - (d - beta1 * kept.get("d", 0)) * w
    kept["d"] = d
    return -kept["z"] / d


def lars(w, g, kept, t, lr, wd, momentum=0.0, eta=0.001, eps=0.0, slope=None):
    size = np.linalg.norm(w)
    rate = eta * size / (slope + wd * size + eps)
    kept["m"] = momentum * kept.get("m", 0) - lr * rate * (g + wd * w)
    return w + kept["m"]


def lamb(
    w,
    g,
    kept,
    t,
    lr,
    wd,
    beta1=0.9,
    beta2=0.999,
    epsilon=1e-6,
    bias_correction=True,
    lower_bound=0,
    upper_bound=np.inf,
):
    m, v = averages(g, kept, beta1, beta2)
    if bias_correction:
        m, v = m / (1 - beta1**t), v / (1 - beta2**t)
    direction = m / (np.sqrt(v) + epsilon) + wd * w
    size = np.clip(np.linalg.norm(w), lower_bound, upper_bound)
    return w - lr * size / np.linalg.norm(direction) * direction


def test(w, g, kept, t, lr, wd):
    return w + g


test.__test__ = False

FORMULAS = {
    each.__name__: each
    for each in (
        sgd, nag, signum, dcasgd, adagrad, groupadagrad, adadelta, adam, adamax, nadam, adamw, rmsprop, ftrl, ftml,
        lars, lamb, test,
    )
}  # fmt: skip
FORMULAS["ccsgd"] = sgd
DECAYED_BEFORE_CLIPPING = ("adam", "rmsprop", "adamax", "nadam", "ftml")
THROUGH_OPERATORS = ("adam", "rmsprop", "ftml", "lamb", "adamw", "signum")
CASES = [
    ("sgd", {}),
    ("sgd", {"momentum": 0.9}),
    ("ccsgd", {"momentum": 0.5}),
    ("nag", {}),
    ("nag", {"momentum": 0.9}),
    ("signum", {}),
    ("signum", {"momentum": 0.0}),
    ("signum", {"momentum": 0.0, "wd_lh": 0.1}),
    ("signum", {"momentum": 0.5, "wd_lh": 0.1}),
    ("dcasgd", {}),
    ("dcasgd", {"momentum": 0.9, "lamda": 2.0}),
    ("adagrad", {}),
    ("adagrad", {"eps": 1e-3}),
    ("groupadagrad", {}),
    ("groupadagrad", {"eps": 1e-2}),
    ("adadelta", {}),
    ("adadelta", {"rho": 0.8, "epsilon": 1e-3}),
    ("adam", {}),
    ("adam", {"beta1": 0.8, "beta2": 0.99, "epsilon": 1e-3}),
    ("adamax", {}),
    ("adamax", {"beta1": 0.7, "beta2": 0.9}),
    ("nadam", {}),
    ("nadam", {"beta1": 0.8, "beta2": 0.99, "epsilon": 1e-3, "schedule_decay": 0.1}),
    ("adamw", {}),
    ("adamw", {"beta1": 0.8, "beta2": 0.99, "epsilon": 1e-3, "correct_bias": False}),
    ("rmsprop", {}),
    ("rmsprop", {"gamma1": 0.8, "clip_weights": 0.5}),
    ("rmsprop", {"centered": True, "gamma2": 0.7}),
    ("ftrl", {}),
    ("ftrl", {"lamda1": 0.5, "beta": 0.2}),
    ("ftml", {}),
    ("ftml", {"beta1": 0.5, "beta2": 0.99, "epsilon": 1e-3}),
    ("lars", {}),
    ("lars", {"momentum": 0.9, "eta": 0.1, "eps": 0.01}),
    ("lamb", {}),
    ("lamb", {"lower_bound": 4.0, "bias_correction": False}),
    ("lamb", {"upper_bound": 0.5, "beta1": 0.8, "beta2": 0.99, "epsilon": 1e-3}),
    ("test", {}),
]
all_cases = pytest.mark.parametrize(("name", "options"), CASES)
LARGE_BATCHES = [
    ("lbsgd", {"momentum": 0.5}),
    ("lbsgd", {"batch_scale": 2, "warmup_epochs": 1, "updates_per_epoch": 4}),
    ("lbsgd", {"batch_scale": 2, "momentum": 0.5, "warmup_strategy": "lars"}),
]
EVERY = [*CASES, *LARGE_BATCHES, ("sgld", {})]
every_case = pytest.mark.parametrize(("name", "options"), EVERY)


def followed(name, options, seed, steps=5, wd=0.0, clip=None, lr=0.05, dtype="float64", shape=(4, 2)):
    """The optimiser's weights after some steps, and the formula's."""
    source = np.random.RandomState(seed)
    start = source.standard_normal(shape)
    made = optimizer.create(name, learning_rate=lr, wd=wd, clip_gradient=clip, rescale_grad=0.1, **options)
    weight = nd.array(start, dtype=dtype)
    state, expected, kept = made.create_state(0, weight), weight.asnumpy().astype("float64"), {}
    constants = dict(options)
    if name in THROUGH_OPERATORS:  # whose attributes are float32
        defaults = {
            key: getattr(made, key) for key in ("beta1", "beta2", "gamma1", "momentum") if hasattr(made, key)
        }
        constants |= {key: single(value) for key, value in defaults.items()}
    if name == "adam":
        constants["correcting"] = made.beta1, made.beta2
    for t in range(1, steps + 1):
        gradient = nd.array(source.standard_normal(shape) * 5, dtype=dtype)
        made.update(0, weight, gradient, state)
        g = 0.1 * gradient.asnumpy().astype("float64")
        if name == "lars":
            constants["slope"] = np.linalg.norm(g)
        if name in DECAYED_BEFORE_CLIPPING:
            g = g + wd * expected
        if clip is not None and name != "test":
            g = np.clip(g, -clip, clip)
        expected = FORMULAS[name](expected, g, kept, t, lr, wd, **constants)
    return weight.asnumpy(), expected


@all_cases
@pytest.mark.parametrize("wd", [0.0, 0.1])
@pytest.mark.parametrize("clip", [None, 0.2])
def test_the_formula(name, options, wd, clip, seed):
    if name == "groupadagrad":
        wd = 0.0  # it takes none
    actual, expected = followed(name, options, seed, wd=wd, clip=clip)
    np.testing.assert_allclose(actual, expected, rtol=1e-9, atol=1e-12)


@all_cases
def test_the_formula_in_single_precision(name, options, seed):
    wd = 0.0 if name == "groupadagrad" else 0.1
    actual, expected = followed(name, options, seed, wd=wd, dtype="float32")
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-5)


@every_case
def test_many_weights_at_once_are_updated_like_one_by_one(name, options, seed):
    source = np.random.RandomState(seed)
    shapes = [(3, 2), (2, 1), (4, 3), (1, 1)] if name == "groupadagrad" else [(3, 2), (2,), (4,), (1,)]
    kinds = ["float32", "float32", "float64", "float32"]
    start = [source.standard_normal(s) for s in shapes]
    gradients = [[source.standard_normal(s) for s in shapes] for _ in range(3)]

    def trained(together):
        mx.random.seed(seed)
        made = optimizer.create(
            name, learning_rate=0.1, wd=0.0 if name == "groupadagrad" else 0.01, **options
        )
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


@every_case
def test_gradients_are_only_read(name, options, seed):
    made = optimizer.create(
        name, wd=0.0 if name == "groupadagrad" else 0.1, clip_gradient=0.1, rescale_grad=0.5, **options
    )
    weight, gradient = nd.ones((3, 1)), nd.array([[1], [-2], [3]])
    made.update(0, weight, gradient, made.create_state(0, weight))
    assert gradient.asnumpy().ravel().tolist() == [1.0, -2.0, 3.0]
    assert torch.is_grad_enabled()


@every_case
@pytest.mark.parametrize("nothing", [None, 0, -1])
def test_a_range_of_nothing_clips_nothing(name, options, nothing):
    def trained(clip):
        mx.random.seed(1)
        made = optimizer.create(name, clip_gradient=clip, **options)
        weight = nd.array([[1, 2], [3, 4]])
        state = made.create_state(0, weight)
        for _ in range(2):
            made.update(0, weight, nd.array([[1, -2], [3, 0.5]]), state)
        return weight.asnumpy()

    np.testing.assert_array_equal(trained(nothing), trained(100.0))


# ------------------------------------------------------------------------------------------------------- precision


@every_case
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_weights_follow_their_copy_in_single(name, options, dtype, seed):
    made = optimizer.create(name, learning_rate=1e-3, multi_precision=True, **options)
    plain = optimizer.create(name, learning_rate=1e-3, **options)
    source = np.random.RandomState(seed)
    half = nd.array(source.standard_normal((5, 2)), dtype=dtype)
    single = half.astype("float32")
    states = made.create_state_multi_precision(0, half), plain.create_state(0, single)
    for step in range(4):
        gradient = nd.array(source.standard_normal((5, 2)), dtype=dtype)
        mx.random.seed(step)
        made.update_multi_precision(0, half, gradient, states[0])
        mx.random.seed(step)
        plain.update(0, single, gradient.astype("float32"), states[1])
    np.testing.assert_array_equal(
        half.astype("float32").asnumpy(), single.astype(dtype).astype("float32").asnumpy()
    )


@every_case
def test_half_precision_without_a_copy_is_warned_about_and_works(name, options):
    made = optimizer.create(name, learning_rate=8.0, **options)
    weight = nd.ones((2, 2), dtype="float16")
    with pytest.warns(
        UserWarning, match=f"multi_precision=True option of the {type(made).__name__} optimizer"
    ):
        state = made.create_state_multi_precision(0, weight)
    for _ in range(2):
        made.update_multi_precision(0, weight, nd.ones((2, 2), dtype="float16"), state)
    assert weight.dtype == np.float16
    assert np.isfinite(weight.asnumpy()).all()
    assert (weight.asnumpy() != 1).all()


# ------------------------------------------------------------------------------- what is peculiar to one of them


def test_langevin_noise_has_the_variance_of_the_rate_and_the_drift_of_half_of_it():
    made = optimizer.create("sgld", learning_rate=0.04, wd=0.5)
    weight = nd.full((100, 100), 2.0)
    made.update(0, weight, nd.full((100, 100), 3.0), None)
    moved = weight.asnumpy()
    assert moved.mean() == pytest.approx(2 - 0.02 * (3 + 0.5 * 2), abs=0.01)
    assert moved.std() == pytest.approx(0.2, rel=0.03)


def test_adamax_leaves_alone_what_never_had_a_gradient():
    made = optimizer.create("adamax", learning_rate=0.5)
    weight = nd.array([1.0, 1.0])
    made.update(0, weight, nd.array([0.0, 2.0]), made.create_state(0, weight))
    assert weight.asnumpy().tolist() == [1.0, 0.5]


@pytest.mark.parametrize("name", ["ftrl", "ftml"])
def test_a_rate_of_zero_leaves_the_leader_alone(name):
    made = optimizer.create(name, learning_rate=0.0)
    weight = nd.array([1.0, -2.0])
    state = made.create_state(0, weight)
    made.update(0, weight, nd.array([1.0, 0.0]), state)
    assert weight.asnumpy().tolist() == [1.0, -2.0]
    made.set_learning_rate(0.1)
    made.update(0, weight, nd.array([1.0, 1.0]), state)
    assert np.isfinite(weight.asnumpy()).all()


def test_lars_and_lamb_start_from_weights_of_zeros_and_stay_without_a_gradient():
    for name in ("lars", "lamb"):
        made = optimizer.create(name, learning_rate=0.5)
        zeros, ones = nd.zeros((2,)), nd.ones((2,))
        made.update(0, zeros, nd.array([1.0, 1.0]), made.create_state(0, zeros))
        np.testing.assert_allclose(zeros.asnumpy(), [-0.5, -0.5], rtol=1e-4)
        made.update(1, ones, nd.zeros((2,)), made.create_state(1, ones))
        assert ones.asnumpy().tolist() == [1.0, 1.0]


def test_lars_adapts_to_no_bias_gamma_or_beta():
    names = {0: "a_weight", 1: "a_bias", 2: "a_gamma", 3: "a_beta", 4: "a_running_mean"}
    made = optimizer.create("lars", learning_rate=0.5, eta=0.1, param_idx2name=names, wd=0.1)
    assert made.wd_mult == {"a_bias": 0, "a_gamma": 0, "a_beta": 0, "a_running_mean": 0}
    made.set_wd_mult({"a_gamma": 2})
    assert made.wd_mult["a_gamma"] == 2
    made.set_wd_mult({})
    weights = [nd.array([3.0, 4.0]) for _ in names]
    made.update(list(names), weights, [nd.array([1.0, 0.0])] * 5, [None] * 5)
    moved = [3 - weight.asnumpy()[0] for weight in weights]
    np.testing.assert_allclose(moved[1:], [0.5, 0.5, 0.5, 0.25], rtol=1e-5)
    np.testing.assert_allclose(moved[0], 0.5 * 0.1 * 5 / (1 + 0.1 * 5) * (1 + 0.1 * 3), rtol=1e-5)


@pytest.mark.parametrize("corrected", [True, False])
def test_lars_changes_the_momentum_with_the_rate_for_one_step(corrected):
    schedule = mx.lr_scheduler.FactorScheduler(1, 0.5, base_lr=0.4)
    made = optimizer.create(
        "lars", lr_scheduler=schedule, momentum=0.9, eta=0.1, momentum_correction=corrected
    )
    weights = [nd.array([3.0, 4.0]) for _ in range(6)]
    updater = optimizer.get_updater(made)
    seen = []
    for _ in range(4):
        updater(list(range(6)), [nd.array([1.0, 0.5])] * 6, weights)
        assert len({weight.asnumpy()[0] for weight in weights}) == 1
        seen.append(weights[0].asnumpy()[0])
    # as the real MXNet printed them
    expected = {
        True: [2.8211145, 2.6543586, 2.5376599, 2.4648261],
        False: [2.8211145, 2.5738602, 2.3103769, 2.0539038],
    }
    np.testing.assert_allclose(seen, expected[corrected], rtol=1e-6)


RECORDED_LARGE_BATCHES = [
    ({}, [3.0, 3.0, 2.75, 2.75, 2.75, 2.45, 2.45, 2.45, 2.15, 2.15, 2.15, 1.85]),
    ({"momentum": 0.9}, [3.0, 3.0, 2.75, 2.75, 2.75, 2.225, 2.225, 2.225, 1.4525, 1.4525, 1.4525, 0.45725]),
    ({"warmup_strategy": "power2"}, [3.0, 3.0, 2.7875, 2.7875, 2.7875, 2.4875, 2.4875, 2.4875]),
    ({"warmup_strategy": "sqrt"}, [3.0, 3.0, 2.726795, 2.726795, 2.726795, 2.426795, 2.426795]),
    ({"warmup_strategy": "lars"}, [3.0, 3.0, 2.5527864, 2.5527864, 2.5527864, 2.145082, 2.145082, 2.145082]),
    (
        {"warmup_strategy": "lars", "momentum": 0.9, "wd": 0.1},
        [3.0, 3.0, 2.6643414, 2.6643414, 2.6643414, 2.044349, 2.044349, 2.044349, 1.2036978],
    ),
    ({"warmup_strategy": "no"}, [3.0, 3.0, 2.9, 2.9, 2.9, 2.6, 2.6, 2.6, 2.3, 2.3, 2.3, 2.0]),
    ({"begin_num_update": 7}, [3.0, 3.0, 2.75, 2.75, 2.75, 2.45]),
]


@pytest.mark.parametrize(("options", "expected"), RECORDED_LARGE_BATCHES)
def test_large_batches_step_once_in_so_many_batches(options, expected):
    made = optimizer.create(
        "lbsgd", learning_rate=0.1, batch_scale=3, warmup_epochs=2, updates_per_epoch=2, **options
    )
    weight, seen = nd.array([3.0, 4.0]), []
    state = made.create_state(0, weight)
    for _ in expected:
        made.update(0, weight, nd.array([1.0, 0.5]), state)
        seen.append(weight.asnumpy()[0])
    np.testing.assert_allclose(seen, expected, rtol=1e-5)


def test_large_batches_take_the_mean_of_their_gradients_and_go_on_from_an_epoch():
    made = optimizer.create(
        "lbsgd", learning_rate=0.1, batch_scale=4, warmup_epochs=2, updates_per_epoch=4, begin_epoch=1
    )
    weight = nd.array([3.0])
    state = made.create_state(0, weight)
    seen = []
    for size in range(1, 9):
        made.update(0, weight, nd.array([float(size)]), state)
        seen.append(weight.asnumpy()[0])
    np.testing.assert_allclose(seen, [3, 3, 3, 2, 2, 2, 2, -0.6], rtol=1e-5)


@pytest.mark.parametrize(
    ("weight", "gradient", "moved"), [((3e3, 4.0), (1e-3, 0.0), 0.01), ((3e-6, 0.0), (1.0, 1.0), 1e-3)]
)
def test_the_rate_of_a_layer_stays_within_bounds_in_large_batches(weight, gradient, moved):
    made = optimizer.create("lbsgd", learning_rate=0.1, warmup_strategy="lars")
    array = nd.array(weight)
    made.update(0, array, nd.array(gradient), None)
    assert weight[0] - array.asnumpy()[0] == pytest.approx(moved, rel=0.05)


def test_a_group_takes_matrices_and_no_decay():
    made = optimizer.create("groupadagrad", wd=0.1)
    weight = nd.ones((2, 2))
    state = made.create_state(0, weight)
    with pytest.raises(AssertionError, match="Weight decay is not supported for GroupAdaGrad"):
        made.update(0, weight, weight, state)
    assert weight.asnumpy().tolist() == [[1, 1], [1, 1]]
    with pytest.raises(AssertionError, match="rows and columns"):
        made.create_state(0, nd.ones((2,)))
