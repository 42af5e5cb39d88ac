"""Indexing against NumPy, with shapes and keys that Hypothesis thinks of."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from mxnet import autograd, nd

SHAPES = npst.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=5)


@st.composite
def basic(draw):
    """An array and a key of whole numbers, slices, None and an ellipsis."""
    shape = draw(SHAPES)
    key = draw(npst.basic_indices(shape, allow_newaxis=True, allow_ellipsis=True))
    return np.arange(np.prod(shape), dtype="float32").reshape(shape), key


@st.composite
def advanced(draw):
    """An array and a key with an array of whole numbers in one place, slices and numbers elsewhere, or a mask."""
    shape = draw(npst.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=5))
    array = np.arange(np.prod(shape), dtype="float32").reshape(shape)
    if draw(st.booleans()):
        return array, draw(npst.arrays(bool, shape[: draw(st.integers(1, len(shape)))]))
    place = draw(st.integers(0, len(shape) - 1))
    length = shape[place]
    indices = draw(
        npst.arrays(
            "int64",
            npst.array_shapes(min_dims=1, max_dims=2, max_side=4),
            elements=st.integers(-length, length - 1),
        )
    )
    steps = st.integers(-3, 3).filter(bool)
    others = [
        draw(st.integers(-n, n - 1))
        if draw(st.integers(0, 3)) == 0
        else slice(draw(st.integers(-3, 3)), None, draw(steps))
        for n in shape
    ]
    others[place] = indices
    return array, tuple(others[: draw(st.integers(place + 1, len(shape)))])


def seen(expected):
    """One picked element has shape (1,) in MXNet."""
    expected = np.asarray(expected)
    return expected.reshape(1) if expected.ndim == 0 else expected


def check_reading(array, key):
    got, expected = nd.array(array)[key], seen(array[key])
    assert got.shape == expected.shape
    np.testing.assert_array_equal(got.asnumpy(), expected)
    assert got.to_torch().is_contiguous()


def check_writing(array, key, value):
    x, expected = nd.array(array), array.copy()
    x[key] = value
    expected[key] = value
    np.testing.assert_array_equal(x.asnumpy(), expected)


def check_gradient(array, key):
    if not np.asarray(array[key]).size:
        return
    x = nd.array(array)
    x.attach_grad()
    with autograd.record():
        y = x[key] * 3
    y.backward()
    expected = np.zeros_like(array)
    np.add.at(expected, key, 3)
    np.testing.assert_array_equal(x.grad.asnumpy(), expected)


@settings(max_examples=300)
@given(basic())
def test_basic_keys_read_write_and_differentiate_as_in_numpy(drawn):
    array, key = drawn
    check_reading(array, key)
    check_writing(array, key, -7)
    check_gradient(array, key)


@settings(max_examples=300)
@given(advanced())
def test_advanced_keys_read_write_and_differentiate_as_in_numpy(drawn):
    array, key = drawn
    check_reading(array, key)
    check_writing(array, key, -7)
    check_gradient(array, key)


@settings(max_examples=300)
@given(basic())
def test_a_basic_key_is_a_view_exactly_if_its_elements_lie_together(drawn):
    array, key = drawn
    x = nd.array(array)
    part = x[key]
    if not part.size:
        return
    numpy_part = array[key]
    together = numpy_part.flags["C_CONTIGUOUS"] if isinstance(numpy_part, np.ndarray) else True
    entries = key if isinstance(key, tuple) else (key,)
    forwards = not any(isinstance(k, slice) and (k.step or 1) < 0 for k in entries)
    before = x.asnumpy()
    part[:] = -7
    shared = (x.asnumpy() != before).any()
    if together and forwards:
        assert shared
    if not together:
        assert not shared


@given(basic(), st.sampled_from(["float64", "int32", "uint8", "bool"]))
def test_written_values_take_the_type_of_the_array(drawn, dtype):
    array, key = drawn
    value = np.ones(np.asarray(array[key]).shape, dtype)
    check_writing(array, key, value)
