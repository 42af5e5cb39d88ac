"""The command ``glueball``.

This module imports nothing: help answers at once, and ``glueball run`` gives the program an interpreter in
which nothing has been loaded that the program does not ask for.
"""

from __future__ import annotations

import sys


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; always ends with ``SystemExit`` or returns for exit code 0."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["run"] and len(arguments) > 1 and not arguments[1].startswith("-"):
        # Not through the option parser: every argument after the program is the program's.
        from glueball.legacy.runner import run_program

        return run_program(arguments[1], arguments[2:])
    from glueball.commands import invoke

    sys.exit(invoke(arguments))
