"""The helper package as a whole: its names, its older name, and what is not there yet."""

import inspect

import pytest

import d2lzh as d2l
import gluonbook
import mxnet as mx

SIGNATURES = {
    "data_iter": "batch_size, features, labels",
    "evaluate_accuracy": "data_iter, net, ctx",
    "get_fashion_mnist_labels": "labels",
    "linreg": "X, w, b",
    "load_data_fashion_mnist": "batch_size, resize, root",
    "mkdir_if_not_exist": "path",
    "semilogy": "x_vals, y_vals, x_label, y_label, x2_vals, y2_vals, legend, figsize",
    "set_figsize": "figsize",
    "sgd": "params, lr, batch_size",
    "show_fashion_mnist": "images, labels",
    "show_images": "imgs, num_rows, num_cols, scale",
    "squared_loss": "y_hat, y",
    "train_ch3": "net, train_iter, test_iter, loss, num_epochs, batch_size, params, lr, trainer",
    "try_all_gpus": "",
    "try_gpu": "",
    "use_svg_display": "",
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_arguments_are_those_of_the_book_under_both_names(name):
    assert ", ".join(inspect.signature(getattr(d2l, name)).parameters) == SIGNATURES[name]
    assert getattr(gluonbook, name) is getattr(d2l, name)


def test_a_star_import_brings_every_name():
    for module in ("d2lzh", "gluonbook"):
        names = {}
        exec(f"from {module} import *", names)
        assert {*SIGNATURES, "plt"} <= {*names}
        assert names["plt"] is d2l.plt


def test_without_an_accelerator_everything_is_on_the_cpu(monkeypatch):
    monkeypatch.setattr(mx.context, "num_gpus", lambda: 0)
    assert d2l.try_gpu() == mx.cpu()
    assert d2l.try_all_gpus() == [mx.cpu()]


def test_accelerators_are_found_in_order(monkeypatch):
    monkeypatch.setattr(mx.context, "num_gpus", lambda: 2)
    assert d2l.try_gpu() == mx.gpu(0)
    assert d2l.try_all_gpus() == [mx.gpu(0), mx.gpu(1)]


@pytest.mark.parametrize("module", [d2l, gluonbook])
def test_names_of_later_chapters_say_so_when_they_are_used(module):
    from d2lzh import RNNModel

    assert callable(RNNModel)
    with pytest.raises(
        NotImplementedError, match=r"d2lzh\.train_ch5: not in Glueball yet(?s:.)*convolutional"
    ):
        module.train_ch5(None)


@pytest.mark.parametrize("module", [d2l, gluonbook])
def test_a_misspelt_name_is_an_attribute_error_with_the_right_one(module):
    with pytest.raises(AttributeError, match=r"no attribute 'semilogi'(?s:.)*d2lzh\.semilogy"):
        _ = module.semilogi
    assert "plt" in dir(module)
