"""``gluon.contrib.nn``: further layers."""

from ...._surface import module_getattr as _module_getattr
from .containers import Concurrent, HybridConcurrent, Identity
from .layers import PixelShuffle1D, PixelShuffle2D, PixelShuffle3D, SparseEmbedding, SyncBatchNorm

__all__ = [
    "Concurrent",
    "HybridConcurrent",
    "Identity",
    "PixelShuffle1D",
    "PixelShuffle2D",
    "PixelShuffle3D",
    "SparseEmbedding",
    "SyncBatchNorm",
]

__getattr__ = _module_getattr(__name__)
