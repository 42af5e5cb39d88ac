"""Symbols joined with arrays: what `bind` and `simple_bind` take, share and refuse."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import nd, sym

X, Y = sym.var("x"), sym.var("y")
PRODUCT = X * Y
LAYER = sym.FullyConnected(X, num_hidden=2, name="fc")
NORM = sym.BatchNorm(X, name="bn")
ONES = nd.ones((2,))


def bound(**options):
    return PRODUCT.bind(mx.cpu(), {"x": ONES.copy(), "y": ONES * 3}, **options)


def test_a_gradient_is_written_added_or_left_alone():
    grads = {"x": nd.ones((2,)), "y": nd.ones((2,))}
    run = bound(args_grad=grads, grad_req={"x": "write", "y": "add"})
    for _ in range(2):
        run.forward(is_train=True)
        run.backward()
    assert grads["x"].asnumpy().tolist() == [3, 3]
    assert grads["y"].asnumpy().tolist() == [3, 3]  # 1, and 1 more each time
    run = bound(args_grad=grads, grad_req="null")
    run.forward(is_train=True)
    run.backward()
    assert grads["x"].asnumpy().tolist() == [3, 3]


def test_arrays_that_are_changed_outside_count_in_the_next_forward():
    run = bound()
    run.arg_dict["x"][:] = 5
    assert run.forward()[0].asnumpy().tolist() == [15, 15]


def test_values_in_a_forward_are_copied():
    run, value = bound(), nd.array([7, 8])
    run.forward(x=value)
    value[:] = 0
    assert run.forward()[0].asnumpy().tolist() == [21, 24]


def test_an_output_is_an_array_of_its_own():
    run = sym.Group([X, X]).bind(mx.cpu(), {"x": ONES.copy()})
    first, second = run.forward()
    first[:] = 9
    assert second.asnumpy().tolist() == [1, 1]
    assert run.arg_dict["x"].asnumpy().tolist() == [1, 1]


def test_an_executor_of_other_shapes_shares_what_keeps_its_shape():
    run = LAYER.simple_bind(mx.cpu(), x=(4, 3))
    other = run.reshape(x=(2, 3))
    run.arg_dict["fc_weight"][:] = 2
    assert other.arg_dict["fc_weight"].asnumpy().tolist() == [[2] * 3] * 2


def test_shared_arguments_share_values_and_gradients():
    first = LAYER.simple_bind(mx.cpu(), x=(4, 3))
    second = LAYER.simple_bind(
        mx.cpu(), x=(2, 3), shared_exec=first, shared_arg_names=["fc_weight"], shared_buffer={}
    )
    first.arg_dict["fc_weight"][:] = 2
    first.grad_dict["fc_weight"][:] = 3
    assert second.arg_dict["fc_weight"].asnumpy().ravel()[0] == 2
    assert second.grad_dict["fc_weight"].asnumpy().ravel()[0] == 3
    first.arg_dict["fc_bias"][:] = 4
    assert second.arg_dict["fc_bias"].asnumpy().tolist() == [0, 0]


def test_a_smaller_array_is_a_part_of_one_in_the_buffer():
    buffer = {}
    names = ["fc_weight", "fc_bias"]
    large = LAYER.simple_bind(mx.cpu(), x=(4, 3), shared_arg_names=names, shared_buffer=buffer)
    small = LAYER.simple_bind(mx.cpu(), x=(2, 3), shared_arg_names=names, shared_buffer=buffer)
    large.arg_dict["x"][:] = 5
    assert small.arg_dict["x"].asnumpy().tolist() == [[5] * 3] * 2
    assert sorted(buffer) == ["grad of x", "x"]
    assert buffer["x"].shape == (4, 3)


def test_types_of_all_arrays_follow_from_those_that_are_given():
    run = sym.BatchNorm(LAYER).simple_bind(mx.cpu(), x=(4, 3), type_dict={"x": "float16"})
    types = {
        name.rpartition("_")[2]: np.dtype(a.dtype).name
        for name, a in {**run.arg_dict, **run.aux_dict}.items()
    }
    assert types["weight"] == types["bias"] == "float16"
    assert types["gamma"] == types["mean"] == types["var"] == "float32"


def test_a_shape_of_a_variable_is_taken():
    run = (sym.var("a", shape=(2, 3), dtype="float16") + sym.var("b")).simple_bind(mx.cpu())
    assert [(a.shape, np.dtype(a.dtype).name) for a in run.arg_arrays] == [((2, 3), "float16")] * 2


def test_outputs_have_shapes_and_types_before_the_first_forward():
    run = LAYER.simple_bind(mx.cpu(), x=(4, 3), type_dict={"x": "float16"})
    assert run.output_dict["fc_output"].shape == (4, 2)
    assert run.outputs[0].dtype == np.float16


def test_who_holds_an_output_sees_every_forward_in_it():
    run = bound()
    (held,) = run.outputs
    assert run.forward()[0] is held
    assert held.asnumpy().tolist() == [3, 3]
    run.forward(is_train=True, x=ONES * 2)
    assert held.asnumpy().tolist() == run.outputs[0].asnumpy().tolist() == [6, 6]


def test_an_output_that_is_differentiated_keeps_its_value():
    run = bound()
    (held,) = run.forward()
    held.attach_grad()
    with mx.autograd.record():
        loss = (held * held).sum()
    run.forward(x=ONES * 2)
    loss.backward()
    assert held.grad.asnumpy().tolist() == [6, 6]


def test_outputs_whose_shapes_show_when_they_are_computed_are_asked_for_too_early():
    run = sym.contrib.boolean_mask(X, Y).bind(mx.cpu(), [ONES, ONES])
    with pytest.raises(mx.MXNetError, match="not known before the first forward"):
        _ = run.outputs
    assert run.forward()[0].shape == (2,)


def test_gradients_of_a_prediction_are_those_of_prediction_mode():
    grads = {"x": nd.zeros((2,))}
    graph = sym.Dropout(X, p=0.5) * Y
    run = graph.bind(mx.cpu(), {"x": ONES.copy(), "y": ONES * 3}, grads)
    run.forward()
    run.backward()
    assert grads["x"].asnumpy().tolist() == [3, 3]
    run.forward(is_train=True)
    run.backward()
    assert set(grads["x"].asnumpy()) <= {0, 6}


def test_a_prediction_is_differentiated_with_the_numbers_that_it_drew():
    grads = {"x": nd.zeros((2,))}
    run = (X * sym.random.uniform(shape=(2,))).bind(mx.cpu(), {"x": ONES.copy()}, grads)
    (drawn,) = (each.asnumpy() for each in run.forward())
    mx.random.uniform(shape=(3,))
    state = mx.random.get_state()
    run.backward()
    np.testing.assert_array_equal(grads["x"].asnumpy(), drawn)
    again = mx.random.get_state()
    assert state.keys() == again.keys()
    assert all(np.array_equal(state[name], again[name]) for name in state)


def test_a_prediction_that_writes_into_arrays_is_not_run_again():
    updated = sym.sgd_mom_update(X, Y, sym.var("momentum"), lr=1.0)
    states = {"momentum": nd.zeros((2,))}
    run = updated.bind(mx.cpu(), [ONES.copy(), ONES * 3], {"y": nd.zeros((2,))}, aux_states=states)
    run.forward()
    assert states["momentum"].asnumpy().tolist() == [-3, -3]
    with pytest.raises(mx.MXNetError, match="no forward in training mode"):
        run.backward()
    assert states["momentum"].asnumpy().tolist() == [-3, -3]


def test_gradients_are_listed_for_all_arguments():
    assert bound().grad_dict == {"x": None, "y": None}
    assert list(bound(args_grad={"y": ONES}).grad_dict) == ["x", "y"]


def test_parameters_are_copied_whole_or_not_at_all():
    run = LAYER.simple_bind(mx.cpu(), x=(4, 3))
    with pytest.raises(mx.MXNetError, match="fc_weight has another shape"):
        run.copy_params_from({"fc_bias": nd.ones((2,)), "fc_weight": nd.ones((3, 2))})
    assert run.arg_dict["fc_bias"].asnumpy().tolist() == [0, 0]
    run.copy_params_from({"fc_bias": np.array([1, 2])})
    assert run.arg_dict["fc_bias"].asnumpy().tolist() == [1, 2]


def test_operators_of_regions_are_bound_by_shapes():
    regions = sym.ROIPooling(X, sym.var("rois"), pooled_size=(2, 2), spatial_scale=1.0)
    assert regions.simple_bind(mx.cpu(), x=(1, 3, 8, 8), rois=(5, 5)).outputs[0].shape == (5, 3, 2, 2)


SIMPLE = {
    "no shapes": (lambda: LAYER.simple_bind(mx.cpu()), RuntimeError, "shapes of x, fc_weight are not known"),
    "a context that is none": (lambda: LAYER.simple_bind("cpu", x=(4, 3)), TypeError, "Context type error"),
    "a length for a shape": (lambda: LAYER.simple_bind(mx.cpu(), x=3), TypeError, r"x=\(2, 3\)"),
    "a text for a shape": (lambda: LAYER.simple_bind(mx.cpu(), x="ab"), TypeError, "need to be shapes"),
    "a negative length": (lambda: LAYER.simple_bind(mx.cpu(), x=(4, -3)), RuntimeError, "shapes of x"),
    "a misspelt name": (
        lambda: LAYER.simple_bind(mx.cpu(), X=(4, 3)),
        RuntimeError,
        r"X is no argument.*\n.*x=\(4, 3\)",
    ),
    "two variables of one name": (
        lambda: (X + sym.var("x")).simple_bind(mx.cpu(), x=(4, 3)),
        mx.MXNetError,
        "several variables are called x",
    ),
    "an unknown request": (
        lambda: LAYER.simple_bind(mx.cpu(), x=(4, 3), grad_req="put"),
        ValueError,
        "'put'",
    ),
    "too few requests": (
        lambda: LAYER.simple_bind(mx.cpu(), x=(4, 3), grad_req=["add"]),
        ValueError,
        "fc_bias",
    ),
    "an unknown type": (
        lambda: LAYER.simple_bind(mx.cpu(), x=(4, 3), type_dict={"x": "float17"}),
        TypeError,
        "float17",
    ),
    "a type of nothing": (
        lambda: LAYER.simple_bind(mx.cpu(), x=(4, 3), type_dict={"z": "float32"}),
        mx.MXNetError,
        "z not found",
    ),
    "types that do not fit": (
        lambda: LAYER.simple_bind(mx.cpu(), x=(4, 3), type_dict={"x": "float32", "fc_bias": "float16"}),
        mx.MXNetError,
        "different types",
    ),
    "shapes that do not fit": (
        lambda: LAYER.simple_bind(mx.cpu(), x=(4, 3), fc_weight=(2, 4)),
        mx.MXNetError,
        "weight does not fit",
    ),
    "data of too few axes": (
        lambda: sym.Convolution(X, kernel=(3, 3), num_filter=2, name="c").simple_bind(mx.cpu(), x=(4, 3)),
        mx.MXNetError,
        r"as many lengths",
    ),
    "a shared array that does not fit": (
        lambda: LAYER.simple_bind(
            mx.cpu(),
            x=(4, 5),
            shared_arg_names=["fc_weight"],
            shared_exec=LAYER.simple_bind(mx.cpu(), x=(4, 3)),
        ),
        mx.MXNetError,
        "shared array of fc_weight",
    ),
}

BIND = {
    "an argument too few": (lambda: PRODUCT.bind(mx.cpu(), {"x": ONES}), ValueError, "`y` is missing"),
    "a list too short": (lambda: PRODUCT.bind(mx.cpu(), [ONES]), ValueError, "x, y"),
    "no arguments": (lambda: PRODUCT.bind(mx.cpu(), None), TypeError, "list of NDArrays"),
    "a number": (lambda: PRODUCT.bind(mx.cpu(), 5), TypeError, "list of NDArrays"),
    "an array of NumPy": (lambda: PRODUCT.bind(mx.cpu(), [ONES, np.ones(2)]), TypeError, "takes NDArrays"),
    "a context that is none": (lambda: PRODUCT.bind("cpu", [ONES, ONES]), TypeError, "Context"),
    "a gradient of another shape": (
        lambda: bound(args_grad={"x": nd.ones((3,))}),
        mx.MXNetError,
        "gradient of x",
    ),
    "two layers of one name": (
        lambda: sym.FullyConnected(LAYER, num_hidden=2, name="fc").bind(mx.cpu(), {}),
        mx.MXNetError,
        "called fc_weight, fc_bias",
    ),
    "too few gradients": (lambda: bound(args_grad=[ONES]), ValueError, "args_grad"),
    "an unknown request": (lambda: bound(grad_req={"x": "put"}), ValueError, "'put'"),
    "a request that is a number": (lambda: bound(grad_req=5), ValueError, "grad_req is one of"),
    "states that are missing": (
        lambda: NORM.bind(mx.cpu(), [nd.ones((2, 3)), nd.ones((3,)), nd.ones((3,))]),
        ValueError,
        "bn_moving_mean",
    ),
    "a state too few": (
        lambda: NORM.bind(
            mx.cpu(), [nd.ones((2, 3)), nd.ones((3,)), nd.ones((3,))], aux_states=[nd.ones((3,))]
        ),
        ValueError,
        "aux_states",
    ),
    "shapes that do not fit": (
        lambda: PRODUCT.bind(mx.cpu(), [nd.ones((2,)), nd.ones((3,))]).forward(),
        mx.MXNetError,
        "layer '_mul",
    ),
    "types that do not fit": (
        lambda: PRODUCT.bind(mx.cpu(), [ONES, ONES.astype("float64")]).forward(),
        mx.MXNetError,
        "different types",
    ),
    "a backward before a forward": (lambda: bound().backward(), mx.MXNetError, r"is_train=True"),
    "an unknown argument in a forward": (lambda: bound().forward(z=ONES), TypeError, "Unknown argument z"),
    "a value of another shape": (lambda: bound().forward(x=nd.ones((3,))), ValueError, "Shape not match"),
    "an unknown parameter": (lambda: bound().copy_params_from({"z": ONES}), ValueError, '"z"'),
    "a larger array": (lambda: bound().reshape(x=(3,), y=(3,)), mx.MXNetError, "allow_up_sizing"),
    "an array that is not named": (
        lambda: bound().reshape(x=(1,), y=(2,)) and LAYER.simple_bind(mx.cpu(), x=(4, 3)).reshape(x=(4, 2)),
        mx.MXNetError,
        "partial_shaping",
    ),
}


@pytest.mark.parametrize(
    "what", [*(f"simple: {each}" for each in SIMPLE), *(f"bind: {each}" for each in BIND)]
)
def test_a_wrong_use_is_explained(what):
    kind, _, name = what.partition(": ")
    use, error, text = (SIMPLE if kind == "simple" else BIND)[name]
    with pytest.raises(error, match=text) as caught:
        use()
    assert "torch" not in str(caught.value)


@pytest.mark.parametrize(
    ("heads", "error", "text"),
    [
        (nd.ones((3,)), mx.MXNetError, "does not fit its output"),
        ([ONES, ONES], mx.MXNetError, "one gradient per output"),
        (5, TypeError, "out_grads are arrays"),
    ],
    ids=["shape", "count", "number"],
)
def test_wrong_gradients_of_outputs_are_explained(heads, error, text):
    run = bound(args_grad={"x": nd.zeros((2,))})
    run.forward(is_train=True)
    with pytest.raises(error, match=text):
        run.backward(heads)
