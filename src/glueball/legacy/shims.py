"""Replacements that take more than another name: small functions that do what the removed ones did."""

from __future__ import annotations

import inspect
import sys
from collections import namedtuple
from typing import Any

NEGATIVE_INFINITY = float("-inf")
ZERO = 0.0
NEGATIVE_ZERO = -0.0

ArgSpec = namedtuple("ArgSpec", "args varargs keywords defaults")


def getargspec(func: Any) -> ArgSpec:
    """Return ``inspect.getargspec(func)`` as Python 3.10 did: four fields, no keyword-only parameters."""
    spec = inspect.getfullargspec(func)
    if spec.kwonlyargs or spec.annotations:
        raise ValueError(
            "the function has keyword-only parameters or annotations; inspect.signature() can describe them"
        )
    return ArgSpec(spec.args, spec.varargs, spec.varkw, spec.defaults)


def formatargspec(args: list[str], varargs=None, varkw=None, defaults=None, *_: Any, **__: Any) -> str:
    """Return the text of a signature, ``(a, b=1, *args, **kwargs)``, from what ``getargspec`` gave.

    >>> formatargspec(["a", "b"], "rest", None, (1,))
    '(a, b=1, *rest)'
    """
    first_default = len(args) - len(defaults or ())
    parts = list(args[:first_default])
    parts += [f"{name}={value!r}" for name, value in zip(args[first_default:], defaults or (), strict=True)]
    if varargs:
        parts.append(f"*{varargs}")
    if varkw:
        parts.append(f"**{varkw}")
    return f"({', '.join(parts)})"


def set_matplotlib_formats(*formats: str, **options: Any) -> None:
    """Choose the picture formats of a notebook; without a notebook there is nothing to choose."""
    ipython = sys.modules.get("IPython")
    if ipython is None or ipython.get_ipython() is None:
        return
    from matplotlib_inline.backend_inline import set_matplotlib_formats as choose

    choose(*formats, **options)


def setcheckinterval(n: int) -> None:
    """Do nothing, as ``sys.setcheckinterval`` has done since Python 3.2."""


def linux_distribution(*_: Any, **__: Any) -> tuple[str, str, str]:
    """Return name, version and code name of the Linux distribution, empty elsewhere."""
    import platform

    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return "", "", ""
    return release.get("NAME", ""), release.get("VERSION_ID", ""), release.get("VERSION_CODENAME", "")


def asfarray(a: Any, dtype: Any = None) -> Any:
    """Return ``a`` as an array of floating-point numbers."""
    import numpy as np

    if dtype is None or not np.issubdtype(dtype, np.inexact):
        dtype = np.float64
    return np.asarray(a, dtype=dtype)


def asscalar(a: Any) -> Any:
    """Return the only element of ``a`` as a Python number."""
    return a.item()


def alen(a: Any) -> int:
    """Return the length of the first axis, 1 for a scalar."""
    import numpy as np

    return len(np.atleast_1d(a))


def msort(a: Any) -> Any:
    """Return ``a`` sorted along the first axis."""
    import numpy as np

    return np.sort(a, axis=0)


def find_common_type(array_types: Any, scalar_types: Any) -> Any:
    """Return the type that holds all of ``array_types`` and ``scalar_types``."""
    import numpy as np

    return np.result_type(*array_types, *scalar_types)
