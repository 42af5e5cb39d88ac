"""``mx.sym.contrib``: operators outside the core over symbols, and control flow."""

from __future__ import annotations

import math
from typing import Any

from .functions import from_table, function_of
from .loops import cond, foreach, while_loop
from .random import uniform
from .symbol import Symbol

__all__ = ["cond", "foreach", "isfinite", "isinf", "isnan", "rand_zipfian", "uniform", "while_loop"]

__getattr__, __dir__ = from_table(__name__, "contrib.")


def isnan(data: Symbol) -> Symbol:
    """1 where an element is not a number, 0 elsewhere. 1.9.1 has it for arrays only.

    >>> from mxnet import sym
    >>> sym.contrib.isnan(sym.var("x")).eval(x=nd.array([1, float("nan")]))[0].asnumpy().tolist()
    [0.0, 1.0]
    """
    anything: Any = data
    return anything != anything  # type: ignore[no-any-return]


def isinf(data: Symbol) -> Symbol:
    """1 where an element is infinite, 0 elsewhere. 1.9.1 has it for arrays only.

    >>> from mxnet import sym
    >>> sym.contrib.isinf(sym.var("x")).eval(x=nd.array([1, float("inf")]))[0].asnumpy().tolist()
    [0.0, 1.0]
    """
    size: Any = function_of("abs")(data)
    return size == math.inf  # type: ignore[no-any-return]


def isfinite(data: Symbol) -> Symbol:
    """1 where an element is a finite number, 0 elsewhere. 1.9.1 has it for arrays only.

    >>> from mxnet import sym
    >>> sym.contrib.isfinite(sym.var("x")).eval(x=nd.array([1, float("nan"), float("inf")]))[0].asnumpy().tolist()
    [1.0, 0.0, 0.0]
    """
    size: Any = function_of("abs")(data)
    return size < math.inf  # type: ignore[no-any-return]


def rand_zipfian(true_classes: Symbol, num_sampled: int, range_max: int) -> tuple[Symbol, Symbol, Symbol]:
    """Classes drawn from an approximately log-uniform (Zipfian) distribution over ``[0, range_max)``.

    ``P(class) = (log(class + 2) - log(class + 1)) / log(range_max + 1)``

    Returns
    -------
    The sampled classes (int64), and how often each of ``true_classes`` and each sampled class is expected (float64).

    >>> from mxnet import sym
    >>> drawn, true, sampled = sym.contrib.rand_zipfian(sym.var("x"), 4, 10)
    >>> drawn.eval(x=nd.array([3]))[0].shape, true.eval(x=nd.array([3]))[0].shape
    ((4,), (1,))
    """
    log_range = math.log(range_max + 1)
    drawn = uniform(0, log_range, shape=(num_sampled,), dtype="float64")
    sampled = (function_of("exp")(drawn) - 1).astype("int64") % range_max

    def expected(classes: Any) -> Any:
        values = classes.astype("float64")
        return function_of("log")((values + 2.0) / (values + 1.0)) / log_range * num_sampled

    return sampled, expected(true_classes), expected(sampled)
