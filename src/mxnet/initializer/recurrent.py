"""Initialisers of recurrent networks: biases of an LSTM, and all the parameters of `nd.RNN` in one array."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..base import message
from ..ndarray import NDArray
from .base import InitDesc, Initializer, create, register

__all__ = ["FusedRNN", "LSTMBias"]

_GATES = {
    "rnn_relu": ("",),
    "rnn_tanh": ("",),
    "lstm": ("_i", "_f", "_c", "_o"),
    "gru": ("_r", "_z", "_o"),
}


@register
class LSTMBias(Initializer):
    """Zeros, but ``forget_bias`` in the second quarter: the forget gate of an LSTM starts open."""

    def __init__(self, forget_bias: float = 1.0) -> None:
        super().__init__(forget_bias=forget_bias)
        self.forget_bias = forget_bias

    def _init_weight(self, _: str, arr: NDArray) -> None:
        arr[:] = 0.0
        hidden = arr.shape[0] // 4
        arr[hidden : 2 * hidden] = self.forget_bias


@register
class FusedRNN(Initializer):
    """Fills the single array of parameters of `nd.RNN` part by part, as if each gate had arrays of its own:

    ``l0_i2h_i_weight`` ``(num_hidden, inputs)``, ..., ``l0_h2h_i_weight`` ``(num_hidden, num_hidden)``, ..., and after
    the weights of all layers ``l0_i2h_i_bias`` ``(num_hidden,)``, ...; the backward cells are called r0, r1, ... The
    number of inputs follows from the size of the array.

    Parameters
    ----------
    init : initialiser of the parts, by their names, so that biases become 0; None takes that of the network.
    num_hidden, num_layers, bidirectional : those of the network.
    mode : ``'rnn_relu'``, ``'rnn_tanh'``, ``'lstm'`` or ``'gru'``.
    forget_bias : the biases of the forget gates of an LSTM.

    Raises
    ------
    ValueError : an unknown mode; no initialiser for the parts.
    AssertionError : no number of inputs gives an array of that size.

    Differs from 1.9.1: the text of ``dumps`` with an initialiser for the parts can be read again.

    >>> from mxnet import init, nd
    >>> parameters = nd.zeros((4 * 2 * (3 + 2 + 2),))
    >>> init.FusedRNN(init.One(), num_hidden=2, num_layers=1, mode="lstm", forget_bias=5)("lstm_weight", parameters)
    >>> parameters[40:48].asnumpy().tolist()
    [0.0, 0.0, 5.0, 5.0, 0.0, 0.0, 0.0, 0.0]
    """

    def __init__(
        self,
        init: Any,
        num_hidden: int,
        num_layers: int,
        mode: str,
        bidirectional: bool = False,
        forget_bias: float = 1.0,
    ) -> None:
        if mode not in _GATES:
            raise ValueError(
                message(
                    "FusedRNN: unknown mode", received=repr(mode), because="modes are " + ", ".join(_GATES)
                )
            )
        own = None if init is None else create(init)
        super().__init__(
            init=None if own is None else own.dumps(),
            num_hidden=num_hidden,
            num_layers=num_layers,
            mode=mode,
            bidirectional=bidirectional,
            forget_bias=forget_bias,
        )
        self._init = own
        self._num_hidden = num_hidden
        self._num_layers = num_layers
        self._mode = mode
        self._bidirectional = bidirectional
        self._forget_bias = forget_bias

    def _init_weight(self, name: str, arr: NDArray) -> None:
        outer = name.global_init if isinstance(name, InitDesc) else None
        init = outer if self._init is None else self._init
        if init is None or init is self:
            raise ValueError(
                message(
                    f"FusedRNN: nothing says how the parts of {name} are filled",
                    hint="FusedRNN(init.Xavier(), ...), or net.initialize(init.Xavier())",
                )
            )
        flat = arr.reshape((-1,))
        start = 0
        for part, shape in self._parts(self._inputs(flat.shape[0])):
            stop = start + shape[0] * (shape[1] if len(shape) == 2 else 1)
            inner = flat[start:stop].reshape(shape)
            if self._mode == "lstm" and part.endswith("_f_bias"):
                inner[:] = self._forget_bias
            else:
                init(InitDesc(part, global_init=outer), inner)
            start = stop

    def _inputs(self, size: int) -> int:
        """The number of inputs of a network with so many parameters."""
        gates, hidden, directions = len(_GATES[self._mode]), self._num_hidden, 2 if self._bidirectional else 1
        rows = gates * hidden * directions
        deeper = (self._num_layers - 1) * (hidden + directions * hidden + 2)
        inputs = size // rows - deeper - hidden - 2
        if inputs < 1 or rows * (inputs + deeper + hidden + 2) != size:
            raise AssertionError(
                message(
                    "Invalid parameters size for FusedRNNCell",
                    received=f"{size} parameters",
                    because=f"{inputs if inputs > 0 else 1} inputs make "
                    f"{rows * (max(inputs, 1) + deeper + hidden + 2)}, and each further one {rows} more",
                )
            )
        return inputs

    def _parts(self, inputs: int) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Names and shapes in the order of the array."""
        hidden, sides = self._num_hidden, "lr" if self._bidirectional else "l"
        for kind in ("weight", "bias"):
            for layer in range(self._num_layers):
                for side in sides:
                    for source in ("i2h", "h2h"):
                        columns = hidden
                        if source == "i2h":
                            columns = inputs if layer == 0 else hidden * len(sides)
                        shape = (hidden, columns) if kind == "weight" else (hidden,)
                        for gate in _GATES[self._mode]:
                            yield f"{side}{layer}_{source}{gate}_{kind}", shape
