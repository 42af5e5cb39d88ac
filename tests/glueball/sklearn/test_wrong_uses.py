"""Arguments of the parts, and what somebody reads who gives wrong ones."""

import importlib
import sys

import numpy as np
import pytest

import mxnet as mx
from mxnet.gluon import nn
from tests.glueball.sklearn.common import quick, single_output

pytest.importorskip("sklearn")

from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from glueball.sklearn import GluonClassifier, GluonRegressor, mlp


def test_arguments_of_the_parts_are_parameters_like_others():
    model = GluonClassifier(nn.Dense, module__units=3, optimizer__momentum=0.9)
    assert model.get_params()["module__units"] == 3
    assert clone(model).get_params() == model.get_params()
    model.set_params(module__units=4, lr=0.5, loss__weight=2)
    assert (model.module__units, model.lr, model.loss__weight) == (4, 0.5, 2)
    assert "module__units=4" in repr(model)
    with pytest.raises(ValueError, match="'modul'"):
        model.set_params(modul__units=3)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"module": "mlp"}, TypeError, "function or class that makes one"),
        ({"module": lambda: 3}, TypeError, "made no Gluon block"),
        ({"module": mlp, "module__unit": 3}, TypeError, "it has n_outputs, units, activation, dropout"),
        ({"module": nn.Dense(3), "module__units": 3}, ValueError, "made already"),
        ({"module": nn.Dense(4)}, ValueError, r"nn.Dense\(3\) as last layer"),
        ({"module": nn.Dense(3, in_units=9)}, mx.MXNetError, "in_units=4"),
        ({"module": nn.Dense(3, flatten=False), "loss": "L2Loss"}, ValueError, "label does not fit pred"),
        ({"loss": "CrossEntropy"}, ValueError, "gluon.loss has no"),
        ({"loss": 3}, TypeError, "loss is a name"),
        ({"loss": lambda pred, label: 3}, ValueError, "number for each example"),
        ({"optimizer": "adm"}, ValueError, "'adam'"),
        ({"optimizer": 3}, TypeError, "optimizer is a name"),
        ({"optimizer": mx.optimizer.SGD(), "optimizer__wd": 1}, ValueError, "made already"),
        ({"optimizer__moment": 3}, TypeError, "unexpected option 'moment'"),
        ({"lr": 1, "optimizer__learning_rate": 1}, ValueError, "given twice"),
        ({"lr": 0}, ValueError, "above 0"),
        ({"batch_size": 2.5}, ValueError, "whole number"),
        ({"device": "tpu"}, ValueError, "'auto'"),
        ({"device": "gpu:77"}, mx.MXNetError, "not there"),
        ({"validation_fraction": 1}, ValueError, "between 0 and 1"),
        ({"callbacks": [3]}, ValueError, "list of such functions"),
        ({"initializer": "xavie"}, AssertionError, "xavier"),
        ({"lr": 1e30, "optimizer": "sgd", "max_epochs": 20}, ValueError, "no finite number"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
def test_wrong_arguments_are_explained(blobs, arguments, error, words):
    with pytest.raises(error, match=words):
        quick(**arguments).fit(*blobs)


def test_misspelled_arguments_name_the_nearest():
    with pytest.raises(TypeError, match="try:      batch_size="):
        GluonClassifier(btch_size=3)
    with pytest.raises(TypeError, match="module__, loss__, optimizer__, initializer__"):
        GluonRegressor(modules__units=3)


def test_data_that_do_not_fit_are_explained(blobs):
    X, y = blobs
    with pytest.raises(NotFittedError):
        quick().predict(X)
    with pytest.raises(ValueError, match="4 features"):
        quick().fit(X, y).predict(X[:, :3])
    with pytest.raises(ValueError, match="one class only"):
        quick().fit(X, np.zeros(120))
    with pytest.raises(ValueError, match="go together"):
        quick().fit(X, y, X_val=X)
    with pytest.raises(ValueError, match="labels that were not there"):
        quick().fit(X, y, X_val=X, y_val=y + 1)
    with pytest.raises(ValueError, match="Negative"):
        quick().fit(X, y, sample_weight=-np.ones(120))
    with pytest.raises(ValueError, match="too few examples"):
        GluonRegressor(early_stopping=True).fit(X[:1], y[:1])
    with pytest.raises(ValueError, match="softmax of a single output"):
        quick(single_output, loss="SoftmaxCrossEntropyLoss").fit(X, y > 0)
    with pytest.raises(ValueError, match="classes must be passed"):
        quick().partial_fit(X, y)
    with pytest.raises(ValueError, match="compute_class_weight"):
        quick(class_weight="balanced").partial_fit(X, y, classes=[0, 1, 2])


def test_a_fit_that_cannot_begin_leaves_the_one_before(blobs):
    model = quick().fit(*blobs)
    before = model.predict(blobs[0])
    with pytest.raises(ValueError, match="number for each example"):
        model.set_params(loss=lambda pred, label: 3).fit(*blobs)
    np.testing.assert_array_equal(model.predict(blobs[0]), before)


def test_without_scikit_learn_the_error_names_the_extra(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("glueball.sklearn")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(ImportError, match=r"glueball\[sklearn\]"):
        importlib.import_module("glueball.sklearn")
