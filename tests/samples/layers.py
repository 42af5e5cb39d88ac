"""Functions that layers of a network are made of."""

from __future__ import annotations

import math

import numpy as np

from .sample import ErrorSample, Sample, error, kinked, literal, normal, plain, sample, uniform

_CUBE = normal(2, 3, 4)
_EXTREME = literal([[1000.0, 0.0, -1000.0], [-1e30, -1e30, 0.0], [88.0, 89.0, 90.0]])
_INFINITE = literal([[-math.inf, 0.0, 1.0]])


def _softmaxes(name: str) -> list[Sample]:
    return [
        sample(name, normal(3, 4)),
        sample(name, normal(5)),
        sample(name, _CUBE, axis=0),
        sample(name, _CUBE, axis=1),
        sample(name, _CUBE, axis=-1),
        sample(name, _CUBE, axis=-2),
        sample(name, normal(3, 4), temperature=2.5),
        sample(name, normal(3, 4), axis=0, temperature=0.5),
        sample(name, normal(3, 4, dtype="float64")),
        kinked(name, normal(3, 4, dtype="float16")),
        plain(name, normal(3, 4, dtype="float16"), dtype="float32").near(4e-3, 2e-3),
        plain(name, normal(3, 4), dtype="float64").near(2e-5, 2e-6),
        kinked(name, _EXTREME),
        plain(name, _INFINITE),
        plain(name, normal(2, 1)),
    ]


_NORMALISED = (normal(4, 3, 2), uniform(0.5, 1.5, 3), normal(3), normal(3, scale=0.1), uniform(0.5, 1.5, 3))
_GROUPS = (
    normal(2, 4, 3, dtype="float64"),
    uniform(0.5, 1.5, 2, dtype="float64"),
    normal(2, dtype="float64"),
)
_BATCH = [
    # gamma is fixed unless the call says otherwise; the statistics are inputs that training updates.
    {},
    {"fix_gamma": False},
    {"fix_gamma": False, "eps": 0.1, "momentum": 0.5},
    {"fix_gamma": False, "use_global_stats": True},
    {"fix_gamma": False, "eps": 1e-5},
]


SAMPLES = [
    sample("FullyConnected", normal(4, 3), normal(2, 3), normal(2), num_hidden=2),
    sample("FullyConnected", normal(4, 3), normal(2, 3), num_hidden=2, no_bias=True),
    sample("FullyConnected", normal(4, 3, 2), normal(2, 6), normal(2), num_hidden=2),
    sample("FullyConnected", normal(4, 3, 2), normal(5, 2), normal(5), num_hidden=5, flatten=False),
    sample("FullyConnected", normal(4, 3, 2), normal(5, 2), num_hidden=5, flatten=False, no_bias=True),
    sample("FullyConnected", normal(4), normal(2, 4), normal(2), num_hidden=2, flatten=False),
    sample("FullyConnected", normal(1, 3), normal(2, 3), normal(2), num_hidden=2),
    sample(
        "FullyConnected",
        normal(4, 3, dtype="float64"),
        normal(2, 3, dtype="float64"),
        normal(2, dtype="float64"),
        num_hidden=2,
    ),
    *(
        sample("Activation", normal(3, 4), act_type=kind)
        for kind in ("relu", "sigmoid", "tanh", "softrelu", "softsign")
    ),
    *(
        kinked("Activation", literal([-100.0, 0.0, 20.0, 100.0, math.inf, -math.inf]), act_type=kind)
        for kind in ("relu", "sigmoid", "tanh", "softrelu", "softsign")
    ),
    *(
        sample("Activation", normal(5, dtype="float64"), act_type=kind)
        for kind in ("relu", "sigmoid", "tanh", "softrelu", "softsign")
    ),
    sample("LeakyReLU", normal(3, 4)),
    sample("LeakyReLU", normal(3, 4), act_type="leaky", slope=0.1),
    sample("LeakyReLU", normal(3, 4), act_type="elu"),
    sample("LeakyReLU", normal(3, 4), act_type="elu", slope=1.0),
    # MXNet differentiates selu as lambda * (y + alpha), which is not its slope; networks were trained with that.
    kinked("LeakyReLU", normal(3, 4), act_type="selu"),
    sample("LeakyReLU", normal(3, 4), act_type="gelu"),
    sample("LeakyReLU", normal(3, 4), uniform(0.1, 0.4, 4), act_type="prelu"),
    sample("LeakyReLU", normal(3, 4), uniform(0.1, 0.4, 1), act_type="prelu"),
    sample("LeakyReLU", _CUBE, uniform(0.1, 0.4, 3), act_type="prelu"),
    sample("LeakyReLU", normal(3, 4), act_type="rrelu", lower_bound=0.1, upper_bound=0.3).better(
        lambda x: [np.where(x > 0, x, np.float32(0.2) * x), np.full_like(x, 0.2)],
        "1.9.1 returns uninitialised memory for the slopes, the second output",
    ),
    sample("LeakyReLU", normal(3, 4, dtype="float64"), act_type="gelu").near(1e-6, 1e-7),
    *(
        kinked("LeakyReLU", literal([-math.inf, -100.0, 0.0, -0.0, 100.0]), act_type=kind)
        for kind in ("leaky", "elu", "gelu")
    ),
    plain("LeakyReLU", literal([-math.inf, -100.0, 0.0, -0.0, 100.0, math.nan]), act_type="selu"),
    *(item for name in ("softmax", "log_softmax", "softmin") for item in _softmaxes(name)),
    kinked("softmax", normal(3, 4), literal([2, 4, 1], "int32"), use_length=True),
    kinked(
        "softmax", normal(2, 3, 4), literal([[1, 2, 3, 1], [3, 1, 2, 2]], "int32"), axis=1, use_length=True
    ),
    kinked("softmax", normal(3, 4), literal([2, 4, 1], "int32"), use_length=True, temperature=2.0),
    sample("SoftmaxActivation", normal(3, 4)),
    sample("SoftmaxActivation", _CUBE, mode="channel"),
    kinked("Softmax", normal(3, 4), literal([0.0, 3.0, 1.0])).towards(0),
    sample("Dropout", normal(3, 4)),
    sample("Dropout", normal(3, 4), p=0.9),
    sample("Dropout", normal(3, 4), p=0.0).trained(),
    kinked("Dropout", normal(40), p=0.5).trained().seeded(0),
    kinked("Dropout", normal(40), p=0.3, mode="always").seeded(5),
    kinked("Dropout", normal(6, 7), p=0.4, axes=(0,)).trained().seeded(2),
    *(sample("BatchNorm", *_NORMALISED, **attributes).towards(0, 1, 2) for attributes in _BATCH),
    *(sample("BatchNorm", *_NORMALISED, **attributes).towards(0, 1, 2).trained() for attributes in _BATCH),
    sample("BatchNorm", normal(5, 3), *_NORMALISED[1:], fix_gamma=False).towards(0, 1, 2).trained(),
    sample("BatchNorm", normal(2, 4, 3), *_NORMALISED[1:], fix_gamma=False, axis=-1)
    .towards(0, 1, 2)
    .trained(),
    sample("BatchNorm", normal(2, 3, 4, 5), *_NORMALISED[1:], fix_gamma=False).towards(0, 1, 2).trained(),
    plain("BatchNorm", *_NORMALISED, fix_gamma=False, output_mean_var=True).trained(),
    sample("LayerNorm", normal(4, 3), uniform(0.5, 1.5, 3), normal(3)),
    sample("LayerNorm", normal(4, 3, 2), uniform(0.5, 1.5, 3), normal(3), axis=1),
    sample("LayerNorm", normal(4, 3, 2), uniform(0.5, 1.5, 4), normal(4), axis=0, eps=0.1),
    plain("LayerNorm", normal(4, 3), uniform(0.5, 1.5, 3), normal(3), output_mean_var=True),
    sample("InstanceNorm", normal(2, 3, 5), uniform(0.5, 1.5, 3), normal(3)),
    sample("InstanceNorm", normal(2, 3, 2, 3), uniform(0.5, 1.5, 3), normal(3), eps=0.1),
    sample("InstanceNorm", normal(3, 2, 1, 4), uniform(0.5, 1.5, 2), normal(2), eps=1e-5),
    sample("GroupNorm", normal(2, 4, 3), uniform(0.5, 1.5, 2), normal(2), num_groups=2).near(1e-4, 1e-5),
    sample("GroupNorm", normal(2, 4, 3), uniform(0.5, 1.5, 1), normal(1)).near(1e-4, 1e-5),
    sample("GroupNorm", normal(2, 6, 2, 3), uniform(0.5, 1.5, 3), normal(3), num_groups=3, eps=0.1).near(
        1e-4, 1e-5
    ),
    sample("GroupNorm", *_GROUPS, num_groups=2),
    # 1.9.1 rounds eps to float32.
    sample("GroupNorm", *_GROUPS, num_groups=2, eps=0.1).near(1e-7, 1e-7),
    plain("GroupNorm", *_GROUPS, num_groups=2, eps=0.1, output_mean_var=True).near(1e-7, 1e-7),
    sample("LRN", normal(1, 5, 2, 3), nsize=3).near(1e-4, 1e-5),
    sample("LRN", normal(2, 6, 1, 2), nsize=5, alpha=0.5, beta=0.5, knorm=1.0).near(1e-4, 1e-5),
    sample("LRN", normal(2, 4, 2, 1), nsize=1, alpha=0.1, beta=1.0).near(1e-4, 1e-5),
    sample("LRN", normal(1, 2, 2, 2), nsize=5, alpha=0.5).near(1e-4, 1e-5),
    *(sample("LRN", normal(1, 5, 2, 2), nsize=n, alpha=0.7, knorm=1.5).near(1e-4, 1e-5) for n in (2, 4)),
    kinked("L2Normalization", normal(2, 3, 2, dtype="float16"), mode="spatial", eps=0.5).near(1e-2, 1e-2),
    sample("L2Normalization", normal(2, 3, 2, 2, dtype="float64"), mode="spatial", eps=0.5),
    sample("L2Normalization", normal(3, 2, dtype="float64"), mode="instance"),
    *(sample("L2Normalization", normal(2, 3, 4), mode=mode) for mode in ("instance", "channel", "spatial")),
]

ERROR_SAMPLES: list[ErrorSample] = [
    error("MXNetError", "FullyConnected", normal(4, 3), normal(2, 4), normal(2), num_hidden=2),
    error("MXNetError", "FullyConnected", normal(4, 3), normal(2, 3), normal(3), num_hidden=2),
    error("MXNetError", "FullyConnected", normal(4, 3), normal(2, 3), normal(2), num_hidden=3),
    error("MXNetError", "FullyConnected", normal(4, 3), normal(2, 3), normal(2)),
    error(
        "MXNetError", "FullyConnected", normal(4, 3), normal(2, 3, dtype="float64"), normal(2), num_hidden=2
    ),
    error("MXNetError", "Activation", normal(3), act_type="swish"),
    error("MXNetError", "Activation", normal(3)),
    error("MXNetError", "LeakyReLU", normal(3), act_type="relu"),
    error("MXNetError", "softmax", literal([1, 2], "int32")),
    error("MXNetError", "softmax", normal(3), axis=1),
    error("MXNetError", "Dropout", normal(3), p=1.5),
    error("MXNetError", "Dropout", normal(3), mode="never"),
    error("MXNetError", "LayerNorm", normal(4, 3), normal(4), normal(4)),
    error("MXNetError", "BatchNorm", normal(4, 3), normal(4), normal(4), normal(4), normal(4)).because(
        "MXNet reads the wrong statistics"
    ),
    error("MXNetError", "GroupNorm", normal(2, 4, 3), normal(4), normal(4), num_groups=2),
    error("MXNetError", "GroupNorm", normal(2, 4, 3), normal(3), normal(3), num_groups=3),
    error("MXNetError", "GroupNorm", normal(2, 4), normal(2), normal(2), num_groups=2),
    error("MXNetError", "InstanceNorm", normal(2, 4), normal(4), normal(4)),
    error("MXNetError", "InstanceNorm", normal(2, 4, 3), normal(3), normal(3)),
    error("MXNetError", "LRN", normal(1, 5, 2, 2)),
    error("MXNetError", "LRN", normal(1, 5, 2), nsize=3),
    error("MXNetError", "LRN", normal(1, 5, 2, 2, 2), nsize=3),
    error("MXNetError", "LRN", normal(1, 5, 2, 2), nsize=0).because("MXNet divides by zero"),
    error("MXNetError", "L2Normalization", normal(2, 3), mode="channel"),
    error("MXNetError", "L2Normalization", normal(2, 3), mode="rows"),
]
