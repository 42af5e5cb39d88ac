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

from typing import TYPE_CHECKING, Any

from . import _conflict, _surface

_conflict.warn_of_conflict()
_surface.install()

from . import autograd, base, context, ndarray, random  # noqa: E402
from . import ndarray as nd  # noqa: E402
from .base import MXNetError  # noqa: E402
from .context import Context, cpu, cpu_pinned, current_context, gpu, num_gpus  # noqa: E402

if TYPE_CHECKING:
    from . import gluon, init, initializer, lr_scheduler, metric, optimizer

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

# Imported at their first use: `import mxnet` loads what the first line of a script needs.
_ON_USE = {
    "gluon": "gluon",
    "init": "initializer",
    "initializer": "initializer",
    "lr_scheduler": "lr_scheduler",
    "metric": "metric",
    "optimizer": "optimizer",
    "test_utils": "test_utils",
}
_absent = _surface.module_getattr(__name__)


def __getattr__(name: str) -> Any:
    if name in _ON_USE:
        import importlib

        module = importlib.import_module(f"{__name__}.{_ON_USE[name]}")
        globals()[name] = module
        return module
    return _absent(name)
