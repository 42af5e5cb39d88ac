"""Write ``docs/compatibility.md``: what of MXNet 1.9.1 works, what does not yet, and what to use instead.

Compares the recorded names (``src/mxnet/_surface.txt``) with the package as it is. ``--check`` writes nothing
and fails when the committed page is not what would be written.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PAGE = Path(__file__).resolve().parent.parent / "docs" / "compatibility.md"

HEAD = """\
# Compatibility with MXNet 1.9.1

<!-- written by tools/compatibility.py (make docs): change the code, or src/mxnet/_alternatives.py -->

Every public name of MXNet 1.9.1, and whether it works. Functions, classes, methods and properties count one
each, in the namespace that defines them. A name that is not there yet can be imported; it raises
`NotImplementedError` when it is called, instantiated or subclassed, and says what this page says.

{works} of {total} names work ({percent:.0f} %). Outside the NumPy namespaces (`mxnet.np`, `mxnet.npx`)
and sparse arrays, it is {share:.0f} %.

| namespace | works | not yet |
|---|---:|---:|
{rows}
"""


class Namespace(NamedTuple):
    """One module of MXNet 1.9.1, its own names sorted into those that work and those that do not."""

    path: str
    works: list[str]
    missing: list[str]


def namespaces() -> Iterator[Namespace]:
    from mxnet import _surface

    for module in _surface.modules():
        here = importlib.import_module(module)
        works: list[str] = []
        missing: list[str] = []
        for name, thing in own_names(module, here):
            (missing if thing is None or _surface.is_absent(thing) else works).append(name)
        if works or missing:
            yield Namespace(_surface.shown(module), works, missing)


def own_names(module: str, here: object) -> Iterator[tuple[str, object]]:
    """Yield each name that a module defines, members of its classes included, and what it leads to here."""
    from mxnet import _surface

    names = _surface.names_of(module)
    for name in (*names.functions, *names.values):
        yield name, attribute(here, name)
    for name, record in names.classes.items():
        cls = attribute(here, name)
        yield name, cls
        for member in (*record.methods, *record.properties):
            yield (
                f"{name}.{member}",
                None if cls is None or _surface.is_absent(cls) else member_of(cls, member),
            )


def attribute(owner: object, name: str) -> object:
    try:
        return getattr(owner, name)
    except (AttributeError, NotImplementedError):  # a constant that is not there yet raises when it is read
        return None


def member_of(cls: object, name: str) -> object:
    found = inspect.getattr_static(cls, name, None)
    if found is None and getattr(cls, "__name__", "") == "NDArray":
        # made at its first use, from the operator table
        from mxnet import nd

        found = attribute(nd.zeros((1,)), name)
    return found


def render() -> str:
    from mxnet._alternatives import alternative
    from mxnet._surface import canonical

    found = sorted(namespaces(), key=lambda namespace: (-len(namespace.works), namespace.path))
    rows = "\n".join(
        f"| [`{n.path}`](#{n.path.replace('.', '').lower()}) | {len(n.works)} | {len(n.missing) or ''} |"
        for n in found
    )
    works = sum(len(n.works) for n in found)
    total = works + sum(len(n.missing) for n in found)
    others = [n for n in found if not (n.path.startswith("mxnet.np") or n.path.endswith(".sparse"))]
    working = sum(len(n.works) for n in others)
    share = 100 * working / (working + sum(len(n.missing) for n in others))
    page = [HEAD.format(works=works, total=total, percent=100 * works / total, share=share, rows=rows)]
    for namespace in found:
        page.append(f"## {namespace.path}\n")
        if namespace.works:
            page.append(f"Works: {listed(namespace.works)}.\n")
        groups: dict[tuple[str | None, str | None], list[str]] = {}
        for name in namespace.missing:
            groups.setdefault(alternative(canonical(f"{namespace.path}.{name}")), []).append(name)
        for (because, instead), names in groups.items():
            page.append(f"Not yet: {listed(names)}.")
            if because:
                page.append(f"Because {because}.")
            if instead:
                page.append(f"Instead: {instead}.")
            page[-1] += "\n"
    return "\n".join(page).rstrip("\n") + "\n"


def listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def main() -> None:
    text = render()
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(text, encoding="utf-8", newline="\n")
    elif PAGE.read_text(encoding="utf-8") != text:
        sys.exit(f"{PAGE.name} is not up to date: run tools/compatibility.py")


if __name__ == "__main__":
    main()
