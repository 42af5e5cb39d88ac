"""How PyTorch's threads wait for each other on a machine that others use as well.

Threads of OpenMP meet after every kernel, and wait by spinning. When another process has taken one of the cores, the
others spin until it has had its turn: a step of 1.5 ms takes 38. Threads that soon go to sleep take 3.5, but a fifth
to two thirds longer when they are alone, as far as the machine takes to wake a thread. Which of the two is decided
once, before PyTorch is imported; results are the same.
"""

from __future__ import annotations

import os
import sys
import time

__all__ = ["be_considerate"]

_SPINS = "500"
_LOOKS, _PAUSE = 5, 0.001  # seconds


def be_considerate() -> None:
    """Let threads wait without spinning, if others are running now and the environment does not say how to wait."""
    if (
        "torch" in sys.modules
        or "GOMP_SPINCOUNT" in os.environ
        or "OMP_WAIT_POLICY" in os.environ
        or os.environ.get("OMP_NUM_THREADS") == "1"
    ):
        return
    cores = os.cpu_count() or 1
    if cores > 1 and others() * 2 >= cores:
        os.environ["GOMP_SPINCOUNT"] = _SPINS


def others() -> int:
    """How many other threads wanted a core all the time that we looked; 0 where the system does not tell."""
    fewest: int | None = None
    for look in range(_LOOKS):
        if look:
            time.sleep(_PAUSE)
        now = _running()
        if now is None or now < 2:  # we are one of them
            return 0
        fewest = now if fewest is None else min(fewest, now)
    return (fewest or 1) - 1


def _running() -> int | None:
    """How many threads of the system run or want to."""
    try:
        with open("/proc/loadavg", encoding="ascii") as file:
            return int(file.read().split()[3].partition("/")[0])
    except (OSError, ValueError, IndexError):
        return None
