"""The documentation's own code runs and prints what stands under it; examples become pages without being run."""

import contextlib
import importlib
import importlib.util
import io
import re
import sys
from pathlib import Path

import numpy as np
import pytest

import mxnet as mx
from mxnet import name as naming

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = [
    path
    for path in [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "README.zh-CN.md"]
    if "```python\n" in path.read_text(encoding="utf-8")
]


def tool(name):
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module  # dataclasses look there
        spec.loader.exec_module(module)
        return module
    finally:
        sys.path.pop(0)


@pytest.fixture(scope="module")
def rendering():
    return tool("render_examples")


def lines(text):
    """The lines with something on them, without their indentation and ends."""
    return [line.strip() for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_the_code_of_a_page_prints_what_stands_under_it(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    mx.random.seed(0)
    np.random.seed(0)
    monkeypatch.setattr(
        naming._now, "manager", naming.NameManager()
    )  # layers are named as in a program of their own
    names, printed = {}, None
    for block in BLOCK.finditer(page.read_text(encoding="utf-8")):
        if block["info"] == "python":
            output = io.StringIO()
            with contextlib.redirect_stdout(output):
                exec(compile(block["text"], page.name, "exec"), names)
            printed = output.getvalue()
        elif ".output" in block["info"]:
            assert lines(printed) == lines(block["text"])


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_the_first_program_ends_where_its_comment_says(page, capsys):
    program = BLOCK.search((ROOT / page).read_text(encoding="utf-8"))
    names = {}
    exec(compile(program["text"], page, "exec"), names)
    np.testing.assert_allclose(names["net"].weight.data().asnumpy(), [[2, -3.4]], atol=0.01)
    np.testing.assert_allclose(names["net"].bias.data().asnumpy(), [4.2], atol=0.01)


# ------------------------------------------------------------------------------------------------- the examples

EXAMPLE = """\
# %% [markdown]
# # 1. A title
#
# What it is about: a test. More.

# %%
import os
import matplotlib.pyplot as plt

x = 2
x + 1

# %%
print("two lines\\nof text")
plt.plot([x, 1])
plt.savefig(os.path.join(os.environ["GLUEBALL_FIGURES"], "01-line.png"))
"""


@pytest.fixture
def example(rendering, tmp_path, monkeypatch):
    path = tmp_path / "examples" / "01_title.py"
    path.parent.mkdir()
    path.write_text(EXAMPLE, encoding="utf-8")
    monkeypatch.setattr(rendering, "EXAMPLES", path.parent)
    monkeypatch.setattr(rendering, "RECORDED", tmp_path / "recorded")
    monkeypatch.setattr(rendering, "FIGURES", tmp_path / "figures")
    return path


def test_an_example_without_a_recording_is_a_page_without_outputs(rendering, example):
    page = rendering.page(example)
    assert page.startswith("# 1. A title\n\nWhat it is about: a test. More.\n\n```python\nimport os\n")
    assert ".output" not in page
    assert "No outputs are recorded yet" in page
    assert rendering.state(example) == "missing"


def test_a_recorded_example_shows_what_each_cell_printed_and_drew(rendering, example):
    rendering.record(example, "small")
    page = rendering.page(example)
    assert "x + 1\n```\n\n``` { .text .output .no-copy }\n3\n```" in page
    assert "\ntwo lines\nof text\n```\n\n![line](figures/01-line.png){ width=" in page
    assert rendering.state(example) == "recorded"
    assert (rendering.FIGURES / "01-line.png").stat().st_size < 20_000


def test_a_recording_does_not_tell_where_the_data_lie(rendering, example, monkeypatch):
    monkeypatch.setenv("MXNET_HOME", "/somewhere/of/mine/")
    example.write_text(
        EXAMPLE + "\n# %%\nos.path.join(os.environ['MXNET_HOME'].rstrip('/'), 'datasets')\n", encoding="utf-8"
    )
    rendering.record(example, "small")
    page = rendering.page(example)
    assert "~/.mxnet/datasets" in page
    assert "somewhere" not in page


def test_outputs_of_a_changed_cell_and_of_all_behind_it_are_left_out(rendering, example):
    rendering.record(example, "small")
    example.write_text(EXAMPLE.replace("x = 2", "x = 3"), encoding="utf-8")
    page = rendering.page(example)
    assert ".output" not in page
    assert "left out" in page
    assert rendering.state(example) == "out of date"


def test_a_changed_comment_changes_no_output(rendering, example):
    rendering.record(example, "small")
    example.write_text(EXAMPLE.replace("x = 2", "x = 2  # two"), encoding="utf-8")
    assert rendering.state(example) == "recorded"


def test_an_example_that_fails_is_not_recorded(rendering, example, capfd):
    example.write_text(EXAMPLE.replace("x = 2", "x = y"), encoding="utf-8")
    with pytest.raises(rendering.subprocess.CalledProcessError):
        rendering.record(example, "small")
    assert f'{example.name}", line 10' in capfd.readouterr().err
    assert rendering.state(example) == "missing"


def test_the_overview_has_a_line_for_each_example(rendering, example):
    assert "| 1 | [A title](01_title.md) | What it is about: a test. |" in rendering.overview()


def test_recorded_outputs_stay_small(rendering):
    files = [*rendering.FIGURES.glob("*"), *rendering.RECORDED.glob("*")]
    assert sum(file.stat().st_size for file in files) < 3_000_000


def test_every_recorded_figure_belongs_to_a_recording(rendering):
    shown = {name for path in rendering.RECORDED.glob("*.json") for name in rendering.figures_of(path)}
    assert {path.name for path in rendering.FIGURES.glob("*.png")} == shown


# ----------------------------------------------------------------------------------------------------- the table


def test_the_benchmark_table_goes_between_its_marks():
    tables = tool("readme_tables")
    text = "before\n<!-- benchmarks -->\nold\n<!-- /benchmarks -->\nafter\n"
    once = tables.filled(text, "| a |\n| --- |")
    assert once == "before\n<!-- benchmarks -->\n\n| a |\n| --- |\n\n<!-- /benchmarks -->\nafter\n"
    assert tables.filled(once, "| a |\n| --- |") == once
    assert tables.filled(text, None) == text


def test_readmes_have_a_place_for_the_table():
    tables = tool("readme_tables")
    assert all(tables.MARKS.search(readme.read_text(encoding="utf-8")) for readme in tables.READMES)


@pytest.mark.parametrize("key", ["nd", "nd-random", "nd-linalg", "nd-contrib", "nd-image", "autograd"])
def test_every_entry_of_the_reference_shows_what_it_does(key):
    pages = tool("api_pages")
    module = pages.PAGES[key][1]
    shown = pages.page(key).split("\n### ")
    assert len(shown) == len(list(pages.entries(module, importlib.import_module(module)))) + 1
    without = [entry.split("`")[1] for entry in shown[1:] if "```pycon\n>>>" not in entry]
    assert without == [
        name for name in ("nd.Custom", "nd.imdecode", "autograd.get_symbol") if name in without
    ]


def test_a_reference_names_operators_by_all_their_names():
    page = tool("api_pages").page("nd")
    assert "### `nd.Concat` {: #nd-concat }" in page
    assert "Also `nd.concat`." in page


def test_a_reference_has_what_mxnet_lacks():
    assert "### `nd.mish` {: #nd-mish }" in tool("api_pages").page("nd")
