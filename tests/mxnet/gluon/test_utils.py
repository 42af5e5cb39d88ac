import pickle
from collections import OrderedDict

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, nd
from mxnet.base import MXNetError
from mxnet.gluon import utils


def lists(parts):
    return [part.asnumpy().tolist() for part in parts]


def test_even_split_along_each_axis():
    x = nd.arange(8).reshape((4, 2))
    assert lists(utils.split_data(x, 2)) == [[[0, 1], [2, 3]], [[4, 5], [6, 7]]]
    assert lists(utils.split_data(x, 2, batch_axis=1)) == [[[0], [2], [4], [6]], [[1], [3], [5], [7]]]
    assert lists(utils.split_data(x, 2, batch_axis=-1)) == lists(utils.split_data(x, 2, batch_axis=1))


@pytest.mark.parametrize(
    ("count", "slices", "sizes"),
    [(7, 3, [3, 2, 2]), (8, 3, [3, 3, 2]), (3, 5, [1, 1, 1, 0, 0]), (5, 2, [3, 2])],
)
def test_uneven_parts_differ_by_one_and_larger_ones_come_first(count, slices, sizes):
    parts = utils.split_data(nd.arange(count), slices, even_split=False)
    assert [len(part) for part in parts] == sizes
    assert [value for part in lists(parts) for value in part] == list(range(count))
    if count % slices:
        with pytest.raises(ValueError, match=f"cannot be evenly split into {slices} slices along axis 0"):
            utils.split_data(nd.arange(count), slices)


def test_parts_along_the_first_axis_write_through():
    x = nd.zeros(4)
    utils.split_data(x, 2)[1][:] = 7
    assert x.asnumpy().tolist() == [0, 0, 7, 7]
    assert utils.split_data(x, 1) == [x]


def test_numpy_arrays_are_split_as_well():
    parts = utils.split_data(np.arange(4), 2)
    assert [type(part) for part in parts] == [np.ndarray] * 2


def test_gradients_flow_through_the_parts():
    x = nd.arange(4)
    x.attach_grad()
    with autograd.record():
        first, second = utils.split_data(x, 2)
        loss = (first * first).sum() + second.sum()
    loss.backward()
    assert x.grad.asnumpy().tolist() == [0, 2, 1, 1]


def test_split_and_load_puts_each_part_into_its_context():
    parts = utils.split_and_load(nd.arange(4), [mx.cpu(0), mx.cpu(1)])
    assert [part.context for part in parts] == [mx.cpu(0), mx.cpu(1)]
    assert lists(parts) == [[0, 1], [2, 3]]
    x = nd.arange(4, dtype="int32")
    assert utils.split_and_load(x, [mx.cpu()])[0] is x


@pytest.mark.parametrize("data", [np.arange(4), [0, 1, 2, 3], np.arange(4, dtype="float64")])
def test_split_and_load_makes_float32_of_what_is_no_ndarray(data):
    parts = utils.split_and_load(data, [mx.cpu(0), mx.cpu(1)])
    assert [part.dtype for part in parts] == [np.float32] * 2


def test_split_and_load_refuses_what_is_no_list_of_contexts():
    with pytest.raises(TypeError, match="list of contexts"):
        utils.split_and_load(nd.arange(4), mx.cpu())
    with pytest.raises(ValueError, match="empty"):
        utils.split_and_load(nd.arange(4), [])
    with pytest.raises(ValueError, match="num_slice=0"):
        utils.split_data(nd.arange(4), 0)


# --------------------------------------------------------------------------------------------- clipping


def test_clipping_scales_all_arrays_by_one_factor():
    # Recorded from 1.9.1.
    arrays = [nd.array([3.0, 4.0]), nd.array([[12.0]])]
    norm = utils.clip_global_norm(arrays, 1.0)
    assert (type(norm), norm) == (np.float32, 13.0)
    np.testing.assert_allclose(arrays[0].asnumpy(), [0.23076925, 0.30769232], rtol=1e-6)
    np.testing.assert_allclose(arrays[1].asnumpy(), [[0.923077]], rtol=1e-6)


@pytest.mark.parametrize("max_norm", [5.0, 100.0])
def test_small_arrays_are_left_alone(max_norm):
    arrays = [nd.array([3.0, 4.0])]
    assert utils.clip_global_norm(arrays, max_norm) == 5.0
    np.testing.assert_allclose(arrays[0].asnumpy(), [3, 4], rtol=1e-6)


def test_without_the_check_the_norm_stays_an_array():
    norm = utils.clip_global_norm([nd.array([3.0, 4.0])], 1.0, check_isfinite=False)
    assert (type(norm), norm.shape, norm.asscalar()) == (nd.NDArray, (1,), 5.0)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_norm_that_is_no_number_is_warned_of(bad):
    with pytest.warns(UserWarning, match="nan or inf is detected"):
        assert not np.isfinite(utils.clip_global_norm([nd.array([bad, 4.0])], 1.0))
    utils.clip_global_norm([nd.array([bad, 4.0])], 1.0, check_isfinite=False)


def test_clipping_takes_arrays_of_several_contexts_and_types():
    arrays = [
        nd.array([3.0, 4.0], ctx=mx.cpu(0)),
        nd.array([3.0, 4.0], ctx=mx.cpu(1)),
        nd.zeros(2, dtype="float64"),
    ]
    assert utils.clip_global_norm(arrays, 1.0) == pytest.approx(50**0.5)
    np.testing.assert_allclose(arrays[1].asnumpy(), [0.42426407, 0.56568545], rtol=1e-6)
    assert [x.dtype for x in arrays] == [np.float32, np.float32, np.float64]


def test_clipping_of_zeros_gives_zeros():
    arrays = [nd.zeros(3)]
    assert utils.clip_global_norm(arrays, 1) == 0
    assert arrays[0].asnumpy().tolist() == [0, 0, 0]


def test_clipping_gradients_changes_the_gradient_buffers():
    x = nd.array([3.0, 4.0])
    x.attach_grad()
    with autograd.record():
        y = (x * x).sum() / 2
    y.backward()
    utils.clip_global_norm([x.grad], 1.0)
    np.testing.assert_allclose(x.grad.asnumpy(), [0.6, 0.8], rtol=1e-6)


def test_clipping_nothing_or_no_floats_is_refused():
    with pytest.raises(AssertionError):
        utils.clip_global_norm([], 1.0)
    with pytest.raises(AssertionError, match="max_norm is a number"):
        utils.clip_global_norm([nd.ones(2)], "a")
    with pytest.raises(AssertionError, match="takes NDArrays"):
        utils.clip_global_norm([np.ones(2)], 1)
    with pytest.raises(MXNetError, match="floating-point"):
        utils.clip_global_norm([nd.ones(2, dtype="int32")], 1)


# ------------------------------------------------------------------------------------------------ handles


def test_a_handle_takes_its_hook_away_once():
    hooks, handle = OrderedDict(), utils.HookHandle()
    handle.attach(hooks, print)
    assert list(hooks.values()) == [print]
    with pytest.raises(AssertionError, match="attached twice"):
        handle.attach(hooks, print)
    handle.detach()
    assert not hooks
    handle.detach()


def test_a_handle_does_not_keep_its_block_alive():
    hooks, handle = OrderedDict(), utils.HookHandle()
    handle.attach(hooks, print)
    del hooks
    handle.detach()
    assert pickle.loads(pickle.dumps(handle))._hooks_dict_ref is None


@pytest.mark.parametrize(
    ("shape", "known"), [((1, 2), True), ([1], True), ((0, 2), False), ((), False), (None, False)]
)
def test_shape_is_known_as_in_mxnet(shape, known):
    assert utils.shape_is_known(shape) is known


def test_a_negative_dimension_is_refused():
    with pytest.raises(AssertionError, match="less than 0, while received -1"):
        utils.shape_is_known((-1,))
