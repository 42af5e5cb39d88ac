"""Recurrent networks over whole sequences, with all their parameters in one array."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from functools import cache
from typing import Any

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from ..dtype import name as dtype_name
from .nn import _floating, dropout
from .recurrent_steps import gru_over_steps
from .registry import Operator, OperatorError, operator

Tensor = torch.Tensor

_GATES = {"rnn_relu": 1, "rnn_tanh": 1, "gru": 3, "lstm": 4}


def _rnn_outputs(attributes: dict[str, Any]) -> int:
    if not attributes.get("state_outputs"):
        return 1
    return 3 if attributes.get("mode") == "lstm" else 2


def _rnn_shapes(shapes: dict[str, Any], attributes: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    data = shapes.get("data")
    if data is None:
        return {}
    units, layers = int(attributes["state_size"]), int(attributes["num_layers"])
    directions = 2 if attributes["bidirectional"] else 1
    projected = attributes.get("projection_size")
    count = sum(
        rows * columns
        for rows, columns in weight_shapes(attributes["mode"], data[2], units, layers, directions, projected)
    )
    state = (layers * directions, data[1])
    solved = {"parameters": (count,), "state": (*state, projected or units)}
    return {**solved, "state_cell": (*state, units)} if attributes["mode"] == "lstm" else solved


def weight_shapes(
    mode: str, features: int, units: int, layers: int, directions: int, projected: int | None
) -> Iterator[tuple[int, int]]:
    """The parameters as they follow each other: the weights of all layers, then their biases (rows, 1)."""
    rows, width = _GATES[mode] * units, projected or units
    for layer in range(layers):
        for _ in range(directions):
            yield rows, features if layer == 0 else width * directions
            yield rows, width
            if projected:
                yield projected, units
    for _ in range(layers * directions * 2):
        yield rows, 1


@operator("RNN", outputs=_rnn_outputs, training=True, random=True, infer=_rnn_shapes)
def rnn(
    data: Tensor,
    parameters: Tensor,
    state: Tensor,
    state_cell: Tensor | None = None,
    sequence_length: Tensor | None = None,
    *,
    state_size: int,
    num_layers: int,
    bidirectional: bool = False,
    mode: str,
    p: float = 0.0,
    state_outputs: bool = False,
    projection_size: int | None = None,
    lstm_state_clip_min: float | None = None,
    lstm_state_clip_max: float | None = None,
    lstm_state_clip_nan: bool = False,
    use_sequence_length: bool = False,
    training: bool,
    generator: Any,
) -> Any:
    """Layers of recurrent cells, each going over the sequence of outputs of the one before.

    ``rnn_relu``, ``rnn_tanh``: ``h' = f(W x + b + R h + r)``. ``lstm`` (gates i, f, g, o):
    ``c' = sigmoid(f) * c + sigmoid(i) * tanh(g)``, ``h' = sigmoid(o) * tanh(c')``. ``gru`` (gates r, z, n):
    ``n = tanh(W x + b + sigmoid(r) * (R h + r))``, ``h' = (1 - sigmoid(z)) * n + sigmoid(z) * h``.

    Shapes: data ``(steps, batch, features)``; state ``(num_layers * directions, batch, state_size)`` and, for the
    LSTM alone, state_cell of the same shape; the result ``(steps, batch, directions * state_size)``, with
    ``state_outputs`` followed by the last state (and cell). parameters ``(count,)``: for each layer and direction the
    weights W ``(gates * state_size, features)`` and R ``(gates * state_size, state_size)``, after all of them for each
    layer and direction the biases b and r.

    Parameters
    ----------
    bidirectional : a second cell in each layer goes backwards; the next layer sees both outputs.
    p : in training mode the fraction of the outputs of every layer but the last that is dropped.
    projection_size : LSTM outputs and states are multiplied with a third weight ``(projection_size, state_size)``
        and have that size.
    lstm_state_clip_min, lstm_state_clip_max : LSTM cells are kept between them, in every step.
    lstm_state_clip_nan : whether nan in a cell becomes the least value.
    use_sequence_length : sequence_length ``(batch,)`` says how many steps count; outputs behind them are 0, the last
        state is that of the last step that counts, and the way back begins there.

    Raises
    ------
    MXNetError : an array does not have the shape that follows from data and the attributes.

    Differs from 1.9.1: clipping, sequence lengths, dropout in float32 and gradients of projections, all of which 1.9.1
    has on GPUs alone (on CPUs it passes over the first three without a word), work everywhere.

    >>> from mxnet import nd
    >>> x, state = nd.ones((5, 2, 3)), nd.zeros((1, 2, 4))
    >>> count = 4 * (3 + 4) + 2 * 4
    >>> nd.RNN(x, nd.zeros(count), state, state_size=4, num_layers=1, mode='rnn_tanh').shape
    (5, 2, 4)
    """
    if use_sequence_length and sequence_length is None and mode != "lstm":
        state_cell, sequence_length = None, state_cell  # the fourth array of networks without cells
    if data.dim() == 3 and state.dim() == 3:
        state, *cell = _of_batch((state,) if state_cell is None else (state, state_cell), data)
        state_cell = cell[0] if cell else None
    _check_rnn(data, state, state_cell, sequence_length, mode, p, projection_size, use_sequence_length)
    directions = 2 if bidirectional else 1
    cells = num_layers * directions
    shapes = list(weight_shapes(mode, data.shape[2], state_size, num_layers, directions, projection_size))
    _check_shapes(data, parameters, state, state_cell, shapes, cells, state_size, projection_size)
    results = _network(
        mode,
        data,
        (state,) if state_cell is None else (state, state_cell),
        _ordered(parameters, shapes, cells),
        _step_counts(sequence_length, data) if use_sequence_length else None,
        num_layers,
        directions,
        p if training else 0.0,
        _clip(mode, lstm_state_clip_min, lstm_state_clip_max, lstm_state_clip_nan),
        generator,
    )
    return results if state_outputs else results[0]


def rnn_of_weights(
    data: Tensor,
    *arrays: Tensor,
    mode: str,
    num_layers: int,
    directions: int = 1,
    batch_first: bool = False,
    p: float = 0.0,
    clip_min: float | None = None,
    clip_max: float | None = None,
    clip_nan: bool = False,
    use_sequence_length: bool = False,
    training: bool,
    generator: Any,
) -> list[Tensor]:
    """`rnn` with weights that are arrays of their own, as layers have them: nothing is joined and taken apart again.

    arrays: the states, sequence_length where it is used, and for each layer and direction W, R, b, r and, with a
    projection, its weight. data and the first result are ``(batch, steps, *)`` with ``batch_first``. Shapes fit.
    """
    if batch_first:
        data = data.transpose(0, 1).contiguous()  # a strided input rounds differently than graphs, which copy
    count = 2 if mode == "lstm" else 1
    states, rest = _of_batch(arrays[:count], data), arrays[count:]
    steps = None
    if use_sequence_length:
        steps, rest = _step_counts(rest[0], data), rest[1:]
    if data.device.type == "cuda":  # cuDNN wants all weights in one buffer, in the order of `weight_shapes`
        rest = _in_one_buffer(rest, num_layers * directions)
    each = len(rest) // (num_layers * directions)
    output, *ends = _network(
        mode,
        data,
        states,
        [list(rest[first : first + each]) for first in range(0, len(rest), each)],
        steps,
        num_layers,
        directions,
        p if training else 0.0,
        _clip(mode, clip_min, clip_max, clip_nan),
        generator,
    )
    return [output.transpose(0, 1).contiguous() if batch_first else output, *ends]


def _of_batch(states: tuple[Tensor, ...], data: Tensor) -> tuple[Tensor, ...]:
    """States of one sequence for every sequence of the batch: graphs begin with them where they know no batch."""
    batch = data.shape[1]
    if batch == 1 or any(each.dim() != 3 or each.shape[1] != 1 for each in states):
        return states
    return tuple(each.expand(-1, batch, -1).contiguous() for each in states)


OF_WEIGHTS = Operator(
    "RNN", rnn_of_weights, outputs=lambda a: 3 if a["mode"] == "lstm" else 2, training=True, random=True
)
"""The record with which layers call `rnn_of_weights`; not in the table, since MXNet has no such operator."""


def first_states(data: Tensor, *, shape: tuple[int, ...], axis: int) -> Tensor:
    """Zeros of this shape in which lengths of 0 stand for that of data's axis; of a float's type where data has one."""
    batch = data.shape[axis]
    dtype = data.dtype if data.dtype in (torch.float64, torch.float16, torch.bfloat16) else torch.float32
    return torch.zeros([length or batch for length in shape], dtype=dtype, device=data.device)


FIRST_STATES = Operator("first_states", first_states)
"""The record of the states that `unroll` begins with inside programs, where the size of the batch is known."""


def _in_one_buffer(weights: tuple[Tensor, ...], cells: int) -> tuple[Tensor, ...]:
    """The same weights as parts of one new array, matrices first."""
    each = len(weights) // cells
    matrices = [place for place in range(len(weights)) if place % each not in (2, 3)]
    order = [*matrices, *(place for place in range(len(weights)) if place % each in (2, 3))]
    flat = torch.cat([weights[place].reshape(-1) for place in order])
    parts = dict(zip(order, flat.split([weights[place].numel() for place in order]), strict=True))
    return tuple(parts[place].view(weight.shape) for place, weight in enumerate(weights))


def _clip(
    mode: str, lowest: float | None, highest: float | None, also_nan: bool
) -> tuple[float, float, bool] | None:
    if mode != "lstm" or lowest is None or highest is None:
        return None
    return lowest, highest, also_nan


def _network(
    mode: str,
    data: Tensor,
    states: tuple[Tensor, ...],
    weights: list[list[Tensor]],
    steps: Tensor | None,
    layers: int,
    directions: int,
    p: float,
    clip: tuple[float, float, bool] | None,
    generator: Any,
) -> list[Tensor]:
    """Outputs and last states of all layers; weights are those of each layer and direction, p is 0 in prediction."""
    # Layer by layer where something happens between or inside them that PyTorch's kernels do not do.
    by_hand = (
        mode == "gru"
        and steps is None
        and data.device.type == "cpu"
        and torch.is_grad_enabled()
        and data.shape[1] > 0
        and any(each.requires_grad for each in (data, *states, *weights[0]))
    )
    single = clip is not None or p > 0 or by_hand
    runs = [(layer * directions, 1) for layer in range(layers)] if single else [(0, layers)]
    last: list[tuple[Tensor, ...]] = []
    output = data
    for first, count in runs:
        if first and p > 0:
            output = dropout(output, p=p, training=True, generator=generator)
        chosen = slice(first, first + count * directions)
        begin = tuple(each[chosen] for each in states) if single else states
        if clip is not None:
            output, end = _stepped(output, begin, weights[chosen], steps, clip)
        elif by_hand:
            parts = [
                gru_over_steps(output, begin[0][place], each, place == 1)
                for place, each in enumerate(weights[chosen])
            ]
            output = parts[0][0] if directions == 1 else torch.cat([part for part, _ in parts], 2)
            end = (torch.stack([last_state for _, last_state in parts]),)
        else:
            output, end = _computed(mode, output, begin, weights[chosen], steps, count, directions)
        last.append(end)
    ends = [torch.cat(each) for each in zip(*last, strict=True)] if single else list(last[0])
    return [output.contiguous(), *ends]


def _computed(
    mode: str,
    data: Tensor,
    states: tuple[Tensor, ...],
    weights: list[list[Tensor]],
    steps: Tensor | None,
    layers: int,
    directions: int,
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Outputs and last states by PyTorch's kernels."""
    kernel: Any = getattr(torch, mode)
    flat = [weight for each in weights for weight in each]
    options = (True, layers, 0.0, torch.is_grad_enabled(), directions == 2)
    if len(weights[0]) == 5 and data.device.type == "cpu":
        _take_the_warning()
    if steps is None:
        output, *end = kernel(data, states if mode == "lstm" else states[0], flat, *options, False)
        return output, tuple(end)
    packed = pack_padded_sequence(data, steps.cpu(), enforce_sorted=False)
    order, back = packed.sorted_indices, packed.unsorted_indices
    assert order is not None
    assert back is not None
    begin = tuple(each.index_select(1, order) for each in states)
    output, *end = kernel(
        packed.data, packed.batch_sizes, begin if mode == "lstm" else begin[0], flat, *options
    )
    padded, _ = pad_packed_sequence(packed._replace(data=output), total_length=data.shape[0])
    return padded, tuple(each.index_select(1, back) for each in end)


@cache
def _take_the_warning() -> None:
    """PyTorch warns once a process that it computes projections on a CPU without oneDNN; nothing is wrong with that."""
    with warnings.catch_warnings(), torch.device("cpu"):
        warnings.simplefilter("ignore")
        x, weights = (
            torch.zeros(1, 1, 1),
            [torch.zeros(8, 1), torch.zeros(8, 1), torch.zeros(8), torch.zeros(8)],
        )
        torch.lstm(
            x, (x, torch.zeros(1, 1, 2)), [*weights, torch.zeros(1, 2)], True, 1, 0.0, False, False, False
        )


def _stepped(
    data: Tensor,
    states: tuple[Tensor, ...],
    weights: list[list[Tensor]],
    steps: Tensor | None,
    clip: tuple[float, float, bool],
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """One layer of LSTM step by step, with cells kept inside bounds."""
    lowest, highest, also_nan = clip
    outputs, ends = [], []
    for direction, (of_input, of_state, input_bias, state_bias, *projection) in enumerate(weights):
        state, cell = (each[direction] for each in states)
        inputs = torch.matmul(data, of_input.t()) + (input_bias + state_bias)
        order = range(data.shape[0])
        found: dict[int, Tensor] = {}
        for step in reversed(order) if direction else order:
            i, f, g, o = (inputs[step] + torch.mm(state, of_state.t())).chunk(4, 1)
            new_cell = torch.sigmoid(f) * cell + torch.sigmoid(i) * torch.tanh(g)
            if also_nan:
                new_cell = new_cell.masked_fill(new_cell.isnan(), lowest)
            new_cell = new_cell.clamp(lowest, highest)
            new_state = torch.sigmoid(o) * torch.tanh(new_cell)
            if projection:
                new_state = torch.mm(new_state, projection[0].t())
            if steps is None:
                state, cell, found[step] = new_state, new_cell, new_state
            else:
                counts = (step < steps).unsqueeze(1)
                state, cell = torch.where(counts, new_state, state), torch.where(counts, new_cell, cell)
                found[step] = new_state * counts
        outputs.append(torch.stack([found[step] for step in order]))
        ends.append((state, cell))
    return torch.cat(outputs, 2), tuple(torch.stack(each) for each in zip(*ends, strict=True))


def _ordered(parameters: Tensor, shapes: list[tuple[int, int]], cells: int) -> list[list[Tensor]]:
    """For each layer and direction W, R, b, r and the projection, as PyTorch's kernels take them."""
    parts = parameters.split([rows * columns for rows, columns in shapes])
    each = len(shapes) // cells - 2  # weights of a cell; its biases stand behind the weights of all
    found = []
    for cell in range(cells):
        first, behind = cell * each, cells * each + cell * 2
        of_input, of_state, *projection = (
            part.reshape(shape)
            for part, shape in zip(parts[first : first + each], shapes[first : first + each], strict=True)
        )
        found.append([of_input, of_state, *parts[behind : behind + 2], *projection])
    return found


def _step_counts(lengths: Tensor | None, data: Tensor) -> Tensor:
    assert lengths is not None
    counts = lengths.detach().to(torch.int64)
    if tuple(counts.shape) != (data.shape[1],) or counts.min() < 1 or counts.max() > data.shape[0]:
        raise OperatorError(
            "sequence_length does not fit data",
            because=f"it has {data.shape[1]} numbers from 1 to {data.shape[0]}, one for each sequence",
        )
    return counts


def _check_rnn(
    data: Tensor,
    state: Tensor,
    state_cell: Tensor | None,
    sequence_length: Tensor | None,
    mode: str,
    p: float,
    projection_size: int | None,
    use_sequence_length: bool,
) -> None:
    if mode not in _GATES:
        raise OperatorError(
            f"unknown mode {mode!r}", because="valid are " + ", ".join(_GATES), hint="mode='lstm'"
        )
    if (state_cell is None) is (mode == "lstm"):
        raise OperatorError(
            "state_cell is missing" if mode == "lstm" else "there is an array too many",
            because="an LSTM has cells besides its state, the other networks have not",
        )
    if (sequence_length is None) is use_sequence_length:
        raise OperatorError(
            "sequence_length is missing" if use_sequence_length else "sequence_length has no effect",
            hint="use_sequence_length=True and sequence_length, or neither",
        )
    if not 0 <= p <= 1:
        raise OperatorError(
            f"p={p} is no probability", because="p is the fraction that is dropped, from 0 to 1"
        )
    if projection_size and mode != "lstm":
        raise OperatorError("only an LSTM has a projection", hint="projection_size=None, or mode='lstm'")
    _floating(data)
    if data.dim() != 3 or state.dim() != 3:
        raise OperatorError(
            f"data has {data.dim()} axes and state {state.dim()}",
            because="they are (steps, batch, features) and (layers * directions, batch, units)",
        )


def _check_shapes(
    data: Tensor,
    parameters: Tensor,
    state: Tensor,
    state_cell: Tensor | None,
    shapes: list[tuple[int, int]],
    cells: int,
    units: int,
    projected: int | None,
) -> None:
    if cells < 1 or units < 1 or not data.shape[0]:
        raise OperatorError(
            "there is nothing to compute",
            because="num_layers, state_size and the steps of data are at least 1",
        )
    count = sum(rows * columns for rows, columns in shapes)
    wanted = {
        "parameters": (parameters, (count,)),
        "state": (state, (cells, data.shape[1], projected or units)),
        "state_cell": (state_cell, (cells, data.shape[1], units)),
    }
    for name, (array, shape) in wanted.items():
        if array is not None and array.dtype is not data.dtype:
            raise OperatorError(
                f"{name} is of another type than data",
                because=f"expected {dtype_name(data.dtype)}, got {dtype_name(array.dtype)}",
                hint=f"{name}.astype('{dtype_name(data.dtype)}')",
            )
        if array is not None and tuple(array.shape) != shape:
            raise OperatorError(
                f"{name} does not fit data",
                because=f"data and the attributes ask for {shape}, not {tuple(array.shape)}",
            )
