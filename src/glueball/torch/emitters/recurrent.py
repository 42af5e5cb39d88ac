"""Recurrent networks over whole sequences."""

from __future__ import annotations

from glueball.torch.emitters.table import Call, Layer, Unwritten, Written, arguments, emits, literal
from mxnet.ops.recurrent import OF_WEIGHTS

__all__: list[str] = []


@emits("RNN")
def rnn(call: Call) -> Written:
    if call["use_sequence_length"]:
        raise Unwritten("it stops at the end of each sequence (use_sequence_length)")
    return _of_weights(call) if call.node.op is OF_WEIGHTS else _of_vector(call)


def _of_weights(call: Call) -> Written:
    """With weights that are arrays of their own, as Gluon has them."""
    if call["clip_min"] is not None and call["clip_max"] is not None:
        raise Unwritten("it keeps its cells between bounds (lstm_state_clip_min)")
    mode, layers, directions = call["mode"], call["num_layers"], call["directions"]
    count = 2 if mode == "lstm" else 1
    states, weights = call.all()[1 : 1 + count], call.all()[1 + count :]
    each = len(weights) // (layers * directions)
    given = [] if _start_at_zero(call, count) else states
    more = {
        "layers": None if layers == 1 else str(layers),
        "directions": None if directions == 1 else str(directions),
        "dropout": None if not call["p"] else literal(call["p"]),
    }
    code = arguments(
        literal(mode),
        "@0",
        f"[{', '.join(given)}]",
        f"[{', '.join(weights)}]",
        **more,
        training="self.training" if call["p"] else None,
    )
    first, recurrent = call.values[1 + count], call.values[2 + count].shape
    projection = call.values[1 + count + 4].shape if each == 5 else None
    if first.shape is None or recurrent is None:
        return Written(f"recurrent({code})", None, 1 + count)
    units = projection[1] if projection else recurrent[1]
    made = arguments(
        literal(mode),
        str(first.shape[1]),
        str(units),
        **more,
        projection=str(projection[0]) if projection else None,
        dtype=None if str(first.dtype) == "torch.float32" else str(first.dtype),
    )
    names = ["i2h_weight", "h2h_weight", "i2h_bias", "h2h_bias", "h2r_weight"][:each]
    own = {}
    for place in range(len(weights)):
        cell, kind = divmod(place, each)
        layer, direction = divmod(cell, directions)
        side = f".{'lr'[direction]}_cell" if directions == 2 else ""
        own[f"_unfused.{layer}{side}.{names[kind]}"] = 1 + count + place
    calls = f"{{layer}}({', '.join(['@0', *given])})"
    return Written(f"recurrent({code})", Layer(f"Recurrent({made})", own, calls), 1 + count)


def _of_vector(call: Call) -> Written:
    """With all weights in one vector, as the operator has them."""
    if call["projection_size"] or call["lstm_state_clip_min"] is not None:
        raise Unwritten("it has a projection or bounds, with all weights in one vector")
    mode, layers = call["mode"], call["num_layers"]
    directions = 2 if call["bidirectional"] else 1
    count = 2 if mode == "lstm" else 1
    given = [] if _start_at_zero(call, count, first=2) else call.all()[2 : 2 + count]
    numbers = f"@0.shape[2], {call['state_size']}, {layers}, {directions}"
    code = arguments(
        literal(mode),
        "@0",
        f"[{', '.join(given)}]",
        f"unpacked(@1, {literal(mode)}, {numbers})",
        layers=None if layers == 1 else str(layers),
        directions=None if directions == 1 else str(directions),
        dropout=None if not call["p"] else literal(call["p"]),
        training="self.training" if call["p"] else None,
    )
    return Written(f"recurrent({code})", None, 1 + count)


def _start_at_zero(call: Call, count: int, first: int = 1) -> bool:
    """Whether the states are the zeros that a network begins with."""
    entries = call.node.inputs[first : first + count]
    return all(entry.node.kind == "_zeros" for entry in entries)


@emits("first_states")
def first_states(call: Call) -> str:
    """The states of unrolled cells: as many rows as the inputs have."""
    lengths = [str(length) if length else f"@0.shape[{call['axis']}]" for length in call["shape"]]
    return f"@0.new_zeros({', '.join(lengths)})"
