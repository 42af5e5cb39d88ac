"""A transpose never shares the memory of its array, whatever lengths the axes have."""

import numpy as np
import pytest

from mxnet import autograd, nd

SHAPES = [(1, 3), (3, 1), (1, 1), (2, 3), (0, 2)]
FORMS = {
    "T": lambda x: x.T,
    "transpose": lambda x: x.transpose(),
    "nd.transpose": nd.transpose,
    "axes": lambda x: x.transpose((1, 0)),
    "swapaxes": lambda x: x.swapaxes(0, 1),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("recording", [False, True])
def test_writing_into_a_transpose_leaves_its_array_alone(form, shape, recording):
    x = nd.ones(shape)
    if recording:
        with autograd.record():
            turned = FORMS[form](x)
    else:
        turned = FORMS[form](x)
    turned[:] = 5
    np.testing.assert_array_equal(x.asnumpy(), np.ones(shape))
    assert turned.shape == shape[::-1]
