import numpy as np
import pytest

from mxnet.gluon import data


def test_random_sampler_gives_the_order_of_mxnet_for_a_seed():
    # Recorded from 1.9.1: np.random.seed(3), list(RandomSampler(10)).
    np.random.seed(3)
    assert list(data.RandomSampler(10)) == [5, 4, 1, 2, 9, 6, 7, 0, 3, 8]


def test_random_sampler_gives_every_index_once_and_another_order_each_pass():
    sampler = data.RandomSampler(100)
    first, second = list(sampler), list(sampler)
    assert sorted(first) == sorted(second) == list(range(100))
    assert first != second
    assert len(sampler) == 100


def test_random_sampler_of_nothing_is_empty():
    assert list(data.RandomSampler(0)) == []


def test_sequential_sampler_counts_from_its_start():
    sampler = data.SequentialSampler(3, start=2)
    assert list(sampler) == [2, 3, 4]
    assert len(sampler) == 3


def test_filter_sampler_keeps_the_indices_of_matching_samples():
    sampler = data.FilterSampler(lambda x: x > 3, data.SimpleDataset(range(8)))
    assert list(sampler) == [4, 5, 6, 7]
    assert len(sampler) == 4


@pytest.mark.parametrize(
    ("last_batch", "batches", "length"),
    [("keep", [[0, 1], [2, 3], [4]], 3), ("discard", [[0, 1], [2, 3]], 2), ("rollover", [[0, 1], [2, 3]], 2)],
)
def test_batch_sampler_treats_the_rest_as_it_is_told(last_batch, batches, length):
    sampler = data.BatchSampler(data.SequentialSampler(5), 2, last_batch)
    assert len(sampler) == length
    assert list(sampler) == batches


def test_rollover_puts_the_rest_in_front_of_the_next_pass():
    # Recorded from 1.9.1.
    sampler = data.BatchSampler(data.SequentialSampler(5), 2, "rollover")
    assert list(sampler) == [[0, 1], [2, 3]]
    assert len(sampler) == 3
    assert list(sampler) == [[4, 0], [1, 2], [3, 4]]
    assert len(sampler) == 2
    assert list(sampler) == [[0, 1], [2, 3]]


def test_batches_that_divide_the_data_leave_no_empty_batch():
    for last_batch in ("keep", "discard", "rollover"):
        assert list(data.BatchSampler(data.SequentialSampler(4), 2, last_batch)) == [[0, 1], [2, 3]]


def test_unknown_last_batch_is_an_error_that_names_the_nearest():
    with pytest.raises(
        ValueError, match="must be one of 'keep', 'discard', or 'rollover', but got rolover"
    ) as info:
        data.BatchSampler(data.SequentialSampler(5), 2, "rolover")
    assert "last_batch='rollover'" in str(info.value)


@pytest.mark.parametrize("batch_size", [0, -2, 1.5, True])
def test_a_batch_size_that_is_no_positive_number_is_an_error(batch_size):
    with pytest.raises(ValueError, match="batch_size"):
        data.BatchSampler(data.SequentialSampler(5), batch_size)


def test_base_sampler_says_what_is_missing():
    with pytest.raises(NotImplementedError, match="__len__"):
        len(data.Sampler())
    with pytest.raises(NotImplementedError, match="__iter__"):
        iter(data.Sampler())


@pytest.mark.parametrize("last_batch", ["keep", "discard", "rollover"])
@pytest.mark.parametrize("kind", ["random", "in order", "from 3", "of another kind"])
@pytest.mark.parametrize("length", [0, 1, 4, 7, 12])
def test_batches_as_arrays_are_those_as_lists_pass_after_pass(last_batch, kind, length, seed):
    sampler = {
        "random": lambda: data.RandomSampler(length),
        "in order": lambda: data.SequentialSampler(length),
        "from 3": lambda: data.SequentialSampler(length, start=3),
        "of another kind": lambda: data.FilterSampler(lambda x: x != 2, range(length)),
    }[kind]()
    passes = []
    for arrays in (False, True):
        batches = data.BatchSampler(sampler, 4, last_batch)
        np.random.seed(seed)
        made = []
        for _ in range(5):
            made.append([list(map(int, batch)) for batch in (batches._arrays() if arrays else batches)])
            made.append([int(i) for i in batches._prev])
            made.append(np.random.randint(1000))
        half = batches._arrays() if arrays else iter(batches)  # a pass that is left early
        next(half, None)
        half.close()
        made.append([list(map(int, batch)) for batch in (batches._arrays() if arrays else batches)])
        passes.append(made)
    assert passes[0] == passes[1]


def test_a_batch_sampler_of_ones_own_gives_its_own_batches():
    class Backwards(data.BatchSampler):
        def __iter__(self):
            return reversed(list(super().__iter__()))

    loader = data.DataLoader(np.arange(5), batch_sampler=Backwards(data.SequentialSampler(5), 2))
    assert [batch.asnumpy().tolist() for batch in loader] == [[4], [2, 3], [0, 1]]
