"""Hostile content: mutated valid files give an error or arrays, at a cost in proportion to their size."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mxnet.base import MXNetError
from mxnet.files import FormatError, load, read_idx, save, write_idx

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "files"
PARAMS = [path.read_bytes() for path in sorted(GOLDEN.glob("*.params"))]

# What a mutation writes over a number: the edges of every integer type, and sizes that multiply past 64 bits.
EDGES = [0, 1, 2, 0x7F, 0xFF, 2**15, 2**31 - 1, 2**31, 2**32 - 1, 2**33]
EDGES += [2**62 + 1, 2**63 - 1, 2**63, 2**64 - 1]
# A reader's buffers (128 KiB of them in gzip's) and the text of an error take some memory whatever the file;
# beyond that it must follow the size of the file: an array of a few bytes is an object of a few hundred.
ALLOWANCE, MULTIPLE = 400_000, 20


def idx_files() -> list[bytes]:
    files = []
    for array in (np.arange(24, dtype=np.uint8).reshape(2, 3, 4), np.arange(9, dtype=np.uint8), np.ones(3)):
        for compressed in (False, True):
            stream = io.BytesIO()
            write_idx(stream, array, compressed=compressed)
            files.append(stream.getvalue())
    return files


def archives(format: str) -> list[bytes]:
    stream = io.BytesIO()
    arrays = {"weight": np.ones((3, 4), np.float32), "flags": np.array([True, False]), "n": np.array(3)}
    save(stream, arrays, format=format)
    return [stream.getvalue()]


def deflated_npz() -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, weight=np.ones((30, 40), np.float32))
    return stream.getvalue()


IDX = idx_files()
SAFETENSORS = archives(".safetensors")
NPZ = [*archives(".npz"), deflated_npz()]


@st.composite
def mutated(draw: st.DrawFn, originals: list[bytes]) -> bytes:
    """A valid file after a few changes: bytes and numbers overwritten, parts cut out, repeated, added."""
    content = bytearray(draw(st.sampled_from(originals)))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(len(content) - 1, 0)))
        change = draw(st.sampled_from(["byte", "number", "truncate", "extend", "delete", "repeat"]))
        if change == "byte":
            content[place : place + 1] = draw(st.binary(min_size=1, max_size=1))
        elif change == "number":
            width, order = draw(st.sampled_from([4, 8])), draw(st.sampled_from(["little", "big"]))
            number = draw(st.sampled_from(EDGES) | st.integers(0, 2**64 - 1)) % 256**width
            content[place : place + width] = number.to_bytes(width, order)
        elif change == "truncate":
            del content[place:]
        elif change == "extend":
            content += draw(st.binary(max_size=64))
        elif change == "delete":
            del content[place : place + draw(st.integers(1, 32))]
        else:
            piece = content[place : place + draw(st.integers(1, 64))]
            content[place:place] = piece * draw(st.integers(1, 3))
    return bytes(content)


def judge(read: Callable[[bytes], Any], content: bytes) -> None:
    """Read; anything but arrays or an MXNetError that explains itself fails the test, and so does a waste."""
    explanation: str | None = "none needed"
    tracemalloc.start()
    try:
        read(content)
    except MXNetError as error:
        explanation = error.because
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert explanation
    assert peak <= ALLOWANCE + MULTIPLE * len(content)


quick = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@quick
@given(mutated(PARAMS))
def test_a_mutated_params_file_gives_arrays_or_an_error(content: bytes) -> None:
    judge(load, content)


@quick
@given(mutated(IDX))
def test_a_mutated_idx_file_gives_an_array_or_an_error(content: bytes) -> None:
    judge(read_idx, content)


@settings(quick, max_examples=100)
@given(mutated([content for content in IDX if content[:2] != b"\x1f\x8b"]))
def test_a_mutated_idx_file_inside_gzip_gives_an_array_or_an_error(content: bytes) -> None:
    judge(read_idx, gzip.compress(content, mtime=0))


@settings(quick, max_examples=100)
@given(mutated(SAFETENSORS))
def test_a_mutated_safetensors_file_gives_arrays_or_an_error(content: bytes) -> None:
    judge(load, content)


@settings(quick, max_examples=150)
@given(mutated(SAFETENSORS))
def test_what_is_read_of_a_safetensors_file_is_what_its_library_reads(content: bytes) -> None:
    try:
        arrays = load(content)
    except MXNetError:
        return
    if content[8:9] != b"{":  # of another format now
        return
    expected = dict(safetensors.deserialize(content))
    assert arrays.keys() == expected.keys()
    for name, array in arrays.items():
        assert list(array.shape) == expected[name]["shape"]
        assert array.dtype == "bool" or array.data.tobytes() == expected[name]["data"]


@settings(quick, max_examples=100)
@given(mutated(NPZ))
def test_a_mutated_npz_file_gives_arrays_or_an_error(content: bytes) -> None:
    judge(load, content)


def test_a_header_that_is_no_python_takes_no_more_memory_than_its_file_allows() -> None:
    content = bytearray(deflated_npz())
    start = content.index(b"weight.npy") + len(b"weight.npy")
    for place in range(start, start + 60):  # somewhere in there the packed header becomes something else
        for value in (0x00, 0x13, 0x7F, 0xFF):
            judge(load, bytes(content[:place]) + bytes([value]) + bytes(content[place + 1 :]))


@settings(quick, max_examples=100)
@given(st.binary(max_size=200))
def test_noise_gives_an_error(content: bytes) -> None:
    with pytest.raises(FormatError):
        load(content)


@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=8), st.integers(0, 5), max_size=4
    ),
    st.sampled_from(["float32", "float16", "int8", "int64", "bool", "uint16"]),
)
@settings(quick, max_examples=50)
def test_any_names_and_types_survive(sizes: dict[str, int], dtype: str) -> None:
    arrays = {name: np.arange(size).astype(dtype) for name, size in sizes.items()}
    stream = io.BytesIO()
    save(stream, arrays)
    loaded = load(stream.getvalue())
    assert (list(loaded) if arrays else loaded) == list(arrays)
    for name in arrays:
        np.testing.assert_array_equal(loaded[name].data, arrays[name])


def test_memory_for_a_large_file_is_its_size() -> None:
    stream = io.BytesIO()
    save(stream, {"w": np.zeros(2**20, np.float32), "v": np.zeros(2**20, np.int8)})
    content = stream.getvalue()
    tracemalloc.start()
    load(content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.1 * len(content)


def zip_with(name: str, content: bytes, method: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.writestr(name, content)
    return stream.getvalue()


def npy_claiming(shape: str, descr: str = "<f4") -> bytes:
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header


@pytest.mark.parametrize("method", [0, 8], ids=["stored", "deflated"])
@pytest.mark.parametrize(
    "member",
    [
        npy_claiming("(8589934592, 8589934592)") + bytes(64),
        npy_claiming("(1000000000,)") + bytes(64),
        npy_claiming("(-1,)") + bytes(64),
        npy_claiming("(4,)", "|O") + bytes(64),
        npy_claiming("(4,)", "<c8") + bytes(64),
        npy_claiming("(" + "1," * 40 + ")") + bytes(4),
        b"not NumPy's",
        b"",
    ],
)
def test_an_npz_member_that_claims_what_it_has_not_is_refused(member: bytes, method: int) -> None:
    content = zip_with("w.npy", member, method)
    tracemalloc.start()
    with pytest.raises(MXNetError):
        load(content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20


@pytest.mark.parametrize("method", [0, 8], ids=["stored", "deflated"])
def test_an_npz_directory_that_overstates_a_member_is_refused(method: int) -> None:
    header = npy_claiming("(250000000,)")
    content = bytearray(zip_with("w.npy", header + bytes(64), method))
    entry = content.index(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = (len(header) + 10**9).to_bytes(4, "little")  # the unpacked size
    tracemalloc.start()
    with pytest.raises(FormatError, match="cannot unpack to"):
        load(bytes(content))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20


def test_a_pytorch_checkpoint_is_recognised() -> None:
    with pytest.raises(MXNetError, match=r"torch\.load"):
        load(zip_with("archive/data.pkl", b"x", 0))


def safetensors_with(header: str, data: bytes) -> bytes:
    encoded = header.encode()
    return len(encoded).to_bytes(8, "little") + encoded + data


@pytest.mark.parametrize(
    "content",
    [
        safetensors_with(
            '{"w":{"dtype":"F32","shape":[8589934592,8589934592],"data_offsets":[0,4]}}', bytes(4)
        ),
        safetensors_with('{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}', bytes(8)),
        safetensors_with('{"w":{"dtype":"F32","shape":[0,4611686018427387905,4],"data_offsets":[0,0]}}', b""),
        safetensors_with(json.dumps({"w": {"dtype": "U8", "shape": [1] * 40, "data_offsets": [0, 1]}}), b"x"),
        safetensors_with('{"w":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}', b"x"),
        safetensors_with('{"w":' * 10000 + "1" + "}" * 10000, b""),
        safetensors_with('{"w":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}', b"x"),
        safetensors_with('{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', b"xy"),
        safetensors_with('{"w":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}', b"xy"),
        safetensors_with('{"w":{"dtype":"U8","shape":[-1],"data_offsets":[1,0]}}', b"x"),
        safetensors_with('{"w":{"dtype":"U8","shape":[true],"data_offsets":[0,1]}}', b"x"),
        safetensors_with('{"w":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}', b"x"),
        safetensors_with('{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1,1]}}', b"x"),
        safetensors_with('{"w":{"dtype":"U8","shape":[1]}}', b"x"),
        safetensors_with('{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"more":NaN}}', b"x"),
        safetensors_with('{"w":["U8",[1],[0,1]]}', b"x"),
        safetensors_with('{"\\ud800":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', b"x"),
        safetensors_with('{"w":{"dtype":"U8","shape":[%s],"data_offsets":[0,1]}}' % ("9" * 5000), b"x"),
        safetensors_with(
            '{"v":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},'
            '"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
            b"x",
        ),
        safetensors_with('{"__metadata__":{"a":1}}', b""),
        safetensors_with(' {"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', b"x"),
        safetensors_with('{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}}', b"x"),
        (12).to_bytes(8, "little") + '{"w":1}'.encode("utf-16")[2:14],
        (2**63).to_bytes(8, "little") + b"{}",
    ],
)
def test_a_safetensors_header_that_claims_what_it_has_not_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    path.write_bytes(content)
    with pytest.raises(MXNetError):
        load(path)


def test_safetensors_arrays_come_in_the_order_of_their_header_wherever_their_elements_are() -> None:
    header = {
        "__metadata__": {"format": "np"},
        "late": {"dtype": "U8", "shape": [2], "data_offsets": [4, 6]},
        "none": {"dtype": "F32", "shape": [0, 3], "data_offsets": [4, 4]},
        "early": {"dtype": "F32", "shape": [], "data_offsets": [0, 4]},
    }
    arrays = load(safetensors_with(json.dumps(header) + "  ", np.float32(7).tobytes() + b"\1\2"))
    assert [(name, array.data.tolist()) for name, array in arrays.items()] == [
        ("late", [1, 2]),
        ("none", []),
        ("early", 7.0),
    ]
    assert all(array.data.flags.writeable for array in arrays.values())


def test_a_safetensors_name_that_occurs_twice_is_an_error() -> None:
    entry = '"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}'
    with pytest.raises(FormatError, match="twice"):
        load(safetensors_with("{" + entry + "," + entry + "}", b"x"))
