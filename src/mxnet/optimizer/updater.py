"""An optimiser together with the states of the weights that it updates, and their form in a file."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .. import lr_scheduler
from .. import ndarray as nd
from .._surface import complete as _complete
from ..base import MXNetError, message
from ..lr_scheduler import LRScheduler
from ..ndarray import NDArray
from .optimizer import Optimizer
from .pickled import is_pickle, read_pickle

__all__ = ["Updater", "get_updater"]

_DESCRIPTION = "glueball.json"
_FORMAT = "glueball-optimizer-states-1"
_MULTIPLIERS = ("lr_mult", "wd_mult")


@_complete("mxnet.optimizer.Updater")
class Updater:
    """Calls an optimiser and keeps the state of every weight by its index.

    >>> from mxnet import nd, optimizer
    >>> updater = optimizer.get_updater(optimizer.create("sgd", learning_rate=0.5))
    >>> weight = nd.array([1.0])
    >>> updater(0, nd.array([1.0]), weight)
    >>> weight.asscalar().item()
    0.5
    """

    def __init__(self, optimizer: Optimizer) -> None:
        if isinstance(optimizer, str):
            raise TypeError(
                message(
                    "Updater: takes an optimiser, not its name",
                    received=repr(optimizer),
                    hint=f"optimizer.create({optimizer!r})",
                )
            )
        self.optimizer = optimizer
        self.states: dict[Any, Any] = {}
        self.states_synced: dict[Any, bool] = {}
        self.aggregate_updates = optimizer.aggregate_num > 0

    def __call__(self, index: Any, grad: Any, weight: Any) -> None:
        """Update one weight, or many given as lists."""
        indices, grads, weights = (
            (index, grad, weight) if isinstance(index, (list, tuple)) else ([index], [grad], [weight])
        )
        if not len(indices) == len(grads) == len(weights):
            raise ValueError(
                message(
                    "Updater: one gradient and one weight for each index",
                    received=f"{len(indices)} indices, {len(grads)} gradients, {len(weights)} weights",
                )
            )
        if not indices:
            return
        optimizer, states = self.optimizer, self.states
        context = weights[0]._ctx
        optimizer._set_current_context(context.device_id)
        if not all(map(self.states_synced.get, indices)):
            self._make_states(indices, weights)
        optimizer._update_all(indices, weights, grads, [states[each] for each in indices])

    def _make_states(self, indices: Sequence[Any], weights: Sequence[NDArray]) -> None:
        """The states that are not there yet, and those from a file where their weights are."""
        for index, weight in zip(indices, weights, strict=True):
            if index not in self.states:
                self.states[index] = self.optimizer.create_state_multi_precision(index, weight)
            elif not self.states_synced[index]:
                self.states[index] = self.sync_state_context(self.states[index], weight._ctx)
            self.states_synced[index] = True

    def sync_state_context(self, state: Any, context: Any) -> Any:
        """A state with its arrays in ``context``."""
        if isinstance(state, NDArray):
            return state.as_in_context(context)
        if isinstance(state, (tuple, list)):
            return type(state)(self.sync_state_context(each, context) for each in state)
        return state

    def get_states(self, dump_optimizer: bool = False) -> bytes:
        """The states as the bytes of a file of arrays, with the optimiser's settings if asked for.

        Differs from 1.9.1: the file is no pickle, so that loading one runs no code.
        """
        return dump_states(self.states, self.optimizer if dump_optimizer else None)

    def set_states(self, states: bytes) -> None:
        """Take over what `get_states` gave, here or in the real MXNet (a pickle, of which only data is read).

        Raises `MXNetError` if these bytes are something else.
        """
        loaded, settings = read_states(states)
        restore_settings(self.optimizer, settings)
        self.states = loaded
        self.states_synced = dict.fromkeys(self.states, False)


def get_updater(optimizer: Optimizer) -> Updater:
    """An `Updater` for an optimiser."""
    return Updater(optimizer)


def dump_states(states: Mapping[Any, Any], optimizer: Optimizer | None) -> bytes:
    """States, and the settings of an optimiser, as the bytes of a ``.params`` file."""
    arrays: dict[str, NDArray] = {}

    def outline(state: Any) -> Any:
        """The structure of a state, with a name in place of each array."""
        if isinstance(state, NDArray):
            name = f"state{len(arrays)}"
            arrays[name] = state
            return {"array": name}
        if isinstance(state, (tuple, list)):
            return [outline(each) for each in state]
        if state is None or isinstance(state, (bool, int, float, str)):
            return {"value": state}
        raise TypeError(
            message(
                "the state of an optimiser that is to be saved consists of arrays, numbers and tuples",
                received=type(state).__name__,
            )
        )

    description: dict[str, Any] = {
        "format": _FORMAT,
        "states": [[_plain_index(index), outline(state)] for index, state in states.items()],
        "optimizer": None if optimizer is None else _settings(optimizer),
    }
    text = json.dumps(description).encode()
    arrays[_DESCRIPTION] = nd.array(np.frombuffer(text, np.uint8).copy(), dtype="uint8")
    stream = io.BytesIO()
    nd.save(stream, arrays)
    return stream.getvalue()


def read_states(content: bytes) -> tuple[dict[Any, Any], Mapping[str, Any] | None]:
    """The states in what `dump_states` gave, or the real MXNet, and the settings of an optimiser if they are there."""
    if is_pickle(content):
        return read_pickle(content)
    arrays = nd.load_frombuffer(content)
    if not isinstance(arrays, dict):
        arrays = {}
    description = arrays.pop(_DESCRIPTION, None)
    try:
        outline = json.loads(description.asnumpy().tobytes())  # type: ignore[union-attr]
        if outline["format"] != _FORMAT:
            raise ValueError(outline["format"])
        return {index: _rebuilt(state, arrays) for index, state in outline["states"]}, outline["optimizer"]
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise _damaged(error) from None


def restore_settings(optimizer: Optimizer, settings: Mapping[str, Any] | None) -> None:
    """Give an optimiser the settings of a file: all of them, or none and an error."""
    if settings is None:
        return
    try:
        if settings["class"] != type(optimizer).__name__:
            raise MXNetError(
                "load_states: the states are of another optimiser",
                received=f"a file of {settings['class']}, a trainer with {type(optimizer).__name__}",
                hint=f"Trainer(params, '{settings['class'].lower()}', ...)",
            )
        schedule = _restored_schedule(optimizer.lr_scheduler, settings["schedule"])
        counts = {device: dict(each) for device, each in settings["counts"]}
        values = {k: v for k, v in settings["values"].items() if k in vars(optimizer)}
        multipliers = {k: dict(settings.get(k, ())) for k in _MULTIPLIERS if k in settings}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _damaged(error) from None
    vars(optimizer).update({**values, **multipliers})
    if schedule is not None:
        optimizer.lr_scheduler, before = schedule[0], schedule[1]
        vars(optimizer.lr_scheduler).update(before)
    optimizer._all_index_update_counts = counts
    optimizer._index_update_count = counts.setdefault(0, {})


def _restored_schedule(
    schedule: LRScheduler | None, settings: Mapping[str, Any] | None
) -> tuple[LRScheduler, dict[str, Any]] | None:
    """The scheduler to use, and the attributes that it gets."""
    if settings is None:
        return None
    if type(schedule).__name__ != settings["class"]:
        if settings["class"] not in lr_scheduler.__all__:
            raise MXNetError(
                "load_states: the states were saved with another lr_scheduler",
                received=settings["class"],
                hint="give the trainer a scheduler of that class first",
            )
        klass = getattr(lr_scheduler, settings["class"])
        schedule = klass.__new__(klass)
    return schedule, dict(settings["values"])  # type: ignore[return-value]


def _damaged(error: Exception) -> MXNetError:
    return MXNetError(
        "set_states: this is no file of optimiser states",
        because=f"its description is missing or damaged ({type(error).__name__})",
        hint="a file that Trainer.save_states wrote",
    )


def _plain_index(index: Any) -> int | str:
    if isinstance(index, (int, np.integer)):
        return int(index)
    return str(index)


def _rebuilt(outline: Any, arrays: Mapping[str, NDArray]) -> Any:
    if isinstance(outline, list):
        return tuple(_rebuilt(each, arrays) for each in outline)
    return arrays[outline["array"]] if "array" in outline else outline["value"]


def _settings(optimizer: Optimizer) -> dict[str, Any]:
    schedule = optimizer.lr_scheduler
    return {
        "class": type(optimizer).__name__,
        "values": _plain_values(optimizer),
        "counts": [
            [device, [[_plain_index(index), count] for index, count in counts.items()]]
            for device, counts in optimizer._all_index_update_counts.items()
        ],
        **{
            k: [[_plain_index(i), factor] for i, factor in getattr(optimizer, k).items()]
            for k in _MULTIPLIERS
        },
        "schedule": None
        if schedule is None
        else {"class": type(schedule).__name__, "values": _plain_values(schedule)},
    }


def _plain_values(thing: Any) -> dict[str, Any]:
    """The attributes that JSON can hold: numbers, text, lists of them."""
    plain = (bool, int, float, str, type(None))
    return {
        name: value
        for name, value in vars(thing).items()
        if name != "lr_scheduler"
        and (
            isinstance(value, plain) or (isinstance(value, list) and all(isinstance(v, plain) for v in value))
        )
    }
