"""``nd.contrib.foreach``, ``while_loop`` and ``cond``."""

import numpy as np
import pytest

from mxnet import autograd, nd
from mxnet.ndarray import contrib


def values(array):
    return array.asnumpy().tolist()


def test_foreach_stacks_outputs_and_hands_states_on():
    outputs, state = contrib.foreach(
        lambda x, s: (x + s, s + 1), nd.arange(6).reshape((3, 2)), nd.zeros((2,))
    )
    assert values(outputs) == [[0, 1], [3, 4], [6, 7]]
    assert values(state) == [3, 3]


def test_foreach_takes_and_gives_lists():
    data = [nd.arange(3), nd.arange(3) * 10]
    outputs, states = contrib.foreach(lambda x, s: ([x[0] + s[0], x[1]], [s[0] + 1]), data, [nd.zeros((1,))])
    assert [values(o) for o in outputs] == [[[0], [2], [4]], [[0], [10], [20]]]
    assert values(states[0]) == [3]


def test_gradients_flow_through_foreach():
    x, w = nd.array([1, 2, 3]), nd.array([2.0])
    w.attach_grad()
    with autograd.record():
        outputs, _ = contrib.foreach(lambda d, s: (d * w + s, d * w + s), x, nd.zeros((1,)))
        y = outputs[-1]
    y.backward()
    assert values(w.grad) == [6.0]


def test_while_loop_stops_by_its_condition_and_fills_up_with_zeros():
    outputs, (i, s) = contrib.while_loop(
        lambda i, s: i <= 3,
        lambda i, s: ([i + s], [i + 1, s + i]),
        [nd.array([1]), nd.array([0])],
        max_iterations=5,
    )
    assert values(outputs[0]) == [[1], [3], [6], [0], [0]]
    assert (values(i), values(s)) == ([4], [6])


def test_while_loop_stops_at_the_limit():
    outputs, last = contrib.while_loop(
        lambda i: i <= 100, lambda i: (i, i + 1), nd.array([1]), max_iterations=2
    )
    assert values(outputs) == [[1], [2]]
    assert values(last) == [3]


@pytest.mark.parametrize("outputs", [None, []])
def test_while_loop_may_have_no_outputs(outputs):
    stacked, last = contrib.while_loop(lambda i: i <= 3, lambda i: (outputs, [i + 1]), [nd.array([1])], 9)
    assert stacked == []
    assert values(last[0]) == [4]


def test_while_loop_that_never_runs_returns_its_variables():
    outputs, last = contrib.while_loop(lambda i: i > 3, lambda i: (i, i + 1), nd.array([1]), max_iterations=2)
    assert outputs == []
    assert values(last) == [1]


def test_cond_calls_one_branch():
    called = []
    result = contrib.cond(nd.array([0]), lambda: called.append("then"), lambda: called.append("else") or 7)
    assert (called, result) == (["else"], 7)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: contrib.while_loop(lambda i: i, lambda i: (i, i), nd.array([1])), "max_iterations"),
        (
            lambda: contrib.while_loop(lambda i: nd.ones((2,)), lambda i: (i, i), nd.array([1]), 3),
            "not a scalar",
        ),
        (lambda: contrib.while_loop(lambda i: i > 0, lambda i: (i, []), nd.array([1]), 3), "consistent"),
        (lambda: contrib.foreach(lambda x, s: (x, s), [nd.ones((2,)), nd.ones((3,))], []), "first axis"),
        (lambda: contrib.foreach(lambda x, s: (x, s), 3, []), "should be an NDArray"),
        (lambda: contrib.cond(nd.ones((2,)), lambda: 1, lambda: 2), "not a scalar"),
    ],
)
def test_wrong_uses_are_said_to_be_wrong(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_rand_zipfian_draws_small_classes_most():
    sampled, true, expected = contrib.rand_zipfian(nd.array([3]), 5000, 100)
    drawn = sampled.asnumpy()
    assert drawn.dtype == np.int64
    assert drawn.min() >= 0
    assert drawn.max() < 100
    assert np.mean(drawn == 0) == pytest.approx(np.log(2) / np.log(101), abs=0.03)
    assert true.shape == (1,)
    assert expected.shape == (5000,)


def test_marks_of_special_values():
    x = nd.array([1, float("nan"), float("inf"), -float("inf")])
    assert values(contrib.isnan(x)) == [0, 1, 0, 0]
    assert values(contrib.isinf(x)) == [0, 0, 1, 1]
    assert values(contrib.isfinite(x)) == [1, 0, 0, 0]
