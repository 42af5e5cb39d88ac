"""The steps of optimisers as operators. What they return is the new weight; the states they change are recorded too."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .sample import ErrorSample, Sample, error, literal, normal, plain, uniform

# The attributes are float32 in MXNet, whatever the arrays are.
_SINGLE = (1e-6, 1e-9)


def _steps(name: str, states: int, *settings: dict[str, Any], positive: tuple[int, ...] = ()) -> list[Sample]:
    """A call for each setting, on weight, gradient and states; then one in float64, one in float16, one batch."""

    def arrays(*shape: int, dtype: str = "float32") -> list[Any]:
        return [
            uniform(0.1, 1.0, *shape, dtype=dtype) if place in positive else normal(*shape, dtype=dtype)
            for place in range(states)
        ]

    def call(*shape: int, dtype: str = "float32", **more: Any) -> Sample:
        weight, grad = normal(*shape, dtype=dtype), normal(*shape, scale=2.0, dtype=dtype)
        return plain(name, weight, grad, *arrays(*shape, dtype=dtype), **{**settings[0], **more})

    return [
        call(3, 4),
        *(call(7, **more) for more in settings),
        call(7, rescale_grad=0.5),
        call(5, wd=0.1, rescale_grad=-0.25),
        call(6, dtype="float64").near(*_SINGLE),
        call(6, dtype="float16").near(2e-2, 4e-3),
        call(1),
    ]


_LR: dict[str, Any] = {"lr": 0.1}
_CLIPPED = [{"clip_gradient": 0.5}, {"clip_gradient": 0.0, "wd": 0.1}, {"clip_gradient": 1.0, "wd": 0.3}]


def _with(first: dict[str, Any], *more: dict[str, Any]) -> list[dict[str, Any]]:
    return [first, *({**first, **each} for each in (*_CLIPPED, *more))]


_LAMB = {"t": 3, "wd": 0.01}
_LONE = [
    *_steps("sgd_update", 0, *_with(_LR, {"wd": 0.5}, {"lazy_update": False})),
    *_steps("sgd_mom_update", 1, *_with(_LR, {"momentum": 0.9}, {"momentum": 0.9, "wd": 0.5})),
    *_steps("nag_mom_update", 1, *_with(_LR, {"momentum": 0.9}, {"momentum": 0.9, "wd": 0.5})),
    *_steps("signsgd_update", 0, *_with(_LR, {"wd": 0.5})),
    *_steps(
        "signum_update",
        1,
        *_with(_LR, {"momentum": 0.9}, {"momentum": 0.9, "wd": 0.5}, {"momentum": 0.5, "wd_lh": 0.2}),
    ),
    *_steps(
        "adam_update",
        2,
        *_with(_LR, {"wd": 0.5}, {"beta1": 0.5, "beta2": 0.6, "epsilon": 0.1}, {"lazy_update": False}),
        positive=(1,),
    ),
    *_steps(
        "rmsprop_update",
        1,
        *_with(_LR, {"gamma1": 0.5, "epsilon": 0.1}, {"clip_weights": 0.4}, {"clip_weights": 0.0}),
        positive=(0,),
    ),
    *_steps("ftrl_update", 2, *_with(_LR, {"lamda1": 1.5}, {"beta": 0.1, "wd": 0.5}), positive=(1,)),
]
_GRAVES = (normal(5), normal(5), uniform(2.0, 3.0, 5), uniform(-0.5, 0.5, 5), normal(5))
_FTML = (normal(5), normal(5), uniform(1.0, 2.0, 5), uniform(0.1, 1.0, 5), normal(5))
_LAMBDA = (normal(2, 3), normal(2, 3), normal(2, 3), uniform(0.1, 1.0, 2, 3))
_NORMS = (literal([2.0]), literal([4.0]))


def _half(*arrays: Any) -> list[Any]:
    """A weight and a gradient in float16 before arrays in float32."""
    return [normal(5, dtype="float16"), normal(5, dtype="float16"), *arrays]


SAMPLES = [
    *_LONE,
    *(
        plain("rmspropalex_update", *_GRAVES, **attributes)
        for attributes in _with(
            _LR,
            {"gamma1": 0.5, "gamma2": 0.3},
            {"epsilon": 0.5},
            {"clip_weights": 0.3},
            {"rescale_grad": 2.0},
        )
    ),
    *(
        plain("ftml_update", *_FTML, **attributes)
        for attributes in (
            {"lr": 0.1, "t": 1},
            {"lr": 0.1, "t": 5, "wd": 0.1},
            {"lr": 0.1, "t": 2, "clip_grad": 0.3, "rescale_grad": 2.0},
            {"lr": 0.5, "t": 2, "beta1": 0.9, "beta2": 0.9, "epsilon": 0.1},
        )
    ),
    *(
        plain("lamb_update_phase1", *_LAMBDA, **attributes)
        for attributes in (
            _LAMB,
            {**_LAMB, "bias_correction": False},
            {**_LAMB, "clip_gradient": 0.3, "rescale_grad": 2.0},
            {**_LAMB, "beta1": 0.5, "beta2": 0.6, "epsilon": 0.1},
        )
    ),
    plain("lamb_update_phase1", literal([1.0]), literal([0.0]), literal([0.0]), literal([0.0]), t=1, wd=0.0),
    *(
        plain("lamb_update_phase2", normal(2, 3), normal(2, 3), *_NORMS, lr=0.1, **attributes)
        for attributes in (
            {},
            {"lower_bound": 2.5},
            {"upper_bound": 1.5},
            {"lower_bound": 0.0, "upper_bound": 0.0},
            {"lower_bound": 1.0, "upper_bound": 3.0},
        )
    ),
    plain("lamb_update_phase2", normal(3), normal(3), literal([0.0]), literal([4.0]), lr=0.1),
    plain("lamb_update_phase2", normal(3), normal(3), literal([1.0]), literal([0.0]), lr=0.1),
    *(
        plain("mp_sgd_update", *_half(normal(5)), **attributes)
        for attributes in _with(_LR, {"wd": 0.5}, {"rescale_grad": 0.5})
    ),
    *(
        plain(name, *_half(normal(5), normal(5)), **attributes)
        for name in ("mp_sgd_mom_update", "mp_nag_mom_update")
        for attributes in _with(_LR, {"momentum": 0.9}, {"momentum": 0.9, "wd": 0.5, "rescale_grad": 0.5})
    ),
    plain("mp_sgd_update", normal(3), normal(3), normal(3), lr=0.1),
    *(
        plain("mp_lamb_update_phase1", *_half(normal(5), uniform(0.1, 1.0, 5), normal(5)), **attributes)
        for attributes in (_LAMB, {**_LAMB, "bias_correction": False}, {**_LAMB, "clip_gradient": 0.3})
    ),
    *(
        plain(
            "mp_lamb_update_phase2", normal(5, dtype="float16"), normal(5), *_NORMS, normal(5), lr=0.1, **more
        )
        for more in ({}, {"lower_bound": 2.5}, {"upper_bound": 1.5})
    ),
    plain("sgd_update", literal([1.0, 2.0]), literal([math.nan, math.inf]), lr=0.1, clip_gradient=1.0),
    plain("signsgd_update", literal([1.0, 2.0, 3.0]), literal([math.nan, math.inf, 0.0]), lr=0.1),
    plain("ftrl_update", literal([0.0]), literal([0.001]), literal([0.0]), literal([0.0]), lr=0.1),
    plain(
        "multi_lars",
        literal([0.1, 0.2, 0.3, 0.4]),
        literal([4.0, 9.0, 0.0, 1.0]),
        literal([1.0, 4.0, 1.0, 0.0]),
        literal([0.01, 0.0, 0.1, 0.2]),
        eta=0.5,
        eps=0.1,
    ),
    plain(
        "multi_lars",
        literal([0.1], "float64"),
        literal([4.0], "float64"),
        literal([1.0], "float64"),
        literal([0.01], "float64"),
        eta=0.5,
        eps=1e-3,
        rescale_grad=2.0,
    ).better(lambda lr, w, g, wd: lr * 0.5 * 2 / (2.0 * 1 + wd * 2 + 1e-3), "1.9.1 takes float32 alone"),
    plain(
        "multi_lars", literal([0.1]), literal([math.nan]), literal([1.0]), literal([0.0]), eta=0.5, eps=0.1
    ),
    plain("reset_arrays", normal(3), normal(2, 2, dtype="float64"), num_arrays=2),
    plain("reset_arrays", normal(3, dtype="float16"), num_arrays=1),
]


def _alone(name: str, *arrays: Any, expected: Any, **attributes: Any) -> Sample:
    reason = "1.9.1 cannot tell the shape of the result without out="
    return plain(name, *arrays, **attributes).better(expected, reason)


_FALL = {"lrs": (0.5,), "wds": (0.25,)}
_HALF_WEIGHT = literal([1.0, 2.0], "float16")
_HALF_GRAD = literal([1.0, -1.0], "float16")
SAMPLES += [
    _alone(
        "multi_sgd_update",
        normal(2),
        normal(2),
        normal(3),
        normal(3),
        lrs=(0.5, 0.25),
        wds=(0.0, 0.5),
        num_weights=2,
        expected=lambda w, g, v, h: [
            w - np.float32(0.5) * g,
            v - np.float32(0.25) * (h + np.float32(0.5) * v),
        ],
    ),
    _alone(
        "multi_sgd_mom_update",
        normal(2),
        normal(2),
        normal(2),
        momentum=0.5,
        **_FALL,
        expected=lambda w, g, m: [w + m / 2 - (g + w / 4) / 2],
    ),
    _alone(
        "multi_mp_sgd_update",
        _HALF_WEIGHT,
        _HALF_GRAD,
        normal(2),
        **_FALL,
        expected=lambda w, g, w32: [(w32 - (g + w32 / 4) / 2).astype("float16")],
    ),
    _alone(
        "multi_mp_sgd_mom_update",
        _HALF_WEIGHT,
        _HALF_GRAD,
        normal(2),
        normal(2),
        momentum=0.5,
        **_FALL,
        expected=lambda w, g, m, w32: [(w32 + m / 2 - (g + w32 / 4) / 2).astype("float16")],
    ),
    _alone(
        "preloaded_multi_sgd_update",
        normal(2),
        normal(2),
        literal([0.5]),
        literal([0.25]),
        expected=lambda w, g, lr, wd: [w - (g + w / 4) / 2],
    ),
    _alone(
        "preloaded_multi_sgd_mom_update",
        normal(2),
        normal(2),
        normal(2),
        literal([0.5]),
        literal([0.25]),
        momentum=0.5,
        expected=lambda w, g, m, lr, wd: [w + m / 2 - (g + w / 4) / 2],
    ),
    _alone(
        "preloaded_multi_mp_sgd_update",
        _HALF_WEIGHT,
        _HALF_GRAD,
        normal(2),
        literal([0.5]),
        literal([0.25]),
        expected=lambda w, g, w32, lr, wd: [(w32 - (g + w32 / 4) / 2).astype("float16")],
    ),
    _alone(
        "preloaded_multi_mp_sgd_mom_update",
        _HALF_WEIGHT,
        _HALF_GRAD,
        normal(2),
        normal(2),
        literal([0.5]),
        literal([0.25]),
        momentum=0.5,
        expected=lambda w, g, m, w32, lr, wd: [(w32 + m / 2 - (g + w32 / 4) / 2).astype("float16")],
    ),
]

_WHOLE = literal([1, 2], "int32")

ERROR_SAMPLES: list[ErrorSample] = [
    error("MXNetError", "sgd_update", normal(3), normal(3)),
    error("MXNetError", "sgd_update", normal(3), normal(1), lr=0.1),
    error("MXNetError", "sgd_update", normal(3), normal(3, dtype="float64"), lr=0.1),
    error("MXNetError", "sgd_update", _WHOLE, _WHOLE, lr=0.1),
    error("MXNetError", "sgd_update", normal(3), lr=0.1),
    error("MXNetError", "sgd_update", normal(3), normal(3), lr=0.1, momentum=0.9),
    error("MXNetError", "sgd_mom_update", normal(3), normal(3), normal(3, 1), lr=0.1),
    error("MXNetError", "adam_update", normal(3), normal(3), normal(3), normal(2), lr=0.1),
    error("MXNetError", "mp_sgd_update", *_half(normal(5, dtype="float64")), lr=0.1),
    error("MXNetError", "ftml_update", *_FTML, lr=0.1),
    error("MXNetError", "lamb_update_phase1", *_LAMBDA, t=1),
    error("MXNetError", "lamb_update_phase2", normal(2), normal(2), normal(2), normal(2), lr=0.1),
    error("MXNetError", "multi_lars", normal(1), normal(2), normal(1), normal(1), eta=0.1, eps=0.1),
    error("MXNetError", "multi_sgd_update", normal(2), normal(2), normal(2), lrs=(0.1,), wds=(0.0,)),
    error("MXNetError", "multi_sgd_update", normal(2), normal(2), lrs=(0.1, 0.2), wds=(0.0,)),
    error("MXNetError", "multi_sgd_update", normal(2), normal(2), lrs=(0.1,)),
    error("MXNetError", "preloaded_multi_sgd_update", normal(2), normal(2), literal([0.1])),
    error("MXNetError", "reset_arrays", normal(2), normal(2), num_arrays=1),
]
