"""Seeding, distributions, states and errors of ``mx.random`` and ``nd.random``."""

import threading

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet import autograd, nd
from mxnet.base import MXNetError
from mxnet.ops.stream import MXNetStream, TorchStream

COUNT = 20000
# mean and variance of each distribution, from its formula
DISTRIBUTIONS = {
    "uniform": ((-1.0, 3.0), 1.0, 16 / 12),
    "normal": ((2.0, 0.5), 2.0, 0.25),
    "exponential": ((0.5,), 2.0, 4.0),
    "gamma": ((3.0, 2.0), 6.0, 12.0),
    "poisson": ((4.0,), 4.0, 4.0),
    "negative_binomial": ((5, 0.4), 7.5, 18.75),
    "generalized_negative_binomial": ((3.0, 0.5), 3.0, 7.5),
}
SPECIAL = {
    "gamma": ((0.3, 2.0), 0.6, 1.2),
    "poisson": ((40.0,), 40.0, 40.0),
    "negative_binomial": ((100, 0.5), 100.0, 200.0),
    "generalized_negative_binomial": ((3.0, 0.0), 3.0, 3.0),
}
CASES = [(name, *case) for table in (DISTRIBUTIONS, SPECIAL) for name, case in table.items()]


@pytest.fixture(params=["mxnet", "torch"])
def stream(request):
    start = int(np.random.randint(2**31))
    return MXNetStream(start) if request.param == "mxnet" else TorchStream(torch.device("cpu"), start)


def assert_moments(values, mean, variance):
    """Mean and variance of a sample lie within five of their own standard errors."""
    values = np.asarray(values, np.float64)
    assert abs(values.mean() - mean) < 5 * np.sqrt(variance / values.size)
    spread = (values - values.mean()) ** 2
    assert abs(spread.mean() - variance) < 5 * spread.std() / np.sqrt(values.size)


# ------------------------------------------------------------------------------------------- distributions


@pytest.mark.parametrize(("name", "parameters", "mean", "variance"), CASES)
def test_distributions_have_their_mean_and_variance(stream, name, parameters, mean, variance):
    assert_moments(getattr(stream, name)((COUNT,), *parameters), mean, variance)


@pytest.mark.parametrize("dtype", [torch.float16, torch.float64])
@pytest.mark.parametrize("name", ["uniform", "normal", "exponential", "gamma"])
def test_other_types_have_the_same_distribution(stream, name, dtype):
    parameters, mean, variance = DISTRIBUTIONS[name]
    values = getattr(stream, name)((COUNT,), *parameters, dtype=dtype)
    assert values.dtype == dtype
    assert_moments(values, mean, variance)


@pytest.mark.parametrize(("name", "parameters", "mean", "variance"), CASES)
def test_arrays_of_parameters_give_each_entry_its_own(stream, name, parameters, mean, variance):
    arrays = [torch.tensor([value, value]) for value in parameters]
    values = getattr(stream, name)((100, COUNT // 100), *arrays)
    assert values.shape == (2, 100, COUNT // 100)
    for row in values:
        assert_moments(row, mean, variance)


def test_uniform_is_uniform(stream):
    counts = np.histogram(stream.uniform((COUNT,)), bins=50, range=(0, 1))[0]
    expected = COUNT / 50
    assert ((counts - expected) ** 2 / expected).sum() < 110  # chi square, 49 degrees: one in 10^6


def test_normal_is_normal(stream):
    deciles = [-1.281552, -0.841621, -0.524401, -0.253347, 0, 0.253347, 0.524401, 0.841621, 1.281552]
    counts = np.bincount(np.searchsorted(deciles, stream.normal((COUNT,)).numpy()), minlength=10)
    expected = COUNT / 10
    assert ((counts - expected) ** 2 / expected).sum() < 45  # 9 degrees: one in 10^6


def test_randint_is_uniform_over_its_range(stream):
    values = stream.randint((COUNT,), -3, 7).numpy()
    counts = np.bincount(values + 3, minlength=10)
    assert len(counts) == 10
    assert ((counts - COUNT / 10) ** 2 / (COUNT / 10)).sum() < 45


def test_categorical_follows_the_probabilities(stream):
    chances = torch.tensor([[0.1, 0.2, 0.7], [1.0, 0.0, 0.0]])
    drawn = stream.categorical(chances, COUNT).numpy()
    for row, chance in zip(drawn, chances.numpy(), strict=True):
        share = np.bincount(row, minlength=3) / COUNT
        np.testing.assert_allclose(share, chance, atol=5 * np.sqrt(0.25 / COUNT))
    assert (drawn[1] == 0).all()


def test_bernoulli_follows_the_probability(stream):
    chance = torch.linspace(0, 1, 5).repeat_interleave(COUNT // 5)
    drawn = stream.bernoulli((), chance).float().reshape(5, -1).mean(1)
    np.testing.assert_allclose(drawn, np.linspace(0, 1, 5), atol=5 * np.sqrt(0.25 / (COUNT // 5)))


@pytest.mark.parametrize("rows", [False, True])
def test_every_permutation_is_as_likely(stream, rows):
    counts = {}
    for _ in range(2400):
        order = tuple(stream.permutation(4, rows=rows).tolist())
        counts[order] = counts.get(order, 0) + 1
    assert len(counts) == 24
    assert sum((n - 100) ** 2 / 100 for n in counts.values()) < 73  # 23 degrees: one in 10^6


@pytest.mark.parametrize("exact", ["0", "1"])
@pytest.mark.parametrize("keep", [0.5, 0.8, 0.3333333, 1e-5, 1.0])
def test_dropout_masks_keep_the_given_share(stream, keep, exact, monkeypatch):
    monkeypatch.setenv("MXNET_EXACT_DROPOUT", exact)
    masks = torch.stack([stream.dropout_mask((100, 200), keep) for _ in range(5)])
    assert masks.dtype == torch.bool
    assert abs(masks.float().mean() - keep) <= 5 * np.sqrt(keep * (1 - keep) / masks.numel())


def test_small_masks_are_exact_and_large_ones_fast_unless_told_otherwise(monkeypatch):
    def masks():
        stream = MXNetStream(6)
        return [stream.dropout_mask((size,), 0.5) for size in (8192, 8193)]

    found = {}
    for choice in ("", "0", "1"):
        monkeypatch.setenv("MXNET_EXACT_DROPOUT", choice)
        found[choice] = masks()
    by_size, fast, exact = found.values()
    assert torch.equal(by_size[0], exact[0])
    assert not torch.equal(fast[0], exact[0])
    assert not torch.equal(by_size[1], exact[1])
    assert len(by_size[1]) == 8193


# ---------------------------------------------------------------------------------------- seeds and streams


def draw_some(stream):
    """A bit of everything that a stream offers."""
    return torch.cat(
        [
            stream.normal((70,)),
            stream.uniform((3, 50)).reshape(-1),
            stream.gamma((9,), 2.0, 1.0),
            stream.poisson((80,), 4.0),
            stream.permutation(9).float(),
            stream.categorical(torch.tensor([[0.5, 0.5]]), 7)[0].float(),
            stream.dropout_mask((90,), 0.5).float(),
        ]
    )


def test_the_same_seed_gives_the_same_numbers(stream):
    stream.seed(11)
    first = draw_some(stream)
    stream.seed(12)
    other = draw_some(stream)
    stream.seed(11)
    assert torch.equal(draw_some(stream), first)
    assert not torch.equal(other, first)


def test_a_restored_stream_continues_exactly(stream):
    draw_some(stream)
    stream.uniform((70000,))
    state = stream.get_state()
    assert all(isinstance(value, np.ndarray) for value in state.values())
    expected = draw_some(stream), stream.normal((100000,))
    draw_some(stream)
    stream.set_state(state)
    again = draw_some(stream), stream.normal((100000,))
    assert all(torch.equal(a, b) for a, b in zip(again, expected, strict=True))
    stream.seed(5)
    stream.set_state(state)
    assert torch.equal(draw_some(stream), expected[0])


def test_a_state_survives_a_file(tmp_path):
    mx.random.seed(3)
    nd.random.normal(shape=1000)
    np.savez(tmp_path / "state.npz", **mx.random.get_state())
    expected = nd.random.normal(shape=1000).asnumpy()
    mx.random.seed(4)
    with np.load(tmp_path / "state.npz") as state:
        mx.random.set_state(dict(state))
    np.testing.assert_array_equal(nd.random.normal(shape=1000).asnumpy(), expected)


def test_what_is_no_state_is_refused():
    with pytest.raises(ValueError, match="not a state"):
        mx.random.set_state({"cpu.masks": np.zeros(4)})


def test_global_streams_are_untouched():
    before = torch.get_rng_state(), np.random.get_state()[1].copy()
    mx.random.seed(8)
    draw_some(mx.random.stream())
    draw_some(TorchStream(torch.device("cpu"), 3))
    assert torch.equal(torch.get_rng_state(), before[0])
    np.testing.assert_array_equal(np.random.get_state()[1], before[1])


def test_global_streams_do_not_decide_our_numbers():
    mx.random.seed(8)
    first = nd.random.normal(shape=5).asnumpy()
    mx.random.seed(8)
    torch.manual_seed(1)
    np.random.seed(1)
    np.testing.assert_array_equal(nd.random.normal(shape=5).asnumpy(), first)


def test_cpu_contexts_share_one_stream():
    mx.random.seed(0)
    together = nd.random.uniform(shape=6).asnumpy()
    mx.random.seed(0)
    one, two = nd.random.uniform(shape=3), nd.random.uniform(shape=3, ctx=mx.cpu(1))
    assert two.context == mx.cpu(1)
    np.testing.assert_array_equal(np.concatenate([one.asnumpy(), two.asnumpy()]), together)


def test_seeding_one_context():
    mx.random.seed(5)
    expected = nd.random.uniform(shape=3).asnumpy()
    mx.random.seed(0)
    mx.random.seed(5, ctx=mx.cpu(1))
    np.testing.assert_array_equal(nd.random.uniform(shape=3).asnumpy(), expected)


@pytest.mark.parametrize("bad", [1.5, "a", None])
def test_a_seed_is_a_whole_number(bad):
    with pytest.raises(ValueError, match="seed_state must be int"):
        mx.random.seed(bad)


def test_threads_share_a_stream_without_losing_or_doubling_numbers():
    stream, found = MXNetStream(21), []
    expected = [number for _ in range(200) for number in stream.uniform((64,)).tolist()]
    stream.seed(21)

    def work():
        for _ in range(50):
            found.extend(stream.uniform((64,)).tolist())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == sorted(expected)


# ---------------------------------------------------------------------------------------------- nd.random


def test_mx_random_has_the_functions_of_nd_random():
    assert mx.random.uniform is nd.random.uniform
    assert mx.random.randn(2, 3).shape == (2, 3)


def test_without_a_shape_one_number_comes():
    assert nd.random.uniform().shape == (1,)
    assert nd.random.randint(0, 5).shape == (1,)
    assert nd.random.normal(nd.array([1.0, 2.0]), nd.array([1.0, 2.0])).shape == (2,)


def test_empty_shapes_give_empty_arrays():
    for call in (
        nd.random.uniform,
        nd.random.normal,
        nd.random.exponential,
        nd.random.poisson,
        nd.random.gamma,
    ):
        assert call(shape=(2, 0)).shape == (2, 0)


def test_out_decides_shape_and_type_and_is_returned():
    out = nd.zeros((2, 3), dtype="float64")
    assert nd.random.normal(out=out) is out
    assert np.unique(out.asnumpy()).size == 6
    with pytest.raises(MXNetError, match="shape"):
        nd.random.normal(shape=4, out=out)


def test_multinomial_has_one_axis_for_its_draws():
    one, two = nd.array([0.5, 0.5]), nd.array([[0.5, 0.5], [0.1, 0.9]])
    assert nd.random.multinomial(one).shape == (1,)
    assert nd.random.multinomial(two).shape == (2,)
    assert nd.random.multinomial(two, shape=(3, 4)).shape == (2, 3, 4)
    assert nd.random.multinomial(one, dtype="float32").dtype == np.float32


def test_multinomial_gives_the_gradient_of_the_log_probability():
    chances = nd.array([[0.2, 0.3, 0.5], [0.6, 0.2, 0.2]])
    chances.attach_grad()
    with autograd.record():
        drawn, log_chance = nd.random.multinomial(chances, shape=4, get_prob=True)
        loss = (log_chance * nd.array([[1, 2, 3, 4], [5, 6, 7, 8]])).sum()
    loss.backward()
    classes, table = drawn.asnumpy(), chances.asnumpy()
    np.testing.assert_allclose(log_chance.asnumpy(), np.log(np.take_along_axis(table, classes, 1)), rtol=1e-6)
    expected = np.zeros((2, 3))
    for row in range(2):
        for column in range(4):
            expected[row, classes[row, column]] += (4 * row + column + 1) / table[row, classes[row, column]]
    np.testing.assert_allclose(chances.grad.asnumpy(), expected, rtol=1e-5)


def test_shuffle_moves_whole_rows_of_a_copy():
    data = nd.arange(60).reshape((20, 3))
    shuffled = nd.random.shuffle(data)
    np.testing.assert_array_equal(data.asnumpy(), np.arange(60).reshape(20, 3))
    rows = shuffled.asnumpy()
    np.testing.assert_array_equal(rows[np.argsort(rows[:, 0])], data.asnumpy())


def test_numbers_that_are_drawn_have_no_gradient():
    scale = nd.array([1.0])
    scale.attach_grad()
    with autograd.record():
        loss = (nd.random.normal(shape=3) * scale).sum()
    loss.backward()
    assert scale.grad.asscalar() == loss.asscalar()


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: nd.random.uniform(2, 1), "low must be less or equal"),
        (lambda: nd.random.normal(0, -1), "scale"),
        (lambda: nd.random.exponential(-2), "lambda"),
        (lambda: nd.random.gamma(0, 1), "alpha"),
        (lambda: nd.random.gamma(1, 0), "beta"),
        (lambda: nd.random.gamma(nd.array([1.0, 0.0]), nd.array([1.0, 1.0])), "alpha"),
        (lambda: nd.random.poisson(-1), "lambda"),
        (lambda: nd.random.poisson(float("inf")), "finite"),
        (lambda: nd.random.poisson(nd.array([1.0, -1.0])), "lam"),
        (lambda: nd.random.negative_binomial(2.5, 0.4), "whole number"),
        (lambda: nd.random.negative_binomial(5, 0), "p has to be"),
        (lambda: nd.random.negative_binomial(nd.array([5.0]), nd.array([1.4])), "p has to be"),
        (lambda: nd.random.generalized_negative_binomial(-5, 0.4), "mu"),
        (lambda: nd.random.generalized_negative_binomial(5, -0.4), "alpha"),
        (lambda: nd.random.randint(10, 0), "low must be less"),
        (lambda: nd.random.randint(0, 0), "low must be less"),
        (lambda: nd.random.randint(0.5, 5.5), "whole"),
        (lambda: nd.random.randint(0, 10, dtype="float32"), "int32, int64"),
        (lambda: nd.random.uniform(dtype="int32"), "float16, float32, float64"),
        (lambda: nd.random.uniform(shape=-1), "negative length"),
        (lambda: nd.random.uniform(nd.array([0.0]), nd.array([1.0, 2.0])), "different shapes"),
        (lambda: nd.random.multinomial(nd.array([0.1, 0.1])), "sum to 1"),
        (lambda: nd.random.multinomial(nd.array([-0.5, 1.5])), "non-negative"),
        (lambda: nd.random.bernoulli(), "one of prob and logit"),
        (lambda: nd.random.bernoulli(1.5), "within"),
        (lambda: nd.random.randn(2, foo=5), "foo"),
    ],
)
def test_bad_parameters_say_what_is_wrong(call, match):
    with pytest.raises(MXNetError, match=match):
        call()


def test_numbers_and_arrays_do_not_mix():
    with pytest.raises(AssertionError, match="same type"):
        nd.random.uniform(nd.array([0.0]), 1)


def test_a_parameter_that_is_no_number_is_named():
    with pytest.raises(ValueError, match="NDArray or numbers"):
        nd.random.uniform("a", 1)
    with pytest.raises(ZeroDivisionError):
        nd.random.exponential(0)
