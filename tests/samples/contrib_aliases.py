"""Operators of ``nd.contrib`` that are others under a second name, or nearly."""

from __future__ import annotations

import numpy as np

from .sample import ErrorSample, Sample, error, integers, kinked, literal, normal, plain, sample, uniform

_X = normal(4, 3, 2)
_CHANNELS = uniform(0.5, 2, 3), normal(3), normal(3), uniform(0.5, 2, 3)
_NORM = {"key": "bn"}
_LIBRARY = "1.9.1 has it with one library for CPUs alone"


def _normalized(x, gamma, beta, mean, var, *, axis=1, eps=1e-3):
    shape = [-1 if d == axis % x.ndim else 1 for d in range(x.ndim)]
    gamma, beta, mean, var = (each.reshape(shape) for each in (gamma, beta, mean, var))
    return np.maximum((x - mean) / np.sqrt(var + eps) * gamma + beta, 0).astype(x.dtype)


def _of_batch(x, gamma, beta, mean, var):
    return _normalized(x, gamma, beta, x.mean((0, 2)), x.var((0, 2)))


SAMPLES: list[Sample] = [
    sample("contrib.SyncBatchNorm", _X, *_CHANNELS, **_NORM).towards(0, 2),
    sample("contrib.SyncBatchNorm", _X, *_CHANNELS, fix_gamma=False, **_NORM).towards(0, 1, 2).trained(),
    plain("contrib.SyncBatchNorm", _X, *_CHANNELS, fix_gamma=False, output_mean_var=True, **_NORM).trained(),
    sample(
        "contrib.SyncBatchNorm",
        _X,
        *_CHANNELS,
        use_global_stats=True,
        fix_gamma=False,
        eps=0.1,
        momentum=0.5,
        **_NORM,
    )
    .towards(0, 1, 2)
    .trained(),
    plain("contrib.BatchNormWithReLU", _X, *_CHANNELS, fix_gamma=False).better(_normalized, _LIBRARY),
    plain("contrib.BatchNormWithReLU", _X, *_CHANNELS, fix_gamma=False).trained().better(_of_batch, _LIBRARY),
    plain("contrib.BatchNormWithReLU", normal(4, 2, 3), *_CHANNELS, fix_gamma=False, axis=-1, eps=0.1).better(
        lambda *arrays: _normalized(*arrays, axis=-1, eps=0.1), _LIBRARY
    ),
    # 1.9.1 has its gradient as a sparse array alone
    sample("contrib.SparseEmbedding", literal([[1, 0], [2, 1]]), normal(3, 4), input_dim=3, output_dim=4)
    .towards(1)
    .beyond(),
    plain("contrib.SparseEmbedding", literal([5, -1]), normal(3, 2), input_dim=3, output_dim=2),
    plain(
        "contrib.SparseEmbedding",
        integers(0, 4, 2, 3, dtype="int32"),
        normal(4, 2),
        input_dim=4,
        output_dim=2,
    ),
    kinked("contrib.CTCLoss", normal(5, 2, 4), literal([[1, 2], [3, 0]])).towards(0),
    kinked("contrib.ctc_loss", normal(5, 2, 4), literal([[1, 2], [0, -1]]), blank_label="last").towards(0),
]

ERROR_SAMPLES: list[ErrorSample] = [
    error("MXNetError", "contrib.SyncBatchNorm", _X, *_CHANNELS),
    error("MXNetError", "contrib.SyncBatchNorm", _X, normal(2), normal(2), normal(2), normal(2), **_NORM),
    error("MXNetError", "contrib.BatchNormWithReLU", _X, normal(2), normal(2), normal(2), normal(2)),
    error("MXNetError", "contrib.SparseEmbedding", literal([1]), normal(3, 4), input_dim=2, output_dim=4),
]
