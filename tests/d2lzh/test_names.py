"""The helper package as a whole: its names, its older name, and what is loaded when."""

import inspect
import subprocess
import sys

import pytest

import d2lzh as d2l
import gluonbook
import mxnet as mx

SIGNATURES = {
    "Benchmark": "prefix",
    "RNNModel": "rnn_layer, vocab_size, kwargs",
    "Residual": "num_channels, use_1x1conv, strides, kwargs",
    "VOCSegDataset": "is_train, crop_size, voc_dir, colormap2label",
    "_download_pikachu": "data_dir",
    "_get_batch": "batch, ctx",
    "_make_list": "obj, default_values",
    "bbox_to_rect": "bbox, color",
    "corr2d": "X, K",
    "count_tokens": "samples",
    "data_iter": "batch_size, features, labels",
    "data_iter_consecutive": "corpus_indices, batch_size, num_steps, ctx",
    "data_iter_random": "corpus_indices, batch_size, num_steps, ctx",
    "download_imdb": "data_dir",
    "download_voc_pascal": "data_dir",
    "evaluate_accuracy": "data_iter, net, ctx",
    "get_data_ch7": "",
    "get_fashion_mnist_labels": "labels",
    "get_tokenized_imdb": "data",
    "get_vocab_imdb": "data",
    "grad_clipping": "params, theta, ctx",
    "linreg": "X, w, b",
    "load_data_fashion_mnist": "batch_size, resize, root",
    "load_data_jay_lyrics": "",
    "load_data_pikachu": "batch_size, edge_size",
    "load_data_time_machine": "",
    "mkdir_if_not_exist": "path",
    "predict_rnn": "prefix, num_chars, rnn, params, init_rnn_state, num_hiddens, vocab_size, ctx, idx_to_char, "
    "char_to_idx",
    "predict_rnn_gluon": "prefix, num_chars, model, vocab_size, ctx, idx_to_char, char_to_idx",
    "predict_sentiment": "net, vocab, sentence",
    "preprocess_imdb": "data, vocab",
    "read_imdb": "folder, data_dir",
    "read_voc_images": "root, is_train",
    "resnet18": "num_classes",
    "semilogy": "x_vals, y_vals, x_label, y_label, x2_vals, y2_vals, legend, figsize",
    "set_figsize": "figsize",
    "sgd": "params, lr, batch_size",
    "show_bboxes": "axes, bboxes, labels, colors",
    "show_fashion_mnist": "images, labels",
    "show_images": "imgs, num_rows, num_cols, scale",
    "show_trace_2d": "f, res",
    "squared_loss": "y_hat, y",
    "to_onehot": "X, size",
    "train": "train_iter, test_iter, net, loss, trainer, ctx, num_epochs",
    "train_2d": "trainer",
    "train_and_predict_rnn": "rnn, get_params, init_rnn_state, num_hiddens, vocab_size, ctx, corpus_indices, "
    "idx_to_char, char_to_idx, is_random_iter, num_epochs, num_steps, lr, clipping_theta, "
    "batch_size, pred_period, pred_len, prefixes",
    "train_and_predict_rnn_gluon": "model, num_hiddens, vocab_size, ctx, corpus_indices, idx_to_char, "
    "char_to_idx, num_epochs, num_steps, lr, clipping_theta, batch_size, pred_period, pred_len, prefixes",
    "train_ch3": "net, train_iter, test_iter, loss, num_epochs, batch_size, params, lr, trainer",
    "train_ch5": "net, train_iter, test_iter, batch_size, trainer, ctx, num_epochs",
    "train_ch7": "trainer_fn, states, hyperparams, features, labels, batch_size, num_epochs",
    "train_gluon_ch7": "trainer_name, trainer_hyperparams, features, labels, batch_size, num_epochs",
    "try_all_gpus": "",
    "try_gpu": "",
    "use_svg_display": "",
    "voc_label_indices": "colormap, colormap2label",
    "voc_rand_crop": "feature, label, height, width",
}
OF_THE_BOOK = [name for name in SIGNATURES if not name.startswith("_")]


@pytest.mark.parametrize("name", SIGNATURES)
def test_arguments_are_those_of_the_book_under_both_names(name):
    assert ", ".join(inspect.signature(getattr(d2l, name)).parameters) == SIGNATURES[name]
    assert getattr(gluonbook, name) is getattr(d2l, name)


# What d2lzh 1.0.0 imports for itself, and so has as well; and IPython's display.
HANDED_ON = (
    "autograd collections gdata gloss gluon gutils image init math mx nd nn np os random sys tarfile text time utils "
    "zipfile"
).split()


@pytest.mark.parametrize("module", ["d2lzh", "gluonbook", "d2lzh.utils", "gluonbook.utils"])
def test_a_star_import_brings_every_name(module):
    names = {}
    exec(f"from {module} import *", names)
    assert {*OF_THE_BOOK, *HANDED_ON, "plt", "VOC_CLASSES", "VOC_COLORMAP"} <= {*names}
    assert names["plt"] is d2l.plt
    assert names["nd"] is mx.nd
    assert names["init"] is mx.init
    assert names["nn"] is names["gluon"].nn is mx.gluon.nn


@pytest.mark.parametrize("module", [d2l, gluonbook])
def test_what_the_books_package_imports_is_there_under_its_name(module):
    from mxnet.contrib import text

    assert (module.mx, module.nd, module.image, module.text) == (mx, mx.nd, mx.image, text)
    assert (module.gdata, module.gloss, module.gutils) == (mx.gluon.data, mx.gluon.loss, mx.gluon.utils)
    assert module.utils.sgd is d2l.sgd
    assert module.__version__ == "1.0.0"


def test_every_public_name_is_tested_for_its_arguments():
    assert {*d2l.__all__} - {*HANDED_ON} == {*OF_THE_BOOK, "plt", "VOC_CLASSES", "VOC_COLORMAP"}


def test_the_first_line_of_a_program_loads_no_gluon():
    program = (
        "import sys, d2lzh, gluonbook; print(sum(name.startswith('mxnet.gluon') for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"


def test_without_an_accelerator_everything_is_on_the_cpu(monkeypatch):
    monkeypatch.setattr(mx.context, "num_gpus", lambda: 0)
    assert d2l.try_gpu() == mx.cpu()
    assert d2l.try_all_gpus() == [mx.cpu()]


def test_accelerators_are_found_in_order(monkeypatch):
    monkeypatch.setattr(mx.context, "num_gpus", lambda: 2)
    assert d2l.try_gpu() == mx.gpu(0)
    assert d2l.try_all_gpus() == [mx.gpu(0), mx.gpu(1)]


@pytest.mark.parametrize("module", [d2l, gluonbook])
def test_a_misspelt_name_is_an_attribute_error_with_the_right_one(module):
    with pytest.raises(AttributeError, match=r"no attribute 'semilogi'(?s:.)*d2lzh\.semilogy"):
        _ = module.semilogi
    assert "plt" in dir(module)
