"""``.safetensors`` files; the library of that name writes them."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

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
_LONGEST_HEADER = 100_000_000


def read(reader: Reader) -> dict[str, Array | None]:
    """The arrays of a file, in the order of its header; each is read straight into its own memory.

    The library's own reader takes all of a file at once and copies the arrays out of it: twice the memory, twice the
    time.

    Raises ``MXNetError`` for element types that no array has (8-bit floats, complex numbers).
    """
    entries = _read_header(reader)
    begin = reader.position
    arrays: dict[str, Array | None] = {name: None for name, _ in entries}
    for name, entry in sorted(entries, key=lambda pair: pair[1].offsets):
        reader.entry = f"array {name!r}"
        if entry.offsets[0] != reader.position - begin:
            raise reader.error(
                f"its elements are at {entry.offsets}, others end at {reader.position - begin}"
            )
        arrays[name] = _read_array(reader, name, entry)
    if not reader.is_at_end():
        raise reader.error("it goes on behind the last array")
    return arrays


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


class _Entry(NamedTuple):
    """What the header says about an array."""

    dtype: str
    shape: tuple[int, ...]
    offsets: tuple[int, int]


def _read_header(reader: Reader) -> list[tuple[str, _Entry]]:
    # u64 length of the header, JSON {name: {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...}, which may
    # hold texts by the name of __metadata__, too; then the elements, from the first offset to the last without gaps
    (length,) = reader.unpack("<Q", "the length of the header")
    if length > _LONGEST_HEADER:
        raise reader.error(f"a header of {length} bytes is longer than the format allows", at=0)
    encoded = reader.take(length, "the header")
    if encoded[:1] != b"{":
        raise reader.error("its header does not begin with {", at=8)
    try:
        pairs = json.loads(
            encoded.decode(),
            object_pairs_hook=lambda pairs: _without_duplicates(reader, pairs),
            parse_constant=_no_constant,
        )
        if not _are_texts(pairs.pop("__metadata__", None)):
            raise ValueError("__metadata__ holds something else than texts")
        return [(name, _entry(name, value)) for name, value in pairs.items()]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise reader.error(f"its header: {error}", at=8) from error


def _entry(name: str, value: Any) -> _Entry:
    name.encode()  # half a character, which JSON can write, raises
    dtype, shape, offsets = (value[key] for key in ("dtype", "shape", "data_offsets"))
    numbers = [*shape, *offsets]
    if type(dtype) is not str or len(offsets) != 2 or any(type(n) is not int or n < 0 for n in numbers):
        raise ValueError(f"{name!r} is described as {value}"[:200])
    return _Entry(dtype, tuple(shape), tuple(offsets))


def _are_texts(metadata: Any) -> bool:
    if metadata is None:
        return True
    return isinstance(metadata, dict) and all(isinstance(text, str) for text in metadata.values())


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _read_array(reader: Reader, name: str, entry: _Entry) -> Array:
    dtype = _TYPE_OF_CODE.get(entry.dtype)
    if dtype is None:
        raise MXNetError(
            f"{reader.name} holds an array of a type that arrays here cannot have",
            received=f"{name!r}: {entry.dtype} {entry.shape}",
            because="the types are " + ", ".join(_CODE_OF_TYPE),
            hint="convert it with the library that wrote the file",
        )
    carrier = DTYPES[dtype]
    problem = shape_problem(entry.shape, carrier.itemsize)
    if problem is not None:
        raise reader.error(problem)
    begin, end = entry.offsets
    count = math.prod(entry.shape)
    if count * carrier.itemsize != end - begin:
        raise reader.error(f"{entry.dtype} {entry.shape} does not take the bytes {begin} to {end}")
    stored = np.dtype(np.uint8) if dtype == "bool" else carrier.newbyteorder("<")
    values = reader.array(count, stored, f"{dtype} {entry.shape}")
    return Array((boolean(values) if dtype == "bool" else values).reshape(entry.shape), dtype, entry.shape)


def _without_duplicates(reader: Reader, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise reader.error(f"the name {name!r} occurs twice, so one of its arrays could not be reached")
        found[name] = value
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
