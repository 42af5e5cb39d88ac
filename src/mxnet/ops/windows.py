"""What all operators share that slide a window over the last axes: its lengths, and layouts with channels last.

Axes have names of one letter: N for the batch, C for the channels, then D, H and W for what the window slides over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, wraps
from typing import Any, NamedTuple, TypeVar

import torch

from .registry import OperatorError

__all__ = [
    "Window",
    "channels_first",
    "channels_last",
    "check_rank",
    "lengths",
    "remembered",
    "window",
    "window_shape",
]

Tensor = torch.Tensor
_LAYOUTS = {"NCW": "NWC", "NCHW": "NHWC", "NCDHW": "NDHWC"}
_AXES = {1: "NCW", 2: "NCHW", 3: "NCDHW"}
_Result = TypeVar("_Result")


def remembered(function: Callable[..., _Result]) -> Callable[..., _Result]:
    """Remember results by the arguments, lists taken for tuples: layers ask the same thing at every call."""
    cached = lru_cache(maxsize=4096)(function)

    @wraps(function)
    def call(*args: Any) -> _Result:
        try:
            return cached(*args)
        except TypeError:
            return cached(*(tuple(each) if isinstance(each, list) else each for each in args))

    return call


class Window(NamedTuple):
    """A window and how it goes over data, one number for each axis that it slides over."""

    kernel: tuple[int, ...]
    steps: tuple[int, ...]
    holes: tuple[int, ...]
    padding: tuple[int, ...]


@remembered
def window(kernel: Any, stride: Any, dilate: Any, pad: Any) -> Window:
    """The window that the attributes of an operator describe; raises where they do not fit each other."""
    kernel = window_shape(kernel)
    rank = len(kernel)
    return Window(
        kernel,
        lengths("stride", stride, rank, 1, 1),
        lengths("dilate", dilate, rank, 1, 1),
        lengths("pad", pad, rank, 0),
    )


def lengths(name: str, given: Any, rank: int, default: int, least: int = 0) -> tuple[int, ...]:
    """One whole number for each axis that the window slides over; an empty tuple stands for ``default`` everywhere."""
    values = (given,) if isinstance(given, int) else tuple(int(each) for each in given)
    if not values:
        return (default,) * rank
    if len(values) != rank:
        raise OperatorError(
            f"{name} does not fit kernel",
            because=f"kernel has {rank} {_plural('length', rank)}, {name} has {len(values)}",
            hint=f"{name}={(values[0],) * rank}",
        )
    if min(values) < least:
        raise OperatorError(f"{name}={values} is too small", because=f"its numbers are at least {least}")
    return values


def window_shape(kernel: Any) -> tuple[int, ...]:
    """The kernel as a tuple of one to three positive lengths."""
    values = (kernel,) if isinstance(kernel, int) else tuple(int(each) for each in kernel)
    if not 1 <= len(values) <= 3 or min(values) < 1:
        raise OperatorError(
            f"kernel={values} is no window", because="it has one, two or three lengths of at least 1"
        )
    return values


def check_rank(axes: int, kernel: Sequence[int]) -> int:
    """How many axes the window slides over, which are all ``axes`` of data but two."""
    rank = len(kernel)
    if axes != rank + 2:
        names = {1: "width", 2: "height, width", 3: "depth, height, width"}[rank]
        raise OperatorError(
            f"data has {axes} axes",
            because=f"a kernel of {rank} {_plural('length', rank)} slides over (batch, channels, {names})",
            hint=f"kernel={(kernel[0],) * (axes - 2)}" if 3 <= axes <= 5 else None,
        )
    return rank


def channels_last(layout: str | None, rank: int, allowed: Sequence[str]) -> bool:
    """Whether a layout has the channels as last axis; layouts that do not fit raise."""
    if layout is None or layout == "None":
        return False
    if layout not in allowed:
        raise OperatorError(f"unknown layout {layout!r}", because="valid are " + ", ".join(allowed))
    first = _AXES[rank]
    if layout not in (first, _LAYOUTS[first]):
        raise OperatorError(
            f"layout {layout!r} does not fit data",
            because=f"data has {rank + 2} axes",
            hint=f"layout={first!r}",
        )
    return layout != first


def channels_first(data: Tensor) -> Tensor:
    """``(batch, *, channels)`` as ``(batch, channels, *)``, a view."""
    return data.movedim(-1, 1)


def _plural(word: str, count: int) -> str:
    return word if count == 1 else word + "s"
