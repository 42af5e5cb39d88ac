"""RecordIO files: the bytes of the real MXNet, both ways, and what is no such file."""

from __future__ import annotations

import os
import struct
import threading
from pathlib import Path

import numpy as np
import pytest

from mxnet.base import MXNetError
from mxnet.files import FormatError, recordio
from mxnet.files.record_header import IRHeader, pack, unpack
from mxnet.files.recordio import (
    MAX_RECORD,
    AppendedFile,
    RecordReader,
    RecordWriter,
    encode_record,
    parse_index,
    read_index,
    write_index,
)
from tests.samples.records import LABELLED, MAGIC, PAYLOADS

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "files"


def all_of(source):
    reader = RecordReader(source)
    records = []
    while (record := reader.read()) is not None:
        records.append(record)
    return records


def part(kind, content):
    return MAGIC + struct.pack("<I", kind << 29 | len(content)) + content + bytes(-len(content) % 4)


# ------------------------------------------------------------------------------- against the real MXNet


def test_records_of_the_real_mxnet_are_read():
    assert all_of(GOLDEN / "records.rec") == list(PAYLOADS.values())


def test_writing_gives_the_bytes_of_the_real_mxnet(tmp_path):
    writer = RecordWriter(tmp_path / "records.rec")
    for payload in PAYLOADS.values():
        writer.write(payload)
    writer.close()
    assert (tmp_path / "records.rec").read_bytes() == (GOLDEN / "records.rec").read_bytes()


def test_an_index_of_the_real_mxnet_leads_to_each_record():
    reader = RecordReader(GOLDEN / "records.rec")
    places = dict(read_index(GOLDEN / "records.idx"))
    assert {key: reader.read_at(place)[0] for key, place in places.items()} == PAYLOADS


def test_an_index_is_made_of_the_records(tmp_path):
    assert write_index(tmp_path / "new.idx", GOLDEN / "records.rec") == len(PAYLOADS)
    made = read_index(tmp_path / "new.idx")
    assert [place for _, place in made] == [place for _, place in read_index(GOLDEN / "records.idx")]
    assert [key for key, _ in made] == list(range(len(PAYLOADS)))


def test_labels_of_the_real_mxnet_are_read():
    for record, (header, content) in zip(all_of(GOLDEN / "labels.rec"), LABELLED, strict=True):
        found, rest = unpack(record)
        assert rest == content
        assert tuple(found[2:]) == header[2:]
        labels = np.atleast_1d(np.asarray(header[1], np.float32))
        np.testing.assert_array_equal(np.atleast_1d(found.label), labels if labels.size else [0.0])


def test_packing_gives_the_bytes_of_the_real_mxnet():
    packed = [pack(header, content) for header, content in LABELLED]
    assert packed == all_of(GOLDEN / "labels.rec")


# ------------------------------------------------------------------------------- records


@pytest.mark.parametrize("content", [b"", b"a", MAGIC, b"ab" + MAGIC, MAGIC * 3, b"abcd" + MAGIC[:2]])
def test_any_content_survives(content):
    assert all_of(encode_record(b"before") + encode_record(content) + encode_record(b"behind")) == [
        b"before",
        content,
        b"behind",
    ]


def test_a_record_is_found_from_any_place_without_moving_on():
    content = encode_record(b"one") + encode_record(MAGIC) + encode_record(b"three")
    reader = RecordReader(content)
    starts = list(reader.starts())
    assert [reader.read_at(start)[0] for start in reversed(starts)] == [b"three", MAGIC, b"one"]
    assert reader.read() == b"one"


def test_a_record_may_be_any_bytes_but_no_text():
    for record in (b"abc", bytearray(b"abc"), memoryview(b"abc"), np.frombuffer(b"abc", np.uint8)):
        assert all_of(encode_record(record)) == [b"abc"]
    for wrong in ("abc", None, 3, [1, 2]):
        with pytest.raises(TypeError, match="a record is made of bytes"):
            encode_record(wrong)


def test_a_record_that_is_too_long_is_refused_before_it_is_copied():
    with pytest.raises(MXNetError, match=r"less than 2\^29"):
        encode_record(np.zeros(MAX_RECORD + 1, np.uint8))  # pages that nobody touches


def test_one_thread_does_not_disturb_another(tmp_path):
    path = tmp_path / "many.rec"
    writer = RecordWriter(path)
    places = [writer.write(b"%d" % i * 50) for i in range(200)]
    writer.close()
    reader = RecordReader(path)
    wrong = []

    def read(numbers):
        wrong.extend(i for i in numbers if reader.read_at(places[i])[0] != b"%d" % i * 50)

    threads = [threading.Thread(target=read, args=(range(k, 200, 4),)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


# ------------------------------------------------------------------------------- malformed content

GOOD = encode_record(b"first") + encode_record(b"second")
MALFORMED = {
    "half a header": GOOD[:6],
    "a header alone": encode_record(b"first")[:8],
    "half a record": GOOD[:-4],
    "no padding at the end": encode_record(b"first")[:-3],
    "another magic number": b"abcd" + GOOD[4:],
    "a page that says 404": b"<!DOCTYPE html><html>404</html>",
    "zeros behind the last record": GOOD + bytes(8),
    "a byte behind the last record": GOOD + b"\0",
    "a middle alone": part(2, b"abcd"),
    "an end alone": part(3, b"abcd"),
    "a beginning without an end": part(1, b"abcd"),
    "a beginning before another record": part(1, b"abcd") + part(0, b"efgh"),
    "a beginning before a beginning": part(1, b"abcd") + part(1, b"efgh") + part(3, b""),
    "a kind that there is not": part(5, b"abcd"),
    "more bytes than the file has": MAGIC + struct.pack("<I", MAX_RECORD) + b"abcd",
}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED.keys())
@pytest.mark.parametrize("way", ["read", "starts"])
def test_malformed_content_is_refused(content, way, tmp_path):
    path = tmp_path / "bad.rec"
    path.write_bytes(content)
    with pytest.raises(FormatError, match="a record at byte") as caught:
        all_of(path) if way == "read" else list(RecordReader(path).starts())
    assert caught.value.because
    assert str(path) in str(caught.value)


def test_records_before_the_damage_are_read():
    reader = RecordReader(GOOD[:-4])
    assert reader.read() == b"first"
    for _ in range(2):  # and it stays there
        with pytest.raises(FormatError, match="are left"):
            reader.read()


@pytest.mark.parametrize("place", [-4, -1, 4, 9, 10**6, 2**63])
def test_a_place_where_no_record_begins_is_refused(place):
    with pytest.raises(FormatError, match="index"):
        RecordReader(GOOD).read_at(place)


def test_an_empty_file_has_no_records(tmp_path):
    (tmp_path / "empty.rec").write_bytes(b"")
    assert all_of(tmp_path / "empty.rec") == []


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(MXNetError, match="there is no such file"):
        RecordReader(tmp_path / "none.rec")
    with pytest.raises(MXNetError, match="it is a folder"):
        RecordReader(tmp_path)


# ------------------------------------------------------------------------------- the index


@pytest.mark.parametrize(
    "content",
    [
        b"1 0\n",
        b"1\n",
        b"x\t0\n",
        b"1\t-4\n",
        b"1\t1.5\n",
        b"1\t\n",
        b"\xff\xfe1\t0\n",
        b"1\t" + b"9" * 5000 + b"\n",
    ],
    ids=["blank", "alone", "word", "negative", "fraction", "nothing", "binary", "endless"],
)
def test_a_malformed_index_is_refused(content, tmp_path):
    path = tmp_path / "bad.idx"
    path.write_bytes(b"7\t0\n" + content)
    with pytest.raises(FormatError, match="is not a valid index"):
        read_index(path)


def test_an_index_may_end_without_a_line_break_and_have_those_of_windows():
    assert parse_index(b"1\t0\r\n2\t12\r\n\r\n3\t24") == [(1, 0), (2, 12), (3, 24)]
    assert parse_index("a b\t0\nä\u2028\t12\n".encode(), str) == [("a b", 0), ("ä\u2028", 12)]
    assert parse_index(b"") == []


def test_a_damaged_record_file_gets_no_index(tmp_path):
    (tmp_path / "bad.rec").write_bytes(GOOD[:-4])
    with pytest.raises(FormatError):
        write_index(tmp_path / "bad.idx", tmp_path / "bad.rec")
    assert os.listdir(tmp_path) == ["bad.rec"]


# ------------------------------------------------------------------------------- writing


def test_a_record_is_in_the_file_when_write_returns(tmp_path):
    writer = RecordWriter(tmp_path / "new.rec")
    assert writer.write(b"one") == 0
    assert all_of(tmp_path / "new.rec") == [b"one"]
    assert writer.write(b"two") == writer.position - 12 == 12
    assert all_of(tmp_path / "new.rec") == [b"one", b"two"]
    writer.close()
    writer.close()


@pytest.mark.skipif(os.name == "nt", reason="a file that is open cannot be replaced there")
def test_who_reads_the_old_file_keeps_reading_it(tmp_path):
    path = tmp_path / "new.rec"
    for content in (b"old" * 5000, b"new"):
        path.touch()
        path.chmod(0o640)
        reader = RecordReader(path)
        writer = RecordWriter(path)
        writer.write(content)
        writer.close()
        assert path.stat().st_mode & 0o777 == 0o640
    assert reader.read() == b"old" * 5000
    assert all_of(path) == [b"new"]


class FullDisk:
    """A file that takes some bytes and then no more."""

    def __init__(self, stream, room):
        self.stream, self.room = stream, room

    def write(self, content):
        if self.room <= 0:
            raise OSError(28, "No space left on device")
        written = self.stream.write(content[: self.room])
        self.room -= written
        return written

    def __getattr__(self, name):
        return getattr(self.stream, name)


def test_a_record_that_does_not_fit_on_the_disk_is_taken_back(tmp_path, monkeypatch):
    path = tmp_path / "new.rec"
    writer = RecordWriter(path)
    writer.write(b"one")
    writer._stream = FullDisk(writer._stream, room=5)
    with pytest.raises(MXNetError, match="the disk is full"):
        writer.write(b"two")
    assert all_of(path) == [b"one"]
    writer._stream.room = 100
    writer.write(b"three")
    assert all_of(path) == [b"one", b"three"]
    writer._stream.stream.close()
    writer._stream = None


def test_a_file_that_is_forgotten_is_closed(tmp_path):
    file = AppendedFile(tmp_path / "new.rec")
    stream = file._stream
    del file
    assert stream.closed


def test_a_folder_that_is_missing_is_named(tmp_path):
    with pytest.raises(MXNetError, match="does not exist"):
        RecordWriter(tmp_path / "none" / "new.rec")


# ------------------------------------------------------------------------------- headers


def test_labels_are_numbers_or_arrays_of_their_own():
    header, content = unpack(pack(IRHeader(0, 3, 1, 2), b"xyz"))
    assert (type(header.label), header, content) == (float, (0, 3.0, 1, 2), b"xyz")
    header, content = unpack(pack(IRHeader(0, np.ones((2, 2)), 1, 2), b"xyz"))
    assert (header.flag, header.label.tolist(), header.label.dtype, content) == (
        4,
        [1.0] * 4,
        np.float32,
        b"xyz",
    )
    assert header.label.flags.writeable
    assert repr(IRHeader(0, 1.0, 2, 3)) == "HEADER(flag=0, label=1.0, id=2, id2=3)"


@pytest.mark.parametrize(("label", "expected"), [(1e40, np.inf), (-1e40, -np.inf), (2**53 + 1, 2.0**53)])
def test_a_label_becomes_the_nearest_float32(label, expected):
    assert unpack(pack(IRHeader(0, label, 0, 0), b""))[0].label == expected


@pytest.mark.parametrize(
    "header", [(0, 1.0, -1, 0), (0, 1.0, 2**64, 0), (0, "cat", 0, 0), (0, [[1], [2, 3]], 0, 0)]
)
def test_a_header_that_does_not_fit_is_refused(header):
    with pytest.raises(ValueError, match="pack: this cannot become a record"):
        pack(header, b"x")


@pytest.mark.parametrize(("header", "content"), [((0, 1.0, 0.5, 0), b"x"), ((0, 1.0, 0, 0), "text")])
def test_what_is_no_number_and_no_bytes_is_refused(header, content):
    with pytest.raises(TypeError, match="pack: this cannot become a record"):
        pack(header, content)


@pytest.mark.parametrize("length", [0, 3, 23, 24, 35])
def test_a_record_shorter_than_its_header_says_is_refused(length):
    with pytest.raises(FormatError, match="no record with a header"):
        unpack(pack(IRHeader(0, [1, 2, 3], 0, 0), b"")[:length])


def test_the_end_of_a_file_is_no_record():
    with pytest.raises(TypeError, match="behind the last record"):
        unpack(None)


def test_the_layer_says_what_it_has():
    assert set(recordio.__all__) <= set(vars(recordio))
