"""``glueball inspect`` describes files of every kind without loading them."""

import struct

import numpy as np
import pytest

import mxnet as mx
from glueball.commands import invoke
from mxnet import nd
from mxnet.files import overview, write_idx
from mxnet.gluon import nn


@pytest.fixture
def arrays():
    return {"w": nd.ones((2, 3)), "b": nd.zeros((3,), dtype="float16")}


@pytest.mark.parametrize(
    ("ending", "title"),
    [("params", "MXNet parameters"), ("npz", "NumPy archive"), ("safetensors", "safetensors")],
)
def test_arrays_are_listed_with_shape_type_and_size(ending, title, arrays, tmp_path, capsys):
    path = tmp_path / f"net.{ending}"
    nd.save(str(path), arrays)
    assert invoke(["inspect", str(path)]) == 0
    said = capsys.readouterr().out
    assert title in said.splitlines()[0]
    assert "2 arrays, 9 elements, " in said
    row = next(line for line in said.splitlines() if line.startswith("  w "))
    assert "(2, 3)" in row
    assert "24 bytes" in row or ending == "npz"  # whose sizes count the headers


def test_elements_are_passed_over(tmp_path):
    path = tmp_path / "large.params"
    nd.save(str(path), {"x": nd.zeros((1000, 1000))})
    (entry,) = overview.array_entries(path, "params")
    assert entry == overview.Entry("x", (1000, 1000), "float32", 4_000_000)


def test_a_graph_is_counted(tmp_path, capsys):
    net = nn.HybridSequential()
    net.add(nn.Dense(3, activation="relu"), nn.Dense(2))
    net.initialize()
    net.hybridize()
    net(nd.ones((1, 4)))
    symbol_file, _ = net.export(str(tmp_path / "net"))
    assert invoke(["inspect", symbol_file]) == 0
    said = capsys.readouterr().out
    assert "written by MXNet 1.9.1" in said
    assert "8 nodes: 5 variables, 3 calls" in said
    assert "FullyConnected  2" in said
    assert invoke(["inspect", "--all", symbol_file]) == 0
    assert "_relu_fwd" in capsys.readouterr().out


def test_images_records_and_states_are_recognised(tmp_path, capsys):
    write_idx(tmp_path / "images", np.zeros((5, 2, 2), np.uint8))
    record = mx.recordio.MXRecordIO(str(tmp_path / "data.rec"), "w")
    for size in (3, 10):
        record.write(b"x" * size)
    record.close()
    (tmp_path / "old.states").write_bytes(b"\x80\x04K\x01.")
    for name, said in (
        ("images", "shape (5, 2, 2), uint8"),
        ("data.rec", "2 records"),
        ("old.states", "pickle"),
    ):
        assert invoke(["inspect", str(tmp_path / name)]) == 0
        assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("none.params", None, "No such file"),
        ("text.txt", b"hello", "is no file that glueball knows"),
        ("cut.params", struct.pack("<QQQ", 0x112, 0, 5), "5 arrays are claimed"),
        ("cut.npz", b"PK\x03\x04abc", "is not a valid .npz file"),
        ("wrong.json", b'{"nodes": 5}', "no graph"),
        ("cut.rec", struct.pack("<II", 0xCED7230A, 500), "is not a valid RecordIO file"),
        ("wrong.safetensors", struct.pack("<Q", 5) + b"{a}bc", "is not a valid .safetensors file"),
    ],
)
def test_what_cannot_be_read_is_one_error(name, content, says, tmp_path, capsys):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert invoke(["inspect", str(tmp_path / name)]) == 1
    assert says in capsys.readouterr().out
