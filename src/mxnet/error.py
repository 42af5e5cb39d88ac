"""``mx.error``: MXNet's exception classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ._surface import module_getattr as _module_getattr
from .base import MXNetError

__all__ = ["InternalError", "MXNetError", "register", "register_error"]

_REGISTERED: dict[str, type[BaseException]] = {"MXNetError": MXNetError}


def register_error(func_name: Any = None, cls: type[BaseException] | None = None) -> Any:
    """Register an exception class by its name, or by another one; a decorator without its second argument.

    >>> @register
    ... class OddError(MXNetError): pass
    """
    if isinstance(func_name, type):
        return register_error(func_name.__name__, func_name)

    def registered(kind: type[BaseException]) -> type[BaseException]:
        _REGISTERED[func_name or kind.__name__] = kind
        return kind

    result: Callable[..., Any] | type[BaseException] = registered if cls is None else registered(cls)
    return result


register = register_error


@register
class InternalError(MXNetError):
    """Something that should not happen did."""


for _name in ("ValueError", "TypeError", "AttributeError", "IndexError", "NotImplementedError"):
    register_error(_name, getattr(__import__("builtins"), _name))

__getattr__ = _module_getattr(__name__)
