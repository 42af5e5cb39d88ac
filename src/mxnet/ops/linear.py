"""Products of matrices: ``dot``, ``batch_dot`` and the affine map."""

from __future__ import annotations

from math import prod
from typing import Any

import torch
import torch.nn.functional as F

from .registry import Direct, OperatorError, operator

Tensor = torch.Tensor


_DOT = Direct(
    "lhs.dim() == 2 and rhs.dim() == 2 and not transpose_a and not transpose_b", "mm(lhs, rhs)", mm=torch.mm
)


@operator("dot", method="dot", same_dtype=True, direct=_DOT)
def dot(
    lhs: Tensor,
    rhs: Tensor,
    *,
    transpose_a: bool = False,
    transpose_b: bool = False,
    forward_stype: str | None = None,
) -> Tensor:
    """Product over the last axis of ``lhs`` and the first of ``rhs``.

    Shapes: ``(n, k) . (k, m) -> (n, m)``; ``(k,) . (k,) -> (1,)``; in general ``(*a, k) . (k, *b) -> (*a, *b)``.
    ``transpose_a`` takes the first axis of ``lhs`` instead of the last, ``transpose_b`` the last of ``rhs``.

    >>> from mxnet import nd
    >>> nd.dot(nd.array([[1, 2], [3, 4]]), nd.array([1, 1])).asnumpy().tolist()
    [3.0, 7.0]
    """
    left, right = lhs.dim(), rhs.dim()
    if left == 2 and right == 2:
        a = lhs.t() if transpose_a else lhs
        b = rhs.t() if transpose_b else rhs
        try:
            return torch.mm(a, b)
        except RuntimeError:
            if a.shape[1] != b.shape[0]:  # looked at only now: each look costs a tenth of a small product
                raise _mismatch(lhs, rhs, a.shape[1], b.shape[0]) from None
            raise
    if left == 0 or right == 0:
        raise OperatorError("an array without axes has no product", hint="lhs * rhs")
    if left == 1 and right == 1:
        if lhs.shape != rhs.shape:
            raise _mismatch(lhs, rhs, lhs.shape[0], rhs.shape[0])
        if transpose_a or transpose_b:
            raise OperatorError("vectors cannot be transposed", hint="leave transpose_a and transpose_b out")
        return torch.dot(lhs, rhs).reshape(1)
    kept = lhs.shape[1:] if transpose_a and left > 1 else lhs.shape[:-1]
    rest = rhs.shape[:-1] if transpose_b and right > 1 else rhs.shape[1:]
    inner_a = lhs.shape[0] if transpose_a else lhs.shape[-1]
    inner_b = rhs.shape[-1] if transpose_b else rhs.shape[0]
    if inner_a != inner_b:
        raise _mismatch(lhs, rhs, inner_a, inner_b)
    a = lhs.reshape(inner_a, prod(kept)).t() if transpose_a and left > 1 else lhs.reshape(prod(kept), inner_a)
    b = (
        rhs.reshape(prod(rest), inner_b).t()
        if transpose_b and right > 1
        else rhs.reshape(inner_b, prod(rest))
    )
    return torch.mm(a, b).reshape(kept + rest)


def _mismatch(lhs: Tensor, rhs: Tensor, inner_a: int, inner_b: int) -> OperatorError:
    fixes = [
        name
        for name, fits in (
            ("transpose_b=True", lhs.shape[-1] == rhs.shape[-1]),
            ("transpose_a=True", lhs.shape[0] == rhs.shape[0]),
        )
        if fits
    ]
    return OperatorError(
        f"shapes {tuple(lhs.shape)} and {tuple(rhs.shape)} do not fit",
        because=f"the product runs over {inner_a} elements on the left and {inner_b} on the right",
        hint=" or ".join(fixes) or None,
    )


_BATCH_DOT = Direct(
    "lhs.dim() == 3 and rhs.dim() == 3 and not transpose_a and not transpose_b",
    "bmm(lhs, rhs)",
    bmm=torch.bmm,
)


@operator("batch_dot", method="batch_dot", same_dtype=True, direct=_BATCH_DOT)
def batch_dot(
    lhs: Tensor,
    rhs: Tensor,
    *,
    transpose_a: bool = False,
    transpose_b: bool = False,
    forward_stype: str | None = None,
) -> Tensor:
    """One matrix product per batch: ``(*batch, n, k) . (*batch, k, m) -> (*batch, n, m)``.

    >>> from mxnet import nd
    >>> nd.batch_dot(nd.ones((2, 1, 4)), nd.ones((2, 4, 6))).shape
    (2, 1, 6)
    """
    if lhs.dim() < 3 or lhs.dim() != rhs.dim() or lhs.shape[:-2] != rhs.shape[:-2]:
        raise OperatorError(
            f"shapes {tuple(lhs.shape)} and {tuple(rhs.shape)} do not fit",
            because="both have the same batch axes, then two for the matrices",
            hint="nd.dot, for a product without a batch",
        )
    a = lhs.transpose(-1, -2) if transpose_a else lhs
    b = rhs.transpose(-1, -2) if transpose_b else rhs
    if a.shape[-1] != b.shape[-2]:
        raise _mismatch(lhs[0], rhs[0], a.shape[-1], b.shape[-2])
    return torch.matmul(a, b).contiguous()


def _fully_connected_shapes(shapes: dict[str, Any], attributes: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    units = int(attributes["num_hidden"])
    solved: dict[str, tuple[int, ...]] = {"bias": (units,)}
    data = shapes.get("data")
    if data is not None:
        solved["weight"] = (units, prod(data[1:]) if attributes.get("flatten", True) else data[-1])
    return solved


_LINEAR = Direct(
    "(bias is None) is no_bias and (not flatten or data.dim() == 2) and weight.shape[0] == num_hidden",
    "linear(data, weight, bias)",
    linear=F.linear,
)


@operator("FullyConnected", infer=_fully_connected_shapes, same_dtype=True, direct=_LINEAR)
def fully_connected(
    data: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    num_hidden: int,
    no_bias: bool = False,
    flatten: bool = True,
) -> Tensor:
    """Affine map ``data @ weight.T + bias``.

    Shapes: data ``(batch, ...)``, whose axes after the first are joined, or with ``flatten=False`` ``(..., k)``;
    weight ``(num_hidden, k)``; bias ``(num_hidden,)``, absent with ``no_bias``; the result
    ``(batch, num_hidden)`` or ``(..., num_hidden)``.

    >>> from mxnet import nd
    >>> nd.FullyConnected(nd.ones((2, 3)), nd.ones((4, 3)), nd.zeros((4,)), num_hidden=4).shape
    (2, 4)
    """
    if flatten and data.dim() != 2:
        if data.dim() < 2:
            data = data.reshape(-1, 1)
        else:
            data = (
                data.reshape(data.shape[0], -1)
                if data.numel()
                else data.reshape(data.shape[0], prod(data.shape[1:]))
            )
    if (bias is None) is no_bias:
        try:
            result = F.linear(data, weight, bias)
            if weight.shape[0] == num_hidden:
                return result
        except RuntimeError:
            pass
    return _refuse_fully_connected(data, weight, bias, num_hidden, no_bias)


def _refuse_fully_connected(
    data: Tensor, weight: Tensor, bias: Tensor | None, num_hidden: int, no_bias: bool
) -> Tensor:
    if (bias is None) is not no_bias:
        raise OperatorError(
            "a bias is given although no_bias=True" if no_bias else "the bias is missing",
            hint="leave the third array out" if no_bias else "no_bias=True, or a bias of shape (num_hidden,)",
        )
    if weight.dim() != 2 or weight.shape[1] != data.shape[-1]:
        raise OperatorError(
            "weight does not fit data",
            because=f"data has {data.shape[-1]} features a row, weight takes {weight.shape[-1]}",
            hint=f"nn.Dense({num_hidden}, in_units={data.shape[-1]}), or leave in_units out to have it inferred",
        )
    if weight.shape[0] != num_hidden:
        raise OperatorError(
            "weight does not fit num_hidden",
            because=f"weight has {weight.shape[0]} rows, num_hidden is {num_hidden}",
            hint=f"num_hidden={weight.shape[0]}",
        )
    if bias is not None and tuple(bias.shape) != (num_hidden,):
        raise OperatorError(
            "bias does not fit num_hidden", because=f"it has shape {tuple(bias.shape)}, not ({num_hidden},)"
        )
    return F.linear(data, weight, bias)


@operator("khatri_rao")
def khatri_rao(*args: Tensor) -> Tensor:
    """Column by column the Kronecker product of matrices with the same number of columns."""
    if not args:
        raise OperatorError("takes at least one matrix")
    result = args[0].clone()
    for matrix in args[1:]:
        if matrix.shape[1] != result.shape[1]:
            raise OperatorError("matrices differ in their number of columns")
        result = (result.unsqueeze(1) * matrix.unsqueeze(0)).reshape(-1, result.shape[1])
    return result
