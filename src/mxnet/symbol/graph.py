"""The graph behind symbols: nodes, each a variable or the call of an operator, joined by their outputs."""

from __future__ import annotations

import dataclasses
import itertools
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from ..ops.registry import OPERATORS, Operator

__all__ = [
    "Entry",
    "Node",
    "arguments",
    "auxiliaries",
    "effects",
    "in_order",
    "leaves",
    "options_of",
    "reachable",
    "record_of",
]

MOST_OUTPUTS = 2**16
_serial = itertools.count()


def _pooling_workspace(options: dict[str, Any]) -> int:
    first = not options.get("layout") or str(options["layout"])[1:2] == "C"
    return int(options.get("pool_type", "max") == "max" and bool(options.get("kernel")) and first)


# What symbol files count besides the outputs that a user sees: masks, statistics, workspaces.
HIDDEN_OUTPUTS: dict[str, int | Callable[[dict[str, Any]], int]] = {
    "BatchNorm": 2,
    "BatchNorm_v1": 2,
    "BilinearSampler": 1,
    "CTCLoss": 1,
    "Correlation": 2,
    "Dropout": 1,
    "GridGenerator": 1,
    "GroupNorm": 2,
    "InstanceNorm": 2,
    "L2Normalization": 1,
    "LRN": 1,
    "LayerNorm": 2,
    "Pooling": _pooling_workspace,
    "ROIPooling": 1,
    "SpatialTransformer": 2,
    "_contrib_BatchNormWithReLU": 3,
    "_contrib_DeformablePSROIPooling": 1,
    "_contrib_MultiProposal": 1,
    "_contrib_Proposal": 1,
    "_contrib_SyncBatchNorm": 2,
    "_contrib_box_nms": 1,
    "_linalg_det": 2,
    "_linalg_slogdet": 2,
    "sort": 1,
    "topk": lambda options: int(options.get("ret_typ") == "value"),
}

# Operators of files that are others by another name.
_OTHERS = {"Convolution_v1": dataclasses.replace(OPERATORS["Convolution"], name="Convolution_v1")}


def record_of(name: str) -> Operator:
    """The operator that symbols know by this name; raises KeyError if there is none."""
    return _OTHERS.get(name) or OPERATORS[name]


class _Now(threading.local):
    effects: list[Node] | None = None


_now = _Now()


@contextmanager
def effects() -> Iterator[list[Node]]:
    """The calls that are made here and do something besides their results: draw numbers, or write into arrays."""
    made: list[Node] = []
    before, _now.effects = _now.effects, made
    try:
        yield made
    finally:
        _now.effects = before


class Entry(NamedTuple):
    """One output of a node."""

    node: Node
    index: int = 0  # type: ignore[assignment]  # tuple has a method of this name, which nobody asks here


class Node:
    """A variable (``op`` is None) or a call of an operator.

    ``attrs`` are strings, as files have them: the attributes that were given to the operator, and those of the user.
    ``serial`` is the order in which nodes were made: the order in which a program runs them. ``rows_of`` is, for the
    first states of a network, an array that has their batch, and the axis on which it does; files do not keep it.
    """

    __slots__ = ("attrs", "inputs", "name", "op", "rows_of", "serial", "special")

    def __init__(
        self,
        op: Operator | None,
        name: str,
        attrs: dict[str, str] | None = None,
        inputs: Iterable[Entry] = (),
        special: Any = None,
    ) -> None:
        self.op = op
        self.name = name
        self.attrs = attrs or {}
        self.inputs = list(inputs)
        self.special = special
        self.rows_of: tuple[Entry, int] | None = None
        self.serial = next(_serial)
        if op is not None and _now.effects is not None and (op.random or op.mutates):
            _now.effects.append(self)

    @property
    def is_variable(self) -> bool:
        """Whether this is an input of the graph and no call."""
        return self.op is None and self.special is None

    @property
    def kind(self) -> str:
        """The operator's name in symbol files; ``null`` for a variable."""
        if self.op is not None:
            return written_name(self.op, self)
        return "null" if self.special is None else self.special.kind

    @property
    def visible(self) -> int:
        """How many outputs a user sees."""
        if self.op is None:
            return 1 if self.special is None else self.special.outputs
        return visible_outputs(self.op, options_of(self))

    @property
    def outputs(self) -> int:
        """How many outputs there are in symbol files."""
        if self.op is None:
            return self.visible
        visible = self.visible
        hidden = HIDDEN_OUTPUTS.get(self.kind, 0)
        if callable(hidden):
            hidden = hidden(options_of(self))
        return (
            visible + hidden if visible == 1 or self.kind == "_linalg_slogdet" else max(visible, 1 + hidden)
        )

    def output_name(self, index: int) -> str:
        """The name of one output, as `Symbol.list_outputs` has it."""
        if self.is_variable:
            return self.name
        names = _OUTPUT_NAMES.get(self.kind)
        if names is not None:
            return f"{self.name}_{names[index]}"
        numbered = self.visible > 1 or self.kind in _NUMBERED or (self.kind == "topk" and self.outputs > 1)
        return f"{self.name}_output{index if numbered else ''}"

    def auxiliary_inputs(self) -> set[int]:
        """The places of inputs that the call changes (running statistics)."""
        if self.op is None:
            return set(self.special.auxiliary()) if self.special is not None else set()
        return {place for place, name in enumerate(self.op.arrays) if name in self.op.mutates}

    def __repr__(self) -> str:
        return f"<{self.kind} {self.name}>"


_OUTPUT_NAMES = {
    "BatchNorm": ("output", "mean", "var"),
    "GroupNorm": ("output", "mean", "std"),
    "LayerNorm": ("output", "mean", "std"),
    "LeakyReLU": ("output", "mask"),
    "RNN": ("output", "state_output", "statecell_output"),
    "_contrib_MultiProposal": ("output", "score"),
    "_contrib_Proposal": ("output", "score"),
    "_contrib_SyncBatchNorm": ("output", "mean", "var"),
    "_contrib_MultiBoxTarget": ("loc_target", "loc_mask", "cls_target"),
    "make_loss": ("loss",),
}
_NUMBERED = frozenset({"CTCLoss", "SliceChannel", "_contrib_box_nms", "_linalg_det", "sort"})
_WRITTEN = {
    "cumsum": "_np_cumsum",
    "contrib.adamw_update": "_adamw_update",
    "contrib.mp_adamw_update": "_mp_adamw_update",
    "contrib.multi_adamw_update": "_multi_adamw_update",
    "contrib.multi_mp_adamw_update": "_multi_mp_adamw_update",
    "contrib.multi_lamb_update": "_multi_lamb_update",
    "contrib.multi_mp_lamb_update": "_multi_mp_lamb_update",
}


def written_name(op: Operator, node: Node) -> str:
    """An operator's name in symbol files."""
    if op.name.startswith("contrib.") and op.name not in _WRITTEN:
        return "_contrib_" + op.name.removeprefix("contrib.")
    return _WRITTEN.get(op.name, op.name)


def options_of(node: Node) -> dict[str, Any]:
    """The operator's attributes as values: ``{'kernel': (3, 3)}`` for ``{'kernel': '(3, 3)', '__ctx__': ...}``."""
    if node.op is None:
        return {}
    known = node.op.attributes
    return node.op.parse({key: value for key, value in node.attrs.items() if key in known})


def visible_outputs(op: Operator, options: dict[str, Any]) -> int:
    """How many arrays an operator returns under these attributes."""
    if isinstance(op.outputs, int):
        return op.outputs
    defaults = {key: parameter.default for key, parameter in op.attributes.items()}
    return int(op.outputs({**defaults, **options}))


# What users say about a symbol, and how files have it.
USER_KEYS = {
    key: f"__{key}__" for key in ("ctx_group", "lr_mult", "wd_mult", "force_mirroring", "mirror_stage")
}


def as_stored(attrs: dict[str, str]) -> dict[str, str]:
    """Attributes of users as files have them: ``lr_mult`` is ``__lr_mult__``."""
    return {USER_KEYS.get(key, key): value for key, value in attrs.items()}


def as_shown(attrs: dict[str, str]) -> dict[str, str]:
    """Attributes by both of their names."""
    return {**attrs, **{key: attrs[stored] for key, stored in USER_KEYS.items() if stored in attrs}}


# ---------------------------------------------------------------------- walking


def in_order(heads: Iterable[Entry]) -> list[Node]:
    """Every node that ``heads`` need, inputs before their users, in the order in which symbol files list them."""
    found: list[Node] = []
    seen: set[int] = set()
    for head in heads:
        waiting: list[tuple[Node, Iterator[Entry]]] = [(head.node, iter(head.node.inputs))]
        if id(head.node) in seen:
            continue
        seen.add(id(head.node))
        while waiting:  # not recursive: graphs of unrolled networks are thousands of nodes deep
            node, rest = waiting[-1]
            for entry in rest:
                if id(entry.node) not in seen:
                    seen.add(id(entry.node))
                    waiting.append((entry.node, iter(entry.node.inputs)))
                    break
            else:
                found.append(node)
                waiting.pop()
    return found


def reachable(heads: Iterable[Entry]) -> list[Node]:
    """Every node that ``heads`` need, in the order in which they were made: that in which they run."""
    return sorted(in_order(heads), key=lambda node: node.serial)


def leaves(heads: Iterable[Entry]) -> tuple[list[Node], set[int]]:
    """The variables in order, and the identities of those that some call changes."""
    nodes = in_order(heads)
    changed = {
        id(node.inputs[place].node)
        for node in nodes
        for place in node.auxiliary_inputs()
        if place < len(node.inputs) and node.inputs[place].node.is_variable
    }
    return [node for node in nodes if node.is_variable], changed


def arguments(heads: Iterable[Entry]) -> list[Node]:
    """The variables that are given and learnt."""
    variables, changed = leaves(list(heads))
    return [node for node in variables if id(node) not in changed]


def auxiliaries(heads: Iterable[Entry]) -> list[Node]:
    """The variables that calls change."""
    variables, changed = leaves(list(heads))
    return [node for node in variables if id(node) in changed]
