import pytest

import mxnet as mx
from tests.samples import modules as samples


@pytest.fixture
def module():
    """A perceptron with weights, ready for batches of five samples of five features."""
    return samples.bound(mx)


@pytest.fixture
def batch():
    return next(samples.batches(mx))


@pytest.fixture
def data():
    return samples.batches(mx)
