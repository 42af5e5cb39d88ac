"""The trainer: one step of an optimiser over all parameters of a network."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .. import files
from .. import optimizer as opt
from .._surface import complete as _complete
from .._surface import module_getattr as _module_getattr
from ..base import MXNetError, message
from ..context import Context
from ..ndarray import NDArray
from ..optimizer.updater import dump_states, read_states, restore_settings
from ..tape import Variable
from .parameter import Parameter
from .parameter_dict import ParameterDict

__all__ = ["Trainer"]

__getattr__ = _module_getattr(__name__)
_LOCAL_STORES = ("local", "device", "nccl")


@_complete("mxnet.gluon.Trainer")
class Trainer:
    """Updates parameters by their gradients.

    Parameters
    ----------
    params : the parameters: ``net.collect_params()``, a dictionary or a list.
    optimizer : name (``'sgd'``, ``'adam'``, ...) or object.
    optimizer_params : options of the optimiser, if it is given by name: ``{'learning_rate': 0.1}``.
    kvstore : how gradients of several contexts are summed: ``'device'`` or ``'local'``; None does not sum them.
    compression_params : accepted; nothing is compressed within one process.
    update_on_kvstore : with several contexts, whether the weights are updated once and copied (the default) or
        ``allreduce_grads`` and ``update`` are steps of their own.

    Raises
    ------
    ValueError : ``params`` is something else; the optimiser is unknown.
    TypeError : the optimiser does not have such an option.

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
            self._optimizer = opt.create(optimizer, **(optimizer_params or {}))
        self._optimizer.param_dict = dict(enumerate(self._params))
        self._scale = float(self._optimizer.rescale_grad)
        self._sum_gradients = _checked_store(kvstore)
        self._wants_update_on_kvstore = update_on_kvstore
        self._contexts: list[Context] | None = None
        self._arrays_seen: list[NDArray] | None = None
        self._updaters: list[opt.Updater] = []
        self._update_once = False

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
        UserWarning : there is such a parameter (and ``ignore_stale_grad`` is False); nothing is updated.
        RuntimeError : a parameter is not initialised.
        """
        self._optimizer.rescale_grad = self._scale / batch_size
        self._prepare()
        if len(self._contexts) == 1:  # type: ignore[arg-type]
            self._update(ignore_stale_grad)
            return
        if not ignore_stale_grad:
            self._refuse_stale()
        if self._update_once:
            self._update_first_and_copy(ignore_stale_grad)
        else:
            self._allreduce()
            self._update(ignore_stale_grad)

    def allreduce_grads(self) -> None:
        """Give every context the sum of the gradients of all; then `update`. For working on gradients in between.

        Raises ``AssertionError`` unless ``update_on_kvstore=False`` (or there is one context).
        """
        self._prepare()
        self._refuse_single_update("allreduce_grads()")
        self._allreduce()

    def update(self, batch_size: float, ignore_stale_grad: bool = False) -> None:
        """Divide the gradients by ``batch_size`` and update, after `allreduce_grads`."""
        self._prepare()
        self._refuse_single_update("update()")
        self._optimizer.rescale_grad = self._scale / batch_size
        self._update(ignore_stale_grad)

    def _prepare(self) -> None:
        """At the first step, and when parameters have moved: all must be there, in the same contexts."""
        arrays = self._params[0]._data if self._params else None
        if self._contexts is not None and arrays is self._arrays_seen:
            return
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
        contexts = contexts or []
        for parameter in self._params:
            parameter.list_data()  # one that still waits for its shape is an error now
        wanted = self._wants_update_on_kvstore
        self._update_once = len(contexts) > 1 and self._sum_gradients and (wanted is None or bool(wanted))
        count = min(len(contexts), 1) if self._update_once else len(contexts)
        if (
            self._contexts and len(self._updaters) == count
        ):  # the same weights elsewhere: states and counts follow
            counts = self._optimizer._all_index_update_counts
            for updater, before, now in zip(self._updaters, self._contexts, contexts, strict=False):
                updater.states_synced = dict.fromkeys(updater.states, False)
                if before.device_id in counts:
                    counts.setdefault(now.device_id, dict(counts[before.device_id]))
        else:
            self._updaters = [opt.get_updater(self._optimizer) for _ in range(count)]
        self._contexts, self._arrays_seen = contexts, arrays

    def _update(self, ignore_stale_grad: bool) -> None:
        learned = [(i, p) for i, p in enumerate(self._params) if p._grad_req != "null"]
        if not ignore_stale_grad:
            for _, parameter in learned:
                for array in parameter._data:  # type: ignore[union-attr]
                    if not array._tape.fresh:
                        raise _stale(parameter, array)
        for k, updater in enumerate(self._updaters):
            indices, grads, weights = [], [], []
            for index, parameter in learned:
                array = parameter._data[k]  # type: ignore[index]
                variable: Variable = array._tape
                if variable.fresh:
                    variable.fresh = False
                    indices.append(index)
                    grads.append(variable.buffer)
                    weights.append(array)
            updater(indices, grads, weights)

    def _update_first_and_copy(self, ignore_stale_grad: bool) -> None:
        """Update the weights of the first context by the summed gradients, and copy them to the others."""
        indices, grads, weights = [], [], []
        for index, parameter in enumerate(self._params):
            if parameter.grad_req == "null":
                continue
            arrays = parameter.list_data()
            if ignore_stale_grad and not any(array._fresh_grad for array in arrays):
                continue
            indices.append(index)
            grads.append(_summed(parameter.list_grad()))
            weights.append(arrays[0])
            for array in arrays:
                array._fresh_grad = False
        self._updaters[0](indices, grads, weights)
        for index in indices:
            first, *others = self._params[index].list_data()
            for array in others:
                array._t.data.copy_(first._t.data)

    def _allreduce(self) -> None:
        if not self._sum_gradients or len(self._contexts or ()) < 2:
            return
        for parameter in self._params:
            if parameter.grad_req != "null":
                gradients = parameter.list_grad()
                total = _summed(gradients)
                for gradient in gradients:
                    gradient._t.data.copy_(total._t)

    def _refuse_stale(self) -> None:
        for parameter in self._params:
            if parameter.grad_req != "null":
                for array in parameter.list_data():
                    if not array._fresh_grad:
                        raise _stale(parameter, array)

    def _refuse_single_update(self, what: str) -> None:
        if self._update_once:
            raise AssertionError(
                message(
                    f"{what} when parameters are updated on kvstore is not supported.",
                    hint="Trainer(..., update_on_kvstore=False)",
                )
            )

    # ------------------------------------------------------------------ files

    def save_states(self, fname: Any) -> None:
        """Write the optimiser's state (momenta, counts, learning rate) to a file.

        Differs from 1.9.1: the file is no pickle, so that loading one runs no code.
        """
        self._prepare()
        content = dump_states(
            {
                f"{k}/{index}": state
                for k, u in enumerate(self._updaters)
                for index, state in u.states.items()
            },
            self._optimizer,
        )
        if hasattr(fname, "write"):
            fname.write(content)
        else:
            with files.atomic_write(fname) as stream:
                stream.write(content)

    def load_states(self, fname: Any) -> None:
        """Continue with what `save_states` wrote, here or in the real MXNet.

        Raises `MXNetError` if the file is something else, or of another optimiser.
        """
        self._prepare()
        content = fname.read() if hasattr(fname, "read") else Path(fname).read_bytes()
        loaded, settings = read_states(content)
        self._check_states(loaded)
        restore_settings(self._optimizer, settings)
        for updater in self._updaters:
            updater.states, updater.states_synced = {}, {}
        for place, state in loaded.items():
            k, _, index = str(place).rpartition("/")
            # a file of the real MXNet has no k: its states are those of every context
            for updater in self._updaters[int(k) : int(k) + 1] if k else self._updaters:
                updater.states[int(index)] = state
                updater.states_synced[int(index)] = False

    def _check_states(self, loaded: Mapping[Any, Any]) -> None:
        for place, state in loaded.items():
            if not re.fullmatch(r"(\d+/)?\d+", str(place)):
                raise MXNetError(
                    "load_states: the states are of no trainer",
                    received=f"a state for {place!r}",
                    hint="a file that Trainer.save_states wrote",
                )
            index = int(str(place).rpartition("/")[2])
            if index >= len(self._params):
                raise MXNetError(
                    "load_states: the file has more parameters than the trainer",
                    received=f"a state for parameter {index}, {len(self._params)} parameters",
                )
            wanted = self._params[index].shape or ()
            by_row = wanted[:1] + (1,) * (len(wanted) - 1)
            for array in state if isinstance(state, (list, tuple)) else [state]:
                if isinstance(array, NDArray) and array.shape not in (wanted, by_row):
                    raise MXNetError(
                        "load_states: a state does not fit its parameter",
                        received=f"{array.shape} for '{self._params[index].name}' of shape {wanted}",
                        because="states belong to parameters by their order",
                        hint="the same network, with its parameters in the same order of names",
                    )


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


def _checked_store(kvstore: Any) -> bool:
    """Whether gradients are summed over contexts."""
    if kvstore is None:
        return False
    name = kvstore if isinstance(kvstore, str) else getattr(kvstore, "type", str(kvstore))
    if name.startswith("dist") or name in ("horovod", "byteps", "p3"):
        raise NotImplementedError(
            message(
                f"Trainer: kvstore='{name}' is not in Glueball yet",
                because="training runs in one process",
                hint="kvstore='device' with a list of contexts",
            )
        )
    if not name.startswith(_LOCAL_STORES):
        raise ValueError(message(f"Trainer: unknown kvstore {kvstore!r}", hint="'device', 'local' or None"))
    return True


def _summed(gradients: list[NDArray]) -> NDArray:
    """The sum of the gradients of all contexts, where the first one is."""
    first = gradients[0]
    total = first._plain().clone()
    for gradient in gradients[1:]:
        total.add_(gradient._plain().to(total.device))
    return NDArray._wrap(total, first._ctx)


def _stale(parameter: Parameter, array: NDArray) -> UserWarning:
    return UserWarning(
        message(
            f"Gradient of Parameter `{parameter.name}` on context {array._ctx} has not been updated by backward "
            "since last `step`",
            because="no backward() reached it: this step used only part of the network, or there was no backward",
            hint="loss.backward() before step(); or step(..., ignore_stale_grad=True) to leave such parameters alone",
        )
    )
