"""Parametrise a test over operators and run it on every sample of each.

One test per operator and property, not per sample: thousands of samples stay seconds of test time. A failing
operator lists all its failing samples.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import pytest

from mxnet import _surface, nd
from mxnet.ops.registry import OPERATORS

from . import FAMILIES, error_samples, samples
from .sample import ErrorSample, Sample

ALL: list[tuple[str, Sample]] = [(family, item) for family in FAMILIES for item in samples(family)]
ERRORS: list[tuple[str, ErrorSample]] = [
    (family, item) for family in FAMILIES for item in error_samples(family)
]


def over(
    table: list[tuple[str, Any]], keep: Callable[[Any], Any] = lambda item: True
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make ``test(family, item, ...)`` a test per operator that Glueball has, over the samples worth keeping."""
    groups: dict[str, list[tuple[str, Any]]] = {}
    for family, item in table:
        if is_there(item.operator) and keep(item):
            groups.setdefault(item.operator, []).append((family, item))

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @pytest.mark.parametrize("group", list(groups.values()), ids=list(groups))
        @_without(test, "family", "item")
        def whole(group: list[tuple[str, Any]], **fixtures: Any) -> None:
            failures: list[tuple[str, Exception]] = []
            for family, item in group:
                try:
                    test(family=family, item=item, **fixtures)
                except Exception as exception:
                    failures.append((item.id, exception))
            if failures:
                text = "\n\n".join(f"{identity}: {type(e).__name__}: {e}" for identity, e in failures)
                raise AssertionError(f"{len(failures)} of {len(group)} samples\n\n{text}") from failures[0][1]

        return whole

    return decorate


def is_there(name: str) -> bool:
    """Whether Glueball has the operator; names that are still to come raise, which is tested elsewhere."""
    if name.startswith("__"):
        return True
    owner, name = (nd.NDArray, name[8:]) if name.startswith("NDArray.") else (nd, name)
    return name.removeprefix("_internal.") in OPERATORS or not _surface.is_absent(
        functools.reduce(lambda thing, part: getattr(thing, part, None), name.split("."), owner)
    )


def _without(test: Callable[..., None], *given: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give the wrapper the name of ``test`` and its fixtures, without the arguments that the wrapper gives."""

    def rename(wrapper: Callable[..., None]) -> Callable[..., None]:
        functools.update_wrapper(wrapper, test)
        del wrapper.__wrapped__  # type: ignore[attr-defined]  # pytest would read its signature
        fixtures = [p for p in inspect.signature(test).parameters if p not in given]
        names = ["group", *fixtures]
        kinds = inspect.Parameter.POSITIONAL_OR_KEYWORD
        wrapper.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [inspect.Parameter(name, kinds) for name in names]
        )
        return wrapper

    return rename
