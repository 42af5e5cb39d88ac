"""``get_ipython()`` for a program that runs outside IPython: what old notebooks ask of it, no more."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from glueball.legacy.notebook import IGNORED_MAGICS, STATEMENT_MAGICS, NotebookError

_VARIABLE = re.compile(r"\{([^{}]+)\}|(?<!\\)\$([A-Za-z_]\w*)")


class Shell:
    """Runs the shell lines and magics of a program in the program's own namespace."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.user_ns = namespace

    def system(self, command: str) -> None:
        """Run ``!command``; as in a notebook, its failure does not end the program."""
        _flush()
        subprocess.run(self._expand(command), shell=True, check=False)

    def getoutput(self, command: str) -> list[str]:
        """Run the command of ``name = !command`` and return the lines that it prints."""
        _flush()
        done = subprocess.run(
            self._expand(command),
            shell=True,
            check=False,
            stdout=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        return done.stdout.splitlines()

    def run_line_magic(self, magic_name: str, line: str = "", **_: Any) -> None:
        """Run a magic, as scripts exported from notebooks do."""
        if magic_name in IGNORED_MAGICS:
            return
        if magic_name not in STATEMENT_MAGICS:
            raise NotebookError(f"%{magic_name} is no magic that can be run outside a notebook")
        exec(compile(line, f"<%{magic_name}>", "exec", dont_inherit=True), self.user_ns)

    def run_cell_magic(self, magic_name: str, line: str, cell: str) -> None:
        """Run the cell of a magic that measures or captures it."""
        exec(compile(cell, f"<%%{magic_name}>", "exec", dont_inherit=True), self.user_ns)

    def magic(self, line: str) -> None:
        """Run ``name arguments``, the older way of saying ``run_line_magic``."""
        name, _, rest = line.lstrip("%").partition(" ")
        self.run_line_magic(name, rest)

    def write_file(self, name: str, text: str) -> None:
        """Run ``%%writefile name``."""
        append = name.startswith("-a ")
        with Path(self._expand(name.removeprefix("-a ").strip())).open(
            "a" if append else "w", encoding="utf-8"
        ) as f:
            f.write(text)

    def chdir(self, folder: str) -> None:
        """Run ``%cd folder``."""
        os.chdir(Path(self._expand(folder)).expanduser())

    def set_env(self, line: str) -> None:
        """Run ``%env NAME=value``; asking for a value shows nothing here."""
        name, separator, value = line.replace(" ", "=", 1).partition("=")
        if separator:
            os.environ[name] = self._expand(value)

    def _expand(self, text: str) -> str:
        def value(match: re.Match[str]) -> str:
            try:
                return str(eval(match[1] or match[2], self.user_ns))
            except Exception:
                return match[0]  # an environment variable, or braces of the shell's own

        return _VARIABLE.sub(value, text)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
