"""RecordIO files: records of bytes one after the other, and the index beside them that says where each begins.

A record is one part or several. A part is a u32 magic number, a u32 whose upper 3 bits say which part of its record it
is and whose lower 29 bits are the length, so many bytes, and zeros up to a multiple of 4 (all little-endian). A
record is cut where it holds the magic number itself, at a multiple of 4 from its start: the number is left out there
and comes back between the parts. So the magic number at a multiple of 4 is always the beginning of a part.

The index is text, a line for each record: its key, a tab, the byte at which it begins.
"""

from __future__ import annotations

import mmap
import os
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import RawIOBase
from pathlib import Path
from typing import Any

import numpy as np

from ..base import MXNetError, message
from .atomic import atomic_path, atomic_write
from .errors import FormatError, cannot_open, cannot_write

__all__ = [
    "MAX_RECORD",
    "AppendedFile",
    "RecordReader",
    "RecordWriter",
    "parse_index",
    "read_index",
    "write_index",
]

MAGIC = b"\x0a\x23\xd7\xce"
MAX_RECORD = 2**29 - 1
"""The most bytes of one record, as the length of a part has 29 bits."""

_HEADER = struct.Struct("<4sI")
_WHOLE, _FIRST, _MIDDLE, _LAST = range(4)
_PADDING = (b"", b"\0\0\0", b"\0\0", b"\0")


class RecordReader:
    """The records of a file, read through a memory map: a record costs one copy, and none of the file is kept.

    Parameters
    ----------
    source : path, or the content itself.

    Raises
    ------
    MXNetError : the file cannot be opened.

    >>> reader = RecordReader(encode_record(b"one") + encode_record(b"two"))
    >>> reader.read(), reader.read(), reader.read()
    (b'one', b'two', None)
    """

    def __init__(self, source: str | os.PathLike[str] | bytes) -> None:
        self.position = 0
        self._content: Any
        if isinstance(source, (str, os.PathLike)):
            self.name = repr(os.fspath(source))
            self._content = _mapped(source)
        else:
            self.name = "the content"
            self._content = bytes(source)
        self.size = len(self._content)

    def read(self) -> bytes | None:
        """The record at ``position``, which moves on to the next one; None at the end of the file.

        Raises `FormatError` where no whole record begins, and stays there.
        """
        if self.position == self.size:
            return None
        record, self.position = self.read_at(self.position)
        return record

    def read_at(self, start: int) -> tuple[bytes, int]:
        """The record that begins at byte ``start``, and the byte behind it. Leaves ``position`` as it is."""
        kind, begin, end, behind = self._part(start)
        if kind == _WHOLE:
            return self._content[begin:end], behind
        pieces = []
        for begin, end, behind in self._parts(start):  # noqa: B007  the last one counts
            pieces.append(self._content[begin:end])
        return MAGIC.join(pieces), behind

    def starts(self) -> Iterator[int]:
        """Where the records begin, found without looking into them."""
        start = 0
        while start != self.size:
            behind = self._behind(start)
            yield start
            start = behind

    def close(self) -> None:
        """Let go of the file."""
        if isinstance(self._content, mmap.mmap):
            self._content.close()
        self._content = b""
        self.position = self.size = 0

    def _part(self, start: int) -> tuple[int, int, int, int]:
        """Of the part at ``start``: which one of its record it is, where its bytes begin and end, what is behind."""
        begin = start + 8
        if start < 0 or begin > self.size:
            raise self._error(start, self._why_no_header(start))
        magic, word = _HEADER.unpack_from(self._content, start)
        if magic != MAGIC:
            raise self._error(
                start,
                f"a record begins with {MAGIC.hex(' ')}, and here stands {magic.hex(' ')}",
                hint="an index that was written with this very file, if the place comes from one",
            )
        end = begin + (word & MAX_RECORD)
        behind = end + (-end + begin) % 4
        if behind > self.size:
            raise self._error(start, f"the record takes {behind - start} bytes, {self.size - start} are left")
        return word >> 29, begin, end, behind

    def _parts(self, start: int) -> Iterator[tuple[int, int, int]]:
        """Of each part of the record at ``start``: where its bytes begin and end, and what is behind."""
        kind, begin, end, behind = self._part(start)
        if kind not in (_WHOLE, _FIRST):
            raise self._error(
                start, f"a record does not begin with a part of kind {kind}, which goes on with one"
            )
        yield begin, end, behind
        while kind not in (_WHOLE, _LAST):
            place = behind
            if place == self.size:
                raise self._error(start, "the file ends before the last part of the record")
            kind, begin, end, behind = self._part(place)
            if kind not in (_MIDDLE, _LAST):
                raise self._error(place, "another record begins before the last part of the one before it")
            yield begin, end, behind

    def _behind(self, start: int) -> int:
        for _, _, behind in self._parts(start):  # noqa: B007
            pass
        return behind

    def _why_no_header(self, start: int) -> str:
        if 0 <= start < self.size:
            return f"a record takes at least 8 bytes, {self.size - start} are left"
        return "that is outside of the file; an index of another file says such things"

    def _error(self, place: int, because: str, hint: str | None = None) -> FormatError:
        return FormatError(
            f"{self.name} is not a valid RecordIO file",
            received=f"a record at byte {place} of {self.size}",
            because=because,
            hint=hint or "copy or pack the file again: it was cut short, or is of another format",
        )


class AppendedFile:
    """A new file that grows by whole pieces only: a piece that cannot be written leaves nothing behind."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = path
        self._stream: RawIOBase | None = None
        self.position = 0  # where the next piece will begin
        # A new file takes the place of the old one, rather than the old one being emptied: a process that has it
        # mapped into its memory would die of that.
        with atomic_path(path):
            pass
        try:
            stream = Path(path).open("ab", buffering=0)  # noqa: SIM115  closed by `close`
        except OSError as error:
            raise cannot_write(path, error) from error
        self._stream = stream

    def append(self, content: bytes) -> int:
        """Write a piece; returns where it begins."""
        assert self._stream is not None
        start, done = self.position, 0
        try:
            while done < len(content):  # one system call writes at most 2 GiB
                done += self._stream.write(memoryview(content)[done:]) or 0
        except OSError as error:
            with suppress(OSError):
                self._stream.truncate(start)
            raise cannot_write(self._path, error) from error
        self.position += done
        return start

    def close(self) -> None:
        """End the file, and have the system put it on the disk."""
        stream, self._stream = self._stream, None
        if stream is not None:
            with stream, suppress(OSError):  # a pipe cannot be put on a disk
                os.fsync(stream.fileno())

    def __del__(self) -> None:
        if self._stream is not None:
            self._stream.close()


class RecordWriter(AppendedFile):
    """A new file of records, in which each record appears at once.

    What stood at the path before is replaced when the writer is made: who reads it keeps on reading it. A record goes
    into the file in a single write, before `write` returns: nothing waits in a buffer for `close`, for a crash to lose
    or for a forked process to write a second time. A record that does not fit on the disk is taken back.

    Raises
    ------
    MXNetError : the file cannot be made, or written to.

    >>> import tempfile
    >>> writer = RecordWriter(Path(tempfile.mkdtemp()) / "new.rec")
    >>> writer.write(b"one"), writer.write(b"two")
    (0, 12)
    """

    def write(self, record: bytes | bytearray | memoryview) -> int:
        """Append a record; returns the byte at which it begins."""
        return self.append(encode_record(record))


def encode_record(record: bytes | bytearray | memoryview) -> bytes:
    """A record as a file holds it.

    Raises
    ------
    TypeError : it is not made of bytes.
    MXNetError : it is longer than `MAX_RECORD`.

    >>> encode_record(b"abc").hex(" ", 4)
    '0a23d7ce 03000000 61626300'
    """
    try:
        length = memoryview(record).nbytes
    except TypeError:
        raise TypeError(
            message(
                "a record is made of bytes",
                received=f"{type(record).__name__}: {record!r:.80}",
                hint="text.encode(), or recordio.pack(header, content)",
            )
        ) from None
    if length > MAX_RECORD:
        raise MXNetError(
            "this record is too long for a RecordIO file",
            received=f"{length} bytes",
            because="a record is less than 2^29 bytes",
            hint="several records",
        )
    content = record if isinstance(record, bytes) else memoryview(record).tobytes()
    cuts = _cuts(content)
    if not cuts:
        return b"".join((_HEADER.pack(MAGIC, length), content, _PADDING[length % 4]))
    kinds = [_FIRST, *[_MIDDLE] * (len(cuts) - 1), _LAST]
    begins, ends = [0, *(cut + 4 for cut in cuts)], [*cuts, length]
    parts = []
    for kind, begin, end in zip(kinds, begins, ends, strict=True):
        parts += [_HEADER.pack(MAGIC, kind << 29 | end - begin), content[begin:end]]
    return b"".join((*parts, _PADDING[length % 4]))


def read_index(path: str | os.PathLike[str], key_type: Callable[[str], Any] = int) -> list[tuple[Any, int]]:
    """The keys of an index and where their records begin, line by line.

    Parameters
    ----------
    path : of the index, usually the name of the record file with ``.idx`` as ending.
    key_type : makes a key of the text in the file.

    Raises
    ------
    FormatError : a line is not a key, a tab and a number.
    MXNetError : the file cannot be opened.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise cannot_open(path, error) from error
    return parse_index(content, key_type, repr(os.fspath(path)))


def parse_index(
    content: bytes, key_type: Callable[[str], Any] = int, name: str = "the content"
) -> list[tuple[Any, int]]:
    r"""Like `read_index`, for the content of a file.

    >>> parse_index(b"7\t0\n3\t12\n")
    [(7, 0), (3, 12)]
    """
    entries = []
    number, line = 0, ""
    try:
        for number, line in enumerate(content.decode().split("\n"), start=1):  # noqa: B007
            if line.strip():
                key, begin = line.split("\t")[:2]
                entries.append((key_type(key), _place(begin.rstrip("\r"))))
    except (ValueError, TypeError) as error:
        kind = getattr(key_type, "__name__", str(key_type))
        raise FormatError(
            f"{name} is not a valid index of a RecordIO file",
            received=f"line {number}: {line!r:.80}" if number else f"{len(content)} bytes that are no text",
            because=f"a line is a key ({kind}), a tab and the byte where its record begins",
            hint="key_type=str, if the keys are words; or write_index(idx_path, rec_path) of mxnet.files.recordio, "
            "which makes an index with the keys 0, 1, 2, ...",
        ) from error
    return entries


def write_index(path: str | os.PathLike[str], records: str | os.PathLike[str]) -> int:
    """Make the index of a record file that has none, with the keys 0, 1, 2, ...; returns how many there are.

    Raises `FormatError` where the record file is damaged, and then writes nothing.
    """
    reader = RecordReader(records)
    try:
        lines = [f"{key}\t{start}\n" for key, start in enumerate(reader.starts())]
    finally:
        reader.close()
    with atomic_write(path) as stream:
        stream.write("".join(lines).encode())
    return len(lines)


def _place(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(text)
    return int(text)


def _cuts(content: bytes) -> list[int]:
    """Where the magic number stands in a record at a multiple of 4."""
    if content.find(MAGIC) < 0:
        return []
    words = np.frombuffer(content, "<u4", len(content) // 4)
    found: list[int] = np.flatnonzero(words == int.from_bytes(MAGIC, "little")).tolist()
    return [4 * place for place in found]


def _mapped(path: str | os.PathLike[str]) -> Any:
    try:
        with Path(path).open("rb") as stream:
            try:
                return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
            except (OSError, ValueError):  # an empty file, or a pipe
                return stream.read()
    except OSError as error:
        raise cannot_open(path, error) from error
