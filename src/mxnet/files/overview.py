"""What is in a file, without loading it: names, shapes, types and sizes from the headers alone."""

from __future__ import annotations

import json
import os
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from . import params
from .errors import FormatError, cannot_open
from .reader import Reader

__all__ = ["Entry", "array_entries"]


class Entry(NamedTuple):
    """One array of a file."""

    name: str
    shape: tuple[int, ...] | None
    dtype: str
    bytes: int


class _HeadersOnly(Reader):
    """Passes over the elements of arrays: an array without memory of its own stands for them."""

    array = Reader.skip


def array_entries(path: str | os.PathLike[str], kind: str) -> list[Entry]:
    """The arrays of a ``.params``, ``.npz`` or ``.safetensors`` file.

    Raises
    ------
    MXNetError : it cannot be opened.
    FormatError : it is not what its format demands.
    """
    try:
        stream = Path(path).open("rb")  # noqa: SIM115  # closed below
    except OSError as error:
        raise cannot_open(path, error) from error
    with stream:
        return list(
            {"params": _params, "npz": _npz, "safetensors": _safetensors}[kind](stream, os.fspath(path))
        )


def _params(stream: BinaryIO, name: str) -> Iterator[Entry]:
    size = os.fstat(stream.fileno()).st_size
    reader = _HeadersOnly(stream, size, name=repr(name), kind=".params")
    content = params.read(reader)
    pairs = content.items() if isinstance(content, dict) else ((f"[{i}]", a) for i, a in enumerate(content))
    for each, array in pairs:
        if array is None:
            yield Entry(each, None, "no array", 0)
        else:
            stored = int(array.data.size * array.data.dtype.itemsize) + sum(int(a.nbytes) for a in array.aux)
            dense = array.stype == "default"
            yield Entry(each, array.shape, array.dtype if dense else f"{array.dtype} {array.stype}", stored)


def _npz(stream: BinaryIO, name: str) -> Iterator[Entry]:
    try:
        with zipfile.ZipFile(stream) as archive:
            for member in archive.infolist():
                with archive.open(member) as part:
                    version = np.lib.format.read_magic(part)
                    read = (
                        np.lib.format.read_array_header_1_0
                        if version == (1, 0)
                        else np.lib.format.read_array_header_2_0
                    )
                    shape, _, dtype = read(part)
                yield Entry(member.filename.removesuffix(".npy"), shape, dtype.name, member.file_size)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, OSError) as error:
        raise FormatError(f"{name!r} is not a valid .npz file", because=str(error)) from None


def _safetensors(stream: BinaryIO, name: str) -> Iterator[Entry]:
    size = os.fstat(stream.fileno()).st_size
    head = stream.read(8)
    (length,) = struct.unpack("<Q", head) if len(head) == 8 else (size,)
    if length > min(size - 8, 100_000_000):
        raise FormatError(
            f"{name!r} is not a valid .safetensors file", because="its header is longer than the file"
        )
    try:
        header = json.loads(stream.read(length))
        header.pop("__metadata__", None)
        for each, entry in header.items():
            start, end = entry["data_offsets"]
            yield Entry(each, tuple(entry["shape"]), str(entry["dtype"]), int(end) - int(start))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise FormatError(
            f"{name!r} is not a valid .safetensors file", because=f"its header: {error}"
        ) from None
