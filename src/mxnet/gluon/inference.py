"""Shapes of parameters from the shapes of inputs.

``hybrid_forward`` is run once on arrays without elements, with an ``F`` that watches for parameters of unknown
shape: the operator that meets one says, by its own rule in the table, what shape it must have.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import torch

from .. import autograd, tape
from .. import ndarray as nd
from ..base import MXNetError, message
from ..context import ABSTRACT
from ..ndarray import NDArray
from ..ops.registry import OPERATORS, Operator
from .parameter import Parameter
from .utils import shape_is_known

if TYPE_CHECKING:
    from .hybrid_block import HybridBlock

__all__ = ["solve_children", "solve_shapes"]


class Solved(Exception):
    """All parameters of the block are known: the rest of its forward need not run."""


def solve_shapes(block: HybridBlock, inputs: tuple[Any, ...]) -> None:
    """Give every parameter of ``block`` itself its shape.

    Raises ``ValueError`` if the operators that it calls do not determine all of them.
    """
    unknown = [p for p in block._reg_params.values() if not shape_is_known(p.shape)]
    if unknown:
        before = [p.shape for p in unknown]
        try:
            reason = _run(block, inputs, unknown) or "no operator in its hybrid_forward determines them"
            _refuse_unknown(block, unknown, inputs, reason)
        except Solved:
            return
        except ValueError:
            for parameter, shape in zip(unknown, before, strict=True):
                parameter._shape = shape
            raise


def solve_children(block: HybridBlock, inputs: tuple[Any, ...]) -> None:
    """Give the parameters of all blocks inside their shapes; those of ``block`` itself are known.

    Raises ``ValueError`` if some cannot be determined.
    """
    unknown = [p for p in block.collect_params().values() if not shape_is_known(p.shape)]
    if unknown:
        reason = _run(block, inputs, []) or "the forward pass does not use them"
        _refuse_unknown(block, unknown, inputs, reason)


def _run(block: HybridBlock, inputs: tuple[Any, ...], unknown: list[Parameter]) -> str | None:
    """Run the block on arrays without elements until all of ``unknown`` is solved; returns what stopped it."""
    solver = _Solver(unknown)
    arguments = {
        name: _Unknown(p, solver) if p in unknown else p._abstract_data()
        for name, p in block._reg_params.items()
    }
    try:
        with autograd.pause(train_mode=False), ABSTRACT:
            block.hybrid_forward(solver if unknown else nd, *_abstract(inputs), **arguments)
    except (MXNetError, ValueError, TypeError, RuntimeError, NotImplementedError) as error:
        return str(error).split("\n")[0]
    return None


def _refuse_unknown(
    block: HybridBlock, parameters: list[Parameter], inputs: tuple[Any, ...], reason: str
) -> None:
    unknown = [p for p in parameters if not shape_is_known(p.shape)]
    if unknown:
        shapes = ", ".join(f"{p.name} {p.shape}" for p in unknown)
        arrays = ", ".join(tape.describe(x) for x in inputs if isinstance(x, NDArray))
        raise ValueError(
            message(
                "Deferred initialization failed because shape cannot be inferred.",
                received=f"{shapes}, from inputs {arrays}",
                because=reason,
                hint=block._hint(*inputs)
                or "give the whole shape when the parameter is made (in_units=...), or override infer_shape",
            )
        )


def _abstract(value: Any) -> Any:
    """Inputs with every array replaced by one without elements."""
    if isinstance(value, NDArray):
        return NDArray._wrap(torch.empty(value.shape, dtype=value._t.dtype, device="meta"), ABSTRACT)
    if isinstance(value, (list, tuple)):
        return type(value)(_abstract(each) for each in value)
    return value


class _Solver:
    """``F`` for a forward pass that looks for shapes: the functions of `nd`, watching their arguments.

    ``F.contrib`` and other modules of operators are such namespaces, too: those whose names begin with ``prefix``.
    """

    def __init__(self, unknown: list[Parameter], namespace: Any = nd, prefix: str = "") -> None:
        self._unknown = unknown
        self._namespace = namespace
        self._prefix = prefix

    def __getattr__(self, name: str) -> Any:
        function = getattr(self._namespace, name)
        if isinstance(function, ModuleType):
            return _Solver(self._unknown, function, "" if name in ("op", "_internal") else f"{name}.")
        record = OPERATORS.get(self._prefix + name)
        return function if record is None else self._watched(function, record)

    def _watched(self, function: Callable[..., Any], record: Operator) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if any(isinstance(each, _Unknown) for each in (*args, *kwargs.values())):
                args, kwargs = self._solve(record, args, kwargs)
            return function(*args, **kwargs)

        return call

    def _solve(
        self, record: Operator, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments with unknown arrays replaced by abstract ones of the shapes that the operator asks for."""
        given = {**dict(zip(record.arrays, args, strict=False)), **kwargs}
        shapes = {
            name: each._t.shape if isinstance(each, NDArray) else None
            for name, each in given.items()
            if isinstance(each, (NDArray, _Unknown))
        }
        if record.infer is not None:
            attributes = {
                name: given.get(name, parameter.default) for name, parameter in record.attributes.items()
            }
            solved = record.infer(shapes, attributes)
        elif record.name.startswith("elemwise_") or record.name in ("add_n", "where"):
            known = next((shape for shape in shapes.values() if shape is not None), None)
            solved = {} if known is None else dict.fromkeys(shapes, known)
        else:
            solved = {}

        def known_array(name: str, each: Any) -> Any:
            if not isinstance(each, _Unknown):
                return each
            if record.infer is not None and not each.fits(solved.get(name)):
                known = ", ".join(f"{n} {tuple(shape)}" for n, shape in shapes.items() if shape is not None)
                raise MXNetError(f"{record.name} has no {name} that fits {known or 'unknown arrays'}")
            return each.solved(solved.get(name))

        names = [*record.arrays, *[""] * len(args)]
        positional = tuple(known_array(name, each) for name, each in zip(names, args, strict=False))
        by_name = {name: known_array(name, each) for name, each in kwargs.items()}
        if all(shape_is_known(parameter.shape) for parameter in self._unknown):
            raise Solved
        return positional, by_name


class _Unknown:
    """Stands for a parameter of unknown shape."""

    def __init__(self, parameter: Parameter, solver: _Solver) -> None:
        self._parameter = parameter
        self._solver = solver

    def fits(self, shape: Any) -> bool:
        """Whether its shape is known, or will be with this one."""
        return shape_is_known(self._parameter.shape) or shape_is_known(shape)

    def solved(self, shape: Any) -> NDArray:
        """The abstract array, now that its shape follows from its use."""
        if shape is not None and not shape_is_known(self._parameter.shape):
            self._parameter.shape = tuple(shape)
        return self._parameter._abstract_data()

    def __getattr__(self, name: str) -> Any:
        if shape_is_known(self._parameter.shape):
            return getattr(self._parameter._abstract_data(), name)
        raise self._parameter._deferred_error()


def _arithmetic(name: str) -> Callable[[_Unknown, Any], Any]:
    """``w * x`` between a parameter of unknown shape and an array: element by element, so of the same shape."""

    def operation(self: _Unknown, other: Any) -> Any:
        if not isinstance(other, NDArray):
            raise self._parameter._deferred_error()
        array = self.solved(other._t.shape)
        if all(shape_is_known(parameter.shape) for parameter in self._solver._unknown):
            raise Solved
        return getattr(array, name)(other)

    return operation


for _name in ("add", "sub", "mul", "truediv", "pow", "radd", "rsub", "rmul", "rtruediv", "rpow"):
    setattr(_Unknown, f"__{_name}__", _arithmetic(f"__{_name}__"))
