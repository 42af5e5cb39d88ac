"""Initialisers that fill by a rule: constants, random numbers, orthogonal rows, kernels."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import torch

from .. import random
from ..base import message
from ..ndarray import NDArray
from .base import Initializer, alias, register

__all__ = [
    "Bilinear",
    "Constant",
    "MSRAPrelu",
    "Normal",
    "One",
    "Orthogonal",
    "Uniform",
    "Xavier",
    "Zero",
]


@alias("zeros")
@register
class Zero(Initializer):
    """Zeros."""

    def __init__(self) -> None:
        super().__init__()

    def _init_weight(self, _: str, arr: NDArray) -> None:
        arr[:] = 0


@alias("ones")
@register
class One(Initializer):
    """Ones."""

    def __init__(self) -> None:
        super().__init__()

    def _init_weight(self, _: str, arr: NDArray) -> None:
        arr[:] = 1


@register
class Constant(Initializer):
    """One value everywhere, or the elements of an array of the parameter's shape.

    >>> from mxnet import init, nd
    >>> x = nd.zeros((2,))
    >>> init.Constant(3)(init.InitDesc("weight"), x)
    >>> x.asnumpy().tolist()
    [3.0, 3.0]
    """

    def __init__(self, value: Any) -> None:
        super().__init__(value=value)
        self.value = value

    def _init_weight(self, _: str, arr: NDArray) -> None:
        arr[:] = self.value

    def dumps(self) -> str:
        """The text that `create` reads; an array becomes a list."""
        value = self.value
        if isinstance(value, (NDArray, np.ndarray)):
            value = (value.asnumpy() if isinstance(value, NDArray) else value).tolist()
        return json.dumps([type(self).__name__.lower(), {"value": value}])

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.dumps() == other.dumps()  # type: ignore[attr-defined]

    __hash__ = object.__hash__


@register
class Uniform(Initializer):
    """Uniform on ``[-scale, scale)``; the default of ``initialize()``, with scale 0.07."""

    def __init__(self, scale: float = 0.07) -> None:
        super().__init__(scale=scale)
        self.scale = scale

    def _init_weight(self, _: str, arr: NDArray) -> None:
        _uniform(arr, self.scale)


@register
class Normal(Initializer):
    """Normal with mean 0 and standard deviation ``sigma``."""

    def __init__(self, sigma: float = 0.01) -> None:
        super().__init__(sigma=sigma)
        self.sigma = sigma

    def _init_weight(self, _: str, arr: NDArray) -> None:
        _normal(arr, self.sigma)


@register
class Orthogonal(Initializer):
    """An orthogonal matrix, times ``scale``: the rows (or columns) of ``(shape[0], rest)`` are orthonormal.

    Parameters
    ----------
    scale : length of each row; 1.414 suits relu.
    rand_type : ``'uniform'`` or ``'normal'``, the random matrix whose singular vectors are taken.

    Rows may have other signs than in 1.9.1: NumPy's decomposition leaves them to the linear algebra library.

    Source: Saxe et al., arXiv:1312.6120.
    """

    def __init__(self, scale: float = 1.414, rand_type: str = "uniform") -> None:
        super().__init__(scale=scale, rand_type=rand_type)
        self.scale = scale
        self.rand_type = rand_type

    def _init_weight(self, name: str, arr: NDArray) -> None:
        if not arr.shape:
            raise ValueError(message(f"Orthogonal: {name} is one number, no matrix", received="shape ()"))
        rows = arr.shape[0]
        shape = (rows, math.prod(arr.shape[1:]))
        stream = random.stream()
        if self.rand_type == "uniform":
            drawn = stream.uniform(shape, -1.0, 1.0)
        elif self.rand_type == "normal":
            drawn = stream.normal(shape, 0.0, 1.0)
        else:
            raise ValueError(
                message("Orthogonal: rand_type is 'uniform' or 'normal'", received=repr(self.rand_type))
            )
        left, _values, right = np.linalg.svd(drawn.cpu().numpy(), full_matrices=False)
        basis = left if left.shape == shape else right
        arr[:] = (self.scale * basis).reshape(arr.shape)


@register
class Xavier(Initializer):
    """Random numbers whose size keeps the variance of the signal from layer to layer.

    ``scale = sqrt(magnitude / factor)``; factor is the number of inputs (``'in'``), of outputs (``'out'``) or the
    mean of both (``'avg'``). ``'uniform'`` draws from ``[-scale, scale)``, ``'gaussian'`` with that deviation.

    Raises ``ValueError`` for a parameter of fewer than two axes.

    Source: Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks (2010).
    """

    def __init__(self, rnd_type: str = "uniform", factor_type: str = "avg", magnitude: float = 3) -> None:
        super().__init__(rnd_type=rnd_type, factor_type=factor_type, magnitude=magnitude)
        self.rnd_type = rnd_type
        self.factor_type = factor_type
        self.magnitude = float(magnitude)

    def _init_weight(self, name: str, arr: NDArray) -> None:
        shape = arr.shape
        if len(shape) < 2:
            raise ValueError(
                message(
                    f"Xavier initializer cannot be applied to vector {name}. It requires at least 2D.",
                    received=f"shape {shape}",
                    hint="another initialiser for this parameter, such as bias_initializer='zeros'",
                )
            )
        window = math.prod(shape[2:])
        inputs, outputs = shape[1] * window, shape[0] * window
        factors = {"avg": (inputs + outputs) / 2.0, "in": inputs, "out": outputs}
        if self.factor_type not in factors:
            raise ValueError(
                message("Incorrect factor type", received=repr(self.factor_type), hint="'avg', 'in' or 'out'")
            )
        scale = math.sqrt(self.magnitude / factors[self.factor_type])
        if self.rnd_type == "uniform":
            _uniform(arr, scale)
        elif self.rnd_type == "gaussian":
            _normal(arr, scale)
        else:
            raise ValueError(
                message("Unknown random type", received=repr(self.rnd_type), hint="'uniform' or 'gaussian'")
            )


@register
class MSRAPrelu(Xavier):
    """`Xavier` for (leaky) rectifiers: gaussian, ``magnitude = 2 / (1 + slope**2)``.

    Source: He et al., arXiv:1502.01852.
    """

    def __init__(self, factor_type: str = "avg", slope: float = 0.25) -> None:
        super().__init__("gaussian", factor_type, 2.0 / (1 + slope**2))
        self._kwargs = {"factor_type": factor_type, "slope": slope}


@register
class Bilinear(Initializer):
    """The kernel of bilinear interpolation for upsampling, in every channel: shape ``(out, in, height, width)``.

    ``k[y, x] = (1 - abs(y / f - c)) * (1 - abs(x / f - c))`` with ``f = ceil(width / 2)`` and
    ``c = (2 * f - 1 - f % 2) / (2 * f)``.

    Raises ``ValueError`` for a parameter that has not four axes.

    >>> from mxnet import init, nd
    >>> kernel = nd.zeros((1, 1, 3, 3))
    >>> init.Bilinear()("up_weight", kernel)
    >>> kernel[0, 0, 1].asnumpy().tolist()
    [0.1875, 0.5625, 0.5625]
    """

    def __init__(self) -> None:
        super().__init__()

    def _init_weight(self, name: str, arr: NDArray) -> None:
        if len(arr.shape) != 4:
            raise ValueError(
                message(
                    f"Bilinear initializer cannot be applied to {name}",
                    received=f"shape {arr.shape}",
                    because="it fills kernels (out, in, height, width)",
                )
            )
        height, width = arr.shape[2:]
        factor = math.ceil(width / 2.0)
        centre = (2 * factor - 1 - factor % 2) / (2.0 * factor)
        columns = 1 - np.abs(np.arange(width) / factor - centre)
        rows = 1 - np.abs(np.arange(height) / factor - centre)
        arr[:] = np.broadcast_to(np.outer(rows, columns), arr.shape).astype("float32")


def _uniform(arr: NDArray, scale: float) -> None:
    _write(arr, random.stream(arr._ctx).uniform(arr.shape, -scale, scale, _drawn_type(arr)))


def _normal(arr: NDArray, sigma: float) -> None:
    _write(arr, random.stream(arr._ctx).normal(arr.shape, 0.0, sigma, _drawn_type(arr)))


def _drawn_type(arr: NDArray) -> torch.dtype:
    return arr._t.dtype if arr._t.is_floating_point() else torch.float32


def _write(arr: NDArray, values: torch.Tensor) -> None:
    arr._t.data.copy_(values)
