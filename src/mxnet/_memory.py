"""Freed memory stays with the process, for the arrays of the next step.

glibc gives memory back to the system as soon as a few megabytes at its end are free. Steps of training free and ask
for the same arrays again and again, and the system then hands out each page anew: 40 page faults in every step of a
perceptron, a twentieth of its epoch. With a higher threshold there are none.
"""

from __future__ import annotations

import os
import sys

__all__ = ["keep_freed"]

# Numbers and variables of mallopt(3). To set one of them turns glibc's own adjustment of both off.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_VARIABLES = ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TOP_PAD_", "GLIBC_TUNABLES")
_KEPT = 256 << 20  # bytes free at the end before any are given back
_OWN = (
    32 << 20
)  # arrays from here on have pages of their own, given back at once; glibc takes no more than this


def keep_freed() -> bool:
    """Ask glibc to keep up to 256 MiB of freed memory; returns whether it does.

    Nothing happens where the environment says how memory is kept, or where the C library is another.
    """
    if sys.platform != "linux" or any(name in os.environ for name in _VARIABLES):
        return False
    try:
        if not (os.confstr("CS_GNU_LIBC_VERSION") or "").startswith("glibc"):
            return False
        import ctypes

        mallopt = ctypes.CDLL(None).mallopt
    except (ValueError, OSError, ImportError, AttributeError):
        return False
    return bool(mallopt(_M_TRIM_THRESHOLD, _KEPT) and mallopt(_M_MMAP_THRESHOLD, _OWN))
