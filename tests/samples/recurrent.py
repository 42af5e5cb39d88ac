"""Recurrent networks over whole sequences."""

from __future__ import annotations

from typing import Any

import numpy as np

from .sample import ErrorSample, Recipe, Sample, error, literal, normal, plain, sample

_STEPS, _BATCH, _FEATURES, _UNITS = 4, 3, 3, 2
_GATES = {"rnn_relu": 1, "rnn_tanh": 1, "gru": 3, "lstm": 4}


def _count(mode: str, layers: int, directions: int, projected: int | None) -> int:
    rows, width = _GATES[mode] * _UNITS, projected or _UNITS
    first, later = rows * (_FEATURES + width + 2), rows * (width * directions + width + 2)
    return directions * (first + (layers - 1) * later + layers * (projected or 0) * _UNITS)


def _arrays(
    mode: str,
    layers: int = 1,
    directions: int = 1,
    dtype: str = "float32",
    projected: int | None = None,
    steps: int = _STEPS,
) -> list[Recipe]:
    """Data, parameters, state and, for the LSTM, cells."""
    arrays = [
        normal(steps, _BATCH, _FEATURES, dtype=dtype),
        normal(_count(mode, layers, directions, projected), scale=0.5, dtype=dtype),
        normal(layers * directions, _BATCH, projected or _UNITS, scale=0.5, dtype=dtype),
    ]
    cells = [normal(layers * directions, _BATCH, _UNITS, scale=0.5, dtype=dtype)] if mode == "lstm" else []
    return arrays + cells


def _network(
    mode: str,
    layers: int = 1,
    directions: int = 1,
    dtype: str = "float32",
    steps: int = _STEPS,
    **attributes: Any,
) -> Sample:
    call = {"mode": mode, "state_size": _UNITS, "num_layers": layers, **attributes}
    if directions == 2:
        call["bidirectional"] = True
    made = sample(
        "RNN", *_arrays(mode, layers, directions, dtype, attributes.get("projection_size"), steps), **call
    )
    # 1.9.1 takes float32 on the way for some float64 networks.
    return made.near(1e-4, 1e-5) if dtype == "float32" else made.near(1e-6, 1e-6)


# ---------------------------------------------------------------------- the same with NumPy, step by step


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def recurred(
    data: np.ndarray,
    parameters: np.ndarray,
    state: np.ndarray,
    *more: np.ndarray,
    mode: str = "lstm",
    layers: int = 1,
    directions: int = 1,
    projected: int | None = None,
    lengths: Any = None,
    clip: tuple[float, float] | None = None,
) -> list[np.ndarray]:
    """Output, last state and, for the LSTM, last cells."""
    rows, width = _GATES[mode] * _UNITS, projected or _UNITS
    given, place = parameters.astype("float64"), 0
    weights, output = [], data.astype("float64")

    def taken(*shape: int) -> np.ndarray:
        nonlocal place
        place += int(np.prod(shape))
        return given[place - int(np.prod(shape)) : place].reshape(shape)

    for layer in range(layers):
        for _ in range(directions):
            features = _FEATURES if layer == 0 else width * directions
            weights.append(
                [taken(rows, features), taken(rows, width), taken(width, _UNITS) if projected else None]
            )
    biases = [(taken(rows), taken(rows)) for _ in weights]
    states, cells = [], []
    for layer in range(layers):
        outputs = []
        for direction in range(directions):
            cell = layer * directions + direction
            (of_input, of_state, projection), (b, r) = weights[cell], biases[cell]
            h = state[cell].astype("float64")
            c = more[0][cell].astype("float64") if mode == "lstm" else h
            found = np.zeros((*output.shape[:2], width))
            order = range(len(output))
            for step in reversed(order) if direction else order:
                x, hidden = output[step] @ of_input.T + b, h @ of_state.T + r
                if mode == "lstm":
                    i, f, g, o = np.split(x + hidden, 4, axis=1)
                    new_c = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
                    new_c = new_c if clip is None else np.clip(new_c, *clip)
                    new_h = _sigmoid(o) * np.tanh(new_c)
                    new_h = new_h if projection is None else new_h @ projection.T
                elif mode == "gru":
                    (xr, xz, xn), (hr, hz, hn) = np.split(x, 3, axis=1), np.split(hidden, 3, axis=1)
                    z = _sigmoid(xz + hz)
                    new_c = new_h = (1 - z) * np.tanh(xn + _sigmoid(xr + hr) * hn) + z * h
                else:
                    new_c = new_h = np.tanh(x + hidden)
                counts = np.ones((_BATCH, 1)) if lengths is None else (step < np.array(lengths))[:, None]
                h, c = np.where(counts, new_h, h), np.where(counts, new_c, c)
                found[step] = new_h * counts
            outputs.append(found)
            states.append(h)
            cells.append(c)
        output = np.concatenate(outputs, 2)
    results = [output, np.stack(states), np.stack(cells)] if mode == "lstm" else [output, np.stack(states)]
    return [result.astype(data.dtype) for result in results]


_LENGTHS = [2, 4, 1]


def _shorter(
    mode: str, layers: int = 1, directions: int = 1, dtype: str = "float64", state_outputs: bool = True
) -> Sample:
    """Sequences that end before the last step."""
    call = {"mode": mode, "state_size": _UNITS, "num_layers": layers, "state_outputs": state_outputs}
    arrays = [*_arrays(mode, layers, directions, dtype), literal(_LENGTHS, "int32")]

    def expected(*given: np.ndarray) -> Any:
        found = recurred(*given[:-1], mode=mode, layers=layers, directions=directions, lengths=_LENGTHS)
        return found if state_outputs else found[0]

    made = sample("RNN", *arrays, bidirectional=directions == 2, use_sequence_length=True, **call).added(
        expected
    )
    return made.near(1e-4, 1e-5) if dtype == "float32" else made


def _bounded(
    layers: int = 1, directions: int = 1, projected: int | None = None, lengths: Any = None, **attributes: Any
) -> Sample:
    """Cells between bounds, and projections, which 1.9.1 cannot differentiate on a CPU."""
    call = {"mode": "lstm", "state_size": _UNITS, "num_layers": layers, "state_outputs": True, **attributes}
    clip = (attributes["lstm_state_clip_min"], attributes["lstm_state_clip_max"]) if attributes else None
    arrays = _arrays("lstm", layers, directions, "float64", projected)
    if projected:
        call["projection_size"] = projected
    if lengths:
        arrays, call["use_sequence_length"] = [*arrays, literal(lengths, "int32")], True

    def expected(*given: np.ndarray) -> Any:
        return recurred(
            *given[:4], layers=layers, directions=directions, projected=projected, lengths=lengths, clip=clip
        )

    return sample("RNN", *arrays, bidirectional=directions == 2, **call).added(expected)


_BOUNDS = {"lstm_state_clip_min": -0.3, "lstm_state_clip_max": 0.2}

SAMPLES: list[Sample] = [
    *(_network(mode, dtype=dtype) for mode in _GATES for dtype in ("float32", "float64")),
    *(_network(mode, 1, 2, "float64", state_outputs=True) for mode in _GATES),
    *(_network(mode, 2, 2, state_outputs=True) for mode in _GATES),
    *(_network(mode, 3, state_outputs=True) for mode in _GATES),
    # Of deep networks of the simple cells 1.9.1 has another gradient in float64 than in float32.
    *(_network(mode, 3, 1, "float64", state_outputs=True) for mode in ("gru", "lstm")),
    *(_network(mode, 2, steps=1, state_outputs=True) for mode in _GATES),
    *(_network(mode, 2, p=0.5) for mode in _GATES),
    _network("gru", 2, p=0.0).trained(),
    # Without gradients and with states, the only way in which 1.9.1 computes projections on a CPU.
    *(
        _network("lstm", layers, directions, projection_size=3, state_outputs=True).plain()
        for layers in (1, 2)
        for directions in (1, 2)
    ),
    *(
        _shorter(mode, layers, directions)
        for mode in ("rnn_tanh", "gru", "lstm")
        for layers, directions in ((1, 1), (2, 2))
    ),
    _shorter("lstm", 1, 2, "float32"),
    _shorter("rnn_tanh", state_outputs=False),
    _bounded(**_BOUNDS),
    _bounded(2, 2, **_BOUNDS),
    _bounded(2, 2, lengths=_LENGTHS, **_BOUNDS),
    _bounded(2, 2, 1, **_BOUNDS),
    _bounded(2, 2, 1),
    plain(
        "RNN",
        *_arrays("lstm")[:3],
        literal([[[np.nan, 0.0]] * _BATCH]),
        mode="lstm",
        state_size=_UNITS,
        num_layers=1,
        lstm_state_clip_min=-0.1,
        lstm_state_clip_max=0.1,
        lstm_state_clip_nan=True,
    ).added(lambda x, w, h, c: recurred(x, w, h, np.where(np.isnan(c), -np.inf, c), clip=(-0.1, 0.1))[0]),
]

_LSTM: dict[str, Any] = {"mode": "lstm", "state_size": _UNITS, "num_layers": 1}
_TANH: dict[str, Any] = {**_LSTM, "mode": "rnn_tanh"}
_INPUTS = _arrays("rnn_tanh")

ERROR_SAMPLES: list[ErrorSample] = [
    error("MXNetError", "RNN", *_INPUTS, state_size=_UNITS, num_layers=1),
    error("MXNetError", "RNN", *_INPUTS, mode="rnn_tanh", num_layers=1),
    error("MXNetError", "RNN", *_INPUTS, mode="rnn_tanh", state_size=_UNITS),
    error("MXNetError", "RNN", *_INPUTS, mode="elman", state_size=_UNITS, num_layers=1),
    error("MXNetError", "RNN", *_INPUTS, **_LSTM),
    error("MXNetError", "RNN", *_arrays("lstm"), **_TANH),
    error("MXNetError", "RNN", _INPUTS[0], normal(5), _INPUTS[2], **_TANH),
    error("MXNetError", "RNN", *_INPUTS[:2], normal(1, 2, _UNITS), **_TANH),
    error("MXNetError", "RNN", *_INPUTS[:2], normal(_BATCH, _UNITS), **_TANH),
    error("MXNetError", "RNN", normal(_BATCH, _FEATURES), *_INPUTS[1:], **_TANH),
    error("MXNetError", "RNN", *_INPUTS, p=1.5, **_TANH),
    error("MXNetError", "RNN", *_INPUTS, use_sequence_length=True, **_TANH),
    error(
        "MXNetError", "RNN", *_INPUTS, literal([1, 2, 9], "int32"), use_sequence_length=True, **_TANH
    ).because("MXNet passes over the lengths on a CPU"),
    error(
        "MXNetError", "RNN", *_arrays("gru"), mode="gru", state_size=_UNITS, num_layers=1, projection_size=1
    ).because("MXNet reads beside the array"),
]
