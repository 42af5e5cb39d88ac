"""Iterators over images in record files."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np

from .program import described, error, flat, grid, program, text


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
