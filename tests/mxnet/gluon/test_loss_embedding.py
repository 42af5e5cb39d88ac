"""Losses of vectors: triplets, cosines, batches whose rows belong together."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, nd
from mxnet.gluon import loss as losses


def drawn(seed, count, *shape):
    source = np.random.RandomState(seed)
    return [source.standard_normal(shape) for _ in range(count)]


def doubles(*arrays):
    return [nd.array(array, dtype="float64") for array in arrays]


def log_softmax(x):
    shifted = x - x.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


@pytest.mark.parametrize("shape", [(4, 3), (2, 3, 2)])
def test_a_triplet_costs_what_the_positive_is_beyond_the_negative(shape, seed):
    pred, positive, negative = drawn(seed, 3, *shape)
    result = losses.TripletLoss(margin=2, weight=3)(*doubles(pred, positive, negative))
    distance = ((positive - pred) ** 2 - (negative - pred) ** 2).reshape(shape[0], -1).sum(axis=1)
    np.testing.assert_allclose(result.asnumpy(), 3 * np.maximum(0, distance + 2), rtol=1e-9)


def test_a_triplet_beyond_its_margin_has_no_gradient():
    pred, near, far = nd.zeros((1, 2)), nd.zeros((1, 2)), nd.array([[2, 0]])
    near.attach_grad()
    with autograd.record():
        value = losses.TripletLoss()(pred, near, far)
    value.backward()
    assert value.asscalar() == 0
    assert not near.grad.asnumpy().any()


def cosine(a, b):
    return (a * b).sum(axis=-1) / (np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1))


@pytest.mark.parametrize("margin", [0, 0.3, -0.5])
def test_cosines_are_near_one_for_the_same_and_below_the_margin_for_others(margin, seed):
    a, b = drawn(seed, 2, 5, 3)
    label = np.array([1, -1, -1, 1, 0])
    result = losses.CosineEmbeddingLoss(margin=margin)(*doubles(a, b, label))
    value = cosine(a, b)
    expected = (label == 1) * (1 - value) + (label == -1) * np.maximum(0, value - margin)
    np.testing.assert_allclose(result.asnumpy(), expected[:, None], rtol=1e-9, atol=1e-12)


def test_cosines_of_more_axes_are_one_row_each(seed):
    a, b = drawn(seed, 2, 2, 3, 4)
    label = np.array([[1, 1, 1], [1, 1, 1]])
    result = losses.CosineEmbeddingLoss()(*doubles(a, b, label)).asnumpy()
    np.testing.assert_allclose(result, 1 - cosine(a, b).reshape(6, 1), rtol=1e-9)


def test_a_vector_of_zeros_is_at_right_angles_to_all():
    result = losses.CosineEmbeddingLoss()(nd.zeros((2, 3)), nd.ones((2, 3)), nd.array([1, -1]))
    assert result.asnumpy().tolist() == [[1], [0]]


def test_labels_of_another_number_of_vectors_are_refused():
    with pytest.raises(mx.MXNetError, match=r"(?s)CosineEmbeddingLoss.*3 labels.*holds 4 vectors"):
        losses.CosineEmbeddingLoss()(nd.ones((4, 2)), nd.ones((4, 2)), nd.ones((3,)))


@pytest.mark.parametrize("smoothing", [0.3, 0.0])
def test_each_row_is_nearest_to_its_own(smoothing, seed):
    x1, x2 = drawn(seed, 2, 4, 3)
    result = losses.SDMLLoss(smoothing_parameter=smoothing)(*doubles(x1, x2))
    distance = ((x1[:, None] - x2[None]) ** 2).sum(axis=2)
    target = np.full((4, 4), smoothing / 3)
    np.fill_diagonal(target, 1 - smoothing)
    expected = (target * (np.log(target + 1e-12) - log_softmax(-distance))).sum(axis=1)
    np.testing.assert_allclose(result.asnumpy(), expected, rtol=1e-9)


@pytest.mark.parametrize("shapes", [((4, 3), (2, 3)), ((2, 3, 4), (2, 3, 4)), ((3,), (3,))])
def test_rows_that_have_no_partner_are_refused(shapes):
    with pytest.raises(mx.MXNetError, match=r"SDMLLoss.*x1 does not fit x2"):
        losses.SDMLLoss()(nd.ones(shapes[0]), nd.ones(shapes[1]))
