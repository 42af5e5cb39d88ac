"""What MXNet 1.9.1 has and Glueball does not have yet: each such name is there, and says so when it is used.

A function, class or module of MXNet 1.9.1 that does not work yet is a placeholder. It can be imported, passed
around and asked for its name; calling it, making an instance of it or deriving a class from it raises
`NotImplementedError` with what to use instead. A name that MXNet does not have either is an ordinary
`AttributeError`, with the nearest name that exists.

Three doors lead here, and cost next to nothing until somebody misses something:

- `install`, which ``import mxnet`` calls, lets every module under `mxnet` answer for the names it lacks, and
  makes modules importable that have no file here (real files win: Python asks for them first);
- ``__getattr__ = module_getattr(__name__)`` does so for `mxnet` itself;
- a class with methods still to come is decorated with ``@_surface.complete("mxnet.gluon.Block")``.

The names stand in ``_surface.txt``, which ``tools/make_surface.py`` records from the real MXNet; what to use
instead stands in `mxnet._alternatives`. Both are read when they are needed first.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib.abc import Loader
from importlib.machinery import ModuleSpec, PathFinder
from inspect import Signature, signature
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, NoReturn, TypeVar

from .base import message, nearest

__all__ = [
    "canonical",
    "complete",
    "install",
    "is_absent",
    "members",
    "module_getattr",
    "modules",
    "names_of",
    "placeholder",
    "shown",
]

# Modules under their other names: attributes of `mxnet`, and importable.
ALIASES = {
    "mxnet.img": "mxnet.image",
    "mxnet.init": "mxnet.initializer",
    "mxnet.kv": "mxnet.kvstore",
    "mxnet.mod": "mxnet.module",
    "mxnet.mon": "mxnet.monitor",
    "mxnet.nd": "mxnet.ndarray",
    "mxnet.np": "mxnet.numpy",
    "mxnet.npx": "mxnet.numpy_extension",
    "mxnet.rnd": "mxnet.random",
    "mxnet.sym": "mxnet.symbol",
    "mxnet.th": "mxnet.torch",
    "mxnet.viz": "mxnet.visualization",
}
_SHORT = {path: alias for alias, path in ALIASES.items()}

T = TypeVar("T", bound=type)


# -------------------------------------------------------------------------------------------- the three doors


def module_getattr(module: str) -> Callable[[str], Any]:
    """Make the ``__getattr__`` of a module: placeholders for what it lacks of MXNet 1.9.1.

    >>> mx.np.tensordot
    <mxnet.np.tensordot: not in Glueball yet>
    >>> mx.nd.softmaxx
    Traceback (most recent call last):
    AttributeError: module 'mxnet.nd' has no attribute 'softmaxx'
      try:      mxnet.nd.softmax
    """

    def __getattr__(name: str) -> Any:  # noqa: N807  it becomes the module's
        return _missing(module, name)

    return __getattr__


def complete(path: str) -> Callable[[T], T]:
    """Give a class placeholders for the public methods and properties that MXNet's class has besides."""

    def decorate(cls: T) -> T:
        module, _, name = canonical(path).rpartition(".")
        record = names_of(module).classes[name]
        for kind, listed in ((Absent, record.methods), (AbsentProperty, record.properties)):
            for member in listed:
                if not hasattr(cls, member):
                    setattr(cls, member, kind(f"{module}.{name}.{member}"))
        return cls

    return decorate


def install() -> None:
    """Let every module under `mxnet` answer for what it lacks, and those that have no file be imported."""
    if not any(isinstance(finder, _PresentModules) for finder in sys.meta_path):
        sys.meta_path.insert(0, _PresentModules())
        sys.meta_path.append(_AbsentModules())
        for name in [name for name in sys.modules if name.startswith("mxnet.")]:  # what this file imports
            vars(sys.modules[name]).setdefault("__getattr__", module_getattr(name))


def is_absent(thing: object) -> bool:
    """Whether ``thing`` is a placeholder for something of MXNet's that is not there yet."""
    return isinstance(thing, (Absent, AbsentClass, AbsentModule, AbsentProperty))


# ------------------------------------------------------------------------------------------- the placeholders


class Absent:
    """A function or method that is not there yet; calling it raises."""

    def __init__(self, path: str) -> None:
        self._path = path
        self.__name__ = path.rpartition(".")[2]
        self.__qualname__ = self.__name__

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        _refuse(self._path)

    def __get__(self, instance: object, owner: type | None = None) -> Absent:
        return self  # as a method, too, it is the same placeholder

    @property
    def __signature__(self) -> Signature:
        return signature(self.__call__)  # anything goes; it does not claim the original's parameters

    def __repr__(self) -> str:
        return f"<{shown(self._path)}: not in Glueball yet>"


class AbsentProperty(property):
    """A property that is not there yet; reading it from an instance raises."""

    def __init__(self, path: str) -> None:
        super().__init__(lambda _: _refuse(path))


class AbsentClass(type):
    """The type of classes that are not there yet: making an instance or a subclass raises."""

    _path: str

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> AbsentClass:
        for base in bases:
            if isinstance(base, AbsentClass):
                _refuse(base._path)
        return super().__new__(cls, name, bases, namespace)

    def __call__(cls, *args: Any, **kwargs: Any) -> NoReturn:
        _refuse(cls._path)

    def __getattr__(cls, name: str) -> Any:
        if not name.startswith("_"):
            known = _members(cls._path)
            if name in known:
                return _placeholder(f"{cls._path}.{name}")
            raise AttributeError(_unknown(f"class '{shown(cls._path)}'", cls._path, name, known))
        raise AttributeError(name)

    def __repr__(cls) -> str:
        return f"<class {shown(cls._path)}: not in Glueball yet>"


class AbsentModule(ModuleType):
    """A module that is not there yet; its names are placeholders, or what Glueball has of them elsewhere."""

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":
            return sorted(names_of(self.__name__))
        return _missing(self.__name__, name)

    def __setattr__(self, name: str, value: object) -> None:
        # vision.alexnet is a function, and a module beside it: importing the module must not hide the function
        if not (isinstance(value, ModuleType) and name in names_of(self.__name__)):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *names_of(self.__name__)})


def placeholder(path: str) -> Any:
    """Return the placeholder for a function, class or method, always the same one for a path."""
    return _placeholder(canonical(path))


@cache
def _placeholder(path: str) -> Any:
    owner, _, name = path.rpartition(".")
    record = names_of(owner).classes.get(name) if owner in _paragraphs() else None
    if record is None:
        function = Absent(path)
        function.__doc__ = _explanation(path)
        return function
    bases = (Exception,) if "Exception" in record.bases else ()  # so that `except` may name it
    namespace = {"_path": path, "__module__": owner, "__doc__": _explanation(path)}
    return AbsentClass(name, bases, namespace)


def _missing(module: str, name: str) -> Any:
    """Answer for an attribute that a module does not have."""
    # The import system and interactive shells ask for many private names. And while a module is being imported,
    # a name may be one that it has not come to yet: a circular import must fail as it does everywhere.
    if name.startswith("_") or getattr(sys.modules[module].__spec__, "_initializing", False):
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    inner = f"{module}.{name}"
    names = names_of(module)
    if name not in names and (inner in ALIASES or inner in _paragraphs()):
        inside = importlib.import_module(ALIASES.get(inner, inner))
        setattr(sys.modules[module], name, inside)  # the next time is an ordinary attribute
        return inside
    if name in names.borrowed:
        source = names.borrowed[name]
        found = getattr(importlib.import_module(source), name, None)
        return _placeholder(f"{source}.{name}") if found is None else found
    if name in names.values:
        _refuse(inner)
    if name in names:
        return _placeholder(inner)
    own = (own for own in vars(sys.modules[module]) if not own.startswith("_"))
    raise AttributeError(_unknown(f"module '{shown(module)}'", module, name, names, own))


# -------------------------------------------------------------------------------------------------- the words


def _refuse(path: str) -> NoReturn:
    raise NotImplementedError(_explanation(path))


def _explanation(path: str) -> str:
    from ._alternatives import alternative

    because, hint = alternative(path)
    return message(f"{shown(path)}: not in Glueball yet", because=because, hint=hint)


def _unknown(owner: str, path: str, name: str, *known: Iterable[str]) -> str:
    """Say that a name does not exist, and the nearest that does, from the first list that has one."""
    likely = next((found for names in known if (found := nearest(name, names))), None)
    return message(f"{owner} has no attribute {name!r}", hint=likely and f"{shown(path)}.{likely}")


def shown(path: str) -> str:
    """Return a path as programs write it: ``mxnet.nd.dot`` for ``mxnet.ndarray.dot``."""
    return _translated(path, _SHORT)


def canonical(path: str) -> str:
    """Return a path with the module's own name: ``mxnet.ndarray.dot`` for ``mxnet.nd.dot``."""
    return _translated(path, ALIASES)


def _translated(path: str, names: dict[str, str]) -> str:
    package, _, rest = path.partition(".")
    first, dot, rest = rest.partition(".")
    module = f"{package}.{first}"
    return names[module] + dot + rest if module in names else path


# -------------------------------------------------------------------------------------------------- the table


class ClassNames(NamedTuple):
    """The bases and public members that a class of MXNet 1.9.1 defines."""

    bases: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()


class Names:
    """The public names of one module of MXNet 1.9.1."""

    def __init__(self, paragraph: str) -> None:
        self.functions: list[str] = []
        self.values: list[str] = []
        self.classes: dict[str, ClassNames] = {}
        self.borrowed: dict[str, str] = {}
        for line in paragraph.splitlines():
            kind, rest = line[:11].rstrip(), line[11:]
            if kind == "functions":
                self.functions = rest.split()
            elif kind == "values":
                self.values = rest.split()
            elif kind == "from":
                source, _, names = rest.partition(": ")
                self.borrowed.update(dict.fromkeys(names.split(), source))
            elif kind == "class":
                head, *members = rest.split("  ")
                name, _, bases = head.rstrip(")").partition("(")
                listed = {sort: tuple(some) for sort, *some in map(str.split, members)}
                self.classes[name] = ClassNames(tuple(filter(None, bases.split(","))), **listed)

    def __iter__(self) -> Iterator[str]:
        yield from self.functions
        yield from self.values
        yield from self.classes
        yield from self.borrowed

    def __contains__(self, name: str) -> bool:
        return name in self.functions or name in self.values or name in self.classes or name in self.borrowed


def modules() -> list[str]:
    """Return the modules of MXNet 1.9.1 by their paths."""
    return list(_paragraphs())


@cache
def names_of(module: str) -> Names:
    """Return the public names of a module of MXNet 1.9.1; none for other modules."""
    return Names(_paragraphs().get(module, ""))


@cache
def _paragraphs() -> dict[str, str]:
    """Map each module to its lines of the table, which are parsed when they are needed."""
    text = Path(__file__).with_name("_surface.txt").read_text(encoding="utf-8")
    paragraphs = (paragraph.partition("]") for paragraph in text.split("\n\n[")[1:])
    return {module: lines for module, _, lines in paragraphs}


def members(path: str) -> frozenset[str]:
    """Return the public methods and properties of a class of MXNet 1.9.1, inherited ones included.

    >>> "slice_like" in members("mxnet.nd.NDArray")
    True
    """
    return frozenset(_members(canonical(path)))


@cache
def _members(path: str) -> set[str]:
    module, _, name = path.rpartition(".")
    names = names_of(module)
    if name in names.borrowed:
        return _members(f"{names.borrowed[name]}.{name}")
    record = names.classes.get(name)
    if record is None:
        return set()
    members = {*record.methods, *record.properties}
    return members.union(*(_members(base) for base in record.bases))


# ------------------------------------------------------------------------------------------------ the finders


class _PresentModules:
    """Finds the modules that have a file here, by their own names and by their aliases.

    Stands in front of the other finders, which would load a file a second time under an alias.
    """

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if not name.startswith("mxnet."):
            return None
        origin = canonical(name)
        if origin != name:
            return ModuleSpec(name, _Alias(), origin=origin, is_package=True)
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader.create_module = _answering_module  # type: ignore[method-assign]
        return spec


def _answering_module(spec: ModuleSpec) -> ModuleType:
    """Make the module that its file then fills; a ``__getattr__`` in the file takes the place of this one."""
    module = ModuleType(spec.name)
    vars(module)["__getattr__"] = module_getattr(spec.name)
    return module


class _Alias(Loader):
    """Loads ``mxnet.nd`` by importing ``mxnet.ndarray``."""

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None
        assert module.__spec__.origin is not None
        # The import system takes what stands here after a module has run: both names lead to one object.
        sys.modules[module.__name__] = importlib.import_module(module.__spec__.origin)


class _AbsentModules(Loader):
    """Finds the modules of MXNet 1.9.1 that nobody else has found."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if not name.startswith("mxnet.") or name not in _paragraphs():
            return None
        return ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return AbsentModule(spec.name, _explanation(spec.name))

    def exec_module(self, module: ModuleType) -> None:
        pass
