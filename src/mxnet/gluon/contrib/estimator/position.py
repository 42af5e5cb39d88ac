"""Where a training stands in its data, and the way back there."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np

from ....base import MXNetError
from ...data import DataLoader
from ...data.sampler import BatchSampler as _BatchSampler
from ...data.sampler import FilterSampler, RandomSampler, SequentialSampler
from ..data.sampler import IntervalSampler
from .state import random_state, sampler_state, samplers_of, set_random_state, set_sampler_state

__all__ = ["Position"]

_DRAW_AT_ONCE = (
    _BatchSampler,
    FilterSampler,
    IntervalSampler,
    RandomSampler,
    SequentialSampler,
    list,
    np.ndarray,
    range,
    tuple,
)
"""Samplers that need the random streams when a pass begins, and not again before the next."""


class Position:
    """Epoch and batch of a training.

    In the middle of an epoch, a pass is begun again from the random state that it began with, and what was trained
    on already is left out: of the loader of `gluon.data` with its own samplers without being fetched, of any other
    by fetching it once more.

    Attributes
    ----------
    epoch : finished epochs.
    batch : finished batches of the present epoch.
    batches : finished batches of all epochs.
    tracked : whether the random state at the beginning of a pass is kept, for a checkpoint in the middle of it.
    """

    def __init__(self, loader: Any) -> None:
        self.loader = loader
        self.epoch = self.batch = self.batches = 0
        self.tracked = False
        self.began = False  # whether a training that goes on in the middle of an epoch is back there
        self._begin: dict[str, Any] | None = None

    def state_dict(self) -> dict[str, Any]:
        """What leads back to this position."""
        return {
            "epoch": self.epoch,
            "batch": self.batch,
            "batches": self.batches,
            "begin": self._begin if self.batch else None,
            "samplers": None if self.batch else sampler_state(self.loader),
            "random": random_state(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go to the position that `state_dict` gave; the random streams go there, too."""
        self.epoch, self.batch, self.batches = state["epoch"], state["batch"], state["batches"]
        self._begin = state["begin"]
        if state["samplers"] is not None:
            set_sampler_state(self.loader, state["samplers"])
        if state["random"] is not None:
            set_random_state(state["random"])

    def end_epoch(self) -> None:
        """Count the epoch."""
        self.epoch += 1
        self.batch = 0

    def batches_left(self) -> Iterator[Any]:
        """The batches of this epoch, or what is left of them."""
        if self.batch == 0:
            self._begin = self._pass_state() if self.tracked else None
            return iter(self.loader)
        return self._continued()

    def _pass_state(self) -> dict[str, Any]:
        # Our samplers draw from NumPy's stream alone; the state of mx.random is as large as a small network.
        streams = ("numpy",) if self._draws_at_once() else ("mxnet", "numpy", "python", "torch")
        return {
            "length": _length(self.loader),
            "random": random_state(streams),
            "samplers": sampler_state(self.loader),
        }

    def _draws_at_once(self) -> bool:
        if getattr(type(self.loader), "__iter__", None) is not DataLoader.__iter__:
            return False
        return all(type(sampler) in _DRAW_AT_ONCE for sampler in samplers_of(self.loader))

    def _continued(self) -> Iterator[Any]:
        now, begin = random_state(), self._begin
        assert begin is not None
        set_sampler_state(self.loader, begin["samplers"])
        length = _length(self.loader)
        if length != begin["length"]:
            raise MXNetError(
                "CheckpointHandler: the data are not those of the checkpoint",
                received=f"a loader of {length} batches; the checkpoint has batch {self.batch} of {begin['length']}",
                because="the training goes on in the middle of an epoch, with the batches that are left of it",
                hint="the same data and batch size, or resume_from_checkpoint=False",
            )
        set_random_state(begin["random"])
        if self._draws_at_once():
            left = _without_first(self.loader, self.batch)
        else:
            left = iter(self.loader)
            for _ in range(self.batch):
                next(left, None)
        set_random_state(now)
        return left


class _Rest:
    """A sampler that goes on with one that was begun."""

    def __init__(self, order: Iterator[Any], length: int) -> None:
        self._order = order
        self._length = length

    def __iter__(self) -> Iterator[Any]:
        return self._order

    def __len__(self) -> int:
        return self._length


def _without_first(loader: Any, count: int) -> Iterator[Any]:
    """One pass of a loader without its first batches, which are not fetched."""
    length = len(loader)
    order = iter(loader._batch_sampler)
    for _ in range(count):
        next(order, None)
    shorter = copy.copy(loader)
    shorter._batch_sampler = _Rest(order, length - count)
    shorter._idle, shorter._iter, shorter.auto_reload = [], None, False  # workers of its own

    def batches() -> Iterator[Any]:
        try:
            yield from shorter
        finally:
            shorter.clean()

    return batches()


def _length(loader: Any) -> int | None:
    try:
        return len(loader)
    except (TypeError, NotImplementedError, AttributeError):
        return None
