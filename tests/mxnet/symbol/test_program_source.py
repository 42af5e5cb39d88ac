"""The source text of programs: whatever nodes are called, it is the calls and nothing else; and which calls it is."""

import json

import numpy as np
import pytest

import mxnet as mx
from mxnet import nd, sym
from mxnet.contrib import amp
from mxnet.gluon import rnn


@pytest.mark.parametrize(
    "name", ["a\nraise SystemExit", "a\rraise SystemExit", "a\x0cb", "a\x00b", "a\u2028b", "# '\"\\"]
)
def test_a_name_in_a_file_is_a_comment_and_no_code(name):
    stored = json.loads(sym.relu(sym.var("x"), name="r").tojson())
    stored["nodes"][1]["name"] = name
    run = sym.load_json(json.dumps(stored)).bind(mx.cpu(), {"x": nd.array([-1.0, 2.0])})
    assert run.forward()[0].asnumpy().tolist() == [0, 2]
    assert len(run.debug_str().partition("def program")[2].splitlines()) == 3


def test_joined_weights_are_parted_behind_the_casts_of_mixed_precision(rng):
    layer = rnn.LSTM(4, num_layers=2, input_size=3)
    layer.initialize(mx.init.Uniform(0.5))
    data = nd.array(rng.standard_normal((5, 2, 3)))
    params = {name: each.data() for name, each in layer.collect_params().items()}
    graph, params, _ = amp.convert_model(layer(sym.var("data")), params, {}, target_dtype="float16")
    run = graph.bind(mx.cpu(), {**params, "data": data})
    assert "rnn_of_weights(" in run._program.source
    assert "concat" not in run._program.source
    np.testing.assert_allclose(run.forward()[0].asnumpy(), layer(data).asnumpy(), rtol=0, atol=2e-3)
