"""Converters of what looks at regions of images: pooling over regions, sampling, resizing, boxes."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from ...ops.windows import window
from ._builder import Builder, Call, Inexpressible, Value, converter
from ._shapes import LAST, reversed_along

# ---------------------------------------------------------------------- regions


@converter("ROIPooling")
def _roi_pooling(b: Builder, call: Call) -> Value:
    scale = float(call["spatial_scale"])
    return b("MaxRoiPool", *call.inputs, pooled_shape=list(call["pooled_size"]), spatial_scale=scale)


@converter("_contrib_ROIAlign")
def _roi_align(b: Builder, call: Call) -> Value:
    if call["position_sensitive"]:
        raise Inexpressible("position_sensitive=True")
    regions = call.inputs[1]
    height, width = call["pooled_size"]
    return b(
        "RoiAlign",
        call.x,
        b.cut(regions, 1, 1, 5),
        b.cut(regions, 1, 0, 1).closed(1).cast(np.int64),
        output_height=int(height),
        output_width=int(width),
        sampling_ratio=max(int(call["sample_ratio"]), 0),
        spatial_scale=float(call["spatial_scale"]),
        coordinate_transformation_mode="half_pixel" if call["aligned"] else "output_half_pixel",
    )


# ---------------------------------------------------------------------- sampling


@converter("BilinearSampler")
def _bilinear_sampler(b: Builder, call: Call) -> Value:
    return _sampled(b, call.x, call.inputs[1])


def _sampled(b: Builder, x: Value, grid: Value) -> Value:
    return b("GridSample", x, grid.transposed(0, 2, 3, 1), align_corners=1)


@converter("GridGenerator")
def _grid_generator(b: Builder, call: Call) -> Value:
    if call["transform_type"] == "affine":
        return _affine_grid(b, call.x, call["target_shape"])
    height, width = call.fixed(0, [2, 3])
    places = np.stack(np.meshgrid(np.arange(width), np.arange(height))).astype(call.x.dtype)
    scale = np.array([2 / max(width - 1, 1), 2 / max(height - 1, 1)], dtype=call.x.dtype).reshape(2, 1, 1)
    return (call.x + b.constant(places)) * b.constant(scale) - 1


def _affine_grid(b: Builder, maps: Value, target: Any) -> Value:
    height, width = (int(n) for n in target)
    x, y = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    if width == 1:
        x[:] = -1
    if height == 1:
        y[:] = -1
    places = np.stack([x, y, np.ones_like(x)]).reshape(3, -1).astype(maps.dtype)
    return b("MatMul", maps.reshaped(-1, 2, 3), b.constant(places)).reshaped(-1, 2, height, width)


@converter("SpatialTransformer")
def _spatial_transformer(b: Builder, call: Call) -> Value:
    return _sampled(b, call.x, _affine_grid(b, call.inputs[1], call["target_shape"]))


@converter("_contrib_BilinearResize2D")
def _bilinear_resize(b: Builder, call: Call) -> Value:
    lengths, _ = call.result()
    mode = "align_corners" if call["align_corners"] else "half_pixel"
    if call["mode"] == "like":
        size = b.joined([call.x.shape(0, 2), call.inputs[1].shape(2)])
    elif None not in lengths[2:]:
        known = b.integers([n for n in lengths[2:] if n is not None])
        size = b.joined([call.x.shape(0, 2), known])
    elif call["mode"] == "size":
        scales = b.constant(np.array([1, 1, call["scale_height"], call["scale_width"]], dtype=np.float32))
        return b("Resize", call.x, None, scales, mode="linear", coordinate_transformation_mode=mode)
    else:
        raise Inexpressible(f"mode={call['mode']!r} over lengths that are dynamic")
    return b("Resize", call.x, None, None, size, mode="linear", coordinate_transformation_mode=mode)


@converter("_contrib_AdaptiveAvgPooling2D")
def _adaptive_pooling(b: Builder, call: Call) -> Value:
    given = call["output_size"]
    size = (given,) if isinstance(given, int) else tuple(given) or (1,)
    wanted = size * 2 if len(size) == 1 else size
    if prod(wanted) == 1:
        return b("GlobalAveragePool", call.x)
    # the average over each region is a product with a matrix of its weights, along each axis
    height, width = call.fixed(0, [2, 3])
    rows, columns = (
        _averages(n, m).astype(call.x.dtype) for n, m in ((height, wanted[0]), (width, wanted[1]))
    )
    return b("MatMul", b("MatMul", b.constant(rows), call.x), b.constant(columns.T))


def _averages(length: int, cells: int) -> np.ndarray[Any, Any]:
    matrix = np.zeros((cells, length))
    for cell in range(cells):
        begin, end = cell * length // cells, -(-(cell + 1) * length // cells)
        matrix[cell, begin:end] = 1 / (end - begin)
    return matrix


# ---------------------------------------------------------------------- pictures


@converter("_image_to_tensor")
def _to_tensor(b: Builder, call: Call) -> Value:
    x = call.x.transposed(2, 0, 1) if call.rank() == 3 else call.x.transposed(0, 3, 1, 2)
    return x.cast(np.float32) / 255.0


@converter("_image_normalize")
def _normalize(b: Builder, call: Call) -> Value:
    mean, std = (np.array(call[key], dtype=call.x.dtype).reshape(-1, 1, 1) for key in ("mean", "std"))
    return (call.x - b.constant(mean)) / b.constant(std)


@converter("_image_crop")
def _image_crop(b: Builder, call: Call) -> Value:
    first = call.rank() - 3
    x = b.cut(call.x, first, int(call["y"]), int(call["y"]) + int(call["height"]))
    return b.cut(x, first + 1, int(call["x"]), int(call["x"]) + int(call["width"]))


@converter("_image_flip_left_right", "_image_flip_top_bottom")
def _image_flip(b: Builder, call: Call) -> Value:
    return reversed_along(b, call.x, [call.rank() - (2 if call.kind.endswith("right") else 3)])


# ---------------------------------------------------------------------- boxes


@converter("_contrib_box_decode")
def _box_decode(b: Builder, call: Call) -> Value:
    offsets, anchors = call.inputs
    scaled = offsets * b.constant(np.array([float(call[f"std{i}"]) for i in range(4)], dtype=offsets.dtype))
    move, stretch = b.cut(scaled, 2, 0, 2), b.cut(scaled, 2, 2, 4)
    if float(call["clip"]) > 0:
        stretch = b("Min", stretch, b.value(float(call["clip"]), stretch.dtype))
    middle, size = b.cut(anchors, 2, 0, 2), b.cut(anchors, 2, 2, 4)
    if call["format"] == "corner":
        middle, size = (middle + size) * 0.5, size - middle
    center, half = move * size + middle, b("Exp", stretch) * size * 0.5
    return b.joined([center - half, center + half], axis=2)


@converter("_contrib_box_nms")
def _box_nms(b: Builder, call: Call) -> Value:
    """``NonMaxSuppression`` finds who stays; the rows of those by falling score, and -1 behind them.

    Boxes of different classes are moved apart, so that none overlaps with one of another class.
    """
    rank, width = call.rank(), call.fixed(0, [call.rank() - 1])[0]
    if int(call["topk"]) == 0:
        return call.x
    rows = call.x if rank == 3 else b("Reshape", call.x, b.joined([b.integers([-1]), call.x.shape(rank - 2)]))
    start, score_column, class_column = (int(call[key]) for key in ("coord_start", "score_index", "id_index"))
    scores = b.cut(rows, 2, score_column, score_column + 1)
    classes = None if class_column < 0 else b.cut(rows, 2, class_column, class_column + 1)
    if classes is not None and int(call["background_id"]) >= 0:
        scores = b.where(classes.equals(int(call["background_id"])), -np.inf, scores)
    count = rows.shape(1, 2)
    if int(call["topk"]) > 0:
        k = b("Min", count, b.integers([int(call["topk"])]))
        first = b.several("TopK", 2, scores, k, axis=1, largest=1, types=[None, np.int64])[1]
        ones = b.filled(first.shape(), 1, np.float32)
        taken = b("ScatterElements", b.filled(scores.shape(), 0, np.float32), first, ones, axis=1)
        scores = b.where(taken.true(), scores, -np.inf)
    boxes = b.cut(rows, 2, start, start + 4)
    corners = _as_corner(b, boxes) if call["in_format"] == "center" else boxes
    apart = corners
    if classes is not None and not call["force_suppress"]:
        room = b.reduced("ReduceMax", b("Abs", corners), [1, 2], keep=True) * 2 + 1
        apart = corners + b("Floor", classes) * room
    limit = b.value(float(call["valid_thresh"]), np.float32)
    chosen = b(
        "NonMaxSuppression",
        apart.cast(np.float32),
        scores.transposed(0, 2, 1).cast(np.float32),
        count,
        b.value(float(call["overlap_thresh"]), np.float32),
        limit,
        of=np.int64,
    )
    # (image, class 0, box) of those that stay: a mask over all boxes
    places = b("Gather", chosen, b.integers([0, 2]), axis=1)
    zeros = b.filled(rows.shape(0, 2), 0, np.float32)
    ones = b.filled(places.shape(0, 1), 1, np.float32)
    stays = b("ScatterND", zeros, places, ones)
    ranked = b.where(stays.opened(2).true(), scores.cast(np.float32), -np.inf)
    best = b.several("TopK", 2, ranked, count, axis=1, largest=1, types=[None, np.int64])
    if call["in_format"] != call["out_format"]:
        changed = corners if call["out_format"] == "corner" else _as_center(b, boxes)
        rows = b.joined(
            [part for part in (_left(b, rows, start), changed, _right(b, rows, start, width)) if part], 2
        )
    order = b("Expand", best[1], b.joined([b.integers([1, 1]), b.integers([width])]))
    found = b.where(best[0] > -np.inf, b("GatherElements", rows, order, axis=1), -1)
    return found if rank == 3 else b("Reshape", found, call.x.shape())


def _left(b: Builder, rows: Value, start: int) -> Value | None:
    return b.cut(rows, 2, 0, start) if start else None


def _right(b: Builder, rows: Value, start: int, width: int) -> Value | None:
    return b.cut(rows, 2, start + 4, LAST) if start + 4 < width else None


def _as_corner(b: Builder, boxes: Value) -> Value:
    middle, half = b.cut(boxes, 2, 0, 2), b.cut(boxes, 2, 2, 4) * 0.5
    return b.joined([middle - half, middle + half], 2)


def _as_center(b: Builder, boxes: Value) -> Value:
    first, last = b.cut(boxes, 2, 0, 2), b.cut(boxes, 2, 2, 4)
    return b.joined([(first + last) * 0.5, last - first], 2)


@converter("_contrib_DeformableConvolution", "_contrib_ModulatedDeformableConvolution")
def _deformable_convolution(b: Builder, call: Call) -> Value:
    weight, offset, mask = call.array("weight"), call.array("offset"), call.array("mask")
    assert weight is not None
    assert offset is not None
    kernel, steps, holes, padding = window(call["kernel"], call["stride"], call["dilate"], call["pad"])
    if mask is None:
        offset = _inside_of_data(b, call, offset, (kernel, steps, holes, padding))
    return b(
        "DeformConv",
        call.x,
        weight,
        offset,
        call.array("bias"),
        mask,
        kernel_shape=list(kernel),
        strides=list(steps),
        dilations=list(holes),
        pads=[*padding, *padding],
        group=int(call["num_group"]),
        offset_group=int(call["num_deformable_group"]),
    )


def _inside_of_data(b: Builder, call: Call, offset: Value, sliding: Any) -> Value:
    """Offsets with which ONNX sees at the edges what the first form of the operator sees.

    Between the last element and one behind it that is the last one, where ONNX goes towards 0; and it is 0 in front of
    the first, where ONNX comes from it.
    """
    size, out = call.fixed(0, [2, 3]), call.fixed(1, [2, 3])
    lines = [
        np.arange(n) * step - p + np.arange(k)[:, None] * hole
        for n, k, step, hole, p in zip(out, *sliding, strict=True)
    ]  # (kernel, out) each
    kernel = sliding[0]
    shape = (kernel[0], kernel[1], *out)
    rows = np.broadcast_to(lines[0].reshape(kernel[0], 1, out[0], 1), shape)
    columns = np.broadcast_to(lines[1].reshape(1, kernel[1], 1, out[1]), shape)
    still = np.stack([rows, columns], 2).reshape(1, -1, *out)
    groups = int(call["num_deformable_group"])
    places = b.constant(np.tile(still, (1, groups, 1, 1)), offset.dtype)
    last = np.tile(np.array(size) - 1, groups * kernel[0] * kernel[1]).reshape(1, -1, 1, 1)
    limit = b.constant(last, offset.dtype)
    moved = offset + places
    inside = b("And", moved >= 0, moved < limit + 1, of=bool)
    return b.where(inside, b("Min", moved, limit), -2) - places
