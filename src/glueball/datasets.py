"""The data sets of ``glueball train``, each as training and test examples with class names."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from glueball.settings import NotPossibleError
from mxnet import gluon, nd
from mxnet.gluon.data import vision

FASHION = (
    "t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip
DIGITS = tuple("0123456789")


class Data(NamedTuple):
    """Examples of one data set.

    ``train`` and ``test`` give pairs of an image ``(1, height, width)`` in float32 from 0 to 1 and a class number;
    ``pixels`` are the test images as they are drawn, ``(n, height, width)``.
    """

    train: Any
    test: Any
    pixels: np.ndarray
    class_names: tuple[str, ...]

    @property
    def image_size(self) -> tuple[int, int]:
        return self.pixels.shape[1], self.pixels.shape[2]


def load(name: str) -> Data:
    """Load a data set from the cache, from the network, or (digits) from scikit-learn.

    Raises `NotPossibleError` with what to do where it is not to be had.
    """
    if name == "digits":
        return _digits()
    kind, names = {"fashion-mnist": (vision.FashionMNIST, FASHION), "mnist": (vision.MNIST, DIGITS)}[name]
    try:
        train, test = kind(train=True), kind(train=False)
    except OSError as error:
        raise NotPossibleError(str(error)) from None
    to_tensor = vision.transforms.ToTensor()
    pixels = nd.concat(*[image.expand_dims(0) for image, _ in (test[i] for i in range(len(test)))], dim=0)
    return Data(
        train.transform_first(to_tensor), test.transform_first(to_tensor), pixels.asnumpy()[..., 0], names
    )


def _digits() -> Data:
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise NotPossibleError(
            "the handwritten digits come with scikit-learn, which is not installed; pip install scikit-learn"
        ) from None
    found = load_digits()
    images = (found.images * (255 / 16)).round().astype(np.uint8)[..., np.newaxis]
    labels = found.target.astype(np.int32)
    order = np.random.default_rng(0).permutation(len(images))
    split = len(images) * 4 // 5
    parts = []
    for chosen in (order[:split], order[split:]):
        examples = gluon.data.ArrayDataset(nd.array(images[chosen], dtype="uint8"), labels[chosen])
        parts.append(examples.transform_first(vision.transforms.ToTensor()))
    return Data(parts[0], parts[1], images[order[split:], :, :, 0], DIGITS)
