"""Initialisers: what fills a new parameter.

On a CPU they draw from MXNet's own random stream in MXNet's order, so that a seed gives the weights that the real
library starts from, number for number.
"""

from __future__ import annotations

import json
import math
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import torch

from . import random
from ._surface import module_getattr as _module_getattr
from .base import message, nearest
from .ndarray import NDArray, load

__all__ = [
    "Bilinear",
    "Constant",
    "InitDesc",
    "Initializer",
    "LSTMBias",
    "Load",
    "MSRAPrelu",
    "Mixed",
    "Normal",
    "One",
    "Orthogonal",
    "Uniform",
    "Xavier",
    "Zero",
    "alias",
    "create",
    "register",
]

__getattr__ = _module_getattr(__name__)

InitializerClass = TypeVar("InitializerClass", bound="type[Initializer]")
_REGISTRY: dict[str, type[Initializer]] = {}


# ------------------------------------------------------------------------------------------------ the registry


def register(klass: InitializerClass) -> InitializerClass:
    """Class decorator: make an initialiser known under its name in small letters.

    >>> from mxnet import init, nd
    >>> @init.register
    ... class Seven(init.Initializer):
    ...     def _init_weight(self, name, data):
    ...         data[:] = 7
    >>> init.create("seven")
    Seven()
    """
    _enter(klass, klass.__name__.lower())
    return klass


def alias(*aliases: str) -> Callable[[InitializerClass], InitializerClass]:
    """Class decorator: further names for an initialiser."""

    def decorate(klass: InitializerClass) -> InitializerClass:
        for each in aliases:
            _enter(klass, each.lower())
        return klass

    return decorate


def _enter(klass: type[Initializer], name: str) -> None:
    if not (isinstance(klass, type) and issubclass(klass, Initializer)):
        raise TypeError(message("init.register: takes a subclass of Initializer", received=repr(klass)))
    known = _REGISTRY.get(name)
    if known is not None and known is not klass:
        warnings.warn(
            f"New initializer {klass.__module__}.{klass.__name__} registered with name {name} is "
            f"overriding existing initializer {known.__module__}.{known.__name__}",
            UserWarning,
            stacklevel=3,
        )
    _REGISTRY[name] = klass


def create(initializer: Any = None, /, *args: Any, **kwargs: Any) -> Any:
    """An initialiser from its name, its class, its ``dumps()`` text, or itself.

    Raises ``AssertionError`` for an unknown name.

    >>> from mxnet import init
    >>> init.create("normal", sigma=0.5)
    Normal(sigma=0.5)
    """
    if initializer is None:
        initializer = kwargs.pop("initializer", None)
    if callable(initializer) and not isinstance(initializer, type):
        return initializer
    if isinstance(initializer, type) and issubclass(initializer, Initializer):
        return initializer(*args, **kwargs)
    if not isinstance(initializer, str):
        raise AssertionError(
            message(
                "initializer must be of string type",
                received=repr(initializer),
                hint="a name such as 'xavier', or an object such as init.Normal(0.01)",
            )
        )
    name = initializer
    if name.startswith("["):
        if args or kwargs:
            raise AssertionError(
                message("init.create: text that holds arguments takes no others", received=name)
            )
        name, kwargs = json.loads(name)
    klass = _REGISTRY.get(name.lower())
    if klass is None:
        close = nearest(name, _REGISTRY)
        raise AssertionError(
            message(
                f"{name} is not registered. Please register with initializer.register first",
                because="known are " + ", ".join(sorted(_REGISTRY)),
                hint=f"init='{close}'" if close else None,
            )
        )
    return klass(*args, **kwargs)


# -------------------------------------------------------------------------------------------------- the bases


class InitDesc(str):
    """A parameter's name, with what is known about how to fill it.

    Parameters
    ----------
    name : name of the parameter.
    attrs : attributes; ``__init__`` names the parameter's own initialiser.
    global_init : the initialiser of the whole network, for initialisers that wrap it.

    >>> from mxnet import init
    >>> init.InitDesc("dense0_weight", {"__init__": "zeros"}).attrs
    {'__init__': 'zeros'}
    """

    attrs: dict[str, Any]
    global_init: Any

    def __new__(cls, name: str, attrs: dict[str, Any] | None = None, global_init: Any = None) -> InitDesc:
        desc = super().__new__(cls, name)
        desc.attrs = attrs or {}
        desc.global_init = global_init
        return desc


class Initializer:
    """Base of all initialisers. A class of your own overrides ``_init_weight(name, data)`` and fills ``data``.

    >>> from mxnet import init, nd
    >>> from mxnet.gluon import nn
    >>> class Large(init.Initializer):
    ...     def _init_weight(self, name, data):
    ...         data[:] = nd.random.uniform(low=-10, high=10, shape=data.shape)
    ...         data *= data.abs() >= 5
    >>> layer = nn.Dense(2, in_units=3)
    >>> layer.initialize(Large())
    """

    def __init__(self, **kwargs: Any) -> None:
        self._kwargs = kwargs
        self._verbose = False
        self._print_func: Callable[[NDArray], str] | None = None

    def set_verbosity(
        self, verbose: bool = False, print_func: Callable[[NDArray], str] | None = None
    ) -> Initializer:
        """Log each parameter that is filled, with ``print_func`` of its new values (default: their rms)."""
        self._verbose = verbose
        self._print_func = print_func
        return self

    def dumps(self) -> str:
        """The text that `create` reads.

        >>> from mxnet import init
        >>> init.Normal(0.5).dumps()
        '["normal", {"sigma": 0.5}]'
        """
        return json.dumps([type(self).__name__.lower(), self._kwargs])

    def __call__(self, desc: str, arr: NDArray) -> None:
        """Fill ``arr`` as its name asks: by its own initialiser, else by the ending of the name.

        Raises ``ValueError`` for a name that ends in nothing known.
        """
        if not isinstance(desc, InitDesc):
            if not isinstance(desc, str):
                raise TypeError(message("name must be string", received=repr(desc)))
            desc = InitDesc(desc)
        if desc.global_init is None:
            desc.global_init = self
        own = desc.attrs.get("__init__")
        if own:
            _fill_weight(create(own), desc, arr)
        else:
            name = desc.lower()
            for ending, method in self._BY_ENDING:
                if name.endswith(ending):
                    getattr(self, method)(desc, arr)
                    break
            else:
                self._init_default(desc, arr)
        self._report(desc, arr)

    _BY_ENDING = (
        ("weight", "_init_weight"),
        ("bias", "_init_bias"),
        ("gamma", "_init_gamma"),
        ("beta", "_init_beta"),
        ("min", "_init_zero"),
        ("max", "_init_one"),
    )

    def _report(self, desc: InitDesc, arr: NDArray) -> None:
        if self._verbose:
            import logging

            shown = self._print_func or (lambda x: str((x**2).mean().asscalar() ** 0.5))
            logging.info("Initialized %s as %s: %s", desc, desc.attrs.get("__init__") or self, shown(arr))

    def _init_weight(self, name: str, arr: NDArray) -> None:
        """Fill a weight: what a subclass overrides."""
        raise NotImplementedError(
            message(f"{type(self).__name__}._init_weight is not written", hint="fill the array: arr[:] = ...")
        )

    def _init_bias(self, _: str, arr: NDArray) -> None:
        arr[:] = 0.0

    def _init_gamma(self, _: str, arr: NDArray) -> None:
        arr[:] = 1.0

    def _init_beta(self, _: str, arr: NDArray) -> None:
        arr[:] = 0.0

    def _init_zero(self, _: str, arr: NDArray) -> None:
        arr[:] = 0.0

    def _init_one(self, _: str, arr: NDArray) -> None:
        arr[:] = 1.0

    def _init_default(self, name: str, arr: NDArray) -> None:
        raise ValueError(
            message(
                f"Unknown initialization pattern for {name}",
                because="names end in weight, bias, gamma or beta",
                hint="give the parameter an initialiser of its own (init=...)",
            )
        )

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._kwargs == other._kwargs  # type: ignore[attr-defined]

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        given = ", ".join(f"{key}={value!r}" for key, value in self._kwargs.items())
        return f"{type(self).__name__}({given})"


def _fill_weight(initializer: Any, desc: InitDesc, arr: NDArray) -> None:
    """Fill a parameter whose own initialiser this is, whatever its name ends in."""
    if hasattr(initializer, "_init_weight"):
        initializer._init_weight(desc, arr)
    else:  # Mixed, Load, a plain function: they choose by name
        initializer(InitDesc(desc, global_init=desc.global_init), arr)


# ------------------------------------------------------------------------------------- constants and random


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

    def _init_weight(self, _: str, arr: NDArray) -> None:
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
    """The kernel of bilinear interpolation in every channel, for upsampling: shape ``(..., height, width)``."""

    def __init__(self) -> None:
        super().__init__()

    def _init_weight(self, _: str, arr: NDArray) -> None:
        height, width = arr.shape[2:]
        factor = math.ceil(width / 2.0)
        centre = (2 * factor - 1 - factor % 2) / (2.0 * factor)
        columns = 1 - np.abs(np.arange(width) / factor - centre)
        rows = 1 - np.abs(np.arange(height) / factor - centre)
        arr[:] = np.broadcast_to(np.outer(rows, columns), arr.shape).astype("float32")


@register
class LSTMBias(Initializer):
    """Zeros, but ``forget_bias`` in the second quarter: the forget gate of an LSTM starts open."""

    def __init__(self, forget_bias: float = 1.0) -> None:
        super().__init__(forget_bias=forget_bias)
        self.forget_bias = forget_bias

    def _init_weight(self, _: str, arr: NDArray) -> None:
        arr[:] = 0.0
        hidden = arr.shape[0] // 4
        arr[hidden : 2 * hidden] = self.forget_bias


# --------------------------------------------------------------------------------------- choosing by the name


class Mixed:
    """Several initialisers, each for the parameters whose names match its pattern; the first match counts.

    Parameters
    ----------
    patterns : regular expressions, matched from the start of the name.
    initializers : as many initialisers.

    Differs from 1.9.1: Gluon's ``initialize`` takes one, too.

    >>> from mxnet import init
    >>> from mxnet.gluon import nn
    >>> layer = nn.Dense(2, in_units=3, bias_initializer=None)
    >>> layer.initialize(init.Mixed([".*bias", ".*"], [init.One(), init.Normal(0.1)]))
    >>> layer.bias.data().asnumpy().tolist()
    [1.0, 1.0]
    """

    def __init__(self, patterns: Sequence[str], initializers: Sequence[Any]) -> None:
        if len(patterns) != len(initializers):
            raise AssertionError(
                message(
                    "Mixed: one initialiser per pattern",
                    received=f"{len(patterns)} patterns, {len(initializers)} initialisers",
                )
            )
        self.map = [(re.compile(p), create(i)) for p, i in zip(patterns, initializers, strict=True)]

    def __call__(self, name: str, arr: NDArray) -> None:
        """Fill ``arr`` by the first initialiser whose pattern matches; ``ValueError`` if none does."""
        own = name.attrs.get("__init__") if isinstance(name, InitDesc) else None
        if own:
            _fill_weight(create(own), InitDesc(name), arr)
        else:
            self._matching(name)(InitDesc(name), arr)

    def _init_weight(self, name: str, arr: NDArray) -> None:
        """Fill a parameter that has this for an initialiser: as a weight, whatever its name ends in."""
        _fill_weight(self._matching(name), InitDesc(name), arr)

    def _matching(self, name: str) -> Any:
        for pattern, initializer in self.map:
            if pattern.match(name):
                return initializer
        raise ValueError(
            message(f"Parameter name {name} did not match any pattern", hint='add ".*" as the last pattern')
        )


class Load:
    """Fill parameters from saved arrays, and those that the file lacks by another initialiser.

    Parameters
    ----------
    param : path of a file, or a dictionary of arrays; the prefixes ``arg:`` and ``aux:`` are taken off the names.
    default_init : for names that are not there; None makes such a name an error.
    verbose : log where each parameter comes from.
    """

    def __init__(
        self, param: str | Mapping[str, NDArray], default_init: Any = None, verbose: bool = False
    ) -> None:
        arrays = load(param) if isinstance(param, str) else param
        if not isinstance(arrays, Mapping):
            raise AssertionError(message("Load: the arrays have no names", received=type(arrays).__name__))
        self.param = {name.removeprefix("arg:").removeprefix("aux:"): array for name, array in arrays.items()}
        self.default_init = default_init
        self.verbose = verbose

    def __call__(self, name: str, arr: NDArray) -> None:
        """Fill ``arr``; ``AssertionError`` for a saved array of another shape, or none and no default."""
        saved = self.param.get(str(name))
        if saved is not None:
            if saved.shape != arr.shape:
                raise AssertionError(
                    message(
                        f"Parameter {name} cannot be initialized from loading. Shape mismatch, "
                        f"target {arr.shape} vs loaded {saved.shape}"
                    )
                )
            arr[:] = saved
        elif self.default_init is not None:
            _fill_weight(create(self.default_init), InitDesc(name), arr)
        else:
            raise AssertionError(
                message(
                    f"Cannot Initialize {name}. Not found in loaded param and no default Initializer is provided.",
                    hint=f"default_init=..., or a file with {nearest(str(name), self.param) or name}",
                )
            )
        if self.verbose:
            import logging

            logging.info("Initialized %s by %s", name, "loading" if saved is not None else "default")


# ------------------------------------------------------------------------------------------------------ draws


def _uniform(arr: NDArray, scale: float) -> None:
    _write(arr, random.stream(arr._ctx).uniform(arr.shape, -scale, scale, _drawn_type(arr)))


def _normal(arr: NDArray, sigma: float) -> None:
    _write(arr, random.stream(arr._ctx).normal(arr.shape, 0.0, sigma, _drawn_type(arr)))


def _drawn_type(arr: NDArray) -> torch.dtype:
    return arr._t.dtype if arr._t.is_floating_point() else torch.float32


def _write(arr: NDArray, values: torch.Tensor) -> None:
    arr._t.data.copy_(values)
