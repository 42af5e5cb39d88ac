"""``glueball check``: which names of MXNet a code base uses, and what becomes of them here.

Programs are read, not run: imports tell what each name stands for, and chains of attributes are followed from there.
"""

from __future__ import annotations

import ast
import importlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["Finding", "check_path", "findings"]

_DIFFERS = re.compile(r"Differs from 1\.9\.1: (.*?)(?:\n\s*\n|\Z)", re.DOTALL)


class Finding(NamedTuple):
    """One use of a name: ``state`` is ``works``, ``differs``, ``missing`` or ``unknown``."""

    file: Path
    line: int
    name: str
    state: str
    note: str


def check_path(path: Path, every: bool = False) -> int:
    """Print what is found in a file or folder; returns 1 if something is missing or unknown."""
    files = list(sources(path))
    if not files:
        print(f"glueball check: there is no .py or .ipynb file in {path}", file=sys.stderr)
        return 2
    counts = dict.fromkeys(("works", "differs", "missing", "unknown"), 0)
    for file in files:
        try:
            found = findings(file)
        except (SyntaxError, ValueError, OSError) as error:
            print(f"{file}: cannot be read as Python: {error}")
            continue
        for each in found:
            counts[each.state] += 1
            if every or each.state != "works":
                note = f": {each.note}" if each.note else ""
                print(f"{each.file}:{each.line}: {each.name} {_SAID[each.state]}{note}")
    print(
        f"{len(files)} files: {counts['works']} uses of MXNet work, {counts['differs']} differ in a detail, "
        f"{counts['missing']} are not there yet, {counts['unknown']} are no names of MXNet 1.9.1"
    )
    return 1 if counts["missing"] or counts["unknown"] else 0


_SAID = {
    "works": "works",
    "differs": "differs",
    "missing": "is not in Glueball yet",
    "unknown": "is no name of MXNet 1.9.1",
}


def sources(path: Path) -> Iterator[Path]:
    """The programs and notebooks in a folder, or the one file."""
    if path.is_file():
        yield path
        return
    for each in sorted(path.rglob("*")):
        hidden = any(
            part.startswith(".") or part in ("node_modules", "__pycache__")
            for part in each.parts[len(path.parts) :]
        )
        if each.suffix in (".py", ".ipynb") and not hidden:
            yield each


def findings(file: Path) -> list[Finding]:
    """Every use of a name of MXNet in one file, in the order of its lines."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".ipynb":
        text = _cells(text)
    visitor = _Uses()
    visitor.visit(ast.parse(text, filename=str(file)))
    return [
        Finding(file, line, name, *judged(name))
        for line, name in sorted(set(visitor.uses), key=lambda use: use)
    ]


def _cells(text: str) -> str:
    """The code of a notebook; magics and shell commands become empty lines."""
    lines: list[str] = []
    for cell in json.loads(text)["cells"]:
        if cell.get("cell_type") == "code":
            source = cell["source"]
            for line in (source if isinstance(source, str) else "".join(source)).splitlines():
                lines.append("" if line.lstrip().startswith(("%", "!")) else line)
    return "\n".join(lines)


class _Uses(ast.NodeVisitor):
    """Follows imports of ``mxnet`` and the chains of attributes behind them."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}
        self.uses: list[tuple[int, str]] = []

    def visit_Import(self, node: ast.Import) -> None:
        for each in node.names:
            if each.name.partition(".")[0] == "mxnet":
                self.known[each.asname or "mxnet"] = each.name if each.asname else "mxnet"
                self.uses.append((node.lineno, each.name))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level or (node.module or "").partition(".")[0] != "mxnet":
            return
        for each in node.names:
            if each.name != "*":
                self.known[each.asname or each.name] = f"{node.module}.{each.name}"
                self.uses.append((node.lineno, f"{node.module}.{each.name}"))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        parts: list[str] = []
        inner: ast.expr = node
        while isinstance(inner, ast.Attribute):
            parts.append(inner.attr)
            inner = inner.value
        if isinstance(inner, ast.Name) and inner.id in self.known:
            self.uses.append((node.lineno, ".".join([self.known[inner.id], *reversed(parts)])))
        else:
            self.generic_visit(node)


def judged(name: str) -> tuple[str, str]:
    """The state of a dotted name, and what there is to say about it."""
    from mxnet import _surface
    from mxnet._alternatives import alternative

    thing: Any = importlib.import_module("mxnet")
    path = "mxnet"
    for part in name.split(".")[1:]:
        path += "." + part
        try:
            thing = getattr(thing, part)
        except NotImplementedError as error:
            return "missing", _one_line(str(error))
        except AttributeError:
            try:
                thing = importlib.import_module(path)
            except ImportError:
                if isinstance(thing, type) or type(thing).__name__ == "module":
                    return "unknown", ""
                return "works", ""  # an attribute of what a call returned, or of a value
        if _surface.is_absent(thing):
            reason, instead = alternative(_surface.canonical(path))
            return "missing", "; ".join(filter(None, (reason, instead and f"instead: {instead}")))
    found = _DIFFERS.search(thing.__doc__ or "") if callable(thing) else None
    return ("differs", " ".join(found[1].split()).replace("``", "`")) if found else ("works", "")


def _one_line(text: str) -> str:
    return "; ".join(line.strip() for line in text.splitlines()[1:])
