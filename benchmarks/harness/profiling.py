"""Where a program's time goes: its kernels, and what is around them."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = 0.5  # of calls, before the profiler's own cost
MOST = 1_000  # calls; the profiler keeps every kernel of each in memory


def profile(work: Callable[[], Any], takes: float) -> dict[str, Any]:
    """The kernels of one call of the work, each with its number of calls and its seconds, and the seconds of it all.

    Kernels are measured by torch's profiler, which adds a microsecond or two to each; the whole is measured without
    it. Empty for work that has not imported torch.

    Parameters
    ----------
    takes : the seconds that one call takes, about.
    """
    if "torch" not in sys.modules:
        return {}
    from torch import profiler

    calls = min(MOST, max(1, int(SECONDS / takes)))
    work()
    start = time.perf_counter()
    for _ in range(calls):
        work()
    whole = (time.perf_counter() - start) / calls
    with profiler.profile(activities=[profiler.ProfilerActivity.CPU], acc_events=True) as measured:
        for _ in range(calls):
            work()
    kernels = {
        event.key.removeprefix("aten::"): {
            "calls": event.count / calls,
            "seconds": event.self_cpu_time_total / calls * 1e-6,
        }
        for event in measured.key_averages()
        if event.key.startswith("aten::")
    }
    return {"seconds": whole, "kernels": kernels}
