"""From rounds of measurements to medians and ratios."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Any

from .row import Row, Target


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
    """Per framework the spread of its values; per peer, the floor among them, that of Glueball's beside them.

    Ratios and differences are taken round by round, between measurements made one after the other, before the
    median: a machine that is slow for a while is slow for both. A slow peer may have taken part in the first rounds
    only.
    """
    summary: dict[str, Any] = {"spread": {name: vars(Spread.of(found)) for name, found in values.items()}}
    if "glueball" not in values:
        return summary
    beside: dict[str, Any] = {}
    for peer, found in values.items():
        if peer != "glueball":
            pairs = list(zip(values["glueball"], found, strict=False))
            beside[peer] = {
                "ratio": vars(Spread.of([a / b for a, b in pairs])),
                "difference": vars(Spread.of([a - b for a, b in pairs])),
            }
    summary["beside"] = beside
    summary["targets"] = [
        {**vars(target), "met": _met(target, beside[target.against])}
        for target in row.targets
        if target.against in beside
    ]
    return summary


def _met(target: Target, beside: dict[str, Any]) -> bool:
    ratio, difference = beside["ratio"]["median"], beside["difference"]["median"]
    if target.at_most is not None:
        return bool(ratio <= target.at_most)
    if target.faster is not None:
        return bool(ratio <= 1 / target.faster)
    return bool(difference <= target.over)


def disagreement(row: Row, answers: dict[str, float]) -> str | None:
    """What is wrong with the programs' first answers, if they are not within the row's tolerance of each other."""
    if row.agreement is None or len(answers) < 2:
        return None
    low, high = min(answers.values()), max(answers.values())
    if high - low <= row.agreement * max(abs(low), abs(high)):
        return None
    return ", ".join(f"{name} {answer:.6g}" for name, answer in answers.items())
