"""``mx.util``: the environment, devices, and the switch to NumPy's semantics, which is off."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import torch

from ._surface import module_getattr as _module_getattr
from .base import MXNetError, message
from .context import Context, num_gpus

__all__ = [
    "get_cuda_compute_capability",
    "get_gpu_count",
    "get_gpu_memory",
    "getenv",
    "is_np_array",
    "is_np_shape",
    "np_array",
    "np_shape",
    "np_ufunc_legal_option",
    "reset_np",
    "set_module",
    "set_np",
    "set_np_shape",
    "setenv",
    "use_np",
    "use_np_array",
    "use_np_shape",
    "wrap_np_binary_func",
    "wrap_np_unary_func",
]

_Thing = TypeVar("_Thing")


def getenv(name: str) -> str | None:
    """An environment variable, as MXNet sees it; None if there is none."""
    return os.environ.get(name)


def setenv(name: str, value: str | None) -> None:
    """Set an environment variable, or with None take it away."""
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


def get_gpu_count() -> int:
    """How many accelerators there are."""
    return num_gpus()


def get_gpu_memory(gpu_dev_id: int) -> tuple[int, int]:
    """Free and total memory of an accelerator, in bytes.

    Raises
    ------
    MXNetError : there is none of that number.
    """
    if not 0 <= gpu_dev_id < num_gpus() or not torch.cuda.is_available():
        raise MXNetError(
            f"get_gpu_memory: there is no gpu({gpu_dev_id})", because=f"this machine has {num_gpus()} of them"
        )
    free, total = torch.cuda.mem_get_info(gpu_dev_id)
    return free, total


def get_cuda_compute_capability(ctx: Context) -> int:
    """The compute capability of a GPU as one number: 80 for 8.0.

    Raises
    ------
    ValueError : the context is no GPU.
    """
    if ctx.device_type != "gpu" or not torch.cuda.is_available():
        raise ValueError(message("Expecting a gpu context to get cuda compute capability", received=str(ctx)))
    major, minor = torch.cuda.get_device_capability(ctx.device_id)
    return major * 10 + minor


# ---------------------------------------------------------------------- NumPy's semantics


def is_np_array() -> bool:
    """Whether Gluon works with ``mx.np`` arrays: never here."""
    return False


def is_np_shape() -> bool:
    """Whether lengths of 0 and shapes without axes mean what they do in NumPy; here they always work."""
    return False


def set_np_shape(active: bool) -> bool:
    """Switch NumPy's shapes on or off; returns what it was. Arrays without elements or axes work either way."""
    return False


def set_np(shape: bool = True, array: bool = True) -> None:
    """Switch to NumPy's semantics; raises ``NotImplementedError`` for arrays, which ``mx.np`` would have to be for."""
    if array:
        _refuse("mx.util.set_np")


def reset_np() -> None:
    """Switch NumPy's semantics off, which they are."""


def np_shape(active: bool = True) -> Any:
    """A ``with`` block with NumPy's shapes. Arrays without elements or axes work either way."""
    return _as_before()


def np_array(active: bool = True) -> Any:
    """A ``with`` block with ``mx.np`` arrays; raises ``NotImplementedError`` unless it is for switching them off."""
    if active:
        _refuse("mx.util.np_array")
    return _as_before()


def use_np_shape(func: _Thing) -> _Thing:
    """A decorator for functions and classes that want NumPy's shapes: they are returned as they are."""
    return func


def use_np_array(func: _Thing) -> _Thing:
    """A decorator for functions and classes that want ``mx.np`` arrays: ``NotImplementedError``."""
    _refuse("mx.util.use_np_array")
    return func


def use_np(func: _Thing) -> _Thing:
    """A decorator for functions and classes that want ``mx.np`` arrays: ``NotImplementedError``."""
    _refuse("mx.util.use_np")
    return func


@contextmanager
def _as_before() -> Iterator[None]:
    yield


def _refuse(what: str) -> None:
    raise NotImplementedError(
        message(
            f"{what}: the arrays of mx.np are not in Glueball yet",
            hint="mx.nd, or NumPy itself on x.asnumpy()",
        )
    )


# ---------------------------------------------------------------------- for modules


def set_module(module: str | None) -> Callable[[_Thing], _Thing]:
    """A decorator that says in which module a function or class is."""

    def decorated(thing: _Thing) -> _Thing:
        if module is not None:
            thing.__module__ = module
        return thing

    return decorated


def np_ufunc_legal_option(key: str, value: Any) -> bool:
    """Whether a keyword of NumPy's universal functions has a value that ``mx.np`` takes."""
    if key == "where":
        return value is True
    if key == "casting":
        return value in ("no", "equiv", "safe", "same_kind", "unsafe")
    if key == "order":
        return isinstance(value, str)
    if key == "dtype":
        return value in ("int8", "uint8", "int32", "int64", "float16", "float32", "float64")
    return key == "subok" and isinstance(value, bool)


def _checked(func: Callable[..., Any], count: int) -> Callable[..., Any]:
    def wrapped(*args: Any, out: Any = None, **kwargs: Any) -> Any:
        if len(args) != count:
            raise TypeError(message(f"{func.__name__} takes {count} arrays", received=str(len(args))))
        for key, value in kwargs.items():
            if not np_ufunc_legal_option(key, value):
                raise TypeError(message(f"{func.__name__}: {key}={value!r} is not implemented"))
        return func(*args, out=out)

    wrapped.__name__, wrapped.__doc__ = func.__name__, func.__doc__
    return wrapped


def wrap_np_unary_func(func: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function of one array take the keywords of NumPy's universal functions, checked."""
    return _checked(func, 1)


def wrap_np_binary_func(func: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function of two arrays take the keywords of NumPy's universal functions, checked."""
    return _checked(func, 2)


__getattr__ = _module_getattr(__name__)
