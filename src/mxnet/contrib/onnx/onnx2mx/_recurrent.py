"""Readers of recurrent networks: a layer each, with its weights in the order that MXNet has.

The gates are those of `mxnet.onnx.mx2onnx._recurrent`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ....onnx.mx2onnx._recurrent import GATES
from ._reader import Array, Call, Reader, Unreadable, Value, reader

_USUAL = {"LSTM": ["Sigmoid", "Tanh", "Tanh"], "GRU": ["Sigmoid", "Tanh"], "RNN": ["Tanh"]}


def _mode(call: Call, directions: int) -> str:
    """The network that MXNet has for these activations."""
    given = [str(each).capitalize() for each in call.get("activations") or _USUAL[call.op] * directions]
    for key in ("clip", "layout", "input_forget"):
        if call.get(key):
            raise Unreadable(f"{key}={call.get(key)}")
    if call.op == "GRU" and not call.get("linear_before_reset", 0):
        raise Unreadable("linear_before_reset=0: MXNet's GRU resets behind the product")
    if call.op == "RNN" and given == ["Relu"] * directions:
        return "rnn_relu"
    if given != _USUAL[call.op] * directions:
        raise Unreadable(f"activations={given}")
    return {"LSTM": "lstm", "GRU": "gru", "RNN": "rnn_tanh"}[call.op]


def _ordered(array: Array, mode: str) -> Array:
    """The rows of a weight, gate by gate, in MXNet's order."""
    gates = GATES[mode]
    back = [gates.index(place) for place in range(len(gates))]
    parts = array.reshape(len(gates), -1, *array.shape[1:])
    return np.ascontiguousarray(parts[back]).reshape(array.shape)


@reader("LSTM", "GRU", "RNN")
def _recurrent(r: Reader, call: Call) -> list[Value]:
    units = int(call["hidden_size"])
    direction = call.get("direction", "forward")
    if direction not in ("forward", "reverse", "bidirectional"):
        raise Unreadable(f"direction={direction!r}")
    directions = 2 if direction == "bidirectional" else 1
    mode = _mode(call, directions)
    if call.op == "LSTM" and call.optional(7) is not None and call.known(7, "P").any():
        raise Unreadable("peepholes")
    weight, recurrent = call.known(1, "W"), call.known(2, "R")
    rows = len(GATES[mode]) * units
    if (
        weight.ndim != 3
        or weight.shape[:2] != (directions, rows)
        or recurrent.shape != (directions, rows, units)
    ):
        raise Unreadable("W and R do not fit hidden_size and direction")
    bias = np.zeros((directions, 2 * rows), dtype=weight.dtype)
    if call.optional(3) is not None:
        bias = call.known(3, "B").reshape(directions, 2 * rows)
    parts = [_ordered(each[d], mode) for d in range(directions) for each in (weight, recurrent)]
    parts += [_ordered(each, mode) for d in range(directions) for each in np.split(bias[d], 2)]
    packed = np.concatenate([part.reshape(-1) for part in parts])
    x = call.x
    backwards = direction == "reverse"
    lengths = call.optional(4)
    if lengths is not None and _all_steps(r, x, lengths):
        lengths = None
    x = _turned(r, x, lengths) if backwards else x
    states = [
        _begin(r, call, x, place, directions, units) for place in ((5, 6) if call.op == "LSTM" else (5,))
    ]
    parameters = r.constant(packed, name=f"{call.name or call.op.lower()}_parameters")
    names: list[Value | None] = [x, parameters, *states]
    if lengths is not None:
        names += [lengths] if len(states) == 2 else [None, lengths]
    output, *ends = r.several(
        "RNN",
        *names,
        state_size=units,
        num_layers=1,
        mode=mode,
        bidirectional=directions == 2,
        state_outputs=True,
        **({"use_sequence_length": True} if lengths is not None else {}),
    )
    output = _turned(r, output, lengths) if backwards else output
    # (steps, batch, directions * units) as (steps, directions, batch, units)
    if directions == 1:
        output = r("expand_dims", output, axis=1)
    else:
        output = r("SwapAxis", r("Reshape", output, shape=(0, 0, -4, 2, -1)), dim1=1, dim2=2)
    return [output, *ends]


def _turned(r: Reader, x: Value, lengths: Value | None) -> Value:
    if lengths is None:
        return r("reverse", x, axis=0)
    return r("SequenceReverse", x, lengths, use_sequence_length=True)


def _all_steps(r: Reader, x: Value, lengths: Value) -> bool:
    """Whether every sequence is as long as data is."""
    if lengths.arrays is None:
        return False
    steps = r.guesses(x)[0]
    return all(bool((each == n).all()) for each, n in zip(lengths.arrays, steps, strict=True))


def _begin(r: Reader, call: Call, x: Value, place: int, directions: int, units: int) -> Value:
    """A first state; zeros, of one sequence for all of the batch, where there is none."""
    state = call.optional(place)
    if state is None or (state.arrays is not None and not any(each.any() for each in state.arrays)):
        dtype: Any = r.dtype(x).name
        return r("_zeros", shape=(directions, 1, units), dtype=dtype)
    return state
