"""Operators that change the shape of an array, or put arrays together and apart. All of them copy.

Where torch would hand out a view, `_copied` makes the copy that MXNet makes: nothing that an operator returns
shares memory with what it was given.
"""

from __future__ import annotations

from math import prod
from typing import Any

import torch

from ..base import ShapeError
from .registry import Direct, OperatorError, operator

Tensor = torch.Tensor


def reshaped(shape: tuple[int, ...], codes: Any, reverse: bool = False) -> tuple[int, ...]:
    """Solve MXNet's reshape codes (0, -1, -2, -3, -4) for an array of ``shape``.

    >>> reshaped((2, 3, 4), (-4, 1, 2, -2))
    (1, 2, 3, 4)
    >>> reshaped((10, 5, 4), (-1, 0), reverse=True)
    (50, 4)
    """
    codes = tuple(int(c) for c in codes)
    if all(c > 0 for c in codes) and prod(codes) == prod(shape):
        return codes
    source = list(reversed(shape)) if reverse else list(shape)
    wanted = reversed_codes(codes) if reverse else list(codes)
    result: list[int] = []
    unknown = None
    axis = position = 0
    try:
        while position < len(wanted):
            code = wanted[position]
            if code > 0:
                result.append(code)
                axis += 1
            elif code == 0:
                result.append(source[axis])
                axis += 1
            elif code == -1:
                if unknown is not None:
                    raise _no_fit(shape, codes, "-1 stands for one axis only")
                unknown = len(result)
                result.append(1)
                axis += 1
            elif code == -2:
                result.extend(source[axis:])
                axis = len(source)
            elif code == -3:
                result.append(source[axis] * source[axis + 1])
                axis += 2
            elif code == -4:
                first, second = wanted[position + 1], wanted[position + 2]
                length = source[axis]
                if first == -1 and second == -1:
                    raise _no_fit(shape, codes, "-1 stands for one axis only")
                first = length // second if first == -1 else first
                second = length // first if second == -1 else second
                if first * second != length:
                    raise _no_fit(shape, codes, f"{length} is not {first} x {second}")
                result += [first, second]
                axis += 1
                position += 2
            else:
                raise _no_fit(shape, codes, f"{code} has no meaning")
            position += 1
    except (IndexError, ZeroDivisionError):
        raise _no_fit(shape, codes, "it names more axes than the array has") from None
    if unknown is not None:
        rest = prod(result)
        if rest == 0 or prod(shape) % rest:
            raise _no_fit(shape, codes, f"{prod(shape)} elements do not divide by {rest}")
        result[unknown] = prod(shape) // rest
    if prod(result) != prod(shape):
        raise _no_fit(shape, codes, f"the array has {prod(shape)} elements, the shape {prod(result)}")
    return tuple(reversed(result)) if reverse else tuple(result)


def reversed_codes(codes: tuple[int, ...]) -> list[int]:
    """The codes from last to first, with the two lengths after a -4 still behind it."""
    groups: list[list[int]] = []
    position = 0
    while position < len(codes):
        width = 3 if codes[position] == -4 else 1
        group = list(codes[position : position + width])
        groups.append([group[0], *reversed(group[1:])])
        position += width
    return [code for group in reversed(groups) for code in group]


def _no_fit(shape: tuple[int, ...], codes: Any, because: str) -> ShapeError:
    return ShapeError(
        f"Cannot reshape array of size {prod(shape)} into shape {tuple(codes)}",
        received=f"array of shape {tuple(shape)}",
        because=because,
        hint=".reshape((0, -1)) keeps the first axis and joins the others",
    )


def _copied(view: Tensor) -> Tensor:
    """A contiguous tensor of its own."""
    return view.clone(memory_format=torch.contiguous_format)


@operator("Reshape", aliases=("reshape",))
def reshape(
    data: Tensor,
    *,
    shape: tuple[int, ...] = (),
    reverse: bool = False,
    target_shape: Any = (),
    keep_highest: bool = False,
) -> Tensor:
    """The same elements under another shape, copied; the codes are those of `NDArray.reshape`.

    >>> from mxnet import nd
    >>> nd.reshape(nd.arange(6), shape=(2, -1)).shape
    (2, 3)
    """
    codes = shape if isinstance(shape, (tuple, list)) else (shape,)
    if not codes:
        codes = target_shape
    try:
        lengths = reshaped(tuple(data.shape), codes, reverse)
    except ShapeError as error:
        raise OperatorError(error.what, because=error.because, hint=error.hint) from None
    return _copied(data.reshape(lengths))


@operator("Flatten", aliases=("flatten",), method="flatten")
def flatten(data: Tensor) -> Tensor:
    """``(batch, ...)`` as ``(batch, product of the rest)``, copied."""
    if data.dim() == 0:
        raise OperatorError("an array without axes cannot be flattened")
    return _copied(data.reshape(data.shape[0], -1 if data.numel() else prod(data.shape[1:])))


_TRANSPOSE = Direct(
    "axes is None and data.dim() == 2", "data.t().clone(memory_format=dense)", dense=torch.contiguous_format
)


@operator("transpose", method=False, direct=_TRANSPOSE)
def transpose(data: Tensor, *, axes: tuple[int, ...] | None = None) -> Tensor:
    """The axes in another order (reversed by default), copied."""
    if axes is None or axes == ():
        order = tuple(reversed(range(data.dim())))
    else:
        order = tuple(_axis(data, a) for a in ((axes,) if isinstance(axes, int) else axes))
        if sorted(order) != list(range(data.dim())):
            raise OperatorError(
                f"axes={tuple(axes)} is no order of {data.dim()} axes", because="each axis appears once"
            )
    return _copied(data.permute(order))


def _axis(data: Tensor, axis: Any) -> int:
    """A possibly negative axis as one from 0."""
    rank = data.dim()
    axis = int(axis)
    if not -rank <= axis < rank:
        raise OperatorError(
            f"axis {axis} is not there", because=f"an array of {rank} axes has {-rank} to {rank - 1}"
        )
    return axis % rank if rank else 0


@operator("expand_dims", method="expand_dims")
def expand_dims(data: Tensor, *, axis: int) -> Tensor:
    """A new axis of length 1 at ``axis``, copied."""
    rank = data.dim()
    if not -rank - 1 <= axis <= rank:
        raise OperatorError(f"axis must be in the range [{-rank - 1}, {rank}] ({axis} provided)")
    return data.unsqueeze(axis).clone()


@operator("squeeze", method="squeeze")
def squeeze(data: Tensor, *, axis: int | tuple[int, ...] | None = None) -> Tensor:
    """The array without its axes of length 1 (all, or the given ones), copied; at least one axis stays.

    >>> from mxnet import nd
    >>> nd.squeeze(nd.ones((1, 2, 1))).shape, nd.squeeze(nd.ones((1, 1))).shape
    ((2,), (1,))
    """
    if axis is None:
        gone = {d for d, length in enumerate(data.shape) if length == 1}
    else:
        gone = {_axis(data, a) for a in ((axis,) if isinstance(axis, int) else axis)}
        for each in gone:
            if data.shape[each] != 1:
                raise OperatorError(
                    f"axis {each} has length {data.shape[each]}",
                    because="only axes of length 1 can be left out",
                )
    kept = tuple(length for d, length in enumerate(data.shape) if d not in gone)
    return _copied(data.reshape(kept or ((1,) if data.dim() else ())))


@operator("SwapAxis", aliases=("swapaxes",), method="swapaxes")
def swap_axis(data: Tensor, *, dim1: int = 0, dim2: int = 0) -> Tensor:
    """Two axes exchanged, copied."""
    return _copied(data.transpose(_axis(data, dim1), _axis(data, dim2)))


@operator(
    "Concat", aliases=("concat",), same_dtype=True, direct=Direct("True", "cat(data, dim)", cat=torch.cat)
)
def concat(*data: Tensor, dim: int = 1, num_args: int = 0) -> Tensor:
    """Arrays one behind the other along ``dim``; the other axes have equal lengths.

    >>> from mxnet import nd
    >>> nd.concat(nd.ones((2, 3)), nd.zeros((2, 1)), dim=1).shape
    (2, 4)
    """
    if not data:
        raise OperatorError("takes at least one array")
    try:
        return torch.cat(data, dim)
    except (RuntimeError, IndexError):
        _check_concat(data, _axis(data[0], dim))
        raise


def _check_concat(data: tuple[Tensor, ...], axis: int) -> None:
    first = data[0]
    for position, each in enumerate(data):
        if each.dim() != first.dim() or any(
            a != b for d, (a, b) in enumerate(zip(each.shape, first.shape, strict=True)) if d != axis
        ):
            raise OperatorError(
                f"array {position} does not fit the first along axis {axis}",
                because="all axes but that one have equal lengths",
                hint=_other_axis(data),
            )


def _other_axis(data: tuple[Tensor, ...]) -> str | None:
    rank = data[0].dim()
    for axis in range(rank):
        shapes = {(t.dim(), *(n for d, n in enumerate(t.shape) if d != axis)) for t in data}
        if len(shapes) == 1:
            return f"dim={axis}"
    return None


@operator("stack", same_dtype=True)
def stack(*data: Tensor, axis: int = 0, num_args: int = 0) -> Tensor:
    """Arrays of one shape put together along a new axis.

    >>> from mxnet import nd
    >>> nd.stack(nd.ones((2,)), nd.zeros((2,))).shape
    (2, 2)
    """
    if not data:
        raise OperatorError("takes at least one array")
    try:
        return torch.stack(data, axis)
    except (RuntimeError, IndexError):
        if any(each.shape != data[0].shape for each in data):
            raise OperatorError(
                "the arrays differ in shape", because="a stack has one shape", hint="nd.concat"
            ) from None
        rank = data[0].dim()
        if not -rank - 1 <= axis <= rank:
            raise OperatorError(
                f"axis {axis} is not there", because=f"it lies between {-rank - 1} and {rank}"
            ) from None
        raise


@operator(
    "SliceChannel",
    aliases=("split",),
    method="split",
    outputs=lambda attributes: int(attributes["num_outputs"]),
)
def split(data: Tensor, *, num_outputs: int, axis: int = 1, squeeze_axis: bool = False) -> Any:
    """``num_outputs`` equal parts along ``axis``, as a list (a single part is no list).

    ``squeeze_axis`` takes the axis away where the parts have length 1 there.
    """
    axis = _axis(data, axis)
    length = data.shape[axis]
    if num_outputs < 1 or length % num_outputs:
        raise OperatorError(
            f"axis {axis} of length {length} does not divide into {num_outputs} parts",
            hint="nd.split_v2, which cuts anywhere",
        )
    parts = data.chunk(num_outputs, axis) if length else (data,) * num_outputs
    if squeeze_axis:
        if length != num_outputs:
            raise OperatorError("squeeze_axis=True needs parts of length 1")
        parts = tuple(part.squeeze(axis) for part in parts)
    copies = [_copied(part) for part in parts]
    return copies if num_outputs > 1 else copies[0]


@operator("repeat", method="repeat")
def repeat(data: Tensor, *, repeats: int, axis: int | None = None) -> Tensor:
    """Each element ``repeats`` times in a row, along ``axis`` or over the flattened array."""
    if repeats < 0:
        raise OperatorError("repeats is negative")
    if axis is None:
        return data.reshape(-1).repeat_interleave(repeats)
    return data.repeat_interleave(repeats, _axis(data, axis))


@operator("tile", method="tile")
def tile(data: Tensor, *, reps: int | tuple[int, ...]) -> Tensor:
    """The whole array repeated ``reps`` times along its axes (new leading ones, if there are more)."""
    counts = (reps,) if isinstance(reps, int) else tuple(reps)
    if any(n < 0 for n in counts):
        raise OperatorError("reps is negative")
    counts = (1,) * (data.dim() - len(counts)) + counts
    return data.repeat(counts) if counts else data.clone()


@operator("reverse", aliases=("flip",), method="flip")
def reverse(data: Tensor, *, axis: int | tuple[int, ...]) -> Tensor:
    """The elements in reverse order along one or more axes."""
    return data.flip([_axis(data, a) for a in ((axis,) if isinstance(axis, int) else axis)])


@operator("broadcast_to")
def broadcast_to(data: Tensor, *, shape: tuple[int, ...]) -> Tensor:
    """Axes of length 1 repeated up to ``shape``, where 0 keeps the length; copied."""
    wanted = (shape,) if isinstance(shape, int) else tuple(shape)
    if len(wanted) != data.dim():
        raise OperatorError(
            f"an array of {data.dim()} axes cannot become one of {len(wanted)}",
            because="the number of axes stays",
            hint="NDArray.broadcast_to, which adds leading axes",
        )
    lengths = tuple(w or h for w, h in zip(wanted, data.shape, strict=True))
    if any(h not in (1, w) for w, h in zip(lengths, data.shape, strict=True)):
        raise OperatorError(
            f"shape {tuple(data.shape)} cannot be broadcast to {lengths}",
            because="only axes of length 1 are repeated",
        )
    return _copied(data.expand(lengths))


@operator("broadcast_axis", aliases=("broadcast_axes",), method="broadcast_axes")
def broadcast_axis(
    data: Tensor, *, axis: int | tuple[int, ...] = (), size: int | tuple[int, ...] = ()
) -> Tensor:
    """Axes of length 1 repeated ``size`` times."""
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    sizes = (size,) if isinstance(size, int) else tuple(size)
    if len(axes) != len(sizes):
        raise OperatorError("axis and size have as many entries as each other")
    lengths = list(data.shape)
    for each, length in zip(axes, sizes, strict=True):
        position = _axis(data, each)
        if data.shape[position] != 1:
            raise OperatorError(
                f"axis {each} has length {data.shape[position]}", because="only length 1 is repeated"
            )
        lengths[position] = length
    return _copied(data.expand(lengths))


@operator("broadcast_like")
def broadcast_like(
    lhs: Tensor,
    rhs: Tensor,
    *,
    lhs_axes: tuple[int, ...] | None = None,
    rhs_axes: tuple[int, ...] | None = None,
) -> Tensor:
    """``lhs`` broadcast to the shape of ``rhs``, or along ``lhs_axes`` to the lengths of its ``rhs_axes``."""
    if lhs_axes is None:
        return broadcast_to(lhs, shape=tuple(rhs.shape))
    lengths = list(lhs.shape)
    left, right = ((axes,) if isinstance(axes, int) else tuple(axes or ()) for axes in (lhs_axes, rhs_axes))
    if len(left) != len(right):
        raise OperatorError(
            "lhs_axes and rhs_axes name as many axes", because=f"{len(left)} and {len(right)}"
        )
    for mine, other in zip(left, right, strict=True):
        lengths[_axis(lhs, mine)] = rhs.shape[_axis(rhs, other)]
    return broadcast_to(lhs, shape=tuple(lengths))


@operator("reshape_like", method="reshape_like")
def reshape_like(
    lhs: Tensor,
    rhs: Tensor,
    *,
    lhs_begin: int | None = None,
    lhs_end: int | None = None,
    rhs_begin: int | None = None,
    rhs_end: int | None = None,
) -> Tensor:
    """``lhs`` in the shape of ``rhs``; or some of its axes replaced by some axes of ``rhs``. Copied."""
    left = slice(lhs_begin, lhs_end).indices(lhs.dim())
    right = slice(rhs_begin, rhs_end).indices(rhs.dim())
    shape = (*lhs.shape[: left[0]], *rhs.shape[right[0] : right[1]], *lhs.shape[left[1] :])
    if prod(shape) != lhs.numel():
        raise OperatorError(
            f"shape {tuple(lhs.shape)} cannot become {shape}", because="the number of elements stays"
        )
    return _copied(lhs.reshape(shape))


@operator("Pad", aliases=("pad",), method="pad")
def pad(data: Tensor, *, mode: str, pad_width: tuple[int, ...], constant_value: float = 0.0) -> Tensor:
    """More elements around the array: ``pad_width`` has two entries (before, after) for each axis.

    ``mode``: ``'constant'``, ``'edge'`` (the outermost element) or ``'reflect'``.
    Differs from 1.9.1: any number of axes, and all of them, can be padded.
    """
    if len(pad_width) != 2 * data.dim() or any(w < 0 for w in pad_width):
        raise OperatorError(
            f"pad_width has {len(pad_width)} entries",
            because=f"two for each of {data.dim()} axes, none negative",
        )
    if mode not in ("constant", "edge", "reflect"):
        raise OperatorError(f"mode is one of 'constant', 'edge' and 'reflect', not {mode!r}")
    if mode == "constant":
        pairs = [pad_width[i : i + 2] for i in range(0, len(pad_width), 2)]
        return torch.nn.functional.pad(
            data, [w for pair in reversed(pairs) for w in pair], value=constant_value
        )
    result = data
    for axis in range(data.dim()):
        before, after = pad_width[2 * axis], pad_width[2 * axis + 1]
        length = data.shape[axis]
        if not (before or after):
            continue
        if mode == "reflect" and max(before, after) >= length:
            raise OperatorError(f"axis {axis} of length {length} reflects at most {length - 1} elements")
        places = torch.arange(-before, length + after, device=data.device)
        places = (
            places.clamp(0, length - 1)
            if mode == "edge"
            else (length - 1 - (places.abs() - (length - 1)).abs())
        )
        result = result.index_select(axis, places)
    return result if result is not data else data.clone()


@operator("diag", method="diag")
def diag(data: Tensor, *, k: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """The ``k``-th diagonal of two axes; of a vector, the matrix that has it there."""
    if data.dim() == 1:
        return torch.diag(data, k)
    return _copied(torch.diagonal(data, k, _axis(data, axis1), _axis(data, axis2)))


@operator("depth_to_space", method="depth_to_space")
def depth_to_space(data: Tensor, *, block_size: int) -> Tensor:
    """``(n, b * b * c, h, w) -> (n, c, b * h, b * w)``: channels spread over blocks of ``b x b``."""
    n, channels, height, width = data.shape
    if block_size < 1 or channels % block_size**2:
        raise OperatorError(f"{channels} channels do not divide into blocks of {block_size} x {block_size}")
    blocks = data.reshape(n, block_size, block_size, channels // block_size**2, height, width)
    return (
        blocks.permute(0, 3, 4, 1, 5, 2).reshape(n, -1, height * block_size, width * block_size).contiguous()
    )


@operator("space_to_depth", method="space_to_depth")
def space_to_depth(data: Tensor, *, block_size: int) -> Tensor:
    """``(n, c, b * h, b * w) -> (n, b * b * c, h, w)``: blocks of ``b x b`` gathered into channels.

    >>> from mxnet import nd
    >>> nd.space_to_depth(nd.arange(4).reshape((1, 1, 2, 2)), block_size=2).asnumpy().ravel().tolist()
    [0.0, 1.0, 2.0, 3.0]
    """
    n, channels, height, width = data.shape
    if block_size < 1 or height % block_size or width % block_size:
        raise OperatorError(f"{height} x {width} does not divide into blocks of {block_size} x {block_size}")
    blocks = data.reshape(n, channels, height // block_size, block_size, width // block_size, block_size)
    return (
        blocks.permute(0, 3, 5, 1, 2, 4)
        .reshape(n, -1, height // block_size, width // block_size)
        .contiguous()
    )
