"""``nd.random``: random arrays.

On a CPU these are the numbers of MXNet 1.9.1 for the same ``mx.random.seed``. A parameter may be a number or an
NDArray; with arrays (all of them, of one shape) ``shape`` counts the draws for each entry.
"""

from __future__ import annotations

from typing import Any

from .._surface import module_getattr as _module_getattr
from ..base import _Null, message, numeric_types
from ..context import Context, current_context
from .invoke import function_of
from .ndarray import NDArray

__all__ = [
    "bernoulli",
    "exponential",
    "exponential_like",
    "gamma",
    "gamma_like",
    "generalized_negative_binomial",
    "generalized_negative_binomial_like",
    "multinomial",
    "negative_binomial",
    "negative_binomial_like",
    "normal",
    "normal_like",
    "poisson",
    "poisson_like",
    "randint",
    "randn",
    "shuffle",
    "uniform",
    "uniform_like",
]


def uniform(
    low: Any = 0,
    high: Any = 1,
    shape: Any = _Null,
    dtype: Any = _Null,
    ctx: Context | None = None,
    out: NDArray | None = None,
    **kwargs: Any,
) -> NDArray:
    """Uniform on ``[low, high)``.

    Parameters
    ----------
    low, high : numbers, or NDArrays of one shape.
    shape : of the result (``(1,)`` by default), or draws for each entry of the parameter arrays.
    dtype : float16, float32 (default) or float64.
    ctx : where to draw; the current context by default, or that of the parameter arrays.
    out : an array to write into, which then decides shape and type where they are not given.

    Raises
    ------
    MXNetError : ``low`` is above ``high``.

    >>> mx.random.seed(0)
    >>> nd.random.uniform(0, 1, shape=(2, 2))
    <BLANKLINE>
    [[0.5488135  0.5928446 ]
     [0.71518934 0.84426576]]
    <NDArray 2x2 @cpu(0)>
    """
    return _draw("uniform", {"low": low, "high": high}, {}, shape, dtype, ctx, out, kwargs)


def normal(
    loc: Any = 0,
    scale: Any = 1,
    shape: Any = _Null,
    dtype: Any = _Null,
    ctx: Context | None = None,
    out: NDArray | None = None,
    **kwargs: Any,
) -> NDArray:
    """Normal with mean ``loc`` and standard deviation ``scale`` (above 0); see `uniform` for the rest.

    >>> mx.random.seed(0)
    >>> nd.random.normal(shape=4)
    <BLANKLINE>
    [2.2122064 0.7740038 1.0434403 1.1839255]
    <NDArray 4 @cpu(0)>
    """
    renamed = {"loc": "mu", "scale": "sigma"}
    return _draw("normal", {"loc": loc, "scale": scale}, renamed, shape, dtype, ctx, out, kwargs)


def randn(*shape: int, **kwargs: Any) -> NDArray:
    """Normal numbers of the shape that the arguments spell out; ``loc``, ``scale``, ``dtype``, ``ctx``, ``out``.

    >>> nd.random.randn(2, 3).shape
    (2, 3)
    """
    loc, scale = kwargs.pop("loc", 0), kwargs.pop("scale", 1)
    return normal(loc, scale, shape, **kwargs)


def exponential(
    scale: Any = 1,
    shape: Any = _Null,
    dtype: Any = _Null,
    ctx: Context | None = None,
    out: NDArray | None = None,
    **kwargs: Any,
) -> NDArray:
    """Exponential with mean ``scale``: density ``exp(-x / scale) / scale``; see `uniform` for the rest.

    >>> mx.random.seed(0)
    >>> nd.random.exponential(2, shape=3)
    <BLANKLINE>
    [1.5917491 1.7971207 2.5118613]
    <NDArray 3 @cpu(0)>
    """
    if isinstance(scale, numeric_types) and scale == 0:
        raise ZeroDivisionError(message("exponential: scale 0", because="the rate is 1 / scale"))
    is_known = isinstance(scale, (NDArray, *numeric_types))
    rate = 1.0 / scale if is_known else scale
    return _draw("exponential", {"lam": rate}, {}, shape, dtype, ctx, out, kwargs)


def gamma(
    alpha: Any = 1,
    beta: Any = 1,
    shape: Any = _Null,
    dtype: Any = _Null,
    ctx: Context | None = None,
    out: NDArray | None = None,
    **kwargs: Any,
) -> NDArray:
    """Gamma with shape ``alpha`` and scale ``beta``, so with mean ``alpha * beta``; see `uniform` for the rest.

    >>> mx.random.seed(0)
    >>> nd.random.gamma(2, 3, shape=4)
    <BLANKLINE>
    [19.393465  6.384968 11.129828 13.323089]
    <NDArray 4 @cpu(0)>
    """
    return _draw("gamma", {"alpha": alpha, "beta": beta}, {}, shape, dtype, ctx, out, kwargs)


def poisson(
    lam: Any = 1,
    shape: Any = _Null,
    dtype: Any = _Null,
    ctx: Context | None = None,
    out: NDArray | None = None,
    **kwargs: Any,
) -> NDArray:
    """Poisson with mean ``lam``, as floating point numbers; see `uniform` for the rest.

    >>> mx.random.seed(0)
    >>> nd.random.poisson(4, shape=6)
    <BLANKLINE>
    [9. 5. 6. 5. 3. 8.]
    <NDArray 6 @cpu(0)>
    """
    return _draw("poisson", {"lam": lam}, {}, shape, dtype, ctx, out, kwargs)


def negative_binomial(
    k: Any = 1,
    p: Any = 1,
    shape: Any = _Null,
    dtype: Any = _Null,
    ctx: Context | None = None,
    out: NDArray | None = None,
    **kwargs: Any,
) -> NDArray:
    """Failures before the ``k``-th success, each trial succeeding with probability ``p``; see `uniform`.

    >>> mx.random.seed(0)
    >>> nd.random.negative_binomial(5, 0.4, shape=6)
    <BLANKLINE>
    [13.  7.  7.  3.  9.  9.]
    <NDArray 6 @cpu(0)>
    """
    return _draw("negative_binomial", {"k": k, "p": p}, {}, shape, dtype, ctx, out, kwargs)


def generalized_negative_binomial(
    mu: Any = 1,
    alpha: Any = 1,
    shape: Any = _Null,
    dtype: Any = _Null,
    ctx: Context | None = None,
    out: NDArray | None = None,
    **kwargs: Any,
) -> NDArray:
    """Negative binomial with mean ``mu`` and variance ``mu + alpha * mu**2``; see `uniform` for the rest."""
    parameters = {"mu": mu, "alpha": alpha}
    return _draw("generalized_negative_binomial", parameters, {}, shape, dtype, ctx, out, kwargs)


def randint(
    low: int,
    high: int,
    shape: Any = _Null,
    dtype: Any = _Null,
    ctx: Context | None = None,
    out: NDArray | None = None,
    **kwargs: Any,
) -> NDArray:
    """Whole numbers from ``low`` to ``high - 1``; ``dtype`` is int32 (default) or int64.

    Raises
    ------
    MXNetError : there is no number between, or a bound is not whole.

    >>> mx.random.seed(0)
    >>> nd.random.randint(0, 100, shape=6)
    <BLANKLINE>
    [51 44  3 99 39 14]
    <NDArray 6 @cpu(0)>
    """
    if isinstance(low, NDArray) or isinstance(high, NDArray):
        raise TypeError(message("randint: the bounds are numbers, not NDArrays", hint="low.asscalar()"))
    return _draw("randint", {"low": low, "high": high}, {}, shape, dtype, ctx, out, kwargs)


def bernoulli(
    prob: Any = None,
    logit: Any = None,
    shape: Any = _Null,
    dtype: Any = _Null,
    ctx: Context | None = None,
    out: NDArray | None = None,
    **kwargs: Any,
) -> NDArray:
    """1 with probability ``prob``, or with probability ``sigmoid(logit)``; else 0.

    Parameters
    ----------
    prob, logit : one of the two, a number or an NDArray.
    shape : of the result, to which an array is broadcast.
    dtype : float32 by default.

    Differs from 1.9.1: that has this function in ``npx.random`` only.

    Raises
    ------
    MXNetError : both or neither are given, or a probability is outside [0, 1].

    >>> mx.random.seed(0)
    >>> nd.random.bernoulli(0.6, shape=6)
    <BLANKLINE>
    [1. 1. 0. 0. 0. 0.]
    <NDArray 6 @cpu(0)>
    """
    if isinstance(logit, numeric_types):
        from .creation import array

        logit = array([logit], ctx=ctx)
    attributes = _attributes(shape, dtype, ctx, out, kwargs)
    if isinstance(prob, numeric_types):
        return function_of("_random_bernoulli")(None, logit, p=prob, **attributes)
    return function_of("_random_bernoulli")(prob, logit, **attributes)


def multinomial(
    data: NDArray,
    shape: Any = _Null,
    get_prob: bool = False,
    out: NDArray | None = None,
    dtype: Any = "int32",
    **kwargs: Any,
) -> NDArray | list[NDArray]:
    """Class numbers drawn with the probabilities in the last axis of ``data``.

    Parameters
    ----------
    data : probabilities ``(*, classes)``, each distribution summing to 1.
    shape : draws for each distribution; by default one, without an axis for it.
    get_prob : also return the logarithms of the probabilities of what was drawn, through which gradients
        flow to ``data``.

    Raises
    ------
    MXNetError : a probability is negative, or a distribution sums to less than 1.

    >>> mx.random.seed(0)
    >>> nd.random.multinomial(nd.array([0.1, 0.2, 0.3, 0.4]), shape=10)
    <BLANKLINE>
    [2 2 3 3 3 3 2 3 2 3]
    <NDArray 10 @cpu(0)>
    """
    draws = {} if shape is _Null else {"shape": shape}
    return function_of("_sample_multinomial")(
        data, get_prob=get_prob, dtype=dtype, out=out, **draws, **kwargs
    )


def shuffle(data: NDArray, **kwargs: Any) -> NDArray:
    """A copy of ``data`` in random order along its first axis.

    >>> mx.random.seed(0)
    >>> nd.random.shuffle(nd.arange(8))
    <BLANKLINE>
    [0. 2. 3. 5. 7. 1. 6. 4.]
    <NDArray 8 @cpu(0)>
    """
    return function_of("_shuffle")(data, **kwargs)


uniform_like = function_of("_random_uniform_like")
normal_like = function_of("_random_normal_like")
exponential_like = function_of("_random_exponential_like")
gamma_like = function_of("_random_gamma_like")
poisson_like = function_of("_random_poisson_like")
negative_binomial_like = function_of("_random_negative_binomial_like")
generalized_negative_binomial_like = function_of("_random_generalized_negative_binomial_like")

__getattr__ = _module_getattr(__name__)


def _draw(
    name: str,
    parameters: dict[str, Any],
    renamed: dict[str, str],
    shape: Any,
    dtype: Any,
    ctx: Context | None,
    out: NDArray | None,
    kwargs: dict[str, Any],
) -> NDArray:
    """Call ``_random_*`` for numbers, ``_sample_*`` (where parameters may have other names) for arrays."""
    attributes = _attributes(shape, dtype, ctx, out, kwargs)
    values = parameters.values()
    if all(isinstance(value, numeric_types) for value in values):
        return function_of(f"_random_{name}")(**parameters, **attributes)
    if all(isinstance(value, NDArray) for value in values):
        arrays = {renamed.get(key, key): value for key, value in parameters.items()}
        del attributes["ctx"]
        if shape is _Null:
            attributes.pop("shape", None)
        return function_of(f"_sample_{name}")(**arrays, **attributes)
    given = ", ".join(f"{key} {type(value).__name__}" for key, value in parameters.items())
    for value in values:
        if not isinstance(value, (NDArray, *numeric_types)):
            raise ValueError(
                message(
                    f"{name}: Distribution parameters must be either NDArray or numbers",
                    received=given,
                )
            )
    raise AssertionError(
        message(f"{name}: Distribution parameters must all have the same type", received=given)
    )


def _attributes(
    shape: Any, dtype: Any, ctx: Context | None, out: NDArray | None, kwargs: dict[str, Any]
) -> dict[str, Any]:
    """The arguments that were given; ``out`` speaks for the shape and type that were not."""
    attributes = dict(kwargs, ctx=ctx or (out.context if out is not None else current_context()))
    if out is not None:
        attributes["out"] = out
        shape = out.shape if shape is _Null else shape
        dtype = out.dtype if dtype is _Null else dtype
    if shape is not _Null:
        attributes["shape"] = shape
    if dtype is not _Null:
        attributes["dtype"] = dtype
    return attributes
