"""One row: its workers take turns, and what they measured becomes an entry of the results."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from .processes import BusyProcess, WorkerError, WorkerProcess, WorkerSkipped
from .row import ELSEWHERE, Row
from .statistics import disagreement, summarise

# So many seconds of a row's rounds are enough, unless that makes fewer than FEWEST of them.
ENOUGH, FEWEST = 15.0, 5


def measure(row: Row, pythons: dict[str, str], folder: str, rounds: int, seconds: float) -> dict[str, Any]:
    """The row's entry: values and their summary for each framework that ``pythons`` has, and what else is known.

    Parameters
    ----------
    pythons : for each framework the Python that has it.
    folder : where the row's file is.
    rounds : at most so many.
    seconds : a sample takes at least about that long.
    """
    with ExitStack() as stack:
        for _ in range(row.busy):
            stack.enter_context(BusyProcess())
        workers = {
            name: stack.enter_context(WorkerProcess(pythons[name], folder, row.name, name))
            for name in row.frameworks()
            if name in pythons
        }
        for worker in workers.values():
            worker.describe()  # all have started: from now on each is alone when it is asked for something
        if not row.points:
            return _measured(row, workers, None, rounds, seconds)
        entry: dict[str, Any] = {"points": []}
        for point in row.points:
            found = _measured(row, workers, point, rounds, seconds)
            entry["about"] = found.pop("about", None) or entry.get("about", {})
            entry["points"].append({"at": point, **found})
            if "disagreement" in found:
                entry["disagreement"] = f"at {point}: {found['disagreement']}"
        return entry


def _measured(
    row: Row, workers: dict[str, WorkerProcess], point: int | None, rounds: int, seconds: float
) -> dict[str, Any]:
    entry: dict[str, Any] = {}
    answers: dict[str, float] = {}
    takes: dict[str, float] = {}
    for name, worker in workers.items():
        try:
            answer = worker.set_up(point)
        except WorkerSkipped as reason:
            entry.setdefault("without", {})[name] = str(reason)
            continue
        except WorkerError as error:
            if name not in ELSEWHERE:
                raise
            entry.setdefault("without", {})[name] = error.reason.splitlines()[0]
            continue
        takes[name] = 0.0
        if answer is not None:
            answers[name] = answer
    for name in takes:
        takes[name] = workers[name].warm_up(seconds)
    if not takes:
        entry["skipped"] = "; ".join(entry.get("without", {}).values()) or "no framework that has it is here"
        return entry
    values = _rounds({name: workers[name] for name in takes}, takes, min(rounds, row.rounds or rounds))
    entry["about"] = {name: workers[name].describe() for name in takes}
    for what in ("threads", "memory"):
        entry[what] = {name: about[what] for name, about in entry["about"].items()}
    entry["answers"] = answers
    entry["values"] = {name: [float(f"{v:.6g}") for v in found] for name, found in values.items()}
    entry.update(summarise(row, values))
    if row.per == 1 and not row.reports and any(not target["met"] for target in entry.get("targets", ())):
        profiles = {name: workers[name].profile() for name in takes if name not in ELSEWHERE}
        entry["profiles"] = {name: found for name, found in profiles.items() if found}
    wrong = disagreement(row, answers)
    if wrong is not None:
        entry["disagreement"] = wrong
    return entry


def _rounds(workers: dict[str, WorkerProcess], takes: dict[str, float], most: int) -> dict[str, list[float]]:
    """Samples of all, in turns there and back; those in the second table stop when they have had their time."""
    together = sum(needed for name, needed in takes.items() if name not in ELSEWHERE)
    counts = {name: _count(takes[name] if name in ELSEWHERE else together, most) for name in workers}
    values: dict[str, list[float]] = {name: [] for name in workers}
    turn = list(workers)
    for number in range(max(counts.values())):
        for name in turn:
            if number < counts[name]:
                values[name].append(workers[name].sample())
        turn.reverse()  # there and back: nobody always follows the same one
    return values


def _count(needed: float, most: int) -> int:
    return min(most, max(FEWEST, int(ENOUGH / needed) if needed else most))
