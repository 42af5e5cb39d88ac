"""Calls in a graph in the place of which another one does better: as well and faster, or knowing more."""

from __future__ import annotations

from collections.abc import Sequence

from ..ops.recurrent import FIRST_STATES, OF_WEIGHTS
from .compose import text_of
from .graph import Entry, Node, options_of, reachable
from .losses import Losses

__all__ = ["improved"]


def improved(entries: Sequence[Entry], with_losses: bool = False) -> list[Entry]:
    """The graph with such calls in the place of others; variables stay the same nodes."""
    nodes = reachable(entries)
    known = {id(node) for node in nodes}
    losses = Losses(nodes, entries) if with_losses else None
    replaced: dict[int, Node] = {}
    for node in nodes:
        new = _of_batch(node, known) or _of_weights(node)
        if new is None and losses is not None:
            new = losses.found(node)
        if new is not None:
            replaced[id(node)] = new
    if not replaced:
        return list(entries)
    made: dict[int, Node] = {}
    for node in nodes:
        if node.is_variable:
            made[id(node)] = node
            continue
        source = replaced.get(id(node), node)
        for each, _ in source.inputs:
            if id(each) not in made:  # a call that came in with this one, and runs just before it
                made[id(each)] = _copied(each, made, each.name, node.serial)
        made[id(node)] = _copied(source, made, node.name, node.serial)
    return [Entry(made[id(node)], index) for node, index in entries]


def _copied(node: Node, made: dict[int, Node], name: str, serial: int) -> Node:
    inputs = [Entry(made[id(each)], index) for each, index in node.inputs]
    copy = Node(node.op, name, node.attrs, inputs, node.special)
    copy.serial = serial
    return copy


def _of_batch(node: Node, known: set[int]) -> Node | None:
    """States before the first step, with as many rows as the inputs have, and of their type."""
    if node.rows_of is None or id(node.rows_of[0].node) not in known:
        return None
    like, axis = node.rows_of
    attrs = {"shape": text_of(options_of(node)["shape"]), "axis": str(axis)}
    return Node(FIRST_STATES, node.name, attrs, [like])


def _cast(weight: Entry, cast: Node | None) -> Entry:
    """A weight by itself as the joined ones are cast by automatic mixed precision."""
    if cast is None:
        return weight
    return Entry(Node(cast.op, f"{weight.node.name}_amp_cast", cast.attrs, [weight]))


def _of_weights(node: Node) -> Node | None:
    """A recurrent network whose weights are joined in one vector, with the weights as they were before."""
    if node.kind != "RNN" or len(node.inputs) < 3:
        return None
    joined = node.inputs[1].node
    cast = joined if joined.kind == "amp_cast" else None
    joined = joined if cast is None else cast.inputs[0].node
    if joined.kind != "_rnn_param_concat" or any(source.kind != "Reshape" for source, _ in joined.inputs):
        return None
    options = options_of(node)
    mode, directions = options["mode"], 2 if options.get("bidirectional") else 1
    cells = options["num_layers"] * directions
    projected = bool(options.get("projection_size"))
    matrices = 3 if projected else 2
    flat = [_cast(source.inputs[0], cast) for source, _ in joined.inputs]
    if len(flat) != cells * (matrices + 2):
        return None
    weights: list[Entry] = []
    for cell in range(cells):
        first, *more = flat[cell * matrices : (cell + 1) * matrices]
        biases = flat[cells * matrices + 2 * cell : cells * matrices + 2 * cell + 2]
        weights += [first, more[0], *biases, *more[1:]]
    states = 2 if mode == "lstm" else 1
    rest = node.inputs[2:]
    lengths = rest[states : states + 1] if options.get("use_sequence_length") else []
    attrs = {
        "mode": mode,
        "num_layers": options["num_layers"],
        "directions": directions,
        "p": options.get("p", 0.0),
        "clip_min": options.get("lstm_state_clip_min"),
        "clip_max": options.get("lstm_state_clip_max"),
        "clip_nan": options.get("lstm_state_clip_nan", False),
        "use_sequence_length": options.get("use_sequence_length", False),
    }
    return Node(
        OF_WEIGHTS,
        node.name,
        {key: text_of(value) for key, value in attrs.items()},
        [node.inputs[0], *rest[:states], *lengths, *weights],
    )
