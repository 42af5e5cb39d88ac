"""Ways to make one batch of a list of samples.

`default_batchify_fn` is what `DataLoader` uses. The classes are for samples of unequal shapes; MXNet 1.9.1 has them
in GluonNLP, MXNet 2 has them here.

>>> batchify = Group(Pad(val=-1), Stack())
>>> data, label = batchify([([1, 2, 3], 0), ([4], 1)])
>>> data.asnumpy().tolist(), label.asnumpy().tolist()
([[1, 2, 3], [4, -1, -1]], [0, 1])
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from ... import autograd
from ...base import MXNetError, message
from ...context import current_context
from ...dtype import name as dtype_name
from ...dtype import tensor_over, to_torch
from ...ndarray import NDArray

__all__ = [
    "AsList",
    "Group",
    "List",
    "Pad",
    "Stack",
    "Tuple",
    "default_batchify_fn",
    "default_mp_batchify_fn",
]


def default_batchify_fn(data: Sequence[Any]) -> Any:
    """Stack samples along a new first axis; samples that are tuples give a list with a batch per position.

    `NDArray` samples keep type and context. Everything else goes through NumPy and keeps the type that NumPy gives
    it: Python integers become int64, floats float64, ``np.int32`` labels int32.

    Raises
    ------
    MXNetError : samples of different shapes or types.
    TypeError : samples that are no numbers (strings, dictionaries, None).

    >>> image, label = default_batchify_fn([(np.zeros((2, 2), "float32"), 7), (np.ones((2, 2), "float32"), 8)])
    >>> image.shape, image.dtype.__name__, label.asnumpy().tolist()
    ((2, 2, 2), 'float32', [7, 8])
    """
    first = data[0]
    if isinstance(first, NDArray):
        return _stack(data)
    if isinstance(first, tuple) or (isinstance(first, list) and any(isinstance(x, NDArray) for x in first)):
        return [default_batchify_fn(column) for column in zip(*data, strict=False)]
    return _from_numpy(_as_numpy(data))


default_mp_batchify_fn = default_batchify_fn
"""The same: what comes from worker processes travels through shared memory in any case."""


class Stack:
    """Stack samples of one shape along a new first axis: what `DataLoader` does with single arrays.

    >>> Stack()([[1, 2], [3, 4]]).shape
    (2, 2)
    """

    def __call__(self, data: Sequence[Any]) -> NDArray:
        return _stack(data) if isinstance(data[0], NDArray) else _from_numpy(_as_numpy(data))


class Pad:
    """Fill samples up to the longest along every axis, then stack them.

    Parameters
    ----------
    val : what to fill with.
    dtype : type of the batch; that of the first sample unless given.
    round_to : make the lengths multiples of this.

    >>> Pad(val=-1, round_to=4)([[1, 2, 3], [4, 5]]).asnumpy().tolist()
    [[1, 2, 3, -1], [4, 5, -1, -1]]
    """

    def __init__(self, val: float = 0, dtype: Any = None, round_to: int | None = None) -> None:
        self._val = val
        self._dtype = dtype
        self._round_to = round_to

    def __call__(self, data: Sequence[Any]) -> NDArray:
        samples = [x.asnumpy() if isinstance(x, NDArray) else np.asarray(x) for x in data]
        if len({x.ndim for x in samples}) != 1:
            raise MXNetError(
                "Pad: samples have different numbers of axes",
                received=", ".join(str(x.shape) for x in samples[:8]),
                because="only lengths can be padded",
            )
        shape = [max(lengths) for lengths in zip(*(x.shape for x in samples), strict=True)]
        if self._round_to is not None:
            shape = [-(-length // self._round_to) * self._round_to for length in shape]
        batch = np.full((len(samples), *shape), self._val, dtype=samples[0].dtype)
        for row, sample in zip(batch, samples, strict=True):
            row[tuple(slice(length) for length in sample.shape)] = sample
        made = _from_numpy(batch)
        return made if self._dtype is None else made.astype(self._dtype)


class Group:
    """A function for each position of samples that are tuples; gives a tuple of batches.

    >>> Group(Stack(), AsList())([(1, "a"), (2, "b")])[1]
    ['a', 'b']
    """

    def __init__(self, fn: Any, *args: Any) -> None:
        functions = tuple(fn) if isinstance(fn, (list, tuple)) else (fn, *args)
        if (isinstance(fn, (list, tuple)) and args) or not all(callable(f) for f in functions):
            raise ValueError(
                message(
                    "Group: takes a function for each position",
                    received=", ".join(map(repr, (fn, *args))),
                    hint="Group(Pad(), Stack())",
                )
            )
        self._functions: tuple[Callable[..., Any], ...] = functions

    def __call__(self, data: Sequence[Any]) -> tuple[Any, ...]:
        if len(data[0]) != len(self._functions):
            raise ValueError(
                message(
                    f"Group: {len(self._functions)} functions for samples of {len(data[0])} elements",
                    hint="AsList() keeps an element as it is",
                )
            )
        columns = zip(*data, strict=True)
        return tuple(function(column) for function, column in zip(self._functions, columns, strict=True))


Tuple = Group


class AsList:
    """The samples in a plain list, for what no array can hold."""

    def __call__(self, data: Sequence[Any]) -> list[Any]:
        return list(data)


List = AsList


def _stack(data: Sequence[NDArray]) -> NDArray:
    if autograd.is_recording():
        from ... import ndarray

        return ndarray.stack(*data, axis=0)
    first = data[0]
    try:
        tensors = [x._plain() for x in data]
        if any(t.dtype is not tensors[0].dtype for t in tensors):
            raise TypeError("types differ")
        return NDArray._wrap(torch.stack(tensors), first._ctx)
    except (AttributeError, RuntimeError, TypeError) as error:
        raise _unequal(data) from error


def _unequal(data: Sequence[Any]) -> MXNetError:
    def form(x: Any) -> str:
        return f"{x.shape} {dtype_name(x._t.dtype)}" if isinstance(x, NDArray) else type(x).__name__

    forms = [form(x) for x in data]
    other = next((i for i, text in enumerate(forms) if text != forms[0]), 0)
    return MXNetError(
        "batchify: samples do not stack into one array",
        received=f"sample 0 is {forms[0]}, sample {other} is {forms[other]}",
        because="the samples of a batch have one shape and one type",
        hint="Resize or pad them, or DataLoader(..., batchify_fn=gluon.data.batchify.Pad())",
    )


def _as_numpy(data: Sequence[Any]) -> np.ndarray:
    try:
        array = np.array(data)
        to_torch(array.dtype)
    except ValueError as error:
        shapes = [np.shape(x) if isinstance(x, np.ndarray) else type(x).__name__ for x in data]
        raise MXNetError(
            "batchify: samples do not stack into one array",
            received=", ".join(str(s) for s in shapes[:4]) + (", ..." if len(shapes) > 4 else ""),
            because="the samples of a batch have one shape",
            hint="DataLoader(..., batchify_fn=gluon.data.batchify.Pad())",
        ) from error
    except TypeError as error:
        raise TypeError(
            message(
                f"batchify: no array can hold samples of type {type(data[0]).__name__}",
                received=repr(data[0])[:60],
                because="a batch is an array of numbers",
                hint="turn them into numbers in the dataset, or DataLoader(..., batchify_fn=list)",
            )
        ) from error
    return array


def _from_numpy(array: np.ndarray) -> NDArray:
    context = current_context()
    return NDArray._wrap(tensor_over(array).to(context.torch_device), context)
