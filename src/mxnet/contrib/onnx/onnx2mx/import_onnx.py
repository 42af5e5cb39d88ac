"""``GraphProto``: the graph of an ONNX model as a symbol and its parameters."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np

from .... import name as naming
from .... import ndarray as nd
from ...._surface import module_getattr as _module_getattr
from ....base import MXNetError, nearest
from ....context import Context, cpu
from ....ndarray import NDArray
from ....onnx._package import Unsupported, onnx_package
from ....ops.registry import OperatorError
from ....symbol import Group, Symbol, var
from ....symbol.graph import Entry, leaves
from ._elementwise import type_of
from ._folding import folded
from ._reader import READERS, Call, Reader, Unreadable, Value

__all__ = ["GraphProto"]

__getattr__ = _module_getattr(__name__)

_CALLER = "onnx.import_model"
_MODULES = "elementwise layers shapes reductions recurrent vision".split()
# What converters and the operators that they run on shapes raise for files that make no sense.
_REASONS = (
    MXNetError,
    OperatorError,
    Unreadable,
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RuntimeError,
    TypeError,
    ValueError,
)

# What lengths that are not fixed are tried with: few sequences, but images larger than most kernels.
_FEW, _LARGE = 6, 240


class GraphProto:
    """Reads graphs of the ``onnx`` package; `import_model` does so with files.

    >>> import onnx
    >>> GraphProto().get_graph_metadata(onnx.helper.make_graph([], "nothing", [], []))
    {'input_tensor_data': [], 'output_tensor_data': []}
    """

    def from_onnx(
        self, graph: Any, opset_version: int = 17
    ) -> tuple[Symbol, dict[str, NDArray], dict[str, NDArray]]:
        """The graph as a symbol, its parameters, and the running statistics of its normalisations.

        Parameters
        ----------
        graph : of a model of the ``onnx`` package.
        opset_version : of the operators in it.

        Raises
        ------
        MXNetError : a node cannot be read. Operators that MXNet does not have are all listed in one error, which is a
            ``NotImplementedError``, too.
        """
        reader, symbol = self._read(graph, int(opset_version))
        states = set(symbol.list_auxiliary_states())
        used = set(symbol.list_inputs())
        arrays = {name: _as_array(array) for name, array in reader.parameters.items() if name in used}
        parameters = {name: array for name, array in arrays.items() if name not in states}
        return symbol, parameters, {name: array for name, array in arrays.items() if name in states}

    def get_graph_metadata(self, graph: Any) -> dict[str, list[Any]]:
        """The names, shapes and types (numbers, as ONNX has them) of the inputs; names and shapes of the outputs."""
        stored = {each.name for each in graph.initializer}
        inputs = [
            (each.name, _written_shape(each), each.type.tensor_type.elem_type)
            for each in graph.input
            if each.name not in stored
        ]
        outputs = [(each.name, _written_shape(each)) for each in graph.output]
        return {"input_tensor_data": inputs, "output_tensor_data": outputs}

    def graph_to_gluon(self, graph: Any, ctx: Context | None = None, opset_version: int = 17) -> Any:
        """The graph as a `gluon.SymbolBlock` with its parameters on ``ctx``."""
        from ....gluon import SymbolBlock

        symbol, parameters, states = self.from_onnx(graph, opset_version)
        arrays = {**parameters, **states}
        names = [name for name in _input_names(graph) if name not in arrays]
        nodes = {node.name: node for node in leaves(symbol._entries)[0]}
        inputs = [Symbol([Entry(nodes[name])]) if name in nodes else var(name) for name in names]
        block = SymbolBlock(symbol, inputs)
        for parameter in block._own.values():
            array = arrays[parameter.name]
            parameter.shape, parameter.dtype = array.shape, array.dtype
            parameter.initialize(ctx=ctx or cpu())
            parameter.set_data(array)
        return block

    # ------------------------------------------------------------------ reading

    def _read(self, graph: Any, version: int) -> tuple[Reader, Symbol]:
        for name in _MODULES:
            import_module(f"{__package__}._{name}")
        onnx = onnx_package(_CALLER)
        _check_operators(graph)
        reader = Reader(each.name for each in graph.initializer)
        values: dict[str, Value] = {}
        try:
            for tensor in graph.initializer:
                values[tensor.name] = reader.constant(_stored(onnx, tensor), name=tensor.name)
            _read_inputs(reader, graph, values)
        except _REASONS as error:
            raise MXNetError(
                f"{_CALLER}: inputs or stored arrays cannot be read", because=_text(error)
            ) from None
        with naming.NameManager():
            for node in graph.node:
                _convert(onnx, reader, node, values, version)
            return reader, _outputs(reader, graph, values)


def _check_operators(graph: Any) -> None:
    """Name every node whose operator nobody can read."""
    from ._folding import _FOLDS

    known = {*READERS, *_FOLDS, "Shape", "Size", "Constant"}
    missing = [
        f"{node.op_type if node.domain in ('', 'ai.onnx') else f'{node.domain}.{node.op_type}'}"
        f" (node {node.name or ', '.join(node.output)!r})"
        for node in graph.node
        if node.op_type not in known or node.domain not in ("", "ai.onnx")
    ]
    if missing:
        shown = missing[:20] + ([f"... and {len(missing) - 20} more"] if len(missing) > 20 else [])
        close = nearest(missing[0].partition(" ")[0], known)
        raise Unsupported(
            f"{_CALLER}: {len(missing)} node{'s have operators' if len(missing) > 1 else ' has an operator'} "
            "that MXNet does not have",
            received="\n            ".join(shown),
            hint=f"there is {close}" if close else None,
        )


def _text(error: Exception) -> str:
    return error.what if isinstance(error, (MXNetError, OperatorError)) else str(error).split("\n")[0]


def _stored(onnx: Any, tensor: Any) -> np.ndarray[Any, Any]:
    """A stored array, whose type is one that arrays have here."""
    type_of(tensor.data_type)
    return np.asarray(onnx.numpy_helper.to_array(tensor))


def _as_array(array: np.ndarray[Any, Any]) -> NDArray:
    return nd.array(array, dtype=array.dtype)


def _input_names(graph: Any) -> list[str]:
    stored = {each.name for each in graph.initializer}
    return [each.name for each in graph.input if each.name not in stored]


def _written_shape(info: Any) -> tuple[int, ...]:
    """A shape with 0 for lengths that are not fixed, as 1.9.1 gives it."""
    return tuple(int(dim.dim_value) for dim in info.type.tensor_type.shape.dim)


def _read_inputs(reader: Reader, graph: Any, values: dict[str, Value]) -> None:
    """A variable for each input that is no parameter; lengths that are not fixed are tried with two numbers."""
    bases: dict[str, tuple[int, int]] = {}
    for info in graph.input:
        if info.name in values:
            continue
        if not info.type.HasField("tensor_type"):
            raise Unreadable(f"the input {info.name} is no array")
        tensor = info.type.tensor_type
        if not tensor.HasField("shape"):
            raise Unreadable(f"the input {info.name} has no number of axes")
        shape: list[int | tuple[int, int]] = []
        rank = len(tensor.shape.dim)
        for axis, dim in enumerate(tensor.shape.dim):
            if dim.dim_value > 0:
                shape.append(int(dim.dim_value))
                continue
            key = dim.dim_param or f"axis {axis}"
            least = _LARGE if rank > 2 and axis > 1 else _FEW
            # no two grow by the same factor, so that multiples of one are not taken for another
            count = len(bases) + 1
            shape.append(bases.setdefault(key, (least * count, least * count * (count + 1))))
        values[info.name] = reader.input(info.name, shape, type_of(tensor.elem_type))


def _attributes(onnx: Any, node: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for attribute in node.attribute:
        value = onnx.helper.get_attribute_value(attribute)
        if isinstance(value, bytes):
            value = value.decode("utf-8", "replace")
        elif isinstance(value, onnx.TensorProto):
            value = _stored(onnx, value)
        elif isinstance(value, Sequence) and value and isinstance(value[0], bytes):
            value = [each.decode("utf-8", "replace") for each in value]
        found[attribute.name] = value
    return found


def _convert(onnx: Any, reader: Reader, node: Any, values: dict[str, Value], version: int) -> None:
    """Read one node; its outputs join the values."""
    names = list(node.output)
    while names and not names[-1]:
        names.pop()
    label = node.name or (names[0] if names else node.op_type)
    inputs: list[Value | None] = []
    try:
        inputs = [_found(values, name) if name else None for name in node.input]
        call = Call(node.op_type, label, version, inputs, _attributes(onnx, node), len(names))
        if node.op_type == "Constant":
            outputs: Any = [_constant(reader, call)]
        else:
            outputs = folded(reader, call)
        if outputs is None:
            function = READERS.get(node.op_type)
            if function is None:
                raise Unreadable("it is computed from the network's inputs")
            outputs = function(reader, call)
        listed = outputs if isinstance(outputs, list) else [outputs]
        if len(listed) < len(names):
            raise Unreadable(f"{len(names)} outputs")
    except _REASONS as error:
        raise MXNetError(
            f"{_CALLER}: {node.op_type} (node {label!r}) cannot be read",
            because=_text(error) or type(error).__name__,
        ) from None
    _name_layer(reader, listed, inputs, label)
    for name, value in zip(names, listed, strict=False):
        if name:
            value.name = value.name or name
            values[name] = value


def _found(values: dict[str, Value], name: str) -> Value:
    if name not in values:
        raise Unreadable(f"nothing before it computes its input {name!r}")
    return values[name]


def _constant(reader: Reader, call: Call) -> Value:
    for key in ("value", "value_float", "value_int", "value_floats", "value_ints"):
        if call.get(key) is not None:
            kind = None if key == "value" else np.float32 if "float" in key else np.int64
            return reader.constant(call.get(key), dtype=kind)
    raise Unreadable("a constant of this kind")


def _name_layer(reader: Reader, outputs: list[Value], inputs: list[Value | None], label: str) -> None:
    """Give the call that makes the first output the name of the node."""
    old = {id(each.entry.node) for each in inputs if each is not None and each.entry is not None}
    entry = outputs[0].entry if outputs else None
    if entry is not None and not entry.node.is_variable and id(entry.node) not in old:
        entry.node.name = reader.unique(label)


def _outputs(reader: Reader, graph: Any, values: dict[str, Value]) -> Symbol:
    symbols = []
    for info in graph.output:
        value = values.get(info.name)
        if value is None:
            raise MXNetError(f"{_CALLER}: nothing computes the output {info.name!r}")
        try:
            if value.logical and reader.dtype(value) != np.dtype(bool):
                value = reader("Cast", value, dtype="bool")
            entry = reader.entry(value)
            if entry.node.is_variable:
                entry = reader("_copy", value).entry or entry
            symbols.append(Symbol([entry]))
        except _REASONS as error:
            raise MXNetError(
                f"{_CALLER}: the output {info.name!r} cannot be read", because=_text(error)
            ) from None
    if not symbols:
        raise MXNetError(f"{_CALLER}: the graph has no outputs")
    problem = reader.problem([entry for symbol in symbols for entry in symbol._entries])
    if problem is not None:
        raise MXNetError(f"{_CALLER}: the graph cannot be run on the shapes of its inputs", because=problem)
    return symbols[0] if len(symbols) == 1 else Group(symbols)
