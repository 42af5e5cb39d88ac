"""What the book's later chapters add to its package and Glueball does not have yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from mxnet.base import message

_BY_CHAPTER = {
    "convolutional networks": "corr2d train_ch5 Residual resnet18",
    "recurrent networks": (
        "data_iter_consecutive data_iter_random grad_clipping load_data_jay_lyrics predict_rnn predict_rnn_gluon "
        "RNNModel to_onehot train_and_predict_rnn train_and_predict_rnn_gluon"
    ),
    "optimisation": "get_data_ch7 show_trace_2d train_2d train_ch7 train_gluon_ch7",
    "performance": "Benchmark train",
    "computer vision": (
        "bbox_to_rect download_voc_pascal load_data_pikachu read_voc_images show_bboxes voc_label_indices "
        "voc_rand_crop VOC_CLASSES VOC_COLORMAP VOCSegDataset"
    ),
    "natural language processing": (
        "count_tokens download_imdb get_tokenized_imdb get_vocab_imdb predict_sentiment preprocess_imdb read_imdb"
    ),
}
CHAPTERS = {name: chapter for chapter, names in _BY_CHAPTER.items() for name in names.split()}


def not_yet(name: str) -> Callable[..., Any]:
    """Return a function in the place of ``name`` that says, when it is called, that it is not there yet."""

    def absent(*args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(
            message(
                f"d2lzh.{name}: not in Glueball yet",
                because=f"it belongs to the book's chapter on {CHAPTERS[name]}",
                hint="the book prints its source where it is introduced; that works with `import mxnet`",
            )
        )

    absent.__name__ = absent.__qualname__ = name
    return absent
