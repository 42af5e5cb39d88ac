"""``nd.contrib``: operators outside the core (`mxnet.ops.contrib` and its neighbours), and control flow.

`foreach`, `while_loop` and `cond` call back into the program with arrays: they are Python loops here, and what
happens in them is taped like everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from .. import random
from ..base import message
from ..context import Context, current_context
from .creation import array
from .invoke import function_of
from .namespace import from_table
from .ndarray import NDArray
from .updates import (
    adamw_update,
    mp_adamw_update,
    multi_adamw_update,
    multi_lamb_update,
    multi_mp_adamw_update,
    multi_mp_lamb_update,
)

__all__ = [
    "adamw_update",
    "cond",
    "foreach",
    "isfinite",
    "isinf",
    "isnan",
    "mp_adamw_update",
    "multi_adamw_update",
    "multi_lamb_update",
    "multi_mp_adamw_update",
    "multi_mp_lamb_update",
    "rand_zipfian",
    "while_loop",
]

__getattr__, __dir__ = from_table(__name__, "contrib.")

Arrays = NDArray | Sequence[NDArray]


def foreach(body: Callable[..., Any], data: Arrays, init_states: Any) -> tuple[Any, Any]:
    """Call ``body(slice, states)`` for each slice of ``data`` along axis 0; stack its outputs.

    Parameters
    ----------
    body : returns ``(outputs, states)``, each one array or a list.
    data : one array or a list of arrays with equally long first axes.
    init_states : the states of the first call; those that a call returns go to the next.

    Returns
    -------
    The outputs, each stacked along a new axis 0, and the last states.

    >>> from mxnet import nd
    >>> sums, last = nd.contrib.foreach(lambda x, s: (x + s, x + s), nd.arange(4), nd.zeros((1,)))
    >>> sums.reshape((-1,)).asnumpy().tolist()
    [0.0, 1.0, 3.0, 6.0]
    """
    arrays: list[Any] = list(data) if isinstance(data, (list, tuple)) else [data]
    _check_arrays("foreach", "data", arrays)
    length = len(arrays[0])
    if any(len(each) != length for each in arrays):
        raise ValueError(
            message(
                "foreach: the arrays differ in their first axis",
                received=f"{[each.shape for each in arrays]}",
            )
        )
    if length == 0:
        raise ValueError(
            message("foreach: there is nothing to go through", received=f"{[a.shape for a in arrays]}")
        )
    states, collected = init_states, []
    for index in range(length):
        slices = [each[index] for each in arrays]
        outputs, states = body(slices if isinstance(data, (list, tuple)) else slices[0], states)
        collected.append(outputs)
    return _stacked(collected), states


def while_loop(
    cond: Callable[..., Any], func: Callable[..., Any], loop_vars: Any, max_iterations: int | None = None
) -> tuple[Any, Any]:
    """Call ``func(*loop_vars)`` while ``cond(*loop_vars)`` holds; stack its outputs.

    Parameters
    ----------
    cond : gives one value.
    func : returns ``(step_output, new_loop_vars)``; the output may be None.
    loop_vars : one array or a list.
    max_iterations : how many calls there are at most; the outputs have that length.

    Returns
    -------
    The outputs, stacked along a new axis 0 of length ``max_iterations``, and the last variables. Rows behind the
    last call are zeros. Differs from 1.9.1, which leaves there what was in memory.

    >>> from mxnet import nd
    >>> outputs, last = nd.contrib.while_loop(lambda i: i <= 2, lambda i: (i * 10, i + 1), nd.array([1]), 3)
    >>> outputs.reshape((-1,)).asnumpy().tolist(), last.asscalar().item()
    ([10.0, 20.0, 0.0], 3.0)
    """
    if max_iterations is None:
        raise ValueError(
            message("max_iterations should be specified", hint="while_loop(..., max_iterations=100)")
        )
    single = isinstance(loop_vars, NDArray)
    variables = [loop_vars] if single else list(loop_vars)
    if not variables:
        raise ValueError(message("while_loop: loop_vars should contain at least one element"))
    collected: list[Any] = []
    while len(collected) < max_iterations and bool(_one_value("while_loop", cond(*variables))):
        outputs, new = func(*variables)
        new = [new] if isinstance(new, NDArray) else list(new if new is not None else [])
        if len(new) != len(variables):
            raise ValueError(
                message(
                    "while_loop: the number of loop_vars should be consistent during the loop",
                    received=f"{len(variables)} before a call and {len(new)} behind it",
                )
            )
        collected.append([] if outputs is None else outputs)
        variables = new
    last = variables[0] if single else variables
    if not collected:
        return [], last
    return _stacked(collected, max_iterations), last


def cond(pred: NDArray, then_func: Callable[[], Any], else_func: Callable[[], Any]) -> Any:
    """``then_func()`` if ``pred``, an array of one element, is not 0, else ``else_func()``.

    >>> from mxnet import nd
    >>> nd.contrib.cond(nd.array([1]), lambda: "yes", lambda: "no")
    'yes'
    """
    return then_func() if bool(_one_value("cond", pred)) else else_func()


def isnan(data: NDArray) -> NDArray:
    """1 where an element is not a number, 0 elsewhere.

    >>> from mxnet import nd
    >>> nd.contrib.isnan(nd.array([1, float("nan")])).asnumpy().tolist()
    [0.0, 1.0]
    """
    return _marked(data, torch.isnan)


def isinf(data: NDArray) -> NDArray:
    """1 where an element is infinite, 0 elsewhere.

    >>> from mxnet import nd
    >>> nd.contrib.isinf(nd.array([1, float("inf")])).asnumpy().tolist()
    [0.0, 1.0]
    """
    return _marked(data, torch.isinf)


def isfinite(data: NDArray) -> NDArray:
    """1 where an element is a finite number, 0 elsewhere.

    >>> from mxnet import nd
    >>> nd.contrib.isfinite(nd.array([1, float("nan"), float("inf")])).asnumpy().tolist()
    [1.0, 0.0, 0.0]
    """
    return _marked(data, torch.isfinite)


def rand_zipfian(
    true_classes: NDArray, num_sampled: int, range_max: int, ctx: Context | None = None
) -> tuple[NDArray, NDArray, NDArray]:
    """Classes drawn from an approximately log-uniform (Zipfian) distribution over ``[0, range_max)``.

    ``P(class) = (log(class + 2) - log(class + 1)) / log(range_max + 1)``

    Returns
    -------
    The sampled classes (int64), and how often each of ``true_classes`` and each sampled class is expected.

    >>> from mxnet import nd
    >>> drawn, true, sampled = nd.contrib.rand_zipfian(nd.array([3]), 4, 10)
    >>> drawn.shape, true.shape, sampled.shape
    ((4,), (1,), (4,))
    """
    context = ctx or current_context()
    log_range = float(np.log(range_max + 1))
    uniform = random.stream(context).uniform((num_sampled,), 0.0, log_range, torch.float64)
    sampled = torch.exp(uniform).sub_(1).to(torch.int64).remainder_(range_max)

    def expected(classes: torch.Tensor) -> torch.Tensor:
        values = classes.double()
        return ((values + 2) / (values + 1)).log() / log_range * num_sampled

    classes = NDArray._wrap(sampled, context)
    true = NDArray._wrap(expected(true_classes._plain()).to(torch.float32), context)
    return classes, true, NDArray._wrap(expected(sampled).to(torch.float32), context)


def _marked(data: NDArray, test: Callable[[torch.Tensor], torch.Tensor]) -> NDArray:
    plain = data._plain()
    return NDArray._wrap(test(plain).to(plain.dtype), data._ctx)


def _check_arrays(caller: str, name: str, arrays: Sequence[Any]) -> None:
    if not arrays or not all(isinstance(each, NDArray) for each in arrays):
        raise ValueError(message(f"{caller}: {name} should be an NDArray or a nested list of NDArrays"))


def _one_value(caller: str, value: Any) -> Any:
    if isinstance(value, NDArray):
        return value.asscalar()
    if isinstance(value, (bool, int, float, np.generic)):
        return value
    raise ValueError(message(f"{caller}: a condition is one value", received=type(value).__name__))


def _stacked(collected: list[Any], length: int | None = None) -> Any:
    """The outputs of all calls, each stacked; lists stay lists."""
    if isinstance(collected[0], (list, tuple)):
        return [_stacked([outputs[i] for outputs in collected], length) for i in range(len(collected[0]))]
    if any(each.shape != collected[0].shape for each in collected):
        raise ValueError(
            message("the outputs of the calls differ in shape", received=f"{[e.shape for e in collected]}")
        )
    missing = (length or len(collected)) - len(collected)
    rows = [
        *collected,
        *[array(np.zeros(collected[0].shape), collected[0]._ctx, collected[0].dtype)] * missing,
    ]
    return function_of("stack")(*rows, axis=0)
