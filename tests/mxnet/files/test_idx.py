"""IDX: MNIST's files, plain and gzipped."""

from __future__ import annotations

import gzip
import io
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from mxnet.base import MXNetError
from mxnet.files import FormatError, read_idx, write_idx

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 4, 3), dtype=np.uint8)
PLAIN = struct.pack(">IIII", 2051, 5, 4, 3) + IMAGES.tobytes()
LABELS = struct.pack(">II", 2049, 3) + bytes([7, 2, 1])


def test_images_and_labels_are_read() -> None:
    np.testing.assert_array_equal(read_idx(PLAIN), IMAGES)
    assert read_idx(LABELS).tolist() == [7, 2, 1]


def test_gzipped_content_is_recognised_whatever_the_file_is_called(tmp_path: Path) -> None:
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(gzip.compress(PLAIN))
    np.testing.assert_array_equal(read_idx(path), IMAGES)
    with path.open("rb") as stream:
        np.testing.assert_array_equal(read_idx(stream), IMAGES)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "int32", "float32", "float64"])
@pytest.mark.parametrize("name", ["data-idx2", "data-idx2.gz"])
def test_what_is_written_is_read(dtype: str, name: str, tmp_path: Path) -> None:
    values = np.arange(6).reshape(2, 3).astype(dtype)
    write_idx(tmp_path / name, values)
    again = read_idx(tmp_path / name)
    assert again.dtype == values.dtype
    assert again.flags.writeable
    np.testing.assert_array_equal(again, values)


def test_writing_gives_the_bytes_of_the_original_files() -> None:
    stream = io.BytesIO()
    write_idx(stream, IMAGES)
    assert stream.getvalue() == PLAIN


def test_equal_arrays_give_equal_gzipped_files(tmp_path: Path) -> None:
    write_idx(tmp_path / "a.gz", IMAGES)
    write_idx(tmp_path / "b.gz", IMAGES)
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()


@pytest.mark.parametrize("array", [np.array(3, np.uint8), np.zeros(2, np.int64), np.zeros(2, bool)])
def test_arrays_that_the_format_does_not_have_are_refused(array: np.ndarray) -> None:
    with pytest.raises(TypeError, match="received"):
        write_idx(io.BytesIO(), array)


def test_an_empty_array_is_an_array() -> None:
    stream = io.BytesIO()
    write_idx(stream, np.zeros((0, 28, 28), np.uint8))
    assert read_idx(stream.getvalue()).shape == (0, 28, 28)


MALFORMED = {
    "nothing": b"",
    "half a header": PLAIN[:7],
    "half the elements": PLAIN[: len(PLAIN) // 2],
    "a byte too many": PLAIN + b"\0",
    "another magic number": struct.pack(">II", 2050 | 0xFF00, 3) + bytes(3),
    "an unknown element type": struct.pack(">II", 0x0A01, 3) + bytes(3),
    "no dimensions": struct.pack(">I", 0x0800) + bytes(3),
    "255 dimensions": struct.pack(">I255I", 0x08FF, *[1] * 255) + b"\0",
    "more elements than any memory": struct.pack(">IIII", 2051, *[2**32 - 1] * 3) + bytes(9),
    "a page that says 404": b"<!DOCTYPE html><html>404</html>",
}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED.keys())
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzipped"])
def test_malformed_content_is_refused(content: bytes, pack) -> None:
    with pytest.raises(FormatError, match="because"):
        read_idx(pack(content))


@pytest.mark.parametrize("length", [3, 12, 30, -9, -4, -1])
def test_a_truncated_gzip_stream_is_refused(length: int) -> None:
    with pytest.raises(FormatError):
        read_idx(gzip.compress(PLAIN, mtime=0)[:length])


def test_a_wrong_checksum_is_refused() -> None:
    packed = bytearray(gzip.compress(PLAIN, mtime=0))
    packed[-8] ^= 1
    with pytest.raises(FormatError, match="CRC"):
        read_idx(bytes(packed))


def test_a_gzip_bomb_is_unpacked_no_further_than_its_header_promises() -> None:
    bomb = gzip.compress(LABELS + bytes(2**26))  # 64 MiB behind three labels
    assert peak_of_refusal(bomb) < 2**21


def test_a_promise_that_gzip_cannot_keep_is_refused_at_once() -> None:
    lie = gzip.compress(struct.pack(">II", 2049, 2**32 - 1) + bytes(1000))
    assert peak_of_refusal(lie) < 2**20


def test_a_broken_promise_costs_what_really_came() -> None:
    # Random bytes make the file large enough for the claim of 500 MB to be possible.
    noise = np.random.default_rng(0).bytes(2**19)
    lie = gzip.compress(struct.pack(">II", 2049, 500_000_000) + noise)
    assert peak_of_refusal(lie) < 2**23


def peak_of_refusal(content: bytes) -> int:
    tracemalloc.start()
    try:
        with pytest.raises(FormatError):
            read_idx(content)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_missing_file_is_named() -> None:
    with pytest.raises(MXNetError, match="there is no such file") as caught:
        read_idx("/nowhere/train-images-idx3-ubyte.gz")
    assert "'/nowhere/train-images-idx3-ubyte.gz'" in str(caught.value)
    assert not isinstance(caught.value, FormatError)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32", "float32", "float64"])
@pytest.mark.parametrize("mode", ["r", "c"])
def test_a_mapped_file_has_the_elements_of_the_file(dtype: str, mode: str, tmp_path: Path) -> None:
    values = np.arange(6).reshape(2, 3).astype(dtype)
    write_idx(tmp_path / "data", values)
    before = (tmp_path / "data").read_bytes()
    mapped = read_idx(tmp_path / "data", mmap_mode=mode)
    assert isinstance(mapped, np.memmap)
    assert mapped.dtype == values.dtype.newbyteorder(">")
    np.testing.assert_array_equal(mapped, values)
    assert mapped.flags.writeable is (mode == "c")
    if mode == "c":
        mapped[0] = 9
    assert (tmp_path / "data").read_bytes() == before


def test_a_mapped_file_without_elements_is_an_empty_array(tmp_path: Path) -> None:
    write_idx(tmp_path / "data", np.zeros((0, 3), np.uint8))
    assert read_idx(str(tmp_path / "data"), mmap_mode="r").shape == (0, 3)


def test_what_cannot_be_mapped_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data.gz").write_bytes(gzip.compress(PLAIN))
    (tmp_path / "data").write_bytes(PLAIN)
    with pytest.raises(ValueError, match="gunzip"):
        read_idx(tmp_path / "data.gz", mmap_mode="r")
    for source in (PLAIN, io.BytesIO(PLAIN)):
        with pytest.raises(ValueError, match="only a file"):
            read_idx(source, mmap_mode="r")
    with pytest.raises(ValueError, match="mmap_mode"):
        read_idx(tmp_path / "data", mmap_mode="w+")


@pytest.mark.parametrize(
    "damage", [lambda c: c[:-1], lambda c: c + b"x", lambda c: c[:10], lambda c: b"<" + c]
)
def test_a_damaged_file_is_refused_before_it_is_mapped(damage, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "data").write_bytes(damage(PLAIN))
    with pytest.raises(FormatError):
        read_idx(tmp_path / "data", mmap_mode="r")
