"""``nd.linalg``: linear algebra on matrices and batches of them (`mxnet.ops.linalg_products` and its neighbours)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import ops as _ops
from .._surface import module_getattr as _module_getattr
from .invoke import function_of as _function_of

_PREFIX = "linalg."


def __getattr__(name: str) -> Callable[..., Any]:
    if _PREFIX + name not in _ops.OPERATORS:
        return _absent(name)
    made = globals()[name] = _function_of(_PREFIX + name)
    return made


_absent = _module_getattr(__name__)


def __dir__() -> list[str]:
    named = (name.removeprefix(_PREFIX) for name in _ops.OPERATORS if name.startswith(_PREFIX))
    return sorted({*globals(), *named})
