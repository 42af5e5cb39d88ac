"""Activations, softmax and dropout."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F

from ..dtype import name as dtype_name
from ..dtype import to_torch
from .registry import Direct, OperatorError, operator
from .shape import _axis

Tensor = torch.Tensor

_ACTIVATIONS = {
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "softrelu": lambda x: F.softplus(x, threshold=30.0),
    "softsign": lambda x: _Softsign.apply(x),
}


@operator("Activation")
def activation(data: Tensor, *, act_type: str) -> Tensor:
    """An activation function, element by element.

    ``relu``: max(x, 0); ``sigmoid``: 1 / (1 + exp(-x)); ``tanh``; ``softrelu``: log(1 + exp(x));
    ``softsign``: x / (1 + abs(x)).

    >>> from mxnet import nd
    >>> nd.Activation(nd.array([-1, 2]), act_type='relu').asnumpy().tolist()
    [0.0, 2.0]
    """
    try:
        function = _ACTIVATIONS[act_type]
    except KeyError:
        raise OperatorError(
            f"unknown act_type {act_type!r}",
            because="valid are " + ", ".join(_ACTIVATIONS),
            hint="act_type='relu'",
        ) from None
    return function(data)


_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805


class _Selu(torch.autograd.Function):
    """Below 0 the gradient is ``scale * (alpha + y)`` of the output y, as in 1.9.1.

    The derivative is ``scale * alpha + y``; networks that were trained with MXNet were trained with the former.
    """

    @staticmethod
    def forward(ctx: Any, data: Tensor) -> Tensor:
        output = F.selu(data)
        ctx.save_for_backward(data, output)
        return output

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        data, output = ctx.saved_tensors
        below = _SELU_SCALE * (_SELU_ALPHA + output)
        return gradient * torch.where(data > 0, torch.full_like(data, _SELU_SCALE), below)


class _Softsign(torch.autograd.Function):
    """``x / (1 + abs(x))``, with gradient 0 at infinity."""

    @staticmethod
    def forward(ctx: Any, data: Tensor) -> Tensor:
        ctx.save_for_backward(data)
        return F.softsign(data)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (data,) = ctx.saved_tensors
        return gradient / (1 + data.abs()).square()


@operator(
    "LeakyReLU",
    training=True,
    random=True,
    outputs=lambda attributes: 2 if attributes.get("act_type") == "rrelu" else 1,
    infer=lambda shapes, attributes: (
        {"gamma": (shapes["data"][1] if len(shapes["data"]) > 1 else 1,)} if shapes.get("data") else {}
    ),
)
def leaky_relu(
    data: Tensor,
    gamma: Tensor | None = None,
    *,
    act_type: str = "leaky",
    slope: float = 0.25,
    lower_bound: float = 0.125,
    upper_bound: float = 0.334,
    training: bool,
    generator: Any,
) -> Any:
    """The activations that let something through below 0.

    ``leaky``: slope * x; ``elu``: slope * (exp(x) - 1); ``selu``: the self-normalising elu (arXiv:1706.02515);
    ``gelu``: x * Phi(x), everywhere; ``prelu``: gamma * x, one gamma or one for each channel (axis 1);
    ``rrelu``: a slope drawn between the bounds when training, their mean otherwise (returned as second output).
    """
    if act_type == "leaky":
        return F.leaky_relu(data, slope)
    if act_type == "elu":
        return F.elu(data, slope)
    if act_type == "selu":
        return _Selu.apply(data)
    if act_type == "gelu":
        return F.gelu(data)
    if act_type == "prelu":
        if gamma is None:
            raise OperatorError("act_type='prelu' takes a second array, gamma")
        if gamma.numel() == 1:
            gamma = gamma.reshape(1)
        elif data.dim() < 2 or gamma.shape != data.shape[1:2]:
            if gamma.dim() != 1:
                return torch.where(data > 0, data, gamma * data)
            raise OperatorError(
                "gamma does not fit data",
                because=f"it has {gamma.numel()} values for data of shape {tuple(data.shape)}",
            )
        else:
            gamma = gamma.reshape(-1, *[1] * (data.dim() - 2))
        return torch.where(data > 0, data, gamma * data)
    if act_type == "rrelu":
        if training:
            slopes = generator.uniform(tuple(data.shape), lower_bound, upper_bound, data.dtype)
        else:
            slopes = torch.full_like(data, (lower_bound + upper_bound) / 2, requires_grad=False)
        return [torch.where(data > 0, data, slopes * data), slopes]
    raise OperatorError(
        f"unknown act_type {act_type!r}", because="valid are leaky, elu, selu, gelu, prelu, rrelu"
    )


def _floating(data: Tensor) -> None:
    if not data.is_floating_point():
        raise OperatorError(
            "takes floating types only", because=f"not {dtype_name(data.dtype)}", hint=".astype('float32')"
        )


def _softmax(
    function: Any,
    data: Tensor,
    axis: int,
    temperature: float | None,
    dtype: Any,
    length: Tensor | None,
    use_length: bool,
) -> Tensor:
    _floating(data)
    axis = _axis(data, axis)
    if temperature is not None and temperature != 1.0:
        data = data / temperature
    if use_length:
        if length is None:
            raise OperatorError("use_length=True, but length is missing")
        if length.is_floating_point():
            raise OperatorError("length has a whole-number type", hint="length.astype('int32')")
        steps = torch.arange(data.shape[axis], device=data.device)
        steps = steps.reshape(-1, *[1] * (data.dim() - axis - 1))
        inside = steps < length.unsqueeze(axis)
        data = data.masked_fill(~inside, float("-inf"))
        result = torch.where(
            inside, function(data, axis), torch.zeros((), dtype=data.dtype, device=data.device)
        )
    else:
        result = function(data, axis)
    return result if dtype is None else result.to(to_torch(dtype))


_SOFTMAX = Direct(
    "length is None and axis == -1 and temperature is None and dtype is None and data.is_floating_point()",
    "torch_softmax(data, -1)",
    torch_softmax=torch.softmax,
)
_LOG_SOFTMAX = Direct(
    "axis == -1 and temperature is None and dtype is None and data.is_floating_point()",
    "torch_log_softmax(data, -1)",
    torch_log_softmax=torch.log_softmax,
)


@operator("softmax", method="softmax", direct=_SOFTMAX)
def softmax(
    data: Tensor,
    length: Tensor | None = None,
    *,
    axis: int = -1,
    temperature: float | None = None,
    dtype: str | None = None,
    use_length: bool = False,
) -> Tensor:
    """``exp(x / temperature)`` over its sum along ``axis``, computed without overflow.

    ``length`` (with ``use_length``) gives how many elements of each row count; the others become 0.

    >>> from mxnet import nd
    >>> nd.softmax(nd.array([1000, 1000])).asnumpy().tolist()
    [0.5, 0.5]
    """
    return _softmax(torch.softmax, data, axis, temperature, dtype, length, use_length)


@operator("log_softmax", method="log_softmax", direct=_LOG_SOFTMAX)
def log_softmax(
    data: Tensor,
    *,
    axis: int = -1,
    temperature: float | None = None,
    dtype: str | None = None,
    use_length: bool = False,
) -> Tensor:
    """The logarithm of `softmax`, computed as one: ``x - log(sum(exp(x)))``."""
    return _softmax(torch.log_softmax, data, axis, temperature, dtype, None, False)


@operator("softmin", method="softmin")
def softmin(
    data: Tensor,
    *,
    axis: int = -1,
    temperature: float | None = None,
    dtype: str | None = None,
    use_length: bool = False,
) -> Tensor:
    """`softmax` of ``-x``."""
    return _softmax(torch.softmax, -data, axis, temperature, dtype, None, False)


@operator("SoftmaxActivation")
def softmax_activation(data: Tensor, *, mode: str = "instance") -> Tensor:
    """`softmax` over everything but the first axis (``instance``) or over axis 1 (``channel``); an old form."""
    if mode == "channel":
        return torch.softmax(data, 1)
    if mode != "instance":
        raise OperatorError(f"mode is 'instance' or 'channel', not {mode!r}")
    return torch.softmax(data.reshape(data.shape[0], -1), 1).reshape(data.shape)


@operator("softmax_cross_entropy")
def softmax_cross_entropy(data: Tensor, label: Tensor) -> Tensor:
    """``-sum(log(softmax(data))[i, label[i]])`` over the batch, of shape ``(1,)``.

    Shapes: data ``(batch, classes)``, label ``(batch,)``.
    """
    if data.dim() != 2 or label.shape != data.shape[:1]:
        raise OperatorError("data is (batch, classes) and label (batch,)")
    classes = label.detach().to(torch.int64).clamp(0, data.shape[1] - 1).unsqueeze(1)
    return _SoftmaxCrossEntropy.apply(data, classes)


class _SoftmaxCrossEntropy(torch.autograd.Function):
    """The value takes no probability for less than 1e-8, the gradient is ``softmax(x) - one_hot(label)`` throughout."""

    @staticmethod
    def forward(ctx: Any, data: Tensor, classes: Tensor) -> Tensor:
        probabilities = torch.softmax(data, 1)
        ctx.save_for_backward(data, probabilities, classes)
        return -probabilities.gather(1, classes).clamp(min=1e-8).log().sum().reshape(1)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:
        data, probabilities, classes = ctx.saved_tensors
        if torch.is_grad_enabled():  # for a second gradient the way from data to them is on the tape
            probabilities = torch.softmax(data, 1)
        ones = torch.ones_like(classes, dtype=probabilities.dtype)
        return gradient * probabilities.scatter_add(1, classes, -ones), None


@operator("Dropout", training=True, random=True)
def dropout(
    data: Tensor,
    *,
    p: float = 0.5,
    mode: str = "training",
    axes: tuple[int, ...] = (),
    cudnn_off: bool = False,
    training: bool,
    generator: Any,
) -> Tensor:
    """Set elements to 0 with probability ``p`` and divide the others by ``1 - p``; a copy when predicting.

    Parameters
    ----------
    mode : ``'training'`` drops in training mode only, ``'always'`` also when predicting.
    axes : axes along which one decision is shared.

    Source: Srivastava et al., Dropout (2014).
    """
    if not 0 <= p <= 1:
        raise OperatorError(
            f"p={p} is no probability", because="p is the fraction that is dropped, from 0 to 1"
        )
    if mode not in ("training", "always"):
        raise OperatorError(f"mode is 'training' or 'always', not {mode!r}")
    if p == 0 or not (training or mode == "always"):
        return data.clone()
    keep = 1.0 - p
    shape = list(data.shape)
    for each in (axes,) if isinstance(axes, int) else axes:
        shape[_axis(data, each)] = 1
    if keep == 0:
        return data * 0
    mask = generator.dropout_mask(tuple(shape), keep).to(data.dtype).mul_(1.0 / keep)
    return data * mask
