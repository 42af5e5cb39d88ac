"""A block on trial: makes it, feeds it, and looks at what it gives."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from math import prod, sqrt
from typing import Any

import numpy as np

from .. import autograd, initializer, random
from .. import ndarray as nd
from ..base import message
from ..context import Context
from ..gluon import Block, Parameter
from ..ndarray import NDArray

__all__ = [
    "Balanced",
    "Failure",
    "Trial",
    "compare",
    "flat",
    "is_reached",
    "learned",
    "restore",
    "size_of",
    "values_of",
]

# No gradient is this number everywhere; float16 has it, too.
_UNTOUCHED = 79 / 512


class Balanced(initializer.Initializer):
    """Normal numbers that neither make the outputs of deep networks grow nor vanish."""

    def _init_weight(self, name: str, arr: NDArray) -> None:
        fan_in = prod(arr.shape[1:]) if arr.ndim > 1 else 4
        initializer.Normal(1 / sqrt(max(fan_in, 1)))._init_weight(name, arr)


class Failure(Exception):
    """A check is not passed: why, and what to do."""

    def __init__(self, because: str, hint: str | None = None) -> None:
        super().__init__(because)
        self.because, self.hint = because, hint


class Trial:
    """A block on trial: makes it, feeds it, and looks at what it gives."""

    def __init__(
        self,
        block: Block | Callable[[], Block],
        input_shape: Any,
        init: Any,
        rtol: float,
        atol: float,
        seed: int,
    ) -> None:
        self.make: Callable[[], Block] = (
            (lambda: copy.deepcopy(block)) if isinstance(block, Block) else block  # type: ignore[assignment]
        )
        self.kind = (
            type(block).__name__ if isinstance(block, Block) else getattr(block, "__name__", "the block")
        )
        self.ctx = _place(block) if isinstance(block, Block) else None
        given = input_shape if isinstance(input_shape, list) else [input_shape]
        self.recipe = [_recipe(each) for each in given]
        self.init, self.rtol, self.atol, self.seed = init, rtol, atol, seed
        self.count = 0

    def fresh(self) -> Block:
        """A new block without a forward pass."""
        self.count += 1  # what a constructor draws is never the same: only what is saved comes back
        random.seed(self.seed + 7919 * self.count)
        block = self.make()
        if not isinstance(block, Block):
            raise Failure(
                f"the function gave a {type(block).__name__}",
                "a function without arguments that returns a block",
            )
        self.kind = type(block).__name__
        return block

    def filled(self, block: Block, ctx: Context | None = None) -> Block:
        """The block with all parameters filled that were not."""
        random.seed(self.seed)
        block.initialize(self.init, ctx=ctx or self.ctx)
        return block

    def ready(self, dtype: str = "float32") -> Block:
        """A new block whose shapes are known, with parameters of a type."""
        block = self.filled(self.fresh())
        self.predict(block)
        if dtype != "float32":
            block.cast(dtype)
        return block

    def inputs(self, dtype: str = "float32", ctx: Context | None = None) -> list[Any]:
        """The same inputs at every call; floating-point ones of a type."""
        source = np.random.RandomState(self.seed)

        def made(recipe: Any) -> Any:
            if isinstance(recipe, list):
                return [made(each) for each in recipe]
            if isinstance(recipe, NDArray):
                kind = dtype if np.issubdtype(recipe.dtype, np.floating) else recipe.dtype
                return recipe.as_in_context(ctx or self.ctx or recipe.context).astype(kind)
            return nd.array(source.standard_normal(recipe), dtype=dtype, ctx=ctx or self.ctx)

        return [made(recipe) for recipe in self.recipe]

    def variables(self, inputs: list[Any]) -> list[NDArray]:
        """The inputs that gradients are taken of: those that only a shape was given for."""
        pairs = zip(flat(self.recipe), flat(inputs), strict=True)
        return [array for recipe, array in pairs if not isinstance(recipe, NDArray)]

    def predict(self, block: Block, dtype: str = "float32") -> list[np.ndarray]:
        """Outputs outside of training, as NumPy arrays."""
        return [y.asnumpy() for y in self.run(block, self.inputs(dtype))]

    def run(self, block: Block, inputs: list[Any]) -> list[NDArray]:
        """The outputs in one list, however they are nested."""
        random.seed(self.seed)
        outputs = list(flat(block(*inputs)))
        for each in outputs:
            if not isinstance(each, NDArray):
                kind = type(each)
                raise Failure(
                    f"an output is a {kind.__module__}.{kind.__qualname__}",
                    "return arrays, or lists of arrays",
                )
        if not outputs:
            raise Failure("there is no output", "return what the forward pass computes")
        return outputs

    def value(self, block: Block, inputs: list[Any]) -> NDArray:
        """One number: a fixed projection of all outputs that can have gradients."""
        source = np.random.RandomState(self.seed + 1)
        outputs = self.run(block, inputs)
        total = nd.zeros((1,), dtype="float64", ctx=outputs[0].context)
        for y in outputs:
            if np.issubdtype(y.dtype, np.floating):
                head = nd.array(source.standard_normal(y.shape), dtype="float64", ctx=y.context)
                total = total + (y.astype("float64") * head).sum().as_in_context(total.context)
        return total

    def differentiate(self, block: Block, inputs: list[Any]) -> NDArray:
        """`value` in training mode, with the gradients of what is learned and of the inputs."""
        for parameter in learned(block):
            parameter.zero_grad()
            if parameter.grad_req == "write":
                parameter.grad()[:] = _UNTOUCHED
        for array in self.variables(inputs):
            array.attach_grad()
        with autograd.record():
            total = self.value(block, inputs)
        if total._tape is not None or learned(block):  # without parameters it need not have gradients
            total.backward()
        return total


def _recipe(given: Any) -> Any:
    """A shape, an array, or a list of recipes."""
    if isinstance(given, list):
        return [_recipe(each) for each in given]
    if isinstance(given, (NDArray, np.ndarray)):
        return given if isinstance(given, NDArray) else nd.array(given, dtype=given.dtype)
    if isinstance(given, int):
        return (given,)
    if isinstance(given, tuple) and all(isinstance(each, int) for each in given):
        return given
    raise TypeError(
        message(
            "check_block: an input is a shape or an array, or a list of those",
            received=f"{type(given).__name__} {given!r:.60}",
            hint="check_block(block, (2, 5)), check_block(block, [(2, 5), nd.array([3, 4])])",
        )
    )


def _place(block: Block) -> Context | None:
    """Where a block lies that is filled."""
    for parameter in block.collect_params().values():
        if parameter._data is not None:
            return parameter.list_ctx()[0]
    return None


def flat(nested: Any) -> Iterator[Any]:
    """What stands in nested lists (a tuple of ints is one thing: a shape)."""
    shape = isinstance(nested, tuple) and all(isinstance(each, int) for each in nested)
    if isinstance(nested, (list, tuple)) and not shape:
        for each in nested:
            yield from flat(each)
    else:
        yield nested


def learned(block: Block) -> list[Parameter]:
    return [p for p in block.collect_params().values() if p.grad_req != "null"]


def is_reached(parameter: Parameter) -> bool:
    """Whether `Trial.differentiate` has written its gradient."""
    gradient = parameter.grad().asnumpy()
    return parameter.grad_req != "write" or not gradient.size or bool((gradient != _UNTOUCHED).any())


def values_of(block: Block) -> dict[str, np.ndarray]:
    return {name: p.data().asnumpy() for name, p in block.collect_params().items()}


def restore(block: Block, values: dict[str, np.ndarray]) -> None:
    for name, parameter in block.collect_params().items():
        parameter.set_data(nd.array(values[name], dtype=values[name].dtype))


def compare(
    actual: list[np.ndarray],
    expected: list[np.ndarray],
    what: str,
    rtol: float = 0.0,
    atol: float = 0.0,
    hint: str | None = None,
) -> None:
    """Raise unless the arrays agree."""
    if [a.shape for a in actual] != [e.shape for e in expected]:
        shapes = f"{[a.shape for a in actual]}, not {[e.shape for e in expected]}"
        raise Failure(f"{what} has outputs of shapes {shapes}", hint)
    for place, (a, e) in enumerate(zip(actual, expected, strict=True)):
        a, e = a.astype("float64"), e.astype("float64")
        if not np.allclose(a, e, rtol, atol, equal_nan=True):
            worst = np.nanmax(np.abs(a - e))
            raise Failure(
                f"{what} gives another output {place}: up to {worst:.3g} off, where the largest is {size_of(e):.3g}",
                hint,
            )


def size_of(array: np.ndarray) -> float:
    """How large its elements are, not to measure small differences of small numbers."""
    return float(np.abs(array).max()) if array.size else 0.0
