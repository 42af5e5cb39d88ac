"""``mx.viz``: networks as tables (`print_summary`) and as drawings (`plot_network`)."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from ._surface import module_getattr as _module_getattr
from .base import message
from .symbol import Symbol
from .symbol.graph import Node, in_order, options_of

__all__ = ["plot_network", "print_summary"]

__getattr__ = _module_getattr(__name__)
Shape = tuple[int, ...]

_COLUMNS = ("Layer (type)", "Output Shape", "Param #", "Previous Layer")


def print_summary(
    symbol: Symbol,
    shape: Mapping[str, Sequence[int]] | None = None,
    line_length: int = 120,
    positions: Sequence[float] = (0.44, 0.64, 0.74, 1.0),
) -> None:
    """Print a table of a network: a row for each call, with its output's shape, parameters and inputs.

    Parameters
    ----------
    symbol : the network.
    shape : shapes of its inputs, batch included; without them there are no shapes, and counts are too small.
    line_length : width of the table.
    positions : where the four columns end, in characters or as parts of the width.

    Raises
    ------
    TypeError : ``symbol`` is no symbol.
    ValueError : the shapes are not enough to know all others.

    As in 1.9.1, parameters are counted for the operators Convolution, FullyConnected, BatchNorm (without running
    statistics) and Embedding; `FullyConnected` counts the second dimension of its input.

    >>> x = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=10, name="fc")
    >>> print_summary(x, {"data": (32, 5)}, line_length=50)
    __________________________________________________
    Layer (type)          Output ShaParamPrevious Laye
    ==================================================
    data(null)            5         0
    __________________________________________________
    fc(FullyConnected)    10        60   data
    ==================================================
    Total params: 60
    __________________________________________________
    """
    _require_symbol("print_summary", symbol)
    shapes = _shapes(symbol, shape)
    ends = _ends(positions, line_length)
    nodes = in_order(symbol._entries)
    inputs = _shown_variables(symbol, nodes)
    rows = [node for node in nodes if not node.is_variable or id(node) in inputs]
    total = 0
    print("_" * line_length)
    _print_row(_COLUMNS, ends)
    print("=" * line_length)
    for place, node in enumerate(rows):
        sources = [source for source, _ in node.inputs if not source.is_variable or id(source) in inputs]
        output = shapes.get(_only_output(node), ())
        count = _parameters(node, [shapes.get(_only_output(each), ()) for each in sources], output)
        total += count
        previous = [source.name for source in sources] or [""]
        _print_row((f"{node.name}({node.kind})", _lengths(output), count, previous[0]), ends)
        for name in previous[1:]:
            _print_row(("", "", "", name), ends)
        print(("=" if place == len(rows) - 1 else "_") * line_length)
    print(f"Total params: {total}")
    print("_" * line_length)


def _print_row(fields: Sequence[Any], ends: Sequence[int]) -> None:
    line = ""
    for field, end in zip(fields, ends, strict=True):
        line = (line + str(field))[:end].ljust(end)
    print(line)


def _ends(positions: Sequence[float], line_length: int) -> list[int]:
    if not isinstance(line_length, int) or len(positions) < len(_COLUMNS):
        raise ValueError(
            message(
                "print_summary: the table has four columns in a whole number of characters",
                received=f"line_length={line_length!r}, positions={list(positions)!r}",
                hint="print_summary(symbol, shape, 120, [0.44, 0.64, 0.74, 1.0])",
            )
        )
    parts = positions[len(positions) - 1] <= 1
    return [int(line_length * each) if parts else int(each) for each in positions[: len(_COLUMNS)]]


def _shown_variables(symbol: Symbol, nodes: list[Node]) -> set[int]:
    """The variables that have rows of their own.

    As in 1.9.1 these are those at the places that the file's first head is written with: the first variable, since
    the head is its node and the number of the output, which is mostly 0.
    """
    first = symbol._entries[0]
    places = {nodes.index(first.node), first.index, 0}
    return {id(nodes[place]) for place in places if nodes[place].is_variable}


def _parameters(node: Node, inputs: list[Shape], output: Shape) -> int:
    """How many parameters a call has, by the rules of 1.9.1's table."""
    channels = sum(shape[0] for shape in inputs if shape)
    options = options_of(node)
    bias = 0 if options.get("no_bias") else options.get("num_hidden", options.get("num_filter", 0))
    if node.kind == "FullyConnected":
        return int(channels * options["num_hidden"] + bias)
    if node.kind == "Convolution":
        count = channels * options["num_filter"] // options.get("num_group", 1)
        for length in options["kernel"]:
            count *= length
        return int(count + bias)
    if node.kind == "BatchNorm":
        return 2 * output[0] if output else 0
    if node.kind == "Embedding":
        return int(options["input_dim"] * options["output_dim"])
    return 0


def _only_output(node: Node) -> str:
    """The name under which a node has a shape in the table: as in 1.9.1 none does whose outputs are numbered."""
    return node.name if node.is_variable else f"{node.name}_output"


def _shapes(symbol: Symbol, given: Any) -> dict[str, Shape]:
    """The shapes of all outputs without the batch, by name; none if none are given."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise TypeError(
            message(
                "the shapes of inputs are given by name",
                received=f"shape={given!r}",
                hint=f"shape={{'{symbol.list_arguments()[0]}': {given!r}}}",
            )
        )
    internals = symbol.get_internals()
    _, found, _ = internals.infer_shape_partial(**given)
    if any(0 in shape or not shape for shape in found):
        raise ValueError(
            message(
                "Input shape is incomplete",
                received=", ".join(f"{name} {tuple(shape)}" for name, shape in given.items()) or "none",
                because="the shapes of some outputs do not follow",
                hint="shapes of all inputs: " + ", ".join(symbol.list_arguments()[:5]),
            )
        )
    return {name: tuple(shape[1:]) for name, shape in zip(internals.list_outputs(), found, strict=True)}


def _require_symbol(what: str, symbol: Any) -> None:
    if not isinstance(symbol, Symbol):
        raise TypeError(
            message(
                "symbol must be Symbol",
                received=f"{what}({type(symbol).__name__})",
                hint="net.summary(x) for a gluon.Block",
            )
        )


# ---------------------------------------------------------------------- drawings

_WEIGHTS = (
    "_weight",
    "_bias",
    "_beta",
    "_gamma",
    "_moving_var",
    "_moving_mean",
    "_running_var",
    "_running_mean",
)
_INPUT, _DENSE, _ACTIVATION, _NORM, _POOLING, _SHAPING, _OTHER = (
    "#8dd3c7",
    "#fb8072",
    "#ffffb3",
    "#bebada",
    "#80b1d3",
    "#fdb462",
    "#fccde5",
)
_COLOURS = {
    "Convolution": _DENSE,
    "FullyConnected": _DENSE,
    "Activation": _ACTIVATION,
    "LeakyReLU": _ACTIVATION,
    "BatchNorm": _NORM,
    "Pooling": _POOLING,
    "Concat": _SHAPING,
    "Flatten": _SHAPING,
    "Reshape": _SHAPING,
}


def plot_network(
    symbol: Symbol,
    title: str = "plot",
    save_format: str = "pdf",
    shape: Mapping[str, Sequence[int]] | None = None,
    dtype: Mapping[str, Any] | None = None,
    node_attrs: Mapping[str, str] | None = None,
    hide_weights: bool = True,
) -> Any:
    """Draw a network with Graphviz: a box for each call, an arrow for each array that goes from one to the next.

    Parameters
    ----------
    symbol : the network.
    title : name of the graph, and of its file.
    save_format : of the file that ``render()`` writes: ``'pdf'``, ``'png'``, ``'svg'``, ...
    shape, dtype : shapes and types of inputs; arrows then say what goes along them.
    node_attrs : attributes of Graphviz for all boxes, over the defaults.
    hide_weights : whether parameters are left out.

    Returns
    -------
    ``graphviz.Digraph``; a notebook shows it, ``render()`` writes it.

    Raises
    ------
    ImportError : the package graphviz is not installed.
    TypeError : ``symbol`` is no symbol.
    ValueError : the shapes are not enough to know all others.
    """
    _require_symbol("plot_network", symbol)
    attributes = {
        "shape": "box",
        "fixedsize": "true",
        "width": "1.3",
        "height": "0.8034",
        "style": "filled",
        **_text_attributes(node_attrs),
    }
    shapes = _shapes(symbol, shape)
    types = _types(symbol, dtype) if shape is not None else {}
    names = [node.name for node in in_order(symbol._entries)]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        warnings.warn(
            "There are multiple variables with the same name in your graph, this may result in cyclic graph. "
            f"Repeated names: {','.join(repeated)}",
            RuntimeWarning,
            stacklevel=2,
        )
    drawing = _graphviz().Digraph(name=title, format=save_format)
    hidden = set()
    for node in in_order(symbol._entries):
        if node.is_variable and node.name.endswith(_WEIGHTS):
            if hide_weights:
                hidden.add(id(node))
            continue
        own = {"shape": "oval"} if node.is_variable else {}
        colour = _INPUT if node.is_variable else _COLOURS.get(node.kind, _OTHER)
        drawing.node(name=node.name, label=_label(node), **{**attributes, **own, "fillcolor": colour})
    for node in in_order(symbol._entries):
        for source, index in node.inputs:
            if id(source) not in hidden:
                name = source.output_name(index)
                along = _lengths(shapes.get(name, ())) + types.get(name, "")
                drawing.edge(
                    tail_name=node.name, head_name=source.name, dir="back", arrowtail="open", label=along
                )
    return drawing


def _label(node: Node) -> str:
    """What stands in a box: the operator and its main numbers, or the name."""
    options = options_of(node)
    if node.kind == "Convolution":
        steps = _lengths(options.get("stride") or (1,))
        return f"Convolution\n{_lengths(options['kernel'])}/{steps}, {options['num_filter']}"
    if node.kind == "FullyConnected":
        return f"FullyConnected\n{options['num_hidden']}"
    if node.kind in ("Activation", "LeakyReLU"):
        return f"{node.kind}\n{options.get('act_type', 'leaky')}"
    if node.kind == "Pooling":
        kernel = _lengths(options.get("kernel") or ()) or "[]"
        steps = _lengths(options.get("stride") or (1,))
        return f"Pooling\n{options.get('pool_type', 'max')}, {kernel}/{steps}"
    return node.name


def _lengths(numbers: Any) -> str:
    return "x".join(map(str, numbers if isinstance(numbers, (tuple, list)) else (numbers,)))


def _types(symbol: Symbol, given: Any) -> dict[str, str]:
    """``(float16)`` for each output, by name."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        name = symbol.list_arguments()[0]
        raise TypeError(
            message(
                "the types of inputs are given by name",
                received=f"dtype={given!r}",
                hint=f"dtype={{'{name}': {given!r}}}",
            )
        )
    internals = symbol.get_internals()
    _, found, _ = internals.infer_type_partial(**given)
    return {
        name: f"({kind.__name__})"
        for name, kind in zip(internals.list_outputs(), found, strict=True)
        if kind is not None
    }


def _text_attributes(node_attrs: Any) -> dict[str, str]:
    if node_attrs is not None and not isinstance(node_attrs, Mapping):
        raise TypeError(
            message(
                "plot_network: node_attrs are attributes of Graphviz by name",
                received=repr(node_attrs),
                hint="node_attrs={'shape': 'oval', 'fixedsize': 'false'}",
            )
        )
    return {key: str(value) for key, value in (node_attrs or {}).items()}


def _graphviz() -> Any:
    try:
        import graphviz
    except ImportError:
        raise ImportError(
            message(
                "Draw network requires graphviz library",
                because="the package graphviz is not installed",
                hint='pip install "glueball[graph]" (and the program dot, from https://graphviz.org, to write files); '
                "mx.viz.print_summary needs neither",
            )
        ) from None
    return graphviz
