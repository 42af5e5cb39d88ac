"""A sample: one call of one operator, written so that two libraries can make it.

The tables of this package name operators as MXNet 1.9.1 does and build their inputs with NumPy alone.
``tests/golden/record_operators.py`` makes each call with the real MXNet and stores what came out;
the tests make it with Glueball and compare. Nothing here imports ``mxnet``: whoever makes the call passes
the module, so this package works under both.
"""

from __future__ import annotations

import dataclasses
import functools
import operator as python_operator
from collections.abc import Callable
from typing import Any

import numpy as np


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How to make one input array: a kind of content, a shape, a dtype and a seed."""

    kind: str
    shape: tuple[int, ...]
    dtype: str = "float32"
    options: tuple[Any, ...] = ()
    seed: int = 1

    def make(self) -> np.ndarray:
        """Return the array; the same array on every machine and NumPy."""
        # RandomState, not default_rng: NumPy promises its stream never changes.
        source = np.random.RandomState(self.seed)
        content = _CONTENT[self.kind](source, self.shape, *self.options)
        return np.asarray(content).astype(self.dtype)

    def __str__(self) -> str:
        inside = "x".join(map(str, self.shape)) or "scalar"
        if self.kind == "literal":
            inside = _brief(self.options[0])
        elif self.options:
            inside += " " + " ".join(map(_brief, self.options))
        suffix = "" if self.dtype == "float32" else ":" + self.dtype
        seed = "" if self.seed == 1 else f"#{self.seed}"
        return f"{self.kind}({inside}){suffix}{seed}" if self.kind != "literal" else f"{inside}{suffix}"


_CONTENT: dict[str, Callable[..., Any]] = {
    "normal": lambda source, shape, scale=1.0: source.standard_normal(shape) * scale,
    "uniform": lambda source, shape, low, high: source.uniform(low, high, shape),
    "integers": lambda source, shape, low, high: source.randint(low, high, shape),
    # Every value once: an order without ties, and a gap of 1 that no rounding closes.
    "distinct": lambda source, shape: (
        source.permutation(int(np.prod(shape))).reshape(shape) - np.prod(shape) // 3
    ),
    "ramp": lambda source, shape, start=0, step=1: (
        np.arange(int(np.prod(shape))).reshape(shape) * step + start
    ),
    "literal": lambda source, shape, values: np.array(values).reshape(shape),
}


def normal(*shape: int, scale: float = 1.0, dtype: str = "float32", seed: int = 1) -> Recipe:
    """Standard normal values times ``scale``."""
    return Recipe("normal", shape, dtype, () if scale == 1.0 else (scale,), seed)


def uniform(low: float, high: float, *shape: int, dtype: str = "float32", seed: int = 1) -> Recipe:
    """Values evenly from ``[low, high)``."""
    return Recipe("uniform", shape, dtype, (low, high), seed)


def integers(low: int, high: int, *shape: int, dtype: str = "float32", seed: int = 1) -> Recipe:
    """Whole numbers from ``[low, high)``; ties are likely."""
    return Recipe("integers", shape, dtype, (low, high), seed)


def distinct(*shape: int, dtype: str = "float32", seed: int = 1) -> Recipe:
    """Whole numbers in random order, each once, a third of them negative."""
    return Recipe("distinct", shape, dtype, (), seed)


def ramp(*shape: int, start: float = 0, step: float = 1, dtype: str = "float32") -> Recipe:
    """``start, start + step, ...`` in reading order."""
    return Recipe("ramp", shape, dtype, (start, step) if (start, step) != (0, 1) else ())


def literal(values: Any, dtype: str = "float32") -> Recipe:
    """The values as written."""
    return Recipe("literal", np.array(values).shape, dtype, (_frozen(values),))


@dataclasses.dataclass(frozen=True)
class Sample:
    """One call: ``operator(*inputs, **attributes)``.

    Attributes
    ----------
    operator : the name under ``mx.nd``, with dots for its submodules; ``__add__`` and the like are Python's
        operators; ``NDArray.name`` is a method that has no function.
    inputs : recipes for arrays; any other value (a number, a list of recipes) is passed as it is.
    attributes : the keyword arguments.
    gradient : whether the gradients of all floating inputs are recorded and compared.
    only : the places of the inputs whose gradients are meant; None for all floating ones.
    differences : whether these gradients are the derivative, so that finite differences find them too.
        False at kinks, infinities and ties, and for operators with a gradient of their own on purpose.
    tolerance : relative and absolute; None takes the dtype's.
    training : whether the call is made in training mode.
    seed : passed to ``mx.random.seed`` before the call, for random operators.
    expected : computes with NumPy what Glueball must return from the input arrays. MXNet 1.9.1 is not asked then and
        nothing is recorded: the operator is not in it, or this call fails there.
    reason : why this call works in Glueball when 1.9.1 has the operator and fails (a deliberate difference).
    """

    operator: str
    inputs: tuple[Any, ...]
    attributes: dict[str, Any] = dataclasses.field(default_factory=dict)
    gradient: bool = True
    only: tuple[int, ...] | None = None
    differences: bool = True
    tolerance: tuple[float, float] | None = None
    training: bool = False
    seed: int | None = None
    reason: str | None = None
    expected: Callable[..., Any] | None = None

    @property
    def recorded(self) -> bool:
        """Whether the real MXNet can make the call, so that its answer is recorded."""
        return self.expected is None

    def plain(self) -> Sample:
        """The same sample without gradients."""
        return dataclasses.replace(self, gradient=False, differences=False)

    def beyond(self) -> Sample:
        """The same sample where MXNet 1.9.1 has no gradient and Glueball does: finite differences alone check it."""
        return dataclasses.replace(self, gradient=False, differences=True)

    def kinked(self) -> Sample:
        """The same sample at a place without a derivative: gradients are compared with MXNet's alone."""
        return dataclasses.replace(self, differences=False)

    def towards(self, *places: int) -> Sample:
        """The same sample with gradients of these inputs only."""
        return dataclasses.replace(self, only=places)

    def near(self, relative: float, absolute: float) -> Sample:
        """The same sample with its own tolerance."""
        return dataclasses.replace(self, tolerance=(relative, absolute))

    def trained(self) -> Sample:
        """The same sample in training mode."""
        return dataclasses.replace(self, training=True)

    def seeded(self, seed: int) -> Sample:
        """The same sample after ``mx.random.seed(seed)``."""
        return dataclasses.replace(self, seed=seed)

    def better(self, expected: Callable[..., Any], reason: str) -> Sample:
        """The same sample where 1.9.1 fails for no good reason and Glueball returns ``expected(*inputs)``.

        Nothing is recorded for it; where the call writes into its first input, ``expected`` is that input after it.
        """
        return dataclasses.replace(self, expected=expected, reason=reason, gradient=False, differences=False)

    def added(self, expected: Callable[..., Any]) -> Sample:
        """The same sample of an operator that 1.9.1 does not have: it returns ``expected(*inputs)``.

        Everything else that is checked of an operator is checked of this one, its gradients included.
        """
        return dataclasses.replace(self, expected=expected)

    @functools.cached_property
    def id(self) -> str:
        """The call in one line, unique in its family; recordings and tests know the sample by it."""
        parts = [_brief(item) for item in self.inputs]
        parts += [f"{key}={_brief(value)}" for key, value in self.attributes.items()]
        suffix = (" training" if self.training else "") + (
            f" seed {self.seed}" if self.seed is not None else ""
        )
        return f"{self.operator}({', '.join(parts)}){suffix}"

    def arrays(self) -> list[np.ndarray]:
        """The input arrays in order, those inside lists included; equal recipes give different arrays."""
        recipes = _recipes([*self.inputs, *self.attributes.values()])
        return [_seeded(recipe, place).make() for place, recipe in enumerate(recipes)]

    def variables(self) -> list[int]:
        """The places of the inputs that gradients are taken of."""
        floating = [place for place, array in enumerate(self.arrays()) if array.dtype.kind == "f"]
        return [place for place in floating if self.only is None or place in self.only]

    def call(self, mx: Any, arrays: list[Any], **more: Any) -> Any:
        """Make the call on ``arrays``, which stand where the recipes stand; ``more`` are further arguments."""
        remaining = iter(arrays)
        inputs = [_filled(item, remaining) for item in self.inputs]
        attributes = {key: _filled(value, remaining) for key, value in self.attributes.items()}
        return resolve(mx, self.operator)(*inputs, **attributes, **more)


@dataclasses.dataclass(frozen=True)
class ErrorSample:
    """A call that must raise an exception whose class, or a base of it, is called ``error``.

    ``error`` is what MXNet 1.9.1 raises; the recorder checks that, unless a ``reason`` says why Glueball raises
    something else there than MXNet does.
    """

    operator: str
    inputs: tuple[Any, ...]
    attributes: dict[str, Any] = dataclasses.field(default_factory=dict)
    error: str = "MXNetError"
    reason: str | None = None

    id = Sample.id
    arrays = Sample.arrays
    call = Sample.call
    training = False
    seed = None

    @property
    def recorded(self) -> bool:
        """Whether the real MXNet raises the same, which the recorder checks."""
        return self.reason is None

    def because(self, reason: str) -> ErrorSample:
        """The same call, for which MXNet does something else than raise ``error``: crash, or answer nonsense."""
        return dataclasses.replace(self, reason=reason)


def sample(operator: str, *inputs: Any, **attributes: Any) -> Sample:
    """A sample whose gradients are compared with MXNet's and with finite differences."""
    return Sample(operator, inputs, attributes)


def plain(operator: str, *inputs: Any, **attributes: Any) -> Sample:
    """A sample without gradients: whole numbers, indices, comparisons, constants."""
    return Sample(operator, inputs, attributes).plain()


def kinked(operator: str, *inputs: Any, **attributes: Any) -> Sample:
    """A sample whose gradients are compared with MXNet's alone."""
    return Sample(operator, inputs, attributes).kinked()


def error(name: str, operator: str, *inputs: Any, **attributes: Any) -> ErrorSample:
    """A call that raises the exception called ``name``."""
    return ErrorSample(operator, inputs, attributes, name)


def resolve(mx: Any, name: str) -> Callable[..., Any]:
    """Find the callable that a sample names.

    ``_internal.`` leads to operators without a name of their own in ``nd``, which symbols and Python's signs use.
    """
    if name.startswith("__"):
        return getattr(python_operator, name, None) or _reflected(name)
    if name.startswith("NDArray."):
        return lambda first, *rest, **attributes: getattr(first, name[8:])(*rest, **attributes)
    return functools.reduce(getattr, name.split("."), mx.nd)


def _reflected(name: str) -> Callable[..., Any]:
    """``__radd__`` and the like: the number stands on the left in a program, so it does here."""
    forward = getattr(python_operator, name.replace("__r", "__", 1))
    return lambda array, number: forward(number, array)


def _recipes(items: Any) -> list[Recipe]:
    found: list[Recipe] = []
    for item in items:
        if isinstance(item, Recipe):
            found.append(item)
        elif isinstance(item, (list, tuple)):
            found.extend(_recipes(item))
    return found


def _filled(item: Any, remaining: Any) -> Any:
    if isinstance(item, Recipe):
        return next(remaining)
    if isinstance(item, (list, tuple)) and _recipes(item):
        return type(item)(_filled(inner, remaining) for inner in item)
    return item


def _seeded(recipe: Recipe, place: int) -> Recipe:
    return dataclasses.replace(recipe, seed=recipe.seed * 1000 + place)


def _frozen(values: Any) -> Any:
    return tuple(_frozen(value) for value in values) if isinstance(values, (list, tuple)) else values


def _brief(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        inside = " ".join(map(_brief, value))
        return f"[{inside}]" if isinstance(value, list) else f"({inside})"
    return repr(value) if isinstance(value, str) else str(value)
