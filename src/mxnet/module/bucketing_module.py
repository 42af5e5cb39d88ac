"""`BucketingModule`: graphs of different lengths, which share their parameters."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .. import ndarray as nd
from .._surface import module_getattr as _module_getattr
from ..base import message
from ..context import Context, cpu
from ..io import DataDesc
from ..model import Arrays, checkpoint_file, load_params
from ..symbol import Symbol
from ..symbol import load as load_symbol
from .base_module import SGD, UNIFORM, BaseModule
from .descriptions import arrays_of
from .module import Module

__all__ = ["BucketingModule"]

__getattr__ = _module_getattr(__name__)
_CPU = cpu()


class BucketingModule(BaseModule):
    """A `Module` for each bucket, made when its first batch comes; all have the same parameters and one optimiser.

    Parameters
    ----------
    sym_gen : a function of a bucket's key that returns the graph, ``data_names`` and ``label_names``.
    default_bucket_key : the key of the bucket that `bind` makes: the largest, whose parameters the others share.
    logger, context, work_load_list, fixed_param_names, state_names, group2ctxs, compression_params : see `Module`.

    Raises
    ------
    AssertionError : there is no default key.
    TypeError : ``sym_gen`` does not return what it should.

    A batch says its bucket by ``bucket_key`` and its shapes by ``provide_data`` and ``provide_label``.

    >>> from mxnet import sym
    >>> def network(length):
    ...     words = sym.Embedding(sym.var("data"), input_dim=50, output_dim=4, name="words")
    ...     scores = sym.FullyConnected(sym.mean(words, axis=1), num_hidden=2, name="scores")
    ...     return sym.SoftmaxOutput(scores, name="softmax"), ("data",), ("softmax_label",)
    >>> module = mx.mod.BucketingModule(network, default_bucket_key=10)
    >>> module.bind([("data", (3, 10))], [("softmax_label", (3,))])
    >>> module.init_params()
    >>> module.init_optimizer()
    >>> short = mx.io.DataBatch([nd.ones((3, 5))], [nd.zeros((3,))], bucket_key=5,
    ...                         provide_data=[("data", (3, 5))], provide_label=[("softmax_label", (3,))])
    >>> module.forward_backward(short)
    >>> module.update()
    >>> module.get_outputs()[0].shape
    (3, 2)
    """

    def __init__(
        self,
        sym_gen: Callable[[Any], tuple[Symbol, Sequence[str], Sequence[str]]],
        default_bucket_key: Any = None,
        logger: Any = logging,
        context: Context | Sequence[Context] = _CPU,
        work_load_list: Sequence[float] | None = None,
        fixed_param_names: Sequence[str] | None = None,
        state_names: Sequence[str] | None = None,
        group2ctxs: Any = None,
        compression_params: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(logger)
        if default_bucket_key is None:
            raise AssertionError(
                message(
                    "BucketingModule: default_bucket_key is missing", hint="the key of the largest bucket"
                )
            )
        if not callable(sym_gen):
            raise TypeError(
                message(
                    "BucketingModule: sym_gen is a function of a bucket's key",
                    received=repr(sym_gen)[:80],
                    hint="def sym_gen(key): return symbol, ('data',), ('softmax_label',)",
                )
            )
        self._sym_gen = sym_gen
        self._default_bucket_key = default_bucket_key
        self._options = {
            "logger": logger,
            "context": context,
            "work_load_list": work_load_list,
            "fixed_param_names": fixed_param_names,
            "state_names": state_names,
            "group2ctxs": group2ctxs,
            "compression_params": compression_params,
        }
        self._buckets: dict[Any, Module] = {}
        self._made(default_bucket_key)  # to hear at once of names that the graph does not have
        self._curr_module: Module | None = None
        self._curr_bucket_key: Any = None
        self._monitor: Any = None
        self._grad_req: Any = "write"

    def _made(self, key: Any) -> Module:
        """A new module for a bucket."""
        return Module(*_generated(self._sym_gen, key), **self._options)

    def _now(self, what: str, **needs: bool) -> Module:
        """The module of the bucket of now."""
        self._require(what, **needs)
        assert self._curr_module is not None
        return self._curr_module

    # ------------------------------------------------------------------ what it is

    @property
    def data_names(self) -> Sequence[str]:
        """The names of the data."""
        if self.binded:
            return self._now("data_names").data_names
        return _generated(self._sym_gen, self._default_bucket_key)[1]

    @property
    def output_names(self) -> list[str]:
        """The names of the outputs."""
        if self.binded:
            return self._now("output_names").output_names
        return _generated(self._sym_gen, self._default_bucket_key)[0].list_outputs()

    @property
    def data_shapes(self) -> list[DataDesc]:
        """Descriptions of the data, in the bucket of now."""
        return self._now("data_shapes").data_shapes

    @property
    def label_shapes(self) -> list[DataDesc] | None:
        """Descriptions of the labels, in the bucket of now."""
        return self._now("label_shapes").label_shapes

    @property
    def output_shapes(self) -> list[tuple[str, tuple[int, ...]]]:
        """Names and shapes of the outputs, in the bucket of now."""
        return self._now("output_shapes").output_shapes

    @property
    def symbol(self) -> Symbol:
        """The graph of the bucket of now."""
        return self._now("symbol").symbol  # type: ignore[no-any-return]

    # ------------------------------------------------------------------ buckets

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
        """Make the default bucket; see `Module.bind`. Parameters and optimiser that are there stay.

        Raises ``AssertionError`` for a shared module: buckets share with each other only.
        """
        if shared_module is not None:
            raise AssertionError(message("shared_module for BucketingModule is not supported"))
        if self.binded and not force_rebind:
            self.logger.warning("Already bound, ignoring bind()")
            return
        key = self._default_bucket_key
        before = self._buckets.get(key)
        module = self._made(key)
        module.bind(
            data_shapes,
            label_shapes,
            for_training,
            inputs_need_grad,
            grad_req=grad_req,
            shared_module=before
            if before is not None and before.binded and before.params_initialized
            else None,
        )
        if before is not None and before.params_initialized and not before.binded:  # it was loaded
            module.init_params(None, *before.host_params())
        # Buckets that were loaded keep their graphs.
        kept = {} if self.binded else {each: one for each, one in self._buckets.items() if not one.binded}
        self._buckets = {**kept, key: module}
        self._curr_module, self._curr_bucket_key = module, key
        self.for_training, self.inputs_need_grad, self.binded = for_training, inputs_need_grad, True
        self._grad_req = grad_req
        if self._monitor is not None:
            module.install_monitor(self._monitor)

    def switch_bucket(self, bucket_key: Any, data_shapes: Any, label_shapes: Any = None) -> None:
        """Go over to another bucket, which is made if it is a new one.

        Parameters
        ----------
        bucket_key : its key.
        data_shapes, label_shapes : those of its batches; see `Module.bind`.
        """
        if not self.binded:
            raise AssertionError(
                message(
                    "call bind before switching bucket", hint="module.bind(data_shapes=..., label_shapes=...)"
                )
            )
        module = self._buckets.get(bucket_key)
        if module is None or not module.binded:
            first = self._buckets[self._default_bucket_key]
            module = self._made(bucket_key)
            module.bind(
                data_shapes,
                label_shapes,
                self.for_training,
                self.inputs_need_grad,
                shared_module=first,
                grad_req=self._grad_req,
            )
            if self._monitor is not None:
                module.install_monitor(self._monitor)
            self._buckets[bucket_key] = module
        self._curr_module, self._curr_bucket_key = module, bucket_key

    def _switch_for(self, data_batch: Any) -> None:
        key = getattr(data_batch, "bucket_key", None)
        if key is None:
            arrays_of(data_batch, "data")
            raise ValueError(
                message(
                    "BucketingModule: the batch does not say its bucket",
                    received=str(data_batch),
                    hint="mx.io.DataBatch(..., bucket_key=key, provide_data=..., provide_label=...)",
                )
            )
        shapes = [getattr(data_batch, f"provide_{kind}", None) for kind in ("data", "label")]
        if (
            shapes[0] is None and self.binded
        ):  # the names of the default bucket, with the shapes of the arrays
            first = self._buckets[self._default_bucket_key]
            for place, (kind, known) in enumerate(
                (("data", first.data_shapes), ("label", first.label_shapes or ()))
            ):
                pairs = zip(known, arrays_of(data_batch, kind), strict=False)
                shapes[place] = [DataDesc(d.name, a.shape, d.dtype, d.layout) for d, a in pairs]
        self.switch_bucket(key, *shapes)

    def prepare(self, data_batch: Any, sparse_row_id_fn: Any = None) -> None:
        """Make the bucket of a batch that comes next."""
        self._require("prepare", params=True)
        before = self._curr_module, self._curr_bucket_key
        self._switch_for(data_batch)
        self._curr_module, self._curr_bucket_key = before

    # ------------------------------------------------------------------ parameters

    def get_params(self) -> tuple[Arrays, Arrays]:
        """The parameters and the auxiliary states by name; see `Module.get_params`."""
        return self._now("get_params", params=True).get_params()

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
        if self.params_initialized and not force_init:
            self._ignored("init_params")
            return
        if not self.binded:
            raise AssertionError(message("call bind before initializing the parameters"))
        self._now("init_params").init_params(
            initializer, arg_params, aux_params, allow_missing, force_init, allow_extra
        )
        self.params_initialized = True

    def set_params(
        self,
        arg_params: Arrays | None,
        aux_params: Arrays | None,
        allow_missing: bool = False,
        force_init: bool = True,
        allow_extra: bool = False,
    ) -> None:
        """Give the parameters other values; see `Module.set_params`."""
        if self.params_initialized and not force_init:
            self._ignored("set_params")
            return
        if not self.binded:
            raise AssertionError(message("call bind before initializing the parameters"))
        self._now("set_params").set_params(arg_params, aux_params, allow_missing, force_init, allow_extra)
        self.params_initialized = True

    def get_states(self, merge_multi_context: bool = True) -> list[Any]:
        """The states of the bucket of now; see `Module.get_states`."""
        module = self._now("get_states", params=True)
        return module.get_states(merge_multi_context) if self._options["state_names"] else []

    def set_states(self, states: Any = None, value: float | None = None) -> None:
        """Set the states of the bucket of now; see `Module.set_states`."""
        self._now("set_states", params=True).set_states(states, value)

    def init_optimizer(
        self,
        kvstore: Any = "local",
        optimizer: Any = "sgd",
        optimizer_params: Any = SGD,
        force_init: bool = False,
    ) -> None:
        """Choose how the parameters of all buckets are updated; see `Module.init_optimizer`."""
        module = self._now("init_optimizer", params=True)
        if self.optimizer_initialized and not force_init:
            self.logger.warning("optimizer already initialized, ignoring.")
            return
        module.init_optimizer(kvstore, optimizer, optimizer_params, force_init)
        for other in self._buckets.values():
            if other is not module:
                other.borrow_optimizer(module)
        self.optimizer_initialized = True

    # ------------------------------------------------------------------ batches

    def forward(self, data_batch: Any, is_train: bool | None = None) -> None:
        """Go over to the bucket of a batch, and compute its outputs; see `Module.forward`."""
        self._require("forward", params=True)
        self._switch_for(data_batch)
        self._now("forward").forward(data_batch, is_train)

    def backward(self, out_grads: Any = None) -> None:
        """Compute the gradients; see `Module.backward`."""
        self._now("backward", params=True).backward(out_grads)

    def update(self) -> None:
        """Update the parameters, for all buckets."""
        self._now("update", params=True, optimizer=True).update()

    def get_outputs(self, merge_multi_context: bool = True) -> list[Any]:
        """The outputs of the last `forward`; see `Module.get_outputs`."""
        return self._now("get_outputs", params=True).get_outputs(merge_multi_context)

    def get_input_grads(self, merge_multi_context: bool = True) -> list[Any]:
        """The gradients of the data; see `Module.get_input_grads`."""
        return self._now("get_input_grads", params=True, input_grads=True).get_input_grads(
            merge_multi_context
        )

    def update_metric(self, eval_metric: Any, labels: Any, pre_sliced: bool = False) -> None:
        """Update a metric by the outputs of the last `forward`; see `Module.update_metric`."""
        self._now("update_metric", params=True).update_metric(eval_metric, labels, pre_sliced)

    def install_monitor(self, mon: Any) -> None:
        """Let a `monitor.Monitor` look into all buckets, those to come included."""
        self._require("install_monitor")
        for module in self._buckets.values():
            if module.binded:
                module.install_monitor(mon)
        self._monitor = mon

    # ------------------------------------------------------------------ files

    def save_checkpoint(self, prefix: Any, epoch: int, remove_amp_cast: bool = False) -> None:
        """Write ``<prefix>-<epoch>.params``, a ``<prefix>-<key>-symbol.json`` per bucket and ``<prefix>.buckets``.

        Each file appears whole or not at all. The real MXNet reads them.

        Raises
        ------
        TypeError : a bucket's key is no whole number: the file of the keys holds only such.
        """
        self._require("save_checkpoint", params=True)
        keys = list(self._buckets)
        if any(not isinstance(key, int) or isinstance(key, bool) for key in keys):
            raise TypeError(
                message(
                    "save_checkpoint: keys of buckets are whole numbers",
                    received=", ".join(map(repr, keys)),
                    because="the file of the keys holds numbers",
                    hint="module.save_params(file), which writes the parameters alone",
                )
            )
        file = checkpoint_file("save_checkpoint", prefix, epoch)
        for key, module in self._buckets.items():
            module.symbol.save(f"{prefix}-{key}-symbol.json", remove_amp_cast=remove_amp_cast)
        self.save_params(file)
        nd.save(f"{prefix}.buckets", nd.array(keys, dtype="int32"))

    @staticmethod
    def load(
        prefix: Any, epoch: int, sym_gen: Any = None, default_bucket_key: Any = None, **kwargs: Any
    ) -> BucketingModule:
        """A module with the parameters of a checkpoint, written here or by the real MXNet.

        Parameters
        ----------
        prefix, epoch : see `save_checkpoint`.
        sym_gen, default_bucket_key, kwargs : those of the class.
        """
        _require_generator(sym_gen)
        keys = nd.load(f"{prefix}.buckets")
        numbers = next(iter(keys.values() if isinstance(keys, dict) else keys)).asnumpy().astype(int).tolist()
        graphs = {key: load_symbol(f"{prefix}-{key}-symbol.json") for key in numbers}
        return BucketingModule.load_dict(
            graphs, sym_gen, default_bucket_key, *load_params(prefix, epoch), **kwargs
        )

    @staticmethod
    def load_dict(
        sym_dict: Mapping[Any, Symbol] | None = None,
        sym_gen: Any = None,
        default_bucket_key: Any = None,
        arg_params: Arrays | None = None,
        aux_params: Arrays | None = None,
        **kwargs: Any,
    ) -> BucketingModule:
        """A module with these parameters.

        Parameters
        ----------
        sym_dict : graphs by key, of buckets that are known already.
        arg_params, aux_params : values by name.
        sym_gen, default_bucket_key, kwargs : those of the class.
        """
        _require_generator(sym_gen)
        module = BucketingModule(sym_gen, default_bucket_key, **kwargs)
        loaded = module._made(default_bucket_key)
        loaded.take_host_params(arg_params or {}, aux_params or {})
        module._buckets[default_bucket_key] = module._curr_module = loaded
        module.params_initialized = True
        for key in sym_dict or ():
            if key not in module._buckets:
                module._buckets[key] = module._made(key)
        return module


def _generated(sym_gen: Any, key: Any) -> tuple[Symbol, Sequence[str], Sequence[str]]:
    found = sym_gen(key)
    if isinstance(found, tuple) and len(found) == 3 and isinstance(found[0], Symbol):
        return found
    raise TypeError(
        message(
            "BucketingModule: sym_gen returns a symbol, data_names and label_names",
            received=f"{type(found).__name__} for the key {key!r}",
            hint="return symbol, ('data',), ('softmax_label',)",
        )
    )


def _require_generator(sym_gen: Any) -> None:
    if sym_gen is None:
        raise AssertionError(
            message(
                "sym_gen is required for loading BucketingModule",
                because="graphs of further buckets are not in the files",
                hint="BucketingModule.load(prefix, epoch, sym_gen, default_bucket_key)",
            )
        )
