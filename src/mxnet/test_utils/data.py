"""Data for tests and tutorials."""

from __future__ import annotations

import os

import numpy as np

__all__ = ["download", "get_mnist"]


def download(
    url: str,
    fname: str | None = None,
    dirname: str | None = None,
    overwrite: bool = False,
    retries: int = 5,
) -> str:
    """Fetch a file and return its path; see `mxnet.gluon.utils.download`.

    Parameters
    ----------
    url : where it is.
    fname : the name to give it; by default the last part of the address.
    dirname : the folder to put it in; made if missing.
    overwrite : fetch it again where it is there.
    retries : how often to try.
    """
    from ..gluon.utils import download as fetch

    name = fname or url.split("/")[-1]
    path = os.path.join(dirname, name) if dirname else name
    if dirname:
        os.makedirs(dirname, exist_ok=True)
    return fetch(url, path=path, overwrite=overwrite, retries=retries)


def get_mnist() -> dict[str, np.ndarray]:
    """The handwritten digits of MNIST, fetched on first use (`mxnet.gluon.data.vision.MNIST`).

    Returns
    -------
    ``train_data`` ``(60000, 1, 28, 28)`` and ``test_data`` ``(10000, 1, 28, 28)``, float32 from 0 to 1;
    ``train_label`` and ``test_label``, int8.
    """
    from ..gluon.data.vision import MNIST

    found = {}
    for name, train in (("train", True), ("test", False)):
        images, labels = MNIST(train=train)[:]
        pixels = images.asnumpy().transpose(0, 3, 1, 2).astype("float32")
        found[f"{name}_data"] = np.ascontiguousarray(pixels) / np.float32(255)
        found[f"{name}_label"] = np.asarray(labels).astype("int8")
    return found
