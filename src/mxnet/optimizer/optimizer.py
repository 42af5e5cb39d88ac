"""The base of all optimisers: counting updates, learning rates and weight decays per parameter."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NoReturn, TypeVar

import torch

from .. import ndarray as nd
from .._surface import complete as _complete
from .._surface import module_getattr as _module_getattr
from .._surface import refuse_named as _refuse_named
from ..base import message, nearest
from ..lr_scheduler import LRScheduler
from ..ndarray import NDArray

__all__ = ["Optimizer", "create", "register"]

__getattr__ = _module_getattr(__name__)
OptimizerClass = TypeVar("OptimizerClass", bound="type[Optimizer]")
_HALF = (torch.float16, torch.bfloat16)


@_complete("mxnet.optimizer.Optimizer")
class Optimizer:
    """Base of all optimisers. One of your own overrides ``create_state`` and ``update``.

    Parameters
    ----------
    rescale_grad : factor on every gradient (a trainer sets it to ``1 / batch_size``).
    param_idx2name : names of the parameters by index, for multipliers by name.
    wd : weight decay, the factor of the L2 penalty ``wd / 2 * sum(w**2)``.
    clip_gradient : gradients are cut to ``[-clip_gradient, clip_gradient]``; None cuts none.
    learning_rate : 0.01 by default.
    lr_scheduler : learning rate by number of updates instead.
    sym : symbol whose attributes hold multipliers; not in Glueball yet.
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
        if sym is not None:
            raise NotImplementedError(
                message(
                    "Optimizer: sym= is not in Glueball yet",
                    hint="param_dict, or set_lr_mult and set_wd_mult",
                )
            )
        if param_idx2name is not None and not isinstance(param_idx2name, Mapping):
            raise AssertionError(
                message(
                    "param_idx2name should be a dict of param indexes to names.",
                    received=repr(param_idx2name),
                )
            )
        self.rescale_grad = rescale_grad
        self.lr_scheduler = lr_scheduler
        self.lr: float | None
        if lr_scheduler is None:
            self.lr = 0.01 if learning_rate is None else learning_rate
        else:
            self.lr = learning_rate
            if learning_rate is not None and lr_scheduler.base_lr != learning_rate:
                warnings.warn(
                    "learning rate from ``lr_scheduler`` has been overwritten by ``learning_rate`` in optimizer.",
                    UserWarning,
                    stacklevel=3,
                )
                lr_scheduler.base_lr = learning_rate
        self.wd = wd
        self.clip_gradient = clip_gradient
        self.multi_precision = multi_precision
        self.aggregate_num = 0
        self.begin_num_update = begin_num_update
        self.num_update = begin_num_update
        self._all_index_update_counts: dict[int, dict[Any, int]] = {0: {}}
        self._index_update_count = self._all_index_update_counts[0]
        self.idx2name: dict[Any, str] = dict(param_idx2name or {})
        self.param_dict: dict[Any, Any] = dict(param_dict or {})
        self.sym_info = ()
        self.lr_mult: dict[Any, float] = {}
        self.wd_mult: dict[Any, float] = {}
        self.set_lr_mult({})
        self.set_wd_mult({})

    # ------------------------------------------------------------------ the registry

    @staticmethod
    def register(klass: OptimizerClass) -> OptimizerClass:
        """Class decorator: make an optimiser known under its name in small letters."""
        if not (isinstance(klass, type) and issubclass(klass, Optimizer)):
            raise AssertionError(message("register: takes a subclass of Optimizer", received=repr(klass)))
        name = klass.__name__.lower()
        known = Optimizer.opt_registry.get(name)
        if known is not None and known is not klass:
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
            _refuse_named("mxnet.optimizer", name)
            close = nearest(name, Optimizer.opt_registry)
            raise ValueError(
                message(
                    f"Cannot find optimizer {name}",
                    because="known are " + ", ".join(sorted(Optimizer.opt_registry)),
                    hint=f"'{close}'" if close else None,
                )
            )
        return klass(**kwargs)

    # ------------------------------------------------------------------ what a subclass writes

    def create_state(self, index: Any, weight: NDArray) -> Any:
        """What is kept between the updates of a weight: None, an array or a tuple of arrays."""

    def create_state_multi_precision(self, index: Any, weight: NDArray) -> Any:
        """`create_state`, with ``multi_precision`` for half-precision weights: (float32 copy, its state)."""
        if weight._t.dtype in _HALF:
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
        if self.multi_precision and weight._t.dtype in _HALF:
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
        """Update many weights; one after the other here, at once in the built-in optimisers."""
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
        self.lr_mult = dict(args_lr_mult)

    def set_wd_mult(self, args_wd_mult: Mapping[Any, float]) -> None:
        """Factors on the weight decay, by index or by name; 0 for names that end in neither weight nor gamma."""
        exempt = (n for n in self.idx2name.values() if not n.endswith(("_weight", "_gamma")))
        self.wd_mult = {**dict.fromkeys(exempt, 0.0), **args_wd_mult}

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
        return [lr * self._multiplier(index, "lr_mult") for index in indices]

    def _get_lr(self, index: Any) -> float:
        """The learning rate of one parameter now."""
        return self._get_lrs([index])[0]

    def _get_wds(self, indices: Sequence[Any]) -> list[float]:
        return [self.wd * self._multiplier(index, "wd_mult") for index in indices]

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


class FusedOptimizer(Optimizer):
    """Base of the built-in optimisers: all weights of a type, device and rate are updated together.

    A subclass writes `_apply` over lists of tensors. A class that is derived from a built-in one and overrides
    ``update`` gets its own ``update`` called, weight by weight.
    """

    _state_first = False
    """Order of ``create_state_multi_precision``: (state, float32 copy) where True."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = vars(cls)
        if "_apply" not in own and ("update" in own or "update_multi_precision" in own):
            cls._update_all = Optimizer._update_all  # type: ignore[assignment, method-assign]

    def create_state_multi_precision(self, index: Any, weight: NDArray) -> Any:
        """The state of a weight, with its float32 copy where ``multi_precision`` asks for one."""
        state = super().create_state_multi_precision(index, weight)
        if self._state_first and self.multi_precision and weight._t.dtype in _HALF:
            return state[1], state[0]
        return state

    def update(self, index: Any, weight: Any, grad: Any, state: Any) -> None:
        """Update one weight, or many given as lists."""
        if isinstance(index, (list, tuple)):
            FusedOptimizer._update_all(self, index, weight, grad, state, False)
        else:
            FusedOptimizer._update_all(self, [index], [weight], [grad], [state], False)

    def update_multi_precision(self, index: Any, weight: Any, grad: Any, state: Any) -> None:
        """`update`, for half-precision weights with ``multi_precision`` on their float32 copy."""
        if type(self).update is not FusedOptimizer.update:  # written by a user
            super().update_multi_precision(index, weight, grad, state)
        elif isinstance(index, (list, tuple)):
            FusedOptimizer._update_all(self, index, weight, grad, state)
        else:
            FusedOptimizer._update_all(self, [index], [weight], [grad], [state])

    def _update_all(
        self,
        indices: Sequence[Any],
        weights: Sequence[NDArray],
        grads: Sequence[NDArray],
        states: Sequence[Any],
        masters: bool = True,
    ) -> None:
        self._update_count(indices)
        groups: dict[Any, tuple[list[Any], list[Any], list[Any]]] = {}
        copies: list[tuple[torch.Tensor, torch.Tensor]] = []
        masters = masters and self.multi_precision
        lrs, wds = self._get_lrs(indices), self._get_wds(indices)
        for index, weight, grad, state, lr, wd in zip(indices, weights, grads, states, lrs, wds, strict=True):
            w, g = weight._t.data, grad._t
            if g.requires_grad:
                g = g.detach()
            if masters and w.dtype in _HALF:
                state, master = state if self._state_first else (state[1], state[0])
                copies.append((w, master._t.data))
                w = master._t.data
            if g.dtype is not w.dtype:
                g = g.to(w.dtype)
            key = (self._rate(index, lr), wd, w.dtype, w.device)
            group = groups.get(key)
            if group is None:
                group = groups[key] = ([], [], [])
            group[0].append(w)
            group[1].append(g)
            group[2].append(state)
        for (lr, wd, _, _), (ws, gs, ss) in groups.items():
            self._apply(ws, gs, _by_component(ss), lr, wd)
        for half, master in copies:
            half.copy_(master)

    def _rate(self, index: Any, lr: float) -> float:
        """The step size of this update (Adam corrects it by the number of updates)."""
        return lr

    def _apply(
        self,
        weights: list[torch.Tensor],
        grads: list[torch.Tensor],
        states: list[list[torch.Tensor]],
        lr: float,
        wd: float,
    ) -> None:
        """Update tensors in place; ``states`` has a list over the weights for each component of their state."""
        raise NotImplementedError

    def _rescaled(self, grads: list[torch.Tensor], *, clip: bool = True) -> list[torch.Tensor]:
        """New tensors ``rescale_grad * grad``, cut to the clipping range."""
        scaled = list(torch._foreach_mul(grads, float(self.rescale_grad)))
        if clip:
            self._clip_(scaled)
        return scaled

    def _clip_(self, grads: list[torch.Tensor]) -> None:
        # 1.9.1 takes a range below 0 for none
        if self.clip_gradient is not None and self.clip_gradient >= 0:
            torch._foreach_clamp_min_(grads, -self.clip_gradient)
            torch._foreach_clamp_max_(grads, self.clip_gradient)


def zeros_like(weight: NDArray) -> NDArray:
    """A state of zeros for a weight."""
    return nd.zeros(weight.shape, weight._ctx, dtype=weight.dtype)


def _by_component(states: list[Any]) -> list[list[torch.Tensor]]:
    first = states[0]
    if first is None:
        return []
    if isinstance(first, NDArray):
        return [[state._t.data for state in states]]
    return [[state[k]._t.data for state in states] for k in range(len(first))]


def _refuse_options(klass: type[Optimizer], unknown: Mapping[str, Any]) -> NoReturn:
    known = sorted(
        name
        for base in klass.__mro__
        if "__init__" in vars(base)
        for name, parameter in inspect.signature(base.__init__).parameters.items()  # type: ignore[misc]
        if parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD and name != "self"
    )
    name = next(iter(unknown))
    close = nearest(name, known)
    raise TypeError(
        message(
            f"{klass.__name__}: unexpected option '{name}'",
            received=", ".join(f"{key}={value!r}" for key, value in unknown.items()),
            because="its options are " + ", ".join(known),
            hint=f"{close}={unknown[name]!r}" if close else None,
        )
    )
