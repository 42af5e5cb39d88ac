"""``mx.profiler``: what a program spends its time on, measured by ``torch.profiler``.

>>> import os, tempfile
>>> path = os.path.join(tempfile.mkdtemp(), "profile.json")
>>> set_config(filename=path, aggregate_stats=True)
>>> set_state("run")
>>> y = nd.dot(nd.ones((2, 2)), nd.ones((2, 2)))
>>> set_state("stop")
>>> "mm" in dumps()
True
>>> dump()
>>> os.path.exists(path)
True
"""

from __future__ import annotations

import json
import os
import tempfile
import threading
import time
import warnings
from typing import Any

from . import files
from ._surface import module_getattr as _module_getattr
from .base import MXNetError, message, nearest

__all__ = [
    "Counter",
    "Domain",
    "Event",
    "Frame",
    "Marker",
    "Task",
    "dump",
    "dump_profile",
    "dumps",
    "pause",
    "profiler_set_config",
    "profiler_set_state",
    "resume",
    "set_config",
    "set_kvstore_handle",
    "set_state",
]

_OPTIONS = {
    "filename": "profile.json",
    "profile_all": False,
    "profile_symbolic": True,
    "profile_imperative": True,
    "profile_memory": False,
    "profile_api": False,
    "continuous_dump": False,
    "dump_period": 1.0,
    "aggregate_stats": False,
    "profile_process": "worker",
    "gpu_profile": False,
    "gpu_profile_path": "",
}


class _Profile:
    """The one profile of this process: what torch saw while it ran, and what the program said itself."""

    def __init__(self) -> None:
        self.options: dict[str, Any] = dict(_OPTIONS)
        self.running: Any = None
        self.finished: list[Any] = []
        self.notes: list[dict[str, Any]] = []
        self.lock = threading.Lock()

    def start(self) -> None:
        from torch.profiler import ProfilerActivity, profile

        if self.running is None:
            import torch

            kinds = [ProfilerActivity.CPU] + ([ProfilerActivity.CUDA] if torch.cuda.is_available() else [])
            memory = bool(self.options["profile_memory"] or self.options["profile_all"])
            self.running = profile(activities=kinds, profile_memory=memory)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self.running.start()

    def stop(self) -> None:
        if self.running is not None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self.running.stop()
            self.finished.append(self.running)
            self.running = None

    def note(self, phase: str, kind: str, name: str, **more: Any) -> None:
        if self.running is not None:
            entry = {"ph": phase, "cat": kind, "name": name, "ts": time.time_ns() / 1000, "pid": 0}
            with self.lock:
                self.notes.append({**entry, "tid": threading.get_ident(), **more})


_profile = _Profile()


def set_config(**kwargs: Any) -> None:
    """Set what is measured and where it is written.

    Parameters
    ----------
    filename : of the trace (default ``profile.json``), which chrome://tracing and https://ui.perfetto.dev show.
    profile_memory : also what is allocated.
    aggregate_stats : whether `dumps` is wanted; it always works.
    profile_all, profile_symbolic, profile_imperative, profile_api, continuous_dump, dump_period, profile_process :
        accepted as in 1.9.1; every call is measured.

    Raises
    ------
    ValueError : an option that does not exist.
    """
    for key in kwargs:
        if key not in _OPTIONS:
            close = nearest(key, _OPTIONS)
            raise ValueError(
                message(
                    f"profiler.set_config: unknown option {key!r}",
                    because="they are " + ", ".join(_OPTIONS),
                    hint=f"{close}=..." if close else None,
                )
            )
    _profile.options.update(kwargs)


def set_state(state: str = "stop", profile_process: str = "worker") -> None:
    """Start (``'run'``) or stop (``'stop'``) measuring."""
    if state not in ("run", "stop"):
        raise ValueError(message("profiler.set_state: 'run' or 'stop'", received=repr(state)))
    _profile.start() if state == "run" else _profile.stop()


def pause(profile_process: str = "worker") -> None:
    """Stop measuring for a while."""
    _profile.stop()


def resume(profile_process: str = "worker") -> None:
    """Go on after `pause`."""
    _profile.start()


def dump(finished: bool = True, profile_process: str = "worker") -> None:
    """Write the trace to the configured file, whole or not at all; with ``finished`` measuring ends.

    Raises ``MXNetError`` where nothing was measured.
    """
    if finished or _profile.running is not None:
        running = _profile.running is not None
        _profile.stop()
        if running and not finished:
            _profile.start()
    if not _profile.finished:
        raise MXNetError(
            "profiler.dump: nothing was measured",
            hint="profiler.set_state('run') before the program, 'stop' after it",
        )
    events: list[Any] = []
    for each in _profile.finished:
        if "traced" not in vars(each):  # a trace can be had of it once, and may be written twice
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "trace.json")
                each.export_chrome_trace(path)
                with open(path, encoding="utf-8") as stream:
                    vars(each)["traced"] = json.load(stream)["traceEvents"]
        events += vars(each)["traced"]
    with files.atomic_write(_profile.options["filename"]) as stream:
        stream.write(json.dumps({"traceEvents": [*events, *_profile.notes]}).encode("utf-8"))


def dumps(reset: bool = False, format: str = "table", sort_by: str = "total", ascending: bool = False) -> str:
    """What was measured so far, operator by operator.

    Parameters
    ----------
    reset : forget it afterwards.
    format : ``'table'`` or ``'json'``.
    sort_by : ``'total'``, ``'avg'``, ``'min'``, ``'max'`` or ``'count'``.
    ascending : the least first.
    """
    for what, value, known in (
        ("format", format, ("table", "json")),
        ("sort_by", sort_by, ("total", "avg", "min", "max", "count")),
    ):
        if value not in known:
            raise ValueError(message(f"profiler.dumps: {what}={value!r}", because=f"it is one of {known}"))
    was_running = _profile.running is not None
    if was_running:
        _profile.stop()
        _profile.start()
    times: dict[str, list[float]] = {}
    for each in _profile.finished:
        for event in each.events():
            if event.name and not event.name.startswith("ProfilerStep"):
                times.setdefault(event.name.removeprefix("aten::"), []).append(event.cpu_time_total / 1000)
    rows = [
        {
            "name": name,
            "count": len(spent),
            "total": sum(spent),
            "min": min(spent),
            "max": max(spent),
            "avg": sum(spent) / len(spent),
        }
        for name, spent in times.items()
    ]
    rows.sort(key=lambda row: row[sort_by], reverse=not ascending)  # type: ignore[arg-type,return-value]
    if reset:
        _profile.finished.clear()
        _profile.notes.clear()
    if format == "json":
        return json.dumps({"Time": {"operator": {str(row.pop("name")): row for row in rows}}, "Unit": "ms"})
    heads = ("Total Count", "Time (ms)", "Min Time (ms)", "Max Time (ms)", "Avg Time (ms)")
    lines = ["", "Profile Statistics:", "operator", "================="]
    lines.append("Name".ljust(40) + "".join(head.rjust(17) for head in heads))
    lines.append("----".ljust(40) + "".join(("-" * len(head)).rjust(17) for head in heads))
    for row in rows:
        numbers = f"{row['count']:17d}" + "".join(
            f"{row[key]:17.4f}" for key in ("total", "min", "max", "avg")
        )
        lines.append(str(row["name"])[:39].ljust(40) + numbers)
    return "\n".join(lines) + "\n"


def profiler_set_config(mode: str = "symbolic", filename: str = "profile.json") -> None:
    """The old name of `set_config`."""
    warnings.warn(
        "profiler.profiler_set_config() is deprecated. Please use profiler.set_config() instead",
        DeprecationWarning,
        stacklevel=2,
    )
    set_config(filename=filename)


def profiler_set_state(state: str = "stop") -> None:
    """The old name of `set_state`."""
    warnings.warn(
        "profiler.profiler_set_state() is deprecated. Please use profiler.set_state() instead",
        DeprecationWarning,
        stacklevel=2,
    )
    set_state(state)


def dump_profile() -> None:
    """The old name of `dump`."""
    warnings.warn(
        "profiler.dump_profile() is deprecated. Please use profiler.dump() instead",
        DeprecationWarning,
        stacklevel=2,
    )
    dump(True)


def set_kvstore_handle(handle: Any) -> None:
    """Accepted and without effect: there are no other processes to measure."""


# ---------------------------------------------------------------------- what programs say themselves


class Domain:
    """A name that tasks, frames, counters and markers belong to."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __str__(self) -> str:
        return self.name

    def new_task(self, name: str) -> Task:
        """A task of this domain."""
        return Task(self, name)

    def new_frame(self, name: str) -> Frame:
        """A frame of this domain."""
        return Frame(self, name)

    def new_counter(self, name: str, value: float | None = None) -> Counter:
        """A counter of this domain."""
        return Counter(self, name, value)

    def new_marker(self, name: str) -> Marker:
        """A marker of this domain."""
        return Marker(self, name)


class _Span:
    """Something with a beginning and an end."""

    _kind = ""

    def __init__(self, name: str) -> None:
        self.name = name

    def __str__(self) -> str:
        return self.name

    def start(self) -> None:
        """It begins."""
        _profile.note("B", self._kind, self.name)

    def stop(self) -> None:
        """It ends."""
        _profile.note("E", self._kind, self.name)

    def __enter__(self) -> Any:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class Task(_Span):
    """A piece of work, from ``start()`` to ``stop()``, also as a ``with`` block."""

    def __init__(self, domain: Domain, name: str) -> None:
        super().__init__(name)
        self._kind = str(domain)


class Frame(Task):
    """One of many pieces of work that follow each other."""


class Event(_Span):
    """A piece of work without a domain."""

    _kind = "event"


class Counter:
    """A number that changes over time."""

    def __init__(self, domain: Domain, name: str, value: float | None = None) -> None:
        self.name, self._domain, self._value = name, domain, 0.0
        if value is not None:
            self.set_value(value)

    def __str__(self) -> str:
        return self.name

    def set_value(self, value: float) -> None:
        """Set it."""
        self._value = value
        _profile.note("C", str(self._domain), self.name, args={self.name: value})

    def increment(self, delta: float = 1) -> None:
        """Add to it."""
        self.set_value(self._value + delta)

    def decrement(self, delta: float = 1) -> None:
        """Take from it."""
        self.set_value(self._value - delta)

    def __iadd__(self, delta: float) -> Counter:
        self.increment(delta)
        return self

    def __isub__(self, delta: float) -> Counter:
        self.decrement(delta)
        return self


class Marker:
    """A moment."""

    def __init__(self, domain: Domain, name: str) -> None:
        self.name, self._domain = name, domain

    def mark(self, scope: str = "process") -> None:
        """It is now; ``scope`` is ``'process'``, ``'thread'`` or ``'global'``."""
        _profile.note("i", str(self._domain), self.name, s=scope[:1])


__getattr__ = _module_getattr(__name__)
