"""Single-shot detection: anchor boxes, what they should predict, and what their predictions mean.

Source: Liu et al., SSD: Single shot multibox detector, arXiv:1512.02325.
"""

from __future__ import annotations

from typing import Any

import torch

from .boxes import as_center, decoded, encoded, overlap, without_slope
from .contrib import contrib
from .nn import _floating
from .registry import OperatorError
from .suppression import best_first, suppress

Tensor = torch.Tensor
Numbers = tuple[float, ...]

_SMALLEST = 1e-6  # an overlap below it is none


# ---------------------------------------------------------------------- anchors


@contrib("MultiBoxPrior")
def multibox_prior(
    data: Tensor,
    *,
    sizes: Numbers = (1.0,),
    ratios: Numbers = (1.0,),
    clip: bool = False,
    steps: Numbers = (-1.0, -1.0),
    offsets: Numbers = (0.5, 0.5),
) -> Tensor:
    """Anchor boxes around every place of a feature map, in corner format, in parts of the image.

    Each place has ``len(sizes) + len(ratios) - 1`` of them: all sizes with the first ratio, then the first size with
    the other ratios. A box of size s and ratio r is ``s * sqrt(r) * height / width`` wide and ``s / sqrt(r)`` high.

    Shapes: data ``(batch, channels, height, width)``, of which only height and width count; the result
    ``(1, height * width * boxes, 4)``.

    Parameters
    ----------
    sizes : parts of the image's height.
    ratios : width to height.
    clip : cut boxes at the border of the image.
    steps : from place to place, y and x; not above 0: the height and width of a place.
    offsets : where in its place a box is, y and x.

    >>> from mxnet import nd
    >>> nd.contrib.MultiBoxPrior(nd.zeros((1, 3, 1, 2)), sizes=(0.5,)).asnumpy().tolist()
    [[[0.125, 0.25, 0.375, 0.75], [0.625, 0.25, 0.875, 0.75]]]
    """
    _floating(data)
    if data.dim() < 4:
        raise OperatorError("data is no feature map", because="it is (batch, channels, height, width)")
    sizes, ratios = _numbers("sizes", sizes), _numbers("ratios", ratios)
    (step_y, step_x), (offset_y, offset_x) = _numbers("steps", steps, 2), _numbers("offsets", offsets, 2)
    if step_y * step_x < 0:
        raise OperatorError(f"steps={(step_y, step_x)}", because="both are given, or none")

    def prior(data: Tensor) -> Tensor:
        height, width = data.shape[2:4]
        down = step_y if step_y > 0 else 1 / height
        right = step_x if step_x > 0 else 1 / width
        options: dict[str, Any] = {"dtype": data.dtype, "device": data.device}
        y = (torch.arange(height, **options) + offset_y) * down
        x = (torch.arange(width, **options) + offset_x) * right
        size = torch.tensor([*sizes, *[sizes[0]] * (len(ratios) - 1)], **options)
        root = torch.tensor([*[ratios[0]] * len(sizes), *ratios[1:]], **options).sqrt()
        half = torch.stack([size * (height / width) * root / 2, size / root / 2], dim=-1)
        middle = torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1).unsqueeze(2)
        boxes = torch.cat([middle - half, middle + half], dim=-1).reshape(1, -1, 4)
        return boxes.clamp_(0, 1) if clip else boxes

    return without_slope(prior, data)


def _numbers(name: str, value: Any, count: int | None = None) -> tuple[float, ...]:
    numbers = (value,) if isinstance(value, (int, float)) else tuple(value)
    if not numbers or len(numbers) != (count or len(numbers)):
        raise OperatorError(f"{name} has {len(numbers)} numbers", because=f"it has {count or 'at least one'}")
    return tuple(float(each) for each in numbers)


# ---------------------------------------------------------------------- targets


@contrib("MultiBoxTarget", same_dtype=True, outputs=3)
def multibox_target(
    anchor: Tensor,
    label: Tensor,
    cls_pred: Tensor,
    *,
    overlap_threshold: float = 0.5,
    ignore_label: float = -1.0,
    negative_mining_ratio: float = -1.0,
    negative_mining_thresh: float = 0.5,
    minimum_negative_samples: int = 0,
    variances: Numbers = (0.1, 0.1, 0.2, 0.2),
) -> list[Tensor]:
    """What the anchors of single-shot detection should predict.

    Every true box gets the anchor that overlaps with it most, the largest overlap first; other anchors belong to the
    box they overlap with most, if that is above ``overlap_threshold``. All others are background.

    Shapes: anchor ``(1, anchors, 4)`` in corner format; label ``(batch, boxes, 5 or more)``, rows of a class and four
    corners, and of -1 behind the last box; cls_pred ``(batch, classes + 1, anchors)``, before the softmax. The results
    are the offsets ``(batch, anchors * 4)``, a mask of the same shape that is 1 where an anchor has a box, and the
    classes ``(batch, anchors)``: 0 for background, 1 for the first class. Gradients are zero.

    Parameters
    ----------
    overlap_threshold : if not above 0, only the best anchor of each box belongs to it.
    ignore_label : the class of anchors that do not count, and of all anchors of an image without boxes.
    negative_mining_ratio : if above 0, only so many background anchors count for each one with a box: those that take
        themselves least for background.
    negative_mining_thresh : anchors with at least this overlap are never mined.
    minimum_negative_samples : accepted and without effect, as in 1.9.1 on CPUs.
    variances : what the offsets are divided by.

    Differs from 1.9.1: mining takes what there is, where 1.9.1 raises if there are too few.

    >>> from mxnet import nd
    >>> anchors, boxes = nd.array([[[0, 0, 0.5, 0.5], [0.5, 0.5, 1, 1]]]), nd.array([[[2, 0.5, 0.5, 1, 0.75]]])
    >>> offsets, mask, classes = nd.contrib.MultiBoxTarget(anchors, boxes, nd.zeros((1, 4, 2)))
    >>> classes.asnumpy().tolist(), offsets[0, 4:6].asnumpy().tolist()
    ([[0.0, 3.0]], [0.0, -2.5])
    """
    _floating(anchor)
    count = _anchors(anchor)
    if label.dim() != 3 or label.shape[2] < 5:
        raise OperatorError("label holds no boxes", because="it is (batch, boxes, 5 or more)")
    if cls_pred.dim() != 3 or cls_pred.shape[2] != count or cls_pred.shape[0] != label.shape[0]:
        raise OperatorError(
            "cls_pred does not fit", because=f"it is (batch, classes + 1, {count}) with the batch of label"
        )
    variances = _numbers("variances", variances, 4)
    if negative_mining_ratio > 0 and negative_mining_thresh <= 0:
        raise OperatorError(f"negative_mining_thresh={negative_mining_thresh}", because="it is above 0")

    def target(anchor: Tensor, label: Tensor, cls_pred: Tensor) -> Any:
        batch = len(label)
        real = _real_boxes(label)
        most = int(real.sum(1).max()) if real.numel() else 0
        if not most:
            nothing = anchor.new_zeros(batch, count * 4)
            return nothing, nothing.clone(), anchor.new_full((batch, count), ignore_label)
        label, real = label[:, :most], real[:, :most]
        shared = overlap(label[:, :, None, 1:5], anchor.unsqueeze(1)).nan_to_num_(nan=0)
        shared.masked_fill_(~real.unsqueeze(2), -1)
        best, matched = shared.max(dim=1)
        positive = (
            best > overlap_threshold if overlap_threshold > 0 else torch.zeros_like(best, dtype=torch.bool)
        )
        pairs = _best_anchors(shared)
        image, box = (pairs >= 0).nonzero(as_tuple=True)
        positive[image, pairs[image, box]] = True
        matched[image, pairs[image, box]] = box
        if negative_mining_ratio > 0:
            negative = _mined(cls_pred, positive, best < negative_mining_thresh, negative_mining_ratio)
        else:
            negative = ~positive
        has_box = real[:, :1]
        image, place = positive.nonzero(as_tuple=True)
        rows = label[image, matched[image, place]]
        classes = torch.where(negative & has_box, 0.0, ignore_label).to(anchor.dtype)
        classes[image, place] = rows[:, 0] + 1
        offsets = anchor.new_zeros(batch, count, 4)
        offsets[image, place] = encoded(anchor[0, place], rows[:, 1:5]) / anchor.new_tensor(variances)
        mask = positive.unsqueeze(2).expand(-1, -1, 4).to(anchor.dtype)
        return offsets.reshape(batch, -1), mask.reshape(batch, -1), classes

    return without_slope(target, anchor, label, cls_pred)


def _anchors(anchor: Tensor) -> int:
    if anchor.dim() != 3 or anchor.shape[0] != 1 or anchor.shape[2] != 4:
        raise OperatorError("anchor does not hold boxes", because="it is (1, anchors, 4) for all images")
    return anchor.shape[1]


def _real_boxes(label: Tensor) -> Tensor:
    """The rows up to the first whose class is -1, which is a row of -1 altogether."""
    ended = (label[..., 0] == -1).cumsum(1) > 0
    first = ended & (ended.cumsum(1) == 1)
    if bool((label[..., :5] != -1).any(-1)[first].any()):
        raise OperatorError("a box of class -1 has corners", because="the row behind the last box is all -1")
    return ~ended


def _best_anchors(shared: Tensor) -> Tensor:
    """The anchor of each true box, ``(batch, boxes)``, -1 without; for overlaps ``(batch, boxes, anchors)``.

    The largest overlap pairs first, each anchor has one box at most. Of equal ones the first anchor wins, then the
    first box. One step for each true box.
    """
    left = shared.clone()
    best, place = left.max(dim=2)
    pairs = torch.full_like(place, -1)
    images = torch.arange(len(left), device=left.device)
    behind = left.shape[2]
    for _ in range(left.shape[1]):
        top = best.max(dim=1, keepdim=True).values
        if not bool((top > _SMALLEST).any()):
            break
        box = torch.where((best == top) & (top > _SMALLEST), place, behind).argmin(dim=1)
        chosen = place.gather(1, box.unsqueeze(1)).squeeze(1)
        good = top.squeeze(1) > _SMALLEST
        image, box, chosen = images[good], box[good], chosen[good]
        pairs[image, box] = chosen
        left[image, :, chosen] = -1
        best[image, box] = -1
        # boxes that hoped for the same anchor look for their second best
        taken = torch.full_like(images, -1)
        taken[image] = chosen
        which = ((place == taken.unsqueeze(1)) & (best > _SMALLEST)).nonzero(as_tuple=True)
        best[which], place[which] = left[which].max(dim=1)
    return pairs


def _mined(cls_pred: Tensor, positive: Tensor, far: Tensor, ratio: float) -> Tensor:
    """The background anchors that count: of those far from all boxes the least probable background."""
    background = (cls_pred[:, 0] - cls_pred.logsumexp(dim=1)).masked_fill_(positive | ~far, torch.inf)
    count = (positive.sum(1) * ratio).to(torch.int64).unsqueeze(1)
    order = background.sort(dim=1, stable=True).indices
    rank = torch.arange(positive.shape[1], device=positive.device).expand_as(order)
    mined = torch.zeros_like(positive).scatter_(1, order, rank < count)
    return mined & far & ~positive


# ---------------------------------------------------------------------- predictions


@contrib("MultiBoxDetection", same_dtype=True)
def multibox_detection(
    cls_prob: Tensor,
    loc_pred: Tensor,
    anchor: Tensor,
    *,
    clip: bool = True,
    threshold: float = 0.01,
    background_id: int = 0,
    nms_threshold: float = 0.5,
    force_suppress: bool = False,
    variances: Numbers = (0.1, 0.1, 0.2, 0.2),
    nms_topk: int = -1,
) -> Tensor:
    """The boxes that single-shot detection found.

    Shapes: cls_prob ``(batch, classes + 1, anchors)``, the first for background; loc_pred ``(batch, anchors * 4)``;
    anchor ``(1, anchors, 4)`` in corner format. The result ``(batch, anchors, 6)`` has rows of class, score, and
    corners, by falling score: class 0 is the first that is not background. The class of boxes that fell is -1; rows
    behind the last box are -1 altogether. The gradient is zero.

    Parameters
    ----------
    clip : cut boxes at the border of the image.
    threshold : anchors whose best class is below it make no box.
    background_id : accepted and without effect, as in 1.9.1: background is class 0.
    nms_threshold : boxes fall if they overlap that much with a better one; outside of (0, 1] none fall, and
        the boxes are in the order of the anchors.
    force_suppress : boxes fall under those of other classes as well.
    variances : what loc_pred is multiplied with.
    nms_topk : if above 0, only so many boxes with the best scores are left.

    >>> from mxnet import nd
    >>> prob, anchors = nd.array([[[0.25, 0.5], [0.75, 0.5]]]), nd.array([[[0, 0, 1, 1], [0, 0, 1, 0.75]]])
    >>> nd.contrib.MultiBoxDetection(prob, nd.zeros((1, 8)), anchors).asnumpy().tolist()
    [[[0.0, 0.75, 0.0, 0.0, 1.0, 1.0], [-1.0, 0.5, 0.0, 0.0, 1.0, 0.75]]]
    """
    _floating(cls_prob)
    count = _anchors(anchor)
    if cls_prob.dim() != 3 or cls_prob.shape[2] != count:
        raise OperatorError("cls_prob does not fit anchor", because=f"it is (batch, classes + 1, {count})")
    if loc_pred.shape != (cls_prob.shape[0], count * 4):
        raise OperatorError("loc_pred does not fit", because=f"it is ({cls_prob.shape[0]}, {count * 4})")
    variances = _numbers("variances", variances, 4)

    def detect(cls_prob: Tensor, loc_pred: Tensor, anchor: Tensor) -> Tensor:
        batch = len(cls_prob)
        if cls_prob.shape[1] < 2 or not batch * count:
            return cls_prob.new_full((batch, count, 6), -1)
        score = cls_prob[:, 1:].amax(dim=1)
        real = ~(score < threshold)
        offsets = loc_pred.reshape(batch, count, 4) * loc_pred.new_tensor(variances)
        middle, size = as_center(anchor).split(2, dim=-1)
        rows = cls_prob.new_empty(batch, count, 6)
        rows[..., 0] = -1
        rows[..., 1] = score
        for corner, place in zip(decoded(middle, size, offsets), (2, 4), strict=True):
            rows[..., place : place + 2] = corner.clamp_(0, 1) if clip else corner
        if not 0 < nms_threshold <= 1:
            rows[..., 0] = cls_prob[:, 1:].argmax(dim=1)
            return _in_order(rows, real)
        counts = real.sum(1)
        most = int(counts.max())
        kept = most if nms_topk <= 0 else min(nms_topk, most)
        order = best_first(torch.where(real, score, -torch.inf), kept)
        best = rows.gather(1, order.unsqueeze(2).expand(-1, -1, 6))
        # only these need to know their class
        probabilities = cls_prob[:, 1:].gather(2, order.unsqueeze(1).expand(-1, cls_prob.shape[1] - 1, -1))
        classes = probabilities.argmax(dim=1)
        stays = suppress(
            best[..., 2:],
            counts.clamp(max=kept),
            None if force_suppress else classes,
            nms_threshold,
            touching=True,
        )
        best[..., 0] = torch.where(stays, classes, -1)
        taking = torch.arange(kept, device=real.device) < counts.unsqueeze(1)
        # as in 1.9.1, what is behind the best stands in the order of the anchors
        result = _in_order(rows, real) if kept < most else torch.full_like(rows, -1)
        result[:, :kept] = torch.where(taking.unsqueeze(2), best, result[:, :kept])
        return result

    return without_slope(detect, cls_prob, loc_pred, anchor)


def _in_order(rows: Tensor, real: Tensor) -> Tensor:
    """The real rows of each image without gaps; behind them -1."""
    if bool(real.all()):
        return rows
    count, width = rows.shape[1:]
    source = real.reshape(-1).nonzero().squeeze(1)
    target = (torch.div(source, count, rounding_mode="floor") * count).add_(
        real.cumsum(1).reshape(-1).index_select(0, source).sub_(1)
    )
    result = torch.full_like(rows, -1)
    result.reshape(-1, width).index_copy_(0, target, rows.reshape(-1, width).index_select(0, source))
    return result
