"""Reading ONNX files: those of the real MXNet, of other programs, with lengths that are not fixed, and broken ones."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

import onnx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import helper, numpy_helper

import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet.base import MXNetError
from mxnet.contrib.onnx.onnx2mx._reader import READERS
from mxnet.contrib.onnx.onnx2mx.import_onnx import GraphProto

from .cases import CASES, RANDOM
from .graphs import GRAPHS, REFUSED
from .runs import by_import, by_runtime, close
from .test_every_operator import exported

GOLDEN = Path(__file__).parent / "golden"
FLOAT = onnx.TensorProto.FLOAT


def info(name, *lengths, kind=FLOAT):
    return helper.make_tensor_value_info(name, kind, lengths)


def written(path, nodes, inputs, outputs, stored=(), opset=17, functions=()):
    """Write a model of nodes, given as tuples of the operator, its inputs, outputs and attributes."""
    made = [
        helper.make_node(op, ins.split(), outs.split(), **dict(*attributes))
        for op, ins, outs, *attributes in nodes
    ]
    tensors = [numpy_helper.from_array(np.asarray(array), name) for name, array in dict(stored).items()]
    graph = helper.make_graph(made, "graph", inputs, outputs, tensors)
    domains = [helper.make_opsetid("", opset), *(helper.make_opsetid(each.domain, 1) for each in functions)]
    model = helper.make_model(graph, opset_imports=domains, ir_version=8, functions=list(functions))
    Path(path).write_bytes(model.SerializeToString())
    return str(path)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.onnx"


# ---------------------------------------------------------------------- files of others


@pytest.mark.parametrize("name", sorted(each.stem for each in GOLDEN.glob("*.onnx")))
def test_files_that_mxnet_wrote_give_what_mxnet_gives(name):
    arrays = dict(np.load(GOLDEN / f"{name}.npz"))
    inputs = {key.removeprefix("in "): value for key, value in arrays.items() if key.startswith("in ")}
    wanted = [value for key, value in arrays.items() if key.startswith("out ")]
    close(by_import(GOLDEN / f"{name}.onnx", inputs), wanted)


@pytest.mark.parametrize("graph", GRAPHS, ids=lambda graph: graph.id)
def test_other_operators_give_what_onnx_runtime_gives(graph, rng, path):
    if graph.opset > onnx.defs.onnx_opset_version():
        pytest.skip("this release of onnx does not know the operator")
    model, inputs = graph.model(rng)
    path.write_bytes(model.SerializeToString())
    wanted = [np.asarray(each) for each in by_runtime(path, inputs)]
    # there are no arrays without axes here
    close(by_import(path, inputs), [each.reshape(1) if each.ndim == 0 else each for each in wanted])


def test_every_reader_is_tested(rng, tmp_path):
    found = {graph.op for graph in GRAPHS}
    for case in [*CASES, *RANDOM]:
        exported(case, rng, str(tmp_path / "case.onnx"))
        found |= {node.op_type for node in onnx.load(tmp_path / "case.onnx").graph.node}
    assert set(READERS) - found == set()


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_said(name, rng, path):
    graph, reason = REFUSED[name]
    if graph.opset > onnx.defs.onnx_opset_version():
        pytest.skip("this release of onnx does not know the operator")
    path.write_bytes(graph.model(rng)[0].SerializeToString())
    with pytest.raises(
        MXNetError, match=rf"{graph.op} \(node 'node'\) cannot be read\n  because:  .*{reason}"
    ):
        mx.contrib.onnx.import_model(path)


# ---------------------------------------------------------------------- what comes back


@pytest.fixture
def network(path):
    """A convolution with running statistics, a layer behind it, and their arrays."""
    rng = np.random.default_rng(1)
    stored = {
        "weight": rng.standard_normal((4, 3, 3, 3)).astype("float32"),
        **{name: np.full(4, n, "float32") for n, name in enumerate(("scale", "shift", "mean", "var"), 1)},
        "matrix": rng.standard_normal((4, 144)).astype("float32"),
        "offset": rng.standard_normal(4).astype("float32"),
    }
    nodes = [
        ("Conv", "x weight", "c"),
        ("BatchNormalization", "c scale shift mean var", "b"),
        ("Relu", "b", "r", {"name": "activation"}),
        ("Flatten", "r", "f"),
        ("Gemm", "f matrix offset", "y", {"transB": 1}),
    ]
    return written(path, nodes, [info("x", "n", 3, 8, 8)], [info("y", "n", 4)], stored), stored


def test_names_are_those_of_the_file(network):
    path, stored = network
    symbol, parameters, states = mx.contrib.onnx.import_model(path)
    assert symbol.list_arguments() == ["x", "weight", "scale", "shift", "matrix", "offset"]
    assert symbol.list_auxiliary_states() == ["mean", "var"]
    assert symbol.list_outputs() == ["y_output"]
    assert "activation_output" in symbol.get_internals().list_outputs()
    assert sorted(parameters) == ["matrix", "offset", "scale", "shift", "weight"]
    assert sorted(states) == ["mean", "var"]
    for name, array in {**parameters, **states}.items():
        assert array.dtype is np.float32
        assert np.array_equal(array.asnumpy(), stored[name])


def test_metadata_are_names_shapes_and_types(network):
    assert mx.contrib.onnx.get_model_metadata(network[0]) == {
        "input_tensor_data": [("x", (0, 3, 8, 8), 1)],
        "output_tensor_data": [("y", (0, 4))],
    }


def test_every_function_has_its_second_name():
    for name in ("export_model", "import_model", "get_model_metadata", "import_to_gluon"):
        assert getattr(mx.contrib.onnx, f"{name}_") is getattr(mx.contrib.onnx, name)


def test_a_graph_alone_can_be_read(network):
    graph = onnx.load(network[0]).graph
    symbol, parameters, _ = GraphProto().from_onnx(graph, 17)
    assert symbol.list_inputs()[0] == "x"
    assert set(parameters) >= {"weight"}
    assert GraphProto().get_graph_metadata(graph)["output_tensor_data"] == [("y", (0, 4))]


def test_a_block_runs_and_trains(network, rng):
    path, stored = network
    block = mx.contrib.onnx.import_to_gluon(path, mx.cpu(1))
    x = nd.array(rng.standard_normal((2, 3, 8, 8)), ctx=mx.cpu(1))
    assert isinstance(block, gluon.SymbolBlock)
    assert block.collect_params()["weight"].list_ctx() == [mx.cpu(1)]
    close([block(x).asnumpy()], by_runtime(path, {"x": x.asnumpy()}))
    trainer = gluon.Trainer(block.collect_params(), "sgd", {"learning_rate": 0.1})
    with autograd.record():
        loss = (block(x) ** 2).mean()
    loss.backward()
    trainer.step(1)
    changed = block.collect_params()["weight"].data().asnumpy()
    assert not np.array_equal(changed, stored["weight"])
    assert np.isfinite(changed).all()


def test_a_block_without_a_context_is_on_the_cpu(network):
    block = mx.contrib.onnx.import_to_gluon(network[0])
    assert block.collect_params()["weight"].list_ctx() == [mx.cpu()]


def test_statistics_that_two_layers_share_become_two_states(path, rng):
    ones = np.ones(3, "float32")
    nodes = [("BatchNormalization", "x s s s s", "a"), ("BatchNormalization", "a s s s s", "y")]
    written(path, nodes, [info("x", 2, 3, 4)], [info("y", 2, 3, 4)], {"s": ones})
    _, parameters, states = mx.contrib.onnx.import_model(path)
    assert len(states) == 4
    assert list(parameters) == ["s"]
    x = rng.standard_normal((2, 3, 4)).astype("float32")
    close(by_import(path, {"x": x}), by_runtime(path, {"x": x}))


def test_stored_arrays_keep_their_names_beside_layers_of_the_same_name(path):
    nodes = [("Relu", "x", "a", {"name": "w"}), ("Mul", "a w", "y")]
    written(path, nodes, [info("x", 2)], [info("y", 2)], {"w": np.array([2, 3], "float32")})
    symbol, parameters, _ = mx.contrib.onnx.import_model(path)
    assert symbol.list_arguments() == ["x", "w"]
    assert list(parameters) == ["w"]


def test_inputs_that_nothing_needs_are_no_variables(path):
    written(path, [("Relu", "a", "y")], [info("a", 2), info("b", 2)], [info("y", 2)])
    assert mx.contrib.onnx.import_model(path)[0].list_inputs() == ["a"]
    block = mx.contrib.onnx.import_to_gluon(path)
    assert block(nd.array([-1, 1]), nd.zeros(2)).asnumpy().tolist() == [0, 1]


def test_inputs_and_constants_may_be_outputs(path):
    nodes = [("Identity", "x", "y"), ("Constant", "", "z", {"value_floats": [1.0, 2.0]})]
    written(path, nodes, [info("x", 2)], [info("y", 2), info("z", 2)])
    found = by_import(path, {"x": np.array([3, 4], "float32")})
    assert [each.tolist() for each in found] == [[3, 4], [1, 2]]


def test_functions_of_the_file_are_put_in_place(path):
    body = [helper.make_node("Mul", ["a", "a"], ["b"]), helper.make_node("Add", ["b", "a"], ["c"])]
    function = helper.make_function("own", "Polynomial", ["a"], ["c"], body, [helper.make_opsetid("", 17)])
    written(
        path,
        [("Polynomial", "x", "y", {"domain": "own"})],
        [info("x", 2)],
        [info("y", 2)],
        functions=[function],
    )
    assert by_import(path, {"x": np.array([2, 3], "float32")})[0].tolist() == [6, 12]


def test_arrays_beside_the_file_are_found(path, rng):
    stored = {"weight": rng.standard_normal((3, 40)).astype("float32")}
    written(path, [("MatMul", "x weight", "y")], [info("x", 2, 3)], [info("y", 2, 40)], stored)
    onnx.save_model(
        onnx.load(path), path, save_as_external_data=True, location="arrays.bin", size_threshold=0
    )
    assert (path.parent / "arrays.bin").stat().st_size == 480
    x = rng.standard_normal((2, 3)).astype("float32")
    close(by_import(path, {"x": x}), [x @ stored["weight"]])


# ---------------------------------------------------------------------- shapes that are computed


def test_shapes_are_followed_through_arithmetic(path, rng):
    """``x.reshape(n, t, 2, d // 2).transpose(...).reshape(n * 2, t, d // 2)``, as other programs write it."""
    nodes = [
        ("Shape", "x", "shape"),
        ("Gather", "shape zero", "n"),
        ("Gather", "shape one", "t"),
        ("Gather", "shape two", "d"),
        ("Div", "d two", "half"),
        ("Mul", "n two", "twice"),
        *[("Unsqueeze", f"{each} axes", f"{each}1") for each in ("n", "t", "half", "twice")],
        ("Concat", "n1 t1 pair half1", "first", {"axis": 0}),
        ("Concat", "twice1 t1 half1", "second", {"axis": 0}),
        ("Reshape", "x first", "a"),
        ("Transpose", "a", "b", {"perm": [0, 2, 1, 3]}),
        ("Reshape", "b second", "c"),
        ("ConstantOfShape", "second", "zeros"),
        ("Range", "zero t one", "steps"),
        ("Cast", "steps", "floats", {"to": FLOAT}),
        ("Unsqueeze", "floats axes1", "column"),
        ("Add", "c zeros", "d1"),
        ("Add", "d1 column", "y"),
    ]
    stored = {"zero": np.array(0), "one": np.array(1), "two": np.array(2), "axes": np.array([0])}
    stored |= {"pair": np.array([2]), "axes1": np.array([1])}
    written(path, nodes, [info("x", "n", "t", 6)], [info("y", None, None, 3)], stored)
    for shape in ((2, 5, 6), (4, 3, 6)):
        x = rng.standard_normal(shape).astype("float32")
        close(by_import(path, {"x": x}), by_runtime(path, {"x": x}))


def test_a_shape_that_another_value_has_is_taken_from_it(path, rng):
    nodes = [
        ("MaxPool", "x", "small", {"kernel_shape": [2, 2], "strides": [2, 2]}),
        ("Reshape", "small flat", "rows"),
        ("Shape", "small", "shape"),
        ("Reshape", "rows shape", "back"),
        ("ConstantOfShape", "shape", "ones", {"value": numpy_helper.from_array(np.array([1], "float32"))}),
        ("Expand", "one shape", "spread"),
        ("Sum", "back ones spread", "y"),
    ]
    stored = {"flat": np.array([0, 2, -1]), "one": np.full((1, 1, 1, 1), 5, "float32")}
    written(path, nodes, [info("x", "n", 4, "h", "w")], [info("y", None, 4, None, None)], stored)
    for shape in ((2, 4, 6, 8), (1, 4, 9, 5)):
        x = rng.standard_normal(shape).astype("float32")
        close(by_import(path, {"x": x}), by_runtime(path, {"x": x}))


def test_two_lengths_that_nothing_fixes_are_refused(path):
    nodes = [("Shape", "x", "s"), ("Mul", "s s", "t"), ("Expand", "one t", "y")]
    written(path, nodes, [info("x", "n", "m")], [info("y", None, None)], {"one": np.ones((1, 1), "float32")})
    with pytest.raises(MXNetError, match="a length that is not fixed follows from others"):
        mx.contrib.onnx.import_model(path)


# ---------------------------------------------------------------------- files that are none, and hostile ones


def test_a_file_that_is_missing_is_named(tmp_path):
    for function in (
        mx.contrib.onnx.import_model,
        mx.contrib.onnx.get_model_metadata,
        mx.contrib.onnx.import_to_gluon,
    ):
        with pytest.raises(MXNetError, match=r"No such file or directory\n  received: .*missing.onnx"):
            function(tmp_path / "missing.onnx")
    with pytest.raises(MXNetError, match="the name of a file is wanted"):
        mx.contrib.onnx.import_model(3)


@pytest.mark.parametrize(
    "content", [b"", b"text", b"\x08\x08" * 40, bytes(100)], ids=["empty", "text", "few", "zeros"]
)
def test_content_that_is_no_model_is_refused(content, path):
    path.write_bytes(content)
    with pytest.raises(MXNetError):
        mx.contrib.onnx.import_model(path)


def test_operators_that_do_not_exist_are_all_listed(path):
    nodes = [
        ("Relu", "x", "a"),
        ("Scan", "a", "b", {"name": "loop"}),
        ("FusedConv", "b", "c", {"domain": "com.microsoft"}),
        ("NonZero", "c", "y"),
    ]
    written(path, nodes, [info("x", 2)], [info("y", 2)])
    with pytest.raises(
        NotImplementedError, match="2 nodes have operators that MXNet does not have"
    ) as caught:
        mx.contrib.onnx.import_model(path)
    assert isinstance(caught.value, MXNetError)
    assert "Scan (node 'loop')" in str(caught.value)
    assert "com.microsoft.FusedConv (node 'c')" in str(caught.value)


def tensor(name, lengths, kind=FLOAT, content=b"1234"):
    made = onnx.TensorProto(name=name, data_type=kind, raw_data=content)
    made.dims.extend(lengths)
    return made


BROKEN = {
    "an input from nowhere": ([("Relu", "z", "y")], {}, "nothing before it computes its input 'z'"),
    "an output from nowhere": ([("Relu", "x", "a")], {}, "nothing computes the output 'y'"),
    "a huge constant": (
        [("ConstantOfShape", "s", "c"), ("Add", "x c", "y")],
        {"s": np.array([1 << 40])},
        "a constant of shape .* is too large",
    ),
    "a huge range": (
        [("Range", "s t u", "c"), ("Add", "x c", "y")],
        {"s": np.array(0), "t": np.array(1 << 50), "u": np.array(1)},
        "is too large",
    ),
    "huge tiles": ([("Tile", "x s", "y")], {"s": np.array([1 << 20, 1 << 30])}, "is too large"),
    "a length below 0": (
        [("ConstantOfShape", "s", "c"), ("Add", "x c", "y")],
        {"s": np.array([-5])},
        "has a length below 0",
    ),
    "huge padding": (
        [("Unsqueeze", "x a", "b"), ("AveragePool", "b", "y", {"kernel_shape": [2], "pads": [1 << 40] * 2})],
        {"a": np.array([0])},
        "pads=",
    ),
    "a step of 0": ([("Slice", "x s t u s", "y")], {n: np.array([0]) for n in "stu"}, "step is 0|is 0"),
    "an axis that is not there": ([("Softmax", "x", "y", {"axis": 7})], {"s": np.ones(1)}, None),
    "shapes that do not fit": ([("Add", "x s", "y")], {"s": np.ones((5, 7), "float32")}, "do not fit"),
    "a list for a number": ([("Gemm", "x x", "y", {"alpha": "a lot"})], {}, "Gemm .* cannot be read"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_graphs_that_make_no_sense_are_refused(name, path):
    nodes, stored, reason = BROKEN[name]
    written(path, nodes, [info("x", 2, 3)], [info("y", 2, 3)], stored)
    if reason is None:  # an axis counts round and round, which is harmless
        mx.contrib.onnx.import_model(path)
        return
    with pytest.raises(MXNetError, match=reason):
        mx.contrib.onnx.import_model(path)


@pytest.mark.parametrize(
    ("stored", "reason"),
    [
        (tensor("s", [1 << 40]), "cannot reshape|size"),
        (tensor("s", [2], onnx.TensorProto.BFLOAT16), "bfloat16"),
        (tensor("s", [1], 77), "cannot be read"),
    ],
    ids=["short", "bfloat16", "no type"],
)
def test_stored_arrays_that_are_none_are_refused(stored, reason, path):
    written(path, [("Add", "x s", "y")], [info("x", 2)], [info("y", 2)])
    model = onnx.load(path)
    model.graph.initializer.append(stored)
    path.write_bytes(model.SerializeToString())
    with pytest.raises(MXNetError, match=reason):
        mx.contrib.onnx.import_model(path)


def test_arrays_outside_the_folder_are_not_read(path):
    stored = onnx.TensorProto(name="s", data_type=FLOAT, data_location=onnx.TensorProto.EXTERNAL)
    stored.dims.append(2)
    stored.external_data.add(key="location", value="../../etc/hostname")
    written(path, [("Add", "x s", "y")], [info("x", 2)], [info("y", 2)])
    model = onnx.load(path)
    model.graph.initializer.append(stored)
    path.write_bytes(model.SerializeToString())
    with pytest.raises(MXNetError, match="no ONNX file that can be read"):
        mx.contrib.onnx.import_model(path)


@pytest.fixture(scope="module")
def golden_files():
    return [path.read_bytes() for path in sorted(GOLDEN.glob("*.onnx"))]


# Places are counted modulo the length, so that what is drawn does not depend on what was changed before.
CHANGES = st.tuples(
    st.integers(0, 2**20), st.sampled_from(["change", "remove", "insert", "cut"]), st.integers(0, 255)
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(which=st.integers(0, 100), changes=st.lists(CHANGES, min_size=1, max_size=4))
def test_mutated_files_raise_one_type_of_exception_at_most(which, changes, golden_files, path):
    content = bytearray(golden_files[which % len(golden_files)])
    for number, kind, value in changes:
        place = number % max(len(content), 1)
        if kind == "insert" or not content:
            content.insert(place, value)
        elif kind == "change":
            content[place] = value
        elif kind == "remove":
            del content[place]
        else:
            del content[place + 1 :]
    path.write_bytes(bytes(content))
    with suppress(MXNetError):
        mx.contrib.onnx.import_model(path)
