"""Region proposals of Faster R-CNN: anchors moved by predictions, the best of them that do not overlap.

Source: Ren et al., Faster R-CNN, arXiv:1506.01497.
"""

from __future__ import annotations

import math
from typing import Any

import torch

from .boxes import without_slope
from .contrib import contrib
from .nn import _floating
from .registry import OperatorError
from .suppression import best_first, suppress

Tensor = torch.Tensor
Numbers = tuple[float, ...]


def _outputs(attributes: dict[str, Any]) -> int:
    return 2 if attributes.get("output_score") else 1


@contrib("Proposal", same_dtype=True, outputs=_outputs)
def proposal(
    cls_prob: Tensor,
    bbox_pred: Tensor,
    im_info: Tensor,
    *,
    rpn_pre_nms_top_n: int = 6000,
    rpn_post_nms_top_n: int = 300,
    threshold: float = 0.7,
    rpn_min_size: int = 16,
    scales: Numbers = (4.0, 8.0, 16.0, 32.0),
    ratios: Numbers = (0.5, 1.0, 2.0),
    feature_stride: int = 16,
    output_score: bool = False,
    iou_loss: bool = False,
) -> Any:
    """Regions of one image in which objects may be: `MultiProposal` for a batch of 1.

    >>> from mxnet import nd
    >>> scores, moves = nd.ones((1, 2, 2, 2)), nd.zeros((1, 4, 2, 2))
    >>> image = nd.array([[32, 32, 1]])
    >>> nd.contrib.Proposal(scores, moves, image, scales=(1,), ratios=(1,), rpn_post_nms_top_n=2).shape
    (2, 5)
    """
    if cls_prob.dim() == 4 and cls_prob.shape[0] != 1:
        raise OperatorError(
            "takes one image",
            because=f"cls_prob has {cls_prob.shape[0]}",
            hint="nd.contrib.MultiProposal(...)",
        )
    return multi_proposal(
        cls_prob,
        bbox_pred,
        im_info,
        rpn_pre_nms_top_n=rpn_pre_nms_top_n,
        rpn_post_nms_top_n=rpn_post_nms_top_n,
        threshold=threshold,
        rpn_min_size=rpn_min_size,
        scales=scales,
        ratios=ratios,
        feature_stride=feature_stride,
        output_score=output_score,
        iou_loss=iou_loss,
    )


@contrib("MultiProposal", same_dtype=True, outputs=_outputs)
def multi_proposal(
    cls_prob: Tensor,
    bbox_pred: Tensor,
    im_info: Tensor,
    *,
    rpn_pre_nms_top_n: int = 6000,
    rpn_post_nms_top_n: int = 300,
    threshold: float = 0.7,
    rpn_min_size: int = 16,
    scales: Numbers = (4.0, 8.0, 16.0, 32.0),
    ratios: Numbers = (0.5, 1.0, 2.0),
    feature_stride: int = 16,
    output_score: bool = False,
    iou_loss: bool = False,
) -> Any:
    """Regions in which objects may be: anchors moved by predictions, without those that overlap with better ones.

    Shapes, with ``len(scales) * len(ratios)`` anchors: cls_prob ``(batch, 2 * anchors, height, width)``, background
    first; bbox_pred ``(batch, 4 * anchors, height, width)``; im_info ``(batch, 3)``, height, width and scale of each
    image. The result ``(batch * rpn_post_nms_top_n, 5)`` has rows of an image's number, and x, y of the first and the
    last corner, which is part of the region; where there are fewer, they repeat. With ``output_score`` their scores
    ``(batch * rpn_post_nms_top_n, 1)`` are a second result. Gradients are zero.

    Parameters
    ----------
    rpn_pre_nms_top_n : only so many with the best scores take part; not above 0: all.
    rpn_post_nms_top_n : how many regions are wanted of each image.
    threshold : regions fall whose intersection over union with a better one is above it.
    rpn_min_size : smaller regions, in elements of the image before it was scaled, are enlarged and score -1, as do
        anchors outside the image.
    scales, ratios, feature_stride : size, height to width, and distance of anchors, in elements of the image.
    iou_loss : predictions are distances of the four corners, instead of moves and logarithms of ratios.

    >>> from mxnet import nd
    >>> prob, moves, image = nd.ones((1, 2, 2, 2)), nd.zeros((1, 4, 2, 2)), nd.array([[32, 32, 1]])
    >>> call = dict(scales=(1,), ratios=(1,), rpn_post_nms_top_n=2)
    >>> nd.contrib.MultiProposal(prob, moves, image, **call).asnumpy().tolist()
    [[0.0, 0.0, 0.0, 15.0, 15.0], [0.0, 16.0, 0.0, 31.0, 15.0]]
    """
    _floating(cls_prob)
    scales, ratios = _listed(scales), _listed(ratios)
    count = len(scales) * len(ratios)
    if cls_prob.dim() != 4 or cls_prob.shape[1] != 2 * count:
        raise OperatorError("cls_prob does not fit", because=f"it is (batch, {2 * count}, height, width)")
    batch, _, height, width = cls_prob.shape
    if bbox_pred.shape != (batch, 4 * count, height, width):
        raise OperatorError("bbox_pred does not fit", because=f"it is {(batch, 4 * count, height, width)}")
    if im_info.shape != (batch, 3):
        raise OperatorError("im_info does not fit", because=f"it is {(batch, 3)}")
    wanted = rpn_post_nms_top_n

    def propose(cls_prob: Tensor, bbox_pred: Tensor, im_info: Tensor) -> Any:
        # (batch, height * width * anchors), anchors of a place together
        scores = cls_prob[:, count:].permute(0, 2, 3, 1).reshape(batch, -1).clone()
        moves = bbox_pred.permute(0, 2, 3, 1).reshape(batch, -1, 4)
        anchors = _anchors(cls_prob, scales, ratios, feature_stride)
        limit = im_info[:, None, [1, 0, 1, 0]] - 1
        boxes = anchors + moves if iou_loss else _moved(anchors, moves)
        boxes = torch.minimum(boxes, limit).clamp_(min=0)
        scores[_outside(cls_prob, im_info, count, feature_stride)] = -1
        least = (rpn_min_size * im_info[:, 2]).reshape(-1, 1, 1)
        small = (boxes[..., 2:] - boxes[..., :2] + 1 < least).any(2)
        scores.masked_fill_(small, -1)
        spread = torch.cat([-least, -least, least, least], dim=2) / 2
        boxes = torch.where(small.unsqueeze(2), boxes + spread, boxes)
        total = scores.shape[1]
        first = min(rpn_pre_nms_top_n, total) if rpn_pre_nms_top_n > 0 else total
        order = best_first(scores, first)
        boxes = boxes.gather(1, order.unsqueeze(2).expand(-1, -1, 4))
        # the last corner is part of the region
        whole = boxes + boxes.new_tensor([0, 0, 1, 1])
        stays = suppress(whole, order.new_full((batch,), first), None, threshold, touching=False)
        kept = stays.sum(1, keepdim=True).clamp_(max=min(wanted, first))
        ranks = stays.to(torch.uint8).sort(dim=1, descending=True, stable=True).indices
        chosen = ranks.gather(1, torch.arange(wanted, device=ranks.device) % kept)
        regions = boxes.gather(1, chosen.unsqueeze(2).expand(-1, -1, 4))
        number = torch.arange(batch, dtype=boxes.dtype, device=boxes.device).reshape(-1, 1, 1)
        found = torch.cat([number.expand(-1, wanted, 1), regions], dim=2).reshape(-1, 5)
        if not output_score:
            return found
        return found, scores.gather(1, order).gather(1, chosen).reshape(-1, 1)

    return without_slope(propose, cls_prob, bbox_pred, im_info)


def _listed(numbers: Any) -> tuple[float, ...]:
    return (float(numbers),) if isinstance(numbers, (int, float)) else tuple(float(each) for each in numbers)


def _anchors(like: Tensor, scales: Numbers, ratios: Numbers, stride: int) -> Tensor:
    """Anchors of all places, ``(height * width * anchors, 4)``: a square of ``stride``, stretched and scaled."""
    rows = []
    for ratio in ratios:
        wide = math.floor(math.sqrt(math.floor(stride * stride / ratio)) + 0.5)
        high = math.floor(wide * ratio + 0.5)
        for scale in scales:
            half_width, half_height = (wide * scale - 1) / 2, (high * scale - 1) / 2
            middle = (stride - 1) / 2
            rows.append(
                [middle - half_width, middle - half_height, middle + half_width, middle + half_height]
            )
    height, width = like.shape[2:]
    options: dict[str, Any] = {"dtype": like.dtype, "device": like.device}
    y = torch.arange(height, **options) * stride
    x = torch.arange(width, **options) * stride
    places = torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1).repeat(1, 1, 2).unsqueeze(2)
    return (places + torch.tensor(rows, **options)).reshape(-1, 4)


def _moved(anchors: Tensor, moves: Tensor) -> Tensor:
    """Anchors after predictions: their centers in sizes of the anchor, logarithms of their sizes' ratios."""
    size = anchors[:, 2:] - anchors[:, :2] + 1
    middle = anchors[:, :2] + 0.5 * (size - 1) + moves[..., :2] * size
    half = 0.5 * (moves[..., 2:].contiguous().exp() * size - 1)
    return torch.cat([middle - half, middle + half], dim=-1)


def _outside(like: Tensor, im_info: Tensor, count: int, stride: int) -> Tensor:
    """Which anchors lie at places behind the image: a mask ``(batch, height * width * anchors)``."""
    size = torch.trunc(im_info[:, :2] / stride)
    height, width = like.shape[2:]
    rows = torch.arange(height, device=like.device) >= size[:, :1]
    columns = torch.arange(width, device=like.device) >= size[:, 1:]
    outside = rows.unsqueeze(2) | columns.unsqueeze(1)
    return outside.unsqueeze(3).expand(-1, -1, -1, count).reshape(len(im_info), -1)
