"""``mx.executor_manager``: training on several devices with executors, as programs did it before `mod.Module`.

A manager cuts each batch into one part for each device, and runs the same graph on every part.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import ndarray as nd
from ._surface import module_getattr as _module_getattr
from .base import MXNetError, message
from .context import Context
from .io import DataDesc
from .module.slicing import portions
from .ndarray import NDArray
from .symbol import Symbol
from .symbol.executor import Executor

__all__ = ["DataParallelExecutorGroup", "DataParallelExecutorManager"]

__getattr__ = _module_getattr(__name__)

Arrays = dict[str, NDArray]
Targets = Sequence[NDArray | Sequence[tuple[slice, NDArray]]]


def _split_input_slice(batch_size: int, work_load_list: Sequence[float]) -> list[slice]:
    """The rows of a batch that each device gets, in proportion to its load.

    Raises ``ValueError`` where one would get none.

    >>> from mxnet import executor_manager
    >>> executor_manager._split_input_slice(10, [1, 2])
    [slice(0, 3, None), slice(3, 10, None)]
    """
    return portions(batch_size, work_load_list)


def _check_arguments(symbol: Symbol) -> None:
    """Raise ``ValueError`` where two arguments, or two auxiliary states, have one name.

    >>> from mxnet import executor_manager, sym
    >>> executor_manager._check_arguments(sym.FullyConnected(sym.var("x"), num_hidden=3))
    """
    for kind, names in (
        ("argument", symbol.list_arguments()),
        ("auxiliary param", symbol.list_auxiliary_states()),
    ):
        twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
        if twice is not None:
            raise ValueError(
                message(
                    f'Find duplicated {kind} name "{twice}", '
                    "please make the weight name non-duplicated(using name arguments)",
                    received=", ".join(names),
                    because="arrays are given by name",
                    hint="one sym.var for both places, or a name= of its own for each layer",
                )
            )


def _load_general(data: Sequence[Any], targets: Targets) -> None:
    """Copy each array to its target: an array, or parts ``(rows, array)`` that are its rows together."""
    for source, target in zip(data, targets, strict=False):
        array = source if isinstance(source, NDArray) else nd.array(source)
        if isinstance(target, NDArray):
            array.copyto(target)
            continue
        rows = target[-1][0].stop
        if rows != array.shape[0]:
            raise AssertionError(
                message(
                    f"Batch size miss match. Expected {rows}, got {array.shape[0]}",
                    received=f"an array {array.shape} for {len(target)} parts of {rows} rows together",
                )
            )
        for part, place in target:
            array[part].copyto(place)


def _load_data(batch: Any, targets: Targets) -> None:
    """Copy the data of a batch; see `_load_general`."""
    _load_general(batch.data, targets)


def _load_label(batch: Any, targets: Targets) -> None:
    """Copy the labels of a batch; see `_load_general`."""
    _load_general(batch.label, targets)


def _bind_exec(
    sym: Symbol,
    ctx: Context,
    input_shapes: Mapping[str, Sequence[int]],
    param_names: Sequence[str],
    need_grad: bool | set[str] = False,
    base_exec: Executor | None = None,
    shared_data_arrays: dict[str, NDArray] | None = None,
    input_types: Mapping[str, Any] | None = None,
    logger: Any = logging,
) -> Executor:
    """Join a graph with arrays.

    Parameters
    ----------
    input_shapes : of data and labels, by name.
    param_names : the arguments that are learnt.
    need_grad : whether they get gradients; a set of those that do.
    base_exec : an executor whose parameters, gradients and auxiliary states are used.
    shared_data_arrays : memory for data and labels, by name, which several executors may share; it grows.
    input_types : of data and labels, by name.
    logger : what is told that memory was too small.

    Raises
    ------
    AssertionError : shapes do not follow from the given ones, or ``need_grad`` is something else.
    """
    if not isinstance(need_grad, (bool, set)):
        raise AssertionError(
            message("need_grad must be boolean or set.", received=repr(need_grad), hint="need_grad=True")
        )
    learnt = set(param_names) if need_grad is True else set(param_names) & (need_grad or set())
    before = dict(shared_data_arrays or {})
    try:
        executor = sym.simple_bind(
            ctx,
            grad_req={name: "write" if name in learnt else "null" for name in sym.list_arguments()},
            type_dict=dict(input_types or {}),
            shared_arg_names=list(param_names),
            shared_exec=base_exec,
            shared_buffer=shared_data_arrays,
            **{name: tuple(shape) for name, shape in input_shapes.items()},
        )
    except MXNetError:
        raise
    except RuntimeError as error:  # shapes are missing
        raise AssertionError(str(error)) from None
    for name, array in before.items():
        shape = executor.arg_dict[name].shape if name in executor.arg_dict else array.shape
        if shared_data_arrays is not None and shared_data_arrays[name] is not array:
            logger.warning(
                f'bucketing: data "{name}" has a shape {shape}, which is larger than already allocated shape '
                f"{array.shape}: it takes new memory. The first key should be that of the largest bucket."
            )
    return executor


class DataParallelExecutorGroup:
    """One executor for each device, each with its part of every batch.

    Parameters
    ----------
    sym : the graph.
    arg_names : its arguments.
    param_names : those of them that are learnt.
    ctx : the devices.
    slices : the rows of a batch that each device gets.
    train_data : an iterator or a batch, which has ``provide_data`` and ``provide_label``.
    shared_group : a group whose parameters and memory are used.

    Attributes
    ----------
    train_execs : the executors.
    param_arrays, grad_arrays, aux_arrays : for each name a list with the array of each device.
    data_arrays, label_arrays : for each name a list of the rows and the array of each device.
    """

    def __init__(
        self,
        sym: Symbol,
        arg_names: Sequence[str],
        param_names: Sequence[str],
        ctx: Sequence[Context],
        slices: Sequence[slice],
        train_data: Any,
        shared_group: DataParallelExecutorGroup | None = None,
    ) -> None:
        _check_arguments(sym)
        data, labels = list(train_data.provide_data), list(train_data.provide_label or ())
        self.data_names = [each[0] for each in data]
        self.label_names = [each[0] for each in labels]
        self.aux_names = sym.list_auxiliary_states()
        self.param_idx = [place for place, name in enumerate(arg_names) if name in param_names]
        self.param_names = [arg_names[place] for place in self.param_idx]
        self.slices = list(slices)
        self.shared_data_arrays: list[dict[str, NDArray]] = (
            [{} for _ in ctx] if shared_group is None else shared_group.shared_data_arrays
        )
        types = {each.name: each.dtype for each in (*data, *labels) if isinstance(each, DataDesc)}
        self.train_execs: list[Executor] = [
            _bind_exec(
                sym,
                context,
                {each[0]: (rows.stop - rows.start, *each[1][1:]) for each in (*data, *labels)},
                self.param_names,
                need_grad=True,
                base_exec=None if shared_group is None else shared_group.train_execs[place],
                shared_data_arrays=self.shared_data_arrays[place],
                input_types=types,
            )
            for place, (context, rows) in enumerate(zip(ctx, self.slices, strict=True))
        ]
        self.data_arrays = [self._parts(name) for name in self.data_names]
        self.label_arrays = [self._parts(name) for name in self.label_names]
        self.param_arrays = [[each.arg_dict[name] for each in self.train_execs] for name in self.param_names]
        self.grad_arrays = [[each.grad_dict[name] for each in self.train_execs] for name in self.param_names]
        self.aux_arrays = [[each.aux_dict[name] for each in self.train_execs] for name in self.aux_names]

    def _parts(self, name: str) -> list[tuple[slice, NDArray]]:
        return [(rows, each.arg_dict[name]) for rows, each in zip(self.slices, self.train_execs, strict=True)]

    def load_data_batch(self, data_batch: Any) -> None:
        """Copy a batch to the devices."""
        _load_data(data_batch, self.data_arrays)
        _load_label(data_batch, self.label_arrays)

    def forward(self, is_train: bool = False) -> None:
        """Compute the outputs of all parts."""
        for executor in self.train_execs:
            executor.forward(is_train=is_train)

    def backward(self) -> None:
        """Compute the gradients of all parts; the outputs of the graph are losses."""
        for executor in self.train_execs:
            executor.backward()

    def update_metric(self, metric: Any, labels: Any, pre_sliced: bool = False) -> None:
        """Update a metric by the outputs, device by device.

        Parameters
        ----------
        metric : the metric.
        labels : of the whole batch; a list for each device with ``pre_sliced``.
        """
        for place, (executor, rows) in enumerate(zip(self.train_execs, self.slices, strict=True)):
            own = labels[place] if pre_sliced else [each[rows] for each in labels]
            metric.update(own, executor.outputs)


class DataParallelExecutorManager:
    """Executors for all devices, and for all keys of buckets.

    Parameters
    ----------
    symbol : the graph.
    ctx : the devices.
    train_data : the iterator of the training data.
    arg_names, param_names, aux_names : the arguments, those that are learnt, and the auxiliary states.
    work_load_list : how much of a batch each device takes; the same by default.
    logger : what is told of the devices.
    sym_gen : makes the graph for a bucket's key; batches have a ``bucket_key`` then.

    Raises
    ------
    ValueError : two arguments have one name, or a device would get no rows.

    >>> x = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2, name="fc")
    >>> net = mx.sym.SoftmaxOutput(x, name="softmax")
    >>> batches = mx.io.NDArrayIter(np.ones((8, 3)), np.zeros(8), batch_size=4)
    >>> manager = mx.executor_manager.DataParallelExecutorManager(
    ...     net, [mx.cpu(0), mx.cpu(1)], batches, net.list_arguments(), ["fc_weight", "fc_bias"], []
    ... )
    >>> manager.set_params({"fc_weight": nd.ones((2, 3)), "fc_bias": nd.zeros((2,))}, {})
    >>> manager.load_data_batch(next(batches))
    >>> manager.forward(is_train=True)
    >>> manager.backward()
    >>> [gradient.shape for gradient in manager.grad_arrays[0]]
    [(2, 3), (2, 3)]
    """

    def __init__(
        self,
        symbol: Symbol,
        ctx: Sequence[Context],
        train_data: Any,
        arg_names: Sequence[str],
        param_names: Sequence[str],
        aux_names: Sequence[str],
        work_load_list: Sequence[float] | None = None,
        logger: Any = None,
        sym_gen: Callable[[Any], Symbol] | None = None,
    ) -> None:
        if isinstance(ctx, Context) or not isinstance(ctx, Sequence):
            raise TypeError(
                message(
                    "DataParallelExecutorManager: ctx is a list of contexts",
                    received=repr(ctx),
                    hint=f"[{ctx!r}]" if isinstance(ctx, Context) else "[mx.cpu()]",
                )
            )
        loads = [1] * len(ctx) if work_load_list is None else work_load_list
        if not isinstance(loads, list) or len(loads) != len(ctx):
            raise AssertionError(
                message(
                    "Invalid settings for work load.",
                    received=f"work_load_list={work_load_list!r} for {list(ctx)}",
                    because="it is a list with a number for each device",
                )
            )
        (logging if logger is None else logger).info("Start training with %s", list(ctx))
        _check_arguments(symbol)
        self.slices = _split_input_slice(train_data.batch_size, loads)
        self.symbol, self.ctx, self.sym_gen = symbol, list(ctx), sym_gen
        self.arg_names, self.param_names, self.aux_names = list(arg_names), list(param_names), list(aux_names)
        self.execgrp = DataParallelExecutorGroup(
            symbol, self.arg_names, self.param_names, self.ctx, self.slices, train_data
        )
        self.curr_execgrp: DataParallelExecutorGroup | None = None
        if sym_gen is not None:
            self.execgrp_bucket = {train_data.default_bucket_key: self.execgrp}

    def install_monitor(self, monitor: Any) -> None:
        """Let a `monitor.Monitor` look into all executors; raises ``NotImplementedError`` with ``sym_gen``."""
        if self.sym_gen is not None:
            raise NotImplementedError(
                message("Monitoring is not implemented for bucketing", hint="mod.BucketingModule")
            )
        for executor in self.execgrp.train_execs:
            monitor.install(executor)

    def set_params(self, arg_params: Arrays, aux_params: Arrays) -> None:
        """Copy parameters to all devices; raises ``ValueError`` for a name that the graph does not have."""
        for executor in self.execgrp.train_execs:
            executor.copy_params_from(arg_params, aux_params)

    def copy_to(self, arg_params: Arrays, aux_params: Arrays) -> None:
        """Copy parameters, their mean over all devices, into arrays by name."""
        for names, arrays, targets in (
            (self.param_names, self.param_arrays, arg_params),
            (self.aux_names, self.aux_arrays, aux_params),
        ):
            for name, copies in zip(names, arrays, strict=True):
                mean = nd.add_n(*(each.as_in_context(copies[0].context) for each in copies)) / len(copies)
                mean.astype(targets[name].dtype).copyto(targets[name])

    @property
    def param_arrays(self) -> list[list[NDArray]]:
        """For each parameter the arrays of all devices."""
        return self.execgrp.param_arrays

    @property
    def grad_arrays(self) -> list[list[NDArray | None]]:
        """For each parameter the gradients of all devices."""
        return self.execgrp.grad_arrays

    @property
    def aux_arrays(self) -> list[list[NDArray]]:
        """For each auxiliary state the arrays of all devices."""
        return self.execgrp.aux_arrays

    def load_data_batch(self, data_batch: Any) -> None:
        """Copy a batch to the devices; with ``sym_gen`` to the executors of its ``bucket_key``."""
        group = self.execgrp
        if self.sym_gen is not None:
            key = data_batch.bucket_key
            if key not in self.execgrp_bucket:
                self.execgrp_bucket[key] = DataParallelExecutorGroup(
                    self.sym_gen(key),
                    self.arg_names,
                    self.param_names,
                    self.ctx,
                    self.slices,
                    data_batch,
                    shared_group=self.execgrp,
                )
            group = self.execgrp_bucket[key]
        self.curr_execgrp = group
        group.load_data_batch(data_batch)

    def forward(self, is_train: bool = False) -> None:
        """Compute the outputs of the batch that was loaded."""
        self._current("forward").forward(is_train=is_train)

    def backward(self) -> None:
        """Compute the gradients of the batch that was loaded."""
        self._current("backward").backward()

    def update_metric(self, metric: Any, labels: Any, pre_sliced: bool = False) -> None:
        """Update a metric by the outputs; see `DataParallelExecutorGroup.update_metric`."""
        self._current("update_metric").update_metric(metric, labels, pre_sliced)

    def _current(self, caller: str) -> DataParallelExecutorGroup:
        if self.curr_execgrp is None:
            raise MXNetError(
                f"DataParallelExecutorManager.{caller}: no batch was loaded",
                hint="manager.load_data_batch(batch) first",
            )
        return self.curr_execgrp
