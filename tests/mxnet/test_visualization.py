"""Tables and drawings of networks: the same as ``tests/golden/record_visualization.py`` recorded, and wrong uses."""

import json
import sys
from pathlib import Path

import pytest

import mxnet as mx
from mxnet import nd, sym
from tests.golden.record_visualization import PROGRAMS, run
from tests.samples.modules import Drawing, convolutions, perceptron

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "visualization.json").read_text(encoding="utf-8"))


@pytest.fixture
def graphviz(monkeypatch):
    """A stand-in, so that neither the package nor the program is needed."""
    import types

    monkeypatch.setitem(sys.modules, "graphviz", types.SimpleNamespace(Digraph=Drawing))


def test_every_program_is_recorded():
    assert list(GOLDEN) == list(PROGRAMS)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_network_is_shown_as_by_mxnet(name):
    for found, recorded in zip(run(mx, name), GOLDEN[name], strict=True):
        assert found == recorded


def test_a_table_counts_the_parameters_of_an_axis_without_samples(capsys):
    mx.viz.print_summary(sym.FullyConnected(sym.var("data"), num_hidden=3, name="fc"), {"data": (4,)})
    assert "Total params: 3" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (
            lambda: mx.viz.print_summary(nd.ones(2)),
            TypeError,
            ["symbol must be Symbol", "print_summary(NDArray)"],
        ),
        (lambda: mx.viz.plot_network(3), TypeError, ["symbol must be Symbol", "plot_network(int)"]),
        (lambda: mx.viz.print_summary(sym.var("x"), (2, 3)), TypeError, ["by name", "shape={'x': (2, 3)}"]),
        (
            lambda: mx.viz.print_summary(sym.var("x") + sym.var("y"), {}),
            ValueError,
            ["Input shape is incomplete", "x, y"],
        ),
        (
            lambda: mx.viz.print_summary(sym.var("x"), {"z": (2,)}),
            mx.MXNetError,
            ["argument name z not found"],
        ),
        (lambda: mx.viz.print_summary(sym.var("x"), line_length=9.5), ValueError, ["four columns", "9.5"]),
        (lambda: mx.viz.print_summary(sym.var("x"), positions=[0.5, 1.0]), ValueError, ["four columns"]),
        (lambda: mx.viz.plot_network(sym.var("x"), node_attrs=3), TypeError, ["node_attrs", "received: 3"]),
        (
            lambda: mx.viz.plot_network(sym.var("x"), shape={"x": (1,)}, dtype="float16"),
            TypeError,
            ["dtype={'x': 'float16'}"],
        ),
    ],
    ids=lambda value: None if callable(value) else str(value)[:30],
)
@pytest.mark.usefixtures("graphviz")
def test_wrong_uses_are_explained(call, kind, words):
    with pytest.raises(kind) as caught:
        call()
    for word in words:
        assert word in str(caught.value)


def test_names_that_occur_twice_are_warned_of(graphviz):
    with pytest.warns(RuntimeWarning, match="Repeated names: a"):
        mx.viz.plot_network(sym.relu(sym.var("a"), name="a"))


def test_without_graphviz_a_drawing_names_the_extra_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "graphviz", None)
    with pytest.raises(ImportError) as caught:
        mx.viz.plot_network(perceptron(mx))
    assert 'pip install "glueball[graph]"' in str(caught.value)


def test_graphviz_itself_takes_the_drawing():
    pytest.importorskip("graphviz")
    drawing = mx.viz.plot_network(convolutions(mx), title="net", shape={"data": (1, 2, 6, 6)})
    assert drawing.name == "net"
    assert "conv1 -> data" in drawing.source
    assert "conv1_weight" not in drawing.source


def test_importing_mxnet_loads_no_graphviz():
    import subprocess

    script = (
        "import sys, mxnet as mx; mx.viz.print_summary(mx.sym.var('x')); print('graphviz' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.endswith("False\n")
