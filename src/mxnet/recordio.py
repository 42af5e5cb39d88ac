"""RecordIO: a file of many records, one after the other or by key, and images with their labels in it.

>>> import tempfile
>>> folder = tempfile.mkdtemp()
>>> record = MXIndexedRecordIO(f"{folder}/words.idx", f"{folder}/words.rec", "w")
>>> for key, word in enumerate(["zero", "one", "two"]):
...     record.write_idx(key, pack(IRHeader(0, float(key), key, 0), word.encode()))
>>> record.close()
>>> record = MXIndexedRecordIO(f"{folder}/words.idx", f"{folder}/words.rec", "r")
>>> unpack(record.read_idx(2))
(HEADER(flag=0, label=2.0, id=2, id2=0), b'two')
"""

from __future__ import annotations

import os
from collections.abc import Callable
from types import TracebackType
from typing import Any

import numpy as np

from . import _codec
from ._surface import module_getattr as _module_getattr
from .base import MXNetError, message
from .files.errors import FormatError, cannot_open
from .files.record_header import Bytes, IRHeader, pack, unpack
from .files.recordio import AppendedFile, RecordReader, RecordWriter, read_index

__all__ = [
    "IRHeader",
    "MXIndexedRecordIO",
    "MXRecordIO",
    "pack",
    "pack_img",
    "unpack",
    "unpack_img",
]

__getattr__ = _module_getattr(__name__)


class MXRecordIO:
    """Reads records in order, or writes a new file of them.

    Parameters
    ----------
    uri : path of the file, usually ``*.rec``.
    flag : ``'r'`` to read, ``'w'`` to write. Writing begins with an empty file; what was there before is gone.

    Raises
    ------
    ValueError : another ``flag``.
    MXNetError : the file cannot be opened.

    A reader that is pickled opens the file again where it arrives, and begins at the first record; one that is
    inherited by a forked process goes on there from where it stood, on its own. A writer belongs to its process.

    What is written is in the file as soon as `write` returns, whole records only, and on the disk after `close`. Who
    was reading the file that a writer replaces keeps on reading the old one.

    Differs from 1.9.1, where a reader refuses to go on in a forked process, a writer in one writes records a second
    time, and a pickled writer empties the file.

    >>> import tempfile
    >>> path = tempfile.mkdtemp() + "/numbers.rec"
    >>> with MXRecordIO(path, "w") as record:
    ...     for i in range(3):
    ...         record.write(b"number %d" % i)
    >>> with MXRecordIO(path, "r") as record:
    ...     record.read(), record.read(), record.read(), record.read()
    (b'number 0', b'number 1', b'number 2', None)
    """

    handle: RecordReader | RecordWriter | None = None
    is_open = False

    def __init__(self, uri: str | os.PathLike[str], flag: str) -> None:
        self.uri = os.fsdecode(uri)
        self.flag = flag
        self.open()

    def open(self) -> None:
        """Open the file again after `close`; reading begins at the first record, writing with an empty file."""
        self.writable = self._is_to_write()
        self.close()
        _check_is_local(self.uri)
        self._open()
        self.pid = os.getpid()
        self.is_open = True

    def close(self) -> None:
        """Close the file. Once is enough, and what is garbage closes itself."""
        handle, self.handle = self.handle, None
        self.is_open = False
        if handle is not None:
            handle.close()

    def reset(self) -> None:
        """Begin again: a reader at the first record, a writer with an empty file."""
        self.close()
        self.open()

    def write(self, buf: Bytes) -> None:
        """Append a record.

        Raises
        ------
        AssertionError : the file was opened to read.
        MXNetError : it is closed, or was opened by another process; the disk is full; 2^29 bytes or more.
        TypeError : ``buf`` is not made of bytes.
        """
        self._writer("write").write(buf)

    def read(self) -> bytes | None:
        """The next record, or None behind the last.

        Raises
        ------
        AssertionError : the file was opened to write.
        FormatError : there is no whole record, but something else; a RecordIO file that was cut short, for instance.
        """
        return self._reader("read").read()

    def __enter__(self) -> MXRecordIO:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        if self.is_open and self.writable:
            raise TypeError(
                message(
                    f"{type(self).__name__}: a writer cannot be copied or sent to another process",
                    received=repr(self.uri),
                    because="it would begin anew there, with an empty file",
                    hint="close() it first, and send the path",
                )
            )
        state = dict(self.__dict__)
        state.pop("handle", None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        is_open = state.pop("is_open")
        self.__dict__.update(state)
        if is_open:
            self.open()

    def _open(self) -> None:
        self.handle = RecordWriter(self.uri) if self.writable else RecordReader(self.uri)

    def _is_to_write(self) -> bool:
        if self.flag not in ("r", "w"):
            hint = {"r": "flag='r'", "w": "flag='w'"}.get(str(self.flag)[:1].lower())
            raise ValueError(
                message(
                    f"Invalid flag {self.flag}",
                    received=f"{type(self).__name__}({self.uri!r}, {self.flag!r})",
                    because="a record file is opened to read ('r') or to write a new one ('w'), always in binary form",
                    hint=hint,
                )
            )
        return self.flag == "w"

    def _reader(self, method: str) -> RecordReader:
        if isinstance(self.handle, RecordReader):
            return self.handle
        raise self._not_possible(method, "read", "write")

    def _writer(self, method: str) -> RecordWriter:
        if not isinstance(self.handle, RecordWriter):
            raise self._not_possible(method, "write", "read")
        if self.pid != os.getpid():
            raise MXNetError(
                f"{type(self).__name__}.{method}: this file is written by another process",
                received=f"{self.uri!r}, opened in process {self.pid}, used in its fork {os.getpid()}",
                because="records of two processes would end up between each other, and the index would be wrong",
                hint="write in one process, or a file of its own in each",
            )
        return self.handle

    def _not_possible(self, method: str, wanted: str, opened: str) -> Exception:
        what = f"{type(self).__name__}.{method}: "
        if self.handle is None:
            return MXNetError(what + "the file is closed", received=repr(self.uri), hint="open()")
        return AssertionError(
            message(
                what + f"the file is open to {opened}",
                received=f"{self.uri!r}, flag={self.flag!r}",
                hint=f"flag={wanted[0]!r} to {wanted}",
            )
        )


class MXIndexedRecordIO(MXRecordIO):
    """Records by key, in any order: a record file with an index beside it.

    Parameters
    ----------
    idx_path : path of the index, usually ``*.idx``: text, a line with key and place for each record.
    uri : path of the record file, usually ``*.rec``.
    flag : ``'r'`` to read, ``'w'`` to write both anew.
    key_type : makes a key of its text in the index; ``int`` or ``str``.

    Attributes
    ----------
    keys : the keys in the order of the index; one that was written twice stands there twice.
    idx : dictionary from keys to the bytes where their records begin.

    Raises
    ------
    FileNotFoundError : there is no index.
    FormatError : the index is none.
    MXNetError : the record file cannot be opened.

    A line of the index is written after its record, so it never speaks of a record that is not there. Several
    threads may use `read_idx` of one reader at a time.

    >>> import tempfile
    >>> paths = [tempfile.mkdtemp() + "/numbers" + ending for ending in (".idx", ".rec")]
    >>> with MXIndexedRecordIO(*paths, "w") as record:
    ...     for i in range(5):
    ...         record.write_idx(i, b"number %d" % i)
    >>> record = MXIndexedRecordIO(*paths, "r")
    >>> record.read_idx(3), record.keys
    (b'number 3', [0, 1, 2, 3, 4])
    """

    fidx: AppendedFile | None = None

    def __init__(
        self,
        idx_path: str | os.PathLike[str],
        uri: str | os.PathLike[str],
        flag: str,
        key_type: Callable[[Any], Any] = int,
    ) -> None:
        self.idx_path = os.fsdecode(idx_path)
        self.idx: dict[Any, int] = {}
        self.keys: list[Any] = []
        self.key_type = key_type
        super().__init__(uri, flag)

    def open(self) -> None:
        """Open both files again after `close`, as the first time."""
        super().open()

    def close(self) -> None:
        """Close both files."""
        super().close()
        fidx, self.fidx = self.fidx, None
        if fidx is not None:
            fidx.close()

    def seek(self, idx: Any) -> None:
        """Go to the record with the key ``idx``, which `read` returns next.

        Raises
        ------
        KeyError : there is no such key; an `MXNetError` as well.
        AssertionError : the file was opened to write.
        """
        reader = self._reader("seek")
        reader.position = self._place("seek", idx)

    def tell(self) -> int:
        """The byte at which the next record begins.

        >>> import tempfile
        >>> folder = tempfile.mkdtemp()
        >>> with MXIndexedRecordIO(f"{folder}/a.idx", f"{folder}/a.rec", "w") as record:
        ...     record.write_idx(0, b"abcd")
        ...     record.tell()
        12
        """
        return (self._writer("tell") if self.writable else self._reader("tell")).position

    def read_idx(self, idx: Any) -> bytes:
        """The record with the key ``idx``; `read` goes on behind it.

        Raises
        ------
        KeyError : there is no such key; an `MXNetError` as well.
        FormatError : no record begins where the index says; it belongs to another file, for instance.
        AssertionError : the file was opened to write.
        """
        reader = self._reader("read_idx")
        record, reader.position = reader.read_at(self._place("read_idx", idx))
        return record

    def write_idx(self, idx: Any, buf: Bytes) -> None:
        """Append a record and its line of the index. A key that was there before now leads to this record.

        Raises
        ------
        AssertionError : the file was opened to read.
        ValueError : ``idx`` is no key.
        """
        writer = self._writer("write_idx")
        key = self.key_type(idx)
        if any(separator in str(key) for separator in "\t\n"):
            raise ValueError(
                message(
                    f"{type(self).__name__}.write_idx: this key cannot stand in an index",
                    received=repr(key),
                    because="a tab ends the key there, and a new line begins the next",
                )
            )
        place = writer.write(buf)
        assert self.fidx is not None
        self.fidx.append(f"{key}\t{place}\n".encode())
        self.idx[key] = place
        self.keys.append(key)

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        state.pop("fidx", None)
        return state

    def _open(self) -> None:
        entries = []
        if self.writable:
            # The index first: an old one must not be there beside a new record file.
            self.fidx = AppendedFile(self.idx_path)
        else:
            entries = self._read_index()
        super()._open()
        self.idx = dict(entries)
        self.keys = [key for key, _ in entries]

    def _place(self, method: str, key: Any) -> int:
        try:
            return self.idx[key]
        except (KeyError, TypeError):
            raise MissingKeyError(
                f"{type(self).__name__}.{method}: there is no record with this key",
                received=f"{key!r:.80} ({type(key).__name__})",
                because=f"{self.idx_path!r} has {_listed(self.keys)}",
                hint="key_type=str, or the type that the keys had when they were written"
                if isinstance(key, str) != isinstance(next(iter(self.idx), key), str)
                else "reader.keys lists them; reader.read_idx(reader.keys[i]) reads the i-th",
            ) from None

    def _read_index(self) -> list[tuple[Any, int]]:
        try:
            return read_index(self.idx_path, self.key_type)
        except FormatError:
            raise
        except MXNetError as error:
            if not isinstance(error.__cause__, FileNotFoundError):
                raise
            if not os.path.exists(self.uri):
                raise cannot_open(self.uri, FileNotFoundError()) from None
            raise FileNotFoundError(
                message(
                    f"{type(self).__name__}: there is no index",
                    received=f"{self.idx_path!r} for {self.uri!r}",
                    because=error.because,
                    hint="from mxnet.files.recordio import write_index; "
                    f"write_index({self.idx_path!r}, {self.uri!r}) makes one with the keys 0, 1, 2, ...",
                )
            ) from None


class MissingKeyError(MXNetError, KeyError):
    """No record has this key."""


# ---------------------------------------------------------------------- images


def pack_img(header: IRHeader, img: Any, quality: int | None = 95, img_fmt: str = ".jpg") -> bytes:
    """A record of a header and an image, encoded as JPEG or PNG.

    Shapes: img ``(height, width)``, ``(height, width, 1)`` or ``(height, width, 3)``, uint8; colours in the order
    of OpenCV, blue, green, red.

    Parameters
    ----------
    header : as for `pack`.
    img : the pixels.
    quality : of a JPEG, 1 to 100; for a PNG how hard to compress, 0 to 9.
    img_fmt : ``'.jpg'`` or ``'.png'``.

    Raises
    ------
    ValueError : a shape, or a format, that there is not.
    ModuleNotFoundError : neither OpenCV nor Pillow is installed.

    >>> record = pack_img(IRHeader(0, 3, 17, 0), np.zeros((8, 6, 3), "uint8"), img_fmt=".png")
    >>> header, image = unpack_img(record)
    >>> header.label, image.shape
    (3.0, (8, 6, 3))
    """
    return pack(header, _codec.encode(img, img_fmt, quality=quality, from_rgb=False))


def unpack_img(s: Bytes, iscolor: int = -1) -> tuple[IRHeader, np.ndarray[Any, Any]]:
    """The header and the image of a record, the counterpart of `pack_img`.

    Shapes: the image ``(height, width, 3)`` uint8, its colours in the order of OpenCV, blue, green, red; a grey one
    ``(height, width)``.

    Parameters
    ----------
    s : the record.
    iscolor : 1 for three channels, 0 for grey, -1 for what the file has, its alpha channel or 16 bits included.

    Raises
    ------
    FormatError : the record is shorter than its header says, or its content is no image. Differs from 1.9.1, which
        returns None for the image.
    ModuleNotFoundError : neither OpenCV nor Pillow is installed.
    """
    header, content = unpack(s)
    image = _codec.decode(content, iscolor, to_rgb=False, orient=True)
    return header, image[..., 0] if image.shape[2] == 1 else image


# ---------------------------------------------------------------------- errors


def _check_is_local(uri: str) -> None:
    scheme, separator, rest = uri.partition("://")
    if separator:
        raise MXNetError(
            f"MXRecordIO: cannot open {uri!r}",
            because=f"only files of this machine can be opened, nothing under {scheme}://",
            hint=repr(rest)
            if scheme == "file"
            else "copy the file here first, or mount the storage as a folder",
        )


def _listed(keys: list[Any]) -> str:
    if not keys:
        return "no keys"
    shown = ", ".join(repr(key) for key in keys[:5])
    return f"the keys {shown}, ... ({len(keys)} in all)" if len(keys) > 5 else f"the keys {shown}"
