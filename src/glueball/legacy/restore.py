"""Putting removed names back, in this process, into the modules that a program imports.

A module of the table gets a module-level ``__getattr__``, which Python asks only for names that the module
does not have. So nothing is imported, changed or slowed down that the program does not ask for; a module's
own ``__getattr__`` keeps answering for every name outside the table.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from glueball.legacy.names import REMOVED


class Restorer(MetaPathFinder):
    """Puts the names of a table back, and remembers which were asked for and where.

    ``needed`` maps ``(module, name)`` to the places ``(file, line)`` that asked for it, in order.
    """

    def __init__(self, table: dict[str, dict[str, str]] | None = None) -> None:
        self.table = REMOVED if table is None else table
        self.needed: dict[tuple[str, str], dict[tuple[str, int], None]] = {}

    def install(self) -> None:
        """Serve the modules that are imported already and, from now on, those that will be."""
        for name in self.table:
            module = sys.modules.get(name)
            if module is not None:
                self.extend(module, name)
        sys.meta_path.insert(0, self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Let the other finders find a module of the table, and extend it once it has been executed."""
        if fullname not in self.table:
            return None
        for finder in sys.meta_path:
            if finder is self:
                continue
            spec = finder.find_spec(fullname, path, target)
            if spec is not None:
                self._extend_after_execution(spec)
                return spec
        return None

    def extend(self, module: ModuleType, module_name: str) -> None:
        """Answer for the table's names of ``module`` where it has none of its own."""
        replacements = self.table[module_name]
        own: Callable[[str], Any] | None = module.__dict__.get("__getattr__")

        def __getattr__(name: str) -> Any:  # noqa: N807  PEP 562
            if name in replacements:
                try:
                    value = _resolve(replacements[name])
                except (ImportError, AttributeError):
                    pass  # the replacement is not installed: the name stays removed, with the usual error
                else:
                    self._note(module_name, name, sys._getframe(1))
                    return value
            if own is not None:
                return own(name)
            raise AttributeError(
                f"module {module.__name__!r} has no attribute {name!r}", name=name, obj=module
            )

        module.__dict__["__getattr__"] = __getattr__

    def _extend_after_execution(self, spec: ModuleSpec) -> None:
        # On the loader's instance, and gone after use: whoever looks at the module finds its real loader.
        loader: Any = spec.loader
        if not hasattr(loader, "exec_module") or isinstance(loader, type):
            return
        execute = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            loader.__dict__.pop("exec_module", None)
            execute(module)
            self.extend(module, spec.name)

        loader.exec_module = exec_module

    def _note(self, module: str, name: str, frame: Any) -> None:
        while frame.f_back is not None and frame.f_code.co_filename.startswith("<frozen importlib"):
            frame = frame.f_back
        places = self.needed.setdefault((module, name), {})
        places[frame.f_code.co_filename, frame.f_lineno] = None


def _resolve(replacement: str) -> Any:
    module_name, _, attributes = replacement.partition(":")
    value: Any = importlib.import_module(module_name)
    for attribute in filter(None, attributes.split(".")):
        value = getattr(value, attribute)
    return value
