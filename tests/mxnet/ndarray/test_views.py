"""What shares memory with an array and what is a copy: MXNet's table, not torch's habit."""

import copy
import pickle

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, nd

SHARES = {
    "x[1]": lambda x: x[1],
    "x[-1]": lambda x: x[-1],
    "x[1:3]": lambda x: x[1:3],
    "x[::1]": lambda x: x[::1],
    "x[1, 0:2]": lambda x: x[1, 0:2],
    "x[1, 2, 3]": lambda x: x[1, 2, 3],
    "x[0:1, 1:2]": lambda x: x[0:1, 1:2],
    "x[None]": lambda x: x[None],
    "x[...]": lambda x: x[...],
    "x[()]": lambda x: x[()],
    "x[:]": lambda x: x[:],
    "x.reshape": lambda x: x.reshape((4, 6)),
    "x.reshape(-1)": lambda x: x.reshape((-1,)),
    "x.detach()": lambda x: x.detach(),
    "x.as_in_context(same)": lambda x: x.as_in_context(mx.cpu()),
    "x.astype(same, copy=False)": lambda x: x.astype("float32", copy=False),
    "nd.from_torch(x.to_torch())": lambda x: nd.from_torch(x.to_torch()),
    "nd.from_dlpack(x)": lambda x: nd.from_dlpack(x),
    "nd.from_dlpack(capsule)": lambda x: nd.from_dlpack(x.to_dlpack_for_write()),
}
COPIES = {
    "x[:, 1]": lambda x: x[:, 1],
    "x[::2]": lambda x: x[::2],
    "x[::-1]": lambda x: x[::-1],
    "x[[0, 1]]": lambda x: x[[0, 1]],
    "x[nd.array]": lambda x: x[nd.array([1])],
    "x[mask]": lambda x: x[np.array([True] * 4)],
    "x.T": lambda x: x.T,
    "x.transpose": lambda x: x.transpose((0, 1, 2)),
    "x.flatten": lambda x: x.flatten(),
    "x.expand_dims": lambda x: x.expand_dims(0),
    "x.squeeze": lambda x: x.squeeze(),
    "x.split": lambda x: x.split(num_outputs=2, axis=0)[0],
    "nd.split_v2": lambda x: nd.split_v2(x, (1,))[1],
    "x.slice_axis": lambda x: x.slice_axis(axis=0, begin=0, end=2),
    "nd.slice": lambda x: nd.slice(x, begin=(0,), end=(4,)),
    "nd.reshape": lambda x: nd.reshape(x, shape=(4, 6)),
    "nd.identity": lambda x: nd.identity(x),
    "nd.concat": lambda x: nd.concat(x, dim=0),
    "nd.broadcast_to": lambda x: nd.broadcast_to(x, shape=(4, 2, 3)),
    "x.broadcast_to": lambda x: x.broadcast_to((4, 2, 3)),
    "nd.swapaxes": lambda x: nd.swapaxes(x, 0, 0),
    "nd.Dropout": lambda x: nd.Dropout(x),
    "nd.BlockGrad": lambda x: nd.BlockGrad(x),
    "x.copy()": lambda x: x.copy(),
    "x.astype(same)": lambda x: x.astype("float32"),
    "x.as_in_context(other)": lambda x: x.as_in_context(mx.cpu(1)),
    "x.copyto(ctx)": lambda x: x.copyto(mx.cpu()),
    "nd.array(x)": lambda x: nd.array(x),
    "x + 0": lambda x: x + 0,
    "abs(x)": abs,
    "deepcopy": copy.deepcopy,
    "copy.copy": copy.copy,
    "pickle": lambda x: pickle.loads(pickle.dumps(x)),
    "nd.from_numpy(asnumpy)": lambda x: nd.from_numpy(x.asnumpy()),
}


@pytest.mark.parametrize("name", SHARES)
def test_writes_through(name):
    x = nd.arange(24).reshape((4, 2, 3)) if name != "x[1, 2, 3]" else nd.arange(24).reshape((2, 3, 4))
    before = x.asnumpy()
    SHARES[name](x)[:] = -7
    assert (x.asnumpy() != before).any()


@pytest.mark.parametrize("name", COPIES)
def test_leaves_the_original_alone(name):
    x = nd.arange(24).reshape((4, 2, 3))
    before = x.asnumpy()
    COPIES[name](x)[:] = -7
    np.testing.assert_array_equal(x.asnumpy(), before)


@pytest.mark.parametrize("name", sorted(COPIES.keys() - {"pickle", "deepcopy", "nd.from_numpy(asnumpy)"}))
def test_copies_under_record_too(name):
    x = nd.arange(24).reshape((4, 2, 3))
    x.attach_grad()
    before = x.asnumpy()
    with autograd.record():
        made = COPIES[name](x)
    made[:] = -7
    np.testing.assert_array_equal(x.asnumpy(), before)


@pytest.mark.parametrize("name", SHARES)
def test_writing_into_the_original_shows_in_the_view(name):
    x = nd.zeros((2, 3, 4))
    view = SHARES[name](x.reshape((2, 3, 4)) if name == "x[1, 2, 3]" else x)
    x[:] = 5
    assert (view.asnumpy() == 5).all()


def test_in_place_arithmetic_writes_through():
    x = nd.zeros((2, 2))
    row = x[0]
    row += 1
    row *= 3
    assert x.asnumpy().tolist() == [[3.0, 3.0], [0.0, 0.0]]


def test_asnumpy_is_a_writable_copy():
    x = nd.zeros((2,))
    a = x.asnumpy()
    a[:] = 1
    assert x.asnumpy().tolist() == [0.0, 0.0]


def test_a_full_slice_is_the_array_itself():
    x = nd.ones((2,))
    assert x[:] is x


def test_from_numpy_shares_unless_told_otherwise():
    a = np.zeros(3, "float32")
    nd.from_numpy(a)[:] = 2
    assert a.tolist() == [2.0, 2.0, 2.0]
    nd.from_numpy(a, zero_copy=False)[:] = 3
    assert a.tolist() == [2.0, 2.0, 2.0]


def test_from_numpy_refuses_what_it_cannot_share():
    with pytest.raises(ValueError, match="zero_copy=False"):
        nd.from_numpy(np.zeros((4, 4))[:, 1])
    frozen = np.zeros(3)
    frozen.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        nd.from_numpy(frozen)


@pytest.mark.parametrize(("method", "arguments"), [("expand_dims", (0,)), ("squeeze", ()), ("flatten", ())])
def test_a_method_that_only_changes_the_shape_shares_memory_when_asked_to(method, arguments):
    x = nd.ones((2, 1, 3))
    getattr(x, method)(*arguments)[:] = 5
    assert x.asnumpy().max() == 1
    shared = getattr(x, method)(*arguments, inplace=True)
    assert shared.shape == getattr(x, method)(*arguments).shape
    shared[:] = 7
    assert x.asnumpy().min() == 7


def test_one_element_is_not_reshaped_to_no_shape_at_all():
    x = nd.ones(1)
    assert x.reshape(()).shape == ()
    with pytest.raises(TypeError, match="the shape is missing"):
        x.reshape()
