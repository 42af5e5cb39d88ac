"""Where an array lives: ``cpu(0)``, ``cpu(1)``, ``gpu(0)``, ... mapped onto torch devices."""

from __future__ import annotations

import threading
from typing import Any, ClassVar

import torch

from .base import MXNetError, message, nearest

__all__ = ["Context", "cpu", "cpu_pinned", "current_context", "gpu", "gpu_memory_info", "num_gpus"]


class _Current(threading.local):
    """Of one thread: the contexts of its ``with`` blocks, and the one outside all of them (None: ``cpu(0)``)."""

    stack: list[Context]
    default: Context | None

    def __init__(self) -> None:
        self.stack = []
        self.default = None


class Context:
    """A device, also usable as the default for a ``with`` block.

    ``cpu(0)`` and ``cpu(1)`` are two contexts on the one CPU, as in MXNet; ``gpu(i)`` is the i-th
    accelerator that PyTorch offers (CUDA, ROCm, Apple's MPS, Intel's XPU).

    Parameters
    ----------
    device_type : ``'cpu'``, ``'gpu'``, ``'cpu_pinned'``, ``'cpu_shared'``, or another context.
    device_id : which of them.

    Raises
    ------
    ValueError : the type is none of these, or the number is not a whole one from 0.

    >>> Context("cpu", 1)
    cpu(1)
    >>> with Context("cpu", 2):
    ...     current_context()
    cpu(2)
    """

    __slots__ = ("__weakref__", "_device", "_hash", "device_id", "device_typeid")

    devtype2str: ClassVar[dict[int, str]] = {1: "cpu", 2: "gpu", 3: "cpu_pinned", 5: "cpu_shared"}
    devstr2type: ClassVar[dict[str, int]] = {"cpu": 1, "gpu": 2, "cpu_pinned": 3, "cpu_shared": 5}

    device_id: int
    device_typeid: int

    def __init__(self, device_type: str | Context, device_id: int = 0) -> None:
        if isinstance(device_type, Context):
            self.device_typeid, self.device_id = device_type.device_typeid, device_type.device_id
        else:
            if device_type not in self.devstr2type:
                close = nearest(str(device_type), self.devstr2type)
                raise ValueError(
                    message(
                        f"Context: unknown device type {device_type!r}",
                        because="known are " + ", ".join(self.devstr2type),
                        hint=f"mx.{close}()" if close else "mx.cpu()",
                    )
                )
            if isinstance(device_id, bool) or int(device_id) != device_id or device_id < 0:
                raise ValueError(
                    message(
                        f"Context: device number {device_id!r}", because="it counts from 0", hint="mx.cpu(0)"
                    )
                )
            self.device_typeid, self.device_id = self.devstr2type[device_type], int(device_id)
        self._hash = hash((self.device_typeid, self.device_id))
        self._device: torch.device | None = None

    @property
    def device_type(self) -> str:
        """``'cpu'``, ``'gpu'``, ``'cpu_pinned'`` or ``'cpu_shared'``."""
        return self.devtype2str[self.device_typeid]

    @property
    def torch_device(self) -> torch.device:
        """The torch device behind this context; raises `MXNetError` if the machine has none such."""
        device = self._device
        if device is None:
            device = self._device = torch.device("cpu") if self.device_typeid != 2 else self._accelerator()
        return device

    def _accelerator(self) -> torch.device:
        count = num_gpus()
        if self.device_id >= count:
            there = f"PyTorch {torch.__version__} sees " + (f"{count} of them" if count else "no accelerator")
            raise MXNetError(
                f"Context: {self} is not there",
                because=there + " on this machine",
                hint="mx.cpu(), or mx.gpu() if mx.context.num_gpus() else mx.cpu()",
            )
        return torch.device(_accelerator_type() or "cpu", self.device_id)

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Context)
            and self.device_typeid == other.device_typeid
            and self.device_id == other.device_id
        )

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"{self.device_type}({self.device_id})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Context, (self.device_type, self.device_id)

    def __enter__(self) -> Context:
        _current.stack.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        _current.stack.pop()

    def empty_cache(self) -> None:
        """Give memory that the accelerator's allocator holds in reserve back to the driver."""
        module = getattr(torch, self.torch_device.type, None)
        if module is not None and hasattr(module, "empty_cache"):
            module.empty_cache()


_current = _Current()
_CPU = Context("cpu", 0)


def cpu(device_id: int = 0) -> Context:
    """The CPU. Different numbers are different contexts on the same processor."""
    return Context("cpu", device_id) if device_id else _CPU


def cpu_pinned(device_id: int = 0) -> Context:
    """Page-locked CPU memory; here an ordinary CPU context with that name."""
    return Context("cpu_pinned", device_id)


def gpu(device_id: int = 0) -> Context:
    """The ``device_id``-th accelerator. Allocating on one that is not there raises `MXNetError`."""
    return Context("gpu", device_id)


def current_context() -> Context:
    """The context that arrays are made in when none is named: the innermost ``with``, else ``cpu(0)``."""
    stack = _current.stack
    return stack[-1] if stack else _current.default or _CPU


def num_gpus() -> int:
    """How many accelerators PyTorch offers."""
    kind = _accelerator_type()
    if kind is None:
        return 0
    return 1 if kind == "mps" else int(getattr(torch, kind).device_count())


def gpu_memory_info(device_id: int = 0) -> tuple[int, int]:
    """Free and total memory of an accelerator, in bytes."""
    device = gpu(device_id).torch_device
    module = getattr(torch, device.type)
    if not hasattr(module, "mem_get_info"):
        raise MXNetError(f"gpu_memory_info: PyTorch does not tell it for {device.type}")
    free, total = module.mem_get_info(device)
    return int(free), int(total)


def _accelerator_type() -> str | None:
    if torch.cuda.is_available():
        return "cuda"
    if torch.backends.mps.is_available():
        return "mps"
    if hasattr(torch, "xpu") and torch.xpu.is_available():
        return "xpu"
    return None


class AbstractContext(Context):
    """Where arrays have shapes and types but no elements: the place to ask an operator what it would need."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("cpu", 0)
        self._hash = hash("abstract")
        self._device = torch.device("meta")

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return self._hash


ABSTRACT = AbstractContext()
