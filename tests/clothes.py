"""Small data in the files of Fashion-MNIST, easy to learn, for tests where the real files are not at hand."""

import os
from pathlib import Path

import numpy as np

from mxnet.files import write_idx

FILES = (
    ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
    ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
)


def has_fashion_mnist(home):
    """Whether all four files are in the place that ``MXNET_HOME=home`` means."""
    folder = Path(home, "datasets", "fashion-mnist")
    return all((folder / name).is_file() for pair in FILES for name in pair)


def real_fashion_mnist():
    """Whether the files of Fashion-MNIST are where this run of the tests looks for data."""
    return has_fashion_mnist(os.environ["MXNET_HOME"])


def write_clothes(home, train=2000, test=500):
    """Write generated pictures there: a coarse pattern for each class, and noise. Needs MXNET_VERIFY_DATASETS=0."""
    folder = Path(home, "datasets", "fashion-mnist")
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    patterns = rng.integers(0, 160, (10, 7, 7)).repeat(4, axis=1).repeat(4, axis=2)
    for (images, labels), count in zip(FILES, (train, test)):
        numbers = np.arange(count) % 10
        rng.shuffle(numbers)
        pixels = patterns[numbers] + rng.integers(0, 96, (count, 28, 28))
        write_idx(folder / images, pixels.astype("uint8"))
        write_idx(folder / labels, numbers.astype("uint8"))
    return home
