"""The tables in Markdown, from the results as they stand in JSON."""

from __future__ import annotations

from typing import Any

from .row import ELSEWHERE, FLOOR, FRAMEWORKS

SHOWN_KERNELS = 10
MAIN = tuple(name for name in FRAMEWORKS if name not in ELSEWHERE and name != FLOOR)


def table(results: dict[str, Any]) -> str:
    """All of it: heading, what ran where, the rows, the same work elsewhere, and the notes below them."""
    parts = ["# Benchmarks", "", *_where(results), "", *rows_table(results)]
    others = elsewhere_table(results)
    if others:
        parts += ["", "## The same work elsewhere", "", *others]
    curves = curves_table(results)
    if curves:
        parts += ["", "## How time grows", "", *curves]
    profiles = profiles_tables(results)
    if profiles:
        parts += ["", "## Where the time of missed targets goes", *profiles]
    return "\n".join([*parts, "", "## Notes", "", *_notes(results)]) + "\n"


def rows_table(results: dict[str, Any]) -> list[str]:
    """Glueball, PyTorch and MXNet, the floor, the ratios, and whether targets are met; nothing for curves alone."""
    if not any("spread" in row for row in results["rows"]):
        return []
    frameworks = [name for name in MAIN if name in results["frameworks"]]
    beside = {"pytorch": "Glueball / PyTorch", "mxnet": "MXNet / Glueball"}
    peers = [name for name in frameworks if name in beside]
    heading = [
        "row",
        "what",
        *(FRAMEWORKS[name].title for name in frameworks),
        "floor",
        *(beside[name] for name in peers),
        "Glueball / floor",
        "target",
    ]
    lines = [_row(heading), _row(["---", "---", *["---:"] * (len(heading) - 3), "---"])]
    for row in results["rows"]:
        if "spread" not in row:
            continue
        floor = _floor_of(row)
        cells = [f"`{row['name']}`", row["measures"]]
        cells += [_value(row["spread"].get(name), row["unit"]) for name in frameworks]
        cells.append(_value(row["spread"].get(floor), row["unit"]))
        cells += [_ratio(row.get("beside", {}).get(name), name) for name in peers]
        cells.append(_ratio(row.get("beside", {}).get(floor), FLOOR))
        cells.append("; ".join(_target(row, target) for target in row.get("targets", ())))
        lines.append(_row(cells))
    return lines


def elsewhere_table(results: dict[str, Any]) -> list[str]:
    """The rows that further frameworks have; nothing if none was there."""
    frameworks = [name for name in ELSEWHERE if name in results["frameworks"]]
    rows = [row for row in results["rows"] if any(name in row.get("spread", {}) for name in frameworks)]
    if not rows:
        return []
    shown = ["glueball", *frameworks]
    heading = ["row", "what", *(FRAMEWORKS[name].title for name in shown)]
    lines = [_row(heading), _row(["---", "---", *["---:"] * len(shown)])]
    for row in rows:
        cells = [_value(row["spread"].get(name), row["unit"]) for name in shown]
        lines.append(_row([f"`{row['name']}`", row["measures"], *cells]))
    return lines


def curves_table(results: dict[str, Any]) -> list[str]:
    """The rows that are curves, a line for each point; nothing if none was measured."""
    shown = [*MAIN, FLOOR]
    lines = [_row(["what", "along", "at", *(FRAMEWORKS[name].title for name in shown)])]
    lines.append(_row(["---", "---", "---:", *["---:"] * len(shown)]))
    for row in results["rows"]:
        for point in row.get("points", ()):
            cells = [_value(point.get("spread", {}).get(name), row["unit"]) for name in shown]
            lines.append(_row([row["measures"], row["along"], f"{point['at']:,}", *cells]))
    return lines if len(lines) > 2 else []


def profiles_tables(results: dict[str, Any]) -> list[str]:
    """For each row that missed a target its kernels, those that take Glueball longest first; nothing if none did."""
    lines: list[str] = []
    for row in results["rows"]:
        profiles = row.get("profiles")
        if not profiles:
            continue
        lines += ["", f"`{row['name']}`, {row['measures']}:", ""]
        lines.append(_row(["kernel", *(FRAMEWORKS[name].title for name in profiles)]))
        lines.append(_row(["---", *["---:"] * len(profiles)]))
        longest = sorted(
            {kernel for found in profiles.values() for kernel in found["kernels"]},
            key=lambda kernel: [-_seconds(found, kernel) for found in profiles.values()],
        )
        shown, others = longest[:SHOWN_KERNELS], longest[SHOWN_KERNELS:]
        for kernel in shown:
            cells = [_time(found["kernels"].get(kernel)) for found in profiles.values()]
            lines.append(_row([f"`{kernel}`", *cells]))
        sums = {name: sum(_seconds(found, k) for k in longest) for name, found in profiles.items()}
        rest = {name: sum(_seconds(found, k) for k in others) for name, found in profiles.items()}
        lines.append(_row(["other kernels", *(_microseconds(rest[name]) for name in profiles)]))
        around = [_microseconds(max(found["seconds"] - sums[name], 0)) for name, found in profiles.items()]
        lines.append(_row(["around the kernels", *around]))
        lines.append(_row(["all", *(_microseconds(found["seconds"]) for found in profiles.values())]))
    return lines


def short_table(results: dict[str, Any], names: tuple[str, ...]) -> list[str]:
    """Some rows in a given order, without ratios and floors."""
    frameworks = [name for name in MAIN if name in results["frameworks"]]
    heading = ["what", *(FRAMEWORKS[name].title for name in frameworks), "target"]
    lines = [_row(heading), _row(["---", *["---:"] * len(frameworks), "---"])]
    rows = {row["name"]: row for row in results["rows"] if "spread" in row}
    for row in (rows[name] for name in names if name in rows):
        cells = [_value(row["spread"].get(name), row["unit"]) for name in frameworks]
        targets = "; ".join(_target(row, target) for target in row.get("targets", ()))
        lines.append(_row([row["measures"], *cells, targets]))
    return lines


def when_and_where(results: dict[str, Any]) -> str:
    """One sentence on the run."""
    machine = results["machine"]
    return (
        f"{results['date']}, commit {results['commit']}, {machine['processor']}, {machine['cores']} cores, "
        f"{machine['system']}; load average {machine['load'][0]} before the run, {machine['load'][1]} at its end."
        + (" A quick run: few and short samples." if results["quick"] else "")
    )


def _seconds(profile: dict[str, Any], kernel: str) -> float:
    return float(profile["kernels"].get(kernel, {"seconds": 0.0})["seconds"])


def _time(kernel: dict[str, float] | None) -> str:
    return (
        ""
        if kernel is None
        else f"{kernel['calls']:,.4g} × {_microseconds(kernel['seconds'] / kernel['calls'])}"
    )


def _microseconds(seconds: float) -> str:
    return f"{_digits(seconds * 1e6)} µs"


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _floor_of(row: dict[str, Any]) -> str:
    return (row.get("floor") or {}).get("column") or FLOOR


def _where(results: dict[str, Any]) -> list[str]:
    lines = []
    for name, about in results["frameworks"].items():
        if name != FLOOR:
            versions = ", ".join(f"{library} {version}" for library, version in about["versions"].items())
            lines.append(f"- {FRAMEWORKS[name].title}: {versions}; {about['threads']}")
    for name, reason in results["absent"].items():
        lines.append(f"- {FRAMEWORKS[name].title}: left out, {reason}")
    return [when_and_where(results), "", *lines]


def _notes(results: dict[str, Any]) -> list[str]:
    lines = [
        "Medians over rounds in which the frameworks take turns, each in a process of its own. Ratios are medians of "
        "the rounds' own ratios, with their quartiles in brackets. `results.json` has every value, and the threads and "
        "the peak memory of each process. Kernels are measured in calls of their own after the rounds, with torch's "
        "profiler, which adds a microsecond or two to each.",
        "",
    ]
    lines += _grouped(
        results["rows"],
        lambda row: (row["earlier"]["date"], row["earlier"]["commit"]) if "earlier" in row else None,
        lambda when, names: f"- Measured on {when[0]} at commit {when[1]}: {names}.",
    )
    lines += _grouped(
        results["rows"],
        lambda row: row["floor"]["how"] if row.get("floor") else None,
        lambda how, names: f"- Floor of {names}: {how}.",
    )
    for row in results["rows"]:
        for name, text in row.get("peers", {}).items():
            lines.append(f"- `{row['name']}`, {FRAMEWORKS[name].title}: {text}.")
        if "skipped" in row:
            lines.append(f"- `{row['name']}` was skipped: {row['skipped']}.")
        if "disagreement" in row:
            lines.append(f"- `{row['name']}`: **the programs disagree**: {row['disagreement']}.")
        for name, text in row.get("without", {}).items():
            lines.append(f"- `{row['name']}`, {FRAMEWORKS[name].title}: {text}.")
    return lines


def _grouped(rows: list[dict[str, Any]], key: Any, line: Any) -> list[str]:
    """One line for all rows of which the same is to be said."""
    groups: dict[Any, list[str]] = {}
    for row in rows:
        said = key(row)
        if said is not None:
            groups.setdefault(said, []).append(f"`{row['name']}`")
    return [line(said, ", ".join(names)) for said, names in groups.items()]


def _value(spread: dict[str, float] | None, unit: str) -> str:
    return "" if spread is None else f"{_digits(spread['median'])} {unit}"


def _ratio(beside: dict[str, Any] | None, peer: str) -> str:
    if beside is None:
        return ""
    median, low, high = (beside["ratio"][key] for key in ("median", "low", "high"))
    if peer == "mxnet":  # how many times faster
        median, low, high = 1 / median, 1 / high, 1 / low
    return f"{_digits(median)} ({_digits(low)} to {_digits(high)})"


def _target(row: dict[str, Any], target: dict[str, Any]) -> str:
    peer = "the floor" if target["against"] == FLOOR else FRAMEWORKS[target["against"]].title
    beside = row["beside"][target["against"]]
    if target["at_most"] is not None:
        text = f"at most {target['at_most']:g} × {peer} ({_digits(beside['ratio']['median'])})"
    elif target["faster"] is not None:
        text = f"{target['faster']:g} times faster than {peer} ({_digits(1 / beside['ratio']['median'])})"
    else:
        text = f"at most {target['over']:g} {row['unit']} over {peer} ({beside['difference']['median']:+.2f})"
    return f"{text}: {'met' if target['met'] else '**missed**'}"


def _digits(value: float) -> str:
    """Three digits that mean something, without an exponent."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
