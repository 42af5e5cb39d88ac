"""Symbols without inputs: arrays of zeros, ranges; and functions that are more than one name of an operator."""

from __future__ import annotations

from typing import Any

from ..base import message
from .functions import function_of
from .symbol import Symbol

__all__ = ["arange", "concatenate", "eye", "full", "histogram", "linspace", "ones", "split_v2", "zeros"]


def zeros(shape: Any, dtype: Any = None, **kwargs: Any) -> Symbol:
    """Zeros of a shape.

    >>> from mxnet import sym
    >>> sym.zeros((2, 3)).eval()[0].shape
    (2, 3)
    """
    return function_of("_zeros")(shape=shape, dtype=dtype or "float32", **kwargs)


def ones(shape: Any, dtype: Any = None, **kwargs: Any) -> Symbol:
    """Ones of a shape.

    >>> from mxnet import sym
    >>> sym.ones((2,)).eval()[0].asnumpy().tolist()
    [1.0, 1.0]
    """
    return function_of("_ones")(shape=shape, dtype=dtype or "float32", **kwargs)


def full(shape: Any, val: float, dtype: Any = None, **kwargs: Any) -> Symbol:
    """One value in a shape.

    >>> from mxnet import sym
    >>> sym.full((2,), 7).eval()[0].asnumpy().tolist()
    [7.0, 7.0]
    """
    return function_of("_full")(shape=shape, dtype=dtype or "float32", value=float(val), **kwargs)


def arange(
    start: float,
    stop: float | None = None,
    step: float = 1.0,
    repeat: int = 1,
    infer_range: bool = False,
    name: str | None = None,
    dtype: Any = None,
) -> Symbol:
    """``start, start + step, ...`` up to and without ``stop``, each ``repeat`` times.

    >>> from mxnet import sym
    >>> sym.arange(1, 4).eval()[0].asnumpy().tolist()
    [1.0, 2.0, 3.0]
    """
    return function_of("_arange")(
        start=start,
        stop=stop,
        step=step,
        repeat=repeat,
        infer_range=infer_range,
        name=name,
        dtype=dtype or "float32",
    )


def linspace(
    start: float, stop: float, num: int, endpoint: bool = True, name: str | None = None, dtype: Any = None
) -> Symbol:
    """``num`` numbers from ``start`` to ``stop``, at equal distances.

    >>> from mxnet import sym
    >>> sym.linspace(0, 1, 3).eval()[0].asnumpy().tolist()
    [0.0, 0.5, 1.0]
    """
    return function_of("_linspace")(
        start=start, stop=stop, num=num, endpoint=endpoint, name=name, dtype=dtype or "float32"
    )


def eye(N: int, M: int = 0, k: int = 0, dtype: Any = None, **kwargs: Any) -> Symbol:
    """Ones on the ``k``-th diagonal of an ``(N, M)`` matrix of zeros.

    >>> from mxnet import sym
    >>> sym.eye(2).eval()[0].asnumpy().tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    return function_of("_eye")(N=N, M=M, k=k, dtype=dtype or "float32", **kwargs)


def concatenate(arrays: list[Symbol], axis: int = 0) -> Symbol:
    """Arrays one behind the other along ``axis``."""
    return function_of("concat")(*arrays, dim=axis)


def split_v2(ary: Symbol, indices_or_sections: Any, axis: int = 0, squeeze_axis: bool = False) -> Symbol:
    """Cut an array into equal parts, or at the given indices.

    >>> from mxnet import sym
    >>> len(sym.split_v2(sym.var("x"), (2, 3)))
    3
    """
    if isinstance(indices_or_sections, int):
        cuts: dict[str, Any] = {"indices": [], "sections": indices_or_sections}
    elif isinstance(indices_or_sections, (list, tuple, set)):
        cuts = {"indices": [0, *indices_or_sections], "sections": 0}
    else:
        raise ValueError(
            message(
                "indices_or_sections must either int or tuple / list / set of ints",
                received=repr(indices_or_sections),
            )
        )
    return function_of("_split_v2")(ary, axis=axis, squeeze_axis=squeeze_axis, **cuts)


def histogram(a: Symbol, bins: Any = 10, range: Any = None, **kwargs: Any) -> Symbol:
    """Count the elements in each bin; the counts and the bounds of the bins."""
    if isinstance(bins, Symbol):
        return function_of("_histogram")(a, bins, **kwargs)
    if range is None:
        raise ValueError(
            message("null range is not supported in symbol mode", hint="range=(lowest, highest)")
        )
    return function_of("_histogram")(a, bin_cnt=bins, range=range, **kwargs)
