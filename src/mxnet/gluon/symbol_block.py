"""Graphs as blocks: what was exported runs and trains again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import symbol as sym
from ..base import message, nearest
from ..context import ABSTRACT, Context, cpu
from ..ndarray import NDArray
from ..symbol import Symbol
from ..symbol.graph import Entry, Node, leaves
from ..symbol.infer import shapes_of
from ..symbol.infer_types import infer_type
from ..symbol.json import copied
from .formats import format_of, structure_of
from .hybrid_block import HybridBlock
from .loading import load_arrays, read_named
from .parameter import Parameter
from .parameter_dict import ParameterDict
from .tracing import Compiled, Traced, execute, flattened, regrouped
from .utils import shape_is_known

__all__ = ["SymbolBlock"]


class SymbolBlock(HybridBlock):
    """A block that computes a graph; the variables that are no inputs are its parameters.

    Parameters are called as their variables, whatever scope the block is made in. In the file of a network around the
    block their names lack what all of them begin with. Initialisers that variables were given do not count.

    Differs from 1.9.1: a block alone writes full names, which `imports` reads; 1.9.1 cannot read its own.

    Parameters
    ----------
    outputs : a symbol, or a list of symbols, which may be nested and is what a call returns.
    inputs : the variables that stand for its inputs, in order.
    params : parameters to share, by the names of the graph's variables.

    >>> from mxnet import gluon, nd, sym
    >>> x = sym.var("data")
    >>> block = gluon.SymbolBlock(sym.FullyConnected(x, num_hidden=2, name="fc"), x)
    >>> block.initialize()
    >>> block(nd.ones((1, 3))).shape
    (1, 2)
    """

    def __init__(self, outputs: Any, inputs: Any, params: ParameterDict | None = None) -> None:
        super().__init__()
        self._prefix = ""
        self._params = ParameterDict("", params)
        variables = [inputs] if isinstance(inputs, Symbol) else list(inputs)
        if isinstance(outputs, (list, tuple)) and len(outputs) == 1:
            (outputs,) = outputs
        flat, self._structure = flattened(_as_lists(outputs))
        graph = outputs if isinstance(outputs, Symbol) else sym.Group(flat)
        for each in variables:
            if (
                not isinstance(each, Symbol)
                or len(each._entries) != 1
                or not each._entries[0].node.is_variable
            ):
                raise AssertionError(
                    message("Input symbols must be variable, but an input is none", received=repr(each))
                )
        names = {each.name for each in variables}
        self._graph = graph
        nodes, changed = leaves(graph._entries)
        self._inputs = [_in_graph(each, nodes) for each in variables]
        types = dict(zip(graph.list_arguments(), infer_type(graph, (), {}, partial=True)[0], strict=True))
        own = {}
        for node in sorted(nodes, key=lambda each: id(each) in changed):  # statistics come last
            if node.name in names:
                continue
            shape = sym.Symbol([Entry(node)]).attr("__shape__")
            options: dict[str, Any] = {"allow_deferred_init": True}
            if shape is not None:
                options["shape"] = shapes_of([Entry(node)], {})[1].get(node.name)
            if types.get(node.name) is not None:
                options["dtype"] = types[node.name]
            if id(node) in changed:
                options["grad_req"] = "null"
            own[node] = self.params.get(node.name, **options)
        common = _common_start([node.name for node in own])
        self._reg_params.update((node.name[common:], parameter) for node, parameter in own.items())
        self._own = own
        self._compiled: Compiled | None = None

    @staticmethod
    def imports(
        symbol_file: str,
        input_names: str | Sequence[str],
        param_file: str | None = None,
        ctx: Context | Sequence[Context] | None = None,
        allow_missing: bool = False,
        ignore_extra: bool = False,
    ) -> SymbolBlock:
        """Read what `HybridBlock.export` or ``save_checkpoint`` wrote.

        Parameters
        ----------
        symbol_file : ``<path>-symbol.json``.
        input_names : the names of the variables that are inputs, usually ``'data'``.
        param_file : ``<path>-0000.params``; without it the block is to be initialised.
        ctx : where the parameters go; the CPU by default.
        allow_missing, ignore_extra : as for `Block.load_parameters`.

        Raises
        ------
        MXNetError : a file is missing or broken.
        """
        graph = sym.load(symbol_file)
        names = [input_names] if isinstance(input_names, str) else list(input_names)
        known = graph.list_inputs()
        for name in names:
            if name not in known:
                close = nearest(name, known)
                raise ValueError(
                    message(
                        f"SymbolBlock.imports: the graph has no input {name!r}",
                        because="its variables are "
                        + ", ".join(known[:12])
                        + (", ..." if len(known) > 12 else ""),
                        hint=f"input_names=[{close!r}]" if close else None,
                    )
                )
        nodes = {node.name: node for node in leaves(graph._entries)[0]}
        block = SymbolBlock(graph, [Symbol([Entry(nodes[name])]) for name in names])
        if param_file is not None:
            arrays = {
                name.removeprefix("arg:").removeprefix("aux:"): array
                for name, array in read_named(param_file, "SymbolBlock.imports").items()
            }
            load_arrays(
                {parameter.name: parameter for parameter in block._own.values()},
                arrays,
                source=param_file,
                ctx=ctx or cpu(),
                allow_missing=allow_missing,
                ignore_extra=ignore_extra,
                cast_dtype=True,
                dtype_source="saved",
                extra_error=ValueError,
            )
        return block

    def __repr__(self) -> str:
        names = ", ".join(str(each.name) for each in self._inputs)
        return (
            f"SymbolBlock(\n{self._graph!r} : {len(self._inputs)} -> {len(self._graph._entries)} ({names})\n)"
        )

    def forward(self, x: Any, *args: Any) -> Any:
        """Compute the graph: on arrays, or as part of another graph."""
        given = flattened((x, *args))[0]
        if len(given) != len(self._inputs):
            raise ValueError(
                message(
                    f"SymbolBlock takes {len(self._inputs)} inputs",
                    received=f"{len(given)} of them",
                    because="they are " + ", ".join(str(each.name) for each in self._inputs),
                )
            )
        if isinstance(given[0], Symbol):
            replaced = {id(node): parameter.var()._entries[0] for node, parameter in self._own.items()}
            replaced |= {
                id(each._entries[0].node): new._entries[0]
                for each, new in zip(self._inputs, given, strict=True)
            }
            result = copied(self._graph, replaced)
            return regrouped([Symbol([entry]) for entry in result._entries], self._structure)
        for each in given:
            if not isinstance(each, NDArray):
                raise ValueError(
                    message(
                        "In HybridBlock, there must be one NDArray or one Symbol in the input. "
                        "Please check the type of the args.",
                        received=", ".join(type(each).__name__ for each in given),
                        hint="block(nd.array(x))",
                    )
                )
        ctx = given[0]._ctx
        if any(each._data is None for each in self._own.values()) or ctx is ABSTRACT:
            self._solve(given)
        if self._compiled is None:
            self._compiled = Compiled(self, self._traced())
        return execute(self._compiled, ctx, given)

    def _collect_params_with_prefix(self, prefix: str = "") -> dict[str, Parameter]:
        if prefix:
            return super()._collect_params_with_prefix(prefix)
        return {node.name: parameter for node, parameter in self._own.items()}

    @property
    def _in_format(self) -> Any:
        return [0] * len(self._inputs)

    @_in_format.setter
    def _in_format(self, fmt: Any) -> None:
        """Nothing: inputs may be nested in any way."""

    @property
    def _out_format(self) -> Any:
        return format_of(self._structure)

    @_out_format.setter
    def _out_format(self, fmt: Any) -> None:
        self._structure, self._compiled = structure_of(fmt), None

    def _symbolic(self, x: Any, *args: Any) -> Any:
        return self.forward(x, *args)

    def _traced(self) -> Traced:
        return Traced(self._inputs, self._graph, (False, (self._structure,)), self._own)

    def infer_shape(self, *args: Any) -> None:
        """Solve the shapes of its parameters from those of inputs."""
        self._solve(flattened(args)[0])

    def _solve(self, given: list[NDArray]) -> None:
        known = {str(each.name): tuple(array.shape) for each, array in zip(self._inputs, given, strict=True)}
        for node, parameter in self._own.items():
            if shape_is_known(parameter.shape):
                known[node.name] = tuple(parameter.shape)  # type: ignore[arg-type]
        _, variables = shapes_of(self._graph._entries, known)
        unknown = []
        for node, parameter in self._own.items():
            if not shape_is_known(parameter.shape):
                shape = variables.get(node.name)
                if shape is None or 0 in shape:
                    unknown.append(parameter.name)
                else:
                    parameter.shape = shape
        if unknown:
            raise ValueError(
                message(
                    "Deferred initialization failed because shape cannot be inferred.",
                    received=", ".join(unknown),
                    because="the shapes of the inputs do not determine them",
                )
            )
        for node in leaves(self._graph._entries)[0]:  # in this order, that of the random numbers in 1.9.1
            if node in self._own:
                self._own[node]._finish_deferred_init()

    def __getstate__(self) -> dict[str, Any]:
        return {
            **super().__getstate__(),
            "_compiled": None,
            "_graph": self._graph.tojson(remove_amp_cast=False),
            "_inputs": [each.name for each in self._inputs],
            "_own": {node.name: parameter for node, parameter in self._own.items()},
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore a copy or a pickled block: its graph is made of new nodes."""
        vars(self).update(state)
        graph = sym.load_json(state["_graph"])
        nodes = {node.name: node for node in leaves(graph._entries)[0]}
        unused = {name: sym.var(name)._entries[0].node for name in state["_inputs"] if name not in nodes}
        self.__dict__["_graph"] = graph
        self.__dict__["_inputs"] = [Symbol([Entry({**nodes, **unused}[name])]) for name in state["_inputs"]]
        self.__dict__["_own"] = {nodes[name]: parameter for name, parameter in state["_own"].items()}

    def reset_ctx(self, ctx: Context | Sequence[Context]) -> None:
        """Move the parameters to other contexts."""
        self.collect_params().reset_ctx(ctx)

    def cast(self, dtype: Any) -> None:
        """Change the type of the parameters."""
        super().cast(dtype)
        self._compiled = None


def _common_start(names: Sequence[str]) -> int:
    """How many letters all names begin with."""
    count = 0
    for letters in zip(*names, strict=False):
        if len(set(letters)) > 1:
            break
        count += 1
    return count


def _as_lists(outputs: Any) -> Any:
    return [_as_lists(each) for each in outputs] if isinstance(outputs, (list, tuple)) else outputs


def _in_graph(variable: Symbol, nodes: list[Node]) -> Symbol:
    """The graph's own variable of this name: ``sym.var('data')`` stands for it, made here or there."""
    node = variable._entries[0].node
    if any(node is each for each in nodes):
        return variable
    return next((Symbol([Entry(each)]) for each in nodes if each.name == node.name), variable)
