"""``glueball convert`` writes networks and arrays in other forms, and nothing that computes something else."""

import json
import subprocess
import sys

import numpy as np
import pytest

import glueball.torch
import mxnet as mx
from glueball.commands import invoke
from glueball.conversion import difference
from mxnet import files, nd, sym
from mxnet.gluon import nn
from mxnet.gluon.model_zoo import vision

FORMATS = ["params", "safetensors", "npz"]


@pytest.fixture
def folder(tmp_path, monkeypatch, seed):
    """A folder with the network ``net``, and the current one."""
    monkeypatch.chdir(tmp_path)
    mx.random.seed(seed)
    exported(nn.HybridSequential(), nn.Dense(4, activation="tanh"), nn.BatchNorm(), nn.Dense(2))
    return tmp_path


def exported(net, *layers, shape=(2, 3), path="net"):
    for layer in layers:
        net.add(layer)
    net.initialize(mx.init.Xavier())
    net.hybridize()
    net(nd.ones(shape))
    net.export(path)


def converted(*arguments):
    return invoke(["convert", *arguments])


def relative_difference(said):
    line = next(line for line in said.splitlines() if "largest difference" in line)
    return float(line.split("absolute,")[1].split()[0])


NET = ("net-symbol.json", "net-0000.params")
SHAPE = ("--input", "data=2,3")


@pytest.mark.parametrize("form", ["torch", "onnx"])
@pytest.mark.parametrize("model", ["resnet18_v2", pytest.param("resnet50_v2", marks=pytest.mark.long)])
def test_a_network_of_the_zoo_computes_the_same(model, form, tmp_path, monkeypatch, seed, capsys):
    if form == "onnx":
        pytest.importorskip("onnxruntime")
    monkeypatch.chdir(tmp_path)
    mx.random.seed(seed)
    exported(vision.get_model(model), shape=(1, 3, 64, 64), path=model)
    files_ = (f"{model}-symbol.json", f"{model}-0000.params")
    assert converted(*files_, "--to", form, "--input", "data=1,3,64,64") == 0
    assert relative_difference(capsys.readouterr().out) <= 1e-5


@pytest.mark.parametrize("weights", ["pt", "safetensors"])
def test_what_is_written_runs_without_glueball(weights, folder):
    assert converted(*NET, "--to", "torch", "--weights", weights, *SHAPE) == 0
    loading = {
        "pt": "torch.load('net.pt', weights_only=True)",
        "safetensors": "safetensors.torch.load_file('net.safetensors')",
    }[weights]
    program = (
        "import sys, torch, safetensors.torch; sys.path.insert(0, '.'); from net import Network\n"
        f"net = Network(); net.load_state_dict({loading}); net.eval()\n"
        "print(net(torch.ones(2, 3)).tolist()); assert not {'mxnet', 'glueball'} & set(sys.modules)\n"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    block = mx.gluon.SymbolBlock.imports(NET[0], "data", NET[1])
    np.testing.assert_allclose(
        json.loads(shown.stdout), block(nd.ones((2, 3))).asnumpy(), rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("target", FORMATS)
@pytest.mark.parametrize("source", FORMATS)
@pytest.mark.parametrize("graph", [True, False], ids=["graph", "arrays alone"])
def test_arrays_keep_names_types_and_bits(source, target, graph, folder, capsys):
    arrays = {
        **nd.load(NET[1]),
        "more": nd.array([1, 2], dtype="float16"),
        "count": nd.array([3], dtype="int64"),
    }
    nd.save(f"in.{source}", arrays)
    extra = NET[:1] if graph else ()
    assert converted(*extra, f"in.{source}", "--to", target, "--out", f"out.{target}") == 0
    assert "same to the last bit" in capsys.readouterr().out
    found = nd.load(f"out.{target}")
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name].asnumpy(), array.asnumpy())


def test_lists_and_sparse_and_16_bit_arrays_pass_where_the_format_has_them(folder):
    nd.save("list.params", [nd.ones((2,)), nd.zeros((1, 2))])
    assert converted("list.params", "--to", "npz") == 0
    assert [each.shape for each in nd.load("list.npz")] == [(2,), (1, 2)]
    nd.save("bf.params", {"w": nd.ones((2,)).astype("bfloat16")})
    assert converted("bf.params", "--to", "safetensors") == 0
    assert files.load("bf.safetensors")["w"].dtype == "bfloat16"
    files.save("sparse.params", {"w": files.Array.row_sparse(np.ones((1, 2), np.float32), [3], (5, 2))})
    assert converted("sparse.params", "--to", "params", "--out", "copy.params") == 0
    assert files.load("copy.params")["w"].stype == "row_sparse"
    for name in ("bf", "sparse"):
        assert converted(f"{name}.params", "--to", "npz") == 1
        assert not (folder / f"{name}.npz").exists()


@pytest.mark.parametrize("form", ["torch", "onnx"])
def test_a_shape_in_the_graph_labels_and_indices_need_no_words(form, folder, capsys):
    if form == "onnx":
        pytest.importorskip("onnxruntime")
    words = sym.Embedding(sym.var("words", shape=(2, 5)), input_dim=7, output_dim=3, name="table")
    graph = sym.SoftmaxOutput(sym.FullyConnected(words, num_hidden=4, name="fc"), name="softmax")
    graph.save("words-symbol.json")
    shapes = {"table_weight": (7, 3), "fc_weight": (4, 15), "fc_bias": (4,)}
    nd.save("words.params", {f"arg:{name}": nd.random.normal(shape=shape) for name, shape in shapes.items()})
    assert converted("words.params", "words-symbol.json", "--to", form) == 0  # in either order
    assert "words (2, 5)" in capsys.readouterr().out


@pytest.mark.parametrize("form", ["torch", "onnx"])
def test_recurrent_and_16_bit_networks_and_those_without_parameters_pass(form, folder, capsys):
    if form == "onnx":
        pytest.importorskip("onnxruntime")
    lstm, half = mx.gluon.rnn.LSTM(4, 2), nn.Dense(3)
    half.cast("float16")
    for name, net, inputs in (
        ("lstm", lstm, [(5, 2, 3)]),
        ("half", half, [(2, 3)]),
        ("flat", nn.Flatten(), [(2, 3, 4)]),
    ):
        net.initialize()
        net.hybridize()
        net(*(nd.ones(shape, dtype="float16" if name == "half" else "float32") for shape in inputs))
        net.export(name)
    given = ("--input", "data0=5,2,3", "--input", "data1=2,2,4", "--input", "data2=2,2,4")
    assert converted("lstm-symbol.json", "lstm-0000.params", "--to", form, *given) == 0
    assert "outputs: (5, 2, 4) float32" in capsys.readouterr().out
    assert converted("half-symbol.json", "half-0000.params", "--to", form, *SHAPE) == 0
    assert "(2, 3) float16" in capsys.readouterr().out
    assert converted("flat-symbol.json", "flat-0000.params", "--to", form, "--input", "data=2,3,4") == 0


def test_a_graph_that_draws_random_numbers_is_refused(folder, capsys):
    (sym.var("x", shape=(2, 3)) + sym.random.normal(shape=(2, 3), name="noise")).save("noise-symbol.json")
    assert converted("noise-symbol.json", NET[1], "--to", "torch") == 1
    assert "draws random numbers (noise)" in capsys.readouterr().err


def test_missing_packages_are_named(folder, monkeypatch, capsys):
    pytest.importorskip("onnx")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert converted(*NET, "--to", "onnx", *SHAPE) == 0
    assert "NOT compared with the original: onnxruntime is missing" in capsys.readouterr().out
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert converted(*NET, "--to", "onnx", "--overwrite", *SHAPE) == 1
    assert "pip install 'glueball[onnx]'" in capsys.readouterr().err


def test_files_that_are_there_stay_unless_told_otherwise(folder, capsys):
    (folder / "net.pt").write_bytes(b"mine")
    assert converted(*NET, "--to", "torch", *SHAPE) == 2
    assert "net.pt is there already; --overwrite" in capsys.readouterr().err
    assert (folder / "net.pt").read_bytes() == b"mine"
    assert not (folder / "net.py").exists()
    assert converted(*NET, "--to", "torch", *SHAPE, "--overwrite") == 0
    assert (folder / "net.pt").read_bytes() != b"mine"


def test_what_computes_something_else_is_not_written(folder, monkeypatch, capsys):
    before = sorted(folder.iterdir())
    plain = glueball.torch.source
    monkeypatch.setattr(
        glueball.torch, "source", lambda *args, **kwargs: plain(*args, **kwargs).replace("tanh", "sigmoid")
    )
    assert converted(*NET, "--to", "torch", *SHAPE) == 1
    said = capsys.readouterr().err
    assert "computes something else" in said
    assert "allowed is 0.0001" in said
    assert sorted(folder.iterdir()) == before


def test_a_text_that_does_not_run_is_not_written(folder, monkeypatch, capsys):
    before = sorted(folder.iterdir())
    monkeypatch.setattr(glueball.torch, "source", lambda *args, **kwargs: "class Network: forward = nothing")
    assert converted(*NET, "--to", "torch", *SHAPE) == 1
    assert "does not run, so nothing was written: NameError" in capsys.readouterr().err
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("nope.json", "net-0000.params", "--to", "torch"), 2, "cannot open 'nope.json'"),
        ((*NET, "--to", "torhc"), 2, "did you mean 'torch'?"),
        (NET, 2, "Missing option '--to'"),
        ((NET[0], "--to", "torch"), 2, "give the file of its parameters after it"),
        ((NET[1], "--to", "onnx"), 2, "--to onnx needs the graph, too"),
        ((*NET, "--to", "torch"), 2, "give it, such as --input data=1,3,224,224"),
        ((*NET, "--to", "torch", "--input", "data:2,3"), 2, "takes NAME=SHAPE such as"),
        ((*NET, "--to", "torch", "--input", "data=0,3"), 2, "at least 1"),
        ((*NET, "--to", "torch", "--input", "dtaa=2,3"), 2, "did you mean data? Inputs are data"),
        ((*NET, "--to", "torch", "--input", "dense1_bias=2"), 2, "Inputs are data"),
        ((*NET, "--to", "torch", *SHAPE, *SHAPE), 2, "gives data twice"),
        ((*NET, "--to", "torch", "--input", "data=2,7"), 1, "is --input right?"),
        ((NET[0], "list.params", "--to", "torch", *SHAPE), 1, "list.params have no names"),
        ((NET[0], "other.params", "--to", "onnx", *SHAPE), 1, "lacks what the graph learns"),
        ((NET[0], "other.params", "--to", "npz"), 1, "it holds other"),
        (("list.params", "other.params", "--to", "npz"), 2, "is a graph"),
        (("list.params", "--to", "safetensors"), 1, "needs a name for each array"),
        (("net.onnx", "--to", "torch"), 2, "import_model"),
        ((NET[1], "--to", "params"), 2, "is the source; give another name"),
        ((*NET, "--to", "onnx", "--out", "net.pt"), 2, "does not end in .onnx"),
        ((*NET, "--to", "onnx", "--out", "no/net.onnx"), 2, "there is no folder no"),
        ((*NET, "--to", "onnx", "--out", "."), 2, "is a folder"),
        ((*NET, "--to", "onnx", "--weights", "pt"), 2, "--weights goes with --to torch"),
        ((*NET, "--to", "npz", *SHAPE), 2, "--input goes with"),
        ((*NET, "--to", "torch", "--weights", "zip"), 2, "known are pt, safetensors"),
        (("broken.json", NET[1], "--to", "torch"), 1, "no graph"),
        (
            ("nms-symbol.json", "list.npz", "--to", "torch", "--input", "x=2,6"),
            1,
            "no text for _contrib_box_nms",
        ),
    ],
)
def test_wrong_uses_say_what_to_do_and_write_nothing(arguments, code, said, folder, capsys):
    nd.save("list.params", [nd.ones((2,))])
    nd.save("other.params", {"other": nd.ones((2,))})
    nd.save("list.npz", {"unused": nd.ones((1,))})
    sym.contrib.box_nms(sym.var("x")).save("nms-symbol.json")
    (folder / "broken.json").write_text('{"nodes": 3}')
    before = sorted(folder.iterdir())
    assert converted(*arguments) == code
    assert said in " ".join(capsys.readouterr().err.split())
    assert sorted(folder.iterdir()) == before


def test_a_difference_is_measured_against_the_largest_element():
    assert difference(np.array([1.0, -4.0]), np.array([1.5, -4.0])) == (0.5, 0.125)
    assert difference(np.zeros(2), np.zeros(2)) == (0, 0)
    assert difference(np.zeros(2), np.ones(2)) == (1, np.inf)
    assert difference(np.array([np.inf, 1]), np.array([np.inf, 1])) == (0, 0)
    assert difference(np.array([np.inf, 1]), np.array([-np.inf, 1]))[1] == np.inf
    assert difference(np.ones(2), np.array([1, np.nan]))[1] == np.inf
