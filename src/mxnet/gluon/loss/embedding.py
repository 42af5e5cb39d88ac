"""Losses of vectors that stand for things: near each other for the same, far for different ones."""

from __future__ import annotations

from typing import Any

from ... import ndarray as nd
from ...base import ShapeError
from .base import Loss, _apply_weighting, _reshape_like
from .classification import KLDivLoss

__all__ = ["CosineEmbeddingLoss", "SDMLLoss", "TripletLoss"]


class TripletLoss(Loss):
    """``max(0, sum((pred - positive)**2 - (pred - negative)**2) + margin)``, the sum over each example.

    Shapes: pred ``(batch, *)``; positive, which shall be near it, and negative, which shall be far, of as many
    elements; result ``(batch,)``.

    Parameters
    ----------
    margin : how much nearer the positive shall be.
    weight, batch_axis : see `Loss`.

    Source: Schroff et al., FaceNet (2015).

    >>> from mxnet import gluon, nd
    >>> pred, near, far = nd.zeros((2, 2)), nd.ones((2, 2)), nd.array([[3, 0], [0, 1]])
    >>> gluon.loss.TripletLoss()(pred, near, far).asnumpy().tolist()
    [0.0, 2.0]
    """

    def __init__(
        self, margin: float = 1, weight: float | None = None, batch_axis: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._margin = margin

    def hybrid_forward(self, F: Any, pred: Any, positive: Any, negative: Any) -> Any:
        """How far each positive is beyond its negative."""
        positive, negative = _reshape_like(F, positive, pred), _reshape_like(F, negative, pred)
        distance = F.square(positive - pred) - F.square(negative - pred)
        loss = F.relu(F.sum(distance, axis=self._batch_axis, exclude=True) + self._margin)
        return _apply_weighting(F, loss, self._weight)


class CosineEmbeddingLoss(Loss):
    """``1 - cos`` where label is 1, ``max(0, cos - margin)`` where it is -1; cos is that of the angle between vectors.

    ``cos = sum(input1 * input2) / max(norm(input1) * norm(input2), 1e-12)`` along the last axis.

    Shapes: input1 and input2 ``(batch, *, units)``; label, which is 1 for the same, -1 for different and 0 for
    neither, as many numbers as vectors; result ``(vectors, 1)``, to which sample_weight broadcasts.

    Parameters
    ----------
    margin : up to which cosine different vectors cost nothing, between -1 and 1.
    weight : see `Loss`.
    batch_axis : has no effect.

    >>> from mxnet import gluon, nd
    >>> a, b = nd.array([[1, 0], [1, 0]]), nd.array([[0, 2], [3, 0]])
    >>> gluon.loss.CosineEmbeddingLoss()(a, b, nd.array([1, -1])).asnumpy().tolist()
    [[1.0], [1.0]]
    """

    def __init__(
        self, weight: float | None = None, batch_axis: int = 0, margin: float = 0, **kwargs: Any
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self._margin = margin

    def hybrid_forward(self, F: Any, input1: Any, input2: Any, label: Any, sample_weight: Any = None) -> Any:
        """How far each pair is from what its label says."""
        input1 = _reshape_like(F, input1, input2)
        label = F.reshape(label, shape=(-1, 1))
        norms = F.reshape(F.norm(input1, axis=-1) * F.norm(input2, axis=-1), shape=(-1, 1))
        product = F.reshape(F.sum(input1 * input2, axis=-1), shape=(-1, 1))
        cosine = F.broadcast_div(product, F.maximum(norms, 1e-12))
        if F is nd and label.shape != cosine.shape and 1 not in (label.size, cosine.size):
            raise ShapeError(
                "CosineEmbeddingLoss: label does not fit the inputs",
                received=f"{label.size} labels",
                because=f"input2 of shape {input2.shape} holds {cosine.size} vectors, each with a label 1 or -1",
            )
        same = F.broadcast_mul(1 - cosine, label == 1)
        different = F.broadcast_mul(F.relu(cosine - self._margin), label == -1)
        return _apply_weighting(F, same + different, self._weight, sample_weight)


class SDMLLoss(Loss):
    """Each row of x1 shall be nearest to its own row of x2; all others of the batch are wrong answers.

    ``sum(target * (log(target) - log_softmax(-distance)))`` over the rows of x2, where ``distance`` is squared and
    ``target`` is ``1 - smoothing_parameter`` for the own row and shares the rest among the others.

    Shapes: x1 and x2 ``(batch, units)``; result ``(batch,)``. The batch has two rows at least.

    Parameters
    ----------
    smoothing_parameter : how much probability the other rows get together.
    weight, batch_axis : have no effect, as in 1.9.1.

    Raises
    ------
    MXNetError : x1 and x2 are not two-dimensional, or have different shapes.

    Source: Bonadiman et al., Large Scale Question Paraphrase Retrieval with Smoothed Deep Metric Learning (2019).

    >>> from mxnet import gluon, nd
    >>> x = nd.array([[0, 0], [3, 4]])
    >>> print(gluon.loss.SDMLLoss()(x, x).asnumpy().round(2))
    [6.89 6.89]
    """

    def __init__(
        self, smoothing_parameter: float = 0.3, weight: float | None = 1.0, batch_axis: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(weight, batch_axis, **kwargs)
        self.kl_loss = KLDivLoss(from_logits=True)
        self.smoothing_parameter = smoothing_parameter

    def hybrid_forward(self, F: Any, x1: Any, x2: Any) -> Any:
        """The divergence of the smoothed truth from the distances."""
        if F is nd and (x1.ndim != 2 or x1.shape != x2.shape):
            raise ShapeError(
                "SDMLLoss: x1 does not fit x2",
                received=f"x1 {x1.shape}, x2 {x2.shape}",
                because="both are (batch, units): row i of x1 belongs to row i of x2",
            )
        difference = F.broadcast_sub(F.expand_dims(x1, axis=1), F.expand_dims(x2, axis=0))
        distances = F.sum(F.square(difference), axis=2)
        number = F.contrib.arange_like(distances, axis=0)
        own = F.broadcast_equal(F.expand_dims(number, axis=1), F.expand_dims(number, axis=0))
        share = self.smoothing_parameter / (F.sum(F.ones_like(number), axis=0) - 1)
        target = own * (1 - self.smoothing_parameter) + F.broadcast_mul(1 - own, share)
        return self.kl_loss(F.log_softmax(-distances, axis=1), target)
