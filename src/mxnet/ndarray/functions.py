"""Functions of ``nd`` that are more than one operator call."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import torch

from ..base import ArgumentError, MXNetError, message
from .creation import array
from .invoke import function_of
from .ndarray import NDArray

__all__ = ["concatenate", "histogram", "moveaxis", "onehot_encode", "split_v2", "waitall"]


def concatenate(arrays: list[NDArray], axis: int = 0, always_copy: bool = True) -> NDArray:
    """Put arrays one behind the other along an axis that is there already.

    With ``always_copy=False`` a single array is returned itself.

    >>> from mxnet import nd
    >>> nd.concatenate([nd.ones((1, 2)), nd.zeros((1, 2))]).shape
    (2, 2)
    """
    if not arrays or not all(isinstance(a, NDArray) for a in arrays):
        raise ArgumentError(message("concatenate: takes a list of NDArrays", received=f"{arrays!r}"[:80]))
    if not always_copy and len(arrays) == 1:
        return arrays[0]
    return function_of("concat")(*arrays, dim=axis)


def histogram(
    a: NDArray, bins: int | NDArray = 10, range: tuple[float, float] | None = None
) -> list[NDArray] | tuple[NDArray, NDArray]:
    """Count the elements in each bin; returns the counts, ``(n,)``, and the bounds of the bins, ``(n + 1,)``.

    Parameters
    ----------
    a : the elements, of any shape.
    bins : how many bins of one width there are, or their bounds, ascending. A bin includes its lower bound, the last
        one both.
    range : the lowest and the highest bound, where ``bins`` is a number. Without it the smallest and largest element,
        and then the counts are float32, as in 1.9.1, else int64.

    Raises
    ------
    ValueError : ``bins`` is neither a number above 0 nor an NDArray.
    MXNetError : the bounds make no bin.

    >>> counts, bounds = nd.histogram(nd.array([1, 2, 2, 3]), bins=2, range=(1, 3))
    >>> counts.asnumpy().tolist(), bounds.asnumpy().tolist()
    ([1, 3], [1.0, 2.0, 3.0])
    """
    if isinstance(bins, NDArray):
        return function_of("_histogram")(a, bins)
    if not isinstance(bins, (int, np.integer)) or isinstance(bins, bool):
        raise ValueError(
            message(
                "histogram: bins argument should be either an integer or an NDArray",
                received=f"{type(bins).__name__} {bins!r}"[:80],
                hint="nd.array(bins)",
            )
        )
    if bins < 1:
        raise ValueError(message("histogram: `bins` must be positive, when an integer", received=str(bins)))
    if range is not None:
        return function_of("_histogram")(a, bin_cnt=int(bins), range=range)
    counts, bounds = np.histogram(a.asnumpy(), bins=bins)
    return array(counts, ctx=a.context), array(bounds, ctx=a.context)


def moveaxis(tensor: NDArray, source: int | tuple[int, ...], destination: int | tuple[int, ...]) -> NDArray:
    """Move axes to other places; the rest stay in order.

    >>> from mxnet import nd
    >>> nd.moveaxis(nd.ones((2, 3, 4)), 0, -1).shape
    (3, 4, 2)
    """
    rank = tensor.ndim
    sources = [source] if isinstance(source, int) else list(source)
    places = [destination] if isinstance(destination, int) else list(destination)
    if len(sources) != len(places):
        raise ValueError(message("`source` and `destination` must have the same number of elements"))
    for axis in (*sources, *places):
        if not -rank <= axis < rank:
            raise ValueError(
                message(f"moveaxis: axis {axis} is not there", received=f"array of shape {tensor.shape}")
            )
    sources, places = [a % rank for a in sources], [a % rank for a in places]
    order = [axis for axis in range(rank) if axis not in sources]
    for place, axis in sorted(zip(places, sources, strict=True)):
        order.insert(place, axis)
    return function_of("transpose")(tensor, axes=tuple(order))


def split_v2(
    ary: NDArray, indices_or_sections: int | tuple[int, ...], axis: int = 0, squeeze_axis: bool = False
) -> list[NDArray]:
    """Cut an array into equal parts, or at the given indices.

    >>> from mxnet import nd
    >>> [part.shape for part in nd.split_v2(nd.arange(5), (2, 3))]
    [(2,), (1,), (2,)]
    """
    if axis < 0:
        axis += ary.ndim
    length = ary.shape[axis]
    if isinstance(indices_or_sections, int):
        if indices_or_sections < 1 or length % indices_or_sections:
            raise ValueError(
                message(
                    "array split does not result in an equal division",
                    received=f"{length} elements in {indices_or_sections} sections",
                )
            )
        width = length // indices_or_sections
        cuts = list(range(width, length, width))
    elif not isinstance(indices_or_sections, (tuple, list)):
        raise ValueError(
            message(
                "indices_or_sections must be either int, or tuple / list / set of ints",
                received=repr(indices_or_sections),
            )
        )
    else:
        cuts = [int(i) for i in indices_or_sections]
        if any(cut > length for cut in cuts):
            raise MXNetError(
                f"split_v2: index {max(cuts)} lies behind the end",
                received=f"indices {tuple(cuts)} for axis {axis} of length {length}",
            )
    bounds = [0, *cuts, length]
    parts = [
        function_of("slice_axis")(ary, axis=axis, begin=begin, end=end)
        for begin, end in itertools.pairwise(bounds)
    ]
    return [function_of("squeeze")(part, axis=axis) for part in parts] if squeeze_axis else parts


def onehot_encode(indices: NDArray, out: NDArray) -> NDArray:
    """Write the one-hot rows of ``indices`` into ``out`` (deprecated spelling of `one_hot`).

    >>> from mxnet import nd
    >>> nd.onehot_encode(nd.array([1, 0]), nd.empty((2, 3))).asnumpy().tolist()
    [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
    """
    if out.ndim != 2:
        raise MXNetError("onehot_encode: out has two axes", received=f"shape {out.shape}")
    return function_of("one_hot")(indices, depth=out.shape[1], out=out)


def waitall() -> None:
    """Return when everything that was started is done (at once on a CPU).

    >>> from mxnet import nd
    >>> y = nd.dot(nd.ones((2, 2)), nd.ones((2, 2)))
    >>> nd.waitall()
    """
    for kind in ("cuda", "xpu", "mps"):
        module: Any = getattr(torch, kind, None)
        if module is not None and getattr(module, "is_available", lambda: False)():
            module.synchronize()
