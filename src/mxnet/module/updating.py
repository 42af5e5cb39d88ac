"""How parameters get their new values: on each device, or in a store that the devices push to and pull from."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from .. import optimizer as opt
from ..base import message
from ..model import Arrays
from ..ndarray import NDArray

__all__ = ["create_kvstore", "index_names", "initialize_kvstore", "update_by_kvstore", "update_by_updater"]

_LARGE = 1024 * 1024 * 16
Copies = Sequence[Sequence[Any]]
"""For each parameter the arrays of all devices."""


def create_kvstore(kvstore: Any, devices: int, arg_params: Arrays) -> tuple[Any, bool]:
    """A store by name, itself or none, and whether it updates the parameters.

    One device needs none, whatever it is called, unless processes are joined.

    Raises
    ------
    TypeError : it is no store.
    """
    if kvstore is None:
        return None, False
    on_store = bool(int(os.getenv("MXNET_UPDATE_ON_KVSTORE", "1")))
    if not isinstance(kvstore, str):
        if not all(hasattr(kvstore, name) for name in ("init", "push", "pull")):
            raise TypeError(
                message(
                    "kvstore must be KVStore, str or None",
                    received=repr(kvstore),
                    hint="kvstore='local'",
                )
            )
        return kvstore, on_store
    if devices == 1 and "dist" not in kvstore:
        return None, False
    from .. import kvstore as stores

    if kvstore == "local" and max((array.size for array in arg_params.values()), default=0) > _LARGE:
        on_store = False
    return stores.create(kvstore), on_store


def initialize_kvstore(
    kvstore: Any, param_arrays: Copies, arg_params: Arrays, param_names: Sequence[str], on_store: bool
) -> None:
    """Take the parameters into a store."""
    for place, (name, copies) in enumerate(zip(param_names, param_arrays, strict=True)):
        kvstore.init(name, arg_params[name])
        if on_store:
            kvstore.pull(name, out=list(copies), priority=-place)


def update_by_kvstore(
    kvstore: Any, param_arrays: Copies, grad_arrays: Copies, param_names: Sequence[str]
) -> None:
    """Let a store update the parameters: push gradients, pull parameters."""
    for place, (name, copies, grads) in enumerate(zip(param_names, param_arrays, grad_arrays, strict=True)):
        if grads[0] is not None:
            kvstore.push(name, list(grads), priority=-place)
            kvstore.pull(name, out=list(copies), priority=-place)


def update_by_updater(
    updater: opt.Updater, param_arrays: Copies, grad_arrays: Copies, kvstore: Any, param_names: Sequence[str]
) -> None:
    """Update the parameters on each device, with gradients that a store sums if there is one."""
    devices = len(param_arrays[0]) if param_arrays else 0
    todo: list[list[tuple[int, NDArray, NDArray]]] = [[] for _ in range(devices)]
    for place, (name, copies, grads) in enumerate(zip(param_names, param_arrays, grad_arrays, strict=True)):
        if grads[0] is None:
            continue
        if kvstore is not None:
            kvstore.push(name, list(grads), priority=-place)
            kvstore.pull(name, out=list(grads), priority=-place)
        for device, (weight, gradient) in enumerate(zip(copies, grads, strict=True)):
            todo[device].append((place * devices + device, gradient, weight))
    for each in todo:
        if each:
            indices, gradients, weights = (list(some) for some in zip(*each, strict=True))
            updater(indices, gradients, weights)


def index_names(param_names: Sequence[str], devices: int) -> dict[int, str]:
    """The names of parameters by the numbers under which `update_by_updater` updates them."""
    return {
        place * devices + device: name for device in range(devices) for place, name in enumerate(param_names)
    }
