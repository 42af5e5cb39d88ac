"""``mx.name``: how symbols without a name of their own are named."""

from __future__ import annotations

import threading
from typing import Any

from ._surface import module_getattr as _module_getattr

__all__ = ["NameManager", "Prefix", "current"]


class NameManager:
    """Gives symbols the names ``<operator><count>``; ``with NameManager():`` counts afresh.

    >>> from mxnet import sym
    >>> with NameManager():
    ...     sym.Flatten(sym.var("x")).name, sym.Flatten(sym.var("x")).name
    ('flatten0', 'flatten1')
    """

    def __init__(self) -> None:
        self._counter: dict[str, int] = {}
        self._outer: list[NameManager] = []

    def get(self, name: str | None, hint: str) -> str:
        """``name``, or the next name for ``hint`` if there is none."""
        if name:
            return name
        count = self._counter.get(hint, 0)
        self._counter[hint] = count + 1
        return f"{hint}{count}"

    def __enter__(self) -> Any:
        self._outer.append(current())
        _now.manager = self
        return self

    def __exit__(self, *_: object) -> None:
        _now.manager = self._outer.pop()


class Prefix(NameManager):
    """Puts ``prefix`` before every name, those that were given too.

    >>> from mxnet import sym
    >>> with Prefix("net_"):
    ...     sym.Flatten(sym.var("x"), name="flat").name
    'net_flat'
    """

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self._prefix = prefix

    def get(self, name: str | None, hint: str) -> str:
        """The prefix and the name that would be given without it."""
        return self._prefix + super().get(name, hint)


class _Now(threading.local):
    def __init__(self) -> None:
        self.manager: NameManager = NameManager()


_now = _Now()


def current() -> NameManager:
    """The manager of the innermost ``with`` block of this thread."""
    return _now.manager


__getattr__ = _module_getattr(__name__)
