"""Augmenters for classification and detection, beside what `test_golden_gluon` holds to recordings."""

import json
import pickle
import random

import numpy as np
import pytest

import mxnet as mx
from mxnet import image as im
from mxnet import nd
from tests.samples.gluon.pictures import picture

BOXES = np.array([[1, 0.1, 0.2, 0.5, 0.6], [2, 0.5, 0.5, 0.9, 0.95]], "float32")


def floats(*shape):
    return nd.array(picture(*shape).astype("float32"))


def test_an_augmenter_of_ones_own_writes_its_arguments():
    class Shift(im.Augmenter):
        def __init__(self, by):
            super().__init__(by=by, colour=nd.array([1, 2]))
            self.by = by

        def __call__(self, src):
            return src + self.by

    assert json.loads(Shift(3).dumps()) == ["shift", {"by": 3, "colour": [1.0, 2.0]}]
    chain = im.SequentialAug([im.CastAug(), Shift(3)])
    assert chain(nd.zeros((1, 1, 3), dtype="uint8")).asnumpy().tolist() == [[[3.0, 3.0, 3.0]]]


@pytest.mark.parametrize("kind", [im.Augmenter, im.DetAugmenter])
def test_the_base_classes_do_nothing_themselves(kind):
    with pytest.raises(NotImplementedError, match="Must override"):
        kind()(*[nd.zeros((2, 2, 3))] * (1 if kind is im.Augmenter else 2))


COLOURS = {
    "brightness": lambda: im.BrightnessJitterAug(0.2),
    "contrast": lambda: im.ContrastJitterAug(0.2),
    "saturation": lambda: im.SaturationJitterAug(0.2),
    "hue": lambda: im.HueJitterAug(0.2),
    "lighting": lambda: im.LightingAug(0.2, np.ones(3), np.eye(3)),
    "grey": lambda: im.RandomGrayAug(1),
    "normalize": lambda: im.ColorNormalizeAug([1, 2, 3], [1, 2, 3]),
}


@pytest.mark.parametrize("name", COLOURS)
def test_colours_of_whole_numbers_are_refused(name):
    with pytest.raises(mx.MXNetError, match="CastAug"):
        COLOURS[name]()(nd.zeros((2, 2, 3), dtype="uint8"))


@pytest.mark.parametrize("name", COLOURS)
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_colours_keep_the_type_of_the_image(name, dtype):
    image = floats(4, 5).astype(dtype)
    result = COLOURS[name]()(image)
    assert (result.dtype, result.shape) == (np.dtype(dtype), (4, 5, 3))


def test_grey_images_lose_no_colours():
    grey = nd.ones((3, 4, 1)) * 100
    np.testing.assert_allclose(im.SaturationJitterAug(0.5)(grey.copy()).asnumpy(), 100, rtol=1e-2)


def test_random_order_leaves_its_list_in_the_order_of_the_last_call(seed):
    order = []
    steps = [lambda x, n=n: order.append(n) or x for n in range(5)]
    shuffled = im.RandomOrderAug(list(steps))
    for _ in range(3):
        order.clear()
        shuffled(nd.zeros((1, 1, 3)))
        assert [steps[n] for n in order] == shuffled.ts
        assert sorted(order) == list(range(5))
    assert im.RandomOrderAug(tuple(steps))(nd.zeros((1, 1, 3))).shape == (1, 1, 3)


def test_augmenters_survive_pickle(seed):
    chain = im.SequentialAug(im.CreateAugmenter((3, 5, 6), brightness=0.1, hue=0.1, mean=True, std=True))
    random.seed(seed)
    expected = chain(nd.array(picture(9, 9), dtype="uint8")).asnumpy()
    random.seed(seed)
    copied = pickle.loads(pickle.dumps(chain))
    np.testing.assert_array_equal(copied(nd.array(picture(9, 9), dtype="uint8")).asnumpy(), expected)


@pytest.mark.parametrize(
    ("wrong", "kind", "says"),
    [
        (lambda: im.CreateAugmenter((3, 4, 4), rand_resize=True), AssertionError, "rand_crop=True"),
        (lambda: im.CreateAugmenter((3, 4, 4), mean=[1, 2, 3]), AssertionError, "mean"),
        (lambda: im.CreateAugmenter((3, 4, 4), std=np.ones(2)), AssertionError, "std"),
        (lambda: im.CreateAugmenter((3, 4, 4), mean=False), AssertionError, "leave it out"),
        (lambda: im.CreateDetAugmenter((3, 4, 4), mean=5), AssertionError, "CreateDetAugmenter"),
        (lambda: im.RandomSizedCropAug((3, 4), 0.1, (1, 1), foo=2), AssertionError, "foo"),
        (lambda: im.DetBorrowAug(3), TypeError, "invalid Augmenter"),
        (lambda: im.DetBorrowAug(im.DetHorizontalFlipAug(1)), TypeError, "invalid Augmenter"),
        (lambda: im.DetRandomSelectAug([im.CastAug()]), ValueError, "DetBorrowAug"),
        (lambda: im.DetRandomSelectAug(3), ValueError, "DetAugmenter in list only"),
        (lambda: im.DetRandomCropAug(area_range=(1, 0.5)), ValueError, "area_range"),
        (lambda: im.DetRandomCropAug(aspect_ratio_range=(0, 1)), ValueError, "begin above 0"),
        (lambda: im.DetRandomPadAug(area_range=(0.1, 0.9)), ValueError, "end above 1"),
        (
            lambda: im.CreateMultiRandCropAugmenter(min_object_covered=[1, 2], max_attempts=[1, 2, 3]),
            AssertionError,
            "lists",
        ),
    ],
)
def test_wrong_uses_say_what_is_wrong(wrong, kind, says):
    with pytest.raises(kind) as caught:
        wrong()
    assert says in str(caught.value)


def test_flipping_boxes_twice_gives_them_back():
    flip, label = im.DetHorizontalFlipAug(1), BOXES.copy()
    image, once = flip(floats(4, 5), label)
    assert once is label
    np.testing.assert_allclose(once[0], [1, 0.5, 0.2, 0.9, 0.6], rtol=1e-6)
    image, twice = flip(image, once)
    np.testing.assert_allclose(twice, BOXES, rtol=1e-6)
    np.testing.assert_array_equal(image.asnumpy(), picture(4, 5))


def marked(label, height=40, width=60):
    """An image on which each object is a rectangle of its own brightness."""
    pixels = np.zeros((height, width, 1), "uint8")
    for kind, left, top, right, bottom in label:
        rows, columns = (
            slice(round(low * n), round(high * n))
            for low, high, n in ((top, bottom, height), (left, right, width))
        )
        pixels[rows, columns] = int(kind) * 50
    return nd.array(pixels, dtype="uint8")


@pytest.mark.parametrize(
    "make",
    [
        lambda: im.DetRandomCropAug(min_object_covered=0.5, area_range=(0.3, 1)),
        lambda: im.DetRandomPadAug(area_range=(1, 3), pad_val=0),
        lambda: im.DetHorizontalFlipAug(0.5),
    ],
    ids=["crop", "pad", "flip"],
)
def test_boxes_stay_around_their_objects(make):
    augmenter, moved = make(), 0
    for _ in range(40):
        image, label = augmenter(marked(BOXES), BOXES.copy())
        pixels = image.asnumpy()[..., 0]
        height, width = pixels.shape
        moved += pixels.shape != (40, 60)
        for kind, *box in label:
            rows, columns = np.nonzero(pixels == kind * 50)
            found = [columns.min() / width, rows.min() / height]
            found += [(columns.max() + 1) / width, (rows.max() + 1) / height]
            np.testing.assert_allclose(box, found, atol=1.01 / min(height, width))
    assert moved > 20 or isinstance(augmenter, im.DetHorizontalFlipAug)


def test_a_crop_that_cannot_be_leaves_the_image_whole():
    image = marked(BOXES)
    for label in (BOXES, np.array([[1, 0.1, 0.1, 0.1, 0.1]], "float32")):
        crop = im.DetRandomCropAug(min_object_covered=1.0 if label is BOXES else 0.1, area_range=(0.1, 0.2))
        cut, kept = crop(image, label)
        assert cut is image
        assert kept is label


def test_more_columns_of_a_label_travel_along():
    label = np.array([[1, 0.1, 0.2, 0.9, 0.9, 0.3, 7]], "float32")
    _, padded = im.DetRandomPadAug()(floats(20, 30), label)
    assert padded[0, [0, 5, 6]].tolist() == label[0, [0, 5, 6]].tolist()
    _, cut = im.DetRandomCropAug(area_range=(0.8, 1))(floats(20, 30), label)
    assert cut[0, [0, 5, 6]].tolist() == label[0, [0, 5, 6]].tolist()
