"""`FeedForward`, MXNet's first interface to training, on top of `mod.Module`."""

from __future__ import annotations

import logging
import time
import warnings
from typing import Any

import numpy as np

from . import io, metric
from .base import message
from .callback import LogValidationMetricsCallback
from .context import Context, current_context
from .initializer import Uniform
from .model import BatchEndParam, load_checkpoint, save_checkpoint
from .ndarray import NDArray

__all__ = ["FeedForward"]

_UNIFORM = Uniform(0.01)
_LOG = LogValidationMetricsCallback()


class FeedForward:
    """A network with ``fit``, ``predict`` and ``score`` over NumPy arrays. Deprecated: `mod.Module` came after it.

    Parameters
    ----------
    symbol : the network with its loss; or a function of a bucket's key that makes one.
    ctx : a context or several; the current one by default.
    num_epoch : epochs that `fit` trains.
    epoch_size : batches in an epoch; None for all that the iterator has.
    optimizer, kwargs : the optimiser and its options.
    initializer : for parameters that are not given.
    numpy_batch_size : rows in a batch of arrays.
    arg_params, aux_params : parameters to start from.
    allow_extra_params : whether ``arg_params`` may have names that the network does not; they are left out.
    begin_epoch : number of the first epoch.

    Raises
    ------
    TypeError : ``symbol`` is no symbol.

    >>> import warnings
    >>> x = mx.sym.var("data")
    >>> line = mx.sym.LinearRegressionOutput(mx.sym.FullyConnected(x, num_hidden=1, name="fc"), name="softmax")
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     model = mx.model.FeedForward(line, num_epoch=20, learning_rate=0.5, numpy_batch_size=4)
    >>> model.fit(np.array([[0.0], [1.0], [0.0], [1.0]]), np.array([1.0, 3.0, 1.0, 3.0]), eval_metric="mse")
    >>> model.predict(np.array([[0.5]])).shape
    (1, 1)
    """

    def __init__(
        self,
        symbol: Any,
        ctx: Context | list[Context] | None = None,
        num_epoch: int | None = None,
        epoch_size: int | None = None,
        optimizer: Any = "sgd",
        initializer: Any = _UNIFORM,
        numpy_batch_size: int = 128,
        arg_params: dict[str, NDArray] | None = None,
        aux_params: dict[str, NDArray] | None = None,
        allow_extra_params: bool = False,
        begin_epoch: int = 0,
        **kwargs: Any,
    ) -> None:
        from .symbol import Symbol

        warnings.warn(
            "mxnet.model.FeedForward has been deprecated. Please use mxnet.mod.Module instead.",
            DeprecationWarning,
            stacklevel=2,
        )
        if not isinstance(symbol, Symbol) and not callable(symbol):
            raise TypeError(
                message(
                    "FeedForward: takes a symbol",
                    received=repr(symbol)[:80],
                    hint="mx.sym.SoftmaxOutput(...)",
                )
            )
        self.symbol = symbol if isinstance(symbol, Symbol) else None
        self.sym_gen = None if isinstance(symbol, Symbol) else symbol
        self.ctx = [ctx or current_context()] if ctx is None or isinstance(ctx, Context) else list(ctx)
        self.num_epoch = num_epoch
        self.epoch_size = epoch_size
        self.optimizer = optimizer
        self.kwargs = kwargs
        self.initializer = initializer
        self.numpy_batch_size = numpy_batch_size
        self.arg_params = arg_params
        self.aux_params = aux_params
        self.allow_extra_params = allow_extra_params
        self.begin_epoch = begin_epoch

    # ------------------------------------------------------------------ training

    def fit(
        self,
        X: Any,
        y: Any = None,
        eval_data: Any = None,
        eval_metric: Any = "acc",
        epoch_end_callback: Any = None,
        batch_end_callback: Any = None,
        kvstore: Any = "local",
        logger: Any = None,
        work_load_list: Any = None,
        monitor: Any = None,
        eval_end_callback: Any = _LOG,
        eval_batch_end_callback: Any = None,
    ) -> None:
        """Train for ``num_epoch`` epochs.

        Parameters
        ----------
        X, y : an iterator; or rows and labels, which are shuffled.
        eval_data : an iterator or a pair of arrays, on which the metric is computed after each epoch.
        eval_metric : a metric, or what `metric.create` takes.
        epoch_end_callback, batch_end_callback, eval_end_callback, eval_batch_end_callback : one or a list.
        kvstore, work_load_list : see `mod.Module`.
        logger : where to log; the root logger by default.
        monitor : a `monitor.Monitor`.

        Raises
        ------
        ValueError : labels are missing, or there are not as many as rows.
        TypeError : the data are neither arrays nor an iterator.
        """
        from .module.base_module import as_list

        if self.num_epoch is None:
            raise TypeError(
                message("FeedForward.fit: num_epoch is missing", hint="FeedForward(symbol, num_epoch=10)")
            )
        logger = logger or logging
        data = self._iterator(X, y, is_train=True)
        eval_data = self._validation(eval_data)
        logger.info("Start training with %s", str(self.ctx))
        module = self._module(data, work_load_list, logger)
        module.bind(data.provide_data, data.provide_label)
        module.init_params(self.initializer, self.arg_params, self.aux_params, allow_missing=True)
        if monitor is not None:
            module.install_monitor(monitor)
        module.init_optimizer(kvstore, self.optimizer, self.kwargs)
        eval_metric = metric.create(eval_metric)
        data.reset()
        for epoch in range(self.begin_epoch, self.num_epoch):
            tic = time.time()
            eval_metric.reset()
            nbatch = 0
            while True:
                finished = self.epoch_size is not None and nbatch >= self.epoch_size
                data_batch = None if finished else next(data, None)
                if data_batch is None:
                    if finished:
                        break
                    logger.info("Epoch[%d] Resetting Data Iterator", epoch)
                    data.reset()
                    if self.epoch_size is None or nbatch == 0:
                        break
                    continue
                if monitor is not None:
                    monitor.tic()
                module.forward_backward(data_batch)
                module.update()
                if monitor is not None:
                    monitor.toc_print()
                module.update_metric(eval_metric, data_batch.label)
                nbatch += 1  # counted from 1 here, unlike by Module.fit
                for callback in as_list(batch_end_callback):
                    callback(BatchEndParam(epoch, nbatch, eval_metric, locals()))
            logger.info("Epoch[%d] Time cost=%.3f", epoch, time.time() - tic)
            self.arg_params, self.aux_params = module.get_params()
            for callback in as_list(epoch_end_callback):
                callback(epoch, module.symbol, self.arg_params, self.aux_params)
            if eval_data is not None:
                module.score(
                    eval_data,
                    eval_metric,
                    batch_end_callback=eval_batch_end_callback,
                    score_end_callback=eval_end_callback,
                    epoch=epoch,
                )
        self.arg_params, self.aux_params = module.get_params()

    def _module(self, data: Any, work_load_list: Any = None, logger: Any = logging) -> Any:
        """A module for the network with the names of the iterator."""
        from .module import BucketingModule, Module

        data_names = [each[0] for each in data.provide_data]
        if self.sym_gen is not None:
            make = self.sym_gen
            if not hasattr(data, "default_bucket_key"):
                raise AttributeError(
                    message(
                        "FeedForward: a function that makes networks needs data in buckets",
                        received=type(data).__name__,
                        hint="an iterator with default_bucket_key; or the symbol itself",
                    )
                )
            label_names = [each[0] for each in data.provide_label]
            return BucketingModule(
                lambda key: (make(key), data_names, label_names),
                data.default_bucket_key,
                logger,
                self.ctx,
                work_load_list,
            )
        assert self.symbol is not None
        known = self.symbol.list_arguments()
        label_names = [each[0] for each in data.provide_label or () if each[0] in known]
        return Module(self.symbol, data_names, label_names, logger, self.ctx, work_load_list)

    # ------------------------------------------------------------------ using

    def predict(
        self, X: Any, num_batch: int | None = None, return_data: bool = False, reset: bool = True
    ) -> Any:
        """The outputs for all rows, as NumPy arrays: one, or a list if the network has several outputs.

        Parameters
        ----------
        X : an iterator or rows.
        num_batch : only so many batches.
        return_data : whether to return data and labels, too: ``(outputs, data, labels)``.
        reset : whether an iterator begins afresh.
        """
        data = self._iterator(X, None, is_train=False)
        if reset:
            data.reset()
        module = self._predictor(data)
        outputs: list[list[Any]] = []
        inputs: list[list[Any]] = []
        labels: list[list[Any]] = []
        for results, _, batch in module.iter_predict(data, num_batch, reset=False):
            rows = batch.data[0].shape[0] - (batch.pad or 0)
            outputs.append([each.asnumpy() for each in results])
            if return_data:
                inputs.append([each[:rows].asnumpy() for each in batch.data])
                labels.append([each[:rows].asnumpy() for each in batch.label or ()])
        joined = _joined(outputs)
        return (joined, _joined(inputs), _joined(labels)) if return_data else joined

    def score(
        self,
        X: Any,
        eval_metric: Any = "acc",
        num_batch: int | None = None,
        batch_end_callback: Any = None,
        reset: bool = True,
    ) -> Any:
        """The value of a metric on an iterator; a list for several.

        Differs from 1.9.1: of rows without labels it is no value but an error.
        """
        if not hasattr(X, "provide_data"):
            raise TypeError(
                message(
                    "FeedForward.score: takes an iterator with labels",
                    received=type(X).__name__,
                    hint="mx.io.NDArrayIter(X, y, batch_size)",
                )
            )
        eval_metric = metric.create(eval_metric)
        module = self._predictor(X, with_labels=True)
        module.score(X, eval_metric, num_batch, batch_end_callback, reset=reset)
        return eval_metric.get()[1]

    def _predictor(self, data: Any, with_labels: bool = False) -> Any:
        if self.arg_params is None:
            raise AttributeError(
                message(
                    "FeedForward: there are no parameters yet",
                    hint="model.fit(X, y), or FeedForward.load(...)",
                )
            )
        module = self._module(data)
        module.bind(data.provide_data, data.provide_label if with_labels else None, for_training=False)
        module.init_params(None, self.arg_params, self.aux_params or {})
        return module

    # ------------------------------------------------------------------ files

    def save(self, prefix: Any, epoch: int | None = None, remove_amp_cast: bool = True) -> None:
        """Write the network; see `model.save_checkpoint`. ``epoch`` is ``num_epoch`` by default."""
        epoch = self.num_epoch if epoch is None else epoch
        if epoch is None:
            raise AssertionError(
                message("FeedForward.save: epoch is missing", hint="model.save(prefix, epoch=1)")
            )
        save_checkpoint(
            prefix, epoch, self.symbol, self.arg_params or {}, self.aux_params or {}, remove_amp_cast
        )

    @staticmethod
    def load(prefix: Any, epoch: int, ctx: Any = None, **kwargs: Any) -> FeedForward:
        """The network of a checkpoint; ``kwargs`` are those of the class."""
        symbol, arg_params, aux_params = load_checkpoint(prefix, epoch)
        return FeedForward(
            symbol, ctx=ctx, arg_params=arg_params, aux_params=aux_params, begin_epoch=epoch, **kwargs
        )

    @staticmethod
    def create(
        symbol: Any,
        X: Any,
        y: Any = None,
        ctx: Any = None,
        num_epoch: int | None = None,
        epoch_size: int | None = None,
        optimizer: Any = "sgd",
        initializer: Any = _UNIFORM,
        eval_data: Any = None,
        eval_metric: Any = "acc",
        epoch_end_callback: Any = None,
        batch_end_callback: Any = None,
        kvstore: Any = "local",
        logger: Any = None,
        work_load_list: Any = None,
        eval_end_callback: Any = _LOG,
        eval_batch_end_callback: Any = None,
        **kwargs: Any,
    ) -> FeedForward:
        """A network, trained: the class and `fit` in one call."""
        model = FeedForward(symbol, ctx, num_epoch, epoch_size, optimizer, initializer, **kwargs)
        model.fit(
            X,
            y,
            eval_data=eval_data,
            eval_metric=eval_metric,
            epoch_end_callback=epoch_end_callback,
            batch_end_callback=batch_end_callback,
            kvstore=kvstore,
            logger=logger,
            work_load_list=work_load_list,
            eval_end_callback=eval_end_callback,
            eval_batch_end_callback=eval_batch_end_callback,
        )
        return model

    # ------------------------------------------------------------------ data

    def _iterator(self, X: Any, y: Any, is_train: bool) -> Any:
        """An iterator over rows; iterators as they are."""
        if isinstance(X, io.DataIter) or hasattr(X, "provide_data"):
            return X
        if not isinstance(X, (np.ndarray, NDArray)):
            raise TypeError(
                message("X must be DataIter, NDArray or numpy.ndarray", received=type(X).__name__)
            )
        if y is None:
            if is_train:
                raise ValueError(
                    message("y must be specified when X is numpy.ndarray", hint="model.fit(X, y)")
                )
            y = np.zeros(X.shape[0])
        if not isinstance(y, (np.ndarray, NDArray)):
            raise TypeError(message("y must be ndarray when X is numpy.ndarray", received=type(y).__name__))
        if X.shape[0] != y.shape[0]:
            raise ValueError(
                message(
                    "The numbers of data points and labels not equal",
                    received=f"{X.shape[0]} and {y.shape[0]}",
                )
            )
        if y.ndim == 2 and y.shape[1] == 1:
            y = y.reshape((-1,))
        if y.ndim != 1:
            raise ValueError(
                message("Label must be 1D or 2D (with 2nd dimension being 1)", received=f"shape {y.shape}")
            )
        rows = min(X.shape[0], self.numpy_batch_size)
        if is_train:
            return io.NDArrayIter(X, y, rows, shuffle=True, last_batch_handle="roll_over")
        return io.NDArrayIter(X, y, rows, shuffle=False)

    def _validation(self, eval_data: Any) -> Any:
        if eval_data is None or hasattr(eval_data, "provide_data"):
            return eval_data
        if isinstance(eval_data, (tuple, list)) and len(eval_data) == 2:
            X, y = (np.asarray(each) if isinstance(each, list) else each for each in eval_data)
            if X is None:
                raise ValueError(message("Eval data is NONE"))
            return self._iterator(X, y, is_train=True)
        raise TypeError(
            message(
                "Eval data must be DataIter, or NDArray/numpy.ndarray/list pair (i.e. tuple/list of length 2)",
                received=type(eval_data).__name__,
                hint="eval_data=(X, y)",
            )
        )


def _joined(batches: list[list[Any]]) -> Any:
    """Batches of arrays one behind the other: one array, or a list of several."""
    joined = [np.concatenate(parts) for parts in zip(*batches, strict=True)]
    return joined[0] if len(joined) == 1 else joined
