"""``a + b`` between arrays and numbers: the operators of Python and the ``nd`` functions of the same meaning.

All are made from the rows of `mxnet.ops.arithmetic.BINARY`. Two floating arrays and an array with a number, the
calls that training consists of, take the short way; everything else the general one.
"""

from __future__ import annotations

from collections.abc import Callable
from numbers import Number
from typing import Any

import numpy as np
import torch

from .. import tape
from ..base import MXNetError, message
from ..ops.arithmetic import BINARY, Binary, broadcast_record
from ..ops.registry import OperatorError
from .invoke import TRANSLATED, as_ndarray, explain, mixed_dtypes
from .ndarray import NDArray, copy_into

__all__ = ["FUNCTIONS"]

_state = tape.state
_grad_enabled = torch.is_grad_enabled
_new = object.__new__
_NUMBERS = frozenset({int, float})
_FLOAT32 = torch.float32

# A number beside an array costs torch 1.6 µs more than a 0-d tensor of the array's type, and gives the same result:
# the learning rates and batch sizes of a program are kept as such.
_TAKES_CONSTANTS = frozenset({"add", "subtract", "multiply", "divide"})
_constants: dict[float, torch.Tensor] = {}


def _constant(number: float) -> Any:
    if number == 0 or number != number:  # 0.0 and -0.0 are one key, nan is none
        return number
    if len(_constants) >= 256:
        _constants.clear()
    with torch.inference_mode(False):  # whoever asks first, later calls may be taped
        made = _constants[number] = torch.tensor(number, dtype=_FLOAT32, device="cpu")
    return made


def _operation(name: str, binary: Binary, reflected: bool = False) -> Callable[[NDArray, Any], Any]:
    """``__add__`` or ``__radd__``: from the array that is asked and the other operand."""
    kernel = _swapped(binary.kernel) if reflected else binary.kernel
    raw = kernel if binary.raw is None else _swapped(binary.raw) if reflected else binary.raw
    pair = kernel if reflected or binary.pair is None else binary.pair
    tapes = binary.differentiable
    constant_plain = name in _TAKES_CONSTANTS
    constant_taped = (
        constant_plain and name != "divide"
    )  # whose gradient by a 0-d array costs more than it saves

    def operation(self: NDArray, other: Any) -> Any:
        kind = type(other)
        try:
            if tapes and _state.recording:
                if not _grad_enabled():
                    with torch.enable_grad():
                        return operation(self, other)
                now = _state.record
                a = self._t if self._tape is None else self._tape.enter(self, now)
                if kind is NDArray:
                    b = other._t if other._tape is None else other._tape.enter(other, now)
                    if a.dtype is not b.dtype:
                        raise mixed_dtypes(a.dtype, b.dtype)
                    y = kernel(a, b)
                elif kind is int or kind is float:
                    if constant_taped and a.dtype is _FLOAT32:
                        y = kernel(a, c if (c := _constants.get(other)) is not None else _constant(other))
                    else:
                        y = raw(a, other) if a.is_floating_point() else kernel(a, int(other))
                else:
                    operand = _operand(self, other)
                    return operand if operand is NotImplemented else operation(self, operand)
                z = _new(NDArray)
                z._t = y
                z._ctx = self._ctx
                z._tape = now if y.requires_grad else None
                return z
            a = self._t if self._tape is None else self._plain()
            if kind is NDArray:
                b = other._t if other._tape is None else other._plain()
                if a.dtype is not b.dtype:
                    raise mixed_dtypes(a.dtype, b.dtype)
                y = pair(a, b)
            elif kind is int or kind is float:
                if constant_plain and a.dtype is _FLOAT32:
                    y = raw(a, c if (c := _constants.get(other)) is not None else _constant(other))
                else:
                    y = raw(a, other) if a.is_floating_point() else kernel(a, int(other))
            else:
                operand = _operand(self, other)
                return operand if operand is NotImplemented else operation(self, operand)
            z = _new(NDArray)
            z._t = y
            z._ctx = self._ctx
            z._tape = None
            return z
        except TRANSLATED as error:
            raise _explained(error, name, self, other, reflected) from None

    return operation


def _swapped(kernel: Callable[[Any, Any], torch.Tensor]) -> Callable[[Any, Any], torch.Tensor]:
    return lambda a, b: kernel(b, a)


def _explained(
    error: Exception, name: str, first: NDArray, second: Any, reflected: bool = False
) -> Exception:
    record = broadcast_record(name)
    if not isinstance(second, NDArray):
        if isinstance(error, MXNetError):
            return error
        if isinstance(error, OperatorError):
            return MXNetError(
                f"{name}: {error.what}",
                received=f"{tape.describe(first)} and {second!r}",
                because=error.because,
                hint=error.hint,
            )
        return MXNetError(
            f"{name}: cannot be computed",
            received=f"{tape.describe(first)} and {second!r}",
            because=str(error).split("\n")[0],
        )
    arrays = (second, first) if reflected else (first, second)
    if not isinstance(error, (OperatorError, MXNetError)):
        try:  # the broadcasting form knows how to say which lengths do not fit
            record.function(*(a._plain() for a in arrays))
        except OperatorError as better:
            error = better
        except TRANSLATED:
            pass
    return explain(error, record, name, arrays, {})


def _operand(self: NDArray, other: Any) -> Any:
    """The other operand as a plain Python number or an array; NotImplemented if it is neither."""
    if isinstance(other, (bool, np.bool_)):
        return int(other)
    if isinstance(other, np.generic) and not isinstance(other, np.complexfloating):
        return other.item()
    if isinstance(other, Number) and not isinstance(other, complex):
        return float(other)  # type: ignore[arg-type]
    operand = as_ndarray(other, self)
    if operand is None:
        return NotImplemented
    return operand if type(operand) is NDArray else NDArray._wrap(operand._enter(), operand._ctx)


def _inplace(name: str, binary: Binary, operation: Callable[..., Any]) -> Callable[[NDArray, Any], NDArray]:
    symbol = binary.formula.split()[1]

    def inplace(self: NDArray, other: Any) -> NDArray:
        target = self._writable(f"{symbol}=")
        result = operation(self, other)
        if result is NotImplemented:
            return NotImplemented
        value = result._t
        if value.shape != target.shape:
            raise MXNetError(
                f"{symbol}=: the result does not fit into the array",
                received=f"{tape.describe(self)} {symbol}= {tape.describe(other)}",
                because=f"the result has shape {tuple(value.shape)}, writing in place keeps {self.shape}",
                hint=f"x = x {symbol} y, which makes a new array",
            )
        copy_into(target, value)
        if value.requires_grad:
            self._t, self._tape = target, _state.record
        return self

    return inplace


# Kernels that write into their first operand, for floating arrays of one type: no intermediate array.
_INPLACE_KERNELS = {
    "add": torch.Tensor.add_,
    "subtract": torch.Tensor.sub_,
    "multiply": torch.Tensor.mul_,
    "divide": torch.Tensor.div_,
}


def _fast_inplace(name: str, general: Callable[[NDArray, Any], NDArray]) -> Callable[[NDArray, Any], NDArray]:
    kernel: Any = _INPLACE_KERNELS[name]

    def inplace(self: NDArray, other: Any) -> NDArray:
        if _state.recording:
            return general(self, other)
        target = self._t.data
        if type(other) in _NUMBERS:
            if target.is_floating_point() and not tape.STRICT_INPLACE:
                kernel(target, other)
                return self
        elif isinstance(other, NDArray):
            value = other._t if other._tape is None else other._plain()
            if (
                value.dtype is target.dtype
                and value.shape == target.shape
                and target.is_floating_point()
                and not tape.STRICT_INPLACE
            ):
                try:
                    kernel(target, value)
                    return self
                except RuntimeError:  # the two overlap in memory
                    pass
        return general(self, other)

    return inplace


def _function(name: str, binary: Binary, forward: Callable[..., Any], backward: Callable[..., Any]) -> Any:
    """``nd.add(lhs, rhs)``: an array or a number on either side."""
    kernel: Any = binary.kernel

    def function(lhs: Any, rhs: Any) -> Any:
        if type(lhs) is NDArray is type(rhs):
            return forward(lhs, rhs)
        if isinstance(lhs, NDArray):
            result = forward(lhs, rhs)
        elif isinstance(rhs, NDArray):
            result = backward(rhs, lhs)
        elif isinstance(lhs, Number) and isinstance(rhs, Number):
            number = kernel(torch.tensor(float(lhs), dtype=torch.float64, device="cpu"), float(rhs)).item()  # type: ignore[arg-type]
            integers = isinstance(lhs, int) and isinstance(rhs, int) and "divide" not in name
            whole = integers and number == int(number)
            return int(number) if whole or not binary.differentiable else number
        else:
            result = NotImplemented
        if result is NotImplemented:
            raise TypeError(
                message(
                    f"nd.{name}: type {type(lhs)} and {type(rhs)} not supported",
                    because="one of the two is an NDArray, the other one too or a number",
                    hint="nd.array(...)",
                )
            )
        return result

    if name == "power":  # whose arguments have names of their own

        def power(base: Any, exp: Any) -> Any:
            return function(base, exp)

        return _dressed(power, name, binary)
    return _dressed(function, name, binary)


def _dressed(function: Callable[..., Any], name: str, binary: Binary) -> Callable[..., Any]:
    function.__name__ = function.__qualname__ = name
    function.__module__ = "mxnet.ndarray"
    function.__doc__ = (
        f"``{binary.formula}``, element by element; arrays are broadcast, numbers take the array's type."
    )
    return function


FUNCTIONS: dict[str, Callable[..., Any]] = {}
"""``nd.add``, ``nd.maximum``, ...: by name."""

for _name, _binary in BINARY.items():
    _forward = _operation(_name, _binary)
    _backward = _operation(_name, _binary, reflected=True)
    for _alias in _binary.function:
        FUNCTIONS[_alias] = _function(_alias, _binary, _forward, _backward)
    _dunder = _binary.dunder
    if _dunder is None:
        continue
    setattr(NDArray, f"__{_dunder}__", _forward)
    if _binary.differentiable:
        setattr(NDArray, f"__r{_dunder}__", _backward)
        _general = _inplace(_name, _binary, _forward)
        _fast = _fast_inplace(_name, _general) if _name in _INPLACE_KERNELS else _general
        setattr(NDArray, f"__i{_dunder}__", _fast)


def _floordiv(self: NDArray, other: Any) -> Any:
    return (self / other).floor()


def _matmul(self: NDArray, other: Any) -> Any:
    from .invoke import function_of

    operand = as_ndarray(other, self)
    if operand is None:
        return NotImplemented
    return function_of("dot")(self, operand) if self.ndim <= 2 else function_of("batch_dot")(self, operand)


def _negative(self: NDArray) -> Any:
    return self * -1


def _equality(operation: Callable[..., Any], answer: bool) -> Callable[..., Any]:
    def compare(self: NDArray, other: Any) -> Any:
        return answer if other is None else operation(self, other)

    return compare


# `x == None` is how old programs ask whether there is an array
NDArray.__eq__ = _equality(NDArray.__eq__, False)  # type: ignore[method-assign]
NDArray.__ne__ = _equality(NDArray.__ne__, True)  # type: ignore[method-assign]
for _special, _method in {
    "__floordiv__": _floordiv,
    "__matmul__": _matmul,
    "__neg__": _negative,
    "__pos__": NDArray.copy,
    "__abs__": lambda self: self.abs(),
    "__div__": NDArray.__truediv__,
    "__rdiv__": NDArray.__rtruediv__,
}.items():
    setattr(NDArray, _special, _method)
