"""`ImageDetIter`: batches of images with the boxes of the objects on them."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ..base import MXNetError, message
from ..ndarray import NDArray, array
from .create_augmenter import IMAGENET_MEAN, IMAGENET_STD
from .detection import CreateDetAugmenter
from .iterator import ImageIter

__all__ = ["ImageDetIter"]

_CLASS_AND_BOX = 5


class ImageDetIter(ImageIter):
    """Batches of images and of the objects on them.

    Shapes: data ``(batch_size, channels, height, width)``; label ``(batch_size, objects, width)``, rows
    ``[class, left, top, right, bottom, ...]`` with edges as parts of the image, and rows of -1 where an image has
    fewer objects. ``label_shape``, which is ``(objects, width)``, is found by reading all labels once.

    In the files the label of an image is ``[header, width, ..., objects ...]``: how many numbers come in front of the
    objects (these two included), how many make one, and then the objects, row after row. Objects whose box has no
    area are left out.

    Parameters
    ----------
    aug_list : augmenters for detection; by default those of `CreateDetAugmenter` with ``kwargs``.
    batch_size, data_shape, path_imgrec, path_imglist, path_root, path_imgidx, shuffle, part_index, num_parts, imglist,
    data_name, label_name, last_batch_handle : as for `ImageIter`.

    Raises
    ------
    RuntimeError : a label of another form, or without a single object.

    Source: Liu et al.: SSD: Single shot multibox detector.
    """

    def __init__(
        self,
        batch_size: int,
        data_shape: Sequence[int],
        path_imgrec: str | os.PathLike[str] | None = None,
        path_imglist: str | os.PathLike[str] | None = None,
        path_root: str | os.PathLike[str] | None = None,
        path_imgidx: str | os.PathLike[str] | None = None,
        shuffle: bool = False,
        part_index: int = 0,
        num_parts: int = 1,
        aug_list: Sequence[Callable[..., Any]] | None = None,
        imglist: list[Any] | None = None,
        data_name: str = "data",
        label_name: str = "label",
        last_batch_handle: str = "pad",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            batch_size=batch_size,
            data_shape=data_shape,
            path_imgrec=path_imgrec,
            path_imglist=path_imglist,
            path_root=path_root,
            path_imgidx=path_imgidx,
            shuffle=shuffle,
            part_index=part_index,
            num_parts=num_parts,
            aug_list=[],
            imglist=imglist,
            data_name=data_name,
            label_name=label_name,
            last_batch_handle=last_batch_handle,
        )
        self.auglist: Sequence[Callable[..., Any]] = (
            CreateDetAugmenter(data_shape, **kwargs) if aug_list is None else aug_list
        )
        self.label_shape = self._measure()
        self._describe_labels()

    # ------------------------------------------------------------------ labels

    def _measure(self) -> tuple[int, int]:
        """How many objects the fullest image has, and how many numbers each."""
        self.reset()
        objects, widths = 0, set()
        while True:
            try:
                _, label, _ = self._next_sample()
            except StopIteration:
                break
            parsed = self._parse_label(label)
            objects = max(objects, len(parsed))
            widths.add(parsed.shape[1])
        self.reset()
        if len(widths) > 1:
            raise ValueError(
                message(
                    "ImageDetIter: objects of several widths",
                    received=", ".join(map(str, sorted(widths))) + " numbers",
                    because="a batch has one shape for all of its labels",
                )
            )
        return objects, widths.pop() if widths else 0

    def _parse_label(self, label: Any) -> np.ndarray[Any, Any]:
        """The objects in a label as it is stored, ``(objects, width)``."""
        raw = np.ravel(label.asnumpy() if isinstance(label, NDArray) else label)
        form = "[header, width, ..., class, left, top, right, bottom, ...]"
        if raw.size < 2 + _CLASS_AND_BOX:
            raise RuntimeError(
                message(
                    f"Label shape is invalid: {raw.shape}", because=f"a label is {form}, 7 numbers or more"
                )
            )
        header, width = int(raw[0]), int(raw[1])
        if header < 2 or width < _CLASS_AND_BOX or (raw.size - header) % width:
            raise RuntimeError(
                message(
                    f"Label shape {raw.shape} inconsistent with annotation width {width}.",
                    because=f"a label is {form}; this header is {header} numbers long",
                )
            )
        objects = raw[header:].reshape(-1, width)
        valid = (objects[:, 3] > objects[:, 1]) & (objects[:, 4] > objects[:, 2])
        if not valid.any():
            raise RuntimeError(
                message(
                    "Encounter sample with no valid label.",
                    because="the right edge of a box is behind its left, its lower edge below its upper",
                )
            )
        return objects[valid]

    def _describe_labels(self) -> None:
        name = self.provide_label[0][0]
        self.provide_label = [(name, (self.batch_size, *self.label_shape))]

    def reshape(
        self, data_shape: Sequence[int] | None = None, label_shape: Sequence[int] | None = None
    ) -> None:
        """Change the shape of images or labels; augmenters that resize stay what they are.

        Parameters
        ----------
        data_shape : ``(3, height, width)``, or None.
        label_shape : ``(objects, width)`` for as many objects as now or more, or None.

        Raises
        ------
        ValueError : another number of channels or a smaller label.
        """
        if data_shape is not None:
            self.check_data_shape(data_shape)
        if label_shape is not None:
            self.check_label_shape(label_shape)
        if data_shape is not None:
            self.data_shape = tuple(data_shape)
            self.provide_data = [(self.provide_data[0][0], (self.batch_size, *self.data_shape))]
        if label_shape is not None:
            self.label_shape = (label_shape[0], label_shape[1])
            self._describe_labels()

    def check_label_shape(self, label_shape: Sequence[int]) -> None:
        """Raise ``ValueError`` for a label shape that the labels do not fit into."""
        if len(label_shape) != 2:
            raise ValueError(message("label_shape should have length 2", received=repr(label_shape)))
        objects, width = self.label_shape
        if label_shape[0] < objects:
            raise ValueError(
                message(f"Attempts to reduce label count from {objects} to {label_shape[0]}, not allowed.")
            )
        if label_shape[1] != width:
            raise ValueError(message(f"label_shape object width inconsistent: {width} vs {label_shape[1]}."))

    def sync_label_shape(self, it: ImageDetIter, verbose: bool = False) -> ImageDetIter:
        """Give this iterator and ``it``, of training and of test data for instance, one label shape; returns ``it``.

        Raises
        ------
        AssertionError : ``it`` is no `ImageDetIter`, or its objects have another width.
        """
        if not isinstance(it, ImageDetIter):
            raise AssertionError(
                message(
                    "Synchronize with invalid iterator.", received=type(it).__name__, hint="an ImageDetIter"
                )
            )
        if it.label_shape[1] != self.label_shape[1]:
            raise AssertionError(
                message("object width mismatch.", received=f"{self.label_shape[1]} and {it.label_shape[1]}")
            )
        shape = (max(self.label_shape[0], it.label_shape[0]), self.label_shape[1])
        for each in (self, it):
            if verbose and each.label_shape != shape:
                logging.info("Resized label_shape from %s to %s.", each.label_shape, shape)
            each.reshape(label_shape=shape)
        return it

    # ------------------------------------------------------------------ batches

    def augmentation_transform(  # type: ignore[override]
        self, data: NDArray, label: np.ndarray[Any, Any]
    ) -> tuple[NDArray, np.ndarray[Any, Any]]:
        """Apply the augmenters to an image and its objects."""
        for augmenter in self.auglist:
            data, label = augmenter(data, label)
        return data, label

    def _sample(self, label: Any, image: NDArray) -> tuple[Any, NDArray] | None:
        try:
            image, objects = self.augmentation_transform(image, self._parse_label(label))
            self._check_valid_label(objects)
        except RuntimeError as error:
            if isinstance(error, MXNetError):
                raise
            logging.debug("Invalid label, skipping: %s", error)
            return None
        return objects, self._finished(image)

    def _check_valid_label(self, label: np.ndarray[Any, Any]) -> None:
        if label.ndim != 2 or label.shape[1] < _CLASS_AND_BOX or not len(label):
            raise RuntimeError(f"Label with shape {label.shape}: (1 or more, 5 or more) is required")
        boxes = label[:, 1:_CLASS_AND_BOX]
        valid = (label[:, 0] >= 0) & (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
        if not valid.any():
            raise RuntimeError("Invalid label: no object with a class and a box")

    def _label_batch(self, labels: Sequence[Any]) -> NDArray:
        rows = np.full((len(labels), *self.label_shape), -1, np.float32)
        for row, label in zip(rows, labels, strict=True):
            if label.shape[1] != row.shape[1] or len(label) > len(row):
                raise ValueError(
                    message(
                        f"ImageDetIter: a label of shape {label.shape}",
                        because=f"label_shape is {self.label_shape}, (objects, width)",
                        hint="data_iter.reshape(label_shape=...) for augmenters that add objects",
                    )
                )
            row[: len(label)] = label
        return array(rows)

    # ------------------------------------------------------------------ looking at them

    def draw_next(
        self,
        color: tuple[int, int, int] | None = None,
        thickness: int = 2,
        mean: Any = None,
        std: Any = None,
        clip: bool = True,
        waitKey: int | None = None,
        window_name: str = "draw_next",
        id2labels: Mapping[int, str] | None = None,
    ) -> Iterator[np.ndarray[Any, Any]]:
        """Yield the images, one after the other, with their boxes drawn on them; needs OpenCV.

        Shapes: each ``(height, width, 3)`` uint8, in OpenCV's order of colours, blue, green, red.

        Parameters
        ----------
        color : of the boxes: red, green, blue; random colours for None.
        thickness : of the lines, in pixels.
        mean, std : what the augmenters subtracted and divided by, to be undone; True for those of ImageNet.
        clip : bring values to 0 ... 255 instead of letting them wrap around.
        waitKey : show the image in a window, for so many milliseconds; 0 waits for a key.
        window_name : of that window.
        id2labels : names of the classes, to be written beside the boxes.

        Raises
        ------
        ModuleNotFoundError : OpenCV is not installed.
        """
        cv2 = _opencv()
        mean = np.array(IMAGENET_MEAN) if mean is True else mean
        std = np.array(IMAGENET_STD) if std is True else std
        # Batches of one, which are never filled up.
        while True:
            try:
                _, label, content = self._next_sample()
            except StopIteration:
                return
            sample = self._sample(label, self.imdecode(content))
            if sample is None:
                continue
            objects, datum = sample
            pixels = datum.asnumpy().transpose(1, 2, 0)
            pixels = pixels if std is None else pixels * np.asarray(std)
            pixels = pixels if mean is None else pixels + np.asarray(mean)
            pixels = pixels.clip(0, 255) if clip else pixels
            image = np.ascontiguousarray(pixels[..., ::-1].astype(np.int64).astype(np.uint8))
            height, width = image.shape[:2]
            scale = np.array([width, height, width, height])
            for each in objects:
                left, top, right, bottom = (each[1:_CLASS_AND_BOX] * scale).astype(int).tolist()
                line = np.random.rand(3) * 255 if color is None else color[::-1]
                cv2.rectangle(image, (left, top), (right, bottom), tuple(map(float, line)), thickness)
                name = None if id2labels is None else id2labels.get(int(each[0]))
                if name is not None:
                    place, font = (left + 5, top + 10), cv2.FONT_HERSHEY_SIMPLEX
                    cv2.putText(image, name, place, font, 0.5, (255, 255, 255), 2)
            if waitKey is not None:
                cv2.imshow(window_name, image)
                cv2.waitKey(waitKey)
            yield image


def _opencv() -> Any:
    try:
        import cv2
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            message(
                "draw_next: OpenCV is not installed",
                because="it draws the boxes, and is an extra",
                hint='pip install "glueball[image]"',
            ),
            name="cv2",
        ) from None
    return cv2
