"""The base of all recurrent cells: states, and steps in a row."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch

from ... import ndarray as nd
from ...base import IndexShapeError, message
from ...ndarray import NDArray
from ..block import Block
from ..hybrid_block import HybridBlock
from ..nn.activations import LeakyReLU
from .unroll import Batch, axis_of, last_of_valid, masked, merged, split, steps_of

__all__ = ["HybridRecurrentCell", "RecurrentCell"]

_OTHER_TYPES = (torch.float64, torch.float16, torch.bfloat16)  # than float32, of what networks compute with


class RecurrentCell(Block):
    """One step of a recurrent network: ``output, new_states = cell(input, states)``.

    A cell of your own derives from this class or from `HybridRecurrentCell` and has a `state_info` and a ``forward``.

    >>> from mxnet import nd
    >>> from mxnet.gluon import rnn
    >>> class Sum(rnn.RecurrentCell):
    ...     def state_info(self, batch_size=0):
    ...         return [{"shape": (batch_size, 1), "__layout__": "NC"}]
    ...     def forward(self, inputs, states):
    ...         total = states[0] + inputs
    ...         return total, [total]
    >>> outputs, states = Sum().unroll(3, nd.ones((2, 3, 1)), merge_outputs=True)
    >>> outputs[0].reshape((-1,)).asnumpy().tolist()
    [1.0, 2.0, 3.0]
    """

    _bookkeeping = frozenset({"_counter", "_init_counter", "_modified"})

    def __init__(self, prefix: str | None = None, params: Any = None) -> None:
        super().__init__(prefix=prefix, params=params)
        self._modified = False
        self.reset()

    def reset(self) -> None:
        """Forget what was counted and kept since the last `unroll`, which calls this itself; also in all children."""
        self._init_counter = -1
        self._counter = -1
        for child in self._children.values():
            if hasattr(child, "reset"):
                child.reset()

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """What its states look like: a dictionary with ``shape`` and ``__layout__`` for each."""
        raise NotImplementedError(
            message(
                f"{type(self).__name__}.state_info is not written",
                hint="return [{'shape': (batch_size, units), '__layout__': 'NC'}]",
            )
        )

    def begin_state(
        self, batch_size: int = 0, func: Callable[..., Any] = nd.zeros, **kwargs: Any
    ) -> list[Any]:
        """The states before the first step.

        Parameters
        ----------
        batch_size : sequences in a batch.
        func : makes an array from ``name``, ``shape`` and ``__layout__``, such as `nd.zeros` or `nd.random.uniform`.
        kwargs : other arguments for it, such as ``ctx`` and ``dtype``.

        Raises
        ------
        AssertionError : a modifier such as `ZoneoutCell` has been put around this cell.

        >>> from mxnet.gluon import rnn
        >>> [state.shape for state in rnn.LSTMCell(4).begin_state(batch_size=3)]
        [(3, 4), (3, 4)]
        """
        self._refuse_modified()
        states = []
        for info in self.state_info(batch_size):
            self._init_counter += 1
            name = f"{self._prefix}begin_state_{self._init_counter}"
            states.append(func(name=name, **{**(info or {}), **kwargs}))
        return states

    def unroll(
        self,
        length: int,
        inputs: Any,
        begin_state: Any = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
        valid_length: Any = None,
    ) -> tuple[Any, list[Any]]:
        """Step through sequences; returns the outputs and the last states.

        Parameters
        ----------
        length : number of steps.
        inputs : one array in ``layout``, such as ``(batch, steps, features)``, or a list of the inputs of each step,
            ``(batch, features)``.
        begin_state : the first states; zeros by default.
        layout : where in the inputs, and in merged outputs, the steps (T) and the batch (N) are.
        merge_outputs : True for one array of outputs, False for a list; None for a list, with ``valid_length`` for an
            array.
        valid_length : ``(batch,)``: how many steps of each sequence count. Outputs behind them are 0, and the states
            are those of the last step that counts.

        Raises
        ------
        AssertionError : inputs do not have ``length`` steps.

        >>> from mxnet import nd
        >>> from mxnet.gluon import rnn
        >>> cell = rnn.LSTMCell(4)
        >>> cell.initialize()
        >>> outputs, states = cell.unroll(3, nd.ones((2, 3, 5)), merge_outputs=True)
        >>> outputs.shape, [state.shape for state in states]
        ((2, 3, 4), [(2, 4), (2, 4)])
        """
        self.reset()
        F, steps, batch = steps_of(length, inputs, layout)
        states = self._first_states(F, steps[0], batch, begin_state)
        outputs, history = [], []
        for step in steps:
            output, states = self(step, states)
            outputs.append(output)
            if valid_length is not None:
                history.append(states)
        if valid_length is not None:
            states = last_of_valid(F, history, valid_length)
        return self._delivered(F, outputs, axis_of(layout), len(steps), merge_outputs, valid_length), states

    def _first_states(self, F: Any, like: Any, batch: int, begin_state: Any) -> Any:
        """The given states, or zeros of the type and in the place of the inputs."""
        if begin_state is not None:
            return begin_state
        if isinstance(batch, Batch):
            return self.begin_state(batch_size=batch, func=partial(batch.zeros, F))
        options = {"dtype": like.dtype} if like._t.dtype in _OTHER_TYPES else {}
        return self.begin_state(batch_size=batch, func=nd.zeros, ctx=like._ctx, **options)

    @staticmethod
    def _delivered(
        F: Any, outputs: Any, axis: int, length: int, merge_outputs: bool | None, valid_length: Any
    ) -> Any:
        """Outputs, a list or one array, in the form that the caller of `unroll` wants."""
        if valid_length is not None:
            outputs = masked(F, outputs, valid_length, axis)
            merge_outputs = True if merge_outputs is None else merge_outputs
        if merge_outputs:
            return merged(F, outputs, axis)
        if merge_outputs is False and not isinstance(outputs, (list, tuple)):
            return split(F, outputs, axis, length)
        return outputs

    def _get_activation(self, F: Any, inputs: Any, activation: Any, **kwargs: Any) -> Any:
        """An activation function by its name, or a block or function, of ``inputs``."""
        if isinstance(activation, str):
            if activation in ("tanh", "relu", "sigmoid", "softsign"):
                return getattr(F, activation)(inputs, **kwargs)
            return F.Activation(inputs, act_type=activation, **kwargs)
        if isinstance(activation, LeakyReLU):
            return F.LeakyReLU(inputs, act_type="leaky", slope=activation._alpha, **kwargs)
        if isinstance(activation, Block):
            return activation(inputs)
        return activation(inputs, **kwargs)

    def forward(self, inputs: Any, states: Any) -> Any:
        """Compute ``(output, new_states)``: what a class of your own overrides."""
        self._counter += 1
        if isinstance(states, NDArray):
            states = [states]
        try:
            return super().forward(inputs, states)
        except (IndexError, TypeError, ValueError):
            self._refuse_few(states)
            raise

    def _refuse_few(self, states: Any) -> None:
        """Raise if there are not as many states as the cell has."""
        count = len(states) if isinstance(states, (list, tuple)) else 0
        try:
            expected = len(self.state_info(1))
        except NotImplementedError:
            return
        if count != expected:
            raise IndexShapeError(
                message(
                    f"{type(self).__name__} (layer '{self.name}'): {count} states instead of {expected}",
                    hint="output, states = cell(inputs, states), from states = cell.begin_state(batch_size)",
                )
            ) from None

    def _refuse_modified(self) -> None:
        if self._modified:
            raise AssertionError(
                message(
                    "After applying modifier cells (e.g. ZoneoutCell) the base cell cannot be called directly. "
                    "Call the modifier cell instead.",
                    received=repr(self),
                )
            )


class HybridRecurrentCell(RecurrentCell, HybridBlock):
    """A `RecurrentCell` written as ``hybrid_forward(F, inputs, states, **parameters)``."""

    def __init__(self, prefix: str | None = None, params: Any = None) -> None:
        super().__init__(prefix=prefix, params=params)

    def hybrid_forward(self, F: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
        """Compute ``(output, new_states)`` with the functions of ``F``: what a class of your own overrides."""
        return HybridBlock.hybrid_forward(self, F, x, *args, **kwargs)
