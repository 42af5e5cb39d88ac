"""Losses in graphs, which are several calls there, as the one call that they are for arrays."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from typing import Any

import torch

from ..base import ShapeError
from ..ops.registry import OPERATORS, Operator, OperatorError
from .compose import text_of
from .graph import Entry, Node, options_of

__all__ = ["Losses"]

Tensor = torch.Tensor
_cross_entropy = OPERATORS["_sparse_softmax_cross_entropy"].function
_mean = OPERATORS["mean"].function
_squares = OPERATORS["_l2_loss"].function


def softmax_loss(pred: Tensor, label: Tensor, *, axis: int) -> Tensor:
    """The cross-entropy of classes, the mean over each example."""
    plain = pred.dim() == 2 and axis in (-1, 1)
    loss: Tensor = _cross_entropy(pred, label, axis=axis, keepdims=not plain)
    return loss if plain else _mean(loss, axis=0, exclude=True)


def l2_loss(pred: Tensor, label: Tensor, *, scale: float, batch_axis: int) -> Tensor:
    """The squared differences, the mean over each example; refuses labels as the loss does call by call."""
    if label.numel() != pred.numel():
        raise OperatorError(
            "label does not fit pred",
            because=f"label has as many elements as pred: {pred.numel()}, not {label.numel()}",
            kind=ShapeError,
        )
    loss: Tensor = _squares(pred, label, scale=scale, batch_axis=batch_axis)
    return loss


_SOFTMAX_LOSS = Operator("_softmax_loss", softmax_loss)
_L2_LOSS = dataclasses.replace(OPERATORS["_l2_loss"], function=l2_loss)


class Losses:
    """Finds losses in a graph.

    Parameters
    ----------
    nodes, heads : of the graph: what others need as well is no part of a loss.
    """

    def __init__(self, nodes: Sequence[Node], heads: Sequence[Entry]) -> None:
        self._uses = Counter(id(entry.node) for node in nodes for entry in node.inputs)
        self._uses.update(id(entry.node) for entry in heads)

    def found(self, node: Node) -> Node | None:
        """The loss that ends in this call, as one call."""
        if node.kind != "mean":
            return None
        options = options_of(node)
        axis = options.get("axis")
        if not options.get("exclude") or options.get("keepdims") or type(axis) is not int:
            return None
        return (self._softmax(node) if axis == 0 else None) or self._squared(node, axis)

    def _inside(self, node: Node, kind: str, place: int = 0) -> tuple[Node, dict[str, Any]] | None:
        """An input of a call, if it is a call of this kind that nobody else needs, and its attributes."""
        source = node.inputs[place].node
        if source.kind != kind or self._uses[id(source)] != 1:
            return None
        return source, options_of(source)

    def _softmax(self, node: Node) -> Node | None:
        negative = self._inside(node, "_mul_scalar")
        picked = negative and self._inside(negative[0], "pick")
        logarithm = picked and self._inside(picked[0], "log_softmax")
        if not negative or not picked or not logarithm or negative[1].get("scalar") != -1:
            return None
        axis = logarithm[1].get("axis", -1)
        usual = (
            picked[1].get("axis", -1) == axis
            and picked[1].get("keepdims")
            and picked[1].get("mode", "clip") == "clip"
            and not {"temperature", "dtype", "use_length"} & _given(logarithm[1])
        )
        if not usual:
            return None
        inputs = [logarithm[0].inputs[0], picked[0].inputs[1]]
        return Node(_SOFTMAX_LOSS, node.name, {"axis": str(axis)}, inputs)

    def _squared(self, node: Node, axis: int) -> Node | None:
        scaled = self._inside(node, "_mul_scalar")
        square = scaled and self._inside(scaled[0], "square")
        difference = square and self._inside(square[0], "elemwise_sub")
        label = difference and self._inside(difference[0], "reshape_like")
        if not scaled or not difference or not label or _given(label[1]):
            return None
        pred = difference[0].inputs[1]
        if label[0].inputs[1] != pred:
            return None
        attrs = {"scale": text_of(scaled[1]["scalar"]), "batch_axis": str(axis)}
        return Node(_L2_LOSS, node.name, attrs, [pred, label[0].inputs[0]])


def _given(options: dict[str, Any]) -> set[str]:
    return {key for key, value in options.items() if value not in (None, False, "None", "False")}
