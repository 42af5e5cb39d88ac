"""Recorded calls without those that nobody needs; what remains computes the same numbers, to the last bit."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch

from .recording import Call, Draw, Value

__all__ = ["improved"]

_MOST = 2**16  # elements of an array that is kept instead of being made again

_MUL, _NEG = torch.ops.aten.mul.Tensor, torch.ops.aten.neg.default
_LINEAR = torch.ops.aten.linear.default
_SCALINGS = frozenset({"aten::mul", "aten::div", "aten::neg"})

# What makes arrays of known content from shapes alone.
_MAKERS = frozenset(
    f"aten::{name}"
    for name in ("ones_like", "zeros_like", "full_like", "ones", "zeros", "full", "scalar_tensor", "arange")
)


def improved(calls: Sequence[Call], outputs: Sequence[Value | None]) -> tuple[list[Call], list[Value | None]]:
    """The calls that the outputs and the writes into given arrays need, and the outputs among their values."""
    passes = _Passes(calls)
    for call in calls:
        passes.take(call)
    kept = [value if value is None else passes.now(value) for value in outputs]
    return _needed(passes.calls, kept), kept


class _Passes:
    """Goes through the calls once; values that turn out to be others are replaced by them."""

    def __init__(self, calls: Sequence[Call]) -> None:
        self.calls: list[Call] = []
        self._same: dict[Value, Value] = {}
        self._maker: dict[Value, Call] = {}
        self._scales: dict[Value, tuple[Value, float]] = {}
        self._written = {value.root for call in calls for value in call.written}

    def now(self, value: Value) -> Value:
        return self._same.get(value, value)

    def take(self, call: Call) -> None:
        call = Call(
            call.function,
            self._renamed(call.args),
            self._renamed(call.kwargs),
            call.results,
            call.single,
            [self.now(value) for value in call.written],
        )
        if call.single and not call.written and not isinstance(call.function, Draw):
            result = call.results[0]
            assert result is not None
            call = self._simpler(call, result)
            other = self._known(call, result)
            if other is None and result.root not in self._written:
                other = self._constant(call, result)
            if other is not None:
                self._same[result] = other
                return
            self._maker[result] = call
        self.calls.append(call)

    def _renamed(self, each: Any) -> Any:
        if isinstance(each, Value):
            return self.now(each)
        if isinstance(each, dict):
            return {key: self._renamed(one) for key, one in each.items()}
        if isinstance(each, (list, tuple)):
            return type(each)(self._renamed(one) for one in each)
        return each

    def _known(self, call: Call, result: Value) -> Value | None:
        """A value that there is already and that the result equals."""
        rule = _SAME.get(call.name)
        return None if rule is None else rule(self, call, result)

    def made_by(self, value: Any, name: str) -> Call | None:
        call = self._maker.get(value)
        return call if call is not None and call.name == name else None

    def untouched(self, value: Value) -> bool:
        """Whether no call writes into its memory."""
        return value.root not in self._written

    def _simpler(self, call: Call, result: Value) -> Call:
        """Another call that computes the same numbers in less time."""
        if call.name == "aten::pow" and call.args[1] == 2 and not isinstance(call.args[1], bool):
            base: Value = call.args[0]
            return Call(_MUL, (base, base), {}, call.results, True) if base.dtype is result.dtype else call
        if call.name == "aten::addmm" and not call.kwargs and len(call.args[0].shape) == 1:
            turned = self.made_by(call.args[2], "aten::t")
            if turned is not None and self.untouched(turned.args[0]):
                return Call(_LINEAR, (call.args[1], turned.args[0], call.args[0]), {}, call.results, True)
        scaled = self._scaled(call, result)
        if scaled is None or not (self.untouched(scaled[0]) and self.untouched(result)):
            return call
        base, factor = scaled
        self._scales[result] = scaled
        if base is not call.args[0] or factor == 1:  # several steps as one
            function, args = (_NEG, (base,)) if factor == -1 else (_MUL, (base, factor))
            return Call(function, args, {}, call.results, True)
        return call

    def _scaled(self, call: Call, result: Value) -> tuple[Value, float] | None:
        """The value of which the result is a multiple, and the factor: a power of two, so that nothing is rounded."""
        if call.name not in _SCALINGS or call.kwargs or not result.dtype.is_floating_point:
            return None
        values = [value for value in call.args if isinstance(value, Value)]
        value = next((each for each in values if each.constant is None), None)
        if value is None or value.shape != result.shape or value.dtype is not result.dtype:
            return None
        factor = -1.0
        if call.name != "aten::neg":
            other = call.args[1] if call.args[0] is value else call.args[0]
            if other is value or (call.name == "aten::div" and call.args[0] is not value):
                return None
            number = _number(other)
            if number is None or abs(math.frexp(number)[0]) != 0.5:
                return None
            factor = 1 / number if call.name == "aten::div" else number
        base, before = self._scales.get(value, (value, 1.0))
        return base, factor * before

    def _constant(self, call: Call, result: Value) -> Value | None:
        """The result as a constant, where it follows from shapes and constants alone."""
        made = call.name in _MAKERS
        inputs = list(call.inputs())
        if not made and not (inputs and all(value.constant is not None for value in inputs)):
            return None
        size = 1
        for length in result.shape:
            size *= length
        if size > _MOST or torch.Tag.nondeterministic_seeded in call.function.tags:
            return None
        with torch.no_grad():
            args, kwargs = _as_tensors(call.args, made), _as_tensors(call.kwargs, made)
            tensor = call.function(*args, **kwargs)
        return Value.of(tensor, constant=tensor)


def _number(each: Any) -> float | None:
    """A number, also one that fills a constant."""
    if isinstance(each, Value):
        tensor = each.constant
        if tensor is None or tensor.numel() == 0 or not tensor.dtype.is_floating_point:
            return None
        first = tensor.flatten()[0]
        return float(first) if bool((tensor == first).all()) else None
    if isinstance(each, (int, float)) and not isinstance(each, bool):
        return float(each)
    return None


def _as_tensors(each: Any, made: bool) -> Any:
    """Constants as the tensors they are, and for `_MAKERS` empty ones for the shapes that they look at."""
    if isinstance(each, Value):
        if each.constant is not None:
            return each.constant
        assert made
        return torch.empty(each.shape, dtype=each.dtype, device=each.device)
    if isinstance(each, dict):
        return {key: _as_tensors(one, made) for key, one in each.items()}
    if isinstance(each, (list, tuple)):
        return type(each)(_as_tensors(one, made) for one in each)
    return each


# ---------------------------------------------------------------------- what equals what


def _itself(passes: _Passes, call: Call, result: Value) -> Value | None:
    value: Value = call.args[0]
    return value


def _same_shape(passes: _Passes, call: Call, result: Value) -> Value | None:
    """A view of the shape that its input has already."""
    value: Value = call.args[0]
    return value if value.shape == result.shape and value.dense and result.dense else None


def _turned_twice(passes: _Passes, call: Call, result: Value) -> Value | None:
    """The transpose of a transpose."""
    first = passes.made_by(call.args[0], call.name)
    if first is None or first.args[1:] != call.args[1:]:
        return None
    value: Value = first.args[0]
    return value


def _times_one(passes: _Passes, call: Call, result: Value) -> Value | None:
    """A product with 1, as it begins every way back from a loss."""
    if len(call.args) != 2 or call.kwargs:
        return None
    for value, factor in (call.args, call.args[::-1]):
        if (
            isinstance(value, Value)
            and _number(factor) == 1
            and value.shape == result.shape
            and value.dtype is result.dtype
            and passes.untouched(value)
            and passes.untouched(result)
        ):
            return value
    return None


def _first_power(passes: _Passes, call: Call, result: Value) -> Value | None:
    """``x ** 1``, as it stands in the gradient of a square."""
    value, exponent = call.args[:2]
    if exponent == 1 and value.dtype is result.dtype and passes.untouched(value) and passes.untouched(result):
        found: Value = value
        return found
    return None


_SAME: dict[str, Callable[[_Passes, Call, Value], Value | None]] = {
    "aten::detach": _itself,
    "aten::alias": _itself,
    "aten::lift_fresh": _itself,
    "aten::view": _same_shape,
    "aten::_unsafe_view": _same_shape,
    "aten::expand": _same_shape,
    "aten::t": _turned_twice,
    "aten::transpose": _turned_twice,
    "aten::mul": _times_one,
    "aten::pow": _first_power,
}


# ---------------------------------------------------------------------- what is needed


def _needed(calls: Sequence[Call], outputs: Sequence[Value | None]) -> list[Call]:
    """The calls whose results are used, that write into memory somebody sees, or that draw random numbers."""
    needed = {value for value in outputs if value is not None}
    memory = {value.root for value in needed}
    kept: list[Call] = []
    for call in reversed(calls):
        used = isinstance(call.function, Draw) or any(value in needed for value in call.results)
        used = used or any(
            value.root.given is not None or value.root.constant is not None or value.root in memory
            for value in call.written
        )
        if not used and not isinstance(call.function, Draw):
            used = torch.Tag.nondeterministic_seeded in call.function.tags
        if used:
            kept.append(call)
            inputs = set(call.inputs())
            needed |= inputs
            memory |= {value.root for value in inputs}
    return kept[::-1]
