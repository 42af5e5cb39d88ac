"""Values of attributes from their text, as symbol files have it.

A reader of its own and not Python's: a file is not trusted, and Python's parser can be brought to its limits.
"""

from __future__ import annotations

import re
from typing import Any

__all__ = ["read_literal"]

_PARTS = re.compile(r"\s*(?:([(\[])|([)\]])|(,)|([^\s,()\[\]]+))")
_WORDS: dict[str, Any] = {"None": None, "True": True, "False": False, "true": True, "false": False}
_DEEPEST = 32


def read_literal(text: str) -> Any:
    """A number, ``None``, ``True``, ``False``, or tuples and lists of them.

    Whole numbers of Python 2 (``3L``) are read, too. Raises ``ValueError`` for everything else.

    >>> read_literal("(2, -3.5, None)"), read_literal("[]"), read_literal("1e-3"), read_literal("(1)")
    ((2, -3.5, None), [], 0.001, 1)
    """
    text = text.strip()
    stack: list[tuple[str, list[Any], bool]] = [
        ("", [], False)
    ]  # bracket, items so far, whether a comma was seen
    expects = True  # an item, and not a comma
    place = 0
    while place < len(text):
        part = _PARTS.match(text, place)
        if part is None:
            break
        place = part.end()
        opening, closing, comma, word = part.groups()
        bracket, items, commas = stack[-1]
        if comma:
            if expects:
                raise ValueError(text)
            stack[-1] = (bracket, items, True)
            expects = True
            continue
        if closing:
            if not bracket or (bracket == "(") != (closing == ")") or (expects and not items and commas):
                raise ValueError(text)
            stack.pop()
            value: Any = items if bracket == "[" else tuple(items)
            if bracket == "(" and len(items) == 1 and not commas:
                value = items[0]
            stack[-1][1].append(value)
            expects = False
            continue
        if not expects:
            raise ValueError(text)
        if opening:
            if len(stack) > _DEEPEST:
                raise ValueError(text)
            stack.append((opening, [], False))
        else:
            items.append(_word(word))
            expects = False
    _, items, commas = stack[0]
    if len(stack) != 1 or place < len(text) or not items:
        raise ValueError(text)
    return tuple(items) if commas else items[0]


def _word(word: str) -> Any:
    if word in _WORDS:
        return _WORDS[word]
    if word[0] not in "+-.0123456789" or "_" in word:
        raise ValueError(word)
    try:
        return int(word.removesuffix("L"))
    except ValueError:
        return float(word)
