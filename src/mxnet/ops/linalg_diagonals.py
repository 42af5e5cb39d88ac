"""Diagonals and triangles taken out of matrices and put into them: ``nd.linalg.extractdiag``, ``maketrian``, ..."""

from __future__ import annotations

import math

import torch

from .linalg_products import check_floating, check_square
from .registry import OperatorError, operator

Tensor = torch.Tensor


@operator("_linalg_extractdiag", aliases=("linalg_extractdiag", "linalg.extractdiag"))
def extractdiag(A: Tensor, *, offset: int = 0) -> Tensor:
    """The diagonal ``offset`` places above (below: negative) the main one.

    Shapes: A ``(*batch, n, n)``; the result ``(*batch, n - abs(offset))``.

    Raises
    ------
    MXNetError : A is not square, or there is no such diagonal.

    >>> nd.linalg.extractdiag(nd.array([[1, 2], [3, 4]]), offset=1)
    <BLANKLINE>
    [2.]
    <NDArray 1 @cpu(0)>
    """
    _check_offset(A, offset)
    return A.diagonal(offset, -2, -1).clone(memory_format=torch.contiguous_format)


@operator("_linalg_makediag", aliases=("linalg_makediag", "linalg.makediag"))
def makediag(A: Tensor, *, offset: int = 0) -> Tensor:
    """Matrices of zeros with A on the diagonal ``offset`` places above (below: negative) the main one.

    Shapes: A ``(*batch, n)``; the result ``(*batch, n + abs(offset), n + abs(offset))``.

    >>> nd.linalg.makediag(nd.array([1, 2]))
    <BLANKLINE>
    [[1. 0.]
     [0. 2.]]
    <NDArray 2x2 @cpu(0)>
    """
    check_floating("A", A)
    return torch.diag_embed(A, offset).contiguous()


@operator("_linalg_extracttrian", aliases=("linalg_extracttrian", "linalg.extracttrian"))
def extracttrian(A: Tensor, *, offset: int = 0, lower: bool = True) -> Tensor:
    """The elements of a triangle: a lower one row by row, an upper one column by column.

    Shapes: A ``(*batch, n, n)``; the result ``(*batch, k * (k + 1) / 2)`` with ``k = n - abs(offset)``.

    Parameters
    ----------
    offset : 0 takes the main diagonal with the triangle under it, or with ``lower=False`` over it; above 0, the
        diagonal that far above and all over it; below 0, the diagonal that far below and all under it.
    lower : counts for offset 0 alone.

    Raises
    ------
    MXNetError : A is not square, or there is no such diagonal.

    >>> A = nd.array([[1, 2], [3, 4]])
    >>> nd.linalg.extracttrian(A).asnumpy().tolist(), nd.linalg.extracttrian(A, offset=1).asnumpy().tolist()
    ([1.0, 3.0, 4.0], [2.0])
    """
    _check_offset(A, offset)
    size = A.shape[-1]
    return A.flatten(-2).index_select(-1, _triangle(size, offset, lower, A.device))


@operator("_linalg_maketrian", aliases=("linalg_maketrian", "linalg.maketrian"))
def maketrian(A: Tensor, *, offset: int = 0, lower: bool = True) -> Tensor:
    """Matrices of zeros with the elements of A in a triangle: what `extracttrian` takes out.

    Shapes: A ``(*batch, k * (k + 1) / 2)``; the result ``(*batch, n, n)`` with ``n = k + abs(offset)``.

    Parameters
    ----------
    offset, lower : as for `extracttrian`.

    Raises
    ------
    MXNetError : the length of the last axis is not 1, 3, 6, 10, ...

    >>> nd.linalg.maketrian(nd.array([1, 2, 3]))
    <BLANKLINE>
    [[1. 0.]
     [2. 3.]]
    <NDArray 2x2 @cpu(0)>
    """
    check_floating("A", A)
    count = A.shape[-1]
    side = (math.isqrt(8 * count + 1) - 1) // 2
    if side * (side + 1) // 2 != count:
        raise OperatorError(
            "A does not fill a triangle", because=f"its last axis is {count}, not one of 1, 3, 6, 10, ..."
        )
    size = side + abs(offset)
    zeros = torch.zeros((*A.shape[:-1], size * size), dtype=A.dtype, device=A.device)
    filled = zeros.index_copy(-1, _triangle(size, offset, lower, A.device), A)
    return filled.unflatten(-1, (size, size))


def _check_offset(A: Tensor, offset: int) -> None:
    check_square("A", A)
    if abs(offset) >= A.shape[-1]:
        raise OperatorError(
            f"offset {offset} is outside the matrix",
            because=f"{A.shape[-1]} rows have diagonals from {1 - A.shape[-1]} to {A.shape[-1] - 1}",
        )


def _triangle(size: int, offset: int, lower: bool, device: torch.device) -> Tensor:
    """Where the elements of a triangle stand in the matrix read row by row."""
    rows, columns = torch.tril_indices(size, size, -abs(offset), device=device)
    below = offset < 0 or (offset == 0 and lower)
    return rows * size + columns if below else columns * size + rows
