"""Where and under which settings tests run."""

from __future__ import annotations

import contextlib
import functools
import os
import platform
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import numpy as np

from .. import context
from ..base import message
from ..context import Context

__all__ = [
    "default_context",
    "default_dtype",
    "discard_stderr",
    "environment",
    "has_tvm_ops",
    "is_aarch64_run",
    "is_cd_run",
    "is_op_runnable",
    "list_gpus",
    "retry",
    "set_default_context",
]

F = TypeVar("F", bound=Callable[..., Any])


def default_context() -> Context:
    """The context in which tests make their arrays: the current one."""
    return context.current_context()


def set_default_context(ctx: Context) -> None:
    """Let arrays of this thread be made in ``ctx`` where nothing else is said.

    >>> from mxnet.context import cpu
    >>> set_default_context(cpu(3))
    >>> nd.ones(1).context
    cpu(3)
    >>> set_default_context(cpu())
    """
    context._current.default = Context(ctx)


def default_dtype() -> type[np.float32]:
    """The type of the arrays of tests: float32."""
    return np.float32


def list_gpus() -> range:
    """The numbers of the accelerators that PyTorch offers."""
    return range(context.num_gpus())


@contextlib.contextmanager
def environment(*args: Any) -> Iterator[None]:
    """Set environment variables for a ``with`` block; None as a value takes the variable away.

    Parameters
    ----------
    args : a name and a value, or a dictionary of names and values.

    >>> with environment("GLUEBALL_EXAMPLE", "1"):
    ...     os.environ["GLUEBALL_EXAMPLE"]
    '1'
    >>> "GLUEBALL_EXAMPLE" in os.environ
    False
    """
    if len(args) == 1 and isinstance(args[0], dict):
        wanted = args[0]
    elif len(args) == 2:
        wanted = {args[0]: args[1]}
    else:
        raise ValueError(
            message("environment: takes a name and a value, or a dictionary", received=repr(args))
        )
    before = {name: os.environ.get(name) for name in wanted}
    try:
        _set(wanted)
        yield
    finally:
        _set(before)


@contextlib.contextmanager
def discard_stderr() -> Iterator[None]:
    """Drop what is written to the standard error of the process in a ``with`` block, by compiled code too."""
    with open(os.devnull, "w") as nowhere:
        kept = os.dup(2)
        try:
            os.dup2(nowhere.fileno(), 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def retry(n: int) -> Callable[[F], F]:
    """Decorate a test that may fail by chance: it runs until it succeeds, n times at most.

    >>> @retry(2)
    ... def test():
    ...     attempts.append(1)
    ...     assert len(attempts) == 2
    >>> attempts = []
    >>> test()
    """
    if n < 1:
        raise AssertionError(message("retry: a test runs once at least", received=f"n={n}"))

    def decorate(test: F) -> F:
        @functools.wraps(test)
        def repeated(*args: Any, **kwargs: Any) -> Any:
            for _ in range(n - 1):
                with contextlib.suppress(AssertionError):
                    return test(*args, **kwargs)
            return test(*args, **kwargs)

        return repeated  # type: ignore[return-value]

    return decorate


def has_tvm_ops() -> bool:
    """False: no operators are compiled with TVM here."""
    return False


def is_op_runnable() -> bool:
    """True: every operator runs wherever PyTorch does."""
    return True


def is_cd_run() -> bool:
    """Whether the variable ``CD_JOB`` says that tests run before a release."""
    return os.environ.get("CD_JOB", "0") == "1"


def is_aarch64_run() -> bool:
    """Whether the processor is a 64-bit ARM."""
    return platform.machine() in ("aarch64", "arm64")


def _set(values: dict[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = str(value)
