"""What `export_model` takes, what it writes, and what it refuses."""

import logging
import os

import numpy as np
import pytest

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

import onnx

import mxnet as mx
from mxnet import name, nd, sym
from mxnet.base import MXNetError

from .runs import by_graph, by_runtime, close


@pytest.fixture
def layer(rng):
    """One layer as a symbol, its parameters, an input and what comes out."""
    symbol = sym.FullyConnected(sym.var("x"), num_hidden=3, name="fc")
    params = {"fc_weight": nd.array(rng.standard_normal((3, 4))), "fc_bias": nd.array(rng.standard_normal(3))}
    x = rng.standard_normal((2, 4)).astype("float32")
    return symbol, params, x, [symbol.eval(x=nd.array(x), **params)[0].asnumpy()]


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "layer.onnx")


def lengths(info):
    return [dim.dim_param or dim.dim_value for dim in info.type.tensor_type.shape.dim]


# ---------------------------------------------------------------------- arguments


@pytest.mark.parametrize("export", ["mx.onnx", "mx.contrib.onnx", "mx.contrib.onnx.mx2onnx"])
def test_the_export_has_a_name_in_every_place_that_it_ever_had(export, layer, path):
    from mxnet.contrib.onnx import mx2onnx

    places = {"mx.onnx": mx.onnx, "mx.contrib.onnx": mx.contrib.onnx, "mx.contrib.onnx.mx2onnx": mx2onnx}
    symbol, params, x, wanted = layer
    assert places[export].export_model(symbol, params, [x.shape], np.float32, path) == path
    close(by_runtime(path, {"x": x}), wanted)


@pytest.mark.parametrize(
    "options",
    [
        {"in_shapes": [(2, 4)]},
        {"in_shapes": [[2, 4]], "in_types": ["float32"]},
        {"input_shape": [(2, 4)]},
        {"input_shape": [(2, 4)], "input_type": np.float32},
        {
            "in_shapes": [(2, 4)],
            "in_types": np.dtype("float32"),
            "verbose": True,
            "run_shape_inference": True,
        },
    ],
    ids=lambda options: " ".join(options),
)
def test_old_and_new_names_of_arguments_mean_the_same(options, layer, path):
    symbol, params, x, wanted = layer
    mx.onnx.export_model(symbol, params, onnx_file_path=path, **options)
    close(by_runtime(path, {"x": x}), wanted)


def prefixed(params):
    return {f"arg:{name}": value for name, value in params.items()}


@pytest.mark.parametrize(
    "given",
    [dict, prefixed, lambda params: [params, {}], lambda params: (prefixed(params), {})],
    ids=["by name", "with prefixes", "two dictionaries", "two with prefixes"],
)
def test_parameters_come_in_several_forms(given, layer, path):
    symbol, params, x, wanted = layer
    mx.onnx.export_model(symbol, given(params), [x.shape], onnx_file_path=path)
    close(by_runtime(path, {"x": x}), wanted)


def test_files_may_have_any_name(layer, path, tmp_path):
    symbol, params, x, wanted = layer
    graph, arrays = tmp_path / "graph.json", tmp_path / "arrays.params"
    symbol.save(str(graph))
    nd.save(str(arrays), prefixed(params))
    mx.onnx.export_model(graph, arrays, [x.shape], onnx_file_path=tmp_path / "layer.onnx")
    close(by_runtime(path, {"x": x}), wanted)
    mx.onnx.export_model(symbol, str(arrays), [x.shape], onnx_file_path=path)
    close(by_runtime(path, {"x": x}), wanted)


def test_without_a_name_the_file_is_called_model(layer, tmp_path, monkeypatch):
    symbol, params, x, _ = layer
    monkeypatch.chdir(tmp_path)
    assert mx.onnx.export_model(symbol, params, [x.shape]) == "model.onnx"
    assert os.listdir(tmp_path) == ["model.onnx"]


def test_every_call_is_logged_where_that_is_asked_for(layer, path, caplog):
    symbol, params, x, _ = layer
    with caplog.at_level(logging.INFO, "mxnet"):
        mx.onnx.export_model(symbol, params, [x.shape], onnx_file_path=path)
        assert not caplog.messages
        mx.onnx.export_model(symbol, params, [x.shape], onnx_file_path=path, verbose=True)
    assert caplog.messages == ["fc (FullyConnected) -> fc"]


# ---------------------------------------------------------------------- files


def test_a_file_says_what_it_is(layer, path):
    symbol, params, x, _ = layer
    mx.onnx.export_model(symbol, params, [x.shape], onnx_file_path=path)
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    assert [(each.domain, each.version) for each in model.opset_import] == [("", 17)]
    assert model.ir_version == 8
    assert model.producer_name == "glueball"
    assert model.graph.name == "fc"


def test_names_are_those_of_the_symbol_and_parameters_are_no_inputs(layer, path):
    symbol, params, x, _ = layer
    mx.onnx.export_model(symbol, params, [x.shape], onnx_file_path=path)
    graph = onnx.load(path).graph
    assert [(each.name, lengths(each)) for each in graph.input] == [("x", [2, 4])]
    assert [(each.name, lengths(each)) for each in graph.output] == [("fc", [2, 3])]
    assert [each.name for each in graph.initializer] == ["fc_weight", "fc_bias"]
    assert [(each.op_type, each.name) for each in graph.node] == [("Gemm", "fc")]


def test_outputs_stand_in_the_order_of_the_symbols_outputs(rng, path):
    x = sym.var("x")
    halves = sym.split(x, num_outputs=2, name="halves")
    symbol = sym.Group([halves[0] + 1, halves[1], x, halves[1]])
    inputs = rng.standard_normal((4, 2, 3)).astype("float32")
    mx.onnx.export_model(symbol, {}, [inputs.shape], onnx_file_path=path)
    names = [each.name for each in onnx.load(path).graph.output]
    assert names[1] == "halves1"
    assert len(set(names)) == 4
    wanted = [output.asnumpy() for output in symbol.eval(x=nd.array(inputs))]
    close(by_runtime(path, {"x": inputs}), wanted)


def test_labels_of_losses_are_no_inputs(rng, path):
    scores = sym.FullyConnected(sym.var("data"), num_hidden=3, name="fc")
    symbol = sym.SoftmaxOutput(scores, sym.var("softmax_label"), name="softmax")
    params = {"fc_weight": nd.array(rng.standard_normal((3, 4))), "fc_bias": nd.zeros((3,))}
    mx.onnx.export_model(symbol, params, [(2, 4)], onnx_file_path=path)
    assert [each.name for each in onnx.load(path).graph.input] == ["data"]


def test_what_no_output_needs_is_not_written(rng, path):
    gates = sym.split(sym.var("x"), num_outputs=2)
    symbol = sym.RNN(
        gates[0], sym.concat(sym.reshape(sym.var("w"), shape=(-1,)), sym.var("b"), dim=0), sym.zeros((1, 0, 2)),
        state_size=2, num_layers=1, mode="rnn_tanh", name="rnn",
    )  # fmt: skip
    params = {"w": nd.ones((4, 2)), "b": nd.zeros((4,)), "unused": nd.ones((1000,))}
    mx.onnx.export_model(symbol, params, [(3, 4, 2)], onnx_file_path=path)
    graph = onnx.load(path).graph
    assert {each.op_type for each in graph.node} == {"Split", "RNN", "Squeeze"}
    assert {"w", "b", "unused"}.isdisjoint({each.name for each in graph.initializer})


def test_two_variables_of_one_name_are_two_inputs(path):
    symbol = sym.var("x") + sym.var("x") * 2
    mx.onnx.export_model(symbol, {}, [(2,), (2,)], onnx_file_path=path)
    found = by_runtime(path, {"x": np.ones(2, "float32"), "x_1": np.full(2, 3, "float32")})
    assert found[0].tolist() == [7, 7]


def test_shapes_in_between_are_written_where_that_is_asked_for(layer, path):
    symbol, params, x, _ = layer
    mx.onnx.export_model(sym.relu(symbol), params, [x.shape], onnx_file_path=path, run_shape_inference=True)
    assert [each.name for each in onnx.load(path).graph.value_info] == ["fc"]


def test_a_file_is_replaced_whole_or_not_at_all(layer, path):
    symbol, params, x, _ = layer
    mx.onnx.export_model(symbol, params, [x.shape], onnx_file_path=path)
    with open(path, "rb") as stream:
        before = stream.read()
    with pytest.raises(NotImplementedError):
        mx.onnx.export_model(sym.gamma(symbol), params, [x.shape], onnx_file_path=path)
    with open(path, "rb") as stream:
        assert stream.read() == before
    assert os.listdir(os.path.dirname(path)) == ["layer.onnx"]


# ---------------------------------------------------------------------- lengths that are not fixed


def test_lengths_that_are_not_fixed_keep_their_names(layer, path, rng):
    symbol, params, x, _ = layer
    mx.onnx.export_model(
        symbol, params, [x.shape], onnx_file_path=path, dynamic=True, dynamic_input_shapes=[("batch", 4)]
    )
    graph = onnx.load(path).graph
    assert lengths(graph.input[0]) == ["batch", 4]
    assert lengths(graph.output[0]) == ["batch", 3]
    x = rng.standard_normal((7, 4)).astype("float32")
    close(by_runtime(path, {"x": x}), [symbol.eval(x=nd.array(x), **params)[0].asnumpy()])


def test_dynamic_alone_frees_the_lengths_that_parameters_do_not_fix(layer, path):
    symbol, params, x, _ = layer
    mx.onnx.export_model(symbol, params, [x.shape], onnx_file_path=path, dynamic=True)
    assert lengths(onnx.load(path).graph.input[0]) == [0, 4]


def test_lengths_without_names_may_have_to_be_the_same(path, rng):
    symbol = sym.var("a") * sym.var("b")
    shapes = [(None, 3)] * 2
    mx.onnx.export_model(
        symbol, {}, [(2, 3), (2, 3)], onnx_file_path=path, dynamic=True, dynamic_input_shapes=shapes
    )
    a, b = rng.standard_normal((2, 5, 3)).astype("float32")
    close(by_runtime(path, {"a": a, "b": b}), [a * b])


def test_what_depends_on_a_length_that_is_not_fixed_is_refused(path):
    symbol = sym.diag(sym.var("x"), name="diagonal")
    with pytest.raises(NotImplementedError, match=r"diag \(layer 'diagonal'\): a length .* is dynamic"):
        mx.onnx.export_model(
            symbol, {}, [(3, 3)], onnx_file_path=path, dynamic=True, dynamic_input_shapes=[("n", "n")]
        )


# ---------------------------------------------------------------------- errors


def test_operators_without_a_counterpart_are_all_listed(layer, path):
    symbol, params, x, _ = layer
    bad = sym.erfinv(sym.gamma(symbol, name="first"), name="second") + sym.RNN(
        sym.var("y"),
        sym.var("p"),
        sym.var("s"),
        sym.var("c"),
        state_size=3,
        num_layers=1,
        mode="lstm",
        name="third",
    )[0].reshape((1, 3))
    shapes = [x.shape, (1, 1, 4), (12 * 4 + 12 * 3 + 24,), (1, 1, 3), (1, 1, 3)]
    with pytest.raises(MXNetError) as caught:
        mx.onnx.export_model(bad, params, shapes, onnx_file_path=path)
    text = str(caught.value)
    assert isinstance(caught.value, NotImplementedError)
    assert "3 calls have no counterpart in ONNX" in text
    for line in (
        "gamma (layer 'first')",
        "erfinv (layer 'second')",
        "RNN (layer 'third'): its parameters are computed from the network's inputs",
    ):
        assert line in text
    assert not os.path.exists(path)


def test_calls_of_ones_own_are_listed_too(path):
    @mx.operator.register("doubles_for_onnx")
    class Doubles(mx.operator.CustomOpProp):
        def create_operator(self, ctx, shapes, dtypes):
            return mx.operator.CustomOp()

    symbol = sym.Custom(sym.var("x"), op_type="doubles_for_onnx", name="mine")
    with pytest.raises(NotImplementedError, match=r"Custom .layer 'mine'."):
        mx.onnx.export_model(symbol, {}, [(3, 2)], onnx_file_path=path)


def test_calls_inside_loops_are_named_with_their_loop(path):
    def step(x, state):
        return sym.gamma(x, name="inner"), state

    with name.NameManager():
        symbol = sym.contrib.foreach(step, sym.var("x"), sym.var("s"))[0]
    with pytest.raises(
        NotImplementedError, match=r"_foreach .layer '_foreach0'.: gamma .layer 'inner'. inside"
    ):
        mx.onnx.export_model(symbol, {}, [(3, 2), (2,)], onnx_file_path=path)


def test_loops_take_sequences_of_any_length(path, rng):
    symbol = sym.Group(sym.contrib.foreach(lambda x, s: (x * 2 + s, s + x), sym.var("x"), sym.var("s")))
    mx.onnx.export_model(symbol, {}, [(4, 3), (3,)], onnx_file_path=path, dynamic=True)
    for length in (1, 6):
        arrays = {"x": rng.normal(size=(length, 3)).astype("float32"), "s": np.ones(3, "float32")}
        close(by_runtime(path, arrays), by_graph(symbol, arrays))


def test_outputs_of_a_loop_of_any_shape_are_refused(path):
    def step(i, x):
        return x, [i - 1, x]

    variables = [sym.var("i"), sym.var("x")]
    symbol = sym.contrib.while_loop(lambda i, x: i > 0, step, variables, max_iterations=3)[0]
    with pytest.raises(NotImplementedError, match=r"_while_loop .*\n?.*dynamic"):
        mx.onnx.export_model(symbol, {}, [(1,), (2, 3)], onnx_file_path=path, dynamic=True)


def test_deformable_convolutions_alone_take_a_newer_operator_set(layer, path):
    def opset():
        return [each.version for each in onnx.load(path).opset_import]

    symbol, params, x, _ = layer
    mx.onnx.export_model(symbol, params, [x.shape], onnx_file_path=path)
    assert opset() == [17]
    names = [sym.var(each) for each in ("x", "offset", "weight")]
    symbol = sym.contrib.DeformableConvolution(*names, kernel=(1, 1), num_filter=1, no_bias=True)
    shapes = [(1, 1, 3, 3), (1, 2, 3, 3)]
    mx.onnx.export_model(symbol, {"weight": nd.ones((1, 1, 1, 1))}, shapes, onnx_file_path=path)
    assert opset() == [19]


WRONG = {
    "no shapes": ({"in_shapes": None}, "in_shapes is missing\n.*inputs x"),
    "a shape alone": ({"in_shapes": (2, 4)}, r"in_shapes is a list of shapes\n.*\n.*in_shapes=\[\(2, 4\)\]"),
    "too many shapes": ({"in_shapes": [(2, 4), (2, 4)]}, "2 for 1 inputs\n.*: x"),
    "a shape that does not fit": ({"in_shapes": [(2, 5)]}, "fc .FullyConnected.*weight does not fit data"),
    "a length of 0": ({"in_shapes": [(0, 4)]}, "length below 1\n.*\n.*dynamic"),
    "no type": ({"in_types": "floaty"}, "in_types: data type 'floaty' not understood"),
    "too many types": ({"in_types": ["float32", "float32"]}, "in_types does not fit"),
    "a type that does not fit": ({"in_types": "int32"}, "inconsistent type.*\n.*in_types"),
    "no symbol": ({"sym": None}, "sym is a symbol or the name of a file\n  received: NoneType"),
    "no parameters": (
        {"params": None},
        "params are arrays by name, or the name of a file\n  received: NoneType",
    ),
    "a parameter of NumPy": ({"params": {"fc_weight": np.ones((3, 4))}}, "fc_weight is no array\n.*ndarray"),
    "a parameter that is missing": ({"params": {"fc_weight": nd.ones((3, 4))}}, "1 for 2 inputs\n.*fc_bias"),
    "a file that is missing": ({"sym": "missing.json"}, "No such file"),
    "a folder that is missing": ({"onnx_file_path": "missing/layer.onnx"}, "the folder .* does not exist"),
    "other fixed lengths": (
        {"dynamic": True, "dynamic_input_shapes": [("n", 5)]},
        r"x is \('n', 5\) and \(2, 4\)",
    ),
    "too many dynamic shapes": (
        {"dynamic": True, "dynamic_input_shapes": [("n", 4)] * 2},
        "dynamic_input_shapes does",
    ),
    "a dynamic shape alone": ({"dynamic": True, "dynamic_input_shapes": 4}, "dynamic_input_shapes is a list"),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_wrong_arguments_are_explained(wrong, layer, path):
    symbol, params, x, _ = layer
    options, pattern = wrong
    given = {"sym": symbol, "params": params, "in_shapes": [x.shape], "onnx_file_path": path, **options}
    with pytest.raises(MXNetError, match=pattern):
        mx.onnx.export_model(**given)
    assert not os.path.exists(path)


def test_operator_sets_that_are_not_written_have_no_operators():
    assert mx.onnx.get_operator_support(17) == mx.onnx.get_operator_support()
    with pytest.raises(MXNetError, match="operator set 9"):
        mx.onnx.get_operator_support(9)


def test_a_missing_package_is_named(layer, path, monkeypatch):
    symbol, params, x, _ = layer
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    with pytest.raises(MXNetError, match=r"pip install 'glueball\[onnx\]'"):
        mx.onnx.export_model(symbol, params, [x.shape], onnx_file_path=path)
    with pytest.raises(MXNetError, match=r"pip install 'glueball\[onnx\]'"):
        mx.contrib.onnx.import_model(path)


def test_importing_mxnet_loads_no_onnx():
    import subprocess
    import sys

    program = "import sys, mxnet.onnx, mxnet.contrib.onnx; sys.exit('onnx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
