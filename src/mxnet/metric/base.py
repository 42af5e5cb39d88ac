"""What all metrics share: the registry, the check of shapes, and the sum that waits on its device."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy
import torch

from .._surface import complete as _complete
from .._surface import refuse_named as _refuse_named
from ..base import message, nearest
from ..ndarray import NDArray

__all__ = ["EvalMetric", "alias", "check_label_shapes", "create", "register"]

MetricClass = TypeVar("MetricClass", bound="type[EvalMetric]")
# Short names of metrics that are still to come.
_LONG_NAMES = {
    "nll_loss": "NegativeLogLikelihood",
    "nll-loss": "NegativeLogLikelihood",
    "pearsonr": "PearsonCorrelation",
}
_REGISTRY: dict[str, type[EvalMetric]] = {}


def register(klass: MetricClass, name: str | None = None) -> MetricClass:
    """Class decorator: make a metric known to `create` under its name in small letters."""
    _REGISTRY[(name or klass.__name__).lower()] = klass
    return klass


def alias(*aliases: str) -> Callable[[MetricClass], MetricClass]:
    """Class decorator: further names for a metric."""

    def decorate(klass: MetricClass) -> MetricClass:
        for each in aliases:
            _REGISTRY[each.lower()] = klass
        return klass

    return decorate


def create(metric: Any, *args: Any, **kwargs: Any) -> EvalMetric:
    """A metric by name, from a function ``f(label, pred)``, or several from a list.

    Raises ``AssertionError`` for an unknown name.

    >>> from mxnet import metric
    >>> metric.create(["acc", "mse"]).get()
    (['accuracy', 'mse'], [nan, nan])
    """
    if isinstance(metric, EvalMetric):
        return metric
    if isinstance(metric, type) and issubclass(metric, EvalMetric):
        return metric(*args, **kwargs)
    if callable(metric):
        from .composed import CustomMetric

        return CustomMetric(metric, *args, **kwargs)
    if isinstance(metric, list):
        from .composed import CompositeEvalMetric

        composite = CompositeEvalMetric()
        for each in metric:
            composite.add(create(each, *args, **kwargs))
        return composite
    if not isinstance(metric, str):
        raise AssertionError(message("metric must be of string type", received=repr(metric), hint="'acc'"))
    if metric.startswith("["):
        metric, kwargs = json.loads(metric)
    elif metric.startswith("{"):
        kwargs = json.loads(metric)
        metric = kwargs.pop("metric")
    klass = _REGISTRY.get(metric.lower())
    if klass is None:
        _refuse_named("mxnet.metric", _LONG_NAMES.get(metric.lower(), metric))
        close = nearest(metric, _REGISTRY)
        raise AssertionError(
            message(
                f"{metric} is not registered. Please register with metric.register first",
                because="known are " + ", ".join(sorted(_REGISTRY)),
                hint=f"'{close}'" if close else None,
            )
        )
    return klass(*args, **kwargs)


def check_label_shapes(labels: Any, preds: Any, wrap: bool = False, shape: bool = False) -> tuple[Any, Any]:
    """Check that there are as many labels as predictions (of the same shape, with ``shape``).

    ``wrap`` makes lists of single arrays. Returns both; raises ``ValueError`` if they do not go together.
    """
    here, there = (labels.shape, preds.shape) if shape else (len(labels), len(preds))
    if here != there:
        raise ValueError(
            message(
                f"Shape of labels {here} does not match shape of predictions {there}",
                hint="as many labels as predictions, both as lists or both as arrays",
            )
        )
    if wrap:
        labels = [labels] if isinstance(labels, NDArray) else labels
        preds = [preds] if isinstance(preds, NDArray) else preds
    return labels, preds


@_complete("mxnet.metric.EvalMetric")
class EvalMetric:
    """Base of all metrics: a sum and a count, whose quotient is the value.

    A metric of your own overrides ``update(labels, preds)`` and adds to ``sum_metric`` and ``num_inst``.

    Parameters
    ----------
    name : what it is called in reports.
    output_names, label_names : which outputs and labels `update_dict` picks; None for all.

    >>> from mxnet import metric, nd
    >>> class MeanPrediction(metric.EvalMetric):
    ...     def update(self, labels, preds):
    ...         self.sum_metric += preds.sum().asscalar()
    ...         self.num_inst += preds.size
    >>> mean = MeanPrediction("mean")
    >>> mean.update(None, nd.array([1, 2, 3]))
    >>> mean.get()
    ('mean', 2.0)
    """

    def __init__(
        self,
        name: str | Sequence[str],
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
        **kwargs: Any,
    ) -> None:
        self.name = str(name)
        self.output_names = output_names
        self.label_names = label_names
        self._has_global_stats = kwargs.pop("has_global_stats", False)
        self._kwargs = kwargs
        # What the last batches added, still on their device; the sums are up to date without it only.
        self._pending: torch.Tensor | None = None
        self._sum_metric: Any = 0.0
        self._global_sum_metric: Any = 0.0
        self._num_inst = 0
        self._global_num_inst = 0
        self.reset()

    def __str__(self) -> str:
        return f"EvalMetric: {dict(self.get_name_value())}"

    # ------------------------------------------------------------------ accumulating

    def update(self, labels: Any, preds: Any) -> None:
        """Take in a batch: what a metric of your own overrides."""
        raise NotImplementedError(
            message(
                f"{type(self).__name__}.update is not written", hint="def update(self, labels, preds): ..."
            )
        )

    def update_dict(self, label: Mapping[str, NDArray], pred: Mapping[str, NDArray]) -> None:
        """Take in a batch whose outputs and labels have names."""
        preds = [pred[name] for name in self.output_names] if self.output_names else list(pred.values())
        labels = [label[name] for name in self.label_names] if self.label_names else list(label.values())
        self.update(labels, preds)

    def _add(self, total: torch.Tensor, count: int) -> None:
        """Add a number that is still on its device, and how many instances it stands for."""
        total = total.detach()
        pending = self._pending
        if pending is None or pending.device != total.device:
            self._settle()
            self._pending = total.to(_wide(total), copy=True)
        else:
            pending.add_(total)
        self._num_inst += count
        self._global_num_inst += count

    def _settle(self) -> None:
        """Read what is pending."""
        pending, self._pending = self._pending, None
        if pending is not None:
            value = float(pending.item())
            self._sum_metric += value
            self._global_sum_metric += value

    @property
    def sum_metric(self) -> Any:
        """The sum since the last reset."""
        self._settle()
        return self._sum_metric

    @sum_metric.setter
    def sum_metric(self, value: Any) -> None:
        self._settle()
        self._sum_metric = value

    @property
    def num_inst(self) -> int:
        """How many instances the sum is over."""
        return self._num_inst

    @num_inst.setter
    def num_inst(self, value: int) -> None:
        self._num_inst = value

    @property
    def global_sum_metric(self) -> Any:
        """The sum since the last `reset`, whatever `reset_local` did."""
        self._settle()
        return self._global_sum_metric

    @global_sum_metric.setter
    def global_sum_metric(self, value: Any) -> None:
        self._settle()
        self._global_sum_metric = value

    @property
    def global_num_inst(self) -> int:
        """How many instances the global sum is over."""
        return self._global_num_inst

    @global_num_inst.setter
    def global_num_inst(self, value: int) -> None:
        self._global_num_inst = value

    def reset(self) -> None:
        """Start again."""
        self._pending = None
        self._num_inst = self._global_num_inst = 0
        self._sum_metric = 0.0
        self._global_sum_metric = 0.0

    def reset_local(self) -> None:
        """Start again, but for the global value."""
        self._settle()
        self._num_inst = 0
        self._sum_metric = 0.0

    # ------------------------------------------------------------------ reading

    def get(self) -> tuple[Any, Any]:
        """Name and value; nan before the first batch."""
        return self.name, self._value(self.sum_metric, self.num_inst)

    def get_global(self) -> tuple[Any, Any]:
        """Name and value since the last `reset`."""
        if not self._has_global_stats:
            return self.get()
        return self.name, self._value(self.global_sum_metric, self.global_num_inst)

    def _value(self, total: Any, count: int) -> Any:
        value = float("nan") if count == 0 else total / count
        return value.item() if isinstance(value, numpy.generic) else value

    def get_name_value(self) -> list[tuple[str, Any]]:
        """Names and values, as a list."""
        return _pairs(*self.get())

    def get_global_name_value(self) -> list[tuple[str, Any]]:
        """Names and global values, as a list."""
        return _pairs(*self.get_global())

    def get_config(self) -> dict[str, Any]:
        """What `create` needs to make it again."""
        return {
            **self._kwargs,
            "metric": type(self).__name__,
            "name": self.name,
            "output_names": self.output_names,
            "label_names": self.label_names,
        }


def tensor_of(array: Any) -> torch.Tensor:
    """The elements without a graph; NumPy arrays are taken, too."""
    return array._plain() if isinstance(array, NDArray) else torch.as_tensor(numpy.asarray(array))


def _wide(total: torch.Tensor) -> torch.dtype:
    """The type to accumulate in: as wide as the device has it."""
    if not total.is_floating_point():
        return torch.int64
    return torch.float32 if total.device.type == "mps" else torch.float64


def _pairs(names: Any, values: Any) -> list[tuple[str, Any]]:
    if not isinstance(names, list):
        names, values = [names], [values]
    return list(zip(names, values, strict=True))
