"""Keys and arrays as programs give them, one or lists: brought into one form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from ..base import ArgumentError, MXNetError, message
from ..ndarray import NDArray
from ..tape import describe

__all__ = ["Arrays", "Key", "grouped", "one_each", "rows_of"]

Key = int | str
Arrays = NDArray | Sequence[NDArray] | Sequence[Sequence[NDArray]]


def grouped(what: str, key: Any, value: Any) -> dict[Key, list[NDArray]]:
    """All arrays of each key; a key that comes twice has the arrays of both places.

    >>> from mxnet import nd
    >>> a, b, c = nd.zeros((1,)), nd.zeros((2,)), nd.zeros((3,))
    >>> [(k, len(v)) for k, v in grouped("push", [3, 5, 3], [a, [b], [c, c]]).items()]
    [(3, 3), (5, 1)]
    """
    if not isinstance(key, (list, tuple)):
        return {_key(what, key): _arrays(what, key, value)}
    keys = [_key(what, each) for each in key]
    if len({isinstance(each, str) for each in keys}) > 1:
        raise AssertionError(
            message(
                "inconsistent types of keys detected.", received=repr(key), because="they are of one kind"
            )
        )
    if not isinstance(value, (list, tuple)) or len(value) != len(keys):
        count = f"{len(value)} values" if isinstance(value, (list, tuple)) else type(value).__name__
        raise AssertionError(
            message(
                f"{what}: a value for each key",
                received=f"{len(keys)} keys, {count}",
                hint="a list of lists, if there are several arrays for a key",
            )
        )
    found: dict[Key, list[NDArray]] = {}
    for each, arrays in zip(keys, value):  # noqa: B905  they are as many
        found.setdefault(each, []).extend(_arrays(what, each, arrays))
    return found


def one_each(what: str, pairs: dict[Key, list[NDArray]]) -> dict[Key, NDArray]:
    """The one array of each key, or the error for more."""
    for key, arrays in pairs.items():
        if len(arrays) != 1:
            raise _several(what, key, arrays)
    return {key: arrays[0] for key, arrays in pairs.items()}


def rows_of(row_ids: Any, count: int) -> list[torch.Tensor]:
    """The numbers of the rows wanted for each of ``count`` arrays."""
    several = row_ids if isinstance(row_ids, (list, tuple)) else [row_ids]
    for each in several:
        if not isinstance(each, NDArray):
            raise ArgumentError(
                message(
                    "row_sparse_pull: row_ids is an array of numbers of rows, or a list of arrays",
                    received=repr(row_ids),
                    hint="nd.array([0, 2])",
                )
            )
    if len(several) not in (1, count):
        raise AssertionError(
            message(
                "row_sparse_pull: row_ids once for all arrays, or for each of them",
                received=f"{len(several)} row_ids, {count} arrays",
            )
        )
    rows = [each._plain().reshape(-1) for each in several]
    return rows * count if len(rows) == 1 else rows


def _key(what: str, key: Any) -> Key:
    if isinstance(key, str):
        return key
    if isinstance(key, (int, np.integer)):
        return int(key)
    raise AssertionError(
        message(
            f"unexpected type for keys: {type(key)}",
            because=f"{what} takes whole numbers and texts, or a list of one kind",
        )
    )


def _arrays(what: str, key: Any, value: Any) -> list[NDArray]:
    arrays = list(value) if isinstance(value, (list, tuple)) else [value]
    for array in arrays:
        if not isinstance(array, NDArray):
            raise ArgumentError(
                message(
                    f"{what}: the value of a key is an NDArray, or a list of them",
                    received=f"{type(array).__name__} for key {key!r}",
                    hint="nd.array(...)" if isinstance(array, (np.ndarray, int, float)) else None,
                )
            )
    if not arrays:
        raise ArgumentError(message(f"{what}: there is no array for key {key!r}"))
    return arrays


def _several(what: str, key: Key, arrays: list[NDArray]) -> MXNetError:
    return MXNetError(
        f"{what}: duplicate init of key {key}",
        received=", ".join(map(describe, arrays)),
        because="there is one first value",
        hint=f"{what}({key!r}, array)",
    )
