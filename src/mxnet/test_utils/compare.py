"""Comparisons of arrays, as answers and as assertions. NDArrays, NumPy arrays, lists and numbers are all taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..base import message
from ..ndarray import NDArray
from .tolerance import Tolerances, get_etol, get_tols

__all__ = [
    "almost_equal",
    "assert_allclose",
    "assert_almost_equal",
    "assert_almost_equal_ignore_nan",
    "assert_almost_equal_with_err",
    "assert_exception",
    "checkShapes",
    "compare_ndarray_tuple",
    "locationError",
    "same",
    "same_array",
]

Tolerance = float | Tolerances | None


def same(a: Any, b: Any) -> bool:
    """Whether two arrays have one shape and equal elements.

    >>> same(np.array([1, 2]), np.array([1, 2])), same(np.ones(2), np.ones(3))
    (True, False)
    """
    return np.array_equal(_as_numpy(a), _as_numpy(b))


def same_array(array1: NDArray, array2: NDArray) -> bool:
    """Whether two NDArrays of one shape stand in the same memory: a write into one shows in the other.

    >>> x = nd.ones((2, 3))
    >>> same_array(x[0], x[0]), same_array(x, x.copy())
    (True, False)
    """
    first, second = array1._plain(), array2._plain()
    return first.shape == second.shape and first.data_ptr() == second.data_ptr()


def almost_equal(
    a: Any,
    b: Any,
    rtol: Tolerance = None,
    atol: Tolerance = None,
    equal_nan: bool = False,
    use_broadcast: bool = True,
) -> bool:
    """Whether ``abs(a - b) <= atol + rtol * abs(b)`` everywhere.

    Parameters
    ----------
    rtol, atol : numbers, or one for each type in a dictionary; by default those of the types (`get_tols`).
    equal_nan : whether nan equals nan.
    use_broadcast : False asks for one shape.

    >>> almost_equal(np.array([1.0]), np.array([1.0001])), almost_equal(np.ones(1), np.ones(1) + 1e-9)
    (False, True)
    """
    x, y = _as_numpy(a), _as_numpy(b)
    if not use_broadcast:
        checkShapes(x, y)
    rtol, atol = get_tols(x, y, rtol, atol)
    return bool(np.allclose(x, y, rtol=rtol, atol=atol, equal_nan=equal_nan))


def assert_almost_equal(
    a: Any,
    b: Any,
    rtol: Tolerance = None,
    atol: Tolerance = None,
    names: tuple[str, str] = ("a", "b"),
    equal_nan: bool = False,
    use_broadcast: bool = True,
    mismatches: tuple[int, int] = (10, 10),
) -> None:
    """Raise an error that shows the largest differences unless `almost_equal`.

    Parameters
    ----------
    rtol, atol, equal_nan, use_broadcast : see `almost_equal`.
    names : what to call the two in the error.
    mismatches : the error lists up to ``mismatches[0]`` places, the worst first, and says "at least" instead of the
        share of all elements where more than ``mismatches[1]`` differ.

    Raises
    ------
    AssertionError : the arrays differ.

    >>> assert_almost_equal(nd.array([1, 2]), np.array([1, 2.00001]))
    >>> assert_almost_equal(np.array([1.0, 2.0]), np.array([1.0, 4.0]))
    Traceback (most recent call last):
    AssertionError: Items are not equal: Error 50000.000000 exceeds tolerance rtol=1.000000e-05, atol=1.000000e-20
      received: a (2,) float64, b (2,) float64
      because:  1 of 2 elements differ (50.000000%)
      1: Error 50000.000000  Location of error: (1,), a=2.00000000, b=4.00000000
    """
    x, y = _as_numpy(a), _as_numpy(b)
    if not use_broadcast:
        checkShapes(x, y)
    rtol, atol = get_tols(x, y, rtol, atol)
    if np.allclose(x, y, rtol=rtol, atol=atol, equal_nan=equal_nan):
        return
    raise AssertionError(_differences(x, y, rtol, atol, names, equal_nan, mismatches))


def assert_almost_equal_with_err(
    a: Any,
    b: Any,
    rtol: Tolerance = None,
    atol: Tolerance = None,
    etol: float | None = None,
    names: tuple[str, str] = ("a", "b"),
    equal_nan: bool = False,
    mismatches: tuple[int, int] = (10, 10),
) -> None:
    """`assert_almost_equal`, but a share ``etol`` of the elements may differ.

    >>> assert_almost_equal_with_err(np.array([1.0, 2.0]), np.array([1.0, 4.0]), etol=0.5)
    """
    x, y = _as_numpy(a), _as_numpy(b)
    rtol, atol = get_tols(x, y, rtol, atol)
    etol = get_etol(etol)
    if etol:
        equal = np.isclose(x, y, rtol=rtol, atol=atol, equal_nan=equal_nan)
        if equal.size - np.count_nonzero(equal) <= etol * equal.size:
            return
    assert_almost_equal(x, y, rtol, atol, names, equal_nan, mismatches=mismatches)


def assert_almost_equal_ignore_nan(
    a: Any, b: Any, rtol: Tolerance = None, atol: Tolerance = None, names: tuple[str, str] = ("a", "b")
) -> None:
    """`assert_almost_equal` where neither is nan.

    >>> assert_almost_equal_ignore_nan(np.array([1.0, np.nan]), np.array([1.0, 2.0]))
    """
    x, y = np.copy(_as_numpy(a)), np.copy(_as_numpy(b))
    unknown = np.logical_or(np.isnan(x), np.isnan(y))
    x[unknown] = 0
    y[unknown] = 0
    assert_almost_equal(x, y, rtol, atol, names)


def assert_allclose(a: Any, b: Any, rtol: float = 1e-07, atol: float = 0, equal_nan: bool = True) -> None:
    """`assert_almost_equal` with the tolerances of ``numpy.testing.assert_allclose``."""
    assert_almost_equal(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan)


def assert_exception(
    f: Callable[..., Any], exception_type: type[BaseException], *args: Any, **kwargs: Any
) -> None:
    """Raise unless ``f(*args, **kwargs)`` raises ``exception_type``; other exceptions pass through.

    >>> assert_exception(int, ValueError, "one")
    """
    try:
        f(*args, **kwargs)
    except exception_type:
        return
    name = getattr(f, "__name__", repr(f))
    raise AssertionError(message(f"{name} did not raise {exception_type.__name__}"))


def checkShapes(a: Any, b: Any) -> None:
    """Raise unless two arrays have one shape."""
    if a.shape != b.shape:
        raise AssertionError(
            message(
                f"Items are not equal: a.shape = {tuple(a.shape)} and b.shape = {tuple(b.shape)} are not equal"
            )
        )


def compare_ndarray_tuple(t1: Any, t2: Any, rtol: Tolerance = None, atol: Tolerance = None) -> None:
    """`assert_almost_equal` on arrays, None, or tuples of them to any depth.

    >>> compare_ndarray_tuple((nd.ones(2), None), (nd.ones(2), None))
    """
    if t1 is None or t2 is None:
        return
    if isinstance(t1, tuple):
        for one, other in zip(t1, t2, strict=True):
            compare_ndarray_tuple(one, other, rtol, atol)
        return
    assert_almost_equal(t1, t2, rtol=rtol, atol=atol)


def locationError(
    a: Any,
    b: Any,
    index: tuple[int, ...],
    names: tuple[str, str],
    maxError: bool = False,
) -> str:
    """One line on the elements at ``index``.

    >>> locationError(np.array([1.0]), np.array([2.0]), (0,), ("x", "y"))
    'Location of error: (0,), x=1.00000000, y=2.00000000'
    """
    place = tuple(int(i) for i in index)
    worst = "maximum error" if maxError else "error"
    return f"Location of {worst}: {place}, {names[0]}={a[index]:.8f}, {names[1]}={b[index]:.8f}"


def _as_numpy(value: Any) -> np.ndarray:
    return value.asnumpy() if isinstance(value, NDArray) else np.asarray(value)


def _differences(
    a: np.ndarray,
    b: np.ndarray,
    rtol: float,
    atol: float,
    names: tuple[str, str],
    equal_nan: bool,
    mismatches: tuple[int, int],
) -> str:
    """What the error says: how far beyond the tolerance, how many elements, and the worst of them."""
    x, y = np.broadcast_arrays(a, b)
    differs = ~np.isclose(x, y, rtol=rtol, atol=atol, equal_nan=equal_nan)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        wide_x, wide_y = x.astype("float64"), y.astype("float64")
        excess = np.abs(wide_x - wide_y) / (atol + rtol * np.abs(wide_y))
    excess = np.where(np.isnan(excess), np.inf, excess)[differs]
    count, share = int(differs.sum()), 100.0 * differs.mean()
    places = np.argwhere(differs)[np.argsort(-excess, kind="stable")][: mismatches[0]]
    worst = np.sort(excess)[::-1]
    shown = f"{share:f}%" if count <= mismatches[1] else f"at least {100.0 * mismatches[1] / differs.size:f}%"
    lines = [
        f"  {rank}: Error {error:f}  {locationError(x, y, tuple(place), names)}"
        for rank, (place, error) in enumerate(zip(places, worst[: mismatches[0]], strict=True), 1)
    ]
    first = message(
        f"Items are not equal: Error {worst[0]:f} exceeds tolerance rtol={rtol:e}, atol={atol:e}",
        received=f"{names[0]} {a.shape} {a.dtype}, {names[1]} {b.shape} {b.dtype}",
        because=f"{count} of {differs.size} elements differ ({shown})",
    )
    return "\n".join([first, *lines])
