"""Gluon networks as scikit-learn estimators: its own checks, and what they do not look at."""

import functools

import numpy as np
import pytest

from tests.glueball.sklearn.common import weights_of

pytest.importorskip("sklearn")

from sklearn.datasets import make_regression
from sklearn.utils import estimator_checks

from glueball.sklearn import GluonClassifier, GluonRegressor

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
