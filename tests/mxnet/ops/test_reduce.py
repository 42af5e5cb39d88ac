"""Reductions: every way to name axes against NumPy, types, ties and empty arrays."""

import itertools
import math

import numpy as np
import pytest

from mxnet import autograd, nd
from mxnet.base import MXNetError

NUMPY = {
    "sum": np.sum,
    "mean": np.mean,
    "prod": np.prod,
    "nansum": np.nansum,
    "nanprod": np.nanprod,
    "max": np.max,
    "min": np.min,
    "norm": lambda x, axis, keepdims: np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims)),
}
SHAPE = (2, 3, 1, 4)


def values(array):
    return array.asnumpy().tolist()


def gradient(function, numbers):
    x = nd.array(numbers)
    x.attach_grad()
    with autograd.record():
        y = function(x)
    y.backward()
    return values(x.grad)


def every_choice_of_axes():
    rank = len(SHAPE)
    chosen = [c for n in range(1, rank + 1) for c in itertools.combinations(range(rank), n)]
    return [None, *range(-rank, rank), *chosen, (-1, 0), [1, -1]]


# ------------------------------------------------------------------ axes


@pytest.mark.parametrize("name", NUMPY)
@pytest.mark.parametrize("keepdims", [False, True])
def test_every_choice_of_axes_agrees_with_numpy(name, keepdims, rng):
    x = rng.uniform(0.5, 2, SHAPE)
    for axis in every_choice_of_axes():
        places = tuple(axis) if isinstance(axis, list) else axis
        expected = np.atleast_1d(NUMPY[name](x, axis=places, keepdims=keepdims))
        actual = getattr(nd.array(x, dtype="float64"), name)(axis=axis, keepdims=keepdims)
        np.testing.assert_allclose(actual.asnumpy(), expected, rtol=1e-12, err_msg=f"axis={axis}")
        assert actual.shape == expected.shape


@pytest.mark.parametrize("name", [name for name in NUMPY if name != "norm"])
def test_exclude_names_the_axes_that_stay(name, rng):
    x = nd.array(rng.uniform(0.5, 2, SHAPE))
    reduce = getattr(nd, name)
    assert values(reduce(x, axis=(0, 3), exclude=True)) == values(reduce(x, axis=(1, 2)))
    assert values(reduce(x, axis=-1, exclude=True)) == values(reduce(x, axis=(0, 1, 2)))
    assert values(reduce(x, axis=(0, 1, 2, 3), exclude=True)) == values(x)
    assert reduce(x, exclude=True).shape == (1,)
    assert reduce(x, axis=()).shape == (1,)


@pytest.mark.parametrize("name", NUMPY)
def test_a_reduction_over_everything_has_shape_one(name):
    for x in (nd.array(3.0), nd.ones((1,)), nd.ones((2,)), nd.ones((2, 3))):
        assert getattr(nd, name)(x).shape == (1,)
    assert getattr(nd, name)(nd.ones((2,)), axis=0).shape == (1,)


def test_axes_may_be_numpy_integers():
    assert nd.ones((2, 3)).sum(axis=np.int64(1)).shape == (2,)


def test_arguments_may_be_given_by_position():
    x = nd.ones((2, 3))
    assert nd.sum(x, 1, True).shape == (2, 1)
    assert nd.norm(x, 1, 1).shape == (2,)
    assert nd.argmax(x, 1, True).shape == (2, 1)


@pytest.mark.parametrize("axis", [2, -3, (0, 0), (0, -2), "rows", 1.0, (0, 5)])
@pytest.mark.parametrize("name", ["sum", "mean", "max", "norm", "prod"])
def test_an_axis_that_is_not_there_is_an_error(name, axis):
    with pytest.raises(MXNetError, match=f"{name}: ax"):
        getattr(nd, name)(nd.ones((2, 3)), axis=axis)


def test_reductions_of_nothing():
    x = nd.zeros((0, 3))
    assert values(x.sum(axis=0)) == [0, 0, 0]
    assert values(x.prod(axis=0)) == [1, 1, 1]
    assert x.max(axis=1).shape == x.argmax(axis=1).shape == (0,)
    for call in (x.max, x.min, x.argmax, x.argmin):
        with pytest.raises(MXNetError, match="of no elements"):
            call(axis=0)


# ------------------------------------------------------------------ types


def test_integer_sums_wrap_around_in_their_type():
    assert values(nd.array([100, 100, 50], dtype="int8").sum()) == [-6]
    assert values(nd.array([200, 100], dtype="uint8").sum()) == [44]
    assert nd.ones((2,), dtype="int32").sum().dtype is np.int32


def test_the_mean_of_integers_is_cut_off_towards_zero():
    assert values(nd.array([1, 2], dtype="int32").mean()) == [1]
    assert values(nd.array([-3, -4], dtype="int32").mean()) == [-3]
    assert values(nd.array([100, 100], dtype="int8").mean()) == [-28]


def test_positions_have_the_type_of_the_array():
    for dtype in ("float32", "float64", "float16", "int32", "uint8"):
        assert nd.ones((3,), dtype=dtype).argmax(axis=0).dtype is np.dtype(dtype).type


def test_norms_of_very_large_and_very_small_numbers_fit():
    np.testing.assert_allclose(nd.array([3e30, 4e30]).norm().asnumpy(), [5e30], rtol=1e-6)
    np.testing.assert_allclose(nd.array([3e-30, 4e-30]).norm().asnumpy(), [5e-30], rtol=1e-6)


def test_out_dtype_is_the_type_of_the_norm():
    x = nd.array([3, 4], dtype="float16")
    assert x.norm(out_dtype="float64").dtype is np.float64
    assert values(x.norm(ord=1, out_dtype="int32")) == [7]


def test_a_norm_in_a_wider_type_has_a_gradient_in_the_array_s():
    assert gradient(lambda x: x.norm(out_dtype="float64"), [3, 4]) == pytest.approx([0.6, 0.8])


# ------------------------------------------------------------------ ties, nan and gradients


def test_the_gradient_of_an_extreme_goes_to_all_that_are_equal():
    assert gradient(nd.max, [1, 3, 3]) == [0, 1, 1]
    assert gradient(lambda x: nd.min(x, axis=1), [[1, 1], [2, 1]]) == [[1, 1], [0, 1]]


def test_the_first_of_equal_elements_is_the_position():
    x = nd.array([[1, 3, 3], [2, 2, 2]])
    assert values(x.argmax(axis=1)) == [1, 0]
    assert values(x.argmin(axis=1)) == [0, 0]
    assert values(x.argmax()) == [1]
    assert values(nd.argmax_channel(x)) == [1, 0]


def test_nan_is_larger_and_smaller_than_anything():
    x = nd.array([1, math.nan, 3])
    assert math.isnan(x.max().asscalar())
    assert math.isnan(x.min().asscalar())
    assert values(x.argmax(axis=0)) == values(x.argmin(axis=0)) == [1]


def test_gradient_of_norms_at_zero():
    assert all(math.isnan(slope) for slope in gradient(nd.norm, [0, 0]))
    assert gradient(lambda x: nd.norm(x, ord=1), [0, -2]) == [0, -1]


def test_the_gradient_of_a_product_knows_zeros():
    assert gradient(nd.prod, [0, 2, 3]) == [6, 0, 0]
    assert gradient(nd.prod, [0, 0, 3]) == [0, 0, 0]
    assert gradient(nd.nanprod, [math.nan, 2, 3]) == [0, 3, 2]


def test_gradient_flows_through_every_choice_of_axes(rng):
    x = nd.array(rng.uniform(0.5, 2, SHAPE), dtype="float64")
    x.attach_grad()
    for axis in every_choice_of_axes():
        with autograd.record():
            y = x.sum(axis=axis) * 2
        y.backward()
        assert (x.grad.asnumpy() == 2).all(), axis
        with autograd.record():
            y = (x.norm(axis=axis, keepdims=True) ** 2).sum()
        y.backward()
        np.testing.assert_allclose(x.grad.asnumpy(), 2 * x.asnumpy(), rtol=1e-12)


def test_half_sums_are_accumulated_in_more_than_half():
    assert values(nd.ones((5000,), dtype="float16").sum()) == [5000]
    assert values(nd.full((6,), 30000, dtype="float16").mean()) == [30000]


def test_moments_without_axes_are_of_everything():
    mean, variance = nd.moments(nd.array([[1, 2], [3, 4]]))
    assert values(mean) == [2.5]
    assert values(variance) == [1.25]
