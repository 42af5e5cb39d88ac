"""Parameters of Gluon over the memory of torch modules: one module for each context."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import reduce
from typing import Any

import torch

from mxnet import initializer, tape
from mxnet import ndarray as nd
from mxnet.base import MXNetError, message
from mxnet.context import Context, cpu
from mxnet.dtype import to_numpy, to_torch
from mxnet.gluon import Parameter
from mxnet.gluon.parameter import contexts_of
from mxnet.ndarray import NDArray
from mxnet.ndarray.ndarray import context_of

__all__ = ["Replicas", "SharedParameter"]


class Replicas:
    """A torch module, and a copy of it in every further context.

    Attributes
    ----------
    modules : by context; the first is the module itself.
    frozen : submodules that stay in prediction mode while the rest trains.
    """

    def __init__(self, module: torch.nn.Module) -> None:
        first = next((t for t in module.state_dict(keep_vars=True).values() if _is_tensor(t)), None)
        self.modules = {context_of(first) if first is not None else cpu(): module}
        self.frozen: dict[Context, list[torch.nn.Module]] = {}
        self.fixed = first is not None
        self._abstract: torch.nn.Module | None = None
        self._parts = list(module.modules())

    @property
    def original(self) -> torch.nn.Module:
        """The module itself."""
        return next(iter(self.modules.values()))

    def place(self, contexts: Sequence[Context]) -> None:
        """Have the module in these contexts: itself in the first, copies of it in the others."""
        if list(self.modules) == list(contexts):
            return
        original, before = self.original, self.modules
        device = contexts[0].torch_device
        if next(iter(before)).torch_device != device:
            original.to(device)
        self.modules = {contexts[0]: original}
        for context in contexts[1:]:
            known = before.get(context)
            fresh = known is None or known is original
            self.modules[context] = (
                copy.deepcopy(original).to(context.torch_device) if fresh else known  # type: ignore[assignment]
            )

    def check(self) -> None:
        """Refuse to train a module that has got other parts: Gluon would not know their parameters."""
        if self._parts != list(self.original.modules()):
            raise MXNetError(
                f"{type(self.original).__name__}: the module has other parts than when it was wrapped",
                because="the parameters of new parts would not be trained",
                hint="from_module(module) again, and a new Trainer",
            )

    def abstract(self) -> torch.nn.Module:
        """A copy without elements, to ask for shapes."""
        if self._abstract is None:
            self._abstract = copy.deepcopy(self.original).to("meta")
        return self._abstract

    def switch(self, context: Context, module: torch.nn.Module, training: bool) -> None:
        """Training or prediction mode; submodules that somebody froze stay frozen."""
        if module.training is training:
            return
        if not training:
            self.frozen[context] = [each for each in module.modules() if not each.training]
        module.train(training)
        if training:
            for each in self.frozen.get(context, ()):
                each.training = False

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "frozen": {}, "_abstract": None}


class SharedParameter(Parameter):
    """A parameter or a buffer of a torch module, in the same memory.

    Its values are there from the start: ``initialize`` leaves them alone unless ``force_reinit``.
    """

    def __init__(self, name: str, place: str, replicas: Replicas, is_buffer: bool) -> None:
        *self._path, self._leaf = place.split(".")
        self._replicas = replicas
        self._owners: list[torch.nn.Module] = []
        self._tensors: list[torch.Tensor] = []
        self._is_buffer = is_buffer
        first = self._found(self._owner(replicas.original))
        learnt = not is_buffer and first.is_floating_point()
        super().__init__(
            name,
            grad_req="write" if first.requires_grad else "null",
            shape=tuple(first.shape),
            dtype=to_numpy(first.dtype),
            init=None if first.dim() > 1 else "zeros" if self._leaf.endswith("bias") else "ones",
            differentiable=learnt,
        )
        self._bind()

    def _owner(self, module: torch.nn.Module) -> torch.nn.Module:
        """The module inside that has it; by attributes, which scripted modules have too."""
        owner: torch.nn.Module = reduce(getattr, self._path, module)
        return owner

    def _found(self, owner: torch.nn.Module) -> torch.Tensor:
        found: torch.Tensor = getattr(owner, self._leaf)
        return found

    def _bind(self) -> None:
        """Lay arrays over the tensors that the modules have now."""
        modules = self._replicas.modules
        self._owners = [self._owner(module) for module in modules.values()]
        self._tensors = [self._found(owner) for owner in self._owners]
        self._dtype = to_numpy(self._tensors[0].dtype)
        arrays = []
        for tensor, context in zip(self._tensors, modules, strict=True):
            array = NDArray._wrap(tensor.data, context)
            array._shared = True
            arrays.append(array)
        super()._set_arrays(arrays[0], list(modules), arrays)

    def refresh(self) -> None:
        """Notice what happened to the module: other tensors (``to``, ``load_state_dict(assign=True)``), freezing."""
        for owner, tensor, array in zip(self._owners, self._tensors, self._data or (), strict=True):
            now = self._found(owner)
            if now is not tensor or now.data_ptr() != array._t.data_ptr() or now.dtype is not array._t.dtype:
                self._bind()
                break
        wanted = self._tensors[0].requires_grad
        if wanted is not (self._grad_req != "null"):
            self.grad_req = "write" if wanted else "null"

    def enter(self, place: int) -> None:
        """Let the record of now collect its gradient."""
        record = tape.state.record
        assert self._data is not None
        assert record is not None
        array = self._data[place]
        entry = array._tape
        if type(entry) is tape.Variable:
            if entry.record is not record:
                entry.leaf.grad = None  # what a training loop of torch left there is none of this record's
            entry.enter(array, record)

    # ------------------------------------------------------------------ what Gluon does to parameters

    def _attach_grads(self) -> None:
        """Gradients arrive in the module's own parameters, and go from there into Gluon's buffers."""
        super()._attach_grads()
        for array, tensor in zip(self._data or (), self._tensors, strict=False):
            if tensor.is_leaf and tensor.is_floating_point():
                tensor.requires_grad_(self._grad_req != "null")
            if type(array._tape) is tape.Variable:
                array._tape.leaf = tensor

    def _set_arrays(
        self, data: NDArray, contexts: Sequence[Context], copies: list[NDArray] | None = None
    ) -> None:
        self._replicas.place(contexts)
        self._bind()
        self.set_data(data)

    def initialize(
        self,
        init: Any = None,
        ctx: Context | Sequence[Context] | None = None,
        default_init: Any = None,
        force_reinit: bool = False,
    ) -> None:
        """Go to these contexts; with ``force_reinit`` fill it again (running statistics as the module does it)."""
        if ctx is not None:
            self.reset_ctx(ctx)
        if not force_reinit:
            return
        if self._is_buffer:
            for owner in self._owners:
                if hasattr(owner, "reset_running_stats"):
                    owner.reset_running_stats()  # type: ignore[operator]
            return
        chosen = init or self.init or default_init or initializer.Uniform()
        data = nd.zeros(self._shape, ctx=cpu(), dtype=self._dtype)
        initializer.create(default_init or chosen)(
            initializer.InitDesc(self.name, {"__init__": chosen}), data
        )
        self.set_data(data)

    def reset_ctx(self, ctx: Context | Sequence[Context]) -> None:
        """Move to other contexts, and the module with it; copies in several contexts are averaged first."""
        contexts = contexts_of(ctx)
        if contexts != [array._ctx for array in self._data or ()]:
            self._set_arrays(self._reduce(), contexts)

    def cast(self, dtype: Any) -> None:
        """Change the type of the elements in the module; whole numbers stay what they are."""
        wanted = to_torch(dtype)
        if not self._tensors[0].is_floating_point() or self._tensors[0].dtype is wanted:
            return
        if not wanted.is_floating_point:
            raise TypeError(
                message(
                    f"Parameter '{self.name}' of a torch module takes floating types only",
                    received=str(dtype),
                )
            )
        for owner, tensor in zip(self._owners, self._tensors, strict=True):
            if self._is_buffer:
                setattr(owner, self._leaf, tensor.to(wanted))
            else:
                tensor.data = tensor.data.to(wanted)
        self._bind()

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_data": None, "_owners": [], "_tensors": []}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore a copy or a pickled parameter over the copied module."""
        super().__setstate__(state)
        self._bind()


def _is_tensor(value: Any) -> bool:
    return isinstance(value, torch.Tensor)
