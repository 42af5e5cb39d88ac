"""Scenarios of Gluon, in families; see :mod:`tests.samples.gluon.scenario`."""

from __future__ import annotations

import importlib

from .scenario import Scenario

FAMILIES = (
    "initialisers",
    "initialisers_more",
    "optimisers",
    "optimisers_schedules",
    "optimisers_steps",
    "losses",
    "losses_more",
    "measures",
    "measures_more",
    "layers",
    "layers_conv",
    "loading",
    "texts",
    "networks",
    "recurrent",
    "recurrent_cells",
    "estimators",
    "pictures",
    "stores",
)


def scenarios(family: str) -> list[Scenario]:
    """The scenarios of one family."""
    return importlib.import_module(f"{__name__}.{family}").SCENARIOS
