"""Numbers from text: the readers of CSV and LibSVM files, by whole columns instead of number by number."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..base import MXNetError
from ..files.errors import FormatError, cannot_open

__all__ = ["SparseRows", "read_csv", "read_libsvm"]


def read_csv(uri: str, columns: int, dtype: str) -> np.ndarray:
    """The numbers of CSV files, as ``(rows, columns)``.

    Lines may be empty or end in a comma; nothing else may stand there but numbers.

    Parameters
    ----------
    uri : a path, several with semicolons in between, or a folder.
    columns : numbers in a row.
    dtype : type of the elements; whole numbers lose what is behind the point.

    Raises
    ------
    FormatError : a line has something else than ``columns`` numbers; says which.
    MXNetError : a file cannot be opened.
    """
    parts = [_table(path, columns, dtype) for path in _paths(uri)]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _table(path: Path, columns: int, dtype: str) -> np.ndarray:
    # float32 goes by way of its own parser; whole numbers are read exactly, and as floats where there is a point
    kinds = [dtype] if np.dtype(dtype).kind == "f" else [dtype, "float64"]
    for kind in kinds:
        for tidy in (False, True):
            table = _loaded(path, kind, tidy)
            if table is not None:
                if table.shape[1] != columns:
                    raise _csv_error(path, columns)
                return _exactly(path, table, dtype)
    raise _csv_error(path, columns)


def _loaded(path: Path, dtype: str, tidy: bool) -> np.ndarray | None:
    """The table, or None if it does not parse; ``tidy`` takes off the comma at the end of a line first."""
    try:
        with path.open(encoding="latin-1") as stream, warnings.catch_warnings():
            warnings.simplefilter("error")
            lines = (line.rstrip().removesuffix(",") for line in stream) if tidy else stream
            return np.loadtxt(lines, dtype, delimiter=",", comments=None, ndmin=2)
    except OSError as error:
        raise cannot_open(path, error) from error
    except (ValueError, UserWarning, DeprecationWarning, OverflowError):
        return None


def _exactly(path: Path, table: np.ndarray, dtype: str) -> np.ndarray:
    if table.dtype == dtype:
        return table
    limits = np.iinfo(dtype)
    outside = ~((table > float(limits.min) - 1) & (table < float(limits.max) + 1))
    if outside.any():
        row, column = np.argwhere(outside)[0]
        raise FormatError(
            f"{str(path)!r} has a number that {dtype} does not",
            received=f"{table[row, column]} in row {row + 1}, column {column + 1}",
            hint="dtype='float32'",
        )
    return table.astype(dtype)


def _csv_error(path: Path, columns: int) -> FormatError:
    """Find the first line that is wrong, and say what it is."""
    for number, line in _lines(path):
        fields = line.rstrip().removesuffix(",").split(",")
        for place, field in enumerate(fields, 1):
            if not _is_number(field):
                return _bad_line(
                    path, "CSV", number, f"column {place} is {field.strip()[:40]!r}, no number", line
                )
        if len(fields) != columns:
            return _bad_line(
                path,
                "CSV",
                number,
                f"it has {len(fields)} columns, the shape takes {columns}",
                line,
            )
    return FormatError(f"{str(path)!r} has no rows", because="it is empty", hint="check the path")


class SparseRows(NamedTuple):
    """Rows of which only some elements are stored: those of row i at ``starts[i]`` up to ``starts[i + 1]``."""

    labels: np.ndarray
    starts: np.ndarray
    columns: np.ndarray
    values: np.ndarray
    width: int

    def dense(self, rows: np.ndarray) -> np.ndarray:
        """Some of the rows, with all their elements, as ``(len(rows), width)``."""
        counts = self.starts[rows + 1] - self.starts[rows]
        line = np.repeat(np.arange(len(rows)), counts)
        # Places within the stored elements: from each row's start on, as many as it has.
        place = np.arange(len(line)) + np.repeat(self.starts[rows] - (np.cumsum(counts) - counts), counts)
        filled = np.zeros((len(rows), self.width), self.values.dtype)
        filled[line, self.columns[place]] = self.values[place]
        return filled


def read_libsvm(uri: str, width: int) -> SparseRows:
    """The rows of LibSVM files: in each line a label, then ``column:value`` for the elements that are not 0.

    Columns are counted from 0. What follows a ``#`` and ``qid:`` are passed over, empty lines too.

    Parameters
    ----------
    uri : a path, several with semicolons in between, or a folder.
    width : elements in a row.

    Raises
    ------
    FormatError : a line is written otherwise, or names a column twice or one that is not below ``width``.
    MXNetError : a file cannot be opened.
    """
    parts = [_sparse(path, width) for path in _paths(uri)]
    if len(parts) == 1:
        return parts[0]
    shifts = np.cumsum([0, *(len(part.values) for part in parts)])
    starts = [part.starts[:-1] + shift for part, shift in zip(parts, shifts[:-1], strict=True)]
    return SparseRows(
        np.concatenate([part.labels for part in parts]),
        np.concatenate([*starts, shifts[-1:]]),
        np.concatenate([part.columns for part in parts]),
        np.concatenate([part.values for part in parts]),
        width,
    )


def _sparse(path: Path, width: int) -> SparseRows:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise cannot_open(path, error) from error
    if b"#" in content or b"qid:" in content:
        content = re.sub(rb"#[^\n]*|(?<!\S)qid:\S*", b"", content)
    text = np.frombuffer(content, np.uint8)
    blank = (text == 32) | ((text >= 9) & (text <= 13))
    starts = np.flatnonzero(~blank & np.concatenate([[True], blank[:-1]]))  # where words begin
    if not len(starts):
        raise FormatError(f"{str(path)!r} has no rows", because="it is empty", hint="check the path")
    line = np.searchsorted(np.flatnonzero(text == 10), starts)
    is_label = np.concatenate([[True], line[1:] != line[:-1]])
    colons = np.bincount(
        np.searchsorted(starts, np.flatnonzero(text == 58), side="right") - 1, minlength=len(starts)
    )
    numbers = _numbers(content.replace(b":", b" "))
    rows = np.flatnonzero(is_label)
    if (colons != ~is_label).any() or len(numbers) != 2 * len(starts) - len(rows):
        raise _libsvm_error(path)
    # Numbers alternate but for the labels, of which each stands alone.
    labels_at = 2 * rows - np.arange(len(rows))
    pairs = np.delete(numbers, labels_at)
    if (~(np.abs(pairs[::2]) < 2.0**53)).any():
        raise _libsvm_error(path, width)
    columns = pairs[::2].astype(np.int64)
    counts = np.diff(np.append(rows, len(starts))) - 1
    keys = np.repeat(np.arange(len(rows)), counts) * width + columns
    wrong = (columns < 0) | (columns >= width) | (columns != pairs[::2])
    if wrong.any() or ((np.diff(keys) <= 0).any() and len(np.unique(keys)) < len(keys)):
        raise _libsvm_error(path, width)
    with np.errstate(over="ignore"):  # 1e100 is infinite in float32
        labels, values = numbers[labels_at].astype(np.float32), pairs[1::2].astype(np.float32)
    return SparseRows(labels, np.concatenate([[0], np.cumsum(counts)]), columns, values, width)


def _numbers(content: bytes) -> np.ndarray:
    """The numbers of a text with blanks in between; none if a word is something else."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)  # which is all that NumPy 1.26 says of such a word
        try:
            return np.fromstring(content.decode("latin-1"), np.float64, sep=" ")
        except (ValueError, DeprecationWarning):
            return np.empty(0)


def _libsvm_error(path: Path, width: int | None = None) -> FormatError:
    """Find the first line that is wrong, and say what it is."""
    for number, line in _lines(path):
        words = re.sub(r"#.*|(?<!\S)qid:\S*", "", line).split()
        if words and not _is_number(words[0]):
            because = f"it starts with {words[0][:40]!r}, a label is a number"
            return _bad_line(path, "LibSVM", number, because, line)
        seen: set[int] = set()
        for word in words[1:]:
            column, colon, value = word.partition(":")
            if not (colon and column.isdecimal() and column.isascii() and _is_number(value)):
                because = f"{word[:40]!r} is not written column:value"
                return _bad_line(path, "LibSVM", number, because, line)
            if width is not None and int(column) >= width:
                because = (
                    f"column {column[:40]} is not below {width}, the length of the shape; columns start at 0"
                )
                return _bad_line(path, "LibSVM", number, because, line)
            if int(column) in seen:
                return _bad_line(path, "LibSVM", number, f"column {column} stands there twice", line)
            seen.add(int(column))
    return FormatError(f"{str(path)!r} is not a valid LibSVM file", because="a word in it is no number")


def _bad_line(path: Path, kind: str, number: int, because: str, line: str) -> FormatError:
    shown = line.strip()
    return FormatError(
        f"{str(path)!r} is not a valid {kind} file for this shape",
        received=f"line {number}: {shown[:60]}{'...' if len(shown) > 60 else ''}",
        because=because,
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text and text.isascii()


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that are not empty, numbered from 1."""
    with path.open(encoding="latin-1") as stream:
        for number, line in enumerate(stream, 1):
            if line.strip():
                yield number, line


def _paths(uri: Any) -> list[Path]:
    """The files that a parameter names."""
    paths: list[Path] = []
    for name in str(uri).split(";"):
        path = Path(name)
        paths += sorted(each for each in path.iterdir() if each.is_file()) if path.is_dir() else [path]
    for path in paths:
        if not path.exists():
            raise cannot_open(path, FileNotFoundError())
    if not paths:
        raise MXNetError(f"there is no file in {os.fspath(uri)!r}")
    return paths
