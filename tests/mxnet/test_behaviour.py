"""Short programs print what they print under the real MXNet 1.9.1, letter by letter (``tests/golden/behaviour.txt``)."""

from pathlib import Path

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import nn
from tests.samples.programs import read_cases, run_program

NAMES = {"mx": mx, "nd": nd, "np": np, "autograd": autograd, "gluon": gluon, "init": init, "nn": nn}
CASES = read_cases((Path(__file__).parents[1] / "golden" / "behaviour.txt").read_text(encoding="utf-8"))

# Where Glueball differs on purpose: what it shows instead, and why.
DIFFERENCES: dict[str, tuple[str, str]] = {}


@pytest.mark.parametrize("case", CASES, ids=[case.title.replace(" ", "-") for case in CASES])
def test_program_shows_what_mxnet_showed(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    mx.random.seed(0)
    np.random.seed(0)
    expected, _ = DIFFERENCES.get(case.title, (case.result, ""))
    assert run_program(case.program, NAMES) == expected


def test_differences_are_differences():
    by_title = {case.title: case for case in CASES}
    assert len(by_title) == len(CASES), "two cases with one title"
    for title, (shown, reason) in DIFFERENCES.items():
        assert shown != by_title[title].result, f"{title}: no longer a difference"
        assert reason.endswith("."), f"{title}: a sentence says why"
