"""Arrays without elements: 1.9.1 takes them for arrays of unknown shape and raises; here they are arrays."""

from __future__ import annotations

import numpy as np

from .sample import ErrorSample, Recipe, Sample, error, literal, plain, ramp

_ROWS = ramp(0, 3)
_WHY = "an empty array is an array"


def _empty(expected: object, operator: str, *inputs: object, **attributes: object) -> Sample:
    return plain(operator, *inputs, **attributes).better(expected, _WHY)


def _same(*names: str) -> list[Sample]:
    """Element by element: shape and type stay."""
    return [_empty(lambda x: x, name, _ROWS) for name in names]


SAMPLES = [
    *_same(
        "exp",
        "log",
        "sqrt",
        "square",
        "abs",
        "relu",
        "sigmoid",
        "tanh",
        "softsign",
        "sign",
        "floor",
        "negative",
    ),
    *_same("identity", "zeros_like", "ones_like", "erf", "gammaln", "BlockGrad", "reciprocal"),
    *(
        _empty(lambda x, y: x, name, _ROWS, ramp(1, 3))
        for name in ("broadcast_add", "add", "__mul__", "__sub__")
    ),
    _empty(lambda x: x, "__add__", _ROWS, 2.0),
    _empty(lambda x: x, "__gt__", _ROWS, 2.0),
    _empty(lambda x: np.zeros(1, "float32"), "sum", _ROWS),
    _empty(lambda x: np.zeros(3, "float32"), "sum", _ROWS, axis=0),
    _empty(lambda x: np.zeros(0, "float32"), "sum", _ROWS, axis=1),
    _empty(lambda x: np.ones(3, "float32"), "prod", _ROWS, axis=0),
    _empty(lambda x: np.zeros(0, "float32"), "max", _ROWS, axis=1),
    _empty(lambda x: np.zeros(0, "float32"), "mean", _ROWS, axis=1),
    _empty(lambda x: np.zeros(0, "float32"), "norm", _ROWS, axis=1),
    _empty(lambda x: np.zeros(0, "float32"), "argmax", _ROWS, axis=1),
    _empty(lambda x: x, "softmax", _ROWS),
    _empty(lambda x: x, "log_softmax", _ROWS),
    _empty(lambda x: x, "clip", _ROWS, -1, 1),
    _empty(lambda x: x, "sort", _ROWS),
    _empty(lambda x: x.T, "transpose", _ROWS),
    _empty(lambda x: x.reshape(0, 1, 3), "expand_dims", _ROWS, axis=1),
    _empty(lambda x: x.reshape(0, 3), "flatten", ramp(0, 3, 1)),
    _empty(lambda x: np.zeros((0, 6), "float32"), "tile", _ROWS, reps=(1, 2)),
    _empty(lambda x: x, "flip", _ROWS, axis=0),
    _empty(lambda x, y: np.concatenate([x, y]), "concat", _ROWS, ramp(2, 3), dim=0),
    _empty(lambda x, y: np.stack([x, y]), "stack", _ROWS, ramp(0, 3)),
    _empty(lambda x, y: x @ y, "dot", _ROWS, ramp(3, 4)),
    _empty(lambda x, y: x @ y, "dot", ramp(2, 0), ramp(0, 4)),
    _empty(lambda x, y: x @ y, "batch_dot", ramp(0, 2, 3), ramp(0, 3, 4)),
    _empty(
        lambda x, w, b: np.zeros((0, 2), "float32"),
        "FullyConnected",
        _ROWS,
        ramp(2, 3),
        ramp(2),
        num_hidden=2,
    ),
    _empty(lambda x, i: np.zeros((0, 3), "float32"), "take", ramp(2, 3), Recipe("ramp", (0,), "int32")),
    _empty(lambda i: np.zeros((0, 4), "float32"), "one_hot", Recipe("ramp", (0,), "int32"), depth=4),
    _empty(lambda c, x, y: x, "where", _ROWS, _ROWS, _ROWS),
    _empty(lambda x: x.astype("int32"), "cast", _ROWS, dtype="int32"),
    _empty(lambda x: x, "__getitem__", _ROWS, slice(None)),
    _empty(lambda x: x[:, 1], "__getitem__", _ROWS, (slice(None), 1)),
    _empty(lambda x: x[[]], "__getitem__", ramp(2, 3), []),
    _empty(lambda x: x[:0], "slice_axis", ramp(2, 3), axis=0, begin=0, end=0),
    _empty(lambda x: x, "Dropout", _ROWS, p=0.5),
]

ERROR_SAMPLES: list[ErrorSample] = [
    error("MXNetError", "max", _ROWS).because("nothing has no largest element"),
    error("MXNetError", "argmax", _ROWS, axis=0).because("nothing has no largest element"),
    error("IndexError", "__getitem__", _ROWS, 0).because("there is no first row"),
    error("MXNetError", "take", _ROWS, literal([0.0])).because("there is no first row"),
]
