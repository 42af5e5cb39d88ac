"""`NDArrayIter` beyond what is recorded."""

import copy
import pickle
import sys
import types

import numpy as np
import pytest

import mxnet as mx
from mxnet import nd
from mxnet.base import MXNetError

ROWS = np.arange(10, dtype="float32").reshape(10, 1)


def values(batches):
    return [batch.data[0].asnumpy().ravel().tolist() for batch in batches]


@pytest.fixture
def h5py(monkeypatch):
    """Return a stand-in for h5py, whose datasets count what is read and refuse rows in any but ascending order."""
    module = types.ModuleType("h5py")

    class Dataset:
        def __init__(self, array):
            self.array, self.shape, self.dtype, self.reads = array, array.shape, array.dtype, 0

        def __getitem__(self, key):
            self.reads += 1
            if not isinstance(key, slice):
                assert (np.diff(key) > 0).all()
            return self.array[key]

    module.Dataset = Dataset
    monkeypatch.setitem(sys.modules, "h5py", module)
    return module


@pytest.mark.parametrize("handle", ["pad", "discard", "roll_over"])
@pytest.mark.parametrize("shuffle", [False, True])
def test_a_dataset_in_a_file_is_read_batch_by_batch(h5py, handle, shuffle, seed):
    dataset = h5py.Dataset(ROWS)
    found, expected = [], []
    for data, kept in ((dataset, found), (ROWS, expected)):
        np.random.seed(seed)
        data_iter = mx.io.NDArrayIter(data, batch_size=4, last_batch_handle=handle, shuffle=shuffle)
        for _ in range(3):
            kept += values(data_iter)
            data_iter.reset()
        assert data_iter.provide_data[0].dtype == np.float32
    assert found == expected
    assert dataset.reads == len(found)


@pytest.mark.parametrize("handle", ["pad", "discard", "roll_over"])
@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("dtype", ["uint8", ">i2", "float32"])
def test_a_mapped_file_gives_the_batches_of_its_content(handle, shuffle, dtype, tmp_path, seed):
    np.save(tmp_path / "rows.npy", np.array(ROWS).astype(dtype))
    mapped, found, expected = np.load(tmp_path / "rows.npy", mmap_mode="r"), [], []
    for data, kept in ((mapped, found), (np.array(ROWS).astype("float32"), expected)):
        np.random.seed(seed)
        data_iter = mx.io.NDArrayIter(data, batch_size=4, last_batch_handle=handle, shuffle=shuffle)
        for _ in range(3):
            kept += values(data_iter)
            data_iter.reset()
        assert data_iter.provide_data[0].dtype == np.float32
    assert found == expected
    assert data_iter.data_list[0].dtype == np.float32
    assert mx.io.NDArrayIter(mapped).data_list[0] is mapped


def test_a_mapped_file_of_no_numbers_is_refused_at_once(tmp_path):
    np.save(tmp_path / "rows.npy", np.array(["a", "b"]))
    with pytest.raises(TypeError, match="Invalid type"):
        mx.io.NDArrayIter(np.load(tmp_path / "rows.npy", mmap_mode="r"))


def test_a_batch_of_more_than_twice_the_rows_rolls_over_too():
    data_iter = mx.io.NDArrayIter(ROWS, batch_size=25, last_batch_handle="roll_over")
    assert values(data_iter) == []
    data_iter.reset()
    assert values(data_iter) == [[*range(10), *range(10), *range(5)]]


def test_what_is_left_over_by_hand_rolls_over_too():
    data_iter = mx.io.NDArrayIter(ROWS, batch_size=4, last_batch_handle="roll_over")
    while data_iter.iter_next():
        pass
    data_iter.cursor = 8  # as it is when the last call has said that rows are left
    data_iter.reset()
    assert values(data_iter)[0] == [8, 9, 0, 1]


def test_arrays_stay_in_their_context():
    data_iter = mx.io.NDArrayIter(nd.array(ROWS, ctx=mx.cpu(1)), batch_size=4, shuffle=True)
    assert next(data_iter).data[0].context == mx.cpu(1)


def test_data_is_not_copied_by_a_shuffle():
    data = nd.array(ROWS)
    data_iter = mx.io.NDArrayIter(data, batch_size=4, shuffle=True)
    assert data_iter._data[0][1] is data
    assert sorted(data_iter.data[0][1].asnumpy().ravel()) == ROWS.ravel().tolist()


def test_batches_are_outside_of_the_tape():
    data = nd.array(ROWS)
    data.attach_grad()
    with mx.autograd.record():
        batch = next(mx.io.NDArrayIter(data, batch_size=4))
    assert batch.data[0].grad is None


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        (((ROWS, ROWS),), TypeError, "[first, second]"),
        (("rows",), TypeError, "received: data: str"),
        (({"x": "rows"},), TypeError, "for x, should be"),
        (([1, 2, 3],), AssertionError, "no axis of samples"),
        ((None,), AssertionError, "there is no data"),
        (([],), AssertionError, "there is no data"),
        ((ROWS, ROWS[:5]), ValueError, "data (10, 1), softmax_label (5, 1)"),
        ((ROWS, ROWS[:5]), MXNetError, "row i of each array belongs to sample i"),
        ((ROWS, None, 0), ValueError, "batch_size=0"),
        ((ROWS, None, 2.5), ValueError, "batch_size=2.5"),
        ((ROWS, None, 2, False, "rollover"), ValueError, "last_batch_handle='roll_over'"),
    ],
)
def test_what_cannot_be_iterated_over_has_one_clear_error(arguments, kind, words):
    with pytest.raises(kind) as error:
        mx.io.NDArrayIter(*arguments)
    assert words in str(error.value)
    assert len(str(error.value).splitlines()) <= 4


def test_there_is_no_batch_before_the_first_and_behind_the_last():
    data_iter = mx.io.NDArrayIter(ROWS, batch_size=4)
    with pytest.raises(MXNetError, match=r"the pass has not begun\n  try:      iter_next\(\)"):
        data_iter.getdata()
    list(data_iter)
    with pytest.raises(MXNetError, match=r"the pass has ended\n  try:      reset\(\)"):
        data_iter.getlabel()


def test_a_description_survives_a_copy_and_a_pickle():
    desc = mx.io.DataDesc("data", (2, 3), "float16", "TNC")
    for other in (copy.copy(desc), copy.deepcopy(desc), pickle.loads(pickle.dumps(desc))):
        assert repr(other) == repr(desc)
    assert repr(desc._replace(name="x")) == "DataDesc[x,(2, 3),float16,TNC]"


def test_one_array_is_no_list_of_arrays():
    with pytest.raises(AssertionError, match=r"Data must be list of NDArrays\n.*\n.*\[array\]"):
        mx.io.DataBatch(nd.ones(2))


def test_the_old_places_of_names_lead_to_the_same_things():
    import mxnet.io.io as old

    assert old.NDArrayIter is mx.io.NDArrayIter
    assert old.CSVIter is mx.io.CSVIter
    assert old._init_data(ROWS, False, "data")[0][0] == "data"


def test_an_iterator_fits_the_pass_of_a_network():
    from mxnet import autograd, gluon

    net = gluon.nn.Dense(1)
    net.initialize()
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.3})
    data_iter = mx.io.NDArrayIter(ROWS / 10, ROWS, batch_size=5, shuffle=True)
    loss_of = gluon.loss.L2Loss()
    losses = []
    for _ in range(5):
        total = 0
        data_iter.reset()
        for batch in data_iter:
            with autograd.record():
                loss = loss_of(net(batch.data[0]), batch.label[0])
            loss.backward()
            trainer.step(batch.data[0].shape[0] - batch.pad)
            total += loss.sum().asscalar()
        losses.append(total)
    assert losses[-1] < losses[0]
