"""Functions of one array, element by element, and their close relatives (``add_n``, ``cumsum``, ``Cast``).

Most are rows of `UNARY`: torch's kernel, and what MXNet does with integers. Where MXNet's gradient is not torch's, a
`torch.autograd.Function` stands beside the formula.

Differs from 1.9.1: ``square`` of integers is exact, where 1.9.1 goes through float32.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from ..dtype import to_torch
from .registry import OperatorError, operator

__all__ = ["UNARY", "Unary", "converted", "data_type"]

Tensor = torch.Tensor
Kernel = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Unary:
    """One function of one array and every name that it has."""

    kernel: Kernel
    formula: str
    integers: Kernel | None = None
    """What happens to integers: by default double precision, cut off behind the point."""
    method: bool = True
    aliases: tuple[str, ...] = ()
    differentiable: bool = True


def _copied(data: Tensor) -> Tensor:
    return data.clone(memory_format=torch.contiguous_format)


def _round(data: Tensor) -> Tensor:
    whole = torch.trunc(data)
    return whole + torch.sign(data) * (torch.abs(data - whole) >= 0.5)


def _rint(data: Tensor) -> Tensor:
    below = torch.floor(data)
    return below + (data - below > 0.5)


def _cube_root(data: Tensor) -> Tensor:
    # in double precision and a step of Newton's, so that the roots of 8, 27, 64 are 2, 3, 4
    wide = _wide(data)
    root = torch.copysign(torch.pow(torch.abs(wide), 1 / 3), wide)
    square = root * root
    step = (root * square - wide) / (3 * square)
    return torch.where(torch.isfinite(step), root - step, root).to(data.dtype)


def _gamma(data: Tensor) -> Tensor:
    wide = _wide(data)
    whole = torch.floor(wide)
    below = wide < 0
    size = torch.exp(torch.lgamma(wide))
    value = torch.where(below & (torch.remainder(whole, 2) == 1), -size, size)
    # no factorial is a fraction, and there is no value at -1, -2, ...
    value = torch.where(whole == wide, torch.where(below, math.nan, torch.round(value)), value)
    return torch.where(wide == 0, 1 / wide, value).to(data.dtype)


def _digamma(data: Tensor) -> Tensor:
    """The slope of ``gammaln``; MXNet has inf at all poles."""
    return torch.where((data <= 0) & (data == torch.floor(data)), math.inf, torch.digamma(data))


class _Sloped(torch.autograd.Function):
    """A kernel with the derivative ``slope(x, y)`` in the place of torch's."""

    @staticmethod
    def forward(ctx: Any, data: Tensor, kernel: Kernel, slope: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
        value = kernel(data)
        ctx.slope = slope
        ctx.save_for_backward(data, value)
        return value

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        return gradient * ctx.slope(*ctx.saved_tensors), None, None


def _sloped(kernel: Kernel, slope: Callable[[Tensor, Tensor], Tensor]) -> Kernel:
    def function(data: Tensor) -> Tensor:
        return _Sloped.apply(data, kernel, slope) if data.requires_grad else kernel(data)

    return function


_cbrt = _sloped(_cube_root, lambda x, y: 1 / (3 * y * y))


def _logical_not(data: Tensor) -> Tensor:
    return (data == 0).to(data.dtype)


def _wide(data: Tensor) -> Tensor:
    """In double precision, or the best that the device has."""
    return data.float() if data.device.type == "mps" else data.double()


UNARY: dict[str, Unary] = {
    "abs": Unary(torch.abs, "|x|", torch.abs),
    "sign": Unary(torch.sign, "-1, 0 or 1: the sign of x", torch.sign),
    "round": Unary(_round, "x to the nearest whole number, halves away from zero", _copied),
    "rint": Unary(_rint, "x to the nearest whole number, halves downwards", _copied),
    "ceil": Unary(torch.ceil, "the smallest whole number >= x", _copied),
    "floor": Unary(torch.floor, "the largest whole number <= x", _copied),
    "trunc": Unary(torch.trunc, "x without what is behind the point", _copied),
    "fix": Unary(torch.trunc, "x without what is behind the point", _copied),
    "square": Unary(torch.square, "x**2", torch.square),
    "sqrt": Unary(torch.sqrt, "sqrt(x)"),
    "rsqrt": Unary(torch.rsqrt, "1 / sqrt(x)"),
    "cbrt": Unary(_cbrt, "the cube root of x"),
    "rcbrt": Unary(lambda x: torch.reciprocal(_cbrt(x)), "1 / the cube root of x"),
    "exp": Unary(torch.exp, "e**x"),
    "log": Unary(torch.log, "log(x), to base e"),
    "log10": Unary(torch.log10, "log(x), to base 10"),
    "log2": Unary(torch.log2, "log(x), to base 2"),
    "log1p": Unary(torch.log1p, "log(1 + x), exact near 0"),
    "expm1": Unary(torch.expm1, "e**x - 1, exact near 0"),
    "reciprocal": Unary(torch.reciprocal, "1 / x"),
    "negative": Unary(torch.neg, "-x", torch.neg, method=False),
    "sin": Unary(torch.sin, "sin(x), x in radians"),
    "cos": Unary(torch.cos, "cos(x), x in radians"),
    "tan": Unary(torch.tan, "tan(x), x in radians"),
    "arcsin": Unary(torch.asin, "the angle in [-pi/2, pi/2] whose sine is x"),
    "arccos": Unary(torch.acos, "the angle in [0, pi] whose cosine is x"),
    "arctan": Unary(torch.atan, "the angle in (-pi/2, pi/2) whose tangent is x"),
    "degrees": Unary(torch.rad2deg, "180 x / pi"),
    "radians": Unary(torch.deg2rad, "pi x / 180"),
    "sinh": Unary(torch.sinh, "(e**x - e**-x) / 2"),
    "cosh": Unary(torch.cosh, "(e**x + e**-x) / 2"),
    "tanh": Unary(torch.tanh, "sinh(x) / cosh(x)"),
    "arcsinh": Unary(torch.asinh, "the number whose sinh is x"),
    "arccosh": Unary(torch.acosh, "the number >= 0 whose cosh is x"),
    "arctanh": Unary(torch.atanh, "the number whose tanh is x"),
    "erf": Unary(torch.erf, "2 / sqrt(pi) * the integral of e**-t**2 from 0 to x", method=False),
    "erfinv": Unary(torch.erfinv, "the number whose erf is x", method=False),
    "gamma": Unary(
        _sloped(_gamma, lambda x, y: y * _digamma(x)),
        "the gamma function: (x - 1)! for whole x",
        method=False,
    ),
    "gammaln": Unary(_sloped(torch.lgamma, lambda x, y: _digamma(x)), "log(|gamma(x)|)", method=False),
    "sigmoid": Unary(torch.sigmoid, "1 / (1 + e**-x)"),
    "relu": Unary(torch.relu, "max(x, 0)", torch.relu),
    "softsign": Unary(
        _sloped(lambda x: x / (1 + torch.abs(x)), lambda x, y: 1 / torch.square(1 + torch.abs(x))),
        "x / (1 + |x|)",
        method=False,
    ),
    "logical_not": Unary(
        _logical_not, "1 where x is 0, else 0", _logical_not, method=False, differentiable=False
    ),
    "_copy": Unary(_copied, "x", _copied, method=False, aliases=("identity",)),
    "zeros_like": Unary(torch.zeros_like, "0", torch.zeros_like, differentiable=False),
    "ones_like": Unary(torch.ones_like, "1", torch.ones_like, differentiable=False),
}


def _function(unary: Unary) -> Kernel:
    kernel, integers = unary.kernel, unary.integers

    if kernel is integers:

        def function(data: Tensor) -> Tensor:
            return kernel(data)
    elif integers is not None:

        def function(data: Tensor) -> Tensor:
            return kernel(data) if data.is_floating_point() else integers(data)
    else:

        def function(data: Tensor) -> Tensor:
            return kernel(data) if data.is_floating_point() else _through_float(kernel, data)

    function.__doc__ = f"``{unary.formula}``, element by element, in the type of the array."
    return function


def _through_float(kernel: Kernel, data: Tensor) -> Tensor:
    """A function of real numbers on integers: ``exp([1, 2])`` is ``[2, 7]``, ``log([0])`` the smallest int32."""
    if data.dtype is torch.bool:
        raise OperatorError("takes numbers, not booleans", hint=".astype('float32')")
    return converted(kernel(_wide(data)), data.dtype)


def converted(data: Tensor, dtype: torch.dtype) -> Tensor:
    """The elements as another type, as a copy.

    Floats lose what is behind the point; what is too large for int32 (nan and the infinities too) becomes its
    smallest value, and the small integer types take the last bits of that: 300 is 44 as uint8, -1 is 255.
    """
    if dtype.is_floating_point or dtype is torch.bool or not data.is_floating_point():
        return data.to(dtype, copy=True)
    # The language leaves such conversions to the machine; going through a value that fits makes them one.
    wide, limit = (torch.int64, 2.0**63) if dtype in _WIDE else (torch.int32, 2.0**31)
    if data.element_size() < 4:
        data = data.float()
    fits = (data >= -limit) & (data < limit)
    return torch.where(fits, data, -limit).to(wide).to(dtype)


def data_type(dtype: Any) -> torch.dtype:
    """The torch dtype of an attribute; ``TypeError`` in the user's form for what is none."""
    try:
        return to_torch(dtype)
    except TypeError as error:
        raise OperatorError(str(error).splitlines()[0], kind=TypeError) from None


_WIDE = frozenset({torch.int64, torch.uint32, torch.uint64})

for _name, _unary in UNARY.items():
    _made = _function(_unary)
    _made.__name__ = _made.__qualname__ = _name
    operator(
        _name, aliases=_unary.aliases, method=_unary.method, differentiable=_unary.differentiable
    )(_made)  # fmt: skip


@operator("Cast", aliases=("cast",), method="cast")
def cast(data: Tensor, *, dtype: str) -> Tensor:
    """The elements as another type, copied; see `NDArray.astype`.

    Floats lose what is behind the point on their way to integers, and wrap around: 300 is 44 as uint8. What is too
    large for int32, nan included, becomes -2147483648.

    Differs from 1.9.1: no gradient goes through an integer type.

    >>> from mxnet import nd
    >>> nd.cast(nd.array([1.7, -1.7, 300]), dtype="uint8").asnumpy().tolist()
    [1, 255, 44]
    """
    return converted(data, data_type(dtype))


@operator("amp_cast")
def amp_cast(data: Tensor, *, dtype: str) -> Tensor:
    """Floats as another floating type, copied; other arrays as they are, copied."""
    return data.to(data_type(dtype) if data.is_floating_point() else data.dtype, copy=True)


@operator("amp_multicast", outputs=lambda attributes: attributes["num_outputs"])
def amp_multicast(*data: Tensor, num_outputs: int, cast_narrow: bool = False) -> list[Tensor]:
    """All arrays as the widest of their floating types (the narrowest with ``cast_narrow``), copied."""
    if len(data) != num_outputs:
        raise OperatorError(f"num_outputs={num_outputs} for {len(data)} arrays")
    kinds = [each.dtype for each in data if each.is_floating_point()]
    if not kinds:
        return [_copied(each) for each in data]
    kind = (min if cast_narrow else max)(kinds, key=lambda kind: torch.finfo(kind).bits)
    return [each.to(kind if each.is_floating_point() else each.dtype, copy=True) for each in data]


@operator("clip", method=True)
def clip(data: Tensor, *, a_min: float, a_max: float) -> Tensor:
    """``min(max(x, a_min), a_max)``; the gradient is 1 from ``a_min`` to ``a_max``, both included, else 0.

    >>> from mxnet import nd
    >>> nd.clip(nd.array([1, 5]), 2, 3).asnumpy().tolist()
    [2.0, 3.0]
    """
    if not data.is_floating_point():
        limits = torch.iinfo(data.dtype)
        a_min, a_max = (int(max(limits.min, min(limits.max, bound))) for bound in (a_min, a_max))
    if data.requires_grad or a_min > a_max:
        # torch.clamp lets no gradient through nan, and knows nothing of bounds in the wrong order
        return torch.where(data > a_max, a_max, torch.where(data < a_min, a_min, data))
    return torch.clamp(data, a_min, a_max)


@operator("hard_sigmoid")
def hard_sigmoid(data: Tensor, *, alpha: float = 0.2, beta: float = 0.5) -> Tensor:
    """``min(max(alpha * x + beta, 0), 1)``.

    >>> from mxnet import nd
    >>> nd.hard_sigmoid(nd.array([-10, 0, 10])).asnumpy().tolist()
    [0.0, 0.5, 1.0]
    """
    if not data.is_floating_point():
        raise OperatorError("takes floating arrays only", hint=".astype('float32')")
    return _sloped(lambda x: torch.clamp(x * alpha + beta, 0, 1), lambda x, y: alpha * ((y > 0) & (y < 1)))(
        data
    )


@operator("mish", method=True)
def mish(data: Tensor) -> Tensor:
    """``x * tanh(log(1 + e**x))``, element by element: smooth, and slightly negative below 0.

    MXNet 1.9.1 does not have it. From D. Misra, "Mish: A Self Regularized Non-Monotonic Activation Function" (2019).

    Raises `MXNetError` for whole numbers.

    >>> from mxnet import nd
    >>> [round(y, 4) for y in nd.mish(nd.array([-1, 0, 1])).asnumpy().tolist()]
    [-0.3034, 0.0, 0.8651]
    """
    if not data.is_floating_point():
        raise OperatorError("takes floating arrays only", hint=".astype('float32')")
    return torch.nn.functional.mish(data)


@operator("smooth_l1")
def smooth_l1(data: Tensor, *, scalar: float = 1.0) -> Tensor:
    """``0.5 * (scalar * x)**2`` where ``|x| < 1 / scalar**2``, else ``|x| - 0.5 / scalar**2``.

    >>> from mxnet import nd
    >>> nd.smooth_l1(nd.array([0.5, 3])).asnumpy().tolist()
    [0.125, 2.5]
    """
    if not data.is_floating_point():
        return _through_float(lambda x: smooth_l1(x, scalar=scalar), data)
    square = float(scalar) ** 2
    limit = 1 / square if square else math.inf
    size = torch.abs(data)
    return torch.where(size > limit, size - 0.5 * limit, 0.5 * square * data * data)


@operator("add_n", aliases=("ElementWiseSum",), same_dtype=True)
def add_n(*args: Tensor) -> Tensor:
    """The sum of any number of arrays of one shape.

    >>> from mxnet import nd
    >>> nd.add_n(nd.ones((2,)), nd.ones((2,)), nd.ones((2,))).asnumpy().tolist()
    [3.0, 3.0]
    """
    if not args:
        raise OperatorError("takes at least one array")
    for each in args[1:]:
        if each.shape != args[0].shape:
            raise OperatorError(
                f"shapes {tuple(args[0].shape)} and {tuple(each.shape)} differ",
                because="all arrays have one shape here",
                hint="a + b repeats axes of length 1",
            )
    if len(args) == 1:
        return _copied(args[0])
    total = torch.add(args[0], args[1])
    for each in args[2:]:
        total.add_(each)
    return total


@operator("cumsum")
def cumsum(a: Tensor, *, axis: int | None = None, dtype: str | None = None) -> Tensor:
    """Running sums along ``axis``; without it, of all elements in reading order, with shape ``(size,)``.

    ``dtype`` is the type of the result, and of its arithmetic (default: that of the array).

    >>> from mxnet import nd
    >>> nd.cumsum(nd.array([[1, 2], [3, 4]]), axis=0).asnumpy().tolist()
    [[1.0, 2.0], [4.0, 6.0]]
    """
    kind = a.dtype if dtype is None else data_type(dtype)
    if axis is None:
        return torch.cumsum(a.reshape(-1), 0, dtype=kind)
    if not -a.dim() <= axis < a.dim():
        raise OperatorError(
            f"axis {axis} is not there", because=f"an array of {a.dim()} axes has {-a.dim()} to {a.dim() - 1}"
        )
    return torch.cumsum(a, axis, dtype=kind)


# ---------------------------------------------------------------------- gradients of their own


class _Blocked(torch.autograd.Function):
    """The identity, through which no gradient comes back; the leaves behind it learn that theirs is zero."""

    @staticmethod
    def forward(ctx: Any, data: Tensor) -> Tensor:
        return _copied(data)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> None:
        # nothing rather than zeros: behind this point 0 * inf must not become nan, and nothing need be computed
        _give_zeros(ctx)
        return


def _give_zeros(node: Any) -> None:
    """Leave a gradient of zeros in every leaf behind a node that has none yet; what still comes is added to it."""
    waiting, seen = [node], {node}
    while waiting:
        for behind, _ in waiting.pop().next_functions:
            if behind is None or behind in seen:
                continue
            seen.add(behind)
            leaf = getattr(behind, "variable", None)
            if leaf is None:
                waiting.append(behind)
            elif leaf.grad is None:
                leaf.grad = torch.zeros_like(leaf)


@operator("BlockGrad", aliases=("stop_gradient",))
def block_grad(data: Tensor) -> Tensor:
    """``x``, copied; no gradient passes.

    >>> from mxnet import nd, autograd
    >>> x = nd.array([3.0])
    >>> x.attach_grad()
    >>> with autograd.record():
    ...     y = nd.BlockGrad(x) * x
    >>> y.backward()
    >>> x.grad.asscalar().item()
    3.0
    """
    return _Blocked.apply(data) if data.requires_grad else _copied(data)


class _Loss(torch.autograd.Function):
    """The identity, whose gradient is ``scale`` whatever comes after it."""

    @staticmethod
    def forward(ctx: Any, data: Tensor, scale: float | Tensor) -> Tensor:
        ctx.scale = scale
        return _copied(data)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return torch.ones_like(gradient) * ctx.scale, None


@operator("make_loss")
def make_loss(data: Tensor) -> Tensor:
    """``x``, copied, as the end of a network: its gradient is 1, whatever is computed from it."""
    return _Loss.apply(data, 1.0) if data.requires_grad else _copied(data)


@operator("MakeLoss")
def make_loss_layer(
    data: Tensor, *, grad_scale: float = 1.0, valid_thresh: float = 0.0, normalization: str = "null"
) -> Tensor:
    """``x``, copied, as the end of a network: its gradient is ``grad_scale``, whatever is computed from it.

    Parameters
    ----------
    normalization : ``'batch'`` divides the gradient by the length of the first of several axes, ``'valid'`` by the
        number of elements above ``valid_thresh`` (at least 1), ``'null'`` by nothing.
    """
    if normalization not in ("null", "batch", "valid"):
        raise OperatorError(
            f"normalization={normalization!r} is not known", because="it is 'null', 'batch' or 'valid'"
        )
    if not data.requires_grad:
        return _copied(data)
    scale: float | Tensor = grad_scale
    if normalization == "batch":
        scale = grad_scale / (data.shape[0] if data.dim() > 1 else 1)
    elif normalization == "valid":
        scale = grad_scale / (data.detach() > valid_thresh).sum().clamp(min=1)
    return _Loss.apply(data, scale)


# ---------------------------------------------------------------------- facts about arrays


@operator("shape_array", method=True, differentiable=False)
def shape_array(data: Tensor) -> Tensor:
    """The lengths of the axes, as an int64 array."""
    return torch.tensor(data.shape, dtype=torch.int64, device=data.device)


@operator("size_array", method=True, differentiable=False)
def size_array(data: Tensor) -> Tensor:
    """The number of elements, as an int64 array of shape ``(1,)``."""
    return torch.tensor([data.numel()], dtype=torch.int64, device=data.device)


@operator("all_finite", differentiable=False)
def all_finite(data: Tensor, *, init_output: bool = True) -> Tensor:
    """1 if no element is infinite or nan, else 0, with shape ``(1,)``.

    >>> from mxnet import nd
    >>> nd.all_finite(nd.array([1, float("nan")])).asscalar().item()
    0.0
    """
    return multi_all_finite(data, num_arrays=1, init_output=init_output)


@operator("multi_all_finite", differentiable=False)
def multi_all_finite(*data: Tensor, num_arrays: int = 1, init_output: bool = True) -> Tensor:
    """1 if no element of any array is infinite or nan, else 0, with shape ``(1,)``."""
    _check_count(data, num_arrays)
    if not init_output:
        raise OperatorError(
            "init_output=False is not supported",
            because="an operator does not see what out= held before",
            hint="multiply the results of two calls",
        )
    if any(not each.is_floating_point() for each in data):
        raise OperatorError("takes floating arrays only", because="integers are always finite")
    checks = [torch.isfinite(each).all() for each in data]
    return torch.stack(checks).all().reshape(1).float()


@operator("multi_sum_sq", differentiable=False)
def multi_sum_sq(*data: Tensor, num_arrays: int) -> Tensor:
    """The sum of squares of each array, in float32, with shape ``(num_arrays,)``."""
    _check_count(data, num_arrays)
    return torch.stack([torch.sum(torch.square(each.float())) for each in data])


def _check_count(data: tuple[Tensor, ...], num_arrays: int) -> None:
    if len(data) != num_arrays:
        raise OperatorError(f"num_arrays={num_arrays} for {len(data)} arrays", hint=f"num_arrays={len(data)}")
