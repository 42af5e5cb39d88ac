"""Batches of arrays: contiguous or not, in memory or in a file."""

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch

from mxnet import nd
from mxnet.files import read_idx, write_idx
from mxnet.gluon.data import ArrayDataset, DataLoader, SimpleDataset
from mxnet.gluon.data.batching import batch_fetch
from mxnet.gluon.data.gathering import can_gather, gather
from mxnet.gluon.data.vision import transforms

ROWS = np.array([4, 0, -1, 4])


def saved(tmp_path, array, mode="r"):
    np.save(tmp_path / "rows.npy", array)
    return np.load(tmp_path / "rows.npy", mmap_mode=mode)


LAYOUTS = {
    "contiguous": lambda a: a,
    "by columns": np.asfortranarray,
    "part of each row": lambda a: a[:, 1:],
    "every other row": lambda a: np.repeat(a, 2, axis=0)[::2],
    "backwards": lambda a: a[::-1],
    "one row for all": lambda a: np.broadcast_to(a[0], a.shape),
    "other byte order": lambda a: a.astype(a.dtype.newbyteorder()),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", ["uint8", "float32", "int64", "bool", "uint16"])
def test_a_batch_has_the_rows_of_an_array_of_any_layout(layout, dtype, rng):
    array = LAYOUTS[layout](rng.integers(0, 100, (6, 3, 2)).astype(dtype))
    batch = gather(array, ROWS)
    assert batch.dtype == array.dtype.newbyteorder("=")
    assert batch._t.is_contiguous()
    np.testing.assert_array_equal(batch.asnumpy(), array[ROWS])


def test_a_row_that_is_not_there_is_an_index_error_for_any_layout():
    for array in (np.ones((3, 2)), np.asfortranarray(np.ones((3, 2))), nd.ones((3, 2))):
        with pytest.raises(IndexError):
            gather(array, np.array([0, 3]))


def test_a_batch_does_not_copy_all_of_an_array_with_gaps(monkeypatch):
    # np.take would: the memory of the whole for a batch of two.
    array = np.zeros((6, 8), "float32")[:, ::2]
    taken = []
    monkeypatch.setattr(np, "take", lambda *args, **kwargs: taken.append(args))
    assert gather(array, np.array([1, 2])).shape == (2, 4)
    assert not taken


@pytest.mark.parametrize("ndim", [1, 2, 3])
@pytest.mark.parametrize("kind", ["numpy", "ndarray", "in a file"])
def test_an_array_is_a_dataset_whose_batches_are_those_of_its_samples(ndim, kind, tmp_path, rng):
    array = rng.normal(size=(7, 3, 2)[:ndim]).astype("float32")
    dataset = {"numpy": array, "ndarray": nd.array(array), "in a file": saved(tmp_path, array)}[kind]
    for whole in (dataset, SimpleDataset(dataset), SimpleDataset(dataset).shard(2, 1)):
        samples = SimpleDataset([whole[i] for i in range(len(whole))])
        for batch, expected in zip(DataLoader(whole, 3), DataLoader(samples, 3), strict=True):
            assert (batch.shape, batch.dtype, batch.context) == (
                expected.shape,
                expected.dtype,
                expected.context,
            )
            np.testing.assert_array_equal(batch.asnumpy(), expected.asnumpy())


def test_an_array_as_dataset_is_asked_for_whole_batches():
    assert batch_fetch(np.ones((3, 2))) is not None
    assert batch_fetch(SimpleDataset(np.ones(3))) is not None
    assert batch_fetch(nd.ones((3, 2))) is not None
    assert batch_fetch(nd.ones(3)) is None  # a number of an NDArray has an axis
    assert batch_fetch([1, 2]) is None
    assert batch_fetch(SimpleDataset([1, 2])) is None


def test_a_subclass_that_changes_its_samples_is_asked_for_them():
    class Doubled(SimpleDataset):
        def __getitem__(self, idx):
            return 2 * super().__getitem__(idx)

    assert next(iter(DataLoader(Doubled(np.arange(4)), 4))).asnumpy().tolist() == [0, 2, 4, 6]


def test_what_is_no_array_of_numbers_is_not_gathered():
    assert not can_gather(np.array(["a"]))
    assert not can_gather(np.zeros(2, [("a", "i4")]))
    assert not can_gather(np.array(3))
    assert not can_gather(np.ma.masked_array([1, 2]))
    assert not can_gather(torch.ones(3))


# ------------------------------------------------------------------------------------------- arrays in files


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
def test_batches_of_a_mapped_file_are_those_of_its_content(mode, tmp_path, rng):
    array = rng.integers(0, 256, (9, 4, 4, 1)).astype("uint8")
    labels = rng.integers(0, 10, 9)
    mapped = ArrayDataset(saved(tmp_path, array, mode), labels).transform_first(transforms.ToTensor())
    loaded = ArrayDataset(array, labels).transform_first(transforms.ToTensor())
    for found, expected in zip(DataLoader(mapped, 4), DataLoader(loaded, 4), strict=True):
        for x, y in zip(found, expected, strict=True):
            np.testing.assert_array_equal(x.asnumpy(), y.asnumpy())


def test_writing_into_a_batch_leaves_the_file_alone(tmp_path):
    mapped = saved(tmp_path, np.ones((4, 2), "float32"), "r+")
    for batch in DataLoader(ArrayDataset(mapped), 2):
        batch[:] = 7
    assert np.load(tmp_path / "rows.npy").max() == 1


def test_samples_of_a_mapped_file_go_through_functions_without_a_warning(tmp_path):
    mapped = saved(tmp_path, np.arange(8.0).reshape(4, 2))
    loader = DataLoader(ArrayDataset(mapped).transform(lambda x: nd.array(x) + 1), 2)
    assert [b.asnumpy().tolist() for b in loader] == [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]


def test_a_dataset_over_a_file_travels_without_its_content(tmp_path, monkeypatch):
    array = np.arange(100_000, dtype=">i4").reshape(-1, 10)
    monkeypatch.chdir(tmp_path)
    write_idx("rows-idx2", array)
    dataset = ArrayDataset(read_idx("rows-idx2", mmap_mode="r"), np.zeros(len(array)))
    sent = pickle.dumps(ArrayDataset(dataset._data[0]))
    assert len(sent) < 1000
    monkeypatch.chdir(tmp_path.parent)
    again = pickle.loads(sent)
    assert isinstance(again._data[0], np.memmap)
    np.testing.assert_array_equal(again[5], array[5])
    assert isinstance(copy.deepcopy(dataset)._data[0], np.memmap)
    assert isinstance(dataset._data[0], np.memmap)


@pytest.mark.parametrize("part", [lambda m: m[2:], lambda m: m[:, 1:], lambda m: m.T[:10].T])
def test_a_part_of_a_file_travels_as_its_content(part, tmp_path):
    mapped = saved(tmp_path, np.arange(60).reshape(6, 10))
    again = pickle.loads(pickle.dumps(ArrayDataset(part(mapped))))
    np.testing.assert_array_equal(again._data[0], part(mapped))


def test_a_private_copy_of_a_file_travels_with_its_changes(tmp_path):
    mapped = saved(tmp_path, np.zeros((2, 3)), "c")
    mapped[1] = 5
    assert pickle.loads(pickle.dumps(ArrayDataset(mapped)))[1].tolist() == [5, 5, 5]


def test_a_file_by_columns_travels(tmp_path, rng):
    array = np.asfortranarray(rng.normal(size=(5, 3)))
    again = pickle.loads(pickle.dumps(ArrayDataset(saved(tmp_path, array))))
    np.testing.assert_array_equal(again._data[0], array)


# The program below may get no more than 64 MB of memory of its own once it has begun; the file has 256 MB.
SMALL_MEMORY = """
import resource, sys
import numpy as np
import mxnet as mx
from mxnet import gluon
from mxnet.files import read_idx

ROWS, WIDTH = 2**19, 512

def batches(way, path):
    array = np.memmap(path, "uint8", "r", 12, (ROWS, WIDTH))
    if way == "iterator":
        for batch in mx.io.NDArrayIter(array, batch_size=256, shuffle=True):
            yield batch.data[0]
        return
    if way == "array":
        dataset = array
    elif way == "part of each row":
        dataset = gluon.data.ArrayDataset(array[:, 1:])
    elif way == "sample by sample":
        dataset = gluon.data.ArrayDataset(array).transform(lambda x: x.astype("float32"))
    elif way == "idx":
        dataset = gluon.data.ArrayDataset(read_idx(path, mmap_mode="r"))
    elif way == "loaded":
        dataset = gluon.data.ArrayDataset(np.array(array))
    yield from gluon.data.DataLoader(dataset, 256, shuffle=True)

ways = ["array", "part of each row", "sample by sample", "idx", "iterator", "loaded"]
for way in ways[:-1]:
    for batch in batches(way, sys.argv[1]):
        float(batch.astype("float32").sum().asscalar())  # starts whatever threads there are
        break
fields = dict(line.split(":", 1) for line in open("/proc/self/status"))
here = int(fields["VmData"].split()[0]) * 1024
resource.setrlimit(resource.RLIMIT_DATA, (here + 64 * 2**20,) * 2)
for way in ways:
    try:
        print(way, sum(len(batch) for batch, _ in zip(batches(way, sys.argv[1]), range(40))))
    except MemoryError:
        print(way, "does not fit")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits the memory of a process as Linux does")
def test_a_file_larger_than_memory_is_read_batch_by_batch(tmp_path):
    path = tmp_path / "rows-idx2"
    with path.open("wb") as stream:
        stream.write(bytes([0, 0, 8, 2]) + (2**19).to_bytes(4, "big") + (512).to_bytes(4, "big"))
        stream.truncate(12 + 2**28)  # made of holes: it takes no space
    run = subprocess.run(
        [sys.executable, "-c", SMALL_MEMORY, str(path)], capture_output=True, text=True, timeout=300
    )
    assert run.stdout.splitlines() == [
        "array 10240",
        "part of each row 10240",
        "sample by sample 10240",
        "idx 10240",
        "iterator 10240",
        "loaded does not fit",  # the limit holds
    ], run.stderr
