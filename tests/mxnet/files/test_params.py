"""``.params``: what the real MXNet wrote is read, and what is written are its bytes."""

from __future__ import annotations

import hashlib
import io
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mxnet.files import Array, FormatError, load, save
from tests.golden.files_by_glueball import FILES

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "files"
CONTENTS = json.loads((GOLDEN / "contents.json").read_text(encoding="utf-8"))
READ_BY_MXNET = json.loads((GOLDEN / "read_by_mxnet.json").read_text(encoding="utf-8"))


def seen(loaded: list[Array | None] | dict[str, Array | None]) -> list[dict[str, Any]]:
    """What the golden script notes of each array, from what Glueball read."""
    named = loaded.items() if isinstance(loaded, dict) else ((None, array) for array in loaded)
    return [
        {
            "name": name,
            "dtype": array.dtype,
            "shape": list(array.shape),
            "stype": array.stype,
            "elements": array.to_dense().data.tobytes().hex(),
        }
        for name, array in named
    ]


def dense_entry(values: bytes, *shape: int, flag: int = 0, magic: int = 0xF993FAC9) -> bytes:
    head = struct.pack(f"<Iii{len(shape)}q", magic, 0, len(shape), *shape)
    return head + struct.pack("<iii", 1, 0, flag) + values


def file_of(entries: list[bytes], names: list[bytes] | None = None, count: int | None = None) -> bytes:
    head = struct.pack("<QQQ", 0x112, 0, len(entries) if count is None else count)
    tail = struct.pack("<Q", len(names or ())) + b"".join(struct.pack("<Q", len(n)) + n for n in names or ())
    return head + b"".join(entries) + tail


ONE = dense_entry(struct.pack("<f", 1.0), 1)


@pytest.mark.parametrize("name", CONTENTS)
def test_a_file_of_the_real_mxnet_reads_as_mxnet_reads_it(name: str) -> None:
    assert seen(load(GOLDEN / f"{name}.params")) == CONTENTS[name]


@pytest.mark.parametrize("name", [name for name in CONTENTS if not name.startswith("old_")])
def test_what_mxnet_wrote_is_written_with_the_same_bytes(name: str, tmp_path: Path) -> None:
    golden = GOLDEN / f"{name}.params"
    save(tmp_path / "again.params", load(golden))
    assert (tmp_path / "again.params").read_bytes() == golden.read_bytes()


@pytest.mark.parametrize("name", FILES)
def test_the_real_mxnet_read_the_same_from_our_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.params"
    save(path, FILES[name]())
    # The record speaks of these very bytes; `make golden` makes it anew after a change of the writer.
    assert hashlib.sha256(path.read_bytes()).hexdigest() == READ_BY_MXNET[name]["sha256"]
    assert seen(load(path)) == READ_BY_MXNET[name]["entries"]


def test_the_record_covers_every_file() -> None:
    assert set(READ_BY_MXNET) == set(FILES)


@pytest.mark.parametrize("name", ["int16", "uint16", "uint32", "uint64"])
def test_types_that_only_mxnet_2_has_survive(name: str) -> None:
    values = np.array([0, 1, np.iinfo(name).max], name)
    stream = io.BytesIO()
    save(stream, [values])
    (array,) = load(stream.getvalue())
    assert array.dtype == name
    np.testing.assert_array_equal(array.data, values)


def test_arrays_own_writable_aligned_memory() -> None:
    for array in load(GOLDEN / "odd_offsets.params").values():
        assert array.data.flags.writeable
        assert array.data.flags.aligned
        assert array.data.flags.c_contiguous
        assert array.data.base is None or array.data.base.nbytes == array.data.nbytes


def test_an_entry_without_dimensions_is_no_array_and_nothing_follows_it() -> None:
    no_array = struct.pack("<Iii", 0xF993FAC9, -1, 0)
    loaded = load(file_of([no_array, ONE], [b"a", b"b"]))
    assert loaded["a"] is None
    assert loaded["b"].data.tolist() == [1.0]


def test_an_entry_without_dimensions_of_v3_is_a_scalar() -> None:
    (array,) = load(file_of([dense_entry(struct.pack("<f", 2.5), magic=0xF993FACA)]))
    assert array.shape == ()
    assert array.data == 2.5


def test_bytes_behind_the_list_are_left_alone() -> None:
    stream = io.BytesIO(b"before" + file_of([ONE]) + b"behind")
    stream.seek(6)
    assert load(stream)[0].data.tolist() == [1.0]
    assert stream.read() == b"behind"


def test_any_byte_but_zero_is_true() -> None:
    (array,) = load(file_of([dense_entry(b"\x00\x01\x02\xff", 4, flag=7)]))
    assert array.data.view(np.uint8).tolist() == [0, 1, 1, 1]


def test_a_name_that_occurs_twice_is_an_error() -> None:
    with pytest.raises(FormatError, match="'a' occurs twice"):
        load(file_of([ONE, ONE], [b"a", b"a"]))


def test_a_name_that_is_no_text_is_an_error() -> None:
    with pytest.raises(FormatError, match="no UTF-8"):
        load(file_of([ONE], [b"\xff\xfe"]))


def test_the_error_names_file_place_and_expectation(tmp_path: Path) -> None:
    path = tmp_path / "net.params"
    path.write_bytes(file_of([ONE, ONE], [b"a", b"b"])[:94])
    with pytest.raises(FormatError) as caught:
        load(path)
    assert str(caught.value).splitlines() == [
        f"{str(path)!r} is not a valid .params file",
        "  received: array 1, at byte 92 of 94",
        "  because:  float32 (1,) takes 4 bytes, 2 are left",
        "  try:      fetch, copy or save the file again: it was cut short, or a number in it is corrupt",
    ]


HOSTILE = {
    "two dimensions of 2 ** 33": dense_entry(bytes(9), 2**33, 2**33),
    "a product that wraps around to 0": dense_entry(b"", 2**32, 2**32),
    "a product that wraps around to 4": dense_entry(bytes(16), 2**62 + 1, 4),
    "a negative dimension": dense_entry(b"", -1, 4),
    "two negative dimensions": dense_entry(bytes(16), -2, -2),
    "an empty array of unimaginable strides": dense_entry(b"", 0, 2**62, 2**62),
    "more elements than bytes": dense_entry(bytes(16), 5),
    "a huge number of dimensions": struct.pack("<Iii", 0xF993FAC9, 0, 2**31 - 1) + bytes(64),
    "33 dimensions": dense_entry(bytes(4), *[1] * 33),
    "a negative number of dimensions": struct.pack("<Iii", 0xF993FACA, 0, -1) + bytes(64),
    "a huge number of dimensions in the oldest layout": struct.pack("<I", 0xF993FAC7) + bytes(64),
    "huge dimensions in the oldest layout": struct.pack("<I4I", 4, *[2**32 - 1] * 4) + bytes(64),
    "huge dimensions in V1": struct.pack("<Ii2q", 0xF993FAC8, 2, 2**40, 2**40) + bytes(64),
    "an unknown element type": dense_entry(bytes(16), 1, flag=13),
    "a negative element type": dense_entry(bytes(16), 1, flag=-1),
    "an unknown storage": struct.pack("<Iii", 0xF993FAC9, 3, 1) + bytes(64),
}


@pytest.mark.parametrize("entry", HOSTILE.values(), ids=HOSTILE.keys())
def test_an_entry_that_claims_what_it_has_not_is_refused(entry: bytes) -> None:
    with pytest.raises(FormatError):
        load(file_of([entry]))


def rows_entry(indices: list[int], *shape: int, stored: tuple[int, ...], flag: int = 6) -> bytes:
    head = struct.pack("<Iii", 0xF993FAC9, 1, len(stored)) + struct.pack(f"<{len(stored)}q", *stored)
    head += struct.pack(f"<i{len(shape)}q", len(shape), *shape) + struct.pack("<iii", 1, 0, 0)
    head += struct.pack("<iiq", flag, 1, len(indices))
    return head + bytes(4 * int(np.prod(stored))) + struct.pack(f"<{len(indices)}q", *indices)


def csr_entry(indptr: list[int], indices: list[int], *shape: int) -> bytes:
    head = struct.pack("<Iiiq", 0xF993FAC9, 2, 1, len(indices)) + struct.pack(
        f"<i{len(shape)}q", len(shape), *shape
    )
    head += struct.pack("<iii", 1, 0, 0)
    head += struct.pack("<iiq", 6, 1, len(indptr)) + struct.pack("<iiq", 6, 1, len(indices))
    return head + bytes(4 * len(indices)) + struct.pack(f"<{len(indptr) + len(indices)}q", *indptr, *indices)


HOSTILE_SPARSE = {
    "a row outside the array": rows_entry([5], 5, 2, stored=(1, 2)),
    "a negative row": rows_entry([-1], 5, 2, stored=(1, 2)),
    "rows of another width": rows_entry([0], 5, 2, stored=(1, 3)),
    "fewer indices than rows": rows_entry([0], 5, 2, stored=(2, 2)),
    "indices that are floating-point numbers": rows_entry([0], 5, 2, stored=(1, 2), flag=1),
    "a column outside the matrix": csr_entry([0, 1], [3], 1, 3),
    "offsets that fall": csr_entry([0, 2, 1, 2], [0, 1], 3, 3),
    "offsets that do not start at 0": csr_entry([1, 2], [0, 1], 1, 3),
    "offsets beyond the elements": csr_entry([0, 2**62], [0, 1], 1, 3),
    "offsets whose differences wrap around": csr_entry([0, 2**63 - 1, -(2**63), 2], [0, 1], 3, 3),
    "offsets of another number of rows": csr_entry([0, 2], [0, 1], 2, 3),
    "three dimensions": csr_entry([0, 2], [0, 1], 1, 3, 1),
}


@pytest.mark.parametrize("entry", HOSTILE_SPARSE.values(), ids=HOSTILE_SPARSE.keys())
def test_indices_that_point_elsewhere_are_refused(entry: bytes) -> None:
    with pytest.raises(FormatError):
        load(file_of([entry]))


def test_the_hostile_sparse_entries_fail_for_their_indices_alone() -> None:
    loaded = load(file_of([rows_entry([4], 5, 2, stored=(1, 2)), csr_entry([0, 1, 2], [0, 2], 2, 3)]))
    assert [array.stype for array in loaded] == ["row_sparse", "csr"]


@pytest.mark.parametrize(
    "content",
    [
        file_of([ONE], count=2**60),
        file_of([ONE], count=2**64 - 1),
        file_of([ONE], count=2),
        file_of([ONE])[:-8] + struct.pack("<Q", 2**60),
        file_of([ONE])[:-8] + struct.pack("<QQ", 1, 2**60) + b"a",
        file_of([ONE])[:-8] + struct.pack("<QQ", 1, 2**64 - 1) + b"a",
        file_of([ONE, ONE], [b"a"]),
        file_of([ONE], [b"a", b"b"]),
        struct.pack("<QQQ", 0x113, 0, 0) + bytes(8),
    ],
)
def test_counts_and_lengths_are_not_believed(content: bytes) -> None:
    with pytest.raises(FormatError):
        load(content)


@pytest.mark.parametrize("count", [2**60, 10])
def test_an_impossible_count_is_refused_before_any_array_is_read(count: int) -> None:
    content = file_of([ONE], count=count)  # 36 bytes of entries hold at most 9
    with pytest.raises(FormatError, match=f"{count} arrays are claimed, 44 bytes hold at most 9") as caught:
        load(content)
    assert f"at byte 24 of {len(content)}" in str(caught.value)


def test_every_truncation_of_every_golden_file_is_refused() -> None:
    for path in sorted(GOLDEN.glob("*.params")):
        content = path.read_bytes()
        for length in range(len(content)):
            with pytest.raises(FormatError):
                load(content[:length])
