"""Looking at every call inside a network: `HybridBlock.register_op_hook`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch

from .. import autograd, random
from ..context import Context
from ..ndarray import NDArray
from ..symbol.graph import Entry, Node, leaves, reachable
from ..symbol.program import Program
from .tracing import flattened, traced

if TYPE_CHECKING:
    from .hybrid_block import HybridBlock

__all__ = ["report"]

Callback = Callable[[str, str, NDArray], Any]


def report(
    block: HybridBlock, ctx: Context, inputs: tuple[Any, ...], callback: Callback, also_inputs: bool
) -> None:
    """Compute all calls of a network once more, and hand their outputs to ``callback(name, operator, array)``.

    Statistics and random streams are left as they were. A network without a graph reports nothing.
    """
    try:
        graph = traced(block, *inputs)
    except Exception:
        return
    variables = leaves(graph.output._entries)[0]
    nodes = reachable(graph.output._entries)
    entries = [Entry(node, index) for node in nodes for index in range(node.visible)]
    program = Program(entries, variables, "hooked")
    given = iter([each for each in flattened(inputs)[0] if each is not None])
    stand_ins = {each._entries[0].node: next(given)._plain() for each in graph.inputs}
    tensors = []
    for place, node in enumerate(variables):
        tensor = stand_ins[node] if node in stand_ins else graph.parameters[node].data(ctx)._plain()
        tensors.append(tensor.clone() if place in program.changed else tensor)
    state = random.get_state()
    try:
        with torch.no_grad(), autograd.pause(train_mode=autograd.is_training()):
            results = program(tensors, ctx, autograd.is_training())
    finally:
        random.set_state(state)
    arrays = {
        (id(node), index): NDArray._wrap(tensor, ctx)
        for (node, index), tensor in zip(entries, results, strict=True)
    }
    for node in nodes:
        if node.is_variable:
            continue
        if also_inputs:
            for place, (source, index) in enumerate(node.inputs):
                callback(f"{node.name}_{_input_name(node, place)}", node.kind, arrays[id(source), index])
        for index in range(node.visible):
            callback(node.output_name(index), node.kind, arrays[id(node), index])


def _input_name(node: Node, place: int) -> str:
    names = node.op.arrays if node.op is not None and not node.op.variadic else ()
    return names[place] if len(names) > 1 and place < len(names) else f"input{place}"
