"""What happens in a fit, and in the next one: history, stopping, callbacks, weights of examples, going on."""

import copy
import functools
import pickle

import numpy as np
import pytest

import mxnet as mx
from mxnet import gluon, init
from mxnet.gluon import nn
from tests.glueball.sklearn.common import quick, weights_of

pytest.importorskip("sklearn")

from sklearn.base import clone

from glueball.sklearn import GluonClassifier, GluonRegressor, loop, mlp

# ---------------------------------------------------------------------------------------- history, stopping, callbacks


def test_history_has_a_row_for_each_epoch(blobs):
    model = quick(validation_fraction=0.25).fit(*blobs)
    assert [row["epoch"] for row in model.history_] == [1, 2, 3]
    assert list(model.history_[0]) == ["epoch", "train_loss", "valid_loss", "valid_score", "seconds"]
    assert model.n_iter_ == 3
    assert model.history_[-1]["train_loss"] < model.history_[0]["train_loss"]
    assert list(quick().fit(*blobs).history_[0]) == ["epoch", "train_loss", "seconds"]


def test_early_stopping_goes_back_to_the_best_weights(rng):
    X = rng.normal(size=(60, 20))
    y = rng.integers(
        0, 2, 60
    )  # nothing to learn: the network learns it by heart, and gets worse on other examples
    X_val, y_val = rng.normal(size=(200, 20)), rng.integers(0, 2, 200)
    model = quick(lr=0.01, max_epochs=200, early_stopping=True, n_iter_no_change=4).fit(
        X, y, X_val=X_val, y_val=y_val
    )
    losses = [row["valid_loss"] for row in model.history_]
    assert model.best_epoch_ == 1 + int(np.argmin(losses))
    assert model.n_iter_ == model.best_epoch_ + 4 < 200
    seen = -np.log(model.predict_proba(X_val)[np.arange(200), y_val]).mean()
    assert seen == pytest.approx(model.best_loss_, rel=1e-4)
    assert model.score(X_val, y_val) == model.history_[model.best_epoch_ - 1]["valid_score"]
    assert not hasattr(model.set_params(early_stopping=False, max_epochs=1).fit(X, y), "best_epoch_")


def test_examples_held_out_are_not_learned_and_hold_every_class(blobs):
    X, y = blobs
    seen = []

    def note(pred, label):
        if mx.autograd.is_recording():
            seen.extend(label.asnumpy().tolist())
        return gluon.loss.SoftmaxCrossEntropyLoss()(pred, label)

    quick(loss=note, validation_fraction=0.5, max_epochs=1).fit(X, y)
    assert [seen.count(label) for label in range(3)] == [20, 20, 20]


def test_the_score_of_a_regression_is_r_squared(rng):
    X = rng.normal(size=(80, 2))
    y = X @ [1.0, 2.0]
    model = GluonRegressor(max_epochs=5, random_state=0).fit(X[:60], y[:60], X_val=X[60:], y_val=y[60:])
    assert model.history_[-1]["valid_score"] == pytest.approx(model.score(X[60:], y[60:]), abs=1e-4)


def test_callbacks_see_the_estimator_and_may_end_the_training(blobs):
    seen = []

    def note(estimator, row):
        seen.append((estimator.module_, row["epoch"]))

    model = quick(callbacks=[lambda estimator, row: row["epoch"] == 2, note]).fit(*blobs)
    assert seen == [(model.module_, 1), (model.module_, 2)]
    assert quick(callbacks=note).fit(*blobs).n_iter_ == 3


def test_verbose_prints_a_line_for_each_epoch(blobs, capsys):
    quick(max_epochs=10, verbose=1, validation_fraction=0.2).fit(*blobs)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 10
    assert lines[0].startswith("epoch  1/10  train loss ")
    assert "valid score" in lines[9]
    quick().fit(*blobs)
    assert not capsys.readouterr().out


def test_ctrl_c_ends_the_training_and_keeps_what_is_learned(blobs):
    def interrupt(estimator, row):
        if row["epoch"] == 2:
            raise KeyboardInterrupt

    with pytest.warns(UserWarning, match="interrupted"):
        model = quick(callbacks=interrupt, max_epochs=50).fit(*blobs)
    assert model.n_iter_ == 2
    assert model.predict(blobs[0]).shape == (120,)


# ------------------------------------------------------------------------------------------------- weights of examples


def test_only_proportions_of_weights_matter(blobs):
    one, thousand = (quick().fit(*blobs, sample_weight=np.full(120, w)) for w in (1, 1000))
    np.testing.assert_allclose(weights_of(one), weights_of(thousand), rtol=1e-5)
    np.testing.assert_allclose(weights_of(one), weights_of(quick().fit(*blobs)), atol=1e-6)


def test_class_weights_are_weights_of_the_examples(blobs):
    X, y = blobs
    table = {0: 2.0, 1: 1.0, 2: 0.5}
    by_class = quick(class_weight=table).fit(X, y)
    by_example = quick().fit(X, y, sample_weight=[table[label] for label in y])
    np.testing.assert_array_equal(weights_of(by_class), weights_of(by_example))


def test_balanced_classes_count_alike(rng):
    X = rng.normal(size=(400, 1)) + np.repeat([0, 1], [380, 20])[:, np.newaxis]
    y = np.repeat([0, 1], [380, 20])
    plain = GluonClassifier(max_epochs=30, random_state=0).fit(X, y)
    balanced = clone(plain).set_params(class_weight="balanced").fit(X, y)
    assert plain.predict(X).mean() < 0.05 < 0.2 < balanced.predict(X).mean()


@pytest.mark.parametrize(("batch_size", "expected"), [(100, 0.1), (33, 0.1), (32, 0.1 + 0.1 * 0.9 / 32)])
def test_a_smaller_last_batch_makes_a_smaller_step(batch_size, expected):
    net = nn.Dense(1, in_units=1, use_bias=False)
    net.initialize(init.Zero())
    model = GluonRegressor(net, optimizer="sgd", lr=0.1, batch_size=batch_size, max_epochs=1)
    assert weights_of(model.fit(np.ones((33, 1)), np.ones(33))) == pytest.approx([expected], rel=1e-5)


# -------------------------------------------------------------------------------------------------------- going on


def test_warm_start_goes_on_where_the_last_fit_ended(blobs):
    model = quick(warm_start=True).fit(*blobs)
    net, loss = model.module_, model.history_[-1]["train_loss"]
    model.fit(*blobs)
    assert model.module_ is net
    assert [row["epoch"] for row in model.history_] == [1, 2, 3, 4, 5, 6]
    assert model.history_[-1]["train_loss"] < loss
    assert quick().fit(*blobs).fit(*blobs).n_iter_ == 3


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))], ids=["deepcopy", "pickle"]
)
def test_a_copy_goes_on_as_the_original_does(blobs, copied):
    model = quick(functools.partial(mlp, dropout=0.5), warm_start=True).fit(*blobs)
    other = copied(model)
    np.testing.assert_array_equal(other.predict_proba(blobs[0]), model.predict_proba(blobs[0]))
    before = weights_of(model)
    other.fit(*blobs)
    np.testing.assert_array_equal(weights_of(model), before)
    np.testing.assert_array_equal(weights_of(other), weights_of(model.fit(*blobs)))


def test_what_was_trained_on_a_gpu_is_pickled_for_any_machine(blobs, monkeypatch):
    model = quick(device=mx.cpu(1), warm_start=True).fit(*blobs)
    with monkeypatch.context() as patch:
        patch.setattr(loop, "context_of", lambda net: mx.gpu())
        loaded = pickle.loads(pickle.dumps(model))
    assert loaded.module_[0].weight.list_ctx() == [mx.cpu()]
    assert model.module_[0].weight.list_ctx() == [mx.cpu(1)]
    np.testing.assert_array_equal(loaded.predict_proba(blobs[0]), model.predict_proba(blobs[0]))
    assert loaded.fit(*blobs).module_[0].weight.list_ctx() == [mx.cpu(1)]


def test_arguments_changed_in_between_count_in_the_next_warm_fit(blobs):
    model = quick(optimizer="sgd", lr=0.1, optimizer__momentum=0.9, warm_start=True).fit(*blobs)
    trainer = model.trainer_
    assert model.set_params(lr=0.01, batch_size=7).fit(*blobs).trainer_ is trainer
    assert trainer.learning_rate == 0.01
    assert model.set_params(optimizer__momentum=0.5).fit(*blobs).trainer_.optimizer.momentum == 0.5
    assert model.set_params(device=mx.cpu(1)).fit(*blobs).module_[0].weight.list_ctx() == [mx.cpu(1)]


def test_partial_fits_learn_one_portion_after_the_other(blobs):
    X, y = blobs
    model = GluonClassifier(lr=0.01, random_state=0)
    for _ in range(10):
        for part in range(3):
            model.partial_fit(X[part::3], y[part::3], classes=[0, 1, 2, 3])
    assert model.n_iter_ == 30
    assert model.classes_.tolist() == [0, 1, 2, 3]
    assert model.predict_proba(X).shape == (120, 4)
    assert model.score(X, y) > 0.9
    with pytest.raises(ValueError, match="other classes"):
        model.partial_fit(X, y, classes=[0, 1])
    with pytest.raises(ValueError, match="labels that were not there before"):
        model.partial_fit(X, y + 3)


def test_a_partial_fit_goes_on_after_a_fit(rng):
    X = rng.normal(size=(100, 2))
    model = GluonRegressor(max_epochs=2, random_state=0).fit(X, X[:, 0]).partial_fit(X, X[:, 0])
    assert model.n_iter_ == 3
    with pytest.raises(ValueError, match=r"\(2,\) instead of a number for each example"):
        model.partial_fit(X, X)
