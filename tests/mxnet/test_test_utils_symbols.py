"""``mx.test_utils`` on symbols: right graphs pass, wrong ones are found, and wrong uses are explained."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import nd, sym
from mxnet import test_utils as tu

X, Y = sym.var("x"), sym.var("y")
GRAPH = X * Y + X
ONES, THREES = np.ones(2), np.full(2, 3.0)


def test_a_simple_forward_speaks_numpy():
    assert tu.simple_forward(GRAPH, x=ONES, y=THREES).tolist() == [4, 4]
    both = tu.simple_forward(sym.Group([GRAPH, X]), x=ONES, y=THREES)
    assert [each.tolist() for each in both] == [[4, 4], [1, 1]]
    assert tu.simple_forward(sym.Dropout(X, p=0.5), is_train=True, x=np.ones(1000)).max() == 2


@pytest.mark.parametrize(
    "expected", [[4 * ONES], {GRAPH.list_outputs()[0]: 4 * ONES}], ids=["by order", "by name"]
)
def test_values_are_compared_by_order_and_by_name(expected):
    for location in ([ONES, THREES], {"y": THREES, "x": ONES}):
        assert tu.check_symbolic_forward(GRAPH, location, expected)[0].asnumpy().tolist() == [4, 4]
    with pytest.raises(AssertionError, match="FORWARD"):
        tu.check_symbolic_forward(GRAPH, [ONES, ONES], expected)


@pytest.mark.parametrize("request_", ["write", "add", "null"])
def test_gradients_are_compared_as_they_are_requested(request_):
    found = tu.check_symbolic_backward(
        GRAPH, [ONES, THREES], [ONES], [4 * ONES, ONES], grad_req=request_, rtol=1e-6, atol=1e-6
    )
    assert set(found) == {"x", "y"}
    if request_ == "write":
        assert found["x"].asnumpy().tolist() == [4, 4]
    if request_ != "null":
        with pytest.raises(AssertionError, match="BACKWARD_x"):
            tu.check_symbolic_backward(GRAPH, [ONES, THREES], [ONES], {"x": ONES}, grad_req=request_)


def test_a_gradient_that_is_wrong_is_found():
    tu.check_numeric_gradient(GRAPH, [ONES, THREES], dtype="float64")
    tu.check_numeric_gradient(sym.BlockGrad(X) + Y, [ONES, THREES], grad_nodes=["y"], dtype="float64")
    tu.check_numeric_gradient(GRAPH, [ONES, THREES], grad_nodes={"x": "add"}, dtype="float64")
    with pytest.raises(AssertionError, match="NUMERICAL_x"):
        tu.check_numeric_gradient(sym.BlockGrad(X) * Y, [ONES, THREES], grad_nodes=["x"], dtype="float64")


def test_states_are_put_back_before_each_run(rng):
    norm = sym.BatchNorm(X, name="bn", fix_gamma=False)
    location = [rng.normal(size=(5, 2)), np.array([1.0, 2.0]), np.zeros(2)]
    states = {"bn_moving_mean": np.zeros(2), "bn_moving_var": np.ones(2)}
    for training in (True, False):
        tu.check_numeric_gradient(
            norm,
            location,
            states if training else list(states.values()),
            numeric_eps=1e-5,
            rtol=1e-3,
            atol=1e-4,
            grad_nodes=["x", "bn_beta"] if training else ["bn_beta"],
            use_forward_train=training,
            dtype="float64",
        )


def test_the_numeric_gradient_of_an_executor():
    run = (X * Y).bind(mx.cpu(), {"x": nd.array([1, 2]), "y": nd.array([3, 4])})
    found = tu.numeric_grad(run, {"x": np.array([1, 2]), "y": np.array([3, 4])}, eps=1e-2)
    np.testing.assert_allclose(found["x"], [3, 4], rtol=1e-3)
    np.testing.assert_allclose(found["y"], [1, 2], rtol=1e-3)


def test_structures_are_compared_without_names():
    assert tu.same_symbol_structure(X + Y, sym.var("a") + sym.var("b"))
    assert not tu.same_symbol_structure(X + Y, X * Y)
    assert not tu.same_symbol_structure(X + X, X + Y)
    assert not tu.same_symbol_structure(X + Y, X + Y + 1)


LAYER = sym.FullyConnected(X, num_hidden=2, name="fc")
KINDS = [
    {"ctx": mx.cpu(), "x": (3, 4), "type_dict": {"x": kind}} for kind in ("float64", "float32", "float16")
]


def test_types_are_compared_with_the_most_exact_one():
    truth = tu.check_consistency(LAYER, KINDS)
    assert {name: np.dtype(array.dtype).name for name, array in truth.items()} == {
        "fc_output": "float64",
        "x": "float64",
        "fc_weight": "float64",
        "fc_bias": "float64",
    }
    assert list(tu.check_consistency(LAYER, KINDS, grad_req="null", use_uniform=True)) == ["fc_output"]


def test_symbols_that_differ_are_found(capsys):
    other = LAYER * 1.1
    other = sym.FullyConnected(X * 1.1, num_hidden=2, name="fc")
    with pytest.raises(AssertionError, match="fc_output of run 1"):
        tu.check_consistency([LAYER, other], KINDS[:2])
    tu.check_consistency([LAYER, other], KINDS[:2], raise_on_err=False)
    assert "fc_output of run 1" in capsys.readouterr().out


def test_given_values_are_used():
    ones = {"x": np.ones((3, 4)), "fc_weight": np.ones((2, 4)), "fc_bias": np.zeros(2)}
    assert tu.check_consistency(LAYER, KINDS, arg_params=ones)["fc_output"].asnumpy().tolist() == [[4, 4]] * 3


@pytest.mark.parametrize("typ", ["whole", "forward"])
def test_a_speed_is_a_time(typ):
    assert tu.check_speed(GRAPH, {"x": ONES, "y": ONES}, N=2, typ=typ) > 0
    assert tu.check_speed(GRAPH, N=2, typ=typ, x=(2,), y=(2,)) > 0


@pytest.mark.parametrize(
    ("use", "error", "text"),
    [
        (lambda: tu.check_symbolic_forward(GRAPH, {"x": ONES}, [ONES]), ValueError, "do not match"),
        (lambda: tu.check_symbolic_forward(GRAPH, [ONES], [ONES]), ValueError, "x, y"),
        (lambda: tu.check_symbolic_forward(GRAPH, {"x": ONES, "z": ONES}, [ONES]), ValueError, "x, z"),
        (
            lambda: tu.check_symbolic_forward(GRAPH, [ONES, ONES], [ONES, ONES]),
            ValueError,
            "one array for each output",
        ),
        (
            lambda: tu.check_numeric_gradient(GRAPH, [ONES, ONES], grad_nodes=["z"]),
            ValueError,
            "no argument 'z'",
        ),
        (
            lambda: tu.check_symbolic_forward(GRAPH, [ONES, ONES], [ONES], aux_states={"m": ONES}),
            ValueError,
            "m",
        ),
        (lambda: tu.check_consistency(LAYER, KINDS[:1]), AssertionError, "two contexts"),
        (lambda: tu.check_speed(GRAPH, typ="backward"), ValueError, "whole"),
        (lambda: tu.simple_forward(3, x=ONES), TypeError, "a symbol, a function"),
        (lambda: tu.simple_forward(GRAPH, x=ONES), ValueError, "do not match"),
    ],
)
def test_a_wrong_use_is_explained(use, error, text):
    with pytest.raises(error, match=text):
        use()
