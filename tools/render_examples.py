"""The examples as pages of the documentation: their text, their code, and what a full run of them showed.

    python tools/render_examples.py                      which recordings are missing or out of date
    python tools/render_examples.py --record [NAME ...]  run examples at full scale and record what they show

A recording is ``docs/examples/recorded/<example>.json`` and figures under ``docs/examples/figures``. Pages are made
from the examples and the recordings when the documentation is built (`mkdocs_hooks.py`), which runs nothing: a cell
without a recording is shown without its output.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import hashlib
import io
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "examples"
RECORDED = ROOT / "docs" / "examples" / "recorded"
FIGURES = ROOT / "docs" / "examples" / "figures"
MARKER = re.compile(r"^# %%(?P<rest>.*)$", re.MULTILINE)
DPI = 1.5  # pixels of a recorded figure for each one on the page
LONGEST = 8000  # characters of one cell's output


@dataclass(frozen=True)
class Cell:
    """One cell of an example in percent format."""

    kind: str
    """``'markdown'`` or ``'code'``."""
    source: str
    line: int
    """Where the source starts in the file, from 1."""

    @property
    def key(self) -> str:
        """The same for code that does the same: comments and layout do not count."""
        return hashlib.sha256(ast.dump(ast.parse(self.source)).encode()).hexdigest()[:16]


def examples() -> list[Path]:
    """All examples, in order."""
    return sorted(EXAMPLES.glob("[0-9][0-9]_*.py"))


def cells(path: Path) -> Iterator[Cell]:
    """The cells of an example, empty ones left out."""
    text = path.read_text(encoding="utf-8")
    marks = list(MARKER.finditer(text))
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        body = text[mark.end() + 1 : following.start() if following else None]
        kind = "markdown" if "[markdown]" in mark["rest"] else "code"
        line = text.count("\n", 0, mark.end()) + 2
        if kind == "markdown":
            body = "\n".join(re.sub("^# ?", "", each) for each in body.splitlines())
        if body.strip():
            yield Cell(kind, body.strip("\n") if kind == "markdown" else body.rstrip(), line)


# ------------------------------------------------------------------------------------------------------- recording


def record(path: Path, scale: str = "full") -> None:
    """Run an example in a process of its own and keep what it showed."""
    with tempfile.TemporaryDirectory() as folder:
        working, figures = Path(folder, "working"), Path(folder, "figures")
        working.mkdir()
        figures.mkdir()
        environment = {
            **os.environ,
            "GLUEBALL_EXAMPLES": scale,
            "GLUEBALL_FIGURES": str(figures),
            "MPLBACKEND": "Agg",
        }
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, __file__, "--run", str(path), folder], cwd=working, env=environment, check=True
        )
        seconds = time.perf_counter() - start
        shown = json.loads(Path(folder, "shown.json").read_text(encoding="utf-8"))
        text = json.dumps(
            {"scale": scale, "seconds": round(seconds), "versions": _versions(), "cells": shown}, indent=1
        )
        for name in figures_of(RECORDED / f"{path.stem}.json"):
            (FIGURES / name).unlink(missing_ok=True)
        for name in {figure for cell in shown for figure in cell["figures"]}:
            _keep_figure(figures / name, FIGURES / name)
        RECORDED.mkdir(parents=True, exist_ok=True)
        (RECORDED / f"{path.stem}.json").write_text(text + "\n", encoding="utf-8", newline="\n")


def run(path: Path, folder: Path) -> None:
    """Run an example here, cell by cell, as a notebook would; ``folder/shown.json`` is what each cell showed."""
    import numpy

    random.seed(0)  # the order of batches: the next recording shall differ where the example does
    numpy.random.seed(0)
    sys.path[0] = str(path.parent)
    main = ModuleType("__main__")  # what worker processes and pickles look into
    main.__file__ = str(path)
    sys.modules["__main__"] = main
    figures = Path(os.environ["GLUEBALL_FIGURES"])
    shown = []
    for cell in cells(path):
        if cell.kind == "markdown":
            continue
        before = _times(figures)
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            _run_cell(cell, path, vars(main))
        changed = [name for name, when in _times(figures).items() if before.get(name) != when]
        shown.append({"code": cell.key, "output": _as_anywhere(output.getvalue()), "figures": changed})
    (folder / "shown.json").write_text(json.dumps(shown), encoding="utf-8")


def _as_anywhere(output: str) -> str:
    """What a cell prints where the data lie in the usual place, whoever records it."""
    home = os.environ.get("MXNET_HOME", "").rstrip(os.sep)
    return output.replace(home, "~/.mxnet") if home else output


def _run_cell(cell: Cell, path: Path, names: dict[str, Any]) -> None:
    tree = ast.increment_lineno(ast.parse(cell.source), cell.line - 1)
    last = tree.body[-1] if tree.body else None
    asks = isinstance(last, ast.Expr) and not cell.source.endswith(";")
    if asks:
        tree.body.pop()
    exec(compile(tree, str(path), "exec"), names)
    if asks:
        value = eval(compile(ast.Expression(last.value), str(path), "eval"), names)  # type: ignore[union-attr]
        if value is not None:
            print(repr(value))


def _times(folder: Path) -> dict[str, int]:
    """Figures by name, in the order in which they were saved."""
    found = [(each.stat().st_mtime_ns, each.name) for each in folder.glob("*.png")]
    return {name: when for when, name in sorted(found)}


def _keep_figure(source: Path, target: Path) -> None:
    """Copy a figure in few colours: line plots lose nothing, and the pages stay small."""
    from PIL import Image

    target.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(source) as image:
        image.convert("RGB").quantize(colors=96, dither=Image.Dither.NONE).save(target, optimize=True)


def figures_of(recording: Path) -> set[str]:
    """The names of the figures that belong to a recording."""
    if not recording.is_file():
        return set()
    cells = json.loads(recording.read_text(encoding="utf-8"))["cells"]
    return {name for cell in cells for name in cell["figures"]}


def _versions() -> dict[str, str]:
    import numpy
    import torch

    return {
        "Python": sys.version.split()[0],
        "NumPy": numpy.__version__,
        "PyTorch": torch.__version__.split("+")[0],
    }


# ------------------------------------------------------------------------------------------------------- rendering


def page(path: Path) -> str:
    """An example as Markdown, with what is recorded of it."""
    recording = _recording(path)
    remaining = iter(recording["cells"] if recording else [])
    current = True
    parts = []
    for cell in cells(path):
        if cell.kind == "markdown":
            parts.append(cell.source)
            continue
        parts.append(f"```python\n{cell.source}\n```")
        shown = next(remaining, None) if current else None
        # behind a cell that has changed since, every output may be another
        current = shown is not None and shown["code"] == cell.key
        if current:
            parts += _shown(shown)
    parts.append(_colophon(path, recording, current))
    return "\n\n".join(parts) + "\n"


def title(path: Path) -> str:
    """The heading of an example."""
    first = next(cells(path)).source.splitlines()[0]
    return first.removeprefix("# ")


def overview() -> str:
    """The page that lists all examples."""
    lines = [
        "# Examples",
        "",
        "Each page is a Python file of the folder `examples/`, with what a run at full scale showed. The files are in",
        "percent format: an editor that knows it (VS Code, PyCharm, Spyder, or Jupyter with jupytext) opens them as",
        "notebooks, and `python examples/01_ndarray.py` runs one from top to bottom. `GLUEBALL_EXAMPLES=small` makes",
        "every training a matter of seconds.",
        "",
    ]
    lines += ["| | example | how it begins |", "|---:|---|---|"]
    for path in examples():
        number, _, name = title(path).partition(". ")
        lines.append(f"| {number} | [{name}]({path.stem}.md) | {_first_sentence(path)} |")
    return "\n".join(lines) + "\n"


def _first_sentence(path: Path) -> str:
    paragraphs = next(cells(path)).source.split("\n\n")[1:]
    text = " ".join(paragraphs[0].split()) if paragraphs else ""
    found = re.match(r".+?[.!](?= |$)", text)
    return (found[0].rstrip(":.") if found else text) + "."


def _recording(path: Path) -> dict[str, Any] | None:
    file = RECORDED / f"{path.stem}.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None


def _shown(shown: dict[str, Any]) -> Iterator[str]:
    output = shown["output"].strip("\n").rstrip()
    if len(output) > LONGEST:
        output = output[:LONGEST] + "\n..."
    if output:
        fence = "````" if "```" in output else "```"
        yield f"{fence} {{ .text .output .no-copy }}\n{output}\n{fence}"
    for name in shown["figures"]:
        width = round(_width(FIGURES / name) / DPI)
        alt = Path(name).stem.partition("-")[2].replace("-", " ")
        yield f"![{alt}](figures/{name}){{ width={width} }}"


def _width(figure: Path) -> int:
    return int.from_bytes(figure.read_bytes()[16:20], "big")  # the first field of a PNG's header


def _colophon(path: Path, recording: dict[str, Any] | None, current: bool) -> str:
    source = f"`examples/{path.name}`"
    if recording is None:
        return f"---\n\nThis page is {source}. No outputs are recorded yet (`make test-long` does)."
    versions = ", ".join(f"{name} {number}" for name, number in recording["versions"].items())
    text = f"This page is {source}. Outputs were recorded in {recording['seconds']} s with {versions}."
    if not current:
        text += " The code has changed since, and outputs that may be others now are left out."
    return f"---\n\n{text}"


def state(path: Path) -> str:
    """``'recorded'``, ``'missing'`` or ``'out of date'``."""
    recording = _recording(path)
    if recording is None:
        return "missing"
    keys = [cell.key for cell in cells(path) if cell.kind == "code"]
    return "recorded" if keys == [shown["code"] for shown in recording["cells"]] else "out of date"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "names", nargs="*", help="examples, by the beginning of their names: 03 (default: all)"
    )
    parser.add_argument("--record", action="store_true", help="run the examples and record what they show")
    parser.add_argument(
        "--stale", action="store_true", help="only those whose recording is missing or out of date"
    )
    parser.add_argument("--scale", choices=["full", "small"], default="full")
    parser.add_argument("--run", nargs=2, metavar=("EXAMPLE", "FOLDER"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        run(Path(arguments.run[0]), Path(arguments.run[1]))
        return
    chosen = [
        path for path in examples() if not arguments.names or path.name.startswith(tuple(arguments.names))
    ]
    if arguments.stale:
        chosen = [path for path in chosen if state(path) != "recorded"]
    failed = []
    for path in chosen:
        if arguments.record:
            print(path.stem, flush=True)
            try:
                record(path, arguments.scale)
            except subprocess.CalledProcessError:
                failed.append(path.stem)
        else:
            print(f"{path.stem:32} {state(path)}")
    if failed:
        sys.exit("failed: " + ", ".join(failed))


if __name__ == "__main__":
    main()
