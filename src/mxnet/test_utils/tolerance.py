"""How far apart two numbers may be and count as equal: by type, after MXNet 1.9.1."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = [
    "default_atols",
    "default_numeric_eps",
    "default_rtols",
    "effective_dtype",
    "get_atol",
    "get_etol",
    "get_rtol",
    "get_tolerance",
    "get_tols",
]

Tolerances = dict[np.dtype[Any], float]
_DOUBLE = np.dtype("float64")
_EXACT = ("bool", "int8", "uint8", "int32", "uint32", "int64", "uint64")


def default_rtols() -> Tolerances:
    """The relative tolerance of each type; whole numbers are compared exactly.

    >>> default_rtols()[np.dtype("float32")]
    0.0001
    """
    return _by_type(float16=1e-2, float32=1e-4, float64=1e-5)


def default_atols() -> Tolerances:
    """The absolute tolerance of each type.

    >>> default_atols()[np.dtype("float32")]
    0.001
    """
    return _by_type(float16=1e-1, float32=1e-3, float64=1e-20)


def default_numeric_eps() -> Tolerances:
    """The step of a numeric gradient in each type: a power of two, so that adding it is exact.

    >>> default_numeric_eps()[np.dtype("float32")] == 2.0**-9
    True
    """
    return {np.dtype("float16"): 2.0**-6, np.dtype("float32"): 2.0**-9, np.dtype("float64"): 2.0**-14}


def effective_dtype(dat: Any) -> np.dtype[Any]:
    """The type whose precision the numbers of an array have.

    >>> effective_dtype(np.zeros(2, "float16"))
    dtype('float16')
    """
    return np.dtype(dat.dtype)


def get_tolerance(dat: Any, tol: float | Tolerances | None, default_tol: Tolerances) -> float:
    """The tolerance for ``dat``: ``tol``, or its entry for the type of ``dat``, or that of ``default_tol``.

    >>> get_tolerance(np.zeros(2), None, default_rtols()), get_tolerance(np.zeros(2), 0.5, default_rtols())
    (1e-05, 0.5)
    """
    if tol is not None and not isinstance(tol, dict):
        return tol
    dtype = effective_dtype(dat)
    table = default_tol if tol is None else {np.dtype(key): value for key, value in tol.items()}
    return table.get(dtype, 0)


def get_tols(
    x: Any, y: Any, rtol: float | Tolerances | None, atol: float | Tolerances | None
) -> tuple[float, float]:
    """The relative and the absolute tolerance for two arrays: the larger of what each one's type asks for.

    >>> get_tols(np.zeros(2, "float16"), np.zeros(2), None, None)
    (0.01, 0.1)
    """
    arrays = [np.asarray(each, "float64") if not hasattr(each, "dtype") else each for each in (x, y)]
    relative = max(get_tolerance(each, rtol, default_rtols()) for each in arrays)
    absolute = max(get_tolerance(each, atol, default_atols()) for each in arrays)
    return relative, absolute


def get_rtol(rtol: float | None = None, dtype: Any = _DOUBLE) -> float:
    """``rtol``, or the default of the type."""
    return default_rtols()[np.dtype(dtype)] if rtol is None else rtol


def get_atol(atol: float | None = None, dtype: Any = _DOUBLE) -> float:
    """``atol``, or the default of the type."""
    return default_atols()[np.dtype(dtype)] if atol is None else atol


def get_etol(etol: float | None = None) -> float:
    """``etol``, the share of elements that may differ, or 0."""
    return 0 if etol is None else etol


def _by_type(**floats: float) -> Tolerances:
    exact: Tolerances = {np.dtype(name): 0 for name in _EXACT}
    return {**{np.dtype(name): value for name, value in floats.items()}, **exact}
