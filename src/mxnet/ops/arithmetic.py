"""Binary arithmetic, comparison and logic: ``a + b`` and all its spellings.

MXNet's rules, which are not torch's: the result has the type of the arrays (which must agree), a number takes
the array's type (``int32 + 1.7`` adds 1), integers divide towards zero, comparisons give 0 and 1 in that type.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from .registry import OPERATORS, Operator, OperatorError, operator

__all__ = ["BINARY", "Binary"]

Tensor = torch.Tensor


def _divide(a: Any, b: Any) -> Tensor:
    if _is_floating(a, b):
        return torch.true_divide(a, b)
    return _integer(torch.div, a, b, rounding_mode="trunc")


def _modulo(a: Any, b: Any) -> Tensor:
    """Remainder with the sign of the divisor, as Python has it; ``x % 0`` is 0, as MXNet has it."""
    return _Modulo.apply(a, b) if _needs_grad(a, b) else _modulo_values(a, b)


def _modulo_values(a: Any, b: Any) -> Tensor:
    if isinstance(b, Tensor):
        zero = b == 0
        if not b.is_floating_point():
            safe = torch.where(zero, torch.ones_like(b), b)
            return torch.where(
                zero, torch.zeros((), dtype=b.dtype, device=b.device), torch.remainder(a, safe)
            )
        return torch.where(zero, torch.zeros((), dtype=b.dtype, device=b.device), torch.remainder(a, b))
    return torch.zeros_like(a) if b == 0 else torch.remainder(a, b)


class _Modulo(torch.autograd.Function):
    """The gradient by the dividend is 1, by the divisor ``-floor(a / b)``."""

    @staticmethod
    def forward(ctx: Any, a: Any, b: Any) -> Tensor:
        ctx.numbers = tuple(None if isinstance(x, Tensor) else x for x in (a, b))
        ctx.save_for_backward(*(x for x in (a, b) if isinstance(x, Tensor)))
        return _modulo_values(a, b)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:
        saved = iter(ctx.saved_tensors)
        a, b = (next(saved) if x is None else x for x in ctx.numbers)
        by_a = gradient.sum_to_size(a.shape) if ctx.needs_input_grad[0] else None
        by_b = (-gradient * torch.floor(a / b)).sum_to_size(b.shape) if ctx.needs_input_grad[1] else None
        return by_a, by_b


def _power(a: Any, b: Any) -> Tensor:
    if _is_floating(a, b):
        if isinstance(a, Tensor) and isinstance(b, Tensor) and _needs_grad(a, b):
            return _Power.apply(a, b)
        return torch.pow(a, b)
    # integer powers with a negative exponent truncate: 2 ** -1 is 0
    kind = a.dtype if isinstance(a, Tensor) else b.dtype
    a, b = (x.double() if isinstance(x, Tensor) else float(x) for x in (a, b))
    return torch.pow(a, b).to(kind)


class _Power(torch.autograd.Function):
    """``a ** b`` for two arrays, with ``-inf`` by the exponent at ``0 ** 0``, where torch says 0."""

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor) -> Tensor:
        result = torch.pow(a, b)
        ctx.save_for_backward(a, b, result)
        return result

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:
        a, b, result = ctx.saved_tensors
        by_a = (gradient * b * torch.pow(a, b - 1)).sum_to_size(a.shape) if ctx.needs_input_grad[0] else None
        by_b = (gradient * result * torch.log(a)).sum_to_size(b.shape) if ctx.needs_input_grad[1] else None
        return by_a, by_b


def _maximum(a: Any, b: Any) -> Tensor:
    if not isinstance(a, Tensor):
        a, b = b, a
    return _Extreme.apply(a, b, torch.ge) if _needs_grad(a, b) else _extreme(a, b, torch.ge)


def _minimum(a: Any, b: Any) -> Tensor:
    if not isinstance(a, Tensor):
        a, b = b, a
    return _Extreme.apply(a, b, torch.le) if _needs_grad(a, b) else _extreme(a, b, torch.le)


def _extreme(a: Any, b: Any, first_wins: Callable[..., Tensor]) -> Tensor:
    if not isinstance(b, Tensor):
        return torch.clamp(a, min=b) if first_wins is torch.ge else torch.clamp(a, max=b)
    return torch.maximum(a, b) if first_wins is torch.ge else torch.minimum(a, b)


class _Extreme(torch.autograd.Function):
    """``maximum`` and ``minimum`` whose gradient goes to the first operand where the two are equal."""

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Any, first_wins: Callable[..., Tensor]) -> Tensor:
        ctx.first = first_wins(a, b)
        ctx.shapes = a.shape, b.shape if isinstance(b, Tensor) else None
        return _extreme(a, b, first_wins)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:
        by_a = by_b = None
        if ctx.needs_input_grad[0]:
            by_a = (gradient * ctx.first).sum_to_size(ctx.shapes[0])
        if ctx.needs_input_grad[1]:
            by_b = (gradient * ~ctx.first).sum_to_size(ctx.shapes[1])
        return by_a, by_b, None


_MIRRORED: dict[Any, Any] = {torch.gt: torch.lt, torch.lt: torch.gt, torch.ge: torch.le, torch.le: torch.ge}


def _comparison(compare: Callable[..., Tensor]) -> Callable[[Any, Any], Tensor]:
    """A comparison in the array's type, which the kernel itself writes; a number may stand on either side."""
    mirrored = _MIRRORED.get(compare, compare)

    def compared(a: Any, b: Any) -> Tensor:
        if isinstance(a, Tensor):
            return compare(a, b, out=a.new_empty(0))
        return mirrored(b, a, out=b.new_empty(0))

    return compared


def _logical(combine: Callable[..., Tensor]) -> Callable[[Any, Any], Tensor]:
    def combined(a: Any, b: Any) -> Tensor:
        tensor = a if isinstance(a, Tensor) else b
        a, b = (x if isinstance(x, Tensor) else torch.tensor(bool(x), device=tensor.device) for x in (a, b))
        return combine(a, b).to(tensor.dtype)

    return combined


def _hypot(a: Any, b: Any) -> Tensor:
    tensor = a if isinstance(a, Tensor) else b
    a, b = (x if isinstance(x, Tensor) else torch.full_like(tensor, x) for x in (a, b))
    return (
        torch.hypot(a, b)
        if tensor.is_floating_point()
        else torch.hypot(a.double(), b.double()).to(tensor.dtype)
    )


@dataclass(frozen=True)
class Binary:
    """One binary operation and every name that it has."""

    kernel: Callable[[Any, Any], Tensor]
    formula: str
    broadcast: tuple[str, ...]
    """Names that broadcast two arrays."""
    elementwise: tuple[str, ...] = ()
    """Names for two arrays of one shape."""
    function: tuple[str, ...] = ()
    """Names in ``nd`` for arrays and numbers on either side."""
    dunder: str | None = None
    """``add`` stands for ``__add__``, ``__radd__`` and ``__iadd__``."""
    scalar: tuple[str, ...] = ()
    """Internal names of the array-and-number form, which symbol files contain."""
    reflected_scalar: tuple[str, ...] = ()
    differentiable: bool = True
    raw: Callable[..., Tensor] | None = None
    """torch's own function where it does the same for a floating array and a number."""
    pair: Callable[..., Tensor] | None = None
    """torch's own function where it does the same for two arrays without a graph."""


def _needs_grad(*operands: Any) -> bool:
    return torch.is_grad_enabled() and any(isinstance(x, Tensor) and x.requires_grad for x in operands)


def _is_floating(a: Any, b: Any) -> bool:
    return (a if isinstance(a, Tensor) else b).is_floating_point()


def _integer(function: Callable[..., Tensor], a: Any, b: Any, **options: Any) -> Tensor:
    tensor = a if isinstance(a, Tensor) else b
    a, b = (x if isinstance(x, Tensor) else torch.full_like(tensor, x) for x in (a, b))
    zero = b == 0
    if bool(zero.any()):
        raise OperatorError(
            "integer division by zero",
            because="integers have no infinity (1.9.1 ends the process here)",
            hint=".astype('float32') on both",
        )
    return function(a, b, **options)


BINARY: dict[str, Binary] = {
    "add": Binary(
        torch.add, "lhs + rhs", ("broadcast_add", "broadcast_plus"),
        ("elemwise_add", "_plus", "_add", "_Plus", "_grad_add"), ("add",), "add", ("_plus_scalar", "_PlusScalar"),
        raw=torch.add,
    ),
    "subtract": Binary(
        torch.sub, "lhs - rhs", ("broadcast_sub", "broadcast_minus"),
        ("elemwise_sub", "_minus", "_sub", "_Minus"), ("subtract",), "sub", ("_minus_scalar", "_MinusScalar"),
        ("_rminus_scalar", "_RMinusScalar"), raw=torch.sub,
    ),
    "multiply": Binary(
        torch.mul, "lhs * rhs", ("broadcast_mul",), ("elemwise_mul", "_mul", "_Mul"), ("multiply",), "mul",
        ("_mul_scalar", "_MulScalar"), raw=torch.mul,
    ),
    "divide": Binary(
        _divide, "lhs / rhs", ("broadcast_div",), ("elemwise_div", "_div", "_Div"), ("divide", "true_divide"),
        "truediv", ("_div_scalar", "_DivScalar"), ("_rdiv_scalar", "_RDivScalar"), raw=torch.true_divide,
    ),
    "modulo": Binary(
        _modulo, "lhs % rhs", ("broadcast_mod",), ("_mod", "_Mod"), ("modulo",), "mod",
        ("_mod_scalar", "_ModScalar"), ("_rmod_scalar", "_RModScalar"),
    ),
    "power": Binary(
        _power, "lhs ** rhs", ("broadcast_power",), ("_power", "_Power"), ("power",), "pow",
        ("_power_scalar", "_PowerScalar"), ("_rpower_scalar", "_RPowerScalar"), raw=torch.pow,
    ),
    "maximum": Binary(
        _maximum, "max(lhs, rhs)", ("broadcast_maximum",), ("_maximum", "_Maximum"), ("maximum",), None,
        ("_maximum_scalar", "_MaximumScalar"), pair=torch.maximum,
    ),
    "minimum": Binary(
        _minimum, "min(lhs, rhs)", ("broadcast_minimum",), ("_minimum", "_Minimum"), ("minimum",), None,
        ("_minimum_scalar", "_MinimumScalar"), pair=torch.minimum,
    ),
    "hypot": Binary(
        _hypot, "sqrt(lhs**2 + rhs**2)", ("broadcast_hypot",), ("_hypot", "_Hypot"), (), None,
        ("_hypot_scalar", "_HypotScalar"),
    ),
    "equal": Binary(
        _comparison(torch.eq), "lhs == rhs", ("broadcast_equal",), ("_equal", "_Equal"), ("equal",), "eq",
        ("_equal_scalar", "_EqualScalar"), differentiable=False,
    ),
    "not_equal": Binary(
        _comparison(torch.ne), "lhs != rhs", ("broadcast_not_equal",), ("_not_equal", "_Not_Equal"), ("not_equal",),
        "ne", ("_not_equal_scalar", "_NotEqualScalar"), differentiable=False,
    ),
    "greater": Binary(
        _comparison(torch.gt), "lhs > rhs", ("broadcast_greater",), ("_greater", "_Greater"), ("greater",), "gt",
        ("_greater_scalar", "_GreaterScalar"), differentiable=False,
    ),
    "greater_equal": Binary(
        _comparison(torch.ge), "lhs >= rhs", ("broadcast_greater_equal",), ("_greater_equal", "_Greater_Equal"),
        ("greater_equal",), "ge", ("_greater_equal_scalar", "_GreaterEqualScalar"), differentiable=False,
    ),
    "lesser": Binary(
        _comparison(torch.lt), "lhs < rhs", ("broadcast_lesser",), ("_lesser", "_Lesser"), ("lesser",), "lt",
        ("_lesser_scalar", "_LesserScalar"), differentiable=False,
    ),
    "lesser_equal": Binary(
        _comparison(torch.le), "lhs <= rhs", ("broadcast_lesser_equal",), ("_lesser_equal", "_Lesser_Equal"),
        ("lesser_equal",), "le", ("_lesser_equal_scalar", "_LesserEqualScalar"), differentiable=False,
    ),
    "logical_and": Binary(
        _logical(torch.logical_and), "lhs and rhs", ("broadcast_logical_and",), ("_logical_and",),
        ("logical_and",), None, ("_logical_and_scalar",), differentiable=False,
    ),
    "logical_or": Binary(
        _logical(torch.logical_or), "lhs or rhs", ("broadcast_logical_or",), ("_logical_or",),
        ("logical_or",), None, ("_logical_or_scalar",), differentiable=False,
    ),
    "logical_xor": Binary(
        _logical(torch.logical_xor), "lhs xor rhs", ("broadcast_logical_xor",), ("_logical_xor",),
        ("logical_xor",), None, ("_logical_xor_scalar",), differentiable=False,
    ),
}  # fmt: skip


def as_scalar(tensor: Tensor, number: Any) -> Any:
    """A number in the type of an array, as MXNet takes it: integers cut off what is behind the point."""
    if type(number) is float and not tensor.is_floating_point():
        return int(number)
    return number


def _check_broadcast(lhs: Tensor, rhs: Tensor) -> None:
    for left, right in zip(reversed(lhs.shape), reversed(rhs.shape), strict=False):
        if left != right and left != 1 and right != 1:
            raise OperatorError(
                f"shapes {tuple(lhs.shape)} and {tuple(rhs.shape)} do not fit",
                because="operands could not be broadcast together: "
                "from the last axis, lengths must be equal or 1",
                hint=_broadcast_hint(lhs.shape, rhs.shape),
            )


def _broadcast_hint(left: torch.Size, right: torch.Size) -> str | None:
    if left.numel() == right.numel():
        return f".reshape({tuple(left)}) on the second, if its elements are in that order"
    if len(left) > len(right) and right and left[0] == right[0]:
        return f".reshape({(right[0],) + (1,) * (len(left) - 1)}) on the second, to go along the first axis"
    return None


def _broadcasting(binary: Binary) -> Callable[..., Tensor]:
    kernel = binary.kernel

    def broadcast(lhs: Tensor, rhs: Tensor) -> Tensor:
        try:
            return kernel(lhs, rhs)
        except RuntimeError:
            _check_broadcast(lhs, rhs)
            raise

    broadcast.__doc__ = f"``{binary.formula}``, element by element, axes of length 1 repeated to fit."
    return broadcast


def _same_shape(binary: Binary) -> Callable[..., Tensor]:
    kernel = binary.kernel

    def elementwise(lhs: Tensor, rhs: Tensor) -> Tensor:
        if lhs.shape != rhs.shape:
            raise OperatorError(
                f"shapes {tuple(lhs.shape)} and {tuple(rhs.shape)} differ",
                because="this form takes two arrays of one shape",
                hint="lhs + rhs and the broadcast_* functions repeat axes of length 1",
            )
        return kernel(lhs, rhs)

    elementwise.__doc__ = f"``{binary.formula}``, element by element, for two arrays of one shape."
    return elementwise


def _with_scalar(binary: Binary, reflected: bool) -> Callable[..., Tensor]:
    kernel = binary.kernel

    def with_scalar(data: Tensor, *, scalar: float = 1.0, is_int: bool = True) -> Tensor:
        number = as_scalar(data, scalar)
        return kernel(number, data) if reflected else kernel(data, number)

    with_scalar.__doc__ = f"``{binary.formula}`` with a number on one side."
    return with_scalar


for _binary in BINARY.values():
    _facts: dict[str, Any] = {"differentiable": _binary.differentiable, "same_dtype": True}
    operator(_binary.broadcast[0], aliases=_binary.broadcast[1:], **_facts)(_broadcasting(_binary))
    if _binary.elementwise:
        operator(_binary.elementwise[0], aliases=_binary.elementwise[1:], **_facts)(_same_shape(_binary))
    for _names, _reflected in ((_binary.scalar, False), (_binary.reflected_scalar, True)):
        if _names:
            operator(
                _names[0], aliases=_names[1:], differentiable=_binary.differentiable, public=False
            )(_with_scalar(_binary, _reflected))  # fmt: skip


def broadcast_record(name: str) -> Operator:
    """The record of the broadcasting form of a row in `BINARY`."""
    return OPERATORS[BINARY[name].broadcast[0]]
