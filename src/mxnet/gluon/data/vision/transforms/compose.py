"""Transforms made of others: all of them in a row, or now and then."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .....base import message
from .....ndarray import NDArray
from ....block import Block
from ....hybrid_block import HybridBlock
from ....nn import HybridSequential, Sequential
from ...batching import SampleBySample, apply_stages, stages_of, streams_of

__all__ = ["Compose", "HybridCompose", "HybridRandomApply", "PlainFunction", "RandomApply"]


class Compose(Sequential):
    """Apply transforms one after the other.

    Neighbours that are ``HybridBlock`` become one hybridized ``HybridSequential``; plain functions are welcome.

    >>> from mxnet.gluon.data.vision.transforms import Normalize, Resize, ToTensor
    >>> transform = Compose([Resize(4), ToTensor(), Normalize(0.5, 0.5)])
    >>> transform(nd.zeros((8, 8, 3), dtype="uint8")).shape
    (3, 4, 4)
    """

    def __init__(self, transforms: Sequence[Any]) -> None:
        super().__init__()
        neighbours: list[HybridBlock] = []
        for transform in (*transforms, None):
            if isinstance(transform, HybridBlock):
                neighbours.append(transform)
                continue
            if len(neighbours) > 1:
                chain = HybridSequential()
                chain.add(*neighbours)
                chain.hybridize()
                self.add(chain)
            else:
                self.add(*neighbours)
            neighbours = []
            if transform is not None:
                self.add(transform if isinstance(transform, Block) else PlainFunction(transform))


class PlainFunction(Block):
    """A function, or anything else that can be called, in its place among the blocks of `Compose`."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *args: Any) -> Any:
        return self.function(*args)

    def __repr__(self) -> str:
        return repr(self.function)


class HybridCompose(HybridSequential):
    """`Compose` for transforms that are all HybridBlocks, itself one.

    Differs from 1.9.1: only MXNet 2 has it.

    >>> from mxnet.gluon.data.vision.transforms import CropResize, ToTensor
    >>> HybridCompose([CropResize(1, 1, 4, 2), ToTensor()])(nd.zeros((8, 8, 3), dtype="uint8")).shape
    (3, 2, 4)
    """

    def __init__(self, transforms: Sequence[HybridBlock]) -> None:
        super().__init__()
        self.add(*transforms)
        self.hybridize()


class RandomApply(Sequential):
    """Apply a transform with probability ``p``; otherwise the image stays as it is.

    Python's ``random`` decides. A batch is transformed in one call, for some of its images, if the transform works on
    batches and neither type nor shape changes.

    Parameters
    ----------
    transforms : a transform, any function, or a list of them to apply one after the other.
    p : the probability.

    Differs from 1.9.1: that takes no list, and transforms all images of a batch or none.

    >>> from mxnet.gluon.data.vision.transforms import RandomColorJitter
    >>> jitter = RandomApply(RandomColorJitter(brightness=0.4, hue=0.1), p=0.8)
    >>> jitter(nd.zeros((8, 8, 3), dtype="uint8")).shape
    (8, 8, 3)
    """

    batch_ndim = 4

    def __init__(self, transforms: Any, p: float = 0.5) -> None:
        super().__init__()
        check_probability("RandomApply", p)
        if isinstance(transforms, (list, tuple)):
            transforms = Compose(transforms)
        self.transforms = transforms
        self.p = p

    @property
    def works_on_batch(self) -> bool:
        """Whether a batch gives what its images give: no coin may come in between the numbers that they draw."""
        stages = stages_of(self.transforms)
        return stages is not None and not any("random" in streams_of(stage) for stage in stages)

    @property
    def draws_random_numbers(self) -> tuple[Any, ...]:
        """The streams that this draws from."""
        inner = [stream for stage in stages_of(self.transforms) or () for stream in streams_of(stage)]
        return ("random", *inner)

    def forward(self, x: Any, *args: Any) -> Any:
        if not (isinstance(x, NDArray) and x.ndim == self.batch_ndim):
            return x if random.random() >= self.p else self.transforms(x, *args)
        rows = [row for row in range(len(x)) if random.random() < self.p]
        if not rows:
            return x
        stages = stages_of(self.transforms)
        chosen = x[np.array(rows)]
        changed = self.transforms(chosen) if stages is None else apply_stages(stages, chosen)
        if len(rows) == len(x):
            return changed
        if changed.shape[1:] != x.shape[1:] or changed.dtype != x.dtype:
            raise SampleBySample(
                message(
                    "RandomApply: some images of a batch have another shape or type than the others now",
                    received=f"{np.dtype(x.dtype)} {x.shape[1:]}, {np.dtype(changed.dtype)} {changed.shape[1:]}",
                    hint="one image at a time",
                )
            )
        result = x.copy()
        result[np.array(rows)] = changed
        return result


class HybridRandomApply(HybridSequential):
    """`RandomApply` for a HybridBlock that changes neither type nor shape, itself one; ``mx.random`` decides.

    Differs from 1.9.1: only MXNet 2 has it.

    >>> from mxnet.gluon.data.vision.transforms import RandomLighting
    >>> HybridRandomApply(RandomLighting(0.1), p=0.5)(nd.zeros((8, 8, 3))).shape
    (8, 8, 3)
    """

    def __init__(self, transforms: HybridBlock, p: float = 0.5) -> None:
        super().__init__()
        check_probability("HybridRandomApply", p)
        self.add(transforms)
        self.p = p

    def hybrid_forward(self, F: Any, x: Any, *args: Any) -> Any:
        coin = F.random.uniform(shape=(1,)) < self.p
        (transforms,) = self._children.values()
        return F.contrib.cond(coin, lambda: transforms(x), lambda: F.identity(x))


def check_probability(caller: str, p: float) -> None:
    """Refuse what is not between 0 and 1."""
    if not 0 <= p <= 1:
        raise ValueError(message(f"{caller}: p={p!r}", because="a probability is between 0 and 1"))
