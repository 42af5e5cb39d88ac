"""``mx.model``: checkpoints of networks, what callbacks are told, and the old `FeedForward`."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from . import ndarray as nd
from ._surface import module_getattr as _module_getattr
from .base import message
from .ndarray import NDArray

if TYPE_CHECKING:
    from ._feedforward import FeedForward
    from .symbol import Symbol

__all__ = ["BatchEndParam", "FeedForward", "load_checkpoint", "load_params", "save_checkpoint"]

_absent = _module_getattr(__name__)
Arrays = dict[str, NDArray]


def __getattr__(name: str) -> Any:
    if name == "FeedForward":
        from ._feedforward import FeedForward

        return FeedForward
    return _absent(name)


class BatchEndParam(NamedTuple):
    """What a callback of a batch is told.

    Attributes
    ----------
    epoch, nbatch : counted from 0.
    eval_metric : the metric, up to date.
    locals : the variables of the loop: ``param.locals["self"]`` is the module.
    """

    epoch: int
    nbatch: int
    eval_metric: Any
    locals: Any


def save_checkpoint(
    prefix: Any,
    epoch: int,
    symbol: Symbol | None,
    arg_params: Mapping[str, NDArray],
    aux_params: Mapping[str, NDArray],
    remove_amp_cast: bool = True,
) -> None:
    """Write a network to ``<prefix>-symbol.json`` and ``<prefix>-<epoch in four digits>.params``.

    Each file appears whole or not at all. The real MXNet reads them.

    Parameters
    ----------
    prefix : path without what is appended here.
    epoch : number of the epoch.
    symbol : the graph; None leaves that file out.
    arg_params, aux_params : arrays of arguments and auxiliary states by name.
    remove_amp_cast : whether to leave out the casts of automatic mixed precision.

    Raises
    ------
    TypeError : the parameters are no arrays by name.
    MXNetError : a file cannot be written.

    >>> import os, tempfile
    >>> prefix = os.path.join(tempfile.mkdtemp(), "net")
    >>> save_checkpoint(prefix, 3, mx.sym.var("x") * mx.sym.var("w"), {"w": nd.ones((2,))}, {})
    >>> symbol, arg_params, aux_params = load_checkpoint(prefix, 3)
    >>> symbol.list_arguments(), list(arg_params), aux_params
    (['x', 'w'], ['w'], {})
    """
    file = checkpoint_file("save_checkpoint", prefix, epoch)
    arrays = named_by_kind("save_checkpoint", arg_params, aux_params)
    if symbol is not None:
        symbol.save(f"{prefix}-symbol.json", remove_amp_cast)
    nd.save(file, arrays)
    logging.info('Saved checkpoint to "%s"', file)


def load_params(prefix: Any, epoch: int) -> tuple[Arrays, Arrays]:
    """The arrays of ``<prefix>-<epoch>.params``: those of arguments, and those of auxiliary states.

    Raises
    ------
    MXNetError : there is no such file, or it is damaged.
    ValueError : the names in it do not say what is an argument and what an auxiliary state.
    """
    return read_params(checkpoint_file("load_params", prefix, epoch))


def load_checkpoint(prefix: Any, epoch: int) -> tuple[Symbol, Arrays, Arrays]:
    """The graph and the arrays that `save_checkpoint` wrote, here or in the real MXNet: symbol, arguments, states.

    Raises
    ------
    MXNetError : there is no such file, or it is damaged.
    """
    from . import symbol as sym

    symbol = sym.load(f"{prefix}-symbol.json")
    return symbol, *load_params(prefix, epoch)


def checkpoint_file(what: str, prefix: Any, epoch: Any, ending: str = "params") -> str:
    """``<prefix>-<epoch in four digits>.<ending>``; ``TypeError`` for an epoch that is no number."""
    try:
        return f"{prefix}-{int(epoch):04d}.{ending}"
    except (TypeError, ValueError):
        raise TypeError(
            message(f"{what}: epoch is a number", received=f"epoch={epoch!r}", hint="epoch=0")
        ) from None


def named_by_kind(what: str, arg_params: Any, aux_params: Any) -> Arrays:
    """Arrays of both kinds as parameter files have them: ``arg:fc_weight``, ``aux:bn_moving_mean``."""
    found: Arrays = {}
    for kind, arrays in (("arg", arg_params), ("aux", aux_params)):
        if not isinstance(arrays, Mapping):
            raise TypeError(
                message(
                    f"{what}: {kind}_params are arrays by name",
                    received=type(arrays).__name__,
                    hint="what module.get_params() returns, or {} for none",
                )
            )
        for name, array in arrays.items():
            if not isinstance(array, NDArray):
                raise TypeError(
                    message(
                        f"{what}: {kind}_params are arrays by name",
                        received=f"{type(array).__name__} for {name}",
                        hint=f"nd.array({name})",
                    )
                )
            found[f"{kind}:{name}"] = array
    return found


def read_params(file: Any) -> tuple[Arrays, Arrays]:
    """The arrays of a parameter file by kind; those of neither kind are left out, as in 1.9.1."""
    content = nd.load(file)
    if not content:
        logging.warning("Params file '%s' is empty", file)
        return {}, {}
    plain = [name for name in content if ":" not in name] if isinstance(content, dict) else ["(no names)"]
    if plain or not isinstance(content, dict):
        raise ValueError(
            message(
                f"Invalid param file {file}",
                received=", ".join(plain[:3]) + (", ..." if len(plain) > 3 else ""),
                because="names begin with arg: or aux: in the files of checkpoints",
                hint="net.load_parameters(file), if a gluon.Block wrote it; nd.load(file) for plain arrays",
            )
        )
    kinds: tuple[Arrays, Arrays] = ({}, {})
    for name, array in content.items():
        kind, _, rest = name.partition(":")
        if kind in ("arg", "aux"):
            kinds[kind == "aux"][rest] = array
    return kinds
