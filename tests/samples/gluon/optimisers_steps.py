"""Ten updates of four weights by an updater: every optimiser with weight decay, clipping, multipliers and copies of
half-precision weights in single. Gradients depend on the weights, so that a wrong step shows in the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .scenario import Scenario

_OPTIMISERS: dict[str, tuple[str, dict[str, Any]]] = {
    "sgd": ("sgd", {}),
    "sgd momentum": ("sgd", {"momentum": 0.9}),
    "ccsgd momentum": ("ccsgd", {"momentum": 0.5}),
    "nag": ("nag", {}),
    "nag momentum": ("nag", {"momentum": 0.9}),
    "signum": ("signum", {}),
    "signum no momentum": ("signum", {"momentum": 0.0}),
    "signum wd_lh": ("signum", {"momentum": 0.5, "wd_lh": 0.1}),
    "dcasgd": ("dcasgd", {}),
    "dcasgd lamda": ("dcasgd", {"lamda": 1.0}),
    "sgld": ("sgld", {}),
    "adagrad": ("adagrad", {}),
    "groupadagrad": ("groupadagrad", {}),
    "adadelta": ("adadelta", {}),
    "adam": ("adam", {}),
    "adam betas": ("adam", {"beta1": 0.8, "beta2": 0.99, "epsilon": 1e-3}),
    "adamax": ("adamax", {}),
    "adamax betas": ("adamax", {"beta1": 0.8, "beta2": 0.9}),
    "nadam": ("nadam", {}),
    "nadam decay": ("nadam", {"schedule_decay": 0.1, "beta1": 0.8, "epsilon": 1e-3}),
    "rmsprop": ("rmsprop", {}),
    "rmsprop centered": ("rmsprop", {"centered": True, "gamma2": 0.7}),
    "ftrl": ("ftrl", {}),
    "ftrl lamda1 beta": ("ftrl", {"lamda1": 0.5, "beta": 0.3}),
    "ftml": ("ftml", {}),
    "ftml betas": ("ftml", {"beta1": 0.7, "beta2": 0.99, "epsilon": 1e-3}),
    "lars": ("lars", {}),
    "lars momentum": ("lars", {"momentum": 0.9, "eta": 0.1, "eps": 0.01}),
    "lamb": ("lamb", {}),
    "lamb bounds": ("lamb", {"lower_bound": 2.0, "upper_bound": 2.2}),
    "lamb no correction": ("lamb", {"bias_correction": False}),
    "lbsgd": ("lbsgd", {"momentum": 0.5}),
    "lbsgd linear": (
        "lbsgd",
        {"batch_scale": 2, "warmup_epochs": 1, "updates_per_epoch": 6, "momentum": 0.5},
    ),
    "lbsgd lars": ("lbsgd", {"batch_scale": 2, "warmup_strategy": "lars"}),
    "lbsgd sqrt": (
        "lbsgd",
        {
            "batch_scale": 3,
            "warmup_strategy": "sqrt",
            "begin_epoch": 1,
            "warmup_epochs": 2,
            "updates_per_epoch": 5,
        },
    ),
    "test": ("test", {}),
}
_COMMON: dict[str, dict[str, Any]] = {
    "": {},
    "wd clip": {"wd": 0.05, "clip_gradient": 0.3, "learning_rate": 0.2},
    "names begin": {
        "wd": 0.1,
        "begin_num_update": 3,
        "param_idx2name": {0: "a_weight", 1: "a_bias", 2: "b_gamma"},
    },
    "half": {"multi_precision": True, "learning_rate": 0.05},
}
_STEPS = 10


def _arrays(state: Any) -> Iterator[np.ndarray]:
    if isinstance(state, (tuple, list)):
        for each in state:
            yield from _arrays(each)
    elif state is not None:
        yield state.asnumpy()


def _stepped(optimiser: str, options: dict[str, Any], mx: Any, dtype: str = "float32") -> list[np.ndarray]:
    source = np.random.RandomState(1)
    shapes = [(3, 2), (2, 1)] if optimiser == "groupadagrad" else [(3, 2), (2,), (2, 2, 2), (5,)]
    weights = [mx.nd.array(source.standard_normal(shape), dtype=dtype) for shape in shapes]
    made = mx.optimizer.create(optimiser, rescale_grad=0.5, **options)
    if "param_idx2name" in options:
        made.set_lr_mult({0: 0.5, "a_bias": 2.0})
        made.set_wd_mult({3: 0.1, "b_gamma": 3.0})
    updater = mx.optimizer.get_updater(made)
    mx.random.seed(5)
    for _ in range(_STEPS):
        noise = [source.standard_normal(shape) for shape in shapes]
        gradients = [
            mx.nd.array(2 * n + 0.3 * weight.asnumpy(), dtype=dtype) for n, weight in zip(noise, weights)
        ]
        if updater.aggregate_updates:
            updater(list(range(len(weights))), gradients, weights)
        else:
            for index, (gradient, weight) in enumerate(zip(gradients, weights)):
                updater(index, gradient, weight)
    # where LBSGD keeps its sums is another matter
    states = [] if optimiser == "lbsgd" else [updater.states[index] for index in range(len(weights))]
    return [*(weight.asnumpy() for weight in weights), *_arrays(states)]


def _case(optimiser: str, options: dict[str, Any], dtype: str) -> Callable[[Any], list[np.ndarray]]:
    return lambda mx: _stepped(optimiser, options, mx, dtype)


def _correction(corrects: bool) -> Callable[[Any], list[np.ndarray]]:
    def run(mx: Any) -> list[np.ndarray]:
        schedule = mx.lr_scheduler.MultiFactorScheduler([3, 5], 0.3, base_lr=0.5)
        options = {"lr_scheduler": schedule, "momentum": 0.9, "eta": 0.1, "momentum_correction": corrects}
        return _stepped("lars", options, mx)

    return run


def _cases() -> Iterator[Scenario]:
    for name, (optimiser, own) in _OPTIMISERS.items():
        for kind, common in _COMMON.items():
            if optimiser == "groupadagrad" and "wd" in common:
                common = {key: value for key, value in common.items() if key != "wd"}  # it takes none
            half = kind == "half"
            # LARS and LAMB take the norms of the half-precision weights, not of their copies
            tolerance = (2e-3, 2e-4) if half else (2e-5, 2e-6)
            yield Scenario(
                f"{name} {kind}".strip(),
                _case(optimiser, {**common, **own}, "float16" if half else "float32"),
                (f"optimizer {optimiser}",),
                tolerance,
            )


SCENARIOS = [
    *_cases(),
    Scenario("lars schedule", _correction(True), ("optimizer lars",)),
    Scenario("lars schedule uncorrected", _correction(False), ("optimizer lars",)),
]
