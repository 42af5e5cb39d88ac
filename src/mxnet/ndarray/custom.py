"""``nd.Custom``: operators that programs write themselves (`mxnet.operator`), called and taped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from .. import autograd
from ..base import MXNetError, message, nearest
from ..context import Context, current_context
from ..dtype import to_torch
from .invoke import _write_out
from .ndarray import NDArray

__all__ = ["REGISTERED", "Custom"]

REGISTERED: dict[str, Any] = {}
"""The classes of `mxnet.operator.register`, by name."""


def Custom(
    *data: NDArray, op_type: str | None = None, out: Any = None, name: str | None = None, **kwargs: Any
) -> Any:
    """Call an operator that was registered with `mxnet.operator.register`.

    Parameters
    ----------
    data : its arrays, in the order of ``list_arguments()``, then its states in that of
        ``list_auxiliary_states()``; they may be given by name as well.
    op_type : the name that it was registered with.
    out : an array, or a list of them, that receives the result.
    kwargs : arguments of its properties, which receive them as text.

    Returns
    -------
    One array, or the list of its outputs.

    Raises
    ------
    MXNetError : there is no such operator; or arrays do not fit in number, shape or type.
    """
    kind = _find(op_type)
    named = {key: value for key, value in kwargs.items() if isinstance(value, NDArray)}
    # as text, as in MXNet, where they go through a graph's description
    attributes = {key: str(value) for key, value in kwargs.items() if key not in named}
    called = f"Custom(op_type={op_type!r})"
    try:
        prop = kind(**attributes)
    except TypeError as error:
        raise MXNetError(
            f"{called}: {kind.__name__} cannot be made",
            received=", ".join(f"{key}={value!r}" for key, value in attributes.items()),
            because=str(error),
        ) from error
    arguments, states = list(prop.list_arguments()), list(prop.list_auxiliary_states())
    arrays = _arrays(called, [*arguments, *states], data, named)
    results = run(called, prop, arrays)
    if out is not None:
        targets = list(out) if isinstance(out, (list, tuple)) else [out]
        if len(targets) != len(results):
            raise MXNetError(
                f"{called}: one array in out= per output",
                received=f"{len(targets)} for {len(results)} outputs",
            )
        for target, each in zip(targets, results, strict=True):
            _write_out(called, target, each)
        return out
    return results if len(results) != 1 else results[0]


def run(called: str, prop: Any, arrays: Sequence[NDArray], kept: list[Any] | None = None) -> list[NDArray]:
    """The outputs for arguments and states.

    Parameters
    ----------
    called, prop : what errors say was called, and the properties of the operator.
    arrays : its arguments, then its states.
    kept : holds the operator from the first run on, for those that follow; without it each has one of its own.
    """
    arguments, states = list(prop.list_arguments()), list(prop.list_auxiliary_states())
    inputs, aux = list(arrays[: len(arguments)]), list(arrays[len(arguments) :])
    outputs = _describe_outputs(called, prop, arguments, states, inputs, aux)
    context = arrays[0]._ctx if arrays else current_context()
    made = [] if kept is None else kept
    if not made:
        shapes, types = [list(each.shape) for each in arrays], [np.dtype(each.dtype).type for each in arrays]
        made.append(prop.create_operator(str(context), shapes, types))
    return list(_Call(called, made[0], outputs, aux, context)(*inputs))


class _Call(autograd.Function):
    """One call of an operator, on the tape like any function of one's own."""

    def __init__(
        self,
        called: str,
        operator: Any,
        outputs: list[tuple[tuple[int, ...], torch.dtype]],
        aux: list[NDArray],
        context: Context,
    ) -> None:
        super().__init__()
        self.called = called
        self.operator, self.outputs, self.aux, self.context = operator, outputs, aux, context

    def _called(self) -> str:
        return self.called

    def __call__(self, *inputs: NDArray) -> Any:
        self.requests = ["write" if _is_taped(each) else "null" for each in inputs]
        return super().__call__(*inputs)

    def forward(self, *inputs: NDArray) -> list[NDArray]:
        results = [self._zeros(shape, dtype) for shape, dtype in self.outputs]
        self.save_for_backward(*inputs, *results)
        self.operator.forward(
            is_train=autograd.is_training(),
            req=["write"] * len(results),
            in_data=list(inputs),
            out_data=results,
            aux=self.aux,
        )
        return results

    def backward(self, *output_grads: NDArray) -> list[NDArray | None]:
        saved = list(self.saved_tensors)
        inputs, results = saved[: -len(self.outputs)], saved[-len(self.outputs) :]
        gradients = [self._zeros(each.shape, each._t.dtype) for each in inputs]
        self.operator.backward(
            req=self.requests,
            out_grad=list(output_grads),
            in_data=inputs,
            out_data=results,
            in_grad=gradients,
            aux=self.aux,
        )
        return [
            gradient if request == "write" else None
            for gradient, request in zip(gradients, self.requests, strict=True)
        ]

    def _zeros(self, shape: tuple[int, ...], dtype: torch.dtype) -> NDArray:
        tensor = torch.zeros(shape, dtype=dtype, device=self.context.torch_device)
        return NDArray._wrap(tensor, self.context)


def _is_taped(array: NDArray) -> bool:
    """Whether a gradient will be asked for."""
    leaf = getattr(array._tape, "leaf", array._t)
    return array._tape is not None and leaf.requires_grad


def _find(op_type: str | None) -> Any:
    if op_type is None:
        raise MXNetError("Custom: Required parameter op_type is not given", hint="op_type='name'")
    if op_type not in REGISTERED:
        close = nearest(op_type, REGISTERED)
        raise MXNetError(
            f"Custom: there is no operator {op_type!r}",
            because="registered are " + (", ".join(sorted(REGISTERED)) or "none"),
            hint=f"op_type={close!r}"
            if close
            else f"@mx.operator.register({op_type!r}) above its properties",
        )
    return REGISTERED[op_type]


def _arrays(called: str, names: list[str], data: Sequence[Any], named: dict[str, NDArray]) -> list[NDArray]:
    """The arrays in the order of their names."""
    for position, each in enumerate(data):
        if not isinstance(each, NDArray):
            raise TypeError(
                message(
                    f"{called}: argument {names[position] if position < len(names) else position} must be an NDArray",
                    received=type(each).__name__,
                )
            )
    given = dict(zip(names, data, strict=False))
    wrong = len(data) > len(names) or not named.keys() <= set(names) - given.keys()
    given.update(named)
    if wrong or len(given) != len(names):
        received = [*(f"array {number}" for number in range(len(data))), *named]
        raise MXNetError(
            f"{called}: the arrays do not fit",
            received=f"{len(received)}: {', '.join(received)}" if received else "none",
            because=f"it takes {len(names)}: {', '.join(names)}" if names else "it takes none",
        )
    return [given[name] for name in names]


def _describe_outputs(
    called: str,
    prop: Any,
    arguments: list[str],
    states: list[str],
    inputs: list[NDArray],
    aux: list[NDArray],
) -> list[tuple[tuple[int, ...], torch.dtype]]:
    """Shape and type of each output, after the inputs were held against what the operator says of them."""
    names = list(prop.list_outputs())
    lists = {"arguments": arguments, "outputs": names, "auxiliary states": states}
    shapes = _inferred(called, "infer_shape", prop, [list(each.shape) for each in inputs], lists)
    types = _inferred(called, "infer_type", prop, [np.dtype(each.dtype).type for each in inputs], lists)
    for name, array, shape, dtype in zip(
        [*arguments, *states],
        [*inputs, *aux],
        [*shapes[0], *shapes[2]],
        [*types[0], *types[2]],
        strict=True,
    ):
        wanted = _shape(shape)
        if wanted != array.shape:
            raise MXNetError(
                f"{called}: {name} has another shape than infer_shape says",
                received=f"{name} {array.shape}",
                because=f"infer_shape says {wanted}",
            )
        if to_torch(dtype) != array._t.dtype:
            raise MXNetError(
                f"{called}: {name} has another type than infer_type says",
                received=f"{name} {np.dtype(array.dtype).name}",
                because=f"infer_type says {np.dtype(dtype).name}",
                hint=f".astype({np.dtype(dtype).name!r})",
            )
    return [(_shape(shape), to_torch(dtype)) for shape, dtype in zip(shapes[1], types[1], strict=True)]


def _inferred(
    called: str, method: str, prop: Any, given: list[Any], lists: dict[str, list[str]]
) -> list[list[Any]]:
    """What ``infer_shape`` or ``infer_type`` returns, each of its lists as long as it must be."""
    answer = getattr(prop, method)(given)
    if not isinstance(answer, (list, tuple)) or len(answer) not in (2, 3):
        raise MXNetError(
            f"{called}: {method} returns two or three lists",
            received=repr(answer),
            because="one is of the arguments, one of the outputs, one of the auxiliary states",
        )
    parts = [list(each) for each in answer] + [[]] * (3 - len(answer))
    for (what, names), part in zip(lists.items(), parts, strict=True):
        if len(part) != len(names):
            raise MXNetError(
                f"{called}: {method} returns {len(part)} of the {what}",
                received=repr(part),
                because=f"there are {len(names)}: {', '.join(names)}" if names else "there are none",
            )
    return parts


def _shape(shape: Any) -> tuple[int, ...]:
    return (int(shape),) if isinstance(shape, int) else tuple(int(length) for length in shape)
