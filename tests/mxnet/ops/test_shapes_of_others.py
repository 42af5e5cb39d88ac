"""Operators that take lengths from another array, with the forms of ``axes`` that MXNet takes."""

import pytest

import mxnet as mx
from mxnet import nd


@pytest.mark.parametrize(
    ("shape", "like", "axes", "expected"),
    [
        ((5, 6, 7), (2, 3), 0, (2, 6, 7)),
        ((5, 6, 7), (2, 3), (0, 1), (2, 3, 7)),
        ((5, 6, 7), (2, 3, 4, 5), (0,), (2, 6, 7)),
        ((4,), (2, 3), (-1,), (2,)),  # the last axis of data is its first, and the first of the other
    ],
)
def test_slice_like_takes_lengths_along_the_axes_of_data(shape, like, axes, expected):
    assert nd.slice_like(nd.ones(shape), nd.ones(like), axes=axes).shape == expected


@pytest.mark.parametrize("axes", [2, -1])
def test_slice_like_names_an_axis_that_the_other_array_lacks(axes):
    with pytest.raises(mx.MXNetError, match="shape_like has no axis 2"):
        nd.slice_like(nd.ones((5, 6, 7)), nd.ones((2, 3)), axes=axes)


def test_broadcast_like_takes_single_axes():
    lhs, rhs = nd.ones((1, 2, 3)), nd.ones((5, 6, 7))
    assert nd.broadcast_like(lhs, rhs, lhs_axes=0, rhs_axes=1).shape == (6, 2, 3)
    assert nd.broadcast_like(lhs, rhs, lhs_axes=(0,), rhs_axes=(-1,)).shape == (7, 2, 3)
    with pytest.raises(mx.MXNetError, match=r"name as many axes\n.*\n.*1 and 2"):
        nd.broadcast_like(lhs, rhs, lhs_axes=0, rhs_axes=(0, 1))
