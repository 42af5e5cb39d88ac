"""Figures of the helper package: in a notebook, without a display, without matplotlib."""

import os
import subprocess
import sys
import textwrap

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

import d2lzh as d2l
from mxnet import nd


@pytest.fixture(autouse=True)
def _clean_figures():
    with mpl.rc_context():
        yield
    plt.close("all")


def run(program, **environment):
    """Run a program of its own and return what it printed; empty variables are removed."""
    merged = {k: v for k, v in (os.environ | environment).items() if v}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(program)],
        env=merged, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_plt_is_pyplot_and_is_imported_on_first_use():
    printed = run("""
        import sys, d2lzh
        print("matplotlib" in sys.modules, "IPython" in sys.modules)
        print(d2lzh.plt is __import__("matplotlib.pyplot").pyplot, "IPython" in sys.modules)
    """)
    assert printed == ["False", "False", "True", "False"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a display")
def test_without_a_display_figures_are_drawn_with_agg():
    printed = run(
        """
        import d2lzh as d2l
        d2l.set_figsize()
        d2l.semilogy([1, 2], [1, 10], "x", "y")
        print(d2l.plt.get_backend(), len(d2l.plt.get_fignums()))
        """,
        MPLBACKEND="", DISPLAY="", WAYLAND_DISPLAY="",
    )  # fmt: skip
    assert [word.lower() for word in printed] == ["agg", "1"]


def test_the_backend_that_a_user_chose_stays():
    printed = run(
        "import d2lzh as d2l; d2l.set_figsize(); d2l.plt.figure(); print(d2l.plt.get_backend())",
        MPLBACKEND="pdf",
    )
    assert printed == ["pdf"]


def test_in_a_notebook_figures_become_vector_graphics():
    pytest.importorskip("matplotlib_inline")
    printed = run("""
        from IPython.core.interactiveshell import InteractiveShell
        from matplotlib.figure import Figure
        shell = InteractiveShell.instance()
        import d2lzh as d2l
        d2l.use_svg_display()
        formats = shell.display_formatter.formatters
        print(Figure in formats["image/svg+xml"].type_printers, Figure in formats["image/png"].type_printers)
    """)
    assert printed == ["True", "False"]


def test_without_matplotlib_the_error_says_how_to_get_it(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.delitem(vars(d2l), "plt", raising=False)
    for use in (lambda: d2l.plt, d2l.set_figsize, lambda: d2l.semilogy([1], [1], "x", "y")):
        with pytest.raises(
            ModuleNotFoundError, match=r'matplotlib is not installed(?s:.)*pip install "glueball\[plot\]"'
        ):
            use()


def test_what_needs_no_figure_works_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    d2l.use_svg_display()
    assert len(list(d2l.data_iter(2, nd.zeros((4, 1)), nd.zeros(4)))) == 2


def test_set_figsize_sets_the_size_of_coming_figures():
    d2l.set_figsize()
    assert plt.figure().get_size_inches().tolist() == [3.5, 2.5]
    d2l.set_figsize(figsize=(6, 2))
    assert plt.figure().get_size_inches().tolist() == [6, 2]


def test_semilogy_draws_one_curve_or_two():
    d2l.semilogy(range(1, 4), [1, 10, 100], "epochs", "loss")
    axes = plt.gca()
    assert (axes.get_yscale(), axes.get_xlabel(), axes.get_ylabel()) == ("log", "epochs", "loss")
    assert axes.get_legend() is None
    plt.figure()
    losses = [nd.array([1.0]), nd.array([0.5])]
    d2l.semilogy(
        [1, 2], losses, "epochs", "loss", [1, 2], nd.array([2, 1]), ["train", "test"], figsize=(2, 1)
    )
    first, second = plt.gca().get_lines()
    assert (first.get_linestyle(), second.get_linestyle()) == ("-", ":")
    np.testing.assert_array_equal(first.get_ydata(), [1, 0.5])
    np.testing.assert_array_equal(second.get_ydata(), [2, 1])
    assert [text.get_text() for text in plt.gca().get_legend().get_texts()] == ["train", "test"]


@pytest.mark.parametrize("shape", [(3, 28, 28, 1), (3, 1, 28, 28), (3, 784)])
def test_show_fashion_mnist_draws_a_row_with_labels(shape, rng):
    pixels = rng.random(shape, dtype="float32")
    d2l.show_fashion_mnist(nd.array(pixels), ["t-shirt", "bag", "coat"])
    row = plt.gcf().axes
    assert [axes.get_title() for axes in row] == ["t-shirt", "bag", "coat"]
    np.testing.assert_array_equal(row[1].images[0].get_array(), pixels[1].reshape(28, 28))
    assert not row[0].get_xaxis().get_visible()
    assert len({axes.get_position().y0 for axes in row}) == 1


def test_show_fashion_mnist_draws_a_single_picture():
    d2l.show_fashion_mnist(nd.zeros((1, 28, 28)), ["t-shirt"])
    assert len(plt.gcf().axes) == 1


@pytest.mark.parametrize(("rows", "columns"), [(2, 3), (1, 3), (1, 1)])
def test_show_images_returns_a_table_of_axes(rows, columns, rng):
    pictures = [nd.array(rng.random((4, 5, 3))), rng.random((4, 5)), *[nd.zeros((4, 5, 1))] * 4]
    table = d2l.show_images(pictures, rows, columns, scale=1.5)
    assert table.shape == (rows, columns)
    assert table[0, 0].figure.get_size_inches().tolist() == [1.5 * columns, 1.5 * rows]
    np.testing.assert_array_equal(table[0, 0].images[0].get_array(), pictures[0].asnumpy())


def test_show_images_wants_a_picture_for_each_place():
    with pytest.raises(ValueError, match="take 4 pictures, given 1"):
        d2l.show_images([nd.zeros((2, 2))], 2, 2)
