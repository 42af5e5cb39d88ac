"""``.safetensors`` files, through the library of that name."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import safetensors

from ..base import MXNetError, message
from .array import DTYPES, Array, boolean, shape_problem
from .reader import Reader

__all__ = ["read", "write", "write_path"]

KIND = ".safetensors"
_CODE_OF_TYPE = {
    "float32": "F32", "float64": "F64", "float16": "F16", "bfloat16": "BF16", "uint8": "U8", "int8": "I8",
    "int16": "I16", "int32": "I32", "int64": "I64", "bool": "BOOL", "uint16": "U16", "uint32": "U32",
    "uint64": "U64",
}  # fmt: skip
_TYPE_OF_CODE = {code: name for name, code in _CODE_OF_TYPE.items()}


def read(reader: Reader) -> dict[str, Array | None]:
    """The arrays of a file, in the order of its header.

    Raises ``MXNetError`` for element types that no array has (8-bit floats, complex numbers).
    """
    content = reader.take(reader.left, "the content")
    try:
        entries = dict(safetensors.deserialize(content))
    except safetensors.SafetensorError as error:
        raise reader.error(str(error)) from error
    # The library has checked the header, yet it hands the entries out in no order and drops duplicates.
    header = content[8 : 8 + int.from_bytes(content[:8], "little")]
    names = json.loads(header, object_pairs_hook=lambda pairs: _without_duplicates(reader, pairs))
    names.pop("__metadata__", None)
    return {name: _array_of(reader, name, entries[name]) for name in names}


def write(stream: BinaryIO, arrays: Sequence[Array], names: Sequence[str] | None) -> None:
    """Write named dense arrays to a stream. The library orders them by element size, then by name."""
    specs, _keep_alive = _specs_of(arrays, names)
    stream.write(safetensors.serialize(specs))


def write_path(path: Path, arrays: Sequence[Array], names: Sequence[str] | None) -> None:
    """Like `write`, to a file and without assembling its content in memory first."""
    specs, _keep_alive = _specs_of(arrays, names)
    try:
        safetensors.serialize_file(specs, str(path))
    except safetensors.SafetensorError as error:
        raise OSError(str(error)) from error  # the arrays are fine by now: it is the disk


def _array_of(reader: Reader, name: str, entry: dict[str, Any]) -> Array:
    reader.entry = f"array {name!r}"
    shape = tuple(entry["shape"])
    dtype = _TYPE_OF_CODE.get(entry["dtype"])
    if dtype is None:
        raise MXNetError(
            f"{reader.name} holds an array of a type that arrays here cannot have",
            received=f"{name!r}: {entry['dtype']} {shape}",
            because="the types are " + ", ".join(_CODE_OF_TYPE),
            hint="convert it with the library that wrote the file",
        )
    carrier = DTYPES[dtype]
    problem = shape_problem(shape, carrier.itemsize)
    if problem is not None:
        raise reader.error(problem)
    # The library gives every array a bytearray of its own, writable and aligned.
    if dtype == "bool":
        values = boolean(np.frombuffer(entry["data"], np.uint8))
    else:
        values = np.frombuffer(entry["data"], carrier.newbyteorder("<")).astype(carrier, copy=False)
    return Array(values.reshape(shape), dtype, shape)


def _without_duplicates(reader: Reader, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise reader.error(f"the name {twice!r} occurs twice, so one of its arrays could not be reached")
    return found


def _specs_of(
    arrays: Sequence[Array], names: Sequence[str] | None
) -> tuple[dict[str, Any], list[np.ndarray[Any, Any]]]:
    """What the library wants to know of each array, and the memory that must outlive its work."""
    if names is None:
        raise ValueError(
            message(
                f"a {KIND} file needs a name for each array",
                received=f"a list of {len(arrays)} arrays",
                hint="save a dictionary {name: array}, or choose another file ending than .safetensors",
            )
        )
    specs: dict[str, Any] = {}
    keep_alive = []
    for name, array in zip(names, arrays, strict=True):
        if array.stype != "default" or name == "__metadata__":
            is_sparse = array.stype != "default"
            raise ValueError(
                message(
                    f"this array cannot go into a {KIND} file",
                    received=f"{name!r}: {array!r}",
                    because=f"the format has no {array.stype} storage"
                    if is_sparse
                    else "that name is reserved",
                    hint="array.to_dense(), or the .params format" if is_sparse else "another name",
                )
            )
        values = np.asarray(array.data, array.data.dtype.newbyteorder("<"), order="C")
        keep_alive.append(values)
        specs[name] = _spec(array.dtype, values)
    return specs, keep_alive


def _spec(dtype: str, values: np.ndarray[Any, Any]) -> Any:
    if hasattr(safetensors, "TensorSpec"):  # since 0.8, the only way there
        return safetensors.TensorSpec(
            dtype=dtype, shape=values.shape, data_ptr=values.ctypes.data, data_len=values.nbytes
        )
    return {"dtype": dtype, "shape": values.shape, "data": values.tobytes()}
