"""Operators that look at images through moved windows: sampling, cropping, regions, correlation."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F

from .nn import _floating
from .registry import OperatorError, operator
from .windows import lengths

Tensor = torch.Tensor


@operator("GridGenerator")
def grid_generator(data: Tensor, *, transform_type: str, target_shape: tuple[int, ...] = (0, 0)) -> Tensor:
    """Where `BilinearSampler` shall look: for each place of the result an x and a y between -1 and 1.

    Shapes: for ``'affine'`` data ``(batch, 6)``, the rows of a 2 x 3 matrix that takes ``(x, y, 1)`` of the result to
    x and y of the source, and the result ``(batch, 2, *target_shape)``; for ``'warp'`` data
    ``(batch, 2, height, width)``, how many elements to the right and down to look, and the result of the same shape.

    Differs from 1.9.1: an axis of length 1 lies at -1, where 1.9.1 divides by zero.

    >>> from mxnet import nd
    >>> still = nd.array([[1, 0, 0, 0, 1, 0]])
    >>> nd.GridGenerator(still, transform_type='affine', target_shape=(1, 3)).asnumpy().tolist()
    [[[[-1.0, 0.0, 1.0]], [[-1.0, -1.0, -1.0]]]]
    """
    _floating(data)
    if transform_type == "affine":
        return _affine_grid(data, target_shape)
    if transform_type != "warp":
        raise OperatorError(f"unknown transform_type {transform_type!r}", because="valid are affine, warp")
    if data.dim() != 4 or data.shape[1] != 2:
        raise OperatorError(
            f"data of shape {tuple(data.shape)} is no flow", because="a flow is (batch, 2, height, width)"
        )
    height, width = data.shape[2:]
    places = torch.stack(
        torch.meshgrid(_range(width, data), _range(height, data), indexing="xy")
    )  # x and y of each place, counted in elements
    scale = torch.tensor(
        [2.0 / max(width - 1, 1), 2.0 / max(height - 1, 1)], dtype=data.dtype, device=data.device
    )
    return (data + places) * scale.reshape(2, 1, 1) - 1


def _affine_grid(data: Tensor, target_shape: Any) -> Tensor:
    height, width = lengths("target_shape", target_shape, 2, 0)
    if height < 1 or width < 1:
        raise OperatorError(
            f"target_shape={(height, width)}", because="it is the height and width of the result"
        )
    if data.dim() != 2 or data.shape[1] != 6:
        raise OperatorError(
            f"data of shape {tuple(data.shape)} is no affine map",
            because="a 2 x 3 matrix each makes (batch, 6)",
        )
    x = torch.linspace(-1, 1, width, dtype=data.dtype, device=data.device).expand(height, width)
    y = torch.linspace(-1, 1, height, dtype=data.dtype, device=data.device).unsqueeze(1).expand(height, width)
    places = torch.stack([x, y, torch.ones_like(x)]).reshape(3, -1)
    return torch.matmul(data.reshape(-1, 2, 3), places).reshape(-1, 2, height, width)


def _range(length: int, like: Tensor) -> Tensor:
    return torch.arange(length, dtype=like.dtype, device=like.device)


@operator("BilinearSampler", same_dtype=True)
def bilinear_sampler(data: Tensor, grid: Tensor, *, cudnn_off: bool | None = None) -> Tensor:
    """Images looked at between their elements: the four nearest, weighted by how near they are; 0 outside.

    Shapes: data ``(batch, channels, height, width)``; grid ``(batch, 2, *out)``, x and y from -1 (first element) to 1
    (last); the result ``(batch, channels, *out)``.

    Source: Jaderberg et al., arXiv:1506.02025.

    >>> from mxnet import nd
    >>> x, grid = nd.array([[[[0, 1, 2]]]]), nd.array([[[[-1, 0.5, 1.5]], [[0, 0, 0]]]])
    >>> nd.BilinearSampler(x, grid).asnumpy().tolist()
    [[[[0.0, 1.5, 1.0]]]]
    """
    _images(data, "data")
    if grid.dim() != 4 or grid.shape[:2] != (data.shape[0], 2):
        raise OperatorError(
            "grid does not fit data",
            because=f"it is ({data.shape[0]}, 2, height, width) for a batch of {data.shape[0]}",
        )
    places = grid.permute(0, 2, 3, 1)
    # older releases of torch have no float16 kernel for the CPU
    wide = data.dtype if data.dtype is not torch.float16 else torch.float32
    result = F.grid_sample(
        data.to(wide), places.to(wide), mode="bilinear", padding_mode="zeros", align_corners=True
    )
    return result.to(data.dtype).contiguous()


@operator(
    "SpatialTransformer",
    same_dtype=True,
    infer=lambda shapes, attributes: {"loc": (shapes["data"][0], 6)} if shapes.get("data") else {},
)
def spatial_transformer(
    data: Tensor,
    loc: Tensor,
    *,
    target_shape: tuple[int, ...] = (0, 0),
    transform_type: str,
    sampler_type: str,
    cudnn_off: bool | None = None,
) -> Tensor:
    """Images under an affine map each: `BilinearSampler` on the grid of `GridGenerator`.

    Shapes: data ``(batch, channels, height, width)``; loc ``(batch, 6)``; the result
    ``(batch, channels, *target_shape)``.

    Source: Jaderberg et al., arXiv:1506.02025.

    >>> from mxnet import nd
    >>> x, mirror = nd.array([[[[0, 1, 2]]]]), nd.array([[-1, 0, 0, 0, 1, 0]])
    >>> call = dict(transform_type='affine', sampler_type='bilinear')
    >>> nd.SpatialTransformer(x, mirror, target_shape=(1, 3), **call).asnumpy().tolist()
    [[[[2.0, 1.0, 0.0]]]]
    """
    if transform_type != "affine" or sampler_type != "bilinear":
        raise OperatorError(
            f"transform_type={transform_type!r}, sampler_type={sampler_type!r}",
            because="the only ones are 'affine' and 'bilinear'",
        )
    _images(data, "data")
    grid = _affine_grid(loc, target_shape)
    return bilinear_sampler(data, grid)


@operator("Crop")
def crop(
    *data: Tensor,
    offset: tuple[int, ...] = (0, 0),
    h_w: tuple[int, ...] = (0, 0),
    center_crop: bool = False,
    num_args: int = 0,
) -> Tensor:
    """A part of images, copied; the old form of slicing.

    Shapes: the first array ``(batch, channels, height, width)``; the result has the height and width ``h_w``, or
    those of the second array.

    Parameters
    ----------
    offset : the first row and column that are taken.
    center_crop : take the middle instead.
    num_args : accepted and without effect.

    >>> from mxnet import nd
    >>> nd.Crop(nd.arange(9).reshape((1, 1, 3, 3)), h_w=(2, 1), offset=(1, 2)).asnumpy().tolist()
    [[[[5.0], [8.0]]]]
    """
    if not 1 <= len(data) <= 2:
        raise OperatorError(f"takes one or two arrays, not {len(data)}", because="the second gives the size")
    for each in data:
        if each.dim() != 4:
            raise OperatorError(
                f"an array has {each.dim()} axes", because="images are (batch, channels, height, width)"
            )
    image = data[0]
    height, width = data[1].shape[2:] if len(data) == 2 else lengths("h_w", h_w, 2, 0)
    if not (1 <= height <= image.shape[2] and 1 <= width <= image.shape[3]):
        raise OperatorError(
            f"a crop of {height} x {width} does not fit",
            because=f"data is {image.shape[2]} x {image.shape[3]}",
            hint="h_w=(height, width), or a second array of that size",
        )
    room = image.shape[2] - height, image.shape[3] - width
    row, column = (room[0] // 2, room[1] // 2) if center_crop else lengths("offset", offset, 2, 0)
    if row > room[0] or column > room[1]:
        raise OperatorError(
            f"offset={(row, column)} reaches over the end", because=f"there is room for {room} at most"
        )
    return image[:, :, row : row + height, column : column + width].clone(
        memory_format=torch.contiguous_format
    )


@operator("ROIPooling", same_dtype=True)
def roi_pooling(data: Tensor, rois: Tensor, *, pooled_size: tuple[int, ...], spatial_scale: float) -> Tensor:
    """The maximum over each cell of a grid that is laid over each region of interest.

    Shapes: data ``(batch, channels, height, width)``; rois ``(regions, 5)``, each the number of an image and x, y of
    its first and last corner; the result ``(regions, channels, *pooled_size)``. Regions have no gradient.

    Parameters
    ----------
    spatial_scale : what the corners are multiplied with, and rounded, to be elements of data; at most 1.

    Cells without elements, and regions of images that are not there, are 0.

    Source: Girshick, Fast R-CNN, arXiv:1504.08083.

    >>> from mxnet import nd
    >>> x, regions = nd.arange(16).reshape((1, 1, 4, 4)), nd.array([[0, 0, 0, 3, 1]])
    >>> nd.ROIPooling(x, regions, pooled_size=(1, 2), spatial_scale=1).asnumpy().tolist()
    [[[[5.0, 7.0]]]]
    """
    _images(data, "data")
    size = lengths("pooled_size", pooled_size, 2, 0, 1)
    if rois.dim() != 2 or rois.shape[1] != 5:
        raise OperatorError(
            f"rois of shape {tuple(rois.shape)}",
            because="a region is (image, x1, y1, x2, y2), so (regions, 5)",
        )
    if not 0 < spatial_scale <= 1:
        raise OperatorError(f"spatial_scale={spatial_scale}", because="it lies above 0 and is at most 1")
    rois = rois.detach()
    corners = rois[:, 1:] * spatial_scale
    corners = torch.trunc(corners + torch.copysign(torch.full_like(corners, 0.5), corners))
    rows = _cells(corners[:, 1], corners[:, 3], size[0], data.shape[2])
    columns = _cells(corners[:, 0], corners[:, 2], size[1], data.shape[3])
    pooled = [
        _region(data[image], *row, *column)
        if 0 <= image < data.shape[0]
        else data.new_zeros((data.shape[1], *size))
        for image, row, column in zip(rois[:, 0].to(torch.int64).tolist(), rows, columns, strict=True)
    ]
    return torch.stack(pooled) if pooled else data.new_zeros((0, data.shape[1], *size))


def _cells(first: Tensor, last: Tensor, cells: int, length: int) -> list[tuple[Tensor, Tensor]]:
    """For each region the elements of each cell along one axis, ``(cells, longest)``, and which of them count."""
    width = (last - first + 1).clamp(min=1) / cells
    steps = torch.arange(cells, dtype=first.dtype, device=first.device)
    begin = torch.floor(steps * width.unsqueeze(1)) + first.unsqueeze(1)
    end = torch.ceil((steps + 1) * width.unsqueeze(1)) + first.unsqueeze(1)
    begin, end = begin.clamp(0, length).to(torch.int64), end.clamp(0, length).to(torch.int64)
    found = []
    for low, high in zip(begin, end, strict=True):
        places = low.unsqueeze(1) + torch.arange(max(int((high - low).max()), 1), device=first.device)
        found.append((places.clamp(max=length - 1), places < high.unsqueeze(1)))
    return found


def _region(
    image: Tensor, rows: Tensor, row_counts: Tensor, columns: Tensor, column_counts: Tensor
) -> Tensor:
    """Maxima of ``(channels, height, width)`` over the cells; the first of equal ones has the gradient."""
    lowest = torch.finfo(image.dtype).min
    strips = image[:, :, columns].masked_fill(~column_counts, lowest).max(-1).values
    cells = strips[:, rows].masked_fill(~row_counts.unsqueeze(-1), lowest).max(2).values
    empty = ~(row_counts.any(1).unsqueeze(1) & column_counts.any(1))
    return cells.masked_fill(empty, 0.0)


@operator("Correlation", same_dtype=True)
def correlation(
    data1: Tensor,
    data2: Tensor,
    *,
    kernel_size: int = 1,
    max_displacement: int = 1,
    stride1: int = 1,
    stride2: int = 1,
    pad_size: int = 0,
    is_multiply: bool = True,
) -> Tensor:
    """How well windows of one image fit windows of another one beside them, for every displacement.

    Shapes: data1 and data2 ``(batch, channels, height, width)``; the result ``(batch, n * n, *out)`` with
    ``n = 2 * (max_displacement // stride2) + 1``, the displacements row by row. Each value is the mean, over the
    window and the channels, of the products (``is_multiply``) or the absolute differences.

    Parameters
    ----------
    kernel_size : side of the windows, odd.
    max_displacement, stride2 : how far apart the windows may lie, and the step of the displacements.
    stride1, pad_size : the step between windows of data1, and the zeros around both images.

    Source: Dosovitskiy et al., FlowNet, arXiv:1504.06852.

    >>> from mxnet import nd
    >>> x = nd.array([[[[1, 2, 3]]]])
    >>> nd.Correlation(x, x, max_displacement=0).asnumpy().tolist()
    [[[[1.0, 4.0, 9.0]]]]
    """
    _images(data1, "data1")
    if data1.shape != data2.shape:
        raise OperatorError("data2 does not fit data1", because="both have the same shape")
    if kernel_size < 1 or kernel_size % 2 == 0:
        raise OperatorError(f"kernel_size={kernel_size}", because="a window has a middle: its side is odd")
    if stride1 < 1 or stride2 < 1 or min(max_displacement, pad_size) < 0:
        raise OperatorError(
            f"stride1={stride1}, stride2={stride2}, max_displacement={max_displacement}, pad_size={pad_size}",
            because="strides are at least 1, the others at least 0",
        )
    channels = data1.shape[1]
    room = [n + 2 * pad_size - 2 * max_displacement - kernel_size + 1 for n in data1.shape[2:]]
    if min(room) < 1:
        raise OperatorError(
            "no window fits",
            because=f"windows and displacements span {2 * max_displacement + kernel_size} elements",
            hint=f"pad_size={max_displacement + kernel_size // 2}",
        )
    height, width = ((-(-n // stride1) - 1) * stride1 + kernel_size for n in room)
    first, second = (F.pad(each, (pad_size,) * 4) for each in (data1, data2))
    here = first[
        :, :, max_displacement : max_displacement + height, max_displacement : max_displacement + width
    ]
    reach = max_displacement // stride2 * stride2
    moves = range(max_displacement - reach, max_displacement + reach + 1, stride2)
    planes = []
    for row in moves:
        for column in moves:
            there = second[:, :, row : row + height, column : column + width]
            planes.append((here * there if is_multiply else _distance(here - there)).sum(1))
    elements = kernel_size * kernel_size * channels
    return F.avg_pool2d(torch.stack(planes, 1), kernel_size, stride1, divisor_override=elements)


def _distance(difference: Tensor) -> Tensor:
    """The absolute value, with gradient 1 at 0, as in 1.9.1."""
    return difference * torch.where(difference.detach() >= 0, 1.0, -1.0).to(difference.dtype)


def _images(data: Tensor, name: str) -> None:
    _floating(data)
    if data.dim() != 4:
        raise OperatorError(
            f"{name} has {data.dim()} axes", because="images are (batch, channels, height, width)"
        )
