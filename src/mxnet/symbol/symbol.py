"""`Symbol`: one or several outputs of a graph that is built by calls and run later."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .. import attribute
from .._surface import complete as _complete
from ..base import MXNetError, NotImplementedForSymbol, message, nearest
from ..dtype import name as dtype_name
from ..dtype import to_torch
from . import graph
from .graph import Entry, Node

if TYPE_CHECKING:
    from ..context import Context
    from .executor import Executor

__all__ = ["Group", "Symbol", "Variable", "strictly", "var"]

# A type in symbol files is its number in MXNet's list.
TYPE_NUMBERS = dict(
    zip(
        ("float32", "float64", "float16", "uint8", "int32", "int8", "int64", "bool", "int16", "uint16"),
        range(10),
        strict=True,
    )
) | {"uint32": 10, "uint64": 11, "bfloat16": 12}


@_complete("mxnet.sym.Symbol")
class Symbol:
    """Outputs of a graph of operator calls on variables. Nothing is computed until it is bound to arrays.

    Made by `var` and by calls of the functions of `mxnet.symbol`, which are those of `mxnet.nd`.

    >>> from mxnet import sym
    >>> x = sym.var("x")
    >>> y = sym.FullyConnected(x, num_hidden=3, name="fc")
    >>> y.list_arguments()
    ['x', 'fc_weight', 'fc_bias']
    >>> y.eval(x=nd.ones((2, 4)), fc_weight=nd.ones((3, 4)), fc_bias=nd.zeros((3,)))[0].shape
    (2, 3)
    """

    __slots__ = ("__weakref__", "_entries")
    __array_priority__ = 1000.0
    __array_ufunc__ = None  # NumPy leaves arithmetic with symbols to them

    def __init__(self, handle: Sequence[Entry]) -> None:
        self._entries = list(handle)

    def __repr__(self) -> str:
        names = [entry.node.name for entry in self._entries]
        if self.name is None and len(names) > 1:
            return f"<Symbol group [{', '.join(names)}]>"
        return f"<Symbol {names[0] if names else 'Grouped'}>"

    def __len__(self) -> int:
        self._refuse_if_strict("len")
        return len(self._entries)

    def __iter__(self) -> Iterator[Symbol]:
        self._refuse_if_strict("__iter__")
        return (Symbol([entry]) for entry in self._entries)

    def _refuse_if_strict(self, what: str) -> None:
        """Where symbols stand for arrays, one output has no parts: the array's would be its rows."""
        if _now.strict and len(self._entries) == 1:
            raise _no_elements(what, what, self)

    def __getitem__(self, index: int | str | slice) -> Symbol:
        """One output, by its place or its name; a slice of several is a group."""
        self._refuse_if_strict("__getitem__")
        if isinstance(index, str):
            names = self.list_outputs()
            places = [place for place, name in enumerate(names) if name == index]
            if not places:
                close = nearest(index, names)
                raise ValueError(
                    message(
                        f"Cannot find output that matches name {index!r}",
                        received=", ".join(names[:20]),
                        hint=f"symbol[{close!r}]" if close else None,
                    )
                )
            if len(places) > 1:
                raise ValueError(message(f"There are multiple outputs with name {index!r}"))
            index = places[0]
        if isinstance(index, slice):
            return Symbol(self._entries[index])
        try:
            return Symbol([self._entries[index]])
        except IndexError:
            raise IndexError(
                message("Index out of range", received=f"{index}, of {len(self)} outputs")
            ) from None
        except TypeError:
            raise TypeError(message("Symbol only support integer index to fetch i-th output")) from None

    def __hash__(self) -> int:
        return id(self)

    def __bool__(self) -> bool:
        raise _no_elements("__bool__", "bool", self)

    def __copy__(self) -> Symbol:
        return Symbol(self._entries)

    def __deepcopy__(self, memo: Any) -> Symbol:
        from .json import copied

        return copied(self)

    def __reduce__(self) -> Any:
        from .json import load_json

        return load_json, (self.tojson(),)

    def __call__(self, *args: Symbol, **kwargs: Any) -> Symbol:
        """Put other symbols in the place of its variables, by order or by name; returns the new graph.

        >>> from mxnet import sym
        >>> layer = sym.FullyConnected(sym.var("x"), num_hidden=3, name="fc")
        >>> layer(x=sym.var("hidden")).list_arguments()
        ['hidden', 'fc_weight', 'fc_bias']
        """
        from .json import composed

        return composed(self, args, kwargs)

    # ------------------------------------------------------------------ names and attributes

    @property
    def name(self) -> str | None:
        """The name of the call or variable; None for a group of several."""
        nodes = {id(entry.node) for entry in self._entries}
        return self._entries[0].node.name if len(nodes) == 1 else None

    def list_arguments(self) -> list[str]:
        """The names of the variables that are given or learnt, in the order in which they are needed."""
        return [node.name for node in graph.arguments(self._entries)]

    def list_auxiliary_states(self) -> list[str]:
        """The names of the variables that calls change: running statistics."""
        return [node.name for node in graph.auxiliaries(self._entries)]

    def list_inputs(self) -> list[str]:
        """The names of all variables."""
        return [node.name for node in graph.leaves(self._entries)[0]]

    def list_outputs(self) -> list[str]:
        """The names of the outputs.

        >>> from mxnet import sym
        >>> sym.split(sym.var("x"), num_outputs=2, name="halves").list_outputs()
        ['halves_output0', 'halves_output1']
        """
        return [entry.node.output_name(entry.index) for entry in self._entries]

    @property
    def num_outputs(self) -> int:
        """How many outputs there are."""
        return len(self._entries)

    def attr(self, key: str) -> str | None:
        """One attribute, as text; None if there is no such one."""
        return graph.as_shown(self._attributes()).get(key)

    def list_attr(self, recursive: bool = False) -> dict[str, str]:
        """The attributes of the symbol itself."""
        if recursive:
            raise DeprecationWarning(
                message("Symbol.list_attr with recursive=True has been deprecated.", hint="attr_dict()")
            )
        return graph.as_shown(self._attributes())

    def attr_dict(self) -> dict[str, dict[str, str]]:
        """The attributes of every variable and call, by name."""
        found = {}
        for node in graph.in_order(self._entries):
            if node.attrs:
                found[node.name] = graph.as_shown(node.attrs)
        return found

    def _set_attr(self, **kwargs: str) -> None:
        """Give the symbol attributes; values are strings."""
        _check_texts(kwargs)
        if len({id(entry.node) for entry in self._entries}) != 1:
            raise MXNetError("_set_attr: a group of several symbols has no attributes", hint="group[0]")
        self._entries[0].node.attrs.update(graph.as_stored(kwargs))

    def _attributes(self) -> dict[str, str]:
        """Those of the call or variable; a group of several has none."""
        nodes = {id(entry.node): entry.node for entry in self._entries}
        return next(iter(nodes.values())).attrs if len(nodes) == 1 else {}

    def get_internals(self) -> Symbol:
        """All outputs of all calls and variables inside, as a group.

        >>> from mxnet import sym
        >>> sym.relu(sym.var("x"), name="r").get_internals().list_outputs()
        ['x', 'r_output']
        """
        return Symbol([Entry(node, i) for node in graph.in_order(self._entries) for i in range(node.visible)])

    def get_children(self) -> Symbol | None:
        """The inputs of the call, as a group; None for a variable."""
        entries = [entry for each in self._entries for entry in each.node.inputs]
        return Symbol(entries) if entries else None

    def debug_str(self) -> str:
        """The graph as text, a call at a time."""
        if len(self._entries) == 1 and self._entries[0].node.is_variable:
            return f"Variable:{self.name}\n"
        lines = ["Symbol Outputs:"]
        lines += [
            f"\toutput[{place}]={entry.node.name}({entry.index})" for place, entry in enumerate(self._entries)
        ]
        for node in graph.in_order(self._entries):
            if node.is_variable:
                lines.append(f"Variable:{node.name}")
                continue
            lines += ["--------------------", f"Op:{node.kind}, Name={node.name}"]
            if node.inputs:
                lines.append("Inputs:")
            for place, (source, index) in enumerate(node.inputs):
                version = " version=0" if source.is_variable else ""
                lines.append(f"\targ[{place}]={source.name}({index}){version}")
            if node.attrs:
                lines.append("Attrs:")
                lines += [f"\t{key}={node.attrs[key]}" for key in sorted(node.attrs)]
        return "\n".join(lines) + "\n"

    # ------------------------------------------------------------------ shapes and types

    def infer_shape(self, *args: Any, **kwargs: Any) -> tuple[Any, Any, Any]:
        """The shapes of arguments, outputs and auxiliary states that follow from some of them.

        Parameters
        ----------
        args, kwargs : shapes of arguments, by order or by name; a length of 0 is not known.

        Returns
        -------
        Three lists; three times None where the given shapes do not determine all.

        Raises
        ------
        MXNetError : shapes contradict each other, or a name is no argument.

        >>> from mxnet import sym
        >>> y = sym.FullyConnected(sym.var("x"), num_hidden=3, name="fc")
        >>> y.infer_shape(x=(2, 4))
        ([(2, 4), (3, 4), (3,)], [(2, 3)], [])
        """
        from .infer import infer_shape

        return infer_shape(self, args, kwargs, partial=False)

    def infer_shape_partial(self, *args: Any, **kwargs: Any) -> tuple[Any, Any, Any]:
        """As `infer_shape`, with ``()`` or lengths of 0 for what does not follow."""
        from .infer import infer_shape

        return infer_shape(self, args, kwargs, partial=True)

    def infer_type(self, *args: Any, **kwargs: Any) -> tuple[Any, Any, Any]:
        """The types of arguments, outputs and auxiliary states that follow from some of them.

        >>> from mxnet import sym
        >>> sym.relu(sym.var("x")).infer_type(x="float16")
        ([<class 'numpy.float16'>], [<class 'numpy.float16'>], [])
        """
        from .infer_types import infer_type

        return infer_type(self, args, kwargs, partial=False)

    def infer_type_partial(self, *args: Any, **kwargs: Any) -> tuple[Any, Any, Any]:
        """As `infer_type`, with None for what does not follow."""
        from .infer_types import infer_type

        return infer_type(self, args, kwargs, partial=True)

    # ------------------------------------------------------------------ files

    def tojson(self, remove_amp_cast: bool = True) -> str:
        """The graph as MXNet 1.9.1 writes it into ``model-symbol.json``."""
        from .json import to_json

        return to_json(self, remove_amp_cast)

    def save(self, fname: Any, remove_amp_cast: bool = True) -> None:
        """Write the graph to a file; whole or not at all."""
        from .json import save

        save(self, fname, remove_amp_cast)

    # ------------------------------------------------------------------ running

    def bind(
        self,
        ctx: Context,
        args: Any,
        args_grad: Any = None,
        grad_req: Any = "write",
        aux_states: Any = None,
        group2ctx: Any = None,
        shared_exec: Any = None,
    ) -> Executor:
        """Join the graph with arrays; see `mxnet.executor.Executor`.

        Parameters
        ----------
        ctx : where it runs.
        args : the arrays of all arguments: a list in their order, or a dictionary by name.
        args_grad : the arrays for their gradients, in either form; those that lack one get no gradient.
        grad_req : ``'write'``, ``'add'`` or ``'null'``, for all, in a list or by name.
        aux_states : the arrays of auxiliary states, in either form.

        >>> from mxnet import sym
        >>> run = (sym.var("x") * 2).bind(mx.cpu(), {"x": nd.ones((2,))})
        >>> run.forward()[0].asnumpy().tolist()
        [2.0, 2.0]
        """
        from .binding import bind

        return bind(self, ctx, args, args_grad, grad_req, aux_states, group2ctx)

    def simple_bind(
        self,
        ctx: Context,
        grad_req: Any = "write",
        type_dict: Any = None,
        stype_dict: Any = None,
        group2ctx: Any = None,
        shared_arg_names: Any = None,
        shared_exec: Any = None,
        shared_buffer: Any = None,
        **kwargs: Any,
    ) -> Executor:
        """Make all arrays from the shapes of some arguments, and join the graph with them.

        >>> from mxnet import sym
        >>> run = sym.FullyConnected(sym.var("x"), num_hidden=3, name="fc").simple_bind(mx.cpu(), x=(2, 4))
        >>> run.arg_dict["fc_weight"].shape
        (3, 4)
        """
        from .binding import simple_bind

        return simple_bind(
            self, ctx, grad_req, type_dict, group2ctx, shared_arg_names, shared_exec, shared_buffer, kwargs
        )

    def eval(self, ctx: Context | None = None, **kwargs: Any) -> list[Any]:
        """Compute the outputs from the arrays of all arguments, given by name.

        >>> from mxnet import sym
        >>> (sym.var("x") + 1).eval(x=nd.ones((2,)))[0].asnumpy().tolist()
        [2.0, 2.0]
        """
        from ..context import current_context

        return list(self.bind(ctx or current_context(), kwargs).forward())

    def gradient(self, wrt: Any) -> Any:
        """Not in MXNet 1.9.1 either: bind the symbol and call ``backward``."""
        raise MXNetError(
            "Symbol.gradient: symbols have no gradient of their own", hint="bind(...), forward, backward"
        )

    def optimize_for(
        self,
        backend: str,
        args: Any = None,
        aux: Any = None,
        ctx: Any = None,
        shape_dict: Any = None,
        type_dict: Any = None,
        stype_dict: Any = None,
        skip_infer: bool = False,
        **kwargs: Any,
    ) -> Symbol:
        """The symbol itself: PyTorch's kernels need no backend."""
        return self

    def get_backend_symbol(self, backend: str) -> Symbol:
        """The symbol itself: PyTorch's kernels need no backend."""
        return self

    def as_nd_ndarray(self) -> Symbol:
        """The symbol itself."""
        return self

    def wait_to_read(self) -> None:
        """Symbols have no elements to wait for."""
        raise _no_elements("wait_to_read", "wait_to_read", self)

    def asnumpy(self) -> None:
        """Symbols have no elements yet."""
        raise _no_elements("asnumpy", "asnumpy", self)

    def asscalar(self) -> None:
        """Symbols have no elements yet."""
        raise _no_elements("asscalar", "asscalar", self)

    def copy(self) -> None:
        """Symbols have no elements yet."""
        raise _no_elements("copy", "copy", self)

    def as_in_context(self, context: Any = None) -> None:
        """Symbols are nowhere yet."""
        raise _no_elements("as_in_context", "as_in_context", self)

    def detach(self) -> None:
        """Symbols are on no tape."""
        raise _no_elements("detach", "detach", self)

    def backward(self) -> None:
        """Bind the symbol first: executors have ``backward``."""
        raise _no_elements("backward", "backward", self)

    def __getattr__(self, name: str) -> Any:
        from .methods import no_such_attribute

        raise no_such_attribute(name)


class _Now(threading.local):
    strict = False


_now = _Now()


@contextmanager
def strictly() -> Iterator[None]:
    """Refuse what a symbol and an array answer differently (``len(x)``, ``x[0]``, ``for row in x``)."""
    before = _now.strict
    _now.strict = True
    try:
        yield
    finally:
        _now.strict = before


def _no_elements(function: str, alias: str, symbol: Symbol) -> NotImplementedForSymbol:
    return NotImplementedForSymbol(
        f'Function {function} (namely operator "{alias}") is not implemented for Symbol '
        "and only available in NDArray.",
        received=repr(symbol),
        because="a symbol has no elements until it is bound to arrays",
        hint="inside hybrid_forward, F.where and F.contrib.cond choose without a Python `if`; "
        "or leave the block un-hybridized",
    )


def var(
    name: str,
    attr: dict[str, str] | None = None,
    shape: Sequence[int] | None = None,
    lr_mult: float | None = None,
    wd_mult: float | None = None,
    dtype: Any = None,
    init: Any = None,
    stype: str | None = None,
    profiler_scope: str | None = None,
    **kwargs: str,
) -> Symbol:
    """A variable: what is given, or learnt.

    Parameters
    ----------
    name : under which arrays are given for it.
    attr, kwargs : attributes, as text; keywords are written ``__name__``.
    shape, dtype : if they are known; a length of 0 is not.
    lr_mult, wd_mult : multipliers of learning rate and weight decay.
    init : the initialiser that `mod.Module` fills it with.

    Raises
    ------
    TypeError : the name is no text.
    ValueError : a keyword is no attribute.

    >>> from mxnet import sym
    >>> sym.var("x", shape=(2, 3)).attr("__shape__")
    '(2, 3)'
    """
    if not isinstance(name, str):
        raise TypeError(message("Expect a string for variable `name`", received=repr(name)))
    _check_texts(attr or {})
    attrs = graph.as_stored(attribute.current().get(attr))
    if shape is not None:
        from .infer import lengths_of

        shape = lengths_of("var", "shape", (shape,) if isinstance(shape, int) else shape)
    if stype not in (None, *_STORAGES):
        raise ValueError(
            message(f"a variable's stype is one of {', '.join(_STORAGES)}", received=f"stype={stype!r}")
        )
    known: dict[str, Any] = {
        "__shape__": None if shape is None else str(shape),
        "__lr_mult__": None if lr_mult is None else str(lr_mult),
        "__wd_mult__": None if wd_mult is None else str(wd_mult),
        "__dtype__": None if dtype is None else str(TYPE_NUMBERS[dtype_name(to_torch(dtype))]),
        "__init__": None if init is None else init if isinstance(init, str) else init.dumps(),
        "__storage_type__": None if stype is None else str(_STORAGES.index(stype)),
        "__profiler_scope__": profiler_scope,
    }
    attrs.update({key: value for key, value in known.items() if value is not None})
    for key, value in kwargs.items():
        if not (key.startswith("__") and key.endswith("__")):
            raise ValueError(
                message(
                    f"Attribute name={key} is not supported.",
                    because="additional attributes begin and end with two underscores",
                    hint=f"__{key}__={value!r}",
                )
            )
        attrs[key] = str(value)
    return Symbol([Entry(Node(None, name, attrs))])


_STORAGES = ("default", "row_sparse", "csr")


def _check_texts(attrs: dict[str, Any]) -> None:
    for key, value in attrs.items():
        if not isinstance(value, str):
            raise ValueError(
                message(
                    "Set Attr only accepts string values", received=f"{key}={value!r}", hint=repr(str(value))
                )
            )


Variable = var


def Group(symbols: Sequence[Symbol], create_fn: Any = Symbol) -> Symbol:
    """Several symbols as one, with all their outputs.

    >>> from mxnet import sym
    >>> Group([sym.var("a"), sym.var("b") * 2]).list_arguments()
    ['a', 'b']
    """
    many = isinstance(symbols, Iterable) and not isinstance(symbols, Symbol)
    listed = list(symbols) if many else []
    if not listed or any(not isinstance(each, Symbol) for each in listed):
        raise TypeError(
            message(
                "Expected a list of symbols as input", received=f"{symbols!r}"[:80], hint="sym.Group([x, y])"
            )
        )
    made: Symbol = create_fn([entry for each in listed for entry in each._entries])
    return made
