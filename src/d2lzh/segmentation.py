"""Pascal VOC 2012: pictures, and the class of every pixel in them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mxnet import nd
from mxnet.base import message
from mxnet.gluon.data import Dataset
from mxnet.gluon.utils import download

from .files import datasets, place_of, unpack

if TYPE_CHECKING:
    from mxnet.ndarray import NDArray

__all__ = [
    "VOC_CLASSES",
    "VOC_COLORMAP",
    "VOCSegDataset",
    "download_voc_pascal",
    "read_voc_images",
    "voc_label_indices",
    "voc_rand_crop",
]

_ARCHIVE = "VOCtrainval_11-May-2012.tar"
_URL = f"http://host.robots.ox.ac.uk/pascal/VOC/voc2012/{_ARCHIVE}"
_SHA1 = "4e443f8a2eca6b1dac8a6c57641b67dd40621a49"
_FOLDER = ("VOCdevkit", "VOC2012")

VOC_CLASSES = [
    *("background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow"),
    *("diningtable", "dog", "horse", "motorbike", "person", "potted plant", "sheep", "sofa", "train"),
    "tv/monitor",
]
"""The names of the 21 classes."""


def _color(number: int) -> list[int]:
    """The colour of a class: its lowest three bits are the highest bits of red, green and blue, and so on."""
    return [
        sum((number >> (3 * place + channel) & 1) << (7 - place) for place in range(3))
        for channel in range(3)
    ]


VOC_COLORMAP = [_color(number) for number in range(len(VOC_CLASSES))]
"""The colours of the 21 classes in pictures of labels: red, green and blue, 0 to 255."""


def download_voc_pascal(data_dir: str | None = None) -> str:
    """Fetch and unpack Pascal VOC 2012 (2 GB) unless that is done, and return the folder of its pictures.

    Parameters
    ----------
    data_dir : where to; ``../data`` where the data are there already, else ``datasets`` under ``MXNET_HOME``.

    Raises
    ------
    DownloadError : it is not there and cannot be fetched; says what to put where by hand.

    Differs from the book's: ``data_dir`` is not ``../data`` unless the data lie there.
    """
    voc_dir = place_of(*_FOLDER, data_dir=data_dir)
    if not os.path.isdir(voc_dir):
        folder = datasets() if data_dir is None else data_dir
        os.makedirs(folder, exist_ok=True)
        unpack(download(_URL, path=os.path.join(folder, _ARCHIVE), sha1_hash=_SHA1), _FOLDER[0])
    return voc_dir


def read_voc_images(root: str | None = None, is_train: bool = True) -> tuple[list[NDArray], list[NDArray]]:
    """Return pictures and pictures of their labels: each pixel of these has the colour of its class.

    Shapes: ``(height, width, 3)``, uint8, each picture with sizes of its own.

    Parameters
    ----------
    root : the folder that `download_voc_pascal` returns; None for the place where it puts it.
    is_train : the pictures to train on; False for those to test on.

    Raises
    ------
    FileNotFoundError : the data are not there.
    """
    from mxnet import image

    folder = Path(place_of(*_FOLDER) if root is None else root)
    split = folder / "ImageSets" / "Segmentation" / ("train.txt" if is_train else "val.txt")
    if not split.is_file():
        raise FileNotFoundError(
            message(
                "read_voc_images: Pascal VOC 2012 is not there",
                received=f"root={str(folder)!r}",
                because=f"there is no {split}",
                hint="d2l.download_voc_pascal(), and the folder that it returns",
            )
        )
    names = split.read_text(encoding="utf-8").split()
    features = [image.imread(str(folder / "JPEGImages" / f"{name}.jpg")) for name in names]
    labels = [image.imread(str(folder / "SegmentationClass" / f"{name}.png")) for name in names]
    return features, labels


def voc_label_indices(colormap: NDArray, colormap2label: NDArray) -> NDArray:
    """Return the class of every pixel in a picture of labels.

    Shapes: colormap ``(height, width, 3)``, colormap2label ``(256**3,)``; ``(height, width)``.

    Parameters
    ----------
    colormap : the picture.
    colormap2label : the class of every colour, at ``(red * 256 + green) * 256 + blue``.

    >>> colormap2label = nd.zeros(256**3)
    >>> colormap2label[128 * 256] = 2
    >>> voc_label_indices(nd.array([[[0, 128, 0], [0, 0, 0]]], dtype="uint8"), colormap2label)
    <BLANKLINE>
    [[2. 0.]]
    <NDArray 1x2 @cpu(0)>
    """
    colors = colormap.astype("int32")
    return colormap2label[(colors[:, :, 0] * 256 + colors[:, :, 1]) * 256 + colors[:, :, 2]]


def voc_rand_crop(feature: NDArray, label: NDArray, height: int, width: int) -> tuple[NDArray, NDArray]:
    """Cut the same random piece out of a picture and its picture of labels.

    Shapes: feature and label ``(h, w, channels)``; the pieces ``(height, width, channels)``.

    Raises
    ------
    ValueError : the two are not of the same size, or smaller than a piece.
    """
    from mxnet import image

    size = feature.shape[:2]
    if label.shape[:2] != size or height > size[0] or width > size[1]:
        raise ValueError(
            message(
                "voc_rand_crop: there is no such piece",
                received=f"feature {feature.shape}, label {label.shape}, height={height}, width={width}",
                because="both are of the same size, and not smaller than a piece",
            )
        )
    feature, where = image.random_crop(feature, (width, height))
    return feature, image.fixed_crop(label, *where)


class VOCSegDataset(Dataset):
    """Random pieces of equal size out of the pictures of Pascal VOC 2012, with the class of every pixel.

    Pictures that are smaller than a piece are left out; how many are left is printed.

    Shapes: an example is ``(3, height, width)``, float32, standardised with mean and standard deviation of ImageNet,
    and ``(height, width)``.

    Parameters
    ----------
    is_train : the pictures to train on; False for those to test on.
    crop_size : height and width of a piece.
    voc_dir : the folder that `download_voc_pascal` returns.
    colormap2label : as for `voc_label_indices`.
    """

    def __init__(
        self, is_train: bool, crop_size: Sequence[int], voc_dir: str, colormap2label: NDArray
    ) -> None:
        if not isinstance(crop_size, (list, tuple)) or len(crop_size) != 2:
            raise ValueError(
                message(
                    "VOCSegDataset: crop_size is height and width",
                    received=repr(crop_size),
                    hint="(320, 480)",
                )
            )
        self.rgb_mean = nd.array([0.485, 0.456, 0.406])
        self.rgb_std = nd.array([0.229, 0.224, 0.225])
        self.crop_size = crop_size
        features, labels = read_voc_images(root=voc_dir, is_train=is_train)
        self.features = [self.normalize_image(feature) for feature in self.filter(features)]
        self.labels = self.filter(labels)
        self.colormap2label = colormap2label
        print(f"read {len(self.features)} examples")

    def normalize_image(self, data: NDArray) -> NDArray:
        """``(data / 255 - mean) / std``, channel by channel; data ``(height, width, 3)`` from 0 to 255."""
        return (data.astype("float32") / 255 - self.rgb_mean) / self.rgb_std

    # In the book, too, it takes the place of Dataset.filter, which does something else.
    def filter(self, images: Sequence[NDArray]) -> list[NDArray]:  # type: ignore[override]
        """Those of the pictures that a piece fits into."""
        height, width = self.crop_size
        return [image for image in images if image.shape[0] >= height and image.shape[1] >= width]

    def __getitem__(self, idx: Any) -> tuple[NDArray, NDArray]:
        feature, label = voc_rand_crop(self.features[idx], self.labels[idx], *self.crop_size)
        return feature.transpose((2, 0, 1)), voc_label_indices(label, self.colormap2label)

    def __len__(self) -> int:
        return len(self.features)
