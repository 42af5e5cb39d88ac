"""Operations with a gradient of one's own: `mxnet.autograd.Function`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from .base import MXNetError, message
from .ops.once import refuse_again
from .tape import Scope, as_list, describe, state

if TYPE_CHECKING:
    from .ndarray import NDArray

__all__ = ["Function"]


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

    # Defaults on the class: a program's own __init__ need not call this one's.
    _used = False
    saved_tensors: tuple[Any, ...] = ()

    def __init__(self) -> None:
        pass

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
        if record is None or not inputs:
            with Scope(False, state.training):
                return self.forward(*inputs)
        for x in inputs:
            self._check("__call__", "takes arrays", x)
        tensors = [x._t if x._tape is None else x._tape.enter(x, record) for x in inputs]
        result: list[Any] = []
        with torch.enable_grad():
            outputs = _Bridge.apply(self, inputs, result, *tensors)
        taped = []
        for output, tensor in zip(as_list(result[0]), outputs, strict=True):
            array = type(output)._wrap(tensor, output._ctx)
            array._tape = record if tensor.requires_grad else None
            taped.append(array)
        return taped[0] if not isinstance(result[0], (list, tuple)) else type(result[0])(taped)

    def _called(self) -> str:
        """The name in errors."""
        return type(self).__name__

    def _check(self, method: str, what: str, array: Any) -> None:
        if not hasattr(array, "_tape"):
            raise TypeError(
                message(
                    f"{self._called()}.{method}: {what}",
                    received=f"{type(array).__name__} {array!r}"[:80],
                    hint="nd.array(...)",
                )
            )

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
        with Scope(False, state.training):
            outputs = function.forward(*plain)
        for output in as_list(outputs):
            function._check("forward", "returns arrays", output)
        result.append(outputs)
        taken = {t.data_ptr() for t in tensors}
        # torch wants outputs that are not its inputs: an identity is handed over as a copy
        return tuple(
            o._plain().clone() if o._plain().data_ptr() in taken else o._plain().detach()
            for o in as_list(outputs)
        )

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        function, contexts = ctx.function, ctx.contexts
        arrays = [ctx.kind._wrap(g.detach().contiguous(), contexts[0]) for g in gradients]
        with torch.no_grad(), Scope(False, state.training):
            answers = as_list(function.backward(*arrays))
        name = function._called()
        if len(answers) != len(ctx.shapes):
            raise MXNetError(
                f"{name}.backward: returns one gradient per input of forward",
                received=f"{len(answers)} gradients for {len(ctx.shapes)} inputs",
            )
        for answer, shape in zip(answers, ctx.shapes, strict=True):
            if answer is None:
                continue
            function._check("backward", "returns arrays", answer)
            if answer.shape != shape:
                raise MXNetError(
                    f"{name}.backward: a gradient has the shape of its input",
                    received=f"gradient {describe(answer)}, input {shape}",
                )
        found = tuple(None if a is None else a._plain() for a in answers)
        if torch.is_grad_enabled():
            found = refuse_again(name, found)
        return None, None, None, *found
