"""Sorting: stable against NumPy, in every form and along every axis."""

import math

import numpy as np
import pytest

from mxnet import autograd, nd
from mxnet.base import MXNetError


def values(array):
    return array.asnumpy().tolist()


@pytest.mark.parametrize("axis", [0, 1, 2, -1, None])
@pytest.mark.parametrize("is_ascend", [True, False])
def test_sorting_is_stable_along_every_axis(axis, is_ascend, rng):
    x = rng.integers(0, 4, (3, 5, 4)).astype("float32")
    positions = np.argsort(x if is_ascend else -x, axis=axis, kind="stable")
    ordered = np.take_along_axis(
        x.ravel() if axis is None else x, positions, axis or 0 if axis is None else axis
    )
    np.testing.assert_array_equal(nd.sort(nd.array(x), axis=axis, is_ascend=is_ascend).asnumpy(), ordered)
    np.testing.assert_array_equal(
        nd.argsort(nd.array(x), axis=axis, is_ascend=is_ascend).asnumpy(), positions
    )


@pytest.mark.parametrize("axis", [0, 1, -1, None])
@pytest.mark.parametrize("is_ascend", [True, False])
def test_topk_is_the_beginning_of_the_sorted_array(axis, is_ascend, rng):
    x = nd.array(rng.integers(0, 4, (4, 5)))
    place = 0 if axis is None else axis
    first = nd.slice_axis(nd.sort(x, axis=axis, is_ascend=is_ascend), axis=place, begin=0, end=3)
    where = nd.slice_axis(nd.argsort(x, axis=axis, is_ascend=is_ascend), axis=place, begin=0, end=3)
    both = nd.topk(x, axis=axis, k=3, ret_typ="both", is_ascend=is_ascend)
    assert (
        values(both[0])
        == values(nd.topk(x, axis=axis, k=3, ret_typ="value", is_ascend=is_ascend))
        == values(first)
    )
    assert values(both[1]) == values(nd.topk(x, axis=axis, k=3, is_ascend=is_ascend)) == values(where)
    mask = nd.topk(x, axis=axis, k=3, ret_typ="mask", is_ascend=is_ascend)
    assert mask.shape == x.shape
    assert (mask.asnumpy().sum(axis) == 3).all()
    assert (mask * x).sum().asscalar() == first.sum().asscalar()


def test_k_below_one_means_all():
    x = nd.array([3, 1, 2])
    assert values(x.topk(k=0)) == values(x.topk(k=-1)) == [0, 2, 1]


def test_more_than_there_are_is_an_error():
    with pytest.raises(MXNetError, match="k=4 elements of 3"):
        nd.array([3, 1, 2]).topk(k=4)


def test_arguments_may_be_given_by_position():
    x = nd.array([[3, 1], [2, 5]])
    assert values(nd.topk(x, 1, 1, "value")) == [[3], [5]]
    assert values(nd.sort(x, 0, False)) == [[3, 5], [2, 1]]
    assert values(nd.argsort(x, 0, False, "int32")) == [[0, 1], [1, 0]]


def test_positions_come_in_the_type_that_was_asked_for():
    x = nd.array(np.arange(3000))
    assert nd.argsort(x, dtype="int64").dtype is np.int64
    assert values(nd.topk(x, k=2, dtype="uint8")) == [2999 % 256, 2998 % 256]
    with pytest.raises(MXNetError, match="no type for positions"):
        nd.topk(x, dtype="int8")
    with pytest.raises(TypeError, match="not understood"):
        nd.argsort(x, dtype="string")


def test_nan_is_sorted_behind_infinity():
    x = nd.array([2, math.nan, math.inf, -math.inf])
    assert values(x.argsort()) == [3, 0, 2, 1]
    assert values(x.argsort(is_ascend=False)) == [1, 2, 0, 3]


def test_the_gradient_goes_where_the_elements_came_from():
    x = nd.array([2, 1, 3])
    x.attach_grad()
    with autograd.record():
        y = x.sort() * nd.array([10, 20, 30])
    y.backward()
    assert values(x.grad) == [20, 10, 30]
    with autograd.record():
        largest, _ = x.topk(k=2, ret_typ="both")
    largest.backward()
    assert values(x.grad) == [1, 0, 1]


def test_results_can_be_written_without_touching_the_array():
    x = nd.array([3, 1, 2])
    for result in (x.sort(), x.argsort(), *x.topk(k=3, ret_typ="both")):
        result[:] = 9
    assert values(x) == [3, 1, 2]


def test_an_array_without_axes_sorts_as_one_element():
    x = nd.array(5.0)
    assert values(x.sort()) == [5]
    assert values(x.argsort()) == values(x.topk()) == [0]


def test_sorting_nothing_gives_nothing():
    assert nd.zeros((0,)).sort().shape == nd.zeros((0,)).argsort().shape == (0,)
