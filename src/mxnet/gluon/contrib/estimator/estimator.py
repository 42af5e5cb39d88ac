"""The estimator: the loop over epochs and batches, which calls handlers at six events."""

from __future__ import annotations

import contextlib
import logging
import sys
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from ....base import integer_types, message
from ....context import Context, cpu, gpu, num_gpus
from ....metric import EvalMetric
from ...data import DataLoader
from ...loss import Loss as gluon_loss  # noqa: N813
from ...train_step import TrainStep
from ...trainer import Trainer
from .batch_processor import BatchProcessor, Processed
from .events import EVENTS, EventHandler, in_order
from .logs import LoggingHandler
from .position import Position
from .progress import ProgressHandler
from .stopping import StoppingHandler
from .updates import GradientUpdateHandler, MetricHandler, ValidationHandler
from .utils import TRAINING, VALIDATION, check_handler_metrics, default_metrics, metric_list, renamed_copies

__all__ = ["Estimator"]


class Estimator:
    """Trains and evaluates a network: the loop, without having to write it.

    ``fit`` goes over the data, and calls handlers when the training, an epoch or a batch begins or ends. Weights,
    metrics, validation and log lines are kept by handlers that it adds by itself; more of them stop early, write
    checkpoints, show progress, and so on.

    Parameters
    ----------
    net : the network.
    loss : a loss of `gluon.loss`.
    train_metrics : a metric, or a list; by default the mean loss, and the accuracy for `SoftmaxCrossEntropyLoss`.
        Their names get ``training`` in front.
    val_metrics : the same for validation; by default copies of the training metrics.
    initializer : for parameters that are not initialised yet; default ``Uniform(0.07)``.
    trainer : default SGD with learning rate 0.001, with a warning.
    context : context, or list of contexts that share each batch; by default those of an initialised network, else
        the first GPU if there is one, else the CPU.
    val_net, val_loss : what to validate with instead of ``net`` and ``loss``.
    batch_processor : how a batch is taken through the network; see `BatchProcessor`.
    evaluation_loss : an earlier name of ``val_loss``.

    Raises
    ------
    ValueError : an argument is of another kind.
    AssertionError : ``context`` is a GPU that is not there.

    >>> from mxnet import gluon
    >>> from mxnet.gluon.contrib.estimator import Estimator
    >>> x = nd.array([[0.0], [1.0], [2.0], [3.0]])
    >>> data = gluon.data.DataLoader(gluon.data.ArrayDataset(x, 2 * x + 1), batch_size=2)
    >>> net = gluon.nn.Dense(1)
    >>> net.initialize(init.Zero())
    >>> trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
    >>> estimator = Estimator(net, gluon.loss.L2Loss(), trainer=trainer)
    >>> estimator.fit(data, epochs=2)
    Training begin: using optimizer SGD with current learning rate 0.1000
    Train for 2 epochs.
    [Epoch 0] Begin, current learning rate: 0.1000
    [Epoch 0] Finished in ...s, training l2loss: 8.8216
    [Epoch 1] Begin, current learning rate: 0.1000
    [Epoch 1] Finished in ...s, training l2loss: 0.4654
    Train finished using total 0s with 2 epochs. training l2loss: 0.4654
    >>> estimator.train_metrics[0].name
    'training l2loss'
    """

    def __init__(
        self,
        net: Any,
        loss: Any,
        train_metrics: Any = None,
        val_metrics: Any = None,
        initializer: Any = None,
        trainer: Any = None,
        context: Any = None,
        val_net: Any = None,
        val_loss: Any = None,
        batch_processor: Any = None,
        evaluation_loss: Any = None,
    ) -> None:
        if not hasattr(net, "collect_params") or not callable(net):
            raise ValueError(
                message(
                    "Estimator: net is a block",
                    received=type(net).__name__,
                    hint="nn.Lambda(function) makes a block of a function",
                )
            )
        self.net = net
        self.loss = _checked_loss("loss", loss)
        self._train_metrics = metric_list(train_metrics) or default_metrics(loss)
        self._val_metrics = metric_list(val_metrics)
        for metric in self._train_metrics:
            metric.name = TRAINING + metric.name
        if self._val_metrics:
            for metric in self._val_metrics:
                metric.name = VALIDATION + metric.name
        else:
            self._val_metrics = renamed_copies(self._train_metrics, TRAINING.strip(), VALIDATION.strip())
        if val_loss is None:
            val_loss = evaluation_loss
        self.val_loss = self.loss if val_loss is None else _checked_loss("val_loss", val_loss)
        self.val_net = net if val_net is None else val_net
        self.logger = logging.Logger("Estimator", logging.INFO)
        self.logger.addHandler(logging.StreamHandler(sys.stdout))
        self.context = _checked_context(context, net)
        self._initialize(initializer)
        self.trainer = self._checked_trainer(trainer)
        self.batch_processor = _checked_processor(batch_processor)
        self.max_epoch: int | None = None
        self.max_batch: int | None = None
        self.batch_axis = 0
        self._step: TrainStep | None = None  # once a hybridized network is trained
        self._evaluating: Any = None  # the loader, while evaluate runs
        self._shows_progress = False
        self._position = Position(None)
        self._resumed: Any = None  # the checkpoint that a handler has found, until the loop is there

    @property
    def train_metrics(self) -> list[EvalMetric]:
        """The metrics of training."""
        return self._train_metrics

    @property
    def val_metrics(self) -> list[EvalMetric]:
        """The metrics of validation."""
        return self._val_metrics

    # ------------------------------------------------------------------ training

    def fit(
        self,
        train_data: Any,
        val_data: Any = None,
        epochs: int | None = None,
        event_handlers: Any = None,
        batches: int | None = None,
        batch_axis: int = 0,
    ) -> None:
        """Train for so many epochs, or so many batches.

        Parameters
        ----------
        train_data : a `DataLoader` of batches (data, labels).
        val_data : a `DataLoader` to evaluate after each epoch.
        epochs, batches : how long; one of the two.
        event_handlers : a handler, or several; those of one kind that ``fit`` would add by itself (for updates,
            training metrics, validation, the log) replace its own.
        batch_axis : the axis of the samples.

        Raises
        ------
        ValueError : ``epochs`` and ``batches`` are both given or both missing; something else than a `DataLoader`; a
            handler that is none, or refers to metrics that nobody updates.

        Differs from 1.9.1: the list of handlers stays as it is; loaders are checked before the first epoch.
        """
        _check_loader("train_data", train_data)
        if val_data is not None:
            _check_loader("val_data", val_data)
        self.max_epoch, self.max_batch = _checked_length(epochs, batches)
        self.batch_axis = batch_axis
        handlers = self._training_handlers(val_data, event_handlers)
        self._position = position = Position(train_data)
        self._resumed = None
        self._shows_progress = any(isinstance(each, ProgressHandler) for each in handlers)
        try:
            self._call("train_begin", handlers)
            over = self._resumed is not None and self._resumed.bring_back(self, handlers)
            while not over:
                over = self._fit_epoch(handlers, position)
            self._call("train_end", handlers)
        except BaseException:
            for handler in handlers:
                with contextlib.suppress(Exception):
                    handler.close()
            raise
        finally:
            self._resumed = None
            self._shows_progress = False

    def _fit_epoch(self, handlers: list[Any], position: Position) -> bool:
        """Train to the end of the epoch; True if it was the last one."""
        self._call("epoch_begin", handlers)
        left_already = self._resumed is not None and self._resumed.bring_back(self, handlers)
        if not left_already:
            before = position.batches
            batches: Any = position.batches_left()
            try:
                self._fit_batches(batches, handlers, position)
            finally:
                if hasattr(batches, "close"):  # workers of a loader that was left early
                    batches.close()
            if self.max_batch and position.batches == before == 0:
                raise ValueError(
                    message(
                        "Estimator.fit: train_data has no batches",
                        received=f"batches={self.max_batch}, a loader of length 0",
                        because="so many batches would never come",
                        hint="last_batch='keep' where there are fewer samples than batch_size",
                    )
                )
        position.end_epoch()
        return bool(self._call("epoch_end", handlers))

    def _fit_batches(self, batches: Iterator[Any], handlers: list[Any], position: Position) -> None:
        for batch in batches:
            self._call("batch_begin", handlers, batch=batch)
            _, label, pred, loss = _four(self.fit_batch(batch, self.batch_axis), "fit_batch")
            position.batch += 1
            position.batches += 1
            if self._call("batch_end", handlers, batch=batch, pred=pred, label=label, loss=loss):
                return

    def fit_batch(self, train_batch: Any, batch_axis: int = 0) -> Processed:
        """Compute predictions, losses and gradients of a batch, with the batch processor."""
        return self.batch_processor.fit_batch(self, train_batch, batch_axis)

    # ------------------------------------------------------------------ evaluation

    def evaluate(self, val_data: Any, batch_axis: int = 0, event_handlers: Any = None) -> None:
        """Evaluate the validation metrics on a `DataLoader`; read them from `val_metrics`.

        Handlers hear of epochs and batches, as in a training (but cannot end it).

        Raises ``ValueError`` for something else than a `DataLoader`, and for handlers as in `fit`.
        """
        _check_loader("val_data", val_data)
        handlers = self._validation_handlers(event_handlers)
        before, self._evaluating = self._evaluating, val_data
        try:
            self._call("epoch_begin", handlers)
            for batch in val_data:
                self._call("batch_begin", handlers, batch=batch)
                _, label, pred, loss = _four(self.evaluate_batch(batch, batch_axis), "evaluate_batch")
                self._call("batch_end", handlers, batch=batch, pred=pred, label=label, loss=loss)
            self._call("epoch_end", handlers)
        finally:
            self._evaluating = before

    def evaluate_batch(self, val_batch: Any, batch_axis: int = 0) -> Processed:
        """Compute predictions and losses of a batch, with the batch processor."""
        return self.batch_processor.evaluate_batch(self, val_batch, batch_axis)

    # ------------------------------------------------------------------ handlers

    def _call(self, event: str, handlers: Sequence[Any], **facts: Any) -> list[EventHandler]:
        """Tell the handlers of an event; returns those that want to stop."""
        kind = EVENTS[event]
        stops = [
            handler
            for handler in handlers
            if isinstance(handler, kind) and getattr(handler, event)(self, **facts)
        ]
        if event in ("batch_end", "epoch_end") and self._evaluating is None:
            # what one handler writes down has to hold what those after it did
            for handler in handlers:
                if hasattr(handler, "_event_over"):
                    handler._event_over(self, handlers, stops)
        return stops

    def _training_handlers(self, val_data: Any, given: Any) -> list[Any]:
        handlers = in_order(given)
        added: list[Any] = [StoppingHandler(self.max_epoch, self.max_batch)]
        if not _has(handlers, GradientUpdateHandler):
            added.append(GradientUpdateHandler())
        if not _has(handlers, MetricHandler):
            added.append(MetricHandler(self._train_metrics))
        if val_data is not None and not _has(handlers, ValidationHandler):
            added.append(ValidationHandler(val_data, self.evaluate))
        if not _has(handlers, LoggingHandler, ProgressHandler):
            added.append(LoggingHandler(metrics=self._train_metrics))
        known = self._train_metrics + self._val_metrics
        check_handler_metrics(handlers, known, "Estimator.fit")
        return in_order(handlers + added)

    def _validation_handlers(self, given: Any) -> list[Any]:
        handlers = in_order(given)
        added: list[Any] = []
        if not _has(handlers, MetricHandler):
            added.append(MetricHandler(self._val_metrics))
        if not _has(handlers, LoggingHandler, ProgressHandler) and not self._shows_progress:
            added.append(LoggingHandler(metrics=self._val_metrics))
        check_handler_metrics(handlers, self._val_metrics, "Estimator.evaluate")
        return in_order(handlers + added)

    # ------------------------------------------------------------------ arguments

    def _initialize(self, initializer: Any) -> None:
        parameters = self.net.collect_params().values()
        waiting = [p for p in parameters if p._data is None and not p._deferred_init]
        if waiting:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message=".*is already initialized")
                self.net.initialize(init=initializer, ctx=self.context)
        elif initializer is not None:
            warnings.warn(
                "Network already fully initialized, skipping initialization. You don't need to pass initializer if "
                "you already initialized your net. You can use net.initialize(init=your_initializer, "
                "force_reinit=True) to force re-initialize.",
                stacklevel=3,
            )

    def _checked_trainer(self, trainer: Any) -> Trainer:
        if trainer is None:
            warnings.warn(
                "No trainer specified, default SGD optimizer with learning rate 0.001 is used.", stacklevel=3
            )
            return Trainer(self.net.collect_params(), "sgd", {"learning_rate": 0.001})
        if not isinstance(trainer, Trainer):
            raise ValueError(
                message(
                    f"Trainer must be a Gluon Trainer instance, refer to gluon.Trainer:{trainer!r:.100}",
                    received=type(trainer).__name__,
                    hint="gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': 0.1})",
                )
            )
        return trainer


def _has(handlers: Sequence[Any], *kinds: type) -> bool:
    return any(isinstance(handler, kinds) for handler in handlers)


def _four(result: Any, method: str) -> Processed:
    if isinstance(result, (list, tuple)) and len(result) == 4:
        return result[0], result[1], result[2], result[3]
    raise ValueError(
        message(
            f"BatchProcessor.{method} returns data, labels, predictions and losses",
            received=f"{type(result).__name__} of {len(result)}"
            if isinstance(result, (list, tuple))
            else type(result).__name__,
            because="handlers are given labels, predictions and losses by these names",
            hint="return data, [label], [pred], [loss]",
        )
    )


def _checked_loss(name: str, loss: Any) -> gluon_loss:
    if isinstance(loss, gluon_loss):
        return loss
    made = isinstance(loss, type) and issubclass(loss, gluon_loss)
    raise ValueError(
        message(
            f"{name} must be a Loss, refer to gluon.loss.Loss:{loss!r:.100}",
            received=f"{name} is of type {type(loss).__name__}",
            hint=f"{loss.__name__}()"
            if made
            else "gluon.loss.SoftmaxCrossEntropyLoss(), or a class of your own "
            "that derives from gluon.loss.Loss",
        )
    )


def _checked_context(context: Any, net: Any) -> list[Context]:
    if context is None or (isinstance(context, list) and not context):
        for parameter in net.collect_params().values():
            if parameter._data is not None or parameter._deferred_init:
                return list(parameter.list_ctx())
        return [gpu(0)] if num_gpus() else [cpu()]
    contexts = [context] if isinstance(context, Context) else context
    if not isinstance(contexts, (list, tuple)) or not all(isinstance(each, Context) for each in contexts):
        raise ValueError(
            message(
                "context must be a Context or a list of Context, for example mx.cpu() or [mx.gpu(0), mx.gpu(1)], "
                f"refer to mxnet.Context:{context!r:.100}",
                received=type(context).__name__,
                hint="context=mx.cpu()",
            )
        )
    for each in contexts:
        if each.device_type == "gpu" and each.device_id >= num_gpus():
            raise AssertionError(
                message(
                    f"{each} is not available, please make sure your context is in one of: "
                    + ", ".join(["mx.cpu()", *(f"mx.gpu({i})" for i in range(num_gpus()))]),
                    received=f"context={context!r}",
                    because=f"this machine has {num_gpus()} GPUs that PyTorch can use",
                    hint="context=mx.cpu()",
                )
            )
    return list(contexts)


def _checked_processor(processor: Any) -> Any:
    if processor is None:
        return BatchProcessor()
    missing = [
        name for name in ("fit_batch", "evaluate_batch") if not callable(getattr(processor, name, None))
    ]
    if missing:
        raise ValueError(
            message(
                "Customized Batch Processor must contain fit_batch() and evaluate_batch() methods",
                received=f"{type(processor).__name__} without {' and '.join(missing)}",
                hint="class MyProcessor(BatchProcessor): ...",
            )
        )
    return processor


def _check_loader(name: str, loader: Any) -> None:
    if not isinstance(loader, DataLoader):
        raise ValueError(
            message(
                "Estimator only support input as Gluon DataLoader. Alternatively, you can transform your DataIter "
                "or any NDArray into Gluon DataLoader. Refer to gluon.data.DataLoader",
                received=f"{name} is of type {type(loader).__name__}",
                because="every epoch goes over the data again, which an iterator cannot",
                hint="gluon.data.DataLoader(gluon.data.ArrayDataset(x, y), batch_size=32, shuffle=True)",
            )
        )


def _checked_length(epochs: Any, batches: Any) -> tuple[int | None, int | None]:
    for name, value in (("epochs", epochs), ("batches", batches)):
        if value is not None and (
            not isinstance(value, integer_types) or isinstance(value, bool) or value < 0
        ):
            raise ValueError(
                message(
                    f"Estimator.fit: {name} is a whole number",
                    received=f"{name}={value!r}",
                    hint=f"{name}=10",
                )
            )
    if bool(epochs) == bool(batches):
        raise ValueError(
            message(
                "Fit only support exactly one type of iteration, train by number of epochs or number of batches. "
                "Please specify one and only one of: epochs or batches.",
                received=f"epochs={epochs!r}, batches={batches!r}",
                hint="estimator.fit(train_data, epochs=10)",
            )
        )
    return (int(epochs), None) if epochs else (None, int(batches))
