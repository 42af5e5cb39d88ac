"""The helper package prints and returns what the book's own package did with the real MXNet 1.9.1."""

import json
import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

import d2lzh as d2l
import mxnet as mx
from tests.samples.book import SCENARIOS

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "book.json").read_text(encoding="utf-8"))
SECONDS = re.compile(r"[\d.]+ sec")
NUMBER = re.compile(r"-?\d+\.\d+")


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[scenario.__name__ for scenario in SCENARIOS])
def test_the_books_package_did_the_same(scenario, capsys):
    arrays = scenario(d2l, mx)
    plt.close("all")
    printed = SECONDS.sub("sec", capsys.readouterr().out)
    recorded = GOLDEN[scenario.__name__]
    expected = SECONDS.sub("sec", recorded["printed"])
    assert NUMBER.sub("#", printed) == NUMBER.sub("#", expected)
    found, wanted = (np.array(NUMBER.findall(text), dtype=float) for text in (printed, expected))
    np.testing.assert_allclose(found, wanted, rtol=1e-3, atol=1e-3)
    assert {name: list(each.shape) for name, each in arrays.items()} == recorded["shapes"]
    for name, values in recorded["arrays"].items():
        np.testing.assert_allclose(arrays[name].asnumpy().ravel(), values, rtol=2e-4, atol=1e-5, err_msg=name)


def test_every_scenario_is_recorded():
    assert [scenario.__name__ for scenario in SCENARIOS] == list(GOLDEN)
