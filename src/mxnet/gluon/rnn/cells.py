"""Cells: one step of a recurrent layer each."""

from __future__ import annotations

from typing import Any

from .recurrent_cell import HybridRecurrentCell

__all__ = ["GRUCell", "GatedCell", "LSTMCell", "RNNCell"]


class GatedCell(HybridRecurrentCell):
    """A cell with W, R, b and r of some gates, each ``hidden_size`` rows."""

    _gates: int
    _states: int

    def __init__(
        self,
        hidden_size: int,
        i2h_weight_initializer: Any,
        h2h_weight_initializer: Any,
        i2h_bias_initializer: Any,
        h2h_bias_initializer: Any,
        input_size: int,
        prefix: str | None,
        params: Any,
        projection: tuple[int, Any] | None = None,
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        self._hidden_size = hidden_size
        self._input_size = input_size
        rows = self._gates * hidden_size
        width = hidden_size if projection is None else projection[0]
        kinds: dict[str, tuple[tuple[int, ...], Any]] = {
            "i2h_weight": ((rows, input_size), i2h_weight_initializer),
            "h2h_weight": ((rows, width), h2h_weight_initializer),
        }
        if projection is not None:
            kinds["h2r_weight"] = ((width, hidden_size), projection[1])
        kinds["i2h_bias"] = ((rows,), i2h_bias_initializer)
        kinds["h2h_bias"] = ((rows,), h2h_bias_initializer)
        for name, (shape, init) in kinds.items():
            setattr(self, name, self.params.get(name, shape=shape, init=init, allow_deferred_init=True))

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """One state ``(batch, hidden_size)``; of an LSTM, two."""
        return [{"shape": (batch_size, self._hidden_size), "__layout__": "NC"} for _ in range(self._states)]

    def _sums(
        self, F: Any, inputs: Any, state: Any, weights: tuple[Any, Any, Any, Any], prefix: str
    ) -> tuple[Any, Any]:
        """``W x + b`` and ``R h + r`` of all gates."""
        i2h_weight, h2h_weight, i2h_bias, h2h_bias = weights
        rows = self._gates * self._hidden_size
        return (
            F.FullyConnected(inputs, i2h_weight, i2h_bias, num_hidden=rows, name=prefix + "i2h"),
            F.FullyConnected(state, h2h_weight, h2h_bias, num_hidden=rows, name=prefix + "h2h"),
        )

    def _hint(self, *args: Any) -> str | None:
        features: tuple[int, ...] = getattr(args[0], "shape", ())
        known = self._weight_shape()[1]
        if len(features) == 2 and features[1] != known:
            name = type(self).__name__
            return f"{name}(..., input_size={features[1]}), or leave input_size out to have it inferred"
        return None

    def _weight_shape(self) -> tuple[int, ...]:
        return self._reg_params["i2h_weight"].shape or (0, 0)

    def __repr__(self) -> str:
        rows, features = self._weight_shape()
        return f"{type(self).__name__}({features or None} -> {rows})"


class RNNCell(GatedCell):
    """A step of an Elman network: ``h' = activation(W x + b + R h + r)``; the output is h'.

    Shapes: inputs ``(batch, input_size)``; state and output ``(batch, hidden_size)``; ``i2h_weight`` W ``(hidden_size,
    input_size)``, ``h2h_weight`` R ``(hidden_size, hidden_size)``, ``i2h_bias`` b, ``h2h_bias`` r.

    Parameters
    ----------
    hidden_size : units.
    activation : name of an activation function (see `nn.Activation`), a block, or a function.
    i2h_weight_initializer, h2h_weight_initializer : by default that of ``initialize()``.
    i2h_bias_initializer, h2h_bias_initializer : zeros by default.
    input_size : features of the inputs; 0 infers it from the first ones.

    Source: Elman, Finding structure in time, 1990.

    >>> from mxnet import nd
    >>> from mxnet.gluon import rnn
    >>> cell = rnn.RNNCell(4)
    >>> cell.initialize()
    >>> output, states = cell(nd.ones((2, 3)), cell.begin_state(batch_size=2))
    >>> output.shape, [state.shape for state in states]
    ((2, 4), [(2, 4)])
    """

    _gates, _states = 1, 1

    def __init__(
        self,
        hidden_size: int,
        activation: Any = "tanh",
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
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
        )
        self._activation = activation

    def _alias(self) -> str:
        return "rnn"

    def hybrid_forward(
        self, F: Any, inputs: Any, states: Any, i2h_weight: Any, h2h_weight: Any, i2h_bias: Any, h2h_bias: Any
    ) -> Any:
        """One step."""
        prefix = f"t{self._counter}_"
        weights = i2h_weight, h2h_weight, i2h_bias, h2h_bias
        i2h, h2h = self._sums(F, inputs, states[0], weights, prefix)
        total = F.elemwise_add(i2h, h2h, name=prefix + "plus0")
        output = self._get_activation(F, total, self._activation, name=prefix + "out")
        return output, [output]

    def __repr__(self) -> str:
        return f"{super().__repr__()[:-1]}, {self._activation})"


class LSTMCell(GatedCell):
    """A step of a long short-term memory; the output is h'.

    With the gates ``i, f, g, o = W x + b + R h + r``:
    ``c' = sigmoid(f) * c + sigmoid(i) * tanh(g)``, ``h' = sigmoid(o) * tanh(c')``.

    Shapes and parameters as for `RNNCell`, with ``4 * hidden_size`` rows for i, f, g, o; the states are h and c.

    Parameters
    ----------
    activation : stands for tanh.
    recurrent_activation : stands for the sigmoid.
    The others : as for `RNNCell`.

    Source: Hochreiter and Schmidhuber, Long short-term memory, 1997.

    >>> from mxnet import nd
    >>> from mxnet.gluon import rnn
    >>> cell = rnn.LSTMCell(4)
    >>> cell.initialize()
    >>> output, (state, memory) = cell(nd.ones((2, 3)), cell.begin_state(batch_size=2))
    >>> output.shape, state.shape, memory.shape
    ((2, 4), (2, 4), (2, 4))
    """

    _gates, _states = 4, 2

    def __init__(
        self,
        hidden_size: int,
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        input_size: int = 0,
        prefix: str | None = None,
        params: Any = None,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
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
        )
        self._activation = activation
        self._recurrent_activation = recurrent_activation

    def _alias(self) -> str:
        return "lstm"

    def hybrid_forward(
        self, F: Any, inputs: Any, states: Any, i2h_weight: Any, h2h_weight: Any, i2h_bias: Any, h2h_bias: Any
    ) -> Any:
        """One step."""
        prefix = f"t{self._counter}_"
        state, memory = states
        weights = i2h_weight, h2h_weight, i2h_bias, h2h_bias
        i2h, h2h = self._sums(F, inputs, state, weights, prefix)
        gates = F.elemwise_add(i2h, h2h, name=prefix + "plus0")
        i, f, g, o = F.SliceChannel(gates, num_outputs=4, name=prefix + "slice")
        i = self._get_activation(F, i, self._recurrent_activation, name=prefix + "i")
        f = self._get_activation(F, f, self._recurrent_activation, name=prefix + "f")
        g = self._get_activation(F, g, self._activation, name=prefix + "c")
        o = self._get_activation(F, o, self._recurrent_activation, name=prefix + "o")
        memory = F.elemwise_add(
            F.elemwise_mul(f, memory, name=prefix + "mul0"),
            F.elemwise_mul(i, g, name=prefix + "mul1"),
            name=prefix + "state",
        )
        if isinstance(self._activation, str):
            shown = F.Activation(memory, act_type=self._activation, name=prefix + "activation0")
        else:
            shown = self._get_activation(F, memory, self._activation)
        output = F.elemwise_mul(o, shown, name=prefix + "out")
        return output, [output, memory]


class GRUCell(GatedCell):
    """A step of gated recurrent units; the output is h'.

    With r and z of the gates ``W x + b + R h + r``: ``n = tanh(W x + b + sigmoid(r) * (R h + r))``,
    ``h' = (1 - sigmoid(z)) * n + sigmoid(z) * h``.

    Shapes and parameters as for `RNNCell`, with ``3 * hidden_size`` rows for r, z, n.

    Source: Cho et al., arXiv:1406.1078; the reset gate stands behind the product with R, as in cuDNN.

    >>> from mxnet import nd
    >>> from mxnet.gluon import rnn
    >>> cell = rnn.GRUCell(4)
    >>> cell.initialize()
    >>> output, states = cell(nd.ones((2, 3)), cell.begin_state(batch_size=2))
    >>> output.shape, [state.shape for state in states]
    ((2, 4), [(2, 4)])
    """

    _gates, _states = 3, 1

    def __init__(
        self,
        hidden_size: int,
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
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
        )

    def _alias(self) -> str:
        return "gru"

    def hybrid_forward(
        self, F: Any, inputs: Any, states: Any, i2h_weight: Any, h2h_weight: Any, i2h_bias: Any, h2h_bias: Any
    ) -> Any:
        """One step."""
        prefix = f"t{self._counter}_"
        state = states[0]
        weights = i2h_weight, h2h_weight, i2h_bias, h2h_bias
        i2h, h2h = self._sums(F, inputs, state, weights, prefix)
        i2h_r, i2h_z, i2h_n = F.SliceChannel(i2h, num_outputs=3, name=prefix + "i2h_slice")
        h2h_r, h2h_z, h2h_n = F.SliceChannel(h2h, num_outputs=3, name=prefix + "h2h_slice")
        reset = F.Activation(
            F.elemwise_add(i2h_r, h2h_r, name=prefix + "plus0"), act_type="sigmoid", name=prefix + "r_act"
        )
        update = F.Activation(
            F.elemwise_add(i2h_z, h2h_z, name=prefix + "plus1"), act_type="sigmoid", name=prefix + "z_act"
        )
        proposed = F.Activation(
            F.elemwise_add(i2h_n, F.elemwise_mul(reset, h2h_n, name=prefix + "mul0"), name=prefix + "plus2"),
            act_type="tanh",
            name=prefix + "h_act",
        )
        kept = F.elemwise_sub(F.ones_like(update), update, name=prefix + "minus0")
        output = F.elemwise_add(
            F.elemwise_mul(kept, proposed, name=prefix + "mul1"),
            F.elemwise_mul(update, state, name=prefix + "mul20"),
            name=prefix + "out",
        )
        return output, [output]
