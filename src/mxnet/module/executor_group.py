"""One executor for each device, each with its part of the batch."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from .. import ndarray as nd
from .._surface import module_getattr as _module_getattr
from ..base import MXNetError, ShapeError, message
from ..context import Context
from ..io import DataDesc
from ..model import Arrays
from ..ndarray import NDArray
from ..symbol import Symbol
from ..symbol.executor import Executor
from .descriptions import arrays_of
from .losses import refuse_unless_losses
from .slicing import joined, part, portions

__all__ = ["DataParallelExecutorGroup"]

__getattr__ = _module_getattr(__name__)
_KEPT = 8
"""For how many other shapes executors are kept."""


class DataParallelExecutorGroup:
    """The executors of a module: one for each of its contexts.

    Parameters
    ----------
    symbol : the graph.
    contexts, workload : the devices, and how much of a batch each takes.
    data_shapes, label_shapes : descriptions of whole batches; None for no labels.
    param_names : the arguments that are learnt.
    for_training : whether `backward` will be called.
    inputs_need_grad : whether for gradients of the data, too.
    shared_group : another group, whose parameters are shared.
    logger : accepted.
    fixed_param_names : parameters that get no gradients.
    grad_req : ``'write'``, ``'add'`` or ``'null'``; for all, in a list or by name.
    state_names : arguments that keep what they are set to.
    group2ctxs : accepted; a graph runs on one device.

    Attributes
    ----------
    execs : the executors.
    param_arrays, grad_arrays, aux_arrays : for each name a list with the array of each device.
    """

    def __init__(
        self,
        symbol: Symbol,
        contexts: Sequence[Context],
        workload: Sequence[float],
        data_shapes: Sequence[DataDesc],
        label_shapes: Sequence[DataDesc] | None,
        param_names: Sequence[str],
        for_training: bool,
        inputs_need_grad: bool,
        shared_group: DataParallelExecutorGroup | None = None,
        logger: Any = logging,
        fixed_param_names: Sequence[str] | None = None,
        grad_req: Any = "write",
        state_names: Sequence[str] | None = None,
        group2ctxs: Any = None,
    ) -> None:
        self.symbol = symbol
        self.contexts = list(contexts)
        self.workload = list(workload)
        self.param_names = list(param_names)
        self.fixed_param_names = list(fixed_param_names or ())
        self.state_names = list(state_names or ())
        self.arg_names = symbol.list_arguments()
        self.aux_names = symbol.list_auxiliary_states()
        self.output_names = symbol.list_outputs()
        self.for_training = for_training
        self.inputs_need_grad = inputs_need_grad
        self.output_axes = [
            DataDesc.get_batch_axis(symbol[i].attr("__layout__")) for i in range(len(self.output_names))
        ]
        data_names = [each.name for each in data_shapes]
        self.grad_req = self._requests(grad_req, data_names)
        self._are_losses = False
        self.bind_exec(data_shapes, label_shapes, shared_group)

    def _requests(self, grad_req: Any, data_names: Sequence[str]) -> dict[str, str]:
        """For each argument what becomes of its gradient."""
        given: Mapping[str, str]
        if isinstance(grad_req, str):
            given = dict.fromkeys(self.arg_names, grad_req)
        elif isinstance(grad_req, (list, tuple)) and len(grad_req) == len(self.arg_names):
            given = dict(zip(self.arg_names, grad_req, strict=True))
        elif isinstance(grad_req, Mapping):
            given = {name: grad_req.get(name, "write") for name in self.arg_names}
        else:
            raise ValueError(
                message(
                    "grad_req must be one of str, list, tuple, or dict.",
                    received=f"grad_req={grad_req!r}",
                    because=f"a list has one word for each of {', '.join(self.arg_names)}",
                    hint="grad_req='write'",
                )
            )
        found = {}
        for name in self.arg_names:
            learnt = name in self.param_names and name not in self.fixed_param_names
            wanted = learnt or (name in data_names and self.inputs_need_grad)
            found[name] = given[name] if wanted and self.for_training else "null"
        return found

    # ------------------------------------------------------------------ shapes

    def decide_slices(self, data_shapes: Sequence[DataDesc]) -> list[int]:
        """The axis of each array along which samples are stacked; sets `batch_size` and `slices`.

        Raises ``ValueError`` if arrays have different numbers of samples, or there are fewer than devices.
        """
        axes = [DataDesc.get_batch_axis(each.layout) for each in data_shapes]
        sizes = {}
        for each, axis in zip(data_shapes, axes, strict=True):
            if axis >= len(each.shape):
                raise ShapeError(
                    f"bind: {each.name} has no axis for samples",
                    received=f"{each.name} {tuple(each.shape)}, layout {each.layout}",
                    hint=f"('{each.name}', (batch_size, ...))",
                )
            if axis >= 0:
                sizes[each.name] = each.shape[axis]
        if len(set(sizes.values())) > 1:
            raise ShapeError(
                "all data must have the same batch size",
                received=", ".join(f"{each.name} {tuple(each.shape)}" for each in data_shapes),
                because="row i of each array belongs to sample i",
                hint="DataDesc(name, shape, layout='TNC'), if samples are stacked along another axis than the first",
            )
        if sizes:
            self.batch_size = next(iter(sizes.values()))
            self.slices = portions(self.batch_size, self.workload)
        return axes

    def bind_exec(
        self,
        data_shapes: Sequence[DataDesc],
        label_shapes: Sequence[DataDesc] | None,
        shared_group: DataParallelExecutorGroup | None = None,
        reshape: bool = False,
    ) -> None:
        """Make the executors; with ``reshape`` see `reshape`."""
        if reshape:
            self.reshape(data_shapes, label_shapes)
            return
        self._set_shapes(data_shapes, label_shapes)
        self.execs: list[Executor] = [
            self._bound(place, None if shared_group is None else shared_group.execs[place])
            for place in range(len(self.contexts))
        ]
        self._output_shapes = self._inferred()
        self._kept: dict[Any, list[Executor]] = {self._key(): self.execs}
        self._monitor: Any = None

    def _set_shapes(self, data_shapes: Sequence[DataDesc], label_shapes: Sequence[DataDesc] | None) -> None:
        labels = list(label_shapes or ())
        axes = self.decide_slices([*data_shapes, *labels])
        self.axes = dict(zip([each.name for each in (*data_shapes, *labels)], axes, strict=True))
        self.data_shapes = list(data_shapes)
        self.label_shapes = labels or None

    def _part_shapes(self, place: int) -> dict[str, tuple[int, ...]]:
        """The shapes of data and labels for one device."""
        rows = self.slices[place]
        found = {}
        for each in (*self.data_shapes, *(self.label_shapes or ())):
            shape, axis = list(each.shape), self.axes[each.name]
            if axis >= 0:
                shape[axis] = rows.stop - rows.start
            found[each.name] = tuple(shape)
        return found

    def _bound(self, place: int, shared: Executor | None) -> Executor:
        types = {each.name: each.dtype for each in (*self.data_shapes, *(self.label_shapes or ()))}
        return self.symbol.simple_bind(
            self.contexts[place],
            grad_req=self.grad_req,
            type_dict=types,
            shared_arg_names=self.param_names,
            shared_exec=shared,
            **self._part_shapes(place),
        )

    def _key(self) -> Any:
        return tuple(tuple(sorted(self._part_shapes(place).items())) for place in range(len(self.contexts)))

    def _known(self) -> tuple[Any, ...]:
        return (
            self.data_shapes,
            self.label_shapes,
            self.axes,
            self.batch_size,
            self.slices,
            self._output_shapes,
        )

    def reshape(self, data_shapes: Sequence[DataDesc], label_shapes: Sequence[DataDesc] | None) -> None:
        """Executors for batches of other shapes, with the same parameters.

        Raises `MXNetError` where parameters would have other shapes; nothing is changed then.
        """
        before = self._known()
        try:
            self._set_shapes(data_shapes, label_shapes)
            key = self._key()
            found = self._kept.get(key)
            if found is None:
                found = [self._reshaped(place) for place in range(len(self.contexts))]
            self._output_shapes = self._inferred()
        except Exception:
            (
                self.data_shapes,
                self.label_shapes,
                self.axes,
                self.batch_size,
                self.slices,
                self._output_shapes,
            ) = before
            raise
        while len(self._kept) >= _KEPT and key not in self._kept:
            self._kept.pop(list(self._kept)[1])  # not the first, whose arrays the others share
        self._kept[key] = found
        self.execs = found
        if self._monitor is not None:
            self.install_monitor(self._monitor)

    def _reshaped(self, place: int) -> Executor:
        first = next(iter(self._kept.values()))[place]
        shapes = self._part_shapes(place)
        free = [name for name in self.arg_names if name not in self.param_names and name not in shapes]
        arguments, _, _ = self.symbol.infer_shape(**shapes)
        for name, shape in zip(self.arg_names, arguments or (), strict=False):
            if name in self.param_names and first.arg_dict[name].shape != tuple(shape):
                given = ", ".join(f"{each} {size}" for each, size in shapes.items())
                raise MXNetError(
                    f"Shape of unspecified arg: {name} changed",
                    received=f"{given}, for which {name} would be {tuple(shape)}",
                    because=f"it is {first.arg_dict[name].shape}, by the shapes that the module was bound to",
                    hint="the shape of a sample is that of bind; only the number of samples may differ",
                )
        try:
            return first.reshape(partial_shaping=bool(free), allow_up_sizing=True, **shapes)
        except (AssertionError, ValueError) as error:
            raise MXNetError(
                "Module.reshape: these shapes do not fit the graph", because=str(error)
            ) from None

    def _inferred(self) -> list[tuple[str, tuple[int, ...]]]:
        shapes = {each.name: tuple(each.shape) for each in (*self.data_shapes, *(self.label_shapes or ()))}
        for name in self.state_names:
            shapes.setdefault(name, self.execs[0].arg_dict[name].shape)
        _, found, _ = self.symbol.infer_shape(**shapes)
        if found is None:
            found = [each.shape for each in self.execs[0].outputs]
        return list(zip(self.output_names, found, strict=True))

    def get_output_shapes(self) -> list[tuple[str, tuple[int, ...]]]:
        """Names and shapes of the outputs for a whole batch."""
        return self._output_shapes

    # ------------------------------------------------------------------ arrays

    @property
    def param_arrays(self) -> list[list[NDArray]]:
        """For each parameter the arrays of all devices."""
        return [[each.arg_dict[name] for each in self.execs] for name in self.param_names]

    @property
    def grad_arrays(self) -> list[list[NDArray | None]]:
        """For each parameter the gradients of all devices; None where there are none."""
        return [[each.grad_dict.get(name) for each in self.execs] for name in self.param_names]

    @property
    def aux_arrays(self) -> list[list[NDArray]]:
        """For each auxiliary state the arrays of all devices."""
        return [[each.aux_dict[name] for each in self.execs] for name in self.aux_names]

    def set_params(self, arg_params: Arrays, aux_params: Arrays, allow_extra: bool = False) -> None:
        """Copy parameters to all devices.

        Raises ``ValueError`` for a name that the graph does not have, unless ``allow_extra``.
        """
        for each in self.execs:
            each.copy_params_from(arg_params, aux_params, allow_extra_params=allow_extra)

    def get_params(self, arg_params: Arrays, aux_params: Arrays) -> None:
        """Copy parameters from the devices, their mean where there are several, into arrays by name."""
        for names, arrays, target in (
            (self.param_names, self.param_arrays, arg_params),
            (self.aux_names, self.aux_arrays, aux_params),
        ):
            for name, copies in zip(names, arrays, strict=True):
                mean = copies[0]
                if len(copies) > 1:
                    mean = nd.add_n(*(each.as_in_context(copies[0].context) for each in copies)) / len(copies)
                mean.astype(target[name].dtype).copyto(target[name])

    def get_states(self, merge_multi_context: bool = True) -> list[Any]:
        """The states: for each a list with the array of each device."""
        if merge_multi_context:
            raise AssertionError(
                message(
                    "merge_multi_context=True is not supported for get_states yet.",
                    hint="get_states(merge_multi_context=False)",
                )
            )
        return [[each.arg_dict[name] for each in self.execs] for name in self.state_names]

    def set_states(self, states: Any = None, value: float | None = None) -> None:
        """Set the states, to arrays in the form of `get_states` or to a number."""
        if (states is None) == (value is None):
            raise AssertionError(
                message(
                    "At least one of states & value must be specified."
                    if states is None
                    else "Only one of states & value can be specified.",
                    hint="set_states(value=0)",
                )
            )
        if states is None:
            for array in (each.arg_dict[name] for name in self.state_names for each in self.execs):
                array[:] = value
            return
        if len(states) != len(self.state_names):
            raise ValueError(
                message(
                    "set_states: one list of arrays for each state",
                    received=f"{len(states)} for {', '.join(self.state_names) or 'no states'}",
                    hint="what get_states(merge_multi_context=False) returns",
                )
            )
        for name, arrays in zip(self.state_names, states, strict=True):
            parts = [arrays] if isinstance(arrays, NDArray) else arrays
            for each, array in zip(self.execs, parts, strict=True):
                array.copyto(each.arg_dict[name])

    # ------------------------------------------------------------------ batches

    def forward(self, data_batch: Any, is_train: bool | None = None) -> None:
        """Compute the outputs of a batch; or of its parts in a list, one for each device."""
        is_train = self.for_training if is_train is None else is_train
        cut = isinstance(data_batch, list)
        for place, executor in enumerate(self.execs):
            batch = data_batch[place] if cut else data_batch
            for kind, shapes in (("data", self.data_shapes), ("label", self.label_shapes or ())):
                for each, array in zip(shapes, arrays_of(batch, kind), strict=False):
                    array = array if isinstance(array, NDArray) else nd.array(array)
                    rows = array if cut else part(array, self.slices[place], self.axes[each.name])
                    target = executor.arg_dict.get(each.name)
                    if target is not None:
                        _load(each.name, rows, target)
        for executor in self.execs:
            executor.forward(is_train=is_train)

    def backward(self, out_grads: Any = None) -> None:
        """Compute the gradients.

        Parameters
        ----------
        out_grads : gradients of the outputs, each for the whole batch; not needed where all outputs are losses.

        Raises
        ------
        AssertionError : the module is not for training.
        MXNetError : an output is no loss and has no gradient.
        """
        if not self.for_training:
            raise AssertionError(message("re-bind with for_training=True to run backward"))
        tensors = self.execs[0]._recorded()
        if not tensors:
            raise MXNetError(
                "Module.backward: there was no forward in training mode",
                hint="module.forward(batch, is_train=True) first",
            )
        if out_grads is None:
            if not self._are_losses:
                refuse_unless_losses(self.symbol, self.grad_req, tensors)
                self._are_losses = True
            for executor in self.execs:
                executor.backward()
            return
        given = [out_grads] if isinstance(out_grads, NDArray) else list(out_grads)
        for place, executor in enumerate(self.execs):
            gradients = [
                None
                if each is None
                else part(each, self.slices[place], axis).as_in_context(self.contexts[place])
                for each, axis in zip(given, [*self.output_axes, *[0] * len(given)], strict=False)
            ]
            executor.backward(gradients)

    def release(self) -> None:
        """Give back the memory that another `backward` would need."""
        for executor in self.execs:
            executor._tensors = ()

    def get_outputs(
        self, merge_multi_context: bool = True, begin: int = 0, end: int | None = None
    ) -> list[Any]:
        """The outputs from ``begin`` to ``end``; with ``merge_multi_context=False`` for each a list of its parts."""
        names = range(len(self.output_names))[begin:end]
        # arrays of their own: those of an executor change with its next forward
        parts = [[each._view(each._t) for each in (run.outputs[i] for run in self.execs)] for i in names]
        if not merge_multi_context:
            return parts
        return [
            joined(each, axis, self.contexts[0])
            for each, axis in zip(parts, self.output_axes[begin:end], strict=True)
        ]

    def get_input_grads(self, merge_multi_context: bool = True) -> list[Any]:
        """The gradients of the data, in the form of `get_outputs`."""
        if not self.inputs_need_grad:
            raise AssertionError(
                message("get_input_grads: the module was bound without gradients of its inputs")
            )
        parts = [[each.grad_dict[desc.name] for each in self.execs] for desc in self.data_shapes]
        if not merge_multi_context:
            return parts
        return [
            joined(each, self.axes[desc.name], self.contexts[0])  # type: ignore[arg-type]
            for each, desc in zip(parts, self.data_shapes, strict=True)
        ]

    def update_metric(self, eval_metric: Any, labels: Any, pre_sliced: bool = False) -> None:
        """Update a metric by the outputs, device by device.

        Parameters
        ----------
        eval_metric : the metric.
        labels : of the whole batch; a list for each device with ``pre_sliced``.
        """
        descriptions = self.label_shapes or ()
        for place, executor in enumerate(self.execs):
            if pre_sliced:
                own = list(labels[place] or ())
            else:
                own = [
                    part(array, self.slices[place], self.axes[each.name])
                    for each, array in zip(descriptions, labels or (), strict=False)
                ]
            by_name = {each.name: array for each, array in zip(descriptions, own, strict=False)}
            eval_metric.update_dict(by_name, dict(zip(self.output_names, executor.outputs, strict=True)))

    def install_monitor(self, mon: Any) -> None:
        """Let a `monitor.Monitor` look into all executors."""
        self._monitor = mon
        for executor in self.execs:
            mon.install(executor)


def _load(name: str, rows: NDArray, target: NDArray) -> None:
    if rows.shape != target.shape:
        raise ShapeError(
            f"Module.forward: {name} does not have the shape that the module was bound to",
            received=f"{name} {rows.shape}",
            because=f"for this device it is {target.shape}",
        )
    target[:] = rows.as_in_context(target.context)
