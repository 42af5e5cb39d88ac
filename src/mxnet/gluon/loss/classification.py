"""Losses of classes: two of them, many, or margins between them."""

from __future__ import annotations

from typing import Any

from ... import ndarray as nd
from ...base import ArgumentError, message
from .base import Loss, _apply_weighting, _reshape_like

__all__ = [
    "HingeLoss",
    "KLDivLoss",
    "LogisticLoss",
    "SigmoidBCELoss",
    "SigmoidBinaryCrossEntropyLoss",
    "SoftmaxCELoss",
    "SoftmaxCrossEntropyLoss",
    "SquaredHingeLoss",
]


class SigmoidBinaryCrossEntropyLoss(Loss):
    """``-label * log(p) - (1 - label) * log(1 - p)`` with ``p = sigmoid(pred)``, the mean over each example.

    Computed from pred without overflow: ``max(pred, 0) - pred * label + log(1 + exp(-abs(pred)))``.

    Parameters
    ----------
    from_sigmoid : pred holds p itself (1e-12 is then added inside the logarithms).
    weight, batch_axis : see `Loss`.

    Shapes: pred ``(batch, *)``; label of as many elements; ``pos_weight``, a factor on the first term, broadcasts
    to pred; result ``(batch,)``.

    >>> from mxnet import gluon, nd
    >>> loss = gluon.loss.SigmoidBinaryCrossEntropyLoss()
    >>> print(loss(nd.array([[0.0], [100.0]]), nd.array([1, 0])).asnumpy())
    [  0.6931472 100.       ]
    """

    def __init__(
        self, from_sigmoid: bool = False, weight: float | None = None, batch_axis: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._from_sigmoid = from_sigmoid

    def hybrid_forward(
        self, F: Any, pred: Any, label: Any, sample_weight: Any = None, pos_weight: Any = None
    ) -> Any:
        """The cross-entropy of two classes."""
        label = _reshape_like(F, label, pred)
        if self._from_sigmoid:
            tiny = 1e-12
            positive = F.log(pred + tiny) * label
            if pos_weight is not None:
                positive = F.broadcast_mul(positive, pos_weight)
            loss = -(positive + F.log(1.0 - pred + tiny) * (1.0 - label))
        else:
            softplus = F.Activation(-F.abs(pred), act_type="softrelu")
            if pos_weight is None:
                loss = F.relu(pred) - pred * label + softplus
            else:
                factor = 1 + F.broadcast_mul(pos_weight - 1, label)
                loss = pred - pred * label + factor * (softplus + F.relu(-pred))
        return self._mean(F, _apply_weighting(F, loss, self._weight, sample_weight))


SigmoidBCELoss = SigmoidBinaryCrossEntropyLoss


class SoftmaxCrossEntropyLoss(Loss):
    """``-log(softmax(pred)[label])`` for each example, computed as one, without overflow.

    Parameters
    ----------
    axis : the axis of the classes.
    sparse_label : labels are class numbers (beyond the classes: the nearest one); else a probability per class.
    from_logits : pred holds log-probabilities already.
    weight, batch_axis : see `Loss`.

    Shapes: pred ``(batch, classes)`` or with more axes; label ``(batch,)`` or like pred; result ``(batch,)``.

    >>> from mxnet import gluon, nd
    >>> loss = gluon.loss.SoftmaxCrossEntropyLoss()
    >>> f"{loss(nd.array([[1, 2, 3]]), nd.array([2])).asscalar():.4f}"
    '0.4076'
    """

    def __init__(
        self,
        axis: int = -1,
        sparse_label: bool = True,
        from_logits: bool = False,
        weight: float | None = None,
        batch_axis: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._axis = axis
        self._sparse_label = sparse_label
        self._from_logits = from_logits

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:
        """The cross-entropy of many classes."""
        if self._sparse_label and F is nd:
            # the usual batch: without its axis of length 1, the mean over each example is the loss itself
            plain = (
                sample_weight is None and self._batch_axis == 0 and self._axis in (-1, 1) and pred.ndim == 2
            )
            try:
                loss = F._sparse_softmax_cross_entropy(
                    pred, label, axis=self._axis, from_logits=self._from_logits, keepdims=not plain
                )
            except ArgumentError as error:
                text = str(error).replace("_sparse_softmax_cross_entropy", type(self).__name__)
                raise ArgumentError(text) from None
            if plain:
                return _apply_weighting(F, loss, self._weight)
        else:
            if not self._from_logits:
                pred = F.log_softmax(pred, axis=self._axis)
            if self._sparse_label:
                loss = -F.pick(pred, label, axis=self._axis, keepdims=True)
            else:
                loss = -F.sum(pred * _reshape_like(F, label, pred), axis=self._axis, keepdims=True)
        return self._mean(F, _apply_weighting(F, loss, self._weight, sample_weight))


SoftmaxCELoss = SoftmaxCrossEntropyLoss


class KLDivLoss(Loss):
    """``sum(label * (log(label) - pred))`` over each example: the divergence of two distributions.

    Parameters
    ----------
    from_logits : pred holds log-probabilities; else ``log_softmax`` along ``axis`` is taken first.
    axis : the axis of the classes.
    weight, batch_axis : see `Loss`.

    >>> from mxnet import gluon, nd
    >>> half = nd.array([[0.5, 0.5]])
    >>> gluon.loss.KLDivLoss()(half.log(), half).asnumpy().round(4).tolist()
    [0.0]
    """

    def __init__(
        self,
        from_logits: bool = True,
        axis: int = -1,
        weight: float | None = None,
        batch_axis: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._from_logits = from_logits
        self._axis = axis

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:
        """The divergence."""
        if not self._from_logits:
            pred = F.log_softmax(pred, axis=self._axis)
        loss = _apply_weighting(F, label * (F.log(label + 1e-12) - pred), self._weight, sample_weight)
        return F.sum(loss, axis=self._batch_axis, exclude=True)


class HingeLoss(Loss):
    """``max(0, margin - pred * label)`` for labels -1 and 1, the mean over each example. Shapes as in `L2Loss`.

    >>> from mxnet import gluon, nd
    >>> gluon.loss.HingeLoss()(nd.array([[0.5], [-2.0]]), nd.array([1, 1])).asnumpy().tolist()
    [0.5, 3.0]
    """

    def __init__(
        self, margin: float = 1, weight: float | None = None, batch_axis: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._margin = margin

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:
        """How far each example is inside the margin."""
        loss = F.relu(self._margin - pred * _reshape_like(F, label, pred))
        return self._mean(F, _apply_weighting(F, loss, self._weight, sample_weight))


class SquaredHingeLoss(Loss):
    """``max(0, margin - pred * label)**2`` for labels -1 and 1, the mean over each example. Shapes as in `L2Loss`."""

    def __init__(
        self, margin: float = 1, weight: float | None = None, batch_axis: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._margin = margin

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:
        """The square of how far each example is inside the margin."""
        loss = F.square(F.relu(self._margin - pred * _reshape_like(F, label, pred)))
        return self._mean(F, _apply_weighting(F, loss, self._weight, sample_weight))


class LogisticLoss(Loss):
    """``log(1 + exp(-pred * label))``, the mean over each example. Shapes as in `L2Loss`.

    Parameters
    ----------
    label_format : ``'signed'`` for labels -1 and 1, ``'binary'`` for 0 and 1.
    weight, batch_axis : see `Loss`.

    Raises
    ------
    ValueError : another ``label_format``.

    >>> from mxnet import gluon, nd
    >>> f"{gluon.loss.LogisticLoss()(nd.array([[0.0]]), nd.array([1])).asscalar():.4f}"
    '0.6931'
    """

    def __init__(
        self, weight: float | None = None, batch_axis: int = 0, label_format: str = "signed", **kwargs: Any
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        if label_format not in ("signed", "binary"):
            raise ValueError(
                message(
                    "label_format can only be signed or binary", received=repr(label_format), hint="'signed'"
                )
            )
        self._label_format = label_format

    def hybrid_forward(self, F: Any, pred: Any, label: Any, sample_weight: Any = None) -> Any:
        """The cross-entropy of two classes."""
        label = _reshape_like(F, label, pred)
        if self._label_format == "signed":
            label = (label + 1.0) / 2.0
        loss = F.relu(pred) - pred * label + F.Activation(-F.abs(pred), act_type="softrelu")
        return self._mean(F, _apply_weighting(F, loss, self._weight, sample_weight))
