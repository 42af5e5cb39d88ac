"""Metrics by name."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

from ..base import message, nearest
from .base import EvalMetric

__all__ = ["alias", "create", "register"]

MetricClass = TypeVar("MetricClass", bound="type[EvalMetric]")
_REGISTRY: dict[str, type[EvalMetric]] = {}


def register(klass: MetricClass, name: str | None = None) -> MetricClass:
    """Class decorator: make a metric known to `create` under its name in small letters.

    Raises ``AssertionError`` for what is no subclass of `EvalMetric`; warns if another one had the name.
    """
    if not (isinstance(klass, type) and issubclass(klass, EvalMetric)):
        raise AssertionError(
            message(
                "Can only register subclass of EvalMetric",
                received=repr(klass),
                hint="metric.np(f), for a function",
            )
        )
    name = (name or klass.__name__).lower()
    known = _REGISTRY.get(name)
    if known is not None and known is not klass:
        warnings.warn(
            f"New metric {_path(klass)} registered with name {name} is overriding existing metric {_path(known)}",
            stacklevel=2,
        )
    _REGISTRY[name] = klass
    return klass


def alias(*aliases: str) -> Callable[[MetricClass], MetricClass]:
    """Class decorator: further names for a metric."""
    for each in aliases:
        if not isinstance(each, str):
            raise AssertionError(message("a name of a metric is a string", received=repr(each)))

    def decorate(klass: MetricClass) -> MetricClass:
        for each in aliases:
            register(klass, each)
        return klass

    return decorate


def create(metric: Any, *args: Any, **kwargs: Any) -> EvalMetric:
    """A metric by name, from a function ``f(label, pred)``, from what `get_config` said, or several in a list.

    ``args`` and ``kwargs`` go to the metric, or to each one of a list.

    Raises ``AssertionError`` for an unknown name.

    >>> from mxnet import metric
    >>> metric.create(["acc", "mse"]).get()
    (['accuracy', 'mse'], [nan, nan])
    >>> metric.create("top_k_acc", top_k=5).name
    'top_k_accuracy_5'
    """
    if isinstance(metric, EvalMetric):
        if args or kwargs:
            raise AssertionError(
                message(
                    "metric is already an instance. Additional arguments are invalid",
                    received=", ".join([*map(repr, args), *(f"{k}={v!r}" for k, v in kwargs.items())]),
                    hint=f"metric.{type(metric).__name__}(...)",
                )
            )
        return metric
    if isinstance(metric, type) and issubclass(metric, EvalMetric):
        return metric(*args, **kwargs)
    if callable(metric):
        from .composed import CustomMetric

        return CustomMetric(metric, *args, **kwargs)
    if isinstance(metric, (list, tuple)):
        from .composed import CompositeEvalMetric

        return CompositeEvalMetric([create(each, *args, **kwargs) for each in metric])
    if isinstance(metric, str) and metric[:1] in ("[", "{"):
        metric, kwargs = _described(metric)
    elif isinstance(metric, dict):
        metric, kwargs = _named({**metric, **kwargs})
    if not isinstance(metric, str):
        raise AssertionError(message("metric must be of string type", received=repr(metric), hint="'acc'"))
    klass = _REGISTRY.get(metric.lower())
    if klass is None:
        close = nearest(metric, _REGISTRY)
        raise AssertionError(
            message(
                f"{metric} is not registered. Please register with metric.register first",
                because="known are " + ", ".join(sorted(_REGISTRY)),
                hint=f"'{close}'" if close else None,
            )
        )
    return klass(*args, **kwargs)


def _described(text: str) -> tuple[Any, dict[str, Any]]:
    """Name and arguments out of JSON: ``["accuracy", {"axis": 2}]`` or ``{"metric": "accuracy", "axis": 2}``."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ValueError(
            message("a metric described in JSON cannot be read", received=text, because=str(error))
        ) from None
    if isinstance(found, dict):
        return _named(found)
    if len(found) != 2 or not isinstance(found[1], dict):
        raise ValueError(
            message(
                "a metric described in JSON lacks its arguments",
                received=text,
                hint='["accuracy", {"axis": 1}]',
            )
        )
    return found[0], found[1]


def _named(config: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    if "metric" not in config:
        raise ValueError(
            message(
                "a metric described by its arguments lacks its name",
                received=repr(config),
                hint="{'metric': 'accuracy', 'axis': 1}",
            )
        )
    return config["metric"], {key: value for key, value in config.items() if key != "metric"}


def _path(klass: type) -> str:
    return f"{klass.__module__}.{klass.__name__}"
