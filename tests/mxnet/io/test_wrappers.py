"""`ResizeIter`, `PrefetchingIter`, and the threads that work ahead."""

import gc
import threading
import time

import numpy as np
import pytest

import mxnet as mx
from mxnet import nd
from mxnet.base import MXNetError
from mxnet.io.crew import Crew, Job

ROWS = np.arange(10, dtype="float32")


def inner(size=3, rows=ROWS):
    return mx.io.NDArrayIter(rows, rows, size)


def values(batches):
    return [batch.data[0].asnumpy().tolist() for batch in batches]


@pytest.fixture(autouse=True)
def _no_thread_is_left():
    before = set(threading.enumerate())
    yield
    end = time.monotonic() + 10
    while left := set(threading.enumerate()) - before:
        assert time.monotonic() < end, f"left: {left}"
        gc.collect()


class Failing(mx.io.DataIter):
    """Yields some batches, then raises."""

    provide_data = [mx.io.DataDesc("data", (2,))]
    provide_label = []

    def __init__(self, batches):
        super().__init__(2)
        self.left = batches

    def next(self):
        self.left -= 1
        if self.left < 0:
            raise ValueError("sample 7 is damaged")
        return mx.io.DataBatch([nd.ones(2)], [], 0)


def test_a_pass_that_is_left_leaves_no_thread():
    for _ in mx.io.PrefetchingIter([inner(), inner()]):
        break


def test_a_reset_in_the_middle_begins_anew():
    ahead = mx.io.PrefetchingIter(inner())
    first = values(ahead)
    ahead.reset()
    next(ahead)
    next(ahead)
    ahead.reset()
    assert values(ahead) == first


def test_batches_are_made_ahead_of_time():
    asked = threading.Event()

    class Asked(mx.io.NDArrayIter):
        count = 0

        def next(self):
            self.count += 1
            if self.count == 2:
                asked.set()
            return super().next()

    ahead = mx.io.PrefetchingIter(Asked(ROWS, batch_size=3))
    next(ahead)
    assert asked.wait(10)
    list(ahead)


def test_an_error_of_an_iterator_is_raised_where_its_batch_is_asked_for():
    ahead = mx.io.PrefetchingIter(Failing(2))
    assert len([next(ahead), next(ahead)]) == 2
    with pytest.raises(ValueError, match="sample 7 is damaged"):
        next(ahead)
    with pytest.raises(StopIteration):
        next(ahead)


def test_iterators_of_different_lengths_are_refused_where_the_first_ends():
    ahead = mx.io.PrefetchingIter([inner(5), mx.io.ResizeIter(inner(5), 1)])
    next(ahead)
    with pytest.raises(AssertionError, match=r"iters\[0\]: pad 0, iters\[1\]: none is left"):
        next(ahead)


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        (([],), AssertionError, "there is no iterator"),
        ((inner(), {"data": "a"}), AssertionError, "rename_data is a list"),
        (([inner(), inner()], [{"data": "a"}]), AssertionError, "there are 2 iterators"),
        ((inner(), [{"x": "a"}]), KeyError, "data"),
    ],
)
def test_what_cannot_be_prefetched_is_refused(arguments, kind, words):
    with pytest.raises(kind, match=words):
        mx.io.PrefetchingIter(*arguments)


def test_there_is_no_batch_before_the_first():
    for data_iter in (mx.io.PrefetchingIter(inner()), mx.io.ResizeIter(inner(), 2)):
        with pytest.raises(MXNetError, match=r"there is no current batch"):
            data_iter.getdata()


def test_an_iterator_without_batches_cannot_be_made_longer():
    empty = mx.io.NDArrayIter(ROWS, batch_size=20, last_batch_handle="discard")
    with pytest.raises(MXNetError, match="a pass of NDArrayIter has no batch"):
        next(mx.io.ResizeIter(empty, 2))


# --------------------------------------------------------------------------------------------------------- the crew


@pytest.mark.parametrize("size", [1, 3])
def test_a_crew_makes_every_call_once(size):
    crew, found = Crew(size), []
    jobs = [
        Job([lambda job=job, call=call: found.append((job, call)) for call in range(5)]) for job in range(4)
    ]
    for job in jobs:
        crew.take(job)
    for job in jobs:
        job.result()
    assert sorted(found) == [(job, call) for job in range(4) for call in range(5)]


def test_a_crew_has_no_more_threads_than_it_is_large():
    crew, most, lock = Crew(2), [], threading.Lock()
    running = []

    def call():
        with lock:
            running.append(1)
            most.append(len(running))
        time.sleep(0.002)
        with lock:
            running.pop()

    job = Job([call] * 10)
    crew.take(job)
    job.result()
    assert max(most) <= 2


def test_the_first_error_of_a_job_is_raised_and_the_rest_is_left():
    crew, found = Crew(1), []

    def fail():
        raise ValueError("first")

    job = Job([fail, lambda: found.append(1)])
    crew.take(job)
    with pytest.raises(ValueError, match="first"):
        job.result()
    assert not found


def test_a_job_without_calls_is_done():
    job = Job([])
    Crew(1).take(job)
    job.result()
