"""Random streams: what a random operator draws from.

`MXNetStream` gives, on a CPU, the very numbers of MXNet 1.9.1; `TorchStream` draws on any other device from a
generator of its own. Both have the interface `RandomStream`, and neither touches torch's or NumPy's global streams.
"""

from __future__ import annotations

import torch

from .exact import MXNetStream
from .interface import RandomStream
from .native import TorchStream

__all__ = ["MXNetStream", "RandomStream", "TorchStream", "new_stream"]


def new_stream(device: torch.device, seed: int = 0) -> RandomStream:
    """The stream for a device: the exact one on a CPU, PyTorch's elsewhere."""
    return MXNetStream(seed) if device.type == "cpu" else TorchStream(device, seed)
