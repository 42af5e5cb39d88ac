"""``x[key]`` and ``x[key] = value``.

What is a view and what a copy is MXNet's rule, not torch's: a basic index whose elements lie next to each other in
memory (``x[1]``, ``x[1:3]``, ``x[1, 0:2]``, ``x[None]``) shares memory and writes through; every other
index copies.
"""

from __future__ import annotations

from types import EllipsisType
from typing import Any

import numpy as np
import torch

from .. import tape
from ..base import IndexShapeError, MXNetError, message
from ..dtype import tensor_over
from .ndarray import NDArray, copy_into

_INTEGERS = (int, np.integer)
_state = tape.state


def getitem(self: NDArray, key: Any) -> NDArray:
    """The elements that ``key`` names.

    Parameters
    ----------
    key : whole numbers, slices, ``None``, ``...``, arrays or lists of whole numbers, boolean masks, or a tuple of
        these. Picking one element gives shape ``(1,)``.

    Raises
    ------
    IndexError : an index out of bounds, or more indices than axes.
    ValueError : a key of another kind.
    """
    kind = type(key)
    entry = self._tape
    tensor = self._t
    if entry is not None:
        tensor = entry.enter(self, _state.record) if _state.recording else self._plain()
    if kind is slice and key.step is None:
        if key.start is None and key.stop is None:
            return self
        if tensor.dim():
            return _shared(self, tensor[key])
    elif (kind is int or kind is np.int64) and (rank := tensor.dim()):
        if kind is not int:  # as samplers that shuffle count
            key = int(key)
        try:
            if rank > 1:
                return _shared(self, tensor[key])
            part = tensor[key : key + 1 or None]  # with its axis: cheaper than giving it one afterwards
            if part.shape[0] == 1 and key >= -tensor.shape[0]:
                return _shared(self, part)
        except IndexError:
            pass
        raise IndexError(_out_of_bounds(self, key, 0, tensor.shape[0]))
    return _general(self, tensor, key)


def setitem(self: NDArray, key: Any, value: Any) -> None:
    """Write ``value``, broadcast and converted to the array's type, into the elements that ``key`` names.

    Inside ``record()`` an array that is on the tape refuses; nothing is changed by a write that fails.
    """
    whole = type(key) is slice and key.start is None and key.stop is None and key.step is None
    if whole and type(value) is NDArray and not _state.recording and not tape.STRICT_INPLACE:
        target = self._t.data  # the update of every training loop: `w[:] = w - lr * w.grad`
        update = value._t if value._tape is None else value._plain()
        if update.shape == target.shape:
            copy_into(target, update)
            return
    target = self._writable("x[...] = value")
    source: torch.Tensor | None
    if isinstance(value, NDArray):
        source = value._enter()
    elif isinstance(value, (int, float, np.number, np.bool_)):
        source = None
    else:
        source = _as_tensor(value, target)
    if whole:
        part: torch.Tensor | None = target
        index: Any = ...
        steps: list[int] = []
    else:
        index, steps, basic = _normalized(self, key, target)
        part = target[index] if basic else None
    shape = target[index].shape if part is None else part.shape
    if source is None:
        number = value.item() if isinstance(value, np.generic) else value
        if part is not None:
            part.fill_(_number_for(target, number))
        else:
            target[index] = torch.tensor(number).to(target.dtype)
        return
    source = _fitted(self, source, shape)
    if source.dtype is not target.dtype or source.device != target.device:
        source = source.to(target.device, target.dtype)
    if steps:
        source = source.expand(shape).flip(steps)
    if not source.requires_grad:
        if part is not None:
            copy_into(part, source)
        else:
            target[index] = source
        return
    with torch.enable_grad():
        target[index] = source
    self._t, self._tape = target, _state.record


def _general(self: NDArray, tensor: torch.Tensor, key: Any) -> NDArray:
    index, steps, basic = _normalized(self, key, tensor)
    grad = tensor.requires_grad
    with torch.set_grad_enabled(grad):
        try:
            part = tensor[index]
        except IndexError as error:
            raise IndexShapeError(
                message(str(error), received=f"index {key!r} into {tape.describe(self)}")
            ) from None
        if steps:
            part = part.flip(steps)
        scalar = part.dim() == 0
        if basic and not steps and part.is_contiguous():
            return _shared(self, part.reshape(1) if scalar else part)
        part = part.clone(memory_format=torch.contiguous_format) if basic and not steps else part.contiguous()
        if scalar:
            part = part.reshape(1)
    result = type(self)._wrap(part, self._ctx)
    result._tape = _state.record if grad else None
    return result


def _shared(self: NDArray, part: torch.Tensor) -> NDArray:
    self._shared = True
    array = object.__new__(type(self))
    array._t = part
    array._ctx = self._ctx
    array._tape = _state.record if part.requires_grad else None
    array._shared = True
    return array


def _normalized(self: NDArray, key: Any, tensor: torch.Tensor) -> tuple[Any, list[int], bool]:
    """The key as torch takes it, the axes of the result to be reversed, and whether it is basic.

    torch knows no negative steps: ``x[::-1]`` becomes the same elements in forward order and a flip.
    """
    entries = list(key) if isinstance(key, tuple) else [_list_key(key)]
    if len(entries) == 1 and _is_mask(entries[0]) and not isinstance(key, tuple):
        return _mask(self, entries[0], tensor), [], False
    used = sum(_axes_used(entry) for entry in entries)
    if used > tensor.dim():
        raise IndexError(
            message(
                f"too many indices ({used}) for array with {tensor.dim()} dimensions",
                received=f"index {_shown(key)} into {tape.describe(self)}",
            )
        )
    if sum(entry is Ellipsis for entry in entries) > 1:
        raise IndexError(message("an index can only have a single ellipsis ('...')", received=_shown(key)))
    fill = tensor.dim() - used
    normalized: list[Any] = []
    steps: list[int] = []
    axis = result_axis = 0
    basic = True
    for entry in entries:
        if entry is None:
            normalized.append(None)
            result_axis += 1
        elif isinstance(entry, EllipsisType):
            normalized.append(entry)
            axis += fill
            result_axis += fill
            fill = 0
        elif isinstance(entry, slice):
            forward, flipped = _forward_slice(entry, tensor.shape[axis])
            normalized.append(forward)
            if flipped:
                steps.append(result_axis)
            axis += 1
            result_axis += 1
        elif isinstance(entry, _INTEGERS):
            length = tensor.shape[axis]
            if not -length <= entry < length:
                raise IndexError(_out_of_bounds(self, int(entry), axis, length))
            normalized.append(int(entry))
            axis += 1
        else:
            indices = _indices(self, entry, tensor, axis)
            normalized.append(indices)
            axis += indices.dim() if indices.dtype is torch.bool else 1
            basic = False
    if not basic:
        if steps:
            raise MXNetError(
                "x[key]: a negative step beside an array of indices",
                received=_shown(key),
                hint="index in two steps: x[::-1][rows]",
            )
        # an integer beside index arrays is an index array itself, as in NumPy
        normalized = [torch.tensor(n, device=tensor.device) if isinstance(n, int) else n for n in normalized]
    return tuple(normalized), steps, basic


def _list_key(key: Any) -> Any:
    return np.asarray(key) if isinstance(key, (list, range)) else key


def _is_mask(entry: Any) -> bool:
    if isinstance(entry, NDArray):
        return entry._t.dtype is torch.bool
    return isinstance(entry, np.ndarray) and entry.dtype == bool


def _mask(self: NDArray, entry: Any, tensor: torch.Tensor) -> torch.Tensor:
    mask = entry._t if isinstance(entry, NDArray) else tensor_over(np.atleast_1d(entry))
    if mask.shape != tensor.shape[: mask.dim()]:
        raise IndexError(
            message(
                "boolean index does not fit the array",
                received=f"mask {tuple(mask.shape)}, array {self.shape}",
                because="a mask has the lengths of the axes that it picks from",
            )
        )
    return mask.to(tensor.device)


def _axes_used(entry: Any) -> int:
    if entry is None or isinstance(entry, EllipsisType):
        return 0
    return max(entry.ndim, 1) if _is_mask(entry) else 1


def _forward_slice(entry: slice, length: int) -> tuple[slice, bool]:
    try:
        start, stop, step = entry.indices(length)
    except (TypeError, ValueError) as error:
        if entry.step == 0:
            raise ValueError(message("slice step cannot be zero", received=_shown(entry))) from None
        raise ValueError(message(f"x[key]: {error}", received=_shown(entry))) from None
    if step > 0:
        return slice(start, max(start, stop), step), False
    count = max(0, (start - stop - step - 1) // -step)
    if count == 0:
        return slice(0, 0, 1), False
    lowest = start + (count - 1) * step
    return slice(lowest, start + 1, -step), True


def _indices(self: NDArray, entry: Any, tensor: torch.Tensor, axis: int) -> torch.Tensor:
    if isinstance(entry, NDArray):
        indices = entry._plain()
    elif isinstance(entry, (list, tuple, np.ndarray, range)):
        indices = tensor_over(np.atleast_1d(entry))
    else:
        raise ValueError(
            message(
                f"NDArray does not support slicing with key {entry} of type {type(entry)}.",
                received=f"into {tape.describe(self)}",
                hint="whole numbers, slices, None, ..., or arrays of whole numbers",
            )
        )
    if indices.dtype is torch.bool:
        return indices.to(tensor.device)
    indices = indices.to(tensor.device, torch.int64)
    length = tensor.shape[axis]
    if indices.numel():
        low, high = int(indices.min()), int(indices.max())
        if low < -length or high >= length:
            raise IndexError(_out_of_bounds(self, low if low < -length else high, axis, length))
    return indices


def _as_tensor(value: Any, like: torch.Tensor) -> torch.Tensor:
    if isinstance(value, torch.Tensor):
        return value.detach()
    try:
        array = np.asarray(value)
        if array.dtype == object:
            raise TypeError("a mixture of things")
        return tensor_over(array)
    except (TypeError, ValueError) as error:
        raise TypeError(
            message(
                f"x[...] = value: cannot write a {type(value).__name__}",
                because=str(error),
                hint="a number, a list of numbers, a NumPy array or an NDArray",
            )
        ) from None


def _number_for(target: torch.Tensor, number: Any) -> Any:
    return number if target.is_floating_point() or target.dtype is torch.bool else int(number)


def _fitted(self: NDArray, source: torch.Tensor, shape: torch.Size) -> torch.Tensor:
    """The value with leading axes of length 1 taken off, if it broadcasts to ``shape``."""
    fitted = source
    while fitted.dim() > len(shape) and fitted.shape[0] == 1:
        fitted = fitted.squeeze(0)
    ok = fitted.dim() <= len(shape) and all(
        have in (1, want) for have, want in zip(reversed(fitted.shape), reversed(shape), strict=False)
    )
    if not ok:
        raise ValueError(
            message(
                "x[...] = value: the value does not fit",
                received=f"value {tuple(source.shape)} for a place of shape {tuple(shape)}"
                f" in {tape.describe(self)}",
                because="a value has the shape of the place, or axes of length 1 that are repeated",
            )
        )
    return fitted


def _out_of_bounds(self: NDArray, index: int, axis: int, length: int) -> str:
    return message(
        f"index {index} is out of bounds for axis {axis} with size {length}",
        received=f"array {tape.describe(self)}",
        because=f"indices go from {-length} to {length - 1}" if length else "the axis is empty",
    )


def _shown(key: Any) -> str:
    text = repr(key)
    return text if len(text) < 60 else text[:57] + "..."


setattr(NDArray, "__getitem__", getitem)  # noqa: B010
setattr(NDArray, "__setitem__", setitem)  # noqa: B010
