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


@pytest.mark.parametrize(
    "bbox", [[10, 20, 40, 60], np.array([10, 20, 40, 60]), nd.array([10, 20, 40, 60])], ids=type
)
def test_a_box_becomes_a_frame(bbox):
    frame = d2l.bbox_to_rect(bbox, "blue")
    assert (frame.get_xy(), frame.get_width(), frame.get_height()) == ((10, 20), 30, 40)
    assert not frame.get_fill()
    assert frame.get_edgecolor() == mpl.colors.to_rgba("blue")


@pytest.mark.parametrize(
    "bbox", [[1, 2, 3], [1, 2, 3, 4, 5], nd.zeros((2, 4))], ids=["three", "five", "two boxes"]
)
def test_a_box_is_four_numbers(bbox):
    with pytest.raises(ValueError, match="left, top, right, bottom"):
        d2l.bbox_to_rect(bbox, "red")


def shown(*arguments, **options):
    """The frames' colours, and the labels with theirs."""
    axes = plt.figure().add_subplot()
    d2l.show_bboxes(axes, *arguments, **options)
    assert all(isinstance(patch, mpl.patches.Rectangle) for patch in axes.patches)
    return [patch.get_edgecolor() for patch in axes.patches], [
        (each.get_text(), each.get_position(), each.get_color()) for each in axes.texts
    ]


BOXES = nd.array([[0, 0, 2, 2], [1, 1, 3, 4], [2, 0, 3, 1]])


def test_boxes_are_drawn_in_five_colours_with_their_labels():
    colours, texts = shown(BOXES, ["cat", "dog", "ship"])
    assert colours == [mpl.colors.to_rgba(each) for each in "bgr"]
    assert texts == [("cat", (0, 0), "w"), ("dog", (1, 1), "w"), ("ship", (2, 0), "w")]


@pytest.mark.parametrize(
    ("labels", "drawn"), [(None, []), ("cat", ["cat"]), (["cat", "dog"], ["cat", "dog"])]
)
def test_boxes_without_a_label_are_only_framed(labels, drawn):
    colours, texts = shown(BOXES, labels)
    assert len(colours) == 3
    assert [text for text, *_ in texts] == drawn


@pytest.mark.parametrize("colors", ["w", ["w"], ["w", "r"]], ids=str)
def test_colours_are_taken_in_turn_and_stay_readable(colors):
    colours, texts = shown(BOXES.asnumpy(), ["a", "b", "c"], colors)
    assert colours[0] == colours[2] == mpl.colors.to_rgba("w")
    assert texts[0][2] == texts[2][2] == "k"


def test_a_list_is_made_of_anything_but_a_list():
    assert d2l._make_list(None) == []
    assert d2l._make_list(None, [1]) == [1]
    assert d2l._make_list("ab") == ["ab"]
    assert d2l._make_list(("a", "b")) == ("a", "b")
