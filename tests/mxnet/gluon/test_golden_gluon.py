"""Gluon does what the real MXNet 1.9.1 did in the scenarios of ``tests/samples/gluon`` (``tests/golden/gluon``)."""

import functools
import warnings
from pathlib import Path

import numpy as np
import pytest

import mxnet as mx
from mxnet import _surface
from tests.samples.compare import assert_same
from tests.samples.gluon import FAMILIES, scenarios
from tests.samples.store import read

GOLDEN = Path(__file__).parents[2] / "golden" / "gluon"


@functools.cache
def recordings(family):
    return read(GOLDEN, family)


def is_there(need):
    """Whether Glueball has what a scenario needs; ``optimizer x`` is an optimiser by its name."""
    if need.startswith("optimizer "):
        return need.split()[1] in getattr(mx.optimizer.Optimizer, "opt_registry", {})
    return not _surface.is_absent(functools.reduce(getattr, need.split("."), mx))


def of(*families):
    chosen = [
        pytest.param(family, scenario, id=scenario.id)
        for family in families
        for scenario in scenarios(family)
        if all(map(is_there, scenario.needs))
    ]
    return pytest.mark.parametrize(("family", "scenario"), chosen)


def run(scenario):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a frozen layer's stale gradient is part of a scenario
        return scenario.run(mx)


@of(
    "initialisers",
    "initialisers_more",
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
def test_does_what_mxnet_did(family, scenario):
    expected, actual = recordings(family)[scenario.id], run(scenario)
    if expected.text is not None:
        assert actual == expected.text
        return
    assert len(actual) == len(expected.outputs)
    for place, (a, e) in enumerate(zip(actual, expected.outputs, strict=True)):
        assert_same(a, e, f"array {place}", scenario.tolerance)


@of("optimisers")
def test_ten_steps_end_where_mxnet_ended(family, scenario):
    expected, actual = recordings(family)[scenario.id].outputs, run(scenario)
    assert [a.dtype for a in actual] == [e.dtype for e in expected]
    a, e = (
        np.concatenate([array.ravel() for array in arrays]).astype("float64") for arrays in (actual, expected)
    )
    distance = np.linalg.norm(a - e) / np.linalg.norm(e)
    assert distance < 1e-5, f"{distance:.2g} away"


@pytest.mark.parametrize("family", FAMILIES)
def test_every_scenario_is_recorded(family):
    assert set(recordings(family)) == {scenario.id for scenario in scenarios(family)}, "run `make golden`"
