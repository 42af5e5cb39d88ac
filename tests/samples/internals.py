"""Operators without a name of their own in ``nd``: what symbol files and ``nd._internal`` are made of."""

from __future__ import annotations

import numpy as np

from .sample import ErrorSample, distinct, error, literal, normal, plain, sample

_PLACES = literal([[0.0, 2.0], [1.0, 3.0]])


def _with(array: np.ndarray, key: object, value: np.ndarray) -> np.ndarray:
    result = array.copy()
    result[key] = value
    return result


SAMPLES = [
    *(
        plain(f"_internal.{name}", **attributes)
        for name in ("_zeros", "_ones")
        for attributes in ({"shape": (2, 3)}, {"shape": 2}, {"shape": (2,), "dtype": "int32"})
    ),
    plain("_internal._zeros", shape=(2,), ctx="", dtype="float64").better(
        lambda: np.zeros(2), "1.9.1 writes an empty context into symbol files, which leaves it open"
    ),
    plain("_internal._zeros", shape=(2,), ctx="cpu(0)"),
    plain("_internal._full", shape=(2, 2), value=3.5),
    plain("_internal._full", shape=(3,), value=3.5, dtype="int32"),
    plain("_internal._full", shape=(1,), value=-0.1, dtype="float64").near(1e-7, 0),
    plain("_internal._eye", N=2),
    plain("_internal._eye", N=2, M=3, k=1, dtype="int32"),
    plain("_internal._eye", N=3, M=2, k=-1),
    plain("_internal._eye", N=2, k=5),
    plain("_internal._arange", start=4),
    plain("_internal._arange", start=0, stop=5, step=2),
    plain("_internal._arange", start=0, stop=2, repeat=2),
    plain("_internal._arange", start=5, stop=0, step=-2, dtype="int32"),
    plain("_internal._arange", start=0.5, stop=5.5, step=1.7, dtype="int32"),
    plain("_internal._arange", start=0, stop=1, step=0.3),
    plain("_internal._arange", start=0, stop=1, step=0.1, dtype="float64"),
    plain("_internal._arange", start=0, stop=3, dtype="float16"),
    plain("_internal._linspace", start=0, stop=1, num=5),
    plain("_internal._linspace", start=0, stop=1, num=5, endpoint=False),
    plain("_internal._linspace", start=0, stop=10, num=4, dtype="int32"),
    plain("_internal._linspace", start=1, stop=1, num=1),
    # MXNet has no gradient of these; the elements keep it where they stand.
    sample("_internal._slice_assign", normal(3, 4), normal(2, 2), begin=(0, 1), end=(2, 3)).beyond(),
    sample(
        "_internal._slice_assign",
        normal(3, 4),
        normal(2, 2),
        begin=(None, None),
        end=(None, None),
        step=(2, 2),
    ).beyond(),
    sample(
        "_internal._slice_assign", normal(3, 4), normal(2, 2), begin=(2, 3), end=(None, 1), step=(-2, -1)
    ).beyond(),
    sample("_internal._slice_assign", normal(3, 4), normal(1, 4), begin=(0,), end=(1,)).beyond(),
    plain(
        "_internal._slice_assign",
        distinct(4, dtype="int32"),
        distinct(2, dtype="int32"),
        begin=(1,),
        end=(3,),
    ),
    sample("_internal._slice_assign_scalar", normal(3, 4), scalar=-1.5, begin=(0, 1), end=(2, 3)).beyond(),
    sample(
        "_internal._slice_assign_scalar", normal(3, 4), scalar=2, begin=(2, 3), end=(None, 1), step=(-2, -1)
    ).beyond(),
    sample("_internal._slice_assign_scalar", normal(3, 4), begin=(2,), end=(2,)).beyond(),
    plain("_internal._slice_assign_scalar", literal([1, 2, 3], "int32"), scalar=1.7, begin=(1,), end=(2,)),
    plain("_internal._scatter_set_nd", normal(3, 4), normal(2), _PLACES, shape=(3, 4)).better(
        lambda x, y, i: _with(x, ([0, 2], [1, 3]), y), "1.9.1 takes this call with out= alone"
    ),
    plain("_internal._scatter_set_nd", normal(3, 4), normal(1, 4), literal([[1.0]]), shape=(3, 4)).better(
        lambda x, y, i: _with(x, [1], y), "1.9.1 takes this call with out= alone"
    ),
    sample("_internal._split_v2", normal(3, 4), indices=(0, 1, 3)),
    sample("_internal._split_v2", normal(4, 3), indices=(0, 1), axis=0),
    sample("_internal._split_v2", normal(3, 4), indices=(), sections=2),
    sample("_internal._split_v2", normal(3, 4), indices=(), sections=3),
    sample("_internal._split_v2", normal(3, 2), indices=(0, 1), squeeze_axis=True),
    sample("_internal._split_v2", normal(2, 3, 4), indices=(0, 2), axis=-1),
    plain("_internal._copyto", normal(2, 3)).better(lambda x: x, "1.9.1 takes this call with out= alone"),
    sample("_internal._identity_with_attr_like_rhs", normal(2, 3), normal(2, 3)).towards(0),
    sample("_internal._rnn_param_concat", normal(2), normal(3), dim=0),
    sample("_internal._rnn_param_concat", normal(1, 2), normal(1, 3)),
    plain("_internal._ravel_multi_index", literal([[0.0, 1.0], [2.0, 3.0]]), shape=(2, 4)),
    plain("_internal._unravel_index", literal([2.0, 7.0]), shape=(2, 4)),
]

ERROR_SAMPLES: list[ErrorSample] = [
    error("MXNetError", "_internal._zeros"),
    error("MXNetError", "_internal._zeros", shape=(-2,)),
    error("MXNetError", "_internal._full", shape=(2,)),
    error("MXNetError", "_internal._arange", start=0, stop=4, step=0),
    error("MXNetError", "_internal._arange", start=0, stop=0),
    error("MXNetError", "_internal._arange", start=3, stop=0),
    error("MXNetError", "_internal._linspace", start=0, stop=1),
    error("MXNetError", "_internal._slice_assign", normal(3, 4), normal(2, 3), begin=(0, 1), end=(2, 3)),
    error("MXNetError", "_internal._slice_assign", normal(3, 4), normal(1, 2), begin=(0, 1), end=(2, 3)),
    error("MXNetError", "_internal._split_v2", normal(3, 4), indices=(1, 3)),
    error("MXNetError", "_internal._split_v2", normal(3, 4), indices=(0, 9)),
    error("MXNetError", "_internal._split_v2", normal(3, 4), indices=(0, 2), squeeze_axis=True),
    error("MXNetError", "_internal._identity_with_attr_like_rhs", normal(2), normal(3)),
    error("MXNetError", "_internal._rnn_param_concat", normal(2, 2), normal(3, 3), dim=0),
]
