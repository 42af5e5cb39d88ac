"""Gradients of two bits: what is sent is -threshold, 0 or threshold, and the rest is remembered for the next time."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from ..base import MXNetError, message

__all__ = ["TwoBits"]


class TwoBits:
    """``r += g``; ``q = threshold * sign(r)`` where ``|r| >= threshold``, else 0; ``r -= q``.

    Every place of a key (its first device, its second, ...) has a rest r of its own.

    Parameters
    ----------
    options : ``type``, which is ``'2bit'``, and ``threshold``, 0.5 by default.

    Raises
    ------
    MXNetError : the type is another one, or the threshold is no number above 0.

    Source: Strom, Scalable Distributed DNN Training Using Commodity GPU Cloud Computing (2015).
    """

    def __init__(self, options: Mapping[str, Any]) -> None:
        if not isinstance(options, Mapping):
            raise AssertionError(
                message(
                    f"unexpected type for param_dict: {type(options)}",
                    hint="{'type': '2bit', 'threshold': 0.5}",
                )
            )
        kind = options.get("type")
        if str(kind) != "2bit":
            raise MXNetError(
                f"set_gradient_compression: unknown type for gradient compression {kind}"
                if "type" in options
                else "set_gradient_compression: the type is missing",
                received=repr(dict(options)),
                hint="{'type': '2bit', 'threshold': 0.5}",
            )
        self.threshold = _positive(options.get("threshold", 0.5))
        self._rests: dict[tuple[Any, int], torch.Tensor] = {}
        unknown = sorted(map(str, set(options) - {"type", "threshold"}))
        if unknown:
            warnings.warn(
                f"set_gradient_compression: {', '.join(unknown)} unknown and ignored; its options are type and "
                "threshold",
                stacklevel=4,
            )

    def continued(self, before: TwoBits | None) -> TwoBits:
        """This compression, with the rests that another one left."""
        if before is not None:
            self._rests = before._rests
        return self

    def __call__(self, key: Any, gradients: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        """What is sent of the gradients of one key."""
        return [self._sent((key, place), gradient) for place, gradient in enumerate(gradients)]

    def _sent(self, place: tuple[Any, int], gradient: torch.Tensor) -> torch.Tensor:
        if not gradient.is_floating_point():
            raise MXNetError(
                "push: gradient compression takes arrays of floating-point numbers",
                received=str(gradient.dtype).removeprefix("torch."),
                hint="a store without set_gradient_compression",
            )
        rest = self._rests.get(place)
        if rest is None or rest.shape != gradient.shape or rest.dtype != gradient.dtype:
            rest = torch.zeros_like(gradient)
        rest = rest.to(gradient.device) + gradient
        sent = torch.where(rest.abs() >= self.threshold, rest.sign() * self.threshold, 0.0).to(rest.dtype)
        self._rests[place] = rest - sent
        return sent


def _positive(threshold: Any) -> float:
    try:
        number = float(threshold)
    except (TypeError, ValueError):
        number = -1.0
    if not number > 0:
        raise MXNetError(
            "set_gradient_compression: threshold must be greater than 0",
            received=f"threshold={threshold!r}",
            hint="{'type': '2bit', 'threshold': 0.5}",
        )
    return number
