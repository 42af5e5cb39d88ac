"""Pooling: windows reduced to one value; and its way back, upsampling."""

from __future__ import annotations

from math import prod
from operator import ge
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F

from .convolution import deconvolution, im2col
from .nn import _floating
from .registry import OperatorError, operator
from .windows import channels_first, channels_last, check_rank, remembered, window

Tensor = torch.Tensor

_LAYOUTS = ("NCW", "NCHW", "NCDHW", "NWC", "NHWC", "NDHWC")


@operator("Pooling")
def pooling(
    data: Tensor,
    *,
    kernel: tuple[int, ...] = (),
    pool_type: str = "max",
    global_pool: bool = False,
    cudnn_off: bool = False,
    pooling_convention: str = "valid",
    stride: tuple[int, ...] = (),
    pad: tuple[int, ...] = (),
    p_value: int | None = None,
    count_include_pad: bool | None = None,
    layout: str | None = None,
) -> Tensor:
    """Each window of data reduced to its maximum, average, sum or root of the sum of powers.

    Shapes: data ``(batch, channels, *size)`` with one to three lengths of ``size``; the result
    ``(batch, channels, *out)`` with ``out = (size + 2 * pad - kernel) / stride + 1``.

    Parameters
    ----------
    kernel, stride, pad : one number for each length of ``size``; steps of 1 and no padding by default.
    pool_type : ``'max'``, ``'avg'``, ``'sum'`` or ``'lp'``, the ``p_value``-th root of the sum of those powers
        (``p_value`` 1, 2 or 3, of the values and not of their sizes).
    global_pool : one window over everything; kernel, stride and pad are ignored.
    pooling_convention : rounding of ``out``: ``'valid'`` down, ``'full'`` up, with a last window that runs over the
        end; ``'same'``: ``out = size / stride`` rounded up, without padding.
    count_include_pad : whether averages divide by all elements of the window or by those of data alone.
    layout : the order of the axes, such as ``'NCHW'`` (the default) and ``'NHWC'``.
    cudnn_off : accepted and without effect: PyTorch chooses the kernels.

    Raises
    ------
    MXNetError : an attribute is unknown or does not fit data; a window of padding alone for the maximum or the average
        of float32 with channels first (1.9.1 has no such check in other types and layouts, where their maximum is the
        lowest number of the type).

    Differs from 1.9.1: nan in a window makes its maximum nan, where 1.9.1 passes over it; ``'same'`` takes two and
    three lengths as well.

    >>> from mxnet import nd
    >>> x = nd.arange(16).reshape((1, 1, 4, 4))
    >>> nd.Pooling(x, kernel=(2, 2), stride=(2, 2)).asnumpy().tolist()
    [[[[5.0, 7.0], [13.0, 15.0]]]]
    """
    _check_pooling(data, pool_type, pooling_convention, ("valid", "full", "same"))
    if pool_type == "lp" and p_value not in (1, 2, 3):
        raise OperatorError(
            f"p_value={p_value} for pool_type='lp'", because="valid are 1, 2 and 3", hint="p_value=2"
        )
    last = layout is not None and channels_last(layout, data.dim() - 2, _LAYOUTS)
    if last:
        data = channels_first(data)
    if global_pool:
        result = _pooled_whole(data, pool_type, p_value or 1)
    else:
        plan = window_plan(tuple(data.shape[2:]), kernel, stride, pad, pooling_convention)
        if (
            plan.has_padding_alone
            and not last
            and pool_type in ("max", "avg")
            and data.dtype is torch.float32
        ):
            raise OperatorError(
                f"pad={plan.before} does not fit kernel={plan.kernel}",
                because="a window of padding alone has no maximum and no average: pad is less than kernel",
            )
        result = _pooled(data, pool_type, plan, p_value or 1, count_include_pad is not False)
    return result.movedim(1, -1).contiguous() if last else result


def _pooled_whole(data: Tensor, pool_type: str, power: int) -> Tensor:
    axes = tuple(range(2, data.dim()))
    if pool_type == "avg":
        return data.mean(axes, keepdim=True)
    if pool_type == "sum" or (pool_type == "lp" and power == 1):
        return data.sum(axes, keepdim=True)
    if pool_type == "lp":
        return _root((data**power).sum(axes, keepdim=True), power)
    if not data.requires_grad:
        return data.amax(axes, keepdim=True)
    size = tuple(data.shape[2:])
    return _pooled(data, pool_type, window_plan(size, size, (), (), "valid"), power, True)


class _Plan(NamedTuple):
    """Windows over data of one size: the first begins ``before`` elements in front, the last ends ``after`` behind.

    ``after`` is less than 0 where the last window ends before data does.
    """

    size: tuple[int, ...]
    kernel: tuple[int, ...]
    steps: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]

    @property
    def has_padding_alone(self) -> bool:
        """Whether a window can lie outside data altogether."""
        return any(self.before) and any(map(ge, self.before, self.kernel))

    @property
    def native(self) -> bool:
        """Whether PyTorch's kernels pad like that: the same on both sides, and at most half a window."""
        return all(
            p <= k // 2 and 0 <= p - a < s
            for k, s, p, a in zip(self.kernel, self.steps, self.before, self.after, strict=True)
        )

    @property
    def padding(self) -> list[int]:
        """Behind and in front of each axis, as `torch.nn.functional.pad` takes it."""
        return [p for pair in zip(reversed(self.before), reversed(self.after), strict=True) for p in pair]


@remembered
def window_plan(size: tuple[int, ...], kernel: Any, stride: Any, pad: Any, convention: str) -> _Plan:
    """The windows that the attributes describe; raises where they do not fit data."""
    padding: Any = pad
    if convention == "same":
        padding = ()
        if any((pad,) if isinstance(pad, int) else pad):
            raise OperatorError(
                f"pad={pad}", because="pooling_convention='same' has no padding", hint="pad=()"
            )
    kernel, steps, _, before = window(kernel, stride, (), padding)
    check_rank(len(size) + 2, kernel)
    after = []
    for n, k, step, p in zip(size, kernel, steps, before, strict=True):
        room = n + 2 * p - k
        if convention == "same":
            last = -(-n // step) - 1
        elif room < 0:
            raise OperatorError(
                "the kernel exceeds data",
                because=f"it spans {k} elements, data has {n}" + (f" and {2 * p} of padding" if p else ""),
                hint="global_pool=True, or a smaller kernel",
            )
        else:
            last = room // step if convention == "valid" else -(-room // step)
        after.append(last * step + k - n - p)
    return _Plan(size, kernel, steps, before, tuple(after))


def _check_pooling(data: Tensor, pool_type: str, convention: str, conventions: tuple[str, ...]) -> None:
    _floating(data)
    if not 3 <= data.dim() <= 5:
        raise OperatorError(
            f"data has {data.dim()} axes",
            because="pooling goes over (batch, channels, one to three more axes)",
        )
    if pool_type not in ("max", "avg", "sum", "lp"):
        raise OperatorError(f"unknown pool_type {pool_type!r}", because="valid are max, avg, sum, lp")
    if convention not in conventions:
        raise OperatorError(
            f"unknown pooling_convention {convention!r}", because="valid are " + ", ".join(conventions)
        )


@remembered
def window_counts(plan: _Plan, with_padding: bool) -> list[list[int]] | None:
    """How many elements the windows have along each axis, or None where all have as many as the kernel.

    What lies behind the padding never counts.
    """
    counts = []
    for n, k, step, p, a in zip(*plan, strict=True):
        first, end = (-p, n + p) if with_padding else (0, n)
        begins = range(-p, n + a - k + 1, step)
        counts.append([max(min(begin + k, end) - max(begin, first), 1) for begin in begins])
    full = all(min(each) == k for each, k in zip(counts, plan.kernel, strict=True))
    return None if full else counts


def _pooled(data: Tensor, pool_type: str, plan: _Plan, power: int, count_padding: bool) -> Tensor:
    if data.dim() == 3:  # torch's kernels are most complete for images
        row = _Plan(*((first, *each) for first, each in zip((1, 1, 1, 0, 0), plan, strict=True)))
        return _pooled(data.unsqueeze(2), pool_type, row, power, count_padding).squeeze(2)
    volume = data.dim() == 5
    maximum = F.max_pool3d if volume else F.max_pool2d
    average = F.avg_pool3d if volume else F.avg_pool2d
    kernel, steps, padding = plan.kernel, plan.steps, plan.before
    if not plan.native:
        data = F.pad(data, plan.padding, value=torch.finfo(data.dtype).min if pool_type == "max" else 0.0)
        padding = (0,) * len(kernel)
    if pool_type == "max":
        return maximum(data, kernel, steps, padding)
    if pool_type == "avg":
        counts = window_counts(plan, count_padding)
        if counts is None:
            return average(data, kernel, steps, padding)
        sums = average(data, kernel, steps, padding, divisor_override=1)
        for place, each in enumerate(reversed(counts)):
            divisor = torch.tensor(each, dtype=data.dtype, device=data.device)
            sums = sums / divisor.reshape(-1, *[1] * place)
        return sums
    if pool_type == "sum" or power == 1:
        return average(data, kernel, steps, padding, divisor_override=1)
    return _root(average(data**power, kernel, steps, padding, divisor_override=1), power)


def _root(sums: Tensor, power: int) -> Tensor:
    """The signed root, with gradient 0 where it has no slope."""
    nothing = sums == 0
    size = sums.masked_fill(nothing, 1.0).abs()
    root = torch.sqrt(size) if power == 2 else size.pow(1.0 / power) * torch.sign(sums)
    return root.masked_fill(nothing, 0.0)


class _SharedMaximum(torch.autograd.Function):
    """The maximum along axis 2; every element that equals it receives the whole gradient, as in 1.9.1."""

    @staticmethod
    def forward(ctx: Any, data: Tensor) -> Tensor:
        output = data.amax(2)
        ctx.save_for_backward(data == output.unsqueeze(2))
        return output

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (chosen,) = ctx.saved_tensors
        return gradient.unsqueeze(2) * chosen


@operator("Pooling_v1")
def pooling_v1(
    data: Tensor,
    *,
    kernel: tuple[int, ...] = (),
    pool_type: str = "max",
    global_pool: bool = False,
    pooling_convention: str = "valid",
    stride: tuple[int, ...] = (),
    pad: tuple[int, ...] = (),
) -> Tensor:
    """`Pooling` as it was before 1.0: padding is zeros for the maximum, too, and averages divide by the whole kernel.

    Each of several equal maxima receives the whole gradient.

    >>> from mxnet import nd
    >>> nd.Pooling_v1(nd.array([[[[-2, -1]]]]), kernel=(1, 2), pad=(0, 1)).asnumpy().tolist()
    [[[[0.0, -1.0, 0.0]]]]
    """
    _check_pooling(data, pool_type, pooling_convention, ("valid", "full"))
    if data.dim() == 3 or pool_type == "lp":
        raise OperatorError(
            "takes neither 'lp' nor data of three axes", because="it is the old form", hint="nd.Pooling"
        )
    size = tuple(data.shape[2:])
    plan = (
        window_plan(size, size, (), (), "valid")
        if global_pool
        else window_plan(size, kernel, stride, pad, pooling_convention)
    )
    data = F.pad(data, [p for each in reversed(plan.before) for p in (each, each)])
    batch, channels = data.shape[:2]
    # What a last window takes from behind the padding is no zero: it never wins.
    pairs = zip(reversed(plan.after), reversed(plan.before), strict=True)
    behind = [length for a, p in pairs for length in (0, a - p)]
    data = F.pad(data, behind, value=float("-inf") if pool_type == "max" else 0.0)
    kernel, steps = plan.kernel, plan.steps
    columns = im2col(data, kernel=kernel, stride=steps).reshape(batch, channels, prod(kernel), -1)
    if pool_type == "max":
        result = _SharedMaximum.apply(columns)
    else:
        result = columns.sum(2) if pool_type == "sum" else columns.mean(2)
    out = [(n - k) // s + 1 for n, k, s in zip(data.shape[2:], kernel, steps, strict=True)]
    return result.reshape(batch, channels, *out)


@operator("UpSampling")
def upsampling(
    *data: Tensor,
    scale: int,
    num_filter: int = 0,
    sample_type: str,
    multi_input_mode: str = "concat",
    num_args: int = 0,
    workspace: int = 512,
) -> Tensor:
    """Images made ``scale`` times as high and wide.

    Shapes: data ``(batch, channels, height, width)``; the result ``(batch, channels, scale * height, scale * width)``.

    Parameters
    ----------
    sample_type : ``'nearest'`` repeats elements; ``'bilinear'`` takes data and a weight of shape
        ``(channels, 1, k, k)`` with ``k = 2 * scale - scale % 2``, and is their `Deconvolution` channel by channel;
        a weight from ``init.Bilinear`` interpolates.
    multi_input_mode : what becomes of several arrays, each repeated up to the size of the first result: ``'concat'``
        puts their channels one behind the other, ``'sum'`` adds them.
    num_filter : the channels, for ``'bilinear'``.
    num_args, workspace : accepted and without effect.

    Raises
    ------
    MXNetError : an attribute is unknown, or the arrays do not fit each other.

    >>> from mxnet import nd
    >>> nd.UpSampling(nd.array([[[[1, 2]]]]), scale=2, sample_type='nearest').asnumpy().tolist()
    [[[[1.0, 1.0, 2.0, 2.0], [1.0, 1.0, 2.0, 2.0]]]]
    """
    if sample_type not in ("nearest", "bilinear"):
        raise OperatorError(f"unknown sample_type {sample_type!r}", because="valid are nearest, bilinear")
    if multi_input_mode not in ("concat", "sum"):
        raise OperatorError(f"unknown multi_input_mode {multi_input_mode!r}", because="valid are concat, sum")
    if scale < 1:
        raise OperatorError(f"scale={scale}", because="it is at least 1")
    for each in data:
        _floating(each)
    if not data or any(each.dim() != 4 for each in data):
        raise OperatorError(
            "takes arrays of four axes", because="images are (batch, channels, height, width)"
        )
    if sample_type == "bilinear":
        return _upsampled_bilinear(data, scale, num_filter)
    height, width = data[0].shape[2] * scale, data[0].shape[3] * scale
    images = []
    for each in data:
        if height % each.shape[2] or width % each.shape[3]:
            raise OperatorError(
                f"an image of {each.shape[2]} x {each.shape[3]} does not fit the first",
                because=f"the result is {height} x {width}, no multiple of it",
            )
        times = height // each.shape[2], width // each.shape[3]
        images.append(each.repeat_interleave(times[0], 2).repeat_interleave(times[1], 3))
    if len({image.shape[:1] if multi_input_mode == "concat" else image.shape for image in images}) > 1:
        raise OperatorError(
            "the arrays do not fit each other",
            because="all have the same batch, and for 'sum' the same channels",
        )
    return torch.cat(images, 1) if multi_input_mode == "concat" else torch.stack(images).sum(0)


def _upsampled_bilinear(data: tuple[Tensor, ...], scale: int, num_filter: int) -> Tensor:
    if len(data) != 2:
        raise OperatorError(
            f"sample_type='bilinear' with {len(data)} arrays", because="it takes data and a weight"
        )
    image, weight = data
    side = 2 * scale - scale % 2
    if num_filter not in (0, image.shape[1]) or tuple(weight.shape) != (image.shape[1], 1, side, side):
        raise OperatorError(
            "weight or num_filter does not fit data",
            because=f"data has {image.shape[1]} channels, so weight is {(image.shape[1], 1, side, side)}",
            hint=f"num_filter={image.shape[1]}",
        )
    pad = scale // 2  # (scale - 1) / 2, rounded up
    return deconvolution(
        image,
        weight,
        kernel=(side, side),
        stride=(scale, scale),
        pad=(pad, pad),
        num_filter=image.shape[1],
        num_group=image.shape[1],
    )
