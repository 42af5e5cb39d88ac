"""`CSVIter`, `LibSVMIter`, `MNISTIter` beyond what is recorded: odd files, wrong parameters, errors."""

import gzip
import inspect
import logging
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mxnet as mx
from mxnet.base import MXNetError
from mxnet.files import FormatError, write_idx
from mxnet.io import text as io_text


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a file and returns its path."""

    def write(content, name="file.txt"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def csv(path, **options):
    return mx.io.CSVIter(**{"data_csv": path, "data_shape": (2,), "batch_size": 2, **options})


def libsvm(path, **options):
    return mx.io.LibSVMIter(**{"data_libsvm": path, "data_shape": (4,), "batch_size": 2, **options})


def refusal(read, otherwise):
    """What the one error that may come out says."""
    try:
        read()
    except FormatError as error:
        return str(error)
    return otherwise


def lines_of(error):
    return str(error.value).splitlines()


# -------------------------------------------------------------------------------------------------------------- CSV


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("1,2\n3,4,5\n", ["line 2: 3,4,5", "it has 3 columns, the shape takes 2"]),
        ("1,2,3\n4,5,6\n", ["line 1: 1,2,3", "it has 3 columns"]),
        ("1,2\n\n\n3\n", ["line 4: 3", "it has 1 columns"]),
        ("a,b\n1,2\n", ["line 1: a,b", "column 1 is 'a', no number"]),
        ("# words\n1,2\n", ["line 1", "no number"]),
        ("1,2\n3,x4\n", ["line 2", "column 2 is 'x4'"]),
        ("1,\n3,4\n", ["line 1", "it has 1 columns"]),
        (",1\n3,4\n", ["column 1 is '', no number"]),
        ("1;2\n3;4\n", ["line 1: 1;2", "no number"]),
        ('"1","2"\n', ["no number"]),
        ("1,1_0\n", ["column 2 is '1_0'"]),
        ("", ["has no rows"]),
        ("\n \n", ["has no rows"]),
        (b"\xff\xfe\x00\x01", ["no number"]),
        (b"1,2\n3,\x00\n", ["line 2", "no number"]),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "int32"])
def test_a_line_that_is_wrong_is_named(write, content, words, dtype):
    with pytest.raises(FormatError) as error:
        csv(write(content), dtype=dtype)
    for word in words:
        assert word in str(error.value)
    assert len(lines_of(error)) <= 3


@given(st.binary(max_size=200))
def test_bytes_are_rows_or_one_error(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("fuzz") / "file"
    path.write_bytes(content)
    for read in (lambda: io_text.read_csv(path, 2, "float32"), lambda: io_text.read_libsvm(path, 5)):
        assert str(path) in refusal(read, str(path))


@given(st.lists(st.text(alphabet="0123456789.,:-+e# \tqid\n", max_size=12), max_size=12))
def test_what_looks_like_numbers_is_rows_or_one_error(tmp_path_factory, lines):
    path = tmp_path_factory.mktemp("fuzz") / "file"
    path.write_text("\n".join(lines), encoding="utf-8")
    for read in (lambda: io_text.read_csv(path, 2, "int32"), lambda: io_text.read_libsvm(path, 5)):
        assert str(path) in refusal(read, str(path))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "uint8", "int32", "int64"])
def test_every_type_is_read(write, dtype):
    data_iter = csv(write("1,2\n3,4.5\n"), dtype=dtype)
    batch = next(data_iter)
    assert np.dtype(data_iter.provide_data[0].dtype) == np.dtype(batch.data[0].dtype) == dtype
    assert batch.data[0].asnumpy().tolist() == np.array([[1, 2], [3, 4.5]]).astype(dtype).tolist()


def test_large_whole_numbers_are_exact(write):
    batch = next(csv(write("1,2\n3,9007199254740993\n"), dtype="int64"))
    assert batch.data[0].asnumpy()[1, 1] == 9007199254740993


@pytest.mark.parametrize(
    ("content", "dtype"), [("1,2\n3,400\n", "int8"), ("1,2\n3,1e300\n", "int64"), ("nan,1\n", "int32")]
)
def test_a_number_that_a_type_does_not_have_is_refused(write, content, dtype):
    with pytest.raises(FormatError, match=f"a number that {dtype} does not"):
        csv(write(content), dtype=dtype)


def test_a_folder_is_read_file_by_file(write, tmp_path):
    (tmp_path / "all").mkdir()
    for name, content in (("b.csv", "5,6\n"), ("a.csv", "1,2\n3,4\n")):
        write(content, f"all/{name}")
    batch = next(csv(str(tmp_path / "all"), batch_size=3))
    assert batch.data[0].asnumpy().tolist() == [[1, 2], [3, 4], [5, 6]]


def test_a_batch_is_filled_with_its_own_rows_where_there_are_no_others(write):
    data_iter = csv(write("1,2\n3,4\n"), batch_size=5, round_batch=False)
    batch = next(data_iter)
    assert (batch.data[0].asnumpy()[:, 0].tolist(), batch.pad) == ([1, 3, 1, 3, 1], 3)


def test_a_pass_that_is_left_early_begins_anew(write):
    data_iter = csv(write("1,2\n3,4\n5,6\n"))
    for _ in range(3):
        assert next(data_iter).index.tolist() == [0, 1]
        data_iter.reset()


def test_batches_can_be_moved_through_by_hand(write):
    data_iter = csv(write("1,2\n3,4\n5,6\n"), round_batch=False)
    seen = []
    while data_iter.iter_next():
        seen.append((data_iter.getdata().asnumpy()[:, 0].tolist(), data_iter.getpad()))
    assert seen == [([1, 3], 0), ([5, 3], 1)]
    with pytest.raises(MXNetError, match="the pass has ended"):
        data_iter.getlabel()


def test_a_file_that_is_not_there_is_named(write, tmp_path):
    write("1,2\n", "data.csv")
    with pytest.raises(MXNetError, match=r"cannot open .*dta\.csv'") as error:
        csv(str(tmp_path / "dta.csv"))
    assert "data.csv" in lines_of(error)[-1]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"label_csv": "1\n"}, "fewer labels than samples"),
        ({"label_csv": "1\n2,3\n"}, "line 2: 2,3"),
        ({"batch_size": 0}, "batch_size is at least 1"),
        ({"batch_size": -1}, "batch_size is at least 1"),
        ({"batch_size": "two"}, "batch_size='two'"),
        ({"batch_size": 1.5}, "it is a whole number"),
        ({"batch_size": None}, "Required parameter batch_size"),
        ({"data_shape": ()}, "data_shape has no elements"),
        ({"data_shape": "(2"}, "a tuple of whole numbers"),
        ({"data_shape": (0,)}, "data_shape has no elements"),
        ({"round_batch": "maybe"}, "it is True or False"),
        ({"dtype": "float23"}, "'float32'"),
        ({"ctx": "tpu"}, "it is 'cpu' or 'gpu'"),
    ],
)
def test_a_wrong_parameter_has_one_clear_error(write, options, words):
    path = write("1,2\n3,4\n")
    if "label_csv" in options:
        options = {"label_csv": write(options["label_csv"], "labels")}
    with pytest.raises(MXNetError) as error:
        csv(path, **options)
    assert words in str(error.value)
    assert len(lines_of(error)) <= 4


def test_a_parameter_that_there_is_not_is_warned_about(write):
    with pytest.warns(UserWarning, match=r"no parameter 'batchsize'.*\n.*batch_size=\.\.\."):
        csv(write("1,2\n3,4\n"), batchsize=2)


def test_parameters_are_given_by_name(write):
    with pytest.raises(MXNetError, match=r"CSVIter\(data_csv=\.\.\., data_shape=\.\.\., batch_size=\.\.\.\)"):
        mx.io.CSVIter(write("1,2\n"), (2,), 2)


@pytest.mark.parametrize(
    "name", ["CSVIter", "LibSVMIter", "MNISTIter", "ImageRecordIter", "ImageDetRecordIter"]
)
def test_an_iterator_shows_its_parameters(name):
    function = getattr(mx.io, name)
    assert {"batch_size", "data_name", "label_name"} <= set(inspect.signature(function).parameters)
    for parameter in inspect.signature(function).parameters:
        assert parameter in function.__doc__, parameter


def test_a_handle_of_the_c_interface_is_refused():
    with pytest.raises(TypeError, match="no source of batches"):
        mx.io.MXDataIter(3)


# ----------------------------------------------------------------------------------------------------------- LibSVM


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("1 0:1\n2 9:1\n", ["line 2: 2 9:1", "column 9 is not below 4", "columns start at 0"]),
        ("1 4:1\n", ["column 4 is not below 4"]),
        ("0:1 2:3\n", ["line 1", "it starts with '0:1', a label is a number"]),
        ("1:0.5 0:1\n", ["it starts with '1:0.5'"]),
        ("1 0 1\n", ["'0' is not written column:value"]),
        ("1 0:1 0:3\n", ["column 0 stands there twice"]),
        ("1 2:1 0:2 2:3\n", ["column 2 stands there twice"]),
        ("1 x:1\n", ["'x:1' is not written column:value"]),
        ("1 1:x\n", ["'1:x' is not written"]),
        ("word 1:1\n", ["it starts with 'word'"]),
        ("1 -1:1\n", ["'-1:1' is not written"]),
        ("1 1.5:1\n", ["'1.5:1' is not written"]),
        ("1 1:\n", ["'1:' is not written"]),
        ("1 :1\n", ["':1' is not written"]),
        ("1 1:2:3\n", ["'1:2:3' is not written"]),
        ("1 0:1\n2 1: 5\n", ["line 2"]),
        ("1 2 0:1\n1:2\n", ["line 1", "'2' is not written"]),
        ("1 99999999999999999999:1\n", ["is not below 4"]),
        ("", ["has no rows"]),
        ("# nothing\n", ["has no rows"]),
    ],
)
def test_a_line_that_is_no_libsvm_is_named(write, content, words):
    with pytest.raises(FormatError) as error:
        libsvm(write(content))
    for word in words:
        assert word in str(error.value)
    assert len(lines_of(error)) <= 3


def test_empty_lines_and_columns_in_any_order_are_read(write):
    batch = next(libsvm(write("1 3:1 0:2\r\n\r\n-1.5 1:nan 2:-5e-3 \n")))
    assert np.nan_to_num(batch.data[0].asnumpy(), nan=9).tolist() == [
        [2, 0, 0, 1],
        [0, 9, np.float32(-5e-3), 0],
    ]
    assert batch.label[0].asnumpy().tolist() == [1, -1.5]


def test_parts_are_those_of_the_rows(write):
    path = write("".join(f"{row} 0:{row}\n" for row in range(7)))
    found = [
        next(libsvm(path, num_parts=3, part_index=part, batch_size=2)).label[0].asnumpy().tolist()
        for part in range(3)
    ]
    assert found == [[0, 1], [2, 3], [4, 5]]


def test_two_files_are_one(write):
    both = write("1 0:1\n2 3:4\n", "a") + ";" + write("3 1:5\n4\n", "b")
    batch = next(libsvm(both, batch_size=4))
    assert batch.data[0].asnumpy().tolist() == [[1, 0, 0, 0], [0, 0, 0, 4], [0, 5, 0, 0], [0, 0, 0, 0]]
    assert batch.label[0].asnumpy().tolist() == [1, 2, 3, 4]


def test_only_a_batch_is_filled_in(write):
    wide = libsvm(write("1 999999999:1\n2 5:2\n"), data_shape=(10**9,), batch_size=1)
    assert wide.provide_data[0].shape == (
        1,
        10**9,
    )  # as a whole it would take 8 GB, and as one batch half of that


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"data_shape": (2, 2)}, "data_shape=(4,)"),
        ({"label_shape": (2,)}, "do not go together"),
        ({"label_libsvm": "1 0:1\n"}, "do not go together"),
        ({"label_libsvm": "1 0:1\n", "label_shape": (3,)}, "fewer labels than samples"),
        ({"num_parts": 2, "part_index": 2}, "parts are numbered from 0"),
        ({"num_parts": 0}, "part_index does not exist"),
    ],
)
def test_wrong_parameters_of_libsvm_have_one_clear_error(write, options, words):
    path = write("1 0:1\n2 1:5\n")
    if "label_libsvm" in options:
        options = {**options, "label_libsvm": write(options["label_libsvm"], "labels")}
    with pytest.raises(MXNetError) as error:
        libsvm(path, **options)
    assert words in str(error.value)


@pytest.mark.parametrize("shape", [(3,), (3, 1)])
def test_labels_of_several_elements_come_from_a_file_of_their_own(write, shape):
    labels = write("0 0:1\n0 1:2 2:3\n", "labels")
    batch = next(libsvm(write("1 0:1\n2 1:5\n"), label_libsvm=labels, label_shape=shape, dtype="float64"))
    assert batch.label[0].asnumpy().tolist() == np.reshape([[1, 0, 0], [0, 2, 3]], (2, *shape)).tolist()
    assert batch.data[0].dtype == np.float64


# ------------------------------------------------------------------------------------------------------------ MNIST


@pytest.fixture
def digits(tmp_path):
    """Return the paths of five images and their labels."""
    write_idx(tmp_path / "images", np.arange(30, dtype=np.uint8).reshape(5, 2, 3))
    write_idx(tmp_path / "labels", np.arange(5, dtype=np.uint8))
    return {"image": str(tmp_path / "images"), "label": str(tmp_path / "labels"), "batch_size": 2}


def test_gzipped_digits_are_read(digits, tmp_path):
    for key in ("image", "label"):
        packed = tmp_path / f"{key}.gz"
        packed.write_bytes(gzip.compress(Path(digits[key]).read_bytes()))
        digits[key] = str(packed)
    assert len(list(mx.io.MNISTIter(**digits))) == 2


def test_the_log_says_what_is_read_unless_it_is_silent(digits, caplog):
    with caplog.at_level(logging.INFO, "mxnet"):
        mx.io.MNISTIter(**digits, silent=True)
        assert not caplog.records
        mx.io.MNISTIter(**digits, shuffle=False)
    assert "load 5 images, shuffle=0, shape=(2, 1, 2, 3)" in caplog.text


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"image": "labels"}, "does not hold images"),
        ({"label": "images"}, "does not hold labels"),
        ({"batch_size": 6}, "fewer images than a batch has"),
        ({"num_parts": 5, "part_index": 0}, "1 images, batch_size=2"),
        ({"num_parts": 2, "part_index": -1}, "part_index does not exist"),
        ({"dtype": "int32"}, "it is 'None' or 'float32'"),
        ({"image": "absent"}, "cannot open"),
    ],
)
def test_wrong_parameters_of_mnist_have_one_clear_error(digits, tmp_path, options, words):
    options = {
        key: str(tmp_path / value) if key in ("image", "label") else value for key, value in options.items()
    }
    with pytest.raises(MXNetError) as error:
        mx.io.MNISTIter(**{**digits, **options})
    assert words in str(error.value)


def test_images_without_as_many_labels_are_refused(digits, tmp_path):
    write_idx(tmp_path / "labels", np.arange(4, dtype=np.uint8))
    with pytest.raises(MXNetError, match=r"5 images in .*4 labels"):
        mx.io.MNISTIter(**digits)
