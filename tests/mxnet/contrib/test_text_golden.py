"""``mx.contrib.text`` gives what ``tests/golden/record_text.py`` recorded with the real MXNet 1.9.1."""

import json
from pathlib import Path

import pytest

from mxnet.contrib import text
from mxnet.contrib.text import _base
from tests.golden.record_text import PROGRAMS, run

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "text.json").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch):
    monkeypatch.setattr(_base, "_REGISTRY", dict(_base._REGISTRY))


def test_every_program_is_recorded():
    assert list(GOLDEN) == list(PROGRAMS)


@pytest.mark.parametrize("name", PROGRAMS)
def test_text_becomes_what_it_becomes_with_mxnet(name):
    assert run(text, name) == GOLDEN[name]
