"""Initialisers that look at a parameter's name first."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..base import message, nearest
from ..ndarray import NDArray, load
from .base import InitDesc, create, fill_weight

__all__ = ["Load", "Mixed"]


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
            fill_weight(create(own), InitDesc(name), arr)
        else:
            self._matching(name)(name, arr)

    def _init_weight(self, name: str, arr: NDArray) -> None:
        """Fill a parameter that has this for an initialiser: as a weight, whatever its name ends in."""
        fill_weight(self._matching(name), InitDesc(name), arr)

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
        self._fill(name, arr, lambda default: default(name, arr))

    def _init_weight(self, name: str, arr: NDArray) -> None:
        """Fill a parameter that has this for an initialiser: by default as a weight, whatever its name ends in."""
        self._fill(name, arr, lambda default: fill_weight(default, InitDesc(name), arr))

    def _fill(self, name: str, arr: NDArray, by_default: Callable[[Any], None]) -> None:
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
            by_default(create(self.default_init))
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
