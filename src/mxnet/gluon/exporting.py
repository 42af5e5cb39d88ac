"""Networks as files that need no Python: a graph in JSON and the parameters beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import ndarray as nd
from ..base import message
from ..symbol.graph import leaves
from ..symbol.json import save as save_symbol
from .tracing import Traced, regrouped, traced

if TYPE_CHECKING:
    from .hybrid_block import HybridBlock

__all__ = ["export", "graph_of", "stand_ins"]


def graph_of(block: HybridBlock, *inputs: Any) -> Traced:
    """The graph of a network: for these inputs, or for those that it was last run on.

    Raises ``RuntimeError`` where the network has no graph, or was never run.
    """
    from .symbol_block import SymbolBlock

    if isinstance(block, SymbolBlock):
        return block._traced()
    if not inputs:
        keys = list(block._programs)
        if not keys:
            raise RuntimeError(
                message(
                    "Please first call block.hybridize() and then run forward with this block at least once "
                    "before calling export.",
                    received=block.name,
                    hint="net.hybridize(); net(x); net.export(path)",
                )
            )
        inputs = stand_ins(keys[-1])
        block.__dict__["_variant"] = keys[-1][4]
    try:
        from .. import autograd

        with autograd.pause(train_mode=False):
            return traced(block, *inputs)
    except Exception as error:
        raise RuntimeError(
            message(
                f"{block.name} ({type(block).__name__}) has no graph",
                because=str(error).splitlines()[0] if str(error) else type(error).__name__,
                hint="hybrid_forward that uses nothing but F, and no shape or element of its inputs",
            )
        ) from error


def stand_ins(key: Any) -> tuple[Any, ...]:
    """Anything in the structure of the inputs that a program was made for."""
    structure, missing = key[0], key[1]
    flat = [None if each else object() for each in missing]
    return tuple(flat) if structure is None else regrouped(flat, structure)


def export(block: HybridBlock, path: str, epoch: int, remove_amp_cast: bool) -> tuple[str, str]:
    """Write ``<path>-symbol.json`` and ``<path>-<epoch>.params``; see `HybridBlock.export`."""
    graph = graph_of(block)
    variables, changed = leaves(graph.output._entries)
    arrays = {}
    for node in variables:
        parameter = graph.parameters.get(node)
        if parameter is not None:
            arrays[f"{'aux' if id(node) in changed else 'arg'}:{node.name}"] = parameter._whole()
    symbol_file, parameter_file = f"{path}-symbol.json", f"{path}-{epoch:04d}.params"
    save_symbol(graph.output, symbol_file, remove_amp_cast)
    nd.save(parameter_file, arrays)
    return symbol_file, parameter_file
