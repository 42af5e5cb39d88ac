"""Tables and drawings of networks by the real MXNet 1.9.1.

Run it with the oracle's Python (``make golden`` does): it rewrites ``tests/golden/visualization.json``. The tests run
the same `PROGRAMS` with Glueball.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import types
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.samples.modules import Drawing, convolutions, perceptron, words  # noqa: E402

PROGRAMS = {}


def program(function):
    PROGRAMS[function.__name__] = function
    return function


@program
def tables_of_networks(mx):
    sym = mx.sym
    x = sym.var("data")
    halves = sym.split(x, num_outputs=2, name="halves")
    networks = [
        (perceptron(mx), {"data": (2, 5)}, {}),
        (perceptron(mx), None, {}),
        (convolutions(mx), {"data": (2, 2, 6, 6)}, {}),
        (convolutions(mx), {"data": (2, 2, 6, 6)}, {"line_length": 80}),
        (convolutions(mx), {"data": (2, 2, 6, 6)}, {"positions": [30, 50, 70, 100]}),
        (convolutions(mx), {"data": (2, 2, 6, 6)}, {"line_length": 60, "positions": [0.3, 0.5, 0.7, 1.0]}),
        (words(mx)(4)[0], {"data": (2, 4)}, {}),
        (
            sym.BatchNorm(x, name="a_name_that_is_longer_than_the_column_in_which_it_stands"),
            {"data": (2, 3, 4)},
            {},
        ),
        (x, {"data": (2, 3)}, {}),
        (
            sym.Group([sym.relu(x, name="r"), sym.FullyConnected(sym.var("y"), num_hidden=2, name="f")]),
            None,
            {},
        ),
        (sym.elemwise_add(halves[0], sym.relu(halves[1], name="r"), name="sum"), {"data": (2, 4)}, {}),
        (sym.FullyConnected(halves[1], num_hidden=2, name="f"), {"data": (2, 4)}, {}),
        (sym.RNN(x, state_size=3, num_layers=1, mode="gru", name="rnn"), {"data": (4, 2, 3)}, {}),
        (sym.Embedding(x, input_dim=7, output_dim=4, name="e"), None, {}),
        (sym.Deconvolution(x, kernel=(2,), num_filter=3, name="d"), {"data": (2, 3, 4)}, {}),
    ]
    found = []
    for network, shape, options in networks:
        with contextlib.redirect_stdout(io.StringIO()) as text:
            mx.viz.print_summary(network, shape, **options)
        found.append(text.getvalue().split("\n"))
    return found


@program
def drawings_of_networks(mx):
    sym = mx.sym
    x = sym.var("d")
    halves = sym.split(x, num_outputs=2, name="halves")
    networks = [
        (perceptron(mx), {}),
        (perceptron(mx), {"shape": {"data": (2, 5)}, "dtype": {"data": "float16"}, "title": "p"}),
        (
            convolutions(mx),
            {
                "shape": {"data": (2, 2, 6, 6)},
                "save_format": "png",
                "hide_weights": False,
                "node_attrs": {"shape": "circle", "fixedsize": "false"},
            },
        ),
        (halves[0] + halves[1], {"shape": {"d": (2, 4)}}),
        (sym.Convolution(x, kernel=(3,), stride=(2,), num_filter=5, name="c"), {}),
        (sym.Pooling(x, global_pool=True, pool_type="avg", name="p"), {}),
        (
            sym.LeakyReLU(sym.Dropout(sym.reshape(x, (1, 1), name="s"), name="o"), act_type="elu", name="l"),
            {},
        ),
        (sym.add_n(*map(sym.var, ["a_weight", "bias", "a_beta", "a_running_var", "a_state"]), name="n"), {}),
    ]
    before = sys.modules.get("graphviz")
    sys.modules["graphviz"] = types.SimpleNamespace(Digraph=Drawing)
    try:
        with mx.name.NameManager():
            return [mx.viz.plot_network(network, **options).told for network, options in networks]
    finally:
        del sys.modules["graphviz"]
        if before is not None:
            sys.modules["graphviz"] = before


def run(mx, name):
    """The result of a program, as JSON has it."""
    with mx.name.NameManager():
        return json.loads(json.dumps(PROGRAMS[name](mx)))


def main():
    import mxnet as mx

    assert mx.__version__ == "1.9.1", mx.__version__
    lines = [f"{json.dumps(name)}: {json.dumps(run(mx, name), separators=(',', ':'))}" for name in PROGRAMS]
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    (ROOT / "tests" / "golden" / "visualization.json").write_bytes(text.encode())


if __name__ == "__main__":
    main()
