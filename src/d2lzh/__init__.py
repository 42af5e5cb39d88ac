"""The helper package of the book "Dive into Deep Learning" for MXNet: ``import d2lzh as d2l``.

The names, arguments, results and printed lines of the functions that its chapters keep for those that follow;
``gluonbook``, the package's older name, is the same. matplotlib is imported by the first thing that draws, and what the
later chapters need by the first use of it.

>>> import d2lzh as d2l
>>> d2l.get_fashion_mnist_labels([9, 0])
['ankle boot', 't-shirt']
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from mxnet.base import message, nearest

from .benchmark import Benchmark
from .data import (
    data_iter,
    get_fashion_mnist_labels,
    load_data_fashion_mnist,
    mkdir_if_not_exist,
)
from .devices import try_all_gpus, try_gpu
from .plotting import (
    _make_list,
    bbox_to_rect,
    pyplot,
    semilogy,
    set_figsize,
    show_bboxes,
    show_fashion_mnist,
    show_images,
    use_svg_display,
)
from .training import _get_batch, evaluate_accuracy, linreg, sgd, squared_loss, train, train_ch3, train_ch5

if TYPE_CHECKING:
    import collections
    import math
    import os
    import random
    import sys
    import tarfile
    import time
    import zipfile

    import matplotlib.pyplot as plt
    import numpy as np

    import mxnet as mx
    from mxnet import autograd, gluon, image, init, nd
    from mxnet.contrib import text
    from mxnet.gluon import data as gdata
    from mxnet.gluon import loss as gloss
    from mxnet.gluon import nn
    from mxnet.gluon import utils as gutils

    from . import utils
    from .convolution import Residual, corr2d, resnet18
    from .corpus import (
        data_iter_consecutive,
        data_iter_random,
        load_data_jay_lyrics,
        load_data_time_machine,
    )
    from .detection import _download_pikachu, load_data_pikachu
    from .optimisation import get_data_ch7, show_trace_2d, train_2d, train_ch7, train_gluon_ch7
    from .recurrent import (
        RNNModel,
        grad_clipping,
        predict_rnn,
        predict_rnn_gluon,
        to_onehot,
        train_and_predict_rnn,
        train_and_predict_rnn_gluon,
    )
    from .segmentation import (
        VOC_CLASSES,
        VOC_COLORMAP,
        VOCSegDataset,
        download_voc_pascal,
        read_voc_images,
        voc_label_indices,
        voc_rand_crop,
    )
    from .sentiment import (
        count_tokens,
        download_imdb,
        get_tokenized_imdb,
        get_vocab_imdb,
        predict_sentiment,
        preprocess_imdb,
        read_imdb,
    )

__version__ = "1.0.0"
"""That of the book's package."""

# What the book's module imports for itself, and so hands on: programs say d2l.nd, and nd behind a star import.
_HANDED_ON = {
    "autograd": "mxnet.autograd",
    "collections": "collections",
    "display": "IPython.display",
    "gdata": "mxnet.gluon.data",
    "gloss": "mxnet.gluon.loss",
    "gluon": "mxnet.gluon",
    "gutils": "mxnet.gluon.utils",
    "image": "mxnet.image",
    "init": "mxnet.initializer",
    "math": "math",
    "mx": "mxnet",
    "nd": "mxnet.ndarray",
    "nn": "mxnet.gluon.nn",
    "np": "numpy",
    "os": "os",
    "random": "random",
    "sys": "sys",
    "tarfile": "tarfile",
    "text": "mxnet.contrib.text",
    "time": "time",
    "utils": "d2lzh.utils",
    "zipfile": "zipfile",
}

# Imported by the first use of one of their names.
_MODULES = {
    "convolution": "Residual corr2d resnet18",
    "corpus": "data_iter_consecutive data_iter_random load_data_jay_lyrics load_data_time_machine",
    "detection": "_download_pikachu load_data_pikachu",
    "optimisation": "get_data_ch7 show_trace_2d train_2d train_ch7 train_gluon_ch7",
    "recurrent": (
        "RNNModel grad_clipping predict_rnn predict_rnn_gluon to_onehot train_and_predict_rnn "
        "train_and_predict_rnn_gluon"
    ),
    "segmentation": (
        "VOC_CLASSES VOC_COLORMAP VOCSegDataset download_voc_pascal read_voc_images voc_label_indices voc_rand_crop"
    ),
    "sentiment": (
        "count_tokens download_imdb get_tokenized_imdb get_vocab_imdb predict_sentiment preprocess_imdb read_imdb"
    ),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names.split()}

__all__ = [
    "VOC_CLASSES",
    "VOC_COLORMAP",
    "Benchmark",
    "RNNModel",
    "Residual",
    "VOCSegDataset",
    "bbox_to_rect",
    "corr2d",
    "count_tokens",
    "data_iter",
    "data_iter_consecutive",
    "data_iter_random",
    "download_imdb",
    "download_voc_pascal",
    "evaluate_accuracy",
    "get_data_ch7",
    "get_fashion_mnist_labels",
    "get_tokenized_imdb",
    "get_vocab_imdb",
    "grad_clipping",
    "linreg",
    "load_data_fashion_mnist",
    "load_data_jay_lyrics",
    "load_data_pikachu",
    "load_data_time_machine",
    "mkdir_if_not_exist",
    "plt",
    "predict_rnn",
    "predict_rnn_gluon",
    "predict_sentiment",
    "preprocess_imdb",
    "read_imdb",
    "read_voc_images",
    "resnet18",
    "semilogy",
    "set_figsize",
    "sgd",
    "show_bboxes",
    "show_fashion_mnist",
    "show_images",
    "show_trace_2d",
    "squared_loss",
    "to_onehot",
    "train",
    "train_2d",
    "train_and_predict_rnn",
    "train_and_predict_rnn_gluon",
    "train_ch3",
    "train_ch5",
    "train_ch7",
    "train_gluon_ch7",
    "try_all_gpus",
    "try_gpu",
    "use_svg_display",
    "voc_label_indices",
    "voc_rand_crop",
]
# All but IPython's display, which need not be there.
__all__ += [
    "autograd",
    "collections",
    "gdata",
    "gloss",
    "gluon",
    "gutils",
    "image",
    "init",
    "math",
    "mx",
    "nd",
]
__all__ += ["nn", "np", "os", "random", "sys", "tarfile", "text", "time", "utils", "zipfile"]


def __getattr__(name: str) -> Any:
    if name == "plt":
        found = pyplot("d2lzh.plt")
    elif name in _HANDED_ON:
        found = importlib.import_module(_HANDED_ON[name])
    elif name in _MODULE_OF:
        found = getattr(importlib.import_module(f".{_MODULE_OF[name]}", __name__), name)
    else:
        close = None if name.startswith("_") else nearest(name, __all__)
        raise AttributeError(
            message(f"module 'd2lzh' has no attribute {name!r}", hint=close and f"d2lzh.{close}")
        )
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
