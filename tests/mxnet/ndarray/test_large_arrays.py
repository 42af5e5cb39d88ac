"""Arrays with more elements than 32 bits can count. Eight-bit, so that two of them fit into a small machine."""

import numpy as np
import psutil
import pytest

from mxnet import nd

COUNT = 2**31 + 10

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(psutil.virtual_memory().available < 10 * 2**30, reason="needs 10 GiB of free memory"),
]


@pytest.fixture(scope="module")
def large():
    return nd.zeros((COUNT,), dtype="int8")


def test_an_element_behind_the_limit_is_read_and_written(large):
    large[-3] = 7
    assert large.size == COUNT
    assert large[COUNT - 3].asscalar() == 7
    assert large[-5:].asnumpy().tolist() == [0, 0, 7, 0, 0]
    assert large.reshape((2, -1))[1, COUNT // 2 - 3].asscalar() == 7
    large[-3] = 0


def test_reductions_and_arithmetic_cover_all_of_it(large):
    large[5], large[COUNT - 1] = 3, 4
    assert large.max().asscalar() == 4
    assert (large == 4).sum().asscalar() == 1
    assert (large + large)[COUNT - 1].asscalar() == 8
    large[5], large[COUNT - 1] = 0, 0


def test_taking_by_index_reaches_all_of_it(large):
    large[COUNT - 2] = 9
    places = nd.array([0, COUNT - 2], dtype="int64")
    assert nd.take(large, places).asnumpy().tolist() == [0, 9]
    assert large[places].asnumpy().tolist() == [0, 9]
    large[COUNT - 2] = 0


def test_a_file_holds_all_of_it(large, tmp_path):
    large[COUNT - 1] = 2
    nd.save(str(tmp_path / "large.params"), {"x": large})
    loaded = nd.load(str(tmp_path / "large.params"))["x"]
    assert loaded.shape == (COUNT,)
    assert loaded[-1].asscalar() == 2
    assert np.array_equal(loaded[:100].asnumpy(), large[:100].asnumpy())
