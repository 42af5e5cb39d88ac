"""Glueball: MXNet's way of programming, alive on PyTorch.

>>> from mxnet import autograd, nd
>>> x = nd.array([1.0, 2.0, 3.0])
>>> x.attach_grad()
>>> with autograd.record():
...     y = (x**2).sum()
>>> y.backward()
>>> x.grad
<BLANKLINE>
[2. 4. 6.]
<NDArray 3 @cpu(0)>
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _conflict, _memory, _surface, _threads

_conflict.warn_of_conflict()
_memory.keep_freed()
_threads.be_considerate()
_surface.install()

from . import autograd, base, context, ndarray, random  # noqa: E402
from . import ndarray as nd  # noqa: E402
from .base import MXNetError  # noqa: E402
from .context import Context, cpu, cpu_pinned, current_context, gpu, num_gpus  # noqa: E402

# All other modules are imported when they are first asked for, by `__getattr__` below.
if TYPE_CHECKING:
    from . import gluon, initializer, lr_scheduler, metric, optimizer
    from . import initializer as init

__version__ = "1.9.1"
"""The version of MXNet whose interface this is; Glueball's own is ``glueball.__version__``."""

__all__ = [
    "Context",
    "MXNetError",
    "autograd",
    "base",
    "context",
    "cpu",
    "cpu_pinned",
    "current_context",
    "gluon",
    "gpu",
    "init",
    "initializer",
    "lr_scheduler",
    "metric",
    "nd",
    "ndarray",
    "num_gpus",
    "optimizer",
    "random",
]

__getattr__ = _surface.module_getattr(__name__)
