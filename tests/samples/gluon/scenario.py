"""A scenario: a few lines of Gluon that return arrays or a text, run with the real MXNet and with Glueball."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np


@dataclasses.dataclass(frozen=True)
class Scenario:
    """One program as a function of the ``mxnet`` module.

    Attributes
    ----------
    id : unique in its family.
    run : returns arrays (a list), or a text.
    needs : dotted names below ``mx`` without which Glueball does not have this yet.
    tolerance : relative and absolute; None takes the dtype's.
    """

    id: str
    run: Callable[[Any], list[np.ndarray] | str]
    needs: tuple[str, ...] = ()
    tolerance: tuple[float, float] | None = None


def fill(net: Any, mx: Any, seed: int = 3, scale: float = 0.5) -> Any:
    """Give every parameter of an initialised net fixed values, whatever the initialiser did; returns the net."""
    source = np.random.RandomState(seed)
    for name, parameter in net.collect_params().items():
        values = source.standard_normal(parameter.shape) * scale
        if name.endswith(("gamma", "running_var")):
            values = np.abs(values) + 0.5
        parameter.set_data(mx.nd.array(values, dtype=parameter.dtype))
    return net


def numbers(*shape: int, seed: int = 5, dtype: str = "float32") -> np.ndarray:
    """Fixed standard normal numbers."""
    return np.random.RandomState(seed).standard_normal(shape).astype(dtype)


def labels(count: int, classes: int, seed: int = 6) -> np.ndarray:
    """Fixed class numbers as MXNet likes them, in float32."""
    return np.random.RandomState(seed).randint(0, classes, count).astype("float32")
