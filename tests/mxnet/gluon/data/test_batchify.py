import numpy as np
import pytest

import mxnet as mx
from mxnet import nd
from mxnet.base import MXNetError
from mxnet.gluon.data import batchify
from mxnet.gluon.data.dataloader import default_batchify_fn, default_mp_batchify_fn


@pytest.mark.parametrize(
    ("sample", "dtype", "shape"),
    [  # recorded from 1.9.1
        (1, "int64", (2,)),
        (2.0, "float64", (2,)),
        (np.float32(3), "float32", (2,)),
        (np.int32(4), "int32", (2,)),
        (True, "bool", (2,)),
        (np.ones(2), "float64", (2, 2)),
        ([1, 2], "int64", (2, 2)),
        (nd.ones(2, dtype="uint8"), "uint8", (2, 2)),
    ],
)
def test_default_batchify_keeps_the_type_that_numpy_gives(sample, dtype, shape):
    batch = default_batchify_fn([sample, sample])
    assert isinstance(batch, nd.NDArray)
    assert (np.dtype(batch.dtype).name, batch.shape) == (dtype, shape)


def test_tuples_become_a_list_of_batches_also_nested():
    first, (second, third) = default_batchify_fn([(1, (2, 3)), (4, (5, 6))])
    assert [x.asnumpy().tolist() for x in (first, second, third)] == [[1, 4], [2, 5], [3, 6]]
    assert isinstance(default_batchify_fn([(1, 2)]), list)


def test_lists_with_arrays_count_as_tuples():
    features, label = default_batchify_fn([[nd.ones(3), 1], [nd.zeros(3), 2]])
    assert (features.shape, label.asnumpy().tolist()) == ((2, 3), [1, 2])


def test_batch_is_where_its_samples_are():
    assert default_batchify_fn([nd.ones(2, ctx=mx.cpu(1))]).context == mx.cpu(1)
    with mx.cpu(2):
        assert default_batchify_fn([1]).context == mx.cpu(2)


def test_batch_shares_no_memory_with_its_samples():
    sample = np.ones(3)
    batch = default_batchify_fn([sample])
    batch[:] = 7
    whole = default_batchify_fn(sample)
    whole[:] = 7
    assert sample.tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    "samples",
    [
        [nd.ones(2), nd.ones(3)],
        [nd.ones(2), nd.ones(2, dtype="int32")],
        [nd.ones(2), 3],
        [np.ones(2), np.ones(3)],
    ],
)
def test_samples_that_do_not_stack_are_named(samples):
    with pytest.raises(MXNetError, match="do not stack into one array") as info:
        default_batchify_fn(samples)
    assert "received:" in str(info.value)
    assert "torch" not in str(info.value)


@pytest.mark.parametrize("sample", ["a", {"a": 1}, None])
def test_samples_that_are_no_numbers_are_a_type_error(sample):
    with pytest.raises(TypeError, match="no array can hold samples of type"):
        default_batchify_fn([sample, sample])


def test_worker_batchify_is_the_default_one():
    assert default_mp_batchify_fn([1, 2]).asnumpy().tolist() == [1, 2]


def test_pad_fills_every_axis_to_the_longest():
    batch = batchify.Pad(val=9)([np.zeros((1, 2), "float32"), np.zeros((2, 1), "float32")])
    assert batch.asnumpy().tolist() == [[[0, 0], [9, 9]], [[0, 9], [0, 9]]]
    assert batch.dtype == np.float32


def test_pad_rounds_lengths_up_and_changes_the_type():
    batch = batchify.Pad(round_to=4, dtype="int32")([nd.ones(5), nd.ones(2)])
    assert (batch.shape, batch.dtype) == ((2, 8), np.int32)
    assert batch.sum().asscalar() == 7


def test_pad_refuses_different_numbers_of_axes():
    with pytest.raises(MXNetError, match="different numbers of axes"):
        batchify.Pad()([np.zeros(2), np.zeros((2, 2))])


def test_group_applies_a_function_to_each_position():
    group = batchify.Group(batchify.Stack(), batchify.AsList())
    numbers, words = group([(1, "a"), (2, "b")])
    assert numbers.asnumpy().tolist() == [1, 2]
    assert words == ["a", "b"]
    assert batchify.Tuple is batchify.Group
    with pytest.raises(ValueError, match="2 functions for samples of 3"):
        group([(1, 2, 3)])
    with pytest.raises(ValueError, match="a function for each position"):
        batchify.Group(1, 2)
