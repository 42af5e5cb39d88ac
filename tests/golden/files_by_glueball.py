"""Files that Glueball writes for the real MXNet to read: the same ones when recording and when testing."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from mxnet.files import Array, save


def _ramp(dtype: str, *shape: int) -> np.ndarray[Any, Any]:
    values = np.arange(int(np.prod(shape))).reshape(shape) % 5
    return values.astype(dtype) if dtype in ("bool", "uint8") else (values - 2).astype(dtype)


def _bfloat16(*values: float) -> Array:
    return Array.dense((np.array(values, np.float32).view(np.uint32) >> 16).astype(np.uint16), "bfloat16")


# The names of 1.9.1's element types; it cannot read any others.
_TYPES = ("float32", "float64", "float16", "uint8", "int32", "int8", "int64", "bool")

FILES: dict[str, Callable[[], Any]] = {
    "dictionary": lambda: {"0.weight": _ramp("float32", 3, 4), "0.bias": _ramp("float32", 3)},
    "list": lambda: [_ramp("float32", 2, 1, 3), _ramp("int32", 4)],
    "single": lambda: _ramp("float32", 5),
    "empty": lambda: [],
    "types": lambda: {name: _ramp(name, 2, 3) for name in _TYPES} | {"bfloat16": _bfloat16(1.0, -2.5, 3e38)},
    "module": lambda: {"arg:fc1_weight": _ramp("float32", 2, 2), "aux:bn_moving_mean": _ramp("float32", 2)},
    "unicode": lambda: {"权重": _ramp("float32", 1), "é" * 40: _ramp("float32", 2), "": _ramp("float32", 3)},
    "odd_offsets": lambda: {"a": _ramp("uint8", 3), "b": _ramp("float64", 2), "c": _ramp("int8", 1)},
    "strided": lambda: {"t": _ramp("float32", 3, 4).T, "s": _ramp("int64", 9)[::-2]},
    "big_endian": lambda: {"x": _ramp(">f4", 3), "i": _ramp(">i8", 2)},
    "zero_size": lambda: {"none": _ramp("float32", 0, 3), "some": _ramp("float32", 2)},
    "scalar": lambda: {"loss": np.array(2.5, np.float32), "some": _ramp("float32", 2)},
    "row_sparse": lambda: {"w": Array.row_sparse(_ramp("float32", 2, 3), [1, 4], shape=(6, 3))},
    "csr": lambda: {"x": Array.csr(_ramp("float32", 3), [0, 2, 1], [0, 2, 2, 3], shape=(3, 4))},
    "sparse_without_elements": lambda: [
        Array.row_sparse(np.zeros((0, 2), np.float32), [], shape=(5, 2)),
        Array.csr(np.zeros(0, np.float32), [], [], shape=(5, 2)),
    ],
}


def write_files(folder: Path) -> None:
    """Write them all into ``folder``."""
    for name, contents in FILES.items():
        save(folder / f"{name}.params", contents())


if __name__ == "__main__":
    write_files(Path(sys.argv[1]))
