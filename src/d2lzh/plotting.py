"""Figures. matplotlib is imported by the first function that draws; which backend it uses is the user's choice.

Where nobody has chosen one, matplotlib takes a window system if there is a display and Agg (files only) if not.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mxnet.base import message

if TYPE_CHECKING:
    from mxnet.ndarray import NDArray

__all__ = ["pyplot", "semilogy", "set_figsize", "show_fashion_mnist", "show_images", "use_svg_display"]


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
