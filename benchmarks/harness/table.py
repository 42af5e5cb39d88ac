"""The table in Markdown, from the results as they stand in JSON."""

from __future__ import annotations

from typing import Any

from .row import FRAMEWORKS


def table(results: dict[str, Any]) -> str:
    """All of it: heading, what ran where, the rows, and the notes below them."""
    frameworks = [name for name in FRAMEWORKS if name in results["frameworks"]]
    peers = [name for name in frameworks if name != "glueball"]
    beside = {"pytorch": "Glueball / PyTorch", "mxnet": "MXNet / Glueball"}
    heading = [
        "what",
        *(FRAMEWORKS[name] for name in frameworks),
        *(beside[name] for name in peers),
        "target",
    ]
    lines = [_row(heading), _row(["---", *["---:"] * (len(heading) - 2), "---"])]
    for row in results["rows"]:
        if "spread" not in row:
            continue
        cells = [row["measures"]]
        cells += [_value(row["spread"].get(name), row["unit"]) for name in frameworks]
        cells += [_ratio(row["beside"].get(name), name) for name in peers]
        cells.append(_target(row))
        lines.append(_row(cells))
    return "\n".join(["# Benchmarks", "", *_where(results), "", *lines, "", *_notes(results)]) + "\n"


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _where(results: dict[str, Any]) -> list[str]:
    machine = results["machine"]
    lines = [
        f"{results['date']}, commit {results['commit']}, {machine['processor']}, {machine['cores']} cores, "
        f"{machine['system']}; load average {machine['load'][0]} before the run, {machine['load'][1]} at its end."
        + (" A quick run: few and short samples." if results["quick"] else "")
    ]
    for name, about in results["frameworks"].items():
        versions = ", ".join(f"{library} {version}" for library, version in about["versions"].items())
        lines.append(f"- {FRAMEWORKS[name]}: {versions}; {about['threads']}")
    for name, reason in results["absent"].items():
        lines.append(f"- {FRAMEWORKS[name]}: left out, {reason}")
    return [lines[0], "", *lines[1:]]


def _notes(results: dict[str, Any]) -> list[str]:
    lines = [
        "Medians over rounds in which the frameworks take turns, each in a process of its own. Ratios are medians of "
        "the rounds' own ratios, with their quartiles in brackets.",
        "",
    ]
    earlier: dict[tuple[str, str], list[str]] = {}
    for row in results["rows"]:
        if "earlier" in row:
            when = row["earlier"]
            earlier.setdefault((when["date"], when["commit"]), []).append(f"`{row['name']}`")
    for (date, commit), names in earlier.items():
        lines.append(f"- Measured on {date} at commit {commit}: {', '.join(names)}.")
    for row in results["rows"]:
        for name, text in row.get("peers", {}).items():
            lines.append(f"- `{row['name']}`, {FRAMEWORKS[name]}: {text}.")
        if "skipped" in row:
            lines.append(f"- `{row['name']}` was skipped: {row['skipped']}.")
        if "disagreement" in row:
            lines.append(f"- `{row['name']}`: **the programs disagree**: {row['disagreement']}.")
        for name, text in row.get("without", {}).items():
            lines.append(f"- `{row['name']}`, {FRAMEWORKS[name]}: {text}.")
    return lines


def _value(spread: dict[str, float] | None, unit: str) -> str:
    return "" if spread is None else f"{_digits(spread['median'])} {unit}"


def _ratio(beside: dict[str, Any] | None, peer: str) -> str:
    if beside is None:
        return ""
    median, low, high = (beside["ratio"][key] for key in ("median", "low", "high"))
    if peer == "mxnet":  # how many times faster
        median, low, high = 1 / median, 1 / high, 1 / low
    return f"{_digits(median)} ({_digits(low)} to {_digits(high)})"


def _target(row: dict[str, Any]) -> str:
    target = row.get("target")
    if target is None:
        return ""
    peer = FRAMEWORKS[target["against"]]
    beside = row["beside"][target["against"]]
    if target["at_most"] is not None:
        text = f"at most {target['at_most']:g} × {peer}"
    elif target["faster"] is not None:
        text = f"{target['faster']:g} times faster than {peer}"
    else:
        text = f"at most {target['over']:g} {row['unit']} over {peer} ({beside['difference']['median']:+.2f})"
    return f"{text}: {'met' if target['met'] else '**missed**'}"


def _digits(value: float) -> str:
    """Three digits that mean something, without an exponent."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
