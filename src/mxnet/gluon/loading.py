"""Loaded arrays into parameters: everything that does not fit is said at once, and then nothing is changed."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from .. import ndarray as nd
from ..base import message, nearest
from ..context import Context
from ..dtype import name as dtype_name
from ..dtype import to_torch
from ..ndarray import NDArray
from .parameter import Parameter, contexts_of

__all__ = ["load_arrays", "read_named"]


def read_named(filename: Any, caller: str) -> dict[str, NDArray]:
    """The arrays of a file by name; a file without names raises ``ValueError``."""
    content = nd.load(filename)
    if not isinstance(content, dict):
        if not content:
            return {}
        raise ValueError(
            message(
                f"{caller}: the arrays in {described(filename)} have no names",
                received=f"a list of {len(content)} arrays",
                because="nd.save wrote a list, where parameters are looked up by name",
                hint="save_parameters, or nd.save with a dictionary",
            )
        )
    return content


def described(source: Any) -> str:
    """A file in an error: its path, or what kind of object it is."""
    return os.fspath(source) if isinstance(source, (str, os.PathLike)) else type(source).__name__


def load_arrays(
    parameters: Mapping[str, Parameter],
    arrays: Mapping[str, NDArray | None],
    *,
    source: Any,
    ctx: Context | Sequence[Context] | None,
    allow_missing: bool,
    ignore_extra: bool,
    cast_dtype: bool,
    dtype_source: str,
    extra_error: type[Exception],
    own: bool = True,
) -> None:
    """Give each parameter the array of its name, or raise with the complete list of what is wrong.

    Parameters
    ----------
    parameters : by the names that they have in the file; one parameter may have several.
    ctx : where to put parameters that are not initialised.
    cast_dtype, dtype_source : whether types may differ, and then whose counts, ``'current'`` or ``'saved'``.
    extra_error : raised if unknown names are all that is wrong; anything else is an ``AssertionError``.
    own : whether nobody else has the arrays, as when they come from a file: parameters may keep them.
    """
    if dtype_source not in ("current", "saved"):
        raise AssertionError(message("dtype_source is 'current' or 'saved'", received=repr(dtype_source)))
    contexts = None if ctx is None else contexts_of(ctx)
    problems = [] if allow_missing else _missing(parameters, arrays)
    extra = [] if ignore_extra else [name for name in arrays if name not in parameters]
    fitting = {name: array for name, array in arrays.items() if name in parameters and array is not None}
    for name, array in fitting.items():
        problems += _misfit(name, parameters[name], array, contexts, cast_dtype)
    unknown = [f"'{name}' is in the file, but not here" + _meant(name, parameters) for name in extra]
    if problems or unknown:
        kind = AssertionError if problems else extra_error
        hint = "ignore_extra=True" if not problems else None
        if problems and all("is missing" in each for each in problems):
            hint = "allow_missing=True, which leaves them as they are"
        raise kind(
            message(
                f"parameters from {described(source)} do not fit",
                received=_listed(arrays),
                because="\n            ".join([*problems, *unknown]),
                hint=hint,
            )
        )
    for name, array in fitting.items():
        parameter = parameters[name]
        if cast_dtype and dtype_source == "current":
            array = array.astype(parameter.dtype, copy=False)
        parameter._load_init(array, contexts, own)


def _missing(parameters: Mapping[str, Parameter], arrays: Mapping[str, Any]) -> list[str]:
    names = defaultdict(list)  # one shared parameter may be saved under any of its names
    for name, parameter in parameters.items():
        names[id(parameter)].append(name)
    return [
        f"Parameter '{name}' is missing in file" + _meant(name, arrays)
        for name, parameter in parameters.items()
        if not any(each in arrays for each in names[id(parameter)])
    ]


def _misfit(
    name: str, parameter: Parameter, array: NDArray, contexts: Sequence[Context] | None, cast_dtype: bool
) -> list[str]:
    problems = []
    shape = parameter.shape
    if shape is not None and (
        len(shape) != len(array.shape)
        or any(s not in (0, -1, a) for s, a in zip(shape, array.shape, strict=True))
    ):
        problems.append(f"'{name}' ({parameter.name}): shape expected {shape} vs saved {array.shape}")
    here, saved = to_torch(parameter.dtype), array._t.dtype
    if not cast_dtype and here is not saved:
        problems.append(
            f"'{name}' ({parameter.name}): dtype expected {dtype_name(here)} vs saved {dtype_name(saved)}; "
            "cast_dtype=True converts it"
        )
    if contexts is not None and (parameter._data is not None or parameter._deferred_init):
        already = parameter.list_ctx()
        if set(already) != set(contexts):
            problems.append(
                f"'{name}' ({parameter.name}): to be loaded on {list(contexts)}, but it was previous initialized on "
                f"{already}"
            )
    return problems


def _meant(name: str, known: Mapping[str, Any]) -> str:
    close = nearest(name, known)
    return f" (similar: '{close}')" if close else ""


def _listed(arrays: Mapping[str, Any], limit: int = 12) -> str:
    names = [f"'{name}'" for name in arrays]
    return ", ".join(names[:limit] + [f"... {len(names) - limit} more"] * (len(names) > limit)) or "no arrays"
