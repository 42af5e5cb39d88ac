"""Optimiser steps of ``nd.contrib``: AdamW, LAMB and AdaGrad by rows."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from .sample import ErrorSample, Sample, error, literal, normal, plain, ramp, uniform

_W, _G, _M, _V = normal(3, 2), normal(3, 2), normal(3, 2), uniform(0.1, 1, 3, 2)
_W16, _G16 = normal(3, 2, dtype="float16"), normal(3, 2, dtype="float16")
_W1, _G1, _M1, _V1 = normal(4), normal(4), normal(4), uniform(0.1, 1, 4)
_PAIR = [_W, _W1], [_G, _G1], [_M, _M1], [_V, _V1]
_PAIR16 = (
    [_W16, normal(4, dtype="float16")],
    [_G16, normal(4, dtype="float16")],
    [_M, _M1],
    [_V, _V1],
    [_W, _W1],
)
_NOTHING = ramp(3, step=0)
_STEPS = [1, 3], [0.1, 0.2], [0.0, 0.1]
_H = uniform(0.1, 1, 3, 1)
_SPARSE = "1.9.1 has it for sparse gradients alone"
_RETURNED = "1.9.1 returns the new weights through out= alone"
_CHANGED = (
    "1.9.1 leaves the gradient rescaled and clipped, and returns what was in memory where it takes no step"
)
_RATES = {"lrs": [0.1, 0.2], "wds": [0.0, 0.1], "etas": [1.0, 0.9]}


def _in_place(name: str, *inputs: Any, **attributes: Any) -> Sample:
    """A recorded call whose results are its own inputs, which no other call may have."""
    return dataclasses.replace(plain(name, *inputs, **attributes), reason="out= is given")


def _adagrad(lr: float, scale: float = 1.0, clip: float = np.inf, epsilon: float = 1e-5) -> Any:
    def expected(weight: np.ndarray, grad: np.ndarray, history: np.ndarray) -> np.ndarray:
        g = np.clip(grad * scale, -clip, clip).astype(weight.dtype)
        mean = (g * g).mean(tuple(range(1, g.ndim)), keepdims=True)
        return (weight - lr * g / np.sqrt(history + mean + epsilon)).astype(weight.dtype)

    return expected


def _adamw(lr: float, eta: float, wd: float = 0.0, scale: float = 1.0, clip: float = np.inf) -> Any:
    def expected(
        weight: np.ndarray, grad: np.ndarray, mean: np.ndarray, var: np.ndarray, *_: Any
    ) -> np.ndarray:
        g = np.clip(grad * scale, -clip, clip).astype(mean.dtype)
        mean, var = 0.9 * mean + 0.1 * g, 0.999 * var + 0.001 * g * g
        return (weight - eta * (lr * mean / (np.sqrt(var) + 1e-8) + wd * weight)).astype(weight.dtype)

    return expected


def _both(*arrays: np.ndarray) -> list[np.ndarray]:
    """Two weights of _PAIR after a step of AdamW with _RATES."""
    return [
        _adamw(lr, eta, wd, 0.5)(*arrays[place::2])
        for place, (lr, wd, eta) in enumerate(zip(*_RATES.values()))
    ]


SAMPLES: list[Sample] = [
    plain("contrib.adamw_update", _W, _G, _M, _V, 1.0, 0.1, 0.9),
    plain("contrib.adamw_update", _W, _G, _M, _V, literal([1.0]), lr=0.1, eta=0.9, wd=0.1, epsilon=0.5),
    plain("contrib.adamw_update", _W, _G, _M, _V, 1.0, 0.1, 0.9, 0.5, 0.75, 0.1, 0.01),
    plain("contrib.adamw_update", _W, _G, _M, _V, literal([2.0]), lr=0.1, eta=0.9, wd=0.1, clip_gradient=0.2)
    .better(_adamw(0.1, 0.9, 0.1, 2.0, 0.2), _CHANGED)
    .near(2e-5, 1e-5),
    *(
        plain("contrib.adamw_update", _W, _G, _M, _V, literal([scale]), 0.1, 0.9).better(
            lambda weight, *_: weight, _CHANGED
        )
        for scale in (0.0, np.nan, np.inf)
    ),
    plain("contrib.mp_adamw_update", _W16, _G16, _M, _V, _W, 0.5, 0.1, 0.9),
    plain("contrib.mp_adamw_update", _W16, _G16, _M, _V, _W, literal([0.5]), lr=0.1, eta=1.0, wd=0.1),
    plain("contrib.mp_adamw_update", _W16, _G16, _M, _V, _W, 2.0, 0.1, 0.9, clip_gradient=0.3, epsilon=0.01),
    plain("contrib.multi_adamw_update", *_PAIR, 0.5, **_RATES).better(_both, _RETURNED).near(2e-5, 1e-5),
    _in_place("contrib.multi_adamw_update", *_PAIR, 0.5, out=list(_PAIR[0]), **_RATES),
    _in_place(
        "contrib.multi_adamw_update",
        *_PAIR,
        literal([1.5]),
        out=list(_PAIR[0]),
        size=2,
        clip_gradient=0.2,
        beta1=0.5,
        **_RATES,
    ),
    _in_place("contrib.multi_mp_adamw_update", *_PAIR16, 0.5, out=list(_PAIR16[0]), **_RATES),
    _in_place(
        "contrib.multi_mp_adamw_update", *_PAIR16, literal([2.0]), out=list(_PAIR16[0]), epsilon=0.1, **_RATES
    ),
    _in_place(
        "contrib.multi_mp_adamw_update",
        [_W16],
        [_G16],
        [_M],
        [_V],
        [_W],
        1.0,
        [0.1],
        [0.1],
        [1.0],
        out=[_W16],
    ),
    _in_place("contrib.multi_lamb_update", *_PAIR, *_STEPS, out=list(_PAIR[0])),
    _in_place(
        "contrib.multi_lamb_update",
        *_PAIR,
        *_STEPS,
        out=list(_PAIR[0]),
        num_tensors=2,
        lower_bound=0.1,
        upper_bound=1.0,
        bias_correction=False,
        clip_gradient=0.1,
        rescale_grad=2.0,
        beta1=0.8,
        beta2=0.9,
        epsilon=0.1,
    ),
    _in_place(
        "contrib.multi_lamb_update",
        [_NOTHING],
        [normal(3)],
        [_NOTHING],
        [_NOTHING],
        [1],
        [0.1],
        [0.1],
        out=[_NOTHING],
    ),
    _in_place("contrib.multi_mp_lamb_update", *_PAIR16, *_STEPS, out=list(_PAIR16[0])),
    _in_place(
        "contrib.multi_mp_lamb_update",
        *_PAIR16,
        *_STEPS,
        out=list(_PAIR16[0]),
        upper_bound=0.5,
        rescale_grad=0.5,
    ),
    _in_place(
        "contrib.multi_mp_lamb_update", [_W16], [_G16], [_M], [_V], [_W], [2], [0.1], [0.1], out=[_W16]
    ),
    plain("contrib.group_adagrad_update", _W, _G, _H, lr=0.1).better(_adagrad(0.1), _SPARSE),
    plain(
        "contrib.group_adagrad_update", _W, _G, _H, lr=0.1, rescale_grad=2.0, clip_gradient=0.3, epsilon=0.1
    ).better(_adagrad(0.1, 2, 0.3, 0.1), _SPARSE),
    plain(
        "contrib.group_adagrad_update", normal(2, 3, 2), normal(2, 3, 2), uniform(0, 1, 2, 1, 1), lr=0.5
    ).better(_adagrad(0.5), _SPARSE),
]

ERROR_SAMPLES: list[ErrorSample] = [
    error("MXNetError", "contrib.adamw_update", _W, normal(3), _M, _V, 1.0, 0.1, 0.9),
    error("MXNetError", "contrib.adamw_update", _W, _G, _M, _V, literal([1.0], "float64"), 0.1, 0.9),
    error(
        "MXNetError",
        "contrib.multi_adamw_update",
        [_W],
        [_G],
        [_M],
        [_V],
        1.0,
        [0.1, 0.2],
        [0.0],
        [1.0],
        out=[_W],
    ),
    error(
        "MXNetError", "contrib.multi_lamb_update", [_W], [_G], [_M], [_V], [1], [0.1, 0.2], [0.0], out=[_W]
    ),
    error("MXNetError", "contrib.group_adagrad_update", _W, _G, _V, lr=0.1),
]
