"""From rounds of measurements to medians and ratios."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Any

from .row import Row


@dataclass(frozen=True)
class Spread:
    """The median, and the quartiles around it."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> Spread:
        if len(values) == 1:
            return cls(values[0], values[0], values[0])
        low, median, high = statistics.quantiles(values, n=4, method="inclusive")
        return cls(median, low, high)


def summarise(row: Row, values: dict[str, list[float]]) -> dict[str, Any]:
    """Per framework the spread of its values; per peer the spread of what Glueball's are beside them.

    Ratios and differences are taken round by round, between measurements made one after the other, before the
    median: a machine that is slow for a while is slow for both.
    """
    summary: dict[str, Any] = {"spread": {name: vars(Spread.of(found)) for name, found in values.items()}}
    if "glueball" not in values:
        return summary
    summary["beside"] = {
        peer: {
            "ratio": vars(Spread.of([a / b for a, b in zip(values["glueball"], found, strict=True)])),
            "difference": vars(Spread.of([a - b for a, b in zip(values["glueball"], found, strict=True)])),
        }
        for peer, found in values.items()
        if peer != "glueball"
    }
    target = row.target
    if target is not None and target.against in summary["beside"]:
        beside = summary["beside"][target.against]
        if target.at_most is not None:
            met = beside["ratio"]["median"] <= target.at_most
        elif target.faster is not None:
            met = beside["ratio"]["median"] <= 1 / target.faster
        else:
            met = beside["difference"]["median"] <= target.over
        summary["target"] = {**vars(target), "met": met}
    return summary


def disagreement(row: Row, answers: dict[str, float]) -> str | None:
    """What is wrong with the programs' first answers, if they are not within the row's tolerance of each other."""
    if row.agreement is None or len(answers) < 2:
        return None
    low, high = min(answers.values()), max(answers.values())
    if high - low <= row.agreement * max(abs(low), abs(high)):
        return None
    return ", ".join(f"{name} {answer:.6g}" for name, answer in answers.items())
