"""Whether the outputs of a graph are losses, whose gradients need nobody to say where they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from ..base import MXNetError
from ..symbol import Symbol
from ..symbol.graph import Entry, Node

__all__ = ["refuse_unless_losses"]

# Calls whose gradients do not depend on those of their outputs.
LOSSES = frozenset(
    {
        *("SoftmaxOutput", "SVMOutput", "LinearRegressionOutput", "LogisticRegressionOutput"),
        *("MAERegressionOutput", "MakeLoss", "make_loss", "BlockGrad"),
        *("ceil", "fix", "floor", "ones_like", "rint", "round", "trunc", "zeros_like"),
    }
)


def refuse_unless_losses(
    symbol: Symbol, requests: Mapping[str, str], tensors: Sequence[torch.Tensor]
) -> None:
    """Raise `MXNetError` if a parameter reaches an output on a way on which there is no loss.

    Parameters
    ----------
    symbol, requests : the graph, and what becomes of the gradients of its arguments.
    tensors : its outputs.
    """
    reached: dict[int, bool] = {}
    for entry, name, tensor in zip(symbol._entries, symbol.list_outputs(), tensors, strict=True):
        if tensor.requires_grad and _is_open(entry, requests, reached):
            raise MXNetError(
                f"Module.backward: the output {name} is no loss",
                because="only a loss can be minimised; other outputs need a gradient that says where to",
                hint="sym.SoftmaxOutput(...) or sym.MakeLoss(...) around it, sym.BlockGrad(...) if it is only looked "
                "at, or module.backward([gradient])",
            )


def _is_open(entry: Entry, requests: Mapping[str, str], reached: dict[int, bool]) -> bool:
    """Whether a variable with a gradient leads here without a loss between; not recursive, for deep graphs."""
    waiting = [entry.node]
    while waiting:
        node = waiting[-1]
        if id(node) in reached:
            waiting.pop()
            continue
        if node.is_variable or _is_loss(node):
            reached[id(node)] = node.is_variable and requests.get(node.name, "null") != "null"
            continue
        missing: list[Node] = [source for source, _ in node.inputs if id(source) not in reached]
        if missing:
            waiting += missing
        else:
            reached[id(node)] = any(reached[id(source)] for source, _ in node.inputs)
    return reached[id(entry.node)]


def _is_loss(node: Node) -> bool:
    if node.special is None:
        return node.kind in LOSSES
    prop = getattr(node.special, "prop", None)
    return not getattr(prop, "need_top_grad_", True)
