"""A parameter: one array per context, its gradients, and how it is filled."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import torch

from .. import autograd, initializer, tape
from .. import ndarray as nd
from .._surface import complete as _complete
from .._surface import module_getattr as _module_getattr
from ..base import MXNetError, message
from ..context import ABSTRACT, Context, cpu, current_context
from ..dtype import name as dtype_name
from ..dtype import to_torch
from ..ndarray import NDArray
from .utils import shape_is_known

__all__ = ["Constant", "DeferredInitializationError", "Parameter"]

_absent = _module_getattr(__name__)
STYPES = ("default", "row_sparse", "csr")


def __getattr__(name: str) -> Any:
    if name == "ParameterDict":  # 1.9.1 has both in this module
        from .parameter_dict import ParameterDict

        return ParameterDict
    if name == "tensor_types":
        from ..symbol import Symbol

        return Symbol, NDArray
    return _absent(name)


class DeferredInitializationError(MXNetError):
    """A parameter was used before its shape was known."""


@_complete("mxnet.gluon.Parameter")
class Parameter:
    """An array that a network learns, with a copy in each context.

    Parameters
    ----------
    name : its full name.
    grad_req : ``'write'``, ``'add'`` or ``'null'``, as in ``attach_grad``.
    shape : lengths of the axes; 0 stands for one that is not known yet.
    dtype : type of the elements.
    lr_mult, wd_mult : factors on the trainer's learning rate and weight decay.
    init : its own initialiser; by default that of the network.
    allow_deferred_init : whether ``initialize`` may wait for the shape.
    differentiable : False for one that never has a gradient (running statistics).
    stype, grad_stype : storage; dense.

    >>> from mxnet import gluon
    >>> weight = gluon.Parameter("weight", shape=(2, 3))
    >>> weight.initialize(init="ones")
    >>> weight.data().shape, weight.grad().shape
    ((2, 3), (2, 3))
    """

    _reads_itself: ClassVar[bool] = True
    """False for a class that overrides `data`, which is then called wherever the array is read."""
    _trainer = _ctx_list = _ctx_map = None  # what GluonNLP copies from one parameter to another

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._reads_itself = cls.data is Parameter.data

    def __init__(
        self,
        name: str,
        grad_req: str = "write",
        shape: int | Sequence[int] | None = None,
        dtype: Any = np.float32,
        lr_mult: float = 1.0,
        wd_mult: float = 1.0,
        init: Any = None,
        allow_deferred_init: bool = False,
        differentiable: bool = True,
        stype: str = "default",
        grad_stype: str = "default",
    ) -> None:
        for what, kind in (("stype", stype), ("grad_stype", grad_stype)):
            if kind not in STYPES:
                raise AssertionError(
                    message(
                        f"{what} for Parameter '{name}' must be one of 'default', 'row_sparse', or 'csr', "
                        f"but got '{kind}'"
                    )
                )
        self.name = name
        self.lr_mult = lr_mult
        self.wd_mult = wd_mult
        self.init = init
        self._allow_deferred_init = allow_deferred_init
        self._differentiable = differentiable
        self._stype = stype
        self._grad_stype = grad_stype
        self._dtype = dtype
        self._shape: tuple[int, ...] | None = None
        if shape is not None:
            self._shape = (shape,) if isinstance(shape, int) else tuple(shape)
            if not all(hasattr(length, "__index__") for length in self._shape):
                raise TypeError(
                    message(
                        f"Parameter '{name}': the lengths of its axes are whole numbers",
                        received=f"shape={self._shape}",
                        hint="0 for a length that is not known yet",
                    )
                )
        self._data: list[NDArray] | None = None
        self._grad: list[NDArray] | None = None
        # The array and its context where there is just one: what a layer reads at every call.
        self._only: NDArray | None = None
        self._only_ctx: Context | None = None
        self._deferred_init: tuple[Any, ...] = ()
        self._var: Any = None
        self._grad_req = "null"
        self.grad_req = grad_req

    def __repr__(self) -> str:
        return f"{type(self).__name__} {self.name} (shape={self.shape}, dtype={self.dtype})"

    def __getstate__(self) -> dict[str, Any]:
        return {
            key: value
            for key, value in vars(self).items()
            if key not in ("_grad", "_only", "_only_ctx", "_var")
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore a copy or a pickled parameter: its arrays are variables again, with gradients of their own."""
        vars(self).update(state)
        self._grad = self._only = self._only_ctx = self._var = None
        if self._data is not None:
            self._set_arrays(self._data[0], [array._ctx for array in self._data], self._data)

    # ------------------------------------------------------------------ what it is

    @property
    def grad_req(self) -> str:
        """Whether a gradient is computed: ``'write'``, ``'add'`` or ``'null'``."""
        return self._grad_req

    @grad_req.setter
    def grad_req(self, req: str) -> None:
        if req not in tape.GRAD_REQS:
            raise AssertionError(
                message(f"grad_req must be one of 'write', 'add', or 'null', but got '{req}'")
            )
        if not self._differentiable:
            req = "null"
        if req == self._grad_req:
            return
        self._grad_req = req
        if self._data is not None:
            self._attach_grads()

    @property
    def dtype(self) -> Any:
        """Type of the elements, as it was given."""
        return self._dtype

    @dtype.setter
    def dtype(self, dtype: Any) -> None:
        self.cast(dtype)

    @property
    def shape(self) -> tuple[int, ...] | None:
        """Lengths of the axes, 0 for one that is not known yet; None if not even their number is."""
        return self._shape

    @shape.setter
    def shape(self, new_shape: tuple[int, ...] | None) -> None:
        if new_shape is None:
            return
        new_shape = (new_shape,) if isinstance(new_shape, int) else tuple(new_shape)
        if self._shape is not None:
            fits = len(self._shape) == len(new_shape) and all(
                old in (0, -1, new) for old, new in zip(self._shape, new_shape, strict=True)
            )
            if not fits:
                raise AssertionError(
                    message(
                        f"Expected shape {new_shape} is incompatible with given shape {self._shape} "
                        f"for Parameter {self.name}"
                    )
                )
        self._shape = new_shape

    # ------------------------------------------------------------------ filling

    def initialize(
        self,
        init: Any = None,
        ctx: Context | Sequence[Context] | None = None,
        default_init: Any = None,
        force_reinit: bool = False,
    ) -> None:
        """Make the arrays and fill them, or remember to do so when the shape is known.

        Parameters
        ----------
        init : initialiser (object or name); by default the parameter's own.
        ctx : context, or list of them; the current context by default.
        default_init : for a parameter that has none of its own; ``Uniform(0.07)`` by default.
        force_reinit : fill again what is filled already; otherwise that is left alone, with a warning.

        Raises
        ------
        ValueError : the shape is not known and ``allow_deferred_init`` is False.
        """
        if self._data is not None and not force_reinit:
            warnings.warn(
                f"Parameter '{self.name}' is already initialized, ignoring. "
                "Set force_reinit=True to re-initialize.",
                stacklevel=2,
            )
            return
        contexts = contexts_of(ctx)
        default_init = initializer.Uniform() if default_init is None else default_init
        if init is None:
            init = default_init if self.init is None else self.init
        if isinstance(init, str):
            initializer.create(init)  # an unknown name is an error here and now
        if not shape_is_known(self._shape) and not self._allow_deferred_init:
            raise ValueError(
                message(
                    f"Cannot initialize Parameter '{self.name}' because it has invalid shape: {self._shape}.",
                    hint="give its whole shape, or allow_deferred_init=True",
                )
            )
        self._data = self._grad = self._only = self._only_ctx = None
        self._deferred_init = (init, contexts, default_init, None)
        if shape_is_known(self._shape):
            self._finish_deferred_init()

    def _finish_deferred_init(self) -> None:
        """Fill the arrays now that the shape is known; nothing to do if no ``initialize`` waits."""
        if not self._deferred_init:
            return
        if not shape_is_known(self._shape):
            raise self._deferred_error()
        init, contexts, default_init, data = self._deferred_init
        self._deferred_init = ()
        with autograd.pause():
            if data is None:
                data = nd.zeros(self._shape, ctx=cpu(), dtype=self._dtype)
                desc = initializer.InitDesc(self.name, {"__init__": init})
                initializer.create(default_init)(desc, data)
            self._set_arrays(data, contexts)

    def _set_arrays(
        self, data: NDArray, contexts: Sequence[Context], copies: list[NDArray] | None = None
    ) -> None:
        """Make the arrays: copies of ``data`` in these contexts."""
        self._data = [data.copyto(context) for context in contexts] if copies is None else copies
        alone = len(contexts) == 1
        self._only = self._data[0] if alone else None
        self._only_ctx = contexts[0] if alone and self._reads_itself else None
        self._attach_grads()

    def _attach_grads(self) -> None:
        """Give the arrays fresh gradient buffers, or none."""
        assert self._data is not None
        if self._grad_req == "null":
            self._grad = None
            for array in self._data:
                if type(array._tape) is tape.Variable:
                    array._tape = None
            return
        for array in self._data:
            array.attach_grad(self._grad_req)
        self._grad = [array.grad for array in self._data]  # type: ignore[misc]

    # ------------------------------------------------------------------ reading

    def data(self, ctx: Context | None = None) -> NDArray:
        """The array in ``ctx`` (by default the only one, else that of the current context).

        Raises
        ------
        RuntimeError : it is not initialised, or not in this context.
        DeferredInitializationError : its shape is not known yet.
        """
        if ctx is self._only_ctx or ctx is None:
            only = self._only
            if only is not None:
                return only
        if ctx is ABSTRACT:
            return self._abstract_data()
        return self._check_and_get(self._data, ctx)

    def var(self) -> Any:
        """The variable that stands for it in graphs: always the same symbol.

        >>> from mxnet import gluon
        >>> gluon.Parameter("weight", shape=(2, 3)).var().attr("__shape__")
        '(2, 3)'
        """
        if self._var is None:
            from ..symbol import var

            self._var = var(
                self.name,
                shape=None if self._shape is None else tuple(max(n, 0) for n in self._shape),
                dtype=self._dtype,
                lr_mult=self.lr_mult,
                wd_mult=self.wd_mult,
                init=self.init,
                stype=self._stype,
            )
        return self._var

    def list_data(self) -> list[NDArray]:
        """The arrays in all contexts, in the order of `list_ctx`."""
        return list(self._check_and_get(self._data, list))

    def grad(self, ctx: Context | None = None) -> NDArray:
        """The gradient buffer in ``ctx``; raises ``RuntimeError`` with ``grad_req='null'``."""
        self._refuse_without_grad()
        return self._check_and_get(self._grad, ctx)

    def list_grad(self) -> list[NDArray]:
        """The gradient buffers in all contexts."""
        self._refuse_without_grad()
        return list(self._check_and_get(self._grad, list))

    def list_ctx(self) -> list[Context]:
        """The contexts it lives in, or will once its shape is known."""
        if self._data is None:
            if self._deferred_init:
                return list(self._deferred_init[1])
            raise self._not_initialized()
        return [array._ctx for array in self._data]

    def row_sparse_data(self, row_id: NDArray) -> NDArray:
        """Rows of a row-sparse parameter; this one is dense."""
        raise RuntimeError(
            f"Cannot return a copy of Parameter {self.name} via row_sparse_data() because its storage type is "
            f"{self._stype}. Please use data() instead."
        )

    def list_row_sparse_data(self, row_id: NDArray) -> list[NDArray]:
        """Rows of a row-sparse parameter in all contexts; this one is dense."""
        raise RuntimeError(
            f"Cannot return copies of Parameter '{self.name}' on all contexts via list_row_sparse_data() because "
            f"its storage type is {self._stype}. Please use data() instead."
        )

    def _check_and_get(self, arrays: list[NDArray] | None, ctx: Any) -> Any:
        if arrays is not None:
            if ctx is list:
                return arrays
            if ctx is None:
                if len(arrays) == 1:
                    return arrays[0]
                ctx = current_context()
            for array in arrays:
                if array._ctx == ctx:
                    return array
            for array in arrays:
                if _is_host(ctx) and _is_host(array._ctx) and array._ctx.device_id == ctx.device_id:
                    return array
            raise RuntimeError(
                message(
                    f"Parameter '{self.name}' was not initialized on context {ctx}. "
                    f"It was only initialized on {[array._ctx for array in arrays]}.",
                    hint=f"net.collect_params().reset_ctx({ctx}), or x.as_in_context({arrays[0]._ctx})",
                )
            )
        raise self._deferred_error() if self._deferred_init else self._not_initialized()

    def _not_initialized(self) -> RuntimeError:
        return RuntimeError(
            message(
                f"Parameter '{self.name}' has not been initialized",
                because="nobody called initialize() on it",
                hint="net.initialize() before the first forward; it reaches nested blocks, and so do "
                "net.collect_params().initialize() and a Trainer of net.collect_params(), unlike net.params",
            )
        )

    def _refuse_without_grad(self) -> None:
        if self._data is not None and self._grad is None:
            raise RuntimeError(
                message(
                    f"Cannot get gradient array for Parameter '{self.name}' because grad_req='null'",
                    hint="grad_req = 'write' before the forward pass" if self._differentiable else None,
                )
            )

    def _deferred_error(self) -> DeferredInitializationError:
        return DeferredInitializationError(
            f"Parameter '{self.name}' has not been initialized yet because initialization was deferred",
            received=f"shape {self._shape}",
            because="its unknown lengths (0) show only when data passes through the network",
            hint="pass one batch through the network first, or make the shape known: in_units=..., in_channels=...",
        )

    def _abstract_data(self) -> NDArray:
        if not shape_is_known(self._shape):
            raise self._deferred_error()
        tensor = torch.empty(self._shape, dtype=to_torch(self._dtype), device="meta")  # type: ignore[arg-type]
        return NDArray._wrap(tensor, ABSTRACT)

    # ------------------------------------------------------------------ changing

    def set_data(self, data: Any) -> None:
        """Write ``data`` into the array of every context; the arrays stay the same objects, of the same type.

        Raises ``AssertionError`` for another shape, or a parameter that nobody initialised.
        """
        if not isinstance(data, NDArray):
            data = nd.array(data, dtype=self._dtype)
        self.shape = data.shape
        if self._data is None:
            if not self._deferred_init:
                raise AssertionError(
                    message(f"Parameter '{self.name}' has not been initialized", hint="initialize() first")
                )
            self._deferred_init = (*self._deferred_init[:3], data.astype(self._dtype))
            return
        for array in self._data:
            array[:] = data.as_in_context(array._ctx)

    def zero_grad(self) -> None:
        """Set the gradients to 0 (needed with ``grad_req='add'`` only)."""
        for gradient in self._grad or ():
            gradient[:] = 0

    def reset_ctx(self, ctx: Context | Sequence[Context]) -> None:
        """Move to other contexts; copies in several contexts are averaged first."""
        contexts = contexts_of(ctx)
        if self._data is not None:
            data = self._whole()
            with autograd.pause():
                self._set_arrays(data, contexts)
        elif self._deferred_init:
            init, _, default_init, data = self._deferred_init
            self._deferred_init = (init, contexts, default_init, data)
        else:
            raise ValueError(
                message(
                    f"Cannot reset context for Parameter '{self.name}' because it has not been initialized.",
                    hint="initialize(ctx=...)",
                )
            )

    def cast(self, dtype: Any) -> None:
        """Change the type of the elements and of the gradients."""
        to_torch(dtype)
        self._dtype = dtype
        if self._data is None:
            return
        with autograd.pause():
            self._data = [array.astype(dtype) for array in self._data]
            if self._only is not None:
                self._only = self._data[0]
            self._attach_grads()

    def _reduce(self) -> NDArray:
        """One array on the CPU: the mean over all contexts."""
        arrays = [array.copyto(cpu()) for array in self._check_and_get(self._data, list)]
        if len(arrays) == 1:
            return arrays[0]
        total = arrays[0]
        for array in arrays[1:]:
            total += array
        return (total / len(arrays)).astype(arrays[0].dtype)

    def _whole(self) -> NDArray:
        """The array of the only context as it is, or the mean over all; to be read."""
        arrays = self._check_and_get(self._data, list)
        return arrays[0] if len(arrays) == 1 else self._reduce()

    def _load_init(
        self, data: NDArray, ctx: Context | Sequence[Context] | None = None, own: bool = False
    ) -> None:
        """Take over loaded data, which was checked to fit; as it is if it is ``own``: nobody else has it."""
        self.shape = data.shape
        if dtype_name(to_torch(self._dtype)) != dtype_name(data._t.dtype):
            self.cast(data.dtype)
        if self._data is not None:
            self.set_data(data)
            return
        contexts = self._deferred_init[1] if self._deferred_init else contexts_of(ctx or cpu())
        self._deferred_init = ()
        own = own and len(contexts) == 1 and data._ctx == contexts[0]
        with autograd.pause():
            self._set_arrays(data, contexts, [data] if own else None)


class Constant(Parameter):
    """A parameter that training leaves alone, holding ``value``.

    >>> from mxnet import gluon, nd
    >>> c = gluon.Constant("scale", nd.array([1.0, 2.0]))
    >>> c.initialize()
    >>> c.data().asnumpy().tolist(), c.grad_req
    ([1.0, 2.0], 'null')
    """

    def __init__(self, name: str, value: Any) -> None:
        self.value = value if isinstance(value, NDArray) else nd.array(value)
        super().__init__(
            name,
            grad_req="null",
            shape=self.value.shape,
            dtype=self.value.dtype,
            init=initializer.Constant(self.value),
        )

    @property
    def grad_req(self) -> str:
        """Always ``'null'``."""
        return "null"

    @grad_req.setter
    def grad_req(self, req: str) -> None:
        if req != "null":
            warnings.warn(
                f'Constant parameter "{self.name}" does not support grad_req other than "null", '
                f'and new value "{req}" is ignored.',
                stacklevel=2,
            )


def contexts_of(ctx: Context | Sequence[Context] | None) -> list[Context]:
    """The contexts meant by a ``ctx=`` argument."""
    if ctx is None:
        return [current_context()]
    contexts = [ctx] if isinstance(ctx, Context) else list(ctx)
    for each in contexts:
        if not isinstance(each, Context):
            raise TypeError(
                message("ctx is a context or a list of them", received=repr(ctx), hint="mx.cpu()")
            )
    return contexts


def _is_host(ctx: Context) -> bool:
    """Whether arrays of this context are in the memory of the CPU: batches that a loader has pinned are."""
    return ctx.device_type in ("cpu", "cpu_pinned", "cpu_shared")
