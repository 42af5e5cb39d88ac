"""Shapes that follow from those of results: what a sum is added to says what its terms are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..ops.arithmetic import BINARY
from ..ops.elementwise import UNARY
from .graph import Entry, Node, options_of
from .shape_rules import SAME_SHAPE

__all__ = ["variables_from_results"]

Shape = tuple[int, ...]
Key = tuple[int, int]

# Operators whose first array and whose result have one shape.
_ALIKE = frozenset(
    {
        *UNARY,
        *(name for row in BINARY.values() for name in (*row.scalar, *row.reflected_scalar)),
        *(
            "Activation",
            "BatchNorm",
            "BlockGrad",
            "Cast",
            "Dropout",
            "InstanceNorm",
            "L2Normalization",
            "LRN",
        ),
        *("LayerNorm", "LeakyReLU", "MakeLoss", "SequenceMask", "SoftmaxActivation", "amp_cast", "clip"),
        *("hard_sigmoid", "log_softmax", "make_loss", "reverse", "smooth_l1", "softmax"),
    }
)
_ALL_ALIKE = SAME_SHAPE - {"stack"}  # as many axes as its arrays, and one more


def variables_from_results(
    nodes: Sequence[Node], known: Mapping[Key, Shape], given: Mapping[str, Shape]
) -> dict[str, Shape]:
    """The shapes of variables that follow from results; lengths that do not follow are 0.

    Parameters
    ----------
    nodes : the graph, in order.
    known : shapes of outputs, as far as they follow forwards; lengths that are not known are 0.
    given : shapes of variables by name, from which ``known`` came.

    Returns
    -------
    Those that say more than ``given``.
    """
    found: dict[Key, Shape] = dict(known)
    calls = [node for node in nodes if not node.is_variable]
    changed = True
    while changed:
        changed = False
        for node in reversed(calls):
            for group in _of_one_shape(node, found):
                shape = _joined([found[key] for key in group if key in found])
                for key in group if shape is not None else ():
                    if found.get(key) != shape:
                        found[key] = shape  # type: ignore[assignment]
                        changed = True
    learnt = {}
    for node in nodes:
        shape = found.get((id(node), 0)) if node.is_variable else None
        if shape is not None and 0 not in shape and given.get(node.name) != shape:
            learnt[node.name] = shape
    return learnt


def _of_one_shape(node: Node, found: dict[Key, Shape]) -> list[list[Key]]:
    """The arrays around a call that have one shape."""
    if node.op is None:
        return []
    inputs = [_key(entry) for entry in node.inputs]
    result = (id(node), 0)
    if node.op.name in _ALL_ALIKE and node.visible == 1:
        return [[result, *inputs]]
    if node.op.name in _ALIKE and inputs:
        return [[result, inputs[0]]]
    if node.op.name == "FullyConnected" and result in found and inputs[0] in found:  # rows go through it
        rows, data = found[result][:-1], found[inputs[0]]
        flat = options_of(node).get("flatten", True)
        if flat or len(data) == len(rows) + 1:
            found[inputs[0]] = (rows[0] or data[0], *data[1:]) if flat else _filled(data, (*rows, 0))
    return []


def _key(entry: Entry) -> Key:
    return id(entry.node), entry.index


def _filled(first: Shape, second: Shape) -> Shape:
    return tuple(a or b for a, b in zip(first, second, strict=True))


def _joined(shapes: list[Shape]) -> Shape | None:
    """The one shape that all of them are; None where they contradict each other, or there are none."""
    if not shapes or any(len(each) != len(shapes[0]) for each in shapes):
        return None
    lengths = [{length for length in lengths if length} for lengths in zip(*shapes, strict=True)]
    return None if any(len(each) > 1 for each in lengths) else tuple(max(each, default=0) for each in lengths)
