"""Glueball against PyTorch written by hand, the real MXNet 1.9.1, and others.

    make bench                                          everything; leaves benchmarks/results/
    .venv/bin/python benchmarks/run.py --only linear-regression --against pytorch

The same work runs in each framework, in processes that stay alive and take turns, so that whatever else the machine
does hits all of them. The real MXNet comes from the environment that GLUEBALL_ORACLE names (`make oracle` makes it,
on Linux and x86-64), Keras, JAX, scikit-learn and tinygrad from that of GLUEBALL_PEERS (`make peers`); without them,
their columns are left out.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from harness import FLOOR, FRAMEWORKS, Row, load_rows
from harness.measuring import measure
from harness.processes import WorkerError, write_files
from harness.programs import FILES
from harness.table import table

HERE = Path(__file__).resolve().parent
ENVIRONMENTS = {
    "oracle": ("GLUEBALL_ORACLE", "~/.cache/glueball/oracle"),
    "peers": ("GLUEBALL_PEERS", "~/.cache/glueball/peers"),
}


def main() -> int:
    options = _options()
    os.environ.setdefault("MXNET_HOME", str(Path.home() / ".mxnet"))

    if options.threads is not None:
        os.environ["OMP_NUM_THREADS"] = str(options.threads)  # PyTorch and MXNet both follow it

    rows = _chosen(load_rows(options.rows), options.only)
    pythons, absent = _pythons(options.against)
    results: dict[str, Any] = {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": _commit(),
        "quick": options.quick,
        "machine": _machine(),
        "frameworks": {},
        "absent": absent,
        "rows": [],
    }
    with tempfile.TemporaryDirectory(prefix="glueball-bench-") as folder:
        os.environ[FILES] = folder
        trouble = _run(rows, pythons, options, results)

    results["machine"]["load"].append(_load())
    if options.keep:
        _keep_others(results, Path(options.output or HERE / "results") / "results.json", options.rows)
    text = table(results)
    print(text)
    if options.output:
        folder = Path(options.output)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "results.json").write_text(
            json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )
        (folder / "table.md").write_text(text, encoding="utf-8")
    return 1 if trouble else 0


def _run(
    rows: list[Row], pythons: dict[str, str], options: argparse.Namespace, results: dict[str, Any]
) -> bool:
    """Measure row by row into the results; returns whether a program failed or disagreed."""
    repeats = options.repeats or (5 if options.quick else 31)
    seconds = 0.02 if options.quick else 0.1
    written: set[Any] = set()
    trouble = False
    for row in rows:
        entry = _entry(row)
        results["rows"].append(entry)
        reason = row.missing()
        if reason is not None:
            entry["skipped"] = reason
            print(f"{row.name}: skipped, {reason}", file=sys.stderr)
            continue
        try:
            if row.files is not None and row.files not in written:
                write_files(options.rows, row.name)
                written.add(row.files)
            entry.update(measure(row, pythons, options.rows, repeats, seconds))
        except WorkerError as error:
            entry["skipped"] = str(error)
            trouble = True
            print(f"{row.name}: {error}", file=sys.stderr)
            continue
        trouble = trouble or "disagreement" in entry
        for name, about in entry.pop("about", {}).items():
            known = results["frameworks"].setdefault(name, about)
            if len(about["versions"]) > len(known["versions"]):
                results["frameworks"][name] = about
        print(_line(entry), file=sys.stderr)
    return trouble


def _keep_others(results: dict[str, Any], path: Path, rows: str) -> None:
    """Put the rows of an earlier run, each with its date and commit, around those that were measured now."""
    if not path.is_file():
        return
    earlier = json.loads(path.read_text(encoding="utf-8"))
    measured = {entry["name"]: entry for entry in results["rows"]}
    when = {"date": earlier["date"], "commit": earlier["commit"]}
    known = {entry["name"]: {"earlier": when, **entry} for entry in earlier["rows"]} | measured
    results["rows"] = [known[row.name] for row in load_rows(rows) if row.name in known]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    peers = [name for name in FRAMEWORKS if name not in ("glueball", FLOOR)]
    parser.add_argument("--only", nargs="+", metavar="ROW", help="these rows, or all that begin so")
    parser.add_argument("--against", nargs="+", choices=peers, default=peers, help="default: all")
    parser.add_argument("--repeats", type=int, metavar="N", help="rounds; default 31, with --quick 5")
    parser.add_argument("--threads", type=int, metavar="N", help="for every framework; default: each its own")
    parser.add_argument("--quick", action="store_true", help="few rounds of short samples")
    parser.add_argument(
        "--output", metavar="DIR", help="where results go; default benchmarks/results, with --only nowhere"
    )
    parser.add_argument(
        "--keep", action="store_true", help="write into the results of before, whose other rows stay"
    )
    parser.add_argument("--rows", default=str(HERE / "rows"), metavar="DIR", help="where the rows are")
    options = parser.parse_args()
    for name in ("repeats", "threads"):
        if getattr(options, name) is not None and getattr(options, name) < 1:
            parser.error(f"--{name} takes a positive number")
    if options.output is None and (options.keep or not options.only):
        options.output = str(HERE / "results")
    return options


def _chosen(rows: list[Row], only: list[str] | None) -> list[Row]:
    if only is None:
        return rows
    exact = {row.name for row in rows} & set(only)
    for name in set(only) - exact:
        if not any(row.name.startswith(name) for row in rows):
            sys.exit(f"no row is called {name}; there are: {', '.join(row.name for row in rows)}")
    return [
        row for row in rows if row.name in exact or any(row.name.startswith(n) for n in set(only) - exact)
    ]


def _pythons(against: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    """For each framework the Python that has it; and why others are left out. The floor is always measured."""
    pythons: dict[str, str] = {}
    absent: dict[str, str] = {}
    for name, framework in FRAMEWORKS.items():
        if name not in ("glueball", FLOOR, *against):
            absent[name] = "not asked for"
        elif framework.environment == "own":
            pythons[name] = sys.executable
        else:
            variable, default = ENVIRONMENTS[framework.environment]
            folder = Path(os.environ.get(variable) or default).expanduser()
            python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
            if python.exists():
                pythons[name] = str(python)
            else:
                absent[name] = f"there is no {python} (`make {framework.environment}` makes it)"
    return pythons, absent


def _entry(row: Row) -> dict[str, Any]:
    """What is known of a row before it is measured."""
    entry: dict[str, Any] = {
        "name": row.name,
        "measures": row.measures,
        "unit": row.unit,
        "peers": dict(row.peers),
    }
    if row.floor is not None:
        entry["floor"] = {"how": row.floor.how, "column": row.floor.column}
    if row.points:
        entry["along"] = row.along
    return entry


def _line(entry: dict[str, Any]) -> str:
    """A sign of life for each row."""
    found = entry["points"][-1] if "points" in entry else entry
    spread = found.get("spread", {})
    medians = ", ".join(f"{FRAMEWORKS[name].title} {about['median']:.4g}" for name, about in spread.items())
    at = f" at {found['at']}" if "points" in entry else ""
    return f"{entry['name']}{at}: {medians} {entry['unit']}"


def _commit() -> str:
    git = ["git", "-C", str(HERE)]
    try:
        commit = subprocess.run(
            [*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True
        )
        status = subprocess.run(
            [*git, "status", "--porcelain", "--", "../src"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return commit.stdout.strip() + (" with changes" if status.stdout.strip() else "")


def _machine() -> dict[str, Any]:
    processor = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                processor = line.split(":", 1)[1].strip()
                break
    except OSError:
        pass
    return {
        "processor": processor,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "load": [_load()],
    }


def _load() -> float | None:
    """How many processes wanted a core in the last minute; Windows does not say."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


if __name__ == "__main__":
    sys.exit(main())
