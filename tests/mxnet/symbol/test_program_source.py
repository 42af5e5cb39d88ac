"""The source text of programs: whatever nodes are called, it is the calls and nothing else."""

import json

import pytest

import mxnet as mx
from mxnet import nd, sym


@pytest.mark.parametrize(
    "name", ["a\nraise SystemExit", "a\rraise SystemExit", "a\x0cb", "a\x00b", "a\u2028b", "# '\"\\"]
)
def test_a_name_in_a_file_is_a_comment_and_no_code(name):
    stored = json.loads(sym.relu(sym.var("x"), name="r").tojson())
    stored["nodes"][1]["name"] = name
    run = sym.load_json(json.dumps(stored)).bind(mx.cpu(), {"x": nd.array([-1.0, 2.0])})
    assert run.forward()[0].asnumpy().tolist() == [0, 2]
    assert len(run.debug_str().partition("def program")[2].splitlines()) == 3
