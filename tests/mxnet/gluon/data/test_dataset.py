import numpy as np
import pytest
import torch

from mxnet import nd
from mxnet.gluon import data
from mxnet.gluon.data import ArrayDataset, SimpleDataset


def test_simple_dataset_passes_indices_on():
    dataset = SimpleDataset([1, 2, 3])
    assert (len(dataset), dataset[1], dataset[-1], dataset[0:2]) == (3, 2, 3, [1, 2])
    with pytest.raises(IndexError):
        dataset[5]


def test_array_dataset_puts_arrays_side_by_side():
    dataset = ArrayDataset(nd.arange(6).reshape((3, 2)), [7, 8, 9])
    features, label = dataset[1]
    assert features.asnumpy().tolist() == [2, 3]
    assert label == 8
    assert len(dataset) == 3


def test_array_dataset_of_one_array_has_bare_items():
    assert ArrayDataset([1, 2, 3])[1] == 2


def test_items_of_a_one_dimensional_ndarray_are_numpy_scalars():
    item = ArrayDataset(nd.ones((2, 3)), nd.ones((2,)))[0][1]
    assert type(item) is np.float32
    assert type(ArrayDataset(nd.ones((1,)))[0]) is np.float32


def test_items_of_an_ndarray_share_its_memory():
    source = nd.zeros((2, 3))
    ArrayDataset(source)[1][:] = 5
    assert source.asnumpy().tolist() == [[0, 0, 0], [5, 5, 5]]


def test_arrays_of_different_lengths_are_refused_with_both_lengths():
    with pytest.raises(AssertionError, match=r"array\[0\] has length 2 while array\[1\] has 3"):
        ArrayDataset(nd.ones(2), nd.ones(3))
    with pytest.raises(AssertionError, match="at least 1"):
        ArrayDataset()


def test_transform_hands_over_tuples_as_arguments():
    assert SimpleDataset([(1, 2)]).transform(lambda x, y: x + y)[0] == 3
    assert SimpleDataset([5]).transform(lambda x: x + 1)[0] == 6
    assert SimpleDataset([[1, 2]]).transform(lambda x: x)[0] == [1, 2]  # a list is one argument
    with pytest.raises(TypeError):
        SimpleDataset([(1, 2)]).transform(lambda x: x)[0]


def test_transform_first_leaves_the_rest_alone():
    assert SimpleDataset([(1, 2, 3)]).transform_first(lambda x: x * 10)[0] == (10, 2, 3)
    assert SimpleDataset([5]).transform_first(lambda x: x * 10)[0] == 50
    assert SimpleDataset([(5,)]).transform_first(lambda x: x * 10)[0] == 50


@pytest.mark.parametrize("method", ["transform", "transform_first"])
def test_lazy_transform_runs_on_each_access_and_eager_once(method):
    calls = []

    def double(x):
        calls.append(x)
        return 2 * x

    lazy = getattr(SimpleDataset([1, 2]), method)(double)
    assert calls == []
    assert (lazy[0], lazy[0]) == (2, 2)
    assert calls == [1, 1]
    calls.clear()
    eager = getattr(SimpleDataset([1, 2]), method)(double, lazy=False)
    assert calls == [1, 2]
    assert (eager[0], eager[1], len(eager)) == (2, 4, 2)
    assert calls == [1, 2]


def test_filter_keeps_matching_samples():
    assert list(SimpleDataset(range(10)).filter(lambda x: x % 2)) == [1, 3, 5, 7, 9]


def test_take_is_bounded_by_the_length():
    ten = SimpleDataset(range(10))
    assert list(ten.take(3)) == [0, 1, 2]
    assert len(ten.take(None)) == len(ten.take(30)) == 10
    assert ten.take(3)[-1] == 2
    with pytest.raises(IndexError):
        ten.take(3)[3]


def test_shards_are_consecutive_and_differ_by_one_at_most():
    assert [list(SimpleDataset(range(10)).shard(3, i)) for i in range(3)] == [
        [0, 1, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
    ]
    assert [list(SimpleDataset(range(2)).shard(3, i)) for i in range(3)] == [[0], [1], []]


@pytest.mark.parametrize(("num_shards", "index"), [(3, 3), (0, 0), (3, -1)])
def test_shard_numbers_out_of_range_are_refused(num_shards, index):
    with pytest.raises(AssertionError):
        SimpleDataset(range(10)).shard(num_shards, index)


def test_sample_draws_its_order_once():
    dataset = SimpleDataset(range(20)).sample(data.RandomSampler(20))
    assert list(dataset) == list(dataset)
    assert sorted(dataset) == list(range(20))
    assert list(SimpleDataset(range(10)).sample(data.SequentialSampler(3, 4))) == [4, 5, 6]
    with pytest.raises(TypeError, match="Invalid sampler type"):
        SimpleDataset(range(10)).sample([1, 2])


def test_base_dataset_says_what_is_missing():
    with pytest.raises(NotImplementedError, match="__getitem__"):
        data.Dataset()[0]
    with pytest.raises(NotImplementedError, match="__len__"):
        len(data.Dataset())


def test_derived_datasets_stack():
    dataset = SimpleDataset(range(20)).filter(lambda x: x % 2).shard(2, 1).transform(lambda x: -x).take(2)
    assert list(dataset) == [-11, -13]


@pytest.mark.parametrize("kind", ["ndarray", "numpy", "float64", "uint8"])
def test_gathered_batch_equals_stacked_samples(kind, rng):
    values = rng.normal(size=(7, 3, 2))
    array = {"ndarray": nd.array(values), "numpy": values.astype("float32"), "float64": values}.get(kind)
    if array is None:
        array = rng.integers(0, 256, (7, 3, 2)).astype("uint8")
    dataset = ArrayDataset(array, np.arange(7, dtype="int32"), nd.arange(7))
    indices = [4, 0, -1, 4]
    whole = dataset.__getitems__(indices)
    stacked = data.dataloader.default_batchify_fn([dataset[i] for i in indices])
    for a, b in zip(whole, stacked, strict=True):
        assert (a.dtype, a.context) == (b.dtype, b.context)
        np.testing.assert_array_equal(a.asnumpy(), b.asnumpy())


def test_types_that_numpy_lacks_are_gathered_too():
    halves = torch.arange(7, dtype=torch.bfloat16).reshape(7, 1) / 2
    batch = ArrayDataset(nd.from_torch(halves), nd.arange(7)).__getitems__([3, -1])[0]
    assert batch.to_torch().dtype is torch.bfloat16
    assert batch.to_torch().tolist() == [[1.5], [3.0]]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("index", [7, -8])
def test_gathering_outside_is_an_index_error(index, dtype):
    features = nd.from_torch(torch.zeros(7, 2, dtype=dtype))
    with pytest.raises(IndexError, match=f"index {index} is out of bounds for axis 0 with size 7"):
        ArrayDataset(features, nd.arange(7)).__getitems__([0, index])


@pytest.mark.parametrize("change", ["transform", "transform_first"])
@pytest.mark.parametrize("fn", [None, [abs], "abs"])
def test_a_transform_is_a_function(change, fn):
    with pytest.raises(TypeError, match="transform: takes a function of a sample"):
        getattr(data.SimpleDataset([1, 2]), change)(fn)
