"""What the networks share: features followed by an output, trained weights, and short names for common settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any, TypeVar

from ....base import OptionError, message, nearest
from ....context import Context, cpu
from ... import nn
from ...hybrid_block import HybridBlock
from ..model_store import get_model_file

__all__ = ["CPU", "Network", "choose", "load_pretrained", "norm_relu", "shortcut"]

CPU = cpu()

N = TypeVar("N", bound="Network")
T = TypeVar("T")


class Network(HybridBlock):
    """``output(features(x))``: everything but the last layer, and the last layer, which a new task replaces.

    Parameters
    ----------
    prefix, params : as in `Block`.
    """

    features: nn.HybridSequential
    output: HybridBlock

    def __init__(self, prefix: str | None = None, params: Any = None, **unknown: Any) -> None:
        for name, value in unknown.items():
            known = [each for each in signature(type(self)).parameters if each != "kwargs"]
            close = nearest(name, known)
            raise TypeError(
                message(
                    f"{type(self).__name__}.__init__() got an unexpected keyword argument '{name}'",
                    received=f"{name}={value!r:.60}",
                    because=f"it takes {', '.join([*known, 'prefix', 'params'])}",
                    hint=close and f"{close}={value!r:.60}",
                )
            )
        super().__init__(prefix=prefix, params=params)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Compute the scores of the classes, before any softmax."""
        return self.output(self.features(x))


def norm_relu(**kwargs: Any) -> tuple[HybridBlock, HybridBlock]:
    """The two layers that follow most convolutions; arguments are those of `BatchNorm`."""
    return nn.BatchNorm(**kwargs), nn.Activation("relu")


def choose(table: Mapping[int, T], num_layers: int, caller: str) -> T:
    """The entry of a depth; raises `OptionError` (a ``KeyError``) with the depths that there are."""
    if num_layers not in list(table):  # which lists and such may be looked for in, too
        raise OptionError(
            f"{caller}: there is no network of {num_layers!r} layers",
            received=f"num_layers={num_layers!r}",
            hint=" or ".join(map(str, table)),
        )
    return table[num_layers]


def load_pretrained(net: N, name: str, ctx: Context | list[Context], root: str, classes: int = 1000) -> N:
    """Load the trained weights of a network that was made for ``classes``; returns it.

    Raises ``AssertionError`` for other classes than the 1000 of ImageNet, before anything is fetched.
    """
    if classes != 1000:
        raise AssertionError(
            message(
                f"{name}: the trained weights do not fit another number of classes",
                received=f"classes={classes}, pretrained=True",
                because="they are for the 1000 classes of ImageNet",
                hint=f"net = get_model({name!r}, classes={classes}); "
                f"net.features = get_model({name!r}, pretrained=True).features; "
                "net.output.initialize()",
            )
        )
    net.load_parameters(get_model_file(name, root=root), ctx=ctx)
    return net


def shortcut(name: str, about: str, build: Callable[..., N], *args: Any, **fixed: Any) -> Callable[..., N]:
    """Make the function ``name(**kwargs)`` that calls ``build(*args, **kwargs, **fixed)``.

    Parameters
    ----------
    about : what it builds, the beginning of its docstring.
    """

    def make(**kwargs: Any) -> N:
        return build(*args, **{**kwargs, **fixed})

    call = ", ".join([*map(repr, args), "**kwargs", *(f"{key}={value!r}" for key, value in fixed.items())])
    make.__name__ = make.__qualname__ = name
    make.__module__ = build.__module__
    make.__annotations__["return"] = build.__annotations__["return"]
    make.__doc__ = f"""{about}.

    Short for ``{build.__name__}({call})``; the arguments are those of `{build.__name__}`.
    """
    return make
