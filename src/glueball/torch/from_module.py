"""Torch modules as Gluon blocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch.nn.parameter import is_lazy

from glueball.torch.shared import Replicas, SharedParameter
from mxnet import autograd, tape
from mxnet.base import MXNetError, message
from mxnet.context import ABSTRACT, Context, current_context
from mxnet.dtype import NAMES, to_torch
from mxnet.gluon import Block, HybridBlock
from mxnet.ndarray import NDArray
from mxnet.symbol import Symbol

__all__ = ["TorchBlock", "from_module"]

_TYPES = frozenset(map(to_torch, NAMES))


def from_module(module: torch.nn.Module, prefix: str | None = None) -> TorchBlock:
    """Any torch module as a Gluon block, with the same parameters in the same memory.

    What a `gluon.Trainer` updates, the module has, and the other way round. Its values stay as they are. The block
    trains under ``autograd.record()``, alone or between Gluon layers in one backward pass; inside the module's mode
    follows Gluon's (``record()`` and ``train_mode()`` are ``module.train()``), and submodules that were put into
    ``eval()`` while the rest trains stay there. Running statistics and other buffers are parameters without gradient.

    Parameters
    ----------
    module : what is wrapped. Its inputs and outputs may be arrays, lists, tuples and dictionaries of them, and anything
        else, which is handed through.
    prefix : what the full names of its parameters begin with; by default the module's class and a number. Files
        (``save_parameters``) have the names of the state dict.

    Raises
    ------
    TypeError : ``module`` is no torch module, or a parameter has a type that arrays do not have.
    ValueError : parameters have no elements yet (lazy modules, the ``meta`` device).

    A recorded forward pass drops gradients that a training loop of torch left in ``.grad``. With several contexts
    (``initialize(ctx=[...])``) each has a copy of the module; the module itself is that of the first. The block has
    no graph: `export` refuses it, and a hybridized network around it runs call by call.

    >>> import torch
    >>> from glueball.torch import from_module
    >>> module = torch.nn.Linear(3, 1, bias=False)
    >>> net = nn.Sequential()
    >>> net.add(from_module(module), nn.Dense(2, in_units=1))
    >>> net.initialize()
    >>> trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
    >>> before = module.weight.clone()
    >>> with autograd.record():
    ...     loss = net(nd.ones((4, 3))).sum()
    >>> loss.backward()
    >>> trainer.step(4)
    >>> bool((module.weight != before).all())
    True
    """
    if not isinstance(module, torch.nn.Module):
        raise TypeError(
            message(
                "from_module: takes a torch module",
                received=f"{type(module).__name__} {module!r:.60}",
                hint="it is a Gluon block already; glueball.torch.to_module makes a torch module of it"
                if isinstance(module, Block)
                else "torch.nn.Module, made: from_module(Model())",
            )
        )
    stored = module.state_dict(keep_vars=True)
    tensors = {name: each for name, each in stored.items() if isinstance(each, torch.Tensor)}
    empty = [name for name, each in tensors.items() if is_lazy(each) or each.device.type == "meta"]
    if empty:
        raise ValueError(
            message(
                f"from_module: parameters of {type(module).__name__} have no elements yet",
                received=", ".join(empty[:8]),
                because="their shapes show only when data passes through the module",
                hint="module(torch.zeros(shape of a batch)) once, before",
            )
        )
    odd = [f"{name} {each.dtype}" for name, each in tensors.items() if each.dtype not in _TYPES]
    if odd:
        raise TypeError(
            message(
                "from_module: parameters have types that arrays do not have",
                received=", ".join(odd[:8]),
                because="an array holds one of " + ", ".join(NAMES),
            )
        )
    return TorchBlock(module, prefix)


class TorchBlock(HybridBlock):
    """A torch module as a Gluon block; see `from_module`."""

    _replicas: Replicas

    def __init__(self, module: torch.nn.Module, prefix: str | None = None) -> None:
        self.__dict__["_replicas"] = Replicas(module)
        super().__init__(prefix=prefix)
        made: dict[int, SharedParameter] = {}
        buffers = {name for name, _ in module.named_buffers(remove_duplicate=False)}
        for place, tensor in module.state_dict(keep_vars=True).items():
            if not isinstance(tensor, torch.Tensor):
                continue
            if id(tensor) not in made:
                name = f"{self.prefix}{place.replace('.', '_')}"
                while name in self.params:
                    name += "_"
                made[id(tensor)] = SharedParameter(name, place, self._replicas, place in buffers)
                self.params._params[name] = made[id(tensor)]
            self._reg_params[place] = made[id(tensor)]

    def _alias(self) -> str:
        return type(self.module).__name__.lower()

    @property
    def module(self) -> torch.nn.Module:
        """The torch module."""
        return self._replicas.original

    def __repr__(self) -> str:
        inside = repr(self.module).replace("\n", "\n  ")
        return f"{type(self).__name__}(\n  {inside}\n)"

    # ------------------------------------------------------------------ running

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the module, between the hooks."""
        if not kwargs:
            return super().__call__(*args)
        for pre_hook in list(self._forward_pre_hooks.values()):
            pre_hook(self, args)
        output = self.forward(*args, **kwargs)
        for hook in list(self._forward_hooks.values()):
            hook(self, args, output)
        return output

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Run the module on arrays."""
        given: list[NDArray] = []
        inputs, keywords = _mapped((args, kwargs), lambda array: _tensor(self, array, given))
        context = given[0]._ctx if given else current_context()
        if context is ABSTRACT:
            return self._run(self._replicas.abstract(), inputs, keywords, given, context)
        module, place = self._module_in(context, given)
        parameters = self.params.values()
        for each in parameters:
            each.refresh()  # type: ignore[attr-defined]
        if tape.state.recording:
            self._replicas.check()
            for each in parameters:
                each.enter(place)  # type: ignore[attr-defined]
        self._replicas.switch(context, module, autograd.is_training())
        result = self._run(module, inputs, keywords, given, context)
        if autograd.is_training():
            for each in parameters:
                each.refresh()  # type: ignore[attr-defined]
        return result

    def _module_in(self, context: Context, given: list[NDArray]) -> tuple[torch.nn.Module, int]:
        modules = self._replicas.modules
        other = next((each for each in given if each._ctx != context), None)
        if other is not None:
            raise MXNetError(
                f"{type(self.module).__name__}: inputs in different contexts",
                received=", ".join(map(tape.describe, given)),
                hint=f".as_in_context({context})",
            )
        if context in modules:
            return modules[context], list(modules).index(context)
        if not self._replicas.fixed:
            return self.module, 0
        tensors = [each for each in self.module.state_dict().values() if isinstance(each, torch.Tensor)]
        moved = next(iter(modules)).torch_device != context.torch_device and len(modules) == 1
        if moved and all(each.device == context.torch_device for each in tensors):  # by `module.to`
            self._replicas.modules = {context: self.module}
            for parameter in self.params.values():
                parameter._bind()  # type: ignore[attr-defined]
            return self.module, 0
        raise RuntimeError(
            message(
                f"{self.name} (a torch module) is not on context {context}. It is only on {list(modules)}.",
                hint=f"net.collect_params().reset_ctx({context}), or x.as_in_context({next(iter(modules))})",
            )
        )

    def _run(
        self, module: torch.nn.Module, args: Any, kwargs: Any, given: list[NDArray], context: Context
    ) -> Any:
        recording = tape.state.recording and context is not ABSTRACT
        try:
            with torch.set_grad_enabled(recording):
                result = module(*args, **kwargs)
        except RuntimeError as error:
            if isinstance(error, MXNetError):
                raise
            raise self._explained(error, given) from error
        taken = {each._t.untyped_storage().data_ptr() for each in given if each._t.numel()}
        return _wrapped(result, context, taken, recording)

    def _explained(self, error: RuntimeError, given: list[NDArray]) -> MXNetError:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        hint = None
        floats = [each for each in given if each._t.is_floating_point()]
        if floats and any(word in reason[0] for word in ("Long", "Int", "int64")):
            hint = "x.astype('int64'): torch takes indices as whole numbers"
        elif "dtype" in reason[0] or "scalar type" in reason[0]:
            hint = "x.astype(...) with the type of the parameters, or net.cast(...)"
        return MXNetError(
            f"{type(self.module).__name__}: cannot be computed",
            received=", ".join(map(tape.describe, given)) or "no arrays",
            because=reason[0],
            hint=hint,
        )

    def infer_shape(self, *args: Any) -> None:
        """Nothing is unknown."""

    def cast(self, dtype: Any) -> None:
        """Change the type of all floating parameters, in the module itself."""
        super().cast(dtype)
        self._replicas._abstract = None


def _tensor(block: TorchBlock, array: Any, given: list[NDArray]) -> Any:
    """An array as a tensor, on the tape as it is; what is no array is handed through."""
    if isinstance(array, NDArray):
        given.append(array)
        return array._enter()
    if isinstance(array, Symbol):
        raise MXNetError(
            f"{type(block.module).__name__} is a torch module, which has no graph",
            hint="run the network on arrays; to export it, torch.onnx.export or torch.export",
        )
    if isinstance(array, torch.Tensor):
        raise TypeError(
            message(
                f"{type(block.module).__name__}: a Gluon block takes arrays",
                received="a torch tensor",
                hint="nd.from_torch(tensor), or block.module(tensor)",
            )
        )
    return array


def _mapped(value: Any, function: Any) -> Any:
    """``function`` of everything in nested lists, tuples and dictionaries."""
    if isinstance(value, Mapping):
        return {key: _mapped(each, function) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        parts = [_mapped(each, function) for each in value]
        if hasattr(value, "_fields"):  # a named tuple
            return type(value)(*parts)
        return parts if isinstance(value, list) else tuple(parts)
    return function(value)


def _wrapped(result: Any, context: Context, taken: set[int], recording: bool) -> Any:
    """Tensors as arrays; what shares memory with an input or an earlier output becomes a copy."""

    def wrap(value: Any) -> Any:
        if not isinstance(value, torch.Tensor):
            return value
        tensor = value.contiguous()
        own = isinstance(value, torch.nn.Parameter) or isinstance(value._base, torch.nn.Parameter)
        shared = own or tensor.untyped_storage().data_ptr() in taken
        if shared and tensor.numel() and context is not ABSTRACT:
            tensor = tensor.clone()
        taken.add(tensor.untyped_storage().data_ptr())
        array = NDArray._wrap(tensor, context)
        if recording and tensor.requires_grad:
            array._tape = tape.state.record
        return array

    return _mapped(result, wrap)
