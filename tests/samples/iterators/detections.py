"""Iterators over images with boxes, in record files."""

from __future__ import annotations

import numpy as np

from .pictures import pictures, record_file, slopes
from .program import described, error, program

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
