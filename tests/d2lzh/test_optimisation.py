"""The chapter on optimisation, by the helper package."""

import re
import sys

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

import d2lzh as d2l
from mxnet import nd


@pytest.fixture(autouse=True)
def _clean_figures():
    with mpl.rc_context():
        yield
    plt.close("all")


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty MXNET_HOME, and a working folder with no ``../data`` beside it."""
    monkeypatch.setenv("MXNET_HOME", str(tmp_path / "home"))
    (tmp_path / "book").mkdir()
    monkeypatch.chdir(tmp_path / "book")
    return tmp_path


def write_airfoil(folder, rng, rows=1503, columns=6):
    folder.mkdir(parents=True)
    table = rng.normal(3, 2, (rows, columns))
    np.savetxt(folder / "airfoil_self_noise.dat", table, delimiter="\t")
    return table


@pytest.mark.parametrize("place", ["data", "home/datasets"])
def test_the_data_of_airfoils_are_used_where_they_are(home, rng, place, capsys):
    table = write_airfoil(home / place, rng)
    features, labels = d2l.get_data_ch7()
    assert (features.shape, labels.shape) == ((1500, 5), (1500,))
    expected = (table - table.mean(axis=0)) / table.std(axis=0)
    np.testing.assert_allclose(features.asnumpy(), expected[:1500, :5], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(labels.asnumpy(), expected[:1500, 5], rtol=1e-4, atol=1e-5)
    assert capsys.readouterr().out == ""


def test_without_them_it_is_the_diabetes_data_and_a_line_says_so(home, capsys):
    pytest.importorskip("sklearn")
    features, labels = d2l.get_data_ch7()
    assert (features.shape, labels.shape) == ((442, 10), (442,))
    for column in [*features.T, labels]:
        assert abs(column.mean().asscalar()) < 1e-5
        assert (column**2).mean().asscalar() == pytest.approx(1, rel=1e-4)
    assert "airfoil_self_noise.dat is not here" in capsys.readouterr().out


def test_without_data_the_error_says_how_to_get_some(home, monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "sklearn"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(FileNotFoundError, match=r"archive\.ics(?s:.)*datasets(?s:.)*glueball\[demo\]"):
        d2l.get_data_ch7()


@pytest.mark.parametrize("damage", ["five columns", "a word", "ragged"])
def test_other_content_is_no_data_of_airfoils(home, rng, damage):
    folder = home / "data"
    write_airfoil(folder, rng, rows=4, columns=5 if damage == "five columns" else 6)
    path = folder / "airfoil_self_noise.dat"
    if damage == "a word":
        path.write_text(path.read_text().replace("\t", "\tx", 1))
    elif damage == "ragged":
        path.write_text(path.read_text() + "1\t2\n")
    with pytest.raises(ValueError, match=r"airfoil_self_noise\.dat is (not the data|no table)"):
        d2l.get_data_ch7()


def test_twenty_steps_are_taken_from_the_books_point(capsys):
    points = d2l.train_2d(lambda x1, x2, s1, s2: (x1 + 1, x2 - 1, s1 + 1, s2))
    assert points == [(-5 + k, -2 - k) for k in range(21)]
    assert capsys.readouterr().out == "epoch 20, x1 15.000000, x2 -22.000000\n"


def test_what_a_method_remembers_comes_back_to_it():
    seen = []

    def trainer(x1, x2, s1, s2):
        seen.append((s1, s2))
        return x1, x2, s1 + 1, s2 + 2

    d2l.train_2d(trainer)
    assert seen == [(k, 2 * k) for k in range(20)]


def test_a_trace_is_drawn_over_level_lines():
    points = d2l.train_2d(lambda x1, x2, s1, s2: (x1 / 2, x2 / 2, s1, s2))
    d2l.show_trace_2d(lambda x1, x2: x1**2 + 2 * x2**2, points)
    axes = plt.gca()
    (line,) = axes.get_lines()
    np.testing.assert_array_equal(line.get_xydata(), points)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("x1", "x2")
    assert len(axes.collections) >= 1


@pytest.mark.parametrize("points", [[], [(1, 2, 3)]], ids=["none", "three numbers"])
def test_a_trace_is_one_of_points_in_the_plane(points):
    with pytest.raises(ValueError, match="no points of the plane"):
        d2l.show_trace_2d(lambda x1, x2: x1, points)


def linear_data(rng, count=300):
    features = rng.normal(size=(count, 3))
    return nd.array(features), nd.array(features @ [2, -1, 0.5] + rng.normal(0, 0.01, count))


def sgd(params, states, hyperparams):
    for p in params:
        p[:] -= hyperparams["lr"] * p.grad


def by_hand(features, labels, **kwargs):
    d2l.train_ch7(sgd, None, {"lr": 0.1}, features, labels, **kwargs)


def by_gluon(features, labels, **kwargs):
    d2l.train_gluon_ch7("sgd", {"learning_rate": 0.1}, features, labels, **kwargs)


@pytest.mark.parametrize("fit", [by_hand, by_gluon])
def test_the_loss_falls_and_its_curve_has_a_point_for_every_hundred_examples(fit, rng, capsys):
    fit(*linear_data(rng), batch_size=20, num_epochs=3)
    assert re.fullmatch(r"loss: 0\.00\d{4}, \d+\.\d{6} sec per epoch\n", capsys.readouterr().out)
    (line,) = plt.gca().get_lines()
    np.testing.assert_allclose(line.get_xdata(), np.linspace(0, 3, 10))
    assert line.get_ydata()[0] > 1
    # 45 steps of a tenth shrink it some thousand times, by chance more or less
    assert line.get_ydata()[-1] < 0.005  # 0.0019 at most for three thousand seeds
    assert (plt.gca().get_xlabel(), plt.gca().get_ylabel()) == ("epoch", "loss")


def test_states_and_hyperparameters_are_passed_as_they_are(rng):
    states, hyperparams, seen = object(), object(), set()
    d2l.train_ch7(
        lambda params, s, h: seen.add((len(params), s, h)), states, hyperparams, *linear_data(rng, 20)
    )
    assert seen == {(2, states, hyperparams)}


@pytest.mark.parametrize("fit", [by_hand, by_gluon])
def test_batches_that_do_not_divide_a_hundred_have_a_curve_too(fit, rng, capsys):
    fit(*linear_data(rng, 130), batch_size=130, num_epochs=4)
    printed = re.match(r"loss: (\S+),", capsys.readouterr().out)
    (line,) = plt.gca().get_lines()
    losses = line.get_ydata()
    assert len(losses) == 5
    assert float(printed[1]) == pytest.approx(losses[-1], abs=1e-6)
    assert losses[-1] < losses[0] / 1.5
