"""How long a part of a program takes."""

from __future__ import annotations

from time import perf_counter

__all__ = ["Benchmark"]


class Benchmark:
    """Print how long the ``with`` block took, behind a text.

    An accelerator computes while the program goes on. So that the time is that of the computation, wait for its end in
    the block: ``nd.waitall()``, or ``asnumpy()`` of a result.

    Parameters
    ----------
    prefix : the text.

    >>> with Benchmark("one addition."):
    ...     x = nd.ones(3) + 1
    one addition. time: 0.0... sec
    """

    def __init__(self, prefix: str | None = None) -> None:
        self.prefix = f"{prefix} " if prefix else ""

    def __enter__(self) -> Benchmark:
        self.start = perf_counter()
        return self

    def __exit__(self, *args: object) -> None:
        print(f"{self.prefix}time: {perf_counter() - self.start:.4f} sec")
