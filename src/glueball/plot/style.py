"""Colours and type of every picture: the palette of Okabe and Ito, told apart with any kind of colour vision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, RED, PURPLE = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7"
INK, MUTED, FAINT, PAPER = "#222222", "#6b6b6b", "#d9d9d9", "#ffffff"

RC: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": FAINT,
    "axes.grid": False,
    "axes.labelcolor": MUTED,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "font.size": 10.0,
    "grid.color": "#ececec",
    "lines.linewidth": 2.0,
    "mathtext.fontset": "cm",
    "savefig.dpi": 144,
    "svg.fonttype": "path",
    "text.color": INK,
    "xtick.color": FAINT,
    "xtick.labelcolor": MUTED,
    "ytick.color": FAINT,
    "ytick.labelcolor": MUTED,
}


def styled() -> Any:
    """Return a context in which new axes have this style; the caller's own settings stay as they are."""
    import matplotlib as mpl

    settings: Any = RC  # matplotlib's stubs list every single key
    return mpl.rc_context(settings)


def new_figure(width: float, height: float) -> Figure:
    """Return a figure that no window and no notebook knows of: it is there to be saved."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def tint(color: str, strength: float) -> tuple[float, float, float]:
    """Return ``color`` mixed with the paper: 0 gives the paper, 1 the colour."""
    from matplotlib.colors import to_rgb

    red, green, blue = (strength * channel + (1 - strength) for channel in to_rgb(color))
    return red, green, blue


def bare(axes: Axes) -> None:
    """Remove ticks and frame."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
