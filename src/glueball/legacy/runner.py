"""``glueball run``: an old script or notebook as ``__main__``, with removed names put back for it alone.

What the program sees is what ``python script.py`` shows it: ``sys.argv``, ``sys.path[0]``, ``__file__``, exit
codes and tracebacks. Only the standard library is imported before it.
"""

from __future__ import annotations

import atexit
import builtins
import contextlib
import importlib.machinery
import linecache
import os
import sys
import traceback
from pathlib import Path
from types import CodeType, ModuleType, TracebackType
from typing import Any

from glueball.legacy.names import advice
from glueball.legacy.notebook import NotebookError, read_notebook
from glueball.legacy.restore import Restorer
from glueball.legacy.shell import Shell

_HERE = str(Path(__file__).parent)
# The module of the command stays alive: a module that is collected takes the names of its functions with it.
_replaced: list[ModuleType] = []
_TEXT_IS_OBJECT = "PANDAS_FUTURE_INFER_STRING"


def run_program(program: str, arguments: list[str]) -> None:
    """Execute ``program`` with ``arguments`` as the main program of this process.

    Ends with ``SystemExit`` where the program fails or asks for it, and otherwise returns; the process is
    expected to end soon after. When it does, a report on stderr says which names were put back.
    """
    path = Path(program)
    is_notebook = path.suffix == ".ipynb"
    try:
        cells = read_notebook(path) if is_notebook else []
        source = b"" if is_notebook else path.read_bytes()
    except OSError as error:
        _refuse(f"cannot open {program!r}: {(error.strerror or str(error)).lower()}")
    except NotebookError as error:
        _refuse(str(error))

    main = _become_main(path)
    sys.argv = [program, *arguments]
    folder = str(path.resolve().parent)
    if not getattr(sys.flags, "safe_path", False):
        sys.path[0] = folder

    # Since pandas 3, columns of text are no objects any more, which is how programs told them from numbers.
    os.environ.setdefault(_TEXT_IS_OBJECT, "0")

    outcome = _Outcome(Restorer())
    outcome.restorer.install()
    # Registered before the program can register anything, so it is the last to be called.
    atexit.register(outcome.conclude)
    try:
        if is_notebook:
            os.chdir(folder)  # where a notebook server runs it
            _offer_shell(main)
            for cell in cells:
                outcome.skipped += [f"{cell.name}: {line}" for line in cell.skipped]
                linecache.cache[cell.name] = (
                    len(cell.source), None, [f"{line}\n" for line in cell.source.split("\n")], cell.name,
                )  # fmt: skip
                _execute(main, *cell.compile())
        else:
            if b"get_ipython(" in source:
                _offer_shell(main)  # a script exported from a notebook
            _execute(main, compile(source, str(main.__file__), "exec", dont_inherit=True))
    except SystemExit:
        raise
    except BaseException as error:
        _show(error)
        outcome.interrupted = isinstance(error, KeyboardInterrupt)
        failed = True
    else:
        failed = False
    if failed:
        sys.exit(1)


class _Outcome:
    """What is left to say and do when the program has ended."""

    def __init__(self, restorer: Restorer) -> None:
        self.restorer = restorer
        self.skipped: list[str] = []
        self.interrupted = False

    def conclude(self) -> None:
        with contextlib.suppress(Exception):  # a stream that the program closed is no reason to fail
            sys.stdout.flush()
        with contextlib.suppress(Exception):
            print(describe(self.restorer, self.skipped), file=sys.stderr, flush=True)
        if self.interrupted:
            _die_of_interrupt()


def describe(restorer: Restorer, skipped: list[str]) -> str:
    """Return the report: the names that were needed, what to write instead, and where they were asked for."""
    lines = []
    if restorer.needed:
        count = len(restorer.needed)
        lines.append(
            f"glueball run: put back {count} removed name{'s' * (count > 1)}; to run without, write instead"
        )
        rows = [
            (f"{module}.{name}", advice(module, name), _places(places))
            for (module, name), places in restorer.needed.items()
        ]
        old, new = (max(len(row[column]) for row in rows) for column in (0, 1))
        lines += [f"  {row[0]:<{old}}  ->  {row[1]:<{new}}  {row[2]}" for row in rows]
    else:
        lines.append("glueball run: no removed name was needed")
    if _has_new_text() and os.environ.get(_TEXT_IS_OBJECT) == "0":
        lines.append(f"glueball run: let pandas make columns of text as before 3.0 ({_TEXT_IS_OBJECT}=0)")
    if skipped:
        lines.append(
            "glueball run: left out, since it changes the environment or belongs to a notebook's page"
        )
        lines += [f"  {line}" for line in skipped]
    return "\n".join(lines)


def _has_new_text() -> bool:
    """Whether the program has imported a pandas whose columns of text are no objects by default."""
    major = str(getattr(sys.modules.get("pandas"), "__version__", "")).partition(".")[0]
    return major.isdecimal() and int(major) >= 3


def _places(places: dict[tuple[str, int], None]) -> str:
    by_file: dict[str, list[int]] = {}
    for file, line in places:
        by_file.setdefault(file, []).append(line)
    texts = []
    for file, numbers in by_file.items():
        shown = ", ".join(str(number) for number in sorted(set(numbers))[:5])
        more = ", ..." if len(set(numbers)) > 5 else ""
        texts.append(f"{Path(file).name}:{shown}{more}")
    return "; ".join(texts)


def _become_main(path: Path) -> ModuleType:
    main = ModuleType("__main__")
    file = str(path.absolute())
    main.__dict__.update(
        __file__=file,
        __builtins__=builtins,
        __loader__=importlib.machinery.SourceFileLoader("__main__", file),
        __package__=None,
        __spec__=None,
        __cached__=None,
    )
    _replaced.append(sys.modules["__main__"])
    sys.modules["__main__"] = main
    return main


def _offer_shell(main: ModuleType) -> None:
    shell = Shell(main.__dict__)
    main.__dict__["get_ipython"] = lambda: shell


def _execute(main: ModuleType, *codes: CodeType | None) -> None:
    for code in codes:
        if code is not None:
            exec(code, main.__dict__)


def _show(error: BaseException) -> None:
    """Print what Python prints for an uncaught exception, without the frames of this package."""
    trace = _without_own_frames(error.__traceback__)
    error.__traceback__ = trace
    with contextlib.suppress(Exception):
        sys.stdout.flush()
    if sys.excepthook is sys.__excepthook__:
        # Python before 3.13 prints tracebacks in C, which reads source from files alone: cells are none.
        traceback.print_exception(type(error), error, trace)
    else:
        sys.excepthook(type(error), error, trace)


def _without_own_frames(trace: TracebackType | None) -> TracebackType | None:
    kept: list[TracebackType] = []
    while trace is not None:
        if not trace.tb_frame.f_code.co_filename.startswith(_HERE):
            kept.append(trace)
        trace = trace.tb_next
    result = None
    for item in reversed(kept):
        result = TracebackType(result, item.tb_frame, item.tb_lasti, item.tb_lineno)
    return result


def _die_of_interrupt() -> Any:
    # A process that Ctrl-C ended says so to its parent, as Python's own does: a shell's loop ends as well.
    import signal

    if os.name == "posix":
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    else:
        os._exit(0xC000013A - (1 << 32))


def _refuse(message: str) -> Any:
    for line in message.split("\n"):
        print(f"glueball run: {line}", file=sys.stderr)
    sys.exit(2)
