"""A sampler that steps through a dataset."""

from __future__ import annotations

from collections.abc import Iterator

from ...._surface import module_getattr as _module_getattr
from ....base import message
from ...data.sampler import Sampler

__all__ = ["IntervalSampler"]

__getattr__ = _module_getattr(__name__)


class IntervalSampler(Sampler):
    """The numbers ``0, interval, 2 * interval, ...`` below ``length``; then, rolling over, ``1, 1 + interval, ...``.

    Parameters
    ----------
    length : how many samples there are.
    interval : the step, 1 to ``length``.
    rollover : whether to go on with the samples that were stepped over until each has come once.

    Raises
    ------
    AssertionError : ``interval`` is not between 1 and ``length``.

    Differs from 1.9.1, where ``len`` without rolling over is ``length``, more than there are numbers, and an interval
    below 1 gives none.

    >>> list(IntervalSampler(13, interval=3))
    [0, 3, 6, 9, 12, 1, 4, 7, 10, 2, 5, 8, 11]
    >>> list(IntervalSampler(13, interval=3, rollover=False))
    [0, 3, 6, 9, 12]
    """

    def __init__(self, length: int, interval: int, rollover: bool = True) -> None:
        if not 1 <= interval <= length:
            raise AssertionError(
                message(
                    f"Interval {interval} must be smaller than or equal to length {length}"
                    + (", and at least 1" if interval < 1 else ""),
                    received=f"IntervalSampler(length={length}, interval={interval})",
                    hint=f"interval={max(1, min(interval, length))}"
                    if length
                    else "a dataset that is not empty",
                )
            )
        self._length = length
        self._interval = interval
        self._rollover = rollover

    def __iter__(self) -> Iterator[int]:
        for start in range(self._interval if self._rollover else 1):
            yield from range(start, self._length, self._interval)

    def __len__(self) -> int:
        return self._length if self._rollover else len(range(0, self._length, self._interval))
