"""The ONNX graph while it is made: nodes, constants, and values that formulas can be written with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...symbol.graph import Entry, Node
from .._abstract import Guess, Lengths
from .._package import OPSET, element_type, onnx_package

__all__ = ["CONVERTERS", "Builder", "Call", "Described", "Inexpressible", "Value", "converter"]

Shape = tuple[int, ...]


class Inexpressible(Exception):
    """What a converter raises where ONNX cannot say what the call does."""


class Value:
    """A tensor of the graph, by its name and type; arithmetic on it adds nodes."""

    __slots__ = ("build", "dtype", "name")

    def __init__(self, build: Builder, name: str, dtype: Any) -> None:
        self.build = build
        self.name = name
        self.dtype = np.dtype(dtype)

    def __repr__(self) -> str:
        return f"<{self.name} {self.dtype}>"

    def cast(self, dtype: Any) -> Value:
        """The same as another type; itself if it has that type already."""
        dtype = np.dtype(dtype)
        if dtype == self.dtype:
            return self
        return self.build("Cast", self, to=element_type(dtype), of=dtype)

    def true(self) -> Value:
        """As booleans: whether elements are not 0."""
        return self.cast(bool)

    def opened(self, *axes: int) -> Value:
        """With new axes of length 1."""
        return self.build("Unsqueeze", self, self.build.integers(axes)) if axes else self

    def closed(self, *axes: int) -> Value:
        """Without axes of length 1."""
        return self.build("Squeeze", self, self.build.integers(axes)) if axes else self

    def transposed(self, *order: int) -> Value:
        """With the axes in another order."""
        return self if order == tuple(range(len(order))) else self.build("Transpose", self, perm=list(order))

    def reshaped(self, *lengths: int) -> Value:
        """With other lengths; 0 keeps one and -1 follows from the others."""
        return self.build("Reshape", self, self.build.integers(lengths))

    def shape(self, start: int = 0, end: int | None = None) -> Value:
        """The lengths of some axes, as int64."""
        limits = {} if end is None else {"end": end}
        return self.build("Shape", self, of=np.int64, **({"start": start} if start else {}), **limits)

    def _with(self, op: str, other: Any, dtype: Any = None) -> Value:
        return self.build(op, self, self.build.value(other, self.dtype), of=dtype)

    def _behind(self, op: str, other: Any) -> Value:
        return self.build(op, self.build.value(other, self.dtype), self)

    def __add__(self, other: Any) -> Value:
        return self._with("Add", other)

    def __sub__(self, other: Any) -> Value:
        return self._with("Sub", other)

    def __rsub__(self, other: Any) -> Value:
        return self._behind("Sub", other)

    def __mul__(self, other: Any) -> Value:
        return self._with("Mul", other)

    def __truediv__(self, other: Any) -> Value:
        return self._with("Div", other)

    def __rtruediv__(self, other: Any) -> Value:
        return self._behind("Div", other)

    def __pow__(self, other: Any) -> Value:
        return self._with("Pow", other)

    def __neg__(self) -> Value:
        return self.build("Neg", self)

    def __gt__(self, other: Any) -> Value:
        return self._with("Greater", other, bool)

    def __ge__(self, other: Any) -> Value:
        return self._with("GreaterOrEqual", other, bool)

    def __lt__(self, other: Any) -> Value:
        return self._with("Less", other, bool)

    def equals(self, other: Any) -> Value:
        """Whether elements are the same."""
        return self._with("Equal", other, bool)


class Call:
    """One call of the graph as its converter sees it.

    Attributes
    ----------
    name, kind : of the call.
    options : its attributes.
    inputs : the arrays that take part.
    """

    def __init__(
        self,
        node: Node,
        kind: str,
        options: dict[str, Any],
        inputs: Sequence[Value],
        arrays: Sequence[str],
        facts: Any,
        constant: Callable[[Entry], np.ndarray[Any, Any] | None],
    ) -> None:
        self.node, self.kind, self.name = node, kind, node.name
        self.inputs = list(inputs)
        self.options = options
        self._arrays = dict(zip(arrays, range(len(self.inputs)), strict=False))
        self._facts = facts
        self._constant = constant

    def __getitem__(self, key: str) -> Any:
        """An attribute."""
        return self.options[key]

    def get(self, key: str, default: Any = None) -> Any:
        """An attribute that not every operator of the kind has."""
        return self.options.get(key, default)

    @property
    def x(self) -> Value:
        """The first array."""
        return self.inputs[0]

    def array(self, name: str) -> Value | None:
        """An array by its name; None if it takes no part."""
        place = self._arrays.get(name)
        return None if place is None else self.inputs[place]

    def place(self, name: str) -> int | None:
        """Where an array stands among the inputs."""
        return self._arrays.get(name)

    def lengths(self, place: int = 0) -> Lengths:
        """The lengths of an input's axes, None for those that are not known."""
        found: Lengths | None = self._facts.lengths(self.node.inputs[place])
        if found is None:
            raise Inexpressible(
                f"the shape of {self.node.inputs[place].node.name} does not follow from the inputs'"
            )
        return found

    def rank(self, place: int = 0) -> int:
        """How many axes an input has."""
        return len(self.lengths(place))

    def fixed(self, place: int = 0, axes: Sequence[int] | None = None) -> Shape:
        """The lengths of an input, all (or those of ``axes``) known."""
        lengths = self.lengths(place)
        chosen = tuple(lengths if axes is None else [lengths[a] for a in axes])
        if None in chosen:
            raise Inexpressible("a length that this depends on is dynamic")
        return chosen  # type: ignore[return-value]

    def axis(self, key: str = "axis", place: int = 0) -> int:
        """An axis attribute as a number from 0."""
        return int(self[key]) % max(self.rank(place), 1)

    def guesses(self, place: int = 0) -> tuple[Guess, ...]:
        """Both lengths that each axis of an input was tried with."""
        self.lengths(place)
        found: tuple[Guess, ...] = self._facts.guesses(self.node.inputs[place])
        return found

    def result(self, index: int = 0) -> tuple[Lengths, tuple[Guess, ...]]:
        """The lengths of an output, and both with which each was tried."""
        entry = Entry(self.node, index)
        lengths = self._facts.lengths(entry)
        if lengths is None:
            raise Inexpressible("the shape of its result does not follow from those of the inputs")
        return lengths, self._facts.guesses(entry)

    def dtype(self, index: int = 0) -> np.dtype[Any]:
        """The type of an output."""
        found = self._facts.dtype(Entry(self.node, index))
        return np.dtype(found) if found is not None else self.x.dtype

    def constant(self, place: int) -> np.ndarray[Any, Any] | None:
        """The elements of an input that depends on nothing but parameters; None for others."""
        return self._constant(self.node.inputs[place])

    def source(self, place: int) -> Node:
        """The node that an input comes from."""
        return self.node.inputs[place].node


Described = tuple[Value, "Lengths | None"]
"""A value, and its lengths where they are known."""
Converter = Callable[["Builder", Call], Any]

CONVERTERS: dict[str, Converter] = {}
"""How each kind of call becomes ONNX nodes: a function of the builder and the call that returns its outputs."""


def converter(*kinds: str) -> Callable[[Converter], Converter]:
    """Enter a function into the table of converters."""

    def register(function: Converter) -> Converter:
        for kind in kinds:
            if kind in CONVERTERS:
                raise ValueError(f"{kind} has two converters")
            CONVERTERS[kind] = function
        return function

    return register


class Builder:
    """Collects nodes and constants; a call of it adds a node and returns its first output.

    Attributes
    ----------
    nodes, constants : what was added, in order, and the stored arrays by name.
    layer : the name of the call that is converted now, from which names are made.
    opset : the operator set of the file.
    """

    def __init__(self, opset: int = OPSET) -> None:
        self._onnx = onnx_package("onnx.export_model")
        self.opset = opset
        self.nodes: list[Any] = []
        self.constants: dict[str, np.ndarray[Any, Any]] = {}
        self.layer = "graph"
        self._names: set[str] = set()
        self._same: dict[Any, str] = {}

    def unique(self, name: str) -> str:
        """This name, or one like it that nobody has yet."""
        made, count = name, 0
        while made in self._names:
            count += 1
            made = f"{name}_{count}"
        self._names.add(made)
        return made

    def __call__(self, op: str, *inputs: Value | None, of: Any = None, **attributes: Any) -> Value:
        """Add a node; returns its output, whose elements are ``of`` a type (default: that of the first input)."""
        return self.several(op, 1, *inputs, types=[of], **attributes)[0]

    def several(
        self, op: str, count: int, *inputs: Value | None, types: Sequence[Any] = (), **attributes: Any
    ) -> list[Value]:
        """Add a node with several outputs."""
        first = next((each.dtype for each in inputs if each is not None), np.dtype(np.float32))
        kinds = [*types, *[None] * (count - len(types))]
        names = [self.unique(f"{self.layer}_{op.lower()}") for _ in range(count)]
        given = ["" if each is None else each.name for each in inputs]
        while given and not given[-1]:
            given.pop()
        stored = {key: value for key, value in attributes.items() if value is not None}
        if op == "Split" and len(given) == 1 and self.opset >= 18:
            stored["num_outputs"] = count
        self.nodes.append(self._onnx.helper.make_node(op, given, names, name=names[0], **stored))
        return [
            Value(self, name, first if kind is None else kind)
            for name, kind in zip(names, kinds, strict=True)
        ]

    def graph(
        self,
        name: str,
        inputs: Sequence[tuple[Any, Lengths | None]],
        make: Callable[[list[Value]], Sequence[Described]],
    ) -> tuple[Any, list[np.dtype[Any]]]:
        """A graph inside a node, such as the body of a loop, and the types of its outputs.

        Parameters
        ----------
        inputs : their types and, where they are known, their lengths.
        make : adds its nodes, from its inputs; returns its outputs. It may use all values outside.
        """
        outside, layer, self.nodes = self.nodes, self.layer, []
        try:
            given = [Value(self, self.unique(f"{layer}_{name}_input"), dtype) for dtype, _ in inputs]
            # outputs are made inside, and each is another one
            outputs = [(self("Identity", value), lengths) for value, lengths in make(given)]
            made = self.nodes
        finally:
            self.nodes, self.layer = outside, layer
        sides = [list(zip(given, (lengths for _, lengths in inputs), strict=True)), outputs]
        info = self._onnx.helper.make_tensor_value_info
        described = [
            [info(each.name, element_type(each.dtype), lengths) for each, lengths in side] for side in sides
        ]
        graph = self._onnx.helper.make_graph(made, self.unique(f"{layer}_{name}"), *described)
        return graph, [value.dtype for value, _ in outputs]

    def constant(self, array: Any, dtype: Any = None, name: str | None = None) -> Value:
        """An array that is stored in the file; equal small ones are stored once."""
        array = np.ascontiguousarray(np.asarray(array, dtype=dtype)).reshape(np.shape(array))
        key = (array.dtype, array.shape, array.tobytes()) if array.size <= 64 and name is None else None
        if key is not None and key in self._same:
            return Value(self, self._same[key], array.dtype)
        stored = self.unique(name or f"{self.layer}_constant")
        self.constants[stored] = array
        if key is not None:
            self._same[key] = stored
        return Value(self, stored, array.dtype)

    def integers(self, numbers: Sequence[int]) -> Value:
        """Whole numbers, such as axes and lengths."""
        return self.constant(np.array(list(numbers), dtype=np.int64))

    def value(self, value: Any, dtype: Any) -> Value:
        """A number as a value of a type; values as they are."""
        return value if isinstance(value, Value) else self.constant(np.array(value, dtype=dtype))

    def filled(self, shape: Value, number: Any, dtype: Any) -> Value:
        """An array of one number, of a shape that is a value."""
        tensor = self._onnx.numpy_helper.from_array(np.array([number], dtype=dtype))
        return self("ConstantOfShape", shape, value=tensor, of=dtype)

    def where(self, condition: Value, yes: Any, no: Any) -> Value:
        """Elements of ``yes`` where the condition holds, of ``no`` elsewhere."""
        dtype = next(each.dtype for each in (yes, no) if isinstance(each, Value))
        return self("Where", condition, self.value(yes, dtype), self.value(no, dtype), of=dtype)

    def joined(self, parts: Sequence[Value], axis: int = 0) -> Value:
        """Arrays one behind the other."""
        return parts[0] if len(parts) == 1 else self("Concat", *parts, axis=axis)

    def cut(self, x: Value, axis: int, start: Any, end: Any, step: int = 1) -> Value:
        """A part along one axis; start and end are numbers or int64 vectors of length 1."""
        limits = [each if isinstance(each, Value) else self.integers([each]) for each in (start, end)]
        return self(
            "Slice", x, *limits, self.integers([axis]), *([self.integers([step])] if step != 1 else [])
        )

    def reduced(self, op: str, x: Value, axes: Sequence[int], keep: bool = False) -> Value:
        """A reduction over axes."""
        if op == "ReduceSum" or self.opset >= 18:  # in older operator sets it alone has axes as an input
            return self(op, x, self.integers(axes), keepdims=int(keep))
        return self(op, x, axes=list(axes), keepdims=int(keep))

    def length(self, call: Call, axis: int, place: int = 0) -> Value:
        """The length of an input along one axis, as an int64 vector of length 1."""
        known = call.lengths(place)[axis]
        return call.inputs[place].shape(axis, axis + 1) if known is None else self.integers([known])

    def shaped(self, call: Call, x: Value, place: int = 0, index: int = 0) -> Value:
        """``x``, which has the elements of an input, in the shape that an output of the call has.

        Lengths that are not known are copied from the axes of that input that they come from, or follow.
        """
        lengths, guesses = call.result(index)
        return self("Reshape", x, self.lengths_as(call, lengths, guesses, place))

    def lengths_as(self, call: Call, lengths: Lengths, guesses: Sequence[Guess], place: int) -> Value:
        """Lengths for a reshape, where those that are not known are found again among those of an input."""
        known = call.guesses(place)
        codes: list[int | None] = []
        for axis, (length, guess) in enumerate(zip(lengths, guesses, strict=True)):
            kept = length is None and axis < len(known) and known[axis] == guess
            codes.append(0 if kept else length)
        if 0 in lengths:  # in ONNX a 0 keeps a length, too
            raise Inexpressible("it has no elements")
        unknown = [axis for axis, code in enumerate(codes) if code is None]
        if len(unknown) <= 1:
            return self.integers([-1 if code is None else code for code in codes])
        parts, follows = [], False
        for axis, (code, guess) in enumerate(zip(codes, guesses, strict=True)):
            if code:
                parts.append(self.integers([code]))
            elif guess in known:
                origin = axis if code == 0 else known.index(guess)
                parts.append(self.length(call, origin, place))
            elif follows:
                raise Inexpressible("more than one length of its result is dynamic")
            else:
                follows = True
                parts.append(self.integers([-1]))
        return self.joined(parts)
