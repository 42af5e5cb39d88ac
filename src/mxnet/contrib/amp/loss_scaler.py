"""The factor that keeps small gradients from vanishing in float16: `LossScaler`."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable
from typing import Any

import torch

__all__ = ["LossScaler"]


class LossScaler:
    """The factor of the loss: as large as it can be without an overflow, and found again and again while training.

    It starts at 65536. A gradient that is infinite or nan halves it; 2000 steps in a row without one double it, up to
    2**24. As in 1.9.1 the new factor counts from the step after the next on.

    Source: Micikevicius et al., Mixed Precision Training, 2018, section 3.2.

    >>> from mxnet.contrib.amp.loss_scaler import LossScaler
    >>> LossScaler().loss_scale
    65536.0
    """

    def __init__(self) -> None:
        self._loss_scale = 2.0**16
        self._next_loss_scale = self._loss_scale
        self._max_loss_scale = 2.0**24
        self._scale_seq_len = 2000
        self._unskipped = 0

    @property
    def loss_scale(self) -> float:
        """The factor of now."""
        return self._loss_scale

    def has_overflow(self, params: Iterable[Any]) -> bool:
        """Whether a gradient of these parameters has an element that is infinite or nan; adapts the factor.

        One number is copied to the host, however many gradients and devices there are.
        """
        self._loss_scale = self._next_loss_scale
        gradients = [
            gradient._plain() for each in params if each.grad_req != "null" for gradient in each.list_grad()
        ]
        if all_finite(gradients):
            self._unskipped += 1
            if self._unskipped == self._scale_seq_len:
                self._unskipped = 0
                self._next_loss_scale = min(self._max_loss_scale, self._loss_scale * 2.0)
                logging.info("AMP: increasing loss scale to %f", self._next_loss_scale)
            return False
        self._unskipped = 0
        self._next_loss_scale = self._loss_scale / 2.0
        logging.info("AMP: decreasing loss scale to %f", self._next_loss_scale)
        return True


def all_finite(tensors: Iterable[torch.Tensor]) -> bool:
    """Whether no element is infinite or nan, with one copy to the host.

    >>> import torch
    >>> all_finite([torch.ones(2), torch.tensor([1.0, torch.nan])])
    False
    """
    groups: dict[tuple[torch.device, torch.dtype], list[torch.Tensor]] = {}
    for each in tensors:
        if each.numel() and each.is_floating_point():
            groups.setdefault((each.device, each.dtype), []).append(each)
    flags = []
    with torch.no_grad():
        for (device, dtype), group in groups.items():
            if device.type != "cpu":
                flags.append(torch.stack(torch._foreach_norm(group, math.inf)).isfinite().all())
            elif not _finite_on_cpu(group, dtype):
                return False
        if not flags:
            return True
        here = flags[0].device
        return bool(torch.stack([flag.to(here, non_blocking=True) for flag in flags]).all())


def _finite_on_cpu(group: list[torch.Tensor], dtype: torch.dtype) -> bool:
    """By the sums, which are infinite or nan where an element is: many times faster than to ask every element."""
    wide = torch.float32 if dtype.itemsize < 4 else dtype
    if bool(torch.stack([each.sum(dtype=wide) for each in group]).isfinite().all()):
        return True
    return all(bool(each.isfinite().all()) for each in group)  # large numbers alone can do that to a sum
