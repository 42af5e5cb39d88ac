"""Iterators yield what ``tests/golden/record_io.py`` recorded with the real MXNet 1.9.1."""

import json
from pathlib import Path

import pytest

import mxnet as mx
from tests.samples.iterators import PROGRAMS, run

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "io.json").read_text(encoding="utf-8"))


def test_every_program_is_recorded():
    assert list(GOLDEN) == list(PROGRAMS)


@pytest.mark.parametrize("name", PROGRAMS)
def test_an_iterator_yields_what_that_of_mxnet_yields(name):
    assert run(mx, name) == GOLDEN[name]
