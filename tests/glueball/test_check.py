"""``glueball check`` says which names of MXNet a program uses and what becomes of them."""

import json

import pytest

from glueball.check import findings
from glueball.commands import invoke

PROGRAM = """\
import numpy as np
import mxnet as mx
from mxnet import nd, gluon
from mxnet.gluon import nn as layers

x = nd.array([1, 2])
y = mx.nd.softmaxx(x)
net = layers.Dense(3)
net.weight.data()
z = mx.np.ones((2, 3))
trainer = gluon.Trainer(net.collect_params(), "sgd")
w = np.random.rand(3)
"""


def test_names_are_followed_through_imports(tmp_path):
    file = tmp_path / "program.py"
    file.write_text(PROGRAM)
    found = {(each.line, each.name): each.state for each in findings(file)}
    assert found[6, "mxnet.nd.array"] == "works"
    assert found[7, "mxnet.nd.softmaxx"] == "unknown"
    assert found[8, "mxnet.gluon.nn.Dense"] == "works"
    assert found[10, "mxnet.np.ones"] == "missing"
    assert found[11, "mxnet.gluon.Trainer"] in ("works", "differs")
    assert not any("numpy" in name or "weight" in name for _, name in found)


def test_the_summary_counts_and_the_exit_code_tells(tmp_path, capsys):
    (tmp_path / "good.py").write_text("from mxnet import nd\nnd.ones((2,))\n")
    assert invoke(["check", str(tmp_path)]) == 0
    assert "1 files: 2 uses of MXNet work" in capsys.readouterr().out
    (tmp_path / "program.py").write_text(PROGRAM)
    assert invoke(["check", str(tmp_path)]) == 1
    said = capsys.readouterr().out
    assert "program.py:10: mxnet.np.ones is not in Glueball yet" in said
    assert "instead: mx.nd" in said
    assert "program.py:7: mxnet.nd.softmaxx is no name of MXNet 1.9.1" in said
    assert "good.py" not in said
    assert invoke(["check", "--all", str(tmp_path)]) == 1
    assert "good.py:2: mxnet.nd.ones works" in capsys.readouterr().out


def test_notebooks_are_read_without_their_magics(tmp_path):
    cells = [
        {"cell_type": "markdown", "source": ["import mxnet as no"]},
        {"cell_type": "code", "source": ["%matplotlib inline\n", "!ls\n", "import mxnet as mx\n"]},
        {"cell_type": "code", "source": "mx.nd.zeros((2,))"},
    ]
    file = tmp_path / "book.ipynb"
    file.write_text(json.dumps({"cells": cells}))
    assert [(each.line, each.name) for each in findings(file)] == [(3, "mxnet"), (4, "mxnet.nd.zeros")]


@pytest.mark.parametrize("content", ["print 'old'", "def"])
def test_a_file_that_is_no_python_does_not_stop_the_rest(content, tmp_path, capsys):
    (tmp_path / "a.py").write_text(content)
    (tmp_path / "b.py").write_text("import mxnet\n")
    assert invoke(["check", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "a.py: cannot be read as Python" in said
    assert "1 uses of MXNet work" in said


def test_a_folder_without_programs_is_said_so(tmp_path, capsys):
    assert invoke(["check", str(tmp_path)]) == 2
    assert "no .py or .ipynb file" in capsys.readouterr().err
