"""Random operators with numbers for parameters, and those over whole arrays: multinomial, shuffle.

Each draws from the stream it is given (``generator``); what numbers come is the stream's matter. The forms that take
an array for each parameter are in `random_arrays`.
"""

from __future__ import annotations

import math
from typing import Any

import torch

from .. import dtype as dtypes
from .registry import OperatorError, operator
from .stream import RandomStream

__all__ = ["as_float", "as_size"]

Tensor = torch.Tensor
Size = int | tuple[int, ...] | None

_FLOATS = ("float16", "float32", "float64")
_INTEGERS = ("int32", "int64")
_CLASSES = ("int32", "int64", "uint8", "float16", "float32", "float64")
_WIDEST = 2**63


@operator("_random_uniform", aliases=("random_uniform", "uniform"), random=True, differentiable=False)
def random_uniform(
    *,
    low: float = 0.0,
    high: float = 1.0,
    shape: Size = None,
    dtype: Any = None,
    generator: RandomStream,
) -> Tensor:
    """Uniform on ``[low, high)``.

    Parameters
    ----------
    low, high : the bounds.
    shape : of the result; one element by default.
    dtype : float16, float32 (default) or float64.

    Raises
    ------
    MXNetError : ``low`` is above ``high``.

    >>> mx.random.seed(0)
    >>> nd.random_uniform(shape=3)
    <BLANKLINE>
    [0.5488135  0.5928446  0.71518934]
    <NDArray 3 @cpu(0)>
    """
    _require(low <= high, "low must be less or equal to high")
    return generator.uniform(as_size(shape), low, high, as_float(dtype))


@operator("_random_normal", aliases=("random_normal", "normal"), random=True, differentiable=False)
def random_normal(
    *,
    loc: float = 0.0,
    scale: float = 1.0,
    shape: Size = None,
    dtype: Any = None,
    generator: RandomStream,
) -> Tensor:
    """Normal with mean ``loc`` and standard deviation ``scale``.

    Parameters
    ----------
    loc, scale : mean, and standard deviation (above 0).
    shape : of the result; one element by default.
    dtype : float16, float32 (default) or float64.

    Raises
    ------
    MXNetError : ``scale`` is not positive.

    >>> mx.random.seed(0)
    >>> nd.random_normal(shape=4)
    <BLANKLINE>
    [2.2122064 0.7740038 1.0434403 1.1839255]
    <NDArray 4 @cpu(0)>
    """
    _require(scale > 0, "scale parameter has to be positive")
    return generator.normal(as_size(shape), loc, scale, as_float(dtype))


@operator("_random_exponential", aliases=("random_exponential",), random=True, differentiable=False)
def random_exponential(
    *,
    lam: float = 1.0,
    shape: Size = None,
    dtype: Any = None,
    generator: RandomStream,
) -> Tensor:
    """Exponential with density ``lam * exp(-lam * x)``, so with mean ``1 / lam``.

    Parameters
    ----------
    lam : the rate, above 0.
    shape : of the result; one element by default.
    dtype : float16, float32 (default) or float64.

    Raises
    ------
    MXNetError : ``lam`` is not positive.

    >>> mx.random.seed(0)
    >>> nd.random_exponential(lam=4, shape=2)
    <BLANKLINE>
    [0.19896863 0.22464009]
    <NDArray 2 @cpu(0)>
    """
    _require(lam > 0, "lambda parameter has to be positive")
    return generator.exponential(as_size(shape), lam, as_float(dtype))


@operator("_random_gamma", aliases=("random_gamma",), random=True, differentiable=False)
def random_gamma(
    *,
    alpha: float = 1.0,
    beta: float = 1.0,
    shape: Size = None,
    dtype: Any = None,
    generator: RandomStream,
) -> Tensor:
    """Gamma with shape ``alpha`` and scale ``beta``, so with mean ``alpha * beta``.

    Parameters
    ----------
    alpha, beta : both above 0.
    shape : of the result; one element by default.
    dtype : float16, float32 (default) or float64.

    Raises
    ------
    MXNetError : ``alpha`` or ``beta`` is not positive.

    >>> mx.random.seed(0)
    >>> nd.random_gamma(alpha=2, beta=3, shape=2)
    <BLANKLINE>
    [19.393465  6.384968]
    <NDArray 2 @cpu(0)>
    """
    _require(alpha > 0, "alpha parameter has to be positive")
    _require(beta > 0, "beta parameter has to be positive")
    return generator.gamma(as_size(shape), alpha, beta, as_float(dtype))


@operator("_random_poisson", aliases=("random_poisson",), random=True, differentiable=False)
def random_poisson(
    *,
    lam: float = 1.0,
    shape: Size = None,
    dtype: Any = None,
    generator: RandomStream,
) -> Tensor:
    """Poisson with mean ``lam``; the counts are floating point numbers.

    Parameters
    ----------
    lam : the mean, not negative.
    shape : of the result; one element by default.
    dtype : float16, float32 (default) or float64.

    Raises
    ------
    MXNetError : ``lam`` is negative.

    >>> mx.random.seed(0)
    >>> nd.random_poisson(lam=4, shape=6)
    <BLANKLINE>
    [9. 5. 6. 5. 3. 8.]
    <NDArray 6 @cpu(0)>
    """
    _require(0 <= lam < math.inf, "lambda parameter has to be non-negative and finite")
    return generator.poisson(as_size(shape), lam, as_float(dtype))


@operator(
    "_random_negative_binomial",
    aliases=("random_negative_binomial",),
    random=True,
    differentiable=False,
)
def random_negative_binomial(
    *,
    k: int = 1,
    p: float = 1.0,
    shape: Size = None,
    dtype: Any = None,
    generator: RandomStream,
) -> Tensor:
    """Failures before the ``k``-th success, each trial succeeding with probability ``p``: mean ``k (1 - p) / p``.

    Parameters
    ----------
    k : successes, not negative.
    p : probability of a success, above 0 and at most 1.
    shape : of the result; one element by default.
    dtype : float16, float32 (default) or float64.

    Raises
    ------
    MXNetError : ``k`` is no whole number from 0, or ``p`` no probability above 0.

    >>> mx.random.seed(0)
    >>> nd.random_negative_binomial(k=5, p=0.4, shape=6)
    <BLANKLINE>
    [13.  7.  7.  3.  9.  9.]
    <NDArray 6 @cpu(0)>
    """
    _require(k >= 0 and int(k) == k, "k has to be a whole number, not negative")
    _require(0 < p <= 1, "p has to be above 0 and at most 1")
    return generator.negative_binomial(as_size(shape), k, p, as_float(dtype))


@operator(
    "_random_generalized_negative_binomial",
    aliases=("random_generalized_negative_binomial",),
    random=True,
    differentiable=False,
)
def random_generalized_negative_binomial(
    *,
    mu: float = 1.0,
    alpha: float = 1.0,
    shape: Size = None,
    dtype: Any = None,
    generator: RandomStream,
) -> Tensor:
    """Negative binomial with mean ``mu`` and variance ``mu + alpha * mu**2``; ``alpha`` 0 is Poisson.

    Parameters
    ----------
    mu, alpha : mean and dispersion, neither negative.
    shape : of the result; one element by default.
    dtype : float16, float32 (default) or float64.

    Raises
    ------
    MXNetError : ``mu`` or ``alpha`` is negative.

    >>> mx.random.seed(0)
    >>> nd.random_generalized_negative_binomial(mu=5, alpha=0.4, shape=4)
    <BLANKLINE>
    [11.  6.  5.  1.]
    <NDArray 4 @cpu(0)>
    """
    _require(0 <= mu < math.inf, "mu parameter has to be non-negative and finite")
    _require(0 <= alpha < math.inf, "alpha parameter has to be non-negative and finite")
    return generator.generalized_negative_binomial(as_size(shape), mu, alpha, as_float(dtype))


@operator("_random_randint", aliases=("random_randint",), random=True, differentiable=False)
def random_randint(
    *,
    low: int,
    high: int,
    shape: Size = None,
    dtype: Any = None,
    generator: RandomStream,
) -> Tensor:
    """Whole numbers from ``low`` to ``high - 1``.

    Parameters
    ----------
    low, high : whole numbers, ``low`` below ``high``.
    shape : of the result; one element by default.
    dtype : int32 (default) or int64. Numbers beyond an int32 wrap round, as in 1.9.1.

    Raises
    ------
    MXNetError : there is no number between, or a bound is not whole.

    >>> mx.random.seed(0)
    >>> nd.random_randint(low=0, high=100, shape=6)
    <BLANKLINE>
    [51 44  3 99 39 14]
    <NDArray 6 @cpu(0)>
    """
    _require(int(low) == low and int(high) == high, "the bounds have to be whole numbers")
    _require(low < high, "low must be less than high")
    _require(high - low <= _WIDEST, "the range has more than 2^63 numbers")
    return generator.randint(as_size(shape), int(low), int(high), _one_of(dtype, _INTEGERS))


@operator("_random_bernoulli", aliases=("random_bernoulli",), random=True, differentiable=False)
def random_bernoulli(
    prob: Tensor | None = None,
    logit: Tensor | None = None,
    *,
    p: float | None = None,
    shape: Size = None,
    dtype: Any = None,
    generator: RandomStream,
) -> Tensor:
    """1 with probability ``prob``, else 0; or with probability ``sigmoid(logit)``.

    Parameters
    ----------
    prob, logit : one of the two, as an array; or ``p``, one number for all.
    shape : of the result, to which the array is broadcast; the array's own by default.
    dtype : float32 by default.

    Raises
    ------
    MXNetError : not exactly one of the three is given, or a probability is outside [0, 1].

    >>> mx.random.seed(0)
    >>> nd.random_bernoulli(p=0.6, shape=6)
    <BLANKLINE>
    [1. 1. 0. 0. 0. 0.]
    <NDArray 6 @cpu(0)>
    """
    given = [each for each in (prob, logit, p) if each is not None]
    _require(len(given) == 1, "one of prob and logit has to be given, not both")
    chance = torch.sigmoid(logit) if logit is not None else given[0]
    if isinstance(chance, Tensor):
        _require(bool(((chance >= 0) & (chance <= 1)).all()), "prob has to be within [0, 1]")
        chance = chance if shape is None else chance.broadcast_to(as_size(shape))
    else:
        _require(0 <= chance <= 1, "prob has to be within [0, 1]")
    return generator.bernoulli(as_size(shape), chance).to(dtypes.to_torch(dtype))


@operator(
    "_sample_multinomial",
    aliases=("sample_multinomial",),
    random=True,
    outputs=lambda attributes: 2 if attributes.get("get_prob") else 1,
)
def sample_multinomial(
    data: Tensor,
    *,
    shape: Size = None,
    get_prob: bool = False,
    dtype: Any = "int32",
    generator: RandomStream,
) -> Tensor | tuple[Tensor, Tensor]:
    """Class numbers drawn with the probabilities in the last axis of ``data``.

    Shapes: data ``(*, classes)``; result ``(*,) + shape``.

    Parameters
    ----------
    shape : draws for each distribution; without it one, and no axis for it.
    get_prob : also return the logarithms of the probabilities of what was drawn, with their gradient
        ``d log p[k] / d p[k] = 1 / p[k]`` (for policy gradients).
    dtype : type of the class numbers.

    Raises
    ------
    MXNetError : a probability is negative, or a distribution sums to less than 1.

    Differs from 1.9.1: that answers with a number beyond the last class where the probabilities sum to less than
    the uniform it drew.

    >>> mx.random.seed(0)
    >>> nd.sample_multinomial(nd.array([0.1, 0.2, 0.3, 0.4]), shape=10)
    <BLANKLINE>
    [2 2 3 3 3 3 2 3 2 3]
    <NDArray 10 @cpu(0)>
    """
    kind = _one_of(dtype, _CLASSES)
    _require(data.ndim >= 1 and data.shape[-1] > 0, "data has to have classes in its last axis")
    draws = () if shape is None else as_size(shape)
    table = data.detach().reshape(-1, data.shape[-1])
    _require(bool((table >= 0).all()), "probabilities have to be non-negative")
    _require(bool((table.sum(1) > 1 - _SLACK).all()), "the probabilities of a distribution have to sum to 1")
    chosen = generator.categorical(table, math.prod(draws))
    full = tuple(data.shape[:-1]) + draws
    result = chosen.to(kind).reshape(full or (1,))
    if not get_prob:
        return result
    picked = data.reshape(-1, data.shape[-1]).gather(1, chosen)
    return result, torch.log(picked).reshape(full or (1,))


@operator("_shuffle", aliases=("shuffle",), random=True, differentiable=False)
def shuffle(data: Tensor, *, generator: RandomStream) -> Tensor:
    """A copy of ``data`` in random order along its first axis.

    >>> mx.random.seed(0)
    >>> nd.shuffle(nd.arange(8))
    <BLANKLINE>
    [0. 2. 3. 5. 7. 1. 6. 4.]
    <NDArray 8 @cpu(0)>
    """
    if data.ndim == 0:
        return data.clone()
    return data[generator.permutation(data.shape[0], rows=data.ndim > 1)]


def as_size(shape: Size) -> tuple[int, ...]:
    """The shape of a result: one element where none was given."""
    if shape is None:
        return (1,)
    size = (shape,) if isinstance(shape, int) else tuple(int(n) for n in shape)
    _require(all(n >= 0 for n in size), f"shape {size} has a negative length")
    return size


def as_float(dtype: Any) -> torch.dtype:
    """The floating point type to draw in."""
    return _one_of(dtype, _FLOATS) if dtype is not None and dtype != "None" else torch.float32


_SLACK = 1e-3
"""How far below 1 probabilities may sum before it is called a mistake."""


def _one_of(dtype: Any, known: tuple[str, ...]) -> torch.dtype:
    if dtype is None or dtype == "None":
        return dtypes.to_torch(known[0])
    found = dtypes.to_torch(dtype)
    if dtypes.name(found) not in known:
        raise OperatorError(
            f"dtype {dtypes.name(found)} cannot be drawn", because="it is one of " + ", ".join(known)
        )
    return found


def _require(holds: bool, rule: str) -> None:
    if not holds:
        raise OperatorError("bad parameter", because=rule)
