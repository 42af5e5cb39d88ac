"""Put the benchmark table between its marks in the READMEs: ``<!-- benchmarks -->`` and ``<!-- /benchmarks -->``.

The table is that of ``benchmarks/results/table.md``, with the line on when and where it was measured, no notes.
``--check`` writes nothing and fails when a README is not what would be written.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "table.md"
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")
MARKS = re.compile(r"(<!-- benchmarks -->\n).*?(<!-- /benchmarks -->)", re.DOTALL)


def table() -> str | None:
    """The rows of the last benchmark run and what it ran on; None before the first run."""
    if not RESULTS.is_file():
        return None
    lines = RESULTS.read_text(encoding="utf-8").splitlines()
    where = next(line for line in lines if line and line[0] != "#")
    return "\n".join([*(line for line in lines if line.startswith("|")), "", where])


def filled(text: str, rows: str | None) -> str:
    """The text with the table between its marks; as it is while there is no table."""
    return text if rows is None else MARKS.sub(lambda found: f"{found[1]}\n{rows}\n\n{found[2]}", text)


def main() -> None:
    rows = table()
    if rows is None:
        sys.exit(f"{RESULTS.relative_to(ROOT)} is not there: run make bench")
    for readme in READMES:
        text = readme.read_text(encoding="utf-8")
        if MARKS.search(text) is None:
            sys.exit(f"{readme.name} has no <!-- benchmarks --> ... <!-- /benchmarks -->")
        if "--check" not in sys.argv[1:]:
            readme.write_text(filled(text, rows), encoding="utf-8", newline="\n")
        elif filled(text, rows) != text:
            sys.exit(f"{readme.name} is not up to date: run tools/readme_tables.py")


if __name__ == "__main__":
    main()
