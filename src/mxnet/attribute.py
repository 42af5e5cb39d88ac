"""``mx.attribute``: attributes for all symbols made in a ``with`` block."""

from __future__ import annotations

import threading
from typing import Any

from ._surface import module_getattr as _module_getattr
from .base import message

__all__ = ["AttrScope", "current"]


class AttrScope:
    """Give every symbol made inside these attributes; values are strings.

    In files ``ctx_group``, ``lr_mult``, ``wd_mult``, ``force_mirroring`` and ``mirror_stage`` stand between
    underscores. Operators with attributes of their own take no others: name yours ``__name__``.

    Raises
    ------
    ValueError : a value is no string.

    >>> from mxnet import sym
    >>> with AttrScope(ctx_group="dev1"):
    ...     sym.var("x").attr("ctx_group")
    'dev1'
    """

    def __init__(self, **kwargs: str) -> None:
        for name, value in kwargs.items():
            if not isinstance(value, str):
                raise ValueError(
                    message(
                        "Attributes need to be a string",
                        received=f"{name}={value!r}",
                        hint=f"{name}={str(value)!r}",
                    )
                )
        self._own = dict(kwargs)
        self._attr = dict(self._own)
        self._outer: list[AttrScope] = []

    def get(self, attr: dict[str, str] | None) -> dict[str, str]:
        """The attributes of this scope, overridden by ``attr``."""
        return {**self._attr, **(attr or {})}

    def __enter__(self) -> Any:
        self._outer.append(_now.scope)
        self._attr = {**_now.scope._attr, **self._own}
        _now.scope = self
        return self

    def __exit__(self, *_: object) -> None:
        _now.scope = self._outer.pop()


class _Now(threading.local):
    def __init__(self) -> None:
        self.scope = AttrScope()


_now = _Now()


def current() -> AttrScope:
    """The scope of the innermost ``with`` block of this thread."""
    return _now.scope


__getattr__ = _module_getattr(__name__)
