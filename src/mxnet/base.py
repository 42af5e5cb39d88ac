"""What every layer shares: the error type, the form of its text, and a few historical aliases."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

__all__ = [
    "ArgumentError",
    "IndexShapeError",
    "MXNetError",
    "NotImplementedForSymbol",
    "OptionError",
    "ShapeError",
    "message",
    "nearest",
]

string_types = (str,)
numeric_types = (float, int, np.generic)
integer_types = (int, np.integer)


class _NullType:
    """The value of an attribute that nobody gave (``None`` is a value of its own for some attributes)."""

    def __repr__(self) -> str:
        return "_Null"

    def __bool__(self) -> bool:
        return False


_Null = _NullType()


class MXNetError(RuntimeError):
    """Raised where the real MXNet raises its own error, with four facts instead of a C++ stack.

    Parameters
    ----------
    what : what was called and what went wrong, in one line.
    received : the arguments as they arrived.
    because : the rule that they break.
    hint : what to write instead.

    >>> print(MXNetError("dot: shapes do not fit", received="(2, 3), (2, 3)", hint="transpose_b=True"))
    dot: shapes do not fit
      received: (2, 3), (2, 3)
      try:      transpose_b=True
    """

    def __init__(
        self,
        what: str = "",
        *,
        received: str | None = None,
        because: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.received = received
        self.because = because
        self.hint = hint
        self.layer: str | None = None

    def __str__(self) -> str:
        what = self.what
        if self.layer is not None:
            caller, colon, rest = what.partition(":")
            what = (
                f"{caller} (layer '{self.layer}'){colon}{rest}" if colon else f"layer '{self.layer}': {what}"
            )
        return message(what, received=self.received, because=self.because, hint=self.hint)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild_error, (type(self), self.what, self.received, self.because, self.hint, self.layer)


class NotImplementedForSymbol(MXNetError):
    """What a symbol cannot do, for it has no elements yet."""


class ShapeError(MXNetError, ValueError):
    """Shapes that do not fit: 1.9.1 raises its own error for some of them and ``ValueError`` for others."""


class OptionError(MXNetError, KeyError, ValueError):
    """A word that is none of the known ones: ``KeyError`` in 1.9.1, ``ValueError`` by Python's custom."""


class IndexShapeError(IndexError, ValueError):
    """Index arrays that do not fit each other: ``ValueError`` in 1.9.1, ``IndexError`` in NumPy."""


class ArgumentError(AssertionError, TypeError):
    """An argument that is no array: 1.9.1 raises ``AssertionError`` there, Python programs expect ``TypeError``."""


def _rebuild_error(
    kind: type[MXNetError], what: str, received: str, because: str, hint: str, layer: str
) -> MXNetError:
    error = kind(what, received=received, because=because, hint=hint)
    error.layer = layer
    return error


def message(
    what: str, *, received: str | None = None, because: str | None = None, hint: str | None = None
) -> str:
    """Lay out an error: what was called, what it received, what is wrong, what to do.

    For the exceptions that are not `MXNetError` (``ValueError``, ``TypeError``, ... where 1.9.1 raises those).

    >>> print(message("nd.load: no such file", received="'net.params'", hint="check the path"))
    nd.load: no such file
      received: 'net.params'
      try:      check the path
    """
    lines = [what]
    if received is not None:
        lines.append(f"  received: {received}")
    if because is not None:
        lines.append(f"  because:  {because}")
    if hint is not None:
        lines.append(f"  try:      {hint}")
    return "\n".join(lines)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that ``word`` most likely means, or None.

    >>> nearest("learining_rate", ["momentum", "learning_rate", "wd"])
    'learning_rate'
    """
    import difflib  # on the error path only

    candidates = list(known)
    lowered = {candidate.lower(): candidate for candidate in candidates}
    found = difflib.get_close_matches(str(word).lower(), lowered, n=1, cutoff=0.6)
    return lowered[found[0]] if found else None
