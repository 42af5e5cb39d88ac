"""``glueball run``: old programs with the names that other libraries have since removed."""

import json
import os
import subprocess
import sys

import pytest

from glueball.legacy.names import REMOVED, advice


def run(program, *arguments, cwd=None, stdin=None):
    return subprocess.run(
        [sys.executable, "-m", "glueball", "run", str(program), *arguments],
        capture_output=True, text=True, cwd=cwd, input=stdin, timeout=60,
    )  # fmt: skip


def python(program, *arguments, cwd=None):
    return subprocess.run(
        [sys.executable, str(program), *arguments], capture_output=True, text=True, cwd=cwd, timeout=60
    )


def script(folder, text, name="old.py"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def notebook(folder, *cells):
    content = {
        "cells": [{"cell_type": "code", "source": cell, "outputs": [], "metadata": {}} for cell in cells],
        "metadata": {}, "nbformat": 4, "nbformat_minor": 2,
    }  # fmt: skip
    path = folder / "old.ipynb"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_removed_names_are_there_and_are_named_afterwards(tmp_path):
    path = script(
        tmp_path,
        "import collections, numpy as np\n"
        "print(np.int(3.7), np.float, isinstance([], collections.Iterable))\n",
    )
    shown = run(path)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout == "3 <class 'float'> True\n"
    assert "put back 3 removed names" in shown.stderr
    assert "numpy.int" in shown.stderr
    assert "->  collections.abc.Iterable" in shown.stderr
    assert "old.py:2" in shown.stderr


def test_old_pictures_and_notebook_calls_work(tmp_path):
    pytest.importorskip("IPython")
    pytest.importorskip("PIL")
    path = script(
        tmp_path,
        "from PIL import Image\nfrom IPython.display import set_matplotlib_formats\n"
        "set_matplotlib_formats('svg')\nprint(Image.new('L', (4, 4)).resize((2, 2), Image.ANTIALIAS).size)\n",
    )
    shown = run(path)
    assert shown.stdout == "(2, 2)\n", shown.stderr
    assert "PIL.Image.ANTIALIAS" in shown.stderr
    assert "set_matplotlib_formats" in shown.stderr


def test_a_program_that_needs_nothing_is_told_so(tmp_path):
    shown = run(script(tmp_path, "print('hello')\n"))
    assert shown.stdout == "hello\n"
    assert "no removed name" in shown.stderr or shown.stderr == "" or "needed no" in shown.stderr


@pytest.mark.parametrize(("version", "said"), [("3.0.1", True), ("2.3.3", False)])
def test_text_in_tables_is_of_type_object_as_it_was_before_pandas_3(tmp_path, monkeypatch, version, said):
    monkeypatch.delenv("PANDAS_FUTURE_INFER_STRING", raising=False)
    script(
        tmp_path, f"__version__ = {version!r}\n", "pandas.py"
    )  # pandas itself reads the variable on import
    path = script(tmp_path, "import os, pandas\nprint(os.environ['PANDAS_FUTURE_INFER_STRING'])\n")
    shown = run(path)
    assert shown.stdout == "0\n"
    assert ("PANDAS_FUTURE_INFER_STRING=0" in shown.stderr) == said
    monkeypatch.setenv("PANDAS_FUTURE_INFER_STRING", "1")
    shown = run(path)
    assert shown.stdout == "1\n"
    assert "PANDAS" not in shown.stderr


def test_arguments_path_and_file_are_as_python_gives_them(tmp_path):
    (tmp_path / "beside.py").write_text("value = 7\n")
    path = script(
        tmp_path,
        "import sys, beside\n"
        "print(sys.argv, __name__, __file__, sys.path[0], beside.value)\n"
        "print(sys.modules['__main__'].__dict__ is globals())\n",
    )
    arguments = ("--flag", "two words", "-x")
    assert run(path, *arguments).stdout == python(path, *arguments).stdout


@pytest.mark.parametrize(
    "ending", ["import sys; sys.exit(3)", "import sys; sys.exit('bye')", "raise SystemExit", "1 / 0", "("]
)
def test_exit_codes_and_tracebacks_are_as_python_gives_them(tmp_path, ending):
    path = script(tmp_path, f"print('before')\n{ending}\n")
    ours, theirs = run(path), python(path)
    assert ours.returncode == theirs.returncode
    assert ours.stdout == theirs.stdout
    if theirs.stderr:
        assert ours.stderr.startswith(theirs.stderr.splitlines()[0])
        assert theirs.stderr.splitlines()[-1] in ours.stderr
    assert "glueball/legacy" not in ours.stderr.replace(os.sep, "/")


def test_nothing_is_loaded_that_the_program_does_not_ask_for(tmp_path):
    path = script(
        tmp_path,
        "import sys\nprint(sorted({'numpy', 'torch', 'mxnet', 'IPython', 'PIL'} & set(sys.modules)))\n",
    )
    assert run(path).stdout == "[]\n"


def test_an_unknown_name_is_the_error_it_always_was(tmp_path):
    path = script(tmp_path, "import numpy as np\nnp.no_such_name\n")
    shown = run(path)
    assert shown.returncode == 1
    assert "AttributeError: module 'numpy' has no attribute 'no_such_name'" in shown.stderr


def test_the_names_are_put_back_for_that_process_alone(tmp_path):
    run(script(tmp_path, "import numpy as np\nnp.int\n"))
    assert python(script(tmp_path, "import numpy as np\nprint(hasattr(np, 'int'))\n")).stdout == "False\n"


def test_hasattr_still_tells_the_truth_about_what_is_there(tmp_path):
    path = script(tmp_path, "import numpy as np\nprint(hasattr(np, 'nothing'), hasattr(np, 'ndarray'))\n")
    assert run(path).stdout == "False True\n"


def test_cells_of_a_notebook_share_their_names(tmp_path):
    path = notebook(
        tmp_path, "%matplotlib inline\nimport numpy as np\nx = np.int(3)", ["print(x + 1)\n", "x"]
    )
    shown = run(path)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.splitlines()[0] == "4"
    assert "old.ipynb [cell 1]" in shown.stderr


def test_an_error_in_a_notebook_names_the_cell(tmp_path):
    shown = run(notebook(tmp_path, "a = 1", "b = a / 0"))
    assert shown.returncode == 1
    assert "[cell 2]" in shown.stderr
    assert "b = a / 0" in shown.stderr
    assert "ZeroDivisionError" in shown.stderr


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.py", None, "cannot open"),
        ("bad.ipynb", "{", "bad.ipynb"),
        ("other.ipynb", "[]", "other.ipynb"),
    ],
)
def test_what_is_no_program_is_one_line_and_exit_code_2(tmp_path, name, content, words):
    if content is not None:
        (tmp_path / name).write_text(content)
    shown = run(tmp_path / name)
    assert shown.returncode == 2
    assert words in shown.stderr
    assert len(shown.stderr.strip().splitlines()) == 1


def test_every_removed_name_has_advice():
    for module, names in REMOVED.items():
        for name in names:
            assert advice(module, name)


def test_a_program_of_the_book_runs(tmp_path):
    path = script(
        tmp_path,
        "from mxnet import autograd, nd\nimport numpy as np\nx = nd.array(np.arange(3, dtype=np.float))\n"
        "x.attach_grad()\nwith autograd.record():\n    y = (x * x).sum()\ny.backward()\nprint(x.grad)\n",
    )
    shown = run(path)
    assert shown.stdout == "\n[0. 2. 4.]\n<NDArray 3 @cpu(0)>\n", shown.stderr
