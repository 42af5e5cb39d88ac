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


def kernels_do_what_is_said_of_them(text, names):
    assert names["Y"].shape == (2, 6, 6)
    np.testing.assert_allclose(names["conv2d"].weight.data().asnumpy().ravel(), [1, -1], atol=1e-3)
    assert all(
        difference < 1e-4 for difference in numbers_after(text, "operator") + numbers_after(text, "layer")
    )
    assert "largest response to the picture on its side: 0" in text


def trains(text, names):
    """The shapes are those of ten classes, and training has run."""
    losses = numbers_after(text, ", loss")
    assert losses
    assert np.isfinite(losses).all()
    assert re.search(r"output shape \(1, 10\)", text)


def stages_add_up(text, names):
    trains(text, names)
    assert max(numbers_after(text, "largest difference"), default=0) < 1e-4


def normalisation_by_hand_agrees(text, names):
    assert numbers_after(text, "in training")[0] < 1e-4
    assert numbers_after(text, "outside")[0] < 1e-4
    assert len(numbers_after(text, "epoch 1, loss")) == 2


def a_path_around_keeps_gradients(text, names):
    trains(text, names)
    ratios = [float(ratio) for ratio in re.findall(r"of the last: ([\de.+-]+)", text)]
    assert ratios[0] > 1e-4 > 1e4 * ratios[1]


def perplexity_falls(text, names):
    found = [float(number) for number in re.findall(r"perplexity ([\d.]+)", text)]
    assert found
    assert min(found) < names["vocab_size"] * 0.7
    assert found[1] < found[0]


def gates_keep_gradients(text, names):
    perplexity_falls(text, names)
    ratios = [float(ratio) for ratio in re.findall(r"of the last: ([\de.+-]+)", text)]
    assert ratios[1] > 1e-3 > 1e6 * ratios[0]
    assert numbers_after(text, "largest difference")[0] < 1e-5


def the_forget_gate_decides(text, names):
    perplexity_falls(text, names)
    left = numbers_after(text, "gradient")
    assert left == sorted(left)
    assert left[0] < 1e-10
    assert left[-1] > 0.5


def methods_take_the_steps_of_their_formulas(text, names):
    ends = re.findall(r"epoch 20, x1 (\S+), x2 (\S+)", text)
    assert ("-0.943467", "-0.000073") in ends
    assert ("-0.062843", "0.001202") in ends
    assert ("-2.382563", "-0.158591") in ends
    lines = {name: float(x1) for name, x1 in re.findall(r"^(\w+) +\{.* x1 +(\S+),", text, re.MULTILINE)}
    ours = [float(x1) for x1, _ in ends]
    for name in ("adagrad", "rmsprop", "adam"):
        assert min(abs(lines[name] - x1) for x1 in ours) < 1e-3, name


def optimisers_agree(text, names):
    assert {"sgd", "momentum", "adagrad", "rmsprop", "adadelta", "adam"} == {*names["differences"]}
    assert max(names["differences"].values()) < 1e-3
    assert numbers_after(text, "loss")


def schedules_are_followed(text, names):
    ends = dict(re.findall(r"^(\S.*?) +learning rate at the end ([\d.]+)", text, re.MULTILINE))
    assert ends["constant 0.3"] == "0.3000"
    assert float(ends["cosine with warm-up"]) < 0.05
    assert float(ends["factor"]) < 0.3
    assert "the first layer has moved by 0.000" in text


def devices_agree(text, names):
    assert numbers_after(text, "largest difference between the two copies") == [0]
    assert numbers_after(text, "largest difference")[-2] < 1e-5
    assert text.count("@cpu(1)>") >= 4


def features_are_passed_on(text, names):
    assert names["finetune_net"].features is not names["scratch_net"].features
    assert names["moved"] == 0
    assert 0 <= names["from_scratch"] <= 1


def pictures_and_labels_move_together(text, names):
    assert numbers_after(text, "the hill's pixels and their class")[0] > 90
    assert len(re.findall(r"gap (-?[\d.]+)", text)) == 2


def boxes_by_hand_agree(text, names):
    pairs = re.findall(r"([\d.]+), by the operator ([\d.]+)", text)
    assert len(pairs) == 4
    assert all(ours == theirs for ours, theirs in pairs)
    assert numbers_after(text, "largest difference")[0] < 1e-4
    for kept, count in re.findall(r"ours keeps \[(.*?)\], the operator (\d)", text):
        assert len(kept.split(",")) == int(count)


def detects(text, names):
    assert "anchors:     (1, 340, 4)" in text
    assert np.isfinite(names["errors"]).all()
    assert 0 <= names["accuracy"] <= 1


def segments(text, names):
    assert numbers_after(text, "largest difference")[0] < 1e-4
    assert np.isfinite(numbers_after(text, ", loss")).all()
    assert names["overlaps"]["background"] > 0.5


def arrays_keep_or_lose_their_memory(text, names):
    kept = re.findall(r"keeps the array: *(True|False)", text)
    assert kept == ["False", "True", "True"]
    np.testing.assert_array_equal(
        names["table"].asnumpy()[:, 1], [0, 7, 7]
    )  # a row is a window, a column a copy
    assert "5.0 seen through nd, written through torch" in text
    assert (names["relations"].asnumpy() == 1).all()


def gradients_are_those_by_hand(text, names):
    assert numbers_after(text, "4x - gradient") == [0]
    assert "the same everywhere: True" in text
    assert numbers_after(text, "four times 2w") == [24]
    by_autograd, by_difference = re.findall(r"by autograd ([\d.]+), by difference ([\d.]+)", text)[0]
    assert float(by_autograd) == pytest.approx(float(by_difference), abs=1e-7)


def pictures_come_in_batches(text, names):
    assert names["X"].shape[1:] == (1, 28, 28)
    low, high = re.findall(r"\(256, 1, 28, 28\) <class 'numpy.float32'> ([\d.]+) ([\d.]+) \(256,\)", text)[0]
    assert 0 <= float(low) < 0.5 < float(high) <= 1
    assert len(re.findall(r"batches of +\d+: +\d+ of them, [\d.]+ sec", text)) == 2


def models_are_too_simple_right_or_too_large(text, names):
    losses = re.findall(r"train loss ([\d.]+), test loss ([\d.]+)", text)
    (_, right), (simple_on_train, simple), (_, large) = (tuple(map(float, pair)) for pair in losses)
    assert right < simple / 10
    assert right < large / 10
    assert simple_on_train > 10
    assert 2 <= min(names["orders"], key=lambda order: names["valid_ls"][order]) <= 6
    medians = re.findall(r"of order 1 ([\d.]+), of order 3 ([\d.]+), of order 12 ([\d.]+)", text)
    medians = np.array(medians, float)
    assert medians[-1, 2] < medians[1, 2]  # more examples cure overfitting ...
    assert medians[-1, 0] > 5 * medians[-1, 1]  # ... and not underfitting


def decay_shortens_weights_and_helps(text, names):
    found = re.findall(r"train loss ([\d.]+), test loss ([\d.]+), length of w ([\d.]+)", text)
    for without, decayed in zip(found[::2], found[1::2]):
        assert float(decayed[0]) > float(without[0])
        assert float(decayed[1]) < float(without[1]) / 10
        assert float(decayed[2]) < float(without[2]) / 10


def blocks_are_built_as_said(text, names):
    assert numbers_after(text, "dense changed by")[0] > 0
    assert numbers_after(text, "constant changed by") == [0]
    assert "branches of 8 and 4 units: (2, 12)" in text
    assert "parameters found: 0" in text
    assert "output (2, 32) with 4 parameters" in text


def parameters_are_filled_and_shared(text, names):
    assert "the same parameter: True" in text
    assert numbers_after(text, "share of zeros")[0] == pytest.approx(0.5, abs=0.05)
    assert numbers_after(text, "sum of the parts, up to")[0] < 1e-5
    before, after = map(float, re.findall(r"loss ([\d.]+) -> ([\d.]+), still one parameter: True", text)[0])
    assert after < before


def the_first_data_decide(text, names):
    before, _, after = text.partition("before the first forward pass")
    assert "Init" not in before
    assert after.split("after it")[0].count("Init") == 2
    assert "five rows: (5, 10)" in text


def own_layers_work(text, names):
    assert numbers_after(text, "mean of the output")[0] < 1e-6
    radial, straight = map(float, re.findall(r"([\d.]+) % of the points right", text))
    assert radial > 60
    assert straight > 50
    by_autograd, by_difference = re.findall(r"by autograd ([\d.-]+), by difference ([\d.-]+)", text)[0]
    assert float(by_autograd) == pytest.approx(float(by_difference), abs=1e-4)


def what_is_saved_comes_back(text, names):
    assert text.count("the same outputs: True") == 2
    with_states, without = numbers_after(text, "largest difference")
    assert with_states == 0 < without


def regressions_agree_and_saturate(text, names):
    scratch, concise = numbers_after(text, "log-likelihood")
    assert concise == pytest.approx(scratch, abs=1e-3)
    assert numbers_after(text, "difference of the two losses")[0] < 1e-6
    right_way, wrong_way = map(float, re.findall(r"(\d+) of 100 wrong at the end", text))
    assert right_way < 10 < 80 < wrong_way
    lengths = numbers_after(text, "length of w")
    assert lengths == sorted(lengths, reverse=True)
    assert "columns 5, rank of X'X 4" in text


def vectors_give_what_loops_give(text, names):
    assert text.count("the same: True") == 2
    assert names["largest"] < 1e-3


CLAIMS = {
    1: arrays_keep_or_lose_their_memory,
    2: gradients_are_those_by_hand,
    3: from_scratch_agrees_with_the_closed_form,
    4: concise_parameters_are_the_truth,
    5: pictures_come_in_batches,
    6: learns,
    7: fused_loss_is_stable,
    8: hidden_layers_bend,
    9: learns,
    10: learns,
    11: models_are_too_simple_right_or_too_large,
    12: decay_shortens_weights_and_helps,
    13: learns,
    14: back_propagation_by_hand_agrees,
    15: blocks_are_built_as_said,
    16: parameters_are_filled_and_shared,
    17: the_first_data_decide,
    18: own_layers_work,
    19: what_is_saved_comes_back,
    20: regressions_agree_and_saturate,
    21: three_ways_agree_on_clicks,
    22: vectors_give_what_loops_give,
    23: frameworks_agree,
    24: the_ring_moves_few_keys,
    25: kernels_do_what_is_said_of_them,
    26: trains,
    27: trains,
    28: trains,
    29: stages_add_up,
    30: stages_add_up,
    31: normalisation_by_hand_agrees,
    32: a_path_around_keeps_gradients,
    33: trains,
    34: perplexity_falls,
    35: perplexity_falls,
    36: gates_keep_gradients,
    37: the_forget_gate_decides,
    38: methods_take_the_steps_of_their_formulas,
    39: optimisers_agree,
    40: schedules_are_followed,
    41: devices_agree,
    42: features_are_passed_on,
    43: estimators_of_gluon_hold_their_own,
    44: pictures_and_labels_move_together,
    45: boxes_by_hand_agree,
    46: detects,
    47: segments,
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
    CLAIMS[int(path.name[:2])](text, names)
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
