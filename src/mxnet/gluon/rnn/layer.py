"""What recurrent layers share: each is one call of the fused operator ``RNN``."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ... import ndarray as nd
from ...base import MXNetError, ShapeError, message
from ...dtype import name as type_name
from ...ndarray import NDArray
from ...ndarray.invoke import invoke
from ...ops.recurrent import OF_WEIGHTS
from ...tape import describe
from ..hybrid_block import HybridBlock
from ..parameter import Parameter
from .unroll import functions_for

if TYPE_CHECKING:
    from .containers import HybridSequentialRNNCell

__all__ = ["GATES", "RNNLayer"]

GATES = {"rnn_relu": 1, "rnn_tanh": 1, "gru": 3, "lstm": 4}


class RNNLayer(HybridBlock):
    """What `RNN`, `LSTM` and `GRU` share: parameters, states, the call, and the way to cells."""

    _bookkeeping = frozenset({"_variant"})

    def __init__(
        self,
        hidden_size: int,
        num_layers: int,
        layout: str,
        dropout: float,
        bidirectional: bool,
        input_size: int,
        i2h_weight_initializer: Any,
        h2h_weight_initializer: Any,
        i2h_bias_initializer: Any,
        h2h_bias_initializer: Any,
        mode: str,
        projection_size: int | None = None,
        h2r_weight_initializer: Any = None,
        lstm_state_clip_min: float | None = None,
        lstm_state_clip_max: float | None = None,
        lstm_state_clip_nan: bool = False,
        dtype: Any = "float32",
        use_sequence_length: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if layout not in ("TNC", "NTC"):
            raise AssertionError(
                message(
                    f"Invalid layout {layout}; must be one of ['TNC' or 'NTC']",
                    because="T are steps, N sequences of the batch, C features",
                )
            )
        self._hidden_size = hidden_size
        self._projection_size = projection_size or None
        self._num_layers = num_layers
        self._mode = mode
        self._layout = layout
        self._dropout = dropout
        self._dir = 2 if bidirectional else 1
        self._input_size = input_size
        self._i2h_weight_initializer = i2h_weight_initializer
        self._h2h_weight_initializer = h2h_weight_initializer
        self._i2h_bias_initializer = i2h_bias_initializer
        self._h2h_bias_initializer = h2h_bias_initializer
        self._h2r_weight_initializer = h2r_weight_initializer
        self._lstm_state_clip_min = lstm_state_clip_min
        self._lstm_state_clip_max = lstm_state_clip_max
        self._lstm_state_clip_nan = lstm_state_clip_nan
        self._dtype = dtype
        self._use_sequence_length = use_sequence_length
        self._gates = GATES[mode]
        self._make_parameters()

    def _make_parameters(self) -> None:
        rows, width = self._gates * self._hidden_size, self._projection_size or self._hidden_size
        kinds: list[tuple[str, tuple[int, ...], Any]] = [
            ("i2h_weight", (rows, self._input_size), self._i2h_weight_initializer),
            ("h2h_weight", (rows, width), self._h2h_weight_initializer),
            ("i2h_bias", (rows,), self._i2h_bias_initializer),
            ("h2h_bias", (rows,), self._h2h_bias_initializer),
        ]
        if self._projection_size:
            kinds.append(
                ("h2r_weight", (self._projection_size, self._hidden_size), self._h2r_weight_initializer)
            )
        for layer in range(self._num_layers):
            for direction in "lr"[: self._dir]:
                for kind, shape, init in kinds:
                    if layer and kind == "i2h_weight":
                        shape = (rows, width * self._dir)
                    name = f"{direction}{layer}_{kind}"
                    parameter = self.params.get(
                        name, shape=shape, init=init, allow_deferred_init=True, dtype=self._dtype
                    )
                    setattr(self, name, parameter)

    def __repr__(self) -> str:
        features = self._first_weight().shape[1] if self._num_layers else self._input_size  # type: ignore[index]
        parts = [f"{features or None} -> {self._hidden_size}", self._layout]
        if self._num_layers != 1:
            parts.append(f"num_layers={self._num_layers}")
        if self._dropout != 0:
            parts.append(f"dropout={self._dropout}")
        if self._dir == 2:
            parts.append("bidirectional")
        return f"{type(self).__name__}({', '.join(parts)})"

    def _first_weight(self) -> Parameter:
        return self._reg_params["l0_i2h_weight"]

    def _collect_params_with_prefix(self, prefix: str = "") -> dict[str, Parameter]:
        """Its parameters by the places that they have in `unfuse`, as 1.9.1 names them in files."""
        prefix += "." if prefix else ""
        found = {}
        for name, parameter in self._reg_params.items():
            place, _, kind = name.partition("_")
            cell = f".{place[0]}_cell" if self._dir == 2 else ""
            found[f"{prefix}_unfused.{place[1:]}{cell}.{kind}"] = parameter
        return found

    # ------------------------------------------------------------------ states

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """What its states look like: a dictionary with ``shape``, ``__layout__`` and ``dtype`` for each."""
        width = self._projection_size or self._hidden_size
        sizes = [width, self._hidden_size] if self._mode == "lstm" else [width]
        count = self._num_layers * self._dir
        return [
            {"shape": (count, batch_size, size), "__layout__": "LNC", "dtype": self._dtype} for size in sizes
        ]

    def begin_state(
        self, batch_size: int = 0, func: Callable[..., Any] = nd.zeros, **kwargs: Any
    ) -> list[Any]:
        """The states before the first step.

        Parameters
        ----------
        batch_size : sequences in a batch.
        func : makes an array from ``name``, ``shape``, ``dtype`` and ``__layout__``, such as `nd.zeros` or `nd.ones`.
        kwargs : other arguments for it, such as ``ctx``.

        >>> from mxnet.gluon import rnn
        >>> [state.shape for state in rnn.LSTM(4, num_layers=2).begin_state(batch_size=3)]
        [(2, 3, 4), (2, 3, 4)]
        """
        return [
            func(name=f"{self.prefix}h0_{place}", **{**info, **kwargs})
            for place, info in enumerate(self.state_info(batch_size))
        ]

    def cast(self, dtype: Any) -> None:
        """Change the type of all parameters, and of the states that `begin_state` makes."""
        super().cast(dtype)
        self._dtype = dtype

    # ------------------------------------------------------------------ running

    @property
    def skip_states(self) -> bool:
        """Whether the last call came without states, and so returned none."""
        return self._variant is True

    def __call__(  # type: ignore[override]
        self, inputs: Any, states: Any = None, sequence_length: Any = None, **kwargs: Any
    ) -> Any:
        """The outputs of all steps; where states are given, ``(outputs, last states)``."""
        is_array = isinstance(inputs, NDArray)
        if is_array and len(inputs.shape) != 3:
            names = {"T": "steps", "N": "batch", "C": "features"}
            axes = ", ".join(names[letter] for letter in self._layout)
            raise self._about(inputs, f"inputs have {len(inputs.shape)} axes", f"they are ({axes})", None)
        # one program with and one without states: past __setattr__, which would make them anew at each change
        self.__dict__["_variant"] = states is None
        if states is None:
            if is_array:
                batch = inputs.shape[self._layout.find("N")]
                states = self.begin_state(batch, ctx=inputs._ctx, dtype=inputs.dtype)
            else:
                states = self.begin_state(0, func=functions_for(inputs).zeros)
        else:
            states = states if isinstance(states, (list, tuple)) else [states]
            if is_array:
                self._check_states(inputs, states)
        if self._use_sequence_length:
            return super().__call__(inputs, states, sequence_length, **kwargs)
        if sequence_length is not None:
            warnings.warn(
                f"{self.name} passes over sequence_length: it was made without use_sequence_length=True",
                stacklevel=2,
            )
        return super().__call__(inputs, states, **kwargs)

    def _symbolic(self, x: Any, *args: Any) -> Any:
        if args and args[0] is not None:
            return super()._symbolic(x, *args)
        states = self.begin_state(0, func=functions_for(x).zeros)
        self.__dict__["_variant"] = True
        return super()._symbolic(x, states, *args[1:])

    def _as_called(self, inputs: tuple[Any, ...], variant: Any) -> tuple[Any, ...]:
        if not variant:
            return inputs
        return (inputs[0], None, *inputs[2:]) if len(inputs) > 2 else inputs[:1]

    def hybrid_forward(  # type: ignore[override]
        self, F: Any, inputs: Any, states: Any, sequence_length: Any = None, **kwargs: Any
    ) -> Any:
        """Run all layers over all steps."""
        if F is nd:
            outputs, *ends = self._forward_arrays(inputs, states, sequence_length, kwargs)
        else:
            outputs, *ends = self._forward_flat(F, inputs, states, sequence_length, kwargs)
        return outputs if self.skip_states else (outputs, ends)

    def _forward_arrays(
        self, inputs: NDArray, states: Any, sequence_length: Any, parameters: dict[str, Any]
    ) -> list[NDArray]:
        """The operator without the long way: the weights go to the kernel as they are."""
        weights = list(parameters.values())
        arrays = [inputs, *states, *weights]
        if self._use_sequence_length:
            if sequence_length is None:
                raise self._about(
                    inputs, "sequence_length is missing", "the layer has use_sequence_length=True", None
                )
            arrays.insert(1 + len(states), sequence_length)
        self._check_inputs(inputs, weights)
        attributes = {
            "mode": self._mode,
            "num_layers": self._num_layers,
            "directions": self._dir,
            "batch_first": self._layout == "NTC",
            "p": self._dropout,
            "clip_min": self._lstm_state_clip_min,
            "clip_max": self._lstm_state_clip_max,
            "clip_nan": self._lstm_state_clip_nan,
            "use_sequence_length": self._use_sequence_length,
        }
        return invoke(OF_WEIGHTS, type(self).__name__, tuple(arrays), attributes)

    def _forward_flat(
        self, F: Any, inputs: Any, states: Any, sequence_length: Any, parameters: dict[str, Any]
    ) -> Any:
        """The operator as it is, with all weights in one vector: first the matrices, then the biases."""
        if self._layout == "NTC":
            inputs = F.swapaxes(inputs, dim1=0, dim2=1)
        flat = [
            F.reshape(parameter, shape=(-1,))
            for kind in ("weight", "bias")
            for name, parameter in parameters.items()
            if name.endswith(kind)
        ]
        arrays = [inputs, F._internal._rnn_param_concat(*flat, dim=0), *states]
        if self._use_sequence_length:
            arrays.append(sequence_length)
        outputs, *ends = F.RNN(
            *arrays,
            state_size=self._hidden_size,
            projection_size=self._projection_size,
            num_layers=self._num_layers,
            bidirectional=self._dir == 2,
            p=self._dropout,
            state_outputs=True,
            mode=self._mode,
            use_sequence_length=self._use_sequence_length,
            lstm_state_clip_min=self._lstm_state_clip_min,
            lstm_state_clip_max=self._lstm_state_clip_max,
            lstm_state_clip_nan=self._lstm_state_clip_nan,
        )
        return [F.swapaxes(outputs, dim1=0, dim2=1) if self._layout == "NTC" else outputs, *ends]

    def infer_shape(self, *args: Any) -> None:
        """Take the features of the inputs for the weights of the first layer."""
        features = args[0].shape[2]
        for direction in "lr"[: self._dir]:
            weight = self._reg_params[f"{direction}0_i2h_weight"]
            weight.shape = (self._gates * self._hidden_size, features)

    # ------------------------------------------------------------------ errors

    def _check_states(self, inputs: NDArray, states: Any) -> None:
        expected = self.state_info(inputs.shape[self._layout.find("N")])
        if len(states) != len(expected):
            raise ShapeError(
                f"{type(self).__name__}: {len(states)} states instead of {len(expected)}",
                received=f"inputs {describe(inputs)}",
                because="an LSTM has states and cells, the other layers have states alone",
                hint="states = layer.begin_state(batch_size)",
            )
        for state, info in zip(states, expected, strict=True):
            if isinstance(state, NDArray) and state._t.dtype is not inputs._t.dtype:
                raise self._about(
                    inputs,
                    "inputs and states are of different types",
                    f"a state is {type_name(state._t.dtype)}",
                    f"layer.begin_state(batch_size, dtype='{type_name(inputs._t.dtype)}')",
                )
            if isinstance(state, NDArray) and state.shape != info["shape"]:
                raise ShapeError(
                    f"Invalid recurrent state shape. Expecting {info['shape']}, got {state.shape}.",
                    received=f"inputs {describe(inputs)} in layout {self._layout}",
                    because="states are (num_layers * directions, batch, units), in both layouts",
                    hint="layer.begin_state(batch_size), or no states for zeros",
                )

    def _check_inputs(self, inputs: NDArray, weights: list[NDArray]) -> None:
        if not weights:
            raise self._about(inputs, "there is nothing to compute", "num_layers is 0", "num_layers=1")
        shape, first = inputs.shape, weights[0]
        if shape[2] != first.shape[1]:
            raise self._about(
                inputs,
                "weights do not fit inputs",
                f"inputs have {shape[2]} features a step, the weights take {first.shape[1]}",
                f"rnn.{type(self).__name__}({self._hidden_size}, input_size={shape[2]}), or leave input_size out "
                "to have it inferred",
            )
        if inputs._t.dtype is not first._t.dtype:
            raise self._about(
                inputs,
                "inputs and weights are of different types",
                f"the weights are {type_name(first._t.dtype)}",
                f"inputs.astype('{type_name(first._t.dtype)}'), or net.cast('{type_name(inputs._t.dtype)}')",
            )
        if not shape[self._layout.find("T")]:
            raise self._about(inputs, "there is nothing to compute", "inputs have no steps", None)

    def _about(self, inputs: NDArray, what: str, because: str, hint: str | None) -> MXNetError:
        error = MXNetError(
            f"{type(self).__name__}: {what}",
            received=f"inputs {describe(inputs)}, layout {self._layout}",
            because=because,
            hint=hint,
        )
        error.layer = self.name
        return error

    # ------------------------------------------------------------------ cells

    def unfuse(self) -> HybridSequentialRNNCell:
        """The same layers as cells, which share its parameters and can be stepped, changed and combined.

        Raises
        ------
        ValueError : the layer keeps its cells between bounds (``state_clip_min``), which no cell does.

        >>> from mxnet.gluon import rnn
        >>> layer = rnn.GRU(3, num_layers=2, input_size=5)
        >>> layer.unfuse()
        HybridSequentialRNNCell(
        (0): GRUCell(5 -> 9)
        (1): GRUCell(3 -> 9)
        )
        >>> layer.unfuse()[0].i2h_weight is layer.l0_i2h_weight
        True
        """
        from .containers import BidirectionalCell, HybridSequentialRNNCell
        from .modifiers import DropoutCell

        if self._lstm_state_clip_min is not None and self._lstm_state_clip_max is not None:
            raise ValueError(
                message(
                    f"{type(self).__name__} (layer '{self.name}') has no equal among cells",
                    because="cells do not keep their states between state_clip_min and state_clip_max",
                )
            )
        stack = HybridSequentialRNNCell(prefix=self.prefix, params=self.params)
        width = (self._projection_size or self._hidden_size) * self._dir
        with stack.name_scope():
            for layer in range(self._num_layers):
                features = width if layer else self._input_size
                cells = [self._cell(f"{direction}{layer}_", features) for direction in "lr"[: self._dir]]
                stack.add(BidirectionalCell(*cells) if self._dir == 2 else cells[0])
                if self._dropout > 0 and layer != self._num_layers - 1:
                    stack.add(DropoutCell(self._dropout))
        return stack

    _unfuse = unfuse

    def _cell(self, prefix: str, features: int) -> Any:
        from ..contrib.rnn.rnn_cell import LSTMPCell
        from .cells import GRUCell, LSTMCell, RNNCell

        options = {
            "i2h_weight_initializer": self._i2h_weight_initializer,
            "h2h_weight_initializer": self._h2h_weight_initializer,
            "i2h_bias_initializer": self._i2h_bias_initializer,
            "h2h_bias_initializer": self._h2h_bias_initializer,
            "input_size": features,
            "prefix": prefix,
        }
        if self._projection_size:
            return LSTMPCell(
                self._hidden_size,
                self._projection_size,
                h2r_weight_initializer=self._h2r_weight_initializer,
                **options,
            )
        if self._mode == "lstm":
            return LSTMCell(self._hidden_size, **options)
        if self._mode == "gru":
            return GRUCell(self._hidden_size, **options)
        return RNNCell(self._hidden_size, activation=self._mode.removeprefix("rnn_"), **options)
