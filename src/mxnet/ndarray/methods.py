"""The methods of `NDArray` that come from the operator table, and the few that share memory instead.

A method is made at its first use and then stays on the class.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from ..base import MXNetError, message, nearest, numeric_types
from ..ops.registry import OPERATORS
from ..ops.shape import reshaped
from .invoke import function_of
from .ndarray import NDArray

_BY_METHOD: dict[str, str] = {}
_RESHAPING = ("expand_dims", "flatten", "squeeze")


def method_names() -> dict[str, str]:
    """Method name -> operator name, for every operator that is a method."""
    if not _BY_METHOD:
        _BY_METHOD.update({r.method: n for n, r in OPERATORS.items() if r.method and n == r.name})
    return _BY_METHOD


class _FromTable:
    """A method that is compiled from its operator when it is first asked for, and then stands on the class itself."""

    def __init__(self, name: str, operator_name: str) -> None:
        self.name, self.operator_name = name, operator_name

    def __get__(self, array: NDArray | None, owner: type[NDArray]) -> Any:
        if self.name in _RESHAPING:
            made = _also_in_place(self.name, self.operator_name)
        else:
            made = function_of(self.operator_name)
        setattr(NDArray, self.name, made)
        _taken[self] = made
        return made if array is None else made.__get__(array)


_taken: dict[_FromTable, Callable[..., Any]] = {}


def forget() -> None:
    """Make the methods that come from the table anew, each when it is asked for next."""
    for maker, made in _taken.items():
        if vars(NDArray).get(maker.name) is made:
            setattr(NDArray, maker.name, maker)
    _taken.clear()


def absent(name: str) -> Callable[..., Any]:
    """A method of 1.9.1 that is still to come, or the error for one that never was."""
    from .. import _surface

    known = _surface.members("mxnet.nd.NDArray")
    if name in known:
        return _surface.placeholder(f"mxnet.nd.NDArray.{name}")
    close = nearest(name, {*known, *method_names(), *vars(NDArray)})
    raise AttributeError(
        message(f"'NDArray' object has no attribute {name!r}", hint=f"x.{close}" if close else None)
    )


def reshape(self: NDArray, *shape: Any, **kwargs: Any) -> NDArray:
    """The same elements, in the same memory, under another shape.

    Parameters
    ----------
    shape : the lengths, as one tuple or one by one, or ``shape=``. Special values: ``0`` keeps the length of that
        axis, ``-1`` stands for what is left over, ``-2`` for all remaining axes, ``-3`` joins two axes, ``-4``
        splits one into the two lengths that follow.
    reverse : read the special values from the last axis to the first.

    Raises
    ------
    ValueError : the shapes have different numbers of elements.

    >>> from mxnet import nd
    >>> nd.ones((2, 3, 4)).reshape((-3, 0)).shape
    (6, 4)
    """
    target: Any
    if shape and self._tape is None and not kwargs:  # as most calls are: `_view`, written out
        target = shape[0] if len(shape) == 1 and type(shape[0]) is tuple else shape
        if 0 not in target:
            try:  # torch knows -1 too, and refuses the other codes
                tensor = self._t.view(target)
            except (RuntimeError, TypeError):
                pass
            else:
                self._shared = True
                array = object.__new__(type(self))
                array._t = tensor
                array._ctx = self._ctx
                array._tape = None
                array._shared = True
                return array
    if len(shape) == 1 and isinstance(shape[0], (tuple, list)):
        target = shape[0]
    elif shape:
        target = shape
    else:
        given = kwargs.get("shape")
        if given is None:
            raise TypeError(message("reshape: the shape is missing", hint="x.reshape((2, -1))"))
        target = tuple(given) if isinstance(given, (tuple, list)) else (given,)
    tensor = self._t if self._tape is None else self._enter()
    if tensor.requires_grad and not torch.is_grad_enabled():
        with torch.enable_grad():
            return reshape(self, *shape, **kwargs)
    if not kwargs and 0 not in target:
        try:  # torch knows -1 too, and refuses the other codes
            return self._view(tensor.view(target))
        except (RuntimeError, TypeError):
            pass
    unknown = kwargs.keys() - {"shape", "reverse"}
    if unknown:
        raise TypeError(
            message(f"reshape: unknown argument {sorted(unknown)[0]!r}", because="they are shape, reverse")
        )
    if not all(isinstance(length, numeric_types) for length in target):
        raise TypeError(
            message(
                "reshape: a shape has whole numbers", received=repr(target)[:80], hint="x.reshape((2, -1))"
            )
        )
    lengths = reshaped(tuple(self._t.shape), target, bool(kwargs.get("reverse", False)))
    return self._view(tensor.view(lengths))


def transpose(self: NDArray, *axes: Any, **kwargs: Any) -> NDArray:
    """A copy with the axes in another order: reversed, or as given by one tuple or one by one."""
    if len(axes) == 1 and isinstance(axes[0], (tuple, list)):
        axes = tuple(axes[0])
    elif axes == (None,):  # as np.transpose(x) calls it
        axes = ()
    return function_of("transpose")(self, axes=kwargs.pop("axes", None) or axes or None, **kwargs)


def _also_in_place(name: str, operator_name: str) -> Callable[..., NDArray]:
    """A method that changes nothing but the shape: a copy, or with ``inplace=True`` in the same memory."""
    copied = function_of(operator_name)

    def method(self: NDArray, *args: Any, inplace: bool = False, **kwargs: Any) -> NDArray:
        result = copied(self, *args, **kwargs)
        return reshape(self, result.shape) if inplace else result

    method.__name__ = method.__qualname__ = name
    method.__doc__ = (
        f"{OPERATORS[operator_name].doc}\n\nWith ``inplace=True`` the result shares the array's memory."
    )
    given = inspect.signature(copied)
    chosen = inspect.Parameter("inplace", inspect.Parameter.KEYWORD_ONLY, default=False)
    *before, last = given.parameters.values()
    method.__signature__ = given.replace(parameters=[*before, chosen, last])  # type: ignore[attr-defined]
    return method


def broadcast_to(self: NDArray, shape: Any) -> NDArray:
    """A copy with the axes of length 1 repeated up to ``shape``; leading axes may be added.

    >>> from mxnet import nd
    >>> nd.ones((1, 3)).broadcast_to((2, 3)).shape
    (2, 3)
    """
    target = tuple(int(n) for n in shape) if isinstance(shape, (tuple, list)) else (int(shape),)
    have = self.shape
    if len(target) < len(have) or any(
        h not in (1, w) and w != 0 for h, w in zip(reversed(have), reversed(target), strict=False)
    ):
        raise ValueError(
            message(
                f"operands could not be broadcast together with remapped shapes: {have} and requested shape {target}",
                because="lengths must be equal, or 1 in the array",
            )
        )
    padded = self.reshape((1,) * (len(target) - len(have)) + have) if len(target) > len(have) else self
    return function_of("broadcast_to")(padded, shape=target)


def broadcast_like(self: NDArray, other: NDArray) -> NDArray:
    """A copy broadcast to the shape of ``other``."""
    return broadcast_to(self, other.shape)


def tostype(self: NDArray, stype: str) -> NDArray:
    """The array in another storage; only ``'default'`` (dense) is there yet."""
    if stype != "default":
        raise NotImplementedError(
            message(
                f"NDArray.tostype({stype!r}) is not in Glueball yet",
                because="arrays are dense",
                hint="use the dense array as it is",
            )
        )
    return self


def slice_assign(self: NDArray, rhs: NDArray, begin: Any, end: Any, step: Any) -> NDArray:
    """Write ``rhs`` into the slice from ``begin`` to ``end``; returns the array."""
    self[_slices(begin, end, step)] = rhs
    return self


def slice_assign_scalar(self: NDArray, value: float, begin: Any, end: Any, step: Any) -> NDArray:
    """Write a number into the slice from ``begin`` to ``end``; returns the array."""
    self[_slices(begin, end, step)] = value
    return self


def full_like_this(self: NDArray, value: float) -> NDArray:
    """Fill the array with one value, in place; returns it."""
    self[:] = value
    return self


def sync_copyfrom(self: NDArray, source_array: Any) -> None:
    """Copy NumPy data of the same shape into the array."""
    values = np.asarray(source_array)
    if values.shape != self.shape:
        raise ValueError(
            message(
                "Shape inconsistent: expected the array's shape", received=f"{values.shape} for {self.shape}"
            )
        )
    self[:] = values


def _slices(begin: Any, end: Any, step: Any) -> tuple[slice, ...]:
    steps = step or [None] * len(begin)
    if not len(begin) == len(end) == len(steps):
        raise MXNetError(
            "slice: begin, end and step have one entry per axis", received=f"{begin}, {end}, {step}"
        )
    return tuple(slice(b, e, s) for b, e, s in zip(begin, end, steps, strict=True))


def split_v2(
    self: NDArray, indices_or_sections: Any, axis: int = 0, squeeze_axis: bool = False
) -> list[NDArray]:
    """Cut the array into equal parts, or at the given indices; see `nd.split_v2`."""
    from .functions import split_v2 as split

    return split(self, indices_or_sections, axis, squeeze_axis)


for _name, _function in {
    "reshape": reshape,
    "split_v2": split_v2,
    "transpose": transpose,
    "broadcast_to": broadcast_to,
    "broadcast_like": broadcast_like,
    "tostype": tostype,
    "slice_assign": slice_assign,
    "slice_assign_scalar": slice_assign_scalar,
    "_full": full_like_this,
    "_sync_copyfrom": sync_copyfrom,
}.items():
    setattr(NDArray, _name, _function)
for _name, _operator_name in method_names().items():
    if _name not in vars(NDArray):
        setattr(NDArray, _name, _FromTable(_name, _operator_name))
