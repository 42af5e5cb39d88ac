"""Linear regression, and the training of classifiers: models, losses, steps and measures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

import mxnet as mx
from mxnet import autograd, nd
from mxnet.base import message
from mxnet.context import Context

if TYPE_CHECKING:
    from mxnet.ndarray import NDArray

__all__ = ["evaluate_accuracy", "linreg", "sgd", "squared_loss", "train", "train_ch3", "train_ch5"]


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
    contexts = _contexts(ctx)
    # One counter a device, read once at the end: an accelerator never waits for the next batch to be asked for.
    correct = [nd.zeros(1, ctx=each) for each in contexts]
    count = 0
    for batch in _pass_over(data_iter):
        for k, (X, y) in enumerate(_parts(batch, contexts)):
            if y.size == 0:  # fewer examples than devices
                continue
            correct[k] += (net(X).argmax(axis=1) == y.astype("float32")).sum()
            count += y.size
    if count == 0:
        raise ValueError(
            message(
                "evaluate_accuracy: no example to measure",
                because="data_iter gave no batch",
                hint="a generator gives its batches once; make a new one for every pass",
            )
        )
    return _sum(correct) / count


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


def train_ch5(
    net: Callable[[NDArray], NDArray],
    train_iter: Iterable[Any],
    test_iter: Iterable[Any],
    batch_size: int,
    trainer: Any,
    ctx: Context,
    num_epochs: int,
) -> None:
    """Train a classifier on one device with softmax cross-entropy; print loss, accuracies and time of each epoch.

    Parameters
    ----------
    net : a block, whose parameters are on ``ctx``.
    train_iter, test_iter : give batches ``(X, y)`` on every pass.
    batch_size : what a step divides the gradient by.
    trainer : a ``gluon.Trainer`` of the parameters of ``net``.
    ctx : the device; `try_gpu` finds one.
    num_epochs : passes over the training data.

    Raises
    ------
    ValueError : ``train_iter`` gives no batch.
    """
    from mxnet.gluon.loss import SoftmaxCrossEntropyLoss

    print("training on", ctx)
    loss = SoftmaxCrossEntropyLoss()
    _train(net, train_iter, test_iter, loss, trainer, _contexts(ctx), num_epochs, batch_size)


def train(
    train_iter: Iterable[Any],
    test_iter: Iterable[Any],
    net: Callable[[NDArray], NDArray],
    loss: Callable[[NDArray, NDArray], NDArray],
    trainer: Any,
    ctx: Context | Sequence[Context],
    num_epochs: int,
) -> None:
    """Train on one or several devices; print loss, accuracies and time of each epoch.

    Every batch is divided among the devices. Each computes the gradients of its part, and the trainer adds them up.

    Parameters
    ----------
    train_iter, test_iter : give batches on every pass: ``(X, y)``, or those of ``mx.io``.
    net : a block, whose parameters are on all of the devices.
    loss : ``loss(y_hat, y)``, the loss of each example.
    trainer : a ``gluon.Trainer`` of the parameters of ``net``.
    ctx : the devices, a list; or one.
    num_epochs : passes over the training data.

    Raises
    ------
    ValueError : ``train_iter`` gives no batch.
    """
    print("training on", ctx)
    _train(net, train_iter, test_iter, loss, trainer, _contexts(ctx), num_epochs, None)


def _train(
    net: Callable[[NDArray], NDArray],
    train_iter: Iterable[Any],
    test_iter: Iterable[Any],
    loss: Callable[[NDArray, NDArray], NDArray],
    trainer: Any,
    contexts: list[Context],
    num_epochs: int,
    batch_size: int | None,
) -> None:
    """Train; a step divides the gradient by ``batch_size``, or by the number of examples that came where it is None."""
    for epoch in range(1, num_epochs + 1):
        start = perf_counter()
        # Added up where they are computed and read once an epoch, so that no device waits for the program.
        losses, correct = ([nd.zeros(1, ctx=each) for each in contexts] for _ in range(2))
        num_losses, num_labels = 0, 0
        for batch in _pass_over(train_iter):
            parts = _parts(batch, contexts)
            _require_work_for_all(parts)
            with autograd.record():
                y_hats = [net(X) for X, _ in parts]
                ls = [loss(y_hat, y) for y_hat, (_, y) in zip(y_hats, parts, strict=True)]
            autograd.backward(ls)
            trainer.step(batch_size or sum(len(X) for X, _ in parts))
            for k, (y_hat, loss_of_part, (_, y)) in enumerate(zip(y_hats, ls, parts, strict=True)):
                losses[k] += loss_of_part.sum()
                correct[k] += (y_hat.argmax(axis=1) == y.astype("float32")).sum()
                num_losses += loss_of_part.size
                num_labels += y.size
        if num_labels == 0:
            raise ValueError(
                message(
                    "train: there is nothing to train on",
                    because="train_iter gave no batch",
                    hint="a generator gives its batches once; make a new one for every pass",
                )
            )
        print(
            f"epoch {epoch}, loss {_sum(losses) / num_losses:.4f}, "
            f"train acc {_sum(correct) / num_labels:.3f}, "
            f"test acc {evaluate_accuracy(test_iter, net, contexts):.3f}, "
            f"time {perf_counter() - start:.1f} sec"
        )


def _contexts(ctx: Context | Sequence[Context] | None) -> list[Context]:
    return [mx.cpu()] if ctx is None else [ctx] if isinstance(ctx, Context) else list(ctx)


def _pass_over(batches: Iterable[Any]) -> Iterable[Any]:
    """The batches from the first one on; the iterators of ``mx.io`` stay at their end until they are reset."""
    if callable(reset := getattr(batches, "reset", None)):
        reset()
    return batches


def _parts(batch: Any, contexts: Sequence[Context]) -> list[tuple[NDArray, NDArray]]:
    """Divide a batch, a pair or one of ``mx.io``, among devices as evenly as possible."""
    pair = (batch.data[0], batch.label[0]) if hasattr(batch, "label") else batch
    if not isinstance(pair, (list, tuple)) or len(pair) != 2:
        raise ValueError(
            message(
                "d2lzh: a batch is a pair of examples and labels",
                received=f"{type(pair).__name__}"
                + (f" of {len(pair)}" if isinstance(pair, (list, tuple)) else ""),
                hint="gluon.data.DataLoader(gluon.data.ArrayDataset(X, y), batch_size)",
            )
        )
    X, y = pair
    if y.dtype != X.dtype and np.issubdtype(X.dtype, np.floating):
        y = y.astype(X.dtype)  # losses refuse to mix types
    if len(contexts) == 1:
        return [(X.as_in_context(contexts[0]), y.as_in_context(contexts[0]))]
    from mxnet.gluon.utils import split_and_load

    X_parts, y_parts = (split_and_load(each, contexts, even_split=False) for each in (X, y))
    return list(zip(X_parts, y_parts, strict=True))


def _get_batch(batch: Any, ctx: Sequence[Context]) -> tuple[list[NDArray], list[NDArray], int]:
    """Divide a batch among devices: the parts of X, those of y, and the number of examples in all."""
    X_parts, y_parts = map(list, zip(*_parts(batch, ctx), strict=True))
    return X_parts, y_parts, sum(len(X) for X in X_parts)


def _require_work_for_all(parts: Sequence[tuple[NDArray, NDArray]]) -> None:
    if all(len(X) for X, _ in parts):
        return
    count = sum(len(X) for X, _ in parts)
    raise ValueError(
        message(
            "train: a batch has fewer examples than there are devices",
            received=f"{count} examples, {len(parts)} devices",
            because="a device without an example has no gradient to add",
            hint="last_batch='discard' or 'rollover' for the DataLoader, or fewer devices",
        )
    )


def _sum(counters: Sequence[NDArray]) -> float:
    return sum(float(each.asscalar()) for each in counters)
