"""Functions that look elements up, and Python's square brackets for reading and writing."""

from __future__ import annotations

import math

from .sample import ErrorSample, distinct, error, integers, kinked, literal, normal, plain, ramp, sample

_TABLE = normal(4, 3)
_CUBE = normal(3, 4, 5)

# Keys of basic indexing, for reading and writing alike, on an array (3, 4, 5).
_KEYS = [
    0,
    -1,
    2,
    slice(None),
    slice(1, 3),
    slice(0, 0),
    slice(2, 1),
    slice(None, None, 2),
    slice(None, None, -1),
    slice(2, None, -2),
    slice(-2, None),
    slice(1, 100),
    (0, 1),
    (0, 1, 2),
    (-1, -1, -1),
    (slice(None), 1),
    (slice(None), slice(1, 3)),
    (slice(None), slice(None), -1),
    (1, slice(0, 2)),
    (1, slice(None), slice(1, 4, 2)),
    (slice(0, 2), slice(3, 0, -1), slice(None, None, 2)),
    Ellipsis,
    (Ellipsis, 0),
    (0, Ellipsis),
    (0, Ellipsis, slice(1, 3)),
    (Ellipsis, slice(None, None, -1)),
    None,
    (None, 1),
    (slice(None), None, 2),
    (Ellipsis, None),
    (None, Ellipsis, 0, None),
]

# Keys of advanced indexing; "positions" become NDArrays.
_ADVANCED = [
    [0, 2],
    [2, 0, 0],
    ([0, 1], [1, 2]),
    ([0, 1], slice(None), [1, 2]),
    (slice(None), [0, 2]),
    (slice(1, 3), [0, 2], slice(None, None, 2)),
    (0, [1, 2]),
    (Ellipsis, [0, 4]),
    ([[0, 1], [2, 0]],),
    (slice(None), [[0, 1], [2, 0]]),
    (None, [0, 2]),
]
_POSITIONS = [
    literal([0.0, 2.0]),
    literal([0, 2], "int32"),
    literal([0, 2], "int64"),
    literal([[0, 2], [1, 1]], "int32"),
]


def _written(array, key, value):
    array = array.copy()
    array[key] = value
    return array


SAMPLES = [
    *(sample("__getitem__", _CUBE, key) for key in _KEYS if key not in (slice(0, 0), slice(2, 1))),
    plain("__getitem__", _CUBE, slice(0, 0)),
    plain("__getitem__", _CUBE, slice(2, 1)).better(lambda x: x[2:1], "an empty array is an array"),
    *(sample("__getitem__", _CUBE, key) for key in _ADVANCED),
    *(sample("__getitem__", _CUBE, key).kinked() for key in _POSITIONS),
    kinked("__getitem__", _CUBE, (_POSITIONS[1], _POSITIONS[2])),
    kinked("__getitem__", _CUBE, (slice(None), _POSITIONS[1])),
    kinked("__getitem__", _CUBE, (_POSITIONS[1], [1, 3])),
    plain("__getitem__", distinct(3, 4, dtype="int32"), (slice(None), 1)),
    plain("__getitem__", distinct(3, 4, dtype="uint8"), [2, 0]),
    plain("__getitem__", distinct(3, 4, dtype="float16"), slice(None, None, -1)),
    plain("__getitem__", distinct(5), 3),
    plain("__getitem__", distinct(5), True),
    *(plain("__setitem__", _CUBE, key, 9) for key in _KEYS if key not in (slice(0, 0), slice(2, 1))),
    *(plain("__setitem__", _CUBE, key, 9) for key in _ADVANCED),
    *(plain("__setitem__", _CUBE, key, 9) for key in _POSITIONS),
    plain("__getitem__", _CUBE, [-1, 1]).better(
        lambda x: x[[-1, 1]], "MXNet ends the process at negative positions"
    ),
    plain("__getitem__", _CUBE, literal([-1, 0], "int64")).better(
        lambda x, positions: x[positions], "MXNet ends the process at negative positions"
    ),
    plain("__setitem__", _CUBE, [-1, 1], 9).better(
        lambda x: _written(x, [-1, 1], 9), "MXNet ends the process at negative positions"
    ),
    plain("__setitem__", _CUBE, slice(None), normal(3, 4, 5)),
    plain("__setitem__", _CUBE, slice(None), normal(4, 5)),
    plain("__setitem__", _CUBE, slice(None), normal(1, 1, 5)),
    plain("__setitem__", _CUBE, 1, normal(4, 5)),
    plain("__setitem__", _CUBE, 1, normal(5)),
    plain("__setitem__", _CUBE, slice(0, 2), normal(4, 1)),
    plain("__setitem__", _CUBE, (slice(None), 1), normal(3, 5)),
    plain("__setitem__", _CUBE, (slice(None), slice(None, None, 2)), normal(3, 2, 5)),
    plain("__setitem__", _CUBE, (Ellipsis, 0), [[1, 2, 3, 4]]),
    plain("__setitem__", _CUBE, [0, 2], normal(2, 4, 5)),
    plain("__setitem__", _CUBE, ([0, 1], [1, 2]), normal(2, 5)),
    plain("__setitem__", _CUBE, ([0, 1], [1, 2]), normal(1, 5)),
    plain("__setitem__", _CUBE, _POSITIONS[1], normal(2, 4, 5)),
    plain("__setitem__", _CUBE, slice(None), normal(3, 4, 5, dtype="float64")),
    plain("__setitem__", distinct(4, dtype="int32"), slice(None), 1.7),
    plain("__setitem__", distinct(4, dtype="int32"), 0, 1.7),
    plain("__setitem__", distinct(4, dtype="int32"), [0, 1], 1.7),
    plain("__setitem__", distinct(4, dtype="int32"), slice(None), literal([1.7, -1.7, 2.0, 3.0])),
    plain("__setitem__", distinct(4, dtype="uint8"), slice(1, 3), 7),
    *(kinked("take", _TABLE, literal([0.0, 3.0, 1.0]), **attributes) for attributes in ({}, {"axis": 0})),
    kinked("take", _TABLE, literal([[0.0, 2.0], [1.0, 1.0]]), axis=1),
    kinked("take", _TABLE, literal([0.0, 1.0]), axis=-1),
    *(kinked("take", _TABLE, literal([-1.0, 5.0, -6.0, 2.0]), mode=mode) for mode in ("clip", "wrap")),
    *(kinked("take", _TABLE, literal([-1, 5, 1], "int32"), axis=1, mode=mode) for mode in ("clip", "wrap")),
    kinked("take", _TABLE, literal([0, 3], "int32"), mode="raise"),
    kinked("take", _TABLE, literal([0, 3], "int64")),
    kinked("take", normal(4, 3, dtype="float64"), literal([0, 3], "int32")),
    plain("take", distinct(4, 3, dtype="int32"), literal([0, 3], "int32")),
    plain("take", distinct(5), literal(2.0)).better(
        lambda x, position: x[2], "an array without dimensions is an array"
    ),
    kinked("take", _TABLE, literal([0.7, 1.9, 2.5])),
    kinked("take", _CUBE, literal([[[0, 2]]], "int32"), axis=1),
    plain("batch_take", normal(4, 3), literal([0, 2, 1, 0], "int32")),
    plain("batch_take", normal(4, 3), literal([0, 5, -1, 0], "int32")),
    kinked("pick", _TABLE, literal([0.0, 2.0, 1.0, 0.0])),
    kinked("pick", _TABLE, literal([0, 2, 1, 0], "int32"), axis=1),
    kinked("pick", _TABLE, literal([0.0, 3.0, 1.0]), axis=0),
    kinked("pick", _TABLE, literal([0.0, 2.0, 1.0, 0.0]), keepdims=True),
    kinked("pick", _TABLE, literal([[0.0], [2.0], [1.0], [0.0]]), keepdims=True),
    kinked("pick", _TABLE, literal([[0.0], [2.0], [1.0], [0.0]])),
    *(kinked("pick", _TABLE, literal([-1.0, 5.0, 1.0, -4.0]), mode=mode) for mode in ("clip", "wrap")),
    kinked("pick", _CUBE, literal([[0.0, 1.0, 2.0, 3.0, 4.0]] * 3), axis=1),
    kinked("pick", _CUBE, integers(0, 5, 3, 4), axis=-1),
    plain("pick", distinct(2, 3, dtype="int32"), literal([0, 1], "int32")),
    kinked("choose_element_0index", _TABLE, literal([0.0, 2.0, 1.0, 0.0])),
    plain("one_hot", literal([0.0, 2.0]), 3),
    plain("one_hot", literal([0, 2, 5, -1], "int32"), depth=3),
    plain("one_hot", literal([[0, 1], [2, 0]], "int64"), depth=3, on_value=5, off_value=-1),
    plain("one_hot", literal([0.0, 2.0]), depth=3, dtype="int32"),
    plain("one_hot", literal([0.9, 1.2]), depth=3, dtype="float64"),
    plain("one_hot", literal([0, 2], "uint8"), depth=3, dtype="float16"),
    kinked("gather_nd", _CUBE, literal([[0, 2], [1, 3]], "int32")),
    kinked("gather_nd", _CUBE, literal([[0.0, 2.0], [1.0, 3.0], [4.0, 0.0]])),
    kinked("gather_nd", _CUBE, literal([[0, 2, 0]], "int64")),
    kinked("gather_nd", _CUBE, literal([[[0, 1], [1, 2]], [[0, 1], [1, 1]]], "int32")),
    # MXNet looks negative positions up from the end and loses their gradient.
    sample("gather_nd", _CUBE, literal([[-1, 0], [-2, 1]], "int32")).beyond(),
    kinked("scatter_nd", normal(2), literal([[1, 0], [0, 2]], "int32"), shape=(2, 3)),
    kinked("scatter_nd", normal(2, 3), literal([[1, 0]], "int32"), shape=(4, 3)),
    kinked("scatter_nd", normal(3), literal([[0.0, 2.0, 3.0]]), shape=(5,)),
    kinked("where", literal([1.0, 0.0, -1.0, 0.0]), normal(4), normal(4)),
    kinked("where", literal([[1.0, 0.0], [0.0, 2.0]]), normal(2, 2), normal(2, 2)),
    kinked("where", literal([1.0, 0.0, 1.0]), normal(3, 2), normal(3, 2)),
    kinked("where", literal([1, 0], "int32"), normal(2), normal(2)),
    plain("where", literal([1, 0], "uint8"), distinct(2, dtype="int32"), distinct(2, dtype="int32")),
    kinked("where", literal([math.nan, 0.0]), normal(2), normal(2)),
    kinked("where", literal([1.0, 0.0]), literal([1.0, math.nan]), literal([math.inf, 2.0])),
    kinked("Embedding", literal([0.0, 3.0, 3.0]), _TABLE, input_dim=4, output_dim=3).towards(1),
    kinked("Embedding", literal([[0, 3], [1, 1]], "int32"), _TABLE, input_dim=4, output_dim=3),
    kinked("Embedding", literal([0.0, 9.0, -1.0]), _TABLE, input_dim=4, output_dim=3).towards(1),
    plain(
        "Embedding",
        literal([0, 3], "int32"),
        normal(4, 2, dtype="float64"),
        input_dim=4,
        output_dim=2,
        dtype="float64",
    ),
    kinked("fill_element_0index", normal(3, 4), normal(3), literal([0.0, 3.0, 1.0])).plain(),
    plain("ravel_multi_index", literal([[3, 6, 6], [4, 5, 1]], "int64"), shape=(7, 6)),
    plain("unravel_index", literal([22, 41, 37], "int64"), shape=(7, 6)),
    plain("unravel_index", literal([22.0, 41.0, 37.0]), shape=(7, 6)),
    plain("NDArray.slice_assign_scalar", ramp(4, 5), 9.0, (1, 0), (3, 2), (1, 1)),
    plain("NDArray.slice_assign", ramp(4, 5), normal(2, 2), (1, 0), (3, 2), (1, 1)),
]

ERROR_SAMPLES: list[ErrorSample] = [
    error("IndexError", "__getitem__", _CUBE, 3),
    error("IndexError", "__getitem__", _CUBE, -4),
    error("IndexError", "__getitem__", _CUBE, (0, 0, 0, 0)),
    error("IndexError", "__getitem__", _CUBE, (0, 7)),
    error("ValueError", "__getitem__", _CUBE, "a"),
    error("IndexError", "__getitem__", _CUBE, (Ellipsis, Ellipsis)),
    error("ValueError", "__getitem__", _CUBE, 1.5),
    error("ValueError", "__getitem__", _CUBE, slice(None, None, 0)),
    error("ValueError", "__getitem__", _CUBE, ([0, 1], [0, 1, 2])),
    error("IndexError", "__setitem__", _CUBE, 3, 1.0),
    error("ValueError", "__setitem__", _CUBE, slice(None), normal(3, 3)),
    error("ValueError", "__setitem__", _CUBE, 0, normal(7)),
    error("TypeError", "__setitem__", _CUBE, 0, "a"),
    error("MXNetError", "take", _TABLE, literal([0.0]), axis=2),
    error("MXNetError", "take", _TABLE, literal([0.0]), mode="wrapped"),
    error("MXNetError", "take", _TABLE, literal([9.0]), mode="raise"),
    error("MXNetError", "pick", _TABLE, literal([0.0, 1.0])),
    error("MXNetError", "pick", _TABLE, literal([0.0, 1.0, 1.0, 1.0]), axis=2),
    error("MXNetError", "pick", _TABLE, literal([0.0, 1.0, 1.0, 1.0]), mode="raise"),
    error("MXNetError", "one_hot", literal([0.0])),
    error("MXNetError", "one_hot", literal([0.0]), depth=-1),
    error("MXNetError", "gather_nd", _TABLE, literal([[0], [0], [0]], "int32")),
    error("IndexError", "gather_nd", _TABLE, literal([[9], [0]], "int32")),
    error("MXNetError", "where", literal([1.0, 0.0]), normal(2), normal(3)),
    error("MXNetError", "where", literal([1.0, 0.0, 1.0]), normal(2), normal(2)),
    error("MXNetError", "where", literal([1.0, 0.0]), normal(2), normal(2, dtype="float64")),
    error("MXNetError", "Embedding", literal([0.0]), _TABLE, input_dim=5, output_dim=3),
    error("MXNetError", "batch_take", normal(4, 3), literal([0, 1], "int32")),
    error("MXNetError", "scatter_nd", normal(3), literal([[1, 0], [0, 2]], "int32"), shape=(2, 3)),
]
