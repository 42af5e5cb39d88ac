"""Converters of what layers of networks compute: convolutions, pooling, affine maps, activations, softmax."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from ...ops.pooling import window_counts, window_plan
from ...ops.windows import lengths as as_lengths
from ...ops.windows import window
from ._builder import Builder, Call, Inexpressible, Value, converter

# ---------------------------------------------------------------------- axes of channels


def _is_last(call: Call) -> bool:
    layout = call.get("layout")
    return layout is not None and not str(layout).startswith("NC") and str(layout) != "None"


def channels_first(x: Value, rank: int, axis: int = -1) -> Value:
    """The axis of the channels moved to place 1."""
    order = list(range(rank))
    order.insert(1, order.pop(axis % rank))
    return x.transposed(*order)


def channels_back(x: Value, rank: int, axis: int = -1) -> Value:
    """The channels moved from place 1 to ``axis``."""
    order = list(range(rank))
    order.insert(axis % rank, order.pop(1))
    return x.transposed(*order)


# ---------------------------------------------------------------------- convolutions


@converter("Convolution")
def _convolution(b: Builder, call: Call) -> Value:
    kernel, steps, holes, padding = window(call["kernel"], call["stride"], call["dilate"], call["pad"])
    rank = len(kernel) + 2
    x, weight, bias = call.x, call.inputs[1], call.array("bias")
    if _is_last(call):
        x, weight = channels_first(x, rank), channels_first(weight, rank)
    result = b(
        "Conv",
        x,
        weight,
        bias,
        kernel_shape=kernel,
        strides=steps,
        dilations=holes,
        pads=[*padding, *padding],
        group=call["num_group"],
    )
    return channels_back(result, rank) if _is_last(call) else result


@converter("Deconvolution")
def _deconvolution(b: Builder, call: Call) -> Value:
    kernel, steps, holes, padding = window(call["kernel"], call["stride"], call["dilate"], call["pad"])
    rank = len(kernel) + 2
    x, weight, bias = call.x, call.inputs[1], call.array("bias")
    more = as_lengths("adj", call["adj"], len(kernel), 0)
    target = as_lengths("target_shape", call["target_shape"], len(kernel), 0)
    if any(target):
        sizes = call.fixed(0, range(1, rank - 1) if _is_last(call) else range(2, rank))
        whole = [
            s * (n - 1) + h * (k - 1) + 1 for n, k, s, h in zip(sizes, kernel, steps, holes, strict=True)
        ]
        surplus = [n - wanted for n, wanted in zip(whole, target, strict=True)]
        padding, more = tuple((s + 1) // 2 for s in surplus), tuple(s % 2 for s in surplus)
    if _is_last(call):
        x, weight = channels_first(x, rank), channels_first(weight, rank)
    result = b(
        "ConvTranspose",
        x,
        weight,
        bias,
        kernel_shape=kernel,
        strides=steps,
        dilations=holes,
        pads=[*padding, *padding],
        output_padding=more if any(more) else None,
        group=call["num_group"],
    )
    return channels_back(result, rank) if _is_last(call) else result


# ---------------------------------------------------------------------- pooling


@converter("Pooling", "Pooling_v1")
def _pooling(b: Builder, call: Call) -> Value:
    rank = call.rank()
    last = _is_last(call)
    x = channels_first(call.x, rank) if last else call.x
    sizes = call.lengths()[1:-1] if last else call.lengths()[2:]
    result = _pooled_whole(b, call, x, rank) if call["global_pool"] else _pooled(b, call, x, sizes)
    return channels_back(result, rank) if last else result


def _power(call: Call) -> int:
    return int(call.get("p_value") or 1) if call["pool_type"] == "lp" else 1


def _pooled_whole(b: Builder, call: Call, x: Value, rank: int) -> Value:
    kind = call["pool_type"]
    if kind in ("max", "avg"):
        return b({"max": "GlobalMaxPool", "avg": "GlobalAveragePool"}[kind], x)
    power = _power(call)
    sums = b.reduced("ReduceSum", x if power == 1 else x ** float(power), range(2, rank), keep=True)
    return _root(b, sums, power)


def _root(b: Builder, sums: Value, power: int) -> Value:
    """The signed root."""
    if power == 1:
        return sums
    return b("Sqrt", b("Abs", sums)) if power == 2 else b("Sign", sums) * b("Abs", sums) ** (1 / power)


def _pooled(b: Builder, call: Call, x: Value, sizes: Any) -> Value:
    kind, convention = call["pool_type"], call["pooling_convention"]
    old = call.kind == "Pooling_v1"
    kernel, steps, _, padding = window(call["kernel"], call["stride"], (), call["pad"])
    options: dict[str, Any] = {"kernel_shape": kernel, "strides": steps}
    before, after, plan = padding, padding, None
    if None not in sizes:
        plan = window_plan(tuple(sizes), kernel, call["stride"], call["pad"], convention)
    if convention != "valid":
        if plan is not None:  # how far the last window reaches over the end
            before, after = plan.before, tuple(max(a, 0) for a in plan.after)
        elif convention == "full":
            options["ceil_mode"] = 1
        else:
            raise Inexpressible("pooling_convention='same' over lengths that are dynamic")
    pads = [*before, *after]
    much = any(n >= k for n, k in zip(pads, kernel * 2, strict=True))  # more than ONNX's pooling knows
    if kind == "max":
        if much:
            x, pads = _padded(b, x, before, after, float(np.finfo(x.dtype).min)), [0] * len(pads)
        result = b("MaxPool", x, pads=pads, **options)
        return _with_zeros(b, result, plan) if old and any(padding) else result
    counts_padding = old or call["count_include_pad"] is not False
    if kind == "avg" and not counts_padding and not much:
        return b("AveragePool", x, pads=pads, **options)
    power = _power(call)
    if much:
        return _summed_by_products(b, call, x, plan, counts_padding, old)
    means = b(
        "AveragePool", x if power == 1 else x ** float(power), pads=pads, count_include_pad=1, **options
    )
    if kind != "avg":
        return _root(b, means * float(prod(kernel)), power)
    # what a last window takes from behind the padding does not count
    counts = None if old or plan is None else window_counts(plan, counts_padding)
    for place, each in enumerate(reversed(counts or [])):
        factor = kernel[-1 - place] / np.array(each, dtype=np.float64)
        means = means * b.constant(factor.reshape(-1, *[1] * place), x.dtype)
    return means


def _summed_by_products(
    b: Builder, call: Call, x: Value, plan: Any, counts_padding: bool, old: bool
) -> Value:
    """Sums and means over windows as products with matrices of their weights, along each axis."""
    if plan is None or len(plan.kernel) > 2:
        raise Inexpressible("padding as wide as the kernel")
    power = _power(call)
    x = x if power == 1 else x ** float(power)
    mean = call["pool_type"] == "avg"
    counts = window_counts(plan, counts_padding) if mean and not old else None
    matrices = []
    for axis, (n, k, step, p, a) in enumerate(zip(*plan, strict=True)):
        begins, places = np.arange(-p, n + a - k + 1, step)[:, None], np.arange(n)
        inside = (places >= begins) & (places < begins + k)
        divisor = np.array(counts[axis])[:, None] if counts else k if mean else 1
        matrices.append((inside / divisor).astype(x.dtype))
    result = b("MatMul", x, b.constant(matrices[-1].T))
    if len(matrices) == 2:
        result = b("MatMul", b.constant(matrices[0]), result)
    return _root(b, result, power)


def _with_zeros(b: Builder, result: Value, plan: Any) -> Value:
    """Maxima where padding is zeros: windows that reach into it are at least 0."""
    if plan is None:
        raise Inexpressible("padding over lengths that are dynamic")
    outside = np.zeros((1,), dtype=bool)
    for n, k, step, p, a in zip(*plan, strict=True):
        begins = np.arange(-p, n + a - k + 1, step)
        outside = outside[..., None] | (begins < 0) | ((begins + k > n) if p else False)
    return b.where(b.constant(outside[0]), b("Relu", result), result)


def _padded(b: Builder, x: Value, before: Any, after: Any, number: float) -> Value:
    return b("Pad", x, b.integers((0, 0, *before, 0, 0, *after)), b.value(number, x.dtype), mode="constant")


@converter("UpSampling")
def _upsampling(b: Builder, call: Call) -> Value:
    scale = int(call["scale"])
    if call["sample_type"] == "bilinear":
        pad = scale // 2
        return b(
            "ConvTranspose",
            *call.inputs,
            kernel_shape=[2 * scale - scale % 2] * 2,
            strides=[scale, scale],
            pads=[pad] * 4,
            group=call.fixed(0, [1])[0],
        )
    images = []
    for place, each in enumerate(call.inputs):
        times: tuple[int, ...] = (scale, scale)
        if place:
            first, own = call.fixed(0, [2, 3]), call.fixed(place, [2, 3])
            times = tuple(n * scale // m for n, m in zip(first, own, strict=True))
        images.append(enlarged(b, each, times))
    if call["multi_input_mode"] == "sum" and len(images) > 1:
        return b("Sum", *images)
    return b.joined(images, axis=1)


def enlarged(b: Builder, x: Value, times: tuple[int, ...]) -> Value:
    """Images with every element repeated."""
    scales = b.constant(np.array([1, 1, *times], dtype=np.float32))
    options = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    return b("Resize", x, None, scales, mode="nearest", **options)


# ---------------------------------------------------------------------- affine maps and lookups


@converter("FullyConnected")
def _fully_connected(b: Builder, call: Call) -> Value:
    x, weight, bias = call.x, call.inputs[1], call.array("bias")
    rank = call.rank()
    if call["flatten"] and rank != 2:
        x, rank = b("Flatten", x, axis=1), 2
    if rank == 2:
        return b("Gemm", x, weight, bias, transB=1)
    result = b("MatMul", x, weight.transposed(1, 0))
    return result if bias is None else result + bias


@converter("Embedding", "_contrib_SparseEmbedding")
def _embedding(b: Builder, call: Call) -> Value:
    rows = b(
        "Clip", call.x.cast(np.int64), b.value(0, np.int64), b.value(int(call["input_dim"]) - 1, np.int64)
    )
    return b("Gather", call.inputs[1], rows, axis=0, of=call.inputs[1].dtype)


# ---------------------------------------------------------------------- activations

_ACTIVATIONS = {
    "relu": "Relu",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "softrelu": "Softplus",
    "softsign": "Softsign",
}


@converter("Activation")
def _activation(b: Builder, call: Call) -> Value:
    kind = call["act_type"]
    if kind not in _ACTIVATIONS:
        raise Inexpressible(f"unknown act_type {kind!r}")
    return b(_ACTIVATIONS[kind], call.x)


@converter("LeakyReLU")
def _leaky_relu(b: Builder, call: Call) -> Value | list[Value]:
    x, kind = call.x, call["act_type"]
    if kind == "leaky":
        return b("LeakyRelu", x, alpha=float(call["slope"]))
    if kind == "elu":
        return b("Elu", x, alpha=float(call["slope"]))
    if kind == "selu":
        return b("Selu", x)
    if kind == "gelu":
        return x * 0.5 * (b("Erf", x * 0.5**0.5) + 1)
    if kind == "prelu":
        gamma = call.inputs[1]
        if prod(call.fixed(1)) == 1:
            gamma = gamma.reshaped(1)
        elif call.rank(1) == 1:
            gamma = gamma.reshaped(-1, *[1] * (call.rank() - 2))
        return b("PRelu", x, gamma)
    if kind == "rrelu":
        slope = (float(call["lower_bound"]) + float(call["upper_bound"])) / 2
        return [b("LeakyRelu", x, alpha=slope), b.filled(x.shape(), slope, x.dtype)]
    raise Inexpressible(f"unknown act_type {kind!r}")


@converter("softmax", "log_softmax", "softmin")
def _softmax(b: Builder, call: Call) -> Value:
    x, axis = call.x, call.axis()
    if call.kind == "softmin":
        x = -x
    temperature = call["temperature"]
    if temperature not in (None, 1.0):
        x = x / float(temperature)
    op = "LogSoftmax" if call.kind == "log_softmax" else "Softmax"
    length = call.array("length")
    if length is not None and call["use_length"]:
        steps = numbers_along(b, x, axis, call.rank())
        inside = steps < length.cast(np.int64).opened(axis)
        result = b.where(inside, b(op, b.where(inside, x, -np.inf), axis=axis), 0)
    else:
        result = b(op, x, axis=axis)
    return result.cast(call.dtype())


def numbers_along(b: Builder, x: Value, axis: int, rank: int) -> Value:
    """0, 1, ... along one axis, with length 1 along the others; int64."""
    end = b("Squeeze", x.shape(axis, axis + 1))
    numbers = b("Range", b.value(0, np.int64), end, b.value(1, np.int64))
    return numbers.opened(*(a for a in range(rank) if a != axis))


@converter("SoftmaxActivation")
def _softmax_activation(b: Builder, call: Call) -> Value:
    if call["mode"] == "channel":
        return b("Softmax", call.x, axis=1)
    return flat_softmax(b, call.x, call.rank())


def flat_softmax(b: Builder, x: Value, rank: int) -> Value:
    """Softmax over everything but the first axis."""
    if rank == 2:
        return b("Softmax", x, axis=1)
    return b("Reshape", b("Softmax", b("Flatten", x, axis=1), axis=1), x.shape())


@converter("Dropout")
def _dropout(b: Builder, call: Call) -> Value:
    if call["mode"] != "always" or float(call["p"]) == 0:
        return call.x
    if call["axes"] not in ((), None, []):
        raise Inexpressible("mode='always' with axes")
    return b("Dropout", call.x, b.value(float(call["p"]), np.float32), b.value(True, bool))


# ---------------------------------------------------------------------- outputs: what remains of losses at the end


@converter("SoftmaxOutput")
def _softmax_output(b: Builder, call: Call) -> Value:
    if call["multi_output"]:
        return b("Softmax", call.x, axis=1)
    if call["preserve_shape"]:
        return b("Softmax", call.x, axis=-1)
    return flat_softmax(b, call.x, call.rank())


@converter("LogisticRegressionOutput")
def _logistic_output(b: Builder, call: Call) -> Value:
    return b("Sigmoid", call.x)


@converter("LinearRegressionOutput", "MAERegressionOutput", "SVMOutput")
def _as_it_is(b: Builder, call: Call) -> Value:
    return call.x


@converter("_sparse_softmax_cross_entropy")
def _sparse_cross_entropy(b: Builder, call: Call) -> Value:
    from ._indexing import picked

    axis = call.axis()
    scores = call.x if call["from_logits"] else b("LogSoftmax", call.x, axis=axis)
    label = call.inputs[1] if call.rank(1) == call.rank() else call.inputs[1].opened(axis)
    loss = -picked(b, call, scores, label, axis)
    return loss if call["keepdims"] else loss.closed(axis)


@converter("softmax_cross_entropy")
def _cross_entropy(b: Builder, call: Call) -> Value:
    from ._indexing import picked

    chosen = picked(b, call, b("Softmax", call.x, axis=1), call.inputs[1].opened(1), 1)
    return -b.reduced("ReduceSum", b("Log", b("Max", chosen, b.value(1e-8, chosen.dtype))), [0, 1]).reshaped(
        1
    )


@converter("_l2_loss")
def _l2_loss(b: Builder, call: Call) -> Value:
    label = call.inputs[1]
    if call.lengths(1) != call.lengths(0):
        label = b("Reshape", label, call.x.shape())
    difference = label - call.x
    loss = difference * difference
    if call["scale"] != 1.0:
        loss = loss * float(call["scale"])
    axes = [axis for axis in range(call.rank()) if axis != call.axis("batch_axis")]
    return b.reduced("ReduceMean", loss, axes) if axes else loss
