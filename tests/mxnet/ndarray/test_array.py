"""What an array is: its type, its conversions, its printed form."""

import copy
import pickle

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet import nd
from mxnet.base import MXNetError
from mxnet.dtype import NAMES

FLOATS = [n for n in NAMES if "float" in n]


@pytest.mark.parametrize("dtype", NAMES)
def test_every_type_survives_creation_copy_pickle_and_context(dtype):
    x = nd.ones((2, 3), dtype=dtype)
    for y in (
        x,
        x.copy(),
        copy.deepcopy(x),
        pickle.loads(pickle.dumps(x)),
        x.as_in_context(mx.cpu(1)),
        x[0:1],
    ):
        assert y.dtype == x.dtype
        assert y._t.dtype is x._t.dtype
    assert np.dtype(x.dtype if dtype != "bfloat16" else "float32") == x.asnumpy().dtype
    assert (x.asnumpy() == 1).all()


@pytest.mark.parametrize("dtype", NAMES)
def test_casts_go_from_float32_and_back(dtype):
    x = nd.array([0.0, 1.0])
    y = x.astype(dtype)
    assert y.asnumpy().tolist() == [0, 1]
    assert y.astype("float32").asnumpy().tolist() == [0.0, 1.0]


def test_a_type_that_is_none_is_refused_with_the_nearest():
    with pytest.raises(
        TypeError, match=r"data type 'flaot32' not understood[\s\S]*try:      dtype='float32'"
    ):
        nd.zeros((2,), dtype="flaot32")


def test_a_context_survives_pickling():
    x = pickle.loads(pickle.dumps(nd.ones((2,), ctx=mx.cpu(3))))
    assert x.context == mx.cpu(3)


# The percent sign is what old programs use.
# ruff: noqa: UP031
def test_formatting_a_one_element_array_works_on_every_numpy():
    loss = nd.array([1.0, 3.0])
    assert "epoch %d, loss %f" % (1, loss.mean().asnumpy()) == "epoch 1, loss 2.000000"
    assert f"{loss.mean().asnumpy():.1f}" == "2.0"
    assert float(loss.mean().asnumpy()) == 2.0
    assert int(loss.sum().asnumpy()) == 4
    assert "%d" % nd.array([[7]]).asnumpy() == "7"


def test_an_array_of_one_element_formats_as_its_number():
    assert f"{nd.array([1.25]):.1f}" == "1.2"
    assert f"{nd.array([1.0])}" == str(nd.array([1.0]))
    with pytest.raises(TypeError, match="only an array of one element"):
        f"{nd.ones((2,)):.1f}"


def test_what_is_no_number_is_in_no_array():
    x = nd.array([1.0, 2.0])
    assert (2 in x, 3 in x, None in x, "a" in x) == (True, False, False, False)


def test_an_array_pickled_without_copies_can_be_written_to():
    kept = []
    content = pickle.dumps(nd.array([1.0, 2.0]), protocol=5, buffer_callback=kept.append)
    x = pickle.loads(content, buffers=[bytes(each.raw()) for each in kept])
    x[:] = 3
    assert x.asnumpy().tolist() == [3.0, 3.0]


@pytest.mark.parametrize(
    "function", [np.mean, np.sum, np.max, np.transpose, np.round, np.argsort, np.squeeze, np.clip]
)
def test_functions_of_numpy_take_arrays(function):
    values = np.array([[1.5, 3.0], [2.0, 1.0]], "float32")
    options = {"a_min": 1, "a_max": 2} if function is np.clip else {}
    got = function(nd.array(values), **options)
    np.testing.assert_array_equal(np.squeeze(got.asnumpy()), function(values, **options))


def test_an_argument_that_asks_numpy_for_something_is_refused():
    with pytest.raises(MXNetError, match="mean: Cannot find argument 'dtype'"):
        np.mean(nd.ones((2,)), dtype="float64")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: nd.arange("a"), "arange: start is a number"),
        (lambda: nd.arange(0, None, "a"), "arange: step is a number"),
        (lambda: nd.eye("a"), "eye: N, M and k are whole numbers"),
        (lambda: nd.eye(2.5), "eye: N, M and k are whole numbers"),
        (lambda: nd.eye(-1), "eye: the number of rows is negative"),
    ],
)
def test_arrays_out_of_wrong_numbers_are_refused(call, words):
    with pytest.raises(MXNetError, match=words):
        call()


def test_a_context_may_be_text_as_in_symbol_files():
    assert [nd.ones((1,), ctx=text).context for text in ("cpu", "cpu(2)", "")] == [
        mx.cpu(),
        mx.cpu(2),
        mx.cpu(),
    ]
    with pytest.raises(MXNetError, match=r"'cpu\(x\)' is no context"):
        nd.ones((1,), ctx="cpu(x)")


@pytest.mark.parametrize("context", ["cpu", None, 3])
def test_what_is_no_context_is_refused(context):
    with pytest.raises(TypeError, match="copyto does not support type"):
        nd.ones((2,)).as_in_context(context)


def test_a_shape_of_text_is_refused():
    with pytest.raises(TypeError, match="reshape: a shape has whole numbers"):
        nd.ones((2,)).reshape("a")


def test_what_is_computed_of_a_one_element_array_is_what_numpy_gives():
    a = nd.array([2.5]).asnumpy()
    assert type(a.mean()) is np.float32
    assert type(a.sum(keepdims=True)) is type(a)
    assert type(a + np.ones(3, "float32")) is np.ndarray
    assert f"{a * 2:.1f}" == "5.0"
    with pytest.raises(TypeError):
        range(a)
    assert range(4)[nd.array([3], dtype="int32").asnumpy()] == 3


def test_a_one_element_result_looks_like_any_numpy_array():
    a = nd.ones((1,)).asnumpy()
    assert repr(a) == repr(np.ones(1, "float32"))
    assert str(a) == "[1.]"
    assert isinstance(a, np.ndarray)
    assert (a + np.ones(3)).tolist() == [2.0, 2.0, 2.0]
    with pytest.raises((TypeError, ValueError)):
        float(np.concatenate([a, a]))


def test_printed_form():
    assert repr(nd.ones((2, 3))) == "\n[[1. 1. 1.]\n [1. 1. 1.]]\n<NDArray 2x3 @cpu(0)>"
    assert repr(nd.array(5)) == "\n5.0\n<NDArray  @cpu(0)>"
    assert repr(nd.ones((1,), ctx=mx.cpu(2))) == "\n[1.]\n<NDArray 1 @cpu(2)>"
    assert f"{nd.ones((1,))}" == "\n[1.]\n<NDArray 1 @cpu(0)>"


def test_conversions_to_python_numbers():
    x = nd.array([2.5])
    assert (float(x), int(x), bool(x), x.asscalar(), x.item()) == (2.5, 2, True, 2.5, 2.5)
    assert type(x.asscalar()) is np.float32
    assert [10, 20, 30][nd.array([1], dtype="int32")] == 20
    assert not nd.array([0.0])
    with pytest.raises(TypeError, match="is no index"):
        [1][nd.array([0.0])]


@pytest.mark.parametrize("convert", [float, int])
def test_many_elements_are_no_number(convert):
    with pytest.raises(TypeError, match="only an array of one element"):
        convert(nd.ones((2,)))


def test_len_iteration_and_membership():
    x = nd.array([[1, 2], [3, 4], [5, 6]])
    assert len(x) == 3
    assert [row.asnumpy().tolist() for row in x] == [[1, 2], [3, 4], [5, 6]]
    assert 4 in x
    assert 9 not in x
    with pytest.raises(TypeError, match="without axes"):
        len(nd.array(1))


def test_arrays_can_be_keys():
    x, y = nd.ones((1,)), nd.ones((1,))
    assert len({x: 1, y: 2}) == 2


def test_comparison_with_none_is_false():
    x = nd.ones((2,))
    assert (x == None) is False  # noqa: E711  old programs ask like this
    assert (x != None) is True  # noqa: E711


def test_numpy_takes_arrays():
    x = nd.array([[1, 2], [3, 4]])
    assert np.asarray(x).tolist() == [[1, 2], [3, 4]]
    assert np.array(x, dtype="int64").dtype == np.int64
    assert np.exp(nd.zeros((2,))).tolist() == [1.0, 1.0]


@pytest.mark.parametrize("kind", ["read-only", "other byte order", "with gaps", "backwards"])
def test_numpy_arrays_of_any_kind_are_taken_everywhere(kind):
    given = {
        "read-only": np.broadcast_to(np.arange(3.0), (3,)),
        "other byte order": np.arange(3.0).astype(np.dtype("f8").newbyteorder()),
        "with gaps": np.arange(6.0)[::2] / 2,
        "backwards": np.arange(3.0)[::-1][::-1],
    }[kind]
    numbers = [0.0, 1.0, 2.0]
    written = nd.zeros(3)
    written[:] = given
    results = (nd.array(given), written, nd.zeros(3) + given, nd.array([0, 1, 2])[given.astype(given.dtype)])
    for result in results:
        assert result.asnumpy().tolist() == numbers
    assert nd.array([5, 6, 7])[given.astype("bool")].asnumpy().tolist() == [6, 7]


def test_numpy_operands_take_the_type_of_the_array():
    x = nd.array([1, 2], dtype="int32")
    for result in (x + np.array([1.5, 2.5]), np.array([1.5, 2.5]) + x):
        assert isinstance(result, nd.NDArray)
        assert result.asnumpy().tolist() == [2, 4]
    assert (nd.ones((2,)) * np.float64(2)).dtype == np.float32
    assert (torch.ones(2) * 1 + 0).shape == (nd.ones((2,)) + torch.ones(2)).shape


def test_torch_and_back_without_a_copy():
    t = torch.arange(3.0)
    x = nd.from_torch(t)
    t[0] = 9
    assert x.asnumpy().tolist() == [9.0, 1.0, 2.0]
    assert x.to_torch().data_ptr() == t.data_ptr()
    assert torch.from_dlpack(x).data_ptr() == t.data_ptr()


def test_to_torch_of_a_variable_has_no_graph():
    x = nd.ones((2,))
    x.attach_grad()
    assert not x.to_torch().requires_grad


@pytest.mark.parametrize("source", [[[1, 2], [3]], object(), "text", {"a": 1}, [None]])
def test_what_is_no_array_is_refused(source):
    with pytest.raises(TypeError, match="source_array must be array like"):
        nd.array(source)


def test_lists_of_arrays_become_arrays():
    assert nd.array([nd.ones((2,)), nd.zeros((2,))]).asnumpy().tolist() == [[1, 1], [0, 0]]


def test_copyto_keeps_the_type_of_the_target_and_refuses_other_shapes():
    target = nd.zeros((2,), dtype="int32")
    assert nd.array([1.7, 2.2]).copyto(target) is target
    assert target.asnumpy().tolist() == [1, 2]
    with pytest.raises(MXNetError, match="shapes differ"):
        nd.ones((2,)).copyto(nd.ones((3,)))


def test_copying_to_itself_warns():
    x = nd.ones((2,))
    with pytest.warns(RuntimeWarning, match="to itself"):
        assert x.copyto(x) is False


def test_an_absent_accelerator_is_an_mxnet_error():
    if mx.num_gpus():
        pytest.skip("there is one")
    with pytest.raises(MXNetError, match=r"gpu\(0\) is not there"):
        nd.zeros((1,), ctx=mx.gpu())


def test_contexts_compare_print_and_nest():
    assert mx.cpu() == mx.cpu(0) != mx.cpu(1)
    assert str(mx.gpu(1)) == "gpu(1)"
    with mx.Context("cpu", 1):
        assert nd.zeros((1,)).context == mx.cpu(1)
        with mx.cpu(2):
            assert mx.current_context() == mx.cpu(2)
    assert mx.current_context() == mx.cpu()
    with pytest.raises(ValueError, match=r"mx.cpu\(\)"):
        mx.Context("cpuu")


def test_zero_size_arrays_work():
    x = nd.zeros((0, 3))
    assert x.shape == (0, 3)
    assert nd.arange(0).shape == (0,)
    assert (x + 1).shape == (0, 3)
    assert x.sum().asscalar() == 0
    assert not nd.zeros((0,))


def test_reading_from_several_threads_gives_what_one_gives():
    from concurrent.futures import ThreadPoolExecutor

    x = nd.random.uniform(shape=(64, 64))
    expected = nd.dot(x, x).asnumpy()
    with ThreadPoolExecutor(4) as pool:
        for result in pool.map(lambda _: nd.dot(x, x).asnumpy(), range(32)):
            np.testing.assert_allclose(result, expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("rows", "dtype", "expected"),
    [
        ([[1.5, True], [False, 2]], None, [[1.5, 1], [0, 2]]),
        ([1.7, True], "int32", [1, 1]),
        ([1, None], None, [1, np.nan]),
        ([1, "2"], None, [1, 2]),
    ],
)
def test_numbers_that_are_objects_are_numbers(rows, dtype, expected):
    # pandas' tables are such arrays where their columns are of several types: the book's house prices
    table = np.array(rows, dtype=object)
    made = nd.array(table, dtype=dtype)
    np.testing.assert_array_equal(made.asnumpy(), np.array(expected, dtype or "float32"))
    written = nd.zeros(made.shape, dtype=made.dtype)
    written[:] = table
    np.testing.assert_array_equal(written.asnumpy(), made.asnumpy())


@pytest.mark.parametrize(
    "values", [np.array([1, "x"], dtype=object), np.array([[1], [1, 2]], dtype=object), [1j]]
)
def test_other_objects_and_complex_numbers_are_refused(values):
    with pytest.raises(TypeError, match="source_array must be array like object"):
        nd.array(values)
