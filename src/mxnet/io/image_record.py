"""`ImageRecordIter` and its variants: images with labels out of a record file."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..base import MXNetError
from .image_ops import (
    between,
    color_jitter,
    cut,
    enlarged,
    framed,
    lighting,
    resized,
    shifted_colors,
    with_shorter_edge,
)
from .image_options import ImageOptions
from .image_source import ImageSource
from .native import BatchSource, data_iterator

__all__ = [
    "ImageRecordInt8Iter",
    "ImageRecordIter",
    "ImageRecordIter_v1",
    "ImageRecordUInt8Iter",
    "ImageRecordUInt8Iter_v1",
]

_TRIES = 10
"""Times that `random_resized_crop` looks for a rectangle, before it takes the middle."""


class _Pictures(ImageSource):
    """Images of one size, each with ``label_width`` numbers."""

    options: ImageOptions

    def __init__(self, name: str, options: ImageOptions, dtype: str) -> None:
        width = options.label_width
        if width < 1:
            raise MXNetError(
                f"{name}: a label has at least one number",
                received=f"label_width={width}",
                hint="label_width=1",
            )
        super().__init__(name, options, dtype, () if width == 1 else (width,))

    def is_random(self) -> bool:
        return self.options.is_random()

    def change(self, image: np.ndarray, label: np.ndarray, rng: Any) -> tuple[np.ndarray, np.ndarray, Any]:
        options = self.options
        if len(label) != options.label_width:
            raise MXNetError(
                "a label has another length than label_width",
                received=f"{len(label)} numbers",
                because=f"label_width={options.label_width}",
                hint=f"label_width={len(label)}",
            )
        image = self._crop(image, rng)
        if options.random_h or options.random_s or options.random_l:
            most = (options.random_h, options.random_l, options.random_s)
            image = shifted_colors(image, *(int(rng.integers(-each, each + 1)) for each in most))
        image = color_jitter(image, options.brightness, options.contrast, options.saturation, rng)
        image = lighting(image, options.pca_noise, rng)
        if options.mirror or (options.rand_mirror and rng.integers(2)):
            image = image[:, ::-1]
        extra = 1.0, 0.0
        if options.max_random_contrast or options.max_random_illumination:
            contrast, light = options.max_random_contrast, options.max_random_illumination
            extra = between(rng, 1 - contrast, 1 + contrast), between(rng, -light, light)
        return image, label, extra

    def finish(self, target: np.ndarray, extra: Any) -> None:
        target -= self._mean
        if extra != (1.0, 0.0):
            target *= np.float32(extra[0])
            target += np.float32(extra[1])
        target *= self._factor

    def _crop(self, image: np.ndarray, rng: Any) -> np.ndarray:
        """The part of an image that the batch takes."""
        options = self.options
        _, height, width = options.data_shape
        if options.resize > 0:
            image = with_shorter_edge(image, options.resize, options.inter_method, rng)
        if options.pad > 0:
            border, (rows, columns) = options.pad, image.shape[:2]
            image = framed(image, border, border, rows + 2 * border, columns + 2 * border, options.fill_value)
        rows, columns = image.shape[:2]
        part = None
        if options.random_resized_crop:
            part = self._any_rectangle(rows, columns, rng)
        elif options.max_crop_size > 0:
            if options.max_crop_size > min(rows, columns):
                raise MXNetError(
                    "an image is smaller than max_crop_size",
                    received=f"{rows} x {columns} pixels",
                    because=f"max_crop_size={options.max_crop_size}",
                    hint="resize=..., which enlarges small images, too",
                )
            size = round(between(rng, options.min_crop_size, options.max_crop_size))
            part = self._place(rows, columns, size, size, rng)
        if part is not None:
            return resized(cut(image, *part), height, width, options.inter_method, rng)
        image = enlarged(image, height, width, options.inter_method, rng)
        return cut(image, *self._place(image.shape[0], image.shape[1], height, width, rng))

    def _place(self, rows: int, columns: int, height: int, width: int, rng: Any) -> tuple[int, int, int, int]:
        """Where to cut a rectangle of that size: at random, or in the middle."""
        down, right = rows - height, columns - width
        if self.options.rand_crop:
            return int(rng.integers(down + 1)), int(rng.integers(right + 1)), height, width
        return down // 2, right // 2, height, width

    def _any_rectangle(self, rows: int, columns: int, rng: Any) -> tuple[int, int, int, int] | None:
        """A rectangle of random area and shape that fits into the image, or None."""
        options = self.options
        low, high = options.min_aspect_ratio, options.max_aspect_ratio
        if low is None:
            low, high = 1 - high, 1 + high
        for _ in range(_TRIES):
            area = between(rng, options.min_random_area, options.max_random_area) * rows * columns
            ratio = between(rng, low, high)
            if ratio <= 0:
                continue
            width, height = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
            if 1 <= height <= rows and 1 <= width <= columns:
                top, left = int(rng.integers(rows - height + 1)), int(rng.integers(columns - width + 1))
                return top, left, height, width
        return None


_DOCUMENTATION = """{title}

    Shapes: data ``(batch_size, channels, height, width)`` {dtype}; label ``(batch_size,)``, or ``(batch_size,
    label_width)`` for more than one number, float32. Parameters are given by name.

    An image is resized (``resize``), framed (``pad``), cut to the size of ``data_shape`` (in the middle, unless
    something else is said; enlarged first if it is too small), coloured, mirrored, and then shifted and scaled:
    ``(pixel - mean) * scale / std``, as numbers from 0 to 255.

    Parameters
    ----------
    path_imgrec : the record file, as ``im2rec`` or `recordio.pack_img` makes it.
    path_imgidx : its index; divides the records into parts of equal number.
    path_imglist : a list with other labels: in each line an id, the label and a file name, with tabs in between.
    data_shape : ``(channels, height, width)`` with 3 channels for colour (red first), 1 for grey, 4 with opacity.
    batch_size : images in a batch.
    label_width : numbers in a label.
    shuffle, seed : whether every pass goes through the images in another order, the one of 1.9.1 for this seed.
    seed_aug : where the random numbers for images come from; ``seed`` by default. An image gets the same ones whatever
        the number of threads.
    num_parts, part_index : read one of so many equal parts only.
    round_batch : whether a last batch that is not full takes images from the start of the next pass, which then begins
        behind them. Otherwise it repeats images of the batch before. `getpad` says how many either way.
    preprocess_threads, prefetch_buffer : how many threads make how many batches ahead.
    resize : length of the shorter edge, before anything is cut.
    inter_method : 0 nearest, 1 bilinear, 2 bicubic, 3 area, 4 Lanczos; 9 area to shrink and bicubic to enlarge, 10 at
        random.
    pad, fill_value : width and colour of a frame.
    rand_crop : whether the part to cut is at a random place.
    min_crop_size, max_crop_size : length of the edge of a square to cut and to resize.
    random_resized_crop, min_random_area, max_random_area, min_aspect_ratio, max_aspect_ratio : whether to cut a
        rectangle with such a fraction of the area and such a quotient of width and height, and to resize it.
    mirror, rand_mirror : whether images are mirrored left to right, all of them or every second on average.
    brightness, contrast, saturation : largest relative change of each.
    pca_noise : standard deviation of a shift along the principal components of the colours.
    random_h, random_s, random_l : largest shift of hue (180 is a full turn), saturation and lightness (of 255). Needs
        OpenCV.
    max_random_contrast, max_random_illumination : largest relative and absolute change of all pixels.
    mean_r, mean_g, mean_b, mean_a, std_r, std_g, std_b, std_a, scale : see above.
    mean_img : a file with a mean image to subtract instead; made at the first use.
    dtype : another type of the data.
    shuffle_chunk_size, shuffle_chunk_seed : a size above 0 shuffles, too.
    ctx, device_id, verbose : accepted.
    aug_seq, rotate, max_rotate_angle, max_shear_ratio, min_random_scale, max_random_scale, min_img_size, max_img_size :
        an error unless they have their default values.
    data_name, label_name : what the network calls the two.

    Raises
    ------
    MXNetError : a file is missing, an image is damaged, a label has another length, or a parameter is not what it
        should be.
    FormatError : the record file is none.
    ModuleNotFoundError : neither OpenCV nor Pillow is installed.

    Differs from 1.9.1: `getindex` gives the ids of the records, `getpad` is right in every batch, a last batch without
    ``round_batch`` repeats images instead of what was in memory, and a shuffle goes through the whole file.
    """


def _variant(name: str, title: str, dtype: str) -> Any:
    def make(options: ImageOptions) -> BatchSource:
        return _Pictures(name, options, dtype)

    make.__name__ = make.__qualname__ = name
    make.__doc__ = _DOCUMENTATION.format(title=title, dtype=dtype)
    return data_iterator(make, ImageOptions)


ImageRecordIter = _variant(
    "ImageRecordIter", "Batches of images in a record file, as an `MXDataIter`.", "float32"
)
ImageRecordUInt8Iter = _variant(
    "ImageRecordUInt8Iter", "`ImageRecordIter` for pixels as they are, without mean, std and scale.", "uint8"
)
ImageRecordInt8Iter = _variant(
    "ImageRecordInt8Iter", "`ImageRecordIter` for pixels as int8: all above 127 become 127.", "int8"
)
ImageRecordIter_v1 = _variant("ImageRecordIter_v1", "`ImageRecordIter` by its old name.", "float32")
ImageRecordUInt8Iter_v1 = _variant(
    "ImageRecordUInt8Iter_v1", "`ImageRecordUInt8Iter` by its old name.", "uint8"
)
