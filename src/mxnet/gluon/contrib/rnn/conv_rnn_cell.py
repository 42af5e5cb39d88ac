"""Recurrent cells over images: their sums are convolutions."""

from __future__ import annotations

from typing import Any

from ....base import message
from ...rnn.recurrent_cell import HybridRecurrentCell

__all__ = [
    "Conv1DGRUCell",
    "Conv1DLSTMCell",
    "Conv1DRNNCell",
    "Conv2DGRUCell",
    "Conv2DLSTMCell",
    "Conv2DRNNCell",
    "Conv3DGRUCell",
    "Conv3DLSTMCell",
    "Conv3DRNNCell",
]

Sizes = int | tuple[int, ...]
_LAYOUTS = ("NCW", "NCHW", "NCDHW")


class _ConvCell(HybridRecurrentCell):
    """What the cells share: ``W * x + b`` and ``R * h + r`` of some gates, where * is a convolution.

    Shapes: inputs ``(batch, *input_shape)``; states and output ``(batch, hidden_channels, *size)`` with ``size =
    input - i2h_dilate * (i2h_kernel - 1) + 2 * i2h_pad``; ``i2h_weight`` W ``(gates * hidden_channels, channels,
    *i2h_kernel)``, ``h2h_weight`` R ``(gates * hidden_channels, hidden_channels, *h2h_kernel)``, ``i2h_bias`` b,
    ``h2h_bias`` r. Where the channels stand last in ``conv_layout`` they do in all of these.

    Parameters
    ----------
    input_shape : of one input, without the batch: ``(channels, *size)``, or ``(*size, channels)`` in layouts like NHWC.
    hidden_channels : channels of states and outputs.
    i2h_kernel, i2h_pad, i2h_dilate : of the convolution of the inputs; a number stands for all lengths.
    h2h_kernel, h2h_dilate : of that of the states, whose size they keep; the kernel has odd lengths.
    i2h_weight_initializer, h2h_weight_initializer : by default that of ``initialize()``.
    i2h_bias_initializer, h2h_bias_initializer : zeros by default.
    conv_layout : order of the axes, channels first by default.
    activation : name of an activation function (see `nn.Activation`), a block, or a function.

    Raises
    ------
    AssertionError : a length of ``h2h_kernel`` is even, or there are not as many lengths as dimensions.
    ValueError : the shape of the inputs or the layout does not fit the dimensions.
    """

    _dims: int
    _gates: int
    _states: int

    def __init__(
        self,
        input_shape: tuple[int, ...],
        hidden_channels: int,
        i2h_kernel: Sizes,
        h2h_kernel: Sizes,
        i2h_pad: Sizes = 0,
        i2h_dilate: Sizes = 1,
        h2h_dilate: Sizes = 1,
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        conv_layout: str | None = None,
        activation: Any = "tanh",
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        dims = self._dims
        self._hidden_channels = hidden_channels
        self._conv_layout = layout = _LAYOUTS[dims - 1] if conv_layout is None else conv_layout
        self._input_shape = shape = self._checked_shape(input_shape, layout)
        self._activation = activation
        self._i2h_kernel = self._lengths("i2h_kernel", i2h_kernel)
        self._h2h_kernel = self._lengths("h2h_kernel", h2h_kernel)
        self._i2h_pad = self._lengths("i2h_pad", i2h_pad)
        self._i2h_dilate = self._lengths("i2h_dilate", i2h_dilate)
        self._h2h_dilate = self._lengths("h2h_dilate", h2h_dilate)
        self._stride = (1,) * dims
        if any(length % 2 == 0 for length in self._h2h_kernel):
            raise AssertionError(
                message(
                    f"Only support odd number, get h2h_kernel= {h2h_kernel}",
                    because="states keep their size, with as much padding on either side",
                    hint="h2h_kernel=3",
                )
            )
        self._h2h_pad = tuple(
            hole * (length - 1) // 2 for length, hole in zip(self._h2h_kernel, self._h2h_dilate, strict=True)
        )
        self._channel_axis = layout.find("C")
        self._in_channels = shape[self._channel_axis - 1]
        size = [length for axis, length in enumerate(shape, 1) if axis != self._channel_axis]
        size = [
            length - hole * (kernel - 1) + 2 * pad
            for length, kernel, hole, pad in zip(
                size, self._i2h_kernel, self._i2h_dilate, self._i2h_pad, strict=True
            )
        ]
        self._state_shape = self._with_channels(hidden_channels, size)
        rows = self._gates * hidden_channels
        weights = {
            "i2h_weight": (self._in_channels, self._i2h_kernel, i2h_weight_initializer),
            "h2h_weight": (hidden_channels, self._h2h_kernel, h2h_weight_initializer),
        }
        for name, (channels, kernel, init) in weights.items():
            whole = (rows, *self._with_channels(channels, kernel))
            setattr(self, name, self.params.get(name, shape=whole, init=init, allow_deferred_init=True))
        for name, init in (("i2h_bias", i2h_bias_initializer), ("h2h_bias", h2h_bias_initializer)):
            setattr(self, name, self.params.get(name, shape=(rows,), init=init, allow_deferred_init=True))

    def _checked_shape(self, input_shape: Any, layout: str) -> tuple[int, ...]:
        dims = self._dims
        if len(layout) != dims + 2 or layout[0] != "N" or "C" not in layout:
            raise ValueError(
                message(
                    f"{type(self).__name__}: invalid conv_layout {layout!r}",
                    because=f"it names the batch N first, the channels C, and {dims} lengths",
                    hint=f"conv_layout='{_LAYOUTS[dims - 1]}'",
                )
            )
        if not isinstance(input_shape, (tuple, list)) or len(input_shape) != dims + 1:
            raise ValueError(
                message(
                    f"{type(self).__name__}: invalid input_shape {input_shape!r}",
                    because=f"it is the shape of one input, {', '.join(layout[1:])}, without the batch",
                )
            )
        return tuple(input_shape)

    def _lengths(self, name: str, value: Sizes) -> tuple[int, ...]:
        dims = self._dims
        lengths = (value,) * dims if isinstance(value, int) else tuple(value)
        if len(lengths) != dims:
            raise AssertionError(
                message(
                    f"For {dims}D convolution, the convolution settings can only be either int or list/tuple of "
                    f"length {dims}",
                    received=f"{name}={value!r}",
                )
            )
        return lengths

    def _with_channels(self, channels: int, size: Any) -> tuple[int, ...]:
        """A shape without its first axis, the channels where the layout has them."""
        place = self._channel_axis - 1
        return (*size[:place], channels, *size[place:])

    def _alias(self) -> str:
        return "conv_" + {1: "rnn", 3: "gru", 4: "lstm"}[self._gates]

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """One state of the size that follows from ``input_shape``; of an LSTM, two."""
        shape = (batch_size, *self._state_shape)
        return [{"shape": shape, "__layout__": self._conv_layout} for _ in range(self._states)]

    def __repr__(self) -> str:
        rows = self._gates * self._hidden_channels
        return f"{type(self).__name__}({self._in_channels or None} -> {rows}, {self._activation}, {self._conv_layout})"

    def hybrid_forward(
        self, F: Any, inputs: Any, states: Any, i2h_weight: Any, h2h_weight: Any, i2h_bias: Any, h2h_bias: Any
    ) -> Any:
        """One step."""
        prefix = f"t{self._counter}_"
        common = {
            "num_filter": self._gates * self._hidden_channels,
            "stride": self._stride,
            "layout": self._conv_layout,
        }
        i2h = F.Convolution(
            inputs,
            i2h_weight,
            i2h_bias,
            kernel=self._i2h_kernel,
            pad=self._i2h_pad,
            dilate=self._i2h_dilate,
            name=prefix + "i2h",
            **common,
        )
        h2h = F.Convolution(
            states[0],
            h2h_weight,
            h2h_bias,
            kernel=self._h2h_kernel,
            pad=self._h2h_pad,
            dilate=self._h2h_dilate,
            name=prefix + "h2h",
            **common,
        )
        return self._step(F, i2h, h2h, states, prefix)

    def _step(self, F: Any, i2h: Any, h2h: Any, states: Any, prefix: str) -> Any:
        """The output and the new states, from the sums."""
        raise NotImplementedError


class _ConvRNN(_ConvCell):
    _gates, _states = 1, 1

    def _step(self, F: Any, i2h: Any, h2h: Any, states: Any, prefix: str) -> Any:
        output = self._get_activation(F, i2h + h2h, self._activation, name=prefix + "out")
        return output, [output]


class _ConvLSTM(_ConvCell):
    _gates, _states = 4, 2

    def _step(self, F: Any, i2h: Any, h2h: Any, states: Any, prefix: str) -> Any:
        i, f, g, o = F.SliceChannel(i2h + h2h, num_outputs=4, axis=self._channel_axis, name=prefix + "slice")
        i = F.Activation(i, act_type="sigmoid", name=prefix + "i")
        f = F.Activation(f, act_type="sigmoid", name=prefix + "f")
        g = self._get_activation(F, g, self._activation, name=prefix + "c")
        o = F.Activation(o, act_type="sigmoid", name=prefix + "o")
        memory = F.elemwise_add(f * states[1], i * g, name=prefix + "state")
        output = F.elemwise_mul(o, self._get_activation(F, memory, self._activation), name=prefix + "out")
        return output, [output, memory]


class _ConvGRU(_ConvCell):
    _gates, _states = 3, 1

    def _step(self, F: Any, i2h: Any, h2h: Any, states: Any, prefix: str) -> Any:
        parts = {"num_outputs": 3, "axis": self._channel_axis}
        i2h_r, i2h_z, i2h_n = F.SliceChannel(i2h, name=prefix + "i2h_slice", **parts)
        h2h_r, h2h_z, h2h_n = F.SliceChannel(h2h, name=prefix + "h2h_slice", **parts)
        reset = F.Activation(i2h_r + h2h_r, act_type="sigmoid", name=prefix + "r_act")
        update = F.Activation(i2h_z + h2h_z, act_type="sigmoid", name=prefix + "z_act")
        proposed = self._get_activation(F, i2h_n + reset * h2h_n, self._activation, name=prefix + "h_act")
        output = F.elemwise_add((1.0 - update) * proposed, update * states[0], name=prefix + "out")
        return output, [output]


class Conv1DRNNCell(_ConvRNN):
    """`rnn.RNNCell` over sequences: ``h' = activation(W * x + b + R * h + r)``.

    Parameters, shapes and errors are those of all convolutional cells; an input is
    ``(batch, channels, width)``.

    >>> from mxnet import nd
    >>> from mxnet.gluon.contrib import rnn
    >>> cell = rnn.Conv1DRNNCell(input_shape=(3, 16), hidden_channels=4, i2h_kernel=5, h2h_kernel=3, i2h_pad=2)
    >>> cell.initialize()
    >>> cell(nd.ones((2, 3, 16)), cell.begin_state(batch_size=2))[0].shape
    (2, 4, 16)
    """

    _dims = 1


class Conv2DRNNCell(_ConvRNN):
    """`rnn.RNNCell` over images: ``h' = activation(W * x + b + R * h + r)``.

    Parameters, shapes and errors are those of all convolutional cells; an input is
    ``(batch, channels, height, width)``.

    >>> from mxnet import nd
    >>> from mxnet.gluon.contrib import rnn
    >>> cell = rnn.Conv2DRNNCell(input_shape=(3, 16, 16), hidden_channels=4, i2h_kernel=5, h2h_kernel=3, i2h_pad=2)
    >>> cell.initialize()
    >>> cell(nd.ones((2, 3, 16, 16)), cell.begin_state(batch_size=2))[0].shape
    (2, 4, 16, 16)
    """

    _dims = 2


class Conv3DRNNCell(_ConvRNN):
    """`rnn.RNNCell` over volumes: ``h' = activation(W * x + b + R * h + r)``.

    Parameters, shapes and errors are those of all convolutional cells; an input is
    ``(batch, channels, depth, height, width)``.

    >>> from mxnet import nd
    >>> from mxnet.gluon.contrib import rnn
    >>> cell = rnn.Conv3DRNNCell(input_shape=(3, 8, 8, 8), hidden_channels=4, i2h_kernel=5, h2h_kernel=3, i2h_pad=2)
    >>> cell.initialize()
    >>> cell(nd.ones((2, 3, 8, 8, 8)), cell.begin_state(batch_size=2))[0].shape
    (2, 4, 8, 8, 8)
    """

    _dims = 3


class Conv1DLSTMCell(_ConvLSTM):
    """`rnn.LSTMCell` over sequences, with ``activation`` in the place of tanh.

    Parameters, shapes and errors are those of all convolutional cells; an input is
    ``(batch, channels, width)``.

    Source: Shi et al., arXiv:1506.04214.

    >>> from mxnet import nd
    >>> from mxnet.gluon.contrib import rnn
    >>> cell = rnn.Conv1DLSTMCell(input_shape=(3, 16), hidden_channels=4, i2h_kernel=5, h2h_kernel=3, i2h_pad=2)
    >>> cell.initialize()
    >>> cell(nd.ones((2, 3, 16)), cell.begin_state(batch_size=2))[0].shape
    (2, 4, 16)
    """

    _dims = 1


class Conv2DLSTMCell(_ConvLSTM):
    """`rnn.LSTMCell` over images, with ``activation`` in the place of tanh.

    Parameters, shapes and errors are those of all convolutional cells; an input is
    ``(batch, channels, height, width)``.

    Source: Shi et al., arXiv:1506.04214.

    >>> from mxnet import nd
    >>> from mxnet.gluon.contrib import rnn
    >>> cell = rnn.Conv2DLSTMCell(input_shape=(3, 16, 16), hidden_channels=4, i2h_kernel=5, h2h_kernel=3, i2h_pad=2)
    >>> cell.initialize()
    >>> cell(nd.ones((2, 3, 16, 16)), cell.begin_state(batch_size=2))[0].shape
    (2, 4, 16, 16)
    """

    _dims = 2


class Conv3DLSTMCell(_ConvLSTM):
    """`rnn.LSTMCell` over volumes, with ``activation`` in the place of tanh.

    Parameters, shapes and errors are those of all convolutional cells; an input is
    ``(batch, channels, depth, height, width)``.

    Source: Shi et al., arXiv:1506.04214.

    >>> from mxnet import nd
    >>> from mxnet.gluon.contrib import rnn
    >>> cell = rnn.Conv3DLSTMCell(input_shape=(3, 8, 8, 8), hidden_channels=4, i2h_kernel=5, h2h_kernel=3, i2h_pad=2)
    >>> cell.initialize()
    >>> cell(nd.ones((2, 3, 8, 8, 8)), cell.begin_state(batch_size=2))[0].shape
    (2, 4, 8, 8, 8)
    """

    _dims = 3


class Conv1DGRUCell(_ConvGRU):
    """`rnn.GRUCell` over sequences, with ``activation`` in the place of tanh.

    Parameters, shapes and errors are those of all convolutional cells; an input is
    ``(batch, channels, width)``.

    >>> from mxnet import nd
    >>> from mxnet.gluon.contrib import rnn
    >>> cell = rnn.Conv1DGRUCell(input_shape=(3, 16), hidden_channels=4, i2h_kernel=5, h2h_kernel=3, i2h_pad=2)
    >>> cell.initialize()
    >>> cell(nd.ones((2, 3, 16)), cell.begin_state(batch_size=2))[0].shape
    (2, 4, 16)
    """

    _dims = 1


class Conv2DGRUCell(_ConvGRU):
    """`rnn.GRUCell` over images, with ``activation`` in the place of tanh.

    Parameters, shapes and errors are those of all convolutional cells; an input is
    ``(batch, channels, height, width)``.

    >>> from mxnet import nd
    >>> from mxnet.gluon.contrib import rnn
    >>> cell = rnn.Conv2DGRUCell(input_shape=(3, 16, 16), hidden_channels=4, i2h_kernel=5, h2h_kernel=3, i2h_pad=2)
    >>> cell.initialize()
    >>> cell(nd.ones((2, 3, 16, 16)), cell.begin_state(batch_size=2))[0].shape
    (2, 4, 16, 16)
    """

    _dims = 2


class Conv3DGRUCell(_ConvGRU):
    """`rnn.GRUCell` over volumes, with ``activation`` in the place of tanh.

    Parameters, shapes and errors are those of all convolutional cells; an input is
    ``(batch, channels, depth, height, width)``.

    >>> from mxnet import nd
    >>> from mxnet.gluon.contrib import rnn
    >>> cell = rnn.Conv3DGRUCell(input_shape=(3, 8, 8, 8), hidden_channels=4, i2h_kernel=5, h2h_kernel=3, i2h_pad=2)
    >>> cell.initialize()
    >>> cell(nd.ones((2, 3, 8, 8, 8)), cell.begin_state(batch_size=2))[0].shape
    (2, 4, 8, 8, 8)
    """

    _dims = 3
