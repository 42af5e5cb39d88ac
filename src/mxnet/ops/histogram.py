"""How many elements fall between given bounds."""

from __future__ import annotations

import torch

from .registry import OperatorError, operator

Tensor = torch.Tensor


@operator("_histogram", outputs=2, differentiable=False, same_dtype=True)
def histogram(
    data: Tensor,
    bins: Tensor | None = None,
    *,
    bin_cnt: int | None = None,
    range: tuple[float, float] | None = None,
) -> list[Tensor]:
    """Count the elements in each bin; returns ``[counts, bounds]``.

    Shapes: data any; bounds ``(n + 1,)``, of data's type; counts ``(n,)``, int64.

    Parameters
    ----------
    bins : the bounds, ascending; ``bins[i] <= x < bins[i + 1]`` is in bin i, and ``x = bins[-1]`` in the last.
    bin_cnt, range : instead of ``bins``: that many bins of one width between the two numbers, which are moved half
        a unit apart where they are equal.

    Raises
    ------
    MXNetError : neither or both ways are used, or the bounds make no bin.

    >>> nd.histogram(nd.array([1, 2, 2, 5]), bins=nd.array([0, 2, 4]))[0].asnumpy().tolist()
    [1, 2]
    """
    if bins is None and bin_cnt is not None and range is not None:
        bounds = _bounds(data, bin_cnt, range)
    elif bins is not None and bin_cnt is None and range is None:
        bounds = bins
    else:
        raise OperatorError(
            "the bins are not clear", because="it takes either bins, or bin_cnt and range together"
        )
    if bounds.dim() != 1 or bounds.shape[0] < 2:
        raise OperatorError(
            "the bounds make no bin",
            because=f"two or more numbers on one axis do, not an array of shape {tuple(bounds.shape)}",
        )
    count = bounds.shape[0] - 1
    exact = torch.float32 if data.dtype in (torch.float16, torch.bfloat16) else data.dtype
    values, edges = data.reshape(-1).to(exact), bounds.to(exact).contiguous()
    inside = values[(values >= edges[0]) & (values <= edges[-1])]  # nan is nowhere
    places = torch.searchsorted(edges, inside, right=True).sub_(1).clamp_(0, count - 1)
    return [torch.bincount(places, minlength=count), bounds.clone()]


def _bounds(data: Tensor, bin_cnt: int, range: tuple[float, float]) -> Tensor:
    """Bounds of bins of one width."""
    if len(range) != 2 or range[0] > range[1]:
        raise OperatorError("range is two numbers in order", because=f"it is {tuple(range)}")
    if bin_cnt < 1:
        raise OperatorError("bin_cnt is at least 1", because=f"it is {bin_cnt}")
    low, high = map(float, range)
    if low == high:
        low, high = low - 0.5, high + 0.5
    wide = torch.linspace(low, high, bin_cnt + 1, dtype=torch.float64, device=_with_doubles(data))
    return wide.to(device=data.device, dtype=data.dtype)


def _with_doubles(data: Tensor) -> torch.device:
    """Where there is float64: not on Apple's accelerator."""
    return torch.device("cpu") if data.device.type == "mps" else data.device
