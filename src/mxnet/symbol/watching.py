"""What goes on inside a graph, told to a callback: outputs and inputs of calls, and the gradients that come back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from ..context import Context
from ..ndarray import NDArray
from ..ops.registry import OPERATORS
from .graph import Entry, Node, reachable
from .program import Program

__all__ = ["Watched"]


class Watched:
    """A graph whose program also returns what is inside.

    On its way into a call each array passes an identity of its own, so that its gradient is that of this one use.

    Parameters
    ----------
    heads, variables : the graph, as `Program` takes it.
    callback : called with the name and the array of each output, and of each gradient.
    inputs : whether with variables and the inputs of calls, too.
    """

    def __init__(
        self,
        heads: Sequence[Entry],
        variables: Sequence[Node],
        callback: Callable[[str, NDArray], Any],
        inputs: bool,
    ) -> None:
        self.callback = callback
        self.places: list[tuple[Node, int]] = []
        """The call and the place among its inputs that each edge leads to."""
        moved: dict[int, Node] = {id(node): node for node in variables}
        edges: list[Entry] = []
        told: list[tuple[str, Entry]] = []
        for node in reachable(heads):
            if node.is_variable:
                if inputs:
                    told.append((node.name, Entry(node)))
                continue
            kept = node.auxiliary_inputs()
            taken = []
            for place, (source, index) in enumerate(node.inputs):
                entry = Entry(moved[id(source)], index)
                if place not in kept:  # a call writes into those, and must get the very array
                    entry = Entry(Node(OPERATORS["_copy"], f"{node.name}_{_array(node, place)}", {}, [entry]))
                    edges.append(entry)
                    self.places.append((node, place))
                    if inputs:
                        told.append((entry.node.name, entry))
                taken.append(entry)
            moved[id(node)] = Node(node.op, node.name, node.attrs, taken, node.special)
            told += [(node.output_name(i), Entry(moved[id(node)], i)) for i in range(node.visible)]
        outputs = [Entry(moved[id(node)], index) for node, index in heads]
        self.names = [name for name, _ in told]
        self._parts = len(outputs), len(outputs) + len(told)
        self.program = Program([*outputs, *(entry for _, entry in told), *edges], variables, "monitor")
        self.edges: tuple[torch.Tensor, ...] = ()

    def tell(self, results: tuple[torch.Tensor, ...], context: Context) -> tuple[torch.Tensor, ...]:
        """Call the callback for what the program returned; returns the outputs of the graph itself."""
        first, second = self._parts
        for name, tensor in zip(self.names, results[first:second], strict=True):
            self.callback(name, NDArray._wrap(tensor.detach(), context))
        return self.kept(results)

    def kept(self, results: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        """The outputs of the graph itself; what `tell_gradients` needs is kept."""
        first, second = self._parts
        self.edges = results[second:]
        return results[:first]

    def tell_gradients(self, gradients: Sequence[torch.Tensor | None], context: Context) -> None:
        """Call the callback for the gradients of `edges`: those of the last call first, its inputs in order."""
        by_call: dict[int, list[tuple[str, torch.Tensor]]] = {}
        for (node, place), gradient in zip(self.places, gradients, strict=True):
            if gradient is not None:
                alone = len(node.inputs) - len(node.auxiliary_inputs()) == 1
                name = f"{node.name}_backward_output{'' if alone else place}"
                by_call.setdefault(id(node), []).append((name, gradient))
        for told in reversed(list(by_call.values())):
            for name, gradient in told:
                self.callback(name, NDArray._wrap(gradient, context))


def _array(node: Node, place: int) -> str:
    """What a call calls one of its inputs."""
    if node.op is None or node.op.variadic or place >= len(node.op.arrays):
        return f"input{place}"
    return node.op.arrays[place]
