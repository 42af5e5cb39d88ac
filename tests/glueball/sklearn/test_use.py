"""Where scikit-learn puts an estimator: pipelines, searches, ensembles."""

import numpy as np
import pytest

from mxnet import nd
from mxnet.gluon import nn
from tests.glueball.sklearn.common import quick

pytest.importorskip("sklearn")

from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_iris
from sklearn.ensemble import VotingClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from glueball.sklearn import GluonClassifier, GluonRegressor


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
