"""Small estimators that the tests share."""

import numpy as np
import pytest

from mxnet.gluon import nn

pytest.importorskip("sklearn")

from glueball.sklearn import GluonClassifier


def weights_of(model):
    return np.concatenate([p.data().asnumpy().ravel() for p in model.module_.collect_params().values()])


def quick(module=None, **arguments):
    """A classifier that fits in a moment."""
    return GluonClassifier(module, **{"max_epochs": 3, "random_state": 0, **arguments})


def single_output():
    return nn.Dense(1)
