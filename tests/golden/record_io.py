"""What iterators over batches yield with the real MXNet 1.9.1: rows, order, pads, indices, over several passes.

Run it with the oracle's Python (``make golden`` does): it rewrites ``tests/golden/io.json``. The tests run the same
`PROGRAMS` with Glueball. Files are written by the programs themselves, into a folder of their own.
"""

from __future__ import annotations

import json
import os
import struct
import sys
import tempfile
import warnings
import zlib
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = {}
ROWS = np.arange(10, dtype=np.float32).reshape(10, 1)
LABELS = np.arange(10) * 10.0


def program(function):
    PROGRAMS[function.__name__] = function
    return function


def grid(**choices):
    """A program for each combination of choices."""

    def enter(function):
        combinations = [{}]
        for name, values in choices.items():
            combinations = [{**each, name: value} for each in combinations for value in values]
        for each in combinations:
            identity = " ".join([function.__name__, *(f"{key}={value}" for key, value in each.items())])
            PROGRAMS[identity] = lambda mx, each=each: function(mx, **each)
        return function

    return enter


def flat(arrays):
    return [np.asarray(array.asnumpy(), np.float64).ravel().tolist() for array in arrays]


def batch(one):
    index = one.index if one.index is None else np.asarray(one.index).tolist()
    return [flat(one.data), flat(one.label), one.pad, index]


def passes(data_iter, count):
    found = []
    for _ in range(count):
        found.append([batch(each) for each in data_iter])
        data_iter.reset()
    return found


def described(data_iter):
    return repr(data_iter.provide_data), repr(data_iter.provide_label), data_iter.batch_size


def error(function):
    try:
        function()
    except Exception as exception:
        known = (
            "MXNetError",
            "KeyError",
            "IndexError",
            "TypeError",
            "AssertionError",
            "StopIteration",
            "ValueError",
        )
        return next(each.__name__ for each in type(exception).__mro__ if each.__name__ in known)
    return "none"


# ------------------------------------------------------------------------------------------------ NDArrayIter


@grid(handle=("pad", "discard", "roll_over"), size=(1, 3, 4, 5, 7, 10, 11))
def rows(mx, handle, size):
    return passes(mx.io.NDArrayIter(ROWS, LABELS, size, last_batch_handle=handle), 5)


@grid(handle=("pad", "discard", "roll_over"))
def passes_left_early(mx, handle):
    data_iter = mx.io.NDArrayIter(ROWS, batch_size=3, last_batch_handle=handle)
    found = []
    for count in (2, 1, 3, 4, 4, 0, 2, 9):
        seen = [data_iter.cursor]
        for _ in range(count):
            try:
                seen += [batch(next(data_iter)), data_iter.cursor, data_iter.getpad()]
            except StopIteration:
                seen += ["end", data_iter.cursor]
                break
        found.append(seen)
        data_iter.reset()
    data_iter.hard_reset()
    return found, data_iter.cursor, passes(data_iter, 1)


@grid(handle=("pad", "discard", "roll_over"))
def shuffled(mx, handle):
    np.random.seed(3)
    data_iter = mx.io.NDArrayIter(ROWS, LABELS, 4, shuffle=True, last_batch_handle=handle)
    found = []
    for _ in range(5):
        found.append([data_iter.idx.tolist(), flat(array for _, array in data_iter.data + data_iter.label)])
        found += passes(data_iter, 1)
    data_iter.hard_reset()
    return found, data_iter.idx.tolist(), passes(data_iter, 1)


@program
def sources(mx):
    found = []
    for data, label in (
        (ROWS, None),
        (ROWS.astype("int32"), ROWS.astype("float64")),
        (mx.nd.arange(4, dtype="int32"), mx.nd.arange(4, dtype="float64")),
        ([ROWS, LABELS], [LABELS]),
        ({"b": ROWS, "a": LABELS}, {"second": LABELS, "first": ROWS}),
        ({"a": [1, 2]}, None),
        ([[1, 2], [3, 4]], None),
    ):
        data_iter = mx.io.NDArrayIter(data, label, 2, data_name="x", label_name="y", layout="NC")
        one = next(data_iter)
        kinds = [str(np.dtype(array.dtype)) for array in [*one.data, *one.label]]
        found.append(
            [described(data_iter), data_iter.num_data, data_iter.num_source, kinds, batch(one), str(one)]
        )
    return found


@program
def by_hand(mx):
    found = []
    for handle in ("pad", "discard", "roll_over"):
        data_iter = mx.io.NDArrayIter(ROWS, LABELS, 4, last_batch_handle=handle)
        for _ in range(4):
            moved = data_iter.iter_next()
            found.append([moved, data_iter.cursor, data_iter.getpad(), data_iter.getindex()])
            if moved:
                found.append([flat(data_iter.getdata()), flat(data_iter.getlabel())])
    return found


@program
def sources_that_are_none(mx):
    tries = (None, [], "abc", 3.0, (ROWS, LABELS))
    return [error(lambda data=data: mx.io.NDArrayIter(data)) for data in tries]


@program
def a_batch_is_a_copy(mx):
    data = mx.nd.array(ROWS)
    data_iter = mx.io.NDArrayIter(data, batch_size=2)
    data[:] = 7
    one = next(data_iter).data[0]
    one[:] = 9
    return flat([data, next(data_iter).data[0]])


# ------------------------------------------------------------------------------------- descriptions, batches


@program
def descriptions(mx):
    desc = mx.io.DataDesc("data", (2, 3), "float16", "TNC")
    get = mx.io.DataDesc.get_batch_axis
    shapes = [("a", (1, 2)), ("b", (3,))]
    return [
        repr(desc),
        repr(mx.io.DataDesc("data", (2, 3))),
        list(desc),
        desc == ("data", (2, 3)),
        [get(layout) for layout in ("NCHW", "TNC", None, "CHW")],
        repr(mx.io.DataDesc.get_list(shapes, [("a", np.int32), ("b", "float16")])),
        repr(mx.io.DataDesc.get_list(shapes, None)),
        error(lambda: mx.io.DataDesc.get_list(shapes, [("a", "int8")])),
        [each.__name__ for each in mx.io.DataDesc.__mro__],
    ]


@program
def batches(mx):
    one = mx.nd.ones((2, 3))
    return [
        str(mx.io.DataBatch([one], [one], 1, [0], 5)),
        str(mx.io.DataBatch([], [])),
        str(mx.io.DataBatch((one,), ())),
        [str(value) for key, value in vars(mx.io.DataBatch([one])).items() if key != "data"],
        error(lambda: mx.io.DataBatch(one)),
        error(lambda: mx.io.DataBatch([one], one)),
    ]


@program
def an_iterator_of_ones_own(mx):
    class Three(mx.io.DataIter):
        count = 0

        def iter_next(self):
            self.count += 1
            return self.count < 4

        def getdata(self):
            return [mx.nd.ones(2) * self.count]

        def getlabel(self):
            return []

        def getpad(self):
            return 1

        def getindex(self):
            return self.count

    base = mx.io.DataIter(4)
    getters = [
        bool(base.iter_next()),
        base.getdata(),
        base.getlabel(),
        base.getindex(),
        base.getpad(),
        base.reset(),
    ]
    return passes(Three(2), 2), getters, error(base.next)


# --------------------------------------------------------------------------------------------------- wrappers


@grid(size=(0, 2, 4, 6, 9), internal=(True, False))
def resized(mx, size, internal):
    data_iter = mx.io.ResizeIter(mx.io.NDArrayIter(ROWS, LABELS, 3), size, internal)
    return described(data_iter), passes(data_iter, 4)


@program
def prefetched(mx):
    def inner():
        return mx.io.NDArrayIter(ROWS, LABELS, 3)

    one = mx.io.PrefetchingIter(inner())
    two = mx.io.PrefetchingIter([inner(), inner()])
    names = [{"data": "a"}, {"data": "b"}], [{"softmax_label": "c"}, {"softmax_label": "d"}]
    renamed = mx.io.PrefetchingIter([inner(), inner()], *names)
    found = [described(one), passes(one, 3), described(two), passes(two, 2), described(renamed)]
    first = next(renamed)
    found += [
        repr(first.provide_data),
        repr(first.provide_label),
        flat(renamed.getdata()),
        flat(renamed.getlabel()),
    ]
    found += [renamed.getpad(), renamed.getindex()]
    next(one)
    one.reset()
    return found, passes(one, 1)


@program
def prefetched_that_differ(mx):
    pair = [mx.io.NDArrayIter(ROWS, batch_size=3), mx.io.NDArrayIter(ROWS, batch_size=4)]
    return error(lambda: list(mx.io.PrefetchingIter(pair)))


# ------------------------------------------------------------------------------------------------- text files


def text(name, content):
    Path(name).write_bytes(content.encode())
    return name


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


# ------------------------------------------------------------------------------------------- images in record files


def png(pixels):
    """A PNG file, made without a library: 1, 3 or 4 channels of 8 bits."""
    height, width, channels = pixels.shape

    def chunk(kind, content):
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    lines = b"".join(b"\0" + line.tobytes() for line in pixels)
    header = struct.pack(">IIBBBBB", width, height, 8, {1: 0, 3: 2, 4: 6}[channels], 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def record_file(mx, images, labels, name="images"):
    """Write a record file and its index; the ids of the records begin at 100."""
    recordio = mx.recordio
    writer = recordio.MXIndexedRecordIO(f"{name}.idx", f"{name}.rec", "w")
    for number, (image, label) in enumerate(zip(images, labels)):
        content = image if isinstance(image, bytes) else png(image)
        writer.write_idx(number, recordio.pack(recordio.IRHeader(0, label, 100 + number, 0), content))
    writer.close()
    return f"{name}.rec"


def plain(count):
    """Images of one colour each."""
    return [np.full((6, 8, 3), [number * 10, number, 100 + number], np.uint8) for number in range(count)]


def slopes(rows=10, columns=12):
    """An image of which every pixel says where it is."""
    image = np.full((rows, columns, 3), 7, np.uint8)
    image[..., 0] = np.arange(rows)[:, None] * 10
    image[..., 1] = np.arange(columns) * 10
    return image


def pictures(mx, file, kind="ImageRecordIter", **options):
    given = {"path_imgrec": file, "data_shape": (3, 6, 8), "batch_size": 3, "verbose": False, **options}
    return getattr(mx.io, kind)(**given)


def firsts(data_iter, count):
    """The first pixel of each image and the labels; for all batches that are not filled up, the numbers are sure."""
    found = []
    for _ in range(count):
        for one in data_iter:
            found.append([one.data[0].asnumpy()[:, 0, 0, 0].tolist(), one.label[0].asnumpy().tolist()])
        found.append("end")
        data_iter.reset()
    return found


@program
def pictures_in_order(mx):
    file = record_file(mx, plain(10), [number * 1.5 for number in range(10)])
    found = []
    for kind in ("ImageRecordIter", "ImageRecordUInt8Iter", "ImageRecordInt8Iter", "ImageRecordIter_v1"):
        data_iter = pictures(mx, file, kind)
        found.append([described(data_iter), firsts(data_iter, 4)])
    even = pictures(mx, file, batch_size=5)
    found.append([firsts(even, 2), [one.pad for one in even]])
    return found


@program
def pictures_in_parts(mx):
    file = record_file(mx, plain(10), range(10))
    found = []
    for parts in (1, 2, 3, 4, 10):
        for index in ("", "images.idx"):
            some = [{"path_imgidx": index}] if index else [{}]
            for part in range(parts):
                options = {"num_parts": parts, "part_index": part, "batch_size": 1, **some[0]}
                found.append([one.label[0].asnumpy().tolist() for one in pictures(mx, file, **options)])
    return found


@grid(seed=(0, 1, 7), count=(10, 50))
def pictures_shuffled(mx, seed, count):
    file = record_file(mx, plain(count), range(count))
    data_iter = pictures(mx, file, shuffle=True, seed=seed, batch_size=5)
    return firsts(data_iter, 3)


@program
def pictures_shuffled_and_filled_up(mx):
    file = record_file(mx, plain(10), range(10))
    return firsts(pictures(mx, file, shuffle=True, seed=3), 2)


@program
def pictures_cut_and_resized(mx):
    file = record_file(mx, [slopes()] * 2 + [slopes(12, 10)] * 2, range(4))
    found = []
    for options in (
        {},
        {"data_shape": (3, 5, 7)},
        {"data_shape": (3, 12, 16)},
        {"data_shape": (3, 12, 8)},
        {"data_shape": (3, 6, 16)},
        {"data_shape": (3, 6, 6), "resize": 6},
        {"data_shape": (3, 8, 8), "resize": 8},
        {"data_shape": (3, 6, 6), "resize": 5},
        {"data_shape": (3, 6, 6), "resize": 20},
        *({"data_shape": (3, 6, 6), "resize": 6, "inter_method": method} for method in (0, 2, 3, 4, 9)),
        {"data_shape": (3, 13, 13), "inter_method": 9},
        {"data_shape": (3, 6, 4), "min_crop_size": 4, "max_crop_size": 4, "inter_method": 9},
        {"data_shape": (3, 14, 14), "pad": 2},
        {"data_shape": (3, 14, 14), "pad": 2, "fill_value": 9},
        {"data_shape": (3, 6, 6), "min_crop_size": 4, "max_crop_size": 4},
        {"data_shape": (3, 6, 6), "min_crop_size": 9, "max_crop_size": 9},
        {"data_shape": (3, 6, 6), "random_resized_crop": True},
        {"mirror": True},
        {"mirror": True, "kind": "ImageRecordUInt8Iter"},
        {"mean_r": 16, "mean_g": 4, "mean_b": 2, "std_r": 2, "std_g": 4, "std_b": 8, "scale": 0.5},
    ):
        data = next(pictures(mx, file, **{"batch_size": 4, **options})).data[0].asnumpy()
        found.append(
            [data.shape, data[:, 0, :, 0].tolist(), data[:, 1, 0, :].tolist(), float(data[:, 2].mean())]
        )
    return found


@program
def pictures_of_other_channels(mx):
    grey = np.arange(48, dtype=np.uint8).reshape(6, 8, 1)
    colors = [np.full((6, 8, 3), color, np.uint8) for color in ((200, 100, 50), (10, 250, 3))]
    clear = np.full((6, 8, 4), [10, 20, 30, 40], np.uint8)
    found = []
    for images, options in (
        ([grey], {"data_shape": (1, 6, 8), "mean_r": 1, "std_r": 2}),
        ([grey], {}),
        (colors, {"data_shape": (1, 6, 8)}),
        ([clear], {"data_shape": (4, 6, 8), "mean_a": 4, "std_a": 2}),
        ([clear], {}),
        (colors, {"kind": "ImageRecordInt8Iter"}),
    ):
        data_iter = pictures(
            mx, record_file(mx, images, range(len(images))), batch_size=len(images), **options
        )
        found.append(next(data_iter).data[0].asnumpy()[:, :, 1, 1].tolist())
    return found


@program
def labels_of_pictures(mx):
    file = record_file(mx, plain(3), [np.array([1, 2, 3.0]), np.array([4, 5, 6.0]), np.array([7, 8, 9.0])])
    wide = pictures(mx, file, label_width=3)
    found = [described(wide), next(wide).label[0].asnumpy().tolist()]
    file = record_file(mx, plain(3), [1.0, 2.0, 3.0])
    one = text("one.lst", "100\t7.5\tx.png\n101\t8.5\ty.png\n102\t9.5\tz.png\n")
    two = text("two.lst", "100\t7.5\t1\tx.png\n101\t8.5\t2\ty.png\n102\t9.5\t3\tz.png\n")
    for options in ({"path_imglist": one}, {"path_imglist": two, "label_width": 2}):
        found.append(next(pictures(mx, file, **options)).label[0].asnumpy().tolist())
    return found


@program
def the_mean_of_pictures(mx):
    file = record_file(mx, plain(4), range(4))
    made = firsts(pictures(mx, file, batch_size=4, mean_img="mean.bin"), 1)
    return (
        made,
        flat(mx.nd.load("mean.bin").values()),
        firsts(pictures(mx, file, batch_size=4, mean_img="mean.bin"), 1),
    )


@program
def pictures_that_are_none(mx):
    file = record_file(mx, plain(2), range(2))
    wide = record_file(mx, plain(2), [np.array([1, 2.0])] * 2, "wide")
    noise = record_file(mx, [b"no image"] * 2, range(2), "noise")
    short = text("short.lst", "100\t1\tx.png\n")
    Path("empty.rec").write_bytes(b"")
    tries = [
        {"path_imgrec": "absent.rec"},
        {"path_imgrec": ""},
        {"path_imgrec": "empty.rec"},
        {"path_imgrec": noise},
        {"path_imgrec": wide},
        {"label_width": 2},
        {"data_shape": (2, 6, 8)},
        {"data_shape": (3, 6)},
        {"data_shape": (4, 6, 8)},
        {"path_imglist": short},
        {"inter_method": 5, "resize": 7},
        {"min_crop_size": 20, "max_crop_size": 20},
        {"random_resized_crop": True, "rand_crop": True},
    ]
    return [error(lambda each=each: list(pictures(mx, file, **{"batch_size": 2, **each}))) for each in tries]


BOXES = (
    np.array([2, 5, 0, 0.1, 0.2, 0.5, 0.6], np.float32),
    np.array([2, 5, 1, 0.1, 0.2, 0.3, 0.4, 2, 0.5, 0.5, 1.0, 1.0], np.float32),
)


def detections(mx, **options):
    file = record_file(mx, [slopes()] * 5, [BOXES[number % 2] for number in range(5)])
    return pictures(mx, file, "ImageDetRecordIter", **{"data_shape": (3, 10, 12), "batch_size": 2, **options})


def labelled(data_iter, count):
    """Labels, pads and ids of some passes."""
    found = []
    for _ in range(count):
        for one in data_iter:
            label = one.label[0].asnumpy().astype(np.float64).round(6)
            found.append([label.tolist(), one.pad, one.index.tolist()])
        data_iter.reset()
    return found


@program
def detections_in_order(mx):
    found = []
    for options in ({}, {"label_pad_width": 20}, {"label_pad_value": -7}, {"round_batch": False}):
        data_iter = detections(mx, **options)
        found.append([described(data_iter), labelled(data_iter, 3)])
    more = [np.array([4, 6, 10, 12, 0, 0.1, 0.2, 0.5, 0.6, 1], np.float32)] * 2
    file = record_file(mx, [slopes()] * 2, more)
    found.append(labelled(pictures(mx, file, "ImageDetRecordIter", batch_size=2), 1))
    return found


@program
def detections_resized(mx):
    found = []
    for options in (
        {},
        {"data_shape": (3, 5, 6)},
        {"data_shape": (3, 5, 12)},
        {"data_shape": (3, 14, 16), "resize_mode": "shrink"},
        {"data_shape": (3, 5, 6), "resize_mode": "shrink"},
        {"data_shape": (3, 5, 16), "resize_mode": "shrink"},
        {"data_shape": (3, 14, 24), "resize_mode": "fit"},
        {"data_shape": (3, 5, 12), "resize_mode": "fit"},
        {"resize": 5},
        {"rand_mirror_prob": 1},
        {"mean_r": 8, "std_r": 2, "scale": 3},
    ):
        one = next(detections(mx, **options))
        data, label = one.data[0].asnumpy(), one.label[0].asnumpy().astype(np.float64).round(6)
        found.append([data.shape, data[0, 0, :, 0].tolist(), data[0, 1, 0].tolist(), label.tolist()])
    return found


@program
def detections_that_are_none(mx):
    found = []
    for label in (np.array([1.0, 2.0]), np.array([2, 5, 0, 0.1, 0.2, 0.5], np.float32), 1.0):
        file = record_file(mx, [slopes()], [label])
        found.append(error(lambda file=file: list(pictures(mx, file, "ImageDetRecordIter", batch_size=1))))
    for options in ({"label_pad_width": 5}, {"label_width": 7}):
        found.append(error(lambda options=options: list(detections(mx, **options))))
    return found


def run(mx, name):
    """The result of a program, as JSON has it."""
    home = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            return json.loads(json.dumps(PROGRAMS[name](mx)))
        finally:
            os.chdir(home)


def main():
    import mxnet as mx

    assert mx.__version__ == "1.9.1", mx.__version__
    warnings.simplefilter("ignore")
    lines = {}
    for name in PROGRAMS:
        print(name, flush=True)
        lines[name] = run(mx, name)
    text = ",\n".join(
        f"{json.dumps(name)}: {json.dumps(found, separators=(',', ':'))}" for name, found in lines.items()
    )
    (ROOT / "tests" / "golden" / "io.json").write_bytes(b"{\n" + text.encode() + b"\n}\n")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
