"""What all modules share: loops that train, score and predict, and what stands in the way of a call too early."""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from .. import metric
from .. import ndarray as nd
from .._surface import module_getattr as _module_getattr
from ..base import message
from ..initializer import Uniform
from ..io import DataBatch
from ..model import Arrays, BatchEndParam, named_by_kind, read_params
from ..ndarray import NDArray
from .descriptions import arrays_of

__all__ = ["BaseModule"]

__getattr__ = _module_getattr(__name__)
UNIFORM = Uniform(0.01)
SGD = (("learning_rate", 0.01),)


class BaseModule:
    """Base of all modules: a network with data shapes (`bind`), parameters (`init_params`) and an optimiser.

    ``bind``, ``init_params`` and ``init_optimizer`` come first; then ``forward``, ``backward`` and ``update`` batch by
    batch. `fit` does all of it. A module of your own overrides those that raise `NotImplementedError` here.

    Parameters
    ----------
    logger : where to log: the module ``logging``, or a logger.

    Attributes
    ----------
    binded, params_initialized, optimizer_initialized : how far it is.
    for_training, inputs_need_grad : as `bind` was told.
    symbol : the graph; None where there is none.
    """

    def __init__(self, logger: Any = logging) -> None:
        self.logger = logger
        self.binded = False
        self.for_training = False
        self.inputs_need_grad = False
        self.params_initialized = False
        self.optimizer_initialized = False
        self._symbol: Any = None

    # ------------------------------------------------------------------ loops

    def forward_backward(self, data_batch: Any) -> None:
        """`forward` in training mode, then `backward`."""
        self.forward(data_batch, is_train=True)
        self.backward()

    def fit(
        self,
        train_data: Any,
        eval_data: Any = None,
        eval_metric: Any = "acc",
        epoch_end_callback: Any = None,
        batch_end_callback: Any = None,
        kvstore: Any = "local",
        optimizer: Any = "sgd",
        optimizer_params: Any = SGD,
        eval_end_callback: Any = None,
        eval_batch_end_callback: Any = None,
        initializer: Any = UNIFORM,
        arg_params: Arrays | None = None,
        aux_params: Arrays | None = None,
        allow_missing: bool = False,
        force_rebind: bool = False,
        force_init: bool = False,
        begin_epoch: int = 0,
        num_epoch: int | None = None,
        validation_metric: Any = None,
        monitor: Any = None,
        sparse_row_id_fn: Any = None,
    ) -> None:
        """Train for the epochs ``begin_epoch`` to ``num_epoch - 1``; log metrics and time of each.

        Parameters
        ----------
        train_data : an iterator over batches.
        eval_data : an iterator on which `score` computes ``validation_metric`` after each epoch.
        eval_metric, validation_metric : what `metric.create` takes; the second is the first by default.
        epoch_end_callback : called with epoch, symbol and parameters; one or a list. See `mxnet.callback`.
        batch_end_callback, eval_end_callback, eval_batch_end_callback : called with a `model.BatchEndParam`.
        kvstore, optimizer, optimizer_params : see `Module.init_optimizer`.
        initializer, arg_params, aux_params, allow_missing, force_init : see `Module.init_params`.
        force_rebind : whether to bind again if that is done already.
        monitor : a `monitor.Monitor`.
        sparse_row_id_fn : accepted; arrays are dense.

        Raises
        ------
        AssertionError : ``num_epoch`` is missing.
        ValueError : ``train_data`` has no batches.

        Differs from 1.9.1: an iterator that is at its end is reset first.
        """
        if num_epoch is None:
            raise AssertionError(message("please specify number of epochs", hint="num_epoch=10"))
        _require_iterator("fit", "train_data", train_data)
        if eval_data is not None:
            _require_iterator("fit", "eval_data", eval_data)
        for name, callbacks in (
            ("epoch_end_callback", epoch_end_callback),
            ("batch_end_callback", batch_end_callback),
        ):
            _require_callable(name, callbacks)
        eval_metric = metric.create(eval_metric)
        self.bind(
            train_data.provide_data, train_data.provide_label, for_training=True, force_rebind=force_rebind
        )
        if monitor is not None:
            self.install_monitor(monitor)
        self.init_params(initializer, arg_params, aux_params, allow_missing, force_init)
        self.init_optimizer(kvstore, optimizer, optimizer_params)
        if validation_metric is None:
            validation_metric = eval_metric
        for epoch in range(begin_epoch, num_epoch):
            tic = time.time()
            eval_metric.reset()
            nbatch = 0
            data_iter, next_data_batch = _begun(train_data)
            end_of_batch = False
            eval_name_vals = []
            while not end_of_batch:
                data_batch = next_data_batch
                if monitor is not None:
                    monitor.tic()
                self.forward_backward(data_batch)
                self.update()
                self._update_metric_of(eval_metric, data_batch)
                # One batch ahead: the values of the epoch are read before a callback resets the metric.
                next_data_batch = next(data_iter, None)
                end_of_batch = next_data_batch is None
                if end_of_batch:
                    eval_name_vals = eval_metric.get_global_name_value()
                else:
                    self.prepare(next_data_batch, sparse_row_id_fn)
                if monitor is not None:
                    monitor.toc_print()
                for callback in as_list(batch_end_callback):
                    callback(BatchEndParam(epoch, nbatch, eval_metric, locals()))
                nbatch += 1
            for name, value in eval_name_vals:
                self.logger.info("Epoch[%d] Train-%s=%f", epoch, name, value)
            self.logger.info("Epoch[%d] Time cost=%.3f", epoch, time.time() - tic)
            arg_params, aux_params = self.get_params()
            self.set_params(arg_params, aux_params)
            for callback in as_list(epoch_end_callback):
                callback(epoch, self.symbol, arg_params, aux_params)
            if eval_data is not None:
                found = self.score(
                    eval_data,
                    validation_metric,
                    batch_end_callback=eval_batch_end_callback,
                    score_end_callback=eval_end_callback,
                    epoch=epoch,
                    sparse_row_id_fn=sparse_row_id_fn,
                )
                for name, value in found:
                    self.logger.info("Epoch[%d] Validation-%s=%f", epoch, name, value)
            train_data.reset()

    def score(
        self,
        eval_data: Any,
        eval_metric: Any,
        num_batch: int | None = None,
        batch_end_callback: Any = None,
        score_end_callback: Any = None,
        reset: bool = True,
        epoch: int = 0,
        sparse_row_id_fn: Any = None,
    ) -> list[tuple[str, Any]]:
        """Names and values of a metric on an iterator.

        Parameters
        ----------
        eval_data : an iterator over batches.
        eval_metric : what `metric.create` takes.
        num_batch : only so many batches.
        batch_end_callback, score_end_callback : called with a `model.BatchEndParam`; one or a list.
        reset : whether the iterator begins afresh.
        epoch : what callbacks are told.
        sparse_row_id_fn : accepted; arrays are dense.

        Differs from 1.9.1: a callback that resets the metric as it goes does not change what is returned, and with
        ``num_batch`` no batch more is taken from the iterator.
        """
        self._require("score", params=True)
        _require_iterator("score", "eval_data", eval_data)
        eval_metric = metric.create(eval_metric)
        if reset:
            eval_data.reset()
        eval_metric.reset()
        actual_num_batch = 0
        for nbatch, eval_batch in enumerate(islice(eval_data, num_batch)):
            self.prepare(eval_batch, sparse_row_id_fn)
            self.forward(eval_batch, is_train=False)
            self._update_metric_of(eval_metric, eval_batch)
            for callback in as_list(batch_end_callback):
                callback(BatchEndParam(epoch, nbatch, eval_metric, locals()))
            actual_num_batch += 1
        for callback in as_list(score_end_callback):
            callback(BatchEndParam(epoch, actual_num_batch, eval_metric, locals()))
        found: list[tuple[str, Any]] = eval_metric.get_global_name_value()
        return found

    def _update_metric_of(self, eval_metric: Any, data_batch: Any) -> None:
        """`update_metric` with the labels of a batch, or of the parts of one that is cut already."""
        if isinstance(data_batch, list):
            self.update_metric(eval_metric, [each.label for each in data_batch], pre_sliced=True)
        else:
            self.update_metric(eval_metric, arrays_of(data_batch, "label"))

    def iter_predict(
        self, eval_data: Any, num_batch: int | None = None, reset: bool = True, sparse_row_id_fn: Any = None
    ) -> Iterator[tuple[list[NDArray], int, Any]]:
        """Predict batch by batch: yields outputs without the rows that only fill the batch, its number, the batch.

        Parameters
        ----------
        eval_data : an iterator over batches.
        num_batch : only so many batches.
        reset : whether the iterator begins afresh.
        sparse_row_id_fn : accepted; arrays are dense.
        """
        self._require("iter_predict", params=True)
        _require_iterator("iter_predict", "eval_data", eval_data)
        if reset:
            eval_data.reset()
        for nbatch, eval_batch in enumerate(islice(eval_data, num_batch)):
            self.prepare(eval_batch, sparse_row_id_fn)
            self.forward(eval_batch, is_train=False)
            pad = getattr(eval_batch, "pad", None) or 0
            yield (
                [each[: each.shape[0] - pad] if pad else each for each in self.get_outputs()],
                nbatch,
                eval_batch,
            )

    def predict(
        self,
        eval_data: Any,
        num_batch: int | None = None,
        merge_batches: bool = True,
        reset: bool = True,
        always_output_list: bool = False,
        sparse_row_id_fn: Any = None,
    ) -> Any:
        """The outputs for all rows.

        Parameters
        ----------
        eval_data : an iterator over batches, or one array of rows.
        num_batch : only so many batches.
        merge_batches : join the batches; otherwise there is a list of outputs for each.
        reset : whether the iterator begins afresh.
        always_output_list : a list also if there is one output.
        sparse_row_id_fn : accepted; arrays are dense.

        Returns
        -------
        The output; a list where there are several.

        Raises
        ------
        ValueError : ``eval_data`` is neither an array nor an iterator.
        AssertionError : batches cannot be joined, since they have different numbers of outputs.
        """
        self._require("predict", params=True)
        if isinstance(eval_data, (NDArray, np.ndarray)):
            rows = eval_data if isinstance(eval_data, NDArray) else nd.array(eval_data)
            self.forward(DataBatch([rows]), is_train=False)
            return self.get_outputs()[0]
        if not _is_iterator(eval_data):
            raise ValueError(
                message("eval_data must be of type NDArray or DataIter", received=type(eval_data).__name__)
            )
        batches = [outputs for outputs, _, _ in self.iter_predict(eval_data, num_batch, reset)]
        if not batches or not merge_batches:
            return batches
        if len({len(outputs) for outputs in batches}) > 1:
            raise AssertionError(
                message(
                    "Cannot merge batches, as num of outputs is not the same in mini-batches.",
                    received=", ".join(str(len(outputs)) for outputs in batches[:10]) + " outputs",
                    because="each bucket may have outputs of its own",
                    hint="merge_batches=False",
                )
            )
        merged = [
            parts[0] if len(parts) == 1 else nd.concat(*parts, dim=0) for parts in zip(*batches, strict=True)
        ]
        return merged if always_output_list or len(merged) > 1 else merged[0]

    # ------------------------------------------------------------------ parameters and states

    def get_params(self) -> tuple[Arrays, Arrays]:
        """The parameters and the auxiliary states by name, on the CPU; arrays that the next call fills anew."""
        raise self._not_written("get_params")

    def init_params(
        self,
        initializer: Any = UNIFORM,
        arg_params: Arrays | None = None,
        aux_params: Arrays | None = None,
        allow_missing: bool = False,
        force_init: bool = False,
        allow_extra: bool = False,
    ) -> None:
        """Give the parameters their first values; see `Module.init_params`."""
        raise self._not_written("init_params")

    def set_params(
        self,
        arg_params: Arrays | None,
        aux_params: Arrays | None,
        allow_missing: bool = False,
        force_init: bool = True,
        allow_extra: bool = False,
    ) -> None:
        """Give the parameters other values; see `Module.set_params`."""
        self.init_params(None, arg_params, aux_params, allow_missing, force_init, allow_extra)

    def save_params(self, fname: Any) -> None:
        """Write the parameters to a file; whole or not at all. The real MXNet reads it."""
        nd.save(fname, named_by_kind("save_params", *self.get_params()))

    def load_params(self, fname: Any) -> None:
        """Take the parameters from a file that `save_params` or `model.save_checkpoint` wrote.

        Raises
        ------
        MXNetError : there is no such file, or it is damaged.
        ValueError : it holds other things.
        """
        self.set_params(*read_params(fname))

    def get_states(self, merge_multi_context: bool = True) -> list[Any]:
        """The arrays of ``state_names``, a list for each; none where a module has no states."""
        self._require("get_states", params=True)
        return []

    def set_states(self, states: Any = None, value: float | None = None) -> None:
        """Set the arrays of ``state_names``, to arrays or to a number."""
        self._require("set_states", params=True)

    # ------------------------------------------------------------------ what a module is

    @property
    def data_names(self) -> Any:
        """The names of the data."""
        raise self._not_written("data_names")

    @property
    def output_names(self) -> Any:
        """The names of the outputs."""
        raise self._not_written("output_names")

    @property
    def data_shapes(self) -> Any:
        """Descriptions of the data."""
        raise self._not_written("data_shapes")

    @property
    def label_shapes(self) -> Any:
        """Descriptions of the labels; None where there are none."""
        raise self._not_written("label_shapes")

    @property
    def output_shapes(self) -> Any:
        """Names and shapes of the outputs."""
        raise self._not_written("output_shapes")

    @property
    def symbol(self) -> Any:
        """The graph; None where there is none."""
        return self._symbol

    # ------------------------------------------------------------------ what a module does

    def bind(
        self,
        data_shapes: Any,
        label_shapes: Any = None,
        for_training: bool = True,
        inputs_need_grad: bool = False,
        force_rebind: bool = False,
        shared_module: Any = None,
        grad_req: Any = "write",
    ) -> None:
        """Make the arrays for batches of these shapes; see `Module.bind`."""
        raise self._not_written("bind")

    def init_optimizer(
        self,
        kvstore: Any = "local",
        optimizer: Any = "sgd",
        optimizer_params: Any = SGD,
        force_init: bool = False,
    ) -> None:
        """Choose how parameters are updated; see `Module.init_optimizer`."""
        raise self._not_written("init_optimizer")

    def prepare(self, data_batch: Any, sparse_row_id_fn: Any = None) -> None:
        """Get ready for a batch that comes next; nothing to do for most modules."""

    def forward(self, data_batch: Any, is_train: bool | None = None) -> None:
        """Compute the outputs; see `Module.forward`."""
        raise self._not_written("forward")

    def backward(self, out_grads: Any = None) -> None:
        """Compute the gradients; see `Module.backward`."""
        raise self._not_written("backward")

    def get_outputs(self, merge_multi_context: bool = True) -> list[Any]:
        """The outputs of the last `forward`; see `Module.get_outputs`."""
        raise self._not_written("get_outputs")

    def get_input_grads(self, merge_multi_context: bool = True) -> list[Any]:
        """The gradients of the data; see `Module.get_input_grads`."""
        raise self._not_written("get_input_grads")

    def update(self) -> None:
        """Update the parameters by the gradients of the last `backward`."""
        raise self._not_written("update")

    def update_metric(self, eval_metric: Any, labels: Any, pre_sliced: bool = False) -> None:
        """Update a metric by the outputs of the last `forward`; see `Module.update_metric`."""
        raise self._not_written("update_metric")

    def install_monitor(self, mon: Any) -> None:
        """Let a `monitor.Monitor` look inside."""
        raise self._not_written("install_monitor")

    # ------------------------------------------------------------------ errors

    def _not_written(self, what: str) -> NotImplementedError:
        return NotImplementedError(
            message(f"{type(self).__name__}.{what} is not written", hint=f"override {what} in the class")
        )

    def _require(
        self,
        what: str,
        *,
        params: bool = False,
        optimizer: bool = False,
        input_grads: bool = False,
        training: bool = False,
    ) -> None:
        """Raise ``AssertionError`` unless the module has come as far as a call needs."""
        bound = "module.bind(data_shapes=..., label_shapes=...)"
        for wanted, there, lacks, hint in (
            (True, self.binded, "call bind first: the module has no arrays yet", bound),
            (
                params,
                self.params_initialized,
                "call init_params first: parameters have no values yet",
                "init_params()",
            ),
            (
                optimizer,
                self.optimizer_initialized,
                "call init_optimizer first: nothing says how to update parameters",
                "module.init_optimizer(optimizer='sgd', optimizer_params={'learning_rate': 0.1})",
            ),
            (training, self.for_training, "re-bind with for_training=True to run backward", bound),
            (
                input_grads,
                self.inputs_need_grad,
                "the module was bound without gradients of its inputs",
                "module.bind(..., inputs_need_grad=True)",
            ),
        ):
            if wanted and not there:
                raise AssertionError(message(f"{type(self).__name__}.{what}: {lacks}", hint=hint))

    def _ignored(self, what: str) -> None:
        """Warn that parameters have their values already."""
        warnings.warn(
            f"Parameters already initialized and force_init=False. {what} call ignored.", stacklevel=3
        )


def as_list(callbacks: Any) -> list[Any]:
    """Callbacks as a list, also if there is one or none."""
    if callbacks is None:
        return []
    return list(callbacks) if isinstance(callbacks, (list, tuple)) else [callbacks]


def _is_iterator(data: Any) -> bool:
    return hasattr(data, "provide_data") and hasattr(data, "reset") and hasattr(data, "__iter__")


def _require_iterator(what: str, name: str, data: Any) -> None:
    if not _is_iterator(data):
        array = isinstance(data, (NDArray, np.ndarray))
        raise TypeError(
            message(
                f"{what}: {name} is an iterator over batches",
                received=f"{name}={type(data).__name__}",
                hint="mx.io.NDArrayIter(x, y, batch_size=32)" if array else "an iterator of mx.io",
            )
        )


def _require_callable(name: str, callbacks: Any) -> None:
    for callback in as_list(callbacks):
        if not callable(callback):
            raise TypeError(
                message(
                    f"fit: {name} is a function, or a list of them",
                    received=f"{name}={callbacks!r}",
                    hint="mx.callback.Speedometer(batch_size), mx.callback.do_checkpoint(prefix)",
                )
            )


def _begun(train_data: Any) -> tuple[Iterator[Any], Any]:
    """An iterator and its first batch."""
    data_iter = iter(train_data)
    first = next(data_iter, None)
    if first is None:
        train_data.reset()
        data_iter = iter(train_data)
        first = next(data_iter, None)
    if first is None:
        raise ValueError(
            message(
                "fit: train_data has no batches",
                received=type(train_data).__name__,
                because="it ends before its first batch, also after a reset",
            )
        )
    return data_iter, first
