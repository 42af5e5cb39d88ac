"""Which device to compute on."""

from __future__ import annotations

import mxnet as mx
from mxnet.context import Context

__all__ = ["try_all_gpus", "try_gpu"]


def try_gpu() -> Context:
    """Return ``mx.gpu()`` where there is an accelerator, else ``mx.cpu()``.

    >>> try_gpu() in (mx.gpu(), mx.cpu())
    True
    """
    return try_all_gpus()[0]


def try_all_gpus() -> list[Context]:
    """Return the contexts of all accelerators, or ``[mx.cpu()]`` where there is none.

    >>> len(try_all_gpus()) >= 1
    True
    """
    return [mx.gpu(number) for number in range(mx.context.num_gpus())] or [mx.cpu()]
