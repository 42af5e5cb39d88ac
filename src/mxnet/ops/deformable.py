"""Convolutions whose windows have no fixed shape: every element of a window is looked up at a place of its own."""

from __future__ import annotations

from math import prod
from typing import Any

import torch

from .contrib import contrib
from .convolution import _check_common, _check_groups, _check_weight
from .registry import OperatorError
from .sampling import bilinear
from .windows import Window, check_rank, window, window_shape

Tensor = torch.Tensor


def _shapes(shapes: dict[str, Any], attributes: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    filters, kernel = int(attributes["num_filter"]), window_shape(attributes["kernel"])
    solved: dict[str, tuple[int, ...]] = {"bias": (filters,)}
    data = shapes.get("data")
    if data is not None:
        solved["weight"] = (filters, data[1] // int(attributes["num_group"]), *kernel)
        sliding = window(kernel, attributes["stride"], attributes["dilate"], attributes["pad"])
        places = int(attributes["num_deformable_group"]) * kernel[0] * kernel[1]
        size = _size(data[2:], sliding)
        solved["offset"] = (data[0], 2 * places, *size)
        solved["mask"] = (data[0], places, *size)
    return solved


@contrib("DeformableConvolution", infer=_shapes, same_dtype=True)
def deformable_convolution(
    data: Tensor,
    offset: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    kernel: tuple[int, ...],
    stride: tuple[int, ...] = (),
    dilate: tuple[int, ...] = (),
    pad: tuple[int, ...] = (),
    num_filter: int,
    num_group: int = 1,
    num_deformable_group: int = 1,
    workspace: int = 1024,
    no_bias: bool = False,
    layout: str | None = None,
) -> Tensor:
    """`Convolution` whose every element of every window is moved by an offset, between the elements of data.

    Shapes: data ``(batch, channels, height, width)``; offset
    ``(batch, 2 * num_deformable_group * kernel[0] * kernel[1], *out)``, down and right in turn for each element of the
    window; weight ``(num_filter, channels / num_group, *kernel)``; bias ``(num_filter,)``, absent with ``no_bias``; the
    result ``(batch, num_filter, *out)``. Outside of data are zeros, and a place less than one element behind the last
    row or column is in it.

    Parameters
    ----------
    kernel, stride, dilate, pad, num_group : as of `Convolution`, in two directions.
    num_deformable_group : channels are cut into so many groups, each with offsets of its own.
    workspace, layout : accepted and without effect; the layout is ``'NCHW'``.

    Source: Dai et al., arXiv:1703.06211.

    >>> from mxnet import nd
    >>> x, down = nd.arange(4).reshape((1, 1, 2, 2)), nd.array([[[[0.5]], [[0]]]])
    >>> call = dict(kernel=(1, 1), stride=(2, 2), num_filter=1, no_bias=True)
    >>> nd.contrib.DeformableConvolution(x, down, nd.ones((1, 1, 1, 1)), **call).asnumpy().tolist()
    [[[[1.0]]]]
    """
    sliding = _sliding(data, kernel, stride, dilate, pad, layout)
    _check_common(data, bias, num_filter, num_group, no_bias, None)
    _check_filters(data, weight, num_filter, num_group, sliding)
    y, x = _places(data, offset, sliding, num_deformable_group)
    height, width = data.shape[2:]
    inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
    # behind the last row and column lies that row and column again, and no slope
    y, x = torch.where(y < height - 1, y, height - 1), torch.where(x < width - 1, x, width - 1)
    columns = _columns(data, y, x, num_deformable_group) * inside.unsqueeze(2)
    return _product(data, columns, weight, bias, sliding, num_group)


@contrib("ModulatedDeformableConvolution", infer=_shapes, same_dtype=True)
def modulated_deformable_convolution(
    data: Tensor,
    offset: Tensor,
    mask: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    kernel: tuple[int, ...],
    stride: tuple[int, ...] = (),
    dilate: tuple[int, ...] = (),
    pad: tuple[int, ...] = (),
    num_filter: int,
    num_group: int = 1,
    num_deformable_group: int = 1,
    workspace: int = 1024,
    no_bias: bool = False,
    im2col_step: int = 64,
    layout: str | None = None,
) -> Tensor:
    """`DeformableConvolution` with a factor for every element of every window, and interpolation with zeros outside.

    Shapes: as of `DeformableConvolution`; mask ``(batch, num_deformable_group * kernel[0] * kernel[1], *out)``.

    Parameters
    ----------
    im2col_step : accepted and without effect.

    Source: Zhu et al., Deformable ConvNets v2, arXiv:1811.11168.

    >>> from mxnet import nd
    >>> x, still, half = nd.ones((1, 1, 2, 2)), nd.zeros((1, 2, 2, 2)), nd.ones((1, 1, 2, 2)) / 2
    >>> call = dict(kernel=(1, 1), num_filter=1, no_bias=True)
    >>> nd.contrib.ModulatedDeformableConvolution(x, still, half, nd.ones((1, 1, 1, 1)), **call).asnumpy().tolist()
    [[[[0.5, 0.5], [0.5, 0.5]]]]
    """
    sliding = _sliding(data, kernel, stride, dilate, pad, layout)
    _check_common(data, bias, num_filter, num_group, no_bias, None)
    _check_filters(data, weight, num_filter, num_group, sliding)
    y, x = _places(data, offset, sliding, num_deformable_group)
    wanted = (data.shape[0], y.shape[1] * y.shape[2], *_size(data.shape[2:], sliding))
    if tuple(mask.shape) != wanted:
        raise OperatorError("mask does not fit", because=f"it is {wanted} here")
    columns = _columns(data, y, x, num_deformable_group) * mask.reshape(y.shape).unsqueeze(2)
    return _product(data, columns, weight, bias, sliding, num_group)


def _sliding(data: Tensor, kernel: Any, stride: Any, dilate: Any, pad: Any, layout: str | None) -> Window:
    sliding = window(kernel, stride, dilate, pad)
    if len(sliding.kernel) != 2 or layout not in (None, "None", "NCHW"):
        raise OperatorError("works on (batch, channels, height, width) only")
    check_rank(data.dim(), sliding.kernel)
    if min(_size(data.shape[2:], sliding)) < 1:
        raise OperatorError("the kernel exceeds data", because="it spans more than data and padding")
    return sliding


def _size(size: Any, sliding: Window) -> tuple[int, ...]:
    """Height and width of the result."""
    return tuple(
        (n + 2 * p - hole * (k - 1) - 1) // step + 1
        for n, k, step, hole, p in zip(size, *sliding, strict=True)
    )


def _places(data: Tensor, offset: Tensor, sliding: Window, groups: int) -> tuple[Tensor, Tensor]:
    """Rows and columns that the windows look at: ``(batch, groups, elements of a window, windows)`` each."""
    _check_groups("channels", data.shape[1], groups)
    out = _size(data.shape[2:], sliding)
    kernel, steps, holes, padding = sliding
    wanted = (data.shape[0], 2 * groups * kernel[0] * kernel[1], *out)
    if tuple(offset.shape) != wanted:
        raise OperatorError("offset does not fit", because=f"it is {wanted} here")
    options: dict[str, Any] = {"dtype": data.dtype, "device": data.device}
    lines = [
        torch.arange(n, **options) * step - p + torch.arange(k, **options).unsqueeze(1) * hole
        for n, k, step, hole, p in zip(out, kernel, steps, holes, padding, strict=True)
    ]  # (kernel, out) each
    moved = offset.reshape(data.shape[0], groups, *kernel, 2, *out)
    y = moved[:, :, :, :, 0] + lines[0].reshape(kernel[0], 1, out[0], 1)
    x = moved[:, :, :, :, 1] + lines[1].reshape(1, kernel[1], 1, out[1])
    shape = (data.shape[0], groups, kernel[0] * kernel[1], out[0] * out[1])
    return y.reshape(shape), x.reshape(shape)


def _columns(data: Tensor, y: Tensor, x: Tensor, groups: int) -> Tensor:
    """What the windows see: ``(batch, groups, channels of a group, elements of a window, windows)``."""
    batch, channels = data.shape[:2]
    images = data.reshape(batch * groups, channels // groups, *data.shape[2:])
    flat = (batch * groups, y.shape[2] * y.shape[3])
    found = bilinear(images, y.reshape(flat), x.reshape(flat))
    return found.reshape(batch, groups, channels // groups, *y.shape[2:])


def _product(
    data: Tensor, columns: Tensor, weight: Tensor, bias: Tensor | None, sliding: Window, num_group: int
) -> Tensor:
    batch, filters = data.shape[0], weight.shape[0]
    values = data.shape[1] // num_group * prod(sliding.kernel)
    seen = columns.reshape(batch, num_group, values, columns.shape[-1])
    result = torch.matmul(weight.reshape(num_group, filters // num_group, -1), seen)
    result = result.reshape(batch, filters, *_size(data.shape[2:], sliding))
    return result if bias is None else result + bias.reshape(-1, 1, 1)


def _check_filters(data: Tensor, weight: Tensor, num_filter: int, num_group: int, sliding: Window) -> None:
    channels = data.shape[1]
    _check_groups("channels", channels, num_group)
    _check_groups("filters", num_filter, num_group)
    _check_weight(weight, (num_filter, channels // num_group, *sliding.kernel))
