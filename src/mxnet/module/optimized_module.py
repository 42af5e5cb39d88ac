"""What of a `Module` has to do with its optimiser."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import files
from .. import optimizer as opt
from ..base import message
from ..context import Context
from ..model import Arrays
from .base_module import SGD, BaseModule
from .executor_group import DataParallelExecutorGroup
from .updating import (
    create_kvstore,
    index_names,
    initialize_kvstore,
    update_by_kvstore,
    update_by_updater,
)
from .values import Freshness

__all__ = ["OptimizedModule"]


class OptimizedModule(BaseModule):
    """Base of `Module`: parameters on one or several devices, and what updates them."""

    _context: list[Context]
    _param_names: list[str]
    _compression_params: Mapping[str, Any] | None

    def __init__(self, logger: Any = logging) -> None:
        super().__init__(logger)
        self._arg_params: Arrays = {}
        self._aux_params: Arrays = {}
        self._freshness = Freshness()
        self._optimizer: Any = None
        self._kvstore: Any = None
        self._update_on_kvstore = False
        self._updater: opt.Updater | None = None
        self._preload_opt_states: Any = None
        self._exec_group: DataParallelExecutorGroup | None = None

    def _bound(self, what: str, **needs: bool) -> DataParallelExecutorGroup:
        """The executors; ``AssertionError`` if there are none yet, or something else is missing."""
        self._require(what, **needs)
        assert self._exec_group is not None
        return self._exec_group

    def host_params(self) -> tuple[Arrays, Arrays]:
        """The parameters on the host, before `bind`, too."""
        self._sync_params_from_devices()
        return self._arg_params, self._aux_params

    def take_host_params(self, arg_params: Arrays, aux_params: Arrays) -> None:
        """Keep values for parameters until `bind` makes their arrays."""
        self._arg_params, self._aux_params = arg_params, aux_params
        self.params_initialized = True

    def _sync_params_from_devices(self) -> None:
        """Bring `_arg_params` and `_aux_params` up to date."""
        if self._freshness.is_stale and self._exec_group is not None:
            self._exec_group.get_params(self._arg_params, self._aux_params)
            self._freshness.is_stale = False

    def init_optimizer(
        self,
        kvstore: Any = "local",
        optimizer: Any = "sgd",
        optimizer_params: Any = SGD,
        force_init: bool = False,
    ) -> None:
        """Choose how parameters are updated.

        Parameters
        ----------
        kvstore : how several contexts are joined: a name (``'local'``, ``'device'``), a store, or None, with which each
            context goes its own way. One context needs none.
        optimizer : a name or an `optimizer.Optimizer`.
        optimizer_params : options for a name, as a dictionary or pairs; ``rescale_grad`` is 1 / batch size by default.
        force_init : choose again; otherwise a second call is ignored.

        Raises
        ------
        ValueError : there is no optimiser of that name.
        TypeError : it does not have such an option.
        """
        group = self._bound("init_optimizer", params=True)
        if self.optimizer_initialized and not force_init:
            self.logger.warning("optimizer already initialized, ignoring...")
            return
        self._sync_params_from_devices()
        store, on_store = create_kvstore(kvstore, len(self._context), self._arg_params)
        samples = group.batch_size
        if store is not None and "dist" in store.type and "_sync" in store.type:
            samples *= store.num_workers
        rescale_grad = 1.0 / samples
        names = index_names(self._param_names, 1 if on_store else len(self._context))
        if isinstance(optimizer, str):
            options = {"rescale_grad": rescale_grad, **_options(optimizer_params)}
            optimizer = opt.create(optimizer, sym=self._symbol, param_idx2name=names, **options)
        elif not isinstance(optimizer, opt.Optimizer):
            raise AssertionError(
                message(
                    "init_optimizer: optimizer is a name or an Optimizer",
                    received=repr(optimizer),
                    hint="optimizer='sgd', optimizer_params={'learning_rate': 0.1}",
                )
            )
        else:
            if optimizer.rescale_grad != rescale_grad:
                warnings.warn(
                    "Optimizer created manually outside Module but rescale_grad is not normalized to "
                    f"1.0/batch_size/num_workers ({optimizer.rescale_grad} vs. {rescale_grad}). Is this intended?",
                    stacklevel=2,
                )
            optimizer.idx2name = optimizer.idx2name or names
        updater = None if on_store else opt.get_updater(optimizer)
        if store is not None:
            if self._compression_params:
                store.set_gradient_compression(self._compression_params)
            if on_store:
                store.set_optimizer(optimizer)
            initialize_kvstore(store, group.param_arrays, self._arg_params, self._param_names, on_store)
        self._optimizer, self._kvstore, self._update_on_kvstore, self._updater = (
            optimizer,
            store,
            on_store,
            updater,
        )
        self.optimizer_initialized = True
        if self._preload_opt_states is not None:
            self.load_optimizer_states(self._preload_opt_states)
            self._preload_opt_states = None

    def borrow_optimizer(self, shared_module: OptimizedModule) -> None:
        """Use the optimiser of another module of the same parameters, states included."""
        if not shared_module.optimizer_initialized:
            raise AssertionError(
                message(
                    "borrow_optimizer: the other module has no optimiser yet",
                    hint="init_optimizer() of it first",
                )
            )
        self._optimizer = shared_module._optimizer
        self._kvstore = shared_module._kvstore
        self._update_on_kvstore = shared_module._update_on_kvstore
        self._updater = shared_module._updater
        self.optimizer_initialized = True

    def update(self) -> None:
        """Update the parameters by the gradients of the last `backward`."""
        group = self._bound("update", params=True, optimizer=True)
        group.release()  # buckets would keep all that of their last batches
        self._freshness.is_stale = True
        if self._update_on_kvstore:
            update_by_kvstore(self._kvstore, group.param_arrays, group.grad_arrays, self._param_names)
            return
        assert self._updater is not None
        update_by_updater(
            self._updater, group.param_arrays, group.grad_arrays, self._kvstore, self._param_names
        )

    def save_optimizer_states(self, fname: Any) -> None:
        """Write the states of the optimiser (momenta, ...) to a file; whole or not at all."""
        self._require("save_optimizer_states", optimizer=True)
        if self._update_on_kvstore:
            self._kvstore.save_optimizer_states(fname)
            return
        assert self._updater is not None
        with files.atomic_write(fname) as stream:
            stream.write(self._updater.get_states())

    def load_optimizer_states(self, fname: Any) -> None:
        """Continue with states that `save_optimizer_states` wrote, here or in the real MXNet.

        Raises
        ------
        FileNotFoundError : there is no such file.
        MXNetError : it holds something else.
        """
        self._require("load_optimizer_states", optimizer=True)
        if self._update_on_kvstore:
            self._kvstore.load_optimizer_states(fname)
            return
        assert self._updater is not None
        self._updater.set_states(Path(fname).read_bytes())
        # A store counts states by name, an updater by number.
        numbers = {
            name: number for number, name in index_names(self._param_names, len(self._context)).items()
        }
        states, synced = self._updater.states, self._updater.states_synced
        for name in [name for name in states if name in numbers]:
            states[numbers[name]], synced[numbers[name]] = states.pop(name), synced.pop(name)


def _options(optimizer_params: Any) -> dict[str, Any]:
    try:
        return dict(optimizer_params or {})
    except (TypeError, ValueError):
        raise TypeError(
            message(
                "init_optimizer: optimizer_params are options by name",
                received=f"optimizer_params={optimizer_params!r}",
                hint="optimizer_params={'learning_rate': 0.1}",
            )
        ) from None
