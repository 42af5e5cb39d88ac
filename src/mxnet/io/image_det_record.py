"""`ImageDetRecordIter`: images with boxes around objects out of a record file."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np

from ..base import MXNetError
from .image_ops import between, cut, framed, resized, shifted_colors, with_shorter_edge
from .image_options import DetectionOptions
from .image_source import ImageSource, Records
from .native import BatchSource, data_iterator

__all__ = ["ImageDetRecordIter"]

_HEADER = 4
"""Numbers in front of a label: channels, rows, columns, length."""
_TRIES = 50


class _Detections(ImageSource):
    """Images of one size with labels of different lengths, filled up."""

    options: DetectionOptions

    def __init__(self, name: str, options: DetectionOptions) -> None:
        self._width = options.label_pad_width
        super().__init__(name, options, "float32", (0,))
        if self._width <= 0:
            self._width = _longest_label(self.records)
        self.label_shape = (_HEADER + self._width,)

    def change(self, image: np.ndarray, label: np.ndarray, rng: Any) -> tuple[np.ndarray, np.ndarray, Any]:
        options = self.options
        if options.label_width > 0 and len(label) != options.label_width:
            raise MXNetError(
                "a label has another length than label_width",
                received=f"{len(label)} numbers, label_width={options.label_width}",
                hint="label_width=-1 for labels of all lengths",
            )
        head, objects = _objects_of(label)
        boxes = objects[:, 1:5]
        if options.resize > 0:
            image = with_shorter_edge(image, options.resize, options.inter_method, rng)
        image = self._color(image, rng)
        if rng.random() < options.rand_mirror_prob:
            image = image[:, ::-1]
            boxes[:, [0, 2]] = 1 - boxes[:, [2, 0]]
        if rng.random() < options.rand_pad_prob and options.max_pad_scale > 1:
            image = self._pad(image, boxes, rng)
        if rng.random() < options.rand_crop_prob:
            image, objects = self._cut(image, objects, rng)
        image, rows, columns = self._fit(image, rng)
        label = np.concatenate([head, objects.ravel()])
        if len(label) > self._width:
            raise MXNetError(
                "a label is longer than label_pad_width",
                received=f"{len(label)} numbers, label_pad_width={self._width}",
                hint=f"label_pad_width={len(label)}",
            )
        filled = np.full(_HEADER + self._width, options.label_pad_value, np.float32)
        filled[:_HEADER] = image.shape[2], rows, columns, len(label)
        filled[_HEADER : _HEADER + len(label)] = label
        return image, filled, (rows, columns)

    def finish(self, target: np.ndarray, extra: Any) -> None:
        # Beside an image that does not fill its place stay zeros.
        rows, columns = extra
        if np.ndim(self._mean) == 3 and self._mean.shape[1:] != (1, 1):
            target[:, :rows, :columns] -= self._mean[:, :rows, :columns]
        else:
            target[:, :rows, :columns] -= self._mean
        target *= self._factor

    def _color(self, image: np.ndarray, rng: Any) -> np.ndarray:
        options = self.options
        shifts = []
        for most, chance in (
            (options.max_random_hue, options.random_hue_prob),
            (options.max_random_illumination, options.random_illumination_prob),
            (options.max_random_saturation, options.random_saturation_prob),
        ):
            shifts.append(int(rng.integers(-most, most + 1)) if rng.random() < chance else 0)
        image = shifted_colors(image, *shifts)
        contrast = options.max_random_contrast
        if contrast and rng.random() < options.random_contrast_prob:
            factor = between(rng, 1 - contrast, 1 + contrast)
            image = np.rint((image.astype(np.float32) * factor).clip(0, 255)).astype(np.uint8)
        return image

    def _pad(self, image: np.ndarray, boxes: np.ndarray, rng: Any) -> np.ndarray:
        """Put the image at a random place of a larger one; changes the boxes."""
        scale = between(rng, 1, self.options.max_pad_scale)
        rows, columns = image.shape[:2]
        height, width = int(rows * scale), int(columns * scale)
        top, left = int(rng.integers(height - rows + 1)), int(rng.integers(width - columns + 1))
        boxes[:, [0, 2]] = (boxes[:, [0, 2]] * columns + left) / width
        boxes[:, [1, 3]] = (boxes[:, [1, 3]] * rows + top) / height
        return framed(image, top, left, height, width, self.options.fill_value)

    def _cut(self, image: np.ndarray, objects: np.ndarray, rng: Any) -> tuple[np.ndarray, np.ndarray]:
        """Cut out a random part that keeps some of the objects; the whole image where none is found."""
        options = self.options
        trials = options.sampled(options.max_crop_trials)
        for way in rng.permutation(options.num_crop_sampler):
            for _ in range(min(int(trials[way]), _TRIES)):
                part = self._sample(int(way), objects[:, 1:5], rng)
                if part is not None and len(kept := self._kept(objects, part)):
                    return self._part(image, kept, part)
        return image, objects

    def _sample(self, way: int, boxes: np.ndarray, rng: Any) -> np.ndarray | None:
        """A random rectangle (left, top, right, bottom) as fractions of the image, if one of the objects allows it."""
        options = self.options
        scale = between(rng, *(each[way] for each in options.bounds("scales")))
        ratio = between(rng, *(each[way] for each in options.bounds("aspect_ratios")))
        ratio = max(min(ratio, 1 / max(scale * scale, 1e-6)), scale * scale)
        width, height = scale * math.sqrt(ratio), scale / math.sqrt(ratio)
        if not (0 < width <= 1 and 0 < height <= 1):
            return None
        left, top = between(rng, 0, 1 - width), between(rng, 0, 1 - height)
        part = np.array([left, top, left + width, top + height])
        common = _overlap(boxes, part)
        own = _areas(boxes)
        whole = width * height
        measures = {
            "overlaps": common / np.maximum(own + whole - common, 1e-12),
            "sample_coverages": common / whole,
            "object_coverages": common / np.maximum(own, 1e-12),
        }
        fits = np.ones(len(boxes), bool)
        for what, values in measures.items():
            low, high = (each[way] for each in options.bounds(what))
            # Nothing is asked for where all values are allowed.
            if (low, high) != (0.0, 1.0):
                fits &= (values >= low) & (values <= high)
        return part if fits.any() else None

    def _kept(self, objects: np.ndarray, part: np.ndarray) -> np.ndarray:
        """The objects that are still in a part of the image."""
        boxes = objects[:, 1:5]
        if self.options.crop_emit_mode == "center":
            centers = (boxes[:, :2] + boxes[:, 2:]) / 2
            return objects[((centers >= part[:2]) & (centers <= part[2:])).all(axis=1)]
        shares = _overlap(boxes, part) / np.maximum(_areas(boxes), 1e-12)
        return objects[shares > self.options.emit_overlap_thresh]

    def _part(
        self, image: np.ndarray, objects: np.ndarray, part: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        rows, columns = image.shape[:2]
        left, top = int(part[0] * columns), int(part[1] * rows)
        width = max(1, min(columns - left, round((part[2] - part[0]) * columns)))
        height = max(1, min(rows - top, round((part[3] - part[1]) * rows)))
        objects = objects.copy()
        corners, sizes = np.tile(part[:2], 2), np.tile(part[2:] - part[:2], 2)
        objects[:, 1:5] = ((objects[:, 1:5] - corners) / sizes).clip(0, 1)
        return cut(image, top, left, height, width), objects

    def _fit(self, image: np.ndarray, rng: Any) -> tuple[np.ndarray, int, int]:
        """Bring an image to the size of the batch; also how many rows and columns of that it takes."""
        options = self.options
        _, height, width = options.data_shape
        rows, columns = image.shape[:2]
        if options.resize_mode == "force":
            return resized(image, height, width, options.inter_method, rng), height, width
        ratio = min(height / rows, width / columns)
        if options.resize_mode == "fit" or ratio < 1:
            rows, columns = min(height, max(1, int(rows * ratio))), min(width, max(1, int(columns * ratio)))
            image = resized(image, rows, columns, options.inter_method, rng)
        return framed(image, 0, 0, height, width, 0), rows, columns


@partial(data_iterator, options=DetectionOptions)
def ImageDetRecordIter(options: DetectionOptions) -> BatchSource:
    """Batches of images with boxes around their objects, as an `MXDataIter`.

    Shapes: data ``(batch_size, channels, height, width)``; label ``(batch_size, 4 + width)``, both float32. Parameters
    are given by name.

    A label in the file is ``[A, B, ..., objects]``: the length A of what stands before the objects (2 for just these
    two), the length B of an object, and the objects one after the other, each ``[class, left, top, right, bottom,
    ...]`` with coordinates as fractions of the image. In the batch four numbers come before it: channels, rows and
    columns of the image, and the label's length; it is filled up with ``label_pad_value``.

    Parameters
    ----------
    path_imgrec, path_imgidx, path_imglist, data_shape, batch_size : as for `ImageRecordIter`.
    shuffle, seed, seed_aug, num_parts, part_index, round_batch : as for `ImageRecordIter`.
    preprocess_threads, prefetch_buffer, inter_method, dtype : as for `ImageRecordIter`.
    mean_r, mean_g, mean_b, mean_a, std_r, std_g, std_b, std_a, scale, mean_img : as for `ImageRecordIter`; a std of 0
        stands for 1.
    label_width : length of every label; -1 for any.
    label_pad_width, label_pad_value : length that labels are filled up to (that of the longest one by default), with
        what.
    resize : length of the shorter edge, before anything else.
    resize_mode : how images come to the size of ``data_shape``: ``'force'`` resizes them, ``'shrink'`` keeps their
        proportions and makes large ones smaller, ``'fit'`` keeps them and makes small ones larger, too; what is left
        over at the right and at the bottom is 0.
    rand_mirror_prob : chance of being mirrored left to right.
    rand_pad_prob, max_pad_scale, fill_value : chance of being put at a random place of an image of one colour, and how
        many times larger that is at most.
    rand_crop_prob, num_crop_sampler, max_crop_trials : chance of being cut, in how many ways, and how often each is
        tried. What follows has a value for each way.
    min_crop_scales, max_crop_scales : square root of the fraction of the area.
    min_crop_aspect_ratios, max_crop_aspect_ratios : quotient of width and height, both as fractions of the image.
    min_crop_overlaps, max_crop_overlaps : what one object at least has in common with the part, over the union.
    min_crop_sample_coverages, max_crop_sample_coverages : the same over the part.
    min_crop_object_coverages, max_crop_object_coverages : the same over the object.
    crop_emit_mode, emit_overlap_thresh : which objects stay in the label: those whose ``'center'`` is in the part, or
        those of which more than this fraction is (``'overlap'``).
    max_random_hue, random_hue_prob, max_random_saturation, random_saturation_prob, max_random_illumination,
    random_illumination_prob, max_random_contrast, random_contrast_prob : largest change of each, and the chance of it.
        All but contrast need OpenCV.
    ctx, device_id, verbose, shuffle_chunk_size, shuffle_chunk_seed : as for `ImageRecordIter`.
    aug_seq : an error unless it has its default value.
    data_name, label_name : what the network calls the two.

    Raises
    ------
    MXNetError : a file is missing, an image is damaged, a label is none, or a parameter is not what it should be.
    FormatError : the record file is none.
    ModuleNotFoundError : neither OpenCV nor Pillow is installed.

    Source: Liu et al., "SSD: Single Shot MultiBox Detector", arXiv:1512.02325, for the ways of cutting.
    """
    return _Detections("ImageDetRecordIter", options)


def _objects_of(label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What stands before the objects, and the objects, ``(count, length)``."""
    head, length = (int(each) for each in label[:2]) if len(label) >= 2 else (0, 0)
    if head < 2 or length < 5 or len(label) < head + length or (len(label) - head) % length:
        raise MXNetError(
            "a label is not that of objects",
            received=f"{len(label)} numbers: {label[:8].tolist()}",
            because="it is [A, B, ...] up to A numbers, at least 2, and then objects of B numbers, at least 5",
            hint="[2, 5, class, left, top, right, bottom] for one object",
        )
    return label[:head], label[head:].reshape(-1, length).astype(np.float64)


def _longest_label(records: Records) -> int:
    return max(len(records[number].label) for number in range(len(records)))


def _areas(boxes: np.ndarray) -> np.ndarray:
    return np.maximum(boxes[:, 2] - boxes[:, 0], 0) * np.maximum(boxes[:, 3] - boxes[:, 1], 0)


def _overlap(boxes: np.ndarray, part: np.ndarray) -> np.ndarray:
    """Area that each box has in common with a rectangle."""
    corners = np.concatenate(
        [np.maximum(boxes[:, :2], part[:2]), np.minimum(boxes[:, 2:4], part[2:])], axis=1
    )
    return _areas(corners)
