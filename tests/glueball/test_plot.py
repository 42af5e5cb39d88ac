"""Pictures: what is drawn for which data. How they look is for people to judge."""

import math

import matplotlib.pyplot as plt
import numpy as np
import pytest

from glueball import plot
from mxnet.gluon import nn

ROWS = [
    {
        "epoch": n,
        "train_loss": 1 / n,
        "train_accuracy": 1 - 0.5 / n,
        "test_loss": 1.1 / n,
        "test_accuracy": 1 - 0.6 / n,
    }
    for n in range(1, 6)
]


@pytest.fixture(autouse=True)
def _closed_figures():
    yield
    plt.close("all")


def circles(axes):
    found = [c for c in axes.collections if c.__class__.__name__ == "PathCollection"]
    offsets = sum(len(c.get_offsets()) for c in found)
    return offsets + sum(p.__class__.__name__ in ("Circle", "Ellipse") for p in axes.patches)


def test_a_network_is_drawn_with_a_circle_for_each_unit():
    assert circles(plot.draw_network([4, 5, 3])) == 12


def test_a_gluon_net_is_read_layer_by_layer():
    net = nn.Sequential()
    net.add(nn.Dense(5, activation="relu", in_units=4), nn.Dropout(0.5), nn.Dense(3))
    assert plot.layer_sizes(net) == [4, 5, 3]
    assert circles(plot.draw_network(net)) == 12


def test_unknown_inputs_have_to_be_given():
    net = nn.Dense(1)
    with pytest.raises(ValueError, match="inputs"):
        plot.draw_network(net)
    assert plot.layer_sizes(net, inputs=2) == [2, 1]


def test_large_layers_are_shortened():
    assert circles(plot.draw_network([784, 256, 10])) < 60


def test_curves_show_training_and_test():
    left, right = plot.curves(ROWS).axes
    for axes, quantity in ((left, "loss"), (right, "accuracy")):
        drawn = [line.get_ydata().tolist() for line in axes.lines if len(line.get_ydata())]
        assert [row[f"train_{quantity}"] for row in ROWS] in drawn
        assert [row[f"test_{quantity}"] for row in ROWS] in drawn


def test_a_loss_that_was_no_number_leaves_a_gap_in_the_curve():
    left, _ = plot.curves([ROWS[0], ROWS[0] | {"epoch": 2, "train_loss": None}, ROWS[0] | {"epoch": 3}]).axes
    assert [math.isnan(y) for y in left.get_lines()[0].get_ydata()] == [False, True, False]


def test_curves_of_nothing_are_refused():
    with pytest.raises(ValueError, match="no epoch"):
        plot.curves([])


def test_the_confusion_matrix_shows_every_count():
    matrix = np.array([[5, 1], [0, 7]])
    figure = plot.confusion(matrix, ["cat", "dog"])
    texts = {text.get_text() for text in figure.axes[0].texts}
    assert {"5", "1", "7"} <= texts
    with pytest.raises(ValueError, match="do not fit"):
        plot.confusion(matrix, ["cat"])


def test_mistakes_come_with_the_most_confident_first():
    probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.3, 0.7]])
    figure = plot.mistakes(np.zeros((4, 3, 3)), [0, 0, 0, 1], [0, 1, 1, 1], probabilities, ["cat", "dog"])
    titles = [axes.get_title() for axes in figure.axes if axes.get_title()]
    assert titles == ["dog 80%", "dog 60%"]


def test_style_is_left_as_it_was():
    before = dict(plt.rcParams)
    plot.curves(ROWS)
    plot.draw_network([2, 1])
    assert dict(plt.rcParams) == before
