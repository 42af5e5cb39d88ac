"""Cells that change what another cell does: dropout, zoneout, residual connections."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ... import ndarray as nd
from ...base import message
from .containers import BidirectionalCell
from .recurrent_cell import HybridRecurrentCell
from .unroll import axis_of, first_of, functions_for, masked, merged, split

__all__ = ["DropoutCell", "ModifierCell", "ResidualCell", "ZoneoutCell"]


class DropoutCell(HybridRecurrentCell):
    """Dropout as a cell without states, for a stack: see `nn.Dropout`.

    Inputs of `unroll` that are one array are dropped in one go.

    Parameters
    ----------
    rate : the fraction that is dropped in training mode.
    axes : axes along which one decision is shared.

    >>> from mxnet import nd
    >>> from mxnet.gluon import rnn
    >>> rnn.DropoutCell(0.5)(nd.ones((1, 2)), [])[0].asnumpy().tolist()
    [[1.0, 1.0]]
    """

    def __init__(
        self, rate: float, axes: tuple[int, ...] = (), prefix: str | None = None, params: Any = None
    ) -> None:
        if not isinstance(rate, (int, float)):
            raise AssertionError(
                message("rate must be a number", received=f"{type(rate).__name__} {rate!r}", hint="rate=0.5")
            )
        super().__init__(prefix=prefix, params=params)
        self._rate = rate
        self._axes = axes

    def _alias(self) -> str:
        return "dropout"

    def __repr__(self) -> str:
        return f"{type(self).__name__}(rate={self._rate}, axes={self._axes})"

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """No states."""
        return []

    def hybrid_forward(self, F: Any, inputs: Any, states: Any) -> Any:
        """Drop in training mode; the states, none, pass."""
        if self._rate > 0:
            inputs = F.Dropout(inputs, p=self._rate, axes=self._axes, name=f"t{self._counter}_fwd")
        return inputs, states

    def unroll(
        self,
        length: int,
        inputs: Any,
        begin_state: Any = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
        valid_length: Any = None,
    ) -> tuple[Any, list[Any]]:
        """Drop in the whole sequence; ``valid_length`` does not matter. See `RecurrentCell.unroll`."""
        self.reset()
        whole = not isinstance(inputs, (list, tuple))
        if merge_outputs is False or not (whole or merge_outputs):
            return super().unroll(length, inputs, begin_state, layout, merge_outputs)
        if whole:
            F = functions_for(inputs)
        else:
            F, _, _ = first_of(length, inputs, layout)
            inputs = merged(F, inputs, axis_of(layout))
        return self.hybrid_forward(F, inputs, begin_state or [])


class ModifierCell(HybridRecurrentCell):
    """The base of cells around another cell, whose parameters and states they have.

    Parameters
    ----------
    base_cell : the cell that is modified; it cannot be used by itself any more, nor modified a second time.

    Raises
    ------
    AssertionError : the cell is modified already.
    """

    def __init__(self, base_cell: Any) -> None:
        if not isinstance(base_cell, HybridRecurrentCell):
            self._refuse_base(base_cell)
        if base_cell._modified:
            raise AssertionError(
                message(
                    f"Cell {base_cell.name} is already modified. One cell cannot be modified twice",
                    hint="modify the modifier: ResidualCell(ZoneoutCell(cell))",
                )
            )
        super().__init__(prefix=base_cell.prefix + self._alias(), params=None)
        base_cell._modified = True
        self.base_cell = base_cell

    def _refuse_base(self, base_cell: Any) -> None:
        raise ValueError(
            message(
                f"{type(self).__name__} goes around a hybrid cell",
                received=repr(base_cell),
                hint="HybridSequentialRNNCell for a SequentialRNNCell, rnn.LSTMCell for a layer rnn.LSTM",
            )
        )

    @property
    def params(self) -> Any:
        """The parameters of the cell inside."""
        return self.base_cell.params

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """The states of the cell inside."""
        return self.base_cell.state_info(batch_size)

    def begin_state(  # type: ignore[override]
        self, func: Callable[..., Any] | int = nd.zeros, **kwargs: Any
    ) -> list[Any]:
        """The first states of the cell inside; see `RecurrentCell.begin_state`.

        Differs from 1.9.1: without ``func`` they are arrays, where 1.9.1 makes symbols; and the first argument may be
        the size of the batch, as for other cells.
        """
        self._refuse_modified()
        if isinstance(func, int):
            kwargs["batch_size"], func = func, kwargs.pop("func", nd.zeros)
        self.base_cell._modified = False
        try:
            return self.base_cell.begin_state(func=func, **kwargs)
        finally:
            self.base_cell._modified = True

    def hybrid_forward(self, F: Any, inputs: Any, states: Any) -> Any:
        """One step: what a class of your own overrides, calling ``self.base_cell(inputs, states)``."""
        raise NotImplementedError(
            message(
                f"{type(self).__name__}.hybrid_forward is not written",
                hint="def hybrid_forward(self, F, inputs, states): ...",
            )
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_cell!r})"


class ZoneoutCell(ModifierCell):
    """In training mode each element of outputs and states keeps, with some probability, its value of the step before.

    Parameters
    ----------
    base_cell : the cell inside.
    zoneout_outputs, zoneout_states : the probabilities.

    Raises
    ------
    AssertionError : the cell is a `BidirectionalCell`, which has no steps.

    Source: Krueger et al., arXiv:1606.01305.

    >>> from mxnet import nd
    >>> from mxnet.gluon import rnn
    >>> cell = rnn.ZoneoutCell(rnn.LSTMCell(4), zoneout_outputs=0.2, zoneout_states=0.3)
    >>> cell.initialize()
    >>> outputs, states = cell.unroll(3, nd.ones((2, 3, 5)), merge_outputs=True)
    >>> outputs.shape
    (2, 3, 4)
    """

    _scratch = frozenset({"_prev_output"})

    def __init__(self, base_cell: Any, zoneout_outputs: float = 0.0, zoneout_states: float = 0.0) -> None:
        if isinstance(base_cell, BidirectionalCell):
            raise AssertionError(
                message(
                    "BidirectionalCell doesn't support zoneout since it doesn't support step. Please add "
                    "ZoneoutCell to the cells underneath instead.",
                    hint="BidirectionalCell(ZoneoutCell(l_cell), ZoneoutCell(r_cell))",
                )
            )
        super().__init__(base_cell)
        self.zoneout_outputs = zoneout_outputs
        self.zoneout_states = zoneout_states
        self._prev_output: Any = None

    def _alias(self) -> str:
        return "zoneout"

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(p_out={self.zoneout_outputs}, p_state={self.zoneout_states}, "
            f"{self.base_cell!r})"
        )

    def reset(self) -> None:
        """Forget the output of the step before."""
        super().reset()
        self._prev_output = None

    def hybrid_forward(self, F: Any, inputs: Any, states: Any) -> Any:
        """One step."""
        output, new_states = self.base_cell(inputs, states)

        def chosen(rate: float, new: Any, old: Any) -> Any:
            if rate == 0:
                return new
            return F.where(F.Dropout(F.ones_like(new), p=rate), new, old)

        before = self._prev_output
        if before is None:
            before = F.zeros_like(output)
        output = chosen(self.zoneout_outputs, output, before)
        new_states = [
            chosen(self.zoneout_states, new, old) for new, old in zip(new_states, states, strict=True)
        ]
        self._prev_output = output
        return output, new_states


class ResidualCell(ModifierCell):
    """Adds the inputs to the outputs of a cell, which have their shape.

    Parameters
    ----------
    base_cell : the cell inside; it may be a `BidirectionalCell`.

    Source: Wu et al., arXiv:1609.08144.

    >>> from mxnet import nd
    >>> from mxnet.gluon import rnn
    >>> cell = rnn.ResidualCell(rnn.GRUCell(3))
    >>> cell.initialize(mx.init.Zero())
    >>> cell(nd.ones((1, 3)), cell.begin_state(batch_size=1))[0].asnumpy().tolist()
    [[1.0, 1.0, 1.0]]
    """

    def hybrid_forward(self, F: Any, inputs: Any, states: Any) -> Any:
        """One step."""
        output, states = self.base_cell(inputs, states)
        return F.elemwise_add(output, inputs, name=f"t{self._counter}_fwd"), states

    def unroll(
        self,
        length: int,
        inputs: Any,
        begin_state: Any = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
        valid_length: Any = None,
    ) -> tuple[Any, list[Any]]:
        """Unroll the cell inside and add all inputs; see `RecurrentCell.unroll`."""
        self.reset()
        axis = axis_of(layout)
        F, first, batch = first_of(length, inputs, layout)
        states = self._first_states(F, first, batch, begin_state)
        self.base_cell._modified = False
        try:
            outputs, states = self.base_cell.unroll(
                length,
                inputs,
                begin_state=states,
                layout=layout,
                merge_outputs=merge_outputs,
                valid_length=valid_length,
            )
        finally:
            self.base_cell._modified = True
        if isinstance(outputs, (list, tuple)):
            if valid_length is not None:
                inputs = masked(F, inputs, valid_length, axis)
            steps = inputs if isinstance(inputs, (list, tuple)) else split(F, inputs, axis, length)
            pairs = zip(outputs, steps, strict=True)
            return [F.elemwise_add(output, step) for output, step in pairs], states
        whole = merged(F, inputs, axis)
        if valid_length is not None:
            whole = masked(F, whole, valid_length, axis)
        return F.elemwise_add(outputs, whole), states
