"""Parts of feature maps: what lies in regions of interest, averaged over a grid of cells.

The averages here are over rectangles, and interpolation is linear in each direction. So each cell of each region is
a row of weights for the lines of the map and one for its columns, and the result is a product of matrices.
"""

from __future__ import annotations

from typing import Any

import torch

from .contrib import contrib
from .registry import OperatorError
from .sampling import bilinear
from .windows import lengths

Tensor = torch.Tensor


@contrib("ROIAlign", same_dtype=True)
def roi_align(
    data: Tensor,
    rois: Tensor,
    *,
    pooled_size: tuple[int, ...],
    spatial_scale: float,
    sample_ratio: int = -1,
    position_sensitive: bool = False,
    aligned: bool = False,
) -> Tensor:
    """Averages of interpolated samples in each cell of a grid over each region of interest.

    Shapes: data ``(batch, channels, height, width)``; rois ``(regions, 5)``, each the number of an image and x, y of
    its first and last corner; the result ``(regions, channels, *pooled_size)``, or with ``position_sensitive``
    ``(regions, channels / cells, *pooled_size)``. Regions have no gradient.

    Parameters
    ----------
    spatial_scale : what the corners are multiplied with to be places in data; at most 1.
    sample_ratio : so many samples in a cell, squared; not above 0: one for each element that the cell is high and wide.
    position_sensitive : every cell looks at channels of its own.
    aligned : places are centers of elements, half an element further; regions have an area then. Without it regions
        are at least 1 wide and high.

    Regions of a negative image are 0. Differs from 1.9.1: there they are what was in memory; and regions without an
    area, or of an image that is not there, raise, where 1.9.1 ends the process or reads elsewhere.

    Source: He et al., Mask R-CNN, arXiv:1703.06870.

    >>> from mxnet import nd
    >>> x, regions = nd.arange(16).reshape((1, 1, 4, 4)), nd.array([[0, 0, 0, 2, 2]])
    >>> nd.contrib.ROIAlign(x, regions, pooled_size=(1, 2), spatial_scale=1, sample_ratio=2).asnumpy().tolist()
    [[[[4.5, 5.5]]]]
    """
    image = _check(data, rois)
    if not isinstance(pooled_size, (tuple, list)):
        raise OperatorError("pooled_size is the height and width of the result")
    cells = lengths("pooled_size", pooled_size, 2, 0, 1)
    if not 0 <= spatial_scale <= 1:
        raise OperatorError(f"spatial_scale={spatial_scale}", because="it is between 0 and 1")
    if position_sensitive and data.shape[1] % (cells[0] * cells[1]):
        raise OperatorError(
            f"{data.shape[1]} channels do not divide into {cells[0] * cells[1]} cells",
            because="with position_sensitive every cell has its own",
        )
    corners = rois.detach()[:, 1:] * spatial_scale - (0.5 if aligned else 0.0)
    size = corners[:, 2:] - corners[:, :2]
    if not aligned:
        size = size.clamp(min=1)
    elif bool((size[image >= 0] <= 0).any()):
        raise OperatorError(
            "a region has no area", because="with aligned=True its last corner is behind its first"
        )
    x, y = (
        _interpolation(corners[:, axis], size[:, axis], cells[1 - axis], data.shape[3 - axis], sample_ratio)
        for axis in (0, 1)
    )
    return _pooled(data, image, y, x, own_channels=position_sensitive)


def _interpolation(start: Tensor, size: Tensor, cells: int, length: int, samples: int) -> Tensor:
    """How much each element of a line of ``length`` counts in each cell: ``(regions, cells, length)``."""
    step = size / cells
    # samples in each cell of a region
    counts = torch.full_like(step, samples) if samples > 0 else torch.ceil(step)
    most = max(int(counts.max()), 1) if counts.numel() else 1
    places = torch.arange(most, dtype=start.dtype, device=start.device)
    inside = (places + 0.5) * (step / counts).unsqueeze(1)
    first = start.unsqueeze(1) + torch.arange(cells, dtype=start.dtype, device=start.device) * step.unsqueeze(
        1
    )
    where = first.unsqueeze(2) + inside.unsqueeze(1)  # regions, cells, samples
    counted = (places < counts.unsqueeze(1)).unsqueeze(1) & (where >= -1) & (where <= length)
    where = where.clamp(0, length - 1)
    low = where.floor().clamp_(max=max(length - 2, 0))
    upper = where - low
    weight = counted.to(start.dtype) / counts.clamp(min=1).reshape(-1, 1, 1)
    place = low.nan_to_num_().to(torch.int64)
    result = start.new_zeros(len(start), cells, length)
    result.scatter_add_(2, place, (1 - upper) * weight)
    return result.scatter_add_(2, (place + 1).clamp_(max=length - 1), upper * weight)


@contrib("PSROIPooling", same_dtype=True)
def psroi_pooling(
    data: Tensor,
    rois: Tensor,
    *,
    spatial_scale: float,
    output_dim: int,
    pooled_size: int,
    group_size: int = 0,
) -> Tensor:
    """The mean over each cell of a square grid over each region, every cell in channels of its own.

    Shapes: data ``(batch, output_dim * group_size ** 2, height, width)``; rois ``(regions, 5)``, each the number of an
    image and x, y of its first and last corner; the result ``(regions, output_dim, pooled_size, pooled_size)``. Regions
    have no gradient.

    Parameters
    ----------
    spatial_scale : what the corners, rounded, are multiplied with to be places in data.
    group_size : in so many parts the channels differ in each direction; 0: as many as cells.

    Source: Dai et al., R-FCN, arXiv:1605.06409.

    >>> from mxnet import nd
    >>> x, regions = nd.arange(16).reshape((1, 4, 2, 2)), nd.array([[0, 0, 0, 1, 1]])
    >>> nd.contrib.PSROIPooling(x, regions, spatial_scale=1, output_dim=1, pooled_size=2).asnumpy().tolist()
    [[[[0.0, 5.0], [10.0, 15.0]]]]
    """
    image = _check(data, rois)
    groups = group_size or pooled_size
    _check_channels(data, output_dim, groups)
    corners = _rounded(rois)
    start = corners[:, :2] * spatial_scale
    size = ((corners[:, 2:] + 1) * spatial_scale - start).clamp(min=0.1)
    x, y = (_means(start[:, axis], size[:, axis], pooled_size, data.shape[3 - axis]) for axis in (0, 1))
    part = torch.arange(pooled_size, device=data.device) * groups // pooled_size
    own = data.reshape(data.shape[0], output_dim, groups, groups, *data.shape[2:])
    own = own[:, :, part][:, :, :, part].reshape(data.shape[0], -1, *data.shape[2:])
    return _pooled(own, image, y, x, own_channels=True)


def _means(start: Tensor, size: Tensor, cells: int, length: int) -> Tensor:
    """Weights of the mean over the elements that each cell touches: ``(regions, cells, length)``."""
    steps = torch.arange(cells, dtype=start.dtype, device=start.device)
    step = (size / cells).unsqueeze(1)
    first = torch.floor(steps * step + start.unsqueeze(1)).clamp_(0, length).unsqueeze(2)
    last = torch.ceil((steps + 1) * step + start.unsqueeze(1)).clamp_(0, length).unsqueeze(2)
    places = torch.arange(length, device=start.device)
    inside = (places >= first) & (places < last)
    return inside.to(start.dtype) / (last - first).clamp_(min=1)


def _pooled(data: Tensor, image: Tensor, y: Tensor, x: Tensor, *, own_channels: bool) -> Tensor:
    """``y @ data @ x^T`` for each region, in its image; with ``own_channels`` each cell in its own part of them."""
    rows, columns = y.shape[1], x.shape[1]
    channels = data.shape[1] // (rows * columns) if own_channels else data.shape[1]
    result = data.new_zeros(len(image), channels, rows, columns)
    for number in range(data.shape[0]):
        which = (image == number).nonzero(as_tuple=True)[0]
        if not len(which):
            continue
        if own_channels:
            maps = data[number].reshape(channels, rows, columns, *data.shape[2:])
            found = torch.einsum("rpy,cpqyx,rqx->rcpq", y[which], maps, x[which])
        else:
            found = torch.einsum("rpy,cyx,rqx->rcpq", y[which], data[number], x[which])
        result = result.index_copy(0, which, found)
    return result


@contrib("DeformablePSROIPooling", same_dtype=True)
def deformable_psroi_pooling(
    data: Tensor,
    rois: Tensor,
    trans: Tensor | None = None,
    *,
    spatial_scale: float,
    output_dim: int,
    group_size: int,
    pooled_size: int,
    part_size: int = 0,
    sample_per_part: int = 1,
    trans_std: float = 0.0,
    no_trans: bool = False,
) -> Tensor:
    """`PSROIPooling` over interpolated samples, with cells that are moved.

    Shapes: data ``(batch, output_dim * group_size ** 2, height, width)``; rois ``(regions, 5)``, each the number of an
    image and x, y of its first and last corner; trans ``(regions, 2 * classes, part_size, part_size)``, x and y for
    each class, absent with ``no_trans``; the result ``(regions, output_dim, pooled_size, pooled_size)``.

    Parameters
    ----------
    spatial_scale : what the corners, rounded, are multiplied with to be places in data.
    part_size : the regions' parts that move on their own, in each direction; 0: as many as cells.
    sample_per_part : so many samples in a cell, squared.
    trans_std : what trans is multiplied with, to be in widths and heights of the region.
    no_trans : cells are not moved.

    Source: Dai et al., Deformable convolutional networks, arXiv:1703.06211.

    >>> from mxnet import nd
    >>> x, regions = nd.arange(16).reshape((1, 4, 2, 2)), nd.array([[0, 0, 0, 1, 1]])
    >>> call = dict(spatial_scale=1, output_dim=1, group_size=2, pooled_size=2, no_trans=True)
    >>> nd.contrib.DeformablePSROIPooling(x, regions, **call).asnumpy().tolist()
    [[[[0.0, 4.5], [9.0, 13.5]]]]
    """
    image = _check(data, rois)
    _check_channels(data, output_dim, group_size)
    if (trans is None) is not no_trans:
        raise OperatorError(
            "trans and no_trans do not fit", because="trans is absent exactly with no_trans=True"
        )
    parts = part_size or pooled_size
    height, width = data.shape[2:]
    regions = len(rois)
    options: dict[str, Any] = {"dtype": data.dtype, "device": data.device}
    corners = _rounded(rois)
    start = corners[:, :2] * spatial_scale - 0.5
    size = ((corners[:, 2:] + 1) * spatial_scale - 0.5 - start).clamp(min=0.1)
    cell = torch.arange(pooled_size, device=data.device)
    # samples of each cell along each axis: (regions, pooled_size, sample_per_part)
    inner = torch.arange(sample_per_part, **options) / sample_per_part
    x, y = (
        start[:, axis, None, None] + (cell.unsqueeze(1) + inner) * size[:, axis, None, None] / pooled_size
        for axis in (0, 1)
    )
    # (regions, classes, rows, columns, samples down, samples right)
    x, y = x[:, None, None, :, None, :], y[:, None, :, None, :, None]
    classes = 1
    if trans is not None:
        if (
            trans.dim() != 4
            or trans.shape[0] != regions
            or trans.shape[1] % 2
            or output_dim % (trans.shape[1] // 2)
        ):
            raise OperatorError(
                "trans does not fit", because="it is (regions, 2 * classes, part_size, part_size)"
            )
        classes = trans.shape[1] // 2
        part = cell * parts // pooled_size
        moved = (
            trans[:, :, part][:, :, :, part].reshape(regions, classes, 2, pooled_size, pooled_size)
            * trans_std
        )
        x = x + (moved[:, :, 0] * size[:, 0].reshape(-1, 1, 1, 1))[..., None, None]
        y = y + (moved[:, :, 1] * size[:, 1].reshape(-1, 1, 1, 1))[..., None, None]
    x, y = torch.broadcast_tensors(x, y)
    real = image.clamp(min=0)
    counted = (x >= -0.5) & (x <= width - 0.5) & (y >= -0.5) & (y <= height - 0.5)
    counted = counted & (image >= 0).reshape(-1, 1, 1, 1, 1, 1)
    x, y = x.clamp(0, width - 1), y.clamp(0, height - 1)
    group = (cell * group_size // pooled_size).clamp_(max=group_size - 1)
    own = data.reshape(data.shape[0], classes, -1, group_size, group_size, height, width)
    # every cell of every class of a region is a picture of its own that samples are taken from
    maps = own[:, :, :, group][:, :, :, :, group][real].permute(0, 1, 3, 4, 2, 5, 6)
    flat = maps.reshape(-1, maps.shape[4], height, width)
    found = bilinear(flat, y.reshape(len(flat), -1), x.reshape(len(flat), -1))
    weight = counted.reshape(len(flat), 1, -1).to(data.dtype)
    mean = (found * weight).sum(2) / weight.sum(2).clamp_(min=1)
    mean = mean.reshape(regions, classes, pooled_size, pooled_size, -1).permute(0, 1, 4, 2, 3)
    return mean.reshape(regions, output_dim, pooled_size, pooled_size)


def _rounded(rois: Tensor) -> Tensor:
    """The corners, halves rounded away from zero."""
    corners = rois.detach()[:, 1:]
    return torch.trunc(corners + torch.sign(corners) * 0.5)


def _check(data: Tensor, rois: Tensor) -> Tensor:
    """The number of each region's image."""
    if not data.is_floating_point():
        raise OperatorError("takes floating types only", hint=".astype('float32')")
    if data.dim() != 4:
        raise OperatorError("data is (batch, channels, height, width)")
    if rois.dim() != 2 or rois.shape[1] != 5:
        raise OperatorError("rois holds no regions", because="it is (regions, 5)")
    image = rois.detach()[:, 0].to(torch.int64)
    if image.numel() and int(image.max()) >= data.shape[0]:
        raise OperatorError(f"a region is in image {int(image.max())}", because=f"data has {data.shape[0]}")
    return image


def _check_channels(data: Tensor, output_dim: int, groups: int) -> None:
    if data.shape[1] != output_dim * groups * groups:
        raise OperatorError(
            f"data has {data.shape[1]} channels",
            because=f"output_dim * group_size ** 2 = {output_dim * groups * groups}",
        )
