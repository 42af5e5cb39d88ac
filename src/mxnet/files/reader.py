"""A reader that knows how many bytes are left, so that no number in a file is believed unchecked."""

from __future__ import annotations

import io
import os
import stat
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ..base import message
from .errors import FormatError, cannot_open

__all__ = ["Reader", "Source", "open_reader"]

Source = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO

# What a stream that somebody else made (a GzipFile, a ZipExtFile) raises where its content is broken.
STREAM_ERRORS = (OSError, EOFError, zlib.error)


class Reader:
    """Typed reads from the next ``size`` bytes of a seekable binary stream.

    Every read states how much it needs and what for; one that needs more than is left raises `FormatError`
    before anything is allocated.

    Parameters
    ----------
    stream : binary, seekable, standing at the first byte.
    size : bytes from there to the end.
    name : the file as error messages call it.
    kind : the format as error messages call it.
    """

    def __init__(self, stream: BinaryIO, size: int, *, name: str, kind: str) -> None:
        self.stream = stream
        self.size = size
        self.name = name
        self.kind = kind
        self.position = 0
        self.entry: str | None = None  # the part being read, for error messages

    @property
    def left(self) -> int:
        """Bytes not yet read."""
        return self.size - self.position

    def peek(self, count: int) -> bytes:
        """The next ``count`` bytes, fewer at the end, without moving on."""
        try:
            start = self.stream.read(count)
            self.stream.seek(-len(start), io.SEEK_CUR)
        except STREAM_ERRORS as error:
            raise self.error(f"it cannot be read: {error}") from error
        return start

    def require(self, count: int, what: str) -> None:
        """Raise `FormatError` unless ``count`` more bytes are there."""
        if count > self.left:
            raise self.error(
                f"{what} takes {count} bytes, {self.left} are left",
                hint="fetch, copy or save the file again: it was cut short, or a number in it is corrupt",
            )

    def take(self, count: int, what: str) -> bytes:
        """The next ``count`` bytes."""
        self.require(count, what)
        try:
            taken = self.stream.read(count)
            while len(taken) < count and (more := self.stream.read(count - len(taken))):
                taken += more  # an unbuffered file may give less than it is asked for
        except STREAM_ERRORS as error:
            raise self.error(f"{what} cannot be read: {error}") from error
        if len(taken) != count:
            raise self.error(f"{what} takes {count} bytes, the file ended after {len(taken)}")
        self.position += count
        return taken

    def unpack(self, layout: str, what: str) -> tuple[Any, ...]:
        """The next numbers, laid out as `struct` writes it."""
        compiled = _compiled(layout)
        return compiled.unpack(self.take(compiled.size, what))

    def array(self, count: int, dtype: np.dtype[Any], what: str) -> np.ndarray[Any, Any]:
        """The next ``count`` elements, read straight into aligned memory of their own."""
        self.require(count * dtype.itemsize, what)
        values = np.empty(count, dtype)
        if count:
            self._fill(values.view(np.uint8).data, what)
        return values.astype(dtype.newbyteorder("="), copy=False)

    def skip(self, count: int, dtype: np.dtype[Any], what: str) -> np.ndarray[Any, Any]:
        """Go past the next ``count`` elements; an array without memory of its own stands for them."""
        size = count * dtype.itemsize
        self.require(size, what)
        self.stream.seek(size, io.SEEK_CUR)
        self.position += size
        return np.broadcast_to(np.zeros((), dtype.newbyteorder("=")), (count,))

    def where(self, position: int) -> str:
        """A position in words."""
        return f"at byte {position} of {self.size}"

    def is_at_end(self) -> bool:
        """Whether nothing follows."""
        return not self.left

    def error(self, because: str, *, at: int | None = None, hint: str | None = None) -> FormatError:
        """The error for what was found at byte ``at``, by default the current position."""
        where = self.where(self.position if at is None else at)
        return FormatError(
            f"{self.name} is not a valid {self.kind} file",
            received=where if self.entry is None else f"{self.entry}, {where}",
            because=because,
            hint=hint or f"check where the file comes from; a {self.kind} file reads differently here",
        )

    def _fill(self, view: memoryview, what: str) -> None:
        read_into = self.stream.readinto  # type: ignore[attr-defined]  # every io.RawIOBase, BufferedIOBase
        done = 0
        while done < len(view):  # one system call reads at most 2 GiB
            try:
                count = read_into(view[done:])
            except STREAM_ERRORS as error:
                raise self.error(f"{what} cannot be read: {error}") from error
            if not count:
                raise self.error(f"{what} takes {len(view)} bytes, the file ended after {done}")
            done += count
        self.position += done


@contextmanager
def open_reader(source: Source, kind: str) -> Iterator[Reader]:
    """Open a path, bytes, or a binary file object, which is read from where it stands.

    Raises ``MXNetError`` for a path that cannot be opened, ``TypeError`` for anything that is no source.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        stream: BinaryIO = io.BytesIO(source)
        yield Reader(stream, memoryview(source).nbytes, name="the content", kind=kind)
    elif isinstance(source, (str, os.PathLike)):
        name = os.fspath(source)
        try:
            stream = Path(name).open("rb")  # noqa: SIM115  # closed below
        except OSError as error:
            raise cannot_open(name, error) from error
        with stream:
            yield _reader_of_stream(stream, repr(name), kind)
    elif hasattr(source, "read"):
        given = getattr(source, "name", None)
        yield _reader_of_stream(source, repr(given) if isinstance(given, str) else "the file object", kind)
    else:
        raise TypeError(
            message(
                f"cannot read {kind} content from this",
                received=f"{type(source).__name__}: {source!r:.80}",
                hint="a path, bytes, or a file opened with open(path, 'rb')",
            )
        )


def _reader_of_stream(stream: BinaryIO, name: str, kind: str) -> Reader:
    if isinstance(stream, io.TextIOBase):
        raise TypeError(
            message(f"cannot read {kind} content as text", received=name, hint="open(path, 'rb')")
        )
    try:
        if not hasattr(stream, "readinto") or not stream.seekable() or _has_no_size(stream):
            stream = io.BytesIO(stream.read())
        start = stream.tell()
        size = stream.seek(0, io.SEEK_END) - start
        stream.seek(start)
    except STREAM_ERRORS as error:
        raise FormatError(f"{name} cannot be read as a {kind} file", because=str(error)) from error
    return Reader(stream, max(size, 0), name=name, kind=kind)


def _has_no_size(stream: BinaryIO) -> bool:
    """Whether the stream is a pipe or a device, of which the system knows no size."""
    try:
        return not stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (OSError, AttributeError):
        return False  # no file of the system behind it: it lives in memory


@lru_cache(maxsize=64)
def _compiled(layout: str) -> struct.Struct:
    return struct.Struct(layout)
