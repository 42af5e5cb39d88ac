"""Recorded calls as straight-line Python over torch's own functions.

    def replay(v0, v1, v2, b0, draws):
        v3 = addmm(v2, v0, v1.t())
        v4 = relu_(v3); v3 = None
        ...

A name is dropped where the tensor is used for the last time, so that memory is freed as early as it can be. A call
that could write its result into an input that dies there does so; a gradient is computed straight into its buffer.
"""

from __future__ import annotations

import itertools
import linecache
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import torch

from .recording import Call, Draw, Value, values_in

__all__ = ["Replay"]

_numbers = itertools.count()

# Calls with a form that writes into the first argument, and what has to be said for it.
_IN_PLACE = {
    f"aten::{name}": f"{name}_"
    for name in "relu sigmoid tanh exp neg sqrt square abs reciprocal clamp add sub mul div".split()
}
_GRADIENT_IN_PLACE = {
    "aten::threshold_backward": torch.ops.aten.threshold_backward.grad_input,
    "aten::sigmoid_backward": torch.ops.aten.sigmoid_backward.grad_input,
    "aten::tanh_backward": torch.ops.aten.tanh_backward.grad_input,
}
_WITH_NUMBERS = frozenset({"aten::mul", "aten::add", "aten::sub", "aten::div"})
_OUT = frozenset({"aten::mm", "aten::bmm", "aten::sum", "aten::mul", "aten::add", "aten::neg"})

# Functions of this name take something else than the kernel.
_DIFFERENT = frozenset({"split", "slice", "to", "stft", "istft", "index"})
_METHODS = frozenset(
    {"view", "expand", "t", "permute", "transpose", "copy_", "zero_", "fill_", "squeeze", "unsqueeze"}
)


class Output(NamedTuple):
    """Where an output goes: into the buffer of that number, or (None) to the caller."""

    value: Value | None
    buffer: int | None = None


class Replay:
    """A function of the given tensors, the buffers and the random stream; returns the outputs that have no buffer.

    Parameters
    ----------
    calls : what is left to do, see `improved`.
    given : as many tensors are given.
    outputs : the outputs; None for one that there is not.
    buffers : for each output the number of the buffer it is wanted in, or None. Where it cannot be computed there,
        it is returned.

    Attributes
    ----------
    source : the text of the function.
    returned : for each output whether the function returns it (else it is in its buffer, or None).
    """

    def __init__(
        self,
        calls: Sequence[Call],
        given: int,
        outputs: Sequence[Value | None],
        buffers: Sequence[int | None] = (),
    ) -> None:
        self._namespace: dict[str, Any] = {}
        self._names: dict[Value, str] = {}
        self._counter = itertools.count(given)
        self._given = given
        self._calls = calls
        self.returned = [value is not None for value in outputs]
        self._outputs = list(outputs)
        self._targets = self._targeted(buffers or [None] * len(outputs))
        self.source = self._written(max((b for b in buffers if b is not None), default=-1) + 1)
        filename = f"<replay {next(_numbers)}>"
        exec(compile(self.source, filename, "exec"), self._namespace)
        lines = self.source.splitlines(keepends=True)
        linecache.cache[filename] = (len(self.source), None, lines, filename)
        self.function = self._namespace["replay"]

    # ------------------------------------------------------------------ gradients straight into their buffers

    def _targeted(self, buffers: Sequence[int | None]) -> dict[Value, tuple[str, int]]:
        """For results that are computed in a buffer: the buffer as an expression, and which output that is."""
        makers = {value: call for call in self._calls for value in call.results if value is not None}
        counts = Counter(each for each in self._outputs if each is not None)
        users = Counter(each for call in self._calls for each in set(call.inputs()))
        targets: dict[Value, tuple[str, int]] = {}
        for place, (output, buffer) in enumerate(zip(self._outputs, buffers, strict=True)):
            if output is None or buffer is None or counts[output] > 1 or users[output]:
                continue
            value, maker, expression = output, makers.get(output), f"b{buffer}"
            if maker is not None and maker.name == "aten::view" and users[maker.args[0]] == 1:
                source = maker.args[0]  # a bias' gradient: a sum that kept its axis
                if source in makers and source not in counts:
                    value, maker = source, makers[source]
                    if not _keeps_axes_of_nothing(maker, source, output):
                        expression = f"b{buffer}.view({source.shape!r})"
            if (
                maker is not None
                and not isinstance(maker.function, Draw)
                and maker.single
                and maker.name in _OUT
                and value.root is value
            ):
                targets[value] = (expression, place)
                self.returned[place] = False
        return targets

    # ------------------------------------------------------------------ writing

    def _written(self, buffers: int) -> str:
        for place, value in self._given_values().items():
            self._names[value] = f"v{place}"
        parameters = [f"v{place}" for place in range(self._given)]
        parameters += [f"b{place}" for place in range(buffers)]
        lines = [f"def replay({''.join(f'{each}, ' for each in parameters)}draws):"]
        last, memory_last = self._last_uses()
        for position, call in enumerate(self._calls):
            dying = [
                value
                for value in dict.fromkeys(call.inputs())
                if last.get(value) == position and value.given is None and value.constant is None
            ]
            if any(result in self._skipped for result in call.results):
                continue
            lines.append(f"    {self._line(call, position, dying, memory_last)}")
            unused = [
                value
                for value in call.results
                if value is not None
                and value not in last
                and value in self._names
                and value not in self._targets
            ]
            gone = [self._names[value] for value in [*dying, *unused] if value in self._names]
            taken = (
                {self._names.get(value) for value in call.results if value is not None}
                if not unused
                else set()
            )
            gone = [name for name in dict.fromkeys(gone) if name not in taken]
            if gone:
                lines.append(f"    {' = '.join(gone)} = None")
        results = [
            self._expression(value)
            for value, returned in zip(self._outputs, self.returned, strict=True)
            if returned and value is not None
        ]
        lines.append(f"    return ({''.join(f'{each}, ' for each in results)})")
        return "\n".join(lines) + "\n"

    def _given_values(self) -> dict[int, Value]:
        found: dict[int, Value] = {}
        for call in self._calls:
            for value in call.inputs():
                if value.given is not None:
                    found[value.given] = value
        for output in self._outputs:
            if output is not None and output.given is not None:
                found[output.given] = output
        return found

    def _last_uses(self) -> tuple[dict[Value, int], dict[Value, int]]:
        """Where each value, and where each piece of memory, is used for the last time."""
        last: dict[Value, int] = {}
        memory: dict[Value, int] = {}
        self._skipped: set[Value] = set()
        for position, call in enumerate(self._calls):
            for value in call.inputs():
                last[value] = memory[value.root] = position
        for output, returned in zip(self._outputs, self.returned, strict=True):
            if output is None:
                continue
            if returned:
                last[output] = memory[output.root] = len(self._calls)
            elif output not in self._targets:
                self._skipped.add(output)  # the view of a sum that is in its buffer already
        return last, memory

    def _line(self, call: Call, position: int, dying: list[Value], memory_last: dict[Value, int]) -> str:
        call = _with_number_as_tensor(call)
        results = [value for value in call.results if value is not None]
        if call.single and results[0] in self._targets:
            expression, _ = self._targets[results[0]]
            if _sums_over_many(call):
                return f"{expression}.zero_().addmm_({', '.join(self._arguments(call.args, call.kwargs))})"
            if call.name == "aten::sum" and ".view(" not in expression:
                call = replace(call, args=(*call.args[:2], False), kwargs=call.kwargs)
            return self._called(call, [f"out={expression}"])
        text = self._in_place(call, position, dying, memory_last) or self._called(call, [])
        if call.single:
            result = results[0]
            name = self._names.get(result)
            if name is None:
                # the place of an input that is used for the last time
                old = next((self._names[value] for value in dying if value in self._names), None)
                name = self._names[result] = old or f"v{next(self._counter)}"
            return f"{name} = {text}"
        if not results:
            return text
        names = []
        for value in call.results:
            if value is None:
                names.append("_")
            else:
                names.append(self._names.setdefault(value, f"v{next(self._counter)}"))
        return f"{', '.join(names)}{',' if len(names) == 1 else ''} = {text}"

    def _in_place(
        self, call: Call, position: int, dying: list[Value], memory_last: dict[Value, int]
    ) -> str | None:
        """The call written so that it works in the memory of its first argument, where that is free to use."""
        if not call.single or isinstance(call.function, Draw) or call.written or not call.args:
            return None
        first, result = call.args[0], call.results[0]
        assert result is not None
        if (
            not isinstance(first, Value)
            or first not in dying
            or first.root is not first  # also a view would do, if it were the last: rare
            or memory_last[first] != position
            or first.shape != result.shape
            or first.dtype is not result.dtype
            or not first.dense
            or list(call.inputs()).count(first) > 1
        ):
            return None
        name = call.name
        if name in _IN_PLACE:
            rest = self._arguments(call.args[1:], call.kwargs)
            return f"{self._names[first]}.{_IN_PLACE[name]}({', '.join(rest)})"
        if name in _GRADIENT_IN_PLACE:
            function = self._bound(name.partition("::")[2], _GRADIENT_IN_PLACE[name])
            arguments = [*self._arguments(call.args, call.kwargs), f"grad_input={self._names[first]}"]
            return f"{function}({', '.join(arguments)})"
        return None

    def _called(self, call: Call, more: list[str]) -> str:
        if isinstance(call.function, Draw):
            arguments = [*self._arguments(call.args, call.kwargs), *more]
            return f"draws.{call.function.method}({', '.join(arguments)})"
        space, _, name = call.name.partition("::")
        if space == "aten" and name not in _DIFFERENT:
            if name in _METHODS and isinstance(call.args[0], Value):
                rest = call.args[1:]
                if name == "view" and rest[0]:
                    (rest,) = rest  # torch reads single numbers faster than a tuple of them
                arguments = self._arguments(rest, call.kwargs)
                return f"{self._expression(call.args[0])}.{name}({', '.join(arguments)})"
            if name == "_to_copy" and _changes_type_alone(call):
                return f"{self._expression(call.args[0])}.to({self._expression(call.kwargs['dtype'])})"
            for module in (torch._C._VariableFunctions, torch._C._nn):  # type: ignore[attr-defined]
                function = getattr(module, name, None)
                if function is not None:
                    arguments = [*self._arguments(call.args, call.kwargs), *more]
                    return f"{self._bound(name, function)}({', '.join(arguments)})"
        # what the dispatcher's object calls after a look at its arguments
        function = getattr(call.function, "_op", call.function)
        bound = self._bound(f"{name}_{call.function._overloadname}", function)
        return f"{bound}({', '.join([*self._arguments(call.args, call.kwargs), *more])})"

    def _arguments(self, args: Sequence[Any], kwargs: dict[str, Any]) -> list[str]:
        return [
            *(self._expression(each) for each in args),
            *(f"{key}={self._expression(each)}" for key, each in kwargs.items()),
        ]

    def _expression(self, each: Any) -> str:
        """A value by its name, anything else as text or bound to a name."""
        if isinstance(each, Value):
            if each.constant is not None:
                return self._bound("constant", each.constant)
            return self._names[each]
        if each is None or isinstance(each, (bool, int, str)):
            return repr(each)
        if isinstance(each, float) and each - each == 0:
            return repr(each)
        if isinstance(each, (list, tuple)):
            inside = "".join(f"{self._expression(one)}, " for one in each)
            return f"({inside})" if not any(True for _ in values_in(each)) else f"[{inside}]"
        return self._bound("value", each)

    def _bound(self, name: str, value: Any) -> str:
        candidate, count = name, 0
        while self._namespace.get(candidate, value) is not value:
            count += 1
            candidate = f"{name}_{count}"
        self._namespace[candidate] = value
        return candidate


def _changes_type_alone(call: Call) -> bool:
    """Whether a copy is ``x.to(dtype)``, which would be the array itself for the type that it has."""
    value, wanted = call.args[0], call.kwargs
    return (
        wanted.keys() <= {"dtype", "layout", "device"}
        and wanted.get("dtype") not in (None, value.dtype)
        and wanted.get("layout") in (None, torch.strided)
        and wanted.get("device") in (None, value.device)
    )


def _with_number_as_tensor(call: Call) -> Call:
    """The call with a tensor without axes instead of a number: the same bits, in half the time for small arrays."""
    if isinstance(call.function, Draw) or call.name not in _WITH_NUMBERS or len(call.args) != 2:
        return call
    first, second = call.args
    if type(second) not in (int, float) or first.dtype is not torch.float32 or first.device.type != "cpu":
        return call
    tensor = torch.tensor(second, dtype=torch.float32, device="cpu")
    return replace(call, args=(first, Value.of(tensor, constant=tensor)))


def _sums_over_many(call: Call) -> bool:
    """Whether to add a product to zeros instead of writing it: the same bits, and the kernel is faster at it.

    A gradient of 256 x 784 over a batch of 64, on two cores with MKL: 155 us instead of 190; over one of 256, 538
    instead of 577; nothing was slower from 16 on.
    """
    if call.name != "aten::mm":
        return False
    first = call.args[0]
    return bool(
        first.shape[1] >= 16 and first.device.type == "cpu" and first.dtype in (torch.float32, torch.float64)
    )


def _keeps_axes_of_nothing(call: Call, source: Value, output: Value) -> bool:
    """Whether a sum keeps axes of length 1 only for a view to drop them."""
    if call.name != "aten::sum" or len(call.args) != 3 or not isinstance(call.args[1], (list, tuple)):
        return False
    summed = {axis % len(source.shape) for axis in call.args[1]}
    return tuple(n for axis, n in enumerate(source.shape) if axis not in summed) == output.shape
