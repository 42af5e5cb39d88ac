"""Data that the tests of the estimators share."""

import numpy as np
import pytest


@pytest.fixture(scope="package")
def blobs():
    """Three clouds of points, and which cloud each is of."""
    datasets = pytest.importorskip("sklearn.datasets")
    X, y = datasets.make_blobs(n_samples=120, centers=3, n_features=4, random_state=1)
    return ((X - X.mean(axis=0)) / X.std(axis=0)).astype(np.float32), y
