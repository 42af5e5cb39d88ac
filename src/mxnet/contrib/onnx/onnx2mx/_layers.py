"""Readers of convolutions, pooling, affine maps, normalisations and softmax."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ._reader import Call, Reader, Unreadable, Value, reader

_LARGEST = 1 << 20  # no window is wider, and no padding

# ---------------------------------------------------------------------- windows


def _window(r: Reader, call: Call, kernel: list[int]) -> tuple[list[int], list[int], list[int], list[int]]:
    """Steps, holes and the padding before and after each axis."""
    count = len(kernel)
    steps = call.integers("strides") or [1] * count
    holes = call.integers("dilations") or [1] * count
    pads = call.integers("pads") or [0] * 2 * count
    auto = call.get("auto_pad", "NOTSET") or "NOTSET"
    if not len(steps) == len(holes) == count or len(pads) != 2 * count:
        raise Unreadable("kernel, strides, dilations and pads do not fit each other")
    if auto == "VALID":
        pads = [0] * 2 * count
    elif auto.startswith("SAME"):
        sizes = r.fixed(call.x, range(2, 2 + count))
        total = [
            max((-(-n // s) - 1) * s + (k - 1) * h + 1 - n, 0)
            for n, k, s, h in zip(sizes, kernel, steps, holes, strict=True)
        ]
        less, more = [n // 2 for n in total], [n - n // 2 for n in total]
        pads = [*less, *more] if auto == "SAME_UPPER" else [*more, *less]
    elif auto != "NOTSET":
        raise Unreadable(f"auto_pad={auto!r}")
    numbers = [*kernel, *steps, *holes, *pads]
    if min(pads, default=0) < 0 or max(numbers, default=0) > _LARGEST:
        raise Unreadable(f"kernel_shape={kernel}, strides={steps}, dilations={holes}, pads={pads}")
    return steps, holes, pads[:count], pads[count:]


def _padded(r: Reader, x: Value, before: list[int], after: list[int], number: float) -> Value:
    if not any(before) and not any(after):
        return x
    width = [0, 0, 0, 0, *(n for pair in zip(before, after, strict=True) for n in pair)]
    return r("Pad", x, mode="constant", pad_width=tuple(width), constant_value=number)


@reader("Conv")
def _conv(r: Reader, call: Call) -> Value:
    x, weight, bias = call.x, call.input(1), call.optional(2)
    lengths = r.fixed(weight)
    kernel = call.integers("kernel_shape") or lengths[2:]
    steps, holes, before, after = _window(r, call, kernel)
    if before != after:
        x, before = _padded(r, x, before, after, 0.0), [0] * len(kernel)
    return r(
        "Convolution",
        x,
        weight,
        bias,
        kernel=tuple(kernel),
        stride=tuple(steps),
        dilate=tuple(holes),
        pad=tuple(before),
        num_filter=lengths[0],
        num_group=int(call.get("group", 1)),
        no_bias=bias is None,
    )


@reader("DeformConv")
def _deform_conv(r: Reader, call: Call) -> Value:
    x, weight, offset, bias, mask = call.x, call.input(1), call.input(2), call.optional(3), call.optional(4)
    lengths = r.fixed(weight)
    kernel = call.integers("kernel_shape") or lengths[2:]
    if len(kernel) != 2:
        raise Unreadable(f"data of {len(kernel) + 2} axes")
    steps, holes, before, after = _window(r, call, kernel)
    if before != after:
        x, before = _padded(r, x, before, after, 0.0), [0, 0]
    parts = int(call.get("offset_group", 1))
    if mask is None:
        places = parts * kernel[0] * kernel[1]
        mask = r("ones_like", r("slice_axis", offset, axis=1, begin=0, end=places))
    return r(
        "contrib.ModulatedDeformableConvolution",
        x,
        offset,
        mask,
        weight,
        bias,
        kernel=tuple(kernel),
        stride=tuple(steps),
        dilate=tuple(holes),
        pad=tuple(before),
        num_filter=lengths[0],
        num_group=int(call.get("group", 1)),
        num_deformable_group=parts,
        no_bias=bias is None,
    )


@reader("ConvTranspose")
def _conv_transpose(r: Reader, call: Call) -> Value:
    x, weight, bias = call.x, call.input(1), call.optional(2)
    lengths = r.fixed(weight)
    kernel = call.integers("kernel_shape") or lengths[2:]
    count = len(kernel)
    auto = call.get("auto_pad", "NOTSET") or "NOTSET"
    more = call.integers("output_padding") or [0] * count
    if call.integers("output_shape") or auto.startswith("SAME"):
        return _conv_to_shape(r, call, kernel, lengths, more)
    steps, holes, before, after = _window(r, call, kernel)
    group = int(call.get("group", 1))
    options: dict[str, Any] = {
        "kernel": tuple(kernel),
        "stride": tuple(steps),
        "dilate": tuple(holes),
        "num_filter": lengths[1] * group,
        "num_group": group,
        "no_bias": bias is None,
    }
    # what a longer padding at the end takes away is what a shorter one adds
    pad = [min(b, a) for b, a in zip(before, after, strict=True)]
    if before == after and all(m < s for m, s in zip(more, steps, strict=True)):
        return r("Deconvolution", x, weight, bias, pad=tuple(pad), adj=tuple(more), **options)
    whole = r("Deconvolution", x, weight, bias, **options)
    return _cropped(r, whole, before, [a - m for a, m in zip(after, more, strict=True)])


def _conv_to_shape(r: Reader, call: Call, kernel: list[int], lengths: list[int], more: list[int]) -> Value:
    """Of a transposed convolution the part that has a given shape."""
    group, bias = int(call.get("group", 1)), call.optional(2)
    steps = call.integers("strides") or [1] * len(kernel)
    holes = call.integers("dilations") or [1] * len(kernel)
    sizes = r.fixed(call.x, range(2, 2 + len(kernel)))
    wanted = call.integers("output_shape") or [n * s for n, s in zip(sizes, steps, strict=True)]
    wanted = wanted[-len(kernel) :]
    whole = [
        s * (n - 1) + h * (k - 1) + 1 + m
        for n, k, s, h, m in zip(sizes, kernel, steps, holes, more, strict=True)
    ]
    total = [n - w for n, w in zip(whole, wanted, strict=True)]
    lower = call.get("auto_pad", "NOTSET") == "SAME_UPPER"
    before = [t // 2 if lower else t - t // 2 for t in total]
    result = r(
        "Deconvolution",
        call.x,
        call.input(1),
        bias,
        kernel=tuple(kernel),
        stride=tuple(steps),
        dilate=tuple(holes),
        num_filter=lengths[1] * group,
        num_group=group,
        no_bias=bias is None,
    )
    return _cropped(r, result, before, [t - b - m for t, b, m in zip(total, before, more, strict=True)])


def _cropped(r: Reader, x: Value, before: list[int], after: list[int]) -> Value:
    """Without some elements at the ends of the last axes (with more zeros, where the number is negative)."""
    x = _padded(r, x, [max(-n, 0) for n in before], [max(-n, 0) for n in after], 0.0)
    begin = (None, None, *(max(n, 0) for n in before))
    end = (None, None, *(-n if n > 0 else None for n in after))
    return r("slice", x, begin=begin, end=end) if any(n > 0 for n in [*before, *after]) else x


# ---------------------------------------------------------------------- pooling


@reader("MaxPool", "AveragePool", "LpPool")
def _pool(r: Reader, call: Call) -> Value:
    kernel = call.integers("kernel_shape")
    if not kernel:
        raise Unreadable("the attribute kernel_shape is missing")
    if call.count > 1:
        raise Unreadable("the places of maxima")
    steps, holes, before, after = _window(r, call, kernel)
    if any(n != 1 for n in holes):
        raise Unreadable(f"dilations={holes}")
    options: dict[str, Any] = {"kernel": tuple(kernel), "stride": tuple(steps)}
    if call.get("ceil_mode", 0):
        options["pooling_convention"] = "full"
    dtype = r.dtype(call.x)
    x = call.x if dtype.kind == "f" else r("Cast", call.x, dtype="float32")
    result = _pooled(r, call, x, before, after, options)
    if call.get("ceil_mode", 0):
        result = _without_windows_of_padding(r, call, result, before, options)
    return result if dtype.kind == "f" else r("Cast", result, dtype=dtype.name)


def _without_windows_of_padding(
    r: Reader, call: Call, result: Value, before: list[int], options: dict[str, Any]
) -> Value:
    """A last window that begins behind data is none in ONNX; where lengths are not fixed it is taken for one."""
    sizes = r.lengths(call.x)[2:]
    windows = zip(sizes, r.lengths(result)[2:], options["stride"], before, strict=True)
    more = [n is not None and count is not None and (count - 1) * s >= n + p for n, count, s, p in windows]
    if not any(more):
        return result
    return r(
        "slice", result, begin=(None,) * (2 + len(more)), end=(None, None, *(-1 if m else None for m in more))
    )


def _pooled(
    r: Reader, call: Call, x: Value, before: list[int], after: list[int], options: dict[str, Any]
) -> Value:
    kernel = options["kernel"]
    if call.op == "MaxPool":
        if before != after:
            lowest = float(np.finfo(r.dtype(x)).min) if r.dtype(x).kind == "f" else 0.0
            x, before = _padded(r, x, before, after, lowest), [0] * len(kernel)
        return r("Pooling", x, pool_type="max", pad=tuple(before), **options)
    if call.op == "LpPool":
        return _lp_pool(r, call, x, before, after, options)
    counted = bool(call.get("count_include_pad", 0))
    if before == after:
        return r("Pooling", x, pool_type="avg", pad=tuple(before), count_include_pad=counted, **options)
    padded = _padded(r, x, before, after, 0.0)
    if counted:
        return r("Pooling", padded, pool_type="avg", **options)
    # the sum over each window, divided by how many elements of data it has
    if "pooling_convention" in options:
        raise Unreadable("ceil_mode with a padding that differs at the ends")
    sums = r("Pooling", padded, pool_type="sum", **options)
    ones = _padded(r, r("ones_like", x), before, after, 0.0)
    return r.divide(sums, r("Pooling", ones, pool_type="sum", **options))


def _lp_pool(r: Reader, call: Call, x: Value, before: list[int], after: list[int], options: Any) -> Value:
    power = float(call.get("p", 2))
    powers = _padded(r, r.two("power", r("abs", x), r.value(power, x)), before, after, 0.0)
    sums = r("Pooling", powers, pool_type="sum", **options)
    return r.two("power", sums, r.value(1 / power, sums))


@reader("GlobalAveragePool", "GlobalMaxPool")
def _global_pool(r: Reader, call: Call) -> Value:
    kind = "avg" if call.op == "GlobalAveragePool" else "max"
    rank = r.rank(call.x)
    if not 3 <= rank <= 5:
        axes = tuple(range(2, rank))
        return r("mean" if kind == "avg" else "max", call.x, axis=axes, keepdims=True)
    return r("Pooling", call.x, pool_type=kind, global_pool=True, kernel=(1,) * (rank - 2))


@reader("GlobalLpPool")
def _global_lp_pool(r: Reader, call: Call) -> Value:
    power, axes = float(call.get("p", 2)), tuple(range(2, r.rank(call.x)))
    sums = r("sum", r.two("power", r("abs", call.x), r.value(power, call.x)), axis=axes, keepdims=True)
    return r.two("power", sums, r.value(1 / power, sums))


# ---------------------------------------------------------------------- affine maps and products


@reader("Gemm")
def _gemm(r: Reader, call: Call) -> Value:
    x, weight, bias = call.x, call.input(1), call.optional(2)
    alpha, beta = float(call.get("alpha", 1.0)), float(call.get("beta", 1.0))
    if call.get("transA", 0):
        x = r("transpose", x)
    if alpha != 1.0:
        x = r.multiply(x, alpha)
    if bias is not None and beta != 1.0:
        bias = r.multiply(bias, beta)
    if call.get("transB", 0):
        weight_rows = r.fixed(weight, [0])[0]
        plain = bias is not None and r.lengths(bias) == (weight_rows,)
        result = r(
            "FullyConnected",
            x,
            weight,
            bias if plain else None,
            num_hidden=weight_rows,
            no_bias=not plain,
            flatten=False,
        )
        return result if plain or bias is None else r.add(result, bias)
    result = r("dot", x, weight)
    return result if bias is None else r.add(result, bias)


@reader("MatMul")
def _matmul(r: Reader, call: Call) -> Value:
    x, y = call.x, call.input(1)
    left, right = r.guesses(x), r.guesses(y)
    if len(left) == 1 or len(right) <= 2:
        if len(left) == 1 and len(right) > 2:
            raise Unreadable("a vector times many matrices")
        return r("dot", x, y)
    batch = max(len(left), len(right)) - 2
    spread = []
    for value, own, other in ((x, left, right), (y, right, left)):
        mine = ((1, 1),) * (batch + 2 - len(own)) + own
        yours = ((1, 1),) * (batch + 2 - len(other)) + other
        whole = (
            *(m if o == (1, 1) else o for m, o in zip(mine[:batch], yours[:batch], strict=True)),
            *mine[batch:],
        )
        spread.append(value if whole == own else _spread(r, value, whole))
    return r("batch_dot", *spread)


def _spread(r: Reader, x: Value, guesses: Any) -> Value:
    from ._elementwise import spread_to

    return spread_to(r, x, guesses)


# ---------------------------------------------------------------------- normalisations


@reader("BatchNormalization")
def _batch_norm(r: Reader, call: Call) -> Value:
    if call.get("training_mode", 0) or (call.version < 7 and not call.get("is_test", 0) and call.count > 1):
        raise Unreadable("normalisation by the batch's own statistics")
    if call.get("spatial", 1) == 0:
        raise Unreadable("spatial=0")
    options: dict[str, Any] = {
        "eps": float(call.get("epsilon", 1e-5)),
        "momentum": float(call.get("momentum", 0.9)),
    }
    values = [call.input(place) for place in range(5)]
    # statistics of no other layer, since layers may change theirs
    values[3:] = [Value(arrays=each.arrays, name=each.name) if each.arrays else each for each in values[3:]]
    return r("BatchNorm", *values, fix_gamma=False, **options)


@reader("InstanceNormalization")
def _instance_norm(r: Reader, call: Call) -> Value:
    return r("InstanceNorm", *call.given(), eps=float(call.get("epsilon", 1e-5)))


@reader("LayerNormalization")
def _layer_norm(r: Reader, call: Call) -> Value:
    if call.count > 1:
        raise Unreadable("the mean and deviation")
    x, scale, bias = call.x, call.input(1), call.optional(2)
    rank = r.rank(x)
    axis, eps = int(call.get("axis", -1)) % rank, float(call.get("epsilon", 1e-5))
    if bias is None:
        bias = r.constant(np.zeros(r.fixed(scale), dtype=r.dtype(scale)), name=f"{call.name}_bias")
    if axis == rank - 1 and r.rank(scale) == 1:
        return r("LayerNorm", x, scale, bias, axis=-1, eps=eps)
    axes = tuple(range(axis, rank))
    mean = r("mean", x, axis=axes, keepdims=True)
    difference = r.subtract(x, mean)
    variance = r("mean", r.multiply(difference, difference), axis=axes, keepdims=True)
    return r.add(r.multiply(r.divide(difference, r("sqrt", r.add(variance, eps))), scale), bias)


@reader("GroupNormalization")
def _group_norm(r: Reader, call: Call) -> Value:
    x, scale, bias = call.given()
    groups, eps = int(call["num_groups"]), float(call.get("epsilon", 1e-5))
    if call.version < 21:  # one number for each group, as in MXNet
        return r("GroupNorm", x, scale, bias, num_groups=groups, eps=eps)
    ones, zeros = (r.constant(np.full(groups, n, dtype=r.dtype(x)), name=f"{call.name}_{n}") for n in (1, 0))
    plain = r("GroupNorm", x, ones, zeros, num_groups=groups, eps=eps)
    shape = (1, -1, *[1] * (r.rank(x) - 2))
    return r.add(r.multiply(plain, r("Reshape", scale, shape=shape)), r("Reshape", bias, shape=shape))


@reader("LRN")
def _lrn(r: Reader, call: Call) -> Value:
    alpha, beta, knorm = (
        float(call.get("alpha", 1e-4)),
        float(call.get("beta", 0.75)),
        float(call.get("bias", 1.0)),
    )
    size = int(call["size"])
    if size % 2 == 0:
        raise Unreadable(f"size={size}, of which no channel is the middle")
    return r("LRN", call.x, alpha=alpha, beta=beta, knorm=knorm, nsize=size)


@reader("LpNormalization")
def _lp_normalization(r: Reader, call: Call) -> Value:
    axis = int(call.get("axis", -1))
    size = r("norm", call.x, ord=int(call.get("p", 2)), axis=axis, keepdims=True)
    return r.divide(call.x, r.add(size, r.two("equal", size, r.value(0, size))))


@reader("MeanVarianceNormalization")
def _mean_variance(r: Reader, call: Call) -> Value:
    axes = tuple(call.integers("axes") or (0, 2, 3))
    difference = r.subtract(call.x, r("mean", call.x, axis=axes, keepdims=True))
    deviation = r("sqrt", r("mean", r.multiply(difference, difference), axis=axes, keepdims=True))
    return r.divide(difference, r.add(deviation, 1e-9))


# ---------------------------------------------------------------------- softmax and dropout

_SOFTMAX = {"Softmax": "softmax", "LogSoftmax": "log_softmax"}


@reader("Softmax", "LogSoftmax", "Hardmax")
def _softmax(r: Reader, call: Call) -> Value:
    x, rank = call.x, r.rank(call.x)
    old = call.version < 13  # over all axes from this one on
    axis = int(call.get("axis", 1 if old else -1)) % max(rank, 1)
    if old and axis != rank - 1:
        flat = r("Reshape", x, shape=_joined(r, x, axis))
        result = _softmax_along(r, call.op, flat, 1)
        return r("reshape_like", result, x)
    return _softmax_along(r, call.op, x, axis)


def _softmax_along(r: Reader, op: str, x: Value, axis: int) -> Value:
    if op in _SOFTMAX:
        return r(_SOFTMAX[op], x, axis=axis)
    rank = r.rank(x)
    depth = r.fixed(x, [axis])[0]
    hot = r("one_hot", r("argmax", x, axis=axis), depth=depth)
    order = list(range(rank - 1))
    order.insert(axis, rank - 1)
    return hot if axis == rank - 1 else r("transpose", hot, axes=tuple(order))


def _joined(r: Reader, x: Value, axis: int) -> tuple[int, ...]:
    """The codes that join the axes before and behind a place."""
    if axis == 1:
        return (0, -1)
    if axis == 0:
        return (1, -1)
    lengths = r.lengths(x)
    behind = lengths[axis:]
    if None not in behind:
        return (-1, math.prod(n for n in behind if n is not None))
    return (math.prod(r.fixed(x, range(axis))), -1)


@reader("Flatten")
def _flatten(r: Reader, call: Call) -> Value:
    rank, axis = r.rank(call.x), int(call.get("axis", 1))
    axis = axis + rank if axis < 0 else axis
    if axis == 1 and rank > 1:
        return r("Flatten", call.x)
    if axis >= rank:
        return r("Reshape", call.x, shape=(-1, 1))
    return r("Reshape", call.x, shape=_joined(r, call.x, axis))


@reader("Dropout")
def _dropout(r: Reader, call: Call) -> Any:
    training = call.optional(2)
    always = training is not None and bool(call.known(2, "training_mode").any())
    ratio = call.number("ratio", 1)
    ratio = 0.5 if ratio is None else ratio
    result = r("Dropout", call.x, p=float(ratio), mode="always" if always else "training")
    if call.count == 1:
        return result
    mask = r("ones_like", call.x)
    mask.logical = True
    return [result, mask]
