"""Variational dropout, cells with projections, and unrolling without a length."""

from __future__ import annotations

from typing import Any

from ....base import message
from ...rnn.cells import GatedCell
from ...rnn.containers import BidirectionalCell
from ...rnn.modifiers import ModifierCell
from ...rnn.unroll import axis_of, first_of, merged

__all__ = ["LSTMPCell", "VariationalDropoutCell", "dynamic_unroll"]


class VariationalDropoutCell(ModifierCell):
    """Dropout around a cell whose masks stay the same in all steps of a sequence.

    The masks are drawn at the first step after `reset`, which `unroll` calls.

    Parameters
    ----------
    base_cell : the cell inside.
    drop_inputs, drop_states, drop_outputs : the fractions of the inputs, of the first state, and of the outputs that
        are dropped in training mode.

    Raises
    ------
    AssertionError : ``drop_states`` is not 0 for a `rnn.BidirectionalCell`, which has no steps.

    Source: Gal and Ghahramani, arXiv:1512.05287.

    >>> from mxnet import nd
    >>> from mxnet.gluon import contrib, rnn
    >>> cell = contrib.rnn.VariationalDropoutCell(rnn.LSTMCell(4), drop_inputs=0.3, drop_outputs=0.5)
    >>> cell.initialize()
    >>> outputs, states = cell.unroll(3, nd.ones((2, 3, 5)), merge_outputs=True)
    >>> outputs.shape
    (2, 3, 4)
    """

    _scratch = frozenset({"drop_inputs_mask", "drop_states_mask", "drop_outputs_mask"})

    def __init__(
        self,
        base_cell: Any,
        drop_inputs: float = 0.0,
        drop_states: float = 0.0,
        drop_outputs: float = 0.0,
    ) -> None:
        if drop_states and isinstance(base_cell, BidirectionalCell):
            raise AssertionError(
                message(
                    "BidirectionalCell doesn't support variational state dropout. Please add "
                    "VariationalDropoutCell to the cells underneath instead.",
                    hint="BidirectionalCell(VariationalDropoutCell(l_cell, ...), ...)",
                )
            )
        super().__init__(base_cell)
        self.drop_inputs = drop_inputs
        self.drop_states = drop_states
        self.drop_outputs = drop_outputs

    def _alias(self) -> str:
        return "vardrop"

    def __repr__(self) -> str:
        return f"{type(self).__name__}(p_out = {self.drop_outputs}, p_state = {self.drop_states})"

    def reset(self) -> None:
        """Forget the masks."""
        super().reset()
        self.drop_inputs_mask: Any = None
        self.drop_states_mask: Any = None
        self.drop_outputs_mask: Any = None

    def hybrid_forward(self, F: Any, inputs: Any, states: Any) -> Any:
        """One step."""
        if self.drop_states:
            if self.drop_states_mask is None:
                self.drop_states_mask = F.Dropout(F.ones_like(states[0]), p=self.drop_states)
            states = [states[0] * self.drop_states_mask, *states[1:]]
        if self.drop_inputs:
            if self.drop_inputs_mask is None:
                self.drop_inputs_mask = F.Dropout(F.ones_like(inputs), p=self.drop_inputs)
            inputs = inputs * self.drop_inputs_mask
        output, states = self.base_cell(inputs, states)
        if self.drop_outputs:
            if self.drop_outputs_mask is None:
                self.drop_outputs_mask = F.Dropout(F.ones_like(output), p=self.drop_outputs)
            output = output * self.drop_outputs_mask
        return output, states

    def unroll(
        self,
        length: int,
        inputs: Any,
        begin_state: Any = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
        valid_length: Any = None,
    ) -> tuple[Any, list[Any]]:
        """Step through sequences, or drop in all steps at once where no states are dropped.

        See `rnn.RecurrentCell.unroll`; in the latter case ``merge_outputs=None`` gives one array.
        """
        if self.drop_states:
            return super().unroll(length, inputs, begin_state, layout, merge_outputs, valid_length)
        self.reset()
        axis = axis_of(layout)
        F, first, batch = first_of(length, inputs, layout)
        states = self._first_states(F, first, batch, begin_state)
        whole = merged(F, inputs, axis)
        if self.drop_inputs:
            whole = F.Dropout(whole, p=self.drop_inputs, axes=(axis,))
        self.base_cell._modified = False
        try:
            outputs, states = self.base_cell.unroll(
                length, whole, states, layout, merge_outputs=True, valid_length=valid_length
            )
        finally:
            self.base_cell._modified = True
        if self.drop_outputs:
            outputs = F.Dropout(outputs, p=self.drop_outputs, axes=(axis,))
        merge_outputs = True if merge_outputs is None else merge_outputs
        return self._delivered(F, outputs, axis, length, merge_outputs, None), states


class LSTMPCell(GatedCell):
    """A step of a long short-term memory with a projection P; the output is ``P h'``, which is also the state.

    With the gates ``i, f, g, o = W x + b + R h + r``:
    ``c' = sigmoid(f) * c + sigmoid(i) * tanh(g)``, ``h' = P (sigmoid(o) * tanh(c'))``.

    Shapes: inputs ``(batch, input_size)``; output and state ``(batch, projection_size)``; the cells c ``(batch,
    hidden_size)``; ``i2h_weight`` W ``(4 * hidden_size, input_size)``, ``h2h_weight`` R ``(4 * hidden_size,
    projection_size)``, ``h2r_weight`` P ``(projection_size, hidden_size)``, ``i2h_bias`` b, ``h2h_bias`` r.

    Parameters
    ----------
    hidden_size, projection_size : units of the cells, and of outputs and states.
    i2h_weight_initializer, h2h_weight_initializer, h2r_weight_initializer : by default that of ``initialize()``.
    i2h_bias_initializer, h2h_bias_initializer : zeros by default.
    input_size : features of the inputs; 0 infers it from the first ones.

    Source: Sak et al., arXiv:1402.1128.

    >>> from mxnet import nd
    >>> from mxnet.gluon import contrib
    >>> cell = contrib.rnn.LSTMPCell(4, projection_size=3)
    >>> cell.initialize()
    >>> output, states = cell(nd.ones((2, 5)), cell.begin_state(batch_size=2))
    >>> output.shape, [state.shape for state in states]
    ((2, 3), [(2, 3), (2, 4)])
    """

    _gates, _states = 4, 2

    def __init__(
        self,
        hidden_size: int,
        projection_size: int,
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        h2r_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        input_size: int = 0,
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        super().__init__(
            hidden_size,
            i2h_weight_initializer,
            h2h_weight_initializer,
            i2h_bias_initializer,
            h2h_bias_initializer,
            input_size,
            prefix,
            params,
            (projection_size, h2r_weight_initializer),
        )
        self._projection_size = projection_size

    def _alias(self) -> str:
        return "lstmp"

    def __repr__(self) -> str:
        return f"{super().__repr__()[:-1]} -> {self._projection_size})"

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """The state ``(batch, projection_size)`` and the cells ``(batch, hidden_size)``."""
        return [
            {"shape": (batch_size, size), "__layout__": "NC"}
            for size in (self._projection_size, self._hidden_size)
        ]

    def hybrid_forward(  # type: ignore[override]
        self,
        F: Any,
        inputs: Any,
        states: Any,
        i2h_weight: Any,
        h2h_weight: Any,
        h2r_weight: Any,
        i2h_bias: Any,
        h2h_bias: Any,
    ) -> Any:
        """One step."""
        prefix = f"t{self._counter}_"
        state, memory = states
        weights = i2h_weight, h2h_weight, i2h_bias, h2h_bias
        i2h, h2h = self._sums(F, inputs, state, weights, prefix)
        i, f, g, o = F.SliceChannel(i2h + h2h, num_outputs=4, name=prefix + "slice")
        i = F.Activation(i, act_type="sigmoid", name=prefix + "i")
        f = F.Activation(f, act_type="sigmoid", name=prefix + "f")
        g = F.Activation(g, act_type="tanh", name=prefix + "c")
        o = F.Activation(o, act_type="sigmoid", name=prefix + "o")
        memory = F.elemwise_add(f * memory, i * g, name=prefix + "state")
        hidden = F.elemwise_mul(o, F.Activation(memory, act_type="tanh"), name=prefix + "hidden")
        output = F.FullyConnected(
            hidden, h2r_weight, num_hidden=self._projection_size, no_bias=True, name=prefix + "out"
        )
        return output, [output, memory]


def dynamic_unroll(
    cell: Any,
    inputs: Any,
    begin_state: Any,
    drop_inputs: float = 0,
    drop_outputs: float = 0,
    layout: str = "TNC",
    valid_length: Any = None,
) -> tuple[Any, list[Any]]:
    """Step through sequences of any length; returns the outputs, one array in ``layout``, and the last states.

    Parameters
    ----------
    cell : a cell that can be stepped.
    inputs : one array in ``layout``, or a list of the inputs of each step.
    begin_state : the first states; None for zeros.
    drop_inputs, drop_outputs : the fractions of inputs and outputs that are dropped, the same in all steps; in layout
        NTC, as in 1.9.1, the same in all sequences of the batch instead.
    layout : ``'TNC'`` or ``'NTC'``.
    valid_length : ``(batch,)``: how many steps of each sequence count. Outputs behind them are 0, and the states are
        those of the last step that counts.

    Raises
    ------
    AssertionError : another layout.

    >>> from mxnet import nd
    >>> from mxnet.gluon import contrib, rnn
    >>> cell = rnn.LSTMCell(4)
    >>> cell.initialize()
    >>> outputs, states = contrib.rnn.rnn_cell.dynamic_unroll(cell, nd.ones((3, 2, 5)), cell.begin_state(2))
    >>> outputs.shape, [state.shape for state in states]
    ((3, 2, 4), [(2, 4), (2, 4)])
    """
    if layout not in ("TNC", "NTC"):
        raise AssertionError(message(f"Invalid layout {layout}; must be one of ['TNC' or 'NTC']"))
    axis = axis_of(layout)
    F, first, batch = first_of(None, inputs, layout)
    inputs = merged(F, inputs, axis)
    cell.reset()
    states = list(cell._first_states(F, first, batch, begin_state))
    if drop_inputs:
        inputs = F.Dropout(inputs, p=drop_inputs, axes=(0,))
    if axis:
        inputs = F.swapaxes(inputs, dim1=0, dim2=axis)

    def body(step: Any, states: Any) -> Any:
        output, states = cell(step, states)
        return (output if valid_length is None else [output, *states]), states

    outputs, states = F.contrib.foreach(body, inputs, states)
    if valid_length is not None:
        outputs, *history = outputs
        states = [
            F.SequenceLast(each, sequence_length=valid_length, use_sequence_length=True) for each in history
        ]
        outputs = F.SequenceMask(outputs, sequence_length=valid_length, use_sequence_length=True)
    if axis:
        outputs = F.swapaxes(outputs, dim1=0, dim2=axis)
    if drop_outputs:
        outputs = F.Dropout(outputs, p=drop_outputs, axes=(0,))
    return outputs, states
