"""``x[key]`` and ``x[key] = value``.

What is a view and what a copy is MXNet's rule, not torch's: a basic index whose elements lie next to each other in
memory (``x[1]``, ``x[1:3]``, ``x[1, 0:2]``, ``x[None]``) shares memory and writes through; every other
index copies.
"""

from __future__ import annotations

import math
from types import EllipsisType
from typing import Any

import numpy as np
import torch

from .. import tape
from ..base import IndexShapeError, message
from ..dtype import tensor_over, to_numpy
from ..ops.elementwise import converted
from .ndarray import NDArray, copy_into

_INTEGERS = (int, np.integer)
_state = tape.state
_grad_enabled = torch.is_grad_enabled


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
        if not _state.recording:
            tensor = self._plain()
        elif _grad_enabled():
            tensor = entry.enter(self, _state.record)
        else:
            with torch.enable_grad():
                return getitem(self, key)
    if kind is slice and key.step is None:
        if key.start is None and key.stop is None:
            return self
        if tensor.dim():
            return self._view(tensor[key])
    elif (kind is int or kind is np.int64) and (rank := tensor.dim()):
        if kind is not int:  # as samplers that shuffle count
            key = int(key)
        try:
            if rank > 1:
                return self._view(tensor[key])
            part = tensor[key : key + 1 or None]  # with its axis: cheaper than giving it one afterwards
            if part.shape[0] == 1 and key >= -tensor.shape[0]:
                return self._view(part)
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
    if _state.recording and not _grad_enabled():
        with torch.enable_grad():
            setitem(self, key, value)
        return
    target = self._writable("x[...] = value")
    source: torch.Tensor | None
    if isinstance(value, NDArray):
        source = value._enter()
    elif isinstance(value, (int, float, np.integer, np.floating, np.bool_)):
        source = None
    else:
        source = _as_tensor(value, target)
    if whole:
        part: torch.Tensor | None = target
        index: Any = ...
        turned: list[int] = []
    else:
        index, turned, basic = _normalized(self, key, target)
        part = target[index] if basic else None
    if source is None:
        number = _number_for(target, value.item() if isinstance(value, np.generic) else value)
        if part is not None:
            part.fill_(number)
        else:
            _put(target, index, turned, torch.tensor(number, dtype=target.dtype, device=target.device))
        return
    shape = _turned(target, turned)[index].shape if part is None else part.shape
    source = _fitted(self, source, shape)
    if source.dtype is not target.dtype or source.device != target.device:
        source = source.to(target.device, target.dtype)
    if part is None:
        _put(target, index, turned, source)
    else:
        source = _turned(source.expand(shape), turned) if turned else source
        if source.requires_grad:
            target[index] = source
        else:
            copy_into(part, source)
    if source.requires_grad:
        self._t, self._tape = target, _state.record


def _turned(tensor: torch.Tensor, axes: list[int]) -> torch.Tensor:
    return tensor.flip(axes) if axes else tensor


def _put(target: torch.Tensor, index: Any, turned: list[int], source: torch.Tensor) -> None:
    """Write to where index arrays point, in ``target`` with the axes ``turned`` reversed."""
    if turned:
        reversed_target = target.flip(turned)
        reversed_target[index] = source
        target.copy_(reversed_target.flip(turned))
    else:
        target[index] = source


def _general(self: NDArray, tensor: torch.Tensor, key: Any) -> NDArray:
    index, turned, basic = _normalized(self, key, tensor)
    grad = tensor.requires_grad
    with torch.set_grad_enabled(grad):
        try:
            part = tensor[index] if basic else _turned(tensor, turned)[index]
        except IndexError as error:
            raise IndexShapeError(
                message(str(error), received=f"index {key!r} into {tape.describe(self)}")
            ) from None
        if basic:
            part = _turned(part, turned)
        scalar = part.dim() == 0
        is_view = basic and not turned
        if is_view and part.is_contiguous():
            return self._view(part.reshape(1) if scalar else part)
        part = part.clone(memory_format=torch.contiguous_format) if is_view else part.contiguous()
        if scalar:
            part = part.reshape(1)
    result = type(self)._wrap(part, self._ctx)
    result._tape = _state.record if grad else None
    return result


def _normalized(self: NDArray, key: Any, tensor: torch.Tensor) -> tuple[Any, list[int], bool]:
    """The key as torch takes it, the axes that it reverses, and whether it is basic.

    torch knows no negative steps: ``x[::-1]`` becomes the same elements in forward order and a flip, of the result's
    axes for a basic key, of the array's axes before the key is applied for one with index arrays.
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
    turned: list[int] = []
    slices: dict[int, int] = {}  # axis of the array by place in the key
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
            if flipped:
                turned.append(result_axis)
                slices[len(normalized)] = axis
            normalized.append(forward)
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
        for place, turned_axis in slices.items():
            normalized[place] = _from_behind(normalized[place], tensor.shape[turned_axis])
        turned = list(slices.values())
        _broaden_integers(normalized, tensor.device)
    return tuple(normalized), turned, basic


def _from_behind(forward: slice, length: int) -> slice:
    """The same elements of an axis that is reversed, from the last to the first."""
    count = len(range(forward.start, forward.stop, forward.step))
    start = length - 1 - (forward.start + (count - 1) * forward.step)
    return slice(start, start + (count - 1) * forward.step + 1, forward.step)


def _broaden_integers(entries: list[Any], device: torch.device) -> None:
    """Make an integer beside index arrays an index array itself, as in NumPy: torch would take its axis away first."""
    arrays = [each for each in entries if isinstance(each, torch.Tensor)]
    axes = max(1 if each.dtype is torch.bool else each.dim() for each in arrays)
    for place, each in enumerate(entries):
        if isinstance(each, int):
            entries[place] = torch.full((1,) * axes, each, device=device)


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
        if array.dtype == object and hasattr(value, "__array__"):
            array = array.astype(to_numpy(torch.float32 if like.dtype is torch.bfloat16 else like.dtype))
        if array.dtype.kind not in "biuf":
            raise TypeError("it holds something else than real numbers")
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
    """A number in the range of the array's type, converted as an array of its kind would be."""
    kind = target.dtype
    if kind is torch.bool:
        return bool(number)
    if kind.is_floating_point:
        return math.copysign(math.inf, number) if abs(number) > torch.finfo(kind).max else number
    limits = torch.iinfo(kind)
    if limits.min <= number <= limits.max:
        return int(number)
    return converted(torch.tensor(float(number), dtype=torch.float64, device="cpu"), kind).item()


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
