"""Short programs with what they print: the format of ``tests/golden/behaviour.txt``.

A case is a title, a program as a Python session shows it, and what follows: what the program printed and the value of
its last line, or ``RAISES`` and the exception's class.
"""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import io
import re
import warnings
from typing import Any

# Layers without a prefix are numbered by how many there were before in the process.
_COUNTED = re.compile(r"\b(?!float|int|uint|bool)([a-z]+)\d+(?=_|'|$)", re.MULTILINE)
# NumPy 2 shows its scalars with their type, and has another name for its bool.
_SCALAR = re.compile(r"\bnp\.(?:float|int|uint)\d+\(([^()]*)\)|\bnp\.(True|False)_")


@dataclasses.dataclass(frozen=True)
class Case:
    """One program and its result."""

    section: str
    title: str
    program: str
    result: str


def read_cases(text: str) -> list[Case]:
    """Read the cases of a file, in order."""
    cases, section = [], ""
    for block in re.split(r"^(?=### |={10,} )", text, flags=re.MULTILINE):
        lines = block.rstrip("\n").split("\n")
        if lines[0].startswith("=========="):
            section = lines[0].strip("= ").lower()
        elif lines[0].startswith("### "):
            program = [line[4:] for line in lines[1:] if line.startswith((">>> ", "... "))]
            result = lines[1 + len(program) :]
            cases.append(Case(section, lines[0][4:], "\n".join(program), "\n".join(result)))
    return cases


def write_cases(cases: list[Case]) -> str:
    """The text of a file with these cases."""
    parts, section = [], None
    for case in cases:
        if case.section != section:
            section = case.section
            parts.append(f"========== {section} ==========\n")
        lines = case.program.split("\n")
        program = "\n".join([f">>> {lines[0]}", *(f"... {line}" for line in lines[1:])])
        parts.append(f"### {case.title}\n{program}\n{case.result}\n")
    return "\n".join(parts)


def run_program(program: str, names: dict[str, Any]) -> tuple[str, Exception | None]:
    """Run a program in a copy of ``names``; what a session would show, and the exception that ended it."""
    tree = ast.parse(program)
    namespace = dict(names)
    printed, ending = io.StringIO(), None
    with contextlib.redirect_stdout(printed), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, "<case>", "exec"), namespace)
            if last is not None:
                value = eval(compile(ast.Expression(last.value), "<case>", "eval"), namespace)
                if value is not None:
                    print(repr(value))
        except Exception as exception:
            print(f"RAISES {type(exception).__name__}")
            ending = exception
    text = _SCALAR.sub(r"\1\2", _COUNTED.sub(r"\1#", printed.getvalue().rstrip("\n")))
    return text.replace("numpy.bool'", "numpy.bool_'"), ending
