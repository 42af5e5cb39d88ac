"""``mx.nd.op``: the functions of the operator table alone."""

from __future__ import annotations

from typing import Any

from .._surface import module_getattr as _module_getattr
from ..ops.registry import OPERATORS as _OPERATORS
from .invoke import function_of as _function_of

_absent = _module_getattr(__name__)


def __getattr__(name: str) -> Any:
    if name not in _OPERATORS or name.startswith("__"):
        return _absent(name)
    made = globals()[name] = _function_of(name)
    return made


def __dir__() -> list[str]:
    return sorted(name for name in _OPERATORS if not name.startswith("_"))
