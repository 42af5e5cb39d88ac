"""Comparison of arrays with tolerances that follow the dtype."""

from __future__ import annotations

import numpy as np

# relative, absolute: a few last places of each type, for sums in another order and other maths libraries
TOLERANCES = {"float16": (4e-3, 2e-3), "float32": (2e-5, 2e-6), "float64": (1e-10, 1e-12)}


def assert_same(
    actual: np.ndarray,
    expected: np.ndarray,
    what: str,
    tolerance: tuple[float, float] | None = None,
    nan_is_unknown: bool = False,
) -> None:
    """Compare dtype, shape and values; nan equals nan, and infinities must agree.

    With ``nan_is_unknown`` nothing is asked where nan is expected: MXNet's gradient at such a place is no answer.
    """
    assert actual.dtype == expected.dtype, f"{what}: dtype {actual.dtype}, expected {expected.dtype}"
    assert actual.shape == expected.shape, f"{what}: shape {actual.shape}, expected {expected.shape}"
    if actual.dtype.kind != "f":
        np.testing.assert_array_equal(actual, expected, err_msg=what)
        return
    relative, absolute = tolerance or TOLERANCES[actual.dtype.name]
    if nan_is_unknown:
        actual = np.where(np.isnan(expected), expected, actual)
    np.testing.assert_allclose(
        actual.astype(np.float64), expected.astype(np.float64), rtol=relative, atol=absolute, err_msg=what
    )
