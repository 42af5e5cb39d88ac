"""Blocks made of other blocks, and of functions."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

from ... import ndarray as nd
from ...base import message, nearest
from ...ops.registry import OPERATORS
from ..block import Block
from ..hybrid_block import HybridBlock
from ..utils import _indent

__all__ = ["HybridLambda", "HybridSequential", "Lambda", "Sequential"]


class _Chain(Block):
    """Blocks in a row, as a sequence."""

    def add(self, *blocks: Any) -> None:
        """Append blocks."""
        for block in blocks:
            self.register_child(block)

    def __repr__(self) -> str:
        inside = "\n".join(f"  ({key}): {_indent(repr(block), 2)}" for key, block in self._children.items())
        return f"{type(self).__name__}(\n{inside}\n)"

    def __getitem__(self, key: int | slice) -> Any:
        layers = list(self._children.values())[key]
        if isinstance(layers, list):
            part = type(self)(prefix=self._prefix)
            with part.name_scope():
                part.add(*layers)
            return part
        return layers

    def __len__(self) -> int:
        return len(self._children)

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[Block]:
        return iter(list(self._children.values()))


class Sequential(_Chain):
    """Blocks one after the other; each takes what the one before gives.

    >>> from mxnet import nd
    >>> from mxnet.gluon import nn
    >>> net = nn.Sequential()
    >>> net.add(nn.Dense(256, activation="relu"), nn.Dense(10))
    >>> net.initialize()
    >>> net(nd.ones((2, 784))).shape
    (2, 10)
    """

    def __init__(self, prefix: str | None = None, params: Any = None) -> None:
        super().__init__(prefix=prefix, params=params)

    def forward(self, x: Any, *args: Any) -> Any:
        """Run the blocks in order."""
        for block in self._children.values():
            x = block(x, *args)
            args = ()
            if isinstance(x, (tuple, list)):
                x, args = x[0], tuple(x[1:])
        return [x, *args] if args else x

    def hybridize(self, active: bool = True, **kwargs: Any) -> None:
        """Hybridize every child; warns if a `HybridSequential` could stand here."""
        if self._children and all(isinstance(c, HybridBlock) for c in self._children.values()):
            warnings.warn(
                f"All children of this Sequential layer '{self.prefix}' are HybridBlocks. Consider "
                "using HybridSequential for the best performance.",
                stacklevel=2,
            )
        super().hybridize(active, **kwargs)


class HybridSequential(_Chain, HybridBlock):
    """`Sequential` of HybridBlocks, itself one.

    >>> from mxnet.gluon import nn
    >>> net = nn.HybridSequential()
    >>> net.add(nn.Dense(2), nn.Dropout(0.5))
    >>> net
    HybridSequential(
      (0): Dense(None -> 2, linear)
      (1): Dropout(p = 0.5, axes=())
    )
    """

    def __init__(self, prefix: str | None = None, params: Any = None) -> None:
        super().__init__(prefix=prefix, params=params)

    def hybrid_forward(self, F: Any, x: Any, *args: Any) -> Any:
        """Run the blocks in order."""
        for block in self._children.values():
            x = block(x, *args)
            args = ()
            if isinstance(x, (tuple, list)):
                x, args = x[0], tuple(x[1:])
        return [x, *args] if args else x


class Lambda(Block):
    """A function over arrays, or the name of one of `nd`, as a block.

    >>> from mxnet import nd
    >>> from mxnet.gluon import nn
    >>> nn.Lambda(lambda x: x - x.mean())(nd.array([1, 3])).asnumpy().tolist()
    [-1.0, 1.0]
    """

    def __init__(self, function: str | Callable[..., Any], prefix: str | None = None) -> None:
        super().__init__(prefix=prefix)
        if isinstance(function, str):
            self._func_impl = _named(function, "ndarray")
            self._func_name = function
        elif callable(function):
            self._func_impl = function
            self._func_name = getattr(function, "__name__", type(function).__name__)
        else:
            raise _no_function(function)

    def forward(self, *args: Any) -> Any:
        """Call the function."""
        return self._func_impl(*args)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._func_name})"


class HybridLambda(HybridBlock):
    """A function ``function(F, x, ...)``, or the name of one of ``F``, as a HybridBlock.

    >>> from mxnet import nd
    >>> from mxnet.gluon import nn
    >>> nn.HybridLambda("tanh")(nd.zeros((2,))).asnumpy().tolist()
    [0.0, 0.0]
    """

    def __init__(self, function: str | Callable[..., Any], prefix: str | None = None) -> None:
        super().__init__(prefix=prefix)
        if isinstance(function, str):
            _named(function, "symbol/ndarray")
            self._func: Callable[..., Any] = lambda F, *args: getattr(F, function)(*args)
            self._func_name = function
        elif callable(function):
            self._func = function
            self._func_name = getattr(function, "__name__", type(function).__name__)
        else:
            raise _no_function(function)

    def hybrid_forward(self, F: Any, x: Any, *args: Any) -> Any:
        """Call the function."""
        return self._func(F, x, *args)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._func_name})"


def _named(name: str, where: str) -> Callable[..., Any]:
    function = getattr(nd, name, None)
    if not callable(function):
        close = nearest(name, OPERATORS)
        raise AssertionError(
            message(f"Function name {name} is not found in {where}.", hint=f"'{close}'" if close else None)
        )
    return function


def _no_function(given: Any) -> ValueError:
    return ValueError(
        message(
            f"Unrecognized function in lambda: {given} of type {type(given)}",
            hint="a function, or the name of one of mx.nd",
        )
    )
