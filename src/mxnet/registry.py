"""``mx.registry``: classes by name, as optimisers, metrics and initialisers are kept."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

from ._surface import module_getattr as _module_getattr
from .base import message, nearest

__all__ = ["get_alias_func", "get_create_func", "get_register_func", "get_registry"]

_REGISTRIES: dict[type, dict[str, type]] = {}
_Kind = TypeVar("_Kind", bound=type)


def get_registry(base_class: type) -> dict[str, type]:
    """A copy of the classes that are registered under a base class, by their names in small letters."""
    return dict(_REGISTRIES.setdefault(base_class, {}))


def get_register_func(base_class: type, nickname: str) -> Callable[..., Any]:
    """Make the function that registers classes derived from ``base_class``.

    >>> class Animal: pass
    >>> register = get_register_func(Animal, "animal")
    >>> @register
    ... class Cat(Animal): pass
    >>> get_create_func(Animal, "animal")("cat").__class__.__name__
    'Cat'
    """
    registry = _REGISTRIES.setdefault(base_class, {})

    def register(klass: _Kind, name: str | None = None) -> _Kind:
        fits = isinstance(klass, type) and issubclass(klass, base_class)
        assert fits, message(f"Can only register subclass of {base_class.__name__}", received=repr(klass))
        key = (name or klass.__name__).lower()
        if registry.get(key, klass) is not klass:
            warnings.warn(
                f"New {nickname} {klass.__module__}.{klass.__name__} registered with name {key} is overriding "
                f"existing {nickname} {registry[key].__module__}.{registry[key].__name__}",
                stacklevel=2,
            )
        registry[key] = klass
        return klass

    register.__doc__ = f"Register {nickname} to the {nickname} factory"
    return register


def get_alias_func(base_class: type, nickname: str) -> Callable[..., Any]:
    """Make the decorator that registers a class under several names."""
    register = get_register_func(base_class, nickname)

    def alias(*aliases: str) -> Callable[[_Kind], _Kind]:
        def registered(klass: _Kind) -> _Kind:
            for name in aliases:
                register(klass, name)
            return klass

        return registered

    return alias


def get_create_func(base_class: type, nickname: str) -> Callable[..., Any]:
    """Make the function that creates an instance from a name, a description in JSON, or an instance, which it returns.

    The instance may be given as the argument ``nickname``, too.
    """
    registry = _REGISTRIES.setdefault(base_class, {})

    def create(*args: Any, **kwargs: Any) -> Any:
        if args:
            name, args = args[0], args[1:]
        else:
            name = kwargs.pop(nickname)
        alone = not (args or kwargs)
        if isinstance(name, base_class):
            assert alone, message(
                f"{nickname} is already an instance. Additional arguments are invalid", received=repr(name)
            )
            return name
        if isinstance(name, dict):
            return create(**name)
        assert isinstance(name, str), message(f"{nickname} must be of string type", received=repr(name))
        if name.startswith("["):
            assert alone, message(f"{nickname} is described in full already", received=name)
            name, kwargs = json.loads(name)
            return create(name, **kwargs)
        if name.startswith("{"):
            assert alone, message(f"{nickname} is described in full already", received=name)
            return create(**json.loads(name))
        key = name.lower()
        close = nearest(key, registry)
        assert key in registry, message(
            f"{key} is not registered. Please register with {nickname}.register first",
            hint=repr(close) if close else None,
        )
        return registry[key](*args, **kwargs)

    create.__doc__ = f"Create a {nickname} instance from config."
    return create


__getattr__ = _module_getattr(__name__)
