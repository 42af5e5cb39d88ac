"""Operators that put elements in order: ``sort``, ``argsort``, ``topk``. Equal elements keep theirs."""

from __future__ import annotations

from typing import Any

import torch

from .elementwise import data_type
from .registry import OperatorError, operator
from .shape import _axis

Tensor = torch.Tensor

_POSITION_TYPES = ("float16", "float32", "float64", "int32", "int64", "uint8")
_KINDS = ("value", "indices", "mask", "both")


@operator("sort", method=True)
def sort(data: Tensor, *, axis: int | None = -1, is_ascend: bool = True) -> Tensor:
    """The elements in order along ``axis``; with ``axis=None`` all of them, with shape ``(size,)``.

    >>> from mxnet import nd
    >>> nd.array([3, 1, 2]).sort(is_ascend=False).asnumpy().tolist()
    [3.0, 2.0, 1.0]
    """
    return _sorted(data, axis, is_ascend)[0].contiguous()


@operator("argsort", method=True, differentiable=False)
def argsort(data: Tensor, *, axis: int | None = -1, is_ascend: bool = True, dtype: str = "float32") -> Tensor:
    """Where the elements in order come from: their positions along ``axis``, as ``dtype``.

    With ``axis=None``, positions in reading order, with shape ``(size,)``.

    >>> from mxnet import nd
    >>> nd.array([3, 1, 2]).argsort().asnumpy().tolist()
    [1.0, 2.0, 0.0]
    """
    kind = _position_type(dtype)
    return _sorted(data, axis, is_ascend)[1].to(kind).contiguous()


@operator(
    "topk",
    method=True,
    outputs=lambda attributes: 2 if attributes.get("ret_typ", "indices") == "both" else 1,
)
def topk(
    data: Tensor,
    *,
    axis: int | None = -1,
    k: int = 1,
    ret_typ: str = "indices",
    is_ascend: bool = False,
    dtype: str = "float32",
) -> Tensor | list[Tensor]:
    """The ``k`` largest elements along ``axis``, largest first (the smallest with ``is_ascend``).

    Parameters
    ----------
    axis : None takes all elements together, in reading order.
    k : how many; less than 1 means all.
    ret_typ : ``'value'`` the elements, ``'indices'`` their positions, ``'both'`` a list of the two, ``'mask'`` an
        array of the shape of ``data`` with 1 where they are and 0 elsewhere.
    dtype : type of the positions.

    Gradients go to the elements that were taken.

    >>> from mxnet import nd
    >>> x = nd.array([3, 1, 2])
    >>> x.topk(k=2).asnumpy().tolist(), x.topk(k=2, ret_typ="mask").asnumpy().tolist()
    ([0.0, 2.0], [1.0, 0.0, 1.0])
    """
    if ret_typ not in _KINDS:
        raise OperatorError(f"ret_typ={ret_typ!r} is not known", because="it is one of " + ", ".join(_KINDS))
    kind = _position_type(dtype)
    lines = data.reshape(-1) if axis is None or data.dim() == 0 else data
    place = 0 if axis is None else _axis(lines, axis)
    length = lines.shape[place]
    if k > length:
        raise OperatorError(f"k={k} elements of {length}", because="k is at most the length of the axis")
    count = k if k >= 1 else length
    # a full sort: torch.topk leaves open which of several equal elements it takes
    values, positions = _sorted(lines, place, is_ascend)
    values, positions = values.narrow(place, 0, count), positions.narrow(place, 0, count)
    if ret_typ == "mask":
        mask = torch.zeros_like(lines, requires_grad=False)
        return mask.scatter_(place, positions, 1).reshape(data.shape)
    if ret_typ == "value":
        return values.contiguous()
    numbers = positions.to(kind).contiguous()
    return numbers if ret_typ == "indices" else [values.contiguous(), numbers]


def _sorted(data: Tensor, axis: int | None, is_ascend: bool) -> Any:
    if axis is None or data.dim() == 0:
        data, axis = data.reshape(-1), 0
    return torch.sort(data, dim=_axis(data, axis), descending=not is_ascend, stable=True)


def _position_type(dtype: Any) -> torch.dtype:
    kind = data_type(dtype)
    if str(kind).removeprefix("torch.") not in _POSITION_TYPES:
        raise OperatorError(
            f"dtype={dtype!r} is no type for positions", because="it is one of " + ", ".join(_POSITION_TYPES)
        )
    return kind
