"""When a whole batch can be fetched at once instead of sample by sample.

Two promises make it possible:

- a dataset defines ``__getitems__(indices)``, which returns what `default_batchify_fn` would make of
  ``[self[i] for i in indices]`` (an array that is itself the dataset needs none);
- a transform sets ``works_on_batch = True``: applied to a batch it gives the batch of what it would give for
  each sample. If it does so for batches of a certain number of axes only, it says ``batch_ndim = 4``; if it draws
  random numbers, ``draws_random_numbers = True``, and draws for the samples in order. If these do not come from
  ``mx.random``, it names their streams: ``draws_random_numbers = ("random", "np.random")``.

A promise holds for the class that makes it. A subclass that overrides ``__getitem__`` (or a transform's
``forward``) without renewing it is served sample by sample.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from .gathering import gather, is_in_file, is_rows

__all__ = [
    "BatchFetch",
    "SampleBySample",
    "apply_stages",
    "batch_fetch",
    "merged",
    "own_batch_fetch",
    "stages_of",
    "streams_of",
]

_APPLIES = ("__call__", "forward", "hybrid_forward")


class SampleBySample(Exception):
    """Raised while a batch is made: this one cannot be made at once, only from its samples."""


@dataclass(frozen=True)
class BatchFetch:
    """How to get a batch: ``fetch(indices)``; whether it draws random numbers on the way, and reads from a file."""

    fetch: Callable[[Any], Any]
    random: bool = False
    in_file: bool = False

    def __call__(self, indices: Any) -> Any:
        return self.fetch(indices)


def batch_fetch(dataset: Any) -> BatchFetch | None:
    """The way to fetch whole batches of ``dataset``, or None if it goes sample by sample only."""
    offer = getattr(dataset, "_batch_fetch", None)
    if offer is not None:
        return offer()
    if is_rows(dataset):
        return BatchFetch(partial(gather, dataset), in_file=is_in_file(dataset))
    return own_batch_fetch(dataset)


def own_batch_fetch(dataset: Any, in_file: bool = False) -> BatchFetch | None:
    """The dataset's own ``__getitems__``, unless a subclass has changed what its samples are."""
    if _promises(type(dataset), "__getitems__", ("__getitem__",)):
        return BatchFetch(dataset.__getitems__, in_file=in_file)
    return None


def stages_of(transform: Any) -> list[Any] | None:
    """The steps of a transform, if each of them works on batches, else None.

    Two steps that draw random numbers from one stream would draw in another order than sample by sample, and give
    other results: None as well.
    """
    stages = list(_unfold(transform))
    if not all(_works_on_batch(stage) for stage in stages):
        return None
    streams = [stream for stage in stages for stream in streams_of(stage)]
    return stages if len(set(streams)) == len(streams) else None


def draws_random_numbers(stage: Any) -> bool:
    """Whether a step takes numbers from a random stream."""
    return bool(streams_of(stage))


def streams_of(stage: Any) -> tuple[str, ...]:
    """The random streams that a step draws from."""
    drawn = getattr(stage, "draws_random_numbers", ())
    return tuple(drawn) if isinstance(drawn, (tuple, list)) else ("mx.random",) * bool(drawn)


def apply_stages(stages: list[Any], batch: Any) -> Any:
    """Apply the steps to a batch; raises `SampleBySample` at one for which it has the wrong number of axes."""
    for stage in stages:
        ndim = getattr(stage, "batch_ndim", None)
        if ndim is not None and batch.ndim != ndim:
            raise SampleBySample
        batch = stage(batch)
    return batch


def merged(stages: list[Any]) -> list[Any]:
    """The same steps, with one in the place of two where it does both without an array in between."""
    from .vision.transforms.convert import Normalize, Scaling, ToTensor

    result: list[Any] = []
    for stage in stages:
        if type(stage) is Normalize and result and type(result[-1]) is ToTensor:
            stage = Scaling(result.pop(), stage)
        result.append(stage)
    return result


def _unfold(transform: Any) -> Iterator[Any]:
    """The innermost steps of containers, or the transform itself."""
    from ..nn import HybridSequential, Sequential
    from .vision.transforms import Compose, HybridCompose, PlainFunction

    if _has_hooks(transform):
        yield transform
    elif type(transform) in (Compose, HybridCompose, HybridSequential, Sequential):
        for child in transform._children.values():
            yield from _unfold(child)
    elif type(transform) is PlainFunction:
        yield from _unfold(transform.function)
    else:
        yield transform


def _works_on_batch(stage: Any) -> bool:
    if _has_hooks(stage):
        return False  # they expect to be called for each sample
    return _promises(type(stage), "works_on_batch", _APPLIES) and bool(stage.works_on_batch)


def _has_hooks(block: Any) -> bool:
    return bool(getattr(block, "_forward_hooks", None) or getattr(block, "_forward_pre_hooks", None))


def _promises(cls: type, promise: str, kept_by: tuple[str, ...]) -> bool:
    for each in cls.__mro__:
        if promise in vars(each):
            return True
        if any(name in vars(each) for name in kept_by):
            return False
    return False
