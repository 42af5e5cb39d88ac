"""Convolutions: windows of an image against filters, forwards and turned around; and the windows as columns."""

from __future__ import annotations

from math import prod
from typing import Any

import torch
import torch.nn.functional as F

from .nn import _floating
from .registry import OperatorError, operator
from .windows import Window, channels_first, channels_last, check_rank, lengths, window, window_shape

Tensor = torch.Tensor

_LAYOUTS = ("NCW", "NCHW", "NCDHW", "NHWC", "NDHWC")
_TUNING = (None, "None", "off", "fastest", "limited_workspace")
_CONVOLVE = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
_TRANSPOSED = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}


def _convolution_shapes(shapes: dict[str, Any], attributes: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """``(filters, channels / groups, *kernel)``; the channels stand last where they do in data."""
    filters = int(attributes["num_filter"])
    solved: dict[str, tuple[int, ...]] = {"bias": (filters,)}
    known = _known(shapes.get("data"), attributes)
    if known is not None:
        channels, kernel, last = known
        each = channels // int(attributes["num_group"])
        solved["weight"] = (filters, *kernel, each) if last else (filters, each, *kernel)
    return solved


def _deconvolution_shapes(shapes: dict[str, Any], attributes: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """``(channels, filters / groups, *kernel)``; the filters stand last where the channels do in data."""
    filters = int(attributes["num_filter"])
    solved: dict[str, tuple[int, ...]] = {"bias": (filters,)}
    known = _known(shapes.get("data"), attributes)
    if known is not None:
        channels, kernel, last = known
        each = filters // int(attributes["num_group"])
        solved["weight"] = (channels, *kernel, each) if last else (channels, each, *kernel)
    return solved


def _known(
    data: tuple[int, ...] | None, attributes: dict[str, Any]
) -> tuple[int, tuple[int, ...], bool] | None:
    """Channels, kernel and whether the channels stand last; None for data that no kernel of this rank goes over."""
    kernel = window_shape(attributes["kernel"])
    if data is None or len(data) != len(kernel) + 2:
        return None
    last = channels_last(attributes.get("layout"), len(kernel), _LAYOUTS)
    return data[-1 if last else 1], kernel, last


@operator("Convolution", aliases=("Convolution_v1",), infer=_convolution_shapes, same_dtype=True)
def convolution(
    data: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    kernel: tuple[int, ...],
    stride: tuple[int, ...] = (),
    dilate: tuple[int, ...] = (),
    pad: tuple[int, ...] = (),
    num_filter: int,
    num_group: int = 1,
    workspace: int = 1024,
    no_bias: bool = False,
    cudnn_tune: str | None = None,
    cudnn_off: bool = False,
    layout: str | None = None,
) -> Tensor:
    """``y[n, f, p] = bias[f] + sum over c, k of weight[f, c, k] * x[n, c, p * stride - pad + k * dilate]``.

    Shapes: data ``(batch, channels, *size)`` with one to three lengths of ``size``; weight
    ``(num_filter, channels / num_group, *kernel)``; bias ``(num_filter,)``, absent with ``no_bias``; the result
    ``(batch, num_filter, *out)`` with ``out = (size + 2 * pad - dilate * (kernel - 1) - 1) // stride + 1``.

    Parameters
    ----------
    kernel, stride, dilate, pad : one number for each length of ``size``; steps of 1 and no padding by default.
    num_group : channels and filters are cut into so many groups, each filter sees the channels of its group.
    layout : the order of the axes of data, weight and result, such as ``'NCHW'`` (the default) and ``'NHWC'``.
    workspace, cudnn_tune, cudnn_off : accepted and without effect: PyTorch chooses the kernels.

    Raises
    ------
    MXNetError : an array or a number does not fit the others.

    Differs from 1.9.1: layouts with the channels last (``'NHWC'``, ``'NDHWC'``), which 1.9.1 knows on GPUs alone,
    and batches of nothing work everywhere.

    >>> from mxnet import nd
    >>> x, w = nd.ones((1, 3, 28, 28)), nd.ones((8, 3, 5, 5))
    >>> nd.Convolution(x, w, kernel=(5, 5), num_filter=8, pad=(2, 2), no_bias=True).shape
    (1, 8, 28, 28)
    """
    kernel, steps, holes, padding = window(kernel, stride, dilate, pad)
    rank = check_rank(data.dim(), kernel)
    last = layout is not None and channels_last(layout, rank, _LAYOUTS)
    _check_common(data, bias, num_filter, num_group, no_bias, cudnn_tune)
    if last:
        data, weight = channels_first(data), channels_first(weight)
    channels = data.shape[1]
    _check_groups("channels", channels, num_group)
    _check_groups("filters", num_filter, num_group)
    _check_weight(weight, (num_filter, channels // num_group, *kernel))
    for size, k, hole, p in zip(data.shape[2:], kernel, holes, padding, strict=True):
        if hole * (k - 1) + 1 > size + 2 * p:
            raise OperatorError(
                "the kernel exceeds data",
                because=f"it spans {hole * (k - 1) + 1} elements, data has {size}"
                + (f" and {2 * p} of padding" if p else ""),
                hint=f"pad={tuple(n // 2 for n in kernel)}, or a smaller kernel",
            )
    result = _CONVOLVE[rank](data, weight, bias, steps, padding, holes, num_group)
    return result.movedim(1, -1).contiguous() if last else result


@operator("Deconvolution", infer=_deconvolution_shapes, same_dtype=True)
def deconvolution(
    data: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    kernel: tuple[int, ...],
    stride: tuple[int, ...] = (),
    dilate: tuple[int, ...] = (),
    pad: tuple[int, ...] = (),
    adj: tuple[int, ...] = (),
    target_shape: tuple[int, ...] = (),
    num_filter: int,
    num_group: int = 1,
    workspace: int = 512,
    no_bias: bool = True,
    cudnn_tune: str | None = None,
    cudnn_off: bool = False,
    layout: str | None = None,
) -> Tensor:
    """The convolution turned around: each element of data adds its multiple of the weight to a window of the result.

    Shapes: data ``(batch, channels, *size)`` with one to three lengths of ``size``; weight
    ``(channels, num_filter / num_group, *kernel)``; bias ``(num_filter,)``, absent with ``no_bias``, which is the
    default; the result ``(batch, num_filter, *out)`` with
    ``out = stride * (size - 1) + dilate * (kernel - 1) + 1 - 2 * pad + adj``, or the given ``target_shape``.

    Parameters
    ----------
    kernel, stride, dilate, pad : those of the convolution that goes the other way.
    adj : further elements at the end of each axis, fewer than ``stride``.
    target_shape : the lengths of the result; ``pad`` and ``adj`` follow from it and are ignored.
    num_group, layout, workspace, cudnn_tune, cudnn_off : as in `Convolution`.

    Raises
    ------
    MXNetError : an array or a number does not fit the others.

    Differs from 1.9.1: three lengths, layouts with the channels last and batches of nothing work everywhere.

    >>> from mxnet import nd
    >>> x, w = nd.ones((1, 8, 14, 14)), nd.ones((8, 3, 4, 4))
    >>> nd.Deconvolution(x, w, kernel=(4, 4), stride=(2, 2), pad=(1, 1), num_filter=3).shape
    (1, 3, 28, 28)
    """
    kernel, steps, holes, padding = window(kernel, stride, dilate, pad)
    rank = check_rank(data.dim(), kernel)
    last = layout is not None and channels_last(layout, rank, _LAYOUTS)
    more = lengths("adj", adj, rank, 0)
    target = lengths("target_shape", target_shape, rank, 0)
    _check_common(data, bias, num_filter, num_group, no_bias, cudnn_tune)
    if last:
        data, weight = channels_first(data), channels_first(weight)
    channels = data.shape[1]
    _check_groups("channels", channels, num_group)
    _check_groups("filters", num_filter, num_group)
    _check_weight(weight, (channels, num_filter // num_group, *kernel))
    whole = [
        s * (n - 1) + hole * (k - 1) + 1
        for n, k, s, hole in zip(data.shape[2:], kernel, steps, holes, strict=True)
    ]
    if any(target):
        padding, more = _padding_to(target, whole)
    elif any(n - 2 * p + m < 1 for n, p, m in zip(whole, padding, more, strict=True)):
        raise OperatorError(
            "nothing is left of the result", because=f"it has {tuple(whole)} elements before pad={padding}"
        )
    if any(m >= s for m, s in zip(more, steps, strict=True)):
        raise OperatorError(
            f"adj={more} does not fit stride={steps}",
            because="fewer than stride elements can be added, as more would belong to no window",
            hint="target_shape=(), or a kernel and stride that reach it" if any(target) else None,
        )
    result = _TRANSPOSED[rank](data, weight, bias, steps, padding, more, num_group, holes)
    return result.movedim(1, -1).contiguous() if last else result


def _padding_to(target: tuple[int, ...], whole: list[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """``pad`` and ``adj`` that cut ``whole`` elements down to ``target``: half on each side, the odd one in front."""
    if any(wanted < 1 or wanted > n for wanted, n in zip(target, whole, strict=True)):
        raise OperatorError(
            f"target_shape={target} cannot be reached", because=f"the result has 1 to {tuple(whole)} elements"
        )
    surplus = [n - wanted for n, wanted in zip(whole, target, strict=True)]
    return tuple((s + 1) // 2 for s in surplus), tuple(s % 2 for s in surplus)


def _check_common(
    data: Tensor, bias: Tensor | None, num_filter: int, num_group: int, no_bias: bool, cudnn_tune: str | None
) -> None:
    if num_filter < 1 or num_group < 1:
        raise OperatorError(f"num_filter={num_filter}, num_group={num_group}", because="both are at least 1")
    if (bias is None) is not no_bias:
        raise OperatorError(
            "a bias is given although no_bias=True" if no_bias else "the bias is missing",
            hint="no_bias=False, or two arrays"
            if no_bias
            else "no_bias=True, or a bias of shape (num_filter,)",
        )
    if bias is not None and tuple(bias.shape) != (num_filter,):
        raise OperatorError(
            "bias does not fit num_filter", because=f"it has shape {tuple(bias.shape)}, not ({num_filter},)"
        )
    if cudnn_tune not in _TUNING:
        raise OperatorError(
            f"unknown cudnn_tune {cudnn_tune!r}", because="valid are None, off, fastest, limited_workspace"
        )
    _floating(data)


def _check_groups(what: str, count: int, groups: int) -> None:
    if count % groups:
        raise OperatorError(
            f"{count} {what} do not divide into {groups} groups", because="all groups have equally many"
        )


def _check_weight(weight: Tensor, wanted: tuple[int, ...]) -> None:
    if tuple(weight.shape) != wanted:
        raise OperatorError(
            "weight does not fit data, kernel, num_filter and num_group",
            because=f"they ask for {wanted}, weight has {tuple(weight.shape)} (channels before the kernel)",
        )


# ---------------------------------------------------------------------- windows as columns


@operator("im2col")
def im2col(
    data: Tensor,
    *,
    kernel: tuple[int, ...],
    stride: tuple[int, ...] = (),
    dilate: tuple[int, ...] = (),
    pad: tuple[int, ...] = (),
) -> Tensor:
    """Every window that a convolution looks at, as a column.

    Shapes: data ``(batch, channels, *size)`` with one to three lengths of ``size``; the result
    ``(batch, channels * prod(kernel), windows)``. A convolution is the product of its weight, one row for each
    filter, with these columns.

    >>> from mxnet import nd
    >>> nd.im2col(nd.arange(4).reshape((1, 1, 4)), kernel=(2,)).asnumpy().tolist()
    [[[0.0, 1.0, 2.0], [1.0, 2.0, 3.0]]]
    """
    sliding = window(kernel, stride, dilate, pad)
    check_rank(data.dim(), sliding.kernel)
    _floating(data)
    places, padded = _places(tuple(data.shape[2:]), sliding)
    data = F.pad(data, [p for each in reversed(sliding.padding) for p in (each, each)])
    batch, channels = data.shape[:2]
    flat = data.reshape(batch, channels, prod(padded))
    columns = flat.index_select(2, places.to(data.device).flatten())
    return columns.reshape(batch, channels * places.shape[0], places.shape[1])


@operator("col2im")
def col2im(
    data: Tensor,
    *,
    output_size: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: tuple[int, ...] = (),
    dilate: tuple[int, ...] = (),
    pad: tuple[int, ...] = (),
) -> Tensor:
    """The columns of `im2col` added up at the places that they came from.

    Shapes: data ``(batch, channels * prod(kernel), windows)``; the result ``(batch, channels, *output_size)``.

    >>> from mxnet import nd
    >>> nd.col2im(nd.ones((1, 2, 3)), output_size=(4,), kernel=(2,)).asnumpy().tolist()
    [[[1.0, 2.0, 2.0, 1.0]]]
    """
    sliding = window(kernel, stride, dilate, pad)
    size = lengths("output_size", output_size, len(sliding.kernel), 1, 1)
    if data.dim() != 3:
        raise OperatorError(f"data has {data.dim()} axes", because="columns are (batch, values, windows)")
    _floating(data)
    places, padded = _places(size, sliding)
    batch, values, windows = data.shape
    if values % places.shape[0]:
        raise OperatorError(
            f"columns of {values} values do not divide into windows of {places.shape[0]}",
            because="a column has prod(kernel) values of each channel",
        )
    if windows != places.shape[1]:
        raise OperatorError(
            f"{windows} columns do not fit output_size",
            because=f"a kernel {sliding.kernel} goes over {size} in {places.shape[1]} windows",
        )
    channels = values // places.shape[0]
    flat = data.new_zeros((batch, channels, prod(padded)))
    flat = flat.index_add(2, places.to(data.device).flatten(), data.reshape(batch, channels, -1))
    return F.pad(
        flat.reshape(batch, channels, *padded), [-p for p in reversed(sliding.padding) for _ in range(2)]
    )


def _places(size: tuple[int, ...], sliding: Window) -> tuple[Tensor, tuple[int, ...]]:
    """Where each window lies in the flattened, padded image, ``(prod(kernel), windows)``, and that image's lengths."""
    kernel, steps, holes, padding = sliding
    padded = tuple(n + 2 * p for n, p in zip(size, padding, strict=True))
    inside = torch.zeros((1,), dtype=torch.int64, device="cpu")
    begin = torch.zeros((1,), dtype=torch.int64, device="cpu")
    for n, k, step, hole in zip(padded, kernel, steps, holes, strict=True):
        span = hole * (k - 1) + 1
        if span > n:
            raise OperatorError(
                "the kernel exceeds data", because=f"it spans {span} elements of {n}, padding included"
            )
        inside = (inside.unsqueeze(1) * n + torch.arange(0, span, hole, device="cpu")).flatten()
        begin = (begin.unsqueeze(1) * n + torch.arange(0, n - span + 1, step, device="cpu")).flatten()
    return inside.unsqueeze(1) + begin, padded
