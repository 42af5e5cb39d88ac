"""Linear regression, and the training of classifiers: models, losses, steps and measures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import mxnet as mx
from mxnet import autograd, nd
from mxnet.base import message
from mxnet.context import Context

if TYPE_CHECKING:
    from mxnet.ndarray import NDArray

__all__ = ["evaluate_accuracy", "linreg", "sgd", "squared_loss", "train_ch3"]


def linreg(X: NDArray, w: NDArray, b: NDArray) -> NDArray:
    """Linear regression: ``y = X w + b``.

    Shapes: X ``(batch, features)``, w ``(features, 1)``, b ``(1,)``; y ``(batch, 1)``.

    >>> linreg(nd.ones((2, 3)), nd.ones((3, 1)), nd.array([0.5])).asnumpy().tolist()
    [[3.5], [3.5]]
    """
    return nd.dot(X, w) + b


def squared_loss(y_hat: NDArray, y: NDArray) -> NDArray:
    """Half the squared error of each example: ``(y_hat - y)^2 / 2``.

    Shapes: y_hat ``(batch, 1)``, y ``(batch,)`` or ``(batch, 1)``; the loss is shaped like y_hat. Without the reshape,
    ``(batch, 1) - (batch,)`` would broadcast to a table of every prediction against every label.

    >>> squared_loss(nd.array([[1], [3]]), nd.array([0, 3])).asnumpy().tolist()
    [[0.5], [0.0]]
    """
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


def sgd(params: Iterable[NDArray], lr: float, batch_size: int) -> None:
    """Take one step of stochastic gradient descent, in place: ``p <- p - lr * p.grad / batch_size``.

    The gradients are those of a sum over the batch; dividing by its size makes the step independent of it.

    >>> w = nd.array([2.0])
    >>> w.attach_grad()
    >>> with autograd.record():
    ...     loss = w * w
    >>> loss.backward()
    >>> sgd([w], lr=0.1, batch_size=1)
    >>> round(w.asscalar().item(), 3)
    1.6
    """
    for param in params:
        param[:] = param - lr * param.grad / batch_size  # type: ignore[operator]


def evaluate_accuracy(
    data_iter: Iterable[Any],
    net: Callable[[NDArray], NDArray],
    ctx: Context | Sequence[Context] | None = None,
) -> float:
    """Return the share of examples whose highest score is at their label.

    Shapes: of a batch X ``(batch, *)``, y ``(batch,)``; ``net(X)`` is ``(batch, classes)``.

    Parameters
    ----------
    data_iter : gives batches ``(X, y)``.
    net : a block, or any function of X.
    ctx : the device or devices to compute on; ``mx.cpu()`` unless given.

    Raises
    ------
    ValueError : there is no example.

    >>> evaluate_accuracy([(nd.array([[2, 1], [1, 2]]), nd.array([0, 0]))], lambda X: X)
    0.5
    """
    contexts = [mx.cpu()] if ctx is None else [ctx] if isinstance(ctx, Context) else list(ctx)
    # One counter a device, read once at the end: an accelerator never waits for the next batch to be asked for.
    correct = [nd.zeros(1, ctx=each) for each in contexts]
    count = 0
    for batch in data_iter:
        X, y = _features_and_labels(batch)
        count += y.size
        for k, (X_part, y_part) in enumerate(_split(X, y, contexts)):
            correct[k] += (net(X_part).argmax(axis=1) == y_part.astype("float32")).sum()
    if count == 0:
        raise ValueError(
            message(
                "evaluate_accuracy: no example to measure",
                because="data_iter gave no batch",
                hint="a generator gives its batches once; make a new one for every pass",
            )
        )
    return sum(float(each.asscalar()) for each in correct) / count


def train_ch3(
    net: Callable[[NDArray], NDArray],
    train_iter: Iterable[Any],
    test_iter: Iterable[Any],
    loss: Callable[[NDArray, NDArray], NDArray],
    num_epochs: int,
    batch_size: int,
    params: Sequence[NDArray] | None = None,
    lr: float | None = None,
    trainer: Any = None,
) -> None:
    """Train a classifier and print loss and accuracies after each pass over the data.

    Parameters
    ----------
    net : a block, or any function from X to the scores of the classes.
    train_iter, test_iter : give batches ``(X, y)`` on every pass.
    loss : ``loss(y_hat, y)``, the loss of each example.
    num_epochs : passes over the training data.
    batch_size : what a step divides the gradient by.
    params, lr : parameters with gradients attached and a learning rate, for `sgd`.
    trainer : a ``gluon.Trainer``, instead of these two.

    Raises
    ------
    ValueError : neither a trainer nor ``params`` and ``lr``.
    """
    if trainer is None and (params is None or lr is None):
        raise ValueError(
            message(
                "train_ch3: nothing to update the parameters with",
                received=f"params={'given' if params is not None else None}, lr={lr}, trainer=None",
                hint="params=[W, b], lr=0.1, or trainer=gluon.Trainer(net.collect_params(), 'sgd', ...)",
            )
        )
    for epoch in range(1, num_epochs + 1):
        loss_sum, correct, count = 0.0, 0.0, 0
        for X, y in train_iter:
            with autograd.record():
                y_hat = net(X)
                batch_loss = loss(y_hat, y).sum()
            batch_loss.backward()
            if trainer is None:
                assert params is not None
                assert lr is not None
                sgd(params, lr, batch_size)
            else:
                trainer.step(batch_size)
            loss_sum += batch_loss.asscalar()
            correct += (y_hat.argmax(axis=1) == y.astype("float32")).sum().asscalar()
            count += y.size
        test_acc = evaluate_accuracy(test_iter, net)
        print(
            f"epoch {epoch}, loss {loss_sum / count:.4f}, "
            f"train acc {correct / count:.3f}, test acc {test_acc:.3f}"
        )


def _features_and_labels(batch: Any) -> tuple[NDArray, NDArray]:
    """Take a pair, or a batch as the iterators of ``mx.io`` give it."""
    if hasattr(batch, "label"):
        return batch.data[0], batch.label[0]
    X, y = batch
    return X, y


def _split(X: NDArray, y: NDArray, contexts: list[Context]) -> Iterable[tuple[NDArray, NDArray]]:
    if len(contexts) == 1:
        return [(X.as_in_context(contexts[0]), y.as_in_context(contexts[0]))]
    from mxnet.gluon.utils import split_and_load

    even = {"even_split": False}
    return zip(split_and_load(X, contexts, **even), split_and_load(y, contexts, **even), strict=True)
