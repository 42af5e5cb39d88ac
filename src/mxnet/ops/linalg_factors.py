"""Factorisations of matrices and what follows from them: ``nd.linalg.potrf``, ``syevd``, ``gelqf``, ``det``, ...

The matrices stand in the last two axes; all axes before them are a batch. float32 and float64.
"""

from __future__ import annotations

import torch

from .linalg_products import check_matrices, check_square
from .registry import OperatorError, operator

Tensor = torch.Tensor


@operator("_linalg_potrf", aliases=("linalg_potrf", "linalg.potrf"))
def potrf(A: Tensor) -> Tensor:
    """Cholesky: the lower triangle L with a positive diagonal and ``L @ L.T = A``.

    Shapes: A and L ``(*batch, n, n)``. A is symmetric and positive definite; its upper half is not read, and its
    gradient is symmetric.

    Raises
    ------
    MXNetError : A is not positive definite.

    >>> nd.linalg.potrf(nd.array([[4, 2], [2, 5]]))
    <BLANKLINE>
    [[2. 0.]
     [1. 2.]]
    <NDArray 2x2 @cpu(0)>
    """
    _check(A)
    try:
        return torch.linalg.cholesky(A).contiguous()
    except torch.linalg.LinAlgError:
        raise OperatorError("A has no Cholesky factor", because="it is not positive definite") from None


@operator("_linalg_potri", aliases=("linalg_potri", "linalg.potri"))
def potri(A: Tensor) -> Tensor:
    """``inverse(A @ A.T)`` of a lower triangle A, which `potrf` makes: the inverse of the matrix that it factored.

    Shapes: A and the result ``(*batch, n, n)``. The upper half of A is not read.

    Raises
    ------
    MXNetError : a zero stands on the diagonal.

    >>> nd.linalg.potri(nd.array([[2, 0], [0, 4]]))
    <BLANKLINE>
    [[0.25   0.    ]
     [0.     0.0625]]
    <NDArray 2x2 @cpu(0)>
    """
    _check(A)
    if bool((A.detach().diagonal(dim1=-2, dim2=-1) == 0).any()):
        raise OperatorError(
            "A is no Cholesky factor", because="a zero stands on its diagonal", hint="nd.linalg.potrf(...)"
        )
    unit = torch.eye(A.shape[-1], dtype=A.dtype, device=A.device).expand_as(A)
    inverse = torch.linalg.solve_triangular(A, unit, upper=False)
    return inverse.mT @ inverse


@operator("_linalg_sumlogdiag", aliases=("linalg_sumlogdiag", "linalg.sumlogdiag"))
def sumlogdiag(A: Tensor) -> Tensor:
    """Sum of the logarithms of the diagonal; for the L of `potrf` half the logarithm of the determinant.

    Shapes: A ``(*batch, n, n)``; the result ``(*batch,)``, for one matrix ``(1,)``.

    >>> nd.linalg.sumlogdiag(nd.array([[1, 1], [0, 1]]))
    <BLANKLINE>
    [0.]
    <NDArray 1 @cpu(0)>
    """
    check_square("A", A)
    return _at_least_one_axis(A.diagonal(dim1=-2, dim2=-1).log().sum(-1))


@operator("_linalg_gelqf", aliases=("linalg_gelqf", "linalg.gelqf"), outputs=2)
def gelqf(A: Tensor) -> list[Tensor]:
    """LQ: Q with orthonormal rows and a lower triangle L with ``L @ Q = A``; returns ``[Q, L]``.

    Shapes: A and Q ``(*batch, n, m)`` with n <= m; L ``(*batch, n, n)``. The rank of A is n.

    Raises
    ------
    MXNetError : A has more rows than columns.

    >>> Q, L = nd.linalg.gelqf(nd.array([[3, 4]]))
    >>> L.asscalar().item()
    -5.0
    """
    _check(A, square=False)
    if A.shape[-2] > A.shape[-1]:
        raise OperatorError(
            "A has more rows than columns",
            because=f"{A.shape[-2]} orthonormal rows do not fit into {A.shape[-1]} dimensions",
        )
    q, r = torch.linalg.qr(A.mT)
    return [q.mT.contiguous(), r.mT.contiguous()]


@operator("_linalg_syevd", aliases=("linalg.syevd",), outputs=2)
def syevd(A: Tensor) -> list[Tensor]:
    """Eigenvectors and eigenvalues of a symmetric A: ``A = U.T @ diag(L) @ U``; returns ``[U, L]``.

    Shapes: A and U ``(*batch, n, n)``; L ``(*batch, n)``, ascending. The rows of U are the eigenvectors, of length
    1, each with its largest element positive. The upper half of A is not read, and its gradient is symmetric.
    There is no gradient through U where eigenvalues coincide.

    >>> U, L = nd.linalg.syevd(nd.array([[2, 0], [0, 1]]))
    >>> L.asnumpy().tolist()
    [1.0, 2.0]
    """
    _check(A)
    values, vectors = torch.linalg.eigh(A)
    rows = vectors.mT
    largest = rows.detach().gather(-1, rows.detach().abs().argmax(-1, keepdim=True))
    return [(rows * torch.where(largest < 0, -1, 1).to(rows.dtype)).contiguous(), values]


@operator("_linalg_inverse", aliases=("linalg_inverse", "linalg.inverse"))
def inverse(A: Tensor) -> Tensor:
    """The inverse: ``A @ inverse(A) = 1``.

    Shapes: A and the result ``(*batch, n, n)``.

    Raises
    ------
    MXNetError : A is singular.

    >>> nd.linalg.inverse(nd.array([[2, 0], [0, 4]]))
    <BLANKLINE>
    [[0.5  0.  ]
     [0.   0.25]]
    <NDArray 2x2 @cpu(0)>
    """
    _check(A)
    try:
        return torch.linalg.inv(A).contiguous()
    except torch.linalg.LinAlgError:
        raise OperatorError("A has no inverse", because="it is singular") from None


@operator("_linalg_det", aliases=("linalg_det", "linalg.det"))
def det(A: Tensor) -> Tensor:
    """The determinant. Where it is 0, so is its gradient, as in 1.9.1.

    Shapes: A ``(*batch, n, n)``; the result ``(*batch,)``, for one matrix ``(1,)``.

    >>> nd.linalg.det(nd.array([[1, 4], [2, 3]]))
    <BLANKLINE>
    [-5.]
    <NDArray 1 @cpu(0)>
    """
    _check(A)
    regular, singular = _without_singular(A)
    value = torch.linalg.det(regular)
    return _at_least_one_axis(value if singular is None else value.masked_fill(singular, 0))


@operator("_linalg_slogdet", aliases=("linalg_slogdet", "linalg.slogdet"), outputs=2)
def slogdet(A: Tensor) -> list[Tensor]:
    """Sign of the determinant and logarithm of its magnitude; returns ``[sign, logabsdet]``.

    Shapes: A ``(*batch, n, n)``; both results ``(*batch,)``, for one matrix ``(1,)``. A singular matrix has sign 0,
    logarithm ``-inf`` and gradient 0; the sign has gradient 0 everywhere.

    >>> sign, logabsdet = nd.linalg.slogdet(nd.array([[0, 1], [1, 0]]))
    >>> sign.asscalar().item(), logabsdet.asscalar().item()
    (-1.0, 0.0)
    """
    _check(A)
    regular, singular = _without_singular(A)
    sign, logarithm = torch.linalg.slogdet(regular)
    if singular is not None:
        sign = sign.masked_fill(singular, 0)
        logarithm = logarithm.masked_fill(singular, float("-inf"))
    return [_at_least_one_axis(sign), _at_least_one_axis(logarithm)]


def _without_singular(A: Tensor) -> tuple[Tensor, Tensor | None]:
    """A with 1 in place of its singular matrices, and which they are; None where there is none."""
    singular = torch.linalg.slogdet(A.detach()).sign == 0
    if not bool(singular.any()):
        return A, None
    unit = torch.eye(A.shape[-1], dtype=A.dtype, device=A.device)
    return torch.where(singular[..., None, None], unit, A), singular


def _check(A: Tensor, square: bool = True) -> None:
    if square:
        check_square("A", A)
    else:
        check_matrices(A=A)
    if A.dtype not in (torch.float32, torch.float64):
        raise OperatorError(
            "A has a type without factorisations",
            because="they are there for float32 and float64",
            hint="A.astype('float32')",
        )


def _at_least_one_axis(value: Tensor) -> Tensor:
    return value.reshape(1) if value.dim() == 0 else value
