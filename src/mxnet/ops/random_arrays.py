"""Random operators that take an array for each parameter, and those that copy an array's shape and type.

``sample_*``: parameter arrays of one shape ``P``; ``shape`` draws for each entry, result ``P + shape``.
``random_*_like``: the numbers of ``random_*`` in the shape and type of ``data``.
"""

from __future__ import annotations

from typing import Any

import torch

from . import random
from .random import as_float, as_size
from .registry import OperatorError, operator
from .stream import RandomStream

Tensor = torch.Tensor
Size = int | tuple[int, ...] | None


@operator("_sample_uniform", aliases=("sample_uniform",), random=True, differentiable=False)
def sample_uniform(
    low: Tensor, high: Tensor, *, shape: Size = None, dtype: Any = None, generator: RandomStream
) -> Tensor:
    """Uniform on ``[low, high)``, entry by entry.

    >>> mx.random.seed(0)
    >>> nd.sample_uniform(nd.array([0, 10]), nd.array([1, 20]), shape=3)
    <BLANKLINE>
    [[ 0.5488135   0.5928446   0.71518934]
     [18.442657   16.027634   18.579456  ]]
    <NDArray 2x3 @cpu(0)>
    """
    _same_shape(low=low, high=high)
    return generator.uniform(_draws(shape), low, high, as_float(dtype))


@operator("_sample_normal", aliases=("sample_normal",), random=True, differentiable=False)
def sample_normal(
    mu: Tensor, sigma: Tensor, *, shape: Size = None, dtype: Any = None, generator: RandomStream
) -> Tensor:
    """Normal with mean ``mu`` and standard deviation ``sigma``, entry by entry."""
    _same_shape(mu=mu, sigma=sigma)
    return generator.normal(_draws(shape), mu, sigma, as_float(dtype))


@operator("_sample_exponential", aliases=("sample_exponential",), random=True, differentiable=False)
def sample_exponential(
    lam: Tensor, *, shape: Size = None, dtype: Any = None, generator: RandomStream
) -> Tensor:
    """Exponential with rate ``lam``, entry by entry."""
    _each(lam > 0, "lam", "positive")
    return generator.exponential(_draws(shape), lam, as_float(dtype))


@operator("_sample_gamma", aliases=("sample_gamma",), random=True, differentiable=False)
def sample_gamma(
    alpha: Tensor, beta: Tensor, *, shape: Size = None, dtype: Any = None, generator: RandomStream
) -> Tensor:
    """Gamma with shape ``alpha`` and scale ``beta``, entry by entry."""
    _same_shape(alpha=alpha, beta=beta)
    _each(alpha > 0, "alpha", "positive")
    _each(beta > 0, "beta", "positive")
    return generator.gamma(_draws(shape), alpha, beta, as_float(dtype))


@operator("_sample_poisson", aliases=("sample_poisson",), random=True, differentiable=False)
def sample_poisson(lam: Tensor, *, shape: Size = None, dtype: Any = None, generator: RandomStream) -> Tensor:
    """Poisson with mean ``lam``, entry by entry."""
    _each((lam >= 0) & lam.isfinite(), "lam", "non-negative and finite")
    return generator.poisson(_draws(shape), lam, as_float(dtype))


@operator(
    "_sample_negative_binomial", aliases=("sample_negative_binomial",), random=True, differentiable=False
)
def sample_negative_binomial(
    k: Tensor, p: Tensor, *, shape: Size = None, dtype: Any = None, generator: RandomStream
) -> Tensor:
    """Failures before the ``k``-th success, each trial succeeding with probability ``p``, entry by entry."""
    _same_shape(k=k, p=p)
    _each(k >= 0, "k", "non-negative")
    _each((p > 0) & (p <= 1), "p", "above 0 and at most 1")
    return generator.negative_binomial(_draws(shape), k, p, as_float(dtype))


@operator(
    "_sample_generalized_negative_binomial",
    aliases=("sample_generalized_negative_binomial",),
    random=True,
    differentiable=False,
)
def sample_generalized_negative_binomial(
    mu: Tensor, alpha: Tensor, *, shape: Size = None, dtype: Any = None, generator: RandomStream
) -> Tensor:
    """Negative binomial with mean ``mu`` and variance ``mu + alpha * mu**2``, entry by entry."""
    _same_shape(mu=mu, alpha=alpha)
    _each((mu >= 0) & mu.isfinite(), "mu", "non-negative and finite")
    _each((alpha >= 0) & alpha.isfinite(), "alpha", "non-negative and finite")
    return generator.generalized_negative_binomial(_draws(shape), mu, alpha, as_float(dtype))


@operator("_random_uniform_like", aliases=("random_uniform_like",), random=True, differentiable=False)
def random_uniform_like(
    data: Tensor, *, low: float = 0.0, high: float = 1.0, generator: RandomStream
) -> Tensor:
    """Uniform on ``[low, high)``, in the shape and type of ``data``.

    >>> from mxnet import nd
    >>> nd.random_uniform_like(nd.ones((2, 3)), low=1, high=2).shape
    (2, 3)
    """
    return random.random_uniform(
        low=low, high=high, shape=tuple(data.shape), dtype=data.dtype, generator=generator
    )


@operator("_random_normal_like", aliases=("random_normal_like",), random=True, differentiable=False)
def random_normal_like(
    data: Tensor, *, loc: float = 0.0, scale: float = 1.0, generator: RandomStream
) -> Tensor:
    """Normal with mean ``loc`` and standard deviation ``scale``, in the shape and type of ``data``.

    >>> from mxnet import nd
    >>> nd.random_normal_like(nd.ones((2, 3)), loc=5).shape
    (2, 3)
    """
    return random.random_normal(
        loc=loc, scale=scale, shape=tuple(data.shape), dtype=data.dtype, generator=generator
    )


@operator("_random_exponential_like", aliases=("random_exponential_like",), random=True, differentiable=False)
def random_exponential_like(data: Tensor, *, lam: float = 1.0, generator: RandomStream) -> Tensor:
    """Exponential with rate ``lam``, in the shape and type of ``data``.

    >>> from mxnet import nd
    >>> nd.random_exponential_like(nd.ones((2, 3)), lam=2).shape
    (2, 3)
    """
    return random.random_exponential(lam=lam, shape=tuple(data.shape), dtype=data.dtype, generator=generator)


@operator("_random_gamma_like", aliases=("random_gamma_like",), random=True, differentiable=False)
def random_gamma_like(
    data: Tensor, *, alpha: float = 1.0, beta: float = 1.0, generator: RandomStream
) -> Tensor:
    """Gamma with shape ``alpha`` and scale ``beta``, in the shape and type of ``data``.

    >>> from mxnet import nd
    >>> nd.random_gamma_like(nd.ones((2, 3)), alpha=3).shape
    (2, 3)
    """
    return random.random_gamma(
        alpha=alpha, beta=beta, shape=tuple(data.shape), dtype=data.dtype, generator=generator
    )


@operator("_random_poisson_like", aliases=("random_poisson_like",), random=True, differentiable=False)
def random_poisson_like(data: Tensor, *, lam: float = 1.0, generator: RandomStream) -> Tensor:
    """Poisson with mean ``lam``, in the shape and type of ``data``.

    >>> from mxnet import nd
    >>> nd.random_poisson_like(nd.ones((2, 3)), lam=4).shape
    (2, 3)
    """
    return random.random_poisson(lam=lam, shape=tuple(data.shape), dtype=data.dtype, generator=generator)


@operator(
    "_random_negative_binomial_like",
    aliases=("random_negative_binomial_like",),
    random=True,
    differentiable=False,
)
def random_negative_binomial_like(
    data: Tensor, *, k: int = 1, p: float = 1.0, generator: RandomStream
) -> Tensor:
    """Negative binomial, in the shape and type of ``data``.

    >>> from mxnet import nd
    >>> nd.random_negative_binomial_like(nd.ones((2, 3)), k=3, p=0.5).shape
    (2, 3)
    """
    return random.random_negative_binomial(
        k=k, p=p, shape=tuple(data.shape), dtype=data.dtype, generator=generator
    )


@operator(
    "_random_generalized_negative_binomial_like",
    aliases=("random_generalized_negative_binomial_like",),
    random=True,
    differentiable=False,
)
def random_generalized_negative_binomial_like(
    data: Tensor, *, mu: float = 1.0, alpha: float = 1.0, generator: RandomStream
) -> Tensor:
    """Generalized negative binomial, in the shape and type of ``data``.

    >>> from mxnet import nd
    >>> nd.random_generalized_negative_binomial_like(nd.ones((2, 3)), mu=2, alpha=0.5).shape
    (2, 3)
    """
    return random.random_generalized_negative_binomial(
        mu=mu, alpha=alpha, shape=tuple(data.shape), dtype=data.dtype, generator=generator
    )


def _draws(shape: Size) -> tuple[int, ...]:
    return () if shape is None else as_size(shape)


def _same_shape(**parameters: Tensor) -> None:
    (one, first), (other, second) = parameters.items()
    if first.shape != second.shape:
        raise OperatorError(
            "arrays of different shapes", because=f"{one} and {other} are taken entry by entry"
        )


def _each(holds: Tensor, name: str, rule: str) -> None:
    if not bool(holds.all()):
        raise OperatorError("bad parameter", because=f"every entry of {name} has to be {rule}")
