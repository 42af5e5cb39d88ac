"""``mx.mon``: `Monitor` looks at the arrays inside a network while it is trained."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any

from ._surface import module_getattr as _module_getattr
from .base import integer_types, message
from .ndarray import NDArray

__all__ = ["Monitor"]

__getattr__ = _module_getattr(__name__)


class Monitor:
    """Statistics of inner outputs, gradients and weights, every ``interval`` batches.

    Parameters
    ----------
    interval : of that many batches one is looked at.
    stat_func : of an array the statistic, which is an array or a list of arrays; by default the root of the mean
        square.
    pattern : a regular expression; arrays whose names match it from their start are looked at.
    sort : whether `toc` sorts by name.
    monitor_all : whether the inputs of operators are looked at, too, and not their outputs only.

    Raises
    ------
    ValueError : ``interval`` is less than 1, or ``pattern`` is no regular expression.

    Names are those of `Symbol.get_internals` (``fc1_output``), ``fc1_backward_output0`` for the gradient of the first
    input of ``fc1``, and after the batch those of arguments and auxiliary states (``fc1_weight``).

    >>> monitor = Monitor(1, lambda x: x.max(), pattern="r_output|x")
    >>> run = mx.sym.relu(mx.sym.var("x"), name="r").bind(mx.cpu(), {"x": nd.array([-1.0, 2.0])})
    >>> monitor.install(run)
    >>> monitor.tic()
    >>> _ = run.forward()
    >>> [(step, name, text.strip()) for step, name, text in monitor.toc()]
    [(1, 'r_output', '2.0'), (1, 'x', '2.0')]
    """

    def __init__(
        self,
        interval: int,
        stat_func: Callable[[NDArray], Any] | None = None,
        pattern: str = ".*",
        sort: bool = False,
        monitor_all: bool = False,
    ) -> None:
        if not isinstance(interval, integer_types) or interval < 1:
            raise ValueError(
                message(
                    "Monitor: interval is a number of batches", received=f"interval={interval!r}", hint="1"
                )
            )
        try:
            self.re_prog = re.compile(pattern)
        except (re.error, TypeError) as error:
            raise ValueError(
                message(
                    "Monitor: pattern is no regular expression",
                    received=f"pattern={pattern!r}",
                    because=str(error),
                    hint="'.*weight', and a backslash before characters such as [ and (",
                )
            ) from None
        self.interval = interval
        self.stat_func = _root_mean_square if stat_func is None else stat_func
        self.sort = sort
        self.monitor_all = monitor_all
        self.activated = False
        self.step = 0
        self.queue: list[tuple[int, str, Any]] = []
        self.exes: list[Any] = []

    def stat_helper(self, name: str, array: NDArray) -> None:
        """Look at one array, if this batch is looked at and the name matches."""
        if self.activated and self.re_prog.match(name):
            self.queue.append((self.step, name, self.stat_func(array)))

    def install(self, exe: Any) -> None:
        """Look into an executor (`Module.install_monitor` does it for those of a module)."""
        if not hasattr(exe, "set_monitor_callback"):
            raise TypeError(
                message(
                    "Monitor.install: takes an executor",
                    received=type(exe).__name__,
                    hint="module.install_monitor(monitor)",
                )
            )
        exe.set_monitor_callback(self.stat_helper, self.monitor_all)
        if exe not in self.exes:
            self.exes.append(exe)

    def tic(self) -> None:
        """Before a batch: begin to look, if it is the turn of this batch."""
        if self.step % self.interval == 0:
            self.queue = []
            self.activated = True
        self.step += 1

    def toc(self) -> list[tuple[int, str, str]]:
        """After a batch: number of the batch, name and statistics as text, for each array that was looked at."""
        if not self.activated:
            return []
        for exe in self.exes:
            for arrays in (exe.arg_dict, exe.aux_dict):
                for name, array in arrays.items():
                    self.stat_helper(name, array)
        self.activated = False
        found, self.queue = self.queue, []
        if self.sort:
            found.sort(key=lambda each: each[1])
        return [(step, name, _as_text(name, values)) for step, name, values in found]

    def toc_print(self) -> None:
        """After a batch: log what `toc` finds."""
        for step, name, values in self.toc():
            logging.info("Batch: {:7d} {:30s} {:s}".format(step, name, values))  # noqa: UP032


def _root_mean_square(array: NDArray) -> NDArray:
    return array.norm() / array.size**0.5


def _as_text(name: str, values: Any) -> str:
    """Statistics with a tab behind each."""
    values = values if isinstance(values, list) else [values]
    for value in values:
        if not isinstance(value, NDArray):
            raise AssertionError(
                message(
                    "Monitor: stat_func returns an array or a list of arrays",
                    received=f"{type(value).__name__} for {name}",
                    hint="x.max() rather than x.max().asscalar()",
                )
            )
    # str, not the format of an f-string, which shows single precision with the digits of double
    return "".join(str(v.asscalar() if v.shape == (1,) else v.asnumpy()) + "\t" for v in values)
