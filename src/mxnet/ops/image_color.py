"""Operators on the colours of images: one, (H, W, C), or a batch, (N, H, W, C); ``nd.image.<name>``.

All of them count in float32. Of whole numbers the fraction is cut off and what leaves the range of the type is
brought back to its end. Gradients pass through unchanged, as in 1.9.1. Of a batch each image has its own draw, in
order, so that a batch gives what its images give one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from .image import check_image
from .registry import OperatorError, operator
from .stream import RandomStream

__all__ = [
    "adjust_lighting",
    "random_brightness",
    "random_color_jitter",
    "random_contrast",
    "random_hue",
    "random_lighting",
    "random_saturation",
]

_Step = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

_GREY = (0.299, 0.587, 0.114)
"""What red, green and blue count for in the grey of a pixel (ITU-R BT.601)."""

# Principal components of the colours in ImageNet's pictures, scaled by their standard deviations:
# Krizhevsky, Sutskever, Hinton: ImageNet classification with deep convolutional neural networks, section 4.1.
_COMPONENTS = np.array(
    [[-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203]], np.float32
) * np.array([55.46, 4.794, 1.148], np.float32)


@operator("_image_random_brightness", aliases=("image.random_brightness",), random=True)
def random_brightness(
    data: torch.Tensor, *, min_factor: float, max_factor: float, generator: RandomStream
) -> torch.Tensor:
    """Multiply an image by a random factor: ``y = a * x``, a uniform between the two factors (from 0 on).

    Shapes: x and y ``(H, W, C)`` or ``(N, H, W, C)`` of one dtype, C being 1 or 3.

    Source: Howard: Some improvements on deep convolutional neural network based image classification, section 2.
    """
    return _drawn(_brightened, data, min_factor, max_factor, generator)


@operator("_image_random_contrast", aliases=("image.random_contrast",), random=True)
def random_contrast(
    data: torch.Tensor, *, min_factor: float, max_factor: float, generator: RandomStream
) -> torch.Tensor:
    """Move an image away from its mean grey: ``y = a * x + (1 - a) * mean(grey(x))``, a uniform between the factors.

    Shapes: x and y ``(H, W, C)`` or ``(N, H, W, C)`` of one dtype, C being 1 or 3.
    """
    return _drawn(_contrasted, data, min_factor, max_factor, generator)


@operator("_image_random_saturation", aliases=("image.random_saturation",), random=True)
def random_saturation(
    data: torch.Tensor, *, min_factor: float, max_factor: float, generator: RandomStream
) -> torch.Tensor:
    """Move pixels away from their grey: ``y = a * x + (1 - a) * 0.114 * blue(x)``, a uniform between the factors.

    Shapes: x and y ``(H, W, C)`` or ``(N, H, W, C)`` of one dtype, C being 1 or 3; with 1 nothing changes.

    As in 1.9.1 only blue counts for the grey, with its weight of 0.114, so that pixels grow brighter, too.
    `mx.image.SaturationJitterAug` takes all three colours.
    """
    return _drawn(_saturated, data, min_factor, max_factor, generator)


@operator("_image_random_hue", aliases=("image.random_hue",), random=True)
def random_hue(
    data: torch.Tensor, *, min_factor: float, max_factor: float, generator: RandomStream
) -> torch.Tensor:
    """Turn the colours of an image around the colour circle: by ``360 * a`` degrees, a uniform between the factors.

    Lightness and saturation (in the HLS model, of values from 0 to 255) stay; the factor 1 is a whole turn.

    Shapes: x and y ``(H, W, C)`` or ``(N, H, W, C)`` of one dtype, C being 1 or 3; with 1 nothing changes.

    Differs from 1.9.1: that gives uninitialised memory for one channel.
    """
    return _drawn(_turned, data, min_factor, max_factor, generator)


@operator("_image_random_color_jitter", aliases=("image.random_color_jitter",), random=True)
def random_color_jitter(
    data: torch.Tensor,
    *,
    brightness: float,
    contrast: float,
    saturation: float,
    hue: float,
    generator: RandomStream,
) -> torch.Tensor:
    """Change brightness, contrast, saturation and hue in random order, each by a factor from ``1 - v`` to ``1 + v``.

    Shapes: x and y ``(H, W, C)`` or ``(N, H, W, C)`` of one dtype, C being 1 or 3.

    Parameters
    ----------
    brightness, contrast, saturation, hue : v for each; what is not above 0 is left out.
    """
    images = _batch(data)
    amounts = (brightness, contrast, saturation, hue)
    plans = [_plan(amounts, generator) for _ in images]
    return _of_the_same_form(data, _follow(images, amounts, plans))


@operator("_image_adjust_lighting", aliases=("image.adjust_lighting",))
def adjust_lighting(data: torch.Tensor, *, alpha: tuple[float, ...]) -> torch.Tensor:
    """Add a colour to all pixels: ``y = x + components @ (values * alpha)``, the principal components of ImageNet.

    Shapes: x and y ``(H, W, C)`` or ``(N, H, W, C)`` of one dtype, C being 1 or 3; with 1 nothing changes.

    Parameters
    ----------
    alpha : three numbers, how much of each component.

    Source: Krizhevsky, Sutskever, Hinton: ImageNet classification with deep convolutional neural networks,
    section 4.1.

    Differs from 1.9.1: that gives uninitialised memory for one channel.
    """
    if not isinstance(alpha, (tuple, list)) or len(alpha) != 3:
        raise OperatorError(
            f"alpha={alpha!r}", because="it is three numbers, one for each component", hint="(0.1, 0.1, 0.1)"
        )
    images = _batch(data)
    return _of_the_same_form(data, _apply(_lit, images, _lights([alpha] * len(images))))


@operator("_image_random_lighting", aliases=("image.random_lighting",), random=True)
def random_lighting(data: torch.Tensor, *, alpha_std: float = 0.05, generator: RandomStream) -> torch.Tensor:
    """`adjust_lighting` with three normal numbers of standard deviation ``alpha_std``.

    Shapes: x and y ``(H, W, C)`` or ``(N, H, W, C)`` of one dtype, C being 1 or 3; with 1 nothing changes.
    """
    images = _batch(data)
    lights = _lights([[z * np.float32(alpha_std) for z in _three_normals(generator)] for _ in images])
    return _of_the_same_form(data, _apply(_lit, images, lights))


# ---------------------------------------------------------------------- what changes (N, H, W, C) of float32, in place


def _brightened(x: torch.Tensor, factor: torch.Tensor) -> torch.Tensor:
    return x.mul_(factor)


def _contrasted(x: torch.Tensor, factor: torch.Tensor) -> torch.Tensor:
    grey = (1 - factor) * _mean_grey(x)
    return x.mul_(factor).add_(grey)


def _saturated(x: torch.Tensor, factor: torch.Tensor) -> torch.Tensor:
    if x.shape[3] == 1:
        return x
    grey = x[..., 2:] * _GREY[2] * (1 - factor)
    return x.mul_(factor).add_(grey)


def _turned(x: torch.Tensor, factor: torch.Tensor) -> torch.Tensor:
    """By way of hue, lightness and saturation, step by step as 1.9.1 rounds them."""
    if x.shape[3] == 1:
        return x
    red, green, blue = (x.permute(3, 0, 1, 2).contiguous() / 255).unbind()
    high = torch.maximum(torch.maximum(red, green), blue)
    low = torch.minimum(torch.minimum(red, green), blue)
    total, spread = high + low, high - low
    least = torch.finfo(torch.float32).eps  # what differs less is grey
    degrees = torch.tensor(60.0, device=spread.device) / spread.clamp(min=least)
    hue = torch.where(high == green, (blue - red) * degrees + 120, (red - green) * degrees + 240)
    hue = torch.where(high == red, (green - blue) * degrees, hue)
    hue = torch.where(hue < 0, hue + 360, hue) + factor[..., 0] * 360
    lightness = total * 0.5
    saturation = spread / torch.where(lightness < 0.5, total, 2 - high - low)
    saturation = torch.where(spread > least, saturation, 0.0)

    top = torch.where(
        lightness <= 0.5, lightness * (1 + saturation), lightness + saturation - lightness * saturation
    )
    bottom = 2 * lightness - top
    reach = top - bottom
    place = (hue * float(np.float32(6 / 360))) % 6  # in sixths of the circle, from red on
    shares = (
        torch.maximum(2 - place, place - 4),
        torch.minimum(place, 4 - place),
        torch.minimum(place - 2, 6 - place),
    )
    for channel, share in enumerate(shares):
        value = (share.clamp(0, 1) * reach).add_(bottom)
        torch.mul(torch.where(share < 1, value, top), 255, out=x[..., channel])
    return x


_STEPS: tuple[_Step, ...] = (_brightened, _contrasted, _saturated, _turned)


def _lit(x: torch.Tensor, light: torch.Tensor) -> torch.Tensor:
    return x if x.shape[3] == 1 else x.add_(light)


def _mean_grey(x: torch.Tensor) -> torch.Tensor:
    products = x if x.shape[3] == 1 else x * x.new_tensor(_GREY)
    pixels = x.shape[1] * x.shape[2]
    if x.device.type != "cpu":
        return products.sum((1, 2, 3), keepdim=True) / pixels
    # Added in float32, value after value, as 1.9.1 does: no other order gives the bits that it has.
    sums = [np.add.accumulate(image.ravel())[-1] for image in products.numpy()]
    return torch.tensor(sums, device="cpu").reshape(-1, 1, 1, 1) / pixels


# ---------------------------------------------------------------------- how it happens to any images


class _Unchanged(torch.autograd.Function):
    """``result`` in the forward pass; in the backward pass its gradient is the gradient of ``data``."""

    @staticmethod
    def forward(ctx: Any, data: torch.Tensor, result: torch.Tensor) -> torch.Tensor:
        return result

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        return gradients[0], None


def _batch(data: torch.Tensor) -> torch.Tensor:
    check_image(data)
    if data.shape[-1] not in (1, 3):
        raise OperatorError(
            f"an image of {data.shape[-1]} channels",
            because="the last axis has the colours of a pixel: 1 (grey) or 3 (red, green, blue)",
            hint="x.transpose((1, 2, 0)) for (channels, height, width); colours change before ToTensor()",
        )
    images = data.detach().contiguous()
    return images if images.ndim == 4 else images.unsqueeze(0)


def _of_the_same_form(data: torch.Tensor, images: torch.Tensor) -> torch.Tensor:
    result = images if data.ndim == 4 else images.squeeze(0)
    return _Unchanged.apply(data, result) if data.requires_grad else result


def _apply(step: _Step, images: torch.Tensor, strength: torch.Tensor) -> torch.Tensor:
    if not images.numel():
        return images.clone()
    changed = step(images.to(torch.float32, copy=True), strength.to(images.device))
    if images.dtype.is_floating_point:
        return changed.to(images.dtype)
    limits = torch.iinfo(images.dtype)
    return changed.clamp_(limits.min, limits.max).to(images.dtype)


def _drawn(step: _Step, data: torch.Tensor, low: float, high: float, generator: RandomStream) -> torch.Tensor:
    if low < 0 or high < 0:
        raise OperatorError(
            f"min_factor={low}, max_factor={high}", because="factors are not negative", hint="from 0.5 to 1.5"
        )
    images = _batch(data)
    return _of_the_same_form(data, _apply(step, images, _factors(len(images), low, high, generator)))


def _factors(count: int, low: float, high: float, generator: RandomStream) -> torch.Tensor:
    return _between(low, high, generator.factors(count)).reshape(-1, 1, 1, 1)


def _between(low: float, high: float, drawn: torch.Tensor) -> torch.Tensor:
    first, last = np.float32(low), np.float32(high)
    return drawn * float(last - first) + float(first)


def _plan(amounts: tuple[float, ...], generator: RandomStream) -> tuple[list[int], torch.Tensor]:
    """Which steps to take with one image, in order, and a number from 0 to 1 for each."""
    order = [kind for kind in generator.permutation(len(amounts)).tolist() if amounts[kind] > 0]
    return order, generator.factors(len(order))


def _follow(
    images: torch.Tensor, amounts: tuple[float, ...], plans: list[tuple[list[int], torch.Tensor]]
) -> torch.Tensor:
    """Take the images through their steps; those that take the same one at the same time take it together."""
    drawn = torch.stack([numbers for _, numbers in plans]) if plans else torch.empty(0, 0, device="cpu")
    result = images.clone()
    for place in range(drawn.shape[1]):
        for kind, step in enumerate(_STEPS):
            rows = [row for row, (order, _) in enumerate(plans) if order[place] == kind]
            if not rows:
                continue
            change = _between(-amounts[kind], amounts[kind], drawn[rows, place]).reshape(-1, 1, 1, 1)
            strength = change if step is _turned else change + 1
            if len(rows) == len(plans):
                result = _apply(step, result, strength)
            else:
                result[rows] = _apply(step, result[rows], strength)
    return result


def _lights(alphas: Any) -> torch.Tensor:
    """The colours that `adjust_lighting` adds, (N, 1, 1, 3)."""
    parts = np.asarray(alphas, np.float32).reshape(-1, 1, 3) * _COMPONENTS
    return torch.from_numpy(parts.sum(2)).reshape(-1, 1, 1, 3)


def _three_normals(generator: RandomStream) -> list[np.float32]:
    """Marsaglia's polar method, in the order in which the C++ library hands its numbers out."""
    numbers: list[np.float32] = []
    while len(numbers) < 3:
        x, y = generator.factors(2).cpu().numpy() * np.float32(2) - np.float32(1)
        square = x * x + y * y
        if 0 < square <= 1:
            stretch = np.sqrt(np.float32(-2) * np.log(square) / square)
            numbers += [y * stretch, x * stretch]
    return numbers[:3]
