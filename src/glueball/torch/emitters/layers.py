"""Layers with weights, pooling, normalisation, activations and dropout."""

from __future__ import annotations

import torch

from glueball.torch.emitters.table import (
    Call,
    Layer,
    Unwritten,
    Written,
    arguments,
    dtype_text,
    emits,
    lengths,
    literal,
)
from mxnet.ops.windows import Window, window

__all__: list[str] = []

_LAST = ("NWC", "NHWC", "NDHWC")


def _typed(call: Call, array: str = "weight") -> str | None:
    """The argument ``dtype`` of a layer, where it is not PyTorch's default."""
    dtype = call.values[call.places[array]].dtype
    return None if dtype in (None, torch.float32) else str(dtype)


def _with_bias(call: Call, **others: str) -> dict[str, int]:
    names = {"weight": "weight", **({"bias": "bias"} if call.has("bias") else {}), **others}
    return {own: call.places[array] for own, array in names.items()}


# ---------------------------------------------------------------------- weights


@emits("FullyConnected")
def fully_connected(call: Call) -> Written:
    data = "@0"
    if call["flatten"] and call.rank() != 2:
        data = "@0.reshape(-1, 1)" if call.rank() == 1 else "@0.flatten(1)"
    weights = [call.text(name) for name in ("weight", "bias") if call.has(name)]
    code = f"F.linear({', '.join([data, *weights])})"
    shape = call.shape("weight")
    if shape is None:
        return Written(code)
    bias = None if call.has("bias") else "False"
    made = arguments(str(shape[1]), str(shape[0]), bias=bias, dtype=_typed(call))
    return Written(code, Layer(f"nn.Linear({made})", _with_bias(call), f"{{layer}}({data})"))


def _windowed(call: Call) -> tuple[Window, dict[str, str | None], bool]:
    """The window of a convolution, its arguments where they are not the default, and whether channels stand last."""
    sliding = window(call["kernel"], call["stride"], call["dilate"], call["pad"])
    named = {
        "stride": (sliding.steps, 1),
        "padding": (sliding.padding, 0),
        "dilation": (sliding.holes, 1),
        "groups": ((call["num_group"],), 1),
    }
    texts = {name: lengths(v) if set(v) != {default} else None for name, (v, default) in named.items()}
    return sliding, texts, str(call["layout"]) in _LAST


def _in_layout(code: str, last: bool) -> str:
    return f"{code}.movedim(1, -1)" if last else code


@emits("Convolution")
def convolution(call: Call) -> Written:
    sliding, named, last = _windowed(call)
    rank = len(sliding.kernel)
    weights = [call.text(name) for name in ("weight", "bias") if call.has(name)]
    data = "@0"
    if last:
        data, weights[0] = "@0.movedim(-1, 1)", f"{weights[0]}.movedim(-1, 1)"
    code = _in_layout(f"F.conv{rank}d({arguments(data, *weights, **named)})", last)
    shape = call.shape("weight")
    if last or shape is None:
        return Written(code)
    filters, channels = shape[:2]
    made = arguments(
        str(channels * call["num_group"]),
        str(filters),
        lengths(sliding.kernel),
        **named,
        bias=None if call.has("bias") else "False",
        dtype=_typed(call),
    )
    return Written(code, Layer(f"nn.Conv{rank}d({made})", _with_bias(call)))


@emits("Deconvolution")
def deconvolution(call: Call) -> Written:
    sliding, named, last = _windowed(call)
    rank = len(sliding.kernel)
    if any(call["target_shape"] or ()):
        raise Unwritten("target_shape makes its padding depend on its input")
    adj = (call["adj"],) if isinstance(call["adj"], int) else tuple(call["adj"])
    order = ("stride", "padding", "output_padding", "groups", "dilation")
    named["output_padding"] = lengths(adj) if any(adj) else None
    named = {name: named[name] for name in order}
    weights = [call.text(name) for name in ("weight", "bias") if call.has(name)]
    data = "@0"
    if last:
        data, weights[0] = "@0.movedim(-1, 1)", f"{weights[0]}.movedim(-1, 1)"
    code = _in_layout(f"F.conv_transpose{rank}d({arguments(data, *weights, **named)})", last)
    shape = call.shape("weight")
    if last or shape is None:
        return Written(code)
    channels, filters = shape[:2]
    made = arguments(
        str(channels),
        str(filters * call["num_group"]),
        lengths(sliding.kernel),
        **named,
        bias=None if call.has("bias") else "False",
        dtype=_typed(call),
    )
    return Written(code, Layer(f"nn.ConvTranspose{rank}d({made})", _with_bias(call)))


@emits("Embedding", "_contrib_SparseEmbedding")
def embedding(call: Call) -> Written:
    rows, width = call["input_dim"], call["output_dim"]
    index = f"@0.long().clamp(0, {rows - 1})"  # as in MXNet, where other indices are the nearest row
    made = arguments(str(rows), str(width), dtype=_typed(call))
    return Written(
        f"F.embedding({index}, {call.text('weight')})",
        Layer(f"nn.Embedding({made})", {"weight": call.places["weight"]}, f"{{layer}}({index})"),
    )


# ---------------------------------------------------------------------- pooling


@emits("Pooling")
def pooling(call: Call) -> str:
    kernel = (call["kernel"],) if isinstance(call["kernel"], int) else tuple(call["kernel"])
    last, kind = str(call["layout"]) in _LAST, call["pool_type"]
    data = "@0.movedim(-1, 1)" if last else "@0"
    if call["global_pool"]:
        rank = len(kernel) or (call.known_rank() - 2)
        return _in_layout(_pooled_whole(call, kind, data, rank), last)
    if call["pooling_convention"] == "same":
        raise Unwritten("pooling_convention='same' pads as its input demands")
    sliding = window(kernel, call["stride"], (), call["pad"])
    rank, named = len(kernel), {"stride": lengths(sliding.steps)}
    if any(p > k // 2 for p, k in zip(sliding.padding, kernel, strict=True)):
        raise Unwritten("it pads more than half a window, which PyTorch does not")
    if any(sliding.padding):
        named["padding"] = lengths(sliding.padding)
    if call["pooling_convention"] == "full":
        windows = zip(sliding.padding, sliding.steps, kernel, strict=True)
        if any(p + s > k for p, s, k in windows):
            raise Unwritten("with pooling_convention='full' its last window may lie behind its input")
        named["ceil_mode"] = "True"
    if kind == "avg" and call["count_include_pad"] is False and any(sliding.padding):
        named["count_include_pad"] = "False"
    if kind == "max" or kind == "avg":
        return _in_layout(f"F.{kind}_pool{rank}d({arguments(data, lengths(kernel), **named)})", last)
    if kind == "sum" and rank > 1:
        return _in_layout(
            f"F.avg_pool{rank}d({arguments(data, lengths(kernel), **named, divisor_override='1')})", last
        )
    raise Unwritten(f"pool_type={kind!r} has no equal in PyTorch")


def _pooled_whole(call: Call, kind: str, data: str, rank: int) -> str:
    axes = literal(tuple(range(2, rank + 2)) if rank > 1 else 2)
    if kind == "avg":
        return f"{data}.mean({axes}, keepdim=True)"
    if kind == "sum":
        return f"{data}.sum({axes}, keepdim=True)"
    if kind == "max":
        return f"F.adaptive_max_pool{rank}d({data}, 1)"
    raise Unwritten(f"pool_type={kind!r} has no equal in PyTorch")


@emits("_contrib_AdaptiveAvgPooling2D")
def adaptive_pooling(call: Call) -> str:
    size = call["output_size"]
    size = (size,) if isinstance(size, int) else tuple(size) or (1,)
    return f"F.adaptive_avg_pool2d(@0, {lengths(size)})"


@emits("UpSampling")
def upsampling(call: Call) -> str:
    scale = call["scale"]
    if call["sample_type"] == "nearest" and len(call.values) == 1:
        return f'F.interpolate(@0, scale_factor={scale}, mode="nearest")'
    if call["sample_type"] == "bilinear" and len(call.values) == 2:
        named = arguments("@0", "@1", stride=str(scale), padding=str(scale // 2), groups="@1.shape[0]")
        return f"F.conv_transpose2d({named})"
    raise Unwritten("several arrays are put together behind it")


@emits("_contrib_BilinearResize2D")
def bilinear_resize(call: Call) -> str:
    corners = f'mode="bilinear", align_corners={call["align_corners"]}'
    if call["mode"] == "like":
        return f"F.interpolate(@0, @1.shape[2:], {corners})"
    if call["mode"] != "size" or call["scale_height"] is not None:
        raise Unwritten("its new size depends on the old one")
    return f"F.interpolate(@0, ({call['height']}, {call['width']}), {corners})"


# ---------------------------------------------------------------------- normalisation


@emits("BatchNorm", "_contrib_SyncBatchNorm", "_contrib_BatchNormWithReLU")
def batch_norm(call: Call) -> Written:
    if call.wanted != {0}:
        raise Unwritten("the mean and variance of the batch are used outside of it")
    names = ("gamma", "beta", "moving_mean", "moving_var")
    gamma, *rest = (call.text(name) for name in names)
    if call["fix_gamma"]:
        gamma = "None"
    training = "False" if call["use_global_stats"] else "self.training"
    axis = call.options.get("axis", 1)
    momentum, eps = literal(call["momentum"]), literal(call["eps"])
    chosen = {"axis": None if axis == 1 else str(axis)}
    if call.rank() == 1:
        raise Unwritten("its input has one axis")
    shape = call.shape("gamma")
    made = arguments(
        str(shape[0] if shape else 0),
        momentum=None if call["momentum"] == 0.9 else momentum,
        eps=None if call["eps"] == 1e-5 else eps,
        **chosen,
        fix_gamma="True" if call["fix_gamma"] else None,
        use_global_stats="True" if call["use_global_stats"] else None,
        dtype=_typed(call, "gamma"),
    )
    own = zip(("gamma", "beta", "running_mean", "running_var"), names, strict=True)
    code = f"batch_norm({arguments('@0', gamma, *rest, training, momentum, eps, **chosen)})"
    layer = Layer(f"BatchNorm({made})", {mine: call.places[name] for mine, name in own})
    if call.kind == "_contrib_BatchNormWithReLU":
        code = f"torch.relu({code})"
        layer = Layer(layer.made, layer.own, "torch.relu({layer}(@0))")
    return Written(code, layer if shape else None)


@emits("LayerNorm")
def layer_norm(call: Call) -> str:
    if call.wanted != {0}:
        raise Unwritten("its mean and deviation are used outside of it")
    axis, shape = call["axis"], call.shape("gamma")
    more = f"{literal(shape) if shape else '@1.shape'}, @1, @2, {literal(call['eps'])}"
    if axis != -1 and axis != (call.rank() or 0) - 1:
        return f"F.layer_norm(@0.movedim({axis}, -1), {more}).movedim(-1, {axis})"
    return f"F.layer_norm(@0, {more})"


@emits("InstanceNorm")
def instance_norm(call: Call) -> str:
    return f"F.instance_norm(@0, weight=@1, bias=@2, eps={literal(call['eps'])})"


@emits("GroupNorm")
def group_norm(call: Call) -> str:
    if call.wanted != {0}:
        raise Unwritten("its mean and deviation are used outside of it")
    groups, eps = call["num_groups"], literal(call["eps"])
    if groups == 1:  # one gamma and one beta for all channels
        return f"F.group_norm(@0, 1, eps={eps}) * @1 + @2"
    # PyTorch has a gamma and a beta for each channel, MXNet for each group
    each = f"@0.shape[1] // {groups}"
    return f"F.group_norm(@0, {groups}, @1.repeat_interleave({each}), @2.repeat_interleave({each}), {eps})"


@emits("LRN")
def lrn(call: Call) -> str:
    size = call["nsize"] - (call["nsize"] + 1) % 2
    alpha = call["alpha"] * size / call["nsize"]
    return f"F.local_response_norm(@0, {size}, {literal(alpha)}, {literal(call['beta'])}, {literal(call['knorm'])})"


@emits("L2Normalization")
def l2_normalization(call: Call) -> str:
    if call["mode"] == "channel":
        axes = "1"
    elif call.rank() is None:
        axes = f"tuple(range({1 if call['mode'] == 'instance' else 2}, @0.dim()))"
    else:
        axes = literal(tuple(range(1 if call["mode"] == "instance" else 2, call.known_rank())))
    return f"@0 / (@0.square().sum({axes}, keepdim=True) + {literal(call['eps'])}).sqrt()"


# ---------------------------------------------------------------------- activations

_ACTIVATIONS = {
    "relu": "torch.relu(@0)",
    "sigmoid": "torch.sigmoid(@0)",
    "tanh": "torch.tanh(@0)",
    "softrelu": "F.softplus(@0, threshold=30)",
    "softsign": "F.softsign(@0)",
}


@emits("Activation")
def activation(call: Call) -> str:
    return _ACTIVATIONS[call["act_type"]]


@emits("LeakyReLU")
def leaky_relu(call: Call) -> Written:
    kind, slope = call["act_type"], literal(call["slope"])
    if call.wanted != {0}:
        raise Unwritten("the slopes that it draws are used outside of it")
    bounds = f"{literal(call['lower_bound'])}, {literal(call['upper_bound'])}"
    codes = {
        "leaky": f"F.leaky_relu(@0, {slope})",
        "elu": f"F.elu(@0, {slope})",
        "selu": "Selu.apply(@0)",
        "gelu": "F.gelu(@0)",
        "prelu": "prelu(@0, @1)",
        "rrelu": f"F.rrelu(@0, {bounds}, self.training)",
    }
    return Written(codes[kind])


@emits("softmax", "log_softmax", "softmin")
def softmax(call: Call) -> str:
    axis, temperature = call["axis"], call["temperature"]
    data = "@0" if temperature in (None, 1.0) else f"@0 / {literal(temperature)}"
    if call["use_length"] and call.kind == "softmax":
        code = f"masked_softmax({data}, @1, {axis})"
    elif call.kind == "softmin":
        negative = "-@0" if data == "@0" else f"-({data})"
        code = f"torch.softmax({negative}, {axis})"
    else:
        code = f"torch.{call.kind}({data}, {axis})"
    dtype = call["dtype"]
    return code if dtype in (None, "None") else f"{code}.to({dtype_text(dtype)})"


@emits("SoftmaxActivation")
def softmax_activation(call: Call) -> str:
    if call["mode"] == "channel" or call.rank() == 2:
        return "torch.softmax(@0, 1)"
    return "torch.softmax(@0.flatten(1), 1).reshape(@0.shape)"


@emits("Dropout")
def dropout(call: Call) -> str:
    p, axes = literal(call["p"]), call["axes"]
    training = "self.training" if call["mode"] == "training" else "True"
    if call["p"] == 0:
        return "@0"
    if axes not in ((), None):
        axes = (axes,) if isinstance(axes, int) else tuple(axes)
        return f"dropout(@0, {p}, {literal(axes)}, {training})"
    return f"F.dropout(@0, {p}, {training})"


# ---------------------------------------------------------------------- ends of networks


@emits("SoftmaxOutput")
def softmax_output(call: Call) -> str:
    _without_label(call)
    if call["multi_output"]:
        return "torch.softmax(@0, 1)"
    if call["preserve_shape"]:
        return "torch.softmax(@0, -1)"
    if call.rank() == 2:
        return "torch.softmax(@0, 1)"
    return "torch.softmax(@0.flatten(1), 1).reshape(@0.shape)"


@emits("LinearRegressionOutput", "MAERegressionOutput", "SVMOutput")
def value_output(call: Call) -> str:
    _without_label(call)
    return "@0"


@emits("LogisticRegressionOutput")
def logistic_output(call: Call) -> str:
    _without_label(call)
    return "torch.sigmoid(@0)"


def _without_label(call: Call) -> None:
    """With a label these calls have a gradient of their own, which no function of PyTorch has."""
    if call.has("label"):
        raise Unwritten("its gradient is that of a loss; without its label as an input it only predicts")


@emits("CTCLoss")
def ctc_loss(call: Call) -> str:
    if call.wanted != {0}:
        raise Unwritten("its gradient is an output here")
    arrays = [call.text("data"), call.text("label")]
    named = {
        "steps": call.text("data_lengths") if call["use_data_lengths"] else None,
        "counts": call.text("label_lengths") if call["use_label_lengths"] else None,
        "blank_first": None if call["blank_label"] == "first" else "False",
    }
    return f"ctc_loss({arguments(*arrays, **named)})"
