import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
import warnings

import numpy as np
import pytest
import torch
from torch.utils.data import dataloader as torch_loader
from torch.utils.data._utils import signal_handling

import mxnet as mx
from mxnet import nd
from mxnet.base import MXNetError
from mxnet.gluon import data
from mxnet.gluon.data import ArrayDataset, DataLoader, SimpleDataset, workers
from mxnet.gluon.data.vision import transforms

# Only where the dataset of a test, whose class is no module's, reaches the workers.
forked = pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux only")
KINDS = [pytest.param(False, marks=forked, id="processes"), pytest.param(True, id="threads")]


@pytest.fixture(autouse=True)
def nothing_is_left():
    gc.collect()
    threads = threading.active_count()
    yield
    gc.collect()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if not multiprocessing.active_children() and threading.active_count() <= threads:
            return
        time.sleep(0.02)
    assert multiprocessing.active_children() == []
    assert threading.active_count() <= threads


class Slow(data.Dataset):
    """Numbers that take their time."""

    def __init__(self, length, seconds):
        self.length, self.seconds = length, seconds

    def __len__(self):
        return self.length

    def __getitem__(self, idx):
        time.sleep(self.seconds)
        return int(idx)


def numbers(loader):
    return [batch.asnumpy().tolist() for batch in loader]


@pytest.mark.parametrize("thread_pool", KINDS)
def test_workers_give_the_batches_of_no_workers_in_the_same_order(thread_pool):
    dataset = SimpleDataset([(nd.full((2, 3), i), i, (np.float32(i), [i, i])) for i in range(23)])

    def batches(workers):
        np.random.seed(2)
        loader = DataLoader(dataset, 4, shuffle=True, num_workers=workers, thread_pool=thread_pool)
        return [[a, b, *c] for a, b, c in loader]

    for with_workers, without in zip(batches(2), batches(0), strict=True):
        for x, y in zip(with_workers, without, strict=True):
            assert (x.dtype, x.context) == (y.dtype, mx.cpu())
            np.testing.assert_array_equal(x.asnumpy(), y.asnumpy())


@pytest.mark.parametrize("thread_pool", KINDS)
def test_a_loader_with_workers_iterates_as_often_as_asked(thread_pool):
    loader = DataLoader(SimpleDataset(range(5)), 2, num_workers=2, thread_pool=thread_pool)
    for _ in range(3):
        assert numbers(loader) == [[0, 1], [2, 3], [4]]


@forked
def test_worker_processes_stay_from_pass_to_pass():
    loader = DataLoader(SimpleDataset(range(6)).transform(lambda _: os.getpid()), 3, num_workers=2)
    first, second = numbers(loader), numbers(loader)
    assert {pid for batch in first for pid in batch} == {pid for batch in second for pid in batch}
    assert os.getpid() not in first[0]


@pytest.mark.parametrize("thread_pool", KINDS)
def test_two_passes_at_the_same_time_do_not_disturb_each_other(thread_pool):
    loader = DataLoader(SimpleDataset(range(6)), 2, num_workers=1, thread_pool=thread_pool)
    pairs = [(a.asnumpy().tolist(), b.asnumpy().tolist()) for a, b in zip(loader, loader, strict=True)]
    assert pairs == [([0, 1],) * 2, ([2, 3],) * 2, ([4, 5],) * 2]


@pytest.mark.parametrize("thread_pool", KINDS)
def test_an_early_break_leaves_nothing_running(thread_pool):
    loader = DataLoader(Slow(1000, 0.001), 2, num_workers=2, thread_pool=thread_pool)
    for batch in loader:
        assert batch.asnumpy().tolist() == [0, 1]
        break
    assert next(iter(loader)).asnumpy().tolist() == [0, 1]  # and starts from the beginning
    del loader


@pytest.mark.parametrize("thread_pool", KINDS)
def test_an_interrupt_leaves_nothing_running(thread_pool):
    def interrupted():
        for _ in DataLoader(Slow(1000, 0.001), 2, num_workers=2, thread_pool=thread_pool):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()


@pytest.mark.parametrize("thread_pool", KINDS)
def test_clean_stops_the_workers_and_the_loader_goes_on(thread_pool):
    loader = DataLoader(SimpleDataset(range(3)), 2, num_workers=2, thread_pool=thread_pool)
    next(iter(loader))
    loader.clean()
    assert multiprocessing.active_children() == []
    assert numbers(loader) == [[0, 1], [2]]


@pytest.mark.parametrize("thread_pool", KINDS)
def test_auto_reload_begins_the_next_pass_before_it_is_asked_for(thread_pool):
    drawn = []

    class Sampler(data.Sampler):
        def __len__(self):
            return 2

        def __iter__(self):
            drawn.append("pass")
            return iter([[0, 1], [2]])

    loader = DataLoader(
        SimpleDataset(range(3)),
        batch_sampler=Sampler(),
        num_workers=1,
        thread_pool=thread_pool,
        auto_reload=True,
    )
    assert drawn == ["pass"]
    assert numbers(loader) == [[0, 1], [2]]
    assert drawn == ["pass", "pass"]
    assert numbers(loader) == [[0, 1], [2]]
    loader.clean()


@pytest.mark.parametrize("thread_pool", KINDS)
def test_an_exception_keeps_its_type_and_shows_where_it_was_raised(thread_pool):
    class Mistake(ValueError):
        pass

    def fails_at_three(x):
        if x == 3:
            raise ValueError("three is not allowed")
        return x

    loader = DataLoader(
        SimpleDataset(range(6)).transform(fails_at_three), 2, num_workers=2, thread_pool=thread_pool
    )
    with pytest.raises(ValueError, match="three is not allowed") as info:
        list(loader)
    import traceback

    text = "".join(traceback.format_exception(info.type, info.value, info.value.__traceback__))
    assert "in fails_at_three" in text
    if not thread_pool:
        assert "for the samples [2, 3]" in text


@forked
def test_an_exception_that_no_pickle_holds_is_told_as_text():
    class Local(Exception):
        pass

    def fails(x):
        raise Local("deep inside")

    loader = DataLoader(SimpleDataset(range(2)).transform(fails), 2, num_workers=1)
    with pytest.raises(MXNetError, match="Local in worker 0") as info:
        list(loader)
    assert "deep inside" in str(info.value)


@forked
@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("SIGKILL", "was killed by SIGKILL"),
        ("SIGKILL with a lock", "was killed by SIGKILL"),
        ("exit", "ended with exit code 3"),
    ],
)
def test_a_dead_worker_is_named_with_signal_and_samples(how, said):
    def dies_at_five(x):
        if x == 5 and how == "exit":
            os._exit(3)
        elif x == 5:
            if "lock" in how:  # that of the event by which torch tells all workers to end
                frame = sys._getframe()
                while "done_event" not in frame.f_locals:
                    frame = frame.f_back
                frame.f_locals["done_event"]._cond.acquire()
            os.kill(os.getpid(), signal.SIGKILL)
        return x

    loader = DataLoader(SimpleDataset(range(8)).transform(dies_at_five), 2, num_workers=2)
    with pytest.raises(MXNetError) as info:
        list(loader)
    text = str(info.value)
    assert "worker 0 (process" in text
    assert said in text
    assert "[4, 5]" in text
    assert "try:" in text


@forked
@pytest.mark.parametrize(
    ("owner", "name"), [(signal_handling, "_remove_worker_pids"), (workers.ProcessPool, "explain")]
)
def test_the_signal_of_a_death_may_come_after_the_pipe_broke(monkeypatch, owner, name):
    """Here while the first or the second step of the explanation runs."""
    loader = DataLoader(SimpleDataset(range(8)), 2, num_workers=1)
    batches = iter(loader)
    next(batches)
    (worker,) = multiprocessing.active_children()
    torchs = signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.kill(worker.pid, signal.SIGKILL)
    os.waitid(os.P_PID, worker.pid, os.WEXITED | os.WNOWAIT)
    signal.signal(signal.SIGCHLD, torchs)

    def pipe_breaks(iterator):
        raise EOFError

    def signal_comes(*arguments):
        signal.raise_signal(signal.SIGCHLD)
        return original(*arguments)

    original = getattr(owner, name)
    monkeypatch.setattr(owner, name, signal_comes)
    monkeypatch.setattr(torch_loader._BaseDataLoaderIter, "__next__", pipe_breaks)
    with pytest.raises(MXNetError, match=r"worker 0 \(process \d+\) was killed by SIGKILL"):
        next(batches)


@forked
def test_workers_that_died_between_passes_are_replaced():
    loader = DataLoader(SimpleDataset(range(4)), 2, num_workers=1)
    assert numbers(loader) == [[0, 1], [2, 3]]
    (worker,) = multiprocessing.active_children()

    def kill_and_wait():
        os.kill(worker.pid, signal.SIGKILL)
        time.sleep(10)

    with pytest.raises(RuntimeError, match="killed by signal"):  # at once, by torch's handler
        kill_and_wait()
    assert numbers(loader) == [[0, 1], [2, 3]]


@forked
def test_new_workers_of_a_loader_draw_other_numbers():
    loader = DataLoader(SimpleDataset(range(4)).transform(lambda _: np.random.uniform()), 4, num_workers=1)
    first = numbers(loader)
    loader.clean()
    assert numbers(loader) != first


@pytest.mark.parametrize("thread_pool", KINDS)
def test_a_slow_batch_times_out_with_its_samples(thread_pool):
    loader = DataLoader(Slow(4, 0.4), 2, num_workers=1, thread_pool=thread_pool, timeout=0.1)
    with pytest.raises(multiprocessing.TimeoutError, match=r"no batch within 0.1 seconds") as info:
        list(loader)
    assert "[0, 1]" in str(info.value)


@pytest.mark.parametrize("thread_pool", KINDS)
def test_prefetch_bounds_how_far_workers_run_ahead(thread_pool):
    asked = []

    class Sampler(data.Sampler):
        def __len__(self):
            return 50

        def __iter__(self):
            for i in range(50):
                asked.append(i)
                yield [i]

    loader = DataLoader(
        SimpleDataset(range(50)), batch_sampler=Sampler(), num_workers=2, prefetch=4, thread_pool=thread_pool
    )
    batches = iter(loader)
    next(batches)
    time.sleep(0.1)
    assert len(asked) <= 6
    batches.close()


@forked
def test_workers_draw_random_numbers_of_their_own_that_follow_the_seed():
    def draw(x):
        return np.random.uniform(), float(nd.random.uniform().asscalar())

    def batches():
        np.random.seed(4)
        loader = DataLoader(SimpleDataset(range(8)).transform(draw), 1, num_workers=2)
        return [(float(a.asscalar()), float(b.asscalar())) for a, b in loader]

    first, second = batches(), batches()
    assert first == second
    assert len({a for a, _ in first}) == len({b for _, b in first}) == 8


@forked
def test_workers_leave_the_random_streams_of_this_process_alone():
    torch.manual_seed(1)
    np.random.seed(1)
    mx.random.seed(1)
    before = torch.random.get_rng_state(), np.random.get_state()[1].copy(), nd.random.uniform().asscalar()
    mx.random.seed(1)
    list(DataLoader(SimpleDataset(range(4)), 2, num_workers=1))
    assert torch.equal(torch.random.get_rng_state(), before[0])
    np.testing.assert_array_equal(np.random.get_state()[1], before[1])
    assert nd.random.uniform().asscalar() == before[2]


def test_no_process_starts_where_batches_are_fetched_whole(monkeypatch):
    def refuse(*args):
        raise AssertionError("a worker was started")

    monkeypatch.setattr("mxnet.gluon.data.dataloader.ProcessPool", refuse)
    monkeypatch.setattr("mxnet.gluon.data.dataloader.ThreadedBatches", refuse)
    dataset = ArrayDataset(nd.ones((6, 4, 4, 1), dtype="uint8"), np.arange(6)).transform_first(
        transforms.ToTensor()
    )
    for thread_pool in (False, True):
        loader = DataLoader(dataset, 4, num_workers=4, thread_pool=thread_pool, auto_reload=True)
        assert [x.shape for x, _ in loader] == [(4, 1, 4, 4), (2, 1, 4, 4)]


@forked
def test_more_workers_than_cores_are_taken_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert numbers(DataLoader(SimpleDataset(range(3)), 2, num_workers=(os.cpu_count() or 1) + 1)) == [
            [0, 1],
            [2],
        ]


def test_a_dataset_that_is_a_module_level_class_needs_no_fork(monkeypatch):
    # As on macOS and Windows: the dataset is pickled and the workers start from nothing.
    monkeypatch.setattr("mxnet.gluon.data.workers.START_METHOD", "spawn")
    assert numbers(DataLoader(Slow(3, 0), 2, num_workers=1)) == [[0, 1], [2]]


def test_a_dataset_that_cannot_be_pickled_says_so_where_workers_are_not_forked(monkeypatch):
    monkeypatch.setattr("mxnet.gluon.data.workers.START_METHOD", "spawn")
    loader = DataLoader(SimpleDataset(range(3)).transform(lambda x: x), 2, num_workers=1)
    with pytest.raises(MXNetError, match="cannot be sent to worker processes") as info:
        list(loader)
    assert "thread_pool=True" in str(info.value)


PROGRAM = """import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in programs that a shell started behind it

import sys, time
from mxnet.gluon import data

class Slow(data.Dataset):
    def __len__(self):
        return 10000

    def __getitem__(self, idx):
        time.sleep(0.01)
        return int(idx)

loader = data.DataLoader(Slow(), 4, num_workers=2, thread_pool=sys.argv[1] == "threads")
batches = iter(loader)
next(batches)
print("ready", flush=True)
if sys.argv[2] == "stay":
    for _ in batches:
        pass
"""


@forked
@pytest.mark.parametrize("kind", ["processes", "threads"])
@pytest.mark.parametrize("end", ["interrupt", "leave"])
def test_a_program_ends_with_its_workers(kind, end, tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    command = [sys.executable, str(tmp_path / "program.py"), kind, "stay" if end == "interrupt" else "leave"]
    program = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert program.stdout.readline() == "ready\n"
    if end == "interrupt":
        os.killpg(program.pid, signal.SIGINT)  # as Ctrl-C does: to the program and its workers
    _, errors = program.communicate(timeout=60)
    assert ("KeyboardInterrupt" in errors) is (end == "interrupt")
    deadline = time.monotonic() + 5
    while group_is_alive(program.pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not group_is_alive(program.pid)


def group_is_alive(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


# --------------------------------------------------------------------------- whole batches of arrays in files


def mapped(tmp_path, rows=40):
    np.save(tmp_path / "rows.npy", np.arange(rows * 12, dtype="uint8").reshape(rows, 2, 2, 3))
    return ArrayDataset(np.load(tmp_path / "rows.npy", mmap_mode="r"), np.arange(rows))


def started_threads(loader):
    """How many threads run while the loader gives its first batch."""
    before = threading.active_count()
    for _ in loader:
        return threading.active_count() - before
    return None


@pytest.mark.parametrize("thread_pool", [False, True])
@pytest.mark.parametrize("kind", ["plain", "transformed", "sampled"])
def test_threads_read_an_array_in_a_file_ahead(kind, thread_pool, tmp_path):
    dataset = mapped(tmp_path)
    if kind == "transformed":
        dataset = dataset.transform_first(transforms.ToTensor())
    elif kind == "sampled":
        dataset = dataset.shard(2, 1)

    def batches(workers):
        np.random.seed(4)
        loader = DataLoader(dataset, 8, shuffle=True, num_workers=workers, thread_pool=thread_pool)
        return [[x.asnumpy().tolist() for x in batch] for batch in loader]

    assert batches(2) == batches(0)
    assert started_threads(DataLoader(dataset, 8, num_workers=2, thread_pool=thread_pool)) >= 2
    assert multiprocessing.active_children() == []


def test_arrays_in_memory_and_random_transforms_are_read_here(tmp_path):
    in_memory = ArrayDataset(np.arange(40))
    at_random = mapped(tmp_path).transform_first(transforms.RandomFlipLeftRight())
    for dataset in (in_memory, at_random):
        assert started_threads(DataLoader(dataset, 8, num_workers=2)) == 0


def test_an_error_of_a_thread_that_reads_ahead_comes_where_its_batch_would(tmp_path):
    loader = DataLoader(mapped(tmp_path), batch_sampler=[[0, 1], [2, 3], [4, 99], [5]], num_workers=2)
    batches = iter(loader)
    assert [next(batches)[1].asnumpy().tolist() for _ in range(2)] == [[0, 1], [2, 3]]
    with pytest.raises(IndexError):
        next(batches)
