"""Non-maximum suppression: of boxes that overlap, only the one with the highest score stays.

The rule is sequential: a box falls if a better one *that stays* overlaps with it. `survivors` follows it exactly
for many groups of boxes at once (an image each, or a class of an image) and walks over blocks of boxes, not over
boxes. Within a block the rule is a fixed point: whoever no survivor above hits, survives. Iterating it from
"everybody survives" settles the first box in the first step, the second in the second step at the latest, and
all of them mostly in a few.
"""

from __future__ import annotations

from typing import Any

import torch

from .boxes import as_center, as_corner, check_format, overlap
from .contrib import contrib
from .nn import _floating
from .registry import OperatorError

__all__ = ["best_first", "suppress", "survivors"]

Tensor = torch.Tensor

_BLOCK = 32  # boxes that are settled together
# Overlaps that are computed together. On CPUs so few that they stay in the cache and that torch does not spread an
# operation over threads, whose meetings cost more than so little work.
_CHUNK = 1 << 15
_CHUNK_ELSEWHERE = 1 << 23


def _chunk(boxes: Tensor) -> int:
    return _CHUNK if boxes.device.type == "cpu" else _CHUNK_ELSEWHERE


def best_first(scores: Tensor, count: int) -> Tensor:
    """Where the ``count`` highest scores of each row are, falling; of equal ones the first comes first."""
    if count * 4 >= scores.shape[1] or not count:
        return scores.sort(dim=1, descending=True, stable=True).indices[:, :count]
    # Few are wanted: only those that reach the last of them are sorted. `topk` alone does not keep the order of ties.
    reaching = scores >= scores.topk(count, dim=1).values[:, -1:]
    row, place = reaching.nonzero(as_tuple=True)
    found = reaching.sum(1)
    column = torch.arange(len(row), device=scores.device) - (found.cumsum(0) - found)[row]
    places = place.new_zeros(len(scores), int(found.max()))
    places[row, column] = place
    values = scores.new_full(places.shape, -torch.inf)
    values[row, column] = scores[row, place]
    order = values.sort(dim=1, descending=True, stable=True).indices[:, :count]
    return places.gather(1, order)


def suppress(
    boxes: Tensor, counts: Tensor, classes: Tensor | None, threshold: float, *, touching: bool
) -> Tensor:
    """Which boxes stay: a mask ``(images, n)``.

    Parameters
    ----------
    boxes : ``(images, n, 4)`` in corner format, by falling score.
    counts : how many of an image's boxes take part, ``(images,)``; those behind do not stay.
    classes : whole numbers ``(images, n)``; boxes of different classes let each other live. None: all are one class.
    threshold, touching : a box falls if its overlap is above the threshold, or with ``touching`` equal to it.
    """
    images, n = boxes.shape[:2]
    stays = torch.zeros(images, n, dtype=torch.bool, device=boxes.device)
    taking = torch.arange(n, device=boxes.device) < counts.unsqueeze(1)
    if not bool(taking.any()):
        return stays
    # one group per image and class, its boxes in a row, scores still falling
    image, rank = taking.nonzero(as_tuple=True)
    if classes is None:
        group = image
    else:
        names, group = torch.unique(classes[image, rank], return_inverse=True)
        group, order = (image * len(names) + group).sort(stable=True)
        image, rank = image[order], rank[order]
    sizes = torch.unique_consecutive(group, return_counts=True)[1]
    starts = sizes.cumsum(0) - sizes
    sizes, order = sizes.sort(descending=True)
    starts, listed = starts[order], sizes.tolist()
    flat = boxes[image, rank]
    kept = torch.zeros(len(image), dtype=torch.bool, device=boxes.device)
    first = 0
    while first < len(listed):
        # groups of similar size go together, so that little is computed for nothing
        length, last = listed[first], first + 1
        most = first + 4 * _chunk(boxes) // length
        while last < min(most, len(listed)) and listed[last] * 4 >= length * 3:
            last += 1
        steps = torch.arange(length, device=boxes.device)
        real = steps < sizes[first:last, None]
        places = (starts[first:last, None] + steps).clamp_(max=len(image) - 1)
        alive = survivors(flat[places], real, threshold, touching=touching)
        kept[places[alive]] = True
        first = last
    stays[image[kept], rank[kept]] = True
    return stays


def survivors(boxes: Tensor, real: Tensor, threshold: float, *, touching: bool) -> Tensor:
    """Which of the boxes ``(groups, n, 4)`` stay, for boxes by falling score; those that are not ``real`` do not.

    Real boxes come first in their group.
    """
    groups, n = real.shape
    stays = torch.zeros_like(real)
    places = torch.arange(n, device=boxes.device).expand(groups, n)
    while n:
        block, alive = boxes[:, :_BLOCK], real[:, :_BLOCK]
        standing = _settled(block, alive, threshold, touching)
        stays.scatter_(1, places[:, :_BLOCK], standing)
        if n <= _BLOCK:
            break
        order, front = _packing(standing)
        # where a group has fewer survivors than others, its first one fills the gap: it hits nobody else
        block = _picked(block, torch.where(front, order, order[:, :1]))
        boxes, real, places = boxes[:, _BLOCK:], real[:, _BLOCK:], places[:, _BLOCK:]
        worst = _worst(block, boxes)
        real = real & ~(worst >= threshold if touching else worst > threshold)
        order, real = _packing(real)
        boxes, places = _picked(boxes, order), places.gather(1, order)
        n = real.shape[1]
    return stays


def _settled(block: Tensor, alive: Tensor, threshold: float, touching: bool) -> Tensor:
    """The survivors of a few boxes among themselves: the fixed point of "nobody who stands hits me from above"."""
    found = overlap(block.unsqueeze(2), block.unsqueeze(1))
    hits = (found >= threshold if touching else found > threshold).to(torch.float32).triu_(1)
    standing = alive
    while True:
        hit = torch.bmm(standing.unsqueeze(1).to(torch.float32), hits).squeeze(1)
        settled = alive & (hit == 0)
        if torch.equal(settled, standing):
            return standing
        standing = settled


def _worst(block: Tensor, rest: Tensor) -> Tensor:
    """The largest overlap of each box in ``rest`` with any in ``block``; nan counts for nothing."""
    step = max(1, _chunk(block) // (block.shape[1] * rest.shape[1]))
    first, second = block.unsqueeze(2), rest.unsqueeze(1)
    parts = [
        overlap(first[start : start + step], second[start : start + step]).nan_to_num_(nan=-torch.inf).amax(1)
        for start in range(0, len(block), step)
    ]
    return parts[0] if len(parts) == 1 else torch.cat(parts)


def _packing(mask: Tensor) -> tuple[Tensor, Tensor]:
    """Where to find what is in the mask, in order, as many places as the fullest row needs; and which of them are."""
    counts = mask.sum(1, keepdim=True)
    n = int(counts.max())
    order = mask.to(torch.uint8).sort(dim=1, descending=True, stable=True).indices[:, :n]
    return order, torch.arange(n, device=mask.device) < counts


def _picked(boxes: Tensor, order: Tensor) -> Tensor:
    return boxes.gather(1, order.unsqueeze(-1).expand(-1, -1, 4))


@contrib("box_nms", "box_non_maximum_suppression")
def box_nms(
    data: Tensor,
    *,
    overlap_thresh: float = 0.5,
    valid_thresh: float = 0.0,
    topk: int = -1,
    coord_start: int = 2,
    score_index: int = 1,
    id_index: int = -1,
    background_id: int = -1,
    force_suppress: bool = False,
    in_format: str = "corner",
    out_format: str = "corner",
) -> Tensor:
    """Non-maximum suppression: boxes by falling score, without those that overlap with a better one.

    Shapes: data ``(..., boxes, width)``, a row holds a score, four coordinates, and what else there is; the result has
    the same shape. Rows without a box, at the end, are -1. The gradient of a row goes to the row it came from.

    Parameters
    ----------
    overlap_thresh : a box falls if its intersection over union with a better one is above it.
    valid_thresh : boxes take part whose score is above it.
    topk : only so many boxes with the best scores take part; -1: all. With 0 the data are returned as they are.
    coord_start, score_index, id_index : where in a row the coordinates begin, the score and the class are;
        ``id_index=-1``: there are no classes.
    background_id : boxes of this class take no part; -1: there is none.
    force_suppress : boxes fall under those of other classes as well.
    in_format, out_format : ``'corner'`` or ``'center'``.

    >>> from mxnet import nd
    >>> boxes = nd.array([[0, 0.5, 0, 0, 2, 2], [0, 0.75, 0, 0, 2, 3], [0, 0.25, 5, 5, 6, 6]])
    >>> nd.contrib.box_nms(boxes)[:, 1].asnumpy().tolist()
    [0.75, 0.25, -1.0]
    """
    _floating(data)
    check_format("in_format", in_format)
    check_format("out_format", out_format)
    _check_columns(data, coord_start, score_index, id_index)
    shape = data.shape
    coordinates = slice(coord_start, coord_start + 4)
    if (n := shape[-2]) == 0 or data.numel() == 0 or topk == 0:
        return data.clone()
    rows = data.reshape(-1, n, shape[-1])
    with torch.no_grad():
        scores = rows[..., score_index]
        valid = scores > valid_thresh
        if id_index >= 0 and background_id >= 0:
            valid &= rows[..., id_index] != background_id
        counts = valid.sum(1)
        if topk > 0:
            counts = counts.clamp_(max=topk)
        order = best_first(torch.where(valid, scores, -torch.inf), int(counts.max()))
        best = rows.gather(1, order.unsqueeze(-1).expand(-1, -1, shape[-1]))
        boxes = best[..., coordinates]
        classes = None if force_suppress or id_index < 0 else best[..., id_index].to(torch.int64)
        stays = suppress(
            as_corner(boxes) if in_format == "center" else boxes,
            counts,
            classes,
            overlap_thresh,
            touching=False,
        )
        image, place = stays.nonzero(as_tuple=True)
        target = (stays.cumsum(1) - 1)[image, place]
        source = order[image, place]
    found = rows[image, source]
    if in_format != out_format:
        convert = as_corner if in_format == "center" else as_center
        # as in MXNet, gradients go to the row as if nothing had been converted
        found = found.clone()
        found.data[:, coordinates] = convert(found.detach()[:, coordinates])
    result = torch.full_like(rows, -1)
    return result.index_put((image, target), found).reshape(shape)


def _check_columns(data: Tensor, coord_start: int, score_index: int, id_index: int) -> None:
    if data.dim() < 2:
        raise OperatorError("data has no rows", because="it is (..., boxes, width)")
    width = data.shape[-1]
    if coord_start < 0 or coord_start + 4 > width:
        raise OperatorError(f"a row of {width} has no 4 coordinates from {coord_start} on")
    taken: dict[str, Any] = {"score_index": score_index}
    if id_index >= 0:
        taken["id_index"] = id_index
    for name, column in taken.items():
        if not 0 <= column < width:
            raise OperatorError(f"{name}={column} is no column", because=f"a row has {width}")
        if coord_start <= column < coord_start + 4:
            raise OperatorError(
                f"{name}={column} is a coordinate",
                because=f"those are the columns {coord_start} to {coord_start + 3}",
            )
    if id_index == score_index:
        raise OperatorError("id_index and score_index are the same column")
