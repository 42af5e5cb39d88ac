"""Learning rates that depend on the number of updates done."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from numbers import Real
from typing import Any

from ._surface import module_getattr as _module_getattr
from .base import message

__all__ = ["CosineScheduler", "FactorScheduler", "LRScheduler", "MultiFactorScheduler", "PolyScheduler"]

__getattr__ = _module_getattr(__name__)


class LRScheduler:
    """Base of all schedules: ``scheduler(num_update)`` is the learning rate of that update (they count from 1).

    Parameters
    ----------
    base_lr : learning rate to start from.
    warmup_steps : updates during which it rises to ``base_lr``.
    warmup_begin_lr : where the rise begins.
    warmup_mode : ``'linear'``, or ``'constant'`` to stay at ``warmup_begin_lr`` until then.

    Raises
    ------
    ValueError : ``warmup_begin_lr`` is above ``base_lr``, a negative ``warmup_steps``, an unknown mode.
    """

    def __init__(
        self,
        base_lr: float = 0.01,
        warmup_steps: int = 0,
        warmup_begin_lr: float = 0,
        warmup_mode: str = "linear",
    ) -> None:
        if not isinstance(warmup_steps, int):
            raise AssertionError(message("warmup_steps is a whole number", received=repr(warmup_steps)))
        if warmup_begin_lr > base_lr:
            raise ValueError(
                message(
                    "Base lr has to be higher than warmup_begin_lr",
                    received=f"base_lr={base_lr}, warmup_begin_lr={warmup_begin_lr}",
                )
            )
        if warmup_steps < 0:
            raise ValueError(message("Warmup steps has to be positive or 0", received=str(warmup_steps)))
        if warmup_mode not in ("linear", "constant"):
            raise ValueError(
                message("Supports only linear and constant modes of warmup", received=repr(warmup_mode))
            )
        self.base_lr = base_lr
        self.warmup_steps = warmup_steps
        self.warmup_final_lr = base_lr
        self.warmup_begin_lr = warmup_begin_lr
        self.warmup_mode = warmup_mode

    def get_warmup_lr(self, num_update: int) -> float:
        """The learning rate of an update during the warm-up."""
        if num_update >= self.warmup_steps:
            raise AssertionError(
                message("the warm-up is over", received=f"update {num_update} of {self.warmup_steps}")
            )
        if self.warmup_mode == "constant":
            return self.warmup_begin_lr
        rise = (self.warmup_final_lr - self.warmup_begin_lr) * num_update / self.warmup_steps
        return self.warmup_begin_lr + rise

    def __call__(self, num_update: int) -> float:
        """The learning rate of update ``num_update``."""
        raise NotImplementedError(
            message(f"{type(self).__name__}.__call__ is not written", hint="return the learning rate")
        )


class FactorScheduler(LRScheduler):
    """Multiply the learning rate by ``factor`` every ``step`` updates, down to ``stop_factor_lr``.

    >>> from mxnet import lr_scheduler
    >>> schedule = lr_scheduler.FactorScheduler(step=2, factor=0.5, base_lr=1.0)
    >>> [schedule(n) for n in range(1, 6)]
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """

    def __init__(
        self,
        step: int,
        factor: float = 1,
        stop_factor_lr: float = 1e-8,
        base_lr: float = 0.01,
        warmup_steps: int = 0,
        warmup_begin_lr: float = 0,
        warmup_mode: str = "linear",
    ) -> None:
        super().__init__(base_lr, warmup_steps, warmup_begin_lr, warmup_mode)
        _check_step(step, step)
        _check_factor(factor)
        self.step = step
        self.factor = factor
        self.stop_factor_lr = stop_factor_lr
        self.count = 0

    def __call__(self, num_update: int) -> float:
        """The learning rate of update ``num_update``; calls come in order."""
        if num_update < self.warmup_steps:
            return self.get_warmup_lr(num_update)
        while num_update > self.count + self.step:
            self.count += self.step
            self.base_lr *= self.factor
            if self.base_lr < self.stop_factor_lr:
                self.base_lr = self.stop_factor_lr
                logging.info(
                    "Update[%d]: now learning rate arrived at %0.5e, will not change in the future",
                    num_update,
                    self.base_lr,
                )
            else:
                logging.info("Update[%d]: Change learning rate to %0.5e", num_update, self.base_lr)
        return self.base_lr


class MultiFactorScheduler(LRScheduler):
    """Multiply the learning rate by ``factor`` after each of the updates in ``step``.

    >>> from mxnet import lr_scheduler
    >>> schedule = lr_scheduler.MultiFactorScheduler(step=[2, 4], factor=0.5, base_lr=1.0)
    >>> [schedule(n) for n in range(1, 6)]
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """

    def __init__(
        self,
        step: Sequence[int],
        factor: float = 1,
        base_lr: float = 0.01,
        warmup_steps: int = 0,
        warmup_begin_lr: float = 0,
        warmup_mode: str = "linear",
    ) -> None:
        super().__init__(base_lr, warmup_steps, warmup_begin_lr, warmup_mode)
        if not (isinstance(step, list) and step):
            raise AssertionError(
                message("MultiFactorScheduler: step is a list of updates", received=repr(step))
            )
        for before, each in zip([0, *step], step, strict=False):
            _check_step(each, step)
            if each <= before:
                raise ValueError(
                    message("Schedule step must be an increasing integer list", received=f"step={step}")
                )
        _check_factor(factor)
        self.step = step
        self.cur_step_ind = 0
        self.factor = factor
        self.count = 0

    def __call__(self, num_update: int) -> float:
        """The learning rate of update ``num_update``; calls come in order."""
        if num_update < self.warmup_steps:
            return self.get_warmup_lr(num_update)
        while self.cur_step_ind < len(self.step) and num_update > self.step[self.cur_step_ind]:
            self.count = self.step[self.cur_step_ind]
            self.cur_step_ind += 1
            self.base_lr *= self.factor
            logging.info("Update[%d]: Change learning rate to %0.5e", num_update, self.base_lr)
        return self.base_lr


class PolyScheduler(LRScheduler):
    """Fall from ``base_lr`` to ``final_lr`` along ``(1 - done)**pwr`` until ``max_update``.

    >>> from mxnet import lr_scheduler
    >>> schedule = lr_scheduler.PolyScheduler(max_update=4, base_lr=1.0, pwr=1)
    >>> [schedule(n) for n in range(1, 6)]
    [0.75, 0.5, 0.25, 0.0, 0.0]
    """

    def __init__(
        self,
        max_update: int,
        base_lr: float = 0.01,
        pwr: int = 2,
        final_lr: float = 0,
        warmup_steps: int = 0,
        warmup_begin_lr: float = 0,
        warmup_mode: str = "linear",
    ) -> None:
        super().__init__(base_lr, warmup_steps, warmup_begin_lr, warmup_mode)
        _check_max_update(max_update)
        self.power = pwr
        self.base_lr_orig = self.base_lr
        self.max_update = max_update
        self.final_lr = final_lr
        self.max_steps = self.max_update - self.warmup_steps

    def __call__(self, num_update: int) -> float:
        """The learning rate of update ``num_update``."""
        if num_update < self.warmup_steps:
            return self.get_warmup_lr(num_update)
        if num_update <= self.max_update:
            left = 1 - _done(self, num_update)
            self.base_lr = self.final_lr + (self.base_lr_orig - self.final_lr) * left**self.power
        return self.base_lr


class CosineScheduler(LRScheduler):
    """Fall from ``base_lr`` to ``final_lr`` along half a cosine until ``max_update``.

    Source: Loshchilov and Hutter, arXiv:1608.03983.

    >>> from mxnet import lr_scheduler
    >>> schedule = lr_scheduler.CosineScheduler(max_update=2, base_lr=1.0)
    >>> [round(schedule(n), 3) for n in range(3)]
    [1.0, 0.5, 0.0]
    """

    def __init__(
        self,
        max_update: int,
        base_lr: float = 0.01,
        final_lr: float = 0,
        warmup_steps: int = 0,
        warmup_begin_lr: float = 0,
        warmup_mode: str = "linear",
    ) -> None:
        super().__init__(base_lr, warmup_steps, warmup_begin_lr, warmup_mode)
        _check_max_update(max_update)
        self.base_lr_orig = base_lr
        self.max_update = max_update
        self.final_lr = final_lr
        self.max_steps = self.max_update - self.warmup_steps

    def __call__(self, num_update: int) -> float:
        """The learning rate of update ``num_update``."""
        if num_update < self.warmup_steps:
            return self.get_warmup_lr(num_update)
        if num_update <= self.max_update:
            wave = (1 + math.cos(math.pi * _done(self, num_update))) / 2
            self.base_lr = self.final_lr + (self.base_lr_orig - self.final_lr) * wave
        return self.base_lr


def _done(schedule: PolyScheduler | CosineScheduler, num_update: int) -> float:
    """The part of the way that is behind, from 0 to 1 (1 where the warm-up fills it all)."""
    steps = schedule.max_steps
    return float(num_update - schedule.warmup_steps) / float(steps) if steps > 0 else 1.0


def _check_step(each: float, step: Any) -> None:
    if not isinstance(each, Real):
        raise TypeError(message("Schedule step is a number of updates", received=f"step={step!r}"))
    if each < 1:
        raise ValueError(
            message("Schedule step must be greater or equal than 1 round", received=f"step={step}")
        )


def _check_factor(factor: float) -> None:
    if factor > 1.0:
        raise ValueError(
            message("Factor must be no more than 1 to make lr reduce", received=f"factor={factor}")
        )


def _check_max_update(max_update: int) -> None:
    if not isinstance(max_update, int):
        raise AssertionError(message("max_update is a whole number", received=repr(max_update)))
    if max_update < 1:
        raise ValueError(
            message(
                "maximum number of updates must be strictly positive", received=f"max_update={max_update}"
            )
        )
