"""Figures. matplotlib is imported by the first function that draws; which backend it uses is the user's choice.

Where nobody has chosen one, matplotlib takes a window system if there is a display and Agg (files only) if not.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mxnet.base import message

if TYPE_CHECKING:
    from mxnet.ndarray import NDArray

__all__ = [
    "bbox_to_rect",
    "pyplot",
    "semilogy",
    "set_figsize",
    "show_bboxes",
    "show_fashion_mnist",
    "show_images",
    "use_svg_display",
]


def pyplot(wanted_by: str) -> Any:
    """Return ``matplotlib.pyplot``; where it is not installed, say who needs it and how to get it."""
    try:
        return importlib.import_module("matplotlib.pyplot")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "matplotlib":
            raise
        raise ModuleNotFoundError(
            message(
                f"{wanted_by}: matplotlib is not installed",
                because="figures are an extra",
                hint='pip install "glueball[plot]"',
            ),
            name=error.name,
        ) from None


def use_svg_display() -> None:
    """Show figures in a notebook as vector graphics, sharp at any size. Nothing outside IPython.

    >>> use_svg_display()
    """
    ipython = sys.modules.get("IPython")
    # Looked up, never imported: outside a notebook there is nothing to set, and no need of IPython.
    if ipython is None or ipython.get_ipython() is None:
        return
    pyplot("use_svg_display")
    try:
        backend = importlib.import_module("matplotlib_inline.backend_inline")
    except ModuleNotFoundError:  # before IPython 7.23
        backend = importlib.import_module("IPython.display")
    backend.set_matplotlib_formats("svg")


def set_figsize(figsize: tuple[float, float] = (3.5, 2.5)) -> None:
    """Set the size of the figures to come: width and height in inches."""
    use_svg_display()
    pyplot("set_figsize").rcParams["figure.figsize"] = figsize


def semilogy(
    x_vals: Sequence[float],
    y_vals: Sequence[float],
    x_label: str,
    y_label: str,
    x2_vals: Sequence[float] | None = None,
    y2_vals: Sequence[float] | None = None,
    legend: Sequence[str] | None = None,
    figsize: tuple[float, float] = (3.5, 2.5),
) -> None:
    """Draw one curve, or two (the second dotted), with a logarithmic vertical axis."""
    plt = pyplot("semilogy")
    set_figsize(figsize)
    plt.xlabel(x_label)
    plt.ylabel(y_label)
    plt.semilogy(_numbers(x_vals), _numbers(y_vals))
    if x2_vals is not None and y2_vals is not None:
        plt.semilogy(_numbers(x2_vals), _numbers(y2_vals), linestyle=":")
    if legend is not None:
        plt.legend(legend)


def show_fashion_mnist(images: Sequence[NDArray], labels: Sequence[str]) -> None:
    """Draw pictures of 28 by 28 pixels in a row, each under its label.

    Shapes: images ``(n, 28, 28, 1)``, ``(n, 1, 28, 28)`` or ``(n, 784)``; n labels.
    """
    plt = pyplot("show_fashion_mnist")
    use_svg_display()
    _, row = plt.subplots(1, len(images), figsize=(12, 12), squeeze=False)
    for axes, image, label in zip(row[0], images, labels, strict=False):
        axes.imshow(image.reshape((28, 28)).asnumpy())
        axes.set_title(label)
        _hide_ticks(axes)


def show_images(imgs: Sequence[Any], num_rows: int, num_cols: int, scale: float = 2) -> Any:
    """Draw pictures in a table and return its axes, an array ``(num_rows, num_cols)``.

    Shapes: each picture ``(height, width)``, ``(height, width, 1)`` or ``(height, width, 3)``.

    Raises
    ------
    ValueError : fewer pictures than places.
    """
    if len(imgs) < num_rows * num_cols:
        raise ValueError(
            message(
                f"show_images: {num_rows} rows of {num_cols} take {num_rows * num_cols} pictures, given {len(imgs)}"
            )
        )
    plt = pyplot("show_images")
    size = (num_cols * scale, num_rows * scale)
    _, table = plt.subplots(num_rows, num_cols, figsize=size, squeeze=False)
    for axes, picture in zip(table.flat, imgs, strict=False):
        axes.imshow(_numbers(picture))
        _hide_ticks(axes)
    return table


def bbox_to_rect(bbox: Sequence[float], color: Any) -> Any:
    """Return the frame of a box, for ``axes.add_patch``.

    Parameters
    ----------
    bbox : left, top, right and bottom, in the units of the axes.
    color : of the frame, as matplotlib knows colours.

    Raises
    ------
    ValueError : these are not four numbers.

    >>> frame = bbox_to_rect([10, 20, 40, 60], "blue")
    >>> frame.get_xy(), frame.get_width(), frame.get_height()
    ((10.0, 20.0), 30.0, 40.0)
    """
    corners = np.asarray(_numbers(bbox), dtype=float).ravel().tolist()
    if len(corners) != 4:
        raise ValueError(
            message(
                "bbox_to_rect: this is not a box",
                received=repr(bbox),
                because="a box is four numbers: left, top, right, bottom",
            )
        )
    left, top, right, bottom = corners
    plt = pyplot("bbox_to_rect")
    return plt.Rectangle((left, top), right - left, bottom - top, fill=False, edgecolor=color, linewidth=2)


def show_bboxes(
    axes: Any,
    bboxes: Sequence[Any],
    labels: str | Sequence[str] | None = None,
    colors: Any = None,
) -> None:
    """Draw boxes, each with its label at its corner on the upper left.

    Shapes: bboxes ``(n, 4)``: left, top, right and bottom of each, in the units of the axes.

    Parameters
    ----------
    axes : where, ``plt.imshow(picture).axes`` for instance.
    labels : the texts of the first boxes; one for the first alone, or a list.
    colors : one, or a list of which the boxes take their colours in turn; five usual ones by default.
    """
    texts = _make_list(labels)
    palette = _make_list(colors, ["b", "g", "r", "m", "k"])
    for k, bbox in enumerate(bboxes):
        color = palette[k % len(palette)]
        frame = bbox_to_rect(bbox, color)
        axes.add_patch(frame)
        if k < len(texts):
            axes.text(
                *frame.get_xy(),
                texts[k],
                va="center",
                ha="center",
                fontsize=9,
                color="k" if color == "w" else "w",
                bbox={"facecolor": color, "lw": 0},
            )


def _make_list(obj: Any, default_values: Any = None) -> Any:
    """``obj`` where it is a list or a tuple, ``[obj]`` where it is something else, ``default_values`` for None."""
    if obj is None:
        return [] if default_values is None else default_values
    return obj if isinstance(obj, (list, tuple)) else [obj]


def _numbers(values: Any) -> Any:
    """Give matplotlib what it can draw: NumPy arrays, and numbers out of arrays of one element."""
    if hasattr(values, "asnumpy"):
        return values.asnumpy()
    if isinstance(values, (list, tuple)):
        return [value.asscalar() if hasattr(value, "asscalar") else value for value in values]
    return values


def _hide_ticks(axes: Any) -> None:
    axes.get_xaxis().set_visible(False)
    axes.get_yaxis().set_visible(False)
