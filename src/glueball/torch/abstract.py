"""What is known of the arrays in a graph before it runs: shapes of parameters, types and numbers of axes of the rest.

The operators run on tensors without elements (torch's ``meta`` device), as far as example inputs carry.
"""

from __future__ import annotations

import torch

from glueball.torch.emitters import Value
from glueball.torch.graphs import LABELLED, Model
from mxnet.base import MXNetError
from mxnet.ops.registry import OperatorError
from mxnet.symbol.compose import wanted_inputs
from mxnet.symbol.graph import Node, options_of, reachable
from mxnet.symbol.program import BROADCASTING

__all__ = ["values_of"]

_FAILURES = (
    RuntimeError,
    ValueError,
    TypeError,
    IndexError,
    AttributeError,
    NotImplementedError,
    MXNetError,
    OperatorError,
)


def values_of(model: Model) -> dict[tuple[int, int], Value]:
    """What is known of each output of each node; nothing of those that are not listed."""
    tensors: dict[tuple[int, int], torch.Tensor] = {}
    values: dict[tuple[int, int], Value] = {}
    for node in reachable(model.entries):
        if node in model.of_node:
            tensor = model.of_node[node].tensor
            tensors[id(node), 0] = torch.empty(tensor.shape, dtype=tensor.dtype, device="meta")
            values[id(node), 0] = Value(tuple(tensor.shape), tensor.dim(), tensor.dtype)
            continue
        if node.is_variable:
            results = [model.examples[node]] if node in model.examples else []
        else:
            results = _results(node, tensors)
        for index, result in enumerate(results):
            tensors[id(node), index] = result
            values[id(node), index] = Value(None, result.dim(), result.dtype)
        if not results and node.op is not None:
            values[id(node), 0] = Value(rank=_rank(node, values))
    return values


# Calls whose result has as many axes as their first input.
_ALIKE = frozenset(
    "Activation BatchNorm Cast Dropout LayerNorm LeakyReLU _copy clip relu sigmoid tanh".split()
)


def _rank(node: Node, values: dict[tuple[int, int], Value]) -> int | None:
    """The number of axes of a result whose inputs are not known, where the call tells it."""
    options = options_of(node)
    if node.kind == "Flatten" or (node.kind == "FullyConnected" and options.get("flatten", True)):
        return 2
    if node.kind in ("Convolution", "Deconvolution", "Pooling"):
        kernel = options.get("kernel") or ()
        return len(kernel) + 2 if isinstance(kernel, tuple) and kernel else None
    if node.kind in _ALIKE:
        source, index = node.inputs[0]
        return values.get((id(source), index), Value()).rank
    return None


def _results(node: Node, tensors: dict[tuple[int, int], torch.Tensor]) -> list[torch.Tensor]:
    """The outputs of a call without elements; none where they are not known."""
    inputs = [tensors.get((id(source), index)) for source, index in node.inputs]
    record = node.op
    if node.kind in LABELLED and inputs[0] is not None and inputs[1] is None:
        return [inputs[0]]
    if record is None or any(each is None for each in inputs):
        return []
    record = BROADCASTING.get(id(record), record)
    options = options_of(node)
    if not record.variadic and len(inputs) <= len(record.arrays):
        given = iter(inputs)
        wanted = wanted_inputs(record, options)
        if len(inputs) <= sum(wanted):
            inputs = [next(given, None) if each else None for each in wanted]
    if record.creates and isinstance(options.get("shape"), tuple):
        options["shape"] = tuple(length or 1 for length in options["shape"])
    options = {key: value for key, value in options.items() if key in record.attributes}
    options |= {"training": False} if record.training else {}
    options |= {"generator": None} if record.random else {}
    options |= {"device": torch.device("meta")} if record.creates else {}
    try:
        with torch.no_grad():
            results = record.function(*inputs, **options)
    except _FAILURES:
        return []
    return list(results) if isinstance(results, (list, tuple)) else [results]
