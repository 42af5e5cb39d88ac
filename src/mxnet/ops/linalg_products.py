"""Products and solutions with matrices in BLAS form: ``nd.linalg.gemm``, ``trmm``, ``trsm``, ``syrk``.

The matrices stand in the last two axes; all axes before them are a batch.
"""

from __future__ import annotations

import torch

from .registry import OperatorError, operator

__all__ = ["check_matrices", "check_square"]

Tensor = torch.Tensor


@operator("_linalg_gemm", aliases=("linalg_gemm", "linalg.gemm"), same_dtype=True)
def gemm(
    A: Tensor,
    B: Tensor,
    C: Tensor,
    *,
    transpose_a: bool = False,
    transpose_b: bool = False,
    alpha: float = 1.0,
    beta: float = 1.0,
    axis: int = -2,
) -> Tensor:
    """``alpha * op(A) @ op(B) + beta * C``, where ``op`` transposes on demand.

    Shapes: op(A) ``(*batch, n, k)``, op(B) ``(*batch, k, m)``, C and the result ``(*batch, n, m)``.

    Parameters
    ----------
    transpose_a, transpose_b : transpose A, B.
    alpha, beta : factors of the product and of C.
    axis : where the rows of all matrices are; the columns are in the last axis.

    Raises
    ------
    MXNetError : the shapes do not fit, or an array is not of floating point.

    >>> A, B = nd.ones((2, 3)), nd.ones((3, 4))
    >>> nd.linalg.gemm(A, B, nd.ones((2, 4)), alpha=2, beta=10)
    <BLANKLINE>
    [[16. 16. 16. 16.]
     [16. 16. 16. 16.]]
    <NDArray 2x4 @cpu(0)>
    """
    product = _product(A, B, transpose_a, transpose_b, alpha, axis)
    rows_last = _rows_at(C, axis)
    if rows_last.shape != product.shape:
        raise OperatorError(
            "C does not fit the product",
            because=f"the product has shape {_shape_with_rows_at(product, axis)}, C {tuple(C.shape)}",
        )
    return _rows_back(product + (rows_last if beta == 1 else beta * rows_last), axis)


@operator("_linalg_gemm2", aliases=("linalg_gemm2", "linalg.gemm2"), same_dtype=True)
def gemm2(
    A: Tensor,
    B: Tensor,
    *,
    transpose_a: bool = False,
    transpose_b: bool = False,
    alpha: float = 1.0,
    axis: int = -2,
) -> Tensor:
    """``alpha * op(A) @ op(B)``, where ``op`` transposes on demand; see `gemm`.

    >>> nd.linalg.gemm2(nd.ones((5, 2, 3)), nd.ones((5, 4, 3)), transpose_b=True).shape
    (5, 2, 4)
    """
    return _rows_back(_product(A, B, transpose_a, transpose_b, alpha, axis), axis)


@operator("_linalg_trmm", aliases=("linalg_trmm", "linalg.trmm"), same_dtype=True)
def trmm(
    A: Tensor,
    B: Tensor,
    *,
    transpose: bool = False,
    rightside: bool = False,
    lower: bool = True,
    alpha: float = 1.0,
) -> Tensor:
    """``alpha * op(A) @ B`` with a triangular A, or ``alpha * B @ op(A)`` with ``rightside``.

    Shapes: A ``(*batch, n, n)``; B and the result ``(*batch, n, m)``, with ``rightside`` ``(*batch, m, n)``.

    Parameters
    ----------
    transpose : transpose A.
    rightside : A stands on the right.
    lower : A is a lower triangle, else an upper one; the other half of A is not read.
    alpha : factor of the product.

    Raises
    ------
    MXNetError : the shapes do not fit, or an array is not of floating point.

    >>> nd.linalg.trmm(nd.array([[1, 9], [2, 3]]), nd.array([[1, 0], [0, 1]]))
    <BLANKLINE>
    [[1. 0.]
     [2. 3.]]
    <NDArray 2x2 @cpu(0)>
    """
    _check_triangular(A, B, rightside)
    triangle = torch.tril(A) if lower else torch.triu(A)
    if transpose:
        triangle = triangle.mT
    return _scaled(B @ triangle if rightside else triangle @ B, alpha).contiguous()


@operator("_linalg_trsm", aliases=("linalg_trsm", "linalg.trsm"), same_dtype=True)
def trsm(
    A: Tensor,
    B: Tensor,
    *,
    transpose: bool = False,
    rightside: bool = False,
    lower: bool = True,
    alpha: float = 1.0,
) -> Tensor:
    """The X of ``op(A) @ X = alpha * B`` with a triangular A, or of ``X @ op(A) = alpha * B``: the inverse of `trmm`.

    Shapes, parameters and errors are those of `trmm`. A zero on the diagonal gives infinities.

    >>> nd.linalg.trsm(nd.array([[2, 0], [1, 4]]), nd.array([[2], [9]]))
    <BLANKLINE>
    [[1.]
     [2.]]
    <NDArray 2x1 @cpu(0)>
    """
    _check_triangular(A, B, rightside)
    triangle, upper = (A.mT, lower) if transpose else (A, not lower)
    solution = torch.linalg.solve_triangular(triangle, B, upper=upper, left=not rightside)
    return _scaled(solution, alpha).contiguous()


@operator("_linalg_syrk", aliases=("linalg_syrk", "linalg.syrk"))
def syrk(A: Tensor, *, transpose: bool = False, alpha: float = 1.0) -> Tensor:
    """``alpha * A @ A.T``, or ``alpha * A.T @ A`` with ``transpose``.

    Shapes: A ``(*batch, n, m)``; the result ``(*batch, n, n)``, with ``transpose`` ``(*batch, m, m)``.

    >>> nd.linalg.syrk(nd.array([[1, 2, 3]]))
    <BLANKLINE>
    [[14.]]
    <NDArray 1x1 @cpu(0)>
    """
    check_matrices(A=A)
    return _scaled(A.mT @ A if transpose else A @ A.mT, alpha)


def check_matrices(**arrays: Tensor) -> None:
    """Refuse what has no two axes for a matrix, or is not of floating point."""
    for name, array in arrays.items():
        if array.dim() < 2:
            raise OperatorError(f"{name} is no matrix", because="it takes arrays of two axes or more")
        check_floating(name, array)


def check_square(name: str, array: Tensor) -> None:
    """Refuse what is no square matrix of floating point, or batch of them."""
    check_matrices(**{name: array})
    if array.shape[-1] != array.shape[-2]:
        raise OperatorError(
            f"{name} is not square", because=f"its last two axes are {tuple(array.shape[-2:])}"
        )


def check_floating(name: str, array: Tensor) -> None:
    """Refuse whole numbers."""
    if not array.is_floating_point():
        raise OperatorError(
            f"{name} holds whole numbers",
            because="linear algebra takes floating point numbers",
            hint=f"{name}.astype('float32')",
        )


def _product(A: Tensor, B: Tensor, transpose_a: bool, transpose_b: bool, alpha: float, axis: int) -> Tensor:
    """``alpha * op(A) @ op(B)`` with the rows in the last axis but one."""
    check_matrices(A=A, B=B)
    left, right = _rows_at(A, axis), _rows_at(B, axis)
    if left.shape[:-2] != right.shape[:-2]:
        raise OperatorError(
            f"shapes {tuple(A.shape)} and {tuple(B.shape)} do not fit",
            because="all axes but those of rows and columns are the same for A and B",
        )
    left = left.mT if transpose_a else left
    right = right.mT if transpose_b else right
    if left.shape[-1] != right.shape[-2]:
        raise OperatorError(
            f"shapes {tuple(A.shape)} and {tuple(B.shape)} do not fit",
            because=f"the product runs over {left.shape[-1]} elements on the left"
            f" and {right.shape[-2]} on the right",
        )
    return _scaled(left @ right, alpha)


def _rows_at(array: Tensor, axis: int) -> Tensor:
    """A view with the row axis before the columns."""
    place = axis + array.dim() if axis < 0 else axis
    if not 0 <= place < array.dim() - 1:
        raise OperatorError(
            f"axis {axis} cannot hold rows",
            because=f"of {array.dim()} axes the last one holds the columns",
        )
    return array.movedim(place, -2)


def _rows_back(array: Tensor, axis: int) -> Tensor:
    return array.movedim(-2, axis).contiguous()


def _shape_with_rows_at(array: Tensor, axis: int) -> tuple[int, ...]:
    return tuple(array.movedim(-2, axis).shape)


def _scaled(array: Tensor, factor: float) -> Tensor:
    return array if factor == 1 else factor * array


def _check_triangular(A: Tensor, B: Tensor, rightside: bool) -> None:
    check_square("A", A)
    check_matrices(B=B)
    size = B.shape[-1] if rightside else B.shape[-2]
    if A.shape[:-2] != B.shape[:-2] or A.shape[-1] != size:
        side = "columns" if rightside else "rows"
        raise OperatorError(
            f"shapes {tuple(A.shape)} and {tuple(B.shape)} do not fit",
            because=f"A is {A.shape[-2]} x {A.shape[-1]}, a matrix of B has {size} {side}; batches are the same",
        )
