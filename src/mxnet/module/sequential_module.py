"""`SequentialModule`: modules one behind the other."""

from __future__ import annotations

import logging
from typing import Any

from .._surface import module_getattr as _module_getattr
from ..base import message, nearest
from ..io import DataBatch
from ..model import Arrays
from .base_module import SGD, UNIFORM, BaseModule
from .descriptions import arrays_of

__all__ = ["SequentialModule"]

__getattr__ = _module_getattr(__name__)


class SequentialModule(BaseModule):
    """Modules in a row: the outputs of each are the data of the next, gradients go the way back.

    Parameters
    ----------
    logger : where to log: the module ``logging``, or a logger.

    >>> from mxnet import sym
    >>> hidden = mx.mod.Module(sym.FullyConnected(sym.var("data"), num_hidden=8, name="hidden"), label_names=None)
    >>> scores = sym.FullyConnected(sym.var("data"), num_hidden=3, name="scores")
    >>> last = mx.mod.Module(sym.SoftmaxOutput(scores, name="softmax"))
    >>> module = mx.mod.SequentialModule().add(hidden).add(last, take_labels=True, auto_wiring=True)
    >>> module.bind([("data", (4, 5))], [("softmax_label", (4,))])
    >>> module.output_shapes
    [('softmax_output', (4, 3))]
    """

    META_TAKE_LABELS = "take_labels"
    META_AUTO_WIRING = "auto_wiring"

    def __init__(self, logger: Any = logging) -> None:
        super().__init__(logger)
        self._modules: list[BaseModule] = []
        self._metas: list[dict[str, Any]] = []
        self._label_shapes: Any = None

    def add(self, module: BaseModule, **kwargs: Any) -> SequentialModule:
        """Put a module at the end; returns the whole. It must be bound and initialised again then.

        Parameters
        ----------
        module : the module.
        take_labels : whether it gets the labels.
        auto_wiring : whether it takes the outputs of the one before it whatever they are called.

        Raises
        ------
        AssertionError : another keyword.
        """
        known = (self.META_TAKE_LABELS, self.META_AUTO_WIRING)
        for key in kwargs:
            if key not in known:
                close = nearest(key, known)
                raise AssertionError(
                    message(
                        f'Unknown meta "{key}", a typo?',
                        because=f"it is one of {', '.join(known)}",
                        hint=f"{close}=True" if close else None,
                    )
                )
        if not isinstance(module, BaseModule):
            raise TypeError(message("SequentialModule.add: takes a module", received=repr(module)[:80]))
        self._modules.append(module)
        self._metas.append(kwargs)
        self.binded = self.params_initialized = self.optimizer_initialized = False
        return self

    def _row(self, what: str, **needs: bool) -> list[BaseModule]:
        self._require(what, **needs)
        return self._modules

    # ------------------------------------------------------------------ what it is

    @property
    def data_names(self) -> Any:
        """The names of the first module's data."""
        return self._modules[0].data_names if self._modules else []

    @property
    def output_names(self) -> Any:
        """The names of the last module's outputs."""
        return self._modules[-1].output_names if self._modules else []

    @property
    def data_shapes(self) -> Any:
        """Descriptions of the first module's data."""
        return self._row("data_shapes")[0].data_shapes

    @property
    def label_shapes(self) -> Any:
        """The shapes of labels as `bind` got them; None where no module takes labels."""
        self._require("label_shapes")
        return self._label_shapes

    @property
    def output_shapes(self) -> Any:
        """Names and shapes of the last module's outputs."""
        return self._row("output_shapes")[-1].output_shapes

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
        """Bind all modules, each to the output shapes of the one before; see `Module.bind`.

        Raises ``AssertionError`` if there are no modules, or for a shared module.
        """
        if self.binded and not force_rebind:
            self.logger.warning("Already bound, ignoring bind()")
            return
        if shared_module is not None:
            raise AssertionError(message("Shared module is not supported"))
        if not self._modules:
            raise AssertionError(
                message("Attempting to bind an empty SequentialModule", hint="sequential.add(module)")
            )
        if inputs_need_grad and not for_training:
            raise AssertionError(
                message("bind: inputs_need_grad=True is for training", hint="for_training=True")
            )
        shapes, labels_are_taken = data_shapes, False
        for place, (module, meta) in enumerate(zip(self._modules, self._metas, strict=True)):
            takes_labels = bool(meta.get(self.META_TAKE_LABELS))
            labels_are_taken = labels_are_taken or takes_labels
            if meta.get(self.META_AUTO_WIRING):
                names = module.data_names
                if len(names) != len(shapes):
                    raise AssertionError(
                        message(
                            "SequentialModule: a module takes as many arrays as the one before it returns",
                            received=f"{len(shapes)} arrays for {', '.join(names)}",
                        )
                    )
                shapes = [(name, each[1], *each[2:]) for name, each in zip(names, shapes, strict=True)]
            module.bind(
                data_shapes=shapes,
                label_shapes=label_shapes if takes_labels else None,
                for_training=for_training,
                inputs_need_grad=bool(inputs_need_grad or (for_training and place > 0)),
                force_rebind=force_rebind,
                grad_req=grad_req,
            )
            shapes = module.output_shapes
        self._label_shapes = label_shapes if labels_are_taken else None
        self.for_training, self.inputs_need_grad, self.binded = for_training, inputs_need_grad, True

    def get_params(self) -> tuple[Arrays, Arrays]:
        """The parameters and the auxiliary states of all modules by name."""
        arg_params: Arrays = {}
        aux_params: Arrays = {}
        for module in self._row("get_params", params=True):
            args, aux = module.get_params()
            arg_params.update(args)
            aux_params.update(aux)
        return arg_params, aux_params

    def init_params(
        self,
        initializer: Any = UNIFORM,
        arg_params: Arrays | None = None,
        aux_params: Arrays | None = None,
        allow_missing: bool = False,
        force_init: bool = False,
        allow_extra: bool = False,
    ) -> None:
        """Give the parameters of all modules their first values; see `Module.init_params`.

        Raises ``AssertionError`` if two modules have a parameter of one name.
        """
        if self.params_initialized and not force_init:
            return
        if not self.binded:
            raise AssertionError(message("call bind before initializing the parameters"))
        for module in self._modules:
            if not module.params_initialized or force_init:
                module.init_params(
                    initializer, arg_params, aux_params, allow_missing, force_init, allow_extra
                )
        owners: dict[str, int] = {}
        for place, module in enumerate(self._modules):
            for name in (*module.get_params()[0], *module.get_params()[1]):
                if name in owners:
                    raise AssertionError(
                        message(
                            f'Duplicated parameter names: name "{name}" in layer {place} ({type(module).__name__}) is '
                            f"already used in layer {owners[name]} ({type(self._modules[owners[name]]).__name__}).",
                            hint="name='...' for the calls of each graph",
                        )
                    )
                owners[name] = place
        self.params_initialized = True

    def init_optimizer(
        self,
        kvstore: Any = "local",
        optimizer: Any = "sgd",
        optimizer_params: Any = SGD,
        force_init: bool = False,
    ) -> None:
        """Choose how the parameters of all modules are updated; see `Module.init_optimizer`."""
        modules = self._row("init_optimizer", params=True)
        if self.optimizer_initialized and not force_init:
            self.logger.warning("optimizer already initialized, ignoring.")
            return
        for module in modules:
            module.init_optimizer(kvstore, optimizer, optimizer_params, force_init)
        self.optimizer_initialized = True

    # ------------------------------------------------------------------ batches

    def forward(self, data_batch: Any, is_train: bool | None = None) -> None:
        """Compute the outputs, module by module; see `Module.forward`."""
        modules = self._row("forward", params=True)
        labels = arrays_of(data_batch, "label")
        batch = data_batch
        for place, module in enumerate(modules):
            module.forward(batch, is_train=is_train)
            if place + 1 < len(modules):
                batch = DataBatch(module.get_outputs(), list(labels), pad=getattr(data_batch, "pad", None))

    def backward(self, out_grads: Any = None) -> None:
        """Compute the gradients, from the last module to the first; see `Module.backward`."""
        modules = self._row("backward", params=True)
        for place in range(len(modules) - 1, -1, -1):
            modules[place].backward(out_grads=out_grads)
            if place:
                out_grads = modules[place].get_input_grads()

    def update(self) -> None:
        """Update the parameters of all modules."""
        for module in self._row("update", params=True, optimizer=True):
            module.update()

    def get_outputs(self, merge_multi_context: bool = True) -> list[Any]:
        """The outputs of the last module."""
        return self._row("get_outputs", params=True)[-1].get_outputs(merge_multi_context)

    def get_input_grads(self, merge_multi_context: bool = True) -> list[Any]:
        """The gradients of the first module's data. Needs ``bind(inputs_need_grad=True)``."""
        modules = self._row("get_input_grads", params=True, input_grads=True)
        return modules[0].get_input_grads(merge_multi_context)

    def update_metric(self, eval_metric: Any, labels: Any, pre_sliced: bool = False) -> None:
        """Update a metric by the outputs of all modules that take labels."""
        modules = self._row("update_metric", params=True)
        for module, meta in zip(modules, self._metas, strict=True):
            if meta.get(self.META_TAKE_LABELS):
                module.update_metric(eval_metric, labels, pre_sliced)

    def install_monitor(self, mon: Any) -> None:
        """Let a `monitor.Monitor` look into all modules."""
        for module in self._row("install_monitor"):
            module.install_monitor(mon)
