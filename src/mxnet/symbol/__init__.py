"""``mx.sym``: graphs of operator calls, built first and run later.

Functions of the operator table are made when they are first asked for (`functions.function_of`).
"""

from __future__ import annotations

from typing import Any

from .. import ops as _ops
from .._surface import module_getattr as _module_getattr
from .creation import arange, concatenate, eye, full, histogram, linspace, ones, split_v2, zeros
from .functions import ARITHMETIC as _ARITHMETIC
from .functions import function_of as _function_of
from .json import load, load_json
from .methods import install as _install_methods
from .symbol import Group, Symbol, Variable, var

_install_methods()
globals().update(_ARITHMETIC)
pow = _ARITHMETIC["power"]

__all__ = [
    "Group",
    "Symbol",
    "Variable",
    "arange",
    "concatenate",
    "eye",
    "full",
    "histogram",
    "linspace",
    "load",
    "load_json",
    "ones",
    "pow",
    "split_v2",
    "var",
    "zeros",
    *_ARITHMETIC,
]


def __getattr__(name: str) -> Any:
    try:
        made = _function_of(name)
    except KeyError:
        pass
    else:
        globals()[name] = made
        return made
    if name in _NAMESPACES:
        import importlib

        return importlib.import_module(f"{__name__}.{name}")
    if name == "Custom":
        from .special import Custom

        return Custom
    return _absent(name)


_absent = _module_getattr(__name__)
_NAMESPACES = frozenset({"contrib", "image", "linalg", "random", "op", "_internal"})


def __dir__() -> list[str]:
    return sorted(
        {
            *globals(),
            *_NAMESPACES,
            *(name for name in _ops.OPERATORS if name.isidentifier() and name[0] != "_"),
        }
    )
