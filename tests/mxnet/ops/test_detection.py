"""Detection at sizes where work is cut into blocks and groups, against the rules written as loops."""

import numpy as np
import pytest
import torch

from mxnet import autograd, nd
from mxnet.ops import suppression
from mxnet.ops.multibox import multibox_target


def iou(a, b):
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    shared = max(width, 0) * max(height, 0)
    area = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return shared / (area - shared)


def kept(boxes, classes, threshold):
    """Walk over the boxes from the best: who overlaps with somebody that stays, falls."""
    stay = []
    for place, box in enumerate(boxes):
        rivals = (other for other in stay if classes[other] == classes[place])
        if all(iou(boxes[other], box) <= threshold for other in rivals):
            stay.append(place)
    return stay


def random_boxes(rng, *shape, size=0.3):
    middle, half = rng.uniform(0, 1, (*shape, 2)), rng.uniform(0.02, size / 2, (*shape, 2))
    return np.concatenate([middle - half, middle + half], axis=-1)


@pytest.mark.parametrize("threshold", [0.05, 0.3, 0.7])
@pytest.mark.parametrize("names", [1, 5])
def test_suppression_of_hundreds_of_boxes_is_that_of_a_walk_over_them(rng, threshold, names):
    images, n = 3, 200
    boxes = random_boxes(rng, images, n)
    classes = rng.integers(0, names, (images, n))
    counts = np.array([n, 131, 0])
    stays = suppression.suppress(
        torch.from_numpy(boxes),
        torch.from_numpy(counts),
        torch.from_numpy(classes) if names > 1 else None,
        threshold,
        touching=False,
    )
    for image in range(images):
        some = slice(0, counts[image])
        expected = kept(boxes[image, some], classes[image, some] * (names > 1), threshold)
        assert stays[image].nonzero().flatten().tolist() == expected


def test_suppression_does_not_depend_on_how_work_is_cut(rng, monkeypatch):
    boxes = nd.array(np.concatenate([rng.uniform(0, 1, (2, 300, 1)), random_boxes(rng, 2, 300)], axis=2))

    def survivors():
        return nd.contrib.box_nms(boxes, score_index=0, coord_start=1, overlap_thresh=0.2).asnumpy()

    expected = survivors()
    monkeypatch.setattr(suppression, "_BLOCK", 7)
    monkeypatch.setattr(suppression, "_CHUNK", 100)
    np.testing.assert_array_equal(survivors(), expected)


def test_chain_of_boxes_leaves_every_second_one():
    # each hits the next alone: the longest way to the fixed point
    n = 100
    start = np.arange(n) * 0.6
    boxes = np.stack([np.linspace(1, 0.1, n), start, 0 * start, start + 1, 0 * start + 1], axis=1)
    found = nd.contrib.box_nms(nd.array(boxes), score_index=0, coord_start=1, overlap_thresh=0.2).asnumpy()
    np.testing.assert_array_equal(found[: n // 2], boxes[::2].astype("float32"))
    assert (found[n // 2 :] == -1).all()


@pytest.mark.parametrize("count", [0, 1, 3, 10, 40])
def test_best_first_keeps_the_order_of_equal_scores(rng, count):
    scores = rng.integers(0, 6, (4, 40)).astype("float32")
    scores[1, 5:] = -np.inf
    found = suppression.best_first(torch.from_numpy(scores), count).numpy()
    expected = np.argsort(-scores, axis=1, kind="stable")[:, :count]
    np.testing.assert_array_equal(found, expected)


def targets(anchors, label, threshold):
    """The rule of MultiBoxTarget's classes as a loop over pairs."""
    boxes = [row for row in label if row[0] >= 0]
    shared = np.array([[iou(anchor, box[1:]) for anchor in anchors] for box in boxes])
    classes = np.zeros(len(anchors))
    best = shared.max(0)
    for anchor in np.nonzero(best > threshold)[0]:
        classes[anchor] = boxes[shared[:, anchor].argmax()][0] + 1
    left = shared.copy()
    for _ in boxes:
        # the first anchor among equals, and of its boxes the first
        anchor, box = np.unravel_index(left.T.argmax(), left.T.shape)
        if left[box, anchor] <= 1e-6:
            break
        classes[anchor] = boxes[box][0] + 1
        left[box], left[:, anchor] = -1, -1
    return classes


def test_targets_of_crowded_images_are_those_of_a_loop_over_pairs(rng):
    anchors = random_boxes(rng, 120)
    labels = np.full((4, 30, 5), -1.0)
    for label, count in zip(labels, (30, 11, 1, 29)):
        label[:count, 0] = rng.integers(0, 7, count)
        label[:count, 1:] = random_boxes(rng, count)
    labels[3, 1:20] = labels[3, 0]  # many boxes at one place compete for its anchors
    with torch.no_grad():
        classes = multibox_target(
            torch.from_numpy(anchors[None]),
            torch.from_numpy(labels),
            torch.zeros(4, 8, 120, dtype=torch.float64),
            overlap_threshold=0.4,
        )[2]
    for found, label in zip(classes.numpy(), labels):
        np.testing.assert_array_equal(found, targets(anchors, label, 0.4))


def test_gradient_of_suppression_goes_to_the_rows_that_stay():
    boxes = nd.array([[0.5, 0, 0, 2, 2], [0.75, 0, 0, 2, 3], [0.25, 5, 5, 6, 6]])
    boxes.attach_grad()
    with autograd.record():
        found = nd.contrib.box_nms(boxes, score_index=0, coord_start=1)
    found.backward(nd.arange(15).reshape((3, 5)))
    assert boxes.grad.asnumpy().tolist() == [[0] * 5, [0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]


def test_loss_on_targets_trains_the_predictions_alone():
    anchors = nd.contrib.MultiBoxPrior(nd.zeros((1, 1, 4, 4)), sizes=(0.5,))
    labels = nd.array([[[1, 0.1, 0.1, 0.5, 0.6]]])
    predicted, scores = nd.zeros((1, 64)), nd.zeros((1, 3, 16))
    for each in (predicted, scores, anchors):
        each.attach_grad()
    with autograd.record():
        offsets, mask, classes = nd.contrib.MultiBoxTarget(anchors, labels, scores)
        loss = (
            nd.abs((predicted - offsets) * mask).sum()
            + nd.pick(nd.softmax(scores, axis=1), classes, axis=1).sum()
        )
    loss.backward()
    assert (predicted.grad.asnumpy() != 0).sum() == (mask.asnumpy() * (offsets.asnumpy() != 0)).sum() > 0
    assert (scores.grad.asnumpy() != 0).any()
    assert (anchors.grad.asnumpy() == 0).all()
