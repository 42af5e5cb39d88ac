"""Recurrent cells: names, steps and sequences, forward and backward, with masks drawn after a seed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .scenario import Scenario, fill, numbers

_STEPS, _BATCH, _FEATURES, _UNITS = 4, 3, 5, 2
_NEEDS = ("gluon.rnn.LSTMCell",)
_CONTRIB = (*_NEEDS, "gluon.contrib.rnn.LSTMPCell")
_NEAR = (1e-4, 1e-6)

Make = Callable[[Any], Any]


def _contrib(mx: Any) -> Any:
    return __import__(f"{mx.__name__}.gluon.contrib.rnn", fromlist=["rnn_cell"])


def _stack(mx: Any, kind: str, *cells: Any) -> Any:
    stack = getattr(mx.gluon.rnn, kind)()
    for cell in cells:
        stack.add(cell)
    return stack


def _sides(mx: Any, make: Make) -> Any:
    return mx.gluon.rnn.BidirectionalCell(make(mx.gluon.rnn), make(mx.gluon.rnn))


_CELLS: dict[str, Make] = {
    "RNNCell": lambda mx: mx.gluon.rnn.RNNCell(_UNITS),
    "RNNCell relu": lambda mx: mx.gluon.rnn.RNNCell(_UNITS, activation="relu"),
    "RNNCell softsign": lambda mx: mx.gluon.rnn.RNNCell(_UNITS, activation="softsign"),
    "RNNCell softrelu": lambda mx: mx.gluon.rnn.RNNCell(_UNITS, activation="softrelu"),
    "LSTMCell": lambda mx: mx.gluon.rnn.LSTMCell(_UNITS, input_size=_FEATURES),
    "LSTMCell other functions": lambda mx: mx.gluon.rnn.LSTMCell(
        _UNITS, activation="softsign", recurrent_activation="relu"
    ),
    "GRUCell": lambda mx: mx.gluon.rnn.GRUCell(_UNITS),
    "SequentialRNNCell": lambda mx: _stack(
        mx, "SequentialRNNCell", mx.gluon.rnn.LSTMCell(3), mx.gluon.rnn.GRUCell(_UNITS)
    ),
    "HybridSequentialRNNCell": lambda mx: _stack(
        mx, "HybridSequentialRNNCell", mx.gluon.rnn.RNNCell(3), mx.gluon.rnn.LSTMCell(_UNITS)
    ),
    "ResidualCell": lambda mx: mx.gluon.rnn.ResidualCell(mx.gluon.rnn.GRUCell(_FEATURES)),
    "LSTMPCell": lambda mx: _contrib(mx).LSTMPCell(3, _UNITS),
}
# In training mode these draw: the masks are those of the real MXNet for the same seed.
_DRAWING: dict[str, Make] = {
    "DropoutCell": lambda mx: mx.gluon.rnn.DropoutCell(0.5),
    "DropoutCell axes": lambda mx: mx.gluon.rnn.DropoutCell(0.5, axes=(1,)),
    "ZoneoutCell": lambda mx: mx.gluon.rnn.ZoneoutCell(mx.gluon.rnn.LSTMCell(_UNITS), 0.4, 0.3),
    "ZoneoutCell of states": lambda mx: mx.gluon.rnn.ZoneoutCell(mx.gluon.rnn.GRUCell(_UNITS), 0, 0.5),
    "VariationalDropoutCell": lambda mx: _contrib(mx).VariationalDropoutCell(
        mx.gluon.rnn.LSTMCell(_UNITS), 0.3, 0.4, 0.5
    ),
    "VariationalDropoutCell without states": lambda mx: _contrib(mx).VariationalDropoutCell(
        mx.gluon.rnn.LSTMCell(_UNITS), 0.3, 0, 0.5
    ),
    "stack with everything": lambda mx: _stack(
        mx,
        "SequentialRNNCell",
        mx.gluon.rnn.DropoutCell(0.2),
        mx.gluon.rnn.LSTMCell(3),
        mx.gluon.rnn.DropoutCell(0.3),
        mx.gluon.rnn.ResidualCell(mx.gluon.rnn.ZoneoutCell(mx.gluon.rnn.GRUCell(3), 0.2, 0.3)),
    ),
}
_WHOLE: dict[str, Make] = {  # these cannot be stepped
    "BidirectionalCell": lambda mx: _sides(mx, lambda rnn: rnn.LSTMCell(_UNITS)),
    "stack both ways": lambda mx: _stack(
        mx,
        "HybridSequentialRNNCell",
        _sides(mx, lambda rnn: rnn.GRUCell(_UNITS)),
        mx.gluon.rnn.DropoutCell(0.3),
        _sides(mx, lambda rnn: rnn.RNNCell(3)),
    ),
    "ResidualCell both ways": lambda mx: mx.gluon.rnn.ResidualCell(
        mx.gluon.rnn.BidirectionalCell(mx.gluon.rnn.GRUCell(2), mx.gluon.rnn.RNNCell(_FEATURES - 2))
    ),
}


def _ready(mx: Any, make: Make, *inputs: Any) -> Any:
    """The cell with fixed weights; ``inputs`` make the shapes known."""
    cell = make(mx)
    cell.initialize()
    cell.unroll(*inputs)
    return fill(cell, mx)


def _states(mx: Any, cell: Any) -> list[Any]:
    made = [
        mx.nd.array(numbers(*info["shape"], seed=7 + place))
        for place, info in enumerate(cell.state_info(_BATCH))
    ]
    for state in made:
        state.attach_grad()
    return made


def _gradients(mx: Any, cell: Any, results: list[Any], variables: list[Any]) -> list[np.ndarray]:
    return [
        each.asnumpy()
        for each in (
            *results,
            *(variable.grad for variable in variables),
            *(parameter.grad() for parameter in cell.collect_params().values()),
        )
    ]


def _step(make: Make) -> Callable[[Any], list[np.ndarray]]:
    """Two steps, with all gradients."""

    def run(mx: Any) -> list[np.ndarray]:
        x = mx.nd.array(numbers(_BATCH, 2, _FEATURES))
        cell = _ready(mx, make, 2, x)
        states = first = _states(mx, cell)
        x.attach_grad()
        mx.random.seed(1)
        cell.reset()
        with mx.autograd.record():
            total = 0
            for step in range(2):
                output, states = cell(x[:, step], states)
                total = total + (output * mx.nd.array(numbers(*output.shape, seed=20 + step))).sum()
            for state in states:
                total = total + (state * mx.nd.array(numbers(*state.shape, seed=30))).sum()
        total.backward()
        return _gradients(mx, cell, [output, *states], [x, *first])

    return run


def _sequence(
    make: Make, layout: str, form: str, valid: bool, begin: bool
) -> Callable[[Any], list[np.ndarray]]:
    """A whole sequence, with all gradients; ``form`` says how inputs and outputs come."""

    def run(mx: Any) -> list[np.ndarray]:
        shape = {"T": _STEPS, "N": _BATCH, "C": _FEATURES}
        axis = layout.find("T")
        x = mx.nd.array(numbers(*(shape[each] for each in layout)))
        cell = _ready(mx, make, _STEPS, x, None, layout)
        states = _states(mx, cell) if begin else None
        lengths = mx.nd.array([4, 1, 3]) if valid else None
        x.attach_grad()
        mx.random.seed(1)
        with mx.autograd.record():
            inputs = x
            if "list" in form:
                inputs = list(mx.nd.split(x, _STEPS, axis=axis, squeeze_axis=True))
            merge = {"merged": True, "apart": False, "as it is": None}[form.replace("list ", "")]
            outputs, ends = cell.unroll(_STEPS, inputs, states, layout, merge, lengths)
            if isinstance(outputs, list):
                outputs = mx.nd.stack(*outputs, axis=axis)
            total = (outputs * mx.nd.array(numbers(*outputs.shape, seed=20))).sum()
            for end in ends:
                total = total + (end * mx.nd.array(numbers(*end.shape, seed=30))).sum()
        total.backward()
        return _gradients(mx, cell, [outputs, *ends], [x, *(states or [])])

    return run


def _dynamic(
    make: Make, layout: str, drops: tuple[float, float], valid: bool
) -> Callable[[Any], list[np.ndarray]]:
    def run(mx: Any) -> list[np.ndarray]:
        shape = {"T": _STEPS, "N": _BATCH, "C": _FEATURES}
        x = mx.nd.array(numbers(*(shape[each] for each in layout)))
        cell = _ready(mx, make, _STEPS, x, None, layout)
        lengths = mx.nd.array([4, 1, 3]) if valid else None
        states = _states(mx, cell)
        unroll = __import__(f"{mx.__name__}.gluon.contrib.rnn.rnn_cell", fromlist=["x"]).dynamic_unroll
        x.attach_grad()
        mx.random.seed(1)
        with mx.autograd.record():
            outputs, ends = unroll(cell, x, states, *drops, layout, lengths)
            total = (outputs * mx.nd.array(numbers(*outputs.shape, seed=20))).sum()
            for end in ends:
                total = total + (end * mx.nd.array(numbers(*end.shape, seed=30))).sum()
        total.backward()
        return _gradients(mx, cell, [outputs, *ends], [x])

    return run


_CONVOLUTIONS: dict[str, dict[str, Any]] = {
    "plain": {"i2h_kernel": 3, "h2h_kernel": 3},
    "relu, holes, padding": {
        "i2h_kernel": 3,
        "h2h_kernel": 5,
        "i2h_pad": 2,
        "i2h_dilate": 2,
        "h2h_dilate": 2,
        "activation": "relu",
    },
}


def _convolved(kind: str, dims: int, options: dict[str, Any]) -> Callable[[Any], list[np.ndarray]]:
    def run(mx: Any) -> list[np.ndarray]:
        size = {1: (7,), 2: (6, 5), 3: (4, 3, 5)}[dims]
        cell = getattr(_contrib(mx), f"Conv{dims}D{kind}Cell")((2, *size), 2, **options)
        cell.initialize()
        fill(cell, mx)
        x = mx.nd.array(numbers(2, 2, 2, *size))  # steps, batch, channels
        x.attach_grad()
        with mx.autograd.record():
            outputs, states = cell.unroll(2, x, layout="TN" + cell._conv_layout[1:], merge_outputs=True)
            total = (outputs * mx.nd.array(numbers(*outputs.shape, seed=20))).sum()
        total.backward()
        return _gradients(mx, cell, [outputs, *states], [x])

    return run


def _texts(mx: Any) -> str:
    contrib, rnn, lines = _contrib(mx), mx.gluon.rnn, []
    outer = mx.gluon.nn.HybridSequential(prefix="net_")
    with outer.name_scope():
        scoped = [
            rnn.ZoneoutCell(rnn.LSTMCell(3), 0.2, 0.3),
            _sides(mx, lambda rnn: rnn.GRUCell(3)),
            rnn.ResidualCell(rnn.RNNCell(3)),
            contrib.VariationalDropoutCell(rnn.GRUCell(3), 0.1, 0.2, 0.3),
        ]
    named = rnn.SequentialRNNCell(prefix="s_")
    with named.name_scope():
        named.add(rnn.LSTMCell(3))
        named.add(rnn.BidirectionalCell(rnn.RNNCell(2), rnn.RNNCell(2)))
        named.add(rnn.DropoutCell(0.3, axes=(1,)))
        named.add(rnn.ResidualCell(rnn.GRUCell(4, input_size=4)))
    inside = rnn.HybridSequentialRNNCell(prefix="h_")
    inside.add(rnn.LSTMCell(2, prefix="x_"))
    named.add(inside)
    for cell in [
        rnn.RNNCell(3, prefix="a_"), rnn.RNNCell(3, "relu", input_size=2, prefix="b_"), rnn.LSTMCell(3, prefix="c_"),
        rnn.GRUCell(3, input_size=4, prefix="d_"), rnn.DropoutCell(0.5, prefix="e_"),
        rnn.SequentialRNNCell(prefix="f_"), contrib.LSTMPCell(4, 3, prefix="g_"), named, *scoped,
        contrib.Conv1DRNNCell((2, 7), 3, 3, 3, prefix="i_"),
        contrib.Conv2DLSTMCell((2, 7, 8), 3, (3, 5), 3, i2h_pad=(1, 2), prefix="j_"),
        contrib.Conv3DGRUCell((7, 8, 9, 2), 3, 3, 3, conv_layout="NDHWC", activation="relu", prefix="k_"),
    ]:  # fmt: skip
        lines += [repr(cell), repr(cell.collect_params()), " ".join(cell._collect_params_with_prefix())]
        lines += [f"{cell.name} {cell.prefix} {list(cell.params)}", str(cell.state_info(2))]
    return "\n".join(lines)


def _beginnings(mx: Any) -> list[np.ndarray]:
    rnn, nd = mx.gluon.rnn, mx.nd
    mx.random.seed(5)
    stack = _stack(mx, "SequentialRNNCell", rnn.LSTMCell(2), rnn.GRUCell(3))
    made = [
        *rnn.LSTMCell(3).begin_state(2),
        *rnn.LSTMCell(3).begin_state(batch_size=2, func=nd.ones, dtype="float64"),
        *rnn.GRU(3, 2).begin_state(2, func=nd.random.uniform),
        *stack.begin_state(batch_size=2, func=nd.random.normal),
        *rnn.ResidualCell(rnn.RNNCell(2)).begin_state(batch_size=2, func=nd.ones),
        *rnn.BidirectionalCell(rnn.RNNCell(2), rnn.GRUCell(3)).begin_state(batch_size=1),
    ]
    return [state.asnumpy() for state in made]


_FORMS = [  # layout, form, valid_length, begin_state
    ("NTC", "merged", False, True),
    ("TNC", "list apart", False, False),
    ("NTC", "as it is", True, False),
    ("TNC", "apart", True, True),
]


def _forms(name: str, make: Make, forms: Any = _FORMS) -> list[Scenario]:
    return [
        Scenario(
            f"{name} {layout} {form}{' valid_length' if valid else ''}",
            _sequence(make, layout, form, valid, begin),
            _CONTRIB,
            _NEAR,
        )
        for layout, form, valid, begin in forms
    ]


_SPLIT = [
    ("NTC", "merged", False, False),
    ("NTC", "apart", False, False),
    ("TNC", "list merged", False, False),
]
_MERGED = [("NTC", "merged", True, False), ("TNC", "apart", True, False), ("NTC", "as it is", False, False)]

SCENARIOS = [
    Scenario("names of cells", _texts, _CONTRIB),
    Scenario("first states", _beginnings, _NEEDS),
    *(Scenario(f"{name} steps", _step(make), _CONTRIB, _NEAR) for name, make in _CELLS.items()),
    *(
        Scenario(f"{name} steps", _step(make), _CONTRIB, _NEAR)
        for name, make in _DRAWING.items()
        if name != "DropoutCell axes"
    ),
    *(scenario for name, make in _CELLS.items() if name.count(" ") == 0 for scenario in _forms(name, make)),
    *(scenario for name, make in _DRAWING.items() for scenario in _forms(name, make, _SPLIT)),
    *(
        scenario
        for name, make in _WHOLE.items()
        # 1.9.1 joins the wrong axes where a cell both ways is below another and lengths are given
        for scenario in _forms(name, make, _SPLIT if name == "stack both ways" else _MERGED)
    ),
    *(
        Scenario(
            f"dynamic_unroll {name} {layout} {drops}{' valid_length' if valid else ''}",
            _dynamic(_CELLS[name], layout, drops, valid),
            _CONTRIB,
            _NEAR,
        )
        for name, layout, drops, valid in (
            ("LSTMCell", "TNC", (0, 0), False),
            ("LSTMCell", "NTC", (0, 0), True),
            ("GRUCell", "NTC", (0.5, 0), False),
            ("GRUCell", "TNC", (0.3, 0.4), True),
        )
    ),
    *(
        Scenario(f"Conv{dims}D{kind}Cell {name}", _convolved(kind, dims, options), _CONTRIB, _NEAR)
        for dims in (1, 2, 3)
        for kind in ("RNN", "LSTM", "GRU")
        for name, options in _CONVOLUTIONS.items()
        if dims == 2 or name == "plain"
    ),
]
