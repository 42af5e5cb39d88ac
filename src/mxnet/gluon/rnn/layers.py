"""Recurrent layers over whole sequences: `RNN`, `LSTM` and `GRU`."""

from __future__ import annotations

from typing import Any

from ...base import OptionError
from .layer import GATES, RNNLayer

__all__ = ["GRU", "LSTM", "RNN"]


class RNN(RNNLayer):
    """Elman layers: ``h' = f(W x + b + R h + r)`` with f relu or tanh.

    Shapes: inputs ``(steps, batch, features)``, or ``(batch, steps, features)`` in layout NTC; outputs the same with
    ``directions * hidden_size`` features; the state ``(num_layers * directions, batch, hidden_size)`` in both layouts.
    For layer i forwards ``l{i}_i2h_weight`` is W ``(hidden_size, features)``, ``l{i}_h2h_weight`` R ``(hidden_size,
    hidden_size)``, ``l{i}_i2h_bias`` b and ``l{i}_h2h_bias`` r; ``r{i}_...`` backwards.

    ``layer(inputs)`` begins with zeros and returns the outputs; ``layer(inputs, states)`` returns ``(outputs, states)``
    with the states behind the last step.

    Parameters
    ----------
    hidden_size : units, which are the features of the outputs in each direction.
    num_layers : layers, each over the outputs of the one before.
    activation : ``'relu'`` or ``'tanh'``.
    layout : ``'TNC'`` or ``'NTC'``, of inputs and outputs.
    dropout : in training mode the fraction of the outputs of every layer but the last that is dropped.
    bidirectional : whether a second cell in each layer goes backwards.
    i2h_weight_initializer, h2h_weight_initializer : by default that of ``initialize()``.
    i2h_bias_initializer, h2h_bias_initializer : zeros by default.
    input_size : features of the inputs; 0 infers it from the first ones.
    dtype : type of parameters and states.
    use_sequence_length : whether the call takes ``sequence_length``, ``(batch,)``: how many steps of each one count.
        Outputs behind them are 0, the last state is that of the last step that counts, and the way back begins there.

    Raises
    ------
    MXNetError : inputs do not have three axes or ``input_size`` features a step.
    ShapeError : states do not have the shapes that `state_info` tells.

    Differs from 1.9.1: ``dropout`` and ``use_sequence_length``, which it has on GPUs alone, work everywhere.

    Source: Elman, Finding structure in time, 1990.

    >>> from mxnet import nd
    >>> from mxnet.gluon import rnn
    >>> layer = rnn.RNN(4, activation="tanh")
    >>> layer.initialize()
    >>> layer(nd.ones((5, 2, 3))).shape
    (5, 2, 4)
    >>> outputs, states = layer(nd.ones((5, 2, 3)), layer.begin_state(batch_size=2))
    >>> outputs.shape, [state.shape for state in states]
    ((5, 2, 4), [(1, 2, 4)])
    """

    def __init__(
        self,
        hidden_size: int,
        num_layers: int = 1,
        activation: str = "relu",
        layout: str = "TNC",
        dropout: float = 0,
        bidirectional: bool = False,
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        input_size: int = 0,
        dtype: Any = "float32",
        **kwargs: Any,
    ) -> None:
        if f"rnn_{activation}" not in GATES:
            raise OptionError(
                f"RNN: activation={activation!r}",
                because="it is 'relu' or 'tanh'",
                hint="rnn.RNNCell(..., activation)",
            )
        super().__init__(
            hidden_size,
            num_layers,
            layout,
            dropout,
            bidirectional,
            input_size,
            i2h_weight_initializer,
            h2h_weight_initializer,
            i2h_bias_initializer,
            h2h_bias_initializer,
            f"rnn_{activation}",
            dtype=dtype,
            **kwargs,
        )


class LSTM(RNNLayer):
    """Long short-term memory layers.

    With the gates ``i, f, g, o = W x + b + R h + r``:
    ``c' = sigmoid(f) * c + sigmoid(i) * tanh(g)``, ``h' = sigmoid(o) * tanh(c')``.

    Shapes and calls as for `RNN`; there are two states: h, and the cells c of the same shape. The parameters have
    ``4 * hidden_size`` rows, for the gates i, f, g, o. With a projection P, ``l{i}_h2r_weight`` ``(projection_size,
    hidden_size)``, outputs and states h are ``P h'`` and have ``projection_size`` features.

    Parameters
    ----------
    projection_size : features of outputs and states; None for no projection.
    h2r_weight_initializer : of the projection.
    state_clip_min, state_clip_max : cells are kept between them in every step, where both are given.
    state_clip_nan : whether nan in a cell becomes the least value.
    The others : as for `RNN`.

    Differs from 1.9.1: projections have gradients, and clipping works, on CPUs, too.

    Sources: Hochreiter and Schmidhuber, Long short-term memory, 1997; projections: Sak et al., arXiv:1402.1128.

    >>> from mxnet import nd
    >>> from mxnet.gluon import rnn
    >>> layer = rnn.LSTM(4, num_layers=2, bidirectional=True, layout="NTC")
    >>> layer.initialize()
    >>> outputs, (state, cells) = layer(nd.ones((2, 5, 3)), layer.begin_state(batch_size=2))
    >>> outputs.shape, state.shape
    ((2, 5, 8), (4, 2, 4))
    >>> layer
    LSTM(3 -> 4, NTC, num_layers=2, bidirectional)
    """

    def __init__(
        self,
        hidden_size: int,
        num_layers: int = 1,
        layout: str = "TNC",
        dropout: float = 0,
        bidirectional: bool = False,
        input_size: int = 0,
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        projection_size: int | None = None,
        h2r_weight_initializer: Any = None,
        state_clip_min: float | None = None,
        state_clip_max: float | None = None,
        state_clip_nan: bool = False,
        dtype: Any = "float32",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            hidden_size,
            num_layers,
            layout,
            dropout,
            bidirectional,
            input_size,
            i2h_weight_initializer,
            h2h_weight_initializer,
            i2h_bias_initializer,
            h2h_bias_initializer,
            "lstm",
            projection_size,
            h2r_weight_initializer,
            state_clip_min,
            state_clip_max,
            state_clip_nan,
            dtype,
            **kwargs,
        )


class GRU(RNNLayer):
    """Layers of gated recurrent units.

    With r and z of the gates ``W x + b + R h + r``: ``n = tanh(W x + b + sigmoid(r) * (R h + r))``,
    ``h' = (1 - sigmoid(z)) * n + sigmoid(z) * h``.

    Shapes, calls and parameters as for `RNN`; the weights have ``3 * hidden_size`` rows, for r, z and n.

    Source: Cho et al., arXiv:1406.1078; the reset gate stands behind the product with R, as in cuDNN.

    >>> from mxnet import nd
    >>> from mxnet.gluon import rnn
    >>> layer = rnn.GRU(4)
    >>> layer.initialize()
    >>> layer(nd.ones((5, 2, 3))).shape
    (5, 2, 4)
    """

    def __init__(
        self,
        hidden_size: int,
        num_layers: int = 1,
        layout: str = "TNC",
        dropout: float = 0,
        bidirectional: bool = False,
        input_size: int = 0,
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        dtype: Any = "float32",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            hidden_size,
            num_layers,
            layout,
            dropout,
            bidirectional,
            input_size,
            i2h_weight_initializer,
            h2h_weight_initializer,
            i2h_bias_initializer,
            h2h_bias_initializer,
            "gru",
            dtype=dtype,
            **kwargs,
        )
