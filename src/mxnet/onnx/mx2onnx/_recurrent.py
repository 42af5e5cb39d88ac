"""The converter of recurrent networks: a node for each layer, and its weights in the order that ONNX has.

========  =================  ==================
mode      gates of MXNet     gates of ONNX
========  =================  ==================
``lstm``  i, f, g, o         i, o, f, c (= g)
``gru``   r, z, n            z, r, h (= n)
========  =================  ==================
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...ops.recurrent import weight_shapes
from ._builder import Builder, Call, Described, Inexpressible, Value, converter

__all__ = ["GATES", "OPERATORS"]

OPERATORS = {"lstm": "LSTM", "gru": "GRU", "rnn_tanh": "RNN", "rnn_relu": "RNN"}
GATES = {"lstm": (0, 3, 1, 2), "gru": (1, 0, 2), "rnn_tanh": (0,), "rnn_relu": (0,)}
"""Which of MXNet's gates stands at each place of ONNX's weights; for two gates swapped it is its own inverse."""


@converter("RNN")
def _rnn(b: Builder, call: Call) -> Any:
    mode, units, layers = call["mode"], int(call["state_size"]), int(call["num_layers"])
    directions = 2 if call["bidirectional"] else 1
    features = call.fixed(0, [2])[0]
    lengths = call.array("sequence_length") if call["use_sequence_length"] else None
    if call["use_sequence_length"] and lengths is None and mode != "lstm":
        lengths = call.inputs[3]  # the fourth array of networks without cells
    lengths = None if lengths is None else lengths.cast(np.int32)
    begins = [
        _begin(b, call, name, layers) for name in (("state", "state_cell") if mode == "lstm" else ("state",))
    ]
    projected = call["projection_size"] or None
    bounds = _bounds(call) if mode == "lstm" else None
    weights = _weights(call, mode, units, layers, directions, features, projected)
    output = call.x
    ends: list[list[Value]] = []
    for layer in range(layers):
        first = layer * directions
        if bounds is not None or projected:
            output, end = _stepped(
                b,
                output,
                weights[first : first + directions],
                [each[layer] for each in begins],
                lengths,
                bounds,
            )
            ends.append(end)
            continue
        stored = [
            b.constant(np.stack([each[kind] for each in weights[first : first + directions]]), output.dtype)
            for kind in range(3)
        ]
        options: dict[str, Any] = {"hidden_size": units}
        if directions == 2:
            options["direction"] = "bidirectional"
        if mode == "gru":
            options["linear_before_reset"] = 1
        if mode == "rnn_relu":
            options["activations"] = ["Relu"] * directions
        states = [each[layer] for each in begins]
        results = b.several(OPERATORS[mode], 1 + len(begins), output, *stored, lengths, *states, **options)
        # (steps, directions, batch, units)
        if directions == 1:
            output = results[0].closed(1)
        else:
            output = results[0].transposed(0, 2, 1, 3).reshaped(0, 0, -1)
        ends.append(results[1:])
    if not call["state_outputs"]:
        return output
    return [output, *(b.joined(list(each), 0) for each in zip(*ends, strict=True))]


def _bounds(call: Call) -> tuple[float, float, bool] | None:
    """Between what the cells are kept, and whether nan becomes the lower bound."""
    lowest, highest = call["lstm_state_clip_min"], call["lstm_state_clip_max"]
    if lowest is None or highest is None:
        return None
    return float(lowest), float(highest), bool(call["lstm_state_clip_nan"])


def _weights(
    call: Call, mode: str, units: int, layers: int, directions: int, features: int, projected: int | None
) -> list[tuple[np.ndarray[Any, Any], ...]]:
    """W, R, both biases and, if there is one, the projection of each layer and direction."""
    flat = call.constant(1)
    if flat is None:
        raise Inexpressible("its parameters are computed from the network's inputs")
    shapes = list(weight_shapes(mode, features, units, layers, directions, projected))
    parts = np.split(flat, np.cumsum([rows * columns for rows, columns in shapes])[:-1])
    matrices = 3 if projected else 2
    arrays = [
        part.reshape(shape)
        if place < matrices * layers * directions and place % matrices == 2
        else part.reshape(len(GATES[mode]), units, shape[1])[list(GATES[mode])].reshape(-1, shape[1])
        for place, (part, shape) in enumerate(zip(parts, shapes, strict=True))
    ]
    cells = layers * directions
    biases = arrays[matrices * cells :]
    return [
        (
            *arrays[matrices * i : matrices * i + 2],
            np.concatenate([biases[2 * i], biases[2 * i + 1]]).reshape(-1),
            *arrays[matrices * i + 2 : matrices * (i + 1)],
        )
        for i in range(cells)
    ]


def _stepped(
    b: Builder,
    data: Value,
    weights: list[tuple[np.ndarray[Any, Any], ...]],
    begins: list[Value | None],
    lengths: Value | None,
    bounds: tuple[float, float, bool] | None,
) -> tuple[Value, list[Value]]:
    """One layer of LSTM with a projection, or with cells between bounds, which ONNX's LSTM does not have: a Scan.

    Returns the outputs and the last state and cell, ``(directions, batch, *)``.
    """
    outputs: list[Value] = []
    ends: list[list[Value]] = [[], []]
    for direction, (of_input, of_state, both, *projection) in enumerate(weights):
        units, width = of_input.shape[0] // 4, of_state.shape[1]
        dtype = data.dtype
        bias = b.constant(both[: 4 * units] + both[4 * units :], dtype)
        inputs = b("MatMul", data, b.constant(of_input.T, dtype)) + bias
        states = [
            b.cut(begin, 0, direction, direction + 1).closed(0)
            if begin is not None
            else b.filled(b.joined([data.shape(1, 2), b.integers([size])]), 0, dtype)
            for begin, size in zip(begins, (width, units), strict=True)
        ]
        scanned = [inputs]
        if lengths is not None:
            steps = b("Range", b.value(0, np.int64), data.shape(0, 1).closed(0), b.value(1, np.int64))
            scanned.append(steps)

        def step(
            values: list[Value],
            weights: Any = (of_state, *projection),
            sizes: tuple[int, ...] = (width, units, width),
        ) -> list[Described]:
            state, cell, row, *count = values
            recurrent = b("MatMul", state, b.constant(weights[0].T, state.dtype))
            i, o, f, g = b.several("Split", 4, row + recurrent, axis=1)  # in ONNX's order
            new_cell = b("Sigmoid", f) * cell + b("Sigmoid", i) * b("Tanh", g)
            if bounds is not None:
                lowest, highest, also_nan = bounds
                if also_nan:
                    new_cell = b.where(b("IsNaN", new_cell, of=bool), lowest, new_cell)
                new_cell = b("Clip", new_cell, b.value(lowest, row.dtype), b.value(highest, row.dtype))
            new_state = b("Sigmoid", o) * b("Tanh", new_cell)
            if len(weights) > 1:
                new_state = b("MatMul", new_state, b.constant(weights[1].T, state.dtype))
            if lengths is None:
                found = [new_state, new_cell, new_state]
            else:
                counts = (count[0].cast(lengths.dtype) < lengths).opened(1)
                found = [b.where(counts, new_state, state), b.where(counts, new_cell, cell)]
                found.append(b.where(counts, new_state, 0))
            return [(each, (None, size)) for each, size in zip(found, sizes, strict=True)]

        rows = [(inputs.dtype, (None, 4 * units)), (np.dtype(np.int64), ())]
        own = [(dtype, (None, width)), (dtype, (None, units))]
        body, types = b.graph("step", [*own, *rows[: len(scanned)]], step)
        options: dict[str, Any] = {"body": body, "num_scan_inputs": len(scanned)}
        if direction:
            options["scan_input_directions"], options["scan_output_directions"] = [1] * len(scanned), [1]
        *last, output = b.several("Scan", 3, *states, *scanned, types=types, **options)
        outputs.append(output)
        for end, each in zip(ends, last, strict=True):
            end.append(each.opened(0))
    return b.joined(outputs, 2), [b.joined(each, 0) for each in ends]


def _begin(b: Builder, call: Call, name: str, layers: int) -> list[Value | None]:
    """The first state of each layer; None for zeros, with which ONNX begins by itself."""
    place = call.place(name)
    if place is None or call.source(place).kind == "_zeros":
        return [None] * layers
    state = call.inputs[place]
    if call.lengths(place)[1] == 1 and call.lengths(0)[1] != 1:  # one state for every sequence
        sizes = [b.integers([1]), b.length(call, 1), b.integers([1])]
        state = b("Expand", state, b.joined(sizes))
    if layers == 1:
        return [state]
    return list(b.several("Split", layers, state, axis=0))
