"""Joining graphs with arrays: what `Symbol.bind` and `Symbol.simple_bind` do."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

import torch

from .. import ndarray as nd
from .. import tape
from ..base import MXNetError, OptionError, message
from ..context import Context
from ..dtype import name as dtype_name
from ..dtype import to_torch
from ..ndarray import NDArray
from .executor import Bound, Executor
from .infer import lengths_of, shapes_of
from .infer_types import infer_type
from .symbol import Symbol

__all__ = ["bind", "simple_bind"]


def bind(
    symbol: Symbol,
    ctx: Context,
    args: Any,
    args_grad: Any = None,
    grad_req: Any = "write",
    aux_states: Any = None,
    group2ctx: Any = None,
) -> Executor:
    """See `Symbol.bind`."""
    names = symbol.list_arguments()
    _check_context("bind", ctx)
    _refuse_repeated("bind", symbol)
    arrays = _arrays("args", args, names, required=True)
    grads = dict.fromkeys(names) | _arrays("args_grad", args_grad, names, required=False)
    aux = _arrays("aux_states", aux_states, symbol.list_auxiliary_states(), required=True)
    requests = _requests(grad_req, names)
    requests = {
        name: request if grads.get(name) is not None else "null" for name, request in requests.items()
    }
    for name, gradient in grads.items():
        if gradient is not None and gradient.shape != arrays[name].shape:
            raise MXNetError(
                f"bind: the gradient of {name} has the shape of {name}",
                received=f"{gradient.shape} for {arrays[name].shape}",
            )
    return Executor(Bound(arrays, grads, aux), symbol, ctx, requests, group2ctx)


def simple_bind(
    symbol: Symbol,
    ctx: Context,
    grad_req: Any = "write",
    type_dict: Any = None,
    group2ctx: Any = None,
    shared_arg_names: Any = None,
    shared_exec: Executor | None = None,
    shared_buffer: dict[str, NDArray] | None = None,
    shapes: dict[str, Any] | None = None,
) -> Executor:
    """See `Symbol.simple_bind`."""
    _check_context("simple_bind", ctx)
    _refuse_repeated("simple_bind", symbol)
    given = {name: lengths_of("simple_bind", name, shape) for name, shape in (shapes or {}).items()}
    types = _types(symbol, type_dict or {})
    _, variables = shapes_of(symbol._entries, given, types)
    inputs = symbol.list_inputs()
    unknown = [name for name in inputs if name not in variables or 0 in variables[name]]
    if unknown:
        strange = [name for name in given if name not in inputs]
        raise RuntimeError(
            message(
                f"simple_bind: the shapes of {', '.join(unknown)} are not known",
                received=", ".join(f"{name} {shape}" for name, shape in given.items()) or "no shapes",
                because=f"{', '.join(strange)} is no argument of the graph"
                if strange
                else "they do not follow from the shapes that are given",
                hint=f"simple_bind(ctx, {unknown[0]}={given[strange[0]] if strange else '(...)'})",
            )
        )
    names = symbol.list_arguments()
    requests = _requests(grad_req, names)
    shared = set(shared_arg_names or ()) if shared_exec is not None else set()

    def made(name: str, kind: str) -> NDArray:
        """An array of another executor, a part of one in the buffer, or a new one."""
        dtype = types.get(name, torch.float32)
        if name in shared or (shared and kind == "states"):
            return _taken(name, getattr(shared_exec, f"_{kind}").get(name), variables[name], dtype, ctx)
        key = f"grad of {name}" if kind == "gradients" else name
        if shared_buffer is None or name in (shared_arg_names or ()) or kind == "states":
            return _zeros(variables[name], dtype, ctx)
        held = shared_buffer.get(key)
        if held is None or held.size < math.prod(variables[name]) or held._t.dtype is not dtype:
            held = shared_buffer[key] = _zeros(variables[name], dtype, ctx)
        if held.shape == variables[name]:
            return held
        return held.reshape((-1,))[: math.prod(variables[name])].reshape(variables[name])

    args = {name: made(name, "arguments") for name in names}
    grads: dict[str, NDArray | None] = {
        name: made(name, "gradients") if requests[name] != "null" else None for name in names
    }
    aux = {name: made(name, "states") for name in symbol.list_auxiliary_states()}
    return Executor(Bound(args, grads, aux), symbol, ctx, requests, group2ctx)


def _types(symbol: Symbol, type_dict: Mapping[str, Any]) -> dict[str, torch.dtype]:
    """The types of all variables that are known, by name."""
    arguments, _, states = infer_type(symbol, (), dict(type_dict), partial=True)
    found = [
        *zip(symbol.list_arguments(), arguments, strict=True),
        *zip(symbol.list_auxiliary_states(), states, strict=True),
    ]
    return {name: to_torch(dtype) for name, dtype in found if dtype is not None}


def _zeros(shape: tuple[int, ...], dtype: torch.dtype, ctx: Context) -> NDArray:
    return nd.zeros(shape, ctx=ctx, dtype=dtype)


def _taken(
    name: str, array: NDArray | None, shape: tuple[int, ...], dtype: torch.dtype, ctx: Context
) -> NDArray:
    """The array of another executor, which has to fit."""
    if array is None:
        return _zeros(shape, dtype, ctx)
    if array.shape != shape or array._t.dtype is not dtype:
        raise MXNetError(
            f"simple_bind: the shared array of {name} does not fit",
            received=tape.describe(array),
            because=f"{name} is {shape} {dtype_name(dtype)} here",
            hint="leave it out of shared_arg_names",
        )
    return array


def _refuse_repeated(caller: str, symbol: Symbol) -> None:
    """Raise ``MXNetError`` where two variables have one name: they would get one array, and be learnt as one."""
    names = symbol.list_inputs()
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise MXNetError(
            f"{caller}: several variables are called {', '.join(twice[:8])}",
            received=", ".join(names)[:200],
            because="arrays are given by name",
            hint="a name= of its own for each layer, or one sym.var in all places that share it",
        )


def _check_context(caller: str, ctx: Any) -> None:
    if not isinstance(ctx, Context):
        raise TypeError(message(f"{caller}: Context type error", received=repr(ctx), hint="mx.cpu()"))


def _arrays(what: str, given: Any, names: list[str], required: bool) -> dict[str, Any]:
    """Arrays given in a list or by name, by name."""
    if given is None and (what != "args" or not names):
        given = {}
    if isinstance(given, (list, tuple)):
        if len(given) != len(names):
            raise ValueError(
                message(
                    f"Length of {what} does not match the number of arguments",
                    received=f"{len(given)} arrays",
                    because=f"{len(names)} are needed: {', '.join(names)}",
                )
            )
        given = dict(zip(names, given, strict=True))
    elif not isinstance(given, Mapping):
        raise TypeError(
            message(
                "Only accept list of NDArrays or dict of str to NDArray",
                received=f"{what}={given!r}"[:80],
                because=f"it is needed for {', '.join(names)}",
            )
        )
    missing = [name for name in names if given.get(name) is None]
    if missing and required:
        raise ValueError(
            message(
                f"key `{missing[0]}` is missing in `{what}`", because=f"it is needed for {', '.join(names)}"
            )
        )
    for name in names:
        if given.get(name) is not None and not isinstance(given[name], NDArray):
            raise TypeError(
                message(
                    f"bind: {what} takes NDArrays",
                    received=f"{name} {type(given[name]).__name__}",
                    hint="nd.array(...)",
                )
            )
    return {name: given[name] for name in names if given.get(name) is not None}


def _requests(grad_req: Any, names: list[str]) -> dict[str, str]:
    if isinstance(grad_req, str):
        requests = dict.fromkeys(names, grad_req)
    elif isinstance(grad_req, (list, tuple)) and len(grad_req) == len(names):
        requests = dict(zip(names, grad_req, strict=True))
    elif isinstance(grad_req, Mapping):
        requests = dict(grad_req)
    else:
        raise ValueError(
            message(
                "grad_req is one of 'write', 'add' and 'null', one for each argument, or some by name",
                received=f"{grad_req!r}"[:80],
                because=f"the arguments are {', '.join(names)}",
            )
        )
    requests = {name: requests.get(name, "null") for name in names}
    for name, request in requests.items():
        if request not in ("write", "add", "null"):
            raise OptionError(
                f"grad_req of {name} is one of 'write', 'add' and 'null'",
                received=repr(request),
                hint="'write'",
            )
    return requests
