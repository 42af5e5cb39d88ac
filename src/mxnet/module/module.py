"""`Module`: a graph with data, parameters and an optimiser, on one device or several."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from .. import initializer as init
from .. import ndarray as nd
from .._surface import module_getattr as _module_getattr
from ..base import message
from ..context import Context, cpu
from ..io import DataDesc
from ..model import Arrays, checkpoint_file, load_checkpoint, named_by_kind
from ..symbol import Symbol
from .base_module import UNIFORM
from .descriptions import (
    check_input_names,
    check_labels,
    check_match,
    described,
    names_of,
    shapes_of_batch,
    shapes_of_parts,
)
from .executor_group import DataParallelExecutorGroup
from .optimized_module import OptimizedModule
from .slicing import contexts_of, loads_of
from .values import check_given, first_values, of_first

__all__ = ["Module"]

__getattr__ = _module_getattr(__name__)
_CPU = cpu()


class Module(OptimizedModule):
    """A graph that is trained: ``bind``, ``init_params``, ``init_optimizer``, then batches; or ``fit``, which does all.

    Parameters
    ----------
    symbol : the graph; all its arguments that are neither data, labels nor states are parameters.
    data_names, label_names : its arguments that batches give; None or ``[]`` for no labels.
    logger : where to log: the module ``logging``, or a logger.
    context : a context, or several, each of which gets a part of every batch.
    work_load_list : how much of a batch each context takes, in proportion.
    fixed_param_names : parameters that are not updated.
    state_names : arguments that keep what `set_states` sets, such as the state of a recurrent layer.
    group2ctxs : accepted; a graph runs on one device, whatever ``ctx_group`` its parts have.
    compression_params : how a store compresses gradients; see `kvstore.KVStore.set_gradient_compression`.

    Raises
    ------
    ValueError : the graph has no argument of such a name (for labels a warning).
    TypeError : ``symbol`` is no symbol.

    >>> from mxnet import sym
    >>> module = mx.mod.Module(sym.SoftmaxOutput(sym.FullyConnected(sym.var("data"), num_hidden=3), name="softmax"))
    >>> module.bind([("data", (4, 5))], [("softmax_label", (4,))])
    >>> module.init_params(mx.init.Xavier())
    >>> module.init_optimizer(optimizer="sgd", optimizer_params={"learning_rate": 0.1})
    >>> module.forward_backward(mx.io.DataBatch([nd.ones((4, 5))], [nd.zeros((4,))]))
    >>> module.update()
    >>> module.get_outputs()[0].shape
    (4, 3)
    """

    def __init__(
        self,
        symbol: Symbol,
        data_names: Sequence[str] | None = ("data",),
        label_names: Sequence[str] | None = ("softmax_label",),
        logger: Any = logging,
        context: Context | Sequence[Context] = _CPU,
        work_load_list: Sequence[float] | None = None,
        fixed_param_names: Sequence[str] | None = None,
        state_names: Sequence[str] | None = None,
        group2ctxs: Any = None,
        compression_params: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(logger)
        if not isinstance(symbol, Symbol):
            raise TypeError(
                message(
                    "Module: takes a symbol",
                    received=repr(symbol)[:80],
                    hint="a gluon.Block is trained with gluon.Trainer, or becomes a symbol by net(mx.sym.var('data'))",
                )
            )
        self._context = contexts_of(context)
        self._work_load_list = loads_of(work_load_list, self._context)
        self._group2ctxs = group2ctxs
        self._compression_params = compression_params
        self._symbol: Symbol = symbol
        self._data_names = names_of("data_names", data_names)
        self._label_names = names_of("label_names", label_names)
        self._state_names = names_of("state_names", state_names)
        self._fixed_param_names = names_of("fixed_param_names", fixed_param_names)
        check_input_names(symbol, self._data_names, "data_names", throw=True)
        check_input_names(symbol, self._label_names, "label_names", throw=False)
        check_input_names(symbol, self._state_names, "state_names", throw=True)
        check_input_names(symbol, self._fixed_param_names, "fixed_param_names", throw=True)
        given = {*self._data_names, *self._label_names, *self._state_names}
        self._param_names = [name for name in symbol.list_arguments() if name not in given]
        self._aux_names = symbol.list_auxiliary_states()
        self._output_names = symbol.list_outputs()
        self._data_shapes: list[DataDesc] | None = None
        self._label_shapes: list[DataDesc] | None = None

    # ------------------------------------------------------------------ files

    @staticmethod
    def load(prefix: Any, epoch: int, load_optimizer_states: bool = False, **kwargs: Any) -> Module:
        """A module with the graph and the parameters of a checkpoint, written here or by the real MXNet.

        Parameters
        ----------
        prefix, epoch : see `save_checkpoint`.
        load_optimizer_states : whether `init_optimizer` shall read ``<prefix>-<epoch>.states``.
        kwargs : those of the class.

        Raises
        ------
        MXNetError : a file is not there, or is damaged.
        """
        symbol, arg_params, aux_params = load_checkpoint(prefix, epoch)
        module = Module(symbol, **kwargs)
        module.take_host_params(arg_params, aux_params)
        if load_optimizer_states:
            module._preload_opt_states = checkpoint_file("load", prefix, epoch, "states")
        return module

    def save_checkpoint(
        self, prefix: Any, epoch: int, save_optimizer_states: bool = False, remove_amp_cast: bool = True
    ) -> None:
        """Write ``<prefix>-symbol.json``, ``<prefix>-<epoch in four digits>.params`` and, if asked for, ``.states``.

        Each file appears whole or not at all. The real MXNet reads graph and parameters.
        """
        self._require("save_checkpoint", params=True, optimizer=save_optimizer_states)
        file = checkpoint_file("save_checkpoint", prefix, epoch)
        self._symbol.save(f"{prefix}-symbol.json", remove_amp_cast=remove_amp_cast)
        self.save_params(file)
        logging.info('Saved checkpoint to "%s"', file)
        if save_optimizer_states:
            file = checkpoint_file("save_checkpoint", prefix, epoch, "states")
            self.save_optimizer_states(file)
            logging.info('Saved optimizer state to "%s"', file)

    def save_params(self, fname: Any) -> None:
        """Write the parameters to a file; whole or not at all. Before `bind`, too, if they were loaded."""
        if not self.params_initialized:
            self._require("save_params", params=True)
        self._sync_params_from_devices()
        nd.save(fname, named_by_kind("save_params", self._arg_params, self._aux_params))

    # ------------------------------------------------------------------ what it is

    @property
    def data_names(self) -> list[str]:
        """The names of the data."""
        return self._data_names

    @property
    def label_names(self) -> list[str]:
        """The names of the labels."""
        return self._label_names

    @property
    def output_names(self) -> list[str]:
        """The names of the outputs."""
        return self._output_names

    @property
    def data_shapes(self) -> list[DataDesc]:
        """Descriptions of the data of the last batch."""
        self._require("data_shapes")
        assert self._data_shapes is not None
        return self._data_shapes

    @property
    def label_shapes(self) -> list[DataDesc] | None:
        """Descriptions of the labels of the last batch; None where there are none."""
        self._require("label_shapes")
        return self._label_shapes

    @property
    def output_shapes(self) -> list[tuple[str, tuple[int, ...]]]:
        """Names and shapes of the outputs."""
        return self._bound("output_shapes").get_output_shapes()

    # ------------------------------------------------------------------ arrays

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
        """Make the arrays for batches of these shapes. Parameters that are there keep their values.

        Parameters
        ----------
        data_shapes, label_shapes : pairs of name and shape, or what an iterator provides.
        for_training : whether gradients will be computed.
        inputs_need_grad : whether gradients of the data, too.
        force_rebind : make them anew where there are some; otherwise such a call is ignored.
        shared_module : another module of the same parameters, which both then share, with the optimiser.
        grad_req : ``'write'``, ``'add'`` or ``'null'``; for all arguments, in a list or by name.

        Raises
        ------
        ValueError : names are not those of the module.
        AssertionError : gradients of the data without training; a shared module that is not ready.
        MXNetError, RuntimeError : the shapes do not fit the graph, or are not enough.

        Differs from 1.9.1: binding for prediction without labels does not warn.
        """
        if self.binded and not force_rebind:
            self.logger.warning("Already bound, ignoring bind()")
            return
        if inputs_need_grad and not for_training:
            raise AssertionError(
                message("bind: inputs_need_grad=True is for training", hint="for_training=True")
            )
        shared_group = None
        if shared_module is not None:
            if (
                not isinstance(shared_module, Module)
                or not shared_module.binded
                or not shared_module.params_initialized
            ):
                raise AssertionError(
                    message(
                        "bind: shared_module is a Module that is bound and has parameters",
                        received=type(shared_module).__name__,
                        hint="bind and init_params of the other module first",
                    )
                )
            shared_group = shared_module._exec_group
        data, labels = described("data_shapes", data_shapes), described("label_shapes", label_shapes or ())
        check_match(self._data_names, data, "data", throw=True)
        check_labels(self._symbol, self._label_names, labels)
        if labels or for_training:
            check_match(self._label_names, labels, "label", throw=False)
        self._sync_params_from_devices()
        self._exec_group = DataParallelExecutorGroup(
            self._symbol,
            self._context,
            self._work_load_list,
            data,
            labels or None,
            self._param_names,
            for_training,
            inputs_need_grad,
            shared_group,
            logger=self.logger,
            fixed_param_names=self._fixed_param_names,
            grad_req=grad_req,
            state_names=self._state_names,
            group2ctxs=self._group2ctxs,
        )
        self._data_shapes, self._label_shapes = data, labels or None
        self.for_training, self.inputs_need_grad, self.binded = for_training, inputs_need_grad, True
        if shared_module is not None:
            self.params_initialized = True
            self._arg_params, self._aux_params = shared_module._arg_params, shared_module._aux_params
            self._freshness = shared_module._freshness
            if shared_module.optimizer_initialized:
                self.borrow_optimizer(shared_module)
        elif self.params_initialized:
            self.set_params(dict(self._arg_params), dict(self._aux_params))

    def reshape(self, data_shapes: Any, label_shapes: Any = None) -> None:
        """Get ready for batches of other shapes; `forward` does it by itself where a batch has some.

        Raises
        ------
        ValueError : names are not those of the module.
        MXNetError : parameters would have other shapes.
        """
        group = self._bound("reshape")
        data, labels = described("data_shapes", data_shapes), described("label_shapes", label_shapes or ())
        check_match(self._data_names, data, "data", throw=True)
        if labels:
            check_match(self._label_names, labels, "label", throw=False)
        group.reshape(data, labels or None)
        self._data_shapes, self._label_shapes = data, labels or None

    # ------------------------------------------------------------------ parameters

    def get_params(self) -> tuple[Arrays, Arrays]:
        """The parameters and the auxiliary states by name, on the CPU; the next call fills the same arrays anew."""
        self._require("get_params", params=True)
        self._sync_params_from_devices()
        return self._arg_params, self._aux_params

    def init_params(
        self,
        initializer: Any = UNIFORM,
        arg_params: Arrays | None = None,
        aux_params: Arrays | None = None,
        allow_missing: bool = False,
        force_init: bool = False,
        allow_extra: bool = False,
    ) -> None:
        """Give the parameters their first values.

        Parameters
        ----------
        initializer : for parameters that are not given; None leaves those as they are.
        arg_params, aux_params : values by name; None to initialise all.
        allow_missing : whether names may be missing in them.
        force_init : whether parameters that have values get others; otherwise such a call is ignored, with a warning.
        allow_extra : accepted; names that the graph does not have are left out, as in 1.9.1.

        Raises
        ------
        RuntimeError : a name is missing.
        MXNetError : an array has another shape.
        """
        if self.params_initialized and not force_init:
            self._ignored("init_params")
            return
        if not self.binded:
            raise AssertionError(
                message("call bind before initializing the parameters", hint="module.bind(data_shapes=...)")
            )
        group = self._bound("init_params")
        self._sync_params_from_devices()
        have = of_first(self._param_names, group.param_arrays), of_first(self._aux_names, group.aux_arrays)
        given = arg_params, aux_params
        for some, values in zip(have, given, strict=True):
            check_given(some, values, allow_missing)
        if initializer is None and arg_params is None and any(have):
            raise TypeError(message("init_params: neither an initializer nor parameters are given"))
        if initializer is not None and not callable(initializer):
            initializer = init.create(initializer)
        before = self._arg_params, self._aux_params
        attributes = self._symbol.attr_dict()
        found = [
            first_values(some, values, old, initializer, attributes)
            for some, values, old in zip(have, given, before, strict=True)
        ]
        for old, new in zip(before, found, strict=True):  # in the same dictionaries, which modules may share
            old.clear()
            old.update(new)
        self.params_initialized = True
        self._freshness.is_stale = False
        group.set_params(*before)

    def set_params(
        self,
        arg_params: Arrays | None,
        aux_params: Arrays | None,
        allow_missing: bool = False,
        force_init: bool = True,
        allow_extra: bool = False,
    ) -> None:
        """Give the parameters other values.

        Parameters
        ----------
        arg_params, aux_params : values by name.
        allow_missing : whether names may be missing; those keep their values.
        force_init : False to do so only where they have none.
        allow_extra : whether names may be there that the graph does not have.

        Raises
        ------
        RuntimeError : a name is missing.
        ValueError : a name does not exist, with ``allow_missing`` and not ``allow_extra``.
        MXNetError : an array has another shape.
        """
        if not allow_missing or not self.params_initialized:
            self.init_params(None, arg_params or {}, aux_params or {}, allow_missing, force_init, allow_extra)
            return
        if not force_init:
            self._ignored("set_params")
            return
        group = self._bound("set_params")
        arrays = group.param_arrays, group.aux_arrays
        for names, have, given in zip(
            (self._param_names, self._aux_names), arrays, (arg_params, aux_params), strict=True
        ):
            check_given(of_first(names, have), given or {}, allow_missing)
        group.set_params(arg_params or {}, aux_params or {}, allow_extra)
        self._freshness.is_stale = True

    def get_states(self, merge_multi_context: bool = True) -> list[Any]:
        """The arrays of ``state_names``: for each a list with the array of each context.

        Raises ``AssertionError`` unless ``merge_multi_context=False``.
        """
        return self._bound("get_states", params=True).get_states(merge_multi_context)

    def set_states(self, states: Any = None, value: float | None = None) -> None:
        """Set the arrays of ``state_names``: to arrays in the form of `get_states`, or all to a number.

        >>> from mxnet import sym
        >>> total = sym.var("data") + sym.var("total", shape=(1, 2))
        >>> module = mx.mod.Module(total, label_names=None, state_names=["total"])
        >>> module.bind([("data", (1, 2))], for_training=False)
        >>> module.init_params()
        >>> for _ in range(3):
        ...     module.forward(mx.io.DataBatch([nd.ones((1, 2))]))
        ...     module.set_states(states=module.get_outputs(merge_multi_context=False))
        >>> module.get_states(merge_multi_context=False)[0][0].asnumpy().tolist()
        [[3.0, 3.0]]
        """
        self._bound("set_states", params=True).set_states(states, value)

    # ------------------------------------------------------------------ batches

    def prepare(self, data_batch: Any, sparse_row_id_fn: Any = None) -> None:
        """Get ready for a batch that comes next: nothing to do, since arrays are dense."""
        self._require("prepare")

    def forward(self, data_batch: Any, is_train: bool | None = None) -> None:
        """Compute the outputs of a batch.

        Parameters
        ----------
        data_batch : the batch, whose number of samples may be another than that of `bind`; or a list with a part for
            each context. Labels may be missing where none are needed.
        is_train : in training mode, and so that `backward` may follow; by default as `bind` was told.

        Raises
        ------
        ValueError : the batch has other arrays than the module.
        MXNetError : their shapes do not fit the graph.
        """
        group = self._bound("forward", params=True)
        assert self._data_shapes is not None
        before = self._data_shapes, self._label_shapes
        if isinstance(data_batch, list):
            data_shapes, label_shapes = shapes_of_parts(data_batch, *before, contexts=len(self._context))
        else:
            data_shapes, label_shapes = shapes_of_batch(data_batch, *before)
        if data_shapes is not self._data_shapes or label_shapes is not self._label_shapes:
            self.reshape(data_shapes, label_shapes)
        group.forward(data_batch, is_train)

    def backward(self, out_grads: Any = None) -> None:
        """Compute the gradients of the last `forward` in training mode.

        Parameters
        ----------
        out_grads : gradients of the outputs, in a list; not needed where all outputs are losses.

        Raises
        ------
        AssertionError : the module is not for training.
        MXNetError : an output is no loss and has no gradient, or a gradient has another shape.
        """
        group = self._bound("backward", params=True, training=True)
        if self._aux_names:
            self._freshness.is_stale = True  # running statistics change, with or without an update
        group.backward(out_grads)

    def get_outputs(self, merge_multi_context: bool = True) -> list[Any]:
        """The outputs of the last `forward`; with ``merge_multi_context=False`` for each a list of each context's."""
        return self._bound("get_outputs", params=True).get_outputs(merge_multi_context)

    def get_input_grads(self, merge_multi_context: bool = True) -> list[Any]:
        """The gradients of the data, in the form of `get_outputs`. Needs ``bind(inputs_need_grad=True)``."""
        return self._bound("get_input_grads", params=True, input_grads=True).get_input_grads(
            merge_multi_context
        )

    def update_metric(self, eval_metric: Any, labels: Any, pre_sliced: bool = False) -> None:
        """Update a metric by the outputs of the last `forward`.

        Parameters
        ----------
        eval_metric : the metric.
        labels : arrays in the order of ``label_shapes``; a list of them for each context with ``pre_sliced``.
        """
        group = self._bound("update_metric")
        if not hasattr(eval_metric, "update_dict"):
            raise TypeError(
                message(
                    "update_metric: takes a metric",
                    received=repr(eval_metric),
                    hint=f"mx.metric.create({eval_metric!r})",
                )
            )
        group.update_metric(eval_metric, labels, pre_sliced)

    def install_monitor(self, mon: Any) -> None:
        """Let a `monitor.Monitor` look inside."""
        group = self._bound("install_monitor")
        if not hasattr(mon, "install"):
            raise TypeError(
                message(
                    "install_monitor: takes a Monitor",
                    received=repr(mon),
                    hint="mx.mon.Monitor(interval=100)",
                )
            )
        group.install_monitor(mon)
