"""ONNX graphs as symbols: values, calls, and the table of what each operator becomes.

A value of the graph is an array that is known here (parameters, and what is computed from them and from shapes), or an
output of a symbol. Lengths that are not fixed are tried with two numbers each, so a known array is a pair of arrays:
where the two are the same it is a constant, elsewhere it follows from such a length.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ....base import MXNetError
from ....onnx._abstract import Abstract, Guess, Lengths
from ....ops.arithmetic import BINARY
from ....ops.registry import OPERATORS
from ....symbol import Symbol, var
from ....symbol.functions import function_of
from ....symbol.graph import Entry, Node

__all__ = ["READERS", "Call", "Reader", "Unreadable", "Value", "reader"]

Array = np.ndarray[Any, Any]


class Unreadable(Exception):
    """What a reader raises where symbols cannot say what a node does."""


class Value:
    """A value of the graph: an output of a symbol, or arrays that are known (one for each length that is tried).

    ``logical``: 0 and 1 of another type stand for booleans. ``shape_of``: the value whose shape these numbers are.
    """

    __slots__ = ("arrays", "entry", "logical", "name", "shape_of")

    def __init__(
        self,
        entry: Entry | None = None,
        arrays: tuple[Array, Array] | None = None,
        name: str = "",
        logical: bool = False,
    ) -> None:
        self.entry = entry
        self.arrays = arrays
        self.name = name
        self.logical = logical
        self.shape_of: Value | None = None

    @property
    def constant(self) -> Array | None:
        """The array, if it is known and the same whatever the lengths that are not fixed."""
        if self.arrays is None:
            return None
        first, second = self.arrays
        same = first is second or (first.shape == second.shape and np.array_equal(first, second))
        return first if same else None


class Call:
    """A node of an ONNX graph.

    Attributes
    ----------
    op, name, version : the operator, the node's name, and the operator set of the file.
    inputs : None for those that are left out.
    count : of outputs.
    """

    def __init__(
        self,
        op: str,
        name: str,
        version: int,
        inputs: list[Value | None],
        attributes: dict[str, Any],
        count: int,
    ) -> None:
        self.op, self.name, self.version = op, name, version
        self.inputs, self.count = inputs, count
        self._attributes = attributes

    def has(self, key: str) -> bool:
        """Whether an attribute is given."""
        return key in self._attributes

    def get(self, key: str, default: Any = None) -> Any:
        """An attribute."""
        return self._attributes.get(key, default)

    def __getitem__(self, key: str) -> Any:
        if key not in self._attributes:
            raise Unreadable(f"the attribute {key} is missing")
        return self._attributes[key]

    @property
    def x(self) -> Value:
        """The first input."""
        return self.input(0)

    def input(self, place: int) -> Value:
        """An input that has to be there."""
        value = self.optional(place)
        if value is None:
            raise Unreadable(f"input {place} is missing")
        return value

    def optional(self, place: int) -> Value | None:
        """An input, or None."""
        return self.inputs[place] if place < len(self.inputs) else None

    def given(self) -> list[Value]:
        """All inputs, of nodes that take any number."""
        if not self.inputs or any(each is None for each in self.inputs):
            raise Unreadable("an input is missing")
        return [each for each in self.inputs if each is not None]

    def known(self, place: int, what: str) -> Array:
        """An input that has to be a constant."""
        array = self.input(place).constant
        if array is None:
            raise Unreadable(f"{what} is computed from the network's inputs")
        return array

    def integers(self, key: str, place: int | None = None) -> list[int] | None:
        """Whole numbers that are an attribute in some operator sets and an input in others; None if not given."""
        if key in self._attributes:
            found = self._attributes[key]
            return [int(n) for n in (found if isinstance(found, (list, tuple)) else [found])]
        if place is None or self.optional(place) is None:
            return None
        return [int(n) for n in np.ravel(self.known(place, key))]

    def number(self, key: str, place: int) -> float | None:
        """A number that is an attribute in some operator sets and an input in others; None if not given."""
        if key in self._attributes:
            return float(self._attributes[key])
        if self.optional(place) is None:
            return None
        found = self.known(place, key)
        if found.size != 1:
            raise Unreadable(f"{key} is one number")
        return found.reshape(-1)[0].item()  # type: ignore[no-any-return]


Function = Callable[["Reader", Call], Any]

READERS: dict[str, Function] = {}
"""What each operator becomes: a function of the reader and the call that returns its outputs."""


def reader(*operators: str) -> Callable[[Function], Function]:
    """Enter a function into the table."""

    def register(function: Function) -> Function:
        for each in operators:
            if each in READERS:
                raise ValueError(f"{each} has two readers")
            READERS[each] = function
        return function

    return register


class Reader:
    """Makes symbols; a call of it adds a call to the graph and returns its first output.

    ``names``: of stored arrays, which keep them where they become variables.

    Attributes
    ----------
    parameters : the arrays that became variables, by name.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.parameters: dict[str, Array] = {}
        self.facts = Abstract()
        self._described: dict[int, Node] = {}  # by identity, and so kept alive
        self._kept = set(names)
        self._names = set(self._kept)
        self._origins: list[tuple[Entry, tuple[Guess, ...]]] = []

    # ------------------------------------------------------------------ values

    def input(self, name: str, shape: Sequence[int | Guess], dtype: Any) -> Value:
        """A variable that is given."""
        entry = var(self.unique(name))._entries[0]
        self.facts.variable(entry.node, shape, dtype)
        self._described[id(entry.node)] = entry.node
        guesses = self.facts.guesses(entry)
        assert guesses is not None
        self._origins.append((entry, guesses))
        return Value(entry, name=name)

    def constant(self, array: Any, dtype: Any = None, name: str = "") -> Value:
        """A known array."""
        made = np.asarray(array, dtype=dtype)
        return Value(arrays=(made, made), name=name)

    def unique(self, name: str) -> str:
        """This name, or one like it that no variable or layer has yet."""
        made, count = name, 0
        while made in self._names:
            count += 1
            made = f"{name}_{count}"
        self._names.add(made)
        return made

    def entry(self, value: Value) -> Entry:
        """A value as an output of the graph; known arrays become parameters."""
        if value.entry is not None:
            return value.entry
        array = value.constant
        if array is None:
            assert value.arrays is not None
            return self.entry(self._followed(*value.arrays))
        # a scalar is an array of one element here
        array = array.reshape(1) if array.ndim == 0 else array
        if value.name in self._kept:
            self._kept.remove(value.name)
            name = value.name
        else:
            name = self.unique(value.name or "constant")
        self.parameters[name] = array
        value.entry = var(name)._entries[0]
        self.facts.variable(value.entry.node, array.shape, array.dtype)
        self._described[id(value.entry.node)] = value.entry.node
        return value.entry

    def symbol(self, value: Value) -> Symbol:
        """A value as a symbol."""
        return Symbol([self.entry(value)])

    def __call__(self, op: str, *inputs: Value | None, logical: bool = False, **attributes: Any) -> Value:
        """Add a call of an operator of MXNet."""
        return self.several(op, *inputs, logical=logical, **attributes)[0]

    def several(
        self, op: str, *inputs: Value | None, logical: bool = False, **attributes: Any
    ) -> list[Value]:
        """Add a call with several outputs."""
        symbols = tuple(None if each is None else self.symbol(each) for each in inputs)
        while symbols and symbols[-1] is None:
            symbols = symbols[:-1]
        parameters = OPERATORS[op].attributes
        given = {
            key: value
            for key, value in attributes.items()
            if value is not None or parameters[key].default is not None
        }
        entries = function_of(op)(*symbols, **given)._entries
        return [Value(entry, logical=logical) for entry in entries]

    # ------------------------------------------------------------------ arithmetic

    def two(self, name: str, left: Value, right: Value, logical: bool = False) -> Value:
        """A row of `BINARY` for two values; numbers stay numbers."""
        row = BINARY[name]
        for value, other, names in (
            (right, left, row.scalar),
            (left, right, row.reflected_scalar or row.scalar),
        ):
            number = value.constant if value.entry is None else None
            if number is None or number.size != 1 or number.ndim > self.rank(other):
                continue
            if value is left and not row.reflected_scalar and name not in _SYMMETRIC:
                continue
            # an array that is known through and through is a parameter after all
            return self(names[0], other, scalar=number.reshape(-1)[0].item(), logical=logical)
        return self(row.broadcast[0], left, right, logical=logical)

    def add(self, left: Value, right: Any) -> Value:
        return self.two("add", left, self.value(right, left))

    def subtract(self, left: Value, right: Any) -> Value:
        return self.two("subtract", left, self.value(right, left))

    def multiply(self, left: Value, right: Any) -> Value:
        return self.two("multiply", left, self.value(right, left))

    def divide(self, left: Value, right: Any) -> Value:
        return self.two("divide", left, self.value(right, left))

    def value(self, value: Any, like: Value) -> Value:
        """A number as a value of the type of another one."""
        return value if isinstance(value, Value) else self.constant(np.array(value, dtype=self.dtype(like)))

    # ------------------------------------------------------------------ facts

    def _describe(self, entry: Entry) -> None:
        """Find the shapes of everything that an output needs."""
        waiting: list[tuple[Node, bool]] = [(entry.node, False)]
        while waiting:
            node, ready = waiting.pop()
            if id(node) in self._described:
                continue
            if ready:
                self._described[id(node)] = node
                self.facts.call(node)
            else:
                waiting.append((node, True))
                waiting += [(source, False) for source, _ in node.inputs]

    def problem(self, entries: Sequence[Entry]) -> str | None:
        """Why a graph cannot be run, if all lengths of its inputs are fixed and it cannot."""
        for entry in entries:
            self._describe(entry)
        errors = self.facts.errors
        if not errors or any(a != b for _, guesses in self._origins for a, b in guesses):
            return None
        node = next(node for node in self._described.values() if id(node) in errors)
        error = errors[id(node)]
        return f"{node.name} ({node.kind}): {error.what if isinstance(error, MXNetError) else error}"

    def guesses(self, value: Value) -> tuple[Guess, ...]:
        """Both lengths that each axis was tried with."""
        if value.arrays is not None:
            first, second = value.arrays
            if first.ndim != second.ndim:
                raise Unreadable("how many axes it has depends on a length that is not fixed")
            return tuple(zip(first.shape, second.shape, strict=True))
        assert value.entry is not None
        self._describe(value.entry)
        found = self.facts.guesses(value.entry)
        if found is None:
            raise Unreadable(
                f"the shape of {value.name or value.entry.node.name} does not follow from the inputs'"
            )
        return found

    def lengths(self, value: Value) -> Lengths:
        """The lengths of the axes, None for those that are not known."""
        return tuple(a if a == b else None for a, b in self.guesses(value))

    def fixed(self, value: Value, axes: Sequence[int] | None = None) -> list[int]:
        """The lengths of axes, all known."""
        lengths = self.lengths(value)
        chosen = list(lengths if axes is None else [lengths[a] for a in axes])
        if None in chosen:
            raise Unreadable("a length that this depends on is not fixed")
        return chosen  # type: ignore[return-value]

    def rank(self, value: Value) -> int:
        """How many axes a value has."""
        return len(self.guesses(value))

    def dtype(self, value: Value) -> np.dtype[Any]:
        """The type of the elements."""
        if value.arrays is not None:
            return value.arrays[0].dtype
        assert value.entry is not None
        self._describe(value.entry)
        found = self.facts.dtype(value.entry)
        return np.dtype(np.float32) if found is None else found

    # ------------------------------------------------------------------ lengths that are not fixed

    def codes(self, x: Value, pair: tuple[Array, Array]) -> list[int]:
        """A shape as codes for a reshape: 0 keeps a length that is not fixed, -1 follows from the others."""
        known = self.guesses(x)
        wanted = tuple(
            (int(first), int(second))
            for first, second in zip(*(each.reshape(-1).tolist() for each in pair), strict=True)
        )
        codes: list[int | None] = []
        for axis, guess in enumerate(wanted):
            kept = guess[0] != guess[1] and axis < len(known) and known[axis] == guess
            codes.append(0 if kept else guess[0] if guess[0] == guess[1] else None)
        if codes.count(None) > 1 or (None in codes and -1 in codes):
            solved = _codes_between(known, wanted)
            if solved is None:
                raise Unreadable("more than one length of its result is not fixed")
            return solved
        return [-1 if code is None else code for code in codes]

    def filled(self, guesses: Sequence[Guess], number: Any, dtype: Any) -> Value:
        """An array of one number, of lengths that may be those of inputs' axes."""
        fixed = tuple(a if a == b else 1 for a, b in guesses)
        result = self("_full", shape=fixed or (1,), value=number, dtype=np.dtype(dtype).name)
        for axis, guess in enumerate(guesses):
            if guess[0] != guess[1]:
                along = self._along(guess, np.dtype(dtype).name)
                shape = tuple(-1 if a == axis else 1 for a in range(len(guesses)))
                zeros = self("Reshape", self("zeros_like", along), shape=shape)
                result = self("broadcast_add", result, zeros)
        return result

    def _along(self, guess: Guess, dtype: str) -> Value:
        """A vector that is as long, or so many times as long, as the axis of an input with these two lengths."""
        origins = [
            (e, axis, own)
            for e, guesses in self._origins
            for axis, own in enumerate(guesses)
            if own[0] != own[1]
        ]
        for entry, axis, own in sorted(origins, key=lambda each: each[2] != guess):
            times = guess[0] // own[0]
            if guess == (times * own[0], times * own[1]):
                rank = self.rank(Value(entry))
                ends = tuple(None if a == axis else 1 for a in range(rank))
                x = self("slice", Value(entry), begin=(0,) * rank, end=ends)
                x = self("Cast", self("Reshape", x, shape=(-1,)), dtype=dtype)
                return x if times == 1 else self("tile", x, reps=(times,))
        raise Unreadable("a length that is not fixed follows from others")

    def _followed(self, first: Array, second: Array) -> Value:
        """A known array that depends on lengths that are not fixed, as a computation."""
        if first.ndim != second.ndim or not first.size or not second.size:
            raise Unreadable("it is computed from lengths that are not fixed")
        guesses = tuple(zip(first.shape, second.shape, strict=True))
        if all((each == first.flat[0]).all() for each in (first, second)):
            return self.filled(guesses, first.flat[0].item(), first.dtype)
        cores = []
        for each in (first, second):  # one of every axis along which nothing changes
            for axis in range(each.ndim):
                one = each.take([0], axis)
                each = one if (each == one).all() else each
            cores.append(each)
        core = Value(arrays=(cores[0], cores[1]))
        if core.constant is None:
            core = self._counted(*cores)
        return core if cores[0].shape == first.shape else self.add(core, self.filled(guesses, 0, first.dtype))

    def _counted(self, first: Array, second: Array) -> Value:
        """Numbers that rise by the same step along one axis, whose length is not fixed."""
        lines = [each.reshape(-1) for each in (first, second)]
        start, step = lines[0][0].item(), (lines[0][1] - lines[0][0]).item()
        for each, line in zip((first, second), lines, strict=True):
            if max(each.shape) != line.size or not np.array_equal(line, start + step * np.arange(line.size)):
                raise Unreadable("it is computed from lengths that are not fixed")
        along = self._along((lines[0].size, lines[1].size), first.dtype.name)
        numbers = self("contrib.arange_like", along, start=start, step=step, axis=0)
        return (
            numbers
            if first.ndim == 1
            else self("Reshape", numbers, shape=tuple(-1 if n > 1 else 1 for n in first.shape))
        )


def _codes_between(known: Sequence[Guess], wanted: Sequence[Guess]) -> list[int] | None:
    """Codes of a reshape that keep, join and split axes so that these lengths come out; None if there are none."""
    if not known and not wanted:
        return []
    if not known or not wanted:
        return None
    first, target = known[0], wanted[0]

    def product(pair: Sequence[Guess]) -> Guess:
        return pair[0][0] * pair[1][0], pair[0][1] * pair[1][1]

    steps: list[tuple[bool, int, int, list[int]]] = [(first == target, 1, 1, [0])]
    if len(known) > 1:
        steps.append((product(known[:2]) == target, 2, 1, [-3]))
    if len(wanted) > 1:
        parts = [a if a == b else -1 for a, b in wanted[:2]]
        steps.append((product(wanted[:2]) == first and parts != [-1, -1], 1, 2, [-4, *parts]))
    for fits, taken, made, codes in steps:
        rest = _codes_between(known[taken:], wanted[made:]) if fits else None
        if rest is not None:
            return codes + rest
    return None


_SYMMETRIC = frozenset({"add", "multiply", "maximum", "minimum", "equal", "not_equal", "hypot"}) | {
    "logical_and",
    "logical_or",
    "logical_xor",
}
