"""The learning rates of a hundred updates under each schedule, as an optimiser asks for them and by jumps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .scenario import Scenario

_LINEAR = {"warmup_steps": 12, "warmup_begin_lr": 0.05}
_CONSTANT = {**_LINEAR, "warmup_mode": "constant"}
_SCHEDULES: dict[str, tuple[str, dict[str, Any]]] = {
    "factor default": ("FactorScheduler", {"step": 10}),
    "factor": ("FactorScheduler", {"step": 7, "factor": 0.7, "base_lr": 0.5}),
    "factor 1 step": ("FactorScheduler", {"step": 1, "factor": 0.95, "base_lr": 2}),
    "factor stop": ("FactorScheduler", {"step": 9, "factor": 0.4, "stop_factor_lr": 0.02, "base_lr": 0.5}),
    "factor linear": ("FactorScheduler", {"step": 7, "factor": 0.7, "base_lr": 0.5, **_LINEAR}),
    "factor constant": ("FactorScheduler", {"step": 20, "factor": 0.7, "base_lr": 0.5, **_CONSTANT}),
    "multi factor": ("MultiFactorScheduler", {"step": [1, 30, 31, 70], "factor": 0.3, "base_lr": 0.5}),
    "multi factor default": ("MultiFactorScheduler", {"step": [20, 40]}),
    "multi factor linear": (
        "MultiFactorScheduler",
        {"step": [5, 40], "factor": 0.3, "base_lr": 0.5, **_LINEAR},
    ),
    "multi factor constant": (
        "MultiFactorScheduler",
        {"step": [20, 90], "factor": 0.3, "base_lr": 0.5, **_CONSTANT},
    ),
    "poly": ("PolyScheduler", {"max_update": 80}),
    "poly 1 final": ("PolyScheduler", {"max_update": 80, "base_lr": 0.5, "pwr": 1, "final_lr": 0.1}),
    "poly 3 linear": (
        "PolyScheduler",
        {"max_update": 90, "base_lr": 0.5, "pwr": 3, "final_lr": 0.01, **_LINEAR},
    ),
    "poly constant": ("PolyScheduler", {"max_update": 40, "base_lr": 0.5, **_CONSTANT}),
    "poly beyond": ("PolyScheduler", {"max_update": 150, "base_lr": 0.5}),
    "cosine": ("CosineScheduler", {"max_update": 80}),
    "cosine final": ("CosineScheduler", {"max_update": 80, "base_lr": 0.5, "final_lr": 0.1}),
    "cosine linear": ("CosineScheduler", {"max_update": 90, "base_lr": 0.5, "final_lr": 0.01, **_LINEAR}),
    "cosine constant": ("CosineScheduler", {"max_update": 40, "base_lr": 0.5, **_CONSTANT}),
}


def _rates(name: str, options: dict[str, Any], updates: range) -> Callable[[Any], list[np.ndarray]]:
    def run(mx: Any) -> list[np.ndarray]:
        schedule = getattr(mx.lr_scheduler, name)(**options)
        return [np.array([schedule(update) for update in updates], "float64")]

    return run


def _asked(name: str, options: dict[str, Any]) -> Callable[[Any], list[np.ndarray]]:
    """The rates of an optimiser whose updates begin at 20, and of one whose rate is given beside the schedule."""

    def run(mx: Any) -> list[np.ndarray]:
        rates = []
        for extra in ({"begin_num_update": 20}, {"learning_rate": 0.3}):
            schedule = getattr(mx.lr_scheduler, name)(**options)
            made = mx.optimizer.create("sgd", lr_scheduler=schedule, **extra)
            weight = mx.nd.ones((1,))
            for _ in range(30):
                made.update(0, weight, weight, None)
                rates.append(made.learning_rate)
        return [np.array(rates, "float64")]

    return run


_EXACTLY = (1e-12, 1e-15)
SCENARIOS = [
    *(
        Scenario(name, _rates(*how, range(1, 101)), (f"lr_scheduler.{how[0]}",), _EXACTLY)
        for name, how in _SCHEDULES.items()
    ),
    *(
        Scenario(f"{name}, jumps", _rates(*how, range(1, 101, 13)), (f"lr_scheduler.{how[0]}",), _EXACTLY)
        for name, how in _SCHEDULES.items()
    ),
    *(
        Scenario(f"{name}, asked", _asked(*how), (f"lr_scheduler.{how[0]}", "optimizer sgd"), _EXACTLY)
        for name, how in _SCHEDULES.items()
        if name in ("factor linear", "multi factor", "poly 3 linear", "cosine constant")
    ),
]
