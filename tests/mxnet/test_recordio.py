"""mx.recordio: records in order and by key, in one process and in several, and images in them."""

import copy
import multiprocessing
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import mxnet as mx
from mxnet import recordio
from mxnet.base import MXNetError
from mxnet.files import FormatError
from mxnet.recordio import IRHeader, MXIndexedRecordIO, MXRecordIO
from tests.samples.records import IMAGES, PAYLOADS

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "files"
with_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


@pytest.fixture
def paths(tmp_path):
    """Names for an index and a record file, and ten records in them."""
    names = str(tmp_path / "ten.idx"), str(tmp_path / "ten.rec")
    with MXIndexedRecordIO(*names, "w") as record:
        for key in range(10):
            record.write_idx(key, b"record %d" % key)
    return names


def read_all(record):
    found = []
    while (each := record.read()) is not None:
        found.append(each)
    return found


# ------------------------------------------------------------------------------- in order


def test_records_come_in_order_then_none_and_again_after_a_reset(paths):
    record = MXRecordIO(paths[1], "r")
    expected = [b"record %d" % key for key in range(10)]
    assert read_all(record) == expected
    assert record.read() is None
    record.reset()
    assert read_all(record) == expected
    record.close()
    record.open()
    assert read_all(record) == expected


def test_a_writer_that_is_reset_begins_with_an_empty_file(tmp_path):
    record = MXRecordIO(tmp_path / "new.rec", "w")
    record.write(b"one")
    record.reset()
    record.write(b"two")
    record.close()
    assert read_all(MXRecordIO(tmp_path / "new.rec", "r")) == [b"two"]


def test_both_files_are_those_of_the_real_mxnet(tmp_path):
    names = tmp_path / "records.idx", tmp_path / "records.rec"
    with MXIndexedRecordIO(*names, "w") as record:
        for key, payload in PAYLOADS.items():
            record.write_idx(key, payload)
    for name in names:
        assert name.read_bytes() == (GOLDEN / name.name).read_bytes()


@pytest.mark.parametrize("flag", ["x", "rb", "wb", "a", "", None, "W"])
def test_another_flag_is_refused_and_nothing_is_made(flag, tmp_path):
    with pytest.raises(ValueError, match="Invalid flag") as caught:
        MXRecordIO(tmp_path / "new.rec", flag)
    assert ("flag='r'" in str(caught.value)) == (flag == "rb")
    assert os.listdir(tmp_path) == []


def test_what_a_file_was_not_opened_for_is_refused(paths):
    reader = MXIndexedRecordIO(*paths, "r")
    for use in (lambda: reader.write(b"x"), lambda: reader.write_idx(1, b"x")):
        with pytest.raises(AssertionError, match="the file is open to read"):
            use()
    writer = MXIndexedRecordIO(*paths, "w")
    for use in (writer.read, lambda: writer.read_idx(0), lambda: writer.seek(0)):
        with pytest.raises(AssertionError, match="the file is open to write"):
            use()


def test_a_closed_file_says_that_it_is_closed(paths):
    for flag, use in (("r", "read"), ("w", "tell")):
        record = MXIndexedRecordIO(*paths, flag)
        assert record.is_open
        record.close()
        record.close()
        assert not record.is_open
        with pytest.raises(MXNetError, match="the file is closed"):
            getattr(record, use)()


def test_only_local_files_are_opened():
    for uri in ("s3://bucket/train.rec", "hdfs://host/train.rec"):
        with pytest.raises(MXNetError, match="only files of this machine"):
            MXRecordIO(uri, "r")
    with pytest.raises(MXNetError, match=r"'/data/train\.rec'"):
        MXRecordIO("file:///data/train.rec", "r")


def test_a_wrong_file_is_refused_and_named(tmp_path):
    (tmp_path / "page.rec").write_bytes(b"<html>404</html>")
    record = MXRecordIO(tmp_path / "page.rec", "r")
    with pytest.raises(FormatError, match=r"page\.rec"):
        record.read()
    with pytest.raises(MXNetError, match="there is no such file"):
        MXRecordIO(tmp_path / "none.rec", "r")
    with pytest.raises(MXNetError, match="does not exist"):
        MXRecordIO(tmp_path / "none" / "new.rec", "w")


# ------------------------------------------------------------------------------- by key


def test_records_are_found_by_key_in_any_order(paths):
    record = MXIndexedRecordIO(*paths, "r")
    assert record.keys == list(range(10))
    assert [record.read_idx(key) for key in (7, 2, np.int64(5), 2)] == [
        b"record %d" % k for k in (7, 2, 5, 2)
    ]
    assert record.read() == b"record 3"
    record.seek(8)
    assert record.tell() == record.idx[8]
    assert read_all(record) == [b"record 8", b"record 9"]


def test_a_key_that_comes_twice_leads_to_the_later_record(tmp_path):
    names = tmp_path / "a.idx", tmp_path / "a.rec"
    with MXIndexedRecordIO(*names, "w") as record:
        for key, content in ((1, b"old"), ("2", b"two"), (1.9, b"new")):
            record.write_idx(key, content)
        assert (record.keys, record.idx) == ([1, 2, 1], {1: 24, 2: 12})
    record = MXIndexedRecordIO(*names, "r")
    assert (record.keys, record.idx) == ([1, 2, 1], {1: 24, 2: 12})
    assert record.read_idx(1) == b"new"


def test_keys_may_be_words(tmp_path):
    names = tmp_path / "a.idx", tmp_path / "a.rec"
    with MXIndexedRecordIO(*names, "w", key_type=str) as record:
        for key in ("a b", "é", 5):
            record.write_idx(key, str(key).encode())
        for wrong in ("a\tb", "a\nb"):
            with pytest.raises(ValueError, match="cannot stand in an index"):
                record.write_idx(wrong, b"")
    record = MXIndexedRecordIO(*names, "r", key_type=str)
    assert record.keys == ["a b", "é", "5"]
    assert record.read_idx("é") == "é".encode()
    with pytest.raises(FormatError, match="key_type=str"):
        MXIndexedRecordIO(*names, "r")


def test_a_key_that_is_not_there_is_named_with_those_that_are(paths):
    record = MXIndexedRecordIO(*paths, "r")
    for use in (record.read_idx, record.seek):
        with pytest.raises(KeyError) as caught:
            use(99)
        assert isinstance(caught.value, MXNetError)
        assert "99 (int)" in str(caught.value)
        assert "0, 1, 2, 3, 4, ... (10 in all)" in str(caught.value)
    with pytest.raises(KeyError, match="key_type=str"):
        record.read_idx("3")
    with pytest.raises(KeyError):
        record.read_idx([3])


def test_an_index_that_is_missing_can_be_made_as_the_error_says(paths, capsys):
    os.remove(paths[0])
    with pytest.raises(FileNotFoundError, match="there is no index") as caught:
        MXIndexedRecordIO(*paths, "r")
    hint = str(caught.value).partition("try:")[2].partition(" makes one")[0]
    exec(hint.strip())
    assert MXIndexedRecordIO(*paths, "r").read_idx(4) == b"record 4"


def test_an_index_of_another_file_is_noticed(paths, tmp_path):
    Path(paths[0]).write_text("1\t4\n2\t100000\n", encoding="utf-8")
    record = MXIndexedRecordIO(*paths, "r")
    with pytest.raises(FormatError, match="here stands"):
        record.read_idx(1)
    with pytest.raises(FormatError, match="outside of the file"):
        record.read_idx(2)


def test_a_record_file_that_is_missing_is_named_before_its_index(tmp_path):
    with pytest.raises(MXNetError, match=r"cannot open .*none\.rec"):
        MXIndexedRecordIO(tmp_path / "none.idx", tmp_path / "none.rec", "r")


def test_a_failed_write_leaves_no_line_in_the_index(tmp_path):
    record = MXIndexedRecordIO(tmp_path / "a.idx", tmp_path / "a.rec", "w")
    for key, content in (("x", b"x"), (1, "text"), (None, b"x")):
        with pytest.raises((TypeError, ValueError)):
            record.write_idx(key, content)
    assert record.tell() == 0
    assert (tmp_path / "a.idx").read_bytes() == b""
    assert record.keys == []


# ------------------------------------------------------------------------------- other processes


def test_a_reader_that_is_pickled_opens_the_file_again(paths):
    record = MXIndexedRecordIO(*paths, "r")
    record.read()
    for other in (pickle.loads(pickle.dumps(record)), copy.deepcopy(record)):
        assert other.read() == b"record 0"
        assert other.read_idx(6) == b"record 6"
    assert record.read() == b"record 1"
    record.close()
    other = pickle.loads(pickle.dumps(record))
    assert not other.is_open
    other.open()
    assert other.read_idx(6) == b"record 6"


def test_a_writer_cannot_be_pickled_and_its_file_is_unharmed(tmp_path):
    record = MXRecordIO(tmp_path / "new.rec", "w")
    record.write(b"one")
    with pytest.raises(TypeError, match="a writer cannot be copied"):
        pickle.dumps(record)
    assert read_all(MXRecordIO(tmp_path / "new.rec", "r")) == [b"one"]


def in_fork(function):
    """What ``function`` returns in a forked process."""
    receiver, sender = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(sender, pickle.dumps(function()))
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(sender)
    with open(receiver, "rb") as stream:
        return pickle.loads(stream.read())


@with_fork
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_reader_goes_on_in_a_forked_process_on_its_own(paths):
    record = MXIndexedRecordIO(*paths, "r")
    record.read()
    assert in_fork(lambda: [record.read(), record.read(), record.read_idx(8)]) == [
        b"record 1",
        b"record 2",
        b"record 8",
    ]
    assert record.read() == b"record 1"


@with_fork
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_writer_belongs_to_its_process(tmp_path):
    record = MXRecordIO(tmp_path / "new.rec", "w")
    record.write(b"one")

    def try_to_write():
        try:
            record.write(b"two")
        except RuntimeError as error:
            return str(error)
        finally:
            record.close()

    assert "written by another process" in in_fork(try_to_write)
    record.write(b"three")
    record.close()
    assert read_all(MXRecordIO(tmp_path / "new.rec", "r")) == [b"one", b"three"]


def read_in_worker(record):
    return record.read_idx(3)


def test_a_reader_can_be_sent_to_a_process_that_was_started_anew(paths):
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(read_in_worker, (MXIndexedRecordIO(*paths, "r"),)) == b"record 3"


# ------------------------------------------------------------------------------- images


def test_an_image_comes_back_from_its_record(rng):
    image = rng.integers(0, 256, (9, 7, 3)).astype(np.uint8)
    record = recordio.pack_img(IRHeader(0, [1, 2], 5, 0), image, quality=9, img_fmt=".png")
    header, found = recordio.unpack_img(record)
    assert (header.label.tolist(), header.id) == ([1.0, 2.0], 5)
    np.testing.assert_array_equal(found, image)
    np.testing.assert_array_equal(mx.recordio.unpack_img(record, iscolor=1)[1], image)
    assert recordio.unpack_img(record, iscolor=0)[1].shape == (9, 7)


def test_a_grey_image_has_two_axes(rng):
    image = rng.integers(0, 256, (9, 7)).astype(np.uint8)
    for given in (image, image[..., None]):
        record = recordio.pack_img((0, 1.0, 0, 0), given, img_fmt=".png", quality=3)
        np.testing.assert_array_equal(recordio.unpack_img(record)[1], image)
        assert recordio.unpack_img(record, 1)[1].shape == (9, 7, 3)


def test_jpeg_is_the_usual_format_and_quality_says_how_large_it_gets():
    image = (np.add.outer(np.arange(60), np.arange(80))[..., None] * [1, 2, 3]).astype(np.uint8)
    sizes = [len(recordio.pack_img((0, 1.0, 0, 0), image, quality=q)) for q in (10, 95)]
    assert sizes[0] < sizes[1]
    record = recordio.pack_img((0, 1.0, 0, 0), image)
    assert record[24:27] == b"\xff\xd8\xff"
    assert len(record) == sizes[1]


def test_the_colours_of_a_record_are_blue_green_red():
    content = (IMAGES / "color.png").read_bytes()
    _, image = recordio.unpack_img(recordio.pack((0, 1.0, 0, 0), content))
    expected = np.load(IMAGES / "pixels.npz")["color.png 1"]
    np.testing.assert_array_equal(image[..., ::-1], expected)


def test_a_photograph_is_turned_as_its_camera_was_held_unless_it_is_unchanged():
    record = recordio.pack((0, 1.0, 0, 0), (IMAGES / "turned.jpg").read_bytes())
    assert recordio.unpack_img(record)[1].shape == (14, 20, 3)
    assert recordio.unpack_img(record, 1)[1].shape == (20, 14, 3)


@pytest.mark.parametrize("content", [b"", b"garbage", b"\xff\xd8\xff"])
def test_a_record_without_an_image_is_refused(content):
    with pytest.raises(FormatError):
        recordio.unpack_img(recordio.pack((0, 1.0, 0, 0), content))


# ------------------------------------------------------------------------------- the module


def test_importing_mxnet_and_reading_records_loads_no_image_library(paths):
    program = (
        "import sys, mxnet as mx; "
        f"assert mx.recordio.MXIndexedRecordIO({paths[0]!r}, {paths[1]!r}, 'r').read_idx(1) == b'record 1'; "
        "assert not {'cv2', 'PIL'} & set(sys.modules), set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
