"""Draw what ``benchmarks/results/results.json``, or the file that is named instead, holds, into ``docs/figures``.

- ``benchmarks.svg``: how many times as long as Glueball PyTorch and MXNet take, row by row;
- ``scaling.svg``: how time and memory grow with the width, the batch, the depth and the data.
"""

from __future__ import annotations

import json
import sys
import textwrap
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "results.json"
FIGURES = ROOT / "docs" / "figures"

TITLES = {"glueball": "Glueball", "pytorch": "PyTorch", "mxnet": "MXNet 1.9.1", "floor": "floor"}
COLORS = {"glueball": "#3f51b5", "pytorch": "#e4673c", "mxnet": "#8d9bb0", "floor": "#1f2937"}
TIMES = ("µs", "ms", "s")
# Beginnings of rows' names, and what stands above those rows; a row belongs to the first that fits.
GROUPS = {
    "From process to model": ("import", "perceptron-start", "perceptron-epoch"),
    "Training steps": (
        "linear-regression",
        "softmax-regression",
        "perceptron",
        "lenet",
        "resnet18",
        "lstm",
        "gru",
    ),
    "Predictions": ("forward",),
    "Calls of operators": ("call",),
    "Loaders": ("loader",),
    "Files": ("params",),
    "Detection": ("detection",),
}
STYLE = {
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#9aa3af",
    "axes.labelcolor": "#374151",
    "axes.titlecolor": "#111827",
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "xtick.color": "#6b7280",
    "ytick.color": "#6b7280",
    "text.color": "#374151",
    "grid.color": "#e5e7eb",
    "grid.linewidth": 0.7,
    "legend.frameon": False,
    "svg.fonttype": "none",  # text stays text: small, sharp, and to be searched
    "svg.hashsalt": "glueball",
}


def ratios(results: dict[str, Any]) -> dict[str, list[tuple[str, dict[str, float]]]]:
    """By group the rows with their peers' times over Glueball's; the calls of operators as the middle one of them."""
    groups: dict[str, list[tuple[str, dict[str, float]]]] = {title: [] for title in GROUPS}
    for row in results["rows"]:
        beside = row.get("beside", {})
        found = {peer: 1 / beside[peer]["ratio"]["median"] for peer in ("pytorch", "mxnet") if peer in beside}
        if row["unit"] in TIMES and found:
            for title, beginnings in GROUPS.items():
                if row["name"].startswith(beginnings):
                    groups[title].append((row["name"], found))
                    break
    calls = groups["Calls of operators"]
    if calls:
        middle = {
            peer: median(found[peer] for _, found in calls if peer in found)
            for peer in ("pytorch", "mxnet")
            if any(peer in found for _, found in calls)
        }
        groups["Calls of operators"] = [(f"median of {len(calls)}", middle)]
    return {title: rows for title, rows in groups.items() if rows}


def draw_ratios(results: dict[str, Any]) -> Any:
    """Horizontal bars from 1, on a logarithmic axis: to the right of it Glueball is faster."""
    import matplotlib.pyplot as plt
    from matplotlib.ticker import FuncFormatter, NullLocator

    groups = ratios(results)
    lines = sum(len(rows) + 1.3 for rows in groups.values())
    figure, axes = plt.subplots(figsize=(8.2, 0.9 + 0.225 * lines), layout="constrained")
    place, places, labels = 0.0, [], []
    everything = [value for rows in groups.values() for _, found in rows for value in found.values()]
    low, high = min([0.5, *everything]) / 1.15, max([2.0, *everything]) * 1.7
    for title, rows in groups.items():
        place += 1.3
        places.append(place)
        labels.append(title)
        for name, found in rows:
            place += 1
            places.append(place)
            labels.append(name)
            height = 0.38 if len(found) == 2 else 0.5
            for number, (peer, value) in enumerate(found.items()):
                at = place + (number - 0.5) * 0.4 if len(found) == 2 else place
                axes.barh(at, value - 1, left=1, height=height, color=COLORS[peer], linewidth=0)
                right = value >= 1
                axes.annotate(
                    f"{value:.2f}" if value < 10 else f"{value:.0f}",
                    (value, at),
                    (3 if right else -3, 0),
                    textcoords="offset points",
                    va="center",
                    ha="left" if right else "right",
                    fontsize=6.5,
                    color="#4b5563",
                )
    axes.axvline(1, color=COLORS["glueball"], linewidth=1.4)
    axes.set(xscale="log", xlim=(low, high), ylim=(place + 0.8, 0.2), yticks=places, yticklabels=labels)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}×"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks([tick for tick in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200) if low < tick < high])
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0, labelsize=8)
    for label in axes.get_yticklabels():
        if label.get_text() in groups:
            label.set(fontweight="bold", color="#111827")
    axes.spines["left"].set_visible(False)
    handles = [plt.Rectangle((0, 0), 1, 1, color=COLORS[peer]) for peer in ("pytorch", "mxnet")]
    axes.legend(
        handles,
        [TITLES["pytorch"], TITLES["mxnet"]],
        loc="lower right",
        bbox_to_anchor=(1, 1),
        ncols=2,
        borderaxespad=0.3,
    )
    axes.text(1.04, 0.55, "Glueball is faster →", color=COLORS["glueball"], fontsize=7.5, va="center")
    axes.set_title("Time in multiples of Glueball's")
    return figure


def draw_scaling(results: dict[str, Any]) -> Any:
    """A panel for each curve, on logarithmic axes, and one for the memory that the data take."""
    import matplotlib.pyplot as plt

    curves = {row["name"].removeprefix("scaling-"): row for row in results["rows"] if "points" in row}
    panels = [(row, "spread") for row in curves.values()]
    if "data-disk" in curves:
        panels.append((curves["data-disk"], "memory"))
    columns = min(3, len(panels))
    count = -(-len(panels) // columns)
    figure, grid = plt.subplots(
        count, columns, figsize=(3.2 * columns, 2.7 * count), layout="constrained", squeeze=False
    )
    for axes, (row, what) in zip(grid.flat, panels, strict=False):
        for name in TITLES:
            points = [point for point in row["points"] if name in point.get(what, {})]
            if not points or (what == "memory" and name == "floor"):
                continue
            at = [point["at"] for point in points]
            style = {"linestyle": (0, (3, 2)), "linewidth": 1.1} if name == "floor" else {"marker": "o"}
            found = [point[what][name] for point in points]
            values = [value["median"] for value in found] if what == "spread" else found
            axes.plot(at, values, color=COLORS[name], markersize=3, label=TITLES[name], **style)
            if what == "spread":
                lows, highs = ([value[key] for value in found] for key in ("low", "high"))
                axes.fill_between(at, lows, highs, color=COLORS[name], alpha=0.15, linewidth=0)
        _finish(axes, row, what)
    for axes in list(grid.flat)[len(panels) :]:
        axes.set_visible(False)
    handles, labels = grid.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    return figure


def _finish(axes: Any, row: dict[str, Any], what: str) -> None:
    from matplotlib.ticker import FuncFormatter, NullLocator

    ats = [point["at"] for point in row["points"]]
    axes.set_xscale("log")
    axes.set_yscale("log" if what == "spread" else "linear")
    axes.set_xticks(ats if len(ats) <= 4 else ats[:: 2 if len(ats) % 2 else 3])
    plain = FuncFormatter(lambda value, _: f"{value:,g}")
    axes.xaxis.set_major_formatter(plain)
    axes.xaxis.set_minor_locator(NullLocator())
    if what == "spread":
        axes.yaxis.set_major_formatter(plain)
        axes.yaxis.set_minor_locator(NullLocator())
    else:
        axes.set_ylim(0, axes.get_ylim()[1] * 1.15)
    axes.set_xlabel(row["along"])
    axes.set_ylabel(row["unit"] if what == "spread" else "peak memory, MiB")
    title = row["measures"] if what == "spread" else "memory: " + row["measures"]
    axes.set_title("\n".join(textwrap.wrap(title, 36)), fontsize=8)
    axes.grid(True)
    axes.set_axisbelow(True)


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else RESULTS
    if not path.is_file():
        sys.exit(f"{path} is not there: run make bench")
    results = json.loads(path.read_text(encoding="utf-8"))
    import matplotlib.pyplot as plt

    FIGURES.mkdir(parents=True, exist_ok=True)
    with plt.rc_context(STYLE):
        if ratios(results):
            _save(draw_ratios(results), FIGURES / "benchmarks.svg")
        if any("points" in row for row in results["rows"]):
            _save(draw_scaling(results), FIGURES / "scaling.svg")


def _save(figure: Any, path: Path) -> None:
    import matplotlib.pyplot as plt

    figure.savefig(path, metadata={"Date": None}, facecolor="white")
    plt.close(figure)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
