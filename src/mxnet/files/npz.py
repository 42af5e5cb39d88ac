"""``.npz`` files: what ``numpy.savez`` and MXNet 2 write. Pickled objects are never loaded."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np

from ..base import MXNetError, message
from .array import DTYPES, Array, shape_problem
from .reader import Reader

__all__ = ["read", "write"]

KIND = ".npz"
_LARGEST_RATIO = 1032  # the most that deflate can compress: 258 bytes into two bits
_SLACK = 64  # an empty deflate stream still has a few bytes
# NumPy reads a header that is no Python as one of Python 2, token by token, at 200 bytes of memory for each byte of
# it; the header of a plain array of 64 axes has some 300.
_LONGEST_HEADER = 1024


def read(reader: Reader) -> list[Array | None] | dict[str, Array | None]:
    """The arrays of a file; a list when their names are ``arr_0, arr_1, ...``, NumPy's for the nameless.

    Raises ``MXNetError`` for members that are no plain arrays, and for element types that no array has.
    """
    start = reader.stream.tell()
    try:
        _check_members(reader)
        reader.stream.seek(start)
        with np.load(reader.stream, allow_pickle=False) as archive:
            arrays: dict[str, Array | None] = {name: Array.dense(archive[name]) for name in archive.files}
    except (MXNetError, MemoryError):
        raise
    except Exception as error:  # zipfile, zlib, tokenize, struct and NumPy each have several of their own
        raise reader.error(str(error) or type(error).__name__) from error
    if arrays and list(arrays) == [f"arr_{index}" for index in range(len(arrays))]:
        return list(arrays.values())
    return arrays


def write(stream: BinaryIO, arrays: Sequence[Array], names: Sequence[str] | None) -> None:
    """Write dense arrays, uncompressed, as ``numpy.savez`` does."""
    for array in arrays:
        if array.stype != "default" or array.dtype == "bfloat16":
            lacking = "bfloat16" if array.stype == "default" else f"{array.stype} storage"
            raise ValueError(
                message(
                    f"this array cannot go into a {KIND} file",
                    received=repr(array),
                    because=f"NumPy has no {lacking}",
                    hint="Array.dense(array.numpy()), or the .params format",
                )
            )
    if names is None:
        names = [f"arr_{index}" for index in range(len(arrays))]
    with zipfile.ZipFile(stream, "w") as archive:  # np.savez takes no array by the name "file"
        for name, array in zip(names, arrays, strict=True):
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                # numpy.save writes copies of pieces of an array to what is no file of the system.
                header = np.lib.format.header_data_from_array_1_0(array.data)
                np.lib.format.write_array_header_1_0(member, header)
                if array.data.size:  # an empty memoryview cannot be cast
                    member.write(array.data.reshape(-1).view(np.uint8).data)


def _check_members(reader: Reader) -> None:
    """Refuse, before anything is allocated, a member that claims more than its bytes can hold."""
    with zipfile.ZipFile(reader.stream) as archive:
        members = archive.infolist()
        names = [member.filename for member in members]
        if len(set(names)) != len(names):
            raise reader.error("two members have the same name, so one of them could not be reached")
        if sum(member.compress_size for member in members) > reader.size:
            raise reader.error("its members claim more bytes than it has")
        for member in members:
            reader.entry = f"member {member.filename!r}"
            _check_member(reader, archive, member)
    reader.entry = None


def _check_member(reader: Reader, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    if not member.filename.endswith(".npy"):
        is_torch = "data.pkl" in member.filename
        raise MXNetError(
            f"{reader.name} is a zip archive, but no {KIND} file",
            received=f"member {member.filename!r}",
            because="it looks like a PyTorch checkpoint" if is_torch else "this member is no .npy array",
            hint="torch.load(path, weights_only=True)" if is_torch else None,
        )
    largest = {
        zipfile.ZIP_STORED: member.compress_size,
        zipfile.ZIP_DEFLATED: member.compress_size * _LARGEST_RATIO + _SLACK,
    }.get(member.compress_type)
    if largest is None:
        raise reader.error("it is neither stored nor deflated, the two ways that NumPy writes")
    if member.file_size > largest:
        raise reader.error(f"{member.compress_size} bytes cannot unpack to {member.file_size}")
    with archive.open(member) as content:
        shape, dtype = _read_header(reader, content)
        header = content.tell()
    if dtype.hasobject or dtype.name not in DTYPES:
        raise MXNetError(
            f"{reader.name} holds an array of a type that arrays here cannot have",
            received=f"member {member.filename!r}: {dtype} {shape}",
            because="pickled objects are never loaded: they can run any program"
            if dtype.hasobject
            else "the types are " + ", ".join(DTYPES),
            hint="convert it with NumPy, with astype('float32') for instance",
        )
    problem = shape_problem(shape, dtype.itemsize)
    if problem is not None:
        raise reader.error(problem)
    if math.prod(shape) * dtype.itemsize != member.file_size - header:
        raise reader.error(f"{dtype} {shape} does not take the {member.file_size - header} bytes that follow")


def _read_header(reader: Reader, content: Any) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = np.lib.format.read_magic(content)
    if version == (1, 0):
        shape, _fortran, dtype = np.lib.format.read_array_header_1_0(content, max_header_size=_LONGEST_HEADER)
    elif version == (2, 0):
        shape, _fortran, dtype = np.lib.format.read_array_header_2_0(content, max_header_size=_LONGEST_HEADER)
    else:
        raise reader.error(f".npy version {version} has no plain arrays: expected (1, 0) or (2, 0)")
    return shape, dtype
