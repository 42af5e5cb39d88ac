"""The trainer: one step of an optimiser over all parameters of a network."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from .. import autograd, files
from .. import kvstore as kv
from .. import optimizer as opt
from .._surface import complete as _complete
from .._surface import module_getattr as _module_getattr
from ..base import message
from ..context import Context
from ..kvstore.base import class_of as _store_class
from ..ndarray import NDArray
from ..optimizer.updater import restore_settings
from ..tape import Variable
from .parameter import Parameter
from .parameter_dict import ParameterDict
from .trainer_states import dump_all, give_states, read_all

__all__ = ["Trainer"]

__getattr__ = _module_getattr(__name__)


@_complete("mxnet.gluon.Trainer")
class Trainer:
    """Updates parameters by their gradients.

    Parameters
    ----------
    params : the parameters: ``net.collect_params()``, a dictionary or a list.
    optimizer : name (``'sgd'``, ``'adam'``, ...) or object.
    optimizer_params : options of the optimiser, if it is given by name: ``{'learning_rate': 0.1}``.
    kvstore : what sums the gradients of several contexts: ``'device'``, ``'local'``, a name registered with
        `kv.KVStoreBase.register`, or a store; None does not sum them, and every context goes its own way. With
        parameters in one context, a name makes no store.
    compression_params : ``{'type': '2bit', 'threshold': 0.5}``, see `kv.KVStore.set_gradient_compression`.
    update_on_kvstore : True updates the weights once, in the store, and copies them to all contexts; False makes
        ``allreduce_grads`` and ``update`` steps of their own, and updates in every context. None is True where the
        store can do it (and ``MXNET_UPDATE_ON_KVSTORE`` is not 0).

    With several contexts, gradients are summed in the order of the contexts, and before the first step all copies
    of a weight become that of the first. Differs from 1.9.1: the store works on the weights of the first context
    themselves, so that what a program writes into them counts.

    Raises
    ------
    ValueError : ``params`` is something else; the optimiser or the store is unknown, or the store cannot update.
    TypeError : the optimiser does not have such an option; ``kvstore`` is something else.
    NotImplementedError : a store that joins several processes.

    >>> from mxnet import autograd, gluon, init, nd
    >>> net = gluon.nn.Dense(1, in_units=1, use_bias=False)
    >>> net.initialize(init.One())
    >>> trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
    >>> with autograd.record():
    ...     loss = net(nd.array([[2.0]]))
    >>> loss.backward()
    >>> trainer.step(batch_size=1)
    >>> round(net.weight.data().asscalar().item(), 4)
    0.8
    """

    def __init__(
        self,
        params: ParameterDict | Mapping[str, Parameter] | Iterable[Parameter],
        optimizer: str | opt.Optimizer,
        optimizer_params: Mapping[str, Any] | None = None,
        kvstore: Any = "device",
        compression_params: Mapping[str, Any] | None = None,
        update_on_kvstore: bool | None = None,
    ) -> None:
        self._params = _parameters(params)
        self._compression_params = compression_params
        if isinstance(optimizer, opt.Optimizer):
            if optimizer_params:
                raise AssertionError(
                    message(
                        "optimizer_params must be None if optimizer is an instance of Optimizer instead of str",
                        received=repr(dict(optimizer_params)),
                        hint="give the options where the optimiser is made",
                    )
                )
            self._optimizer = optimizer
        else:
            if optimizer_params is not None and not isinstance(optimizer_params, Mapping):
                raise TypeError(
                    message(
                        "Trainer: optimizer_params is a dict of the optimiser's options",
                        received=f"{type(optimizer_params).__name__} {optimizer_params!r}",
                        hint='gluon.Trainer(params, "sgd", {"learning_rate": 0.1})',
                    )
                )
            self._optimizer = opt.create(optimizer, **(optimizer_params or {}))
        self._optimizer.param_dict = dict(enumerate(self._params))
        self._scale = float(self._optimizer.rescale_grad)
        _check_store(kvstore, update_on_kvstore)
        self._kvstore_params = {"kvstore": kvstore, "update_on_kvstore": update_on_kvstore}
        self._kvstore: Any = None
        self._update_on_kvstore: bool | None = None
        self._contexts: list[Context] | None = None
        self._arrays_seen: list[NDArray] | None = None
        self._updaters: list[opt.Updater] = []

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore a copy: its optimiser came without the parameters, whose multipliers count."""
        vars(self).update(state)
        self._optimizer.param_dict = dict(enumerate(self._params))

    # ------------------------------------------------------------------ learning rate

    @property
    def learning_rate(self) -> float:
        """The learning rate of now."""
        return self._optimizer.learning_rate

    @property
    def optimizer(self) -> opt.Optimizer:
        """The optimiser."""
        return self._optimizer

    def set_learning_rate(self, lr: float) -> None:
        """Change the learning rate; raises ``UserWarning`` if a scheduler sets it."""
        self._optimizer.set_learning_rate(lr)

    # ------------------------------------------------------------------ a step

    def step(self, batch_size: float, ignore_stale_grad: bool = False) -> None:
        """Sum the gradients of all contexts, divide by ``batch_size`` and update every parameter.

        Parameters
        ----------
        batch_size : number of examples that the loss summed over; 1 for a loss that is a mean.
        ignore_stale_grad : leave parameters alone whose gradient no ``backward`` has touched since the last step.

        Raises
        ------
        UserWarning : there is such a parameter (and ``ignore_stale_grad`` is False); nothing is updated. Where the
            store updates the weights of several contexts it is only a warning, and the old gradient counts again.
        RuntimeError : a parameter is not initialised.
        ZeroDivisionError, TypeError : ``batch_size`` is 0, or no number.

        Differs from 1.9.1: with several contexts, ``ignore_stale_grad=True`` sums the gradients that are fresh and
        leaves a parameter alone that has none; 1.9.1 uses old ones again, or lets the copies drift apart.
        """
        self._divide_by(batch_size, "step")
        self._prepare()
        if self._kvstore is None:
            self._update(ignore_stale_grad)
        elif self._update_on_kvstore:
            self._update_in_store(ignore_stale_grad)
        else:
            if not ignore_stale_grad:
                self._refuse_stale()
            self._allreduce_grads(fresh_only=ignore_stale_grad)
            self._update(ignore_stale_grad)

    def _divide_by(self, batch_size: float, step: str) -> None:
        try:
            self._optimizer.rescale_grad = self._scale / batch_size
        except (ZeroDivisionError, TypeError) as error:
            raise type(error)(
                message(
                    f"Trainer.{step}: batch_size is a number above 0",
                    received=repr(batch_size),
                    because="the gradients are divided by it",
                    hint=f"{step}(X.shape[0]); a batch without examples is no step",
                )
            ) from None

    def allreduce_grads(self) -> None:
        """Give every context the sum of the gradients of all; then `update`. For working on gradients in between.

        Raises ``AssertionError`` if the store updates the weights; ``update_on_kvstore=False`` makes it two steps.
        """
        self._prepare()
        self._refuse_update_in_store("allreduce_grads()")
        self._allreduce_grads()

    def update(self, batch_size: float, ignore_stale_grad: bool = False) -> None:
        """Divide the gradients by ``batch_size`` and update, after `allreduce_grads`."""
        self._prepare()
        self._refuse_update_in_store("update()")
        self._divide_by(batch_size, "update")
        self._update(ignore_stale_grad)

    def _update(self, ignore_stale_grad: bool = False) -> None:
        """Update the weights of each context by its own gradients."""
        learned = [(i, p) for i, p in enumerate(self._params) if p._grad_req != "null"]
        if len(self._updaters) == 1 and self._kvstore is None:
            weights = [parameter._only for _, parameter in learned]
            variables = [array._tape for array in weights]  # type: ignore[union-attr]
            stale = [not variable.fresh for variable in variables]
            if True not in stale:
                for variable in variables:
                    variable.fresh = False
                grads = [variable.buffer for variable in variables]
                self._updaters[0]([index for index, _ in learned], grads, weights)
                return
        if not ignore_stale_grad:
            for _, parameter in learned:
                for array in parameter._data:  # type: ignore[union-attr]
                    if not array._tape.fresh:
                        raise _stale(parameter, array)
        elif self._kvstore is not None:  # all copies have one gradient, the sum: all are updated, or none
            for _, parameter in learned:
                variables = _variables(parameter)
                if any(each.fresh for each in variables):
                    for each in variables:
                        each.fresh = True
        for k, updater in enumerate(self._updaters):
            indices, grads, weights = [], [], []
            for index, parameter in learned:
                array = parameter._data[k]  # type: ignore[index]
                own: Variable = array._tape
                if own.fresh:
                    own.fresh = False
                    indices.append(index)
                    grads.append(own.buffer)
                    weights.append(array)
            updater(indices, grads, weights)

    # ------------------------------------------------------------------ several contexts

    def _prepare(self) -> None:
        """At the first step, and when parameters have moved: all must be there, in the same contexts."""
        arrays = self._params[0]._data if self._params else None
        if self._contexts is not None and arrays is self._arrays_seen:
            return
        contexts = self._common_contexts()
        self._init_kvstore(contexts)
        if self._update_on_kvstore:
            updater = getattr(self._kvstore, "_updater", None)  # a store of somebody else's need not have one
            updaters = [updater] if isinstance(updater, opt.Updater) else []
        else:
            updaters = [opt.get_updater(self._optimizer) for _ in contexts]
        if self._updaters and self._contexts:  # the same weights elsewhere: states and counts follow
            counts = self._optimizer._all_index_update_counts
            moved = {}
            for k, updater in enumerate(updaters):
                before = min(k, len(self._updaters) - 1)
                give_states(updater, self._updaters[before].states)
                moved[contexts[k].device_id] = dict(counts.get(self._contexts[before].device_id, {}))
            counts.update(moved)
        self._updaters, self._contexts, self._arrays_seen = updaters, contexts, arrays

    def _common_contexts(self) -> list[Context]:
        contexts: list[Context] | None = None
        for parameter in self._params:
            here = parameter.list_ctx()
            if contexts is not None and here != contexts:
                raise AssertionError(
                    message(
                        "All Parameters must be initialized on the same set of contexts, but Parameter "
                        f"{parameter.name} is initialized on {here} while previous Parameters are initialized on "
                        f"{contexts}.",
                        hint="net.collect_params().reset_ctx(ctx)",
                    )
                )
            contexts = here
        for parameter in self._params:
            parameter.list_data()  # one that still waits for its shape is an error now
        return contexts or []

    def _init_kvstore(self, contexts: list[Context]) -> None:
        """Make the store, or tell one that there is already about weights that have moved."""
        given, wanted = self._kvstore_params["kvstore"], self._kvstore_params["update_on_kvstore"]
        if given is None or (isinstance(given, str) and len(contexts) < 2):
            self._kvstore = self._update_on_kvstore = None
            return
        store, updates = self._kvstore, self._update_on_kvstore
        new = store is None
        if new:
            store = kv.create(given) if isinstance(given, str) else given
            capable = store.is_capable(kv.KVStoreBase.OPTIMIZER)
            if wanted and not capable:
                raise ValueError(
                    message(
                        f"Please set update_on_kvstore=False when training with {type(store)}",
                        because="this store cannot update weights",
                    )
                )
            if wanted is None:
                wanted = int(os.environ.get("MXNET_UPDATE_ON_KVSTORE", "1"))
            updates = bool(capable and wanted)
            if self._compression_params:
                _compress(store, self._compression_params)
        copies = [parameter.list_data() for parameter in self._params]
        with autograd.pause():
            if type(store) is not kv.KVStore:
                if new and updates:
                    store.set_optimizer(self._optimizer)
                if new or not isinstance(store, kv.KVStore):
                    for index, arrays in enumerate(copies):
                        store.broadcast(index, arrays[0], arrays)
            elif new:
                store.broadcast(list(range(len(copies))), [arrays[0] for arrays in copies], copies)
                if updates:
                    store.set_optimizer(self._optimizer)
        self._kvstore, self._update_on_kvstore = store, updates

    def _update_in_store(self, ignore_stale_grad: bool) -> None:
        """Update the weights of the first context by the summed gradients, and copy them to the others."""
        own = isinstance(self._kvstore, kv.KVStore)
        indices, grads, weights, used = [], [], [], []
        stale: UserWarning | None = None
        for index, parameter in enumerate(self._params):
            if parameter._grad_req == "null":
                continue
            arrays, variables = parameter.list_data(), _variables(parameter)
            fresh = [variable for variable in variables if variable.fresh]
            if len(fresh) == len(variables):
                pass
            elif not ignore_stale_grad:
                stale = stale or _stale(parameter, next(a for a in arrays if not a._fresh_grad))
            elif own:
                if not fresh:
                    continue
                variables = fresh
            if own:
                self._kvstore.handle.arrays[index] = arrays[0]
            indices.append(index)
            grads.append([variable.buffer for variable in variables])
            weights.append(arrays)
            used += fresh
        if stale is not None:
            warnings.warn(stale, stacklevel=3)
        for variable in used:
            variable.fresh = False
        self._pushpull(indices, grads, weights)

    def _allreduce_grads(self, fresh_only: bool = False) -> None:
        """Give every context the sum of the gradients of all, or of those that are fresh."""
        if self._kvstore is None:
            return
        fresh_only = fresh_only and isinstance(self._kvstore, kv.KVStore)
        indices, grads, sums = [], [], []
        for index, parameter in enumerate(self._params):
            if parameter._grad_req != "null":
                parameter.list_data()
                buffers = summands = [variable.buffer for variable in _variables(parameter)]
                if fresh_only:
                    fresh = [variable.buffer for variable in _variables(parameter) if variable.fresh]
                    if not fresh:
                        continue
                    summands = fresh if len(fresh) < len(buffers) else buffers
                indices.append(index)
                grads.append(summands)
                sums.append(buffers)
        self._pushpull(indices, grads, sums)

    def _pushpull(self, indices: list[int], values: list[list[NDArray]], outs: list[list[NDArray]]) -> None:
        with autograd.pause() if autograd.is_recording() else nullcontext():
            if type(self._kvstore) is kv.KVStore:
                self._kvstore._exchange(
                    dict(zip(indices, values, strict=True)), dict(zip(indices, outs, strict=True))
                )
                return
            for index, value, out in zip(indices, values, outs, strict=True):
                if out is value:
                    self._kvstore.pushpull(index, value, priority=-index)
                else:
                    self._kvstore.pushpull(index, value, out=out, priority=-index)

    def _refuse_stale(self) -> None:
        for parameter in self._params:
            if parameter.grad_req != "null":
                for array in parameter.list_data():
                    if not array._fresh_grad:
                        raise _stale(parameter, array)

    def _refuse_update_in_store(self, what: str) -> None:
        if self._update_on_kvstore:
            raise AssertionError(
                message(
                    f"{what} when parameters are updated on kvstore is not supported.",
                    because="step() sums the gradients and updates the weights at once",
                    hint="Trainer(..., update_on_kvstore=False)",
                )
            )

    # ------------------------------------------------------------------ files

    def save_states(self, fname: Any) -> None:
        """Write the optimiser's state (momenta, counts, learning rate) to a file.

        Differs from 1.9.1: the file is no pickle, so that loading one runs no code; and where every context has
        states of its own, they are all in it.
        """
        self._prepare()
        if self._update_on_kvstore:
            self._kvstore.save_optimizer_states(fname, dump_optimizer=True)
            return
        content = dump_all(self._updaters, self._optimizer)
        if hasattr(fname, "write"):
            fname.write(content)
        else:
            with files.atomic_write(fname) as stream:
                stream.write(content)

    def load_states(self, fname: Any) -> None:
        """Continue with what `save_states` wrote, here or in the real MXNet.

        Raises `MXNetError` if the file is something else, or of another optimiser; nothing is changed then.
        """
        self._prepare()
        if self._update_on_kvstore and not isinstance(self._kvstore, kv.KVStore):
            self._kvstore.load_optimizer_states(fname)
            self._optimizer = getattr(getattr(self._kvstore, "_updater", None), "optimizer", self._optimizer)
            return
        content = fname.read() if hasattr(fname, "read") else Path(fname).read_bytes()
        by_context, settings = read_all(content, self._params)
        restore_settings(self._optimizer, settings)
        counts = self._optimizer._all_index_update_counts
        fullest = max(counts.values(), key=len)
        for k, (updater, context) in enumerate(zip(self._updaters, self._contexts or [], strict=False)):
            give_states(updater, by_context.get(k) or by_context.get(0, {}))
            if not counts.get(context.device_id):
                counts[context.device_id] = dict(fullest)


def _natural(name: str) -> list[Any]:
    """Sorts ``dense9`` before ``dense10``: the order of parameters is the same whatever counters have reached."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", name)]


def _parameters(params: Any) -> list[Parameter]:
    """The parameters in the order of their indices: dictionaries by name, lists as they are."""
    if isinstance(params, (ParameterDict, Mapping)):
        params = [params[name] for name in sorted(params.keys(), key=_natural)]
    if not isinstance(params, (list, tuple)):
        raise ValueError(
            message(
                f"First argument must be a list or dict of Parameters, got {type(params)}.",
                hint="gluon.Trainer(net.collect_params(), ...)",
            )
        )
    for each in params:
        if not isinstance(each, Parameter):
            raise ValueError(
                message(
                    f"First argument must be a list or dict of Parameters, got list of {type(each)}.",
                    hint="gluon.Trainer(net.collect_params(), ...)",
                )
            )
    seen: set[int] = set()
    for each in params:
        if id(each) in seen:
            raise ValueError(
                message(
                    f"Parameter '{each.name}' is there twice",
                    because="it would be updated twice in each step",
                    hint="net.collect_params(), which lists shared parameters once",
                )
            )
        seen.add(id(each))
    return list(params)


def _check_store(kvstore: Any, update_on_kvstore: bool | None) -> None:
    """Refuse what is no store, before anything is made."""
    if isinstance(kvstore, str):
        _store_class(kvstore, "Trainer")
    elif kvstore is None:
        if update_on_kvstore:
            raise ValueError(
                message(
                    "Trainer: update_on_kvstore=True takes a store",
                    received="kvstore=None",
                    hint="kvstore='device', or leave update_on_kvstore out",
                )
            )
    elif not isinstance(kvstore, kv.KVStoreBase):
        raise TypeError(
            message(
                "kvstore must be KVStore, str or None",
                received=repr(kvstore),
                hint="'device', or mx.kv.create('device')",
            )
        )


def _compress(store: Any, options: Mapping[str, Any]) -> None:
    if not hasattr(store, "set_gradient_compression"):
        raise ValueError(
            message(
                f"Trainer: {type(store)} cannot compress gradients",
                received=f"compression_params={options!r}",
                hint="kvstore='device', or leave compression_params out",
            )
        )
    store.set_gradient_compression(options)


def _variables(parameter: Parameter) -> list[Variable]:
    return [array._tape for array in parameter._data]  # type: ignore[union-attr]


def _stale(parameter: Parameter, array: NDArray) -> UserWarning:
    return UserWarning(
        message(
            f"Gradient of Parameter `{parameter.name}` on context {array._ctx} has not been updated by backward "
            "since last `step`",
            because="no backward() reached it: this step used only part of the network, or there was no backward",
            hint="loss.backward() before step(); or step(..., ignore_stale_grad=True) to leave such parameters alone",
        )
    )
