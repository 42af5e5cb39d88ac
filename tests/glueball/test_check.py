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
    assert "1 file, 2 uses of MXNet: 2 work (0 of them differ" in capsys.readouterr().out
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
    found = [(each.place.removeprefix(str(tmp_path)), each.name) for each in findings(file)]
    assert [place.lstrip("/\\") for place, _ in found] == ["book.ipynb [cell 1]:3", "book.ipynb [cell 2]:1"]
    assert [name for _, name in found] == ["mxnet", "mxnet.nd.zeros"]


def test_a_cell_that_cannot_be_read_hides_no_other(tmp_path, capsys):
    cells = [
        {
            "cell_type": "code",
            "source": "from mxnet import nd\nnames = !ls\n%no_such_magic 3\nnd.softmaxx(1)",
        },
        {"cell_type": "code", "source": "print 'old'"},
        {"cell_type": "code", "source": "nd.reluu(1)"},
    ]
    (tmp_path / "book.ipynb").write_text(json.dumps({"cells": cells}))
    (tmp_path / "table.ipynb").write_text("[1, 2]")
    assert invoke(["check", str(tmp_path)]) == 1
    said = capsys.readouterr().out
    assert "[cell 1]:4: mxnet.nd.softmaxx is no name" in said
    assert "[cell 2]: cannot be read as Python" in said
    assert "[cell 3]:1: mxnet.nd.reluu is no name" in said
    assert "table.ipynb is not a notebook" in said


def test_a_program_may_be_in_any_encoding_that_it_names(tmp_path):
    file = tmp_path / "old.py"
    file.write_bytes("# -*- coding: gbk -*-\n# 数组\nfrom mxnet import nd\n".encode("gbk"))
    assert [(each.line, each.name) for each in findings(file)] == [(3, "mxnet.nd")]


SCOPES = """\
import mxnet as mx
from mxnet import nd
from mxnet.contrib import text

def tokens(text):
    return text.split(" ")

def sizes(path):
    nd = open(path)
    return nd.readlines()

def inner():
    return [nd.softmaxx(text.vocabb), lambda nd: nd.anything, mx.sym.reluu]

layers = mx.gluon.nn
layers.Densee(3)
try:
    import mxnet.gluon as gluon
except ImportError:
    gluon = None
gluon.Trainerr(1)
text = open("a").read()
text.splitlines()
"""


def test_names_stand_for_what_they_stand_for_where_they_are_used(tmp_path):
    file = tmp_path / "program.py"
    file.write_text(SCOPES)
    unknown = [(each.line, each.name) for each in findings(file) if each.state == "unknown"]
    assert unknown == [
        (13, "mxnet.contrib.text.vocabb"),
        (13, "mxnet.nd.softmaxx"),
        (13, "mxnet.sym.reluu"),
        (16, "mxnet.gluon.nn.Densee"),
        (21, "mxnet.gluon.Trainerr"),
    ]


def test_a_difference_is_said_once_however_often_the_name_is_used(tmp_path, capsys):
    file = tmp_path / "program.py"
    file.write_text("from mxnet import gluon\n" + "gluon.Trainer({}, 'sgd')\n" * 20)
    assert invoke(["check", str(file)]) == 0
    said = capsys.readouterr().out
    assert said.count("mxnet.gluon.Trainer") == 1
    assert f"mxnet.gluon.Trainer: 20 uses, first {file}:2" in said
    assert "21 work (20 of them differ in a detail)" in said
    assert invoke(["check", "--all", str(file)]) == 0
    assert capsys.readouterr().out.count("mxnet.gluon.Trainer works and differs in a detail: ") == 20


@pytest.mark.parametrize("content", ["print 'old'", "def"])
def test_a_file_that_is_no_python_does_not_stop_the_rest(content, tmp_path, capsys):
    (tmp_path / "a.py").write_text(content)
    (tmp_path / "b.py").write_text("import mxnet\n")
    assert invoke(["check", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "a.py: cannot be read as Python" in said
    assert "2 files (1 not read in full), 1 use of MXNet: 1 work " in said


def test_a_folder_without_programs_is_said_so(tmp_path, capsys):
    assert invoke(["check", str(tmp_path)]) == 2
    assert "no .py or .ipynb file" in capsys.readouterr().err
