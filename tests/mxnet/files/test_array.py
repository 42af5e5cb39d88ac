"""The record that files hold."""

from __future__ import annotations

import numpy as np
import pytest

from mxnet.base import MXNetError
from mxnet.files import Array


def test_a_dense_array_shares_memory_with_its_values() -> None:
    values = np.ones((2, 3), np.float32)
    assert np.shares_memory(Array.dense(values).data, values)


def test_strides_and_byte_order_are_made_native() -> None:
    values = np.arange(6, dtype=">i4").reshape(2, 3).T
    array = Array.dense(values)
    assert array.dtype == "int32"
    assert array.data.flags.c_contiguous
    assert array.data.dtype.isnative
    np.testing.assert_array_equal(array.data, values)


def test_a_number_is_an_array_without_dimensions() -> None:
    assert Array.dense(np.float32(2)).shape == ()


@pytest.mark.parametrize(
    "values", [np.zeros(1, complex), np.array(["a"]), np.array([None]), np.zeros(1, "M8[s]")]
)
def test_types_that_files_lack_are_refused(values: np.ndarray) -> None:
    with pytest.raises(TypeError, match="cannot be stored"):
        Array.dense(values)


def test_only_uint16_carries_bfloat16() -> None:
    assert Array.dense(np.zeros(2, np.uint16), "bfloat16").dtype == "bfloat16"
    with pytest.raises(TypeError, match="bfloat16"):
        Array.dense(np.zeros(2, np.float32), "bfloat16")


def test_row_sparse_and_csr_expand_to_what_they_describe() -> None:
    rows = Array.row_sparse(np.array([[1, 2], [3, 4]], np.float32), [3, 1], shape=(4, 2))
    assert rows.to_dense().data.tolist() == [[0, 0], [3, 4], [0, 0], [1, 2]]
    matrix = Array.csr(np.array([1, 2, 3]), indices=[2, 0, 1], indptr=[0, 1, 1, 3], shape=(3, 3))
    assert matrix.numpy().tolist() == [[0, 0, 1], [0, 0, 0], [2, 3, 0]]


def test_a_sparse_array_without_elements_is_zero() -> None:
    assert Array.csr(np.zeros(0), [], [], shape=(2, 3)).numpy().tolist() == [[0] * 3] * 2
    assert Array.row_sparse(np.zeros((0, 3)), [], shape=(2, 3)).numpy().tolist() == [[0] * 3] * 2


def test_an_expansion_that_no_memory_holds_is_refused() -> None:
    sparse = Array.row_sparse(np.zeros((1, 1), np.float32), [0], shape=(2**60, 1))
    with pytest.raises(MXNetError, match="does not fit into memory"):
        sparse.to_dense()


@pytest.mark.parametrize(
    "make",
    [
        lambda: Array(np.zeros(3), "float64", (2,)),
        lambda: Array(np.zeros(3), "float32", (3,)),
        lambda: Array(np.zeros(3), "float64", (3,), "diagonal"),
        lambda: Array(np.zeros(3), "float64", (3,), aux=(np.zeros(3, int),)),
        lambda: Array.row_sparse(np.zeros((1, 2)), [4], shape=(4, 2)),
        lambda: Array.row_sparse(np.zeros(()), [1], shape=(4, 2)),
        lambda: Array.csr(np.zeros(1), [0], [0, 2], shape=(1, 1)),
    ],
)
def test_parts_that_do_not_fit_make_no_array(make) -> None:
    with pytest.raises(MXNetError, match="do not fit each other"):
        make()
