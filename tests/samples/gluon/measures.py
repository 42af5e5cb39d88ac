"""Metrics and learning rate schedules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .scenario import Scenario, labels, numbers


def _metric(
    name: str, options: dict[str, Any], *batches: tuple[np.ndarray, np.ndarray]
) -> Callable[[Any], str]:
    def run(mx: Any) -> str:
        metric = getattr(mx.metric, name)(**options)
        lines = []
        for label, prediction in batches:
            metric.update([mx.nd.array(label)], [mx.nd.array(prediction)])
            lines.append(_shown(metric))
        metric.reset()
        lines.append(_shown(metric))
        return "\n".join(lines)

    return run


def _shown(metric: Any) -> str:
    names, values = metric.get()
    if not isinstance(names, list):
        names, values = [names], [values]
    return " ".join(f"{name} {value:.6g}" for name, value in zip(names, values))


def _composite(mx: Any) -> str:
    metric = mx.metric.CompositeEvalMetric()
    metric.add(mx.metric.Accuracy())
    metric.add(mx.metric.TopKAccuracy(top_k=2))
    metric.update([mx.nd.array(labels(8, 3))], [mx.nd.array(numbers(8, 3))])
    return _shown(metric) + "\n" + " ".join(f"{name} {value:.6g}" for name, value in metric.get_name_value())


def _by_name(mx: Any) -> str:
    metrics = [mx.metric.create(name) for name in ("acc", "accuracy", "mse", "loss")]
    metrics.append(mx.metric.create(["acc", "mse"]))
    return "\n".join(f"{type(metric).__name__} {metric.name}" for metric in metrics)


def _loss(mx: Any) -> str:
    metric = mx.metric.Loss()
    metric.update(None, [mx.nd.array(numbers(4))])
    metric.update(None, mx.nd.array(numbers(3, 2)))
    return _shown(metric)


_CLASSES = [(labels(8, 3), numbers(8, 3)), (labels(5, 3, seed=2), numbers(5, 3, seed=3))]
_VALUES = [(numbers(4, 2), numbers(4, 2, seed=9)), (numbers(4), numbers(4, 1, seed=9))]
_SHORT = [(labels(6, 2), np.random.RandomState(1).dirichlet(np.ones(2), 6).astype("float32"))]

_SCHEDULES: dict[str, Callable[[Any], Any]] = {
    "FactorScheduler": lambda s: s.FactorScheduler(3, 0.5),
    "FactorScheduler stop": lambda s: s.FactorScheduler(2, 0.1, stop_factor_lr=1e-3, base_lr=1.0),
    "FactorScheduler warmup": lambda s: s.FactorScheduler(
        3, 0.5, base_lr=0.8, warmup_steps=5, warmup_begin_lr=0.1, warmup_mode="linear"
    ),
    "FactorScheduler constant warmup": lambda s: s.FactorScheduler(
        3, 0.5, base_lr=0.8, warmup_steps=5, warmup_begin_lr=0.1, warmup_mode="constant"
    ),
    "MultiFactorScheduler": lambda s: s.MultiFactorScheduler([4, 9], 0.1, base_lr=2.0),
    "MultiFactorScheduler warmup": lambda s: s.MultiFactorScheduler([6, 9], 0.5, warmup_steps=4),
    "PolyScheduler": lambda s: s.PolyScheduler(15, base_lr=0.5),
    "PolyScheduler final": lambda s: s.PolyScheduler(15, base_lr=0.5, pwr=3, final_lr=0.1, warmup_steps=3),
    "CosineScheduler": lambda s: s.CosineScheduler(15, base_lr=0.5),
    "CosineScheduler final": lambda s: s.CosineScheduler(15, base_lr=0.5, final_lr=0.1, warmup_steps=4),
}


def _schedule(make: Callable[[Any], Any]) -> Callable[[Any], list[np.ndarray]]:
    def run(mx: Any) -> list[np.ndarray]:
        schedule = make(mx.lr_scheduler)
        return [np.array([schedule(update) for update in range(1, 22)], "float64")]

    return run


def _m(identity: str, metric: str, batches: Any, **options: Any) -> Scenario:
    return Scenario(identity, _metric(metric, options, *batches), (f"metric.{metric}",))


SCENARIOS = [
    _m("accuracy", "Accuracy", _CLASSES),
    _m("accuracy of class numbers", "Accuracy", [(labels(8, 3), labels(8, 3, seed=1))]),
    _m("accuracy axis 0", "Accuracy", [(labels(8, 3), numbers(3, 8))], axis=0),
    _m("accuracy with a name", "Accuracy", _CLASSES, name="hits"),
    _m("top 2", "TopKAccuracy", _CLASSES, top_k=2),
    _m("mse", "MSE", _VALUES),
    _m("mae", "MAE", _VALUES),
    _m("rmse", "RMSE", _VALUES),
    _m("f1", "F1", _SHORT),
    _m("cross-entropy", "CrossEntropy", _SHORT),
    _m("perplexity", "Perplexity", _SHORT, ignore_label=None),
    Scenario("loss", _loss, ("metric.Loss",)),
    Scenario("composite", _composite, ("metric.CompositeEvalMetric",)),
    Scenario("by name", _by_name, ("metric.create",)),
    *(
        Scenario(f"schedule {name}", _schedule(make), (f"lr_scheduler.{name.split()[0]}",), (1e-12, 0))
        for name, make in _SCHEDULES.items()
    ),
]
