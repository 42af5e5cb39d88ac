"""Boxes in images: how much they overlap, encoding one by another, matching rows with columns.

A box in ``corner`` format is ``(xmin, ymin, xmax, ymax)``, in ``center`` format ``(x, y, width, height)``.
"""

from __future__ import annotations

from typing import Any

import torch

from .contrib import contrib
from .nn import _floating
from .registry import OperatorError

__all__ = ["as_center", "as_corner", "check_format", "overlap", "without_slope"]

Tensor = torch.Tensor


# ---------------------------------------------------------------------- what all detection operators share


def check_format(name: str, value: str) -> None:
    """Raise unless a box format is one of the two."""
    if value not in ("corner", "center"):
        raise OperatorError(f"{name}={value!r}", because="the formats are 'corner' and 'center'")


def as_corner(boxes: Tensor) -> Tensor:
    """Boxes ``(..., 4)`` from center to corner format."""
    middle, half = boxes[..., :2], boxes[..., 2:] * 0.5
    return torch.cat([middle - half, middle + half], dim=-1)


def as_center(boxes: Tensor) -> Tensor:
    """Boxes ``(..., 4)`` from corner to center format."""
    low, high = boxes[..., :2], boxes[..., 2:]
    return torch.cat([(low + high) * 0.5, high - low], dim=-1)


def overlap(first: Tensor, second: Tensor) -> Tensor:
    """Intersection over union of boxes in corner format, ``(..., 4)`` against ``(..., 4)``, which broadcast.

    Two boxes without an area give nan, which is above no threshold. The work is done in place as far as possible:
    this is where detection spends its time.
    """
    # arithmetic is several times faster where numbers are neighbours
    ax, ay, bx, by = first.movedim(-1, 0).contiguous()
    cx, cy, dx, dy = second.movedim(-1, 0).contiguous()
    shared = torch.minimum(bx, dx).sub_(torch.maximum(ax, cx)).clamp_(min=0)
    shared.mul_(torch.minimum(by, dy).sub_(torch.maximum(ay, cy)).clamp_(min=0))
    return shared.div_((_area(ax, ay, bx, by) + _area(cx, cy, dx, dy)).sub_(shared))


def _area(left: Tensor, top: Tensor, right: Tensor, bottom: Tensor) -> Tensor:
    return (right - left).clamp_(min=0) * (bottom - top).clamp_(min=0)


class _WithoutSlope(torch.autograd.Function):
    """Results whose gradient is zero whatever comes back, but which are on the tape as MXNet's are."""

    @staticmethod
    def forward(ctx: Any, function: Any, *arrays: Tensor) -> Any:
        ctx.save_for_backward(*arrays)
        results = function(*(each.detach() for each in arrays))
        return tuple(results) if isinstance(results, (list, tuple)) else results

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        asked = zip(ctx.saved_tensors, ctx.needs_input_grad[1:], strict=True)
        return None, *(torch.zeros_like(each) if wanted else None for each, wanted in asked)


def without_slope(function: Any, *arrays: Tensor) -> Any:
    """``function(*arrays)``, taped with gradients of zero if any array is."""
    if torch.is_grad_enabled() and any(each.requires_grad for each in arrays):
        results = _WithoutSlope.apply(function, *arrays)
    else:
        results = function(*arrays)
    return list(results) if isinstance(results, tuple) else results


# ---------------------------------------------------------------------- operators


@contrib("box_iou", same_dtype=True)
def box_iou(lhs: Tensor, rhs: Tensor, *, format: str = "corner") -> Tensor:
    """Intersection over union of every box of ``lhs`` with every box of ``rhs``.

    Shapes: ``(*a, 4)`` and ``(*b, 4)`` give ``(*a, *b)``. The gradient is zero. Boxes whose corners are the wrong way
    round have no area.

    >>> from mxnet import nd
    >>> nd.contrib.box_iou(nd.array([[0, 0, 2, 2]]), nd.array([[1, 0, 2, 2], [5, 5, 6, 6]])).asnumpy().tolist()
    [[0.5, 0.0]]
    """
    _floating(lhs)
    check_format("format", format)
    for name, each in (("lhs", lhs), ("rhs", rhs)):
        if each.dim() < 2 or each.shape[-1] != 4:
            raise OperatorError(
                f"{name} does not hold boxes", because="it is (..., 4) with at least two axes"
            )

    def iou(a: Tensor, b: Tensor) -> Tensor:
        if format == "center":
            a, b = as_corner(a), as_corner(b)
        found = overlap(a.reshape(-1, 1, 4), b.reshape(1, -1, 4)).nan_to_num_(nan=0)
        return found.reshape(*a.shape[:-1], *b.shape[:-1])

    return without_slope(iou, lhs, rhs)


@contrib("box_encode", same_dtype=True, outputs=2)
def box_encode(
    samples: Tensor, matches: Tensor, anchors: Tensor, refs: Tensor, means: Tensor, stds: Tensor
) -> list[Tensor]:
    """How anchors must move and stretch to become the boxes they are matched with: targets of a regression.

    ``((x - xa) / wa, (y - ya) / ha, log(w / wa), log(h / ha))``, minus ``means``, divided by ``stds``, for the center,
    width and height of the reference box ``(x, y, w, h)`` and of the anchor ``(xa, ya, wa, ha)``.

    Shapes: samples ``(batch, n)``, above 0.5 where an anchor has a target; matches ``(batch, n)``, numbers of
    reference boxes; anchors ``(batch, n, 4)`` and refs ``(batch, m, 4)`` in corner format; means and stds ``(4,)``.
    The results are the targets and a mask that is 1 where there is a target, both ``(batch, n, 4)`` and 0 elsewhere.
    The gradient is zero.

    >>> from mxnet import nd
    >>> box, one = nd.array([[[0, 0, 2, 2]]]), nd.ones((1, 1))
    >>> targets, mask = nd.contrib.box_encode(one, one - 1, box, box + 1, nd.zeros(4), nd.ones(4))
    >>> targets.asnumpy().tolist(), mask.asnumpy().tolist()
    ([[[0.5, 0.5, 0.0, 0.0]]], [[[1.0, 1.0, 1.0, 1.0]]])
    """
    _floating(samples)
    batch, count = _boxes("anchors", anchors)
    if samples.shape != (batch, count) or matches.shape != (batch, count):
        raise OperatorError(
            "samples and matches do not fit the anchors", because=f"both are {(batch, count)} here"
        )
    if _boxes("refs", refs)[0] != batch:
        raise OperatorError("refs and anchors differ in their batch")
    if means.shape != (4,) or stds.shape != (4,):
        raise OperatorError("means and stds have 4 numbers each")

    def encode(samples: Tensor, matches: Tensor, anchors: Tensor, refs: Tensor, *spread: Tensor) -> Any:
        chosen = samples > 0.5
        places = torch.where(chosen, matches, 0).to(torch.int64)
        if places.numel() and not 0 <= int(places.min()) <= int(places.max()) < refs.shape[1]:
            raise OperatorError(f"matches are numbers of reference boxes, from 0 to {refs.shape[1] - 1}")
        matched = refs.gather(1, places.unsqueeze(-1).expand(-1, -1, 4))
        targets = encoded(anchors, matched).sub_(spread[0]).div_(spread[1])
        mask = chosen.unsqueeze(-1).expand(-1, -1, 4)
        return torch.where(mask, targets, 0), mask.to(samples.dtype)

    return without_slope(encode, samples, matches, anchors, refs, means, stds)


def encoded(anchors: Tensor, boxes: Tensor) -> Tensor:
    """Boxes in terms of anchors, both in corner format: offsets in widths of the anchor, logarithms of ratios."""
    middle, size = as_center(anchors).split(2, dim=-1)
    target, extent = as_center(boxes).split(2, dim=-1)
    return torch.cat([(target - middle) / size, (extent / size).log()], dim=-1)


@contrib("box_decode", same_dtype=True)
def box_decode(
    data: Tensor,
    anchors: Tensor,
    *,
    std0: float = 1.0,
    std1: float = 1.0,
    std2: float = 1.0,
    std3: float = 1.0,
    clip: float = -1.0,
    format: str = "center",
) -> Tensor:
    """The boxes that predicted offsets make of anchors; the inverse of `box_encode`, in corner format.

    Shapes: data ``(batch, n, 4)``; anchors ``(1, n, 4)``; the result ``(batch, n, 4)``. The gradient is zero.

    Parameters
    ----------
    std0, std1, std2, std3 : what the four columns of data are multiplied with.
    clip : if above 0, the largest logarithm of a ratio of widths or heights.
    format : how the anchors are written.

    >>> from mxnet import nd
    >>> nd.contrib.box_decode(nd.array([[[0.5, 0, 0, 0]]]), nd.array([[[1, 1, 2, 2]]])).asnumpy().tolist()
    [[[1.0, 0.0, 3.0, 2.0]]]
    """
    _floating(data)
    check_format("format", format)
    count = _boxes("data", data)[1]
    if _boxes("anchors", anchors) != (1, count):
        raise OperatorError("anchors do not fit data", because=f"they are (1, {count}, 4) for all images")
    stds = data.new_tensor([std0, std1, std2, std3])

    def decode(data: Tensor, anchors: Tensor) -> Tensor:
        scaled = data * stds
        if clip > 0:
            scaled[..., 2:].clamp_(max=clip)
        middle, size = (as_center(anchors) if format == "corner" else anchors).split(2, dim=-1)
        return torch.cat(decoded(middle, size, scaled), dim=-1)

    return without_slope(decode, data, anchors)


def decoded(middle: Tensor, size: Tensor, offsets: Tensor) -> tuple[Tensor, Tensor]:
    """First and last corners of the boxes that offsets ``(..., 4)`` make of anchors with these centers and sizes."""
    center = (offsets[..., :2] * size).add_(middle)
    # exp is slow with gaps between the numbers
    half = offsets[..., 2:].contiguous().exp_().mul_(size).mul_(0.5)
    return center - half, center.add_(half)


def _boxes(name: str, array: Tensor) -> tuple[int, int]:
    if array.dim() != 3 or array.shape[-1] != 4:
        raise OperatorError(f"{name} does not hold boxes", because="it is (batch, boxes, 4)")
    return array.shape[0], array.shape[1]


@contrib("bipartite_matching", outputs=2)
def bipartite_matching(
    data: Tensor, *, is_ascend: bool = False, threshold: float, topk: int = -1
) -> list[Tensor]:
    """Pair rows with columns, the best score first, each row and each column at most once.

    Shapes: scores ``(..., n, m)``; the results are the column of each row, ``(..., n)``, and the row of each column,
    ``(..., m)``; -1 for those that stay alone. The gradient is zero.

    Parameters
    ----------
    is_ascend : small scores are good ones.
    threshold : scores must be above it (below it with ``is_ascend``).
    topk : if above 0, at most ``topk + 1`` pairs are made, as in 1.9.1.

    >>> from mxnet import nd
    >>> rows, columns = nd.contrib.bipartite_matching(nd.array([[5, 6], [1, 2], [3, 4]]), threshold=0)
    >>> rows.asnumpy().tolist(), columns.asnumpy().tolist()
    ([1.0, -1.0, 0.0], [2.0, 0.0])
    """
    _floating(data)
    if data.dim() < 2:
        raise OperatorError("scores are (..., rows, columns)")

    def match(data: Tensor) -> Any:
        n, m = data.shape[-2:]
        scores = data.reshape(-1, n, m)
        scores, limit = (-scores, -threshold) if is_ascend else (scores.clone(), threshold)
        rounds = min(n, m) if topk <= 0 else min(n, m, topk + 1)
        rows, columns = greedy_pairs(scores, limit, rounds)
        return (
            rows.to(data.dtype).reshape(*data.shape[:-2], n),
            columns.to(data.dtype).reshape(*data.shape[:-2], m),
        )

    return without_slope(match, data)


def greedy_pairs(scores: Tensor, threshold: float, rounds: int) -> tuple[Tensor, Tensor]:
    """Pair rows and columns of ``(batch, n, m)``, the highest score above the threshold first; overwrites scores.

    Of equal scores the first row wins, then the first column. Returns the column of each row and the row of each
    column, -1 without one. Every step makes one pair in each matrix of the batch.
    """
    batch, n, m = scores.shape
    rows = torch.full((batch, n), -1, device=scores.device)
    columns = torch.full((batch, m), -1, device=scores.device)
    if not scores.numel():
        return rows, columns
    # nan, which is above nothing, must not hide the others
    scores = torch.nan_to_num_(scores, nan=-torch.inf, posinf=torch.inf, neginf=-torch.inf)
    each = torch.arange(batch, device=scores.device)
    for _ in range(rounds):
        best, place = scores.reshape(batch, -1).max(dim=1)
        good = best > threshold
        if not bool(good.any()):
            break
        who = each[good]
        row, column = torch.div(place, m, rounding_mode="floor")[good], (place % m)[good]
        rows[who, row], columns[who, column] = column, row
        scores[who, row] = -torch.inf
        scores[who, :, column] = -torch.inf
    return rows, columns
