"""Augmenters for detection: they change an image and, with it, the boxes of the objects on it.

A label is a NumPy array ``(objects, 5 or more)``, each row ``[class, left, top, right, bottom, ...]`` with edges as
parts of the image's width and height, from 0 to 1. All draw from Python's ``random``.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .._surface import module_getattr as _module_getattr
from ..base import message, numeric_types
from ..ndarray import NDArray
from .augment import Augmenter, CastAug, ForceResizeAug, ResizeAug, plain
from .color_augment import ColorNormalizeAug
from .create_augmenter import IMAGENET_MEAN, IMAGENET_STD, check_per_channel, colour_augmenters
from .crop import fixed_crop
from .io import copyMakeBorder

__all__ = [
    "CreateDetAugmenter",
    "CreateMultiRandCropAugmenter",
    "DetAugmenter",
    "DetBorrowAug",
    "DetHorizontalFlipAug",
    "DetRandomCropAug",
    "DetRandomPadAug",
    "DetRandomSelectAug",
]

__getattr__ = _module_getattr(__name__)

Label = np.ndarray[Any, Any]
Place = tuple[int, int, int, int]
"""Left, top, width and height in pixels."""


class DetAugmenter:
    """Base of augmenters for detection: a subclass defines ``__call__(src, label)``, which returns both changed.

    Parameters
    ----------
    kwargs : what `dumps` writes; arrays become lists.
    """

    def __init__(self, **kwargs: Any) -> None:
        self._kwargs = {key: plain(value) for key, value in kwargs.items()}

    def dumps(self) -> Any:
        """Name and arguments as JSON; of an augmenter made of others a list, ``[name, their dumps]``."""
        return json.dumps([type(self).__name__.lower(), self._kwargs])

    def __call__(self, src: NDArray, label: Label) -> tuple[NDArray, Label]:
        raise NotImplementedError(
            message("Must override implementation.", hint="def __call__(self, src, label): ...")
        )


class DetBorrowAug(DetAugmenter):
    """An `Augmenter` that leaves everything in its place, and so the boxes as they are.

    >>> borrowed = mx.image.DetBorrowAug(mx.image.CastAug())
    >>> borrowed.dumps()
    ['detborrowaug', '["castaug", {"type": "float32"}]']
    """

    def __init__(self, augmenter: Augmenter) -> None:
        if not isinstance(augmenter, Augmenter):
            raise TypeError(
                message(
                    "Borrowing from invalid Augmenter", received=repr(augmenter), hint="mx.image.CastAug()"
                )
            )
        super().__init__(augmenter=augmenter.dumps())
        self.augmenter = augmenter

    def dumps(self) -> list[Any]:
        return [type(self).__name__.lower(), self.augmenter.dumps()]

    def __call__(self, src: NDArray, label: Label) -> tuple[NDArray, Label]:
        return self.augmenter(src), label


class DetRandomSelectAug(DetAugmenter):
    """Apply one augmenter out of several, or with probability ``skip_prob`` none.

    Parameters
    ----------
    aug_list : augmenters for detection; with none of them nothing is ever done.
    """

    def __init__(self, aug_list: Any, skip_prob: float = 0) -> None:
        super().__init__(skip_prob=skip_prob)
        listed = list(aug_list) if isinstance(aug_list, (list, tuple)) else [aug_list]
        for each in listed:
            if not isinstance(each, DetAugmenter):
                raise ValueError(
                    message(
                        "Allow DetAugmenter in list only",
                        received=repr(each),
                        hint="mx.image.DetBorrowAug(augmenter)" if isinstance(each, Augmenter) else None,
                    )
                )
        self.aug_list = listed
        self.skip_prob = skip_prob if listed else 1

    def dumps(self) -> list[Any]:
        return [type(self).__name__.lower(), [each.dumps() for each in self.aug_list]]

    def __call__(self, src: NDArray, label: Label) -> tuple[NDArray, Label]:
        if random.random() < self.skip_prob:
            return src, label
        random.shuffle(self.aug_list)
        return self.aug_list[0](src, label)


class DetHorizontalFlipAug(DetAugmenter):
    """Mirror the image and its boxes with probability ``p``, left to right. The label is changed in place."""

    def __init__(self, p: float) -> None:
        super().__init__(p=p)
        self.p = p

    def __call__(self, src: NDArray, label: Label) -> tuple[NDArray, Label]:
        if random.random() < self.p:
            src = src.flip(axis=1)
            label[:, 1], label[:, 3] = 1.0 - label[:, 3], 1.0 - label[:, 1]
        return src, label


class DetRandomCropAug(DetAugmenter):
    """Cut out a random part of the image that shows enough of every object it shows at all.

    Parameters
    ----------
    min_object_covered : the part of an object that must be inside, of each that is inside with some part.
    aspect_ratio_range : least and largest width divided by height of the part; one number is both.
    area_range : least and largest part of the image's area; one number is both.
    min_eject_coverage : objects of which no more than this is inside are taken out of the label.
    max_attempts : how many parts to try; if none will do, the image stays whole.

    Raises
    ------
    ValueError : a range without numbers in it.

    Source: Liu et al.: SSD: Single shot multibox detector, section 2.2.
    """

    def __init__(
        self,
        min_object_covered: float = 0.1,
        aspect_ratio_range: Any = (0.75, 1.33),
        area_range: Any = (0.05, 1.0),
        min_eject_coverage: float = 0.3,
        max_attempts: int = 50,
    ) -> None:
        aspect_ratio_range, area_range = _both(aspect_ratio_range), _both(area_range)
        super().__init__(
            min_object_covered=min_object_covered,
            aspect_ratio_range=aspect_ratio_range,
            area_range=area_range,
            min_eject_coverage=min_eject_coverage,
            max_attempts=max_attempts,
        )
        _check_range(
            self, "aspect_ratio_range", aspect_ratio_range, aspect_ratio_range[0] > 0, "begin above 0"
        )
        _check_range(self, "area_range", area_range, area_range[1] > 0, "end above 0")
        self.min_object_covered = min_object_covered
        self.aspect_ratio_range = aspect_ratio_range
        self.area_range = area_range
        self.min_eject_coverage = min_eject_coverage
        self.max_attempts = max_attempts
        self.enabled = True

    def __call__(self, src: NDArray, label: Label) -> tuple[NDArray, Label]:
        height, width = src.shape[:2]
        for place in self._places(height, width):
            if self._shows_enough(label, place, height, width):
                inside = _boxes_in(label, place, height, width)
                inside[:, 1:5] = inside[:, 1:5].clip(0, 1)
                with np.errstate(divide="ignore", invalid="ignore"):
                    shown = _areas(inside) * (place[2] * place[3] / (width * height)) / _areas(label)
                kept = inside[(_areas(inside) > 0) & (shown > self.min_eject_coverage)]
                if len(kept):
                    return fixed_crop(src, *place), kept
        return src, label

    def _places(self, height: int, width: int) -> Iterator[Place]:
        """Parts of the image of the areas and proportions that are asked for, as many as may be tried."""
        least, largest = (part * height * width for part in self.area_range)
        for _ in range(self.max_attempts):
            ratio = random.uniform(*self.aspect_ratio_range)
            low, high = _heights(least, largest, ratio)
            if round(high * ratio) > width:
                high = int((width + 0.4999999) / ratio)
            high = min(high, height)
            low = min(low, high)
            rows = random.randint(low, high) if low < high else low
            area = rows * round(rows * ratio)
            rows += int(area < least) - int(area > largest)  # rounding may have led just outside
            columns = round(rows * ratio)
            if least <= rows * columns <= largest and rows <= height and columns <= width:
                top, left = random.randint(0, height - rows), random.randint(0, width - columns)
                yield left, top, columns, rows

    def _shows_enough(self, label: Label, place: Place, height: int, width: int) -> bool:
        left, top, columns, rows = place
        if rows * columns < 2:
            return False
        areas = _areas(label)
        seen = areas * (width * height) > 2
        if not seen.any():
            return False
        edges = np.array([left / width, top / height, (left + columns) / width, (top + rows) / height])
        boxes = label[seen]
        common = boxes.copy()
        common[:, 1:3] = np.maximum(boxes[:, 1:3], edges[:2])
        common[:, 3:5] = np.minimum(boxes[:, 3:5], edges[2:])
        covered = _areas(common) / areas[seen]
        covered = covered[covered > 0]
        return bool(covered.size) and bool(covered.min() > self.min_object_covered)


class DetRandomPadAug(DetAugmenter):
    """Put the image somewhere on a larger canvas of one colour, so that its objects become smaller.

    Parameters
    ----------
    aspect_ratio_range : least and largest width divided by height of the canvas; one number is both.
    area_range : least and largest area of the canvas divided by that of the image; one number is both.
    max_attempts : how many canvases to try; if none has room, the image stays as it is.
    pad_val : its colour: a number, or one for each channel.

    Raises
    ------
    ValueError : a range without numbers in it.

    Source: Liu et al.: SSD: Single shot multibox detector, section 3.6.
    """

    def __init__(
        self,
        aspect_ratio_range: Any = (0.75, 1.33),
        area_range: Any = (1.0, 3.0),
        max_attempts: int = 50,
        pad_val: Any = (128, 128, 128),
    ) -> None:
        aspect_ratio_range, area_range = _both(aspect_ratio_range), _both(area_range)
        super().__init__(
            aspect_ratio_range=aspect_ratio_range,
            area_range=area_range,
            max_attempts=max_attempts,
            pad_val=pad_val,
        )
        _check_range(
            self, "aspect_ratio_range", aspect_ratio_range, aspect_ratio_range[0] > 0, "begin above 0"
        )
        _check_range(self, "area_range", area_range, area_range[1] > 1, "end above 1")
        self.pad_val = pad_val
        self.aspect_ratio_range = aspect_ratio_range
        self.area_range = area_range
        self.max_attempts = max_attempts
        self.enabled = True

    def __call__(self, src: NDArray, label: Label) -> tuple[NDArray, Label]:
        height, width = src.shape[:2]
        canvas = self._canvas(height, width)
        if canvas is None:
            return src, label
        left, top, columns, rows = canvas
        colour: Any = self.pad_val
        if isinstance(colour, numeric_types):
            colour = [colour] * src.shape[2]
        src = copyMakeBorder(src, top, rows - top - height, left, columns - left - width, 0, values=colour)
        return src, _boxes_in(label, (-left, -top, columns, rows), height, width)

    def _canvas(self, height: int, width: int) -> Place | None:
        """Where the image comes on a canvas, and the canvas's width and height."""
        least, largest = (part * height * width for part in self.area_range)
        for _ in range(self.max_attempts):
            ratio = random.uniform(*self.aspect_ratio_range)
            low, high = _heights(least, largest, ratio)
            if round(low * ratio) < width:
                low = int((width + 0.499999) / ratio)
            low = min(max(low, height), high)
            rows = random.randint(low, high) if low < high else low
            columns = round(rows * ratio)
            if rows - height >= 2 and columns - width >= 2:  # anything less would not show
                top, left = random.randint(0, rows - height), random.randint(0, columns - width)
                return left, top, columns, rows
        return None


def CreateMultiRandCropAugmenter(
    min_object_covered: Any = 0.1,
    aspect_ratio_range: Any = (0.75, 1.33),
    area_range: Any = (0.05, 1.0),
    min_eject_coverage: Any = 0.3,
    max_attempts: Any = 50,
    skip_prob: float = 0,
) -> DetRandomSelectAug:
    """Choose among several `DetRandomCropAug`: each argument is one for all of them, or a list with one for each.

    Parameters
    ----------
    skip_prob : probability of none of them.

    Raises
    ------
    AssertionError : lists of several lengths.

    >>> len(mx.image.CreateMultiRandCropAugmenter(min_object_covered=[0.1, 0.3, 0.5]).aug_list)
    3
    """
    given = [min_object_covered, aspect_ratio_range, area_range, min_eject_coverage, max_attempts]
    lists = [each if isinstance(each, list) else [each] for each in given]
    count = max(map(len, lists))
    for each in lists:
        if len(each) not in (1, count):
            raise AssertionError(
                message(
                    "CreateMultiRandCropAugmenter: lists of several lengths",
                    received=f"one of {len(each)}, one of {count}",
                    because="each has an entry for every augmenter, or one for all of them",
                )
            )
    columns = [each * count if len(each) == 1 else each for each in lists]
    return DetRandomSelectAug(
        [DetRandomCropAug(*row) for row in zip(*columns, strict=True)], skip_prob=skip_prob
    )


def CreateDetAugmenter(
    data_shape: Sequence[int],
    resize: int = 0,
    rand_crop: float = 0,
    rand_pad: float = 0,
    rand_gray: float = 0,
    rand_mirror: bool = False,
    mean: Any = None,
    std: Any = None,
    brightness: float = 0,
    contrast: float = 0,
    saturation: float = 0,
    pca_noise: float = 0,
    hue: float = 0,
    inter_method: int = 2,
    min_object_covered: Any = 0.1,
    aspect_ratio_range: Any = (0.75, 1.33),
    area_range: Any = (0.05, 3.0),
    min_eject_coverage: Any = 0.3,
    max_attempts: Any = 50,
    pad_val: Any = (127, 127, 127),
) -> list[DetAugmenter]:
    """List the augmenters that prepare images and boxes for a network.

    Parameters
    ----------
    data_shape : of the result, ``(channels, height, width)``; whatever else is done, the image is resized to it.
    resize : above 0: resize the shorter edge to it first.
    rand_crop, rand_pad : probability of `DetRandomCropAug` and `DetRandomPadAug`.
    rand_gray : probability of losing the colours.
    rand_mirror : mirror every other image.
    mean, std, brightness, contrast, saturation, pca_noise, hue, inter_method : as for `CreateAugmenter`.
    min_object_covered, aspect_ratio_range, area_range, min_eject_coverage, max_attempts : as for
        `CreateMultiRandCropAugmenter`; the last of the areas is the largest canvas, too.
    pad_val : the colour of the canvas.

    >>> [type(each).__name__ for each in mx.image.CreateDetAugmenter((3, 300, 300), rand_crop=0.5)]
    ['DetRandomSelectAug', 'DetBorrowAug', 'DetBorrowAug']
    """
    augmenters: list[DetAugmenter] = []
    if resize > 0:
        augmenters.append(DetBorrowAug(ResizeAug(resize, inter_method)))
    if rand_crop > 0:
        augmenters.append(
            CreateMultiRandCropAugmenter(
                min_object_covered,
                aspect_ratio_range,
                area_range,
                min_eject_coverage,
                max_attempts,
                skip_prob=1 - rand_crop,
            )
        )
    if rand_mirror:
        augmenters.append(DetHorizontalFlipAug(0.5))
    if rand_pad > 0:
        canvas = DetRandomPadAug(aspect_ratio_range, (1.0, area_range[1]), max_attempts, pad_val)
        augmenters.append(DetRandomSelectAug([canvas], skip_prob=1 - rand_pad))
    borrowed: list[Augmenter] = [ForceResizeAug((data_shape[2], data_shape[1]), inter_method), CastAug()]
    borrowed += colour_augmenters(brightness, contrast, saturation, hue, pca_noise, rand_gray)
    mean = np.array(IMAGENET_MEAN) if mean is True else mean
    std = np.array(IMAGENET_STD) if std is True else std
    for name, given in (("mean", mean), ("std", std)):
        check_per_channel("CreateDetAugmenter", name, given)
    if mean is not None or std is not None:
        borrowed.append(ColorNormalizeAug(mean, std))
    return [*augmenters, *map(DetBorrowAug, borrowed)]


# ---------------------------------------------------------------------- boxes and ranges


def _areas(label: Label) -> Label:
    """The area of each box, (objects,); 0 for one whose edges are the wrong way round."""
    return np.maximum(0, label[:, 3] - label[:, 1]) * np.maximum(0, label[:, 4] - label[:, 2])


def _boxes_in(label: Label, place: Place, height: int, width: int) -> Label:
    """The boxes of an image of that size, as parts of another rectangle on or around it."""
    left, top, columns, rows = place
    moved = label.copy()
    moved[:, (1, 3)] = (label[:, (1, 3)] * width - left) / columns
    moved[:, (2, 4)] = (label[:, (2, 4)] * height - top) / rows
    return moved


def _heights(least: float, largest: float, ratio: float) -> tuple[int, int]:
    """The heights of rectangles of the least and the largest area and of these proportions."""
    return round(math.sqrt(max(0.0, least) / ratio)), round(math.sqrt(largest / ratio))


def _both(given: Any) -> Any:
    """A range; a number is one from it to itself."""
    return (given, given) if isinstance(given, numeric_types) else given


def _check_range(augmenter: DetAugmenter, name: str, given: Any, holds: bool, rule: str) -> None:
    if not holds or given[0] > given[1]:
        raise ValueError(
            message(
                f"{type(augmenter).__name__}: {name}={tuple(given)}",
                because=f"a range does not end before it begins, and this one must {rule}",
                hint="the defaults are "
                + ("(0.75, 1.33)" if "ratio" in name else "(0.05, 1.0) or (1.0, 3.0)"),
            )
        )
