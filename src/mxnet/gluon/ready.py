"""The short way into a program, for what most calls are: arrays in, one out, parameters where the arrays are.

A call of a small network takes microseconds, of which looking at inputs, modes, blocks and parameters was most. A ready
function asks the same questions in as few steps as there are. Where one is answered differently than when the function
was made it returns `NotImplemented`, and the call goes the long way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch

from .. import tape
from ..context import ABSTRACT
from ..ndarray import NDArray
from ..ndarray.invoke import TRANSLATED
from ..random import stream
from .block import changes

if TYPE_CHECKING:
    from .tracing import Compiled

__all__ = ["mode", "ready"]

_state = tape.state
_new = object.__new__
_is_grad_enabled, _set_grad_enabled = torch.is_grad_enabled, torch._C._set_grad_enabled


def mode() -> int:
    """The place of the present mode among the ready functions of a block."""
    return 2 * _state.training + _state.recording


def ready(compiled: Compiled, inputs: int) -> Callable[..., Any] | None:
    """The function of so many arrays for this mode; None where the long way has more to do."""
    sources, changed = compiled.sources, any(changed for _, _, changed in compiled.sources)
    places = [place for place, (_, parameter, _) in enumerate(sources) if parameter is None]
    if compiled.kept or compiled.loops or compiled.handed != [None] or (changed and tape.STRICT_INPLACE):
        return None
    if inputs > 1 or len(places) != 1 or len(sources) == 1:
        return _of_several(compiled, inputs, _state.training, _state.recording)
    return (_recording if _state.recording else _predicting)(compiled, places[0], _state.training)


def _predicting(compiled: Compiled, place: int, training: bool) -> Callable[..., Any]:
    """One array and parameters, without the tape."""
    program, function, draws = compiled.program, compiled.program._function, compiled.program.random
    parameters = [parameter for _, parameter, _ in compiled.sources if parameter is not None]
    written = [place for place, (_, _, changed) in enumerate(compiled.sources) if changed]
    count = len(parameters)

    def run(x: Any, *more: Any) -> Any:
        if type(x) is not NDArray or more or compiled.checked != changes.count:
            return NotImplemented
        ctx = x._ctx
        tensors: list[Any] = [
            each._only._t  # type: ignore[union-attr]
            for each in parameters
            if each._only_ctx is ctx
        ]
        if len(tensors) != count:
            return NotImplemented
        tensors.insert(place, x._t if x._tape is None else x._plain())
        for each in written:  # past the version counter, as arrays are written into
            tensors[each] = tensors[each].data
        enabled = _is_grad_enabled()
        if enabled:
            _set_grad_enabled(False)
        try:
            (result,) = function(*tensors, training, stream(ctx) if draws else None, ctx)
        except TRANSLATED as error:
            raise program._explained(error, ctx) from None
        finally:
            if enabled:
                _set_grad_enabled(True)
        array = _new(NDArray)
        array._t = result
        array._ctx = ctx
        array._tape = None
        return array

    return run


def _recording(compiled: Compiled, place: int, training: bool) -> Callable[..., Any]:
    """One array and parameters, inside ``record()``."""
    program, function, draws = compiled.program, compiled.program._function, compiled.program.random
    parameters = [(parameter, changed) for _, parameter, changed in compiled.sources if parameter is not None]

    def run(x: Any, *more: Any) -> Any:
        if type(x) is not NDArray or more or compiled.checked != changes.count:
            return NotImplemented
        ctx, record = x._ctx, _state.record
        tensors: list[Any] = []
        for parameter, changed in parameters:
            if parameter._only_ctx is not ctx:
                return NotImplemented
            own: Any = parameter._only
            entry = own._tape
            if changed:
                tensors.append(own._t.data)
            elif entry is None:
                tensors.append(own._t)
            elif type(entry) is tape.Variable and entry.record is record:
                tensors.append(entry.leaf)
            else:
                tensors.append(entry.enter(own, record))
        entry = x._tape
        tensors.insert(place, x._t if entry is None else entry.enter(x, record))
        enabled = _is_grad_enabled()
        if not enabled:
            _set_grad_enabled(True)
        try:
            (result,) = function(*tensors, training, stream(ctx) if draws else None, ctx)
        except TRANSLATED as error:
            raise program._explained(error, ctx) from None
        finally:
            if not enabled:
                _set_grad_enabled(False)
        array = _new(NDArray)
        array._t = result
        array._ctx = ctx
        array._tape = record if result.requires_grad else None
        return array

    return run


def _of_several(compiled: Compiled, inputs: int, training: bool, recording: bool) -> Callable[..., Any]:
    """Any number of arrays, and of parameters."""
    program, function, draws = compiled.program, compiled.program._function, compiled.program.random
    sources = compiled.sources

    def run(*given: Any) -> Any:
        if len(given) != inputs or compiled.checked != changes.count or type(given[0]) is not NDArray:
            return NotImplemented
        ctx, record = given[0]._ctx, _state.record
        if ctx is ABSTRACT:
            return NotImplemented
        for each in given:
            if type(each) is not NDArray or each._ctx is not ctx:
                return NotImplemented
        tensors: list[Any] = []
        for place, parameter, changed in sources:
            if parameter is None:
                array = given[place]
            elif parameter._only_ctx is ctx:
                array = parameter._only
            else:
                return NotImplemented
            entry = array._tape
            if changed:
                tensors.append(array._t.data)
            elif entry is None:
                tensors.append(array._t)
            else:
                tensors.append(entry.enter(array, record) if recording else array._plain())
        enabled = _is_grad_enabled()
        if enabled is not recording:
            _set_grad_enabled(recording)
        try:
            (result,) = function(*tensors, training, stream(ctx) if draws else None, ctx)
        except TRANSLATED as error:
            raise program._explained(error, ctx) from None
        finally:
            if enabled is not recording:
                _set_grad_enabled(enabled)
        array = _new(NDArray)
        array._t = result
        array._ctx = ctx
        array._tape = record if recording and result.requires_grad else None
        return array

    return run
