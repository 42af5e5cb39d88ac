"""What symbols do, with the real MXNet 1.9.1 and with Glueball, by family; recorded in ``tests/golden/symbols``."""

from __future__ import annotations

import importlib

from ..gluon.scenario import Scenario

FAMILIES = ("graphs", "loops", "inference", "executors", "files")


def scenarios(family: str) -> list[Scenario]:
    """The scenarios of one family."""
    found: list[Scenario] = importlib.import_module(f"{__name__}.{family}").SCENARIOS
    return found
