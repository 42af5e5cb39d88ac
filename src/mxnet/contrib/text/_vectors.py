"""Files of vectors: in each line a token and its numbers."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from ...base import message

__all__ = ["read_vectors"]

_LINES = 1 << 14
"""Lines that are turned into numbers together."""


class _Reader:
    """What has been read so far.

    Parameters
    ----------
    path, delimiter, encoding : of the file.
    wanted : the tokens to keep; None for all.
    """

    def __init__(self, path: str, delimiter: str, wanted: Any) -> None:
        self.path = path
        self.delimiter = delimiter
        self.wanted = wanted
        self.width: int | None = None
        self.rows: dict[str, int] = {}
        self.blocks: list[np.ndarray] = []
        self.repeated: list[tuple[int, str]] = []

    def take(self, first: int, lines: list[str]) -> None:
        """Take in some lines, of which the first has that number."""
        tokens, texts, numbers = [], [], []
        for number, line in enumerate(lines, first):
            fields = line.rstrip()
            if not fields:
                continue
            token, _, text = fields.partition(self.delimiter)
            extra = text.count(self.delimiter) + 1 - (self.width or 0) if text else -1
            if extra != 0:
                token, text = self._unusual(number, fields, token, text)
                if text is None:
                    continue
            if token in self.rows or (self.wanted is not None and token not in self.wanted):
                if token in self.rows:
                    self.repeated.append((number, token))
                continue
            self.rows[token] = len(self.rows)
            tokens.append(token)
            texts.append(text)
            numbers.append(number)
        if texts:
            self.blocks.append(self._numbers(tokens, texts, numbers))

    def _unusual(self, number: int, line: str, token: str, text: str) -> tuple[str, Any]:
        """A line without the expected number of fields: the first one, a header, a token with a delimiter in it."""
        fields = line.split(self.delimiter)
        if len(fields) == 1:
            raise AssertionError(
                self._said(
                    f"{self.path}, line {number}: no token with numbers",
                    line,
                    f"there is no {self.delimiter!r} in it",
                    f"elem_delim={self._likely_delimiter(line)!r}",
                )
            )
        if len(fields) == 2:
            if number > 1 or not all(field.isdecimal() for field in fields):
                warnings.warn(
                    f"{self.path}, line {number}: {line[:60]!r} looks like a header and is passed over",
                    stacklevel=6,
                )
            return token, None
        if self.width is None:
            self.width = len(fields) - 1
            return token, text
        spaced = len(fields) - 1 - self.width
        if spaced > 0 and not all(map(_is_number, fields[1 : 1 + spaced])):
            # Files of GloVe have tokens such as ". . .": whatever stands before the last numbers is the token.
            return self.delimiter.join(fields[: 1 + spaced]), self.delimiter.join(fields[1 + spaced :])
        raise AssertionError(
            self._said(
                f"{self.path}, line {number}: {len(fields) - 1} numbers, {self.width} in the lines before",
                line,
                "the file is cut short, or put together from several",
                None,
            )
        )

    def _numbers(self, tokens: list[str], texts: list[str], numbers: list[int]) -> np.ndarray:
        assert self.width is not None
        joined = " ".join(texts) if self.delimiter == " " else " ".join(texts).replace(self.delimiter, " ")
        with warnings.catch_warnings():
            # NumPy 1.26 only warns where a text is no number, and returns what it has read of it.
            warnings.simplefilter("error", DeprecationWarning)
            try:
                values = np.fromstring(joined, np.float64, sep=" ")
            except (ValueError, DeprecationWarning):
                values = np.empty(0)
        if len(values) == len(texts) * self.width:
            with np.errstate(over="ignore"):
                return values.astype(np.float32).reshape(len(texts), self.width)
        for number, token, text in zip(numbers, tokens, texts, strict=True):
            bad = next((field for field in text.split(self.delimiter) if not _is_number(field)), None)
            if bad is not None:
                raise ValueError(
                    self._said(
                        f"could not convert string to float: {bad[:40]!r}",
                        f"{token} {text}",
                        f"it stands in line {number} of {self.path}",
                        None,
                    )
                )
        raise ValueError(message(f"{self.path} holds something else than numbers behind its tokens"))

    def _said(self, what: str, line: str, because: str, hint: str | None) -> str:
        return message(what, received=f"{line[:60]!r}", because=because, hint=hint)

    def _likely_delimiter(self, line: str) -> str:
        return next((mark for mark in "\t ,;" if mark in line), " ")


def read_vectors(
    path: str | os.PathLike[str], delimiter: str, encoding: str, wanted: Any = None
) -> tuple[dict[str, int], np.ndarray]:
    """The tokens of a file with their rows, and the rows: ``(tokens, width)`` float32.

    Of a token that stands there twice the first row counts. Empty lines and headers are passed over, with a warning
    unless it is the usual header, two whole numbers in the first line.

    Parameters
    ----------
    path : of the file.
    delimiter : what stands between a token and its numbers, and between these.
    encoding : of the text.
    wanted : the tokens to keep, for a file of which only some are needed; None for all.

    Raises
    ------
    AssertionError : a line has no delimiter, or another number of numbers than those before.
    ValueError : a number is none; or there is no vector at all, or the encoding is another.
    """
    name = os.fspath(path)
    reader = _Reader(name, delimiter, wanted)
    try:
        with open(name, encoding=encoding) as stream:
            for first, lines in _portions(stream):
                reader.take(first, lines)
    except UnicodeDecodeError as error:
        raise ValueError(
            message(f"{name} is no text in {encoding}", because=str(error), hint="encoding='latin-1'")
        ) from error
    if reader.width is None:
        raise ValueError(
            message(
                f"{name} has no vectors",
                because="a line is a token and at least two numbers",
                hint="check the path, and elem_delim",
            )
        )
    if reader.repeated:
        number, token = reader.repeated[0]
        warnings.warn(
            f"{name}, line {number}: {token!r} stands there again; its first vector counts"
            + (f". So it is with {len(reader.repeated) - 1} more tokens" if len(reader.repeated) > 1 else ""),
            stacklevel=4,
        )
    return reader.rows, np.concatenate([*reader.blocks, np.empty((0, reader.width), np.float32)])


def _portions(stream: Any) -> Iterator[tuple[int, list[str]]]:
    """The lines, some thousands at a time, with the number of the first."""
    first = 1
    while lines := list(islice(stream, _LINES)):
        yield first, lines
        first += len(lines)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text
