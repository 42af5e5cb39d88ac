"""The values of parameters: first ones, given ones, and whether the devices have newer ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .. import initializer as init
from .. import ndarray as nd
from ..base import ShapeError, message
from ..model import Arrays
from ..ndarray import NDArray

__all__ = ["Freshness", "check_given", "first_values", "of_first"]


class Freshness:
    """Whether the devices have newer values than the host; modules that share parameters share this."""

    __slots__ = ("is_stale",)

    def __init__(self) -> None:
        self.is_stale = False


def of_first(names: Sequence[str], copies: Sequence[Sequence[NDArray]]) -> Arrays:
    """The arrays of the first device by name."""
    return {name: each[0] for name, each in zip(names, copies, strict=True)}


def first_values(
    have: Arrays, given: Any, before: Arrays, initializer: Any, attributes: Mapping[str, dict[str, str]]
) -> Arrays:
    """New arrays on the host: given ones, else what the initialiser makes, else what was there.

    Parameters
    ----------
    have : the arrays of a device, for their shapes and types.
    given : values by name; None for none.
    before : what was there.
    initializer : None for none.
    attributes : those of variables by name, which may bring an initialiser of their own.
    """
    found: Arrays = {}
    for name in sorted(have):
        value = None if given is None else given.get(name)
        if value is None and initializer is None:
            value = before.get(name)
        found[name] = nd.zeros(have[name].shape, dtype=have[name].dtype)
        if value is not None:
            value.astype(found[name].dtype).copyto(found[name])
        elif initializer is not None:
            initializer(init.InitDesc(name, attributes.get(name)), found[name])
    return {name: found[name] for name in have}


def check_given(have: Arrays, given: Any, allow_missing: bool) -> None:
    """Refuse parameters of which some are missing, are no arrays or have other shapes."""
    if given is None:
        return
    if not isinstance(given, Mapping):
        raise TypeError(
            message(
                "parameters are arrays by name",
                received=type(given).__name__,
                hint="module.set_params(arg_params, aux_params), as get_params returns them",
            )
        )
    for name, array in have.items():
        value = given.get(name)
        if value is None:
            if not allow_missing:
                raise RuntimeError(
                    message(
                        f"{name} is not presented",
                        because="all parameters of the graph are needed: " + ", ".join(have),
                        hint="allow_missing=True, with which an initializer fills it",
                    )
                )
        elif not isinstance(value, NDArray):
            raise TypeError(
                message(
                    "parameters are arrays by name",
                    received=f"{name} {type(value).__name__}",
                    hint="nd.array(...)",
                )
            )
        elif value.shape != array.shape:
            raise ShapeError(
                f"{name} has another shape",
                received=f"{name} {value.shape}",
                because=f"the graph needs {array.shape}",
            )
