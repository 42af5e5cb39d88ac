"""The helper package of the book "Dive into Deep Learning" for MXNet: ``import d2lzh as d2l``.

The names, arguments, results and printed lines of the functions that the chapters up to multilayer perceptrons
use; ``gluonbook``, the package's older name, is the same. matplotlib is imported by the first thing that draws.

>>> import d2lzh as d2l
>>> d2l.get_fashion_mnist_labels([9, 0])
['ankle boot', 't-shirt']
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mxnet.base import message, nearest

from ._later import CHAPTERS, not_yet
from .data import (
    data_iter,
    get_fashion_mnist_labels,
    load_data_fashion_mnist,
    mkdir_if_not_exist,
)
from .devices import try_all_gpus, try_gpu
from .plotting import pyplot, semilogy, set_figsize, show_fashion_mnist, show_images, use_svg_display
from .training import evaluate_accuracy, linreg, sgd, squared_loss, train_ch3

if TYPE_CHECKING:
    import matplotlib.pyplot as plt

__all__ = [
    "data_iter",
    "evaluate_accuracy",
    "get_fashion_mnist_labels",
    "linreg",
    "load_data_fashion_mnist",
    "mkdir_if_not_exist",
    "plt",
    "semilogy",
    "set_figsize",
    "sgd",
    "show_fashion_mnist",
    "show_images",
    "squared_loss",
    "train_ch3",
    "try_all_gpus",
    "try_gpu",
    "use_svg_display",
]


def __getattr__(name: str) -> Any:
    if name == "plt":
        globals()["plt"] = module = pyplot("d2lzh.plt")
        return module
    if name in CHAPTERS:
        return not_yet(name)
    close = None if name.startswith("_") else nearest(name, __all__)
    raise AttributeError(
        message(f"module 'd2lzh' has no attribute {name!r}", hint=close and f"d2lzh.{close}")
    )


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
