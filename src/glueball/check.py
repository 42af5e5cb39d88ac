"""``glueball check``: which names of MXNet a code base uses, and what becomes of them here.

Programs are read, not run: imports tell what each name stands for, and chains of attributes are followed from there.
"""

from __future__ import annotations

import ast
import importlib
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from glueball.legacy.notebook import NotebookError, translated_cells

__all__ = ["Finding", "check_path", "findings"]

_DIFFERS = re.compile(r"Differs from 1\.9\.1: (.*?)(?:\n\s*\n|\Z)", re.DOTALL)


class Finding(NamedTuple):
    """One use of a name: ``state`` is ``works``, ``differs``, ``missing`` or ``unknown``."""

    file: Path
    line: int
    """In the file, or in the cell of a notebook."""
    name: str
    state: str
    note: str
    cell: int | None = None
    """Of a notebook, from 1: among the cells of code."""

    @property
    def place(self) -> str:
        """``program.py:7``, or ``book.ipynb [cell 3]:2``."""
        return (
            f"{self.file}:{self.line}" if self.cell is None else f"{self.file} [cell {self.cell}]:{self.line}"
        )


def check_path(path: Path, every: bool = False) -> int:
    """Print what is found in a file or folder; returns 1 if something is missing or unknown."""
    files = list(sources(path))
    if not files:
        print(f"glueball check: there is no .py or .ipynb file in {path}", file=sys.stderr)
        return 2
    counts = dict.fromkeys(("works", "differs", "missing", "unknown"), 0)
    differing: dict[tuple[str, str], list[str]] = {}
    broken = 0
    for file in files:
        unreadable: list[str] = []
        for each in findings(file, unreadable):
            counts[each.state] += 1
            if every or each.state in ("missing", "unknown"):
                note = f": {each.note}" if each.note else ""
                print(f"{each.place}: {each.name} {_SAID[each.state]}{note}")
            elif each.state == "differs":
                differing.setdefault((each.name, each.note), []).append(each.place)
        for line in unreadable:
            print(line)
        broken += bool(unreadable)
    if differing:
        print(_details(differing))
    works, missing, unknown = counts["works"] + counts["differs"], counts["missing"], counts["unknown"]
    print(
        f"{_count(len(files), 'file')}{f' ({broken} not read in full)' * bool(broken)}, "
        f"{_count(works + missing + unknown, 'use')} of MXNet: {works} work "
        f"({counts['differs']} of them {'differs' if counts['differs'] == 1 else 'differ'} in a detail), "
        f"{missing} {'is' if missing == 1 else 'are'} not there yet, "
        f"{unknown} {'is no name' if unknown == 1 else 'are no names'} of MXNet 1.9.1"
    )
    return 1 if missing or unknown else 0


_SAID = {
    "works": "works",
    "differs": "works and differs in a detail",
    "missing": "is not in Glueball yet",
    "unknown": "is no name of MXNet 1.9.1",
}


def _details(differing: dict[tuple[str, str], list[str]]) -> str:
    """Each difference once, however often the name is used: a large code base shall not drown what is missing."""
    lines = ["These work and differ from 1.9.1 in a detail (--all shows every place):"]
    for (name, note), places in sorted(differing.items()):
        lines.append(f"  {name}: {_count(len(places), 'use')}, first {places[0]}")
        lines.append(textwrap.fill(note, 110, initial_indent=" " * 6, subsequent_indent=" " * 6))
    return "\n".join(lines)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


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


def findings(file: Path, unreadable: list[str] | None = None) -> list[Finding]:
    """Every use of a name of MXNet in one file, in the order of its lines.

    Parameters
    ----------
    unreadable : takes a line for each part of the file that is no Python.
    """
    said = [] if unreadable is None else unreadable
    visitor = _Uses()
    try:
        parts = list(_parts(file))
    except (NotebookError, OSError) as error:
        said.append(f"{file}: cannot be read: {error}")
        return []
    for cell, name, source in parts:
        visitor.cell = cell
        try:
            visitor.visit(ast.parse(source, filename=name))
        except (SyntaxError, ValueError) as error:
            said.append(f"{name}: cannot be read as Python: {error}")
    return [
        Finding(file, line, name, *judged(name), cell=cell or None)
        for cell, line, name in sorted(set(visitor.uses))
    ]


def _parts(file: Path) -> Iterator[tuple[int, str, str | bytes]]:
    """Number, name and source of what is to be parsed: the program, or the cells of the notebook."""
    if file.suffix == ".ipynb":
        for number, cell in enumerate(translated_cells(file)[0], start=1):
            yield number, cell.name, cell.source
    else:
        yield 0, str(file), file.read_bytes()  # as bytes: the file itself says how it is encoded


class _Uses(ast.NodeVisitor):
    """Follows imports of ``mxnet`` and the chains of attributes behind them."""

    def __init__(self) -> None:
        self.scopes: list[dict[str, str | None]] = [{}]
        """What names stand for, from the module inwards; None for something else than a part of MXNet."""
        self.uses: list[tuple[int, int, str]] = []
        self.cell = 0

    def visit_Import(self, node: ast.Import) -> None:
        for each in node.names:
            if each.name.partition(".")[0] == "mxnet":
                self.scopes[-1][each.asname or "mxnet"] = each.name if each.asname else "mxnet"
                self._note(node, each.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level or (node.module or "").partition(".")[0] != "mxnet":
            return
        for each in node.names:
            if each.name != "*":
                self.scopes[-1][each.asname or each.name] = f"{node.module}.{each.name}"
                self._note(node, f"{node.module}.{each.name}")

    def visit_Attribute(self, node: ast.Attribute) -> None:
        name = self._dotted(node)
        if name is None:
            self.generic_visit(node)
        else:
            self._note(node, name)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        name = self._dotted(node.value)
        nothing = (
            isinstance(node.value, ast.Constant) and node.value.value is None
        )  # what stands behind `except`
        for target in node.targets:
            if isinstance(target, ast.Name):
                if name is not None or (self._stands_for(target.id) and not nothing):
                    self.scopes[-1][target.id] = name
            else:
                self.visit(target)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for outside in (*node.decorator_list, *_signature(node.args), *filter(None, [node.returns])):
            self.visit(outside)
        self._inside(node.args, node.body)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_Lambda(self, node: ast.Lambda) -> None:
        for outside in _signature(node.args):
            self.visit(outside)
        self._inside(node.args, [node.body])

    def _inside(self, arguments: ast.arguments, body: list[Any]) -> None:
        """Visit the body of a function, in which its arguments and what it assigns hide names of the module."""
        named = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        given = [*named, *filter(None, [arguments.vararg, arguments.kwarg])]
        hidden: dict[str, str | None] = dict.fromkeys([*(each.arg for each in given), *_assigned(body)])
        self.scopes.append(hidden)
        for statement in body:
            self.visit(statement)
        self.scopes.pop()

    def _dotted(self, node: ast.expr) -> str | None:
        """``mxnet.nd.array`` for ``nd.array``; None where the chain does not begin with a part of MXNet."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        known = self._stands_for(node.id) if isinstance(node, ast.Name) else None
        return known and ".".join([known, *reversed(parts)])

    def _stands_for(self, name: str) -> str | None:
        return next((scope[name] for scope in reversed(self.scopes) if name in scope), None)

    def _note(self, node: ast.stmt | ast.expr, name: str) -> None:
        self.uses.append((self.cell, node.lineno, name))


def _signature(arguments: ast.arguments) -> list[ast.expr]:
    """What of a signature is evaluated outside of the function: defaults and annotations."""
    named = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    annotations = [
        each.annotation for each in (*named, arguments.vararg, arguments.kwarg) if each is not None
    ]
    return [each for each in (*arguments.defaults, *arguments.kw_defaults, *annotations) if each is not None]


def _assigned(body: list[ast.AST]) -> set[str]:
    """The names that a function's body assigns, those of functions in it and of the module left out."""
    names: set[str] = set()
    elsewhere: set[str] = set()
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            elsewhere.update(node.names)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
            continue
        elif isinstance(node, ast.Lambda):
            continue
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        waiting.extend(ast.iter_child_nodes(node))
    return names - elsewhere


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
