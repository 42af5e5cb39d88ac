"""Metrics made of others, and of functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy

from ..base import message
from ..ndarray import NDArray
from .arrays import as_list, check_label_shapes, tensor_of
from .base import EvalMetric, listed
from .registry import alias, create, register

__all__ = ["CompositeEvalMetric", "CustomMetric", "np"]


@alias("composite")
@register
class CompositeEvalMetric(EvalMetric):
    """Several metrics as one.

    Parameters
    ----------
    metrics : what `create` takes for each, in a list; or one of them alone.
    name : what it is called itself; reports have the names of the metrics.
    output_names, label_names : which outputs and labels `update_dict` hands on; None for all.

    >>> from mxnet import metric, nd
    >>> both = metric.CompositeEvalMetric(["acc", metric.TopKAccuracy(top_k=2)])
    >>> both.update(nd.array([1, 0]), nd.array([[0.1, 0.2, 0.7], [0.9, 0.1, 0.0]]))
    >>> both.get()[1]
    [0.5, 1.0]
    """

    def __init__(
        self,
        metrics: Any = None,
        name: str = "composite",
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        self.metrics: list[EvalMetric] = []
        super().__init__(name, output_names, label_names, has_global_stats=True)
        several = isinstance(metrics, Iterable) and not isinstance(metrics, (str, dict))
        self.metrics += [create(each) for each in (metrics if several else [metrics] if metrics else ())]

    def add(self, metric: Any) -> None:
        """Append a metric, by object or name."""
        self.metrics.append(create(metric))

    def get_metric(self, index: int) -> EvalMetric:
        """The metric with that number.

        Differs from 1.9.1, which returns the error: an index that is not there raises ``ValueError``.
        """
        try:
            return self.metrics[index]
        except IndexError:
            raise ValueError(
                message(f"Metric index {index} is out of range 0 and {len(self.metrics)}")
            ) from None

    def update(self, labels: Any, preds: Any) -> None:
        """Take in a batch."""
        for each in self.metrics:
            each.update(labels, preds)

    def update_dict(self, labels: Mapping[str, NDArray], preds: Mapping[str, NDArray]) -> None:  # type: ignore[override]
        """Take in a batch whose outputs and labels have names."""
        if self.label_names is not None:
            labels = {name: labels[name] for name in labels if name in listed(self.label_names)}
        if self.output_names is not None:
            preds = {name: preds[name] for name in preds if name in listed(self.output_names)}
        for each in self.metrics:
            each.update_dict(labels, preds)

    def reset(self) -> None:
        """Start all of them again."""
        super().reset()
        for each in self.metrics:
            each.reset()

    def reset_local(self) -> None:
        """Start all of them again, but for their global values."""
        for each in self.metrics:
            each.reset_local()

    def get(self) -> tuple[list[str], list[Any]]:
        """All names and all values."""
        return _columns(each.get() for each in self.metrics)

    def get_global(self) -> tuple[list[str], list[Any]]:
        """All names and all global values."""
        return _columns(each.get_global() for each in self.metrics)

    def get_config(self) -> dict[str, Any]:
        """What `create` needs to make it again."""
        return {**super().get_config(), "metrics": [each.get_config() for each in self.metrics]}


@register
class CustomMetric(EvalMetric):
    """A metric from a function ``feval(label, pred)`` over NumPy arrays, of a value or of (sum, count).

    >>> from mxnet import metric, nd
    >>> worst = metric.CustomMetric(lambda label, pred: abs(label - pred).max(), name="worst")
    >>> worst.update(nd.array([1, 2]), nd.array([2, 4]))
    >>> worst.get()[1]
    2.0
    """

    def __init__(
        self,
        feval: Callable[[numpy.ndarray, numpy.ndarray], Any],
        name: str | None = None,
        allow_extra_outputs: bool = False,
        output_names: Sequence[str] | None = None,
        label_names: Sequence[str] | None = None,
    ) -> None:
        if name is None:
            name = getattr(feval, "__name__", type(feval).__name__)
            if "<" in name:
                name = f"custom({name})"
        super().__init__(
            name,
            output_names,
            label_names,
            feval=feval,
            allow_extra_outputs=allow_extra_outputs,
            has_global_stats=True,
        )
        self._feval = feval
        self._allow_extra_outputs = allow_extra_outputs

    def update(self, labels: Any, preds: Any) -> None:
        """Take in labels and predictions, each an array or a list of arrays."""
        if not self._allow_extra_outputs:
            check_label_shapes(labels, preds)
        answers = [
            self._answer(_numpy(label), _numpy(pred))
            for label, pred in zip(as_list(labels), as_list(preds), strict=False)
        ]
        for total, count in answers:
            self.sum_metric += total
            self.global_sum_metric += total
            self.num_inst += count
            self.global_num_inst += count

    def _answer(self, label: numpy.ndarray, pred: numpy.ndarray) -> tuple[Any, Any]:
        answer = self._feval(label, pred)
        if not isinstance(answer, tuple):
            answer = answer, 1
        if len(answer) != 2 or any(isinstance(part, (list, type(None))) for part in answer):
            raise TypeError(
                message(
                    f"metric '{self.name}': the function returns no value",
                    received=repr(answer if len(answer) != 2 or answer[1] != 1 else answer[0]),
                    because="it returns a number, or a sum and over how many instances it is",
                    hint="return float(total), count",
                )
            )
        return answer

    def get_config(self) -> dict[str, Any]:
        """Not possible: a function is no data."""
        raise NotImplementedError(message("CustomMetric cannot be serialized", because="it holds a function"))


def np(
    numpy_feval: Callable[[numpy.ndarray, numpy.ndarray], Any],
    name: str | None = None,
    allow_extra_outputs: bool = False,
) -> CustomMetric:
    """A metric from a function over NumPy arrays; see `CustomMetric`."""
    return CustomMetric(numpy_feval, name, allow_extra_outputs)


def _numpy(array: Any) -> numpy.ndarray:
    return array.asnumpy() if isinstance(array, NDArray) else tensor_of(array).cpu().numpy()


def _columns(rows: Iterable[tuple[Any, Any]]) -> tuple[list[str], list[Any]]:
    names: list[str] = []
    values: list[Any] = []
    for name, value in rows:
        names.extend(name if isinstance(name, list) else [name])
        values.extend(value if isinstance(value, list) else [value])
    return names, values
