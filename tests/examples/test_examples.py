"""The examples run as they are written, at small scale, and what they claim holds.

An example is a file ``examples/NN_name.py``. Its claims stand below, by number: a function of what it printed and of
the names that it defined. ``make test-long`` runs them at full scale and records output and figures for the docs.
"""

import os
import re
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

import mxnet as mx
from tests.clothes import real_fashion_mnist, write_clothes

plt = pytest.importorskip("matplotlib.pyplot")
pytest.importorskip("sklearn")

FOLDER = Path(__file__).parents[2] / "examples"
EXAMPLES = sorted(path for path in FOLDER.glob("[0-9][0-9]_*.py"))
# Those that are about Fashion-MNIST: where the files are not at hand, generated pictures take their place.
CLOTHES = {5, 6, 7, 9, 10, 13, 23}


def numbers_after(text, words):
    """Every number that directly follows ``words`` in what was printed."""
    return [float(n) for n in re.findall(re.escape(words) + r"[ :=]*(-?[\d.]+(?:e[-+]?\d+)?)", text)]


def linear_regression_finds_the_truth(text, names):
    losses = numbers_after(text, "epoch 3, loss")
    assert losses
    assert losses[0] == pytest.approx(5e-5, rel=0.5)


def from_scratch_agrees_with_the_closed_form(text, names):
    linear_regression_finds_the_truth(text, names)
    found = np.append(names["w"].asnumpy(), names["b"].asnumpy())
    np.testing.assert_allclose(found, [2, -3.4, 4.2], atol=2e-3)
    np.testing.assert_allclose(found, names["theta"], atol=2e-3)


def concise_parameters_are_the_truth(text, names):
    linear_regression_finds_the_truth(text, names)
    assert numbers_after(text, "step(1)")[0] < 1e-4


def fused_loss_is_stable(text, names):
    assert "together loss [1000." in text
    assert "nan" in text.split("textbook")[1].split("together")[0]
    learns(text, names)


def hidden_layers_bend(text, names):
    line, bent = re.findall(r"loss of the line ([\d.]+), with a hidden layer ([\d.]+)", text)[0]
    assert float(bent) < float(line) / 2
    assert numbers_after(text, "largest difference")[0] < 1e-4


def learns(text, names):
    accuracies = [float(n) for n in re.findall(r"test acc(?:uracy)? ([\d.]+)", text)]
    assert accuracies
    assert max(accuracies) > 0.3


def back_propagation_by_hand_agrees(text, names):
    assert max(float(n) for n in re.findall(r"autograd: ([\de.+-]+) ([\de.+-]+)", text)[0]) < 1e-5
    measured = names["measured"]
    outputs, gradients = measured["tanh, Xavier"]
    assert 0.05 < outputs[-1] < 2
    assert 0.05 < gradients[0] / gradients[-1] < 20
    assert measured["sigmoid, normal 0.01"][1][0] < 1e-6 * measured["sigmoid, normal 0.01"][1][-1]
    assert measured["ReLU, normal 0.5"][0][-1] > 100 * measured["ReLU, normal 0.5"][0][0]


def three_ways_agree_on_clicks(text, names):
    assert numbers_after(text, "largest difference between the three")[0] < 1e-3
    np.testing.assert_allclose(names["w_gluon"], names["true_w"], atol=0.6)
    assert numbers_after(text, "area under the ROC curve")[0] > 0.6


def frameworks_agree(text, names):
    assert numbers_after(text, "largest difference between a weight of Gluon and of PyTorch")[0] < 1e-4
    assert len({round(value, 3) for value in names["test"].values()}) == 1


def the_ring_moves_few_keys(text, names):
    remainder, ring = names["shares"]["hash(key) % N"], names["shares"]["ring"]
    assert all(many > 3 * few for n, many, few in zip(names["counts"], remainder, ring) if n > 7)
    assert "of the keys that others had, 0 move" in text
    assert "all of them to the new one: True" in text
    assert names["loads"][-1] < 1.5 < names["loads"][0]


def estimators_of_gluon_hold_their_own(text, names):
    assert names["model"].score(names["X_test"], names["y_test"]) > 0.95
    assert names["cnn"].score(names["X_test"] / 16, names["y_test"]) > 0.9
    assert names["stopped"].history_[-2]["train_loss"] >= 0.1 > names["stopped"].history_[-1]["train_loss"]
    assert numbers_after(text, "weighted")[0] > numbers_after(text, "all alike")[0]
    assert "the same predictions: True" in text


CLAIMS = {
    3: from_scratch_agrees_with_the_closed_form,
    4: concise_parameters_are_the_truth,
    6: learns,
    7: fused_loss_is_stable,
    8: hidden_layers_bend,
    9: learns,
    10: learns,
    13: learns,
    14: back_propagation_by_hand_agrees,
    21: three_ways_agree_on_clicks,
    23: frameworks_agree,
    24: the_ring_moves_few_keys,
    43: estimators_of_gluon_hold_their_own,
}


@pytest.fixture
def clothes(tmp_path_factory, monkeypatch):
    if not real_fashion_mnist():
        monkeypatch.setenv("MXNET_HOME", str(write_clothes(tmp_path_factory.mktemp("home"))))
        monkeypatch.setenv("MXNET_VERIFY_DATASETS", "0")


def run(path, folder, monkeypatch, capsys):
    """Run an example as ``python examples/NN_name.py`` does; return what it printed and the names it defined."""
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.setattr(sys, "argv", [str(path)])
    before = dict(plt.rcParams)
    mx.random.seed(0)
    np.random.seed(0)
    try:
        names = runpy.run_path(str(path), run_name="__main__")
    finally:
        plt.close("all")
        plt.rcParams.update(before)
        sys.modules.pop("_scale", None)
    return capsys.readouterr().out, names


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_example_runs_and_its_claims_hold(path, tmp_path, monkeypatch, capsys, clothes):
    monkeypatch.setenv("GLUEBALL_EXAMPLES", "small")
    monkeypatch.setenv("GLUEBALL_FIGURES", str(tmp_path / "figures"))
    text, names = run(path, tmp_path, monkeypatch, capsys)
    assert text.strip()
    CLAIMS.get(int(path.name[:2]), lambda text, names: None)(text, names)
    shown = re.findall(r'^\s*show\("([^"]+)"\)', path.read_text(encoding="utf-8"), re.MULTILINE)
    for name in shown:
        assert (tmp_path / "figures" / f"{name}.png").stat().st_size > 2000, name


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_example_is_in_percent_format(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "# %% [markdown]"
    assert re.fullmatch(rf"# # {int(path.name[:2])}\. .+", lines[1])
    assert "# %%" in lines


def test_examples_are_numbered_without_a_gap():
    assert [int(path.name[:2]) for path in EXAMPLES] == list(range(1, len(EXAMPLES) + 1))


def test_examples_leave_the_environment_alone():
    for path in EXAMPLES:
        assert "os.environ[" not in path.read_text(encoding="utf-8"), path.name
    assert os.environ["MXNET_HOME"]
