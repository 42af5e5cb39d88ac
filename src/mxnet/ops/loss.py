"""Losses of one kernel, for what Gluon's loss blocks would otherwise compose of several operators."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from .nn import _floating
from .registry import Direct, OperatorError, operator
from .shape import _axis

Tensor = torch.Tensor


_CROSS_ENTROPY = Direct(
    "not keepdims and not from_logits and axis in (-1, 1) and pred.dim() == 2 and label.dim() == 1",
    "cross_entropy(pred, clamp(label.to(int64), 0, pred.shape[1] - 1), reduction='none')",
    cross_entropy=F.cross_entropy,
    clamp=torch.clamp,
    int64=torch.int64,
)


@operator("_sparse_softmax_cross_entropy", public=False, direct=_CROSS_ENTROPY)
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


@operator(
    "CTCLoss",
    aliases=("ctc_loss", "contrib.CTCLoss", "contrib.ctc_loss", "_contrib_CTCLoss", "_contrib_ctc_loss"),
)
def ctc_loss(
    data: Tensor,
    label: Tensor,
    data_lengths: Tensor | None = None,
    label_lengths: Tensor | None = None,
    *,
    use_data_lengths: bool = False,
    use_label_lengths: bool = False,
    blank_label: str = "first",
) -> Tensor:
    """Connectionist temporal classification: minus the logarithm of the probability of all ways to read the labels.

    Shapes: data ``(steps, batch, classes)``, before any softmax; label ``(batch, longest)``; data_lengths and
    label_lengths ``(batch,)``; the result ``(batch,)``.

    Parameters
    ----------
    use_data_lengths : data_lengths says how many steps of each sequence count; otherwise all.
    use_label_lengths : label_lengths says how many labels of each row count; otherwise those before the first
        padding.
    blank_label : ``'first'``: class 0 is the blank, labels lie between 1 and ``classes - 1``, padding is 0;
        ``'last'``: the last class is the blank, labels lie between 0 and ``classes - 2``, padding is -1.

    A sequence too short for its labels has loss 0 and no gradient, as in 1.9.1.

    Raises
    ------
    MXNetError : the arrays do not fit each other, or a label is no class.

    Source: Graves et al., Connectionist Temporal Classification (2006).

    >>> from mxnet import nd
    >>> nd.CTCLoss(nd.zeros((1, 1, 2)), nd.array([[1]]))
    <BLANKLINE>
    [0.6931472]
    <NDArray 1 @cpu(0)>
    """
    if use_label_lengths and label_lengths is None and not use_data_lengths:
        data_lengths, label_lengths = None, data_lengths  # the third array of a call without lengths of data
    _check_ctc(data, label, data_lengths, label_lengths, use_data_lengths, use_label_lengths, blank_label)
    steps, batch, classes = data.shape
    labels = label.detach().to(torch.int64)
    blank, padding = (0, 0) if blank_label == "first" else (classes - 1, -1)
    if use_label_lengths and label_lengths is not None:
        counts = label_lengths.detach().to(torch.int64)
    else:
        counts = (labels == padding).to(torch.int64).cumsum(1).eq(0).sum(1)
    inside = torch.arange(labels.shape[1], device=labels.device) < counts.unsqueeze(1)
    if bool((inside & ((labels == blank) | (labels < 0) | (labels >= classes))).any()):
        first, last = (1, classes - 1) if blank_label == "first" else (0, classes - 2)
        raise OperatorError(
            "a label is no class",
            because=f"with blank_label={blank_label!r} labels lie between {first} and {last}, padding is {padding}",
            hint=None if blank_label == "last" else "blank_label='last', if labels begin at 0",
        )
    if use_data_lengths and data_lengths is not None:
        lengths = data_lengths.detach().to(torch.int64)
    else:
        lengths = torch.full((batch,), steps, dtype=torch.int64, device=data.device)
    return F.ctc_loss(
        torch.log_softmax(data, 2),
        labels.masked_fill(~inside, blank),
        lengths,
        counts,
        blank=blank,
        reduction="none",
        zero_infinity=True,
    )


def _check_ctc(
    data: Tensor,
    label: Tensor,
    data_lengths: Tensor | None,
    label_lengths: Tensor | None,
    use_data_lengths: bool,
    use_label_lengths: bool,
    blank_label: str,
) -> None:
    _floating(data)
    if blank_label not in ("first", "last"):
        raise OperatorError(f"unknown blank_label {blank_label!r}", because="valid are first, last")
    if data.dim() != 3 or label.dim() != 2 or label.shape[0] != data.shape[1]:
        raise OperatorError(
            "label does not fit data", because="data is (steps, batch, classes) and label (batch, longest)"
        )
    if label.shape[1] > data.shape[0]:
        raise OperatorError(
            f"{label.shape[1]} labels a row are more than {data.shape[0]} steps",
            because="each label takes a step at least",
        )
    for name, given, wanted, longest in (
        ("data_lengths", data_lengths, use_data_lengths, data.shape[0]),
        ("label_lengths", label_lengths, use_label_lengths, label.shape[1]),
    ):
        if (given is None) is wanted:
            raise OperatorError(
                f"{name} is missing" if wanted else f"{name} has no effect",
                hint=f"use_{name}=True and {name}, or neither",
            )
        if given is not None and tuple(given.shape) != (data.shape[1],):
            raise OperatorError(f"{name} does not fit data", because=f"it has {data.shape[1]} numbers")
        if given is not None and bool(((given < 0) | (given > longest)).any()):
            raise OperatorError(f"{name} does not fit", because=f"its numbers lie between 0 and {longest}")
