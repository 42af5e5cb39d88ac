"""Files in and out: bytes on one side, arrays of NumPy on the other.

This layer knows no framework. It reads and writes `Array` records; the layers above turn them into their own
arrays, without a copy, and hold the policies (which names to expect, what to do about a missing one).

================  ========================================  ===========================================
format            found by                                  holds
================  ========================================  ===========================================
``.params``       magic number; any ending but those below  every element type, dense and sparse
``.safetensors``  header; ending                            every element type, dense, always with names
``.npz``          magic number; ending                      all but bfloat16, dense
IDX (MNIST)       ``read_idx``, ``write_idx``               one array
RecordIO          ``files.recordio``                        records of bytes
================  ========================================  ===========================================

Whatever is read is hostile until checked: every count, dimension and size is compared with what is left of
the file, in unbounded integers, before memory is allocated. Content that breaks its format raises
`FormatError`; a path that cannot be opened, another `MXNetError`; nothing else comes out of a bad file.
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from ..base import MXNetError, message
from . import npz, params, safetensors
from .array import Array, as_array
from .atomic import atomic_path, atomic_write
from .errors import FormatError, cannot_write
from .idx import GZIP_MAGIC, read_idx, write_idx
from .reader import Reader, Source, open_reader

__all__ = [
    "Array",
    "FormatError",
    "Source",
    "atomic_path",
    "atomic_write",
    "load",
    "read_idx",
    "save",
    "write_idx",
]

_FORMATS = {module.KIND: module for module in (params, safetensors, npz)}


def load(source: Source) -> list[Array | None] | dict[str, Array | None]:
    """The arrays of a ``.params``, ``.safetensors`` or ``.npz`` file.

    The content decides which format it is; the ending of the name counts only for content that shows none.

    Parameters
    ----------
    source : path (``str`` or ``os.PathLike``), content (``bytes``, ``bytearray``, ``memoryview``), or binary
        file object, which is read from where it stands, and stands behind the list after a ``.params`` one.

    Returns
    -------
    A dictionary in the order of the file, or a list when the file has no names. An entry is None where a
    ``.params`` file says that there is no array.

    Raises
    ------
    FormatError : the content breaks its format, or is in none of them.
    MXNetError : the file cannot be opened, or holds what arrays cannot be (8-bit floats, pickled objects).
    TypeError : ``source`` is none of the above.

    >>> import io, numpy
    >>> stream = io.BytesIO()
    >>> save(stream, {"weight": numpy.ones((2, 3), "float32")})
    >>> load(stream.getvalue())
    {'weight': Array(float32, (2, 3))}
    """
    with open_reader(source, params.KIND) as reader:
        reader.kind = _format_of(reader, source)
        return _FORMATS[reader.kind].read(reader)


def save(
    target: str | os.PathLike[str] | BinaryIO,
    arrays: Any,
    *,
    format: str | None = None,
) -> None:
    """Write arrays to a file, whole or not at all: a path keeps its content until the new one is complete.

    Parameters
    ----------
    target : path, or binary file object.
    arrays : an `Array`, or anything that NumPy takes as one; a list or tuple of them; a mapping from names.
    format : ``'.params'``, ``'.safetensors'`` or ``'.npz'``; None goes by the ending of the path (or of the
        file object's name) and takes ``'.params'`` for any other ending.

    Raises
    ------
    MXNetError : the file cannot be written.
    TypeError : an element type that no file has; a name that is no string; a ``target`` that is none.
    ValueError : an array, or a list without names, that this format does not have.
    """
    names, values = _names_and_arrays(arrays)
    kind = _format_to_write(target, format)
    if not isinstance(target, (str, os.PathLike)):
        _save_to_stream(target, kind, values, names)
        return
    try:
        with atomic_path(target) as temporary:
            if kind == safetensors.KIND:
                safetensors.write_path(temporary, values, names)
            else:
                with temporary.open("wb") as stream:
                    _FORMATS[kind].write(stream, values, names)
    except OSError as error:
        raise cannot_write(target, error) from error


def _format_of(reader: Reader, source: Any) -> str:
    start = reader.peek(16)
    if start[:8] == params.MAGIC:
        return params.KIND
    if start[:4] in (b"PK\x03\x04", b"PK\x05\x06"):  # the latter: an archive without members
        return npz.KIND
    if start[8:9] == b"{" and 0 < int.from_bytes(start[:8], "little") <= reader.left - 8:
        return safetensors.KIND
    ending = _ending_of(source)
    if ending in _FORMATS and ending != params.KIND:
        return ending
    for magic, reason, hint in _STRANGERS:
        if start.startswith(magic):
            raise reader.error(reason, hint=hint)
    return params.KIND


# What people give by mistake, and what to do with it.
_STRANGERS = (
    (GZIP_MAGIC, "it is gzipped", "unpack it first; MNIST's files go to mxnet.files.read_idx"),
    (b"\x00\x00\x08", "it is an IDX file, as MNIST has them", "mxnet.files.read_idx"),
    (b"\x93NUMPY", "it is a single .npy array", "numpy.load"),
    (b"\x89HDF", "it is an HDF5 file, as Keras writes them", "read it with h5py and save its arrays"),
    (b"\x80", "it is a pickle, which could run any program", "have what wrote it save plain arrays"),
    (b"version https://", "it is a pointer of Git LFS, not the file itself", "git lfs pull"),
    (b"<", "it is a page that a server sent instead of the file", "open its address in a browser"),
    (b"{", "it is JSON: the graph of a network, not its parameters", "the .params file beside it"),
)


def _format_to_write(target: Any, format: str | None) -> str:
    if format is None:
        ending = _ending_of(target)
        return ending if ending in _FORMATS else params.KIND
    if format not in _FORMATS:
        raise ValueError(
            message("save: unknown format", received=repr(format), because="there are " + ", ".join(_FORMATS))
        )
    return format


def _ending_of(source: Any) -> str:
    name = source if isinstance(source, (str, os.PathLike)) else getattr(source, "name", None)
    return Path(name).suffix.lower() if isinstance(name, (str, os.PathLike)) else ""


def _names_and_arrays(arrays: Any) -> tuple[list[str] | None, list[Array]]:
    if isinstance(arrays, Mapping):
        names = list(arrays)
        for name in names:
            if not isinstance(name, str):
                raise TypeError(message("save: a name must be a string", received=repr(name)))
            try:
                name.encode()
            except UnicodeEncodeError as error:
                raise ValueError(message("save: a name must be text", received=ascii(name))) from error
        return names, [as_array(array) for array in arrays.values()]
    if isinstance(arrays, (list, tuple)):
        return None, [as_array(array) for array in arrays]
    return None, [as_array(arrays)]


def _save_to_stream(stream: BinaryIO, kind: str, arrays: list[Array], names: list[str] | None) -> None:
    if not hasattr(stream, "write") or isinstance(stream, io.TextIOBase):
        raise TypeError(
            message(
                "save: this is no binary file",
                received=f"{type(stream).__name__}: {stream!r:.80}",
                hint="a path, or a file opened with open(path, 'wb')",
            )
        )
    if isinstance(stream, io.RawIOBase):  # one that may write less than it is asked to
        buffered = io.BufferedWriter(stream)
        _FORMATS[kind].write(buffered, arrays, names)  # type: ignore[arg-type]
        buffered.detach()
    else:
        _FORMATS[kind].write(stream, arrays, names)
