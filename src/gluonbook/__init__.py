"""`d2lzh` under its older name: ``import gluonbook as gb``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import d2lzh

if TYPE_CHECKING:  # for editors; when the program runs, `__getattr__` finds them
    from d2lzh import (
        VOC_CLASSES,
        VOC_COLORMAP,
        Benchmark,
        Residual,
        RNNModel,
        VOCSegDataset,
        bbox_to_rect,
        corr2d,
        count_tokens,
        data_iter,
        data_iter_consecutive,
        data_iter_random,
        download_imdb,
        download_voc_pascal,
        evaluate_accuracy,
        get_data_ch7,
        get_fashion_mnist_labels,
        get_tokenized_imdb,
        get_vocab_imdb,
        grad_clipping,
        linreg,
        load_data_fashion_mnist,
        load_data_jay_lyrics,
        load_data_pikachu,
        load_data_time_machine,
        mkdir_if_not_exist,
        predict_rnn,
        predict_rnn_gluon,
        predict_sentiment,
        preprocess_imdb,
        read_imdb,
        read_voc_images,
        resnet18,
        semilogy,
        set_figsize,
        sgd,
        show_bboxes,
        show_fashion_mnist,
        show_images,
        show_trace_2d,
        squared_loss,
        to_onehot,
        train,
        train_2d,
        train_and_predict_rnn,
        train_and_predict_rnn_gluon,
        train_ch3,
        train_ch5,
        train_ch7,
        train_gluon_ch7,
        try_all_gpus,
        try_gpu,
        use_svg_display,
        voc_label_indices,
        voc_rand_crop,
    )

__all__ = d2lzh.__all__


def __getattr__(name: str) -> Any:
    return getattr(d2lzh, name)


def __dir__() -> list[str]:
    return dir(d2lzh)
