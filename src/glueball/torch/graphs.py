"""What is turned into PyTorch: a graph, its inputs, and its parameters by the names that files have for them."""

from __future__ import annotations

import keyword
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from glueball.torch import helpers
from mxnet import autograd
from mxnet import ndarray as nd
from mxnet.base import MXNetError, message, nearest
from mxnet.gluon import Block, Constant, HybridBlock, Parameter
from mxnet.gluon.exporting import stand_ins
from mxnet.gluon.tracing import flattened, regrouped
from mxnet.name import NameManager
from mxnet.ndarray import NDArray
from mxnet.symbol import Symbol, var
from mxnet.symbol.graph import Entry, Node, in_order, leaves
from mxnet.symbol.infer import shapes_of
from mxnet.symbol.peephole import improved
from mxnet.symbol.symbol import strictly

__all__ = ["Model", "Stored", "learnt", "listed", "model_of"]

# Ends of networks that take a label besides the prediction.
LABELLED = frozenset(
    "SoftmaxOutput Softmax LinearRegressionOutput LogisticRegressionOutput MAERegressionOutput SVMOutput".split()
)
_TAKEN = frozenset(("self", "call"))  # besides those of `helpers`, names that the text has a use for
# Arrays that calls learn or keep: a variable in such a place that has no value was forgotten.
_LEARNT = frozenset("weight bias gamma beta moving_mean moving_var parameters".split())


@dataclass
class Stored:
    """A parameter or a running statistic.

    Attributes
    ----------
    names : its names in the state dict; more than one where blocks share it.
    tensor : its values, over the memory of the network that it comes from.
    is_buffer : whether calls change it, or nothing ever does: it is no parameter then.
    learnt : whether it has a gradient.
    """

    names: list[str]
    tensor: torch.Tensor
    is_buffer: bool = False
    learnt: bool = True


@dataclass
class Model:
    """A network as a graph.

    Attributes
    ----------
    name : of the class that is written.
    title : what it came from, in words.
    entries : its outputs.
    structure : how they are nested; None for one output alone.
    inputs : the names of the arguments, and the variables that they stand for.
    stored : all parameters and running statistics.
    of_node : those among them that variables stand for.
    examples : a tensor without elements for each input that an example was given for.
    absent : variables that nobody gives: labels of a network that only predicts.
    """

    name: str
    title: str
    entries: list[Entry]
    structure: Any
    inputs: list[tuple[str, Node]]
    stored: list[Stored]
    of_node: dict[Node, Stored]
    examples: dict[Node, torch.Tensor] = field(default_factory=dict)
    absent: set[Node] = field(default_factory=set)


def model_of(
    caller: str,
    net: Any,
    inputs: tuple[Any, ...],
    params: Any,
    input_names: Sequence[str] | None,
    share: bool = False,
) -> Model:
    """The graph of a block or a symbol; see `to_module` for the arguments and the errors."""
    if isinstance(input_names, str):
        input_names = [input_names]
    if isinstance(net, Symbol):
        if inputs and params is None and isinstance(inputs[0], (Mapping, str, os.PathLike)):
            params, inputs = inputs[0], inputs[1:]
        return _fitting(caller, _of_symbol(caller, net, inputs, params, input_names, share))
    if isinstance(net, Block):
        if params is not None:
            raise TypeError(
                message(
                    f"{caller}: params go with a symbol",
                    received=f"params {type(params).__name__} for the block {net.name!r}",
                    because="a block has its own",
                    hint=f"net.load_parameters(...), then {caller}(net, x)",
                )
            )
        return _fitting(caller, _of_block(caller, net, inputs, input_names, share))
    known = "a torch module" if isinstance(net, torch.nn.Module) else type(net).__name__
    raise TypeError(
        message(
            f"{caller}: takes a Gluon block or a symbol",
            received=known,
            hint="it is one already; glueball.torch.from_module makes a Gluon block of it"
            if isinstance(net, torch.nn.Module)
            else f"{caller}(net, x), or {caller}(symbol, params)",
        )
    )


def _fitting(caller: str, model: Model) -> Model:
    """The model itself; raises ``ValueError`` where example inputs and parameters do not fit each other."""
    if len(model.examples) < len(model.inputs):
        return model
    known = {node: stored.tensor for node, stored in model.of_node.items()} | model.examples
    shapes = {node.name: tuple(tensor.shape) for node, tensor in known.items()}
    try:
        shapes_of(model.entries, shapes, {node.name: tensor.dtype for node, tensor in known.items()})
    except MXNetError as error:
        given = [f"{name} {shapes[node.name]}" for name, node in model.inputs]
        raise ValueError(
            message(
                f"{caller}: the parameters do not fit the inputs",
                received=listed(given),
                because=str(error).splitlines()[0],
                hint="inputs and params of the shapes that the network is made for",
            )
        ) from error
    return model


# ---------------------------------------------------------------------- blocks


def _of_block(
    caller: str, net: Block, inputs: tuple[Any, ...], input_names: Sequence[str] | None, share: bool
) -> Model:
    wrapped = getattr(net, "module", None)
    if isinstance(wrapped, torch.nn.Module):
        raise TypeError(
            message(
                f"{caller}: takes a Gluon block or a symbol",
                received=f"{net.name}, a torch module as a block",
                hint="block.module is the torch module",
            )
        )
    inputs = tuple(_as_arrays(each) for each in inputs) or _stand_ins(net)
    _finish(caller, net, inputs)
    contexts = net.collect_params().list_ctx()
    if share and len(contexts) > 1:
        raise ValueError(
            message(
                f"{caller}: share=True takes parameters in one context",
                received=f"parameters in {contexts}",
                hint=f"net.collect_params().reset_ctx({contexts[0]})",
            )
        )
    flat, structure = flattened(inputs)
    given = [each for each in flat if each is not None]
    names = _argument_names(caller, input_names, len(given))
    symbols = [var(name) for name in names]
    rest = iter(symbols)
    arguments = regrouped([None if each is None else next(rest) for each in flat], structure)
    outputs, output_structure = _traced(caller, net, arguments)
    entries = improved([each._entries[0] for each in outputs])
    found = {
        parameter.var()._entries[0].node: parameter
        for block in _blocks(net)
        for parameter in [*block._reg_params.values(), *block.params.values()]
    }
    variables, changed = leaves(entries)
    nodes = [symbol._entries[0].node for symbol in symbols]
    stored, of_node = _stored_of_block(caller, net, variables, changed, found, set(nodes))
    kind = type(net).__name__
    generic = kind in ("HybridSequential", "Sequential", "SymbolBlock")
    return Model(
        "Network" if generic else kind,
        f"the Gluon network {kind}",
        entries,
        output_structure[1][0],  # it was traced as the only element of a list
        list(zip(names, nodes, strict=True)),
        stored,
        of_node,
        {
            node: _without_elements(example._t)
            for node, example in zip(nodes, given, strict=True)
            if isinstance(example, NDArray)
        },
    )


def _blocks(block: Block) -> list[Block]:
    return [block, *(each for child in block._children.values() for each in _blocks(child))]


def _traced(caller: str, net: Block, arguments: Any) -> tuple[list[Symbol], Any]:
    """The outputs of a block for symbols, and how they are nested."""
    try:
        with strictly(), NameManager(), autograd.pause(train_mode=False):
            outputs, structure = flattened([net(*arguments)])
        odd = next((each for each in outputs if not isinstance(each, Symbol)), None)
        if odd is not None or not outputs:
            raise MXNetError(f"it returns {type(odd).__name__}, no symbol")
    except Exception as error:
        lines = str(error).splitlines()
        raise MXNetError(
            f"{caller}: {net.name} ({type(net).__name__}) has no graph",
            received=f"{len(arguments)} inputs",
            because=lines[0] if lines else type(error).__name__,
            hint="a forward that uses nothing but F and layers, and no shape or element of its inputs; "
            f"{caller}(net, x, y) for a network of two inputs",
        ) from error
    return outputs, structure


def _finish(caller: str, net: Block, inputs: tuple[Any, ...]) -> None:
    """Make parameters known that wait for a first batch; raise for those that nobody initialised."""
    parameters = list(net.collect_params().values())
    missing = [p.name for p in parameters if p._data is None and not p._deferred_init]
    if missing:
        raise RuntimeError(
            message(
                f"{caller}: parameters have not been initialized",
                received=listed(missing),
                hint="net.initialize(), or net.load_parameters(file)",
            )
        )
    waiting = [p.name for p in parameters if p._data is None]
    if not waiting:
        return
    if not inputs or any(not isinstance(each, NDArray) for each in flattened(inputs)[0] if each is not None):
        raise RuntimeError(
            message(
                f"{caller}: shapes of parameters are not known yet",
                received=listed(waiting),
                because="they show only when data passes through the network",
                hint=f"{caller}(net, x) with a batch x, or net(x) before",
            )
        )
    with autograd.pause():
        net(*inputs)


def _stand_ins(net: Block) -> tuple[Any, ...]:
    """Anything in the structure of the inputs that a hybridized network was last run on; one input otherwise."""
    if not isinstance(net, HybridBlock) or not net._programs:
        return (object(),)
    keys = list(net._programs)
    return net._as_called(stand_ins(keys[-1]), keys[-1][4])


def _as_arrays(example: Any) -> Any:
    """An example input with arrays of any kind as those of MXNet."""
    if isinstance(example, (list, tuple)):
        return type(example)(_as_arrays(each) for each in example)
    if isinstance(example, torch.Tensor):
        return nd.from_torch(example)
    if isinstance(example, np.ndarray):
        return nd.array(example, dtype=example.dtype)
    return example


def _stored_of_block(
    caller: str,
    net: Block,
    variables: list[Node],
    changed: set[int],
    found: dict[Node, Parameter],
    inputs: set[Node],
) -> tuple[list[Stored], dict[Node, Stored]]:
    places: dict[int, Stored] = {}
    nodes = {id(parameter): node for node, parameter in found.items()}
    for name, parameter in net._collect_params_with_prefix().items():
        if id(parameter) in places:
            places[id(parameter)].names.append(name)
        elif parameter._data is not None:
            node = nodes.get(id(parameter))
            places[id(parameter)] = _of_parameter(name, parameter, node is not None and id(node) in changed)
    of_node: dict[Node, Stored] = {}
    for node in variables:
        if node in inputs:
            continue
        if node not in found or found[node]._data is None:
            raise MXNetError(
                f"{caller}: the graph takes {node.name}, which is no parameter of the network",
                hint="a parameter of a block that is registered as a child",
            )
        parameter = found[node]
        if id(parameter) not in places:  # one that files of the block lack has its full name
            places[id(parameter)] = _of_parameter(node.name, parameter, id(node) in changed)
        of_node[node] = places[id(parameter)]
    return list(places.values()), of_node


def _of_parameter(name: str, parameter: Parameter, changed: bool) -> Stored:
    is_buffer = changed or isinstance(parameter, Constant) or _is_statistic(parameter)
    data = parameter.list_data()
    tensor = data[0].to_torch() if len(data) == 1 else parameter._reduce().to_torch()
    return Stored([name], tensor, is_buffer, parameter.grad_req != "null")


def _is_statistic(parameter: Parameter) -> bool:
    """Whether a parameter that no call of the graph changes is one that a call would change."""
    names = ("running_mean", "running_var", "moving_mean", "moving_var")
    return not parameter._differentiable and parameter.name.endswith(names)


# ---------------------------------------------------------------------- symbols


def _of_symbol(
    caller: str,
    symbol: Symbol,
    inputs: tuple[Any, ...],
    params: Any,
    input_names: Sequence[str] | None,
    share: bool,
) -> Model:
    values = _values(caller, params, share)
    entries = improved(symbol._entries)
    variables, changed = leaves(entries)
    by_name = {node.name: node for node in variables}
    labels = _labels(entries)
    for name in input_names or ():
        if name not in by_name:
            close = nearest(name, by_name)
            raise ValueError(
                message(
                    f"{caller}: the graph has no input {name!r}",
                    because="its variables are " + listed(list(by_name)),
                    hint=f"input_names=[{close!r}]" if close else None,
                )
            )
    if input_names is None:
        nodes = [node for node in variables if node.name not in values and node not in labels]
        needed = set(learnt(entries))
        missing = [node.name for node in nodes if node in needed]
    else:
        nodes = [by_name[name] for name in input_names]
        missing = [
            node.name
            for node in variables
            if node not in nodes and node not in labels and node.name not in values
        ]
    if missing:
        raise ValueError(
            message(
                f"{caller}: values of parameters are missing",
                received=f"params with {listed(list(values))}",
                because="the graph takes " + listed(missing),
                hint=f"{caller}(symbol, {{**arg_params, **aux_params}}); input_names=[...] for what is given "
                "at each call",
            )
        )
    stored, of_node = [], {}
    for node in variables:
        if node not in nodes and node.name in values:
            tensor = values[node.name]
            is_changed = id(node) in changed
            has_gradient = tensor.is_floating_point() and not is_changed
            of_node[node] = Stored([node.name], tensor, is_changed, has_gradient)
            stored.append(of_node[node])
    names = _argument_names(caller, [node.name for node in nodes], len(nodes))
    examples = dict(zip(nodes, (_as_arrays(each) for each in inputs), strict=False))
    count = len(entries)
    return Model(
        "Network",
        f"the graph {symbol.name!r}" if symbol.name else "a graph",
        entries,
        None if count == 1 else (True, (None,) * count),
        list(zip(names, nodes, strict=True)),
        stored,
        of_node,
        {node: _without_elements(each._t) for node, each in examples.items() if isinstance(each, NDArray)},
        {node for node in labels if node not in nodes and node.name not in values},
    )


def _values(caller: str, params: Any, share: bool) -> dict[str, torch.Tensor]:
    """Tensors by name, without the ``arg:`` and ``aux:`` of files."""
    if params is None:
        return {}
    if isinstance(params, (str, os.PathLike)):
        params = nd.load(params)  # ours alone: with `share` nobody else sees its memory
    if isinstance(params, (list, tuple)) and all(isinstance(each, Mapping) for each in params):
        params = {name: value for part in params for name, value in part.items()}  # (arg_params, aux_params)
    if not isinstance(params, Mapping):
        raise TypeError(
            message(
                f"{caller}: params are arrays by name",
                received=type(params).__name__,
                hint="a dictionary, the path of a .params file, or (arg_params, aux_params)",
            )
        )
    values = {}
    for name, value in params.items():
        if share and not isinstance(value, (NDArray, torch.Tensor)):
            raise ValueError(
                message(
                    f"{caller}: share=True takes arrays, whose memory can be shared",
                    received=f"{name}: {type(value).__name__}",
                    hint="nd.array(...) of it, or nd.load(file)",
                )
            )
        array = _as_arrays(value._reduce() if isinstance(value, Parameter) else value)
        if not isinstance(array, NDArray):
            raise TypeError(
                message(f"{caller}: params are arrays by name", received=f"{name}: {type(value).__name__}")
            )
        values[name.removeprefix("arg:").removeprefix("aux:")] = array.to_torch()
    return values


def _labels(entries: Sequence[Entry]) -> set[Node]:
    """Variables that are nothing but labels of output operators."""
    nodes = in_order(entries)
    labels = {
        node.inputs[1].node
        for node in nodes
        if node.kind in LABELLED and len(node.inputs) > 1 and node.inputs[1].node.is_variable
    }
    for node in nodes:
        for place, entry in enumerate(node.inputs):
            if entry.node in labels and not (node.kind in LABELLED and place == 1):
                labels.discard(entry.node)
    return labels


def learnt(entries: Sequence[Entry]) -> list[Node]:
    """Variables in the places of weights and statistics, each once."""
    found = [
        entry.node
        for node in in_order(entries)
        if node.op is not None and not node.op.variadic
        for array, entry in zip(node.op.arrays, node.inputs, strict=False)
        if array in _LEARNT and entry.node.is_variable
    ]
    return list(dict.fromkeys(found))


# ---------------------------------------------------------------------- helpers


def _argument_names(caller: str, given: Sequence[str] | None, count: int) -> list[str]:
    """Names of the arguments of ``forward``, which Python accepts."""
    if given is None:
        return ["data"] if count == 1 else [f"data{place}" for place in range(count)]
    if len(given) != count:
        raise ValueError(
            message(
                f"{caller}: input_names has one name for each input",
                received=f"{len(given)} names for {count} inputs",
            )
        )
    names: list[str] = []
    for name in given:
        text = "".join(c if c.isalnum() or c == "_" else "_" for c in name) or "data"
        text = f"_{text}" if text[0].isdigit() or keyword.iskeyword(text) else text
        while text in names or text in _TAKEN or hasattr(helpers, text):
            text += "_"
        names.append(text)
    return names


def _without_elements(tensor: torch.Tensor) -> torch.Tensor:
    return torch.empty(tensor.shape, dtype=tensor.dtype, device="meta")


def listed(names: list[str], limit: int = 8) -> str:
    """The first names, and how many more there are.

    >>> listed(["a", "b", "c"], limit=2)
    'a, b, ... 1 more'
    """
    more = [f"... {len(names) - limit} more"] * (len(names) > limit)
    return ", ".join([*names[:limit], *more]) or "nothing"
