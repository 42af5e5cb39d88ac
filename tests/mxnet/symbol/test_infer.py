"""Shapes and types that follow from some of them; and what is said where they do not."""

import warnings

import numpy as np
import pytest

import mxnet as mx
from mxnet import nd, sym

X = sym.var("x")
LAYER = sym.FullyConnected(X, num_hidden=2, name="fc")
CONV = sym.Convolution(X, kernel=(3, 3), num_filter=4, name="conv")


def test_a_warning_names_what_does_not_follow():
    with pytest.warns(UserWarning, match=r"(?s)Cannot decide shape.*x: \(0, 3\)"):
        assert LAYER.infer_shape(x=(0, 3)) == (None, None, None)
    with pytest.warns(UserWarning, match=r"(?s)Cannot decide type.*fc_bias"):
        assert LAYER.infer_type() == (None, None, None)


def test_partial_answers_come_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert LAYER.infer_shape_partial(x=(0, 3)) == ([(0, 3), (2, 3), (2,)], [(0, 2)], [])
        assert LAYER.infer_type_partial()[1] == [None]


def test_lengths_that_are_not_known_pass_through_layers():
    graph = sym.Pooling(sym.relu(CONV), kernel=(2, 2), stride=(2, 2), pool_type="max")
    assert graph.infer_shape_partial(x=(0, 3, 8, 8))[1] == [(0, 4, 3, 3)]


def test_shapes_follow_by_order_with_none_for_what_is_not_given():
    assert LAYER.infer_shape((5, 3))[0] == LAYER.infer_shape((5, 3), None, (2,))[0]


Y, Z = sym.var("y"), sym.var("z")
BACKWARDS = {
    "a function": (sym.tanh(X) + Y, {"y": (2, 3)}, (2, 3)),
    "a number": (2 - X * 3 + Y, {"y": (2, 3)}, (2, 3)),
    "a layer": (sym.Activation(X, act_type="relu") * Y, {"y": (2, 3)}, (2, 3)),
    "two steps": ((X + Z) * Y, {"y": (2, 3)}, (2, 3)),
    "half a shape": (sym.var("x", shape=(0, 3)) + Y, {"y": (2, 3)}, (2, 3)),
    "two halves": (sym.var("x", shape=(0, 3)) + Y, {"y": (2, 0)}, (2, 3)),
    "rows of a layer": (
        sym.FullyConnected(sym.var("x", shape=(0, 5)), num_hidden=3) + Y,
        {"y": (2, 3)},
        (2, 5),
    ),
    "rows of a layer that keeps axes": (
        sym.FullyConnected(sym.var("x", shape=(0, 4, 5)), num_hidden=3, flatten=False) + Y,
        {"y": (2, 4, 3)},
        (2, 4, 5),
    ),
}


@pytest.mark.parametrize("what", BACKWARDS)
def test_shapes_follow_from_results(what):
    graph, given, expected = BACKWARDS[what]
    arguments, outputs, _ = graph.infer_shape(**given)
    assert arguments[0] == expected
    assert arguments[-1] == outputs[0] == tuple(length or 3 for length in given["y"])


def test_what_contradicts_a_result_is_left_open():
    graph = sym.var("x", shape=(0, 3)) + Y
    assert graph.infer_shape_partial(y=(2, 4))[0] == [(0, 3), (2, 4)]


def test_lengths_that_are_left_open_follow_from_data():
    graph = sym.Convolution(X, sym.var("w", shape=(4, 0, 3, 3)), kernel=(3, 3), num_filter=4, no_bias=True)
    assert graph.infer_shape(x=(1, 2, 8, 8)) == ([(1, 2, 8, 8), (4, 2, 3, 3)], [(1, 4, 6, 6)], [])


def test_shapes_follow_where_a_graph_changes_types():
    graph = sym.Convolution(sym.cast(X, dtype="float16"), kernel=(3, 3), num_filter=4, name="conv")
    assert graph.infer_shape(x=(1, 2, 8, 8))[1] == [(1, 4, 6, 6)]
    assert (sym.cast(X, dtype="float64") + Y).infer_shape(x=(2,), y=(2,))[1] == [(2,)]


def test_types_follow_backwards():
    assert LAYER.infer_type(fc_weight="float64")[1] == [np.float64]


def test_shapes_of_operators_that_look_at_elements_follow():
    boxes = sym.contrib.box_nms(X, overlap_thresh=0.5)
    assert boxes.infer_shape(x=(2, 6, 6))[1] == [(2, 6, 6)]
    loss = sym.CTCLoss(X, sym.var("label"))
    assert loss.infer_shape(x=(5, 2, 4), label=(2, 3))[1] == [(2,)]
    gathered = sym.gather_nd(X, sym.var("indices"))
    assert gathered.infer_shape(x=(3, 4, 5), indices=(2, 7))[1] == [(7, 5)]


def test_random_numbers_are_not_drawn_for_shapes():
    graph = sym.random.normal(X, sym.var("s"), shape=(2,)) + sym.random.uniform(shape=(3, 2))
    mx.random.seed(4)
    expected = nd.random.uniform(shape=(3,)).asnumpy()
    mx.random.seed(4)
    assert graph.infer_shape(x=(3,), s=(3,))[1] == [(3, 2)]
    np.testing.assert_array_equal(nd.random.uniform(shape=(3,)).asnumpy(), expected)


class _AsWhole(mx.operator.CustomOpProp):
    """An operator whose result has a type of its own."""

    def infer_type(self, in_type):
        return in_type, ["int32"], []

    def create_operator(self, ctx, shapes, dtypes):
        raise NotImplementedError


def test_an_operator_of_ones_own_says_which_types_it_has():
    mx.operator.register("as_whole_of_these_tests")(_AsWhole)
    graph = sym.Custom(X, op_type="as_whole_of_these_tests")
    assert graph.infer_type(x="float64") == ([np.float64], [np.int32], [])
    assert graph.infer_shape(x=(2, 3))[1] == [(2, 3)]


def test_a_deep_graph_is_no_problem():
    graph = X
    for _ in range(3000):
        graph = graph + 1
    assert graph.infer_shape(x=(2,))[1] == [(2,)]
    assert graph.infer_type(x="float16")[1] == [np.float16]
    assert sym.load_json(graph.tojson()).eval(x=nd.zeros((1,)))[0].asscalar() == 3000


WRONG = {
    "no such name": (lambda: LAYER.infer_shape(data=(2, 3)), mx.MXNetError, "data not found"),
    "a misspelt name": (lambda: LAYER.infer_shape(fc_wieght=(2, 3)), mx.MXNetError, "fc_weight=..."),
    "too many": (lambda: LAYER.infer_shape(*[(1,)] * 4), mx.MXNetError, "4 are given for 3"),
    "both ways": (lambda: LAYER.infer_shape((2, 3), x=(2, 3)), ValueError, "positional or kwargs"),
    "a number": (lambda: LAYER.infer_shape(x=3), TypeError, "need to be shapes"),
    "a text": (lambda: LAYER.infer_shape(x="3"), TypeError, "need to be shapes"),
    "half a length": (lambda: LAYER.infer_shape(x=(2.5, 3)), TypeError, "need to be shapes"),
    "a weight that does not fit": (
        lambda: LAYER.infer_shape(x=(2, 3), fc_weight=(2, 4)),
        mx.MXNetError,
        r"should be \(2, 3\)",
    ),
    "data that does not fit": (lambda: CONV.infer_shape(x=(2, 3)), mx.MXNetError, "data does not fit"),
    "two that do not fit": (
        lambda: sym.dot(X, sym.var("y")).infer_shape(x=(2, 3), y=(2, 3)),
        mx.MXNetError,
        "layer 'dot",
    ),
    "an axis too far": (lambda: sym.sum(X, axis=3).infer_shape(x=(2, 3)), mx.MXNetError, "sum"),
    "an unknown type": (lambda: LAYER.infer_type(x="float17"), TypeError, "float17"),
    "a type of nothing": (lambda: LAYER.infer_type(z="float32"), mx.MXNetError, "z not found"),
    "types both ways": (lambda: LAYER.infer_type("float32", x="float32"), ValueError, "positional or kwargs"),
    "types that do not fit": (
        lambda: LAYER.infer_type(x="float32", fc_weight="float16"),
        mx.MXNetError,
        "fc_weight float16",
    ),
    "a shape of a variable that is none": (
        lambda: (sym.var("a", attr={"__shape__": "two"}) + 1).infer_shape(),
        mx.MXNetError,
        "cannot be read",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_use_is_explained(what):
    use, error, text = WRONG[what]
    with pytest.raises(error, match=text):
        use()
