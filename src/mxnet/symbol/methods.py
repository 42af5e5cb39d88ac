"""The methods of `Symbol` that are operators: ``x.sum(axis=1)`` is ``sym.sum(x, axis=1)``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import _surface
from ..base import message, nearest
from ..ops.registry import OPERATORS
from .functions import function_of
from .symbol import Symbol

__all__ = ["install", "no_such_attribute"]

# Methods that are no operator's name, and what they call.
_CALLS = {"astype": "cast", "split_v2": "_split_v2"}
# Methods whose tuple may be spelled out: ``x.reshape(2, 3)``.
_SPELLED = frozenset({"reshape", "transpose"})


def install() -> None:
    """Give `Symbol` every method of 1.9.1 that is an operator of the table."""
    by_method = {record.method: name for name, record in OPERATORS.items() if record.method}
    own = {
        "astype": _astype,
        "diag": _diag,
        "expand_dims": _expand_dims,
        "flatten": _flatten,
        "squeeze": _squeeze,
    }
    for name in [*_surface.members("mxnet.sym.Symbol"), *filter(None, by_method)]:
        called = _CALLS.get(name) or (name if name in OPERATORS else by_method.get(name))
        if called is not None and (name not in vars(Symbol) or _surface.is_absent(vars(Symbol)[name])):
            method = own.get(name) or _method(name, called)
            method.__name__ = method.__qualname__ = name
            method.__doc__ = OPERATORS[called].doc
            setattr(Symbol, name, method)


def _method(name: str, called: str) -> Callable[..., Symbol]:
    def method(self: Symbol, *args: Any, **kwargs: Any) -> Symbol:
        if name in _SPELLED and len(args) > 1:
            args = (args,)
        if name == "split_v2":
            from .creation import split_v2

            return split_v2(self, *args, **kwargs)
        return function_of(called)(self, *args, **kwargs)

    return method


# Methods with parameters of their own, some of which 1.9.1 writes into the call whether or not they are given.


def _astype(self: Symbol, dtype: Any, copy: bool = True, **kwargs: Any) -> Symbol:
    return function_of("cast")(self, dtype=dtype, **kwargs)


def _diag(self: Symbol, k: int = 0, **kwargs: Any) -> Symbol:
    return function_of("diag")(self, k, **kwargs)


def _expand_dims(self: Symbol, axis: int, inplace: bool = False, **kwargs: Any) -> Symbol:
    return function_of("expand_dims")(self, axis, **kwargs)


def _flatten(self: Symbol, inplace: bool = False, **kwargs: Any) -> Symbol:
    return function_of("flatten")(self, **kwargs)


def _squeeze(self: Symbol, axis: Any = None, inplace: bool = False, **kwargs: Any) -> Symbol:
    return function_of("squeeze")(self, axis, **kwargs)


def no_such_attribute(name: str) -> AttributeError:
    """The error for an attribute that symbols do not have."""
    hint = _INSTEAD.get(name)
    if hint is None:
        close = nearest(name, {*_surface.members("mxnet.sym.Symbol"), *vars(Symbol)})
        hint = f"symbol.{close}" if close else None
    return AttributeError(
        message(
            f"'Symbol' object has no attribute {name!r}",
            because="a symbol has no elements, shape or type until it is bound to arrays",
            hint=hint,
        )
    )


_SHAPES = "symbol.infer_shape(x=(2, 3)), for shapes of its variables; in a graph sym.shape_array(symbol)"
_INSTEAD = {
    "dtype": "symbol.infer_type(x='float32'), for types of its variables",
    "ndim": _SHAPES,
    "shape": _SHAPES,
    "size": _SHAPES,
}
