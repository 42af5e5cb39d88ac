"""Connectionist temporal classification: the sum over all ways to read, layouts, lengths."""

import itertools

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, nd
from mxnet.gluon import loss as losses

LABEL = np.array([[0, 1, -1], [2, 2, 0]])


def drawn(seed, *shape):
    return np.random.RandomState(seed).standard_normal(shape)


def read(path, blank):
    """What a path says: runs once, without blanks."""
    return [each for each, _ in itertools.groupby(path) if each != blank]


def summed(pred, label):
    """Minus the logarithm of the probability of every path that says ``label``, one by one."""
    steps, classes = pred.shape
    probability = np.exp(pred) / np.exp(pred).sum(axis=1, keepdims=True)
    total = sum(
        np.prod(probability[np.arange(steps), path])
        for path in itertools.product(range(classes), repeat=steps)
        if read(path, classes - 1) == list(label)
    )
    return -np.log(total)


def test_the_loss_sums_all_ways_to_read_the_labels(seed):
    pred = drawn(seed, 2, 5, 4)
    expected = [summed(pred[0], [0, 1]), summed(pred[1], [2, 2, 0])]
    result = losses.CTCLoss()(nd.array(pred), nd.array(LABEL))
    np.testing.assert_allclose(result.asnumpy(), expected, rtol=1e-5)


@pytest.mark.parametrize("layout", ["NTC", "TNC"])
@pytest.mark.parametrize("label_layout", ["NT", "TN"])
def test_layouts_move_axes_only(layout, label_layout, seed):
    pred = drawn(seed, 2, 5, 4)
    expected = losses.CTCLoss()(nd.array(pred), nd.array(LABEL)).asnumpy()
    given = pred if layout == "NTC" else pred.swapaxes(0, 1)
    label = LABEL if label_layout == "NT" else LABEL.T
    loss = losses.CTCLoss(layout, label_layout)
    np.testing.assert_array_equal(loss(nd.array(given), nd.array(label)).asnumpy(), expected)


def test_lengths_cut_predictions_and_labels(seed):
    pred = drawn(seed, 2, 5, 4)
    label = np.array([[0, 1, 1], [2, 2, 0]])
    loss = losses.CTCLoss(weight=2)
    result = loss(nd.array(pred), nd.array(label), nd.array([4, 5]), nd.array([2, 1]), nd.array([1, 3]))
    expected = [2 * summed(pred[0, :4], [0, 1]), 6 * summed(pred[1], [2])]
    np.testing.assert_allclose(result.asnumpy(), expected, rtol=1e-5)
    cut = losses.CTCLoss()(nd.array(pred), nd.array(label), None, nd.array([2, 1]))
    np.testing.assert_allclose(cut.asnumpy(), [summed(pred[0], [0, 1]), summed(pred[1], [2])], rtol=1e-5)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gradients_are_those_of_differences(dtype, seed):
    pred = drawn(seed, 1, 4, 3)
    label = nd.array([[0, 1]])
    x = nd.array(pred, dtype=dtype)
    x.attach_grad()
    with autograd.record():
        value = losses.CTCLoss()(x, label)
    value.backward()
    direction = drawn(seed + 1, 1, 4, 3)
    ahead, behind = (summed((pred + step * direction)[0], [0, 1]) for step in (1e-5, -1e-5))
    np.testing.assert_allclose(
        (x.grad.asnumpy() * direction).sum(), (ahead - behind) / 2e-5, rtol=1e-3, atol=1e-4
    )


def test_labels_that_do_not_fit_into_the_steps_cost_nothing():
    x = nd.zeros((2, 3, 4))
    x.attach_grad()
    with autograd.record():
        value = losses.CTCLoss()(x, nd.array([[1, 1, 1], [0, 1, 2]]))
    value.backward()
    assert value.asnumpy()[0] == 0
    assert value.asnumpy()[1] > 0
    assert not x.grad.asnumpy()[0].any()


@pytest.mark.parametrize("arguments", [("CTN",), ("NTC", "CT"), ("NTC", None)])
def test_other_layouts_are_refused(arguments):
    with pytest.raises(AssertionError, match="layouts for"):
        losses.CTCLoss(*arguments)


@pytest.mark.parametrize(
    ("pred", "label", "text"),
    [
        ((2, 5, 4), (5, 2), r"pred \(2, 5, 4\) as NTC, label \(5, 2\) as NT"),
        ((5, 4), (2, 2), "label does not fit pred"),
        ((2, 5, 4), (2,), "label does not fit pred"),
        ((2, 1, 4), (2, 2), "2 labels a row are more than 1 steps"),
    ],
)
def test_arrays_that_do_not_fit_are_refused_in_the_words_of_the_layout(pred, label, text):
    with pytest.raises(mx.MXNetError, match=text):
        losses.CTCLoss()(nd.ones(pred), nd.ones(label))


def test_the_blank_is_no_label():
    with pytest.raises(mx.MXNetError, match="labels lie between 0 and 2"):
        losses.CTCLoss()(nd.ones((2, 5, 4)), nd.array([[0, 3], [1, 2]]))
