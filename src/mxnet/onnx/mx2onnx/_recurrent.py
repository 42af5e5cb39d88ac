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
from ._builder import Builder, Call, Inexpressible, Value, converter

__all__ = ["GATES", "OPERATORS"]

OPERATORS = {"lstm": "LSTM", "gru": "GRU", "rnn_tanh": "RNN", "rnn_relu": "RNN"}
GATES = {"lstm": (0, 3, 1, 2), "gru": (1, 0, 2), "rnn_tanh": (0,), "rnn_relu": (0,)}
"""Which of MXNet's gates stands at each place of ONNX's weights; for two gates swapped it is its own inverse."""


@converter("RNN")
def _rnn(b: Builder, call: Call) -> Any:
    mode, units, layers = call["mode"], int(call["state_size"]), int(call["num_layers"])
    directions = 2 if call["bidirectional"] else 1
    for key in ("projection_size", "lstm_state_clip_min", "lstm_state_clip_max"):
        if call[key] is not None:
            raise Inexpressible(f"{key}={call[key]}, which ONNX does not have")
    features = call.fixed(0, [2])[0]
    weights = _weights(call, mode, units, layers, directions, features)
    lengths = call.array("sequence_length") if call["use_sequence_length"] else None
    if call["use_sequence_length"] and lengths is None and mode != "lstm":
        lengths = call.inputs[3]  # the fourth array of networks without cells
    lengths = None if lengths is None else lengths.cast(np.int32)
    begins = [
        _begin(b, call, name, layers) for name in (("state", "state_cell") if mode == "lstm" else ("state",))
    ]
    output = call.x
    ends: list[list[Value]] = []
    for layer in range(layers):
        first = layer * directions
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


def _weights(
    call: Call, mode: str, units: int, layers: int, directions: int, features: int
) -> list[tuple[np.ndarray[Any, Any], ...]]:
    """W, R and both biases of each layer and direction."""
    flat = call.constant(1)
    if flat is None:
        raise Inexpressible("its parameters are computed from the network's inputs")
    shapes = list(weight_shapes(mode, features, units, layers, directions, None))
    parts = np.split(flat, np.cumsum([rows * columns for rows, columns in shapes])[:-1])
    arrays = [
        part.reshape(len(GATES[mode]), units, columns)[list(GATES[mode])].reshape(-1, columns)
        for part, (_, columns) in zip(parts, shapes, strict=True)
    ]
    cells = layers * directions
    matrices, biases = arrays[: 2 * cells], arrays[2 * cells :]
    return [
        (matrices[2 * i], matrices[2 * i + 1], np.concatenate([biases[2 * i], biases[2 * i + 1]]).reshape(-1))
        for i in range(cells)
    ]


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
