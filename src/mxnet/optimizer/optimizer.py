"""The base of all optimisers: counting updates, learning rates and weight decays per parameter."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NoReturn, TypeVar

import torch

from .._surface import complete as _complete
from .._surface import module_getattr as _module_getattr
from ..base import message, nearest
from ..lr_scheduler import LRScheduler
from ..ndarray import NDArray

__all__ = ["Optimizer", "create", "register"]

__getattr__ = _module_getattr(__name__)
OptimizerClass = TypeVar("OptimizerClass", bound="type[Optimizer]")
HALF = (torch.float16, torch.bfloat16)
_OF_TORCH = {"lr": "learning_rate", "weight_decay": "wd", "eps": "epsilon"}


@_complete("mxnet.optimizer.Optimizer")
class Optimizer:
    """Base of all optimisers. One of your own overrides ``create_state`` and ``update``.

    Parameters
    ----------
    rescale_grad : factor on every gradient (a trainer sets it to ``1 / batch_size``).
    param_idx2name : names of the parameters by index, for multipliers by name.
    wd : weight decay, the factor of the L2 penalty ``wd / 2 * sum(w**2)``.
    clip_gradient : gradients are cut to ``[-clip_gradient, clip_gradient]``; None, 0 and less cut none.
    learning_rate : 0.01 by default.
    lr_scheduler : learning rate by number of updates instead.
    sym : a symbol, whose variables' ``lr_mult`` and ``wd_mult`` count.
    begin_num_update : where the count of updates starts.
    multi_precision : keep a float32 copy of half-precision weights and update that.
    param_dict : parameters by index, whose ``lr_mult`` and ``wd_mult`` count.

    Raises
    ------
    TypeError : an option that the optimiser does not have; the message names the nearest that it has.

    >>> import mxnet as mx
    >>> @mx.optimizer.register
    ... class PlainDescent(mx.optimizer.Optimizer):
    ...     def update(self, index, weight, grad, state):
    ...         self._update_count(index)
    ...         weight -= self._get_lr(index) * grad * self.rescale_grad
    >>> mx.optimizer.create("plaindescent", learning_rate=0.5).learning_rate
    0.5
    """

    opt_registry: ClassVar[dict[str, type[Optimizer]]] = {}
    _replaceable: ClassVar[bool] = False
    """Not in 1.9.1: a program that brings a class of this name means its own."""

    def __init__(
        self,
        rescale_grad: float = 1.0,
        param_idx2name: Mapping[int, str] | None = None,
        wd: float = 0.0,
        clip_gradient: float | None = None,
        learning_rate: float | None = None,
        lr_scheduler: LRScheduler | None = None,
        sym: Any = None,
        begin_num_update: int = 0,
        multi_precision: bool = False,
        param_dict: Mapping[int, Any] | None = None,
        **unknown: Any,
    ) -> None:
        if unknown:
            _refuse_options(type(self), unknown)
        if sym is not None and not (hasattr(sym, "attr_dict") and hasattr(sym, "list_arguments")):
            raise TypeError(message(f"{type(self).__name__}: sym is a symbol", received=repr(sym)))
        if param_idx2name is not None and not isinstance(param_idx2name, Mapping):
            raise AssertionError(
                message(
                    "param_idx2name should be a dict of param indexes to names.",
                    received=repr(param_idx2name),
                )
            )
        if lr_scheduler is not None and not callable(lr_scheduler):
            raise TypeError(
                message(
                    f"{type(self).__name__}: lr_scheduler gives the learning rate of an update",
                    received=f"lr_scheduler={lr_scheduler!r}",
                    hint="an object such as lr_scheduler.FactorScheduler(step=1000, factor=0.5)",
                )
            )
        self.rescale_grad = rescale_grad
        self.lr_scheduler = lr_scheduler
        self.lr: float | None
        if lr_scheduler is None:
            self.lr = 0.01 if learning_rate is None else learning_rate
        else:
            self.lr = learning_rate
            if learning_rate is not None and getattr(lr_scheduler, "base_lr", None) != learning_rate:
                warnings.warn(
                    "learning rate from ``lr_scheduler`` has been overwritten by ``learning_rate`` in optimizer.",
                    UserWarning,
                    stacklevel=3,
                )
                lr_scheduler.base_lr = learning_rate
        self.wd = wd
        self.clip_gradient = clip_gradient
        self.multi_precision = multi_precision
        self.aggregate_num = 0  # above 0, `update` takes tuples of up to as many weights
        self.begin_num_update = begin_num_update
        self.num_update = begin_num_update
        self._all_index_update_counts: dict[int, dict[Any, int]] = {0: {}}
        self._index_update_count = self._all_index_update_counts[0]
        self.idx2name: dict[Any, str] = dict(param_idx2name or {})
        self.param_dict: dict[Any, Any] = dict(param_dict or {})
        self.sym_info = () if sym is None else (sym.attr_dict(), sym.list_arguments())
        self.lr_mult: dict[Any, float] = {}
        self.wd_mult: dict[Any, float] = {}
        self.set_lr_mult({})
        self.set_wd_mult({})

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "param_dict": {}}  # a copy for another process does not take the network along

    # ------------------------------------------------------------------ the registry

    @staticmethod
    def register(klass: OptimizerClass) -> OptimizerClass:
        """Class decorator: make an optimiser known under its name in small letters."""
        if not (isinstance(klass, type) and issubclass(klass, Optimizer)):
            raise AssertionError(message("register: takes a subclass of Optimizer", received=repr(klass)))
        name = klass.__name__.lower()
        known = Optimizer.opt_registry.get(name)
        if known is not None and known is not klass and not known._replaceable:
            warnings.warn(
                f"New optimizer {klass.__module__}.{klass.__name__} is overriding existing optimizer "
                f"{known.__module__}.{known.__name__}",
                UserWarning,
                stacklevel=2,
            )
        Optimizer.opt_registry[name] = klass
        return klass

    @staticmethod
    def create_optimizer(name: str, **kwargs: Any) -> Optimizer:
        """An optimiser by name; see `create`."""
        if not isinstance(name, str):
            raise TypeError(
                message(
                    "optimizer.create: the name is text", received=repr(name), hint="optimizer.create('sgd')"
                )
            )
        klass = Optimizer.opt_registry.get(name.lower())
        if klass is None:
            close = nearest(name, Optimizer.opt_registry)
            raise ValueError(
                message(
                    f"Cannot find optimizer {name}",
                    because="known are " + ", ".join(sorted(Optimizer.opt_registry)),
                    hint=f"'{close}'" if close else None,
                )
            )
        _refuse_texts(klass, kwargs)
        return klass(**kwargs)

    # ------------------------------------------------------------------ what a subclass writes

    def create_state(self, index: Any, weight: NDArray) -> Any:
        """What is kept between the updates of a weight: None, an array or a tuple of arrays."""

    def create_state_multi_precision(self, index: Any, weight: NDArray) -> Any:
        """`create_state`, with ``multi_precision`` for half-precision weights: (float32 copy, its state)."""
        if weight._t.dtype in HALF:
            if self.multi_precision:
                master = weight.astype("float32")
                return master, self.create_state(index, master)
            warnings.warn(
                "Accumulating with float16 in optimizer can lead to poor accuracy or slow convergence. "
                f"Consider using multi_precision=True option of the {type(self).__name__} optimizer",
                stacklevel=2,
            )
        return self.create_state(index, weight)

    def update(self, index: Any, weight: NDArray, grad: NDArray, state: Any) -> None:
        """Change ``weight`` in place by its gradient, and ``state`` with it."""
        raise NotImplementedError(
            message(
                f"{type(self).__name__}.update is not written",
                hint="def update(self, index, weight, grad, state): self._update_count(index); weight -= ...",
            )
        )

    def update_multi_precision(self, index: Any, weight: NDArray, grad: NDArray, state: Any) -> None:
        """`update`, for half-precision weights on their float32 copy."""
        if self.multi_precision and weight._t.dtype in HALF:
            master, inner = state
            self.update(index, master, grad.astype("float32"), inner)
            weight[:] = master.astype(weight.dtype)
        else:
            self.update(index, weight, grad, state)

    def _update_all(
        self,
        indices: Sequence[Any],
        weights: Sequence[NDArray],
        grads: Sequence[NDArray],
        states: Sequence[Any],
    ) -> None:
        """Update many weights: in portions of ``aggregate_num`` of one type, else one after the other."""
        if self.aggregate_num <= 0:
            self._update_each(indices, weights, grads, states)
            return
        by_type: dict[torch.dtype, list[int]] = {}
        for place, weight in enumerate(weights):
            by_type.setdefault(weight._t.dtype, []).append(place)
        for places in by_type.values():
            for start in range(0, len(places), self.aggregate_num):
                some = places[start : start + self.aggregate_num]
                portion: Any = [tuple(each[i] for i in some) for each in (indices, weights, grads, states)]
                self.update_multi_precision(*portion)

    def _update_each(
        self,
        indices: Sequence[Any],
        weights: Sequence[NDArray],
        grads: Sequence[NDArray],
        states: Sequence[Any],
    ) -> None:
        for index, weight, grad, state in zip(indices, weights, grads, states, strict=True):
            self.update_multi_precision(index, weight, grad, state)

    # ------------------------------------------------------------------ learning rates, weight decays, counts

    @property
    def learning_rate(self) -> float:
        """The learning rate of now, before multipliers."""
        if self.lr_scheduler is not None:
            return self.lr_scheduler(self.num_update)
        return self.lr  # type: ignore[return-value]

    def set_learning_rate(self, lr: float) -> None:
        """Change the learning rate; raises ``UserWarning`` if a scheduler sets it."""
        if self.lr_scheduler is not None:
            raise UserWarning(
                message(
                    "LRScheduler of the optimizer has already been defined. Note that set_learning_rate can mutate "
                    "the value of the learning rate of the optimizer only when the LRScheduler of the optimizer is "
                    "undefined.",
                    hint="optimizer.lr_scheduler.base_lr = ...",
                )
            )
        self.lr = lr

    def set_lr_scale(self, args_lrscale: Any) -> None:
        """An old name; raises."""
        raise DeprecationWarning(message("set_lr_scale is deprecated", hint="set_lr_mult"))

    def set_lr_mult(self, args_lr_mult: Mapping[Any, float]) -> None:
        """Factors on the learning rate, by index or by name."""
        self.lr_mult = {**self._multipliers_of_symbol("lr_mult"), **args_lr_mult}

    def set_wd_mult(self, args_wd_mult: Mapping[Any, float]) -> None:
        """Factors on the weight decay, by index or by name; 0 for names that end in neither weight nor gamma."""
        exempt = (n for n in self.idx2name.values() if not n.endswith(("_weight", "_gamma")))
        self.wd_mult = {
            **dict.fromkeys(exempt, 0.0),
            **self._multipliers_of_symbol("wd_mult"),
            **args_wd_mult,
        }

    def _multipliers_of_symbol(self, kind: str) -> dict[str, float]:
        attributes, arguments = self.sym_info or ({}, ())
        key = f"__{kind}__"
        return {name: float(attributes[name][key]) for name in arguments if key in attributes.get(name, ())}

    def _set_current_context(self, device_id: int) -> None:
        """Count updates for this device: every copy of a weight counts its own."""
        self._index_update_count = self._all_index_update_counts.setdefault(device_id, {})

    def _update_count(self, index: Any) -> None:
        """Note one more update of each index."""
        counts = self._index_update_count
        for each in index if isinstance(index, (list, tuple)) else (index,):
            count = counts[each] = counts.get(each, self.begin_num_update) + 1
            if count > self.num_update:
                self.num_update = count

    def _get_lrs(self, indices: Sequence[Any]) -> list[float]:
        lr = self.learning_rate
        known = self.param_dict
        if known and all(map(known.__contains__, indices)):
            return [lr * known[index].lr_mult for index in indices]
        return [lr * self._multiplier(index, "lr_mult") for index in indices]

    def _get_lr(self, index: Any) -> float:
        """The learning rate of one parameter now."""
        return self._get_lrs([index])[0]

    def _get_wds(self, indices: Sequence[Any]) -> list[float]:
        wd, known = self.wd, self.param_dict
        if known and all(map(known.__contains__, indices)):
            return [wd * known[index].wd_mult for index in indices]
        return [wd * self._multiplier(index, "wd_mult") for index in indices]

    def _get_wd(self, index: Any) -> float:
        """The weight decay of one parameter."""
        return self._get_wds([index])[0]

    def _multiplier(self, index: Any, kind: str) -> float:
        if index in self.param_dict:
            return getattr(self.param_dict[index], kind)
        table = getattr(self, kind)
        if index in table:
            return table[index]
        return table.get(self.idx2name[index], 1.0) if index in self.idx2name else 1.0


def register(klass: OptimizerClass) -> OptimizerClass:
    """Class decorator: make an optimiser known to `create` and to `Trainer`, by its name in small letters."""
    return Optimizer.register(klass)


def create(name: str, **kwargs: Any) -> Optimizer:
    """An optimiser by name, with its options.

    Raises
    ------
    ValueError : there is no optimiser of that name.
    NotImplementedError : MXNet has one of that name, which is still to come.
    TypeError : it does not have such an option.

    >>> import mxnet as mx
    >>> mx.optimizer.create("sgd", learning_rate=0.1, momentum=0.9).momentum
    0.9
    """
    return Optimizer.create_optimizer(name, **kwargs)


def _options(klass: type[Optimizer]) -> dict[str, Any]:
    """What a class takes, its bases included, with the defaults."""
    options: dict[str, Any] = {}
    for base in klass.__mro__:
        if "__init__" in vars(base):
            for name, parameter in inspect.signature(base.__init__).parameters.items():  # type: ignore[misc]
                if parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD and name != "self":
                    options.setdefault(name, parameter.default)
    return options


def _refuse_options(klass: type[Optimizer], unknown: Mapping[str, Any]) -> NoReturn:
    known = sorted(_options(klass))
    name = next(iter(unknown))
    other = _OF_TORCH.get(name)
    close = other if other in known else nearest(name, known)
    raise TypeError(
        message(
            f"{klass.__name__}: unexpected option '{name}'",
            received=", ".join(f"{key}={value!r}" for key, value in unknown.items()),
            because="its options are " + ", ".join(known),
            hint=f"{close}={unknown[name]!r}" if close else None,
        )
    )


def _refuse_texts(klass: type[Optimizer], given: Mapping[str, Any]) -> None:
    """Refuse a number that came from a file or a command line as text."""
    texts = [name for name, value in given.items() if isinstance(value, str)]
    if not texts or klass.__module__.partition(".")[0] != __name__.partition(".")[0]:
        return
    options = _options(klass)
    for name in texts:
        default = options.get(name)
        number = isinstance(default, (int, float)) and not isinstance(default, bool)
        if number or name in ("learning_rate", "clip_gradient"):
            raise TypeError(
                message(
                    f"{klass.__name__}: {name} is a number",
                    received=f"{name}={given[name]!r}",
                    hint=f"{name}=float({given[name]!r})",
                )
            )
