"""The registry of initialisers, their base class, and the names that decide what is filled how."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

from .._surface import refuse_named as _refuse_named
from ..base import message, nearest
from ..ndarray import NDArray

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
        _refuse_named("mxnet.initializer", name)
        close = nearest(name, _REGISTRY)
        raise AssertionError(
            message(
                f"{name} is not registered. Please register with initializer.register first",
                because="known are " + ", ".join(sorted(_REGISTRY)),
                hint=f"init='{close}'" if close else None,
            )
        )
    return klass(*args, **kwargs)


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
            fill_weight(create(own), desc, arr)
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


def fill_weight(initializer: Any, desc: InitDesc, arr: NDArray) -> None:
    """Fill a parameter whose own initialiser this is, whatever its name ends in."""
    if hasattr(initializer, "_init_weight"):
        initializer._init_weight(desc, arr)
    else:  # Mixed, Load, a plain function: they choose by name
        initializer(InitDesc(desc, global_init=desc.global_init), arr)
