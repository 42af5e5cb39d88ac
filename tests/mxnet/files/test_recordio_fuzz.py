"""Hostile records and images: mutated valid files give records, headers or an error, at a cost in proportion."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from mxnet.files import FormatError
from mxnet.files.image_header import read_image_header
from mxnet.files.record_header import pack, unpack
from mxnet.files.recordio import RecordReader, encode_record, parse_index
from tests.samples.records import IMAGES, MAGIC

from .test_fuzz import judge, mutated, quick

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "files"
RECORDS = [path.read_bytes() for path in sorted(GOLDEN.glob("*.rec"))]
INDICES = [path.read_bytes() for path in sorted(GOLDEN.glob("*.idx"))]
PICTURES = [path.read_bytes() for path in sorted(IMAGES.iterdir()) if path.suffix != ".npz"]


def read_all(content: bytes) -> list[bytes]:
    reader = RecordReader(content)
    records = []
    while (record := reader.read()) is not None:
        records.append(record)
    return records


def skip_all(content: bytes) -> int:
    return sum(1 for _ in RecordReader(content).starts())


def unpack_all(content: bytes) -> None:
    for record in read_all(content):
        unpack(record)


@quick
@given(mutated(RECORDS))
def test_a_mutated_record_file_gives_records_or_an_error(content: bytes) -> None:
    judge(read_all, content)


@quick
@given(mutated(RECORDS))
def test_skipping_records_finds_the_same_ones_as_reading_them(content: bytes) -> None:
    judge(skip_all, content)
    try:
        expected = len(read_all(content))
    except FormatError:
        return
    assert skip_all(content) == expected


@quick
@given(mutated(RECORDS[:2]))
def test_a_mutated_header_gives_a_label_or_an_error(content: bytes) -> None:
    judge(unpack_all, content)


@settings(quick, max_examples=100)
@given(mutated(INDICES))
def test_a_mutated_index_gives_places_or_an_error(content: bytes) -> None:
    judge(parse_index, content)


@quick
@given(mutated(PICTURES))
def test_a_mutated_image_gives_a_size_or_an_error(content: bytes) -> None:
    judge(read_image_header, content)


@settings(quick, max_examples=100)
@given(st.binary(max_size=100))
def test_noise_is_no_image_and_no_record(content: bytes) -> None:
    judge(read_image_header, content)
    judge(read_all, content)
    judge(unpack, content)


PIECES = st.lists(
    st.sampled_from([MAGIC, MAGIC[:1], MAGIC[1:], b"\0", b"abcd"]) | st.binary(max_size=6), max_size=12
)


@settings(quick, max_examples=300)
@given(st.lists(PIECES.map(b"".join), max_size=5))
def test_any_records_survive_side_by_side(records: list[bytes]) -> None:
    assert read_all(b"".join(map(encode_record, records))) == records


FLOATS = st.floats(width=32, allow_nan=False)


@settings(quick, max_examples=100)
@given(
    FLOATS | st.lists(FLOATS, min_size=1), st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1), st.binary()
)
def test_any_label_survives(label, number: int, second: int, content: bytes) -> None:
    header, rest = unpack(pack((0, label, number, second), content))
    assert rest == content
    assert (header.id, header.id2) == (number, second)
    assert (list(header.label) if isinstance(label, list) else header.label) == label
