"""The interval sampler: the numbers of the real MXNet, and how many there are."""

import pytest

from mxnet.gluon.contrib.data import IntervalSampler
from mxnet.gluon.data import BatchSampler, DataLoader


@pytest.mark.parametrize(
    ("length", "interval", "expected"),
    [
        (13, 3, [0, 3, 6, 9, 12, 1, 4, 7, 10, 2, 5, 8, 11]),
        (5, 5, [0, 1, 2, 3, 4]),
        (6, 2, [0, 2, 4, 1, 3, 5]),
        (3, 1, [0, 1, 2]),
    ],
)
def test_numbers_are_those_of_the_real_mxnet(length, interval, expected):
    sampler = IntervalSampler(length, interval)
    assert list(sampler) == list(sampler) == expected
    assert len(sampler) == length


def test_without_rolling_over_there_is_one_round():
    sampler = IntervalSampler(13, 3, rollover=False)
    assert list(sampler) == [0, 3, 6, 9, 12]
    assert len(sampler) == 5
    assert len(BatchSampler(sampler, 2)) == len(list(BatchSampler(sampler, 2))) == 3


def test_a_loader_takes_its_order_from_it():
    loader = DataLoader(list(range(10, 16)), 3, sampler=IntervalSampler(6, 3))
    assert [batch.asnumpy().tolist() for batch in loader] == [[10, 13, 11], [14, 12, 15]]


@pytest.mark.parametrize(("length", "interval"), [(4, 6), (0, 1), (5, 0), (5, -1)])
def test_an_interval_that_does_not_fit_is_refused(length, interval):
    with pytest.raises(
        AssertionError, match=f"Interval {interval} must be smaller than or equal to length {length}"
    ):
        IntervalSampler(length, interval)
