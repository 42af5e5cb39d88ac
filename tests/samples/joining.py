"""Functions that put arrays together or take one apart."""

from __future__ import annotations

import numpy as np

from .sample import ErrorSample, distinct, error, normal, plain, sample

_CUBE = normal(2, 6, 4)

SAMPLES = [
    sample("concat", normal(2, 3), normal(2, 4)),
    sample("concat", normal(2, 3), normal(4, 3), dim=0),
    sample("concat", normal(2, 3, 4), normal(2, 3, 1), normal(2, 3, 2), dim=2),
    sample("concat", normal(2, 3), normal(2, 4), dim=-1),
    sample("concat", normal(2, 3)),
    sample("concat", normal(3), normal(2), dim=0),
    sample("Concat", normal(2, 3), normal(2, 4), dim=1),
    plain("concat", distinct(2, 2, dtype="int32"), distinct(2, 1, dtype="int32")),
    plain("concat", distinct(2, dtype="float64"), distinct(3, dtype="float64"), dim=0),
    plain("concat", distinct(2, dtype="uint8"), distinct(3, dtype="uint8"), dim=0),
    plain("concat", distinct(2, dtype="float16"), distinct(3, dtype="float16"), dim=0),
    plain("concat", [normal(2), normal(2)], dim=0).better(
        lambda a, b: np.concatenate([a, b]), "a list of arrays can mean nothing else"
    ),
    plain("stack", [normal(2), normal(2)]).better(
        lambda a, b: np.stack([a, b]), "a list of arrays can mean nothing else"
    ),
    plain("concatenate", [normal(2, 3), normal(1, 3)]),
    plain("concatenate", [normal(2, 3), normal(2, 1)], axis=1),
    plain("concatenate", [normal(2, 3)]),
    sample("stack", normal(2, 3), normal(2, 3)),
    sample("stack", normal(2, 3), normal(2, 3), axis=1),
    sample("stack", normal(2, 3), normal(2, 3), normal(2, 3), axis=-1),
    sample("stack", normal(2, 3), axis=2),
    plain("stack", distinct(3, dtype="int32"), distinct(3, dtype="int32")),
    sample("split", _CUBE, num_outputs=3),
    sample("split", _CUBE, num_outputs=2, axis=0),
    sample("split", _CUBE, num_outputs=2, axis=-1),
    sample("split", _CUBE, num_outputs=2, axis=0, squeeze_axis=True),
    sample("split", _CUBE, num_outputs=6, axis=1, squeeze_axis=True),
    sample("split", _CUBE, num_outputs=1),
    sample("split", normal(4), num_outputs=2, axis=0),
    sample("split", _CUBE, 3, 1),
    sample("SliceChannel", _CUBE, num_outputs=3),
    plain("split", distinct(4, 2, dtype="int32"), num_outputs=2, axis=0),
    sample("split_v2", _CUBE, 3, axis=1),
    sample("split_v2", _CUBE, (1, 4), axis=1),
    sample("split_v2", _CUBE, (1,)),
    sample("split_v2", _CUBE, 2),
    sample("split_v2", _CUBE, 2, axis=0, squeeze_axis=True),
    sample("split_v2", _CUBE, (2, 3), axis=-1),
    plain("split_v2", _CUBE, [2, 5], axis=1).better(
        lambda x: np.split(x, [2, 5], axis=1), "a list of places means what a tuple means"
    ),
    sample("NDArray.split", _CUBE, num_outputs=2, axis=2),
    sample("NDArray.split_v2", _CUBE, (1, 4), axis=1),
    sample("khatri_rao", normal(2, 3), normal(4, 3)).plain(),
]

ERROR_SAMPLES: list[ErrorSample] = [
    error("MXNetError", "concat", normal(2, 3), normal(3, 4), dim=0),
    error("MXNetError", "concat", normal(2, 3), normal(2, 3), dim=2),
    error("MXNetError", "concat", normal(2, 3), normal(2, 3, 1)),
    error("MXNetError", "concat", normal(2, 3), normal(2, 3, dtype="float64")),
    error("MXNetError", "stack", normal(2), normal(3)),
    error("MXNetError", "stack", normal(2), normal(2), axis=2),
    error("MXNetError", "stack", normal(2), normal(2, dtype="float64")),
    error("MXNetError", "split", _CUBE, num_outputs=4),
    error("MXNetError", "split", _CUBE, num_outputs=2, axis=3),
    error("MXNetError", "split", _CUBE),
    error("MXNetError", "split", _CUBE, num_outputs=3, squeeze_axis=True),
    error("ValueError", "split_v2", _CUBE, 4, axis=1),
]
