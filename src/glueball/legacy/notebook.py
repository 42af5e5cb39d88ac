"""Turning a notebook into Python: cells in order, magics and shell lines as calls.

Python's own compiler says which lines of a cell are no Python; only those are looked at. A cell in which
``%`` stands for the remainder, also at the start of a line, stays as it is.
"""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType

# What only a notebook's page needs, or what asks for the behaviour that a plain run has anyway.
IGNORED_MAGICS = frozenset(
    {
        "alias_magic",
        "autoawait",
        "autocall",
        "autoindent",
        "automagic",
        "autoreload",
        "autosave",
        "colors",
        "config",
        "history",
        "load_ext",
        "logstart",
        "logstop",
        "matplotlib",
        "notebook",
        "page",
        "pdb",
        "pinfo",
        "pinfo2",
        "precision",
        "pprint",
        "psource",
        "pdoc",
        "pfile",
        "reload_ext",
        "unload_ext",
        "who",
        "who_ls",
        "whos",
        "xmode",
    }
)
# Their statement is executed, once: %timeit measures, but running is what the cells below rely on.
STATEMENT_MAGICS = frozenset({"time", "timeit", "prun", "memit", "mprun", "lprun"})
# %%magics whose cell is executed as Python, and those whose cell is for the page.
BODY_MAGICS = frozenset({"time", "timeit", "capture", "prun", "memit", "python", "python3"})
PAGE_MAGICS = frozenset({"html", "HTML", "javascript", "js", "latex", "markdown", "svg", "SVG"})
INSTALLERS = re.compile(r"^(?:\S*python\S*\s+-m\s+)?(?:pip3?|conda|mamba|apt|apt-get|brew)\b")

_ASSIGNMENT = re.compile(r"^(?P<target>[\w.\[\]'\", ]+?)\s*=\s*(?P<rest>[!%].*)$", re.DOTALL)
_HELP = re.compile(r"^\?{0,2}[\w.*]+\?{0,2}$")


class NotebookError(Exception):
    """A file that is no notebook, or one with magics that cannot be run here: one line each."""


@dataclass
class Cell:
    """One code cell: what a traceback calls it, its Python, and what was left out of it."""

    name: str
    source: str
    skipped: list[str] = field(default_factory=list)

    def compile(self) -> tuple[CodeType, CodeType | None]:
        """Return code for the statements and, where the cell ends with a value to show, code for that."""
        tree = ast.parse(self.source, self.name)
        last = None
        shows = not self.source.rstrip().endswith(";")
        if tree.body and isinstance(tree.body[-1], ast.Expr) and shows:
            last = compile(ast.Interactive([tree.body.pop()]), self.name, "single", dont_inherit=True)
        return compile(tree, self.name, "exec", dont_inherit=True), last


def read_notebook(path: Path) -> list[Cell]:
    """Return the code cells of an ``.ipynb`` file, formats 3 and 4.

    Raises
    ------
    NotebookError : it is not a notebook, or cells hold magics that are not known; all of them are named.
    """
    cells, unknown = translated_cells(path)
    if unknown:
        raise NotebookError("\n".join(unknown))
    return cells


def translated_cells(path: Path) -> tuple[list[Cell], list[str]]:
    """Return the code cells of an ``.ipynb`` file, and a line for each magic that is not known and left out.

    Raises
    ------
    NotebookError : it is not a notebook.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
        cells = document["cells"] if "cells" in document else document["worksheets"][0]["cells"]
        sources = [
            _text(cell["source"] if "source" in cell else cell["input"])
            for cell in cells
            if cell["cell_type"] == "code"
        ]
    except (ValueError, LookupError, TypeError) as error:
        raise NotebookError(f"{path} is not a notebook: {error or type(error).__name__}") from None
    unknown: list[str] = []
    result = []
    for number, source in enumerate(sources, start=1):
        cell = Cell(f"{path} [cell {number}]", source)
        _translate(cell, unknown)
        result.append(cell)
    return result, unknown


def _text(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)


def _translate(cell: Cell, unknown: list[str]) -> None:
    if cell.source.lstrip().startswith("%%"):
        _translate_cell_magic(cell, unknown)
    lines = cell.source.split("\n")
    seen = set()
    while True:
        try:
            ast.parse("\n".join(lines), cell.name)
            break
        except (SyntaxError, ValueError) as error:
            index = (getattr(error, "lineno", None) or 0) - 1
            if index in seen or not 0 <= index < len(lines):
                break  # a real mistake: its traceback comes when the cell's turn comes
            seen.add(index)
            end = index
            while lines[end].endswith("\\") and end + 1 < len(lines):
                end += 1
            joined = " ".join(line.rstrip("\\").rstrip() for line in lines[index : end + 1])
            replacement = _translate_line(cell, joined, index + 1, unknown)
            if replacement is None:
                break
            lines[index : end + 1] = [replacement] + [""] * (end - index)
    cell.source = "\n".join(lines)


def _translate_cell_magic(cell: Cell, unknown: list[str]) -> None:
    before, _, rest = cell.source.partition("%%")
    first, _, body = rest.partition("\n")
    magic, _, argument = first.strip().partition(" ")
    blank = before + "\n"  # keeps the line numbers of the body
    if magic in BODY_MAGICS:
        cell.source = blank + body
    elif magic in PAGE_MAGICS:
        cell.source = ""
        cell.skipped.append(f"%%{magic}")
    elif magic == "writefile":
        cell.source = f"{before}get_ipython().write_file({argument.strip()!r}, {body!r})"
    elif magic in ("bash", "sh", "!"):
        cell.source = f"{before}get_ipython().system({body!r})"
    else:
        cell.source = ""
        unknown.append(f"{cell.name}, line 1: %%{magic} is no cell magic that can be run outside a notebook")


def _translate_line(cell: Cell, line: str, number: int, unknown: list[str]) -> str | None:
    indent = line[: len(line) - len(line.lstrip())]
    text = line.strip()
    assignment = _ASSIGNMENT.match(text)
    if assignment and assignment["rest"].startswith("!"):
        return f"{indent}{assignment['target']} = get_ipython().getoutput({assignment['rest'][1:].strip()!r})"
    if assignment and assignment["rest"].startswith("%"):
        magic, _, argument = assignment["rest"][1:].partition(" ")
        if magic in STATEMENT_MAGICS:
            return f"{indent}{assignment['target']} = {_statement(argument)}"
    elif text.startswith("!"):
        command = text.lstrip("!").strip()
        if INSTALLERS.match(command):
            cell.skipped.append(f"!{command}")
            return f"{indent}pass"
        return f"{indent}get_ipython().system({command!r})"
    elif text.startswith("%"):
        magic, _, argument = text[1:].strip().partition(" ")
        if magic in IGNORED_MAGICS:
            return f"{indent}pass"
        if magic in STATEMENT_MAGICS:
            return f"{indent}{_statement(argument) or 'pass'}"
        if magic in ("pip", "conda", "mamba"):
            cell.skipped.append(text)
            return f"{indent}pass"
        if magic == "cd":
            return f"{indent}get_ipython().chdir({argument.strip()!r})"
        if magic in ("env", "set_env"):
            return f"{indent}get_ipython().set_env({argument.strip()!r})"
        if magic in ("sx", "system"):
            return f"{indent}get_ipython().system({argument.strip()!r})"
        unknown.append(f"{cell.name}, line {number}: %{magic} is no magic that can be run outside a notebook")
        return f"{indent}pass"
    elif "?" in text and _HELP.match(text):
        return f"{indent}pass"
    return None


def _statement(argument: str) -> str:
    """Drop the options of ``%timeit -n 10 -r 3 statement``."""
    return re.sub(r"^(?:-(?:[nrtpTD]\s*\S+|[a-zA-Z]+)\s+)*", "", argument.strip())
