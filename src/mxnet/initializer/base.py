"""The registry of initialisers, their base class, and the names that decide what is filled how."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from .. import random
from ..base import message, nearest
from ..ndarray import NDArray, array

__all__ = ["InitDesc", "Initializer", "alias", "create", "fill_weight", "register"]

InitializerClass = TypeVar("InitializerClass", bound="type[Initializer]")
_REGISTRY: dict[str, type[Initializer]] = {}


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
        raise AssertionError(message("Can only register subclass of Initializer", received=repr(klass)))
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
    """An initialiser from its name, its class, its ``dumps()`` text, a dictionary of its arguments, or itself.

    Raises
    ------
    AssertionError : an unknown name; arguments for what has its own.
    ValueError : a text that is no JSON.

    >>> from mxnet import init
    >>> init.create("normal", sigma=0.5)
    Normal(sigma=0.5)
    >>> init.create('["normal", {"sigma": 0.5}]')
    Normal(sigma=0.5)
    """
    if initializer is None:
        initializer = kwargs.pop("initializer", None)
    if callable(initializer) and not isinstance(initializer, type):
        if args or kwargs:
            raise AssertionError(
                message(
                    "initializer is already an instance. Additional arguments are invalid",
                    received=", ".join([*map(repr, args), *(f"{k}={v!r}" for k, v in kwargs.items())]),
                )
            )
        return initializer
    if isinstance(initializer, type) and issubclass(initializer, Initializer):
        return initializer(*args, **kwargs)
    if isinstance(initializer, Mapping) and isinstance(initializer.get("initializer"), str):
        return create(**initializer)
    if not isinstance(initializer, str):
        raise AssertionError(
            message(
                "initializer must be of string type",
                received=repr(initializer),
                hint="a name such as 'xavier', or an object such as init.Normal(0.01)",
            )
        )
    name = initializer
    if name.startswith(("[", "{")):
        if args or kwargs:
            raise AssertionError(
                message("init.create: text that holds arguments takes no others", received=name)
            )
        name, kwargs = _parsed(name)
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


def _parsed(text: str) -> tuple[str, dict[str, Any]]:
    """Name and arguments in ``["normal", {"sigma": 0.1}]`` or ``{"initializer": "normal", "sigma": 0.1}``."""
    try:
        content = json.loads(text)
        if isinstance(content, dict):
            content = [content.pop("initializer"), content]
        name, arguments = content
        return name.lower(), {**arguments}
    except (AttributeError, KeyError, TypeError, ValueError):
        raise ValueError(
            message(
                "init.create: the text describes no initialiser",
                received=text,
                hint='what dumps() gives, such as \'["normal", {"sigma": 0.1}]\'',
            )
        ) from None


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

        Weights as the class does it; biases, betas and minima 0; gammas and maxima 1. Where the name is a text and no
        `InitDesc`, also moving means 0, moving variances 1, ``upsampling*`` bilinear and ``stn_loc*`` an identity.

        Raises ``ValueError`` for a name that ends in nothing known.
        """
        described = isinstance(desc, InitDesc)
        if not isinstance(desc, InitDesc):
            if not isinstance(desc, str):
                raise TypeError(message("name must be string", received=repr(desc)))
            desc = InitDesc(desc)
        if desc.global_init is None:
            desc.global_init = self
        own = desc.attrs.get("__init__")
        if own:
            fill_weight(create(own), desc, arr)
        else:
            kind = _kind(desc, described)
            getattr(self, _METHODS[kind] if kind else "_init_default")(desc, arr)
        if self._verbose:
            self._report(desc, str(own or kind), arr)

    def _report(self, desc: InitDesc, how: str, arr: NDArray) -> None:
        import logging

        shown = self._print_func or (lambda x: str((x**2).mean().asscalar() ** 0.5))
        logging.info("Initialized %s as %s: %s", desc, how, shown(arr))

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

    def _init_quantized_weight(self, _: str, arr: NDArray) -> None:
        arr[:] = int(random.stream().randint((1,), -127, 127).item())  # one number for all, as in 1.9.1

    def _init_bilinear(self, name: str, arr: NDArray) -> None:
        create("bilinear")._init_weight(name, arr)

    def _init_loc_bias(self, name: str, arr: NDArray) -> None:
        if arr.shape != (6,):
            raise AssertionError(
                message(
                    f"{name} is an affine map of the plane",
                    received=f"shape {arr.shape}",
                    because="it has 6 numbers",
                )
            )
        arr[:] = array([1.0, 0, 0, 0, 1.0, 0], dtype=arr.dtype)

    def _init_default(self, name: str, arr: NDArray) -> None:
        raise ValueError(
            message(
                f"Unknown initialization pattern for {name}",
                because="names end in weight, bias, gamma, beta, min or max",
                hint="give the parameter an initialiser of its own (init=...)",
            )
        )

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._kwargs == other._kwargs  # type: ignore[attr-defined]

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        given = ", ".join(f"{key}={value!r}" for key, value in self._kwargs.items())
        return f"{type(self).__name__}({given})"


_METHODS = {
    "weight": "_init_weight",
    "bias": "_init_bias",
    "gamma": "_init_gamma",
    "beta": "_init_beta",
    "min": "_init_zero",
    "max": "_init_one",
    "weight_quantize": "_init_quantized_weight",
    "bias_quantize": "_init_zero",
    "moving_mean": "_init_zero",
    "moving_inv_var": "_init_zero",
    "moving_avg": "_init_zero",
    "moving_var": "_init_one",
    "upsampling": "_init_bilinear",
    "stn_loc_weight": "_init_zero",
    "stn_loc_bias": "_init_loc_bias",
}
_DESCRIBED = re.compile(r".*?(weight|bias|gamma|beta|min|max|weight_quantize|bias_quantize)", re.DOTALL)
_BARE = re.compile(r".*?(weight|bias|gamma|beta|min|max|moving_(?:mean|inv_var|avg|var))", re.DOTALL)


def _kind(name: str, described: bool) -> str | None:
    """The key of `_METHODS` for a parameter's name."""
    name = name.lower()
    if not described:
        if name.startswith("upsampling"):
            return "upsampling"
        if name.startswith("stn_loc") and name.endswith(("weight", "bias")):
            return "stn_loc_weight" if name.endswith("weight") else "stn_loc_bias"
    found = (_DESCRIBED if described else _BARE).fullmatch(name)
    return found.group(1) if found else None


def fill_weight(initializer: Any, desc: InitDesc, arr: NDArray) -> None:
    """Fill a parameter whose own initialiser this is, whatever its name ends in."""
    if hasattr(initializer, "_init_weight"):
        initializer._init_weight(desc, arr)
    else:  # Mixed, Load, a plain function: they choose by name
        initializer(InitDesc(desc, global_init=desc.global_init), arr)
