"""The questions about index keys, answered as MXNet 1.9.1 does."""

import numpy as np
import pytest

from mxnet import nd

ALL = slice(None)
ARRAY = nd.array([1])


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ((), 0),
        ((1, 2), 0),
        ((None, ALL, np.int32(1)), 0),
        ((True,), 0),
        ((ALL, [1]), 1),
        (((1, 2), 1), 1),
        ((ARRAY, 0), 1),
        ((np.array(1),), 1),
        ((range(2),), 1),
        (((),), 2),
    ],
)
def test_dispatch_code_tells_basic_from_advanced(key, code):
    assert nd.get_indexing_dispatch_code(key) == code


def test_dispatch_code_refuses_what_is_no_index():
    for key in ((1.5,), ("a",), (Ellipsis, 1)):
        with pytest.raises(ValueError, match="does not support slicing with key"):
            nd.get_indexing_dispatch_code(key)
    with pytest.raises(AssertionError):
        nd.get_indexing_dispatch_code([1])


@pytest.mark.parametrize(
    ("key", "written"),
    [
        (1, (1, ALL, ALL)),
        (Ellipsis, (ALL, ALL, ALL)),
        ((Ellipsis, 1), (ALL, ALL, 1)),
        ((None, 1), (None, 1, ALL, ALL)),
        ((1, Ellipsis, slice(0, 2)), (1, ALL, slice(0, 2))),
        ((0, None, Ellipsis), (0, None, ALL, ALL)),
        (([1], 2), ([1], 2, ALL)),
        ((1, 2, 3, 4), (1, 2, 3, 4)),
        ((), (ALL, ALL, ALL)),
    ],
)
def test_implicit_axes_are_written_out(key, written):
    assert nd.indexing_key_expand_implicit_axes(key, (2, 3, 4)) == (written, -1)


def test_a_truth_value_stands_for_a_new_axis():
    assert nd.indexing_key_expand_implicit_axes(True, (2, 3)) == ((ALL, ALL), 1)
    assert nd.indexing_key_expand_implicit_axes((False,), (2, 3)) == ((ALL, ALL), 0)


@pytest.mark.parametrize("in_front", [(), (1,), (Ellipsis,), (None, Ellipsis)])
def test_masks_become_the_places_where_they_are_true(in_front):
    x = np.arange(24).reshape(2, 3, 4)
    start = 2 if Ellipsis in in_front else len(in_front)
    mask = np.arange(x.shape[start]) % 2 == 0
    key = (*in_front, nd.array(mask, dtype="bool"))
    written, _ = nd.indexing_key_expand_implicit_axes(key, x.shape)
    plain = tuple(entry.asnumpy() if isinstance(entry, nd.NDArray) else entry for entry in written)
    np.testing.assert_array_equal(x[plain], x[(*in_front, mask)])


def test_a_mask_over_two_axes_becomes_two_arrays():
    mask = nd.array([[1, 0, 1], [0, 1, 0]], dtype="bool")
    (rows, columns, rest), _ = nd.indexing_key_expand_implicit_axes((mask,), (2, 3, 4))
    assert (rows.asnumpy().tolist(), columns.asnumpy().tolist(), rest) == ([0, 0, 1], [0, 2, 1], ALL)


def test_keys_that_do_not_fit_are_refused():
    with pytest.raises(IndexError, match="more than one ellipsis"):
        nd.indexing_key_expand_implicit_axes((Ellipsis, Ellipsis), (2, 3))
    with pytest.raises(IndexError, match="size is 2 but corresponding boolean size is 3"):
        nd.indexing_key_expand_implicit_axes((nd.array([1, 0, 1], dtype="bool"),), (2, 3))


def test_the_shape_of_gather_nd_is_known_beforehand(rng):
    for shape, indices in (((2, 3, 4), (2, 5)), ((2, 3, 4), (3, 5, 6)), ((2,), (1, 5)), ((2, 3, 4), (1, 2))):
        found = nd.gather_nd(nd.zeros(shape), nd.zeros(indices))
        assert nd.get_oshape_of_gather_nd_op(shape, indices) == found.shape
    with pytest.raises(AssertionError):
        nd.get_oshape_of_gather_nd_op((), (1, 2))
