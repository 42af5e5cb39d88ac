"""An optimiser together with the states of the weights that it updates, and their form in a file."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from .. import lr_scheduler
from .. import ndarray as nd
from .._surface import complete as _complete
from ..base import MXNetError, message
from ..ndarray import NDArray
from .optimizer import Optimizer

__all__ = ["Updater", "get_updater"]

_DESCRIPTION = "glueball.json"
_FORMAT = "glueball-optimizer-states-1"


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
        self.optimizer = optimizer
        self.states: dict[Any, Any] = {}
        self.states_synced: dict[Any, bool] = {}
        self.aggregate_updates = optimizer.aggregate_num > 0

    def __call__(self, index: Any, grad: Any, weight: Any) -> None:
        """Update one weight, or many given as lists."""
        indices, grads, weights = (
            (index, grad, weight) if isinstance(index, (list, tuple)) else ([index], [grad], [weight])
        )
        if not indices:
            return
        optimizer, states = self.optimizer, self.states
        context = weights[0]._ctx
        optimizer._set_current_context(context.device_id)
        for each, array in zip(indices, weights, strict=True):
            if each not in states:
                states[each] = optimizer.create_state_multi_precision(each, array)
                self.states_synced[each] = True
            elif not self.states_synced[each]:
                states[each] = self.sync_state_context(states[each], array._ctx)
                self.states_synced[each] = True
        optimizer._update_all(indices, weights, grads, [states[each] for each in indices])

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
        """Take over what `get_states` gave; raises `MXNetError` if these bytes are something else."""
        self.states = load_states(states, self.optimizer)
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


def load_states(content: bytes, optimizer: Optimizer) -> dict[Any, Any]:
    """The states in what `dump_states` gave; settings that are there go to ``optimizer``."""
    arrays = nd.load_frombuffer(content)
    if not isinstance(arrays, dict):
        arrays = {}
    description = arrays.pop(_DESCRIPTION, None)
    try:
        outline = json.loads(description.asnumpy().tobytes())  # type: ignore[union-attr]
        if outline["format"] != _FORMAT:
            raise ValueError(outline["format"])
        states = {index: _rebuilt(state, arrays) for index, state in outline["states"]}
        settings = outline["optimizer"]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise MXNetError(
            "set_states: this is no file of optimiser states",
            because=f"its description is missing or damaged ({type(error).__name__})",
            hint="a file that Trainer.save_states wrote",
        ) from None
    if settings is not None:
        _restore(optimizer, settings)
    return states


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


def _restore(optimizer: Optimizer, settings: Mapping[str, Any]) -> None:
    if settings["class"] != type(optimizer).__name__:
        raise MXNetError(
            "load_states: the states are of another optimiser",
            received=f"a file of {settings['class']}, a trainer with {type(optimizer).__name__}",
            hint=f"Trainer(params, '{settings['class'].lower()}', ...)",
        )
    vars(optimizer).update({k: v for k, v in settings["values"].items() if k in vars(optimizer)})
    optimizer._all_index_update_counts = {device: dict(counts) for device, counts in settings["counts"]}
    optimizer._index_update_count = optimizer._all_index_update_counts.setdefault(0, {})
    schedule = settings["schedule"]
    if schedule is None:
        return
    if type(optimizer.lr_scheduler).__name__ != schedule["class"]:
        if schedule["class"] not in lr_scheduler.__all__:
            raise MXNetError(
                "load_states: the states were saved with another lr_scheduler",
                received=schedule["class"],
                hint="give the trainer a scheduler of that class first",
            )
        klass = getattr(lr_scheduler, schedule["class"])
        optimizer.lr_scheduler = klass.__new__(klass)
    vars(optimizer.lr_scheduler).update(schedule["values"])
