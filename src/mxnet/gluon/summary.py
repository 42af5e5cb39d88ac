"""The table that ``Block.summary`` prints."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from .. import autograd
from ..base import message
from ..ndarray import NDArray

if TYPE_CHECKING:
    from .block import Block
    from .utils import HookHandle

__all__ = ["print_summary"]

_ROW = "{:>20}  {:>42} {:>15}"
_WIDTH = 80


def print_summary(net: Block, inputs: tuple[Any, ...]) -> None:
    """Run ``net`` on ``inputs`` and print a row for each layer in the order in which they finish."""
    from .nn import HybridSequential, Sequential

    def refuse_hybridized(block: Block) -> None:
        if getattr(block, "_active", False):
            raise AssertionError(
                message(
                    f'"{block.name}" must not be hybridized to print summary.',
                    hint="net.hybridize(False) first",
                )
            )

    net.apply(refuse_hybridized)
    parameters = net.collect_params().values()
    if any(p._data is None and p._deferred_init for p in parameters):
        with autograd.pause():
            net(*inputs)  # makes them, so that the pass below sees every layer as it will be

    rows: OrderedDict[str, tuple[str, int]] = OrderedDict()
    rows["Input"] = (_shapes(inputs), 0)
    seen: set[int] = set()
    total = trainable = shared = 0

    def count(block: Block, _: Any, output: Any) -> None:
        nonlocal total, trainable, shared
        size = 0
        for parameter in block.params.values():
            elements = parameter.data(parameter.list_ctx()[0]).size
            size += elements
            if parameter.grad_req != "null":
                trainable += elements
            if id(parameter) in seen:
                shared += elements
            seen.add(id(parameter))
        total += size
        rows[f"{type(block).__name__}-{len(rows)}"] = (_shapes(output), size)

    handles: dict[int, HookHandle] = {}

    def watch(block: Block) -> None:
        if not isinstance(block, (Sequential, HybridSequential)) and id(block) not in handles:
            handles[id(block)] = block.register_forward_hook(count)

    net.apply(watch)
    try:
        net(*inputs)
    finally:
        for handle in handles.values():
            handle.detach()

    print("-" * _WIDTH)
    print(_ROW.format("Layer (type)", "Output Shape", "Param #"))
    print("=" * _WIDTH)
    for layer, (shape, size) in rows.items():
        print(_ROW.format(layer, shape, size))
    print("=" * _WIDTH)
    print("Parameters in forward computation graph, duplicate included")
    print(f"   Total params: {total}")
    print(f"   Trainable params: {trainable}")
    print(f"   Non-trainable params: {total - trainable}")
    print(f"Shared params in forward computation graph: {shared}")
    print(f"Unique parameters in model: {total - shared}")
    print("-" * _WIDTH)


def _shapes(value: Any) -> str:
    """``(2, 3)`` for an array, ``(2, 3), (2, 1)`` for several."""
    if isinstance(value, (list, tuple)):
        return ", ".join(_nested(each) for each in value)
    return _nested(value)


def _nested(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_nested(each) for each in value)}]"
    return str(value.shape) if isinstance(value, NDArray) else str(value)
