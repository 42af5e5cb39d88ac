"""What a file holds: one `Array` record for each entry, in NumPy's terms and without any framework."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..base import MXNetError, message

__all__ = ["DTYPES", "MAX_NDIM", "Array", "as_array", "boolean", "shape_problem"]

# MXNet's name of an element type -> the NumPy type that carries it
# (uint16 for the bits of bfloat16, which NumPy does not have).
DTYPES: dict[str, np.dtype[Any]] = {
    name: np.dtype(carrier)
    for name, carrier in {
        "float32": "float32",
        "float64": "float64",
        "float16": "float16",
        "bfloat16": "uint16",
        "uint8": "uint8",
        "int8": "int8",
        "int16": "int16",
        "int32": "int32",
        "int64": "int64",
        "bool": "bool",
        "uint16": "uint16",
        "uint32": "uint32",
        "uint64": "uint64",
    }.items()
}
MAX_NDIM = 32  # NumPy 1.x cannot hold more axes, and no network has them
_MAX_BYTES = 2**63 - 1


@dataclass(frozen=True, eq=False, repr=False)
class Array:
    """One array of a file: its elements as NumPy holds them, and what NumPy cannot say about them.

    Shapes: ``data`` has ``shape`` when dense. A ``row_sparse`` array of shape ``(rows, *rest)`` stores
    ``data`` ``(n, *rest)`` and ``aux = (indices,)`` with ``indices`` ``(n,)``; row ``indices[i]`` is
    ``data[i]``, all others are zero. A ``csr`` matrix ``(rows, columns)`` stores ``data`` ``(n,)`` and
    ``aux = (indptr, indices)`` with ``indptr`` ``(rows + 1,)``, or ``(0,)`` when n is 0, and ``indices``
    ``(n,)``; row ``r`` has the values ``data[indptr[r]:indptr[r + 1]]`` in those columns.

    Parameters
    ----------
    data : the stored elements, C-contiguous, in native byte order. Arrays that a reader returns own writable,
        aligned memory that nobody else refers to, so ``torch.from_numpy(array.data)`` needs no copy.
    dtype : MXNet's name of the element type, a key of `DTYPES`. It is ``data.dtype.name`` but for
        ``'bfloat16'``, whose bit patterns ``data`` carries as uint16
        (``torch.from_numpy(array.data).view(torch.bfloat16)``).
    shape : the shape of the array as a whole.
    stype : ``'default'`` (dense), ``'row_sparse'`` or ``'csr'``.
    aux : the index arrays of a sparse array, in the order that files have them.

    >>> Array.dense(np.zeros((2, 3), np.float32))
    Array(float32, (2, 3))
    >>> Array.row_sparse(np.ones((1, 2), np.float32), [3], shape=(5, 2)).numpy().sum(axis=1)
    array([0., 0., 0., 2., 0.], dtype=float32)
    """

    data: np.ndarray[Any, Any]
    dtype: str
    shape: tuple[int, ...]
    stype: str = "default"
    aux: tuple[np.ndarray[Any, Any], ...] = ()

    def __post_init__(self) -> None:
        problem = _problem_of(self)
        if problem is not None:
            raise MXNetError("Array: the parts do not fit each other", received=repr(self), because=problem)

    @classmethod
    def dense(cls, values: Any, dtype: str | None = None) -> Array:
        """An array with all its elements; ``dtype='bfloat16'`` says that uint16 ``values`` are bit patterns.

        Copies only where ``values`` are not yet C-contiguous or not in native byte order.
        Raises ``TypeError`` for element types that no file has (complex, strings, objects).
        """
        data = _native(np.asarray(values))
        if dtype is None:
            dtype = data.dtype.name
        if DTYPES.get(dtype) != data.dtype:
            raise TypeError(
                message(
                    "an array of this type cannot be stored",
                    received=f"{data.dtype} {data.shape}, to be stored as {dtype}",
                    because="a file holds arrays of " + ", ".join(DTYPES) + " (bfloat16 carried as uint16)",
                    hint="convert it with astype('float32')",
                )
            )
        return cls(data, dtype, data.shape)

    @classmethod
    def row_sparse(cls, data: Any, indices: Any, shape: Iterable[int], dtype: str | None = None) -> Array:
        """An array of which only the rows ``indices`` are stored, as ``data``."""
        rows = cls.dense(data, dtype)
        return cls(rows.data, rows.dtype, tuple(shape), "row_sparse", (_index(indices),))

    @classmethod
    def csr(
        cls, data: Any, indices: Any, indptr: Any, shape: Iterable[int], dtype: str | None = None
    ) -> Array:
        """A matrix in compressed sparse row form; the order of arguments is that of SciPy and MXNet."""
        values = cls.dense(data, dtype)
        return cls(values.data, values.dtype, tuple(shape), "csr", (_index(indptr), _index(indices)))

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def to_dense(self) -> Array:
        """The same array with its zeros written out; a dense array returns itself.

        Raises ``MXNetError`` where memory does not hold the dense form: a few bytes of a sparse file may
        honestly describe any shape.
        """
        if self.stype == "default":
            return self
        try:
            values = np.zeros(self.shape, self.data.dtype)
        except (MemoryError, ValueError) as error:
            raise MXNetError(
                "to_dense: the dense form does not fit into memory", received=repr(self), because=str(error)
            ) from error
        if self.stype == "row_sparse":
            values[self.aux[0]] = self.data
        elif self.data.size:
            indptr, columns = self.aux
            rows = np.repeat(np.arange(self.shape[0]), np.diff(indptr.astype(np.int64, copy=False)))
            values[rows, columns] = self.data
        return Array(values, self.dtype, self.shape)

    def numpy(self) -> np.ndarray[Any, Any]:
        """The dense values as NumPy can compute with them: bfloat16 widens to float32, exactly.

        >>> Array.dense(np.array([0x3F80, 0xC000], np.uint16), "bfloat16").numpy()
        array([ 1., -2.], dtype=float32)
        """
        dense = self.to_dense()
        if dense.dtype == "bfloat16":
            return (dense.data.astype(np.uint32) << 16).view(np.float32)
        return dense.data

    def __repr__(self) -> str:
        form = "" if self.stype == "default" else f", {self.stype}, {len(np.atleast_1d(self.data))} stored"
        return f"Array({self.dtype}, {self.shape}{form})"


def as_array(value: Any) -> Array:
    """``value`` itself when it is an `Array`, else the dense array of it."""
    return value if isinstance(value, Array) else Array.dense(value)


def shape_problem(shape: tuple[int, ...], itemsize: int) -> str | None:
    """Why no array in memory can have this shape, or None. In Python's integers: nothing wraps around."""
    if len(shape) > MAX_NDIM:
        return f"{len(shape)} dimensions are more than the {MAX_NDIM} that an array can have"
    if any(extent < 0 for extent in shape):
        return f"shape {shape} has a negative dimension"
    # Zeros left out, as NumPy counts: the strides of an empty array must be representable as well.
    if math.prod(extent for extent in shape if extent) * itemsize > _MAX_BYTES:
        return f"shape {shape} is larger than any memory"
    return None


def boolean(octets: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Bytes as truth values: any byte but 0 is true, where a mere view would keep odd values alive inside."""
    return octets != 0 if octets.size and octets.max() > 1 else octets.view(np.bool_)


def _native(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    # np.ascontiguousarray would turn a 0-d array into one of shape (1,).
    return np.asarray(values, dtype=values.dtype.newbyteorder("="), order="C")


def _index(values: Any) -> np.ndarray[Any, Any]:
    return np.asarray(values, dtype=np.int64, order="C")


def _problem_of(array: Array) -> str | None:
    """The first reason why the parts of ``array`` do not make an array, or None."""
    data, shape = array.data, array.shape
    if array.dtype not in DTYPES or DTYPES[array.dtype] != data.dtype:
        return f"{data.dtype} elements do not carry {array.dtype}"
    problem = shape_problem(shape, data.dtype.itemsize)
    if problem is not None:
        return problem
    if array.stype == "default":
        return None if data.shape == shape and not array.aux else f"the elements have shape {data.shape}"
    if array.stype == "row_sparse":
        return _problem_of_rows(data, shape, array.aux)
    if array.stype == "csr":
        return _problem_of_csr(data, shape, array.aux)
    return f"storage {array.stype!r} is none of default, row_sparse, csr"


def _problem_of_rows(
    data: np.ndarray[Any, Any], shape: tuple[int, ...], aux: tuple[np.ndarray[Any, Any], ...]
) -> str | None:
    if len(aux) != 1 or not shape or data.shape != (aux[0].size, *shape[1:]) or aux[0].ndim != 1:
        return f"{data.shape} elements and {[part.shape for part in aux]} indices are no rows of {shape}"
    return _problem_of_indices(aux[0], shape[0], "row")


def _problem_of_csr(
    data: np.ndarray[Any, Any], shape: tuple[int, ...], aux: tuple[np.ndarray[Any, Any], ...]
) -> str | None:
    if len(aux) != 2 or len(shape) != 2 or data.ndim != 1 or aux[1].shape != data.shape or aux[0].ndim != 1:
        return f"{data.shape} elements and {[part.shape for part in aux]} indices are no matrix {shape}"
    indptr, indices = aux
    if not (indptr.size == data.size == 0):
        if indptr.size != shape[0] + 1:
            return f"{indptr.size} row offsets do not delimit {shape[0]} rows"
        # Compared, not subtracted: a difference of hostile offsets may wrap around.
        if indptr[0] != 0 or indptr[-1] != data.size or (indptr[1:] < indptr[:-1]).any():
            return f"the row offsets do not rise from 0 to the {data.size} stored elements"
    return _problem_of_indices(indices, shape[1], "column")


def _problem_of_indices(indices: np.ndarray[Any, Any], bound: int, axis: str) -> str | None:
    if indices.dtype.kind not in "iu":
        return f"{axis} indices of type {indices.dtype} are no integers"
    if indices.size and (int(indices.min()) < 0 or int(indices.max()) >= bound):
        return f"a {axis} index lies outside 0 to {bound - 1}"
    return None
