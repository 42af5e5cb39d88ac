"""Linear algebra: ``nd.linalg`` and its other names ``nd.linalg_*``."""

from __future__ import annotations

import math

import numpy as np

from .sample import ErrorSample, Recipe, Sample, error, kinked, literal, normal, plain, ramp, sample

_SYMMETRIC = [[4.0, 1.0, -0.5], [1.0, 3.0, 0.2], [-0.5, 0.2, 2.0]]
_OTHER = [[2.0, -0.3, 0.1], [-0.3, 1.5, 0.7], [0.1, 0.7, 1.0]]
_TRIANGLE = [[2.0, 9.0, 9.0], [0.5, 1.5, 9.0], [-0.7, 0.3, -1.2]]
_OTHER_TRIANGLE = [[0.8, 0.0, 0.0], [-0.4, 1.1, 0.0], [0.3, -0.9, 1.7]]
# A float32 inverse of a well-conditioned matrix: a few more last places than one operation has.
_SOLVED = (1e-4, 1e-5)


def _both(values: list[list[float]], others: list[list[float]], dtype: str = "float32") -> list[Recipe]:
    """One matrix, and a batch of 1 x 2 of them."""
    return [literal(values, dtype), literal([[values, others]], dtype)]


def _products() -> list[Sample]:
    cube = normal(2, 3, 4)
    double = {"dtype": "float64"}
    found = [
        sample("linalg_gemm", normal(2, 3), normal(3, 4), normal(2, 4)),
        sample("linalg_gemm", normal(2, 3, 4), normal(2, 4, 5), normal(2, 3, 5), alpha=0.5, beta=2.0),
        sample("linalg_gemm", normal(4, 3), normal(4, 2), normal(3, 2), transpose_a=True, beta=-1.0),
        sample("linalg_gemm", normal(3, 4), normal(2, 4), normal(3, 2), transpose_b=True, beta=0.0),
        sample("linalg_gemm", normal(2, 3, 2), normal(2, 3, 2), normal(2, 3, 2), axis=0, alpha=2.0, beta=3.0),
        sample("linalg_gemm", normal(5, 2, 3, 4), normal(4, 2, 3, 6), normal(5, 2, 3, 6), axis=-4),
        sample("linalg_gemm", normal(2, 3, **double), normal(3, 4, **double), normal(2, 4, **double)),
        sample("linalg_gemm2", normal(2, 3), normal(3, 4)),
        sample("linalg_gemm2", cube, normal(2, 5, 4), transpose_b=True, alpha=-2.0),
        sample("linalg_gemm2", normal(2, 4, 3), normal(2, 5, 4), transpose_a=True, transpose_b=True),
        sample("linalg_gemm2", normal(3, 2, 4), normal(4, 2, 5), axis=0),
        sample("linalg_gemm2", normal(2, 3, 3, 2), normal(2, 2, 3, 2), axis=-3, alpha=0.5),
        sample("linalg_gemm2", normal(2, 3, **double), normal(3, 4, **double)),
        sample("linalg_gemm2", normal(1, 1), normal(1, 1)),
        plain("linalg_gemm2", normal(2, 3, dtype="float16"), normal(3, 4, dtype="float16")).better(
            lambda a, b: a @ b, "half floats have products on a CPU too"
        ),
        sample("linalg_syrk", normal(2, 3)),
        sample("linalg_syrk", normal(2, 3), transpose=True, alpha=-0.5),
        sample("linalg_syrk", cube, alpha=2.0),
        sample("linalg_syrk", cube, transpose=True),
        sample("linalg_syrk", normal(3, 2, dtype="float64")),
    ]
    for name in ("linalg_trmm", "linalg_trsm"):
        for transpose in (False, True):
            for rightside in (False, True):
                for lower in (False, True):
                    A, B = literal(_TRIANGLE), normal(2, 3) if rightside else normal(3, 2)
                    flags = {"transpose": transpose, "rightside": rightside, "lower": lower}
                    found.append(sample(name, A, B, **flags).near(*_SOLVED))
        batch = literal([[_TRIANGLE, _OTHER_TRIANGLE]])
        found += [
            sample(name, literal(_TRIANGLE), normal(3, 2)).near(*_SOLVED),
            sample(name, batch, normal(1, 2, 3, 4), alpha=0.5).near(*_SOLVED),
            sample(name, batch, normal(1, 2, 4, 3), rightside=True, alpha=-2.0).near(*_SOLVED),
            sample(name, literal(_TRIANGLE, "float64"), normal(3, 2, dtype="float64")),
        ]
    found.append(plain("linalg_trsm", literal([[0.0, 0.0], [0.0, 1.0]]), literal([[1.0], [1.0]])))
    return found


def _factors() -> list[Sample]:
    positive = [*_both(_SYMMETRIC, _OTHER), *_both(_SYMMETRIC, _OTHER, "float64")]
    triangles = [*_both(_TRIANGLE, _OTHER_TRIANGLE), *_both(_TRIANGLE, _OTHER_TRIANGLE, "float64")]
    # MXNet's gradient is that of a symmetric matrix, the lower triangle alone being read.
    found = [kinked(name, A) for name in ("linalg_potrf", "linalg.syevd") for A in positive]
    found = [item.near(*_SOLVED) if item.inputs[0].dtype == "float32" else item for item in found]
    for name in ("linalg_potri", "linalg_inverse", "linalg_det", "linalg_slogdet"):
        found += [sample(name, A) for A in triangles]
    found += [
        sample("linalg_sumlogdiag", literal(values, dtype))
        for values in (_SYMMETRIC, [_SYMMETRIC, _OTHER], [[0.5]])
        for dtype in ("float32", "float64")
    ]
    found += [
        kinked("linalg_potrf", literal([[4.0, math.nan], [2.0, 5.0]])),
        kinked("linalg_potrf", literal([[4.0]])),
        kinked("linalg.syevd", literal([[0.0, 1.0], [2.0, 3.0]])),
        kinked("linalg.syevd", literal([[-3.0]])),
        kinked("linalg.syevd", literal([[-1.0, 0.5, 0.0], [0.5, -4.0, 2.0], [0.0, 2.0, 1.0]], "float64")),
        plain("linalg.syevd", literal([[2.0, 0.0], [0.0, 2.0]])),
        kinked("linalg_sumlogdiag", literal([[-1.0, 0.0], [0.0, 0.0]])),
        *(kinked(name, literal([[1.0, 2.0], [2.0, 4.0]])) for name in ("linalg_det", "linalg_slogdet")),
        *(
            kinked(name, literal([[[1.0, 2.0], [2.0, 4.0]], [[1.0, 2.0], [3.0, 4.0]]], "float64"))
            for name in ("linalg_det", "linalg_slogdet")
        ),
        *(sample(name, literal([[-2.5]])) for name in ("linalg_inverse", "linalg_det", "linalg_slogdet")),
        *(sample("linalg.gelqf", normal(*shape)).near(*_SOLVED) for shape in ((2, 3), (2, 2, 4), (3, 3))),
        sample("linalg.gelqf", normal(2, 5, dtype="float64")),
        sample("linalg.gelqf", normal(1, 3)).near(*_SOLVED),
    ]
    return found


def _diagonals() -> list[Sample]:
    offsets = (0, 1, 2, -1, -2)
    found = [sample("linalg_extractdiag", ramp(3, 3), offset=offset) for offset in offsets]
    found += [sample("linalg_makediag", normal(3), offset=offset) for offset in offsets]
    for lower in (True, False):
        found += [sample("linalg_extracttrian", ramp(3, 3), offset=offset, lower=lower) for offset in offsets]
        found += [sample("linalg_maketrian", normal(6), offset=offset, lower=lower) for offset in offsets]
    return [
        *found,
        sample("linalg_extractdiag", normal(2, 1, 3, 3)),
        sample("linalg_extractdiag", normal(2, 2, dtype="float64")),
        sample("linalg_makediag", normal(2, 1, 3)),
        sample("linalg_makediag", normal(2, dtype="float64"), offset=1),
        sample("linalg_extracttrian", normal(2, 1, 4, 4)),
        sample("linalg_extracttrian", normal(3, 3, dtype="float64"), lower=False),
        sample("linalg_maketrian", normal(2, 1, 3)),
        sample("linalg_maketrian", normal(1), lower=False),
        sample("linalg_maketrian", normal(3, dtype="float64"), offset=-1),
        plain("linalg_makediag", normal(2, dtype="float16")).better(
            np.diag, "half floats have diagonals too"
        ),
    ]


SAMPLES = [*_products(), *_factors(), *_diagonals()]

_WHOLE = literal([[2, 0], [0, 2]], "int32")

ERROR_SAMPLES: list[ErrorSample] = [
    error("MXNetError", "linalg_gemm", normal(2, 3), normal(3, 4), normal(4, 2)),
    error("MXNetError", "linalg_gemm", normal(2, 3), normal(2, 4), normal(2, 4)),
    error("MXNetError", "linalg_gemm2", normal(2, 3), normal(2, 3)),
    error("MXNetError", "linalg_gemm2", normal(1, 2, 2), normal(3, 2, 2)),
    error("MXNetError", "linalg_gemm2", normal(2, 2, 2), normal(2, 2, 2), axis=-1),
    error("MXNetError", "linalg_gemm2", normal(2), normal(2)),
    error("MXNetError", "linalg_gemm2", normal(2, 2), normal(2, 2, dtype="float64")),
    error("MXNetError", "linalg_gemm2", _WHOLE, _WHOLE),
    error("MXNetError", "linalg_gemm", normal(2, 3), normal(3, 4)),
    *(
        problem
        for name in ("linalg_trmm", "linalg_trsm")
        for problem in (
            error("MXNetError", name, normal(2, 3), normal(3, 2)),
            error("MXNetError", name, normal(3, 3), normal(2, 3)),
            error("MXNetError", name, normal(3, 3), normal(3, 2), rightside=True),
            error("MXNetError", name, normal(2, 3, 3), normal(1, 3, 2)),
            error("MXNetError", name, _WHOLE, _WHOLE),
        )
    ),
    error("MXNetError", "linalg_syrk", normal(3)),
    error("MXNetError", "linalg_syrk", _WHOLE),
    *(
        problem
        for name in ("linalg_potrf", "linalg_potri", "linalg.syevd", "linalg_inverse", "linalg_det")
        for problem in (
            error("MXNetError", name, normal(2, 3)),
            error("MXNetError", name, normal(3)),
            error("MXNetError", name, _WHOLE),
        )
    ),
    error("MXNetError", "linalg_slogdet", normal(2, 3)),
    error("MXNetError", "linalg_sumlogdiag", normal(2, 3)),
    error("MXNetError", "linalg_potrf", literal([[1.0, 2.0], [2.0, 1.0]])),
    error("MXNetError", "linalg_potri", literal([[0.0, 0.0], [1.0, 1.0]])),
    error("MXNetError", "linalg_inverse", literal([[1.0, 2.0], [2.0, 4.0]])),
    error("MXNetError", "linalg.gelqf", normal(3, 2)),
    error("MXNetError", "linalg_extractdiag", normal(2, 3)),
    error("MXNetError", "linalg_extractdiag", normal(3, 3), offset=3),
    error("MXNetError", "linalg_extracttrian", normal(3, 3), offset=-3),
    error("MXNetError", "linalg_extracttrian", normal(2, 3)),
    error("MXNetError", "linalg_maketrian", normal(5)),
    error("MXNetError", "linalg_makediag", literal([1, 2], "int32")),
    error("MXNetError", "linalg_det"),
]
