"""``export_model``: a graph and its parameters as an ONNX file."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
import torch

from ...base import MXNetError, nearest
from ...context import cpu
from ...ndarray import NDArray
from ...ops.registry import OperatorError
from ...symbol import Symbol
from ...symbol.compose import wanted_inputs
from ...symbol.graph import Entry, Node, in_order, options_of
from ...symbol.program import Program
from .._abstract import Abstract
from .._package import IR, NEWER, OPSET, Unsupported, element_type, onnx_package, write_model
from ._builder import CONVERTERS, Builder, Call, Inexpressible, Value
from ._flow import converted_flow
from ._given import CALLER, Input, described_inputs, inputs_of, needed, parameters, symbol_of, used_inputs

__all__ = ["export_model", "get_operator_support"]

_log = logging.getLogger(__name__)

_REASONS = (OperatorError, MXNetError, ValueError, TypeError, KeyError, IndexError)


_NEWER = ("_contrib_DeformableConvolution", "_contrib_ModulatedDeformableConvolution")
_MODULES = "elementwise layers shapes indexing reductions products recurrent vision".split()


def _load_converters() -> None:
    for name in _MODULES:
        import_module(f"{__package__}._{name}")


def get_operator_support(opset_version: int | None = None) -> list[str]:
    """The names, in symbol files, of the operators that `export_model` can write.

    ``opset_version``: that of files, 17; nothing is written in older ones.

    >>> "Convolution" in get_operator_support()
    True
    """
    if opset_version is not None and int(opset_version) < OPSET:
        raise MXNetError(
            f"onnx.get_operator_support: no operator is written in operator set {opset_version}",
            because=f"files use operator set {OPSET}",
            hint=f"get_operator_support({OPSET})",
        )
    _load_converters()
    return sorted({"null", "_cond", "_foreach", "_while_loop", *CONVERTERS})


def export_model(
    sym: Symbol | str | os.PathLike[str],
    params: Any,
    in_shapes: Sequence[Sequence[int]] | None = None,
    in_types: Any = np.float32,
    onnx_file_path: str | os.PathLike[str] = "model.onnx",
    verbose: bool = False,
    dynamic: bool = False,
    dynamic_input_shapes: Sequence[Sequence[Any]] | None = None,
    run_shape_inference: bool = False,
    input_type: Any = None,
    input_shape: Sequence[Sequence[int]] | None = None,
) -> str | os.PathLike[str]:
    """Write a graph and its parameters as an ONNX file; returns the file's name.

    It uses operator set 17, with deformable convolutions 19.

    Parameters
    ----------
    sym : a symbol, or the file ``<prefix>-symbol.json``.
    params : arrays by name, with or without ``arg:`` and ``aux:``; two such dictionaries, of arguments and of
        auxiliary states; or the file ``<prefix>-0000.params``.
    in_shapes : the shape of each input, in the order of ``sym.list_arguments()``. Labels of the losses at the end of a
        graph are no inputs: nothing is learnt from them here.
    in_types : the type of all inputs, or a list of one for each.
    onnx_file_path : the file, written whole or not at all.
    verbose : log every call that is converted (``logging``, level INFO).
    dynamic : write lengths that are not fixed: those that ``dynamic_input_shapes`` names, or else all that the
        parameters do not fix.
    dynamic_input_shapes : for each input its lengths; a name (``'batch'``) or None stands for one that is not fixed.
        Axes of one name have one length.
    run_shape_inference : also write the shapes of what is computed in between, as far as ``onnx`` infers them.
    input_type, input_shape : the same as in_types and in_shapes, by the names that they had before 1.9.

    Raises
    ------
    MXNetError : the package onnx is missing, shapes or parameters do not fit the graph, the checker of ``onnx`` refuses
        the model, or the file cannot be written. Operators that ONNX does not have are all listed in one error, which
        is a ``NotImplementedError``, too. No file is written then.

    Differs from 1.9.1: files may have any name; ``dynamic`` alone leaves lengths fixed that parameters determine;
    parameters are no inputs of the ONNX graph; its outputs stand in the order of the symbol's.

    >>> import os, tempfile
    >>> from mxnet import sym
    >>> y = sym.FullyConnected(sym.var("x"), num_hidden=3, name="fc")
    >>> from mxnet import nd
    >>> weights = {"fc_weight": nd.ones((3, 4)), "fc_bias": nd.zeros((3,))}
    >>> path = os.path.join(tempfile.mkdtemp(), "fc.onnx")
    >>> export_model(y, weights, [(2, 4)], onnx_file_path=path) == path
    True
    """
    onnx = onnx_package(CALLER)
    _load_converters()
    symbol = symbol_of(sym)
    arrays = parameters(params)
    nodes = needed(symbol._entries)
    facts, inputs = described_inputs(
        nodes,
        inputs_of(nodes, arrays, symbol),
        arrays,
        in_shapes if in_shapes is not None else input_shape,
        in_types if input_type is None else input_type,
        dynamic,
        dynamic_input_shapes,
    )
    builder = Builder(NEWER if any(node.kind in _NEWER for node in nodes) else OPSET)
    values = _converted(builder, nodes, arrays, facts, verbose)
    graph = _graph(onnx, builder, symbol, values, facts, inputs)
    model = onnx.helper.make_model(
        graph,
        opset_imports=[onnx.helper.make_opsetid("", builder.opset)],
        ir_version=IR[builder.opset],
        producer_name="glueball",
        producer_version=_version(),
    )
    if run_shape_inference:
        model = onnx.shape_inference.infer_shapes(model)
    write_model(model, onnx_file_path, CALLER)
    return onnx_file_path


def _version() -> str:
    try:
        return version("glueball")
    except PackageNotFoundError:
        return ""


# ---------------------------------------------------------------------- conversion


def _converted(
    builder: Builder, nodes: list[Node], arrays: dict[str, NDArray], facts: Abstract, verbose: bool
) -> dict[tuple[int, int], Value]:
    """Convert every call; returns the value of each output. What cannot be converted is listed in one error."""
    values: dict[tuple[int, int], Value] = {}
    problems: list[str] = []
    for node in nodes:
        if node.is_variable:
            dtype = facts.dtype(Entry(node))
            if node.name in arrays:
                content = arrays[node.name].asnumpy()
                values[id(node), 0] = builder.constant(content, name=node.name)
            else:
                values[id(node), 0] = Value(builder, builder.unique(node.name), dtype)
            continue
        try:
            outputs = _outputs_of(builder, node, values, arrays, facts)
        except Inexpressible as error:
            problems.append(f"{node.kind} (layer '{node.name}'): {error}")
        except _REASONS as error:
            text = error.what if isinstance(error, (MXNetError, OperatorError)) else str(error)
            problems.append(f"{node.kind} (layer '{node.name}'): {text or type(error).__name__}")
        else:
            if outputs is None:
                problems.append(f"{node.kind} (layer '{node.name}')")
            else:
                if verbose:
                    _log.info("%s (%s) -> %s", node.name, node.kind, ", ".join(each.name for each in outputs))
                values.update({(id(node), index): each for index, each in enumerate(outputs)})
                continue
        placeholder = Value(builder, node.name, np.float32)  # so that calls behind it are looked at, too
        values.update({(id(node), index): placeholder for index in range(node.visible)})
    if problems:
        raise _refused(problems)
    return values


def _refused(problems: list[str]) -> Unsupported:
    kinds = [each.partition(" (layer")[0] for each in problems]
    close = next(
        (found for kind in kinds if kind not in CONVERTERS and (found := nearest(kind, CONVERTERS))), None
    )
    shown = problems[:20] + ([f"... and {len(problems) - 20} more"] if len(problems) > 20 else [])
    return Unsupported(
        f"{CALLER}: {len(problems)} call{'s have' if len(problems) > 1 else ' has'} no counterpart in ONNX",
        received="\n            ".join(shown),
        hint="mx.onnx.get_operator_support() lists what has one" + (f", such as {close}" if close else ""),
    )


def _outputs_of(
    builder: Builder,
    node: Node,
    values: dict[tuple[int, int], Value],
    arrays: dict[str, NDArray],
    facts: Abstract,
) -> list[Value] | None:
    """The converted outputs of one call; None where there is no converter."""
    convert = CONVERTERS.get(node.kind)
    builder.layer = node.name
    if node.special is not None:
        return _outputs_of_flow(builder, node, values, arrays, facts)
    if convert is None or node.op is None:
        return None
    options = {
        key: parameter.default
        for key, parameter in node.op.attributes.items()
        if parameter.default is not parameter.empty
    } | options_of(node)
    entries = used_inputs(node)
    names: list[str] = []
    if not node.op.variadic:
        wanted = wanted_inputs(node.op, options)
        names = [name for name, each in zip(node.op.arrays, wanted, strict=True) if each]
        if len(names) < len(entries):
            names = list(node.op.arrays)
    call = Call(
        node,
        node.kind,
        options,
        [values[id(source), index] for source, index in entries],
        names,
        facts,
        lambda entry: _constant(entry, arrays),
    )
    first = len(builder.nodes)
    outputs = convert(builder, call)
    listed: list[Value] = outputs if isinstance(outputs, list) else [outputs]
    _name_outputs(builder, node, listed, first)
    return listed


def _outputs_of_flow(
    builder: Builder,
    node: Node,
    values: dict[tuple[int, int], Value],
    arrays: dict[str, NDArray],
    facts: Abstract,
) -> list[Value] | None:
    """The converted outputs of a loop or a branch; None for what is none of them."""

    def convert(inner: Node, known: dict[tuple[int, int], Value], inside: Abstract) -> list[Value]:
        outputs = _outputs_of(builder, inner, known, arrays, inside)
        if outputs is None:
            raise Inexpressible(f"{inner.kind} (layer '{inner.name}') inside has no counterpart")
        return outputs

    first = len(builder.nodes)
    inputs = [values[id(source), index] for source, index in node.inputs]
    outputs = converted_flow(builder, node, inputs, facts, convert)
    if outputs is not None:
        _name_outputs(builder, node, outputs, first)
    return outputs


def _name_outputs(builder: Builder, node: Node, outputs: list[Value], first: int) -> None:
    """Give outputs that were made just now the names that MXNet has for them."""
    fresh = {name: made for made in builder.nodes[first:] for name in made.output}
    for index, value in enumerate(outputs):
        if value.name not in fresh:
            continue
        numbered = node.visible > 1 and (index or node.kind != "RNN")
        name = builder.unique(f"{node.name}{index}" if numbered else node.name)
        old, value.name = value.name, name
        for made in builder.nodes[first:]:
            for places in (made.input, made.output):
                for place, each in enumerate(places):
                    if each == old:
                        places[place] = name
        if len(outputs) == 1:
            fresh[old].name = name


def _constant(entry: Entry, arrays: dict[str, NDArray]) -> np.ndarray[Any, Any] | None:
    """The elements of an output that follows from parameters alone."""
    nodes = in_order([entry])
    variables = [node for node in nodes if node.is_variable]
    if any(node.name not in arrays for node in variables) or any(
        node.op and node.op.random for node in nodes
    ):
        return None
    tensors = [arrays[node.name].as_in_context(cpu())._t.detach() for node in variables]
    with torch.no_grad():
        found: np.ndarray[Any, Any] = Program([entry], variables)(tensors, cpu(), False)[0].numpy()
    return found


# ---------------------------------------------------------------------- the file


def _graph(
    onnx: Any,
    builder: Builder,
    symbol: Symbol,
    values: dict[tuple[int, int], Value],
    facts: Abstract,
    inputs: list[Input],
) -> Any:
    info = onnx.helper.make_tensor_value_info
    given = [info(values[id(each.node), 0].name, element_type(each.dtype), each.lengths) for each in inputs]
    names_of = {
        guess: name
        for each in inputs
        for guess, name in zip(facts.guesses(Entry(each.node)) or (), each.lengths, strict=False)
        if isinstance(name, str)
    }
    taken = {each.name for each in given} | set(builder.constants)
    results = []
    for entry in symbol._entries:
        value = values[id(entry.node), entry.index]
        if value.name in taken:  # an input, a parameter or another output: outputs have names of their own
            name = builder.unique(entry.node.output_name(entry.index))
            builder.nodes.append(onnx.helper.make_node("Identity", [value.name], [name], name=name))
            value = Value(builder, name, value.dtype)
        taken.add(value.name)
        guesses = facts.guesses(entry)
        lengths = None if guesses is None else [a if a == b else names_of.get((a, b)) for a, b in guesses]
        results.append(info(value.name, element_type(value.dtype), lengths))
    kept = _used(builder.nodes, {each.name for each in results})
    names = {name for node in kept for name in _names_in(node)}
    stored = [
        onnx.numpy_helper.from_array(array, name)
        for name, array in builder.constants.items()
        if name in names
    ]
    return onnx.helper.make_graph(kept, symbol.name or "graph", given, results, stored)


def _used(nodes: list[Any], wanted: set[str]) -> list[Any]:
    """The nodes that the outputs need."""
    kept = []
    for node in reversed(nodes):
        if not wanted.isdisjoint(node.output):
            wanted.update(_names_in(node))
            kept.append(node)
    return kept[::-1]


def _names_in(node: Any) -> Iterator[str]:
    """The names of what a node uses, also in graphs inside it."""
    yield from node.input
    for attribute in node.attribute:
        for inner in attribute.g.node:
            yield from _names_in(inner)
