"""Pictures of Pikachu, with a box around each."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mxnet.gluon.utils import download

from .files import place_of

if TYPE_CHECKING:
    from mxnet.image import ImageDetIter

__all__ = ["load_data_pikachu"]

_SERVER = "https://apache-mxnet.s3-accelerate.amazonaws.com/gluon/dataset/pikachu/"
_SHA1 = {
    "train.rec": "e6bcb6ffba1ac04ff8a9b1115e650af56ee969c8",
    "train.idx": "dcf7318b2602c06428b9988470c731621716c393",
    "val.rec": "d6c33f799b4d058e82f2cb5bd9a976f69d72d520",
}


def load_data_pikachu(batch_size: int, edge_size: int = 256) -> tuple[ImageDetIter, ImageDetIter]:
    """Return iterators over the pictures to train on and to test on, fetching the files if need be.

    The files lie in ``pikachu`` in ``../data`` or in ``datasets`` under ``MXNET_HOME``. Pictures to train on come in
    random order, cut at random so that at least 95 % of each object are left.

    Shapes: ``batch.data[0]`` is ``(batch_size, 3, edge_size, edge_size)``; ``batch.label[0]`` is
    ``(batch_size, m, 5)``, m boxes a picture: class, left, top, right and bottom, from 0 to 1, or -1 where there are
    fewer.

    Raises
    ------
    DownloadError : files are missing and cannot be fetched; says which to put where by hand.
    """
    from mxnet import image

    data_dir = place_of("pikachu")
    _download_pikachu(data_dir)
    data_shape = (3, edge_size, edge_size)
    train_iter = image.ImageDetIter(
        path_imgrec=os.path.join(data_dir, "train.rec"),
        path_imgidx=os.path.join(data_dir, "train.idx"),  # what finds a picture in random order
        batch_size=batch_size,
        data_shape=data_shape,
        shuffle=True,
        rand_crop=1,
        min_object_covered=0.95,
        max_attempts=200,
    )
    val_iter = image.ImageDetIter(
        path_imgrec=os.path.join(data_dir, "val.rec"),
        batch_size=batch_size,
        data_shape=data_shape,
        shuffle=False,
    )
    return train_iter, val_iter


def _download_pikachu(data_dir: str) -> None:
    for name, sha1 in _SHA1.items():
        download(_SERVER + name, path=os.path.join(data_dir, name), sha1_hash=sha1)
