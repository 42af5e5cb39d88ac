"""Losses of one kernel, for what Gluon's loss blocks would otherwise compose of several operators."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from .nn import _floating
from .registry import OperatorError, operator
from .shape import _axis

Tensor = torch.Tensor


@operator("_sparse_softmax_cross_entropy", public=False)
def sparse_softmax_cross_entropy(
    pred: Tensor, label: Tensor, *, axis: int = -1, from_logits: bool = False, keepdims: bool = True
) -> Tensor:
    """``-log_softmax(pred)[label]`` along ``axis``; labels outside the classes count as the nearest one.

    Shapes: pred ``(*, classes, *)`` with the classes at ``axis``; label without that axis, or with 1 there;
    the result with 1 there, or without it if not ``keepdims``. ``from_logits``: pred holds log-probabilities.
    """
    _floating(pred)
    axis = _axis(pred, axis)
    shape = list(pred.shape)
    classes = shape.pop(axis)
    if list(label.shape) != shape:
        if label.numel() != pred.numel() // max(classes, 1) or label.dim() not in (
            pred.dim(),
            pred.dim() - 1,
        ):
            raise OperatorError(
                "label does not fit pred",
                because=f"pred of shape {tuple(pred.shape)} takes labels of shape {tuple(shape)}, "
                f"label has {tuple(label.shape)}",
                hint="sparse_label=False, for a probability for each class"
                if label.shape == pred.shape
                else None,
            )
        label = label.reshape(shape)
    index = torch.clamp(label.to(torch.int64), 0, classes - 1)
    if pred.dim() == 2 and axis == 1:
        loss = (F.nll_loss if from_logits else F.cross_entropy)(pred, index, reduction="none")
        return loss.unsqueeze(1) if keepdims else loss
    log_probabilities = pred if from_logits else torch.log_softmax(pred, axis)
    loss = -log_probabilities.gather(axis, index.unsqueeze(axis))
    return loss if keepdims else loss.squeeze(axis)


@operator("_l2_loss", public=False, same_dtype=True)
def l2_loss(pred: Tensor, label: Tensor, *, scale: float = 0.5, batch_axis: int = 0) -> Tensor:
    """``scale * (label - pred)**2``, the mean over all axes but ``batch_axis``; label has as many elements as pred."""
    if label.shape != pred.shape:
        if label.numel() != pred.numel():
            raise OperatorError(
                f"Cannot reshape array of size {label.numel()} into shape {tuple(pred.shape)}",
                because="label has as many elements as pred",
                kind=ValueError,
            )
        label = label.view(pred.shape)
    loss = torch.square(label - pred)
    if scale != 1.0:
        loss = loss * scale
    axes = pred.dim()
    if axes == 1 and batch_axis in (0, -1):
        return loss
    if batch_axis == 0 and loss.numel() == loss.shape[0]:  # one element each
        return loss.view(-1)
    batch = _axis(pred, batch_axis)
    return loss.mean([axis for axis in range(axes) if axis != batch])
