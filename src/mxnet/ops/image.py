"""Operators on images: one, (H, W, C), or a batch of them, (N, H, W, C); ``nd.image.<name>``."""

from __future__ import annotations

import torch

from .registry import OperatorError, operator
from .resize import resize_images
from .stream import RandomStream

__all__ = [
    "check_image",
    "crop",
    "flip_left_right",
    "flip_top_bottom",
    "normalize",
    "random_flip_left_right",
    "random_flip_top_bottom",
    "resize",
    "to_normalized_tensor",
    "to_tensor",
]


@operator("_image_to_tensor", aliases=("image.to_tensor",))
def to_tensor(data: torch.Tensor) -> torch.Tensor:
    """Put channels first and scale to [0, 1]: ``y[..., c, h, w] = x[..., h, w, c] / 255``, float32.

    Shapes: x ``(H, W, C)`` or ``(N, H, W, C)`` of any dtype; y ``(C, H, W)`` or ``(N, C, H, W)``.
    """
    check_image(data)
    if data.requires_grad or data.dtype in (torch.float16, torch.float64):  # divided in its own precision
        return (_channels_first(data) / 255.0).to(torch.float32).contiguous()
    return _scaled(data)


def to_normalized_tensor(
    data: torch.Tensor, mean: tuple[float, ...], std: tuple[float, ...]
) -> torch.Tensor | None:
    """`normalize` of `to_tensor`, bit for bit, with the memory of its result alone; None where the two must do it.

    Shapes: x ``(H, W, C)`` or ``(N, H, W, C)``; y ``(C, H, W)`` or ``(N, C, H, W)``.
    """
    one_or_all = (1, data.shape[-1]) if data.ndim in (3, 4) else ()
    if data.dtype != torch.uint8 or len(mean) not in one_or_all or len(std) not in one_or_all:
        return None
    shift, scale = (
        torch.tensor(each, dtype=torch.float32, device=data.device).reshape(-1, 1, 1) for each in (mean, std)
    )
    return _scaled(data, shift, scale)


def _scaled(
    data: torch.Tensor, shift: torch.Tensor | None = None, scale: torch.Tensor | None = None
) -> torch.Tensor:
    """``(data / 255 - shift) / scale`` in float32, channels first, each step where the one before has left it."""
    moved = _channels_first(data)
    if (
        moved.element_size() == 1
    ):  # bytes change their places faster than they become floats on the way to them
        moved = moved.contiguous()
    result = torch.empty(moved.shape, dtype=torch.float32, device=data.device)
    result.copy_(moved).div_(255.0)
    if shift is not None and scale is not None:
        result.sub_(shift).div_(scale)
    return result


@operator("_image_normalize", aliases=("image.normalize",))
def normalize(
    data: torch.Tensor, *, mean: tuple[float, ...] = (0.0,), std: tuple[float, ...] = (1.0,)
) -> torch.Tensor:
    """Shift and scale each channel: ``y[..., c, :, :] = (x[..., c, :, :] - mean[c]) / std[c]``.

    Shapes: x and y ``(C, H, W)`` or ``(N, C, H, W)`` of one dtype; ``mean`` and ``std`` have one number or C.
    Whole-number types are truncated.
    """
    if data.ndim not in (3, 4):
        raise OperatorError(
            f"an image of {data.ndim} axes",
            because="it takes (channels, height, width) or (N, channels, height, width)",
            hint="ToTensor() before Normalize(...)",
        )
    work = data if data.dtype.is_floating_point else data.to(torch.float32)
    shift, scale = _per_channel("mean", mean, work), _per_channel("std", std, work)
    if data.dtype == torch.float16:  # the difference is rounded to half precision, mean and std are not
        return ((work.to(torch.float32) - shift).to(torch.float16) / scale).to(torch.float16)
    result = (work - shift).div_(scale)
    if not data.dtype.is_floating_point:
        result = result.to(torch.int32)
    return result.to(data.dtype)


@operator("_image_resize", aliases=("image.resize",))
def resize(
    data: torch.Tensor, *, size: int | tuple[int, ...] = (), keep_ratio: bool = False, interp: int = 1
) -> torch.Tensor:
    """Resize images.

    Shapes: x ``(H, W, C)`` or ``(N, H, W, C)``; y the same with the new height and width, same dtype.

    Parameters
    ----------
    size : ``(width, height)``, or one number for both.
    keep_ratio : with one number: that long becomes the shorter edge, the other follows.
    interp : 0 nearest, 1 bilinear, 2 bicubic, 3 area average, 4 Lanczos over 8 pixels; OpenCV's conventions.
    """
    check_image(data)
    if interp not in range(5):
        raise OperatorError(
            f"interp={interp!r}", because="it is one of 0, 1, 2, 3, 4", hint="interp=1, bilinear"
        )
    rows, columns = data.shape[-3], data.shape[-2]
    width, height = _target_size(size, keep_ratio, rows, columns)
    result = resize_images(data if data.ndim == 4 else data.unsqueeze(0), height, width, int(interp))
    return result if data.ndim == 4 else result.squeeze(0)


@operator("_image_crop", aliases=("image.crop",))
def crop(data: torch.Tensor, *, x: int, y: int, width: int, height: int) -> torch.Tensor:
    """Cut out the rectangle of ``width`` by ``height`` whose upper left corner is at column x, row y.

    Shapes: x ``(H, W, C)`` or ``(N, H, W, C)``; result ``(height, width, C)`` or ``(N, height, width, C)``.

    >>> from mxnet import nd
    >>> image = nd.arange(12).reshape((3, 4, 1))
    >>> nd.image.crop(image, x=1, y=0, width=2, height=2).asnumpy()[:, :, 0].tolist()
    [[1.0, 2.0], [5.0, 6.0]]
    """
    check_image(data)
    rows, columns = data.shape[-3], data.shape[-2]
    if x < 0 or y < 0 or width <= 0 or height <= 0 or x + width > columns or y + height > rows:
        raise OperatorError(
            f"the rectangle x={x}, y={y}, width={width}, height={height} leaves the image",
            because=f"the image has width {columns} and height {rows}",
            hint="Resize(...) first, or a smaller rectangle",
        )
    cut = data[..., y : y + height, x : x + width, :]
    return cut.clone(memory_format=torch.contiguous_format)


@operator("_image_flip_left_right", aliases=("image.flip_left_right",))
def flip_left_right(data: torch.Tensor) -> torch.Tensor:
    """Mirror images: the first column becomes the last. Shapes: (H, W, C) or (N, H, W, C)."""
    check_image(data)
    return data.flip(-2)


@operator("_image_flip_top_bottom", aliases=("image.flip_top_bottom",))
def flip_top_bottom(data: torch.Tensor) -> torch.Tensor:
    """Turn images upside down: the first row becomes the last. Shapes: (H, W, C) or (N, H, W, C)."""
    check_image(data)
    return data.flip(-3)


@operator("_image_random_flip_left_right", aliases=("image.random_flip_left_right",), random=True)
def random_flip_left_right(data: torch.Tensor, *, generator: RandomStream) -> torch.Tensor:
    """Mirror each image with probability 1/2. Shapes: (H, W, C), or (N, H, W, C), each image on its own."""
    return _flip_some(data, -2, generator)


@operator("_image_random_flip_top_bottom", aliases=("image.random_flip_top_bottom",), random=True)
def random_flip_top_bottom(data: torch.Tensor, *, generator: RandomStream) -> torch.Tensor:
    """Turn each image upside down with probability 1/2. Shapes: (H, W, C), or (N, H, W, C), each on its own."""
    return _flip_some(data, -3, generator)


def _flip_some(data: torch.Tensor, axis: int, generator: RandomStream) -> torch.Tensor:
    check_image(data)
    # As in 1.9.1, a coin that says yes leaves the image as it is.
    if data.ndim == 3:
        return data.clone() if generator.coins(1).item() else data.flip(axis)
    flips = ~generator.coins(data.shape[0]).to(data.device)
    return torch.where(flips.reshape(-1, 1, 1, 1), data.flip(axis), data)


def check_image(data: torch.Tensor) -> None:
    """Refuse what has neither three nor four axes."""
    if data.ndim not in (3, 4):
        raise OperatorError(
            f"an image of {data.ndim} axes",
            because="it takes (height, width, channels) or (N, height, width, channels)",
            hint="x.expand_dims(axis=2) for a grey image (height, width)" if data.ndim == 2 else None,
        )


def _channels_first(data: torch.Tensor) -> torch.Tensor:
    return data.permute(2, 0, 1) if data.ndim == 3 else data.permute(0, 3, 1, 2)


def _per_channel(name: str, value: float | tuple[float, ...], data: torch.Tensor) -> torch.Tensor:
    numbers = tuple(value) if isinstance(value, (tuple, list)) else (float(value),)
    channels = data.shape[-3]
    if len(numbers) not in (1, channels):
        raise OperatorError(
            f"{name} has {len(numbers)} numbers for {channels} channels",
            because="it takes one number, or one for each channel",
            hint=f"{name}=({', '.join(['0.5'] * channels)}{',' if channels == 1 else ''})",
        )
    # float32 first: the real one keeps these numbers in single precision, whatever the image is.
    exact = torch.tensor(numbers, dtype=torch.float32, device=data.device).reshape(-1, 1, 1)
    return exact.to(data.dtype) if data.dtype == torch.float64 else exact


def _target_size(size: int | tuple[int, ...], keep_ratio: bool, rows: int, columns: int) -> tuple[int, int]:
    numbers = (int(size),) if not isinstance(size, (tuple, list)) else tuple(int(n) for n in size)
    if len(numbers) not in (1, 2) or min(numbers) <= 0:
        raise OperatorError(
            f"size={size!r}", because="it is one positive number or (width, height)", hint="size=(32, 32)"
        )
    if len(numbers) == 2:
        return numbers
    (edge,) = numbers
    if not keep_ratio:
        return edge, edge
    if rows > columns:
        return edge, max(1, edge * rows // columns)
    return max(1, edge * columns // rows), edge
