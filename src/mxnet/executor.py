"""``mx.executor``: `Executor`, a symbol joined with arrays."""

from ._surface import module_getattr as _module_getattr
from .symbol.executor import Executor

__all__ = ["Executor"]

__getattr__ = _module_getattr(__name__)
