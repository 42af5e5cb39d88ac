"""Arrays with a part replaced, and other operators that symbols are made of: ``_slice_assign``, ``_split_v2``, ..."""

from __future__ import annotations

from typing import Any

import torch

from .indexing import _nd_indices, forward_slices
from .registry import OperatorError, operator
from .shape import _axis, _copied

Tensor = torch.Tensor
Bounds = tuple[int | None, ...]


@operator("_slice_assign", aliases=("_crop_assign",), same_dtype=True)
def slice_assign(lhs: Tensor, rhs: Tensor, *, begin: Bounds, end: Bounds, step: Bounds = ()) -> Tensor:
    """A copy of ``lhs`` with ``rhs`` in place of the slice from ``begin`` to ``end`` by ``step``.

    Shapes: rhs that of ``nd.slice(lhs, begin, end, step)``. The gradient goes to each element from where it stands.
    """
    index, flipped = forward_slices(tuple(lhs.shape), begin, end, step)
    result = _copied(lhs)
    part = result[index]
    if part.shape != rhs.shape:
        raise OperatorError(
            "rhs does not fit the slice",
            because=f"the slice has shape {tuple(part.shape)}, rhs {tuple(rhs.shape)}",
        )
    part.copy_(rhs.flip(flipped) if flipped else rhs)
    return result


@operator("_slice_assign_scalar", aliases=("_crop_assign_scalar",))
def slice_assign_scalar(
    data: Tensor, *, scalar: float = 0.0, begin: Bounds, end: Bounds, step: Bounds = ()
) -> Tensor:
    """A copy of ``data`` with a number in place of the slice from ``begin`` to ``end`` by ``step``."""
    index, _ = forward_slices(tuple(data.shape), begin, end, step)
    result = _copied(data)
    result[index] = scalar if data.is_floating_point() else int(scalar)
    return result


@operator("_scatter_set_nd", same_dtype=False)
def scatter_set_nd(lhs: Tensor, rhs: Tensor, indices: Tensor, *, shape: tuple[int, ...]) -> Tensor:
    """A copy of ``lhs`` with ``rhs`` at the places that `gather_nd` would take with ``indices``.

    Shapes: lhs ``shape``; rhs that of ``nd.gather_nd(lhs, indices)``.
    """
    places = _nd_indices(tuple(lhs.shape), indices)
    wanted = tuple(indices.shape[1:]) + tuple(lhs.shape[len(places) :])
    if tuple(lhs.shape) != tuple(shape) or tuple(rhs.shape) != wanted:
        raise OperatorError(
            "the arrays do not fit",
            because=f"lhs {tuple(lhs.shape)} has shape={tuple(shape)} and rhs {tuple(rhs.shape)} is {wanted}",
        )
    return _copied(lhs).index_put(places, rhs)


def _parts(attributes: dict[str, Any]) -> int:
    return int(attributes.get("sections", 0)) or len(attributes["indices"])


@operator("_split_v2", outputs=_parts)
def split_v2(
    data: Tensor,
    *,
    indices: tuple[int, ...],
    axis: int = 1,
    squeeze_axis: bool = False,
    sections: int = 0,
) -> list[Tensor]:
    """Cut an array where parts begin, or into ``sections`` parts (the first ones longer where it does not divide).

    Parameters
    ----------
    indices : where each part begins, the first one at 0.
    axis : the axis to cut.
    squeeze_axis : drop that axis from the parts, which then have length 1 there.
    sections : instead of ``indices``.
    """
    axis = _axis(data, axis)
    length = data.shape[axis]
    if sections:
        parts = list(data.tensor_split(sections, axis))
    else:
        begins = [int(each) for each in indices]
        if not begins or begins[0] != 0 or begins != sorted(begins) or begins[-1] > length:
            raise OperatorError(
                "indices do not cut the array",
                because=f"they are {tuple(begins)}; parts begin at 0, then further on up to {length}",
            )
        parts = list(data.tensor_split(begins[1:], axis))
    if squeeze_axis:
        if any(part.shape[axis] != 1 for part in parts):
            raise OperatorError("squeeze_axis drops an axis of length 1", hint="squeeze_axis=False")
        parts = [part.squeeze(axis) for part in parts]
    return [_copied(part) for part in parts]


@operator("_copyto")
def copyto(data: Tensor) -> Tensor:
    """A copy."""
    return _copied(data)


@operator("_identity_with_attr_like_rhs", same_dtype=False)
def identity_like(lhs: Tensor, rhs: Tensor) -> Tensor:
    """A copy of ``lhs``, which has the shape of ``rhs``; ``rhs`` has gradient 0."""
    if lhs.shape != rhs.shape:
        raise OperatorError("lhs and rhs have two shapes", because="one shape is inferred for both")
    return _copied(lhs)


@operator("_rnn_param_concat", same_dtype=True)
def rnn_param_concat(*data: Tensor, dim: int = 1) -> Tensor:
    """Put arrays one behind the other along ``dim``: the weights of a recurrent layer as one vector."""
    if not data:
        raise OperatorError("takes at least one array")
    return torch.cat(data, _axis(data[0], dim))
