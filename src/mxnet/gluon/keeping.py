"""What ``hybrid_forward`` keeps on its blocks besides what it returns: attention weights, the masks of a sequence.

A program hands such arrays out, too, and they are kept as without it. That holds for attributes that are set anew in
each call before anybody reads them; a block that reads what a call before has left there runs call by call. So the
graph of a block that sets attributes is made twice: the second time what they held before refuses to be looked at.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from ..base import MXNetError
from ..symbol import Symbol
from ..symbol.subgraph import MARK

if TYPE_CHECKING:
    from .block import Block

__all__ = ["KeepsState", "Kept", "watching"]

_ABSENT: Any = object()
_CONTAINERS = (list, dict, OrderedDict, set)
_CONSTANTS = (bool, int, float, str, type(None))


class KeepsState(MXNetError):
    """The results of a block depend on what it kept of the calls before, or it changes what it has."""


class Kept(NamedTuple):
    """An attribute that a call sets."""

    block: Block
    name: str
    value: Any


class _Unread:
    """Stands for what an attribute held before a call, which must not matter."""

    def __init__(self, block: Block, name: str) -> None:
        self.__dict__["what"] = block.name, name

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        block, name = self.__dict__["what"]
        raise KeepsState(f"hybrid_forward of {block} reads {name}, which it keeps of the call before")

    __class__ = property(_refuse)  # type: ignore[assignment]  # what isinstance() looks at


for _name in (
    "__getattr__ __setattr__ __bool__ __call__ __iter__ __len__ __contains__ __getitem__ __setitem__ __float__ __int__ "
    "__index__ __eq__ __ne__ __lt__ __le__ __gt__ __ge__ __neg__ __abs__ __hash__"
).split() + [
    f"__{side}{each}__" for side in "r " for each in "add sub mul truediv floordiv mod pow matmul".split()
]:
    setattr(_Unread, _name.replace(" ", ""), _Unread._refuse)


def watching(blocks: Iterable[Block], trace: Callable[[], Any]) -> tuple[Any, list[Kept]]:
    """What ``trace`` returns, and the attributes of the blocks that it sets, with symbols for arrays.

    The blocks are afterwards as they were.

    Raises
    ------
    KeepsState : what is computed depends on what the attributes held before.
    """
    before = [_Before(each) for each in blocks]
    try:
        for each in before:
            each.hide(each.block._scratch)
        made = trace()
        changed = {(each.block, name): value for each in before for name, value in each.changes()}
        if changed:
            for each in before:
                each.restore()
                each.hide({*each.block._scratch, *(name for block, name in changed if block is each.block)})
            made = trace()
            again = {(each.block, name): value for each in before for name, value in each.changes()}
            for block, name in dict.fromkeys([*changed, *again]):
                _check(block, name, changed.get((block, name), _ABSENT), again.get((block, name), _ABSENT))
            changed = again
        return made, [Kept(block, name, value) for (block, name), value in changed.items()]
    finally:
        for each in before:
            each.restore()


class _Before:
    """The attributes of a block before a call."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.attributes = dict(vars(block))
        self.contents = {
            name: type(value)(value)
            for name, value in self.attributes.items()
            if type(value) in _CONTAINERS and name != "_programs"
        }
        self.hidden: dict[str, _Unread] = {}

    def hide(self, names: Iterable[str]) -> None:
        self.hidden = {name: _Unread(self.block, name) for name in names}
        vars(self.block).update(self.hidden)

    def changes(self) -> list[tuple[str, Any]]:
        """The attributes that are others now."""
        now = vars(self.block)
        found = []
        for name in dict.fromkeys([*self.attributes, *now]):
            if name == "_version" or name in self.block._bookkeeping:
                continue
            old, new = self.hidden.get(name, self.attributes.get(name, _ABSENT)), now.get(name, _ABSENT)
            if new is not old and not (type(new) is type(old) and isinstance(new, _CONSTANTS) and new == old):
                found.append((name, new))
            elif name in self.contents and name not in self.hidden and not _same(new, self.contents[name]):
                raise KeepsState(f"hybrid_forward of {self.block.name} changes what is in {name}")
        return found

    def restore(self) -> None:
        attributes = vars(self.block)
        attributes.clear()
        attributes.update(self.attributes)
        for name, content in self.contents.items():
            value = self.attributes[name]
            if not _same(value, content):
                value.clear()
                (value.extend if type(value) is list else value.update)(content)


def _same(first: Any, second: Any) -> bool:
    """Whether two containers hold the same objects."""
    if isinstance(first, dict):
        return list(first) == list(second) and all(first[key] is second[key] for key in first)
    if type(first) is list:
        return len(first) == len(second) and all(map(lambda a, b: a is b, first, second))
    return bool(first == second)


def _check(block: Block, name: str, first: Any, second: Any) -> None:
    """Raise unless an attribute was set in the same way twice."""
    if not _alike(first, second):
        raise KeepsState(f"hybrid_forward of {block.name} sets {name}, which a program does not do")


def _alike(first: Any, second: Any) -> bool:
    if type(first) is not type(second):
        return False
    if isinstance(first, Symbol):
        # of a call inside a loop there is one array for each turn
        return all(MARK not in entry.node.attrs for entry in second._entries)
    if type(first) in (list, tuple):
        return len(first) == len(second) and all(map(_alike, first, second))
    return isinstance(first, _CONSTANTS) and first == second
