"""Functions of one array: what the recorded samples cannot say, such as machine-independent conversions."""

import math

import numpy as np
import pytest

from mxnet import autograd, nd
from mxnet.base import MXNetError
from mxnet.ops.elementwise import UNARY
from mxnet.ops.registry import OPERATORS


def values(array):
    return array.asnumpy().tolist()


def gradient(function, *numbers, dtype="float32"):
    x = nd.array(numbers, dtype=dtype)
    x.attach_grad()
    with autograd.record():
        y = function(x)
    y.backward()
    return values(x.grad)


# ------------------------------------------------------------------ conversions

HARD = [1.7, -1.7, 300.5, math.nan, math.inf, -math.inf, 3e9, -3e9, 1e20]
LOW32, LOW64 = -(2**31), -(2**63)


@pytest.mark.parametrize("source", ["float32", "float64"])
@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("uint8", [1, 255, 44, 0, 0, 0, 0, 0, 0]),
        ("int8", [1, -1, 44, 0, 0, 0, 0, 0, 0]),
        ("int32", [1, -1, 300, LOW32, LOW32, LOW32, LOW32, LOW32, LOW32]),
        ("int64", [1, -1, 300, LOW64, LOW64, LOW64, 3 * 10**9, -3 * 10**9, LOW64]),
    ],
)
def test_what_does_not_fit_an_integer_converts_as_in_mxnet_on_every_machine(source, target, expected):
    assert values(nd.array(HARD, dtype=source).astype(target)) == expected


def test_half_floats_convert_like_the_others():
    x = nd.array([1.7, -1.7, 300.5, math.nan, math.inf], dtype="float16")
    assert values(x.astype("uint8")) == [1, 255, 44, 0, 0]
    assert values(x.astype("int32")) == [1, -1, 300, LOW32, LOW32]


def test_integers_wrap_around_in_smaller_ones():
    x = nd.array([70000, -5, 300], dtype="int32")
    assert values(x.astype("uint8")) == [112, 251, 44]
    assert values(x.astype("int8")) == [112, -5, 44]


def test_everything_but_zero_is_true():
    assert values(nd.array([0, 0.3, math.nan, -2]).astype("bool")) == [False, True, True, True]


def test_cast_takes_its_type_by_position():
    assert nd.cast(nd.ones((2,)), "int32").dtype is np.int32


def test_cast_to_no_type_is_a_type_error_that_names_the_nearest():
    with pytest.raises(TypeError, match="flaot32"):
        nd.cast(nd.ones((2,)), dtype="flaot32")


def test_the_gradient_of_cast_comes_back_in_the_type_of_the_input():
    x = nd.array([1.5, 2.5])
    x.attach_grad()
    with autograd.record():
        y = x.astype("float64") * 3
    y.backward()
    assert x.grad.dtype is np.float32
    assert values(x.grad) == [3, 3]


# ------------------------------------------------------------------ integers


def test_functions_of_real_numbers_cut_off_what_is_behind_the_point():
    x = nd.array([0, 1, 2, -3], dtype="int32")
    assert values(nd.exp(x)) == [1, 2, 7, 0]
    assert values(nd.sqrt(x)) == [0, 1, 1, LOW32]
    assert values(nd.log(x)) == [LOW32, 0, 0, LOW32]
    assert values(nd.tan(nd.array([2, 200], dtype="uint8"))) == [254, 255]


def test_integers_go_through_double_precision():
    assert values(nd.exp(nd.array([20], dtype="int32"))) == [485165195]
    assert values(nd.exp(nd.array([30], dtype="int64"))) == [10686474581524]


def test_roots_and_factorials_of_integers_are_exact():
    cubes = nd.array([n**3 for n in range(-50, 51)], dtype="int64")
    assert values(nd.cbrt(cubes)) == list(range(-50, 51))
    assert values(nd.gamma(nd.arange(1, 12).astype("int32"))) == [math.factorial(n) for n in range(11)]


def test_booleans_are_no_numbers():
    with pytest.raises(MXNetError, match="takes numbers, not booleans"):
        nd.exp(nd.array([0, 1], dtype="bool"))


def test_every_row_of_the_table_takes_an_empty_array_and_one_without_axes():
    for name in UNARY:
        function = OPERATORS[name].function
        for dtype in ("float32", "int32"):
            assert function(nd.zeros((0, 3), dtype=dtype).to_torch()).shape == (0, 3), name
            assert function(nd.array(1, dtype=dtype).to_torch()).shape == (), name


# ------------------------------------------------------------------ rounding


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("round", [-3, -2, -2, -1, 0, 0, 1, 2, 3]),
        ("rint", [-3, -2, -2, -1, 0, 0, 0, 1, 2]),
        ("fix", [-2, -1, -1, 0, 0, 0, 0, 1, 2]),
        ("trunc", [-2, -1, -1, 0, 0, 0, 0, 1, 2]),
        ("floor", [-3, -2, -2, -1, -1, 0, 0, 1, 2]),
        ("ceil", [-2, -1, -1, 0, 0, 1, 1, 2, 3]),
    ],
)
def test_halves(name, expected):
    x = nd.array([-2.5, -1.7, -1.5, -0.5, -0.2, 0.2, 0.5, 1.5, 2.5])
    assert values(getattr(nd, name)(x)) == expected


def test_rounding_is_exact_next_to_a_half_and_far_out():
    x = nd.array([0.49999997, 0.50000006, 8388609, 1e30, math.inf])
    assert values(nd.round(x)) == values(nd.rint(x)) == [0, 1, 8388609, np.float32(1e30), math.inf]


# ------------------------------------------------------------------ gradients at corners


@pytest.mark.parametrize(
    ("function", "at", "expected"),
    [
        (nd.relu, 0, 0),
        (nd.abs, 0, 0),
        (nd.sqrt, 0, math.inf),
        (nd.cbrt, 0, math.inf),
        (nd.sign, 0, 0),
        (nd.round, 0.5, 0),
        (nd.floor, 1, 0),
        (nd.softsign, math.inf, 0),
        (lambda x: nd.clip(x, 1, 2), 1, 1),
        (lambda x: nd.clip(x, 1, 2), 2, 1),
        (lambda x: nd.clip(x, 1, 2), math.nan, 1),
        (nd.hard_sigmoid, 2.5, 0),
        (nd.hard_sigmoid, -2.5, 0),
        (nd.smooth_l1, 1, 1),
        (nd.smooth_l1, 0, 0),
    ],
)
def test_gradient_at_a_corner(function, at, expected):
    assert gradient(function, at) == [expected]


def test_clip_with_its_bounds_in_the_wrong_order_compares_with_each_alone():
    assert values(nd.clip(nd.array([1, 2.5, 5]), 3, 2)) == [3, 2, 2]
    assert gradient(lambda x: nd.clip(x, 3, 2), 1, 2.5, 5) == [0, 0, 0]


def test_clip_of_integers_cuts_its_bounds_to_what_the_type_holds():
    assert values(nd.clip(nd.array([-3, 0, 3], dtype="int32"), -1.5, 1.7)) == [-1, 0, 1]
    assert values(nd.clip(nd.array([0, 200], dtype="uint8"), -5, 300)) == [0, 200]


def test_clip_needs_both_bounds():
    with pytest.raises(MXNetError, match="Required parameter a_max"):
        nd.clip(nd.ones((2,)), a_min=0)


def test_an_attribute_that_is_no_number_is_named():
    with pytest.raises(MXNetError, match="alpha='a' is no number"):
        nd.hard_sigmoid(nd.ones((2,)), alpha="a")


def test_gamma_has_the_sign_of_its_branch():
    x = np.array([-0.5, -1.5, -2.5, -3.5, 0.5, 4.0, 10.5])
    np.testing.assert_allclose(
        nd.gamma(nd.array(x, dtype="float64")).asnumpy(), [math.gamma(v) for v in x], rtol=1e-13
    )


def test_smooth_l1_without_a_scale_is_zero():
    assert gradient(lambda x: nd.smooth_l1(x, scalar=0), 3, 0) == [0, 0]


# ------------------------------------------------------------------ ends of networks


def test_nothing_comes_back_through_block_grad_not_even_from_infinity():
    def blocked(x):
        return nd.BlockGrad(nd.log(x)) + 2 * x

    assert gradient(blocked, 0, 1) == [2, 2]


def test_the_gradient_of_make_loss_is_one_whatever_follows():
    assert gradient(lambda x: nd.make_loss(x) * 3, 5, 6) == [1, 1]


@pytest.mark.parametrize(("normalization", "expected"), [("null", 2.0), ("batch", 0.5), ("valid", 2 / 3)])
def test_make_loss_normalises_its_gradient(normalization, expected):
    x = nd.array([[1], [0], [2], [3]])
    x.attach_grad()
    with autograd.record():
        y = nd.MakeLoss(x, grad_scale=2, normalization=normalization)
    y.backward()
    np.testing.assert_allclose(x.grad.asnumpy(), np.full((4, 1), expected), rtol=1e-6)


def test_make_loss_of_nothing_valid_divides_by_one():
    assert gradient(lambda x: nd.MakeLoss(x, normalization="valid"), 0, 0) == [1, 1]


def test_a_vector_is_one_instance_to_make_loss():
    assert gradient(lambda x: nd.MakeLoss(x, normalization="batch"), 1, 2) == [1, 1]


# ------------------------------------------------------------------ many arrays


def test_add_n_leaves_its_arrays_alone():
    arrays = [nd.full((2,), n) for n in (1, 2, 3)]
    assert values(nd.add_n(*arrays)) == [6, 6]
    assert [values(a) for a in arrays] == [[1, 1], [2, 2], [3, 3]]


def test_add_n_refuses_shapes_that_would_only_broadcast():
    with pytest.raises(MXNetError, match=r"shapes \(2,\) and \(2, 1\) differ"):
        nd.add_n(nd.ones((2,)), nd.ones((2, 1)))


def test_add_n_refuses_mixed_types():
    with pytest.raises(MXNetError, match="different types"):
        nd.add_n(nd.ones((2,), dtype="float16"), nd.ones((2,)))


def test_amp_multicast_meets_in_the_widest_or_the_narrowest_float():
    arrays = [nd.ones((2,)), nd.ones((2,), dtype="float16"), nd.ones((2,), dtype="int32")]
    wide = nd.amp_multicast(*arrays, num_outputs=3)
    narrow = nd.amp_multicast(*arrays, num_outputs=3, cast_narrow=True)
    assert [a.dtype for a in wide] == [np.float32, np.float32, np.int32]
    assert [a.dtype for a in narrow] == [np.float16, np.float16, np.int32]


def test_running_sums_take_place_in_the_type_of_the_result():
    assert values(nd.cumsum(nd.array([1.7, 1.7]), dtype="int32")) == [1, 2]
    assert values(nd.cumsum(nd.array([200, 100], dtype="uint8"))) == [200, 44]


def test_all_finite_speaks_of_every_array():
    good, bad = nd.ones((2,)), nd.array([math.inf])
    assert values(nd.multi_all_finite(good, good, num_arrays=2)) == [1]
    assert values(nd.multi_all_finite(good, bad, num_arrays=2)) == [0]
    with pytest.raises(MXNetError, match="num_arrays=1 for 2 arrays"):
        nd.multi_all_finite(good, bad)
