"""Arrays for tests: random ones, which follow ``np.random.seed``, and simple ones."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import ndarray as nd
from ..base import message
from ..context import Context
from ..ndarray import NDArray
from .environment import default_context, default_dtype

__all__ = [
    "assign_each",
    "assign_each2",
    "collapse_sum_like",
    "create_2d_tensor",
    "create_vector",
    "get_identity_mat",
    "get_identity_mat_batch",
    "new_matrix_with_real_eigvals_2d",
    "new_matrix_with_real_eigvals_nd",
    "new_orthonormal_matrix_2d",
    "new_sym_matrix_with_real_eigvals_2d",
    "new_sym_matrix_with_real_eigvals_nd",
    "np_reduce",
    "rand_coord_2d",
    "rand_ndarray",
    "rand_shape_2d",
    "rand_shape_3d",
    "rand_shape_nd",
    "random_arrays",
    "random_sample",
    "random_uniform_arrays",
]

Shape = tuple[int, ...]


def rand_shape_2d(dim0: int = 10, dim1: int = 10, allow_zero_size: bool = False) -> tuple[int, int]:
    """Two random lengths, up to ``dim0`` and ``dim1``, from 1 or from 0.

    >>> np.random.seed(0)
    >>> rand_shape_2d()
    (6, 1)
    """
    low = 0 if allow_zero_size else 1
    return _length(low, dim0), _length(low, dim1)


def rand_shape_3d(
    dim0: int = 10, dim1: int = 10, dim2: int = 10, allow_zero_size: bool = False
) -> tuple[int, int, int]:
    """Three random lengths; see `rand_shape_2d`."""
    low = 0 if allow_zero_size else 1
    return _length(low, dim0), _length(low, dim1), _length(low, dim2)


def rand_shape_nd(num_dim: int, dim: int = 10, allow_zero_size: bool = False) -> Shape:
    """``num_dim`` random lengths up to ``dim``; see `rand_shape_2d`."""
    low = 0 if allow_zero_size else 1
    return tuple(np.random.randint(low, dim + 1, size=num_dim).tolist())


def rand_coord_2d(x_low: int, x_high: int, y_low: int, y_high: int) -> tuple[int, int]:
    """A random place: ``x_low <= x < x_high``, ``y_low <= y < y_high``."""
    return int(np.random.randint(x_low, x_high)), int(np.random.randint(y_low, y_high))


def random_arrays(*shapes: Shape) -> Any:
    """Standard normal NumPy arrays of these shapes, float32: one array for one shape, else a list.

    >>> np.random.seed(0)
    >>> random_arrays((2,))
    array([1.7640524, 0.4001572], dtype=float32)
    """
    kind = default_dtype()
    return _one_or_list([np.array(np.random.randn(*shape), dtype=kind) for shape in shapes])


def random_uniform_arrays(*shapes: Shape, **kwargs: Any) -> list[np.ndarray]:
    """NumPy arrays of these shapes, even on ``[low, high)``.

    Parameters
    ----------
    low, high : the bounds, 0 and 1 by default.
    dtype : float32 by default.
    """
    low, high = kwargs.pop("low", 0.0), kwargs.pop("high", 1.0)
    kind = kwargs.pop("dtype", default_dtype())
    if kwargs:
        raise TypeError(message(f"random_uniform_arrays: unknown argument {next(iter(kwargs))!r}"))
    return [np.array(np.random.uniform(low, high, size=shape)).astype(kind) for shape in shapes]


def rand_ndarray(
    shape: Shape,
    stype: str = "default",
    density: float | None = None,
    dtype: Any = None,
    modifier_func: Callable[..., Any] | None = None,
    shuffle_csr_indices: bool = False,
    distribution: str | None = None,
    ctx: Context | None = None,
) -> NDArray:
    """A standard normal NDArray.

    Parameters
    ----------
    shape, dtype, ctx : of the array; float32 in the current context by default.
    stype : ``'default'``; arrays are dense.
    density, modifier_func, shuffle_csr_indices, distribution : of sparse arrays.

    Raises
    ------
    NotImplementedError : ``stype`` is that of a sparse array.
    """
    _check_dense("rand_ndarray", stype)
    return nd.array(random_arrays(shape), dtype=dtype, ctx=ctx or default_context())


def random_sample(population: Sequence[Any], k: int) -> list[Any]:
    """Choose k elements in random order, each at most once."""
    if not 0 <= k <= len(population):
        raise AssertionError(
            message("random_sample: k elements are not there", received=f"{k} of {len(population)}")
        )
    shuffled = list(population)
    np.random.shuffle(shuffled)
    return shuffled[:k]


def new_orthonormal_matrix_2d(n: int) -> np.ndarray:
    """A random ``(n, n)`` matrix Q with ``Q @ Q.T = 1``."""
    return np.linalg.qr(np.random.randn(n, n))[0]


def new_sym_matrix_with_real_eigvals_2d(n: int) -> np.ndarray:
    """A random symmetric ``(n, n)`` matrix with eigenvalues between -10 and 10."""
    Q = new_orthonormal_matrix_2d(n)
    matrix = (Q * np.random.uniform(-10.0, 10.0, n)) @ Q.T
    return (matrix + matrix.T) / 2


def new_sym_matrix_with_real_eigvals_nd(shape: Shape) -> np.ndarray:
    """A batch of `new_sym_matrix_with_real_eigvals_2d`; the last two lengths are equal."""
    return _batch(new_sym_matrix_with_real_eigvals_2d, shape)


def new_matrix_with_real_eigvals_2d(n: int) -> np.ndarray:
    """A random well-conditioned ``(n, n)`` matrix with real eigenvalues between -10 and 10."""
    basis = new_orthonormal_matrix_2d(n) @ (np.eye(n) + np.tril(np.random.uniform(-0.5, 0.5, (n, n)), -1))
    return (basis * np.random.uniform(-10.0, 10.0, n)) @ np.linalg.inv(basis)


def new_matrix_with_real_eigvals_nd(shape: Shape) -> np.ndarray:
    """A batch of `new_matrix_with_real_eigvals_2d`; the last two lengths are equal."""
    return _batch(new_matrix_with_real_eigvals_2d, shape)


def create_2d_tensor(rows: int, columns: int, dtype: Any = np.int64) -> NDArray:
    """An NDArray whose row i is filled with i.

    >>> create_2d_tensor(2, 3).asnumpy().tolist()
    [[0, 0, 0], [1, 1, 1]]
    """
    return nd.array(np.repeat(np.arange(rows), columns).reshape(rows, columns), dtype=dtype)


def create_vector(size: int, dtype: Any = np.int64) -> NDArray:
    """The NDArray ``0, 1, ..., size - 1``."""
    return nd.array(np.arange(size), dtype=dtype)


def get_identity_mat(size: int) -> NDArray:
    """The identity matrix, float32."""
    return nd.eye(size)


def get_identity_mat_batch(size: int) -> NDArray:
    """A batch of two identity matrices, ``(2, size, size)``."""
    return nd.stack(nd.eye(size), nd.eye(size))


def collapse_sum_like(a: np.ndarray, shape: Shape) -> np.ndarray:
    """Sum ``a`` to ``shape``, which broadcasts to the shape of ``a``: what broadcasting does to a gradient.

    >>> collapse_sum_like(np.ones((2, 3)), (3,)).tolist()
    [2.0, 2.0, 2.0]
    """
    extra = a.ndim - len(shape)
    if extra < 0 or any(n not in (1, m) for n, m in zip(shape, a.shape[extra:], strict=True)):
        raise AssertionError(
            message("collapse_sum_like: the shape does not broadcast", received=f"{shape} to {a.shape}")
        )
    axes = [*range(extra), *(extra + place for place, n in enumerate(shape) if n == 1)]
    return a.sum(axis=tuple(axes)).reshape(shape)


def np_reduce(
    dat: np.ndarray, axis: int | Sequence[int] | None, keepdims: bool, numpy_reduce_func: Callable[..., Any]
) -> np.ndarray:
    """``numpy_reduce_func`` over one axis after the other.

    >>> np_reduce(np.ones((2, 3, 4)), (0, 2), True, np.sum).shape
    (1, 3, 1)
    """
    axes = range(dat.ndim) if axis is None else [axis] if isinstance(axis, int) else axis
    result = dat
    for each in sorted((a % dat.ndim for a in axes), reverse=True):
        result = numpy_reduce_func(result, axis=each)
    if keepdims:
        removed = {a % dat.ndim for a in axes}
        result = np.reshape(result, tuple(1 if place in removed else n for place, n in enumerate(dat.shape)))
    return result


def assign_each(the_input: np.ndarray, function: Callable[[Any], Any] | None) -> np.ndarray:
    """The array of ``function`` of each element, in float64; a copy where there is no function.

    >>> assign_each(np.array([1.0, 2.0]), lambda v: v + 1).tolist()
    [2.0, 3.0]
    """
    if function is None:
        return np.array(the_input)
    result = np.zeros(the_input.shape)
    for place in itertools.product(*map(range, result.shape)):
        result[place] = function(the_input[place])
    return result


def assign_each2(
    input1: np.ndarray, input2: np.ndarray, function: Callable[[Any, Any], Any] | None
) -> np.ndarray:
    """The array of ``function`` of each pair of elements, in float64; a copy of the first where there is none."""
    if input1.shape != input2.shape:
        raise AssertionError(
            message("assign_each2: two shapes", received=f"{input1.shape} and {input2.shape}")
        )
    if function is None:
        return np.array(input1)
    result = np.zeros(input1.shape)
    for place in itertools.product(*map(range, result.shape)):
        result[place] = function(input1[place], input2[place])
    return result


def _length(low: int, high: int) -> int:
    return int(np.random.randint(low, high + 1))


def _one_or_list(arrays: list[np.ndarray]) -> Any:
    return arrays[0] if len(arrays) == 1 else arrays


def _batch(make: Callable[[int], np.ndarray], shape: Shape) -> np.ndarray:
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise AssertionError(
            message("the last two lengths are those of a square matrix", received=f"{shape}")
        )
    count = int(np.prod(shape[:-2]))
    matrices = [make(shape[-1]) for _ in range(count)]
    return np.array(matrices).reshape(shape)


def _check_dense(caller: str, stype: str) -> None:
    if stype in ("row_sparse", "csr"):
        raise NotImplementedError(
            message(
                f"{caller}: stype={stype!r} is not in Glueball yet",
                because="arrays are dense here",
                hint="stype='default'",
            )
        )
    if stype != "default":
        raise AssertionError(message(f"{caller}: unknown storage type {stype!r}"))
