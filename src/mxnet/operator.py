"""Operators of one's own: `CustomOp` computes, `CustomOpProp` describes it, ``nd.Custom`` calls it.

>>> import mxnet as mx
>>> class Double(mx.operator.CustomOp):
...     def forward(self, is_train, req, in_data, out_data, aux):
...         self.assign(out_data[0], req[0], in_data[0] * 2)
...     def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
...         self.assign(in_grad[0], req[0], out_grad[0] * 2)
>>> @mx.operator.register("double")
... class DoubleProp(mx.operator.CustomOpProp):
...     def create_operator(self, ctx, in_shapes, in_dtypes):
...         return Double()
>>> x = mx.nd.array([1, 2])
>>> x.attach_grad()
>>> with mx.autograd.record():
...     y = mx.nd.Custom(x, op_type="double")
>>> y.backward()
>>> y.asnumpy().tolist(), x.grad.asnumpy().tolist()
([2.0, 4.0], [2.0, 2.0])
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import Parameter
from typing import Any, NamedTuple, TypeVar

from .base import MXNetError, message, nearest
from .ndarray import NDArray
from .ndarray.custom import REGISTERED
from .ops import OPERATORS

__all__ = [
    "CustomOp",
    "CustomOpProp",
    "OperatorArguments",
    "get_all_registered_operators",
    "get_operator_arguments",
    "register",
]

_Kind = TypeVar("_Kind", bound=type)


class CustomOp:
    """What an operator computes. One object serves one call: what ``forward`` leaves in it is there in ``backward``."""

    def forward(
        self,
        is_train: bool,
        req: list[str],
        in_data: list[NDArray],
        out_data: list[NDArray],
        aux: list[NDArray],
    ) -> None:
        """Compute the outputs.

        Parameters
        ----------
        is_train : whether the call runs in training mode.
        req : for each output how to write it; pass it on to `assign`.
        in_data, out_data : the inputs, and arrays for the outputs.
        aux : the auxiliary states, which may be changed.
        """

    def backward(
        self,
        req: list[str],
        out_grad: list[NDArray],
        in_data: list[NDArray],
        out_data: list[NDArray],
        in_grad: list[NDArray],
        aux: list[NDArray],
    ) -> None:
        """Compute the gradients of the inputs.

        Parameters
        ----------
        req : for each input how to write its gradient; ``'null'`` if nobody asks for it.
        out_grad : the gradients of the outputs.
        in_data, out_data, aux : as in `forward`.
        in_grad : arrays for the gradients of the inputs.
        """

    def assign(self, dst: NDArray, req: str, src: Any) -> None:
        """Write ``src`` into ``dst``: ``req`` is ``'write'`` or ``'inplace'``, ``'add'``, or ``'null'`` to leave it."""
        if req in ("write", "inplace"):
            dst[:] = src
        elif req == "add":
            dst[:] = dst + src
        elif req != "null":
            raise MXNetError(
                f"CustomOp.assign: unknown req {req!r}", because="valid are write, inplace, add, null"
            )


class CustomOpProp:
    """What is to be known of an operator before it computes: names, shapes and types of its arrays.

    Derive from it, and register the class with `register`. It is made with the keyword arguments of ``nd.Custom``, as
    text.

    Parameters
    ----------
    need_top_grad : False for a loss, whose gradient does not depend on that of its output.
    """

    def __init__(self, need_top_grad: bool = True) -> None:
        self.need_top_grad_ = need_top_grad

    def infer_shape(self, in_shape: list[list[int]]) -> Sequence[Sequence[Any]]:
        """Shapes of the arguments, the outputs and the auxiliary states, from those of the arguments.

        By default all outputs have the shape of the first argument, and there are no states.
        """
        return in_shape, (in_shape[0],) * len(self.list_outputs()), ()

    def infer_type(self, in_type: list[Any]) -> Sequence[Sequence[Any]]:
        """Types of the arguments, the outputs and the auxiliary states, from those of the arguments.

        By default all have the type of the first argument.
        """
        return (
            in_type,
            [in_type[0]] * len(self.list_outputs()),
            [in_type[0]] * len(self.list_auxiliary_states()),
        )

    def infer_storage_type(self, in_stype: list[str]) -> Sequence[Sequence[str]]:
        """Storage of the arguments, outputs and states: ``'default'``, the only one that Glueball has."""
        return (
            in_stype,
            ["default"] * len(self.list_outputs()),
            ["default"] * len(self.list_auxiliary_states()),
        )

    def infer_storage_type_backward(
        self,
        ograd_stype: list[str],
        in_stype: list[str],
        out_stype: list[str],
        igrad_stype: list[str],
        aux_stype: list[str],
    ) -> Sequence[Sequence[str]]:
        """Storage in the backward pass: ``'default'`` throughout."""
        stypes = (ograd_stype, in_stype, out_stype, igrad_stype, aux_stype)
        return tuple(["default"] * len(each) for each in stypes)

    def list_arguments(self) -> list[str]:
        """The names of the inputs: ``['data']`` by default."""
        return ["data"]

    def list_outputs(self) -> list[str]:
        """The names of the outputs: ``['output']`` by default."""
        return ["output"]

    def list_auxiliary_states(self) -> list[str]:
        """The names of the states, which have no gradient and which calls may change: none by default."""
        return []

    def declare_backward_dependency(
        self, out_grad: Sequence[int], in_data: Sequence[int], out_data: Sequence[int]
    ) -> list[int]:
        """The arrays, by number, that ``backward`` needs; it has no effect here, where it receives all of them."""
        needed = [*out_grad] if self.need_top_grad_ else []
        return [*needed, *in_data, *out_data]

    def create_operator(self, ctx: str, in_shapes: list[list[int]], in_dtypes: list[Any]) -> CustomOp:
        """Make the `CustomOp` of one call.

        Parameters
        ----------
        ctx : where it runs, as text: ``'cpu(0)'``.
        in_shapes, in_dtypes : shapes and NumPy types of the arguments and the states.
        """
        return CustomOp()


def register(reg_name: str) -> Callable[[_Kind], _Kind]:
    """Decorate a `CustomOpProp`: ``nd.Custom(..., op_type=reg_name)`` calls its operator from now on.

    A name that is taken is given to the new class.
    """

    def do_register(prop_cls: _Kind) -> _Kind:
        if not (isinstance(prop_cls, type) and issubclass(prop_cls, CustomOpProp)):
            raise TypeError(
                message(
                    f"register({reg_name!r}): takes a class derived from CustomOpProp",
                    received=repr(prop_cls),
                )
            )
        REGISTERED[reg_name] = prop_cls
        return prop_cls

    return do_register


class OperatorArguments(NamedTuple):
    """The arguments of an operator: how many, their names, their types as text."""

    narg: int
    names: list[str]
    types: list[str]


def get_all_registered_operators() -> list[str]:
    """The names of all operators that Glueball has itself, as symbol files write them.

    >>> "FullyConnected" in get_all_registered_operators()
    True
    """
    return sorted({"Custom", *(name for name in OPERATORS if name.isidentifier())})


def get_operator_arguments(op_name: str) -> OperatorArguments:
    """The arguments of an operator: its arrays, then its attributes.

    >>> get_operator_arguments("Flatten")
    OperatorArguments(narg=1, names=['data'], types=['NDArray-or-Symbol'])
    """
    if op_name not in OPERATORS:
        close = nearest(op_name, get_all_registered_operators())
        raise MXNetError(
            f"Operator {op_name} is not registered",
            hint=f"get_operator_arguments({close!r})" if close else None,
        )
    record = OPERATORS[op_name]
    arrays = [record.variadic] if record.variadic else list(record.arrays)
    names = [*arrays, *record.attributes]
    types = [f"NDArray-or-Symbol{'[]' if record.variadic else ''}"] * len(arrays)
    types += [_described(parameter) for parameter in record.attributes.values()]
    return OperatorArguments(len(names), names, types)


_WORDS = {"bool": "boolean", "str": "string", "tuple[int, ...]": "Shape(tuple)"}


def _described(parameter: Parameter) -> str:
    kind = str(parameter.annotation)
    kind = _WORDS.get(kind, kind)
    if parameter.default is Parameter.empty:
        return f"{kind}, required"
    default = int(parameter.default) if isinstance(parameter.default, bool) else parameter.default
    return f"{kind}, optional, default={default!r}"
