"""What all metrics share: a sum and a count, and numbers that wait on their device until somebody asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy
import torch

from ..base import OptionError, message, nearest
from ..ndarray import NDArray

__all__ = ["EvalMetric", "floating", "listed"]


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

    # Here, too, so that a class of one's own need not call this constructor.
    output_names: Sequence[str] | None = None
    label_names: Sequence[str] | None = None
    _has_global_stats = False
    _sum_metric: Any = 0.0
    _global_sum_metric: Any = 0.0
    _num_inst: Any = 0
    _global_num_inst: Any = 0
    # What batches added, still on its device, by what it is: one tensor, however many batches there were. Without it
    # the sums are not up to date.
    _waiting: dict[tuple[Any, ...], torch.Tensor] | None = None
    # What was wrong with batches whose device was not asked: how often, and the error to raise when it is.
    _doubts: dict[tuple[Any, ...], tuple[torch.Tensor, type[Exception]]] | None = None
    _counts_wait = False

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
        self._waiting = {}
        self._doubts = {}
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
        """Take in a batch whose outputs and labels have names.

        Raises ``KeyError`` for a name of `output_names` or `label_names` that is not there.
        """
        preds, labels = self._picked(pred, self.output_names), self._picked(label, self.label_names)
        self.update(labels, preds)

    def _picked(self, arrays: Mapping[str, NDArray], names: Sequence[str] | None) -> list[NDArray]:
        if names is None:
            return list(arrays.values())
        names = listed(names)
        for name in names:
            if name not in arrays:
                raise OptionError(
                    f"metric '{self.name}': no array is called '{name}'",
                    received=f"arrays called {', '.join(map(str, arrays)) or '(none)'}",
                    because="output_names and label_names say which arrays the metric takes",
                    hint=nearest(name, map(str, arrays)),
                )
        return [arrays[name] for name in names]

    def _add(self, total: torch.Tensor, count: int | torch.Tensor) -> None:
        """Add a number that is still on its device, and how many instances it stands for."""
        self._wait("sum", total)
        if isinstance(count, torch.Tensor):
            self._wait("count", count)
            self._counts_wait = True
        else:
            self._num_inst += count
            self._global_num_inst += count

    def _wait(self, what: str, numbers: torch.Tensor) -> None:
        """Add numbers to those of the same kind that wait on their device; `_take` gets the sum one day."""
        self._place(what, numbers.shape, numbers.dtype, numbers.device).add_(numbers)

    def _place(
        self, what: str, shape: Sequence[int], dtype: torch.dtype, device: torch.device
    ) -> torch.Tensor:
        """The tensor to which numbers of a kind are added on a device, in a wider type; zeros at first."""
        key = (what, shape, dtype, device)
        waiting = self._waiting
        if waiting is None:
            waiting = self._waiting = {}
        held = waiting.get(key)
        if held is None:
            wide = floating(device) if dtype.is_floating_point else torch.int64
            held = waiting[key] = torch.zeros(shape, dtype=wide, device=device)
        return held

    def _settle(self) -> None:
        """Read what waits."""
        if self._doubts:
            for (_, what, because, hint), (times, kind) in self._doubts.items():
                if times.item():
                    raise kind(message(what, because=because, hint=hint))
        if self._waiting:
            waiting, self._waiting = self._waiting, {}
            self._counts_wait = False
            for (what, *_), numbers in waiting.items():
                self._take(what, numbers.tolist())

    def _take(self, what: str, value: Any) -> None:
        """Take over numbers that waited."""
        if what == "sum":
            self._sum_metric += value
            self._global_sum_metric += value
        else:
            self._num_inst += value
            self._global_num_inst += value

    def _refuse_if(
        self, wrong: torch.Tensor, kind: type[Exception], what: str, because: str, hint: str | None = None
    ) -> None:
        """Raise an error: at once on the host; when the metric is read if ``wrong`` lies on another device."""
        if wrong.device.type == "cpu":
            if wrong:
                raise kind(message(what, because=because, hint=hint))
            return
        if self._doubts is None:
            self._doubts = {}
        key = (wrong.device, what, because, hint)
        if key in self._doubts:
            self._doubts[key][0].add_(wrong)
        else:
            self._doubts[key] = wrong.to(torch.int64), kind

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
        if self._counts_wait:
            self._settle()
        return self._num_inst

    @num_inst.setter
    def num_inst(self, value: int) -> None:
        if self._counts_wait:
            self._settle()
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
        if self._counts_wait:
            self._settle()
        return self._global_num_inst

    @global_num_inst.setter
    def global_num_inst(self, value: int) -> None:
        if self._counts_wait:
            self._settle()
        self._global_num_inst = value

    def reset(self) -> None:
        """Start again."""
        self._waiting = {}
        self._doubts = {}
        self._counts_wait = False
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


def listed(names: Sequence[str] | str) -> Sequence[str]:
    """Names as a list, also if it is one name only."""
    return [names] if isinstance(names, str) else names


def floating(device: torch.device) -> torch.dtype:
    """The widest type of fractions that the device has."""
    return torch.float32 if device.type == "mps" else torch.float64


def _pairs(names: Any, values: Any) -> list[tuple[str, Any]]:
    if not isinstance(names, list):
        names, values = [names], [values]
    return list(zip(names, values, strict=True))
