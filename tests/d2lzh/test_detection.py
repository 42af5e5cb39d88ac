"""Pictures with boxes, by the helper package."""

import hashlib

import numpy as np
import pytest

import d2lzh as d2l
from d2lzh import detection
from mxnet import recordio
from tests.mxnet.gluon.server import server  # noqa: F401

HEADER, BOX = [2, 5], [0, 0.25, 0.25, 0.75, 0.75]


def write_pictures(folder, name, count, rng):
    """``count`` pictures of one box each, as the files of Pikachu have them; return their content by name."""
    record = recordio.MXIndexedRecordIO(str(folder / f"{name}.idx"), str(folder / f"{name}.rec"), "w")
    for k in range(count):
        picture = rng.integers(0, 60, (40, 40, 3), dtype="uint8")
        picture[10:30, 10:30] = 220
        header = recordio.IRHeader(0, HEADER + BOX, k, 0)
        record.write_idx(k, recordio.pack_img(header, picture, quality=95))
    record.close()
    return {f"{name}.{kind}": (folder / f"{name}.{kind}").read_bytes() for kind in ("rec", "idx")}


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MXNET_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


@pytest.fixture
def served(home, server, tmp_path, monkeypatch, rng):  # noqa: F811
    pytest.importorskip("PIL")
    contents = write_pictures(tmp_path, "train", 6, rng) | write_pictures(tmp_path, "val", 3, rng)
    del contents["val.idx"]
    server.files = {f"pikachu/{name}": content for name, content in contents.items()}
    monkeypatch.setattr(detection, "_SERVER", server.url("pikachu/"))
    monkeypatch.setattr(
        detection, "_SHA1", {name: hashlib.sha1(content).hexdigest() for name, content in contents.items()}
    )
    return server


def test_pictures_come_in_batches_with_their_boxes(served, home):
    train_iter, val_iter = d2l.load_data_pikachu(batch_size=3, edge_size=32)
    assert sorted(path.name for path in (home / "datasets" / "pikachu").iterdir()) == [
        *("train.idx", "train.rec", "val.rec")
    ]
    batch = next(val_iter)
    assert batch.data[0].shape == (3, 3, 32, 32)
    assert batch.label[0].shape == (3, 1, 5)
    np.testing.assert_allclose(batch.label[0][0, 0].asnumpy(), BOX, atol=1e-6)
    batch = next(train_iter)
    assert batch.data[0].shape == (3, 3, 32, 32)
    boxes = batch.label[0][:, 0].asnumpy()
    assert (boxes[:, 1:3] < boxes[:, 3:]).all()


def test_files_are_fetched_once(served):
    d2l.load_data_pikachu(2, 32)
    d2l.load_data_pikachu(2, 32)
    assert sorted(path for path, _ in served.requests) == [
        *("pikachu/train.idx", "pikachu/train.rec", "pikachu/val.rec")
    ]


def test_files_that_cannot_be_fetched_are_named_with_their_place(served, home, monkeypatch):
    monkeypatch.setattr("mxnet.gluon._download.time.sleep", lambda seconds: None)
    served.files.clear()
    with pytest.raises(
        OSError, match=r"cannot get train\.rec(?s:.)*404(?s:.)*put it at .*pikachu.train\.rec"
    ):
        d2l.load_data_pikachu(2)
