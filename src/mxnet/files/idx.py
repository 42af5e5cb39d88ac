"""IDX files: the digits of MNIST and the clothes of Fashion-MNIST, plain or gzipped.

Big-endian: two zero bytes, a byte for the element type, a byte for the number of dimensions, then that many
u32 dimensions, then the elements. 2051 (0x803) is thus a file of images, 2049 (0x801) one of labels.
"""

from __future__ import annotations

import gzip
import math
import os
import struct
from typing import Any, BinaryIO

import numpy as np

from ..base import message
from .array import DTYPES, shape_problem
from .atomic import atomic_write
from .reader import STREAM_ERRORS, Reader, Source, open_reader

__all__ = ["GZIP_MAGIC", "read_idx", "write_idx"]

GZIP_MAGIC = b"\x1f\x8b"
_TYPE_OF_CODE = {0x08: "uint8", 0x09: "int8", 0x0B: "int16", 0x0C: "int32", 0x0D: "float32", 0x0E: "float64"}
_CODE_OF_TYPE = {name: code for code, name in _TYPE_OF_CODE.items()}
_LARGEST_RATIO = 1032  # the most that deflate can compress: 258 bytes into two bits
_CHUNK = 2**16


def read_idx(source: Source, *, mmap_mode: str | None = None) -> np.ndarray[Any, Any]:
    """The array of an IDX file, in native byte order and writable memory of its own.

    Shapes: ``(n, rows, columns)`` uint8 for images, ``(n,)`` uint8 for labels; any other IDX array as well.
    A gzipped file is unpacked on the way, never further than its header promises.

    Parameters
    ----------
    source : path, content, or binary file object.
    mmap_mode : ``'r'`` leaves the elements in the file, from which they come when they are used, and may not be
        changed; ``'c'`` lets them be changed in memory only. The array is a ``np.memmap`` in the byte order of
        the file, which is another than most machines' for all but bytes. As for ``numpy.load``.

    Raises
    ------
    FormatError : the content is no IDX array, is cut short, or goes on behind its last element.
    MXNetError : the file cannot be opened.
    ValueError : ``mmap_mode`` is none of the two, or ``source`` is no file that can be mapped: a gzipped one.

    >>> read_idx(bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 1]))
    array([7, 2, 1], dtype=uint8)
    """
    if mmap_mode not in (None, "r", "c"):
        raise ValueError(
            message(
                "read_idx: unknown mmap_mode",
                received=repr(mmap_mode),
                because="it is 'r' (read only), 'c' (changes stay in memory) or None (read all of it now)",
                hint="mmap_mode='r'",
            )
        )
    with open_reader(source, "IDX") as reader:
        if reader.peek(2) == GZIP_MAGIC:
            reader = _GzipReader(reader)
        if mmap_mode is not None:
            _check_can_be_mapped(source, isinstance(reader, _GzipReader))
        zero, code, ndim = reader.unpack(">HBB", "the magic number")
        if zero or code not in _TYPE_OF_CODE or not ndim:
            raise reader.error(
                f"it starts with {struct.pack('>HBB', zero, code, ndim).hex(' ')}; expected 00 00, a type "
                "(08 for bytes), and the number of dimensions (03 for images, 01 for labels)",
                at=0,
                hint="fetch the file again; what a server sends instead of a missing file looks like this",
            )
        shape = reader.unpack(f">{ndim}I", "the dimensions")
        dtype = DTYPES[_TYPE_OF_CODE[code]]
        problem = shape_problem(shape, dtype.itemsize)
        if problem is not None:
            raise reader.error(problem)
        count, stored, what = math.prod(shape), dtype.newbyteorder(">"), f"{dtype} {shape}"
        begin, mapped = reader.position, mmap_mode is not None and count > 0  # nothing cannot be mapped
        values = reader.skip(count, stored, what) if mapped else reader.array(count, stored, what)
        if not reader.is_at_end():
            raise reader.error(f"it goes on after the last element of {what}")
    if mapped:
        return np.memmap(source, stored, mmap_mode, begin, shape)  # type: ignore[arg-type,call-overload]  # a path
    return values.reshape(shape)


def write_idx(
    target: str | os.PathLike[str] | BinaryIO, array: Any, *, compressed: bool | None = None
) -> None:
    """Write an array as an IDX file, the counterpart of `read_idx`.

    Parameters
    ----------
    target : path, or binary file object. A path gets its new content all at once.
    array : anything that NumPy takes; uint8, int8, int16, int32, float32 or float64, at least one dimension.
    compressed : whether to gzip; None does so for a path that ends in ``.gz``. Equal arrays give equal bytes:
        the time and the name that gzip would note stay out.

    Raises
    ------
    TypeError : an element type, or a shape, that the format does not have.

    >>> import io
    >>> stream = io.BytesIO()
    >>> write_idx(stream, np.array([7, 2, 1], np.uint8))
    >>> stream.getvalue().hex(" ")
    '00 00 08 01 00 00 00 03 07 02 01'
    """
    values = np.asarray(array)
    code = _CODE_OF_TYPE.get(values.dtype.name)
    if code is None or not 1 <= values.ndim <= 255 or max(values.shape) >= 2**32:
        raise TypeError(
            message(
                "write_idx: the format does not have such arrays",
                received=f"{values.dtype} {values.shape}",
                because="it has at least one dimension and elements of " + ", ".join(_CODE_OF_TYPE),
                hint="array.astype('uint8')",
            )
        )
    header = struct.pack(f">HBB{values.ndim}I", 0, code, values.ndim, *values.shape)
    stored = np.ascontiguousarray(values, values.dtype.newbyteorder(">"))
    if isinstance(target, (str, os.PathLike)):
        if compressed is None:
            compressed = os.fspath(target).endswith(".gz")
        with atomic_write(target) as stream:
            _write(stream, header, stored, compressed)
    else:
        _write(target, header, stored, bool(compressed))


def _write(stream: BinaryIO, header: bytes, stored: np.ndarray[Any, Any], compressed: bool) -> None:
    if compressed:
        stream.write(gzip.compress(header + stored.tobytes(), mtime=0))
        return
    stream.write(header)
    if stored.size:  # an empty memoryview cannot be cast
        stream.write(stored.reshape(-1).view(np.uint8).data)


def _check_can_be_mapped(source: Source, is_packed: bool) -> None:
    if is_packed or not isinstance(source, (str, os.PathLike)):
        raise ValueError(
            message(
                "read_idx: this cannot be mapped into memory",
                received=f"{source!r:.80}",
                because="its elements are packed" if is_packed else "only a file that a path leads to can be",
                hint="unpack it first (gunzip), or leave mmap_mode out"
                if is_packed
                else "leave mmap_mode out",
            )
        )


class _GzipReader(Reader):
    """Reads what a gzip stream unpacks to. Its size is an upper bound until the end is reached."""

    def __init__(self, packed: Reader) -> None:
        unpacked = gzip.GzipFile(fileobj=packed.stream, mode="rb")
        super().__init__(
            unpacked,  # type: ignore[arg-type]  # a BinaryIO in all but name
            packed.left * _LARGEST_RATIO,
            name=packed.name,
            kind="gzipped IDX",
        )

    def array(self, count: int, dtype: np.dtype[Any], what: str) -> np.ndarray[Any, Any]:
        # Grows with what really comes: a small file may promise a thousand times its size and hold nothing.
        self.require(count * dtype.itemsize, what)
        content = bytearray()
        while len(content) < count * dtype.itemsize:
            content += self.take(min(_CHUNK, count * dtype.itemsize - len(content)), what)
        return np.frombuffer(content, dtype).astype(dtype.newbyteorder("="), copy=False)

    def where(self, position: int) -> str:
        return f"at byte {position} of the unpacked content"

    def is_at_end(self) -> bool:
        # The checksum of the content is compared when the end is read.
        try:
            return not self.stream.read(1)
        except STREAM_ERRORS as error:
            raise self.error(f"its end cannot be read: {error}") from error
