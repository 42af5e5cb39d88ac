"""The loss of sequences whose labels nobody has aligned with them."""

from __future__ import annotations

from typing import Any

from ... import ndarray as nd
from ...base import ShapeError, message
from .base import Loss, _apply_weighting

__all__ = ["CTCLoss"]


class CTCLoss(Loss):
    """Connectionist temporal classification: ``-log p(label | pred)``, over all ways to read label from pred.

    A way to read is a class for each step; runs of one class count once, and the last class is the blank, which
    separates and is then left out. pred is given before softmax.

    Shapes: pred ``(batch, steps, classes)``; label ``(batch, longest)`` with classes ``0 ... classes - 2`` and -1
    after the end of a shorter row; pred_lengths and label_lengths ``(batch,)``; result ``(batch,)``. A row whose
    labels do not fit into its steps has loss 0 and no gradient.

    Parameters
    ----------
    layout : the axes of pred, ``'NTC'`` or ``'TNC'``: N batch, T steps, C classes.
    label_layout : the axes of label, ``'NT'`` or ``'TN'``.
    weight : factor on the loss; None for 1.

    ``loss(pred, label, pred_lengths, label_lengths, sample_weight)``: without pred_lengths all steps count, without
    label_lengths all labels before the first -1.

    Raises
    ------
    AssertionError : another layout.
    MXNetError : the arrays do not fit each other, or a label is no class.

    Differs from 1.9.1: predictions in float16 and float64 are taken, and a label that is no class is an error.

    Source: Graves et al., Connectionist Temporal Classification (2006).

    >>> from mxnet import gluon, nd
    >>> loss = gluon.loss.CTCLoss()
    >>> print(loss(nd.zeros((2, 3, 3)), nd.array([[0, 1], [1, -1]])).asnumpy().round(4))
    [1.6864 1.5041]
    """

    def __init__(
        self, layout: str = "NTC", label_layout: str = "NT", weight: float | None = None, **kwargs: Any
    ) -> None:
        for name, given, known in (("pred", layout, ("NTC", "TNC")), ("label", label_layout, ("NT", "TN"))):
            if given not in known:
                raise AssertionError(
                    message(
                        f"Only '{known[0]}' and '{known[1]}' layouts for {name} are supported. Got: {given}",
                        hint="N is the batch, T are the steps, C the classes",
                    )
                )
        self._layout = layout
        self._label_layout = label_layout
        super().__init__(weight, label_layout.index("N"), **kwargs)

    def hybrid_forward(
        self,
        F: Any,
        pred: Any,
        label: Any,
        pred_lengths: Any = None,
        label_lengths: Any = None,
        sample_weight: Any = None,
    ) -> Any:
        """The probability of all ways to read the labels."""
        if F is nd:
            self._check(pred, label)
        if self._layout == "NTC":
            pred = F.swapaxes(pred, 0, 1)
        if self._batch_axis == 1:
            label = F.swapaxes(label, 0, 1)
        loss = F.CTCLoss(
            pred,
            label,
            pred_lengths,
            label_lengths,
            use_data_lengths=pred_lengths is not None,
            use_label_lengths=label_lengths is not None,
            blank_label="last",
        )
        return _apply_weighting(F, loss, self._weight, sample_weight)

    def _check(self, pred: Any, label: Any) -> None:
        """Say in the words of the layouts what does not fit; the operator knows one layout only."""
        fits = pred.ndim == 3 and label.ndim == 2
        if not fits or pred.shape[self._layout.index("N")] != label.shape[self._batch_axis]:
            raise ShapeError(
                "CTCLoss: label does not fit pred",
                received=f"pred {pred.shape} as {self._layout}, label {label.shape} as {self._label_layout}",
                because="the batch (N) has the same length in both; T are the steps, C the classes",
                hint="layout='NTC' or 'TNC', label_layout='NT' or 'TN'",
            )
