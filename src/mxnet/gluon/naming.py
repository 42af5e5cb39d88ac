"""Names: where ``dense0_weight`` comes from.

A block without a prefix is named after its class and counted by the `mxnet.name` manager of now, together with symbols;
inside ``with parent.name_scope():`` the count is the parent's and the parent's prefix comes first, also in the names of
symbols.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from .. import name as names

if TYPE_CHECKING:
    from .block import Block
    from .parameter_dict import ParameterDict

__all__ = ["BlockScope"]


class _Naming(threading.local):
    scope: BlockScope | None = None


_now = _Naming()


class BlockScope:
    """The names that one block hands out; ``with block.name_scope():`` makes it the current one."""

    def __init__(self, block: Block) -> None:
        self._block = block
        self._counts: dict[str, int] = {}
        self._outer: list[tuple[BlockScope | None, names.Prefix]] = []

    def __enter__(self) -> BlockScope:
        if not self._block._empty_prefix:
            of_symbols = names.Prefix(self._block.prefix)
            of_symbols.__enter__()
            self._outer.append((_now.scope, of_symbols))
            _now.scope = self
        return self

    def __exit__(self, *_: Any) -> None:
        if not self._block._empty_prefix:
            _now.scope, of_symbols = self._outer.pop()
            of_symbols.__exit__()

    def _next(self, hint: str) -> str:
        number = self._counts.get(hint, 0)
        self._counts[hint] = number + 1
        return f"{hint}{number}"


def name_block(prefix: str | None, params: ParameterDict | None, hint: str) -> tuple[str, ParameterDict]:
    """The prefix and the parameter dictionary of a new block.

    Parameters
    ----------
    prefix : as the user gave it, or None.
    params : the dictionary of the block that it shares parameters with, or None.
    hint : its class in small letters.
    """
    from .parameter_dict import ParameterDict

    scope = _now.scope
    if prefix is None:
        prefix = (names.current().get(None, hint) if scope is None else scope._next(hint)) + "_"
    parent = None if scope is None else scope._block
    if params is not None:
        params = ParameterDict(params.prefix, params)
    elif parent is None:
        params = ParameterDict(prefix)
    else:
        params = ParameterDict(parent.params.prefix + prefix, parent.params._shared)
    return (prefix if parent is None else parent.prefix + prefix), params
