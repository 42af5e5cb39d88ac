"""What all losses share: a weight, the axis of the examples, and the mean over the others."""

from __future__ import annotations

from typing import Any

from ... import ndarray as nd
from ...base import MXNetError, ShapeError, message, numeric_types
from ...tape import describe
from ..hybrid_block import HybridBlock

__all__ = ["Loss"]


class Loss(HybridBlock):
    """Base of all losses.

    Parameters
    ----------
    weight : factor on the loss; None for 1.
    batch_axis : the axis of the examples; the mean is taken over all others.

    Every loss is called as ``loss(pred, label)`` or ``loss(pred, label, sample_weight)``, where ``sample_weight``
    broadcasts to the elements' losses: ``(batch, 1)`` weighs the examples of a 2-d batch.
    """

    def __init__(self, weight: float | None, batch_axis: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._weight = weight
        self._batch_axis = batch_axis

    def __repr__(self) -> str:
        return f"{type(self).__name__}(batch_axis={self._batch_axis}, w={self._weight})"

    def hybrid_forward(self, F: Any, x: Any, *args: Any, **kwargs: Any) -> Any:
        """Compute the loss: what a class of your own overrides."""
        raise NotImplementedError(
            message(
                f"{type(self).__name__}.hybrid_forward is not written",
                hint="def hybrid_forward(self, F, ...)",
            )
        )

    def _explain(self, error: MXNetError, args: tuple[Any, ...]) -> None:
        super()._explain(error, args)
        caller, colon, rest = error.what.partition(":")
        if not colon:
            error.what = f"{type(self).__name__}: {error.what}"
        elif caller.startswith("_"):  # an operator that only this loss calls
            error.what = type(self).__name__ + colon + rest

    def _mean(self, F: Any, loss: Any) -> Any:
        """The mean of the elements of each example."""
        if F is nd and self._batch_axis == 0:
            shape = loss.shape
            if len(shape) == 1:
                return loss
            if loss.size == shape[0]:  # one element each
                return loss._view(loss._enter().view(-1))
        return F.mean(loss, axis=self._batch_axis, exclude=True)


def _apply_weighting(F: Any, loss: Any, weight: float | None = None, sample_weight: Any = None) -> Any:
    """Weigh the elements of a loss, each example by its own weight, then all by one number."""
    if sample_weight is not None:
        loss = F.broadcast_mul(loss, sample_weight)
    if weight is not None and _number(weight) != 1:
        loss = loss * weight
    return loss


def _number(weight: Any) -> Any:
    if not isinstance(weight, numeric_types):
        raise AssertionError(
            message(
                "weight must be a number",
                received=repr(weight),
                hint="loss(pred, label, sample_weight), for a weight for each example or element",
            )
        )
    return weight


def _reshape_like(F: Any, x: Any, y: Any) -> Any:
    """``x``, the labels usually, in the shape of ``y``; raises ``ShapeError`` for another number of elements."""
    if F is not nd:
        return F.reshape_like(x, y)
    if x.shape == y.shape:
        return x
    if x.size != y.size:
        classes = len(x.shape) == 1 and len(y.shape) == 2 and len(x) == len(y)
        raise ShapeError(
            "label does not fit pred",
            received=f"pred {describe(y)}, label {x.shape}",
            because=f"label has as many elements as pred: {y.size}, not {x.size}",
            hint=f"label.one_hot({y.shape[1]}) for numbers of classes" if classes else None,
        )
    return x.reshape(y.shape)
