"""Automatic mixed precision for calls on arrays: functions of ``nd``, methods and operators of `NDArray` that cast."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import torch

from ... import ndarray as nd
from ...gluon.rnn.layer import RNNLayer
from ...ndarray import NDArray, arithmetic, custom, invoke, methods
from ...ops import OPERATORS
from ...ops.arithmetic import BINARY, Binary
from .casting import casting, changes
from .policy import FULL, LOW, WIDEST, Policy

__all__ = ["install"]


def install(policy: Policy, scale: Callable[[], float]) -> None:
    """Let the functions of ``nd`` and the methods and operators of arrays cast what they are given, from now on.

    Functions that a program has taken out of ``nd`` before (``from mxnet.nd import dot``) stay what they were.
    """
    replaced = {name: casting(policy, op, scale) for name, op in OPERATORS.items() if changes(policy, op)}
    old = {id(made) for made in invoke.replace(replaced)}
    for name, module in list(sys.modules.items()):
        if name == "mxnet.ndarray" or name.startswith("mxnet.ndarray."):
            for key in [key for key, value in vars(module).items() if id(value) in old]:
                delattr(module, key)  # it is made anew when it is asked for next
    methods.forget()
    # whose short way goes past the functions
    NDArray.T = property(lambda self: self.transpose(), doc=NDArray.T.__doc__)  # type: ignore[method-assign, assignment]
    for binary in BINARY.values():
        _install_operators(policy, binary)
    _install_recurrent(policy)
    _install_custom(policy)


def _install_recurrent(policy: Policy) -> None:
    """Recurrent layers hand their weights to the kernel of ``RNN`` one by one, past the functions of ``nd``."""
    kind = policy.kinds.get("RNN")
    fit = _Fit(policy.dtype, kind)
    original = RNNLayer._forward_arrays

    @wraps(original)
    def forward(self: Any, inputs: Any, states: Any, sequence_length: Any, parameters: Any) -> Any:
        inputs, *states = fit.fitting([inputs, *states], kind)
        weights = fit.fitting(list(parameters.values()), kind)
        return original(self, inputs, states, sequence_length, dict(zip(parameters, weights, strict=True)))

    check = RNNLayer._check_states
    both = {policy.dtype, torch.float32}

    @wraps(check)
    def check_states(self: Any, inputs: Any, states: Any) -> None:
        """States may be of the other type: those of the step before, beside inputs that are float32."""
        if isinstance(inputs, NDArray):
            states = [
                NDArray._wrap(torch.empty(each.shape, dtype=inputs._t.dtype, device="meta"), each._ctx)
                if isinstance(each, NDArray) and {each._t.dtype, inputs._t.dtype} == both
                else each
                for each in states
            ]
        check(self, inputs, states)

    if kind is not None:
        RNNLayer._forward_arrays = forward  # type: ignore[method-assign]
        RNNLayer._check_states = check_states  # type: ignore[method-assign]


def _install_custom(policy: Policy) -> None:
    """Operators that programs write themselves, in graphs, too."""
    kind = policy.kinds.get("Custom")
    fit = _Fit(policy.dtype, kind)
    original = custom.run

    @wraps(original)
    def cast_first(called: str, prop: Any, arrays: Any, kept: Any = None) -> Any:
        return original(called, prop, fit.fitting(list(arrays), kind), kept)

    if kind is not None:
        custom.run = cast_first


def _install_operators(policy: Policy, binary: Binary) -> None:
    """``a + b``, ``1 + b``, ``a += b`` and ``nd.add(a, b)``."""
    arrays, after, before = (
        policy.kinds.get(OPERATORS[names[0]].name) if names else None
        for names in (binary.broadcast, binary.scalar, binary.reflected_scalar or binary.scalar)
    )
    fit = _Fit(policy.dtype, arrays)
    name = binary.dunder
    if name is not None:
        _wrap(f"__{name}__", lambda original: fit.operation(original, after))
        if binary.differentiable:
            _wrap(f"__r{name}__", lambda original: fit.operation(original, before))
            _wrap(f"__i{name}__", fit.inplace)
    if name == "truediv":
        for special in ("div", "rdiv"):
            setattr(NDArray, f"__{special}__", vars(NDArray)[f"__{special.replace('div', 'truediv')}__"])
    for each in binary.function:
        arithmetic.FUNCTIONS[each] = fit.function(arithmetic.FUNCTIONS[each], after, before)
        setattr(nd, each, arithmetic.FUNCTIONS[each])


def _wrap(special: str, wrapper: Callable[[Any], Any]) -> None:
    setattr(NDArray, special, wrapper(vars(NDArray)[special]))


class _Fit:
    """Casts the operands of one operator to types that it takes.

    Parameters
    ----------
    low : the low precision.
    arrays : the kind of the operator between two arrays.
    """

    def __init__(self, low: torch.dtype, arrays: str | None) -> None:
        self.low, self.arrays = low, arrays

    def operation(self, original: Callable[..., Any], numbers: str | None) -> Callable[..., Any]:
        """``__add__``; ``numbers`` is its kind beside a number."""

        @wraps(original)
        def operation(self: NDArray, other: Any) -> Any:
            if isinstance(other, NDArray):
                self, other = fitting((self, other), arrays)
            elif numbers is not None:
                (self,) = fitting((self,), numbers)
            return original(self, other)

        fitting, arrays = self.fitting, self.arrays
        return operation

    def inplace(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """``__iadd__``: the array keeps its type."""

        @wraps(original)
        def inplace(self: NDArray, other: Any) -> Any:
            if isinstance(other, NDArray) and {self._t.dtype, other._t.dtype} == both:
                other = _cast(other, self._t.dtype)
            return original(self, other)

        both = {self.low, torch.float32}
        return inplace

    def function(
        self, original: Callable[..., Any], after: str | None, before: str | None
    ) -> Callable[..., Any]:
        """``nd.add``."""

        @wraps(original)
        def function(*args: Any, **kwargs: Any) -> Any:
            values = [*args, *kwargs.values()]
            places = [place for place, each in enumerate(values) if isinstance(each, NDArray)]
            kind = arrays if len(places) == 2 else after if places == [0] else before
            fitted = fitting([values[place] for place in places], kind)
            for place, each in zip(places, fitted, strict=True):
                values[place] = each
            return original(*values[: len(args)], **dict(zip(kwargs, values[len(args) :], strict=True)))

        fitting, arrays = self.fitting, self.arrays
        return function

    def fitting(self, arrays: Sequence[NDArray], kind: str | None) -> list[NDArray]:
        """The arrays in the type that a call of this kind takes."""
        low = self.low
        if kind is LOW:
            return [_cast(each, low) if each._t.dtype is torch.float32 else each for each in arrays]
        if kind is FULL or (kind is WIDEST and any(each._t.dtype is torch.float32 for each in arrays)):
            return [_cast(each, torch.float32) if each._t.dtype is low else each for each in arrays]
        return list(arrays)


def _cast(array: NDArray, dtype: torch.dtype) -> Any:
    return invoke.function_of("amp_cast")(array, dtype=dtype)
