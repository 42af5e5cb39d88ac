"""Automatic gradients: ``record``, ``backward``, ``grad``, own functions.

Nothing global of torch is changed here. An operator call outside ``record()`` gets tensors without a graph; one
inside gets the graph tensors of its arrays (`mxnet.tape`), and torch builds its graph behind them.

``backward`` runs torch's engine, then moves what arrived in the leaves of the record's variables into their
buffers. It consumes the record: what was taped there enters later records as a constant.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch

from ._function import Function
from .base import ArgumentError, MXNetError, message
from .ops.once import cannot_differentiate_again, refuses_again
from .tape import Record, Scope, Variable, as_list, attach, check_grad_req, describe, state

if TYPE_CHECKING:
    from .ndarray import NDArray

__all__ = [
    "Function",
    "backward",
    "get_symbol",
    "grad",
    "is_recording",
    "is_training",
    "mark_variables",
    "pause",
    "predict_mode",
    "record",
    "set_recording",
    "set_training",
    "train_mode",
]


def record(train_mode: bool = True) -> Scope:
    """Tape what happens in the ``with`` block, in training mode unless ``train_mode=False``.

    >>> from mxnet import nd, autograd
    >>> x = nd.array([1.0, 2.0, 3.0])
    >>> x.attach_grad()
    >>> with autograd.record():
    ...     y = 2 * x**2
    >>> y.backward()
    >>> x.grad.asnumpy().tolist()
    [4.0, 8.0, 12.0]
    """
    return Scope(True, train_mode)


def pause(train_mode: bool = False) -> Scope:
    """Leave the tape for the ``with`` block.

    >>> with record(), pause():
    ...     is_recording()
    False
    """
    return Scope(False, train_mode)


def train_mode() -> Scope:
    """Training mode for the ``with`` block (``Dropout`` drops), taped or not as before.

    >>> with train_mode():
    ...     is_recording(), is_training()
    (False, True)
    """
    return Scope(None, True)


def predict_mode() -> Scope:
    """Prediction mode for the ``with`` block (``Dropout`` passes), taped or not as before.

    >>> with record(), predict_mode():
    ...     is_recording(), is_training()
    (True, False)
    """
    return Scope(None, False)


def is_recording() -> bool:
    """Whether operator calls of this thread are taped now.

    >>> with record():
    ...     is_recording()
    True
    """
    return state.recording


def is_training() -> bool:
    """Whether this thread is in training mode now.

    >>> with record(train_mode=False):
    ...     is_training()
    False
    """
    return state.training


def set_recording(is_recording: bool) -> bool:
    """Switch taping on or off without a block; returns what it was.

    >>> before = set_recording(True)
    >>> before, is_recording(), set_recording(before)
    (False, True, True)
    """
    before = state.recording
    if is_recording and not before:
        state.record = Record()
    state.recording = bool(is_recording)
    return before


def set_training(train_mode: bool) -> bool:
    """Switch training mode without a block; returns what it was.

    >>> before = set_training(True)
    >>> before, is_training(), set_training(before)
    (False, True, True)
    """
    before = state.training
    state.training = bool(train_mode)
    return before


def mark_variables(
    variables: NDArray | Sequence[NDArray],
    gradients: NDArray | Sequence[NDArray],
    grad_reqs: str | Sequence[str] = "write",
) -> None:
    """Make arrays variables whose gradients ``backward`` puts into the given arrays.

    Parameters
    ----------
    variables : arrays to differentiate by.
    gradients : as many arrays of the same shapes; they may be views of larger ones.
    grad_reqs : ``'write'``, ``'add'`` or ``'null'``, one for all or one each.

    >>> from mxnet import nd, autograd
    >>> x, g = nd.ones((2,)), nd.zeros((2,))
    >>> autograd.mark_variables([x], [g])
    >>> with autograd.record():
    ...     y = x * 2
    >>> y.backward()
    >>> g.asnumpy().tolist()
    [2.0, 2.0]
    """
    variables = as_list(variables)
    gradients = as_list(gradients)
    requests = [grad_reqs] * len(variables) if isinstance(grad_reqs, str) else list(grad_reqs)
    if not len(variables) == len(gradients) == len(requests):
        raise ValueError(
            message(
                "mark_variables: lists of different length",
                received=f"{len(variables)} variables, {len(gradients)} gradients, {len(requests)} requests",
            )
        )
    for variable, gradient, grad_req in zip(variables, gradients, requests, strict=True):
        check_grad_req(grad_req)
        for what, array in (("variable", variable), ("gradient", gradient)):
            if not hasattr(array, "_tape"):
                raise _no_array("mark_variables", what, array)
        if gradient.shape != variable.shape:
            raise ValueError(
                message(
                    "mark_variables: a gradient has the shape of its variable",
                    received=f"variable {variable.shape}, gradient {gradient.shape}",
                )
            )
    for variable, gradient, grad_req in zip(variables, gradients, requests, strict=True):
        attach(variable, gradient, grad_req)


def backward(
    heads: NDArray | Sequence[NDArray],
    head_grads: NDArray | Sequence[NDArray | None] | None = None,
    retain_graph: bool = False,
    train_mode: bool = True,
) -> None:
    """Differentiate ``heads`` by every variable that they depend on; the gradients go into the buffers.

    Parameters
    ----------
    heads : arrays of any shape; each element counts (the sum is differentiated).
    head_grads : gradients with respect to the heads, of the same shapes; None stands for ones.
    retain_graph : keep the graph for another ``backward``; otherwise it is gone.
    train_mode : whether own functions run their backward in training mode.

    Raises
    ------
    MXNetError : a head was not computed under ``record()`` from a variable, or its graph is gone.
    TypeError : a head or a head gradient is no array.

    Differs from 1.9.1: a head that comes from the variables only through steps without a gradient (``argmax``,
    comparisons, ``one_hot``) is an error, not a gradient of zeros.

    >>> from mxnet import nd
    >>> x = nd.array([2.0])
    >>> x.attach_grad()
    >>> with record():
    ...     y, z = x * x, 3 * x
    >>> backward([y, z])
    >>> x.grad.asscalar().item()
    7.0
    """
    tensors, gradients = _heads_and_gradients("backward", heads, head_grads)
    heads = as_list(heads)
    records = _records_behind(heads)
    now = state
    saved = now.recording, now.training
    now.recording, now.training = False, train_mode
    variables = [variable for each in records for variable in each.variables]
    variables += [head._tape for head in heads if type(head._tape) is Variable]
    try:
        _run_backward(tensors, gradients, retain_graph)
    except BaseException as error:
        for variable in variables:
            variable.leaf.grad = None  # what arrived before the error is no gradient
        if isinstance(error, RuntimeError):
            raise _translated("backward", error) from None
        raise
    finally:
        now.recording, now.training = saved
    for variable in variables:
        variable.collect()
    if not retain_graph:
        _consume(records, heads)


def _consume(records: list[Record], heads: list[NDArray]) -> None:
    """Declare the graph behind ``heads`` gone: torch has freed it."""
    ends = []
    for head in heads:
        if type(head._tape) is Record:
            ends.append(head._t)
            head._t, head._tape = head._t.detach(), None
    for each in records:
        each.consume(ends)
    if state.record is not None and state.record.consumed:
        state.record = Record()


def _run_backward(tensors: list[torch.Tensor], gradients: list[torch.Tensor], retain_graph: bool) -> None:
    """Run torch's engine, without the checks of ``torch.autograd.backward`` that were made here already."""
    if _engine is None:
        torch.autograd.backward(tensors, gradients, retain_graph=retain_graph)
    else:
        _engine.run_backward(
            tuple(tensors),
            tuple(gradients),
            retain_graph,
            False,
            (),
            allow_unreachable=True,
            accumulate_grad=True,
        )


def gradients_of(
    tensors: Sequence[torch.Tensor],
    inputs: Sequence[torch.Tensor],
    gradients: Sequence[torch.Tensor],
    retain_graph: bool = False,
    create_graph: bool = False,
) -> Sequence[torch.Tensor | None]:
    """`torch.autograd.grad` without checks that were made already; they import half a computer algebra system."""
    if _engine is None:
        return torch.autograd.grad(
            list(tensors),
            list(inputs),
            list(gradients),
            retain_graph=retain_graph,
            create_graph=create_graph,
            allow_unused=True,
        )
    found: Sequence[torch.Tensor | None] = _engine.run_backward(
        tuple(tensors),
        tuple(gradients),
        retain_graph,
        create_graph,
        tuple(inputs),
        allow_unreachable=True,
        accumulate_grad=False,
    )
    return found


_engine = getattr(torch.autograd.Variable, "_execution_engine", None)


def grad(
    heads: NDArray | Sequence[NDArray],
    variables: NDArray | Sequence[NDArray],
    head_grads: NDArray | Sequence[NDArray | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    train_mode: bool = True,
) -> list[NDArray]:
    """The gradients of ``heads`` with respect to ``variables``, returned instead of stored.

    Parameters
    ----------
    heads, head_grads, train_mode : as in `backward`.
    variables : one array or a list. The result is a list of as many gradients, with zeros for an array that
        the heads do not depend on.
    retain_graph : keep the graph; by default exactly if ``create_graph``.
    create_graph : tape the computation of the gradients, so that they can be differentiated again. Those of a
        `Function` and of ``nd.Custom`` can be used, but not differentiated.

    Raises
    ------
    MXNetError : as for `backward`; a variable is not on the tape; a gradient that cannot be differentiated again.

    >>> from mxnet import nd, autograd
    >>> x = nd.array([2.0])
    >>> x.attach_grad()
    >>> with autograd.record():
    ...     (first,) = autograd.grad(x**3, x, create_graph=True)
    >>> first.backward()
    >>> first.asscalar().item(), x.grad.asscalar().item()
    (12.0, 12.0)
    """
    tensors, gradients = _heads_and_gradients("grad", heads, head_grads)
    heads, wanted = as_list(heads), as_list(variables)
    if not wanted:
        raise ArgumentError(message("grad: variables cannot be an empty list."))
    inputs = []
    for position, variable in enumerate(wanted):
        try:
            tape = variable._tape
        except AttributeError:
            raise _no_array("grad", "variable", variable) from None
        if tape is None:
            raise MXNetError(
                f"grad: variable {position} is not on the tape",
                received=describe(variable),
                hint="call attach_grad() on it before the computation is recorded",
            )
        inputs.append(tape.leaf if type(tape) is Variable else variable._t)
    keep = create_graph if retain_graph is None else retain_graph
    tapes = [head._tape for head in heads]
    once = refuses_again(tensors)
    if once is not None:
        raise cannot_differentiate_again(once)
    saved = state.recording, state.training
    state.recording, state.training = False, train_mode
    try:
        found = gradients_of(tensors, inputs, gradients, keep, create_graph)
    except RuntimeError as error:
        raise _translated("grad", error) from None
    finally:
        state.recording, state.training = saved
        records = _records_behind(heads)
        for variable in (variable for each in records for variable in each.variables):
            variable.leaf.grad = None  # the zeros of `BlockGrad` belong to backward alone
    if not keep:
        _consume(records, heads)
    results = []
    for variable, gradient, tensor in zip(wanted, found, inputs, strict=True):
        if gradient is None:
            gradient = torch.zeros_like(tensor)
        else:
            # What torch returns may be the head gradient, or one array for several variables.
            with torch.set_grad_enabled(create_graph):
                gradient = gradient.clone(memory_format=torch.contiguous_format)
        result = type(variable)._wrap(gradient, variable._ctx)
        if gradient.requires_grad:
            result._tape = _record_of(tapes)
        results.append(result)
    return results


def get_symbol(x: NDArray) -> Any:
    """The recorded history of an array as a symbol: not in Glueball yet."""
    raise NotImplementedError(
        message(
            "autograd.get_symbol is not in Glueball yet",
            because="the tape holds the steps of PyTorch, not operators by their names",
            hint="write the computation as a HybridBlock",
        )
    )


def _heads_and_gradients(
    caller: str, heads: Any, head_grads: Any
) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    heads = as_list(heads)
    if head_grads is None:
        head_grads = [None] * len(heads)
    else:
        head_grads = as_list(head_grads)
        if len(head_grads) != len(heads):
            raise ValueError(
                message(
                    f"{caller}: one head gradient per head",
                    received=f"{len(heads)} heads, {len(head_grads)} head gradients",
                )
            )
    if not heads:
        raise MXNetError(f"{caller}: there is no head", hint="the arrays to differentiate, such as the loss")
    tensors, gradients = [], []
    for head, head_grad in zip(heads, head_grads):  # noqa: B905  equally long, and this is a hot path
        try:
            tape = head._tape
        except AttributeError:
            raise _no_array(caller, "head", head) from None
        tensor = tape.leaf if type(tape) is Variable else head._t
        if not tensor.requires_grad:
            raise MXNetError(
                f"{caller}: cannot differentiate an array that is not in a computational graph",
                received=describe(head),
                because="it was not computed under autograd.record() from an array with attach_grad(), "
                "or only through steps without a gradient (argmax, comparisons, whole numbers), "
                "or an earlier backward consumed its graph",
                hint="compute it inside `with autograd.record():`; "
                "to differentiate twice, backward(retain_graph=True) the first time",
            )
        if type(tape) is Record and tape.consumed and tape.has_consumed(tensor):
            raise _graph_is_gone(caller)
        tensors.append(tensor)
        if head_grad is None:
            gradients.append(torch.ones_like(tensor))
            continue
        try:
            gradient = head_grad._plain()
        except AttributeError:
            raise _no_array(caller, "head gradient", head_grad) from None
        if gradient.shape != tensor.shape or gradient.dtype != tensor.dtype:
            raise MXNetError(
                f"{caller}: a head gradient has the shape and type of its head",
                received=f"head {describe(head)}, gradient {describe(head_grad)}",
            )
        gradients.append(gradient)
    return tensors, gradients


def _no_array(caller: str, what: str, given: Any) -> TypeError:
    return TypeError(
        message(
            f"{caller}: a {what} is an array",
            received=f"{type(given).__name__} {given!r}"[:80],
            hint="nd.array(...)",
        )
    )


def _records_behind(heads: list[Any]) -> list[Record]:
    """The records of taped arrays and every earlier record that their graphs reach into."""
    found: list[Record] = []
    for head in heads:
        tape = head._tape
        if type(tape) is Record and tape not in found:
            found += [each for each in tape.and_parents() if each not in found] if tape.parents else [tape]
    return found


def _record_of(tapes: Sequence[Any]) -> Record:
    """The record for gradients that are themselves taped: the open one, or a new one behind the heads'."""
    if state.recording and state.record is not None:
        record = state.record
    else:
        record = Record()
    for tape in tapes:
        if type(tape) is Variable:
            tape.enter(None, record)
        elif tape is not record and tape not in record.parents:
            record.parents.append(tape)
    return record


def _graph_is_gone(caller: str) -> MXNetError:
    return MXNetError(
        f"{caller}: the graph is gone",
        because="an earlier backward consumed it",
        hint="backward(retain_graph=True) the first time",
    )


def _translated(caller: str, error: RuntimeError) -> Exception:
    if isinstance(error, MXNetError):
        return error
    text = str(error)
    if "second time" in text:
        return _graph_is_gone(caller)
    if "derivative for" in text and "not implemented" in text:
        return MXNetError(
            f"{caller}: a gradient cannot be differentiated again",
            because="PyTorch has no derivative of " + text.split("derivative for ")[1].split(" is not")[0],
        )
    if "modified by an inplace operation" in text:
        return MXNetError(
            f"{caller}: an array was written in place after the tape had stored it",
            because="its old value is needed for the gradient ("
            + text.split(";")[0].split(": ", 1)[-1]
            + ")",
            hint="make a new array instead of writing into the old one inside record()",
        )
    return error
