"""The states of a trainer's optimiser as bytes: those of every parameter, in every context that has its own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..base import MXNetError
from ..ndarray import NDArray
from ..optimizer import Optimizer, Updater
from ..optimizer.updater import dump_states, read_states
from .parameter import Parameter

__all__ = ["dump_all", "give_states", "read_all"]


def dump_all(updaters: Sequence[Updater], optimizer: Optimizer) -> bytes:
    """The states of all updaters, and the settings of the optimiser that they share.

    The state of parameter 3 in context 1 is called ``1/3``; just ``3`` where there is one updater.
    """
    if len(updaters) == 1:
        return dump_states(updaters[0].states, optimizer)
    states = {
        f"{k}/{index}": state for k, each in enumerate(updaters) for index, state in each.states.items()
    }
    return dump_states(states, optimizer)


def read_all(
    content: bytes, parameters: Sequence[Parameter]
) -> tuple[dict[int, dict[int, Any]], Mapping[str, Any] | None]:
    """The states for each context and parameter, and the settings of the optimiser if they are there.

    Raises `MXNetError` for states that do not belong to these parameters.
    """
    loaded, settings = read_states(content)
    by_context: dict[int, dict[int, Any]] = {}
    for place, state in loaded.items():
        if not re.fullmatch(r"(\d+/)?\d+", str(place)):
            raise MXNetError(
                "load_states: the states are of no trainer",
                received=f"a state for {place!r}",
                hint="a file that Trainer.save_states wrote",
            )
        context, _, index = str(place).rpartition("/")
        _check(int(index), state, parameters)
        by_context.setdefault(int(context or 0), {})[int(index)] = state
    return by_context, settings


def give_states(updater: Updater, states: Mapping[Any, Any]) -> None:
    """Give an updater its own copies of states, which go to the context of their weights when they are used."""
    updater.states = {index: _copied(state) for index, state in states.items()}
    updater.states_synced = dict.fromkeys(updater.states, False)


def _check(index: int, state: Any, parameters: Sequence[Parameter]) -> None:
    if index >= len(parameters):
        raise MXNetError(
            "load_states: the file has more parameters than the trainer",
            received=f"a state for parameter {index}, {len(parameters)} parameters",
        )
    wanted = parameters[index].shape or ()
    by_row = wanted[:1] + (1,) * (len(wanted) - 1)
    for array in state if isinstance(state, (list, tuple)) else [state]:
        if isinstance(array, NDArray) and array.shape not in (wanted, by_row):
            raise MXNetError(
                "load_states: a state does not fit its parameter",
                received=f"{array.shape} for '{parameters[index].name}' of shape {wanted}",
                because="states belong to parameters by their order",
                hint="the same network, with its parameters in the same order of names",
            )


def _copied(state: Any) -> Any:
    if isinstance(state, NDArray):
        return state.copy()
    if isinstance(state, (list, tuple)):
        return type(state)(map(_copied, state))
    return state
