"""Automatic gradients: ``record``, ``backward``, ``grad``, own functions.

Nothing global of torch is changed here. An operator call outside ``record()`` gets tensors without a graph; one
inside gets the graph tensors of its arrays (`mxnet.tape`), and torch builds its graph behind them.

``backward`` runs torch's engine, then moves what arrived in the leaves of the record's variables into their
buffers. It consumes the record: what was taped there enters later records as a constant.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import torch

from .base import MXNetError, message
from .tape import Record, Variable, attach, check_grad_req, describe, state

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

ArrayType = TypeVar("ArrayType")


class _Scope:
    """Sets (recording, training) for a ``with`` block; None leaves a flag as it is."""

    __slots__ = ("_recording", "_saved", "_training")

    def __init__(self, recording: bool | None, training: bool | None) -> None:
        self._recording = recording
        self._training = training

    def __enter__(self) -> None:
        now = state
        self._saved = (now.recording, now.training, now.record)
        if self._recording is not None:
            if self._recording and not now.recording:
                now.record = Record()
            now.recording = self._recording
        if self._training is not None:
            now.training = self._training

    def __exit__(self, *_: object) -> None:
        state.recording, state.training, state.record = self._saved


def record(train_mode: bool = True) -> _Scope:
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
    return _Scope(True, train_mode)


def pause(train_mode: bool = False) -> _Scope:
    """Leave the tape for the ``with`` block.

    >>> with record(), pause():
    ...     is_recording()
    False
    """
    return _Scope(False, train_mode)


def train_mode() -> _Scope:
    """Training mode for the ``with`` block (``Dropout`` drops), taped or not as before.

    >>> with train_mode():
    ...     is_recording(), is_training()
    (False, True)
    """
    return _Scope(None, True)


def predict_mode() -> _Scope:
    """Prediction mode for the ``with`` block (``Dropout`` passes), taped or not as before.

    >>> with record(), predict_mode():
    ...     is_recording(), is_training()
    (True, False)
    """
    return _Scope(None, False)


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
    variables = _as_list(variables)
    gradients = _as_list(gradients)
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
    heads = _as_list(heads)
    records = _records_behind(heads)
    now = state
    saved = now.recording, now.training
    now.recording, now.training = False, train_mode
    try:
        _run_backward(tensors, gradients, retain_graph)
    except RuntimeError as error:
        raise _translated("backward", error) from None
    finally:
        now.recording, now.training = saved
        for each in records:
            for variable in each.variables:
                variable.collect()
        for head in heads:
            if type(head._tape) is Variable:
                head._tape.collect()
    if not retain_graph:
        for each in records:
            each.consumed = True
        for head in heads:
            if type(head._tape) is Record:
                head._t, head._tape = head._t.detach(), None


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
    create_graph : tape the computation of the gradients, so that they can be differentiated again.

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
    wanted = _as_list(variables)
    inputs = []
    for position, variable in enumerate(wanted):
        tape = variable._tape
        if tape is None:
            raise MXNetError(
                f"grad: variable {position} is not on the tape",
                received=describe(variable),
                hint="call attach_grad() on it before the computation is recorded",
            )
        inputs.append(tape.leaf if type(tape) is Variable else variable._t)
    keep = create_graph if retain_graph is None else retain_graph
    tapes = [head._tape for head in _as_list(heads)]
    saved = state.recording, state.training
    state.recording, state.training = False, train_mode
    try:
        found = gradients_of(tensors, inputs, gradients, keep, create_graph)
    except RuntimeError as error:
        raise _translated("grad", error) from None
    finally:
        state.recording, state.training = saved
        records = _records_behind(_as_list(heads))
        for variable in (variable for each in records for variable in each.variables):
            variable.leaf.grad = None  # the zeros of `BlockGrad` belong to backward alone
    if not keep:
        for each in records:
            each.consumed = True
    results = []
    for variable, gradient, tensor in zip(wanted, found, inputs, strict=True):
        if gradient is None:
            gradient = torch.zeros_like(tensor)
        result = type(variable)._wrap(gradient.contiguous(), variable._ctx)
        if gradient.requires_grad:
            result._tape = _record_of(tapes)
        results.append(result)
    return results


def get_symbol(x: NDArray) -> Any:
    """The recorded history of an array as a symbol: not in Glueball yet."""
    raise NotImplementedError(
        message(
            "autograd.get_symbol is not in Glueball yet",
            because="symbols are still to come",
            hint="write the computation as a HybridBlock",
        )
    )


class Function:
    """An operation with a gradient of your own.

    Derive from it, write ``forward`` and ``backward`` over arrays, and call an instance. ``backward`` takes one
    gradient per output and returns one per input. Neither is taped.

    >>> from mxnet import nd, autograd
    >>> class Sigmoid(autograd.Function):
    ...     def forward(self, x):
    ...         y = 1 / (1 + nd.exp(-x))
    ...         self.save_for_backward(y)
    ...         return y
    ...     def backward(self, dy):
    ...         (y,) = self.saved_tensors
    ...         return dy * y * (1 - y)
    >>> x = nd.zeros((1,))
    >>> x.attach_grad()
    >>> with autograd.record():
    ...     y = Sigmoid()(x)
    >>> y.backward()
    >>> x.grad.asscalar().item()
    0.25
    """

    def __init__(self) -> None:
        self._used = False
        self.saved_tensors: tuple[Any, ...] = ()

    def save_for_backward(self, *args: NDArray) -> None:
        """Keep arrays for ``backward``, which finds them in ``self.saved_tensors``."""
        self.saved_tensors = args

    def __call__(self, *inputs: NDArray) -> Any:
        """Run ``forward``; under ``record()`` the call is taped with ``backward`` as its gradient."""
        if self._used:
            raise ValueError(
                message(
                    f"{type(self).__name__}: an autograd.Function object is called once",
                    because="it holds what its own backward needs",
                    hint=f"make a new {type(self).__name__}() for each call",
                )
            )
        self._used = True
        record = state.record if state.recording else None
        if record is None:
            with pause(train_mode=state.training):
                return self.forward(*inputs)
        tensors = [x._t if x._tape is None else x._tape.enter(x, record) for x in inputs]
        result: list[Any] = []
        with torch.enable_grad():
            outputs = _Bridge.apply(self, inputs, result, *tensors)
        taped = []
        for output, tensor in zip(_as_list(result[0]), outputs, strict=True):
            array = type(output)._wrap(tensor, output._ctx)
            array._tape = record if tensor.requires_grad else None
            taped.append(array)
        return taped[0] if not isinstance(result[0], (list, tuple)) else type(result[0])(taped)

    def forward(self, *inputs: Any) -> Any:
        """Compute the outputs from the inputs."""
        raise NotImplementedError(f"{type(self).__name__}.forward is not written")

    def backward(self, *output_grads: Any) -> Any:
        """Compute the gradients of the inputs from those of the outputs."""
        raise NotImplementedError(f"{type(self).__name__}.backward is not written")


class _Bridge(torch.autograd.Function):
    """Hands an `autograd.Function` to torch's engine."""

    @staticmethod
    def forward(
        ctx: Any, function: Function, inputs: tuple[Any, ...], result: list[Any], *tensors: Any
    ) -> Any:
        ctx.function, ctx.contexts = function, [x._ctx for x in inputs]
        ctx.kind = type(inputs[0])
        ctx.shapes = [tuple(t.shape) for t in tensors]
        plain = [type(x)._wrap(t.detach(), x._ctx) for x, t in zip(inputs, tensors, strict=True)]
        with pause(train_mode=state.training):
            outputs = function.forward(*plain)
        result.append(outputs)
        taken = {t.data_ptr() for t in tensors}
        # torch wants outputs that are not its inputs: an identity is handed over as a copy
        return tuple(
            o._plain().clone() if o._plain().data_ptr() in taken else o._plain().detach()
            for o in _as_list(outputs)
        )

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *gradients: Any) -> Any:
        contexts = ctx.contexts
        arrays = [ctx.kind._wrap(g.contiguous(), contexts[0]) for g in gradients]
        with pause(train_mode=state.training):
            answers = _as_list(ctx.function.backward(*arrays))
        name = type(ctx.function).__name__
        if len(answers) != len(ctx.shapes):
            raise MXNetError(
                f"{name}.backward: returns one gradient per input of forward",
                received=f"{len(answers)} gradients for {len(ctx.shapes)} inputs",
            )
        for answer, shape in zip(answers, ctx.shapes, strict=True):
            if answer is not None and answer.shape != shape:
                raise MXNetError(
                    f"{name}.backward: a gradient has the shape of its input",
                    received=f"gradient {answer.shape} for input {shape}",
                )
        return None, None, None, *(None if a is None else a._plain() for a in answers)


def _heads_and_gradients(
    caller: str, heads: Any, head_grads: Any
) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    heads = _as_list(heads)
    if head_grads is None:
        head_grads = [None] * len(heads)
    else:
        head_grads = _as_list(head_grads)
        if len(head_grads) != len(heads):
            raise ValueError(
                message(
                    f"{caller}: one head gradient per head",
                    received=f"{len(heads)} heads, {len(head_grads)} head gradients",
                )
            )
    tensors, gradients = [], []
    for head, head_grad in zip(heads, head_grads):  # noqa: B905  equally long, and this is a hot path
        tape = head._tape
        tensor = tape.leaf if type(tape) is Variable else head._t
        if not tensor.requires_grad:
            raise MXNetError(
                f"{caller}: cannot differentiate an array that is not in a computational graph",
                received=describe(head),
                because="it was not computed under autograd.record() from an array with attach_grad(), "
                "or an earlier backward consumed its graph",
                hint="compute it inside `with autograd.record():`; "
                "to differentiate twice, backward(retain_graph=True) the first time",
            )
        tensors.append(tensor)
        if head_grad is None:
            gradients.append(torch.ones_like(tensor))
            continue
        gradient = head_grad._plain()
        if gradient.shape != tensor.shape or gradient.dtype != tensor.dtype:
            raise MXNetError(
                f"{caller}: a head gradient has the shape and type of its head",
                received=f"head {describe(head)}, gradient {describe(head_grad)}",
            )
        gradients.append(gradient)
    return tensors, gradients


def _records_behind(heads: list[Any]) -> list[Record]:
    """The records of taped arrays and every earlier record that their graphs reach into."""
    if len(heads) == 1:
        tape = heads[0]._tape
        if type(tape) is Record and not tape.parents:
            return [tape]
    found: list[Record] = []
    waiting = [head._tape for head in heads if type(head._tape) is Record]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.append(each)
            waiting.extend(each.parents)
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


def _translated(caller: str, error: RuntimeError) -> Exception:
    if isinstance(error, MXNetError):
        return error
    text = str(error)
    if "second time" in text:
        return MXNetError(
            f"{caller}: the graph is gone",
            because="an earlier backward consumed it",
            hint="backward(retain_graph=True) the first time",
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


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]
