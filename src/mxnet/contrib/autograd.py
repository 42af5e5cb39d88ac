"""``mx.contrib.autograd``: the old form of ``mx.autograd``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import autograd
from .._surface import module_getattr as _module_getattr
from ..autograd import mark_variables
from ..ndarray import NDArray

__all__ = [
    "TrainingStateScope",
    "backward",
    "compute_gradient",
    "grad",
    "grad_and_loss",
    "mark_variables",
    "set_is_training",
    "test_section",
    "train_section",
]


def set_is_training(is_train: bool) -> bool:
    """Switch recording and training mode; returns whether they were on."""
    before = autograd.set_recording(is_train)
    autograd.set_training(is_train)
    return before


class TrainingStateScope:
    """Recording and training mode, on or off, for a ``with`` block."""

    def __init__(self, enter_state: bool) -> None:
        self._scope = autograd.record() if enter_state else autograd.pause()

    def __enter__(self) -> None:
        self._scope.__enter__()

    def __exit__(self, *error: object) -> None:
        self._scope.__exit__(*error)


def train_section() -> TrainingStateScope:
    """What is now ``autograd.record()``."""
    return TrainingStateScope(True)


def test_section() -> TrainingStateScope:
    """What is now ``autograd.pause()``."""
    return TrainingStateScope(False)


test_section.__test__ = False  # type: ignore[attr-defined]  # it is no test, whatever pytest thinks


def backward(outputs: Sequence[NDArray], out_grads: Any = None, retain_graph: bool = False) -> None:
    """Differentiate a list of outputs."""
    assert isinstance(outputs, (list, tuple)), "outputs must be a list or tuple of NDArrays"
    autograd.backward(outputs, out_grads, retain_graph)


def compute_gradient(outputs: Sequence[NDArray]) -> None:
    """Differentiate a list of outputs."""
    backward(outputs)


def grad_and_loss(func: Callable[..., Any], argnum: int | Sequence[int] | None = None) -> Callable[..., Any]:
    """A function that returns the gradients of ``func`` by its arguments (all, or the given ones), and its result.

    >>> (slope,), value = grad_and_loss(lambda x: x * x)(nd.array([3.0]))
    >>> slope.asscalar().item(), value.asscalar().item()
    (6.0, 9.0)
    """

    def wrapped(*args: NDArray) -> tuple[list[NDArray], Any]:
        places = range(len(args)) if argnum is None else [argnum] if isinstance(argnum, int) else argnum
        variables = [args[place] for place in places]
        for each in variables:
            assert isinstance(each, NDArray), "type of autograd input should NDArray."
        mark_variables(variables, [each.zeros_like() for each in variables])
        with autograd.record():
            outputs = func(*args)
        backward([outputs] if isinstance(outputs, NDArray) else outputs)
        gradients = [each.grad for each in variables]
        return [each for each in gradients if each is not None], outputs

    return wrapped


def grad(func: Callable[..., Any], argnum: int | Sequence[int] | None = None) -> Callable[..., Any]:
    """A function that returns the gradients of ``func`` by its arguments (all, or the given ones)."""
    both = grad_and_loss(func, argnum)

    def wrapped(*args: NDArray) -> list[NDArray]:
        gradients: list[NDArray] = both(*args)[0]
        return gradients

    return wrapped


__getattr__ = _module_getattr(__name__)
