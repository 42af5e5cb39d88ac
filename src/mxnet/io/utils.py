"""Named arrays out of what a program passes as data."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import torch

from .._surface import module_getattr as _module_getattr
from ..base import ArgumentError, message
from ..ndarray import NDArray, array

__all__: list[str] = []

__getattr__ = _module_getattr(__name__)


def _init_data(data: Any, allow_empty: bool, default_name: str) -> list[tuple[str, Any]]:
    """Name the arrays of ``data`` and make `NDArray` of those of NumPy, which become float32.

    One array is called ``default_name``, several ``_0_name``, ``_1_name``, ...; a dictionary gives the names, which are
    then in alphabetical order. Datasets of h5py and NumPy's maps of files stay in their file.

    Raises
    ------
    TypeError : ``data`` is no array, no list of arrays, and no dictionary of them.
    AssertionError : there is no array, and ``allow_empty`` is not set.
    """
    if data is None:
        data = []
    elif _is_array(data):
        data = [data]
    if not isinstance(data, (list, dict)):
        raise TypeError(
            message(
                "Input must be NDArray, numpy.ndarray, h5py.Dataset a list of them or dict with them as values",
                received=f"{default_name}: {type(data).__name__}",
                hint="[first, second] for several arrays" if isinstance(data, tuple) else "nd.array(...)",
            )
        )
    if not data and not allow_empty:
        raise AssertionError(message(f"there is no {default_name}", received=repr(data), hint="an array"))
    if isinstance(data, dict):
        named = sorted(data.items())
    elif len(data) == 1:
        named = [(default_name, data[0])]
    else:
        named = [(f"_{number}_{default_name}", each) for number, each in enumerate(data)]
    return [(name, _as_rows(name, each)) for name, each in named]


def _is_array(data: Any) -> bool:
    return isinstance(data, (NDArray, np.ndarray, torch.Tensor)) or is_in_file(data)


def is_in_file(data: Any) -> bool:
    """Whether ``data`` is a map of a file, or a dataset of h5py, which is read batch by batch."""
    if isinstance(data, np.memmap):
        return True
    h5py = sys.modules.get("h5py")  # who has a dataset has imported it
    return h5py is not None and isinstance(data, h5py.Dataset)


def _as_rows(name: str, data: Any) -> Any:
    """An array with at least one axis."""
    if isinstance(data, NDArray):
        rows = data
    else:
        try:
            if is_in_file(data):
                array(np.empty(0, data.dtype))  # raises for what are no numbers, without reading any
                rows = data
            else:
                rows = array(data)
        except (TypeError, ValueError) as error:
            raise TypeError(
                message(
                    f"Invalid type '{type(data)}' for {name}, should be NDArray, numpy.ndarray or h5py.Dataset",
                    because=str(error).splitlines()[0],
                    hint="an array of numbers",
                )
            ) from error
    if not rows.shape:
        raise ArgumentError(
            message(
                f"{name} has no axis of samples", received="shape ()", hint="an array with a row per sample"
            )
        )
    return rows
