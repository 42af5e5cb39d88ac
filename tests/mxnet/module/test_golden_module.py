"""Modules do what ``tests/golden/record_module.py`` recorded with the real MXNet 1.9.1."""

import json
import re
from pathlib import Path

import pytest

import mxnet as mx
from tests.golden.record_module import PROGRAMS, interrupted, resumed, run

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "module.json").read_text(encoding="utf-8"))
TOLERANCE = 1e-5
NUMBER = re.compile(r"\d+\.\d{4,}")
"""In log lines."""


def assert_same(found, recorded, where=""):
    """The same structure and words; numbers within the tolerance."""
    if isinstance(recorded, list):
        assert isinstance(found, list), where
        assert len(found) == len(recorded), (where, found, recorded)
        for place, (one, two) in enumerate(zip(found, recorded)):
            assert_same(one, two, f"{where}[{place}]")
    elif isinstance(recorded, dict):
        assert list(found) == list(recorded), where
        for key in recorded:
            assert_same(found[key], recorded[key], f"{where}[{key!r}]")
    elif isinstance(recorded, float):
        assert found == pytest.approx(recorded, rel=TOLERANCE, abs=TOLERANCE, nan_ok=True), where
    elif isinstance(recorded, str):
        assert NUMBER.sub("#", found) == NUMBER.sub("#", recorded), where
        numbers = ([float(each) for each in NUMBER.findall(text)] for text in (found, recorded))
        assert_same(*numbers, where)
    else:
        assert found == recorded, where


def test_every_program_is_recorded():
    assert list(GOLDEN) == [*PROGRAMS, "resumed"]


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_module_does_what_that_of_mxnet_does(name):
    assert_same(run(mx, name), GOLDEN[name], name)


def test_training_goes_on_from_files_of_the_real_mxnet():
    files, parameters = GOLDEN["resumed"]
    assert_same(run(mx, "resumed", resumed, files), parameters)


def test_training_goes_on_from_files_as_if_it_had_not_been_interrupted():
    files = run(mx, "interrupted", lambda mx: interrupted(mx)[1])
    assert_same(run(mx, "resumed", resumed, files), GOLDEN["resumed"][1])


def test_graph_and_parameters_are_the_same_files_to_the_byte():
    files = run(mx, "interrupted", lambda mx: interrupted(mx)[1])
    recorded = GOLDEN["resumed"][0]
    assert files["halfway-symbol.json"] == recorded["halfway-symbol.json"]
    assert len(files["halfway-0002.params"]) == len(recorded["halfway-0002.params"])
