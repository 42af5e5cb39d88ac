"""What is done with one batch: forward and backward in a training, forward in an evaluation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .... import autograd
from ....base import message
from ....context import Context
from ....ndarray import NDArray
from ...train_step import TrainStep
from ...utils import split_and_load

if TYPE_CHECKING:
    from .estimator import Estimator

__all__ = ["BatchProcessor"]

Processed = tuple[Any, Any, Any, Any]


def _whole_step(estimator: Estimator) -> TrainStep | None:
    """The network and the loss of an estimator as one step, if the network was hybridized."""
    net, loss = estimator.net, estimator.loss
    if not getattr(net, "_active", False):
        return None
    step: TrainStep | None = vars(estimator).get("_step")
    if step is None or step.net is not net or step.loss is not loss:
        step = estimator._step = TrainStep(net, loss)
    return step


class BatchProcessor:
    """Takes a batch ``(data, label, ...)`` through the network.

    For networks with several inputs, several losses, or another structure of batches, derive from it and give the
    result to `Estimator` as ``batch_processor``. Both methods return data, labels, predictions and losses: arrays,
    or lists with one array for each context.

    >>> from mxnet.gluon.contrib.estimator import BatchProcessor
    >>> class TwoInputs(BatchProcessor):
    ...     def fit_batch(self, estimator, train_batch, batch_axis=0):
    ...         (left, right), label = train_batch
    ...         with autograd.record():
    ...             pred = estimator.net(left, right)
    ...             loss = estimator.loss(pred, label)
    ...         loss.backward()
    ...         return (left, right), [label], [pred], [loss]
    """

    def fit_batch(self, estimator: Estimator, train_batch: Any, batch_axis: int = 0) -> Processed:
        """Compute predictions, losses and gradients of one batch; the weights stay as they are.

        A network that was hybridized is trained in whole steps, see `TrainStep`.

        Parameters
        ----------
        estimator : whose ``net`` and ``loss`` are used.
        train_batch : as the loader gave it: data first, labels second.
        batch_axis : the axis along which the batch is shared out among the contexts.

        Returns
        -------
        Data, labels, predictions and losses, each as a list with an array for each context.
        """
        data, label = self._get_data_and_label(train_batch, estimator.context, batch_axis)
        step = _whole_step(estimator)
        if step is not None and len(data) == 1:
            losses = step.gradients(data[0], label[0])
            return data, label, [step.outputs], [losses]
        with autograd.record():
            pred = [estimator.net(x) for x in data]
            loss = [estimator.loss(y_hat, y) for y_hat, y in zip(pred, label, strict=True)]
        autograd.backward(loss)
        return data, label, pred, loss

    def evaluate_batch(self, estimator: Estimator, val_batch: Any, batch_axis: int = 0) -> Processed:
        """Compute predictions and losses of one batch with ``val_net`` and ``val_loss``, in predict mode."""
        data, label = self._get_data_and_label(val_batch, estimator.context, batch_axis)
        pred = [estimator.val_net(x) for x in data]
        loss = [estimator.val_loss(y_hat, y) for y_hat, y in zip(pred, label, strict=True)]
        return data, label, pred, loss

    # private in 1.9.1, too, but what own processors call there
    def _get_data_and_label(
        self, batch: Any, ctx: list[Context], batch_axis: int = 0
    ) -> tuple[list[NDArray], list[NDArray]]:
        """Data and labels of a batch, shared out among the contexts."""
        if not isinstance(batch, (list, tuple)) or len(batch) < 2:
            raise ValueError(
                message(
                    "BatchProcessor: a batch is (data, label)",
                    received=f"an array of shape {batch.shape}"
                    if isinstance(batch, NDArray)
                    else f"{type(batch).__name__} {batch!r:.80}",
                    because="the loss compares predictions with labels",
                    hint="gluon.data.ArrayDataset(data, labels); for other batches, "
                    "Estimator(..., batch_processor=...) with fit_batch and evaluate_batch of your own",
                )
            )
        data, label = batch[0], batch[1]
        for what, each in (("data", data), ("labels", label)):
            if isinstance(each, (list, tuple, dict)):
                raise ValueError(
                    message(
                        f"BatchProcessor: the {what} of a batch are one array",
                        received=f"{type(each).__name__} of {len(each)}",
                        because="networks of several inputs are called in a way of their own",
                        hint="Estimator(..., batch_processor=...) with fit_batch and evaluate_batch of your own",
                    )
                )
        return split_and_load(data, ctx, batch_axis), split_and_load(label, ctx, batch_axis)
