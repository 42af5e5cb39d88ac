"""Graphs joined with arrays: what `Symbol.bind` and `Symbol.simple_bind` return."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from .. import autograd, random
from .. import ndarray as nd
from ..base import MXNetError, ShapeError, message, nearest
from ..context import Context
from ..ndarray import NDArray
from .graph import leaves
from .infer import infer_shape, shapes_of
from .infer_types import types_of
from .program import Program
from .special import with_own_operators
from .symbol import Symbol
from .watching import Watched

__all__ = ["Bound", "Executor"]


class Bound(NamedTuple):
    """What an executor is made of, by name: arrays, and the graph as a program if there is one already."""

    args: dict[str, NDArray]
    grads: dict[str, NDArray | None]
    aux: dict[str, NDArray]
    program: Program | None = None


class Executor:
    """A graph with the arrays of its variables. Made by `Symbol.bind` and `Symbol.simple_bind`.

    Attributes
    ----------
    arg_arrays, grad_arrays, aux_arrays : in the order of the symbol's lists; None where there is no gradient.
    arg_dict, grad_dict, aux_dict : the same by name.
    outputs, output_dict : of the last forward. They are the same arrays always: whoever holds one sees each forward
        in it, as in 1.9.1.

    >>> from mxnet import sym
    >>> run = (sym.var("x") ** 2).bind(mx.cpu(), {"x": nd.array([3.0])}, {"x": nd.zeros((1,))})
    >>> run.forward(is_train=True)[0].asscalar().item()
    9.0
    >>> run.backward()
    >>> run.grad_dict["x"].asscalar().item()
    6.0
    """

    def __init__(
        self, handle: Bound, symbol: Symbol, ctx: Context, grad_req: dict[str, str], group2ctx: Any = None
    ) -> None:
        self._symbol = symbol
        self._ctx = ctx
        self._group2ctx = group2ctx
        self._requests = grad_req
        self._learns = any(each != "null" for each in grad_req.values())
        self._arguments, self._gradients, self._states, program = handle
        self._entries = with_own_operators(symbol._entries)
        self._program = program or Program(self._entries, leaves(self._entries)[0], "executor")
        self._outputs: list[NDArray] = []  # none before they are asked for
        self._tensors: tuple[torch.Tensor, ...] = ()
        self._has_predicted = False  # the last forward kept nothing for a backward
        self._drawn: Any = None  # where the random streams were before it
        self._leaves: dict[str, torch.Tensor] = {}
        self._watched: Watched | None = None

    # ------------------------------------------------------------------ arrays

    @property
    def arg_dict(self) -> dict[str, NDArray]:
        """The arrays of the arguments by name."""
        return self._arguments

    @property
    def grad_dict(self) -> dict[str, NDArray | None]:
        """The arrays for gradients by name; None where there is no gradient."""
        return self._gradients

    @property
    def aux_dict(self) -> dict[str, NDArray]:
        """The arrays of the auxiliary states by name."""
        return self._states

    def get_optimized_symbol(self) -> Symbol:
        """The graph itself: what is done to it for speed happens behind it."""
        return self._symbol

    @property
    def arg_arrays(self) -> list[NDArray]:
        """The arrays of the arguments, in order."""
        return [self._arguments[name] for name in self._symbol.list_arguments()]

    @property
    def grad_arrays(self) -> list[NDArray | None]:
        """The arrays for gradients, in the order of the arguments."""
        return [self._gradients.get(name) for name in self._symbol.list_arguments()]

    @property
    def aux_arrays(self) -> list[NDArray]:
        """The arrays of the auxiliary states, in order."""
        return [self._states[name] for name in self._symbol.list_auxiliary_states()]

    @property
    def outputs(self) -> list[NDArray]:
        """The outputs of the last forward; of the right shape and empty before the first."""
        if not self._outputs:
            self._outputs = self._empty_outputs()
        return list(self._outputs)

    def _empty_outputs(self) -> list[NDArray]:
        given = {**self._arguments, **self._states}
        shapes, _ = shapes_of(self._symbol._entries, {name: array.shape for name, array in given.items()})
        known = {id(node): given[node.name]._t.dtype for node in self._program.variables}
        types = types_of(self._symbol._entries, known)
        made = []
        for node, index in self._symbol._entries:
            if (id(node), index) not in shapes:
                raise MXNetError(
                    f"Executor.outputs: the shape of {node.output_name(index)} is not known before the first forward",
                    because="it follows from the elements of arrays",
                    hint="executor.forward() first",
                )
            dtype = types.get((id(node), index), torch.float32)
            made.append(nd.zeros(shapes[id(node), index], ctx=self._ctx, dtype=dtype))
        return made

    @property
    def output_dict(self) -> dict[str, NDArray]:
        """The outputs by name."""
        return dict(zip(self._symbol.list_outputs(), self.outputs, strict=True))

    # ------------------------------------------------------------------ running

    def forward(self, is_train: bool = False, **kwargs: Any) -> list[NDArray]:
        """Compute the outputs.

        Parameters
        ----------
        is_train : in training mode, and so that `backward` may follow.
        kwargs : new elements for arguments, copied into their arrays.

        Raises
        ------
        TypeError : a keyword is no argument.
        MXNetError : shapes do not fit.
        """
        for name, value in kwargs.items():
            self._set_argument(name, value)
        self._tensors = ()  # frees what the last backward left
        self._has_predicted = self._learns and not is_train
        self._drawn = random.get_state() if self._has_predicted and self._program.random else None
        tensors = self._inputs(records=is_train)
        results = self._run(tensors, is_train)
        if self._watched is not None:
            results = self._watched.tell(results, self._ctx)
        self._tensors = results if is_train else ()
        inputs = {id(tensor) for tensor in tensors}
        return self._shown(
            [each.detach().clone() if id(each) in inputs else each.detach() for each in results]
        )

    def _inputs(self, records: bool) -> list[torch.Tensor]:
        """The tensors of all variables; those with a gradient are leaves of a new graph where it is recorded."""
        self._leaves = {}
        tensors: list[torch.Tensor] = []
        for place, node in enumerate(self._program.variables):
            array = self._arguments[node.name] if node.name in self._arguments else self._states[node.name]
            tensor = array._t.data
            wanted = self._requests.get(node.name, "null") != "null" and place not in self._program.changed
            told = self._watched is not None and place not in self._program.changed
            if records and (wanted or told) and tensor.is_floating_point():
                tensor = tensor.detach().requires_grad_(True)
                if wanted:
                    self._leaves[node.name] = tensor
            tensors.append(tensor)
        return tensors

    def _run(self, tensors: list[torch.Tensor], is_train: bool) -> tuple[torch.Tensor, ...]:
        program = self._program if self._watched is None else self._watched.program
        scope = autograd.record if self._leaves else autograd.pause
        with scope(train_mode=is_train), torch.set_grad_enabled(bool(self._leaves)), self._ctx:
            return program(tensors, self._ctx, is_train)

    def _shown(self, tensors: list[torch.Tensor]) -> list[NDArray]:
        """The outputs, over these tensors: in the arrays that there are, since programs hold on to them."""
        self._outputs = self._outputs or [NDArray._wrap(each, self._ctx) for each in tensors]
        for place, (array, tensor) in enumerate(zip(self._outputs, tensors, strict=True)):
            if array._tape is None:
                array._t = tensor
            else:  # somebody differentiates with respect to it
                self._outputs[place] = NDArray._wrap(tensor, self._ctx)
        return list(self._outputs)

    def backward(self, out_grads: Any = None, is_train: bool = True) -> None:
        """Compute the gradients of the last `forward` into their arrays; as often as asked for.

        After ``forward(is_train=False)`` they are those of prediction mode, for which it runs again.

        Parameters
        ----------
        out_grads : gradients with respect to the outputs: one array, a list, or by name; ones by default.

        Raises
        ------
        MXNetError : there was no `forward`, or a gradient has another shape than its output.
        """
        tensors = self._recorded()
        if not tensors:
            raise MXNetError(
                "Executor.backward: there was no forward in training mode",
                hint="executor.forward(is_train=True) first",
            )
        heads, gradients = [], []
        for place, (tensor, gradient) in enumerate(zip(tensors, self._heads(out_grads), strict=True)):
            if not tensor.requires_grad:
                continue
            if gradient is None:
                gradient = torch.ones_like(tensor)
            elif gradient.shape != tensor.shape:
                raise MXNetError(
                    f"Executor.backward: gradient {place} does not fit its output",
                    received=f"{tuple(gradient.shape)} for {tuple(tensor.shape)}",
                )
            heads.append(tensor)
            gradients.append(gradient)
        names = list(self._leaves)
        found: Sequence[torch.Tensor | None] = [None] * len(names)
        if heads and names:
            with autograd.pause(train_mode=is_train):
                found = self._gradients_of(heads, [self._leaves[name] for name in names], gradients)
        for name, gradient in zip(names, found, strict=True):
            buffer = self._gradients.get(name)
            if buffer is None:
                continue
            target = buffer._t.data
            if self._requests[name] == "add":
                if gradient is not None:
                    target.add_(gradient)
            elif gradient is None:
                target.zero_()
            else:
                target.copy_(gradient)

    def _recorded(self) -> tuple[torch.Tensor, ...]:
        """The outputs with the graph behind them; none if there was no forward.

        A forward in prediction mode keeps no graph, since hardly anybody asks for its gradients: it is run again then,
        unless it writes into arrays.
        """
        if self._has_predicted and not self._program.changed_in_prediction:
            self._has_predicted = False
            now = random.get_state() if self._drawn is not None else None
            if self._drawn is not None:
                random.set_state(self._drawn)
            results = self._run(self._inputs(records=True), False)
            if now is not None:
                random.set_state(now)
            self._tensors = results if self._watched is None else self._watched.kept(results)
        return self._tensors

    def _gradients_of(
        self, heads: list[torch.Tensor], wanted: list[torch.Tensor], gradients: list[torch.Tensor]
    ) -> Sequence[torch.Tensor | None]:
        edges = [] if self._watched is None else [each for each in self._watched.edges if each.requires_grad]
        found = autograd.gradients_of(heads, [*wanted, *edges], gradients, retain_graph=True)
        if self._watched is not None:
            rest = iter(found[len(wanted) :])
            inside = [next(rest) if each.requires_grad else None for each in self._watched.edges]
            self._watched.tell_gradients(inside, self._ctx)
        return found[: len(wanted)]

    def _heads(self, out_grads: Any) -> list[torch.Tensor | None]:
        names = self._symbol.list_outputs()
        if out_grads is None:
            return [None] * len(names)
        if isinstance(out_grads, dict):
            out_grads = [out_grads.get(name) for name in names]
        if isinstance(out_grads, (NDArray, np.ndarray)):
            out_grads = [out_grads]
        if not isinstance(out_grads, (list, tuple)):
            raise TypeError(
                message(
                    "Executor.backward: out_grads are arrays: one, a list, or by the names of outputs",
                    received=f"{out_grads!r}"[:80],
                )
            )
        if len(out_grads) != len(names):
            raise MXNetError(
                "Executor.backward: one gradient per output", received=f"{len(out_grads)} for {len(names)}"
            )
        return [None if each is None else _array(each, None)._plain() for each in out_grads]

    def _set_argument(self, name: str, value: Any) -> None:
        if name not in self._arguments:
            close = nearest(name, self._arguments)
            raise TypeError(
                message(
                    f"Unknown argument {name}",
                    because="the arguments are " + ", ".join(self._arguments),
                    hint=f"{close}=..." if close else None,
                )
            )
        array = self._arguments[name]
        value = _array(value, array)
        if value.shape != array.shape:
            raise ValueError(
                message(
                    f"Shape not match! Argument {name}, need: {array.shape}, received: {value.shape}",
                    hint="executor.reshape(...) makes one for other shapes",
                )
            )
        array[:] = value

    def copy_params_from(
        self, arg_params: dict[str, NDArray], aux_params: Any = None, allow_extra_params: bool = False
    ) -> None:
        """Copy elements into arguments and auxiliary states by name.

        Raises
        ------
        ValueError : a name does not exist; not with ``allow_extra_params``. Or a shape differs.
        """
        for given, arrays, what in (
            (arg_params, self._arguments, "arguments"),
            (aux_params or {}, self._states, "auxiliary states"),
        ):
            extra = [name for name in given if name not in arrays]
            if extra and not allow_extra_params:
                raise ValueError(
                    message(
                        f'Find name "{extra[0]}" that is not in the {what}',
                        because="they are " + ", ".join(arrays),
                        hint="allow_extra_params=True leaves it out",
                    )
                )
            for name, value in given.items():
                value = _array(value, arrays[name]) if name in arrays else value
                if name in arrays and value.shape != arrays[name].shape:
                    raise ShapeError(
                        f"copy_params_from: {name} has another shape",
                        received=f"{value.shape} for {arrays[name].shape}",
                    )
        for given, arrays in ((arg_params, self._arguments), (aux_params or {}, self._states)):
            for name, value in given.items():
                if name in arrays:
                    _array(value, arrays[name]).astype(arrays[name].dtype).copyto(arrays[name])

    def reshape(
        self, partial_shaping: bool = False, allow_up_sizing: bool = False, **kwargs: Any
    ) -> Executor:
        """An executor for other shapes of arguments, with the same arrays wherever their shapes stay.

        Parameters
        ----------
        partial_shaping : whether arguments that are not named may change their shapes, too.
        allow_up_sizing : whether arrays may become larger.

        Raises
        ------
        MXNetError : an array would change, and may not.
        """
        shapes, _, aux_shapes = infer_shape(self._symbol, (), kwargs, partial=True)
        if any(not shape or 0 in shape for shape in shapes):
            raise ValueError(message("Insufficient argument shapes provided.", received=str(kwargs)))
        args: dict[str, NDArray] = {}
        grads: dict[str, NDArray | None] = {}
        for name, shape in zip(self._symbol.list_arguments(), shapes, strict=True):
            args[name] = self._resized(
                name, self._arguments[name], shape, name in kwargs or partial_shaping, allow_up_sizing
            )
            gradient = self._gradients.get(name)
            grads[name] = (
                None if gradient is None else self._resized(name, gradient, shape, True, allow_up_sizing)
            )
        aux = {
            name: self._resized(name, self._states[name], shape, partial_shaping, allow_up_sizing)
            for name, shape in zip(self._symbol.list_auxiliary_states(), aux_shapes, strict=True)
        }
        has_operators = (
            self._entries != self._symbol._entries
        )  # which are made for shapes, and know their own
        bound = Bound(args, grads, aux, None if has_operators else self._program)
        return Executor(bound, self._symbol, self._ctx, self._requests, self._group2ctx)

    def _resized(self, name: str, array: NDArray, shape: Any, allowed: bool, larger: bool) -> NDArray:
        if array.shape == tuple(shape):
            return array
        if not allowed:
            raise MXNetError(
                f'Executor.reshape: Shape of unspecified array "{name}" changed.',
                received=f"{array.shape} to {tuple(shape)}",
                because="This can cause the new executor to not share parameters with the old one.",
                hint="partial_shaping=True, if that is intended",
            )
        size = math.prod(shape)
        if not larger and size > array.size:
            raise MXNetError(
                f'Executor.reshape: New shape of "{name}" larger than original.',
                received=f"{array.shape} to {tuple(shape)}",
                hint="allow_up_sizing=True to enable allocation of new arrays",
            )
        if size <= array.size:
            return array.reshape((-1,))[:size].reshape(shape)
        return nd.zeros(shape, ctx=self._ctx, dtype=array.dtype)

    # ------------------------------------------------------------------ looking inside

    def set_monitor_callback(self, callback: Any, monitor_all: bool = False) -> None:
        """Call ``callback(name, array)`` for what is inside, at each forward and backward.

        For the outputs of all calls (``fc_output``) and the gradients of their inputs (``fc_backward_output0`` for the
        first one); with ``monitor_all`` for variables and for the inputs of calls (``fc_data``), too.

        Differs from 1.9.1: the callback gets an array, not the handle of one.

        Parameters
        ----------
        callback : a function of name and array; None to call nothing any more.
        monitor_all : see above.
        """
        self._watched = (
            None
            if callback is None
            else Watched(self._entries, self._program.variables, callback, monitor_all)
        )

    def debug_str(self) -> str:
        """The calls as text, and the program that runs them."""
        return self._symbol.debug_str() + "\n" + self._program.source


def _array(value: Any, like: NDArray | None) -> NDArray:
    if isinstance(value, NDArray):
        return value
    return nd.array(value, dtype=None if like is None else like.dtype)
