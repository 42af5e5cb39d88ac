"""Recurrent layers: names, files, forward and backward, and language models that learn."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from typing import Any

import numpy as np

from .scenario import Scenario, fill, numbers

_STEPS, _BATCH, _FEATURES, _UNITS = 5, 3, 4, 2
_NEEDS = ("gluon.rnn.LSTM",)
_NEAR = (1e-4, 1e-6)

Options = dict[str, Any]

_LAYERS: dict[str, tuple[str, Options]] = {
    "RNN relu": ("RNN", {}),
    "RNN tanh": ("RNN", {"activation": "tanh", "input_size": _FEATURES}),
    "RNN tanh deep both ways": ("RNN", {"activation": "tanh", "num_layers": 2, "bidirectional": True}),
    "RNN relu NTC": ("RNN", {"layout": "NTC", "num_layers": 2}),
    "LSTM": ("LSTM", {}),
    "LSTM NTC": ("LSTM", {"layout": "NTC"}),
    "LSTM deep": ("LSTM", {"num_layers": 2, "input_size": _FEATURES}),
    "LSTM both ways": ("LSTM", {"bidirectional": True}),
    "LSTM deep both ways NTC": ("LSTM", {"num_layers": 2, "bidirectional": True, "layout": "NTC"}),
    "LSTM float64": ("LSTM", {"dtype": "float64", "num_layers": 2}),
    "LSTM dropout predicting": ("LSTM", {"num_layers": 2, "dropout": 0.5}),
    "GRU": ("GRU", {}),
    "GRU NTC": ("GRU", {"layout": "NTC"}),
    "GRU deep": ("GRU", {"num_layers": 3}),
    "GRU deep both ways": ("GRU", {"num_layers": 2, "bidirectional": True}),
    "GRU float64": ("GRU", {"dtype": "float64", "bidirectional": True}),
}


def _layer(
    kind: str, options: Options, with_states: bool, training: bool
) -> Callable[[Any], list[np.ndarray]]:
    """Outputs, states, and the gradients of inputs, states and parameters."""

    def run(mx: Any) -> list[np.ndarray]:
        layer = getattr(mx.gluon.rnn, kind)(_UNITS, **options)
        layer.initialize()
        dtype, layout = options.get("dtype", "float32"), options.get("layout", "TNC")
        shape = {"T": _STEPS, "N": _BATCH, "C": _FEATURES}
        x = mx.nd.array(numbers(*(shape[axis] for axis in layout)), dtype=dtype)
        layer(x)
        fill(layer, mx)
        states = [
            mx.nd.array(numbers(*state.shape, seed=7 + place), dtype=dtype)
            for place, state in enumerate(layer.begin_state(_BATCH))
        ]
        for array in (x, *states):
            array.attach_grad()
        with mx.autograd.record(train_mode=training):
            if with_states:
                y, ends = layer(x, states)
            else:
                y, ends = layer(x), []
            heads = [mx.nd.array(numbers(*each.shape, seed=9), dtype=dtype) for each in (y, *ends)]
            total = sum((each * head).sum() for each, head in zip([y, *ends], heads))
        total.backward(train_mode=training)
        variables = [x, *states] if with_states else [x]
        parameters = layer.collect_params().values()
        return [
            each.asnumpy()
            for each in (y, *ends, *(v.grad for v in variables), *(p.grad() for p in parameters))
        ]

    return run


def _projected(options: Options) -> Callable[[Any], list[np.ndarray]]:
    """Without gradients and with states, the only way in which 1.9.1 computes projections on a CPU."""

    def run(mx: Any) -> list[np.ndarray]:
        layer = mx.gluon.rnn.LSTM(_UNITS, projection_size=3, input_size=_FEATURES, **options)
        layer.initialize()
        fill(layer, mx)
        states = [
            mx.nd.array(numbers(*state.shape, seed=7 + place))
            for place, state in enumerate(layer.begin_state(_BATCH))
        ]
        y, ends = layer(mx.nd.array(numbers(_STEPS, _BATCH, _FEATURES)), states)
        return [each.asnumpy() for each in (y, *ends)]

    return run


def _made(mx: Any) -> list[Any]:
    rnn = mx.gluon.rnn
    net = mx.gluon.nn.HybridSequential(prefix="net_")
    with net.name_scope():
        net.add(rnn.LSTM(3, input_size=2), mx.gluon.nn.Dense(2, in_units=3), rnn.GRU(3, 2, prefix="g_"))
    return [
        rnn.RNN(3, prefix="a_"),
        rnn.RNN(3, 2, "tanh", "NTC", 0.2, True, input_size=5, prefix="b_"),
        rnn.LSTM(3, prefix="c_"),
        rnn.LSTM(4, 2, "NTC", 0.5, True, 6, projection_size=3, prefix="d_"),
        rnn.LSTM(3, state_clip_min=-1, state_clip_max=1, state_clip_nan=True, prefix="e_"),
        rnn.GRU(3, 2, "TNC", 0.1, prefix="f_"),
        rnn.GRU(3, dtype="float64", use_sequence_length=True, prefix="h_"),
        net,
    ]


def _names(mx: Any) -> str:
    lines = []
    for layer in _made(mx):
        lines += [repr(layer), repr(layer.collect_params()), " ".join(layer._collect_params_with_prefix())]
        if hasattr(layer, "state_info"):
            lines += [f"{layer.state_info()} {layer.state_info(5)}"]
    layer = mx.gluon.rnn.LSTM(3, 2, prefix="after_")
    layer.initialize()
    layer(mx.nd.ones((4, 2, 5)))
    lines += [repr(layer), repr(layer.collect_params()), layer.name, layer.prefix]
    return "\n".join(lines)


def _unfused(mx: Any) -> str:
    rnn, lines = mx.gluon.rnn, []
    for layer in (
        rnn.RNN(3, 2, input_size=4, prefix="a_"),
        rnn.RNN(3, activation="tanh", prefix="b_"),
        rnn.LSTM(3, 3, dropout=0.5, prefix="c_"),
        rnn.LSTM(3, 2, bidirectional=True, input_size=4, dropout=0.2, prefix="d_"),
        rnn.GRU(3, 2, bidirectional=True, prefix="e_"),
    ):
        cells = layer._unfuse()
        lines += [repr(cells), repr(cells.collect_params()), " ".join(cells._collect_params_with_prefix())]
        lines += [str([cell.prefix for cell in cells._children.values()]), str(cells.state_info(2))]
    return "\n".join(lines)


def _stepwise(kind: str, options: Options) -> Callable[[Any], list[np.ndarray]]:
    """The same weights as a layer and as cells."""

    def run(mx: Any) -> list[np.ndarray]:
        layer = getattr(mx.gluon.rnn, kind)(_UNITS, input_size=_FEATURES, layout="NTC", **options)
        layer.initialize()
        fill(layer, mx)
        cells = layer._unfuse()
        x = mx.nd.array(numbers(_BATCH, _STEPS, _FEATURES))
        outputs, states = cells.unroll(_STEPS, x, merge_outputs=True)
        return [each.asnumpy() for each in (layer(x), outputs, *states)]

    return run


def _model(mx: Any, kind: str) -> Any:
    nn = mx.gluon.nn
    net = nn.HybridSequential(prefix="model_")
    with net.name_scope():
        net.add(nn.Embedding(12, 6))
        net.add(getattr(mx.gluon.rnn, kind)(5, num_layers=2))
        net.add(nn.Dense(12, flatten=False))
    mx.random.seed(3)
    net.initialize(mx.init.Xavier())
    return net


def _text(mx: Any, seed: int) -> tuple[Any, Any]:
    words = np.random.RandomState(seed).randint(0, 12, (6, 4)).astype("float32")
    return mx.nd.array(words[:-1]), mx.nd.array(words[1:])


def _learned(kind: str) -> Callable[[Any], list[np.ndarray]]:
    """First outputs and gradients of a language model, and its weights after ten steps that carry the states on."""

    def run(mx: Any) -> list[np.ndarray]:
        net = _model(mx, kind)
        x, y = _text(mx, 0)
        loss = mx.gluon.loss.SoftmaxCrossEntropyLoss()
        with mx.autograd.record():
            scores = net(x)
            error = loss(scores, y)
        error.backward()
        found = [scores.asnumpy(), error.asnumpy()]
        parameters = list(net.collect_params().values())
        found += [parameter.grad().asnumpy() for parameter in parameters]
        trainer = mx.gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 1.0})
        states = net[1].begin_state(batch_size=4)
        for step in range(10):
            x, y = _text(mx, step)
            states = [state.detach() for state in states]
            with mx.autograd.record():
                outputs, states = net[1](net[0](x), states)
                error = loss(net[2](outputs), y).mean()
            error.backward()
            mx.gluon.utils.clip_global_norm([parameter.grad() for parameter in parameters], 0.5)
            trainer.step(1)
        return [*found, error.asnumpy(), *(parameter.data().asnumpy() for parameter in parameters)]

    return run


def _file(kind: str) -> Callable[[Any], list[np.ndarray]]:
    """The file of a language model, byte for byte, and what the model computes."""

    def run(mx: Any) -> list[np.ndarray]:
        net = _model(mx, kind)
        x, _ = _text(mx, 0)
        scores = net(x).asnumpy()
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model.params")
            net.save_parameters(path)
            with open(path, "rb") as file:
                return [np.frombuffer(file.read(), "uint8"), scores]

    return run


SCENARIOS = [
    Scenario("names of layers", _names, _NEEDS),
    Scenario("layers as cells", _unfused, _NEEDS),
    *(
        Scenario(
            name + suffix,
            _layer(*how, with_states=with_states, training="predicting" not in name),
            _NEEDS,
            _NEAR,
        )
        for name, how in _LAYERS.items()
        for suffix, with_states in (("", False), (" with states", True))
    ),
    Scenario("LSTM projected", _projected({}), _NEEDS, _NEAR),
    Scenario("LSTM projected both ways", _projected({"num_layers": 2, "bidirectional": True}), _NEEDS, _NEAR),
    *(
        Scenario(f"{kind} stepwise {name}", _stepwise(kind, options), _NEEDS, _NEAR)
        for kind in ("RNN", "LSTM", "GRU")
        for name, options in (
            ("flat", {}),
            ("deep both ways", {"num_layers": 2, "bidirectional": True}),
        )
    ),
    *(Scenario(f"language model {kind}", _learned(kind), _NEEDS, _NEAR) for kind in ("LSTM", "GRU")),
    *(Scenario(f"file of a language model {kind}", _file(kind), _NEEDS, _NEAR) for kind in ("LSTM", "GRU")),
]
