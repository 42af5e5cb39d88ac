"""Gluon networks as scikit-learn estimators: its own checks first, then what they do not look at."""

import copy
import functools
import importlib
import pickle
import sys

import numpy as np
import pytest

import mxnet as mx
from mxnet import gluon, init, nd
from mxnet.gluon import nn

pytest.importorskip("sklearn")

from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_iris, make_blobs, make_regression
from sklearn.ensemble import VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_checks

from glueball.sklearn import GluonClassifier, GluonRegressor, loop, mlp

# ------------------------------------------------------------------------------------------ scikit-learn's own checks

PRECISION = "networks compute in float32, and this asks for the digits of float64"
NOT_FOR_US = {
    "check_do_not_raise_errors_in_init_or_set_params": "gives an argument called kwargs, for the name behind the **",
    "check_sample_weight_equivalence_on_dense_data": PRECISION,
    "check_sample_weights_invariance": PRECISION,  # its name until scikit-learn 1.5
    "check_regressor_multioutput": PRECISION,
}
"""Checks that do not apply, with the reason. What they are about is tested below."""


def checks():
    """Every check of this scikit-learn for both estimators."""
    # parametrize_with_checks cannot be used: until scikit-learn 1.8 pytest warns of it
    generate = getattr(estimator_checks, "estimator_checks_generator", None) or functools.partial(
        estimator_checks.check_estimator, generate_only=True
    )
    for estimator in (GluonClassifier(), GluonRegressor()):
        for each, check in generate(estimator):
            name, options = getattr(check, "func", check).__name__, getattr(check, "keywords", {})
            words = [type(each).__name__, name, *(f"{k}={v}" for k, v in sorted(options.items()))]
            reason = NOT_FOR_US.get(name)
            marks = [] if reason is None else [pytest.mark.xfail(reason=reason, strict=False)]
            yield pytest.param(each, check, id="-".join(words), marks=marks)


@pytest.mark.parametrize(("estimator", "check"), list(checks()))
def test_scikit_learn_finds_nothing_wrong(estimator, check):
    check(estimator)


@pytest.mark.parametrize("kind", [GluonClassifier, GluonRegressor])
@pytest.mark.parametrize("value", [-1, "word", [1], None, {}])
def test_the_constructor_takes_anything_and_fit_looks_at_it(kind, value):
    names = [name for name in kind().get_params() if name != "verbose"]
    estimator = kind(**dict.fromkeys(names, value)).set_params(**dict.fromkeys(names, value))
    assert estimator.get_params()["optimizer"] is value
    with pytest.raises((ValueError, TypeError)):
        estimator.fit([[0.0], [1.0]], [0, 1])


@pytest.mark.parametrize("kind", [GluonClassifier, GluonRegressor])
def test_weights_are_repetitions_where_one_batch_holds_all(rng, kind):
    X, y, weight = rng.normal(size=(20, 3)), np.arange(20) % 2, rng.integers(0, 4, 20)
    weighted = kind(batch_size=100, random_state=0).fit(X, y, sample_weight=weight)
    repeated = kind(batch_size=100, random_state=0).fit(X.repeat(weight, axis=0), y.repeat(weight))
    np.testing.assert_allclose(weights_of(weighted), weights_of(repeated), rtol=1e-3, atol=1e-4)


def test_several_targets_are_predicted_at_once():
    X, y = make_regression(n_samples=200, n_features=4, n_targets=3, random_state=0)
    y /= y.std(axis=0)
    model = GluonRegressor(lr=0.01, random_state=0).fit(X, y)
    assert model.predict(X).shape == (200, 3)
    assert model.predict(X).dtype == np.float32
    assert model.score(X, y) > 0.95
    assert model.fit(X, y[:, :1]).predict(X).shape == (200, 1)
    assert model.fit(X, y[:, 0]).predict(X).shape == (200,)


# ------------------------------------------------------------------------------------------------------------- helpers


@pytest.fixture(scope="module")
def blobs():
    X, y = make_blobs(n_samples=120, centers=3, n_features=4, random_state=1)
    return StandardScaler().fit_transform(X).astype(np.float32), y


def weights_of(model):
    return np.concatenate([p.data().asnumpy().ravel() for p in model.module_.collect_params().values()])


def quick(module=None, **arguments):
    """A classifier that fits in a moment."""
    return GluonClassifier(module, **{"max_epochs": 3, "random_state": 0, **arguments})


def single_output():
    return nn.Dense(1)


# ------------------------------------------------------------------------------------------------------ where it goes


def test_irises_are_learned_without_any_argument():
    X, y = load_iris(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])
    model = GluonClassifier(random_state=0).fit(X, names[y])
    assert model.score(X, names[y]) > 0.94
    assert model.classes_.tolist() == names.tolist()
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(np.exp(model.predict_log_proba(X)), model.predict_proba(X), rtol=1e-5)


def test_a_grid_is_searched_over_arguments_of_the_parts(blobs):
    grid = {
        "gluonclassifier__module__units": [(), (8,)],
        "gluonclassifier__optimizer": ["sgd", "adam"],
        "gluonclassifier__lr": [0.01],
    }
    search = GridSearchCV(make_pipeline(StandardScaler(), quick()), grid, cv=2).fit(*blobs)
    assert len(search.cv_results_["params"]) == 4
    assert search.best_estimator_[-1].module__units in [(), (8,)]
    assert search.score(*blobs) > 0.5


def test_two_processes_find_what_one_finds(blobs):
    grid = {"module__units": [(4,), (8,)]}
    one = GridSearchCV(quick(), grid, cv=2, n_jobs=1).fit(*blobs)
    two = GridSearchCV(quick(), grid, cv=2, n_jobs=2).fit(*blobs)
    np.testing.assert_array_equal(one.cv_results_["mean_test_score"], two.cv_results_["mean_test_score"])


def test_scorers_and_ensembles_take_it(blobs):
    X, y = blobs
    scores = cross_val_score(quick(max_epochs=30), X, y, cv=3, scoring="roc_auc_ovr")
    assert scores.mean() > 0.9
    both = VotingClassifier([("net", quick()), ("bayes", GaussianNB())], voting="soft").fit(X, y)
    assert both.predict(X).shape == y.shape


def test_targets_are_scaled_around_it(rng):
    X = rng.normal(size=(200, 2))
    y = 1e4 + 1e3 * X[:, 0]
    model = TransformedTargetRegressor(GluonRegressor(lr=0.01, random_state=0), transformer=StandardScaler())
    assert model.fit(X, y).score(X, y) > 0.95


def test_arrays_of_mxnet_are_features_and_labels(blobs):
    X, y = blobs
    model = quick().fit(nd.array(X), nd.array(y))
    np.testing.assert_array_equal(model.predict(nd.array(X)), quick().fit(X, y).predict(X))


def test_images_keep_their_axes(rng):
    X = rng.uniform(size=(40, 1, 6, 6)).astype(np.float32)
    y = (X.mean(axis=(1, 2, 3)) > 0.5).astype(int)
    net = nn.HybridSequential()
    net.add(nn.Conv2D(2, 3, activation="relu"), nn.GlobalAvgPool2D(), nn.Flatten(), nn.Dense(2))
    model = quick(net).fit(X, y)
    assert model.predict(X).shape == (40,)
    with pytest.raises(ValueError, match=r"\(1, 6, 5\) instead of \(1, 6, 6\)"):
        model.predict(X[..., :5])


# ---------------------------------------------------------------------------------------------------------- the network


def test_a_block_is_copied_and_stays_as_it_is(blobs):
    net = mlp(3)
    model = quick(net).fit(*blobs)
    assert net[0].weight.shape == (100, 0)
    assert model.module_[0].weight.shape == (100, 4)


def test_an_initialised_block_is_where_every_fit_starts(blobs):
    net = nn.Dense(3, in_units=4)
    net.initialize(init.One())
    model = quick(net, max_epochs=0).fit(*blobs)
    np.testing.assert_array_equal(model.module_.weight.data().asnumpy(), 1)
    model.set_params(max_epochs=5).fit(*blobs)
    assert (model.module_.weight.data().asnumpy() != 1).all()
    np.testing.assert_array_equal(net.weight.data().asnumpy(), 1)


def test_only_parameters_without_weights_are_initialised(blobs):
    body, net = nn.Dense(5, in_units=4), nn.HybridSequential()
    body.initialize(init.One())
    net.add(body, nn.Dense(3))
    model = quick(net, max_epochs=0, initializer="Normal", initializer__sigma=2.0).fit(*blobs)
    np.testing.assert_array_equal(model.module_[0].weight.data().asnumpy(), 1)
    assert model.module_[1].weight.data().asnumpy().std() > 0.7


def test_a_function_is_told_how_many_features_and_outputs(blobs):
    told = {}

    def make(n_outputs, n_features, units=2):
        told.update(n_outputs=n_outputs, n_features=n_features, units=units)
        return mlp(n_outputs, units)

    quick(make, module__units=7).fit(*blobs)
    assert told == {"n_outputs": 3, "n_features": 4, "units": 7}
    assert quick(nn.Dense, module__units=3).fit(*blobs).module_.weight.shape == (3, 4)


def test_the_default_network_starts_from_xavier_and_others_from_gluons_default(blobs):
    def spread(model):
        return np.abs(model.fit(*blobs).module_[0].weight.data().asnumpy()).max()

    assert spread(quick(max_epochs=0)) == pytest.approx((6 / 104) ** 0.5, rel=0.02)
    assert spread(quick(mlp, max_epochs=0)) == pytest.approx(0.07, rel=0.02)


@pytest.mark.parametrize(
    "module", [None, lambda n_outputs: mlp(n_outputs, (8, 8), dropout=0.5)], ids=["mlp", "dropout"]
)
def test_hybridize_changes_no_weight(blobs, module):
    slow, fast = (quick(module, hybridize=hybridize).fit(*blobs) for hybridize in (False, True))
    np.testing.assert_array_equal(weights_of(slow), weights_of(fast))


# ----------------------------------------------------------------------------------------------- losses and optimisers


@pytest.mark.parametrize(
    "loss",
    [
        None,
        "SigmoidBinaryCrossEntropyLoss",
        "HingeLoss",
        "SquaredHingeLoss",
        gluon.loss.LogisticLoss,
        gluon.loss.LogisticLoss(label_format="binary"),
    ],
    ids=["default", "sigmoid", "hinge", "squared-hinge", "signed", "binary"],
)
def test_a_single_output_tells_two_classes_apart(blobs, loss):
    X, y = blobs
    X, y = X[y < 2], np.array(["no", "yes"])[y[y < 2]]
    model = quick(single_output, loss=loss, lr=0.1, max_epochs=20, validation_fraction=0.2).fit(X, y)
    assert model.score(X, y) == model.history_[-1]["valid_score"] == 1
    logits = model.module_(nd.array(X)).sigmoid().asnumpy()[:, 0]
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], logits, rtol=1e-4)
    np.testing.assert_array_equal(model.predict(X) == "yes", model.predict_proba(X)[:, 1] > 0.5)


def test_a_network_may_end_with_its_sigmoid(blobs):
    X, y = blobs
    X, y = X[y < 2], y[y < 2]
    net = nn.HybridSequential()
    net.add(nn.Dense(1), nn.Activation("sigmoid"))
    model = quick(net, loss="SigmoidBCELoss", loss__from_sigmoid=True, lr=0.1, max_epochs=20).fit(X, y)
    assert model.score(X, y) == 1
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], model.module_(nd.array(X)).asnumpy()[:, 0])


def test_losses_are_names_classes_objects_and_functions(rng):
    X = rng.normal(size=(50, 3))
    y = X[:, 0]
    losses = ["L1Loss", gluon.loss.L1Loss, gluon.loss.L1Loss(), lambda pred, label: (pred - label).abs()]
    models = [GluonRegressor(loss=loss, max_epochs=5, random_state=0).fit(X, y) for loss in losses]
    for model in models[1:]:
        np.testing.assert_allclose(weights_of(model), weights_of(models[0]), rtol=1e-6)
    rows = [
        GluonRegressor(loss="HuberLoss", loss__rho=rho, max_epochs=1, random_state=0).fit(X, y)
        for rho in (0.1, 1)
    ]
    assert rows[0].history_[0]["train_loss"] > rows[1].history_[0]["train_loss"]


def test_a_loss_may_be_the_mean_of_the_batch_as_long_as_there_are_no_weights(blobs):
    each = gluon.loss.SoftmaxCrossEntropyLoss()
    model = quick(loss=lambda pred, label: each(pred, label).mean(), batch_size=50).fit(*blobs)
    np.testing.assert_allclose(weights_of(model), weights_of(quick(batch_size=50).fit(*blobs)), atol=1e-5)
    with pytest.raises(ValueError, match="number for each example, which weights need"):
        model.fit(*blobs, sample_weight=np.ones(120))


def test_optimisers_are_names_classes_and_objects_which_are_copied(blobs):
    given = mx.optimizer.SGD(learning_rate=0.1, momentum=0.9)
    models = [
        quick(optimizer=given),
        quick(optimizer="sgd", lr=0.1, optimizer__momentum=0.9),
        quick(optimizer=mx.optimizer.SGD, optimizer__learning_rate=0.1, optimizer__momentum=0.9),
    ]
    for model in models:
        np.testing.assert_array_equal(weights_of(model.fit(*blobs)), weights_of(models[0]))
    assert given.num_update == 0


def test_a_learning_rate_schedule_starts_again_with_every_fit(blobs):
    schedule = mx.lr_scheduler.FactorScheduler(step=1, factor=0.9, base_lr=0.5)
    model = quick(optimizer="sgd", optimizer__lr_scheduler=schedule).fit(*blobs)
    first = weights_of(model)
    assert model.trainer_.learning_rate < 0.4
    assert schedule.base_lr == 0.5
    np.testing.assert_array_equal(weights_of(model.fit(*blobs)), first)


def test_the_device_is_a_context_or_its_name(blobs):
    for device, ctx in (("cpu", mx.cpu()), ("cpu:1", mx.cpu(1)), (mx.cpu(2), mx.cpu(2))):
        model = quick(device=device).fit(*blobs)
        assert model.module_[0].weight.list_ctx() == [ctx]
        assert model.predict(blobs[0]).shape == (120,)
    with mx.cpu(3):
        assert quick().fit(*blobs).module_[0].weight.list_ctx() == [mx.cpu(3)]


# ---------------------------------------------------------------------------------------------------- random numbers


def test_random_state_decides_everything_and_leaves_the_streams_alone(blobs):
    net = functools.partial(mlp, units=8, dropout=0.5)
    ahead = nd.random.uniform(shape=3).asnumpy(), np.random.uniform(size=3)
    mx.random.seed(5)
    np.random.seed(5)
    expected = nd.random.uniform(shape=3).asnumpy(), np.random.uniform(size=3)
    mx.random.seed(5)
    np.random.seed(5)
    one = quick(net, random_state=3).fit(*blobs)
    found = nd.random.uniform(shape=3).asnumpy(), np.random.uniform(size=3)
    np.testing.assert_array_equal(found, expected)
    two, other = quick(net, random_state=3).fit(*blobs), quick(net, random_state=4).fit(*blobs)
    np.testing.assert_array_equal(weights_of(one), weights_of(two))
    assert (weights_of(one) != weights_of(other)).any()
    assert (ahead[0] != expected[0]).any()


def test_without_random_state_the_two_streams_decide(blobs):
    found = []
    for _ in range(2):
        mx.random.seed(7)
        np.random.seed(7)
        found.append(weights_of(quick(random_state=None).fit(*blobs)))
    np.testing.assert_array_equal(*found)
    assert (weights_of(quick(random_state=None).fit(*blobs)) != found[0]).any()


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


# ------------------------------------------------------------------------------------------------- arguments, wrong use


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
        ({"module": nn.Dense(3, flatten=False), "loss": "L2Loss"}, ValueError, "reshape"),
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
