"""`load` and `save`: which format, from where, and what goes wrong."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from mxnet.base import MXNetError
from mxnet.files import Array, FormatError, load, save, write_idx

ARRAYS = {
    "b": np.arange(6, dtype=np.float32).reshape(2, 3),
    "a": np.array([True, False, True]),
    "empty": np.zeros((0, 3), np.int8),
    "scalar": np.array(2.5, np.float16),
    "number": np.array([-1, 2**60]),
}
FORMATS = [".params", ".safetensors", ".npz"]


def content_of(arrays, format: str) -> bytes:
    stream = io.BytesIO()
    save(stream, arrays, format=format)
    return stream.getvalue()


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_gives_back_what_it_was_given(format: str, tmp_path: Path) -> None:
    path = tmp_path / f"net{format}"
    save(path, ARRAYS)
    loaded = load(path)
    assert set(loaded) == set(ARRAYS)
    for name, array in ARRAYS.items():
        assert loaded[name].dtype == array.dtype.name
        assert loaded[name].shape == array.shape
        assert loaded[name].data.flags.writeable
        np.testing.assert_array_equal(loaded[name].data, array)


@pytest.mark.parametrize("format", FORMATS)
def test_path_bytes_and_file_objects_hold_the_same(format: str, tmp_path: Path) -> None:
    path = tmp_path / f"net{format}"
    save(path, ARRAYS)
    content = path.read_bytes()
    sources = [str(path), path, content, bytearray(content), memoryview(content), io.BytesIO(content)]
    for source in sources:
        np.testing.assert_array_equal(load(source)["b"].data, ARRAYS["b"])
    with path.open("rb") as stream:
        np.testing.assert_array_equal(load(stream)["b"].data, ARRAYS["b"])
    with open(path, "rb", buffering=0) as stream:
        np.testing.assert_array_equal(load(stream)["b"].data, ARRAYS["b"])


@pytest.mark.parametrize("format", FORMATS)
def test_a_stream_that_cannot_seek_is_read(format: str) -> None:
    content = content_of(ARRAYS, format)

    class Socket(io.RawIOBase):
        def __init__(self) -> None:
            self.rest = content

        def readable(self) -> bool:
            return True

        def readinto(self, buffer) -> int:
            piece, self.rest = self.rest[: min(7, len(buffer))], self.rest[min(7, len(buffer)) :]
            buffer[: len(piece)] = piece
            return len(piece)

    assert set(load(Socket())) == set(ARRAYS)


@pytest.mark.parametrize("format", FORMATS)
def test_the_content_decides_and_not_the_name(format: str, tmp_path: Path) -> None:
    for ending in FORMATS:
        path = tmp_path / f"misnamed{ending}"
        path.write_bytes(content_of(ARRAYS, format))
        assert set(load(path)) == set(ARRAYS)


def test_an_unknown_ending_is_written_as_params(tmp_path: Path) -> None:
    save(tmp_path / "weights", ARRAYS)
    assert (tmp_path / "weights").read_bytes() == content_of(ARRAYS, ".params")


def test_a_file_object_is_written_by_the_ending_of_its_name(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    with path.open("wb") as stream:
        save(stream, ARRAYS)
    assert path.read_bytes() == content_of(ARRAYS, ".safetensors")


def test_an_unbuffered_file_object_gets_everything(tmp_path: Path) -> None:
    path = tmp_path / "net.params"
    with open(path, "wb", buffering=0) as stream:
        save(stream, ARRAYS)
        assert not stream.closed
    assert path.read_bytes() == content_of(ARRAYS, ".params")


def test_params_and_npz_keep_a_list_a_list() -> None:
    for format in (".params", ".npz"):
        loaded = load(content_of([ARRAYS["b"], ARRAYS["a"]], format))
        assert [array.shape for array in loaded] == [(2, 3), (3,)]


def test_safetensors_needs_names() -> None:
    with pytest.raises(ValueError, match="a name for each array"):
        content_of([ARRAYS["b"]], ".safetensors")


def test_names_in_every_script_survive() -> None:
    names = {"权重": np.ones(1), "вес": np.ones(2), "\U0001f9f2": np.ones(3)}
    for format in FORMATS:
        assert {name: array.shape for name, array in load(content_of(names, format)).items()} == {
            "权重": (1,),
            "вес": (2,),
            "\U0001f9f2": (3,),
        }


@pytest.mark.parametrize("format", [".params", ".safetensors"])
def test_bfloat16_keeps_its_bits(format: str) -> None:
    bits = np.array([0x3F80, 0xC020, 0x7F80, 0x7FC1], np.uint16)
    loaded = load(content_of({"w": Array.dense(bits, "bfloat16")}, format))["w"]
    assert loaded.dtype == "bfloat16"
    np.testing.assert_array_equal(loaded.data, bits)
    assert loaded.numpy().tolist()[:3] == [1.0, -2.5, float("inf")]


def test_npz_says_that_it_has_no_bfloat16() -> None:
    with pytest.raises(ValueError, match="bfloat16"):
        content_of({"w": Array.dense(np.zeros(1, np.uint16), "bfloat16")}, ".npz")


@pytest.mark.parametrize("format", [".safetensors", ".npz"])
def test_a_sparse_array_goes_into_params_only(format: str) -> None:
    rows = Array.row_sparse(np.ones((1, 2), np.float32), [3], shape=(5, 2))
    with pytest.raises(ValueError, match="row_sparse"):
        content_of({"w": rows}, format)
    assert load(content_of({"w": rows.to_dense()}, format))["w"].data.sum() == 2


@pytest.mark.parametrize("names", [{1: np.ones(1)}, {b"w": np.ones(1)}])
def test_a_name_is_a_string(names) -> None:
    with pytest.raises(TypeError, match="name"):
        save(io.BytesIO(), names)


def test_a_name_that_is_no_text_is_refused_before_anything_is_written() -> None:
    stream = io.BytesIO()
    with pytest.raises(ValueError, match="name"):
        save(stream, {"\ud800": np.ones(1)})
    assert stream.getvalue() == b""


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown format"):
        save(io.BytesIO(), ARRAYS, format=".h5")


@pytest.mark.parametrize("call", [load, lambda source: save(source, ARRAYS)])
@pytest.mark.parametrize("source", [3, None, io.StringIO("text")])
def test_what_is_no_binary_file_is_a_type_error(call, source) -> None:
    with pytest.raises(TypeError, match="open"):
        call(source)


def test_a_missing_file_names_the_path_and_the_one_that_was_meant(tmp_path: Path) -> None:
    save(tmp_path / "mlp.params", ARRAYS)
    with pytest.raises(MXNetError) as caught:
        load(tmp_path / "mlp.param")
    text = str(caught.value)
    assert repr(str(tmp_path / "mlp.param")) in text
    assert "there is no such file" in text
    assert repr(str(tmp_path / "mlp.params")) in text
    assert not isinstance(caught.value, FormatError)


def test_a_relative_path_is_shown_as_it_was_resolved(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MXNetError) as caught:
        load("net.params")
    assert repr(str(Path.cwd() / "net.params")) in str(caught.value)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(MXNetError, match="it is a folder"):
        load(tmp_path)


@pytest.mark.skipif(os.name != "posix" or os.getuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    path = tmp_path / "net.params"
    save(path, ARRAYS)
    path.chmod(0)
    with pytest.raises(MXNetError, match="may not read"):
        load(path)


def idx_content() -> bytes:
    stream = io.BytesIO()
    write_idx(stream, np.zeros(3, np.uint8))
    return stream.getvalue()


def npy_content() -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.zeros(3))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"<!DOCTYPE html><html>404</html>", "a page that a server sent"),
        (b'{"nodes": [], "arg_nodes": []}', "JSON"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "git lfs pull"),
        (pickle.dumps({"a": 1}), "pickle"),
        (gzip.compress(b"x", mtime=0), "gzipped"),
        (idx_content(), "read_idx"),
        (npy_content(), "numpy.load"),
        (b"", "16 bytes, 0 are left"),
        (b"\x01\x02\x03\x04" * 8, "starts with 0x"),
    ],
)
def test_strangers_are_recognised(content: bytes, says: str) -> None:
    with pytest.raises(FormatError) as caught:
        load(content)
    assert says in str(caught.value)


def test_a_broken_stream_of_somebody_else_is_a_format_error() -> None:
    packed = gzip.compress(content_of({"w": np.arange(1000.0)}, ".params"), mtime=0)
    with pytest.raises(FormatError):
        load(gzip.GzipFile(fileobj=io.BytesIO(packed[:-50])))
    with gzip.GzipFile(fileobj=io.BytesIO(packed)) as stream:
        assert load(stream)["w"].shape == (1000,)


def test_an_error_survives_pickling() -> None:
    with pytest.raises(FormatError) as caught:
        load(b"")
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is FormatError
    assert str(again) == str(caught.value)


def test_npz_members_are_the_bytes_of_numpy(tmp_path: Path) -> None:
    arrays = {**ARRAYS, "empty": np.zeros((0, 3), "float16"), "flags": np.array([[True], [False]])}
    save(tmp_path / "ours.npz", arrays)
    np.savez(tmp_path / "theirs.npz", **arrays)
    with zipfile.ZipFile(tmp_path / "ours.npz") as ours, zipfile.ZipFile(tmp_path / "theirs.npz") as theirs:
        assert ours.testzip() is None
        assert {n: ours.read(n) for n in ours.namelist()} == {n: theirs.read(n) for n in theirs.namelist()}
