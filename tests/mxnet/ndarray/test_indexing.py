"""Reading and writing by index, against NumPy."""

import numpy as np
import pytest

from mxnet import autograd, nd

SHAPE = (3, 4, 5)
BASIC = [
    0,
    -1,
    np.int64(2),
    slice(None),
    slice(1, 3),
    slice(None, None, 2),
    slice(None, None, -1),
    slice(2, 0, -1),
    slice(3, 1),
    slice(-2, 100),
    (1, 2),
    (1, 2, 3),
    (slice(None), 1),
    (slice(None), slice(None, None, -2), 0),
    (0, slice(1, 3), slice(None, None, 3)),
    (Ellipsis, 1),
    (1, Ellipsis),
    (Ellipsis,),
    (),
    None,
    (None, 0),
    (slice(None), None, 1),
    (Ellipsis, None),
    (0, Ellipsis, slice(1, 4)),
]
ADVANCED = [
    [0, 2],
    [-1, 0, 0],
    np.array([[0, 1], [2, 0]]),
    ([0, 2], [1, 3]),
    ([0, 2], [1, 3], [4, 0]),
    (slice(None), [1, 3]),
    ([0, 2], slice(1, 3)),
    (slice(None), [0, 1], slice(None, None, 2)),
    (0, [1, 2]),
    ([0, 2], 1),
    (slice(None), slice(None), np.array([0, 4])),
    (np.array([[0], [2]]), np.array([1, 3])),
    np.array([True, False, True]),
    ([0, 1], None, [2, 3]),
    (0, slice(None), [1, 3]),
    ([0, 2], slice(None), 1),
    (1, Ellipsis, [0, 1, 4]),
    (np.array([[0, 1], [2, 0]]), slice(None), 3),
    (2, slice(None), np.array([True, False, True, False, True])),
    (slice(None, None, -1), [0, 2]),
    ([0, 2], slice(None, None, -2)),
    (slice(2, 0, -1), [1, 0], slice(4, 0, -3)),
    (0, slice(None, None, -1), [1, 3]),
    (None, slice(None, None, -1), [0, 2]),
    (slice(0, 2, -1), [0, 2]),
]


def ident(key):
    return repr(key).replace("slice", "").replace(" ", "")


def both():
    a = np.arange(60, dtype="float32").reshape(SHAPE)
    return a, nd.array(a)


def as_numpy_sees(expected):
    """One picked element has shape (1,) in MXNet."""
    return expected.reshape(1) if expected.ndim == 0 else expected


@pytest.mark.parametrize("key", BASIC + ADVANCED, ids=ident)
def test_reads_as_numpy(key):
    a, x = both()
    expected = as_numpy_sees(np.asarray(a[key]))
    got = x[key]
    assert got.shape == expected.shape
    np.testing.assert_array_equal(got.asnumpy(), expected)
    assert got._t.is_contiguous()


@pytest.mark.parametrize("key", BASIC + ADVANCED, ids=ident)
def test_reads_with_a_gradient(key):
    a, x = both()
    x.attach_grad()
    with autograd.record():
        y = x[key] * 2
    if y.size == 0:
        return
    y.backward()
    expected = np.zeros_like(a)
    np.add.at(expected, key, 2)
    np.testing.assert_array_equal(x.grad.asnumpy(), expected)


@pytest.mark.parametrize("key", BASIC + ADVANCED, ids=ident)
@pytest.mark.parametrize("kind", ["number", "one", "full nd", "full numpy", "int32 nd"])
def test_writes_as_numpy(key, kind):
    a, x = both()
    shape = as_numpy_sees(np.asarray(a[key])).shape
    value = np.random.RandomState(0).randint(0, 100, shape).astype("float32")
    given = {
        "number": 7.5,
        "one": nd.array([3.0]),
        "full nd": nd.array(value),
        "full numpy": value,
        "int32 nd": nd.array(value, dtype="int32"),
    }[kind]
    np_value = {"number": 7.5, "one": 3.0}.get(kind, value)
    a[key] = np_value if np.asarray(a[key]).shape else np.asarray(np_value).reshape(-1)[0]
    x[key] = given
    np.testing.assert_array_equal(x.asnumpy(), a)


def test_nd_arrays_are_indices_whatever_their_type():
    a, x = both()
    for dtype in ("float32", "int32", "int64", "uint8"):
        np.testing.assert_array_equal(x[nd.array([2, 0], dtype=dtype)].asnumpy(), a[[2, 0]])


def test_a_boolean_nd_array_is_a_mask():
    a, x = both()
    mask = a > 30
    np.testing.assert_array_equal(x[nd.array(mask, dtype="bool")].asnumpy(), a[mask])
    x[nd.array(mask, dtype="bool")] = 0
    assert x.asnumpy().max() == 30


@pytest.mark.parametrize(
    ("key", "error", "words"),
    [
        (3, IndexError, "index 3 is out of bounds for axis 0 with size 3"),
        (-4, IndexError, "index -4 is out of bounds"),
        ((0, 9), IndexError, "index 9 is out of bounds for axis 1 with size 4"),
        ([5], IndexError, "index 5 is out of bounds"),
        ((0, 0, 0, 0), IndexError, "too many indices"),
        (1.5, ValueError, "does not support slicing with key 1.5"),
        ("a", ValueError, "does not support slicing with key a"),
        (slice(None, None, 0), ValueError, "zero"),
        (np.array([True, False]), IndexError, "boolean index does not fit"),
    ],
)
def test_wrong_keys_are_refused_for_reading_and_writing(key, error, words):
    a, x = both()
    with pytest.raises(error, match=words):
        x[key]
    with pytest.raises(error, match=words):
        x[key] = 1
    np.testing.assert_array_equal(x.asnumpy(), a)


@pytest.mark.parametrize(
    ("key", "value", "error"),
    [
        (slice(None), nd.ones((9, 9)), ValueError),
        (0, nd.ones((3,)), ValueError),
        ([0, 1], np.ones((3, 4, 5)), ValueError),
        (0, "text", TypeError),
        (0, [[1, 2], [3]], TypeError),
        (0, None, TypeError),
    ],
)
def test_values_that_do_not_fit_change_nothing(key, value, error):
    a, x = both()
    with pytest.raises(error):
        x[key] = value
    np.testing.assert_array_equal(x.asnumpy(), a)


def test_a_write_converts_to_the_type_of_the_array():
    x = nd.zeros((3,), dtype="int32")
    x[0] = 1.9
    x[1:] = nd.array([2.7, -2.7])
    assert x.asnumpy().tolist() == [1, 2, -2]


@pytest.mark.parametrize(
    ("dtype", "number", "expected"),
    [
        ("uint8", 300, 44),
        ("uint8", -1, 255),
        ("uint8", -1.5, 255),
        ("int8", 200, -56),
        ("int32", 2**31, -(2**31)),
        ("int32", 2**40, -(2**31)),
        ("int32", float("nan"), -(2**31)),
        ("int32", float("-inf"), -(2**31)),
        ("int64", 2**62, 2**62),
        ("int64", 2**64, -(2**63)),
        ("float32", 1e40, float("inf")),
        ("float16", -1e6, float("-inf")),
        ("bool", 2, True),
    ],
)
@pytest.mark.parametrize("key", [slice(None), slice(0, 2), 1, [0, 1]], ids=repr)
def test_a_number_out_of_range_is_written_as_1_9_1_does(dtype, number, expected, key):
    x = nd.zeros((3,), dtype=dtype)
    x[key] = number
    assert x[1].asscalar() == expected


@pytest.mark.parametrize("value", [1 + 2j, np.complex64(1), [1j]])
def test_complex_numbers_are_refused(value):
    x = nd.zeros((3,))
    with pytest.raises(TypeError, match="cannot write a"):
        x[1] = value


def test_an_array_written_into_itself_reversed_is_reversed():
    x = nd.arange(5)
    x[:] = x[::-1]
    assert x.asnumpy().tolist() == [4.0, 3.0, 2.0, 1.0, 0.0]


def test_overlapping_parts_of_one_array_are_read_before_they_are_written():
    x = nd.arange(5)
    x[1:] = x[:-1]
    assert x.asnumpy().tolist() == [0.0, 0.0, 1.0, 2.0, 3.0]
    x[1:] += x[:-1]
    assert x.asnumpy().tolist() == [0.0, 0.0, 1.0, 3.0, 5.0]


@pytest.mark.parametrize("kind", [np.int64, np.int32, np.uint8, np.intp])
def test_numpys_numbers_are_read_as_pythons(kind):
    a, x = both()
    picked = x[kind(2)]
    assert picked.asnumpy().tolist() == a[2].tolist()
    picked[:] = 7  # a view, as for a number of Python
    assert x[2].asnumpy().min() == 7
    assert nd.array([5, 6])[kind(1)].asnumpy().tolist() == [6]
    with pytest.raises(IndexError, match="out of bounds"):
        x[kind(3)]
