"""``mx.contrib`` has its modules by the short names that programs use."""

import pytest

import mxnet as mx
from mxnet import contrib, nd


@pytest.mark.parametrize(("short", "long"), [("nd", "ndarray"), ("sym", "symbol"), ("quant", "quantization")])
def test_a_short_name_is_the_module(short, long):
    assert getattr(contrib, short) is getattr(contrib, long)


def test_operators_are_found_by_the_short_name():
    X = nd.zeros((1, 3, 2, 2))
    boxes = contrib.nd.MultiBoxPrior(X, sizes=[0.5], ratios=[1, 2])
    assert (boxes == mx.nd.contrib.MultiBoxPrior(X, sizes=[0.5], ratios=[1, 2])).min().asscalar() == 1


def test_a_misspelt_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'ndd'"):
        _ = contrib.ndd
