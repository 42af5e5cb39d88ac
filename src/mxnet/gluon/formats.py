"""How arrays are nested, in the words of 1.9.1, which GluonTS writes beside its models.

A format is 0 for an array, -1 for None, the number of outputs for a symbol that has several, a list for a list.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..base import message
from ..ndarray import NDArray

if TYPE_CHECKING:
    from .tracing import Compiled

__all__ = ["flatten", "format_of", "formats_of", "structure_of"]


def flatten(args: Any, inout_str: str = "input") -> tuple[list[Any], Any]:
    """The arrays or symbols in nested lists and tuples, and their format; ``inout_str`` names them in an error.

    >>> from mxnet import nd
    >>> len(flatten([nd.ones(1), [nd.ones(1), None]])[0]), flatten([nd.ones(1), [nd.ones(1), None]])[1]
    (3, [0, [0, -1]])
    """
    if args is None:
        return [None], -1
    if isinstance(args, NDArray):
        return [args], 0
    if hasattr(args, "list_outputs"):  # as symbols have
        count = len(args.list_outputs())
        return [args], count if count > 1 else 0
    if not isinstance(args, (list, tuple)):
        raise ValueError(
            message(
                f"the {inout_str} of a block is an NDArray or a Symbol, or a list of them",
                received=f"{type(args).__name__} {args!r:.60}",
                hint=f"nd.array({inout_str})",
            )
        )
    flat: list[Any] = []
    formats = []
    for each in args:
        inside, kind = flatten(each, inout_str)
        flat += inside
        formats.append(kind)
    return flat, formats


def format_of(structure: Any, missing: Iterator[bool] | None = None) -> Any:
    """The format of a structure (see `tracing.flattened`); ``missing`` tells which of the arrays are None."""
    if structure is None:
        return -1 if missing is not None and next(missing) else 0
    return [format_of(each, missing) for each in structure[1]]


def structure_of(fmt: Any) -> Any:
    """The structure of a format."""
    if isinstance(fmt, (list, tuple)):
        return False, tuple(map(structure_of, fmt))
    return (False, (None,) * fmt) if fmt > 0 else None


def formats_of(key: Any, compiled: Compiled) -> tuple[Any, Any]:
    """The formats of inputs and outputs that a program was made for."""
    from .tracing import ONE

    inputs = format_of(key[0], iter(key[1]))
    one = compiled.structure is ONE
    return inputs if isinstance(inputs, list) else [inputs], 0 if one else format_of(compiled.structure[1][0])
