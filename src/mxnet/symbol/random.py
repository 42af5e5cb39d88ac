"""``mx.sym.random``: random arrays in graphs; drawn anew in each run, from the stream of its context."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from .._surface import module_getattr as _module_getattr
from ..base import _Null, message, numeric_types
from .functions import function_named, function_of
from .graph import record_of
from .symbol import Symbol

# name: (parameters with their defaults, names in the form for arrays)
_DISTRIBUTIONS: dict[str, tuple[dict[str, float], dict[str, str]]] = {
    "uniform": ({"low": 0, "high": 1}, {}),
    "normal": ({"loc": 0, "scale": 1}, {"loc": "mu", "scale": "sigma"}),
    "poisson": ({"lam": 1}, {}),
    "gamma": ({"alpha": 1, "beta": 1}, {}),
    "negative_binomial": ({"k": 1, "p": 1}, {}),
    "generalized_negative_binomial": ({"mu": 1, "alpha": 1}, {}),
}
_LIKE = (*_DISTRIBUTIONS, "exponential")

__all__ = [
    *_DISTRIBUTIONS,
    "bernoulli",
    "exponential",
    *(f"{name}_like" for name in _LIKE),
    "multinomial",
    "randint",
    "randn",
    "shuffle",
]


def _draw(
    name: str,
    parameters: dict[str, Any],
    renamed: dict[str, str],
    shape: Any,
    dtype: Any,
    kwargs: dict[str, Any],
) -> Symbol:
    attributes = dict(kwargs)
    attributes |= {} if shape is _Null else {"shape": shape}
    attributes |= {} if dtype is _Null else {"dtype": dtype}
    values = parameters.values()
    if all(isinstance(value, numeric_types) for value in values):
        return function_of(f"_random_{name}")(**parameters, **attributes)
    if all(isinstance(value, Symbol) for value in values):
        arrays = {renamed.get(key, key): value for key, value in parameters.items()}
        return function_of(f"_sample_{name}")(**arrays, **attributes)
    given = ", ".join(f"{key} {type(value).__name__}" for key, value in parameters.items())
    raise ValueError(
        message(f"{name}: Distribution parameters must be either all Symbols or all numbers", received=given)
    )


def _distribution(name: str) -> Callable[..., Symbol]:
    defaults, renamed = _DISTRIBUTIONS[name]

    def function(*args: Any, **kwargs: Any) -> Symbol:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        given = dict(bound.arguments)
        more = given.pop("kwargs", {})
        shape, dtype = given.pop("shape"), given.pop("dtype")
        return _draw(name, given, renamed, shape, dtype, more)

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter(key, kind, default=value) for key, value in defaults.items()]
    parameters += [inspect.Parameter(key, kind, default=_Null) for key in ("shape", "dtype")]
    signature = inspect.Signature([*parameters, inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD)])
    function.__signature__ = signature  # type: ignore[attr-defined]
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"As `mxnet.nd.random.{name}`; parameters are numbers or symbols."
    return function


for _name in _DISTRIBUTIONS:
    globals()[_name] = _distribution(_name)
for _name in _LIKE:
    globals()[f"{_name}_like"] = function_named(record_of(f"_random_{_name}_like"), f"{_name}_like")


def exponential(scale: Any = 1, shape: Any = _Null, dtype: Any = _Null, **kwargs: Any) -> Symbol:
    """Exponential with mean ``scale``."""
    return _draw("exponential", {"lam": 1.0 / scale}, {}, shape, dtype, kwargs)


def randn(*shape: int, **kwargs: Any) -> Symbol:
    """Normal numbers of the shape that the arguments spell out; ``loc``, ``scale``, ``dtype``."""
    parameters = {"loc": kwargs.pop("loc", 0), "scale": kwargs.pop("scale", 1)}
    renamed = _DISTRIBUTIONS["normal"][1]
    return _draw("normal", parameters, renamed, shape or _Null, kwargs.pop("dtype", _Null), kwargs)


def randint(low: int, high: int, shape: Any = _Null, dtype: Any = _Null, **kwargs: Any) -> Symbol:
    """Whole numbers in ``[low, high)``."""
    return _draw("randint", {"low": low, "high": high}, {}, shape, dtype, kwargs)


def bernoulli(
    prob: Any = None, logit: Any = None, shape: Any = _Null, dtype: Any = _Null, **kwargs: Any
) -> Symbol:
    """1 with probability ``prob`` (or the logistic of ``logit``), else 0."""
    attributes = dict(kwargs)
    attributes |= {} if shape is _Null else {"shape": shape}
    attributes |= {} if dtype is _Null else {"dtype": dtype}
    if isinstance(prob, numeric_types):
        return function_of("_random_bernoulli")(p=prob, **attributes)
    return function_of("_random_bernoulli")(prob, logit, **attributes)


def multinomial(
    data: Symbol, shape: Any = _Null, get_prob: bool = True, dtype: Any = "int32", **kwargs: Any
) -> Symbol:
    """Class numbers drawn with the probabilities in the last axis of ``data``."""
    attributes = {} if shape is _Null else {"shape": shape}
    return function_of("_sample_multinomial")(data, get_prob=get_prob, dtype=dtype, **attributes, **kwargs)


def shuffle(data: Symbol, **kwargs: Any) -> Symbol:
    """The slices along the first axis in random order."""
    return function_of("_shuffle")(data, **kwargs)


__getattr__ = _module_getattr(__name__)
