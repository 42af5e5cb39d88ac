"""Drawing a network as books draw it: units as circles, layer above layer, every connection a line."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from glueball.plot.style import BLUE, GREEN, INK, MUTED, ORANGE, styled, tint

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_RADIUS = 0.3
_LAYER_DISTANCE = 2.1
_KINDS = {
    "relu": "ReLU",
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "softrelu": "softplus",
    "softsign": "softsign",
}


@dataclass
class Layer:
    """A row of circles: how many units it has and what stands beside it."""

    size: int
    note: str = ""


def layer_sizes(net: Any, inputs: int | None = None) -> list[int]:
    """Return the number of inputs and of the units of each fully connected layer of a Gluon net.

    >>> layer_sizes([4, 5, 3])
    [4, 5, 3]
    """
    return [layer.size for layer in _layers(net, inputs)]


def draw_network(
    net: Any,
    *,
    inputs: int | None = None,
    input_labels: Sequence[str] | None = None,
    output_labels: Sequence[str] | None = None,
    max_units: int = 8,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a network of fully connected layers, inputs below and outputs above.

    Every unit is a circle and every connection a line. A layer with more than ``max_units`` units shows its first
    ones and its last, with dots between them.

    Parameters
    ----------
    net : a Gluon net (``Dense``, or a ``Sequential`` of ``Dense``, ``Activation``, ``Dropout`` and ``Flatten``), or
        the sizes of the layers, inputs first: ``[4, 5, 3]``.
    inputs : number of inputs of a net that has not seen any data yet.
    input_labels, output_labels : what to write beside these circles, such as the names of features and classes.
    max_units : circles drawn of one layer, 3 or more.
    title : a line above the drawing.
    ax : axes to draw into; by default a new pyplot figure of a fitting size.

    Returns
    -------
    matplotlib.axes.Axes : save the picture with ``ax.figure.savefig("network.svg")``.

    Raises
    ------
    ValueError : a size below 1, an input count that nobody knows yet, too few labels, ``max_units`` below 3.
    TypeError : ``net`` holds a layer that is not drawn as circles, such as a convolution.

    >>> ax = draw_network([2, 1], input_labels=["area", "age"], output_labels=["price"])
    >>> len(ax.patches)
    3
    """
    if max_units < 3:
        raise ValueError(f"draw_network: max_units (={max_units}) must be 3 or more")
    layers = _layers(net, inputs)
    rows = [_row(layer.size, max_units) for layer in layers]
    names = [_check_labels(input_labels, layers[0].size, "input_labels")]
    names += [None] * (len(layers) - 2)
    names.append(_check_labels(output_labels, layers[-1].size, "output_labels"))

    with styled():
        if ax is None:
            ax = _new_axes(rows, any(names))
        _draw_connections(ax, rows)
        for depth, (layer, row) in enumerate(zip(layers, rows, strict=True)):
            _draw_layer(ax, layer, row, depth, len(layers), names[depth])
        widest = max(len(row) for row in rows)
        ax.set_xlim(-widest / 2 - 1.9, widest / 2 + 0.1)
        ax.set_ylim(-0.85, (len(rows) - 1) * _LAYER_DISTANCE + 0.85)
        ax.set_aspect("equal")
        ax.axis("off")
        if title:
            ax.set_title(title, loc="center")
    return ax


# ------------------------------------------------------------------------------------------- what is to be drawn


def _layers(net: Any, inputs: int | None) -> list[Layer]:
    if isinstance(net, Sequence):
        layers = [Layer(int(size)) for size in net]
        if len(layers) < 2 or min(layer.size for layer in layers) < 1:
            raise ValueError(
                f"draw_network: a list of sizes has two or more numbers above 0, inputs first; this is {list(net)}"
            )
        return layers
    layers = []
    for block in _leaves(net):
        _read_block(block, layers, inputs)
    if not layers:
        raise TypeError(f"draw_network: found no Dense layer in {type(net).__name__}")
    return layers


def _leaves(block: Any) -> Iterator[Any]:
    children = list(getattr(block, "_children", {}).values())
    is_container = bool(children) and not hasattr(block, "weight")
    if not is_container:
        yield block
        return
    for child in children:
        yield from _leaves(child)


def _read_block(block: Any, layers: list[Layer], inputs: int | None) -> None:
    kind = type(block).__name__
    shape = getattr(getattr(block, "weight", None), "shape", None)
    if shape is not None and len(shape) == 2 and kind != "Embedding":
        units, in_units = (max(int(size), 0) for size in shape)
        if not layers:
            if not (in_units or inputs):
                raise ValueError(
                    "draw_network: this net does not know its number of inputs yet; "
                    "call net(x) once, or draw_network(net, inputs=...)"
                )
            layers.append(Layer(in_units or int(inputs or 0)))
        layers.append(Layer(units, _activation(getattr(block, "act", None))))
    elif kind in ("Activation", "LeakyReLU", "PReLU", "ELU", "SELU", "GELU", "Swish", "SiLU"):
        _annotate(layers, _activation(block))
    elif kind == "Dropout":
        _annotate(layers, f"dropout {getattr(block, '_rate', 0):g}")
    elif kind not in ("Flatten", "Identity"):
        raise TypeError(f"draw_network: draws fully connected layers; this net has a {kind}")


def _activation(block: Any) -> str:
    if block is None:
        return ""
    name = str(getattr(block, "_act_type", type(block).__name__))
    return _KINDS.get(name, name)


def _annotate(layers: list[Layer], note: str) -> None:
    if layers:
        layers[-1].note = ", ".join(filter(None, (layers[-1].note, note)))


def _check_labels(labels: Sequence[str] | None, size: int, what: str) -> Sequence[str] | None:
    if labels is not None and len(labels) != size:
        raise ValueError(f"draw_network: {what} has {len(labels)} entries, the layer has {size} units")
    return labels


# ------------------------------------------------------------------------------------------------------- drawing


def _row(size: int, max_units: int) -> list[int | None]:
    """Return the indices of the units that are shown; None is the place of the dots."""
    if size <= max_units:
        return list(range(size))
    return [*range(max_units - 2), None, size - 1]


def _place(row: list[int | None], depth: int) -> list[tuple[float, float]]:
    return [(column - (len(row) - 1) / 2, depth * _LAYER_DISTANCE) for column in range(len(row))]


def _new_axes(rows: list[list[int | None]], has_names: bool) -> Axes:
    import matplotlib.pyplot as plt

    width = 0.62 * (max(len(row) for row in rows) + 2.0)
    height = 0.62 * (_LAYER_DISTANCE * (len(rows) - 1) + 1.7)
    _, ax = plt.subplots(figsize=(max(width, 2.4), height), layout="constrained")
    return ax


def _draw_connections(ax: Axes, rows: list[list[int | None]]) -> None:
    from matplotlib.collections import LineCollection

    for depth, (lower, upper) in enumerate(itertools.pairwise(rows)):
        starts = [place for place, unit in zip(_place(lower, depth), lower, strict=True) if unit is not None]
        ends = [
            place for place, unit in zip(_place(upper, depth + 1), upper, strict=True) if unit is not None
        ]
        lines = [(start, end) for start in starts for end in ends]
        # Many lines would run together into one grey area, so they get fainter as they get more.
        ax.add_collection(
            LineCollection(
                lines,
                colors=MUTED,
                alpha=max(0.3, 0.85 - 0.008 * len(lines)),
                linewidths=0.9 if len(lines) <= 24 else 0.6,
                zorder=1,
            )
        )


def _draw_layer(
    ax: Axes,
    layer: Layer,
    row: list[int | None],
    depth: int,
    count: int,
    names: Sequence[str] | None,
) -> None:
    from matplotlib.patches import Circle

    is_input, is_output = depth == 0, depth == count - 1
    color = BLUE if is_input else GREEN if is_output else ORANGE
    symbol = "x" if is_input else "o" if is_output else "h"
    upper_index = f"^{{({depth})}}" if count > 3 and symbol == "h" else ""
    for (x, y), unit in zip(_place(row, depth), row, strict=True):
        if unit is None:
            ax.text(x, y, "· · ·", ha="center", va="center", fontsize=13, color=MUTED, fontweight="bold")
            continue
        ax.add_patch(
            Circle((x, y), _RADIUS, facecolor=tint(color, 0.22), edgecolor=color, linewidth=1.4, zorder=2)
        )
        ax.text(
            x,
            y - 0.01,
            f"${symbol}{upper_index}_{{{unit + 1}}}$",
            ha="center",
            va="center",
            fontsize=10 if unit < 99 and not upper_index else 8,
            zorder=3,
        )
        if names is not None:
            below = is_input
            ax.text(
                x,
                y + (-1 if below else 1) * (_RADIUS + 0.12),
                names[unit],
                ha="center",
                va="top" if below else "bottom",
                fontsize=8.5,
                color=INK,
            )
    x = -len(row) / 2 - 0.12
    title = "input layer" if is_input else "output layer" if is_output else "hidden layer"
    detail = f"{layer.size} unit{'s' * (layer.size != 1)}" if not is_input else f"{layer.size} features"
    detail = detail if layer.size != 1 or not is_input else "1 feature"
    text = f"{detail}\n{layer.note}" if layer.note else detail
    ax.text(x, depth * _LAYER_DISTANCE + 0.02, title, ha="right", va="bottom", fontsize=9, color=INK)
    ax.text(x, depth * _LAYER_DISTANCE - 0.04, text, ha="right", va="top", fontsize=8, color=MUTED)
