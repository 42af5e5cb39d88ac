"""The tables that ``Block.summary`` prints: that of MXNet for arrays, one that says more for shapes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .. import autograd
from .. import ndarray as nd
from ..base import integer_types, message
from ..ndarray import NDArray

if TYPE_CHECKING:
    from .block import Block
    from .utils import HookHandle

__all__ = ["multiply_adds", "print_summary"]

_ROW = "{:>20}  {:>42} {:>15}"
_WIDTH = 80
_WIDE_ROW = "{:<28} {:<30} {:>13} {:>13} {:>16}"
_WIDE = 104


class Row(NamedTuple):
    """What is known of a layer after it was run."""

    name: str
    shape: str
    size: int
    trainable: int
    multiply_adds: int


class Counts(NamedTuple):
    """Elements of parameters in all rows: together, those that learn, and those that were counted before."""

    total: int
    trainable: int
    shared: int
    trainable_shared: int
    bytes: int


def print_summary(net: Block, inputs: tuple[Any, ...]) -> None:
    """Run ``net`` on ``inputs`` and print a row for each layer in the order in which they finish.

    Inputs that are given as shapes become zeros, of the type and in the context of the parameters; the table then
    says more than that of 1.9.1.
    """

    def refuse_hybridized(block: Block) -> None:
        if getattr(block, "_active", False):
            raise AssertionError(
                message(
                    f'"{block.name}" must not be hybridized to print summary.',
                    hint="net.hybridize(False) first",
                )
            )

    net.apply(refuse_hybridized)
    parameters = net.collect_params().values()
    shapes = [_is_shape(each) for each in inputs]
    inputs = tuple(
        _zeros(each, parameters) if is_shape else each for each, is_shape in zip(inputs, shapes, strict=True)
    )
    if any(p._data is None and p._deferred_init for p in parameters):
        with autograd.pause():
            net(*inputs)  # makes them, so that the pass below sees every layer as it will be
    rows, counts = _run(net, inputs)
    (_print_more if any(shapes) else _print_as_mxnet)(rows, counts, _shapes(inputs))


def _run(net: Block, inputs: tuple[Any, ...]) -> tuple[list[Row], Counts]:
    """The rows of a forward pass, one for each call of a layer, and the sums."""
    from .nn import HybridSequential, Sequential

    rows: list[Row] = []
    seen: set[int] = set()
    total = trainable = shared = trainable_shared = memory = 0

    def count(block: Block, given: Any, output: Any) -> None:
        nonlocal total, trainable, shared, trainable_shared, memory
        size = learns = 0
        for parameter in block.params.values():
            array = parameter.data(parameter.list_ctx()[0])
            size += array.size
            learns += array.size if parameter.grad_req != "null" else 0
            if id(parameter) in seen:
                shared += array.size
                trainable_shared += array.size if parameter.grad_req != "null" else 0
            else:
                memory += array.size * array._t.element_size()
            seen.add(id(parameter))
        total += size
        trainable += learns
        name = f"{type(block).__name__}-{len(rows) + 1}"
        rows.append(Row(name, _shapes(output), size, learns, multiply_adds(block, given, output)))

    handles: dict[int, HookHandle] = {}

    def watch(block: Block) -> None:
        if not isinstance(block, (Sequential, HybridSequential)) and id(block) not in handles:
            handles[id(block)] = block.register_forward_hook(count)

    net.apply(watch)
    try:
        net(*inputs)
    finally:
        for handle in handles.values():
            handle.detach()
    return rows, Counts(total, trainable, shared, trainable_shared, memory)


# ---------------------------------------------------------------------------------------------- two tables


def _print_as_mxnet(rows: Sequence[Row], counts: Counts, inputs: str) -> None:
    print("-" * _WIDTH)
    print(_ROW.format("Layer (type)", "Output Shape", "Param #"))
    print("=" * _WIDTH)
    print(_ROW.format("Input", inputs, 0))
    for row in rows:
        print(_ROW.format(row.name, row.shape, row.size))
    print("=" * _WIDTH)
    print("Parameters in forward computation graph, duplicate included")
    print(f"   Total params: {counts.total}")
    print(f"   Trainable params: {counts.trainable}")
    print(f"   Non-trainable params: {counts.total - counts.trainable}")
    print(f"Shared params in forward computation graph: {counts.shared}")
    print(f"Unique parameters in model: {counts.total - counts.shared}")
    print("-" * _WIDTH)


def _print_more(rows: Sequence[Row], counts: Counts, inputs: str) -> None:
    unique = counts.total - counts.shared
    trainable = counts.trainable - counts.trainable_shared
    again = f", and {counts.shared:,} of them used again" if counts.shared else ""
    print("-" * _WIDE)
    print(_WIDE_ROW.format("Layer (type)", "Output shape", "Parameters", "Trainable", "Multiply-adds"))
    print("=" * _WIDE)
    print(_WIDE_ROW.format("Input", inputs, "", "", "").rstrip())
    for name, *cells in rows:
        print(_WIDE_ROW.format(name, *(f"{cell:,}" if isinstance(cell, int) else cell for cell in cells)))
    print("=" * _WIDE)
    print(f"Parameters: {unique:,}{again} ({_size(counts.bytes)})")
    print(f"   Trainable: {trainable:,}")
    print(f"   Not trainable: {unique - trainable:,}")
    print(f"Multiply-adds for this input: {sum(row.multiply_adds for row in rows):,}")
    print("-" * _WIDE)


def _size(count: float) -> str:
    for unit in ("bytes", "KiB", "MiB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} GiB"


def _shapes(value: Any) -> str:
    """``(2, 3)`` for an array, ``(2, 3), (2, 1)`` for several."""
    if isinstance(value, (list, tuple)):
        return ", ".join(_nested(each) for each in value)
    return _nested(value)


def _nested(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_nested(each) for each in value)}]"
    return str(value.shape) if isinstance(value, NDArray) else str(value)


# ---------------------------------------------------------------------------------- inputs given as shapes


def _is_shape(value: Any) -> bool:
    return (
        isinstance(value, (list, tuple))
        and len(value) > 0
        and all(isinstance(each, integer_types) and not isinstance(each, bool) for each in value)
    )


def _zeros(shape: Sequence[int], parameters: Any) -> NDArray:
    if any(length < 1 for length in shape):
        raise ValueError(
            message(
                "summary: every length of an input is 1 or more",
                received=str(tuple(shape)),
                hint=f"net.summary({tuple(max(1, length) for length in shape)}): the batch is an axis, too",
            )
        )
    first = next((p for p in parameters if p._data is not None or p._deferred_init), None)
    if first is None:
        return nd.zeros(tuple(shape))
    return nd.zeros(tuple(shape), ctx=first.list_ctx()[0], dtype=first.dtype)


# ------------------------------------------------------------------------------------------- multiply-adds


def multiply_adds(block: Block, inputs: Any, output: Any) -> int:
    """How many products of a weight and a number a layer adds up in a forward pass; 0 for layers of other kinds.

    Each weight of a fully connected, convolutional or recurrent layer is used once for each position: for each row;
    for each place of the output (of the input, in transposed convolutions); for each sequence and step.

    >>> from mxnet.gluon import nn
    >>> layer = nn.Dense(10, in_units=784)
    >>> layer.initialize()
    >>> x = nd.zeros((2, 784))
    >>> multiply_adds(layer, [x], layer(x))
    15680
    """
    weights = [parameter for name, parameter in block._reg_params.items() if name.endswith("weight")]
    if not weights:
        return 0
    positions = _positions(block, _first(inputs), _first(output))
    return positions * sum(math.prod(weight.shape or ()) for weight in weights)


def _positions(block: Block, x: NDArray | None, y: NDArray | None) -> int:
    from .nn import Dense
    from .nn.conv import _Conv, _ConvTranspose
    from .rnn.layer import RNNLayer
    from .rnn.recurrent_cell import RecurrentCell

    if x is None or y is None:
        return 0
    if isinstance(block, Dense):
        return int(y.size // y.shape[-1])
    if isinstance(block, _ConvTranspose):
        return int(x.size // x.shape[block._kwargs["layout"].index("C")])
    if isinstance(block, _Conv):
        return int(y.size // y.shape[block._kwargs["layout"].index("C")])
    if isinstance(block, RNNLayer):
        return int(np.prod(x.shape[:2]))
    if isinstance(block, RecurrentCell):
        channels = getattr(block, "_hidden_channels", None)  # of a cell that convolves
        return int(y.shape[0] if channels is None else y.size // channels)
    return 0


def _first(value: Any) -> NDArray | None:
    """The first array in nested lists and tuples."""
    while isinstance(value, (list, tuple)) and value:
        value = value[0]
    return value if isinstance(value, NDArray) else None
