"""``mx.engine``: how many calls MXNet ran as one; operators run at once here, so the number changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ._surface import module_getattr as _module_getattr

__all__ = ["bulk", "set_bulk_size"]

_size = 0


def set_bulk_size(size: int) -> int:
    """Set the number of calls in a bulk; returns what it was. Nothing runs differently.

    >>> before = set_bulk_size(10)
    >>> set_bulk_size(before)
    10
    """
    global _size
    before, _size = _size, int(size)
    return before


@contextmanager
def bulk(size: int) -> Iterator[None]:
    """Set the number of calls in a bulk for a ``with`` block. Nothing runs differently."""
    before = set_bulk_size(size)
    try:
        yield
    finally:
        set_bulk_size(before)


__getattr__ = _module_getattr(__name__)
