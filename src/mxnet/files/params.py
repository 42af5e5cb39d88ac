"""MXNet's own format: ``.params`` files and whatever ``nd.save`` writes.

All integers are little-endian::

    u64 0x112, u64 0                     what the file is
    u64 count, then that many arrays     their layout: `_read_array`
    u64 count, then that many names      none, or one for each array: u64 length, UTF-8
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np

from ..base import MXNetError
from .array import DTYPES, MAX_NDIM, Array, boolean, shape_problem
from .reader import Reader

__all__ = ["MAGIC", "read", "write"]

KIND = ".params"
MAGIC = struct.pack("<Q", 0x112)

_V1 = 0xF993FAC8  # 64-bit dimensions
_V2 = 0xF993FAC9  # and sparse storage; what 1.x writes
_V3 = 0xF993FACA  # and shapes as NumPy means them, () among them
_STYPES = ("default", "row_sparse", "csr")
_AUX_COUNT = {"default": 0, "row_sparse": 1, "csr": 2}
_FLAG_OF_TYPE = {
    "float32": 0, "float64": 1, "float16": 2, "uint8": 3, "int32": 4, "int8": 5, "int64": 6,
    "bool": 7, "int16": 8, "uint16": 9, "uint32": 10, "uint64": 11, "bfloat16": 12,
}  # fmt: skip
_TYPE_OF_FLAG = {flag: name for name, flag in _FLAG_OF_TYPE.items()}
_CPU_0 = struct.pack("<ii", 1, 0)


def read(reader: Reader) -> list[Array | None] | dict[str, Array | None]:
    """The arrays of a file: a list when they have no names, else a dictionary in the order of the file.

    An entry is None where the file says that there is no array. All layouts are read: V1, V2, V3, the oldest
    one, dense and sparse. Bytes after the list are left alone, as 1.9.1 does.

    Differs from 1.9.1: a name that occurs twice is an error, where 1.9.1 silently drops the first array; V3
    is read without asking for NumPy semantics first.
    """
    magic, _reserved = reader.unpack("<QQ", "the header")
    if magic != 0x112:
        raise reader.error(f"it starts with {magic:#x}, a {KIND} file starts with 0x112", at=0)
    # 4 bytes are the smallest entry, 8 the count of names that must follow.
    count = _read_count(reader, "arrays", smallest=4, reserve=8)
    arrays = []
    for index in range(count):
        reader.entry = f"array {index}"
        arrays.append(_read_array(reader))
    reader.entry = "the names"
    named = _read_count(reader, "names", smallest=8)
    if not named:
        return arrays
    if named != count:
        raise reader.error(f"{named} names do not fit {count} arrays: expected none, or one for each")
    names: dict[str, Array | None] = {}
    for index, array in enumerate(arrays):
        reader.entry = f"name {index}"
        name = _read_name(reader)
        if name in names:
            raise reader.error(f"the name {name!r} occurs twice, so one of its arrays could not be reached")
        names[name] = array
    return names


def write(stream: BinaryIO, arrays: Sequence[Array], names: Sequence[str] | None) -> None:
    """Write arrays and, unless None, their names: the bytes that 1.9.1 writes for them.

    V2, which every 1.x reads, except in a file that holds an array of shape ``()``, for which V2 has no way:
    all dense arrays of such a file are V3, as 1.9.1 writes and reads them inside ``mx.util.np_shape(True)``.
    Element types that 1.9.1 does not have (int16, uint16, uint32, uint64) are written with MXNet's numbers
    for them; 1.9.1 does not read those.
    """
    version = _V3 if any(array.shape == () for array in arrays) else _V2
    encoded = [name.encode() for name in names or ()]
    stream.write(MAGIC + struct.pack("<QQ", 0, len(arrays)))
    for array in arrays:
        stream.write(_header_of(array, version))
        for part in (array.data, *array.aux):
            _write_elements(stream, part)
    stream.write(struct.pack("<Q", len(encoded)))
    for name in encoded:
        stream.write(struct.pack("<Q", len(name)) + name)


def _read_array(reader: Reader) -> Array | None:
    # u32 magic      V1, V2, V3; anything else is ndim itself: the oldest layout, with u32 dimensions
    # i32 stype      V2 and V3 only
    # shape          of the stored part, sparse only
    # shape          i32 ndim, i64 dimensions; no dimensions mean no array, and nothing follows (but in V3)
    # i32, i32       the device it was on, which says nothing about where it is to go
    # i32            element type
    # i32, shape     of each index array, sparse only
    # elements, then index arrays
    (magic,) = reader.unpack("<I", "the layout's magic number")
    stype, storage_shape = "default", None
    if magic in (_V2, _V3):
        stype = _read_stype(reader)
        if stype != "default":
            storage_shape = _read_shape(reader)
        shape = _read_shape(reader)
    elif magic == _V1:
        shape = _read_shape(reader)
    else:
        shape = _read_dimensions(reader, magic, "I")
    if not shape and magic != _V3:
        return None
    _device_type, _device_id, flag = reader.unpack("<iii", "device and element type")
    dtype = _type_of(reader, flag)
    aux = [_read_aux_header(reader) for _ in range(_AUX_COUNT[stype])]
    data = _read_elements(reader, dtype, shape if storage_shape is None else storage_shape)
    parts = [_read_elements(reader, *header) for header in aux]
    try:
        return Array(data, dtype, shape, stype, tuple(parts))
    except MXNetError as error:
        raise reader.error(str(error.because)) from error


def _read_stype(reader: Reader) -> str:
    (code,) = reader.unpack("<i", "the storage type")
    if not 0 <= code < len(_STYPES):
        if code == -1:  # "undefined", what an array has that is none; its shape is empty
            return "default"
        raise reader.error(f"storage type {code} is none of 0 (dense), 1 (row_sparse), 2 (csr)")
    return _STYPES[code]


def _read_shape(reader: Reader) -> tuple[int, ...]:
    (ndim,) = reader.unpack("<i", "the number of dimensions")
    return _read_dimensions(reader, ndim, "q")


def _read_dimensions(reader: Reader, ndim: int, layout: str) -> tuple[int, ...]:
    if not 0 <= ndim <= MAX_NDIM:
        raise reader.error(f"{ndim} is no number of dimensions: expected 0 to {MAX_NDIM}")
    reader.require(ndim * struct.calcsize("<" + layout), f"a shape of {ndim} dimensions")
    shape = reader.unpack(f"<{ndim}{layout}", "a shape") if ndim else ()
    problem = shape_problem(shape, 1)
    if problem is not None:
        raise reader.error(problem)
    return shape


def _read_aux_header(reader: Reader) -> tuple[str, tuple[int, ...]]:
    (flag,) = reader.unpack("<i", "the type of an index array")
    return _type_of(reader, flag), _read_shape(reader)


def _type_of(reader: Reader, flag: int) -> str:
    if flag not in _TYPE_OF_FLAG:
        raise reader.error(f"element type {flag} is unknown: expected 0 to {len(_TYPE_OF_FLAG) - 1}")
    return _TYPE_OF_FLAG[flag]


def _read_elements(reader: Reader, dtype: str, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    carrier = DTYPES[dtype]
    problem = shape_problem(shape, carrier.itemsize)
    if problem is not None:
        raise reader.error(problem)
    stored = np.dtype(np.uint8) if dtype == "bool" else carrier.newbyteorder("<")
    values = reader.array(math.prod(shape), stored, f"{dtype} {shape}")
    return (boolean(values) if dtype == "bool" else values).reshape(shape)


def _read_count(reader: Reader, what: str, *, smallest: int, reserve: int = 0) -> int:
    (count,) = reader.unpack("<Q", f"the number of {what}")
    possible = max(reader.left - reserve, 0) // smallest
    if count > possible:
        raise reader.error(f"{count} {what} are claimed, {reader.left} bytes hold at most {possible}")
    return int(count)


def _read_name(reader: Reader) -> str:
    (length,) = reader.unpack("<Q", "the length of a name")
    reader.require(length, f"a name of {length} bytes")
    encoded = reader.take(length, "a name")
    try:
        return encoded.decode()
    except UnicodeDecodeError as error:
        raise reader.error(f"the name {encoded!r:.60} is no UTF-8") from error


def _header_of(array: Array, version: int) -> bytes:
    if array.stype != "default":
        version = _V2  # the only one with which 1.9.1 writes sparse arrays
    parts = [struct.pack("<Ii", version, _STYPES.index(array.stype))]
    if array.stype != "default":
        parts.append(_packed(array.data.shape))
    parts += [_packed(array.shape), _CPU_0, struct.pack("<i", _FLAG_OF_TYPE[array.dtype])]
    for part in array.aux:
        parts += [struct.pack("<i", _FLAG_OF_TYPE[part.dtype.name]), _packed(part.shape)]
    return b"".join(parts)


def _packed(shape: tuple[int, ...]) -> bytes:
    return struct.pack(f"<i{len(shape)}q", len(shape), *shape)


def _write_elements(stream: BinaryIO, values: np.ndarray[Any, Any]) -> None:
    if values.size:  # an empty memoryview cannot be cast
        little = np.ascontiguousarray(values, values.dtype.newbyteorder("<"))
        stream.write(little.reshape(-1).view(np.uint8).data)
