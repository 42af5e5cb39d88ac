"""Small operators of ``nd.contrib``: attention products, straight-through gradients, index helpers, transforms."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F

from .registry import OperatorError, operator
from .shape import _axis

Tensor = torch.Tensor


def contrib(name: str, *others: str, **facts: Any) -> Any:
    """Register ``nd.contrib.<name>``, also under other names; symbol files call it ``_contrib_<name>``."""
    aliases = [f"contrib.{other}" for other in others] + [f"_contrib_{each}" for each in (name, *others)]
    return operator(f"contrib.{name}", aliases=aliases, **facts)


# ---------------------------------------------------------------------- attention


@contrib("interleaved_matmul_selfatt_qk")
def selfatt_qk(queries_keys_values: Tensor, *, heads: int) -> Tensor:
    """``Q K^T / sqrt(d)`` for each head, out of interleaved projections.

    Shapes: input ``(length, batch, heads * 3 * d)``; result ``(batch * heads, length, length)``.
    """
    query, key, _ = _interleaved(queries_keys_values, heads, 3)
    return torch.bmm(query / math.sqrt(query.shape[-1]), key.transpose(1, 2))


@contrib("interleaved_matmul_selfatt_valatt")
def selfatt_valatt(queries_keys_values: Tensor, attention: Tensor, *, heads: int) -> Tensor:
    """``attention V`` for each head: input as in ``selfatt_qk``, result ``(length, batch, heads * d)``."""
    value = _interleaved(queries_keys_values, heads, 3)[2]
    return _joined(torch.bmm(attention, value), heads)


@contrib("interleaved_matmul_encdec_qk")
def encdec_qk(queries: Tensor, keys_values: Tensor, *, heads: int) -> Tensor:
    """``Q K^T / sqrt(d)``: queries ``(n, batch, heads * d)``, keys and values ``(m, batch, heads * 2 * d)``."""
    (query,) = _interleaved(queries, heads, 1)
    key, _ = _interleaved(keys_values, heads, 2)
    return torch.bmm(query / math.sqrt(query.shape[-1]), key.transpose(1, 2))


@contrib("interleaved_matmul_encdec_valatt")
def encdec_valatt(keys_values: Tensor, attention: Tensor, *, heads: int) -> Tensor:
    """``attention V``: keys and values ``(m, batch, heads * 2 * d)``, result ``(n, batch, heads * d)``."""
    return _joined(torch.bmm(attention, _interleaved(keys_values, heads, 2)[1]), heads)


def _interleaved(projections: Tensor, heads: int, parts: int) -> tuple[Tensor, ...]:
    """``(length, batch, heads * parts * d)`` as ``parts`` tensors ``(batch * heads, length, d)``."""
    if projections.dim() != 3 or heads < 1 or projections.shape[2] % (heads * parts):
        raise OperatorError(
            f"projections do not divide into {heads} heads",
            because=f"the input is (length, batch, heads * {parts} * d)",
        )
    length, batch, width = projections.shape
    split = projections.reshape(length, batch * heads, parts, width // (heads * parts))
    return tuple(split[:, :, part].transpose(0, 1) for part in range(parts))


def _joined(values: Tensor, heads: int) -> Tensor:
    rows, length, d = values.shape
    return values.transpose(0, 1).reshape(length, rows // heads, heads * d).contiguous()


@contrib("div_sqrt_dim")
def div_sqrt_dim(data: Tensor) -> Tensor:
    """``x / sqrt(length of the last axis)``."""
    return data / math.sqrt(data.shape[-1])


# ---------------------------------------------------------------------- gradients of their own


class _ScaledGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, data: Tensor, scale: float) -> Tensor:
        ctx.scale = scale
        return data.clone()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:
        return gradient * ctx.scale, None


@contrib("gradientmultiplier")
def gradientmultiplier(data: Tensor, *, scalar: float = 1.0, is_int: bool = True) -> Tensor:
    """The input itself, with its gradient multiplied by ``scalar`` (negative: gradient reversal)."""
    return _ScaledGradient.apply(data, scalar)


class _StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, data: Tensor, function: Any) -> Tensor:
        return function(data)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:
        return gradient, None


@contrib("round_ste")
def round_ste(data: Tensor) -> Tensor:
    """Round to the nearest whole number, halves away from 0; the gradient passes as if nothing had happened."""
    return _StraightThrough.apply(data, lambda x: torch.trunc(x + torch.copysign(torch.full_like(x, 0.5), x)))


@contrib("sign_ste")
def sign_ste(data: Tensor) -> Tensor:
    """-1, 0 or 1; the gradient passes as if nothing had happened."""
    return _StraightThrough.apply(data, torch.sign)


@contrib("quadratic")
def quadratic(data: Tensor, *, a: float = 0.0, b: float = 0.0, c: float = 0.0) -> Tensor:
    """``a x^2 + b x + c``."""
    return a * data * data + b * data + c


# ---------------------------------------------------------------------- indices and masks


@contrib("boolean_mask")
def boolean_mask(data: Tensor, index: Tensor, *, axis: int = 0) -> Tensor:
    """The slices along ``axis`` whose ``index`` is not 0. Differs from 1.9.1: any axis."""
    axis = _axis(data, axis)
    if index.dim() != 1 or index.shape[0] != data.shape[axis]:
        raise OperatorError(
            "index does not fit data", because=f"it has one value for each of {data.shape[axis]} slices"
        )
    return data.index_select(axis, torch.nonzero(index.detach()).reshape(-1))


@contrib("index_copy")
def index_copy(old_tensor: Tensor, index_vector: Tensor, new_tensor: Tensor) -> Tensor:
    """``old_tensor`` with its rows at ``index_vector`` replaced by the rows of ``new_tensor``."""
    rows = index_vector.detach().to(torch.int64)
    if rows.numel() and (int(rows.min()) < 0 or int(rows.max()) >= old_tensor.shape[0]):
        raise OperatorError("a row is not there", because=f"rows go from 0 to {old_tensor.shape[0] - 1}")
    return old_tensor.index_copy(0, rows, new_tensor)


@contrib("index_array", differentiable=False)
def index_array(data: Tensor, *, axes: tuple[int, ...] | None = None) -> Tensor:
    """For every element its own indices (int64), along ``axes`` or all: shape ``(*data.shape, number of axes)``."""
    chosen = range(data.dim()) if axes is None else [_axis(data, a) for a in axes]
    grids = [
        torch.arange(data.shape[a], device=data.device).reshape(
            [-1 if d == a else 1 for d in range(data.dim())]
        )
        for a in chosen
    ]
    return torch.stack([grid.expand(data.shape) for grid in grids], dim=-1)


@contrib("arange_like", differentiable=False)
def arange_like(
    data: Tensor,
    *,
    start: float = 0.0,
    step: float = 1.0,
    repeat: int = 1,
    ctx: Any = None,
    axis: int | None = None,
) -> Tensor:
    """``start, start + step, ...`` in the shape of ``data``, or as long as its ``axis``; each ``repeat`` times."""
    if repeat < 1:
        raise OperatorError("repeat is at least 1")
    count = data.numel() if axis is None else data.shape[_axis(data, axis)]
    numbers = torch.arange(-(-count // repeat), device=data.device, dtype=torch.float64) * step + start
    numbers = numbers.repeat_interleave(repeat)[:count].to(data.dtype)
    return numbers.reshape(data.shape) if axis is None else numbers


@contrib("allclose", differentiable=False)
def allclose(
    a: Tensor, b: Tensor, *, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = True
) -> Tensor:
    """1 if ``abs(a - b) <= atol + rtol * abs(b)`` everywhere, else 0: a uint8 array without axes."""
    same = torch.allclose(a, b.to(a.dtype), rtol=rtol, atol=atol, equal_nan=equal_nan)
    return torch.tensor(int(same), dtype=torch.uint8, device=a.device)


# ---------------------------------------------------------------------- transforms


@contrib("fft")
def fft(data: Tensor, *, compute_size: int = 128) -> Tensor:
    """Discrete Fourier transform along the last axis: ``(..., d) -> (..., 2 d)``, real and imaginary part in turn.

    Differs from 1.9.1, which has it on GPUs alone.
    """
    return torch.view_as_real(torch.fft.fft(data)).flatten(-2).contiguous()


@contrib("ifft")
def ifft(data: Tensor, *, compute_size: int = 128) -> Tensor:
    """Inverse of `fft` without the division by d: ``(..., 2 d) -> (..., d)``, the real part."""
    if data.shape[-1] % 2:
        raise OperatorError(
            "the last axis holds real and imaginary parts in turn", because="its length is even"
        )
    pairs = data.reshape(*data.shape[:-1], -1, 2)
    return (torch.fft.ifft(torch.complex(pairs[..., 0], pairs[..., 1])).real * pairs.shape[-2]).contiguous()


@contrib("count_sketch")
def count_sketch(
    data: Tensor, h: Tensor, s: Tensor, *, out_dim: int, processing_batch_size: int = 32
) -> Tensor:
    """``out[:, h[i]] += s[i] * data[:, i]``: a random projection to ``out_dim`` columns.

    Differs from 1.9.1, which has it on GPUs alone. Source: Pham and Pagh, Fast and scalable polynomial kernels (2013).
    """
    places = h.detach().reshape(-1).to(torch.int64)
    if places.numel() != data.shape[-1] or s.numel() != data.shape[-1]:
        raise OperatorError("h and s have one value for each column of data")
    if places.numel() and (int(places.min()) < 0 or int(places.max()) >= out_dim):
        raise OperatorError(f"h holds column numbers from 0 to {out_dim - 1}")
    rows = data.reshape(-1, data.shape[-1])
    result = rows.new_zeros((rows.shape[0], out_dim)).index_add(1, places, rows * s.reshape(1, -1))
    return result.reshape(*data.shape[:-1], out_dim)


# ---------------------------------------------------------------------- images


@contrib("AdaptiveAvgPooling2D")
def adaptive_avg_pooling(data: Tensor, *, output_size: int | tuple[int, ...] = ()) -> Tensor:
    """Averages over regions, so that the result has ``output_size``: ``(n, c, h, w) -> (n, c, *output_size)``."""
    size = (output_size,) if isinstance(output_size, int) else tuple(output_size) or (1,)
    height, width = size * 2 if len(size) == 1 else size
    return F.adaptive_avg_pool2d(data, (height, width))


@contrib("BilinearResize2D")
def bilinear_resize(
    data: Tensor,
    like: Tensor | None = None,
    *,
    height: int = 1,
    width: int = 1,
    scale_height: float | None = None,
    scale_width: float | None = None,
    mode: str = "size",
    align_corners: bool = True,
) -> Tensor:
    """Resize ``(n, c, h, w)`` by linear interpolation in both directions.

    ``mode`` says which size: ``size`` (``height``, ``width``, or the scales), ``odd_scale`` (the scales, made odd),
    ``like`` (that of the second array), ``to_even_down``, ``to_even_up``, ``to_odd_down``, ``to_odd_up``.

    >>> from mxnet import nd
    >>> x = nd.array([[[[0, 1], [2, 3]]]])
    >>> nd.contrib.BilinearResize2D(x, height=2, width=3)[0, 0].asnumpy().tolist()
    [[0.0, 0.5, 1.0], [2.0, 2.5, 3.0]]
    """
    if data.dim() != 4:
        raise OperatorError("data is (batch, channels, height, width)")
    old = data.shape[2], data.shape[3]
    if mode == "size":
        new = (
            (height, width)
            if scale_height is None or scale_width is None
            else (int(old[0] * scale_height), int(old[1] * scale_width))
        )
    elif mode == "odd_scale":
        scales = scale_height or 1.0, scale_width or 1.0
        new = tuple(
            int(n * s) if n % 2 == 0 else int((n - 1) * s) + 1 for n, s in zip(old, scales, strict=True)
        )  # type: ignore[assignment]
    elif mode == "like":
        if like is None:
            raise OperatorError("mode='like' takes a second array")
        new = like.shape[2], like.shape[3]
    elif mode in _PARITY:
        odd, up = _PARITY[mode]
        new = tuple(n if n % 2 == odd else n + up for n in old)  # type: ignore[assignment]
    else:
        raise OperatorError(f"mode is size, odd_scale, like, {', '.join(_PARITY)}, not {mode!r}")
    return F.interpolate(data, size=new, mode="bilinear", align_corners=align_corners)


_PARITY = {"to_even_down": (0, -1), "to_even_up": (0, 1), "to_odd_down": (1, -1), "to_odd_up": (1, 1)}
