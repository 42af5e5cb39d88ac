"""Gluon networks as scikit-learn estimators: `GluonClassifier` and `GluonRegressor`.

Anything that takes an estimator takes them: ``Pipeline``, ``GridSearchCV``, ``cross_val_score``, ``VotingClassifier``,
``joblib.dump``. Needs scikit-learn 1.5 or later.

>>> from sklearn.datasets import load_iris
>>> from sklearn.pipeline import make_pipeline
>>> from sklearn.preprocessing import StandardScaler
>>> from glueball.sklearn import GluonClassifier
>>> X, y = load_iris(return_X_y=True)
>>> model = make_pipeline(StandardScaler(), GluonClassifier(random_state=0)).fit(X, y)
>>> model.score(X, y) > 0.9
True
"""

from mxnet.base import message

try:
    import sklearn as _sklearn
except ImportError:
    raise ImportError(
        message(
            "glueball.sklearn needs scikit-learn, which is not installed",
            hint='pip install "glueball[sklearn]"',
        )
    ) from None

from glueball.sklearn.estimators import GluonClassifier, GluonRegressor
from glueball.sklearn.parts import mlp

__all__ = ["GluonClassifier", "GluonRegressor", "mlp"]
