"""Cells made of cells: one on top of the other, and one in each direction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ... import ndarray as nd
from ...base import message
from ..utils import _indent
from .recurrent_cell import HybridRecurrentCell, RecurrentCell
from .unroll import axis_of, first_of, merged, reversed_steps, steps_of

__all__ = ["BidirectionalCell", "HybridSequentialRNNCell", "SequentialRNNCell"]


class _Stack(RecurrentCell):
    """Cells on top of each other."""

    def add(self, cell: Any) -> None:
        """Put a cell on top.

        Raises ``TypeError`` for what is no cell, such as the layers `rnn.LSTM` and `nn.Dense`.
        """
        if not hasattr(cell, "unroll"):
            raise TypeError(
                message(
                    f"{type(self).__name__}.add: takes a recurrent cell",
                    received=repr(cell),
                    because="a cell has states, and can be stepped and unrolled",
                    hint="nn.Sequential for layers over whole sequences; rnn.LSTMCell here instead of rnn.LSTM",
                )
            )
        self.register_child(cell)

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """The states of all cells in one list."""
        return [info for cell in self._cells() for info in cell.state_info(batch_size)]

    def begin_state(
        self, batch_size: int = 0, func: Callable[..., Any] = nd.zeros, **kwargs: Any
    ) -> list[Any]:
        """The first states of all cells in one list; see `RecurrentCell.begin_state`."""
        self._refuse_modified()
        options = {"batch_size": batch_size, "func": func, **kwargs}
        return [state for cell in self._cells() for state in cell.begin_state(**options)]

    def __call__(self, inputs: Any, states: Any) -> Any:
        """One step of every cell; returns the output of the last one and the new states of all."""
        self._counter += 1
        new_states: list[Any] = []
        for cell, own in self._with_states(states):
            if isinstance(cell, BidirectionalCell):
                raise AssertionError(
                    message(
                        f"{type(self).__name__} cannot be stepped",
                        received=repr(cell),
                        because="a BidirectionalCell needs the whole sequence",
                        hint="unroll(length, inputs)",
                    )
                )
            inputs, own = cell(inputs, own)
            new_states += own
        return inputs, new_states

    def unroll(
        self,
        length: int,
        inputs: Any,
        begin_state: Any = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
        valid_length: Any = None,
    ) -> tuple[Any, list[Any]]:
        """Unroll one cell after the other; see `RecurrentCell.unroll`."""
        self.reset()
        states = self._first_states(*first_of(length, inputs, layout), begin_state)
        new_states: list[Any] = []
        last = len(self._children) - 1
        for place, (cell, own) in enumerate(self._with_states(states)):
            inputs, own = cell.unroll(
                length,
                inputs,
                begin_state=own,
                layout=layout,
                merge_outputs=merge_outputs if place == last else None,
                valid_length=valid_length,
            )
            new_states += own
        return inputs, new_states

    def _cells(self) -> list[Any]:
        return list(self._children.values())

    def _with_states(self, states: Any) -> list[tuple[Any, list[Any]]]:
        """Each cell with those of the states that are its own."""
        found, place, states = [], 0, list(states)
        for cell in self._cells():
            count = len(cell.state_info())
            found.append((cell, states[place : place + count]))
            place += count
        if place != len(states):
            self._refuse_few(states)
        return found

    def __getitem__(self, i: int) -> Any:
        return self._cells()[i]

    def __len__(self) -> int:
        return len(self._children)

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        inside = "\n".join(f"({key}): {_indent(repr(cell), 2)}" for key, cell in self._children.items())
        return f"{type(self).__name__}(\n{inside}\n)"


class SequentialRNNCell(_Stack):
    """Cells on top of each other, each taking the outputs of the one before.

    >>> from mxnet import nd
    >>> from mxnet.gluon import rnn
    >>> stack = rnn.SequentialRNNCell()
    >>> stack.add(rnn.LSTMCell(4))
    >>> stack.add(rnn.GRUCell(3))
    >>> stack.initialize()
    >>> output, states = stack(nd.ones((2, 5)), stack.begin_state(batch_size=2))
    >>> output.shape, [state.shape for state in states]
    ((2, 3), [(2, 4), (2, 4), (2, 3)])
    """

    def __init__(self, prefix: str | None = None, params: Any = None) -> None:
        super().__init__(prefix=prefix, params=params)

    def hybrid_forward(self, *args: Any, **kwargs: Any) -> Any:
        """Nothing here calls it; see `HybridSequentialRNNCell`."""
        raise NotImplementedError(
            message("SequentialRNNCell has no hybrid_forward", hint="rnn.HybridSequentialRNNCell")
        )


class HybridSequentialRNNCell(_Stack, HybridRecurrentCell):
    """`SequentialRNNCell` of hybrid cells, itself one.

    >>> from mxnet.gluon import rnn
    >>> stack = rnn.HybridSequentialRNNCell()
    >>> stack.add(rnn.LSTMCell(4))
    >>> stack.add(rnn.DropoutCell(0.2))
    >>> stack
    HybridSequentialRNNCell(
    (0): LSTMCell(None -> 16)
    (1): DropoutCell(rate=0.2, axes=())
    )
    """

    def __init__(self, prefix: str | None = None, params: Any = None) -> None:
        super().__init__(prefix=prefix, params=params)

    def hybrid_forward(self, F: Any, inputs: Any, states: Any) -> Any:
        """One step of every cell."""
        return self.__call__(inputs, states)


class BidirectionalCell(HybridRecurrentCell):
    """One cell forwards and one backwards over a sequence, their outputs side by side.

    It cannot be stepped, only unrolled. Its states are those of ``l_cell`` and then those of ``r_cell``, whose last
    ones stand behind the first step.

    Parameters
    ----------
    l_cell, r_cell : the cells; with prefixes of their own, or made inside ``name_scope()``.
    output_prefix : of the outputs' names in symbols.

    Source: Schuster and Paliwal, Bidirectional recurrent neural networks, 1997.

    >>> from mxnet import nd
    >>> from mxnet.gluon import rnn
    >>> cell = rnn.BidirectionalCell(rnn.GRUCell(4), rnn.GRUCell(4))
    >>> cell.initialize()
    >>> outputs, states = cell.unroll(3, nd.ones((2, 3, 5)), merge_outputs=True)
    >>> outputs.shape, [state.shape for state in states]
    ((2, 3, 8), [(2, 4), (2, 4)])
    """

    def __init__(self, l_cell: Any, r_cell: Any, output_prefix: str = "bi_") -> None:
        super().__init__(prefix="", params=None)
        self.l_cell = l_cell
        self.r_cell = r_cell
        self._output_prefix = output_prefix

    def __call__(self, inputs: Any, states: Any) -> Any:
        """Raises ``NotImplementedError``: there is no single step."""
        raise NotImplementedError(
            message("Bidirectional cannot be stepped. Please use unroll", hint="cell.unroll(length, inputs)")
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}(forward={self.l_cell!r}, backward={self.r_cell!r})"

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """The states of the cell forwards, then those of the cell backwards."""
        return [*self.l_cell.state_info(batch_size), *self.r_cell.state_info(batch_size)]

    def begin_state(
        self, batch_size: int = 0, func: Callable[..., Any] = nd.zeros, **kwargs: Any
    ) -> list[Any]:
        """The first states of both cells; see `RecurrentCell.begin_state`."""
        self._refuse_modified()
        options = {"batch_size": batch_size, "func": func, **kwargs}
        return [*self.l_cell.begin_state(**options), *self.r_cell.begin_state(**options)]

    def unroll(
        self,
        length: int,
        inputs: Any,
        begin_state: Any = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
        valid_length: Any = None,
    ) -> tuple[Any, list[Any]]:
        """Unroll both cells; see `RecurrentCell.unroll`. The way back begins at the last step that counts."""
        self.reset()
        F, steps, batch = steps_of(length, inputs, layout)
        states = list(self._first_states(F, steps[0], batch, begin_state))
        count, own = len(self.l_cell.state_info(batch)), len(self.state_info(batch))
        if len(states) != own:
            self._refuse_few(states)
        axis = axis_of(layout)
        options = {"layout": layout, "merge_outputs": False, "valid_length": valid_length}
        forward, l_states = self.l_cell.unroll(length, steps, begin_state=states[:count], **options)
        turned = reversed_steps(F, steps, valid_length)
        backward, r_states = self.r_cell.unroll(length, turned, begin_state=states[count:], **options)
        backward = reversed_steps(F, backward, valid_length)
        if merge_outputs or (merge_outputs is None and valid_length is not None):
            sides = [merged(F, each, axis) for each in (forward, backward)]
            outputs = F.concat(*sides, dim=2, name=f"{self._output_prefix}out")
        else:
            outputs = [
                F.concat(left, right, dim=1, name=f"{self._output_prefix}t{step}")
                for step, (left, right) in enumerate(zip(forward, backward, strict=True))
            ]
        if valid_length is not None:
            outputs = self._delivered(F, outputs, axis, len(steps), merge_outputs, valid_length)
        return outputs, [*l_states, *r_states]
