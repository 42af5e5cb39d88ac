"""Initialisers called by hand: on arrays of many names, shapes and types, one after the other from one seed."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from .scenario import Scenario

_NAMES = (
    "weight", "a_weight", "a_bias", "a_gamma", "a_beta", "a_min", "a_max", "aweight", "a_weight_min",
    "a_weight_quantize", "a_bias_quantize", "b_weight",
)  # fmt: skip
_BARE_NAMES = (
    "a_weight", "a_bias", "a_gamma", "a_beta", "a_min", "a_max", "a_moving_mean", "a_moving_var",
    "a_moving_inv_var", "a_moving_avg", "stn_loc_weight", "stn_loc_bias",
)  # fmt: skip
_NO_NAMES = ("a_moving_mean", "a_running_var", "a_parameters", "a_scale", "upsampling_a", "stn_loc", "")


def _filled(
    make: Callable[[Any], Any],
    *shapes: tuple[int, ...],
    dtype: str = "float32",
    signs: bool = True,
    name: str = "a_weight",
) -> Callable[[Any], list[np.ndarray]]:
    def run(mx: Any) -> list[np.ndarray]:
        initialiser, arrays = make(mx), []
        mx.random.seed(17)
        np.random.seed(17)
        for shape in shapes:
            array = mx.nd.full(shape, 7, dtype=dtype)
            initialiser(mx.init.InitDesc(name), array)
            arrays.append(array.asnumpy() if signs else np.abs(array.asnumpy()))
        return arrays

    return run


def _names(mx: Any) -> list[np.ndarray]:
    """What the end of a name decides; the same initialiser goes on drawing."""
    mx.random.seed(4)
    initialiser, arrays = mx.init.Uniform(0.5), []
    for name in _NAMES:
        array = mx.nd.full((2, 3), 7)
        initialiser(mx.init.InitDesc(name), array)
        arrays.append(array.asnumpy())
    return arrays


def _bare_names(mx: Any) -> list[np.ndarray]:
    """Names without a description: the rules of the old days."""
    initialiser, arrays = mx.init.Constant(5), []
    for name, shape in [*((name, (6,)) for name in _BARE_NAMES), ("upsampling0_weight", (2, 1, 4, 4))]:
        array = mx.nd.full(shape, 7)
        initialiser(name, array)
        arrays.append(array.asnumpy())
    return arrays


def _no_names(mx: Any) -> str:
    refused = []
    for name in _NO_NAMES:
        try:
            mx.init.One()(mx.init.InitDesc(name), mx.nd.ones((6,)))
        except ValueError:
            refused.append(name)
    return " ".join(refused)


def _attributes(mx: Any) -> list[np.ndarray]:
    """A parameter's own initialiser, as symbols carry it."""
    mx.random.seed(6)
    arrays = []
    for own in (
        mx.init.Normal(2),
        mx.init.LSTMBias(3.0),
        mx.init.Zero(),
        mx.init.Uniform(),
        mx.init.Constant(0.3),
    ):
        array = mx.nd.full((8, 2), 7)
        mx.init.One()(mx.init.InitDesc("a_bias", {"__init__": own.dumps()}), array)
        arrays.append(array.asnumpy())
    return arrays


def _load(mx: Any) -> list[np.ndarray]:
    saved = {
        "arg:a_weight": mx.nd.array([[1, 2], [3, 4]]),
        "aux:a_bias": mx.nd.array([5, 6]),
        "b": mx.nd.ones((2,)),
    }
    initialiser, arrays = mx.init.Load(saved, mx.init.Uniform(0.1)), []
    mx.random.seed(2)
    for name, shape in (
        ("a_weight", (2, 2)),
        ("a_bias", (2,)),
        ("b", (2,)),
        ("c_weight", (2, 2)),
        ("c_bias", (2,)),
    ):
        array = mx.nd.full(shape, 7)
        initialiser(mx.init.InitDesc(name), array)
        arrays.append(array.asnumpy())
    return arrays


def _mixed(mx: Any) -> list[np.ndarray]:
    initialiser = mx.init.Mixed(
        ["a_.*bias", "b", ".*"], [mx.init.One(), mx.init.Normal(3), mx.init.Uniform(0.1)]
    )
    mx.random.seed(2)
    arrays = []
    for name in ("a_bias", "a_weight", "b_weight", "ab_weight", "b_gamma"):
        array = mx.nd.full((2, 3), 7)
        initialiser(mx.init.InitDesc(name), array)
        arrays.append(array.asnumpy())
    return arrays


def _texts(mx: Any) -> str:
    init = mx.init
    made = [
        init.Zero(), init.One(), init.Constant(3), init.Constant(np.array([1.0, 2.0])),
        init.Constant(mx.nd.array([[1, 2]])), init.Uniform(), init.Uniform(0.5), init.Normal(2), init.Orthogonal(),
        init.Orthogonal(2, "normal"), init.Xavier(), init.Xavier("gaussian", "in", 2.34), init.MSRAPrelu(),
        init.MSRAPrelu("out", 0), init.Bilinear(), init.LSTMBias(), init.LSTMBias(forget_bias=2.0),
        init.FusedRNN(None, 2, 1, "lstm"), init.FusedRNN(init.Normal(0.1), 3, 2, "gru", True, 2.0),
        *(init.create(name) for name in ("zeros", "ones", "Xavier", "MSRAPrelu", "one", "zero")),
        init.create('["normal", {"sigma": 3}]'),
        init.create('{"initializer": "uniform", "scale": 3}'), init.create("normal", 0.3),
        init.create({"initializer": "normal", "sigma": 0.4}), init.create(initializer="normal", sigma=0.5),
    ]  # fmt: skip
    return "\n".join(each.dumps() for each in made)


def _fused(
    mode: str, bidirectional: bool, layers: int, inputs: int, own: bool
) -> Callable[[Any], list[np.ndarray]]:
    def run(mx: Any) -> list[np.ndarray]:
        hidden, directions = 3, 2 if bidirectional else 1
        gates = {"lstm": 4, "gru": 3}.get(mode, 1)
        count = sum((inputs if layer == 0 else hidden * directions) + hidden + 2 for layer in range(layers))
        array = mx.nd.zeros((count * hidden * gates * directions,))
        outer, inner = mx.init.Xavier(), mx.init.Normal(0.5) if own else None
        fused = mx.init.FusedRNN(inner, hidden, layers, mode, bidirectional, forget_bias=1.5)
        mx.random.seed(8)
        fused._init_weight(mx.init.InitDesc("rnn_parameters", None, _by_kind(mx, outer)), array)
        return [array.asnumpy()]

    return run


def _by_kind(mx: Any, weights: Any) -> Any:
    """Biases uniform, everything else as given: that both are asked, and in which order."""
    biases = mx.init.Uniform(0.2)

    def fill(desc: Any, array: Any) -> None:
        (biases._init_weight if desc.endswith("bias") else weights._init_weight)(desc, array)

    return fill


_SHAPES = ((5, 7), (4, 3, 2), (4, 3, 2, 2), (2, 3, 2, 2, 2))
_EXACTLY = (1e-6, 1e-8)
SCENARIOS = [
    *(
        Scenario(
            f"Xavier {kind} {factor} {magnitude}",
            _filled(lambda mx, how=(kind, factor, magnitude): mx.init.Xavier(*how), *_SHAPES),
            ("init.Xavier",),
            _EXACTLY,
        )
        for kind, factor, magnitude in itertools.product(
            ("uniform", "gaussian"), ("avg", "in", "out"), (3, 0.7)
        )
    ),
    *(
        Scenario(
            f"MSRAPrelu {factor} {slope}",
            _filled(lambda mx, how=(factor, slope): mx.init.MSRAPrelu(*how), *_SHAPES),
            ("init.MSRAPrelu",),
            _EXACTLY,
        )
        for factor, slope in itertools.product(("avg", "in", "out"), (0.25, 0))
    ),
    *(
        Scenario(
            f"{name} {dtype}",
            _filled(make, (3, 4), (70, 2), dtype=dtype),
            (),
            (2e-3, 2e-4) if dtype == "float16" else _EXACTLY,
        )
        for name, make in {
            "Uniform": lambda mx: mx.init.Uniform(0.3),
            "Normal": lambda mx: mx.init.Normal(0.3),
            "Xavier": lambda mx: mx.init.Xavier(),
            "Constant": lambda mx: mx.init.Constant(0.3),
        }.items()
        for dtype in ("float64", "float16")
    ),
    # A singular vector and its negative are both right; LAPACKs differ in their choice.
    *(
        Scenario(
            f"Orthogonal {kind} {scale}",
            _filled(
                lambda mx, how=(scale, kind): mx.init.Orthogonal(*how), (3, 5), (5, 3), (4, 2, 3), signs=False
            ),
            ("init.Orthogonal",),
            (1e-4, 1e-5),
        )
        for kind, scale in itertools.product(("uniform", "normal"), (1.414, 3))
    ),
    Scenario(
        "Bilinear",
        _filled(lambda mx: mx.init.Bilinear(), (2, 1, 4, 4), (1, 1, 3, 5), (2, 1, 5, 3), (1, 3, 1, 1)),
    ),
    Scenario("Constant of a row", _filled(lambda mx: mx.init.Constant(mx.nd.array([1, 2])), (3, 2), (2,))),
    Scenario("Constant of NumPy", _filled(lambda mx: mx.init.Constant(np.array([[1.5], [2]])), (2, 3))),
    Scenario("LSTMBias", _filled(lambda mx: mx.init.LSTMBias(2.5), (8,), (10,), (4, 2), (3,))),
    Scenario("LSTMBias of a bias", _filled(lambda mx: mx.init.LSTMBias(2.5), (8,), name="a_bias")),
    Scenario("names", _names, (), _EXACTLY),
    Scenario("bare names", _bare_names),
    Scenario("names of nothing", _no_names),
    Scenario("attributes", _attributes, (), _EXACTLY),
    Scenario("Load", _load, ("init.Load",), _EXACTLY),
    Scenario("Mixed", _mixed, ("init.Mixed",), _EXACTLY),
    Scenario("texts", _texts, ("init.FusedRNN",)),
    *(
        Scenario(
            f"FusedRNN {mode} {layers} {'both ways' if both else 'one way'} {'own' if own else 'outer'}",
            _fused(mode, both, layers, 4, own),
            ("init.FusedRNN",),
            _EXACTLY,
        )
        for mode, (both, layers), own in itertools.product(
            ("rnn_relu", "rnn_tanh", "gru", "lstm"), ((False, 1), (True, 2)), (True, False)
        )
    ),
]
