"""The six events of a training, and what every handler of them is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ....base import message

if TYPE_CHECKING:
    from .estimator import Estimator

__all__ = [
    "EVENTS",
    "BatchBegin",
    "BatchEnd",
    "EpochBegin",
    "EpochEnd",
    "EventHandler",
    "TrainBegin",
    "TrainEnd",
    "in_order",
]


class EventHandler:
    """Base of all handlers: derive from the events that you want to hear of.

    Of several handlers, those with the lowest ``priority`` are called first (an attribute; 0 without one), and those
    of one priority in the order in which they were given.

    ``state_names`` lists the attributes that a `CheckpointHandler` keeps and brings back, so that a training that was
    killed goes on exactly: counters, sums, the best value so far. They are numbers, text, None, arrays, or lists,
    tuples and dictionaries of such. A handler with other needs overrides `state_dict` and `load_state_dict`.

    >>> from mxnet.gluon.contrib.estimator import BatchEnd
    >>> class CountBatches(BatchEnd):
    ...     state_names = ("batches",)
    ...     batches = 0
    ...     def batch_end(self, estimator, *args, **kwargs):
    ...         self.batches += 1
    >>> CountBatches().state_dict()
    {'batches': 0}
    """

    state_names: tuple[str, ...] = ()

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps of this handler."""
        return {name: getattr(self, name) for name in self.state_names if hasattr(self, name)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue with what `state_dict` gave."""
        for name, value in state.items():
            if name in self.state_names:
                setattr(self, name, value)

    def close(self) -> None:
        """Leave things in order after a training that an exception ended; ``train_end`` is not called then."""


class TrainBegin(EventHandler):
    """Hears of the beginning of a training."""

    def train_begin(self, estimator: Estimator, *args: Any, **kwargs: Any) -> Any:
        """Called once, before the first epoch."""


class TrainEnd(EventHandler):
    """Hears of the end of a training."""

    def train_end(self, estimator: Estimator, *args: Any, **kwargs: Any) -> Any:
        """Called once, after the last epoch."""


class EpochBegin(EventHandler):
    """Hears of the beginning of each epoch."""

    def epoch_begin(self, estimator: Estimator, *args: Any, **kwargs: Any) -> Any:
        """Called before the first batch of an epoch."""


class EpochEnd(EventHandler):
    """Hears of the end of each epoch."""

    def epoch_end(self, estimator: Estimator, *args: Any, **kwargs: Any) -> Any:
        """Called after the last batch of an epoch. Returning True ends the training."""
        return False


class BatchBegin(EventHandler):
    """Hears of the beginning of each batch."""

    def batch_begin(self, estimator: Estimator, *args: Any, **kwargs: Any) -> Any:
        """Called with ``batch``, as the loader gave it."""


class BatchEnd(EventHandler):
    """Hears of the end of each batch."""

    def batch_end(self, estimator: Estimator, *args: Any, **kwargs: Any) -> Any:
        """Called with ``batch``, ``pred``, ``label`` and ``loss`` (lists, an array for each context).

        Returning True ends the epoch.
        """
        return False


EVENTS: dict[str, type[EventHandler]] = {
    "train_begin": TrainBegin,
    "epoch_begin": EpochBegin,
    "batch_begin": BatchBegin,
    "batch_end": BatchEnd,
    "epoch_end": EpochEnd,
    "train_end": TrainEnd,
}


def in_order(handlers: Any) -> list[Any]:
    """Handlers as they are called: by priority, then as given.

    Raises ``ValueError`` for anything that is no handler, a class in place of its instance included.
    """
    if handlers is None:
        return []
    if isinstance(handlers, EventHandler):
        handlers = [handlers]
    bad = handlers if not isinstance(handlers, (list, tuple)) else None
    if bad is None:
        bad = next((each for each in handlers if not isinstance(each, EventHandler)), None)
    if bad is not None:
        is_class = isinstance(bad, type) and issubclass(bad, EventHandler)
        raise ValueError(
            message(
                f"handlers must be an EventHandler or a list of EventHandler, got: {handlers!r:.200}",
                received=f"{bad!r:.100} of type {type(bad).__name__}",
                because="a handler derives from TrainBegin, EpochBegin, BatchBegin, BatchEnd, EpochEnd or TrainEnd",
                hint=f"an instance: {bad.__name__}(...)"
                if is_class
                else "event_handlers=[StoppingHandler(...)]",
            )
        )
    return sorted(handlers, key=lambda handler: getattr(handler, "priority", 0))
