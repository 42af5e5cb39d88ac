"""Changes of dtype."""

from __future__ import annotations

import math

from .sample import ErrorSample, Sample, distinct, error, kinked, literal, normal, plain, sample

_FLOATING = ("float32", "float64", "float16")
_WHOLE = ("int32", "int64", "uint8", "int8")


def _casts() -> list[Sample]:
    table = []
    for target in (*_FLOATING, *_WHOLE):
        for source in (*_FLOATING, *_WHOLE):
            table.append(plain("cast", literal([0, 1, 2, 100], source), dtype=target))
        table.append(plain("cast", literal([0.4, 1.9, 2.5, 99.9]), dtype=target))
        table.append(plain("NDArray.astype", literal([0.4, 1.9, 2.5, 99.9]), target))
        if target != "uint8":
            table.append(plain("cast", literal([-1.9, -0.5, -7.0]), dtype=target))
    return table


SAMPLES = [
    *_casts(),
    sample("cast", normal(2, 3), dtype="float64"),
    kinked("cast", normal(2, 3), dtype="float16"),
    kinked("cast", normal(2, 3, dtype="float64"), dtype="float32"),
    kinked("Cast", normal(2, 3), dtype="float32"),
    plain("cast", literal([300, -1, 70000], "int32"), dtype="uint8"),
    plain("cast", literal([300, -1, 70000], "int64"), dtype="int8"),
    plain("cast", literal([1e6, 65504.0, 1e-9]), dtype="float16"),
    plain("cast", literal([math.inf, math.nan]), dtype="float64"),
    plain("cast", literal([0.0, 0.5, -2.0]), dtype="bool"),
    sample("NDArray.astype", normal(2, 3), "float64"),
    plain("NDArray.astype", normal(2, 3), "float32", copy=False),
    sample("amp_cast", normal(2, 3), dtype="float32"),
    kinked("amp_cast", normal(2, 3), dtype="float16"),
    plain("amp_cast", distinct(3, dtype="int32"), dtype="float16"),
    plain("amp_multicast", normal(2), normal(2, dtype="float16"), num_outputs=2).better(
        lambda a, b: [a, b.astype("float32")], "half floats work on a CPU too"
    ),
    plain("amp_multicast", normal(2), normal(2, dtype="float16"), num_outputs=2, cast_narrow=True).better(
        lambda a, b: [a.astype("float16"), b], "half floats work on a CPU too"
    ),
    sample("amp_multicast", normal(2), normal(2, 3), num_outputs=2),
]

ERROR_SAMPLES: list[ErrorSample] = [
    error("TypeError", "NDArray.astype", normal(2), "foo"),
    error("MXNetError", "cast", normal(2)),
    error("TypeError", "cast", normal(2), dtype="foo"),
]
