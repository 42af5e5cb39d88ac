"""The functions of ``mx.sym``: the operator table once more, over symbols."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from numbers import Number
from typing import Any

import numpy as np
import torch

from .._surface import module_getattr
from ..base import NotImplementedForSymbol, _Null, message
from ..ndarray import NDArray
from ..ops.arithmetic import BINARY
from ..ops.registry import OPERATORS, Operator
from .compose import call
from .graph import record_of
from .symbol import Symbol

__all__ = ["ARITHMETIC", "from_table", "function_named", "function_of"]

_made: dict[str, Callable[..., Any]] = {}


def function_of(name: str) -> Callable[..., Any]:
    """The function ``sym.<name>``; raises KeyError for a name that is not in the table."""
    try:
        return _made[name]
    except KeyError:
        made = _made[name] = function_named(record_of(name), name)
        return made


def function_named(op: Operator, called: str) -> Callable[..., Any]:
    """A function that calls an operator under this name, after which calls are named."""
    names = [*op.arrays, *op.attributes]

    def function(*args: Any, name: Any = None, attr: Any = None, out: Any = None, **kwargs: Any) -> Symbol:
        by_place = 0
        if op.variadic:
            listed = args[0] if len(args) == 1 and isinstance(args[0], (list, tuple)) else args
            inputs = tuple(listed) or tuple(_named_inputs(op, kwargs))
        else:
            by_place = len(args)
            if len(args) > len(names):
                raise TypeError(
                    message(f"{called}: takes at most {len(names)} arguments", received=str(len(args)))
                )
            for key, value in zip(names, args, strict=False):
                if key in kwargs:
                    raise TypeError(message(f"{called}: got two values for {key}"))
                kwargs[key] = value
            inputs = tuple(kwargs.pop(array, None) for array in op.arrays)
        attributes = {key: kwargs.pop(key) for key in op.attributes if key in kwargs}
        return Symbol(call(op, called, inputs, attributes, name, attr, kwargs, by_place))

    function.__name__ = function.__qualname__ = called
    function.__module__ = "mxnet.sym"
    function.__doc__ = op.doc
    function.__signature__ = _signature(op)  # type: ignore[attr-defined]
    return function


def _named_inputs(op: Operator, kwargs: dict[str, Any]) -> list[Any]:
    """``arg0=x, arg1=y`` for operators over any number of arrays."""
    found: list[Any] = []
    while f"arg{len(found)}" in kwargs:
        found.append(kwargs.pop(f"arg{len(found)}"))
    return found


def _signature(op: Operator) -> inspect.Signature:
    kind: Any = inspect.Parameter.POSITIONAL_OR_KEYWORD
    if op.variadic:
        first = [inspect.Parameter(op.variadic, inspect.Parameter.VAR_POSITIONAL)]
        kind = inspect.Parameter.KEYWORD_ONLY
    else:
        first = [inspect.Parameter(array, kind, default=None) for array in op.arrays]
    rest = [
        inspect.Parameter(key, kind, default=_Null if p.default is p.empty else p.default)
        for key, p in op.attributes.items()
    ]
    rest += [inspect.Parameter(key, kind, default=None) for key in ("name", "attr", "out")]
    return inspect.Signature([*first, *rest, inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD)])


def from_table(module: str, prefix: str = "") -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Make ``__getattr__`` and ``__dir__`` of a module of operators; as for `mxnet.ndarray.namespace`."""
    absent = module_getattr(module)

    def __getattr__(name: str) -> Any:  # noqa: N807  it becomes the module's
        if name.startswith("__") or prefix + name not in OPERATORS:
            return absent(name)
        made = function_of(prefix + name)
        setattr(sys.modules[module], name, made)
        return made

    def __dir__() -> list[str]:  # noqa: N807
        named = (name.removeprefix(prefix) for name in OPERATORS if name.startswith(prefix))
        return sorted({*vars(sys.modules[module]), *(name for name in named if name.isidentifier())})

    return __getattr__, __dir__


# ---------------------------------------------------------------------- arithmetic

# How MXNet names the calls that Python's operators make: two symbols, a number behind, a number before.
_HINTS = {
    "add": ("_plus", "_plusscalar", None),
    "subtract": ("_minus", "_minusscalar", "_rminusscalar"),
    "multiply": ("_mul", "_mulscalar", None),
    "divide": ("_div", "_divscalar", "_rdivscalar"),
    "modulo": ("_mod", "_modscalar", "_rmodscalar"),
    "power": ("_power", "_powerscalar", "_rpowerscalar"),
    "maximum": ("_maximum", "_maximumscalar", None),
    "minimum": ("_minimum", "_minimumscalar", None),
    "hypot": ("_hypot", "_hypotscalar", None),
}
_MIRRORED = {
    "greater": "lesser",
    "lesser": "greater",
    "greater_equal": "lesser_equal",
    "lesser_equal": "greater_equal",
}


def _arithmetic(name: str, forward: bool = True, function: bool = False) -> Callable[[Any, Any], Any]:
    """``a + b`` for a symbol and a symbol or number; with ``forward=False``, ``b + a``."""
    row = BINARY[name]
    elementwise = row.elementwise or row.broadcast
    hints = _HINTS.get(name, (f"_{name}", f"_{name}_scalar", None))
    if name == "power" and not function:
        hints = (*hints[:2], "_rpower_scalar")

    def operation(self: Symbol, other: Any) -> Any:
        if isinstance(other, Symbol):
            left, right = (self, other) if forward else (other, self)
            return _named(elementwise[0], hints[0], left, right)
        if not isinstance(other, Number):
            if isinstance(other, (np.ndarray, NDArray, torch.Tensor)):
                raise _mixed(name, other)
            return NotImplemented
        if forward or not row.reflected_scalar:
            if not forward and name in _MIRRORED:
                return _arithmetic(_MIRRORED[name])(self, other)
            return _named(row.scalar[0], hints[1], self, scalar=other)
        return _named(row.reflected_scalar[0], hints[2] or f"_r{name}_scalar", self, scalar=other)

    return operation


def _mixed(name: str, other: Any) -> TypeError:
    return TypeError(
        message(
            f"{name}: type {type(other)} not supported",
            because="symbols have no elements until they are bound: an array is given then",
            hint="sym.var('name') in its place, and bind(ctx, {'name': array})",
        )
    )


def _named(op: str, hint: str, *inputs: Symbol, **attributes: Any) -> Symbol:
    return Symbol(call(OPERATORS[op], hint, inputs, attributes, None, None, {}))


def _either(name: str) -> Callable[[Any, Any], Any]:
    """``sym.maximum(left, right)``: a symbol on at least one side."""
    first, second = _arithmetic(name, function=True), _arithmetic(name, forward=False, function=True)

    def function(left: Any, right: Any) -> Any:
        if isinstance(left, Symbol):
            result = first(left, right)
        elif isinstance(right, Symbol):
            result = second(right, left)
        elif isinstance(left, Number) and isinstance(right, Number):
            from .. import ndarray

            return getattr(ndarray, name)(left, right)
        else:
            result = NotImplemented
        if result is NotImplemented:
            raise TypeError(
                message(
                    f"sym.{name}: types ({type(left)}, {type(right)}) not supported",
                    because="one of the two is a Symbol, the other one too or a number",
                )
            )
        return result

    if name == "power":  # whose arguments have names of their own
        plain = function

        def function(base: Any, exp: Any) -> Any:  # type: ignore[misc]
            return plain(base, exp)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"``{BINARY[name].formula}``, element by element, for symbols and numbers."
    return function


ARITHMETIC = {name: _either(row) for row in BINARY for name in BINARY[row].function} | {
    "hypot": _either("hypot")
}


def _refuse_inplace(name: str, sign: str) -> Callable[[Any, Any], Any]:
    def refuse(self: Symbol, other: Any) -> Any:
        raise NotImplementedForSymbol(
            f'Function __i{name}__ (namely operator "{sign}=") is not implemented for Symbol '
            "and only available in NDArray.",
            received=repr(self),
            because="a symbol is never changed",
            hint=f"x = x {sign} y, which makes a new one",
        )

    return refuse


_SIGNS = {"add": "+", "sub": "-", "mul": "*", "truediv": "/", "mod": "%", "pow": "**"}


def _install() -> None:
    for name, row in BINARY.items():
        if row.dunder in ("eq", "ne", "gt", "ge", "lt", "le"):
            setattr(Symbol, f"__{row.dunder}__", _arithmetic(name))
        elif row.dunder is not None:
            setattr(Symbol, f"__{row.dunder}__", _arithmetic(name))
            setattr(Symbol, f"__r{row.dunder}__", _arithmetic(name, forward=False))
            if row.dunder != "pow":
                setattr(Symbol, f"__i{row.dunder}__", _refuse_inplace(row.dunder, _SIGNS[row.dunder]))
    unary: dict[str, Callable[[Symbol], Symbol]] = {
        "__neg__": lambda self: _named("_mul_scalar", "_mulscalar", self, scalar=-1.0),
        "__abs__": lambda self: function_of("abs")(self),
    }
    for name, method in unary.items():
        setattr(Symbol, name, method)


_install()
