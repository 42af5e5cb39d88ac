"""States of an unknown number of rows in a graph: ``begin_state(func=F.zeros)``, whose shapes begin with a 0.

Such an array has as many rows as whatever it meets. A program makes it with one, which stands for all as long as it
goes row by row into calls that spread it over the rows of an input. Where it does not, there is no program.
"""

from __future__ import annotations

from ..base import MXNetError
from ..symbol.graph import Entry, Node, reachable

__all__ = ["check_rows"]

_ROW_BY_ROW = frozenset(
    "Activation Cast Dropout LeakyReLU SliceChannel _copy amp_cast negative ones_like relu sigmoid softsign tanh "
    "zeros_like".split()
)


def check_rows(entries: list[Entry], inputs: list[Node]) -> None:
    """Raise ``MXNetError`` if one row in the place of many would change a result."""
    given = set(map(id, inputs))  # nodes with the rows of an input
    single: set[int] = set()
    for node in reachable(entries):
        sources = [id(source) for source, _ in node.inputs]
        if _is_of_unknown_rows(node):
            single.add(id(node))
        elif not single.intersection(sources):
            if given.intersection(sources):
                given.add(id(node))
        elif (
            node.kind == "RNN"
            and sources[0] not in single
            or _spreads(node.kind)
            and given.intersection(sources)
        ):
            given.add(id(node))
        elif _spreads(node.kind) or (sources[0] in single and _keeps_rows(node)):
            single.add(id(node))
        else:
            raise _unknown(node)
    for node, _ in entries:
        if id(node) in single:
            raise _unknown(node)


def _is_of_unknown_rows(node: Node) -> bool:
    """Whether a call makes an array whose first length is 0."""
    shape = node.attrs.get("shape", "")
    made = node.op is not None and not node.inputs and node.rows_of is None
    return made and shape.startswith(("(0,", "[0,"))


def _spreads(kind: str) -> bool:
    return kind.startswith(("elemwise_", "broadcast_")) and kind not in (
        "broadcast_to",
        "broadcast_like",
        "broadcast_axis",
    )


def _keeps_rows(node: Node) -> bool:
    """Whether each row of the result comes from one row of the first array, in the same way."""
    return node.kind in _ROW_BY_ROW or node.kind == "FullyConnected" or node.kind.endswith("_scalar")


def _unknown(node: Node) -> MXNetError:
    return MXNetError(
        f"{node.name} takes or returns an array whose number of rows is not known (shape=(0, ...))"
    )
