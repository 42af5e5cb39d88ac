"""Products of vectors, matrices and batches of matrices, and the linear algebra functions."""

from __future__ import annotations

from .sample import ErrorSample, distinct, error, normal, plain, sample

SAMPLES = [
    sample("dot", normal(3), normal(3)),
    sample("dot", normal(2, 3), normal(3)),
    sample("dot", normal(3), normal(3, 2)),
    sample("dot", normal(2, 3), normal(3, 4)),
    sample("dot", normal(2, 3), normal(4, 3), transpose_b=True),
    sample("dot", normal(3, 2), normal(3, 4), transpose_a=True),
    sample("dot", normal(3, 2), normal(4, 3), transpose_a=True, transpose_b=True),
    sample("dot", normal(2, 3, 4), normal(4, 5)),
    sample("dot", normal(2, 3, 4), normal(4, 2, 3)),
    sample("dot", normal(4, 2, 3), normal(4, 5), transpose_a=True),
    sample("dot", normal(2, 3, 4), normal(2, 3, 4), transpose_b=True),
    sample("dot", normal(4, 2, 3), normal(2, 3, 4), transpose_a=True, transpose_b=True),
    sample("dot", normal(2, 3, 4), normal(4)),
    sample("dot", normal(4), normal(4, 2, 3)),
    sample("dot", normal(1, 1), normal(1, 1)),
    sample("dot", normal(2, 3, dtype="float64"), normal(3, 4, dtype="float64")),
    sample("dot", normal(2, 3), normal(3, 4)).plain(),
    plain("dot", normal(33, 65), normal(65, 17)).near(1e-4, 1e-5),
    plain("dot", normal(2, 3, dtype="float16"), normal(3, 4, dtype="float16")).better(
        lambda a, b: a @ b, "half floats have products on a CPU too"
    ),
    sample("batch_dot", normal(2, 3, 4), normal(2, 4, 5)),
    sample("batch_dot", normal(2, 3, 4), normal(2, 5, 4), transpose_b=True),
    sample("batch_dot", normal(2, 4, 3), normal(2, 4, 5), transpose_a=True),
    sample("batch_dot", normal(2, 4, 3), normal(2, 5, 4), transpose_a=True, transpose_b=True),
    sample("batch_dot", normal(2, 2, 3, 4), normal(2, 2, 4, 5)),
    sample("batch_dot", normal(2, 3, 4, dtype="float64"), normal(2, 4, 5, dtype="float64")),
    plain("dot", distinct(2, 2, dtype="int32"), distinct(2, 2, dtype="int32")).better(
        lambda a, b: a @ b, "whole numbers have products too"
    ),
    sample("linalg.gemm2", normal(2, 3), normal(3, 4)),
    sample("linalg.gemm2", normal(2, 3, 4), normal(2, 5, 4), transpose_b=True, alpha=2.0),
    sample("linalg.gemm", normal(2, 3), normal(3, 4), normal(2, 4), alpha=2.0, beta=0.5),
]

ERROR_SAMPLES: list[ErrorSample] = [
    error("MXNetError", "dot", normal(2, 3), normal(2, 3)),
    error("MXNetError", "dot", normal(3), normal(4)),
    error("MXNetError", "dot", normal(2, 3), normal(4, 3), transpose_a=True),
    error("MXNetError", "dot", normal(2, 3), normal(3, 4, dtype="float64")),
    error("MXNetError", "batch_dot", normal(2, 3, 4), normal(3, 4, 5)),
    error("MXNetError", "batch_dot", normal(2, 3, 4), normal(2, 3, 4)),
    error("MXNetError", "batch_dot", normal(3, 4), normal(4, 5)),
    error("AssertionError", "dot", normal(2, 3), 2.0),
    error("MXNetError", "dot", normal(2, 3)),
]
