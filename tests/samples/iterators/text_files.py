"""Iterators over files of numbers: CSV, LibSVM, MNIST."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import numpy as np

from .program import batch, described, error, flat, grid, passes, program, text

# ------------------------------------------------------------------------------------------------- text files


def numbers_of(count):
    return "".join(f"{row},{row + 0.5},{row * -10}\n" for row in range(count))


@grid(count=(6, 7), size=(1, 3, 5), rounded=(True, False))
def csv(mx, count, size, rounded):
    data_iter = mx.io.CSVIter(
        data_csv=text("data.csv", numbers_of(count)),
        data_shape=(3,),
        label_csv=text("label.csv", "".join(f"{row}\n" for row in range(count))),
        batch_size=size,
        round_batch=rounded,
    )
    return described(data_iter), passes(data_iter, 5)


@program
def csv_larger_than_the_file(mx):
    data_iter = mx.io.CSVIter(data_csv=text("data.csv", numbers_of(7)), data_shape=(3,), batch_size=8)
    return passes(data_iter, 5)


@program
def csv_texts(mx):
    found = []
    for content in (
        "1,2\n3,4",
        "1,2\r\n3,4\r\n",
        "1,2\n\n3,4\n\n",
        " 1 , 2 \n3,4\n",
        "1,2,\n3,4,\n",
        "nan,inf\n-inf,1e3\n",
    ):
        data_iter = mx.io.CSVIter(data_csv=text("data.csv", content), data_shape=(2,), batch_size=2)
        found.append(repr(flat([next(data_iter).data[0]])))
    return found


@program
def csv_shapes_and_types(mx):
    found = []
    data, label = text("data.csv", "1.7,2\n3,-4.9\n"), text("label.csv", "1,2\n3,4\n")
    narrow = text("narrow.csv", "5\n6\n7\n")
    for options in (
        {"data_shape": (2, 1)},
        {"data_shape": "(1, 2)", "batch_size": "2"},
        {"label_csv": label, "label_shape": (2,)},
        {"label_csv": narrow, "label_shape": (1, 1)},
        {"label_shape": (2,)},
        {"dtype": "int32", "label_csv": narrow},
        {"dtype": "int64"},
        {"data_name": "x", "label_name": "y", "round_batch": "False"},
    ):
        data_iter = mx.io.CSVIter(**{"data_csv": data, "data_shape": (2,), "batch_size": 2, **options})
        found.append([described(data_iter), passes(data_iter, 1)])
    return found


@program
def csv_in_two_files(mx):
    both = text("a.csv", "1,2\n3,4\n") + ";" + text("b.csv", "5,6\n7,8\n")
    return passes(mx.io.CSVIter(data_csv=both, data_shape=(2,), batch_size=3), 1)


@program
def csv_errors(mx):
    tries = []
    for content in ("a,b\n3,4\n", "1,2\n3,4,5\n", "1,2\n3\n", "1;2\n3;4\n"):
        tries.append(lambda content=content: {"data_csv": text("bad.csv", content)})
    tries += [
        lambda: {"data_csv": "absent.csv"},
        lambda: {"label_csv": text("label.csv", "1\n")},
        lambda: {"batch_size": None},
        lambda: {"batch_size": "two"},
        lambda: {"round_batch": "maybe"},
    ]
    text("data.csv", "1,2\n3,4\n")

    def run(options):
        given = {"data_csv": "data.csv", "data_shape": (2,), "batch_size": 2, **options}
        list(mx.io.CSVIter(**{key: value for key, value in given.items() if value is not None}))

    return [error(lambda each=each: run(each())) for each in tries]


@program
def current_batch_of_csv(mx):
    data_iter = mx.io.CSVIter(data_csv=text("data.csv", numbers_of(7)), data_shape=(3,), batch_size=3)
    found = [
        flat([data_iter.getdata(), data_iter.getlabel()]),
        data_iter.getpad(),
        data_iter.getindex().tolist(),
    ]
    found.append(batch(next(data_iter)))
    data_iter.debug_skip_load()
    return found, [batch(next(data_iter)) for _ in range(4)]


LIBSVM = "1 0:1 2:3\n2 1:5\n3 3:7 0:2 # comment\n4\n5 qid:3 1:-2.5\n"


@grid(size=(1, 2, 3, 5))
def libsvm(mx, size):
    data_iter = mx.io.LibSVMIter(data_libsvm=text("data.svm", LIBSVM), data_shape=(4,), batch_size=size)
    return described(data_iter), passes(data_iter, 4)


@program
def libsvm_labels(mx):
    data_iter = mx.io.LibSVMIter(
        data_libsvm=text("data.svm", "1 0:1 2:3\n2 1:5\n3 3:7 0:2\n"),
        data_shape=(4,),
        label_libsvm=text("label.svm", "1 0:1\n2 1:2\n3 2:3\n"),
        label_shape=(3,),
        batch_size=2,
    )
    return described(data_iter), passes(data_iter, 1)


# ------------------------------------------------------------------------------------------------------ MNIST


def idx(name, array):
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    Path(name).write_bytes(header + np.ascontiguousarray(array, np.uint8).tobytes())
    return name


def digits(mx, count, **options):
    pixels = np.arange(count * 6).reshape(count, 2, 3) % 256
    files = {"image": idx("images", pixels), "label": idx("labels", np.arange(count) % 256)}
    return mx.io.MNISTIter(**{**files, "batch_size": 3, "shuffle": False, "silent": True, **options})


@program
def mnist(mx):
    found = []
    for options in (
        {},
        {"flat": True},
        {"num_parts": 2, "part_index": 0},
        {"num_parts": 2, "part_index": 1},
        {"num_parts": 3, "part_index": 2, "batch_size": 1},
    ):
        data_iter = digits(mx, 7, **options)
        found.append([described(data_iter), passes(data_iter, 2)])
    return found


@grid(seed=(0, 1, 2, 1000), count=(7, 8, 200))
def mnist_shuffled(mx, seed, count):
    data_iter = digits(mx, count, shuffle=True, seed=seed, batch_size=count)
    return [[zlib.crc32(json.dumps(batch(one)).encode()), flat(one.label)] for one in data_iter]
