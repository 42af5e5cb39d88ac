"""Modules of ``nd`` whose functions are the operators with one prefix: ``nd.linalg``, ``nd.image``, ``nd.contrib``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from .._surface import module_getattr
from ..ops import OPERATORS
from .invoke import function_of


def from_table(module: str, prefix: str = "") -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Make ``__getattr__`` and ``__dir__`` of a module: its functions are compiled when they are asked for.

    Parameters
    ----------
    module : its ``__name__``.
    prefix : what the names of its operators begin with in the table (``'linalg.'``).
    """
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
