"""Blocks side by side, and the one that does nothing."""

from __future__ import annotations

from typing import Any

from .... import ndarray as nd
from ....base import MXNetError
from ...block import Block
from ...hybrid_block import HybridBlock
from ...nn import HybridSequential, Sequential

__all__ = ["Concurrent", "HybridConcurrent", "Identity"]


class Concurrent(Sequential):
    """Blocks side by side: each takes x, and their outputs are joined along ``axis``.

    Shapes: x what the blocks take; y the sum of their outputs' lengths along ``axis``, where alone they may differ.

    >>> from mxnet import nd
    >>> from mxnet.gluon import nn
    >>> from mxnet.gluon.contrib.nn import Concurrent, Identity
    >>> block = Concurrent(axis=1)
    >>> block.add(nn.Dense(3), Identity())
    >>> block.initialize()
    >>> block(nd.ones((2, 4))).shape
    (2, 7)
    """

    def __init__(self, axis: int = -1, prefix: str | None = None, params: Any = None) -> None:
        super().__init__(prefix=prefix, params=params)
        self.axis = axis

    def forward(self, x: Any, *args: Any) -> Any:
        """Run all blocks on ``x`` and join what they give."""
        return _joined(self, nd, (x, *args))

    def __getitem__(self, key: int | slice) -> Any:
        return _with_axis(super().__getitem__(key), self, key)


class HybridConcurrent(HybridSequential):
    """`Concurrent` of HybridBlocks, itself one.

    >>> from mxnet import nd
    >>> from mxnet.gluon import nn
    >>> from mxnet.gluon.contrib.nn import HybridConcurrent, Identity
    >>> block = HybridConcurrent(axis=1)
    >>> block.add(Identity(), nn.Activation("relu"))
    >>> block(nd.array([[-1, 2]])).asnumpy().tolist()
    [[-1.0, 2.0, 0.0, 2.0]]
    """

    def __init__(self, axis: int = -1, prefix: str | None = None, params: Any = None) -> None:
        super().__init__(prefix=prefix, params=params)
        self.axis = axis

    def hybrid_forward(self, F: Any, x: Any, *args: Any) -> Any:
        """Run all blocks on ``x`` and join what they give."""
        return _joined(self, F, (x, *args))

    def __getitem__(self, key: int | slice) -> Any:
        return _with_axis(super().__getitem__(key), self, key)


class Identity(HybridBlock):
    """``y = x``: a way around, beside other blocks in a `HybridConcurrent`.

    >>> from mxnet import nd
    >>> from mxnet.gluon.contrib.nn import Identity
    >>> Identity()(nd.ones((2, 3))).shape
    (2, 3)
    """

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Give back ``x`` itself."""
        return x


def _joined(block: Any, F: Any, inputs: tuple[Any, ...]) -> Any:
    outputs = [child(*inputs) for child in block._children.values()]
    if not outputs:
        raise MXNetError(
            f"{type(block).__name__} has no blocks",
            because="there is nothing to join",
            hint="add(...) blocks first",
        )
    return F.concat(*outputs, dim=block.axis)


def _with_axis(part: Block, whole: Any, key: int | slice) -> Block:
    """A slice joins along the same axis as the whole. Differs from 1.9.1, where it forgets the axis."""
    if isinstance(key, slice):
        part.axis = whole.axis  # type: ignore[attr-defined]
    return part
