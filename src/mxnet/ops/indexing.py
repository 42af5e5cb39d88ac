"""Operators that pick elements by index: ``take``, ``pick``, ``one_hot``, ``gather_nd``, slices, masks, sequences.

Indices come as arrays of any type, float32 most of the time, and are read as whole numbers.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F

from ..dtype import to_torch
from .registry import OperatorError, operator
from .shape import _axis, _copied

Tensor = torch.Tensor


def _whole(indices: Tensor, length: int, mode: str) -> Tensor:
    """Indices within ``[0, length)``: clipped to it, wrapped around it, or refused."""
    indices = indices.detach().to(torch.int64)
    if mode == "clip":
        return indices.clamp_(0, length - 1) if length else indices
    if mode == "wrap":
        return indices.remainder_(length) if length else indices
    if mode != "raise":
        raise OperatorError(f"mode is one of 'clip', 'wrap' and 'raise', not {mode!r}")
    if indices.numel() and (int(indices.min()) < 0 or int(indices.max()) >= length):
        raise OperatorError(
            "take operator contains indices out of bound",
            because=f"indices go from 0 to {length - 1},"
            f" the given ones from {int(indices.min())} to {int(indices.max())}",
            hint="mode='clip' or mode='wrap'",
        )
    return indices


_INT32, _INT64, _FLOAT32 = torch.int32, torch.int64, torch.float32


@operator("take", method="take")
def take(a: Tensor, indices: Tensor, *, axis: int = 0, mode: str = "clip") -> Tensor:
    """Slices of ``a`` along ``axis``, in the order of ``indices``.

    Shapes: a ``(..., n, ...)``, indices ``(*i)``; the result has ``*i`` in place of ``n``.
    Indices outside are clipped (``mode='clip'``), wrapped around (``'wrap'``) or refused (``'raise'``).

    >>> from mxnet import nd
    >>> nd.take(nd.array([10, 20, 30]), nd.array([0, 5])).asnumpy().tolist()
    [10.0, 30.0]
    """
    if axis == 0 and indices.dim() == 1 and mode == "clip" and a.is_cpu:
        try:  # most indices are within bounds, and the kernel checks them anyway; int32 is the fastest to get
            kind = indices.dtype
            if kind is not _INT32:
                indices = indices.int() if kind is _FLOAT32 else indices.to(_INT64)
            return a.index_select(0, indices)
        except (IndexError, RuntimeError):
            pass
    shape = indices.shape
    axis = _axis(a, axis)
    chosen = _whole(indices, a.shape[axis], mode)
    picked = torch.index_select(a, axis, chosen.reshape(-1))
    return picked.reshape(a.shape[:axis] + shape + a.shape[axis + 1 :])


@operator("pick", aliases=("choose_element_0index",), method="pick")
def pick(
    data: Tensor, index: Tensor, *, axis: int | None = -1, keepdims: bool = False, mode: str = "clip"
) -> Tensor:
    """One element of ``data`` along ``axis`` for each position: ``out[i] = data[i, index[i]]``.

    Shapes: data ``(*a, n, *b)``, index ``(*a, *b)`` or ``(*a, 1, *b)``; the result has the shape of the first,
    with ``keepdims`` of the second.

    >>> from mxnet import nd
    >>> nd.pick(nd.array([[1, 2], [3, 4]]), nd.array([0, 1])).asnumpy().tolist()
    [1.0, 4.0]
    """
    if data.dim() == 2 and index.dim() == 1 and axis in (-1, 1) and mode == "clip" and data.is_cpu:
        try:
            if index.shape[0] == data.shape[0]:
                picked = data.gather(1, index.to(_INT64).unsqueeze(1))
                return picked if keepdims else picked.squeeze(1)
        except RuntimeError:  # an index outside
            pass
    if axis is None:
        raise OperatorError("axis=None is not supported by pick", hint="axis=-1")
    axis = _axis(data, axis)
    if mode not in ("clip", "wrap"):
        raise OperatorError(f"mode is one of 'clip' and 'wrap', not {mode!r}")
    wanted = data.shape[:axis] + data.shape[axis + 1 :]
    if index.numel() != wanted.numel():
        fitting = (d for d in range(data.dim()) if data.shape[:d] + data.shape[d + 1 :] == index.shape)
        raise OperatorError(
            "index does not fit data",
            because=f"it has shape {tuple(index.shape)}, one index for each of {tuple(wanted)} is wanted",
            hint=f"axis={next(fitting, axis)}",
        )
    chosen = _whole(index, data.shape[axis], mode).reshape(wanted).unsqueeze(axis)
    picked = torch.gather(data, axis, chosen)
    if keepdims:
        return picked
    return picked.squeeze(axis) if wanted else picked.reshape(1)


@operator("one_hot", method="one_hot", differentiable=False)
def one_hot(
    indices: Tensor, *, depth: int, on_value: float = 1.0, off_value: float = 0.0, dtype: Any = "float32"
) -> Tensor:
    """``on_value`` where the last, new axis of length ``depth`` equals the index, ``off_value`` elsewhere.

    An index outside gives a row of ``off_value``.

    >>> from mxnet import nd
    >>> nd.one_hot(nd.array([0, 2]), 3).asnumpy().tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    if depth < 0 or depth != int(depth):
        raise OperatorError(f"depth={depth}", because="it is a whole number of at least 0")
    kind = to_torch(dtype)
    hit = indices.to(torch.int64).unsqueeze(-1) == torch.arange(depth, device=indices.device)
    if on_value == 1.0 and off_value == 0.0:
        return hit.to(kind)
    on, off = (torch.tensor(v, device="cpu").to(kind) for v in (on_value, off_value))
    return torch.where(hit, on.to(hit.device), off.to(hit.device))


def _nd_indices(data_shape: tuple[int, ...], indices: Tensor) -> tuple[Tensor, ...]:
    indices = indices.detach().to(torch.int64)
    if indices.dim() < 1 or indices.shape[0] > len(data_shape):
        raise OperatorError(
            "indices do not fit data",
            because=f"its first axis has one row for each indexed axis, at most {len(data_shape)}",
        )
    for axis, row in enumerate(indices):
        length = data_shape[axis]
        if row.numel() and (int(row.min()) < -length or int(row.max()) >= length):
            worst = int(row.max()) if int(row.max()) >= length else int(row.min())
            raise OperatorError(
                f"index {worst} is out of bounds for axis {axis} with size {length}", kind=IndexError
            )
    return tuple(indices)


@operator("gather_nd")
def gather_nd(data: Tensor, indices: Tensor) -> Tensor:
    """``out[i] = data[indices[0, i], indices[1, i], ...]``.

    Shapes: data ``(d0, ..., dn)``, indices ``(m, *i)`` with ``m`` leading axes indexed; result ``(*i, dm, ..., dn)``.

    >>> from mxnet import nd
    >>> nd.gather_nd(nd.array([[1, 2], [3, 4]]), nd.array([[0, 1], [1, 0]])).asnumpy().tolist()
    [2.0, 3.0]
    """
    return data[_nd_indices(data.shape, indices)].contiguous()


@operator("scatter_nd")
def scatter_nd(data: Tensor, indices: Tensor, *, shape: tuple[int, ...]) -> Tensor:
    """Zeros of ``shape`` with ``out[indices[0, i], indices[1, i], ...] = data[i]``; the last of equal indices wins."""
    target = data.new_zeros(tuple(shape))
    return target.index_put(_nd_indices(tuple(shape), indices), data)


@operator("where")
def where(condition: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Elements of ``x`` where ``condition`` is not 0, of ``y`` elsewhere.

    Shapes: all the same, or condition ``(batch,)``, which picks rows.

    >>> from mxnet import nd
    >>> nd.where(nd.array([1, 0]), nd.array([1, 2]), nd.array([3, 4])).asnumpy().tolist()
    [1.0, 4.0]
    """
    if x.dtype is not y.dtype or x.shape != y.shape:
        raise OperatorError(
            "x and y differ",
            because="they have one type and one shape",
            hint=".astype or .broadcast_to on one of them",
        )
    if condition.shape != x.shape:
        if condition.dim() != 1 or x.dim() == 0 or condition.shape[0] != x.shape[0]:
            raise OperatorError(
                "condition does not fit x and y",
                because="it has their shape, or one value for each row",
                hint=f"condition.broadcast_to({tuple(x.shape)})",
            )
        condition = condition.reshape(-1, *[1] * (x.dim() - 1))
    return torch.where(condition != 0, x, y)


@operator("slice", aliases=("crop",), method="slice")
def slice_(data: Tensor, *, begin: Any, end: Any, step: Any = ()) -> Tensor:
    """The elements from ``begin`` to ``end`` by ``step``, one entry (or None) for each leading axis.

    >>> from mxnet import nd
    >>> nd.slice(nd.arange(4), begin=(None,), end=(None,), step=(-1,)).asnumpy().tolist()
    [3.0, 2.0, 1.0, 0.0]
    """
    index, flipped = forward_slices(tuple(data.shape), begin, end, step)
    part = data[index]
    return part.flip(flipped) if flipped else _copied(part)


def forward_slices(
    shape: tuple[int, ...], begin: Any, end: Any, step: Any
) -> tuple[tuple[slice, ...], list[int]]:
    """Slices with positive steps over the same elements, and the axes to reverse behind them."""
    begin, end, step = (tuple(v) if isinstance(v, (tuple, list)) else (v,) for v in (begin, end, step or ()))
    steps = step if len(step) else (None,) * len(begin)
    if not len(begin) == len(end) == len(steps) <= len(shape):
        raise OperatorError("begin, end and step have one entry for each axis, and no more than there are")
    flipped = []
    index = []
    for axis, (b, e, s) in enumerate(zip(begin, end, steps, strict=True)):
        if s == 0:
            raise OperatorError("step is 0")
        start, stop, stride = slice(b, e, s).indices(shape[axis])
        if stride < 0:
            count = max(0, (start - stop - stride - 1) // -stride)
            start, stop, stride = (start + (count - 1) * stride, start + 1, -stride) if count else (0, 0, 1)
            flipped.append(axis)
        index.append(slice(start, max(start, stop), stride))
    return tuple(index), flipped


@operator("slice_axis", method="slice_axis")
def slice_axis(data: Tensor, *, axis: int, begin: int, end: int | None) -> Tensor:
    """The elements from ``begin`` to ``end`` (None: the last) along one axis; negative ones count from the end."""
    axis = _axis(data, axis)
    length = data.shape[axis]
    first = begin + length if begin < 0 else begin
    last = length if end is None else end + length if end < 0 else end
    if not 0 <= first <= last <= length:
        raise OperatorError(
            f"begin={begin}, end={end} is no part of axis {axis}",
            because=f"the axis has {length} elements, and begin <= end <= {length}",
        )
    return _copied(data.narrow(axis, first, last - first))


@operator("slice_like", method="slice_like")
def slice_like(data: Tensor, shape_like: Tensor, *, axes: tuple[int, ...] = ()) -> Tensor:
    """``data`` cut to the lengths of ``shape_like``, along ``axes`` or all.

    One axis may be a number; negative ones count from the end of ``data``, for both arrays.
    """
    if isinstance(axes, int):
        axes = (axes,)
    chosen = [_axis(data, a) for a in axes] if axes else range(data.dim())
    if not axes and shape_like.dim() != data.dim():
        raise OperatorError("the arrays differ in their number of axes", hint="axes=(...)")
    part = data
    for axis in chosen:
        if axis >= shape_like.dim():
            raise OperatorError(f"shape_like has no axis {axis}", because=f"it has {shape_like.dim()} axes")
        length = shape_like.shape[axis]
        if length > data.shape[axis]:
            raise OperatorError(f"axis {axis} has {data.shape[axis]} elements, {length} are asked for")
        part = part.narrow(axis, 0, length)
    return _copied(part)


@operator("batch_take")
def batch_take(a: Tensor, indices: Tensor) -> Tensor:
    """``out[i] = a[i, indices[i]]``, indices int32; an old name for `pick`."""
    if indices.dtype is not torch.int32:
        raise OperatorError("indices are int32", hint=".astype('int32'), or nd.pick, which takes any type")
    if a.dim() != 2 or indices.numel() != a.shape[0]:
        raise OperatorError("indices do not fit a", because=f"one for each of {a.shape[0]} rows is wanted")
    return torch.gather(a, 1, _whole(indices, a.shape[1], "clip").reshape(-1, 1)).reshape(-1)


@operator("fill_element_0index")
def fill_element_0index(lhs: Tensor, mhs: Tensor, rhs: Tensor) -> Tensor:
    """``lhs`` with ``out[i, rhs[i]] = mhs[i]``."""
    chosen = _whole(rhs, lhs.shape[1], "clip").reshape(-1, 1)
    return lhs.scatter(1, chosen, mhs.reshape(-1, 1).to(lhs.dtype))


def _embedding_shapes(shapes: dict[str, Any], attributes: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    return {"weight": (int(attributes["input_dim"]), int(attributes["output_dim"]))}


@operator("Embedding", infer=_embedding_shapes)
def embedding(
    data: Tensor,
    weight: Tensor,
    *,
    input_dim: int,
    output_dim: int,
    dtype: Any = "float32",
    sparse_grad: bool = False,
) -> Tensor:
    """Row ``data[i]`` of ``weight`` for each element of ``data``.

    Shapes: data ``(*i)``, weight ``(input_dim, output_dim)``, result ``(*i, output_dim)``.
    An index that is no row is clipped to the nearest one.
    """
    if tuple(weight.shape) != (input_dim, output_dim):
        raise OperatorError(
            "weight does not fit input_dim and output_dim",
            because=f"it has shape {tuple(weight.shape)}, not ({input_dim}, {output_dim})",
        )
    indices = data.detach().to(torch.int64)
    if data.device.type == "cpu":
        try:  # most indices are within bounds, and the kernel checks them anyway
            return F.embedding(indices, weight)
        except (IndexError, RuntimeError):
            pass
    return F.embedding(indices.clamp(0, input_dim - 1), weight)


@operator("_unravel_index", aliases=("unravel_index",), differentiable=False)
def unravel_index(data: Tensor, *, shape: tuple[int, ...] = ()) -> Tensor:
    """Flat indices as one row of indices for each axis of ``shape``."""
    flat = data.to(torch.int64)
    rows = []
    for length in reversed(shape):
        rows.append(flat % length)
        flat = torch.div(flat, length, rounding_mode="floor")
    return torch.stack(rows[::-1]).to(data.dtype)


@operator("_ravel_multi_index", aliases=("ravel_multi_index",), differentiable=False)
def ravel_multi_index(data: Tensor, *, shape: tuple[int, ...] = ()) -> Tensor:
    """Rows of indices, one for each axis of ``shape``, as flat indices."""
    flat = torch.zeros_like(data[0], dtype=torch.int64)
    for row, length in zip(data.to(torch.int64), shape, strict=True):
        flat = flat * length + row
    return flat.to(data.dtype)


def _lengths(data: Tensor, sequence_length: Tensor | None, use: bool, axis: int) -> Tensor | None:
    if axis not in (0, 1):
        raise OperatorError(f"axis is 0 or 1, not {axis}")
    if not use:
        return None
    if sequence_length is None:
        raise OperatorError("use_sequence_length=True, but sequence_length is missing")
    return sequence_length.detach().to(torch.int64)


@operator("SequenceMask")
def sequence_mask(
    data: Tensor,
    sequence_length: Tensor | None = None,
    *,
    use_sequence_length: bool = False,
    value: float = 0.0,
    axis: int = 0,
) -> Tensor:
    """``data`` with ``value`` behind the end of each sequence; axis 0 is time and 1 the batch, or the reverse."""
    lengths = _lengths(data, sequence_length, use_sequence_length, axis)
    if lengths is None:
        return data.clone()
    steps = torch.arange(data.shape[axis], device=data.device)
    inside = (
        steps.unsqueeze(1) < lengths.unsqueeze(0) if axis == 0 else steps.unsqueeze(0) < lengths.unsqueeze(1)
    )
    inside = inside.reshape(inside.shape + (1,) * (data.dim() - 2))
    return torch.where(inside, data, torch.tensor(value, device="cpu").to(data.dtype).to(data.device))


@operator("SequenceLast")
def sequence_last(
    data: Tensor, sequence_length: Tensor | None = None, *, use_sequence_length: bool = False, axis: int = 0
) -> Tensor:
    """The last step of each sequence; axis 0 is time and 1 the batch, or the reverse."""
    lengths = _lengths(data, sequence_length, use_sequence_length, axis)
    if lengths is None:
        return _copied(data.select(axis, data.shape[axis] - 1))
    rows = torch.arange(data.shape[1 - axis], device=data.device)
    last = lengths - 1
    return data[last, rows] if axis == 0 else data[rows, last]


@operator("SequenceReverse")
def sequence_reverse(
    data: Tensor, sequence_length: Tensor | None = None, *, use_sequence_length: bool = False, axis: int = 0
) -> Tensor:
    """Each sequence from its last step to its first, what is behind its end as it was; axis 0 is time."""
    lengths = _lengths(data, sequence_length, use_sequence_length, axis)
    if lengths is None:
        return data.flip(axis)
    steps = torch.arange(data.shape[0], device=data.device).unsqueeze(1)
    source = torch.where(steps < lengths, lengths - 1 - steps, steps)
    return torch.gather(data, 0, source.reshape(source.shape + (1,) * (data.dim() - 2)).expand(data.shape))
