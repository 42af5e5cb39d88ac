"""Put the benchmark tables between their marks: ``<!-- benchmarks -->`` and ``<!-- /benchmarks -->``.

The READMEs get the short table, one line for each row that matters most; ``docs/performance.md`` gets all that
``benchmarks/results/table.md`` says, below the figures that ``tools/plot_benchmarks.py`` has drawn. ``--check`` writes
nothing and fails when a file is not what would be written.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))
from harness.table import short_table, when_and_where  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results"
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")
PAGE = ROOT / "docs" / "performance.md"
MARKS = re.compile(r"(<!-- benchmarks -->\n).*?(<!-- /benchmarks -->)", re.DOTALL)

FIGURES = {
    "benchmarks.svg": "Each pair of bars has the name of its row in the table below: the times of PyTorch and of "
    "MXNet, in multiples of Glueball's.",
    "scaling.svg": "How time and memory grow with a network and its data; the dashed line is the floor.",
}
HEADLINES = (
    "linear-regression",
    "linear-regression-train-step",
    "perceptron-step",
    "perceptron-train-step",
    "perceptron-epoch",
    "perceptron-epoch-memory",
    "loader",
    "lenet-step",
    "resnet18-step",
    "lstm-step",
    "forward-perceptron-1",
    "call-add",
    "params-save",
    "params-load",
    "import",
)


def table() -> str | None:
    """Figures, tables and notes of the last benchmark run, for a page with a heading; None before the first."""
    path = RESULTS / "table.md"
    if not path.is_file():
        return None
    text = path.read_text(encoding="utf-8").removeprefix("# Benchmarks\n").strip()
    shown = [
        f"{caption}\n\n![{caption}](figures/{name})\n"
        for name, caption in FIGURES.items()
        if (PAGE.parent / "figures" / name).is_file()
    ]
    return "\n".join([*shown, re.sub(r"^## ", "### ", text, flags=re.MULTILINE)])


def readme_table() -> str | None:
    """The rows that matter most and what they ran on; None before the first run."""
    path = RESULTS / "results.json"
    if not path.is_file():
        return None
    results = json.loads(path.read_text(encoding="utf-8"))
    return "\n".join([*short_table(results, HEADLINES), "", when_and_where(results)])


def filled(text: str, rows: str | None) -> str:
    """The text with the table between its marks; as it is while there is no table."""
    return text if rows is None else MARKS.sub(lambda found: f"{found[1]}\n{rows}\n\n{found[2]}", text)


def main() -> None:
    short, whole = readme_table(), table()
    if short is None or whole is None:
        sys.exit(f"{RESULTS.relative_to(ROOT)} has no results: run make bench")
    for path, rows in (*((readme, short) for readme in READMES), (PAGE, whole)):
        text = path.read_text(encoding="utf-8")
        if MARKS.search(text) is None:
            sys.exit(f"{path.name} has no <!-- benchmarks --> ... <!-- /benchmarks -->")
        if "--check" not in sys.argv[1:]:
            path.write_text(filled(text, rows), encoding="utf-8", newline="\n")
        elif filled(text, rows) != text:
            sys.exit(f"{path.name} is not up to date: run tools/readme_tables.py")


if __name__ == "__main__":
    main()
