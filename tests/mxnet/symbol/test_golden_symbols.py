"""Symbols do what the real MXNet 1.9.1 did in the scenarios of ``tests/samples/symbols`` (``tests/golden/symbols``)."""

import functools
import warnings
from pathlib import Path

import pytest

import mxnet as mx
from tests.samples.compare import assert_same
from tests.samples.store import read
from tests.samples.symbols import FAMILIES, scenarios

GOLDEN = Path(__file__).parents[2] / "golden" / "symbols"


@functools.cache
def recordings(family):
    return read(GOLDEN, family)


@pytest.mark.parametrize(
    ("family", "scenario"),
    [
        pytest.param(family, each, id=f"{family}-{each.id}")
        for family in FAMILIES
        for each in scenarios(family)
    ],
)
def test_does_what_mxnet_did(family, scenario):
    expected = recordings(family)[scenario.id]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # shapes that do not follow are part of a scenario
        actual = scenario.run(mx)
    if expected.text is not None:
        assert actual.splitlines() == expected.text.splitlines()
        return
    assert len(actual) == len(expected.outputs)
    for place, (a, e) in enumerate(zip(actual, expected.outputs, strict=True)):
        assert_same(a, e, f"array {place}", scenario.tolerance)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_scenario_is_recorded(family):
    assert set(recordings(family)) == {scenario.id for scenario in scenarios(family)}, "run `make golden`"
