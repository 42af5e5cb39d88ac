"""Symbol files: what is written comes back, old files run, and what is no graph is refused with a reason."""

import json

import numpy as np
import pytest

import mxnet as mx
from mxnet import nd, sym
from tests.samples.symbols import graphs, loops
from tests.samples.symbols.describe import _flat as flat

BUILDERS = [build for family in (graphs, loops) for build in family._ALL]


@pytest.mark.parametrize("build", BUILDERS, ids=[build.__name__ for build in BUILDERS])
def test_what_is_written_is_read_again(build):
    graph = sym.Group(flat(build(mx)))
    again = sym.load_json(graph.tojson(remove_amp_cast=False))
    assert again.tojson(remove_amp_cast=False) == graph.tojson(remove_amp_cast=False)
    for listed in ("list_arguments", "list_outputs", "list_auxiliary_states", "list_inputs", "attr_dict"):
        assert getattr(again, listed)() == getattr(graph, listed)()


def test_a_file_is_written_and_read(tmp_path):
    path = tmp_path / "net-symbol.json"
    graph = graphs.mlp(mx)
    graph.save(path)
    assert path.read_text() == graph.tojson()
    assert sym.load(path).tojson() == graph.tojson()
    assert sym.load(str(path)).list_arguments() == graph.list_arguments()


def test_casts_of_mixed_precision_are_left_out_unless_asked_for():
    graph = graphs.mixed_precision(mx)
    kinds = [node["op"] for node in json.loads(graph.tojson())["nodes"]]
    assert kinds.count("amp_cast") == 1  # the one that it ends in
    kinds = [node["op"] for node in json.loads(graph.tojson(remove_amp_cast=False))["nodes"]]
    assert kinds.count("amp_cast") == 2
    assert "amp_multicast" in kinds


def test_names_of_every_language_survive():
    graph = sym.relu(sym.var("größe 大小"), name="\u2028 'quoted\" \\ name")
    again = sym.load_json(graph.tojson())
    assert again.list_arguments() == ["größe 大小"]
    assert again.eval(**{"größe 大小": nd.array([-1, 1])})[0].asnumpy().tolist() == [0, 1]


def test_numbers_of_python_2_are_read():
    text = graphs.convolutions(mx).tojson().replace('"(3, 3)"', '"(3L, 3L)"')
    assert sym.load_json(text).infer_shape(data=(1, 2, 8, 8))[1]


def test_unknown_attributes_of_an_operator_do_no_harm():
    text = graphs.mlp(mx).tojson().replace('"act_type": "relu"', '"act_type": "relu", "new": "in 2.0"')
    assert sym.load_json(text).infer_shape(data=(2, 3))[1] == [(2, 4)]


def node(op, name, inputs=(), **attrs):
    return {"op": op, "name": name, "attrs": attrs, "inputs": [[each, 0, 0] for each in inputs]}


def file(*nodes, heads=None, **more):
    heads = [[len(nodes) - 1, 0, 0]] if heads is None else heads
    return json.dumps({"nodes": list(nodes), "arg_nodes": [], "heads": heads, **more})


X = node("null", "x")
DEEP = file(X)
for _ in range(30):
    inner = json.loads(DEEP)
    DEEP = file(X, {**node("_foreach", "f", [0]), "subgraphs": [inner]})

REFUSED = {
    "nothing": "",
    "no JSON": "{nodes",
    "no object": "[1]",
    "no nodes": "{}",
    "nodes that are no list": '{"nodes": {}}',
    "a node that is no object": '{"nodes": [5], "heads": []}',
    "a node without a name": '{"nodes": [{"op": "null"}], "heads": []}',
    "a name that is no text": '{"nodes": [{"op": "null", "name": 5}], "heads": []}',
    "half a character": '{"nodes": [{"op": "null", "name": "\\ud800"}], "heads": []}',
    "attributes that are no object": file({**X, "attrs": [1]}),
    "inputs that are no list": file({**X, "inputs": 5}),
    "an operator that is not there": file(X, node("relou", "r", [0])),
    "an input behind its user": file(node("relu", "r", [1]), X),
    "an input that is not there": file(X, node("relu", "r", [7])),
    "a negative input": file(X, node("relu", "r", [-1])),
    "an output that is not there": file(X, {**node("relu", "r"), "inputs": [[0, 3, 0]]}),
    "an entry that is none": file(X, {**node("relu", "r"), "inputs": [[0, "a"]]}),
    "a head that is not there": file(X, heads=[[4, 0, 0]]),
    "heads that are no list": file(X, heads=3),
    "a missing attribute": file(X, node("FullyConnected", "f", [0, 0, 0])),
    "a number that is none": file(X, node("FullyConnected", "f", [0, 0, 0], num_hidden="many")),
    "too few inputs": file(X, node("dot", "d", [0])),
    "too many inputs": file(X, node("relu", "r", [0, 0])),
    "no outputs": file(X, node("SliceChannel", "s", [0], num_outputs="0")),
    "too many outputs": file(X, node("SliceChannel", "s", [0], num_outputs="1000000000000")),
    "a number without end": file(X, node("SliceChannel", "s", [0], num_outputs="9" * 9999)),
    "brackets without end": file(X, node("Reshape", "s", [0], shape="(" * 100_000)),
    "signs without end": file(X, node("_plus_scalar", "s", [0], scalar="-" * 100_000 + "1")),
    "graphs without end": DEEP,
    "lists without end": "[" * 100_000,
    "a loop without a graph": file(X, node("_foreach", "f", [0], in_data_locs="[0]")),
    "a call of one's own that nobody registered": file(X, node("Custom", "c", [0], op_type="not there")),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_graph_is_refused_with_a_reason(what):
    with pytest.raises(mx.MXNetError) as caught:
        sym.load_json(REFUSED[what])
    assert len(str(caught.value)) < 1500
    assert "\n  " in str(caught.value)


@pytest.mark.parametrize(
    ("use", "error", "text"),
    [
        (lambda: sym.load("/not/there-symbol.json"), mx.MXNetError, "No such file"),
        (lambda: sym.load(5), TypeError, "need to be string"),
        (lambda: sym.load_json(5), TypeError, "required to be string"),
        (lambda: sym.load_json(b"\xff\xfe{"), mx.MXNetError, "not JSON"),
        (lambda: graphs.mlp(mx).save(5), TypeError, "need to be string"),
        (lambda: graphs.mlp(mx).save("/not/there/net.json"), mx.MXNetError, "does not exist"),
    ],
    ids=["missing", "number", "number as text", "bytes", "save to a number", "save to nowhere"],
)
def test_a_wrong_use_is_explained(use, error, text):
    with pytest.raises(error, match=text):
        use()


def test_a_parameter_file_is_recognised(tmp_path):
    path = tmp_path / "net-0000.params"
    nd.save(str(path), {"arg:x": nd.ones((2,))})
    with pytest.raises(mx.MXNetError, match="symbol file"):
        sym.load(path)


def test_a_file_that_was_written_here_runs_as_it_did_before():
    graph = graphs.residual(mx)
    run = graph.simple_bind(mx.cpu(), data=(1, 4, 2, 2))
    again = sym.load_json(graph.tojson()).simple_bind(mx.cpu(), data=(1, 4, 2, 2))
    for name, array in run.arg_dict.items():
        array[:] = again.arg_dict[name][:] = np.random.RandomState(len(name)).normal(size=array.shape)
    for state, other in zip(run.aux_arrays, again.aux_arrays, strict=True):
        state[:] = other[:] = 0.5
    np.testing.assert_array_equal(run.forward()[0].asnumpy(), again.forward()[0].asnumpy())
