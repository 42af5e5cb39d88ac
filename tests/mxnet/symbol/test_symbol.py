"""Symbols: names, parts, composition, arithmetic, attributes; and what is said about wrong uses."""

import copy
import pickle

import numpy as np
import pytest

import mxnet as mx
from mxnet import nd, sym
from mxnet.name import NameManager, Prefix


def x():
    return sym.var("x")


def parts():
    return sym.split(x(), num_outputs=3, name="s")


# ---------------------------------------------------------------------------------------------- parts


def test_outputs_are_found_by_place_and_by_name():
    assert parts()[1].list_outputs() == parts()["s_output1"].list_outputs() == ["s_output1"]
    assert [each.list_outputs() for each in parts()] == [["s_output0"], ["s_output1"], ["s_output2"]]


def test_a_slice_of_outputs_is_a_group():
    assert parts()[1:].list_outputs() == ["s_output1", "s_output2"]


def test_a_name_belongs_to_a_call_and_not_to_a_group():
    assert parts().name == "s"
    assert sym.Group([parts(), x()]).name is None


def test_children_are_the_inputs_and_a_variable_has_none():
    assert (x() * sym.var("y")).get_children().list_outputs() == ["x", "y"]
    assert x().get_children() is None


def test_a_variable_says_that_it_is_one():
    assert x().debug_str() == "Variable:x\n"


def test_a_variable_of_two_nodes_with_one_name_is_listed_twice():
    assert (x() + x()).list_arguments() == ["x", "x"]


# ---------------------------------------------------------------------------------------------- copies


def layer():
    return sym.FullyConnected(x(), num_hidden=2, name="fc") + 1


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
def test_a_copy_computes_the_same(copied):
    arrays = {"x": nd.ones((1, 3)), "fc_weight": nd.ones((2, 3)), "fc_bias": nd.array([1, 2])}
    graph = layer()
    assert copied(graph).tojson() == graph.tojson()
    np.testing.assert_array_equal(copied(graph).eval(**arrays)[0].asnumpy(), [[5, 6]])


def test_a_deep_copy_has_attributes_of_its_own():
    first = x()
    second = copy.deepcopy(first)
    second._set_attr(note="mine")
    assert first.attr("note") is None


def test_composition_makes_a_new_graph_and_leaves_the_old_one():
    graph = layer()
    composed = graph(x=sym.relu(sym.var("data")), fc_bias=sym.var("shared"))
    assert composed.list_arguments() == ["data", "fc_weight", "shared"]
    assert graph.list_arguments() == ["x", "fc_weight", "fc_bias"]


def test_composition_by_order_and_with_a_name():
    assert layer()(sym.var("a"), sym.var("b")).list_arguments() == ["a", "b", "fc_bias"]
    assert layer()(sym.var("a"), name="renamed").list_outputs() == ["renamed_output"]


# ---------------------------------------------------------------------------------------------- arithmetic


def test_numbers_of_numpy_stand_on_both_sides():
    a = np.float32(2)
    for graph in (x() + a, a + x(), x() * np.int64(3) - 1, np.float64(2) ** x()):
        assert graph.eval(x=nd.array([1.0]))[0].asnumpy().tolist() in ([3.0], [2.0])


def test_infinity_and_nan_are_numbers():
    for value in (float("inf"), float("-inf"), float("nan")):
        result = (x() * value).eval(x=nd.array([1.0]))[0].asscalar()
        assert result == value or result != result


def test_power_is_named_after_how_it_was_called():
    with NameManager():
        assert (2 ** x()).name == "_rpower_scalar0"
        assert sym.power(2, x()).name == "_rpowerscalar0"


def test_prefixes_nest_and_end():
    with Prefix("a_"):
        with Prefix("b_"):
            assert sym.relu(x()).name.startswith("b_relu")
        assert sym.relu(x(), name="r").name == "a_r"
    assert sym.relu(x(), name="r").name == "r"


def test_a_scope_of_attributes_ends_with_an_error_inside():
    with pytest.raises(KeyError), mx.AttrScope(ctx_group="a"):
        raise KeyError
    assert x().list_attr() == {}


def test_attributes_of_users_have_two_names():
    graph = sym.relu(x(), attr={"lr_mult": "2", "__mood__": "good"})
    assert graph.attr("lr_mult") == graph.attr("__lr_mult__") == "2"
    assert graph.list_attr() == {"lr_mult": "2", "__lr_mult__": "2", "__mood__": "good"}


def test_a_group_has_no_attributes():
    group = sym.Group([x(), layer()])
    assert group.list_attr() == {}
    assert group.attr("note") is None


def test_attributes_may_be_given_as_text():
    assert sym.FullyConnected(x(), num_hidden="2").infer_shape(x=(3, 4))[1] == [(3, 2)]


def test_arrays_by_place_are_those_that_take_part():
    graph = sym.CTCLoss(x(), sym.var("label"), sym.var("lengths"), use_label_lengths=True)
    assert graph.list_arguments() == ["x", "label", "lengths"]


def test_a_context_of_a_new_array_is_written():
    assert sym.zeros((2,), ctx="cpu(0)").attr("ctx") == "cpu(0)"
    assert sym.zeros((2,), ctx=mx.cpu()).eval()[0].shape == (2,)


def test_every_function_of_arrays_that_is_an_operator_is_one_of_symbols():
    missing = [name for name in mx.ops.registry.OPERATORS if name.isidentifier() and not hasattr(sym, name)]
    assert missing == []


@pytest.mark.parametrize("module", ["linalg", "image", "random", "op", "_internal", "contrib"])
def test_modules_of_symbols_have_the_names_of_those_of_arrays(module):
    arrays, symbols = getattr(nd, module), getattr(sym, module)
    made = {
        "array",
        "multi_adamw_update",
        "multi_lamb_update",
        "multi_mp_adamw_update",
        "multi_mp_lamb_update",
    }
    files = {"imdecode", "imread", "imresize", "seed", "getnnz"}
    for name in dir(arrays):
        if (
            not name.startswith("_")
            and callable(getattr(arrays, name))
            and name in getattr(arrays, "__all__", ())
        ):
            assert hasattr(symbols, name) or name in made | files, name


# ---------------------------------------------------------------------------------------------- wrong uses

WRONG = {
    "no such output": (lambda: parts()["zz"], ValueError, "matches name 'zz'"),
    "an output too far": (lambda: parts()[3], IndexError, "3, of 3 outputs"),
    "an output by a number that is none": (lambda: parts()[1.5], TypeError, "integer index"),
    "the truth of a symbol": (lambda: bool(x() > 1), mx.MXNetError, "__bool__"),
    "the elements of a symbol": (lambda: x().asnumpy(), mx.MXNetError, "asnumpy"),
    "the shape of a symbol": (lambda: x().shape, AttributeError, "until it is bound"),
    "in place": (lambda: x().__iadd__(1), mx.MXNetError, "__iadd__"),
    "a symbol and an array": (lambda: x() + nd.ones((2,)), TypeError, "not supported"),
    "an array and a symbol": (lambda: np.ones(2) * x(), TypeError, "not supported"),
    "a symbol and a text": (lambda: x() + "a", TypeError, "unsupported"),
    "an array in a call": (lambda: sym.relu(nd.ones((2,))), TypeError, "must be a Symbol"),
    "several outputs where one is wanted": (lambda: sym.relu(parts()), mx.MXNetError, "one is wanted"),
    "a missing attribute": (lambda: sym.FullyConnected(x()), mx.MXNetError, "num_hidden is not given"),
    "a misspelt attribute": (lambda: sym.FullyConnected(x(), num_hiden=2), mx.MXNetError, "num_hidden=..."),
    "a number that is none": (lambda: sym.FullyConnected(x(), num_hidden="a"), mx.MXNetError, "whole number"),
    "half a number": (lambda: sym.FullyConnected(x(), num_hidden=2.5), mx.MXNetError, "whole number"),
    "a flag that is none": (
        lambda: sym.FullyConnected(x(), num_hidden=2, flatten="maybe"),
        mx.MXNetError,
        "True or False",
    ),
    "a shape that is none": (lambda: sym.reshape(x(), shape="two"), mx.MXNetError, "tuple of numbers"),
    "a bias without bias": (
        lambda: sym.FullyConnected(x(), x(), x(), num_hidden=2, no_bias=True),
        mx.MXNetError,
        "bias not found",
    ),
    "an unknown function": (lambda: sym.relou, AttributeError, "relu"),
    "too many arguments": (lambda: sym.relu(x(), x()), TypeError, "at most 1"),
    "no arrays": (lambda: sym.concat(), mx.MXNetError, "no arrays"),
    "a name that is none": (lambda: sym.relu(x(), name=5), TypeError, "name is a text"),
    "an attribute of one's own": (
        lambda: sym.FullyConnected(x(), num_hidden=2, attr={"mood": "good"}),
        mx.MXNetError,
        "__mood__",
    ),
    "a multiplier of an argument": (
        lambda: sym.FullyConnected(x(), num_hidden=2, weight_lr_mult="2"),
        mx.MXNetError,
        r"weight=sym.var",
    ),
    "a variable without a name": (lambda: sym.var(3), TypeError, "Expect a string"),
    "an attribute without underscores": (lambda: sym.var("x", mood="good"), ValueError, "__mood__"),
    "an attribute that is no text": (lambda: sym.var("x", attr={"a": 1}), ValueError, "string values"),
    "an unknown storage": (lambda: sym.var("x", stype="sparse"), ValueError, "row_sparse"),
    "an unknown type": (lambda: sym.var("x", dtype="float17"), TypeError, "float17"),
    "a group of nothing": (lambda: sym.Group([]), TypeError, "list of symbols"),
    "a group of numbers": (lambda: sym.Group([1]), TypeError, "list of symbols"),
    "a name that is no argument": (lambda: layer()(z=x()), mx.MXNetError, "fc_bias"),
    "a composition with a number": (lambda: layer()(3), TypeError, "must be a Symbol"),
    "a composition both ways": (lambda: layer()(x(), fc_bias=x()), TypeError, "not both"),
    "an attribute set to a number": (lambda: x()._set_attr(a=1), ValueError, "string values"),
    "a gradient": (lambda: layer().gradient(["x"]), mx.MXNetError, "bind"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_use_is_explained(what):
    use, error, text = WRONG[what]
    with pytest.raises(error, match=text) as caught:
        use()
    assert "torch" not in str(caught.value)


def test_bfloat16_may_be_named_as_programs_for_1x_name_it():
    kind = np.dtype([("bfloat16", np.uint16)])
    assert nd.ones((2,), dtype=kind).dtype == nd.ones((2,)).astype(kind).dtype == "bfloat16"
    assert sym.cast(sym.var("x"), dtype=kind, name="c").attr_dict()["c"]["dtype"] == "bfloat16"
