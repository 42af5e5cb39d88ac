"""Python statements in the form that formatters (ruff, Black) give them."""

from __future__ import annotations

__all__ = ["WIDTH", "bracketed", "statement"]

WIDTH = 88
_OPENING, _CLOSING = "([{", ")]}"


def statement(text: str, indent: int = 0) -> list[str]:
    r"""One statement as lines of at most `WIDTH` characters, as far as its brackets allow.

    >>> print("\n".join(statement("x = function(" + ", ".join(["an_argument"] * 6) + ", None)")))
    x = function(
        an_argument, an_argument, an_argument, an_argument, an_argument, an_argument, None
    )
    """
    line = " " * indent + text
    if len(line) <= WIDTH:
        return [line]
    for opening, closing in _brackets(text):
        if indent + opening < WIDTH and text[opening + 1 : closing].strip():
            items = _items(text[opening + 1 : closing])
            return bracketed(text[: opening + 1], items, text[closing:], indent)
    return [line]


def bracketed(head: str, items: list[str], tail: str, indent: int = 0) -> list[str]:
    """``head``, ``items`` and ``tail`` on one line, on three, or with a line for each item."""
    margin = " " * indent
    whole = margin + head + ", ".join(items) + tail
    if len(whole) <= WIDTH or not items:
        return [whole]
    inside = f"{margin}    {', '.join(items)}"
    if len(inside) <= WIDTH:
        return [margin + head, inside, margin + tail]
    lines = [margin + head]
    for item in items:
        ending = "," if len(items) > 1 or item[-1] not in _CLOSING else ""
        lines += statement(item + ending, indent + 4)
    return [*lines, margin + tail]


def _brackets(text: str) -> list[tuple[int, int]]:
    """Where the outer brackets at the end of a statement open and close, the last first."""
    found: list[tuple[int, int]] = []
    depth, start = 0, 0
    for position, character in enumerate(text):
        if character in _OPENING:
            start = start if depth else position
            depth += 1
        elif character in _CLOSING:
            depth -= 1
            if not depth:
                found.append((start, position))
    return found[::-1]


def _items(text: str) -> list[str]:
    """What stands between the commas outside of inner brackets."""
    items, depth, start = [], 0, 0
    for position, character in enumerate(text):
        depth += (character in _OPENING) - (character in _CLOSING)
        if character == "," and depth == 0:
            items.append(text[start:position].strip())
            start = position + 1
    items.append(text[start:].strip())
    return [item for item in items if item]
